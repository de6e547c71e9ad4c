/* validator/judge.c -- see judge.h. */
#include "validator/verdict.h"
#include "validator/judge.h"

#include "validator/drift.h"
#include "readers/storage/source.h"
#include "validator/reference.h"

static const void *merged_state(void *context, int32_t handle)
{
    const struct scan_result *scanned = context;

    return scanned->states[handle];
}

static const void *reference_state(void *context, int32_t handle)
{
    const struct scan_result *scanned = context;

    return references_state(scanned->plan->references, handle);
}

static const char *reference_trouble(void *context, int32_t handle)
{
    const struct scan_result *scanned = context;

    return references_trouble(scanned->plan->references, handle);
}

static void file_times(const struct batch *batch, struct seen *seen)
{
    for (int32_t f = 0; f < batch->found.n_files; f++) {
        int64_t t = batch->found.files[f].modified_nanos;

        if (t == 0)
            continue;
        if (seen->newest_file_nanos == 0 || t > seen->newest_file_nanos)
            seen->newest_file_nanos = t;
        if (seen->oldest_file_nanos == 0 || t < seen->oldest_file_nanos)
            seen->oldest_file_nanos = t;
    }
}

/* --- one check --- */

static bool is_undecided(const struct planned *planned, const struct scan_result *scanned)
{
    for (int32_t i = 0; scanned->is_undecided && i < planned->n_requests; i++)
        if (scanned->is_undecided[planned->requests[i]])
            return true;
    for (int32_t i = 0; scanned->is_undecided && i < planned->n_parts; i++)
        if (is_undecided(&planned->parts[i], scanned))
            return true;
    return false;
}

static enum status find_one(const struct planned *planned, const struct seen *seen, bool allow_empty, struct finding *out,
                            struct error *err)
{
    int64_t n_refused;

    if (planned->is_settled) {
        *out = planned->finding;
        return STATUS_OK;
    }
    finding_init(out);
    if (is_undecided(planned, seen->context)) {
        out->verdict = VERDICT_NOT_EVALUATED;
        out->reason = ((const struct scan_result *)seen->context)->why_undecided;
        return STATUS_OK;
    }
    n_refused = seen->arena->n_refused;
    TRY(planned->check->kind->judge(planned, seen, out, err));
    if (seen->arena->n_refused != n_refused) /* a part of what is shown was lost */
        return error_no_memory(err);
    /* a text of a state goes with the state; the report stays */
    if (out->has_observed && !value_copy(seen->arena, &out->observed, SAMPLE_VALUE_BYTES, &out->observed))
        return error_no_memory(err);
    if (out->verdict == VERDICT_FAIL && out->nothing_to_judge && seen->batch_rows == 0 && allow_empty) {
        out->verdict = VERDICT_PASS;
        out->vacuous = true;
        out->nothing_to_judge = false;
        out->reason = NULL;
    }
    return STATUS_OK;
}

static enum severity lower(enum severity a, enum severity b)
{
    return a < b ? a : b;
}

/* The worst of a check and its warn block; *tripped is the one that is shown. */
static enum status find_worst(const struct plan_check *c, const struct seen *seen, bool allow_empty, struct finding *finding,
                              const struct planned **tripped, enum severity *severity, struct error *err)
{
    struct finding warned;

    *tripped = &c->planned;
    *severity = c->check->severity;
    TRY(find_one(&c->planned, seen, allow_empty, finding, err));
    if (finding->verdict == VERDICT_FAIL && finding->fails_as_warning)
        *severity = lower(*severity, SEVERITY_WARNING);
    if (finding->verdict != VERDICT_PASS || !c->has_warn)
        return STATUS_OK;
    TRY(find_one(&c->warn, seen, allow_empty, &warned, err));
    if (warned.verdict == VERDICT_PASS)
        return STATUS_OK;
    *finding = warned;
    *tripped = &c->warn;
    *severity = lower(*severity, SEVERITY_WARNING);
    return STATUS_OK;
}

static bool is_pii(const struct suite *suite, const char *column)
{
    for (int32_t i = 0; column && i < suite->n_columns; i++)
        if (suite->columns[i].is_pii && strcmp(suite->columns[i].name, column) == 0)
            return true;
    return false;
}

