"""The page as people use it: in Chromium, in both languages, against the real binary."""
import re
import threading
import unicodedata
import urllib.request

import pytest

pytest.importorskip("playwright.sync_api")
from axe_playwright_python.sync_playwright import Axe  # noqa: E402
from playwright.sync_api import expect  # noqa: E402

from page_driver import beating, browsing, fleet, now, page_server, settled, words  # noqa: E402
from server import ROOT  # noqa: E402

PAGES = [
    "#/", "#/area/52", "#/devices", "#/device/cam-1", "#/device/bts-1", "#/device/gauge-1", "#/alarms", "#/duty",
    "#/unknown", "#/engine",
]
# Every text that is no data: those who made the page wrote it, so it stands in a dictionary.
TEXTS = """
() => {
  const found = [];
  const walk = document.createTreeWalker(document.querySelector("#app"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (/\\p{L}/u.test(node.data) && !node.parentElement.closest("[translate=no], code")) found.push(node.data.trim());
  }
  for (const element of document.querySelectorAll("#app [aria-label], #app [title], #app [placeholder]")) {
    if (element.closest("[translate=no]")) continue;
    for (const name of ["aria-label", "title", "placeholder"]) {
      const text = element.getAttribute(name);
      if (text && /\\p{L}/u.test(text)) found.push(text.trim());
    }
  }
  return found;
}
"""


def said(text, dictionary):
    """Whether a text is one of a dictionary, with anything where the dictionary has a place for it."""
    return any(re.fullmatch(pattern, text, re.DOTALL) for pattern in dictionary)


def patterns(language):
    texts = words(language).values()
    plain = [re.escape(text) for text in texts if "{" not in text]
    held = [re.sub(r"\\{\w+\\}", ".*", re.escape(text)) for text in texts if "{" in text]
    return plain + held


@pytest.mark.needs("chromium")
@pytest.mark.lengthy
def test_every_page_in_both_languages():
    """No console complains, axe finds nothing, and every word is of the language that was chosen."""
    with page_server() as server, fleet(server), browsing(server) as browser:
        server.send("line", [b"water,device=stranger level_m=1.5", b"nonsense"])
        server.wait_for(lambda: server.account("line")["stored"] > 3 and server.account("syslog")["stored"] > 0)
        for language, scheme in [("vi", "dark"), ("en", "light")]:
            known = patterns(language)
            # Axe is a script that the page's policy would not let in.
            page = browser.page(None, language=language, scheme=scheme, bypass_csp=True)
            for path in PAGES:
                shown(page, server, path)
                for opener in page.locator(".planned-form > button").all():
                    opener.click()
                assert page.get_attribute("html", "lang") == language
                texts = page.evaluate(TEXTS)
                lost = [text for text in texts if not said(text, known) and not said_of_data(text, known)]
                assert not lost, (language, path, lost)
                violations = Axe().run(page).response["violations"]
                found = [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in violations]
                assert not found, (language, path, found)
        # With the policy in force, too.
        page = browser.page(None)
        for path in PAGES:
            shown(page, server, path)
        assert browser.complaints == []


def shown(page, server, path):
    """Goes to a page by its address, without loading the rest anew."""
    page.evaluate("document.querySelector('main')?.replaceChildren()")
    page.goto(f"{server.url}/{path}")
    settled(page)


def said_of_data(text, known):
    """A label that names what it is about: `Acknowledge: the alarm's message`, `31/10 · Correct 97 %`."""
    parts = re.split(r": | · ", text)
    return len(parts) > 1 and any(said(part, known) or said(part.rstrip(" 0123456789,.%"), known) for part in parts)


