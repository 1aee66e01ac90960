"""Who sees what on the page; and pages of other origins."""
import datetime
import functools
import http.server
import json
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import expect  # noqa: E402

from page_driver import browsing, page_server  # noqa: E402
from server import BINARY, ROOT, free_port  # noqa: E402


def tokens(home, *wanted):
    """Tokens by name; the file of their digests lies in the folder."""
    made, entries = {}, []
    for name, arguments in wanted:
        run = subprocess.run(
            [BINARY, "token", "create", "--name", name, *arguments], capture_output=True, text=True, check=True)
        said = run.stdout + run.stderr
        made[name] = next(word for word in said.split() if word.startswith("thn_"))
        entries.append(next(line.strip() for line in said.splitlines() if line.strip().startswith("- {")))
    (home / "tokens.yaml").write_text("tokens:\n" + "".join(f"  {entry}\n" for entry in entries))
    return made


@pytest.mark.needs("chromium")
def test_a_token_of_a_commune_sees_its_commune(home):
    made = tokens(home, ("phuong", ["--scope", "read", "--area", "21553"]), ("tinh", ["--scope", "admin"]))
    with page_server(f'tokens: "{home}/tokens.yaml"', token=made["tinh"]) as server, browsing(server) as browser:
        server.send("line", [b"water,device=gauge-1 level_m=1.5", b"water,device=gauge-2 level_m=1.5"])
        server.wait_for(lambda: server.account("line")["stored"] == 2)
        page = browser.page("#/devices?sort=id")
        page.get_by_label("Mã truy cập").fill("thn_nobody")
        page.get_by_role("button", name="Vào").click()
        expect(page.get_by_role("alert")).to_contain_text("không đúng")
        page.get_by_label("Mã truy cập").fill(made["phuong"])
        page.get_by_role("button", name="Vào").click()
        expect(page.locator("tbody tr td a[href^='#/device/']")).to_have_text(["cam-1", "gauge-1"])
        page.goto(f"{server.url}/#/device/gauge-2")
        expect(page.locator("main")).to_contain_text("Không có thiết bị này")
        page.goto(f"{server.url}/#/")
        expect(page.locator("[data-class=sensor] .tile-count")).to_have_text("1")
        expect(page.locator("[data-class=bts]")).to_have_count(0)
        expect(page.locator(".panel-flow")).to_contain_text("toàn hệ thống")
        # No script can read what it is let in by, and nothing of the token is kept.
        kept = page.evaluate("() => JSON.stringify(localStorage) + document.cookie")
        assert made["phuong"] not in kept and "thinai_session" not in kept
        cookie = page.context.cookies()[0]
        assert cookie["httpOnly"] and cookie["sameSite"] == "Strict" and made["phuong"] not in json.dumps(cookie)
        page.get_by_role("button", name="Đăng xuất").click()
        expect(page.get_by_label("Mã truy cập")).to_be_visible()
        page.get_by_label("Mã truy cập").fill(made["tinh"])
        page.get_by_role("button", name="Vào").click()
        expect(page.locator("[data-class=sensor] .tile-count")).to_have_text("2")
        # Refusals are in the console, as the browser's own lines; nothing else is.
        assert all("status of 40" in text for text in browser.complaints), browser.complaints


@pytest.mark.needs("chromium")
def test_a_page_of_another_origin_asks(home):
    """The page of docs/dashboard.md, as it stands there; from an origin that nobody named it learns nothing."""
    made = tokens(home, ("bang", ["--scope", "read"]))
    port = free_port(socket.SOCK_STREAM)
    files = functools.partial(http.server.SimpleHTTPRequestHandler, directory=ROOT / "docs" / "dashboard")
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), files) as elsewhere:
        threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
        settings = f'tokens: "{home}/tokens.yaml", origins: ["http://127.0.0.1:{port}"]'
        with page_server(settings, token=made["bang"]) as server, browsing(server) as browser:
            server.send("line", [b"water,device=gauge-1 level_m=1.5", b"water,device=gauge-2 level_m=2.5"])
            server.wait_for(lambda: server.account("line")["stored"] == 2)
            page = browser.page(None)
            page.goto(f"http://127.0.0.1:{port}/index.html?server={server.url}#{made['bang']}")
            expect(page.locator("#areas tr")).to_have_count(2)
            expect(page.locator("#areas")).to_contain_text("Phường Quy Nhơn Bắc")
            assert browser.complaints == []
            # The same page by another name of the same machine is another origin.
            page.goto(f"http://localhost:{port}/index.html?server={server.url}#{made['bang']}")
            expect(page.locator("#fault")).not_to_be_empty()
            expect(page.locator("#areas tr")).to_have_count(0)
        elsewhere.shutdown()


def test_a_session_that_only_reads_is_renewed_by_use(home):
    """Over HTTP, with the server's own clock; how long it lasts is in Tests/AccessTests, with a clock of its own."""
    made = tokens(home, ("tuong", ["--scope", "read"]), ("truc", ["--scope", "read", "--scope", "operate"]))
    with page_server(f'tokens: "{home}/tokens.yaml"', token=made["tuong"]) as server:
        def ask(method="GET", **headers):
            request = urllib.request.Request(f"{server.url}/v1/session", method=method, headers=headers)
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.headers["Set-Cookie"], answer.read()

        for name, scopes, is_renewed in [("tuong", ["read"], True), ("truc", ["read", "operate"], False)]:
            cookie = ask("POST", Authorization=f"Bearer {made[name]}")[0].split(";")[0]
            first = json.loads(ask(Cookie=cookie)[1])
            assert first["name"] == name and first["scopes"] == scopes and first["areas"] == [], first
            time.sleep(0.01)
            again = json.loads(ask(Cookie=cookie)[1])
            before, since = (datetime.datetime.fromisoformat(answer["ends"]) for answer in (first, again))
            assert since > before if is_renewed else since == before, (first, again)
        # Taken back, it ends at once, however long it would have lasted.
        (home / "tokens.yaml").write_text("tokens: []\n")
        server.process.send_signal(signal.SIGHUP)
        server.wait_for(lambda: server.status("/v1/session", token=made["truc"]) == 401)
        with pytest.raises(urllib.error.HTTPError, match="401"):
            ask(Cookie=cookie)
