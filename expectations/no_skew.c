/* expectations/no_skew.c -- no_skew: every column that the batch shares with a reference is distributed as there.
 *
 * What a model is served should look like what it was trained on. Each shared column gets the matches_distribution that its type calls for (its
 * default test, one max_effect for all), planned and judged as if the suite had it; the result names the worst. A test looks at values alone, so
 * the share of nulls is compared beside it: the total variation of null and not null, which is the difference of the two shares. A column
 * that is nothing but its date or file (a partition key) is not compared. What cannot be compared leaves the whole without a verdict,
 * unless something failed: say which columns are left out. No value of the data is shown.
 */
#include "expectations/distribution.h"
#include "expectations/shared.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/number.h"

enum { WORST_SHOWN = 10, NAMES_SHOWN = 20 };

struct no_skew {
    const char *reference;
    struct text_list columns, exclude;
    double max_effect, max_null_change;
    int64_t min_samples;
    struct literal max_age;
    bool is_from_variable; /* found out by validate */
};

/* What planning found: parts are p->parts. */
struct skew { struct reference_facts facts; const char **only_here, **only_there; int32_t n_here, n_there; };

static const struct field fields[] = {
    {.name = "reference", .type = FIELD_TEXT, .offset = offsetof(struct no_skew, reference), .flags = FIELD_MAIN | FIELD_REQUIRED,
     .doc = "the data that a model was trained on, or a saved reference; relative to the suite, or to the working directory where it begins "
            "with a variable"},
    {.name = "max_effect", .type = FIELD_NUMBER, .offset = offsetof(struct no_skew, max_effect), .min = 0, .max = 1, .default_text = "0.1",
     .doc = "largest effect size accepted of any column"},
    {.name = "max_null_change", .type = FIELD_NUMBER, .offset = offsetof(struct no_skew, max_null_change), .min = 0, .max = 1, .default_text = "0.1",
     .doc = "largest difference accepted between the shares of nulls of any column; 1 accepts all"},
    {.name = "columns", .type = FIELD_TEXT_LIST, .offset = offsetof(struct no_skew, columns), .doc = "these alone; else all that both sides have"},
    {.name = "exclude", .type = FIELD_TEXT_LIST, .offset = offsetof(struct no_skew, exclude),
     .doc = "columns that are not compared, as keys and times"},
    {.name = "max_age", .type = FIELD_DURATION, .offset = offsetof(struct no_skew, max_age),
     .doc = "warns where the reference is older (since it was saved, or its newest file written), as 30d"},
    {.name = "min_samples", .type = FIELD_INT, .offset = offsetof(struct no_skew, min_samples), .min = 1, .max = 1e15, .default_text = "30",
     .doc = "values that each side must have; not evaluated with fewer"},
    {0},
};

static enum status validate(struct arena *arena, struct check *check, void *params, struct error *err)
{
    struct no_skew *s = params;
    const struct node *reference = node_find(check->written, "reference");

    (void)arena;
    if (!s->reference || !s->reference[0] || strcmp(s->reference, "-") == 0)
        return error_set(err, STATUS_BAD_SUITE, "reference is a file, a directory or a glob");
    if (s->columns.is_set && s->columns.n == 0)
        return error_set(err, STATUS_BAD_SUITE, "columns names none; leave it out to compare all");
    if (s->columns.n && s->exclude.n)
        return error_set(err, STATUS_BAD_SUITE, "give columns or exclude, not both");
    s->is_from_variable = reference && reference->starts_with_variable;
    return distribution_validate_age(&s->max_age, check->written, err);
}

/* --- planning --- */

static bool is_in(const struct text_list *list, const char *name)
{
    for (int32_t i = 0; i < list->n; i++)
        if (strcmp(list->at[i], name) == 0)
            return true;
    return false;
}

/* What is wrong with one column is no more than that. */
static enum status settle_trouble(struct planned *part, const struct planner *planner, enum status status, struct error *err)
{
    const char *reason;

