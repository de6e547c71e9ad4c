/* expectations/presence.c -- values are there, or are not: not_null and null.
 *
 * Every row is considered, so an all-null column is judged like any other. A NaN is no good value: it is unexpected for both,
 * unless `nan: pass`. With `nan: ignore` it is none of not_null's business, whose rows are all rows, so that a footer's null count
 * answers; for null it is as good as a null. In dialect gx a NaN is a null: unexpected for not_null, expected for null.
 */
#include "expectations/shared.h"

static const struct field fields[] = {{0}};

struct presence_rule { bool wants_null; };

static enum status plan(struct planned *p, const struct planner *planner, struct error *err)
{
    const struct presence_rule *kind = p->check->kind->arg;
    struct rule rule = {.nulls = kind->wants_null ? NULLS_PASS : NULLS_FAIL, .nan = p->check->nan};
    int32_t slot;
    bool settled;

    TRY(plan_column(p, planner, p->check->column, FAMILY_ANY, &slot, &settled, err));
    if (settled)
        return STATUS_OK;
    if (p->check->dialect->nan == NAN_IGNORE && p->check->nan == NAN_IGNORE)
        rule.nan = kind->wants_null ? NAN_PASS : NAN_FAIL;
    else if (rule.nan == NAN_IGNORE && !kind->wants_null)
        rule.nan = NAN_PASS;
    rule.holds = kind->wants_null
                     ? expression_is_null(planner->arena, expression_column(planner->arena, p->check->column))
                     : expression_true(planner->arena);
    return plan_with_rule(p, planner, &slot, 1, &rule, err);
}

const struct expectation expect_not_null = {
    .name = "not_null",
    .gx = "column_values_to_not_be_null",
    .says = "{column} is never null",
    .doc = "Every row has a value in the column. All rows are counted; a NaN is not a value.",
    .example = "columns:\n  user_id: [not_null]\n",
    .level = LEVEL_ROW,
    .takes_column = true,
    .fields = fields,
    .arg = &(const struct presence_rule){false},
    .plan = plan,
    .judge = judge_rule,
};

const struct expectation expect_null = {
    .name = "null",
    .gx = "column_values_to_be_null",
    .says = "{column} is always null",
    .doc = "No row has a value in the column. All rows are counted.",
    .example = "columns:\n  legacy_code:\n    - null\n",
    .level = LEVEL_ROW,
    .takes_column = true,
    .fields = fields,
    .arg = &(const struct presence_rule){true},
    .plan = plan,
    .judge = judge_rule,
};
