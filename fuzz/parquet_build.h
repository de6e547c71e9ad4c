/* fuzz/parquet_build.h -- a Parquet file put together around bytes that a fuzzer chose.
 *
 * What is around them is right, so that a mutation gets past the footer and lands in the pages. A file is one static
 * buffer; what does not fit is left out, and the file that comes of it is merely broken.
 */
#ifndef FUZZ_PARQUET_BUILD_H
#define FUZZ_PARQUET_BUILD_H

#include <stdint.h>
#include <string.h>

#include "core/span.h"
#include "readers/parquet/format.h"
#include "readers/parquet/thrift.h"

enum { BUILD_MAX = 1 << 20, BUILD_LEAVES = 8, BUILD_UNITS = 4 };

struct building { uint8_t at[BUILD_MAX]; size_t n; };

/* The fuzzer's bytes, one after the other; zeros behind their end. */
struct choices { struct span left; };

static inline unsigned choose(struct choices *c, unsigned n)
{
    struct span b;

    return span_take(&c->left, 1, &b) ? b.at[0] % n : 0;
}

static inline void add(struct building *b, const void *from, size_t n)
{
    if (n > BUILD_MAX - b->n)
        n = BUILD_MAX - b->n;
    if (n)
        memcpy(b->at + b->n, from, n);
    b->n += n;
}
static inline void add_u8(struct building *b, unsigned x) { add(b, &(uint8_t){(uint8_t)x}, 1); }
static inline void add_u32(struct building *b, uint32_t x) { add(b, &x, 4); }
static inline void add_varint(struct building *b, uint64_t x)
{
    for (; x >= 0x80; x >>= 7)
        add_u8(b, 0x80 | (x & 0x7f));
    add_u8(b, (unsigned)x);
}

/* --- Thrift: *last is the id of the field before, 0 at the start of a struct --- */

static inline void add_field(struct building *b, int *last, int id, int type)
{
    add_u8(b, (unsigned)((id - *last) << 4 | type));
    *last = id;
}
static inline void add_number(struct building *b, int *last, int id, int type, int64_t x)
{
    add_field(b, last, id, type);
    add_varint(b, (uint64_t)x << 1 ^ (uint64_t)(x >> 63));
}
static inline void add_binary(struct building *b, int *last, int id, struct span s)
{
    add_field(b, last, id, THRIFT_BINARY);
    add_varint(b, s.size);
    add(b, s.at, s.size);
}
static inline void add_list(struct building *b, int *last, int id, int type, size_t n)
{
    add_field(b, last, id, THRIFT_LIST);
    add_u8(b, (unsigned)(n < 15 ? n : 15) << 4 | (unsigned)type);
    if (n >= 15)
        add_varint(b, n);
}
static inline void add_stop(struct building *b) { add_u8(b, 0); }

/* --- pages --- */

struct built_page {
    int type, encoding;
    int64_t n_values;
    size_t unpacked;         /* what the header says */
    int level_encoding;      /* v1 */
    size_t rep_size, def_size; /* v2 */
    bool is_packed;          /* v2 */
};

static inline void add_page(struct building *b, const struct built_page *p, struct span body)
{
    int last = 0, inner = 0;

    add_number(b, &last, 1, THRIFT_I32, p->type);
    add_number(b, &last, 2, THRIFT_I32, (int64_t)p->unpacked);
    add_number(b, &last, 3, THRIFT_I32, (int64_t)body.size);
    add_field(b, &last, p->type == PAGE_DATA ? 5 : p->type == PAGE_DICTIONARY ? 7 : 8, THRIFT_STRUCT);
    add_number(b, &inner, 1, THRIFT_I32, p->n_values);
    if (p->type == PAGE_DATA_V2) {
        add_number(b, &inner, 4, THRIFT_I32, p->encoding);
        add_number(b, &inner, 5, THRIFT_I32, (int64_t)p->def_size);
        add_number(b, &inner, 6, THRIFT_I32, (int64_t)p->rep_size);
        add_field(b, &inner, 7, p->is_packed ? THRIFT_TRUE : THRIFT_FALSE);
    } else {
        add_number(b, &inner, 2, THRIFT_I32, p->encoding);
    }
    if (p->type == PAGE_DATA) {
        add_number(b, &inner, 3, THRIFT_I32, p->level_encoding);
        add_number(b, &inner, 4, THRIFT_I32, p->level_encoding);
    }
    add_stop(b);
    add_stop(b);
    add(b, body.at, body.size);
}

/* --- the footer --- */

struct built_element {
    const char *name;
    int physical;       /* -1: a group */
    int repetition, n_children, type_length;
    int converted;      /* CONVERTED_NONE: none */
    int scale, precision;
};

struct built_chunk {
    int64_t start, size, n_values, n_nulls; /* n_nulls -1: no statistics */
    int codec;
    int data_encoding;
    bool has_dictionary;
    struct span min, max; /* at NULL: none */
    int64_t column_index_at, column_index_size, offset_index_at, offset_index_size; /* sizes 0: none */
};

