"""A country on the page: a hundred thousand devices in all its communes, what a browser shows of them, and what it told
of its own work meanwhile. For the test that looks whether it is right, and the benchmark that looks how fast it is."""
import json
import pathlib
import random
import re
import time

CLASSES = ["camera", "bts", "sensor", "gateway"]
PROVINCES, COMMUNES = 34, 3_321
FIRST_COMMUNE = 10_000
# What the page is to show before anybody can use it: all devices in its tiles, a map that is drawn, alarms looked up.
USABLE = """
() => {
  const shown = (name) => document.querySelector(name);
  const look = () => {
    const counts = [...document.querySelectorAll("[data-class] .tile-count")];
    const sum = counts.map((each) => Number(each.textContent.replace(/\\D/g, ""))).reduce((a, b) => a + b, 0);
    const isUsable = sum === DEVICES && shown(".map-canvas")?.width > 0 && shown(".panel-alarms .alarms")?.firstChild;
    if (!isUsable || performance.getEntriesByName("usable").length > 0) return;
    performance.mark("usable");
    watch.disconnect();
  };
  const watch = new MutationObserver(look);
  watch.observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
}
"""
# Few of its categories: a trace of all costs what it measures.
TRACED = ["blink.user_timing", "disabled-by-default-devtools.timeline.frame"]


class Country:
    """Its registry, which is the same each time; and who of it is heard."""

    def __init__(self, devices=100_000, communes=COMMUNES, heard_every=5):
        dice = random.Random(3_321)
        self.communes = [str(FIRST_COMMUNE + number) for number in range(communes)]
        areas = [f"{number + 1:02},,Tỉnh {number + 1},2025-07-01," for number in range(PROVINCES)]
        places = []
        for number, code in enumerate(self.communes):
            province = number * PROVINCES // communes
            areas.append(f"{code},{province + 1:02},Xã {number + 1},2025-07-01,")
            latitude = 22.5 - 14 * province / PROVINCES + dice.uniform(-0.3, 0.3)
            # The land is narrow in its middle.
            width = 0.4 + 2.5 * abs(latitude - 16) / 8
            places.append((latitude, 108.6 - width / 2 - abs(latitude - 14) * 0.25 + dice.uniform(0, width)))
        self.areas = "code,parent,name,valid_from,valid_to\n" + "\n".join(areas) + "\n"
        self.devices, self.texts = [], {}
        lines = ["id,class,name,area,domain,agency,latitude,longitude,addresses,interval"]
        for number in range(devices):
            kind = CLASSES[number % len(CLASSES)]
            commune = number * 7 % communes
            latitude, longitude = places[commune]
            name, area = f"{kind[0]}{number:06}", self.communes[commune]
            self.devices.append((name, kind, area))
            self.texts[name] = f"Thiết bị {number} của xã {commune + 1}"
            lines.append(
                f"{name},{kind},{self.texts[name]},{area},{('traffic', 'flood')[number % 2]},"
                f"Sở {commune % 40},{latitude + dice.gauss(0, 0.02):.5f},{longitude + dice.gauss(0, 0.02):.5f},,3600")
        self.registry = "\n".join(lines) + "\n"
        self.heard = {name for number, (name, _, _) in enumerate(self.devices) if number % heard_every == 0}

    def speak(self, server):
        """Lets those be heard who are heard; each until the server has it."""
        waiting = sorted(self.heard)
        for _ in range(20):
            packs = [waiting[start:start + 20] for start in range(0, len(waiting), 20)]
            lines = ["\n".join(f"tel,device={name} v=1" for name in pack).encode() for pack in packs]
            server.send("line", lines, pause_every=20)
            deadline = time.time() + 10
            while time.time() < deadline and server.ask("/v1/counts", limit=1)["total"]["live"] < len(self.heard):
                time.sleep(0.1)
            if server.ask("/v1/counts", limit=1)["total"]["live"] == len(self.heard):
                return
        raise AssertionError(f"not all are heard: {server.ask('/v1/counts', limit=1)['total']}")

    def count(self, kind=None, area=None, heard=None):
        return sum(
            (kind is None or device[1] == kind) and (area is None or device[2] == area)
            and (heard is None or (device[0] in self.heard) == heard) for device in self.devices)


