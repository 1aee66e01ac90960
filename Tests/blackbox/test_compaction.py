"""Parts become fewer and smaller, and nothing else changes: whatever dies in between, whoever reads meanwhile."""
import datetime
import json
import os
import random
import shutil
import subprocess
import tempfile
import pathlib

import deltalake
import duckdb
import polars
import pyarrow.parquet
import pytest

from captures import need_captures
from server import BINARY, KEEP, SEED, Server

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def made(seals=4, spread_days=1, first="2024-03-05", rows=300, measurement="mix"):
    """A data directory of several parts, and what was sent: {(device, tag, time in ms): {field: value}}."""
    base = int(datetime.datetime.fromisoformat(first + "T00:00:00+00:00").timestamp()) * 1000
    randomness, sent = random.Random(SEED), {}
    home = pathlib.Path(tempfile.mkdtemp(prefix="thinai-test-"))
    with Server(extra=KEEP, seal="1h", data=home / "data") as server:
        for seal in range(seals):
            lines = []
            for number in range(rows):
                device, tag = f"d{randomness.randrange(9)}", randomness.choice(["", ",slot=a", ",slot=b"])
                day = randomness.randrange(spread_days)
                at = base + day * 86_400_000 + seal * 3_600_000 // 2 + number * 2_000
                row = {"n": number, "t": randomness.randrange(-500, 900) / 10, "ok": number % 3 == 0,
                       "text": f"chữ {number % 7}"}
                if number % 5 == 0:
                    row["t"] = randomness.random() * 1e9
                if number % 4 == 0:
                    del row["text"]
                if sent.setdefault((device, tag[6:], at), row) is row:
                    lines.append(line(measurement, device, tag, row, at))
                # Of one instant, but other fields; and the same once more.
                if number % 10 == 0 and seal > 0:
                    key = randomness.choice(list(sent))
                    more = {"late": seal * 1_000 + number}
                    if "late" not in sent[key]:
                        sent[key] = {**sent[key], **more}
                        lines.append(line(measurement, key[0], key[1] and ",slot=" + key[1], more, key[2]))
            server.send("line", lines)
            server.wait_for(lambda: server.account("line")["received"] >= len(lines))
            assert server.stop() == 0
            if seal + 1 < seals:
                server.start()
    return home / "data", sent


def line(measurement, device, tag, row, at):
    def text(value):
        if isinstance(value, bool):
            return "t" if value else "f"
        if isinstance(value, int):
            return f"{value}i"
        return f'"{value}"' if isinstance(value, str) else repr(value)
    fields = ",".join(f"{name}={text(value)}" for name, value in row.items())
    return f"{measurement},device={device}{tag} {fields} {at}000000".encode()


