/* tests/readers/test_parquet_summary.c -- which statistics are believed, of which writer, in which order. */
#include "tests/readers/parquet_fixture.h"

struct summary_case {
    const char *created_by;
    struct file_column column; /* name, physical, repetition, converted, bounds, null_count */
    bool without_orders;
    bool has_nulls, has_bounds, is_exact;
};

static struct column_summary summarise(const struct summary_case *c)
{
    static struct file_build b;
    struct error err = ERROR_NONE;
    struct column_summary out;
    struct opened o;

    build_start(&b);
    b.created_by = c->created_by;
    b.without_orders = c->without_orders;
    b.n_rows = 10;
    b.columns[b.n_columns++] = c->column;
    b.columns[0].n_values = 10;
    b.columns[0].start = 4;
    build_finish(&b);
    o = open_bytes(b.out.at, b.out.n, &err);
    if (!o.table)
        fail_msg("%s", err.text);
    assert_int_equal(reader_parquet.summary(o.table, 0, 0, &out, &err), STATUS_OK);
    close_opened(o); /* bounds that are text go with it: not looked at after this */
    return out;
}

static const int64_t two = 2, nine = 9, minus_one = -1;
static const int32_t low32 = 5, high32 = -2; /* as UINT_32: 4294967294 */
static const double nan_value = __builtin_nan(""), one_double = 1.0;
static const uint8_t flba_low[2] = {0xff, 0x00}, flba_high[2] = {0x01, 0x00}; /* -256, 256 as decimals */

#define ARROW "parquet-cpp-arrow version 12.0.0"
#define I64(...) {.name = "x", .physical = PHYSICAL_INT64, .repetition = REPETITION_OPTIONAL, .bound_size = 8, __VA_ARGS__}

static void checks(const struct summary_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct column_summary s = summarise(&cases[i]);

        if (s.has_nulls_count != cases[i].has_nulls || s.has_bounds != cases[i].has_bounds ||
            (s.has_bounds && s.min_is_exact && s.max_is_exact) != cases[i].is_exact)
            fail_msg("case %zu: nulls %d bounds %d exact %d", i, s.has_nulls_count, s.has_bounds, s.min_is_exact && s.max_is_exact);
    }
}
#define CHECKS(cases) checks(cases, sizeof(cases) / sizeof *(cases))

static void null_counts_are_believed_of_listed_writers_only(void **state)
{
    static const struct summary_case cases[] = {
        {ARROW, I64(.null_count = 3), .has_nulls = true},
        {"parquet-cpp-arrow version 5.0.0", I64(.null_count = 3)},
        {"parquet-mr version 1.10.0 (build 1)", I64(.null_count = 3), .has_nulls = true},
        {"parquet-mr version 1.9.3 (build 1)", I64(.null_count = 3)},
        {"DuckDB version v1.2.0 (build 5f5512b827)", I64(.null_count = 3), .has_nulls = true},
        {"parquet-rs version 53.1.0", I64(.null_count = 3), .has_nulls = true},
        {"parquet-rs version 53.0.0", I64(.null_count = 3)},
        {"Polars", I64(.null_count = 3)},
        {"", I64(.null_count = 3)},
        {"somebody version 9.9.9", I64(.null_count = 3)},
        {ARROW, I64(.null_count = -1)},  /* absent is unknown, never 0 */
        {ARROW, I64(.null_count = 11)},  /* of ten rows */
    };

    (void)state;
    CHECKS(cases);
}

/* polars#29321: multiplied by the number of pages, which leaves a 0 as it is. */
static void a_count_of_zero_is_believed_of_more_writers(void **state)
{
    static const struct summary_case cases[] = {
        {"Polars", I64(.null_count = 0), .has_nulls = true},
        {"Polars", I64(.null_count = 3)},
    };

    (void)state;
    CHECKS(cases);
}

