/* tests/readers/parquet_fixture.h -- small Parquet files written byte by byte, so that each lie can be told on purpose. */
#ifndef TESTS_READERS_PARQUET_FIXTURE_H
#define TESTS_READERS_PARQUET_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "readers/parquet/format.h"
#include "readers/parquet/parquet.h"
#include "readers/parquet/thrift.h"
#include "readers/storage/source.h"

struct bytes { uint8_t at[1 << 16]; size_t n; };

static inline void put(struct bytes *b, const void *from, size_t n)
{
    assert_true(b->n + n <= sizeof b->at);
    if (n)
        memcpy(b->at + b->n, from, n);
    b->n += n;
}
static inline void put_u8(struct bytes *b, unsigned x) { put(b, &(uint8_t){(uint8_t)x}, 1); }
static inline void put_u32(struct bytes *b, uint32_t x) { put(b, &x, 4); }
static inline void put_i64(struct bytes *b, int64_t x) { put(b, &x, 8); }
static inline void put_varint(struct bytes *b, uint64_t x)
{
    for (; x >= 0x80; x >>= 7)
        put_u8(b, 0x80 | (x & 0x7f));
    put_u8(b, (unsigned)x);
}
static inline void put_zigzag(struct bytes *b, int64_t x) { put_varint(b, (uint64_t)x << 1 ^ (uint64_t)(x >> 63)); }

/* Thrift: `last` is the id of the field before, 0 at the start of a struct. */
static inline void put_field(struct bytes *b, int *last, int id, int type)
{
    put_u8(b, (unsigned)((id - *last) << 4 | type));
    *last = id;
}
static inline void put_number(struct bytes *b, int *last, int id, int type, int64_t x)
{
    put_field(b, last, id, type);
    put_zigzag(b, x);
}
static inline void put_binary(struct bytes *b, int *last, int id, const void *at, size_t n)
{
    put_field(b, last, id, THRIFT_BINARY);
    put_varint(b, n);
    put(b, at, n);
}
static inline void put_list(struct bytes *b, int *last, int id, int type, size_t n)
{
    put_field(b, last, id, THRIFT_LIST);
    put_u8(b, (unsigned)((n < 15 ? n : 15) << 4) | (unsigned)type);
    if (n >= 15)
        put_varint(b, n);
}
static inline void put_stop(struct bytes *b) { put_u8(b, 0); }

struct file_column {
    const char *name;
    int physical, repetition;
    int converted_plus_1; /* 0: none */
    int logical;          /* the member of LogicalType, one without fields; 0: none */
    int type_length, scale, precision;
    int codec;
    int64_t start, size, n_values;
    const void *min, *max; /* min_value and max_value; with NULL none */
    size_t bound_size;
    int64_t null_count;    /* -1: none */
    bool is_exact;
    bool is_old;           /* min and max are the deprecated fields */
    int64_t nan_count_plus_1; /* 0: none */
    int64_t column_index_at, offset_index_at; /* with their sizes, 0: none */
    int column_index_size, offset_index_size;
    int64_t bloom_at;      /* of the Bloom filter, 0: none */
    int bloom_size;        /* 0: not said */
    int order;             /* the member of ColumnOrder, 0: 1, which is TYPE_ORDER */
};

struct file_group { const char *name; int repetition, converted_plus_1; };

struct file_build {
    struct bytes out;
    struct file_column columns[4];
    int n_columns;
    int64_t n_rows, footer_rows; /* footer_rows -1: the same */
    const char *created_by;
    bool without_orders;
    struct file_group around[64]; /* groups in each other, the innermost holds all columns */
    int n_around;
};

static inline void build_start(struct file_build *b)
{
    memset(b, 0, sizeof *b);
    b->footer_rows = -1;
    b->created_by = "parquet-cpp-arrow version 12.0.0";
    put(&b->out, "PAR1", 4);
}

static inline struct file_column *build_column(struct file_build *b, const char *name, int physical, int repetition)
{
    struct file_column *c = &b->columns[b->n_columns++];

    *c = (struct file_column){.name = name, .physical = physical, .repetition = repetition, .null_count = -1};
    c->start = (int64_t)b->out.n;
    return c;
}

struct page { int type, n_values, encoding; int unpacked, packed; int64_t crc; int def_size; bool is_packed; int rep_size; };

