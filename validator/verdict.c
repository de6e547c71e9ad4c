/* validator/verdict.c -- see verdict.h. */
#include "validator/verdict.h"

/* --- how many unexpected rows are too many --- */

/* How many rows there may be at most; -1: not known. */
static int64_t most_rows(const struct plan *plan, const struct plan_request *r)
{
    int64_t n = 0;

    for (int32_t c = 0; c < r->request.n_columns; c++)
        if (plan->batch->schema.columns[plan->slots[r->request.slots[c]].column].repeated)
            return -1;
    for (int32_t f = 0; f < plan->batch->found.n_files; f++) {
        if (!plan->batch->tables || plan->batch->tables[f]->n_rows < 0)
            return -1;
        n += plan->batch->tables[f]->n_rows;
    }
    return n;
}

/* The least number of unexpected rows that no number of further rows makes good. */
static int64_t too_many(const struct check *check, int64_t n_rows)
{
    int64_t low = 1, high = n_rows;

    if (check->tolerance.kind == TOLERANCE_NONE)
        return 1;
    if (check->tolerance.kind == TOLERANCE_COUNT)
        return check->tolerance.mantissa < INT64_MAX ? check->tolerance.mantissa + 1 : INT64_MAX;
    if (n_rows < 1 || check_tolerates(check, n_rows, n_rows))
        return INT64_MAX;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;

        if (check_tolerates(check, n_rows, middle))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool may_be_undecided(const struct plan *plan, int32_t predicate)
{
    return predicate != NO_PREDICATE && !plan->predicates[predicate].is_true &&
           predicate_has_patterns(plan->predicates[predicate].predicate);
}

/* The columns' types are no guesses that a later cell may overturn. */
static bool is_typed(const struct plan *plan, const struct plan_request *r)
{
    if (plan->batch->is_typed)
        return true;
    for (int32_t s = 0; s < plan->n_slots; s++)
        if (plan->slots[s].group == r->group && (plan->slots[s].is_inferred || plan->slots[s].is_open))
            return false;
    return true;
}

/* From how many unexpected rows on the planned check fails for certain. */
static int64_t failing(const struct plan *plan, const struct planned *p)
{
    const struct plan_request *r;

    if (p->is_settled || p->n_requests != 1)
        return INT64_MAX;
    r = &plan->requests[p->requests[0]];
    if (r->request.metric != &metric_violations || !is_typed(plan, r) || may_be_undecided(plan, r->where) ||
        may_be_undecided(plan, r->holds))
        return INT64_MAX; /* a row that a pattern leaves undecided takes the verdict away */
    return too_many(p->check, most_rows(plan, r));
}

static void note_use(struct plan *plan, const struct planned *p, int64_t n)
{
    for (int32_t i = 0; i < p->n_requests; i++) {
        struct plan_request *r = &plan->requests[p->requests[i]];

        r->enough = n > r->enough ? n : r->enough;
    }
}

static void set_limits(struct plan *plan)
{
    for (int32_t i = 0; i < plan->n_requests; i++) {
        plan->requests[i].enough = 0;
        plan->requests[i].fatal = INT64_MAX;
    }
    for (int32_t i = 0; i < plan->suite->n_checks; i++) {
        struct plan_check *c = &plan->checks[i];
        int64_t n;

        if (c->is_skipped)
            continue;
        n = failing(plan, &c->planned);
        note_use(plan, &c->planned, n);
        if (c->has_warn)
            note_use(plan, &c->warn, failing(plan, &c->warn));
        if (n < INT64_MAX && plan->options->fail_fast && c->check->severity >= plan->options->fail_on) {
            struct plan_request *r = &plan->requests[c->planned.requests[0]];

            r->fatal = n < r->fatal ? n : r->fatal;
        }
    }
    for (int32_t i = 0; i < plan->n_requests; i++) /* text may be damaged further on: all of it is looked at */
        if (!plan->options->verdict_only || !plan->batch->is_typed || plan->requests[i].enough == 0)
            plan->requests[i].enough = INT64_MAX;
}

/* --- what footers make certain --- */

static void join_bounds(struct outlook *o, const struct column_summary *s, bool is_first)
{
    const struct value *high = s->max_is_exact ? &s->max : &s->min, *low = s->min_is_exact ? &s->min : &s->max;
    int order;

    if (is_first || (value_compare(&s->min, &o->min, &order) && order < 0))
        o->min = s->min;
    if (is_first || (value_compare(&s->max, &o->max, &order) && order > 0))
        o->max = s->max;
    if (is_first || (value_compare(low, &o->low, &order) && order < 0))
        o->low = *low;
    if (is_first || (value_compare(high, &o->high, &order) && order > 0))
        o->high = *high;
}

static enum status look_out(const struct plan *plan, int32_t slot, struct outlook *o, struct error *err)
{
    bool any = false;

    *o = (struct outlook){.has_no_nans = true, .has_bounds = true};
    for (int32_t f = 0; f < plan->batch->found.n_files; f++)
        for (int32_t u = 0; u < plan->batch->tables[f]->n_units; u++) {
            struct column_summary s;
            bool is_there, is_empty, is_counted;

            TRY(foresight_summary(plan, f, u, slot, &s, &is_there, err));
            is_counted = is_there && s.has_nulls_count && s.has_nan_count;
            is_empty = is_counted && s.n_nulls + s.n_nans == s.n_rows;
            o->has_no_nans = o->has_no_nans && is_there && s.has_nan_count && s.n_nans == 0;
            o->has_bounds = o->has_bounds && is_there && (is_empty || s.has_bounds);
            if (!o->has_bounds)
                return STATUS_OK;
            o->n_values += is_counted ? s.n_rows - s.n_nulls - s.n_nans : 1; /* who has bounds has a value */
            if (!is_empty)
                join_bounds(o, &s, !any);
            any = any || !is_empty;
        }
    o->has_bounds = o->has_bounds && any;
    return STATUS_OK;
}

static enum status foresee_one(const struct plan *plan, const struct planned *p, struct finding *out, bool *certain,
                               struct error *err)
{
    const struct plan_request *r;
    struct outlook outlook;
    const struct seen seen = {.schema = &plan->batch->schema, .time = plan->time, .arena = plan->arena};

    *certain = false;
    if (p->is_settled || !p->check->kind->foresee || p->n_requests != 1)
        return STATUS_OK;
    r = &plan->requests[p->requests[0]];
    if (r->where != NO_PREDICATE || r->request.n_columns != 1)
        return STATUS_OK;
    TRY(look_out(plan, r->request.slots[0], &outlook, err));
    finding_init(out);
    *certain = p->check->kind->foresee(p, &outlook, &seen, out);
    if (out->reason == NULL && out->verdict == VERDICT_FAIL)
        out->reason = "by the bounds that the file gives";
    return STATUS_OK;
}

static void settle(struct planned *p, const struct finding *finding)
{
    p->is_settled = true;
    p->finding = *finding;
    p->proof = EVIDENCE_FOOTER;
}

/* A check and its warn block are certain together, or the check fails and the block does not matter. */
static enum status foresee_check(struct plan *plan, struct plan_check *c, struct error *err)
{
    struct finding main, warn;
    bool main_is_certain, warn_is_certain = false;

    if (c->is_skipped)
        return STATUS_OK;
    TRY(foresee_one(plan, &c->planned, &main, &main_is_certain, err));
    if (!main_is_certain)
        return STATUS_OK;
    if (c->has_warn && main.verdict == VERDICT_PASS && !c->warn.is_settled) {
        TRY(foresee_one(plan, &c->warn, &warn, &warn_is_certain, err));
        if (!warn_is_certain)
            return STATUS_OK;
        settle(&c->warn, &warn);
    }
    settle(&c->planned, &main);
    return STATUS_OK;
}

static void keep_needed(struct plan *plan, const struct planned *p)
{
    for (int32_t k = 0; !p->is_settled && k < p->n_requests; k++)
        plan->requests[p->requests[k]].is_foreseen = false;
    for (int32_t k = 0; !p->is_settled && k < p->n_parts; k++)
        keep_needed(plan, &p->parts[k]);
}

static void drop_unneeded(struct plan *plan)
{
    for (int32_t i = 0; i < plan->n_requests; i++)
        plan->requests[i].is_foreseen = i != plan->rows_handle;
    for (int32_t i = 0; i < plan->suite->n_checks; i++) {
        const struct plan_check *c = &plan->checks[i];

        if (!c->is_skipped)
            keep_needed(plan, &c->planned);
        if (!c->is_skipped && c->has_warn)
            keep_needed(plan, &c->warn);
    }
    for (int32_t i = 0; i < plan->n_plots; i++)
        plan->requests[plan->plots[i].extremes].is_foreseen = false;
}

enum status verdict_foresee(struct plan *plan, struct error *err)
{
    if (plan->options->verdict_only && plan->batch->is_typed && plan_accepts(plan, EVIDENCE_FOOTER)) {
        for (int32_t i = 0; i < plan->suite->n_checks; i++)
            TRY(foresee_check(plan, &plan->checks[i], err));
        drop_unneeded(plan);
    }
    set_limits(plan);
    return STATUS_OK;
}

/* --- the end of a run --- */

bool verdict_is_lost(const struct plan *plan)
{
    for (int32_t i = 0; plan->options->fail_fast && i < plan->suite->n_checks; i++) {
        const struct plan_check *c = &plan->checks[i];

        if (!c->is_skipped && c->planned.is_settled && c->planned.finding.verdict == VERDICT_FAIL &&
            c->check->severity >= plan->options->fail_on)
            return true;
    }
    return false;
}

bool verdict_has_failed(const struct plan *plan, const struct planned *planned, const struct scan_result *scanned)
{
    int64_t n = failing(plan, planned);

    return n < INT64_MAX && violations_counts(scanned->states[planned->requests[0]]).n_unexpected >= n;
}
