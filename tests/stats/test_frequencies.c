/* tests/stats/test_frequencies.c -- frequencies and histogram. */
#include "tests/stats/fixture.h"

static void values_are_listed_by_count_and_then_by_value(void **test)
{
    static const double x[] = {2.5, -7, -0.0, 2.5, NAN, -7, 0.0, 11, INFINITY, 2.5};
    static const double expected[] = {2.5, -7, 0, 11, INFINITY};
    static const int64_t counts[] = {3, 2, 2, 1, 1};
    struct arena arena = {0};
    struct test_column *c = column_of_doubles(&arena, x, 10);
    struct feed feed;
    const struct top_value *top;
    bool is_known;
    int32_t n;
    void *f;

    (void)test;
    feed_init(&feed, &metric_frequencies, c);
    f = feed_run(&feed);
    assert_true(frequencies_top(f, &arena, 0, &top, &n, &is_known) && is_known);
    assert_int_equal(n, 5);
    for (int32_t i = 0; i < n; i++) {
        assert_true(top[i].value.f64 == expected[i]);
        assert_int_equal(top[i].count, counts[i]);
    }
    assert_true(frequencies_top(f, &arena, 2, &top, &n, &is_known));
    assert_int_equal(n, 2);
    assert_int_equal(frequencies_counts(f).n_nans, 1);
    assert_int_equal(frequencies_counts(f).n_values, 9);
    feed_done(&feed, f);
    arena_done(&arena);
}

static void texts_with_nul_bytes_and_prefixes_differ(void **test)
{
    static const struct span x[] = {{(const uint8_t *)"a\0b", 3}, {(const uint8_t *)"a\0c", 3}, {(const uint8_t *)"a", 1},
                                    {(const uint8_t *)"", 0},     {(const uint8_t *)"a\0b", 3}};
    struct arena arena = {0};
    struct test_column *c = column_new(&arena, (struct type){.kind = TYPE_STRING}, 5);
    struct feed feed;
    const struct top_value *top;
    bool is_known;
    int32_t n;
    void *f;

    (void)test;
    memcpy(c->values, x, sizeof x);
    feed_init(&feed, &metric_frequencies, c);
    f = feed_run(&feed);
    assert_true(frequencies_top(f, &arena, 0, &top, &n, &is_known));
    assert_int_equal(n, 4);
    assert_true(top[0].count == 2 && top[0].value.bytes.size == 3);
    assert_int_equal(top[1].value.bytes.size, 0);
    assert_int_equal(top[2].value.bytes.size, 1);
    feed_done(&feed, f);
    arena_done(&arena);
}

static void merging_in_any_split_gives_the_same_frequencies(void **test)
{
    static const struct type types[] = {
        {.kind = TYPE_STRING}, {.kind = TYPE_DOUBLE}, {.kind = TYPE_INT64}, {.kind = TYPE_BOOL},
        {.kind = TYPE_DECIMAL, .precision = 30, .scale = 4}, {.kind = TYPE_UINT64},
    };

    (void)test;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct arena arena = {0};
        struct feed feed;

        feed_init(&feed, &metric_frequencies, column_random(&arena, types[i], 7001, i % 2 ? 20 : 5000, i < 3));
        check_merge_law(&feed);
        arena_done(&arena);
    }
}

static void bins_are_closed_on_the_left_and_the_last_on_both_sides(void **test)
{
    static const double x[] = {0, 0.1, 0.3, 0.30000000000000004, 0.7, 0.99, 1, 1.0000000000000002, -1e-300, NAN, INFINITY};
    struct histogram_params p = {.n_bins = 10, .low = 0, .high = 1};
    struct arena arena = {0};
    struct feed feed;
    const int64_t *counts;
    int32_t n;
    void *h;

    (void)test;
    feed_init(&feed, &metric_histogram, column_of_doubles(&arena, x, 11));
    feed.setup.params = &p;
    h = feed_run(&feed);
    assert_true(histogram_counts(h, &counts, &n));
    assert_int_equal(n, 10);
    for (int32_t i = 0; i < n; i++) {
        int64_t in_bin = 0;

        for (int k = 0; k < 11; k++)
            in_bin += x[k] >= (double)i * 0.1 && (i == 9 ? x[k] <= 1 : x[k] < (double)(i + 1) * 0.1);
        assert_int_equal(counts[i], in_bin);
    }
    feed_done(&feed, h);
    arena_done(&arena);
}

static void decimals_are_binned_by_their_value(void **test)
{
    struct histogram_params p = {.n_bins = 2, .low = 10, .high = 20};
    struct arena arena = {0};
    struct test_column *c = column_of_ints(&arena, (int64_t[]){1000, 1499, 1500, 2000, 2001, 999}, 6);
    struct feed feed;
    const int64_t *counts;
    int32_t n;
    void *h;

    (void)test;
    c->type = (struct type){.kind = TYPE_DECIMAL, .precision = 9, .scale = 2};
    feed_init(&feed, &metric_histogram, c);
    feed.setup.params = &p;
    h = feed_run(&feed);
    assert_true(histogram_counts(h, &counts, &n));
    assert_int_equal(counts[0], 2);
    assert_int_equal(counts[1], 2);
    feed_done(&feed, h);
    arena_done(&arena);
}