    if (status != STATUS_NOT_FOUND && status != STATUS_BAD_DATA && status != STATUS_UNSUPPORTED)
        return status;
    reason = arena_format(planner->arena, "%s", err->text);
    if (!reason)
        return error_no_memory(err);
    plan_settle(part, status == STATUS_UNSUPPORTED ? VERDICT_NOT_EVALUATED : VERDICT_FAIL, reason);
    error_clear(err);
    return STATUS_OK;
}

/* The check of one column, as a suite would have it. */
static enum status plan_part(const struct planned *p, const struct planner *planner, const char *column, struct planned *part, struct error *err)
{
    const struct no_skew *s = p->check->params;
    struct check *check = arena_alloc(planner->arena, sizeof *check);
    struct distribution *d = arena_alloc(planner->arena, sizeof *d);

    if (!check || !d)
        return error_no_memory(err);
    *d = (struct distribution){.reference = s->reference, .is_from_variable = s->is_from_variable, .max_effect = s->max_effect,
                               .has_max_effect = true, .min_samples = s->min_samples};
    *check = *p->check;
    check->kind = &expect_matches_distribution;
    check->column = column;
    check->params = d;
    check->warn = NULL;
    *part = (struct planned){.check = check};
    finding_init(&part->finding);
    error_clear(err);
    return settle_trouble(part, planner, check->kind->plan(part, planner, err), err);
}

static bool is_compared(const struct no_skew *s, const struct schema *here, const struct schema *there, int32_t c)
{
    int32_t other = schema_find(there, here->columns[c].name);

    return other >= 0 && !here->columns[c].is_partition && !there->columns[other].is_partition && !is_in(&s->exclude, here->columns[c].name);
}

/* Names of one side that the other lacks. */
static bool note_missing(const struct no_skew *s, const struct schema *of, const struct schema *in, struct arena *arena, const char ***names,
                         int32_t *n)
{
    *names = arena_array(arena, (size_t)of->n_columns + 1, sizeof **names);
    for (int32_t c = 0; *names && c < of->n_columns; c++)
        if (schema_find(in, of->columns[c].name) < 0 && !of->columns[c].is_partition && !is_in(&s->exclude, of->columns[c].name))
            (*names)[(*n)++] = of->columns[c].name;
    return *names != NULL;
}

static enum status plan_parts(struct planned *p, const struct planner *planner, const struct schema *there, struct error *err)
{
    const struct no_skew *s = p->check->params;
    const struct schema *here = planner->schema;
    struct skew *skew = p->extra;
    int32_t most = s->columns.n ? s->columns.n : here->n_columns;

    p->parts = arena_array(planner->arena, (size_t)most + 1, sizeof *p->parts);
    if (!p->parts)
        return error_no_memory(err);
    for (int32_t i = 0; i < s->columns.n; i++)
        TRY(plan_part(p, planner, s->columns.at[i], &p->parts[p->n_parts++], err));
    if (s->columns.n)
        return STATUS_OK;
    for (int32_t c = 0; c < here->n_columns; c++)
        if (is_compared(s, here, there, c))
            TRY(plan_part(p, planner, here->columns[c].name, &p->parts[p->n_parts++], err));
    if (!note_missing(s, here, there, planner->arena, &skew->only_here, &skew->n_here) ||
        !note_missing(s, there, here, planner->arena, &skew->only_there, &skew->n_there))
        return error_no_memory(err);
    return STATUS_OK;
}

/* A name that neither side has excludes nothing: what was meant is compared after all. */
static enum status check_excluded(struct planned *p, const struct planner *planner, const struct schema *there, struct error *err)
{
    const struct no_skew *s = p->check->params;

