/* The set itself: what is kept once, what it counts, and that it stays small. */
#include "core/spill.h"
#include "stats/fingerprints.h"
#include "tests/stats/fixture.h"

#include <signal.h>
#include <sys/resource.h>

static void add(struct fingerprints *f, uint64_t low, uint64_t high)
{
    struct error err = ERROR_NONE;
    uint64_t one = 1;

    must(fingerprints_add(f, &low, &high, 1, &one, &err), &err);
}

static void settle(struct fingerprints *f)
{
    struct error err = ERROR_NONE;

    must(fingerprints_settle(f, 2, &err), &err);
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
    must(fingerprints_list(&f, all, &err), &err);
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

/* A budget of which half is soon gone. */
struct tight { struct memory memory; struct spill spill; };

static void tight_init(struct tight *t, size_t limit)
{
    memory_init(&t->memory, limit);
    spill_init(&t->spill, NULL);
    t->memory.spill = &t->spill;
}

/* 0: all different, 1: pairs far apart, 2: few, often, 3: most once and some often, 4: half of them made to crowd one slice of one partition. */
static uint64_t key_of(int kind, uint64_t i, uint64_t n)
{
    switch (kind) {
    case 0: return spread(i);
    case 1: return spread(i % (n / 2));
    case 2: return spread(i % 5000);
    case 3: return spread(i % 7 ? i : i % 91);
    default: return i % 2 ? spread(i) : ((uint64_t)0xab << 56 | (i % 3000 + 1));
    }
}

/* Two sides that are merged, settled on the way or not, against one that has all the memory it wants. */
static void what_is_written_to_the_spill_counts_as_if_it_were_not(void **test)
{
    enum { N = 150000 };
    struct error err = ERROR_NONE;
    struct buffer expected = {0}, bytes = {0};

    (void)test;
    for (int trial = 0; trial < 20; trial++) {
        int words = 1 + trial / 5 % 2, kind = trial % 5;
        struct fingerprints whole, a, b;
        struct tight tight;

        tight_init(&tight, kind == 2 ? 1200 << 10 : 1600 << 10);
        fingerprints_init(&whole, NULL, words, words == 1);
        fingerprints_init(&a, &tight.memory, words, words == 1);
        fingerprints_init(&b, &tight.memory, words, words == 1);
        for (uint64_t i = 0; i < N; i++) {
            uint64_t key = key_of(kind, i, N);

            add(&whole, key, key % 3);
            add(i % 3 ? &a : &b, key, key % 3);
            if (trial >= 10 && i == N / 2)
                settle(&a);
        }
        must(fingerprints_merge(&a, &b, &err), &err);
        assert_true(fingerprints_are_empty(&b));
        settle(&a);
        settle(&whole);
        if (kind != 2)
            assert_true(tight.spill.end > 0);
        assert_int_equal(fingerprints_count(&a), fingerprints_count(&whole));
        assert_int_equal(fingerprints_are_unique(&a), fingerprints_are_unique(&whole));
        packed_into(&whole, &expected);
        packed_into(&a, &bytes);
        assert_int_equal(bytes.size, expected.size);
        assert_memory_equal(bytes.at, expected.at, bytes.size);
        fingerprints_done(&whole);
        fingerprints_done(&a);
        fingerprints_done(&b);
        assert_int_equal(tight.memory.used, 0);
        spill_done(&tight.spill);
    }
    buffer_done(&expected);
    buffer_done(&bytes);
}

static void counts_in_the_spill_come_back_by_windows(void **test)
{
    enum { N = 400000 };
    static struct repeat all[N / 2];
    struct error err = ERROR_NONE;
    struct fingerprints f;
    struct tight tight;
    int64_t n_groups, n_extra;

    (void)test;
    tight_init(&tight, 2 << 20);
    fingerprints_init(&f, &tight.memory, 1, true);
    for (uint64_t i = 0; i < N; i++)
        add(&f, key_of(1, i, N), 0);
    settle(&f);
    fingerprints_forget_singles(&f);
    fingerprints_repeated(&f, &n_groups, &n_extra);
    assert_int_equal(n_groups, N / 2);
    assert_int_equal(n_extra, N / 2);
    assert_false(fingerprints_are_loaded(&f));
    must(fingerprints_list(&f, all, &err), &err);
    for (int from = 0; from < FINGERPRINT_PARTS; from += 32) {
        must(fingerprints_window(&f, from, from + 32, &err), &err);
        for (int i = 0; i < N / 2; i++)
            if (all[i].key >> 56 >= (uint64_t)from && all[i].key >> 56 < (uint64_t)from + 32)
                assert_int_equal(fingerprints_extra(&f, all[i].key), all[i].extra);
        assert_int_equal(fingerprints_extra(&f, (uint64_t)from << 56 | 1), 0);
    }
    fingerprints_done(&f);
    assert_int_equal(tight.memory.used, 0);
    spill_done(&tight.spill);
}

static void a_full_disk_is_named(void **test)
{
    struct rlimit before, small = {.rlim_cur = 64 << 10};
    struct error err = ERROR_NONE;
    enum status status = STATUS_OK;
    struct fingerprints f;
    struct tight tight;

    (void)test;
    tight_init(&tight, 1 << 20);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    fingerprints_init(&f, &tight.memory, 1, true);
    for (uint64_t i = 0; i < 200000 && status == STATUS_OK; i++)
        status = fingerprints_add_one(&f, spread(i), 0, 1, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(status, STATUS_WRITE);
    assert_non_null(strstr(err.text, "--tmp"));
    fingerprints_done(&f);
    assert_int_equal(tight.memory.used, 0);
    spill_done(&tight.spill);
}

/* Ranges of partitions of two saved states, each merged by itself, as another machine would. */
static void saved_states_merge_a_range_at_a_time(void **test)
{
    static const int cuts[] = {0, 1, 100, FINGERPRINT_PARTS};
    struct error err = ERROR_NONE;
    struct buffer bytes[2] = {{0}};
    struct fingerprints f, whole;
    int64_t count = 0, groups = 0, extra = 0, n_groups, n_extra;

    (void)test;
    fingerprints_init(&whole, NULL, 1, true);
    for (int side = 0; side < 2; side++) {
        fingerprints_init(&f, NULL, 1, true);
        for (uint64_t i = 0; i < 20000; i++) {
            uint64_t key = i % 500 == 0 ? 0 : spread(i % 9000 + (uint64_t)side * 5000);

            add(&f, key, 0);
            add(&whole, key, 0);
        }
        packed_into(&f, &bytes[side]);
        fingerprints_done(&f);
    }
    for (int range = 0; range < 3; range++) {
        struct fingerprints other;

        fingerprints_init(&f, NULL, 1, true);
        fingerprints_init(&other, NULL, 1, true);
        must(fingerprints_unpack_parts(&f, span_of(bytes[0].at, bytes[0].size), cuts[range], cuts[range + 1], &err), &err);
        must(fingerprints_unpack_parts(&other, span_of(bytes[1].at, bytes[1].size), cuts[range], cuts[range + 1], &err), &err);
        must(fingerprints_merge(&f, &other, &err), &err);
        settle(&f);
        fingerprints_repeated(&f, &n_groups, &n_extra);
        count += fingerprints_count(&f);
        groups += n_groups;
        extra += n_extra;
        fingerprints_done(&f);
    }
    figures_are(&whole, count, groups, extra);
    fingerprints_done(&whole);
    buffer_done(&bytes[0]);
    buffer_done(&bytes[1]);
}

static void damaged_sets_are_refused(void **test)
{
    struct error err = ERROR_NONE;
    struct buffer bytes = {0};
    struct fingerprints f;

    (void)test;
    fingerprints_init(&f, NULL, 1, true);
    for (uint64_t i = 0; i < 300; i++)
        add(&f, spread(i % 200), 0);
    packed_into(&f, &bytes);
    fingerprints_done(&f);
    for (size_t at = 0; at < bytes.size; at += 3) { /* cut anywhere, or a byte changed: refused or another set, never more */
        uint8_t kept = bytes.at[at];

        fingerprints_init(&f, NULL, 1, true);
        assert_int_equal(fingerprints_unpack(&f, span_of(bytes.at, at), &err), at ? STATUS_BAD_DATA : STATUS_OK);
        fingerprints_done(&f);
        bytes.at[at] ^= 0x91;
        fingerprints_init(&f, NULL, 1, true);
        if (fingerprints_unpack(&f, span_of(bytes.at, bytes.size), &err) == STATUS_OK)
            assert_true(fingerprints_count(&f) <= 201);
        fingerprints_done(&f);
        bytes.at[at] = kept;
    }
    buffer_done(&bytes);
}

/* Of a limit that nobody set, keys are written long before it is tight; a disk that cannot take them is then no error. */
static void keys_are_written_before_memory_is_tight(void **test)
{
    enum { N = 300000 };

    (void)test;
    for (int has_disk = 0; has_disk < 2; has_disk++) {
        struct fingerprints f;
        struct tight t;

        tight_init(&t, 64 << 20);
        if (!has_disk)
            t.spill.directory = "/nowhere/at/all";
        memory_be_modest(&t.memory);
        assert_int_equal(t.memory.spill_above, 32 << 20); /* modest already */
        t.memory.spill_above = 1 << 20;
        fingerprints_init(&f, &t.memory, 1, true);
        for (uint64_t i = 0; i < N; i++)
            add(&f, spread(i % (N - 10)), 0);
        assert_int_equal(t.spill.end > 0, 1);
        assert_true(has_disk ? t.memory.peak < 2 << 20 : t.memory.peak > N * 8);
        assert_int_equal(t.memory.spill_above, has_disk ? 1 << 20 : 32 << 20);
        figures_are(&f, N - 10, 10, 10);
        fingerprints_done(&f);
        assert_int_equal(t.memory.used, 0);
        spill_done(&t.spill);
    }
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
        cmocka_unit_test(what_is_written_to_the_spill_counts_as_if_it_were_not),
        cmocka_unit_test(counts_in_the_spill_come_back_by_windows),
        cmocka_unit_test(keys_are_written_before_memory_is_tight),
        cmocka_unit_test(a_full_disk_is_named),
        cmocka_unit_test(saved_states_merge_a_range_at_a_time),
        cmocka_unit_test(damaged_sets_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
