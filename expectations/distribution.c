/* expectations/distribution.c -- matches_distribution: a column is distributed as in a reference, as a law says, or in given shares.
 *
 * Which test: `test`, or by type alone, so that it never flips with the number of rows: Kolmogorov-Smirnov for numbers and times (and text by
 * its length), chi-square on categories for anything else. With many rows every difference is significant, so what fails by
 * default is an effect that is large; p-values and statistics count where the suite gives a threshold for them.
 *
 * Which type both sides are read as: a column whose type is known (Parquet, declared) decides for cells of the other; cells on both
 * sides are read as what the batch's look like, and as text for categories.
 *
 * Nulls are not values. NaN in the batch fails unless `nan` says otherwise. Infinities are values, but for the tests that compute with
 * them (means, deviations, Wasserstein). What keeps the test from being made (no reference, too few values, too many categories)
 * is not_evaluated with the reason. distribution_judge.c has the other half.
 */
#include "expectations/distribution.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/clock.h"
#include "core/number.h"

static const char *const test_names[] = {"auto", "ks", "chi_square", "g", "cramer_von_mises", "anderson_darling", "mann_whitney", "welch_t",
                                         "levene", "wasserstein", "wasserstein_normed", "jensen_shannon", "psi", "kl", "hellinger",
                                         "total_variation", "l_infinity", NULL};
static const char *const by_names[] = {"value", "length", NULL};
static const char *const alternative_names[] = {"two_sided", "greater", "less", NULL}; /* as enum ks_side */
static const char *const base_names[] = {"2", "e", NULL};

static const struct field fields[] = {
    {.name = "reference", .type = FIELD_TEXT, .offset = offsetof(struct distribution, reference), .flags = FIELD_MAIN,
     .doc = "file, directory or glob of the data to compare with; relative to the suite, or to the working directory where it begins "
            "with a variable"},
    {.name = "distribution", .type = FIELD_NODE, .offset = offsetof(struct distribution, law_node),
     .doc = "instead of a reference: a law and its parameters, as {normal: {mean: 10, stdev: 2}}; also beta, exponential, gamma, "
            "lognormal, uniform, weibull"},
    {.name = "probabilities", .type = FIELD_NODE, .offset = offsetof(struct distribution, probabilities_node),
     .doc = "instead of a reference: the share of each category, as {a: 0.7, b: 0.3}"},
    {.name = "test", .type = FIELD_ENUM, .offset = offsetof(struct distribution, test), .names = test_names, .default_text = "auto",
     .doc = "auto is ks for numbers and times, else chi_square"},
    {.name = "max_effect", .type = FIELD_NUMBER, .offset = offsetof(struct distribution, max_effect), .min = 0, .max = 1e300,
     .doc = "largest effect size accepted; 0.1 for ks and chi_square, else the test's own"},
    {.name = "p_value", .type = FIELD_NUMBER, .offset = offsetof(struct distribution, p_value), .min = 0, .max = 1,
     .doc = "smallest p-value accepted; not looked at unless given"},
    {.name = "max_statistic", .type = FIELD_NUMBER, .offset = offsetof(struct distribution, max_statistic), .min = 0, .max = 1e300,
     .doc = "largest statistic accepted; not looked at unless given"},
    {.name = "column", .type = FIELD_TEXT, .offset = offsetof(struct distribution, column),
     .doc = "the reference's column, where it has another name"},
    {.name = "by", .type = FIELD_ENUM, .offset = offsetof(struct distribution, by), .names = by_names,
     .doc = "length compares texts by their length, as numbers are"},
    {.name = "alternative", .type = FIELD_ENUM, .offset = offsetof(struct distribution, alternative), .names = alternative_names,
     .doc = "greater or less for a one-sided ks, mann_whitney or welch_t, as scipy means them"},
    {.name = "bins", .type = FIELD_INT, .offset = offsetof(struct distribution, bins), .min = 2, .max = 1000,
     .doc = "of numbers and times, for tests of shares: so many bins of equal share in the reference (10); chi_square and g take "
            "values as categories unless it is given"},
    {.name = "base", .type = FIELD_ENUM, .offset = offsetof(struct distribution, base), .names = base_names,
     .doc = "of the logarithms of jensen_shannon: 2 or e"},
    {.name = "floor", .type = FIELD_NUMBER, .offset = offsetof(struct distribution, floor), .min = 0, .max = 0.5,
     .default_text = "0.0001", .doc = "psi and kl: shares below it count as this much; 0 leaves them"},
    {.name = "max_age", .type = FIELD_DURATION, .offset = offsetof(struct distribution, max_age),
     .doc = "warns where the reference is older (since it was saved, or its newest file written), as 30d"},
    {.name = "min_samples", .type = FIELD_INT, .offset = offsetof(struct distribution, min_samples), .min = 1, .max = 1e15,
     .default_text = "30", .doc = "values that each side must have; not evaluated with fewer"},
    {0},
};

