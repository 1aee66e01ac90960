"""The real server under load, beside the bare receive loop, in one run. Called by tools/bench; prints a table and JSON."""
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests" / "blackbox"))
import server as blackbox  # noqa: E402

TRAFFIC = ROOT / "Benchmarks" / ".build" / "release" / "traffic"
SMOKE = "--smoke" in sys.argv
RUNS = 1 if SMOKE else 5
SECONDS = 0.5 if SMOKE else 3
TICKS = os.sysconf("SC_CLK_TCK")
rows = []


def traffic(*arguments):
    return json.loads(subprocess.run([TRAFFIC, *map(str, arguments)], check=True, capture_output=True, text=True).stdout)


def cpu_seconds(process):
    fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mib(process):
    return int(re.search(r"VmHWM:\s+(\d+)", open(f"/proc/{process.pid}/status").read()).group(1)) / 1024


def note(what, values, unit):
    rows.append({"what": what, "unit": unit, "median": statistics.median(values), "least": min(values), "most": max(values)})
    print(f"{what:<66} {statistics.median(values):>10.3f}  ({min(values):.3f} to {max(values):.3f})  {unit}", flush=True)


class Target(blackbox.Server):
    """One line listener, as an engineer would set it up for load."""

    protocols = ("line",)

    def __init__(self):
        super().__init__(seal="5m")
        text = self.config.read_text().replace("protocol: line,", "protocol: line, device_tag: dev, receive_buffer: 64MiB,")
        self.config.write_text(text)

    def settled(self, wanted):
        last, still = -1, 0
        while still < 5:
            account = self.account("line")
            seen = account["received"] + account["kernel_dropped"]
            still = still + 1 if seen == last else 0
            last = seen
            if account["received"] >= wanted:
                return account
            time.sleep(0.1)
        return account


def paced(lines, rate, label):
    cost, loss, memory = [], [], []
    for _ in range(RUNS):
        with Target() as target:
            before = cpu_seconds(target.process)
            sent = traffic("send", f"127.0.0.1:{target.ports['line']}", lines, rate, SECONDS)
            account = target.settled(sent["datagrams"])
            blackbox.balanced(target.ask("/v1/ledger"))
            cost.append((cpu_seconds(target.process) - before) / account["readings"] * 1e6)
            loss.append(100 * (1 - account["received"] / sent["datagrams"]))
            memory.append(resident_mib(target.process))
    note(f"{label}: CPU-s per million readings at {rate} datagrams/s", cost, "s")
    note(f"{label}: loss", loss, "%")
    note(f"{label}: resident memory, highest", memory, "MiB")


def against_bare_loop():
    ratios, ours, bares = [], [], []
    for _ in range(RUNS):
        port = blackbox.free_port(__import__("socket").SOCK_DGRAM)
        bare = subprocess.Popen([TRAFFIC, "receive", str(port), str(SECONDS + 1)], stdout=subprocess.PIPE, text=True)
        time.sleep(0.3)
        traffic("send", f"127.0.0.1:{port}", 1, 0, SECONDS)
        bare_rate = json.loads(bare.communicate()[0])["datagrams"] / SECONDS
        with Target() as target:
            sent = traffic("send", f"127.0.0.1:{target.ports['line']}", 1, 0, SECONDS)
            account = target.settled(sent["datagrams"])
            blackbox.balanced(target.ask("/v1/ledger"))
            our_rate = account["stored"] / SECONDS
        bares.append(bare_rate / 1000)
        ours.append(our_rate / 1000)
        ratios.append(our_rate / bare_rate)
    note("bare recvmmsg loop, flooded: datagrams a second", bares, "thousand")
    note("4 readings a datagram, flooded: stored datagrams a second", ours, "thousand")
    note("of the bare loop's rate", ratios, "times")


def latency_while_ingesting():
    with Target() as target:
        sender = threading.Thread(
            target=traffic, args=("send", f"127.0.0.1:{target.ports['line']}", 18, 5000, 2 * SECONDS + 1))
        sender.start()
        time.sleep(1)
        times = []
        measurement = target.ask("/v1/measurements")["measurements"][0]["name"]
        end = time.time() + 2 * SECONDS - 0.5
        while time.time() < end:
            began = time.perf_counter()
            target.get("/v1/rollups", measurement=measurement, field="temp", step="1m", aggregate="avg,min,max,count")
            times.append((time.perf_counter() - began) * 1000)
        sender.join()
    times.sort()
    note("rollup over HTTP while 90 thousand rows/s come in: p50", [times[len(times) // 2]], "ms")
    note("the same: p99", [times[int(len(times) * 0.99)]], "ms")


def bytes_of_an_hour():
    devices, minutes = (100, 2) if SMOKE else (1000, 60)
    with Target() as target:
        subprocess.run(
            [blackbox.BINARY, "simulate", "--target", f"127.0.0.1:{target.ports['line']}", "--flood", "--devices",
             str(devices), "--interval", "1" if SMOKE else "10", "--lines", "10", "--count",
             str(devices * minutes * 6 // 10), "--start", str(int(time.time()) // 3600 * 3600 - 7200)],
            check=True, capture_output=True)
        target.wait_for(lambda: target.account("line")["received"] >= devices * minutes * 6 // 10, 60)
        readings = target.account("line")["readings"]
        assert target.stop() == 0
        size = sum(p.stat().st_size for p in target.data.glob("tables/*/date=*/*.parquet")
                   if "rollups" not in str(p))
    note(f"an hour of {devices} devices, as sealed: bytes a reading", [size / readings], "B")


def main():
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT).stdout.strip()
    model = re.search(r"model name\s*:\s*(.*)", open("/proc/cpuinfo").read())
    print(f"commit {commit}, {os.cpu_count()} cores, {model.group(1) if model else 'unknown processor'}; median of {RUNS}, least to most")
    paced(18, 20_000, "73 readings a datagram")
    paced(1, 50_000, "4 readings a datagram")
    against_bare_loop()
    latency_while_ingesting()
    bytes_of_an_hour()
    (ROOT / ".build" / "bench.json").write_text(json.dumps({"commit": commit, "rows": rows}, indent=1) + "\n")


main()
