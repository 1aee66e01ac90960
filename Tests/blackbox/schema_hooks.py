"""Hooks for schemathesis: names that are stored stand for invented ones three times in four, so that questions find
something; and what was answered is noted, so that the check can say that they did."""
import itertools
import json
import os
import zlib

import schemathesis

STORED = {
    "measurement": ["air", "air", "empty"],
    "field": ["pm", "pm", "big", "open", "note"],
    "device": ["a1", "a1", "stranger"],
    "area": ["52", "21550", "48"],
    "class": ["sensor", "camera"],
    "domain": ["environment", "security"],
    "agency": ["monre", "police"],
    "kind": ["syslog", "app"],
    "severity": ["informational", "informational,error"],
    "from": ["2020-01-01T00:00:00Z", "2020-01-01T00:00:00%2B07:00".replace("%2B", "+")],
    "to": ["2100-01-01T00:00:00Z"],
    "step": ["1h", "1d", "7d"],
    "id": ["a1", "a2", "stranger", "never"],
    "aggregate": ["count", "avg,min,max", "first,last,sum,stddev", "p50,p99.9,count"],
}

# Each form has its turn: chance would leave one out now and then.
FORMATS = {
    "/v1/rollups": itertools.cycle(["json", "csv", "arrow"]),
    "/v1/devices/{id}/readings": itertools.cycle(["json", "csv"]),
}


def choice(seed, names):
    return names[zlib.crc32(seed.encode()) % len(names)]


def with_stored(values, optional_from_one):
    if not values:
        return values
    found = dict(values)
    seed = repr(sorted(found.items(), key=lambda item: item[0]))
    if zlib.crc32(seed.encode()) % 4 == 0:
        return found
    for name in list(found):
        # A filter of everything at once finds nothing: most are left out.
        if (
            name in ("area", "class", "domain", "agency", "device", "cursor", "kind", "severity", "level")
            and optional_from_one
        ):
            if zlib.crc32((seed + name).encode()) % 3:
                del found[name]
                continue
        if name in STORED:
            found[name] = choice(seed + name, STORED[name])
    return found


@schemathesis.hook
def map_query(context, query):
    if not os.environ.get("THINAI_STORED"):
        return query
    found = with_stored(query, True)
    if context.operation.path in FORMATS:
        found = {**(found or {}), "format": next(FORMATS[context.operation.path])}
    return found


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    return with_stored(path_parameters, False) if os.environ.get("THINAI_STORED") else path_parameters


@schemathesis.hook
def after_call(context, case, response):
    kind = response.headers.get("content-type", [""])[0].partition(";")[0]
    with open(os.environ["THINAI_ANSWERS"], "a") as file:
        file.write(json.dumps([case.operation.path, response.status_code, kind, len(response.content)]) + "\n")
