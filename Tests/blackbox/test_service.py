"""The service as its operators and clients see it: hostile input, the ledger, HTTP, signals, captures, the command
line."""

import json
import os
import pathlib
import random
import signal
import subprocess
import tempfile

import pytest

from captures import need_captures
from server import BINARY, LONG, ROOT, SEED, balanced

SEEDS = {
    "line": [b'weather,device=d1 temperature=23.5,ok=t,n=7i,s="a b" 1795176000000000000\n'],
    "syslog": [b'<165>1 2026-11-20T22:14:15.003Z host app 1 ID47 [a@1 k="v"] \xef\xbb\xbfmessage'],
    "coap": [b"\x42\x02\x12\x34\xaa\xbb\xb9telemetry\x07weather\x11\x70\xff\x82\xa3\x21\x67urn:d1:\x00\x61t\x02\x18\x20"
             b"\xa2\x00\x61h\x02\xfb\x40\x37\x00\x00\x00\x00\x00\x00"],
}


def mutated(seeds):
    content = bytearray(random.choice(seeds))
    for _ in range(random.randrange(1, 8)):
        kind = random.randrange(4)
        if kind == 0 and content:
            content[random.randrange(len(content))] = random.randrange(256)
        elif kind == 1:
            place = random.randrange(len(content) + 1)
            content[place:place] = os.urandom(random.randrange(1, 9))
        elif kind == 2 and content:
            del content[random.randrange(len(content)):]
        else:
            content = bytearray(os.urandom(random.randrange(0, 1400)))
    return bytes(content)


@pytest.mark.serial("a flood")
@pytest.mark.sanitized
@pytest.mark.server(seal="1h")
def test_hostile_datagrams(server):
    random.seed(SEED)
    count = 1_000_000 if LONG else 30_000
    for protocol, seeds in SEEDS.items():
        server.send(protocol, (mutated(seeds) for _ in range(count)), pause_every=50)
    ledger = server.wait_for(lambda: (lambda l: l if all(
        l["listeners"][p]["received"] + l["listeners"][p]["kernel_dropped"] >= count for p in SEEDS) else None)(
            server.ask("/v1/ledger")))
    balanced(ledger)
    assert server.process.poll() is None, server.log()
    server.send("line", [b"after,device=d9 v=1"])
    server.wait_for(lambda: b'"after"' in server.get("/v1/measurements"))


def test_http(server):
    server.send("line", [b"m,device=d1 a=1.5,b=2i,c=t,d=\"text\" 1795176000000000000"])
    server.wait_for(lambda: server.account("line")["stored"] == 1)
    row = server.ask("/v1/latest", device="d1")["rows"][0]
    assert row["fields"] == {"a": 1.5, "b": 2, "c": True, "d": "text"}, row
    assert row["time"].startswith("2026-11-20T12:00:00"), row
    fields = server.ask("/v1/measurements")["measurements"][0]["fields"]
    assert {f["name"]: f["type"] for f in fields} == {"a": "decimal", "b": "integer", "c": "boolean", "d": "string"}
    assert server.ask("/v1/devices/d1")["devices"][0]["status"] in ("unknown", "live", "silent")
    for path in ("/v1/devices", "/v1/events", "/v1/areas", "/v1/ledger"):
        server.ask(path)
    for path in ("/metrics", "/healthz", "/readyz", "/openapi.yaml"):
        assert server.get(path)
    refusals = {
        "/v1/nothing": 404, "/v1/rollups": 400, "/v1/rollups?measurement=m&field=a&step=7x": 400,
        "/v1/latest?limit=x": 400, "/v1/latest?nonsense=1": 400, "/v1/events?from=yesterday": 400,
        "/v1/rollups?measurement=none&field=a&step=1m": 404, "/v1/devices/none": 404,
    }
    for path, status in refusals.items():
        got, kind, problem = server.problem(path)
        assert got == status and kind == "application/problem+json" and problem["status"] == status, (
            path,
            got,
            problem,
        )
    assert server.problem("/v1/ledger", method="POST")[0] == 405


