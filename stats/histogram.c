/* stats/histogram.c -- how many values lie between each two of n + 1 evenly spaced edges.
 *
 * Bin i holds edge[i] <= x < edge[i + 1], the last one both its edges; edge[i] = low + i * ((high - low) / n), the last edge is
 * `high` itself. Values outside are counted apart, infinities among them. Values are compared as doubles: integers beyond 2^53 and
 * decimals by the nearest double. A unit whose bounds lie in one bin is counted without being read. Null, NaN and malformed cells are no values. Merges by addition.
 */
#include "stats/selection.h"

#include <math.h>

enum { BINS_MAX = 1 << 20 };

struct histogram {
    struct moments_counts counts;
    struct histogram_params params;
    struct memory *memory;
    double unit; /* a decimal's 10^scale; else 1 */
    int64_t *bins;
    double *edges;
    int64_t n_below, n_above;
    struct buffer packed;
};

static const struct field fields[] = {
    COUNTS_FIELDS(struct histogram, counts),
    {.name = "n_below", .type = FIELD_I64, .offset = offsetof(struct histogram, n_below), .doc = "values below the first edge"},
    {.name = "n_above", .type = FIELD_I64, .offset = offsetof(struct histogram, n_above), .doc = "values above the last edge"},
    {.name = "bins", .type = FIELD_BLOB, .offset = offsetof(struct histogram, packed), .doc = "counts, 8 bytes each"},
    {0},
};

static enum status init(void *state, const struct metric_setup *setup, struct error *err)
{
    struct histogram *h = state;
    const struct histogram_params *params = setup->params;
    size_t n;

    memset(h, 0, sizeof *h);
    if (!params || params->n_bins < 1 || params->n_bins > BINS_MAX || !(params->low <= params->high) ||
        !isfinite(params->low) || !isfinite(params->high))
        return error_set(err, STATUS_INTERNAL, "a histogram of %d bins", params ? (int)params->n_bins : 0);
    h->params = *params;
    h->memory = h->packed.memory = setup->memory;
    h->unit = setup->types[0].kind == TYPE_DECIMAL ? pow(10, setup->types[0].scale) : 1;
    n = (size_t)params->n_bins;
    h->bins = mem_alloc(h->memory, n * sizeof *h->bins);
    h->edges = mem_alloc(h->memory, (n + 1) * sizeof *h->edges);
    if (!h->bins || !h->edges) {
        mem_free(h->memory, h->bins);
        mem_free(h->memory, h->edges);
        h->bins = NULL;
        h->edges = NULL;
        return memory_error(h->memory, "a histogram", err);
    }
    for (size_t i = 0; i < n; i++)
        h->edges[i] = params->low + (double)i * ((params->high - params->low) / (double)n);
    h->edges[n] = params->high;
    return STATUS_OK;
}

/* -1: below the first edge, n_bins: above the last one. A greater x is never in an earlier bin. */
static int32_t find_bin(const struct histogram *h, double x)
{
    int32_t last = h->params.n_bins - 1, i;

    if (x < h->params.low)
        return -1;
    if (x > h->params.high)
        return last + 1;
    i = h->params.high > h->params.low ? (int32_t)((x - h->params.low) / (h->params.high - h->params.low) * (last + 1)) : last;
    i = i > last ? last : i < 0 ? 0 : i;
    while (i > 0 && x < h->edges[i]) /* the quotient may be off by a rounding: the edges decide */
        i--;
    while (i < last && x >= h->edges[i + 1])
        i++;
    return i;
}

static void add_to_bin(struct histogram *h, int32_t bin, int64_t n)
{
    if (bin < 0)
        h->n_below += n;
    else if (bin == h->params.n_bins)
        h->n_above += n;
    else
        h->bins[bin] += n;
}

static double number_at(const struct vector *v, int64_t at)
{
    switch (v->lane) {
    case LANE_BOOL: return v->boolean[at];
    case LANE_I64: return (double)v->i64[at];
    case LANE_U64: return (double)v->u64[at];
    case LANE_F64: return v->f64[at];
    case LANE_I128: return (double)v->i128[at];
    case LANE_BYTES:
    case LANE_NONE: break;
    }
    return NAN;
}

