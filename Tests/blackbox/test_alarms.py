"""Alarms that last, opened by real clients, over kills at whatever moment: each told once."""
import collections
import random
import time
import urllib.request

import pytest

from alarm_site import CAMERAS, LINK_DOWN, LINK_UP, ON_BATTERY, SENSORS, Site
from server import SEED

pytestmark = [pytest.mark.needs("snmptrap", "logger"), pytest.mark.lengthy]


def one_of(site, subject, children):
    lasting = site.lasting()
    return (
        len(lasting) == 1 and lasting[0]["subject"] == {"device": subject}
        and set(lasting[0]["children"]) == set(children)
    )


def each_told_once(site):
    """What was told began and ended once each; nothing came twice under two names."""
    def counted(events):
        return collections.Counter((event["attributes"]["alarm"], event["attributes"]["state"]) for event in events)

    def stored():
        return counted(site.server.ask("/v1/events", kind="alert.", limit=1000)["events"])

    # An event is stored before the receiver is told.
    site.until(lambda: stored() == counted(site.told()))
    count = counted(site.told())
    assert not site.receiver.faults and all(number == 1 for number in count.values()), count


def test_a_switch_takes_its_cameras(home):
    """Found late, the cause takes over what was opened early; what is left after it opens by itself."""
    chance = random.Random(SEED)
    with Site(home) as site:
        site.muted |= {*CAMERAS[:6]}
        time.sleep(chance.uniform(0, 2))
        site.restart()
        site.muted |= {"switch", *CAMERAS}
        site.steady(lambda: one_of(site, "switch", CAMERAS))
        time.sleep(chance.uniform(0, 1))
        site.restart()
        site.steady(lambda: one_of(site, "switch", CAMERAS))
        assert [event["device"] for event in site.told("firing")].count("switch") == 1
        site.muted -= {"switch", *CAMERAS[2:]}
        site.steady(lambda: {alarm["subject"].get("device") for alarm in site.lasting()} == set(CAMERAS[:2]))
        site.muted.clear()
        site.until(lambda: not site.lasting())
        site.until(lambda: len(site.told("resolved")) == len(site.told("firing")))
        each_told_once(site)
        # Why a device was out stands in the report.
        span = {"from": site_time(-120), "to": site_time(0)}
        group = site.server.ask("/v1/availability", group_by="device", device=CAMERAS[5], **span)["groups"][0]
        assert [outage["cause"] for outage in group["outages"]][-1:] == ["Switch silent"], group


