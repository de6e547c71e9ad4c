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

/* --- another look, at few rows --- */

/* 500,000 different values, but for groups of rows that are far apart. */
static struct test_column *nearly_unique(struct arena *arena, int64_t n_groups, int64_t *repeated)
{
    struct test_column *c = shuffled(arena, (struct type){.kind = TYPE_INT64}, 500000, -7, 1000003, 0);
    int64_t *x = c->values;

    memset(repeated, 0, (size_t)c->n * sizeof *repeated);
    for (int64_t g = 0; g < n_groups; g++) {
        int64_t first = 90000 + g * 31, again = g % 3 ? 420000 + g : first + 1;

        x[again] = x[first];
        repeated[first] = repeated[again] = 1;
    }
    return c;
}

static void samples_are_the_first(const struct feed *feed, const int64_t *repeated)
{
    struct arena arena = {0};
    const struct sample *samples;
    int64_t row = -1, n_members = 0;
    void *state = feed_run(feed);
    int32_t n;

    assert_true(uniqueness_samples(state, &arena, &samples, &n));
    for (int64_t i = 0; i < feed->columns[0]->n; i++)
        n_members += repeated[i];
    assert_int_equal(n, n_members < feed->setup.samples ? n_members : feed->setup.samples);
    assert_int_equal(uniqueness_counts(state).n_unexpected, n_members);
    for (int32_t i = 0; i < n; i++) {
        for (row++; !repeated[row]; row++)
            ;
        assert_int_equal(samples[i].row, row);
    }
    feed_done(feed, state);
    arena_done(&arena);
}

static void rows_that_hold_no_repeated_value_are_not_looked_at_again(void **test)
{
    static const int64_t groups[] = {1, 2, 40};
    struct arena arena = {0};
    int64_t *repeated = arena_array(&arena, 500000, sizeof *repeated);

    (void)test;
    for (int trial = 0; trial < 12; trial++) {
        struct test_column *c = nearly_unique(&arena, groups[trial % 3], repeated);
        int64_t n_skipped = 0;
        struct feed feed;

        for (int64_t i = 5; i < c->n && trial % 2; i += 1001)
            if (!repeated[i])
                column_set_null(&arena, c, i);
        feed_init(&feed, &metric_uniqueness, c);
        feed.n_skipped = &n_skipped;
        feed.setup.samples = trial % 5 ? 100 : 3;
        feed.setup.threads = 1 + trial % 3;
        feed.parts = 1 + trial % 4;
        feed.order = trial % 4;
        feed.chunk = trial % 7 ? 8192 : 5000;
        samples_are_the_first(&feed, repeated);
        assert_true(n_skipped > 20);
    }
    arena_done(&arena);
}

/* Two chunks of every other value each, the second of each pair by itself. */
static void units_by_themselves_tell_as_well(void **test)
{
    struct arena arena = {0};
    struct test_column *c = column_new(&arena, (struct type){.kind = TYPE_INT64}, 512000);
    int64_t *repeated = arena_array(&arena, (size_t)c->n, sizeof *repeated), *x = c->values, n_skipped = 0;
    struct feed feed;

    (void)test;
    for (int64_t i = 0; i < c->n; i++)
        x[i] = i / 8000 * 8000 + i % 8000 * 7919 % 8000;
    x[9001] = x[15000], repeated[9001] = repeated[15000] = 1;     /* in a chunk by itself */
    x[400001] = x[17], repeated[400001] = repeated[17] = 1;       /* in chunks that are not */
    feed_init(&feed, &metric_uniqueness, c);
    feed.n_skipped = &n_skipped;
    feed.setup.samples = 100;
    feed.chunk = 8000;
    for (feed.parts = 1; feed.parts <= 3; feed.parts++) {
        feed.apart = true;
        samples_are_the_first(&feed, repeated);
    }
    assert_true(n_skipped > 90);
    arena_done(&arena);
}

/* A value that goes elsewhere, or memory that is short, and nobody knows where rows are any more: then all are looked at. */
static void what_is_not_known_is_looked_at(void **test)
{
    struct arena arena = {0};
    int64_t *repeated = arena_array(&arena, 500000, sizeof *repeated);
    struct memory memory;

    (void)test;
    for (int kind = 0; kind < 4; kind++) {
        struct test_column *c = nearly_unique(&arena, 2, repeated);
        int64_t n_skipped = 0;
        struct feed feed;

        if (kind == 0)
            ((int64_t *)c->values)[300000] = INT64_MAX;
        if (kind == 1)
            column_set_malformed(&arena, c, 300000, "n/a");
        feed_init(&feed, &metric_uniqueness, c);
        feed.n_skipped = &n_skipped;
        feed.setup.samples = 100;
        feed.parts = 2;
        feed.through_save = kind == 2;
        memory_init(&memory, 12 << 20);
        if (kind == 3)
            feed.setup.memory = &memory;
        samples_are_the_first(&feed, repeated);
        assert_int_equal(n_skipped, 0);
    }
    arena_done(&arena);
}

static void row_blocks_forget_nothing(void **test)
{
    struct row_blocks s = {0};

    (void)test;
    assert_false(row_blocks_touch(&s, 3, 0, INT64_MAX / 4));
    row_blocks_add(&s, row_block_of(3, 70000)); /* rows 65536 to 131071 and what the last of their chunks goes on to */
    assert_int_equal(row_blocks_count(&s), 1);
    assert_true(row_blocks_touch(&s, 3, 70000, 1));
    assert_true(row_blocks_touch(&s, 3, 0, 65537));
    assert_false(row_blocks_touch(&s, 3, 0, 65536));
    assert_true(row_blocks_touch(&s, 3, 131072 + CHUNK_MAX_ROWS - 2, 1));
    assert_false(row_blocks_touch(&s, 3, 131072 + CHUNK_MAX_ROWS - 1, 1));
    assert_false(row_blocks_touch(&s, 4, 70000, 1));
    assert_false(row_blocks_touch(&s, 3, 70000, 0));
    assert_true(row_blocks_touch(&s, 4, 0, (int64_t)ROW_BLOCK_ROWS * ROW_BLOCK_NUMBERS)); /* numbers are used again */
    assert_true(row_blocks_touch(&s, 0, 0, INT64_MAX / 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shuffled_numbers_are_counted_as_they_are),
        cmocka_unit_test(states_with_bits_merge_in_any_split),
        cmocka_unit_test(a_column_may_change_its_mind),
        cmocka_unit_test(bits_take_no_more_than_they_are_worth),
        cmocka_unit_test(rows_that_hold_no_repeated_value_are_not_looked_at_again),
        cmocka_unit_test(units_by_themselves_tell_as_well),
        cmocka_unit_test(what_is_not_known_is_looked_at),
        cmocka_unit_test(row_blocks_forget_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
