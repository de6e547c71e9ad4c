/* tests/stats/test_knots.c -- references made small: bounds that hold D, bins that are those of all values, bytes that are checked. */
#include "tests/stats/scipy.h"

#include "stats/drift_tests.h"
#include "stats/ordered.h"

enum { REFERENCE = 60000, BATCH = 9000 };

/* A batch against all values of a reference, and against what a saved one keeps of them. */
struct both {
    struct ordered_params values;
    struct ks_params asked;
    struct feed reference_feed, feed, thin_feed, batch_feed;
    void *reference, *state, *thin, *thin_state, *batch;
    struct buffer saved;
};

static void load_thin(struct both *b, struct type as)
{
    struct metric_setup setup = setup_of(&b->reference_feed);
    struct span bytes = span_of(b->saved.at, b->saved.size);
    struct error err = ERROR_NONE;
    struct ordered_params wanted = {.as = as, .limit = ORDERED_LIMIT};
    void *whole = calloc(1, metric_ordered.state_size);
    bool again;

    must(metric_load(&metric_ordered, &setup, &bytes, whole, &err), &err);
    assert_int_equal(bytes.size, 0);
    must(metric_ordered.next_round(whole, &again, &err), &err);
    assert_false(again);
    b->thin = calloc(1, metric_ordered.state_size);
    setup.params = &wanted;
    must(metric_ordered.init(b->thin, &setup, &err), &err);
    must(ordered_recast(b->thin, whole, &err), &err);
    must(metric_ordered.next_round(b->thin, &again, &err), &err);
    assert_false(again);
    metric_ordered.done(whole);
    free(whole);
}

static void both_open(struct both *b, const struct test_column *batch, const struct test_column *reference, int64_t limit)
{
    struct error err = ERROR_NONE;
    struct ordered_params own = {.limit = limit, .sums = 1};
    struct type as;
    void *copy;

    *b = (struct both){.asked = {.asks = KS_COUNTS}};
    assert_true(ordered_common(batch->type, reference->type, &as));
    assert_true(ordered_common(reference->type, reference->type, &own.as));
    b->values.as = b->asked.values.as = as;
    feed_init(&b->reference_feed, &metric_ordered, reference);
    b->reference_feed.setup.params = &b->values;
    b->reference = feed_run(&b->reference_feed);
    b->reference_feed.setup.params = &own;
    copy = feed_run(&b->reference_feed);
    must(ordered_thin(copy, &err), &err);
    assert_true(metric_save(&metric_ordered, copy, &b->saved, &err));
    feed_done(&b->reference_feed, copy);
    load_thin(b, as);
    feed_init(&b->feed, &metric_ks, batch);
    b->thin_feed = b->feed;
    b->feed.setup.params = &b->values;
    b->feed.setup.reference = b->reference;
    b->state = feed_run(&b->feed);
    b->thin_feed.setup.params = &b->asked;
    b->thin_feed.setup.params_size = sizeof b->asked;
    b->thin_feed.setup.reference = b->thin;
    b->thin_state = feed_run(&b->thin_feed);
    feed_init(&b->batch_feed, &metric_ordered, batch);
    b->batch_feed.setup.params = &b->values;
    b->batch = feed_run(&b->batch_feed);
}

static void both_close(struct both *b)
{
    feed_done(&b->feed, b->state);
    feed_done(&b->thin_feed, b->thin_state);
    feed_done(&b->batch_feed, b->batch);
    feed_done(&b->reference_feed, b->reference);
    metric_ordered.done(b->thin);
    free(b->thin);
    buffer_done(&b->saved);
}

/* 0: continuous. 1: a third are 0. 2: whole numbers, some of them frequent. 3: few values. 4: heavy tails to the right. 5: to both sides. 6: large
 * whole numbers. */
static struct test_column *column_of_kind(struct arena *arena, int kind, int64_t n, double shift)
{
    bool is_whole = kind == 2 || kind == 6;
    struct test_column *c = column_new(arena, (struct type){.kind = is_whole ? TYPE_INT64 : TYPE_DOUBLE}, n);

