"""SNMP notifications from net-snmp: every version and level of security, informs answered after the commit."""
import pathlib
import subprocess
import time

import pytest

from server import Server, balanced

USERS = """
- { user: plain }
- { user: md5, auth: MD5, auth_password: "first-secret" }
- { user: sha1, auth: SHA-1, auth_password: "first-secret" }
- { user: sha224, auth: SHA-224, auth_password: "first-secret" }
- { user: sha256, auth: SHA-256, auth_password: "first-secret" }
- { user: sha384, auth: SHA-384, auth_password: "first-secret" }
- { user: sha512, auth: SHA-512, auth_password: "first-secret" }
- { user: md5des, auth: MD5, auth_password: "first-secret", priv: DES, priv_password: "second-secret" }
- { user: sha1aes, auth: SHA-1, auth_password: "first-secret", priv: AES-128, priv_password: "second-secret" }
- { user: sha256aes192, auth: SHA-256, auth_password: "first-secret", priv: AES-192, priv_password: "second-secret" }
- { user: sha512aes256, auth: SHA-512, auth_password: "first-secret", priv: AES-256, priv_password: "second-secret" }
- { user: sha1aes256, auth: SHA-1, auth_password: "first-secret", priv: AES-256, priv_password: "second-secret" }
- { user: sha1aes256c, auth: SHA-1, auth_password: "first-secret", priv: AES-256-C, priv_password: "second-secret" }
"""
LEVELS = [
    ("plain", ["-l", "noAuthNoPriv"]),
    *[(user, ["-l", "authNoPriv", "-a", name, "-A", "first-secret"]) for user, name in [
        ("md5", "MD5"), ("sha1", "SHA"), ("sha224", "SHA-224"), ("sha256", "SHA-256"), ("sha384", "SHA-384"),
        ("sha512", "SHA-512")]],
    *[(user, ["-l", "authPriv", "-a", auth, "-A", "first-secret", "-x", cipher, "-X", "second-secret"])
      for user, auth, cipher in [
        ("md5des", "MD5", "DES"), ("sha1aes", "SHA", "AES"), ("sha256aes192", "SHA-256", "AES-192"),
        ("sha512aes256", "SHA-512", "AES-256"), ("sha1aes256", "SHA", "AES-256"),
        ("sha1aes256c", "SHA", "AES-256-C")]],
]
LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"
LOCATION = "1.3.6.1.2.1.1.6.0"
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def snmp_server(home, **settings):
    users = home / "users.yaml"
    users.write_text(USERS)
    return Server(
        listeners={"snmp": f'protocol: snmp, listen: "[::]:PORT", users: "{users}", mappings: "{ROOT}/configs/snmp"'},
        **settings)


def send(command, server, *arguments, host="127.0.0.1"):
    target = f"udp6:[{host}]:{server.ports['snmp']}" if ":" in host else f"{host}:{server.ports['snmp']}"
    head = [a for a in arguments if a is not None]
    split = head.index("--")
    # Without the machine's MIBs and state: nothing but what is given here.
    return subprocess.run(
        [command, "-m", "", "-M", "", *head[:split], target, *head[split + 1:]], capture_output=True, text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(server.home), "SNMP_PERSISTENT_DIR": str(server.home / "snmp")})


