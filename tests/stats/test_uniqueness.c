/* tests/stats/test_uniqueness.c */
#include "core/spill.h"
#include "tests/stats/fixture.h"

static void counts_are(const void *state, int64_t considered, int64_t unexpected, int64_t groups, int64_t surplus)
{
    struct uniqueness_counts n = uniqueness_counts(state);

    assert_int_equal(n.n_considered, considered);
    assert_int_equal(n.n_unexpected, unexpected);
    assert_int_equal(n.n_groups, groups);
    assert_int_equal(n.n_surplus, surplus);
}

static void rows_are(const void *state, struct arena *arena, const int64_t *rows, int32_t n_rows)
{
    const struct sample *s;
    int32_t n;

    assert_true(uniqueness_samples(state, arena, &s, &n));
    assert_int_equal(n, n_rows);
    for (int32_t i = 0; i < n; i++)
        assert_int_equal(s[i].row, rows[i]);
}

/* The example of semantics.md. */
static void every_member_of_a_duplicated_group_is_unexpected(void **test)
{
    static const char *const x[] = {"a", "a", "b", "b", "b", NULL};
    struct arena arena = {0};
    struct feed feed;
    const struct top_value *top;
    bool is_known;
    int32_t n;
    void *u;

    (void)test;
    feed_init(&feed, &metric_uniqueness, column_of_texts(&arena, x, 6));
    u = feed_run(&feed);
    counts_are(u, 5, 5, 2, 3);
    assert_int_equal(uniqueness_counts(u).n_missing, 1);
    assert_int_equal(uniqueness_counts(u).n_rows, 6);
    rows_are(u, &arena, (int64_t[]){0, 1, 2, 3, 4}, 5);
    assert_true(uniqueness_top(u, &arena, &top, &n, &is_known));
    assert_true(is_known && n == 2);
    assert_true(span_is(top[0].value.bytes, "b") && top[0].count == 3);
    assert_true(span_is(top[1].value.bytes, "a") && top[1].count == 2);
    feed_done(&feed, u);
    arena_done(&arena);
}

static void unique_columns_need_one_round(void **test)
{
    static const struct type types[] = {{.kind = TYPE_INT64}, {.kind = TYPE_STRING}};

    (void)test;
    for (int t = 0; t < 2; t++) {
        struct arena arena = {0};
        struct test_column *c = column_new(&arena, types[t], 5000);
        struct feed feed;
        void *u;

        for (int64_t i = 0; i < 5000; i++) {
            if (t == 0)
                ((int64_t *)c->values)[i] = i * i * i - 1000;
            else
                ((struct span *)c->values)[i] = span_text(arena_format(&arena, "%llx", (unsigned long long)(i * 7919)));
        }
        feed_init(&feed, &metric_uniqueness, c);
        feed.parts = 3;
        feed.chunk = 100;
        u = feed_run(&feed);
        counts_are(u, 5000, 0, 0, 0);
        rows_are(u, &arena, NULL, 0);
        feed_done(&feed, u);
        arena_done(&arena);
    }
}

static void numbers_give_their_values_back(void **test)
{
    static const double x[] = {2.5, -0.0, NAN, 7.75, 0.0, NAN, 2.5, 1e300, 2.5};
    struct arena arena = {0};
    struct feed feed;
    const struct top_value *top;
    bool is_known;
    int32_t n;
    void *u;

    (void)test;
    feed_init(&feed, &metric_uniqueness, column_of_doubles(&arena, x, 9));
    u = feed_run(&feed);
    counts_are(u, 9, 7, 3, 4);
    assert_int_equal(uniqueness_counts(u).n_nan, 2);
    rows_are(u, &arena, (int64_t[]){0, 1, 2, 4, 5}, 5);
    assert_true(uniqueness_top(u, &arena, &top, &n, &is_known) && n == 3);
    assert_true(top[0].value.f64 == 2.5 && top[0].count == 3);
    assert_true(top[1].value.f64 == 0 && top[1].count == 2);
    assert_true(isnan(top[2].value.f64) && top[2].count == 2);
    feed_done(&feed, u);
    feed.setup.nan_is_null = true;
    u = feed_run(&feed);
    counts_are(u, 7, 5, 2, 3);
    assert_int_equal(uniqueness_counts(u).n_nan, 2);
    feed_done(&feed, u);
    arena_done(&arena);
}

