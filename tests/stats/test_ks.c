/* tests/stats/test_ks.c -- the two-sample Kolmogorov-Smirnov statistic, its p-values, and the states that it is made of. */
#include "tests/stats/scipy.h"

#include "stats/drift_tests.h"
#include "stats/ordered.h"

struct pair {
    struct ordered_params params;
    struct feed reference_feed, feed;
    void *reference, *state;
};

static void pair_open(struct pair *p, const struct test_column *batch, const struct test_column *reference)
{
    *p = (struct pair){0};
    assert_true(ordered_common(batch->type, reference->type, &p->params.as));
    feed_init(&p->reference_feed, &metric_ordered, reference);
    p->reference_feed.setup.params = &p->params;
    p->reference = feed_run(&p->reference_feed);
    feed_init(&p->feed, &metric_ks, batch);
    p->feed.setup.params = &p->params;
    p->feed.setup.reference = p->reference;
    p->state = feed_run(&p->feed);
}

static void pair_close(struct pair *p)
{
    feed_done(&p->feed, p->state);
    feed_done(&p->reference_feed, p->reference);
}

/* --- by definition --- */

static void brute(const double *x, int64_t n, const double *y, int64_t m, int64_t *greater, int64_t *less)
{
    *greater = *less = 0;
    for (int64_t at = 0; at < n + m; at++) {
        double here = at < n ? x[at] : y[at - n];
        int64_t f = 0, g = 0;

        for (int64_t i = 0; i < n; i++)
            f += x[i] <= here;
        for (int64_t j = 0; j < m; j++)
            g += y[j] <= here;
        *greater = f * m - g * n > *greater ? f * m - g * n : *greater;
        *less = g * n - f * m > *less ? g * n - f * m : *less;
    }
}

static void small_tied_samples_agree_with_the_definition(void **test)
{
    static const double odd[] = {-INFINITY, INFINITY, 0.0, -0.0, 1e-310, -1e300};

    (void)test;
    for (int round = 0; round < 3000; round++) {
        int64_t n = 1 + (int64_t)(test_random() % 24), m = 1 + (int64_t)(test_random() % 24), greater, less;
        uint64_t spread = 1 + test_random() % 12;
        struct arena arena = {0};
        double x[32], y[32], d;
        struct ks_result r;
        struct pair p;

        for (int64_t i = 0; i < n; i++)
            x[i] = test_random() % 9 ? (double)(test_random() % spread) / 4 : odd[test_random() % 6];
        for (int64_t i = 0; i < m; i++)
            y[i] = test_random() % 9 ? (double)(test_random() % spread) / 4 : odd[test_random() % 6];
        pair_open(&p, column_of_doubles(&arena, x, n), column_of_doubles(&arena, y, m));
        brute(x, n, y, m, &greater, &less);
        assert_true(ks_result(p.state, &r));
        d = (double)(greater > less ? greater : less) / (double)(n * m);
        assert_true(scipy_near(r.statistic, d, 1e-15) && scipy_near(r.greater, (double)greater / (double)(n * m), 1e-15) &&
                    scipy_near(r.less, (double)less / (double)(n * m), 1e-15));
        assert_int_equal(r.n, n);
        assert_int_equal(r.n_reference, m);
        pair_close(&p);
        arena_done(&arena);
    }
}

/* All orders of n and m values, one by one. */
static double enumerate(int64_t n, int64_t m, int64_t distance, enum ks_side side)
{
    int64_t total = 0, hits = 0;

    for (uint32_t order = 0; order < (uint32_t)1 << (n + m); order++) {
        int64_t i = 0, j = 0;
        bool hit = false;

        if (__builtin_popcount(order) != n)
            continue;
        for (int s = 0; s < n + m; s++) {
            int64_t d;

            order >> s & 1 ? i++ : j++;
            d = i * m - j * n;
            hit = hit || (side != KS_LESS && d >= distance) || (side != KS_GREATER && -d >= distance);
        }
        total++;
        hits += hit;
    }
    return (double)hits / (double)total;
}

