/* expectations/distinct.c -- distinct_count: how many different values a column has. Exact, unless `approximate: true`; a NaN equals itself, -0.0 equals 0.0.
 *
 * Of a column without values there is nothing to count, which fails; Great Expectations counts 0.
 */
#include "expectations/shared.h"

struct distinct { struct count_bounds count; bool approximate; };

static const struct field fields[] = {
    {.name = "equals", .type = FIELD_LITERAL, .offset = offsetof(struct distinct, count.equals), .flags = FIELD_MAIN,
     .doc = "the one count accepted"},
    BOUNDS_FIELDS(offsetof(struct distinct, count.bounds), "lowest count accepted", "highest count accepted"),
    {.name = "approximate", .type = FIELD_BOOL, .offset = offsetof(struct distinct, approximate), .default_text = "false",
     .doc = "an estimate (HyperLogLog) in 16 KB; its relative standard error, 0.8 %, stands in the result"},
    {0},
};

static enum status validate(struct arena *arena, struct check *check, void *params, struct error *err)
{
    struct distinct *p = params;

    (void)arena;
    return count_bounds_validate(&p->count, check->kind->name, err);
}

static enum status plan(struct planned *p, const struct planner *planner, struct error *err)
{
    const struct distinct *params = p->check->params;
    int32_t slot;
    bool settled;

    TRY(plan_column(p, planner, p->check->column, FAMILY_ANY, &slot, &settled, err));
    if (settled)
        return STATUS_OK;
    TRY(count_bounds_range(&params->count, p->check->kind->name, planner, &p->extra, err));
    return plan_figure(p, planner, params->approximate ? &metric_hyperloglog : &metric_distinct, slot, NULL, 0, err);
}

static enum status show_error(struct arena *arena, struct finding *out, struct error *err)
{
    struct value error = value_double(hyperloglog_standard_error());

    return show_detail(arena, out, "relative_standard_error", node_value(arena, &error), err);
}

static enum status judge(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err)
{
    const struct distinct *params = p->check->params;
    const void *state = seen->state(seen->context, p->requests[0]);
    struct value x = value_int(0);

    if (judge_figure(p, seen, params->approximate ? hyperloglog_counts : distinct_counts, out))
        x = value_int(params->approximate ? hyperloglog_count(state) : distinct_count(state));
    else if (!out->nothing_to_judge || !p->check->dialect->empty_is_success)
        return STATUS_OK;
    out->nothing_to_judge = out->fails_as_warning = false;
    out->reason = NULL;
    judge_range(p->extra, &x, out);
    return params->approximate ? show_error(seen->arena, out, err) : STATUS_OK;
}

const struct expectation expect_distinct_count = {
    .name = "distinct_count",
    .gx = "column_unique_value_count_to_be_between",
    .says = "{column} has[ {equals}][ at least {min}][{?strict_min} (excluded)][{?min}{?max} and][ at most {max}]"
            "[{?strict_max} (excluded)] distinct values",
    .doc = "The number of different values lies between the bounds; exact, unless approximate is asked for.",
    .example = "columns:\n  country:\n    - distinct_count: {min: 2, max: 200}\n",
    .level = LEVEL_AGGREGATE,
    .takes_column = true,
    .fields = fields,
    .params_size = sizeof(struct distinct),
    .validate = validate,
    .plan = plan,
    .judge = judge,
};
