"""Other writers of Delta commit to a table, while the server runs and while it does not: sealing goes on, nothing is
lost or doubled."""

import datetime
import subprocess
import threading
import warnings

import deltalake
import polars
import pyarrow
import pytest

from server import BINARY, KEEP

warnings.filterwarnings("ignore")
BASE = 1_790_000_000


def path(server):
    return str(server.data / "tables" / "w")


def stored(server):
    if not deltalake.DeltaTable.is_deltatable(path(server)):
        return []
    return sorted(polars.read_delta(path(server))["v"].drop_nulls().to_list())


def answered(server):
    rows = server.ask("/v1/devices/d/readings", measurement="w", from_="2020-01-01T00:00:00Z", limit=1_000)["rows"]
    return sorted(row["fields"]["v"] for row in rows)


def put(server, numbers):
    server.send("line", [f"w,device=d v={n}i {BASE + n}000000000".encode() for n in numbers])
    server.wait_for(lambda: set(numbers) <= set(stored(server)))


def append(server):
    when = datetime.datetime.fromtimestamp(BASE + 500, datetime.timezone.utc)
    deltalake.write_deltalake(path(server), pyarrow.table({
        "device": ["d"], "time": pyarrow.array([when], pyarrow.timestamp("us", "UTC")),
        "received": pyarrow.array([None], pyarrow.timestamp("us", "UTC")), "date": pyarrow.array([when.date()]),
        "v": pyarrow.array([500], pyarrow.int64())}), mode="append")


def compact(server):
    deltalake.DeltaTable(path(server)).optimize.compact()


def vacuum(server):
    compact(server)
    deltalake.DeltaTable(path(server)).vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)


def checkpoint(server):
    compact(server)
    deltalake.DeltaTable(path(server)).create_checkpoint()


def delete(server):
    deltalake.DeltaTable(path(server)).delete("v = 1")


def restore(server):
    table = deltalake.DeltaTable(path(server))
    table.delete("v = 0")
    table.restore(table.version() - 1)


# What is done, and what it changes.
ACTS = {
    "append": (append, {500}, set()),
    "compact": (compact, set(), set()),
    "vacuum": (vacuum, set(), set()),
    "checkpoint": (checkpoint, set(), set()),
    "delete": (delete, set(), {1}),
    "restore": (restore, set(), set()),
    "property": (lambda server: deltalake.DeltaTable(path(server)).alter.set_table_properties(
        {"delta.enableChangeDataFeed": "false"}), set(), set()),
}


@pytest.mark.parametrize("is_running", [True, False], ids=["running", "stopped"])
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.server(extra=KEEP, seal="200ms")
def test_another_writer(server, act, is_running):
    do, more, fewer = ACTS[act]
    for n in range(3):
        put(server, [n])
    if not is_running:
        assert server.stop() == 0
    do(server)
    if not is_running:
        server.start()
    put(server, [10])
    wanted = sorted(({0, 1, 2, 10} | more) - fewer)
    assert stored(server) == wanted, (act, stored(server))
    server.wait_for(lambda: answered(server) == wanted, 5)
    assert server.stop() == 0
    done = subprocess.run([BINARY, "verify", str(server.data)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, (act, done)
    server.start()
    assert answered(server) == wanted, (act, answered(server))
    # What they made is compacted with ours.
    assert server.stop() == 0
    done = subprocess.run([BINARY, "compact", str(server.data)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and stored(server) == wanted, (act, done, stored(server))


@pytest.mark.server(extra=KEEP, seal="100ms")
def test_another_writer_at_the_same_time(server):
    """Both commit again and again; of two that make the same version one is first."""
    put(server, [0])
    is_over = threading.Event()
    compacted = []

    def compact_again_and_again():
        while not is_over.is_set():
            try:
                compact(server)
                compacted.append(deltalake.DeltaTable(path(server)).version())
            except deltalake.exceptions.DeltaError:
                # Ours was first, and took out what theirs was to take.
                pass

    thread = threading.Thread(target=compact_again_and_again)
    thread.start()
    try:
        for n in range(1, 25):
            put(server, [n])
    finally:
        is_over.set()
        thread.join()
    assert len(set(compacted)) > 3
    assert stored(server) == list(range(25))
    server.wait_for(lambda: answered(server) == list(range(25)), 5)
    assert server.stop() == 0
    done = subprocess.run([BINARY, "verify", str(server.data)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done


@pytest.mark.server(extra=KEEP, seal="200ms")
def test_a_rule_that_is_not_kept(server):
    """A table of which another program asks what we cannot do waits, by name; the others go on, and so does it once
    that is gone."""
    put(server, [0])
    table = deltalake.DeltaTable(path(server))
    table.alter.set_table_properties({"delta.appendOnly": "true"})
    version = table.version()
    server.send("line", [f"w,device=d v=1i {BASE + 1}000000000".encode(), f"x,device=d v=1i {BASE}000000000".encode()])
    server.wait_for(lambda: deltalake.DeltaTable.is_deltatable(str(server.data / "tables" / "x")))
    server.wait_for(lambda: f"delta.appendOnly=true (since version {version} by " in server.log())
    assert stored(server) == [0]
    assert answered(server) == [0, 1]
    deltalake.DeltaTable(path(server)).alter.set_table_properties({"delta.appendOnly": "false"})
    server.wait_for(lambda: stored(server) == [0, 1])
    assert server.stop() == 0
