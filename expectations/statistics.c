/* expectations/statistics.c -- a figure of a column lies between two bounds: min, max, mean, median, stdev, sum, skewness,
 * kurtosis.
 *
 * One judge and eight rows. Nulls are not values. A column without values has no mean, which fails (semantics.md: nothing to judge
 * is a failure). A NaN lies in no interval and fails, unless `nan` says otherwise: `ignore` makes it a null, `pass` leaves it out
 * of the figure and accepts it. Cells that cannot be read as the column's type fail and are counted.
 */
#include "expectations/shared.h"

#include <math.h>

/* What a figure is made of, and which columns have one. */
enum takes { TAKES_NUMBERS, TAKES_NUMBERS_AND_TIMES, TAKES_ORDERED };

struct figure {
    const struct metric *metric;
    enum takes takes;
    struct type (*type)(struct type column); /* of the figure: what its bounds are turned into */
    bool (*value)(const void *state, struct value *out); /* false: too few values */
    struct moments_counts (*counts)(const void *state);
    const char *too_few;
};

static const struct field fields[] = {
    BOUNDS_FIELDS(0, "lowest figure accepted", "highest figure accepted"),
    {0},
};

struct median { struct bounds bounds; bool approximate; };

static const struct field median_fields[] = {
    BOUNDS_FIELDS(offsetof(struct median, bounds), "lowest median accepted", "highest median accepted"),
    {.name = "approximate", .type = FIELD_BOOL, .offset = offsetof(struct median, approximate), .default_text = "false",
     .doc = "one pass and at most 1 MB; the estimate is judged, and `bounds` of the result hold the exact value for certain"},
    {0},
};

static struct type as_double(struct type column)
{
    (void)column;
    return (struct type){.kind = TYPE_DOUBLE};
}

static struct type as_column(struct type column)
{
    return column;
}

/* A sum is exact for ints and decimals, and larger than the column's type may hold. */
static struct type as_sum(struct type column)
{
    if (type_is_float(column))
        return (struct type){.kind = TYPE_DOUBLE};
    if (column.kind == TYPE_DECIMAL)
        return (struct type){.kind = TYPE_DECIMAL, .precision = 38, .scale = column.scale};
    return (struct type){.kind = TYPE_INT64};
}

/* The median of ints may lie half way between two; of decimals and times it is rounded to their unit. */
static struct type as_median(struct type column)
{
    return type_is_temporal(column) || type_is_float(column) || column.kind == TYPE_DECIMAL ? column : (struct type){.kind = TYPE_DOUBLE};
}

static bool first_quantile(const void *state, struct value *out)
{
    return quantiles_get(state, 0, out);
}

static bool estimated_median(const void *state, struct value *out)
{
    struct value low, high;

    return sketch_quantile(state, 0, out, &low, &high);
}

static enum status validate(struct arena *arena, struct check *check, void *params, struct error *err)
{
    const struct figure *figure = check->kind->arg;

    (void)arena;
    TRY(bounds_validate(params, check->kind->name, err));
    return figure->takes == TAKES_NUMBERS ? bounds_are_numbers(params, check->kind->name, err) : STATUS_OK;
}

static const struct figure approximate_median = {&metric_sketch, TAKES_NUMBERS_AND_TIMES, as_median, estimated_median, sketch_counts,
                                                 "the column has no values"};

/* What the check's kind says, but for a median that need not be exact. */
static const struct figure *figure_of(const struct planned *p)
{
    const struct figure *figure = p->check->kind->arg;
    const struct median *median = p->check->params;

    return figure->metric == &metric_quantiles && median->approximate ? &approximate_median : figure;
}

static bool is_taken(enum takes takes, struct type type)
{
    if (type_is_numeric(type) || type.kind == TYPE_NULL)
        return true;
    if (type.kind == TYPE_BOOL)
        return takes == TAKES_NUMBERS;
    if (type_is_temporal(type))
        return takes != TAKES_NUMBERS;
    return takes == TAKES_ORDERED && type.kind == TYPE_STRING;
}

static const char *needs(enum takes takes, enum family family)
{
    if (takes == TAKES_NUMBERS || family == FAMILY_NUMBER)
        return "numbers";
    return family == FAMILY_TEXT ? "text" : "dates or times";
}

static enum status plan_metric(struct planned *p, const struct planner *planner, const struct figure *figure, int32_t slot,
                               struct error *err)
{
    struct quantiles_params *median;

