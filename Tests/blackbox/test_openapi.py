"""The interface is as its description says: schemathesis makes requests of /openapi.yaml, and holds the answers against
it."""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import pytest
import yaml

from server import LONG, SEED, balanced

HERE = pathlib.Path(__file__).resolve().parent
# Whether a cursor was given out, or a range is one, no schema can say: such requests may be refused.
CHECKS_LEFT_OUT = "positive_data_acceptance"


def load(server):
    (server.home / "areas.csv").write_text(
        "code,parent,name,valid_from,valid_to\n52,,Gia Lai,,\n21550,52,Quy Nhơn,2025-07-01,\n48,,Đà Nẵng,,\n")
    (server.home / "devices.csv").write_text(
        "id,class,name,area,domain,agency\na1,sensor,One,21550,environment,monre\na2,camera,,48,security,police\n"
        "never,sensor,,48,,\n")
    server.config.write_text(server.config.read_text() + (
        f"registry: {{ devices: {server.home}/devices.csv, areas: {server.home}/areas.csv }}\n"))
    server.start()
    now = int(time.time())
    names = ("a1", "a2", "stranger")
    server.send(
        "line",
        [
            f'air,device={names[n % 3]},site=x pm={n / 4},big=1e308,open={"t" if n % 2 else "f"},'
            f'note="\\"é\\u{n}",count={n}i '
            f"{now - n * 97}000000000".encode()
            for n in range(400)
        ],
    )
    server.send(
        "syslog",
        [
            f"<{11 + n % 4}>1 {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(now - n * 60))}"
            f" {names[n % 3]} app 1 - - no {n}".encode()
            for n in range(60)
        ],
    )
    server.wait_for(lambda: server.account("line")["stored"] == 400 and server.account("syslog")["stored"] == 60)


def run(server, examples, stored):
    """How many requests were made, and what was answered: (path, status, type, bytes)."""
    notes = server.home / "answers"
    notes.unlink(missing_ok=True)
    # By its file: of what it loads from a server it would leave out the document's own path.
    description = server.home / "openapi.yaml"
    document = yaml.safe_load(server.get("/openapi.yaml"))
    # This server asks nobody who they are, and refuses whoever says something made up.
    document.pop("security")
    document["components"].pop("securitySchemes")
    description.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "schema_hooks",
        "PYTHONPATH": str(HERE),
        "THINAI_ANSWERS": str(notes),
    }
    if stored:
        environment["THINAI_STORED"] = "1"
    done = subprocess.run(
        [
            pathlib.Path(sys.executable).parent / "schemathesis",
            "run",
            description,
            "--url",
            f"http://127.0.0.1:{server.http}",
            "--include-method",
            "GET",
            "--exclude-path",
            "/v1/stream",
            "--exclude-checks",
            CHECKS_LEFT_OUT,
            "--max-examples",
            str(examples),
            "--seed",
            str(SEED),
            "--mode",
            "positive" if stored else "all",
            "--no-color",
            "--generation-database",
            "none",
            "--continue-on-failure",
            "--suppress-health-check",
            "all",
        ],
        cwd=server.home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=3600,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    generated = int(re.search(r"([\d,]+) generated", done.stdout).group(1).replace(",", ""))
    return generated, [tuple(json.loads(line)) for line in notes.read_text().splitlines()]


@pytest.mark.lengthy
def test_answers_are_as_the_description_says(server):
    server.stop()
    load(server)
    strange, _ = run(server, 450 if LONG else 15, stored=False)
    usual, answers = run(server, 450 if LONG else 60, stored=True)
    assert strange + usual >= (10_000 if LONG else 300), (strange, usual)
    # They found something: every path answered, and rollups in every form.
    answered = collections.defaultdict(set)
    for path, status, kind, size in answers:
        if status == 200 and size > 0:
            answered[path].add(kind)
        assert status < 500, (path, status)
    described = yaml.safe_load(server.get("/openapi.yaml"))["paths"]
    # One is a stream, one has nothing to say, and of alarms there are none.
    paths = {path for path, item in described.items() if "get" in item} - {
        "/v1/stream", "/ping", "/v1/alarms/{id}", "/v1/alarms/{id}/cap"}
    assert set(answered) == paths, paths - set(answered)
    rollups = {"application/json", "text/csv", "application/vnd.apache.arrow.stream"}
    assert answered["/v1/rollups"] == rollups, (
        answered["/v1/rollups"],
        collections.Counter(a[1] for a in answers if a[0] == "/v1/rollups"),
    )
    assert answered["/v1/devices/{id}/readings"] == {"application/json", "text/csv"}
    assert "cannot" not in server.log(), server.log()
    balanced(server.ask("/v1/ledger"))
