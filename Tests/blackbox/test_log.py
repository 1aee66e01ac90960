"""The log as whoever runs the service reads it: lines of text, lines of JSON, journald's priorities."""

import json
import re
import subprocess

from server import BINARY, Server

TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z"


def lines(server):
    return (server.home / "log").read_text().splitlines()


def test_a_life_in_text():
    with Server() as server:
        # What a sender makes up moves nobody's cursor.
        for _ in range(5):
            server.send("line", [b"\x1b[2Jm\xc2\x9b v=x"])
        server.wait_for(lambda: "refused on line: " in server.log())
        server.process.send_signal(1)
        server.wait_for(lambda: "reloaded the registry: 0 devices" in server.log())
        assert server.stop() == 0
        log = lines(server)
    for line in log:
        assert re.fullmatch(TIME + r" (info|notice|warning|error) [a-z]+: .*", line), line
        assert line.isprintable(), line
    start = next(line for line in log if "starts as node test-01" in line)
    for fact in (f"configuration={server.config}", f"data={server.data}", "devices=0", "lanes=1"):
        assert fact in start, (fact, start)
    for name, port in server.ports.items():
        assert any(line.endswith(f"listens on [::]:{port} for {name}") for line in log), (name, log)
    assert any("answers on http://" in line for line in log) and "has stopped" in log[-1], log
    refused = [line for line in log if "refused on line: " in line]
    assert refused and all("address=127.0.0.1" in line and "bytes=1b5b324a" in line for line in refused), refused
    # Five alike within a moment are one line, perhaps two: the first that is seen, and how many more there were.
    assert len(refused) == 1, refused


def test_json_and_levels():
    with Server(extra="log: { format: json, level: notice }\n") as server:
        server.send("line", [b'm,device=d\xe1\xba\xa1 v="'])
        server.wait_for(lambda: "refused on line" in server.log())
        assert server.stop() == 0
        log = [json.loads(line) for line in lines(server)]
    assert {"time", "level", "component", "message"} <= set.intersection(*(set(line) for line in log)), log
    assert all(re.fullmatch(TIME, line["time"]) for line in log), log
    assert {line["level"] for line in log} <= {"notice", "warning", "error"}, log
    refused = next(line for line in log if line["message"].startswith("refused on line: "))
    assert refused["address"] == "127.0.0.1" and bytes.fromhex(refused["bytes"]).startswith(b"m,device="), refused


def test_priorities_for_the_journal():
    with Server(environment={"JOURNAL_STREAM": "8:12345"}) as server:
        assert server.stop() == 0
        log = lines(server)
    assert log and all(re.match(rf"<[3-6]>{TIME} ", line) for line in log), log
    assert any(line.startswith("<6>") for line in log) and any(line.startswith("<5>") for line in log), log


def test_what_ends_a_start_is_in_the_log():
    """One line, in the log's own form, and the exit code says the rest."""
    with Server() as first:
        second = Server(data=first.data, extra="log: { format: json }\n")
        run = subprocess.run(
            [BINARY, "serve", "--config", second.config], capture_output=True, text=True, timeout=60)
        second.__exit__()
    said = [json.loads(line) for line in run.stderr.splitlines()]
    assert run.returncode == 1 and said[-1]["level"] == "critical", run
    assert "another process works in it" in said[-1]["message"], said


def test_a_configuration_that_names_no_format():
    server = Server(extra="log: { format: xml, level: loud }\n")
    run = subprocess.run([BINARY, "check-config", server.config], capture_output=True, text=True)
    server.__exit__()
    said = run.stdout + run.stderr
    assert run.returncode == 2 and "log.format: xml is none of text, json" in said, said
    assert "log.level: loud is none of trace, debug, info" in said, said
