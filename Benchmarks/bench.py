"""Runs the parts that are asked for, or all; prints their tables and writes .build/bench.json. Called by
tools/bench."""

import json
import subprocess
import sys

import alarms
import analytics
import cameras
import end_to_end
import floor
import late
import locks
import measure
import page
import peers
import queries
import scale
import scan
import scopes
import sizes
import zabbix


def micro():
    measure.section("micro: CPU time of one thread, allocations")
    file = measure.ROOT / ".build" / "micro.json"
    options = ["--smoke"] if measure.SMOKE else []
    subprocess.run([measure.BUILT / "micro", *options, "--json", file], check=True)
    for figure in json.loads(file.read_text()):
        measure.rows.append({**figure, "what": "micro: " + figure["what"]})


PARTS = {"micro": micro, "end-to-end": end_to_end.run, "peers": peers.run, "scale": scale.run,
         "sizes": sizes.run, "scan": scan.run, "cameras": cameras.run,
         "queries": queries.run, "scopes": scopes.run, "alarms": alarms.run,
         "late": late.run, "locks": locks.run, "floor": floor.run, "page": page.run,
         "analytics": analytics.run, "zabbix": zabbix.run}


def main():
    asked = [argument for argument in sys.argv[1:] if argument != "--smoke"]
    unknown = [name for name in asked if name not in PARTS]
    if unknown:
        sys.exit(f"cannot run {', '.join(unknown)}: the parts are {', '.join(PARTS)}")
    commit, machine = measure.commit(), measure.machine()
    print(f"commit {commit}; {machine}; median of {measure.RUNS}, least to most")
    file = measure.ROOT / ".build" / "bench.json"
    with measure.ReceiveMemory():
        for name in asked or PARTS:
            PARTS[name]()
            # After each part: one that fails leaves what the others found.
            file.write_text(json.dumps({"commit": commit, "machine": machine, "rows": measure.rows}, indent=1) + "\n")


main()
