"""Clients that do a server harm, and those who suffer from it, each in a process of its own.

`python hostile_clients.py KIND PORT [PATH] COUNT` goes on until its standard input ends, and then prints what it saw as
one line of JSON.
"""
import asyncio
import contextlib
import json
import resource
import socket
import subprocess
import sys
import threading
import time

MORE_OF_A_HEAD = b"X-Slow: a\r\n"


class Clients:
    """One of these processes."""

    def __init__(self, kind, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, __file__, kind, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        assert self.process.stdout.readline() == "begun\n", kind

    def finish(self):
        """What it saw."""
        said, _ = self.process.communicate(timeout=120)
        return json.loads(said)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


async def connected(port, receive_buffer=None):
    raw = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if receive_buffer:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", port))
    return raw


class Slow:
    """Heads that come octet by octet and never end; whoever is thrown out comes again."""

    def __init__(self, port, count):
        self.port, self.count, self.thrown_out = int(port), int(count), 0

    async def one(self, number):
        loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(OSError):
                raw = await connected(self.port)
                with contextlib.closing(raw):
                    await loop.sock_sendall(raw, b"GET /v1/devices HTTP/1.1\r\nHost: x\r\n")
                    for octet in (MORE_OF_A_HEAD * 10_000):
                        await asyncio.sleep(0.2 + number % 10 / 50)
                        await loop.sock_sendall(raw, bytes([octet]))
            self.thrown_out += 1
            await asyncio.sleep(0.1)

    def seen(self):
        return {"thrown_out": self.thrown_out}


class Idle:
    """Connections that say nothing."""

    def __init__(self, port, count):
        self.port, self.count, self.open, self.gone = int(port), int(count), 0, 0

    async def one(self, _):
        loop = asyncio.get_running_loop()
        while True:
            raw = await connected(self.port)
            with contextlib.closing(raw), contextlib.suppress(OSError):
                self.open += 1
                await loop.sock_recv(raw, 1)
            self.open -= 1
            self.gone += 1

    def seen(self):
        return {"open": self.open, "gone": self.gone}


class Deaf:
    """Who asks for much and never reads."""

    def __init__(self, port, path, count):
        self.port, self.path, self.count, self.asked = int(port), path, int(count), 0

    async def one(self, _):
        loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(OSError):
                raw = await connected(self.port, receive_buffer=4_096)
                with contextlib.closing(raw):
                    await loop.sock_sendall(raw, f"GET {self.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                    self.asked += 1
                    # Until the server has had enough of it: a socket that nobody reads tells of that when it is
                    # written to.
                    for _ in range(60):
                        await asyncio.sleep(0.5)
                        await loop.sock_sendall(raw, b"\r\n")
            await asyncio.sleep(0.05)

    def seen(self):
        return {"asked": self.asked}


class Asking:
    """Who asks again and again, and reads the whole answer."""

    def __init__(self, port, path, count):
        self.port, self.path, self.count = int(port), path, int(count)
        self.statuses, self.octets = {}, 0

    async def one(self, _):
        loop = asyncio.get_running_loop()
        while True:
            status = "none"
            with contextlib.suppress(OSError):
                raw = await connected(self.port)
                with contextlib.closing(raw):
                    request = f"GET {self.path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                    await loop.sock_sendall(raw, request.encode())
                    first = await loop.sock_recv(raw, 1 << 20)
                    status = first[9:12].decode() or "none"
                    self.octets += len(first)
                    while more := await loop.sock_recv(raw, 1 << 20):
                        self.octets += len(more)
            self.statuses[status] = self.statuses.get(status, 0) + 1

    def seen(self):
        return {"statuses": self.statuses, "octets": self.octets}


class Probe:
    """Asks `/healthz`, over a connection that stays and over new ones in turn; milliseconds of each answer."""

    count = 1

    def __init__(self, port, count):
        self.port, self.millis, self.failures = int(port), [], []

    def ask(self, raw):
        raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = raw.recv(4_096)
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise OSError(f"answered {answer[:40]}")

    def run(self):
        kept = None
        while True:
            for is_kept in (True, False):
                began = time.perf_counter()
                try:
                    if is_kept:
                        kept = kept or socket.create_connection(("127.0.0.1", self.port), 30)
                        self.ask(kept)
                    else:
                        with socket.create_connection(("127.0.0.1", self.port), 30) as raw:
                            self.ask(raw)
                    self.millis.append((time.perf_counter() - began) * 1e3)
                except OSError as failure:
                    self.failures.append(f"{'kept' if is_kept else 'new'}: {failure!r}")
                    kept = None if is_kept else kept
                time.sleep(0.02)

    def seen(self):
        return {"millis": self.millis, "failures": self.failures}


class Sender:
    """Lines by UDP at an even rate, each with a time and a value of its own."""

    count = 1

    def __init__(self, port, rate):
        self.port, self.rate, self.sent, self.stops = int(port), int(rate), 0, threading.Event()

    def run(self):
        start = int(time.time()) - 3_600
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
            raw.connect(("127.0.0.1", self.port))
            began = time.monotonic()
            while not self.stops.is_set():
                for _ in range(max(1, self.rate // 100)):
                    device, at = self.sent % 200, start + self.sent // 200
                    raw.send(f"live,device=l{device} v={self.sent}i {at}000000000".encode())
                    self.sent += 1
                time.sleep(max(0, began + self.sent / self.rate - time.monotonic()))

    def seen(self):
        self.stops.set()
        time.sleep(0.1)
        return {"sent": self.sent}


KINDS = {"slow": Slow, "idle": Idle, "deaf": Deaf, "asking": Asking, "probe": Probe, "sender": Sender}


async def all_of(clients, ended):
    tasks = []
    for number in range(clients.count):
        tasks.append(asyncio.create_task(clients.one(number)))
        if number % 50 == 49:
            await asyncio.sleep(0.02)
    print("begun", flush=True)
    while not ended.is_set():
        await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    seen = clients.seen()
    await asyncio.gather(*tasks, return_exceptions=True)
    return seen


def main():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    clients = KINDS[sys.argv[1]](*sys.argv[2:])
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    if hasattr(clients, "run"):
        threading.Thread(target=clients.run, daemon=True).start()
        print("begun", flush=True)
        ended.wait()
        seen = clients.seen()
    else:
        seen = asyncio.run(all_of(clients, ended))
    print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    main()