static bool is_written(const struct node *written, const char *key)
{
    const struct node *node = node_find(written, key);

    return node && node->kind != NODE_NULL;
}

/* --- reading --- */

static enum status refuse(const struct node *at, struct error *err, const char *format, ...) __attribute__((format(printf, 3, 4)));

static enum status refuse(const struct node *at, struct error *err, const char *format, ...)
{
    char text[200];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (at && at->line > 0) {
        err->line = at->line;
        err->line_column = at->column;
    }
    return error_set(err, STATUS_BAD_SUITE, "%s", text);
}

static bool number_of(const struct node *node, double *out)
{
    return node && (node->kind == NODE_NUMBER || node->kind == NODE_TEXT) && number_parse_double(node->text, out) && isfinite(*out);
}

static enum status read_parameters(struct distribution *d, const struct node *given, struct error *err)
{
    int32_t n = 0;

    for (int i = 0; i < LAW_PARAMETERS && d->law->parameters[i].name; i++, n++) {
        const struct law_parameter *p = &d->law->parameters[i];
        const struct node *node = node_find(given, p->name);

        if (!number_of(node, &d->parameters[i]))
            return refuse(node ? node : given, err, "%s needs a number for `%s` (%s)", d->law->name, p->name, p->doc);
        if (p->is_positive && !(d->parameters[i] > 0))
            return refuse(node, err, "`%s` of %s is above 0", p->name, d->law->name);
    }
    if (given->n_children != n)
        return refuse(given, err, "%s takes %s%s%s and nothing else", d->law->name, d->law->parameters[0].name, n > 1 ? " and " : "",
                      n > 1 ? d->law->parameters[1].name : "");
    if (strcmp(d->law->name, "uniform") == 0 && !(d->parameters[0] < d->parameters[1]))
        return refuse(given, err, "`min` of uniform is below `max`");
    return STATUS_OK;
}

/* {normal: {mean: 0, stdev: 1}} */
static enum status read_law(struct distribution *d, struct error *err)
{
    const struct node *node = d->law_node, *law = node->first;
    const char *names[16], *near;
    int32_t n = 0;

    if (node->kind != NODE_MAP || node->n_children != 1 || law->kind != NODE_MAP)
        return refuse(node, err, "distribution is a law with its parameters, as {normal: {mean: 0, stdev: 1}}");
    d->law = law_find((const char *)law->key.at);
    if (d->law)
        return read_parameters(d, law, err);
    for (const struct law *l = laws; l->name; l++)
        names[n++] = l->name;
    names[n] = NULL;
    near = nearest_name((const char *)law->key.at, names);
    return refuse(law, err, "%s is no law that is known here%s%s%s", (const char *)law->key.at, near ? "; did you mean " : "",
                  near ? near : "", near ? "?" : ": beta, exponential, gamma, lognormal, normal, uniform, weibull");
}

static enum status read_probabilities(struct arena *arena, struct distribution *d, struct error *err)
{
    const struct node *node = d->probabilities_node;
    struct probability *all;
    double sum = 0;

