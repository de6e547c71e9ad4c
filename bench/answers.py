"""What a contestant said, as numbers or ids that can be compared: no time counts where the answers differ."""
import json
import math
import re

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def failed_checks(name, out):
    """Ids of the suite's checks that failed, the same words for all: c11.email and so on are c11."""
    if name.startswith("assay"):
        report = json.loads(out)
        return sorted({r["id"].split(".")[0] for r in report["results"] if r["status"] == "fail"})
    line = [l for l in out.decode(errors="replace").splitlines() if l.startswith("{")]
    return sorted(k for k, v in json.loads(line[-1])["checks"].items() if not v[0]) if line else ["no verdict"]


def numbers(out):
    """Of the last line that holds any."""
    lines = [l for l in out.decode(errors="replace").splitlines() if NUMBER.search(l)]
    return [float(x) for x in NUMBER.findall(lines[-1])] if lines else []


def newest(found):
    """Range and freshness: is the range kept, and the day, hour and minute of the newest; engines write times in their ways."""
    return [float(found[0] >= 18 and found[1] <= 120)] + [abs(x) for x in found[2:7]]


def ours(word, out):
    results = json.loads(out)["results"]
    first = next((r for r in results if r["expectation"] != "of_type"), None)
    if any(r["status"] not in ("pass", "fail") for r in results):
        return [r["status"] for r in results]
    if word == "start":
        return []
    if word == "count":
        return [float(first["observed_value"])]
    if word == "minmax":
        at = NUMBER.findall(results[1]["observed_value"].replace("-", " "))[:5]
        return [float(first["unexpected_count"] == 0)] + [float(x) for x in at]
    if word == "mean":
        return [float(first["observed_value"])]
    if word in ("unique_int", "unique_uuid"):
        return [float(first["surplus_rows"])]
    if word.startswith("ks") or word in ("psi", "wasserstein"):
        return [float(first["observed"]["statistic"])]
    return [float(r["unexpected_count"]) for r in results if r["expectation"] != "of_type"]


def theirs(word, engine, out, rows):
    found = numbers(out)
    if word == "start":
        return []
    if not found:
        return ["no answer"]
    if word == "minmax":
        return newest(found)
    if word == "not_null_all":
        return [rows - x for x in found] if engine == "duckdb" else found
    if word in ("unique_int", "unique_uuid"):
        return [rows - found[0]] if engine == "polars" else found[:1]
    return found[:1]


def near(a, b, tolerance):
    if isinstance(a, str) or isinstance(b, str):
        return a == b
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)


def agree(said, tolerance=1e-9):
    """Do all of {name: list or dict} say the same?"""
    first = next(iter(said.values()))
    for other in said.values():
        if isinstance(first, dict):
            if set(first) != set(other) or any(not near(first[k], other[k], tolerance) for k in first):
                return False
        elif len(first) != len(other) or any(not near(a, b, tolerance) for a, b in zip(first, other)):
            return False
    return True


def short(said):
    text = " ".join(f"{x:.10g}" if isinstance(x, float) else str(x) for x in (said.values() if isinstance(said, dict) else said))
    return text if len(text) <= 40 else text[:37] + "..."
