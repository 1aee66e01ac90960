"""Rollups against a computation of their own: late, doubled and reordered rows, counters that are reset, devices that
move, communes that merge; before and after restart, kill, compaction and retention."""
import collections
import datetime
import decimal
import math
import random
import signal
import statistics
import subprocess
import time

import pytest

from server import BINARY, KEEP, SEED, Server

UTC = datetime.timezone.utc
ZONE = datetime.timezone(datetime.timedelta(hours=7))
COMMUNES = ["21001", "21002", "21003"]
# The provinces 52 and 64 merge on that day, and commune 21003 becomes part of 21001.
REFORM = datetime.date(2025, 7, 1)
AREAS = f"""code,parent,name,valid_from,valid_to
52,,Tỉnh Bình Định,,{REFORM}
52,,Tỉnh Gia Lai,{REFORM},
64,,Tỉnh Gia Lai,,{REFORM}
21001,52,Xã Một,,
21002,64,Xã Hai,,{REFORM}
21002,52,Xã Hai,{REFORM},
21003,52,Xã Ba,,{REFORM}
21003,21001,Xã Ba,{REFORM},
"""


def iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def path(area, at):
    """From the top of the tree of that time down to an area."""
    is_after = datetime.datetime.fromtimestamp(at, ZONE).date() >= REFORM
    parent = {"21001": "52", "21002": "52" if is_after else "64", "21003": "21001" if is_after else "52"}.get(area, "")
    return [*path(parent, at), area] if parent else [area]


