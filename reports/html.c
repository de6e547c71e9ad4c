/* reports/html.c -- the report as one page for a browser.
 *
 * What somebody woken at night needs comes first: the verdict, what failed and by how much, from when the data is, whose it is,
 * what to do, the command that repeats the run. Then every expectation, failures first; then the batch and the run.
 */
#include "reports/html.h"

#include <string.h>

#include "core/clock.h"
#include "reports/formats.h"
#include "reports/plots.h"

enum { WORST_SHOWN = 12, CHIPS_SHOWN = 8 };

/* --- what a verdict looks like --- */

enum page_icon html_icon(const struct result *result)
{
    switch (result->finding.verdict) {
    case VERDICT_PASS: return ICON_PASS;
    case VERDICT_NOT_EVALUATED: return ICON_OPEN;
    case VERDICT_SKIPPED: return ICON_SKIP;
    case VERDICT_FAIL: break;
    }
    return result->severity >= SEVERITY_ERROR ? ICON_FAIL : result->severity == SEVERITY_WARNING ? ICON_WARNING : ICON_INFO;
}

const char *html_style(const struct result *result)
{
    static const char *const styles[] = {[ICON_FAIL] = "fail", [ICON_WARNING] = "warning", [ICON_INFO] = "info",
                                         [ICON_OPEN] = "open", [ICON_PASS] = "pass",       [ICON_SKIP] = "skip"};

    return styles[html_icon(result)];
}

const char *html_word(const struct result *result)
{
    static const char *const words[] = {[VERDICT_PASS] = "Holds", [VERDICT_FAIL] = "Fails",
                                        [VERDICT_NOT_EVALUATED] = "Not evaluated", [VERDICT_SKIPPED] = "Skipped"};

    return words[result->finding.verdict];
}

void html_modified(struct html *h, int64_t nanos)
{
    char text[CLOCK_TEXT_SIZE];

    clock_print_timestamp(nanos / 1000000000, UNIT_SECOND, true, text);
    html_time(h, text);
}

/* 2024-12-10T04:00:00.123Z as 2024-12-10 04:00:00 UTC; what looks otherwise stays. */
void html_time(struct html *h, const char *text)
{
    size_t n = strlen(text);

    if (n < 20 || text[10] != 'T' || text[n - 1] != 'Z') {
        page_text(&h->page, text, CUT_NAME);
        return;
    }
    page_span(&h->page, span_of(text, 10), 0);
    page_add(&h->page, " ");
    page_span(&h->page, span_of(text + 11, 8), 0);
    page_add(&h->page, " UTC");
}

/* --- the verdict --- */

/* The headline begins with outcome, dataset and partition and ends with owner and runbook, which all have places of their own
 * here. What is between them, where it is put together as it always is; else all of it. */
static struct span headline_core(const struct report *r, struct buffer *scratch)
{
    struct span line = span_text(r->headline);
    const char *owner = r->suite.owner, *runbook = r->suite.runbook;
    size_t n = 0;

    scratch->size = 0;
    if (!buffer_format(scratch, "%s ", r->outcome == OUTCOME_PASS ? "PASS" : r->outcome == OUTCOME_FAIL ? "FAIL" : "NOT EVALUATED") ||
        !buffer_format(scratch, "%s", r->suite.dataset))
        return line;
    for (int32_t i = 0; i < r->batch.n_partition; i++)
        if (!buffer_format(scratch, " %s=%s", r->batch.partition[i].name, r->batch.partition[i].value))
            return line;
    if (!buffer_format(scratch, ": "))
        return line;
    if (line.size > scratch->size && memcmp(line.at, scratch->at, scratch->size) == 0) {
        n = scratch->size;
        scratch->size = 0;
        if ((owner || runbook) &&
            !buffer_format(scratch, "; %s%s%s", owner ? owner : "", owner && runbook ? ", " : "", runbook ? runbook : ""))
            return line;
        if (line.size > n + scratch->size && scratch->size &&
            memcmp(line.at + line.size - scratch->size, scratch->at, scratch->size) == 0)
            line.size -= scratch->size;
    }
    return span_of(line.at + n, line.size - n);
}

static void lead(struct html *h)
{
    struct buffer scratch = {0};

    page_add(&h->page, "<p class=\"lead\">");
    page_span(&h->page, headline_core(h->report, &scratch), CUT_REASON);
    page_add(&h->page, "</p>\n");
    buffer_done(&scratch);
}

