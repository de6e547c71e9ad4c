#!/usr/bin/env python3
"""Runs assay over the shared corpora and prints one table; fails where a number got worse than tests/conformance.baseline.

  conformance.py --assay ./assay --corpora ../shared/corpora [--only parquet,csv] [-v] [--update]

agree     the same as the witnesses say
refused   refused as wanted, with exit code 3 (data) or 2 (suite)
differ    anything else: another answer, a crash, over time or memory
not yet   something that assay says it cannot do yet (-v says what)
n/a       makes no sense here; the reason by name with -v

Python's standard library only. Files are judged by two workers, each in a process of its own under a limit of time and memory.
"""
import argparse
import concurrent.futures
import csv
import gzip
import json
import math
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile

VERDICTS = ("agree", "refused", "differ", "not yet", "n/a")
MIB = 1 << 20
ARGS = None


class Run:
    """One process: exit code (negative: a signal, None: over time), what it printed."""

    def __init__(self, *words, seconds=30, memory=4096 * MIB, data=None):
        limit = (lambda: resource.setrlimit(resource.RLIMIT_AS, (memory, memory))) if not ARGS.no_limits else None
        try:
            done = subprocess.run([ARGS.assay, *map(str, words)], input=data, stdin=None if data else subprocess.DEVNULL,
                                  capture_output=True, timeout=seconds, preexec_fn=limit)
            self.code, self.out, self.err = done.returncode, done.stdout, done.stderr.decode(errors="replace")
        except subprocess.TimeoutExpired:
            self.code, self.out, self.err = None, b"", "over time"

    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            return None

    def why(self):
        lines = self.err.strip().splitlines()
        return f"exit {self.code}: {lines[0] if lines else ''}"[:300]

    def is_crash(self):
        return self.code is None or self.code < 0 or self.code == 4 or self.code > 4


def number(x):
    """Expected figures are numbers, or text where they are beyond 2^53."""
    if isinstance(x, bool) or x is None:
        return x
    if isinstance(x, str):
        try:
            return int(x)
        except ValueError:
            return x
    return x


# --- parquet ---

# Where we decided otherwise than the witnesses, with the reason.
DECIDED = {"data__datapage_v1-corrupt-checksum.parquet": "a page's checksum is verified where there is one"}


def same_figure(ours, theirs, kind):
    theirs = number(theirs)
    if isinstance(theirs, float) and isinstance(ours, (int, float)):
        return ours == theirs or math.isclose(ours, theirs, rel_tol=1e-12)
    if kind in ("string", "binary") or not isinstance(theirs, (int, float)) or not isinstance(ours, (int, float)):
        return True  # times, text and bytes are shown differently; their digest covers them
    return ours == theirs


def compare_column(ours, theirs):
    """None where all is the same, else what differs."""
    if ours["element_count"] != theirs["entries"]:
        return f"{ours['element_count']} entries, not {theirs['entries']}"
    if ours["element_count"] - ours["null_count"] != theirs["non_null"]:
        return f"{ours['null_count']} nulls, not {theirs['entries'] - theirs['non_null']}"
    if "values_sha256" in theirs and ours.get("values_sha256") != theirs["values_sha256"]:
        return f"values differ (first {ours.get('first')}, not {theirs.get('first5')})"
    for figure in ("min", "max"):
        if figure in theirs and figure in ours and not same_figure(ours[figure], theirs[figure], ours["type"]):
            return f"{figure} {ours[figure]}, not {theirs[figure]}"
    return None


def compare_parquet(profile, expected):
    ours = {c["name"]: c for c in profile["columns"]}
    later = []
    for name, theirs in expected["columns"].items():
        if name not in ours:
            if any(n == name or name.startswith((n + ".", n + "[")) for n in ours):
                later.append(name)
                continue
            return "differ", f"column {name} is not there"
        if "note" in ours[name]:
            later.append(name)
            continue
        if "entries" not in theirs:
            continue
        problem = compare_column(ours[name], theirs)
        if problem:
            return "differ", f"{name}: {problem}"
    return ("not yet", "nested: " + " ".join(later)) if later else ("agree", "")


