/* fuzz/parquet_target.h -- what the targets of the Parquet reader have in common: a file in memory, read in every way.
 *
 * Each column three ways (nulls, values, its dictionary), then all together that have the same rows or the same entries; each vector is
 * validated, and the nulls of the two ways must agree, since a null count from levels alone has to be the one that the values
 * would give. A bound of the summary is only looked at: what a file says of itself may be a lie, and that is no crash.
 */
#ifndef FUZZ_PARQUET_TARGET_H
#define FUZZ_PARQUET_TARGET_H

#include <stdint.h>
#include <stdlib.h>

#include "columns/cast.h"
#include "readers/parquet/parquet.h"
#include "readers/storage/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_CHUNKS = 64, MAX_UNITS = 4, MAX_COLUMNS = 64, BUDGET = 256 << 20 };

static uint64_t sink; /* so that every byte of a value is looked at */

static inline void look_at(const struct vector *v)
{
    if (vector_validate(v))
        abort();
    if (v->lane == LANE_NONE)
        return;
    for (int64_t row = 0; row < v->n_rows; row++) {
        struct value x = vector_value(v, row);
        if (x.kind == VALUE_TEXT || x.kind == VALUE_BYTES || x.kind == VALUE_UUID)
            for (size_t i = 0; i < x.bytes.size; i += 64)
                sink += x.bytes.at[i];
        else
            sink += (uint64_t)x.i64;
    }
}

/* The nulls of the first MAX_CHUNKS chunks, -1 on an error. */
static inline int64_t scan(struct table *table, int32_t unit, const struct want *wants, int32_t n, int64_t *n_rows)
{
    struct error err = ERROR_NONE;
    struct scan *scan;
    struct chunk chunk;
    struct vector entries;
    enum status status;
    int64_t n_nulls = 0;
    bool available;

    *n_rows = 0;
    if (table->reader->scan_open(table, unit, wants, n, 0, &scan, &err))
        return -1;
    status = table->reader->dictionary(scan, 0, &available, &entries, &err);
    for (int i = 0; status == STATUS_OK && i < MAX_CHUNKS; i++) {
        status = table->reader->scan_next(scan, &chunk, &err);
        if (status != STATUS_OK || chunk.n_rows == 0)
            break;
        for (int64_t row = 0; chunk.row_of && row < chunk.n_rows; row++)
            if (chunk.row_of[row] < (row ? chunk.row_of[row - 1] : 0))
                abort();
        for (int32_t c = 0; c < chunk.n_vectors; c++) {
            look_at(&chunk.vectors[c]);
            n_nulls += chunk.vectors[c].n_nulls;
        }
        *n_rows += chunk.n_rows;
    }
    table->reader->scan_close(scan);
    return status == STATUS_OK ? n_nulls : -1;
}

static inline bool stand_together(const struct column *a, const struct column *b)
{
    return a->repeated && b->repeated ? strcmp(a->repeated, b->repeated) == 0 : !a->repeated && !b->repeated;
}

/* Takes those of n wants that can be scanned with the first one to the front; returns how many. */
static inline int32_t take_together(const struct table *table, struct want *wants, int32_t n)
{
    int32_t taken = 0;

    for (int32_t i = 0; i < n; i++)
        if (stand_together(&table->schema.columns[wants[0].column], &table->schema.columns[wants[i].column])) {
            struct want want = wants[i];

            wants[i] = wants[taken];
            wants[taken++] = want;
        }
    return taken;
}

/* What another file of the batch may make of a column. */
static inline struct type wider(struct type t)
{
    struct type with = t, out;

    if (t.kind == TYPE_NULL || (t.kind >= TYPE_INT8 && t.kind <= TYPE_INT64))
        with = (struct type){.kind = TYPE_DECIMAL, .precision = 30, .scale = 5};
    else if (t.kind == TYPE_DECIMAL)
        with.scale += 2;
    else if (t.kind >= TYPE_UINT8 && t.kind <= TYPE_UINT32)
        with.kind = t.kind == TYPE_UINT8 ? TYPE_DOUBLE : TYPE_INT64;
    else if (t.kind == TYPE_DATE)
        with = (struct type){.kind = TYPE_TIMESTAMP, .unit = UNIT_MICRO};
    else if (type_is_temporal(t))
        with.unit = UNIT_NANO;
    return type_unify(t, with, &out) ? out : t;
}

