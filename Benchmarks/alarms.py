"""What alarms cost, how soon they are told, and what a night costs in which everything falls silent.

A province of 10,000 devices in 135 communes, each with a parent or none, and 200 rules: bounds of two fields over
all devices, an area or a class, silences, and events. Rows come without a time, so a datagram is made once and sent
over and over.
"""
import contextlib
import http.server
import json
import re
import socket
import threading
import time

from measure import RUNS, SMOKE, Target, memory_mib, note, section

DEVICES, COMMUNES, RULES = (300, 10, 20) if SMOKE else (10_000, 135, 200)
ROWS_A_SECOND = 3_000 if SMOKE else 100_000
COST_SECONDS = 2 if SMOKE else 30
PROBES = 2 if SMOKE else 40
# Of real rules the shortest silence is minutes; a benchmark shall not wait for so long.
SILENT_SECONDS = 4 if SMOKE else 10


def device(number):
    return f"d{number:05d}"


def rules():
    """As many as a province has: most of them bounds."""
    found = [
        "  - { name: silent, severity: error, silence: { after: %ds }, message: \"{name} silent\" }" % SILENT_SECONDS,
        "  - { name: probe, severity: error, measurement: probe, field: v, aggregate: last, over: 1m, above: 0.5,"
        " message: \"{value}\" }",
    ]
    for number in range(RULES - len(found)):
        kind = number % 10
        if kind == 9:
            found.append(
                f"  - {{ name: r{number}, severity: error, event: {{ kind: k{number}, clear: c{number} }},"
                " message: \"{name}\" }")
            continue
        where = ("", f", area: \"{number % COMMUNES + 21_000}\"", ", class: camera", ", per: area")[number % 4]
        over = ("1m", "5m", "15m", "1h")[number // 4 % 4]
        found.append(
            f"  - {{ name: r{number}, severity: warning, measurement: tel, field: {'ab'[number % 2]},"
            f" aggregate: {('avg', 'max', 'last')[number % 3]}, over: {over}, above: 1000{where},"
            " message: \"{value}\" }")
    return "rules:\n" + "\n".join(found) + "\n"


class Receiver:
    """Keeps when each message came."""

    def __init__(self):
        taken = self.taken = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                taken.append((time.time(), json.loads(body)))
                self.send_response(204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Province:
    """The server, and everybody who sends to it."""

    def __init__(self, with_rules=True):
        self.receiver = Receiver()
        self.target = Target()
        folder = self.target.home
        (folder / "rules.yaml").write_text(rules() if with_rules else "rules: []\n")
        (folder / "secret").write_text("secret\n")
        areas = ["code,parent,name", "52,,Gia Lai", *(f"{21_000 + n},52,Xã {n}" for n in range(COMMUNES))]
        (folder / "areas.csv").write_text("\n".join(areas) + "\n")
        lines = ["id,class,name,area,interval,parent"]
        lines += [
            f"{device(n)},{('camera', 'bts', 'sensor')[n % 3]},{device(n)},{21_000 + n % COMMUNES},1,"
            f"{device(n // 40 * 40) if n % 40 and n % 4 == 0 else ''}" for n in range(DEVICES)
        ]
        (folder / "devices.csv").write_text("\n".join(lines) + "\n")
        with open(self.target.config, "a") as config:
            config.write(
                f"registry: {{ devices: {folder}/devices.csv, areas: {folder}/areas.csv }}\n"
                f"alerts: {{ rules: {folder}/rules.yaml, every: 1s }}\n"
                f"webhooks: [{{ name: ioc, url: \"http://127.0.0.1:{self.receiver.server.server_port}/\","
                f" secret_file: {folder}/secret }}]\n")
        rows = [f"tel,dev={device(n)} a={n % 90}i,b={n % 70}.5" for n in range(DEVICES)]
        self.datagrams = ["\n".join(rows[at:at + 70]).encode() for at in range(0, len(rows), 70)]
        self.isMuted = threading.Event()
        self.isOver = threading.Event()
        self.sender = threading.Thread(target=self.send, daemon=True)

    def __enter__(self):
        self.target.start()
        self.sender.start()
        return self

    def __exit__(self, *_):
        self.isOver.set()
        self.sender.join()
        self.target.__exit__()
        self.receiver.close()

    def send(self):
        """All devices over and over, at the rate that is wanted."""
        pause = 10 * DEVICES / len(self.datagrams) / ROWS_A_SECOND
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.connect(("127.0.0.1", self.target.ports["line"]))
            due = time.monotonic()
            at = 0
            while not self.isOver.is_set():
                if self.isMuted.is_set():
                    time.sleep(0.05)
                    due = time.monotonic()
                    continue
                for _ in range(10):
                    with contextlib.suppress(ConnectionRefusedError):
                        out.send(self.datagrams[at])
                    at = (at + 1) % len(self.datagrams)
                due += pause
                time.sleep(max(0, due - time.monotonic()))

    def figure(self, name):
        text = self.target.get("/metrics").decode()
        return float(re.search(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE).group(1))

    def alarms(self, **query):
        found, cursor = [], None
        while True:
            page = self.target.ask("/v1/alarms", limit=10_000, **query, **({"cursor": cursor} if cursor else {}))
            found += page["alarms"]
            cursor = page["next"]
            if not cursor:
                return found


def share_of_a_core(province):
    """CPU time of the thread that looks at the rules, while rows come; and of the whole server."""
    time.sleep(2 if SMOKE else 10)
    shares, servers, rates = [], [], []
    for _ in range(RUNS):
        begin, cpu, all_, rows = (
            time.monotonic(), province.figure("thinai_alert_cpu_seconds_total"), province.target.cpu(),
            province.target.account("line")["rows"])
        time.sleep(COST_SECONDS / RUNS if not SMOKE else COST_SECONDS)
        seconds = time.monotonic() - begin
        shares.append(100 * (province.figure("thinai_alert_cpu_seconds_total") - cpu) / seconds)
        servers.append(100 * (province.target.cpu() - all_) / seconds)
        rates.append((province.target.account("line")["rows"] - rows) / seconds)
    note("rows that came", rates, "a second")
    note(f"alarms of {DEVICES:,} devices by {RULES} rules, each second", shares, "% of a core",
         None if SMOKE else "under 3")
    note("the whole server beside it", servers, "% of a core")


def from_row_to_webhook(province):
    """A row beyond its bound, by one device after the other, at odd moments."""
    sent = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for number in range(PROBES):
            sent[device(number)] = time.time()
            out.sendto(
                f"probe,dev={device(number)} v=1".encode(), ("127.0.0.1", province.target.ports["line"]))
            time.sleep(0.137 if SMOKE else 0.537)
    deadline = time.time() + 20

    def delays():
        return sorted(
            at - sent[body["device"]] for at, body in list(province.receiver.taken)
            if body["attributes"]["rule"] == "probe" and body["attributes"]["state"] == "firing")

    while len(delays()) < PROBES and time.time() < deadline:
        time.sleep(0.1)
    found = delays()
    assert len(found) == PROBES, (len(found), PROBES)
    note("from the row to the webhook, p50", [found[len(found) // 2]], "s", None if SMOKE else "1")
    note("from the row to the webhook, p99", [found[min(len(found) - 1, len(found) * 99 // 100)]], "s",
         None if SMOKE else "2")


def everything_falls_silent(province):
    before, told = memory_mib(province.target.process.pid, "VmRSS"), len(province.receiver.taken)
    province.isMuted.set()
    begin = time.time()
    named = set()
    while len(named) < DEVICES and time.time() - begin < SILENT_SECONDS + 90:
        time.sleep(0.5)
        lasting = [alarm for alarm in province.alarms() if alarm["closed"] is None]
        named = {name for alarm in lasting for name in alarm["children"]}
        named |= {alarm["subject"].get("device") for alarm in lasting if alarm["rule"] != "probe"} - {None}
    seconds = time.time() - begin
    assert len(named) == DEVICES, (len(named), DEVICES)
    opened = [alarm for alarm in province.alarms() if alarm["rule"] != "probe"]
    time.sleep(2)
    late = max(
        (at for at, body in province.receiver.taken[told:] if body["attributes"]["rule"] != "probe"), default=begin)
    note(f"{DEVICES:,} devices silent at once: alarms that opened in all", [len(opened)], "alarms",
         None if SMOKE else "under 20")
    note("until every device is named in one, beyond the silence that is allowed", [seconds - SILENT_SECONDS], "s")
    note("until the last is told, beyond it", [late - begin - SILENT_SECONDS], "s")
    note("memory that it took", [memory_mib(province.target.process.pid, "VmRSS") - before], "MiB")
    note("most memory of all", [memory_mib(province.target.process.pid)], "MiB")
    province.isMuted.clear()
    begin = time.time()
    while any(alarm["closed"] is None and alarm["rule"] != "probe" for alarm in province.alarms()):
        assert time.time() - begin < 60, "they do not close"
        time.sleep(0.5)
    note("until all are over, once they send again", [time.time() - begin], "s")


def run():
    section(f"alarms: {DEVICES:,} devices, {RULES} rules, {ROWS_A_SECOND:,} rows a second")
    with Province() as province:
        share_of_a_core(province)
        from_row_to_webhook(province)
        everything_falls_silent(province)
