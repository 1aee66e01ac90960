"""Alert rules: told as events and to receivers, each once, whatever comes between; tried over what is stored."""
import re
import subprocess
import threading

import pyarrow.parquet
import pytest

from alert_receiver import SECRET, Receiver
from server import BINARY, Server, balanced

RULES = """
rules:
  - name: nuoc-cao
    severity: critical
    measurement: water
    field: level_m
    aggregate: last
    over: 1m
    above: 4.5
    clear_below: 4
    message: "Mực nước tại {name} ({area}) là {value} m, trên {threshold} m [{device}]"
    resolved: "Nước rút: {value} m"
  - name: mua-xa
    severity: warning
    measurement: weather
    field: rain_mm
    aggregate: sum
    over: 1m
    above: 50
    per: area
    area: "52"
    message: "Mưa tại {area}: {value} mm"
  - name: im-lang
    severity: error
    silence: { after: 4s }
    class: camera
    message: "{name} im lặng"
    resolved: "{name} trở lại"
"""
DEVICES = """id,class,name,area,interval
gauge-1,sensor,Cầu Diêu Trì,21583,60
gauge-2,sensor,Cầu Thị Nại,21583,60
mast-1,sensor,,21583,60
mast-2,sensor,,21583,60
cam-1,camera,Ngã tư Quy Nhơn,21583,1
"""
AREAS = """code,parent,name
52,,Tỉnh Gia Lai
21583,52,Phường Quy Nhơn
"""


def alert_server(home, receivers=(), rules=RULES, more="", **settings):
    """A server whose rules are looked at every 200 ms; `more` is the rest of its configuration."""
    (home / "rules.yaml").write_text(rules)
    (home / "devices.csv").write_text(DEVICES)
    (home / "areas.csv").write_text(AREAS)
    (home / "secret").write_text(SECRET + "\n")
    webhooks = "".join(
        f'  - {{ name: hook{number}, url: "{url}", secret_file: "{home}/secret"{rest} }}\n'
        for number, (url, rest) in enumerate(receivers))
    extra = (
        f'alerts: {{ rules: "{home}/rules.yaml", every: 200ms }}\n'
        f'registry: {{ devices: "{home}/devices.csv", areas: "{home}/areas.csv" }}\n'
        + (f"webhooks:\n{webhooks}" if webhooks else "") + more)
    return Server(extra=extra, **settings)


def level(server, device, metres):
    server.send("line", [f"water,device={device} level_m={metres}".encode()])


def told(server, rule):
    """State and device of a rule's events, the oldest first."""
    events = server.ask("/v1/events", kind=f"alert.{rule}", limit=1000)["events"]
    return [(e["attributes"]["state"], e["device"]) for e in reversed(events)]


def firing(server, rule):
    found = re.search(rf'thinai_alerts_firing{{rule="{rule}",[^}}]*}} (\d+)', server.get("/metrics").decode())
    return int(found[1])


def tried(home, server, rule):
    """What check-config --since says of a rule: times, and of how many."""
    run = subprocess.run(
        [BINARY, "check-config", "--since", "1h", "--config", server.config], capture_output=True, text=True)
    assert run.returncode == 0, run
    found = re.search(rf"^{rule}: (\d+) times on (\d+) ", run.stdout, re.MULTILINE)
    assert found, run.stdout
    return int(found[1]), int(found[2]), run.stdout


