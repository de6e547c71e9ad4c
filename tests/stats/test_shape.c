/* tests/stats/test_shape.c -- skewness, kurtosis, covariance, correlation: scipy's figures, exact fractions, any split. */
#include "tests/stats/scipy.h"

static double figure(struct arena *arena, const struct test_column *c, bool (*of)(const void *state, struct value *out))
{
    struct feed feed;
    struct value v;
    void *state;
    bool has;

    (void)arena;
    feed_init(&feed, &metric_shape, c);
    state = feed_run(&feed);
    has = of(state, &v);
    feed_done(&feed, state);
    return has ? v.f64 : -1234;
}

static void check_case(struct arena *arena, const char *path, struct node *root)
{
    int64_t n;
    double *x = scipy_numbers(arena, "moments_quantiles", scipy_at(root, "inputs/x"), &n);
    double skew = scipy_number(scipy_at(root, "expected/skew_population")), kurt = scipy_number(scipy_at(root, "expected/kurtosis_excess_population"));
    double ours = figure(arena, column_of_doubles(arena, x, n), shape_skewness);
    double other = figure(arena, column_of_doubles(arena, x, n), shape_kurtosis);
    const char *label = (const char *)scipy_at(root, "label")->text.at;

    if (isnan(skew)) /* constant; or beyond what a double's powers hold, where ours have an answer */
        return;
    /* near a large mean scipy's powers of rounded differences have fewer digits */
    if (!scipy_near(ours, skew, 1e-12) && !(fabs(ours - skew) < 1e-13) && !strstr(label, "big"))
        fail_msg("%s %s: skewness %.17g instead of %.17g", path, label, ours, skew);
    if (!scipy_near(other, kurt, 1e-12) && !(fabs(other - kurt) < 1e-12) && !strstr(label, "big"))
        fail_msg("%s %s: kurtosis %.17g instead of %.17g", path, label, other, kurt);
}

static void scipy_cases_agree(void **test)
{
    (void)test;
    assert_int_not_equal(scipy_each("moments_quantiles", check_case), 0);
}

/* 1, 2, 3, 10: mean 4, m2 = 50/4, m3 = 180/4, m4 = 1394/4. */
static void figures_are_those_of_the_fractions(void **test)
{
    struct arena arena = {0};
    static const double scales[] = {1, 0x1p-1000, 0x1p900, 3e-170, 1e200};

    (void)test;
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        double x[] = {scales[i], 2 * scales[i], 3 * scales[i], 10 * scales[i]};
        double wanted = 45 / (12.5 * sqrt(12.5)), kurtosis = 348.5 / (12.5 * 12.5) - 3;

        assert_true(scipy_near(figure(&arena, column_of_doubles(&arena, x, 4), shape_skewness), wanted, 1e-15));
        assert_true(scipy_near(figure(&arena, column_of_doubles(&arena, x, 4), shape_kurtosis), kurtosis, 1e-14));
    }
    assert_true(scipy_near(figure(&arena, column_of_ints(&arena, (int64_t[]){1, 2, 3, 10}, 4), shape_skewness), 45 / (12.5 * sqrt(12.5)), 1e-15));
    assert_true(scipy_near(figure(&arena, column_of_ints(&arena, (int64_t[]){-1, -2, -3, -10}, 4), shape_skewness), -45 / (12.5 * sqrt(12.5)), 1e-15));
    arena_done(&arena);
}

/* The same figures far from zero, where textbook formulas have no digit left. */
static void a_large_mean_costs_no_digits(void **test)
{
    struct arena arena = {0};
    int64_t far[] = {INT64_MAX - 9, INT64_MAX - 8, INT64_MAX - 7, INT64_MAX}, low[] = {INT64_MIN, INT64_MIN + 1, INT64_MIN + 2, INT64_MIN + 9};
    double x[] = {0x1p52 + 1, 0x1p52 + 2, 0x1p52 + 3, 0x1p52 + 10}, wanted = 45 / (12.5 * sqrt(12.5));

    (void)test;
    assert_true(scipy_near(figure(&arena, column_of_ints(&arena, far, 4), shape_skewness), wanted, 1e-15));
    assert_true(scipy_near(figure(&arena, column_of_ints(&arena, low, 4), shape_skewness), wanted, 1e-15));
    assert_true(scipy_near(figure(&arena, column_of_doubles(&arena, x, 4), shape_skewness), wanted, 1e-15));
    arena_done(&arena);
}

/* 10^-300 beside 10^300: the second round's values that vanish beside the largest are as good as 0. */
static void values_of_all_sizes_have_a_skewness(void **test)
{
    struct arena arena = {0};
    double x[] = {1e-300, -1e-310, 1e300, 1}, y[] = {0, 0, 1, 0};

    (void)test;
    assert_true(scipy_near(figure(&arena, column_of_doubles(&arena, x, 4), shape_skewness),
                           figure(&arena, column_of_doubles(&arena, y, 4), shape_skewness), 1e-15));
    assert_true(scipy_near(figure(&arena, column_of_doubles(&arena, x, 4), shape_kurtosis),
                           figure(&arena, column_of_doubles(&arena, y, 4), shape_kurtosis), 1e-15));
    arena_done(&arena);
}

