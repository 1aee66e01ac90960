"""`thinai import`: what one server gives, and what other programs write, comes into another as it was."""

import datetime
import decimal
import gzip
import math
import os
import pty
import random
import re
import subprocess
import time
import urllib.request

import pytest

from server import BINARY, SEED, Server

# A whole minute some days ago: within retention, whatever the clock.
BEGIN = int(time.time()) // 60 * 60 - 5 * 86_400


def write(server, lines):
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.http}/write?precision=ms", "\n".join(lines).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 204


def run(server, *arguments, code=0):
    done = subprocess.run(
        [BINARY, "import", "--url", f"http://127.0.0.1:{server.http}", *map(str, arguments)], capture_output=True,
        text=True, timeout=300)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def rows(server, device, measurement, count):
    """What is stored of a device, time, tags, fields, once it is that many rows: they are answered for when they are
    durable, which is a moment before they are seen."""
    def found():
        seen = seen_rows(server, device, measurement)
        return seen if len(seen) == count else None

    return server.wait_for(found, seconds=60)


def seen_rows(server, device, measurement):
    found, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = server.ask(
            f"/v1/devices/{device}/readings", measurement=measurement, limit=10_000, **more)
        for row in page["rows"]:
            row.pop("received", None)
            found.append(row)
        cursor = page["next"]
        if not cursor:
            return found


def readings(measurement, count, devices=("a", "b")):
    """Lines with values of every kind, from a seed."""
    chance = random.Random(SEED)
    texts = ["fair", "=1+1", "-x", "@a", "+84", 'say "hi", twice', "one\ntwo", "mưa\tto", "a\\b", "007", " x "]
    lines = []
    for n in range(count):
        device, port = chance.choice(devices), chance.choice([None, "e0", "a b", "x=1,y"])
        tag = ",port=" + re.sub(r"([ ,=])", r"\\\1", port) if port else ""
        fields = [f"t={chance.choice([20.5, -1, 0.125, 3])}", f"n={chance.randrange(-9, 9 ** 15)}i"]
        if chance.random() < 0.5:
            fields.append(f"ok={chance.choice(['true', 'false'])}")
        if chance.random() < 0.5:
            text = chance.choice(texts).replace("\\", "\\\\").replace('"', '\\"')
            fields.append(f'note="{text}"')
        lines.append(f"{measurement},device={device}{tag} {','.join(fields)} {BEGIN * 1000 + n * 250}")
    return lines


def test_what_a_server_gives_as_csv_comes_back(server):
    lines = readings("weather", 500)
    write(server, lines)
    with Server() as other:
        for device in "ab":
            own = rows(server, device, "weather", sum(f"device={device}" in line for line in lines))
            path = server.home / f"{device}.csv"
            path.write_bytes(server.get(
                f"/v1/devices/{device}/readings", measurement="weather", format="csv", limit=10_000))
            said = run(
                other, path, "--device", device, "--tag", "port", "--measurement", "weather", "--text", "note")
            assert ", 0 lines refused" in said
            assert rows(other, device, "weather", len(own)) == own
        # Once more changes nothing, and the file's name is its measurement where none is said.
        run(other, path, "--device", "b", "--tag", "port", "--measurement", "weather", "--text", "note")
        assert rows(other, "b", "weather", len(own)) == own
        run(other, path, "--device", "z", "--tag", "port")
        rows(other, "z", "b", len(own))


@pytest.mark.server(seal="1s")
def test_our_own_parts_come_back(server):
    lines = readings("power", 400)
    # What fits no column of numbers stands in siblings.
    lines += [
        f"power,device=a n={9_007_199_254_740_993}i,t=1e300 {BEGIN * 1000 + 200_001}",
        f'power,device=a t="n/a" {BEGIN * 1000 + 200_002}',
        f"power,device=b t=0.123456789012345678 {BEGIN * 1000 + 200_003}",
    ]
    write(server, lines)

    def sealed():
        parts = sorted(server.data.glob("tables/power/date=*/*.parquet"))
        return parts or None

    server.wait_for(sealed)
    server.stop()
    server.start()
    parts = sealed()
    with Server() as other:
        said = run(other, *parts)
        assert "403 rows stored, 0 lines refused" in said, said
        for device in "ab":
            own = rows(server, device, "power", sum(f"device={device}" in line for line in lines))
            assert rows(other, device, "power", len(own)) == own
        events = [p for p in server.data.glob("tables/*/date=*/*.parquet") if p.parts[-3] in ("devices", "events")]
        for path in events[:1]:
            assert "a table of ours" in run(other, path, code=1)


