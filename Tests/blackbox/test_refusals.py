"""Who was refused can be followed; a port is one server's; what a device sends anew is taken anew."""
import contextlib
import json
import socket
import struct
import subprocess

from server import BINARY, Server, balanced


def send_from(server, protocol, source, payload):
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        sender.bind((source, 0))
        sender.sendto(payload, ("::1" if ":" in source else "127.0.0.1", server.ports[protocol]))


def test_refusals_are_listed():
    listeners = {"line": 'protocol: line, listen: "[::]:PORT"', "coap": 'protocol: coap, listen: "[::]:PORT"',
                 "syslog": 'protocol: syslog, listen: "[::]:PORT", allow: ["127.0.0.1/32"]'}
    with Server(listeners=listeners) as server:
        for _ in range(5):
            send_from(server, "line", "127.0.0.3", b"m v=\xffx")
        send_from(server, "line", "127.0.0.4", b"m,device=a v=1\nm,device=a v=zz")
        send_from(server, "line", "::1", b"back\\slash")
        send_from(server, "syslog", "127.0.0.5", b"<13>hello")
        send_from(server, "coap", "127.0.0.6", b"@")
        want = {("line", "line_bad_value", "127.0.0.3", 5, "m v=\\xffx"),
                ("line", "line_bad_value", "127.0.0.4", 1, "m,device=a v=1\\x0am,device=a v=zz"),
                ("line", "line_missing_fields", "::1", 1, "back\\\\slash"),
                ("syslog", "source_not_allowed", "127.0.0.5", 1, "<13>hello"),
                ("coap", "coap_too_short", "127.0.0.6", 1, "@")}
        keys = ("listener", "reason", "address", "count", "sample")
        server.wait_for(lambda: {tuple(r[k] for k in keys) for r in server.ask("/v1/refused")["refused"]} == want)
        refused = server.ask("/v1/refused")["refused"]
        assert [r["last"] for r in refused] == sorted((r["last"] for r in refused), reverse=True), refused
        balanced(server.ask("/v1/ledger"))


def test_a_port_is_one_servers():
    with Server(lanes=2) as first:
        second = Server()
        with contextlib.ExitStack() as stack:
            stack.callback(second.__exit__)
            second.config.write_text(second.config.read_text().replace(
                f':{second.ports["coap"]}"', f':{first.ports["coap"]}"'))
            run = subprocess.run(
                [BINARY, "serve", "--config", second.config], capture_output=True, text=True, timeout=30
            )
            said = run.stdout + run.stderr
            assert run.returncode == 1 and f'{first.ports["coap"]} for listener coap' in said, (run.returncode, said)
            assert f"by process {first.process.pid} (thinai)" in said, said
            for place in (f'[::]:{first.ports["line"]}', f'127.0.0.1:{first.ports["line"]}'):
                text = first.config.read_text().replace(
                    "listeners:\n", f'listeners:\n  - {{ name: twin, protocol: syslog, listen: "{place}" }}\n')
                second.config.write_text(text)
                run = subprocess.run([BINARY, "check-config", second.config], capture_output=True, text=True)
                said = run.stdout + run.stderr
                assert run.returncode == 2 and f'twin and line both take port {first.ports["line"]}' in said, said
        for number in range(100):
            first.send("line", [f"m,device=d v={number}i".encode()])
        first.wait_for(lambda: first.account("line")["received"] == 100)
        first.kill()
        first.start()
        first.send("line", [b"m,device=d v=1i"])
        first.wait_for(lambda: first.account("line")["received"] == 1)


def test_the_same_id_with_other_content():
    """A device that begins its ids anew is answered with its own token, and stored."""
    def post(number, token, value):
        path = b"\xb9telemetry" + b"\x05again" + b"\x11\x6e"
        pack = json.dumps([{"n": "d1/v", "v": value, "t": -1 - value}]).encode()
        return bytes([0x41, 2]) + struct.pack(">H", number) + token + path + b"\xff" + pack

    with Server() as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        device.connect(("127.0.0.1", server.ports["coap"]))
        device.settimeout(10)
        for token, value in ((b"a", 1), (b"b", 2), (b"b", 2), (b"a", 1), (b"c", 1)):
            device.send(post(9, token, value))
            answer = device.recv(100)
            assert answer[1] == 0x44 and answer[4:5] == token, (token, answer)
        values = sorted(r["fields"]["v"] for r in server.ask("/v1/devices/d1/readings", measurement="again")["rows"])
        assert values == [1, 1, 2], values
        assert server.account("coap")["rejected"] == {"duplicate_message": 2}
