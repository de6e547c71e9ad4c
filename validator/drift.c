/* validator/drift.c -- see drift.h.
 *
 * Forty tests at 0.05 call two columns drifted that are not. The family are the checks of the suite that were judged and have a `p_value`.
 * With the p-values in ascending order p_1 ... p_m the corrected one is
 *
 *     bonferroni           min(1, m p_i)                          the chance of any false alarm stays below the threshold
 *     benjamini_hochberg   min over j >= i of min(1, m p_j / j)   the share of false alarms among the alarms does (JRSS B 57, 1995)
 *
 * and it is compared with the check's own threshold. Corrected ones are never smaller, so a correction only takes failures back: of checks
 * that failed for nothing but their p-value.
 */
#include "validator/drift.h"

#include <stdlib.h>

static bool is_in_family(const struct result *r)
{
    return r->finding.has_p_limit && (r->finding.verdict == VERDICT_PASS || r->finding.verdict == VERDICT_FAIL);
}

static int by_p(const void *a, const void *b)
{
    const struct result *const *x = a, *const *y = b;
    double p = (*x)->finding.p_value, q = (*y)->finding.p_value;

    return p != q ? (p < q ? -1 : 1) : (*x > *y) - (*x < *y);
}

static enum status show_corrected(const struct plan *plan, struct result *r, double corrected, int32_t m, struct error *err)
{
    static const char *const names[] = {"none", "benjamini_hochberg", "bonferroni"};
    struct node *observed = r->finding.details ? node_find(r->finding.details, "observed") : NULL;
    struct value shown = value_double(corrected);

    node_set(plan->arena, observed, "p_corrected", node_value(plan->arena, &shown));
    if (observed && !node_find(observed, "p_corrected"))
        return error_no_memory(err);
    if (!r->finding.fails_by_p_alone)
        return STATUS_OK;
    if (!(corrected < r->finding.p_limit)) {
        r->finding.verdict = VERDICT_PASS;
        r->finding.reason = NULL;
        r->severity = r->declared_severity;
        return STATUS_OK;
    }
    r->finding.reason = arena_format(plan->arena, "the p-value %.4g (%.4g by %s of %d) is below p_value %g", r->finding.p_value, corrected,
                                     names[plan->suite->drift_correction], m, r->finding.p_limit);
    return r->finding.reason ? STATUS_OK : error_no_memory(err);
}

static enum status correct(const struct plan *plan, struct result *results, int32_t n, struct error *err)
{
    struct result **family = arena_array(plan->arena, (size_t)n + 1, sizeof *family);
    double least = 1;
    int32_t m = 0;

    if (!family)
        return error_no_memory(err);
    for (int32_t i = 0; i < n; i++)
        if (is_in_family(&results[i]))
            family[m++] = &results[i];
    qsort(family, (size_t)m, sizeof *family, by_p);
    for (int32_t i = m - 1; i >= 0; i--) {
        double p = family[i]->finding.p_value * m;

        if (plan->suite->drift_correction == DRIFT_BENJAMINI_HOCHBERG) {
            least = p / (i + 1) < least ? p / (i + 1) : least;
            p = least;
        }
        TRY(show_corrected(plan, family[i], p < 1 ? p : 1, m, err));
    }
    return STATUS_OK;
}

/* The share of drift checks that fail, against what the suite accepts; each of them is then a warning at most. */
static enum status judge_share(const struct plan *plan, struct result *results, int32_t n, struct result *share, struct error *err)
{
    struct finding *out = &share->finding;
    struct node *details = node_map(plan->arena);
    struct value judged = value_int(0), drifted = value_int(0);

    for (int32_t i = 0; i < n; i++) {
        struct result *r = &results[i];

        if (!r->finding.is_drift || (r->finding.verdict != VERDICT_PASS && r->finding.verdict != VERDICT_FAIL))
            continue;
        judged.i64++;
        drifted.i64 += r->finding.verdict == VERDICT_FAIL;
        if (r->finding.verdict == VERDICT_FAIL && r->severity > SEVERITY_WARNING)
            r->severity = SEVERITY_WARNING;
    }
    if (judged.i64 == 0) {
        out->verdict = VERDICT_NOT_EVALUATED;
        out->reason = "no drift check of the suite was judged";
        return STATUS_OK;
    }
    node_set(plan->arena, details, "drifted", node_value(plan->arena, &drifted));
    node_set(plan->arena, details, "judged", node_value(plan->arena, &judged));
    if (!details || details->n_children != 2)
        return error_no_memory(err);
    out->details = details;
    out->has_observed = true;
    out->observed = value_double((double)drifted.i64 / (double)judged.i64);
    out->verdict = out->observed.f64 <= out->p_limit ? VERDICT_PASS : VERDICT_FAIL;
    return STATUS_OK;
}

enum status drift_settle(const struct plan *plan, struct result *results, int32_t n, struct error *err)
{
    if (plan->suite->drift_correction != DRIFT_NO_CORRECTION)
        TRY(correct(plan, results, n, err));
    for (int32_t i = 0; i < n; i++)
        if (strcmp(results[i].expectation, "drift_share") == 0 && results[i].finding.verdict != VERDICT_SKIPPED)
            TRY(judge_share(plan, results, n, &results[i], err));
    return STATUS_OK;
}
