"""What HTTP costs before anything is asked: NIO alone, this server's answer that needs no data, a peer's, in turns."""
import contextlib
import shutil
import socket
import statistics
import subprocess
import time

import measure
import peers
import queries
from measure import SMOKE, Target, note, section

TURNS = 2 if SMOKE else 10
BYTES = 400


@contextlib.contextmanager
def bare():
    """NIO's HTTP/1 with a fixed answer; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([measure.BUILT / "floor", str(port), str(BYTES)])
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


def run():
    section("HTTP by itself, one connection that is kept, in turns")
    with contextlib.ExitStack() as stack:
        target = stack.enter_context(Target())
        lines = [f"tel,dev=d{number} temp={number}.5" for number in range(60)]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.sendto("\n".join(lines).encode(), ("127.0.0.1", target.ports["line"]))
        target.settled(1)
        asked = {
            "NIO's HTTP/1 alone": (stack.enter_context(bare()), "/"),
            "ThiNai, /healthz": (target.http, "/healthz"),
            "ThiNai, /v1/latest of one device": (target.http, "/v1/latest?measurement=tel&device=d1"),
        }
        if shutil.which(peers.VictoriaMetrics.program):
            asked["VictoriaMetrics, /health"] = (stack.enter_context(peers.VictoriaMetrics()).http, "/health")
        taken = {what: [] for what in asked}
        for _ in range(TURNS):
            for what, (port, path) in asked.items():
                _, times = queries.ask(port, path, times=queries.ASKED, least=0)
                taken[what].append(statistics.median(times) * 1e3)
        for what, medians in taken.items():
            note(f"{what}: p50", medians, "µs")


if __name__ == "__main__":
    run()
