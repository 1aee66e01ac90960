"""Availability: shares, outages and the page, against a computation of its own over the same rows."""
import base64
import csv
import datetime
import hashlib
import html.parser
import io
import random
import re
import time

import pytest

from server import SEED

UTC = datetime.timezone.utc
DAY = 86_400
MINUTE = 60


def iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text):
    return text and datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Fleet:
    """Some dozen devices, their rows of a month, and what that comes to."""

    def __init__(self, chance, begin, end):
        self.begin, self.end = begin, end
        self.devices = [
            (f"av-{n:02}", ("camera", "bts", "sensor")[n % 3], ("21001", "21002", "48001")[n % 3],
             (300, 600, 900, 3_600)[n % 4], ("hd-1", "")[n % 2]) for n in range(13)]
        self.rows = {device[0]: self.make(chance, device[3]) for device in self.devices}

    def make(self, chance, interval):
        at, times = self.begin - chance.randrange(1, 3 * interval), []
        while at < self.end + 4 * interval:
            times.append(at)
            at += chance.choice((interval, interval, interval - 7, 2 * interval, 3 * interval))
            if chance.random() < 0.01:
                at += chance.randrange(1, 2 * DAY)
        # All of the month is known: a row stands on both sides of it.
        return times + [at]

    def outages(self, device):
        name, _, _, interval, _ = device
        times = sorted(self.rows[name])
        gaps = ((max(a + 3 * interval, self.begin), min(b, self.end)) for a, b in zip(times, times[1:]))
        return [(a, b) for a, b in gaps if a < b]

    def truth(self, key):
        groups = {}
        for device in self.devices:
            group = groups.setdefault(key(device), {"devices": 0, "outages": []})
            group["devices"] += 1
            group["outages"] += [(device[0], a, b) for a, b in self.outages(device)]
        return groups


def with_registry(server, fleet):
    home = server.home
    (home / "areas.csv").write_text("code,parent,name\n52,,Gia Lai\n21001,52,Quy Nhơn\n21002,52,\n48001,,<Đà Nẵng>\n")
    (home / "devices.csv").write_text("id,class,area,interval,contract,name\n" + "".join(
        f'{name},{kind},{area},{interval},{contract},"Trạm <b>{name}</b> & Co"\n'
        for name, kind, area, interval, contract in fleet.devices))
    server.config.write_text(
        server.config.read_text()
        + f"registry: {{ devices: {home}/devices.csv, areas: {home}/areas.csv, admit: any }}\n")


def compare(server, fleet, group_by, key, **more):
    answer = server.ask(
        "/v1/availability", from_=iso(fleet.begin), to=iso(fleet.end), group_by=group_by, **more)
    truth = fleet.truth(key)
    found = {next(iter(group["by"].values()), ""): group for group in answer["groups"]}
    assert found.keys() == truth.keys()
    for name, group in found.items():
        wanted = truth[name]
        got = [(o["device"], instant(o["from"]), instant(o["to"])) for o in group["outages"]]
        assert got == sorted(wanted["outages"], key=lambda o: (o[1], o[0])), name
        assert all((o["begin"], o["end"], o["cause"]) == (o["from"], o["to"], None) for o in group["outages"])
        whole, out = wanted["devices"] * (fleet.end - fleet.begin), sum(b - a for _, a, b in got)
        assert group["devices"] == wanted["devices"] and group["outage_seconds"] == out
        assert group["live_seconds"] == whole - out and abs(group["live"] - (1 - out / whole)) < 1e-12
        assert group["planned_seconds"] == group["unknown_seconds"] == 0
    return answer


