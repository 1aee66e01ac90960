"""Real captures against what tshark saw in them, through `thinai replay --json`."""
import json
import pathlib
import subprocess
import tempfile

from captures import need_captures
from server import BINARY, CAPTURES


def replay(path, *options):
    with tempfile.TemporaryDirectory() as data:
        run = subprocess.run(
            [BINARY, "replay", path, "--json", "--data", data, *options], capture_output=True, text=True
        )
    assert run.returncode == 0, (path, run.stderr[-500:])
    report = json.loads(run.stdout)
    assert report["ledger"]["balanced"], path
    for account in report["by_protocol"].values():
        assert account["received"] == account["decoded"] + sum(account["rejected"].values()), (path, account)
    return report


def captures(folder):
    root = need_captures("truth", folder)
    for truth in sorted(root.glob("*.json")):
        path = CAPTURES / folder / truth.name.removesuffix(".json")
        if path.suffix in (".pcap", ".pcapng", ".cap"):
            yield path, json.loads(truth.read_text())


def detail(report, protocol):
    return report["by_protocol"].get(protocol, {}).get("detail", {})


def test_snmp():
    for path, truth in captures("snmp"):
        report = replay(path)
        wanted = truth["snmp"]
        found = detail(report, "snmp")
        assert report["datagrams"] == truth["udp_frames"], path
        # One capture is cut off and has a datagram that is no SNMP at all; tshark says so too.
        assert found.get("messages", 0) == wanted["messages"], (path, found, wanted["messages"])
        assert found.get("pdus", {}) == wanted["pdus"], (path, found, wanted["pdus"])
        assert found.get("varbinds", 0) == wanted["varbinds"], (path, found, wanted["varbinds"])


def test_rtp():
    for path, truth in captures("rtp"):
        report = replay(path)
        found = detail(report, "rtp").get("streams", [])
        assert report["datagrams"] == truth["udp_frames"], path
        assert len(found) >= truth["rtp_streams"], (path, found)
        for line in truth["rtp_streams_text"]:
            words = line.split()
            ssrc = next((word for word in words if word.startswith("0x")), None)
            if not ssrc:
                continue
            # start, end, source, port, destination, port, SSRC, payload, packets, lost
            source, destination = f"{words[2]}:{words[3]}", f"{words[4]}:{words[5]}"
            mine = [s for s in found if int(s["ssrc"], 16) == int(ssrc, 16)
                    and (s["source"], s["destination"]) == (source, destination)]
            assert len(mine) == 1, (path, line, found)
            packets, lost = int(words[8]), int(words[9])
            assert mine[0]["packets"] == packets, (path, line, mine)
            # tshark takes a doubled packet for one that was less than lost.
            assert mine[0]["lost"] - mine[0]["duplicates"] == lost, (path, line, mine)
        reports = truth.get("rtcp", {}).get("packet_types") or {}
        assert detail(report, "rtcp").get("packet_types", {}) == {k: v for k, v in reports.items()}, (path, reports)


def test_jitter_of_a_call():
    path = need_captures("rtp", "sipp__g711a.pcap")
    stream = detail(replay(path), "rtp")["streams"][0]
    # tshark: mean 0.350, most 0.829.
    assert stream["jitter_ms"] == 0.35 and stream["jitter_max_ms"] == 0.829, stream


def test_wsd():
    for path, truth in captures("wsd"):
        assert detail(replay(path), "wsd")["actions"] == truth["wsd"]["actions"], path


def test_everything_else():
    """Whatever a capture holds, malformed ones included, nothing crashes and the account balances."""
    need_captures("truth")
    count = 0
    for path in sorted(pathlib.Path(CAPTURES).rglob("*")):
        if path.suffix in (".pcap", ".pcapng", ".cap") and "truth" not in path.parts:
            replay(path)
            count += 1
    assert count > 50, count
