"""Senders against the real server, beside the bare receive loop in the same run."""
import socket
import subprocess
import time

from measure import RUNS, SECONDS, SMOKE, Target, blackbox, finished, memory_mib, note, section, sending, traffic

# What a listener is sent: its name, how the rows are made, datagrams a second.
PACED = [
    ("line protocol, 73 readings a datagram", "line", ["--lines", 18, "--pass", 200], 20_000),
    ("line protocol, 4 readings a datagram", "line", ["--lines", 1], 100_000),
    ("SenML-CBOR, 72 readings a pack, No-Response", "coap", ["--pack", 18, "--pass", 180, "--unanswered"], 15_000),
    ("SenML-CBOR, 72 readings a pack, answered", "coap", ["--pack", 18, "--pass", 180], 15_000),
    ("syslog, 150 B a message", "syslog", ["--message"], 100_000),
]


def run():
    section("end to end: paced")
    for what, listener, shape, rate in PACED:
        paced(what, listener, shape, rate, goal={PACED[0][0]: "0.10", PACED[2][0]: "0.05"}.get(what))
    section("end to end: beside the bare recvmmsg loop")
    beside_bare_loop()
    section("end to end: while all else goes on")
    while_busy()
    section("end to end: overload")
    overload()
    section("end to end: bytes")
    bytes_of_an_hour()


def paced(what, listener, shape, rate, goal=None):
    if SMOKE:
        shape = [*shape[:2], *(["--pass", "18"] if listener == "coap" else [])]
    cost, seal_cost, each, loss, memory = [], [], [], [], []
    for _ in range(RUNS):
        with Target() as target:
            before = target.cpu()
            sent = traffic("send", target.address(listener), *shape, "--rate", rate, "--seconds", SECONDS)
            account = target.settled(sent["datagrams"], listener)
            blackbox.balanced(target.ask("/v1/ledger"))
            used = target.cpu() - before
            units = account["events"] or account["readings"]
            cost.append(used / units * 1e6)
            each.append(used / account["received"] * 1e9)
            loss.append(100 * (1 - account["received"] / sent["datagrams"]))
            memory.append(memory_mib(target.process.pid))
            # Stopping seals what is left: then every reading has been through the parts.
            seal_cost.append((target.stop_and_count() - before) / units * 1e6)
    unit = "messages" if listener == "syslog" else "readings"
    note(f"{what}: CPU-s per million {unit} at {rate} datagrams/s", cost, "s", goal)
    note(f"{what}: the same with all of it sealed into parts", seal_cost, "s", goal)
    note(f"{what}: CPU per datagram", each, "ns")
    note(f"{what}: loss", loss, "%", "0")
    note(f"{what}: resident memory, highest", memory, "MiB")


def bare_loop(rate, *options, rest=None, offload=False):
    """One run of the loop that discards: datagrams a second, CPU per datagram, the sender's rate."""
    port = blackbox.free_port(socket.SOCK_DGRAM)
    receiver = sending("receive", port, "--seconds", SECONDS + 1, *(["--rest", rest] if rest else []),
                       *(["--offload"] if offload else []))
    time.sleep(0.3)
    sent = traffic("send", f"127.0.0.1:{port}", "--lines", 1, *options, *(["--rate", rate] if rate else []),
                   "--seconds", SECONDS)
    got = finished(receiver)
    return (
        got["datagrams"] / sent["elapsed"],
        got["cpu"] / max(1, got["datagrams"]) * 1e9,
        got["datagrams"] / sent["datagrams"],
    )


def ours(rate, *options):
    with Target() as target:
        before = target.cpu()
        sent = traffic("send", target.address(), "--lines", 1, *options, *(["--rate", rate] if rate else []),
                       "--seconds", SECONDS)
        began = time.time()
        account = target.settled(sent["datagrams"])
        drained = time.time() - began
        blackbox.balanced(target.ask("/v1/ledger"))
        cost = (target.cpu() - before) / account["received"] * 1e9
        return account["stored"] / sent["elapsed"], cost, account["received"] / sent["datagrams"], drained


