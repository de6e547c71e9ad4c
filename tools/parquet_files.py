#!/usr/bin/env python3
"""parquet_files.py DIR: writes our own small Parquet files of tests/readers/data, byte for byte the same each time: `evolution/` for
tests/cases/evolution, `runs/` for tests/run_hostile.c.

One page a column and row group, PLAIN, without compression. Enough of a writer for tables whose columns differ from file to
file; Python's standard library only.
"""
import struct
import sys
from pathlib import Path

BOOLEAN, INT32, INT64, INT96, FLOAT, DOUBLE, BYTES, FIXED = range(8)
I32, I64, BINARY, LIST, STRUCT = 5, 6, 8, 9, 12


def varint(x):
    out = b""
    while x >= 0x80:
        out += bytes([0x80 | x & 0x7F])
        x >>= 7
    return out + bytes([x])


def zigzag(x):
    return varint(x << 1 if x >= 0 else (-x << 1) - 1)


def record(*fields):
    """A Thrift struct of (id, type, encoded value), ids ascending."""
    out, last = b"", 0
    for number, kind, value in fields:
        out += bytes([(number - last) << 4 | kind]) + value
        last = number
    return out + b"\0"


def text(s):
    return varint(len(s)) + s.encode()


def listed(kind, items):
    return (bytes([len(items) << 4 | kind]) if len(items) < 15 else bytes([0xF0 | kind]) + varint(len(items))) + b"".join(items)


def boolean(x):
    return 1 if x else 2, b""


def integer(bits, signed):
    return record((10, STRUCT, record((1, 3, bytes([bits])), (2, *boolean(signed)))))


def timestamp(unit, utc=False):
    return record((8, STRUCT, record((1, *boolean(utc)), (2, STRUCT, record((unit, STRUCT, b"\0"))))))


MILLIS, MICROS, NANOS = 1, 2, 3
STRING, DATE, NULL = (record((n, STRUCT, b"\0")) for n in (1, 6, 11))


def decimal(precision, scale):
    return record((5, STRUCT, record((1, I32, zigzag(scale)), (2, I32, zigzag(precision)))))


class Column:
    def __init__(self, name, physical, values, logical=None, length=0):
        self.name, self.physical, self.values, self.logical, self.length = name, physical, values, logical, length

    def element(self):
        fields = [(1, I32, zigzag(self.physical))]
        if self.length:
            fields.append((2, I32, zigzag(self.length)))
        fields += [(3, I32, zigzag(1)), (4, BINARY, text(self.name))]
        if self.logical:
            fields.append((10, STRUCT, self.logical))
        return record(*fields)

    def plain(self, x):
        if self.physical == BYTES:
            return struct.pack("<I", len(x)) + x.encode()
        if self.physical == FIXED:
            return x.to_bytes(self.length, "big", signed=True)
        return struct.pack({INT32: "<i", INT64: "<q", FLOAT: "<f", DOUBLE: "<d"}[self.physical], x)

    def page(self, values):
        levels = b"".join(varint(1 << 1) + bytes([x is not None]) for x in values)
        body = struct.pack("<I", len(levels)) + levels + b"".join(self.plain(x) for x in values if x is not None)
        head = record((1, I32, zigzag(0)), (2, I32, zigzag(len(body))), (3, I32, zigzag(len(body))),
                      (5, STRUCT, record(*((i, I32, zigzag(v)) for i, v in enumerate((len(values), 0, 3, 3), 1)))))
        return head + body


def write(path, columns, groups=None, n_rows=None):
    """`groups`: rows of each row group; by default one of all rows."""
    total = len(columns[0].values) if columns else n_rows or 0
    out, units, at = b"PAR1", [], 0
    for n in [total] if groups is None else groups:
        chunks = []
        for c in columns:
            values = c.values[at:at + n]
            page = c.page(values) if n else b""
            meta = record((1, I32, zigzag(c.physical)), (2, LIST, listed(I32, [zigzag(0), zigzag(3)])),
                          (3, LIST, listed(BINARY, [text(c.name)])), (4, I32, zigzag(0)), (5, I64, zigzag(n)),
                          (6, I64, zigzag(len(page))), (7, I64, zigzag(len(page))), (9, I64, zigzag(len(out))))
            chunks.append(record((2, I64, zigzag(len(out))), (3, STRUCT, meta)))
            out += page
        units.append(record((1, LIST, listed(STRUCT, chunks)), (2, I64, zigzag(0)), (3, I64, zigzag(n))))
        at += n
    root = record((4, BINARY, text("schema")), (5, I32, zigzag(len(columns))))
    footer = record((1, I32, zigzag(1)), (2, LIST, listed(STRUCT, [root] + [c.element() for c in columns])),
                    (3, I64, zigzag(total)), (4, LIST, listed(STRUCT, units)), (6, BINARY, text("parquet_files.py")))
    path.write_bytes(out + footer + struct.pack("<I", len(footer)) + b"PAR1")


RUN = 2**31 - 1