def one_parquet(path):
    expected = json.loads(path.read_text())
    file = path.parent.parent / expected.get("file", path.name[:-5].replace("__", "/"))
    run = Run("profile", file, "--digest", "--output", "json", "--threads", "1", seconds=60)
    if run.is_crash():
        return "differ", run.why()
    pyarrow, duckdb = expected.get("pyarrow", {}), expected.get("duckdb", {})
    if "without_key" in expected or (not pyarrow.get("read_ok") and not duckdb.get("read_ok")):
        return ("refused", run.why()) if run.code == 3 else ("differ", "read, though both witnesses refuse it")
    if not pyarrow.get("read_ok"):  # one witness alone: either answer is right
        return ("refused", run.why()) if run.code == 3 else ("agree", "read by one witness alone")
    if run.code == 3 and path.stem in DECIDED:
        return "refused", DECIDED[path.stem]
    if "columns" not in pyarrow:  # read, but Python could not hold it: invalid UTF-8
        return ("agree", "") if run.code in (0, 3) else ("differ", run.why())
    if run.code != 0:
        return ("not yet" if "not yet" in run.err or "not supported" in run.err else "differ"), run.why()
    return compare_parquet(run.json(), pyarrow)


def parquet():
    return [(p.stem, one_parquet, (p,)) for p in sorted(ARGS.corpora.glob("parquet/*/expected/*.json"))]


# --- csv ---

def one_csv_rows(path):
    expected = json.loads(path.read_text())
    file = path.parent.parent / expected["file"]
    run = Run("profile", file, "--format", "csv", "--output", "json", "--header")
    if run.is_crash():
        return "differ", run.why()
    if not expected.get("witnesses", {}).get("row_counts_agree"):
        return "n/a", "the witnesses disagree"
    counts = [n for n in expected["witnesses"]["rows"].values() if isinstance(n, int)]
    if run.code != 0:
        return "differ", run.why()
    batch = run.json()["batch"]
    damage = batch.get("damage", {"records": 0, "items": []})
    rows = batch["rows"] + damage["records"] - any(i["what"].endswith("in the header") for i in damage["items"])
    return ("agree", "") if rows == counts[0] else ("differ", f"{rows} rows, not {counts[0]}: {batch.get('damage', '')}"[:200])


def one_csv_cells(path):
    expected = json.loads(path.read_text())
    theirs = expected.get("python_csv", {})
    if "cells_sha256" not in theirs or not expected.get("witnesses", {}).get("row_counts_agree"):
        return "n/a", "Python's csv module refuses it, or the witnesses disagree"
    run = Run("profile", path.parent.parent / expected["file"], "--format", "csv", "--delimiter", ",", "--digest",
              "--output", "json")
    if run.code != 0:
        return "differ", run.why()
    batch = run.json()["batch"]
    told = {k: v["is"] for k, v in batch["files"][0].get("told", {}).items()}
    usual = {"quote": "'\"'", "escape": "none", "comment": "none"}
    if any(told.get(k, v) != v for k, v in usual.items()) or "skip_lines" in told:
        return "n/a", f"another dialect by our rule: {told}"
    if "damage" in batch:
        return "n/a", "damaged by our rule: " + batch["damage"]["items"][0]["what"]
    return ("agree", "") if batch.get("cells_sha256") == theirs["cells_sha256"] else ("differ", f"cells differ, {batch['rows']} rows")


def csv_rows():
    return [(p.stem, one_csv_rows, (p,)) for p in sorted(ARGS.corpora.glob("csv/*/expected/*.json"))]


def csv_cells():
    return [(p.stem, one_csv_cells, (p,)) for p in sorted(ARGS.corpora.glob("csv/*/expected/*.json"))]


# --- fuzz and hostile ---

def survives(file, *words, codes=(0, 3), seconds=10, memory=1024 * MIB):
    run = Run(*words, file, seconds=seconds, memory=memory)
    if run.code not in codes:
        return "differ", run.why()
    return ("refused", run.why()) if run.code else ("agree", "")


def fuzz():
    files = [p for p in sorted(ARGS.corpora.glob("fuzz/*/**/*")) if p.is_file() and p.name != "OUTCOMES.json"]
    kind = lambda p: p.relative_to(ARGS.corpora / "fuzz").parts[0]
    return [(p.name, survives, (p, "profile", "--format", kind(p), "--output", "json")) for p in files]


def data_file(folder, text="x\n1\n"):
    path = pathlib.Path(folder) / "data.csv"
    path.write_text(text)
    return path


