/* tests/readers/text_fixture.h -- a text read whole and told in one string, for the tests of CSV and JSON lines.
 *
 * First line: the names of the columns with commas. Then a line per row: cells in brackets, ~ for null. Then a line per
 * damaged record: "! line:byte what". An error is "status: text". Rows that were missed or torn show at once.
 */
#ifndef TESTS_READERS_TEXT_FIXTURE_H
#define TESTS_READERS_TEXT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "readers/csv/csv.h"
#include "readers/json/json.h"
#include "readers/text.h"

struct text_case { const char *text, *expected; size_t size; /* 0: strlen */ };

#define TELL_OPTIONS {.header = -1}

static inline void tell_chunk(struct buffer *out, const struct chunk *c, int64_t *n_rows)
{
    assert_int_equal(c->first_row, *n_rows);
    *n_rows += c->n_rows;
    for (int32_t i = 0; i < c->n_vectors; i++)
        assert_null(vector_validate(&c->vectors[i]));
    for (int64_t row = 0; row < c->n_rows; row++) {
        for (int32_t i = 0; i < c->n_vectors; i++) {
            struct span cell = c->vectors[i].raw[row];
            if (vector_is_valid(&c->vectors[i], row))
                assert_true(buffer_add(out, "[", 1) && buffer_add(out, cell.at, cell.size) && buffer_add(out, "]", 1));
            else
                assert_true(buffer_add(out, "~", 1));
        }
        assert_true(buffer_add(out, "\n", 1));
    }
}

static inline void tell_damage(struct buffer *out, const struct damage *d, int64_t n_rows)
{
    assert_int_equal(d->n_total, d->n_records + n_rows);
    for (int32_t i = 0; i < d->n_items; i++)
        assert_true(buffer_format(out, "! %lld:%lld %s\n", (long long)d->items[i].line, (long long)d->items[i].byte,
                                  d->items[i].what));
}

/* One unit, the rows before it told already. */
static inline enum status tell_unit(struct buffer *out, struct table *t, int32_t unit, const struct want *wants, int64_t *n_rows,
                                    struct damage *damage, struct error *err)
{
    struct scan *scan;
    struct chunk chunk;
    enum status status;

    TRY(t->reader->scan_open(t, unit, wants, t->schema.n_columns, 0, &scan, err));
    do {
        status = t->reader->scan_next(scan, &chunk, err);
        if (status == STATUS_OK && chunk.n_rows)
            tell_chunk(out, &chunk, n_rows);
    } while (status == STATUS_OK && chunk.n_rows);
    if (status == STATUS_OK)
        damage_merge(damage, t->reader->scan_damage(scan));
    t->reader->scan_close(scan);
    return status;
}

static inline enum status tell_scan(struct buffer *out, struct table *t, struct error *err)
{
    struct damage damage = {0};
    struct want wants[64];
    int64_t n_rows = 0;

    assert_true(t->schema.n_columns <= 64);
    for (int32_t i = 0; i < t->schema.n_columns; i++) {
        wants[i] = (struct want){i, {.kind = TYPE_STRING}, NEED_VALUES};
        assert_true(buffer_format(out, "%s%s", i ? "," : "", t->schema.columns[i].name));
    }
    assert_true(buffer_add(out, "\n", 1));
    for (int32_t unit = 0; unit < t->n_units; unit++)
        TRY(tell_unit(out, t, unit, wants, &n_rows, &damage, err));
    tell_damage(out, &damage, n_rows);
    assert_true(t->n_rows == -1 || t->n_rows == n_rows);
    return STATUS_OK;
}

static bool lexer_alone; /* CSV without the kernel */

/* How the text is to be cut up. */
static inline void cut_up(struct table *table, size_t window, size_t block)
{
    struct error err = ERROR_NONE;

    if (table->reader == &reader_csv)
        ((struct csv_table *)table)->is_exact = lexer_alone;
    if (window && table->reader == &reader_csv)
        csv_read_in_windows((struct csv_table *)table, window);
    if (block && table->reader == &reader_csv)
        assert_int_equal(csv_cut_up((struct csv_table *)table, (int64_t)block, &err), STATUS_OK);
    if (window && table->reader == &reader_json)
        ((struct json_table *)table)->window_size = window;
}

/* window and block 0: as it is by default. The result belongs to the arena. */
static inline const char *tell_cut_up(struct arena *arena, struct span text, const struct read_options *options, size_t window,
                                      size_t block)
{
    struct error err = ERROR_NONE;
    struct buffer out = {0};
    struct source *source;
    struct table *table = NULL;
    enum status status;
    const char *told;

    assert_int_equal(source_from_memory("text", text, NULL, &source, &err), STATUS_OK);
    status = table_open(source, options, &table, &err);
    if (status == STATUS_OK)
        cut_up(table, window, block);
    if (status == STATUS_OK)
        status = tell_scan(&out, table, &err);
    if (status != STATUS_OK) {
        out.size = 0;
        assert_int_equal(err.status, status);
        assert_string_equal(err.source, "text");
        assert_true(buffer_format(&out, "%s: %s", status_name(status), err.text));
    }
    table_close(table);
    told = arena_text(arena, out.at, out.size);
    buffer_done(&out);
    assert_non_null(told);
    return told;
}

static inline const char *tell(struct arena *arena, struct span text, const struct read_options *options, size_t window)
{
    return tell_cut_up(arena, text, options, window, 0);
}

static inline struct span case_text(const struct text_case *c)
{
    return span_of(c->text, c->size ? c->size : strlen(c->text));
}

/* Each case, in windows and blocks of all sizes that matter: every place of a text is the end of one. */
static inline void check_cases(const struct text_case *cases, size_t n, const struct read_options *options)
{
    static const size_t windows[] = {0, 1, 2, 3, 5, 7, 8, 13, 64, 65};

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < sizeof windows / sizeof *windows; k++) {
            struct arena arena = {0};
            assert_string_equal(tell_cut_up(&arena, case_text(&cases[i]), options, windows[k], 0), cases[i].expected);
            assert_string_equal(tell_cut_up(&arena, case_text(&cases[i]), options, 0, windows[k]), cases[i].expected);
            arena_done(&arena);
        }
}

/* With the options told from the content; with those given (.header = -1 where it is to be told). */
#define CHECK_CASES(cases) CHECK_CASES_WITH(cases, .header = -1)
#define CHECK_CASES_WITH(cases, ...)                                                    \
    do {                                                                                \
        struct read_options options_ = {__VA_ARGS__};                                   \
        check_cases(cases, sizeof(cases) / sizeof *(cases), &options_);                 \
    } while (0)

#endif
