/* reports/html_batch.c -- what was judged and how: columns, files, damage, the run. */
#include "reports/html.h"

#include <string.h>

#include "core/clock.h"
#include "reports/plots.h"

enum { COLUMNS_SHOWN = 300, FILES_SHOWN = 200, FILES_OPEN = 8, LABELS_SHOWN = 40 };

/* --- columns --- */

/* What the results know of a column together. */
struct known {
    int64_t elements, missing, distinct, surplus, by_verdict[VERDICT_SKIPPED + 1], by_severity[SEVERITY_NEVER];
    bool has_plot, is_estimate; /* of distinct */
};

static void learn(struct known *known, const struct result *result)
{
    const struct finding *f = &result->finding;

    if (f->element_count > 0 && f->missing_count >= 0 && !result->where) {
        known->elements = f->element_count;
        known->missing = f->missing_count;
    }
    if (strcmp(result->expectation, "distinct_count") == 0 && f->observed.kind == VALUE_INT && !result->where) {
        bool is_estimate = f->details && node_find(f->details, "relative_standard_error");

        if (known->distinct < 0 || !is_estimate) {
            known->distinct = f->observed.i64;
            known->is_estimate = is_estimate;
        }
    }
    if (strcmp(result->expectation, "unique") == 0 && f->considered_count >= 0 && !result->where) {
        known->surplus = f->surplus_rows > 0 ? f->surplus_rows : 0;
        known->distinct = f->considered_count - known->surplus;
        known->is_estimate = false;
    }
    known->by_verdict[f->verdict]++;
    if (f->verdict == VERDICT_FAIL)
        known->by_severity[result->severity]++;
}

static struct known know(const struct report *r, const char *column)
{
    struct known known = {.elements = -1, .missing = -1, .distinct = -1, .surplus = -1};

    for (int32_t i = 0; i < r->n_results; i++)
        if (r->results[i].column && strcmp(r->results[i].column, column) == 0)
            learn(&known, &r->results[i]);
    return known;
}

static void nulls_cell(struct html *h, const struct known *known)
{
    char percent[WORDS_PERCENT_SIZE];
    double share = known->elements > 0 ? (double)known->missing / (double)known->elements : 0;
    const struct plot_part parts[] = {{1 - share, "s-rest"}, {share, "s-null"}};

    if (known->elements <= 0) {
        page_add(&h->page, "<td></td>");
        return;
    }
    page_add(&h->page, "<td data-label=\"Nulls\">%s", known->missing ? words_percent(known->missing, known->elements, percent) : "none");
    plot_parts(&h->page, parts, 2, PLOT_THIN);
    page_add(&h->page, "</td>");
}

static void distinct_cell(struct html *h, const struct known *known)
{
    char number[WORDS_NUMBER_SIZE];
    int64_t values = known->elements - known->missing;
    double share = values > 0 ? (double)known->distinct / (double)values : 0;
    const struct plot_part parts[] = {{share, "s-bar"}};

    if (known->distinct < 0) {
        page_add(&h->page, "<td></td>");
        return;
    }
    page_add(&h->page, "<td data-label=\"Distinct\">%s%s%s", known->is_estimate ? "about " : "", words_count(known->distinct, number), known->surplus == 0 ? ", unique" : "");
    if (values > 0)
        plot_parts(&h->page, parts, 1, PLOT_THIN);
    page_add(&h->page, "</td>");
}

static void chip(struct html *h, enum page_icon icon, int64_t n, const char *word)
{
    if (n == 0)
        return;
    page_add(&h->page, "<span>");
    page_icon(&h->page, icon);
    page_add(&h->page, "%lld<span class=\"hidden\"> %s</span></span>", (long long)n, word);
}

static void verdicts_cell(struct html *h, const struct known *known)
{
    page_add(&h->page, "<td><span class=\"chips\">");
    chip(h, ICON_FAIL, known->by_severity[SEVERITY_ERROR] + known->by_severity[SEVERITY_CRITICAL], "fail,");
    chip(h, ICON_WARNING, known->by_severity[SEVERITY_WARNING], "fail as warnings,");
    chip(h, ICON_INFO, known->by_severity[SEVERITY_INFO], "fail as remarks,");
    chip(h, ICON_OPEN, known->by_verdict[VERDICT_NOT_EVALUATED], "not evaluated,");
    chip(h, ICON_PASS, known->by_verdict[VERDICT_PASS], "hold,");
    chip(h, ICON_SKIP, known->by_verdict[VERDICT_SKIPPED], "skipped");
    page_add(&h->page, "</span></td>");
}

