/* expectations/distribution.c -- matches_distribution: a column is distributed as in a reference.
 *
 * A reference is a sample like the batch: numbers and times are compared by the two-sample Kolmogorov-Smirnov test, anything else by
 * chi-square on its categories. With many rows every difference is significant, so what fails by default is an effect that is large:
 * KS D or Cramér's V above 0.1; p-values and statistics count where the suite gives a threshold for them.
 *
 * Which type both sides are read as: a column whose type is known (Parquet, declared) decides for cells of the other; cells on both
 * sides are read as what the batch's look like, and as text for chi-square.
 *
 * Nulls are not values. NaN in the batch fails unless `nan` says otherwise. Infinities are values. What keeps the
 * test from being made (no reference, too few values, too many categories) is not_evaluated with the reason.
 */
#include "expectations/shared.h"

#include <stdarg.h>
#include <stdio.h>

#include "stats/drift.h"

enum test { TEST_KS, TEST_CHI_SQUARE };
enum { CATEGORIES_SHOWN = 20 };

static const char *const test_names[] = {"ks", "chi_square", NULL};

struct distribution {
    const char *reference, *column;
    int test;
    double max_effect, p_value, max_statistic;
    int64_t min_samples;
    bool is_from_variable, has_test, has_p_value, has_max_statistic; /* of what was written */
};

static const struct field fields[] = {
    {.name = "reference", .type = FIELD_TEXT, .offset = offsetof(struct distribution, reference),
     .flags = FIELD_REQUIRED | FIELD_MAIN,
     .doc = "file, directory or glob of the data to compare with; relative to the suite, or to the working directory where it begins "
            "with a variable"},
    {.name = "test", .type = FIELD_ENUM, .offset = offsetof(struct distribution, test), .names = test_names,
     .doc = "ks for numbers and times, else chi_square"},
    {.name = "max_effect", .type = FIELD_NUMBER, .offset = offsetof(struct distribution, max_effect), .min = 0, .max = 1,
     .default_text = "0.1", .doc = "largest effect size accepted: KS D, Cramér's V"},
    {.name = "p_value", .type = FIELD_NUMBER, .offset = offsetof(struct distribution, p_value), .min = 0, .max = 1,
     .doc = "smallest p-value accepted; not looked at unless given"},
    {.name = "max_statistic", .type = FIELD_NUMBER, .offset = offsetof(struct distribution, max_statistic), .min = 0, .max = 1e300,
     .doc = "largest statistic accepted; not looked at unless given"},
    {.name = "column", .type = FIELD_TEXT, .offset = offsetof(struct distribution, column),
     .doc = "the reference's column, where it has another name"},
    {.name = "min_samples", .type = FIELD_INT, .offset = offsetof(struct distribution, min_samples), .min = 1, .max = 1e15,
     .default_text = "30", .doc = "values that each side must have; not evaluated with fewer"},
    {0},
};

static bool is_written(const struct node *written, const char *key)
{
    const struct node *node = node_find(written, key);

    return node && node->kind != NODE_NULL;
}

static enum status validate(struct arena *arena, struct check *check, void *params, struct error *err)
{
    struct distribution *d = params;
    const struct node *reference = node_find(check->written, "reference");

    (void)arena;
    if (!d->reference[0] || strcmp(d->reference, "-") == 0)
        return error_set(err, STATUS_BAD_SUITE, "reference is a file, a directory or a glob");
    d->is_from_variable = reference && reference->starts_with_variable;
    d->has_test = is_written(check->written, "test");
    d->has_p_value = is_written(check->written, "p_value");
    d->has_max_statistic = is_written(check->written, "max_statistic");
    return STATUS_OK;
}

/* --- planning --- */

struct pairing {
    enum test test;
    struct type batch, reference; /* as they are read */
    int32_t state;                /* of planner->reference_state */
};

