#!/usr/bin/env python3
"""The checks of bench/lineitem.py by hand in another engine: lineitem.py ENGINE FILE SCALE. One JSON line: {check: number}.

Each engine is asked as its manuals advise: one scan with all aggregates where it can, a second for the key. The numbers are rows that
break a promise, rows beyond the first of each key, means; bench/bench.py compares them with ours before any time counts.
"""
import json
import sys

import lineitem_sql as sql


def duckdb(file, scale):
    import duckdb
    con = duckdb.connect()
    con.execute("SET threads=2; SET enable_progress_bar=false; SET preserve_insertion_order=false")
    table = f"read_parquet('{file}')"
    row = con.execute(f"SELECT {sql.aggregates(scale, sql.DUCKDB)} FROM {table}").fetchone()
    return row, con.execute(f"SELECT count(*) FROM (SELECT 1 FROM {table} GROUP BY l_orderkey, l_linenumber)").fetchone()[0]


def datafusion(file, scale):
    import datafusion
    ctx = datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(2))
    ctx.register_parquet("t", file)
    rows = lambda text: [list(x.values()) for b in ctx.sql(text).collect() for x in b.to_pylist()]
    row = rows(f"SELECT {sql.aggregates(scale, sql.DATAFUSION, names=True)} FROM t")[0]
    return row, rows("SELECT count(*) FROM (SELECT DISTINCT l_orderkey, l_linenumber FROM t)")[0][0]


def chdb(file, scale):
    import chdb
    rows = lambda text: [json.loads(x) for x in str(chdb.query(text + " SETTINGS max_threads=2", "JSONCompactEachRow")).splitlines()]
    table = f"file('{file}', Parquet)"
    row = rows(f"SELECT {sql.aggregates(scale, sql.CHDB)} FROM {table}")[0]
    return row, rows(f"SELECT count() FROM (SELECT 1 FROM {table} GROUP BY l_orderkey, l_linenumber)")[0][0]


def polars(file, scale):
    import datetime as dt
    import polars as pl
    c, lf = pl.col, pl.scan_parquet(file)
    go = lambda q: q.collect(engine="streaming")
    outside = lambda x, low, high: (~c(x).is_between(low, high)).sum()
    other = lambda x: (~c(x).is_in(sql.SETS[x])).sum()
    row = go(lf.select(
        [pl.len().alias("n"), sum(c(x).null_count() for x in sql.COLUMNS).alias("nulls"),
         outside("l_orderkey", 1, sql.ORDERS * scale).alias("key"), outside("l_quantity", 1, 50).alias("quantity"),
         c("l_quantity").mean().alias("mean_quantity"), c("l_extendedprice").mean().alias("mean_price"),
         outside("l_discount", pl.lit("0.00").cast(pl.Decimal(15, 2)), pl.lit("0.10").cast(pl.Decimal(15, 2))).alias("discount"),
         outside("l_tax", pl.lit("0.00").cast(pl.Decimal(15, 2)), pl.lit("0.08").cast(pl.Decimal(15, 2))).alias("tax"),
         outside("l_shipdate", dt.date(1992, 1, 1), dt.date(1998, 12, 31)).alias("shipdate")] +
        [other(x).alias("in_" + x) for x in sql.SETS] +
        [(~c("l_comment").str.len_chars().is_between(10, 43)).sum().alias("length"),
         (~c("l_comment").str.contains(sql.PRINTABLE)).sum().alias("printable"),
         (~(c("l_receiptdate") > c("l_shipdate"))).sum().alias("received"),
         (~(c("l_shipdate") <= c("l_commitdate"))).sum().alias("late")])).row(0)
    return row, go(lf.select("l_orderkey", "l_linenumber").unique().select(pl.len())).item()


def pyarrow(file, scale):
    import datetime as dt
    from decimal import Decimal
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
    pa.set_cpu_count(2)
    t = pq.read_table(file, read_dictionary=list(sql.SETS))
    count = lambda mask: pc.sum(mask).as_py() or 0
    outside = lambda x, low, high: count(pc.or_(pc.less(t[x], low), pc.greater(t[x], high)))
    comments = t["l_comment"].cast(pa.string()) # no length of a string_view
    length = pc.utf8_length(comments)
    cents = lambda text: pa.scalar(Decimal(text), pa.decimal128(15, 2))
    row = [len(t), sum(t[x].null_count for x in sql.COLUMNS), outside("l_orderkey", 1, sql.ORDERS * scale),
           outside("l_quantity", cents("1.00"), cents("50.00")), pc.mean(t["l_quantity"].cast(pa.float64())).as_py(),
           pc.mean(t["l_extendedprice"].cast(pa.float64())).as_py(), outside("l_discount", cents("0.00"), cents("0.10")),
           outside("l_tax", cents("0.00"), cents("0.08")), outside("l_shipdate", dt.date(1992, 1, 1), dt.date(1998, 12, 31))]
    row += [count(pc.invert(pc.is_in(t[x], pa.array(values)))) for x, values in sql.SETS.items()]
    row += [count(pc.or_(pc.less(length, 10), pc.greater(length, 43))), count(pc.invert(pc.match_substring_regex(comments, sql.PRINTABLE))),
            count(pc.less_equal(t["l_receiptdate"], t["l_shipdate"])), count(pc.greater(t["l_shipdate"], t["l_commitdate"]))]
    return row, len(t.select(["l_orderkey", "l_linenumber"]).group_by(["l_orderkey", "l_linenumber"]).aggregate([]))


def main():
    engine, file, scale = sys.argv[1:4]
    row, n_keys = {"duckdb": duckdb, "datafusion": datafusion, "chdb": chdb, "polars": polars, "pyarrow": pyarrow}[engine](file, int(scale))
    numbers = dict(zip(sql.IDS, (float(x) for x in row)))
    numbers["unique_key"] = numbers["rows"] - float(n_keys)
    print(json.dumps(numbers))


main()
