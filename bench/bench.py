#!/usr/bin/env python3
"""The place of truth about speed: assay beside the engines, the same files, the same work, verdicts compared.

  bench.py [PART...] --assay ./assay --venvs DIR [--data DIR] [--runs 5] [--only NAME,...] [--cases CASE,...]

Parts (default: suite checks):
  suite   the thirteen checks of ../shared/bench/purchases.yaml: 10 rows, 1 and 10 million, Parquet zstd and snappy, CSV; clean, dirty,
          shuffled with one duplicate
  checks  one check at a time on 10 million rows: by footers and by every value, uniqueness, regex, drift
  csv     CSV alone: counting rows (also by qsv and xan where they are installed), not_null on all columns, the whole suite; two cores and one
  tpch    TPC-H's lineitem of each of --scales (made by tpchgen-cli): 33 expectations, every number compared
  drift   Kolmogorov-Smirnov, PSI and Wasserstein of 10 million doubles against 1 and 10 million, against data and against a saved reference of
          it, and with --memory 64MB; the saved reference is made unmeasured
  growth  threads, rows (partitions of hive, where they are there; else the same file ten times), columns, expectations
  hive    --hive rows and daily partitions (180000000x180: 10 GB, made below DATA/hive)
  memory  --memory 64MB on 10 million rows: the same verdict_digest, and no more memory than that

DIR holds a virtual environment for each peer that is there: duckdb (duckdb pyarrow numpy), polars (polars pyarrow), pyarrow, datafusion, chdb,
gx (great_expectations pandas pyarrow), soda4 (soda-duckdb), scipy (scipy numpy pyarrow), evidently (evidently==0.7.23 'pandas<3' pyarrow), and tpch (tpchgen-cli). Who is not there is left out, and said. The workload is made once below --data (BENCH_DATA, /tmp/assay-bench).

Honest by rule: contestants run interleaved, whole processes from start to end, page cache warm; figures are medians, a ratio is the median
of the ratios of each round, pair by pair; a peer that takes more than 20 s runs once; what contestants say is compared, and a difference ends the bench with exit code 1; where a footer may answer for us, the same table has our run with --evidence values, which decodes every value. Below the
tables of the suite stands our efficiency, floor / measured, with both floors by name (floors.py).

  bench.py --quick     every part once, as small as it gets: does the bench itself work?
  tables.py [RESULTS]  prints the Markdown tables of docs/benchmarks.md from what --results kept
"""
import argparse
import json
import os
import pathlib
import shutil
import sys
import tempfile

import answers
import floors
import lineitem
import run
import workload
from workload import DECLARED, FULL, QUIET, ROWS, SHARED


def part_suite(bench):
    rows = []
    for case in bench.args.cases.split(","):
        variant, size, kind = case.split(".")
        file = bench.table(variant, size, kind)
        rows.append(whole_suite(f"{case}: {file.stat().st_size / 1e6:.0f} MB", bench, bench.suite_contestants(file, size), size, kind))
    return rows


def whole_suite(title, bench, words, size, kind=None):
    """kind: of the file, where the machine's floors are to stand below the table."""
    before = floors.probe(bench.args.assay) if kind and size != "10" else None
    found = run.interleaved(words, bench.runs(size))
    failed = {n: answers.failed_checks(n, rs[-1]["out"]) for n, rs in found.items()}
    agrees = all(common(f, n) == common(failed["assay"], n) for n, f in failed.items())
    return run.table(title, found, "assay", said={n: fails(f, n) for n, f in failed.items()}, agrees=agrees,
                     floors=(lambda row: floors.efficiencies(row, found, before, floors.probe(bench.args.assay), kind, size)) if before else None)


def common(failed, name):
    """Of the checks that failed, those that the contestant has."""
    return [f for f in failed if f not in DECLARED.get(name, ())]


def fails(failed, name):
    lacks = "".join(f", has not {c}" for c in DECLARED.get(name, ()))
    return "fails " + (" ".join(common(failed, name)) or "nothing") + lacks


def compared(title, word, words, rows, runs, tolerance=1e-9, note=""):
    """Contestants of one check, with what each said beside its time."""
    found = run.interleaved(words, runs)
    said = {n: answers.ours(word, rs[-1]["out"]) if n.startswith("assay") else answers.theirs(word, n.split(",")[0], rs[-1]["out"], rows)
            for n, rs in found.items()}
    return run.table(title, found, "assay", note=note, said={n: answers.short(x) for n, x in said.items()},
                     agrees=answers.agree(said, tolerance))