static void exact_p_values_count_all_orders(void **test)
{
    (void)test;
    for (int64_t n = 1; n <= 7; n++)
        for (int64_t m = 1; m <= 7; m++)
            for (int64_t distance = 1; distance <= n * m; distance++)
                for (int side = KS_TWO_SIDED; side <= KS_LESS; side++) {
                    double p = ks_p_exact(n, m, distance, (enum ks_side)side);
                    double wanted = enumerate(n, m, distance, (enum ks_side)side);

                    if (!scipy_near(p, wanted, 1e-14))
                        fail_msg("%d %d %d side %d: %.17g instead of %.17g", (int)n, (int)m, (int)distance, side, p, wanted);
                }
}

static void a_large_exact_p_value_is_found_in_time_and_small_ones_keep_their_digits(void **test)
{
    (void)test;
    assert_true(scipy_near(ks_p_exact(10000, 9999, 10000 * 9999, KS_TWO_SIDED), 0, 0));
    assert_true(ks_p_exact(10000, 9999, 5000000, KS_TWO_SIDED) < 1e-9);
    assert_true(ks_p_exact(1, 1, 1, KS_TWO_SIDED) == 1);
    /* 2 / C(60, 30): two of all orders */
    assert_true(scipy_near(ks_p_exact(30, 30, 900, KS_TWO_SIDED), 2 / 118264581564861424.0, 1e-13));
    assert_true(scipy_near(ks_p_exact(30, 31, 930, KS_TWO_SIDED), 2 / 232714176627630544.0, 1e-13));
}

/* --- scipy --- */

static int64_t distance_of(double d, int64_t n, int64_t m)
{
    return (int64_t)llround(d * (double)n * (double)m);
}

static void check_two_samples(struct arena *arena, const char *path, struct node *root)
{
    static const struct { const char *name; enum ks_side side; } sides[] = {
        {"two-sided", KS_TWO_SIDED}, {"greater", KS_GREATER}, {"less", KS_LESS}};
    int64_t n, m;
    double *x = scipy_numbers(arena, "ks_2samp", scipy_at(root, "inputs/x"), &n);
    double *y = scipy_numbers(arena, "ks_2samp", scipy_at(root, "inputs/y"), &m);
    struct ks_result r;
    struct pair p;

    pair_open(&p, column_of_doubles(arena, x, n), column_of_doubles(arena, y, m));
    assert_true(ks_result(p.state, &r));
    for (int i = 0; i < 3; i++) {
        struct node *expected = node_find(node_find(root, "expected"), sides[i].name);
        double d = i == 0 ? r.statistic : i == 1 ? r.greater : r.less;
        double exact = scipy_number(scipy_at(expected, "exact/pvalue")), limit = scipy_number(scipy_at(expected, "p_kolmogorov_limit"));
        double asymptotic = scipy_number(scipy_at(expected, "asymp/pvalue"));
        double wanted = scipy_number(scipy_at(expected, isnan(exact) ? "asymp/statistic" : "exact/statistic"));

        /* without an exact one, scipy's own rounding of a difference of two distribution functions */
        if (!(isnan(exact) ? fabs(d - wanted) < 1e-15 : scipy_near(d, wanted, 1e-12)))
            fail_msg("%s %s: %.17g instead of %.17g", path, sides[i].name, d, wanted);
        /* one-sided, scipy gives up where C(n + m, n) is beyond a double, and takes the asymptotic one */
        if (!isnan(exact) && (i == 0 || !scipy_near(exact, asymptotic, 1e-9)) && !scipy_p_near(ks_p_exact(n, m, distance_of(d, n, m), sides[i].side), exact))
            fail_msg("%s %s: p %.17g instead of %.17g", path, sides[i].name,
                     ks_p_exact(n, m, distance_of(d, n, m), sides[i].side), exact);
        if (!scipy_p_near(ks_p_asymptotic(n, m, d, sides[i].side), asymptotic))
            fail_msg("%s %s: asymptotic p %.17g instead of %.17g", path, sides[i].name,
                     ks_p_asymptotic(n, m, d, sides[i].side), asymptotic);
        if (i == 0 && !scipy_p_near(ks_p_limit(n, m, d), limit))
            fail_msg("%s: limit %.17g instead of %.17g", path, ks_p_limit(n, m, d), limit);
    }
    assert_string_equal(r.p_method, n > KS_EXACT_MAX || m > KS_EXACT_MAX ? "asymptotic" : "exact");
    pair_close(&p);
}