/* Smallest, largest, middle: figures that are somebody's value. */
static bool observes_a_value(const char *expectation)
{
    static const char *const names[] = {"min", "max", "median", "quantiles"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(expectation, names[i]) == 0)
            return true;
    return false;
}

static void hide_keys(const struct plan *plan, struct finding *finding)
{
    struct sample *samples;
    bool any = false;

    for (int32_t i = 0; i < plan->suite->primary_key.n; i++)
        any = any || is_pii(plan->suite, plan->suite->primary_key.at[i]);
    if (!any || finding->n_samples == 0)
        return;
    samples = arena_array(plan->arena, (size_t)finding->n_samples, sizeof *samples);
    if (samples)
        memcpy(samples, finding->samples, (size_t)finding->n_samples * sizeof *samples);
    for (int32_t i = 0; samples && i < finding->n_samples; i++)
        samples[i].n_keys = 0;
    finding->samples = samples;
    finding->n_samples = samples ? finding->n_samples : 0;
}

/* Names of the columns whose values a sample shows; also tells whether one of them is personal. */
static enum status value_columns(const struct plan *plan, const struct planned *planned, struct result *r, struct error *err)
{
    const struct request *request;
    const char **names;

    if (planned->n_requests == 0)
        return STATUS_OK;
    request = &plan->requests[planned->requests[0]].request;
    if (request->n_columns < 1)
        return STATUS_OK;
    names = arena_array(plan->arena, (size_t)request->n_columns, sizeof *names);
    if (!names)
        return error_no_memory(err);
    for (int32_t i = 0; i < request->n_columns; i++) {
        names[i] = plan->batch->schema.columns[plan->slots[request->slots[i]].column].name;
        r->is_pii = r->is_pii || is_pii(plan->suite, names[i]);
    }
    r->value_columns = names;
    r->n_value_columns = request->n_columns;
    return STATUS_OK;
}

/* *weakest is folded in; false: nothing of it has been proved. */
static bool weakest_proof(const struct planned *planned, const struct scan_result *scanned, enum evidence *weakest)
{
    bool any = planned->is_settled;

    if (planned->is_settled && planned->proof < *weakest)
        *weakest = planned->proof;
    for (int32_t i = 0; !planned->is_settled && i < planned->n_requests; i++) {
        int32_t h = planned->requests[i];

        if (!scanned->has_proof[h])
            continue;
        any = true;
        *weakest = scanned->proof[h] < *weakest ? scanned->proof[h] : *weakest;
    }
    for (int32_t i = 0; !planned->is_settled && i < planned->n_parts; i++)
        any = weakest_proof(&planned->parts[i], scanned, weakest) || any;
    return any;
}

static const char *proof_of(const struct planned *planned, const struct scan_result *scanned)
{
    enum evidence weakest = EVIDENCE_VALUES;

    return weakest_proof(planned, scanned, &weakest) ? evidence_names[weakest] : NULL;
}

static enum status describe(const struct plan *plan, const struct check *declared, const struct check *shown, struct result *r,
                            struct error *err)
{
    r->id = declared->id;
    r->expectation = shown->kind->name;
    r->column = declared->column;
    r->says = check_says(plan->arena, shown);
    r->description = declared->description;
    r->tags = declared->tags.at;
    r->n_tags = declared->tags.n;
    r->meta = declared->meta;
    r->parameters = shown->parameters;
    r->gx_kwargs = declared->gx_kwargs;
    r->where = declared->where;
    r->declared_severity = r->severity = declared->severity;
    r->is_row_level = shown->kind->level == LEVEL_ROW;
    r->is_pii = is_pii(plan->suite, declared->column);
    r->gx = declared->gx_type ? declared->gx_type : expectation_gx_name(plan->arena, shown->kind);
    return r->says && (!shown->kind->gx || r->gx) ? STATUS_OK : error_no_memory(err);
}

static void keep_secrets(const struct plan *plan, struct result *r)
{
    struct finding *f = &r->finding;

    if (plan->options->samples == 0) {
        f->has_samples = f->has_top = false;
        f->n_samples = f->n_top = 0;
    }
    if (r->is_pii && observes_a_value(r->expectation)) {
        f->has_observed = false;
        f->observed_node = NULL;
    }
    hide_keys(plan, f);
}

