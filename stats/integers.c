/* stats/integers.c -- see integers.h. Bits are only right while nobody else gives a value of the column to the fingerprints, so they
 * are not begun where stretches have been noted, and end with the first chunk that they do not take. */
#include "stats/integers.h"

void integers_init(struct integers *s, const struct metric_setup *setup, bool counts_repeats)
{
    increasing_init(&s->increasing, setup->memory, setup->n_columns, setup->types[0]);
    dense_init(&s->dense, setup->memory, setup->n_columns, setup->types[0], counts_repeats, setup->samples > 0);
}

void integers_done(struct integers *s)
{
    increasing_done(&s->increasing);
    dense_done(&s->dense);
}

enum status integers_offer(struct integers *s, struct fingerprints *exact, const struct metric_input *in, struct moments_counts *counts,
                           bool *taken, struct error *err)
{
    bool has_stretches = s->increasing.n_values > 0;

    TRY(increasing_relieve(&s->increasing, exact, err));
    TRY(increasing_offer(&s->increasing, in, counts, taken, err));
    if (*taken)
        return STATUS_OK;
    if (has_stretches)
        s->dense.is_possible = false;
    TRY(dense_offer(&s->dense, exact, in, counts, taken, err));
    return *taken ? STATUS_OK : dense_close(&s->dense, exact, err);
}

enum status integers_merge(struct integers *into, struct fingerprints *into_exact, struct integers *from, struct fingerprints *from_exact,
                           struct error *err)
{
    TRY(increasing_merge(&into->increasing, &from->increasing, err));
    return dense_merge(&into->dense, into_exact, &from->dense, from_exact, err);
}

enum status integers_settle(struct integers *s, struct fingerprints *exact, struct error *err)
{
    if (s->increasing.n_values && s->dense.n_values)
        return integers_drain(s, exact, err);
    TRY(increasing_settle(&s->increasing, exact, err));
    return dense_settle(&s->dense, exact, err);
}

enum status integers_drain(struct integers *s, struct fingerprints *exact, struct error *err)
{
    TRY(dense_close(&s->dense, exact, err));
    return increasing_drain(&s->increasing, exact, err);
}

int64_t integers_count(const struct integers *s)
{
    return s->increasing.n_values + s->dense.n_values;
}
