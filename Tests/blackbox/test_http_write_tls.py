"""Lines by HTTP over TLS, as clients of InfluxDB write them: packed, partly wrong, and while the server is killed."""
import calendar
import gzip
import http.client
import json
import random
import subprocess
import threading
import time

import pytest

from certificates import Authority
from secure_server import SecureServer, trusting
from server import LONG, SEED, balanced
from test_http_write import made_tokens


class Written(SecureServer):
    """One with TLS and with tokens to write and to read."""

    def __init__(self, home):
        authority = Authority(home)
        certificate, key = authority.server()
        super().__init__(f"certificate: {certificate}, key: {key}", context=trusting(authority))
        self.authority = authority
        self.tokens = made_tokens(self, writer=["--scope", "write"], all=["--scope", "admin"])
        self.token = self.tokens["all"]

    def counted(self, rows):
        return self.wait_for(lambda: (lambda a: a if a["rows"] == rows else None)(self.account("http")))


@pytest.fixture
def written(home):
    with Written(home) as server:
        yield server


def latest(server, measurement):
    rows = server.ask("/v1/latest", measurement=measurement, limit=10_000)["rows"]
    return {row["device"]: row["fields"] for row in rows}


@pytest.mark.needs("influx")
def test_influx_of_1_6_writes(written):
    def influx(*arguments, token="writer", check=True):
        done = subprocess.run(
            ["influx", "-ssl", "-host", "localhost", "-port", str(written.http), "-username", "any", "-password",
             written.tokens.get(token, token), *arguments], capture_output=True, text=True, timeout=60,
            env={"PATH": "/usr/bin:/bin", "SSL_CERT_FILE": str(written.authority.path)})
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    influx("-database", "x", "-execute", "INSERT cpu,host=a v=1.5,n=3i")
    assert "unable to parse" in influx("-database", "x", "-execute", "INSERT cpu,host=b v=", check=False)
    assert influx("-database", "x", "-execute", "INSERT cpu,host=c v=1", token="thn_x", check=False)
    now = int(time.time())
    lines = [f"load,host=h{n} v={n} {now}" for n in range(300)]
    # One in ten is wrong, and the others are stored.
    lines[::10] = [f"load,host=h{n} v= {now}" for n in range(0, 300, 10)]
    head = "# DDL\nCREATE DATABASE x\n# DML\n# CONTEXT-DATABASE: x\n"
    packed = written.home / "import.gz"
    packed.write_bytes(gzip.compress((head + "\n".join(lines) + "\n").encode()))
    said = influx("-import", f"-path={packed}", "-precision=s", "-compressed", check=False)
    assert "partial write" in said and "unable to parse 'load,host=h0 v=" in said, said
    assert latest(written, "cpu") == {"a": {"v": 1.5, "n": 3}}
    assert latest(written, "load") == {f"h{n}": {"v": n} for n in range(300) if n % 10}
    assert written.counted(271)["stored"] == 271
    balanced(written.ask("/v1/ledger"))


def test_the_client_of_2_writes(written):
    influxdb_client = pytest.importorskip("influxdb_client")
    from influxdb_client.client.write_api import SYNCHRONOUS
    from influxdb_client.rest import ApiException

    now = time.time_ns()
    for packs in (False, True):
        with influxdb_client.InfluxDBClient(
                url=written.url, token=written.tokens["writer"], org="o", enable_gzip=packs,
                ssl_ca_cert=str(written.authority.path)) as client:
            assert client.ping() and client.health().status == "pass"
            writer = client.write_api(write_options=SYNCHRONOUS)
            writer.write(bucket="b", record=[f"soil,device=p{packs}{n} wet={n} {now}" for n in range(2_000)])
            with pytest.raises(ApiException) as caught:
                writer.write(bucket="b", record=f"soil,device=q{packs} wet=2 {now}\nsoil,device=t wet={now}x")
            assert caught.value.status == 400
            message = json.loads(caught.value.body)
            assert message["code"] == "invalid" and message["message"].endswith("dropped=1"), message
            with client.write_api() as batching:
                for n in range(2_000):
                    batching.write(bucket="b", record=f"many,device=m{n % 40},packs={packs} v={n}i {now + n * 10**6}")
    # Who does not trust the authority tells it no token.
    with influxdb_client.InfluxDBClient(
            url=written.url, token=written.tokens["writer"], org="o", retries=False) as client:
        with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
            client.write_api(write_options=SYNCHRONOUS).write(bucket="b", record="soil v=1")
    assert written.counted(8_002)["stored"] == 8_002
    assert set(latest(written, "soil")) == (
        {f"p{packs}{n}" for packs in (False, True) for n in range(2_000)} | {"qFalse", "qTrue"})
    balanced(written.ask("/v1/ledger"))


