"""Receivers over HTTP: bodies of their own, many alerts as one, others in force by SIGHUP; each by itself."""
import json
import signal
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from alert_receiver import Receiver
from server import BINARY, balanced
from test_alerts import alert_server, level, told

GAUGES = ["gauge-1", "gauge-2"]


class Bodies:
    """A receiver that keeps bodies and headers as they come, and answers what `answer` gives."""

    def __init__(self, answer=lambda: 200):
        self.taken = []
        self.attempts = 0
        bodies = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                bodies.attempts += 1
                status = answer()
                if status == 200:
                    bodies.taken.append((self.headers, body.decode()))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/x"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def webhook(name, url, rest=""):
    return f'  - {{ name: {name}, url: "{url}", rules: [nuoc-cao]{rest} }}\n'


def delivered(server, name, count):
    return f'thinai_webhook_deliveries_total{{webhook="{name}"}} {count}\n' in server.get("/metrics").decode()


def test_bodies_of_their_own(home):
    """JSON with values in texts and by themselves, an object of YAML, a text, a form; each with its content type."""
    hooks = (
        webhook("a", "URL", ', body: \'{"text": "{severity}: {message}", "value": {value}, "rule": {rule}}\'')
        + webhook("b", "URL", ', body: { chat_id: -100, text: "{name} ({area}) {value}" }, headers: { X-Key: "${K}" }')
        + webhook("c", "URL", ", body: '[{rule}] {message}'")
        + webhook("d", "URL", ", body: 'to=1&text={message}', content_type: application/x-www-form-urlencoded"))
    with Bodies() as bodies:
        server = alert_server(
            home, more="webhooks:\n" + hooks.replace("URL", bodies.url), environment={"K": "geheim"},
            rules=RULES_WITH_QUOTES)
        with server:
            level(server, "gauge-1", 5.5)
            server.wait_for(lambda: len(bodies.taken) == 4)
            types = {headers["Content-Type"]: body for headers, body in bodies.taken}
            assert set(types) == {
                "application/json", "text/plain; charset=utf-8", "application/x-www-form-urlencoded"}, types
            jsons = [json.loads(body) for headers, body in bodies.taken if "json" in headers["Content-Type"]]
            first = next(body for body in jsons if "rule" in body)
            message = 'Cầu Diêu Trì "cao":\n5.5 \\ m'
            assert first == {"text": f"critical: {message}", "value": 5.5, "rule": "nuoc-cao"}, first
            assert {"chat_id": -100, "text": "Cầu Diêu Trì (Phường Quy Nhơn) 5.5"} in jsons, jsons
            assert types["text/plain; charset=utf-8"] == f"[nuoc-cao] {message}"
            form = types["application/x-www-form-urlencoded"]
            assert form.startswith("to=1&text=C%E1%BA%A7u%20") and form.count("&") == 1, form
            assert [h["X-Key"] for h, _ in bodies.taken if "X-Key" in h] == ["geheim"]


RULES_WITH_QUOTES = """
rules:
  - name: nuoc-cao
    severity: critical
    measurement: water
    field: level_m
    aggregate: last
    over: 1m
    above: 4.5
    message: "{name} \\"cao\\":\\n{value} \\\\ m"
"""


def test_unknown_places_are_named(home):
    """check-config names what no template has, and where."""
    server = alert_server(home, more="webhooks:\n" + webhook("a", "http://127.0.0.1:1/", ", body: '{mesage}'"))
    bad = subprocess.run([BINARY, "check-config", server.config], capture_output=True, text=True)
    assert bad.returncode == 2 and "webhooks[0].body: {mesage} is none of {aggregate}" in bad.stderr, bad


def alerts(bodies):
    """All groups' alerts in order, and the groups' ids."""
    groups = [json.loads(body) for _, body in bodies.taken]
    for group, (headers, _) in zip(groups, bodies.taken):
        assert group["count"] == len(group["alerts"]) and group["id"] == headers["X-ThiNai-Delivery"], group
    return [a for group in groups for a in group["alerts"]], [group["id"] for group in groups]


