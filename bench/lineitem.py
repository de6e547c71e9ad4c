"""TPC-H's lineitem: a table that nobody made for us. The suite in our words; the same checks by hand in peers/lineitem.py."""
import json
import pathlib
import subprocess
import sys

PEERS = ("duckdb", "polars", "pyarrow", "datafusion", "chdb")
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "peers"))
import lineitem_sql as sql  # noqa: E402  (what both sides must agree on: columns, sets, the order of the numbers)


def suite(scale):
    """Ids are those of lineitem_sql.IDS; `nulls` is one expectation a column."""
    columns = {c: [{"not_null": {"id": f"nulls.{c}"}}] for c in sql.COLUMNS}
    for column, values in sql.SETS.items():
        columns[column].append({"in_set": {"id": "in_" + column, "values": values}})
    columns["l_orderkey"].append({"between": {"id": "orderkey", "min": 1, "max": sql.ORDERS * scale}})
    columns["l_quantity"] += [{"between": {"id": "quantity", "min": 1, "max": 50}}, {"mean": {"id": "mean_quantity", "min": 25, "max": 26}}]
    columns["l_extendedprice"].append({"mean": {"id": "mean_price", "min": 30000, "max": 45000}})
    columns["l_discount"].append({"between": {"id": "discount", "min": 0, "max": 0.10}})
    columns["l_tax"].append({"between": {"id": "tax", "min": 0, "max": 0.08}})
    columns["l_shipdate"].append({"between": {"id": "shipdate", "min": "1992-01-01", "max": "1998-12-31"}})
    columns["l_comment"] += [{"length_between": {"id": "comment_length", "min": 10, "max": 43}},
                             {"matches_regex": {"id": "comment_printable", "regex": sql.PRINTABLE}}]
    table = [{"row_count": {"id": "rows", "min": 5_900_000 * scale, "max": 6_100_000 * scale}},
             {"unique_together": {"id": "unique_key", "columns": ["l_orderkey", "l_linenumber"]}},
             {"satisfies": {"id": "received", "expression": "l_receiptdate > l_shipdate"}},
             {"satisfies": {"id": "late", "expression": "l_shipdate <= l_commitdate", "mostly": 0.3}}]
    return json.dumps({"suite": "lineitem", "table": table, "columns": columns}, indent=1)


def ours(out):
    """{id: number} of our report, as peers/lineitem.py prints it."""
    found = {"nulls": 0.0}
    for r in json.loads(out)["results"]:
        if r["status"] not in ("pass", "fail"):
            found[r["id"]] = r["status"]
        elif r["id"].startswith("nulls."):
            found["nulls"] += r["unexpected_count"]
        else:
            found[r["id"]] = float(r["observed_value"] if "observed_value" in r else r.get("surplus_rows", r.get("unexpected_count")))
    return found


def theirs(out):
    lines = [l for l in out.decode(errors="replace").splitlines() if l.startswith("{")]
    return json.loads(lines[-1]) if lines else {}


def table(bench, scale):
    folder = bench.args.data / f"tpch_{scale}"
    path = folder / "lineitem.parquet"
    if not path.exists():
        maker = bench.args.venvs / "tpch/bin/tpchgen-cli"
        if not maker.exists():
            sys.exit(f"bench: {maker} is missing; make it with: python3 -m venv {bench.args.venvs}/tpch && "
                     f"{bench.args.venvs}/tpch/bin/pip install tpchgen-cli")
        print(f"bench: making {path}", file=sys.stderr)
        subprocess.run([maker, "parquet", "-s", str(scale), "--tables=lineitem", f"--output-dir={folder}", "-c", "ZSTD(1)"], check=True,
                       stdout=subprocess.DEVNULL)
    return path


def peer(bench, engine, file, scale):
    return [bench.python(engine), HERE / "peers/lineitem.py", engine, file, str(scale)]