def truth(count=3_000):
    """Columns as other programs have them, and the rows that they say."""
    chance = random.Random(SEED + 1)
    begin = datetime.datetime.fromtimestamp(BEGIN, datetime.timezone.utc)
    columns = {
        "time": [begin + datetime.timedelta(milliseconds=1_500 * n) for n in range(count)],
        "device": [chance.choice(["a", "b c", "đà=1"]) for _ in range(count)],
        "port": [chance.choice(["e0", "e1"]) for _ in range(count)],
        "n": [chance.choice([None, chance.randrange(-(2 ** 62), 2 ** 62)]) for _ in range(count)],
        "small": [chance.randrange(-100, 100) for _ in range(count)],
        "x": [chance.choice([None, chance.uniform(-1e6, 1e6)]) for _ in range(count)],
        "ok": [chance.choice([None, True, False]) for _ in range(count)],
        "note": [chance.choice([None, "fair", 'a "b", c', "hai\ndòng", "x;y"]) for _ in range(count)],
    }
    expected = {}
    for n in range(count):
        fields = {name: columns[name][n] for name in ("n", "small", "x", "ok", "note") if columns[name][n] is not None}
        moment = columns["time"][n]
        stamp = moment.strftime("%Y-%m-%dT%H:%M:%S") + (".500Z" if moment.microsecond else "Z")
        expected.setdefault(columns["device"][n], []).append(
            {"time": stamp, "tags": {"port": columns["port"][n]}, "fields": fields})
    return columns, expected


def arrow_table(columns):
    import pyarrow as pa

    types = {
        "time": pa.timestamp("us", tz="UTC"), "device": pa.string(), "port": pa.string(), "n": pa.int64(),
        "small": pa.int16(), "x": pa.float64(), "ok": pa.bool_(), "note": pa.string(),
    }
    return pa.table({name: pa.array(values, types[name]) for name, values in columns.items()})


def written_files(home, columns):
    """The same rows in files of many programs."""
    import duckdb
    import pandas
    import polars
    import pyarrow.csv
    import pyarrow.parquet as parquet

    told = arrow_table(columns)
    home.mkdir()
    parquet.write_table(told, home / "arrow.parquet")
    parquet.write_table(
        told, home / "arrow-two.parquet", data_page_version="2.0", compression="gzip", use_dictionary=["device"],
        column_encoding={"x": "BYTE_STREAM_SPLIT", "n": "DELTA_BINARY_PACKED", "note": "DELTA_BYTE_ARRAY"})
    parquet.write_table(
        told, home / "arrow-pages.parquet", row_group_size=777, data_page_size=500, compression="zstd",
        write_page_index=True)
    frame = told.to_pandas()
    frame["n"] = pandas.array(columns["n"], dtype="Int64")
    frame.to_parquet(home / "pandas.parquet", index=False)
    frame.to_csv(home / "pandas.csv", index=False)
    frame.to_csv(
        home / "pandas-de.csv.gz", index=False, sep=";", decimal=",", lineterminator="\r\n", encoding="utf-8-sig")
    polars.from_arrow(told).write_parquet(home / "polars.parquet")
    polars.from_arrow(told).write_csv(home / "polars.csv")
    pyarrow.csv.write_csv(told, home / "arrow.csv")
    base = duckdb.connect()
    base.sql("set timezone = 'UTC'")
    base.register("told", told)
    base.sql(f"copy told to '{home}/duck.parquet' (format parquet)")
    base.sql(f"copy told to '{home}/duck-two.parquet' (format parquet, parquet_version v2, compression zstd)")
    base.sql(f"copy told to '{home}/duck.csv' (format csv, header)")
    return sorted(home.iterdir())


def test_files_of_other_programs_are_read(server):
    columns, expected = truth()
    files = written_files(server.home / "files", columns)
    assert len(files) >= 12
    for number, path in enumerate(files):
        more = ["--decimal", ","] if "-de" in path.name else []
        said = run(server, path, "--tag", "port", "--measurement", f"m{number}", *more)
        assert "3000 rows stored, 0 lines refused" in said, (path.name, said)
        for device, wanted in expected.items():
            found = rows(server, device.replace(" ", "%20").replace("đà", "%C4%91%C3%A0"), f"m{number}", len(wanted))
            for row, want in zip(found, wanted):
                x, other = row["fields"].pop("x", None), dict(want["fields"])
                wanted_x = other.pop("x", None)
                assert row == {**want, "fields": other}, path.name
                # Arrow and DuckDB write doubles to CSV with the digits that they take to be enough.
                assert x == wanted_x or math.isclose(x, wanted_x, rel_tol=1e-14), path.name


