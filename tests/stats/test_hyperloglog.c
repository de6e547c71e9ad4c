/* tests/stats/test_hyperloglog.c -- approximate counts: near enough at every size, the same state for any split. */
#include "tests/stats/fixture.h"

static int64_t count(const struct test_column *c)
{
    struct feed feed;
    void *h;
    int64_t n;

    feed_init(&feed, &metric_hyperloglog, c);
    h = feed_run(&feed);
    n = hyperloglog_count(h);
    feed_done(&feed, h);
    return n;
}

/* Fixed hashes, so these are fixed numbers: none may be further off than four standard errors. */
static void counts_are_near_at_every_size(void **test)
{
    (void)test;
    for (int64_t n = 1; n <= 1000000; n *= 10) {
        struct arena arena = {0};
        int64_t *x = malloc((size_t)n * sizeof *x);
        double *y = malloc((size_t)n * sizeof *y);

        for (int64_t i = 0; i < n; i++) {
            x[i] = i * i - 77;
            y[i] = 1 / (1 + (double)i);
        }
        assert_true(fabs((double)(count(column_of_ints(&arena, x, n)) - n)) <= 4 * hyperloglog_standard_error() * (double)n);
        assert_true(fabs((double)(count(column_of_doubles(&arena, y, n)) - n)) <= 4 * hyperloglog_standard_error() * (double)n);
        free(x);
        free(y);
        arena_done(&arena);
    }
}

static void repeated_values_and_nulls_count_once_and_not(void **test)
{
    static const char *const texts[] = {"a", "b", "a", NULL, "", "b", "a"};
    struct arena arena = {0};

    (void)test;
    assert_int_equal(count(column_of_texts(&arena, texts, 7)), 3);
    assert_int_equal(count(column_of_texts(&arena, texts + 3, 1)), 0);
    assert_int_equal(count(column_of_doubles(&arena, (double[]){0.0, -0.0, 1}, 3)), 2);
    arena_done(&arena);
}

static void any_split_gives_the_same_state(void **test)
{
    static const struct type types[] = {{.kind = TYPE_INT64}, {.kind = TYPE_DOUBLE}, {.kind = TYPE_STRING}, {.kind = TYPE_BOOL}};

    (void)test;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct arena arena = {0};
        struct feed feed;

        feed_init(&feed, &metric_hyperloglog, column_random(&arena, types[i], 6001, i % 2 ? 90 : 9000, i < 2));
        check_merge_law(&feed);
        arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_near_at_every_size),
        cmocka_unit_test(repeated_values_and_nulls_count_once_and_not),
        cmocka_unit_test(any_split_gives_the_same_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
