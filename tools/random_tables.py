#!/usr/bin/env python3
"""Random tables, written as Parquet in every way pyarrow has and as CSV and JSON lines, profiled and judged by assay; every figure is
compared with one computed here from Python's own integers, fractions and decimals.

  random_tables.py --assay ./assay [--seeds 1:20] [-v]

Prints what differs, with the seed that repeats it; exit code 1 where anything does. Needs pyarrow.
"""
import argparse
import collections
import datetime as dt
import decimal
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile
from fractions import Fraction

import pyarrow as pa
import pyarrow.parquet as pq

D = decimal.Decimal
decimal.getcontext().prec = 120
EPOCH = dt.date(1970, 1, 1)


def float_values(r, width):
    special = [0.0, -0.0, 1.5, -2.25, 0.1, 1e-5, 3e4, 5e-7]
    if r.random() < 0.4:
        special += [math.nan]
    if r.random() < 0.3:
        special += [math.inf, -math.inf]
    return lambda: r.choice(special) if r.random() < 0.5 else r.gauss(0, 1) * 10 ** r.randint(-3, 3 if width == 16 else 6)


def ints(r, low, high):
    edge = [low, high, 0 if low <= 0 else low, 1]
    small = r.random() < 0.5
    return lambda: r.choice(edge) if r.random() < 0.1 else r.randint(max(low, 0), min(high, 9)) if small else r.randint(low, high)


def texts(r):
    words = ["", "a", "A", "é", "日本語", "a,b", 'q"q', "line\nend", "NULL", "NaN", "007", " x ", "true", "1e5", "🎲" * 3, "x" * 300, "2024-01-01", "\t"]
    many = r.random() < 0.5
    return lambda: str(r.randint(0, 10 ** 6)) + "é" * r.randint(0, 3) if many else r.choice(words)


def decimals(r, precision, scale):
    top = 10 ** precision - 1
    few = r.random() < 0.5
    return lambda: D(r.choice([0, 1, -1, top, -top]) if few else r.randint(-top, top)).scaleb(-scale)


def kinds(r):
    """name -> (arrow type, maker of a value, what JSON of assay shows: int, float, text, decimal, bool, bytes, date, time, timestamp)"""
    unit = r.choice(["s", "ms", "us", "ns"])
    per = {"s": 1, "ms": 10 ** 3, "us": 10 ** 6, "ns": 10 ** 9}[unit]
    zone = r.choice([None, "UTC", "Europe/Berlin", "+02:00"])
    p, s = r.choice([(1, 0), (9, 2), (18, 18), (18, 0), (19, 3), (28, 9), (38, 0), (38, 37)])
    span = 2 ** 62 // per if unit == "ns" else 60000000000
    out = {
        "bool": (pa.bool_(), lambda: r.random() < 0.5, "bool"),
        "f16": (pa.float16(), float_values(r, 16), "float"),
        "f32": (pa.float32(), float_values(r, 32), "float"),
        "f64": (pa.float64(), float_values(r, 64), "float"),
        "string": (r.choice([pa.string(), pa.large_string(), pa.string_view()]), texts(r), "text"),
        "category": (pa.dictionary(pa.int32(), pa.string()), lambda: r.choice(["gold", "silver", "bronze", ""]), "text"),
        "binary": (r.choice([pa.binary(), pa.large_binary()]), lambda: bytes(r.randint(0, 255) for _ in range(r.randint(0, 5))), "bytes"),
        "fixed": (pa.binary(4), lambda: bytes(r.randint(0, 255) for _ in range(4)), "bytes"),
        "decimal": (pa.decimal128(p, s), decimals(r, p, s), "decimal"),
        "date": (r.choice([pa.date32(), pa.date64()]), lambda: EPOCH + dt.timedelta(days=r.randint(-700000, 2900000 if r.random() < .5 else 100)), "date"),
        "stamp": (pa.timestamp(unit, zone), lambda: r.randint(-span, span) * per + r.randint(0, per - 1), "timestamp"),
        "t32": (pa.time32(r.choice(["s", "ms"])), None, "time"),
        "t64": (pa.time64(r.choice(["us", "ns"])), None, "time"),
        "nothing": (pa.int32(), lambda: None, "int"),
        "null": (pa.null(), lambda: None, "null"),
    }
    for bits in (8, 16, 32, 64):
        out[f"i{bits}"] = (getattr(pa, f"int{bits}")(), ints(r, -2 ** (bits - 1), 2 ** (bits - 1) - 1), "int")
        out[f"u{bits}"] = (getattr(pa, f"uint{bits}")(), ints(r, 0, 2 ** bits - 1), "int")
    for name in ("t32", "t64"):
        t = out[name][0]
        top = 86400 * {"s": 1, "ms": 10 ** 3, "us": 10 ** 6, "ns": 10 ** 9}[t.unit]
        out[name] = (t, lambda top=top: r.randint(0, top - 1), "time")
    return out


