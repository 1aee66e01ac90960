"""A node with a switch, cameras behind it, a site with power of its own, and sensors of a commune; what they send; and
what a receiver is told."""
import contextlib
import json
import subprocess
import threading
import time
import urllib.error
import urllib.request

from alert_receiver import SECRET, Receiver
from server import Server

ON_BATTERY = "1.3.6.1.2.1.33.2.1"
LINK_DOWN, LINK_UP = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"
SILENCE = 4
AREAS = """code,parent,name
52,,Gia Lai
21550,52,Quy Nhơn
21553,52,Tuy Phước
"""
CAMERAS = [f"cam-{number:02}" for number in range(1, 13)]
SENSORS = [f"sen-{number:02}" for number in range(1, 31)]
RULES = f"""
rules:
  - name: port
    severity: error
    event: {{ kind: snmp.linkDown, clear: snmp.linkUp, key: [device, ifIndex], hold: 2s }}
    message: "{{name}}: port {{ifIndex}}"
  - name: mains
    severity: critical
    event: {{ kind: snmp.upsTrapOnBattery, key: [device], clear_after: 6s, explains_silence: true }}
    message: "{{name}} runs on battery"
  - name: door
    severity: notice
    event: {{ match: {{ message: "door (open|forced)", app: gate }}, clear: "door closed", key: [device] }}
    message: "{{name}}: door"
  - name: silent
    severity: error
    silence: {{ after: {SILENCE}s }}
    message: "{{name}} silent"
  - name: hot
    severity: warning
    measurement: weather
    field: t
    aggregate: last
    over: 1m
    above: 50
    clear_below: 45
    message: "{{name}}: {{value}}"
"""


def registry():
    lines = ["id,class,name,area,addresses,interval,parent"]
    lines.append("switch,gateway,Switch,21550,127.0.0.2,1,")
    lines += [f"{name},camera,{name},21550,,1,switch" for name in CAMERAS]
    lines.append("site,bts,Site,21553,127.0.0.3,1,")
    lines += [f"cab-{number},camera,cab-{number},21553,,1,site" for number in range(3)]
    lines += [f"{name},sensor,{name},21553,,1," for name in SENSORS]
    return "\n".join(lines) + "\n"


DEVICES = ["switch", *CAMERAS, "site", "cab-0", "cab-1", "cab-2", *SENSORS]


class Site:
    """The server, its receiver, and a row a second of every device that is not muted."""

    def __init__(self, home, rules=RULES, every="200ms", extra=""):
        self.receiver = Receiver()
        (home / "rules.yaml").write_text(rules)
        (home / "devices.csv").write_text(registry())
        (home / "areas.csv").write_text(AREAS)
        (home / "secret").write_text(SECRET + "\n")
        self.rules = home / "rules.yaml"
        self.server = Server(
            extra=f'alerts: {{ rules: "{home}/rules.yaml", every: {every} }}\n'
            f'registry: {{ devices: "{home}/devices.csv", areas: "{home}/areas.csv" }}\n'
            f'webhooks: [{{ name: ioc, url: "{self.receiver.url}", secret_file: "{home}/secret" }}]\n' + extra,
            listeners={
                "line": 'protocol: line, listen: "[::]:PORT"', "syslog": 'protocol: syslog, listen: "[::]:PORT"',
                "snmp": 'protocol: snmp, listen: "0.0.0.0:PORT", communities: [public]'})
        self.muted = set()
        self.over = threading.Event()
        self.beat = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.receiver.__enter__()
        self.server.start()
        self.beat.start()
        self.server.wait_for(lambda: self.live() >= set(DEVICES))
        return self

    def __exit__(self, *_):
        self.over.set()
        self.beat.join()
        self.server.__exit__()
        self.receiver.__exit__()

    def run(self):
        while not self.over.wait(0.5):
            rows = [f"beat,device={name} n=1i {time.time_ns()}".encode() for name in DEVICES if name not in self.muted]
            with contextlib.suppress(OSError):
                self.server.send("line", [b"\n".join(rows[at:at + 20]) for at in range(0, len(rows), 20)])

    def live(self):
        devices = self.server.ask("/v1/devices", limit=1000, status="live")["devices"]
        return {device["id"] for device in devices}

    def restart(self):
        """A kill at whatever moment this is."""
        self.server.kill()
        self.server.start()

    def trap(self, address, oid, *bindings):
        subprocess.run(
            ["snmptrap", "-v", "2c", "-c", "public", f"--clientaddr={address}",
             f"127.0.0.1:{self.server.ports['snmp']}", "", oid, *map(str, bindings)],
            check=True, timeout=20, capture_output=True)

    def link(self, address, oid, port):
        self.trap(address, oid, f"1.3.6.1.2.1.2.2.1.1.{port}", "i", port)

    def log(self, app, text):
        subprocess.run(
            ["logger", "-n", "127.0.0.1", "-P", str(self.server.ports["syslog"]), "-d", "--rfc5424",
             "-p", "local3.notice", "-t", app, text], check=True, timeout=20)

    def alarms(self, **query):
        return self.server.ask("/v1/alarms", limit=1000, **query)["alarms"]

    def lasting(self, rule=None):
        return [alarm for alarm in self.alarms() if alarm["closed"] is None and rule in (None, alarm["rule"])]

    def named(self):
        """Devices that an alarm which lasts names."""
        found = set()
        for alarm in self.lasting():
            found |= set(alarm["children"]) | set(filter(None, [alarm["subject"].get("device")]))
        return found

    def until(self, what, seconds=30):
        return self.server.wait_for(what, seconds)

    def steady(self, what, seconds=2.5):
        """It comes about, and stays."""
        self.until(what)
        end = time.time() + seconds
        while time.time() < end:
            assert what(), [(a["rule"], a["subject"], a["children"]) for a in self.lasting()]
            time.sleep(0.2)

    def post(self, path, body=b"", kind="application/json"):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.server.http}{path}", data=body, headers={"Content-Type": kind}, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def told(self, state=None):
        """Each message once, in the order in which they were taken."""
        seen, found = set(), []
        for event in list(self.receiver.taken):
            if event["id"] not in seen and state in (None, event["attributes"]["state"]):
                seen.add(event["id"])
                found.append(event)
        return found
