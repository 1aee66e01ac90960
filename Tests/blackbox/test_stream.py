"""/v1/stream from outside: what comes is what /v1/changes and /v1/events list, each once, over breaks and restarts; one
that does not read goes, and costs nobody anything."""
import contextlib
import http.client
import json
import queue
import random
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse

import pytest

from server import LONG, SEED, balanced


class Stream:
    """A client that keeps what comes, and where it stands."""

    def __init__(self, server, last=None, **query):
        self.socket = socket.create_connection(("127.0.0.1", server.http), timeout=60)
        path = "/v1/stream" + ("?" + urllib.parse.urlencode(query) if query else "")
        self.socket.sendall((f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
                             + (f"Last-Event-ID: {last}\r\n" if last else "") + "\r\n").encode())
        self.answer = http.client.HTTPResponse(self.socket)
        self.answer.begin()
        self.status, self.headers = self.answer.status, self.answer.headers
        self.came, self.comments, self.last, self.ended = [], [], last, False
        self.lock = threading.Lock()
        if self.status == 200:
            self.thread = threading.Thread(target=self.read, daemon=True)
            self.thread.start()
            wait(lambda: self.comments)

    def read(self):
        kind, data, place = None, [], None
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            while line := self.answer.readline():
                line = line.decode().rstrip("\n")
                name, _, value = line.partition(": ")
                if line == "":
                    with self.lock:
                        self.last = place or self.last
                        if data:
                            self.came.append((kind, place, json.loads("\n".join(data))))
                    kind, data = None, []
                elif name == "":
                    self.comments.append(value)
                elif name == "event":
                    kind = value
                elif name == "id":
                    place = value
                elif name == "data":
                    data.append(value)
        self.ended = True

    def of(self, kind):
        with self.lock:
            return [what for found, _, what in self.came if found == kind]

    def close(self):
        """Closes, and takes what was read until then as told."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(10)
        self.answer.close()
        self.socket.close()
        return self


def wait(what, seconds=40):
    deadline = time.time() + seconds
    while time.time() < deadline:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError("did not come about")


def holds(check, seconds=40):
    """Tries what asserts until it holds; at the end its failure is the test's."""
    deadline = time.time() + seconds
    while True:
        try:
            return check()
        except AssertionError:
            if time.time() > deadline:
                raise
        time.sleep(0.05)


def metric(server, name):
    found = re.search(rf"^{name} (\S+)$", server.get("/metrics").decode(), re.M)
    return float(found.group(1))


def syslog(device, text, kind="app"):
    return f"<14>1 {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {device} {kind} 1 - - {text}".encode()


def listed(server, path, name, **query):
    """Every page of a list."""
    found, cursor = [], None
    while True:
        page = server.ask(path, **query, **({"cursor": cursor} if cursor else {}))
        found += page[name]
        cursor = page["next"]
        if not cursor:
            return found


def key(change):
    return tuple(change[name] for name in ("measurement", "device", "field", "step", "time"))


@pytest.mark.server(seal="1s")
def test_what_comes_is_what_the_lists_have(server):
    stream = Stream(server)
    assert stream.headers["content-type"] == "text/event-stream" and stream.headers["cache-control"] == "no-store"
    now = int(time.time())
    for number in range(20):
        server.send("line", [f"w,device=d{number % 3} a={number},b={number} {now - number * 30}000000000".encode()])
        server.send("syslog", [syslog("host", f"no {number}")])
    wait(lambda: len(stream.of("event")) >= 20)

    def told_as_listed():
        """A row of `device_clock` comes by itself, once a minute: both are asked for until nothing came between."""
        changes = listed(server, "/v1/changes", "changes", since=0)
        latest = {key(c): c for c in stream.of("change")}
        assert sorted(map(key, changes)) == sorted(latest)
        assert all(latest[key(c)]["version"] <= c["version"] for c in changes)

    holds(told_as_listed)
    events = listed(server, "/v1/events", "events")
    assert sorted(map(json.dumps, stream.of("event"))) == sorted(map(json.dumps, events)) and len(events) == 20
    assert metric(server, "thinai_stream_subscribers") == 1
    balanced(server.ask("/v1/ledger"))