    if (node->kind != NODE_MAP || node->n_children < 2 || node->n_children > DRIFT_PROBABILITIES_MAX)
        return refuse(node, err, "probabilities is a map of 2 to %d categories to their shares, as {a: 0.7, b: 0.3}", DRIFT_PROBABILITIES_MAX);
    d->probabilities = all = arena_array(arena, (size_t)node->n_children, sizeof *all);
    if (!all)
        return error_no_memory(err);
    for (const struct node *c = node->first; c; c = c->next) {
        struct probability *p = &all[d->n_probabilities++];

        p->label = (const char *)c->key.at;
        if (!number_of(c, &p->share) || p->share < 0 || p->share > 1)
            return refuse(c, err, "the share of %.80s is a number from 0 to 1", p->label);
        sum += p->share;
    }
    if (fabs(sum - 1) > 1e-6)
        return refuse(node, err, "the probabilities add up to %.9g, not to 1", sum);
    for (int32_t i = 0; i < d->n_probabilities; i++) /* 0.333, 0.333, 0.334 */
        all[i].share /= sum;
    return STATUS_OK;
}

/* What a test has not. */
static enum status refuse_misfits(const struct check *check, struct distribution *d, struct error *err)
{
    const struct drift_test *t = d->wanted;
    const struct node *w = check->written;
    bool is_psi = t && (strcmp(t->name, "psi") == 0 || strcmp(t->name, "kl") == 0);

    if (t && d->has_p_value && !(t->flags & DRIFT_HAS_P))
        return refuse(node_find(w, "p_value"), err, "%s is a distance and has no p-value: give max_effect", t->name);
    if (t && (t->flags & DRIFT_HAS_UNIT) && !d->has_max_effect && !d->has_max_statistic)
        return refuse(node_find(w, "test"), err, "%s is in the column's unit: give max_effect", t->name);
    if (d->has_max_effect && d->max_effect > 1 && (!t || (t->flags & DRIFT_BOUNDED)) && !d->probabilities)
        return refuse(node_find(w, "max_effect"), err, "max_effect is from 0 to 1: the effect size of %s is no larger", t ? t->name : "ks and chi_square");
    if (is_written(w, "alternative") && d->alternative != KS_TWO_SIDED && !(t && (t->flags & DRIFT_SIDED)))
        return refuse(node_find(w, "alternative"), err, "only ks, mann_whitney and welch_t have one-sided forms: name one as `test`");
    if (is_written(w, "base") && !(t && strcmp(t->name, "jensen_shannon") == 0))
        return refuse(node_find(w, "base"), err, "base is about jensen_shannon alone");
    if (is_written(w, "floor") && !is_psi)
        return refuse(node_find(w, "floor"), err, "floor is about psi and kl alone");
    if (d->has_bins && (!t || (t->flags & DRIFT_OF_ORDER)))
        return refuse(node_find(w, "bins"), err, "bins are for tests of shares: chi_square, g, psi, kl, jensen_shannon ...");
    return STATUS_OK;
}

/* The one thing that is compared with, and whether the test can. */
static enum status read_other_side(struct arena *arena, const struct check *check, struct distribution *d, struct error *err)
{
    const struct node *reference = node_find(check->written, "reference");
    const struct drift_test *t = d->wanted;
    int n = (d->reference != NULL) + (d->law_node != NULL) + (d->probabilities_node != NULL);