def random_table(r):
    n = r.choice([0, 1, 2, 7, 100, 1000, 3000])
    all_kinds = kinds(r)
    names = r.sample(sorted(all_kinds), r.randint(1, 8))
    columns = {}
    for name in names:
        typ, make, shown = all_kinds[name]
        share = r.choice([0, 0, 0.1, 0.5, 0.95, 1])
        values = [None if r.random() < share else make() for _ in range(n)]
        columns[name] = (pa.array(values, typ) if not pa.types.is_dictionary(typ) else pa.array(values, pa.string()).dictionary_encode(),
                         shown)
    return n, columns


ENCODINGS = {
    "int": ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"], "date": ["PLAIN", "DELTA_BINARY_PACKED"],
    "time": ["PLAIN", "DELTA_BINARY_PACKED"], "timestamp": ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
    "float": ["PLAIN", "BYTE_STREAM_SPLIT"], "text": ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"],
    "bytes": ["PLAIN"], "decimal": ["PLAIN"], "bool": ["PLAIN", "RLE"], "null": ["PLAIN"]}


def write_parquet(r, path, columns):
    table = pa.table({k: v[0] for k, v in columns.items()})
    dictionary = r.choice([True, False, r.sample(list(columns), r.randint(0, len(columns)))])
    options = dict(version=r.choice(["1.0", "2.4", "2.6"]), compression=r.choice(["none", "snappy", "gzip", "zstd", "lz4", "brotli"]),
                   use_dictionary=dictionary, data_page_size=r.choice([64, 1000, 2 ** 20]), row_group_size=r.choice([1, 7, 100, 10000]) if len(table) < 500 else r.choice([100, 333, 10000]),
                   data_page_version=r.choice(["1.0", "2.0"]), write_statistics=r.random() < 0.7, write_page_index=r.random() < 0.5,
                   write_page_checksum=r.random() < 0.5, store_schema=r.random() < 0.5, store_decimal_as_integer=r.random() < 0.5,
                   dictionary_pagesize_limit=r.choice([10, 1000, 2 ** 20]), write_batch_size=r.choice([1, 10, 1024]),
                   allow_truncated_timestamps=True)
    if dictionary is False and r.random() < 0.7:
        del options["use_dictionary"]
        encodings = {}
        for name, (array, shown) in columns.items():
            if shown == "int" and array.type.bit_width < 32:
                choices = ["PLAIN", "DELTA_BINARY_PACKED"]
            else:
                choices = ENCODINGS[shown]
            encodings[name] = r.choice(choices)
        options.update(use_dictionary=False, column_encoding=encodings)
    try:
        pq.write_table(table, path, **options)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as why:
        return None, f"{why}"
    try:
        return pq.read_table(path), options
    except OSError:  # pyarrow does not read everything that it writes
        return None, "unreadable"


# --- what the figures should be ---

def plain(array, shown):
    """The column's values as Python's: ints for times, Decimals, bytes, floats."""
    t = array.type
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if pa.types.is_dictionary(t):
        array = array.cast(t.value_type)
    if shown == "timestamp":
        return array.cast(pa.int64()).to_pylist()
    if shown == "date":
        return array.cast(pa.date32()).cast(pa.int32()).to_pylist()
    if shown == "time":
        return array.cast(pa.int32() if pa.types.is_time32(t) else pa.int64()).to_pylist()
    if shown == "float":
        return [None if x is None else float(x) for x in array.to_pylist()]
    return array.to_pylist()


