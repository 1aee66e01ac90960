"""Planned work on the page: planned, seen by others, without alarms meanwhile, and cancelled."""
import datetime
import json
import urllib.request
import zoneinfo

import pytest

pytest.importorskip("playwright.sync_api")
from axe_playwright_python.sync_playwright import Axe  # noqa: E402
from playwright.sync_api import expect  # noqa: E402

from page_driver import beating, browsing, entered, page_server, settled  # noqa: E402
from test_page_access import tokens  # noqa: E402

ZONE = zoneinfo.ZoneInfo("Asia/Ho_Chi_Minh")
HIGH = b"water,device=gauge-1 level_m=5.2"


@pytest.mark.needs("chromium")
def test_work_is_planned_seen_by_another_and_cancelled():
    with page_server() as server, browsing(server) as browser:
        here, there = browser.page("#/device/gauge-1"), browser.page("#/alarms", language="en")
        expect(there.locator(".planned")).to_contain_text("No maintenance is planned")
        here.get_by_role("button", name="Lập kế hoạch bảo trì").click()
        here.locator(".plan").get_by_label("Ghi chú").fill("thay cảm biến")
        here.get_by_role("button", name="Lưu kế hoạch").click()
        for page, lasts in [(here, "Đang bảo trì"), (there, "Under way")]:
            expect(page.locator(".window.lasting")).to_contain_text(lasts)
            expect(page.locator(".window.lasting")).to_contain_text("thay cảm biến")
        expect(there.locator(".window a")).to_have_text("gauge-1")
        with beating(server, HIGH):
            server.wait_for(lambda: server.account("line")["stored"] > 0)
            # The other one's alarm tells that the rules were looked at since; that of the one worked at is not opened.
            server.send("line", [b"water,device=gauge-2 level_m=5.3"])
            expect(there.locator(".alarm[data-state=active]")).to_have_count(1)
            expect(there.locator(".alarm-subject")).to_have_text("gauge-2")
        # It falls silent, and the page says why nobody is told.
        expect(here.locator(".cause.maintenance")).to_contain_text("thay cảm biến")
        there.get_by_role("button", name="Cancel the plan: thay cảm biến").click()
        there.get_by_role("button", name="Keep it").click()
        expect(there.locator(".window")).to_have_count(1)
        with beating(server, HIGH):
            there.get_by_role("button", name="Cancel the plan: thay cảm biến").click()
            there.get_by_role("button", name="Cancel it for good").click()
            expect(there.locator(".planned")).to_contain_text("No maintenance is planned")
            expect(here.locator(".planned")).to_contain_text("Không có kế hoạch bảo trì")
            # What still holds opens now.
            expect(there.locator(".alarm-subject", has_text="gauge-1")).to_be_visible()
        (over,) = server.ask("/v1/maintenance")["maintenance"]
        assert datetime.datetime.fromisoformat(over["to"]) <= datetime.datetime.now(ZONE), over
        assert browser.complaints == []


