"""Value filters over a table whose columns have changed their types, in every reader that is installed. Not part of the
tests.

    python Tests/blackbox/reader_matrix.py [rows]      200,000 rows; 10000000 takes some minutes

It makes a table of every type, sealed in many parts, with a decimal column that gets more places, integers that get
fractions and a column that becomes DOUBLE, compacts it, and asks each reader the same questions, with push-down and
without. What is right is computed from the rows themselves. Installed with pip: deltalake duckdb duckdb-extension-delta
polars datafusion chdb pysail pyarrow.
"""
import datetime
import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy
import pyarrow
import pyarrow.dataset
import pyarrow.parquet

from server import BINARY, KEEP, Server

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
BASE = 1_763_596_800
DEVICES = 50
# Asked as SQL that all of them take, of columns that are numbers to each.
QUESTIONS = [
    "v >= 190", "v = 7", "up >= 12.5", "up < 3", "i > 1000.25", "big > 1e12", "s = 'n3'", "s >= 'n5'", "b", "not b",
    "device = 'd07'", "device = 'd07' and up < 6", "odd > 2000", "odd is null", "rare is not null", "v is null",
    "time >= timestamp '2025-11-20 06:00:00+00:00' and time < timestamp '2025-11-20 06:30:00+00:00'",
    "time < timestamp '2025-11-20 01:00:00+00:00' and v >= 100",
]


def values(number):
    """The fields of a row; the second half is what the first gave no reason to expect."""
    late = number >= ROWS // 2
    fields = dict(v=number % 200 if number % 9 else None, b=number % 2 == 1, s=f"n{number % 7}")
    fields["up"] = number % 1_500 / 100 if late else number % 15
    fields["i"] = number % 3_000 + .5 if late else number % 3_000
    fields["big"] = (number + .123456789012) * 1e9 if late else number % 50 / 10
    fields["odd"] = float("nan") if number % 977 == 0 else number / 7 if number % 50 == 0 else number % 5_000 / 10
    fields["rare"] = number if number % 1_000 == 0 else None
    return fields