static void partition(struct html *h)
{
    const struct report *r = h->report;

    if (r->batch.n_partition == 0)
        return;
    page_add(&h->page, "<p class=\"parts\">");
    for (int32_t i = 0; i < r->batch.n_partition && i < CHIPS_SHOWN; i++) {
        page_add(&h->page, "%s<span class=\"id\">", i ? " " : "");
        page_text(&h->page, r->batch.partition[i].name, CUT_NAME);
        page_add(&h->page, "=");
        page_text(&h->page, r->batch.partition[i].value, CUT_NAME);
        page_add(&h->page, "</span>");
    }
    page_add(&h->page, "</p>\n");
}

static void verdict(struct html *h)
{
    static const struct { const char *style, *word; enum page_icon icon; } looks[] = {
        [OUTCOME_PASS] = {"pass", "Pass", ICON_PASS},
        [OUTCOME_FAIL] = {"fail", "Fail", ICON_FAIL},
        [OUTCOME_NOT_EVALUATED] = {"open", "Not evaluated", ICON_OPEN},
    };
    const struct report *r = h->report;

    page_add(&h->page, "<p class=\"verdict %s\">", looks[r->outcome].style);
    page_icon(&h->page, looks[r->outcome].icon);
    page_add(&h->page, "%s</p>\n<h1>", looks[r->outcome].word);
    page_text(&h->page, r->suite.dataset, CUT_ID);
    page_add(&h->page, "</h1>\n");
    partition(h);
    lead(h);
    if (r->error) {
        page_add(&h->page, "<div class=\"trouble\"><p><strong>Nothing was judged.</strong> ");
        page_prose(&h->page, r->error, CUT_REASON);
        page_add(&h->page, "</p><p class=\"soft\">%s</p></div>\n",
                 r->retryable ? "Trying again may help." : "Trying again will not help before something is changed.");
    }
}

/* --- how many of what --- */

static void tally_item(struct html *h, enum page_icon icon, int64_t n, const char *word)
{
    char number[WORDS_NUMBER_SIZE];

    if (n == 0)
        return;
    page_add(&h->page, "<li>");
    page_icon(&h->page, icon);
    page_add(&h->page, "<span><strong>%s</strong> %s</span></li>", words_count(n, number), word);
}

/* Failures below `error` are warnings and remarks. */
static void tally(struct html *h)
{
    const struct report *r = h->report;
    int64_t remarks = r->statistics.failed_by_severity[SEVERITY_INFO], warnings = r->statistics.failed_by_severity[SEVERITY_WARNING];
    int64_t errors = r->statistics.failed - remarks - warnings, all = r->statistics.declared;
    double n = (double)(all > 0 ? all : 1);
    const struct plot_part parts[] = {
        {(double)errors / n, "s-fail"},         {(double)warnings / n, "s-warning"},
        {(double)remarks / n, "s-bar"},         {(double)r->statistics.not_evaluated / n, "s-open"},
        {(double)r->statistics.passed / n, "s-pass"}, {(double)r->statistics.skipped / n, "s-skip"},
    };
    char number[WORDS_NUMBER_SIZE];

    page_add(&h->page, "<div class=\"tally\">");
    plot_parts(&h->page, parts, sizeof parts / sizeof parts[0], PLOT_THICK);
    page_add(&h->page, "<ul aria-label=\"Of %s expectations\">", words_count(all, number));
    tally_item(h, ICON_FAIL, errors, errors == 1 ? "fails" : "fail");
    tally_item(h, ICON_WARNING, warnings, warnings == 1 ? "fails as a warning" : "fail as warnings");
    tally_item(h, ICON_INFO, remarks, remarks == 1 ? "fails as a remark" : "fail as remarks");
    tally_item(h, ICON_OPEN, r->statistics.not_evaluated, "not evaluated");
    tally_item(h, ICON_PASS, r->statistics.passed, r->statistics.passed == 1 ? "holds" : "hold");
    if (r->statistics.vacuous)
        page_add(&h->page, "<li class=\"soft\">(%s of them with nothing to judge)</li>", words_count(r->statistics.vacuous, number));
    tally_item(h, ICON_SKIP, r->statistics.skipped, "skipped");
    page_add(&h->page, "</ul></div>\n");
}