@pytest.mark.sanitized
def test_signals(server):
    registry = server.home / "devices.csv"
    header = "id,class,name,area,domain,agency,latitude,longitude,addresses,interval\n"
    registry.write_text(header + "d1,sensor,One,,,,,,,60\n")
    server.stop()
    server.config.write_text(server.config.read_text() + f"registry: {{ devices: {registry}, admit: known }}\n")
    server.start()
    server.send("line", [b"m,device=d1 v=1", b"m,device=d2 v=1"])
    server.wait_for(lambda: server.account("line")["rejected_rows"] == {"unknown_device": 1})
    registry.write_text(header + "broken\n")
    server.process.send_signal(signal.SIGHUP)
    server.wait_for(lambda: "the registry in force stays" in server.log())
    registry.write_text(header + "d1,sensor,One,,,,,,,60\nd2,sensor,Two,,,,,,,60\n")
    server.process.send_signal(signal.SIGHUP)
    server.wait_for(lambda: len(server.ask("/v1/devices")["devices"]) == 2)
    server.send("line", [b"m,device=d2 v=2"])
    server.wait_for(lambda: server.account("line")["stored"] == 2)
    assert server.stop() == 0
    assert not list(server.data.glob("journal/lane-*/*.journal")), "rows were left unsealed"


@pytest.mark.sanitized
@pytest.mark.server(lanes=2, seal="500ms")
def test_two_lanes(server):
    for port in range(20):
        server.send("line", [f"lanes,device=d{port} v={v} {1790000000 + v}000000000".encode() for v in range(200)])
    server.wait_for(lambda: server.account("line")["stored"] == 4000)
    balanced(server.ask("/v1/ledger"))
    assert server.stop() == 0


def replay(capture, *arguments):
    with tempfile.TemporaryDirectory(prefix="thinai-test-") as data:
        run = subprocess.run(
            [BINARY, "replay", capture, "--json", "--data", data, *arguments],
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert run.returncode == 0, (capture, run.stderr)
    return json.loads(run.stdout)


def test_captures():
    checked = 0
    for folder in ("syslog", "coap", "framing"):
        for capture in sorted(p for p in need_captures(folder).glob("*") if p.suffix in (".pcap", ".pcapng", ".cap")):
            truth = json.loads((need_captures("truth", folder) / (capture.name + ".json")).read_text())
            out = replay(capture)
            assert out["datagrams"] == truth["udp_frames"], (capture.name, out["datagrams"], truth["udp_frames"])
            balanced(out["ledger"])
            if folder == "syslog":
                assert out["by_protocol"].get("syslog", {}).get("events", 0) >= truth["syslog"]["with_pri"], (
                    capture.name
                )
            if folder == "coap":
                assert out["by_protocol"]["coap"]["received"] == truth["coap"]["messages"], capture.name
            checked += 1
    assert checked > 50, checked


def test_command_line():
    def run(*arguments):
        return subprocess.run([BINARY, *arguments], capture_output=True, text=True, cwd=ROOT)

    assert run("--version").returncode == 0
    assert run("check-config", "configs/demo.yaml").returncode == 0
    assert run("nonsense").returncode == 2
    with tempfile.TemporaryDirectory(prefix="thinai-test-") as home:
        bad = pathlib.Path(home) / "bad.yaml"
        for text, words in {
            "lanez: 2\n": "line 1: lanez: no such key",
            "node: a\nseal:\n  every: 5x\n": "line 3: seal.every: 5x",
            "listeners:\n  - { protocol: smoke }\n": "smoke is no protocol",
            "node: [\n": "it is no YAML",
        }.items():
            bad.write_text(text)
            refused = run("check-config", bad)
            assert refused.returncode == 2 and words in refused.stderr, (text, refused)
    refused = run("replay", "no-such-file.pcap")
    assert refused.returncode == 1 and "no-such-file.pcap: No such file or directory" in refused.stderr, refused
