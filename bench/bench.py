#!/usr/bin/env python3
"""The place of truth about speed: assay beside the engines, the same files, the same work, verdicts compared.

  bench.py [PART...] --assay ./assay --venvs DIR [--data DIR] [--runs 5] [--only NAME,...] [--cases CASE,...]

Parts (default: suite checks):
  suite   the thirteen checks of ../shared/bench/purchases.yaml: 10 rows, 1 and 10 million, Parquet zstd and snappy, CSV; clean, dirty,
          shuffled with one duplicate
  checks  one check at a time on 10 million rows: by footers and by every value, uniqueness, regex, drift
  csv     CSV alone: counting rows, not_null on all columns, the whole suite; one thread and two
  drift   Kolmogorov-Smirnov, PSI and Wasserstein of 10 million values against 1 and 10 million
  growth  threads, rows, columns, expectations
  hive    180 million rows in 180 daily partitions (made with gen_workload.py --hive below DATA/hive; 10 GB)
  memory  --memory 64MB on 10 million rows

DIR holds a virtual environment for each peer that is there: duckdb (duckdb pyarrow numpy), polars (polars pyarrow), pyarrow, datafusion, chdb,
scipy (scipy numpy pyarrow). Who is not there is left out, and said. The workload is made once below --data (BENCH_DATA, /tmp/assay-bench).

Honest by rule: contestants run interleaved, whole processes from start to end, page cache warm; figures are medians, a ratio is a peer's
median over ours; where a footer may answer for us, the same table has our run with --evidence values, which decodes every value.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import run
import workload
from workload import FULL, NOW, SHARED


def failed_checks(name, out):
    """Ids of the suite's checks that failed, the same words for all: c11.email and so on are c11."""
    if name.startswith("assay"):
        report = json.loads(out)
        return sorted({r["id"].split(".")[0] for r in report["results"] if r["status"] == "fail"})
    line = [l for l in out.decode(errors="replace").splitlines() if l.startswith("{")]
    return sorted(k for k, v in json.loads(line[-1])["checks"].items() if not v[0]) if line else ["no verdict"]


def part_suite(bench):
    rows, same = [], True
    for case in bench.args.cases.split(","):
        variant, size, kind = case.split(".")
        file = bench.table(variant, size, kind)
        words = bench.suite_contestants(file, size)
        found = run.interleaved(words, bench.runs(size))
        failed = {n: failed_checks(n, rs[-1]["out"]) for n, rs in found.items()}
        rows.append(run.table(f"{case}: {file.stat().st_size / 1e6:.0f} MB", found, "assay", extra={n: " ".join(f) or "-" for n, f in failed.items()}))
        agree = all(f == failed["assay"] for f in failed.values())
        print("\nverdicts:", "the same from all" if agree else f"DIFFER: {failed}")
        same = same and agree
    return rows, same


