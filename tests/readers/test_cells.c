/* tests/readers/test_cells.c -- what a cell of text is, by type, and what a column of them is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "core/number.h"
#include "kernels/kernels.h"
#include "readers/cells.h"

static const struct cell_style *style; /* of all columns that are made; NULL: the default */

/* One cell through a column of the type; the value as text, "!" where malformed. */
static void parse_cell(const char *text, enum cell_state state, struct type type, char *out, size_t room)
{
    struct want want = {0, type, NEED_VALUES};
    struct cell_columns cells;
    struct error err = ERROR_NONE;
    struct buffer shown = {0};
    struct value value;

    assert_int_equal(cells_open(&cells, &want, 1, NULL, &err), STATUS_OK);
    cells.at[0].style = style;
    cells.at[0].raw[0] = span_text(text);
    cells.at[0].state[0] = (uint8_t)state;
    cells_finish(&cells, 1);
    assert_null(vector_validate(&cells.vectors[0]));
    value = vector_value(&cells.vectors[0], 0);
    assert_true(cells.vectors[0].malformed ? buffer_add(&shown, "!", 1) : value_print(&value, &shown));
    assert_true(shown.size < room);
    if (shown.size)
        memcpy(out, shown.at, shown.size);
    out[shown.size] = '\0';
    buffer_done(&shown);
    cells_done(&cells);
}

static void check_as(const char *text, enum cell_state state, const char *type_name, const char *expected)
{
    struct type type;
    char shown[256];

    assert_true(type_parse(type_name, &type));
    parse_cell(text, state, type, shown, sizeof shown);
    if (strcmp(shown, expected) != 0)
        fail_msg("`%s` as %s is %s, expected %s", text, type_name, shown, expected);
}

struct cell_case { const char *type, *text, *expected; };

static void check_cells(const struct cell_case *cases, size_t n, enum cell_state state)
{
    for (size_t i = 0; i < n; i++)
        check_as(cases[i].text, state, cases[i].type, cases[i].expected);
}

#define CHECK_CELLS(cases, state) check_cells(cases, sizeof(cases) / sizeof *(cases), state)

static void a_whole_cell_is_of_its_type_or_malformed(void **state)
{
    static const struct cell_case cases[] = {
        {"bool", "true", "true"}, {"bool", "FALSE", "false"}, {"bool", "1", "!"}, {"bool", "t", "!"},
        {"int64", "5", "5"}, {"int64", "+5", "5"}, {"int64", "-0", "0"}, {"int64", " 5", "!"}, {"int64", "5 ", "!"},
        {"int64", "5.0", "!"}, {"int64", "1e3", "!"}, {"int64", "0x10", "!"}, {"int64", "", "!"}, {"int64", "1,000", "!"},
        {"int64", "9223372036854775807", "9223372036854775807"}, {"int64", "9223372036854775808", "!"},
        {"int64", "-9223372036854775808", "-9223372036854775808"}, {"int64", "-9223372036854775809", "!"},
        {"int8", "127", "127"}, {"int8", "128", "!"}, {"int8", "-128", "-128"}, {"int8", "-129", "!"},
        {"int16", "-32768", "-32768"}, {"int16", "32768", "!"}, {"int32", "2147483648", "!"},
        {"uint8", "255", "255"}, {"uint8", "256", "!"}, {"uint8", "-1", "!"}, {"uint64", "18446744073709551615", "18446744073709551615"},
        {"uint64", "18446744073709551616", "!"}, {"uint32", "4294967295", "4294967295"},
        {"double", "0.1", "0.1"}, {"double", "1e400", "Infinity"}, {"double", "nan", "NaN"}, {"double", "-INF", "-Infinity"},
        {"double", "+Infinity", "Infinity"}, {"double", "1_000", "!"}, {"double", "0,5", "!"}, {"double", "-0.0", "-0"},
        {"float", "0.1", "0.10000000149011612"}, {"float", "16777217", "16777216"},
        {"string", "", ""}, {"string", " x ", " x "},
        {"uuid", "123e4567-E89B-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174000"},
        {"uuid", "123e4567e89b12d3a456426614174000", "!"}, {"uuid", "123e4567-e89b-12d3-a456-42661417400g", "!"},
    };
    (void)state;
    CHECK_CELLS(cases, CELL_IS_PLAIN);
}

