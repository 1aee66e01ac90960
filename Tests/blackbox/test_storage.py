"""What was taken stays: through parts, restarts, kills and damage."""
import asyncio
import csv
import datetime
import json
import random
import subprocess
import time
import urllib.parse

import aiocoap
import cbor2
import deltalake
import duckdb
import pandas
import polars
import pyarrow.parquet
import pytest

from captures import need_captures
from server import BINARY, KEEP, LONG, SEED, balanced

FIELDS = {"PM2.5": "pm25", "TEMP": "temp", "PRES": "pres", "CO": "co", "WSPM": "wspm"}


def beijing(rows_a_station):
    for file in sorted(need_captures("series", "beijing-air").glob("*.csv"))[:3]:
        for row in list(csv.DictReader(open(file)))[:rows_a_station]:
            at = datetime.datetime(
                *(int(row[k]) for k in ("year", "month", "day", "hour")), tzinfo=datetime.timezone.utc
            )
            values = {FIELDS[k]: row[k] for k in FIELDS if row[k] not in ("NA", "")}
            if values:
                yield row["station"], at, values


@pytest.mark.server(extra=KEEP)
def test_series_equals_every_reader(server):
    sent = list(beijing(2000))
    lines = [
        f"air,device={device} " + ",".join(f"{k}={v}" for k, v in values.items()) + f" {int(at.timestamp())}000000000"
        for device, at, values in sent]
    server.send("line", ["\n".join(lines[i:i + 15]).encode() for i in range(0, len(lines), 15)])
    server.wait_for(lambda: server.account("line")["stored"] == len(sent))
    frame = pandas.DataFrame([{"device": d, "time": t, **{k: float(v) for k, v in vs.items()}} for d, t, vs in sent])
    answer = server.ask(
        "/v1/rollups", measurement="air", field="temp", step="1d", from_="2013-01-01T00:00:00Z",
        to="2018-01-01T00:00:00Z", aggregate="count,sum,min,max", group_by="device")
    days = frame.dropna(subset=["temp"]).set_index(
        frame.dropna(subset=["temp"])["time"].dt.tz_convert("Asia/Ho_Chi_Minh")
    )
    for group in answer["groups"]:
        own = days[days["device"] == group["by"]["device"]]["temp"].resample("1D").agg(["count", "sum", "min", "max"])
        own = own[own["count"] > 0]
        assert [b["count"] for b in group["buckets"]] == own["count"].to_list()
        assert [b["min"] for b in group["buckets"]] == own["min"].to_list()
        assert [b["max"] for b in group["buckets"]] == own["max"].to_list()
        assert all(abs(b["sum"] - s) < 1e-6 for b, s in zip(group["buckets"], own["sum"]))
    assert server.stop() == 0
    table = server.data / "tables" / "air"
    files = [urllib.parse.unquote(uri) for uri in deltalake.DeltaTable(str(table)).file_uris()]
    expected = {(d, t): {k: float(v) for k, v in vs.items()} for d, t, vs in sent}
    compare(polars.read_delta(str(table)).to_dicts(), expected)
    compare([row for file in files for row in pyarrow.parquet.ParquetFile(file, page_checksum_verification=True)
             .read().to_pylist()], expected)
    listed = duckdb.sql(f"select * exclude (date) from read_parquet({files}, union_by_name=true)").pl()
    compare(listed.to_dicts(), expected)
    verified = subprocess.run([BINARY, "verify", server.data], capture_output=True, text=True)
    assert verified.returncode == 0, verified


def compare(rows, expected):
    assert len(rows) == len(expected), (len(rows), len(expected))
    for row in rows:
        at = row["time"].replace(tzinfo=datetime.timezone.utc) if row["time"].tzinfo is None else row["time"]
        for name, value in expected[row["device"], at.astimezone(datetime.timezone.utc)].items():
            # What does not fit stands exactly in the sibling, and only nearly in the column itself.
            stored = row.get(name + "__exact")
            if stored is None:
                stored = row.get(name)
            assert stored is not None and float(stored) == value, (row, name, value)


@pytest.mark.sanitized
@pytest.mark.server(extra=KEEP)
def test_simulated_series(server):
    file = sorted(need_captures("series", "beijing-air").glob("*.csv"))[0]
    subprocess.run(
        [BINARY, "simulate", "--target", f"127.0.0.1:{server.ports['line']}", "--series", file, "--time",
         "year,month,day,hour", "--device", "station-1", "--measurement", "air", "--count", "500", "--rate", "2000"],
        check=True, capture_output=True)
    server.wait_for(lambda: server.account("line")["received"] == 500)
    answer = server.ask(
        "/v1/rollups", measurement="air", field="TEMP", step="1h", from_="2013-01-01T00:00:00Z",
        to="2018-01-01T00:00:00Z", aggregate="count,last", device="station-1")
    buckets = answer["groups"][0]["buckets"]
    wanted = [float(row["TEMP"]) for row in csv.DictReader(open(file)) if row["TEMP"] != "NA"][:len(buckets)]
    assert len(buckets) > 5000 and [bucket["last"] for bucket in buckets] == wanted
    balanced(server.ask("/v1/ledger"))