/* --- the worst, each a link --- */

bool html_has_amount(const struct html *h, const struct result *result)
{
    const struct finding *f = &result->finding;

    return f->reason || (f->verdict == VERDICT_PASS && f->vacuous) || words_has_figures(h->report, result, true);
}

static bool is_number(const struct value *v)
{
    return v->kind == VALUE_INT || v->kind == VALUE_UINT || v->kind == VALUE_DOUBLE || v->kind == VALUE_DECIMAL;
}

/* "observed 2.907733; asked: min 1, max 10": the words of the other formats, but figures as a page shows them. */
static void number_amount(struct html *h, const struct result *result)
{
    static const char *const bounds[] = {"equals", "min", "max"};
    const char *before = "; asked: ";
    struct buffer text = {0};

    h->page.w.failed = !value_print(&result->finding.observed, &text) || h->page.w.failed;
    page_add(&h->page, "observed ");
    page_scalar(&h->page, span_of(text.at, text.size), CUT_VALUE);
    buffer_done(&text);
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0] && result->finding.verdict == VERDICT_FAIL; i++) {
        const struct node *node = result->parameters ? node_find(result->parameters, bounds[i]) : NULL;

        if (!node || (node->kind != NODE_NUMBER && node->kind != NODE_TEXT))
            continue;
        page_add(&h->page, "%s%s ", before, bounds[i]);
        page_scalar(&h->page, node->text, CUT_NAME);
        before = ", ";
    }
}

void html_amount(struct html *h, const struct result *result)
{
    const struct finding *f = &result->finding;
    bool has_figures = words_has_figures(h->report, result, true) && (!f->reason || f->unexpected_count >= 0);
    struct buffer text = {0};
    struct words_out w = {&text, false};
    size_t begun = html_mark(h);

    if (f->verdict == VERDICT_PASS && f->vacuous) {
        page_add(&h->page, "nothing to judge");
    } else if (has_figures && f->has_observed && !f->observed_node && !f->details && is_number(&f->observed) &&
               result_shows_observed(h->report, result)) {
        number_amount(h, result);
    } else if (has_figures) {
        words_figures(&w, h->report, result, true);
        h->page.w.failed = h->page.w.failed || w.failed;
        page_span(&h->page, span_of(text.at, text.size), f->observed_node ? CUT_NAME : CUT_SAYS);
    }
    if (f->reason) {
        page_add(&h->page, "%s", html_mark(h) > begun ? "; " : "");
        page_prose(&h->page, f->reason, CUT_SAYS);
    }
    buffer_done(&text);
}

static void worst(struct html *h)
{
    const struct report *r = h->report;
    int64_t n = 0, most = r->statistics.failed + (r->error ? 0 : r->statistics.not_evaluated);

    if (most < 2)
        return;
    page_add(&h->page, "<ul class=\"worst\" aria-label=\"What fails, the worst first\">\n");
    for (; n < most && n < WORST_SHOWN && n < r->n_results; n++) {
        const struct result *result = &r->results[h->order[n]];

        page_add(&h->page, "<li>");
        page_icon(&h->page, html_icon(result));
        page_add(&h->page, "<a class=\"id\" href=\"#r%d\">", h->order[n]);
        page_text(&h->page, result->id, CUT_ID);
        page_add(&h->page, "</a><span class=\"amount\">");
        html_amount(h, result);
        page_add(&h->page, "</span></li>\n");
    }
    page_add(&h->page, "</ul>\n");
    if (most > n)
        page_add(&h->page, "<p class=\"small soft\">and %lld more, below</p>\n", (long long)(most - n));
}

/* --- facts --- */

static void fact(struct html *h, const char *name) { page_add(&h->page, "<div><dt>%s</dt><dd>", name); }
static void fact_end(struct html *h) { page_add(&h->page, "</dd></div>\n"); }

static const struct result *freshness(const struct report *r)
{
    for (int32_t i = 0; i < r->n_results; i++) {
        const struct result *result = &r->results[i];

        if (strcmp(result->expectation, "freshness") == 0 && result->finding.has_observed && result_shows_observed(r, result))
            return result;
    }
    return NULL;
}

