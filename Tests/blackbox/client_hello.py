"""Greetings of TLS as clients of any age send them, octet by octet: what libraries of today do not offer any more."""
import contextlib
import os
import socket
import struct

SSL3, TLS1_0, TLS1_1, TLS1_2 = 0x0300, 0x0301, 0x0302, 0x0303
ALERT, HANDSHAKE, SERVER_HELLO = 21, 22, 2
NO_COMPRESSION, DEFLATE = 0, 1
RENEGOTIATION_INFO, GROUPS, POINTS, ALGORITHMS, EXTENDED_SECRET = 0xFF01, 10, 11, 13, 23
# So the answer to a client that could speak a newer version, and says that it tried.
FALLBACK = 0x5600


def extension(kind, body):
    return struct.pack("!HH", kind, len(body)) + body


def hello(version, suites, compressions=(NO_COMPRESSION,)):
    """A greeting in one record."""
    extensions = b""
    if version > SSL3:
        extensions += extension(GROUPS, struct.pack("!HHHH", 6, 29, 23, 24)) + extension(POINTS, b"\x01\x00")
        extensions += extension(RENEGOTIATION_INFO, b"\x00") + extension(EXTENDED_SECRET, b"")
    if version >= TLS1_2:
        algorithms = struct.pack("!8H", 0x0403, 0x0503, 0x0804, 0x0805, 0x0401, 0x0501, 0x0203, 0x0201)
        extensions += extension(ALGORITHMS, struct.pack("!H", len(algorithms)) + algorithms)
    body = struct.pack("!H", version) + os.urandom(32) + b"\x00"
    body += struct.pack(f"!H{len(suites)}H", 2 * len(suites), *suites)
    body += bytes([len(compressions), *compressions])
    if extensions:
        body += struct.pack("!H", len(extensions)) + extensions
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    return struct.pack("!BHH", HANDSHAKE, min(version, TLS1_0), len(message)) + message


class Reply:
    """What a server said first: an alert, or its greeting with the version, suite and compression that it chose."""

    def __init__(self, record):
        self.kind = record[0] if record else None
        self.alert = self.version = self.suite = self.compression = None
        if self.kind == ALERT:
            self.alert = record[6]
        elif self.kind == HANDSHAKE and record[5] == SERVER_HELLO:
            self.version = struct.unpack_from("!H", record, 9)[0]
            after = 43 + 1 + record[43]
            self.suite, self.compression = struct.unpack_from("!HB", record, after)

    @property
    def is_accepted(self):
        return self.suite is not None

    def __repr__(self):
        return f"kind {self.kind}, alert {self.alert}, version {self.version}, suite {self.suite}"


def greet(port, *arguments, **rest):
    """The first record that comes after such a greeting; an empty one where the server just leaves."""
    record = b""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(hello(*arguments, **rest))
            while len(record) < 5 or len(record) < 5 + struct.unpack_from("!H", record, 3)[0]:
                if not (more := connection.recv(4096)):
                    break
                record += more
    return Reply(record)