static void decimals_are_exact_or_malformed(void **state)
{
    static const struct cell_case cases[] = {
        {"decimal(5,2)", "123.45", "123.45"}, {"decimal(5,2)", "1.5", "1.50"}, {"decimal(5,2)", "1.500", "1.50"},
        {"decimal(5,2)", "1.505", "!"}, {"decimal(5,2)", "999.99", "999.99"}, {"decimal(5,2)", "1000", "!"},
        {"decimal(5,2)", "-999.99", "-999.99"}, {"decimal(5,2)", "1e2", "100.00"}, {"decimal(5,2)", "NaN", "!"},
        {"decimal(38,0)", "99999999999999999999999999999999999999", "99999999999999999999999999999999999999"},
        {"decimal(38,0)", "100000000000000000000000000000000000000", "!"},
        {"decimal(38,2)", "-123456789012345678901234567890123456.78", "-123456789012345678901234567890123456.78"},
    };
    (void)state;
    CHECK_CELLS(cases, CELL_IS_PLAIN);
}

static void times_fit_their_unit_or_are_malformed(void **state)
{
    static const struct cell_case cases[] = {
        {"date", "2024-02-29", "2024-02-29"}, {"date", "2023-02-29", "!"}, {"date", "2024-2-9", "!"}, {"date", "29.02.2024", "!"},
        {"time", "10:30", "10:30:00"}, {"time", "10:30:00.000001", "10:30:00.000001"}, {"time", "25:00", "!"},
        {"time", "10:30:00.0000001", "!"},
        {"timestamp", "2024-12-10T10:30:00", "2024-12-10T10:30:00"},
        {"timestamp", "2024-12-10 10:30:00.5", "2024-12-10T10:30:00.5"},
        {"timestamp", "2024-12-10", "2024-12-10T00:00:00"},
        {"timestamp", "2024-12-10T10:30:00+01:00", "2024-12-10T09:30:00"},
        {"timestamp", "1969-12-31T23:59:59.999999", "1969-12-31T23:59:59.999999"},
        {"timestamp", "2024-12-10T10:30:00.0000001", "!"}, {"timestamp", "yesterday", "!"},
        {"timestamptz", "2024-12-10T10:30:00Z", "2024-12-10T10:30:00Z"},
        {"timestamptz", "2024-12-10T10:30:00-0530", "2024-12-10T16:00:00Z"},
        {"timestamp(ns)", "2024-12-10T10:30:00.000000001", "2024-12-10T10:30:00.000000001"},
        {"timestamp(ns)", "9999-01-01", "!"},
    };
    (void)state;
    CHECK_CELLS(cases, CELL_IS_PLAIN);
}

static void a_json_string_is_no_number(void **state)
{
    static const struct cell_case cases[] = {
        {"int64", "5", "!"}, {"double", "5", "!"}, {"bool", "true", "!"}, {"double", "NaN", "NaN"}, {"double", "-Infinity", "-Infinity"},
        {"decimal(5,2)", "1.25", "1.25"}, {"string", "5", "5"}, {"date", "2024-01-01", "2024-01-01"},
    };
    (void)state;
    CHECK_CELLS(cases, CELL_IS_STRING);
}

