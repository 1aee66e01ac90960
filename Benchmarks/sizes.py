"""Bytes a reading after compaction at level 9, whole files, beside pyarrow, pcodec, VictoriaMetrics and InfluxDB."""
import io
import os
import shutil
import socket
import subprocess
import time

import pyarrow
import pyarrow.parquet
from pcodec import ChunkConfig, standalone

import datasets
import peers
from measure import SMOKE, ReceiveMemory, Target, blackbox, cpu_seconds, note, section

# The goals: bytes a reading, or times pcodec's.
GOALS = {
    "30 days by the minute": "0.594",
    "fleet, regular timestamps": "0.36",
    "fleet, 15 ms jitter": "0.59",
    "beijing-air": "0.67",
}
KEEP = "retention: { readings: 36500d, events: 36500d, rollups_5m: 36500d, rollups_1h: 36500d }\n"
LEVEL = 9
DATAGRAM = 1_300


def run():
    hour = int(time.time()) // 3600 * 3600 - 7200
    shape = (100, 60) if SMOKE else (1_000, 3_600)
    sets = [datasets.Fleet(*shape, hour), datasets.Fleet(*shape, hour, jitter_millis=15)]
    for data in sets:
        measured(data)
    measured(datasets.Minutes(100 if SMOKE else 1_000, 1 if SMOKE else 30, hour // 86_400 * 86_400))
    for name in datasets.REAL:
        data = datasets.real(name, most=2_000 if SMOKE else None)
        if data:
            measured(data)


def measured(data):
    section(f"sizes: {data.name}, {data.rows} rows, {data.readings} readings")
    ours = thinai(data)
    bound = pcodec(data)
    note(f"{data.name}: ThiNai, level {LEVEL}", [ours / data.readings], "B a reading", GOALS.get(data.name))
    note(f"{data.name}: pcodec level 12, the bare columns", [bound / data.readings], "B a reading")
    note(f"{data.name}: ThiNai beside pcodec", [ours / bound], "times", None if data.name in GOALS else "1.15")
    note(f"{data.name}: pyarrow's best", [arrow(data) / data.readings], "B a reading")
    if data.name in GOALS and not SMOKE and data.readings < 100e6:
        for make in (peers.VictoriaMetrics, peers.InfluxDB):
            if shutil.which(make.program):
                note(f"{data.name}: {make.name}", [peer(make, data) / data.readings], "B a reading")
            else:
                print(f"{make.name} is not installed: tools/install peers", flush=True)


def datagrams(data):
    pack, size = [], 0
    for line in data.lines():
        if size + len(line) + 1 > DATAGRAM:
            yield "\n".join(pack).encode()
            pack, size = [], 0
        pack.append(line)
        size += len(line) + 1
    yield "\n".join(pack).encode()


def send(port, data, rate):
    """Sends all of it, no faster than `rate` datagrams a second."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port))
        began = time.time()
        for number, datagram in enumerate(datagrams(data), 1):
            sender.send(datagram)
            if number % 100 == 0:
                time.sleep(max(0, began + number / rate - time.time()))
    return number


def thinai(data):
    """Bytes of the live parts of readings; also what compaction and rollups cost."""
    with Target(extra=KEEP) as target:
        sent = send(target.ports["line"], data, 40_000)
        target.settled(sent)
        account = target.account("line")
        assert account["stored"] + account["duplicate"] == data.rows, account
        assert target.stop() == 0
        root = target.data / "tables" / data.measurement
        sealed = sum(part.stat().st_size for part in root.glob("date=*/*.parquet"))
        began = subprocess.Popen([blackbox.BINARY, "compact", target.data, "--level", str(LEVEL)],
                                 stdout=subprocess.DEVNULL)

        _, status, usage = os.wait4(began.pid, 0)
        assert status == 0
        parts = list(root.glob("date=*/*.parquet"))
        size = sum(part.stat().st_size for part in parts)
        rollups = sum(part.stat().st_size for part in target.data.glob("tables/rollups_*/date=*/*.parquet"))
    note(f"{data.name}: as sealed", [sealed / data.readings], "B a reading")
    note(f"{data.name}: parts", [len(parts)], "files")
    note(f"{data.name}: compaction", [data.readings / (usage.ru_utime + usage.ru_stime) / 1e6],
         "million readings/s a core", "5" if data.readings > 5e6 else None)
    note(f"{data.name}: rollups", [100 * rollups / size], "% of the readings' bytes", "15")
    return size


def pcodec(data):
    config = ChunkConfig(compression_level=12)
    total = 0
    for _, integers, doubles, _ in data.columns():
        forms = [form for form in (integers, doubles) if form is not None]
        if doubles is None:
            forms.append(integers.astype(float))
        total += min(len(standalone.simple_compress(form, config)) for form in forms)
    return total


def arrow(data):
    """The smallest of pyarrow's ways for each column, with the keys, at the same level."""
    total = 0
    columns = [("device", pyarrow.array(data.keys()))]
    for name, integers, doubles, _ in data.columns():
        if integers is not None:
            columns.append((name, pyarrow.array(integers)))
        else:
            columns.append((name, pyarrow.array(doubles)))
    for name, values in columns:
        table = pyarrow.table({name: values})
        ways = [dict(use_dictionary=True), dict(use_dictionary=False)]
        if name != "device":
            ways.append(dict(use_dictionary=False, column_encoding={name: "BYTE_STREAM_SPLIT"}))
        if pyarrow.types.is_integer(values.type):
            ways.append(dict(use_dictionary=False, column_encoding={name: "DELTA_BINARY_PACKED"}))
        sizes = []
        for way in ways:
            sink = io.BytesIO()
            pyarrow.parquet.write_table(table, sink, compression="zstd", compression_level=LEVEL, **way)
            sizes.append(sink.tell())
        total += min(sizes)
    return total


def peer(make, data):
    with ReceiveMemory(), make() as program:
        send(program.port, data, 8_000)
        program.settle()
        if make is peers.VictoriaMetrics:
            peers.fetch(f"http://127.0.0.1:{program.http}/internal/force_merge")
            time.sleep(3)
            peers.Peer.settle(program)
        else:
            # It compacts when it has been quiet for a while.
            until = time.time() + 30
            while time.time() < until:
                before = cpu_seconds(program.process.pid)
                time.sleep(5)
                if cpu_seconds(program.process.pid) - before < 0.05:
                    break
        return program.disk_bytes()
