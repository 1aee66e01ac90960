"""The time as clients of others take it: chrony's, PyPI's ntplib; and that nobody is answered by more than he asked."""
import getpass
import pathlib
import random
import shutil
import socket
import struct
import subprocess
import time

import pytest

from server import SEED, Server, balanced

LISTENER = 'protocol: ntp, listen: "[::]:PORT", allow: ["127.0.0.0/8", "::1"], trust_clock: true'
ntp_server = pytest.mark.server(listeners={"ntp": LISTENER}, seal="1s")
NTP_TO_UNIX = 2_208_988_800


def chronyd():
    """Installed, or as tools/install unpacks it: it is not installed beside another keeper of the machine's clock."""
    unpacked = pathlib.Path(__file__).resolve().parents[2] / ".build/chrony/usr/sbin"
    places = (None, "/usr/sbin", str(unpacked))
    return next((found for path in places if (found := shutil.which("chronyd", path=path))), None)


def clocks(server):
    """The newest row of each device's clock."""
    return server.ask("/v1/latest", measurement="device_clock", limit=100)["rows"]


def exchange(port, request, host="127.0.0.1", seconds=5):
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(seconds)
        client.connect((host, port))
        client.send(request)
        try:
            return client.recv(65_535)
        except TimeoutError:
            return None


def request(first=0x23, transmit=0, poll=6, precision=0):
    return struct.pack(">BBBb36xQ", first, 0, poll, precision, transmit)


@ntp_server
def test_chrony_takes_the_time(server, home):
    assert chronyd(), "chrony is missing: tools/install tests"
    done = subprocess.run(
        [chronyd(), "-U", "-u", getpass.getuser(), "-Q", "-t", "30",
         f"server 127.0.0.1 port {server.ports['ntp']} iburst",
         # It removes that file at its end, whatever it is: a path of the test's own.
         f"pidfile {home / 'chronyd.pid'}", "bindcmdaddress /", "cmdport 0"],
        capture_output=True, text=True)
    said = done.stdout + done.stderr
    # Without -Q it would set the clock to that: it took the answers for good ones.
    assert done.returncode == 0 and "System clock wrong by" in said, said
    wrong = float(said.split("System clock wrong by")[1].split()[0])
    assert abs(wrong) < 1, said
    # Each of its requests was answered; the ledger has them with their batch.
    def told():
        account = server.account("ntp")
        answers = f'thinai_ntp_answers_total{{listener="ntp"}} {account["decoded"]}\n'
        return account if account["decoded"] and answers in server.get("/metrics").decode() else None

    account = server.wait_for(told)
    assert account["received"] == account["decoded"] and not account["rejected"], account
    # chrony sends random numbers for its time, and says so: nothing is made of them.
    rows = server.wait_for(lambda: clocks(server))
    assert len(rows) == 1 and rows[0]["device"] == "127.0.0.1", rows
    assert rows[0]["tags"] == {"by": "ntp"} and "offset_ms" not in rows[0]["fields"], rows


@ntp_server
@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_ntplib_takes_the_time(server, version):
    import ntplib
    client = ntplib.NTPClient()
    for host in ("127.0.0.1", "::1"):
        answer = client.request(host, version=version, port=server.ports["ntp"], timeout=10)
        assert answer.version == version and answer.mode == 4 and answer.stratum == 10 and answer.leap == 0
        assert answer.ref_id == 0x7F000001 and answer.root_delay == 0 and 0.4 < answer.root_dispersion < 17
        assert abs(answer.offset) < 1 and answer.recv_time <= answer.tx_time
        assert answer.ref_time <= answer.recv_time and answer.delay >= 0
    # ntplib tells its time: the node knows how that clock is.
    rows = server.wait_for(lambda: (lambda r: r if len(r) == 2 else None)(clocks(server)))
    assert {row["device"] for row in rows} == {"127.0.0.1", "::1"}, rows
    assert all(abs(row["fields"]["offset_ms"]) < 1_000 and row["fields"]["messages"] == 1 for row in rows), rows