static bool has_order(struct type type)
{
    return type_is_numeric(type) || type_is_temporal(type);
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

static enum status find_reference(struct planned *p, const struct planner *planner, const struct reference *reference,
                                  struct type *type, struct error *err)
{
    enum status status;
    char text[900];

    error_clear(err); /* of the batch's column */
    status = planner->reference(planner->context, reference, type, err);
    if (status == STATUS_OK && (type->kind == TYPE_NULL || type->kind == TYPE_INTERVAL))
        return settle_unsure(p, planner, err, "the reference's column %s has no values to compare with", reference->column);
    if (!is_about_reference(status))
        return status;
    error_format(err, text, sizeof text);
    return settle_unsure(p, planner, err, "the reference cannot be used: %s", text);
}

/* Types of both sides, and the batch's slot. c->reference: what the reference's column is, TYPE_UNKNOWN for cells. */
static enum status choose_types(struct planned *p, const struct planner *planner, struct pairing *c, int32_t *slot,
                                struct error *err)
{
    const struct distribution *d = p->check->params;
    const char *name = p->check->column;
    bool is_open = planner->is_undeclared(planner->context, name), reference_is_open = c->reference.kind == TYPE_UNKNOWN;
    struct type deciding = is_open && !reference_is_open ? c->reference : p->type;

    c->test = d->has_test ? (enum test)d->test : has_order(deciding) ? TEST_KS : TEST_CHI_SQUARE;
    if (is_open && !reference_is_open)
        TRY(planner->column_as(planner->context, name, c->reference, slot, &p->type, err));
    else if (is_open && c->test == TEST_CHI_SQUARE)
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
        return settle_unsure(p, planner, err, "ks on decimals of more than 18 digits cannot be computed yet");
    return settle_unsure(p, planner, err, "the reference's column is %s, which %s cannot be compared with", b, a);
}

static enum status plan_ks(struct planned *p, const struct planner *planner, const struct reference *reference,
                           struct pairing *c, struct request *request, bool *settled, struct error *err)
{
    struct ordered_params *params = arena_alloc(planner->arena, sizeof *params);

    if (!params)
        return error_no_memory(err);
    *settled = true;
    if (!has_order(c->batch))
        return settle_misfit(p, planner, c->batch, "numbers or times", err);
    if (!ordered_common(c->batch, c->reference, &params->as))
        return settle_types(p, planner, c, err);
    *settled = false;
    request->metric = &metric_ks;
    request->params = params;
    request->params_size = sizeof *params;
    TRY(planner->reference_state(planner->context, reference, c->reference, &metric_ordered, params, sizeof *params, &c->state, err));
    request->reference = c->state;
    return STATUS_OK;
}

static enum status plan_chi_square(struct planned *p, const struct planner *planner, const struct reference *reference,
                                   struct pairing *c, struct request *request, bool *settled, struct error *err)
{
    *settled = !categories_comparable(c->batch, c->reference);
    if (*settled)
        return settle_types(p, planner, c, err);
    request->metric = &metric_frequencies;
    return planner->reference_state(planner->context, reference, c->reference, &metric_frequencies, NULL, 0, &c->state, err);
}

static enum status plan(struct planned *p, const struct planner *planner, struct error *err)
{
    const struct distribution *d = p->check->params;
    struct reference reference = {d->reference, d->is_from_variable, d->column ? d->column : p->check->column};
    struct request request = {.n_columns = 1, .nan_is_null = p->check->nan == NAN_IGNORE};
    struct pairing *c = arena_alloc(planner->arena, sizeof *c);
    int32_t slot;
    bool settled;

    if (!c)
        return error_no_memory(err);
    p->extra = c;
    TRY(plan_column(p, planner, p->check->column, FAMILY_ANY, &slot, &settled, err));
    if (settled)
        return STATUS_OK;
    if (p->type.kind == TYPE_NULL)
        return plan_figure(p, planner, &metric_presence, slot, NULL, 0, err);
    TRY(find_reference(p, planner, &reference, &c->reference, err));
    if (p->is_settled)
        return STATUS_OK;
    TRY(choose_types(p, planner, c, &slot, err));
    TRY((c->test == TEST_KS ? plan_ks : plan_chi_square)(p, planner, &reference, c, &request, &settled, err));
    if (settled)
        return STATUS_OK;
    request.slots[0] = slot;
    TRY(planner->request(planner->context, &request, &p->requests[0], err));
    p->n_requests = 1;
    return STATUS_OK;
}

/* --- judging --- */

/* What either test comes to. */
struct outcome {
    const char *test, *effect_name, *p_method;
    double statistic, effect, p_value;
    int64_t degrees_of_freedom; /* -1: none */
    struct value moved_most;
    int64_t n, n_reference;
    struct node *observed; /* what is shown beside these */
    struct node *distribution;
};

/* A verdict with a reason; without memory for it there is no verdict. */
static enum status decide_because(struct finding *out, const struct seen *seen, enum verdict verdict, struct error *err,
                                  const char *format, ...) __attribute__((format(printf, 5, 6)));

static enum status decide_because(struct finding *out, const struct seen *seen, enum verdict verdict, struct error *err,
                                  const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    out->verdict = verdict;
    out->reason = arena_text(seen->arena, text, strlen(text));
    return out->reason ? STATUS_OK : error_no_memory(err);
}

/* Enough values on both sides? Else `out` is decided. */
static enum status judge_samples(const struct planned *p, const struct seen *seen, const struct moments_counts *batch,
                                 const struct moments_counts *reference, bool *are_enough, struct finding *out, struct error *err)
{
    const struct distribution *d = p->check->params;
    struct moments_counts finite = *batch;
    bool has_values;

    *are_enough = false;
    finite.n_infinite = 0; /* infinities are values like others */
    has_values = judge_has_values(p, seen, &finite, out);
    out->has_observed = false;
    if (!has_values)
        return STATUS_OK;
    if (reference->n_malformed > 0)
        return decide_because(out, seen, VERDICT_NOT_EVALUATED, err, "%lld of %lld values of the reference are not of the column's type",
                       (long long)reference->n_malformed, (long long)(reference->n_rows - reference->n_nulls));
    if (reference->n_nans > 0 && p->check->nan == NAN_FAIL)
        return decide_because(out, seen, VERDICT_NOT_EVALUATED, err, "%lld of %lld values of the reference are NaN (nan: ignore leaves them out)",
                       (long long)reference->n_nans, (long long)(reference->n_rows - reference->n_nulls));
    if (batch->n_values < d->min_samples || reference->n_values < d->min_samples)
        return decide_because(out, seen, VERDICT_NOT_EVALUATED, err, "too few values to compare: %lld in the batch, %lld in the reference, min_samples is %lld",
                       (long long)batch->n_values, (long long)reference->n_values, (long long)d->min_samples);
    *are_enough = true;
    return STATUS_OK;
}

static struct node *share(struct arena *arena, int64_t part, int64_t whole)
{
    struct value x = value_double((double)part / (double)whole);

    return node_value(arena, &x);
}

static void set_value(struct arena *arena, struct node *map, const char *key, struct value x)
{
    node_set(arena, map, key, node_value(arena, &x));
}

struct chart { struct node *map, *labels, *observed, *reference; };

/* `names` is "labels" or "edges". */
static struct chart chart_of(struct arena *arena, const char *kind, const char *names)
{
    struct chart s = {node_map(arena), node_list(arena), node_list(arena), node_list(arena)};

    node_set(arena, s.map, "kind", node_text(arena, span_text(kind)));
    node_set(arena, s.map, names, s.labels);
    node_set(arena, s.map, "observed", s.observed);
    node_set(arena, s.map, "reference", s.reference);
    return s;
}

/* The map, or NULL where some of it could not be kept. */
static struct node *chart_done(const struct chart *s, int32_t n_names, int32_t n)
{
    bool is_whole = s->map && s->labels && s->observed && s->reference && s->map->n_children == 4 &&
                    s->labels->n_children == n_names && s->observed->n_children == n && s->reference->n_children == n;

    return is_whole ? s->map : NULL;
}

static enum status judge_ks(const void *state, const struct seen *seen, struct outcome *o, struct error *err)
{
    struct ks_result r;
    struct ks_bins bins;
    struct chart s;

    if (!ks_result(state, &r))
        return error_set(err, STATUS_INTERNAL, "a KS test without values");
    if (!ks_histogram(state, seen->arena, &bins))
        return error_no_memory(err);
    *o = (struct outcome){.test = "ks", .effect_name = "ks_d", .p_method = r.p_method, .statistic = r.statistic,
                          .effect = r.statistic, .p_value = r.p_value, .degrees_of_freedom = -1, .moved_most = r.farthest,
                          .n = r.n, .n_reference = r.n_reference, .observed = node_map(seen->arena)};
    s = chart_of(seen->arena, "histogram", "edges");
    for (int32_t b = 0; b <= bins.n; b++)
        node_add(s.labels, node_value(seen->arena, &bins.edges[b]));
    for (int32_t b = 0; b < bins.n; b++) {
        node_add(s.observed, share(seen->arena, bins.observed[b], r.n));
        node_add(s.reference, share(seen->arena, bins.reference[b], r.n_reference));
    }
    o->distribution = chart_done(&s, bins.n + 1, bins.n);
    return STATUS_OK;
}

static struct node *categories_shown(struct arena *arena, const struct category *c, int32_t n, int64_t observed, int64_t reference)
{
    struct chart s = chart_of(arena, "categories", "labels");
    int64_t rest = 0, rest_reference = 0;

    for (int32_t i = 0; i < n; i++) {
        if (i >= CATEGORIES_SHOWN) {
            rest += c[i].observed;
            rest_reference += c[i].reference;
            continue;
        }
        node_add(s.labels, node_value(arena, &c[i].value));
        node_add(s.observed, share(arena, c[i].observed, observed));
        node_add(s.reference, share(arena, c[i].reference, reference));
    }
    if (n > CATEGORIES_SHOWN) {
        node_add(s.labels, node_text(arena, span_text("(others)")));
        node_add(s.observed, share(arena, rest, observed));
        node_add(s.reference, share(arena, rest_reference, reference));
    }
    n = n > CATEGORIES_SHOWN ? CATEGORIES_SHOWN + 1 : n;
    return chart_done(&s, n, n);
}

/* Their number, and the most frequent by value and count. false: no memory. */
static bool show_new(struct arena *arena, const struct category *c, int32_t n, int32_t n_new, struct node *observed)
{
    struct node *list = node_list(arena);
    int32_t shown = 0;

    set_value(arena, observed, "new_category_count", value_int(n_new));
    if (n_new == 0)
        return true;
    for (int32_t i = 0; i < n && shown < CATEGORIES_SHOWN; i++) {
        struct node *one;

        if (c[i].reference)
            continue;
        one = node_map(arena);
        node_set(arena, one, "value", node_value(arena, &c[i].value));
        set_value(arena, one, "count", value_int(c[i].observed));
        if (!one || one->n_children != 2)
            return false;
        node_add(list, one);
        shown++;
    }
    node_set(arena, observed, "new_categories", list);
    return list && list->n_children == shown;
}

/* `o` without a test where `out` was decided. */
static enum status judge_chi_square(const void *batch, const void *reference, const struct seen *seen, struct outcome *o,
                                    struct finding *out, struct error *err)
{
    int64_t n = frequencies_counts(batch).n_values, n_reference = frequencies_counts(reference).n_values;
    struct category_drift drift;
    struct category *c;
    int32_t n_categories;
    bool is_known;

    *o = (struct outcome){0};
    if (!categories_join(batch, reference, seen->arena, &c, &n_categories, &is_known))
        return error_no_memory(err);
    if (!is_known)
        return decide_because(out, seen, VERDICT_NOT_EVALUATED, err, "more than %d categories: chi_square cannot compare them",
                              TOP_VALUES_DISTINCT_MAX);
    if (!category_drift(c, n_categories, seen->arena, &drift))
        return error_no_memory(err);
    if (drift.n_columns < 2 && drift.n_pooled > 0)
        return decide_because(out, seen, VERDICT_NOT_EVALUATED, err,
                              "each of %d categories is too rare to compare: its expected count is below 5", n_categories);
    *o = (struct outcome){.test = "chi_square", .effect_name = "cramers_v", .p_method = "chi_square", .n = n, .n_reference = n_reference,
                          .statistic = drift.test.statistic, .effect = drift.test.cramers_v, .p_value = drift.test.p_value,
                          .degrees_of_freedom = drift.test.degrees_of_freedom, .moved_most = c[drift.moved_most].value,
                          .observed = node_map(seen->arena)};
    set_value(seen->arena, o->observed, "pooled_category_count", value_int(drift.n_pooled));
    if (!show_new(seen->arena, c, n_categories, drift.n_new, o->observed) ||
        o->observed->n_children != 2 + (drift.n_new > 0))
        return error_no_memory(err);
    o->distribution = categories_shown(seen->arena, c, n_categories, n, n_reference);
    return STATUS_OK;
}

/* "observed" and "distribution" of the result. */
static enum status show(const struct outcome *o, const struct seen *seen, struct finding *out, struct error *err)
{
    struct arena *arena = seen->arena;
    struct node *details = node_map(arena), *observed = node_map(arena), *effect = node_map(arena);
    int32_t n = 8 + (o->degrees_of_freedom >= 0) + (o->observed ? o->observed->n_children : 0);

    node_set(arena, observed, "test", node_text(arena, span_text(o->test)));
    set_value(arena, observed, "statistic", value_double(o->statistic));
    if (o->degrees_of_freedom >= 0)
        set_value(arena, observed, "degrees_of_freedom", value_int(o->degrees_of_freedom));
    set_value(arena, observed, "p_value", value_double(o->p_value));
    node_set(arena, observed, "p_method", node_text(arena, span_text(o->p_method)));
    node_set(arena, effect, "name", node_text(arena, span_text(o->effect_name)));
    set_value(arena, effect, "value", value_double(o->effect));
    node_set(arena, observed, "effect_size", effect);
    set_value(arena, observed, "n", value_int(o->n));
    set_value(arena, observed, "n_reference", value_int(o->n_reference));
    set_value(arena, observed, "moved_most", o->moved_most);
    for (struct node *c = o->observed ? o->observed->first : NULL; c; c = c->next)
        node_set(arena, observed, (const char *)c->key.at, node_copy(arena, c));
    node_set(arena, details, "observed", observed);
    node_set(arena, details, "distribution", o->distribution);
    if (!o->observed || !o->distribution || !details || details->n_children != 2 || observed->n_children != n ||
        effect->n_children != 2) /* what could not be kept is missing */
        return error_no_memory(err);
    out->details = details;
    return STATUS_OK;
}

static enum status decide(const struct distribution *d, const struct outcome *o, const struct seen *seen, struct finding *out,
                          struct error *err)
{
    char text[400] = "";
    size_t n = 0;

    if (o->effect > d->max_effect)
        n += (size_t)snprintf(text + n, sizeof text - n, "; the effect size (%s) %.6g is above max_effect %g",
                              strcmp(o->effect_name, "ks_d") == 0 ? "KS D" : "Cramér's V", o->effect, d->max_effect);
    if (d->has_p_value && o->p_value < d->p_value)
        n += (size_t)snprintf(text + n, sizeof text - n, "; the p-value %.4g is below p_value %g", o->p_value, d->p_value);
    if (d->has_max_statistic && o->statistic > d->max_statistic)
        n += (size_t)snprintf(text + n, sizeof text - n, "; the statistic %.6g is above max_statistic %g", o->statistic,
                              d->max_statistic);
    return n > 0 ? decide_because(out, seen, VERDICT_FAIL, err, "%s", text + 2) : STATUS_OK;
}

static enum status judge(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err)
{
    const struct pairing *c = p->extra;
    const void *state = seen->state(seen->context, p->requests[0]), *reference;
    struct moments_counts batch, other;
    struct outcome o = {0};
    bool are_enough;

    if (p->type.kind == TYPE_NULL) {
        judge_figure(p, seen, NULL, out);
        out->has_observed = false;
        return STATUS_OK;
    }
    reference = seen->reference(seen->context, c->state);
    batch = c->test == TEST_KS ? ks_counts(state) : frequencies_counts(state);
    other = c->test == TEST_KS ? ordered_counts(reference) : frequencies_counts(reference);
    TRY(judge_samples(p, seen, &batch, &other, &are_enough, out, err));
    if (!are_enough)
        return STATUS_OK;
    TRY(c->test == TEST_KS ? judge_ks(state, seen, &o, err) : judge_chi_square(state, reference, seen, &o, out, err));
    if (!o.test)
        return STATUS_OK;
    TRY(show(&o, seen, out, err));
    return decide(p->check->params, &o, seen, out, err);
}

const struct expectation expect_matches_distribution = {
    .name = "matches_distribution",
    .gx = "column_distribution_to_match_reference",
    .says = "{column} is distributed as in {reference}",
    .doc = "The column has the distribution of a reference: two-sample Kolmogorov-Smirnov for numbers and times, chi-square for anything else. "
           "Fails where the effect size is above max_effect, the p-value below a p_value or the statistic above a max_statistic that is given. "
           "Infinities are values.",
    .example = "columns:\n  purchase_amount:\n    - matches_distribution: {reference: ref/purchases.parquet, test: ks, max_effect: 0.1}\n",
    .level = LEVEL_AGGREGATE,
    .takes_column = true,
    .fields = fields,
    .params_size = sizeof(struct distribution),
    .validate = validate,
    .plan = plan,
    .judge = judge,
};