def bucket_of(at, step):
    if step == "1d":
        day = datetime.datetime.fromtimestamp(at, ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        return day.timestamp()
    length = {"1m": 60, "5m": 300, "15m": 900, "1h": 3_600}[step]
    return at // length * length


class Fleet:
    """Devices with a decimal, an integer and a counter, over the days around the reform."""

    def __init__(self, devices=12, hours=40):
        self.random = random.Random(SEED)
        middle = datetime.datetime(2025, 7, 1, tzinfo=ZONE).timestamp()
        self.start, self.end = int(middle) - hours * 1_800, int(middle) + hours * 1_800
        # By device: seconds, value as text, integer, counter.
        self.rows = collections.defaultdict(dict)
        self.known = {}
        for number in range(devices):
            level, count, at = self.random.randrange(2_000, 4_000), self.random.randrange(10**6), self.start
            while at < self.end:
                level += self.random.randrange(-9, 10)
                count = self.random.randrange(50) if self.random.random() < 0.01 else count + self.random.randrange(100)
                self.rows[f"d{number:02d}"][at] = (
                    decimal.Decimal(level).scaleb(-2),
                    self.random.randrange(-9, 9),
                    count,
                )
                at += self.random.choice([15, 20, 60, 60, 90])
        self.areas = {device: COMMUNES[number % 3] for number, device in enumerate(self.rows)}
        self.classes = {device: "bts" if number % 4 else "sensor" for number, device in enumerate(self.rows)}

    def registry(self, home):
        (home / "areas.csv").write_text(AREAS)
        (home / "devices.csv").write_text(
            "id,class,name,area,domain,agency,latitude,longitude,addresses,interval\n" + "".join(
                f"{device},{self.classes[device]},,{self.areas[device]},power,,,,,60\n" for device in self.rows))
        return f"registry: {{ devices: {home}/devices.csv, areas: {home}/areas.csv, admit: any }}\n"

    def datagrams(self):
        """All rows, a tenth of them late, some of them twice."""
        lines = [(at, f"oracle,device={device} v={v},n={n}i,c={c}i {at}000000000")
                 for device, rows in self.rows.items() for at, (v, n, c) in rows.items()]
        late = set(self.random.sample(range(len(lines)), len(lines) // 10))
        order = sorted(
            range(len(lines)), key=lambda k: lines[k][0] + self.random.randrange(-90, 90) + (k in late) * 10**7
        )
        order += self.random.sample(order, len(order) // 50)
        texts = [lines[k][1] for k in order]
        return ["\n".join(texts[k:k + 15]).encode() for k in range(0, len(texts), 15)]

    # The computation of its own.

    def expected(self, field, step, begin, end, group, query):
        """Buckets, and what the counter rose by in each; computed once for the states in which it is asked."""
        key = (field, step, begin, end, query)
        if key not in self.known:
            rows = self.lists(field, step, begin, end, group)
            rises = self.increases(step, begin, end, group) if field == 2 else None
            self.known[key] = {name: Bucket(found) for name, found in rows.items()}, rises
        return self.known[key]

    def lists(self, field, step, begin, end, group):
        found = collections.defaultdict(list)
        for device, rows in self.rows.items():
            for at, values in rows.items():
                if begin <= at < end:
                    bucket = bucket_of(at, step)
                    name = group(device, bucket)
                    if name is not None:
                        found[name, bucket].append((at, values[field], device))
        return found

    def increases(self, step, begin, end, group):
        found = collections.defaultdict(int)
        for device, rows in self.rows.items():
            last = None
            for at in sorted(rows):
                count = rows[at][2]
                if last is not None and begin <= at < end:
                    bucket = bucket_of(at, step)
                    name = group(device, bucket)
                    if name is not None:
                        found[name, bucket] += count - last if count >= last else count
                last = count
        return found


def nearly(got, wanted, share=1e-9):
    return got is not None and abs(got - wanted) <= share * max(1e-9, abs(wanted))


class Bucket:
    """What the rows of a bucket come to."""

    def __init__(self, rows):
        values = sorted(value for _, value, _ in rows)
        self.numbers = [float(value) for value in values]
        self.sum = float(sum(values))
        begin, end = min(at for at, _, _ in rows), max(at for at, _, _ in rows)
        # Of several devices at one instant it is one of them.
        self.first = {float(value) for at, value, _ in rows if at == begin}
        self.last = {float(value) for at, value, _ in rows if at == end}
        self.deviation = statistics.pstdev(self.numbers)
        self.devices = len({device for _, _, device in rows})

    def quantile(self, share):
        return self.numbers[max(1, math.ceil(round(share * len(self.numbers), 6))) - 1]


def agrees(got, wanted, rise, step, length):
    numbers = wanted.numbers
    assert got["count"] == len(numbers)
    assert got["sum"] == wanted.sum, (got["sum"], wanted.sum)
    assert got["min"] == numbers[0] and got["max"] == numbers[-1]
    assert nearly(got["avg"], wanted.sum / len(numbers))
    assert got["first"] in wanted.first and got["last"] in wanted.last
    assert abs(got["stddev"] - wanted.deviation) <= 1e-6 * max(1, abs(numbers[-1]))
    assert got["distinct"] == wanted.devices
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99.9", 0.999)):
        number = wanted.quantile(share)
        assert nearly(got[name], number, 0.0101), (name, got[name], number)
        if step not in ("1h", "1d"):
            assert got[name] == number
    assert got["increase"] == rise and nearly(got["rate"], rise / length)


AGGREGATES = "count,sum,min,max,avg,first,last,stddev,distinct,p50,p95,p99.9,increase,rate"


def compare(server, fleet, field, step, begin, end, group, **query):
    name = {0: "v", 1: "n", 2: "c"}[field]
    answer = server.ask("/v1/rollups", measurement="oracle", field=name, step=step, from_=iso(begin), to=iso(end),
                       aggregate=AGGREGATES, **query)
    wanted, rises = fleet.expected(field, step, begin, end, group, tuple(query.items()))
    got = {(next(iter(found["by"].values()), ""), seconds(bucket["time"])): bucket
           for found in answer["groups"] for bucket in found["buckets"]}
    assert got.keys() == wanted.keys(), sorted(got.keys() ^ wanted.keys())[:5]
    for key, bucket in wanted.items():
        rise = rises[key] if rises is not None else got[key]["increase"]
        length = {"1m": 60, "5m": 300, "15m": 900, "1h": 3_600, "1d": 86_400}[step]
        # A rate is of the time that was asked for.
        length = min(key[1] + length, end) - max(key[1], begin)
        try:
            agrees(got[key], bucket, rise, step, length)
        except AssertionError as error:
            raise AssertionError(f"{step} {query} {key}: {error}; got {got[key]}") from None
        assert got[key]["complete"] is True
    return len(wanted)


def compare_all(server, fleet):
    """Every step, grouping and area; a range that cuts buckets."""
    cases = 0
    cut = (fleet.start + 7 * 3_600 + 1_234, fleet.end - 5 * 3_600 - 77)
    for field, step in ((0, "5m"), (1, "15m"), (2, "1h"), (0, "1h"), (2, "5m"), (0, "1d"), (2, "1d")):
        for begin, end in ((fleet.start, fleet.end), cut):
            cases += compare(server, fleet, field, step, begin, end, lambda device, at: "")
            cases += compare(server, fleet, field, step, begin, end, lambda device, at: device, group_by="device")
            cases += compare(
                server, fleet, field, step, begin, end, lambda device, at: fleet.areas[device], group_by="area"
            )
            for level in (1, 2):
                cases += compare(
                    server, fleet, field, step, begin, end,
                    lambda device, at: path(fleet.areas[device], at)[:level][-1], group_by="area", level=level)
            for area in ("52", "64", "21001"):
                cases += compare(
                    server, fleet, field, step, begin, end,
                    lambda device, at: fleet.classes[device] if area in path(fleet.areas[device], at) else None,
                    group_by="class", area=area)
    cases += compare(server, fleet, 0, "1m", *cut, lambda device, at: device if device == "d03" else None,
                     group_by="device", device="d03")
    return cases


@pytest.mark.lengthy
@pytest.mark.server(extra=KEEP, seal="1s")
def test_every_aggregate(server):
    fleet = Fleet()
    server.stop()
    server.config.write_text(server.config.read_text() + fleet.registry(server.home))
    server.start()
    # What comes now is newer than all that is asked for: it is complete.
    server.send("line", [b"now,device=x v=1", *fleet.datagrams()], pause_every=20)
    rows = sum(len(rows) for rows in fleet.rows.values()) + 1
    server.wait_for(lambda: server.account("line")["stored"] == rows)
    compare_all(server, fleet)
    server.kill()
    server.start()
    compare_all(server, fleet)
    assert server.stop() == 0
    subprocess.run([BINARY, "compact", server.data], check=True, stdout=subprocess.DEVNULL)
    server.start()
    assert list(server.data.glob("tables/rollups_1h/date=*/*.parquet")), "no rollups to be compared"
    compare_all(server, fleet)
    assert server.stop() == 0
    before = rollup_rows(server.data)
    subprocess.run([BINARY, "rebuild-rollups", server.data], check=True, stdout=subprocess.DEVNULL)
    assert rollup_rows(server.data) == before and before
    server.start()
    compare_all(server, fleet)


def rollup_rows(data):
    """Rows of the rollup tables, whatever files they stand in."""
    import deltalake
    rows = []
    for table in ("rollups_5m", "rollups_1h"):
        if (data / "tables" / table).exists():
            found = deltalake.DeltaTable(str(data / "tables" / table)).to_pyarrow_table().to_pylist()
            rows += sorted(map(repr, found))
    return rows


@pytest.mark.server(extra=KEEP, seal="1s")
def test_tables_merge_in_sql(server):
    """What SQL makes of the rollup tables is what the interface says: readings by the second, decimals, doubles,
    texts."""
    import deltalake
    import duckdb
    chance = random.Random(SEED)
    hour = int(time.time()) // 3_600 * 3_600 - 2 * 86_400
    rows = [f"sql,device=d{k % 3} v={chance.choice([chance.randrange(-50, 5_000) / 100, chance.random()])} "
            f"{hour + k // 3}{chance.randrange(1000):03d}000000" for k in range(3 * 5_400)]
    server.send("line", [row.encode() for row in rows], pause_every=20)
    server.wait_for(lambda: server.account("line")["stored"] == len(rows))
    assert server.stop() == 0
    subprocess.run([BINARY, "compact", server.data], check=True, stdout=subprocess.DEVNULL)
    files = deltalake.DeltaTable(str(server.data / "tables" / "rollups_1h")).file_uris()
    found = duckdb.sql(f"""
            select device, epoch(time), sum("count"), sum(coalesce("sum" / 10.0 ** scale, exact_sum)),
                min(coalesce((least("first", "last") - below) / 10.0 ** scale, exact_min)),
                max(coalesce((greatest("first", "last") + above) / 10.0 ** scale, exact_max)),
                arg_min(coalesce("first" / 10.0 ** scale, exact_first), first_time),
                arg_max(coalesce("last" / 10.0 ** scale, exact_last), last_time)
            from read_parquet({files}) where measurement = 'sql' and field = 'v' group by all""").fetchall()
    server.start()
    answer = server.ask("/v1/rollups", measurement="sql", field="v", step="1h", from_=iso(hour), to=iso(hour + 7_200),
                       aggregate="count,sum,min,max,first,last", group_by="device")
    wanted = {(group["by"]["device"], seconds(bucket["time"])): bucket
              for group in answer["groups"] for bucket in group["buckets"]}
    assert len(found) == len(wanted) == 6, (found, wanted)
    for device, at, *numbers in found:
        for name, number in zip(("count", "sum", "min", "max", "first", "last"), numbers):
            assert nearly(float(number), wanted[device, at][name]), (device, at, name, number, wanted[device, at])


def test_buckets_become_complete(server):
    """A bucket that is over is complete, also where nothing comes any more; the one of now is not."""
    now = int(time.time())
    server.send("line", [f"m,device=d v=1i {at}000000000".encode() for at in (now - 90, now)])

    def flags():
        answer = server.ask("/v1/rollups", measurement="m", field="v", step="1m", aggregate="count",
                           from_=iso(now - 180), to=iso(now + 120))
        return [bucket["complete"] for group in answer["groups"] for bucket in group["buckets"]]

    server.wait_for(lambda: len(flags()) == 2)
    assert flags()[0] is True
    # Up to a minute until it is over, and two seconds more.
    server.wait_for(lambda: flags() == [True, True], 75)


def test_devices_move(server):
    """A registry that is loaded anew changes what comes, not what was; a restart changes neither."""
    home = server.home

    def registry(area):
        (home / "areas.csv").write_text(AREAS)
        (home / "devices.csv").write_text(f"id,class,area\nmoving,sensor,{area}\nstaying,sensor,21001\n")

    registry("21001")
    server.stop()
    server.config.write_text(
        server.config.read_text()
        + f"registry: {{ devices: {home}/devices.csv, areas: {home}/areas.csv, admit: any }}\n"
    )
    server.start()
    old = int(time.time()) // 60 * 60 - 7_200
    server.send("line", [f"moves,device={device} v={k}i {old + k * 60}000000000".encode()
                        for device in ("moving", "staying") for k in range(3)])
    # The move is in the middle of a minute: that minute is still the old commune's.
    while not 5 < time.time() % 60 < 50:
        time.sleep(1)
    registry("21002")
    server.process.send_signal(signal.SIGHUP)
    moved = server.wait_for(lambda: server.ask("/v1/devices/moving")["devices"][0]["area"] == "21002" and time.time())
    new = int(moved) // 60 * 60 + 60
    server.send("line", [f"moves,device={device} v=7i {new}000000000".encode() for device in ("moving", "staying")])

    def sums(**query):
        answer = server.ask("/v1/rollups", measurement="moves", field="v", step="1m", from_=iso(old),
                           to=iso(new + 60), aggregate="count", group_by="area", **query)
        return {(found["by"]["area"], int(seconds(bucket["time"]))): bucket["count"]
                for found in answer["groups"] for bucket in found["buckets"]}

    wanted = {("21001", old + k * 60): 2 for k in range(3)}
    wanted.update({("21001", new): 1, ("21002", new): 1})
    server.wait_for(lambda: sums() == wanted)
    assert sums(area="21002") == {("21002", new): 1}
    for end in (server.stop, server.kill):
        end()
        server.start()
        assert sums() == wanted, sums()
    # What changed is there for analysts to join.
    import deltalake
    rows = deltalake.DeltaTable(str(server.data / "tables" / "devices")).to_pyarrow_table().to_pylist()
    assert [(row["device"], row["area"]) for row in sorted(rows, key=lambda row: (row["device"], row["time"]))] == [
        ("moving", "21001"), ("moving", "21002"), ("staying", "21001")], rows


@pytest.mark.lengthy
def test_rollups_outlive_readings():
    """Readings expire by whole days, their rollups stay and are asked as before."""
    day = int(time.time()) // 86_400 * 86_400
    kept, begin = 3, day - 5 * 86_400
    rows = {(f"d{k}", at): (at // 60 * (k + 3)) % 977 for k in range(3) for at in range(begin, day, 60)}
    extra = "retention: {{ readings: {}d, events: 400d, rollups_5m: 800d, rollups_1h: 3650d }}\n"
    with Server(extra=extra.format(30), seal="1s") as server:
        lines = [f"gone,device={device} v={value / 100} {at}000000000" for (device, at), value in rows.items()]
        server.send("line", ["\n".join(lines[k:k + 15]).encode() for k in range(0, len(lines), 15)], pause_every=20)
        server.wait_for(lambda: server.account("line")["stored"] == len(rows))
        assert server.stop() == 0
        subprocess.run([BINARY, "compact", server.data], check=True, stdout=subprocess.DEVNULL)
        server.config.write_text(server.config.read_text().replace("readings: 30d", f"readings: {kept}d"))
        server.start()

        def asked_for(step, **query):
            answer = server.ask("/v1/rollups", measurement="gone", field="v", step=step, from_=iso(begin), to=iso(day),
                               aggregate="count,sum,min,max,first,last", **query)
            return answer["groups"]

        before = {step: asked_for(step, group_by="device") for step in ("1h", "1d")}
        assert sum(bucket["count"] for found in before["1h"] for bucket in found["buckets"]) == len(rows)

        def is_trimmed():
            found = server.ask("/v1/measurements")["measurements"]
            return seconds(next(one for one in found if one["name"] == "gone")["first"]) >= day - kept * 86_400
        server.wait_for(is_trimmed, 150)
        for end in (lambda: None, lambda: (server.kill(), server.start())):
            end()
            for step, wanted in before.items():
                assert asked_for(step, group_by="device") == wanted, step
