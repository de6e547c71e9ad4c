#!/usr/bin/env python3
"""Compares `assay profile` of the real tables with the witness's figures.

check_real_profiles.py ASSAY CORPORA

Per column: type, nulls, distinct values, mean, standard deviation, and min and max of text. Types differ in name only.
"""
import glob, json, math, subprocess, sys

assay, corpora = sys.argv[1:3]
SAME = {"BIGINT": "int64", "DOUBLE": "double", "VARCHAR": "string", "BOOLEAN": "bool", "DATE": "date", "TIME": "time(us)",
        "TIMESTAMP": "timestamp(us)", "TIMESTAMP WITH TIME ZONE": "timestamp(us, UTC)"}
checked = differ = 0


def close(a, b):
    return a == b or (a is not None and b is not None and math.isclose(float(a), float(b), rel_tol=1e-9, abs_tol=1e-12))


for path in sorted(glob.glob(corpora + "/real/expected/*__*.json")):
    with open(path) as f:
        want = json.load(f)
    if "columns" not in want:
        continue
    name = corpora + "/" + want["file"]
    p = subprocess.run([assay, "profile", "--output", "json", name], capture_output=True)
    if p.returncode:
        print(name, "exit", p.returncode, p.stderr.decode()[:200])
        differ += 1
        continue
    got = json.loads(p.stdout)
    columns = {c["name"]: c for c in got["columns"]}
    if got["batch"]["rows"] != want.get("rows", got["batch"]["rows"]):
        print(name, "rows", got["batch"]["rows"], want["rows"])
        differ += 1
    for column, w in want["columns"].items():
        g = columns.get(column, {})
        pairs = [("type", g.get("type"), SAME.get(w["type"], w["type"])), ("nulls", g.get("null_count"), w["nulls"])]
        if g.get("distinct_is_exact"):
            pairs.append(("distinct", g.get("distinct_count"), w["distinct"]))
        if w["type"] == "VARCHAR" and w.get("min") is not None:
            pairs += [(k, g.get(k), w[k]) for k in ("min", "max")]
        wrong = [x for x in pairs if x[1] != x[2]]
        if isinstance(w.get("mean"), (int, float)):
            numbers = [("mean", g.get("mean"), w["mean"]), ("stdev", g.get("stdev"), w.get("stddev_samp"))]
            wrong += [x for x in numbers if not close(x[1], x[2])]
        checked += 1
        if wrong:
            differ += 1
            print(want["file"], column, *wrong)
print("%d columns compared, %d differences" % (checked, differ))