@pytest.mark.sanitized
@ntp_server
def test_nothing_larger_than_its_request_comes_back(server):
    """Requests of all sizes and kinds, most of them no requests at all."""
    numbers = random.Random(SEED)
    port = server.ports["ntp"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", port))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sent = []
        sizes = list(range(0, 120)) + [numbers.randrange(120, 1_500) for _ in range(200)] + [9_000, 65_507]
        monlist = bytes([0x17, 0, 3, 0x2A]) + bytes(188)
        readvar = bytes([0x16, 2, 0, 1]) + bytes(8)
        for size in sizes:
            body = numbers.randbytes(size)
            if size and numbers.random() < 0.5:
                body = bytes([numbers.choice([0x23, 0x1B, 0xE3, 0x0B])]) + body[1:]
            sent.append(body)
        sent += [monlist, monlist[:8], monlist[:48], readvar, readvar + bytes(500)]
        for body in sent:
            client.send(body)
            # Less often than a host may ask.
            time.sleep(0.03 if len(body) >= 48 else 0.001)
        # Behind all of it one that is answered.
        last = request(transmit=0x0123456789ABCDEF)
        answers = []
        client.settimeout(1)
        deadline = time.time() + 60
        while time.time() < deadline and not any(answer[24:32] == last[40:48] for answer in answers):
            client.send(last)
            try:
                while True:
                    answers.append(client.recv(65_535))
            except TimeoutError:
                pass
    by_origin = {body[40:48]: body for body in sent + [last] if len(body) >= 48}
    assert answers and all(len(answer) == 48 and answer[0] & 7 == 4 for answer in answers)
    for answer in answers:
        asked = by_origin[answer[24:32]]
        assert len(answer) <= len(asked) and asked[0] & 7 == 3 and 1 <= asked[0] >> 3 & 7 <= 4
    ledger = server.wait_for(
        lambda: (lambda l: l if l["listeners"]["ntp"]["received"] >= len(sent) else None)(server.ask("/v1/ledger")))
    balanced(ledger)
    rejected = ledger["listeners"]["ntp"]["rejected"]
    assert rejected["ntp_private"] >= 3 and rejected["ntp_control"] >= 2 and rejected["ntp_too_short"] > 10, rejected
    known = {"ntp_private", "ntp_control", "ntp_too_short", "ntp_not_a_request", "ntp_bad_version", "ntp_too_often"}
    assert set(rejected) <= known, rejected


@ntp_server
def test_a_host_that_asks_without_end(server):
    """It is answered so often and then no more, and each that is not is counted."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", server.ports["ntp"]))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        for number in range(2_000):
            client.send(request(transmit=number + 1))
        account = server.wait_for(
            lambda: (lambda a: a if a["received"] + a["kernel_dropped"] >= 2_000 else None)(server.account("ntp")))
    assert account["rejected"]["ntp_too_often"] > 1_000 and account["decoded"] >= 64, account
    # Its neighbour is told all the same.
    assert exchange(server.ports["ntp"], request(transmit=5), host="::1")[24:32] == (5).to_bytes(8, "big")


@pytest.mark.server(listeners={"ntp": 'protocol: ntp, listen: "[::]:PORT", allow: ["10.0.0.0/8"], trust_clock: true'})
def test_who_is_not_allowed_is_told_nothing(server):
    assert exchange(server.ports["ntp"], request(), seconds=1) is None
    assert server.wait_for(lambda: server.account("ntp")["rejected"]) == {"source_not_allowed": 1}


def test_without_allow_it_does_not_start():
    server = Server(listeners={"ntp": 'protocol: ntp, listen: "[::]:PORT"'})
    with pytest.raises(AssertionError, match="ntp answers only addresses that are named"):
        server.start()


@pytest.mark.server(
    listeners={"ntp": 'protocol: ntp, listen: "[::]:PORT", allow: ["::/0"]'})
def test_a_clock_that_nothing_keeps(server):
    """What the kernel of this machine says decides: it is told, or refused by name; the device is heard either way."""
    answer = exchange(server.ports["ntp"], request(transmit=7), seconds=2)
    account = server.wait_for(lambda: (lambda a: a if a["received"] == 1 and a["stored"] == 1 else None)(
        server.account("ntp")))
    if answer is None:
        assert account["rejected_rows"] == {"clock_not_synchronised": 1}, account
        refused = server.ask("/v1/refused")["refused"]
        assert [one["reason"] for one in refused] == ["clock_not_synchronised"], refused
    else:
        assert not account["rejected_rows"] and answer[24:32] == (7).to_bytes(8, "big")
    assert [row["device"] for row in server.wait_for(lambda: clocks(server))] == ["127.0.0.1"]
    assert server.account("ntp")["rejected"] == {}


def test_asking_is_a_sign_of_life(tmp_path):
    """A camera that only asks for the time is heard, by that listener, and what its clock is stands in a row."""
    devices = tmp_path / "devices.csv"
    devices.write_text("id,class,area,addresses,interval\ncam-7,camera,,127.0.0.7,60s\n")
    extra = f"registry: {{ admit: known, devices: {devices} }}\n"
    with Server(extra=extra, listeners={"ntp": LISTENER}) as server:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as camera:
            camera.bind(("127.0.0.7", 0))
            camera.settimeout(10)
            camera.connect(("127.0.0.1", server.ports["ntp"]))
            ahead = int((time.time() + 3 + NTP_TO_UNIX) * (1 << 32)) & (1 << 64) - 1
            for _ in range(3):
                camera.send(request(first=0x1B, transmit=ahead))
                assert camera.recv(100)[24:32] == ahead.to_bytes(8, "big")
        rows = server.wait_for(lambda: clocks(server))
        assert len(rows) == 1 and rows[0]["device"] == "cam-7", rows
        assert 2_000 < rows[0]["fields"]["offset_ms"] < 3_001, rows
        why = server.wait_for(lambda: (lambda w: w if w.get("listener") else None)(server.ask("/v1/devices/cam-7/why")))
        assert why["listener"] == "ntp", why
        # A stranger is told the time, and is no device.
        assert exchange(server.ports["ntp"], request(transmit=9)) is not None
        assert server.wait_for(lambda: server.account("ntp")["rejected_rows"]) == {"unknown_device": 1}
        balanced(server.ask("/v1/ledger"))