def date_text(days):
    """Proleptic Gregorian beyond Python's years as well."""
    z = days + 719468
    era = z // 146097
    doe = z - era * 146097
    yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    day, month = doy - (153 * mp + 2) // 5 + 1, mp + 3 if mp < 10 else mp - 9
    year = yoe + era * 400 + (month <= 2)
    return f"{year:04d}-{month:02d}-{day:02d}" if 0 <= year <= 9999 else f"{'-' if year < 0 else '+'}{abs(year):04d}-{month:02d}-{day:02d}"


def clock_text(units, per):
    seconds, rest = divmod(units, per)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if rest:
        text += "." + f"{rest:0{len(str(per)) - 1}d}".rstrip("0")
    return text


PER = {"s": 1, "ms": 10 ** 3, "us": 10 ** 6, "ns": 10 ** 9}


def shows(x, shown, t):
    """The value as assay's JSON has it."""
    if x is None:
        return None
    if shown == "float":
        return "NaN" if math.isnan(x) else "Infinity" if x == math.inf else "-Infinity" if x == -math.inf else x
    if shown == "bytes":
        return {"hex": x.hex()}
    if shown == "date":
        return date_text(x)
    if shown == "time":
        return clock_text(x, PER[t.unit])
    if shown == "timestamp":
        days, rest = divmod(x, 86400 * PER[t.unit])
        return date_text(days) + "T" + clock_text(rest, PER[t.unit]) + ("Z" if t.tz else "")
    return x


def is_nan(x):
    return isinstance(x, float) and math.isnan(x)


def key(x):
    return 0.0 if x == 0 and isinstance(x, float) else "nan" if is_nan(x) else x


def same(a, b, shown):
    if shown in ("decimal",) and a is not None and b is not None and not isinstance(a, str):
        return D(str(a)) == D(str(b))
    if isinstance(a, float) or isinstance(b, float):
        try:
            return a == b or abs(float(a) - float(b)) <= 1e-12 * max(abs(float(a)), abs(float(b)))
        except (TypeError, ValueError):
            return a == b
    if shown == "text" and isinstance(a, dict):
        return a.get("truncated") and b.encode()[:256].decode(errors="ignore") == a.get("text", a.get("value"))
    return a == b


def parse(text):
    return json.loads(text, parse_float=D, parse_int=int)


class Check:
    def __init__(self, args):
        self.args, self.bad, self.done = args, 0, 0

    def say(self, seed, what):
        self.bad += 1
        print(f"seed {seed}: {what}", flush=True)

    def equal(self, seed, where, name, got, want, shown="int"):
        self.done += 1
        if not same(got, want, shown):
            self.say(seed, f"{where}: {name} is {got!r}, should be {want!r}")