/* A verdict alone. The reason stays: what it says was all there. */
static void drop_figures(struct finding *f)
{
    f->element_count = f->missing_count = f->nan_count = f->considered_count = f->unexpected_count = -1;
    f->duplicate_groups = f->surplus_rows = -1;
    f->has_observed = f->has_top = f->has_samples = false;
    f->observed_node = f->details = NULL;
    f->n_samples = f->n_top = 0;
}

/* What --fail-fast left: verdicts that are certain, and for everything else none. Rows that are unexpected may be shown, counts would
 * only say how far the run came. */
static enum status find_so_far(const struct plan *plan, const struct plan_check *c, const struct seen *seen, bool allow_empty,
                               struct finding *finding, const struct planned **tripped, enum severity *severity, struct error *err)
{
    const struct scan_result *scanned = seen->context;

    *tripped = &c->planned;
    *severity = c->check->severity;
    if (c->planned.is_settled || verdict_has_failed(plan, &c->planned, scanned)) {
        bool has_samples;
        const struct sample *samples;
        int32_t n;

        TRY(find_worst(c, seen, allow_empty, finding, tripped, severity, err));
        has_samples = finding->has_samples;
        samples = finding->samples;
        n = finding->n_samples;
        drop_figures(finding);
        finding->has_samples = has_samples;
        finding->samples = samples;
        finding->n_samples = n;
        return STATUS_OK;
    }
    finding_init(finding);
    finding->verdict = VERDICT_NOT_EVALUATED;
    finding->reason = "--fail-fast ended the run before this was judged";
    return STATUS_OK;
}

/* --- all checks --- */

static void count(struct report *report, const struct result *r)
{
    report->statistics.declared++;
    switch (r->finding.verdict) {
    case VERDICT_PASS:
        report->statistics.passed++;
        report->statistics.vacuous += r->finding.vacuous;
        break;
    case VERDICT_FAIL:
        report->statistics.failed++;
        report->statistics.failed_by_severity[r->severity]++;
        break;
    case VERDICT_NOT_EVALUATED:
        report->statistics.not_evaluated++;
        break;
    case VERDICT_SKIPPED:
        report->statistics.skipped++;
        break;
    }
}

/* declared = passed + failed + not_evaluated + skipped: a result that got lost is a bug, never a pass. */
static enum status check_invariant(const struct plan *plan, const struct report *report, struct error *err)
{
    int64_t sum = report->statistics.passed + report->statistics.failed + report->statistics.not_evaluated +
                  report->statistics.skipped;

    if (sum != report->statistics.declared || sum != plan->suite->n_checks)
        return error_set(err, STATUS_INTERNAL, "%d expectations were declared but %lld were accounted for",
                         plan->suite->n_checks, (long long)sum);
    return STATUS_OK;
}

static void decide(const struct plan *plan, struct report *report, bool is_empty)
{
    enum severity fail_on = plan->options->fail_on;
    bool fails = false, unsure = false;

    for (int32_t i = 0; i < report->n_results; i++) {
        const struct result *r = &report->results[i];

        fails = fails || (r->finding.verdict == VERDICT_FAIL && r->severity >= fail_on);
        unsure = unsure || (r->finding.verdict == VERDICT_NOT_EVALUATED && r->severity >= fail_on);
    }
    if (is_empty && fail_on != SEVERITY_NEVER)
        fails = true;
    report->exit_code = fails ? 1 : unsure ? 3 : 0;
    report->outcome = fails ? OUTCOME_FAIL : unsure ? OUTCOME_NOT_EVALUATED : OUTCOME_PASS;
    report->success = report->exit_code == 0;
}

/* What the files are like as text; NULL where there are only saved states of them. */
static enum status text_facts(const struct plan *plan, const struct scan_result *scanned, const struct text_facts **out,
                              struct error *err)
{
    const struct batch *batch = plan->batch;
    struct text_facts *facts = arena_alloc(plan->arena, sizeof *facts);
    struct text_file_facts *files = arena_array(plan->arena, (size_t)batch->found.n_files + 1, sizeof *files);