    if (n != 1)
        return error_set(err, STATUS_BAD_SUITE, n ? "give one of reference, distribution and probabilities, not several"
                                                  : "reference (or distribution, or probabilities) is required");
    if (d->reference && (!d->reference[0] || strcmp(d->reference, "-") == 0))
        return error_set(err, STATUS_BAD_SUITE, "reference is a file, a directory or a glob");
    d->is_from_variable = reference && reference->starts_with_variable;
    if (d->max_age.is_set && !d->reference)
        return refuse(node_find(check->written, "max_age"), err, "max_age is about the reference, and there is none");
    if (d->column && !d->reference)
        return refuse(node_find(check->written, "column"), err, "column names a column of the reference, and there is none");
    if (d->law_node) {
        if (t && !(t->flags & DRIFT_TAKES_LAW))
            return refuse(node_find(check->written, "test"), err, "%s compares two samples: against a law there is ks", t->name);
        return read_law(d, err);
    }
    if (!d->probabilities_node)
        return STATUS_OK;
    if (t && (t->flags & DRIFT_OF_ORDER))
        return refuse(node_find(check->written, "test"), err, "%s compares values in order: against probabilities there are chi_square, g and the distances",
                      t->name);
    if (d->by || d->has_bins)
        return refuse(node_find(check->written, d->by ? "by" : "bins"), err, "probabilities are those of categories");
    return read_probabilities(arena, d, err);
}

/* The threshold that holds is shown, given or not; one for every test that `auto` may be. */
static enum status show_threshold(struct arena *arena, struct check *check, struct distribution *d, struct error *err)
{
    struct value shown = value_double(d->wanted ? d->wanted->max_effect : drift_tests[0].max_effect);
    struct node *map;

    if (d->has_max_effect || (d->wanted && (d->wanted->flags & DRIFT_HAS_UNIT)))
        return STATUS_OK;
    d->max_effect = shown.f64;
    map = node_copy(arena, check->parameters);
    node_set(arena, map, "max_effect", node_value(arena, &shown));
    if (!map || !node_find(map, "max_effect"))
        return error_no_memory(err);
    check->parameters = map;
    return STATUS_OK;
}

enum status distribution_validate_age(const struct literal *max_age, const struct node *written, struct error *err)
{
    int64_t seconds;
    int32_t nanos;

    if (max_age->is_set && clock_parse_duration(max_age->text, &seconds, &nanos) && seconds < 0)
        return refuse(node_find(written, "max_age"), err, "max_age is below zero");
    return STATUS_OK;
}

static enum status validate(struct arena *arena, struct check *check, void *params, struct error *err)
{
    struct distribution *d = params;

    d->wanted = d->test ? drift_test_find(test_names[d->test]) : NULL;
    d->has_max_effect = is_written(check->written, "max_effect");
    d->has_p_value = is_written(check->written, "p_value");
    d->has_max_statistic = is_written(check->written, "max_statistic");
    d->has_bins = is_written(check->written, "bins");
    TRY(read_other_side(arena, check, d, err));
    TRY(distribution_validate_age(&d->max_age, check->written, err));
    TRY(refuse_misfits(check, d, err));
    return show_threshold(arena, check, d, err);
}

/* --- planning --- */

static bool has_order(struct type type)
{
    return type_is_numeric(type) || type_is_temporal(type);
}

static bool has_length(struct type type)
{
    return type.kind == TYPE_STRING || type.kind == TYPE_BINARY;
}

