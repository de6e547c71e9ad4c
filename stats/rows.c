/* stats/rows.c -- how many rows are selected.
 *
 * Exact. Nulls, NaN and malformed cells do not matter: no column is read. Merges by addition; a footer's row count answers.
 */
#include "stats/metrics.h"

static const struct field fields[] = {
    {.name = "n", .type = FIELD_I64, .offset = offsetof(struct rows, n), .doc = "selected rows"},
    {0},
};

static enum status init(void *state, const struct metric_setup *setup, struct error *err)
{
    (void)setup;
    (void)err;
    *(struct rows *)state = (struct rows){0};
    return STATUS_OK;
}

static enum status add(void *state, const struct metric_input *in, struct error *err)
{
    struct rows *rows = state;

    (void)err;
    rows->n += in->rows ? bitmap_count(in->rows, in->n_rows) : in->n_rows;
    return STATUS_OK;
}

static enum status from_summary(void *state, const struct column_summary *summary, bool *answered, enum evidence *proof,
                                struct error *err)
{
    struct rows *rows = state;

    (void)err;
    rows->n += summary->n_rows;
    *answered = true;
    *proof = EVIDENCE_FOOTER;
    return STATUS_OK;
}

static enum status merge(void *into, void *from, struct error *err)
{
    (void)err;
    ((struct rows *)into)->n += ((const struct rows *)from)->n;
    return STATUS_OK;
}

static void done(void *state)
{
    *(struct rows *)state = (struct rows){0};
}

const struct metric metric_rows = {
    .name = "rows",
    .doc = "the number of selected rows",
    .state_size = sizeof(struct rows),
    .fields = fields,
    .needs_only_nulls = true,
    .init = init,
    .add = add,
    .from_summary = from_summary,
    .merge = merge,
    .done = done,
};