    *out = NULL;
    if (!facts || !files)
        return error_no_memory(err);
    for (int32_t f = 0; f < batch->found.n_files; f++) {
        const struct table *t = batch->tables ? batch->tables[f] : NULL;
        if (!t)
            return STATUS_OK;
        files[f] = (struct text_file_facts){.path = batch->found.files[f].path, .n_lines = -1, .repeated_names = t->repeated_names,
                                            .n_repeated_names = t->n_repeated_names, .n_empty_names = t->n_empty_names};
        if (batch->is_typed)
            continue;
        files[f].charset = charset_name(t->source->charset);
        files[f].has_mark = t->source->told.has_mark;
        files[f].n_lines = scanned->damage[f].n_lines ? scanned->damage[f].n_lines : t->n_lines;
    }
    *facts = (struct text_facts){files, batch->found.n_files};
    *out = facts;
    return STATUS_OK;
}

static enum status new_results(const struct plan *plan, struct report *report, struct result **out, struct error *err)
{
    *out = arena_array(plan->arena, (size_t)plan->suite->n_checks + 1, sizeof **out);
    if (!*out)
        return error_no_memory(err);
    report->results = *out;
    report->n_results = plan->suite->n_checks;
    return STATUS_OK;
}

static void skip(const struct plan_check *c, struct result *r)
{
    finding_init(&r->finding);
    r->finding.verdict = VERDICT_SKIPPED;
    r->finding.reason = c->skipped_because;
}

enum status judge_scanned(const struct plan *plan, const struct scan_result *scanned, struct report *report,
                          struct error *err)
{
    const struct rows *rows = scanned->states[plan->rows_handle];
    bool allow_empty = plan->suite->allow_empty || plan->options->allow_empty;
    struct scan_result *context = arena_alloc(plan->arena, sizeof *context); /* seen's context is not const */
    struct seen seen = {.context = context, .state = merged_state, .reference = reference_state,
                        .reference_trouble = reference_trouble,
                        .batch_rows = plan->where_broken ? 0 : rows->n,
                        .allow_empty = allow_empty,
                        .schema = &plan->batch->schema, .time = plan->time, .arena = plan->arena,
                        .samples = plan->options->samples, .n_malformed_records = scanned->n_damaged, .n_records = scanned->n_records};
    struct result *results;

    if (!context)
        return error_no_memory(err);
    *context = *scanned;
    file_times(plan->batch, &seen);
    TRY(text_facts(plan, scanned, &seen.text, err));
    TRY(new_results(plan, report, &results, err));
    for (int32_t i = 0; i < plan->suite->n_checks; i++) {
        const struct plan_check *c = &plan->checks[i];
        const struct planned *tripped;
        enum severity severity;

        if (c->is_skipped) {
            TRY(describe(plan, c->check, c->check, &results[i], err));
            skip(c, &results[i]);
        } else {
            if (scanned->is_stopped)
                TRY(find_so_far(plan, c, &seen, allow_empty, &results[i].finding, &tripped, &severity, err));
            else
                TRY(find_worst(c, &seen, allow_empty, &results[i].finding, &tripped, &severity, err));
            TRY(describe(plan, c->check, tripped->check, &results[i], err));
            TRY(value_columns(plan, tripped, &results[i], err));
            results[i].severity = severity;
            results[i].proof = proof_of(tripped, scanned);
            keep_secrets(plan, &results[i]);
        }
    }
    if (!scanned->is_stopped) /* drift checks that nobody judged have no share */
        TRY(drift_settle(plan, results, plan->suite->n_checks, err));
    for (int32_t i = 0; i < plan->suite->n_checks; i++) {
        if (plan->options->verdict_only)
            drop_figures(&results[i].finding);
        count(report, &results[i]);
    }
    decide(plan, report, seen.batch_rows == 0 && !plan->where_broken && !allow_empty && !scanned->is_stopped);
    return check_invariant(plan, report, err);
}

enum status judge_unreadable(const struct plan *plan, const struct error *why, struct report *report, struct error *err)
{
    struct result *results;
    char text[1600];
    const char *reason;

    error_format(why, text, sizeof text);
    reason = arena_format(plan->arena, "%s", text);
    if (!reason)
        return error_no_memory(err);
    TRY(new_results(plan, report, &results, err));
    for (int32_t i = 0; i < plan->suite->n_checks; i++) {
        TRY(describe(plan, plan->checks[i].check, plan->checks[i].check, &results[i], err));
        finding_init(&results[i].finding);
        if (plan->checks[i].is_skipped) {
            skip(&plan->checks[i], &results[i]);
        } else {
            results[i].finding.verdict = VERDICT_NOT_EVALUATED;
            results[i].finding.reason = "the batch could not be read";
        }
        count(report, &results[i]);
    }
    report->error = reason;
    report->error_status = why->status;
    report->exit_code = 3;
    report->outcome = OUTCOME_NOT_EVALUATED;
    report->success = false;
    report->retryable = status_is_retryable(why->status);
    return check_invariant(plan, report, err);
}

