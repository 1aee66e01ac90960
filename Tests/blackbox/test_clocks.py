"""What devices' own times say of their clocks: cameras by ffmpeg's sender reports, syslog by util-linux'
logger, SNMPv3 by net-snmp, whose clocks a library, a relay or an option sets wrong."""
import contextlib
import pathlib
import socket
import struct
import subprocess
import threading
import time

import pytest

from server import Server, balanced

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def latest(server, measurement, count=1):
    def rows():
        found = server.ask("/v1/latest", measurement=measurement, limit=100)["rows"]
        return found if len(found) >= count else None

    # A minute has to be over, and a second more.
    return server.wait_for(rows, 100)


class Relay:
    """Passes RTP and RTCP on to one port, sender reports with another time of day."""

    def __init__(self, target, ahead):
        self.target, self.ahead = target, ahead
        while True:
            self.sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
            self.sockets[0].bind(("127.0.0.1", 0))
            self.port = self.sockets[0].getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                if self.port % 2 == 0:
                    self.sockets[1].bind(("127.0.0.1", self.port + 1))
                    break
        self.reports = 0
        self.out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for each in self.sockets:
            threading.Thread(target=self.run, args=(each,), daemon=True).start()

    def run(self, own):
        while True:
            packet = own.recv(65_536)
            if packet[1] == 200:
                self.reports += 1
                stamp = struct.unpack(">Q", packet[8:16])[0] + int(self.ahead * (1 << 32))
                packet = packet[:8] + struct.pack(">Q", stamp % (1 << 64)) + packet[16:]
            self.out.sendto(packet, self.target)


@pytest.mark.needs("ffmpeg")
@pytest.mark.parametrize("ahead", [0, 7.5, -3600])
@pytest.mark.server(listeners={"cameras": 'protocol: rtp, listen: "[::]:PORT"'})
def test_a_cameras_clock(server, ahead):
    relay = Relay(("127.0.0.1", server.ports["cameras"]), ahead)
    ffmpeg = subprocess.Popen(
        ["ffmpeg", "-nostdin", "-loglevel", "error", "-re", "-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10", "-t",
         "30", "-c:v", "mpeg4", "-f", "rtp", f"rtp://127.0.0.1:{relay.port}"], stdout=subprocess.DEVNULL)
    try:
        server.wait_for(lambda: relay.reports >= 2, 60)
        rows = server.wait_for(
            lambda: [r for r in server.ask("/v1/latest", measurement="camera_report", limit=10)["rows"]
                     if "clock_offset_ms" in r["fields"]])
    finally:
        ffmpeg.kill()
        ffmpeg.wait()
    offset = rows[0]["fields"]["clock_offset_ms"]
    assert abs(offset - 1_000 * ahead) < 2_000, rows
    balanced(server.ask("/v1/ledger"))


@pytest.mark.lengthy
@pytest.mark.needs("logger", "faketime")
@pytest.mark.server(
    listeners={"syslog": 'protocol: syslog, listen: "[::]:PORT"'}, extra="time: { zone: UTC }\n", lanes=2)
def test_a_syslog_senders_clock(server):
    port = str(server.ports["syslog"])
    # All of it within one minute.
    if time.time() % 60 > 45:
        time.sleep(61 - time.time() % 60)
    commands = [([], "--rfc5424=notq"), ([], "--rfc3164"), (["faketime", "-f", "+90s"], "--rfc5424=notq")]
    for number, (before, form) in enumerate(commands):
        for _ in range(3):
            subprocess.run(
                [*before, "logger", "-n", f"127.0.0.{number + 2}", "-P", port, "-d", form, "-t", "app", "clock"],
                check=True, env={"PATH": "/usr/bin:/bin", "TZ": "UTC"})
    # A clock of 1970, which is not believed, and a message without a time.
    for text in (b"<13>1 1970-01-01T00:00:09Z unset app - - - x", b"<13>1 - timeless app - - - x"):
        server.send("syslog", [text] * 3)
    account = server.wait_for(
        lambda: (lambda a: a if a["events"] == 3 * len(commands) + 6 else None)(server.account("syslog")))
    assert account["decoded"] == account["events"] and not account["rows"], account
    rows = {row["device"]: row for row in latest(server, "device_clock", 2)}
    name = socket.gethostname()
    assert set(rows) == {name, "unset"}, rows
    assert all(row["tags"] == {"by": "syslog"} for row in rows.values()), rows
    assert rows["unset"]["fields"]["messages"] == 3 and rows["unset"]["fields"]["offset_ms"] < -1e12, rows
    # Of nine messages of one host the one in the middle: that of a clock which is right.
    assert rows[name]["fields"]["messages"] == 3 * len(commands), rows
    assert -1_500 < rows[name]["fields"]["offset_ms"] < 500, rows
    after = server.account("syslog")
    assert after["events"] == account["events"] and after["rows"] == 2, after
    balanced(server.ask("/v1/ledger"))


@pytest.mark.lengthy
@pytest.mark.needs("snmptrap")
def test_an_engines_clock(home):
    users = home / "users.yaml"
    users.write_text('- { user: u, auth: SHA-256, auth_password: "first-secret" }\n')
    listener = f'protocol: snmp, listen: "[::]:PORT", users: "{users}", mappings: "{ROOT}/configs/snmp"'
    with Server(listeners={"snmp": listener}) as server:
        if time.time() % 60 > 45:
            time.sleep(61 - time.time() % 60)
        for seconds in (1_000, 1_040, 1_041):
            subprocess.run(
                ["snmptrap", "-m", "", "-M", "", "-v", "3", "-u", "u", "-l", "authNoPriv", "-a", "SHA-256", "-A",
                 "first-secret", "-e", "0x8000000001020304", "-Z", f"7,{seconds}",
                 f"127.0.0.1:{server.ports['snmp']}", "99", "1.3.6.1.6.3.1.1.5.3"],
                check=True, env={"PATH": "/usr/bin:/bin", "SNMP_PERSISTENT_DIR": str(home / "snmp")})
        account = server.wait_for(
            lambda: (lambda a: a if a["events"] == 3 else None)(server.account("snmp")))
        assert account["decoded"] == 3, account
        row = latest(server, "device_clock")[0]
        assert row["device"] == "127.0.0.1" and row["tags"] == {"by": "snmp"}, row
        # Forty seconds further within a moment; the first message is what it is counted from.
        assert row["fields"]["messages"] == 2 and 30_000 < row["fields"]["drift_ms"] <= 41_000, row
        assert "offset_ms" not in row["fields"], row
        balanced(server.ask("/v1/ledger"))
