"""What `sizes` and `scan` store: a fleet that is made up, and real series of `THINAI_CAPTURES`.

A data set has a measurement's name, its readings' count, its lines in the order of time, and its bare columns, sorted
by device and time.
"""
import csv
import datetime
import decimal
import gzip
import json

import numpy

from measure import blackbox

UTC = datetime.timezone.utc


class Fleet:
    """1,000 devices, four fields, a row a second: temperature and humidity that seldom step, a counter, a battery."""

    measurement = "tel"

    def __init__(self, devices, seconds, base, jitter_millis=0):
        random = numpy.random.default_rng(42)
        shape = (seconds, devices)

        def walk(low, high, share):
            steps = random.choice([-1, 0, 1], size=shape, p=[share, 1 - 2 * share, share])
            return random.integers(low, high, devices) + numpy.cumsum(steps, axis=0)

        self.name = f"fleet, {f'{jitter_millis} ms jitter' if jitter_millis else 'regular timestamps'}"
        self.temperature = walk(50, 350, .1)
        self.humidity = walk(300, 800, .15)
        self.count = random.integers(0, 1_000_000, devices) + numpy.cumsum(random.integers(0, 21, shape), axis=0)
        self.battery = random.integers(330, 420, devices) - numpy.cumsum(random.random(shape) < .001, axis=0) - (
            random.random(shape) < .05)
        self.millis = (base + numpy.arange(seconds))[:, None] * 1000 + numpy.zeros(shape, dtype=numpy.int64)
        if jitter_millis:
            self.millis = self.millis + numpy.round(random.normal(0, jitter_millis, shape)).astype(numpy.int64)
        self.readings = 4 * seconds * devices
        self.rows = seconds * devices
        self.devices = [f"d{number:04d}" for number in range(devices)]

    def lines(self):
        for second in range(len(self.millis)):
            columns = (self.temperature, self.humidity, self.count, self.battery, self.millis)
            for device, t, h, c, b, at in zip(self.devices, *(column[second].tolist() for column in columns)):
                yield (f"tel,dev={device} temp={t / 10},hum={h / 10},cnt={c}i,bat={b / 100} {at}000000")

    def columns(self):
        """Name, integers, decimal places; device by device."""
        for name, values, places in [("time", self.millis, 0), ("temp", self.temperature, 1), ("hum", self.humidity, 1),
                                     ("cnt", self.count, 0), ("bat", self.battery, 2)]:
            yield name, values.T.reshape(-1).astype(numpy.int64), None, places

    def keys(self):
        return numpy.repeat(self.devices, len(self.millis))


class Minutes(Fleet):
    """1,000 devices, four fields, a row a minute for many days, all of them in the past."""

    def __init__(self, devices, days, last_day):
        random = numpy.random.default_rng(1)
        shape = (days * 1_440, devices)
        self.name = f"{days} days by the minute"
        self.temperature = random.integers(150, 350, devices) + numpy.cumsum(random.integers(-1, 2, shape), axis=0)
        self.humidity = random.integers(300, 800, devices) + numpy.cumsum(random.integers(-1, 2, shape), axis=0)
        self.count = numpy.cumsum(random.integers(0, 1_200, shape), axis=0)
        self.battery = random.integers(330, 420, devices) + numpy.zeros(shape, dtype=numpy.int64)
        begin = last_day - days * 86_400
        self.millis = (begin + 60 * numpy.arange(len(self.count)))[:, None] * 1000 + numpy.zeros(
            shape, dtype=numpy.int64
        )
        self.readings, self.rows = 4 * self.count.size, self.count.size
        self.devices = [f"d{number:05d}" for number in range(devices)]


class Series:
    """Rows of a real series: device, milliseconds, the fields' texts."""

    def __init__(self, name, measurement, rows):
        self.name, self.measurement = name, measurement
        self.table = sorted(rows, key=lambda row: (row[0], row[1]))
        self.readings = sum(len(row[2]) for row in self.table)
        self.rows = len(self.table)

    def lines(self):
        for device, at, fields in sorted(self.table, key=lambda row: row[1]):
            yield f"{self.measurement},dev={device} " + ",".join(f"{k}={v}" for k, v in fields.items()) + f" {at}000000"

    def columns(self):
        yield "time", numpy.array([row[1] for row in self.table], dtype=numpy.int64), None, 0
        for name in sorted({name for row in self.table for name in row[2]}):
            texts = [row[2][name].rstrip("i") for row in self.table if name in row[2]]
            numbers = [decimal.Decimal(text) for text in texts]
            places = max(0, max(-number.normalize().as_tuple().exponent for number in numbers))
            try:
                integers = numpy.array([int(number.scaleb(places)) for number in numbers], dtype=numpy.int64)
            except OverflowError:
                integers = None
            yield name, integers, numpy.array([float(text) for text in texts]), places

    def keys(self):
        return numpy.array([row[0] for row in self.table])