def hostile_suite(file):
    """A suite of hostile text: a named error, but for the one that is a good suite of odd scalars."""
    with tempfile.TemporaryDirectory() as folder:
        run = Run("check", file, data_file(folder), seconds=5, memory=512 * MIB)
    if file.name == "huge_exponent.json" and run.code in (0, 1):
        return "agree", ""
    return ("refused", run.why()) if run.code == 2 and run.err.strip() else ("differ", run.why())


def hostile_regex(file):
    case = json.loads(file.read_text())
    with tempfile.TemporaryDirectory() as folder:
        suite = pathlib.Path(folder) / "suite.json"
        if isinstance(case, list):  # each must be refused when the suite is read
            for pattern in case:
                suite.write_text(json.dumps({"suite": "s", "columns": {"x": [{"matches_regex": pattern}]}}))
                run = Run("check", suite, data_file(folder), seconds=5)
                if run.code != 2:
                    return "differ", f"{pattern[:40]!r}: {run.why()}"
            return "refused", ""
        data = pathlib.Path(folder) / "data.jsonl"
        data.write_text(json.dumps({"x": case["subject"]}) + "\n")
        suite.write_text(json.dumps({"suite": "s", "columns": {"x": [{"matches_regex": case["pattern"]}]}}))
        run = Run("check", suite, data, seconds=5)
        return ("agree", "") if run.code in (0, 1, 3) else ("differ", run.why())


def hostile_parquet(file):
    with tempfile.TemporaryDirectory() as folder:
        suite = pathlib.Path(folder) / "suite.json"
        if file.name == "bomb_1e8_rows.parquet":
            suite.write_text(json.dumps({"suite": "s", "columns": {"x": [{"mean": {"min": 42, "max": 42}}]}}))
            run = Run("check", suite, file, "--output", "json", seconds=30, memory=1024 * MIB)
            report = run.json() or {}
            names = [c["name"] for c in report.get("batch", {}).get("columns", [])]
            if run.code == 1 and names and "x" not in names:
                suite.write_text(json.dumps({"suite": "s", "columns": {names[0]: [{"mean": {"min": 42, "max": 42}}]}}))
                run = Run("check", suite, file, seconds=30, memory=1024 * MIB)
            return ("agree", "") if run.code == 0 else ("differ", run.why())
        if file.suffix == ".gz":
            target = pathlib.Path(folder) / file.stem
            with gzip.open(file) as packed, open(target, "wb") as plain:
                shutil.copyfileobj(packed, plain)
            suite.write_text(json.dumps({"suite": "s", "table": [{"row_count": {"min": 1}}]}))
            run = Run("check", suite, target, "--output", "json", seconds=10, memory=1024 * MIB)
            return ("agree", "") if run.code == 0 else ("differ", run.why())
    one = survives(file, "profile", "--output", "json", "--threads", "1")
    two = survives(file, "profile", "--output", "json", "--threads", "2")
    return one if one == two else ("differ", f"threads matter: {one} and {two}")


def one_hostile(file, expect):
    kind = file.parent.name
    if kind == "http":
        return "n/a", "the service has its own tests"
    if kind in ("yaml", "json"):
        return hostile_suite(file)
    if kind == "regex":
        return hostile_regex(file)
    if kind == "parquet":
        return hostile_parquet(file)
    return survives(file, "profile", "--format", "csv", "--output", "json", seconds=60)  # 100,000 columns, each measured


def hostile():
    cases = json.loads((ARGS.corpora / "hostile/EXPECT.json").read_text())
    return [(c["file"], one_hostile, (ARGS.corpora / "hostile" / c["file"], c["expect"])) for c in cases]


# --- parsers ---

BY_DESIGN = {"y_object_duplicated_key.json": "a key twice is refused", "y_object_duplicated_key_and_value.json": "a key twice is refused",
             "y_string_null_escape.json": "NUL in a string is refused", "y_object_escaped_null_in_key.json": "NUL in a key is refused"}


def one_json(file):
    text = file.read_bytes()
    suite = b'{"suite": "s", "columns": {"x": ["not_null"]}, "meta": {"tested":\n' + text + b"\n}}"
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "suite.json"
        path.write_bytes(suite)
        run = Run("check", path, data_file(folder), seconds=5)
    if run.is_crash() or run.code == 3:
        return "differ", run.why()
    if file.name.startswith("y_"):
        if run.code == 2 and file.name in BY_DESIGN:
            return "refused", BY_DESIGN[file.name]
        return ("agree", "") if run.code == 0 else ("differ", run.why())
    if file.name.startswith("n_"):
        return ("refused", "") if run.code == 2 else ("differ", "accepted")
    return "agree", ""


