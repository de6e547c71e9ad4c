/* tests/readers/test_parquet_summary.c -- which statistics are believed, of which writer, in which order. */
#include "tests/readers/parquet_fixture.h"

#include "readers/parquet/writers.h"

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
            s.bounds_are_exact != cases[i].is_exact)
            fail_msg("case %zu: nulls %d bounds %d exact %d", i, s.has_nulls_count, s.has_bounds, s.bounds_are_exact);
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

static void versions_are_read_as_writers_write_them(void **state)
{
    static const struct { const char *text; bool is_known; int flags; } cases[] = {
        {"parquet-cpp-arrow version 6.0.0-SNAPSHOT", true, TRUST_NULL_COUNTS | TRUST_BOUNDS | TRUST_OLD_BOUNDS},
        {"parquet-cpp-arrow version 2.0.0", true, TRUST_BOUNDS | TRUST_OLD_BOUNDS | QUIRK_V2_COMPRESSED},
        {"parquet-mr version 1.2.8", true, TRUST_OLD_BOUNDS | QUIRK_CHUNK_SIZE},
        {"parquet-mr", false, QUIRK_CHUNK_SIZE},
        {"parquet-mr version x", false, QUIRK_CHUNK_SIZE},
        {"DuckDB", false, 0},
        {"parquet-cpp version(..151-SNAPSHOT", false, 0},
        {"", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct writer w = writer_identify(span_text(cases[i].text));

        assert_int_equal(w.is_known, cases[i].is_known);
        assert_int_equal(w.flags, cases[i].flags);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_counts_are_believed_of_listed_writers_only),
        cmocka_unit_test(a_required_column_has_no_nulls_whoever_wrote_it),
        cmocka_unit_test(bounds_need_a_declared_order_and_the_right_way_round),
        cmocka_unit_test(each_type_has_its_own_order),
        cmocka_unit_test(floats_never_say_how_many_are_nan),
        cmocka_unit_test(versions_are_read_as_writers_write_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
