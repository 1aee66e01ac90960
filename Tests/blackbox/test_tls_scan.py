"""What scanners such as testssl.sh look for: old versions, weak suites, compression, renegotiation; and clients that
show a certificate."""
import json
import re
import subprocess

import pytest

from certificates import Authority
from client_hello import DEFLATE, FALLBACK, NO_COMPRESSION, SSL3, TLS1_0, TLS1_1, TLS1_2, greet
from test_tls import secure

GOOD = {
    "ECDHE-ECDSA-AES128-GCM": 0xC02B, "ECDHE-ECDSA-AES256-GCM": 0xC02C, "ECDHE-ECDSA-CHACHA20": 0xCCA9,
}
WEAK = {
    "NULL-MD5": 0x0001, "NULL-SHA": 0x0002, "NULL-SHA256": 0x003B, "ECDHE-ECDSA-NULL": 0xC006, "ECDHE-RSA-NULL": 0xC010,
    "EXP-RC4-MD5": 0x0003, "EXP-RC2-MD5": 0x0006, "EXP-DES-CBC": 0x0008, "EXP-DHE-DES": 0x0014,
    "EXP1024-DES-CBC": 0x0062, "EXP1024-RC4": 0x0064, "RC4-MD5": 0x0004, "RC4-SHA": 0x0005,
    "ECDHE-ECDSA-RC4": 0xC007, "ECDHE-RSA-RC4": 0xC011, "DES-CBC": 0x0009, "3DES-EDE-CBC": 0x000A, "DHE-3DES": 0x0016,
    "ECDHE-ECDSA-3DES": 0xC008, "ECDHE-RSA-3DES": 0xC012, "ADH-RC4": 0x0018, "ADH-AES128": 0x0034,
    "ADH-AES128-GCM": 0x00A6, "AECDH-AES128": 0xC018, "AECDH-NULL": 0xC015, "IDEA": 0x0007, "SEED": 0x0096,
    "CAMELLIA128": 0x0041, "PSK-AES128": 0x008C, "SRP-AES128": 0xC01D, "KRB5-RC4": 0x0020, "DHE-AES128-GCM": 0x009E,
    # Without forward secrecy, and with a way to pad that was attacked.
    "AES128-GCM": 0x009C, "AES256-GCM": 0x009D, "AES128-SHA": 0x002F, "AES128-SHA256": 0x003C,
    "ECDH-ECDSA-AES128": 0xC004, "ECDHE-ECDSA-AES128-CBC": 0xC009, "ECDHE-ECDSA-AES256-CBC": 0xC00A,
    "ECDHE-ECDSA-AES128-CBC-SHA256": 0xC023, "ECDHE-ECDSA-AES256-CBC-SHA384": 0xC024, "ECDHE-ECDSA-CCM8": 0xC0AE,
}
HANDSHAKE_FAILURE, PROTOCOL_VERSION, INAPPROPRIATE_FALLBACK = 40, 70, 86


@pytest.mark.sanitized
def test_old_versions_and_weak_suites_are_refused(home):
    with secure(home) as (server, _):
        # What is right is taken, one by one: so what follows is refused for what it is.
        for name, suite in GOOD.items():
            reply = greet(server.http, TLS1_2, [suite])
            assert reply.is_accepted and (reply.version, reply.suite) == (TLS1_2, suite), (name, reply)
        for version in (SSL3, TLS1_0, TLS1_1):
            reply = greet(server.http, version, [*GOOD.values(), *WEAK.values()])
            assert not reply.is_accepted and reply.alert == PROTOCOL_VERSION, (version, reply)
        for name, suite in WEAK.items():
            reply = greet(server.http, TLS1_2, [suite])
            assert not reply.is_accepted and reply.alert == HANDSHAKE_FAILURE, (name, reply)
        # Whoever offers both gets what is right.
        reply = greet(server.http, TLS1_2, [*WEAK.values(), GOOD["ECDHE-ECDSA-AES128-GCM"]])
        assert reply.suite == GOOD["ECDHE-ECDSA-AES128-GCM"], reply
        # A client that was talked down from TLS 1.3 hears of it.
        reply = greet(server.http, TLS1_2, [*GOOD.values(), FALLBACK])
        assert not reply.is_accepted and reply.alert == INAPPROPRIATE_FALLBACK, reply
        assert json.loads(server.get("/healthz")) == {"status": "alive"}


def test_nothing_is_compressed(home):
    """CRIME: what is compressed tells of what is secret beside it by its length."""
    with secure(home) as (server, _):
        reply = greet(server.http, TLS1_2, list(GOOD.values()), compressions=(DEFLATE, NO_COMPRESSION))
        assert reply.is_accepted and reply.compression == NO_COMPRESSION, reply
        reply = greet(server.http, TLS1_2, list(GOOD.values()), compressions=(DEFLATE,))
        assert not reply.is_accepted, reply


def s_client(server, authority, *arguments, said=""):
    return subprocess.run(
        ["openssl", "s_client", "-connect", f"localhost:{server.http}", "-CAfile", authority.path,
         "-verify_return_error", "-verify_hostname", "localhost", *map(str, arguments)], input=said,
        capture_output=True, text=True, timeout=60)


def handshakes(text):
    """How often the server greeted, by what `-msg` shows."""
    return len(re.findall(r"^<<< TLS [\d.]+, Handshake \[length [0-9a-f]+\], ServerHello$", text, re.M))


@pytest.mark.needs("openssl")
def test_nobody_renegotiates(home):
    with secure(home) as (server, authority):
        # `R` asks for another handshake over the same connection.
        run = s_client(server, authority, "-tls1_2", "-msg", said="R\n")
        text = run.stdout + run.stderr
        assert "RENEGOTIATING" in text and text.count("ClientHello") == 2 and handshakes(text) == 1, text
        assert run.returncode != 0, text
        assert "Secure Renegotiation IS supported" in text and "Compression: NONE" in text, text
        # In TLS 1.3 there is no such thing, nor data before the handshake.
        text = s_client(server, authority, "-tls1_3", "-msg").stdout
        assert "Max Early Data: 0" in text or "Early data was not sent" in text, text
        assert json.loads(server.get("/healthz")) == {"status": "alive"}


@pytest.mark.needs("openssl", "curl")
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_both_sides_show_certificates(home, version):
    authority, other = Authority(home), Authority(home / "other", "another authority")
    client, stranger = authority.client("ioc-page"), other.client("ioc-page")
    request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with secure(home, authority, clients=authority.path, client=client) as (server, _):
        for shown, is_known in ((client, True), (stranger, False), (None, False)):
            files = ["--cert", shown[0], "--key", shown[1]] if shown else []
            run = subprocess.run(
                ["curl", "-sS", "-m", "30", "--cacert", authority.path, f"--tlsv{version}", "--tls-max", version,
                 *files, f"{server.url}/healthz"], capture_output=True, text=True)
            assert (run.returncode == 0 and "alive" in run.stdout) == is_known, (shown, run)
            files = ["-cert", shown[0], "-key", shown[1]] if shown else []
            flag = "-tls" + version.replace(".", "_")
            run = s_client(server, authority, flag, "-ign_eof", *files, said=request)
            assert ("HTTP/1.1 200" in run.stdout) == is_known, (shown, run)
            # Who is asked for one is told whose are taken.
            assert "Acceptable client certificate CA names" in run.stdout and "test authority" in run.stdout, run
