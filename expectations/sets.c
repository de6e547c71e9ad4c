/* expectations/sets.c -- every value is, or is not, one of a list: in_set and not_in_set.
 *
 * Values are compared in the column's own type, exactly; a null in the list changes nothing, since nulls are not considered.
 */
#include "expectations/shared.h"

struct set { struct literal_list values; };

static const struct field fields[] = {
    {.name = "values", .type = FIELD_LITERAL_LIST, .offset = offsetof(struct set, values),
     .flags = FIELD_REQUIRED | FIELD_MAIN, .doc = "the values", .gx = "value_set"},
    {0},
};

/* Nulls are left out here, once, so that nobody meets them later. */
static enum status validate(struct arena *arena, struct check *check, void *params, struct error *err)
{
    struct set *p = params;
    struct literal *kept = arena_array(arena, (size_t)p->values.n + 1, sizeof *kept);
    int32_t n = 0;

    if (!kept)
        return error_no_memory(err);
    for (int32_t i = 0; i < p->values.n; i++)
        if (p->values.at[i].kind != NODE_NULL)
            kept[n++] = p->values.at[i];
    p->values.at = kept;
    p->values.n = n;
    if (n == 0 && check->dialect == &dialect_assay)
        return error_set(err, STATUS_BAD_SUITE, "%s has no values", check->kind->name);
    return STATUS_OK;
}

/* Alike, or text. What looks like dates may as well be labels: then the column's own look decides. */
static enum family set_family(const struct literal_list *values)
{
    enum family family = FAMILY_ANY;

    for (int32_t i = 0; i < values->n; i++) {
        enum family one = literal_family(&values->at[i]);

        if (i > 0 && family != one)
            return FAMILY_TEXT;
        family = one;
    }
    return family == FAMILY_TIME ? FAMILY_ANY : family;
}

/* The first literal that a column of this type cannot hold, or NULL. */
static enum status find_misfit(const struct literal_list *values, struct type type, const struct planner *planner,
                               const struct literal **out, struct error *err)
{
    *out = NULL;
    for (int32_t i = 0; i < values->n; i++) {
        struct value value;
        bool fits;

        TRY(literal_check(&values->at[i], type, planner, &fits, &value, err));
        if (!fits) {
            *out = &values->at[i];
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

static enum status plan(struct planned *p, const struct planner *planner, struct error *err)
{
    const struct set *params = p->check->params;
    bool wanted = p->check->kind == &expect_in_set;
    const struct literal *odd = NULL;
    struct expression *holds = expression_true(planner->arena);
    int32_t slot;
    bool settled;

    TRY(plan_column(p, planner, p->check->column, set_family(&params->values), &slot, &settled, err));
    if (settled)
        return STATUS_OK;
    if (p->type.kind == TYPE_NULL)
        return plan_rule(p, planner, &slot, 1, holds, err);
    TRY(find_misfit(&params->values, p->type, planner, &odd, err));
    if (odd) {
        const char *needs = arena_format(planner->arena, "a type that can be %.*s", (int)(odd->text.size < 64 ? odd->text.size : 64),
                                         (const char *)odd->text.at);

        return needs ? settle_misfit(p, planner, p->type, needs, err) : error_no_memory(err);
    }
    if (params->values.n == 0)
        holds = wanted ? expression_not(planner->arena, holds) : holds;
    else
        holds = expression_in(planner->arena, expression_column(planner->arena, p->check->column), &params->values);
    if (params->values.n > 0 && !wanted)
        holds = expression_not(planner->arena, holds);
    return plan_rule(p, planner, &slot, 1, holds, err);
}

const struct expectation expect_in_set = {
    .name = "in_set",
    .gx = "column_values_to_be_in_set",
    .says = "values of {column} are one of {values}",
    .doc = "Every value is one of the list.",
    .example = "columns:\n  country:\n    - in_set: [DE, FR, NO]\n",
    .level = LEVEL_ROW,
    .takes_column = true,
    .fields = fields,
    .params_size = sizeof(struct set),
    .validate = validate,
    .plan = plan,
    .judge = judge_rule,
};

const struct expectation expect_not_in_set = {
    .name = "not_in_set",
    .gx = "column_values_to_not_be_in_set",
    .says = "values of {column} are none of {values}",
    .doc = "No value is one of the list.",
    .example = "columns:\n  email:\n    - not_in_set: ['test@example.com', 'n/a']\n",
    .level = LEVEL_ROW,
    .takes_column = true,
    .fields = fields,
    .params_size = sizeof(struct set),
    .validate = validate,
    .plan = plan,
    .judge = judge_rule,
};
