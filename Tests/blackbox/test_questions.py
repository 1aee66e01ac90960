"""Many questions at once, and clients that leave or do not read: the node lives, answers others and keeps its
memory."""

import contextlib
import gzip
import http.client
import json
import pathlib
import re
import socket
import time
import urllib.parse

import pytest



BEGIN = int(time.time()) // 3600 * 3600 - 7200
DEVICES, ROWS = 4_000, 120_000
# Twenty-four answers that nobody reads would be twice as much, and none of it would be given back.
MOST = 512 << 20


def heavy(**more):
    """A question that works for a while, with an answer of some twenty megabytes."""
    wanted = {
        "measurement": "air", "field": "v", "step": "1m", "group_by": "device",
        "aggregate": "avg,min,max,sum,count,first,last,stddev,p50,p95,increase",
        "from": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(BEGIN - 60)),
        "to": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(BEGIN + 7200)), **more}
    return "/v1/rollups?" + urllib.parse.urlencode(wanted)


def load(server):
    lines = [f"air,device=d{n % DEVICES} v={n % 977}.5 {BEGIN + n // DEVICES * 60}000000000" for n in range(ROWS)]
    for start in range(0, ROWS, 4_000):
        server.send(
            "line", ["\n".join(lines[i : i + 40]).encode() for i in range(start, start + 4_000, 40)], pause_every=20
        )
        server.wait_for(lambda: server.account("line")["stored"] >= start + 4_000)
    # A large answer, whoever reads it: that is what the rest of these checks is about.
    assert len(server.get(heavy())) > 10 << 20


def ask(server, path, version="1.1", receive=None):
    """A connection on which a question was asked, and nothing read."""
    client = socket.socket()
    if receive:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    client.connect(("127.0.0.1", server.http))
    client.sendall(f"GET {path} HTTP/{version}\r\nHost: x\r\n\r\n".encode())
    return client


def resident(server):
    text = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) << 10


def figure(server, name):
    """The sum of a metric's samples."""
    found = re.findall(rf"^{name}(?:{{[^}}]*}})? ([0-9.e+]+)$", server.get("/metrics").decode(), re.M)
    return sum(map(float, found))


def under_way(server):
    return figure(server, "thinai_http_questions_running") + figure(server, "thinai_http_questions_waiting")


@pytest.mark.serial("measures memory under load")
@pytest.mark.server(seal="1h")
def test_questions(server):
    load(server)
    clients_that_left_cost_nothing(server)
    clients_that_do_not_read_keep_nothing(server)
    every_client_gets_the_whole(server)
    few_turns_many_questions(server)
    assert server.stop() == 0


def clients_that_left_cost_nothing(server):
    clients = [ask(server, heavy()) for _ in range(32)]
    server.wait_for(lambda: figure(server, "thinai_http_questions_running") > 0)
    for client in clients:
        client.close()
    # The node answers for itself although questions are under way, and those end without being worked on.
    assert json.loads(server.get("/healthz")) == {"status": "alive"}
    server.wait_for(lambda: under_way(server) == 0)
    assert server.get("/v1/latest?measurement=air&limit=5")


def clients_that_do_not_read_keep_nothing(server):
    start = resident(server)
    clients = [ask(server, heavy(), receive=4_096) for _ in range(24)]
    try:
        server.wait_for(lambda: under_way(server) == 0, 60)
        assert json.loads(server.get("/readyz")) == {"status": "ready"}
        assert len(json.loads(server.get("/v1/latest?measurement=air&limit=5"))["rows"]) == 5
        assert figure(server, "thinai_http_answer_bytes") <= 128 << 20
        assert resident(server) - start < MOST, f"memory rose by {(resident(server) - start) >> 20} MiB"
    finally:
        for client in clients:
            client.close()
    server.wait_for(lambda: figure(server, "thinai_http_answer_bytes") == 0)


def every_client_gets_the_whole(server):
    """Whole or in pieces, packed or not, of HTTP/1.0 or 1.1, one after the other on one connection."""
    plain = json.loads(server.get(heavy()))
    assert sum(len(group["buckets"]) for group in plain["groups"]) == ROWS and len(plain["groups"]) == DEVICES

    connection = http.client.HTTPConnection("127.0.0.1", server.http, timeout=60)
    for path in [heavy(), "/healthz", heavy(format="csv"), "/v1/latest?measurement=air&limit=10000"]:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        assert answer.status == 200
        if path == heavy():
            assert json.loads(body)["groups"] == plain["groups"]
        if "csv" in path:
            assert body.count(b"\r\n") == ROWS + 1
        if "latest" in path:
            assert len(json.loads(body)["rows"]) == DEVICES
    connection.request("HEAD", heavy())
    answer = connection.getresponse()
    assert answer.status == 200 and answer.read() == b""
    connection.close()

    # An old client knows no chunks: its body ends with the connection.
    client = ask(server, heavy(), version="1.0")
    head, body = read_all(client).split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.0 200") and b"transfer-encoding" not in head.lower()
    assert json.loads(body)["groups"] == plain["groups"]

    # Of one that says that it asks no more, a small answer comes all the same.
    client = ask(server, "/v1/latest?measurement=air&limit=1")
    client.shutdown(socket.SHUT_WR)
    assert read_all(client).startswith(b"HTTP/1.1 200")

    # Asked one after the other without waiting, answered in that order.
    client = ask(server, "/v1/latest?measurement=air&limit=2000")
    client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    text = read_all(client)
    assert text.rstrip().endswith(b'{"status":"alive"}') and text.count(b"HTTP/1.1 200") == 2


def read_all(client):
    client.settimeout(60)
    pieces = []
    with contextlib.suppress(ConnectionResetError):
        while piece := client.recv(1 << 20):
            pieces.append(piece)
    client.close()
    return b"".join(pieces)


def few_turns_many_questions(server):
    """More than may wait: some are told to come again, by a problem, and nobody is told anything else."""
    clients = [ask(server, heavy(aggregate="count,p50", field="v")) for _ in range(120)]
    try:
        server.wait_for(lambda: figure(server, "thinai_http_questions_refused_total") > 0)
        assert json.loads(server.get("/healthz")) == {"status": "alive"}
    finally:
        refused = 0
        for client in reversed(clients):
            client.settimeout(0.2)
            with contextlib.suppress(OSError):
                head = client.recv(4_096)
                if head.startswith(b"HTTP/1.1 503"):
                    refused += 1
                    assert b"retry-after:" in head.lower() and b"urn:thinai:problem:busy" in head
                else:
                    assert head.startswith(b"HTTP/1.1 200"), head
            client.close()
            if refused >= 3:
                break
        for client in clients:
            client.close()
    assert refused >= 3
    server.wait_for(lambda: under_way(server) == 0)


def test_sockets_stay_with_the_process(server):
    """What a child would inherit stays bound after this process: nothing is inherited."""
    keeper = ask(server, "/healthz")
    assert keeper.recv(100)
    folder = pathlib.Path(f"/proc/{server.process.pid}/fdinfo")
    inherited = []
    for descriptor in folder.iterdir():
        flags = int(re.search(r"flags:\s+(\d+)", descriptor.read_text())[1], 8)
        if int(descriptor.name) > 2 and not flags & 0o2000000:
            inherited.append((folder.parent / "fd" / descriptor.name).readlink())
    assert not inherited, inherited
    keeper.close()
