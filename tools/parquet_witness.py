#!/usr/bin/env python3
"""What pyarrow reads in a folder of Parquet files, in the form that tools/check_parquet.py compares with.

    parquet_witness.py FOLDER

Writes FOLDER/expected/NAME.json for each FOLDER/NAME: entries, values that are not null and values_sha256 of each leaf column, as the README of
the corpora defines them; or why pyarrow refuses the file. A process for each file, for some make pyarrow crash or never end.
"""
import hashlib
import json
import os
import signal
import struct
import sys

import pyarrow as pa
import pyarrow.parquet as pq

SECONDS = 60


def as_integers(column):
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_time64(kind) or pa.types.is_date64(kind) or pa.types.is_duration(kind):
        return column.view(pa.int64())
    if pa.types.is_date32(kind) or pa.types.is_time32(kind):
        return column.view(pa.int32())
    return column


def line(x, kind):
    if x is None:
        return b"N\n"
    if pa.types.is_boolean(kind):
        return b"T\n" if x else b"F\n"
    if pa.types.is_floating(kind):
        return struct.pack(">d", float(x)).hex().encode() + b"\n"
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return str(x).encode() + b"\n"
    return b"%d:%s\n" % (len(x), x)


def children(column, name):
    """The columns below one, with their names; none if it is a leaf."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return [(column.storage, name)]
    if pa.types.is_dictionary(kind):
        return [(column.dictionary_decode(), name)]
    if pa.types.is_map(kind):
        entries = column.cast(pa.list_(pa.struct([("key", kind.key_type), ("value", kind.item_type)]))).flatten()
        return list(zip(entries.flatten(), (name + ".key", name + ".value")))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return [(column.flatten(), name + "[]")]
    if pa.types.is_struct(kind):
        return [(child, f"{name}.{kind.field(i).name}") for i, child in enumerate(column.flatten())]
    if pa.types.is_string(kind):
        return [(column.cast(pa.binary()), name)]  # not as text: it may be no UTF-8
    if pa.types.is_large_string(kind):
        return [(column.cast(pa.large_binary()), name)]
    return []


def add_leaves(column, name, leaves):
    below = children(column, name)
    for child, path in below:
        add_leaves(child, path, leaves)
    if below or pa.types.is_struct(column.type):  # one without members has no leaf
        return
    values = as_integers(column)
    digest = hashlib.sha256()
    for x in values:
        digest.update(line(x.as_py(), values.type))
    path, number = name, 2
    while path in leaves:
        path, number = f"{name}#{number}", number + 1
    leaves[path] = {"arrow_type": str(column.type), "entries": len(column), "non_null": len(column) - column.null_count,
                    "values_sha256": digest.hexdigest()}


def witness(path):
    try:
        file = pq.ParquetFile(path, coerce_int96_timestamp_unit="us")
        table = file.read(use_threads=False)
        leaves = {}
        for field, column in zip(table.schema, table.columns):
            whole = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], field.type)
            add_leaves(whole, field.name, leaves)
        return {"read_ok": True, "num_rows": table.num_rows, "created_by": file.metadata.created_by, "columns": leaves}
    except Exception as problem:
        return {"read_ok": False, "error": repr(problem)[:300]}


def main():
    folder = os.path.abspath(sys.argv[1])
    os.makedirs(os.path.join(folder, "expected"), exist_ok=True)
    for name in sorted(os.listdir(folder)):
        path, answer = os.path.join(folder, name), os.path.join(folder, "expected", name + ".json")
        if not os.path.isfile(path):
            continue
        with open(answer, "w") as out:
            json.dump({"file": path, "pyarrow": {"read_ok": False, "error": "pyarrow crashed, or took too long"}}, out)
        child = os.fork()
        if child == 0:
            signal.alarm(SECONDS)
            said = json.dumps({"file": path, "pyarrow": witness(path)})
            with open(answer, "w") as out:
                out.write(said)
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
