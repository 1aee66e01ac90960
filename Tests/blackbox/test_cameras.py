"""Cameras' streams from ffmpeg and GStreamer, through a relay of ours that loses, doubles, reorders and delays packets:
what the rows say is what the relay did."""
import collections
import contextlib
import os
import random
import socket
import struct
import subprocess
import threading
import time

import pytest

from server import SEED, Server, balanced

FFMPEG = ["ffmpeg", "-nostdin", "-loglevel", "error", "-re", "-f", "lavfi"]


class Relay:
    """Takes RTP on a port of its own and passes it on, each packet as `plan` says: a list of delays in seconds, empty
    for a loss. What it did is kept, with RFC 3550's jitter as it left."""

    def __init__(self, target, plan, clock=90000):
        self.target, self.plan, self.clock = target, plan, clock
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.out.bind(("127.0.0.1", 0))
        self.lost, self.doubled, self.sent, self.frames = [], 0, 0, set()
        self.delayed = []
        self.jitter = self.transit = None
        self.running = True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def send(self, packet):
        now = time.time()
        self.out.sendto(packet, self.target)
        self.sent += 1
        stamp = struct.unpack(">I", packet[4:8])[0]
        transit = now * self.clock - stamp
        if self.transit is not None:
            step = abs((transit - self.transit + 2**31) % 2**32 - 2**31)
            self.jitter = (self.jitter or 0) + (step - (self.jitter or 0)) / 16
        self.transit = transit

    def run(self):
        count = 0
        self.socket.settimeout(0.002)
        while self.running or self.delayed:
            with contextlib.suppress(TimeoutError):
                packet = self.socket.recv(65536)
                marker_and_type = packet[1]
                if not 192 <= marker_and_type <= 223:
                    delays = self.plan(count)
                    count += 1
                    self.frames.add(packet[4:8])
                    if not delays:
                        self.lost.append(struct.unpack(">H", packet[2:4])[0])
                    self.doubled += max(0, len(delays) - 1)
                    for delay in delays:
                        if delay == 0:
                            self.send(packet)
                        else:
                            self.delayed.append((time.time() + delay, packet))
                else:
                    self.out.sendto(packet, self.target)
            for due in [entry for entry in self.delayed if entry[0] <= time.time()]:
                self.delayed.remove(due)
                self.send(due[1])

    def stop(self):
        self.running = False
        self.thread.join()
        self.socket.close()


CAMERAS = {"cameras": 'protocol: rtp, listen: "[::]:PORT", silent: 2s'}


def stream(server, measurement="camera_stream"):
    """All rows of the one device that streams."""
    devices = [d["id"] for d in server.ask("/v1/devices")["devices"]]
    rows = []
    for device in devices:
        with contextlib.suppress(Exception):
            rows += server.ask(f"/v1/devices/{device}/readings", measurement=measurement, limit=1000)["rows"]
    return rows


def total(rows, field):
    return sum(row["fields"].get(field, 0) for row in rows)


def play(arguments, relay, seconds):
    subprocess.run(
        [*FFMPEG, "-i", f"testsrc2=size=640x360:rate=25:duration={seconds}", *arguments, "-f", "rtp",
         f"rtp://127.0.0.1:{relay.port}?pkt_size=1200"], check=True, stdout=subprocess.DEVNULL)


def settled(server, relay):
    """The rows, once every packet that the relay sent is in one."""
    return server.wait_for(
        lambda: (lambda rows: rows if total(rows, "packets") >= relay.sent else None)(stream(server))
    )


@pytest.mark.serial("a stream in real time")
@pytest.mark.sanitized
@pytest.mark.needs("ffmpeg")
@pytest.mark.server(listeners=CAMERAS)
def test_loss_and_duplicates(server):
    chance = random.Random(SEED)

    def plan(number):
        if number < 30 or number > 400:
            return [0]
        draw = chance.random()
        return [] if draw < 0.05 else [0, 0] if draw < 0.10 else [0]

    relay = Relay(("127.0.0.1", server.ports["cameras"]), plan)
    play(["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-b:v", "3M"], relay, 6)
    relay.stop()
    rows = settled(server, relay)
    assert total(rows, "packets") == relay.sent, (total(rows, "packets"), relay.sent)
    assert relay.lost and relay.doubled
    assert total(rows, "lost") == len(relay.lost), (total(rows, "lost"), len(relay.lost))
    assert total(rows, "duplicates") == relay.doubled, (total(rows, "duplicates"), relay.doubled)
    whole = [row["fields"] for row in rows if row["fields"]["packets"] > 0]
    # A picture all of whose packets were lost is not seen: of 150, hardly any.
    assert 140 <= total(rows, "frame_rate") <= 151, total(rows, "frame_rate")
    assert 4 <= total(rows, "key_frames") <= 7, total(rows, "key_frames")
    assert whole[-1]["codec"] == "H264" and whole[-1]["clock_rate"] == 90000, whole[-1]
    assert not whole[-1]["clock_estimated"], "the codec tells its clock"
    balanced(server.ask("/v1/ledger"))
    assert server.account("cameras")["decoded"] >= relay.sent


