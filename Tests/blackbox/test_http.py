"""HTTP itself: what is refused before any route, names that nothing knows, and CSV that a spreadsheet opens."""
import csv
import email.utils
import http.client
import io
import json
import socket
import time

import pytest

from server import balanced


def talk(server, data, wait=3):
    """What comes over a bare connection; ends with <open> where the server left it so."""
    out = b""
    with socket.create_connection(("127.0.0.1", server.http), timeout=wait) as connection:
        try:
            connection.sendall(data)
            while piece := connection.recv(65536):
                out += piece
            return out
        except TimeoutError:
            return out + b"<open>"


def request(line, *headers, host="Host: x"):
    return "\r\n".join([line, *([host] if host else []), *headers, "", ""]).encode()


def refused(answer, status, body=True):
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode()), answer[:200]
    assert b"content-type: application/problem+json" in head.lower() and b"\r\ndate: " in head.lower(), head
    if body:
        assert json.loads(rest)["status"] == status, rest
    else:
        assert rest == b"", rest


def test_what_is_no_http(server):
    for line, headers, status in (
            ("GET /healthz HTTP/1.1", ["Bad Header: x"], 400), ("GET /health\0z HTTP/1.1", [], 400),
            ("GET /v1/devices/a b HTTP/1.1", [], 400), ("GET /healthz", [], 505), ("GET /healthz HTTP/3.7", [], 505),
            ("GET /healthz HTTP/1.1", ["Content-Length: x"], 400),
            ("GET /healthz HTTP/1.1", ["Content-Length: 1", "Content-Length: 2"], 400),
            ("GET /healthz HTTP/1.1", ["Transfer-Encoding: bogus"], 400),
            ("GET /healthz HTTP/1.1", [f"X-{number}: y" for number in range(1_200)], 431),
            ("GET /v1/latest?device=" + "x" * 300_000 + " HTTP/1.1", [], 414),
            ("GET /healthz HTTP/1.1", ["X-Big: " + "y" * 100_000], 431),
            ("PRI * HTTP/2.0", ["", "SM"], 505)):
        answer = talk(server, request(line, *headers))
        refused(answer, status)
        assert not answer.endswith(b"<open>"), line[:80]
    refused(talk(server, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"), 400)
    # A client that is still writing hears of it.
    refused(talk(server, b"GET /" + b"x" * 4_000_000), 414)
    assert server.get("/healthz")


def test_host_and_date(server):
    close = "Connection: close"
    refused(talk(server, request("GET /healthz HTTP/1.1", close, host=None)), 400)
    refused(talk(server, request("GET /healthz HTTP/1.1", "Host: x", close)), 400)
    refused(talk(server, request("HEAD /healthz HTTP/1.1", close, host=None)), 400, body=False)
    assert talk(server, request("GET /healthz HTTP/1.1", close)).startswith(b"HTTP/1.1 200 ")
    assert talk(server, request("GET /healthz HTTP/1.0", host=None)).startswith(b"HTTP/1.0 200 ")
    assert talk(server, request("GET http://x/healthz HTTP/1.1", close)).startswith(b"HTTP/1.1 200 ")
    for line in ("OPTIONS * HTTP/1.1", "BREW /healthz HTTP/1.1", "CONNECT x:1 HTTP/1.1", "TRACE /healthz HTTP/1.1"):
        status = int(talk(server, request(line, close)).split()[1])
        assert 400 <= status < 500, (line, status)
    # What was asked before the fault is answered before it.
    both = talk(server, request("GET /healthz HTTP/1.1") + request("GET /healthz HTTP/1.1", host=None))
    assert both.startswith(b"HTTP/1.1 200 ") and b"\r\n\r\n{" in both and b"HTTP/1.1 400 " in both, both
    for path in ("/healthz", "/v1/nothing", "/v1/latest?limit=x", "/openapi.yaml", "/metrics", "/v1/ledger"):
        connection = http.client.HTTPConnection("127.0.0.1", server.http, timeout=10)
        connection.request("GET", path)
        answer = connection.getresponse()
        date = email.utils.parsedate_to_datetime(answer.headers["Date"]).timestamp()
        assert abs(date - time.time()) < 5, (path, answer.headers["Date"])
        connection.close()
    stream = talk(server, request("GET /v1/stream HTTP/1.1"), wait=1)
    assert b" 200 " in stream[:20] and b"\r\ndate: " in stream.lower(), stream


def test_raw_utf8(server):
    server.send("line", ["mưa,device=trạm mm=1.5".encode()])
    server.wait_for(lambda: server.account("line")["stored"] == 1)
    for target in ("/v1/latest?measurement=mưa", "/v1/devices/trạm/readings?measurement=mưa"):
        answer = talk(server, request(f"GET {target} HTTP/1.1", "Connection: close"))
        assert answer.startswith(b"HTTP/1.1 200 ") and b'"mm":1.5' in answer, answer
    refused(talk(server, b"GET /v1/latest?measurement=m\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 400)


@pytest.mark.server(seal="500ms")
def test_names_that_nothing_knows(server):
    server.stop()
    (server.home / "devices.csv").write_text(
        "id,class,area,domain,agency,interval\nd1,sensor,52,water,a1,60\nquiet,camera,52,water,a1,60\n")
    (server.home / "areas.csv").write_text("code,parent,name\n52,,Gia Lai\n21001,52,\n")
    server.config.write_text(
        server.config.read_text()
        + f"registry: {{ devices: {server.home}/devices.csv, areas: {server.home}/areas.csv }}\n")
    server.start()
    server.send("line", [b"m,device=d1 v=1i", b"m,device=stranger v=1i"])
    server.wait_for(lambda: server.account("line")["stored"] == 2)
    rollups = "/v1/rollups?measurement=m&field=v&step=1h&"
    shares = ("/v1/quality?", "/v1/availability?")
    unknown = {
        "area=99999": (rollups, "/v1/latest?", "/v1/devices?", "/v1/events?", "/v1/stream?", *shares),
        "class=zeppelin": (rollups, "/v1/latest?", "/v1/devices?", "/v1/events?", "/v1/stream?", *shares),
        "domain=fire": (rollups, "/v1/devices?", "/v1/stream?", *shares),
        "agency=none": (rollups, "/v1/devices?", "/v1/stream?", *shares),
        "device=nobody": (rollups, "/v1/latest?", "/v1/events?", "/v1/stream?", *shares),
        "measurement=none": ("/v1/latest?", "/v1/stream?", "/v1/devices/d1/readings?"),
        "field=none": ("/v1/rollups?measurement=m&step=1h&", "/v1/stream?", "/v1/stream?measurement=m&"),
        "severity=loud": ("/v1/events?",), "severity=error,loud": ("/v1/events?",),
        "kind=devise.silent": ("/v1/events?", "/v1/stream?"), "kind=devise.": ("/v1/events?",),
        "devise=d1": (rollups, "/v1/latest?", "/v1/devices?", "/v1/quality?", "/v1/events?", "/v1/stream?",
                      "/v1/changes?since=0&", "/v1/devices/d1/readings?measurement=m&", "/v1/ledger?", "/v1/areas?"),
    }

    def look():
        for wrong, paths in unknown.items():
            value = wrong.split("=")[0 if wrong.startswith("devise=") else 1]
            for path in paths:
                status, kind, problem = server.problem(path + wrong)
                assert status in (400, 404) and kind == "application/problem+json", (path + wrong, status, kind)
                assert value in problem["detail"] and problem.get("parameter", "measurement field"), problem
        status, _, problem = server.problem("/v1/devices/nobody/readings?measurement=m")
        assert status == 404 and "nobody" in problem["detail"], problem
        for path in (rollups + "area=21001", rollups + "device=quiet", rollups + "device=stranger",
                     "/v1/latest?device=quiet", "/v1/latest?class=bts", "/v1/devices?class=bts",
                     "/v1/events?device=stranger", "/v1/events?kind=alert.", "/v1/events?kind=device.back",
                     "/v1/events?severity=error,debug", "/v1/events?kind=camera.", "/v1/quality?device=quiet",
                     "/v1/devices/quiet/readings?measurement=m"):
            assert server.get(path), path

    look()
    assert server.stop() == 0
    server.start()
    look()


def test_formulas(server):
    texts = ["=1+1", "+84 905", "-1+2", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1", "a-b", "1", " =1", "a,b", 'say "hi"']
    begin = int(time.time()) - 3600
    for number, text in enumerate(texts):
        quoted = text.replace('"', '\\"')
        server.send("line", [f'm,device=d,site=\\=x s="{quoted}",v=-5i,w=-1.5 {begin + number}000000000'.encode()])
    server.send("line", [b"n,device=@home v=-7i"])
    server.wait_for(lambda: server.account("line")["stored"] == len(texts) + 1)

    def sheet(path):
        return list(csv.reader(io.StringIO(server.get(path).decode(), newline="")))

    def safe(text):
        return "'" + text if text.lstrip("\t\r\n")[0] in "=+-@" else text

    head, *rows = sheet("/v1/devices/d/readings?measurement=m&format=csv")
    cells = {name: [row[place] for row in rows] for place, name in enumerate(head)}
    assert cells["s"] == [safe(text) for text in texts], cells["s"]
    assert set(cells["v"]) == {"-5"} and set(cells["w"]) == {"-1.5"} and set(cells["site"]) == {"'=x"}, cells
    head, row = sheet("/v1/rollups?measurement=n&field=v&step=1d&aggregate=sum,min&group_by=device&format=csv")
    assert row[head.index("device")] == "'@home" and row[head.index("sum")] == "-7", row


@pytest.mark.server(seal="500ms")
def test_names_of_our_own(server):
    """What a device calls as we call a table of ours stands apart, or is refused and counted."""
    names = ["events", "devices", "rollups_5m", "rollups_1h"]
    server.send("line", [f"{name},device=d1 v={n}i,kind=\"x\"".encode() for n, name in enumerate(names)])
    server.send("line", [b"device_ledger,device=d1 duplicates=5i,malformed=5i"])
    server.wait_for(lambda: server.account("line")["rejected_rows"] == {"reserved_name": 1})

    def look():
        assert server.ask("/v1/events")["events"] == []
        for number, name in enumerate(names):
            rows = server.ask("/v1/latest", measurement=name)["rows"]
            assert [row["fields"]["v"] for row in rows] == [number], rows
        lines = [line.rsplit(" ", 1)[0] for line in server.get("/metrics").decode().splitlines()]
        lines = [line for line in lines if not line.startswith("#")]
        assert len(lines) == len(set(lines)), "a figure stands twice in /metrics"
        balanced(server.ask("/v1/ledger"))

    server.wait_for(lambda: len(server.ask("/v1/measurements")["measurements"]) == len(names))
    look()
    assert server.stop() == 0
    server.start()
    look()
