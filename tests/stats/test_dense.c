/* Integers of a narrow range as bits: the same figures as fingerprints give, whatever was kept where. */
#include "core/spill.h"
#include "stats/integers.h"
#include "stats/row_keys.h"
#include "tests/stats/fixture.h"

enum { RANGE = 300007 };

/* n values of `range` in no order, from `from` on; every `again`th repeats one before it, some of them several times. */
static struct test_column *shuffled(struct arena *arena, struct type type, int64_t n, int64_t from, int64_t range, int64_t again)
{
    struct test_column *c = column_new(arena, type, n);
    int64_t *x = c->values;

    for (int64_t i = 0; i < n; i++)
        x[i] = from + (again && i % again == again - 1 ? x[i / 3] - from : (i + 1) * 104729 % range);
    return c;
}

struct expected { int64_t distinct, groups, surplus; };

static int by_value(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static struct expected count_plainly(const struct test_column *c)
{
    int64_t *x = malloc((size_t)c->n * sizeof *x), n = 0;
    struct expected e = {0};

    assert_non_null(x);
    for (int64_t i = 0; i < c->n; i++)
        if (!c->valid || bit_get(c->valid, i))
            x[n++] = ((int64_t *)c->values)[i];
    qsort(x, (size_t)n, sizeof *x, by_value);
    for (int64_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && x[end] == x[i]; end++)
            ;
        e.distinct++;
        e.groups += end - i > 1;
        e.surplus += end - i - 1;
    }
    free(x);
    return e;
}

static void figures_are(struct feed *feed, const struct test_column *c)
{
    struct expected e = count_plainly(c);
    void *state;

    feed->metric = &metric_uniqueness;
    state = feed_run(feed);
    assert_int_equal(uniqueness_counts(state).n_groups, e.groups);
    assert_int_equal(uniqueness_counts(state).n_surplus, e.surplus);
    feed_done(feed, state);
    feed->metric = &metric_distinct;
    state = feed_run(feed);
    assert_int_equal(distinct_count(state), e.distinct);
    feed_done(feed, state);
}

static void shuffled_numbers_are_counted_as_they_are(void **test)
{
    static const struct type types[] = {{.kind = TYPE_INT64}, {.kind = TYPE_UINT64}, {.kind = TYPE_INT32}};

    (void)test;
    for (int trial = 0; trial < 36; trial++) {
        static const int64_t froms[] = {0, 5000000000000, -150000};
        struct arena arena = {0};
        int64_t from = froms[trial / 3 % 3], again = (int64_t[]){0, 100, 2, 7}[trial / 9];
        struct type type = types[from > 0 || from < 0 ? trial % 3 == 2 ? 0 : from < 0 ? 0 : trial % 3 : trial % 3];
        struct test_column *c = shuffled(&arena, type, 60000, from, RANGE, again);
        struct feed feed;

        for (int64_t i = 0; i < c->n && trial % 2; i += 17)
            column_set_null(&arena, c, i);
        feed_init(&feed, &metric_uniqueness, c);
        feed.parts = 1 + trial % 4;
        feed.chunk = trial % 5 ? 8192 : 777;
        feed.order = trial % 4;
        figures_are(&feed, c);
        arena_done(&arena);
    }
}

static void states_with_bits_merge_in_any_split(void **test)
{
    (void)test;
    for (int64_t again = 0; again < 4; again++) {
        struct arena arena = {0};
        struct feed feed;

        feed_init(&feed, &metric_uniqueness, shuffled(&arena, (struct type){.kind = TYPE_INT64}, 5001, -70000, 140009, again));
        check_merge_law(&feed);
        feed.metric = &metric_distinct;
        check_merge_law(&feed);
        arena_done(&arena);
    }
}

/* Sorted at first, then shuffled; shuffled, then far away; negative to positive over the middle of the range. */
static void a_column_may_change_its_mind(void **test)
{
    (void)test;
    for (int kind = 0; kind < 4; kind++) {
        struct arena arena = {0};
        struct test_column *c = shuffled(&arena, (struct type){.kind = TYPE_INT64}, 40000, -500, 60013, 9);
        int64_t *x = c->values;
        struct feed feed;

        for (int64_t i = 0; i < 20000 && kind == 0; i++)
            x[i] = i * 2;
        for (int64_t i = 30000; i < c->n && kind == 1; i++)
            x[i] = i % 11 ? x[i - 20000] : INT64_MAX - i;
        for (int64_t i = 0; i < c->n && kind == 2; i++)
            x[i] = x[i] * 104729 * 7; /* a range that is too wide for few rows, not for the directory */
        feed_init(&feed, &metric_uniqueness, c);
        feed.parts = 1 + kind % 3;
        feed.chunk = 5000;
        if (kind == 3)
            feed.shape = SHAPE_DICTIONARY;
        figures_are(&feed, c);
        arena_done(&arena);
    }
}

/* A range that is wide for its rows takes no more than what is given away, and what is tight gives the bits up. */
static void bits_take_no_more_than_they_are_worth(void **test)
{
    struct arena arena = {0};
    struct test_column *c = shuffled(&arena, (struct type){.kind = TYPE_INT64}, 50000, 0, 900000011, 5);
    struct memory memory;
    struct feed feed;

    (void)test;
    memory_init(&memory, (size_t)1 << 30);
    feed_init(&feed, &metric_uniqueness, c);
    feed.setup.memory = &memory;
    figures_are(&feed, c);
    assert_true(memory.peak < (size_t)7 << 20);
    assert_int_equal(memory.used, 0);
    memory_init(&memory, 3 << 20);
    figures_are(&feed, c);
    assert_int_equal(memory.used, 0);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shuffled_numbers_are_counted_as_they_are),
        cmocka_unit_test(states_with_bits_merge_in_any_split),
        cmocka_unit_test(a_column_may_change_its_mind),
        cmocka_unit_test(bits_take_no_more_than_they_are_worth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
