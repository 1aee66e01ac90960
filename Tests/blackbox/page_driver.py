"""The page in a real browser: Chromium of the system, driven by Playwright, against a server with a registry of the
test's own."""
import contextlib
import pathlib
import shutil
import subprocess
import threading
import time
import unicodedata

from playwright.sync_api import expect, sync_playwright

from secure_server import SecureServer
from server import BINARY, ROOT

# Other tests run beside these: what comes late is not what is wrong.
expect.set_options(timeout=30_000)

AREAS = """code,parent,name,valid_from,valid_to
52,,Tỉnh Gia Lai,2025-07-01,
21553,52,Phường Quy Nhơn Bắc,2025-07-01,
21589,52,Phường Quy Nhơn Tây,2025-07-01,
"""
# Names are written in both forms of Unicode.
DEVICES = """id,class,name,area,domain,agency,latitude,longitude,addresses,interval
gauge-1,sensor,Trạm đo mực nước sông Hà Thanh,21553,flood,Sở Nông nghiệp và Môi trường,13.79,109.17,,1
gauge-2,sensor,DECOMPOSED,21589,flood,Sở Nông nghiệp và Môi trường,13.73,109.12,,600
cam-1,camera,Camera ngã tư Tây Sơn,21553,traffic,Công an tỉnh,13.78,109.16,,600
bts-1,bts,Trạm BTS Nhơn Phú,21589,telecom,Sở Khoa học và Công nghệ,13.74,109.13,,600
""".replace("DECOMPOSED", unicodedata.normalize("NFD", "Trạm đo mực nước cầu Đôi"))
RULES = """
rules:
  - name: nuoc-cao
    severity: critical
    measurement: water
    field: level_m
    aggregate: max
    over: 1m
    above: 4.5
    clear_below: 4
    message: "Mực nước tại {name} là {value} m, vượt {threshold} m"
"""


def page_server(http="", devices=DEVICES, areas=AREAS, **settings):
    """A server of a registry, with the page of this repository."""
    server = SecureServer(f'page: "{ROOT}/Web"' + (f", {http}" if http else ""), **settings)
    home = server.home
    for name, text in [("devices.csv", devices), ("areas.csv", areas), ("rules.yaml", RULES)]:
        (home / name).write_text(text)
    server.config.write_text(
        server.config.read_text()
        + f'registry: {{ devices: "{home}/devices.csv", areas: "{home}/areas.csv", admit: any }}\n'
        + f'alerts: {{ rules: "{home}/rules.yaml", every: 200ms }}\n')
    return server


@contextlib.contextmanager
def fleet(server, seconds=60):
    """What a fleet sends, of the sample registry."""
    run = subprocess.Popen(
        [BINARY, "simulate", "--registry", server.home / "devices.csv", "--interval", "1", "--seconds", str(seconds),
         *[part for name, port in server.ports.items() for part in (f"--{name}", f"127.0.0.1:{port}")]],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        run.kill()
        run.wait()


@contextlib.contextmanager
def beating(server, line, every=0.5):
    """Sends a line again and again."""
    ending = threading.Event()

    def beat():
        while not ending.wait(every):
            server.send("line", [line])

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


class Browser:
    """A browser; each page is of a person of their own, and what their consoles complain of is kept."""

    def __init__(self, browser, server):
        self.browser, self.server = browser, server
        self.complaints = []

    def page(self, path="#/", language="vi", scheme="light", width=1440, height=900, **settings):
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh", **settings)
        context.set_default_timeout(30_000)
        context.add_init_script(
            f"if (!localStorage.getItem('language')) localStorage.setItem('language', '{language}')")
        page = context.new_page()
        page.on("console", lambda said: said.type in ("error", "warning") and self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        if path is not None:
            page.goto(f"{self.server.url}/{path}")
        return page


@contextlib.contextmanager
def browsing(server):
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            yield Browser(browser, server)
        finally:
            browser.close()


def entered(browser, token, path="#/", **settings):
    """A page of somebody who has shown that token."""
    page = browser.page(path, **settings)
    page.locator("#token").fill(token)
    page.keyboard.press("Enter")
    page.wait_for_selector("header.bar")
    return page


def settled(page):
    """Waits until nothing on it is being loaded."""
    page.wait_for_selector("main h1", state="attached")
    word = page.evaluate("async () => (await import(`/web/i18n/${document.documentElement.lang}.js`)).default.loading")
    page.wait_for_function("word => !document.querySelector('main').textContent.includes(word)", arg=word)


def now():
    return int(time.time())


def words(language):
    """The page's words, as its file has them."""
    found = {}
    for line in (pathlib.Path(ROOT) / "Web" / "i18n" / f"{language}.js").read_text().splitlines():
        if line.startswith('  "'):
            key, text = line.strip().removesuffix(",").split('": ', 1)
            found[key.strip('"')] = text[1:-1].replace('\\"', '"')
    return found
