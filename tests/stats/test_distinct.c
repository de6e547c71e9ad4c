/* tests/stats/test_distinct.c */
#include "tests/stats/fixture.h"

static int64_t count_of(struct arena *arena, const struct test_column *c, bool nan_is_null)
{
    struct feed feed;
    int64_t n;
    void *d;

    (void)arena;
    feed_init(&feed, &metric_distinct, c);
    feed.setup.nan_is_null = nan_is_null;
    d = feed_run(&feed);
    n = distinct_count(d);
    feed_done(&feed, d);
    return n;
}

static void zeros_are_equal_and_nan_equals_itself(void **test)
{
    static const double x[] = {0.0, -0.0, NAN, -NAN, 1.5, 1.5, INFINITY, -INFINITY};
    struct arena arena = {0};

    (void)test;
    assert_int_equal(count_of(&arena, column_of_doubles(&arena, x, 8), false), 5);
    assert_int_equal(count_of(&arena, column_of_doubles(&arena, x, 8), true), 4);
    arena_done(&arena);
}

static void the_value_whose_fingerprint_is_zero_counts(void **test)
{
    struct arena arena = {0};
    struct test_column *c = column_new(&arena, (struct type){.kind = TYPE_UINT64}, 3000);
    uint64_t *x = c->values;

    (void)test;
    for (int i = 0; i < 3000; i++)
        x[i] = i < 2 ? 0x8f14a9c3d2b7e651 : (uint64_t)i; /* the key of row_keys.c, which hashes to 0 */
    assert_int_equal(count_of(&arena, c, false), 2999);
    arena_done(&arena);
}

static void malformed_texts_are_values_of_their_own(void **test)
{
    static const int64_t x[] = {5, 0, 0, 0, 5, 0};
    struct arena arena = {0};
    struct test_column *c = column_of_ints(&arena, x, 6);

    (void)test;
    column_set_malformed(&arena, c, 1, "5");
    column_set_malformed(&arena, c, 2, "five");
    column_set_malformed(&arena, c, 3, "five");
    column_set_null(&arena, c, 5);
    assert_int_equal(count_of(&arena, c, false), 3);
    arena_done(&arena);
}

static void rows_of_several_columns_are_counted(void **test)
{
    static const char *const a[] = {"x", "x", NULL, NULL, "ab", "a", "x"};
    static const int64_t b[] = {1, 2, 1, 0, 3, 3, 1};
    struct arena arena = {0};
    struct test_column *numbers = column_of_ints(&arena, b, 7);
    struct feed feed;
    void *d;

    (void)test;
    column_set_null(&arena, numbers, 3);
    feed_init(&feed, &metric_distinct, column_of_texts(&arena, a, 7));
    feed.columns[1] = numbers;
    feed.n_columns = 2;
    d = feed_run(&feed);
    assert_int_equal(distinct_count(d), 5);
    assert_int_equal(distinct_counts(d).n_nulls, 1);
    assert_int_equal(distinct_counts(d).n_values, 6);
    feed_done(&feed, d);
    arena_done(&arena);
}

static void many_values_are_counted_exactly(void **test)
{
    enum { N = 300000 };
    struct arena arena = {0};
    struct test_column *c = column_new(&arena, (struct type){.kind = TYPE_INT64}, N);
    struct feed feed;
    void *d;

    (void)test;
    for (int64_t i = 0; i < N; i++)
        ((int64_t *)c->values)[i] = i * 7919 % 262147 - 100000;
    feed_init(&feed, &metric_distinct, c);
    feed.parts = 4;
    d = feed_run(&feed);
    assert_int_equal(distinct_count(d), 262147);
    feed_done(&feed, d);
    arena_done(&arena);
}

static void merging_in_any_split_gives_the_same_set(void **test)
{
    static const struct type types[] = {
        {.kind = TYPE_INT64}, {.kind = TYPE_DOUBLE}, {.kind = TYPE_STRING}, {.kind = TYPE_BOOL},
        {.kind = TYPE_DECIMAL, .precision = 30, .scale = 4}, {.kind = TYPE_UINT32},
    };

    (void)test;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct arena arena = {0};
        struct feed feed;

        feed_init(&feed, &metric_distinct, column_random(&arena, types[i], 6001, i % 2 ? 90 : 9000, i < 2));
        check_merge_law(&feed);
        feed.columns[1] = column_random(&arena, types[2], 6001, 40, false);
        feed.n_columns = 2;
        check_merge_law(&feed);
        arena_done(&arena);
    }
}

