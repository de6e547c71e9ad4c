/* stats/presence.c -- how many rows are null, NaN or malformed.
 *
 * Exact. A malformed cell is there, so it is no null; NaN is counted only where values are read (floats). Merges by
 * addition. A footer answers where its null count is trusted and NaNs are counted or cannot be.
 */
#include "stats/selection.h"

static const struct field fields[] = {
    {.name = "n_rows", .type = FIELD_I64, .offset = offsetof(struct presence, n_rows), .doc = "selected rows"},
    {.name = "n_nulls", .type = FIELD_I64, .offset = offsetof(struct presence, n_nulls), .doc = "of them null"},
    {.name = "n_nans", .type = FIELD_I64, .offset = offsetof(struct presence, n_nans), .doc = "of them NaN"},
    {.name = "n_malformed", .type = FIELD_I64, .offset = offsetof(struct presence, n_malformed),
     .doc = "of them text that is not of the column's type"},
    {0},
};

static enum status init(void *state, const struct metric_setup *setup, struct error *err)
{
    (void)setup;
    (void)err;
    *(struct presence *)state = (struct presence){0};
    return STATUS_OK;
}

static enum status add(void *state, const struct metric_input *in, struct error *err)
{
    struct presence *presence = state;
    struct selection s;

    TRY(selection_make(&s, in, err));
    presence->n_rows += s.counts.n_rows;
    presence->n_nulls += s.counts.n_nulls;
    presence->n_nans += s.counts.n_nans;
    presence->n_malformed += s.counts.n_malformed;
    return STATUS_OK;
}

static enum status from_summary(void *state, const struct column_summary *summary, bool *answered, enum evidence *proof,
                                struct error *err)
{
    struct presence *presence = state;

    (void)err;
    *answered = summary->has_nulls_count && summary->has_nan_count;
    if (!*answered)
        return STATUS_OK;
    presence->n_rows += summary->n_rows;
    presence->n_nulls += summary->n_nulls;
    presence->n_nans += summary->n_nans;
    *proof = summary->nulls_evidence;
    return STATUS_OK;
}

static enum status merge(void *into, void *from, struct error *err)
{
    struct presence *a = into;
    const struct presence *b = from;

    (void)err;
    a->n_rows += b->n_rows;
    a->n_nulls += b->n_nulls;
    a->n_nans += b->n_nans;
    a->n_malformed += b->n_malformed;
    return STATUS_OK;
}

static void done(void *state)
{
    *(struct presence *)state = (struct presence){0};
}

const struct metric metric_presence = {
    .name = "presence",
    .doc = "how many rows are null, NaN or malformed",
    .state_size = sizeof(struct presence),
    .fields = fields,
    .needs_only_nulls = true,
    .init = init,
    .add = add,
    .from_summary = from_summary,
    .merge = merge,
    .done = done,
};