struct built_file {
    const struct built_element *elements; /* the root is left out */
    int n_elements, n_children;           /* of the root */
    int n_leaves, n_units;
    const char *created_by;
    int64_t n_rows[BUILD_UNITS];
    struct built_chunk chunks[BUILD_UNITS][BUILD_LEAVES];
    enum physical physicals[BUILD_LEAVES];
};

static inline void add_element(struct building *b, const struct built_element *e)
{
    int f = 0;

    if (e->physical >= 0)
        add_number(b, &f, 1, THRIFT_I32, e->physical);
    if (e->type_length)
        add_number(b, &f, 2, THRIFT_I32, e->type_length);
    add_number(b, &f, 3, THRIFT_I32, e->repetition);
    add_binary(b, &f, 4, span_text(e->name));
    if (e->physical < 0)
        add_number(b, &f, 5, THRIFT_I32, e->n_children);
    if (e->converted != CONVERTED_NONE)
        add_number(b, &f, 6, THRIFT_I32, e->converted);
    if (e->converted == CONVERTED_DECIMAL) {
        add_number(b, &f, 7, THRIFT_I32, e->scale);
        add_number(b, &f, 8, THRIFT_I32, e->precision);
    }
    add_stop(b);
}

static inline void add_statistics(struct building *b, const struct built_chunk *c)
{
    int f = 0;

    add_number(b, &f, 3, THRIFT_I64, c->n_nulls);
    if (c->min.at) {
        add_binary(b, &f, 5, c->max);
        add_binary(b, &f, 6, c->min);
        add_field(b, &f, 7, THRIFT_TRUE);
        add_field(b, &f, 8, THRIFT_TRUE);
    }
    add_stop(b);
}

static inline void add_chunk(struct building *b, const struct built_chunk *c, enum physical physical)
{
    int f = 0, m = 0;

    add_number(b, &f, 2, THRIFT_I64, c->start);
    add_field(b, &f, 3, THRIFT_STRUCT);
    add_number(b, &m, 1, THRIFT_I32, physical);
    add_list(b, &m, 2, THRIFT_I32, c->has_dictionary ? 2 : 1);
    add_varint(b, (uint64_t)c->data_encoding << 1);
    if (c->has_dictionary)
        add_varint(b, ENCODING_PLAIN << 1);
    add_number(b, &m, 4, THRIFT_I32, c->codec);
    add_number(b, &m, 5, THRIFT_I64, c->n_values);
    add_number(b, &m, 7, THRIFT_I64, c->size);
    add_number(b, &m, 9, THRIFT_I64, c->start);
    if (c->n_nulls >= 0) {
        add_field(b, &m, 12, THRIFT_STRUCT);
        add_statistics(b, c);
    }
    add_stop(b);
    if (c->column_index_size) {
        add_number(b, &f, 4, THRIFT_I64, c->offset_index_at);
        add_number(b, &f, 5, THRIFT_I32, c->offset_index_size);
        add_number(b, &f, 6, THRIFT_I64, c->column_index_at);
        add_number(b, &f, 7, THRIFT_I32, c->column_index_size);
    }
    add_stop(b);
}

static inline void add_units(struct building *b, const struct built_file *file, int *f)
{
    add_list(b, f, 4, THRIFT_STRUCT, (size_t)file->n_units);
    for (int u = 0; u < file->n_units; u++) {
        int g = 0;

        add_list(b, &g, 1, THRIFT_STRUCT, (size_t)file->n_leaves);
        for (int i = 0; i < file->n_leaves; i++)
            add_chunk(b, &file->chunks[u][i], file->physicals[i]);
        add_number(b, &g, 2, THRIFT_I64, 0);
        add_number(b, &g, 3, THRIFT_I64, file->n_rows[u]);
        add_stop(b);
    }
}

static inline void start_file(struct building *b)
{
    b->n = 0;
    add(b, "PAR1", 4);
}

static inline void finish_file(struct building *b, const struct built_file *file)
{
    const struct built_element root = {"root", -1, REPETITION_REQUIRED, file->n_children, 0, CONVERTED_NONE, 0, 0};
    size_t start = b->n;
    int64_t n_rows = 0;
    int f = 0;

    for (int u = 0; u < file->n_units; u++)
        n_rows += file->n_rows[u];
    add_number(b, &f, 1, THRIFT_I32, 1);
    add_list(b, &f, 2, THRIFT_STRUCT, (size_t)file->n_elements + 1);
    add_element(b, &root);
    for (int i = 0; i < file->n_elements; i++)
        add_element(b, &file->elements[i]);
    add_number(b, &f, 3, THRIFT_I64, n_rows);
    add_units(b, file, &f);
    add_binary(b, &f, 6, span_text(file->created_by));
    add_list(b, &f, 7, THRIFT_STRUCT, (size_t)file->n_leaves);
    for (int i = 0; i < file->n_leaves; i++) { /* ColumnOrder: 1 TYPE_ORDER, an empty struct */
        int o = 0;

        add_field(b, &o, 1, THRIFT_STRUCT);
        add_stop(b);
        add_stop(b);
    }
    add_stop(b);
    add_u32(b, (uint32_t)(b->n - start));
    add(b, "PAR1", 4);
}

#endif