@pytest.mark.lengthy
@pytest.mark.server(seal="1s")
def test_a_break_loses_and_doubles_nothing(server):
    """Events are counted one by one through breaks at any place, stops and kills; changes by the table that a puller of
    them ends with."""
    chance = random.Random(SEED)
    rounds = 40 if LONG else 8
    sent, told, changed, last = [], [], {}, "v0"
    for round_ in range(rounds):
        stream = Stream(server, last)
        for _ in range(30):
            number = len(sent)
            sent.append(f"m{number}")
            server.send("syslog", [syslog(f"h{number % 4}", sent[-1])])
            age = chance.choice((0, 0, 30, 4000))
            server.send("line", [f"w,device=d{chance.randrange(3)} v={number} {int(time.time()) - age}".encode()
                                 + b"%09d" % chance.randrange(10**9)])
        server.wait_for(lambda: server.account("syslog")["received"] >= 30)
        time.sleep(chance.random() * 5)
        if round_ % 4 == 1:
            server.kill() if round_ % 8 == 1 else server.stop()
            wait(lambda: stream.ended)
        stream.close()
        # A client that was cut off in the middle of what it was told goes on from there.
        kept = chance.randrange(len(stream.came) + 1) if stream.came and round_ % 2 else len(stream.came)
        for kind, _, what in stream.came[:kept]:
            if kind == "event":
                told.append(what["message"])
            else:
                changed[key(what)] = what["version"]
        last = stream.came[kept - 1][1] if 0 < kept < len(stream.came) else (last if kept == 0 and stream.came
                                                                             else stream.last)
        if round_ % 4 == 1:
            time.sleep(0.5)
            server.start()
    server.send("line", [b"end,device=z v=1"])
    stream = Stream(server, last)
    wait(lambda: len(told) + len(stream.of("event")) >= len(sent))
    wait(lambda: any(c["measurement"] == "end" for c in stream.of("change")))
    told += [event["message"] for event in stream.of("event")]
    # A kill may lose what was not committed; what is stored was told once.
    stored = [event["message"] for event in listed(server, "/v1/events", "events")]
    assert sorted(told) == sorted(stored), (
        sorted(set(stored) - set(told))[:5], sorted({m for m in told if told.count(m) > 1})[:5])
    assert len(stored) >= len(sent) - 60

    def told_as_listed():
        """Of what was sent: rows of `device_clock` come by themselves, once a minute, and between the two looks."""
        changed.update({key(c): c["version"] for c in stream.of("change")})
        found = {key(c): c["version"] for c in listed(server, "/v1/changes", "changes", since=0)}
        sent_names = {name for name in found if name[0] != "device_clock"}
        assert sent_names == {name for name in changed if name[0] != "device_clock"}
        assert all(changed[name] == found[name] for name in sent_names), "a change was not told"

    holds(told_as_listed)