MARKS = (("␣", " "), ("∎\n", ""), ("∎", ""), ("↵", ""), ("⇔", "\ufeff"), ("←", "\r"))


def yaml_documents(text):
    """The `yaml:` blocks of a test file and whether each must fail; enough YAML for these files."""
    tests, block, fails = [], None, False
    for line in text.splitlines() + ["- end"]:
        if block is not None and (line.startswith("    ") or not line.strip()):
            block.append(line[4:])
            continue
        if block is not None:
            tests.append("\n".join(block) + "\n")
            block = None
        if line.startswith("- "):
            if len(tests):
                yield tests.pop(), fails
            fails = False
        if re.match(r"(- |  )fail: true", line):
            fails = True
        if re.match(r"(- |  )yaml: \|", line):
            block = []


def one_yaml(file):
    answer = ("agree", "")
    for text, fails in yaml_documents(file.read_text()):
        for mark, real in MARKS:
            text = text.replace(mark, real)
        text = re.sub("—*»", "\t", text)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "suite.yaml"
            path.write_text(text, newline="")
            run = Run("check", path, data_file(folder), seconds=5)
        if run.code != 2:  # none of them is a suite
            return "differ", run.why()
        if fails:
            answer = ("refused", "")
    return answer


def parsers():
    return ([(p.name, one_json, (p,)) for p in sorted(ARGS.corpora.glob("parsers/json-suite/*.json"))] +
            [(p.name, one_yaml, (p,)) for p in sorted(ARGS.corpora.glob("parsers/yaml-suite/*.yaml"))])


# --- real ---

def one_real(path):
    expected = json.loads(path.read_text())
    if "columns" not in expected or "file" not in expected:
        return "n/a", "no profile"
    run = Run("profile", ARGS.corpora / expected["file"], "--output", "json", seconds=60)
    if run.code != 0:
        return "differ", run.why()
    ours = run.json()
    if ours["batch"]["rows"] != expected["rows"]:
        return "differ", f"{ours['batch']['rows']} rows, not {expected['rows']}"
    columns = {c["name"]: c for c in ours["columns"]}
    for name, theirs in expected["columns"].items():
        c = columns.get(name)
        if c is None:
            return "differ", f"column {name} is not there"
        if c["null_count"] != theirs["nulls"]:
            return "differ", f"{name}: {c['null_count']} nulls, not {theirs['nulls']}"
        if "distinct" in theirs and c.get("distinct_count") not in (None, theirs["distinct"]):
            return "differ", f"{name}: {c['distinct_count']} distinct, not {theirs['distinct']}"
        for our_name, their_name in (("mean", "mean"), ("stdev", "stddev_samp")):
            x, y = c.get(our_name), theirs.get(their_name)
            if isinstance(x, (int, float)) and isinstance(y, (int, float)) and not math.isclose(x, y, rel_tol=1e-9):
                return "differ", f"{name}: {our_name} {x}, not {y}"
    return "agree", ""


def real():
    return [(p.stem, one_real, (p,)) for p in sorted(ARGS.corpora.glob("real/expected/*.json"))]


# --- great expectations ---

POSITIONAL = {"expect_column_values_to_be_in_set": ["column", "value_set"],
              "expect_column_values_to_not_be_in_set": ["column", "value_set"],
              "expect_column_values_to_match_regex": ["column", "regex", "mostly"],
              "expect_column_values_to_not_match_regex": ["column", "regex", "mostly"],
              "expect_column_values_to_be_between": ["column", "min_value", "max_value"],
              "expect_column_values_to_be_unique": ["column"],
              "expect_column_values_to_not_be_null": ["column"],
              "expect_column_values_to_be_null": ["column"]}


# Cases about what Python objects are, which a file does not hold.
PYTHON_ONLY = {
    "test_error_handling_values_are_integers": "a cell has no Python type: lengths are of its text",
    "error:_improperly_mixed_types_once_more": "a cell has no Python type",
    "error:_improperly_mixed_types_again": "a cell has no Python type",
    "basic_positive_test_with_timestamps": "free-form dates; we take ISO 8601 alone",
    "basic_positive_test_with_timestamps_tz_informed": "free-form dates; we take ISO 8601 alone",
    "dtype_object_and_type_object_still_has_aggregate_semantics": "a dtype of numpy",
    "negative_pandas_datetime_with_timezone": "a dtype of pandas",
}


