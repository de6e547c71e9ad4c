/* tests/stats/fixture.h -- columns of test data, fed to a metric in any split, shape and merge order.
 *
 * check_merge_law runs a metric over the same rows whole, in several parts, chunk sizes and shapes, merged in several orders and through
 * save and load, and compares the saved bytes of the states: equal states have equal bytes.
 */
#ifndef TESTS_STATS_FIXTURE_H
#define TESTS_STATS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/output.h"
#include "stats/metrics.h"

enum { FEED_MAX_COLUMNS = 3, FEED_MAX_PARTS = 8 };

struct test_column {
    struct type type;
    int64_t n;
    void *values;       /* lane_width each */
    uint64_t *valid;    /* NULL: no nulls */
    uint64_t *malformed;
    struct span *raw;
};

struct feed {
    const struct metric *metric;
    struct metric_setup setup;
    const struct test_column *columns[FEED_MAX_COLUMNS];
    int32_t n_columns;
    const struct test_column *key; /* of samples; NULL: none */
    const uint64_t *rows;          /* a where; NULL: all */
    const uint64_t *unexpected;
    enum shape shape;
    int64_t chunk;    /* rows at a time */
    int parts;        /* workers */
    int order;        /* of merging: first to last, last to first, a tree; 3: into an empty state */
    bool through_save;
    bool apart;       /* every other chunk holds values that are nowhere else, and is told to (set_apart) */
    int64_t *n_skipped; /* chunks of further rounds that the metric says it does not need are left out, as a scan does, and counted; NULL: none is */
};

static uint64_t test_seed = 0x9d2c5680e1a7f34b;

static inline uint64_t test_random(void)
{
    test_seed ^= test_seed << 13;
    test_seed ^= test_seed >> 7;
    test_seed ^= test_seed << 17;
    return test_seed * 0x2545f4914f6cdd1d;
}

/* Columns live in the arena. */
static inline struct test_column *column_new(struct arena *arena, struct type type, int64_t n)
{
    struct test_column *c = arena_alloc(arena, sizeof *c);

    assert_non_null(c);
    c->type = type;
    c->n = n;
    c->values = arena_array(arena, (size_t)n + 1, lane_width(type_lane(type)) + 1);
    assert_non_null(c->values);
    return c;
}

static inline struct test_column *column_of_doubles(struct arena *arena, const double *x, int64_t n)
{
    struct test_column *c = column_new(arena, (struct type){.kind = TYPE_DOUBLE}, n);

    if (n)
        memcpy(c->values, x, (size_t)n * sizeof *x);
    return c;
}

static inline struct test_column *column_of_ints(struct arena *arena, const int64_t *x, int64_t n)
{
    struct test_column *c = column_new(arena, (struct type){.kind = TYPE_INT64}, n);

    if (n)
        memcpy(c->values, x, (size_t)n * sizeof *x);
    return c;
}

static inline void zero_value(struct test_column *c, int64_t row)
{
    size_t width = lane_width(type_lane(c->type));

    memset((uint8_t *)c->values + (size_t)row * width, 0, width);
}

static inline void column_set_null(struct arena *arena, struct test_column *c, int64_t row)
{
    if (!c->valid) {
        c->valid = arena_array(arena, BITMAP_WORDS(c->n), sizeof *c->valid);
        bitmap_fill(c->valid, c->n);
    }
    c->valid[row >> 6] &= ~((uint64_t)1 << (row & 63));
    zero_value(c, row);
}

/* NULL: null. */
static inline struct test_column *column_of_texts(struct arena *arena, const char *const *x, int64_t n)
{
    struct test_column *c = column_new(arena, (struct type){.kind = TYPE_STRING}, n);
    struct span *texts = c->values;

    for (int64_t i = 0; i < n; i++) {
        if (x[i])
            texts[i] = span_text(x[i]);
        else
            column_set_null(arena, c, i);
    }
    return c;
}