static void check_one_sample(struct arena *arena, const char *path, struct node *root)
{
    double d = scipy_number(scipy_at(root, "expected/exact/statistic")), wanted = scipy_number(scipy_at(root, "expected/exact/pvalue"));
    int64_t n;

    scipy_numbers(arena, "ks_1samp", scipy_at(root, "inputs/x"), &n);
    if (!isnan(wanted) && !scipy_p_near(ks_p_one_sample(n, d), wanted))
        fail_msg("%s: n %d d %.17g: %.17g instead of %.17g", path, (int)n, d, ks_p_one_sample(n, d), wanted);
}

static void scipy_cases_agree(void **test)
{
    (void)test;
    assert_int_not_equal(scipy_each("ks_2samp", check_two_samples), 0);
    assert_int_not_equal(scipy_each("ks_1samp", check_one_sample), 0);
}

/* Where one method takes over from another, both must say the same. */
static void methods_for_one_sample_meet(void **test)
{
    static const int64_t sizes[] = {141, 500, 5000, 100000, 100001, 999999};

    (void)test;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        double n = (double)sizes[i], last = 1;

        for (double z = 0.05; z < 4; z += sizes[i] > 10000 ? 0.05 : 0.003) {
            double p = ks_p_one_sample(sizes[i], z / sqrt(n));

            if (!(p <= last + 1e-9) || p < 0)
                fail_msg("n %d z %g: %.17g after %.17g", (int)sizes[i], z, p, last);
            assert_true(fabs(p - ks_p_limit(sizes[i], INT64_MAX, z / sqrt(n))) < 0.5 / sqrt(n));
            last = p;
        }
    }
}

/* --- states --- */

static void merging_in_any_split_gives_the_same_states(void **test)
{
    static const struct type types[] = {
        {.kind = TYPE_INT64}, {.kind = TYPE_DOUBLE}, {.kind = TYPE_UINT64}, {.kind = TYPE_TIMESTAMP, .unit = UNIT_MICRO},
        {.kind = TYPE_DECIMAL, .precision = 12, .scale = 2},
    };

    (void)test;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct arena arena = {0};
        struct pair p;

        pair_open(&p, column_random(&arena, types[i], 6001, i % 2 ? 90 : 9000, true),
                  column_random(&arena, types[i], 5003, i % 2 ? 100 : 9000, true));
        check_merge_law(&p.reference_feed);
        check_merge_law(&p.feed);
        pair_close(&p);
        arena_done(&arena);
    }
}

static void a_constant_is_as_good_as_equal_values(void **test)
{
    struct arena arena = {0};
    struct test_column *sevens = column_of_ints(&arena, (int64_t[]){7, 7, 7, 7, 7}, 5);
    struct ks_result r;
    struct pair p;
    void *state;

    (void)test;
    pair_open(&p, sevens, column_of_ints(&arena, (int64_t[]){5, 6, 7, 8}, 4));
    p.feed.shape = p.reference_feed.shape = SHAPE_CONSTANT;
    state = feed_run(&p.feed);
    assert_true(ks_result(state, &r));
    assert_true(r.statistic == 0.5 && r.n == 5);
    feed_done(&p.feed, state);
    pair_close(&p);
    arena_done(&arena);
}

static void more_values_than_wait_are_sorted_in_parts(void **test)
{
    struct arena arena = {0};
    struct test_column *c = column_new(&arena, (struct type){.kind = TYPE_INT64}, 400000);
    struct ks_result r;
    struct pair p;

    (void)test;
    for (int64_t i = 0; i < c->n; i++)
        ((int64_t *)c->values)[i] = (int64_t)(test_random() % 200000) - 100000;
    pair_open(&p, c, c);
    assert_true(ordered_distinct(p.reference) > 150000 && ordered_distinct(p.reference) <= 200000);
    assert_true(ks_result(p.state, &r));
    assert_true(r.statistic == 0 && r.p_value == 1);
    assert_string_equal(r.p_method, "asymptotic");
    pair_close(&p);
    arena_done(&arena);
}

