"""How the cost of a reading moves with the number of series, of readings a datagram, of lanes and of senders."""
import socket
import time

from measure import RUNS, SECONDS, SMOKE, Target, blackbox, finished, memory_mib, note, section, sending
from sizes import KEEP

STEADY = 0.3 if SMOKE else 4


def run():
    section("scale: series")
    known = {}
    for devices in (1_000, 10_000) if SMOKE else (1_000, 10_000, 100_000, 1_000_000):
        # 360 thousand rows a second: each series is seen before the watch runs.
        first = 0.5 if SMOKE else 1 + devices / 300_000
        cost, memory = steady(
            ["--lines", 18, "--devices", devices, "--pass", max(2, 2_000_000 // devices // 10)], 20_000, first
        )
        known[devices] = (note(f"{devices:,} series: CPU-s per million readings", cost, "s"),
                          note(f"{devices:,} series: resident memory at the end", memory, "MiB"))
    most = max(known)
    note(f"{most:,} series beside 1,000: cost of a reading", [known[most][0] / known[1_000][0]], "times", "1.5")
    note(f"{most:,} series beside 1,000: memory a series",
         [(known[most][1] - known[1_000][1]) * 2**20 / (most - 1_000)], "B", "300")
    section("scale: readings a datagram")
    for readings, shape, rate in [(1, ["--lines", 1, "--fields", 1], 100_000), (4, ["--lines", 1], 100_000),
                                  (73, ["--lines", 18, "--pass", 60], 20_000)]:
        cost, _ = steady(shape, rate, 0.5)
        note(f"{readings} a datagram, {rate} datagrams/s: CPU-s per million readings", cost, "s")
    section("scale: threads that seal")
    for tables in (1, 8):
        seconds = {cores: sealed(tables, cores) for cores in (1, 2)}
        name = "a table" if tables == 1 else f"{tables} tables"
        for cores, taken in seconds.items():
            note(f"{name}, {cores} {'sealer' if cores == 1 else 'sealers'}: million readings/s", taken, "M/s")
        note(f"{name}: two sealers beside one", [two / one for one, two in zip(seconds[1], seconds[2])], "times",
             None if SMOKE else "1.7")
    section("scale: lanes and senders")
    for lanes in (1, 2):
        for sources in (1, 100 if SMOKE else 10_000):
            balance(lanes, sources)


def sealed(tables, cores):
    """How fast all that memory holds becomes parts when the node stops, with nothing else to do."""
    found = []
    rows, devices = (20_000, 100) if SMOKE else (4_000_000, 2_000)
    start = int(time.time()) // 86_400 * 86_400 - 86_400
    for _ in range(RUNS):
        with (Target(seal_bytes=f"4GiB, cores: {cores}", extra=KEEP) as target,
              socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out):
            out.connect(("127.0.0.1", target.ports["line"]))
            # The tables are there, with their columns.
            for table in range(tables):
                out.send(f"t{table},dev=d a=0.5,b=1i,c=1,d=2.5 {start}000000000".encode())
            target.wait_for(lambda: target.account("line")["stored"] == tables)
            assert target.stop() == 0
            target.start()
            for row in range(0, rows, 16):
                out.send("\n".join(
                    f"t{at % tables},dev=d{at // tables % devices} a={at % 977 / 10},b={at}i,c={at % 31},d=2.5"
                    f" {start + at // (tables * devices)}000000000" for at in range(row, row + 16)).encode())
                if row % 1_600 == 0:
                    time.sleep(0.004)
            assert target.settled(rows // 16)["stored"] == rows
            began = time.perf_counter()
            assert target.stop() == 0
            found.append(4 * rows / (time.perf_counter() - began) / 1e6)
    return found


def steady(shape, rate, first, lanes=1, sources=4):
    """Cost and memory once every series is known."""
    costs, memories = [], []
    for _ in range(RUNS):
        with Target(lanes=lanes) as target:
            sender = sending("send", target.address(), *shape, "--rate", rate, "--sources", sources, "--seconds",
                             first + STEADY)
            target.wait_for(lambda: target.account("line")["received"] > 0, 60)
            time.sleep(first)
            before, readings = target.cpu(), target.account("line")["readings"]
            sent = finished(sender)
            account = target.settled(sent["datagrams"])
            blackbox.balanced(target.ask("/v1/ledger"))
            costs.append((target.cpu() - before) / (account["readings"] - readings) * 1e6)
            memories.append(memory_mib(target.process.pid, "VmRSS"))
    return costs, memories


def balance(lanes, sources):
    costs, shares, losses = [], [], []
    for _ in range(RUNS):
        with Target(lanes=lanes) as target:
            sender = sending(
                "send",
                target.address(),
                "--lines",
                1,
                "--devices",
                10_000,
                "--rate",
                150_000,
                "--sources",
                sources,
                "--seconds",
                SECONDS,
            )
            sent = finished(sender)
            account = target.settled(sent["datagrams"])
            costs.append(target.cpu() / account["received"] * 1e9)
            losses.append(sent["datagrams"] - account["received"])
            busy = lane_nanos(target.process.pid)
            shares.append(max(busy) / sum(busy))
    name = f"{lanes} {'lane' if lanes == 1 else 'lanes'}, {sources:,} {'sender' if sources == 1 else 'senders'}"
    note(f"{name}: CPU per datagram, 4 readings", costs, "ns")
    note(f"{name}: the busiest lane's share of the lanes' CPU", shares, "of 1")
    note(f"{name}: datagrams lost at 150 thousand a second", losses, "datagrams")


def lane_nanos(pid):
    """Nanoseconds that each lane's thread has run."""
    import os
    found = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        folder = f"/proc/{pid}/task/{thread}"
        if open(f"{folder}/comm").read().startswith("lane-"):
            found.append(int(open(f"{folder}/schedstat").read().split()[0]))
    return found
