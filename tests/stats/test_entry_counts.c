/* tests/stats/test_entry_counts.c -- rows of one dictionary over many chunks give the state that the same values give flat. */
#include "tests/stats/fixture.h"

#include <float.h>

#include "stats/drift.h"
#include "stats/entry_counts.h"

enum { ENTRIES = 700, CHUNKS = 9, ROWS = 1000 };

struct input {
    double entries[ENTRIES];
    uint32_t index[CHUNKS][ROWS];
    double flat[CHUNKS][ROWS];
    uint64_t valid[CHUNKS][BITMAP_WORDS(ROWS)];
    int64_t n_nulls[CHUNKS];
};

static double entry_of(int i, bool finite)
{
    static const double odd[] = {0.0, -0.0, 4.9e-324, -DBL_MAX, DBL_MAX, 1e-300, NAN, INFINITY, -INFINITY};

    if (i < (finite ? 6 : 9))
        return odd[i];
    return (double)(int64_t)(test_random() >> 44) / 100 - 3000;
}

static void fill_input(struct input *in, bool finite)
{
    for (int i = 0; i < ENTRIES; i++)
        in->entries[i] = entry_of(i, finite);
    memset(in->valid, 0, sizeof in->valid);
    for (int c = 0; c < CHUNKS; c++) {
        in->n_nulls[c] = 0;
        for (int r = 0; r < ROWS; r++) {
            bool is_null = c % 3 == 1 && test_random() % 5 == 0;

            in->index[c][r] = is_null ? 0 : (uint32_t)(test_random() % ENTRIES);
            in->flat[c][r] = is_null ? 0 : in->entries[in->index[c][r]];
            in->n_nulls[c] += is_null;
            if (!is_null)
                bit_set(in->valid[c], r);
        }
    }
}

/* Chunk c as a vector; dictionary 0: flat. */
static void add_chunk(const struct metric *metric, void *state, const struct input *in, int c, uint64_t dictionary, bool finite)
{
    struct vector v = {.type = {.kind = TYPE_DOUBLE}, .lane = LANE_F64, .n_rows = ROWS, .n_nulls = in->n_nulls[c]};
    const struct vector *columns[1] = {&v};
    struct metric_input input = {.n_rows = ROWS, .columns = columns, .n_columns = 1, .n_selected = ROWS, .n_considered = ROWS};
    struct error err = {0};

    v.valid = in->n_nulls[c] ? in->valid[c] : NULL;
    v.values = dictionary ? (const void *)in->entries : in->flat[c];
    v.shape = dictionary ? SHAPE_DICTIONARY : SHAPE_FLAT;
    v.index = in->index[c];
    v.n_entries = ENTRIES;
    v.dictionary_id = dictionary;
    v.entries_are_finite = dictionary && finite;
    assert_null(vector_validate(&v));
    must(metric->add(state, &input, &err), &err);
}

static void finish(const struct metric *metric, void *state, struct buffer *out)
{
    struct error err = {0};
    bool wanted = false;

    if (metric->next_round)
        must(metric->next_round(state, &wanted, &err), &err);
    assert_false(wanted);
    assert_true(metric_save(metric, state, out, &err));
    metric->done(state);
}

/* In two states that are merged, the dictionary changing in between; against one flat state. */
static void check_metric(const struct metric *metric, const struct metric_setup *setup, bool finite)
{
    static struct input in;
    struct buffer flat = {0}, counted = {0};
    struct error err = {0};
    void *a = calloc(1, metric->state_size), *b = calloc(1, metric->state_size);

    fill_input(&in, finite);
    must(metric->init(a, setup, &err), &err);
    for (int c = 0; c < CHUNKS; c++)
        add_chunk(metric, a, &in, c, 0, finite);
    finish(metric, a, &flat);
    must(metric->init(a, setup, &err), &err);
    must(metric->init(b, setup, &err), &err);
    for (int c = 0; c < CHUNKS; c++) {
        add_chunk(metric, c % 4 == 3 ? b : a, &in, c, c == 8 ? 0 : 1 + (uint64_t)c / 3, finite);
        if (metric->rest && c % 3 == 1) { /* a column ends in the midst of a dictionary, and again */
            metric->rest(a);
            metric->rest(a);
        }
    }
    must(metric->merge(b, a, &err), &err);
    metric->done(a);
    finish(metric, b, &counted);
    assert_int_equal(flat.size, counted.size);
    assert_memory_equal(flat.at, counted.at, flat.size);
    buffer_done(&flat);
    buffer_done(&counted);
    free(a);
    free(b);
}

