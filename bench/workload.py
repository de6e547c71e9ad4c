"""Files, suites and command lines of the bench."""
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SHARED = HERE.parent.parent / "shared/bench"
NOW = "2026-11-23T00:00:00"
ROWS = {"10": 10, "1m": 10**6, "10m": 10**7}
FULL = "assay, every value"
QUIET = "assay, no rows shown"
COUNTRIES = ("US GB DE FR ES IT NL BE SE NO FI DK PL CZ AT CH PT IE GR HU RO BG HR SI SK EE LV LT LU MT CA MX BR AR CL JP KR IN AU NZ").split()
TYPES = {"user_id": "int64", "event_uuid": "string", "user_age": "int32", "purchase_amount": "double", "email": "string",
         "user_segment": "string", "country": "string", "created_at": "timestamp", "is_active": "bool", "session_length": "float",
         "description": "string"}
FLOATS = ("purchase_amount", "session_length")
PACKAGES = {"duckdb": "duckdb", "polars": "polars", "pyarrow": "pyarrow", "datafusion": "datafusion", "chdb": "chdb", "scipy": "scipy",
            "gx": "great_expectations", "soda4": "soda-core", "evidently": "evidently"}
# Peers whose script is not named after them: (script, more words).
SCRIPTS = {"datafusion": ("p_sqlgen.py", ["--engine", "datafusion"]), "chdb": ("p_sqlgen.py", ["--engine", "chdb"])}
PEERS = ("duckdb", "polars", "polars-eager", "pyarrow", "datafusion", "chdb")
# Tools with a suite of their own, and the checks that they have not: both tests of drift, which Great Expectations has by KL divergence only.
DECLARED = {"gx": ("c06", "c07"), "soda4": ("c06", "c07")}

COUNT_CSV = {
    "duckdb": "import duckdb,sys; con=duckdb.connect(); con.execute('SET threads=2'); con.execute('SET enable_progress_bar=false'); "
              "print(con.execute(f\"SELECT count(*) FROM read_csv('{sys.argv[1]}', header=true)\").fetchone())",
    "polars": "import polars as pl,sys; print(pl.scan_csv(sys.argv[1]).select(pl.len()).collect(engine='streaming').item())",
}
# Of a column x: each value once with its counts on both sides, then the distribution functions behind it.
ORDERED_SQL = """WITH u AS (SELECT v, sum(a) a, sum(b) b FROM (SELECT x v, count(*) a, 0 b FROM '{a}' WHERE x IS NOT NULL GROUP BY 1
  UNION ALL SELECT x, 0, count(*) FROM '{b}' WHERE x IS NOT NULL GROUP BY 1) GROUP BY 1),
  d AS (SELECT v, sum(a) OVER w / sum(a) OVER () - sum(b) OVER w / sum(b) OVER () d, lead(v) OVER (ORDER BY v) - v step
  FROM u WINDOW w AS (ORDER BY v ROWS UNBOUNDED PRECEDING)) """
