/* expectations/range.c -- between: every value lies between two bounds.
 *
 * Bounds are compared exactly, in the column's own type. Where nothing says what an undeclared column of CSV is, the bounds do:
 * a cell that is no number is then an unexpected value.
 */
#include "expectations/shared.h"

#include "core/clock.h"

static const struct field fields[] = {
    BOUNDS_FIELDS(0, "lowest value accepted", "highest value accepted"),
    {0},
};

static enum status validate(struct arena *arena, struct check *check, void *params, struct error *err)
{
    (void)arena;
    return bounds_validate(params, check->kind->name, err);
}

/* What a column must be for bounds of this family. */
static const char *needs(enum family family)
{
    switch (family) {
    case FAMILY_NUMBER:
        return "a number";
    case FAMILY_TIME:
        return "a date or time";
    case FAMILY_TEXT:
        return "text";
    default:
        return "another type";
    }
}

/* A bound that looks like a time as our expressions write it, so that nobody takes it for text. */
static bool add_time(struct buffer *out, const char *column, const char *operation, const struct literal *l)
{
    int64_t x;
    int32_t nanos;
    bool has_zone;
    const char *word = clock_parse_date(l->text, &x)                                ? "date "
                       : clock_parse_timestamp(l->text, &x, &nanos, &has_zone)      ? "timestamp "
                       : clock_parse_time(l->text, &x)                              ? "time "
                                                                                    : NULL;

    if (!buffer_format(out, "%s\"", out->size ? " and " : ""))
        return false;
    for (const char *c = column; *c; c++)
        if (!buffer_format(out, *c == '"' ? "\"\"" : "%c", *c))
            return false;
    return buffer_format(out, "\" %s %s%s%.*s%s", operation, word ? word : "", word ? "'" : "", (int)l->text.size,
                         (const char *)l->text.at, word ? "'" : "");
}

/* Bounds that are times, of a column that nobody declared: as an expression that says so, since '2024-12-10' alone could be text
 * and the column would be read as it looks. */
static enum status between_times(struct arena *arena, const struct check *check, struct expression **out, struct error *err)
{
    const struct bounds *b = check->params;
    struct buffer text = {.memory = arena->memory};
    enum status status;

    if ((literal_is_given(&b->min) && !add_time(&text, check->column, b->strict_min ? ">" : ">=", &b->min)) ||
        (literal_is_given(&b->max) && !add_time(&text, check->column, b->strict_max ? "<" : "<=", &b->max)))
        status = error_no_memory(err);
    else
        status = expression_parse(arena, span_of(text.at, text.size), out, err);
    buffer_done(&text);
    return status;
}

static enum status plan(struct planned *p, const struct planner *planner, struct error *err)
{
    const struct bounds *b = p->check->params;
    enum family family = bounds_family(b);
    struct expression *holds;
    struct range range;
    int32_t slot;
    bool settled, fits = true;

    TRY(plan_column(p, planner, p->check->column, family, &slot, &settled, err));
    if (settled)
        return STATUS_OK;
    if (p->type.kind == TYPE_NULL) {
        holds = expression_true(planner->arena);
    } else {
        TRY(bounds_to_range(b, p->type, planner, &range, &fits, err));
        holds = expression_between(planner->arena, expression_column(planner->arena, p->check->column),
                                   literal_is_given(&b->min) ? &b->min : NULL, b->strict_min,
                                   literal_is_given(&b->max) ? &b->max : NULL, b->strict_max);
        if (fits && family == FAMILY_TIME && column_is_undeclared(planner, p->check->column))
            TRY(between_times(planner->arena, p->check, &holds, err));
    }
    if (!fits)
        return settle_misfit(p, planner, p->type, needs(family), err);
    return plan_rule(p, planner, &slot, 1, holds, err);
}

const struct expectation expect_between = {
    .name = "between",
    .gx = "column_values_to_be_between",
    .says = "values of {column} are[ at least {min}][{?strict_min} (excluded)][{?min}{?max} and][ at most {max}]"
            "[{?strict_max} (excluded)]",
    .doc = "Every value lies between min and max, both included unless strict_min or strict_max is set.",
    .example = "columns:\n  user_age:\n    - between: {min: 18, max: 120, mostly: 0.999}\n",
    .level = LEVEL_ROW,
    .takes_column = true,
    .fields = fields,
    .params_size = sizeof(struct bounds),
    .validate = validate,
    .plan = plan,
    .judge = judge_rule,
};
