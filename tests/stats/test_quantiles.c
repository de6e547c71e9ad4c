/* tests/stats/test_quantiles.c */
#include "tests/stats/fixture.h"

#include "core/number.h"

static struct quantiles_params params_of(int32_t method, int32_t n, const double *at)
{
    struct quantiles_params p = {.n = n, .method = method};

    memcpy(p.at, at, (size_t)n * sizeof *at);
    return p;
}

static void *run(struct feed *feed, const struct quantiles_params *params, const struct test_column *c)
{
    feed_init(feed, &metric_quantiles, c);
    feed->setup.params = params;
    feed->setup.params_size = sizeof *params;
    return feed_run(feed);
}

static void the_median_of_numbers_is_a_double(void **test)
{
    static const double half[] = {0.5};
    struct quantiles_params p = params_of(7, 1, half);
    struct arena arena = {0};
    struct feed feed;
    struct value v;
    void *q = run(&feed, &p, column_of_ints(&arena, (int64_t[]){9, -4, 2, 7}, 4));

    (void)test;
    assert_true(quantiles_get(q, 0, &v));
    assert_int_equal(v.kind, VALUE_DOUBLE);
    assert_true(v.f64 == 4.5);
    assert_false(quantiles_get(q, 1, &v));
    feed_done(&feed, q);
    q = run(&feed, &p, column_of_doubles(&arena, (double[]){NAN, -INFINITY, 3.5, INFINITY, NAN}, 5));
    assert_true(quantiles_get(q, 0, &v) && v.f64 == 3.5);
    assert_int_equal(quantiles_counts(q).n_nans, 2);
    assert_int_equal(quantiles_counts(q).n_infinite, 2);
    feed_done(&feed, q);
    arena_done(&arena);
}

static void large_integers_are_interpolated_exactly(void **test)
{
    static const double at[] = {0.5, 0.25};
    struct quantiles_params p = params_of(7, 2, at);
    struct arena arena = {0};
    struct feed feed;
    struct value v;
    void *q = run(&feed, &p, column_of_ints(&arena, (int64_t[]){INT64_MIN, INT64_MAX}, 2));

    (void)test;
    assert_true(quantiles_get(q, 0, &v) && v.f64 == -0.5);
    assert_true(quantiles_get(q, 1, &v) && v.f64 == -4611686018427387904.0);
    feed_done(&feed, q);
    arena_done(&arena);
}

static void units_are_rounded_half_to_even(void **test)
{
    static const double half[] = {0.5};
    static const struct { struct type type; int64_t x[2]; enum value_kind kind; int64_t median; } cases[] = {
        {{.kind = TYPE_DATE}, {10, 13}, VALUE_DATE, 12}, {{.kind = TYPE_DATE}, {10, 15}, VALUE_DATE, 12},
        {{.kind = TYPE_DATE}, {-13, -10}, VALUE_DATE, -12},
        {{.kind = TYPE_TIMESTAMP, .unit = UNIT_MILLI}, {-3, 4}, VALUE_TIMESTAMP, 0},
        {{.kind = TYPE_DECIMAL, .precision = 9, .scale = 2}, {1001, 1002}, VALUE_DECIMAL, 1002},
    };
    struct quantiles_params p = params_of(7, 1, half);

    (void)test;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct test_column *c = column_of_ints(&arena, cases[i].x, 2);
        struct feed feed;
        struct value v;
        void *q;

        c->type = cases[i].type;
        q = run(&feed, &p, c);
        assert_true(quantiles_get(q, 0, &v));
        assert_int_equal(v.kind, cases[i].kind);
        assert_int_equal(v.kind == VALUE_DECIMAL ? (int64_t)v.i128 : v.i64, cases[i].median);
        assert_int_equal(v.scale, cases[i].type.scale);
        feed_done(&feed, q);
        arena_done(&arena);
    }
}

static void nearest_rounds_the_place_half_to_even(void **test)
{
    static const double at[] = {0.0, 0.25, 0.5, 0.75, 1.0};
    static const double expected[] = {10, 10, 20, 30, 30}; /* places 0, 0.5, 1, 1.5, 2 */
    struct quantiles_params p = params_of(0, 5, at);
    struct arena arena = {0};
    struct feed feed;
    struct value v;
    void *q = run(&feed, &p, column_of_doubles(&arena, (double[]){30, 20, 10}, 3));

    (void)test;
    for (int32_t i = 0; i < 5; i++) {
        assert_true(quantiles_get(q, i, &v));
        assert_true(v.f64 == expected[i]);
    }
    feed_done(&feed, q);
    arena_done(&arena);
}