static enum status settle_unsure(struct planned *p, const struct planner *planner, struct error *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static enum status settle_unsure(struct planned *p, const struct planner *planner, struct error *err, const char *format, ...)
{
    char text[1024];
    const char *reason;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    reason = arena_text(planner->arena, text, strlen(text));
    if (!reason)
        return error_no_memory(err);
    plan_settle(p, VERDICT_NOT_EVALUATED, reason);
    error_clear(err);
    return STATUS_OK;
}

/* The run's own end is no property of the reference. */
static bool is_about_reference(enum status status)
{
    return status_exit_code(status) == 3 && status != STATUS_TIMED_OUT && status != STATUS_CANCELLED;
}

enum status distribution_settle_reference(struct planned *p, const struct planner *planner, enum status status, struct error *err)
{
    char text[900];

    if (!is_about_reference(status))
        return status;
    error_format(err, text, sizeof text);
    return settle_unsure(p, planner, err, "the reference cannot be used: %s", text);
}

static enum status find_reference(struct planned *p, const struct planner *planner, const struct reference *reference,
                                  struct type *type, struct error *err)
{
    enum status status;

    error_clear(err); /* of the batch's column */
    status = planner->reference(planner->context, reference, type, err);
    if (status == STATUS_OK && planner->reference_facts)
        status = planner->reference_facts(planner->context, reference, &((struct pairing *)p->extra)->facts, err);
    if (status == STATUS_OK && (type->kind == TYPE_NULL || type->kind == TYPE_INTERVAL))
        return settle_unsure(p, planner, err, "the reference's column %s has no values to compare with", reference->column);
    return distribution_settle_reference(p, planner, status, err);
}

/* The reference's side; a saved one may not know as much, which settles the check. */
static enum status ask_reference(struct planned *p, const struct planner *planner, const struct reference *reference, struct pairing *c,
                                 const struct metric *metric, const void *params, size_t params_size, struct error *err)
{
    enum status status = planner->reference_state(planner->context, reference, c->reference, metric, params, params_size, &c->state, err);

    return c->facts.is_saved ? distribution_settle_reference(p, planner, status, err) : status;
}

/* The one rule of `auto`, and whether values are compared in order: by the type that decides alone. */
static void choose_test(const struct distribution *d, struct type deciding, struct pairing *c)
{
    bool orders = d->by || has_order(deciding);

    c->test = d->wanted ? d->wanted : drift_test_find(orders ? "ks" : "chi_square");
    c->is_order = d->by || (c->test->flags & DRIFT_OF_ORDER) ||
                  (orders && (d->has_bins || !(c->test->flags & DRIFT_BY_CATEGORY)));
}

/* Types of both sides, and the batch's slot. c->reference: what the reference's column is, TYPE_UNKNOWN for cells. */
static enum status choose_types(struct planned *p, const struct planner *planner, struct pairing *c, int32_t *slot,
                                struct error *err)
{
    const struct distribution *d = p->check->params;
    const char *name = p->check->column;
    bool is_open = planner->is_undeclared(planner->context, name), reference_is_open = c->reference.kind == TYPE_UNKNOWN;

    choose_test(d, is_open && !reference_is_open ? c->reference : p->type, c);
    if (is_open && !reference_is_open)
        TRY(planner->column_as(planner->context, name, c->reference, slot, &p->type, err));
    else if (is_open && (!c->is_order || d->by))
        TRY(planner->column(planner->context, name, FAMILY_TEXT, slot, &p->type, err));
    else if (is_open && !type_is_temporal(p->type))
        TRY(planner->column(planner->context, name, FAMILY_NUMBER, slot, &p->type, err));
    c->batch = p->type;
    if (!reference_is_open)
        return STATUS_OK;
    c->reference = p->type;
    if (is_open && type_is_numeric(p->type)) /* one side may have fractions where the other has none */
        c->reference = (struct type){.kind = TYPE_DOUBLE};
    return STATUS_OK;
}

static enum status settle_types(struct planned *p, const struct planner *planner, const struct pairing *c, struct error *err)
{
    char a[64], b[64];

    type_print(c->batch, a);
    type_print(c->reference, b);
    if ((c->batch.kind == TYPE_DECIMAL && c->batch.precision > 18) || (c->reference.kind == TYPE_DECIMAL && c->reference.precision > 18))
        return settle_unsure(p, planner, err, "%s on decimals of more than 18 digits cannot be computed yet", c->test->name);
    return settle_unsure(p, planner, err, "the reference's column is %s, which %s cannot be compared with", b, a);
}

/* The order in which both sides are compared; *settled: there is none. */
static enum status choose_order(struct planned *p, const struct planner *planner, struct pairing *c, bool *settled, struct error *err)
{
    const struct distribution *d = p->check->params;

    *settled = true;
    if (d->by) {
        if (!has_length(c->batch))
            return settle_misfit(p, planner, c->batch, "text (by: length)", err);
        if (!has_length(c->reference))
            return settle_types(p, planner, c, err);
        c->as = (struct type){.kind = TYPE_INT64};
    } else {
        if (!has_order(c->batch))
            return settle_misfit(p, planner, c->batch, has_length(c->batch) ? "numbers or times (of text, by: length)" : "numbers or times", err);
        if (!ordered_common(c->batch, c->reference, &c->as))
            return settle_types(p, planner, c, err);
    }
    *settled = false;
    return STATUS_OK;
}

static enum status ask(struct planned *p, const struct planner *planner, struct request *request, const struct metric *metric,
                       struct error *err)
{
    request->metric = metric;
    TRY(planner->request(planner->context, request, &p->requests[p->n_requests], err));
    p->n_requests++;
    return STATUS_OK;
}

/* Not 0, and another for every check that looks at other rows (FNV-1a of its id and condition). */
static int64_t number_of_check(const struct check *check)
{
    const char *parts[] = {check->id ? check->id : "", check->where ? check->where : ""};
    uint64_t h = 0xcbf29ce484222325;

    for (int i = 0; i < 2; i++)
        for (const char *at = parts[i]; *at; at++)
            h = (h ^ (uint8_t)*at) * 0x100000001b3;
    return (int64_t)(h >> 1) + 1;
}

/* What a ks of this check is asked: against a saved reference whose knots decide, no more. */
static void set_limits(const struct distribution *d, const struct pairing *c, struct ks_params *out)
{
    out->asks = !(c->test->flags & DRIFT_OF_ORDER) ? KS_COUNTS : c->facts.is_saved ? KS_DECIDE : KS_EXACT;
    out->max_effect = out->max_statistic = out->p_value = NAN;
    if (out->asks != KS_DECIDE)
        return;
    out->test = c->test - drift_tests;
    out->side = d->alternative;
    if (d->has_max_effect || !(c->test->flags & DRIFT_HAS_UNIT))
        out->max_effect = d->max_effect;
    if (d->has_max_statistic)
        out->max_statistic = d->max_statistic;
    if (d->has_p_value)
        out->p_value = d->p_value;
}

/* How many distinct values are kept one by one. A test that needs them all has them, but against a saved reference, which may do without. */
static int64_t limit_of(const struct pairing *c)
{
    bool needs_all = (c->test->flags & (DRIFT_NEEDS_BATCH | DRIFT_SUMS)) == DRIFT_NEEDS_BATCH;

    return needs_all && !c->facts.is_saved ? 0 : ORDERED_LIMIT;
}

/* Counted between the reference's values; where that does not do, the values too. */
static enum status plan_order(struct planned *p, const struct planner *planner, const struct reference *reference,
                              struct pairing *c, struct request *request, struct error *err)
{
    struct ks_params *params = arena_alloc(planner->arena, sizeof *params);
    struct ordered_params *values = arena_alloc(planner->arena, sizeof *values);
    bool settled;

    if (!params || !values)
        return error_no_memory(err);
    TRY(choose_order(p, planner, c, &settled, err));
    if (settled)
        return STATUS_OK;
    values->as = c->as;
    values->limit = limit_of(c);
    values->sums = c->test->flags & DRIFT_SUMS ? number_of_check(p->check) : 0;
    params->values = *values;
    set_limits(p->check->params, c, params);
    c->limits = params->asks == KS_DECIDE ? params : NULL;
    TRY(ask_reference(p, planner, reference, c, &metric_ordered, &params->values, sizeof params->values, err));
    if (p->is_settled)
        return STATUS_OK;
    request->params = params;
    request->params_size = sizeof *params;
    request->reference = c->state;
    TRY(ask(p, planner, request, &metric_ks, err));
    request->reference = 0;
    if (!(c->test->flags & DRIFT_NEEDS_BATCH))
        return STATUS_OK;
    values->is_few = values->limit > 0;
    values->sums = 0;
    request->params = values;
    request->params_size = sizeof *values;
    return ask(p, planner, request, &metric_ordered, err);
}

static enum status plan_categories(struct planned *p, const struct planner *planner, const struct reference *reference,
                                   struct pairing *c, struct request *request, struct error *err)
{
    if (!categories_comparable(c->batch, c->reference))
        return settle_types(p, planner, c, err);
    TRY(ask_reference(p, planner, reference, c, &metric_frequencies, NULL, 0, err));
    return p->is_settled ? STATUS_OK : ask(p, planner, request, &metric_frequencies, err);
}

/* A law takes numbers, and lengths. */
static enum status plan_law(struct planned *p, const struct planner *planner, struct pairing *c, struct request *request, struct error *err)
{
    const struct distribution *d = p->check->params;
    struct ordered_params *params = arena_alloc(planner->arena, sizeof *params);
    const char *name = p->check->column;
    bool settled;

    if (!params)
        return error_no_memory(err);
    if (planner->is_undeclared(planner->context, name))
        TRY(planner->column(planner->context, name, d->by ? FAMILY_TEXT : FAMILY_NUMBER, &request->slots[0], &p->type, err));
    choose_test(d, p->type, c);
    c->test = drift_test_find("ks");
    c->batch = c->reference = p->type;
    if (!d->by && !type_is_numeric(p->type))
        return settle_misfit(p, planner, p->type, "numbers", err);
    TRY(choose_order(p, planner, c, &settled, err));
    if (settled)
        return STATUS_OK;
    c->is_order = true;
    params->as = c->as;
    request->params = params;
    request->params_size = sizeof *params;
    return ask(p, planner, request, &metric_ordered, err);
}

static enum status plan_probabilities(struct planned *p, const struct planner *planner, struct pairing *c, struct request *request,
                                      struct error *err)
{
    const struct distribution *d = p->check->params;

    if (planner->is_undeclared(planner->context, p->check->column))
        TRY(planner->column(planner->context, p->check->column, FAMILY_TEXT, &request->slots[0], &p->type, err));
    c->test = d->wanted ? d->wanted : drift_test_find("chi_square");
    return ask(p, planner, request, &metric_frequencies, err);
}

static enum status plan(struct planned *p, const struct planner *planner, struct error *err)
{
    const struct distribution *d = p->check->params;
    struct reference reference = {d->reference, d->is_from_variable, d->column ? d->column : p->check->column};
    struct request request = {.n_columns = 1, .nan_is_null = p->check->nan == NAN_IGNORE};
    struct pairing *c = arena_alloc(planner->arena, sizeof *c);
    bool settled;

    if (!c)
        return error_no_memory(err);
    p->extra = c;
    TRY(plan_column(p, planner, p->check->column, FAMILY_ANY, &request.slots[0], &settled, err));
    if (settled)
        return STATUS_OK;
    if (p->type.kind == TYPE_NULL)
        return plan_figure(p, planner, &metric_presence, request.slots[0], NULL, 0, err);
    if (d->law)
        return plan_law(p, planner, c, &request, err);
    if (d->probabilities)
        return plan_probabilities(p, planner, c, &request, err);
    TRY(find_reference(p, planner, &reference, &c->reference, err));
    if (p->is_settled)
        return STATUS_OK;
    TRY(choose_types(p, planner, c, &request.slots[0], err));
    return (c->is_order ? plan_order : plan_categories)(p, planner, &reference, c, &request, err);
}

const struct expectation expect_matches_distribution = {
    .name = "matches_distribution",
    .gx = "column_distribution_to_match_reference",
    .says = "{column} is distributed as[ in {reference}][ {distribution}][ {probabilities}]",
    .doc = "The column has the distribution of a reference, of a law or of given shares. `test` names a test or distance; without it "
           "two-sample Kolmogorov-Smirnov for numbers and times, chi-square for anything else. "
           "Fails where the effect size is above max_effect, the p-value below a p_value or the statistic above a max_statistic that is given. "
           "Infinities are values, but for welch_t, levene and wasserstein.",
    .example = "columns:\n  purchase_amount:\n    - matches_distribution: {reference: ref/purchases.parquet, test: ks, max_effect: 0.1}\n",
    .level = LEVEL_AGGREGATE,
    .takes_column = true,
    .fields = fields,
    .params_size = sizeof(struct distribution),
    .validate = validate,
    .plan = plan,
    .judge = distribution_judge,
};
