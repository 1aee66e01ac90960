"""A table of every type, with what is hard about each, is the same rows to every reader in use.

pyarrow, DuckDB and Polars are always there; `tools/test --readers` installs the others (DataFusion, chdb, Spark).
"""
import importlib
import math
import os
import pathlib
import shutil
import subprocess
import tempfile

import deltalake
import duckdb
import polars
import pyarrow
import pyarrow.parquet
import pytest

from server import BINARY, KEEP, Server

BASE = 1_700_000_000_000
TEXTS = [
    "",
    "a",
    "Quảng Ninh",
    "日本\u0301",
    "tab\\tquote'",
    "🛰️" * 20,
    "x" * 5_000,
    "NULL",
    "%2F/..",
    " lead and trail ",
]
NUMBERS = ["0", "-0.0", "1.5", "-1.25", "9007199254740993.5", "1e300", "-4.9e-324", "0.1", "123456789.123456789",
           "999999999999999999", "1e-7"]
INTEGERS = [0, 1, -1, 2**63 - 1, -2**63, 2**53 + 1, 10**18, -10**18]


def lines(rows):
    """Rows of every kind: each field is now there, now not."""
    for number in range(rows):
        at = BASE + number * 1_000 + (number % 7 == 0) * 13
        fields = []
        if number % 2 == 0:
            fields.append(f"i={INTEGERS[number // 2 % len(INTEGERS)] if number < 400 else number}i")
        if number % 3 != 0:
            fields.append(f"x={NUMBERS[number % len(NUMBERS)]}")
        if number % 5 != 0:
            fields.append(f"d={number % 977 / 10}")
        if number % 4 != 0:
            text = TEXTS[number % len(TEXTS)] if number % 11 else f"u{number}"
            fields.append('s="' + text.replace("\\", "\\\\").replace('"', '\\"') + '"')
        fields.append(f"b={'t' if number % 6 < 3 else 'f'}")
        # One field of every type: its siblings.
        fields.append(["m=1i", "m=2.5", "m=t", 'm="text"', "m=0.30000000000000004"][number % 5])
        tag = ["", ",slot=a", ",slot=b\\ c"][number % 3]
        yield f"all,device=d{number % 13}{tag} {','.join(fields)} {at}000000".encode()




class Table:
    """The table `all`, sealed, and again compacted."""

    def __enter__(self):
        self.server = Server(extra=KEEP, seal="1h")
        self.server.start()
        rows = list(lines(3_000))
        for half in (rows[:1_700], rows[1_700:]):
            self.server.send("line", half)
            self.server.wait_for(lambda: self.server.account("line")["received"] >= len(half))
            assert self.server.account("line")["stored"] == len(half), self.server.account("line")
            # A table of one row, and one of a single null-free column.
            self.server.send("line", [b"one,device=o v=1i 1700000000000000000"])
            assert self.server.stop() == 0
            self.server.start()
        assert self.server.stop() == 0
        self.count = len(rows)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.server.home, ignore_errors=True)

    def path(self, name="all"):
        return self.server.data / "tables" / name

    def files(self, name="all"):
        return sorted(str(path) for path in self.path(name).glob("date=*/*.parquet"))

    def compact(self):
        subprocess.run([BINARY, "compact", self.server.data], check=True, capture_output=True)


def rows_of(table, names):
    """Rows as texts, in an order of their own: what is equal is equal whatever the reader's types are."""
    columns = []
    for name in names:
        column = table.column(name) if name in table.column_names else pyarrow.nulls(table.num_rows)
        if pyarrow.types.is_timestamp(column.type):
            column = column.cast(pyarrow.timestamp("us", column.type.tz)).cast(pyarrow.int64())
        columns.append([text(value) for value in column.to_pylist()])
    return sorted(zip(*columns))


def text(value):
    if isinstance(value, float):
        return "nan" if math.isnan(value) else value.hex()
    return repr(value.encode()) if isinstance(value, str) else repr(value)


def optional(module):
    try:
        return importlib.import_module(module)
    except ImportError:
        pytest.skip(f"{module} is not installed; tools/test --readers installs it")


def every(read, table=None):
    """Holds what a reader makes of the files, and of the Delta table where it knows one, against pyarrow."""
    with Table() as made:
        for step in ("sealed", "compacted"):
            if step == "compacted":
                made.compact()
            for name in ("all", "one"):
                files = made.files(name)
                expected = pyarrow.concat_tables(
                    [pyarrow.parquet.ParquetFile(file).read() for file in files], promote_options="default")
                if name == "all":
                    assert expected.num_rows == made.count
                names = expected.column_names
                wanted = rows_of(expected, names)
                for file in files:
                    own = pyarrow.parquet.ParquetFile(file).read()
                    assert rows_of(read(file), own.column_names) == rows_of(own, own.column_names), (step, file)
                if table:
                    assert rows_of(table(str(made.path(name))), names) == wanted, (step, name)