@pytest.mark.lengthy
@pytest.mark.server(seal="1s")
def test_a_long_absence_is_told_in_pages(server):
    """More than one page may hold, half of it in parts: each event once, each bucket's newest version last."""
    events, devices, minutes = 45_000, 60, 200
    for half in range(2):
        for begin in range(half * events // 2, (half + 1) * events // 2, 500):
            server.send("syslog", [syslog(f"h{n % 50}", f"m{n}") for n in range(begin, begin + 500)], pause_every=50)
        now = int(time.time())
        for device in range(devices):
            server.send("line", [
                "\n".join(f"w,device=d{device} v={half} {now - each * 60 - half}000000000"
                          for each in range(begin, begin + 20)).encode() for begin in range(0, minutes, 20)])
        if half == 0:
            server.wait_for(lambda: server.ask("/v1/ledger")["total"]["stored"] >= events // 2 + devices * minutes, 60)
            server.stop()
            server.start()
    server.wait_for(lambda: server.ask("/v1/ledger")["total"]["stored"] >= events // 2 + devices * minutes, 60)
    time.sleep(5)
    listed_events = listed(server, "/v1/events", "events", limit=10_000)
    assert len(listed_events) == events
    stream = Stream(server, "v0")
    wait(lambda: len(stream.of("event")) >= events, 60)
    places = [place for _, place, _ in stream.came]
    assert len(places) == len(set(places))
    assert sorted(e["message"] for e in stream.of("event")) == sorted(e["message"] for e in listed_events)

    def told_as_listed():
        """Changes come behind the events, and a busy machine settles rows late: the list is asked for each time."""
        listed_changes = {key(c): c["version"] for c in listed(server, "/v1/changes", "changes", since=0, limit=10_000)}
        told = {key(c): c["version"] for c in stream.of("change")}
        assert {each: (told.get(each), listed_changes.get(each)) for each in told.keys() | listed_changes.keys()
                if told.get(each) != listed_changes.get(each)} == {}

    holds(told_as_listed, 60)
    assert stream.comments.count("heartbeat") >= 3, "it came in one piece"
    versions = [int(re.match(r"\d+", place[1:]).group()) for place in places if place[0] == "e"]
    assert versions == sorted(versions)


@pytest.fixture
def stored(server):
    """A registry, and a row of measurement `m2` that is settled."""
    (server.home / "areas.csv").write_text(
        "code,parent,name,valid_from,valid_to\n52,,Gia Lai,,\n21550,52,Quy Nhơn,,\n48,,Đà Nẵng,,\n66,,Đắk Lắk,,\n")
    (server.home / "devices.csv").write_text(
        "id,class,name,area,domain,agency\ns1,sensor,,21550,environment,monre\nc1,camera,,21550,security,police\n"
        "s9,sensor,,48,environment,monre\n")
    server.stop()
    server.config.write_text(server.config.read_text() + (
        f"registry: {{ devices: {server.home}/devices.csv, areas: {server.home}/areas.csv }}\n"))
    server.start()
    # A name that nothing knows is refused; what is known may be waited for.
    server.send("line", [f"m2,device=x b=1 {int(time.time()) - 86_400}000000000".encode()])
    wait(lambda: server.account("line")["stored"] == 1)
    time.sleep(6)
    return server


def test_filters_take_what_they_say(stored):
    server = stored
    filters = {
        "all": {},
        "area": {"area": "52"},
        "class": {"class": "camera"},
        "domain": {"domain": "environment"},
        "agency": {"agency": "police", "area": "21550"},
        "device": {"device": "s9"},
        "measurement": {"measurement": "m2"},
        "field": {"field": "b"},
        "step": {"step": "1h"},
        "kind": {"kind": "syslog"},
        "events": {"types": "event"},
        "changes": {"types": "change"},
        "nowhere": {"area": "66"},
    }
    streams = {name: Stream(server, **query) for name, query in filters.items()}
    devices = ["s1", "c1", "s9", "x"]
    now = int(time.time())
    server.send("line", [f"{m},device={d} a=1,b=2 {now}000000000".encode() for m in ("m1", "m2") for d in devices])
    server.send("syslog", [syslog(d, "hello", kind) for d in devices for kind in ("one", "two")])
    kinds = {event["kind"] for event in server.wait_for(lambda: server.ask("/v1/events")["events"])}
    wait(lambda: len(streams["all"].of("event")) == 8 and len({key(c) for c in streams["all"].of("change")}) == 64)

    def of(name, kind, *names):
        return {tuple(what[n] for n in names) for what in streams[name].of(kind)}

    def each_has_its_own():
        for name, wanted in {"area": {"s1", "c1"}, "class": {"c1"}, "domain": {"s1", "s9"}, "agency": {"c1"},
                             "device": {"s9"}}.items():
            assert of(name, "change", "device") == of(name, "event", "device") == {(d,) for d in wanted}, name
        assert of("measurement", "change", "measurement") == {("m2",)} and len(streams["measurement"].of("event")) == 8
        assert of("field", "change", "field") == {("b",)} and of("step", "change", "step") == {("1h",)}
        assert {c["step"] for c in streams["all"].of("change")} == {"1m", "5m", "1h", "1d"}
        assert not streams["events"].of("change") and len(streams["events"].of("event")) == 8
        assert streams["changes"].of("change") and not streams["changes"].of("event")
        assert streams["nowhere"].came == []
        assert {e["kind"] for e in streams["kind"].of("event")} == {"syslog"} == kinds

    # Of what all have been sent each reads its own in its own time.
    holds(each_has_its_own)


def test_filters_that_nothing_matches_are_refused(stored):
    server = stored
    for path, status in {
        "?area=00": 404,
        "?class=x": 400,
        "?domain=x": 404,
        "?agency=x": 404,
        "?device=y": 404,
        "?measurement=m3": 404,
        "?field=c": 404,
        "?kind=two": 404,
        "?step=7m": 400,
        "?types=change,x": 400,
        "?types=": 400,
        "?limit=3": 400,
    }.items():
        assert server.problem("/v1/stream" + path)[0] == status, path
    for bad in ("x", "v", "v-1", "c00", "e1", "e1.-1", "v99999999999999999999", "c" + "0" * 20000):
        refused = Stream(server, bad)
        assert refused.status == 400, bad
    assert server.problem("/v1/stream", "POST")[0] == server.problem("/v1/stream", "DELETE")[0] == 405


@pytest.mark.needs("curl")
def test_curl_shows_what_comes_and_a_stop_ends_it(server):
    curl = subprocess.Popen(
        [shutil.which("curl"), "-sN", f"http://127.0.0.1:{server.http}/v1/stream?types=event"],
        stdout=subprocess.PIPE, text=True)
    lines = queue.Queue()
    threading.Thread(target=lambda: [lines.put(line) for line in curl.stdout], daemon=True).start()
    assert lines.get(timeout=20) == ": thinai\n"
    server.send("syslog", [syslog("host", "as it comes")])
    while not (line := lines.get(timeout=20)).startswith("data: "):
        pass
    assert json.loads(line[6:])["message"] == "as it comes"
    assert curl.poll() is None
    # HEAD has no stream to describe.
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.http, timeout=20)) as connection:
        connection.request("HEAD", "/v1/stream")
        answer = connection.getresponse()
        assert answer.status == 405 and answer.headers["allow"] == "GET"
    # A heartbeat comes where nothing else does, and says where the client stands.
    beat = wait(
        lambda: next((line for line in iter(lambda: lines.get(timeout=40), None) if line.startswith(":")), None)
    )
    assert beat == ": heartbeat\n" and lines.get(timeout=5).startswith("id: v")
    assert server.stop() == 0, server.log()
    # The chunks end as HTTP wants it.
    assert curl.wait(20) == 0


def test_one_that_does_not_read_is_dropped(server):
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect(("127.0.0.1", server.http))
    deaf.sendall(b"GET /v1/stream HTTP/1.1\r\nHost: x\r\n\r\n")
    place = "%s:%d" % deaf.getsockname()
    good = Stream(server, types="event")
    server.wait_for(lambda: metric(server, "thinai_stream_subscribers") == 2)
    assert metric(server, "thinai_stream_dropped_total") == 0
    fields = ",".join(f"field_with_a_long_name_{n}={n}" for n in range(20))
    now = int(time.time())
    rounds = 0
    while metric(server, "thinai_stream_dropped_total") == 0:
        rounds += 1
        assert rounds < 60, "it is never dropped"
        server.send(
            "line", [f"much,device=d{n} {fields} {now - n * 60 - rounds}000000000".encode() for n in range(150)]
        )
        server.send("syslog", [syslog("host", f"round {rounds}")])
        time.sleep(0.5)
    assert metric(server, "thinai_stream_dropped_total") == 1
    assert place in server.log() and "does not read" in server.log(), server.log()
    server.wait_for(lambda: metric(server, "thinai_stream_subscribers") == 1)
    # The other was told everything.
    wait(lambda: len(good.of("event")) == rounds)
    assert not good.ended
    deaf.settimeout(20)
    with contextlib.suppress(ConnectionResetError):
        while deaf.recv(1 << 16):
            pass
    balanced(server.ask("/v1/ledger"))


@pytest.mark.serial("counts questions a second")
def test_there_is_room_for_256(server):
    streams = [Stream(server, types="event") for _ in range(256)]
    assert all(stream.status == 200 for stream in streams)
    status, kind, problem = server.problem("/v1/stream")
    assert status == 503 and problem["type"] == "urn:thinai:problem:too-many-streams", problem
    # One question a second is for all of them.
    begun, asked = time.time(), metric(server, "thinai_stream_questions_total")
    server.send("syslog", [syslog("host", "to all")])
    wait(lambda: all(stream.of("event") for stream in streams))
    assert {stream.of("event")[0]["message"] for stream in streams} == {"to all"}
    asked = metric(server, "thinai_stream_questions_total") - asked
    assert 0 < asked <= time.time() - begun + 1, asked
    for stream in streams[:3]:
        stream.close()
    # Who left is found out when something is written.
    server.wait_for(lambda: metric(server, "thinai_stream_subscribers") <= 253, 60)
    assert Stream(server).status == 200
    assert server.stop() == 0, server.log()
    wait(lambda: all(stream.ended for stream in streams))