/* The newest time that the data holds, where the suite asks for one; else that of its newest file. */
static void fact_age(struct html *h)
{
    const struct report *r = h->report;
    const struct result *fresh = freshness(r);
    int64_t newest = 0;

    for (int32_t i = 0; i < r->batch.n_files; i++)
        newest = r->batch.files[i].modified_nanos > newest ? r->batch.files[i].modified_nanos : newest;
    if (!fresh && newest == 0)
        return;
    fact(h, "The data is from");
    if (fresh) {
        page_value(&h->page, &fresh->finding.observed, CUT_VALUE);
        if (fresh->column) {
            page_add(&h->page, "<span class=\"small\">newest ");
            page_text(&h->page, fresh->column, CUT_NAME);
            page_add(&h->page, "</span>");
        }
    }
    if (newest) {
        page_add(&h->page, "%s", fresh ? "<span class=\"small\">files of " : "");
        html_modified(h, newest);
        page_add(&h->page, "%s", fresh ? "</span>" : "<span class=\"small\">newest file</span>");
    }
    fact_end(h);
}

static void fact_rows(struct html *h)
{
    const struct report *r = h->report;
    char number[WORDS_NUMBER_SIZE];
    int64_t bytes = 0;

    for (int32_t i = 0; i < r->batch.n_files; i++)
        bytes += r->batch.files[i].bytes > 0 ? r->batch.files[i].bytes : 0;
    fact(h, "Rows judged");
    if (r->batch.rows_considered < 0)
        page_add(&h->page, "not known");
    else
        page_add(&h->page, "%s", words_count(r->batch.rows_considered, number));
    if (r->batch.rows >= 0 && r->batch.rows_considered >= 0 && r->batch.rows != r->batch.rows_considered)
        page_add(&h->page, " of %s", words_count(r->batch.rows, number));
    if (r->batch.n_files) {
        page_add(&h->page, "<span class=\"small\">%s %s, ", words_count(r->batch.n_files, number), r->batch.n_files == 1 ? "file" : "files");
        page_add(&h->page, "%s</span>", words_size(bytes, number));
    }
    fact_end(h);
}

static void facts(struct html *h)
{
    const struct report *r = h->report;

    page_add(&h->page, "<dl class=\"facts\">\n");
    fact_age(h);
    fact_rows(h);
    if (r->suite.owner) {
        fact(h, "Owner");
        page_text(&h->page, r->suite.owner, CUT_ID);
        fact_end(h);
    }
    if (r->suite.runbook) {
        fact(h, "What to do");
        page_link(&h->page, r->suite.runbook, 1000);
        fact_end(h);
    }
    if (r->run.started) {
        fact(h, "Judged at");
        html_time(h, r->run.started);
        page_add(&h->page, "<span class=\"small\">by suite ");
        page_text(&h->page, r->suite.name, CUT_NAME);
        page_add(&h->page, "</span>");
        fact_end(h);
    }
    page_add(&h->page, "</dl>\n");
    if (r->run.repeat) {
        page_add(&h->page, "<div class=\"command\"><p class=\"small soft\" id=\"again\">Judge it again</p><pre aria-labelledby=\"again\"><code>");
        page_text(&h->page, r->run.repeat, 3000);
        page_add(&h->page, "</code></pre></div>\n");
    }
}

static void navigation(struct html *h)
{
    const struct report *r = h->report;

    page_add(&h->page, "<nav class=\"small\" aria-label=\"On this page\"><ul>");
    if (r->statistics.failed)
        page_add(&h->page, "<li><a href=\"#failed\">What fails</a></li>");
    if (r->statistics.not_evaluated)
        page_add(&h->page, "<li><a href=\"#open\">Not evaluated</a></li>");
    if (r->statistics.passed)
        page_add(&h->page, "<li><a href=\"#held\">What holds</a></li>");
    page_add(&h->page, "<li><a href=\"#columns\">Columns</a></li><li><a href=\"#files\">Files</a></li><li><a href=\"#run\">The run</a></li></ul></nav>\n");
}

/* --- the results, within their budget --- */

struct shown { int64_t whole, lines, none; };

/* What results from `from` on need at least: a line each, as long as that is affordable. */
static size_t reserve(int64_t n)
{
    enum { LINE = 420, MOST = 200000 };

    return n * LINE < MOST ? (size_t)n * LINE : MOST;
}

