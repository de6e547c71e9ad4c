/* expectations/uniqueness.c -- no two rows share a value, or a combination of values: unique and unique_together.
 *
 * Unexpected is every member of a duplicated group; the groups and the surplus rows are counted as well. A NaN equals itself.
 * `unique` leaves nulls out (`nulls: fail` counts them as unexpected), and a NaN is no good value however often it occurs (unless
 * `nan` says otherwise): which rows those are, a rule beside the groups knows. unique_together leaves out the rows in which all
 * columns are null, otherwise nulls are equal to each other, and takes a NaN as a value of its combination.
 */
#include "expectations/shared.h"

struct unique_together {
    struct text_list columns;
    enum missing_rows missing_rows;
    struct uniqueness_params of_metric;
};

static const char *const missing_names[] = {"all_values_are_missing", "any_value_is_missing", "never", NULL};

static const struct field no_fields[] = {{0}};

static const struct field together_fields[] = {
    {.name = "columns", .type = FIELD_TEXT_LIST, .offset = offsetof(struct unique_together, columns),
     .flags = FIELD_REQUIRED | FIELD_MAIN, .doc = "columns that together are unique", .gx = "column_list"},
    {.name = "ignore_row_if", .type = FIELD_ENUM, .offset = offsetof(struct unique_together, missing_rows),
     .default_text = "all_values_are_missing", .names = missing_names, .doc = "which rows count as missing and are left out"},
    {0},
};

static enum status validate_together(struct arena *arena, struct check *check, void *params, struct error *err)
{
    struct unique_together *p = params;

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
    if (p->columns.n == 1 && p->missing_rows == MISSING_NEVER)
        return error_set(err, STATUS_BAD_SUITE, "ignore_row_if: never needs two columns or more");
    p->of_metric.missing_rows = p->missing_rows;
    return STATUS_OK;
}

static enum status plan_keys(struct planned *p, const struct planner *planner, const char *const *names, int32_t n,
                             int32_t *first_slot, struct error *err)
{
    struct request request = {.metric = &metric_uniqueness, .n_columns = n,
                              .nan_is_null = p->check->nan == NAN_IGNORE};
    const struct unique_together *together = p->check->kind->takes_column ? NULL : p->check->params;
    bool settled;

    if (together && together->missing_rows != MISSING_ALL_NULL) {
        request.params = &together->of_metric;
        request.params_size = sizeof together->of_metric;
    }

    for (int32_t i = 0; i < n; i++) {
        TRY(plan_column(p, planner, names[i], FAMILY_ANY, &request.slots[i], &settled, err));
        if (settled)
            return STATUS_OK;
    }
    if (n > 1)
        p->type = (struct type){.kind = TYPE_UNKNOWN};
    p->n_requests = 1;
    *first_slot = request.slots[0];
    return planner->request(planner->context, &request, &p->requests[0], err);
}

/* Rows that are unexpected whatever the others hold: a NaN, and with `nulls: fail` a null. */
static enum status plan_lone_rows(struct planned *p, const struct planner *planner, int32_t slot, struct error *err)
{
    struct rule rule = {.holds = expression_true(planner->arena), .nulls = p->check->nulls, .nan = p->check->nan,
                        .malformed_is_value = true};

    if (p->check->nulls != NULLS_FAIL && !(p->check->nan == NAN_FAIL && type_is_float(p->type)))
        return STATUS_OK;
    TRY(plan_with_rule(p, planner, &slot, 1, &rule, err));
    p->nan_is_value = false;
    return STATUS_OK;
}

static enum status plan_unique(struct planned *p, const struct planner *planner, struct error *err)
{
    int32_t slot;

    TRY(plan_keys(p, planner, &p->check->column, 1, &slot, err));
    return p->is_settled ? STATUS_OK : plan_lone_rows(p, planner, slot, err);
}

static enum status plan_together(struct planned *p, const struct planner *planner, struct error *err)
{
    const struct unique_together *params = p->check->params;
    int32_t first_slot;

    return plan_keys(p, planner, params->columns.at, params->columns.n, &first_slot, err);
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

static bool is_before(const struct sample *a, const struct sample *b)
{
    return a->file != b->file ? a->file < b->file : a->row < b->row;
}

/* The first rows of both, which are in batch order; a NaN of a group is in both. */
static enum status merge_samples(const struct seen *seen, const struct sample *more, int32_t n_more, struct finding *out,
                                 struct error *err)
{
    struct sample *all = arena_array(seen->arena, (size_t)out->n_samples + (size_t)n_more + 1, sizeof *all);
    int32_t n = 0, i = 0, k = 0;

