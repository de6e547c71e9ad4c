/* expectations/uniqueness.c -- no two rows share a value, or a combination of values: unique and unique_together.
 *
 * Unexpected is every member of a duplicated group; the groups and the surplus rows are counted as well. A NaN equals itself.
 * `unique` leaves nulls out (`nulls: fail` counts them as unexpected); unique_together leaves out the rows in which all columns
 * are null, otherwise nulls are equal to each other.
 */
#include "expectations/shared.h"

struct unique_together { struct text_list columns; };

static const struct field no_fields[] = {{0}};

static const struct field together_fields[] = {
    {.name = "columns", .type = FIELD_TEXT_LIST, .offset = offsetof(struct unique_together, columns),
     .flags = FIELD_REQUIRED | FIELD_MAIN, .doc = "columns that together are unique", .gx = "column_list"},
    {0},
};

static enum status validate_together(struct arena *arena, struct check *check, void *params, struct error *err)
{
    const struct unique_together *p = params;

    (void)arena;
    (void)check;
    if (p->columns.n == 0)
        return error_set(err, STATUS_BAD_SUITE, "unique_together names no column");
    if (p->columns.n > REQUEST_COLUMNS_MAX)
        return error_set(err, STATUS_BAD_SUITE, "unique_together takes at most %d columns, not %d", REQUEST_COLUMNS_MAX,
                         (int)p->columns.n);
    for (int32_t i = 0; i < p->columns.n; i++)
        for (int32_t j = 0; j < i; j++)
            if (strcmp(p->columns.at[i], p->columns.at[j]) == 0)
                return error_set(err, STATUS_BAD_SUITE, "unique_together names %s twice", p->columns.at[i]);
    return STATUS_OK;
}

static enum status plan_keys(struct planned *p, const struct planner *planner, const char *const *names, int32_t n,
                             struct error *err)
{
    struct request request = {.metric = &metric_uniqueness, .n_columns = n,
                              .nan_is_null = p->check->nan == NAN_IGNORE};
    bool settled;

    for (int32_t i = 0; i < n; i++) {
        TRY(plan_column(p, planner, names[i], FAMILY_ANY, &request.slots[i], &settled, err));
        if (settled)
            return STATUS_OK;
    }
    if (n > 1)
        p->type = (struct type){.kind = TYPE_UNKNOWN};
    p->n_requests = 1;
    return planner->request(planner->context, &request, &p->requests[0], err);
}

static enum status plan_unique(struct planned *p, const struct planner *planner, struct error *err)
{
    return plan_keys(p, planner, &p->check->column, 1, err);
}

static enum status plan_together(struct planned *p, const struct planner *planner, struct error *err)
{
    const struct unique_together *params = p->check->params;

    return plan_keys(p, planner, params->columns.at, params->columns.n, err);
}

/* More values than there are integers from the least to the greatest: some are the same. Nothing else is certain. */
static bool foresee(const struct planned *p, const struct outlook *o, const struct seen *seen, struct finding *out)
{
    enum lane lane = type_lane(p->type);

    (void)seen;
    out->verdict = VERDICT_FAIL;
    if (p->check->tolerance.kind != TOLERANCE_NONE || !o->has_bounds || lane != LANE_I64 || o->min.kind != o->max.kind ||
        o->min.kind == VALUE_DECIMAL || o->min.unit != o->max.unit)
        return false;
    return (int128)o->n_values > (int128)o->max.i64 - o->min.i64 + 1;
}

static enum status judge(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err)
{
    const void *state = seen->state(seen->context, p->requests[0]);
    struct uniqueness_counts u = uniqueness_counts(state);
    struct row_counts counts = {u.n_rows, u.n_missing, u.n_nan, u.n_considered, u.n_unexpected};

    if (p->check->nan == NAN_IGNORE)
        counts.n_missing = counts.n_rows - counts.n_considered; /* NaN is dropped like nulls, as every row-level check does */
    if (p->check->nulls != NULLS_IGNORE)
        counts.n_considered += counts.n_missing;
    if (p->check->nulls == NULLS_FAIL)
        counts.n_unexpected += counts.n_missing;
    judge_counts(p, seen, &counts, out);
    out->duplicate_groups = u.n_groups;
    out->surplus_rows = u.n_surplus;
    out->has_samples = true;
    if (!uniqueness_samples(state, seen->arena, &out->samples, &out->n_samples) ||
        !uniqueness_top(state, seen->arena, &out->top, &out->n_top, &out->has_top))
        return error_no_memory(err);
    return STATUS_OK;
}

const struct expectation expect_unique = {
    .name = "unique",
    .gx = "column_values_to_be_unique",
    .says = "values of {column} are unique",
    .doc = "No value occurs twice. Every member of a duplicated group is unexpected.",
    .example = "columns:\n  user_id: [unique]\n",
    .level = LEVEL_ROW,
    .takes_column = true,
    .fields = no_fields,
    .plan = plan_unique,
    .judge = judge,
    .foresee = foresee,
};

const struct expectation expect_unique_together = {
    .name = "unique_together",
    .gx = "compound_columns_to_be_unique",
    .says = "{columns} together are unique",
    .doc = "No combination of values of the columns occurs twice. Rows in which all of them are null are left out; otherwise "
           "nulls are equal to each other.",
    .example = "table:\n  - unique_together: [order_id, line_no]\n",
    .level = LEVEL_ROW,
    .takes_column = false,
    .fields = together_fields,
    .params_size = sizeof(struct unique_together),
    .validate = validate_together,
    .plan = plan_together,
    .judge = judge,
};