static void malformed_cells_are_keys_by_their_text(void **test)
{
    static const int64_t x[] = {0, 0, 0, 0, 17};
    struct arena arena = {0};
    struct test_column *c = column_of_ints(&arena, x, 5);
    struct feed feed;
    const struct top_value *top;
    bool is_known;
    int32_t n;
    void *u;

    (void)test;
    column_set_malformed(&arena, c, 0, "0"); /* differs from the value 0 */
    column_set_malformed(&arena, c, 1, "zero");
    column_set_malformed(&arena, c, 3, "zero");
    feed_init(&feed, &metric_uniqueness, c);
    u = feed_run(&feed);
    counts_are(u, 5, 2, 1, 1);
    rows_are(u, &arena, (int64_t[]){1, 3}, 2);
    assert_true(uniqueness_top(u, &arena, &top, &n, &is_known) && n == 1);
    assert_true(span_is(top[0].value.bytes, "zero"));
    feed_done(&feed, u);
    arena_done(&arena);
}

static void tuples_treat_nulls_as_equal_but_not_rows_of_nulls(void **test)
{
    static const char *const a[] = {"x", "x", NULL, NULL, NULL, NULL, "y", "ab", "a"};
    static const char *const b[] = {"1", NULL, "1", "1", NULL, NULL, NULL, "c", "bc"};
    struct arena arena = {0};
    struct feed feed;
    const struct sample *s;
    const struct top_value *top;
    bool is_known;
    int32_t n;
    void *u;

    (void)test;
    feed_init(&feed, &metric_uniqueness, column_of_texts(&arena, a, 9));
    feed.columns[1] = column_of_texts(&arena, b, 9);
    feed.n_columns = 2;
    u = feed_run(&feed);
    counts_are(u, 7, 2, 1, 1);
    assert_int_equal(uniqueness_counts(u).n_missing, 2);
    assert_true(uniqueness_samples(u, &arena, &s, &n) && n == 2);
    assert_int_equal(s[0].row, 2);
    assert_int_equal(s[0].n_values, 2);
    assert_int_equal(s[0].values[0].kind, VALUE_NULL);
    assert_true(span_is(s[0].values[1].bytes, "1"));
    assert_true(uniqueness_top(u, &arena, &top, &n, &is_known));
    assert_false(is_known);
    feed_done(&feed, u);
    arena_done(&arena);
}

static void *state_in_round(const struct metric_setup *setup, const void *merged, const struct metric_input *in)
{
    struct error err = ERROR_NONE;
    void *u = mem_alloc(NULL, metric_uniqueness.state_size);

    assert_int_equal(merged ? metric_uniqueness.fork(u, merged, setup, &err) : metric_uniqueness.init(u, setup, &err), STATUS_OK);
    assert_int_equal(metric_uniqueness.add(u, in, &err), STATUS_OK);
    return u;
}

static bool another_round(const struct metric_setup *setup, void *merged, const struct metric_input *in)
{
    struct error err = ERROR_NONE;
    void *part = state_in_round(setup, merged, in);
    bool wanted;

    assert_int_equal(metric_uniqueness.merge(merged, part, &err), STATUS_OK);
    metric_uniqueness.done(part);
    mem_free(NULL, part);
    assert_int_equal(metric_uniqueness.next_round(merged, &wanted, &err), STATUS_OK);
    return wanted;
}

/* Two keys of one fingerprint cannot be made; a first round that saw "x" twice makes the same false candidate. */
static void a_false_candidate_is_found_out(void **test)
{
    struct span first[] = {span_text("x"), span_text("b"), span_text("x"), span_text("b")};
    struct span later[] = {span_text("x"), span_text("b"), span_text("y"), span_text("b")};
    struct vector v = {.type = {.kind = TYPE_STRING}, .lane = LANE_BYTES, .shape = SHAPE_FLAT, .n_rows = 4, .bytes = first};
    const struct vector *columns[] = {&v};
    struct metric_input in = {.n_rows = 4, .columns = columns, .n_columns = 1, .n_selected = 4};
    struct metric_setup setup = {.n_columns = 1, .types = {{.kind = TYPE_STRING}}, .samples = 2};
    struct error err = ERROR_NONE;
    struct arena arena = {0};
    bool wanted;
    uint64_t marks;
    void *u = state_in_round(&setup, NULL, &in);

    (void)test;
    assert_int_equal(metric_uniqueness.next_round(u, &wanted, &err), STATUS_OK);
    assert_true(wanted);
    v.bytes = later;
    assert_true(another_round(&setup, u, &in)); /* the first sample was x, which is single */
    assert_false(another_round(&setup, u, &in));
    counts_are(u, 4, 2, 1, 1);
    rows_are(u, &arena, (int64_t[]){1, 3}, 2);
    assert_int_equal(uniqueness_mark(u, &in, &marks, &err), STATUS_OK);
    assert_int_equal(marks, 10);
    metric_uniqueness.done(u);
    mem_free(NULL, u);
    arena_done(&arena);
}