static void nothing_has_no_quantiles(void **test)
{
    static const double half[] = {0.5};
    struct quantiles_params p = params_of(7, 1, half);
    struct arena arena = {0};
    struct feed feed;
    struct value v;
    void *q = run(&feed, &p, column_of_doubles(&arena, (double[]){NAN}, 1));

    (void)test;
    assert_false(quantiles_get(q, 0, &v));
    feed_done(&feed, q);
    arena_done(&arena);
}

static int by_value(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

enum { MANY = 1200000 };

/* Leading bits that tell all apart, some, few, none. */
static int64_t many_value(int kind, int64_t i)
{
    uint64_t mixed = (uint64_t)i * 0x9e3779b97f4a7c15;

    switch (kind) {
    case 0: return (int64_t)mixed;
    case 1: return (int64_t)(mixed >> 44);
    case 2: return i % 1000 == 0 ? (int64_t)mixed : 77;
    case 3: return i % 2 ? -5 : (int64_t)(mixed >> 60);
    default: return -1234567890123;
    }
}

/* More values than are kept, against a sort. */
static void many_values_take_more_rounds_and_stay_exact(void **test)
{
    static const double at[] = {0, 0.001, 0.25, 0.5, 0.5000003, 0.9, 1};
    struct quantiles_params p = params_of(1, 7, at);

    (void)test;
    for (int kind = 0; kind < 5; kind++) {
        struct arena arena = {0};
        struct test_column *c = column_new(&arena, (struct type){.kind = TYPE_INT64}, MANY);
        int64_t *x = c->values, *sorted = arena_array(&arena, MANY, sizeof *sorted);
        struct feed feed;
        struct value v;

        for (int64_t i = 0; i < MANY; i++)
            x[i] = many_value(kind, i);
        memcpy(sorted, x, MANY * sizeof *x);
        qsort(sorted, MANY, sizeof *sorted, by_value);
        feed_init(&feed, &metric_quantiles, c);
        feed.setup.params = &p;
        for (feed.parts = 1; feed.parts <= 3; feed.parts += 2) {
            void *q;

            feed.order = feed.parts / 2;
            feed.through_save = feed.parts == 3 && kind == 1;
            q = feed_run(&feed);
            for (int32_t i = 0; i < 7; i++) {
                int64_t rank = (int64_t)ceil(MANY * at[i]) - 1;

                assert_true(quantiles_get(q, i, &v));
                assert_true(v.f64 == (double)sorted[rank < 0 ? 0 : rank]);
            }
            feed_done(&feed, q);
        }
        arena_done(&arena);
    }
}

static void merging_in_any_split_gives_the_same_state(void **test)
{
    static const double at[] = {0.5, 0.1, 0.99, 0.5, 1};
    static const struct type types[] = {
        {.kind = TYPE_INT64}, {.kind = TYPE_DOUBLE}, {.kind = TYPE_BOOL}, {.kind = TYPE_UINT64},
        {.kind = TYPE_TIMESTAMP, .unit = UNIT_MICRO},
    };
    struct quantiles_params p = params_of(8, 5, at);

    (void)test;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct arena arena = {0};
        struct feed feed;

        feed_init(&feed, &metric_quantiles, column_random(&arena, types[i], 6001, i % 2 ? 90 : 9000, i < 2));
        feed.setup.params = &p;
        check_merge_law(&feed);
        arena_done(&arena);
    }
}

static double number_of(const struct node *node)
{
    double x = NAN;

    assert_non_null(node);
    assert_true(number_parse_double(node->text, &x));
    return x;
}

/* {"csv": file, "n": n} or a list. */
static struct test_column *case_column(struct arena *arena, struct node *input)
{
    struct node *csv = node_find(input, "csv");
    struct test_column *c;
    struct span text;
    int64_t n = 0;
    double *x;

    if (!csv) {
        c = column_new(arena, (struct type){.kind = TYPE_DOUBLE}, input->n_children);
        for (struct node *item = input->first; item; item = item->next)
            ((double *)c->values)[n++] = number_of(item);
        return c;
    }
    assert_true(corpus_read(arena, arena_format(arena, "scipy/moments_quantiles/%s", (const char *)csv->text.at), &text));
    c = column_new(arena, (struct type){.kind = TYPE_DOUBLE}, (int64_t)number_of(node_find(input, "n")));
    x = c->values;
    for (const uint8_t *at = memchr(text.at, '\n', text.size); n < c->n;) {
        const uint8_t *start = at + 1;

        at = memchr(start, '\n', text.size - (size_t)(start - text.at));
        at = at ? at : text.at + text.size;
        assert_true(number_parse_double(span_of(start, (size_t)(at - start) - (at[-1] == '\r')), &x[n++]));
    }
    return c;
}