def stored(data, measurement="mix"):
    """The rows of a table, those of one instant together; a field that stands twice is an error."""
    rows = {}
    for row in polars.read_delta(str(data / "tables" / measurement)).to_dicts():
        at = row.pop("time")
        at = at if at.tzinfo else at.replace(tzinfo=datetime.timezone.utc)
        key = (row.pop("device"), row.pop("slot", None) or "", (at - EPOCH) // datetime.timedelta(milliseconds=1))
        row.pop("date"), row.pop("received")
        known = rows.setdefault(key, {})
        for name, value in row.items():
            if value is None:
                continue
            # A sibling's value takes the place of what is nearest to it.
            name, *sibling = name.split("__")
            assert name not in known or sibling, (key, name)
            known[name] = float(value) if name == "t" else value
    return rows


def compact(data, *options, environment=None):
    return subprocess.run([BINARY, "compact", str(data), *options], capture_output=True, text=True, timeout=120,
                          env={**os.environ, **(environment or {})})


def verified(data):
    done = subprocess.run([BINARY, "verify", str(data)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def parts(data, measurement="mix"):
    return deltalake.DeltaTable(str(data / "tables" / measurement)).file_uris()


def test_compact():
    data, sent = made()
    try:
        assert len(parts(data)) == 4 and stored(data) == sent
        done = compact(data)
        assert done.returncode == 0, done.stderr
        assert "4 parts" in done.stdout and len(parts(data)) == 1, done.stdout
        assert stored(data) == sent and polars.read_delta(str(data / "tables" / "mix")).height == len(sent)
        verified(data)
        # What is compacted stays as it is, unless a higher level is asked for.
        before = parts(data)
        assert compact(data).stdout == "" and parts(data) == before
        assert compact(data, "--level", "19").returncode == 0 and parts(data) != before and stored(data) == sent
        # Replaced parts are gone, and so is nothing else.
        files = {str(path) for path in (data / "tables" / "mix").glob("date=*/*.parquet")}
        assert len(files) == 1, files
        rows = duckdb.sql(f"select device from read_parquet('{next(iter(files))}')").fetchall()
        assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    finally:
        shutil.rmtree(data.parent)


def test_sparse_tables_get_parts_of_a_year():
    data, sent = made(seals=2, spread_days=500, first="2022-06-01", rows=400)
    try:
        assert len(parts(data)) > 300
        assert compact(data).returncode == 0
        assert len(parts(data)) == 2 and stored(data) == sent, parts(data)
        verified(data)
    finally:
        shutil.rmtree(data.parent)


def test_compat_profile():
    data, sent = made(seals=2)
    try:
        def encodings():
            found = set()
            for path in (data / "tables" / "mix").glob("date=*/*.parquet"):
                file = pyarrow.parquet.ParquetFile(path)
                for column in range(file.metadata.num_columns):
                    found |= set(file.metadata.row_group(0).column(column).encodings)
            return found
        assert "DELTA_BINARY_PACKED" in encodings()
        assert compact(data, "--compat", "mix").returncode == 0
        assert encodings() <= {"PLAIN", "RLE", "RLE_DICTIONARY"} and stored(data) == sent, encodings()
        # The table remembers it; only a server's configuration takes it back.
        assert compact(data, "--level", "10").returncode == 0 and stored(data) == sent
        assert encodings() <= {"PLAIN", "RLE", "RLE_DICTIONARY"}, encodings()
    finally:
        shutil.rmtree(data.parent)


@pytest.mark.lengthy
def test_compaction_killed_at_every_step():
    data, sent = made(seals=3, rows=60)
    try:
        for call in ["open", "write", "fdatasync", "fsync", "link", "unlink", "mkdir"]:
            for after in range(200):
                copy = data.parent / "copy"
                shutil.rmtree(copy, ignore_errors=True)
                shutil.copytree(data, copy)
                done = compact(copy, environment={"THINAI_FAULTS": f"{call}:kill:after={after}"})
                if done.returncode == 0:
                    break
                assert done.returncode == -9, (call, after, done.stderr)
                assert stored(copy) == sent, (call, after)
                verified(copy)
                again = compact(copy)
                assert again.returncode == 0 and stored(copy) == sent and len(parts(copy)) == 1, (call, after, again)
                left = {path.name for path in (copy / "tables").glob("*/date=*/*.parquet")}
                live = {
                    uri.rsplit("/", 1)[1]
                    for table in (copy / "tables").iterdir()
                    if (table / "_delta_log").exists()
                    for uri in deltalake.DeltaTable(str(table)).file_uris()
                }
                assert left == live, (call, after, left - live)
            else:
                raise AssertionError(f"never came to an end of {call}")
            # Each kind of call that a compaction makes was met.
            assert after > 0 or call == "mkdir", call
    finally:
        shutil.rmtree(data.parent)


def test_compaction_without_room():
    data, sent = made(seals=3, rows=60)
    try:
        for call in ["open", "write", "fdatasync", "link"]:
            for after in range(3):
                done = compact(data, environment={"THINAI_FAULTS": f"{call}:ENOSPC:after={after}:path=.parquet"})
                if done.returncode != 0:
                    assert done.returncode == 1 and "cannot" in done.stderr, done
                assert stored(data) == sent
        verified(data)
    finally:
        shutil.rmtree(data.parent)


@pytest.mark.server(extra=KEEP, seal="200ms")
def test_checkpoints(server):
    """After many commits there is a checkpoint that every reader takes, and without the commits before it, too."""
    sent = 0
    while sent < 45:
        server.send(
            "line",
            [
                f"cp,device=d{sent % 3},slot=s{sent % 2} v={sent}i,t={sent / 10}"
                f" {1_700_000_000 + sent}000000000".encode()
            ],
        )
        sent += 1
        server.wait_for(lambda: deltalake_version(server.data / "tables" / "cp") >= sent - 1, 20)
    assert server.stop() == 0
    log = server.data / "tables" / "cp" / "_delta_log"
    assert len(list(log.glob("*.checkpoint.parquet"))) >= 2 and (log / "_last_checkpoint").exists()
    rows = polars.read_delta(str(log.parent))
    assert rows.height == sent
    # Only the newest checkpoint and what came after it: what a clean-up a day later leaves.
    newest = max(int(path.name[:20]) for path in log.glob("*.checkpoint.parquet"))
    for path in [*log.glob("*.json"), *log.glob("*.checkpoint.parquet")]:
        if int(path.name[:20]) < newest:
            path.unlink()
    again = deltalake.DeltaTable(str(log.parent))
    assert polars.read_delta(str(log.parent)).sort("time").equals(rows.sort("time"))
    assert again.schema() is not None and len(again.file_uris()) == sent
    verified(server.data)
    # The server goes on from there: nothing twice, nothing lost.
    server.start()
    server.send("line", [b"cp,device=d0,slot=s0 v=45i,t=4.5 1700000045000000000"])
    server.wait_for(lambda: polars.read_delta(str(log.parent)).height == sent + 1, 20)
    assert server.stop() == 0
    # A damaged checkpoint is named, and the commits still tell all after it is replaced by nothing worse.
    damaged = max(log.glob("*.checkpoint.parquet"))
    content = bytearray(damaged.read_bytes())
    content[len(content) // 3] ^= 1
    damaged.write_bytes(content)
    done = subprocess.run([BINARY, "verify", str(server.data)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "checkpoint" in done.stderr, done


def deltalake_version(table):
    try:
        return deltalake.DeltaTable(str(table)).version()
    except Exception:
        return -1


@pytest.mark.server(extra=KEEP)
def test_one_at_a_time(server):
    server.send("line", [b"mix,device=a v=1"])
    server.wait_for(lambda: list(server.data.glob("tables/mix/date=*/*.parquet")))
    done = compact(server.data)
    assert done.returncode == 1 and "another process works in it" in done.stderr, done
    nowhere = compact("/nonexistent")
    assert nowhere.returncode == 1 and "cannot compact" in nowhere.stderr, nowhere
    assert compact("/tmp", "--level", "23").returncode == 2


def test_no_replay_beside_a_server(server):
    capture = min(need_captures().rglob("*.pcap*"))
    replay = subprocess.run(
        [BINARY, "replay", str(capture), "--data", str(server.data)], capture_output=True, text=True
    )
    assert replay.returncode == 1 and "another process works in it" in replay.stderr, replay


@pytest.mark.server(extra=KEEP, seal="1h")
def test_query_streams_everything(server):
    """`thinai query readings` gives all rows, of parts and of what is in none yet, as JSON and as CSV."""
    total = 24_000
    for half in range(2):
        rows = [f"mix,device=a v={n}i,w={n / 8} {1_709_600_400 + n}000000000".encode()
                for n in range(half * total // 2, (half + 1) * total // 2)]
        server.send("line", rows)
        server.wait_for(lambda: server.account("line")["received"] >= len(rows))
        if half == 0:
            assert server.stop() == 0
            server.start()
    url = f"http://127.0.0.1:{server.http}"

    def query(*options):
        done = subprocess.run([BINARY, "query", "--url", url, "readings", "device=a", "measurement=mix", *options],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout
    answer = json.loads(query())
    assert [row["fields"]["v"] for row in answer["rows"]] == list(range(total)) and answer["next"] is None
    lines = query("format=csv").splitlines()
    assert lines[0] == "time,v,w" and len(lines) == total + 1 and lines[-1].split(",")[1] == str(total - 1)
    assert len(json.loads(query("limit=5"))["rows"]) == 5