def site_time(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def test_power_explains_a_site(home):
    with Site(home) as site:
        site.trap("127.0.0.3", ON_BATTERY)
        site.until(lambda: site.lasting("mains"))
        site.muted |= {"site", "cab-0", "cab-1", "cab-2"}
        # It is sent again each minute in the field; here every two seconds.
        for _ in range(5):
            time.sleep(2)
            site.trap("127.0.0.3", ON_BATTERY)
        site.restart()
        site.trap("127.0.0.3", ON_BATTERY)
        site.until(lambda: site.named() >= {"site", "cab-0", "cab-1", "cab-2"})
        lasting = site.lasting()
        assert [alarm["rule"] for alarm in lasting] == ["mains"] and lasting[0]["count"] >= 4, lasting
        assert {event["attributes"]["rule"] for event in site.told()} == {"mains"}
        # Power is back, and with it all but one.
        site.muted -= {"site", "cab-0", "cab-1"}
        site.steady(lambda: [alarm["subject"] for alarm in site.lasting()] == [{"device": "cab-2"}], 2)
        site.muted.clear()
        site.until(lambda: not site.lasting())
        each_told_once(site)


def test_links_flap(home):
    """What is down for less than its hold is not told; what stays down is, once, by port."""
    with Site(home) as site:
        for _ in range(4):
            site.link("127.0.0.2", LINK_DOWN, 7)
            time.sleep(0.3)
            site.link("127.0.0.2", LINK_UP, 7)
        site.link("127.0.0.2", LINK_DOWN, 8)
        # Nobody answers a trap: what is not committed yet is lost with the process.
        site.until(lambda: [event for event in site.server.ask("/v1/events", kind="snmp")["events"]
                            if "8" in map(str, event["attributes"].values())])
        site.restart()
        site.until(lambda: site.lasting("port"))
        assert [alarm["message"] for alarm in site.lasting("port")] == ["Switch: port 8"]
        site.link("127.0.0.2", LINK_DOWN, 8)
        site.until(lambda: site.lasting("port")[0]["count"] == 2)
        site.link("127.0.0.2", LINK_UP, 8)
        site.until(lambda: not site.lasting("port") and site.told("resolved"))
        assert [event["message"] for event in site.told("firing")] == ["Switch: port 8"]
        each_told_once(site)


def test_a_door_by_syslog_and_a_device_that_comes_back(home):
    with Site(home) as site:
        site.log("gate", "north door forced")
        site.log("other", "door open")
        site.until(lambda: site.lasting("door"))
        site.muted.add("sen-01")
        site.until(lambda: site.lasting("silent"))
        site.muted.clear()
        site.until(lambda: not site.lasting("silent"))
        site.restart()
        site.muted.add("sen-01")
        site.until(lambda: site.lasting("silent"))
        assert len(site.lasting("door")) == 1
        site.log("gate", "north door closed")
        site.muted.clear()
        site.until(lambda: not site.lasting())
        assert [alarm["rule"] for alarm in site.alarms(state="closed")].count("silent") == 2
        site.until(lambda: len(site.told("resolved")) == 3)
        each_told_once(site)


def test_a_commune_falls_silent_under_planned_work_and_without(home):
    with Site(home) as site:
        work = {"class": "sensor", "from": site_time(-5), "to": site_time(600), "note": "thay nguồn"}
        status, window = site.post("/v1/maintenance", work)
        assert status == 201
        site.muted |= set(SENSORS)
        site.server.send("line", [f"weather,device=sen-02 t=60 {time.time_ns()}".encode()])
        time.sleep(6)
        site.restart()
        time.sleep(5)
        assert not site.lasting() and not site.told()
        # The work ends early: what still holds is a storm, and the reading a bound's.
        urllib.request.urlopen(urllib.request.Request(
            f"http://127.0.0.1:{site.server.http}/v1/maintenance/{window['id']}", method="DELETE"), timeout=30)
        site.until(lambda: site.named() >= set(SENSORS))
        silent = [alarm for alarm in site.lasting() if alarm["rule"] != "hot"]
        assert len(silent) <= 3 and site.lasting("hot"), silent
        site.muted.clear()
        site.server.send("line", [f"weather,device=sen-02 t=20 {time.time_ns()}".encode()])
        site.until(lambda: not site.lasting())
        assert len(site.told("firing")) <= 4
        each_told_once(site)


def test_rules_are_tried_and_replaced_while_it_runs(home):
    rule = (
        "rules: [{name: warm, severity: notice, measurement: weather, field: t, aggregate: max, over: 1m, above: %d,"
        " message: '{name} {value}'}]")
    with Site(home) as site:
        site.server.send("line", [f"weather,device=sen-01 t=33 {time.time_ns()}".encode()])
        site.until(lambda: site.server.ask("/v1/latest", measurement="weather")["rows"])
        status, report = site.post("/v1/rules?dry_run=1&since=1h", (rule % 30).encode(), "application/yaml")
        tried = {entry["name"]: entry for entry in report["rules"]}
        assert status == 200 and report["removed"] == ["port", "mains", "door", "silent", "hot"], report
        assert tried["warm"]["trial"]["firings"] == 1 and tried["warm"]["change"] == "added", tried
        assert [r["name"] for r in site.server.ask("/v1/rules")["rules"]] == report["removed"]
        status, fault = site.post("/v1/rules", b"rules: [{name: warm}]", "application/yaml")
        assert status == 400 and "line 1" in fault["detail"] and str(site.rules) in fault["detail"], fault
        status, report = site.post("/v1/rules", (rule % 30).encode(), "application/yaml")
        assert status == 200 and site.rules.read_text() == rule % 30
        site.until(lambda: [alarm["message"] for alarm in site.lasting("warm")] == ["sen-01 33"])
        site.restart()
        assert [r["name"] for r in site.server.ask("/v1/rules")["rules"]] == ["warm"]
        site.post("/v1/rules", (rule % 40).encode(), "application/yaml")
        site.until(lambda: not site.lasting())
        # Whoever edits the file by hand and says nothing more but to read it.
        site.rules.write_text(rule % 20)
        status, report = site.post("/v1/rules")
        assert status == 200 and [entry["change"] for entry in report["rules"]] == ["changed"]
        site.until(lambda: site.lasting("warm"))