def test_told_once_with_hysteresis(home):
    """Between its bounds nothing changes; what is told is in Vietnamese, in the tables, and as often as it was
    tried."""
    with Receiver() as receiver:
        with alert_server(home, [(receiver.url, "")]) as server:
            level(server, "gauge-1", 4.2)
            level(server, "gauge-2", 1.0)
            server.wait_for(lambda: server.account("line")["stored"] == 2)
            turns = [(4.6, 1), (4.3, 1), (4.7, 1), (3.9, 2), (4.4, 2), (5.1, 3)]
            for metres, wanted in turns:
                rounds = looked(server)
                level(server, "gauge-1", metres)
                server.wait_for(lambda: len(told(server, "nuoc-cao")) >= wanted)
                # A value that changes nothing is seen all the same.
                server.wait_for(lambda: looked(server) > rounds + 2)
                assert len(told(server, "nuoc-cao")) == wanted, (metres, told(server, "nuoc-cao"))
            wanted = [("firing", "gauge-1"), ("resolved", "gauge-1"), ("firing", "gauge-1")]
            assert told(server, "nuoc-cao") == wanted
            assert firing(server, "nuoc-cao") == 1
            server.wait_for(lambda: receiver.said("nuoc-cao") == wanted)
            event = receiver.taken[0]
            assert event["message"] == "Mực nước tại Cầu Diêu Trì (Phường Quy Nhơn) là 4.6 m, trên 4.5 m [gauge-1]", (
                event
            )
            assert event["severity"] == "critical" and event["kind"] == "alert.nuoc-cao", event
            assert event["attributes"]["value"] == 4.6 and event["attributes"]["threshold"] == 4.5, event
            stored = server.ask("/v1/events", kind="alert.nuoc-cao")["events"][-1]
            assert stored["attributes"] == event["attributes"] and stored["message"] == event["message"], stored
            ledger = server.ask("/v1/ledger")
            balanced(ledger)
            assert ledger["listeners"]["internal"]["events"] >= 3, ledger
            assert not receiver.faults, receiver.faults
            # Rules can be tried beside a running server, which loses nothing by it.
            server.wait_for(lambda: list(server.data.glob("tables/water/date=*/*.parquet")))
            before = sorted(server.data.rglob("*.parquet"))
            _, _, text = tried(home, server, "nuoc-cao")
            assert text.startswith(str(server.config)) and "tried over" in text, text
            assert set(before) <= set(server.data.rglob("*.parquet"))
            assert server.stop() == 0
            times, devices, text = tried(home, server, "nuoc-cao")
            assert (times, devices) == (2, 1), text
            assert "values 1 to 5.1 (above 4.5), 2 devices seen" in text, text
            # The tables are readable, what was told among them, and by whom.
            events = [pyarrow.parquet.read_table(path) for path in server.data.glob("tables/events/date=*/*.parquet")]
            assert sum(table.num_rows for table in events) >= 3, events
            assert {name for table in events for name in table["told_by"].to_pylist()} == {"test-01"}, events
            run = subprocess.run([BINARY, "verify", server.data], capture_output=True, text=True)
            assert run.returncode == 0, run


def looked(server):
    return int(re.search(r"^thinai_alert_rounds_total (\d+)", server.get("/metrics").decode(), re.MULTILINE)[1])


def test_areas_are_summed_up(home):
    """Two gauges of one area add up, whichever lane they came by; who is in no area counts in none."""
    with alert_server(home, lanes=2) as server:
        server.send("line", [b"weather,device=mast-1 rain_mm=30.5", b"weather,device=stranger rain_mm=90"])
        server.wait_for(lambda: server.account("line")["stored"] == 2)
        rounds = looked(server)
        server.wait_for(lambda: looked(server) > rounds + 3)
        assert told(server, "mua-xa") == []
        server.send("line", [b"weather,device=mast-2 rain_mm=20"])
        server.wait_for(lambda: told(server, "mua-xa") == [("firing", "test-01")])
        event = server.ask("/v1/events", kind="alert.mua-xa")["events"][0]
        assert event["attributes"]["area"] == "21583" and event["message"] == "Mưa tại Phường Quy Nhơn: 50.5 mm", event
        assert server.stop() == 0
        assert tried(home, server, "mua-xa")[:2] == (1, 1)