def test_many_are_told_as_one(home):
    """The first of many waits for others; a receiver without a group does not. Begins come before ends."""
    with Bodies() as grouped, Receiver() as single:
        more = webhook("many", grouped.url, f', secret_file: "{home}/secret", group: 3s')
        with alert_server(home, [(single.url, "")], more=more) as server:
            for gauge in GAUGES:
                level(server, gauge, 5)
            server.wait_for(lambda: len(single.said("nuoc-cao")) == 2)
            level(server, "gauge-1", 1)
            server.wait_for(lambda: len(single.said("nuoc-cao")) == 3)
            server.wait_for(lambda: delivered(server, "many", 3))
            found, ids = alerts(grouped)
            assert len(ids) < 3 and len(set(ids)) == len(ids), grouped.taken
            said = [(a["attributes"]["state"], a["device"]) for a in found]
            assert sorted(said) == sorted(single.said("nuoc-cao")), said
            assert said.index(("firing", "gauge-1")) < said.index(("resolved", "gauge-1")), said
            assert not list((server.data / "outbox" / "many").glob("*.outbox"))
            balanced(server.ask("/v1/ledger"))


@pytest.mark.parametrize("step", ["fdatasync:kill:after=1:path=outbox", "unlink:kill:path=outbox", None])
def test_groups_survive_kills(home, step):
    """Killed while a group is made, or after it was taken: what is told twice has the same id, and nothing is lost."""
    answers = iter([500, 500])
    with Bodies(lambda: next(answers, 200) if step is None else 200) as grouped:
        more = "webhooks:\n" + webhook("many", grouped.url, f', secret_file: "{home}/secret", group: 1s')
        environment = {"THINAI_FAULTS": step} if step else {}
        with alert_server(home, more=more, environment=environment) as server:
            for gauge in GAUGES:
                level(server, gauge, 5)
            if step:
                assert server.process.wait(30) != 0, step
                server.environment.pop("THINAI_FAULTS")
            else:
                server.wait_for(lambda: grouped.attempts >= 1)
                server.kill()
            server.start()
            for gauge in GAUGES:
                level(server, gauge, 5)
            server.wait_for(lambda: {a["device"] for a in alerts(grouped)[0]} == set(GAUGES))
            server.wait_for(lambda: 'thinai_webhook_pending{webhook="many"} 0' in server.get("/metrics").decode())
            of = {}
            for _, body in grouped.taken:
                group = json.loads(body)
                for alert in group["alerts"]:
                    of.setdefault(alert["id"], set()).add(group["id"])
            assert len(of) == 2 and all(len(groups) == 1 for groups in of.values()), grouped.taken


def test_sighup_puts_others_in_force(home):
    """What waits for one that stays goes to its new address; one that is new is told from then on; one that is gone
    keeps its file and is named; a fault changes nothing."""
    with Receiver(lambda: 500) as broken, Receiver() as fixed, Receiver() as new:
        with alert_server(home, [(broken.url, ""), (broken.url, "")]) as server:
            level(server, "gauge-1", 5)
            server.wait_for(lambda: len(told(server, "nuoc-cao")) == 1)
            server.wait_for(lambda: len(broken.attempts) >= 2)
            config = server.config.read_text()
            server.config.write_text(config + "nonsense: 1\n")
            server.process.send_signal(signal.SIGHUP)
            server.wait_for(lambda: "the receivers of alerts in force stay" in server.log())
            changed = config.replace("name: hook1", "name: hook2").replace(broken.url, fixed.url, 1)
            server.config.write_text(changed.replace(broken.url, new.url))
            server.process.send_signal(signal.SIGHUP)
            server.wait_for(lambda: "reloaded the receivers of alerts: hook0, hook2" in server.log())
            server.wait_for(lambda: fixed.said("nuoc-cao") == [("firing", "gauge-1")])
            server.wait_for(lambda: "outbox/hook1 belongs to no receiver" in server.log())
            assert list((server.data / "outbox" / "hook1").glob("*.outbox")) and new.said("nuoc-cao") == []
            level(server, "gauge-2", 5)
            server.wait_for(lambda: new.said("nuoc-cao") == [("firing", "gauge-2")])
            server.wait_for(lambda: fixed.said("nuoc-cao") == [("firing", "gauge-1"), ("firing", "gauge-2")])
            assert server.stop() == 0
            for receiver in (fixed, new):
                ids = [event["id"] for event in receiver.taken]
                assert len(ids) == len(set(ids)) and not receiver.faults, receiver.faults
