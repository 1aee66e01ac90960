#!/usr/bin/env python3
"""Random questions about random rows, asked of the real binary while the rows are in memory, sealed, killed, compacted,
late and expired, and held against a computation that knows nothing of any of it.

    Tests/blackbox/random_questions.py [--seeds 20] [--questions 1000] [--first-seed 1]

`--questions` is how many are asked in each of the five states; of the rows that have expired a fifth as many. It ends
with 1 if one answer is wrong, and says the seed and the question. `run states` asks a few hundred.
"""
import argparse
import collections
import contextlib
import datetime
import fractions
import http.client
import json
import math
import pathlib
import random
import subprocess
import sys
import time
import unicodedata
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import server  # noqa: E402

ZONE = datetime.timezone(datetime.timedelta(hours=7))
STEPS = {"1m": 60, "5m": 300, "15m": 900, "1h": 3_600, "3h": 10_800, "1d": 86_400}
AREAS = "code,parent,name\n52,,Gia Lai\n21001,52,Xã Một\n21002,52,Xã Hai\n"
AGGREGATES = [
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "first",
    "last",
    "stddev",
    "increase",
    "rate",
    "distinct",
    "p50",
    "p95",
]
REPEATED = unicodedata.normalize("NFD", "trạm-mưa-é")

Row = collections.namedtuple("Row", "device tags time field value order")


class Wrong(Exception):
    """An answer that is not what the rows say."""


def iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def bucket_of(at, step):
    if step == "1d":
        return int(datetime.datetime.fromtimestamp(at, ZONE).replace(hour=0, minute=0, second=0).timestamp())
    return at // STEPS[step] * STEPS[step]