def test_silence_and_return(home):
    """A camera that says nothing is told, also after its alert's own event; its return is told too."""
    with alert_server(home) as server:
        stopped = threading.Event()

        def others():
            while not stopped.wait(0.3):
                server.send("line", [b"weather,device=mast-1 rain_mm=0"])

        background = threading.Thread(target=others)
        background.start()
        try:
            server.send("line", [b"camera_stream,device=cam-1 fps=25"])
            server.wait_for(lambda: told(server, "im-lang") == [("firing", "cam-1")])
            # The event in the camera's name is no word of the camera.
            rounds = looked(server)
            server.wait_for(lambda: looked(server) > rounds + 5)
            assert told(server, "im-lang") == [("firing", "cam-1")]
            status = {d["id"]: d["status"] for d in server.ask("/v1/devices")["devices"]}
            assert status["cam-1"] == "silent", status
            # A restart is no sign of it either.
            server.kill()
            server.start()
            server.wait_for(lambda: looked(server) > 5)
            assert told(server, "im-lang") == [("firing", "cam-1")] and firing(server, "im-lang") == 1
            server.send("line", [b"camera_stream,device=cam-1 fps=25"])
            server.wait_for(lambda: told(server, "im-lang") == [("firing", "cam-1"), ("resolved", "cam-1")])
        finally:
            stopped.set()
            background.join()
        events = server.ask("/v1/events", kind="alert.im-lang")["events"]
        assert [e["message"] for e in events] == ["Ngã tư Quy Nhơn trở lại", "Ngã tư Quy Nhơn im lặng"], events
        assert server.stop() == 0
        times, devices, text = tried(home, server, "im-lang")
        assert (times, devices) == (1, 1), text


def test_receiver_that_fails_gets_each_once(home):
    """500 for a while, a kill -9 in between, then 200: each alert arrives once, signed, in order; the other receiver
    does not wait."""
    broken = threading.Event()
    broken.set()
    with Receiver(lambda: 500 if broken.is_set() else 200) as failing, Receiver() as working:
        receivers = [(failing.url, ""), (working.url, ", severity: critical, rules: [nuoc-cao]")]
        with alert_server(home, receivers) as server:
            level(server, "gauge-1", 5)
            level(server, "gauge-2", 5.5)
            both = [("firing", "gauge-1"), ("firing", "gauge-2")]
            server.wait_for(lambda: sorted(told(server, "nuoc-cao")) == both)
            server.wait_for(lambda: sorted(working.said("nuoc-cao")) == both)
            server.wait_for(lambda: len(failing.attempts) >= 3)
            assert failing.taken == []
            metrics = server.get("/metrics").decode()
            assert 'thinai_webhook_pending{webhook="hook1"} 0' in metrics, metrics
            assert re.search(r'thinai_webhook_failures_total{webhook="hook0"} [1-9]', metrics), metrics
            assert list((server.data / "outbox" / "hook0").glob("*.outbox"))
            server.kill()
            attempts = len(failing.attempts)
            server.start()
            server.wait_for(lambda: len(failing.attempts) > attempts)
            # What fires still fires, and is not told again; its end is told.
            assert firing(server, "nuoc-cao") == 2
            level(server, "gauge-1", 1)
            all_told = both + [("resolved", "gauge-1")]
            server.wait_for(lambda: sorted(told(server, "nuoc-cao")) == sorted(all_told))
            server.kill()
            broken.clear()
            server.start()
            wanted = sorted(all_told)
            silent = server.wait_for(lambda: sorted(failing.said("nuoc-cao")) == wanted, seconds=60)
            assert silent
            server.wait_for(lambda: sorted(working.said("nuoc-cao")) == wanted)
            server.wait_for(lambda: 'thinai_webhook_pending{webhook="hook0"} 0' in server.get("/metrics").decode(),
                            seconds=60)
            rounds = looked(server)
            server.wait_for(lambda: looked(server) > rounds + 3)
            assert sorted(told(server, "nuoc-cao")) == wanted
            for receiver in (failing, working):
                ids = [event["id"] for event in receiver.taken]
                assert len(ids) == len(set(ids)), receiver.taken
                assert not receiver.faults, receiver.faults
            # The end of something is never told before its begin.
            assert failing.said("nuoc-cao").index(("firing", "gauge-1")) < failing.said("nuoc-cao").index(
                ("resolved", "gauge-1"))
            # Every attempt of one alert had the same id.
            first = {identity for identity, _ in failing.attempts}
            assert first == {event["id"] for event in failing.taken}, failing.attempts
            assert not list((server.data / "outbox" / "hook0").glob("*.outbox"))
            balanced(server.ask("/v1/ledger"))


