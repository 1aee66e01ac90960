"""HTTP over TLS: versions, certificates renewed while clients ask, clients known by theirs, and those who never end."""
import contextlib
import http.client
import json
import resource
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
from server import BINARY


@contextlib.contextmanager
def secure(home, authority=None, clients=None, client=None, **rest):
    """A server with a certificate in files `live.pem` and `live.key`."""
    authority = authority or Authority(home)
    for made, live in zip(authority.server(), ("live.pem", "live.key")):
        shutil.copy(made, home / live)
    http = f"certificate: {home}/live.pem, key: {home}/live.key" + (f", client_ca: {clients}" if clients else "")
    with SecureServer(http, context=trusting(authority, client), **rest) as server:
        yield server, authority


def asked(connection, path="/healthz"):
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def serial(server, context=None):
    with socket.create_connection(("127.0.0.1", server.http), 30) as raw:
        with (context or server.context).wrap_socket(raw, server_hostname="localhost") as stream:
            return stream.getpeercert()["serialNumber"]


def s_client(server, *arguments):
    return subprocess.run(
        ["openssl", "s_client", "-connect", f"localhost:{server.http}", *map(str, arguments)], input="",
        capture_output=True, text=True, timeout=60)


@pytest.mark.sanitized
@pytest.mark.needs("openssl", "curl")
def test_versions(home):
    with secure(home) as (server, authority):
        ca = authority.path
        for version in ("1.2", "1.3"):
            run = subprocess.run(
                ["curl", "-sS", "-m", "30", "--cacert", ca, f"--tlsv{version}", "--tls-max", version,
                 f"{server.url}/healthz"], capture_output=True, text=True)
            assert json.loads(run.stdout) == {"status": "alive"}, run.stderr
            flag = "-tls" + version.replace(".", "_")
            said = s_client(server, "-CAfile", ca, "-verify_return_error", "-verify_hostname", "localhost", flag)
            assert "Verify return code: 0" in said.stdout, said.stdout + said.stderr
            # Whoever gets the key one day cannot read what was recorded before.
            assert "ECDHE" in said.stdout or "TLS_AES" in said.stdout or "TLS_CHACHA" in said.stdout, said.stdout
        for flags in (
                ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], ["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
                ["-tls1_2", "-cipher", "AES128-SHA"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"],
                ["-tls1_2", "-cipher", "NULL:aNULL:@SECLEVEL=0"]):
            said = s_client(server, *flags)
            assert said.returncode != 0 and "BEGIN CERTIFICATE" not in said.stdout, (flags, said.stdout)


def test_what_is_no_tls_is_not_answered(home):
    with secure(home) as (server, _):
        for text in (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"\x80\x2e\x01\x00\x02", bytes(range(256)) * 40):
            with socket.create_connection(("127.0.0.1", server.http), 30) as plain:
                plain.sendall(text)
                said = b""
                with contextlib.suppress(ConnectionError):
                    while more := plain.recv(4096):
                        said += more
                assert b"HTTP/" not in said and b"alive" not in said, said
        assert asked(server.connection()) == 200


def test_all_that_is_answered_without_tls_is_with_it(home):
    """Long answers, compressed ones, streams, methods, refusals."""
    with secure(home, seal="500ms") as (server, _):
        now = int(time.time()) - 600
        rows = [f"w,device=d{n % 50} v={n}i {now + n // 50}000000000".encode() for n in range(20_000)]
        server.send("line", rows)
        server.wait_for(lambda: server.account("line")["stored"] == 20_000)
        text = server.get("/v1/devices/d7/readings", measurement="w", format="csv", limit=10_000)
        assert text.count(b"\n") == 401
        connection = server.connection()
        connection.request("GET", "/v1/devices?limit=10000", headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        assert answer.status == 200 and answer.read()[:2] == b"\x1f\x8b"
        connection.request("GET", "/v1/nothing")
        answer = connection.getresponse()
        assert answer.status == 404 and json.loads(answer.read())["status"] == 404
        connection.request("GET", "/v1/" + "a" * 100_000)
        assert connection.getresponse().status == 414
        stream = server.connection()
        stream.request("GET", "/v1/stream?measurement=w&step=1m")
        answer = stream.getresponse()
        assert answer.status == 200 and answer.headers.get_content_type() == "text/event-stream"
        assert answer.readline()
        stream.close()


@pytest.mark.sanitized
def test_a_certificate_is_renewed_while_clients_ask(home):
    with secure(home) as (server, authority):
        pairs = [authority.server(f"pair{n}") for n in range(6)]
        failures, answers, stops = [], [], threading.Event()

        def keep():
            connection = server.connection()
            while not stops.is_set():
                try:
                    answers.append(asked(connection, "/v1/areas"))
                except (OSError, http.client.HTTPException) as failure:
                    failures.append(failure)
                    return

        def anew():
            while not stops.is_set():
                try:
                    connection = server.connection()
                    answers.append(asked(connection))
                    connection.close()
                except (OSError, http.client.HTTPException) as failure:
                    failures.append(failure)
                    return

        threads = [threading.Thread(target=work) for work in (keep, keep, anew, anew)]
        for thread in threads:
            thread.start()
        shown = serial(server)
        for pair in pairs:
            for made, live in zip(pair, ("live.pem", "live.key")):
                shutil.copy(made, home / "next")
                (home / "next").rename(home / live)
            server.process.send_signal(signal.SIGHUP)
            before = shown
            server.wait_for(lambda: serial(server) != before)
            shown = serial(server)
        # Half a pair: what was in force stays.
        shutil.copy(pairs[0][0], home / "live.pem")
        server.process.send_signal(signal.SIGHUP)
        server.wait_for(lambda: "the certificate in force stays" in server.log())
        assert serial(server) == shown
        stops.set()
        for thread in threads:
            thread.join()
        assert not failures and len(answers) > 100 and set(answers) == {200}, (failures, len(answers))


def test_clients_are_known_by_their_certificates(home):
    authority = Authority(home)
    other = Authority(home / "other", "another authority")
    client, stranger = authority.client("ioc-page"), other.client("ioc-page")
    with secure(home, authority, clients=authority.path, client=client) as (server, _):
        assert asked(server.connection()) == 200
        for shown in (None, stranger):
            with pytest.raises((OSError, http.client.HTTPException)):
                asked(server.connection(trusting(authority, shown)))
        # A session that is taken up again is the same client's.
        context = trusting(authority, client)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        session = None
        for _ in range(3):
            with socket.create_connection(("localhost", server.http), 30) as raw:
                with context.wrap_socket(raw, server_hostname="localhost", session=session) as stream:
                    stream.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    assert stream.recv(4096).startswith(b"HTTP/1.1 200"), session
                    session = stream.session


def test_who_never_finishes_a_handshake_leaves(home):
    with secure(home) as (server, _):
        silent = [socket.create_connection(("127.0.0.1", server.http), 90) for _ in range(50)]
        slow = socket.create_connection(("127.0.0.1", server.http), 90)
        # Octet by octet, the beginning of a greeting.
        with contextlib.suppress(OSError):
            for octet in b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200):
                slow.sendall(bytes([octet]))
                slow.settimeout(0.5)
                with contextlib.suppress(TimeoutError):
                    assert not slow.recv(1)
                    break
        for connection in silent:
            with contextlib.suppress(ConnectionError):
                assert connection.recv(1) == b""
            connection.close()
        slow.close()
        assert asked(server.connection()) == 200


def test_idle_connections_leave_for_newcomers(home):
    """With few descriptors; whoever leaves is waited for by nobody, be it secure or not yet."""
    authority = Authority(home)
    certificate, key = authority.server()
    server = SecureServer(f"certificate: {certificate}, key: {key}", context=trusting(authority))
    idle = []
    try:
        with open(server.home / "log", "ab") as log:
            server.process = subprocess.Popen(
                [BINARY, "serve", "--config", server.config], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200)))
        server.wait_for(lambda: server.get("/healthz"))
        for number in range(300):
            connection = socket.create_connection(("127.0.0.1", server.http), 30)
            if number % 2:
                connection = server.context.wrap_socket(connection, server_hostname="localhost")
            idle.append(connection)
            if number % 30 == 29:
                assert asked(server.connection()) == 200
        text = server.get("/metrics").decode()
        assert "\nthinai_http_handshakes_failed_total" in text
        assert float(text.split("\nthinai_http_connections_turned_away_total ")[1].split("\n")[0]) > 200
    finally:
        for connection in idle:
            connection.close()
        server.__exit__()