def test_polars():
    every(lambda file: polars.read_parquet(file, hive_partitioning=False).to_arrow(),
          lambda path: polars.read_delta(path).to_arrow())


def test_duckdb():
    every(lambda file: duckdb.sql(f"select * from read_parquet('{file}', hive_partitioning=false)").to_arrow_table())


def test_delta_rs():
    every(lambda file: pyarrow.parquet.ParquetFile(file).read(),
          lambda path: pyarrow.table(deltalake.QueryBuilder().register("t", deltalake.DeltaTable(path)).execute(
              "select * from t").read_all()))


def test_datafusion():
    datafusion = optional("datafusion")
    every(lambda file: datafusion.SessionContext().read_parquet(file).to_arrow_table())


def test_chdb():
    chdb = optional("chdb")
    settings = "settings output_format_arrow_string_as_string=1"


    def arrow(sql):
        return pyarrow.ipc.open_file(chdb.query(f"{sql} {settings}", "Arrow").bytes()).read_all()

    # It takes tables below the working directory only.
    before = os.getcwd()
    os.chdir(tempfile.gettempdir())
    try:
        every(lambda file: arrow(f"select * from file('{file}', Parquet)"),
              lambda path: arrow(f"select * from deltaLakeLocal('{path}')"))
    finally:
        os.chdir(before)


def test_spark():
    optional("pyspark")
    if not shutil.which("java"):
        pytest.skip("there is no java; tools/test --readers installs it")
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    from pyspark.sql import SparkSession
    spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
             .config("spark.sql.session.timeZone", "UTC").config("spark.log.level", "ERROR").getOrCreate())
    try:
        every(lambda file: spark.read.parquet(file).toArrow())
    finally:
        spark.stop()


@pytest.mark.serial("a flood")
@pytest.mark.server(extra=KEEP, seal="5m")
@pytest.mark.long("it takes a minute")
def test_ten_million_rows(server):
    """Ten million rows, compacted: each reader's columns equal pyarrow's, row for row in the files' order."""
    readers = {
        "polars": lambda file: polars.read_parquet(file, hive_partitioning=False).to_arrow(),
        "duckdb": lambda file: duckdb.sql(
            f"select * from read_parquet('{file}', hive_partitioning=false)").to_arrow_table(),
    }
    wanted = 1_000_000
    subprocess.run([BINARY, "simulate", "--target", f"127.0.0.1:{server.ports['line']}", "--flood", "--devices", "1000",
                    "--interval", "1", "--lines", "10", "--count", str(wanted), "--rate", "60000", "--start",
                    "1700000000"], check=True, capture_output=True)
    server.wait_for(
        lambda: server.account("line")["received"] >= wanted - server.account("line")["kernel_dropped"], 120
    )
    stored = server.account("line")["stored"]
    assert stored > 9_500_000, server.account("line")
    assert server.stop() == 0
    subprocess.run([BINARY, "compact", server.data], check=True, capture_output=True)
    rows = 0
    for file in server.data.glob("tables/*/date=*/*.parquet"):
        own = pyarrow.parquet.ParquetFile(file).read()
        rows += 0 if "rollups" in str(file) else own.num_rows
        for name, read in readers.items():
            other = read(str(file))
            for column in own.column_names:
                mine, theirs = own.column(column), other.column(column)
                if mine.type != theirs.type:
                    theirs = theirs.cast(mine.type)
                assert mine.equals(theirs), (name, file, column)
    assert rows == stored, (rows, stored)


def test_footer():
    """What readers skip by: indexes, statistics, order, encodings, units, checksums of pages."""
    with Table() as made:
        made.compact()
        for file in made.files():
            metadata = pyarrow.parquet.ParquetFile(file).metadata
            assert metadata.created_by.startswith("thinai version")
            assert {b"thinai.table", b"thinai.schema_version", b"thinai.columns"} <= set(metadata.metadata)
            pyarrow.parquet.ParquetFile(file, page_checksum_verification=True).read()
            for number in range(metadata.num_row_groups):
                group = metadata.row_group(number)
                assert group.sorting_columns, group
                for index in range(group.num_columns):
                    column = group.column(index)
                    assert column.has_offset_index and column.is_stats_set, column
                    assert column.statistics.has_null_count, column
                    # One encoding of values a chunk: besides the levels' and the dictionary's own.
                    values = set(column.encodings) - {"RLE"} - ({"PLAIN"} if column.has_dictionary_page else set())
                    assert len(values) <= 1, column.encodings
        name = pathlib.Path(made.files()[0]).name
        assert duckdb.sql(f"select count(*) from parquet_metadata('{made.files()[0]}')").fetchall()[0][0] > 0, name
