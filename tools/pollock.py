#!/usr/bin/env python3
"""How much of Pollock's polluted CSV files each reader gets right, its dialect left to its own guess.

  pollock.py --assay ./assay --corpora ../shared/corpora [--duckdb PYTHON] [--pandas PYTHON] [-v]

Every reader loads corpora/csv/pollock/csv/X as text, told nothing but the name of the file; what it gives is compared with clean/X, what a
perfect loader gives. Rows are aligned in their order (difflib), then cell by cell; an empty cell and a null are the same. Figures, over
all files, the header counted as a row:

  recall     cells of the clean file that were given in their place
  precision  cells given that are those of the clean file
  F1         their harmonic mean, per file, then the mean over files
  refused    files that the reader does not load at all (0 for each figure)

assay gives the rows that it passes; damaged records are findings (`damage`), left out of the rows.
PYTHON is an interpreter that has the package.
"""
import argparse
import csv
import difflib
import json
import pathlib
import subprocess
import sys
import tempfile

DUCKDB = """
import duckdb, json, sys
r = duckdb.sql("select * from read_csv(" + repr(sys.argv[1]) + ", all_varchar=true)")
print(json.dumps([r.columns] + [list(x) for x in r.fetchall()]))
"""
PANDAS = """
import pandas, json, sys
d = pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
print(json.dumps([list(d.columns)] + d.values.tolist()))
"""


def by_python(python, program, file):
    p = subprocess.run([python, "-c", program, str(file)], capture_output=True, timeout=120)
    return json.loads(p.stdout) if p.returncode == 0 else None


def by_assay(assay, file):
    """The rows of --passed-rows as JSON lines; keys in the order of the columns. Names that were made up stand for no header."""
    with tempfile.TemporaryDirectory() as folder:
        suite, out = pathlib.Path(folder) / "suite.json", pathlib.Path(folder) / "rows.jsonl"
        suite.write_text(json.dumps({"suite": "pollock", "malformed": {"max": "100%"}, "table": [{"row_count": {"min": 0}}]}))
        p = subprocess.run([assay, "check", suite, file, "--passed-rows", out, "--output", "json"], capture_output=True, timeout=120)
        if p.returncode != 0 or not out.exists():
            return None
        batch = json.loads(p.stdout)["batch"]
        lines = [json.loads(line) for line in out.read_text().splitlines()]
    names = [c["name"] for c in batch["columns"]]
    rows = [["" if line[n] is None else line[n] for n in names] for line in lines]
    return rows if "no header" in batch["dialect"] else [names] + rows


def clean_rows(file):
    with open(file, newline="", encoding="utf-8", errors="replace") as f:
        return [[("" if c is None else c) for c in row] for row in csv.reader(f)]


def n_equal(a, b):
    return sum(x == y for x, y in zip(a, b))


def same_cells(got, want):
    got, want = [tuple("" if c is None else str(c) for c in r) for r in got], [tuple(r) for r in want]
    same = 0
    for op, i, j, k, l in difflib.SequenceMatcher(None, got, want, autojunk=False).get_opcodes():
        if op in ("equal", "replace"):
            same += sum(n_equal(x, y) for x, y in zip(got[i:j], want[k:l]))
    return same


def figures(got, want):
    if got is None:
        return 0.0, 0.0, 0.0
    n_got, n_want = sum(map(len, got)), sum(map(len, want))
    same = same_cells(got, want)
    recall, precision = same / n_want if n_want else 1.0, same / n_got if n_got else float(n_want == 0)
    return recall, precision, 2 * recall * precision / (recall + precision) if recall + precision else 0.0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay", default="./assay")
    parser.add_argument("--corpora", type=pathlib.Path, required=True)
    parser.add_argument("--duckdb")
    parser.add_argument("--pandas")
    parser.add_argument("-v", action="store_true")
    args = parser.parse_args()
    readers = {"assay": lambda f: by_assay(args.assay, f)}
    if args.duckdb:
        readers["DuckDB"] = lambda f: by_python(args.duckdb, DUCKDB, f)
    if args.pandas:
        readers["pandas"] = lambda f: by_python(args.pandas, PANDAS, f)
    root = args.corpora / "csv/pollock"
    files = sorted((root / "csv").glob("*.csv"))
    if not files:
        sys.exit(f"no files in {root}/csv")
    totals = {name: [] for name in readers}
    for file in files:
        want = clean_rows(root / "clean" / file.name)
        for name, read in readers.items():
            got = read(file)
            totals[name].append((got is None, *figures(got, want)))
        if args.v:
            print(file.name, {n: ("refused" if t[-1][0] else "%.4f" % t[-1][3]) for n, t in totals.items()})
    print(f"| reader | files | recall | precision | F1 | refused |\n|---|---|---|---|---|---|")
    for name, t in totals.items():
        mean = [sum(x[k] for x in t) / len(t) for k in (1, 2, 3)]
        print("| %s | %d | %.4f | %.4f | %.4f | %d |" % (name, len(t), *mean, sum(x[0] for x in t)))


main()
