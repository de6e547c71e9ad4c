#!/usr/bin/env python3
"""Compares the CSV reader with the witnesses of a corpus (expected/NAME.json beside the files).

check_csv_corpus.py DUMP_CELLS CORPUS_CSV_DIR

Files on whose row count the five witnesses agree must give that count and, cut by commas, the cells of Python's csv module. All
files must end in an answer or a named error.
"""
import collections, glob, hashlib, json, os, subprocess, sys

dump, root = sys.argv[1:3]
totals = collections.Counter()
details = []


def run(*args):
    p = subprocess.run([dump, *args], capture_output=True, timeout=60)
    return p.returncode, p.stdout, p.stderr.decode("utf-8", "replace")


def rows_of(message):
    first = message.splitlines()[0].split(", ")
    return int(first[1].split()[0]), int(first[2].split()[0])


for expected in sorted(glob.glob(root + "/**/expected/*.json", recursive=True)):
    with open(expected) as f:
        want = json.load(f)
    path = os.path.join(os.path.dirname(os.path.dirname(expected)), want["file"])
    if not os.path.exists(path):
        totals["absent"] += 1
        continue
    code, _, message = run("-t", path)
    totals["files"] += 1
    totals["exit %d" % code] += 1
    if code not in (0, 3):
        details.append((path, "exit %d %s" % (code, message[-200:])))
        continue
    agree = want.get("witnesses", {}).get("row_counts_agree")
    if not agree:
        continue
    totals["agreed"] += 1
    rows = next(iter(v for v in want["witnesses"]["rows"].values()))
    if code or rows_of(message) != (rows, 0):
        totals["agreed, rows differ"] += 1
        details.append((path, "rows %s: %s" % (rows, message.strip()[:200])))
    else:
        totals["agreed, rows equal"] += 1
    sha = want.get("python_csv", {}).get("cells_sha256")
    if not sha:
        continue
    code, cells, message = run("-d", ",", "-H", path)
    same = code == 0 and hashlib.sha256(cells).hexdigest() == sha
    totals["agreed, cells %s" % ("equal" if same else "differ")] += 1
    if not same:
        details.append((path, "cells: %s" % message.strip()[:200]))

for d in details:
    print(*d, sep="\n    ")
for k in sorted(totals):
    print("%-24s %d" % (k, totals[k]))
