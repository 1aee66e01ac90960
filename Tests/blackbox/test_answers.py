"""Answers as they leave: packed as the client takes it, named by a tag, and as Arrow."""
import gzip
import http.client
import io
import json
import math
import random
import time
import urllib.parse

import pandas
import pyarrow
import pytest

from server import SEED, balanced

BEGIN = int(time.time()) // 86400 * 86400 - 5 * 86400 + 9 * 3600


# What an answer depends on: how it is packed, and who asks.
VARY = "Accept-Encoding, Authorization, Cookie"


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def rollups(begin=BEGIN, end=BEGIN + 7200, measurement="air", field="pm", step="1m", **more):
    return "/v1/rollups?" + urllib.parse.urlencode(
        {"measurement": measurement, "field": field, "step": step, "from": stamp(begin), "to": stamp(end), **more})


ROLLUPS = rollups()


def request(server, path, method="GET", **headers):
    """Status, headers (lower case) and the bytes as they came, unpacked by nobody."""
    connection = http.client.HTTPConnection("127.0.0.1", server.http, timeout=30)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


def unpacked(headers, body):
    coding = headers.get("content-encoding")
    if coding == "gzip":
        return gzip.decompress(body)
    if coding == "zstd":
        return pyarrow.CompressedInputStream(pyarrow.BufferReader(body), "zstd").read()
    assert coding is None, coding
    return body


def load(server, rows=600):
    chance = random.Random(SEED)
    lines = [f"air,device=a{n % 5} pm={chance.randrange(1000) / 10} {BEGIN + n * 12}000000000" for n in range(rows)]
    server.send("line", ["\n".join(lines[i:i + 10]).encode() for i in range(0, rows, 10)])
    server.wait_for(lambda: server.account("line")["stored"] >= rows)


def test_bodies_are_packed_as_the_client_takes_them(server):
    wanted = {
        "gzip": "gzip", "zstd": "zstd", "gzip, deflate, br, zstd": "zstd", "GZip": "gzip", "x-gzip": "gzip",
        "zstd;q=0.5, gzip;q=0.8": "gzip", "zstd;q=0.801, gzip;q=0.8": "zstd", "gzip;q=0": None, "br": None, "": None,
        "identity": None, "identity, gzip;q=0.5": None, "identity;q=0.1, gzip;q=0.5": "gzip", "*": "gzip",
        "*;q=0.1, gzip;q=0": "zstd", "identity;q=0, *": "gzip", "identity;q=0, zstd": "zstd", "gzip;q=nonsense": None,
        "gzip;q=1.5": None, "zstd ; q=1": "zstd",
    }
    load(server)
    plain = request(server, ROLLUPS)
    assert "content-encoding" not in plain[1] and plain[1]["vary"] == VARY
    assert len(json.loads(plain[2])["groups"][0]["buckets"]) == 120
    for accept, coding in wanted.items():
        status, headers, body = request(server, ROLLUPS, accept_encoding=accept)
        assert status == 200 and headers.get("content-encoding") == coding, (accept, headers)
        assert headers["vary"] == VARY and int(headers["content-length"]) == len(body)
        assert json.loads(unpacked(headers, body))["groups"] == json.loads(plain[2])["groups"], accept
        if coding:
            assert len(body) < len(plain[2]) / 3, (accept, len(body))
        status, bare, body = request(server, ROLLUPS, "HEAD", accept_encoding=accept)
        assert status == 200 and body == b"", accept
        for name in ("content-encoding", "content-type", "vary", "etag"):
            assert bare.get(name) == headers.get(name), (accept, name)
        assert abs(int(bare["content-length"]) - int(headers["content-length"])) < 40, accept
    # Small ones stay as they are, unless that is refused.
    assert "content-encoding" not in request(server, "/healthz", accept_encoding="gzip, zstd")[1]
    status, headers, body = request(server, "/healthz", accept_encoding="gzip, identity;q=0")
    assert headers["content-encoding"] == "gzip" and json.loads(gzip.decompress(body)) == {"status": "alive"}
    for accept in ("identity;q=0", "*;q=0", "br, identity;q=0"):
        status, headers, body = request(server, ROLLUPS, accept_encoding=accept)
        assert status == 406 and json.loads(body)["type"] == "urn:thinai:problem:no-coding", (accept, body)
    for path in ("/metrics", "/openapi.yaml", ROLLUPS + "&format=csv", ROLLUPS + "&format=arrow"):
        for coding in ("gzip", "zstd"):
            _, headers, body = request(server, path, accept_encoding=coding)
            assert headers["content-encoding"] == coding, (path, headers)
            if path != "/metrics":
                assert unpacked(headers, body) == request(server, path)[2], path


