"""What it costs that somebody sees a part of the devices alone: CPU time of the server a question, in turns.

The same devices are chosen once by a token's scope, and once by the question itself (`area=`) of somebody who sees all.
And the same questions are asked of a server that has 10 tokens, and of one that has 10,000.
"""

import contextlib
import hashlib
import http.client
import itertools
import pathlib
import secrets
import subprocess
import urllib.request

import queries
from measure import SMOKE, Target, blackbox, note, section
from sizes import KEEP

DEVICES, DAYS = (50, 1) if SMOKE else (1_000, 7)
DISTRICTS = 10
# CPU time of one side for one figure, and before it is the other's turn.
TURN_SECONDS = 0.02 if SMOKE else 0.3
AT_ONCE_SECONDS = 0.01
TURNS = 2 if SMOKE else 9
TOKENS = (10, 100) if SMOKE else (10, 10_000)


def registry(folder, devices):
    """A province of ten districts, each with its communes and a tenth of the devices."""
    areas = ["code,parent,name,valid_from,valid_to", "52,,Tỉnh Gia Lai,,"]
    areas += [f"{district(number)},52,Huyện {number},," for number in range(DISTRICTS)]
    areas += [f"{queries.commune(number)},{district(number)},Xã {number},," for number in range(communes())]
    (folder / "areas.csv").write_text("\n".join(areas) + "\n")
    lines = ["id,class,name,area,domain,agency,latitude,longitude,addresses,interval"]
    lines += [
        f"d{number:05d},sensor,,{queries.commune(number % communes())},environment,,,,,60" for number in range(devices)
    ]
    (folder / "devices.csv").write_text("\n".join(lines) + "\n")
    return f"registry: {{ devices: {folder}/devices.csv, areas: {folder}/areas.csv, admit: any }}\n"


def communes():
    return queries.COMMUNES // DISTRICTS * DISTRICTS


def district(number):
    return f"520{number % DISTRICTS}"


class Guarded(Target):
    """One that asks for tokens; `areas` maps their names to what they see."""

    def __init__(self, areas, devices):
        super().__init__(extra=KEEP)
        self.tokens = {name: "thn_" + secrets.token_urlsafe(32) for name in ["all", *areas]}
        entries = ["tokens:"]
        for name, token in self.tokens.items():
            digest = hashlib.sha256(token.encode()).hexdigest()
            codes = ", ".join(f'"{code}"' for code in areas.get(name, []))
            entries.append(f"  - {{ name: {name}, sha256: {digest}, scopes: [admin], areas: [{codes}] }}")
        file = self.home / "tokens.yaml"
        file.write_text("\n".join(entries) + "\n")
        file.chmod(0o600)
        text = self.config.read_text().replace("device_tag: dev", "device_tag: device")
        self.config.write_text(text.replace("http: { listen", f"http: {{ tokens: {file}, listen") + registry(
            self.home, devices))

    def get(self, path, **query):
        if path == "/readyz" and not query:
            path = "/healthz"
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.http}{path}", headers={"Authorization": f"Bearer {self.tokens['all']}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()