static void nulls_and_malformed_cells_are_zero(void **state)
{
    static const char *texts[] = {"7", NULL, "x", NULL, "-8"};
    struct want want = {0, {.kind = TYPE_INT64}, NEED_VALUES};
    struct cell_columns cells;
    struct error err = ERROR_NONE;
    const struct vector *v;

    (void)state;
    assert_int_equal(cells_open(&cells, &want, 1, NULL, &err), STATUS_OK);
    for (int i = 0; i < 5; i++) {
        cells.at[0].raw[i] = texts[i] ? span_text(texts[i]) : span_of(NULL, 0);
        cells.at[0].state[i] = texts[i] ? CELL_IS_PLAIN : CELL_IS_NULL;
    }
    cells_finish(&cells, 5);
    v = &cells.vectors[0];
    assert_null(vector_validate(v));
    assert_int_equal(v->n_nulls, 2);
    assert_int_equal(v->valid[0], 0x15);
    assert_int_equal(v->malformed[0], 0x04);
    assert_int_equal(v->i64[0] + 10 * v->i64[1] + 100 * v->i64[2] + 1000 * v->i64[3], 7);
    assert_int_equal(v->i64[4], -8);
    assert_true(span_is(v->raw[2], "x"));
    cells_done(&cells);
}

/* A column was parsed once for each check that looked at it, twice as many as there were columns. */
static void wants_that_are_alike_share_a_column(void **state)
{
    static const struct want wants[] = {
        {3, {.kind = TYPE_INT64}, NEED_VALUES}, {3, {.kind = TYPE_STRING}, NEED_VALUES}, {3, {.kind = TYPE_INT64}, NEED_VALUES},
        {3, {.kind = TYPE_BOOL}, NEED_NULLS},   {1, {.kind = TYPE_INT64}, NEED_NULLS},   {1, {.kind = TYPE_INT64}, NEED_VALUES},
    };
    static const int32_t columns[] = {0, 1, 0, 1, 2, 3}; /* nulls alone are taken from what was wanted last */
    struct cell_columns cells;
    struct error err = ERROR_NONE;

    (void)state;
    assert_int_equal(cells_open(&cells, wants, 6, NULL, &err), STATUS_OK);
    assert_int_equal(cells.n, 4);
    assert_int_equal(cells.n_wants, 6);
    for (int32_t i = 0; i < cells.n; i++)
        for (int row = 0; row < 2; row++) {
            cells.at[i].raw[row] = row ? span_of(NULL, 0) : span_text("12");
            cells.at[i].state[row] = row ? CELL_IS_NULL : CELL_IS_PLAIN;
        }
    cells_finish(&cells, 2);
    for (int i = 0; i < 6; i++) {
        const struct vector *v = &cells.vectors[i];

        assert_int_equal(cells.of_want[i], columns[i]);
        assert_null(vector_validate(v));
        assert_true(type_equal(v->type, wants[i].type));
        assert_int_equal(v->n_nulls, 1);
        assert_int_equal(v->valid[0], 1);
        assert_int_equal(v->lane, wants[i].need == NEED_NULLS ? LANE_NONE : wants[i].type.kind == TYPE_INT64 ? LANE_I64 : LANE_BYTES);
        assert_true(wants[i].need == NEED_NULLS ? !v->raw : span_is(v->raw[0], "12"));
        assert_true(v->lane != LANE_I64 || v->i64[0] == 12);
    }
    assert_true(cells_are_wanted(&cells, wants, 6));
    assert_false(cells_are_wanted(&cells, wants, 5));
    assert_false(cells_are_wanted(&cells, wants + 1, 5));
    cells_done(&cells);
}

static void nested_columns_are_refused_but_their_nulls_are_not(void **state)
{
    struct want want = {0, {.kind = TYPE_NESTED}, NEED_VALUES};
    struct cell_columns cells;
    struct error err = ERROR_NONE;

    (void)state;
    assert_int_equal(cells_open(&cells, &want, 1, NULL, &err), STATUS_UNSUPPORTED);
    cells_done(&cells);
    want.need = NEED_NULLS;
    assert_int_equal(cells_open(&cells, &want, 1, NULL, &err), STATUS_OK);
    cells.at[0].state[0] = CELL_IS_NULL;
    cells_finish(&cells, 1);
    assert_int_equal(cells.vectors[0].lane, LANE_NONE);
    assert_int_equal(cells.vectors[0].n_nulls, 1);
    cells_done(&cells);
}

