"""Zabbix's history beside ThiNai, with the same values: what a province has today.

Debian's zabbix-server-pgsql and PostgreSQL, each started here in a directory of its own on loopback and ended by its
process id; caches large enough to be no limit, no housekeeping, durable as Debian has it. Values come to trapper items
as zabbix_sender sends them, 250 a request. ThiNai gets the same as line protocol, 16 lines a datagram.
"""
import concurrent.futures
import glob
import itertools
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

import queries
from measure import RUNS, SMOKE, TICKS, Target, blackbox, note, section
from sizes import KEEP

DEVICES, MINUTES = (50, 5) if SMOKE else (1_000, 60)
FIELDS = ("temp", "hum", "cnt", "bat")
VALUES = DEVICES * MINUTES * len(FIELDS)
A_REQUEST = 250
SENDERS = 4
# Datagrams a second to ThiNai: what this sender reaches without loss.
RATE = 5_000
SCHEMA = pathlib.Path("/usr/share/zabbix-server-pgsql")
FIRST_ID = 1_000_000
SERVER = "/usr/sbin/zabbix_server"


def postgres(program):
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{program}"))
    return found[-1] if found else None


def tree_seconds(pid):
    """CPU seconds of a process, of those below it, and of those that have ended there."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    total = sum(map(int, fields[11:15])) / TICKS
    for child in open(f"/proc/{pid}/task/{pid}/children").read().split():
        try:
            total += tree_seconds(child)
        except (FileNotFoundError, ProcessLookupError):
            pass  # It ended in between; its parent has it by the next time.
    return total


class Zabbix:
    """A database and a server with a trapper item for each field of each device."""

    def __enter__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="thinai-zabbix-"))
        self.home.chmod(0o755)
        self.port = blackbox.free_port(socket.SOCK_STREAM)
        self.processes = []
        try:
            self.start_database()
            self.fill_configuration()
            self.start_server()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process, last in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(last)
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def begin(self, command, user, last):
        """Neither program runs as root."""
        log = open(self.home / "log", "ab")
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **as_user(user),
                                   cwd=self.home)
        self.processes.append((process, last))
        return process

    def folder(self, name, user):
        path = self.home / name
        path.mkdir()
        if os.geteuid() == 0:
            shutil.chown(path, user)
        return path

    def start_database(self):
        data, self.sockets = self.folder("data", "postgres"), self.folder("sockets", "postgres")
        subprocess.run([postgres("initdb"), "-D", data, "-U", "zabbix", "-A", "trust", "-E", "UTF8",
                        "--locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL, cwd=self.home,
                       **as_user("postgres"))
        # It listens on its own socket only. Memory as PostgreSQL's documents advise.
        self.database = self.begin([postgres("postgres"), "-D", data, "-k", self.sockets, "-c", "listen_addresses=",
                                    "-c", "shared_buffers=1GB", "-c", "max_wal_size=4GB"], "postgres", signal.SIGINT)
        self.wait_for(lambda: (self.sockets / ".s.PGSQL.5432").exists())
        self.wait_for(lambda: self.psql("select 1", "postgres", check=False) == "1")
        self.psql("create database zabbix", "postgres")

    def psql(self, sql, database="zabbix", check=True):
        done = subprocess.run([postgres("psql"), "-h", self.sockets, "-U", "zabbix", "-d", database, "-qAtX", "-v",
                               "ON_ERROR_STOP=1"], input=sql, capture_output=True, text=True)
        assert done.returncode == 0 or not check, done.stderr[-1000:]
        return done.stdout.strip()

    def fill_configuration(self):
        for name in ("schema", "images", "data"):
            self.psql(subprocess.run(["gzip", "-dc", SCHEMA / f"{name}.sql.gz"], check=True, capture_output=True,
                                     text=True).stdout)
        count = len(FIELDS)
        names = ", ".join(f"'{name}'" for name in FIELDS)
        # Counters are whole numbers (3), the others are decimals (0); type 2 is the trapper.
        # What it would watch of itself is left out.
        self.psql(f"""
            update hosts set status = 1 where status = 0;
            insert into hosts (hostid, host, name, name_upper)
                select {FIRST_ID} + n, name, name, upper(name)
                from (select n, 'd' || lpad(n::text, 5, '0') as name from generate_series(0, {DEVICES - 1}) as n) as d;
            insert into items (itemid, type, hostid, name, key_, value_type)
                select {FIRST_ID} + n * {count} + f - 1, 2, {FIRST_ID} + n, field, field,
                    case field when 'cnt' then 3 else 0 end
                from generate_series(0, {DEVICES - 1}) as n, unnest(array[{names}]) with ordinality as field (field, f);
            insert into item_rtdata (itemid) select itemid from items where itemid >= {FIRST_ID};
            analyze;""")

    def start_server(self):
        folder = self.folder("server", "zabbix")
        (self.home / "zabbix.conf").write_text(f"""
