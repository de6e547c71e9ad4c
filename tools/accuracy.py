#!/usr/bin/env python3
"""How many digits of assay's figures are right, against data whose answers are certified or exactly known.

  accuracy.py --assay ./assay --corpora ../shared/corpora

NIST StRD univariate data: the log relative error of mean and standard deviation (15 is all that the certified values have).
Moments of the scipy set: sum, mean and standard deviation of doubles against the exactly rounded ones, in units of the last
place. Drift: every test against scipy's figures; how often samples of one distribution are told apart (null), and of two (power), beside
scipy where it can be imported. Everything goes the way a user's data goes: written as CSV, read by `assay profile` or judged by `assay
check`. Standard library only, but for that.
"""
import argparse, decimal, fractions, json, math, os, random, struct, subprocess, sys, tempfile


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


# --- drift ---

class Worst:
    """The largest relative differences of one test, and where they are."""
    def __init__(self):
        self.cases, self.statistic, self.p, self.place, self.p_place = 0, 0.0, None, "", ""

    def take(self, place, ours, theirs):
        def apart(a, b):
            return 0.0 if a == b else abs(a - b) / max(abs(a), abs(b))

        self.cases += 1
        error = apart(float(ours["statistic"]), theirs[0])
        if error > self.statistic:
            self.statistic, self.place = error, place
        if theirs[1] is None or theirs[1] <= 1e-12:
            return
        error = apart(float(ours["p_value"]), theirs[1])
        if self.p is None or error > self.p:
            self.p, self.p_place = error, place


def check(assay, folder, checks, columns, references):
    """One run: columns and references are {name: values}; the suite's checks as JSON. Returns {id: result}."""
    paths = []
    for name, table in (("data.csv", columns), ("ref.csv", references)):
        paths.append(os.path.join(folder, name))
        rows = max((len(v) for v in table.values()), default=0)
        with open(paths[-1], "w") as f:
            f.write(",".join(table) + "\n")
            for i in range(rows):
                f.write(",".join(v[i] if i < len(v) else "" for v in table.values()) + "\n")
    suite = os.path.join(folder, "suite.json")
    with open(suite, "w") as f:
        json.dump({"suite": "accuracy", "columns": checks}, f)
    out = subprocess.run([assay, "check", suite, paths[0], "--output", "json", "--header"], capture_output=True, text=True)
    if out.returncode not in (0, 1, 3):
        sys.exit(out.stderr or out.stdout)
    return {r["id"]: r for r in json.loads(out.stdout)["results"]}


