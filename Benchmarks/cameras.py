"""Cameras and sites: streams from a socket, and streams and traps from a file."""
import json
import pathlib
import resource
import struct
import subprocess
import tempfile
import time

import measure
from measure import RUNS, SECONDS, SMOKE, note, section, traffic

BINARY = measure.blackbox.BINARY
PACKETS = 100_000 if SMOKE else 5_000_000
TRAPS = 20_000 if SMOKE else 1_000_000


def run():
    section("cameras: 1,000 streams from a socket, 1,250 B a packet, one lane")
    live()
    section("cameras: from a file")
    with tempfile.TemporaryDirectory() as home:
        home = pathlib.Path(home)
        offline("replay of RTP, 1,000 streams, 172 B", write(home / "rtp.pcap", packets()), PACKETS, "rtp",
                ["--map", "20004=rtp"], "5")
        offline("replay of SNMP v2c traps, 5 bindings", write(home / "traps.pcap", traps()), TRAPS, "snmp", [], "0.5")


def live():
    for rate in [100_000] if SMOKE else [400_000, 500_000]:
        loss, cost = [], []
        for _ in range(RUNS):
            server = measure.blackbox.Server(listeners={
                "cameras": 'protocol: rtp, listen: "127.0.0.1:PORT", receive_buffer: 64MiB'}, seal="5m")
            with server:
                before = measure.cpu_seconds(server.process.pid)
                sent = traffic("streams", f"127.0.0.1:{server.ports['cameras']}", "--rate", rate, "--seconds", SECONDS)
                time.sleep(1.5)
                account = server.account("cameras")
                cost.append((measure.cpu_seconds(server.process.pid) - before) / sent["datagrams"] * 1e9)
                loss.append(100 * (1 - account["received"] / sent["datagrams"]))
                measure.blackbox.balanced(server.ask("/v1/ledger"))
        note(f"RTP at {rate} packets/s: loss", loss, "%", "0" if rate == 400_000 else None)
        note(f"RTP at {rate} packets/s: CPU a packet, all threads", cost, "ns")


def offline(what, file, count, protocol, options, goal):
    rates = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.monotonic()
        done = subprocess.run([BINARY, "replay", file, "--json", *options], check=True, capture_output=True, text=True)
        elapsed = time.monotonic() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert json.loads(done.stdout)["by_protocol"][protocol]["decoded"] == count
        rates.append(count / elapsed / 1e6)
    note(f"{what}: million datagrams a second", rates, "M/s", goal)


def write(path, datagrams):
    """A pcap of raw IPv4."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
        held = []
        for time_of, source, port, payload in datagrams:
            udp = struct.pack(">HHHH", 5000, port, 8 + len(payload), 0) + payload
            packet = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, source, 0x0A000001) + udp
            held.append(struct.pack("<IIII", int(time_of), int(time_of % 1 * 1e6), len(packet), len(packet)) + packet)
            if len(held) == 10_000:
                file.write(b"".join(held))
                held = []
        file.write(b"".join(held))
    return path


def packets():
    body = bytes(160)
    for number in range(PACKETS):
        turn, stream = divmod(number, 1000)
        yield (1795176000 + number * 2.5e-6, 0x0A010000 + stream, 20004,
               struct.pack(">BBHII", 0x80, 96, turn & 0xFFFF, turn // 16 * 3600, 0x1000 + stream) + body)


def element(tag, content):
    return bytes([tag, len(content)]) + content if len(content) < 128 else bytes([tag, 0x81, len(content)]) + content


def identifier(text):
    numbers = [int(part) for part in text.split(".")]
    octets = bytes([numbers[0] * 40 + numbers[1]])
    for number in numbers[2:]:
        groups = [number & 127]
        while number >= 128:
            number >>= 7
            groups.append(number & 127 | 128)
        octets += bytes(reversed(groups))
    return element(6, octets)


def traps():
    def binding(name, value):
        return element(0x30, identifier(name) + value)

    fixed = (binding("1.3.6.1.6.3.1.1.4.1.0", identifier("1.3.6.1.6.3.1.1.5.3"))
             + binding("1.3.6.1.2.1.2.2.1.1.2", element(2, b"\2"))
             + binding("1.3.6.1.2.1.2.2.1.2.2", element(4, b"Ethernet0/0/1"))
             + binding("1.3.6.1.2.1.2.2.1.3.2", element(2, b"\6")))
    for number in range(TRAPS):
        bindings = element(0x30, binding("1.3.6.1.2.1.1.3.0", element(0x43, struct.pack(">I", number))) + fixed)
        pdu = element(0xA7, element(2, b"\x11") + element(2, b"\0") + element(2, b"\0") + bindings)
        yield (1795176000 + number * 1e-5, 0x0A010000 + number % 1000, 162,
               element(0x30, element(2, b"\1") + element(4, b"public") + pdu))