def test_faults_are_told_by_name(home):
    authority = Authority(home)
    certificate, key = authority.server()
    _, wrong = authority.server("wrong")
    (home / "empty.pem").write_text("")
    for http_keys, fault in (
            (f"certificate: {home}/none.pem, key: {key}", f"cannot read certificate {home}/none.pem: No such file"),
            (f"certificate: {certificate}, key: {home}/none.key", f"cannot read key {home}/none.key: No such file"),
            (f"certificate: {home}/empty.pem, key: {key}", f"cannot read certificate {home}/empty.pem: "),
            (f"certificate: {certificate}, key: {certificate}", f"cannot read key {certificate}: "),
            (f"certificate: {certificate}, key: {wrong}", f"cannot use certificate {certificate} with key {wrong}: "),
            (f"certificate: {certificate}, key: {key}, client_ca: {key}", f"cannot read client_ca {key}: "),
            (f"certificate: {certificate}", "http.certificate: its key is missing")):
        server = SecureServer(http_keys)
        try:
            for command in (["check-config", server.config], ["serve", "--config", server.config]):
                run = subprocess.run(
                    [BINARY, *command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
                assert run.returncode == 2 and fault in run.stdout + run.stderr, (command, run)
        finally:
            server.__exit__()
    server = SecureServer(f"certificate: {certificate}, key: {key}")
    run = subprocess.run([BINARY, "check-config", server.config], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0 and f"{certificate}: valid until " in run.stdout, run
    server.__exit__()


def test_the_command_line_asks_over_tls(home):
    with secure(home) as (server, authority):
        command = [BINARY, "query", "--url", server.url, "devices"]
        run = subprocess.run([*command, "--ca", authority.path], capture_output=True, text=True, timeout=60)
        assert run.returncode == 0 and "devices" in json.loads(run.stdout), run
        environment = {"PATH": "/usr/bin:/bin", "THINAI_CA": str(authority.path)}
        run = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
        assert run.returncode == 0 and "devices" in json.loads(run.stdout), run
        run = subprocess.run(command, capture_output=True, text=True, timeout=60, env={"PATH": "/usr/bin:/bin"})
        assert run.returncode == 1 and "cannot ask" in run.stderr, run
        run = subprocess.run([*command, "--ca", "/nowhere"], capture_output=True, text=True, timeout=60)
        assert run.returncode == 2 and "cannot read ca /nowhere" in run.stderr, run
