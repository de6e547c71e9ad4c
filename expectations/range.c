/* expectations/range.c -- between: every value lies between two bounds.
 *
 * Bounds are compared exactly, in the column's own type. Where nothing says what an undeclared column of CSV is, the bounds do:
 * a cell that is no number is then an unexpected value.
 */
#include "expectations/shared.h"

static const struct field fields[] = {
    BOUNDS_FIELDS(0, "lowest value accepted", "highest value accepted"),
    {0},
};

static enum status validate(struct arena *arena, struct check *check, void *params, struct error *err)
{
    (void)arena;
    return bounds_validate(params, check->kind->name, err);
}

/* What a column must be for bounds of this family. */
static const char *needs(enum family family)
{
    switch (family) {
    case FAMILY_NUMBER:
        return "a number";
    case FAMILY_TIME:
        return "a date or time";
    case FAMILY_TEXT:
        return "text";
    default:
        return "another type";
    }
}

static enum status plan(struct planned *p, const struct planner *planner, struct error *err)
{
    const struct bounds *b = p->check->params;
    enum family family = bounds_family(b);
    struct expression *holds;
    struct range range;
    int32_t slot;
    bool settled, fits = true;

    TRY(plan_column(p, planner, p->check->column, family, &slot, &settled, err));
    if (settled)
        return STATUS_OK;
    if (p->type.kind == TYPE_NULL) {
        holds = expression_true(planner->arena);
    } else {
        TRY(bounds_to_range(b, p->type, planner, &range, &fits, err));
        holds = expression_between(planner->arena, expression_column(planner->arena, p->check->column),
                                   literal_is_given(&b->min) ? &b->min : NULL, b->strict_min,
                                   literal_is_given(&b->max) ? &b->max : NULL, b->strict_max);
    }
    if (!fits)
        return settle_misfit(p, planner, p->type, needs(family), err);
    return plan_rule(p, planner, &slot, 1, holds, err);
}

const struct expectation expect_between = {
    .name = "between",
    .gx = "column_values_to_be_between",
    .says = "values of {column} are[ at least {min}][{?strict_min} (excluded)][{?min}{?max} and][ at most {max}]"
            "[{?strict_max} (excluded)]",
    .doc = "Every value lies between min and max, both included unless strict_min or strict_max is set.",
    .example = "columns:\n  user_age:\n    - between: {min: 18, max: 120, mostly: 0.999}\n",
    .level = LEVEL_ROW,
    .takes_column = true,
    .fields = fields,
    .params_size = sizeof(struct bounds),
    .validate = validate,
    .plan = plan,
    .judge = judge_rule,
};