static void moments_of_a_dictionary_are_those_of_its_rows(void **test)
{
    struct metric_setup setup = {.n_columns = 1, .types = {{.kind = TYPE_DOUBLE}}};

    (void)test;
    check_metric(&metric_moments, &setup, true);
    check_metric(&metric_moments, &setup, false);
}

/* A table of a thousand columns once kept a dictionary of each until its end: 1.2 GB of one of 960 MB. */
static void a_column_that_is_over_keeps_no_large_dictionary(void **test)
{
    static struct input in;
    struct memory memory;
    struct metric_setup setup = {.n_columns = 1, .types = {{.kind = TYPE_DOUBLE}}, .memory = &memory};
    void *state = calloc(1, metric_moments.state_size);
    struct error err = {0};

    (void)test;
    memory_init(&memory, 0);
    fill_input(&in, true);
    must(metric_moments.init(state, &setup, &err), &err);
    add_chunk(&metric_moments, state, &in, 0, 1, true);
    assert_true(atomic_load(&memory.used) >= ENTRIES * (sizeof(double) + sizeof(uint32_t)));
    metric_moments.rest(state);
    assert_int_equal(atomic_load(&memory.used), 0);
    add_chunk(&metric_moments, state, &in, 1, 1, true);
    assert_int_equal(moments_counts(state).n_rows, 2 * ROWS);
    metric_moments.done(state);
    free(state);
}

static void a_reference_and_ks_of_a_dictionary_are_those_of_its_rows(void **test)
{
    static struct input in;
    struct ordered_params params = {.as = {.kind = TYPE_DOUBLE}};
    struct metric_setup setup = {.n_columns = 1, .types = {{.kind = TYPE_DOUBLE}}, .params = &params, .params_size = sizeof params};
    void *reference = calloc(1, metric_ordered.state_size);
    struct error err = {0};
    bool wanted = true;

    (void)test;
    check_metric(&metric_ordered, &setup, true);
    check_metric(&metric_ordered, &setup, false);
    fill_input(&in, false);
    must(metric_ordered.init(reference, &setup, &err), &err);
    for (int c = 0; c < 3; c++)
        add_chunk(&metric_ordered, reference, &in, c, 7, false);
    must(metric_ordered.next_round(reference, &wanted, &err), &err);
    setup.reference = reference;
    check_metric(&metric_ks, &setup, true);
    check_metric(&metric_ks, &setup, false);
    metric_ordered.done(reference);
    free(reference);
}

static void counters_do_not_run_over(void **test)
{
    struct vector v = {.type = {.kind = TYPE_DOUBLE}, .lane = LANE_F64, .shape = SHAPE_DICTIONARY, .n_rows = 8, .dictionary_id = 3};
    struct entry_counts c = {.dictionary_id = 3, .n_rows = UINT32_MAX - 8};

    (void)test;
    assert_true(entry_counts_can(&v));
    assert_true(entry_counts_continues(&c, &v));
    c.n_rows++;
    assert_false(entry_counts_continues(&c, &v));
    v.dictionary_id = 0;
    assert_false(entry_counts_can(&v));
    v.dictionary_id = 3;
    v.lane = LANE_BYTES;
    assert_false(entry_counts_can(&v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_of_a_dictionary_are_those_of_its_rows),
        cmocka_unit_test(a_column_that_is_over_keeps_no_large_dictionary),
        cmocka_unit_test(a_reference_and_ks_of_a_dictionary_are_those_of_its_rows),
        cmocka_unit_test(counters_do_not_run_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