class World:
    """What was sent: rows of two measurements, `m` with tags, counters and changing types, `t` with ties alone."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.start = int(time.time()) // 86_400 * 86_400 - 3 * 86_400
        self.devices = ["a1", "b2", "c3", "sw", unicodedata.normalize("NFC", REPEATED)]
        self.area = dict(zip(self.devices, ["21001", "21002", "21001", "", "52"]))
        self.kind = dict(zip(self.devices, ["sensor", "camera", "sensor", "", "bts"]))
        # By measurement: every value once, in the order of its arrival.
        self.rows = {"m": [], "t": []}
        self.known = set()
        self.lines, self.events = [], []
        self.order = 0
        self.counters = collections.defaultdict(int)

    def registry(self, home):
        (home / "areas.csv").write_text(AREAS)
        rows = "".join(
            f"{device},{self.kind[device]},{self.area[device]},60\n" for device in self.devices if self.kind[device])
        (home / "devices.csv").write_text("id,class,area,interval\n" + rows)
        return f"registry: {{ devices: {home}/devices.csv, areas: {home}/areas.csv, admit: any }}\n"

    def value(self, field):
        """A value as it is written, and what it is; None where it is no number."""
        choice = self.random.random()
        if field == "w":
            number = 2**60 + self.random.randrange(-5, 5) if choice < 0.5 else self.random.randrange(-9, 9)
            return f"{number}i", fractions.Fraction(number)
        if choice < 0.05:
            return '"broken"', None
        if choice < 0.15:
            number = self.random.randrange(-9, 9)
            return f"{number}i", fractions.Fraction(number)
        if choice < 0.25:
            number = self.random.uniform(-5, 5)
            return repr(number), fractions.Fraction(number)
        text = f"{self.random.randrange(-9_999, 9_999) / 10 ** self.random.randrange(4):.3f}"
        return text, fractions.Fraction(text)

    def add(self, measurement, device, tags, at, fields):
        """Sends a row, and now and then once more; NFD ids now and then."""
        body = []
        for field, (text, number) in fields.items():
            body.append(f"{field}={text}")
            key = (measurement, device, tags, at, field, text)
            if key not in self.known and number is not None:
                self.rows[measurement].append(Row(device, tags, at, field, number, self.order))
            self.known.add(key)
        self.order += 1
        name = unicodedata.normalize("NFD", device) if self.random.random() < 0.3 else device
        head = ",".join([measurement, f"device={name}", *(f"{k}={v}" for k, v in tags)])
        line = f"{head} {','.join(body)} {at * 10**9}".encode()
        self.lines.append(line)
        if self.random.random() < 0.05:
            self.lines.append(line)

    def grow(self, count):
        """More rows at random times, most of them in the order of time."""
        taken = {(row.device, row.tags, row.time) for row in self.rows["m"]}
        times = sorted(self.random.randrange(40 * 3_600) for _ in range(count))
        for at in times:
            at = self.start + (self.random.randrange(40 * 3_600) if self.random.random() < 0.1 else at)
            device = self.random.choice(self.devices)
            tags = (("port", str(self.random.randrange(1, 4))),) if device == "sw" or self.random.random() < 0.1 else ()
            if (device, tags, at) in taken:
                continue
            taken.add((device, tags, at))
            counter = self.counters[device, tags]
            counter = self.random.randrange(9) if self.random.random() < 0.02 else counter + self.random.randrange(40)
            self.counters[device, tags] = counter
            fields = {"c": (f"{counter}i", fractions.Fraction(counter))}
            for field in ("v", "w"):
                if self.random.random() < 0.8:
                    fields[field] = self.value(field)
            self.add("m", device, tags, at, fields)
        for _ in range(count // 4):
            at = self.start + self.random.randrange(60) * 600 + self.random.randrange(3)
            number = self.random.randrange(1, 6)
            self.add(
                "t", self.random.choice(self.devices[:3]), (), at, {"v": (f"{number}i", fractions.Fraction(number))}
            )

        for _ in range(count // 12):
            at = self.start + self.random.randrange(40 * 3_600)
            text = self.random.choice(["trời mưa to", "cổng 3 mất kết nối", "ok", "=1+1"])
            self.events.append(
                f"<{self.random.randrange(192)}>1 {iso(at)} {self.random.choice(self.devices[:3])} app {at % 97}"
                f" - - {text}".encode()
            )

    def send(self, serve):
        before = serve.ask("/v1/ledger")["total"]
        serve.send("line", self.lines, pause_every=40)
        serve.send("syslog", self.events, pause_every=40)
        wanted = before["stored"] + before["duplicate"] + len(self.lines) + len(self.events)
        serve.wait_for(lambda: sum(serve.ask("/v1/ledger")["total"][k] for k in ("stored", "duplicate")) == wanted)
        self.lines, self.events = [], []


class Question:
    """One question of `/v1/rollups`, and what its answer is."""

    def __init__(self, world, rng, expired=False):
        self.world = world
        self.measurement = "t" if rng.random() < 0.2 else "m"
        self.field = "v" if self.measurement == "t" else rng.choice("vcw")
        self.step = rng.choice(list(STEPS))
        end = world.start + 41 * 3_600
        begin = world.start - 3_600
        if rng.random() < 0.5:
            begin = world.start + rng.randrange(40 * 3_600)
            end = begin + rng.choice([1, 60, 777, 3_600, 7_200, 36_000, 86_400])
        if rng.random() < 0.5:
            begin, end = begin // 3_600 * 3_600, -(-end // 3_600) * 3_600
        self.range = begin, end
        self.aggregates = rng.sample(AGGREGATES, rng.randrange(1, 6))
        self.filter = {}
        for name, values in {
            "device": world.devices,
            "area": ["52", "21001", "21002"],
            "class": ["sensor", "bts"],
        }.items():
            if rng.random() < 0.2:
                self.filter[name] = rng.choice(values)
        groups = ["none", "device", "area", "class"]
        if self.measurement == "m":
            groups.append("tag:port")
            if rng.random() < 0.2:
                self.filter["tag.port"] = str(rng.randrange(1, 4))
        self.group_by = rng.choice(groups)
        if expired:
            self.filter = {"device": rng.choice(world.devices)}
            self.group_by = "none"

    def path(self):
        begin, end = self.range
        query = {
            "measurement": self.measurement, "field": self.field, "step": self.step, "from": iso(begin), "to": iso(end),
            "aggregate": ",".join(self.aggregates), "group_by": self.group_by, **self.filter}
        return "/v1/rollups?" + urllib.parse.urlencode(query)

    def takes(self, row):
        area = self.world.area[row.device]
        wanted = self.filter.get("area")
        return (
            row.field == self.field and self.filter.get("device", row.device) == row.device
            and self.filter.get("class") in (None, self.world.kind[row.device])
            and (wanted is None or area == wanted or (wanted == "52" and area != ""))
            and ("tag.port" not in self.filter or ("port", self.filter["tag.port"]) in row.tags))

    def group(self, row):
        return {
            "none": "", "device": row.device, "area": self.world.area[row.device], "class": self.world.kind[row.device],
            "tag:port": dict(row.tags).get("port", "")}[self.group_by]

    def wanted(self):
        """Rows by group and bucket, and what counters rose by."""
        begin, end = self.range
        cells = collections.defaultdict(lambda: collections.defaultdict(list))
        series = collections.defaultdict(list)
        for row in self.world.rows[self.measurement]:
            if not self.takes(row):
                continue
            if begin <= row.time < end:
                cells[self.group(row)][bucket_of(row.time, self.step)].append(row)
            series[row.device, row.tags].append(row)
        rises = collections.defaultdict(fractions.Fraction)
        for rows in series.values():
            rows.sort(key=lambda row: (row.time, row.order))
            for last, row in zip(rows, rows[1:]):
                if begin <= row.time < end:
                    rise = row.value - last.value if row.value >= last.value else max(row.value, fractions.Fraction(0))
                    rises[self.group(row), bucket_of(row.time, self.step)] += rise
        return cells, rises

    def check(self, answer, expired=False):
        cells, rises = self.wanted()
        got = {
            group["by"].get(self.group_by, ""): {seconds(cell["time"]): cell for cell in group["buckets"]}
            for group in answer["groups"]}
        if not expired and {g: sorted(b) for g, b in got.items()} != {g: sorted(b) for g, b in cells.items()}:
            raise Wrong("other groups or buckets")
        for group, buckets in got.items():
            for at, cell in buckets.items():
                rows = cells[group][at]
                if not rows:
                    raise Wrong(f"a bucket at {iso(at)} of no rows")
                for aggregate in self.aggregates:
                    self.compare(aggregate, cell[aggregate], rows, rises[group, at], at, expired)

    def compare(self, aggregate, got, rows, rise, at, expired):
        values = sorted(row.value for row in rows)
        count, total = len(values), sum(values)
        if got is None and expired and aggregate in ("stddev", "increase", "rate", "p50", "p95"):
            return
        number = fractions.Fraction(got) if got is not None else None
        fine = STEPS[self.step] < 3_600 or self.range[1] - self.range[0] < 3_600
        if aggregate in ("count", "distinct"):
            right = got == (count if aggregate == "count" else len({row.device for row in rows}))
        elif aggregate in ("first", "last"):
            edge = (min if aggregate == "first" else max)(row.time for row in rows)
            series = collections.defaultdict(list)
            for row in rows:
                if row.time == edge:
                    series[row.device, row.tags].append(row)
            pick = min if aggregate == "first" else max
            right = any(self.near(number, pick(own, key=lambda row: row.order).value) for own in series.values())
        elif aggregate in ("p50", "p95"):
            wanted = values[max(1, -(-count * int(aggregate[1:]) // 100)) - 1]
            right = self.near(number, wanted, 1e-9 if fine else 0.0101)
        elif aggregate == "rate":
            end = bucket_of(at, self.step) + STEPS[self.step]
            length = min(end, self.range[1]) - max(at, self.range[0])
            right = self.near(number, rise / length, 1e-9)
        elif aggregate == "stddev":
            mean = total / count
            wanted = math.sqrt(sum((value - mean) ** 2 for value in values) / count)
            right = number is not None and abs(float(number) - wanted) <= 1e-7 * max(1, wanted)
        elif aggregate == "avg":
            scale = float(max(abs(value) for value in values))
            right = self.near(number, total / count, 1e-11, slack=scale * 1e-12)
        else:
            wanted = {"sum": total, "min": values[0], "max": values[-1], "increase": rise}[aggregate]
            scale = max(abs(value) for value in values) if aggregate in ("sum", "increase") else 0
            right = self.near(
                number, wanted, slack=float(scale) * 1e-12 if self.has_doubles(rows) else 0, expired=expired
            )
        if not right:
            raise Wrong(f"{aggregate} of {count} at {iso(at)} is {got}")

    @staticmethod
    def has_doubles(rows):
        return any(row.value.denominator > 10**9 for row in rows) or any(row.value.denominator != 1 for row in rows)

    @staticmethod
    def near(number, wanted, within=1e-12, slack=0.0, expired=False):
        if number is None:
            return False
        # Whole numbers come with all their digits.
        if wanted.denominator == 1 and within == 1e-12 and not slack and not expired:
            return number == wanted
        return abs(number - wanted) <= abs(wanted) * fractions.Fraction(within) + fractions.Fraction(
            slack
        ) + fractions.Fraction(1, 10**12)


class Client:
    """Keeps one connection."""

    def __init__(self, serve):
        self.serve = serve
        self.connection = http.client.HTTPConnection("127.0.0.1", serve.http, timeout=60)

    def ask(self, path):
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise Wrong(f"status {answer.status}: {body[:200]}")
        return json.loads(body)

    def pages(self, path, key):
        found, cursor = [], ""
        while True:
            answer = self.ask(path + (f"&cursor={cursor}" if cursor else ""))
            found += answer[key]
            if not answer.get("next"):
                return found
            cursor = answer["next"]


def same(world, client, memory):
    """What is asked of no computation is what it was in the state before."""
    begin, end = iso(world.start - 3_600), iso(world.start + 41 * 3_600)
    now = {}
    for device in world.devices:
        for measurement in ("m", "t"):
            path = (
                f"/v1/devices/{urllib.parse.quote(device)}/readings?measurement={measurement}&from={begin}&to={end}"
                "&limit=977"
            )
            with contextlib.suppress(Wrong):
                now[path] = [{k: v for k, v in row.items() if k != "received"} for row in client.pages(path, "rows")]
    for measurement in ("m", "t"):
        rows = client.pages(f"/v1/latest?measurement={measurement}&limit=3", "rows")
        now["latest", measurement] = [{k: v for k, v in row.items() if k != "received"} for row in rows]
        for row in rows:
            own = [
                one for one in world.rows[measurement]
                if one.device == row["device"] and dict(one.tags) == row.get("tags", {})]
            if own and max(one.time for one in own) > seconds(row["time"]):
                raise Wrong(f"latest of {measurement} is not the latest: {row}")
    for query in ("", "&device=a1", "&severity=error,warning", "&kind=syslog", "&class=sensor&area=52"):
        path = f"/v1/events?from={begin}&to={end}&limit=17{query}"
        now[path] = client.pages(path, "events")
    # What the node told itself between is not among what was sent.
    now["changes"] = [
        one
        for one in client.pages("/v1/changes?since=0&limit=9973", "changes")
        if one["measurement"] != "device_ledger"
    ]
    now["measurements"] = [
        {**one, "fields": sorted(field["name"] for field in one["fields"])}
        for one in client.ask("/v1/measurements")["measurements"]
        if one["name"] != "device_ledger"
    ]
    now["devices"] = [
        {k: v for k, v in one.items() if k not in ("status", "measurements", "last_seen")}
        for one in client.pages("/v1/devices?limit=2", "devices")
    ]
    for step in ("1h", "1d"):
        path = f"/v1/quality?step={step}&from={begin}&to={end}&group_by=device"
        now[path] = client.ask(path)["groups"]
    for name, value in now.items():
        if memory and memory[name] != value:
            raise Wrong(f"{name}: {first_difference(memory[name], value)}")
    return now


def first_difference(was, now):
    for old, new in zip(was, now):
        if old != new:
            return f"was {str(old)[:300]}, is {str(new)[:300]}"
    return f"were {len(was)}, are {len(now)}"


def asked(world, serve, rng, count, expired=False):
    client = Client(serve)
    for _ in range(count):
        question = Question(world, rng, expired)
        try:
            question.check(client.ask(question.path()), expired)
        except Wrong as fault:
            raise Wrong(f"{question.path()}: {fault}") from None
    return count


def compact(serve):
    serve.stop()
    result = subprocess.run([server.BINARY, "compact", serve.data], capture_output=True, text=True, timeout=300)
    if result.returncode:
        raise Wrong(f"compact: {result.stdout}{result.stderr}")
    serve.start()


def run(seed, questions, rows=700):
    """All states of one seed; how many questions were asked."""
    world, rng = World(seed), random.Random(seed * 7_919)
    keep = "retention: { readings: 400d, events: 400d, rollups_5m: 800d, rollups_1h: 3650d }\n"
    with contextlib.ExitStack() as stack:
        serve = server.Server(seal="1h")
        serve.config.write_text(serve.config.read_text() + world.registry(serve.home) + keep)
        stack.enter_context(serve)
        world.grow(rows)
        world.send(serve)
        count = asked(world, serve, rng, questions)
        known = same(world, Client(serve), None)
        serve.stop()
        serve.start()
        count += asked(world, serve, rng, questions)
        same(world, Client(serve), known)
        world.grow(rows // 3)
        world.send(serve)
        known = same(world, Client(serve), None)
        serve.kill()
        serve.start()
        count += asked(world, serve, rng, questions)
        same(world, Client(serve), known)
        compact(serve)
        count += asked(world, serve, rng, questions)
        same(world, Client(serve), known)
        world.grow(rows // 3)
        world.send(serve)
        known = same(world, Client(serve), None)
        compact(serve)
        count += asked(world, serve, rng, questions)
        same(world, Client(serve), known)
        # What is over a day old goes; rollups stay where they were worth their bytes.
        serve.stop()
        serve.config.write_text(serve.config.read_text().replace("readings: 400d", "readings: 1d"))
        serve.start()
        time.sleep(2)
        count += asked(world, serve, rng, questions // 5, expired=True)
    return count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--questions", type=int, default=1_000)
    parser.add_argument("--first-seed", type=int, default=1)
    given = parser.parse_args()
    total = failed = 0
    for seed in range(given.first_seed, given.first_seed + given.seeds):
        began = time.time()
        try:
            total += run(seed, given.questions)
            print(f"seed {seed}: right ({time.time() - began:.0f} s)", flush=True)
        except (Wrong, AssertionError) as fault:
            failed += 1
            print(f"seed {seed}: {fault}", flush=True)
    print(f"{total} questions answered rightly, {failed} of {given.seeds} seeds failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
