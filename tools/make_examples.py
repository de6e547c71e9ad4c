#!/usr/bin/env python3
"""Makes the tables of examples/ from examples/taxi.csv: needs pyarrow, and is needed only when the damage is to change.

taxi.parquet is the same table with types; taxi_damaged.csv and .parquet are its first 2,000 rows as a load that went wrong
would deliver them: late, cut short, some rows twice, some keys lost, some amounts negative.
"""
import csv
import datetime as dt
import decimal
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent / "examples"
MONEY = pa.decimal128(8, 2)
TYPES = {
    "vendor_id": pa.int32(), "pickup_datetime": pa.timestamp("us"), "dropoff_datetime": pa.timestamp("us"),
    "passenger_count": pa.int32(), "trip_distance": pa.float64(), "rate_code_id": pa.int32(),
    "store_and_fwd_flag": pa.string(), "pickup_location_id": pa.int32(), "dropoff_location_id": pa.int32(),
    "payment_type": pa.int32(), "fare_amount": MONEY, "extra": MONEY, "mta_tax": MONEY, "tip_amount": MONEY,
    "tolls_amount": MONEY, "improvement_surcharge": MONEY, "total_amount": MONEY, "congestion_surcharge": MONEY,
}


def value(cell, kind):
    if cell == "":
        return None
    if pa.types.is_integer(kind):
        return int(cell)
    if pa.types.is_timestamp(kind):
        return dt.datetime.fromisoformat(cell)
    if pa.types.is_decimal(kind):
        return decimal.Decimal(cell).quantize(decimal.Decimal("0.01"))
    return float(cell) if pa.types.is_floating(kind) else cell


def write_parquet(path, header, rows):
    columns = [pa.array([value(row[i], TYPES[name]) for row in rows], TYPES[name]) for i, name in enumerate(header)]
    pq.write_table(pa.table(columns, header), path, compression="zstd")


def shifted(text, days):
    return str(dt.datetime.fromisoformat(text) - dt.timedelta(days=days))


def damage(header, rows):
    at = {name: i for i, name in enumerate(header)}
    for n, row in enumerate(rows):
        row[at["pickup_datetime"]] = shifted(row[at["pickup_datetime"]], 9)
        row[at["dropoff_datetime"]] = shifted(row[at["dropoff_datetime"]], 9)
        if n % 40 == 7:
            row[at["pickup_location_id"]] = ""
        if n % 100 == 31:
            row[at["fare_amount"]] = "-" + row[at["fare_amount"]]
        if n % 500 == 11:
            row[at["payment_type"]] = "9"
    return rows + [list(row) for row in rows[100:125]]


def main():
    with open(EXAMPLES / "taxi.csv", newline="") as file:
        header, *rows = csv.reader(file)
    write_parquet(EXAMPLES / "taxi.parquet", header, rows)
    bad = damage(header, [list(row) for row in rows[:2000]])
    write_parquet(EXAMPLES / "taxi_damaged.parquet", header, bad)
    with open(EXAMPLES / "taxi_damaged.csv", "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *bad])


if __name__ == "__main__":
    main()