@pytest.mark.server(seal="500ms")
def test_kill(server):
    random.seed(SEED)
    acknowledged, base = [], int(time.time()) - 3600

    async def load(server, start, seconds):
        context = await aiocoap.Context.create_client_context()
        number, kill_at = start, time.time() + random.uniform(0.2, seconds)
        tasks = []

        async def one(value):
            body = cbor2.dumps([{-2: "urn:dev:mac:cc24befffe800001/", -3: base + value * 0.1, 0: "n", 2: value}])
            message = aiocoap.Message(
                code=aiocoap.POST, uri=f"coap://127.0.0.1:{server.ports['coap']}/telemetry/kill", payload=body,
                content_format=112)
            answer = await asyncio.wait_for(context.request(message).response, 3)
            if answer.code.is_successful():
                acknowledged.append(value)

        while time.time() < kill_at:
            batch = [asyncio.create_task(one(number + k)) for k in range(16)]
            number += 16
            tasks += batch
            await asyncio.wait(batch, timeout=0.3)
        server.kill()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await context.shutdown()
        return number

    server.kill()
    number = 0
    for _ in range(20 if LONG else 8):
        server.start()
        number = asyncio.run(load(server, number, 1.5))
    server.start()
    assert server.stop() == 0
    values = [int(value) for value in polars.read_delta(str(server.data / "tables" / "kill"))["n"].to_list()]
    assert acknowledged, "nothing was acknowledged"
    assert not set(acknowledged) - set(values), "acknowledged rows are lost"
    assert len(values) == len(set(values)), "rows are doubled"


@pytest.mark.server(seal="300ms", environment={"THINAI_FAULTS": "unlink:EIO:path=/journal/"})
def test_crash_between_catalogue_and_journal(server):
    """Segments that could not be removed after their seal are taken again, and double nothing."""
    server.send("line", [f"crash,device=d v={value} {1790000000 + value}000000000".encode() for value in range(500)])
    server.wait_for(lambda: list((server.data / "tables" / "crash").glob("date=*/*.parquet")))
    server.kill()
    assert list(server.data.glob("journal/lane-*/*.journal")), "the fault did not keep the segments"
    server.environment.pop("THINAI_FAULTS")
    server.start()
    assert server.stop() == 0
    values = polars.read_delta(str(server.data / "tables" / "crash"))["v"].to_list()
    assert sorted(int(value) for value in values) == list(range(500)), len(values)


@pytest.mark.server(seal="1h")
def test_torn_and_damaged_journal(server):
    for part in range(4):
        rows = [
            f"torn,device=d v={value} {1790000000 + value}000000000".encode()
            for value in range(part * 50, part * 50 + 50)
        ]
        server.send("line", rows)
        server.wait_for(lambda: server.account("line")["stored"] == part * 50 + 50)
    server.kill()
    segment = next(server.data.glob("journal/lane-00/*.journal"))
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 0x55
    segment.write_bytes(bytes(content) + b"torn tail")
    server.start()
    kept = polars.from_dicts(json.loads(server.get("/v1/devices/d/readings", measurement="torn", limit=1000))["rows"])
    assert 0 < kept.height < 200, kept.height
    assert list(server.data.glob("journal/damaged/*.bytes")), "the damaged bytes were not kept"
    assert server.stop() == 0


@pytest.mark.server(seal="1h", environment={"THINAI_FAULTS": "write:ENOSPC:path=/journal/:after=5:times=40"})
def test_full_disk(server):
    """The journal's disk is full for a while: rows are shed by name, and the engine recovers by itself."""
    for value in range(400):
        server.send("line", [f"full,device=d v={value} {1790000000 + value}000000000".encode()])
        time.sleep(0.01)
    account = server.wait_for(lambda: (lambda a: a if a["received"] == 400 else None)(server.account("line")))
    assert account["shed"].get("disk_full", 0) > 0, account
    before = account["stored"]
    server.send("line", [b"full,device=d v=1 1800000000000000000"])
    server.wait_for(lambda: server.account("line")["stored"] > before)
    balanced(server.ask("/v1/ledger"))