def beside_bare_loop():
    for name, options, goal in [
        ("sendmmsg", [], "0.8"),
        ("GSO, 1,000 sources", ["--segments", "--sources", 1_000], None),
    ]:
        # Where the sender has the kernel cut, the loop has it glue, as ThiNai does.
        offload = "--segments" in options
        bare, stored, ratio, cpu, rested, costs, loss, drain = [], [], [], [], [], [], [], []
        for _ in range(RUNS):
            bare_rate, bare_cost, _ = bare_loop(None, *options, offload=offload)
            rested_cost = bare_loop(None, *options, rest=4, offload=offload)[1]
            our_rate, our_cost, got, drained = ours(None, *options)
            bare.append(bare_rate / 1e3)
            stored.append(our_rate / 1e3)
            ratio.append(our_rate / bare_rate)
            costs.append(our_cost)
            cpu.append(our_cost / bare_cost)
            rested.append(our_cost / rested_cost)
            loss.append(100 * (1 - got))
            drain.append(drained)
        note(f"flooded by {name}: the bare loop receives", bare, "thousand datagrams/s")
        note(f"flooded by {name}: ThiNai stores, 4 readings a datagram", stored, "thousand datagrams/s")
        note(f"flooded by {name}: of the bare loop's rate", ratio, "times", goal)
        note(f"flooded by {name}: loss", loss, "%")
        note(f"flooded by {name}: ThiNai's CPU per datagram", costs, "ns")
        note(f"flooded by {name}: of the bare loop's CPU per datagram", cpu, "times", "1.5" if goal else None)
        note(f"flooded by {name}: of the CPU of a bare loop that rests 4 ms as lanes do", rested, "times")
        note(f"flooded by {name}: until the last datagram is in the tables", drain, "s")


