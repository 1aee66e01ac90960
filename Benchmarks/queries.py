"""What an operations centre asks, over HTTP: 1,000 devices in 159 communes, four fields, 30 days by the minute.

VictoriaMetrics and InfluxDB answer the same questions with the same rows in the same run. Each question is asked over
one connection, one after the other; the first answer of all, which reads files, is told apart.
"""
import contextlib
import datetime
import http.client
import shutil
import socket
import statistics
import subprocess
import time
import urllib.parse

import numpy

import peers
from measure import SMOKE, Target, blackbox, note, section, sending
from sizes import KEEP

DEVICES, DAYS = (50, 2) if SMOKE else (1_000, 30)
COMMUNES = 159
# The end of the data: a whole UTC day and hour.
END = int(time.time()) // 86_400 * 86_400
DATAGRAM_LINES = 16
RATE = 40_000
ASKED = 3 if SMOKE else 31
DAY = 86_400
WEEK = min(7, DAYS) * DAY


def minutes(devices, days, seed=1):
    """The lines of each minute, as one list a minute."""
    random = numpy.random.default_rng(seed)
    temperature = random.integers(150, 350, devices)
    humidity = random.integers(300, 800, devices)
    count = numpy.zeros(devices, dtype=numpy.int64)
    battery = random.integers(330, 420, devices).tolist()
    heads = [f"tel,device=d{number:05d},area={commune(number)} " for number in range(devices)]
    for minute in range(days * 1_440):
        at = END - days * DAY + minute * 60
        temperature = temperature + random.integers(-1, 2, devices)
        humidity = humidity + random.integers(-1, 2, devices)
        count = count + random.integers(0, 1_200, devices)
        yield [f"{head}temp={t / 10},hum={h / 10},cnt={c}i,bat={b / 100} {at}000000000" for head, t, h, c, b in
               zip(heads, temperature.tolist(), humidity.tolist(), count.tolist(), battery)]


def commune(number):
    return f"{21000 + number % COMMUNES:05d}"


def registry(folder, devices):
    """Files of a registry that knows the devices; returns the configuration that names them."""
    areas = ["code,parent,name,valid_from,valid_to", "52,,Tỉnh Gia Lai,,"]
    areas += [f"{21000 + number:05d},52,Xã {number},," for number in range(COMMUNES)]
    (folder / "areas.csv").write_text("\n".join(areas) + "\n")
    lines = ["id,class,name,area,domain,agency,latitude,longitude,addresses,interval"]
    lines += [f"d{number:05d},sensor,,{commune(number)},environment,,,,,60" for number in range(devices)]
    (folder / "devices.csv").write_text("\n".join(lines) + "\n")
    return f"registry: {{ devices: {folder}/devices.csv, areas: {folder}/areas.csv, admit: any }}\n"


def settings(target, devices):
    """A device is named as the peers name it, and rows of any age are kept."""
    text = target.config.read_text().replace("device_tag: dev", "device_tag: device")
    target.config.write_text(text + registry(target.home, devices))


def filled(target, devices, days):
    """Sends all of it by UDP, no faster than it is taken; returns the datagrams."""
    sent = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", target.ports["line"]))
        began = time.time()
        for lines in minutes(devices, days):
            for start in range(0, len(lines), DATAGRAM_LINES):
                sender.send("\n".join(lines[start:start + DATAGRAM_LINES]).encode())
                sent += 1
            time.sleep(max(0, began + sent / RATE - time.time()))
    account = target.settled(sent)
    assert account["stored"] == devices * days * 1_440, account
    return sent


def iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def rollups(begin, step, field="temp", **more):
    return "/v1/rollups?" + urllib.parse.urlencode(
        {
            "measurement": "tel",
            "field": field,
            "step": step,
            "from": iso(begin),
            "to": iso(END),
            "aggregate": "avg",
            **more,
        }
    )


def questions(days):
    """What is asked, how, and how many milliseconds it may take."""
    return {
        "average by area, 24 h at 5 m": (rollups(END - DAY, "5m", group_by="area"), "10"),
        "average by area, all days at 1 h": (rollups(END - days * DAY, "1h", group_by="area"), "40"),
        "one device, a day at 1 m": (rollups(END - DAY, "1m", device="d00012"), "0.7"),
        "latest of a commune": ("/v1/latest?measurement=tel&area=21005", "0.5"),
        "increase by area, 7 days at 1 h": (
            rollups(END - WEEK, "1h", field="cnt", group_by="area", aggregate="increase"), "80"),
    }


