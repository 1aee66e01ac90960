"""The page with a whole country on it: whether it shows all of it rightly. How fast stands in Benchmarks/page.py."""
import pytest

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import expect  # noqa: E402

from page_country import CLASSES, Country, Visit  # noqa: E402
from page_driver import browsing, page_server  # noqa: E402

DRAWN = """
() => {
  const canvas = document.querySelector(".map-canvas");
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4) colours.add(`${data[at]},${data[at + 1]},${data[at + 2]}`);
  return colours.size;
}
"""


def vietnamese(number):
    return f"{number:,}".replace(",", ".")


@pytest.mark.needs("chromium")
@pytest.mark.lengthy
def test_a_country_is_shown():
    country = Country()
    with page_server(devices=country.registry, areas=country.areas) as server, browsing(server) as browser:
        country.speak(server)
        visit = Visit(browser, country)
        page = visit.page
        for kind in CLASSES:
            tile = page.locator(f"[data-class={kind}]")
            expect(tile.locator(".tile-count")).to_have_text(vietnamese(country.count(kind)))
            expect(tile.locator("[data-count=live]")).to_have_text(vietnamese(country.count(kind, heard=True)))
            expect(tile.locator("[data-count=never]")).to_have_text(vietnamese(country.count(kind, heard=False)))
        assert page.evaluate(DRAWN) > 3, "the map is blank"
        # Counted once, then read once: a thousand at first, then five thousand a page.
        assert len(visit.paths("counts")) == 1
        first = visit.paths("devices")[:21]
        assert "limit=1000" in first[0] and all("limit=5000" in url and "cursor=" in url for url in first[1:]), first
        assert min(visit.asked.index(url) for url in first) > visit.asked.index(visit.paths("counts")[0])
        trace = visit.pan(seconds=2)
        assert len(trace.shown) > 0, "no frame was shown while the map was pulled"
        assert page.evaluate(DRAWN) > 3, "the map is blank where it was pulled to"
        assert visit.memory_mib() > 0
        tabled(page, server, country)
        assert browser.complaints == []


def tabled(page, server, country):
    """The table: all of it by pages, and what is asked for of it."""
    every = vietnamese(len(country.devices))
    page.goto(f"{server.url}/#/devices?sort=id")
    count, links = page.locator(".devices [role=status]"), page.locator("tbody tr td a[href^='#/device/']")
    expect(count).to_have_text(f"{every} trong {every} thiết bị")
    expect(page.locator(".table-foot")).to_contain_text("Trang 1 / 2.000")
    names = sorted(name for name, _, _ in country.devices)
    expect(links).to_have_text(names[:50])
    page.get_by_role("button", name="Sau").click()
    expect(links).to_have_text(names[50:100])
    page.locator("select[name=class]").select_option("bts")
    expect(count).to_have_text(f"{vietnamese(country.count('bts'))} trong {every} thiết bị")
    page.locator("select[name=state]").select_option("live")
    expect(count).to_have_text(f"{vietnamese(country.count('bts', heard=True))} trong {every} thiết bị")
    page.locator("select[name=class]").select_option("")
    page.locator("select[name=state]").select_option("")
    page.locator(".filters input[type=search]").fill("Xã 3321")
    wanted = [name for name, text in country.texts.items() if "3321" in name + text and "xã" in text]
    expect(count).to_have_text(f"{len(wanted)} trong {every} thiết bị")
    expect(links).to_have_text(sorted(wanted)[:50])
    area = country.communes[7]
    page.goto(f"{server.url}/#/devices?area={area}&sort=id")
    expect(count).to_have_text(f"{country.count(area=area)} trong {every} thiết bị")
    page.goto(f"{server.url}/#/device/{names[-1]}")
    expect(page.locator("main code").first).to_have_text(names[-1])
