"""The feed of CAP 1.2: each message as the standard has it, chained by references, within what somebody may see."""
import json
import time
import urllib.error
import urllib.request

import cap_reader
from test_alerts import DEVICES, alert_server, level
from test_http_write import made_tokens


def ask(server, path, token=None, body=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.http}{path}", None if body is None else json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read(), answer.headers["Content-Type"]


def feed(server, query="", token=None):
    document, kind = ask(server, "/v1/alarms.cap" + query, token)
    assert kind == "application/atom+xml; charset=utf-8", kind
    return cap_reader.read_feed(document)


def one(server, device):
    """The message of a device's alarm."""
    return next((m for m in feed(server)[0] if m.parameters.get("device") == device), None)


def test_a_message_and_those_that_follow(home):
    """Alert, Update when somebody looks after it, Cancel at its end: each with what it follows on."""
    with alert_server(home) as server:
        devices = home / "devices.csv"
        devices.write_text(DEVICES.replace(",interval", ",interval,latitude,longitude").replace(
            "gauge-1,sensor,Cầu Diêu Trì,21583,60", "gauge-1,sensor,\"Cầu <Diêu> & 'Trì'\",21583,60,13.78,109.21"))
        server.stop()
        server.start()
        level(server, "gauge-1", 5)
        level(server, "gauge-2", 6)
        server.wait_for(lambda: one(server, "gauge-1") and one(server, "gauge-2"))
        first = one(server, "gauge-1")
        assert first.msgType == "Alert" and first.sender == "test-01" and first.text("info/language") == "vi-VN"
        assert first.sent.endswith("+07:00") and first.text("info/severity") == "Severe", first.sent
        assert first.text("info/description") == (
            "Mực nước tại Cầu <Diêu> & 'Trì' (Phường Quy Nhơn) là 5 m, trên 4.5 m [gauge-1]")
        assert first.text("info/area/areaDesc") == "Cầu <Diêu> & 'Trì', Phường Quy Nhơn"
        assert first.text("info/area/circle") == "13.78,109.21 0" and first.text("info/area/geocode/value") == "21583"
        # It is the same one as often as it is asked for, and by itself.
        assert one(server, "gauge-1").identifier == first.identifier
        document, kind = ask(server, first.link)
        assert kind == "application/cap+xml; charset=utf-8" and cap_reader.read(document).identifier == first.identifier
        alarm = first.parameters["alarm"]
        ask(server, f"/v1/alarms/{alarm}/acknowledge", body={"note": "x"})
        update = one(server, "gauge-1")
        assert update.msgType == "Update" and update.references == [("test-01", first.identifier, first.sent)]
        assert update.identifier != first.identifier and update.parameters["acknowledged"].startswith("local ")
        level(server, "gauge-1", 1)
        server.wait_for(lambda: one(server, "gauge-1").msgType == "Cancel")
        end = one(server, "gauge-1")
        assert [r[1] for r in end.references] == [first.identifier, update.identifier]
        assert end.text("info/urgency") == "Past" and end.text("info/description") == "Nước rút: 1 m"
        # After a kill all says the same.
        server.kill()
        server.start()
        assert one(server, "gauge-1").identifier == end.identifier
        # Page by page.
        page, following = feed(server, "?limit=1")
        rest, end_of_all = feed(server, following[len("/v1/alarms.cap"):])
        assert len(page) == len(rest) == 1 and end_of_all is None and page[0].identifier != rest[0].identifier
        assert len(feed(server, "?severity=critical&area=52&rule=nuoc-cao")[0]) == 2
        assert feed(server, "?severity=error")[0] == []


def test_what_is_set_aside_is_not_in_it(home):
    with alert_server(home) as server:
        level(server, "gauge-1", 5)
        server.wait_for(lambda: one(server, "gauge-1"))
        alarm = one(server, "gauge-1").parameters["alarm"]
        ask(server, f"/v1/alarms/{alarm}/shelve", body={"until": soon()})
        assert one(server, "gauge-1") is None
        ask(server, f"/v1/alarms/{alarm}/unshelve", body={})
        assert one(server, "gauge-1").msgType == "Update"


def soon():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))


def test_scopes_hold(home):
    """Somebody of another area sees nothing of it, and nobody without a token anything."""
    server = alert_server(home)
    (home / "areas.csv").write_text((home / "areas.csv").read_text() + "48,,Đà Nẵng\n")
    tokens = made_tokens(
        server, all=["--scope", "read"], here=["--scope", "read", "--area", "21583"],
        there=["--scope", "read", "--area", "48"])
    whole, here, there = tokens["all"], tokens["here"], tokens["there"]
    # Whether it runs it tells everybody.
    server.get = lambda path: ask(server, "/healthz" if path == "/readyz" else path, whole)[0]
    with server:
        level(server, "gauge-1", 5)
        server.wait_for(lambda: feed(server, token=whole)[0])
        message = feed(server, token=here)[0][0]
        assert message.parameters["device"] == "gauge-1" and feed(server, token=there)[0] == []
        for path, who in (("/v1/alarms.cap", None), (message.link, there)):
            try:
                ask(server, path, who)
            except urllib.error.HTTPError as error:
                assert error.code == (404 if who else 401), path
            else:
                raise AssertionError(f"{path} is shown to {who}")
