/* tests/stats/test_runs.c -- a run of one value says what its rows say one by one.
 *
 * A file of 437 KB held 100 million equal values, and the profile of it took five seconds: constant vectors were made flat
 * and looked at row by row. Now a run is one addition with a weight, and gives the same state to the byte.
 */
#include "tests/stats/fixture.h"

static const struct metric *const kinds[] = {&metric_moments, &metric_extremes, &metric_quantiles, &metric_distinct, &metric_frequencies, &metric_direction};

struct constant { const char *name; struct type type; const void *value; };

/* Three chunks of one vector, in this shape, saved. */
static void fold(const struct metric *metric, const struct constant *sample, const struct vector *v, const uint64_t *rows,
                 struct buffer *out)
{
    static const int64_t sizes[] = {CHUNK_MAX_ROWS, 100, 1};
    struct metric_setup setup = {.n_columns = 1, .types = {sample->type}};
    void *state = calloc(1, metric->state_size);
    struct error err = ERROR_NONE;
    bool wanted;

    assert_int_equal(metric->init(state, &setup, &err), STATUS_OK);
    for (int i = 0; i < 3; i++) {
        struct vector part = *v;
        const struct vector *column = &part;
        uint64_t chosen[CHUNK_MAX_ROWS / 64]; /* no bit behind the last row */
        struct metric_input in = {.n_rows = sizes[i], .columns = &column, .n_columns = 1, .rows = rows ? chosen : NULL};

        bitmap_fill(chosen, sizes[i]);
        for (size_t w = 0; rows && w < BITMAP_WORDS(sizes[i]); w++)
            chosen[w] &= rows[w];
        in.n_selected = bitmap_count(chosen, sizes[i]);
        part.n_rows = sizes[i];
        assert_int_equal(metric->add(state, &in, &err), STATUS_OK);
    }
    if (metric->next_round && metric != &metric_quantiles)
        assert_int_equal(metric->next_round(state, &wanted, &err), STATUS_OK);
    assert_true(metric_save(metric, state, out, &err));
    metric->done(state);
    free(state);
}

static void compare(const struct constant *sample, const uint64_t *rows)
{
    size_t width = lane_width(type_lane(sample->type));
    uint8_t *flat = malloc(CHUNK_MAX_ROWS * width);
    struct vector constant = {.type = sample->type, .lane = type_lane(sample->type), .shape = SHAPE_CONSTANT,
                              .values = sample->value, .n_entries = 1};
    struct vector spread = constant;

    for (size_t i = 0; i < CHUNK_MAX_ROWS; i++)
        memcpy(flat + i * width, sample->value, width);
    spread.shape = SHAPE_FLAT;
    spread.values = flat;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct buffer by_run = {0}, by_row = {0};

        if (kinds[k] == &metric_moments && sample->type.kind == TYPE_STRING)
            continue;
        if ((kinds[k] == &metric_quantiles || kinds[k] == &metric_direction) && (width == sizeof(struct span) || type_lane(sample->type) == LANE_I128))
            continue;
        fold(kinds[k], sample, &constant, rows, &by_run);
        fold(kinds[k], sample, &spread, rows, &by_row);
        if (by_run.size != by_row.size || memcmp(by_run.at, by_row.at, by_run.size) != 0)
            fail_msg("%s of %s", kinds[k]->name, sample->name);
        buffer_done(&by_run);
        buffer_done(&by_row);
    }
    free(flat);
}

static void a_run_gives_the_state_that_its_rows_give(void **test)
{
    static const int64_t negative = -42, least = INT64_MIN;
    static const uint64_t largest = UINT64_MAX;
    static const double half = 0.5, minus_zero = -0.0, nan = NAN, infinity = INFINITY, tiny = 5e-324;
    static const uint8_t yes = 1;
    const int128 wide = -((int128)1 << 100);
    const struct span text = span_text("run"), empty = {0};
    const struct constant samples[] = {
        {"int64", {.kind = TYPE_INT64}, &negative},     {"the least int64", {.kind = TYPE_INT64}, &least},
        {"uint64", {.kind = TYPE_UINT64}, &largest},    {"double", {.kind = TYPE_DOUBLE}, &half},
        {"-0.0", {.kind = TYPE_DOUBLE}, &minus_zero},   {"NaN", {.kind = TYPE_DOUBLE}, &nan},
        {"infinity", {.kind = TYPE_DOUBLE}, &infinity}, {"a subnormal", {.kind = TYPE_DOUBLE}, &tiny},
        {"bool", {.kind = TYPE_BOOL}, &yes},            {"decimal", {.kind = TYPE_DECIMAL, .precision = 38, .scale = 2}, &wide},
        {"text", {.kind = TYPE_STRING}, &text},         {"empty text", {.kind = TYPE_STRING}, &empty},
    };
    uint64_t rows[CHUNK_MAX_ROWS / 64], none[CHUNK_MAX_ROWS / 64] = {0};

    (void)test;
    for (size_t w = 0; w < CHUNK_MAX_ROWS / 64; w++)
        rows[w] = test_random();
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        compare(&samples[i], NULL);
        compare(&samples[i], rows);
        compare(&samples[i], none);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_run_gives_the_state_that_its_rows_give)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
