/* expectations/row_count.c -- row_count: how many rows the batch has, after every `where`. There is always something to judge. */
#include "expectations/shared.h"

static const struct field fields[] = {
    {.name = "equals", .type = FIELD_LITERAL, .offset = offsetof(struct count_bounds, equals), .flags = FIELD_MAIN,
     .doc = "the one count accepted", .gx = "value"},
    BOUNDS_FIELDS(offsetof(struct count_bounds, bounds), "lowest count accepted", "highest count accepted"),
    {0},
};

static enum status validate(struct arena *arena, struct check *check, void *params, struct error *err)
{
    (void)arena;
    return count_bounds_validate(params, check->kind->name, err);
}

static enum status plan(struct planned *p, const struct planner *planner, struct error *err)
{
    struct request request = {.metric = &metric_rows};

    TRY(count_bounds_range(p->check->params, p->check->kind->name, planner, &p->extra, err));
    p->n_requests = 1;
    return planner->request(planner->context, &request, &p->requests[0], err);
}

static enum status judge(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err)
{
    const struct rows *rows = seen->state(seen->context, p->requests[0]);
    struct value x = value_int(rows->n);

    (void)err;
    judge_range(p->extra, &x, out);
    return STATUS_OK;
}

const struct expectation expect_row_count = {
    .name = "row_count",
    .gx = "table_row_count_to_be_between,table_row_count_to_equal",
    .says = "the batch has[ {equals}][ at least {min}][{?strict_min} (excluded)][{?min}{?max} and][ at most {max}]"
            "[{?strict_max} (excluded)] rows",
    .doc = "The number of rows lies between the bounds, or is exactly the one given.",
    .example = "table:\n  - row_count: {min: 1000, max: 5000000}\n",
    .level = LEVEL_TABLE,
    .takes_column = false,
    .fields = fields,
    .params_size = sizeof(struct count_bounds),
    .validate = validate,
    .plan = plan,
    .judge = judge,
};
