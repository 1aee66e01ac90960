"""Lines come by HTTP: real clients of InfluxDB write, answers are InfluxDB's, and what was answered is durable."""

import base64
import calendar
import contextlib
import gzip
import http.client
import json
import random
import socket
import subprocess
import threading
import time

import pytest

from server import BINARY, LONG, SEED, balanced


def post(server, path, body=b"", headers=None):
    """Status, headers and body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.http, timeout=300)
    try:
        connection.request("POST", path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def counted(server, rows):
    """The account of lines by HTTP, once that many rows are in it: an answer comes when they are durable, which is a
    moment before they are counted."""
    def account():
        found = server.account("http")
        return found if found["rows"] == rows else None

    return server.wait_for(account)


def latest(server, measurement, **query):
    rows = server.ask("/v1/latest", measurement=measurement, limit=10_000, **query)["rows"]
    return {row["device"]: row["fields"] for row in rows}


def made_tokens(server, **wanted):
    """Tokens by name, each made by `thinai token create` with those options; the server asks for them from then on."""
    entries, tokens = [], {}
    for name, options in wanted.items():
        made = subprocess.run(
            [BINARY, "token", "create", "--name", name, *options], capture_output=True, text=True, check=True)
        said = made.stdout.split() + made.stderr.split()
        tokens[name] = next(word for word in said if word.startswith("thn_"))
        entries.append(next(line for line in (made.stdout + made.stderr).splitlines() if "sha256" in line))
    path = server.home / "tokens.yaml"
    path.write_text("tokens:\n" + "".join(f"  {line.strip()}\n" for line in entries))
    path.chmod(0o600)
    server.config.write_text(
        server.config.read_text().replace('http: { listen:', f'http: {{ tokens: {path}, listen:'))
    return tokens


def test_lines_are_stored_and_bad_ones_named(server):
    now = int(time.time())
    status, headers, body = post(server, "/write?db=x&precision=s", f"air,device=a pm=1.5,n=3i {now}\n".encode())
    assert (status, body) == (204, b"")
    assert headers["Thinai-Rows-Stored"] == "1"
    body = f"air,device=b pm=2 {now}\nair,device=c pm= {now}\n# words\nair,device=d pm=4,q=zz {now}\n".encode()
    status, headers, answer = post(server, "/write?db=x&precision=s", body)
    assert status == 400 and headers.get_content_type() == "application/json"
    error = json.loads(answer)["error"]
    assert error.startswith("partial write: unable to parse 'air,device=c pm= ")
    assert error.endswith("dropped=1") and "air,device=d" in error
    status, _, answer = post(server, "/api/v2/write?org=o&bucket=b&precision=s", b"nothing\n")
    assert status == 400
    assert json.loads(answer) == {"code": "invalid", "message": "unable to parse 'nothing': missing fields"}
    assert latest(server, "air") == {"a": {"pm": 1.5, "n": 3}, "b": {"pm": 2}, "d": {"pm": 4}}
    assert counted(server, 3)["stored"] == 3
    balanced(server.ask("/v1/ledger"))
    listed = [r for r in server.ask("/v1/refused")["refused"] if r["listener"] == "http"]
    assert listed, "refusals are listed"


def test_bodies_are_unpacked_and_bounded(server):
    lines = "".join(f"m,device=d{n % 50} v={n} {1_764_000_000 + n}\n" for n in range(20_000)).encode()
    half = len(lines) // 2
    cut = lines.rindex(b"\n", 0, half) + 1
    for packed in (gzip.compress(lines), gzip.compress(lines[:cut]) + gzip.compress(lines[cut:])):
        assert post(server, "/write?precision=s", packed, {"Content-Encoding": "gzip"})[0] == 204
    account = counted(server, 40_000)
    assert account["duplicate"] == 20_000, account
    whole = gzip.compress(lines)
    for damaged in (whole[:-9], whole[:100] + b"\0" * 50 + whole[150:], whole + b"junk", b"no gzip"):
        assert post(server, "/write?precision=s", damaged, {"Content-Encoding": "gzip"})[0] == 400
    assert post(server, "/write", b"", {"Content-Encoding": "br"})[0] == 415
    assert post(server, "/write?precision=y", b"m v=1")[0] == 400
    assert post(server, "/write", b"")[0] == 204
    # Too large by its own word, and when it comes; a bomb.
    connection = http.client.HTTPConnection("127.0.0.1", server.http, timeout=60)
    connection.putrequest("POST", "/write")
    connection.putheader("Content-Length", str(64 << 20))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413 and answer.headers["Connection"] == "close"
    connection.close()
    bomb = gzip.compress(b"\n" * (300 << 20), 9)
    assert post(server, "/api/v2/write", bomb, {"Content-Encoding": "gzip"})[0] == 413


def test_a_large_body_is_taken_piece_by_piece(server):
    line = "air,device=s%d,site=north pm=%d.25,hum=55i,note=\"a\nb\" %d\n"
    lines = "".join(line % (n % 500, n, 1_764_000_000 + n) for n in range(450_000)).encode()
    assert len(lines) > 24 << 20
    status, headers, body = post(server, "/write?precision=s", lines)
    assert (status, body) == (204, b"") and headers["Thinai-Rows-Stored"] == "450000"
    counted(server, 450_000)


def test_a_body_that_breaks_off_ends_no_line(server):
    with socket.create_connection(("127.0.0.1", server.http)) as raw:
        raw.sendall(b"POST /write HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        raw.sendall(b"20\r\nm,device=a v=1\nm,device=b v=1234\r\n")
    with socket.create_connection(("127.0.0.1", server.http)) as raw:
        raw.sendall(b"POST /write HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nm,device=c v=1234")
    time.sleep(1)
    status, _, _ = post(server, "/write", b"m,device=z v=1")
    assert status == 204
    assert set(latest(server, "m")) <= {"a", "z"}


def test_continue_is_said_when_the_body_is_wanted(server):
    with socket.create_connection(("127.0.0.1", server.http), timeout=30) as raw:
        head = b"POST /write HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n"
        raw.sendall(head % 14)
        assert raw.recv(1000).startswith(b"HTTP/1.1 100 ")
        raw.sendall(b"m,device=a v=1")
        assert b"HTTP/1.1 204 " in raw.recv(1000)
        # Who sends too much is not asked for it.
        raw.sendall(head % (1 << 30))
        assert raw.recv(1000).startswith(b"HTTP/1.1 413 ")


@pytest.mark.needs("influx")
def test_influx_of_1_6_writes(server):
    def influx(*arguments, check=True):
        done = subprocess.run(
            ["influx", "-host", "127.0.0.1", "-port", str(server.http), *arguments], capture_output=True, text=True,
            timeout=60)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    influx("-database", "x", "-execute", "INSERT cpu,host=a v=1.5,n=3i")
    said = influx("-database", "x", "-execute", "INSERT cpu,host=b v=", check=False)
    assert "unable to parse" in said, said
    file = server.home / "import.txt"
    now = int(time.time())
    file.write_text(
        "# DDL\nCREATE DATABASE x\n# DML\n# CONTEXT-DATABASE: x\n"
        + "".join(f"load,host=h{n} v={n} {now}\n" for n in range(300)))
    said = influx("-import", f"-path={file}", "-precision=s")
    assert "Processed 300 inserts" in said and "Failed 0 inserts" in said, said
    packed = server.home / "import.gz"
    packed.write_bytes(gzip.compress(file.read_bytes().replace(b"load", b"packed")))
    influx("-import", f"-path={packed}", "-precision=s", "-compressed")
    assert latest(server, "cpu") == {"a": {"v": 1.5, "n": 3}}
    wanted = {f"h{n}": {"v": n} for n in range(300)}
    assert latest(server, "load") == wanted and latest(server, "packed") == wanted


def test_the_client_of_2_writes(server):
    influxdb_client = pytest.importorskip("influxdb_client")
    from influxdb_client.client.write_api import SYNCHRONOUS
    from influxdb_client.rest import ApiException

    server.stop()
    tokens = made_tokens(server, writer=["--scope", "write"], reader=["--scope", "read"], all=["--scope", "admin"])
    server.environment["THINAI_TOKEN"] = tokens["all"]
    start(server, tokens["all"])
    url = f"http://127.0.0.1:{server.http}"
    for packs in (False, True):
        client = influxdb_client.InfluxDBClient(url=url, token=tokens["writer"], org="o", enable_gzip=packs)
        assert client.ping() and client.health().status == "pass"
        writer = client.write_api(write_options=SYNCHRONOUS)
        now = time.time_ns()
        point = influxdb_client.Point("soil").tag("device", f"p{packs}").field("wet", 0.5).field("n", 7).time(now)
        writer.write(bucket="b", record=[point, f"soil,device=q{packs} wet=1 {now}"])
        with pytest.raises(ApiException) as caught:
            writer.write(bucket="b", record=f"soil,device=r{packs} wet=2 {now}\nsoil,device=t wet={now}x")
        assert caught.value.status == 400
        message = json.loads(caught.value.body)
        assert message["code"] == "invalid" and message["message"].startswith("partial write: unable to parse")
        with client.write_api() as batching:
            for n in range(2_000):
                batching.write(bucket="b", record=f"many,device=m{n % 40},packs={packs} v={n}i {now + n * 10**6}")
        client.close()
    refused = influxdb_client.InfluxDBClient(url=url, token=tokens["reader"], org="o", retries=False)
    with pytest.raises(ApiException) as caught:
        refused.write_api(write_options=SYNCHRONOUS).write(bucket="b", record="soil v=1")
    assert caught.value.status == 403
    refused.close()
    found = asked(server, tokens["all"], "/v1/latest?measurement=soil")["rows"]
    assert sorted(row["device"] for row in found) == ["pFalse", "pTrue", "qFalse", "qTrue", "rFalse", "rTrue"]
    account = asked(server, tokens["all"], "/v1/ledger")["listeners"]["http"]
    assert account["stored"] == 4_006, account


def start(server, token):
    """As `Server.start`, of a server that asks for a token."""
    log = open(server.home / "log", "ab")
    server.process = subprocess.Popen(
        [BINARY, "serve", "--config", server.config], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    deadline = time.time() + 60
    while time.time() < deadline:
        assert server.process.poll() is None, "serve ended at start: " + server.log()
        with contextlib.suppress(OSError, AssertionError):
            asked(server, token, "/readyz")
            return
        time.sleep(0.05)
    raise AssertionError("serve was not ready within 60 s: " + server.log())


def asked(server, token, path):
    connection = http.client.HTTPConnection("127.0.0.1", server.http, timeout=60)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == 200, (answer.status, body)
    return json.loads(body)


def registry(server):
    (server.home / "areas.csv").write_text("code,parent,name\n52,,Gia Lai\n48,,Đà Nẵng\n")
    (server.home / "devices.csv").write_text("id,class,area\na1,sensor,52\na2,sensor,48\n")
    server.config.write_text(server.config.read_text() + (
        f"registry: {{ devices: {server.home}/devices.csv, areas: {server.home}/areas.csv }}\n"))


def test_a_token_writes_for_its_devices_alone(server):
    server.stop()
    registry(server)
    tokens = made_tokens(
        server, part=["--scope", "write", "--area", "52"], all=["--scope", "admin"], reader=["--scope", "read"])
    start(server, tokens["all"])
    lines = b"m,device=a1 v=1\nm,device=a2 v=2\nm,device=a3 v=3\n"
    basic = base64.b64encode(b"anybody:" + tokens["part"].encode()).decode()
    for path, headers in (
        ("/write", {"Authorization": f"Token {tokens['part']}"}), ("/write", {"Authorization": f"Basic {basic}"}),
        ("/write", {"Authorization": f"Bearer {tokens['part']}"}), (f"/write?u=x&p={tokens['part']}", {}),
        ("/write", {"Authorization": f"Token x:{tokens['part']}"}),
    ):
        status, _, body = post(server, path, lines, headers)
        error = json.loads(body)["error"]
        assert status == 400 and "device 'a2'" in error and "device 'a3'" in error and "'a1'" not in error, body
        assert error.endswith("dropped=2")
    for path, headers, wanted in (
        ("/write", {}, 401), ("/write", {"Authorization": "Token thn_x"}, 401), ("/api/v2/write", {}, 401),
        ("/write", {"Authorization": f"Token {tokens['reader']}"}, 403),
        ("/v1/registry/devices", {"Authorization": f"Bearer {tokens['part']}"}, 403),
        ("/v1/registry/devices", {"Authorization": f"Token {tokens['all']}"}, 401),
        ("/query?q=CREATE+DATABASE+x", {"Authorization": f"Token {tokens['part']}"}, 200),
        ("/query?q=DROP+DATABASE+x", {"Authorization": f"Token {tokens['part']}"}, 400),
    ):
        status, _, body = post(server, path, lines if "query" not in path else b"", headers)
        assert status == wanted, (path, headers, status, body)
        if path.startswith("/api"):
            assert json.loads(body)["code"] == "unauthorized"
    found = asked(server, tokens["all"], "/v1/latest?measurement=m")["rows"]
    assert [row["device"] for row in found] == ["a1"]
    account = asked(server, tokens["all"], "/v1/ledger")["listeners"]["http"]
    assert account["rejected_rows"]["out_of_scope"] == 10, account
    # It is another device's area now.
    csv = b"id,class,area\na1,sensor,48\na2,sensor,52\n"
    assert post(server, "/v1/registry/devices", csv, {"Authorization": f"Bearer {tokens['all']}"})[0] == 200
    status, _, body = post(server, "/write", lines, {"Authorization": f"Token {tokens['part']}"})
    assert status == 400 and "device 'a1'" in json.loads(body)["error"] and "'a2'" not in json.loads(body)["error"]


def test_the_registry_is_replaced_whole(server):
    server.stop()
    registry(server)
    server.start()
    path = server.home / "devices.csv"
    path.chmod(0o640)
    before = path.read_bytes()
    csv = "id,class,area,name\na1,sensor,48,Một\na3,camera,52,\n".encode()
    status, _, body = post(server, "/v1/registry/devices?dry_run=1", csv)
    trial = json.loads(body)
    assert status == 200 and trial["dry_run"] is True and path.read_bytes() == before
    assert (trial["rows"], trial["added"], trial["changed"], trial["removed"]) == (2, 1, 1, 1)
    changed = next(c for c in trial["changes"] if c["change"] == "changed")
    assert changed["columns"]["area"] == {"before": "52", "after": "48"}
    status, _, body = post(server, "/v1/registry/devices", gzip.compress(csv), {"Content-Encoding": "gzip"})
    assert status == 200 and {**json.loads(body), "dry_run": True} == trial
    assert path.read_bytes() == csv and path.stat().st_mode & 0o777 == 0o640
    assert sorted(d["id"] for d in server.ask("/v1/devices")["devices"]) == ["a1", "a3"]
    for wrong, said in (
        (b"id,class\nx,camara\n", "line 2"), (b"id,class,area\nx,camera,99\n", "line 2"), (b"", "header"),
    ):
        status, _, body = post(server, "/v1/registry/devices", wrong)
        assert status == 400 and said in json.loads(body)["detail"] and path.read_bytes() == csv
    status, _, body = post(server, "/v1/registry/ranges", b"measurement,field,min,max\nm,v,0,1\n")
    assert status == 409 and "registry.ranges" in json.loads(body)["detail"]
    # An area that devices stand in cannot leave.
    assert post(server, "/v1/registry/areas", b"code,name\n52,x\n")[0] == 400
    assert not [p for p in server.home.iterdir() if "tmp" in p.name]


def test_import_sends_files(server):
    now = int(time.time())
    good = server.home / "good.txt"
    good.write_text("".join(f"imp,device=i{n % 10} v={n} {now - n}\n" for n in range(100_000)))
    packed = server.home / "more.gz"
    packed.write_bytes(gzip.compress(good.read_bytes().replace(b"imp,", b"zip,")))

    def run(*files):
        return subprocess.run(
            [BINARY, "import", "--url", f"http://127.0.0.1:{server.http}", "--precision", "s", *files],
            capture_output=True, text=True, timeout=120)

    done = run(good, packed)
    assert done.returncode == 0 and "200000 rows stored, 0 lines refused" in done.stderr, done.stderr
    bad = server.home / "bad.txt"
    bad.write_text(f"imp,device=x v=1 {now}\nimp,device=y v=\n")
    done = run(bad)
    assert done.returncode == 1 and "1 rows stored, 1 lines refused" in done.stderr, done.stderr
    assert "unable to parse 'imp,device=y v='" in done.stderr
    packed.write_bytes(packed.read_bytes()[:-20])
    done = run(packed)
    assert done.returncode == 1 and "gzip" in done.stderr
    assert run(server.home / "none").returncode == 1


def test_what_was_answered_survives_a_kill(server):
    """Killed again and again while clients write: every row that was answered is there, once, with its value."""
    answered, stop = {}, threading.Event()
    lock = threading.Lock()
    # Long ago: however fast the writers are, no time comes to lie ahead of the clock.
    start_of_time = int(time.time()) - 20_000_000

    def write(number):
        chance = random.Random(SEED * 1_000 + number)
        at = 0
        while not stop.is_set():
            count = chance.choice([1, 10, 2_000])
            rows = {(f"k{number}", start_of_time + at + n): chance.randrange(10**9) for n in range(count)}
            body = "".join(f"kill,device={d} v={v}i {t}\n" for (d, t), v in rows.items()).encode()
            headers = {}
            if chance.random() < 0.5:
                body, headers = gzip.compress(body), {"Content-Encoding": "gzip"}
            try:
                status = post(server, "/write?precision=s", body, headers)[0]
            except (OSError, http.client.HTTPException):
                status = None
            # Rows that nobody answered for may be there or not: their times are used no more.
            at += count
            if status == 204:
                with lock:
                    answered.update(rows)
            else:
                time.sleep(0.05)

    writers = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for writer in writers:
        writer.start()
    for _ in range(8 if LONG else 3):
        time.sleep(2)
        server.kill()
        server.start()
    time.sleep(1)
    stop.set()
    for writer in writers:
        writer.join()
    server.kill()
    server.start()
    assert len(answered) > 1_000
    found = {}
    for number in range(6):
        cursor = {}
        while True:
            page = server.ask(f"/v1/devices/k{number}/readings", measurement="kill", limit=10_000, **cursor)
            for row in page["rows"]:
                moment = time.strptime(row["time"][:19], "%Y-%m-%dT%H:%M:%S")
                key = (f"k{number}", int(calendar.timegm(moment)))
                assert key not in found, key
                found[key] = row["fields"]["v"]
            if not page.get("next"):
                break
            cursor = {"cursor": page["next"]}
    missing = [key for key in answered if found.get(key) != answered[key]]
    assert not missing, (len(missing), missing[:5])
    balanced(server.ask("/v1/ledger"))


@pytest.mark.lengthy
def test_a_body_that_does_not_come_is_given_up(server):
    with socket.create_connection(("127.0.0.1", server.http), timeout=90) as raw:
        raw.sendall(b"POST /write HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nm,device=a v=1\nm,device=b v=1234")
        assert raw.recv(1000).startswith(b"HTTP/1.1 408 ")
    assert post(server, "/write", b"m,device=z v=1")[0] == 204
    # What is answered is on the disk; a moment later it is seen.
    server.wait_for(lambda: latest(server, "m"))
    assert latest(server, "m") == {"z": {"v": 1}}


@pytest.mark.server(seal="1h", environment={"THINAI_FAULTS": "write:ENOSPC:path=lane-98:times=2"})
def test_what_cannot_be_stored_is_to_be_sent_again(server):
    tries = 0
    while True:
        status, headers, body = post(server, "/api/v2/write", b"m,device=a v=1 1764000000000000000")
        if status == 204:
            break
        tries += 1
        assert status == 503 and headers["Retry-After"] and json.loads(body)["code"] == "unavailable" and tries < 10
    assert tries > 0
    assert counted(server, tries + 1)["shed"]["disk_full"] == tries
    balanced(server.ask("/v1/ledger"))
