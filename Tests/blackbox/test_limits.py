"""What the process may have: descriptors, ports, threads; what it leaves behind when it crashes; what it cannot
read."""

import json
import resource
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from server import BINARY, Server


def limited(files):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))


def run_with(server, files):
    """`serve` with so few open files; what it said, and how it ended."""
    process = subprocess.run(
        [BINARY, "serve", "--config", server.config], stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
        preexec_fn=limited(files))
    return process.returncode, (process.stdout + process.stderr).decode()


def test_a_crash_ends_the_process_at_once(server):
    """And nobody keeps its sockets: the same ports are taken by the next start."""
    keeper = socket.create_connection(("127.0.0.1", server.http))
    keeper.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert keeper.recv(100)
    server.process.send_signal(signal.SIGSEGV)
    assert server.process.wait(5) == -signal.SIGSEGV
    server.start()
    assert json.loads(server.get("/healthz")) == {"status": "alive"}
    keeper.close()


def test_too_few_descriptors_are_told_at_start():
    server = Server()
    try:
        for files in (24, 40, 64, 96):
            status, said = run_with(server, files)
            assert status == 1 and "cannot" in said, (files, status, said)
            assert "Fatal" not in said and "open files" in said.lower(), (files, said)
    finally:
        server.__exit__()


def test_idle_connections_take_no_descriptors_from_rows():
    server = Server(seal="500ms")
    log = open(server.home / "log", "ab")
    server.process = subprocess.Popen(
        [BINARY, "serve", "--config", server.config], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        preexec_fn=limited(200))
    idle = []
    try:
        server.wait_for(lambda: server.get("/readyz"))
        for _ in range(400):
            idle.append(socket.create_connection(("127.0.0.1", server.http), timeout=5))
        server.send("line", [b"kept,device=d%d v=%d" % (n % 5, n) for n in range(500)])
        server.wait_for(lambda: server.account("line")["stored"] == 500)
        server.wait_for(lambda: list((server.data / "tables" / "kept").glob("date=*/*.parquet")))
        assert json.loads(server.get("/readyz")) == {"status": "ready"}
        assert not any(server.account("line")["shed"].values())
        open_files = len(list(__import__("pathlib").Path(f"/proc/{server.process.pid}/fd").iterdir()))
        assert open_files <= 200 - 40, open_files
        assert server.stop() == 0
    finally:
        for connection in idle:
            connection.close()
        server.__exit__()


def test_a_second_server_on_a_port_names_the_first():
    with Server() as first:
        second = Server()
        second.config.write_text(second.config.read_text().replace(f":{second.http}\"", f":{first.http}\""))
        process = subprocess.run(
            [BINARY, "serve", "--config", second.config], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        said = (process.stdout + process.stderr).decode()
        assert process.returncode == 1, said
        assert f"127.0.0.1:{first.http}" in said and f"process {first.process.pid}" in said, said
        assert json.loads(first.get("/healthz")) == {"status": "alive"}
        second.__exit__()


def answer(server, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.http}{path}", timeout=30) as found:
            return found.status, found.headers, json.loads(found.read())
    except urllib.error.HTTPError as error:
        return error.code, error.headers, json.loads(error.read())


@pytest.mark.server(seal="300ms")
def test_lists_name_what_cannot_be_read(server):
    now = int(time.time()) - 60
    server.send("line", [b"%s,device=d1 v=%d %d000000000" % (name, n, now + n)
                         for name in (b"rain", b"wind") for n in range(20)])
    server.wait_for(lambda: all(list((server.data / "tables" / name).glob("date=*/*.parquet"))
                                for name in ("rain", "wind")))
    server.stop()
    for log in (server.data / "tables" / "rain" / "_delta_log").glob("*.json"):
        log.write_bytes(b"this is no log\n")
    server.start()
    for path in ("/v1/latest", "/v1/devices", "/v1/quality", "/v1/availability", "/v1/changes?since=0",
                 "/v1/measurements"):
        status, headers, body = answer(server, path)
        assert status == 200 and [m["table"] for m in body["missing"]] == ["rain"], (path, body)
        assert headers["Missing-Tables"] == "rain" and str(server.data) not in json.dumps(body)
    status, _, body = answer(server, "/v1/latest?device=d1")
    assert [row["measurement"] for row in body["rows"]] == ["wind"]
    # What is asked of one table alone is never quietly shorter.
    for path in ("/v1/rollups?measurement=rain&field=v&step=1m", "/v1/devices/d1/readings?measurement=rain"):
        status, _, body = answer(server, path)
        assert status >= 500 and "rain" in body["detail"] and str(server.data) not in body["detail"], body
    status, _, body = answer(server, "/v1/rollups?measurement=wind&field=v&step=1m")
    assert status == 200 and "missing" not in body


@pytest.mark.server(environment={"THINAI_FAULTS": "fdatasync:EIO:after=3:times=4:path=journal"})
def test_a_node_that_sheds_is_not_ready(server):
    """It says so for a while, however seldom somebody asks, and by which reason."""
    refused = None
    for n in range(200):
        server.send("line", [b"gone,device=d v=%d" % n])
        status, _, body = answer(server, "/readyz")
        if status == 503:
            refused = body["detail"]
            if "sheds rows" in refused:
                break
        time.sleep(0.05)
    assert refused and "journal_failed" in refused, refused
    for _ in range(20):
        status, _, body = answer(server, "/readyz")
        assert status == 503 and "journal_failed" in body["detail"], body
        time.sleep(0.05)
