"""One device's day out of many readings, and a whole column with a filter beside DuckDB on one thread, warm."""
import datetime
import statistics
import subprocess
import time

import duckdb

from measure import RUNS, SMOKE, Target, blackbox, note, section
from sizes import KEEP

DEVICES = 100 if SMOKE else 1_000
# At one row a second and four fields or so: 100 million readings.
MINUTES = 5 if SMOKE else 450
LINES = 10


def iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def run():
    start = int(time.time()) // 86_400 * 86_400 - 2 * 86_400
    with Target(extra=KEEP) as target:
        readings = filled(target, start)
        section(f"scan: {readings} readings of {DEVICES} devices, compacted, pages cached")
        assert target.stop() == 0
        subprocess.run([blackbox.BINARY, "compact", target.data], check=True, stdout=subprocess.DEVNULL)
        target.start()
        a_device_day(target, start)
        a_column(target, start)


def filled(target, start):
    wanted = DEVICES * MINUTES * 60 // LINES
    subprocess.run(
        [blackbox.BINARY, "simulate", "--target", target.address(), "--flood", "--devices", str(DEVICES), "--interval",
         "1", "--lines", str(LINES), "--count", str(wanted), "--start", str(start)], check=True, capture_output=True)
    target.wait_for(lambda: target.account("line")["received"] >= wanted, 120)
    return target.account("line")["readings"]


def a_device_day(target, start):
    devices = [row["device"] for row in target.ask("/v1/latest", measurement="weather", limit=200)["rows"]]
    times = []
    for device in devices:
        began = time.perf_counter()
        target.get(f"/v1/devices/{device}/readings", measurement="weather", from_=iso(start), to=iso(start + 86_400),
                   format="csv")
        times.append((time.perf_counter() - began) * 1e3)
    times.sort()
    note("a device's day, first thousand rows: p50", [statistics.median(times)], "ms", "10")
    note("a device's day, first thousand rows: p99", [times[int(len(times) * .99)]], "ms")


def a_column(target, start):
    # The range cuts buckets, so that stored rollups are of no use.
    begin, end = start + 61, start + 86_400 - 61
    ours, theirs = [], []
    files = [str(path) for path in target.data.glob("tables/weather/date=*/*.parquet")]
    connection = duckdb.connect()
    connection.execute("set threads = 1")
    sql = f"""select avg(temperature::double), min(temperature), max(temperature), count(temperature)
              from read_parquet({files}) where epoch_ms(time) >= {begin * 1000} and epoch_ms(time) < {end * 1000}"""
    for _ in range(RUNS):
        began = time.perf_counter()
        answer = target.ask("/v1/rollups", measurement="weather", field="temperature", step="1d", from_=iso(begin),
                            to=iso(end), aggregate="avg,min,max,count")
        ours.append((time.perf_counter() - began) * 1e3)
        began = time.perf_counter()
        mean, low, high, count = connection.execute(sql).fetchall()[0]
        theirs.append((time.perf_counter() - began) * 1e3)
        buckets = answer["groups"][0]["buckets"]
        assert sum(bucket["count"] for bucket in buckets) == count
        assert min(bucket["min"] for bucket in buckets) == float(low) and max(
            bucket["max"] for bucket in buckets) == float(high)
        total = sum(bucket["avg"] * bucket["count"] for bucket in buckets)
        assert abs(total / count - mean) < 1e-6
    note(f"{count} values of a column with a filter on time: /v1/rollups", ours, "ms")
    note(f"{count} values of a column with a filter on time: DuckDB, one thread", theirs, "ms")
    note("ThiNai beside DuckDB", [mine / other for mine, other in zip(ours, theirs)], "times", "1")
