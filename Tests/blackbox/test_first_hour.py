"""A field engineer's first hour (docs/operating.md): twelve devices of four protocols, one wrong thing each. Every one
of them is found with what the product itself tells."""
import gzip
import subprocess
import time

import pytest

from server import BINARY, ROOT, Server, balanced
from test_notifications import LINK_DOWN, send
from test_refusals import send_from

DEVICES = """id,class,addresses,interval
sen-1,sensor,,60
sen-2,sensor,,60
sen-3,sensor,,60
bts-1,bts,127.0.0.21,none
bts-2,bts,127.0.0.22,none
bts-3,bts,,none
urn:dev:mac:000000000001,sensor,127.0.0.31,60
urn:dev:mac:000000000002,sensor,127.0.0.32,60
urn:dev:mac:000000000003,sensor,127.0.0.33,60
ups-1,gateway,127.0.0.41,none
ups-2,gateway,127.0.0.42,none
ups-3,gateway,127.0.0.43,1s
"""
LISTENERS = {
    "line": 'protocol: line, listen: "[::]:PORT"', "coap": 'protocol: coap, listen: "[::]:PORT"',
    "syslog": 'protocol: syslog, listen: "[::]:PORT", allow: ["127.0.0.22/32", "127.0.0.23/32"]',
    "snmp": 'protocol: snmp, listen: "[::]:PORT", communities: ["province"]'}


def tlv(tag, *parts):
    content = b"".join(parts)
    assert len(content) < 128
    return bytes([tag, len(content)]) + content


def trap(community):
    """`coldStart` by SNMP v2c."""
    up_time = tlv(0x30, tlv(6, bytes([0x2B, 6, 1, 2, 1, 1, 3, 0])), tlv(0x43, b"\x01"))
    identity = tlv(
        0x30, tlv(6, bytes([0x2B, 6, 1, 6, 3, 1, 1, 4, 1, 0])), tlv(6, bytes([0x2B, 6, 1, 6, 3, 1, 1, 5, 1]))
    )
    pdu = tlv(0xA7, tlv(2, b"\x07"), tlv(2, b"\x00"), tlv(2, b"\x00"), tlv(0x30, up_time, identity))
    return tlv(0x30, tlv(2, b"\x01"), tlv(4, community), pdu)


def coap(path, content_format, payload):
    """A non-confirmable POST."""
    options = (bytes([0xB0 | len(path)]) + path + b"\x11" if path else b"\xC1") + bytes([content_format])
    return bytes([0x50, 2, 0, len(payload) & 255]) + options + b"\xFF" + payload


def test_config_tells_what_was_meant():
    """Before the start: all faults of the registry at once, each with its line and what was meant."""
    with_faults = (
        DEVICES.replace("sen-2,sensor", "sen-2,senser").replace("127.0.0.22", "127.0.0.2222") + "ups-1,gateway,,\n"
    )
    server = Server(listeners=LISTENERS, extra="registry: { devices: devices.csv }\n")
    (server.home / "devices.csv").write_text(with_faults)
    run = subprocess.run([BINARY, "check-config", server.config], capture_output=True, text=True, cwd=ROOT)
    said = run.stdout + run.stderr
    assert run.returncode == 2, said
    for what in ("line 3", "did you mean sensor?", "line 6", "127.0.0.2222", "line 14", "ups-1"):
        assert what in said, (what, said)


@pytest.mark.needs("snmptrap")
def test_twelve_devices_with_one_fault_each():
    server = Server(listeners=LISTENERS, extra="registry: { devices: devices.csv }\n")
    (server.home / "devices.csv").write_text(DEVICES)
    with server:
        now = time.time_ns()
        # A probe that is broken, milliseconds where nanoseconds are wanted, a name that nobody registered.
        send_from(server, "line", "127.0.0.11", f"air,device=sen-1 temp=nan,hum=61 {now}".encode())
        send_from(server, "line", "127.0.0.12", f"air,device=sen-2 temp=21 {now // 1_000_000}".encode())
        send_from(server, "line", "127.0.0.13", f"air,device=sen-03 temp=21 {now}".encode())
        # A sender that is not allowed, packed text, a host that nobody registered.
        send_from(server, "syslog", "127.0.0.21", b"<13>1 2026-11-29T00:00:00Z bts-1 power - - - on battery")
        send_from(server, "syslog", "127.0.0.22", gzip.compress(b"<13>1 2026-11-29T00:00:00Z bts-2 - - - - hello"))
        send_from(server, "syslog", "127.0.0.23", b"<13>1 2026-11-29T00:00:00Z tram-3 - - - - hello")
        # A path, a format and a record that are wrong.
        pack = b'[{"bn":"urn:dev:mac:000000000001:","n":"temp","v":21}]'
        send_from(server, "coap", "127.0.0.31", coap(b"", 110, pack))
        send_from(server, "coap", "127.0.0.32", coap(b"air", 0, pack.replace(b"01:", b"02:")))
        send_from(server, "coap", "127.0.0.33", coap(b"air", 110, pack.replace(b"01:", b"03:").replace(b"21", b'"21"')))
        # A community and a user that are not ours, and a device that falls silent.
        send_from(server, "snmp", "127.0.0.41", trap(b"public"))
        send(
            "snmptrap",
            server,
            "-v",
            "3",
            "-u",
            "nobody",
            "-e",
            "0x8000000001020304",
            "-l",
            "authNoPriv",
            "-a",
            "SHA",
            "-A",
            "first-secret",
            "--",
            "1",
            LINK_DOWN,
        )
        send_from(server, "snmp", "127.0.0.43", trap(b"province"))

        def refused():
            return {
                (r["listener"], r["reason"], r["address"], r.get("device"))
                for r in server.ask("/v1/refused")["refused"]
            }

        want = {
            ("line", "not_a_number", "127.0.0.11", "sen-1"), ("syslog", "source_not_allowed", "127.0.0.21", "bts-1"),
            ("syslog", "compressed", "127.0.0.22", "bts-2"),
            ("coap", "coap_not_found", "127.0.0.31", "urn:dev:mac:000000000001"),
            ("coap", "coap_unsupported_format", "127.0.0.32", "urn:dev:mac:000000000002"),
            ("coap", "senml_bad_record", "127.0.0.33", "urn:dev:mac:000000000003"),
            ("snmp", "snmp_unknown_community", "127.0.0.41", "ups-1"), ("snmp", "snmp_unknown_user", "127.0.0.1", None)}
        server.wait_for(lambda: len(refused()) >= len(want), 60)
        assert refused() == want, (want - refused(), refused() - want)
        for listener, reason, *_ in want:
            server.wait_for(lambda: f"refused on {listener}: {reason}" in server.log(), 30)
        assert server.account("line")["clock_behind"] == 1, server.account("line")
        assert server.account("line")["rejected_fields"] == {"not_a_number": 1}, server.account("line")

        def devices(status):
            return {d["id"] for d in server.ask("/v1/devices", status=status)["devices"]}

        server.wait_for(lambda: {"sen-03", "tram-3"} <= devices("unknown"), 60)
        server.wait_for(lambda: "ups-3" in devices("silent"), 60)
        assert server.ask("/v1/devices/sen-3")["devices"][0]["last_seen"] is None
        # What was sound beside the fault was kept.
        assert server.ask("/v1/latest", measurement="air", device="sen-1")["rows"][0]["fields"] == {"hum": 61}
        balanced(server.ask("/v1/ledger"))
