/* expectations/pairs.c -- how two columns move together: covariance and correlation, between bounds.
 *
 * Rows in which both have a value count; a null on either side leaves the row out, as pandas and SQL do. Figures are made of exact sums,
 * so they are the same in any order (stats/comoments.c). A column that does not vary has no correlation, which fails.
 */
#include "expectations/shared.h"

struct pair { struct text_list columns; struct bounds bounds; };

struct pair_figure {
    bool (*value)(const void *state, struct value *out);
    const char *too_few;
};

static const struct field fields[] = {
    {.name = "columns", .type = FIELD_TEXT_LIST, .offset = offsetof(struct pair, columns), .flags = FIELD_REQUIRED,
     .doc = "the two columns"},
    BOUNDS_FIELDS(offsetof(struct pair, bounds), "lowest figure accepted", "highest figure accepted"),
    {0},
};

static enum status validate(struct arena *arena, struct check *check, void *params, struct error *err)
{
    const struct pair *p = params;

    (void)arena;
    if (p->columns.n != 2)
        return error_set(err, STATUS_BAD_SUITE, "%s takes two columns, as columns: [a, b]", check->kind->name);
    TRY(bounds_validate(&p->bounds, check->kind->name, err));
    return bounds_are_numbers(&p->bounds, check->kind->name, err);
}

static bool is_taken(struct type type)
{
    return type_is_numeric(type) || type.kind == TYPE_BOOL;
}

static enum status plan(struct planned *p, const struct planner *planner, struct error *err)
{
    const struct pair *params = p->check->params;
    struct request request = {.metric = &metric_comoments, .n_columns = 2, .nan_is_null = p->check->nan == NAN_IGNORE};
    struct range *range = arena_alloc(planner->arena, sizeof *range);
    struct type types[2];
    bool settled, fits = true;

    if (!range)
        return error_no_memory(err);
    for (int i = 0; i < 2; i++) {
        TRY(plan_column(p, planner, params->columns.at[i], FAMILY_NUMBER, &request.slots[i], &settled, err));
        if (settled)
            return STATUS_OK;
        types[i] = p->type;
        if (types[i].kind == TYPE_DECIMAL && types[i].precision > 18) {
            plan_settle(p, VERDICT_NOT_EVALUATED, "covariance of decimals of more than 18 digits cannot be computed yet");
            return STATUS_OK;
        }
        if (types[i].kind != TYPE_NULL && !is_taken(types[i]))
            return settle_misfit(p, planner, types[i], "numbers", err);
    }
    for (int i = 0; i < 2; i++) /* no row has both: its nulls are all there is to say */
        if (types[i].kind == TYPE_NULL) {
            p->type = types[i];
            return plan_figure(p, planner, &metric_presence, request.slots[i], NULL, 0, err);
        }
    TRY(bounds_to_range(&params->bounds, (struct type){.kind = TYPE_DOUBLE}, planner, range, &fits, err));
    if (!fits)
        return settle_misfit(p, planner, types[0], "numbers", err);
    p->extra = range;
    p->type = (struct type){.kind = TYPE_DOUBLE};
    p->n_requests = 1;
    return planner->request(planner->context, &request, &p->requests[0], err);
}

static enum status judge(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err)
{
    const struct pair_figure *figure = p->check->kind->arg;
    struct value x;

    (void)err;
    if (!judge_figure(p, seen, comoments_counts, out))
        return STATUS_OK;
    if (figure->value(seen->state(seen->context, p->requests[0]), &x)) {
        judge_range(p->extra, &x, out);
    } else {
        out->verdict = VERDICT_FAIL;
        out->reason = figure->too_few;
    }
    return STATUS_OK;
}

#define PAIR(word, sentence, text, bounds, ...)                                                                     \
    const struct expectation expect_##word = {                                                                      \
        .name = #word,                                                                                               \
        .says = "the " sentence " of {columns} is[ at least {min}][{?strict_min} (excluded)][{?min}{?max} and]"      \
                "[ at most {max}][{?strict_max} (excluded)]",                                                        \
        .doc = text,                                                                                                 \
        .example = "table:\n  - " #word ": {columns: [price, quantity], " bounds "}\n",                              \
        .level = LEVEL_AGGREGATE,                                                                                    \
        .takes_column = false,                                                                                       \
        .fields = fields,                                                                                            \
        .params_size = sizeof(struct pair),                                                                          \
        .arg = &(const struct pair_figure){__VA_ARGS__},                                                             \
        .validate = validate,                                                                                        \
        .plan = plan,                                                                                                \
        .judge = judge,                                                                                              \
    }

PAIR(correlation, "correlation",
     "Pearson's correlation of two columns of numbers lies between the bounds. Rows in which either is null are left out.",
     "min: 0.8", comoments_correlation, "a column that does not vary has no correlation");
PAIR(covariance, "covariance",
     "The sample covariance (n - 1) of two columns of numbers lies between the bounds. Rows in which either is null are left out.",
     "min: 0", comoments_covariance, "the covariance of fewer than 2 rows is undefined");
