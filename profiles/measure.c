/* profiles/measure.c -- see measure.h.
 *
 * A metric that would need more memory than there is (TOO_LARGE) is given up, not the profile: its figure is left out.
 */
#include "profiles/measure.h"

#include <math.h>

const double profile_quantiles[PROFILE_QUANTILES] = {0.05, 0.25, 0.5, 0.75, 0.95};

static const struct metric *const kinds[MEASURES] = {
    [MEASURE_PRESENCE] = &metric_presence,   [MEASURE_EXTREMES] = &metric_extremes,
    [MEASURE_MOMENTS] = &metric_moments,     [MEASURE_DISTINCT] = &metric_distinct,
    [MEASURE_QUANTILES] = &metric_quantiles, [MEASURE_FREQUENCIES] = &metric_frequencies,
    [MEASURE_HISTOGRAM] = &metric_histogram, [MEASURE_TEXTS] = &metric_texts,
    [MEASURE_DIRECTION] = &metric_direction, [MEASURE_ORDERED] = &metric_ordered,
};

static bool applies(enum measure_kind kind, struct type type)
{
    bool has_values = type_lane(type) != LANE_NONE;

    switch (kind) {
    case MEASURE_PRESENCE:
        return true;
    case MEASURE_EXTREMES:
        return has_values && type.kind != TYPE_INTERVAL; /* months, days and milliseconds have no order */
    case MEASURE_MOMENTS:
        return type_is_numeric(type);
    case MEASURE_QUANTILES:
        return (type_is_numeric(type) || type_is_temporal(type)) && type_lane(type) != LANE_I128;
    case MEASURE_HISTOGRAM:
        return type_is_numeric(type);
    case MEASURE_TEXTS:
        return type.kind == TYPE_STRING || type.kind == TYPE_BINARY;
    case MEASURE_DIRECTION:
        return (type_is_numeric(type) || type_is_temporal(type)) && lane_width(type_lane(type)) == sizeof(uint64_t);
    case MEASURE_ORDERED: /* begun apart: only a saved reference needs it */
    case MEASURE_DISTINCT:
    case MEASURE_FREQUENCIES:
    case MEASURES:
        break;
    }
    return has_values;
}

static enum status begin(struct measure *m, enum measure_kind kind, struct error *err)
{
    struct measured *k = &m->at[kind];

    k->state = arena_alloc(m->arena, k->metric->state_size);
    if (!k->state)
        return error_no_memory(err);
    k->is_begun = true;
    k->is_active = true;
    return k->metric->init(k->state, &k->setup, err);
}

/* The values in order, or the lengths of texts: what drift tests compare with. Types without an order have neither. */
static enum status begin_ordered(struct measure *m, struct memory *memory, struct error *err)
{
    struct measured *k = &m->at[MEASURE_ORDERED];
    bool is_text = m->column->type.kind == TYPE_STRING || m->column->type.kind == TYPE_BINARY;

    m->ordered = (struct ordered_params){.as = {.kind = TYPE_INT64}, .limit = ORDERED_LIMIT, .sums = 1};
    if (!is_text && !ordered_common(m->column->type, m->column->type, &m->ordered.as))
        return STATUS_OK;
    k->metric = kinds[MEASURE_ORDERED];
    k->setup = (struct metric_setup){.memory = memory, .n_columns = 1, .types = {m->column->type}, .params = &m->ordered,
                                     .params_size = sizeof m->ordered};
    return begin(m, MEASURE_ORDERED, err);
}

enum status measure_init(struct measure *m, struct profile_column *column, int wants, struct arena *arena, struct memory *memory,
                         struct error *err)
{
    *m = (struct measure){.column = column, .arena = arena, .is_first_round = true, .wants = wants};
    m->quantiles = (struct quantiles_params){.n = PROFILE_QUANTILES, .method = 7};
    memcpy(m->quantiles.at, profile_quantiles, sizeof profile_quantiles);
    for (int kind = 0; kind < MEASURES; kind++) {
        struct measured *k = &m->at[kind];

        if (kind == MEASURE_ORDERED || !applies((enum measure_kind)kind, column->type))
            continue;
        k->metric = kinds[kind];
        k->setup = (struct metric_setup){.memory = memory, .n_columns = 1};
        k->setup.types[0] = column->type;
        if (kind == MEASURE_QUANTILES) {
            k->setup.params = &m->quantiles;
            k->setup.params_size = sizeof m->quantiles;
        }
        if (kind != MEASURE_HISTOGRAM)
            TRY(begin(m, (enum measure_kind)kind, err));
    }
    if (wants & MEASURE_FOR_REFERENCE)
        TRY(begin_ordered(m, memory, err));
    if (!(wants & MEASURE_DIGEST))
        return STATUS_OK;
    m->digest = arena_alloc(arena, sizeof *m->digest);
    if (!m->digest)
        return error_no_memory(err);
    digest_init(m->digest);
    return STATUS_OK;
}