static inline void column_set_malformed(struct arena *arena, struct test_column *c, int64_t row, const char *raw)
{
    if (!c->malformed) {
        c->malformed = arena_array(arena, BITMAP_WORDS(c->n), sizeof *c->malformed);
        c->raw = arena_array(arena, (size_t)c->n, sizeof *c->raw);
    }
    bit_set(c->malformed, row);
    c->raw[row] = span_text(arena_format(arena, "%s", raw));
    zero_value(c, row);
}

static inline double random_double(uint64_t which)
{
    static const double odd[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, -NAN, 1e308, -1e-308, 5e-324};
    uint64_t bits = which * 0x9e3779b97f4a7c15;
    double x;

    if (which % 13 == 0)
        return odd[which / 13 % (sizeof odd / sizeof *odd)];
    if (which % 3)
        return (double)(int64_t)(bits >> 44) / 100 - 5000;
    bits = (bits & ~((uint64_t)0x7ff << 52)) | (uint64_t)(900 + which % 250) << 52;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Value number `which` of a type: equal numbers give equal values. */
static inline void set_value(struct arena *arena, struct test_column *c, int64_t row, uint64_t which)
{
    uint64_t mixed = which * 0xda942042e4dd58b5;

    switch (type_lane(c->type)) {
    case LANE_BOOL: ((uint8_t *)c->values)[row] = which & 1; break;
    case LANE_I64: ((int64_t *)c->values)[row] = (int64_t)mixed >> (which % 5 ? 30 : 0); break;
    case LANE_U64: ((uint64_t *)c->values)[row] = mixed >> (which % 5 ? 30 : 0); break;
    case LANE_F64: ((double *)c->values)[row] = random_double(which); break;
    case LANE_I128: ((int128 *)c->values)[row] = (int128)(int64_t)mixed * ((int64_t)1 << 40) - (int64_t)(which * 7919); break;
    case LANE_BYTES: {
        size_t size = which % 97 == 0 ? 300 + which % 7 : which % 20;
        char *text = arena_alloc(arena, size + 24);

        memset(text, 'a' + (int)(which % 3), size);
        size += (size_t)snprintf(text + size, 24, "%llu", (unsigned long long)(which % 11 == 0 ? 0 : which));
        ((struct span *)c->values)[row] = span_of(text, which % 11 == 0 && which % 20 == 0 ? 0 : size);
        break;
    }
    case LANE_NONE: break;
    }
}

/* Random values of about `n_distinct`, a tenth null, some malformed where `dirty`. */
static inline struct test_column *column_random(struct arena *arena, struct type type, int64_t n, int64_t n_distinct, bool dirty)
{
    struct test_column *c = column_new(arena, type, n);

    for (int64_t i = 0; i < n; i++) {
        uint64_t dice = test_random();

        if (dice % 10 == 0)
            column_set_null(arena, c, i);
        else if (dirty && dice % 17 == 0)
            column_set_malformed(arena, c, i, dice & 1 << 20 ? "n/a" : arena_format(arena, "x%d", (int)(dice >> 30 & 31)));
        else
            set_value(arena, c, i, (dice >> 8) % (uint64_t)n_distinct);
    }
    return c;
}

static inline void feed_init(struct feed *feed, const struct metric *metric, const struct test_column *column)
{
    *feed = (struct feed){.metric = metric, .chunk = CHUNK_MAX_ROWS, .parts = 1, .shape = SHAPE_FLAT};
    feed->setup.samples = 5;
    if (column) {
        feed->columns[0] = column;
        feed->n_columns = 1;
    }
}

/* The memory of one chunk. */
struct slice {
    struct vector vectors[FEED_MAX_COLUMNS + 1];
    const struct vector *at[FEED_MAX_COLUMNS + 1];
    uint64_t bits[(FEED_MAX_COLUMNS + 1) * 2 + 2][CHUNK_MAX_ROWS / 64];
    uint32_t index[FEED_MAX_COLUMNS + 1][CHUNK_MAX_ROWS];
};

static inline const uint64_t *slice_bits(const uint64_t *map, int64_t from, int64_t n, uint64_t *out)
{
    if (!map)
        return NULL;
    memset(out, 0, BITMAP_WORDS(n) * sizeof *out);
    for (int64_t i = 0; i < n; i++)
        if (bit_get(map, from + i))
            bit_set(out, i);
    return out;
}

static inline bool is_equal(const struct test_column *c, const uint8_t *a, const uint8_t *b)
{
    if (type_lane(c->type) == LANE_BYTES)
        return span_equal(*(const struct span *)(const void *)a, *(const struct span *)(const void *)b);
    return memcmp(a, b, lane_width(type_lane(c->type))) == 0;
}

/* Entries: one that nobody uses, then the values in order of appearance; among the last 16 entries equal ones are shared. */
static inline void make_dictionary(struct arena *arena, const struct test_column *c, struct vector *v, const uint8_t *flat, uint32_t *index)
{
    static uint64_t id;
    size_t width = lane_width(v->lane);
    uint8_t *entries = arena_array(arena, (size_t)v->n_rows + 1, width);

    v->n_entries = 1;
    memset(entries, v->lane == LANE_BYTES ? 0 : 0x11, width);
    if (v->lane == LANE_BOOL)
        entries[0] = 1;
    for (int64_t i = 0; i < v->n_rows; i++) {
        int64_t e = v->n_entries - 1;

        if (!vector_is_valid(v, i)) {
            index[i] = 0;
            continue;
        }
        while (e > 0 && v->n_entries - e < 16 && !is_equal(c, entries + (size_t)e * width, flat + (size_t)i * width))
            e--;
        if (e == 0 || v->n_entries - e >= 16) {
            e = v->n_entries++;
            memcpy(entries + (size_t)e * width, flat + (size_t)i * width, width);
        }
        index[i] = (uint32_t)e;
    }
    v->shape = SHAPE_DICTIONARY;
    v->index = index;
    v->values = entries;
    v->dictionary_id = ++id;
}

/* Where all valid rows hold the same value (and none is malformed): that value, once. Else the vector stays flat. */
static inline void make_constant(const struct test_column *c, struct vector *v, const uint8_t *flat)
{
    size_t width = lane_width(v->lane);
    int64_t first = -1;

    if (v->malformed)
        return;
    for (int64_t i = 0; i < v->n_rows; i++) {
        if (!vector_is_valid(v, i))
            continue;
        if (first >= 0 && !is_equal(c, flat + (size_t)first * width, flat + (size_t)i * width))
            return;
        first = first < 0 ? i : first;
    }
    v->shape = SHAPE_CONSTANT;
    v->values = flat + (size_t)(first < 0 ? 0 : first) * width;
}

static inline void slice_column(struct arena *arena, const struct feed *feed, const struct test_column *c, int64_t from, int64_t n,
                         struct slice *s, int k)
{
    struct vector *v = &s->vectors[k];
    const uint8_t *flat = (const uint8_t *)c->values + (size_t)from * lane_width(type_lane(c->type));

    *v = (struct vector){.type = c->type, .lane = type_lane(c->type), .shape = SHAPE_FLAT, .n_rows = n};
    v->valid = slice_bits(c->valid, from, n, s->bits[2 * k]);
    v->malformed = slice_bits(c->malformed, from, n, s->bits[2 * k + 1]);
    v->raw = c->raw ? c->raw + from : NULL;
    v->n_nulls = v->valid ? n - bitmap_count(v->valid, n) : 0;
    v->values = flat;
    if (feed->shape == SHAPE_DICTIONARY)
        make_dictionary(arena, c, v, flat, s->index[k]);
    if (feed->shape == SHAPE_CONSTANT)
        make_constant(c, v, flat);
    s->at[k] = v;
    assert_null(vector_validate(v));
}

static inline enum status feed_chunk(const struct feed *feed, void *state, int64_t from, int64_t n, struct error *err)
{
    static struct slice s;
    struct arena arena = {0};
    struct metric_input in = {.n_rows = n, .columns = s.at, .n_columns = feed->n_columns, .first_row = from, .n_selected = n};
    int last = (FEED_MAX_COLUMNS + 1) * 2;
    enum status status;

    for (int32_t k = 0; k < feed->n_columns; k++)
        slice_column(&arena, feed, feed->columns[k], from, n, &s, k);
    if (feed->key) {
        slice_column(&arena, feed, feed->key, from, n, &s, FEED_MAX_COLUMNS);
        in.keys = &s.at[FEED_MAX_COLUMNS];
        in.n_keys = 1;
    }
    in.rows = slice_bits(feed->rows, from, n, s.bits[last]);
    in.unexpected = slice_bits(feed->unexpected, from, n, s.bits[last + 1]);
    if (in.rows)
        in.n_selected = bitmap_count(in.rows, n);
    in.n_considered = in.n_selected;
    status = feed->metric->add(state, &in, err);
    arena_done(&arena);
    return status;
}

static inline int64_t rows_of(const struct feed *feed)
{
    return feed->columns[0] ? feed->columns[0]->n : 0;
}

static inline void must(enum status status, const struct error *err)
{
    if (status != STATUS_OK)
        fail_msg("%s: %s", status_name(status), err->text);
}

static inline struct metric_setup setup_of(const struct feed *feed)
{
    struct metric_setup setup = feed->setup;

    setup.n_columns = feed->n_columns;
    for (int32_t k = 0; k < feed->n_columns; k++)
        setup.types[k] = feed->columns[k]->type;
    return setup;
}

static inline void *new_state(const struct feed *feed, const void *merged)
{
    struct metric_setup setup = setup_of(feed);
    struct error err = ERROR_NONE;
    void *state = mem_alloc(NULL, feed->metric->state_size);

    assert_non_null(state);
    must(merged ? feed->metric->fork(state, merged, &setup, &err) : feed->metric->init(state, &setup, &err), &err);
    return state;
}

static inline void feed_done(const struct feed *feed, void *state);

/* Forks cannot be loaded: what they share is not in the bytes. So only states of the first round go through. */
static inline void *through_save(const struct feed *feed, void *state)
{
    struct metric_setup setup = setup_of(feed);
    struct error err = ERROR_NONE;
    struct buffer bytes = {0};
    struct span rest;
    void *loaded = mem_alloc(NULL, feed->metric->state_size);

    assert_true(metric_save(feed->metric, state, &bytes, &err));
    feed_done(feed, state);
    rest = span_of(bytes.at, bytes.size);
    must(metric_load(feed->metric, &setup, &rest, loaded, &err), &err);
    assert_int_equal(rest.size, 0);
    buffer_done(&bytes);
    return loaded;
}

static inline void *scan_round(const struct feed *feed, void *merged)
{
    struct error err = ERROR_NONE;
    void *part[FEED_MAX_PARTS] = {0};
    int64_t n = rows_of(feed), chunk_number = 0;
    bool is_first = merged == NULL;
    int first = 0;

    for (int p = 0; p < feed->parts; p++)
        part[p] = new_state(feed, merged);
    for (int64_t from = 0; from < n; from += feed->chunk, chunk_number++) {
        void *into = part[(chunk_number * 7 + chunk_number / 3) % feed->parts];
        int64_t n_rows = n - from < feed->chunk ? n - from : feed->chunk;
        bool is_apart = is_first && feed->apart && chunk_number % 2 == 1;

        if (!is_first && feed->n_skipped && feed->metric->needs_rows && !feed->metric->needs_rows(into, 0, from, n_rows)) {
            ++*feed->n_skipped;
            continue;
        }
        if (is_apart)
            must(feed->metric->set_apart(into, &err), &err);
        must(feed_chunk(feed, into, from, n_rows, &err), &err);
        if (is_apart)
            must(feed->metric->join(into, &err), &err);
    }
    if (is_first && feed->through_save)
        for (int p = 0; p < feed->parts; p++)
            part[p] = through_save(feed, part[p]);
    if (feed->order == 1)
        for (int p = 0; p < feed->parts / 2; p++) {
            void *other = part[p];

            part[p] = part[feed->parts - 1 - p];
            part[feed->parts - 1 - p] = other;
        }
    if (feed->order == 2) /* pairs first */
        for (int p = 0; p + 1 < feed->parts; p += 2)
            must(feed->metric->merge(part[p], part[p + 1], &err), &err);
    if (is_first && feed->order == 3)
        merged = new_state(feed, NULL);
    else if (is_first)
        merged = part[first++];
    for (int p = first; p < feed->parts; p++)
        if (feed->order != 2 || p % 2 == 0)
            must(feed->metric->merge(merged, part[p], &err), &err);
    for (int p = first; p < feed->parts; p++)
        feed_done(feed, part[p]);
    return merged;
}

/* Runs all rounds. The caller gives it to feed_done. */
static inline void *feed_run(const struct feed *feed)
{
    struct error err = ERROR_NONE;
    void *merged = scan_round(feed, NULL);
    bool wanted = feed->metric->next_round != NULL;
    int n_rounds = 1;

    while (wanted) {
        must(feed->metric->next_round(merged, &wanted, &err), &err);
        if (wanted)
            merged = scan_round(feed, merged);
        assert_true(n_rounds++ < 600); /* two a window where there is little memory */
    }
    return merged;
}

/* One state, one round, fed with everything. */
static inline enum status feed_try(const struct feed *feed, struct error *err)
{
    void *state = mem_alloc(NULL, feed->metric->state_size);
    struct metric_setup setup = setup_of(feed);
    enum status status = feed->metric->init(state, &setup, err);

    for (int64_t from = 0; status == STATUS_OK && from < rows_of(feed); from += feed->chunk)
        status = feed_chunk(feed, state, from, rows_of(feed) - from < feed->chunk ? rows_of(feed) - from : feed->chunk, err);
    feed_done(feed, state);
    return status;
}

static inline void feed_done(const struct feed *feed, void *state)
{
    feed->metric->done(state);
    mem_free(NULL, state);
}

static inline void saved(const struct feed *feed, struct buffer *out)
{
    struct error err = ERROR_NONE;
    void *state = feed_run(feed);

    assert_true(metric_save(feed->metric, state, out, &err));
    feed_done(feed, state);
}

static inline void check_merge_law(const struct feed *whole)
{
    static const int64_t chunks[] = {1000, 8192, 64, 37, 513, 8000};
    struct buffer expected = {0};
    int variant = 0;

    saved(whole, &expected);
    for (int parts = 1; parts <= FEED_MAX_PARTS; parts += 2) {
        for (int order = 0; order < 4; order++, variant++) {
            struct feed feed = *whole;
            struct buffer got = {0};

            feed.parts = parts;
            feed.order = order;
            feed.chunk = chunks[variant % 6];
            feed.shape = variant % 2 ? SHAPE_DICTIONARY : SHAPE_FLAT;
            feed.through_save = variant % 3 == 1;
            saved(&feed, &got);
            if (got.size != expected.size || memcmp(got.at, expected.at, got.size) != 0)
                fail_msg("%s: %d parts of %lld rows merged in order %d (shape %d, saved %d) give another state",
                         feed.metric->name, parts, (long long)feed.chunk, order, (int)feed.shape, (int)feed.through_save);
            buffer_done(&got);
        }
    }
    buffer_done(&expected);
}

/* A file of the shared corpora (ASSAY_SHARED, default ../shared): false and a message where it is absent; a failure where CI=true. */
static inline bool corpus_read(struct arena *arena, const char *path, struct span *out)
{
    const char *shared = getenv("ASSAY_SHARED"), *ci = getenv("CI");
    struct error err = ERROR_NONE;
    char full[4096];

    snprintf(full, sizeof full, "%s/corpora/stats/%s", shared ? shared : "../shared", path);
    if (input_read_file(arena, full, 64 << 20, out, &err) == STATUS_OK)
        return true;
    if (ci && strcmp(ci, "true") == 0)
        fail_msg("%s: %s", full, err.text);
    printf("  skipped: %s\n", err.text);
    return false;
}

#endif