class Visit:
    """One look at the overview, by a browser without a cache; what it shows, and what it told."""

    def __init__(self, browser, country):
        self.browser = browser
        self.page = browser.page(None)
        self.asked = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.add_init_script(f"({USABLE.replace('DEVICES', str(len(country.devices)))})()")
        self.page.goto(f"{browser.server.url}/#/")
        self.page.wait_for_function("() => performance.getEntriesByName('all-devices').length > 0", timeout=120_000)
        self.page.wait_for_function("() => performance.getEntriesByName('usable').length > 0")

    def milliseconds(self):
        """From the address being entered until something is seen, everything can be used, all devices are there."""
        return self.page.evaluate(
            """() => Object.fromEntries(["first-contentful-paint", "usable", "all-devices"].map((name) =>
               [name, performance.getEntriesByName(name)[0]?.startTime ?? null]))""")

    def paths(self, name):
        """What was asked of one path of the interface, in its order."""
        return [url for url in self.asked if re.search(rf"/v1/{name}(\?|$)", url)]

    def memory_mib(self):
        """What the process that draws the page has for itself, with its share of what several have (PSS)."""
        session = self.browser.browser.new_browser_cdp_session()
        processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
        found = []
        for process in processes:
            if process["type"] == "renderer":
                text = pathlib.Path(f"/proc/{process['id']}/smaps_rollup").read_text()
                found.append(int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1)) / 1024)
        session.detach()
        return max(found)

    def pan(self, seconds=4):
        """Pulls the map to and fro by the mouse; what the browser's own trace says was shown meanwhile."""
        box = self.page.locator(".map-box").bounding_box()
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        mouse = self.page.mouse
        mouse.move(*middle)
        self.browser.browser.start_tracing(page=self.page, categories=TRACED)
        self.page.evaluate("performance.mark('pan-begins')")
        mouse.down()
        ending, step = time.time() + seconds, 0
        while time.time() < ending:
            step += 1
            # A circle of an inch, and further: the map is drawn anew when the hand lets go.
            way = 60 + step % 240
            mouse.move(middle[0] + way * (1 if step // 60 % 2 else -1) * (step % 60) / 60, middle[1] + step % 60)
            if step % 240 == 0:
                mouse.up()
                mouse.move(*middle)
                mouse.down()
        mouse.up()
        self.page.evaluate("performance.mark('pan-ends')")
        return Trace(self.browser.browser.stop_tracing())


class Trace:
    """What a browser's trace tells of frames between the two marks of a pan: each has a report that says what became of
    it."""

    def __init__(self, raw):
        events = json.loads(raw)["traceEvents"]
        marks = {event["name"]: event["ts"] for event in events if event.get("name", "").startswith("pan-")}
        begin, end = marks["pan-begins"], marks["pan-ends"]
        self.seconds = (end - begin) / 1e6
        reports = [event for event in events if event.get("name") == "PipelineReporter" and event["ph"] == "b"
                   and begin <= event["ts"] <= end]
        self.shown = sorted(event["ts"] for event in reports if self.fate(event).startswith("STATE_PRESENTED"))
        # The browser wished to show something, and had not come that far.
        self.dropped = sum(self.fate(event) == "STATE_DROPPED" for event in reports)

    @staticmethod
    def fate(report):
        arguments = report["args"]
        return (arguments.get("frame_reporter") or arguments.get("chrome_frame_reporter") or {}).get("state", "")

    @property
    def frames_a_second(self):
        return len(self.shown) / self.seconds

    @property
    def longest_gap_ms(self):
        return max(b - a for a, b in zip(self.shown, self.shown[1:])) / 1e3