static enum status add(void *state, const struct metric_input *in, struct error *err)
{
    struct histogram *h = state;
    const struct vector *v = in->columns[0];
    struct selection s;

    TRY(selection_make(&s, in, err));
    counts_add(&h->counts, &s.counts);
    if (v->lane == LANE_BYTES || v->lane == LANE_NONE)
        return STATUS_OK;
    FOR_EACH_BIT(i, s.values, in->n_rows)
        add_to_bin(h, find_bin(h, number_at(v, vector_position(v, i)) / h->unit), 1);
    return STATUS_OK;
}

static bool number_of(const struct value *x, double *out)
{
    switch (x->kind) {
    case VALUE_INT: case VALUE_DATE: case VALUE_TIME: case VALUE_TIMESTAMP: *out = (double)x->i64; return true;
    case VALUE_UINT: *out = (double)x->u64; return true;
    case VALUE_DECIMAL: *out = (double)x->i128; return true;
    case VALUE_DOUBLE: *out = x->f64; return isfinite(x->f64);
    case VALUE_BOOL: *out = x->boolean; return true;
    default: return false;
    }
}

/* Where the bounds lie in one bin, so do all values. How many infinities there are bounds do not say. */
static enum status from_summary(void *state, const struct column_summary *summary, bool *answered, enum evidence *proof,
                                struct error *err)
{
    struct histogram *h = state;
    int64_t n_values = summary->n_rows - summary->n_nulls - summary->n_nans;
    double min, max;
    int32_t bin = 0;

    (void)err;
    *answered = summary->has_nulls_count && summary->has_nan_count;
    if (*answered && n_values > 0) {
        *answered = summary->has_bounds && number_of(&summary->min, &min) && number_of(&summary->max, &max);
        bin = *answered ? find_bin(h, min / h->unit) : 0;
        *answered = *answered && bin == find_bin(h, max / h->unit);
    }
    if (!*answered)
        return STATUS_OK;
    *proof = EVIDENCE_FOOTER;
    add_to_bin(h, bin, n_values);
    counts_add(&h->counts, &(struct moments_counts){.n_rows = summary->n_rows, .n_nulls = summary->n_nulls,
                                                    .n_nans = summary->n_nans, .n_values = n_values});
    return STATUS_OK;
}

static enum status merge(void *into, void *from, struct error *err)
{
    struct histogram *a = into;
    const struct histogram *b = from;

    (void)err;
    counts_add(&a->counts, &b->counts);
    for (int32_t i = 0; i < a->params.n_bins; i++)
        a->bins[i] += b->bins[i];
    a->n_below += b->n_below;
    a->n_above += b->n_above;
    return STATUS_OK;
}

static enum status pack(void *state, struct error *err)
{
    struct histogram *h = state;

    h->packed.size = 0;
    if (!buffer_add(&h->packed, h->bins, (size_t)h->params.n_bins * sizeof *h->bins))
        return memory_error(h->memory, "a histogram", err);
    return STATUS_OK;
}

static enum status unpack(void *state, const struct metric_setup *setup, struct error *err)
{
    struct histogram *h = state;

    (void)setup;
    if (h->packed.size != (size_t)h->params.n_bins * sizeof *h->bins)
        return error_set(err, STATUS_BAD_DATA, "a saved histogram has %zu bytes of counts for %d bins", h->packed.size,
                         (int)h->params.n_bins);
    memcpy(h->bins, h->packed.at, h->packed.size);
    return STATUS_OK;
}

static void done(void *state)
{
    struct histogram *h = state;

    mem_free(h->memory, h->bins);
    mem_free(h->memory, h->edges);
    buffer_done(&h->packed);
    memset(h, 0, sizeof *h);
}

const struct metric metric_histogram = {
    .name = "histogram",
    .doc = "how many values lie between evenly spaced edges",
    .state_size = sizeof(struct histogram),
    .takes_values_only = true,
    .fields = fields,
    .init = init,
    .add = add,
    .from_summary = from_summary,
    .merge = merge,
    .pack = pack,
    .unpack = unpack,
    .done = done,
};

bool histogram_counts(const void *state, const int64_t **counts, int32_t *n_bins)
{
    const struct histogram *h = state;

    *counts = h->bins;
    *n_bins = h->params.n_bins;
    return h->counts.n_values > 0;
}
