/* expectations/drift_share.c -- drift_share: no more than a share of the suite's drift checks fails.
 *
 * The one expectation that is about others: it reads no data, and the validator gives its verdict when all others have theirs
 * (validator/drift.c). Drift checks that fail beside it count as warnings, for it is their sum that decides.
 */
#include "expectations/shared.h"

struct drift_share { double max; };

static const struct field fields[] = {
    {.name = "max", .type = FIELD_NUMBER, .offset = offsetof(struct drift_share, max), .flags = FIELD_MAIN | FIELD_REQUIRED, .min = 0, .max = 1,
     .doc = "largest share of drift checks that may fail"},
    {0},
};

static enum status plan(struct planned *p, const struct planner *planner, struct error *err)
{
    (void)p;
    (void)planner;
    (void)err;
    return STATUS_OK;
}

/* What it is judged against; the rest is not known yet. */
static enum status judge(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err)
{
    const struct drift_share *params = p->check->params;

    (void)seen;
    (void)err;
    out->p_limit = params->max;
    return STATUS_OK;
}

const struct expectation expect_drift_share = {
    .name = "drift_share",
    .says = "at most {max} of the drift checks fail",
    .doc = "Of the suite's matches_distribution checks that could be judged, no larger share fails than this. Beside it each of them counts as "
           "a warning. `drift: {max_share: 0.3}` at the top of a suite is the same.",
    .example = "table:\n  - drift_share: 0.3\n",
    .level = LEVEL_TABLE,
    .takes_column = false,
    .fields = fields,
    .params_size = sizeof(struct drift_share),
    .plan = plan,
    .judge = judge,
};
