#!/usr/bin/env python3
"""Compares tools/parquet_dump with the expectations of a corpus of Parquet files.

    check_parquet.py DUMP CORPUS_DIRECTORY [--verbose]

For every expected/NAME.json beside a data file: the names, null counts and value hashes of the columns, those in lists
and maps by their entries, or the refusal. Each file is dumped by a process of its own with a limit of time. Exit 1 if a file differs.
"""
import collections
import json
import os
import subprocess
import sys


def dump(program, path):
    try:
        run = subprocess.run([program, path], capture_output=True, timeout=120)
    except subprocess.TimeoutExpired:
        return {"crash": "timeout"}
    if run.returncode != 0:
        return {"crash": f"exit {run.returncode}: " + run.stderr.decode(errors="replace")[-2000:]}
    return json.loads(run.stdout.decode("utf-8", errors="surrogateescape"))


def compare(found, expected):
    """Yields what is different."""
    witness = expected.get("pyarrow", {})
    if "crash" in found:
        yield "CRASH " + found["crash"]
        return
    if found["leaked"]:
        yield f"LEAK {found['leaked']}"
    if "error" in found:
        if witness.get("read_ok") or expected.get("duckdb", {}).get("read_ok"):
            yield "refused: " + found["error"]
        return
    refusals = [c["error"] for c in found["columns"] if "error" in c]
    if refusals and (not witness.get("read_ok") or all(" checksum is " in r for r in refusals)):
        return  # one witness alone, or both without a look at the checksum: a refusal is right
    columns = {c["name"]: c for c in found["columns"]}
    flat = [c for c in found["columns"] if not c["nested"]]
    for c, levels in zip(found["columns"], found["levels"]):
        if "error" not in c and "error" not in levels and levels["non_null"] != c["non_null"]:
            yield f"{c['name']}: levels say {levels['non_null']} non-null, values {c['non_null']}"
    if "hashes" in found["together"]:
        for c, h in zip(flat, found["together"]["hashes"]):
            if c.get("sha256") not in (h, None):
                yield f"{c['name']}: other values when read together"
    elif found["together"].get("error") and not any("error" in c for c in flat):
        yield "together: " + found["together"]["error"]
    yield from check_summaries(found)
    if not witness.get("read_ok"):
        if expected.get("duckdb", {}).get("read_ok"):
            witness = expected["duckdb"]
            for name, want in witness.get("columns", {}).items():
                have = columns.get(name)
                if have and have.get("status") != "unsupported":
                    for key in ("entries", "non_null"):
                        if have.get(key) != want[key]:
                            yield f"{name}: {key} {have.get(key)}, the second witness says {want[key]}"
        elif not any("error" in c for c in found["columns"]):
            yield "both witnesses refuse, we read"
        return
    if found["rows"] != witness["num_rows"]:
        yield f"rows {found['rows']}, expected {witness['num_rows']}"
    for name, want in witness.get("columns", {}).items():
        have = columns.get(name)
        if have is None:
            yield f"{name}: no such column; we have {sorted(columns)[:8]}"
        elif "error" in have:
            yield f"{name}: {have['error']}"
        else:
            for a, b in (("entries", "entries"), ("non_null", "non_null"), ("sha256", "values_sha256")):
                if b in want and have[a] != want[b]:
                    yield f"{name} ({have['type']}, {want.get('arrow_type')}): {a} {have[a]} not {want[b]}"


def check_summaries(found):
    for i, c in enumerate(found["columns"]):
        parts = [s for s in found["summaries"] if s["column"] == i]
        if "non_null" in c and parts and all("nulls" in s for s in parts):
            n = sum(s["rows"] - s["nulls"] for s in parts)
            if n != c["non_null"]:
                yield f"{c['name']}: the footer says {n} non-null, the values {c['non_null']}"


def main():
    program, root = sys.argv[1:3]
    counts = collections.Counter()
    for folder, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            expected = os.path.join(folder, name)
            if "/expected" not in folder or not name.endswith(".json"):
                continue
            head, tail = expected.split("/expected/", 1)
            with open(expected) as file:
                want = json.load(file)
            path = os.path.join(head, tail[: -len(".json")].replace("__", "/"))
            if not os.path.exists(path):
                path = os.path.join(head, want["file"])
            if not os.path.exists(path):
                print("no such data file:", path)
                continue
            found = dump(program, path)
            problems = list(compare(found, want))
            kind = "differ" if problems else "refused" if "error" in found or any("error" in c for c in found.get("columns", [])) else "agree"
            counts[kind] += 1
            if problems or "--verbose" in sys.argv:
                print(f"{kind}: {path}")
                for p in problems:
                    print("    " + p[:300])
                if "--verbose" in sys.argv and "error" in found:
                    print("    " + found["error"])
    print(dict(counts))
    return 1 if counts["differ"] else 0


sys.exit(main())
