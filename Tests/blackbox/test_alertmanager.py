"""Debian's Alertmanager shows our alarms: as long as they last, with who looks after them, silenced when set aside."""
import contextlib
import json
import shutil
import socket
import subprocess
import time
import urllib.request

import pytest

from mail_server import free_port
from server import balanced
from test_alerts import alert_server, level

pytestmark = pytest.mark.needs("prometheus-alertmanager", "amtool")

# What is not heard of for so long is over: far less than usual, to see that it is heard of again.
CONFIG = """
global: { resolve_timeout: 12s }
route: { receiver: none, group_wait: 1s, group_interval: 1s }
receivers: [ { name: none } ]
"""


class Alertmanager:
    def __init__(self, home):
        self.home = home / "alertmanager"
        self.home.mkdir()
        (self.home / "config.yml").write_text(CONFIG)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        program = shutil.which("prometheus-alertmanager")
        with open(self.home / "log", "ab") as log:
            self.process = subprocess.Popen(
                [program, f"--config.file={self.home}/config.yml", f"--storage.path={self.home}/data",
                 f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address="],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.time() + 30
        while time.time() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise AssertionError((self.home / "log").read_text())

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(30)
            self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def alerts(self, *options):
        """As amtool lists them."""
        run = subprocess.run(
            ["amtool", f"--alertmanager.url={self.url}", "--output=json", "alert", "query", *options],
            capture_output=True, text=True)
        return json.loads(run.stdout) if run.returncode == 0 and run.stdout.strip() else []

    def devices(self, *options):
        return sorted(alert["labels"].get("device", "") for alert in self.alerts(*options))


def config(alertmanager, rest=""):
    return f'alertmanager: {{ url: "{alertmanager.url}", rules: [nuoc-cao], resend: 10s{rest} }}\n'


def post(server, path, body):
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.http}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_it_shows_what_lasts(home):
    """With labels and annotations; longer than its resolve_timeout; and no longer once it is over."""
    with Alertmanager(home) as alertmanager:
        more = config(alertmanager, ', labels: { province: "52" }, link: "https://thinai.example.vn"')
        with alert_server(home, more=more) as server:
            level(server, "gauge-1", 5)
            level(server, "gauge-2", 6)
            server.wait_for(lambda: alertmanager.devices() == ["gauge-1", "gauge-2"])
            alarm = server.ask("/v1/alarms", rule="nuoc-cao")["alarms"][0]
            alert = next(a for a in alertmanager.alerts() if a["labels"]["device"] == alarm["subject"]["device"])
            assert alert["labels"] == {
                "alertname": "nuoc-cao", "severity": "critical", "device": alarm["subject"]["device"], "area": "21583",
                "class": "sensor", "node": "test-01", "province": "52"}, alert
            assert alert["annotations"]["summary"] == alarm["message"], alert
            assert alert["generatorURL"] == f"https://thinai.example.vn/v1/alarms/{alarm['id']}", alert
            assert alert["startsAt"][:23] == alarm["opened"][:23], (alert, alarm)
            # Over several of its timeouts it lasts, since it is told again.
            until = time.time() + 30
            while time.time() < until:
                assert alertmanager.devices() == ["gauge-1", "gauge-2"]
                time.sleep(0.5)
            level(server, "gauge-1", 1)
            server.wait_for(lambda: alertmanager.devices() == ["gauge-2"])
            balanced(server.ask("/v1/ledger"))


def test_it_comes_late_and_goes(home):
    """Not there when alarms open: they wait in the outbox over a kill. Begun anew without its memory, it is told what
    lasts."""
    alertmanager = Alertmanager(home)
    with alert_server(home, more=config(alertmanager)) as server:
        level(server, "gauge-1", 5)
        pending = 'thinai_receiver_pending{receiver="alertmanager",kind="alertmanager"} '
        server.wait_for(lambda: pending + "1" in server.get("/metrics").decode())
        server.kill()
        server.start()
        with alertmanager:
            server.wait_for(lambda: alertmanager.devices() == ["gauge-1"], seconds=60)
            server.wait_for(lambda: pending + "0" in server.get("/metrics").decode())
            alertmanager.stop()
            shutil.rmtree(alertmanager.home / "data")
            alertmanager.start()
            server.wait_for(lambda: alertmanager.devices() == ["gauge-1"], seconds=60)


def test_what_people_do_is_seen(home):
    """Who looks after an alarm is in its annotations; one that is set aside is silenced, until it is not."""
    with Alertmanager(home) as alertmanager:
        with alert_server(home, more=config(alertmanager)) as server:
            level(server, "gauge-1", 5)
            server.wait_for(lambda: alertmanager.devices() == ["gauge-1"])
            alarm = server.ask("/v1/alarms", rule="nuoc-cao")["alarms"][0]["id"]
            post(server, f"/v1/alarms/{alarm}/acknowledge", {"note": "đang đi xem"})
            server.wait_for(lambda: [a["annotations"].get("acknowledged_note") for a in alertmanager.alerts()] == [
                "đang đi xem"])
            until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
            post(server, f"/v1/alarms/{alarm}/shelve", {"until": until, "note": "sửa cảm biến"})
            server.wait_for(lambda: alertmanager.devices("--silenced") == ["gauge-1"])
            # The others of the rule are told as before.
            level(server, "gauge-2", 5)
            server.wait_for(lambda: alertmanager.devices() == ["gauge-2"])
            post(server, f"/v1/alarms/{alarm}/unshelve", {})
            server.wait_for(lambda: alertmanager.devices() == ["gauge-1", "gauge-2"])
            assert alertmanager.devices("--silenced") == []