def write_run(path, elements, n_rows, repetitions, definitions, values=b"", dictionary=None):
    """One page of RUN levels, each kind given as runs of (how often, which); encoded by the dictionary where there is one."""
    levels = b""
    for runs in (repetitions, definitions):
        part = b"".join(varint(n << 1) + bytes([level]) for n, level in runs)
        levels += struct.pack("<I", len(part)) + part if runs else b""
    body, pages = levels + values, b""
    if dictionary:
        pages = record((1, I32, zigzag(2)), (2, I32, zigzag(len(dictionary))), (3, I32, zigzag(len(dictionary))),
                       (7, STRUCT, record((1, I32, zigzag(1)), (2, I32, zigzag(0))))) + dictionary
    encoding = 8 if dictionary else 0
    pages += record((1, I32, zigzag(0)), (2, I32, zigzag(len(body))), (3, I32, zigzag(len(body))),
                    (5, STRUCT, record(*((i, I32, zigzag(v)) for i, v in enumerate((RUN, encoding, 3, 3), 1))))) + body
    meta = record((1, I32, zigzag(INT64)), (2, LIST, listed(I32, [zigzag(encoding)])), (3, LIST, listed(BINARY, [text("x")])),
                  (4, I32, zigzag(0)), (5, I64, zigzag(RUN)), (6, I64, zigzag(len(pages))), (7, I64, zigzag(len(pages))),
                  (9, I64, zigzag(4)))
    group = record((1, LIST, listed(STRUCT, [record((2, I64, zigzag(4)), (3, STRUCT, meta))])), (2, I64, zigzag(0)),
                   (3, I64, zigzag(n_rows)))
    root = record((4, BINARY, text("schema")), (5, I32, zigzag(1)))
    footer = record((1, I32, zigzag(1)), (2, LIST, listed(STRUCT, [root] + elements)), (3, I64, zigzag(n_rows)),
                    (4, LIST, listed(STRUCT, [group])), (6, BINARY, text("parquet_files.py")))
    path.write_bytes(b"PAR1" + pages + footer + struct.pack("<I", len(footer)) + b"PAR1")


def write_runs(to):
    """A hundred bytes and two thousand million rows or entries: time has to be by the run."""
    group = [record((3, I32, zigzag(1)), (4, BINARY, text("x")), (5, I32, zigzag(1)), (6, I32, zigzag(3))),
             record((3, I32, zigzag(2)), (4, BINARY, text("list")), (5, I32, zigzag(1)))]
    leaf = record((1, I32, zigzag(INT64)), (3, I32, zigzag(1)), (4, BINARY, text("element")))
    flat = [record((1, I32, zigzag(INT64)), (3, I32, zigzag(1)), (4, BINARY, text("x")))]
    write_run(to / "null_entries.parquet", group + [leaf], RUN, [(RUN, 0)], [(RUN, 2)])
    write_run(to / "null_entries_of_one_row.parquet", group + [leaf], 1, [(1, 0), (RUN - 1, 1)], [(RUN, 2)])
    write_run(to / "null_lists.parquet", group + [leaf], RUN, [(RUN, 0)], [(RUN, 0)])
    write_run(to / "null_rows.parquet", flat, RUN, [], [(RUN, 0)])
    write_run(to / "equal_rows.parquet", flat, RUN, [], [(RUN, 1)], bytes([1]) + varint(RUN << 1) + b"\0", struct.pack("<q", 42))


def main():
    to = Path(sys.argv[1]) / "evolution"
    runs = Path(sys.argv[1]) / "runs"
    to.mkdir(parents=True, exist_ok=True)
    runs.mkdir(parents=True, exist_ok=True)
    write_runs(runs)

    def file(name, *columns, **rest):
        write(to / (name + ".parquet"), list(columns), **rest)

    day = 86400
    file("id_int32", Column("id", INT32, [1, 2, None, -2**31]))
    file("id_int64", Column("id", INT64, [2**40, 4, 5]))
    file("id_uint32", Column("id", INT32, [-1, 7], integer(32, False)))
    file("id_decimal", Column("id", INT32, [150, 225], decimal(9, 2)))
    file("id_null", Column("id", INT32, [None, None], NULL))
    file("id_text", Column("id", BYTES, ["x"], STRING))
    file("id_and_name", Column("id", INT32, [10, 11]), Column("name", BYTES, ["a", None], STRING))
    file("name_and_id", Column("name", BYTES, ["b", "c"], STRING), Column("id", INT32, [12, 13]))
    file("id_twice", Column("id", INT32, [1, 2]), Column("id", INT32, [3, 4]))
    file("id_twice_again", Column("id", INT32, [5]), Column("id", INT32, [6]))
    file("id_twice_and_number_2", Column("id", INT32, [1]), Column("id#2", INT32, [20]), Column("id", INT32, [300]))
    file("x_float", Column("x", FLOAT, [0.5, None]))
    file("x_double", Column("x", DOUBLE, [0.1, 2.5]))
    file("x_int32", Column("x", INT32, [3, 2**31 - 1]))
    file("amount_5_2", Column("amount", INT32, [12345, -1, None], decimal(5, 2)))
    file("amount_10_4", Column("amount", INT64, [1000001, -100], decimal(10, 4)))
    file("amount_30_2", Column("amount", FIXED, [10**25 + 1, 500], decimal(30, 2), 13))
    file("amount_76_10", Column("amount", FIXED, [-10**37, 12345678901, None], decimal(76, 10), 32))
    file("amount_beyond_38", Column("amount", FIXED, [10**50], decimal(76, 10), 32))
    file("at_millis", Column("at", INT64, [1700000000123, None], timestamp(MILLIS)))
    file("at_micros", Column("at", INT64, [1700000000123001], timestamp(MICROS)))
    file("at_nanos", Column("at", INT64, [1700000000123001001], timestamp(NANOS)))
    file("at_year_9999", Column("at", INT64, [253402300799000], timestamp(MILLIS)))
    file("at_date", Column("at", INT32, [19675], DATE))
    file("at_utc", Column("at", INT64, [1700000000123001], timestamp(MICROS, True)))
    file("no_rows", Column("id", INT32, []))
    file("no_row_groups", Column("id", INT32, []), groups=[])
    file("no_columns", n_rows=3)
    file("empty_groups", Column("id", INT32, [20, 21, 22]), groups=[0, 2, 0, 1, 0])
    assert 19675 * day == 1699920000


main()
