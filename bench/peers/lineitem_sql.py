"""The checks of lineitem in SQL: one SELECT list, with what each dialect calls a thing. IDS are the ids of bench/lineitem.py, in order."""
ORDERS = 6_000_000 # keys of scale 1
COLUMNS = ("l_orderkey l_partkey l_suppkey l_linenumber l_quantity l_extendedprice l_discount l_tax l_returnflag l_linestatus l_shipdate "
           "l_commitdate l_receiptdate l_shipinstruct l_shipmode l_comment").split()
SETS = {"l_returnflag": ["A", "N", "R"], "l_linestatus": ["F", "O"],
        "l_shipinstruct": ["COLLECT COD", "DELIVER IN PERSON", "NONE", "TAKE BACK RETURN"],
        "l_shipmode": ["AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK"]}
PRINTABLE = "^[ -~]+$"
IDS = (["rows", "nulls", "orderkey", "quantity", "mean_quantity", "mean_price", "discount", "tax", "shipdate"] + ["in_" + x for x in SETS] +
       ["comment_length", "comment_printable", "received", "late"])

# What differs: counting rows of a condition, the length of a text, a regular expression, a date, a mean of decimals.
DUCKDB = {"count": "count(*) FILTER (WHERE {})", "length": "length({})", "regex": "regexp_matches({}, '{}')", "date": "DATE '{}'", "mean": "avg({})"}
DATAFUSION = {"count": "sum(CASE WHEN {} THEN 1 ELSE 0 END)", "length": "character_length({})", "regex": "regexp_like({}, '{}')",
              "date": "DATE '{}'", "mean": "avg({})"}
CHDB = {"count": "countIf({})", "length": "lengthUTF8({})", "regex": "match({}, '{}')", "date": "toDate32('{}')", "mean": "avg({})"}


def aggregates(scale, words, names=False):
    count = lambda condition: words["count"].format(condition)
    quoted = lambda values: ", ".join(f"'{v}'" for v in values)
    date = lambda text: words["date"].format(text)
    length, regex = words["length"].format("l_comment"), words["regex"].format("l_comment", PRINTABLE)
    found = ["count(*)", f"{len(COLUMNS)} * count(*) - " + " - ".join(f"count({c})" for c in COLUMNS),
             count(f"l_orderkey NOT BETWEEN 1 AND {ORDERS * scale}"), count("l_quantity NOT BETWEEN 1 AND 50"),
             words["mean"].format("l_quantity"), words["mean"].format("l_extendedprice"),
             count("l_discount < 0 OR l_discount > 0.10"), count("l_tax < 0 OR l_tax > 0.08"),
             count(f"l_shipdate NOT BETWEEN {date('1992-01-01')} AND {date('1998-12-31')}")]
    found += [count(f"{c} NOT IN ({quoted(values)})") for c, values in SETS.items()]
    found += [count(f"{length} NOT BETWEEN 10 AND 43"), count(f"NOT {regex}"), count("NOT l_receiptdate > l_shipdate"),
              count("NOT l_shipdate <= l_commitdate")]
    return ", ".join(f"{x} AS x{i}" if names else x for i, x in enumerate(found))
