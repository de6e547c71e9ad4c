/* validator/plots.c -- see plots.h.
 *
 * Bins need their edges before the first value is counted, so this takes two passes: the extremes come along with the checks'
 * own scan (often from the footer), the bins in a scan of their own that reads only these columns. Bins of whole numbers and of days
 * are whole numbers wide and centred on them: else some would hold three values and their neighbours two.
 */
#include "validator/plots.h"

#include <math.h>

enum { BINS = 40, PLOTS_MAX = 60 };

/* Checks whose bounds are worth seeing among the values. */
static bool is_about_range(const struct check *check)
{
    static const char *const names[] = {"between", "max", "mean", "median", "min", "quantiles", "stdev", NULL};

    for (int i = 0; names[i]; i++)
        if (strcmp(check->kind->name, names[i]) == 0)
            return true;
    return false;
}

static bool is_pii(const struct suite *suite, const char *column)
{
    for (int32_t i = 0; i < suite->n_columns; i++)
        if (suite->columns[i].is_pii && strcmp(suite->columns[i].name, column) == 0)
            return true;
    return false;
}

static bool is_planned(const struct plan *plan, const char *column)
{
    for (int32_t i = 0; i < plan->n_plots; i++)
        if (strcmp(plan->plots[i].column, column) == 0)
            return true;
    return false;
}

/* The slot from which a check reads its column, so that a plot shows the values that were judged. -1: none. */
static int32_t slot_of(const struct plan *plan, const struct plan_check *c)
{
    const struct request *r;
    struct type type;

    if (c->is_skipped || c->planned.is_settled || c->planned.n_requests == 0)
        return -1;
    r = &plan->requests[c->planned.requests[0]].request;
    if (r->n_columns != 1)
        return -1;
    type = plan->slots[r->slots[0]].type;
    return type_is_numeric(type) || type_is_temporal(type) ? r->slots[0] : -1;
}

enum status plots_plan(struct plan *plan, struct error *err)
{
    plan->n_plots = 0;
    if (!plan->options->plots || plan->options->samples == 0)
        return STATUS_OK;
    plan->plots = arena_array(plan->arena, PLOTS_MAX, sizeof *plan->plots);
    if (!plan->plots)
        return error_no_memory(err);
    for (int32_t i = 0; i < plan->suite->n_checks && plan->n_plots < PLOTS_MAX; i++) {
        const struct check *check = plan->checks[i].check;
        struct plan_plot plot = {.column = check->column};
        struct request request = {.metric = &metric_extremes, .n_columns = 1};

        if (!check->column || !is_about_range(check) || is_pii(plan->suite, check->column) || is_planned(plan, check->column))
            continue;
        plot.slot = slot_of(plan, &plan->checks[i]);
        if (plot.slot < 0)
            continue;
        request.slots[0] = plot.slot;
        TRY(plan_ask(plan, &request, &plot.extremes, err));
        plan->plots[plan->n_plots++] = plot;
    }
    return STATUS_OK;
}

/* --- edges --- */

static bool to_double(const struct value *v, double *out)
{
    switch (v->kind) {
    case VALUE_INT:
    case VALUE_DATE:
    case VALUE_TIME:
    case VALUE_TIMESTAMP: *out = (double)v->i64; return true;
    case VALUE_UINT: *out = (double)v->u64; return true;
    case VALUE_DOUBLE: *out = v->f64; return isfinite(v->f64);
    case VALUE_DECIMAL: *out = (double)v->i128 / pow(10, v->scale); return true;
    default: return false;
    }
}

/* false: nothing to draw. Beyond 2^52 neighbouring whole numbers are no longer told apart, nor need they be. */
static bool choose_edges(const struct value *min, const struct value *max, struct histogram_params *out)
{
    bool is_whole = min->kind == VALUE_INT || min->kind == VALUE_UINT || min->kind == VALUE_DATE;
    double low, high, width;

    if (!to_double(min, &low) || !to_double(max, &high) || !(low < high) || !isfinite(high - low))
        return false;
    *out = (struct histogram_params){.n_bins = BINS, .low = low, .high = high};
    if (!is_whole || fmax(fabs(low), fabs(high)) > 0x1p52)
        return true;
    width = ceil((high - low + 1) / BINS);
    out->n_bins = (int32_t)ceil((high - low + 1) / width);
    out->low = low - 0.5;
    out->high = out->low + out->n_bins * width;
    return true;
}

/* --- bins --- */

struct bins {
    struct report_plot plot;
    struct histogram_params *params; /* in the arena: compared bytewise, so zeroed whole */
};

static int32_t find_edges(const struct plan *plan, const struct scan_result *scanned, struct bins *bins,
                          struct plan_question *questions)
{
    int32_t n = 0;

    for (int32_t i = 0; i < plan->n_plots; i++) {
        const struct plan_plot *p = &plan->plots[i];
        const void *extremes = scanned->states[p->extremes];
        struct report_plot plot = {.column = p->column};
        struct histogram_params *params = arena_alloc(plan->arena, sizeof *params);
        char type[64];
        size_t size = type_print(plan->slots[p->slot].type, type);

        plot.type = arena_text(plan->arena, type, size);
        if (!params || !plot.type || !extremes_min(extremes, &plot.min) || !extremes_max(extremes, &plot.max) ||
            !choose_edges(&plot.min, &plot.max, params))
            continue;
        plot.low = params->low;
        plot.high = params->high;
        plot.n_bins = params->n_bins;
        bins[n] = (struct bins){plot, params};
        questions[n++] = (struct plan_question){.slot = plan->slots[p->slot], .metric = &metric_histogram, .params = params,
                                                .params_size = sizeof *params};
    }
    return n;
}

static const struct report_plot *take_counts(const struct plan *plan, const struct scan_result *scanned, const struct bins *bins,
                                             const struct plan_question *questions, int32_t *n)
{
    struct report_plot *plots = arena_array(plan->arena, (size_t)*n + 1, sizeof *plots);
    int32_t kept = 0;

    for (int32_t i = 0; plots && i < *n; i++) {
        const int64_t *counts;
        int32_t n_bins;
        int64_t *copy = arena_array(plan->arena, (size_t)bins[i].plot.n_bins, sizeof *copy);

        if (!copy || !histogram_counts(scanned->states[questions[i].handle], &counts, &n_bins))
            continue;
        memcpy(copy, counts, (size_t)n_bins * sizeof *copy);
        plots[kept] = bins[i].plot;
        plots[kept++].counts = copy;
    }
    *n = plots ? kept : 0;
    return plots;
}

void plots_scan(const struct plan *plan, const struct scan_result *scanned, double deadline, const struct report_plot **out, int32_t *n)
{
    struct plan second = *plan;
    struct bins *bins = arena_array(plan->arena, (size_t)plan->n_plots + 1, sizeof *bins);
    struct plan_question *questions = arena_array(plan->arena, (size_t)plan->n_plots + 1, sizeof *questions);
    struct scan_result counted = {0};
    struct error ignored = ERROR_NONE;

    *out = NULL;
    *n = plan->n_plots && bins && questions ? find_edges(plan, scanned, bins, questions) : 0;
    if (*n == 0)
        return;
    if (plan_make_questions(&second, questions, *n, &ignored) != STATUS_OK ||
        scan_run(&second, deadline, plan->arena, &counted, &ignored) != STATUS_OK)
        *n = 0;
    else
        *out = take_counts(plan, &counted, bins, questions, n);
    scan_done(&counted);
    plan_done(&second);
}