static struct column_summary summary_between(struct value min, struct value max)
{
    return (struct column_summary){.n_rows = 10, .has_nulls_count = true, .n_nulls = 3, .has_nan_count = true, .has_bounds = true,
                                   .min = min, .max = max};
}

/* What lies in one bin, below all or above all is counted by its bounds; nothing else is. */
static void a_unit_within_one_bin_is_not_read(void **test)
{
    const struct { double min, max; int32_t bin; } cases[] = {
        {10, 14.99, 0}, {15, 20, 1}, {14.99, 15, -1}, {-5, 9.99, 2}, {9.99, 10, -1}, {20.01, 1e300, 3}, {20, 20.01, -1}, {-INFINITY, 9, -1},
        {21, INFINITY, -1},
    };
    struct histogram_params p = {.n_bins = 2, .low = 10, .high = 20};
    struct metric_setup setup = {.n_columns = 1, .types = {{.kind = TYPE_DOUBLE}}, .params = &p, .params_size = sizeof p};
    void *h = mem_alloc(NULL, metric_histogram.state_size);
    struct error err = ERROR_NONE;
    struct column_summary s;
    enum evidence proof;
    const int64_t *counts;
    bool answered;
    int32_t n;

    (void)test;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        must(metric_histogram.init(h, &setup, &err), &err);
        s = summary_between(value_double(cases[i].min), value_double(cases[i].max));
        must(metric_histogram.from_summary(h, &s, &answered, &proof, &err), &err);
        if (answered != (cases[i].bin >= 0))
            fail_msg("%g to %g: %d", cases[i].min, cases[i].max, answered);
        assert_int_equal(histogram_counts(h, &counts, &n), answered);
        for (int32_t b = 0; b < n; b++)
            assert_int_equal(counts[b], b == cases[i].bin ? 7 : 0);
        s.has_nan_count = false; /* some of them may be none of the bin */
        must(metric_histogram.from_summary(h, &s, &answered, &proof, &err), &err);
        assert_false(answered);
        s.has_nan_count = true;
        s.has_nulls_count = false;
        must(metric_histogram.from_summary(h, &s, &answered, &proof, &err), &err);
        assert_false(answered);
        metric_histogram.done(h);
    }
    setup.types[0] = (struct type){.kind = TYPE_DECIMAL, .precision = 9, .scale = 2};
    must(metric_histogram.init(h, &setup, &err), &err);
    s = summary_between((struct value){.kind = VALUE_DECIMAL, .i128 = 1000, .scale = 2}, (struct value){.kind = VALUE_DECIMAL, .i128 = 1499, .scale = 2});
    must(metric_histogram.from_summary(h, &s, &answered, &proof, &err), &err);
    assert_true(answered && histogram_counts(h, &counts, &n) && counts[0] == 7);
    metric_histogram.done(h);
    mem_free(NULL, h);
}

static void one_value_fits_in_bins_without_width(void **test)
{
    struct histogram_params p = {.n_bins = 3, .low = 5, .high = 5};
    struct arena arena = {0};
    struct feed feed;
    const int64_t *counts;
    int32_t n;
    void *h;

    (void)test;
    feed_init(&feed, &metric_histogram, column_of_ints(&arena, (int64_t[]){5, 5, 4}, 3));
    feed.setup.params = &p;
    h = feed_run(&feed);
    assert_true(histogram_counts(h, &counts, &n));
    assert_int_equal(counts[2], 2);
    feed_done(&feed, h);
    arena_done(&arena);
}

static void merging_in_any_split_gives_the_same_histogram(void **test)
{
    struct histogram_params p = {.n_bins = 37, .low = -4000, .high = 3000.5};
    static const struct type types[] = {{.kind = TYPE_DOUBLE}, {.kind = TYPE_INT64}, {.kind = TYPE_BOOL}, {.kind = TYPE_UINT64}};

    (void)test;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct arena arena = {0};
        struct feed feed;

        feed_init(&feed, &metric_histogram, column_random(&arena, types[i], 7001, 3000, i < 2));
        feed.setup.params = &p;
        check_merge_law(&feed);
        arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_listed_by_count_and_then_by_value),
        cmocka_unit_test(texts_with_nul_bytes_and_prefixes_differ),
        cmocka_unit_test(merging_in_any_split_gives_the_same_frequencies),
        cmocka_unit_test(bins_are_closed_on_the_left_and_the_last_on_both_sides),
        cmocka_unit_test(decimals_are_binned_by_their_value),
        cmocka_unit_test(a_unit_within_one_bin_is_not_read),
        cmocka_unit_test(one_value_fits_in_bins_without_width),
        cmocka_unit_test(merging_in_any_split_gives_the_same_histogram),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