/* Columns of the table that would be empty are left out. */
struct shown_parts { bool nulls, distinct; };

static struct shown_parts parts_shown(const struct report *r)
{
    struct known known = {.elements = -1, .distinct = -1};

    for (int32_t i = 0; i < r->n_results; i++)
        if (r->results[i].column)
            learn(&known, &r->results[i]);
    return (struct shown_parts){known.elements > 0, known.distinct >= 0};
}

static void column_row(struct html *h, const struct report_column *column, const struct shown_parts *parts)
{
    struct known known = know(h->report, column->name);

    page_add(&h->page, "<tr><th scope=\"row\"><code>");
    page_text(&h->page, column->name, CUT_NAME);
    page_add(&h->page, "</code></th><td class=\"soft nowrap\">");
    page_text(&h->page, column->type, CUT_NAME);
    page_add(&h->page, "</td>");
    verdicts_cell(h, &known);
    if (parts->nulls)
        nulls_cell(h, &known);
    if (parts->distinct)
        distinct_cell(h, &known);
    if (h->report->n_plots) {
        page_add(&h->page, "<td class=\"bars\">");
        html_spark(h, column->name);
        page_add(&h->page, "</td>");
    }
    page_add(&h->page, "</tr>\n");
}

static void columns(struct html *h, size_t end)
{
    const struct report *r = h->report;
    const struct shown_parts parts = parts_shown(r);
    char number[WORDS_NUMBER_SIZE];
    int32_t n = 0;

    page_add(&h->page, "<section aria-labelledby=\"columns\"><h2 id=\"columns\">Columns <span class=\"n\">%s</span></h2>\n",
             words_count(r->batch.n_columns, number));
    page_add(&h->page,
             "<div class=\"scroll\" role=\"region\" aria-labelledby=\"columns\" tabindex=\"0\"><table class=\"full stack\"><thead><tr><th scope=\"col\">Name</th>"
             "<th scope=\"col\">Type</th><th scope=\"col\">Expectations</th>%s%s%s</tr></thead><tbody>\n",
             parts.nulls ? "<th scope=\"col\">Nulls</th>" : "", parts.distinct ? "<th scope=\"col\">Distinct</th>" : "",
             r->n_plots ? "<th scope=\"col\">Values</th>" : "");
    for (; n < r->batch.n_columns && n < COLUMNS_SHOWN; n++) {
        size_t mark = html_mark(h);

        column_row(h, &r->batch.columns[n], &parts);
        if (!html_fits(h, end)) {
            html_back(h, mark);
            break;
        }
    }
    page_add(&h->page, "</tbody></table></div>\n");
    if (n < r->batch.n_columns)
        page_add(&h->page, "<p class=\"note\">%s more columns are left out. The JSON report has all of them.</p>\n",
                 words_count(r->batch.n_columns - n, number));
    page_add(&h->page, "</section>\n");
}

/* --- files --- */

static void file_row(struct html *h, const struct report_file *file)
{
    char number[WORDS_NUMBER_SIZE];

    page_add(&h->page, "<tr><th scope=\"row\"><code>");
    page_text(&h->page, file->path, CUT_PATH);
    page_add(&h->page, "</code></th><td class=\"n\">%s</td>", file->rows >= 0 ? words_count(file->rows, number) : "");
    page_add(&h->page, "<td class=\"n\">%s</td><td>", file->bytes >= 0 ? words_size(file->bytes, number) : "");
    if (file->modified_nanos)
        html_modified(h, file->modified_nanos);
    page_add(&h->page, "</td></tr>\n");
}

static void files_table(struct html *h, size_t end)
{
    const struct report *r = h->report;
    char number[WORDS_NUMBER_SIZE];
    int32_t n = 0;

    page_add(&h->page, "<div class=\"scroll\" role=\"region\" aria-labelledby=\"files\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">Path</th>"
                       "<th scope=\"col\" class=\"n\">Rows</th><th scope=\"col\" class=\"n\">Size</th><th scope=\"col\">Written</th></tr></thead><tbody>\n");
    for (; n < r->batch.n_files && n < FILES_SHOWN; n++) {
        size_t mark = html_mark(h);

        file_row(h, &r->batch.files[n]);
        if (!html_fits(h, end)) {
            html_back(h, mark);
            break;
        }
    }
    page_add(&h->page, "</tbody></table></div>\n");
    if (n < r->batch.n_files)
        page_add(&h->page, "<p class=\"note\">%s more files are left out. The JSON report has all of them.</p>\n",
                 words_count(r->batch.n_files - n, number));
}

