"""What was acknowledged is there, with the values that were sent: over damage, over tables that cannot be sealed, at
limits."""

import contextlib
import json
import random
import shutil
import socket
import struct
import time

import polars
import pytest

from server import SEED, balanced

BASE = int(time.time()) - 7200
CODES = {0x44: "2.04", 0xA3: "5.03", 0x8D: "4.13"}


def pack(device, seconds, fields):
    records = []
    for number, (name, value) in enumerate(fields.items()):
        head = {"bn": device + ":", "bt": seconds} if number == 0 else {}
        records.append({**head, "n": name, "v": value})
    return json.dumps(records).encode()


class Device:
    """A CoAP client at an address of its own, which waits for each answer."""

    def __init__(self, server, source="127.0.0.1"):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", server.ports["coap"]))
        self.socket.settimeout(5)
        self.number = random.randrange(30_000)

    def post(self, measurement, payload):
        """The answer's code."""
        self.number += 1
        options = bytes([0xB9]) + b"telemetry" + bytes([len(measurement)]) + measurement.encode() + bytes([0x11, 110])
        self.socket.send(bytes([0x40, 0x02]) + struct.pack(">H", self.number & 0xFFFF) + options + b"\xff" + payload)
        while True:
            answer = self.socket.recv(2_000)
            if struct.unpack(">H", answer[2:4])[0] == self.number & 0xFFFF:
                return CODES.get(answer[1], hex(answer[1]))


def sent(server, numbers, tables=("air", "rain"), device=None):
    """Rows of many lists of fields, each acknowledged: {(table, device, seconds): fields}."""
    rows, client = {}, device or Device(server)
    for number in numbers:
        random.seed(f"{SEED}{number}")
        for table in tables:
            names = random.sample(["a", "b", "c", "d"], random.randrange(1, 5))
            fields = {name: round(random.uniform(-99, 99), 2) for name in names}
            key = (table, f"d{number % 3}", BASE + number)
            assert client.post(table, pack(key[1], key[2], fields)) == "2.04"
            rows[key] = fields
    return rows


def answered(server, tables=("air", "rain")):
    rows = {}
    for table in tables:
        for device in ("d0", "d1", "d2"):
            with contextlib.suppress(OSError):
                for row in server.ask(f"/v1/devices/{device}/readings", measurement=table, limit=5_000)["rows"]:
                    seconds = int(time.mktime(time.strptime(row["time"][:19], "%Y-%m-%dT%H:%M:%S"))) - time.timezone
                    key = (table, device, seconds)
                    assert key not in rows, f"{key} twice"
                    rows[key] = row["fields"]
    return rows


def stored(server, table):
    frame = polars.read_delta(str(server.data / "tables" / table))
    return sorted((row["device"], int(row["time"].timestamp()) - time.timezone) for row in frame.iter_rows(named=True))


@pytest.mark.server(seal="1h")
def test_a_flipped_octet_costs_its_frame(server):
    """The first frame of a segment defines what all later ones refer to; it stands in the journal twice."""
    rows = sent(server, range(40))
    server.kill()
    kept = server.home / "kept"
    shutil.copytree(server.data, kept)
    whole = next((kept / "journal" / "lane-00").glob("*.journal")).read_bytes()
    positions = [60, 100, 140, 200] + [random.Random(SEED).randrange(48, len(whole)) for _ in range(8)]
    for position in positions:
        shutil.rmtree(server.data)
        shutil.copytree(kept, server.data)
        path = next((server.data / "journal" / "lane-00").glob("*.journal"))
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0x20]) + whole[position + 1:])
        server.start()
        got = answered(server)
        assert all(rows[key] == fields for key, fields in got.items()), f"other values, octet {position}"
        # A device that waits for each answer has one row a commit.
        assert len(rows) - len(got) <= 1, f"{len(rows) - len(got)} rows lost by octet {position}: {server.log()}"
        assert "damaged bytes set aside" in server.log() or len(got) == len(rows), server.log()
        server.kill()


