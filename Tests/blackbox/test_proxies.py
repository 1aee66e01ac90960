"""ThiNai behind nginx, HAProxy and Caddy, as docs/proxies.md says to configure them."""
import contextlib
import gzip
import http.client
import json
import time
import urllib.parse

import pytest

import proxies
from certificates import Authority
from secure_server import trusting
from server import Server
from test_http_write import made_tokens, start


class Behind:
    """A server that asks for tokens, and the proxy before it."""

    def __init__(self, kind, home):
        self.authority = Authority(home)
        self.server = Server(seal="1s")
        self.tokens = made_tokens(
            self.server, writer=["--scope", "write"], reader=["--scope", "read"], all=["--scope", "admin"])
        self.server.environment["THINAI_TOKEN"] = self.tokens["all"]
        start(self.server, self.tokens["all"])
        self.context = trusting(self.authority)
        self.proxy = kind(home, self.server.http, *self.authority.server())
        try:
            self.proxy.start()
        except BaseException:
            self.server.__exit__()
            raise

    def connection(self, is_direct=False):
        if is_direct:
            return http.client.HTTPConnection("127.0.0.1", self.server.http, timeout=60)
        return http.client.HTTPSConnection("localhost", self.proxy.port, timeout=60, context=self.context)

    def ask(self, path, token="all", method="GET", body=None, is_direct=False, **headers):
        """Status, headers and body, of a connection of its own."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            headers.setdefault("Authorization", f"Bearer {self.tokens.get(token, token)}")
        with contextlib.closing(self.connection(is_direct)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def figure(self, name):
        text = self.ask("/metrics", is_direct=True)[2].decode()
        return float(text.split(f"\n{name} ")[1].split("\n")[0])

    def account(self, name):
        return json.loads(self.ask("/v1/ledger", is_direct=True)[2])["listeners"][name]

    def stop(self):
        self.proxy.stop()
        self.server.__exit__()


@pytest.fixture(scope="module", params=proxies.ALL, ids=lambda kind: kind.name)
def behind(request, tmp_path_factory):
    kind = request.param
    if not kind.path():
        pytest.skip(f"{kind.program} is not installed")
    it = Behind(kind, tmp_path_factory.mktemp(kind.name))
    yield it
    it.stop()


def test_who_may_ask_is_asked_through_it(behind):
    assert behind.ask("/healthz", token=None)[::2] == (200, b'{"status":"alive"}')
    status, headers, body = behind.ask("/v1/devices", token=None)
    assert status == 401 and headers["WWW-Authenticate"].startswith("Bearer") and json.loads(body)["status"] == 401
    assert behind.ask("/v1/devices", token="thn_" + "x" * 43)[0] == 401
    assert behind.ask("/v1/devices", token="reader")[0] == 200
    assert behind.ask("/metrics", token="reader")[0] == 403
    # A head as an issuer's tokens make it is refused by ThiNai, and not by the proxy.
    status, headers, _ = behind.ask("/v1/devices", token="eyJ" + "x" * 15_000)
    assert status == 401 and headers["Server"] != "", (status, headers.items())
    assert headers.get_content_type() == "application/problem+json"


def test_a_session_is_for_tls_alone(behind):
    status, headers, _ = behind.ask("/v1/session", token="reader", method="POST")
    assert status == 204
    cookie = headers["Set-Cookie"]
    assert cookie.startswith("thinai_session=") and "HttpOnly" in cookie and "SameSite=Strict" in cookie, cookie
    assert cookie.lower().split("; ").count("secure") == 1, cookie
    held = cookie.split(";")[0]
    assert behind.ask("/v1/devices", token=None, Cookie=held)[0] == 200
    status, headers, _ = behind.ask("/v1/session", token=None, method="DELETE", Cookie=held)
    assert status == 204 and "Max-Age=0" in headers["Set-Cookie"]
    assert behind.ask("/v1/devices", token=None, Cookie=held)[0] == 401


def test_lines_are_written_through_it(behind):
    now = int(time.time())
    before = behind.account("http")["rows"]
    lines = f"air,device=a pm=1.5 {now}\nair,device=b pm=2 {now}\n".encode()
    for headers in ({"Authorization": f"Token {behind.tokens['writer']}"}, {}):
        status, answer, _ = behind.ask("/write?precision=s", "writer", "POST", lines, **headers)
        assert status == 204 and answer["Thinai-Rows-Stored"] == "2", (status, answer.items())
    status, _, _ = behind.ask(
        "/api/v2/write?precision=s", "writer", "POST", gzip.compress(lines), Content_Encoding="gzip")
    assert status == 204
    status, _, body = behind.ask("/write", "writer", "POST", b"air,device=c pm=\n")
    assert status == 400 and "unable to parse 'air,device=c pm='" in json.loads(body)["error"]
    assert behind.ask("/write", "reader", "POST", lines)[0] == 403
    # As large as a body may be, nearly; and one that is too large, which ThiNai or the proxy says.
    line = "air,device=s%d,site=north pm=%d.25,hum=55i %d\n"
    many = "".join(line % (n % 500, n, 1_764_000_000 + n) for n in range(520_000)).encode()
    assert 24 << 20 < len(many) < 32 << 20
    status, answer, body = behind.ask("/write?precision=s", "writer", "POST", many)
    assert status == 204 and answer["Thinai-Rows-Stored"] == "520000", (status, body)
    with contextlib.suppress(OSError):
        assert behind.ask("/write", "writer", "POST", b"#" * (40 << 20))[0] == 413
    behind.server.wait_for(lambda: behind.account("http")["rows"] - before == 520_006)


def test_long_and_packed_answers_are_the_same(behind):
    now = int(time.time()) // 3_600 * 3_600 - 86_400
    rows = "\n".join(f"wide,device=d{n % 100} v={n}i {now + n // 100 * 60}" for n in range(40_000)).encode()
    assert behind.ask("/write?precision=s", "writer", "POST", rows)[0] == 204
    stamp = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) for at in (now, now + 86_400)]
    path = "/v1/rollups?" + urllib.parse.urlencode({
        "measurement": "wide", "field": "v", "step": "1m", "group_by": "device", "from": stamp[0], "to": stamp[1]})
    # What is answered for is durable, and seen a moment later.
    behind.server.wait_for(lambda: behind.ask(path + "&format=csv", is_direct=True)[2].count(b"\n") == 40_001)
    status, headers, plain = behind.ask(path + "&format=csv")
    assert status == 200 and "Content-Encoding" not in headers and len(plain) > 1 << 20
    assert plain == behind.ask(path + "&format=csv", is_direct=True)[2]
    for coding, unpack in (("gzip", gzip.decompress), ("identity", bytes)):
        status, headers, body = behind.ask(path + "&format=csv", Accept_Encoding=coding)
        assert status == 200 and headers.get("Content-Encoding", "identity") == coding and unpack(body) == plain
    tag = headers["ETag"]
    assert tag and behind.ask(path + "&format=csv", If_None_Match=tag)[0] == 304


@pytest.mark.lengthy
def test_the_stream_comes_at_once_and_stays(behind):
    connection = behind.connection()
    connection.request("GET", "/v1/stream", headers={
        "Authorization": f"Bearer {behind.tokens['reader']}", "Accept": "text/event-stream"})
    answer = connection.getresponse()
    assert answer.status == 200 and answer.headers.get_content_type() == "text/event-stream"
    # With nothing behind it that could push it out.
    assert answer.readline() == b": thinai\n"
    behind.server.wait_for(lambda: behind.figure("thinai_stream_subscribers") == 1)

    def read_until(found):
        while not found(line := answer.readline()):
            assert line, "the stream ended"
        return line

    for value in (1, 2):
        behind.server.send("line", [b"live,device=d1 v=%d" % value])
        read_until(lambda line: line.startswith(b"data: ") and b'"measurement":"live"' in line)
        # While nothing is said a heartbeat comes, and the next change after it.
        read_until(lambda line: line.startswith(b": heartbeat"))
    connection.close()
    answer.close()
    # Who leaves the proxy leaves ThiNai: HAProxy finds out by the second heartbeat only.
    behind.server.wait_for(lambda: behind.figure("thinai_stream_subscribers") == 0, 90)


def test_connections_that_stay_fail_nobody(behind):
    """One by one over few connections, and after each of them was idle."""
    connection = behind.connection()
    for number in range(300):
        connection.request("GET", "/healthz" if number % 2 else "/v1/areas", headers={
            "Authorization": f"Bearer {behind.tokens['reader']}"})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (number, answer.status, body)
        if number % 100 == 50:
            time.sleep(1.5)
    connection.close()
