#!/usr/bin/env python3
"""parquet_encodings.py DIR: writes tests/readers/data/encodings with pyarrow: a table of 150 rows once for each codec and version of the pages;
numbers, texts, booleans and lists, with and without nulls, one page for each column, in each encoding.
"""
import decimal
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

N = 150
random = np.random.default_rng(20261123)


def holes(values, share):
    return [None if hole < share else x for x, hole in zip(values, random.random(len(values)))]


numbers = [int(x) for x in random.integers(-(2**62), 2**62, N)]
near = [int(x) for x in np.cumsum(random.integers(-5, 40, N))]
words = [f"w{x}" for x in random.integers(0, 30, N)]
texts = [f"t{x}" * int(k) for x, k in zip(random.integers(0, 99999, N), random.integers(0, 6, N))]
normal = [float(x) for x in random.normal(size=N)]
lists = [
    None if hole < 0.1 else holes([int(x) for x in random.integers(0, 9**9, k)], 0.2)
    for hole, k in zip(random.random(N), random.integers(0, 4, N))
]
deep = [
    None if hole < 0.1 else [[str(x) for x in random.integers(0, 50, m)] for m in random.integers(0, 3, k)]
    for hole, k in zip(random.random(N), random.integers(0, 3, N))
]
list_words = [None if x is None else [None if y is None else f"w{y % 9}" for y in x] for x in lists]
runs = [None if i // 50 % 3 == 2 else f"run{i // 40}" for i in range(N)]

DICTIONARY = "RLE_DICTIONARY"
columns = [  # name, type, is it optional, values, encoding, path of the leaf
    ("i64", pa.int64(), False, numbers, "PLAIN"),
    ("i64_null", pa.int64(), True, holes(numbers, 0.3), "PLAIN"),
    ("text", pa.string(), False, texts, "PLAIN"),
    ("text_null", pa.string(), True, holes(texts, 0.3), "PLAIN"),
    ("flag", pa.bool_(), True, holes([bool(x & 1) for x in numbers], 0.2), "PLAIN"),
    ("flag_rle", pa.bool_(), True, holes([x % 97 < 60 for x in near], 0.2), "RLE"),
    ("word", pa.string(), True, holes(words, 0.2), DICTIONARY),
    ("number", pa.int32(), False, [x % 40 for x in near], DICTIONARY),
    ("runs", pa.string(), True, runs, DICTIONARY),
    ("delta", pa.int64(), True, holes(near, 0.2), "DELTA_BINARY_PACKED"),
    ("delta32", pa.int32(), False, near, "DELTA_BINARY_PACKED"),
    ("delta_length", pa.string(), True, holes(texts, 0.2), "DELTA_LENGTH_BYTE_ARRAY"),
    ("delta_bytes", pa.string(), True, holes(sorted(texts), 0.2), "DELTA_BYTE_ARRAY"),
    ("split", pa.float64(), True, holes(normal, 0.2), "BYTE_STREAM_SPLIT"),
    ("split32", pa.float32(), False, normal, "BYTE_STREAM_SPLIT"),
    ("decimal", pa.decimal128(30, 4), False, [decimal.Decimal(x).scaleb(-4) for x in numbers], "PLAIN"),
    ("list", pa.list_(pa.int64()), True, lists, "PLAIN"),
    ("deep", pa.list_(pa.list_(pa.string())), True, deep, "DELTA_LENGTH_BYTE_ARRAY"),
    ("list_word", pa.list_(pa.string()), True, list_words, DICTIONARY),
]
paths = {"list": "list.list.element", "deep": "deep.list.element.list.element", "list_word": "list_word.list.element"}
schema = pa.schema([pa.field(name, kind, optional) for name, kind, optional, _, _ in columns])
table = pa.table([pa.array(values, type=kind) for _, kind, _, values, _ in columns], schema=schema)
encodings = {paths.get(name, name): encoding for name, _, _, _, encoding in columns}

for codec in ["none", "snappy", "gzip", "zstd", "brotli", "lz4"]:
    for version in "12":
        pq.write_table(
            table,
            f"{sys.argv[1]}/{codec}.v{version}.parquet",
            compression=codec,
            data_page_version=version + ".0",
            use_dictionary=[path for path, encoding in encodings.items() if encoding == DICTIONARY],
            column_encoding={path: encoding for path, encoding in encodings.items() if encoding != DICTIONARY},
            write_statistics=False,
            store_schema=False,
        )
