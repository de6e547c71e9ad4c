/* expectations/judge.c -- counts and figures to a verdict: thresholds, emptiness, NaN, infinities, unreadable cells.
 *
 * Nothing to judge is a failure, in three strengths. A batch without rows fails at the check's own severity, and so does a
 * figure of a column without values; a row-level check whose column has no values, in a batch that has rows, fails only at
 * severity warning; a row-level check whose own `where` matches no row passes, unless that check itself says
 * `on_empty`. `on_empty`, `nullable`, `allow_empty` and the dialect decide otherwise, and such passes are marked vacuous.
 */
#include "expectations/shared.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/number.h"

void fail_because(struct finding *out, const struct seen *seen, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    out->verdict = VERDICT_FAIL;
    out->reason = arena_text(seen->arena, text, strlen(text));
    if (!out->reason)
        out->reason = "the reason could not be kept: out of memory";
}

static void pass_vacuously(struct finding *out)
{
    out->verdict = VERDICT_PASS;
    out->vacuous = true;
}

static void fail_empty(struct finding *out, bool as_warning, const char *reason)
{
    out->verdict = VERDICT_FAIL;
    out->nothing_to_judge = true;
    out->fails_as_warning = as_warning;
    out->reason = reason;
}

/* There is no row, or no value, to judge. `default_warns`: what on_empty means where the suite does not say. */
static void judge_empty(const struct planned *p, bool is_pass, bool default_warns, const char *reason, struct finding *out)
{
    enum empty_rule on_empty = p->check->on_empty;

    if (on_empty == EMPTY_PASS || (on_empty == EMPTY_BY_LEVEL && is_pass))
        pass_vacuously(out);
    else
        fail_empty(out, on_empty == EMPTY_WARN || (on_empty == EMPTY_BY_LEVEL && default_warns), reason);
}

/* The check's own `where` matches no row. What `defaults` says of empty columns is not about that. */
static void judge_no_row_chosen(const struct planned *p, struct finding *out)
{
    if (p->check->has_own_on_empty)
        judge_empty(p, true, false, "no row meets the condition of this check", out);
    else
        pass_vacuously(out);
}

/* --- row-level --- */

bool check_tolerates(const struct check *check, int64_t considered, int64_t unexpected)
{
    const struct tolerance *t = &check->tolerance;
    double mostly;

    if (!check->dialect->mostly_in_doubles || t->kind != TOLERANCE_MOSTLY ||
        !number_parse_double(t->literal.text, &mostly))
        return tolerance_holds(t, considered, unexpected);
    return (double)(considered - unexpected) / (double)considered >= mostly;
}

static void judge_no_rows_considered(const struct planned *p, const struct seen *seen, int64_t n_rows, struct finding *out)
{
    const struct check *check = p->check;
    bool dialect = check->dialect->empty_is_success;

    if (seen->batch_rows == 0)
        judge_empty(p, seen->allow_empty || dialect, false, "the batch has no rows", out);
    else if (n_rows == 0)
        judge_no_row_chosen(p, out);
    else
        judge_empty(p, check->column_is_nullable || dialect, true,
                    check->column ? "the column has no values" : "no row says anything: a null takes part in each", out);
}

void judge_counts(const struct planned *p, const struct seen *seen, const struct row_counts *counts, struct finding *out)
{
    out->element_count = counts->n_rows;
    out->missing_count = counts->n_missing;
    out->considered_count = counts->n_considered;
    out->unexpected_count = counts->n_unexpected;
    if (!p->nan_is_value && (counts->n_nan > 0 || type_is_float(p->type)))
        out->nan_count = counts->n_nan;
    if (counts->n_considered == 0)
        judge_no_rows_considered(p, seen, counts->n_rows, out);
    else if (!check_tolerates(p->check, counts->n_considered, counts->n_unexpected))
        out->verdict = VERDICT_FAIL;
}

enum status judge_rule(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err)
{
    const void *state = seen->state(seen->context, p->requests[0]);
    struct violations_counts v = violations_counts(state);
    struct row_counts counts = {v.n_rows, v.n_missing, v.n_nan, v.n_considered, v.n_unexpected};

    judge_counts(p, seen, &counts, out);
    if (v.trouble) {
        out->verdict = VERDICT_NOT_EVALUATED;
        out->reason = v.trouble;
    }
    out->has_samples = true;
    if (!violations_samples(state, seen->arena, &out->samples, &out->n_samples) ||
        !violations_top(state, seen->arena, &out->top, &out->n_top, &out->has_top))
        return error_no_memory(err);
    return STATUS_OK;
}

