"""Certificates are renewed again and again under load, and nobody's request fails."""
import collections
import contextlib
import json
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest

from certificates import Authority
from secure_server import SecureServer, trusting
from server import LONG
from test_http_write import made_tokens
from test_tls import asked, serial

RENEWALS = 30 if LONG else 8


def contexts(authority, client):
    """Clients of TLS 1.2 and of 1.3, by turns."""
    made = []
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = trusting(authority, client)
        context.minimum_version = context.maximum_version = version
        made.append(context)
    return made


class Load:
    """Clients in threads, each of which goes on until it is told to stop; what failed, and what was answered."""

    def __init__(self, server, authority, client):
        self.server, self.authority, self.client = server, authority, client
        self.contexts = contexts(authority, client)
        self.failures, self.answers, self.stops = [], collections.Counter(), threading.Event()
        work = [self.keep] * 4 + [self.anew] * 4 + [self.write] * 2 + [self.curl] * 2
        self.threads = [
            threading.Thread(target=self.until_stopped, args=(one, number)) for number, one in enumerate(work)]

    def until_stopped(self, work, number):
        with contextlib.ExitStack() as stack:
            turn = work(self.contexts[number % 2], number, stack)
            while not self.stops.is_set():
                try:
                    status = next(turn)
                except Exception as failure:  # Whatever it is, somebody's request failed.
                    self.failures.append((work.__name__, repr(failure)))
                    return
                self.answers[work.__name__, status] += 1

    def keep(self, context, number, stack):
        """One connection throughout."""
        connection = stack.enter_context(contextlib.closing(self.server.connection(context)))
        while True:
            yield asked(connection, "/v1/areas" if number % 4 < 2 else "/openapi.yaml")

    def anew(self, context, number, stack):
        """A connection for each request; every other one takes up the session of the one before."""
        session = None
        while True:
            with socket.create_connection(("localhost", self.server.http), 30) as raw:
                with context.wrap_socket(raw, server_hostname="localhost", session=session) as stream:
                    stream.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    said = b""
                    while more := stream.recv(4_096):
                        said += more
                    session = stream.session if number % 4 < 2 else None
            assert json.loads(said.partition(b"\r\n\r\n")[2]) == {"status": "alive"}, said
            yield int(said.split()[1])

    def write(self, context, number, stack):
        connection, count = stack.enter_context(contextlib.closing(self.server.connection(context))), 0
        while True:
            count += 1
            lines = "".join(f"load,device=w{number} v={count}i {1_764_000_000 + count * 50 + n}\n" for n in range(50))
            connection.request("POST", "/write?precision=s", lines.encode())
            answer = connection.getresponse()
            answer.read()
            yield answer.status

    def curl(self, context, number, stack):
        version = "1.2" if number % 2 else "1.3"
        certificate = ["--cert", self.client[0], "--key", self.client[1]] if self.client else []
        while True:
            run = subprocess.run(
                ["curl", "-sS", "-m", "30", "--cacert", self.authority.path, f"--tlsv{version}", "--tls-max", version,
                 *certificate, "-w", "%{http_code}", "-o", "/dev/null", f"{self.server.url}/healthz"],
                capture_output=True, text=True)
            assert run.returncode == 0, run.stderr
            yield int(run.stdout)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stops.set()
        for thread in self.threads:
            thread.join(60)


def half_begun(server, context):
    """A connection whose greeting is on its way, and that goes on when it is told to."""
    raw = socket.create_connection(("localhost", server.http), 30)
    stream = context.wrap_socket(raw, server_hostname="localhost", do_handshake_on_connect=False)
    stream.setblocking(False)
    with contextlib.suppress(ssl.SSLWantReadError):
        stream.do_handshake()

    def finish():
        stream.setblocking(True)
        stream.settimeout(30)
        stream.do_handshake()
        stream.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        said = stream.recv(4_096)
        stream.close()
        return int(said.split()[1])

    return finish


@pytest.mark.lengthy
@pytest.mark.needs("curl")
@pytest.mark.parametrize("mutual", [False, True], ids=["server", "mutual"])
def test_renewals_under_load_fail_nobody(home, mutual):
    authority = Authority(home)
    client = authority.client("ioc-page") if mutual else None
    for made, live in zip(authority.server(), ("live.pem", "live.key")):
        shutil.copy(made, home / live)
    keys = f"certificate: {home}/live.pem, key: {home}/live.key"
    if mutual:
        keys += f", client_ca: {authority.path}"
    server = SecureServer(keys, context=trusting(authority, client))
    if mutual:
        # Who shows a certificate is who has the token of its name.
        made_tokens(server, **{"ioc-page": ["--scope", "admin"]})
    with server, Load(server, authority, client) as load:
        stream = server.connection()
        stream.request("GET", "/v1/stream")
        events = stream.getresponse()
        assert events.readline() == b": thinai\n"
        seen = [serial(server)]
        for number in range(RENEWALS):
            finish = half_begun(server, load.contexts[number % 2])
            for made, live in zip(authority.server(f"pair{number}"), ("live.pem", "live.key")):
                shutil.copy(made, home / "next")
                (home / "next").rename(home / live)
            server.process.send_signal(signal.SIGHUP)
            server.wait_for(lambda: serial(server) not in seen)
            seen.append(serial(server))
            # Who was shaking hands when it was renewed comes through as well.
            assert finish() == 200
            time.sleep(0.3)
        # The stream is the same as at the beginning, and tells of what comes now.
        server.send("line", [b"told,device=d1 v=1"])
        while b'"measurement":"told"' not in events.readline():
            pass
        stream.close()
        load.stops.set()
        for thread in load.threads:
            thread.join(60)
        assert not load.failures, load.failures
        counts = collections.Counter()
        for (work, status), count in load.answers.items():
            assert status == (204 if work == "write" else 200), load.answers
            counts[work] += count
        assert all(counts[work] > 2 * RENEWALS for work in ("keep", "anew", "write", "curl")), counts
        assert len(set(seen)) == RENEWALS + 1
        text = server.get("/metrics").decode()
        assert "\nthinai_http_handshakes_failed_total 0\n" in text, [
            line for line in text.splitlines() if "handshakes" in line]
        print(f"{RENEWALS} renewals, {dict(counts)} answers, none failed")