    if (figure->metric == &metric_shape && p->type.kind == TYPE_DECIMAL && p->type.precision > 18) {
        plan_settle(p, VERDICT_NOT_EVALUATED, "skewness and kurtosis of decimals of more than 18 digits cannot be computed yet");
        return STATUS_OK;
    }
    if (figure->metric != &metric_quantiles && figure != &approximate_median)
        return plan_figure(p, planner, figure->metric, slot, NULL, 0, err);
    if (p->type.kind == TYPE_DECIMAL && p->type.precision > 18) {
        plan_settle(p, VERDICT_NOT_EVALUATED, "the median of decimals of more than 18 digits cannot be computed yet");
        return STATUS_OK;
    }
    median = arena_alloc(planner->arena, sizeof *median);
    if (!median)
        return error_no_memory(err);
    /* Every tool, Great Expectations included, takes the mean of the two middle values. */
    *median = (struct quantiles_params){.n = 1, .at = {0.5}, .method = 7};
    return plan_figure(p, planner, figure->metric, slot, median, sizeof *median, err);
}

/* Figures of numbers take a column of true and false as well: undeclared, it is read as it looks; any other as numbers. */
static enum status read_column(struct planned *p, const struct planner *planner, const struct figure *figure, enum family family,
                               int32_t *slot, bool *settled, struct error *err)
{
    if (figure->takes == TAKES_NUMBERS && column_is_undeclared(planner, p->check->column)) {
        TRY(plan_column(p, planner, p->check->column, FAMILY_ANY, slot, settled, err));
        if (*settled || p->type.kind == TYPE_BOOL)
            return STATUS_OK;
    }
    return plan_column(p, planner, p->check->column, family, slot, settled, err);
}

static enum status plan(struct planned *p, const struct planner *planner, struct error *err)
{
    const struct bounds *b = p->check->params;
    const struct figure *figure = figure_of(p);
    enum family family = figure->takes == TAKES_NUMBERS ? FAMILY_NUMBER : bounds_family(b);
    struct range *range = arena_alloc(planner->arena, sizeof *range);
    int32_t slot;
    bool settled, fits = true;

    if (!range)
        return error_no_memory(err);
    TRY(read_column(p, planner, figure, family, &slot, &settled, err));
    if (settled)
        return STATUS_OK;
    if (!is_taken(figure->takes, p->type))
        return settle_misfit(p, planner, p->type, needs(figure->takes, family), err);
    if (p->type.kind != TYPE_NULL)
        TRY(bounds_to_range(b, figure->type(p->type), planner, range, &fits, err));
    if (!fits)
        return settle_misfit(p, planner, p->type, needs(figure->takes, family), err);
    p->extra = range;
    return plan_metric(p, planner, figure, slot, err);
}

/* A double at least as far out as the value, whatever was rounded on the way to the figure. */
static struct value beyond(const struct value *v, double towards)
{
    double x = v->kind == VALUE_UINT ? (double)v->u64 : v->kind == VALUE_DOUBLE ? v->f64 : (double)v->i64;

    if (v->kind == VALUE_DECIMAL)
        x = (double)v->i128 / pow(10, v->scale);
    for (int i = 0; i < 3; i++)
        x = nextafter(x, towards);
    return value_double(x);
}

/* A mean and a median lie between the bounds of the values. A sum and a deviation are not bounded by them. */
static bool foresee(const struct planned *p, const struct outlook *o, const struct seen *seen, struct finding *out)
{
    const struct figure *figure = p->check->kind->arg; /* an approximate median lies between the bounds of the values as well */
    struct value least, most;

    (void)seen;
    if (!o->has_bounds)
        return false;
    if (figure->value == extremes_min)
        return foresee_figure(p, o, p->extra, &o->min, &o->low, out);
    if (figure->value == extremes_max)
        return foresee_figure(p, o, p->extra, &o->high, &o->max, out);
    if (p->type.kind == TYPE_BOOL || (figure->value != moments_mean && figure->value != first_quantile))
        return false;
    if (!type_is_float(figure->type(p->type)))
        return foresee_figure(p, o, p->extra, &o->min, &o->max, out);
    least = beyond(&o->min, -INFINITY);
    most = beyond(&o->max, INFINITY);
    return foresee_figure(p, o, p->extra, &least, &most, out);
}

static enum status judge(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err)
{
    const struct figure *figure = figure_of(p);
    struct value x;