def one(assay, x, y, kind="double", **parameters):
    """What assay observes of one test; None where it does not judge it."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = dict(parameters, id="t", min_samples=1)
        if y is not None:
            wanted["reference"] = "ref.csv"
        result = check(assay, folder, {"x": {"type": kind, "expect": [{"matches_distribution": wanted}]}}, {"x": x},
                       {"x": y if y is not None else ["0"]})["t"]
    return result.get("observed")


def numbers(folder, value):
    if isinstance(value, list):
        return [repr(float(v)) for v in value]
    return open(os.path.join(folder, value["csv"])).read().split()[1:]


def spelled(counts):
    return [f"c{i}" for i, n in enumerate(counts) for _ in range(int(n))]


SIDES = {"two-sided": "two_sided", "greater": "greater", "less": "less"}


def ks_two(assay, folder, case, add):
    x, y = numbers(folder, case["inputs"]["x"]), numbers(folder, case["inputs"]["y"])
    for side, ours in SIDES.items():
        e, found = case["expected"][side], one(assay, x, y, test="ks", alternative=ours, max_effect=1)
        form = e.get("exact") if found["p_method"] == "exact" else e["asymp"]
        if form is None or side != "two-sided" and abs(form["pvalue"] - e["asymp"]["pvalue"]) < 1e-9 * form["pvalue"]:
            form = dict(e["asymp"], pvalue=None)  # scipy gives an exact one up and says the asymptotic one
        add("ks" if side == "two-sided" else "ks, one-sided", found, (form["statistic"], form["pvalue"]))


LAWS = {"norm": lambda a: {"normal": {"mean": a[0], "stdev": a[1]}}, "expon": lambda a: {"exponential": {"mean": a[1]}},
        "uniform": lambda a: {"uniform": {"min": a[0], "max": a[0] + a[1]}}}


def ks_one(assay, folder, case, add):
    law = LAWS[case["params"]["distribution"]](case["params"]["args(loc,scale)"])
    x = numbers(folder, case["inputs"]["x"])
    for side, key in (("two_sided", "exact"), ("greater", "exact_greater"), ("less", "exact_less")):
        e = case["expected"].get(key)
        if e:
            add("ks against a law", one(assay, x, None, distribution=law, test="ks", alternative=side, max_effect=1), (e["statistic"], e["pvalue"]))


def two_samples(test, pick, **parameters):
    def run(assay, folder, case, add):
        inputs = case["inputs"]
        if "x_weights" in inputs or "x2" in inputs:
            return
        x, y = (inputs[k] for k in (("x", "y") if "x" in inputs else ("x0", "x1")))
        found = one(assay, numbers(folder, x), numbers(folder, y), test=test, max_effect=1e300 if test != "mann_whitney" else 1, **parameters)
        theirs = pick(case["expected"], found)
        if theirs:
            add(test, found, theirs)
    return run


def mann(expected, found):
    e = expected["two-sided"]
    e = e.get("exact") if found["p_method"] == "exact" else e["asymptotic_continuity"]
    return e and (e["statistic"], e["pvalue"])


def cramer(expected, found):
    e = expected["exact" if found["p_method"] == "exact" else "asymptotic"]
    return e["statistic"], e["pvalue"]


def anderson(expected, _):
    return expected["midrank"]["statistic"], expected["midrank"]["pvalue_clipped_to_[0.001,0.25]"]


def contingency(assay, _, case, add):
    table = case["inputs"]["table"]
    if len(table) != 2 or sum(map(sum, table)) > 2e5 or any(n != int(n) or n < 0 for row in table for n in row):
        return
    for test, key in (("chi_square", "pearson"), ("g", "g")):
        found, e = one(assay, spelled(table[0]), spelled(table[1]), "string", test=test, max_effect=1), case["expected"].get(key)
        if found and e and not found["pooled_category_count"]:
            add(f"{test}, homogeneity", found, (e["statistic"], e["pvalue"]))
            if test == "g":
                columns, n = [sum(c) for c in zip(*table)], sum(map(sum, table))
                parts = [decimal.Decimal(sum(row) * c) / decimal.Decimal(n) for row in table for c in columns]
                exact = exact_g([o for row in table for o in row], parts)
                note_exact("g, homogeneity", case["id"], exact, float(found["statistic"]), exact, e["statistic"])


EXACT = {}


def exact_g(observed, expected):
    """2 sum o log(o / e) of these very doubles, expected counts as they are; 50 digits."""
    with decimal.localcontext() as c:
        c.prec = 50
        return sum(2 * decimal.Decimal(o) * (decimal.Decimal(o) / decimal.Decimal(e)).ln() for o, e in zip(observed, expected) if o)


def note_exact(test, place, exact_of_ours, ours, exact_of_scipys, scipys):
    for who, got, exact in (("ours", ours, exact_of_ours), ("scipy's", scipys, exact_of_scipys)):
        error = float(abs(decimal.Decimal(got) / exact - 1)) if abs(exact) > 1e-20 else abs(got)
        EXACT[test, who] = max(EXACT.get((test, who), (0.0, "")), (error, place))


def fit(assay, _, case, add):
    observed, expected = case["inputs"]["observed"], case["inputs"]["expected"]
    total = sum(expected)
    if case["params"]["ddof"] or min(expected) < 5 or total > 2e5 or abs(sum(observed) - total) > 1e-9 * total or len(observed) < 2:
        return
    shares = {f"c{i}": e / total for i, e in enumerate(expected)}
    for test, key in (("chi_square", "chi2"), ("g", "g")):
        e = case["expected"][key]
        if not isinstance(e["statistic"], float):
            continue
        found = one(assay, spelled(observed), None, "string", probabilities=shares, test=test, max_effect=1e300)
        add(f"{test}, fit", found, (e["statistic"], e["pvalue"]))
        if test == "g":
            whole = sum(map(decimal.Decimal, shares.values()))
            parts = [decimal.Decimal(s) * int(sum(observed)) / whole for s in shares.values()]
            note_exact("g, fit", case["id"], exact_g(observed, parts), float(found["statistic"]), exact_g(observed, expected), e["statistic"])


def distances(assay, _, case, add):
    p, q, e = case["inputs"]["current_counts"], case["inputs"]["reference_counts"], case["expected"]
    if sum(p) + sum(q) > 2e5:
        return
    for test, key, parameters in (("jensen_shannon", "js_distance_base2", {}), ("jensen_shannon", "js_distance_nats", {"base": "e"}),
                                  ("psi", "psi_floor_1e-4_no_renormalise", {}), ("psi", "psi_floor_1e-6_no_renormalise", {"floor": 1e-6}),
                                  ("kl", "kl_q_p_nats", {"floor": 0}), ("hellinger", "hellinger", {}),
                                  ("total_variation", "total_variation", {}), ("l_infinity", "l_infinity", {})):
        if isinstance(e[key], float) and math.isfinite(e[key]):
            add(test, one(assay, spelled(p), spelled(q), "string", test=test, **parameters), (e[key], None))


FOLDERS = (("ks_2samp", ks_two), ("ks_1samp", ks_one), ("cramer_von_mises_2samp", two_samples("cramer_von_mises", cramer)),
           ("anderson_darling_k", two_samples("anderson_darling", anderson)), ("mann_whitney_u", two_samples("mann_whitney", mann)),
           ("wasserstein", two_samples("wasserstein", lambda e, _: (e["wasserstein_1"], None))),
           ("chisq_contingency", contingency), ("chisq_gof", fit), ("binned_distance", distances))


def drift(assay, corpus):
    worst = {}
    for name, run in FOLDERS:
        folder = os.path.join(corpus, name)
        for file in sorted(f for f in os.listdir(folder) if f.endswith(".json")):
            case = json.load(open(os.path.join(folder, file)))
            if "error" not in case["expected"]:
                run(assay, folder, case, lambda test, ours, theirs: worst.setdefault(test, Worst()).take(f"{name}/{file[:-5]}", ours, theirs))
    print("\n| test | figures | worst statistic | case | worst p-value above 1e-12 | case |\n|---|---|---|---|---|---|")
    for test, w in worst.items():
        print(f"| {test} | {w.cases} | {w.statistic:.1e} | {w.place} | {'' if w.p is None else f'{w.p:.1e}'} | {w.p_place} |")
    print("\n| statistic, from the exact value for the same doubles | worst | case |\n|---|---|---|")
    for (test, who), (error, place) in EXACT.items():
        print(f"| {test}, {who} | {error:.1e} | {place} |")
    beyond = [t for t, w in worst.items() if (EXACT[t, "ours"][0] if (t, "ours") in EXACT else w.statistic) > 1e-12]
    return max(w.p or 0 for w in worst.values()), beyond


# --- simulation ---

TESTS = ("ks", "cramer_von_mises", "anderson_darling", "mann_whitney", "welch_t", "levene", "chi_square", "g")


def scipy_rejects(stats, test, x, y):
    import warnings
    warnings.simplefilter("ignore")
    if test in ("chi_square", "g"):
        table = [[v.count(c) for c in "abcde"] for v in (x, y)]
        return stats.chi2_contingency(table, correction=False, lambda_=test == "g" and "log-likelihood" or None)[1] < 0.05
    a, b = [float(v) for v in x], [float(v) for v in y]
    run = {"ks": lambda: stats.ks_2samp(a, b), "cramer_von_mises": lambda: stats.cramervonmises_2samp(a, b),
           "anderson_darling": lambda: stats.anderson_ksamp([a, b]), "mann_whitney": lambda: stats.mannwhitneyu(a, b),
           "welch_t": lambda: stats.ttest_ind(a, b, equal_var=False), "levene": lambda: stats.levene(a, b)}
    return run[test]().pvalue < 0.05


def simulate(assay, pairs, n, shift, spread, stats):
    """How many of so many pairs are told apart at 0.05, by test: ours and scipy's (None without scipy)."""
    draw = random.Random(1000 * n + int(100 * shift))
    weights = [0.3, 0.25, 0.2, 0.15, 0.1]
    moved = [w * (1 + shift * (1 - i / 2) / 2) for i, w in enumerate(weights)]
    ours, theirs = dict.fromkeys(TESTS, 0), dict.fromkeys(TESTS, 0 if stats else None)
    checks, left, right = {}, {}, {}
    for i in range(pairs):
        left[f"x{i}"] = [repr(draw.gauss(0, 1)) for _ in range(n)]
        right[f"x{i}"] = [repr(draw.gauss(shift, 1 + spread)) for _ in range(n)]
        left[f"c{i}"], right[f"c{i}"] = draw.choices("abcde", weights, k=n), draw.choices("abcde", moved, k=n)
        for kind, name, tests in (("double", f"x{i}", TESTS[:6]), ("string", f"c{i}", TESTS[6:])):
            checks[name] = {"type": kind, "expect": [{"matches_distribution": {"id": f"{t}.{i}", "reference": "ref.csv", "test": t, "p_value": 0.05,
                                                                              "max_effect": 1 if t in ("ks", "mann_whitney", "chi_square", "g") else 1e9}}
                                                    for t in tests]}
            for t in tests if stats else ():
                theirs[t] += bool(scipy_rejects(stats, t, left[name], right[name]))
    with tempfile.TemporaryDirectory() as folder:
        for id, result in check(assay, folder, checks, left, right).items():
            if id.split(".")[0] in ours:
                ours[id.split(".")[0]] += result["status"] == "fail"
    return ours, theirs