static bool is_near(double a, double b)
{
    return a == b || fabs(a - b) <= 1e-12 * fmax(fabs(a), fabs(b));
}

static void check_quantiles(const char *path, const struct test_column *c, struct node *quantiles)
{
    struct node *at = node_find(quantiles, "q");

    for (int32_t method = 1; method <= 9; method++) {
        struct quantiles_params p = {.method = method};
        char prefix[32];
        struct node *list = quantiles->first;
        struct feed feed;
        void *q;

        for (struct node *item = at->first; item; item = item->next)
            p.at[p.n++] = number_of(item);
        snprintf(prefix, sizeof prefix, "hyndman_fan_%d_", method);
        while (list && strncmp((const char *)list->key.at, prefix, strlen(prefix)) != 0)
            list = list->next;
        assert_non_null(list);
        q = run(&feed, &p, c);
        list = list->first;
        for (int32_t i = 0; i < p.n; i++, list = list->next) {
            struct value v;

            assert_true(quantiles_get(q, i, &v));
            if (!is_near(v.f64, number_of(list)))
                fail_msg("%s, type %d, p %g: %.17g instead of %.17g", path, method, p.at[i], v.f64, number_of(list));
        }
        feed_done(&feed, q);
    }
}

static void check_moments(const char *path, const struct test_column *c, struct node *expected)
{
    struct node *stdev = node_find(expected, "stddev_sample");
    struct feed feed;
    struct value sum, mean, deviation;
    void *m;

    feed_init(&feed, &metric_moments, c);
    m = feed_run(&feed);
    assert_true(moments_sum(m, &sum) && moments_mean(m, &mean));
    if (sum.f64 != number_of(node_find(expected, "sum_exactly_rounded")) || mean.f64 != number_of(node_find(expected, "mean_exact")))
        fail_msg("%s: sum %.17g, mean %.17g", path, sum.f64, mean.f64);
    if (stdev && stdev->kind == NODE_NUMBER && c->n > 1) {
        assert_true(moments_stdev(m, &deviation));
        /* A variance below 2^-1074 is 0 for who takes the root of a double; ours is not. */
        if (!is_near(deviation.f64, number_of(stdev)) && !(number_of(stdev) == 0 && deviation.f64 * deviation.f64 == 0))
            fail_msg("%s: deviation %.17g instead of %.17g", path, deviation.f64, number_of(stdev));
    }
    feed_done(&feed, m);
}

static void scipy_cases_agree(void **test)
{
    struct arena arena = {0};
    struct error err = ERROR_NONE;
    struct span text;
    int n_cases = 0;

    (void)test;
    if (!corpus_read(&arena, "scipy/index.json", &text))
        return;
    for (int i = 1; i <= 39; i++) {
        const char *path = arena_format(&arena, "scipy/moments_quantiles/%03d.json", i);
        const char *shared = getenv("ASSAY_SHARED");
        struct node *root, *expected;
        struct test_column *c;

        if (input_read_file(&arena, arena_format(&arena, "%s/corpora/stats/%s", shared ? shared : "../shared", path), 1 << 24,
                            &text, &err) != STATUS_OK)
            continue; /* not all numbers are taken */
        assert_int_equal(document_parse_json(&arena, text, &root, &err), STATUS_OK);
        c = case_column(&arena, node_find(node_find(root, "inputs"), "x"));
        expected = node_find(root, "expected");
        check_quantiles(path, c, node_find(expected, "quantiles"));
        check_moments(path, c, expected);
        n_cases++;
    }
    assert_true(n_cases > 0);
    printf("  %d cases\n", n_cases);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_median_of_numbers_is_a_double),
        cmocka_unit_test(large_integers_are_interpolated_exactly),
        cmocka_unit_test(units_are_rounded_half_to_even),
        cmocka_unit_test(nearest_rounds_the_place_half_to_even),
        cmocka_unit_test(nothing_has_no_quantiles),
        cmocka_unit_test(many_values_take_more_rounds_and_stay_exact),
        cmocka_unit_test(merging_in_any_split_gives_the_same_state),
        cmocka_unit_test(scipy_cases_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