def test_receiver_that_hangs(home):
    """A receiver that takes a request and never answers holds up neither the others nor the end of the server."""
    freed = threading.Event()
    with Receiver(lambda: 200 if freed.wait(120) else 500) as hanging, Receiver() as working:
        with alert_server(home, [(hanging.url, ""), (working.url, "")]) as server:
            level(server, "gauge-1", 5)
            server.wait_for(lambda: working.said("nuoc-cao") == [("firing", "gauge-1")])
            level(server, "gauge-1", 1)
            server.wait_for(lambda: working.said("nuoc-cao") == [("firing", "gauge-1"), ("resolved", "gauge-1")])
            assert hanging.attempts == []
            assert server.stop() == 0
            freed.set()
            server.start()
            server.wait_for(lambda: ("resolved", "gauge-1") in hanging.said("nuoc-cao"))
            ids = [event["id"] for event in hanging.taken]
            # What was cut off in the middle comes again under its id.
            assert set(ids) == {event["id"] for event in working.taken} and ids[-1] not in ids[:-1], hanging.taken


@pytest.mark.sanitized
def test_what_the_journal_refuses_is_told_later(home):
    """While the journal of the node's own events fails, receivers are told all the same; then the events are stored,
    each once."""
    faults = "fdatasync:EIO:times=4:path=lane-99"
    with Receiver() as receiver:
        with alert_server(home, [(receiver.url, "")], environment={"THINAI_FAULTS": faults}) as server:
            level(server, "gauge-1", 5)
            server.wait_for(lambda: receiver.said("nuoc-cao") == [("firing", "gauge-1")])
            server.wait_for(lambda: told(server, "nuoc-cao") == [("firing", "gauge-1")])
            account = server.account("internal")
            assert account["shed"].get("journal_failed", 0) >= 1, account
            rounds = looked(server)
            server.wait_for(lambda: looked(server) > rounds + 3)
            assert told(server, "nuoc-cao") == receiver.said("nuoc-cao") == [("firing", "gauge-1")]
            balanced(server.ask("/v1/ledger"))


KILLS = [
    "rename:kill:path=alerts.state", "rename:kill:after=1:path=alerts.state", "fdatasync:kill:path=lane-99",
    "fdatasync:kill:path=outbox", "fdatasync:kill:path=alerts.state", "fdatasync:kill:after=1:path=alerts.state",
    "write:kill:path=outbox", "unlink:kill:path=outbox",
]


@pytest.mark.parametrize("step", KILLS)
def test_killed_at_every_step(home, step):
    """Whatever step of telling a kill comes after, each alert is one event and one delivery."""
    with Receiver() as receiver:
        server = alert_server(home, [(receiver.url, "")], environment={"THINAI_FAULTS": step})
        with server:
            level(server, "gauge-1", 5)
            assert server.process.wait(30) != 0, step
            server.environment.pop("THINAI_FAULTS")
            server.start()
            level(server, "gauge-1", 5.1)
            server.wait_for(lambda: ("firing", "gauge-1") in receiver.said("nuoc-cao"))
            server.wait_for(lambda: 'thinai_webhook_pending{webhook="hook0"} 0' in server.get("/metrics").decode())
            rounds = looked(server)
            server.wait_for(lambda: looked(server) > rounds + 3)
            assert told(server, "nuoc-cao") == [("firing", "gauge-1")], (step, told(server, "nuoc-cao"))
            # Where the machine is slow the cameras' silence comes in between.
            taken = [event["id"] for event in receiver.taken if event["attributes"]["rule"] == "nuoc-cao"]
            assert len(set(taken)) == 1, (step, receiver.taken)
            # Between an answer and the note of it a kill makes a second delivery, under the same id.
            assert len(taken) == 1 or step.startswith("unlink"), (step, receiver.taken)
            assert not receiver.faults, receiver.faults
            balanced(server.ask("/v1/ledger"))