static void give_up(struct measured *k, struct error *err)
{
    if (k->forked)
        k->metric->done(k->forked);
    if (k->is_begun)
        k->metric->done(k->state);
    *k = (struct measured){0};
    error_clear(err);
}

static bool keep_first(struct profile_column *c, const struct vector *v, struct arena *results)
{
    if (v->n_nulls == v->n_rows)
        return true;
    for (int64_t row = 0; row < v->n_rows && c->n_first < PROFILE_FIRST; row++) {
        struct value value;

        if (!vector_is_valid(v, row))
            continue;
        value = vector_value(v, row);
        if (!value_copy(results, &value, SAMPLE_VALUE_BYTES, &c->first[c->n_first++]))
            return false;
    }
    return true;
}

enum status measure_add(struct measure *m, const struct vector *vector, int32_t file, int64_t first_row,
                        struct arena *results, struct error *err)
{
    struct metric_input in = {.n_rows = vector->n_rows, .columns = &vector, .n_columns = 1, .n_selected = vector->n_rows,
                              .file = file, .first_row = first_row};

    for (int kind = 0; kind < MEASURES; kind++) {
        struct measured *k = &m->at[kind];

        if (!k->metric || !k->is_active)
            continue;
        if (k->metric->add(k->forked ? k->forked : k->state, &in, err) == STATUS_OK)
            continue;
        if (err->status != STATUS_TOO_LARGE)
            return err->status;
        give_up(k, err);
    }
    if (!m->is_first_round)
        return STATUS_OK;
    if (m->digest)
        digest_vector(m->digest, vector);
    return keep_first(m->column, vector, results) ? STATUS_OK : error_no_memory(err);
}

/* As a double; false for what is not finite. */
static bool as_double(const struct value *v, double *out)
{
    switch (v->kind) {
    case VALUE_INT:
        *out = (double)v->i64;
        break;
    case VALUE_UINT:
        *out = (double)v->u64;
        break;
    case VALUE_DOUBLE:
        *out = v->f64;
        break;
    case VALUE_DECIMAL:
        *out = (double)v->i128 / pow(10, v->scale);
        break;
    default:
        return false;
    }
    return isfinite(*out);
}

/* Bins of equal width from the smallest to the largest value; none where those are equal, infinite or too far apart. */
static enum status begin_histogram(struct measure *m, struct error *err)
{
    struct measured *k = &m->at[MEASURE_HISTOGRAM];
    struct value low, high;
    struct histogram_params *p = &m->histogram;

    if (!k->metric)
        return STATUS_OK;
    if (!m->at[MEASURE_EXTREMES].metric || !extremes_min(m->at[MEASURE_EXTREMES].state, &low) ||
        !extremes_max(m->at[MEASURE_EXTREMES].state, &high) || !as_double(&low, &p->low) || !as_double(&high, &p->high) ||
        !(p->low < p->high) || !isfinite(p->high - p->low)) {
        k->metric = NULL;
        return STATUS_OK;
    }
    p->n_bins = PROFILE_BINS;
    k->setup.params = p;
    k->setup.params_size = sizeof *p;
    return begin(m, MEASURE_HISTOGRAM, err);
}

static enum status fork_state(struct measure *m, struct measured *k, struct error *err)
{
    k->forked = arena_alloc(m->arena, k->metric->state_size);
    if (!k->forked)
        return error_no_memory(err);
    k->is_active = true;
    return k->metric->fork(k->forked, k->state, &k->setup, err);
}

/* Folds a further round in and asks for the next. */
static enum status turn(struct measure *m, struct measured *k, bool *wanted, struct error *err)
{
    enum status status = STATUS_OK;