/* Pages of which something is said lie one behind the other, and none has more nulls than rows. */
static inline void look_at_pages(struct table *table, int32_t unit, int32_t column)
{
    int64_t next = 0, n_rows = table->reader->unit_rows(table, unit);
    struct error err = ERROR_NONE;
    struct page_facts *pages;
    const char *problem;
    struct arena arena;
    int32_t n;

    arena_init(&arena, NULL, 0);
    if (table->reader->page_facts(table, unit, column, &arena, &pages, &n, &problem, &err) == STATUS_OK) {
        for (int32_t i = 0; i < n; i++) {
            const struct column_summary *s = &pages[i].summary;

            if (pages[i].first_row != next || s->n_rows <= 0 || (s->has_nulls_count && (s->n_nulls < 0 || s->n_nulls > s->n_rows)))
                abort();
            if (s->has_bounds && s->min.kind == VALUE_TEXT)
                for (size_t b = 0; b < s->min.bytes.size; b++)
                    sink += s->min.bytes.at[b];
            next += s->n_rows;
        }
        if (n > 0 && next != n_rows)
            abort();
    }
    arena_done(&arena);
}

static inline void read_unit(struct table *table, int32_t unit)
{
    struct want wants[MAX_COLUMNS];
    int32_t n = 0;
    int64_t n_rows, n_rows_again;

    for (int32_t i = 0; i < table->schema.n_columns && i < MAX_COLUMNS; i++) {
        struct want want = {i, table->schema.columns[i].type, NEED_VALUES};
        struct error err = ERROR_NONE;
        static const struct { struct span text; int128 rest; } element; /* of any lane: a number, or no bytes */
        struct column_summary summary;
        int64_t values, levels;

        if (table->reader->summary(table, unit, i, &summary, &err) == STATUS_OK) {
            sink += summary.has_bounds ? (uint64_t)summary.min.kind : 0;
            sink += summary.has_filter && table->reader->may_hold(table, unit, i, &element);
        }
        look_at_pages(table, unit, i);
        values = scan(table, unit, &want, 1, &n_rows);
        want.need = NEED_NULLS;
        levels = scan(table, unit, &want, 1, &n_rows_again);
        if (values >= 0 && levels >= 0 && n_rows == n_rows_again && values != levels)
            abort();
        want.need = NEED_VALUES;
        if (values >= 0)
            wants[n++] = want;
        want.type = wider(want.type);
        if (scan(table, unit, &want, 1, &n_rows_again) >= 0 && values < 0)
            abort();
    }
    for (int32_t at = 0, taken; at < n; at += taken) {
        taken = take_together(table, wants + at, n - at);
        (void)scan(table, unit, wants + at, taken, &n_rows);
    }
}

/* Opens and reads all of it; whatever was allocated has to be given back. Pages of more than `whole` bytes are not held whole; 0: as usual. Returns the peak
 * of what was allocated. */
static inline size_t read_file_by(const uint8_t *data, size_t size, int64_t whole)
{
    struct memory memory;
    struct read_options options = {.format = "parquet", .memory = &memory, .whole_page_bytes = whole};
    struct error err = ERROR_NONE;
    struct source *source = NULL;
    struct table *table = NULL;

    memory_init(&memory, BUDGET);
    if (source_from_memory("input", span_of(data, size), &memory, &source, &err))
        return 0;
    if (reader_parquet.open(source, &options, &table, &err) == STATUS_OK) {
        for (int32_t unit = 0; unit < table->n_units && unit < MAX_UNITS; unit++)
            read_unit(table, unit);
        reader_parquet.close(table);
    }
    if (atomic_load(&memory.used) != 0)
        abort(); /* something was not given back */
    return atomic_load(&memory.peak);
}

/* Twice: with pages held whole, and read piece by piece through windows that one of the bytes chooses. */
static inline size_t read_file(const uint8_t *data, size_t size)
{
    size_t peak = read_file_by(data, size, 0), again = read_file_by(data, size, size ? 1 + data[size / 2] : 1);

    return peak > again ? peak : again;
}

#endif
