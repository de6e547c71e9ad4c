/* tests/stats/test_presence.c -- rows and presence, and what holds for every metric. */
#include "tests/stats/fixture.h"

#include "stats/drift.h"

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

/* Every limit of memory ends in an answer or in an error that names it, and nothing stays allocated. */
static void running_out_of_memory_anywhere_leaks_nothing(void **test)
{
    static const struct quantiles_params quantiles = {.n = 1, .at = {0.5}, .method = 7};
    static const struct histogram_params histogram = {.n_bins = 5000, .low = 0, .high = 9};
    static const struct ordered_params ordered = {{.kind = TYPE_INT64}};
    static uint64_t unexpected[BITMAP_WORDS(1500)];
    struct arena arena = {0};
    struct feed reference_feed;
    void *reference;
    struct test_column *texts = column_random(&arena, (struct type){.kind = TYPE_STRING}, 1500, 900, false);
    struct test_column *ints = column_random(&arena, (struct type){.kind = TYPE_INT64}, 1500, 900, false);

    (void)test;
    bitmap_fill(unexpected, 1500);
    feed_init(&reference_feed, &metric_ordered, ints);
    reference_feed.setup.params = &ordered;
    reference = feed_run(&reference_feed);
    for (int i = 0; metrics[i]; i++) {
        bool is_ordered = metrics[i] == &metric_ordered || metrics[i] == &metric_ks;
        bool of_quantiles = metrics[i] == &metric_quantiles || metrics[i] == &metric_sketch;
        bool of_numbers = is_ordered || of_quantiles || metrics[i] == &metric_histogram ||
                          metrics[i] == &metric_moments || metrics[i] == &metric_shape || metrics[i] == &metric_comoments ||
                          metrics[i] == &metric_direction;
        int n_refused = 0;

        for (size_t limit = 1; limit < 1 << 20; limit += 97 + limit / 20) {
            struct memory memory;
            struct error err = ERROR_NONE;
            struct feed feed;
            enum status status;

            memory_init(&memory, limit);
            feed_init(&feed, metrics[i], of_numbers ? ints : texts);
            feed.unexpected = unexpected;
            if (metrics[i] == &metric_comoments)
                feed.columns[feed.n_columns++] = ints;
            feed.shape = i % 2 ? SHAPE_FLAT : SHAPE_DICTIONARY;
            feed.setup.memory = &memory;
            feed.setup.params = is_ordered     ? (const void *)&ordered
                                : of_quantiles ? (const void *)&quantiles
                                               : (const void *)&histogram;
            feed.setup.reference = reference;
            status = feed_try(&feed, &err);
            assert_true(status == STATUS_OK || status == STATUS_TOO_LARGE);
            assert_int_equal(memory.used, 0);
            n_refused += status != STATUS_OK;
        }
        assert_true(n_refused > 0 || metrics[i]->state_size <= sizeof(struct presence) || metrics[i] == &metric_moments ||
                    metrics[i] == &metric_shape || metrics[i] == &metric_comoments);
    }
    feed_done(&reference_feed, reference);
    arena_done(&arena);
}

static void saved_in_shape(struct feed *feed, enum shape shape, struct buffer *out)
{
    struct error err = ERROR_NONE;
    void *state;

    feed->shape = shape;
    state = feed_run(feed);
    assert_true(metric_save(feed->metric, state, out, &err));
    feed_done(feed, state);
}

/* Every row gets the value of the first valid one. */
static void fill_nulls(struct test_column *c)
{
    size_t width = lane_width(type_lane(c->type));
    int64_t first = 0;

    while (!bit_get(c->valid, first))
        first++;
    for (int64_t i = 0; i < c->n; i++)
        if (!bit_get(c->valid, i))
            memcpy((uint8_t *)c->values + (size_t)i * width, (uint8_t *)c->values + (size_t)first * width, width);
    c->valid = NULL;
}

static void constant_chunks_give_the_state_of_flat_ones(void **test)
{
    static const struct quantiles_params quantiles = {.n = 1, .at = {0.5}, .method = 7};
    static const struct histogram_params histogram = {.n_bins = 5, .low = -1e6, .high = 1e6};
    static const struct type types[] = {
        {.kind = TYPE_DOUBLE}, {.kind = TYPE_INT64}, {.kind = TYPE_UINT16}, {.kind = TYPE_BOOL}, {.kind = TYPE_STRING},
        {.kind = TYPE_DECIMAL, .precision = 30, .scale = 4},
    };
    static uint64_t unexpected[BITMAP_WORDS(1500)];

    (void)test;
    for (size_t w = 0; w < BITMAP_WORDS(1500) - 1; w++)
        unexpected[w] = test_random();
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        for (int i = 0; metrics[i]; i++) {
            struct arena arena = {0};
            bool of_quantiles = metrics[i] == &metric_quantiles || metrics[i] == &metric_sketch;
            bool is_text = t >= 4 && (of_quantiles || metrics[i] == &metric_shape ||
                                      metrics[i] == &metric_comoments); /* which these do not take, nor wide decimals */
            bool is_bool = t == 3 && metrics[i] == &metric_sketch;
            struct test_column *c = column_random(&arena, types[is_text || is_bool ? 0 : t], 1500, 1, false);
            struct buffer flat = {0}, constant = {0};
            struct feed feed;

            if (metrics[i] == &metric_ordered || metrics[i] == &metric_ks) { /* test_ks.c */
                arena_done(&arena);
                continue;
            }
            if ((i + (int)t) % 2)
                fill_nulls(c);
            feed_init(&feed, metrics[i], c);
            feed.unexpected = unexpected;
            if (metrics[i] == &metric_comoments)
                feed.columns[feed.n_columns++] = c;
            feed.chunk = 400;
            feed.setup.params = of_quantiles ? (const void *)&quantiles : (const void *)&histogram;
            saved_in_shape(&feed, SHAPE_FLAT, &flat);
            saved_in_shape(&feed, SHAPE_CONSTANT, &constant);
            if (flat.size != constant.size || memcmp(flat.at, constant.at, flat.size) != 0)
                fail_msg("%s of type %zu", metrics[i]->name, t);
            buffer_done(&flat);
            buffer_done(&constant);
            arena_done(&arena);
        }
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
        cmocka_unit_test(running_out_of_memory_anywhere_leaks_nothing),
        cmocka_unit_test(constant_chunks_give_the_state_of_flat_ones),
        cmocka_unit_test(done_accepts_a_zeroed_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
