/* The set itself: what is kept once, what it counts, and that it stays small. */
#include "stats/fingerprints.h"
#include "tests/stats/fixture.h"

static void add(struct fingerprints *f, uint64_t low, uint64_t high)
{
    struct error err = ERROR_NONE;
    uint64_t one = 1;

    must(fingerprints_add(f, &low, &high, 1, &one, &err), &err);
}

static void settle(struct fingerprints *f)
{
    struct error err = ERROR_NONE;

    must(fingerprints_settle(f, &err), &err);
}

static void figures_are(struct fingerprints *f, int64_t distinct, int64_t groups, int64_t extra)
{
    int64_t n_groups, n_extra;

    settle(f);
    fingerprints_repeated(f, &n_groups, &n_extra);
    assert_int_equal(fingerprints_count(f), distinct);
    assert_int_equal(n_groups, groups);
    assert_int_equal(n_extra, extra);
    assert_int_equal(fingerprints_are_unique(f), groups == 0);
    assert_int_equal(fingerprints_are_empty(f), distinct == 0);
}

static uint64_t spread(uint64_t i)
{
    return (i + 1) * 0x9e3779b97f4a7c15; /* over all partitions */
}

/* Repeats long after, in one partition and in all, with settling between. */
static void repeats_are_found_wherever_they_stand(void **test)
{
    (void)test;
    for (int in_one = 0; in_one < 2; in_one++) {
        struct fingerprints f;
        uint64_t n = in_one ? 3000 : 100000;

        fingerprints_init(&f, NULL, 1, true);
        figures_are(&f, 0, 0, 0);
        for (int round = 1; round <= 3; round++) {
            for (uint64_t i = 0; i < n; i++)
                add(&f, in_one ? spread(i) >> 8 | 1 : spread(i), 0);
            if (round == 2)
                add(&f, 0, 0);
            figures_are(&f, (int64_t)n + (round > 1), round > 1 ? (int64_t)n : 0, (int64_t)n * (round - 1));
        }
        assert_int_equal(fingerprints_extra(&f, in_one ? spread(7) >> 8 | 1 : spread(7)), 2);
        assert_int_equal(fingerprints_extra(&f, 0), 0);
        add(&f, 0, 0);
        assert_int_equal(fingerprints_extra(&f, 0), 1);
        fingerprints_done(&f);
    }
}

/* All in one slot's run, and neighbours that wrap round the table's end. */
static void keys_that_collide_stay_apart(void **test)
{
    struct fingerprints f;

    (void)test;
    fingerprints_init(&f, NULL, 1, true);
    for (int round = 0; round < 2; round++)
        for (uint64_t i = 1; i <= 1000; i++)
            add(&f, (uint64_t)0xabffffff << 32 | i, 0);
    figures_are(&f, 1000, 1000, 1000);
    fingerprints_done(&f);
    fingerprints_init(&f, NULL, 2, false);
    for (int round = 0; round < 2; round++)
        for (uint64_t i = 0; i < 1000; i++)
            add(&f, i % 2, i); /* a first word of 0 is one of 1 */
    figures_are(&f, 1000, 0, 0);
    fingerprints_done(&f);
}

static void counts_come_with_a_fingerprint(void **test)
{
    struct error err = ERROR_NONE;
    struct fingerprints f;
    struct repeat all[3];

    (void)test;
    fingerprints_init(&f, NULL, 1, true);
    must(fingerprints_add_one(&f, 5, 0, 3, &err), &err);
    must(fingerprints_add_one(&f, 5, 0, 1, &err), &err);
    must(fingerprints_add_one(&f, 6, 0, 1, &err), &err);
    must(fingerprints_add_one(&f, 0, 0, 4, &err), &err);
    must(fingerprints_add_one(&f, 0, 0, 2, &err), &err);
    figures_are(&f, 3, 2, 8);
    fingerprints_list(&f, all);
    assert_int_equal(all[0].key, 0);
    assert_int_equal(all[0].extra, 5);
    assert_int_equal(all[1].extra, 3);
    fingerprints_done(&f);
}

