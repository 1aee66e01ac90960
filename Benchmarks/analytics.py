"""Questions of an analyst beside chdb (ClickHouse in a process) and DuckDB: the same rows, one processor each.

The engines read ThiNai's own Parquet files, and tables of their own that hold the same rows. ThiNai is asked over HTTP
for Arrow, the engines answer with Arrow too. Settings hold the engines to one thread; of the server there is no such
setting, so all of them are also held to one processor (`sched_setaffinity`), and the client asks from another.
"""
import contextlib
import http.client
import os
import socket
import statistics
import subprocess
import time
import urllib.parse

import chdb.session
import deltalake
import duckdb
import numpy
import pyarrow
import pyarrow.acero
import pyarrow.compute
import pyarrow.ipc

import queries
from measure import RUNS, SMOKE, Target, blackbox, note, section
from queries import DAY, DAYS, DEVICES, END
from sizes import KEEP

BEGIN = END - DAYS * DAY
WEEK_DAYS = min(7, DAYS)
WEEK = END - WEEK_DAYS * DAY
TOP = 20
HOUR = 3_600
PROCESSORS = sorted(os.sched_getaffinity(0))
# Of the fields that are decimals: their places.
PLACES = {"temp": 1, "hum": 1, "bat": 2}
TENTHS = range(1, 10)
# Sketches are right to one percent; what is computed from the rows is right to rounding.
SKETCH, EXACT = 1e-2, 1e-9
LOADING_SECONDS = 120


@contextlib.contextmanager
def on(processor):
    """Threads and processes begun in here stay on it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {processor})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def modes():
    """Another measurement: what each device did in each hour."""
    random = numpy.random.default_rng(2)
    for hour in range(BEGIN, END, HOUR):
        yield [f"mode,device=d{number:05d},area={queries.commune(number)} mode={mode}i {hour}000000000"
               for number, mode in enumerate(random.integers(0, 3, DEVICES).tolist())]


def send_modes(target, sent):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", target.ports["line"]))
        for lines in modes():
            for start in range(0, len(lines), queries.DATAGRAM_LINES):
                sender.send("\n".join(lines[start:start + queries.DATAGRAM_LINES]).encode())
                sent += 1
            time.sleep(0.005)
    account = target.settled(sent)
    assert account["stored"] == DEVICES * DAYS * (1_440 + 24), account


@contextlib.contextmanager
def server():
    """A server with both measurements, compacted, on one processor."""
    target = Target(extra=KEEP + "time: { zone: UTC }\n")
    try:
        queries.settings(target, DEVICES)
        target.start()
        send_modes(target, queries.filled(target, DEVICES, DAYS))
        assert target.stop() == 0
        subprocess.run([blackbox.BINARY, "compact", target.data], check=True, stdout=subprocess.DEVNULL)
        with on(PROCESSORS[-1]):
            target.start()
        yield target
    finally:
        target.__exit__()


def linked(target, name):
    """A folder with the files that Delta's log says are current, and no others."""
    folder = target.home / "current" / name
    folder.mkdir(parents=True)
    for number, uri in enumerate(deltalake.DeltaTable(str(target.data / "tables" / name)).file_uris()):
        (folder / f"{number}.parquet").hardlink_to(uri.removeprefix("file://"))
    return folder