def test_both_languages_say_the_same():
    """The same keys with the same places, none unused, none missing, none left in the other language."""
    vietnamese, english = words("vi"), words("en")
    assert vietnamese.keys() == english.keys() and len(vietnamese) > 300
    script = "\n".join(file.read_text() for file in (ROOT / "Web").rglob("*.js") if file.parent.name != "i18n")
    literal = set(re.findall(r"""\bt(?:Or)?\(["'`]([\w.-]+)["'`]""", script))
    assert literal <= vietnamese.keys(), literal - vietnamese.keys()
    begun = {name for name in re.findall(r"""t(?:Or)?\(`([\w.]*)\$\{""", script)}
    quoted = set(re.findall(r"""["'`]([a-z]+(?:\.[\w-]+)+)["'`]""", script))
    for key in vietnamese:
        assert key in literal or key in quoted or any(key.startswith(part) for part in begun), f"{key} is not used"
        places = [sorted(re.findall(r"\{(\w+)\}", text)) for text in (vietnamese[key], english[key])]
        assert places[0] == places[1], key
        assert not re.search("[ăâđêôơưàáảãạ]", re.sub("Việt Nam|Hoàng Sa|Trường Sa", "", english[key])), key
    same = {key for key in vietnamese if vietnamese[key] == english[key]}
    assert same <= {"place.vietnam"} | {key for key in same if re.fullmatch(r"[\W\d_]*", vietnamese[key])}, same


@pytest.mark.needs("chromium")
def test_hoang_sa_and_truong_sa_are_named():
    """In every zoom that the map has, as Vietnam's, in both languages."""
    with page_server() as server, browsing(server) as browser:
        for language in ["vi", "en"]:
            page = browser.page(language=language, width=390 if language == "en" else 1440)
            page.wait_for_selector(".map-inset")
            while True:
                for name in ["Hoàng Sa", "Trường Sa"]:
                    inset = page.locator(".map-inset p", has_text=name)
                    expect(inset).to_be_visible()
                    expect(inset).to_contain_text("Việt Nam")
                    expect(page.locator(".map-archipelago", has_text=name)).to_contain_text("Việt Nam")
                out = page.locator(".leaflet-control-zoom-out")
                if "leaflet-disabled" in out.get_attribute("class"):
                    break
                out.click()
            # All of the sea is in view now: the names stand where the islands lie.
            for name in ["Hoàng Sa", "Trường Sa"]:
                expect(page.locator(".map-archipelago", has_text=name)).to_be_in_viewport()
        assert browser.complaints == []


@pytest.mark.needs("chromium")
def test_a_device_falls_silent_and_comes_back():
    with page_server() as server, browsing(server) as browser:
        line = b"water,device=gauge-1 level_m=1.5"
        with beating(server, line):
            page = browser.page()
            silent = page.locator("[data-class=sensor] [data-count=silent]")
            live = page.locator("[data-class=sensor] [data-count=live]")
            expect(live).to_have_text("1")
            expect(silent).to_have_text("0")
        expect(silent).to_have_text("1")
        expect(page.locator(".worst a")).to_have_text("Phường Quy Nhơn Bắc")
        with beating(server, line):
            expect(silent).to_have_text("0")
        assert browser.complaints == []


@pytest.mark.needs("chromium")
def test_tiles_and_worst_areas_need_no_list_of_devices():
    """They come from counts; when all devices are there they say the same."""
    with page_server() as server, browsing(server) as browser:
        server.send("line", [b"water,device=gauge-1 level_m=1.5", b"water,device=gauge-2 level_m=1.5",
                             b"x,device=who v=1"])
        server.wait_for(lambda: server.ask("/v1/counts")["total"]["silent"] == 3)
        held, is_let_go = [], threading.Event()
        page = browser.page(None)
        page.route(
            "**/v1/devices?*", lambda route: route.continue_() if is_let_go.is_set() else held.append(route))
        page.goto(f"{server.url}/#/")

        def tells():
            sensors = page.locator("[data-class=sensor]")
            for state, count in [("live", "1"), ("late", "0"), ("silent", "1"), ("never", "0")]:
                expect(sensors.locator(f"[data-count={state}]")).to_have_text(count)
            expect(sensors.locator(".tile-count")).to_have_text("2")
            expect(page.locator("[data-class=camera] [data-count=never]")).to_have_text("1")
            expect(page.locator(".tile.foreign .tile-count")).to_have_text("1")
            expect(page.locator(".worst a")).to_have_text("Phường Quy Nhơn Bắc")
            expect(page.locator(".worst-count")).to_have_text("1 / 2")

        tells()
        assert len(held) == 1, held
        is_let_go.set()
        held[0].continue_()
        page.wait_for_function("performance.getEntriesByName('all-devices').length === 1")
        tells()
        assert browser.complaints == []


