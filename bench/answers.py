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
    if word.startswith("ks"):
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


# --- drift: {figure: (least, most)}, which are the same but for bounds ---

FIGURES = {"ks": {"scipy": ("D", "p"), "duckdb": ("D",), "evidently": ("p",)}, "psi": {"evidently": ("PSI in other bins",)},
           "wasserstein": {"evidently": ("normed",)}}


def our_drift(test, out):
    result = next(r for r in json.loads(out)["results"] if r["expectation"] == "matches_distribution")
    seen = result.get("observed")
    if result["status"] not in ("pass", "fail") or not seen:
        return {result["status"]: (0, 0)}
    pair = lambda key: tuple(float(x) for x in seen.get(key + "_bounds", (seen[key],) * 2))
    found = {{"ks": "D", "psi": "PSI", "wasserstein": "normed"}[test]: pair("statistic")}
    if test == "ks":
        found["p"] = pair("p_value")
    if "distance" in seen:
        found["distance"] = (float(seen["distance"]),) * 2
    return found


def their_drift(test, engine, out):
    words = FIGURES[test].get(engine, ("PSI" if test == "psi" else "distance",))
    found = numbers(out)
    return {w: (x, x) for w, x in zip(words, found)} if len(found) >= len(words) else {"no answer": (0, 0)}


def drifts_agree(said, tolerance, floor):
    """Where two name the same figure, one is within the bounds of the other; figures below `floor` count as it. Everybody has an answer."""
    all_found = list(said.values())
    return not any(set(found) & {"no answer", "not_evaluated"} for found in all_found) and \
        all(a[key][0] <= b[key][1] + tolerance * max(abs(b[key][1]), floor) for a in all_found for b in all_found for key in set(a) & set(b))


def short_drift(found):
    one = lambda low, high: f"{low:.7g}" if low == high else f"{low:.7g} to {high:.7g}"
    return ", ".join(f"{key} {one(*x)}" for key, x in found.items())


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
