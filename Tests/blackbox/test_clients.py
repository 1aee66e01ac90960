"""Clients that we did not write, over IPv4 and IPv6: everything is there, once, in the answers and in the files."""
import asyncio
import collections
import json
import subprocess
import time

import aiocoap
import cbor2
import polars
import pytest

from server import balanced

HOSTS = ["127.0.0.1", "::1"]


@pytest.mark.needs("logger")
def test_logger(server):
    forms = [["--rfc3164"], ["--rfc5424"], ["--rfc5424=notime"], ["--rfc5424=notime,nohost"]]
    for number in range(16):
        subprocess.run(
            ["logger", "-n", HOSTS[number % 2], "-P", str(server.ports["syslog"]), "-d", *forms[number // 2 % 4],
             "-p", "local3.warning", "-t", "bar", f"unique {number} end"], check=True)
    wanted = {f"unique {number} end" for number in range(16)}

    def arrived():
        events = server.ask("/v1/events", limit=1000)["events"]
        return events if len(events) >= 16 else None

    events = server.wait_for(arrived)
    assert collections.Counter(event["message"] for event in events) == collections.Counter(wanted), events
    assert {event["severity"] for event in events} == {"warning"}, events
    assert {event["attributes"]["facility"] for event in events} == {"local3"}, events
    balanced(server.ask("/v1/ledger"))
    assert server.stop() == 0
    stored = polars.read_delta(str(server.data / "tables" / "events"))["message"].to_list()
    assert sorted(stored) == sorted(wanted), stored


def pack(device, value, now, rows=2):
    records = [{"bn": f"urn:dev:mac:{device}/", "bt": now - 60, "n": "temperature", "u": "Cel", "t": 0, "v": value}]
    records += [{"n": "temperature", "t": row, "v": value + row / 8} for row in range(1, rows)]
    return records


@pytest.mark.needs("coap-client-notls")
def test_coap_client(server):
    now = int(time.time())
    for number in range(8):
        host = "[::1]" if number % 2 else "127.0.0.1"
        body = server.home / "pack"
        body.write_text(json.dumps(pack(f"0024befffe80{number:04x}", 20 + number, now, rows=40 if number >= 4 else 2)))
        blocks = ["-b", "64"] if number >= 4 else []
        run = subprocess.run(
            ["coap-client-notls", "-m", "post", "-t", "110", "-f", body, "-B", "10", *blocks,
             f"coap://{host}:{server.ports['coap']}/telemetry/weather"], capture_output=True, text=True)
        assert run.returncode == 0 and "4." not in run.stdout, run
    wanted = 4 * 2 + 4 * 40
    server.wait_for(lambda: server.account("coap")["stored"] == wanted)
    latest = server.ask("/v1/latest", measurement="weather", limit=100)["rows"]
    assert len(latest) == 8, latest
    assert server.stop() == 0
    assert polars.read_delta(str(server.data / "tables" / "weather")).height == wanted


async def post(context, uri, payload, content_format):
    message = aiocoap.Message(code=aiocoap.POST, uri=uri, payload=payload, content_format=content_format)
    return (await asyncio.wait_for(context.request(message).response, 20)).code


@pytest.mark.sanitized
def test_aiocoap(server):
    now = time.time()

    async def talk(server):
        context = await aiocoap.Context.create_client_context()
        codes = []
        for number in range(8):
            host = "[::1]" if number % 2 else "127.0.0.1"
            uri = f"coap://{host}:{server.ports['coap']}/telemetry/weather"
            body = cbor2.dumps([
                {-2: f"urn:dev:mac:aa24befffe80{number:04x}/", -3: int(now) - 5, 0: "temperature", 2: 30.25 + number},
                {0: "open", 4: bool(number % 2)}, {0: "count", 2: 1000 + number}])
            codes.append(await post(context, uri, body, 112))
        uri = f"coap://127.0.0.1:{server.ports['coap']}/telemetry/weather"
        long = json.dumps(pack("bb24befffe800001", 1, int(now) - 600, rows=200)).encode()
        codes.append(await post(context, uri, long, 110))
        bad = await post(context, uri, b"\xff\xff", 112)
        await context.shutdown()
        return codes, bad

    codes, bad = asyncio.run(talk(server))
    assert all(code.is_successful() for code in codes), codes
    assert str(bad).startswith("4.00"), bad
    account = server.wait_for(
        lambda: (lambda a: a if a["stored"] == 208 and a["rejected"] else None)(server.account("coap"))
    )
    assert account["rejected"] == {"senml_bad_cbor": 1}, account
    balanced(server.ask("/v1/ledger"))
    assert server.stop() == 0
    frame = polars.read_delta(str(server.data / "tables" / "weather"))
    assert frame.height == 208 and frame.filter(polars.col("open")).height == 4, frame
