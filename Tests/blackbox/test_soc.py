"""The feed to a security operations centre, as rsyslog with GnuTLS takes it."""
import json
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest

from server import Server, free_port
from test_alerts import alert_server, level

RSYSLOGD = shutil.which("rsyslogd", path="/usr/sbin:/usr/bin:/sbin:/bin")


class Receiver:
    """rsyslog on a port of its own, over TLS or bare TCP; writes what it takes to a file."""

    def __init__(self, home, secured):
        self.home, self.secured, self.process = home, secured, None
        self.port, self.out = free_port(socket.SOCK_STREAM), home / "out"
        if secured:
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-days", "2", "-keyout", home / "key.pem", "-out", home / "ca.pem", "-subj", "/CN=localhost",
                 "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True, timeout=60)
        driver = (
            f'global(workDirectory="{home}" maxMessageSize="64k" defaultNetstreamDriverCAFile="{home}/ca.pem"'
            f' defaultNetstreamDriverCertFile="{home}/ca.pem" defaultNetstreamDriverKeyFile="{home}/key.pem")\n'
            'module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")\n'
            if secured else f'global(workDirectory="{home}" maxMessageSize="64k")\nmodule(load="imtcp")\n')
        (home / "rsyslog.conf").write_text(
            driver + f'input(type="imtcp" port="{self.port}" address="127.0.0.1")\n'
            'template(name="all" type="string" string="%msgid% %structured-data% %msg%\\n")\n'
            f'action(type="omfile" file="{self.out}" template="all" asyncWriting="off" flushOnTXEnd="on")\n')

    def start(self):
        self.process = subprocess.Popen(
            [RSYSLOGD, "-n", "-f", self.home / "rsyslog.conf", "-i", self.home / "pid"], stdin=subprocess.DEVNULL,
            stdout=open(self.home / "log", "ab"), stderr=subprocess.STDOUT)
        return self

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
            self.process = None

    def lines(self):
        return self.out.read_text(errors="replace").splitlines() if self.out.exists() else []

    def sequences(self):
        found = [re.search(r'^audit \[audit@32473 sequence="(\d+)"', line) for line in self.lines()]
        return {int(match.group(1)) for match in found if match}


def ask(server, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.http}{path}", timeout=20) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        return error.read()


def newest(server):
    """The newest line of the audit when it was asked for."""
    return json.loads(ask(server, "/v1/audit?limit=1"))["audit"][0]["sequence"]


@pytest.mark.skipif(RSYSLOGD is None, reason="no rsyslogd: apt-get install rsyslog rsyslog-gnutls")
@pytest.mark.parametrize("secured", [True, False], ids=["tls", "tcp"])
def test_a_receiver_that_goes_and_comes_misses_nothing(tmp_path, secured):
    receiver = Receiver(tmp_path, secured).start()
    settings = f'address: "localhost:{receiver.port}", ' + (f"ca: {tmp_path}/ca.pem" if secured else "tls: false")
    server = Server(extra=f"soc: {{ {settings} }}\n", seal="1s")
    try:
        with server:
            ask(server, "/v1/devices/first%22%5D")
            server.send("line", [b"weather,device=d t=x"])
            server.wait_for(lambda: 1 in receiver.sequences(), 30)
            server.wait_for(lambda: any(line.startswith("refused [") for line in receiver.lines()), 30)
            for life in range(3):
                receiver.stop()
                for number in range(50):
                    ask(server, f"/v1/devices/away-{life}-{number}")
                if life == 1:
                    # What is listed is durable, and no kill takes it away.
                    newest(server)
                    server.kill()
                    server.start()
                receiver.start()
                for number in range(50):
                    ask(server, f"/v1/devices/back-{life}-{number}")
                last = newest(server)
                server.wait_for(lambda: set(range(1, last + 1)) <= receiver.sequences(), 60)
            time.sleep(1.5)
            assert server.stop() == 0
        text = "\n".join(receiver.lines())
        assert 'path="/v1/devices/first%22%5D"' in text and 'reason="line_' in text
    finally:
        receiver.stop()


@pytest.mark.long("its receiver is away for two minutes")
@pytest.mark.skipif(RSYSLOGD is None, reason="no rsyslogd: apt-get install rsyslog rsyslog-gnutls")
@pytest.mark.parametrize("how", ["gone", "stopped"])
def test_a_receiver_that_is_away_for_a_minute_misses_nothing(tmp_path, how):
    """Gone, or a process that is stopped and holds its connection; requests, refusals and alerts go on meanwhile."""
    receiver = Receiver(tmp_path, secured=True).start()
    server = alert_server(tmp_path)
    settings = f'address: "localhost:{receiver.port}", ca: {tmp_path}/ca.pem'
    server.config.write_text(server.config.read_text() + f"soc: {{ {settings} }}\n")
    stops = threading.Event()

    def go_on():
        number = 0
        while not stops.is_set():
            ask(server, f"/v1/devices/asked-{number}")
            number += 1
            time.sleep(0.01)

    try:
        with server:
            ask(server, "/v1/devices/first")
            server.wait_for(lambda: 1 in receiver.sequences(), 30)
            asker = threading.Thread(target=go_on)
            asker.start()
            away = newest(server)
            if how == "gone":
                receiver.stop()
            else:
                receiver.process.send_signal(signal.SIGSTOP)
            for minute in range(2):
                # An alert that fires and is resolved, and what is refused, while nobody hears of it.
                level(server, f"gauge-{minute + 1}", 5)
                server.send("line", [b"weather,device=mast-1 t=x"])
                time.sleep(15)
                level(server, f"gauge-{minute + 1}", 3)
                time.sleep(20)
            assert newest(server) > away + 1_000
            if how == "gone":
                receiver.start()
            else:
                receiver.process.send_signal(signal.SIGCONT)
            time.sleep(3)
            stops.set()
            asker.join()
            last = newest(server)
            server.wait_for(lambda: set(range(1, last + 1)) <= receiver.sequences(), 120)
            server.wait_for(lambda: all(sum(
                line.startswith("alert [") and f'"gauge-{gauge}"' in line for line in receiver.lines()) >= 2
                for gauge in (1, 2)), 60)
            assert any(line.startswith("refused [") for line in receiver.lines())
            figures = server.get("/metrics").decode()
            assert re.search(r"^thinai_soc_dropped_total 0$", figures, re.M), figures
            server.wait_for(lambda: re.search(
                r"^thinai_soc_connected 1$", server.get("/metrics").decode(), re.M))
            assert server.stop() == 0
    finally:
        stops.set()
        if receiver.process:
            receiver.process.send_signal(signal.SIGCONT)
        receiver.stop()
