#!/usr/bin/env python3
"""One check of a column by hand in another engine: columns.py ENGINE FILE CHECK. One line of numbers.

What the shared peers do not ask: a set and a pattern over a column that is dictionary-encoded, and all of it by pyarrow. The numbers
are rows that break a promise, or the extremes that are held against it.
"""
import sys

SEGMENTS = ["bronze", "silver", "gold", "platinum", "trial", "churned"]
COUNTRY = "^[A-Z]{2}$"


def duckdb(file, check):
    import duckdb
    con = duckdb.connect()
    con.execute("SET threads=2; SET enable_progress_bar=false")
    broken = {"set": f"user_segment NOT IN ({', '.join(map(repr, SEGMENTS))})",
              "pattern": f"NOT regexp_matches(country, '{COUNTRY}')"}[check]
    return con.execute(f"SELECT count(*) FROM read_parquet('{file}') WHERE {broken}").fetchone()


def polars(file, check):
    import polars
    broken = {"set": ~polars.col("user_segment").is_in(SEGMENTS), "pattern": ~polars.col("country").str.contains(COUNTRY)}[check]
    return polars.scan_parquet(file).select(broken.sum()).collect().row(0)


def pyarrow(file, check):
    import pyarrow
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
    if check == "not_null_all":
        return [c.null_count for c in pq.read_table(file).columns]
    if check == "minmax":
        table = pq.read_table(file, columns=["user_age", "created_at"])
        return pc.min(table["user_age"]), pc.max(table["user_age"]), pc.max(table["created_at"])
    if check == "set":
        inside = pc.is_in(pq.read_table(file, columns=["user_segment"])["user_segment"], pyarrow.array(SEGMENTS))
    else:
        inside = pc.match_substring_regex(pq.read_table(file, columns=["country"])["country"], COUNTRY)
    return [pc.sum(pc.invert(inside))]


print(*{"duckdb": duckdb, "polars": polars, "pyarrow": pyarrow}[sys.argv[1]](sys.argv[2], sys.argv[3]))
