"""What an analyst who knows nothing of our files types first is right: filters on values, sums of columns."""
import math
import subprocess
import time

import deltalake
import duckdb
import polars
import pyarrow
import pyarrow.dataset
import pyarrow.parquet
import pytest

from server import BINARY, KEEP

BASE = 1_763_600_400
QUESTIONS = {"v >= 150": 150, "t >= 15": 150, "s = 'n3'": 87, "b": 300, "later = 1": 100, "later is null": 400,
             "odd > 1000": 3, "device = 'd1' and t < 10": 60}


def send(server, rows):
    before = server.account("line")["stored"]
    server.send("line", [row.encode() for row in rows], pause_every=50)
    server.wait_for(lambda: server.account("line")["stored"] == before + len(rows))


def sealed(server):
    server.wait_for(lambda: b"\nthinai_rows_unsealed 0\n" in server.get("/metrics"))


def table(server, name="w"):
    return str(server.data / "tables" / name)


def compact(server, *options):
    done = subprocess.run([BINARY, "compact", str(server.data), *options], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def answers(path):
    """How many rows each reader finds for each question."""
    delta = deltalake.DeltaTable(path)
    connection = duckdb.connect()
    connection.register("w", delta.to_pyarrow_dataset())
    for question in QUESTIONS:
        yield (
            "DuckDB over the dataset",
            question,
            connection.sql(f"select count(*) from w where {question}").fetchall()[0][0],
        )
        batches = deltalake.QueryBuilder().register("w", delta).execute(f"select * from w where {question}")
        yield "QueryBuilder", question, sum(pyarrow.record_batch(batch).num_rows for batch in batches)
        frame = polars.scan_delta(path).filter(polars.sql_expr(question))
        yield "Polars", question, frame.select(polars.len()).collect().item()
    field = pyarrow.dataset.field
    yield "dataset", "b", delta.to_pyarrow_dataset().count_rows(filter=field("b") == True)  # noqa: E712
    yield "dataset", "later is null", delta.to_pyarrow_dataset().count_rows(filter=field("later").is_null())


@pytest.mark.server(extra=KEEP, seal="1s")
def test_filters(server):
    for part in range(3):
        send(
            server,
            [
                f'w,device=d{n % 5} v={n}i,t={n / 10},s="n{n % 7}",b={"tf"[n % 2]}'
                + f",odd={1000.1234567891 if n == 9 else n / 4}"
                + (f",later={n % 2}i" if part == 2 else "")
                + f" {BASE + part * 600 + n}000000000"
                for n in range(200)
            ],
        )
        sealed(server)
    for step in ("sealed", "compacted"):
        if step == "compacted":
            assert server.stop() == 0
            compact(server)
        wrong = [(step, *answer) for answer in answers(table(server)) if answer[2] != QUESTIONS[answer[1]]]
        assert not wrong, wrong


@pytest.mark.server(extra=KEEP, seal="1s")
def test_sums_of_a_table_that_evolves(server):
    """Rain that is 0, a field that is whole, integers that get fractions, a few odd values: sums are right all
    along."""
    sent = {"rain": [], "level": [], "count": [], "odd": []}
    for part in range(2):
        rows = []
        for n in range(1_500):
            values = {"rain": "0" if part == 0 else f"{n % 5 * 0.2:.1f}",
                      "level": f"{n + 1}" if part == 0 else f"{n + 0.25}",
                      "count": f"{n}i" if part == 0 else f"{n + 0.5}",
                      "odd": repr(n / 7 if n % 50 == 0 else n / 10)}
            for name, value in values.items():
                sent[name].append(float(value.rstrip("i")))
            rows.append("m,device=d " + ",".join(f"{k}={v}" for k, v in values.items())
                        + f" {BASE + part * 1_500 + n}000000000")
        send(server, rows)
        sealed(server)
        time.sleep(0.1)
    for step in ("sealed", "compacted"):
        if step == "compacted":
            assert server.stop() == 0
            said = compact(server)
            assert "count from long to decimal(18,1)" in said and "level from decimal(18,0) to decimal(18,2)" in said, (
                said
            )
            assert "columns were changed" not in compact(server, "--level", "10")
        files = deltalake.DeltaTable(table(server, "m")).file_uris()
        kinds = {}
        for file in files:
            for field in pyarrow.parquet.read_schema(file):
                kinds.setdefault(field.name, set()).add(field.type)
        assert all(len(kind) == 1 for kind in kinds.values()), kinds
        source = f"read_parquet({files}, union_by_name = true)"
        for name, values in sent.items():
            total, count = duckdb.sql(f'select sum("{name}"), count("{name}") from {source}').fetchall()[0]
            assert count == len(values), (step, name, count)
            # Half a unit of the last place for each that does not fit.
            assert math.isclose(float(total), math.fsum(values), rel_tol=1e-3), (step, name, total, math.fsum(values))
            own = f'cast("{name}" as double)'
            exact = f'coalesce("{name}__exact", {own})' if f"{name}__exact" in kinds else own
            stored = [value for value, in duckdb.sql(f"select {exact} from {source} order by time").fetchall()]
            assert stored == values, (step, name)
    server.start()
    for name, values in sent.items():
        buckets = server.ask("/v1/rollups", measurement="m", field=name, step="1d", aggregate="sum",
                             from_="2020-01-01T00:00:00Z")["groups"][0]["buckets"]
        assert math.isclose(sum(bucket["sum"] for bucket in buckets), math.fsum(values), rel_tol=1e-12), (name, buckets)


def packed(server):
    found = set()
    for file in deltalake.DeltaTable(table(server)).file_uris():
        group = pyarrow.parquet.ParquetFile(file).metadata.row_group(0)
        found |= {
            group.column(n).path_in_schema
            for n in range(group.num_columns)
            if "DELTA_BINARY_PACKED" in group.column(n).encodings
        }
    return found


@pytest.mark.server(extra=KEEP + "compact: { compat: ['*'] }\n", seal="1s")
def test_profile_is_kept_offline(server):
    rows = [f"w,device=d{n % 5} v={n}i,t={n / 10} {BASE + n}000000000" for n in range(200)]
    send(server, rows)
    sealed(server)
    assert server.stop() == 0 and not packed(server)
    compact(server)
    subprocess.run([BINARY, "rebuild-rollups", server.data], check=True, capture_output=True)
    subprocess.run([BINARY, "verify", server.data, "--repair"], check=True, capture_output=True)
    compact(server, "--level", "12")
    assert not packed(server)
    assert deltalake.DeltaTable(table(server)).metadata().configuration["thinai.compat"] == "true"
    # Another configuration changes it with the next commit.
    server.config.write_text(server.config.read_text().replace("compact: { compat: ['*'] }\n", ""))
    server.start()
    send(server, [f"w,device=d9 v=1i {BASE + 900}000000000"])
    sealed(server)
    assert server.stop() == 0
    assert deltalake.DeltaTable(table(server)).metadata().configuration["thinai.compat"] == "false"
    compact(server)
    assert packed(server)
