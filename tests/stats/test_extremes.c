/* tests/stats/test_extremes.c */
#include "tests/stats/fixture.h"

static void *run(struct feed *feed, const struct test_column *c, struct value *low, struct value *high)
{
    void *e;

    feed_init(feed, &metric_extremes, c);
    e = feed_run(feed);
    assert_true(extremes_min(e, low));
    assert_true(extremes_max(e, high));
    return e;
}

static void floats_skip_nan_and_report_no_negative_zero(void **test)
{
    static const double x[] = {NAN, -0.0, 3.25, INFINITY, NAN};
    struct arena arena = {0};
    struct feed feed;
    struct value low, high;
    void *e;

    (void)test;
    e = run(&feed, column_of_doubles(&arena, x, 5), &low, &high);
    assert_true(low.f64 == 0 && !signbit(low.f64));
    assert_true(high.f64 == INFINITY);
    assert_int_equal(extremes_counts(e).n_nans, 2);
    assert_int_equal(extremes_counts(e).n_infinite, 1);
    feed_done(&feed, e);
    arena_done(&arena);
}

static void text_is_compared_bytewise(void **test)
{
    static const char *const x[] = {"zebra", NULL, "Zebra", "\xc3\xa9t\xc3\xa9", "apple", "apples", NULL};
    struct arena arena = {0};
    struct feed feed;
    struct value low, high;
    void *e;

    (void)test;
    e = run(&feed, column_of_texts(&arena, x, 7), &low, &high);
    assert_true(span_is(low.bytes, "Zebra"));
    assert_true(span_is(high.bytes, "\xc3\xa9t\xc3\xa9"));
    assert_int_equal(low.kind, VALUE_TEXT);
    assert_int_equal(extremes_counts(e).n_nulls, 2);
    feed_done(&feed, e);
    feed.shape = SHAPE_DICTIONARY; /* whose unused entry is the empty text */
    e = feed_run(&feed);
    assert_true(extremes_min(e, &low) && span_is(low.bytes, "Zebra"));
    feed_done(&feed, e);
    arena_done(&arena);
}

static void the_empty_text_is_a_value(void **test)
{
    static const char *const x[] = {"a", "", "b"};
    struct arena arena = {0};
    struct feed feed;
    struct value low, high;
    void *e;

    (void)test;
    e = run(&feed, column_of_texts(&arena, x, 3), &low, &high);
    assert_int_equal(low.bytes.size, 0);
    assert_int_equal(low.kind, VALUE_TEXT);
    feed_done(&feed, e);
    arena_done(&arena);
}

static void values_have_the_type_of_their_column(void **test)
{
    static const struct { struct type type; enum value_kind kind; } cases[] = {
        {{.kind = TYPE_INT32}, VALUE_INT}, {{.kind = TYPE_UINT64}, VALUE_UINT}, {{.kind = TYPE_DATE}, VALUE_DATE},
        {{.kind = TYPE_TIMESTAMP, .unit = UNIT_NANO, .is_utc = true}, VALUE_TIMESTAMP}, {{.kind = TYPE_BOOL}, VALUE_BOOL},
        {{.kind = TYPE_DECIMAL, .precision = 9, .scale = 2}, VALUE_DECIMAL},
        {{.kind = TYPE_DECIMAL, .precision = 33, .scale = 3}, VALUE_DECIMAL}, {{.kind = TYPE_BINARY}, VALUE_BYTES},
    };

    (void)test;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct feed feed;
        struct value low, high;
        int order;
        void *e = run(&feed, column_random(&arena, cases[i].type, 300, 50, false), &low, &high);

        assert_int_equal(low.kind, cases[i].kind);
        assert_int_equal(low.scale, cases[i].type.scale);
        assert_int_equal(low.unit, cases[i].type.unit);
        assert_true(value_compare(&low, &high, &order) && order < 0);
        feed_done(&feed, e);
        arena_done(&arena);
    }
}

static void exact_bounds_of_a_footer_answer(void **test)
{
    struct metric_setup setup = {.n_columns = 1, .types = {{.kind = TYPE_INT64}}};
    struct column_summary summary = {.n_rows = 100, .has_nulls_count = true, .n_nulls = 7, .has_nan_count = true,
                                     .has_bounds = true, .min = {.kind = VALUE_INT, .i64 = -17}, .max = {.kind = VALUE_INT, .i64 = 40}};
    struct error err = ERROR_NONE;
    enum evidence proof;
    bool answered;
    struct value v;
    void *e = mem_alloc(NULL, metric_extremes.state_size);

    (void)test;
    assert_int_equal(metric_extremes.init(e, &setup, &err), STATUS_OK);
    assert_int_equal(metric_extremes.from_summary(e, &summary, &answered, &proof, &err), STATUS_OK);
    assert_false(answered); /* bounds that may not occur prove nothing */
    assert_false(extremes_min(e, &v));
    summary.min_is_exact = summary.max_is_exact = true;
    assert_int_equal(metric_extremes.from_summary(e, &summary, &answered, &proof, &err), STATUS_OK);
    assert_true(answered);
    assert_true(extremes_min(e, &v) && v.i64 == -17);
    assert_true(extremes_max(e, &v) && v.i64 == 40);
    assert_int_equal(extremes_counts(e).n_values, 93);
    summary = (struct column_summary){.n_rows = 9, .has_nulls_count = true, .n_nulls = 9, .has_nan_count = true};
    assert_int_equal(metric_extremes.from_summary(e, &summary, &answered, &proof, &err), STATUS_OK);
    assert_true(answered); /* nulls only: no bounds are needed */
    metric_extremes.done(e);
    mem_free(NULL, e);
}

static void a_column_without_values_has_no_extremes(void **test)
{
    static const double x[] = {NAN, NAN};
    struct arena arena = {0};
    struct feed feed;
    struct value v;
    void *e;

    (void)test;
    feed_init(&feed, &metric_extremes, column_of_doubles(&arena, x, 2));
    e = feed_run(&feed);
    assert_false(extremes_min(e, &v));
    assert_false(extremes_max(e, &v));
    feed_done(&feed, e);
    arena_done(&arena);
}

static void merging_in_any_split_gives_the_same_extremes(void **test)
{
    static const struct type types[] = {
        {.kind = TYPE_DOUBLE}, {.kind = TYPE_INT64}, {.kind = TYPE_UINT64}, {.kind = TYPE_BOOL}, {.kind = TYPE_STRING},
        {.kind = TYPE_DECIMAL, .precision = 30, .scale = 4}, {.kind = TYPE_DATE},
    };

    (void)test;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct arena arena = {0};
        struct feed feed;

        feed_init(&feed, &metric_extremes, column_random(&arena, types[i], 7001, 5000, i < 3));
        check_merge_law(&feed);
        arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_skip_nan_and_report_no_negative_zero),
        cmocka_unit_test(text_is_compared_bytewise),
        cmocka_unit_test(the_empty_text_is_a_value),
        cmocka_unit_test(values_have_the_type_of_their_column),
        cmocka_unit_test(exact_bounds_of_a_footer_answer),
        cmocka_unit_test(a_column_without_values_has_no_extremes),
        cmocka_unit_test(merging_in_any_split_gives_the_same_extremes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