    *wanted = false;
    if (k->forked) {
        status = k->metric->merge(k->state, k->forked, err);
        k->metric->done(k->forked);
        k->forked = NULL;
    }
    k->is_active = false;
    if (status == STATUS_OK && k->metric->next_round)
        status = k->metric->next_round(k->state, wanted, err);
    if (status == STATUS_OK && *wanted)
        status = fork_state(m, k, err);
    return status;
}

enum status measure_next_round(struct measure *m, bool *wanted, struct error *err)
{
    *wanted = false;
    for (int kind = 0; kind < MEASURES; kind++) {
        struct measured *k = &m->at[kind];
        bool again = false;

        if (!k->metric || !k->is_active)
            continue;
        if (turn(m, k, &again, err) != STATUS_OK) {
            if (err->status != STATUS_TOO_LARGE)
                return err->status;
            give_up(k, err);
            continue;
        }
        *wanted = *wanted || again;
    }
    if (m->is_first_round)
        TRY(begin_histogram(m, err));
    *wanted = *wanted || m->at[MEASURE_HISTOGRAM].is_active;
    m->is_first_round = false;
    return STATUS_OK;
}

static void finish_counts(struct measure *m)
{
    struct profile_column *c = m->column;
    const struct presence *p = m->at[MEASURE_PRESENCE].state;

    c->element_count = p->n_rows;
    c->null_count = p->n_nulls;
    if (type_is_float(c->type))
        c->nan_count = p->n_nans;
    if (m->at[MEASURE_DISTINCT].metric)
        c->distinct_count = distinct_count(m->at[MEASURE_DISTINCT].state);
}

static void finish_moments(struct measure *m)
{
    struct profile_column *c = m->column;
    const void *state = m->at[MEASURE_MOMENTS].state;

    if (!m->at[MEASURE_MOMENTS].metric)
        return;
    if (!moments_sum(state, &c->sum))
        c->sum = value_none();
    if (!moments_mean(state, &c->mean))
        c->mean = value_none();
    if (!moments_stdev(state, &c->stdev))
        c->stdev = value_none();
}

static bool finish_order(struct measure *m, struct arena *results)
{
    struct profile_column *c = m->column;
    const void *extremes = m->at[MEASURE_EXTREMES].state;
    struct value v;

    if (m->at[MEASURE_EXTREMES].metric &&
        ((extremes_min(extremes, &v) && !value_copy(results, &v, SAMPLE_VALUE_BYTES, &c->min)) ||
         (extremes_max(extremes, &v) && !value_copy(results, &v, SAMPLE_VALUE_BYTES, &c->max))))
        return false;
    for (int32_t i = 0; m->at[MEASURE_QUANTILES].metric && i < PROFILE_QUANTILES; i++)
        if (quantiles_get(m->at[MEASURE_QUANTILES].state, i, &c->quantiles[i]))
            c->n_quantiles = i + 1;
    return true;
}

/* Texts of a state end with it: copied. */
static bool copy_top(const struct top_value *top, int32_t n, struct arena *results, const struct top_value **out)
{
    struct top_value *kept = arena_array(results, (size_t)n + 1, sizeof *kept);

    for (int32_t i = 0; kept && i < n; i++) {
        kept[i].count = top[i].count;
        if (!value_copy(results, &top[i].value, SAMPLE_VALUE_BYTES, &kept[i].value))
            return false;
    }
    *out = kept;
    return kept != NULL;
}

static bool finish_top(struct measure *m, struct arena *results)
{
    const struct top_value *top = NULL;
    bool is_known = false;
    int32_t n = 0;

    if (!m->at[MEASURE_FREQUENCIES].metric)
        return true;
    if (!frequencies_top(m->at[MEASURE_FREQUENCIES].state, results, PROFILE_TOP, &top, &n, &is_known))
        return false;
    if (!is_known)
        return true;
    m->column->n_top = n;
    return copy_top(top, n, results, &m->column->top);
}

static bool finish_texts(struct measure *m, struct arena *results)
{
    struct profile_column *c = m->column;
    const void *state = m->at[MEASURE_TEXTS].state;
    const struct top_value *top;
    bool is_known;
    int32_t n;

    if (!m->at[MEASURE_TEXTS].metric)
        return true;
    c->has_lengths = texts_lengths(state, &c->shortest, &c->longest, &c->mean_length);
    if (!texts_top(state, results, PROFILE_PATTERNS, &top, &n, &is_known))
        return false;
    c->n_patterns = is_known ? n : 0;
    return copy_top(top, c->n_patterns, results, &c->patterns);
}