/* A page of the newest column; sizes of -1 are those of the body; crc -1 none. v2 levels are the first rep_size + def_size bytes. */
static inline void build_page(struct file_build *b, struct page p, const struct bytes *body)
{
    struct bytes *out = &b->out;
    int last = 0, inner = 0;
    struct file_column *c = &b->columns[b->n_columns - 1];

    put_number(out, &last, 1, THRIFT_I32, p.type);
    put_number(out, &last, 2, THRIFT_I32, p.unpacked < 0 ? (int)body->n : p.unpacked);
    put_number(out, &last, 3, THRIFT_I32, p.packed < 0 ? (int)body->n : p.packed);
    if (p.crc >= 0)
        put_number(out, &last, 4, THRIFT_I32, (int32_t)(uint32_t)p.crc);
    put_field(out, &last, p.type == PAGE_DATA ? 5 : p.type == PAGE_DICTIONARY ? 7 : 8, THRIFT_STRUCT);
    put_number(out, &inner, 1, THRIFT_I32, p.n_values);
    if (p.type == PAGE_DATA_V2) {
        put_number(out, &inner, 4, THRIFT_I32, p.encoding);
        put_number(out, &inner, 5, THRIFT_I32, p.def_size);
        put_number(out, &inner, 6, THRIFT_I32, p.rep_size);
        put_field(out, &inner, 7, p.is_packed ? THRIFT_TRUE : THRIFT_FALSE);
    } else {
        put_number(out, &inner, 2, THRIFT_I32, p.encoding);
    }
    if (p.type == PAGE_DATA) {
        put_number(out, &inner, 3, THRIFT_I32, ENCODING_RLE);
        put_number(out, &inner, 4, THRIFT_I32, ENCODING_RLE);
    }
    put_stop(out);
    put_stop(out);
    put(out, body->at, body->n);
    c->size = (int64_t)out->n - c->start;
    if (p.type != PAGE_DICTIONARY)
        c->n_values += p.n_values;
}

static inline void put_element(struct bytes *o, const struct file_column *c)
{
    int f = 0;

    put_number(o, &f, 1, THRIFT_I32, c->physical);
    if (c->type_length)
        put_number(o, &f, 2, THRIFT_I32, c->type_length);
    put_number(o, &f, 3, THRIFT_I32, c->repetition);
    put_binary(o, &f, 4, c->name, strlen(c->name));
    if (c->converted_plus_1)
        put_number(o, &f, 6, THRIFT_I32, c->converted_plus_1 - 1);
    put_number(o, &f, 7, THRIFT_I32, c->scale);
    put_number(o, &f, 8, THRIFT_I32, c->precision);
    if (c->logical) {
        int member = 0;

        put_field(o, &f, 10, THRIFT_STRUCT);
        put_field(o, &member, c->logical, THRIFT_STRUCT);
        put_stop(o);
        put_stop(o);
    }
    put_stop(o);
}

static inline void put_statistics(struct bytes *o, const struct file_column *c)
{
    int f = 0;

    if (c->max && c->is_old)
        put_binary(o, &f, 1, c->max, c->bound_size);
    if (c->min && c->is_old)
        put_binary(o, &f, 2, c->min, c->bound_size);
    if (c->null_count >= 0)
        put_number(o, &f, 3, THRIFT_I64, c->null_count);
    if (c->max && !c->is_old)
        put_binary(o, &f, 5, c->max, c->bound_size);
    if (c->min && !c->is_old)
        put_binary(o, &f, 6, c->min, c->bound_size);
    if (c->is_exact) {
        put_field(o, &f, 7, THRIFT_TRUE);
        put_field(o, &f, 8, THRIFT_TRUE);
    }
    if (c->nan_count_plus_1)
        put_number(o, &f, 9, THRIFT_I64, c->nan_count_plus_1 - 1);
    put_stop(o);
}

