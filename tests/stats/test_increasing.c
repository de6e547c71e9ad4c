/* Columns in order, nearly in order and in the worst orders: uniqueness and distinct against a sorted copy. */
#include "stats/increasing.h"
#include "core/spill.h"
#include "tests/stats/fixture.h"

enum { N = 1200 };

/* Value of row i; the names say what is hard about it. */
static int64_t consecutive(int64_t i) { return i - 600; }
static int64_t with_gaps(int64_t i) { return i * i - 5000; }
static int64_t descending(int64_t i) { return -i; }
static int64_t equal_neighbours(int64_t i) { return i - (i == 777); }
static int64_t equal_across_chunks(int64_t i) { return i - (i >= 600); }
static int64_t all_equal(int64_t i) { return i * 0 + 4; }
static int64_t saw(int64_t i) { return i % 50; }
static int64_t blocks_turned_round(int64_t i) { return (N / 50 - i / 50) * 1000 + i % 50; }
static int64_t blocks_that_touch(int64_t i) { return (N / 50 - i / 50) * 49 + i % 50; }
static int64_t interleaved(int64_t i) { return i / 50 % 2 ? i * 2 + 1 : i * 2; }
static int64_t one_block_within_another(int64_t i) { return i / 50 == 3 ? 100000 + i : i / 50 == 4 ? 100000 + (i - 175) * 500 : i; }
static int64_t over_the_whole_range(int64_t i) { return i == 0 ? INT64_MIN : i == N - 1 ? INT64_MAX : i * 1000003; }
static int64_t one_fall_at_the_end(int64_t i) { return i == N - 1 ? 5 : i; }
static int64_t shuffled(int64_t i) { return i * 7919 % 1201; }

static const struct { const char *name; int64_t (*value)(int64_t i); } orders[] = {
    {"consecutive", consecutive}, {"with_gaps", with_gaps}, {"descending", descending}, {"equal_neighbours", equal_neighbours},
    {"equal_across_chunks", equal_across_chunks}, {"all_equal", all_equal}, {"saw", saw}, {"blocks_turned_round", blocks_turned_round},
    {"blocks_that_touch", blocks_that_touch}, {"interleaved", interleaved}, {"one_block_within_another", one_block_within_another},
    {"over_the_whole_range", over_the_whole_range}, {"one_fall_at_the_end", one_fall_at_the_end}, {"shuffled", shuffled},
};
enum { N_ORDERS = sizeof orders / sizeof *orders };

enum { NULLS = 1, WHERE = 2, UNSIGNED = 4, DOUBLES = 8, KINDS = 16 };

/* Nulls and rows that `where` leaves out stand between increasing values. Doubles are no integers, and have a NaN and a -0.0. */
static struct test_column *column_in_order(struct arena *arena, int order, int kind, uint64_t *rows)
{
    struct test_column *c = column_new(arena, (struct type){.kind = kind & DOUBLES ? TYPE_DOUBLE : kind & UNSIGNED ? TYPE_UINT64 : TYPE_INT64}, N);

    bitmap_fill(rows, N);
    for (int64_t i = 0; i < N; i++) {
        int64_t x = orders[order].value(i);
        double d = x == 0 ? -0.0 : i == 500 ? NAN : (double)x;

        memcpy((uint8_t *)c->values + i * 8, kind & DOUBLES ? (const void *)&d : (const void *)&x, 8);
        if (kind & NULLS && i % 7 == 3)
            column_set_null(arena, c, i);
        if (kind & WHERE && i % 3 == 1)
            rows[i >> 6] &= ~((uint64_t)1 << (i & 63));
    }
    return c;
}

static int compare_values(const void *a, const void *b)
{
    return memcmp(a, b, 8);
}

struct expected { int64_t n, distinct, groups, unexpected; };

/* The selected values, sorted. */
static struct expected plain_count(const struct test_column *c, const uint64_t *rows)
{
    uint64_t x[N];
    struct expected e = {0};

    for (int64_t i = 0; i < N; i++) {
        double d;

        if (!bit_get(rows, i) || (c->valid && !bit_get(c->valid, i)))
            continue;
        memcpy(&x[e.n], (uint8_t *)c->values + i * 8, 8);
        memcpy(&d, &x[e.n], 8);
        x[e.n] = c->type.kind == TYPE_DOUBLE && d == 0 ? 0 : x[e.n];
        e.n++;
    }
    qsort(x, (size_t)e.n, sizeof *x, compare_values);
    for (int64_t i = 0, end; i < e.n; i = end) {
        for (end = i + 1; end < e.n && x[end] == x[i];)
            end++;
        e.distinct++;
        e.groups += end - i > 1;
        e.unexpected += end - i > 1 ? end - i : 0;
    }
    return e;
}

static void must_count(struct feed *feed, const char *name, int kind, struct expected e)
{
    void *state;
    struct uniqueness_counts n;

    feed->metric = &metric_uniqueness;
    state = feed_run(feed);
    n = uniqueness_counts(state);
    if (n.n_considered != e.n || n.n_groups != e.groups || n.n_unexpected != e.unexpected || n.n_surplus != e.unexpected - e.groups)
        fail_msg("%s, kind %d, chunk %d, %d parts: %d of %d unexpected, not %d", name, kind, (int)feed->chunk, feed->parts,
                 (int)n.n_unexpected, (int)n.n_considered, (int)e.unexpected);
    feed_done(feed, state);
    feed->metric = &metric_distinct;
    state = feed_run(feed);
    if (distinct_count(state) != e.distinct)
        fail_msg("%s, kind %d: %d distinct, not %d", name, kind, (int)distinct_count(state), (int)e.distinct);
    feed_done(feed, state);
}

