/* fuzz/text_target.h -- what the targets of the text readers have in common.
 *
 * An input is read twice, once in a window as usual and once in a tiny one whose size its length chooses: both must say the
 * same. The columns are asked for in all types in turn.
 */
#ifndef FUZZ_TEXT_TARGET_H
#define FUZZ_TEXT_TARGET_H

#include <stdlib.h>

#include "readers/csv/csv.h"
#include "readers/json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct text_sums { int64_t n_rows, n_total, n_damaged, n_malformed, n_nulls, n_bytes; };

static inline void sum_chunk(const struct chunk *c, struct text_sums *sums)
{
    sums->n_rows += c->n_rows;
    for (int32_t i = 0; i < c->n_vectors; i++) {
        const struct vector *v = &c->vectors[i];
        if (vector_validate(v))
            abort();
        sums->n_nulls += v->n_nulls;
        sums->n_malformed += v->malformed ? bitmap_count(v->malformed, v->n_rows) : 0;
        for (int64_t row = 0; row < v->n_rows; row++)
            for (size_t k = 0; k < v->raw[row].size; k++)
                sums->n_bytes += v->raw[row].at[k];
    }
    for (int64_t row = 0; row < c->n_rows; row++)
        sums->n_bytes += c->records[row].size ? c->records[row].at[c->records[row].size - 1] : 0;
}

static inline int32_t choose_wants(const struct table *t, size_t size, struct want *wants, int32_t room)
{
    static const struct type types[] = {
        {.kind = TYPE_STRING}, {.kind = TYPE_BOOL}, {.kind = TYPE_INT64}, {.kind = TYPE_UINT8}, {.kind = TYPE_DOUBLE},
        {.kind = TYPE_FLOAT}, {.kind = TYPE_DECIMAL, .precision = 10, .scale = 2},
        {.kind = TYPE_DECIMAL, .precision = 38, .scale = 10}, {.kind = TYPE_UUID}, {.kind = TYPE_DATE},
        {.kind = TYPE_TIME, .unit = UNIT_MICRO}, {.kind = TYPE_TIMESTAMP, .unit = UNIT_NANO},
    };
    int32_t n = 0;

    for (int32_t i = 0; i < t->schema.n_columns && n < room; i++)
        if (!t->schema.columns[i].is_nested) {
            enum need need = (i + size) % 7 == 0 ? NEED_NULLS : NEED_VALUES;
            wants[n++] = (struct want){i, types[(i + size) % (sizeof types / sizeof *types)], need};
        }
    return n;
}

static inline enum status read_all(struct span text, const char *format, size_t window, struct text_sums *sums)
{
    struct read_options options = {.header = -1, .format = format};
    struct error err = ERROR_NONE;
    struct source *source;
    struct table *table = NULL;
    struct scan *scan = NULL;
    struct want wants[64];
    struct chunk chunk;
    enum status status = source_from_memory("fuzz", text, NULL, &source, &err);

    if (status == STATUS_OK)
        status = table_open(source, &options, &table, &err);
    if (status == STATUS_OK && window && table->reader == &reader_csv)
        ((struct csv_table *)table)->window_size = window;
    if (status == STATUS_OK && window && table->reader == &reader_json)
        ((struct json_table *)table)->window_size = window;
    if (status == STATUS_OK)
        status = table->reader->scan_open(table, 0, wants, choose_wants(table, text.size, wants, 64), SCAN_RECORDS, &scan, &err);
    while (status == STATUS_OK) {
        status = table->reader->scan_next(scan, &chunk, &err);
        if (status != STATUS_OK || chunk.n_rows == 0)
            break;
        sum_chunk(&chunk, sums);
    }
    if (status == STATUS_OK) {
        sums->n_total = table->reader->scan_damage(scan)->n_total;
        sums->n_damaged = table->reader->scan_damage(scan)->n_records;
    }
    if (scan)
        table->reader->scan_close(scan);
    table_close(table);
    if (status != err.status || (status == STATUS_OK && sums->n_total != sums->n_rows + sums->n_damaged))
        abort();
    return status;
}

static inline void read_twice(const uint8_t *data, size_t size, const char *format)
{
    struct text_sums usual = {0}, tiny = {0};
    enum status status = read_all(span_of(data, size), format, 0, &usual);

    if (size > 1 << 20)
        return;
    if (read_all(span_of(data, size), format, 1 + size % 131, &tiny) != status)
        abort();
    if (status == STATUS_OK && memcmp(&usual, &tiny, sizeof usual) != 0)
        abort();
}

#endif
