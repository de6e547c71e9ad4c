/* stats/selection.c -- see selection.h. */
#include "stats/selection.h"

#include <float.h>
#include <math.h>

#include "kernels/kernels.h"

size_t selection_rows(const struct metric_input *in, uint64_t *out)
{
    size_t words = BITMAP_WORDS(in->n_rows);

    if (in->rows)
        memcpy(out, in->rows, words * sizeof *out);
    else
        bitmap_fill(out, in->n_rows);
    return words;
}

bool one_row_of(struct one_row *out, const struct metric_input *in)
{
    const struct vector *v = in->columns[0];

    if (in->n_columns != 1 || v->shape != SHAPE_CONSTANT || v->valid || v->malformed || in->n_selected == 0)
        return false;
    out->vector = *v;
    out->column = &out->vector;
    out->in = *in;
    out->vector.n_rows = out->in.n_rows = out->in.n_selected = 1;
    out->in.rows = NULL;
    out->in.columns = &out->column;
    return true;
}

const uint64_t *selection_flat(struct selection *s, const struct vector *v)
{
    if (s->flat)
        return s->flat;
    if (v->shape == SHAPE_FLAT) {
        s->flat = v->u64;
    } else {
        vector_flatten(v, s->room);
        s->flat = s->room;
    }
    return s->flat;
}

/* NaNs leave the values; infinities stay and are counted. */
static void look_at_floats(struct selection *s, const struct vector *v, size_t words)
{
    const struct kernels *kernels = kernels_get();
    const double *x = (const double *)selection_flat(s, v);
    uint64_t finite[CHUNK_MAX_ROWS / 64];

    kernels->between_f64(x, v->n_rows, -DBL_MAX, DBL_MAX, finite);
    for (size_t w = 0; w < words; w++)
        if (s->values[w] & ~finite[w])
            s->counts.n_infinite += __builtin_popcountll(s->values[w] & ~finite[w]);
    if (s->counts.n_infinite == 0)
        return;
    kernels->nan_f64(x, v->n_rows, s->nans);
    for (size_t w = 0; w < words; w++) {
        s->nans[w] &= s->values[w];
        s->values[w] &= ~s->nans[w];
        s->counts.n_nans += __builtin_popcountll(s->nans[w]);
    }
    s->counts.n_infinite -= s->counts.n_nans;
}

enum status selection_of(struct selection *s, const struct metric_input *in, const struct vector *v, struct error *err)
{
    size_t words = BITMAP_WORDS(in->n_rows);

    if (in->n_rows > CHUNK_MAX_ROWS || v->n_rows != in->n_rows)
        return error_set(err, STATUS_INTERNAL, "a chunk of %lld rows with a vector of %lld", (long long)in->n_rows,
                         (long long)v->n_rows);
    s->flat = NULL;
    s->counts = (struct moments_counts){0};
    selection_rows(in, s->values);
    s->counts.n_rows = in->rows ? bitmap_count(s->values, in->n_rows) : in->n_rows;
    if (v->valid) {
        for (size_t w = 0; w < words; w++) {
            if (in->rows)
                s->counts.n_nulls += __builtin_popcountll(s->values[w] & ~v->valid[w]);
            s->values[w] &= v->valid[w];
        }
        if (!in->rows)
            s->counts.n_nulls = v->n_nulls;
    }
    if (v->malformed) {
        for (size_t w = 0; w < words; w++) {
            s->malformed[w] = s->values[w] & v->malformed[w];
            s->counts.n_malformed += __builtin_popcountll(s->malformed[w]);
            s->values[w] &= ~v->malformed[w];
        }
    }
    if (v->lane == LANE_F64 && !(v->shape == SHAPE_DICTIONARY && v->entries_are_finite) &&
        !(v->shape == SHAPE_CONSTANT && isfinite(v->f64[0])))
        look_at_floats(s, v, words);
    s->counts.n_values = s->counts.n_rows - s->counts.n_nulls - s->counts.n_malformed - s->counts.n_nans;
    return STATUS_OK;
}

enum status selection_make(struct selection *s, const struct metric_input *in, struct error *err)
{
    return selection_of(s, in, in->columns[0], err);
}

void counts_add_times(struct moments_counts *into, const struct moments_counts *from, int64_t times)
{
    into->n_rows += from->n_rows * times;
    into->n_nulls += from->n_nulls * times;
    into->n_nans += from->n_nans * times;
    into->n_infinite += from->n_infinite * times;
    into->n_malformed += from->n_malformed * times;
    into->n_values += from->n_values * times;
}

void counts_add(struct moments_counts *into, const struct moments_counts *from)
{
    counts_add_times(into, from, 1);
}