static double distance_between(struct arena *arena, struct type a, const int64_t *x, struct type b, const int64_t *y)
{
    struct test_column *batch = column_of_ints(arena, x, 4), *reference = column_of_ints(arena, y, 4);
    struct ks_result r;
    struct pair p;

    batch->type = a;
    reference->type = b;
    pair_open(&p, batch, reference);
    assert_true(ks_result(p.state, &r));
    pair_close(&p);
    return r.statistic;
}

static void values_of_different_types_are_compared_exactly(void **test)
{
    struct type ints = {.kind = TYPE_INT64}, cents = {.kind = TYPE_DECIMAL, .precision = 9, .scale = 2},
                mills = {.kind = TYPE_DECIMAL, .precision = 9, .scale = 3}, seconds = {.kind = TYPE_TIMESTAMP},
                micros = {.kind = TYPE_TIMESTAMP, .unit = UNIT_MICRO}, doubles = {.kind = TYPE_DOUBLE}, common;
    struct arena arena = {0};
    double halves[] = {1, 2, 3, 4};
    int64_t bits[4];

    (void)test;
    memcpy(bits, halves, sizeof bits);
    assert_true(distance_between(&arena, ints, (int64_t[]){1, 2, 3, 4}, cents, (int64_t[]){100, 200, 300, 400}) == 0);
    assert_true(distance_between(&arena, cents, (int64_t[]){100, 200, 300, 401}, ints, (int64_t[]){1, 2, 3, 4}) == 0.25);
    assert_true(distance_between(&arena, cents, (int64_t[]){100, 200, 300, 400}, mills, (int64_t[]){1000, 2000, 3000, 4001}) == 0.25);
    assert_true(distance_between(&arena, seconds, (int64_t[]){1, 2, 3, 4}, micros, (int64_t[]){1000000, 2000000, 3000000, 4000000}) == 0);
    assert_true(distance_between(&arena, ints, (int64_t[]){1, 2, 3, 4}, doubles, bits) == 0);
    assert_true(distance_between(&arena, cents, (int64_t[]){100, 200, 300, 400}, doubles, bits) == 0);
    assert_false(ordered_common(ints, seconds, &common));
    assert_false(ordered_common(ints, (struct type){.kind = TYPE_STRING}, &common));
    assert_false(ordered_common(ints, (struct type){.kind = TYPE_DECIMAL, .precision = 38, .scale = 2}, &common));
    assert_false(ordered_common(seconds, (struct type){.kind = TYPE_TIMESTAMP, .is_utc = true}, &common));
    assert_false(ordered_common((struct type){.kind = TYPE_DATE}, seconds, &common));
    arena_done(&arena);
}

static void the_place_of_the_largest_distance_is_named(void **test)
{
    struct arena arena = {0};
    struct ks_result r;
    struct pair p;

    (void)test;
    pair_open(&p, column_of_ints(&arena, (int64_t[]){1, 2, 3, 30, 40, 50}, 6), column_of_ints(&arena, (int64_t[]){1, 2, 3, 4, 5, 6}, 6));
    assert_true(ks_result(p.state, &r));
    assert_true(r.statistic == 0.5 && r.less == 0.5 && r.greater == 0);
    assert_int_equal(r.farthest.i64, 6);
    pair_close(&p);
    /* Once it was the value whose key is 0: -2^63, or a NaN. */
    pair_open(&p, column_of_ints(&arena, (int64_t[]){4, 5, 5}, 3), column_of_ints(&arena, (int64_t[]){4, 5, 5}, 3));
    assert_true(ks_result(p.state, &r) && r.statistic == 0);
    assert_int_equal(r.farthest.i64, 4);
    pair_close(&p);
    arena_done(&arena);
}