def folder(name):
    path = blackbox.CAPTURES / "series" / name
    return path if path.exists() else None


def is_number(text):
    try:
        return bool(text) and decimal.Decimal(text).is_finite()
    except decimal.InvalidOperation:
        return False


def millis(text, form):
    return int(datetime.datetime.strptime(text, form).replace(tzinfo=UTC).timestamp() * 1000)


def beijing():
    names = ("PM2.5", "PM10", "SO2", "NO2", "CO", "O3", "TEMP", "PRES", "DEWP", "RAIN", "WSPM")
    for file in sorted(folder("beijing-air").glob("*.csv")):
        for row in csv.DictReader(open(file)):
            at = datetime.datetime(*(int(row[k]) for k in ("year", "month", "day", "hour")), tzinfo=UTC)
            fields = {k.replace(".", "").lower(): row[k] for k in names if is_number(row[k])}
            if fields:
                yield row["station"], int(at.timestamp() * 1000), fields


def ett():
    for file in sorted(folder("ett").glob("*.csv")):
        for row in csv.DictReader(open(file)):
            yield (
                file.stem,
                millis(row.pop("date"), "%Y-%m-%d %H:%M:%S"),
                {k: v for k, v in row.items() if is_number(v)},
            )


def nab():
    for file in sorted(folder("nab").glob("*.csv")):
        for row in csv.DictReader(open(file)):
            yield file.stem, millis(row["timestamp"].split(".")[0], "%Y-%m-%d %H:%M:%S"), {"value": row["value"]}


def kpi():
    for file in sorted(folder("5g-kpi").glob("*.csv")):
        for row in csv.DictReader(open(file)):
            at = millis(row.pop("Timestamp"), "%Y.%m.%d_%H.%M.%S")
            fields = {k: v for k, v in row.items() if k and not k.endswith("HEX") and is_number(v)}
            if fields:
                yield file.stem[:40].replace(" ", ""), at, fields


def lorawan():
    for file in sorted(folder("lorawan").glob("*.csv")):
        for row in csv.DictReader(open(file), delimiter=";"):
            at = millis(row.pop("date"), "%Y-%m-%dT%H:%M:%S")
            yield file.stem, at, {k: v for k, v in row.items() if k and is_number(v)}
    for file in sorted(folder("lorawan").glob("*.ndjson.gz")):
        for line in gzip.open(file, "rt"):
            record = json.loads(line, parse_float=str, parse_int=str)
            fields = dict(fcnt=record.get("fcnt") or record.get("fCnt"))
            decoded = record.get("decoded") or {}
            fields.update(decoded.get("payload") or {} if isinstance(decoded, dict) else {})
            for spot in (record.get("hotspots") or record.get("rxInfo") or [])[:1]:
                fields.update(rssi=spot.get("rssi"), snr=spot.get("snr") or spot.get("loRaSNR"))
            fields = {k: v for k, v in fields.items() if isinstance(v, str) and is_number(v)}
            if fields and "_timestamp" in record:
                yield file.name.split(".")[0], int(record["_timestamp"]), fields


REAL = {"beijing-air": beijing, "ett": ett, "nab": nab, "lorawan": lorawan, "5g-kpi": kpi}


def real(name, most=None):
    """That series; nil, said plainly, where it is not on this machine."""
    if folder(name) is None:
        print(f"no series {name} at {blackbox.CAPTURES}; THINAI_CAPTURES names another place", flush=True)
        return None
    # What says the same twice is one row.
    rows = {(device, at, tuple(fields.items())): (device, at, fields) for device, at, fields in REAL[name]()}
    return Series(name, name.replace("-", "_"), list(rows.values())[:most])