/* Whole where that fits, its samples within a fair share of what is left; else a line; else counted. */
static void one(struct html *h, int32_t at, int64_t n_left, void (*whole)(struct html *, int32_t, size_t), struct shown *shown)
{
    size_t mark = html_mark(h), kept = reserve(n_left - 1), end = HTML_RESULTS_END > kept ? HTML_RESULTS_END - kept : 0, share;

    if (whole && mark < end) {
        share = mark + (end - mark) / (size_t)n_left;
        whole(h, h->order[at], share < end ? share : end);
        if (html_fits(h, end)) {
            shown->whole++;
            return;
        }
        html_back(h, mark);
    }
    html_line(h, h->order[at]);
    if (html_fits(h, HTML_RESULTS_END)) {
        shown->lines++;
        return;
    }
    html_back(h, mark);
    shown->none++;
}

static void left_out(struct html *h, const struct shown *shown)
{
    char a[WORDS_NUMBER_SIZE], b[WORDS_NUMBER_SIZE];

    if (shown->lines && shown->whole)
        page_add(&h->page, "<p class=\"note\">To keep this page below 1 MB, %s of these have no more than a line.", words_count(shown->lines, a));
    else if (shown->none)
        page_add(&h->page, "<p class=\"note\">To keep this page below 1 MB, not all of these are shown.");
    else
        return;
    if (shown->none)
        page_add(&h->page, " %s more are left out.", words_count(shown->none, b));
    page_add(&h->page, " The JSON report has all of them.</p>\n");
}

static void section(struct html *h, enum verdict verdict, const char *id, const char *title,
                    void (*whole)(struct html *, int32_t, size_t))
{
    struct shown shown = {0};
    int32_t n = h->report->n_results, first = 0, last;
    char number[WORDS_NUMBER_SIZE];

    while (first < n && h->report->results[h->order[first]].finding.verdict != verdict)
        first++;
    for (last = first; last < n && h->report->results[h->order[last]].finding.verdict == verdict;)
        last++;
    if (first == last)
        return;
    page_add(&h->page, "<section aria-labelledby=\"%s\"><h2 id=\"%s\">%s <span class=\"n\">%s</span></h2>\n", id, id, title,
             words_count(last - first, number));
    for (int32_t at = first; at < last; at++)
        one(h, at, n - at, whole, &shown);
    left_out(h, whole ? &shown : &(struct shown){.none = shown.none});
    page_add(&h->page, "</section>\n");
}

static void title(struct html *h)
{
    const struct report *r = h->report;
    static const char *const words[] = {[OUTCOME_PASS] = "Pass", [OUTCOME_FAIL] = "Fail", [OUTCOME_NOT_EVALUATED] = "Not evaluated"};
    struct buffer text = {0};

    if (!buffer_format(&text, "%s: %.150s", words[r->outcome], r->suite.dataset) || !buffer_add(&text, "", 1))
        h->page.w.failed = true;
    page_begin(&h->page, h->page.w.out, text.at ? (const char *)text.at : "");
    buffer_done(&text);
}

static void body(struct html *h)
{
    page_add(&h->page, "<header>\n");
    verdict(h);
    tally(h);
    worst(h);
    facts(h);
    navigation(h);
    page_add(&h->page, "</header>\n<main id=\"content\">\n");
    section(h, VERDICT_FAIL, "failed", "What fails", html_result);
    section(h, VERDICT_NOT_EVALUATED, "open", "Not evaluated", html_result);
    section(h, VERDICT_PASS, "held", "What holds", html_folded);
    section(h, VERDICT_SKIPPED, "skipped", "Skipped", NULL);
    html_batch(h, HTML_BATCH_END);
    page_add(&h->page, "</main>\n<footer>\n");
    html_run(h);
    page_add(&h->page, "</footer>\n");
}

static bool render(const struct report *report, const struct report_options *options, struct buffer *out)
{
    struct arena arena = {0};
    struct html h = {.page = {.w = {out, false}}, .report = report, .order = arena_array(&arena, (size_t)report->n_results + 1, sizeof *h.order)};
    bool is_whole;

    (void)options;
    if (!h.order)
        return false;
    words_order(report, h.order);
    title(&h);
    body(&h);
    is_whole = page_end(&h.page);
    arena_done(&arena);
    return is_whole;
}

const struct report_format report_html = {
    "html",
    ".html,.htm",
    "one page for a browser, at most 1 MB: what failed, samples, plots; no script, nothing fetched",
    render,
};