def run(assay, *words):
    done = subprocess.run([assay, *map(str, words)], capture_output=True, timeout=120, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def check_profile(check, seed, where, path, table, columns, options):
    code, out, err = run(check.args.assay, "profile", path, "--output", "json")
    if code != 0:
        return check.say(seed, f"{where}: profile exits {code}: {err.strip()[:300]} {options}")
    profile = parse(out)
    got = {c["name"]: c for c in profile["columns"]}
    check.equal(seed, where, "rows", profile["batch"]["rows"], len(table))
    if list(got) != list(columns):
        check.say(seed, f"{where}: columns {list(got)} for {list(columns)}")
        return None
    for name, (_, shown) in columns.items():
        array = table[name]
        check_column(check, seed, f"{where} {name} {array.type}", got[name], plain(array, shown), shown, array.type)


def check_column(check, seed, where, got, values, shown, t):
    equal = lambda name, want, kind="int": check.equal(seed, where, name, got.get(name), want, kind)
    present = [x for x in values if x is not None]
    nans = sum(map(is_nan, present))
    good = [x for x in present if not is_nan(x)]
    equal("element_count", len(values))
    equal("null_count", len(values) - len(present))
    if shown == "float":
        equal("nan_count", nans)
    if shown == "null":
        return
    distinct = len({key(x) for x in present})
    if got.get("distinct_is_exact"):
        equal("distinct_count", distinct)
    elif abs(got["distinct_count"] - distinct) > 0.05 * distinct + 2:
        check.say(seed, f"{where}: distinct_count about {got['distinct_count']}, is {distinct}")
    order = (lambda x: x.encode()) if shown == "text" else None
    finite = [x for x in good if not (isinstance(x, float) and math.isinf(x))]
    if good and shown not in ("bool",):
        for name, x in (("min", min(good, key=order)), ("max", max(good, key=order))):
            wanted = shows(x, shown, t)
            if shown == "text" and len(x.encode()) > 256:
                continue
            equal(name, wanted, shown)
    firsts = [shows(x, shown, t) for x in present[:5]]
    if "first" in got and all(not isinstance(x, str) or len(x.encode()) <= 256 for x in firsts):
        ok = len(got["first"]) == len(firsts) and all(same(a, b, shown) for a, b in zip(got["first"], firsts))
        check.done += 1
        if not ok:
            check.say(seed, f"{where}: first {got['first']} for {firsts}")
    if shown in ("int", "decimal", "float") and good and len(finite) == len(good):
        total = sum(map(Fraction, good))
        n = len(good)
        if shown != "float":
            if "sum" in got:
                check.done += 1
                if Fraction(got["sum"]) != total and abs(total) * 10 ** (t.scale if shown == "decimal" else 0) < 10 ** 38:
                    check.say(seed, f"{where}: sum {got['sum']} for {total}")
        else:
            equal("sum", float(total), "float")
        if "mean" in got:
            equal("mean", float(total / n), "float")
        if n > 1 and got.get("stdev") is not None:
            mean = total / n
            variance = sum((Fraction(x) - mean) ** 2 for x in good) / (n - 1)
            scale = D(variance.numerator) / D(variance.denominator)
            equal("stdev", float(scale.sqrt()), "float")
        ordered = sorted(good)
        for p, q in got.get("quantiles", {}).items():
            if shown != "int":
                continue
            at = Fraction(str(p)) * (n - 1)
            low = int(at)
            exact = ordered[low] + (Fraction(ordered[min(low + 1, n - 1)]) - ordered[low]) * (at - low)
            check.equal(seed, where, f"quantile {p}", q, float(exact), "float")
    counts = collections.Counter(key(x) for x in good)
    if got.get("top"):
        check.done += 1
        best = sorted(counts.values(), reverse=True)[:len(got["top"])]
        if [x["count"] for x in got["top"]] != best:
            check.say(seed, f"{where}: top counts {[x['count'] for x in got['top']]} for {best}")


# --- checks ---

def literal(x, shown, t):
    if shown == "float":
        return ".inf" if x == math.inf else "-.inf" if x == -math.inf else repr(x)
    if shown == "decimal":
        return format(x, "f")
    if shown in ("date", "time", "timestamp", "text"):
        return json.dumps(shows(x, shown, t), ensure_ascii=False).replace("\x7f", "\\x7f")
    return str(x).lower()


def check_suite(check, r, seed, where, path, table, columns):
    lines, wanted = ["suite: random", "allow_empty: true", "columns:"], {}
    n = len(table)
    for name, (_, shown) in columns.items():
        array = table[name]
        t = array.type
        values = plain(array, shown)
        present = [x for x in values if x is not None]
        good = [x for x in present if not is_nan(x)]
        nans = len(present) - len(good)
        if shown in ("null", "bytes"):
            continue
        items = ["not_null", "unique", "distinct_count: {min: 0, nan: ignore, on_empty: pass}"]
        wanted[f"{name}.not_null"] = dict(unexpected_count=n - len(good), element_count=n, missing_count=n - len(present))
        counts = collections.Counter(key(x) for x in present)
        groups = [c for k, c in counts.items() if c > 1]
        wanted[f"{name}.unique"] = dict(unexpected_count=sum(groups) + (nans == 1), duplicate_groups=len(groups),
                                        surplus_rows=sum(groups) - len(groups))
        distinct = len({key(x) for x in good})
        if good:
            wanted[f"{name}.distinct_count"] = dict(observed_value=distinct)
        if good and shown != "bool" and not any(isinstance(x, str) and ("\x00" in x) for x in good):
            order = (lambda x: x.encode()) if shown == "text" else (lambda x: x)
            a, b = sorted([r.choice(good), r.choice(good)], key=order)
            strict = r.random() < 0.3 and a != b
            more = ", strict_min: true, strict_max: true" if strict else ""
            items.append(f"between: {{min: {literal(a, shown, t)}, max: {literal(b, shown, t)}{more}}}")
            inside = [x for x in good if (order(a) < order(x) < order(b) if strict else order(a) <= order(x) <= order(b))]
            wanted[f"{name}.between"] = dict(unexpected_count=len(present) - len(inside), considered_count=len(present))
            some = r.sample(good, min(len(good), r.randint(1, 5)))
            items.append("in_set: [" + ", ".join(literal(x, shown, t) for x in some) + "]")
            items.append("not_in_set: [" + ", ".join(literal(x, shown, t) for x in some) + "]")
            members = sum(key(x) in {key(y) for y in some} for x in good)
            wanted[f"{name}.in_set"] = dict(unexpected_count=len(present) - members)
            wanted[f"{name}.not_in_set"] = dict(unexpected_count=members + nans)
        if good and shown == "text":
            low = r.randint(0, 4)
            items.append(f"length_between: {{min: {low}, max: {low + 3}}}")
            wanted[f"{name}.length_between"] = dict(unexpected_count=sum(not low <= len(x) <= low + 3 for x in good))
        lines.append(f"  {name}:")
        lines += [f"    - {x}" for x in items]
    if not wanted:
        return
    suite = path.parent / "suite.yaml"
    suite.write_text("\n".join(lines) + "\n")
    outs = []
    for words in ([], ["--evidence", "values", "--threads", "1"]):
        code, out, err = run(check.args.assay, "check", suite, path, "--output", "json", "--no-samples", *words)
        if code not in (0, 1):
            return check.say(seed, f"{where}: check exits {code}: {err.strip()[:300]}")
        report = parse(out)
        outs.append({k: v for k, v in report.items() if k != "run"})
        got = {x["id"]: x for x in report["results"]}
        for name, facts in wanted.items():
            for fact, x in facts.items():
                check.equal(seed, f"{where} {words[:2]}", f"{name} {fact}", got[name].get(fact), x)
    if outs[0] != outs[1]:
        check.say(seed, f"{where}: --evidence values gives another document")
    return outs[0]["verdict_digest"], suite


# --- text ---

def csv_text(r, table, columns):
    quoting, end = r.choice(["some", "all", "texts"]), r.choice(["\n", "\r\n"])
    delimiter = r.choice([",", ";", "\t", "|"])

    def cell(x, shown, t):
        if x is None:
            return ""
        if shown == "float":
            text = "NaN" if is_nan(x) else {math.inf: "inf", -math.inf: "-inf"}.get(x, repr(x))
        elif shown == "bool":
            text = "true" if x else "false"
        elif shown == "decimal":
            text = format(x, "f")
        else:
            text = str(shows(x, shown, t))
        needs = text == "" or any(c in text for c in delimiter + '"\r\n') or text.strip() != text
        if quoting == "all" or needs or (quoting == "texts" and shown == "text"):
            return '"' + text.replace('"', '""') + '"'
        return text

    rows = [delimiter.join('"' + k + '"' if quoting == "all" else k for k in columns)]
    data = [plain(table[k], shown) for k, (_, shown) in columns.items()]
    meta = [(shown, table[k].type) for k, (_, shown) in columns.items()]
    for row in zip(*data):
        rows.append(delimiter.join(cell(x, *m) for x, m in zip(row, meta)))
    body = end.join(rows) + (end if r.random() < 0.8 or len(rows) == 1 or rows[-1] == "" else "")
    return body, delimiter


def types_of(table, columns):
    out = {}
    for name, (_, shown) in columns.items():
        t = table[name].type
        if shown == "int":
            out[name] = str(t)
        elif shown == "timestamp":
            out[name] = "timestamp"
        elif shown == "float":
            out[name] = {"halffloat": "double", "float": "float", "double": "double"}[str(t)]
        elif shown == "decimal":
            out[name] = f"decimal({t.precision},{t.scale})"
        else:
            out[name] = {"text": "string"}.get(shown, shown)
    return out


def json_text(table, columns):
    rows = []
    data = [plain(table[k], shown) for k, (_, shown) in columns.items()]
    meta = [(shown, table[k].type) for k, (_, shown) in columns.items()]
    for row in zip(*data):
        cells = []
        for name, x, (shown, t) in zip(columns, row, meta):
            v = format(x, "f") if shown == "decimal" and x is not None else json.dumps(shows(x, shown, t))
            cells.append(f'"{name}": {v}')
        rows.append("{" + ", ".join(cells) + "}")
    return "\n".join(rows) + ("\n" if rows else "")


def one(check, seed, folder):
    r = random.Random(seed)
    n, columns = random_table(r)
    path = folder / "data.parquet"
    table, options = write_parquet(r, path, columns)
    if table is None:
        return
    check_profile(check, seed, "parquet", path, table, columns, options)
    judged = check_suite(check, r, seed, "parquet", path, table, columns)
    plain_columns = {k: v for k, v in columns.items() if v[1] not in ("bytes", "null")
                     and str(table[k].type) != "halffloat"}
    if not plain_columns or n == 0:
        return
    if len(plain_columns) == 1:
        only = next(iter(plain_columns))
        if table[only].null_count:
            return  # a blank line is no record of one cell
    table = table.select(list(plain_columns))
    typed = "types: {" + ", ".join(f"{k}: '{v}'" for k, v in types_of(table, plain_columns).items()) + "}\n"
    path2 = folder / "plain.parquet"
    pq.write_table(table, path2)
    judged = check_suite(check, r, seed, "plain", path2, table, plain_columns)
    if not judged:
        return
    suite = judged[1]
    text = suite.read_text().replace("columns:\n", typed + "columns:\n", 1)
    suite.write_text(text)
    body, delimiter = csv_text(r, table, plain_columns)
    (folder / "data.csv").write_bytes(body.encode())
    (folder / "data.jsonl").write_text(json_text(table, plain_columns))
    digests = {}
    for name in ("plain.parquet", "data.csv", "data.jsonl"):
        words = ["--delimiter", delimiter if delimiter != "\t" else "tab", "--quote", '"', "--header"] if name.endswith("csv") else []
        code, out, err = run(check.args.assay, "check", suite, folder / name, "--output", "json", *words)
        if code not in (0, 1):
            check.say(seed, f"{name}: check exits {code}: {err.strip()[:300]}")
            continue
        report = parse(out)
        digests[name] = report["verdict_digest"]
        check.done += 1
        if name == "plain.parquet":
            first = report
        elif report["verdict_digest"] != first["verdict_digest"]:
            bad = [(a["id"], {k: (v, b.get(k)) for k, v in a.items() if b.get(k) != v and k not in ("unexpected_sample",)} or "sample")
                   for a, b in zip(first["results"], report["results"])
                   if {k: v for k, v in a.items() if k != "unexpected_sample"} != {k: v for k, v in b.items() if k != "unexpected_sample"}
                   or [x.get("value") for x in a.get("unexpected_sample", [])] != [x.get("value") for x in b.get("unexpected_sample", [])]]
            check.say(seed, f"{name}: another digest than Parquet: {str(bad)[:600]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay", default="./assay")
    parser.add_argument("--seeds", default="1:40")
    parser.add_argument("-v", action="store_true")
    parser.add_argument("--keep")
    args = parser.parse_args()
    first, _, last = args.seeds.partition(":")
    check = Check(args)
    for seed in range(int(first), int(last or first) + 1):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(args.keep or folder)
            try:
                one(check, seed, folder)
            except subprocess.TimeoutExpired:
                check.say(seed, "over time")
    print(f"random tables: {check.done} figures compared, {check.bad} differ")
    return 1 if check.bad else 0


if __name__ == "__main__":
    sys.exit(main())
