"""How fast the page shows a whole country, and how smoothly it moves: Chromium's own marks and its own trace, against
100,000 devices in 3,321 communes, of which a fifth was heard. Server and browser share the cores."""
from measure import RUNS, SMOKE, note, section

from page_country import COMMUNES, Country, Visit  # noqa: E402 (measure knows where it is)
from page_driver import browsing, page_server  # noqa: E402

DEVICES = 2_000 if SMOKE else 100_000
NAMES = [("first-contentful-paint", "first paint", "below 1"),
         ("usable", "tiles of all devices, map and alarms", "below 2"),
         ("all-devices", "all devices in the browser", None)]


def run():
    section(f"the page: {DEVICES:,} devices in {COMMUNES:,} communes, in Chromium")
    country = Country(DEVICES)
    times, memory, frames, gaps, dropped = [], [], [], [], []
    with page_server(devices=country.registry, areas=country.areas) as server:
        country.speak(server)
        for _ in range(RUNS):
            # A browser of its own each time: nothing is in its caches.
            with browsing(server) as browser:
                visit = Visit(browser, country)
                times.append(visit.milliseconds())
                trace = visit.pan(1 if SMOKE else 5)
                frames.append(trace.frames_a_second)
                gaps.append(trace.longest_gap_ms)
                dropped.append(trace.dropped / trace.seconds)
                memory.append(visit.memory_mib())
                assert browser.complaints == [], browser.complaints
    goals = not SMOKE
    for name, what, goal in NAMES:
        note(f"page: {what}", [each[name] / 1000 for each in times], "s", goal if goals else None)
    note("page: memory of the process that draws it (PSS)", memory, "MiB", "below 300" if goals else None)
    note("page: frames a second while the map is pulled", frames, "frames/s", "30 or more" if goals else None)
    note("page: longest time without a new frame", gaps, "ms")
    note("page: frames a second that were left out", dropped, "frames/s")