    for (int32_t i = 0; i < s->exclude.n && !p->is_settled; i++) {
        const char *name = s->exclude.at[i], *near, *reason;

        if (schema_find(planner->schema, name) >= 0 || schema_find(there, name) >= 0)
            continue;
        near = schema_nearest(planner->schema, name);
        near = near ? near : schema_nearest(there, name);
        reason = arena_format(planner->arena, "`exclude` names %.200s, which neither the batch nor the reference has%s%s%s", name,
                              near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
        if (!reason)
            return error_no_memory(err);
        plan_settle(p, VERDICT_NOT_EVALUATED, reason);
    }
    return STATUS_OK;
}

static enum status plan(struct planned *p, const struct planner *planner, struct error *err)
{
    const struct no_skew *s = p->check->params;
    struct reference reference = {s->reference, s->is_from_variable, NULL};
    struct skew *skew = arena_alloc(planner->arena, sizeof *skew);
    const struct schema *there;
    enum status status;

    if (!skew)
        return error_no_memory(err);
    p->extra = skew;
    status = planner->reference_schema(planner->context, &reference, &there, err);
    if (status == STATUS_OK)
        status = planner->reference_facts(planner->context, &reference, &skew->facts, err);
    if (status != STATUS_OK)
        return distribution_settle_reference(p, planner, status, err);
    TRY(check_excluded(p, planner, there, err));
    if (p->is_settled)
        return STATUS_OK;
    TRY(plan_parts(p, planner, there, err));
    if (p->n_parts == 0)
        plan_settle(p, VERDICT_NOT_EVALUATED, "the batch and the reference share no column that is to be compared");
    return STATUS_OK;
}

/* --- judging --- */

struct column_skew {
    const struct planned *part;
    struct finding finding;
    const struct node *observed;
    double effect;
    double nulls, reference_nulls; /* shares; NaN: not compared */
    bool nulls_moved;              /* by more than max_null_change */
    double excess;                 /* by how much the worse of the two is beyond its limit; infinite where there is no size */
};

static double null_share(const struct moments_counts *c)
{
    return (double)(c->n_rows - c->n_values) / (double)c->n_rows; /* NaN too, where it counts as null: else it has failed */
}

/* Nulls of both sides, where there are rows enough to say. Whether values can be compared does not matter. */
static void judge_nulls(const struct no_skew *s, const struct seen *seen, struct column_skew *c)
{
    struct moments_counts batch, reference;

    c->nulls = c->reference_nulls = NAN;
    if (!distribution_counts(c->part, seen, &batch, &reference) || batch.n_rows < s->min_samples || reference.n_rows < s->min_samples ||
        batch.n_malformed > 0 || reference.n_malformed > 0)
        return;
    c->nulls = null_share(&batch);
    c->reference_nulls = null_share(&reference);
    c->nulls_moved = fabs(c->nulls - c->reference_nulls) > s->max_null_change;
    if (c->nulls_moved)
        c->finding.verdict = VERDICT_FAIL;
}

static enum status judge_part(const struct planned *part, const struct seen *seen, struct column_skew *out, struct error *err)
{
    const struct node *effect, *value;