def cpu_nanos(pid):
    """Of all threads: finer than the ticks of /proc/PID/stat."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            total += int((task / "schedstat").read_text().split()[0])
    return total


class Side:
    """Who asks what of whom, over one connection."""

    def __init__(self, target, path, tokens, size=None):
        self.target, self.path, self.size = target, path, size
        self.tokens = itertools.cycle([tokens] if isinstance(tokens, str) else tokens)
        self.connection = http.client.HTTPConnection("127.0.0.1", target.http, timeout=120)
        self.nanos = self.asked = 0
        self.at_once = 1

    def ask(self):
        self.connection.request("GET", self.path, headers={"Authorization": f"Bearer {next(self.tokens)}"})
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (self.path, answer.status, body[:300])
        return body

    def take_turn(self):
        """Some questions; adds up what CPU time the server took."""
        pid = self.target.process.pid
        before = cpu_nanos(pid)
        for _ in range(self.at_once):
            self.ask()
        self.nanos += max(1, cpu_nanos(pid) - before)
        self.asked += self.at_once
        self.at_once = max(1, min(100, int(AT_ONCE_SECONDS * 1e9 * self.asked / self.nanos)))

    def micros(self):
        """Of a question since the last time; from here on it is counted anew."""
        each = self.nanos / self.asked / 1e3
        self.nanos = self.asked = 0
        return each


def beside(what, left, right, names, goal=None):
    """A few questions of one, a few of the other, so that both have the same luck, and a ratio for each turn."""
    lefts, rights = [], []
    for number in range(TURNS + 1):
        while min(left.nanos, right.nanos) < TURN_SECONDS * 1e9:
            for side in (left, right, right, left):
                side.take_turn()
        measured = left.micros(), right.micros()
        # The first time caches are filled.
        if number:
            lefts.append(measured[0])
            rights.append(measured[1])
    for side in (left, right):
        side.connection.close()
    note(f"{what}: {names[0]}, CPU", lefts, "µs")
    note(f"{what}: {names[1]}, CPU", rights, "µs")
    note(f"{what}: {names[0]} beside {names[1]}", [one / other for one, other in zip(lefts, rights)], "times", goal)


def questions():
    """What is asked; `{area}` is where a choice of devices may stand."""
    begin, end = queries.END - queries.DAY, queries.END
    device = "d00013"
    # Begins and ends within buckets: rows are read there, not stored rollups.
    cut = f"/v1/rollups?measurement=tel&field=temp&step=1h&from={queries.iso(begin + 61)}&to={queries.iso(end - 61)}"
    return {
        "rollups by area, 24 h at 5 m": queries.rollups(begin, "5m", group_by="area") + "{area}",
        f"rollups in all, {DAYS} days at 1 h": queries.rollups(end - DAYS * queries.DAY, "1h") + "{area}",
        "rollups of a range that cuts buckets": cut + "{area}",
        "rollups of a device, a day at 1 m": queries.rollups(begin, "1m", device=device) + "{area}",
        "latest": "/v1/latest?measurement=tel&limit=10000{area}",
        "latest, a page of 100": "/v1/latest?limit=100{area}",
        "devices": "/v1/devices?limit=10000{area}",
        "quality": f"/v1/quality?group_by=area&from={queries.iso(begin)}&to={queries.iso(end)}" + "{area}",
        "readings of a device": f"/v1/devices/{device}/readings?measurement=tel&limit=1000",
        "measurements": "/v1/measurements",
    }


def scoped_beside_chosen(target):
    for name, code in (("tenth", "5203"), ("whole", "52")):
        for what, path in questions().items():
            chosen = Side(target, path.replace("{area}", f"&area={code}"), target.tokens["all"])
            scoped = Side(target, path.replace("{area}", ""), target.tokens[name])
            if "{area}" in path:
                assert len(scoped.ask()) == len(chosen.ask()), (what, scoped.ask()[:300], chosen.ask()[:300])
            share = "a tenth of the devices" if name == "tenth" else "all devices"
            beside(f"{what}, {share}", scoped, chosen, ("scoped", "chosen"), None if SMOKE else "1.1")


@contextlib.contextmanager
def compacted(areas, days):
    """A server with the data, compacted: as after a start, so that two of them are in the same state."""
    with Guarded(areas, DEVICES) as target:
        queries.filled(target, DEVICES, days)
        assert target.stop() == 0
        subprocess.run([blackbox.BINARY, "compact", target.data], check=True, stdout=subprocess.DEVNULL)
        target.start()
        yield target


def many_tokens_beside_few():
    """Each has tokens for everybody and for communes; one token asks, then each in its turn."""
    with contextlib.ExitStack() as stack:
        targets = []
        for count in TOKENS:
            areas = {f"t{number}": [queries.commune(number % min(DEVICES, communes()))] for number in range(count - 1)}
            targets.append(stack.enter_context(compacted(areas, 1)))
        few, many = targets
        names = (f"{TOKENS[1]:,} tokens", f"{TOKENS[0]} tokens")
        goal = None if SMOKE else "1"
        for what, path in {
            "areas, one token": "/v1/areas", "latest of a device, one token": "/v1/latest?measurement=tel&device=d00012"
        }.items():
            beside(what, *(Side(t, path, t.tokens["all"]) for t in (many, few)), names, goal)
        for what, path in {
            "latest, each token in turn": "/v1/latest?measurement=tel",
            "rollups, each token in turn": queries.rollups(queries.END - queries.DAY, "1h"),
            "measurements, each token in turn": "/v1/measurements",
        }.items():
            sides = []
            for target in (many, few):
                own = [token for name, token in target.tokens.items() if name != "all"]
                sides.append(Side(target, path, own))
            beside(what, *sides, names, goal)


def run():
    section(f"scopes: {DEVICES} devices in {communes()} communes of {DISTRICTS} districts, {DAYS} days by the minute")
    with compacted({"tenth": ["5203"], "whole": ["52"]}, DAYS) as target:
        scoped_beside_chosen(target)
    section(f"scopes: a server of {TOKENS[1]:,} tokens beside one of {TOKENS[0]}")
    many_tokens_beside_few()
