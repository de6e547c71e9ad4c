/* tests/stats/test_sketch.c -- approximate quantiles: the same state for any split, bounds that hold. */
#include "tests/stats/fixture.h"

static struct quantiles_params ten(void)
{
    struct quantiles_params p = {.n = 10, .method = 7};

    for (int i = 0; i < 10; i++)
        p.at[i] = i == 9 ? 1 : i / 10.0 + 0.001 * i;
    return p;
}

static void *run(struct feed *feed, const struct metric *metric, const struct quantiles_params *params, const struct test_column *c)
{
    feed_init(feed, metric, c);
    feed->setup.params = params;
    feed->setup.params_size = sizeof *params;
    return feed_run(feed);
}

static double number(const struct value *v)
{
    return v->kind == VALUE_DOUBLE ? v->f64 : (double)v->i64;
}

/* Against the exact metric over the same column: low <= exact <= high, and the bounds at most `width` of the exact value apart. */
static void check_against_exact(const struct test_column *c, double width)
{
    struct quantiles_params p = ten();
    struct feed a, b;
    void *exact = run(&a, &metric_quantiles, &p, c), *sketch = run(&b, &metric_sketch, &p, c);

    for (int32_t i = 0; i < p.n; i++) {
        struct value x, estimate, low, high;

        assert_true(quantiles_get(exact, i, &x) && sketch_quantile(sketch, i, &estimate, &low, &high));
        assert_true(number(&low) <= number(&x) && number(&x) <= number(&high));
        assert_true(number(&low) <= number(&estimate) && number(&estimate) <= number(&high));
        assert_true(number(&high) - number(&low) <= width * fabs(number(&x)));
    }
    feed_done(&a, exact);
    feed_done(&b, sketch);
}

static void bounds_hold_the_exact_quantile(void **test)
{
    enum { N = 200000 };
    struct arena arena = {0};
    double *x = malloc(N * sizeof *x);
    int64_t *n = malloc(N * sizeof *n);

    (void)test;
    for (int i = 0; i < N; i++) {
        x[i] = exp(((double)(i * 2654435761u) / 4294967296.0 - 0.5) * 20); /* e^-10 to e^10 */
        n[i] = 1700000000000000 + (int64_t)(i * 2654435761u) * 20;         /* microseconds of one day */
    }
    check_against_exact(column_of_doubles(&arena, x, N), 1 / 256.0);
    check_against_exact(column_of_ints(&arena, n, N), 1e-8);
    free(x);
    free(n);
    arena_done(&arena);
}

static void few_different_values_are_exact(void **test)
{
    enum { N = 30000 };
    struct arena arena = {0};
    int64_t *n = malloc(N * sizeof *n);

    (void)test;
    for (int i = 0; i < N; i++)
        n[i] = i % 9000 - 4000;
    check_against_exact(column_of_ints(&arena, n, N), 0);
    free(n);
    arena_done(&arena);
}

static void infinities_are_values_and_no_estimate_is_a_nan(void **test)
{
    struct quantiles_params p = ten();
    struct arena arena = {0};
    struct feed feed;
    struct value x, low, high;
    void *s = run(&feed, &metric_sketch, &p, column_of_doubles(&arena, (double[]){NAN, -INFINITY, INFINITY, INFINITY}, 4));

    (void)test;
    assert_true(sketch_quantile(s, 0, &x, &low, &high) && x.f64 == -INFINITY && low.f64 == -INFINITY);
    assert_true(sketch_quantile(s, 9, &x, &low, &high) && x.f64 == INFINITY && high.f64 == INFINITY);
    assert_int_equal(sketch_counts(s).n_nans, 1);
    feed_done(&feed, s);
    s = run(&feed, &metric_sketch, &p, column_of_doubles(&arena, (double[]){NAN}, 1));
    assert_false(sketch_quantile(s, 0, &x, &low, &high));
    feed_done(&feed, s);
    arena_done(&arena);
}

static void any_split_gives_the_same_state(void **test)
{
    static const struct type types[] = {
        {.kind = TYPE_INT64}, {.kind = TYPE_DOUBLE}, {.kind = TYPE_UINT64}, {.kind = TYPE_TIMESTAMP, .unit = UNIT_MICRO},
    };
    struct quantiles_params p = ten();

    (void)test;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        for (int64_t n = 6001; n <= 60010; n *= 10) {
            struct arena arena = {0};
            struct feed feed;

            feed_init(&feed, &metric_sketch, column_random(&arena, types[i], n, i % 2 ? 90 : n * 2, i < 2));
            feed.setup.params = &p;
            feed.setup.params_size = sizeof p;
            check_merge_law(&feed);
            arena_done(&arena);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_hold_the_exact_quantile),
        cmocka_unit_test(few_different_values_are_exact),
        cmocka_unit_test(infinities_are_values_and_no_estimate_is_a_nan),
        cmocka_unit_test(any_split_gives_the_same_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
