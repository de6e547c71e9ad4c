/* tests/expressions/chunk.h -- a table of every type, small enough to read, as vectors of any shape.
 *
 * Columns are declared in chunk.h's table of names below; each row of a test says what a predicate is for each of the rows.
 */
#ifndef TESTS_EXPRESSIONS_CHUNK_H
#define TESTS_EXPRESSIONS_CHUNK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "core/document.h"
#include "expressions/expression.h"

enum { ROWS = 4 };

struct test_column {
    const char *name;
    struct type type;
    bool is_typed;    /* else: an undeclared cell column, whose type is what the family makes of it */
    unsigned nulls;   /* bit per row */
    unsigned malformed;
    union {
        int64_t i64[ROWS];
        uint64_t u64[ROWS];
        double f64[ROWS];
        uint8_t boolean[ROWS];
        int128 i128[ROWS];
        const char *text[ROWS];
    };
};

/* 2024-12-10 is day 20067; 1733788800 seconds. */
enum { DAY_2024_12_10 = 20067 };
#define SECONDS_2024_12_10 ((int64_t)DAY_2024_12_10 * 86400)

static const struct test_column test_columns[] = {
    {"n", {.kind = TYPE_INT64}, true, 1 << 3, 0, .i64 = {1, 2, 3, 0}},
    {"m", {.kind = TYPE_INT64}, true, 0, 0, .i64 = {3, 2, 1, 7}},
    {"big", {.kind = TYPE_INT64}, true, 0, 0, .i64 = {9007199254740992, 9007199254740993, INT64_MAX, INT64_MIN}},
    {"u", {.kind = TYPE_UINT64}, true, 0, 0, .u64 = {0, 1, 9223372036854775808u, UINT64_MAX}},
    {"small", {.kind = TYPE_INT8}, true, 0, 0, .i64 = {-128, 0, 5, 127}},
    {"x", {.kind = TYPE_DOUBLE}, true, 1 << 3, 0, .f64 = {0.1, -0.0, NAN, 0}},
    {"y", {.kind = TYPE_DOUBLE}, true, 0, 0, .f64 = {9007199254740992.0, 0.5, INFINITY, -1e300}},
    {"price", {.kind = TYPE_DECIMAL, .precision = 10, .scale = 2}, true, 0, 0, .i64 = {10, 11, 12345, -5}},
    {"huge", {.kind = TYPE_DECIMAL, .precision = 38, .scale = 4}, true, 0, 0, .i128 = {1, 10000, 12345678, -1}},
    {"s", {.kind = TYPE_STRING}, true, 1 << 3, 0, .text = {"gold", "Silver", "größe", ""}},
    {"t", {.kind = TYPE_STRING}, true, 0, 0, .text = {"gold", "", "a%b", "  x "}},
    {"flag", {.kind = TYPE_BOOL}, true, 1 << 2, 0, .boolean = {1, 0, 0, 1}},
    {"d", {.kind = TYPE_DATE}, true, 0, 0, .i64 = {DAY_2024_12_10, DAY_2024_12_10 - 1, 0, DAY_2024_12_10 + 1}},
    {"ts", {.kind = TYPE_TIMESTAMP, .unit = UNIT_MICRO, .is_utc = true}, true, 0, 0,
     .i64 = {SECONDS_2024_12_10 * 1000000, SECONDS_2024_12_10 * 1000000 + 1, 0, (SECONDS_2024_12_10 + 86400) * 1000000}},
    {"ns", {.kind = TYPE_TIMESTAMP, .unit = UNIT_NANO, .is_utc = true}, true, 0, 0,
     .i64 = {SECONDS_2024_12_10 * 1000000000, SECONDS_2024_12_10 * 1000000000 + 999, 1, 0}},
    {"wall", {.kind = TYPE_TIMESTAMP, .unit = UNIT_MILLI}, true, 0, 0,
     .i64 = {SECONDS_2024_12_10 * 1000, SECONDS_2024_12_10 * 1000 + 3600000, 0, 1}},
    {"clock", {.kind = TYPE_TIME, .unit = UNIT_SECOND}, true, 0, 0, .i64 = {0, 3600, 37800, 86399}},
    {"nothing", {.kind = TYPE_NULL}, true, 15, 0, .i64 = {0}},
    {"raw", {.kind = TYPE_BINARY}, true, 0, 0, .text = {"abc", "", "\xff", "abc"}},
    {"c", {.kind = TYPE_UNKNOWN}, false, 1 << 2, 1 << 1, .i64 = {42, 0, 0, 7}},
    {"two words", {.kind = TYPE_INT64}, true, 0, 0, .i64 = {1, 2, 3, 4}},
};
enum { COLUMNS = sizeof test_columns / sizeof *test_columns };

/* Everything that a predicate needs to run; families asked for are noted by column. */
struct test_table {
    struct arena arena;
    struct time_zone zone;
    struct time_context time;
    enum shape shape;
    enum family asked[COLUMNS];
    struct vector vectors[COLUMNS];
    const struct vector *slots[COLUMNS];
};

static inline struct type test_type(const struct test_column *column, enum family family)
{
    struct type type = column->type;

    if (!column->is_typed)
        type.kind = family == FAMILY_TEXT ? TYPE_STRING : family == FAMILY_BOOL ? TYPE_BOOL : TYPE_INT64;
    return type;
}

