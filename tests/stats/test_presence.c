/* tests/stats/test_presence.c -- rows and presence. */
#include "tests/stats/fixture.h"

static void rows_are_counted_with_and_without_a_filter(void **test)
{
    static const int64_t x[] = {5, 6, 7, 8, 9};
    static const uint64_t odd_rows = 0x15;
    struct arena arena = {0};
    struct feed feed;
    struct rows *rows;

    (void)test;
    feed_init(&feed, &metric_rows, column_of_ints(&arena, x, 5));
    rows = feed_run(&feed);
    assert_int_equal(rows->n, 5);
    feed_done(&feed, rows);
    feed.rows = &odd_rows;
    rows = feed_run(&feed);
    assert_int_equal(rows->n, 3);
    feed_done(&feed, rows);
    arena_done(&arena);
}

static void a_footer_answers_for_rows(void **test)
{
    const struct column_summary summary = {.n_rows = 1234};
    struct rows rows = {7};
    struct error err = ERROR_NONE;
    enum evidence proof;
    bool answered;

    (void)test;
    assert_int_equal(metric_rows.from_summary(&rows, &summary, &answered, &proof, &err), STATUS_OK);
    assert_true(answered);
    assert_int_equal(rows.n, 1241);
    assert_int_equal(proof, EVIDENCE_FOOTER);
}

static void nulls_nans_and_malformed_cells_are_told_apart(void **test)
{
    static const double x[] = {0.25, NAN, 0, 0, -1.75, NAN, INFINITY};
    struct arena arena = {0};
    struct test_column *c = column_of_doubles(&arena, x, 7);
    struct feed feed;
    struct presence *p;

    (void)test;
    column_set_null(&arena, c, 2);
    column_set_malformed(&arena, c, 3, "-");
    feed_init(&feed, &metric_presence, c);
    p = feed_run(&feed);
    assert_int_equal(p->n_rows, 7);
    assert_int_equal(p->n_nulls, 1);
    assert_int_equal(p->n_nans, 2);
    assert_int_equal(p->n_malformed, 1);
    feed_done(&feed, p);
    arena_done(&arena);
}

static void only_trusted_null_counts_answer(void **test)
{
    struct column_summary summary = {.n_rows = 100, .n_nulls = 7, .has_nan_count = true, .nulls_evidence = EVIDENCE_SCHEMA};
    struct presence p = {0};
    struct error err = ERROR_NONE;
    enum evidence proof = EVIDENCE_VALUES;
    bool answered = true;

    (void)test;
    assert_int_equal(metric_presence.from_summary(&p, &summary, &answered, &proof, &err), STATUS_OK);
    assert_false(answered);
    assert_int_equal(p.n_rows, 0);
    summary.has_nulls_count = true;
    assert_int_equal(metric_presence.from_summary(&p, &summary, &answered, &proof, &err), STATUS_OK);
    assert_true(answered);
    assert_int_equal(p.n_rows, 100);
    assert_int_equal(p.n_nulls, 7);
    assert_int_equal(proof, EVIDENCE_SCHEMA);
}

static void merging_in_any_split_gives_the_same_counts(void **test)
{
    struct arena arena = {0};
    struct feed feed;

    (void)test;
    feed_init(&feed, &metric_presence, column_random(&arena, (struct type){.kind = TYPE_DOUBLE}, 5003, 700, true));
    check_merge_law(&feed);
    feed.metric = &metric_rows;
    check_merge_law(&feed);
    arena_done(&arena);
}

static void the_registry_is_sorted_and_complete(void **test)
{
    (void)test;
    for (int i = 0; metrics[i]; i++) {
        const struct metric *m = metrics[i];

        assert_true(i == 0 || strcmp(metrics[i - 1]->name, m->name) < 0);
        assert_ptr_equal(metric_find(m->name), m);
        assert_true(m->init && m->add && m->merge && m->done && m->fields && m->doc && m->state_size);
        assert_int_equal(!m->next_round, !m->fork);
        for (const struct field *f = m->fields; f->name; f++)
            assert_non_null(f->doc);
    }
    assert_null(metric_find("none"));
}

static void done_accepts_a_zeroed_state(void **test)
{
    (void)test;
    for (int i = 0; metrics[i]; i++) {
        void *state = mem_alloc(NULL, metrics[i]->state_size);

        metrics[i]->done(state);
        metrics[i]->done(state);
        mem_free(NULL, state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_counted_with_and_without_a_filter),
        cmocka_unit_test(a_footer_answers_for_rows),
        cmocka_unit_test(nulls_nans_and_malformed_cells_are_told_apart),
        cmocka_unit_test(only_trusted_null_counts_answer),
        cmocka_unit_test(merging_in_any_split_gives_the_same_counts),
        cmocka_unit_test(the_registry_is_sorted_and_complete),
        cmocka_unit_test(done_accepts_a_zeroed_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
