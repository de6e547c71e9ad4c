/* expectations/lengths.c -- length_between: how long texts are, in code points (bytes for binary columns). */
#include "expectations/shared.h"

struct lengths { struct bounds bounds; struct literal equals; };

static const struct field fields[] = {
    BOUNDS_FIELDS(offsetof(struct lengths, bounds), "shortest length accepted", "longest length accepted"),
    {.name = "equals", .type = FIELD_LITERAL, .offset = offsetof(struct lengths, equals),
     .doc = "the one length accepted: min and max at once", .gx = "value"},
    {0},
};

static enum status validate(struct arena *arena, struct check *check, void *params, struct error *err)
{
    struct lengths *p = params;

    (void)arena;
    if (literal_is_given(&p->equals)) {
        if (literal_is_given(&p->bounds.min) || literal_is_given(&p->bounds.max))
            return error_set(err, STATUS_BAD_SUITE, "%s takes equals, or min and max, not both", check->kind->name);
        p->bounds.min = p->bounds.max = p->equals;
    }
    TRY(bounds_validate(&p->bounds, check->kind->name, err));
    return bounds_are_numbers(&p->bounds, check->kind->name, err);
}

static enum status plan(struct planned *p, const struct planner *planner, struct error *err)
{
    const struct lengths *params = p->check->params;
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
    .params_size = sizeof(struct lengths),
    .validate = validate,
    .plan = plan,
    .judge = judge_rule,
};