static void every_order_is_counted_as_a_sorted_copy_is(void **test)
{
    static const enum shape shapes[] = {SHAPE_FLAT, SHAPE_DICTIONARY, SHAPE_CONSTANT};
    static const int64_t chunks[] = {N, 600, 50, 1};

    (void)test;
    for (int trial = 0; trial < N_ORDERS * KINDS; trial++) {
        int order = trial / KINDS, kind = trial % KINDS;
        struct arena arena = {0};
        uint64_t rows[BITMAP_WORDS(N)];
        struct test_column *c = column_in_order(&arena, order, kind, rows);
        struct expected e = plain_count(c, rows);
        struct feed feed;

        feed_init(&feed, NULL, c);
        feed.rows = kind & WHERE ? rows : NULL;
        for (int i = 0; i < 12; i++) {
            feed.shape = shapes[i % 3];
            feed.chunk = chunks[i % 4];
            feed.parts = 1 + i % 5;
            feed.order = i % 4;
            feed.through_save = i % 5 == 4;
            must_count(&feed, orders[order].name, kind, e);
        }
        arena_done(&arena);
    }
}

static void merging_in_any_split_gives_the_same_state(void **test)
{
    (void)test;
    for (int order = 0; order < N_ORDERS; order++) {
        for (int kind = 0; kind <= (NULLS | WHERE); kind += NULLS | WHERE) {
            struct arena arena = {0};
            uint64_t rows[BITMAP_WORDS(N)];
            struct feed feed;

            feed_init(&feed, &metric_uniqueness, column_in_order(&arena, order, kind, rows));
            feed.rows = rows;
            check_merge_law(&feed);
            feed.metric = &metric_distinct;
            check_merge_law(&feed);
            arena_done(&arena);
        }
    }
}

static void malformed_cells_beside_increasing_values_are_keys(void **test)
{
    struct arena arena = {0};
    uint64_t rows[BITMAP_WORDS(N)];
    struct test_column *c = column_in_order(&arena, 0, 0, rows);
    struct feed feed;
    void *u;

    (void)test;
    column_set_malformed(&arena, c, 5, "five");
    column_set_malformed(&arena, c, 1100, "five");
    feed_init(&feed, &metric_uniqueness, c);
    feed.chunk = 100;
    u = feed_run(&feed);
    assert_int_equal(uniqueness_counts(u).n_unexpected, 2);
    assert_int_equal(uniqueness_counts(u).n_groups, 1);
    feed_done(&feed, u);
    arena_done(&arena);
}

static struct stretch only_stretch(const struct increasing *s)
{
    assert_int_equal(s->n, 1);
    return s->at[0];
}

/* Two million ids are one stretch and no values, with gaps a copy of them. */
static void consecutive_numbers_cost_nothing(void **test)
{
    struct error err = ERROR_NONE;
    struct metric_input in = {.n_rows = 4, .n_columns = 1, .n_selected = 4};
    uint64_t x[4];
    struct vector v = {.type = {.kind = TYPE_UINT64}, .lane = LANE_U64, .shape = SHAPE_FLAT, .n_rows = 4, .u64 = x};
    const struct vector *columns[] = {&v};
    struct increasing s;
    struct moments_counts counts;
    bool taken;

    (void)test;
    increasing_init(&s, NULL, 1, v.type);
    in.columns = columns;
    for (uint64_t i = UINT64_MAX - 7; i > 7; i += 4) { /* to the very end of the range */
        for (uint64_t k = 0; k < 4; k++)
            x[k] = i + k;
        must(increasing_offer(&s, &in, &counts, &taken, &err), &err);
        assert_true(taken && counts.n_values == 4);
    }
    assert_null(only_stretch(&s).values);
    assert_int_equal(only_stretch(&s).n, 8);
    for (uint64_t k = 0; k < 4; k++)
        x[k] = k; /* not what follows the end */
    must(increasing_offer(&s, &in, &counts, &taken, &err), &err);
    assert_true(taken);
    assert_int_equal(s.n, 2);
    x[3] = 2;
    must(increasing_offer(&s, &in, &counts, &taken, &err), &err);
    assert_false(taken);
    x[3] = 3;
    must(increasing_offer(&s, &in, &counts, &taken, &err), &err);
    assert_false(taken); /* never again */
    increasing_done(&s);
}

static void the_memory_limit_is_named(void **test)
{
    struct arena arena = {0};
    struct test_column *c = column_new(&arena, (struct type){.kind = TYPE_INT64}, 200000);
    struct memory memory;
    struct spill spill;
    struct error err = ERROR_NONE;
    struct feed feed;

    (void)test;
    for (int64_t i = 0; i < c->n; i++)
        ((int64_t *)c->values)[i] = i * 3;
    memory_init(&memory, 1 << 20);
    feed_init(&feed, &metric_uniqueness, c);
    feed.setup.memory = &memory;
    assert_int_equal(feed_try(&feed, &err), STATUS_TOO_LARGE);
    assert_non_null(strstr(err.text, "distinct values"));
    assert_int_equal(memory.used, 0);
    spill_init(&spill, NULL);
    memory.spill = &spill;
    must(feed_try(&feed, &err), &err); /* written down instead */
    assert_int_equal(memory.used, 0);
    spill_done(&spill);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_is_counted_as_a_sorted_copy_is),
        cmocka_unit_test(merging_in_any_split_gives_the_same_state),
        cmocka_unit_test(malformed_cells_beside_increasing_values_are_keys),
        cmocka_unit_test(consecutive_numbers_cost_nothing),
        cmocka_unit_test(the_memory_limit_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