@pytest.mark.needs("openssl")
def test_certificates_are_verified(home):
    """A receiver with a certificate of its own making is told nothing; a secret may come from the environment only."""
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", home / "key", "-out", home / "crt",
         "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"], capture_output=True)
    assert made.returncode == 0, made
    with Receiver(certificate=(home / "crt", home / "key")) as receiver:
        with alert_server(home, [(receiver.url, "")]) as server:
            level(server, "gauge-1", 5)
            server.wait_for(lambda: re.search(
                r'thinai_webhook_failures_total{webhook="hook0"} [1-9]', server.get("/metrics").decode()))
            server.wait_for(lambda: "certificate problem" in server.log())
            assert receiver.attempts == []
            config = server.config.read_text()
    server = alert_server(home, [("http://127.0.0.1:1/", "")])
    for secret, message in [("secret: plain", "must name a variable"), ('secret: "${THINAI_NONE}"', "has no variable"),
                            ("", "either secret_file or secret")]:
        server.config.write_text(config.replace(f'secret_file: "{home}/secret"', secret or "severity: error"))
        bad = subprocess.run([BINARY, "check-config", server.config], capture_output=True, text=True)
        assert bad.returncode == 2 and message in bad.stderr, (message, bad)
    server.config.write_text(config.replace(f'secret_file: "{home}/secret"', 'secret: "${THINAI_SOME}"'))
    good = subprocess.run([BINARY, "check-config", server.config], capture_output=True, text=True,
                          env={**server.environment, "THINAI_SOME": "x"})
    assert good.returncode == 0 and "1 webhooks" in good.stdout, good


def test_damaged_state_is_named(home):
    """A state that cannot be read is set aside and named; what fires is told anew, and a rule's end is told when the
    rule is gone."""
    with alert_server(home) as server:
        level(server, "gauge-1", 5)
        server.wait_for(lambda: told(server, "nuoc-cao") == [("firing", "gauge-1")])
        server.kill()
        state = server.data / "alerts.state"
        bytes_ = bytearray(state.read_bytes())
        bytes_[-20] ^= 1
        state.write_bytes(bytes_)
        server.start()
        level(server, "gauge-1", 5)
        server.wait_for(lambda: "cannot read alert state" in server.log())
        server.wait_for(lambda: told(server, "nuoc-cao") == [("firing", "gauge-1")] * 2)
        assert (server.data / "alerts.state.damaged").exists()
        server.stop()
        (home / "rules.yaml").write_text(RULES.replace("nuoc-cao", "muc-nuoc"))
        server.start()
        level(server, "gauge-1", 5)
        server.wait_for(lambda: told(server, "nuoc-cao") == [("firing", "gauge-1")] * 2 + [("resolved", "gauge-1")])
        server.wait_for(lambda: told(server, "muc-nuoc") == [("firing", "gauge-1")])


def test_rules_with_faults_are_refused(home):
    """Each with its file and line; names that nothing has are warnings."""
    faults = [
        ("    above: 4.5\n", "    above: viel\n", r"line 9: rules\[0\].above: viel is no number"),
        ("    above: 4.5\n", "    above: 4.5\n    bellow: 3\n", r"line 10: rules\[0\].bellow: no such key"),
        ("    above: 4.5\n", "", r"rules\[0\].above: either above or below must be there"),
        ("    clear_below: 4\n", "    clear_below: 5\n", r"clear_below: 5.0 would end at once"),
        ("{threshold}", "{thresold}", r"\{thresold\} is none of"),
        ("severity: critical", "severity: bad", r"bad is none of emergency, alert"),
        ("name: mua-xa", "name: nuoc-cao", r"two rules are named nuoc-cao"),
        ("aggregate: last", "aggregate: p100", r"p100 is none of"),
    ]
    server = alert_server(home)

    def run(*options):
        return subprocess.run([BINARY, "check-config", *options, server.config], capture_output=True, text=True)

    good = run()
    assert good.returncode == 0 and "3 alert rules" in good.stdout, good
    for old, new, message in faults:
        assert old in RULES, old
        (home / "rules.yaml").write_text(RULES.replace(old, new, 1))
        bad = run()
        assert bad.returncode == 2 and re.search(message, bad.stderr) and "rules.yaml" in bad.stderr, (message, bad)
    (home / "rules.yaml").write_text(RULES.replace('area: "52"', 'area: "99"'))
    odd = run()
    assert odd.returncode == 0 and "warning: rule mua-xa: the registry has no area 99" in odd.stdout, odd
    (home / "rules.yaml").write_text(RULES.replace("field: level_m", "field: level_cm"))
    with server:
        level(server, "gauge-1", 5)
        server.wait_for(lambda: server.account("line")["stored"] == 1)
        server.stop()
        tried = run("--since", "1h")
        assert tried.returncode == 0, tried
        assert "warning: rule nuoc-cao: no row of measurement water has a field level_cm" in tried.stdout, tried
        assert "warning: rule mua-xa: no row of measurement weather is stored" in tried.stdout, tried