# One check in our words; the word for it in the peers' scripts and in answers.py.
CHECKS = [
    ("start", "[{row_count: {min: 0}}]", None, "start"),
    ("not_null of user_id", None, {"user_id": ["not_null"]}, "not_null"),
    ("not_null of all columns", None, "all", "not_null_all"),
    ("range and freshness", None, {"user_age": [{"between": {"min": 18, "max": 120}}], "created_at": [{"freshness": {"within": "24h"}}]}, "minmax"),
    ("mean", None, {"purchase_amount": [{"mean": {"min": 10, "max": 1000}}]}, "mean"),
    ("set of a dictionary-encoded column", None,
     {"user_segment": [{"in_set": ["bronze", "silver", "gold", "platinum", "trial", "churned"]}]}, "set"),
    ("regex over a dictionary-encoded column", None, {"country": [{"matches_regex": "^[A-Z]{2}$"}]}, "pattern"),
    ("regex", None, {"email": [{"matches_regex": r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$"}]}, "regex"),
    ("unique int64, shuffled, one duplicate", None, {"user_id": ["unique"]}, "unique_int"),
    ("unique uuid", None, {"event_uuid": ["unique"]}, "unique_uuid"),
    ("KS, prices against 1 million", None, {"purchase_amount": [{"matches_distribution": {"reference": "REF", "test": "ks"}}]}, "ks"),
    ("KS, continuous against 1 million", None, {"session_length": [{"matches_distribution": {"reference": "REF", "test": "ks"}}]}, "ks_cont"),
]


# What peers/columns.py asks; the shared peers ask the rest.
OWN_PEERS = {"duckdb": ("set", "pattern"), "polars": ("set", "pattern"), "pyarrow": ("set", "pattern", "not_null_all", "minmax")}


def part_checks(bench):
    size = bench.args.size
    file = bench.table("shufdup", size, "zstd")
    rows = []
    for title, table_checks, columns, word in CHECKS:
        suite = bench.small_suite(table_checks, columns)
        words = {"assay": bench.check(suite, file), FULL: bench.check(suite, file, "--evidence", "values")}
        note = ""
        if word == "unique_int":
            words[QUIET] = bench.check(suite, file, "--no-samples")
            note = "Peers count. We name the rows as well, which is a second look at the data; `--no-samples` is the count alone."
        for peer in ("duckdb", "polars", "pyarrow"):
            if bench.has(peer) and word in OWN_PEERS[peer]:
                words[peer] = [bench.python(peer), workload.HERE / "peers/columns.py", peer, file, word]
            elif bench.has(peer) and peer != "pyarrow":
                words[peer] = bench.peer(peer, file, size, "--check", word)
        rows.append(compared(f"{title}, {size} rows", word, words, ROWS[size], bench.args.runs, note=note))
    return rows


def part_csv(bench):
    rows = []
    for size in bench.args.sizes.split(","):
        file = bench.table("clean", size, "csv")
        for title, table_checks, columns, types, word in (("row count", "[{row_count: {min: 1}}]", None, False, "count"),
                                                          ("row count, every cell of its declared type", "[{row_count: {min: 1}}]", None, True, "count"),
                                                          ("not_null of all columns", None, "all", False, "not_null_all")):
            suite = bench.small_suite(table_checks, columns, types=types)
            words = {"assay": bench.check(suite, file)}
            for peer in ("duckdb", "polars"):
                if bench.has(peer):
                    words[peer] = (bench.peer(peer, file, size, "--check", word) if word != "count" else
                                   bench.script(peer, workload.COUNT_CSV[peer], file))
            for counter in ("qsv", "xan"):
                if word == "count" and shutil.which(counter):
                    words[counter] = [counter, "count", file]
            if shutil.which("taskset"): # what one core does
                words |= {f"{name}, one core": ["taskset", "-c", "0", *line] for name, line in words.items()}
            rows.append(compared(f"CSV {title}, {size} rows", word, words, ROWS[size], bench.runs(size)))
        words = bench.suite_contestants(file, size)
        words["assay, one thread"] = words["assay"] + ["--threads", "1"]
        rows.append(whole_suite(f"CSV whole suite, {size} rows", bench, words, size))
    return rows


def part_tpch(bench):
    rows = []
    for scale in (int(x) for x in bench.args.scales.split(",")):
        file = lineitem.table(bench, scale)
        suite = bench.suite_file(lineitem.suite(scale))
        words = {"assay": bench.check(suite, file), FULL: bench.check(suite, file, "--evidence", "values"),
                 "assay, one thread": bench.check(suite, file, "--threads", "1")}
        words |= {peer: lineitem.peer(bench, peer, file, scale) for peer in lineitem.PEERS
                  if bench.has(peer) and (peer != "pyarrow" or scale == 1)}
        found = run.interleaved(words, bench.args.runs if scale == 1 else min(bench.args.runs, 3))
        said = {n: lineitem.ours(rs[-1]["out"]) if n.startswith("assay") else lineitem.theirs(rs[-1]["out"]) for n, rs in found.items()}
        rows.append(run.table(f"lineitem of scale {scale}: {6 * scale} million rows, 16 columns, {file.stat().st_size / 1e6:.0f} MB of Parquet zstd",
                              found, "assay", note="33 expectations; all numbers are compared (means of decimals to six digits, as DataFusion has them)." +
                              (" pyarrow, which holds whole columns, has no room for it." if scale > 1 else ""),
                              said={n: f"{x.get('late', 'no answer'):.10g} late, {x.get('unique_key', 'no answer'):.10g} keys twice" if "late" in x else "no answer"
                                    for n, x in said.items()}, agrees=answers.agree(said, 1e-6)))
    return rows


# test, title, ours, tolerance, figures that are too small for it, what is to be known of the figures
DRIFTS = [
    ("ks", "Kolmogorov-Smirnov", {}, 1e-6, 1e-12, "Evidently says the p-value alone."),
    ("psi", "PSI", {}, 1e-2, 1e-4, "In ten bins of equal share of the reference, compared to 1 % or 0.000001: it depends on how quantiles are interpolated. Evidently cuts the range "
     "of both samples together into bins of equal width (by Sturges' rule), anew for every batch: another figure, which is not compared."),
    ("wasserstein", "Wasserstein-1", {"test": "wasserstein_normed", "max_effect": 1}, 1e-6, 1e-12,
     "Evidently says the distance in deviations of the reference."),
]


def drift_contestants(bench, test, more, file, reference):
    def ours(path):
        return bench.check(bench.small_suite(None, {"x": [{"matches_distribution": {"reference": str(path), "test": test} | more}]}), file)

    words = {"assay": ours(reference), "assay, 64 MB": ours(reference) + ["--memory", "64MB", "--tmp", str(bench.args.data)],
             "assay, saved reference": ours(workload.saved_reference(bench, reference))}
    for peer, script in (("scipy", workload.DRIFT_SCIPY), ("duckdb", workload.DRIFT_DUCKDB), ("evidently", workload.DRIFT_EVIDENTLY)):
        if bench.has(peer):
            words[peer] = bench.script(peer, script, test, file, reference)
    return words


def part_drift(bench):
    size, small = bench.args.size, "1m" if bench.args.size == "10m" else bench.args.size
    file, rows = workload.doubles(bench, size, 1), []
    for test, title, more, tolerance, floor, note in DRIFTS:
        for against, seed in ((small, 2), (size, 3)):
            found = run.interleaved(drift_contestants(bench, test, more, file, workload.doubles(bench, against, seed)), min(3, bench.args.runs))
            said = {n: answers.our_drift(test, rs[-1]["out"]) if n.startswith("assay") else answers.their_drift(test, n, rs[-1]["out"])
                    for n, rs in found.items()}
            peak = max(r["mb"] for r in found["assay, 64 MB"])
            rows.append(run.table(f"{title} of {size} continuous doubles against {against}", found, "assay", note=note,
                                  said={n: answers.short_drift(x) for n, x in said.items()},
                                  agrees=answers.drifts_agree(said, tolerance, floor) and peak * 1.048576 <= 64))
    return rows


def growth_of_rows(bench, file, runs):
    n, days = (int(x) for x in bench.args.hive.split("x"))
    folder = bench.args.data / "hive" / f"hive_{n}"
    title = "Rows: the whole suite"
    if len(list(folder.glob("dt=*"))) == days:
        parts = sorted(bench.hive(n, days).glob("dt=*"))
        counts = {f"{k} partitions": k * (n // days) for k in (1, 10, 100) if k <= days}
        words = {f"{k} partitions": bench.suite_words(parts[:k], k * (n // days)) for k in (1, 10, 100) if k <= days}
        return run.table(title, run.interleaved(words, runs), "1 partitions", unit=("row", counts), note=f"Partitions of {n // days} rows.")
    size, small = bench.args.size, bench.args.small
    words = {f"{k} rows": bench.suite_contestants(bench.table("clean", k, "zstd"), k)["assay"] for k in (small, size)}
    words[f"ten times {size} rows"] = bench.suite_words(workload.ten_times(bench, file), 10 * ROWS[size])
    counts = {f"{small} rows": ROWS[small], f"{size} rows": ROWS[size], f"ten times {size} rows": 10 * ROWS[size]}
    return run.table(title, run.interleaved(words, runs), f"{size} rows", unit=("row", counts),
                     note="The last is a folder with the same file ten times: no key is unique there, which is other work.")


def part_growth(bench):
    rows, runs = [], min(3, bench.args.runs)
    size, small = bench.args.size, bench.args.small
    file = bench.table("clean", size, "zstd")
    ours = bench.suite_contestants(file, size)["assay"]
    found = run.interleaved({"assay, 1 thread": ours + ["--threads", "1"], "assay, 2 threads": ours + ["--threads", "2"]}, bench.args.runs)
    rows.append(run.table(f"Threads: the whole suite, {size} rows", found, "assay, 1 thread"))
    rows.append(growth_of_rows(bench, file, runs))
    words = {}
    for n in (10, 100, 1000):
        suite = bench.small_suite(None, {f"c{i}": ["not_null", {"mean": {"min": -9, "max": 9}}] for i in range(n)})
        words[f"{n} columns"] = bench.check(suite, workload.wide_table(bench, n))
    rows.append(run.table("Columns: of 100,000 doubles, 2 expectations each", run.interleaved(words, runs), "100 columns",
                          unit=("value", {f"{n} columns": n * 100_000 for n in (10, 100, 1000)})))
    words = {}
    for n in (10, 100, 1000):
        checks = [{"between": {"min": -i, "max": 1e9 + i, "id": f"e{i}"}} for i in range(n)]
        words[f"{n} expectations"] = bench.check(bench.small_suite(None, {"purchase_amount": checks}), bench.table("clean", small, "zstd"), "--evidence", "values")
    rows.append(run.table(f"Expectations: different ranges on one column of {small} rows, by every value", run.interleaved(words, runs), "100 expectations",
                          unit=("row and expectation", {f"{n} expectations": n * ROWS[small] for n in (10, 100, 1000)})))
    return rows


def part_hive(bench):
    n, days = (int(x) for x in bench.args.hive.split("x"))
    folder = bench.hive(n, days)
    words = bench.suite_words(folder, n)
    return [run.table(f"{n / 1e6:g} million rows in {days} partitions",
                      run.interleaved({"assay": words, FULL: words + ["--evidence", "values"]}, min(bench.args.runs, 1 if n > 10**8 else 3)), "assay")]


def part_memory(bench):
    rows = []
    for variant, kind in (("clean", "zstd"), ("clean", "snappy"), ("shufdup", "zstd"), ("clean", "csv")):
        file = bench.table(variant, bench.args.size, kind)
        words = bench.suite_contestants(file, bench.args.size)["assay"]
        small = words + ["--memory", "64MB", "--tmp", str(bench.args.data)]
        found = run.interleaved({"assay": words, "assay, 64 MB": small, "assay, 64 MB, one thread": small + ["--threads", "1"]},
                                min(3, bench.args.runs))
        digests = {n: json.loads(rs[-1]["out"])["verdict_digest"][7:19] for n, rs in found.items()}
        peak = max(r["mb"] for n, rs in found.items() if "64" in n for r in rs)
        rows.append(run.table(f"{variant}.{bench.args.size}.{kind}: the same answer in 64 MB", found, "assay", said=digests,
                              agrees=len(set(digests.values())) == 1 and peak * 1.048576 <= 64))
    return rows


PARTS = {"suite": part_suite, "checks": part_checks, "csv": part_csv, "tpch": part_tpch, "drift": part_drift, "growth": part_growth,
         "hive": part_hive, "memory": part_memory}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="of " + " ".join(PARTS))
    parser.add_argument("--assay", type=pathlib.Path, default=pathlib.Path("./assay"))
    parser.add_argument("--venvs", type=pathlib.Path, default=pathlib.Path(os.environ.get("BENCH_VENVS", "venvs")))
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path(os.environ.get("BENCH_DATA", "/tmp/assay-bench")))
    parser.add_argument("--cases", default="clean.10.zstd,clean.1m.zstd,clean.1m.csv,dirty.1m.zstd,dirty.1m.csv")
    parser.add_argument("--size", default="10m", help="of checks, drift, growth, memory")
    parser.add_argument("--small", default="1m", help="of growth, where one size is not enough")
    parser.add_argument("--scales", default="1", help="of tpch, e.g. 1,10")
    parser.add_argument("--hive", default="180000000x180", help="rows and partitions of hive")
    parser.add_argument("--quick", action="store_true", help="every part, one run, small sizes")
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
    if args.quick:
        args.parts = args.parts or list(PARTS)
        args.runs, args.size, args.small, args.sizes, args.hive = 1, "1m", "10", "1m", "1000000x5"
    with tempfile.TemporaryDirectory() as scratch:
        bench = workload.Bench(args, pathlib.Path(scratch))
        print(f"{run.machine()}, {args.runs} interleaved runs, medians")
        good = True
        for part in args.parts or ["suite", "checks"]:
            print(f"\n## {part}")
            rows = PARTS[part](bench)
            good = good and all(row["agrees"] for row in rows)
            if args.results:
                run.keep(args.results, part, rows, bench.versions(), args.runs)
    if not good:
        print("\nbench: answers differ", file=sys.stderr)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