@pytest.mark.server(listeners=CAMERAS)
def test_reordering_across_a_wrap(server):
    """A sender of our own, because the wrap has to come: late packets are late, not lost and not a cycle."""
    sequence = 65_400
    order = list(range(400))
    for place in range(20, 380, 9):
        order[place], order[place + 2] = order[place + 2], order[place]
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for place in order:
        if place in (100, 136, 137, 300):
            continue
        header = struct.pack(">BBHII", 0x80, 96, (sequence + place) & 0xFFFF, (place * 3600) & 0xFFFFFFFF, 0xCAFE)
        sender.sendto(header + bytes(50), ("127.0.0.1", server.ports["cameras"]))
        time.sleep(0.002)
    rows = server.wait_for(lambda: (lambda r: r if total(r, "packets") >= 396 else None)(stream(server)))
    assert total(rows, "lost") == 4, rows
    assert total(rows, "duplicates") == 0 and total(rows, "out_of_order") >= 70, rows
    assert {row["tags"]["ssrc"] for row in rows} == {"0x0000cafe"}, rows


@pytest.mark.serial("measures jitter")
@pytest.mark.needs("ffmpeg")
@pytest.mark.server(listeners=CAMERAS)
def test_delay_is_jitter(server):
    chance = random.Random(SEED)
    relay = Relay(("127.0.0.1", server.ports["cameras"]), lambda number: [chance.random() * 0.03], clock=8000)
    subprocess.run(
        [*FFMPEG, "-i", "sine=frequency=440:duration=6", "-ar", "8000", "-ac", "1", "-c:a", "pcm_alaw", "-f", "rtp",
         f"rtp://127.0.0.1:{relay.port}?pkt_size=172"], check=True, stdout=subprocess.DEVNULL)
    relay.stop()
    rows = settled(server, relay)
    made = relay.jitter / 8000 * 1000
    seen = [row["fields"]["jitter"] for row in rows if row["fields"]["packets"] > 0][-1]
    assert made > 3 and abs(seen - made) < max(1.5, made * 0.2), (made, seen)
    assert total(rows, "lost") == 0, rows


@pytest.mark.serial("a stream in real time")
@pytest.mark.needs("gst-launch-1.0")
@pytest.mark.server(listeners=CAMERAS)
def test_gstreamer(server):
    relay = Relay(("127.0.0.1", server.ports["cameras"]), lambda number: [] if number % 50 == 40 else [0])
    run = subprocess.run(
        [
            "gst-launch-1.0",
            "-q",
            "videotestsrc",
            "is-live=true",
            "num-buffers=75",
            "!",
            "video/x-raw,format=I420,width=320,height=240,framerate=15/1",
            "!",
            "jpegenc",
            "!",
            "rtpjpegpay",
            "!",
            "udpsink",
            "host=127.0.0.1",
            f"port={relay.port}",
        ],
        capture_output=True,
        text=True,
    )
    if "no element" in run.stderr:
        pytest.skip("GStreamer's good plugins are not installed")
    assert run.returncode == 0, run
    relay.stop()
    rows = settled(server, relay)
    assert total(rows, "lost") == len(relay.lost), (total(rows, "lost"), relay.lost)
    assert abs(total(rows, "frame_rate") - len(relay.frames)) <= len(relay.lost), rows
    rates = collections.Counter(row["fields"]["frame_rate"] for row in rows if row["fields"]["packets"] > 0)
    assert max(rates, key=rates.get) in (14, 15, 16), rates
    fields = [row["fields"] for row in rows][-1]
    assert fields["payload_type"] == 26 and fields["clock_estimated"] is False, fields


@pytest.mark.serial("a stream in real time")
@pytest.mark.needs("ffmpeg")
@pytest.mark.server(listeners=CAMERAS)
def test_silence_and_return(server):
    target = ("127.0.0.1", server.ports["cameras"])
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def packets(first, count):
        for number in range(first, first + count):
            header = struct.pack(">BBHII", 0x80, 0xE0, number & 0xFFFF, number * 3600 & 0xFFFFFFFF, 0xBEEF)
            sender.sendto(header + os.urandom(100 + number % 7), target)
            time.sleep(0.04)

    def kinds():
        return [event["kind"] for event in server.ask("/v1/events")["events"]][::-1]

    packets(0, 50)
    server.wait_for(lambda: kinds() == ["camera.silent"], 10)
    packets(50, 50)
    server.wait_for(lambda: kinds() == ["camera.silent", "camera.active"], 10)
    silent = server.ask("/v1/events", kind="camera.silent")["events"][0]
    assert silent["severity"] == "error" and silent["attributes"]["ssrc"] == "0x0000beef", silent
    rows = stream(server)
    # Seconds without a packet have rows too, and say how long.
    assert any(row["fields"]["packets"] == 0 and row["fields"]["packet_age"] > 1 for row in rows), rows
    # Half of the packets lost for some seconds.
    for number in range(100, 250):
        if number % 2:
            packets(number, 1)
    server.wait_for(lambda: "camera.degraded" in kinds(), 10)
    balanced(server.ask("/v1/ledger"))