/* --- the headline --- */

static double share(const struct result *r)
{
    const struct finding *f = &r->finding;

    if (f->unexpected_count < 0 || f->considered_count <= 0)
        return 2; /* aggregates and schema: nothing larger can be wrong */
    return (double)f->unexpected_count / (double)f->considered_count;
}

static const struct result *worst(const struct report *report, enum verdict verdict)
{
    const struct result *w = NULL;

    for (int32_t i = 0; i < report->n_results; i++) {
        const struct result *r = &report->results[i];

        if (r->finding.verdict != verdict)
            continue;
        if (!w || r->severity > w->severity || (r->severity == w->severity && share(r) > share(w)))
            w = r;
    }
    return w;
}

static bool add_amount(const struct report *report, const struct result *r, struct buffer *out)
{
    const struct finding *f = &r->finding;

    if (f->reason)
        return buffer_format(out, ": %s", f->reason);
    if (f->unexpected_count >= 0 && f->considered_count >= 0)
        return buffer_format(out, ": %lld of %lld unexpected", (long long)f->unexpected_count,
                             (long long)f->considered_count);
    if (f->has_observed && !f->observed_node && result_shows_observed(report, r))
        return buffer_format(out, ": observed ") && value_print(&f->observed, out);
    return true;
}

static bool add_about(const struct report *report, struct buffer *out)
{
    bool ok = buffer_format(out, "%s", report->suite.dataset);

    for (int32_t i = 0; ok && i < report->batch.n_partition; i++)
        ok = buffer_format(out, " %s=%s", report->batch.partition[i].name, report->batch.partition[i].value);
    return ok && buffer_format(out, ": ");
}

static bool add_owner(const struct report *report, struct buffer *out)
{
    const char *owner = report->suite.owner, *runbook = report->suite.runbook;

    if (!owner && !runbook)
        return true;
    return buffer_format(out, "; %s%s%s", owner ? owner : "", owner && runbook ? ", " : "", runbook ? runbook : "");
}

static bool add_verdict(const struct report *report, struct buffer *out)
{
    int64_t judged = report->statistics.declared - report->statistics.skipped;
    enum verdict shown = report->outcome == OUTCOME_NOT_EVALUATED ? VERDICT_NOT_EVALUATED : VERDICT_FAIL;
    int64_t n = shown == VERDICT_FAIL ? report->statistics.failed : report->statistics.not_evaluated;
    const struct result *w = worst(report, shown);

    if (report->error)
        return buffer_format(out, "the batch could not be read: %s", report->error);
    if (report->outcome == OUTCOME_PASS) /* what failed below --fail-on is said, but after what matters */
        return buffer_format(out, "%lld of %lld hold over %lld rows", (long long)report->statistics.passed, (long long)judged,
                             (long long)report->batch.rows_considered) &&
               (n == 0 || (buffer_format(out, ", %s %s", severity_names[w->severity], w->id) && add_amount(report, w, out)));
    if (!w || (report->batch.rows_considered == 0 && report->outcome == OUTCOME_FAIL))
        return buffer_format(out, "the batch has no rows%s", w ? "" : " (allow_empty: true would accept that)");
    return buffer_format(out, "%lld of %lld %s, worst %s", (long long)n, (long long)judged,
                         shown == VERDICT_FAIL ? "fail" : "could not be evaluated", w->id) &&
           add_amount(report, w, out);
}

enum status judge_headline(struct arena *arena, struct report *report, struct error *err)
{
    static const char *const words[] = {"PASS", "FAIL", "NOT EVALUATED"};
    struct buffer out = {.ceiling = 1 << 16};
    bool ok = buffer_format(&out, "%s ", words[report->outcome]) && add_about(report, &out) && add_verdict(report, &out) &&
              add_owner(report, &out);

    if (ok)
        report->headline = arena_text(arena, out.at, out.size);
    buffer_done(&out);
    return ok && report->headline ? STATUS_OK : error_no_memory(err);
}