def ask(port, path, times=ASKED, least=100):
    """Milliseconds of each answer, the first one apart; answers of `least` octets or fewer are none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    taken = []
    for _ in range(times + 1):
        began = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        taken.append((time.perf_counter() - began) * 1e3)
        assert answer.status == 200, (path, answer.status, body[:300])
    connection.close()
    assert len(body) > least, (path, body)
    return taken[0], sorted(taken[1:])


def report(who, what, taken, goal=None):
    """Notes what was taken; returns the median."""
    first, rest = taken
    median = note(f"{what}: {who}, p50", [statistics.median(rest)], "ms", goal)
    note(f"{what}: {who}, p99", [rest[min(len(rest) - 1, int(len(rest) * .99))]], "ms")
    note(f"{what}: {who}, first", [first], "ms")
    return median


def run():
    section(f"queries: {DEVICES} devices in {COMMUNES} communes, 4 fields, {DAYS} days by the minute")
    with asked_target(DEVICES, DAYS) as target:
        ours = {}
        for what, (path, goal) in questions(DAYS).items():
            ours[what] = report("ThiNai", what, ask(target.http, path), None if SMOKE else goal)
        under_load(target)
    for make in (peers.VictoriaMetrics, peers.InfluxDB):
        if shutil.which(make.program):
            peer_answers(make, ours)
        else:
            print(f"{make.name} is not installed: tools/install peers", flush=True)
    devices, days = (100, 1) if SMOKE else (10_000, 3)
    section(f"queries: {devices} devices in {COMMUNES} communes, 4 fields, {days} days by the minute")
    with asked_target(devices, days) as target:
        for what, (path, goal) in questions(days).items():
            report("ThiNai", what, ask(target.http, path), None if SMOKE else f"{8 * float(goal):g}")


@contextlib.contextmanager
def asked_target(devices, days):
    """A server with the data, compacted, as it is after a start."""
    target = Target(extra=KEEP)
    try:
        settings(target, devices)
        target.start()
        filled(target, devices, days)
        assert target.stop() == 0
        subprocess.run([blackbox.BINARY, "compact", target.data], check=True, stdout=subprocess.DEVNULL)
        began = time.perf_counter()
        target.start()
        note("from the start to /readyz", [time.perf_counter() - began], "s", None if SMOKE else "1")
        yield target
    finally:
        target.__exit__()


def under_load(target):
    """The same while lines come at half of what one lane takes: another measurement, so that the answers stay."""
    rate = 2_000 if SMOKE else 25_000
    seconds = 2 if SMOKE else 20
    process = sending("send", target.address(), "--lines", 18, "--pass", 200, "--rate", rate, "--seconds", seconds)
    time.sleep(1)
    taken = {what: ask(target.http, path) for what, (path, _) in questions(DAYS).items()}
    process.communicate()
    for what, times in taken.items():
        report("ThiNai while it takes lines", what, times)


# What of VictoriaMetrics' time is wanted at the most.
SHARES = {"average by area, 24 h at 5 m": "0.2", "average by area, all days at 1 h": "0.1",
          "one device, a day at 1 m": "0.9", "latest of a commune": "0.9", "increase by area, 7 days at 1 h": "0.5"}


def peer_answers(make, ours):
    with make() as peer:
        connection = http.client.HTTPConnection("127.0.0.1", peer.http, timeout=120)
        batch = []
        database = "tel"
        if make is peers.InfluxDB:
            peers.fetch(f"http://127.0.0.1:{peer.http}/query", b"q=CREATE DATABASE tel")

        def write():
            connection.request("POST", f"/write?db={database}&precision=ns", "\n".join(batch).encode())
            answer = connection.getresponse()
            answer.read()
            assert answer.status < 300, answer.status
            batch.clear()

        for lines in minutes(DEVICES, DAYS):
            batch += lines
            if len(batch) >= 20_000:
                write()
        if batch:
            write()
        peer.settle()
        for what, path in peer_questions(make).items():
            theirs = report(make.name, what, ask(peer.http, path))
            goal = SHARES[what] if make is peers.VictoriaMetrics and not SMOKE else None
            note(f"{what}: ThiNai beside {make.name}", [ours[what] / theirs], "times", goal)


def peer_questions(make):
    names = list(questions(DAYS))
    area = "21005"
    if make is peers.VictoriaMetrics:
        def over(query, begin, step):
            return "/api/v1/query_range?" + urllib.parse.urlencode(
                {"query": query, "start": begin, "end": END, "step": step, "nocache": 1})

        paths = [over("avg(avg_over_time(tel_temp[5m])) by (area)", END - DAY, "5m"),
                 over("avg(avg_over_time(tel_temp[1h])) by (area)", END - DAYS * DAY, "1h"),
                 over('tel_temp{device="d00012"}', END - DAY, "1m"),
                 "/api/v1/query?" + urllib.parse.urlencode(
                     {"query": f'tel_temp{{area="{area}"}}', "time": END - 60, "nocache": 1}),
                 over("sum(increase(tel_cnt[1h])) by (area)", END - WEEK, "1h")]
    else:
        def over(query):
            return "/query?" + urllib.parse.urlencode({"db": "tel", "q": query})

        def mean(begin, step, rest="", by=""):
            return over(
                f"select mean(temp) from tel where {rest}time>={begin}s and time<{END}s group by time({step}){by}"
            )

        paths = [mean(END - DAY, "5m", by=",area"), mean(END - DAYS * DAY, "1h", by=",area"),
                 mean(END - DAY, "1m", "device='d00012' and "),
                 over(f"select last(temp),hum,cnt,bat from tel where area='{area}' group by device"),
                 over("select sum(rise) from (select non_negative_difference(last(cnt)) as rise from tel where "
                      f"time>={END - WEEK}s and time<{END}s group by time(1h),device,area) where time>={END - WEEK}s "
                      f"and time<{END}s group by time(1h),area")]
    return dict(zip(names, paths))