    for (int64_t i = 0; i < n; i++) {
        double u = (double)(test_random() >> 11) * 0x1p-53 + shift;

        if (kind == 2)
            ((int64_t *)c->values)[i] = test_random() % 5 == 0 ? 77 : (int64_t)(u * 1e7) - 5000;
        else if (kind == 6)
            ((int64_t *)c->values)[i] = (int64_t)1700000000000000000 + (int64_t)(u * 1e13);
        else
            ((double *)c->values)[i] = kind == 1 && test_random() % 3 == 0 ? 0
                                       : kind == 3                         ? floor(u * 100)
                                       : kind == 4                         ? exp(6 * u) + shift
                                       : kind == 5                         ? tan(3.14 * (u - 0.5)) + shift
                                                                           : u;
    }
    return c;
}

static void check_bins(const struct both *b, int32_t n, struct arena *arena)
{
    struct ks_bins x, y;

    assert_true(ks_ranked_bins(b->state, n, arena, &x) && ks_ranked_bins(b->thin_state, n, arena, &y));
    assert_int_equal(x.n, y.n);
    for (int32_t i = 0; i < x.n; i++) {
        assert_int_equal(x.observed[i], y.observed[i]);
        assert_int_equal(x.reference[i], y.reference[i]);
        assert_true(x.edges[i].i64 == y.edges[i].i64); /* the bits: kinds are equal */
    }
}

static void check_pair(struct both *b, struct arena *arena, bool is_thin)
{
    struct ks_result exact, known;

    assert_int_equal(ordered_is_thin(b->thin), is_thin);
    assert_true(ks_result(b->state, &exact) && ks_result(b->thin_state, &known));
    assert_int_equal(exact.n_reference, known.n_reference);
    assert_true(exact.is_exact);
    if (!is_thin)
        assert_true(known.is_exact);
    assert_true(known.statistic <= exact.statistic && exact.statistic <= known.most);
    assert_true(known.greater <= exact.greater && exact.greater <= known.most_greater);
    assert_true(known.less <= exact.less && exact.less <= known.most_less);
    assert_true(known.most - known.statistic < 2.0 / 25200 + 2.0 / BATCH);
    for (int32_t bins = 2; bins <= 10; bins++)
        check_bins(b, bins, arena);
    check_bins(b, 25, arena);
    check_bins(b, 100, arena);
}

static void knots_hold_the_distance_between_bounds_and_bins_exactly(void **test)
{
    (void)test;
    for (int kind = 0; kind < 4; kind++)
        for (int shift = 0; shift < 3; shift++)
            for (int limit = 0; limit < 2; limit++) {
                struct arena arena = {0};
                struct test_column *y = column_of_kind(&arena, kind, REFERENCE, 0), *x = column_of_kind(&arena, kind, BATCH, shift * 0.02);
                struct both b;

                both_open(&b, x, y, limit ? 1 << 30 : 0);
                check_pair(&b, &arena, kind != 3);
                if (kind != 3)
                    assert_true(b.saved.size < 330000);
                both_close(&b);
                arena_done(&arena);
            }
}

/* Whole numbers kept, fractions compared: a frequent whole number stays alone in its bucket. */
static void another_order_keeps_single_values_single(void **test)
{
    struct arena arena = {0};
    struct test_column *y = column_of_kind(&arena, 2, REFERENCE, 0), *whole = column_of_kind(&arena, 2, BATCH, 0);
    struct test_column *x = column_new(&arena, (struct type){.kind = TYPE_DOUBLE}, BATCH);
    struct both b;

    (void)test;
    for (int64_t i = 0; i < BATCH; i++)
        ((double *)x->values)[i] = (double)((int64_t *)whole->values)[i] + (i % 7 == 0 ? 0.5 : 0);
    both_open(&b, x, y, 0);
    check_pair(&b, &arena, true);
    both_close(&b);
    arena_done(&arena);
}