def simulation(assay, pairs):
    try:
        from scipy import stats
    except ImportError:
        stats = None
    bound = 3.2905 * math.sqrt(pairs * 0.05 * 0.95)  # 99.9 of 100 such counts lie within
    sizes, wrong = (40, 200, 1000), []
    print(f"\n| test | null, n = {' | null, n = '.join(map(str, sizes))} | shift 0.3, n = 200: ours | scipy's |\n|" + "---|" * (len(sizes) + 3))
    null = [simulate(assay, pairs, n, 0, 0, None)[0] for n in sizes]
    ours, theirs = simulate(assay, pairs, 200, 0.3, 0.15, stats)
    for t in TESTS:
        counts = [c[t] for c in null]
        wrong += [f"{t}: {c} of {pairs}" for c in counts if c > pairs * 0.05 + bound or (c < pairs * 0.05 - bound and t != "ks")]
        print(f"| {t} | " + " | ".join(map(str, counts)) + f" | {ours[t]} | {'' if theirs[t] is None else theirs[t]} |")
    return wrong


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--assay", default="./assay")
    ap.add_argument("--corpora", default="../shared/corpora")
    ap.add_argument("--pairs", type=int, default=1000, help="of the simulation; 0: none")
    a = ap.parse_args()
    worst = nist(a.assay, os.path.join(a.corpora, "stats", "nist-strd"))
    scipy(a.assay, os.path.join(a.corpora, "stats", "scipy", "moments_quantiles"))
    p, beyond = drift(a.assay, os.path.join(a.corpora, "stats", "scipy"))
    wrong = simulation(a.assay, a.pairs) if a.pairs else []
    if wrong:
        sys.exit("told apart too often or too seldom: " + "; ".join(wrong))
    if beyond:
        sys.exit("statistics more than 1e-12 off: " + ", ".join(beyond))
    if p > 1e-9:
        sys.exit(f"a p-value is {p:.1e} off")
    if worst < 13:
        sys.exit(f"fewer digits are right than promised: {worst:.1f}")


main()
