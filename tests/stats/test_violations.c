/* tests/stats/test_violations.c */
#include "tests/stats/fixture.h"

static void samples_are_the_first_rows_with_their_values_and_keys(void **test)
{
    static const int64_t ids[] = {901, 902, 903, 904, 905, 906};
    static const char *const x[] = {"ok", "bad", "worse", "ok", "bad", NULL};
    static const uint64_t unexpected = 0x36; /* rows 1, 2, 4, 5 */
    struct arena arena = {0};
    struct feed feed;
    const struct sample *s;
    const struct top_value *top;
    bool is_known;
    int32_t n;
    void *v;

    (void)test;
    feed_init(&feed, &metric_violations, column_of_texts(&arena, x, 6));
    feed.unexpected = &unexpected;
    feed.key = column_of_ints(&arena, ids, 6);
    feed.setup.samples = 3;
    v = feed_run(&feed);
    assert_int_equal(violations_counts(v).n_unexpected, 4);
    assert_int_equal(violations_counts(v).n_rows, 6);
    assert_true(violations_samples(v, &arena, &s, &n));
    assert_int_equal(n, 3);
    assert_int_equal(s[0].row, 1);
    assert_true(span_is(s[0].value.bytes, "bad"));
    assert_int_equal(s[1].row, 2);
    assert_int_equal(s[2].row, 4);
    assert_int_equal(s[2].n_keys, 1);
    assert_int_equal(s[2].keys[0].i64, 905);
    assert_true(violations_top(v, &arena, &top, &n, &is_known));
    assert_true(is_known);
    assert_int_equal(n, 3);
    assert_true(span_is(top[0].value.bytes, "bad") && top[0].count == 2);
    assert_int_equal(top[1].value.kind, VALUE_NULL); /* before values of the same count */
    assert_true(span_is(top[2].value.bytes, "worse") && top[2].count == 1);
    feed_done(&feed, v);
    arena_done(&arena);
}

static void a_malformed_cell_shows_its_text(void **test)
{
    static const int64_t x[] = {17, 0, 0};
    static const uint64_t unexpected = 6;
    struct arena arena = {0};
    struct test_column *c = column_of_ints(&arena, x, 3);
    struct feed feed;
    const struct sample *s;
    const struct top_value *top;
    bool is_known;
    int32_t n;
    void *v;

    (void)test;
    column_set_malformed(&arena, c, 2, "seventeen");
    feed_init(&feed, &metric_violations, c);
    feed.unexpected = &unexpected;
    v = feed_run(&feed);
    assert_true(violations_samples(v, &arena, &s, &n) && n == 2);
    assert_int_equal(s[0].value.kind, VALUE_INT);
    assert_true(span_is(s[1].value.bytes, "seventeen"));
    assert_true(violations_top(v, &arena, &top, &n, &is_known) && n == 2);
    assert_true(top[0].value.i64 == 0 && span_is(top[1].value.bytes, "seventeen"));
    feed_done(&feed, v);
    arena_done(&arena);
}

static void long_values_are_cut_but_counted_apart(void **test)
{
    static const uint64_t unexpected = 7;
    struct arena arena = {0};
    char *a = arena_alloc(&arena, 2000), *b = arena_alloc(&arena, 2000);
    const char *x[] = {a, b, a};
    struct feed feed;
    const struct top_value *top;
    bool is_known;
    int32_t n;
    void *v;

    (void)test;
    memset(a, 'q', 1500);
    memset(b, 'q', 1499);
    b[1499] = 'r';
    feed_init(&feed, &metric_violations, column_of_texts(&arena, x, 3));
    feed.unexpected = &unexpected;
    v = feed_run(&feed);
    assert_true(violations_top(v, &arena, &top, &n, &is_known));
    assert_int_equal(n, 2);
    assert_int_equal(top[0].count, 2);
    assert_int_equal(top[0].value.bytes.size, SAMPLE_VALUE_BYTES);
    assert_true(top[0].value.truncated);
    feed_done(&feed, v);
    arena_done(&arena);
}