static void a_cell_is_classified_by_its_look(void **state)
{
    static const struct { const char *text; enum cell_class csv, json; } cases[] = {
        {"true", CELL_BOOL, CELL_TEXT}, {"1", CELL_INT64, CELL_TEXT}, {"-12", CELL_INT64, CELL_TEXT}, {"0", CELL_INT64, CELL_TEXT},
        {"007", CELL_TEXT, CELL_TEXT}, {"-007", CELL_TEXT, CELL_TEXT}, {"0.5", CELL_DOUBLE, CELL_TEXT}, {"00.5", CELL_TEXT, CELL_TEXT},
        {".5", CELL_DOUBLE, CELL_TEXT}, {"1e5", CELL_DOUBLE, CELL_TEXT}, {"9223372036854775808", CELL_DOUBLE, CELL_TEXT},
        {"NaN", CELL_DOUBLE, CELL_DOUBLE}, {"-inf", CELL_DOUBLE, CELL_DOUBLE}, {"2024-01-01", CELL_DATE, CELL_DATE},
        {"10:30", CELL_TIME, CELL_TIME}, {"2024-01-01T10:30:00Z", CELL_TIMESTAMP, CELL_TIMESTAMP}, {"x", CELL_TEXT, CELL_TEXT},
        {"", CELL_TEXT, CELL_TEXT}, {" 1", CELL_TEXT, CELL_TEXT}, {"1.2.3", CELL_TEXT, CELL_TEXT}, {"-", CELL_TEXT, CELL_TEXT},
        {"+", CELL_TEXT, CELL_TEXT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(cell_classify(span_text(cases[i].text), false), cases[i].csv);
        assert_int_equal(cell_classify(span_text(cases[i].text), true), cases[i].json);
    }
}

static void check_column(const char *const *texts, const char *expected)
{
    struct cell_classes parts[2] = {0}, all = {0};
    char name[64];

    for (int i = 0; texts[i]; i++)
        cell_classes_add(&parts[i % 2], span_text(texts[i]), false, NULL);
    cell_classes_merge(&all, &parts[1]);
    cell_classes_merge(&all, &parts[0]);
    type_print(cell_classes_type(&all), name);
    assert_string_equal(name, expected);
}

static void a_column_gets_the_type_that_covers_all_its_cells(void **state)
{
    (void)state;
    check_column((const char *const[]){"1", "2", NULL}, "int64");
    check_column((const char *const[]){"1", "2.5", NULL}, "double");
    check_column((const char *const[]){"1", "NaN", NULL}, "double");
    check_column((const char *const[]){"1", "x", NULL}, "string");
    check_column((const char *const[]){"1", "007", NULL}, "string");
    check_column((const char *const[]){"true", "False", NULL}, "bool");
    check_column((const char *const[]){"true", "1", NULL}, "string");
    check_column((const char *const[]){"2024-01-01", "2024-01-02", NULL}, "date");
    check_column((const char *const[]){"10:30", "11:00:00", NULL}, "time(us)");
    check_column((const char *const[]){"2024-01-01", "2024-01-02T10:00:00", NULL}, "timestamp(us)");
    check_column((const char *const[]){"2024-01-01T10:00:00Z", "2024-01-02T10:00:00+01:00", NULL}, "timestamp(us, UTC)");
    check_column((const char *const[]){"2024-01-01T10:00:00Z", "2024-01-02T10:00:00", NULL}, "timestamp(us, UTC)"); /* one offset makes instants */
    check_column((const char *const[]){"2024-01-01T10:00:00.123456789", NULL}, "timestamp(ns)");
    check_column((const char *const[]){NULL}, "string");
}

/* --- the fast parsers of padded cells --- */

static uint64_t random_bits(void)
{
    static uint64_t seed = 0x1234abcd5678ef01;

    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x2545f4914f6cdd1d;
}

/* A text that is nearly of the type: of the usual form, every other one with a byte changed, put in or left out. */
static size_t nearly(enum type_kind kind, char *out, size_t room)
{
    static const char bytes[] = "0123456789.-+eTZ: atrueflsn\0/;";
    uint64_t x = random_bits(), y = random_bits();
    size_t n = 0, at;

    if (kind >= TYPE_INT8 && kind <= TYPE_INT64)
        n = (size_t)snprintf(out, room, "%s%.*llu", x % 5 ? "" : "-", (int)(y % 4), (unsigned long long)(y >> (x % 64)));
    else if (kind == TYPE_DOUBLE || kind == TYPE_FLOAT)
        n = (size_t)snprintf(out, room, "%s%llu%s%.*llu", x % 5 ? "" : "-", (unsigned long long)(y >> (x % 64)), x % 7 ? "." : "", (int)(x / 7 % 12),
                             (unsigned long long)(random_bits() >> (x / 64 % 64)));
    else if (kind == TYPE_BOOL)
        n = (size_t)snprintf(out, room, "%s", x % 2 ? "true" : "false");
    else
        n = (size_t)snprintf(out, room, "%04d-%02d-%02d%c%02d:%02d:%02d%s%.*llu%s", 1800 + (int)(x % 500), (int)(x / 500 % 13), (int)(x / 6500 % 33),
                             y % 3 ? 'T' : ' ', (int)(y / 3 % 25), (int)(y / 75 % 61), (int)(y / 75 / 61 % 61), y >> 40 & 3 ? "." : "",
                             (int)(y >> 42 & 7), (unsigned long long)(y >> 48), y >> 47 & 1 ? "Z" : "");
    at = random_bits() % (n + 1);
    if (x >> 60 & 1)
        return n;
    if (x >> 61 & 1 && at < n)
        memmove(out + at, out + at + 1, n - at);
    else if (x >> 62 & 1)
        memmove(out + at + 1, out + at, n - at);
    n = x >> 61 & 1 && at < n ? n - 1 : x >> 62 & 1 ? n + 1 : n;
    if (!(x >> 61 & 1) && n)
        out[at < n ? at : 0] = bytes[random_bits() % (sizeof bytes - 1)];
    return n;
}

static void check_padded(enum type_kind kind, const struct kernels *kernels)
{
    enum { ROWS = 512, WIDTH = 64 };
    static char texts[ROWS * WIDTH + WIDTH];
    struct want want = {0, {.kind = kind, .unit = UNIT_MICRO}, NEED_VALUES};
    struct cell_columns cells[2];
    struct error err = ERROR_NONE;

    for (int round = 0; round < 200; round++) {
        for (int k = 0; k < 2; k++) {
            assert_int_equal(cells_open(&cells[k], &want, 1, NULL, &err), STATUS_OK);
            cells[k].is_padded = k == 1;
            cells[k].kernels = kernels;
        }
        for (size_t i = 0; i < sizeof texts; i++)
            texts[i] = ",.0\n\""[random_bits() % 5]; /* what stands behind a cell is not of it */
        for (int row = 0; row < ROWS; row++) {
            size_t n = nearly(kind, texts + row * WIDTH, WIDTH);
            for (int k = 0; k < 2; k++) {
                cells[k].at[0].raw[row] = span_of(texts + row * WIDTH, n);
                cells[k].at[0].state[row] = row % 50 ? CELL_IS_PLAIN : CELL_IS_NULL;
            }
            texts[row * WIDTH + (int)n] = ',';
        }
        cells_finish(&cells[0], ROWS - 12);
        cells_parse(&cells[1], 0, 0, 128);
        cells_parse(&cells[1], 0, 128, ROWS - 12);
        cells_deliver(&cells[1], ROWS - 12);
        assert_null(vector_validate(&cells[1].vectors[0]));
        assert_int_equal(cells[0].vectors[0].n_nulls, cells[1].vectors[0].n_nulls);
        if (kind != TYPE_BOOL && kind != TYPE_TIMESTAMP)
            assert_int_equal(cells[0].vectors[0].has_leading_zeros, cells[1].vectors[0].has_leading_zeros);
        assert_int_equal(!cells[0].vectors[0].malformed, !cells[1].vectors[0].malformed);
        assert_memory_equal(cells[0].at[0].valid, cells[1].at[0].valid, BITMAP_WORDS(ROWS - 12) * 8);
        assert_memory_equal(cells[0].at[0].malformed, cells[1].at[0].malformed, BITMAP_WORDS(ROWS - 12) * 8);
        assert_memory_equal(cells[0].at[0].values, cells[1].at[0].values, (ROWS - 12) * lane_width(type_lane(want.type)));
        cells_done(&cells[0]);
        cells_done(&cells[1]);
    }
}

static void the_fast_parsers_say_what_the_general_ones_say(void **state)
{
    (void)state;
    for (int v = 0; kernels_all[v]; v++)
        if (kernels_runs_here(kernels_all[v])) {
            check_padded(TYPE_INT64, kernels_all[v]);
            check_padded(TYPE_INT32, kernels_all[v]);
            check_padded(TYPE_INT16, kernels_all[v]);
            check_padded(TYPE_INT8, kernels_all[v]);
            check_padded(TYPE_DOUBLE, kernels_all[v]);
            check_padded(TYPE_FLOAT, kernels_all[v]);
            check_padded(TYPE_BOOL, kernels_all[v]);
            check_padded(TYPE_TIMESTAMP, kernels_all[v]);
        }
}

static void tells_numbers_that_begin_with_zeros(void **state)
{
    static const struct { const char *text; enum type_kind kind; bool expected; } cases[] = {
        {"007", TYPE_INT64, true}, {"-01", TYPE_INT64, true}, {"+01", TYPE_INT64, true}, {"0", TYPE_INT64, false}, {"-0", TYPE_INT64, false},
        {"10", TYPE_INT64, false}, {"0.5", TYPE_DOUBLE, false}, {"00.5", TYPE_DOUBLE, true}, {"-00", TYPE_DOUBLE, true}, {"0e1", TYPE_DOUBLE, false},
        {"00000000000000000000001", TYPE_INT64, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int padded = 0; padded < 2; padded++) {
            struct want want = {0, {.kind = cases[i].kind}, NEED_VALUES};
            struct cell_columns cells;
            struct error err = ERROR_NONE;
            char text[64] = "";

            strcpy(text, cases[i].text);
            assert_int_equal(cells_open(&cells, &want, 1, NULL, &err), STATUS_OK);
            cells.is_padded = padded == 1;
            cells.at[0].raw[0] = span_of(text, strlen(text));
            cells.at[0].state[0] = CELL_IS_PLAIN;
            cells_finish(&cells, 1);
            assert_int_equal(cells.vectors[0].has_leading_zeros, cases[i].expected);
            cells_done(&cells);
        }
}

static void a_style_says_how_numbers_words_and_times_are_written(void **state)
{
    static const char *yes[] = {"ja", "J"}, *no[] = {"nein", "1"};
    static const struct cell_rules rules = {.decimal = ',', .thousands = '.', .true_words = {yes, 2, true}, .false_words = {no, 2, true},
                                            .date_format = "%d.%m.%Y", .timestamp_format = "%d.%m.%Y %H:%M%z", .time_format = "%H.%M"};
    static const struct cell_style german = {&rules, NULL}, column = {&rules, "%Y/%m/%d"};
    static const struct cell_case cases[] = {
        {"double", "1,5", "1.5"},         {"double", "-1.234.567,25", "-1234567.25"}, {"double", "1.5", "!"},
        {"double", "12.34,5", "!"},       {"double", "1234.567", "!"},                {"double", "1,234.5", "!"},
        {"double", "NaN", "NaN"},         {"double", "1,5e3", "1500"},                {"double", ".123", "!"},
        {"double", "1.", "!"},            {"double", "1.000,000.0", "!"},             {"double", "", "!"},
        {"int64", "9.007.199.254.740.993", "9007199254740993"},                       {"int64", "1,0", "!"},
        {"decimal(10,2)", "1.234,50", "1234.50"}, {"decimal(10,2)", "0,125", "!"},
        {"bool", "JA", "true"},           {"bool", "1", "false"},                     {"bool", "true", "!"},
        {"date", "10.12.2024", "2024-12-10"}, {"date", "2024-12-10", "!"},            {"date", "31.02.2024", "!"},
        {"timestamp", "10.12.2024 13:30+01:00", "2024-12-10T12:30:00"}, {"time", "23.59", "23:59:00"},
        {"string", "1,5", "1,5"},
    };
    static const struct cell_case of_column[] = {{"date", "2024/12/10", "2024-12-10"}, {"date", "10.12.2024", "!"},
                                                 {"timestamp", "2024/12/10", "2024-12-10T00:00:00"}, {"double", "1,5", "1.5"}};
    (void)state;
    style = &german;
    CHECK_CELLS(cases, CELL_IS_PLAIN);
    style = &column;
    CHECK_CELLS(of_column, CELL_IS_PLAIN);
    style = NULL;
}

static void a_style_decides_what_a_cell_looks_like(void **state)
{
    static const char *yes[] = {"y"};
    static const struct cell_rules rules = {.decimal = ',', .true_words = {yes, 1, true}, .date_format = "%d/%m/%Y"};
    static const struct cell_style euro = {&rules, NULL};
    static const struct { const char *text; enum cell_class class; } cases[] = {
        {"1,5", CELL_DOUBLE}, {"1.5", CELL_TEXT}, {"15", CELL_INT64}, {"007", CELL_TEXT}, {"Y", CELL_BOOL}, {"true", CELL_TEXT},
        {"false", CELL_BOOL}, {"31/12/2024", CELL_DATE}, {"2024-12-31", CELL_TEXT}, {"2024-12-31T10:00", CELL_TIMESTAMP},
        {"32/12/2024", CELL_TEXT}, {"inf", CELL_DOUBLE}, {"x", CELL_TEXT},
    };
    struct cell_classes classes = {0};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(cell_classify_as(span_text(cases[i].text), false, &euro), cases[i].class);
        assert_int_equal(cell_classify_as(span_text("1.5"), false, NULL), CELL_DOUBLE);
    }
    cell_classes_add(&classes, span_text("31/12/2024"), false, &euro);
    assert_int_equal(cell_classes_type(&classes).kind, TYPE_DATE);
}

static void rules_that_contradict_each_other_are_refused(void **state)
{
    static const struct cell_format formats[] = {{"x", "%Q"}};
    static const char *words[] = {"no", "True"};
    static const struct text_list both = {words, 2, true};
    static const struct cell_rules bad[] = {{.true_words = both, .false_words = both}, {.false_words = both},
                                            {.decimal = ',', .thousands = ','}, {.thousands = '.'}, {.decimal = '5'},
                                            {.date_format = "%d"}, {.formats = formats, .n_formats = 1}};
    struct error err = ERROR_NONE;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(cell_rules_validate(&bad[i], ';', &err), STATUS_BAD_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fast_parsers_say_what_the_general_ones_say),
        cmocka_unit_test(tells_numbers_that_begin_with_zeros),
        cmocka_unit_test(a_style_says_how_numbers_words_and_times_are_written),
        cmocka_unit_test(a_style_decides_what_a_cell_looks_like),
        cmocka_unit_test(rules_that_contradict_each_other_are_refused),
        cmocka_unit_test(a_whole_cell_is_of_its_type_or_malformed),
        cmocka_unit_test(decimals_are_exact_or_malformed),
        cmocka_unit_test(times_fit_their_unit_or_are_malformed),
        cmocka_unit_test(a_json_string_is_no_number),
        cmocka_unit_test(nulls_and_malformed_cells_are_zero),
        cmocka_unit_test(wants_that_are_alike_share_a_column),
        cmocka_unit_test(nested_columns_are_refused_but_their_nulls_are_not),
        cmocka_unit_test(a_cell_is_classified_by_its_look),
        cmocka_unit_test(a_column_gets_the_type_that_covers_all_its_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