static void a_required_column_has_no_nulls_whoever_wrote_it(void **state)
{
    static const struct summary_case c = {"", {.name = "x", .physical = PHYSICAL_INT64, .null_count = -1}};
    struct column_summary s = summarise(&c);

    (void)state;
    assert_true(s.has_nulls_count && s.n_nulls == 0 && s.nulls_evidence == EVIDENCE_SCHEMA);
}

static void bounds_need_a_declared_order_and_the_right_way_round(void **state)
{
    static const struct summary_case cases[] = {
        {ARROW, I64(.null_count = -1, .min = &two, .max = &nine), .has_bounds = true},
        {ARROW, I64(.null_count = -1, .min = &two, .max = &nine, .is_exact = true), .has_bounds = true, .is_exact = true},
        {ARROW, I64(.null_count = -1, .min = &nine, .max = &nine), .has_bounds = true, .is_exact = true},
        {ARROW, I64(.null_count = -1, .min = &minus_one, .max = &nine), .has_bounds = true},
        {ARROW, I64(.null_count = -1, .min = &two, .max = &nine), .without_orders = true},
        {ARROW, I64(.null_count = -1, .min = &nine, .max = &two)},
        {ARROW, I64(.null_count = 10, .min = &two, .max = &nine), .has_nulls = true}, /* of no value at all */
        {ARROW, I64(.null_count = -1, .min = &two)},
        {"", I64(.null_count = -1, .min = &two, .max = &nine)},
        {ARROW, {.name = "x", .physical = PHYSICAL_INT64, .repetition = 1, .null_count = -1, .min = &two, .max = &nine,
                 .bound_size = 4}},
    };

    (void)state;
    CHECKS(cases);
}

static void each_type_has_its_own_order(void **state)
{
    static const struct summary_case cases[] = {
        /* UINT_32: 5 .. 4294967294 is right, as signed numbers it would be upside down */
        {ARROW, {.name = "x", .physical = PHYSICAL_INT32, .repetition = 1, .converted_plus_1 = 14, .null_count = -1,
                 .min = &low32, .max = &high32, .bound_size = 4}, .has_bounds = true},
        {ARROW, {.name = "x", .physical = PHYSICAL_INT32, .repetition = 1, .null_count = -1, .min = &low32,
                 .max = &high32, .bound_size = 4}},
        {ARROW, {.name = "x", .physical = PHYSICAL_DOUBLE, .repetition = 1, .null_count = -1, .min = &nan_value,
                 .max = &one_double, .bound_size = 8}},
        {ARROW, {.name = "x", .physical = PHYSICAL_DOUBLE, .repetition = 1, .null_count = -1, .min = &one_double,
                 .max = &one_double, .bound_size = 8}, .has_bounds = true, .is_exact = true},
        {ARROW, {.name = "x", .physical = PHYSICAL_FIXED, .repetition = 1, .type_length = 2, .converted_plus_1 = 6,
                 .precision = 4, .null_count = -1, .min = flba_low, .max = flba_high, .bound_size = 2},
         .has_bounds = true},
        {ARROW, {.name = "x", .physical = PHYSICAL_FIXED, .repetition = 1, .type_length = 2, .null_count = -1,
                 .min = flba_low, .max = flba_high, .bound_size = 2}},
        {ARROW, {.name = "x", .physical = PHYSICAL_BYTE_ARRAY, .repetition = 1, .converted_plus_1 = 1,
                 .null_count = -1, .min = "abc", .max = "abd", .bound_size = 3}, .has_bounds = true},
        {ARROW, {.name = "x", .physical = PHYSICAL_INT96, .repetition = 1, .null_count = -1, .min = "abcdefghijkl",
                 .max = "bbcdefghijkl", .bound_size = 12}},
    };

    (void)state;
    CHECKS(cases);
}