/* 2^53 + 1 is no double: knots of such numbers say nothing certain about fractions. */
static void numbers_that_would_fall_together_are_not_recast(void **test)
{
    struct arena arena = {0};
    struct test_column *y = column_new(&arena, (struct type){.kind = TYPE_INT64}, REFERENCE);
    struct ordered_params own = {.as = {.kind = TYPE_INT64}}, other = {.as = {.kind = TYPE_DOUBLE}, .limit = ORDERED_LIMIT};
    struct error err = ERROR_NONE;
    struct metric_setup setup;
    struct feed feed;
    void *state, *into = calloc(1, metric_ordered.state_size);

    (void)test;
    for (int64_t i = 0; i < REFERENCE; i++)
        ((int64_t *)y->values)[i] = ((int64_t)1 << 53) + i;
    feed_init(&feed, &metric_ordered, y);
    feed.setup.params = &own;
    state = feed_run(&feed);
    must(ordered_thin(state, &err), &err);
    setup = setup_of(&feed);
    setup.params = &other;
    must(metric_ordered.init(into, &setup, &err), &err);
    assert_int_equal(ordered_recast(into, state, &err), STATUS_UNSUPPORTED);
    metric_ordered.done(into);
    error_clear(&err);
    other = (struct ordered_params){.as = {.kind = TYPE_INT64}}; /* all values */
    must(metric_ordered.init(into, &setup, &err), &err);
    assert_int_equal(ordered_recast(into, state, &err), STATUS_UNSUPPORTED);
    metric_ordered.done(into);
    free(into);
    feed_done(&feed, state);
    arena_done(&arena);
}

static void limits_are_decided_by_bounds_or_not_at_all(void **test)
{
    struct drift_figures f = {.effect = 0.05, .most = 0.06, .statistic = 5, .statistic_most = 6, .p_value = 0.2, .p_least = 0.1};
    struct ks_params open = {.asks = KS_DECIDE, .max_effect = NAN, .max_statistic = NAN, .p_value = NAN}, p = open;

    (void)test;
    assert_true(drift_decides(&open, &f));
    p.max_effect = 0.055;
    assert_false(drift_decides(&p, &f));
    p.max_effect = 0.04;
    assert_true(drift_decides(&p, &f));
    p.max_effect = 0.06;
    assert_true(drift_decides(&p, &f));
    p = open;
    p.p_value = 0.15;
    assert_false(drift_decides(&p, &f));
    p.max_statistic = 4; /* fails whatever p is */
    assert_true(drift_decides(&p, &f));
    p.max_statistic = 7;
    assert_false(drift_decides(&p, &f));
    p.max_statistic = 5.5;
    p.p_value = NAN;
    assert_false(drift_decides(&p, &f));
    f.most = f.statistic_most = f.p_least = NAN; /* exact */
    assert_true(drift_decides(&p, &f));
}

/* --- every test of order --- */

static bool is_within(double x, double low, double high)
{
    return isnan(high) ? scipy_near(x, low, 1e-9) : x >= low && x <= high;
}

/* Thresholds around the exact figures: where bounds decide, they decide as all values do. */
static void check_decisions(const struct drift_test *t, const struct drift_figures *exact, const struct drift_figures *bounds)
{
    static const double off[] = {0.5, 0.9, 0.99, 0.9999, 1.0001, 1.01, 1.1, 2};

    for (size_t i = 0; i < sizeof off / sizeof *off; i++) {
        struct ks_params p = {.max_effect = exact->effect * off[i], .max_statistic = NAN, .p_value = exact->p_value * off[7 - i]};

        if (drift_decides(&p, bounds) && (bounds->effect > p.max_effect || bounds->p_value < p.p_value) !=
                                             (exact->effect > p.max_effect || exact->p_value < p.p_value))
            fail_msg("%s: bounds say otherwise at %g", t->name, off[i]);
    }
}

