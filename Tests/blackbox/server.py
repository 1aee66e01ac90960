"""Drives the real binary from outside: starts it on free ports, sends datagrams, asks over HTTP, reads its files."""
import contextlib
import itertools
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = pathlib.Path(os.environ.get("THINAI_BINARY") or ROOT / ".build" / "release" / "thinai").resolve()
CAPTURES = pathlib.Path(os.environ.get("THINAI_CAPTURES") or ROOT.parent / "shared" / "captures").resolve()
LONG = os.environ.get("THINAI_LONG") == "1"
SEED = int(os.environ.get("SEED", "1"))
# Nothing is too old: for rows of fixed days.
KEEP = (
    "retention: { readings: 36500d, events: 36500d, rollups_5m: 36500d, rollups_1h: 36500d }\n"
    "time: { oldest: 2010-01-01 }\n"
)


# Ports that nobody is given by the kernel (those begin at 32768), so that none is taken between a server's stop and its
# next start. Each of the workers that test beside each other has a range of its own; tests use 24000 to 25599 as they
# are.
FIRST_PORT, PORTS_A_WORKER, WORKERS = 10_000, 850, 16


def ports_of_this_process():
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
    start = os.getpid() % PORTS_A_WORKER
    for number in itertools.count(start):
        yield FIRST_PORT + worker * PORTS_A_WORKER + number % PORTS_A_WORKER


PORTS = ports_of_this_process()


def free_port(kind):
    """A port that nobody has bound, neither by UDP nor by TCP."""
    for port in itertools.islice(PORTS, PORTS_A_WORKER):
        try:
            for one in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                with socket.socket(socket.AF_INET6, one) as probe:
                    # A server may bind where closed connections linger.
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(one == socket.SOCK_STREAM))
                    probe.bind(("::", port))
        except OSError:
            continue
        return port
    raise AssertionError(f"no free port among {PORTS_A_WORKER}")


class Server:
    """`thinai serve` with a configuration and a data directory of its own."""

    protocols = ("line", "coap", "syslog")
    # Those of the test that runs: where it fails their logs are shown.
    made = []

    def __init__(self, extra="", seal="2s", data=None, lanes=1, environment=None, listeners=None):
        """`listeners` maps names to the rest of their YAML mapping; `PORT` stands for a free port there."""
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="thinai-test-"))
        self.data = pathlib.Path(data) if data else self.home / "data"
        if listeners is None:
            listeners = {name: f'protocol: {name}, listen: "[::]:PORT"' for name in self.protocols}
        self.ports = {name: free_port(socket.SOCK_DGRAM) for name in listeners}
        self.http = free_port(socket.SOCK_STREAM)
        listeners = "".join(
            f'  - {{ name: {name}, {rest.replace("PORT", str(self.ports[name]))} }}\n'
            for name, rest in listeners.items())
        self.config = self.home / "thinai.yaml"
        self.config.write_text(
            f"node: test-01\ndata: {self.data}\nlanes: {lanes}\nhttp: {{ listen: \"127.0.0.1:{self.http}\" }}\n"
            f"listeners:\n{listeners}seal: {{ every: {seal} }}\n{extra}")
        self.environment = {**os.environ, **(environment or {})}
        self.process = None
        self.said = ""
        Server.made.append(self)

    def start(self):
        log = open(self.home / "log", "ab")
        self.process = subprocess.Popen(
            [BINARY, "serve", "--config", self.config], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env=self.environment)
        deadline = time.time() + 60
        while time.time() < deadline:
            assert self.process.poll() is None, "serve ended at start: " + self.log()
            with contextlib.suppress(OSError):
                self.get("/readyz")
                return self
            time.sleep(0.05)
        raise AssertionError("serve was not ready within 60 s: " + self.log())

    def log(self):
        return (self.home / "log").read_text(errors="replace")[-2000:]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(90)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.stop()
            if self.process.poll() is None:
                self.kill()
        with contextlib.suppress(FileNotFoundError):
            self.said = self.log()
        shutil.rmtree(self.home, ignore_errors=True)

    def get(self, path, **query):
        """The body of an answer; `from_` stands for `from`."""
        query = {name.rstrip("_"): value for name, value in query.items()}
        url = f"http://127.0.0.1:{self.http}{path}" + ("?" + urllib.parse.urlencode(query) if query else "")
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.read()

    def ask(self, path, **query):
        return json.loads(self.get(path, **query))

    def problem(self, path, method="GET"):
        """Status, content type and JSON of an answer that must be a refusal."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}", method=method)
        try:
            urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get_content_type(), json.loads(error.read())
        raise AssertionError(f"{method} {path} was not refused")

    def wait_for(self, what, seconds=30):
        deadline = time.time() + seconds
        last = None
        while time.time() < deadline:
            with contextlib.suppress(OSError, KeyError):
                last = what()
                if last:
                    return last
            time.sleep(0.1)
        raise AssertionError(f"did not come about within {seconds} s; last seen {str(last)[:300]}; log: {self.log()}")

    def send(self, protocol, payloads, host="127.0.0.1", pause_every=100):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.connect((host, self.ports[protocol]))
            for number, payload in enumerate(payloads, 1):
                with contextlib.suppress(ConnectionRefusedError):
                    sender.send(payload)
                if number % pause_every == 0:
                    time.sleep(0.002)

    def account(self, name):
        return self.ask("/v1/ledger")["listeners"][name]


def balanced(ledger):
    """Asserts both equations of the ledger, for each listener and in total."""
    assert ledger["balanced"] is True, ledger
    for account in [*ledger["listeners"].values(), ledger["total"]]:
        assert account["received"] == account["decoded"] + sum(account["rejected"].values()), account
        assert account["rows"] + account["events"] == (
            account["stored"] + account["duplicate"] + sum(account["shed"].values())), account