static inline enum status test_bind(void *context, const char *name, enum family family, int32_t *slot, struct type *type,
                                    struct error *err)
{
    struct test_table *table = context;

    for (int i = 0; i < COLUMNS; i++) {
        if (strcmp(test_columns[i].name, name) != 0)
            continue;
        table->asked[i] = family;
        *slot = i;
        *type = test_type(&test_columns[i], family);
        return STATUS_OK;
    }
    return error_set(err, STATUS_NOT_FOUND, "there is no column `%s`", name);
}

/* One element of a column into an array of its lane. */
static inline void test_put(const struct test_column *column, enum lane lane, void *values, int64_t at, int row)
{
    switch (lane) {
    case LANE_BOOL:
        ((uint8_t *)values)[at] = column->boolean[row];
        break;
    case LANE_I64: case LANE_U64: case LANE_F64:
        memcpy((uint8_t *)values + at * 8, &column->i64[row], 8);
        break;
    case LANE_I128:
        ((int128 *)values)[at] = column->i128[row];
        break;
    case LANE_BYTES:
        ((struct span *)values)[at] = column->is_typed ? span_text(column->text[row]) : span_text("cell");
        break;
    default:
        break;
    }
}

/* The column as a vector. DICTIONARY: entries in reverse order. CONSTANT: row 0 for all. */
static inline void test_vector(struct test_table *table, int i)
{
    const struct test_column *column = &test_columns[i];
    struct vector *v = &table->vectors[i];
    struct type type = test_type(column, table->asked[i]);
    enum lane lane = type_lane(type);
    uint64_t *valid = arena_array(&table->arena, 1, sizeof *valid);
    uint64_t *malformed = arena_array(&table->arena, 1, sizeof *malformed);
    uint32_t *index = arena_array(&table->arena, ROWS, sizeof *index);
    void *values = arena_array(&table->arena, ROWS + 1, 16);
    bool is_constant = table->shape == SHAPE_CONSTANT;

    *valid = is_constant ? (column->nulls & 1 ? 0 : 15) : 15 & ~column->nulls;
    *malformed = is_constant ? 0 : column->malformed;
    for (int row = 0; row < ROWS; row++) {
        index[row] = (column->nulls >> row) & 1 ? 0 : (uint32_t)(ROWS - 1 - row);
        test_put(column, lane, values, table->shape == SHAPE_DICTIONARY ? ROWS - 1 - row : row, is_constant ? 0 : row);
    }
    *v = (struct vector){.type = type, .lane = lane, .shape = table->shape, .n_rows = ROWS, .values = values};
    v->valid = *valid == 15 ? NULL : valid;
    v->malformed = *malformed ? malformed : NULL;
    v->index = table->shape == SHAPE_DICTIONARY ? index : NULL;
    v->n_entries = table->shape == SHAPE_DICTIONARY ? ROWS : 0;
    v->dictionary_id = table->shape == SHAPE_DICTIONARY ? (uint64_t)i + 1 : 0;
    table->slots[i] = v;
}

static inline void test_table_init(struct test_table *table, enum shape shape)
{
    struct error err = ERROR_NONE;

    memset(table, 0, sizeof *table);
    table->shape = shape;
    if (time_zone_find(&table->arena, "UTC", &table->zone, &err) != STATUS_OK)
        fail_msg("%s", err.text);
    table->time = (struct time_context){SECONDS_2024_12_10 + 3600, 0, &table->zone}; /* now: 01:00 of 2024-12-10 */
}

/* Four letters, one per row: T, F, ? for unknown. Compile or parse errors: "!" and the text. */
static inline void test_answers(struct test_table *table, const struct expression *e, char out[600], const char **trouble)
{
    struct binder binder = {test_bind, table, &table->time};
    struct error err = ERROR_NONE;
    struct predicate *p;
    struct predicate_scratch *scratch;
    uint64_t is_true, is_unknown;

    if (predicate_compile(&table->arena, e, &binder, &p, &err) != STATUS_OK) {
        snprintf(out, 600, "!%s: %s", status_name(err.status), err.text);
        return;
    }
    for (int i = 0; i < COLUMNS; i++)
        test_vector(table, i);
    assert_int_equal(predicate_scratch_new(p, NULL, &scratch, &err), STATUS_OK);
    for (int again = 0; again < 2; again++) { /* the second time from the caches */
        if (predicate_eval(p, scratch, table->slots, ROWS, &is_true, &is_unknown, trouble, &err) != STATUS_OK)
            fail_msg("%s", err.text);
        assert_int_equal(is_true & is_unknown, 0);
        assert_int_equal((is_true | is_unknown) & ~15ul, 0);
        for (int row = 0; row < ROWS; row++)
            out[row] = (is_true >> row) & 1 ? 'T' : (is_unknown >> row) & 1 ? '?' : 'F';
        out[ROWS] = '\0';
    }
    predicate_scratch_free(scratch);
    predicate_done(p);
}

/* The answers of a text on vectors of a shape. */
static inline void test_text(enum shape shape, const char *text, char out[600])
{
    struct test_table table;
    struct error err = ERROR_NONE;
    struct expression *e;
    const char *trouble = NULL;

    test_table_init(&table, shape);
    if (expression_parse(&table.arena, span_text(text), &e, &err) != STATUS_OK)
        snprintf(out, 600, "!%d: %s", (int)err.line_column, err.text);
    else
        test_answers(&table, e, out, &trouble);
    arena_done(&table.arena);
}

#endif