DRIFT_DUCKDB = """import math, sys
import duckdb
con = duckdb.connect(); con.execute("SET threads=2"); con.execute("SET enable_progress_bar = false")
test, a, b = sys.argv[1:4]
one = lambda text: con.execute(text).fetchone()
if test == "psi":
    edges = one(f"SELECT quantile_cont(x, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]) FROM '{b}'")[0]
    parts = ", ".join(["count(*)"] + [f"count(*) FILTER (WHERE x >= {e!r})" for e in edges])
    above = lambda f: list(one(f"SELECT {parts} FROM '{f}' WHERE x IS NOT NULL")) + [0]
    shares = lambda n: [(n[i] - n[i + 1]) / n[0] for i in range(10)]
    print(sum((p - q) * math.log(p / q) for p, q in zip(shares(above(a)), shares(above(b)))))
else:
    print(one(f'''""" + ORDERED_SQL + """''' + ("SELECT max(abs(d)) FROM d" if test == "ks" else "SELECT sum(abs(d) * step) FROM d"))[0])
"""
DRIFT_SCIPY = """import sys
import numpy as np, pyarrow.parquet as pq
from scipy import stats
test, a, b = sys.argv[1:4]
load = lambda f: pq.read_table(f, columns=["x"]).column(0).drop_null().to_numpy().astype(float)
x, y = load(a), load(b)
if test == "ks":
    found = stats.ks_2samp(x, y, method="asymp")
    print(float(found.statistic), float(found.pvalue))
elif test == "wasserstein":
    print(float(stats.wasserstein_distance(x, y)))
else:
    edges = np.quantile(y, np.linspace(0, 1, 11)); edges[0], edges[-1] = -np.inf, np.inf
    p, q = (np.histogram(v, edges)[0] / len(v) for v in (x, y))
    print(float(np.sum((p - q) * np.log(p / q))))
"""
# As its manual has it: a report of one metric over two data sets.
DRIFT_EVIDENTLY = """import sys
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.metrics import ValueDrift
test, a, b = sys.argv[1:4]
load = lambda f: Dataset.from_pandas(pd.read_parquet(f, columns=["x"]), data_definition=DataDefinition(numerical_columns=["x"]))
print(float(Report([ValueDrift(column="x", method=test)]).run(load(a), load(b)).dict()["metrics"][0]["value"]))
"""
DOUBLES = """import sys, numpy as np, pyarrow as pa, pyarrow.parquet as pq
n, seed, file = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
pq.write_table(pa.table({"x": np.random.default_rng(seed).standard_normal(n)}), file, compression="zstd", row_group_size=1 << 20)
"""
WIDE = """import sys, numpy as np, pyarrow as pa, pyarrow.parquet as pq
n = int(sys.argv[1]); rng = np.random.default_rng(1)
pq.write_table(pa.table({f"c{i}": rng.standard_normal(100000) for i in range(n)}), sys.argv[2], compression="zstd")
"""