@pytest.mark.server(seal="2s", lanes=2)
def test_a_month_to_the_second(server):
    chance = random.Random(SEED)
    begin = int(time.time()) // DAY * DAY - 40 * DAY
    fleet = Fleet(chance, begin, begin + 30 * DAY)
    server.stop()
    with_registry(server, fleet)
    server.start()
    rows = []
    for name, times in fleet.rows.items():
        for at in times:
            measurement = chance.choice(("power", "stream"))
            rows.append(f"{measurement},device={name},port={chance.randrange(3)} v={at % 7}i {at}000000000")
    # Out of order, and over several seals.
    chance.shuffle(rows)
    for place in range(0, len(rows), 4_000):
        some = rows[place:place + 4_000]
        server.send("line", ["\n".join(some[i:i + 20]).encode() for i in range(0, len(some), 20)])
    server.wait_for(lambda: server.account("line")["stored"] == len(rows))

    def compare_all():
        devices = compare(server, fleet, "device", lambda d: d[0])
        compare(server, fleet, "class", lambda d: d[1])
        compare(server, fleet, "area", lambda d: d[2])
        compare(server, fleet, "area", lambda d: "52" if d[2] in ("21001", "21002") else d[2], level=1)
        compare(server, fleet, "contract", lambda d: d[4])
        return devices

    first = compare_all()
    server.kill()
    server.start()
    assert compare_all() == first
    # Parts of a month add up to it.
    middle = begin + 11 * DAY + 12_345
    halves = [Fleet.__new__(Fleet) for _ in range(2)]
    for half, (start, end) in zip(halves, ((begin, middle), (middle, begin + 30 * DAY))):
        half.begin, half.end, half.devices, half.rows = start, end, fleet.devices, fleet.rows
        compare(server, half, "device", lambda d: d[0])

    query = {"from_": iso(fleet.begin), "to": iso(fleet.end), "group_by": "device"}
    lines = list(csv.DictReader(io.StringIO(server.get("/v1/availability", format="csv", **query).decode())))
    assert [(line["device"], float(line["live"]), int(line["outages"])) for line in lines] == [
        (group["by"]["device"], group["live"], len(group["outages"])) for group in first["groups"]]
    lines = list(csv.DictReader(io.StringIO(
        server.get("/v1/availability", format="csv", list="outages", **query).decode())))
    assert [(line["device"], line["from"], line["to"]) for line in lines] == [
        (outage["device"], outage["from"], outage["to"]) for group in first["groups"] for outage in group["outages"]]
    check_page(server, fleet, query)


class Page(html.parser.HTMLParser):
    """The cells of a page's tables, and every tag that it has."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.tags, self.cell = [], set(), None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.cell = ""

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.tables[-1][-1].append(self.cell)
            self.cell = None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data


def check_page(server, fleet, query):
    import urllib.parse
    import urllib.request
    query = urllib.parse.urlencode({name.rstrip("_"): value for name, value in query.items()} | {"format": "html"})
    with urllib.request.urlopen(f"http://127.0.0.1:{server.http}/v1/availability?{query}", timeout=30) as answer:
        text, policy = answer.read().decode(), answer.headers["Content-Security-Policy"]
    style = re.search("<style>(.*?)</style>", text, re.S).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy and policy.startswith("default-src 'none'"), policy
    page = Page(text)
    assert not page.tags & {"script", "img", "link", "iframe", "form", "object", "b"}, page.tags
    groups, outages = page.tables
    assert [row[0] for row in groups[1:]] == [f"Trạm <b>{d[0]}</b> & Co ({d[0]})" for d in fleet.devices]
    assert [int(row[3]) for row in groups[1:]] == [len(fleet.outages(d)) for d in fleet.devices]
    assert len(outages) - 1 == sum(len(fleet.outages(d)) for d in fleet.devices)


@pytest.mark.server(seal="1s")
def test_what_lasts_and_what_nobody_knows(server):
    """A device that is silent now, one that never sent, and one that left the registry."""
    server.stop()
    fleet = Fleet.__new__(Fleet)
    fleet.devices = [("on", "bts", "21001", 600, ""), ("off", "bts", "21001", 1, ""), ("mute", "bts", "21001", 1, "")]
    with_registry(server, fleet)
    server.start()
    begun = time.time()
    server.send("line", [b"power,device=off v=1i", b"power,device=on v=1i"])

    def groups():
        answer = server.ask("/v1/availability", from_=iso(begun - DAY), group_by="device")
        return {group["by"]["device"]: group for group in answer["groups"]}

    server.wait_for(lambda: groups()["off"]["outages"] and groups()["mute"]["outages"])
    found = groups()
    off = found["off"]["outages"]
    assert len(off) == 1 and off[0]["to"] is None and off[0]["end"] is None
    assert instant(off[0]["from"]) - begun > 2.99
    assert not found["on"]["outages"] and found["on"]["live"] == 1
    assert [outage["to"] for outage in found["mute"]["outages"]] == [None] and found["mute"]["live"] == 0
    # Nobody listened yesterday.
    assert all(group["unknown_seconds"] > DAY - 120 for group in found.values())
    server.send("line", [b"power,device=off v=2i"])
    server.wait_for(lambda: groups()["off"]["outages"][0]["to"])