@pytest.mark.sanitized
@pytest.mark.server(seal="300ms")
def test_a_segment_that_cannot_be_read_is_taken_later(server):
    rows = sent(server, range(6))
    server.kill()
    with_rows = [path for path in (server.data / "journal" / "lane-00").glob("*.journal")]
    assert with_rows, "everything was sealed before the kill"
    for fault in ("open:EMFILE:path=/journal/lane-00/:times=1", "read:EIO:path=/journal/lane-00/:times=1"):
        server.environment["THINAI_FAULTS"] = fault
        server.start()
        assert "cannot read journal" in server.log(), server.log()
        rows |= sent(server, range(len(rows), len(rows) + 5))
        server.wait_for(
            lambda: (
                server.ask("/v1/ledger")["total"]["stored"] and b"\nthinai_rows_unsealed 0\n" in server.get("/metrics")
            )
        )
        assert server.stop() == 0
        del server.environment["THINAI_FAULTS"]
        server.start()
        assert answered(server) == rows
        server.kill()
    server.start()
    server.wait_for(lambda: answered(server) == rows)
    assert server.stop() == 0
    for table in ("air", "rain"):
        assert stored(server, table) == sorted(key[1:] for key in rows if key[0] == table)


@pytest.mark.server(seal="300ms")
def test_a_stuck_table_keeps_no_other_one(server):
    rows = sent(server, range(4))
    server.wait_for(lambda: b"\nthinai_rows_unsealed 0\n" in server.get("/metrics"))
    log = server.data / "tables" / "rain" / "_delta_log"
    log.rename(log.with_name("log-away"))
    log.write_text("x")
    rows |= sent(server, range(4, 10))
    air = sorted(key[1:] for key in rows if key[0] == "air")
    server.wait_for(lambda: stored(server, "air") == air)
    status, _, body = server.problem("/readyz")
    assert status == 503 and "rain" in json.dumps(body), body
    assert answered(server) == rows
    assert list((server.data / "journal" / "lane-00").glob("*.journal")), "the rows of rain are in no journal"
    assert server.stop() == 0
    log.unlink()
    log.with_name("log-away").rename(log)
    server.start()
    server.wait_for(lambda: stored(server, "rain") == sorted(key[1:] for key in rows if key[0] == "rain"))
    assert answered(server) == rows
    server.wait_for(lambda: server.get("/readyz"))
    balanced(server.ask("/v1/ledger"))


@pytest.mark.lengthy
@pytest.mark.server(seal="1s")
def test_nothing_is_acknowledged_and_then_shed(server):
    """One source makes up columns and tables without end; another one finds its room, and refusals are no
    acknowledgements."""
    rows = sent(server, range(2), device=Device(server, "127.0.0.8"))
    invented = ["air,device=evil " + ",".join(f"x{n + k}=1" for k in range(500)) for n in range(0, 4_000, 500)]
    invented += ["\n".join(f"made{n + k},device=evil v=1" for k in range(1_000)) for n in range(0, 6_000, 1_000)]
    server.send("line", [line.encode() for line in invented], pause_every=1)
    server.wait_for(lambda: server.account("line")["shed"].get("table_limit", 0) > 1_000)
    honest = Device(server, "127.0.0.9")
    for number, (table, names) in enumerate([("air", ["battery"]), ("level", ["v", "w"]), ("rain", ["a", "gust"])]):
        fields = {name: number + 0.5 for name in names}
        assert honest.post(table, pack("d1", BASE + 500 + number, fields)) == "2.04", (table, server.log())
        rows[(table, "d1", BASE + 500 + number)] = fields
    tables = ("air", "rain", "level")
    server.wait_for(lambda: {k: v for k, v in answered(server, tables).items() if k in rows} == rows)
    server.kill()
    server.start()
    assert {k: v for k, v in answered(server, tables).items() if k in rows} == rows
    ledger = server.ask("/v1/ledger")
    balanced(ledger)