    if (!judge_figure(p, seen, figure->counts, out))
        return STATUS_OK;
    if (figure == &approximate_median)
        TRY(show_detail(seen->arena, out, "bounds", sketch_bounds(seen->arena, seen->state(seen->context, p->requests[0]), 0), err));
    if (figure->value(seen->state(seen->context, p->requests[0]), &x)) {
        judge_range(p->extra, &x, out);
    } else {
        out->verdict = VERDICT_FAIL;
        out->reason = figure->too_few;
    }
    return STATUS_OK;
}

#define FIGURE(word, ...) FIGURE_AS(word, "column_" #word "_to_be_between", fields, struct bounds, __VA_ARGS__)
#define FIGURE_AS(word, gx_name, field_table, params_type, of, sentence, text, yaml, ...)                                                      \
    const struct expectation expect_##word = {                                                                      \
        .name = #word,                                                                                               \
        .gx = gx_name,                                                                                               \
        .says = "the " sentence " of {column} is[ at least {min}][{?strict_min} (excluded)][{?min}{?max} and]"       \
                "[ at most {max}][{?strict_max} (excluded)]",                                                        \
        .doc = text,                                                                                                 \
        .example = "columns:\n  " of ":\n    - " #word ": " yaml "\n",                                               \
        .level = LEVEL_AGGREGATE,                                                                                    \
        .takes_column = true,                                                                                        \
        .fields = field_table,                                                                                       \
        .params_size = sizeof(params_type),                                                                          \
        .arg = &(const struct figure){__VA_ARGS__},                                                                  \
        .validate = validate,                                                                                        \
        .plan = plan,                                                                                                \
        .foresee = foresee,                                                                                          \
        .judge = judge,                                                                                              \
    }

FIGURE(min, "user_age", "smallest value", "The smallest value lies between the bounds. Numbers, times and text.",
       "{min: 0}", &metric_extremes, TAKES_ORDERED, as_column, extremes_min, extremes_counts, "the column has no values");
FIGURE(max, "user_age", "largest value", "The largest value lies between the bounds. Numbers, times and text.",
       "{max: 150}", &metric_extremes, TAKES_ORDERED, as_column, extremes_max, extremes_counts, "the column has no values");
FIGURE(mean, "purchase_amount", "mean",
       "The mean of the column lies between the bounds. The sum is exact, so the mean is the same in any order.",
       "{min: 10, max: 1000}", &metric_moments, TAKES_NUMBERS, as_double, moments_mean, moments_counts,
       "the column has no values");
FIGURE(sum, "amount", "sum", "The sum of the column lies between the bounds; exact for integers and decimals.", "{min: 0}",
       &metric_moments, TAKES_NUMBERS, as_sum, moments_sum, moments_counts, "the column has no values");
FIGURE(stdev, "amount", "standard deviation",
       "The sample standard deviation (n - 1) lies between the bounds; undefined, and so failed, for fewer than two values.",
       "{min: 0.5, max: 20}", &metric_moments, TAKES_NUMBERS, as_double, moments_stdev, moments_counts,
       "the standard deviation of fewer than 2 values is undefined");
FIGURE_AS(skewness, "column_skew_to_be_between", fields, struct bounds, "amount", "skewness",
          "The skewness of the values lies between the bounds: the third central moment in units of the deviation, of the population (as "
          "scipy and Spark have it). A column without values, or of one value only, has none, and fails.",
          "{min: -1, max: 1}", &metric_shape, TAKES_NUMBERS, as_double, shape_skewness, shape_counts,
          "a column that does not vary has no skewness");
FIGURE(kurtosis, "amount", "excess kurtosis",
       "The excess kurtosis lies between the bounds: the fourth central moment in units of the squared variance, less 3, of the population "
       "(as scipy and Spark have it). A column without values, or of one value only, has none, and fails.",
       "{max: 10}", &metric_shape, TAKES_NUMBERS, as_double, shape_kurtosis, shape_counts,
       "a column that does not vary has no kurtosis");
FIGURE_AS(median, "column_median_to_be_between", median_fields, struct median, "amount", "median",
       "The median lies between the bounds; exact, unless approximate is asked for. Numbers, dates and times.", "{min: 5, max: 50}", &metric_quantiles, TAKES_NUMBERS_AND_TIMES, as_median, first_quantile, quantiles_counts,
       "the column has no values");
