"""Data quality: correct, complete, clean and live, by device and up the tree, against a computation of its own."""
import datetime
import random
import socket
import time

import pytest

from server import BINARY, SEED, balanced

UTC = datetime.timezone.utc


def iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def with_registry(server, devices, ranges="measurement,field,min,max\nq,v,0,100\n", interval=60):
    home = server.home
    (home / "areas.csv").write_text("code,parent,name\n52,,\n21001,52,\n21002,52,\n")
    (home / "devices.csv").write_text("id,class,area,addresses,interval\n" + "".join(
        f"{device},sensor,{area},{address},{interval}\n" for device, area, address in devices))
    (home / "ranges.csv").write_text(ranges)
    server.config.write_text(
        server.config.read_text() + f"registry: {{ devices: {home}/devices.csv, areas: {home}/areas.csv,"
        f" ranges: {home}/ranges.csv, admit: any }}\n")
    return server


@pytest.mark.server(seal="1s")
def test_shares(server):
    chance = random.Random(SEED)
    hour = int(time.time()) // 3_600 * 3_600 - 3 * 3_600
    server.stop()
    devices = [("d0", "21001", ""), ("d1", "21001", ""), ("d2", "21002", ""), ("mute", "21002", "")]
    with_registry(server, devices).start()
    rows = {}
    for number, (device, _, _) in enumerate(devices[:3]):
        for at in range(hour, hour + 2 * 3_600, 60):
            # The last one falls silent in the middle of the second hour.
            if chance.random() < 0.9 - 0.2 * number and not (device == "d2" and at >= hour + 5_400):
                rows[device, at] = 250 if chance.random() < 0.1 else chance.randrange(100)
    lines = [f"q,device={device} v={value}i,other=7i {at}000000000" for (device, at), value in rows.items()]
    server.send("line", [line.encode() for line in lines])
    server.wait_for(lambda: server.account("line")["stored"] == len(rows))

    def wanted(device, start):
        values = [value for (one, at), value in rows.items() if one == device and start <= at < start + 3_600]
        newest = max((at for (one, at) in rows if one == device and at < start + 3_600), default=0)
        return {"correct": sum(value <= 100 for value in values) / len(values) if values else None,
                # The node was not there yet: of whom nothing came later nothing is known.
                "complete": len(values) / 60 if values else None, "clean": 1.0 if values else None,
                "live": (1.0 if newest >= start + 3_600 - 180 else 0.0) if values else None}

    def compare(group_by, members):
        answer = server.ask("/v1/quality", step="1h", from_=iso(hour), to=iso(hour + 7_200), group_by=group_by,
                           **({"level": 1} if members.keys() == {"52"} else {}))
        got = {(next(iter(group["by"].values())), seconds(bucket["time"])): bucket
               for group in answer["groups"] for bucket in group["buckets"]}
        assert got.keys() == {(name, start) for name in members for start in (hour, hour + 3_600)}, got.keys()
        for (name, start), bucket in got.items():
            shares = [wanted(device, start) for device in members[name]]
            assert bucket["devices"] == len(shares)
            for key in ("correct", "complete", "clean", "live"):
                known = [share[key] for share in shares if share[key] is not None]
                mean = sum(known) / len(known) if known else None
                assert bucket[key] == mean or abs(bucket[key] - mean) < 1e-9, (name, start, key, bucket, mean)

    def compare_all():
        compare("device", {device: [device] for device, _, _ in devices})
        compare("area", {"21001": ["d0", "d1"], "21002": ["d2", "mute"]})
        compare("area", {"52": [device for device, _, _ in devices]})

    compare_all()
    assert server.stop() == 0
    server.start()
    compare_all()


@pytest.mark.server(seal="1s")
def test_what_was_refused(server):
    """Doubled rows and datagrams that make no sense are counted against their device, and survive a restart."""
    now = int(time.time())
    server.stop()
    with_registry(server, [("d0", "21001", "127.0.0.7"), ("d1", "21001", "")]).start()
    rows = [f"q,device={device} v={k}i {now - 600 + k}000000000".encode() for device in ("d0", "d1") for k in range(20)]
    server.send("line", rows)
    server.wait_for(lambda: server.account("line")["stored"] == len(rows))
    server.send("line", rows[:10])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.7", 0))
        for _ in range(5):
            sender.sendto(b"this is no line\xff", ("127.0.0.1", server.ports["line"]))
    server.wait_for(
        lambda: server.account("line")["duplicate"] == 10 and sum(server.account("line")["rejected"].values()) == 5
    )
    # What was refused is stored once a minute, and at the end.
    assert server.stop() == 0
    server.start()
    begin = now // 3_600 * 3_600 - 3_600
    answer = server.ask("/v1/quality", step="1d", group_by="device", from_=iso(begin), to=iso(now + 60))
    found = {group["by"]["device"]: group["buckets"] for group in answer["groups"]}
    total = {device: {key: sum(bucket[key] for bucket in buckets) for key in ("received", "duplicates", "malformed")}
             for device, buckets in found.items()}
    assert total == {"d0": {"received": 20, "duplicates": 10, "malformed": 5},
                     "d1": {"received": 20, "duplicates": 0, "malformed": 0}}, total
    balanced(server.ask("/v1/ledger"))