    *out = (struct column_skew){.part = part, .effect = NAN};
    finding_init(&out->finding);
    if (part->is_settled)
        out->finding = part->finding;
    else
        TRY(part->check->kind->judge(part, seen, &out->finding, err));
    out->observed = out->finding.details ? node_find(out->finding.details, "observed") : NULL;
    effect = out->observed ? node_find(out->observed, "effect_size") : NULL;
    value = effect ? node_find(effect, "value") : NULL;
    if (value && !number_parse_double(value->text, &out->effect))
        out->effect = NAN;
    return STATUS_OK;
}

/* Without a size: no value, NaN, another type. */
static double excess_of(const struct no_skew *s, const struct column_skew *c)
{
    double nulls = c->nulls_moved ? fabs(c->nulls - c->reference_nulls) - s->max_null_change : -INFINITY;

    if (isnan(c->effect))
        return c->nulls_moved ? nulls : INFINITY;
    return fmax(nulls, c->effect - s->max_effect);
}

static int rank_of(const struct column_skew *c)
{
    return c->finding.verdict == VERDICT_FAIL ? 0 : c->finding.verdict == VERDICT_NOT_EVALUATED ? 1 : 2;
}

/* What failed first, by how far; equals in the order of the columns. */
static int by_effect(const void *a, const void *b)
{
    const struct column_skew *x = a, *y = b;

    if (rank_of(x) != rank_of(y))
        return rank_of(x) - rank_of(y);
    return x->excess != y->excess ? (x->excess > y->excess ? -1 : 1) : (x->part > y->part) - (x->part < y->part);
}

static const char *effect_name(const struct column_skew *c)
{
    const struct node *effect = c->observed ? node_find(c->observed, "effect_size") : NULL, *name = effect ? node_find(effect, "name") : NULL;

    return name ? (const char *)name->text.at : "";
}

static void copy_member(struct arena *arena, struct node *to, const struct node *from, const char *key)
{
    const struct node *node = from ? node_find(from, key) : NULL;

    if (node)
        node_set(arena, to, key, node_copy(arena, node));
}

static struct node *nulls_shown(const struct column_skew *c, struct arena *arena)
{
    struct node *map = node_map(arena);
    struct value observed = value_double(c->nulls), reference = value_double(c->reference_nulls);

    node_set(arena, map, "observed", node_value(arena, &observed));
    node_set(arena, map, "reference", node_value(arena, &reference));
    return map;
}

static struct node *column_shown(const struct column_skew *c, struct arena *arena)
{
    struct node *map = node_map(arena);

    node_set(arena, map, "column", node_text(arena, span_text(c->part->check->column)));
    copy_member(arena, map, c->observed, "test");
    copy_member(arena, map, c->observed, "effect_size");
    copy_member(arena, map, c->observed, "statistic_bounds");
    copy_member(arena, map, c->observed, "p_value");
    if (c->nulls != c->reference_nulls && !isnan(c->nulls))
        node_set(arena, map, "null_share", nulls_shown(c, arena));
    if (c->finding.reason && (c->finding.verdict == VERDICT_NOT_EVALUATED || isnan(c->effect)))
        node_set(arena, map, "reason", node_text(arena, span_text(c->finding.reason)));
    return map;
}

static struct node *names_shown(const char *const *names, int32_t n, struct arena *arena)
{
    struct node *list = node_list(arena);

    for (int32_t i = 0; i < n && i < NAMES_SHOWN; i++)
        node_add(list, node_text(arena, span_text(names[i])));
    return list;
}

static void set_count(struct arena *arena, struct node *map, const char *key, int64_t n)
{
    struct value v = value_int(n);

    node_set(arena, map, key, node_value(arena, &v));
}

static enum status show(const struct planned *p, const struct seen *seen, const struct column_skew *columns, int32_t n_skewed, int32_t n_unsure,
                        struct finding *out, struct error *err)
{
    const struct skew *skew = p->extra;
    struct arena *arena = seen->arena;
    struct node *details = node_map(arena), *observed = node_map(arena), *worst = node_list(arena);