static void a_column_of_few_values_stays_small(void **test)
{
    struct memory memory;
    struct fingerprints f;

    (void)test;
    memory_init(&memory, 0);
    fingerprints_init(&f, &memory, 1, true);
    for (uint64_t i = 0; i < 1000000; i++)
        add(&f, spread(i % 40), 0);
    figures_are(&f, 40, 40, 1000000 - 40);
    assert_true(memory.peak < 200000); /* 40 partitions of 4 KiB */
    fingerprints_done(&f);
    assert_int_equal(memory.used, 0);
}

/* Different ones raise the limits, then nothing but repeats follow. */
static void repeats_after_different_ones_stay_within_bounds(void **test)
{
    struct memory memory;
    struct fingerprints f;

    (void)test;
    memory_init(&memory, 0);
    fingerprints_init(&f, &memory, 2, false);
    for (int round = 0; round < 20; round++)
        for (uint64_t i = 0; i < 300000; i++)
            add(&f, spread(i), i);
    figures_are(&f, 300000, 0, 0);
    assert_true(memory.peak < 300000 * 16 * 9 / 2);
    fingerprints_done(&f);
    assert_int_equal(memory.used, 0);
}

static void packed_into(struct fingerprints *f, struct buffer *out)
{
    struct error err = ERROR_NONE;

    out->size = 0;
    must(fingerprints_pack(f, out, &err), &err);
}

/* Sides with few and many, of one budget and of two, settled or not: the same bytes as one that was given all. */
static void merging_is_adding(void **test)
{
    struct error err = ERROR_NONE;
    struct memory other;
    struct buffer expected = {0}, bytes = {0};

    (void)test;
    memory_init(&other, 0);
    for (int trial = 0; trial < 48; trial++) {
        struct fingerprints whole, a, b;
        int words = 1 + trial % 2;
        uint64_t n_a = (uint64_t[]){0, 10, 9000}[trial / 2 % 3], n_b = (uint64_t[]){0, 1, 5000, 60000}[trial / 6 % 4];

        fingerprints_init(&whole, NULL, words, words == 1);
        fingerprints_init(&a, NULL, words, words == 1);
        fingerprints_init(&b, trial / 24 ? &other : NULL, words, words == 1);
        for (uint64_t i = 0; i < n_a + n_b; i++) {
            uint64_t low = i % 1000 == 3 ? 0 : spread(i % 7000), high = i % 3;

            add(&whole, low, high);
            add(i < n_a ? &a : &b, low, high);
        }
        if (trial % 5 == 0)
            settle(&a);
        if (trial % 7 == 0)
            settle(&b);
        must(fingerprints_merge(&a, &b, &err), &err);
        assert_true(fingerprints_are_empty(&b));
        packed_into(&whole, &expected);
        packed_into(&a, &bytes);
        assert_int_equal(bytes.size, expected.size);
        assert_memory_equal(bytes.at, expected.at, bytes.size);
        must(fingerprints_unpack(&b, span_of(bytes.at, bytes.size), &err), &err);
        packed_into(&b, &bytes);
        assert_memory_equal(bytes.at, expected.at, bytes.size);
        fingerprints_done(&whole);
        fingerprints_done(&a);
        fingerprints_done(&b);
    }
    assert_int_equal(other.used, 0);
    buffer_done(&expected);
    buffer_done(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeats_are_found_wherever_they_stand),
        cmocka_unit_test(keys_that_collide_stay_apart),
        cmocka_unit_test(counts_come_with_a_fingerprint),
        cmocka_unit_test(a_column_of_few_values_stays_small),
        cmocka_unit_test(repeats_after_different_ones_stay_within_bounds),
        cmocka_unit_test(merging_is_adding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