@pytest.mark.needs("chromium")
def test_work_to_come_is_planned_in_the_zone_of_the_node():
    """At an area and at a class, by people whose browsers are elsewhere; what cannot be is said in words."""
    with page_server() as server, browsing(server) as browser:
        page = browser.page(None, language="vi", bypass_csp=True)
        page.goto(f"{server.url}/#/alarms")
        begin = datetime.datetime.now(ZONE).replace(second=0, microsecond=0) + datetime.timedelta(days=1)
        end = begin + datetime.timedelta(hours=3)
        plan = page.locator(".plan")
        page.get_by_role("button", name="Lập kế hoạch bảo trì").click()
        plan.get_by_label("Bảo trì").select_option("area")
        plan.get_by_label("Mã địa bàn").fill("quy nhon bac")
        expect(plan.locator("datalist option")).to_have_attribute("value", "21553")
        plan.get_by_label("Mã địa bàn").fill("99999")
        plan.get_by_label("Từ lúc").fill(end.strftime("%Y-%m-%dT%H:%M"))
        plan.get_by_label("Đến lúc").fill(begin.strftime("%Y-%m-%dT%H:%M"))
        page.get_by_role("button", name="Lưu kế hoạch").click()
        expect(plan.get_by_role("alert")).to_contain_text("sau lúc bắt đầu")
        plan.get_by_label("Từ lúc").fill(begin.strftime("%Y-%m-%dT%H:%M"))
        plan.get_by_label("Đến lúc").fill((begin + datetime.timedelta(days=800)).strftime("%Y-%m-%dT%H:%M"))
        plan.get_by_label("Mã địa bàn").fill("21553")
        page.get_by_role("button", name="Lưu kế hoạch").click()
        expect(plan.get_by_role("alert")).to_contain_text("lâu nhất là một năm")
        plan.get_by_label("Đến lúc").fill(end.strftime("%Y-%m-%dT%H:%M"))
        found = Axe().run(page).response["violations"]
        assert not found, [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]
        # As the page writes times, whatever the browser's fields look like.
        expect(plan.locator(".plan-span")).to_have_text(
            f"{begin:%d/%m/%Y %H:%M} – {end:%d/%m/%Y %H:%M} (3 giờ)")
        plan.get_by_label("Mã địa bàn").fill("99999")
        page.get_by_role("button", name="Lưu kế hoạch").click()
        expect(plan.get_by_role("alert")).to_contain_text("không có thiết bị hay địa bàn này")
        plan.get_by_label("Mã địa bàn").fill("21553")
        page.get_by_role("button", name="Lưu kế hoạch").click()
        window = page.locator(".window")
        expect(window).to_contain_text("Sắp tới")
        expect(window).to_contain_text("Phường Quy Nhơn Bắc")
        expect(window).to_contain_text(begin.strftime("%H:%M"))
        (planned,) = server.ask("/v1/maintenance")["maintenance"]
        assert datetime.datetime.fromisoformat(planned["from"]) == begin, planned
        assert datetime.datetime.fromisoformat(planned["to"]) == end and planned["area"] == "21553", planned
        page.get_by_role("button", name="Lập kế hoạch bảo trì").click()
        plan.get_by_label("Bảo trì").select_option("class")
        plan.locator("select[name=value]").select_option("bts")
        page.keyboard.press("Escape")
        expect(plan).to_have_count(0)
        # On the page of what it is at, and of what lies in it; not on that of another area.
        for path, count in [("#/area/52", 1), ("#/area/21553", 1), ("#/device/cam-1", 1), ("#/area/21589", 0)]:
            page.goto(f"{server.url}/{path}")
            settled(page)
            expect(page.locator(".planned .window, .planned .calm")).to_have_count(1)
            expect(page.locator(".window")).to_have_count(count)
        # Refusals are in the console, as the browser's own lines; nothing else is.
        assert all("status of 40" in text for text in browser.complaints), browser.complaints


@pytest.mark.needs("chromium")
def test_only_who_may_operate_sees_a_form(home):
    """And who may so in a commune plans work there, and nowhere else."""
    made = tokens(
        home, ("xem", ["--scope", "read"]), ("tinh", ["--scope", "admin"]),
        ("phuong", ["--scope", "read", "--scope", "operate", "--area", "21553"]),
        ("xem-phuong", ["--scope", "read", "--area", "21553"]))
    plan = "Lập kế hoạch bảo trì"
    pages = ["#/alarms", "#/area/52", "#/area/21553", "#/device/gauge-1"]
    with page_server(f'tokens: "{home}/tokens.yaml"', token=made["tinh"]) as server, browsing(server) as browser:
        begin = datetime.datetime.now(ZONE)
        end = begin + datetime.timedelta(hours=3)
        body = {"area": "52", "from": begin.isoformat(), "to": end.isoformat(), "note": "n"}
        request = urllib.request.Request(
            f"{server.url}/v1/maintenance", data=json.dumps(body).encode(), method="POST",
            headers={"Authorization": f"Bearer {made['tinh']}", "Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=30)
        for who, forms, cancels in [
                ("xem", [0, 0, 0, 0], 0), ("xem-phuong", [0, 0, 0, 0], 0), ("phuong", [1, 0, 1, 1], 0),
                ("tinh", [1, 1, 1, 1], 1)]:
            page = entered(browser, made[who], "#/alarms")
            for path, count in zip(pages, forms):
                page.goto(f"{server.url}/{path}")
                # What is planned is shown to all whom it concerns.
                expect(page.locator(".planned .window")).to_have_count(1)
                expect(page.get_by_role("button", name=plan)).to_have_count(count)
                expect(page.locator(".planned .window button")).to_have_count(cancels)
            if who == "phuong":
                page.goto(f"{server.url}/#/alarms")
                page.get_by_role("button", name=plan).click()
                expect(page.locator(".plan select[name=kind] option")).to_have_count(2)
        assert browser.complaints == []
