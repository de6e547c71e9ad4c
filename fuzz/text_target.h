/* fuzz/text_target.h -- what the targets of the text readers have in common.
 *
 * An input is read as usual, then cut up in other ways, with sizes that its length chooses: all must say the same. The columns are asked for in all types in turn.
 */
#ifndef FUZZ_TEXT_TARGET_H
#define FUZZ_TEXT_TARGET_H

#include <stdlib.h>

#include "readers/csv/csv.h"
#include "readers/json/json.h"
#include "readers/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct text_sums { int64_t n_rows, n_total, n_malformed, n_nulls, n_bytes, n_text; struct damage damage; };

static inline void sum_chunk(const struct chunk *c, struct text_sums *sums)
{
    sums->n_rows += c->n_rows;
    for (int32_t i = 0; i < c->n_vectors; i++) {
        const struct vector *v = &c->vectors[i];
        if (vector_validate(v))
            abort();
        sums->n_nulls += v->n_nulls;
        sums->n_malformed += v->malformed ? bitmap_count(v->malformed, v->n_rows) : 0;
        for (int64_t row = 0; v->raw && row < v->n_rows; row++)
            for (size_t k = 0; k < v->raw[row].size; k++)
                sums->n_bytes += v->raw[row].at[k];
    }
    for (int64_t row = 0; row < c->n_rows; row++)
        sums->n_bytes += c->records[row].size ? c->records[row].at[c->records[row].size - 1] : 0;
    for (int64_t row = 0; row < c->n_rows; row++)
        sums->n_text += (int64_t)c->records[row].size;
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

static inline enum status read_unit(struct table *table, int32_t unit, size_t size, struct text_sums *sums, struct error *err)
{
    struct scan *scan;
    struct want wants[64];
    struct chunk chunk;
    enum status status;

    TRY(table->reader->scan_open(table, unit, wants, choose_wants(table, size, wants, 64), SCAN_RECORDS, &scan, err));
    do {
        status = table->reader->scan_next(scan, &chunk, err);
        if (status == STATUS_OK && chunk.n_rows && chunk.first_row != sums->n_rows)
            abort();
        if (status == STATUS_OK && chunk.n_rows)
            sum_chunk(&chunk, sums);
    } while (status == STATUS_OK && chunk.n_rows);
    if (status == STATUS_OK) {
        sums->n_total += table->reader->scan_damage(scan)->n_total;
        damage_merge(&sums->damage, table->reader->scan_damage(scan));
    }
    table->reader->scan_close(scan);
    return status;
}

/* The entries of columns in lists, each column alone. */
static inline enum status read_lists(struct table *table, struct text_sums *sums, struct error *err)
{
    enum status status = STATUS_OK;

    for (int32_t c = 0; c < table->schema.n_columns && c < 64 && status == STATUS_OK; c++) {
        struct want want = {c, {.kind = TYPE_STRING}, NEED_VALUES};
        struct scan *scan;
        struct chunk chunk;
        if (!table->schema.columns[c].repeated)
            continue;
        TRY(table->reader->scan_open(table, 0, &want, 1, 0, &scan, err));
        do {
            status = table->reader->scan_next(scan, &chunk, err);
            for (int64_t i = 0; status == STATUS_OK && i < chunk.n_rows; i++) {
                if (vector_validate(&chunk.vectors[0]) || (i && chunk.row_of[i] < chunk.row_of[i - 1]))
                    abort();
                sums->n_bytes += chunk.row_of[i] + (int64_t)chunk.vectors[0].raw[i].size;
            }
        } while (status == STATUS_OK && chunk.n_rows);
        table->reader->scan_close(scan);
    }
    return status;
}

/* How a text is cut up: 0 is the default. */
struct cut_up { size_t window, block; bool is_exact; };

static inline void apply(struct table *table, struct cut_up how)
{
    struct csv_table *csv = (struct csv_table *)table;
    struct error err = ERROR_NONE;

    if (how.window && table->reader == &reader_json)
        ((struct json_table *)table)->window_size = how.window;
    if (table->reader != &reader_csv)
        return;
    csv->is_exact = how.is_exact;
    if (how.window)
        csv_read_in_windows(csv, how.window);
    if (how.block && csv_cut_up(csv, (int64_t)how.block, &err) != STATUS_OK)
        abort();
}

static inline enum status read_all(struct span text, const struct read_options *options, struct cut_up how, struct text_sums *sums)
{
    struct error err = ERROR_NONE;
    struct source *source;
    struct table *table = NULL;
    enum status status = source_from_memory("fuzz", text, NULL, &source, &err);

    if (status == STATUS_OK)
        status = table_open(source, options, &table, &err);
    if (status == STATUS_OK)
        apply(table, how);
    for (int32_t unit = 0; status == STATUS_OK && unit < table->n_units; unit++)
        status = read_unit(table, unit, text.size, sums, &err);
    if (status == STATUS_OK)
        status = read_lists(table, sums, &err);
    table_close(table);
    if (status != err.status || (status == STATUS_OK && sums->n_total != sums->n_rows + sums->damage.n_records))
        abort();
    return status;
}

static inline void read_again(struct span text, const struct read_options *options, struct cut_up how, enum status expected,
                              const struct text_sums *usual)
{
    struct text_sums sums = {0};

    enum status status = read_all(text, options, how, &sums);

    /* What a packed file's headers say of its pieces may be false: nobody asks them who reads it from front to back. */
    if (how.block && packing_of(text) != PACKING_NONE && expected == STATUS_OK && status == STATUS_BAD_DATA)
        return;
    if (status != expected)
        abort();
    if (expected == STATUS_OK && memcmp(usual, &sums, sizeof sums) != 0)
        abort();
}

/* In tiny windows, in tiny blocks, and by the exact lexer alone: all must say the same. */
static inline void read_in_all_ways(const uint8_t *data, size_t size, const struct read_options *options)
{
    struct text_sums usual = {0};
    struct span text = span_of(data, size);
    enum status status = read_all(text, options, (struct cut_up){0}, &usual);

    if (size > 1 << 20 || usual.n_text > 1 << 18) /* some hundred packed bytes may be megabytes, in windows of a few bytes */
        return;
    read_again(text, options, (struct cut_up){.window = 1 + size % 131}, status, &usual);
    if (strcmp(options->format, "csv") != 0)
        return;
    read_again(text, options, (struct cut_up){.is_exact = true}, status, &usual);
    if (size < 1 << 16)
        read_again(text, options, (struct cut_up){.block = 1 + size % 97}, status, &usual);
}

#endif