static inline void put_chunk(struct bytes *o, const struct file_column *c)
{
    int f = 0, m = 0;

    put_number(o, &f, 2, THRIFT_I64, c->start);
    put_field(o, &f, 3, THRIFT_STRUCT);
    put_number(o, &m, 1, THRIFT_I32, c->physical);
    put_list(o, &m, 2, THRIFT_I32, 1);
    put_zigzag(o, ENCODING_PLAIN);
    put_list(o, &m, 3, THRIFT_BINARY, 1);
    put_varint(o, strlen(c->name));
    put(o, c->name, strlen(c->name));
    put_number(o, &m, 4, THRIFT_I32, c->codec);
    put_number(o, &m, 5, THRIFT_I64, c->n_values);
    put_number(o, &m, 6, THRIFT_I64, c->size);
    put_number(o, &m, 7, THRIFT_I64, c->size);
    put_number(o, &m, 9, THRIFT_I64, c->start);
    if (c->null_count >= 0 || c->min) {
        put_field(o, &m, 12, THRIFT_STRUCT);
        put_statistics(o, c);
    }
    if (c->bloom_at)
        put_number(o, &m, 14, THRIFT_I64, c->bloom_at);
    if (c->bloom_size)
        put_number(o, &m, 15, THRIFT_I32, c->bloom_size);
    put_stop(o);
    if (c->offset_index_size) {
        put_number(o, &f, 4, THRIFT_I64, c->offset_index_at);
        put_number(o, &f, 5, THRIFT_I32, c->offset_index_size);
    }
    if (c->column_index_size) {
        put_number(o, &f, 6, THRIFT_I64, c->column_index_at);
        put_number(o, &f, 7, THRIFT_I32, c->column_index_size);
    }
    put_stop(o);
}

static inline void put_orders(struct bytes *o, int *f, const struct file_column *columns, int n)
{
    put_list(o, f, 7, THRIFT_STRUCT, (size_t)n);
    for (int i = 0; i < n; i++) {
        put_u8(o, (unsigned)(columns[i].order ? columns[i].order : 1) << 4 | THRIFT_STRUCT);
        put_stop(o);
        put_stop(o);
    }
}

static inline void put_schema(struct bytes *o, const struct file_build *b)
{
    for (int i = 0; i <= b->n_around; i++) {
        const struct file_group root = {"root", 0, 0}, *g = i == 0 ? &root : &b->around[i - 1];
        int f = 0;

        if (i > 0)
            put_number(o, &f, 3, THRIFT_I32, g->repetition);
        put_binary(o, &f, 4, g->name, strlen(g->name));
        put_number(o, &f, 5, THRIFT_I32, i == b->n_around ? b->n_columns : 1);
        if (g->converted_plus_1)
            put_number(o, &f, 6, THRIFT_I32, g->converted_plus_1 - 1);
        put_stop(o);
    }
    for (int i = 0; i < b->n_columns; i++)
        put_element(o, &b->columns[i]);
}

static inline void build_finish(struct file_build *b)
{
    struct bytes *o = &b->out;
    size_t start = o->n;
    int f = 0, g = 0;

    put_number(o, &f, 1, THRIFT_I32, 1);
    put_list(o, &f, 2, THRIFT_STRUCT, (size_t)(b->n_columns + b->n_around + 1));
    put_schema(o, b);
    put_number(o, &f, 3, THRIFT_I64, b->footer_rows < 0 ? b->n_rows : b->footer_rows);
    put_list(o, &f, 4, THRIFT_STRUCT, 1);
    put_list(o, &g, 1, THRIFT_STRUCT, (size_t)b->n_columns);
    for (int i = 0; i < b->n_columns; i++)
        put_chunk(o, &b->columns[i]);
    put_number(o, &g, 2, THRIFT_I64, 0);
    put_number(o, &g, 3, THRIFT_I64, b->n_rows);
    put_stop(o);
    put_binary(o, &f, 6, b->created_by, strlen(b->created_by));
    if (!b->without_orders)
        put_orders(o, &f, b->columns, b->n_columns);
    put_stop(o);
    put_u32(o, (uint32_t)(o->n - start));
    put(o, "PAR1", 4);
}

/* Opens what was built; on failure NULL and err. The file's bytes are copied to the end of their own block, for sanitizers. */
struct opened { struct table *table; uint8_t *copy; };

static inline struct opened open_bytes(const uint8_t *at, size_t n, struct error *err)
{
    struct read_options options = {0};
    struct opened o = {NULL, malloc(n ? n : 1)};
    struct source *source;

    if (n)
        memcpy(o.copy, at, n);
    assert_int_equal(source_from_memory("built", span_of(o.copy, n), NULL, &source, err), STATUS_OK);
    (void)!reader_parquet.open(source, &options, &o.table, err);
    return o;
}

static inline void close_opened(struct opened o)
{
    if (o.table)
        reader_parquet.close(o.table);
    free(o.copy);
}

#endif
