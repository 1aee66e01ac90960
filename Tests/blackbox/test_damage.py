"""A damaged file is named, by `verify` and by whoever asks for what it holds; everything else is served."""
import datetime
import json
import shutil
import subprocess
import urllib.error

import pyarrow.parquet

from server import BINARY, KEEP, Server

DAY = 86_400
FIRST, SECOND = 1_700_000_000 // DAY * DAY, 1_700_000_000 // DAY * DAY + DAY


def flip(path, offset):
    content = bytearray(path.read_bytes())
    content[offset] ^= 0x10
    path.write_bytes(content)


def column(path, name):
    group = pyarrow.parquet.ParquetFile(path).metadata.row_group(0)
    return next(group.column(i) for i in range(group.num_columns) if group.column(i).path_in_schema == name)


# What is done to the part of the first day.
PART = {
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "emptied": lambda path: path.write_bytes(b""),
    "missing": lambda path: path.unlink(),
    "magic_flipped": lambda path: flip(path, path.stat().st_size - 1),
    "footer_flipped": lambda path: flip(path, path.stat().st_size - 60),
    "footer_length_flipped": lambda path: flip(path, path.stat().st_size - 6),
    "page_flipped": lambda path: flip(path, column(path, "v").data_page_offset + 60),
    "page_header_flipped": lambda path: flip(path, column(path, "v").data_page_offset + 1),
    "dictionary_flipped": lambda path: flip(path, column(path, "device").dictionary_page_offset + 40),
    "page_index_flipped": lambda path: flip(path, path.stat().st_size - footer(path) - 20),
}

# What is done to the table's log.
LOG = {
    "log_truncated": lambda log: (log / f"{0:020}.json").write_bytes((log / f"{0:020}.json").read_bytes()[:-30]),
    "log_line_flipped": lambda log: flip(log / f"{0:020}.json", 0),
    "log_version_missing": lambda log: (log / f"{0:020}.json").unlink(),
    "log_newest_missing": lambda log: (log / f"{1:020}.json").unlink(),
    "log_newest_emptied": lambda log: (log / f"{1:020}.json").write_bytes(b""),
    "log_emptied": lambda log: [path.unlink() for path in log.iterdir()],
    "log_removed": lambda log: shutil.rmtree(log),
}


def footer(path):
    return int.from_bytes(path.read_bytes()[-8:-4], "little") + 8


def made():
    """A table of two days in two parts, and another table."""
    server = Server(extra=KEEP, seal="1h")
    server.start()
    for day in (FIRST, SECOND):
        rows = [
            f'broken,device=d{n % 50} v={n % 91},text="t{n % 400}" {day + n}000000000'.encode() for n in range(3_000)
        ]
        server.send("line", rows)
        server.wait_for(lambda: server.account("line")["received"] >= len(rows))
        assert server.account("line")["stored"] == len(rows)
        server.send("line", [f"whole,device=d v=1 {day}000000000".encode()])
        assert server.stop() == 0
        server.start()
    assert server.stop() == 0
    return server


def asked(server, measurement, day):
    return server.ask("/v1/devices/d7/readings" if measurement == "broken" else "/v1/devices/d/readings",
                      measurement=measurement, from_=f"{iso(day)}", to=iso(day + DAY), limit=1_000)


def iso(seconds):

    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def refused(server, measurement, day):
    try:
        answer = asked(server, measurement, day)
    except urllib.error.HTTPError as error:
        assert error.headers.get_content_type() == "application/problem+json"
        return json.loads(error.read())
    raise AssertionError(f"answered {str(answer)[:200]}")


def verify(data):
    return subprocess.run([BINARY, "verify", str(data)], capture_output=True, text=True, timeout=60)


def each(damages, damage, check):
    server = made()
    copy = server.home / "copy"
    shutil.copytree(server.data, copy)
    try:
        for name, spoil in damages.items():
            shutil.rmtree(server.data)
            shutil.copytree(copy, server.data)
            victim = damage(server.data / "tables" / "broken")
            spoil(victim)
            done = verify(server.data)
            assert done.returncode == 1, (name, done)
            check(server, name, victim, done.stderr)
    finally:
        shutil.rmtree(server.home, ignore_errors=True)


def test_damaged_parts():
    def check(server, name, victim, problems):
        assert victim.name in problems, (name, problems)
        server.start()
        try:
            if name != "page_index_flipped":
                problem = refused(server, "broken", FIRST)
                assert problem["type"].endswith(":damaged") and "table broken" in problem["detail"], (name, problem)
                assert str(server.home) not in json.dumps(problem), problem
            assert len(asked(server, "broken", SECOND)["rows"]) == 60, name
            assert len(asked(server, "whole", FIRST)["rows"]) == 1, name
            # Intake goes on.
            server.send("line", [f"broken,device=d7 v=5 {SECOND + 50_000}000000000".encode()])
            server.wait_for(lambda: len(asked(server, "broken", SECOND)["rows"]) == 61)
        finally:
            assert server.stop() == 0
    each(PART, lambda table: next(iter(table.glob("date=2023-11-14/*.parquet"))), check)


def test_compaction_beside_damage():
    """What can be read is compacted; what cannot is named and stays as it is."""
    def check(server, name, victim, problems):
        whole = list((server.data / "tables" / "whole").rglob("*.parquet"))
        done = subprocess.run([BINARY, "compact", str(server.data)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and victim.name in done.stderr, (name, done)
        assert len(whole) == 2 and not any(path.exists() for path in whole), (name, whole)
        assert victim.exists() or name == "missing"
        server.start()
        assert len(asked(server, "whole", FIRST)["rows"]) == 1, name
        assert len(asked(server, "broken", SECOND)["rows"]) == 60, name
        server.get("/readyz")
        assert server.stop() == 0
    damages = {name: PART[name] for name in ("truncated", "missing", "page_flipped")}
    each(damages, lambda table: next(iter(table.glob("date=2023-11-14/*.parquet"))), check)


def test_damaged_logs():
    def check(server, name, victim, problems):
        assert "broken" in problems, (name, problems)
        server.start()
        try:
            assert len(asked(server, "whole", FIRST)["rows"]) == 1, name
            server.wait_for(lambda: "broken" in server.log(), 5)
            problem = refused(server, "broken", SECOND)
            assert problem["type"].endswith(":damaged") and "table broken" in problem["detail"], (name, problem)
            assert str(server.home) not in json.dumps(problem), problem
        finally:
            server.stop()
    each(LOG, lambda table: table / "_delta_log", check)


def test_repaired_logs():
    """`verify --repair` makes a log anew from its rest and the parts; every row is there once, and nothing was
    deleted."""

    def check(server, name, victim, problems):
        parts = sorted((server.data / "tables" / "broken").glob("date=*/*.parquet"))
        done = subprocess.run(
            [BINARY, "verify", str(server.data), "--repair"], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0 and "table broken" in done.stdout, (name, done)
        assert all(path.exists() for path in parts), (name, done)
        server.start()
        try:
            for day in (FIRST, SECOND):
                assert len(asked(server, "broken", day)["rows"]) == 60, (name, day)
        finally:
            assert server.stop() == 0, name
        assert verify(server.data).returncode == 0, name
    each(LOG, lambda table: table / "_delta_log", check)