@pytest.mark.needs("chromium")
def test_an_alarm_acknowledged_by_one_shows_to_the_other():
    with page_server() as server, browsing(server) as browser:
        server.send("line", [b"water,device=gauge-1 level_m=5.2"])
        server.wait_for(lambda: server.ask("/v1/alarms", state="active")["alarms"])
        here, there = browser.page("#/"), browser.page("#/alarms", language="en")
        expect(there.locator(".alarm[data-state=active]")).to_contain_text("5.2 m")
        here.get_by_role("button", name="Nhận xử lý").click()
        here.get_by_label("Ghi chú").fill("đã cử người đến")
        here.get_by_role("button", name="Nhận xử lý", exact=True).click()
        for page in (here, there):
            expect(page.locator(".alarm[data-state=acknowledged]")).to_contain_text("đã cử người đến")
        there.get_by_role("button", name="Shelve").click()
        there.locator("select[name=hours]").select_option("4")
        there.get_by_role("button", name="Shelve", exact=True).click()
        expect(here.locator(".alarm[data-state=shelved]")).to_contain_text("Tạm gác")
        expect(here.locator(".panel-alarms .count")).to_have_text("0")
        assert browser.complaints == []


@pytest.mark.needs("chromium")
def test_a_late_correction_changes_a_chart():
    """With a gap that stays one, and a field that pans and zooms."""
    with page_server() as server, browsing(server) as browser:
        rows = [f"water,device=gauge-2 level_m=2.{n % 5} {now() - 60 * n}000000000" for n in [1, 2, 3, 20, 21, 22]]
        server.send("line", [row.encode() for row in rows])
        server.wait_for(lambda: server.account("line")["stored"] == 6)
        page = browser.page("#/device/gauge-2?range=1h")
        chart = page.locator(".chart[data-field=level_m]")
        expect(chart.locator(".chart-legend")).to_contain_text("từ 2 đến 2,3")
        expect(chart.locator("canvas").first).to_be_visible()
        server.send("line", [f"water,device=gauge-2 level_m=9.75 {now() - 60 * 10}000000000".encode()])
        expect(chart.locator(".chart-legend")).to_contain_text("đến 9,75")
        page.get_by_role("button", name="Lùi lại").click()
        expect(page.locator(".range span.dim")).to_be_visible()
        page.get_by_role("button", name="24 giờ").click()
        page.get_by_label("So với tuần trước").check()
        expect(chart.locator(".chart-legend")).to_contain_text("9,75")
        assert browser.complaints == []