@pytest.mark.sanitized
@pytest.mark.server(seal="1s")
def test_changes_of_status(server):
    """A device that falls silent, comes back and sends what cannot be is told once each, over a restart too."""
    server.stop()
    with_registry(server, [("d0", "21001", "")], interval=2).start()

    def kinds():
        events = server.ask("/v1/events", device="d0", limit=1000)["events"]
        return [event["kind"] for event in reversed(events)]

    server.send("line", [b"q,device=d0 v=5i"])
    server.wait_for(lambda: "device.silent" in kinds(), 60)
    server.kill()
    server.start()
    deadline = time.time() + 40
    while "device.in_range" not in kinds() and time.time() < deadline:
        # It comes back with a reading that cannot be, then with one that can.
        value = 500 if "device.out_of_range" not in kinds() else 5
        server.send("line", [f"q,device=d0 v={value}i".encode()])
        time.sleep(1)
    # What is found in one look has one time.
    assert kinds()[0] == "device.silent" and kinds()[-1] == "device.in_range", kinds()
    assert sorted(kinds()[1:-1]) == ["device.back", "device.out_of_range"], kinds()


def test_ranges_with_faults_are_refused(server):
    import subprocess
    for text, wanted in (("measurement,field,min,max\nq,v,5,1\n", "min 5.0 is above max 1.0"),
                         ("measurement,field,min,max\nq,v,low,1\n", "min low is no number"),
                         ("measurement,field,min,max\nq,v,,1\nq,v,0,\n", "has a range already")):
        (server.home / "ranges.csv").write_text(text)
        config = server.home / "other.yaml"
        config.write_text(f"registry: {{ ranges: {server.home}/ranges.csv }}\n")
        done = subprocess.run([BINARY, "check-config", config], capture_output=True, text=True)
        assert done.returncode == 2 and wanted in done.stderr, (done.returncode, done.stderr)


@pytest.mark.server(seal="1s")
def test_clocks_that_are_wrong(server):
    """Life is judged by arrival: an hour behind is live while it sends, nine minutes ahead is silent once it is dead;
    in memory, sealed and after a restart."""
    server.stop()
    with_registry(server, [(device, "21001", "") for device in ("ahead", "behind", "right")], interval=2).start()

    def send(*devices):
        offsets = {"ahead": 540, "behind": -3_600 * 30, "right": 0}
        server.send("line", [f"q,device={device} v=5i {round((time.time() + offsets[device]) * 1000)}000000".encode()
                            for device in devices])

    def status():
        return {device["id"]: device["status"] for device in server.ask("/v1/devices")["devices"]}

    def live():
        groups = server.ask("/v1/quality", step="1h", group_by="device")["groups"]
        return {group["by"]["device"]: group["buckets"][-1]["live"] for group in groups}

    def kinds():
        return sorted((event["kind"], event["device"]) for event in server.ask("/v1/events", limit=1000)["events"])

    end = time.time() + 4
    while time.time() < end:
        send("ahead", "behind", "right")
        time.sleep(0.5)
    everyone = ("ahead", "behind", "right")
    assert status() == dict.fromkeys(everyone, "live"), status()
    assert live() == dict.fromkeys(everyone, 1), live()
    end = time.time() + 8
    while time.time() < end:
        send("behind")
        time.sleep(0.5)
    wanted = {"ahead": "silent", "behind": "live", "right": "silent"}
    assert status() == wanted, status()
    assert live() == {"ahead": 0, "behind": 1, "right": 0}, live()
    assert server.stop() == 0
    server.start()
    assert status()["ahead"] == "silent" and status()["right"] == "silent", status()
    end = time.time() + 24
    while time.time() < end:
        send("behind")
        time.sleep(0.5)
    assert status() == wanted, status()
    assert kinds() == [("device.silent", "ahead"), ("device.silent", "right")], kinds()