static struct metric_input whole(const struct test_column *c, struct vector *v, const struct vector **columns)
{
    *v = (struct vector){.type = c->type, .lane = type_lane(c->type), .shape = SHAPE_FLAT, .n_rows = c->n, .valid = c->valid,
                         .malformed = c->malformed, .raw = c->raw, .values = c->values};
    columns[0] = v;
    return (struct metric_input){.n_rows = c->n, .columns = columns, .n_columns = 1, .n_selected = c->n};
}

static int64_t count_equal(const struct test_column *c, int64_t row)
{
    struct vector v;
    const struct vector *columns[1];
    int64_t n = 0;

    whole(c, &v, columns);
    for (int64_t i = 0; i < c->n; i++) {
        struct value a = vector_value(&v, row), b = vector_value(&v, i);
        bool raw_a = c->malformed && bit_get(c->malformed, row), raw_b = c->malformed && bit_get(c->malformed, i);
        int order;

        n += raw_a == raw_b && ((value_compare(&a, &b, &order) && order == 0) ||
                                (a.kind == VALUE_DOUBLE && b.kind == VALUE_DOUBLE && isnan(a.f64) && isnan(b.f64)));
    }
    return n;
}

/* Against a comparison of each row with each. */
static void figures_samples_and_marks_agree_with_a_plain_count(void **test)
{
    static const struct type types[] = {
        {.kind = TYPE_INT64}, {.kind = TYPE_DOUBLE}, {.kind = TYPE_STRING}, {.kind = TYPE_DECIMAL, .precision = 30, .scale = 2},
    };

    (void)test;
    for (size_t t = 0; t < 4; t++) {
        for (int64_t n_distinct = 5; n_distinct < 5000; n_distinct *= 9) {
            struct arena arena = {0};
            struct test_column *c = column_random(&arena, types[t], 900, n_distinct, t < 2);
            struct error err = ERROR_NONE;
            struct feed feed;
            struct vector v;
            const struct vector *columns[1];
            struct metric_input in = whole(c, &v, columns);
            const struct sample *s;
            uint64_t marks[BITMAP_WORDS(900)];
            int64_t n_unexpected = 0;
            int32_t n;
            void *u;

            feed_init(&feed, &metric_uniqueness, c);
            feed.parts = 3;
            feed.chunk = 50;
            u = feed_run(&feed);
            assert_true(uniqueness_samples(u, &arena, &s, &n));
            assert_int_equal(uniqueness_mark(u, &in, marks, &err), STATUS_OK);
            for (int64_t i = 0; i < c->n; i++) {
                bool is_unexpected = vector_is_valid(&v, i) && count_equal(c, i) > 1;

                assert_int_equal(bit_get(marks, i), is_unexpected);
                if (is_unexpected && n_unexpected < n)
                    assert_int_equal(s[n_unexpected].row, i);
                n_unexpected += is_unexpected;
            }
            assert_int_equal(uniqueness_counts(u).n_unexpected, n_unexpected);
            feed_done(&feed, u);
            arena_done(&arena);
        }
    }
}

static void merging_in_any_split_gives_the_same_groups(void **test)
{
    static const struct type types[] = {
        {.kind = TYPE_INT64}, {.kind = TYPE_DOUBLE}, {.kind = TYPE_STRING}, {.kind = TYPE_BOOL},
        {.kind = TYPE_DECIMAL, .precision = 30, .scale = 4}, {.kind = TYPE_TIMESTAMP, .unit = UNIT_MICRO},
    };

    (void)test;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct arena arena = {0};
        struct feed feed;

        feed_init(&feed, &metric_uniqueness, column_random(&arena, types[i], 5001, i % 2 ? 60 : 20000, i < 2));
        check_merge_law(&feed);
        feed.columns[1] = column_random(&arena, types[2], 5001, 40, false);
        feed.columns[2] = column_random(&arena, types[1], 5001, 3, true);
        feed.n_columns = 3;
        check_merge_law(&feed);
        arena_done(&arena);
    }
}

