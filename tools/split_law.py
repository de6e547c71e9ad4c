#!/usr/bin/env python3
"""The law of merging, on real data: however a table is cut and merged, states and reports are the same bytes.

  split_law.py ASSAY SUITE CSV [--splits N] [--seed S] [--var NAME=VALUE]...

Cuts the CSV's rows N times at random places into 2 to 9 files, counts each file apart, merges the states in a random order and in
random groups. The verdict digest has to be that of one run over all the rows, and the merged states and results of one cut the same
bytes for two orders of merging. Rows must not hold line feeds. Prints one line; exit code 1 where the law is broken.
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile


def run(*words):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(map(str, words))}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def cut(lines, header, folder, chance):
    n = chance.randint(2, 9)
    places = sorted(chance.randint(0, len(lines)) for _ in range(n - 1))
    parts = []
    for i, (a, b) in enumerate(zip([0] + places, places + [len(lines)])):
        part = folder / f"part{i}.csv"
        part.write_bytes(header + b"".join(lines[a:b]))
        parts.append(part)
    return parts


def merge_in_groups(assay, suite, options, states, folder, chance, name):
    """A random tree of merges; the path of the last state and the report of the last merge."""
    states, step = list(states), 0
    while True:
        chance.shuffle(states)
        n = chance.randint(2, len(states)) if len(states) > 1 else 1
        out = folder / f"{name}{step}.state"
        report = json.loads(run(assay, "merge", suite, *states[:n], "--out", out, "--output", "json", *options))
        states, step = states[n:] + [out], step + 1
        if len(states) == 1:
            return out, report


def one_split(args, lines, header, wanted, chance):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        parts = cut(lines, header, folder, chance)
        states = []
        for part in parts:
            states.append(part.with_suffix(".state"))
            run(args.assay, "state", args.suite, part, "--out", states[-1], "--quiet", *args.options)
        a, first = merge_in_groups(args.assay, args.suite, args.options, states, folder, chance, "a")
        b, second = merge_in_groups(args.assay, args.suite, args.options, states, folder, chance, "b")
        problems = []
        if first["verdict_digest"] != wanted:
            problems.append("another verdict digest than one run's")
        if a.read_bytes() != b.read_bytes():
            problems.append("merged states differ")
        if json.dumps(first["results"]) != json.dumps(second["results"]):
            problems.append("merged results differ")
        return len(parts), problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assay")
    parser.add_argument("suite")
    parser.add_argument("csv")
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--var", action="append", default=[])
    parser.add_argument("--now", default="2019-02-01T00:00:00Z")
    args = parser.parse_args()
    args.assay = pathlib.Path(args.assay).resolve()
    args.options = ["--now", args.now] + [w for v in args.var for w in ("--var", v)]
    chance = random.Random(args.seed)
    header, *lines = pathlib.Path(args.csv).read_bytes().splitlines(keepends=True)
    whole = json.loads(run(args.assay, "check", args.suite, args.csv, "--output", "json", *args.options))
    broken = n_parts = 0
    for i in range(args.splits):
        n, problems = one_split(args, lines, header, whole["verdict_digest"], chance)
        n_parts += n
        broken += bool(problems)
        for problem in problems:
            print(f"split {i}: {problem}")
    print(f"{args.splits} random splits of {len(lines)} rows into {n_parts} parts: {args.splits - broken} hold, {broken} broken")
    return 1 if broken else 0


sys.exit(main())