@pytest.mark.serial("a stream in real time")
@pytest.mark.server(listeners=CAMERAS)
def test_frozen_picture(server):
    target = ("127.0.0.1", server.ports["cameras"])
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def kinds():
        return [event["kind"] for event in server.ask("/v1/events")["events"]][::-1]

    begun = time.time()
    number = 0

    def second(size):
        """25 pictures, each when it is due: a machine that is late catches up."""
        nonlocal number
        for _ in range(25):
            time.sleep(max(0, begun + number * 0.04 - time.time()))
            header = struct.pack(">BBHII", 0x80, 0xE0, number & 0xFFFF, number * 3600 & 0xFFFFFFFF, 0xF00D)
            sender.sendto(header + bytes(size(number)), target)
            number += 1

    while "camera.frozen" not in kinds() and time.time() < begun + 25:
        second(lambda number: 200)
    assert kinds() == ["camera.frozen"], kinds()
    while "camera.moving" not in kinds() and time.time() < begun + 35:
        second(lambda number: 200 + number % 11)
    assert kinds() == ["camera.frozen", "camera.moving"], kinds()


@pytest.mark.serial("measures a round trip")
@pytest.mark.server(listeners=CAMERAS)
def test_reports(server):
    """RTCP from ffmpeg, and a receiver's report with the round trip that it made."""
    target = ("127.0.0.1", server.ports["cameras"])
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for number in range(30):
        sender.sendto(struct.pack(">BBHII", 0x80, 96, number, number * 3600, 0xABCD) + bytes(80), target)
    ntp = (0x11112222, 0x33334444)
    report = struct.pack(">BBHIIIIII", 0x80, 200, 6, 0xABCD, *ntp, 30 * 3600, 30, 2400)
    name = b"cam-7@10.0.0.9"
    chunk = struct.pack(">IBB", 0xABCD, 1, len(name)) + name + b"\0"
    chunk += bytes(-len(chunk) % 4)
    sender.sendto(report + struct.pack(">BBH", 0x81, 202, len(chunk) // 4) + chunk, target)
    time.sleep(0.15)
    middle = (ntp[0] << 16 | ntp[1] >> 16) & 0xFFFFFFFF
    block = struct.pack(">IIIIII", 0xABCD, 64 << 24 | 5, 29, 17, middle, int(0.1 * 65536))
    sender.sendto(struct.pack(">BBHI", 0x81, 201, 7, 0x9999) + block, target)
    rows = server.wait_for(
        lambda: (lambda r: r if len(r) == 2 else None)(stream(server, "camera_report")))
    heard = next(row for row in rows if "reporter" in row["tags"])
    assert heard["fields"]["fraction_lost"] == 0.25 and heard["fields"]["cumulative_lost"] == 5, heard
    assert 20 < heard["fields"]["round_trip"] < 90, heard
    sent = next(row for row in rows if "reporter" not in row["tags"])
    assert sent["fields"] == {"sent_packets": 30, "sent_bytes": 2400}, sent
    # Hostile lengths are refused by name.
    sender.sendto(struct.pack(">BBHI", 0x81, 201, 99, 0x9999), target)
    sender.sendto(struct.pack(">BBHI", 0x91, 203, 1, 0x9999), target)
    server.wait_for(lambda: server.account("cameras")["rejected"].get("rtcp_bad_length") == 2)
    balanced(server.ask("/v1/ledger"))


def test_registered_cameras(home):
    """By the port that it sends to, by its canonical name, and by its address; a reload is followed at once."""
    devices = home / "devices.csv"
    server = Server(
        listeners={
            "gate": 'protocol: rtp, listen: "[::]:PORT"', "yard": 'protocol: rtp, listen: "[::]:PORT"'},
        extra=f"registry: {{ devices: {devices} }}\n")
    port = server.ports
    devices.write_text(f"id,class,addresses\ncam-gate,camera,port:{port['gate']}\ncam-named,camera,cname:cam-7@site\n")
    with server:
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

        def send(name, ssrc, count=10):
            for number in range(count):
                sender.sendto(
                    struct.pack(">BBHII", 0x80, 0, number, number * 160, ssrc) + bytes(160),
                    ("127.0.0.1", port[name]))

        text = b"cam-7@site"
        chunk = struct.pack(">IBB", 7, 1, len(text)) + text + b"\0"
        chunk += bytes(-len(chunk) % 4)
        rr = struct.pack(">BBHI", 0x80, 201, 1, 7)
        send("yard", 7, 5)
        sender.sendto(rr + struct.pack(">BBH", 0x81, 202, len(chunk) // 4) + chunk, ("127.0.0.1", port["yard"]))
        send("gate", 5)
        send("yard", 6)

        def known():
            found = {d["id"]: d["status"] for d in server.ask("/v1/devices")["devices"]}
            return found if len(found) == 3 and found["cam-gate"] == "live" and found["cam-named"] == "live" else None

        found = server.wait_for(known)
        assert found["ssrc:00000006"] == "unknown", found


def test_many_ports():
    """A range of ports, two lanes, IPv4 and IPv6: each camera has its own, and every packet is counted in its
    stream."""
    server = Server(listeners={"cameras": 'protocol: rtp, listen: "[::]:25000-25599"'}, lanes=2)
    with server:
        senders = {host: socket.socket(family, socket.SOCK_DGRAM)
                   for host, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6))}
        for number in range(10):
            for place, port in enumerate(range(25000, 25600, 6)):
                host = list(senders)[place % 2]
                packet = struct.pack(">BBHII", 0x80, 0, number, number * 160, port) + bytes(160)
                senders[host].sendto(packet, (host, port))
            time.sleep(0.02)
        rows = server.wait_for(lambda: (lambda r: r if total(r, "packets") >= 1000 else None)(stream(server)))
        assert total(rows, "packets") == 1000 and total(rows, "lost") == 0, total(rows, "packets")
        assert {row["tags"]["destination"] for row in rows} == {f":{port}" for port in range(25000, 25600, 6)}
        assert "listens on [::]:25000-25599 for cameras" in server.log()
        balanced(server.ask("/v1/ledger"))


@pytest.mark.serial("captures all of the loopback")
@pytest.mark.sanitized
def test_mirror_port():
    """A live capture on loopback: RTP is told from DNS, STUN and T.38, notifications are heard, drops are in the
    ledger."""
    if os.geteuid() != 0:
        pytest.skip("capturing needs CAP_NET_RAW")
    rtp_port, other_port = 24_004, 24_100
    server = Server(listeners={
        "mirror": f'protocol: capture, interface: lo, filter: "udp portrange 24000-24199", ports: {{ 24162: snmp }}'})
    with server:
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        chance = random.Random(SEED)
        for number in range(100):
            packet = struct.pack(">BBHII", 0x80, 96, 1000 + number, number * 3600, 0x1234) + bytes(100)
            sender.sendto(packet, ("127.0.0.1", rtp_port))
            # DNS with an id that looks like RTP's first octets, STUN, T.38 (UDPTL) with a high sequence.
            sender.sendto(
                struct.pack(">HHHHHH", 0x8000 | chance.randrange(64), 0x0100, 1, 0, 0, 0) + b"\3www\2vn\0\0\1\0\1",
                ("127.0.0.1", other_port),
            )
            sender.sendto(struct.pack(">HHI", 1, 0, 0x2112A442) + os.urandom(12), ("127.0.0.1", other_port + 1))
            sender.sendto(struct.pack(">HB", 0x8000 + number, 6) + os.urandom(30), ("127.0.0.1", other_port + 2))
            if number % 10 == 0:
                time.sleep(0.01)
        sender.sendto(b"<34>1 2026-01-01T00:00:00Z host app - - - overheard", ("127.0.0.1", other_port + 3))
        rows = server.wait_for(lambda: (lambda r: r if total(r, "packets") >= 100 else None)(stream(server)))
        assert {row["tags"]["ssrc"] for row in rows} == {"0x00001234"}, rows
        assert {row["tags"]["destination"] for row in rows} == {f"127.0.0.1:{rtp_port}"}, rows
        assert total(rows, "packets") == 100 and total(rows, "lost") == 0, rows
        account = server.wait_for(lambda: (lambda a: a if a["received"] >= 401 else None)(server.account("mirror")))
        assert account["rejected"]["unknown_protocol"] >= 100, account
        metrics = server.get("/metrics").decode()
        assert 'thinai_capture_frames_skipped_total{listener="mirror",reason="malformed_header"} 0' in metrics, metrics
        assert server.wait_for(lambda: server.ask("/v1/events", kind="syslog")["events"])[0]["message"] == "overheard"
        balanced(server.ask("/v1/ledger"))