class ThiNai:
    """Over one connection; the client's part of an answer is its time too."""

    name = "ThiNai"

    def __init__(self, target):
        self.connection = http.client.HTTPConnection("127.0.0.1", target.http, timeout=300)
        self.answers = {"p95": self.p95, "p95 of rows": self.p95_of_rows, "top": self.top, "deciles": self.deciles,
                        "join": self.join}

    def rollups(self, measurement, field, begin, step, **more):
        # One answer for the whole range is one bucket that holds all of it: steps of days are counted from 1970 on.
        step = step or f"{one_bucket(begin, END)}d"
        query = {"measurement": measurement, "field": field, "step": step, "from": queries.iso(begin),
                 "to": queries.iso(END), "format": "arrow", **more}
        self.connection.request("GET", "/v1/rollups?" + urllib.parse.urlencode(query))
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (query, answer.status, body[:300])
        return pyarrow.ipc.open_stream(body).read_all()

    def p95(self):
        table = self.rollups("tel", "temp", BEGIN, "1h", group_by="area", aggregate="p95")
        return table.select(["area", "time", "p95"])

    def p95_of_rows(self):
        """Below an hour no sketch is kept: quantiles are made of the readings, and are exact."""
        table = self.rollups("tel", "temp", WEEK, "30m", group_by="area", aggregate="p95")
        return table.select(["area", "time", "p95"])

    def top(self):
        """All devices come; the client sorts them."""
        table = self.rollups("tel", "temp", WEEK, None, group_by="device", aggregate="avg")
        best = pyarrow.compute.select_k_unstable(table, TOP, [("avg", "descending"), ("device", "ascending")])
        return table.take(best).select(["device", "avg"])

    def deciles(self):
        names = [f"p{tenth * 10}" for tenth in TENTHS]
        return self.rollups("tel", "temp", BEGIN, None, aggregate=",".join(names)).select(names)

    def join(self):
        """No question of ThiNai's: the client asks for both measurements by device and hour, and joins them."""
        readings = self.rollups("tel", "temp", BEGIN, "1h", group_by="device", aggregate="sum,count")
        mode = self.rollups("mode", "mode", BEGIN, "1h", group_by="device", aggregate="last")
        mode = mode.filter(pyarrow.compute.equal(mode["last"], 1)).select(["device", "time"])
        joined = readings.join(mode, ["device", "time"], join_type="inner", use_threads=False)
        devices = joined.group_by("device", use_threads=False).aggregate([("sum", "sum"), ("count", "sum")])
        area = [queries.commune(int(device[1:])) for device in devices["device"].to_pylist()]
        areas = devices.append_column("area", pyarrow.array(area)).group_by("area", use_threads=False).aggregate(
            [("sum_sum", "sum"), ("count_sum", "sum")])
        counts = areas["count_sum_sum"]
        return pyarrow.table({"area": areas["area"], "avg": pyarrow.compute.divide(areas["sum_sum_sum"], counts),
                              "count": counts})