static void same_answers(const struct feed *feed, const void *a, const void *b)
{
    struct uniqueness_counts x = uniqueness_counts(a), y = uniqueness_counts(b);
    const struct sample *s, *t;
    const struct top_value *v, *w;
    struct arena arena = {0};
    bool v_is_known, w_is_known;
    int32_t n, m;

    assert_memory_equal(&x, &y, sizeof x);
    assert_true(uniqueness_samples(a, &arena, &s, &n) && uniqueness_samples(b, &arena, &t, &m));
    assert_int_equal(n, m);
    for (int32_t i = 0; i < n; i++)
        assert_int_equal(s[i].row, t[i].row);
    assert_true(uniqueness_top(a, &arena, &v, &n, &v_is_known) && uniqueness_top(b, &arena, &w, &m, &w_is_known));
    assert_int_equal(v_is_known, w_is_known);
    assert_int_equal(n, m);
    for (int32_t i = 0; i < n; i++)
        assert_int_equal(v[i].count, w[i].count);
    assert_int_equal(feed->n_columns, 1);
    arena_done(&arena);
}

/* In windows, with counts and fingerprints in the spill: what all the memory one could want gives. */
static void little_memory_gives_the_same_answers(void **test)
{
    static const struct type types[] = {{.kind = TYPE_INT64}, {.kind = TYPE_STRING}, {.kind = TYPE_UINT64}};

    (void)test;
    for (int trial = 0; trial < 12; trial++) {
        static const int64_t distinct[] = {1 << 30, 100000, 6000, 3000};
        struct arena arena = {0};
        struct test_column *c = column_random(&arena, types[trial % 3], 400000, distinct[trial / 3], trial % 2);
        struct memory memory;
        struct spill spill;
        struct feed feed;
        void *plenty, *little;

        memory_init(&memory, 7 << 19);
        spill_init(&spill, NULL);
        memory.spill = &spill;
        feed_init(&feed, &metric_uniqueness, c);
        feed.parts = 3;
        plenty = feed_run(&feed);
        feed.setup.memory = &memory;
        feed.setup.threads = 2;
        little = feed_run(&feed);
        same_answers(&feed, plenty, little);
        if (trial / 3 < 2)
            assert_true(spill.end > 0);
        feed_done(&feed, plenty);
        feed_done(&feed, little);
        assert_int_equal(memory.used, 0);
        spill_done(&spill);
        arena_done(&arena);
    }
}

/* Chunks of 500 rows of which no two share a value, each with repeated ones, nulls and, as a number, 0. */
static const struct test_column *column_of_separate_chunks(struct arena *arena, struct type type)
{
    struct test_column *c = column_new(arena, type, 5000);

    for (int64_t i = 0; i < c->n; i++) {
        int64_t x = i / 500 * 1000 + (int64_t)(test_random() % 800);

        if (test_random() % 20 == 0)
            column_set_null(arena, c, i);
        else if (type.kind == TYPE_STRING)
            ((struct span *)c->values)[i] = span_text(arena_format(arena, "%06lld", (long long)x));
        else if (type.kind == TYPE_DECIMAL)
            ((int128 *)c->values)[i] = (int128)x << 70;
        else
            ((int64_t *)c->values)[i] = x * (type.kind == TYPE_TIMESTAMP ? 1000003 : 1);
    }
    return c;
}

static void values_that_are_nowhere_else_are_settled_by_themselves(void **test)
{
    static const struct type types[] = {{.kind = TYPE_INT64}, {.kind = TYPE_STRING}, {.kind = TYPE_TIMESTAMP, .unit = UNIT_MICRO},
                                        {.kind = TYPE_DECIMAL, .precision = 38}};

    (void)test;
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        struct arena arena = {0};
        struct feed feed;
        const struct top_value *whole_top, *top;
        const struct sample *whole_rows, *rows;
        int32_t n_whole, n;
        bool is_known;
        void *whole, *u;

        feed_init(&feed, &metric_uniqueness, column_of_separate_chunks(&arena, types[t]));
        feed.chunk = 500;
        feed.parts = 3;
        whole = feed_run(&feed);
        assert_true(uniqueness_counts(whole).n_groups > 500);
        feed.apart = true;
        u = feed_run(&feed);
        counts_are(u, uniqueness_counts(whole).n_considered, uniqueness_counts(whole).n_unexpected, uniqueness_counts(whole).n_groups,
                   uniqueness_counts(whole).n_surplus);
        assert_int_equal(uniqueness_counts(u).n_missing, uniqueness_counts(whole).n_missing);
        assert_true(uniqueness_samples(whole, &arena, &whole_rows, &n_whole) && uniqueness_samples(u, &arena, &rows, &n));
        assert_int_equal(n, n_whole);
        for (int32_t i = 0; i < n; i++)
            assert_int_equal(rows[i].row, whole_rows[i].row);
        assert_true(uniqueness_top(whole, &arena, &whole_top, &n_whole, &is_known) && uniqueness_top(u, &arena, &top, &n, &is_known));
        assert_true(is_known && n == n_whole && n == TOP_VALUES_SHOWN);
        for (int32_t i = 0; i < n; i++)
            assert_int_equal(top[i].count, whole_top[i].count);
        feed_done(&feed, whole);
        feed_done(&feed, u);
        arena_done(&arena);
    }
}

