"""The programs that users would pick instead, beside ThiNai: the same bytes, in the same run.

Each is Debian's package, started here with the settings that its own documents advise for load, in a directory of its
own, on loopback, and ended by its process id. Durable as each is by default: VictoriaMetrics and InfluxDB write to disk
within seconds, rsyslog and nfcapd buffer; ThiNai commits every 20 ms.
"""
import glob
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

from measure import (
    RUNS,
    SECONDS,
    SMOKE,
    ReceiveMemory,
    Target,
    blackbox,
    cpu_seconds,
    memory_mib,
    note,
    section,
    traffic,
)

LINES = ["--lines", 18, "--pass", 20 if SMOKE else 200]
LINE = ["--lines", 1]
MESSAGES = ["--message"]
FLOWS = ["--flows", 30, "--pass", 30]
PACKS = ["--pack", 18, "--pass", 18 if SMOKE else 180, "--unanswered"]


def fetch(url, data=None):
    with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=120) as answer:
        return answer.read()


class Peer:
    """One program: `start`, `units` that it has stored, `settle`. A unit is a reading, a message or a value."""

    program = None
    counts_after_stop = False

    def __enter__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="thinai-peer-"))
        self.port = blackbox.free_port(socket.SOCK_DGRAM)
        self.http = blackbox.free_port(socket.SOCK_STREAM)
        log = open(self.home / "log", "wb")
        self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.time() + 30
        while not self.is_listening():
            assert self.process.poll() is None and time.time() < deadline, (self.home / "log").read_text()[-2000:]
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def is_listening(self):
        wanted = f"{self.port:04X}"
        return any(line.split()[1].endswith(":" + wanted) for name in ("udp", "udp6")
                   for line in open(f"/proc/net/{name}").readlines()[1:])

    def settle(self):
        """Until what was received is stored: it uses the processor no more."""
        last = -1.0
        for _ in range(100):
            now = cpu_seconds(self.process.pid)
            if now - last < 0.02:
                return
            last = now
            time.sleep(0.5)

    def disk_bytes(self):
        return sum(path.stat().st_size for path in self.home.rglob("*") if path.is_file() and path.name != "log")


class VictoriaMetrics(Peer):
    name, program = "VictoriaMetrics", "victoria-metrics"

    def command(self):
        return [
            self.program,
            "-storageDataPath",
            self.home / "data",
            "-httpListenAddr",
            f"127.0.0.1:{self.http}",
            "-influxListenAddr",
            f"127.0.0.1:{self.port}",
            "-retentionPeriod",
            "100y",
            "-search.latencyOffset",
            "0s",
            "-search.disableCache",
            "-search.maxSamplesPerQuery",
            "4000000000",
        ]

    def settle(self):
        # Rows wait up to a second in memory; then they are made parts.
        time.sleep(1.5)
        fetch(f"http://127.0.0.1:{self.http}/internal/force_flush")
        super().settle()

    def units(self):
        query = urllib.parse.urlencode({"query": 'sum(count_over_time({__name__=~"tel_.*"}[3d]))',
                                        "time": int(time.time()) + 86_400, "nocache": 1})
        result = json.loads(fetch(f"http://127.0.0.1:{self.http}/api/v1/query?{query}"))["data"]["result"]
        return int(float(result[0]["value"][1])) if result else 0


class InfluxDB(Peer):
    name, program = "InfluxDB", "influxd"

    def command(self):
        rpc = blackbox.free_port(socket.SOCK_STREAM)
        (self.home / "influxdb.conf").write_text(f"""
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{self.home}/meta"
[data]
  dir = "{self.home}/data"
  wal-dir = "{self.home}/wal"
  query-log-enabled = false
  max-series-per-database = 0
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{self.http}"
  log-enabled = false
[logging]
  level = "error"
[[udp]]
  enabled = true
  bind-address = "127.0.0.1:{self.port}"
  database = "tel"
  batch-size = 5000
  batch-pending = 100
  batch-timeout = "1s"
  read-buffer = 26214400
""")
        return [self.program, "-config", self.home / "influxdb.conf"]

    def settle(self):
        time.sleep(1.5)
        super().settle()

    def units(self):
        query = urllib.parse.urlencode({"db": "tel", "q": "select count(*) from tel"})
        series = json.loads(fetch(f"http://127.0.0.1:{self.http}/query?{query}"))["results"][0].get("series", [])
        return sum(series[0]["values"][0][1:]) if series else 0


class Rsyslog(Peer):
    name, program, counts_after_stop = "rsyslog, zstd files", "rsyslogd", True

    def command(self):
        (self.home / "rsyslog.conf").write_text(f"""
module(load="imudp" threads="1" batchSize="128" timeRequery="8")
global(workDirectory="{self.home}")
template(name="minute" type="string" string="{self.home}/%$year%%$month%%$day%-%$hour%%$minute%.log.zst")
template(name="raw" type="string" string="%rawmsg%\\n")
ruleset(name="tel" queue.type="FixedArray" queue.size="500000" queue.dequeueBatchSize="4096" queue.workerThreads="1") {{
  action(type="omfile" dynaFile="minute" template="raw" asyncWriting="on" flushOnTXEnd="off" flushInterval="1"
         ioBufferSize="256k" zipLevel="3" compression.driver="zstd")
}}
input(type="imudp" address="127.0.0.1" port="{self.port}" ruleset="tel" rcvbufSize="64m")
""")
        return [shutil.which(self.program) or "/usr/sbin/rsyslogd", "-n", "-iNONE", "-f", self.home / "rsyslog.conf"]

    def settle(self):
        time.sleep(1.5)
        super().settle()

    def units(self):
        total = 0
        for path in glob.glob(f"{self.home}/2*.log.zst"):
            done = subprocess.run(f"zstd -dcq < {path} | wc -l", shell=True, capture_output=True, text=True)
            total += int(done.stdout)
        return total

    def disk_bytes(self):
        return sum(os.path.getsize(path) for path in glob.glob(f"{self.home}/2*.log.zst"))