static struct test_column *counting(struct arena *arena, int64_t n, int64_t n_distinct)
{
    struct test_column *c = column_new(arena, (struct type){.kind = TYPE_INT64}, n);

    for (int64_t i = 0; i < n; i++)
        ((int64_t *)c->values)[i] = i * 48271 % n_distinct;
    return c;
}

/* 65,536 distinct values are counted, one more is too many: however they are split. */
static void the_overflow_of_top_values_is_a_property_of_the_union(void **test)
{
    enum { N = 140000 };
    static uint64_t unexpected[BITMAP_WORDS(N)];

    (void)test;
    bitmap_fill(unexpected, N);
    for (int64_t n_distinct = 65536; n_distinct <= 65537; n_distinct++) {
        for (int parts = 1; parts <= 7; parts += 3) {
            struct arena arena = {0};
            struct feed feed;
            const struct top_value *top;
            bool is_known;
            int32_t n;
            void *v;

            feed_init(&feed, &metric_violations, counting(&arena, N, n_distinct));
            feed.unexpected = unexpected;
            feed.parts = parts;
            feed.chunk = 4096;
            feed.through_save = parts == 4;
            v = feed_run(&feed);
            assert_true(violations_top(v, &arena, &top, &n, &is_known));
            assert_int_equal(is_known, n_distinct == 65536);
            assert_int_equal(n, is_known ? TOP_VALUES_SHOWN : 0);
            assert_int_equal(violations_counts(v).n_unexpected, N);
            feed_done(&feed, v);
            arena_done(&arena);
        }
    }
}

static void tuples_keep_the_values_of_each_column(void **test)
{
    static const int64_t a[] = {1, 2, 3};
    static const double b[] = {0.5, 1.5, 2.5};
    static const uint64_t unexpected = 2;
    struct arena arena = {0};
    struct feed feed;
    const struct sample *s;
    const struct top_value *top;
    bool is_known;
    int32_t n;
    void *v;

    (void)test;
    feed_init(&feed, &metric_violations, column_of_ints(&arena, a, 3));
    feed.columns[1] = column_of_doubles(&arena, b, 3);
    feed.n_columns = 2;
    feed.unexpected = &unexpected;
    v = feed_run(&feed);
    assert_true(violations_samples(v, &arena, &s, &n) && n == 1);
    assert_int_equal(s[0].n_values, 2);
    assert_int_equal(s[0].values[0].i64, 2);
    assert_true(s[0].values[1].f64 == 1.5);
    assert_true(violations_top(v, &arena, &top, &n, &is_known));
    assert_false(is_known);
    feed_done(&feed, v);
    arena_done(&arena);
}

static void trouble_sticks_through_merging_and_saving(void **test)
{
    struct metric_setup setup = {.n_columns = 1, .types = {{.kind = TYPE_INT64}}};
    struct metric_input in = {.trouble = "the pattern is too expensive"};
    struct error err = ERROR_NONE;
    struct buffer bytes = {0};
    struct span rest;
    void *v[3];

    (void)test;
    for (int i = 0; i < 3; i++) {
        v[i] = mem_alloc(NULL, metric_violations.state_size);
        if (i < 2)
            assert_int_equal(metric_violations.init(v[i], &setup, &err), STATUS_OK);
    }
    assert_int_equal(violations_add_counts(v[0], &(struct violations_counts){.n_rows = 50, .n_missing = 3, .n_considered = 47}, &err),
                     STATUS_OK);
    assert_int_equal(metric_violations.add(v[1], &in, &err), STATUS_OK);
    assert_int_equal(metric_violations.merge(v[0], v[1], &err), STATUS_OK);
    assert_string_equal(violations_counts(v[0]).trouble, in.trouble);
    assert_int_equal(violations_counts(v[0]).n_considered, 47);
    assert_true(metric_save(&metric_violations, v[0], &bytes, &err));
    rest = span_of(bytes.at, bytes.size);
    assert_int_equal(metric_load(&metric_violations, &setup, &rest, v[2], &err), STATUS_OK);
    assert_non_null(violations_counts(v[2]).trouble);
    assert_int_equal(violations_counts(v[2]).n_missing, 3);
    for (int i = 0; i < 3; i++) {
        metric_violations.done(v[i]);
        mem_free(NULL, v[i]);
    }
    buffer_done(&bytes);
}