# One check in our words; the peers' word for it; whether footers may answer.
CHECKS = [
    ("start", "[{row_count: {min: 0}}]", None, "start"),
    ("not_null of user_id", None, {"user_id": ["not_null"]}, "not_null"),
    ("not_null of all columns", None, "all", "not_null_all"),
    ("range and freshness", None, {"user_age": [{"between": {"min": 18, "max": 120}}], "created_at": [{"freshness": {"within": "24h"}}]}, "minmax"),
    ("mean", None, {"purchase_amount": [{"mean": {"min": 10, "max": 1000}}]}, "mean"),
    ("regex", None, {"email": [{"matches_regex": r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$"}]}, "regex"),
    ("value set", None, {"country": [{"in_set": "countries"}]}, None),
    ("unique int64, shuffled", None, {"user_id": ["unique"]}, "unique_int"),
    ("unique uuid", None, {"event_uuid": ["unique"]}, "unique_uuid"),
    ("KS, prices against 1 million", None, {"purchase_amount": [{"matches_distribution": {"reference": "REF", "test": "ks"}}]}, "ks"),
    ("KS, continuous against 1 million", None, {"session_length": [{"matches_distribution": {"reference": "REF", "test": "ks"}}]}, "ks_cont"),
]


def part_checks(bench):
    size = bench.args.size
    file = bench.table("shufdup", size, "zstd")
    rows = []
    for title, table_checks, columns, peers_word in CHECKS:
        suite = bench.small_suite(table_checks, columns)
        words = {"assay": bench.check(suite, file), FULL: bench.check(suite, file, "--evidence", "values")}
        for peer in ("duckdb", "polars"):
            if peers_word and bench.has(peer):
                words[peer] = bench.peer(peer, file, size, "--check", peers_word)
        rows.append(run.table(f"{title}, {size} rows", run.interleaved(words, bench.args.runs), "assay"))
    return rows, True


def part_csv(bench):
    rows = []
    for size in bench.args.sizes.split(","):
        file = bench.table("clean", size, "csv")
        for title, table_checks, columns, word in (("row count", "[{row_count: {min: 1}}]", None, None),
                                                  ("not_null of all columns", None, "all", "not_null_all")):
            suite = bench.small_suite(table_checks, columns, types=True)
            words = {"assay": bench.check(suite, file), "assay, one thread": bench.check(suite, file, "--threads", "1")}
            for peer in ("duckdb", "polars"):
                if bench.has(peer):
                    words[peer] = (bench.peer(peer, file, size, "--check", word) if word else bench.script(peer, workload.COUNT_CSV[peer], file))
            rows.append(run.table(f"CSV {title}, {size} rows", run.interleaved(words, bench.runs(size)), "assay"))
        words = bench.suite_contestants(file, size)
        words["assay, one thread"] = words["assay"] + ["--threads", "1"]
        rows.append(run.table(f"CSV whole suite, {size} rows", run.interleaved(words, bench.runs(size)), "assay"))
    return rows, True


def part_drift(bench):
    size = bench.args.size
    file = bench.table("clean", size, "zstd")
    big = bench.table("shufdup", size, "zstd")
    rows = []
    for test, title in (("ks", "Kolmogorov-Smirnov"), ("psi", "PSI"), ("wasserstein", "Wasserstein-1")):
        for reference, against in ((bench.reference, "1 million"), (big, size)):
            suite = bench.small_suite(None, {"session_length": [{"matches_distribution": {"reference": str(reference), "test": test}}]})
            words = {"assay": bench.check(suite, file)}
            if bench.has("scipy"):
                words["scipy"] = bench.script("scipy", workload.DRIFT_SCIPY, test, file, reference)
            if bench.has("duckdb") and test == "ks":
                words["duckdb"] = bench.script("duckdb", workload.KS_DUCKDB, file, reference)
            rows.append(run.table(f"{title} of {size} continuous values against {against}", run.interleaved(words, min(3, bench.args.runs)), "assay"))
    return rows, True


def part_growth(bench):
    rows = []
    file = bench.table("clean", bench.args.size, "zstd")
    ours = bench.suite_contestants(file, bench.args.size)["assay"]
    found = run.interleaved({"assay, 2 threads": ours + ["--threads", "2"], "assay, 1 thread": ours + ["--threads", "1"]}, bench.args.runs)
    rows.append(run.table("threads, " + bench.args.size, found, "assay, 2 threads"))
    for columns in (10, 100, 1000):
        wide = workload.wide_table(bench, columns)
        suite = bench.small_suite(None, {f"c{i}": ["not_null", {"mean": {"min": -9, "max": 9}}] for i in range(columns)})
        rows.append(run.table(f"{columns} columns of 100,000 doubles, 2 expectations each",
                              run.interleaved({"assay": bench.check(suite, wide)}, bench.args.runs), "assay"))
    one_million = bench.table("clean", "1m", "zstd")
    for n in (10, 100, 1000):
        checks = [{"between": {"min": -i, "max": 1e9 + i, "id": f"e{i}"}} for i in range(n)]
        suite = bench.small_suite(None, {"purchase_amount": checks})
        rows.append(run.table(f"{n} expectations on one column of 1 million rows",
                              run.interleaved({"assay": bench.check(suite, one_million)}, min(3, bench.args.runs)), "assay"))
    return rows, True


def part_hive(bench):
    folder = bench.args.data / "hive" / "hive_180000000"
    if not folder.is_dir():
        sys.exit(f"bench: {folder} is not there; make it: gen_workload.py --out {folder.parent} --rows 180000000 --hive 180 --formats zstd")
    words = bench.suite_words(folder, 180_000_000)
    rows = [run.table("180 million rows in 180 partitions", run.interleaved({"assay": words}, 1), "assay")]
    return rows, True


def part_memory(bench):
    rows = []
    for variant in ("clean", "shufdup"):
        file = bench.table(variant, bench.args.size, "zstd")
        words = bench.suite_contestants(file, bench.args.size)["assay"]
        small = words + ["--memory", "64MB", "--tmp", str(bench.args.data)]
        found = run.interleaved({"assay": words, "assay --memory 64MB": small}, min(3, bench.args.runs))
        digests = {n: json.loads(rs[-1]["out"])["verdict_digest"] for n, rs in found.items() if rs[-1]["out"].startswith(b"{")}
        rows.append(run.table(f"{variant}.{bench.args.size}: the same answer in 64 MB", found, "assay",
                              note="digests " + ("agree" if len(set(digests.values())) == 1 and len(digests) == 2 else f"DIFFER {digests}")))
    return rows, True


PARTS = {"suite": part_suite, "checks": part_checks, "csv": part_csv, "drift": part_drift, "growth": part_growth, "hive": part_hive,
         "memory": part_memory}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="of " + " ".join(PARTS))
    parser.add_argument("--assay", type=pathlib.Path, default=pathlib.Path("./assay"))
    parser.add_argument("--venvs", type=pathlib.Path, default=pathlib.Path(os.environ.get("BENCH_VENVS", "venvs")))
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path(os.environ.get("BENCH_DATA", "/tmp/assay-bench")))
    parser.add_argument("--cases", default="clean.10.zstd,clean.1m.zstd,clean.1m.csv,dirty.1m.zstd,dirty.1m.csv")
    parser.add_argument("--size", default="10m", help="of checks, drift, growth, memory")
    parser.add_argument("--sizes", default="1m", help="of csv, e.g. 1m,10m")
    parser.add_argument("--only", default="", help="only these peers, e.g. duckdb,polars")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--results", type=pathlib.Path, help="keep the figures as JSON in this folder (bench/results)")
    args = parser.parse_args()
    args.assay = args.assay.resolve()
    for part in args.parts:
        if part not in PARTS:
            parser.error(f"no part {part}; there are {' '.join(PARTS)}")
    if not SHARED.is_dir():
        sys.exit(f"bench: {SHARED} is missing")
    with tempfile.TemporaryDirectory() as scratch:
        bench = workload.Bench(args, pathlib.Path(scratch))
        print(f"{run.machine()}, {args.runs} interleaved runs, medians")
        good = True
        for part in args.parts or ["suite", "checks"]:
            print(f"\n## {part}")
            rows, fine = PARTS[part](bench)
            good = good and fine
            if args.results:
                run.keep(args.results, part, rows, bench.versions())
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