/* --- figures --- */

static const char *family_word(struct type type)
{
    if (type_is_temporal(type))
        return "no time";
    if (type.kind == TYPE_BOOL)
        return "neither true nor false";
    return type_is_numeric(type) ? "no number" : "not of the column's type";
}

/* "7 of 1000 values are NaN", "1 of 4 values is no number", "2 of 4 values are no numbers" */
static void fail_count(struct finding *out, const struct seen *seen, int64_t n, int64_t of, const char *what)
{
    bool is_noun = strncmp(what, "no ", 3) == 0;

    fail_because(out, seen, "%lld of %lld value%s %s %s%s", (long long)n, (long long)of, of == 1 ? "" : "s",
                 n == 1 ? "is" : "are", what, is_noun && n != 1 ? "s" : "");
}

bool judge_has_values(const struct planned *p, const struct seen *seen, const struct moments_counts *counts,
                      struct finding *out)
{
    const struct check *check = p->check;
    int64_t n = counts->n_rows - counts->n_nulls;

    out->element_count = counts->n_rows;
    out->missing_count = counts->n_nulls;
    if (counts->n_nans > 0 || type_is_float(p->type))
        out->nan_count = counts->n_nans;
    out->has_observed = true;
    if (counts->n_malformed > 0) {
        fail_count(out, seen, counts->n_malformed, n, family_word(p->type));
        return false;
    }
    if (counts->n_nans > 0 && check->nan == NAN_FAIL) {
        fail_count(out, seen, counts->n_nans, n, "NaN");
        return false;
    }
    if (counts->n_infinite > 0 && check->nan != NAN_IGNORE) {
        fail_count(out, seen, counts->n_infinite, n, "infinite");
        return false;
    }
    if (counts->n_values > 0)
        return true;
    if (seen->batch_rows == 0)
        judge_empty(p, seen->allow_empty, false, "the batch has no rows", out);
    else
        judge_empty(p, check->column_is_nullable, false, "the column has no values", out);
    return false;
}

bool judge_figure(const struct planned *p, const struct seen *seen,
                  struct moments_counts (*counts_of)(const void *state), struct finding *out)
{
    const void *state = seen->state(seen->context, p->requests[0]);
    struct moments_counts counts = {0};

    if (p->type.kind == TYPE_NULL) {
        const struct presence *presence = state;

        counts.n_rows = presence->n_rows;
        counts.n_nulls = presence->n_nulls;
    } else {
        counts = counts_of(state);
    }
    return judge_has_values(p, seen, &counts, out);
}

struct node *sketch_bounds(struct arena *arena, const void *state, int32_t i)
{
    struct node *pair = node_list(arena);
    struct value estimate, low, high;

    if (!pair || !sketch_quantile(state, i, &estimate, &low, &high))
        return NULL;
    node_add(pair, node_value(arena, &low));
    node_add(pair, node_value(arena, &high));
    return pair;
}

enum status show_detail(struct arena *arena, struct finding *out, const char *key, struct node *node, struct error *err)
{
    out->details = out->details ? out->details : node_map(arena);
    if (!out->details || !node)
        return error_no_memory(err);
    node_set(arena, out->details, key, node);
    return STATUS_OK;
}

void judge_range(const struct range *r, const struct value *x, struct finding *out)
{
    out->has_observed = true;
    out->observed = *x;
    out->verdict = range_holds(r, x) ? VERDICT_PASS : VERDICT_FAIL;
}

static bool is_finite(const struct value *v)
{
    return v->kind != VALUE_DOUBLE || v->f64 - v->f64 == 0;
}

bool foresee_figure(const struct planned *p, const struct outlook *o, const struct range *r, const struct value *least,
                    const struct value *most, struct finding *out)
{
    int order;

    if (o->n_values < 1 || !o->has_bounds || !is_finite(&o->min) || !is_finite(&o->max))
        return false;
    if (range_holds(r, least) && range_holds(r, most)) {
        out->verdict = VERDICT_PASS;
        return o->has_no_nans || p->check->nan != NAN_FAIL;
    }
    out->verdict = VERDICT_FAIL;
    return (r->has_min && value_compare(most, &r->min, &order) && order < 0) ||
           (r->has_max && value_compare(least, &r->max, &order) && order > 0);
}
