/* expectations/damage.c -- well_formed: how many records of a CSV or JSON lines batch are damaged.
 *
 * Naming it makes damage (a ragged row, a bad quote, invalid UTF-8, NUL) a finding instead of an unreadable batch; damaged
 * records are left out of every other check. Typed files have no such damage: they are read whole or not at all.
 */
#include "expectations/shared.h"

static const struct field fields[] = {{0}};

static enum status validate(struct arena *arena, struct check *check, void *params, struct error *err)
{
    (void)arena;
    (void)params;
    if (check->where)
        return error_set(err, STATUS_BAD_SUITE, "well_formed takes no where: a damaged record has no columns to ask about");
    return STATUS_OK;
}

static enum status plan(struct planned *p, const struct planner *planner, struct error *err)
{
    (void)p;
    (void)planner;
    (void)err;
    return STATUS_OK;
}

static enum status judge(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err)
{
    int64_t n_records = seen->n_records > 0 ? seen->n_records : seen->batch_rows;
    struct row_counts counts = {n_records, 0, 0, n_records, seen->n_malformed_records};

    (void)err;
    judge_counts(p, seen, &counts, out);
    out->missing_count = -1;
    return STATUS_OK;
}

const struct expectation expect_well_formed = {
    .name = "well_formed",
    .says = "records of the batch are well formed",
    .doc = "Records of CSV and JSON lines are not damaged. Damaged ones are left out of the other checks.",
    .example = "table:\n  - well_formed: {max_unexpected: 0.1%}\n",
    .level = LEVEL_ROW,
    .takes_column = false,
    .fields = fields,
    .validate = validate,
    .plan = plan,
    .judge = judge,
};