def one_bucket(begin, end):
    """The fewest days of a step of which one bucket holds the range; weeks begin on Mondays, so they are left out."""
    first, last = begin // DAY, (end - 1) // DAY
    return next(days for days in range(last - first + 1, 3_650) if days % 7 and first // days == last // days)


class Engine:
    """SQL over `tel` and `mode`; `start` is a bucket's start in seconds, `since` a bound on time."""

    def __init__(self):
        self.answers = {name: lambda sql=sql: self.ask(sql) for name, sql in self.questions().items()}

    def questions(self):
        hour = self.start("time", HOUR)
        return {
            "p95": f"""select area, {hour} as bucket, {self.p95} as p95 from {self.tel} where {self.since(BEGIN)}
                       group by area, bucket""",
            "p95 of rows": f"""select area, {self.start("time", 1_800)} as bucket, {self.p95} as p95 from {self.tel}
                               where {self.since(WEEK)} group by area, bucket""",
            "top": f"""select device, avg({self.double("temp")}) as mean from {self.tel} where {self.since(WEEK)}
                       group by device order by mean desc, device limit {TOP}""",
            # By counting each value: exact, and far quicker than both engines' quantiles of that many rows.
            "deciles": f"""with counts as (select temp, count(*) as n from {self.tel} where {self.since(BEGIN)}
                           group by temp), ranks as (select {self.double("temp")} as temp,
                           sum(n) over (order by temp) as upto, sum(n) over () as total from counts)
                           select {", ".join(f"min(case when upto * 10 >= {tenth} * total then temp end) as d{tenth}"
                                             for tenth in TENTHS)} from ranks""",
            # ClickHouse is quicker with `in` than with `join`, DuckDB takes them for the same.
            "join": f"""select area, avg({self.double("temp")}) as mean, count(*) as n from {self.tel}
                        where {self.since(BEGIN)} and (device, {hour}) in
                        (select device, {hour} from {self.mode} where mode = 1) group by area""",
            "histogram": f"""select floor({self.double("temp")}) as bin, count(*) as n from {self.tel}
                             where {self.since(BEGIN)} group by bin""",
        }

    def load(self):
        """The same rows in tables of its own: seconds."""
        began = time.perf_counter()
        self.fill()
        taken = time.perf_counter() - began
        assert taken < LOADING_SECONDS, f"{self.name} took {taken:.0f} s to load the rows"
        return taken


class DuckDB(Engine):
    name = "DuckDB"
    p95 = "quantile_disc(temp, 0.95)::double"

    def __init__(self, connection, tables):
        self.connection, (self.tel, self.mode) = connection, tables
        super().__init__()

    @staticmethod
    def opened(home):
        connection = duckdb.connect(str(home / "duck.db"))
        connection.execute("set threads = 1")
        return connection

    @staticmethod
    def files(folder):
        return f"read_parquet('{folder}/*.parquet')"

    def ask(self, sql):
        return self.connection.sql(sql).to_arrow_table()

    def start(self, column, seconds):
        return f"epoch_ms({column}) // {seconds * 1000} * {seconds}"

    def since(self, seconds, column="time"):
        return f"{column} >= timestamptz '{queries.iso(seconds)}' and {column} < timestamptz '{queries.iso(END)}'"

    def double(self, column):
        return f"{column}::double"

    def own(self):
        return DuckDB(self.connection, ("tel", "mode"))

    def fill(self):
        """Decimals of 32 bits: its quickest numbers for these."""
        fields = ", ".join(f"{name}::decimal(9, {places}) as {name}" for name, places in PLACES.items())
        self.connection.execute(f"create table tel as select * replace ({fields}) from {self.tel}")
        self.connection.execute(f"create table mode as select * from {self.mode}")


class ClickHouse(Engine):
    name = "chdb"
    # Where the rank is a whole number it takes the value above it; this hair makes it the nearest rank, as the others
    # have it.
    p95 = "toFloat64(quantileExactLow(0.949999999)(temp))"
    # Without the second, every column may be null, and all takes twice as long.
    settings = "settings max_threads = 1, schema_inference_make_columns_nullable = 0"

    def __init__(self, connection, tables):
        self.connection, (self.tel, self.mode) = connection, tables
        super().__init__()

    @staticmethod
    def opened(home):
        return chdb.session.Session(str(home / "clickhouse"))

    @staticmethod
    def files(folder):
        return f"file('{folder}/*.parquet', 'Parquet')"

    def ask(self, sql):
        answer = self.connection.query(f"{sql} {self.settings}", "ArrowStream")
        return pyarrow.ipc.open_stream(answer.bytes()).read_all()

    def start(self, column, seconds):
        return f"intDiv(toUnixTimestamp({column}), {seconds}) * {seconds}"

    def since(self, seconds, column="time"):
        return f"{column} >= toDateTime({seconds}, 'UTC') and {column} < toDateTime({END}, 'UTC')"

    def double(self, column):
        return f"toFloat64({column})"

    def own(self):
        return ClickHouse(self.connection, ("own.tel", "own.mode"))

    def fill(self):
        """As its documents advise: few texts as numbers, ordered by what is asked for. Decimals are quicker than
        doubles, which it packs badly."""
        self.connection.query("create database own")
        texts = "toLowCardinality(device) as device, toLowCardinality(area) as area"
        numbers = ", ".join(f"toDecimal32({name}, {places}) as {name}" for name, places in PLACES.items())
        for name, source in (("tel", self.tel), ("mode", self.mode)):
            replaced = f"* replace ({texts}{', ' + numbers if name == 'tel' else ''})"
            self.connection.query(f"""create table own.{name} engine = MergeTree order by (area, time)
                                      as select {replaced} from {source} {self.settings}""")
            self.connection.query(f"optimize table own.{name} final")


def rows_of(table, keys):
    """Rows by their first columns."""
    columns = []
    for column in table.columns:
        if pyarrow.types.is_timestamp(column.type):
            column = column.cast(pyarrow.timestamp("s", column.type.tz)).cast(pyarrow.int64())
        columns.append(column.to_pylist())
    return {row[:keys]: row[keys:] for row in zip(*columns)}


def agree(what, mine, right, error):
    assert right and mine.keys() == right.keys(), (what, len(mine), len(right), list(mine)[:3], list(right)[:3])
    for key, values in right.items():
        for got, wanted in zip(mine[key], values):
            assert abs(got - wanted) <= error * abs(wanted) + EXACT, (what, key, got, wanted)


def milliseconds(answer, processor):
    with on(processor):
        began = time.perf_counter()
        answer()
        return (time.perf_counter() - began) * 1e3


class Ways:
    """Who answers, each by name: ThiNai, the engines over ThiNai's files, the engines with tables of their own."""

    def __init__(self, target):
        self.thinai = ThiNai(target)
        self.over_files, self.own = {}, {}
        folders = [linked(target, name) for name in ("tel", "mode")]
        # Threads keep the processor on which they were made.
        with on(PROCESSORS[-1]):
            for make in (ClickHouse, DuckDB):
                engine = make(make.opened(target.home), [make.files(folder) for folder in folders])
                note(f"{make.name}: loading the rows into own tables", [engine.load()], "s")
                self.over_files[f"{make.name} over ThiNai's files"] = engine
                self.own[f"{make.name}, own tables"] = engine.own()

    def close(self):
        self.thinai.connection.close()
        for engine in self.over_files.values():
            engine.connection.close()

    def compare(self, title, question, keys, error, ours="ThiNai", goal=None):
        """Five rounds in which each answers once; before them each answers once and is checked, ThiNai last."""
        engines = {**self.over_files, **self.own}
        ways = {who: (engine.answers[question], PROCESSORS[-1]) for who, engine in engines.items()}
        if ours:
            ways[ours] = (self.thinai.answers[question], PROCESSORS[0])
        right = None
        for who, (answer, processor) in ways.items():
            with on(processor):
                began = time.perf_counter()
                table = answer()
                first = (time.perf_counter() - began) * 1e3
            rows = rows_of(table, keys)
            right = right or rows
            agree(f"{title}: {who}", rows, right, error if who == ours else EXACT)
        taken = {who: [] for who in ways}
        for _ in range(RUNS):
            for who, way in ways.items():
                taken[who].append(milliseconds(*way))
        for who, times in taken.items():
            note(f"{title}: {who}", times, "ms")
        if ours:
            # What it keeps in memory makes the later ones quick; the engines read anew each time.
            note(f"{title}: {ours}, first", [first], "ms")
            self.compare_with_better(title, taken, ours, goal)

    def compare_with_better(self, title, taken, ours, goal):
        for which, some in (("ThiNai's files", self.over_files), ("own tables", self.own)):
            better = min((taken[who] for who in some), key=statistics.median)
            ratios = [mine / other for mine, other in zip(taken[ours], better)]
            note(f"{title}: {ours} ÷ the better of both, {which}", ratios, "times", None if SMOKE else goal)


def run():
    section(f"analytics: {DEVICES} devices in {queries.COMMUNES} communes, 4 fields, {DAYS} days by the minute; "
            "one thread and one processor each, answers in Arrow")
    # Closed before the files go: threads of chdb would disturb the parts that come after.
    with server() as target, contextlib.closing(Ways(target)) as ways:
        ways.compare("p95 by area and hour", "p95", 2, SKETCH, goal="1")
        ways.compare(f"p95 by area and 30 m of rows, {WEEK_DAYS} days", "p95 of rows", 2, EXACT, goal="1")
        ways.compare(f"{TOP} devices of the highest average, {WEEK_DAYS} days", "top", 1, EXACT, goal="1")
        ways.compare("deciles of all readings", "deciles", 0, SKETCH, goal="1")
        print("ThiNai offers no histogram: deciles are what it has that is nearest", flush=True)
        ways.compare("histogram by whole degrees", "histogram", 1, EXACT, ours=None)
        print("ThiNai offers no join: its client asks for both measurements by device and hour, and joins", flush=True)
        ways.compare("average by area while a mode is 1", "join", 1, EXACT, ours="ThiNai's client")