static void check_test(const struct drift_test *t, const struct test_column *x, const struct both *b, enum ks_side side, const char *what)
{
    struct ks_params asked = {.values = {.as = b->values.as, .limit = ORDERED_LIMIT}, .asks = KS_DECIDE, .side = side, .test = t - drift_tests,
                              .max_effect = NAN, .max_statistic = NAN, .p_value = NAN};
    struct samples all = {.counted = b->state, .batch = b->batch, .reference = b->reference, .side = side}, thin = {.reference = b->thin, .side = side};
    struct drift_figures exact, bounds;
    struct feed feed;
    void *state;

    feed_init(&feed, &metric_ks, x);
    feed.parts = 3;
    feed.chunk = 2048;
    feed.through_save = true;
    feed.setup.params = &asked;
    feed.setup.params_size = sizeof asked;
    feed.setup.reference = b->thin;
    state = feed_run(&feed);
    thin.counted = state;
    assert_true(ks_is_bounded(state));
    assert_null(t->order(&all, &exact));
    assert_true(t->bounds(&thin, &bounds));
    if (!is_within(exact.effect, bounds.effect, bounds.most))
        fail_msg("%s, %s: effect %.17g is not in %.17g to %.17g", t->name, what, exact.effect, bounds.effect, bounds.most);
    if (!is_within(exact.statistic, bounds.statistic, bounds.statistic_most))
        fail_msg("%s, %s: statistic %.17g is not in %.17g to %.17g", t->name, what, exact.statistic, bounds.statistic, bounds.statistic_most);
    if (exact.p_method && !(isnan(bounds.p_least) ? scipy_near(exact.p_value, bounds.p_value, 1e-6)
                                                  : exact.p_value <= bounds.p_value && exact.p_value >= bounds.p_least))
        fail_msg("%s, %s: p %.17g is not in %.17g to %.17g", t->name, what, exact.p_value, bounds.p_least, bounds.p_value);
    check_decisions(t, &exact, &bounds);
    if (getenv("SHOW"))
        printf("%-20s %-12s effect %-12.6g [%.6g, %.6g] p %.4g [%.4g, %.4g]\n", t->name, what, exact.effect, bounds.effect, bounds.most, exact.p_value, bounds.p_least, bounds.p_value);
    feed_done(&feed, state);
}

static void check_all_tests(int kind, double shift, int64_t n, int64_t limit)
{
    struct arena arena = {0};
    struct test_column *y = column_of_kind(&arena, kind, REFERENCE, 0), *x = column_of_kind(&arena, kind, n, shift);
    struct both b;
    char what[80];

    snprintf(what, sizeof what, "kind %d, shift %g, %lld values, limit %lld", kind, shift, (long long)n, (long long)limit);
    both_open(&b, x, y, limit);
    for (const struct drift_test *t = drift_tests; t->name; t++)
        if (t->flags & DRIFT_OF_ORDER)
            for (int side = 0; side < (t->flags & DRIFT_SIDED ? 3 : 1); side++)
                check_test(t, x, &b, (enum ks_side)side, what);
    both_close(&b);
    arena_done(&arena);
}

/* What bounds promise: the figures of all values lie between them, with ties and without, wherever the batch lies. */
static void knots_hold_every_test_of_order_between_bounds(void **test)
{
    static const double shifts[] = {0, 0.003, 0.05, 3};
    static const int kinds[] = {0, 1, 2, 4, 5, 6};

    (void)test;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (size_t s = 0; s < sizeof shifts / sizeof *shifts; s++) {
            check_all_tests(kinds[k], shifts[s], BATCH, s % 2 ? REFERENCE / 2 : 0);
            check_all_tests(kinds[k], shifts[s], s % 2 ? 40 : 41, 0);
        }
}