def names_engine(entries, engine):
    return any(e == engine or isinstance(e, dict) and e.get("backend") == engine for e in entries)


def is_for_pandas(case):
    only, suppressed = case.get("only_for"), case.get("suppress_test_for", [])
    return (not only or names_engine(only, "pandas")) and not names_engine(suppressed, "pandas")


def write_rows(data, folder):
    """Columns to JSON lines; to a CSV with nothing but a header where there are no rows, for JSON lines then have no columns."""
    n = max((len(v) for v in data.values()), default=0)
    path = folder / ("data.jsonl" if n else "data.csv")
    with open(path, "w", newline="") as file:
        for i in range(n):
            row = {name: values[i] for name, values in data.items() if i < len(values)}
            file.write(json.dumps(row) + "\n")
        if n == 0:
            csv.writer(file).writerow(data)
    return path


def as_multiset(values):
    return sorted(json.dumps(v, sort_keys=True) for v in values)


def plain(v):
    """1 and 1.0 are the same number, a date is its midnight."""
    if isinstance(v, dict):
        return {k: plain(x) for k, x in v.items()}
    if isinstance(v, list):
        return [plain(x) for x in v]
    if isinstance(v, str) and re.fullmatch(r"\d{4}-\d\d-\d\d([T ]00:00:00)?", v):
        return v[:10]
    return float(v) if isinstance(v, (int, float)) and not isinstance(v, bool) else v


def same_values(ours, theirs):
    return as_multiset(map(plain, ours)) == as_multiset(map(plain, theirs))


def close(ours, theirs, tolerance):
    if isinstance(theirs, (int, float)) and not isinstance(theirs, bool):
        return isinstance(ours, (int, float)) and math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=max(tolerance or 0, 1e-9))
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return ours.keys() == theirs.keys() and all(close(ours[k], theirs[k], tolerance) for k in ours)
    if isinstance(theirs, list) and isinstance(ours, list):
        return len(ours) == len(theirs) and all(close(a, b, tolerance) for a, b in zip(ours, theirs))
    return ours == theirs


def compare_gx(result, test):
    wanted = test["out"]
    details = result.get("result") or {}
    if "success" in wanted and result.get("success") != wanted["success"]:
        return "differ", f"success {result.get('success')}, not {wanted['success']}: {json.dumps(details)[:150]}"
    if "observed_value" in wanted and not close(details.get("observed_value"), wanted["observed_value"], test.get("tolerance")):
        return "differ", f"observed {details.get('observed_value')}, not {wanted['observed_value']}"
    if "unexpected_list" in wanted and not same_values(details.get("unexpected_list", []), wanted["unexpected_list"]):
        return "differ", f"unexpected {details.get('unexpected_list')}, not {wanted['unexpected_list']}"[:250]
    return "agree", ""


def one_gx(kind, data, test):
    if test.get("title") in PYTHON_ONLY:
        return "n/a", PYTHON_ONLY[test["title"]]
    kwargs = test["in"]
    if isinstance(kwargs, list):
        if kind not in POSITIONAL:
            return "n/a", "positional arguments"
        kwargs = dict(zip(POSITIONAL[kind], kwargs))
    if not isinstance(data, dict):
        return "n/a", "several tables"
    kwargs = {k: v for k, v in kwargs.items() if k not in ("result_format", "catch_exceptions", "include_config")}
    suite = {"expectation_suite_name": "s", "expectations": [{"expectation_type": kind, "kwargs": kwargs}],
             "meta": {"great_expectations_version": "0.18.8"}}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "suite.json").write_text(json.dumps(suite))
        run = Run("check", path / "suite.json", write_rows(data, path), "--header", "--output", "gx",
                  "--result-format", "COMPLETE", seconds=10)
    must_fail = "error" in test["out"] or "traceback_substring" in test["out"] or "error" in test
    if run.is_crash():
        return "differ", run.why()
    if run.code == 2:
        if must_fail:
            return "refused", run.why()
        return ("n/a" if "unknown expectation" in run.err or "no expectation" in run.err else "not yet"), run.why()
    report = run.json()
    if not report or not report.get("results"):
        return "differ", run.why()
    result = report["results"][0]
    if must_fail:
        raised = (result.get("exception_info") or {}).get("raised_exception") or not result.get("success")
        return ("refused", "") if raised else ("differ", "accepted, though the arguments must be refused")
    return compare_gx(result, test)