class Nfcapd(Peer):
    name, program, counts_after_stop = "nfcapd, lz4 files", "nfcapd", True

    def command(self):
        (self.home / "flows").mkdir()
        return [self.program, "-b", "127.0.0.1", "-p", str(self.port), "-w", self.home / "flows", "-t", "60", "-B",
                str(64 << 20), "-y"]

    def units(self):
        done = subprocess.run(["nfdump", "-R", self.home / "flows", "-I"], capture_output=True, text=True)
        found = [line for line in done.stdout.splitlines() if line.startswith("Flows:")]
        return 4 * int(found[0].split()[1]) if found else 0


class ThiNai:
    """The same questions, asked of ThiNai."""

    counts_after_stop = False

    def __init__(self, listener):
        self.listener = listener
        self.name = "ThiNai" if listener == "line" else f"ThiNai, {listener}"

    def __enter__(self):
        self.target = Target().__enter__()
        self.process, self.port = self.target.process, self.target.ports[self.listener]
        return self

    def __exit__(self, *_):
        self.target.__exit__()

    def settle(self):
        self.target.settled(1 << 60, self.listener)

    def units(self):
        account = self.target.account(self.listener)
        return account["stored"] if account["events"] else account["readings"]

    def stop(self):
        if self.process.poll() is None:
            assert self.target.stop() == 0

    def disk_bytes(self):
        return sum(path.stat().st_size for path in self.target.data.glob("tables/*/date=*/*.parquet"))


def one(make, shape, rate, seconds):
    """One run: CPU seconds a million units, the share lost, bytes a unit, memory, units a second."""
    with make() as peer:
        before = cpu_seconds(peer.process.pid)
        sent = traffic("send", f"127.0.0.1:{peer.port}", *shape, "--rate", rate, "--seconds", seconds)
        peer.settle()
        cpu = cpu_seconds(peer.process.pid) - before
        memory = memory_mib(peer.process.pid)
        stored = None if peer.counts_after_stop else peer.units()
        peer.stop()
        if stored is None:
            stored = peer.units()
        wanted = sent["rows"] * 4 if "--flows" in shape else sent["readings"]
        return {"cost": cpu / max(1, stored) * 1e6, "loss": 1 - stored / wanted, "memory": memory,
                "bytes": peer.disk_bytes() / max(1, stored), "rate": wanted / sent["elapsed"]}


def highest_rate(make, shape, start):
    """The highest offered rate, in units a second, of which nothing was lost; doubled, then by quarters."""
    best, rate, factor = 0, start, 2
    for _ in range(7):
        got = one(make, shape, rate, SECONDS / 2)
        if got["loss"] > 1e-6:
            if factor < 2:
                return best
            rate, factor = rate / factor, 1.25
        elif got["rate"] < best * 1.05:
            return max(best, got["rate"])  # The sender cannot go faster.
        else:
            best = max(best, got["rate"])
        rate = int(rate * factor)
    return best


def compare(title, unit, contenders, runs, goal=None):
    """`contenders`: what makes one, what it is sent, at what rate. The first is ThiNai."""
    section(f"peers: {title}")
    results = {}
    for make, shape, rate in contenders:
        program = getattr(make, "program", None)
        if program and not (shutil.which(program) or os.path.exists(f"/usr/sbin/{program}")):
            print(f"{make.name} is not installed: tools/install peers", flush=True)
            continue
        taken = [one(make, shape, rate, SECONDS if SMOKE else 4) for _ in range(runs)]
        name = make.name if program else make().name
        label = f"{name}, {rate} datagrams/s"
        results[name] = [result["cost"] for result in taken]
        note(f"{label}: CPU-s per million {unit}", results[name], "s")
        note(f"{label}: lost", [100 * result["loss"] for result in taken], "%")
        note(f"{label}: bytes on disk", [result["bytes"] for result in taken], f"B a {unit[:-1]}")
        note(f"{label}: resident memory, highest", [result["memory"] for result in taken], "MiB")
        if not SMOKE:
            note(f"{name}: highest rate without loss", [highest_rate(make, shape, rate) / 1e6], f"million {unit}/s")
    names = list(results)
    for other in names[1:]:
        ratios = [theirs / mine for theirs, mine in zip(results[other], results[names[0]])]
        note(f"{title}: {other} beside {names[0]}: CPU", ratios, "times", goal if other == "VictoriaMetrics" else None)


def run():
    runs = RUNS
    with ReceiveMemory():
        compare("line protocol, 73 readings a datagram", "readings",
                [(lambda: ThiNai("line"), LINES, 20_000), (VictoriaMetrics, LINES, 15_000), (InfluxDB, LINES, 10_000)],
                runs, goal="10")
        compare(
            "line protocol, 4 readings a datagram",
            "readings",
            [(lambda: ThiNai("line"), LINE, 80_000), (VictoriaMetrics, LINE, 80_000), (InfluxDB, LINE, 80_000)],
            runs,
        )
        compare("syslog, 150 B a message", "messages",
                [(lambda: ThiNai("syslog"), MESSAGES, 100_000), (Rsyslog, MESSAGES, 100_000)], runs)
        compare("binary: SenML-CBOR and NetFlow v5", "values",
                [(lambda: ThiNai("coap"), PACKS, 20_000), (Nfcapd, FLOWS, 20_000)], runs)