@pytest.mark.needs("chromium")
def test_an_unknown_device_is_adopted():
    with page_server() as server, browsing(server) as browser:
        server.send("line", [b"water,device=moi-01 level_m=1.5"])
        page = browser.page("#/unknown")
        page.get_by_role("button", name="Nhận vào danh mục: moi-01").click()
        page.get_by_label("Tên").fill("Trạm; mới \"01\"")
        page.get_by_label("Mã xã, phường").fill("99999")
        page.get_by_role("button", name="Nhận vào danh mục", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("99999")
        page.get_by_label("Mã xã, phường").fill("21553")
        page.get_by_label("Vĩ độ").fill("13,77")
        page.get_by_label("Kinh độ").fill("109,2")
        page.get_by_role("button", name="Nhận vào danh mục", exact=True).click()
        expect(page.get_by_role("status").filter(has_text="moi-01")).to_be_visible()
        expect(page.locator("[data-unknown]")).to_have_count(0)
        device = server.ask("/v1/devices/moi-01")["devices"][0]
        assert (device["area"], device["class"], device["latitude"]) == ("21553", "sensor", 13.77), device
        assert device["name"] == "Trạm; mới \"01\"" and device["status"] == "live", device
        assert len(server.ask("/v1/devices")["devices"]) == 5


@pytest.mark.needs("chromium")
def test_the_engine_tells_of_its_lanes_and_its_journal():
    with page_server() as server, fleet(server), browsing(server) as browser:
        page = browser.page("#/engine")
        lane = page.locator("tr[data-key=lane-00] td")
        for column, wanted in [(1, r"[1-9]"), (2, r"^0$"), (3, r"^\d+(,\d)? %$"), (4, r"[1-9]"), (5, r"\d mili giây$"),
                               (6, "vừa xong|trước")]:
            expect(lane.nth(column)).to_have_text(re.compile(wanted))
        # Lanes without sockets have nothing that the kernel could drop.
        expect(page.locator("tr[data-key=lane-99] td").nth(2)).to_be_empty()
        for name, wanted in [
                ("Nhật ký: tệp · kích thước", r"^\d+ · [\d,]+ (B|KiB|MiB)$"), ("Ghi chắc lần cuối", "vừa xong|trước"),
                ("Mỗi lần ghi chắc", "mili giây"), ("Trễ ghi chắc", "mili giây"), ("Niêm lần cuối", "vừa xong|trước"),
                ("Byte/số đo, mọi bảng", r"^\d"), ("Lần niêm", r"^[1-9]"), ("Phần đang dùng", r"^[1-9]\d* · ")]:
            expect(page.locator(f"dt:text-is('{name}') + dd")).to_have_text(re.compile(wanted))
        assert browser.complaints == []


@pytest.mark.needs("chromium")
def test_devices_are_found_sorted_and_saved():
    """Without marks, in both forms of Unicode; and as a Vietnamese spreadsheet opens it."""
    with page_server() as server, browsing(server) as browser:
        server.send("line", [b"water,device=gauge-1 level_m=1.5", b"camera_stream,device=cam-1 lost=0i"])
        page = browser.page("#/devices?sort=name")
        expect(page.locator("tbody tr")).to_have_count(4)
        box = page.locator(".filters input[type=search]")
        for text, wanted in [
                ("muc nuoc", ["gauge-2", "gauge-1"]), (unicodedata.normalize("NFD", "Cầu Đôi"), ["gauge-2"]),
                ("CẦU đôi", ["gauge-2"]), ("tay son", ["cam-1"]), ("bts", ["bts-1"]), ("không có", [])]:
            box.fill(text)
            expect(page.locator("tbody tr td a[href^='#/device/']")).to_have_text(wanted)
        box.fill("")
        page.get_by_role("button", name="Mã").click()
        expect(page.locator("tbody tr td a[href^='#/device/']")).to_have_text(["bts-1", "cam-1", "gauge-1", "gauge-2"])
        page.get_by_role("button", name="Mã").click()
        expect(page.locator("tbody tr td a[href^='#/device/']")).to_have_text(["gauge-2", "gauge-1", "cam-1", "bts-1"])
        with page.expect_download() as download:
            page.get_by_role("button", name="Tải CSV").click()
        text = open(download.value.path(), "rb").read().decode()
        lines = text.removeprefix("\ufeff").split("\r\n")
        assert text.startswith("\ufeffMã thiết bị;Tên thiết bị;") and len(lines) == 6, text
        wanted = "cam-1;Camera ngã tư Tây Sơn;camera;Camera;21553;Phường Quy Nhơn Bắc;traffic;Giao thông;"
        assert lines[3].startswith(wanted), lines[3]
        assert ";13,78;109,16;600;" in lines[3] and re.search(r";\d\d/\d\d/\d{4} \d\d:\d\d:\d\d$", lines[3]), lines[3]
        # The field above finds areas, too; `/` goes there.
        page.keyboard.press("Tab")
        page.locator("h1").click()
        page.keyboard.press("/")
        page.keyboard.type("quy nhon bac")
        expect(page.locator("#search-found a")).to_have_text("Phường Quy Nhơn Bắc 21553")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator("main h1")).to_have_text("Phường Quy Nhơn Bắc")
        assert browser.complaints == []