LogType=console
PidFile={folder}/pid
SocketDir={folder}
ListenIP=127.0.0.1
ListenPort={self.port}
DBHost={self.sockets}
DBName=zabbix
DBUser=zabbix
StartPollers=1
StartPingers=0
StartDiscoverers=0
StartHTTPPollers=0
HousekeepingFrequency=0
CacheSize=256M
HistoryCacheSize=512M
HistoryIndexCacheSize=128M
TrendCacheSize=128M
Timeout=30
""")
        self.server = self.begin([SERVER, "-f", "-c", self.home / "zabbix.conf"], "zabbix", signal.SIGTERM)
        # What it does not know yet it would refuse.
        self.wait_for(lambda: self.send([("d00000", "none", "0", 1, 0)]) is not None)

    def wait_for(self, what, seconds=120):
        deadline = time.time() + seconds
        while True:
            try:
                if what():
                    return
            except OSError:
                pass
            assert all(process.poll() is None for process, _ in self.processes) and time.time() < deadline, (
                self.home / "log").read_text()[-3000:]
            time.sleep(0.25)

    def send(self, values):
        """One request, as zabbix_sender makes it; how many the server took."""
        return self.exchange(request(values))

    def exchange(self, payload):
        with socket.create_connection(("127.0.0.1", self.port), timeout=120) as connection:
            connection.sendall(payload)
            answer = b""
            while piece := connection.recv(65_536):
                answer += piece
        info = json.loads(answer[13:])["info"]
        return int(info.split("processed: ")[1].split(";")[0])

    def stored(self):
        """By PostgreSQL's own counting, which costs nothing."""
        return int(self.psql("select sum(n_tup_ins) from pg_stat_user_tables where relname like 'history%'"))

    def cpu(self):
        return tree_seconds(self.server.pid) + tree_seconds(self.database.pid)

    def counted(self):
        return int(self.psql("select (select count(*) from history) + (select count(*) from history_uint)"))

    def disk_bytes(self):
        return int(self.psql("vacuum history; vacuum history_uint; select pg_total_relation_size('history') + "
                             "pg_total_relation_size('history_uint')"))


def as_user(name):
    return {"user": name, "group": name, "extra_groups": []} if os.geteuid() == 0 else {}


def request(values):
    body = json.dumps({"request": "sender data", "data": [
        {"host": host, "key": key, "value": value, "clock": clock, "ns": ns} for host, key, value, clock, ns in values
    ]}).encode()
    return b"ZBXD\x01" + struct.pack("<Q", len(body)) + body


def values_of(line):
    """The values of a line, as Zabbix wants them."""
    head, fields, at = line.split(" ")
    device = head.split("device=")[1].split(",")[0]
    for field in fields.split(","):
        name, value = field.split("=")
        yield device, name, value.rstrip("i"), int(at) // 10**9, 0


def zabbix_takes(zabbix, minutes):
    """Values a second until all are in the database, and CPU seconds a million. A sender has devices of its own."""
    queues = []
    for number in range(SENDERS):
        values = [value for lines in minutes for line in lines[number::SENDERS] for value in values_of(line)]
        queues.append([request(values[at:at + A_REQUEST]) for at in range(0, len(values), A_REQUEST)])
    before, cpu, began = zabbix.stored(), zabbix.cpu(), time.time()
    with concurrent.futures.ThreadPoolExecutor(SENDERS) as pool:
        taken = sum(pool.map(lambda queue: sum(map(zabbix.exchange, queue)), queues))
    assert taken == VALUES, (taken, VALUES)
    zabbix.wait_for(lambda: zabbix.stored() - before >= VALUES, 300)
    return VALUES / (time.time() - began), (zabbix.cpu() - cpu) / VALUES * 1e6


def thinai_takes(minutes):
    """The same of ThiNai, sealing included, and bytes a value."""
    with Target(extra=KEEP) as target:
        datagrams = ["\n".join(lines[at:at + queries.DATAGRAM_LINES]).encode() for lines in minutes
                     for at in range(0, len(lines), queries.DATAGRAM_LINES)]
        cpu, began = target.cpu(), time.time()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.connect(("127.0.0.1", target.ports["line"]))
            for number, datagram in enumerate(datagrams, 1):
                sender.send(datagram)
                if number % 50 == 0:
                    time.sleep(max(0, began + number / RATE - time.time()))
        target.wait_for(lambda: target.account("line")["stored"] * len(FIELDS) >= VALUES)
        rate = VALUES / (time.time() - began)
        cost = (target.stop_and_count() - cpu) / VALUES * 1e6
        size = sum(path.stat().st_size for path in target.data.glob("tables/tel/date=*/*.parquet"))
        return rate, cost, size / VALUES


def run():
    section(f"zabbix: {DEVICES} devices, 4 values each by the minute, {VALUES} values a run")
    if not (os.path.exists(SERVER) and (SCHEMA / "schema.sql.gz").exists() and postgres("initdb")):
        print("Zabbix is not installed: tools/install peers", flush=True)
        return
    every = queries.minutes(DEVICES, 1)
    theirs, ours = [], []
    with Zabbix() as zabbix:
        for number in range(RUNS):
            minutes = list(itertools.islice(every, MINUTES))
            theirs.append(zabbix_takes(zabbix, minutes))
            ours.append(thinai_takes(minutes))
            assert zabbix.counted() == VALUES * (number + 1), (zabbix.counted(), VALUES, number)
        size = zabbix.disk_bytes() / (VALUES * RUNS)
    note(f"Zabbix and PostgreSQL, {SENDERS} senders: values stored", [rate for rate, _ in theirs], "values/s")
    note(f"ThiNai, offered {RATE} datagrams/s: values stored", [rate for rate, _, _ in ours], "values/s")
    note("Zabbix and PostgreSQL: CPU-s per million values", [cost for _, cost in theirs], "s")
    note("ThiNai: CPU-s per million values, all of it sealed", [cost for _, cost, _ in ours], "s")
    note("Zabbix beside ThiNai: CPU", [their[1] / mine[1] for their, mine in zip(theirs, ours)], "times")
    note("Zabbix: bytes on disk, history with its keys", [size], "B a value")
    note("ThiNai: bytes on disk, as sealed", [each for _, _, each in ours], "B a value")