static void damage(struct html *h)
{
    const struct damage_shown *d = &h->report->batch.damage;
    char part[WORDS_NUMBER_SIZE], whole[WORDS_NUMBER_SIZE];

    if (!h->report->batch.has_damage || d->n_records == 0)
        return;
    page_add(&h->page, "<p class=\"note\">%s of %s records are damaged", words_count(d->n_records, part), words_count(d->n_total, whole));
    if (d->what) {
        page_add(&h->page, ", the first in ");
        page_text(&h->page, d->file, CUT_PATH);
        page_add(&h->page, ", line %lld: ", (long long)d->line);
        page_prose(&h->page, d->what, CUT_REASON);
    }
    page_add(&h->page, ".</p>\n");
}

static void files(struct html *h, size_t end)
{
    const struct report *r = h->report;
    char number[WORDS_NUMBER_SIZE];
    bool is_folded = r->batch.n_files > FILES_OPEN;

    page_add(&h->page, "<section aria-labelledby=\"files\"><h2 id=\"files\">Files <span class=\"n\">%s</span></h2>\n",
             words_count(r->batch.n_files, number));
    if (r->batch.format) {
        page_add(&h->page, "<p class=\"soft\">");
        page_text(&h->page, r->batch.format, CUT_NAME);
        if (r->batch.dialect && *r->batch.dialect) {
            page_add(&h->page, ": ");
            page_text(&h->page, r->batch.dialect, CUT_NAME);
        }
        page_add(&h->page, "</p>\n");
    }
    damage(h);
    if (r->batch.n_files) {
        page_add(&h->page, "%s", is_folded ? "<details class=\"more\"><summary>Show all files</summary>\n" : "");
        files_table(h, end);
        page_add(&h->page, "%s", is_folded ? "</details>\n" : "");
    }
    page_add(&h->page, "</section>\n");
}

void html_batch(struct html *h, size_t end)
{
    if (h->report->batch.n_columns)
        columns(h, end - 60000);
    files(h, end);
}

/* --- the run --- */

static void pair(struct html *h, const char *name, const char *text)
{
    if (!text || !*text)
        return;
    page_add(&h->page, "<dt>%s</dt><dd>", name);
    page_text(&h->page, text, CUT_PATH);
    page_add(&h->page, "</dd>\n");
}

static void effort(struct html *h)
{
    const struct report *r = h->report;
    char number[WORDS_NUMBER_SIZE];

    page_add(&h->page, "<dt>took</dt><dd>%.2f s on %d %s", r->run.seconds, r->run.threads, r->run.threads == 1 ? "thread" : "threads");
    if (r->run.bytes_read > 0)
        page_add(&h->page, ", %s read", words_size(r->run.bytes_read, number));
    page_add(&h->page, "</dd>\n");
}

static void labels(struct html *h)
{
    for (int32_t i = 0; i < h->report->run.n_labels && i < LABELS_SHOWN; i++) {
        page_add(&h->page, "<dt>");
        page_text(&h->page, h->report->run.labels[i].name, CUT_NAME);
        page_add(&h->page, "</dt><dd>");
        page_text(&h->page, h->report->run.labels[i].value, CUT_PATH);
        page_add(&h->page, "</dd>\n");
    }
}

void html_run(struct html *h)
{
    const struct report *r = h->report;

    page_add(&h->page, "<section aria-labelledby=\"run\"><h2 id=\"run\">The run</h2>\n");
    if (r->suite.description) {
        page_add(&h->page, "<p class=\"prose\">");
        page_prose(&h->page, r->suite.description, CUT_REASON);
        page_add(&h->page, "</p>\n");
    }
    page_add(&h->page, "<dl class=\"pairs\">\n");
    pair(h, "suite", r->suite.name);
    pair(h, "suite's file", r->suite.path);
    pair(h, "suite's fingerprint", r->suite.fingerprint);
    pair(h, "started", r->run.started);
    pair(h, "finished", r->run.finished);
    pair(h, "judged as of", r->run.now);
    pair(h, "time zone", r->run.timezone);
    effort(h);
    pair(h, "host", r->run.host);
    pair(h, "run", r->run.id);
    pair(h, "digest of the verdict", r->verdict_digest);
    labels(h);
    pair(h, "assay", r->run.assay);
    page_add(&h->page, "</dl></section>\n");
}