@pytest.mark.sanitized
def test_late_doubled_reordered(server):
    random.seed(SEED)
    start = int(time.time()) // 3600 * 3600 - 6 * 3600
    rows = {(f"d{d}", start + k + random.randrange(20)): round(random.gauss(25, 5), random.randrange(3))
            for d in range(20) for k in range(0, 4 * 3600, 20)}
    lines = [f"oracle,device={d} v={v} {t}000000000" for (d, t), v in rows.items()]
    late = random.sample(lines, len(lines) // 10)
    lines = sorted(
        set(lines) - set(late), key=lambda line: int(line.rsplit(" ", 1)[1]) + random.randrange(-5, 5) * 10**9
    )
    for group in (lines, late, random.sample(lines, 300)):
        server.send("line", ["\n".join(group[i:i + 20]).encode() for i in range(0, len(group), 20)], pause_every=20)
        time.sleep(2.5)
    server.wait_for(lambda: server.account("line")["duplicate"] == 300)
    assert server.account("line")["stored"] == len(rows)
    for restart in (None, server.stop, server.kill):
        if restart:
            restart()
            server.start()
        answer = server.ask(
            "/v1/rollups", measurement="oracle", field="v", step="5m", group_by="device",
            from_=datetime.datetime.fromtimestamp(start, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            to=datetime.datetime.fromtimestamp(start + 5 * 3600, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            aggregate="count,sum,min,max,p50")
        got = {
            (group["by"]["device"], bucket["time"]): bucket for group in answer["groups"] for bucket in group["buckets"]
        }
        want = {}
        for (device, at), value in rows.items():
            bucket = datetime.datetime.fromtimestamp(at // 300 * 300, datetime.timezone.utc).strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            )
            want.setdefault((device, bucket), []).append(value)
        assert got.keys() == want.keys()
        for key, values in want.items():
            bucket = got[key]
            assert (bucket["count"], bucket["min"], bucket["max"]) == (len(values), min(values), max(values)), (
                key,
                bucket,
            )
            assert abs(bucket["sum"] - sum(values)) < 1e-6


@pytest.mark.long("it takes over a minute")
@pytest.mark.server(seal="500ms", extra="retention: { readings: 31d }\n")
def test_compaction_and_retention(server):
    """Parts of an hour that is over become one, each row once; days beyond their retention leave. Takes over a
    minute."""
    hour = int(time.time()) // 3600 * 3600 - 2 * 3600
    old = int(time.time()) - 30 * 86400
    for part in range(5):
        rows = [f"merge,device=d{n % 7} v={part * 100 + n},w=\"text {n}\" {hour + part * 100 + n}000000000".encode()
                for n in range(100)]
        server.send("line", rows)
        time.sleep(1.2)
    server.send("line", [f"merge,device=d0 v=1 {old}000000000".encode()])
    table = server.data / "tables" / "merge"
    files = lambda: [uri for uri in deltalake.DeltaTable(str(table)).file_uris()]
    server.wait_for(lambda: len(files()) >= 6, 20)
    server.wait_for(lambda: len(files()) == 2, 90)
    frame = polars.read_delta(str(table))
    assert frame.height == 501 and frame.select("device", "time", "v").unique().height == 501, frame.height
    assert (
        server.ask("/v1/rollups", measurement="merge", field="v", step="1h", aggregate="count")["groups"][0]["buckets"][
            0
        ]["count"]
        == 500
    )
    server.stop()
    server.config.write_text(server.config.read_text().replace("readings: 31d", "readings: 29d"))
    server.start()
    server.wait_for(lambda: len(files()) == 1, 90)
    assert polars.read_delta(str(table)).height == 500


def figures(server):
    """Prometheus' samples of /metrics, by name with labels."""
    lines = server.get("/metrics").decode().splitlines()
    return dict((name, float(value)) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#"))


@pytest.mark.server(lanes=2, seal="1h")
def test_lanes_and_journal_are_told_as_they_are(server):
    """Their figures against the ledger and the files; and against those of a start that finds what was left."""
    began = time.time()
    for number in range(40):
        # Each from another port, for both lanes.
        server.send("line", [b"m,device=d%d v=%d" % (number, number)])
    server.wait_for(lambda: server.account("line")["stored"] == 40)

    def lane_sum(name):
        return sum(value for key, value in figures(server).items() if key.startswith(f"thinai_{name}{{"))

    assert lane_sum("lane_datagrams_total") == server.ask("/v1/ledger")["total"]["received"]
    told = figures(server)
    lanes = {key.split('"')[1] for key in told if key.startswith("thinai_lane_cpu_seconds_total{")}
    assert lanes == {"lane-00", "lane-01"}, told
    assert lane_sum("lane_kernel_dropped_total") == 0 and lane_sum("journal_syncs_total") > 0
    last = max(value for key, value in told.items() if key.startswith("thinai_journal_last_sync_timestamp_seconds{"))
    assert began - 1 < last < time.time() + 1 and "thinai_last_seal_timestamp_seconds" not in told

    def on_disk():
        files = list((server.data / "journal").glob("lane-*/*.journal"))
        return len(files), sum(file.stat().st_size for file in files)

    def counted():
        told = figures(server)
        return told["thinai_journal_segments"], told["thinai_journal_bytes"]

    server.wait_for(lambda: counted() == on_disk() and on_disk()[1] > 0)
    server.kill()
    left = on_disk()
    server.start()
    assert counted()[0] >= left[0] and counted()[1] >= left[1]
    assert server.stop() == 0 and on_disk() == (0, 0)