static void floats_never_say_how_many_are_nan(void **state)
{
    static const struct summary_case c = {ARROW, {.name = "x", .physical = PHYSICAL_DOUBLE, .null_count = 0}};
    static const struct summary_case i = {ARROW, I64(.null_count = 0)};

    (void)state;
    assert_false(summarise(&c).has_nan_count);
    assert_true(summarise(&i).has_nan_count && summarise(&i).n_nans == 0);
}

/* What contradicts itself is a finding, and then nothing of it is told. */
static void statistics_that_contradict_the_file_are_findings(void **state)
{
    static const uint8_t no_boolean = 7;
    static const struct { struct summary_case c; const char *problem; } cases[] = {
        {{ARROW, I64(.null_count = 11)}, "have a null count that is not between 0 and the number of values"},
        {{ARROW, {.name = "x", .physical = PHYSICAL_INT64, .null_count = 1}}, "have nulls in a REQUIRED column"},
        {{ARROW, {.name = "x", .physical = PHYSICAL_DOUBLE, .repetition = 1, .null_count = 4, .nan_count_plus_1 = 8}},
         "have a NaN count that is not between 0 and the number of values"},
        {{ARROW, I64(.null_count = 0, .min = &nine, .max = &two)}, "have a least value that is above the greatest"},
        {{"", I64(.null_count = 0, .min = &nine, .max = &two)}, "have a least value that is above the greatest"},
        {{ARROW, {.name = "x", .physical = PHYSICAL_INT64, .repetition = 1, .null_count = 0, .min = &two, .max = &nine, .bound_size = 4}},
         "have a bound that is not as long as a value of the type"},
        {{ARROW, {.name = "x", .physical = PHYSICAL_BOOLEAN, .repetition = 1, .null_count = 0, .min = &no_boolean,
                  .max = &no_boolean, .bound_size = 1}}, "have a bound that is neither true nor false"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct column_summary s = summarise(&cases[i].c);

        assert_non_null(s.problem);
        assert_string_equal(s.problem, cases[i].problem);
        assert_false(s.has_bounds);
        assert_false(s.has_nulls_count && s.nulls_evidence == EVIDENCE_FOOTER);
    }
}

/* Floats: NaN is counted by new writers only; total order needs that count; a bound that is NaN bounds nothing. */
static void floats_have_rules_of_their_own(void **state)
{
#define DOUBLE(...) {.name = "x", .physical = PHYSICAL_DOUBLE, .repetition = 1, .null_count = 2, .bound_size = 8, __VA_ARGS__}
    static const double low = -0.5, high = 2;
    static const struct { struct summary_case c; bool has_nans; int64_t n_nans; } cases[] = {
        {{ARROW, DOUBLE(.min = &low, .max = &high), .has_nulls = true, .has_bounds = true}, false, 0},
        {{ARROW, DOUBLE(.min = &low, .max = &high, .nan_count_plus_1 = 1), .has_nulls = true, .has_bounds = true}, true, 0},
        {{ARROW, DOUBLE(.min = &low, .max = &high, .nan_count_plus_1 = 4), .has_nulls = true, .has_bounds = true}, true, 3},
        {{ARROW, DOUBLE(.min = &low, .max = &high, .nan_count_plus_1 = 4, .order = 2), .has_nulls = true, .has_bounds = true}, true, 3},
        {{ARROW, DOUBLE(.min = &low, .max = &high, .order = 2), .has_nulls = true}, false, 0},
        {{ARROW, DOUBLE(.min = &low, .max = &high, .order = 3), .has_nulls = true}, false, 0},
        {{ARROW, DOUBLE(.min = &low, .max = &high, .order = 9), .has_nulls = true}, false, 0},
        {{ARROW, DOUBLE(.min = &nan_value, .max = &nan_value, .nan_count_plus_1 = 9, .order = 2), .has_nulls = true}, true, 8},
        {{"", DOUBLE(.min = &low, .max = &high, .nan_count_plus_1 = 1)}, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct column_summary s = summarise(&cases[i].c);

        checks(&cases[i].c, 1);
        assert_int_equal(s.has_nan_count, cases[i].has_nans);
        assert_int_equal(s.n_nans, cases[i].n_nans);
        assert_null(s.problem);
    }
}

/* Nanoseconds of the day, then the Julian day. As bytes they would stand in another order. */
static void int96_is_ordered_only_where_the_file_says_so(void **state)
{
#define INT96(...) {.name = "x", .physical = PHYSICAL_INT96, .repetition = 1, .null_count = 0, .bound_size = 12, __VA_ARGS__}
    static const uint8_t early[12] = {9, 0, 0, 0, 0, 0, 0, 0, 0x8c, 0x3d, 0x25, 0}, late[12] = {1, 0, 0, 0, 0, 0, 0, 0, 0x8d, 0x3d, 0x25, 0};
    static const uint8_t long_day[12] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0x8d, 0x3d, 0x25, 0};
    static const struct summary_case cases[] = {
        {ARROW, INT96(.min = early, .max = late, .order = 3), .has_nulls = true, .has_bounds = true},
        {ARROW, INT96(.min = early, .max = late), .has_nulls = true},
        {ARROW, INT96(.min = early, .max = long_day, .order = 3), .has_nulls = true},
    };

    (void)state;
    CHECKS(cases);
}

/* The deprecated pair: of signed numbers, and of anything where least and greatest are the same. */
static void old_bounds_count_where_the_order_does_not_matter(void **state)
{
#define OLD(...) {.name = "x", .repetition = 1, .null_count = -1, .is_old = true, __VA_ARGS__}
#define JAVA "parquet-mr version 1.8.1"
    static const struct summary_case cases[] = {
        {JAVA, OLD(.physical = PHYSICAL_INT64, .min = &two, .max = &nine, .bound_size = 8), .has_bounds = true},
        {JAVA, OLD(.physical = PHYSICAL_INT32, .converted_plus_1 = 14, .min = &low32, .max = &high32, .bound_size = 4)},
        {JAVA, OLD(.physical = PHYSICAL_BYTE_ARRAY, .converted_plus_1 = 1, .min = "abc", .max = "abd", .bound_size = 3)},
        {JAVA, OLD(.physical = PHYSICAL_BYTE_ARRAY, .converted_plus_1 = 1, .min = "abc", .max = "abc", .bound_size = 3),
         .has_bounds = true, .is_exact = true},
        /* PARQUET-251: a buffer that was used again was the bound of all */
        {"parquet-mr version 1.7.0", OLD(.physical = PHYSICAL_BYTE_ARRAY, .converted_plus_1 = 1, .min = "abc", .max = "abc", .bound_size = 3)},
        {"parquet-mr version 1.5.0-cdh5.5.0", OLD(.physical = PHYSICAL_BYTE_ARRAY, .converted_plus_1 = 1, .min = "abc", .max = "abc",
                                                  .bound_size = 3), .has_bounds = true, .is_exact = true},
        {"", OLD(.physical = PHYSICAL_INT64, .min = &two, .max = &nine, .bound_size = 8)},
    };

    (void)state;
    CHECKS(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_counts_are_believed_of_listed_writers_only),
        cmocka_unit_test(a_count_of_zero_is_believed_of_more_writers),
        cmocka_unit_test(a_required_column_has_no_nulls_whoever_wrote_it),
        cmocka_unit_test(bounds_need_a_declared_order_and_the_right_way_round),
        cmocka_unit_test(each_type_has_its_own_order),
        cmocka_unit_test(floats_never_say_how_many_are_nan),
        cmocka_unit_test(statistics_that_contradict_the_file_are_findings),
        cmocka_unit_test(floats_have_rules_of_their_own),
        cmocka_unit_test(int96_is_ordered_only_where_the_file_says_so),
        cmocka_unit_test(old_bounds_count_where_the_order_does_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