/* 100 million equal values took 12 seconds, each row looked up by itself. Chunks of one value between chunks of many, the value also among
 * those; some rows not selected. */
static void a_run_of_one_value_is_what_its_rows_are(void **test)
{
    static const struct type types[] = {{.kind = TYPE_INT64}, {.kind = TYPE_STRING}, {.kind = TYPE_DOUBLE}};

    (void)test;
    for (int t = 0; t < 6; t++) {
        struct arena arena = {0};
        struct test_column *c = column_new(&arena, types[t % 3], 5000);
        uint64_t *rows = arena_array(&arena, BITMAP_WORDS(5000), sizeof *rows);
        struct uniqueness_counts flat, runs;
        const struct sample *flat_rows, *run_rows;
        struct feed feed;
        int32_t n_flat, n_runs;
        void *a, *b;

        for (int64_t i = 0; i < c->n; i++) {
            int64_t x = i / 100 % 3 == 1 ? i / 100 % 2 : i < 400 ? i * 7 : (int64_t)(test_random() % 100000);

            if (t % 3 == 0)
                ((int64_t *)c->values)[i] = x;
            else if (t % 3 == 1)
                ((struct span *)c->values)[i] = span_text(arena_format(&arena, "%lld", (long long)x));
            else
                ((double *)c->values)[i] = x == 1 ? NAN : (double)x;
            if (i % 7)
                rows[i >> 6] |= (uint64_t)1 << (i & 63);
        }
        feed_init(&feed, &metric_uniqueness, c);
        feed.chunk = 100;
        feed.parts = 3;
        feed.setup.nan_is_null = t >= 3;
        feed.rows = rows;
        a = feed_run(&feed);
        feed.shape = SHAPE_CONSTANT;
        b = feed_run(&feed);
        flat = uniqueness_counts(a);
        runs = uniqueness_counts(b);
        assert_true(flat.n_unexpected > (t == 5 ? 600 : 1300));
        assert_memory_equal(&runs, &flat, sizeof flat);
        assert_true(uniqueness_samples(a, &arena, &flat_rows, &n_flat) && uniqueness_samples(b, &arena, &run_rows, &n_runs));
        assert_int_equal(n_runs, n_flat);
        for (int32_t i = 0; i < n_flat; i++)
            assert_int_equal(run_rows[i].row, flat_rows[i].row);
        feed_done(&feed, a);
        feed_done(&feed, b);
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
    feed_init(&feed, &metric_uniqueness, column_random(&arena, (struct type){.kind = TYPE_STRING}, 200000, 1 << 30, false));
    feed.setup.memory = &memory;
    assert_int_equal(feed_try(&feed, &err), STATUS_TOO_LARGE);
    assert_non_null(strstr(err.text, "--memory"));
    assert_non_null(strstr(err.text, "distinct values"));
    assert_int_equal(memory.used, 0);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_of_a_duplicated_group_is_unexpected),
        cmocka_unit_test(unique_columns_need_one_round),
        cmocka_unit_test(numbers_give_their_values_back),
        cmocka_unit_test(malformed_cells_are_keys_by_their_text),
        cmocka_unit_test(tuples_treat_nulls_as_equal_but_not_rows_of_nulls),
        cmocka_unit_test(a_false_candidate_is_found_out),
        cmocka_unit_test(figures_samples_and_marks_agree_with_a_plain_count),
        cmocka_unit_test(merging_in_any_split_gives_the_same_groups),
        cmocka_unit_test(little_memory_gives_the_same_answers),
        cmocka_unit_test(values_that_are_nowhere_else_are_settled_by_themselves),
        cmocka_unit_test(a_run_of_one_value_is_what_its_rows_are),
        cmocka_unit_test(the_memory_limit_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
