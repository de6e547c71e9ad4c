#!/usr/bin/env python3
"""How many digits of assay's figures are right, against data whose answers are certified or exactly known.

  accuracy.py --assay ./assay --corpora ../shared/corpora

NIST StRD univariate data: the log relative error of mean and standard deviation (15 is all that the certified values have).
Moments of the scipy set: sum, mean and standard deviation of doubles against the exactly rounded ones, in units of the last
place. Everything goes the way a user's data goes: written as CSV, read by `assay profile`. Standard library only.
"""
import argparse, decimal, fractions, json, math, os, struct, subprocess, sys, tempfile


def profile(assay, values):
    with tempfile.NamedTemporaryFile("w", suffix=".csv", delete=False) as f:
        f.write("y\n" + "".join(v + "\n" for v in values))
    out = subprocess.run([assay, "profile", f.name, "--output", "json", "--header"], capture_output=True, text=True)
    os.unlink(f.name)
    if out.returncode:
        sys.exit(out.stderr)
    return json.loads(out.stdout)["columns"][0]


def lre(got, certified):
    if got == certified:
        return 15.0
    error = abs(got - certified) / abs(certified) if certified else abs(got)
    return min(15.0, -math.log10(error))


def nist_values(path):
    lines = open(path).read().splitlines()
    if path.endswith(".csv"):
        return lines[1:]
    start = max(i for i, line in enumerate(lines) if line.startswith("Data:"))
    values = [line.strip() for line in lines[start + 1:]]
    return [v for v in values if v.lstrip("-").replace(".", "").isdigit()]


def nist(assay, folder):
    certified = json.load(open(os.path.join(folder, "certified.json")))
    print("| NIST data set | values | digits right, mean | digits right, standard deviation |\n|---|---|---|---|")
    worst = 15.0
    for name in sorted(certified):
        path = next(p for p in (os.path.join(folder, name + e) for e in (".dat", ".csv")) if os.path.exists(p))
        values = nist_values(path)
        if len(values) != int(certified[name]["n"]):
            sys.exit(f"{path}: {len(values)} values, not {certified[name]['n']}")
        c = profile(assay, values)
        mean, stdev = (lre(c["mean"], float(certified[name]["mean"])), lre(c["stdev"], float(certified[name]["stddev_sample"])))
        worst = min(worst, mean, stdev)
        print(f"| {name} | {len(values)} | {mean:.1f} | {stdev:.1f} |")
    return worst


def ordered(x):
    n = struct.unpack("<q", struct.pack("<d", x))[0]
    return n if n >= 0 else -(n & 0x7FFFFFFFFFFFFFFF)


def ulps(got, expected):
    return abs(ordered(float(got)) - ordered(float(expected)))


def inputs(folder, case):
    x = case["inputs"]["x"]
    if isinstance(x, list):
        return [repr(v) for v in x]
    path = os.path.join(folder, x["csv"] if isinstance(x, dict) else x)
    return [line for line in open(path).read().split() if line not in ("x", "value")]


def exact_deviation(texts):
    """Correctly rounded; the set's own variance underflows where the deviation does not."""
    x = [fractions.Fraction(float(t)) for t in texts]
    if len(x) < 2:
        return None
    mean = sum(x) / len(x)
    variance = sum((v - mean) ** 2 for v in x) / (len(x) - 1)
    with decimal.localcontext() as c:
        c.prec, c.Emin, c.Emax = 60, decimal.MIN_EMIN, decimal.MAX_EMAX
        return float((decimal.Decimal(variance.numerator) / decimal.Decimal(variance.denominator)).sqrt())


def scipy(assay, folder):
    worst = {"sum": 0, "mean": 0, "stdev": 0}
    n = 0
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".json"):
            continue
        case = json.load(open(os.path.join(folder, name)))
        c, e = profile(assay, inputs(folder, case)), case["expected"]
        e["stddev_sample"] = exact_deviation(inputs(folder, case))
        n += 1
        for ours, theirs in (("sum", "sum_exactly_rounded"), ("mean", "mean_exact"), ("stdev", "stddev_sample")):
            if isinstance(e.get(theirs), float) and isinstance(c.get(ours), (int, float)):
                worst[ours] = max(worst[ours], ulps(c[ours], e[theirs]))
    print(f"\n| figure, {n} scipy cases | worst error, units in the last place |\n|---|---|")
    for k, v in worst.items():
        print(f"| {k} | {v} |")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--assay", default="./assay")
    ap.add_argument("--corpora", default="../shared/corpora")
    a = ap.parse_args()
    worst = nist(a.assay, os.path.join(a.corpora, "stats", "nist-strd"))
    scipy(a.assay, os.path.join(a.corpora, "stats", "scipy", "moments_quantiles"))
    if worst < 13:
        sys.exit(f"fewer digits are right than promised: {worst:.1f}")


main()