/* --- the histogram --- */

static void bins_hold_everything_and_are_counted_exactly(void **test)
{
    static const struct type types[] = {{.kind = TYPE_INT64}, {.kind = TYPE_DOUBLE}, {.kind = TYPE_DATE}};

    (void)test;
    for (int round = 0; round < 60; round++) {
        struct arena arena = {0};
        struct test_column *x = column_random(&arena, types[round % 3], 700, round % 2 ? 20 : 5000, false);
        struct test_column *y = column_random(&arena, types[round % 3], 900, round % 2 ? 20 : 5000, false);
        struct ks_bins bins;
        int64_t n = 0, m = 0;
        struct pair p;
        int order;

        pair_open(&p, x, y);
        assert_true(ks_histogram(p.state, &arena, &bins));
        assert_true(bins.n >= 1 && bins.n <= 30);
        for (int32_t b = 0; b < bins.n; b++) {
            int64_t here = 0;

            n += bins.observed[b];
            m += bins.reference[b];
            for (int64_t i = 0; i < x->n; i++) {
                struct vector v = {.type = x->type, .lane = type_lane(x->type), .n_rows = x->n, .values = x->values, .valid = x->valid};
                struct value at = vector_value(&v, i);
                int low, high;

                if (value_compare(&at, &bins.edges[b], &low) && value_compare(&at, &bins.edges[b + 1], &high))
                    here += low >= 0 && (high < 0 || (high == 0 && b + 1 == bins.n));
            }
            assert_int_equal(here, bins.observed[b]);
            assert_true(value_compare(&bins.edges[b], &bins.edges[b + 1], &order) && order < 0);
        }
        assert_int_equal(n, ks_counts(p.state).n_values);
        assert_int_equal(m, ordered_counts(p.reference).n_values);
        pair_close(&p);
        arena_done(&arena);
    }
}

/* --- more distinct values than are kept: buckets --- */

/* All rounds of both sides, as the validator runs them. */
static void bucketed_open(struct pair *p, const struct test_column *batch, const struct test_column *reference, int64_t limit, int parts)
{
    struct error err = ERROR_NONE;
    bool wanted;

    *p = (struct pair){.params = {.limit = limit, .sums = 1}};
    assert_true(ordered_common(batch->type, reference->type, &p->params.as));
    feed_init(&p->reference_feed, &metric_ordered, reference);
    p->reference_feed.setup.params = &p->params;
    p->reference_feed.parts = parts;
    p->reference_feed.chunk = 777;
    p->reference_feed.order = parts % 4;
    p->reference = feed_run(&p->reference_feed);
    feed_init(&p->feed, &metric_ks, batch);
    p->feed.setup.params = &p->params;
    p->feed.setup.reference = p->reference;
    p->feed.parts = parts;
    p->feed.chunk = 555;
    p->feed.shape = parts % 2 ? SHAPE_FLAT : SHAPE_DICTIONARY;
    p->state = scan_round(&p->feed, NULL);
    must(metric_ks.next_round(p->state, &wanted, &err), &err);
    if (!wanted)
        return;
    must(metric_ks.refine(p->state, p->reference, &err), &err);
    if (ordered_is_bucketed(p->reference) || ((struct ordered *)p->reference)->phase == ORDERED_COLLECT) {
        must(metric_ordered.next_round(p->reference, &wanted, &err), &err);
        assert_true(wanted);
        p->reference = scan_round(&p->reference_feed, p->reference);
        must(metric_ordered.next_round(p->reference, &wanted, &err), &err);
        assert_false(wanted);
    }
    p->state = scan_round(&p->feed, p->state);
    must(metric_ks.next_round(p->state, &wanted, &err), &err);
    assert_false(wanted);
}

static struct test_column *column_of_kind(struct arena *arena, int kind, int64_t n, double shift)
{
    static const struct type types[] = {{.kind = TYPE_DOUBLE}, {.kind = TYPE_TIMESTAMP, .unit = UNIT_MICRO}, {.kind = TYPE_UINT64}, {.kind = TYPE_DOUBLE}};
    struct test_column *c = column_new(arena, types[kind], n);