def while_busy():
    """Sealing every second or so, reloads of the registry and heavy queries, at 0.8 of what the bare loop takes."""
    lost, latencies, seals = [], [], []
    rate = int(0.8 * bare_loop(None)[0])
    for _ in range(RUNS):
        with Target(seal_bytes="16MiB") as target:
            sender = sending("send", target.address(), "--lines", 1, "--devices", 10_000, "--rate", rate, "--seconds",
                             2 * SECONDS)
            target.wait_for(lambda: target.account("line")["stored"] > 0)
            end = time.time() + 2 * SECONDS - 0.5
            while time.time() < end:
                target.process.send_signal(1)
                began = time.perf_counter()
                target.get("/v1/rollups", measurement="tel", field="temp", step="1m", group_by="device",
                           aggregate="avg,p99")
                latencies.append((time.perf_counter() - began) * 1e3)
                time.sleep(0.1)
            sent = finished(sender)
            account = target.settled(sent["datagrams"])
            lost.append(sent["datagrams"] - account["received"])
            seals.append(len(list((target.data / "tables").glob("*/date=*/*.parquet"))))
    note(f"datagrams lost of {rate} a second, sealing, reloading and queried by device", lost, "datagrams", "0")
    note("parts sealed meanwhile", seals, "parts")
    note("such a query, quantiles by device over all rows", [sorted(latencies)[len(latencies) // 2]], "ms, median")


def overload():
    """Offered twice what it can take: what is stored, who loses, what a rollup takes meanwhile."""
    best, kept, hot, quiet, tails, medians, named = [], [], [], [], [], [], []
    options = ["--lines", 18, "--devices", 10_000, "--pass", 4 if SMOKE else 40]
    for _ in range(RUNS):
        with Target() as target:
            sent = traffic("send", target.address(), *options, "--seconds", SECONDS)
            account = target.settled(sent["datagrams"])
            best.append(account["stored"] / sent["elapsed"] / 1e3)
        with Target() as target:
            # Twice that, by a sender that takes little of the processor from what is measured.
            flood = sending("send", target.address(), *options, "--segments", "--rate",
                            int(2 * sent["datagrams"] / sent["elapsed"]), "--seconds", 2 * SECONDS)
            target.wait_for(lambda: target.account("line")["stored"] > 0)
            times, begun = [], time.time()
            while time.time() < begun + 1.5 * SECONDS:
                start = time.perf_counter()
                target.get("/v1/rollups", measurement="tel", field="temp", step="5m", aggregate="avg,min,max,count")
                times.append((time.perf_counter() - start) * 1e3)
            sent = finished(flood)
            account = target.settled(sent["datagrams"])
            blackbox.balanced(target.ask("/v1/ledger"))
            kept.append(account["stored"] / sent["elapsed"] / 1e3)
            hot.append(sent["rows"] / sent["elapsed"] / 1e3)
            times.sort()
            medians.append(times[len(times) // 2])
            tails.append(times[min(len(times) - 1, int(len(times) * 0.99))])
            named.append(account["kernel_dropped"] + sum(account["shed"].values()))
    note("highest rate of one flooding sender: rows stored", best, "thousand rows/s")
    note("overload: rows offered", hot, "thousand rows/s")
    note("overload: rows stored", kept, "thousand rows/s")
    note("overload: of the highest rate", [k / b for k, b in zip(kept, best)], "times", "0.9")
    note("overload: drops and sheds that the ledger names", named, "datagrams and rows")
    note("overload: /v1/rollups, p50", medians, "ms")
    note("overload: /v1/rollups, p99", tails, "ms", "50")
    fairness()


def fairness():
    """Two senders into one flood: the share that each gets in, the loud one's beside the quiet one's."""
    shares = []
    for _ in range(RUNS):
        with Target() as target:
            loud = sending("send", target.address(), "--lines", 18, "--devices", 1_000, "--pass", 10 if SMOKE else 200,
                           "--segments", "--rate", 500_000, "--seconds", SECONDS)
            quiet_sent, quiet_kept = quiet_sender(target)
            loud_sent = finished(loud)
            account = target.settled(loud_sent["datagrams"])
            kept = (account["stored"] - quiet_kept) / max(1, loud_sent["rows"])
            shares.append(quiet_kept / quiet_sent - kept)
    note("the quiet sender's share stored above the loud one's", shares, "of 1")


def quiet_sender(target):
    base = time.time_ns() // 1_000_000_000 * 1_000_000_000
    sent, end = 0, time.time() + 0.8 * SECONDS
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", target.ports["line"]))
        while time.time() < end:
            sender.send(f"quiet,dev=q v={sent}i {base + sent * 1_000_000}".encode())
            sent += 1
            time.sleep(0.001)
    time.sleep(1)
    try:
        answer = target.ask("/v1/rollups", measurement="quiet", field="v", step="1h", aggregate="count",
                            from_="2020-01-01T00:00:00Z", to="2035-01-01T00:00:00Z")
        return sent, sum(bucket["count"] for group in answer["groups"] for bucket in group["buckets"])
    except OSError:
        return sent, 0


def bytes_of_an_hour():
    devices, minutes = (100, 2) if SMOKE else (1_000, 60)
    wanted = devices * minutes * 6 // 10
    with Target() as target:
        subprocess.run(
            [blackbox.BINARY, "simulate", "--target", target.address(), "--flood", "--devices", str(devices),
             "--interval", "1" if SMOKE else "10", "--lines", "10", "--count", str(wanted), "--start",
             str(int(time.time()) // 3600 * 3600 - 7200)], check=True, capture_output=True)
        target.wait_for(lambda: target.account("line")["received"] >= wanted, 60)
        readings = target.account("line")["readings"]
        assert target.stop() == 0
        size = sum(part.stat().st_size for part in target.data.glob("tables/*/date=*/*.parquet")
                   if "rollups" not in str(part))
    note(f"{minutes} minutes of {devices} devices, as sealed: bytes a reading", [size / readings], "B")
