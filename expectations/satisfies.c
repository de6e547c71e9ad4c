/* expectations/satisfies.c -- satisfies: a boolean expression holds in every row.
 *
 * SQL's three-valued logic: a row for which the expression is unknown counts by `nulls` (ignored unless said otherwise). Sample
 * rows show the expression's columns in the order in which they occur.
 */
#include "expectations/shared.h"

struct satisfies {
    struct literal text;
    struct expression *parsed;
    const char *const *columns;
    int32_t n_columns;
};

static const struct field fields[] = {
    {.name = "expression", .type = FIELD_LITERAL, .offset = offsetof(struct satisfies, text),
     .flags = FIELD_REQUIRED | FIELD_MAIN | FIELD_WORDS, .doc = "a boolean expression over the columns of a row"},
    {0},
};

static enum status validate(struct arena *arena, struct check *check, void *params, struct error *err)
{
    struct satisfies *p = params;

    (void)check;
    if (!p->text.is_set)
        return STATUS_OK;
    if (p->text.kind != NODE_TEXT)
        return error_set(err, STATUS_BAD_SUITE, "satisfies takes an expression, as text");
    if (expression_parse(arena, p->text.text, &p->parsed, err) != STATUS_OK) {
        literal_place(&p->text, err);
        return err->status;
    }
    p->columns = expression_columns(arena, p->parsed, &p->n_columns);
    if (!p->columns)
        return error_no_memory(err);
    if (p->n_columns == 0)
        return error_set(err, STATUS_BAD_SUITE, "the expression names no column");
    if (p->n_columns > REQUEST_COLUMNS_MAX)
        return error_set(err, STATUS_BAD_SUITE, "the expression names %d columns; at most %d can be judged together",
                         (int)p->n_columns, REQUEST_COLUMNS_MAX);
    return STATUS_OK;
}

static enum status plan(struct planned *p, const struct planner *planner, struct error *err)
{
    const struct satisfies *params = p->check->params;
    struct rule rule = {.holds = params->parsed, .nulls = p->check->nulls, .nan = p->check->nan, .missing_is_unknown = true};
    int32_t slots[REQUEST_COLUMNS_MAX];
    bool settled;

    for (int32_t i = 0; i < params->n_columns; i++) {
        TRY(plan_column(p, planner, params->columns[i], FAMILY_ANY, &slots[i], &settled, err));
        if (settled)
            return STATUS_OK;
    }
    if (params->n_columns > 1)
        p->type = (struct type){.kind = TYPE_UNKNOWN};
    return plan_with_rule(p, planner, slots, params->n_columns, &rule, err);
}

const struct expectation expect_satisfies = {
    .name = "satisfies",
    .says = "{expression}",
    .doc = "A boolean expression over the columns of a row holds. Unknown (a null took part) counts by `nulls`.",
    .example = "table:\n  - satisfies: \"shipped_at >= ordered_at\"\n",
    .level = LEVEL_ROW,
    .takes_column = false,
    .takes_either = true,
    .fields = fields,
    .params_size = sizeof(struct satisfies),
    .validate = validate,
    .plan = plan,
    .judge = judge_rule,
};
