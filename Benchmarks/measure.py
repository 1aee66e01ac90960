"""What the benchmarks share: how a figure is taken, noted and printed, and the server that they load."""
import json
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests" / "blackbox"))
import server as blackbox  # noqa: E402

BUILT = ROOT / ".build" / "release"
TICKS = os.sysconf("SC_CLK_TCK")
SMOKE = "--smoke" in sys.argv
RUNS = 1 if SMOKE else 5
SECONDS = 0.5 if SMOKE else 3
# Some ask for a large buffer, up to the first; others take what the second gives, and their documents say to raise it.
RECEIVE_MEMORY = {pathlib.Path("/proc/sys/net/core/rmem_max"): 64 << 20,
                  pathlib.Path("/proc/sys/net/core/rmem_default"): 25 << 20}
rows = []


def section(title):
    print(f"\n{title}", flush=True)


def note(what, values, unit, goal=None):
    """A line of the table: the median of the runs, the least and the most."""
    values = [value for value in values if value is not None]
    if not values:
        print(f"{what:<96} not measured", flush=True)
        return None
    median = statistics.median(values)
    rows.append({"what": what, "unit": unit, "median": median, "least": min(values), "most": max(values),
                 "runs": len(values), "goal": goal})
    wanted = f"   goal: {goal}" if goal else ""
    print(f"{what:<96} {median:>10.3f}  ({min(values):.3f} to {max(values):.3f})  {unit}{wanted}", flush=True)
    return median


def traffic(*arguments):
    """Sends or receives, and returns what the sender or the bare loop counted."""
    done = subprocess.run([BUILT / "traffic", *map(str, arguments)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def sending(*arguments):
    """The same, begun; `finished` waits for it."""
    return subprocess.Popen([BUILT / "traffic", *map(str, arguments)], stdout=subprocess.PIPE, text=True)


def finished(process):
    return json.loads(process.communicate()[0])


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mib(pid, field="VmHWM"):
    return int(re.search(rf"{field}:\s+(\d+)", open(f"/proc/{pid}/status").read()).group(1)) / 1024


class ReceiveMemory:
    """Lets sockets have large receive buffers for as long as it lasts, as every one of the programs advises."""

    def __enter__(self):
        self.before = {path: path.read_text() for path in RECEIVE_MEMORY}
        try:
            for path, size in RECEIVE_MEMORY.items():
                path.write_text(str(size))
        except OSError as error:
            print(f"net.core.rmem_max stays {self.before[next(iter(RECEIVE_MEMORY))].strip()}: {error.strerror}")

    def __exit__(self, *_):
        for path, size in self.before.items():
            try:
                path.write_text(size)
            except OSError:
                pass


class Target(blackbox.Server):
    """`thinai serve` as an engineer would set it up for load: large receive buffers, sealing as by default."""

    def __init__(self, lanes=1, seal_bytes="64MiB", extra=""):
        super().__init__(seal="5m", lanes=lanes, extra=extra)
        text = self.config.read_text().replace("protocol: line,", "protocol: line, device_tag: dev,")
        for protocol in self.protocols:
            text = text.replace(f"protocol: {protocol},", f"protocol: {protocol}, receive_buffer: 64MiB,")
        self.config.write_text(text.replace("seal: { every: 5m", f"seal: {{ bytes: {seal_bytes}, every: 5m"))

    def address(self, listener="line"):
        return f"127.0.0.1:{self.ports[listener]}"

    def settled(self, wanted, listener="line"):
        """The listener's account once nothing comes any more."""
        last, since = -1, time.time()
        while True:
            account = self.account(listener)
            seen = account["received"] + account["kernel_dropped"]
            if seen != last:
                last, since = seen, time.time()
            if account["received"] >= wanted or time.time() - since > 0.5:
                return account
            time.sleep(0.05)

    def stop_and_count(self):
        """Stops it and returns the CPU seconds of its whole life."""
        self.process.send_signal(signal.SIGTERM)
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        assert self.process.returncode == 0, self.log()
        return usage.ru_utime + usage.ru_stime

    def cpu(self):
        return cpu_seconds(self.process.pid)


def machine():
    model = re.search(r"model name\s*:\s*(.*)", open("/proc/cpuinfo").read())
    return f"{os.cpu_count()} cores, {model.group(1) if model else 'unknown processor'}, Linux {os.uname().release}"


def commit():
    done = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, cwd=ROOT)
    return done.stdout.strip() or "unknown"