@pytest.mark.sanitized
@pytest.mark.needs("snmptrap")
def test_every_level(home):
    with snmp_server(home) as server:
        wanted = set()
        for version in ("1", "2c"):
            for number, host in enumerate(("127.0.0.1", "::1")):
                text = f"v{version}-{number}"
                identity = ["1.3.6.1.4.1.8072", "10.9.8.7", "6", "17", "1234"] if version == "1" else ["99", LINK_DOWN]
                run = send("snmptrap", server, "-v", version, "-c", "public", "--", *identity, LOCATION, "s", text,
                           host=host)
                assert run.returncode == 0, run
                wanted.add(text)
        run = send("snmpinform", server, "-v", "2c", "-c", "public", "--", "99", LINK_DOWN, LOCATION, "s", "inform-2c")
        assert run.returncode == 0, run
        wanted.add("inform-2c")
        for user, level in LEVELS:
            for command, engine in (("snmptrap", ["-e", "0x8000000001020304"]), ("snmpinform", [])):
                text = f"{command}-{user}"
                run = send(command, server, "-v", "3", "-u", user, *engine, *level, "--", "99", LINK_DOWN, LOCATION,
                           "s", text)
                assert run.returncode == 0, (user, run)
                wanted.add(text)

        def arrived():
            events = server.ask("/v1/events", kind="snmp", limit=1000)["events"]
            return events if len(events) >= len(wanted) else None

        events = server.wait_for(arrived)
        assert {event["attributes"]["sysLocation.0"] for event in events} == wanted, events
        assert len(events) == len(wanted), events
        trap = next(e for e in events if e["attributes"]["sysLocation.0"] == "v1-0")
        assert trap["device"] == "10.9.8.7" and trap["message"] == "1.3.6.1.4.1.8072.0.17", trap
        down = next(e for e in events if e["attributes"]["sysLocation.0"] == "snmpinform-sha512aes256")
        assert down["severity"] == "error" and down["message"] == "linkDown", down
        assert down["attributes"]["user"] == "sha512aes256" and down["attributes"]["pdu"] == "inform", down
        balanced(server.ask("/v1/ledger"))


@pytest.mark.needs("snmptrap")
def test_refusals_are_named(home):
    with snmp_server(home) as server:
        engine = ["-e", "0x8000000001020399"]
        auth = ["-l", "authNoPriv", "-a", "SHA"]
        run = send("snmpinform", server, "-r", "0", "-v", "3", "-u", "sha1", *auth, "-A", "another-secret", "--", "1",
                   LINK_DOWN)
        assert run.returncode != 0 and "uthentication failure" in run.stderr, run
        send("snmptrap", server, "-v", "3", "-u", "nobody", *engine, *auth, "-A", "first-secret", "--", "1", LINK_DOWN)
        send("snmptrap", server, "-v", "3", "-u", "sha1aes", *engine, *auth, "-A", "first-secret", "--", "1", LINK_DOWN)
        send(
            "snmptrap",
            server,
            "-v",
            "3",
            "-u",
            "sha1aes",
            *engine,
            "-l",
            "authPriv",
            "-a",
            "SHA",
            "-A",
            "first-secret",
            "-x",
            "AES",
            "-X",
            "a-wrong-secret",
            "--",
            "1",
            LINK_DOWN,
        )

        def refused():
            rejected = server.account("snmp")["rejected"]
            return rejected if sum(rejected.values()) >= 4 else None

        rejected = server.wait_for(refused)
        assert rejected["snmp_wrong_digest"] == 1 and rejected["snmp_unknown_user"] == 1, rejected
        assert rejected["snmp_security_level"] == 1, rejected
        assert sum(rejected.get(name, 0) for name in ("snmp_cannot_decrypt", "snmp_bad_encoding")) == 1, rejected
        metrics = server.get("/metrics").decode()
        assert 'thinai_snmp_refused_total{engine="0x8000000001020399",reason="snmp_unknown_user"} 1' in metrics, metrics
        assert server.ask("/v1/events")["events"] == []
        balanced(server.ask("/v1/ledger"))


@pytest.mark.needs("snmptrap")
def test_numbers_are_rows(home):
    with snmp_server(home) as server:
        run = send(
            "snmptrap", server, "-v", "2c", "-c", "public", "--", "99", "1.3.6.1.2.1.33.2.1",
            "1.3.6.1.2.1.33.1.2.3.0", "i", "42", "1.3.6.1.2.1.33.1.2.2.0", "i", "17",
            "1.3.6.1.2.1.2.2.1.10.7", "c", "4000000000", "1.3.6.1.4.1.99999.1", "i", "5")
        assert run.returncode == 0, run
        rows = server.wait_for(
            lambda: server.ask("/v1/latest", measurement="snmp_upsEstimatedMinutesRemaining")["rows"])
        assert rows[0]["fields"] == {"value": 42} and rows[0]["device"] == "127.0.0.1", rows
        octets = server.ask("/v1/latest", measurement="snmp_ifInOctets")["rows"][0]
        assert octets["fields"] == {"value": 4000000000} and octets["tags"] == {"index": "7"}, octets
        event = server.ask("/v1/events")["events"][0]
        assert event["message"] == "upsTrapOnBattery" and event["severity"] == "warning", event
        assert event["attributes"]["1.3.6.1.4.1.99999.1"] == 5, event
        assert not any("99999" in m["name"] for m in server.ask("/v1/measurements")["measurements"])