    for (int64_t i = 0; i < n; i++) {
        double u = (double)(test_random() >> 11) * 0x1p-53, v = (double)(test_random() >> 11) * 0x1p-53;
        double normal = sqrt(-2 * log(u + 1e-300)) * cos(6.283185307179586 * v) + shift;

        if (kind == 0)
            ((double *)c->values)[i] = test_random() % 50 == 0 ? 0 : normal;
        else if (kind == 1)
            ((int64_t *)c->values)[i] = 1700000000000000 + (int64_t)((u + shift) * 86400e6);
        else if (kind == 2)
            ((uint64_t *)c->values)[i] = test_random() % 3 ? 7 : test_random() >> (test_random() % 60);
        else
            ((double *)c->values)[i] = test_random() % 9 == 0 ? (v < 0.5 ? -INFINITY : INFINITY) : exp(30 * normal);
    }
    return c;
}

static void buckets_give_the_same_distance_as_all_values(void **test)
{
    (void)test;
    for (int round = 0; round < 16; round++) {
        struct arena arena = {0};
        double shift = round % 3 == 0 ? 0 : 0.02 * (round % 7);
        struct test_column *x = column_of_kind(&arena, round % 4, 3000 + 101 * round, shift), *y = column_of_kind(&arena, round % 4, 20000, 0);
        struct ks_result all, bucketed;
        struct pair p, q;
        struct ks_bins bins;
        int64_t n = 0, m = 0;

        pair_open(&p, x, y);
        bucketed_open(&q, x, y, 64, 1 + round % 6);
        assert_true(ordered_is_bucketed(q.reference));
        assert_true(ks_result(p.state, &all) && ks_result(q.state, &bucketed));
        if (all.statistic != bucketed.statistic || all.greater != bucketed.greater || all.less != bucketed.less)
            fail_msg("round %d: D %.17g instead of %.17g", round, bucketed.statistic, all.statistic);
        assert_true(all.p_value == bucketed.p_value && bucketed.n == all.n && bucketed.n_reference == all.n_reference);
        assert_true(ks_histogram(q.state, &arena, &bins));
        for (int32_t b = 0; b < bins.n; b++) {
            n += bins.observed[b];
            m += bins.reference[b];
        }
        assert_true(n == all.n && m == all.n_reference);
        pair_close(&p);
        pair_close(&q);
        arena_done(&arena);
    }
}

/* Values of the batch in order, as the other way to the distance needs them. */
static double walked(struct pair *all, const struct test_column *batch)
{
    struct feed feed;
    void *values;
    double x;

    feed_init(&feed, &metric_ordered, batch);
    feed.setup.params = &all->params;
    values = feed_run(&feed);
    x = wasserstein(values, all->reference);
    feed_done(&feed, values);
    return x;
}

/* Both are the exact figure rounded once, so they are the same to the last bit. */
static void the_distance_of_what_was_counted_is_that_of_all_values(void **test)
{
    (void)test;
    for (int round = 0; round < 16; round++) {
        struct arena arena = {0};
        double shift = round % 3 == 0 ? 0 : 0.05 * (round % 7), counted, deviation;
        struct test_column *x = column_of_kind(&arena, round % 3, 3000 + 101 * round, shift), *y = column_of_kind(&arena, round % 3, 9000, 0);
        struct spread spread;
        struct pair p, q;

        if (round >= 8) /* a few values on one side only: nothing goes into buckets, but the gaps between them are full */
            for (int64_t i = 0; i < y->n; i++) {
                if (y->type.kind == TYPE_DOUBLE)
                    ((double *)y->values)[i] = rint(4 * ((double *)y->values)[i]) / 4;
                else
                    ((int64_t *)y->values)[i] = y->type.kind == TYPE_TIMESTAMP ? 1700000000000000 + 3600000000 * (i % 24) : i % 20;
            }
        pair_open(&p, x, y);
        bucketed_open(&q, x, y, 64, 1 + round % 5);
        assert_true(ordered_is_bucketed(q.reference) == (round < 8));
        assert_true(ks_wasserstein(q.state, &counted));
        if (counted / order_unit(p.params.as) != walked(&p, x))
            fail_msg("round %d: %.17g instead of %.17g", round, counted / order_unit(p.params.as), walked(&p, x));
        ordered_spread(p.reference, &spread);
        deviation = ordered_stdev(q.reference) / order_unit(p.params.as);
        assert_true(scipy_near(deviation, sqrt(spread.variance), 1e-13));
        assert_false(ks_wasserstein(p.state, &counted));
        pair_close(&p);
        pair_close(&q);
        arena_done(&arena);
    }
}

