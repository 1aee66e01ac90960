"""What hard senders cost others: rows that come late, rows of one instant, a hundred busy tables beside a small one."""
import contextlib
import http.client
import socket
import threading
import time

from measure import RUNS, SMOKE, Target, note, section

PARTS, LATE_ROWS = (3, 400) if SMOKE else (10, 8_000)
ALIKE_ROWS = 500 if SMOKE else 10_000
TABLES = 5 if SMOKE else 100
ROWS_A_SECOND = 2_000 if SMOKE else 50_000
QUESTIONS = 5 if SMOKE else 200
BASE = 1_795_000_000


class Line:
    """Sends lines, some in each datagram."""

    def __init__(self, target):
        self.out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.out.connect(("127.0.0.1", target.ports["line"]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.out.close()

    def send(self, lines, pause=0.0):
        for at in range(0, len(lines), 50):
            self.out.send("\n".join(lines[at:at + 50]).encode())
            if pause:
                time.sleep(pause)


class Asker:
    """One connection that is kept, as a page's is."""

    def __init__(self, target):
        self.connection = http.client.HTTPConnection("127.0.0.1", target.http, timeout=120)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def millis(self, path):
        begin = time.perf_counter()
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body[:300]
        return 1e3 * (time.perf_counter() - begin)


def parts_of(target):
    return len(list((target.data / "tables").glob("tel/date=*/*.parquet")))


def sealing_each_second():
    target = Target()
    target.config.write_text(target.config.read_text().replace("every: 5m", "every: 1s"))
    return target


def late_rows():
    """Rows whose time lies in parts have to be looked up there; who asks meanwhile shall not wait for that."""
    worst, medians = [], []
    for _ in range(RUNS):
        with sealing_each_second() as target, Line(target) as line, Asker(target) as asker:
            sent = 0
            for part in range(PARTS):
                line.send([f"tel,dev=d{n:04d} v={n}i {BASE + 3_600 * part + n}000000000" for n in range(1_000)], 0.001)
                sent += 1_000
                target.wait_for(lambda: parts_of(target) > part)
            assert parts_of(target) >= PARTS, parts_of(target)
            path = "/v1/latest?measurement=tel&limit=100"
            asker.millis(path)
            rows = [
                f"tel,dev=d{n % 1_000:04d} v={n}i {BASE + 3_600 * (n % PARTS) + n % 1_000}500000000"
                for n in range(LATE_ROWS)
            ]
            sender = threading.Thread(target=line.send, args=(rows, 0.001))
            sender.start()
            taken = []
            while sender.is_alive() or target.account("line")["stored"] < sent + LATE_ROWS:
                taken.append(asker.millis(path))
            sender.join()
            worst.append(max(taken))
            medians.append(sorted(taken)[len(taken) // 2])
    note(f"{LATE_ROWS:,} late rows over {PARTS} parts: the slowest /v1/latest of 100 meanwhile", worst, "ms",
         None if SMOKE else "20")
    note("the same, the median", medians, "ms")


def rows_of_one_instant():
    costs = []
    for _ in range(RUNS):
        with Target() as target, Line(target) as line:
            begin = target.cpu()
            line.send([f"tel,dev=a v={n}i {BASE}000000000" for n in range(ALIKE_ROWS)], 0.001)
            target.wait_for(lambda: target.account("line")["stored"] >= ALIKE_ROWS, seconds=120)
            costs.append(target.cpu() - begin)
    note(f"{ALIKE_ROWS:,} rows of one device and second: CPU time", costs, "s", None if SMOKE else "0.05")


def one_table_beside_busy_ones():
    alone, beside = [], []
    for _ in range(RUNS):
        with Target() as target, Line(target) as line, Asker(target) as asker:
            line.send([f"small,dev=d{n % 20} v={n}i {BASE + n}000000000" for n in range(2_000)], 0.001)
            target.wait_for(lambda: target.account("line")["stored"] >= 2_000)
            path = "/v1/rollups?measurement=small&field=v&step=5m&from=2026-11-18T00:00:00Z&to=2026-11-19T00:00:00Z"
            alone.append(sorted(asker.millis(path) for _ in range(QUESTIONS))[QUESTIONS // 2])
            isOver = threading.Event()

            def load():
                batches = ["\n".join(f"busy{table},dev=d{n} a={n}i,b={n}.5" for n in range(50)).encode()
                           for table in range(TABLES)]
                due = time.monotonic()
                while not isOver.is_set():
                    for batch in batches:
                        with contextlib.suppress(ConnectionRefusedError):
                            line.out.send(batch)
                    due += 50 * TABLES / ROWS_A_SECOND
                    time.sleep(max(0, due - time.monotonic()))

            sender = threading.Thread(target=load, daemon=True)
            sender.start()
            time.sleep(0.5 if SMOKE else 2)
            beside.append(sorted(asker.millis(path) for _ in range(QUESTIONS))[QUESTIONS // 2])
            isOver.set()
            sender.join()
    note("a rollup of a small table alone, kept connection, median", alone, "ms")
    note(f"the same beside {TABLES} tables that take {ROWS_A_SECOND:,} rows a second", beside, "ms",
         None if SMOKE else "1.5")


def run():
    section("hard senders: late rows, rows of one instant, busy tables")
    late_rows()
    rows_of_one_instant()
    one_table_beside_busy_ones()