@pytest.mark.needs("snmpinform")
def test_inform_waits_for_the_commit(home):
    """An inform is acknowledged only once its event survives a kill; its retransmissions are one event."""
    # Nothing can be made durable: no inform may be acknowledged.
    server = snmp_server(home, environment={"THINAI_FAULTS": "fdatasync:ENOSPC"})
    with server:
        run = send("snmpinform", server, "-r", "1", "-t", "1", "-v", "2c", "-c", "public", "--", "1", LINK_DOWN)
        assert run.returncode != 0, run
        server.kill()
    server = snmp_server(home)
    with server:
        for number in range(5):
            run = send("snmpinform", server, "-v", "2c", "-c", "public", "--", "1", LINK_DOWN, LOCATION, "s",
                       f"kept {number}")
            assert run.returncode == 0, run
        server.kill()
        server.start()
        texts = [event["attributes"]["sysLocation.0"] for event in server.ask("/v1/events")["events"]]
        assert sorted(texts) == [f"kept {number}" for number in range(5)], texts
        # The engine is the same one, started once more.
        boots = (server.data / "snmp-engine").read_text().split()
        assert boots[1] == "2", boots
        time.sleep(0.1)


@pytest.mark.sanitized
@pytest.mark.needs("snmptrap")
def test_unknown_senders_are_listed(home):
    """With `admit: known` nothing of them is stored, but who they are can be asked; admitting one is a reload."""
    import signal
    devices = home / "devices.csv"
    devices.write_text("id,class,addresses\nups-1,bts,10.9.8.7\n")
    server = Server(
        listeners={"snmp": 'protocol: snmp, listen: "[::]:PORT"', "line": 'protocol: line, listen: "[::]:PORT"'},
        extra=f"registry: {{ devices: {devices}, admit: known }}\n")
    with server:
        for agent in ("10.9.8.7", "10.9.8.8"):
            send("snmptrap", server, "-v", "1", "-c", "public", "--", "1.3.6.1.4.1.1", agent, "6", "1", "1")
        # An inform that is not stored is not acknowledged, however often it is sent.
        run = send("snmpinform", server, "-r", "2", "-t", "1", "-v", "2c", "-c", "public", "--", "1", LINK_DOWN)
        assert run.returncode != 0, run
        server.send("line", [b"weather,device=mast-7 t=20.5"])
        rejected = server.wait_for(
            lambda: (lambda a: a if a["rejected"] else None)(server.account("snmp")))["rejected"]
        assert rejected == {"unknown_device": 4}, rejected
        unknown = server.wait_for(
            lambda: (lambda d: d if len(d) == 2 else None)(server.ask("/v1/devices", status="unknown")["devices"]))
        found = {d["id"]: d["refused"] for d in unknown}
        assert found["mast-7"]["listener"] == "line" and found["127.0.0.1"]["listener"] == "snmp", found
        assert [e["device"] for e in server.ask("/v1/events")["events"]] == ["ups-1"]
        devices.write_text("id,class,addresses\nups-1,bts,10.9.8.7\nmast-7,sensor,\n")
        server.process.send_signal(signal.SIGHUP)
        server.wait_for(lambda: "3 devices" in server.log() or "2 devices" in server.log())
        server.send("line", [b"weather,device=mast-7 t=20.5"])
        server.wait_for(lambda: server.account("line")["stored"] == 1)
        assert [d["id"] for d in server.ask("/v1/devices", status="unknown")["devices"]] == ["127.0.0.1"]
        # A file with a fault is refused with its line, and the registry in force stays.
        devices.write_text("id,class\nmast-8,sensr\n")
        server.process.send_signal(signal.SIGHUP)
        server.wait_for(lambda: "line 2" in server.log())
        server.send("line", [b"weather,device=mast-7 t=21.5"])
        server.wait_for(lambda: server.account("line")["stored"] == 2)
        balanced(server.ask("/v1/ledger"))