@pytest.mark.needs("chromium")
def test_a_lost_connection_is_shown_and_heals():
    with page_server() as server, browsing(server) as browser:
        page = browser.page("#/")
        state = page.locator(".connection")
        expect(state).to_have_text("Đang cập nhật")
        server.kill()
        expect(state).to_contain_text("Mất kết nối từ")
        server.start()
        expect(state).to_have_text("Đang cập nhật")


@pytest.mark.needs("chromium")
def test_on_a_phone_and_on_paper():
    """Nothing is wider than the phone; on paper there is nothing to press."""
    with page_server() as server, fleet(server), browsing(server) as browser:
        server.wait_for(lambda: server.account("line")["stored"] > 3)
        page = browser.page(None, width=360, height=740)
        for path in PAGES:
            shown(page, server, path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        page = browser.page("#/duty")
        settled(page)
        page.emulate_media(media="print")
        expect(page.locator("header")).to_be_hidden()
        expect(page.locator("main button")).to_be_hidden()
        expect(page.get_by_role("heading", name="Phiếu giao ca")).to_be_visible()
        assert page.pdf(format="A4").startswith(b"%PDF")
        assert browser.complaints == []


def test_its_files():
    """What is served without a token: these files and no others, with what a browser has to know."""
    with page_server() as server:
        def ask(path, method="GET", **headers):
            request = urllib.request.Request(f"{server.url}{path}", method=method, headers=headers)
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return answer.status, answer.headers, answer.read()
            except urllib.error.HTTPError as error:
                return error.code, error.headers, error.read()

        status, headers, body = ask("/")
        assert status == 200 and b'<html lang="vi"' in body and headers["Content-Type"].startswith("text/html")
        for path, kind in [
                ("/", "text/html"), ("/web/app/main.js", "text/javascript"), ("/web/styles/base.css", "text/css"),
                ("/web/icon.svg", "image/svg+xml"), ("/web/settings.json", "application/json"), ("/v1/devices", None),
                ("/nothing", None)]:
            status, headers, body = ask(path)
            policy = headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'") and "unsafe" not in policy, path
            assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "same-origin", path
            if kind:
                assert headers["Content-Type"].startswith(kind) and status == 200, path
                assert ask(path, "HEAD")[2] == b"" and int(ask(path, "HEAD")[1]["Content-Length"]) == len(body), path
                again = ask(path, **{"If-None-Match": headers["ETag"]})
                assert again[0] == 304 and again[2] == b"", path
                assert ask(path, "POST")[0] == 405, path
        for path in ["/web", "/web/", "/web/../Package.swift", "/web/%2e%2e/Package.swift", "/web/app", "/web/none.js",
                     "/web/lib/leaflet/../../../../etc/passwd", "/web//etc/passwd", "/web/.hidden", "//"]:
            status, headers, body = ask(path)
            assert status == 404 and headers["Content-Type"] == "application/problem+json", path
        packed = ask("/web/i18n/vi.js", **{"Accept-Encoding": "gzip"})
        assert packed[1]["Content-Encoding"] == "gzip" and len(packed[2]) < len(ask("/web/i18n/vi.js")[2]) / 2
