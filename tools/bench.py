#!/usr/bin/env python3
"""Speed of the purchases suite against hand-written DuckDB and Polars, and the verdicts compared.

  bench.py --assay ./assay --venvs DIR [--cases clean.1m.zstd,clean.1m.csv,dirty.1m.zstd] [--runs 5] [--data DIR]

DIR holds a virtual environment for each peer (DIR/duckdb with duckdb, pyarrow and numpy; DIR/polars with polars and pyarrow).
The workload is made once by ../shared/bench/gen_workload.py below --data (BENCH_DATA, /tmp/assay-bench).

The same work on each side: all thirteen checks of the suite, the reference's million rows included. All stop short of a report but for
assay, which writes its JSON report to /dev/null. On Parquet assay runs twice: as it is, where trusted footers answer not_null as
they do for DuckDB, and with `--where "1 = 1"`, which forbids every short cut, so that each value of each column is decoded.

Runs are interleaved (assay, DuckDB, Polars, assay, ...), whole processes from start to end, page cache warm. Figures are
medians; a ratio is a peer's median over ours. CPU and memory are the kernel's (wait4). Python's standard library only.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
SHARED = HERE.parent.parent / "shared/bench"
NOW = "2026-11-23T00:00:00"
ROWS = {"10": 10, "1m": 10**6, "10m": 10**7}
PEERS = ("duckdb", "polars")
FULL = "assay, every value"


def generate(python, data, variant, size, kind):
    """The table's path; made where it is not there."""
    path = data / (f"{variant}_{size}.csv" if kind == "csv" else f"{variant}_{size}.{kind}.parquet")
    if not path.exists():
        print(f"bench: making {path}", file=sys.stderr)
        subprocess.run([python, SHARED / "gen_workload.py", "--out", data, "--rows", str(ROWS[size]), "--variant", variant,
                        "--formats", kind], check=True, stdout=subprocess.DEVNULL)
        made = data / path.name
        if not made.exists():  # the generator names sizes by rows
            sys.exit(f"bench: the generator did not make {made}; there are: {sorted(p.name for p in data.iterdir())}")
    return path


def run_once(words):
    with open("/dev/null", "wb") as null:
        start = time.perf_counter()
        process = subprocess.Popen([str(w) for w in words], stdout=subprocess.PIPE, stderr=null)
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.stdout.close()
        process.returncode = os.waitstatus_to_exitcode(status)
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "mb": usage.ru_maxrss / 1024, "code": process.returncode,
            "out": out}


def failed_checks(contestant, out):
    """Ids of the suite's checks that failed, the same words for all: c11.email and so on are c11."""
    if contestant in ("assay", FULL):
        report = json.loads(out)
        return sorted({r["id"].split(".")[0] for r in report["results"] if r["status"] == "fail"})
    line = [l for l in out.decode().splitlines() if l.startswith("{")][-1]
    return sorted(k for k, v in json.loads(line)["checks"].items() if not v[0])


def contestants(args, file, size):
    rows = ROWS[size]
    peer = lambda name: [args.venvs / name / "bin/python", SHARED / "peers" / f"p_{name}.py", file, "--rows", rows, "--now", NOW,
                         "--ref", args.data / "ref_same.zstd.parquet"]
    ours = [args.assay, "check", SHARED / "purchases.yaml", file, "--now", NOW + "Z", "--output", "json",
            "--no-progress", "--var", f"reference={args.data / 'ref_same.zstd.parquet'}", "--var", f"rows_low={rows * 9 // 10}",
            "--var", f"rows_high={rows * 11 // 10}"]
    found = {"assay": ours}
    if str(file).endswith(".parquet"):
        found[FULL] = ours + ["--where", "1 = 1"]
    for name in PEERS:
        if (args.venvs / name / "bin/python").exists():
            found[name] = peer(name)
        else:
            print(f"bench: {args.venvs / name} is not there: {name} is left out", file=sys.stderr)
    return found


def one_case(args, case):
    variant, size, kind = case.split(".")
    file = generate(args.venvs / "duckdb/bin/python", args.data, variant, size, kind)
    words = contestants(args, file, size)
    runs = {name: [] for name in words}
    for name in words:
        run_once(words[name])  # warm: page cache, bytecode
    for _ in range(args.runs):
        for name in words:
            runs[name].append(run_once(words[name]))
    median = {n: {k: statistics.median(r[k] for r in rs) for k in ("wall", "cpu", "mb")} for n, rs in runs.items()}
    failed = {n: failed_checks(n, rs[-1]["out"]) for n, rs in runs.items()}
    print(f"\n## {case}: {file.name}, {file.stat().st_size / 1e6:.0f} MB\n")
    print("| | wall s | CPU s | peak MB | exit | failed | wall / ours | CPU / ours |\n|---|---|---|---|---|---|---|---|")
    for name, m in median.items():
        print(f"| {name} | {m['wall']:.3f} | {m['cpu']:.3f} | {m['mb']:.0f} | {runs[name][-1]['code']} | "
              f"{' '.join(failed[name]) or '-'} | {m['wall'] / median['assay']['wall']:.2f} | {m['cpu'] / median['assay']['cpu']:.2f} |")
    same = all(f == failed["assay"] for f in failed.values())
    print("\nverdicts:", "the same from all" if same else f"DIFFER: {failed}")
    return same


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay", type=pathlib.Path, default=pathlib.Path("./assay"))
    parser.add_argument("--venvs", type=pathlib.Path, default=pathlib.Path(os.environ.get("BENCH_VENVS", "venvs")))
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path(os.environ.get("BENCH_DATA", "/tmp/assay-bench")))
    parser.add_argument("--cases", default="clean.1m.zstd,clean.1m.csv,dirty.1m.zstd,dirty.1m.csv")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    args.assay = args.assay.resolve()
    if not SHARED.is_dir():
        sys.exit(f"bench: {SHARED} is missing")
    if not (args.venvs / "duckdb/bin/python").exists():
        sys.exit(f"bench: {args.venvs}/duckdb is missing; make it with: python3 -m venv {args.venvs}/duckdb && "
                 f"{args.venvs}/duckdb/bin/pip install duckdb pyarrow numpy (and polars likewise), then give --venvs or BENCH_VENVS")
    args.data.mkdir(parents=True, exist_ok=True)
    if not (args.data / "ref_same.zstd.parquet").exists():
        subprocess.run([args.venvs / "duckdb/bin/python", SHARED / "gen_workload.py", "--out", args.data, "--rows", "1000000",
                        "--ref", "same"], check=True, stdout=subprocess.DEVNULL)
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, {args.runs} interleaved runs, medians")
    same = [one_case(args, case) for case in args.cases.split(",")]
    sys.exit(0 if all(same) else 1)


if __name__ == "__main__":
    main()
