"""Every recipe of docs/analysts.md, as it stands there."""
import os
import re
import shutil
import subprocess
import sys

import duckdb
import pytest

from server import BINARY, KEEP, ROOT, Server

NEEDED = ["chdb", "pyspark"]


def sections():
    """Each recipe with the title that it stands under."""
    title, found = "", []
    for part in re.split(r"^## ", (ROOT / "docs" / "analysts.md").read_text(), flags=re.M)[1:]:
        title = part.splitlines()[0]
        found += [(title, code) for code in re.findall(r"```python\n(.*?)```", part, flags=re.S)]
    return found


def made(server):
    base = 1_709_600_400
    rows = [f"weather,device=d{n % 3} temperature={20 + n % 90 / 10},humidity={n % 100}i {base + n}000000000".encode()
            for n in range(4_000)]
    # What does not fit one decimal: its sibling.
    rows[7] = f"weather,device=d1 temperature=21.123456789012345 {base + 7}000000000".encode()
    # Sealed first, and so what the column's type is learned from: whole numbers, which the others are not.
    early = [
        f"weather,device=d{n % 3} temperature={20 + n % 9},humidity={n % 100}i {base - 4_000 + n}000000000".encode()
        for n in range(2_000)
    ]
    server.send("line", early)
    server.wait_for(lambda: server.account("line")["stored"] == len(early))
    assert server.stop() == 0
    server.start()
    server.send("line", rows)
    server.wait_for(lambda: server.account("line")["stored"] == len(rows))
    assert server.stop() == 0


def run(code, server):
    environment = {**os.environ, "PATH": f"{BINARY.parent}:{os.environ['PATH']}", "SPARK_LOCAL_IP": "127.0.0.1"}
    return subprocess.run([sys.executable, "-c", code], cwd=server.home, capture_output=True, text=True, timeout=180,
                          env=environment)


@pytest.fixture(scope="module")
def readings():
    """The folder in which recipes stand."""
    with Server(extra=KEEP, seal="1h") as server:
        made(server)
        said = subprocess.run([BINARY, "compact", server.data], check=True, capture_output=True, text=True).stdout
        # A recipe is right on a table whose columns have changed their types too.
        assert "temperature from decimal(18,0) to decimal(18,1)" in said, said
        yield server


@pytest.mark.parametrize("code", [pytest.param(code, id=title) for title, code in sections()])
def test_recipes(readings, code):
    needs = next((module for module in NEEDED if module in code), None)
    if needs and subprocess.run([sys.executable, "-c", f"import {needs}"], capture_output=True).returncode:
        pytest.skip(f"{needs} is not installed; tools/test --readers installs it")
    if needs == "pyspark" and not shutil.which("java"):
        pytest.skip("there is no java; tools/test --readers installs it")
    done = run(code, readings)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "d1" in done.stdout or "2024-03-05" in done.stdout, done.stdout


def test_there_are_recipes():
    assert len(sections()) >= 7, "the recipes are gone"


@pytest.mark.server(extra=KEEP, seal="1h")
def test_view(server):
    """The view folds what stands in siblings into their fields, whatever it is."""

    made(server)
    view = run('import subprocess; print(subprocess.run(["thinai", "inspect", "data/tables/weather", "--view"],'
               'capture_output=True, text=True, check=True).stdout)', server).stdout
    before = os.getcwd()
    os.chdir(server.home)
    try:
        connection = duckdb.connect()
        connection.execute(view)
        names = [row[0] for row in connection.execute("describe readings").fetchall()]
        assert names == ["device", "time", "received", "temperature", "humidity"], names
        rows = connection.execute(
            "select temperature from readings where epoch(time) = 1709600407").fetchall()
        assert rows == [(21.123456789012345,)], rows
        assert connection.execute("select count(temperature) from readings").fetchall() == [(6_000,)]
    finally:
        os.chdir(before)
    missing = subprocess.run(
        [BINARY, "inspect", str(server.data / "tables" / "none"), "--view"], capture_output=True, text=True
    )
    assert missing.returncode == 2 and "cannot make a view" in missing.stderr, missing