/* Where buckets begin, and what is in them, is a property of the values. */
static void buckets_are_the_same_for_any_split(void **test)
{
    (void)test;
    for (int kind = 0; kind < 4; kind++) {
        struct arena arena = {0};
        struct test_column *y = column_of_kind(&arena, kind, 20000, 0);
        struct pair first;

        bucketed_open(&first, y, y, 64, 1);
        for (int parts = 2; parts < 7; parts += 2) {
            const struct ordered *a = first.reference, *b;
            struct pair p;

            bucketed_open(&p, y, y, 64, parts);
            b = p.reference;
            assert_int_equal(a->n, b->n);
            assert_memory_equal(a->keys, b->keys, a->n * sizeof *a->keys);
            assert_memory_equal(a->counts_of, b->counts_of, a->n * sizeof *a->counts_of);
            assert_true(a->fingerprint == b->fingerprint && a->high == b->high);
            pair_close(&p);
        }
        pair_close(&first);
        arena_done(&arena);
    }
}

static void states_past_the_limit_merge_as_others_do(void **test)
{
    struct arena arena = {0};
    struct test_column *y = column_of_kind(&arena, 0, 9000, 0);
    struct ordered_params params = {.as = {.kind = TYPE_DOUBLE}, .limit = 50};
    struct feed feed;
    struct buffer whole = {0};
    struct error err = ERROR_NONE;
    void *state;

    (void)test;
    feed_init(&feed, &metric_ordered, y);
    feed.setup.params = &params;
    state = scan_round(&feed, NULL);
    assert_true(metric_save(&metric_ordered, state, &whole, &err));
    feed_done(&feed, state);
    for (int parts = 1; parts < 8; parts++)
        for (int order = 0; order < 4; order++) {
            struct buffer got = {0};

            feed.parts = parts;
            feed.order = order;
            feed.chunk = 333;
            feed.through_save = parts % 2;
            feed.shape = parts % 3 ? SHAPE_FLAT : SHAPE_DICTIONARY;
            state = scan_round(&feed, NULL);
            assert_true(metric_save(&metric_ordered, state, &got, &err));
            assert_int_equal(got.size, whole.size);
            assert_memory_equal(got.at, whole.at, got.size);
            feed_done(&feed, state);
            buffer_done(&got);
        }
    buffer_done(&whole);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_tied_samples_agree_with_the_definition),
        cmocka_unit_test(exact_p_values_count_all_orders),
        cmocka_unit_test(a_large_exact_p_value_is_found_in_time_and_small_ones_keep_their_digits),
        cmocka_unit_test(scipy_cases_agree),
        cmocka_unit_test(methods_for_one_sample_meet),
        cmocka_unit_test(merging_in_any_split_gives_the_same_states),
        cmocka_unit_test(a_constant_is_as_good_as_equal_values),
        cmocka_unit_test(more_values_than_wait_are_sorted_in_parts),
        cmocka_unit_test(values_of_different_types_are_compared_exactly),
        cmocka_unit_test(the_place_of_the_largest_distance_is_named),
        cmocka_unit_test(bins_hold_everything_and_are_counted_exactly),
        cmocka_unit_test(buckets_give_the_same_distance_as_all_values),
        cmocka_unit_test(the_distance_of_what_was_counted_is_that_of_all_values),
        cmocka_unit_test(buckets_are_the_same_for_any_split),
        cmocka_unit_test(states_past_the_limit_merge_as_others_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