/* Sums of a coarser unit become those of a finer one; decimals that become doubles are rounded one by one, so of those nothing is known. */
static void sums_follow_the_order_that_is_asked_for(void **test)
{
    struct arena arena = {0};
    struct test_column *y = column_new(&arena, (struct type){.kind = TYPE_TIMESTAMP, .unit = UNIT_MICRO}, REFERENCE);
    struct test_column *x = column_new(&arena, (struct type){.kind = TYPE_TIMESTAMP, .unit = UNIT_NANO}, BATCH);
    struct test_column *cents = column_new(&arena, (struct type){.kind = TYPE_DECIMAL, .precision = 9, .scale = 2}, REFERENCE);
    struct test_column *prices = column_new(&arena, (struct type){.kind = TYPE_DOUBLE}, BATCH);
    struct samples thin = {0};
    struct drift_figures f;
    struct both b;

    (void)test;
    for (int64_t i = 0; i < REFERENCE; i++) {
        ((int64_t *)y->values)[i] = 1700000000000000 + (int64_t)(test_random() % 10000000000);
        ((int64_t *)cents->values)[i] = (int64_t)(test_random() % 1000000) - 500000;
    }
    for (int64_t i = 0; i < BATCH; i++) {
        ((int64_t *)x->values)[i] = 1700000400000000000 + (int64_t)(test_random() % 9000000000000);
        ((double *)prices->values)[i] = (double)(test_random() % 1000000) / 100 - 5000;
    }
    both_open(&b, x, y, 0);
    for (const struct drift_test *t = drift_tests; t->name; t++)
        if (t->flags & DRIFT_OF_ORDER)
            check_test(t, x, &b, KS_TWO_SIDED, "times of two units");
    both_close(&b);
    both_open(&b, prices, cents, 0);
    thin = (struct samples){.counted = b.thin_state, .reference = b.thin};
    assert_true(ordered_is_thin(b.thin));
    assert_false(drift_test_find("welch_t")->bounds(&thin, &f));
    assert_false(drift_test_find("levene")->bounds(&thin, &f));
    assert_false(drift_test_find("wasserstein_normed")->bounds(&thin, &f));
    check_test(drift_test_find("wasserstein"), prices, &b, KS_TWO_SIDED, "decimals beside doubles");
    check_test(drift_test_find("cramer_von_mises"), prices, &b, KS_TWO_SIDED, "decimals beside doubles");
    both_close(&b);
    arena_done(&arena);
}

/* Any byte of saved knots turned: refused, or another reference, never a crash. */
static void damaged_knots_are_refused(void **test)
{
    struct arena arena = {0};
    struct test_column *y = column_of_kind(&arena, 1, REFERENCE, 0), *x = column_of_kind(&arena, 1, 100, 0);
    struct both b;
    struct metric_setup setup;
    int refused = 0;

    (void)test;
    both_open(&b, x, y, 0);
    setup = setup_of(&b.reference_feed);
    for (int round = 0; round < 300; round++) {
        size_t at = test_random() % b.saved.size, n = round % 3 ? b.saved.size : at;
        uint8_t turn = (uint8_t)(1 + test_random() % 255);
        struct span bytes = span_of(b.saved.at, n);
        struct error err = ERROR_NONE;
        void *state = calloc(1, metric_ordered.state_size);

        b.saved.at[at] ^= turn;
        if (metric_load(&metric_ordered, &setup, &bytes, state, &err) == STATUS_OK)
            metric_ordered.done(state);
        else
            refused++;
        b.saved.at[at] ^= turn;
        free(state);
    }
    assert_true(refused > 100);
    both_close(&b);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knots_hold_the_distance_between_bounds_and_bins_exactly),
        cmocka_unit_test(another_order_keeps_single_values_single),
        cmocka_unit_test(numbers_that_would_fall_together_are_not_recast),
        cmocka_unit_test(limits_are_decided_by_bounds_or_not_at_all),
        cmocka_unit_test(knots_hold_every_test_of_order_between_bounds),
        cmocka_unit_test(sums_follow_the_order_that_is_asked_for),
        cmocka_unit_test(damaged_knots_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