static void merging_in_any_split_gives_the_same_violations(void **test)
{
    static const struct type types[] = {
        {.kind = TYPE_STRING}, {.kind = TYPE_DOUBLE}, {.kind = TYPE_INT64}, {.kind = TYPE_BOOL}, {.kind = TYPE_UINT64},
        {.kind = TYPE_DECIMAL, .precision = 30, .scale = 4}, {.kind = TYPE_TIMESTAMP, .unit = UNIT_MICRO},
    };
    static uint64_t unexpected[BITMAP_WORDS(7001)];

    (void)test;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct arena arena = {0};
        struct feed feed;

        for (size_t w = 0; w < BITMAP_WORDS(7001); w++)
            unexpected[w] = test_random() & (i % 2 ? test_random() : ~(uint64_t)0);
        unexpected[BITMAP_WORDS(7001) - 1] &= bitmap_tail(7001);
        feed_init(&feed, &metric_violations, column_random(&arena, types[i], 7001, i % 2 ? 20 : 3000, i < 3));
        feed.key = column_random(&arena, types[0], 7001, 7000, false);
        feed.unexpected = unexpected;
        feed.setup.samples = (int32_t)(i * 9);
        check_merge_law(&feed);
        arena_done(&arena);
    }
}

static void damaged_states_are_refused(void **test)
{
    struct arena arena = {0};
    struct metric_setup setup = {.n_columns = 1, .types = {{.kind = TYPE_STRING}}, .samples = 9};
    static const uint64_t unexpected[2] = {~(uint64_t)0, 0xfff};
    struct error err = ERROR_NONE;
    struct buffer bytes = {0};
    struct feed feed;
    void *v, *loaded = mem_alloc(NULL, metric_violations.state_size);

    (void)test;
    feed_init(&feed, &metric_violations, column_random(&arena, setup.types[0], 76, 30, false));
    feed.unexpected = unexpected;
    v = feed_run(&feed);
    assert_true(metric_save(&metric_violations, v, &bytes, &err));
    for (size_t n = 0; n < bytes.size; n += 1 + n / 16) {
        struct span cut = span_of(bytes.at, n);

        assert_int_not_equal(metric_load(&metric_violations, &setup, &cut, loaded, &err), STATUS_OK);
    }
    for (size_t at = 0; at < bytes.size; at++) { /* any outcome, but no fault */
        struct span all = span_of(bytes.at, bytes.size);

        bytes.at[at] ^= (uint8_t)(1 << (at % 8));
        if (metric_load(&metric_violations, &setup, &all, loaded, &err) == STATUS_OK)
            metric_violations.done(loaded);
        bytes.at[at] ^= (uint8_t)(1 << (at % 8));
    }
    feed_done(&feed, v);
    mem_free(NULL, loaded);
    buffer_done(&bytes);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_the_first_rows_with_their_values_and_keys),
        cmocka_unit_test(a_malformed_cell_shows_its_text),
        cmocka_unit_test(long_values_are_cut_but_counted_apart),
        cmocka_unit_test(the_overflow_of_top_values_is_a_property_of_the_union),
        cmocka_unit_test(tuples_keep_the_values_of_each_column),
        cmocka_unit_test(trouble_sticks_through_merging_and_saving),
        cmocka_unit_test(merging_in_any_split_gives_the_same_violations),
        cmocka_unit_test(damaged_states_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
