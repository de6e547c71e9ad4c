/* tests/stats/test_knots.c -- references made small: bounds that hold D, bins that are those of all values, bytes that are checked. */
#include "tests/stats/scipy.h"

#include "stats/drift_tests.h"
#include "stats/ordered.h"

enum { REFERENCE = 60000, BATCH = 9000 };

/* A batch against all values of a reference, and against what a saved one keeps of them. */
struct both {
    struct ordered_params values;
    struct ks_params asked;
    struct feed reference_feed, feed, thin_feed;
    void *reference, *state, *thin, *thin_state;
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
    struct ordered_params own = {.limit = limit};
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
}

static void both_close(struct both *b)
{
    feed_done(&b->feed, b->state);
    feed_done(&b->thin_feed, b->thin_state);
    feed_done(&b->reference_feed, b->reference);
    metric_ordered.done(b->thin);
    free(b->thin);
    buffer_done(&b->saved);
}

/* 0: continuous. 1: a third are 0. 2: whole numbers, some of them frequent. 3: few values. */
static struct test_column *column_of_kind(struct arena *arena, int kind, int64_t n, double shift)
{
    struct test_column *c = column_new(arena, (struct type){.kind = kind == 2 ? TYPE_INT64 : TYPE_DOUBLE}, n);

    for (int64_t i = 0; i < n; i++) {
        double u = (double)(test_random() >> 11) * 0x1p-53 + shift;

        if (kind == 2)
            ((int64_t *)c->values)[i] = test_random() % 5 == 0 ? 77 : (int64_t)(u * 1e7) - 5000;
        else
            ((double *)c->values)[i] = kind == 1 && test_random() % 3 == 0 ? 0 : kind == 3 ? floor(u * 100) : u;
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
    struct ks_result r = {.n = 1000, .n_reference = 100000, .statistic = 0.05, .most = 0.06, .greater = 0.05, .most_greater = 0.06,
                          .less = 0.01, .most_less = 0.02};
    struct ks_params p = {.asks = KS_DECIDE, .max_d = 0.055, .p_value = NAN};

    (void)test;
    assert_false(ks_decides(&p, &r));
    p.max_d = 0.04;
    assert_true(ks_decides(&p, &r));
    p.max_d = 0.06;
    assert_true(ks_decides(&p, &r));
    p.side = KS_LESS;
    assert_true(ks_decides(&p, &r));
    p.max_d = 0.015;
    assert_false(ks_decides(&p, &r));
    p = (struct ks_params){.asks = KS_DECIDE, .max_d = NAN, .p_value = ks_p(1000, 100000, 0.055, KS_TWO_SIDED, NULL)};
    assert_false(ks_decides(&p, &r));
    r.is_exact = true;
    assert_true(ks_decides(&p, &r));
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
        cmocka_unit_test(damaged_knots_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
