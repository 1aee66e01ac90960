"""A puller that follows /v1/changes through a storm of late data, with the server killed meanwhile, ends with the table
of one that asks afresh."""
import collections
import datetime
import random
import time
import urllib.parse

import pytest

from server import SEED, balanced

STEPS = {"1m": 60, "5m": 300, "1h": 3600, "1d": 86400}


def stamp(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def text(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Puller:
    """Holds every bucket of one field by (step, device, time), and its version."""

    def __init__(self, server, span):
        self.server, self.span = server, span
        self.table = {}
        self.version = 0

    def rollups(self, step, device, begin, end):
        query = dict(measurement="storm", field="v", step=step, from_=text(begin), to=text(end),
                     aggregate="count,sum,min,max", group_by="device")
        if device:
            query["device"] = device
        answer = self.server.ask("/v1/rollups", **query)
        found = {}
        for group in answer["groups"]:
            for bucket in group["buckets"]:
                found[step, group["by"]["device"], stamp(bucket["time"])] = (
                    bucket["count"], round(bucket["sum"], 6), bucket["min"], bucket["max"])
        return answer["version"], found

    def afresh(self):
        table, versions = {}, []
        for step in STEPS:
            version, found = self.rollups(step, None, *self.span)
            versions.append(version)
            table.update(found)
        return min(versions), table

    def follow(self):
        """Asks for what changed, page by page, and takes each changed bucket again. Returns how many there were."""
        changed, cursor = [], None
        since = self.version
        while True:
            page = self.server.ask("/v1/changes", since=since, limit=500, **({"cursor": cursor} if cursor else {}))
            changed += page["changes"]
            keys = [(c["measurement"], c["device"], c["field"], c["step"], c["time"]) for c in page["changes"]]
            assert len(keys) == len(set(keys)), "a page lists a bucket twice"
            cursor = page["next"]
            if not cursor:
                break
        # One that gains rows while pages are asked for is listed again, behind all others.
        versions = [c["version"] for c in changed]
        assert versions == sorted(versions)
        wanted = collections.defaultdict(set)
        for change in changed:
            if change["field"] == "v":
                wanted[change["step"], change["device"]].add(stamp(change["time"]))
        for (step, device), times in wanted.items():
            _, found = self.rollups(step, device, min(times), max(times) + STEPS[step])
            self.table.update({key: value for key, value in found.items() if key[2] in times})
        self.version = page["version"]
        return len(changed)


@pytest.mark.sanitized
@pytest.mark.server(seal="1s")
def test_a_puller_through_a_storm(server):
    chance = random.Random(SEED)
    now = int(time.time())
    span = (now - 9 * 86400) // 86400 * 86400, (now // 86400 + 2) * 86400
    puller = Puller(server, span)

    def lines(count, oldest):
        sent = []
        for _ in range(count):
            device = f"d{chance.randrange(5)}"
            at = now - chance.randrange(oldest)
            sent.append(f'storm,device={device} v={chance.randrange(1000) / 10},s="x" {at}{chance.randrange(10**9):09}')
        return ["\n".join(sent[i:i + 10]).encode() for i in range(0, count, 10)]

    server.send("line", lines(1000, 600))
    server.wait_for(lambda: server.account("line")["rows"] == 1000)
    puller.version, puller.table = puller.afresh()
    for round_ in range(6):
        server.send("line", lines(400, 7 * 86400 if round_ % 2 else 900))
        if round_ in (2, 4):
            time.sleep(0.05 if round_ == 2 else 1.5)
            server.kill()
            server.start()
        puller.follow()
    # Everything that is stored is visible now; one more look, and both tables are one.
    time.sleep(1.5)
    puller.follow()
    _, fresh = puller.afresh()
    assert puller.table == fresh, {
        key: (puller.table.get(key), fresh.get(key)) for key in set(fresh) | set(puller.table)
        if puller.table.get(key) != fresh.get(key)}
    # Nothing has come for longer than versions overlap: nothing is listed any more.
    time.sleep(3.5)
    server.send("line", [b"other,device=z w=1"])
    server.wait_for(lambda: server.account("line")["received"] >= 1)
    time.sleep(0.3)
    quiet = server.ask("/v1/changes", since=server.ask("/v1/changes", since=puller.version)["version"])
    assert {c["measurement"] for c in quiet["changes"]} <= {"other"}, quiet
    balanced(server.ask("/v1/ledger"))


@pytest.mark.sanitized
def test_bad_versions_are_refused(server):
    for value in ("", "-1", "abc", "1.5", "99999999999999999999"):
        status, kind, problem = server.problem("/v1/changes?since=" + urllib.parse.quote(value))
        assert status == 400 and kind == "application/problem+json", (value, problem)
    assert server.problem("/v1/changes")[0] == 400
    assert server.problem("/v1/changes?since=0&cursor=zz")[0] == 400
    empty = server.ask("/v1/changes", since=0)
    assert empty["changes"] == [] and empty["next"] is None and empty["version"] > 0, empty