static void constants_have_none_and_infinities_make_nan(void **test)
{
    struct arena arena = {0};

    (void)test;
    assert_true(figure(&arena, column_of_doubles(&arena, (double[]){7, 7, 7}, 3), shape_skewness) == -1234);
    assert_true(figure(&arena, column_of_doubles(&arena, (double[]){7}, 1), shape_kurtosis) == -1234);
    assert_true(figure(&arena, column_of_doubles(&arena, NULL, 0), shape_kurtosis) == -1234);
    assert_true(isnan(figure(&arena, column_of_doubles(&arena, (double[]){7, INFINITY, 3}, 3), shape_skewness)));
    arena_done(&arena);
}

static void merging_in_any_split_gives_the_same_states(void **test)
{
    static const struct type types[] = {{.kind = TYPE_INT64}, {.kind = TYPE_DOUBLE}, {.kind = TYPE_UINT64}, {.kind = TYPE_BOOL},
                                        {.kind = TYPE_DECIMAL, .precision = 12, .scale = 2}};

    (void)test;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct arena arena = {0};
        struct feed feed;

        feed_init(&feed, &metric_shape, column_random(&arena, types[i], 3001, 9000, true));
        check_merge_law(&feed);
        feed_init(&feed, &metric_comoments, column_random(&arena, types[i], 3001, 9000, true));
        feed.columns[1] = column_random(&arena, types[(i + 1) % 5], 3001, 900, true);
        feed.n_columns = 2;
        feed.setup.n_columns = 2;
        feed.setup.types[1] = feed.columns[1]->type;
        check_merge_law(&feed);
        arena_done(&arena);
    }
}

/* --- two columns --- */

static bool pair_figure(const struct test_column *x, const struct test_column *y, bool (*of)(const void *state, struct value *out), double *out,
                        struct moments_counts *counts)
{
    struct feed feed;
    struct value v;
    void *state;
    bool has;

    feed_init(&feed, &metric_comoments, x);
    feed.columns[1] = y;
    feed.n_columns = feed.setup.n_columns = 2;
    feed.setup.types[1] = y->type;
    state = feed_run(&feed);
    has = of(state, &v);
    *out = has ? v.f64 : 0;
    if (counts)
        *counts = comoments_counts(state);
    feed_done(&feed, state);
    return has;
}


static void covariance_and_correlation_are_the_exact_fractions(void **test)
{
    struct arena arena = {0};
    struct test_column *x = column_of_doubles(&arena, (double[]){1, 2, 3, 4, 6}, 5), *y = column_of_ints(&arena, (int64_t[]){2, 4, 5, 4, 9}, 5);
    struct test_column *down = column_of_ints(&arena, (int64_t[]){-10, -20, -30, -40, -60}, 5), *flat = column_of_ints(&arena, (int64_t[]){3, 3, 3, 3, 3}, 5);
    struct test_column *huge = column_of_ints(&arena, (int64_t[]){INT64_MAX - 6, INT64_MAX - 5, INT64_MAX - 4, INT64_MAX - 3, INT64_MAX - 1}, 5);
    double f;

    (void)test;
    /* means 3.2 and 4.8: sum of products 95 - 5 * 3.2 * 4.8 = 18.2 */
    assert_true(pair_figure(x, y, comoments_covariance, &f, NULL) && f == 4.55);
    assert_true(pair_figure(x, y, comoments_correlation, &f, NULL) && scipy_near(f, 18.2 / sqrt(14.8 * 26.8), 1e-15));
    assert_true(pair_figure(x, down, comoments_correlation, &f, NULL) && scipy_near(f, -1, 3e-16) && f >= -1);
    assert_true(pair_figure(huge, x, comoments_covariance, &f, NULL) && f == 3.7);
    assert_true(pair_figure(huge, huge, comoments_covariance, &f, NULL) && f == 3.7);
    assert_false(pair_figure(x, flat, comoments_correlation, &f, NULL));
    assert_true(pair_figure(x, flat, comoments_covariance, &f, NULL) && f == 0);
    arena_done(&arena);
}

static void a_row_counts_where_both_have_a_value(void **test)
{
    struct arena arena = {0};
    struct test_column *x = column_of_doubles(&arena, (double[]){1, 2, NAN, 4, 100, 5}, 6), *y = column_of_doubles(&arena, (double[]){2, 4, 6, 8, 7, NAN}, 6);
    struct moments_counts counts;
    double f;

    (void)test;
    column_set_null(&arena, x, 4);
    assert_true(pair_figure(x, y, comoments_correlation, &f, &counts) && f == 1);
    assert_int_equal(counts.n_rows, 6);
    assert_int_equal(counts.n_nulls, 1);
    assert_int_equal(counts.n_nans, 2);
    assert_int_equal(counts.n_values, 3);
    ((double *)x->values)[0] = INFINITY;
    assert_true(pair_figure(x, y, comoments_covariance, &f, &counts) && isnan(f) && counts.n_infinite == 1);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scipy_cases_agree),
        cmocka_unit_test(figures_are_those_of_the_fractions),
        cmocka_unit_test(a_large_mean_costs_no_digits),
        cmocka_unit_test(values_of_all_sizes_have_a_skewness),
        cmocka_unit_test(constants_have_none_and_infinities_make_nan),
        cmocka_unit_test(merging_in_any_split_gives_the_same_states),
        cmocka_unit_test(covariance_and_correlation_are_the_exact_fractions),
        cmocka_unit_test(a_row_counts_where_both_have_a_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