def test_numbers_of_odd_types_are_read(server):
    import pyarrow as pa
    import pyarrow.parquet as parquet

    path = server.home / "odd.parquet"
    moments = [datetime.datetime.fromtimestamp(BEGIN + n, datetime.timezone.utc).replace(tzinfo=None) for n in range(3)]
    parquet.write_table(
        pa.table({
            "time": pa.array(moments, pa.timestamp("ns")), "f": pa.array([0.1, None, 2.5], pa.float32()),
            "d": pa.array([decimal.Decimal("1.25"), decimal.Decimal("-0.01"), None], pa.decimal128(30, 2)),
            "u": pa.array([1, 2 ** 63, 2 ** 64 - 1], pa.uint64()), "day": pa.array([datetime.date(2026, 1, 2)] * 3),
            "l": pa.array([[1]] * 3, pa.list_(pa.int64())),
        }), path)
    assert "names no zone" in run(server, path, "--device", "a", code=1)
    assert "column 'l'" in run(server, path, "--device", "a", "--zone", "UTC", code=1)
    said = run(server, path, "--device", "a", "--zone", "+07:00", "--skip", "l", code=1)
    # The last integer fits neither 64 bits with a sign nor a double: the server names it, and takes the row's others.
    assert "3 rows stored, 0 lines refused, of 1 some fields" in said and "rows 1 to 3" in said, said
    found = [row["fields"] for row in rows(server, "a", "odd", 3)]
    assert found == [
        {"f": 0.1, "d": 1.25, "u": 1, "day": "2026-01-02"}, {"d": -0.01, "u": 2 ** 63, "day": "2026-01-02"},
        {"f": 2.5, "day": "2026-01-02"},
    ]
    first = rows(server, "a", "odd", 3)[0]["time"]
    assert datetime.datetime.fromisoformat(first).timestamp() == BEGIN - 7 * 3_600


def test_what_is_wrong_is_named(server):
    path = server.home / "bad.csv"
    path.write_text(f"time,device,v\n{BEGIN},a,1\n{BEGIN},a\nyesterday,a,2\n{BEGIN + 1},b,NaN\n{BEGIN + 2},b,2.5\n")
    said = run(server, path, "--precision", "s", code=1)
    assert f"cannot import {path} row 3: it has 2 values, and the header names 3" in said
    assert f"cannot import {path} row 4: its time 'yesterday' is no time" in said
    assert f"cannot import {path} row 5: column v: 'NaN' is no number" in said
    assert "2 rows stored, 3 lines refused" in said
    rows(server, "a", "bad", 1)
    rows(server, "b", "bad", 1)
    many = server.home / "many.csv"
    many.write_text("time,device,v\n" + "x,a,1\n" * 1_000)
    said = run(server, many, code=1)
    assert said.count("is no time") == 100 and "900 more values or rows" in said
    assert "it has no column 'q'" in run(server, path, "--device-column", "q", code=1)
    assert "it has no column 'w'" in run(server, path, "--time", "w", code=1)
    for wrong in (["--format", "xml"], ["--separator", "ab"], ["--decimal", "x"], ["--zone", "Mars/X"]):
        run(server, path, *wrong, code=2)


def test_a_trial_sends_nothing(server):
    path = server.home / "air.csv"
    path.write_text(f"time,device,port,pm,n\n{BEGIN},a,e0,1.5,1\n{BEGIN},b,,2,2\n")
    said = run(server, path, "--dry-run", "--tag", "port", "--precision", "s")
    for words in (
        "measurement air", "tag         port", "field       pm: number", "field       n: integer",
        f"air,device=a,port=e0 pm=1.5,n=1i {BEGIN}000000000", "2 rows could be sent, 0 lines refused",
    ):
        assert words in said, (words, said)
    lines = server.home / "lines.txt"
    lines.write_text("m v=1\nm v=\nm v=2i,w=x\n")
    said = run(server, lines, "--dry-run", code=1)
    assert "2 rows could be sent, 1 lines refused, of 1 some fields" in said and "'m v=': line bad value" in said
    assert server.ask("/v1/measurements")["measurements"] == []


def test_progress_is_shown_on_a_terminal(server):
    path = server.home / "long.csv"
    with gzip.open(f"{path}.gz", "wt") as packed:
        packed.write("time,device,v\n")
        for n in range(400_000):
            packed.write(f"{BEGIN + n % 1_000},d{n // 1_000},{n}\n")
    own, other = pty.openpty()
    started = subprocess.Popen(
        [BINARY, "import", "--url", f"http://127.0.0.1:{server.http}", "--precision", "s", f"{path}.gz"],
        stderr=other, stdin=subprocess.DEVNULL)
    os.close(other)
    said = b""
    while True:
        try:
            more = os.read(own, 65_536)
        except OSError:
            break
        if not more:
            break
        said += more
    os.close(own)
    assert started.wait(60) == 0, said
    shown = re.findall(rb"\r[^\r\n]*long.csv.gz: (\d+) %", said)
    assert shown and [int(share) for share in shown] == sorted(int(share) for share in shown), said[-500:]
    assert b"400000 rows stored, 0 lines refused" in said