    if (!all)
        return error_no_memory(err);
    while (n < seen->samples && (i < out->n_samples || k < n_more)) {
        if (k == n_more || (i < out->n_samples && !is_before(&more[k], &out->samples[i]))) {
            k += k < n_more && !is_before(&out->samples[i], &more[k]);
            all[n++] = out->samples[i++];
        } else {
            all[n++] = more[k++];
        }
    }
    out->samples = all;
    out->n_samples = n;
    return STATUS_OK;
}

/* Nulls stand before values that are as frequent, a NaN that occurs once behind all groups; more NaNs are a group already. */
static enum status merge_top(const struct seen *seen, const struct top_value *more, int32_t n_more, struct finding *out,
                             struct error *err)
{
    struct top_value *all = arena_array(seen->arena, (size_t)out->n_top + (size_t)n_more + 1, sizeof *all);
    int32_t n = out->n_top;

    if (!all)
        return error_no_memory(err);
    if (n)
        memcpy(all, out->top, (size_t)n * sizeof *all);
    for (int32_t k = 0; k < n_more; k++) {
        bool is_null = more[k].value.kind == VALUE_NULL;
        int32_t at = 0;

        if (!is_null && more[k].count > 1)
            continue;
        while (at < n && (is_null ? all[at].count > more[k].count : all[at].count >= more[k].count))
            at++;
        memmove(all + at + 1, all + at, (size_t)(n - at) * sizeof *all);
        all[at] = more[k];
        n++;
    }
    out->top = all;
    out->n_top = n < TOP_VALUES_SHOWN ? n : TOP_VALUES_SHOWN;
    return STATUS_OK;
}

/* Samples and top values of the rows that are unexpected by themselves join those of the groups. */
static enum status join_lone_rows(const void *state, const struct seen *seen, struct finding *out, struct error *err)
{
    const struct sample *samples;
    const struct top_value *top;
    int32_t n_samples, n_top;
    bool has_top;

    if (!violations_samples(state, seen->arena, &samples, &n_samples) ||
        !violations_top(state, seen->arena, &top, &n_top, &has_top))
        return error_no_memory(err);
    TRY(merge_samples(seen, samples, n_samples, out, err));
    return out->has_top ? merge_top(seen, top, n_top, out, err) : STATUS_OK;
}

static void count(const struct planned *p, const struct uniqueness_counts *u, struct row_counts *out)
{
    *out = (struct row_counts){u->n_rows, u->n_missing, u->n_nan, u->n_considered, u->n_unexpected};
    if (p->check->nan == NAN_IGNORE)
        out->n_missing = out->n_rows - out->n_considered; /* NaN is dropped like nulls, as every row-level check does */
    if (p->check->nulls != NULLS_IGNORE)
        out->n_considered += out->n_missing;
    if (p->check->nulls == NULLS_FAIL)
        out->n_unexpected += out->n_missing;
    if (p->check->nan == NAN_FAIL && p->check->kind->takes_column && u->n_nan == 1)
        out->n_unexpected += 1; /* several are members of a group */
}

static enum status judge(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err)
{
    const void *state = seen->state(seen->context, p->requests[0]);
    struct uniqueness_counts u = uniqueness_counts(state);
    struct row_counts counts;

    count(p, &u, &counts);
    judge_counts(p, seen, &counts, out);
    out->duplicate_groups = u.n_groups;
    out->surplus_rows = u.n_surplus;
    out->has_samples = true;
    if (!uniqueness_samples(state, seen->arena, &out->samples, &out->n_samples) ||
        !uniqueness_top(state, seen->arena, &out->top, &out->n_top, &out->has_top))
        return error_no_memory(err);
    return p->n_requests > 1 ? join_lone_rows(seen->state(seen->context, p->requests[1]), seen, out, err) : STATUS_OK;
}

const struct expectation expect_unique = {
    .name = "unique",
    .gx = "column_values_to_be_unique",
    .says = "values of {column} are unique",
    .doc = "No value occurs twice. Every member of a duplicated group is unexpected, and so is a NaN.",
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
    .doc = "No combination of values of the columns occurs twice. Rows in which all of them are null are left out (see ignore_row_if); "
           "otherwise nulls are equal to each other.",
    .example = "table:\n  - unique_together: [order_id, line_no]\n",
    .level = LEVEL_ROW,
    .takes_column = false,
    .fields = together_fields,
    .params_size = sizeof(struct unique_together),
    .validate = validate_together,
    .plan = plan_together,
    .judge = judge,
};