@pytest.mark.server(seal="1s")
def test_a_tag_stands_as_long_as_the_answer(server):
    load(server)
    # A row of now: what was asked for is closed.
    server.send("line", [b"air,device=now pm=1"])
    first = server.wait_for(lambda: (answer := request(server, ROLLUPS))[1].get("etag") and answer)
    tag = first[1]["etag"]
    assert first[1]["cache-control"] == "no-cache"
    for known in (tag, tag.removeprefix("W/"), f'"x", {tag}', '"a,b" , ' + tag, "*"):
        status, headers, body = request(server, ROLLUPS, if_none_match=known)
        assert status == 304 and body == b"" and headers["etag"] == tag, (known, status, headers)
        assert headers["vary"] == VARY and "content-type" not in headers
    for known in ('"x"', tag[:-2] + '"', "nonsense", ""):
        assert request(server, ROLLUPS, if_none_match=known)[0] == 200, known
    # The same whatever the coding: the tag is weak. CSV and Arrow have strong ones, another for each coding.
    assert request(server, ROLLUPS, if_none_match=tag, accept_encoding="gzip")[0] == 304
    for form in ("csv", "arrow"):
        tags = {request(server, f"{ROLLUPS}&format={form}", accept_encoding=coding)[1]["etag"]
                for coding in ("identity", "gzip", "zstd")}
        assert len(tags) == 3 and not any(text.startswith("W/") for text in tags), tags
    # More rows elsewhere change nothing, nor does sealing.
    server.send("line", [b"air,device=now pm=2", b"other,device=x v=1"])
    server.wait_for(lambda: any(server.data.glob("tables/air/date=*/*.parquet")))
    time.sleep(2.5)
    assert request(server, ROLLUPS, if_none_match=tag)[0] == 304
    # A late row does.
    server.send("line", [f"air,device=late pm=3 {BEGIN + 61}000000000".encode()])
    changed = server.wait_for(lambda: (answer := request(server, ROLLUPS, if_none_match=tag))[0] == 200 and answer)
    assert changed[1]["etag"] != tag
    assert request(server, ROLLUPS, if_none_match=changed[1]["etag"])[0] == 304
    # What is not over has no tag.
    open_range = rollups(end=time.time() + 86400, step="1d")
    _, headers, _ = request(server, open_range)
    assert "etag" not in headers and headers["cache-control"] == "no-store", headers
    assert request(server, open_range, if_none_match="*")[0] == 200
    # A tag outlives a restart, and not a registry that says something else.
    grouped = ROLLUPS + "&group_by=area"
    tag = request(server, grouped)[1]["etag"]
    devices = server.home / "devices.csv"
    devices.write_text("id,class,name,area\na1,sensor,One,21550\n")
    server.stop()
    server.start()
    server.send("line", [b"air,device=now pm=3"])
    server.wait_for(lambda: request(server, grouped, if_none_match=tag)[0] == 304)
    server.stop()
    server.config.write_text(server.config.read_text() + f"registry: {{ devices: {devices} }}\n")
    server.start()
    _, headers, body = request(server, grouped, if_none_match=tag)
    assert {group["by"]["area"] for group in json.loads(body)["groups"]} == {"", "21550"}
    balanced(server.ask("/v1/ledger"))


def arrow_table(server, query):
    body = request(server, query + "&format=arrow", accept_encoding="zstd")
    assert body[1]["content-type"] == "application/vnd.apache.arrow.stream", body[1]
    with pyarrow.ipc.open_stream(io.BytesIO(unpacked(body[1], body[2]))) as reader:
        batches = list(reader)
        for batch in batches:
            batch.validate(full=True)
            assert 0 < batch.num_rows <= 65_536
        return pyarrow.Table.from_batches(batches, reader.schema)


def test_arrow_says_what_json_says(server):
    aggregates = ["count", "avg", "min", "max", "sum", "first", "last", "stddev", "p50", "p99.9"]
    load(server)
    server.send("line", ["air,device=Trạm-1 pm=1e308 {0}000000000\nair,device=Trạm-1 pm=1e308 {1}000000000".format(
        BEGIN, BEGIN + 1).encode()])
    server.wait_for(lambda: server.account("line")["stored"] >= 602)
    for group in (None, "device", "area"):
        query = ROLLUPS + "&aggregate=" + ",".join(aggregates) + (f"&group_by={group}" if group else "")
        wanted = [
            ({group: part["by"][group]} if group else {}) | bucket
            for part in json.loads(request(server, query)[2])["groups"] for bucket in part["buckets"]]
        table = arrow_table(server, query)
        assert table.column_names == ([group] if group else []) + ["time"] + aggregates + ["complete"]
        assert table.schema.field("time").type == pyarrow.timestamp("ms", "UTC")
        assert table.schema.field("count").type == pyarrow.int64()
        assert table.schema.field("avg").type == pyarrow.float64()
        found = table.to_pylist()
        for row in found:
            row["time"] = row["time"].strftime("%Y-%m-%dT%H:%M:%SZ")
        assert found == wanted, (group, found[:2], wanted[:2])
        if group == "device":
            # A sum that no double holds is null in both, and was not left out.
            assert any(row["sum"] is None for row in found) and table.column("sum").null_count == 1
            frame = table.to_pandas()
            assert set(frame["device"]) == {"Trạm-1"} | {f"a{n}" for n in range(5)}
            assert isinstance(frame["time"].dtype, pandas.DatetimeTZDtype)
            assert math.isclose(frame["count"].sum(), 602)
    empty = arrow_table(server, rollups(BEGIN - 7200, BEGIN))
    assert empty.num_rows == 0 and empty.column_names == ["time", "avg", "min", "max", "count", "complete"]


def test_arrow_of_many_rows_comes_in_batches(server):
    devices, minutes = 100, 1400
    for minute in range(0, minutes, 10):
        server.send("line", [
            "\n".join(f"wide,device=d{device} v={device + each} {BEGIN + each * 60}000000000"
                      for each in range(minute, minute + 10)).encode()
            for device in range(devices)])
    server.wait_for(lambda: server.account("line")["stored"] >= devices * minutes)
    query = rollups(end=BEGIN + 2 * 86400, measurement="wide", field="v", aggregate="count,last", group_by="device")
    table = arrow_table(server, query)
    assert table.num_rows == devices * minutes and table.column("last").num_chunks == 3
    frame = table.to_pandas().groupby("device")["last"]
    assert (frame.max() - frame.min() == minutes - 1).all() and len(frame) == devices
