/* expectations/types.c -- of_type: a column is of a type; a wider one takes a narrower column.
 *
 * A typed file answers from its schema. Of a cell reader (CSV, JSON lines) every cell is read as the type: one that cannot be is
 * an unexpected value with its text and row.
 */
#include "expectations/shared.h"

struct of_type { const char *name; struct type type; };

static const struct field fields[] = {
    {.name = "type", .type = FIELD_TEXT, .offset = offsetof(struct of_type, name), .flags = FIELD_REQUIRED | FIELD_MAIN | FIELD_WORDS,
     .doc = "bool, int8 to int64, uint8 to uint64, float, double, decimal(p,s), string, binary, uuid, date, time, timestamp",
     .gx = "type_"},
    {0},
};

static enum status validate(struct arena *arena, struct check *check, void *params, struct error *err)
{
    struct of_type *p = params;
    const char *near;

    (void)arena;
    check->nan = NAN_PASS; /* NaN is a double like any other */
    if (!p->name || type_parse(p->name, &p->type))
        return STATUS_OK;
    near = nearest_name(p->name, type_names);
    return error_set(err, STATUS_BAD_SUITE, "%s is no type%s%s%s", p->name, near ? "; did you mean " : "",
                     near ? near : "", near ? "?" : "");
}

/* Does the file itself say of what type its columns are? (JSON lines tell only what their values look like.) */
static bool is_typed(const struct planner *planner, const char *name)
{
    int32_t at = schema_find(planner->schema, name);

    return at >= 0 && planner->schema->columns[at].type.kind != TYPE_UNKNOWN;
}

static enum status plan(struct planned *p, const struct planner *planner, struct error *err)
{
    const struct of_type *params = p->check->params;
    /* a null is of every type, and NaN a value of a float's: as a schema would say */
    struct rule rule = {.nulls = NULLS_IGNORE, .nan = NAN_PASS};
    int32_t slot;
    enum status status = planner->column_as(planner->context, p->check->column, params->type, &slot, &p->type, err);
    bool settled;

    if (status == STATUS_NOT_FOUND || status == STATUS_UNSUPPORTED) {
        error_clear(err);
        return plan_column(p, planner, p->check->column, FAMILY_ANY, &slot, &settled, err);
    }
    TRY(status);
    if (!type_accepts(params->type, p->type))
        return settle_misfit(p, planner, p->type, params->name, err);
    if (is_typed(planner, p->check->column)) {
        plan_settle(p, VERDICT_PASS, NULL);
        return STATUS_OK;
    }
    rule.holds = expression_true(planner->arena);
    return plan_with_rule(p, planner, &slot, 1, &rule, err);
}

/* Cells that are all of the type say no more than a schema does: the verdict is the same whatever the format. */
static enum status judge(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err)
{
    TRY(judge_rule(p, seen, out, err));
    if (out->unexpected_count == 0 && out->verdict != VERDICT_NOT_EVALUATED)
        finding_init(out);
    return STATUS_OK;
}

const struct expectation expect_of_type = {
    .name = "of_type",
    .gx = "column_values_to_be_of_type,column_type_to_be",
    .says = "{column} is of type {type}",
    .doc = "The column is of the type, or of a narrower one. Cells of CSV and JSON lines are read as it.",
    .example = "columns:\n  amount:\n    - of_type: decimal(10,2)\n",
    .level = LEVEL_ROW,
    .takes_column = true,
    .fields = fields,
    .params_size = sizeof(struct of_type),
    .validate = validate,
    .plan = plan,
    .judge = judge,
};