def great_expectations():
    tasks = []
    for path in sorted(ARGS.corpora.glob("great_expectations/test_definitions/*/*.json")):
        definition = json.loads(path.read_text())
        for dataset in definition["datasets"]:
            if not is_for_pandas(dataset):
                continue
            for test in dataset["tests"]:
                if is_for_pandas(test):
                    title = f"{definition['expectation_type']}: {test.get('title', '')}"
                    tasks.append((title, one_gx, (definition["expectation_type"], dataset.get("data", {}), test)))
    return tasks


# --- the table ---

CORPORA = {"parquet": parquet, "csv rows": csv_rows, "csv cells": csv_cells, "fuzz": fuzz, "hostile": hostile,
           "parsers": parsers, "real": real, "great expectations": great_expectations}


def guarded(task):
    name, function, arguments = task
    try:
        return name, *function(*arguments)
    except Exception as problem:  # a report of an unexpected shape is an answer that differs
        return name, "differ", f"{type(problem).__name__}: {problem}"


def read_baseline(path):
    if not path.exists():
        return {}
    lines = [line.split("\t") for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return {line[0]: dict(zip(VERDICTS, map(int, line[1:]))) for line in lines}


def write_baseline(path, counts):
    lines = ["# Made by tools/conformance.py --update: corpus, " + ", ".join(VERDICTS)]
    lines += ["\t".join([corpus, *(str(n[v]) for v in VERDICTS)]) for corpus, n in counts.items()]
    path.write_text("\n".join(lines) + "\n")


def worse(counts, baseline):
    for corpus, n in counts.items():
        was = baseline.get(corpus)
        if was is None:
            continue
        if n["differ"] > was["differ"]:
            yield f"{corpus}: {n['differ']} differ, {was['differ']} before"
        if n["agree"] + n["refused"] < was["agree"] + was["refused"]:
            yield f"{corpus}: {n['agree'] + n['refused']} agree or are refused as wanted, {was['agree'] + was['refused']} before"


def main():
    global ARGS
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay", default="./assay")
    parser.add_argument("--corpora", type=pathlib.Path, default=pathlib.Path("../shared/corpora"))
    parser.add_argument("--only", default="", help="corpora, separated by commas")
    parser.add_argument("--no-limits", action="store_true", help="no limit of memory, for a sanitizer build")
    parser.add_argument("-v", action="store_true", help="names what does not agree")
    parser.add_argument("--update", action="store_true", help="makes the figures the new baseline")
    ARGS = parser.parse_args()
    ARGS.assay = os.path.abspath(ARGS.assay)
    baseline_path = pathlib.Path(__file__).resolve().parent.parent / "tests/conformance.baseline"
    if not ARGS.corpora.is_dir():
        print(f"conformance: {ARGS.corpora} is missing", file=sys.stderr)
        sys.exit(1 if os.environ.get("CI") == "true" else 0)

    counts = {}
    print("| corpus | files | " + " | ".join(VERDICTS) + " |\n|---|" + "---|" * (1 + len(VERDICTS)))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for corpus, tasks in CORPORA.items():
            if ARGS.only and corpus not in ARGS.only.split(","):
                continue
            answers = list(pool.map(guarded, tasks()))
            counts[corpus] = {v: sum(a[1] == v for a in answers) for v in VERDICTS}
            print(f"| {corpus} | {len(answers)} | " + " | ".join(str(counts[corpus][v]) for v in VERDICTS) + " |", flush=True)
            for name, verdict, why in answers if ARGS.v else []:
                if verdict in ("differ", "not yet", "n/a"):
                    print(f"    {verdict}: {name}: {why}")
    if ARGS.update:
        merged = {**read_baseline(baseline_path), **counts}
        write_baseline(baseline_path, merged)
    problems = list(worse(counts, read_baseline(baseline_path)))
    for problem in problems:
        print("WORSE", problem)
    total = {v: sum(n[v] for n in counts.values()) for v in VERDICTS}
    print(f"conformance: {total['agree'] + total['refused']} passed, {total['differ']} failed, {total['not yet']} not yet, "
          f"{total['n/a']} not applicable, {len(problems)} worse than the baseline")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