    set_count(arena, observed, "columns", p->n_parts);
    set_count(arena, observed, "skewed", n_skewed);
    set_count(arena, observed, "not_compared", n_unsure);
    for (int32_t i = 0; i < p->n_parts && i < WORST_SHOWN; i++)
        node_add(worst, column_shown(&columns[i], arena));
    node_set(arena, observed, "worst", worst);
    if (skew->n_here)
        node_set(arena, observed, "only_in_batch", names_shown(skew->only_here, skew->n_here, arena));
    if (skew->n_there)
        node_set(arena, observed, "only_in_reference", names_shown(skew->only_there, skew->n_there, arena));
    distribution_show_reference(&skew->facts, seen, observed);
    node_set(arena, details, "observed", observed);
    if (!details || !node_find(details, "observed") || !node_find(observed, "worst"))
        return error_no_memory(err);
    out->details = details;
    return STATUS_OK;
}

/* What moved in the column, as a reason says it. */
static const char *what_moved(const struct no_skew *s, const struct column_skew *c, struct arena *arena)
{
    bool by_nulls = c->nulls_moved && (isnan(c->effect) || fabs(c->nulls - c->reference_nulls) - s->max_null_change >= c->effect - s->max_effect);

    if (by_nulls)
        return arena_format(arena, " (%.4g%% null, %.4g%% in the reference)", 100 * c->nulls, 100 * c->reference_nulls);
    if (isnan(c->effect))
        return arena_format(arena, ": %s", c->finding.reason ? c->finding.reason : "");
    return arena_format(arena, " (%s %.4g)", effect_name(c), c->effect);
}

static enum status decide(const struct planned *p, const struct seen *seen, const struct column_skew *columns, int32_t n_skewed,
                          int32_t n_unsure, struct finding *out, struct error *err)
{
    const struct column_skew *worst = &columns[0];
    const char *name = worst->part->check->column, *moved;

    if (n_skewed) {
        moved = what_moved(p->check->params, worst, seen->arena);
        out->verdict = VERDICT_FAIL;
        out->nothing_to_judge = worst->finding.nothing_to_judge && !worst->nulls_moved;
        out->reason = moved ? arena_format(seen->arena, "%d of %d columns %s skewed, most %.200s%s", n_skewed, p->n_parts,
                                           n_skewed == 1 ? "is" : "are", name, moved)
                            : NULL;
    } else if (n_unsure) {
        out->verdict = VERDICT_NOT_EVALUATED;
        out->reason = arena_format(seen->arena, "%d of %d columns could not be compared, %.200s: %s; `exclude` leaves columns out", n_unsure,
                                   p->n_parts, name, worst->finding.reason ? worst->finding.reason : "");
    }
    return out->verdict == VERDICT_PASS || out->reason ? STATUS_OK : error_no_memory(err);
}

static enum status judge(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err)
{
    const struct no_skew *s = p->check->params;
    const struct skew *skew = p->extra;
    struct column_skew *columns = arena_array(seen->arena, (size_t)p->n_parts + 1, sizeof *columns);
    int32_t n_skewed = 0, n_unsure = 0;

    if (!columns)
        return error_no_memory(err);
    for (int32_t i = 0; i < p->n_parts; i++) {
        TRY(judge_part(&p->parts[i], seen, &columns[i], err));
        judge_nulls(s, seen, &columns[i]);
        columns[i].excess = excess_of(s, &columns[i]);
        n_skewed += columns[i].finding.verdict == VERDICT_FAIL;
        n_unsure += columns[i].finding.verdict == VERDICT_NOT_EVALUATED;
    }
    qsort(columns, (size_t)p->n_parts, sizeof *columns, by_effect);
    TRY(show(p, seen, columns, n_skewed, n_unsure, out, err));
    TRY(decide(p, seen, columns, n_skewed, n_unsure, out, err));
    return distribution_judge_age(&skew->facts, &s->max_age, seen, out, err);
}

const struct expectation expect_no_skew = {
    .name = "no_skew",
    .says = "columns are distributed as in {reference}[: {columns}][, but for {exclude}]",
    .doc = "Training-serving skew: every column that the batch shares with the reference matches its distribution, by the default test of "
           "matches_distribution, and has as many nulls. Fails where one effect size is above max_effect, or the shares of nulls differ by more than "
           "max_null_change, and names the worst columns. Where a column cannot be compared, "
           "it is not evaluated: leave keys and times out with `exclude`.",
    .example = "table:\n  - no_skew: {reference: ref/training.parquet, exclude: [order_id, ordered_at]}\n",
    .level = LEVEL_AGGREGATE,
    .takes_column = false,
    .fields = fields,
    .params_size = sizeof(struct no_skew),
    .validate = validate,
    .plan = plan,
    .judge = judge,
};
