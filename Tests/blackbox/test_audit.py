"""Who asked for what: lines that outlive a kill, and `thinai verify` over files that somebody has changed."""
import concurrent.futures
import hashlib
import json
import re
import shutil
import subprocess
import urllib.error
import urllib.request

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from server import BINARY, Server


def ask(server, path):
    """Status and body; the server may be gone."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.http}{path}", timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def lines(server):
    """Every line, oldest first."""
    found, cursor = [], ""
    while cursor is not None:
        page = json.loads(ask(server, f"/v1/audit?limit=1000{'&cursor=' + cursor if cursor else ''}")[1])
        found += page["audit"]
        cursor = page["next"]
    return found[::-1]


def verify(data):
    run = subprocess.run([BINARY, "verify", data], capture_output=True, text=True, timeout=60)
    return run.returncode, run.stdout + run.stderr


def digest(row):
    """As docs/operating.md says it."""
    values = [row["device"], row["sequence"], row["time"], row["name"], row["address"], row["method"], row["path"],
              row["query"], row["status"], row["rows"], row["bytes"], row["duration"]]
    texts = ["" if v is None else str(v) for v in values]
    return hashlib.sha256((row["previous"] + "".join(f"{len(t.encode())}:{t}" for t in texts)).encode()).hexdigest()


def rows(data):
    """The rows of the table's files, by sequence: of a server that compacted nothing."""
    found = []
    for part in sorted((data / "tables" / "audit").rglob("date=*/*.parquet")):
        table = pq.ParquetFile(part).read()
        place = table.schema.get_field_index("time")
        found += table.set_column(place, "time", table.column("time").cast(pa.int64())).to_pylist()
    return sorted(found, key=lambda row: row["sequence"])


def test_what_was_asked_is_there():
    with Server() as server:
        server.send("line", [b"weather,device=d1 t=1", b"audit,device=d1 t=2"])
        server.wait_for(lambda: b'"audit"' in ask(server, "/v1/measurements")[1])
        assert ask(server, "/v1/latest?measurement=audit")[0] == 200
        assert ask(server, "/v1/devices/Nh%C6%A1n?x=1")[0] == 400
        assert ask(server, "/v1/devices/nobody")[0] == 404
        token = "thn_" + "a" * 43
        ask(server, f"/v1/devices?token={token}")
        server.wait_for(lambda: any("[token]" in (line["query"] or "") for line in lines(server)))
        found = lines(server)
        by = {(line["path"], line["status"]): line for line in found}
        assert by["/v1/latest", 200]["rows"] == 1 and by["/v1/latest", 200]["query"] == "measurement=audit"
        assert by["/v1/devices/Nh%C6%A1n", 400]["name"] == "local" and ("/v1/devices/nobody", 404) in by
        assert token not in json.dumps(found) and not any(line["path"] == "/healthz" for line in found)
        assert [line["sequence"] for line in found] == list(range(1, len(found) + 1))
        assert all(after["previous"] == before["hash"] for before, after in zip(found, found[1:]))
        # The measurement is a table of its own, and the audit is none that is asked for as one.
        names = [one["name"] for one in json.loads(ask(server, "/v1/measurements")[1])["measurements"]]
        assert sorted(names) == ["audit", "weather"]
        assert verify(server.data)[0] == 0
        assert server.stop() == 0
        assert verify(server.data)[0] == 0
        assert {f.name for f in (server.data / "tables").iterdir()} >= {"audit", "%61udit", "weather"}
        kept = rows(server.data)
        assert [row["sequence"] for row in kept] == list(range(1, len(kept) + 1)) and len(kept) > len(found)
        assert all(digest(row) == row["hash"] for row in kept)


def test_lines_outlive_a_kill():
    with Server(extra="", seal="1s") as server:
        for life in range(3):
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda n: ask(server, f"/v1/devices/life-{life}-{n}"), range(200)))
            # What is listed is on the disk.
            server.wait_for(lambda: sum(f"life-{life}-" in line["path"] for line in lines(server)) == 200)
            server.kill()
            assert verify(server.data)[0] == 0
            server.start()
        found = [line["path"] for line in lines(server) if "life-" in line["path"]]
        assert len(found) == len(set(found)) == 600
        sequences = [line["sequence"] for line in lines(server)]
        # Of two at one time either may stand first.
        assert sorted(sequences) == list(range(1, len(sequences) + 1))
        assert server.stop() == 0
        code, said = verify(server.data)
        assert code == 0, said


@pytest.fixture(scope="module")
def asked():
    """The data of a server that was asked much, and one of its parts."""
    with Server(seal="1h") as server:
        for number in range(40):
            ask(server, f"/v1/devices/d{number}")
        assert server.stop() == 0
        part = next((server.data / "tables" / "audit").rglob("date=*/*.parquet"))
        yield server.data, part.relative_to(server.data)


def without(first, last):
    return lambda table: pa.concat_tables([table.slice(0, first), table.slice(last)])


def changed(table):
    place = table.schema.get_field_index("status")
    values = table.column(place).to_pylist()
    values[20] = 200
    return table.set_column(place, table.schema.field(place), pa.array(values, table.schema.field(place).type))


def doubled(table):
    return pa.concat_tables([table.slice(0, 10), table.slice(9)])


@pytest.mark.parametrize("change, sequence", [
    (lambda table: table, None), (lambda table: table.take(list(range(table.num_rows))[::-1]), None),
    (changed, "21"), (without(20, 21), "21"), (without(0, 3), "1 to 3"), (doubled, "10"),
    (lambda table: table.slice(0, table.num_rows - 1), ""),
], ids=["anew", "in another order", "changed", "removed", "the beginning", "inserted", "the end"])
def test_verify_finds_what_was_done(asked, tmp_path, change, sequence):
    data, part = asked
    copy = tmp_path / "data"
    shutil.copytree(data, copy)
    file = copy / part
    table = pq.ParquetFile(file).read()
    new, old = change(table), file.stat().st_size
    pq.write_table(new, file, compression="zstd", write_page_index=True)
    # The catalogue is put right as well: the chain alone can tell.
    for log in (copy / "tables" / "audit" / "_delta_log").glob("*.json"):
        # And what a commit says of itself is left out, as a commit of another program has none.
        entries = re.sub(r',?"thinai.check":"[^"]*"', "", log.read_text()).split("\n")
        log.write_text("\n".join(
            entry.replace(f'"size":{old}', f'"size":{file.stat().st_size}')
            .replace(f'\\"numRecords\\":{table.num_rows}', f'\\"numRecords\\":{new.num_rows}')
            if file.name in entry else entry for entry in entries))
    (copy / "versions").unlink(missing_ok=True)
    code, said = verify(copy)
    if sequence is None:
        assert code == 0, said
    else:
        assert code == 1 and "table audit, lines of" in said and f"{sequence} " in said, said