class Bench:
    def __init__(self, args, scratch):
        self.args, self.scratch, self.n_suites, self.said = args, scratch, 0, set()
        args.data.mkdir(parents=True, exist_ok=True)
        self.reference = args.data / "ref_same.zstd.parquet"
        if not self.python("duckdb").exists():
            sys.exit(f"bench: {args.venvs}/duckdb is missing; make it with: python3 -m venv {args.venvs}/duckdb && "
                     f"{args.venvs}/duckdb/bin/pip install duckdb pyarrow numpy (and polars likewise), then give --venvs or BENCH_VENVS")
        if not self.reference.exists():
            self.generate("--rows", "1000000", "--ref", "same")

    # --- who is there ---

    def python(self, venv):
        return self.args.venvs / venv / "bin/python"

    def has(self, peer):
        venv = peer.split("-")[0]
        if self.args.only and peer not in self.args.only.split(","):
            return False
        if not self.python(venv).exists():
            if peer not in self.said:
                print(f"bench: {self.args.venvs / venv} is not there: {peer} is left out", file=sys.stderr)
            self.said.add(peer)
            return False
        return True

    def versions(self):
        found = {"assay": subprocess.run([self.args.assay, "--version"], capture_output=True, text=True).stdout.strip()}
        for peer, package in PACKAGES.items():
            if self.python(peer).exists():
                found[package] = subprocess.run([self.python(peer), "-c", f"import importlib.metadata as m; print(m.version('{package}'))"],
                                             capture_output=True, text=True).stdout.strip()
        return found

    # --- files ---

    def generate(self, *words):
        subprocess.run([self.python("duckdb"), SHARED / "gen_workload.py", "--out", self.args.data, *words], check=True,
                       stdout=subprocess.DEVNULL)

    def table(self, variant, size, kind):
        """The table's path; made where it is not there."""
        path = self.args.data / (f"{variant}_{size}.csv" if kind == "csv" else f"{variant}_{size}.{kind}.parquet")
        if not path.exists():
            print(f"bench: making {path}", file=sys.stderr)
            self.generate("--rows", str(ROWS[size]), "--variant", variant, "--formats", kind)
            if not path.exists():
                sys.exit(f"bench: the generator did not make {path}")
        return path

    # --- command lines ---

    def check(self, suite, *more):
        return [self.args.assay, "check", suite, "--now", NOW + "Z", "--output", "json", "--no-progress", *more]

    def suite_words(self, file, rows, *more):
        """file: or a list of them."""
        files = file if isinstance(file, list) else [file]
        return self.check(SHARED / "purchases.yaml", *files, "--var", f"reference={self.reference}", "--var", f"rows_low={rows * 9 // 10}",
                          "--var", f"rows_high={rows * 11 // 10}", *more)

    def peer(self, peer, file, size, *more):
        venv, _, engine = peer.partition("-")
        script, words = SCRIPTS.get(venv, (f"p_{venv}.py", ["--engine", engine] if engine else []))
        return [self.python(venv), SHARED / "peers" / script, file, "--rows", ROWS[size], "--now", NOW, "--ref", self.reference, *words, *more]

    def script(self, venv, text, *words):
        return [self.python(venv), "-c", text, *words]

    def suite_contestants(self, file, size):
        found = {"assay": self.suite_words(file, ROWS[size])}
        if not str(file).endswith(".csv"):
            found[FULL] = self.suite_words(file, ROWS[size], "--evidence", "values")
        for peer in (*PEERS, *DECLARED):
            if self.has(peer):
                found[peer] = self.peer(peer, file, size)
        return found

    def runs(self, size):
        return self.args.runs if size != "10m" else min(self.args.runs, 3)

    def small_suite(self, table_checks, columns, types=False):
        """A suite file. columns "all": not_null of each, NaN accepted where no footer tells of it."""
        if columns == "all":
            columns = {c: [{"not_null": {"nan": "ignore"} if c in FLOATS else {}}] for c in TYPES}
        text = json.dumps(columns or {}).replace('"countries"', json.dumps(COUNTRIES)).replace('"REF"', json.dumps(str(self.reference)))
        return self.suite_file("suite: bench\n" + (f"types: {json.dumps(TYPES)}\n" if types else "") +
                               (f"table: {table_checks}\n" if table_checks else "") + f"columns: {text}\n")

    def suite_file(self, text):
        self.n_suites += 1
        path = self.scratch / f"suite{self.n_suites}.yaml"
        path.write_text(text)
        return path

    def hive(self, n, days):
        folder = self.args.data / "hive" / f"hive_{n}"
        if len(list(folder.glob("dt=*"))) != days:
            print(f"bench: making {folder}", file=sys.stderr)
            folder.parent.mkdir(exist_ok=True)
            subprocess.run([self.python("duckdb"), SHARED / "gen_workload.py", "--out", folder.parent, "--rows", str(n), "--hive", str(days),
                            "--formats", "zstd"], check=True, stdout=subprocess.DEVNULL)
        for about in folder.rglob("*.json"): # what was planted where: no part of the table
            about.unlink()
        return folder


def wide_table(bench, columns):
    path = bench.args.data / f"wide_{columns}.parquet"
    if not path.exists():
        subprocess.run([bench.python("duckdb"), "-c", WIDE, str(columns), path], check=True)
    return path


def doubles(bench, size, seed):
    """So many draws of the standard normal distribution: hardly two are equal."""
    path = bench.args.data / f"doubles_{size}_{seed}.parquet"
    if not path.exists():
        subprocess.run([bench.python("duckdb"), "-c", DOUBLES, str(ROWS[size]), str(seed), path], check=True)
    return path


def saved_reference(bench, file):
    """Made anew: its format is that of the program that is measured."""
    path = bench.args.data / f"{file.stem}.profile"
    path.unlink(missing_ok=True)
    subprocess.run([bench.args.assay, "profile", file, "-o", path, "--no-progress"], check=True, stdout=subprocess.DEVNULL)
    return path


def ten_times(bench, file):
    """A folder in which the file is ten times (hard links)."""
    folder = bench.args.data / f"ten_{file.name}"
    folder.mkdir(exist_ok=True)
    for i in range(10):
        part = folder / f"part-{i}.parquet"
        if not part.exists():
            part.hardlink_to(file)
    return folder
