/* expectations/lengths.c -- length_between: how long texts are, in code points (bytes for binary columns). */
#include "expectations/shared.h"

static const struct field fields[] = {
    BOUNDS_FIELDS(offsetof(struct count_bounds, bounds), "shortest length accepted", "longest length accepted"),
    {.name = "equals", .type = FIELD_LITERAL, .offset = offsetof(struct count_bounds, equals),
     .doc = "the one length accepted: min and max at once", .gx = "value"},
    {0},
};

static enum status validate(struct arena *arena, struct check *check, void *params, struct error *err)
{
    (void)arena;
    return count_bounds_validate(params, check->kind->name, err);
}

static enum status plan(struct planned *p, const struct planner *planner, struct error *err)
{
    const struct count_bounds *params = p->check->params;
    const struct bounds *b = &params->bounds;
    struct arena *arena = planner->arena;
    struct expression *holds;
    int32_t slot;
    bool settled;

    TRY(plan_column(p, planner, p->check->column, FAMILY_TEXT, &slot, &settled, err));
    if (settled)
        return STATUS_OK;
    if (p->type.kind == TYPE_NULL)
        return plan_rule(p, planner, &slot, 1, expression_true(arena), err);
    if (p->type.kind != TYPE_STRING && p->type.kind != TYPE_BINARY)
        return settle_misfit(p, planner, p->type, "text", err);
    holds = expression_between(arena, expression_length(arena, expression_column(arena, p->check->column)),
                               literal_is_given(&b->min) ? &b->min : NULL, b->strict_min,
                               literal_is_given(&b->max) ? &b->max : NULL, b->strict_max);
    return plan_rule(p, planner, &slot, 1, holds, err);
}

const struct expectation expect_length_between = {
    .name = "length_between",
    .gx = "column_value_lengths_to_be_between,column_value_lengths_to_equal",
    .says = "lengths of {column} are[ {equals}][ at least {min}][{?strict_min} (excluded)][{?min}{?max} and][ at most {max}]"
            "[{?strict_max} (excluded)]",
    .doc = "Every text is between min and max code points long.",
    .example = "columns:\n  event_uuid:\n    - length_between: {min: 36, max: 36}\n",
    .level = LEVEL_ROW,
    .takes_column = true,
    .fields = fields,
    .params_size = sizeof(struct count_bounds),
    .validate = validate,
    .plan = plan,
    .judge = judge_rule,
};