def lines():
    span = 86_400 * 1_000
    for number in range(ROWS):
        fields = []
        for name, value in values(number).items():
            if value is None or value != value:
                continue
            if isinstance(value, bool):
                fields.append(f"{name}={'t' if value else 'f'}")
            elif isinstance(value, str):
                fields.append(f'{name}="{value}"')
            else:
                fields.append(f"{name}={value!r}" + ("i" if name == "v" or name == "i" and number < ROWS // 2 else ""))
        at = BASE * 1_000 + number * span // ROWS
        yield f"m,device=d{number % DEVICES:02d} {','.join(fields)} {at}000000"


def send(server):
    pack, size, sent = [], 0, 0
    for line in lines():
        if size + len(line) > 8_000:
            server.send("line", ["\n".join(pack).encode()])
            sent += len(pack)
            # No more than a socket holds; and several parts, of the one half before the other half is known.
            def passed(step):
                return sent // step != (sent - len(pack)) // step
            if passed(10_000):
                server.wait_for(lambda: server.account("line")["stored"] >= sent - 10_000, 60)
            if passed(max(20_000, ROWS // 10)):
                time.sleep(1.2)
            pack, size = [], 0
        pack.append(line)
        size += len(line) + 1
    server.send("line", ["\n".join(pack).encode()])
    server.wait_for(lambda: server.account("line")["stored"] >= ROWS, 120)


def truth():
    """Counts by question, from the rows that were sent."""
    number = numpy.arange(ROWS)
    late = number >= ROWS // 2
    up = numpy.where(late, number % 1_500 / 100, number % 15)
    i = number % 3_000 + numpy.where(late, .5, 0)
    big = numpy.where(late, (number + .123456789012) * 1e9, number % 50 / 10)
    v = numpy.where(number % 9 != 0, number % 200, numpy.nan)
    odd = numpy.where(number % 50 == 0, number / 7, number % 5_000 / 10)
    odd[number % 977 == 0] = numpy.nan
    b = number % 2 == 1
    s = number % 7
    device = number % DEVICES
    hours = number * 86_400_000 // ROWS / 3_600_000
    has_v = number % 9 != 0
    found = [
        v >= 190,
        v == 7,
        up >= 12.5,
        up < 3,
        i > 1000.25,
        big > 1e12,
        s == 3,
        s >= 5,
        b,
        ~b,
        device == 7,
        (device == 7) & (up < 6),
        odd > 2000,
        number % 977 == 0,
        number % 1_000 == 0,
        ~has_v,
        (hours >= 6) & (hours < 6.5),
        (hours < 1) & (v >= 100),
    ]
    return [int(numpy.sum(mask)) for mask in found], dict(
        up=numpy.sum(up), i=numpy.sum(i), big=numpy.sum(big), v=numpy.nansum(v)
    )


def installed(name):
    return importlib.util.find_spec(name) is not None


def readers(path, files):
    """Name, and what gives the rows of a SQL condition."""
    import deltalake

    table = deltalake.DeltaTable(path)
    if installed("duckdb"):
        yield from duckdb_readers(path, files, table)
    yield (
        "deltalake QueryBuilder",
        lambda q: sum(
            pyarrow.record_batch(batch).num_rows
            for batch in deltalake.QueryBuilder().register("t", table).execute(f"select * from t where {q}")
        ),
    )
    if installed("polars"):
        yield from polars_readers(path)
    if installed("datafusion"):
        yield from datafusion_readers(files, table)
    if installed("chdb"):
        yield "chdb, Delta", lambda q: clickhouse(q, f"deltaLakeLocal('{path}')")
    if installed("pysail"):
        try:
            server, spark = sail()
        except Exception as failure:
            print(f"pysail does not start: {failure!r:.200}")
            return
        yield "pysail, Delta", lambda q: spark.read.format("delta").load(path).where(q).count()
        yield "pysail, files", lambda q: spark.read.option("mergeSchema", "true").parquet(*files).where(q).count()
        spark.stop()
        server.stop()


def duckdb_readers(path, files, table):
    import duckdb

    quoted = "[" + ", ".join(f"'{file}'" for file in files) + "]"
    over = f"read_parquet({quoted}, union_by_name = true, hive_partitioning = false)"
    plain = duckdb.connect()
    plain.execute("set timezone = 'UTC'")
    plain.register("data", table.to_pyarrow_dataset())
    unpushed = duckdb.connect()
    unpushed.execute("set timezone = 'UTC'; set disabled_optimizers = 'filter_pushdown,statistics_propagation'")

    def counted(connection, source):
        return lambda q: connection.sql(f"select count(*) from {source} where {q}").fetchall()[0][0]

    yield "DuckDB, files", counted(plain, over)
    yield "DuckDB, files, no push-down", counted(unpushed, over)
    yield "DuckDB over deltalake's dataset", counted(plain, "data")
    if installed("duckdb_extension_delta"):
        import duckdb_extension_delta

        folder = pathlib.Path(duckdb_extension_delta.__file__).parent
        extension = next(folder.rglob("*.duckdb_extension"), None)
        if extension:
            delta = duckdb.connect(config={"allow_unsigned_extensions": "true"})
            delta.execute(f"load '{extension}'; set timezone = 'UTC'")
            yield "DuckDB, delta extension", counted(delta, f"delta_scan('{path}')")


def polars_readers(path):
    import polars

    frame = polars.scan_delta(path)

    def expression(q):
        if "timestamp" not in q:
            return polars.sql_expr(q)
        parts = []
        for part in q.split(" and "):
            if "timestamp" in part:
                at = datetime.datetime.fromisoformat(part.split("'")[1])
                parts.append(polars.col("time") >= at if ">=" in part else polars.col("time") < at)
            else:
                parts.append(polars.sql_expr(part))
        return polars.all_horizontal(parts)

    def counted(q, **options):
        return frame.filter(expression(q)).select(polars.len()).collect(**options).item()

    yield "Polars", counted
    unpushed = polars.QueryOptFlags(predicate_pushdown=False)
    yield "Polars, no push-down", lambda q: counted(q, optimizations=unpushed)


def datafusion_readers(files, table):
    import datafusion

    for pushed in ("true", "false"):
        settings = datafusion.SessionConfig().set("datafusion.execution.parquet.pushdown_filters", pushed)
        context = datafusion.SessionContext(settings)
        context.register_dataset("data", table.to_pyarrow_dataset())
        for number, file in enumerate(files):
            context.register_parquet(f"t{number}", file)

        def count(q, context=context):
            return sum(
                batch.num_rows
                for number in range(len(files))
                for batch in context.sql(f"select device from t{number} where {q}").collect()
            )

        yield f"DataFusion, files, pushdown_filters {pushed}", count


def clickhouse(q, source):
    import chdb

    q = q.replace("timestamp '", "toDateTime64('").replace("+00:00'", "', 3, 'UTC')")
    return int(chdb.query(f"select count() from {source} where {q}", "TSV").bytes())


def sail():
    from pysail.spark import SparkConnectServer
    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    _, port = server.listening_address
    from pyspark.sql import SparkSession
    session = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    return server, session


def main():
    import deltalake
    with Server(extra=KEEP, seal="1s") as server:
        send(server)
        assert server.stop() == 0
        path = str(server.data / "tables" / "m")
        done = subprocess.run([BINARY, "compact", server.data], check=True, capture_output=True, text=True)
        print(done.stdout.strip())
        table = deltalake.DeltaTable(path)
        print(", ".join(f"{field.name}: {field.type.type}" for field in table.schema().fields))
        files = table.file_uris()
        types = {}
        for file in files:
            for field in pyarrow.parquet.read_schema(file):
                types.setdefault(field.name, set()).add(str(field.type))
        assert all(len(kinds) == 1 for kinds in types.values()), types
        wanted, sums = truth()
        # Below a working directory, as chdb wants it.
        os.chdir(tempfile.gettempdir())
        faults = 0
        for name, count in readers(path, files):
            began, wrong = time.time(), []
            for question, right in zip(QUESTIONS, wanted):
                try:
                    got = count(question)
                except BaseException as failure:
                    got = f"{type(failure).__name__}: {failure}".replace("\n", " ")[:110]
                if got != right:
                    wrong.append(f"    {question}: {right}, got {got}")
            print(f"{name}: {len(QUESTIONS) - len(wrong)} of {len(QUESTIONS)} right, {time.time() - began:.1f} s")
            for line in wrong:
                print(line)
            faults += len(wrong)
        rows = table.to_pyarrow_dataset().to_table(columns=list(sums))
        for name, right in sums.items():
            got = float(numpy.nansum(numpy.array(rows.column(name).cast(pyarrow.float64()))))
            print(f"sum({name}) as the column has it: {got:.6f}, sent {right:.6f}")
        sys.exit(faults > 0)


if __name__ == "__main__":
    main()