static void the_memory_limit_is_named(void **test)
{
    struct arena arena = {0};
    struct memory memory;
    struct error err = ERROR_NONE;
    struct feed feed;

    (void)test;
    memory_init(&memory, 1 << 20);
    feed_init(&feed, &metric_distinct, column_random(&arena, (struct type){.kind = TYPE_INT64}, 200000, 1 << 30, false));
    feed.setup.memory = &memory;
    assert_int_equal(feed_try(&feed, &err), STATUS_TOO_LARGE);
    assert_non_null(strstr(err.text, "--memory"));
    assert_int_equal(memory.used, 0);
    arena_done(&arena);
}

static void damaged_states_are_refused(void **test)
{
    struct arena arena = {0};
    struct metric_setup setup = {.n_columns = 1, .types = {{.kind = TYPE_STRING}}};
    struct error err = ERROR_NONE;
    struct buffer bytes = {0};
    struct feed feed;
    void *d, *loaded = mem_alloc(NULL, metric_distinct.state_size);

    (void)test;
    feed_init(&feed, &metric_distinct, column_random(&arena, setup.types[0], 60, 30, false));
    d = feed_run(&feed);
    assert_true(metric_save(&metric_distinct, d, &bytes, &err));
    for (size_t n = 0; n < bytes.size; n++) {
        struct span cut = span_of(bytes.at, n);

        assert_int_not_equal(metric_load(&metric_distinct, &setup, &cut, loaded, &err), STATUS_OK);
    }
    for (size_t at = 0; at < bytes.size; at++) { /* any outcome, but no fault */
        struct span all = span_of(bytes.at, bytes.size);

        bytes.at[at] ^= (uint8_t)(1 << (at % 8));
        if (metric_load(&metric_distinct, &setup, &all, loaded, &err) == STATUS_OK)
            metric_distinct.done(loaded);
        bytes.at[at] ^= (uint8_t)(1 << (at % 8));
    }
    feed_done(&feed, d);
    mem_free(NULL, loaded);
    buffer_done(&bytes);
    arena_done(&arena);
}

/* As many as were there, though most were forgotten when their chunk was over. */
static void values_that_are_nowhere_else_are_only_counted(void **test)
{
    static const struct type types[] = {{.kind = TYPE_INT64}, {.kind = TYPE_STRING}};

    (void)test;
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        struct arena arena = {0};
        struct test_column *c = column_new(&arena, types[t], 5000);
        struct feed feed;
        void *whole, *d;

        for (int64_t i = 0; i < c->n; i++) {
            int64_t x = i / 500 * 1000 + (int64_t)(test_random() % 800);

            if (test_random() % 20 == 0)
                column_set_null(&arena, c, i);
            else if (t == 0)
                ((int64_t *)c->values)[i] = x;
            else
                ((struct span *)c->values)[i] = span_text(arena_format(&arena, "%lld", (long long)x));
        }
        feed_init(&feed, &metric_distinct, c);
        feed.chunk = 500;
        feed.parts = 3;
        whole = feed_run(&feed);
        feed.apart = true;
        d = feed_run(&feed);
        assert_true(distinct_count(whole) > 3000);
        assert_int_equal(distinct_count(d), distinct_count(whole));
        assert_int_equal(distinct_counts(d).n_values, distinct_counts(whole).n_values);
        assert_int_equal(distinct_counts(d).n_nulls, distinct_counts(whole).n_nulls);
        feed_done(&feed, whole);
        feed_done(&feed, d);
        arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeros_are_equal_and_nan_equals_itself),
        cmocka_unit_test(the_value_whose_fingerprint_is_zero_counts),
        cmocka_unit_test(malformed_texts_are_values_of_their_own),
        cmocka_unit_test(rows_of_several_columns_are_counted),
        cmocka_unit_test(many_values_are_counted_exactly),
        cmocka_unit_test(merging_in_any_split_gives_the_same_set),
        cmocka_unit_test(values_that_are_nowhere_else_are_only_counted),
        cmocka_unit_test(the_memory_limit_is_named),
        cmocka_unit_test(damaged_states_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
