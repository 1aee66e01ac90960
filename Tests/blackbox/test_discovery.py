"""WS-Discovery as cameras speak it, and as PyPI's WSDiscovery does: the latter in a network of its own, for it takes
part in every one that it finds."""
import os
import shutil
import socket
import subprocess
import sys

import pytest

from server import Server, balanced

def envelope(action, inner, namespace="http://schemas.xmlsoap.org/ws/2005/04/discovery"):
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment --><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="{namespace}">
<SOAP-ENV:Header><a:Action>{namespace}/{action}</a:Action><a:MessageID>urn:uuid:1</a:MessageID>
<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></SOAP-ENV:Header>
<SOAP-ENV:Body>{inner}</SOAP-ENV:Body></SOAP-ENV:Envelope>""".encode()


def device(uuid, name="Gate%20North"):
    return (
        f"<a:EndpointReference><a:Address>urn:uuid:{uuid}</a:Address></a:EndpointReference>"
        "<d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types>"
        f"<d:Scopes>onvif://www.onvif.org/name/{name} onvif://www.onvif.org/hardware/IPC-T42</d:Scopes>"
        "<d:XAddrs>http://10.0.0.9/onvif/device_service</d:XAddrs><d:MetadataVersion>3</d:MetadataVersion>")


@pytest.mark.sanitized
@pytest.mark.server(listeners={"wsd": 'protocol: wsd, listen: "[::]:PORT"'})
def test_announcements(server):
    port = server.ports["wsd"]
    v4 = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    v4.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
    v6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    hello = envelope("Hello", f"<d:Hello>{device('aaaa')}</d:Hello>")
    v4.sendto(hello, ("239.255.255.250", port))
    v6.sendto(envelope("Hello", f"<d:Hello>{device('bbbb')}</d:Hello>"), ("::1", port))
    matches = "".join(f"<d:ProbeMatch>{device(u, u)}</d:ProbeMatch>" for u in ("cccc", "dddd"))
    v4.sendto(envelope("ProbeMatches", f"<d:ProbeMatches>{matches}</d:ProbeMatches>"), ("127.0.0.1", port))
    v4.sendto(envelope("Bye", f"<d:Bye>{device('aaaa')}</d:Bye>"), ("127.0.0.1", port))
    v4.sendto(envelope("Probe", "<d:Probe><d:Types>x</d:Types></d:Probe>"), ("127.0.0.1", port))
    for hostile in (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", b"<" * 5000, b"<a>" * 5000, hello[:300], b"<x/>",
                    envelope("Hello", "").replace(b"discovery", b"elsewhere")):
        v4.sendto(hostile, ("127.0.0.1", port))
    events = server.wait_for(lambda: (lambda e: e if len(e) == 5 else None)(server.ask("/v1/events")["events"]))
    kinds = sorted((e["kind"], e["device"]) for e in events)
    assert kinds == [
        ("wsd.bye", "endpoint:urn:uuid:aaaa"), ("wsd.hello", "endpoint:urn:uuid:aaaa"),
        ("wsd.hello", "endpoint:urn:uuid:bbbb"), ("wsd.match", "endpoint:urn:uuid:cccc"),
        ("wsd.match", "endpoint:urn:uuid:dddd")], kinds
    first = next(e for e in events if e["device"].endswith("bbbb"))
    assert first["message"] == "Gate North, IPC-T42", first
    assert first["attributes"]["addresses"] == "http://10.0.0.9/onvif/device_service", first
    rejected = server.wait_for(
        lambda: (lambda r: r if sum(r.values()) == 6 else None)(server.account("wsd")["rejected"]))
    assert rejected == {"wsd_bad_xml": 4, "wsd_not_discovery": 2}, rejected
    # Ready to be admitted, by the name that the registry would give it.
    unknown = [d["id"] for d in server.ask("/v1/devices", status="unknown")["devices"]]
    assert "endpoint:urn:uuid:bbbb" in unknown, unknown
    balanced(server.ask("/v1/ledger"))


def test_publisher():
    """The library's own service on 3702, heard by IPv4's and IPv6's groups."""
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("ip"):
        pytest.skip("a network namespace needs root, unshare and ip")
    if subprocess.run(["unshare", "-n", "true"]).returncode:
        pytest.skip("this machine makes no network namespaces")
    run = subprocess.run(
        ["unshare", "-n", sys.executable, __file__], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr


def inside():
    commands = [
        "ip link set lo up",
        "ip link add d0 type veth peer name d1",
        "ip link set d1 up",
        "ip link set d0 up multicast on",
        "ip addr add 192.0.2.5/24 dev d0",
        "ip -6 addr add 2001:db8::5/64 dev d0 nodad",
        "ip route add default dev d0",
    ]
    for command in commands:
        made = subprocess.run(command.split(), capture_output=True, text=True)
        assert made.returncode == 0, made
    from wsdiscovery import QName, Scope
    from wsdiscovery.publishing import ThreadedWSPublishing
    with Server(listeners={"wsd": 'protocol: wsd'}) as server:
        publisher = ThreadedWSPublishing()
        publisher.start()
        publisher.publishService(
            types=[QName("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter")],
            scopes=[Scope("onvif://www.onvif.org/name/Harbour")], xAddrs=["192.0.2.5/onvif/device_service"])
        # Announced on both families, each several times (SOAP over UDP repeats).
        events = server.wait_for(lambda: server.ask("/v1/events", kind="wsd.hello")["events"], 20)
        assert events[0]["message"] == "Harbour", events
        assert "NetworkVideoTransmitter" in events[0]["attributes"]["types"], events
        sources = server.wait_for(
            lambda: (lambda found: found if len(found) >= 2 else None)(
                {":" in e["attributes"]["source"] for e in server.ask("/v1/events", kind="wsd.hello")["events"]}), 20)
        assert sources == {True, False}, sources
        publisher.clearLocalServices()
        server.wait_for(lambda: server.ask("/v1/events", kind="wsd.bye")["events"], 20)
        publisher.stop()
        balanced(server.ask("/v1/ledger"))


if __name__ == "__main__":
    inside()