static bool finish_direction(struct measure *m)
{
    struct profile_column *c = m->column;
    struct direction_steps s;

    if (!m->at[MEASURE_DIRECTION].metric)
        return true;
    if (!direction_steps(m->at[MEASURE_DIRECTION].state, &s))
        return false;
    if (s.rises + s.stays + s.falls == 0)
        return true; /* one value has no direction */
    c->order = s.rises == 0 && s.falls == 0 ? "constant"
               : s.falls == 0               ? s.stays ? "increasing" : "strictly_increasing"
               : s.rises == 0               ? s.stays ? "decreasing" : "strictly_decreasing"
                                            : "none";
    return true;
}

/* No value twice and none missing: what could be a primary key. */
static void finish_key(struct profile_column *c)
{
    c->is_key_candidate = c->element_count > 1 && c->null_count == 0 && c->nan_count <= 0 && c->distinct_count == c->element_count;
}

static void finish_histogram(struct measure *m)
{
    struct profile_column *c = m->column;
    const struct histogram_params *p = &m->histogram;
    const int64_t *counts;
    int32_t n = 0;

    if (!m->at[MEASURE_HISTOGRAM].metric || !m->at[MEASURE_HISTOGRAM].is_begun ||
        !histogram_counts(m->at[MEASURE_HISTOGRAM].state, &counts, &n) || n != PROFILE_BINS)
        return;
    memcpy(c->counts, counts, sizeof c->counts);
    for (int32_t i = 0; i <= n; i++)
        c->edges[i] = i == n ? p->high : p->low + (p->high - p->low) * i / n;
    c->n_bins = n;
}

static enum status save_one(struct measure *m, enum measure_kind kind, const char *what, struct arena *results, struct error *err)
{
    struct measured *k = &m->at[kind];
    struct buffer out = {.memory = k->setup.memory};
    struct profile_saved *saved = &m->column->saved[m->column->n_saved];

    if (!k->metric || !k->is_begun)
        return STATUS_OK;
    if (kind == MEASURE_ORDERED)
        TRY(ordered_thin(k->state, err));
    if (!metric_save(k->metric, k->state, &out, err)) {
        buffer_done(&out);
        return err->status;
    }
    saved->what = what;
    saved->bytes = span_of(arena_text(results, out.at, out.size), out.size);
    buffer_done(&out);
    if (!saved->bytes.at)
        return error_no_memory(err);
    m->column->n_saved++;
    return STATUS_OK;
}

/* Numbers and times are compared by their order; as categories only where they are few. */
enum { SAVED_CATEGORIES_OF_NUMBERS = 4096 };

static bool has_order(const struct measure *m)
{
    return (type_is_numeric(m->column->type) || type_is_temporal(m->column->type)) && m->at[MEASURE_ORDERED].metric &&
           m->at[MEASURE_DISTINCT].metric;
}

enum status measure_finish(struct measure *m, struct arena *results, struct error *err)
{
    char hex[65];

    if (m->wants & MEASURE_FOR_REFERENCE) {
        if (!has_order(m) || distinct_count(m->at[MEASURE_DISTINCT].state) <= SAVED_CATEGORIES_OF_NUMBERS)
            TRY(save_one(m, MEASURE_FREQUENCIES, "frequencies", results, err));
        TRY(save_one(m, MEASURE_ORDERED, "ordered", results, err));
    }

    finish_counts(m);
    finish_moments(m);
    finish_histogram(m);
    finish_key(m->column);
    if (!finish_order(m, results) || !finish_top(m, results) || !finish_texts(m, results) || !finish_direction(m))
        return error_no_memory(err);
    if (!m->digest)
        return STATUS_OK;
    digest_hex(m->digest, hex);
    m->column->values_sha256 = arena_text(results, hex, strlen(hex));
    return m->column->values_sha256 ? STATUS_OK : error_no_memory(err);
}

void measure_done(struct measure *m)
{
    for (int kind = 0; kind < MEASURES; kind++) {
        struct measured *k = &m->at[kind];

        if (k->metric && k->forked)
            k->metric->done(k->forked);
        if (k->metric && k->is_begun)
            k->metric->done(k->state);
    }
}