class Writer(threading.Thread):
    """A client of InfluxDB 2 that writes until it is told to stop, and keeps what was answered."""

    def __init__(self, server, number):
        super().__init__()
        self.server, self.number, self.stops = server, number, threading.Event()
        self.answered, self.failed = {}, 0
        # Long ago: however fast it is, no time comes to lie ahead of the clock.
        self.start_of_time = int(time.time()) - 20_000_000

    def run(self):
        import influxdb_client
        import urllib3
        from influxdb_client.client.write_api import SYNCHRONOUS
        from influxdb_client.rest import ApiException
        chance, at = random.Random(SEED * 1_000 + self.number), 0
        while not self.stops.is_set():
            with influxdb_client.InfluxDBClient(
                    url=self.server.url, token=self.server.tokens["writer"], org="o", retries=False,
                    enable_gzip=self.number % 2 == 0, ssl_ca_cert=str(self.server.authority.path)) as client:
                writer = client.write_api(write_options=SYNCHRONOUS)
                while not self.stops.is_set():
                    count = chance.choice([1, 10, 1_000])
                    rows = {self.start_of_time + at + n: chance.randrange(10**9) for n in range(count)}
                    at += count
                    lines = [f"kill,device=k{self.number} v={v}i {t}" for t, v in rows.items()]
                    is_flawed = chance.random() < 0.2
                    if is_flawed:
                        lines.insert(chance.randrange(len(lines) + 1), f"kill,device=k{self.number} v= 1")
                    try:
                        writer.write(bucket="b", record=lines, write_precision="s")
                        assert not is_flawed
                        self.answered.update(rows)
                    except ApiException as refusal:
                        # What was answered 400 has all rows but the wrong one.
                        if refusal.status == 400 and is_flawed and "dropped=1" in refusal.body:
                            self.answered.update(rows)
                        elif refusal.status not in (0, 503):
                            raise
                    except (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError):
                        self.failed += 1
                        time.sleep(0.05)
                        break


@pytest.mark.lengthy
def test_what_was_answered_survives_a_kill(written):
    """Killed again and again while clients write over TLS, packed and with wrong lines: every row that was answered is
    there, once, with its value."""
    pytest.importorskip("influxdb_client")
    writers = [Writer(written, number) for number in range(4)]
    try:
        for writer in writers:
            writer.start()
        for _ in range(8 if LONG else 3):
            time.sleep(2)
            written.kill()
            written.start()
        time.sleep(1)
    finally:
        for writer in writers:
            writer.stops.set()
        for writer in writers:
            writer.join()
    written.kill()
    written.start()
    for writer in writers:
        assert writer.answered and writer.failed, (len(writer.answered), writer.failed)
        found, cursor = {}, {}
        while cursor is not None:
            page = written.ask(
                f"/v1/devices/k{writer.number}/readings", measurement="kill", limit=10_000, **cursor)
            for row in page["rows"]:
                moment = calendar.timegm(time.strptime(row["time"][:19], "%Y-%m-%dT%H:%M:%S"))
                assert moment not in found, moment
                found[moment] = row["fields"]["v"]
            cursor = {"cursor": page["next"]} if page.get("next") else None
        missing = [at for at, value in writer.answered.items() if found.get(at) != value]
        assert not missing, (writer.number, len(missing), missing[:5])
    balanced(written.ask("/v1/ledger"))
