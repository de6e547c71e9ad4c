/* reports/markdown.c -- tables for a pull request's comment (GitHub's flavour).
 *
 * Comments are public to everybody who sees the request: no value of the data unless --samples was given. Every text that
 * is not ours is escaped, so that it can neither close a cell, nor form a link, a mention or HTML.
 */
#include <string.h>

#include "reports/formats.h"
#include "reports/words.h"

enum { SAMPLES_SHOWN = 5, VALUE_LIMIT = 60 };

struct markdown {
    struct words_out w;
    const struct report *report;
    struct buffer scratch;
    int32_t *order;
};

/* Mentions, issues, formulas, bare links and emoji, which a backslash does not stop. */
static bool needs_entity(struct span text, size_t i)
{
    char c = (char)text.at[i];

    return c == '@' || c == '#' || c == '$' || (c == ':' && i + 1 < text.size && text.at[i + 1] != ' ');
}

static void add_markdown(struct markdown *m, struct span text)
{
    for (size_t i = 0; i < text.size && !m->w.failed; i++) {
        char c = (char)text.at[i];

        if (c == '<' || c == '>' || c == '&')
            words_add(&m->w, c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&amp;");
        else if (needs_entity(text, i))
            words_add(&m->w, "&#%d;", c);
        else if (c != '\0' && strchr("\\`*_[]|~", c))
            words_add(&m->w, "\\%c", c);
        else
            m->w.failed = m->w.failed || !buffer_add(m->w.out, &c, 1);
    }
}

static struct words_out begin(struct markdown *m)
{
    m->scratch.size = 0;
    return (struct words_out){&m->scratch, false};
}

static void end(struct markdown *m, const struct words_out *w)
{
    m->w.failed = m->w.failed || w->failed;
    add_markdown(m, span_of(m->scratch.at, m->scratch.size));
}

static void safe(struct markdown *m, const char *text)
{
    struct words_out w = begin(m);

    words_escaped(&w, span_text(text), 0);
    end(m, &w);
}

static void headline(struct markdown *m)
{
    const char *line = m->report->headline;
    size_t n = strcspn(line, " ");
    struct words_out w = begin(m);

    words_add(&m->w, "### ");
    words_escaped(&w, span_of(line, n), 0);
    end(m, &w);
    safe(m, line + n);
    words_add(&m->w, "\n\n");
}

static void figures_cell(struct markdown *m, const struct result *result)
{
    bool may_show = m->report->samples_were_asked;
    struct words_out w = begin(m);

    if (result->finding.verdict == VERDICT_PASS && result->finding.vacuous)
        words_add(&w, "nothing to judge (vacuous)");
    else if (result->finding.reason)
        words_escaped(&w, span_text(result->finding.reason), 0);
    if (words_has_figures(m->report, result, may_show) && !result->finding.vacuous) {
        words_add(&w, "%s", result->finding.reason ? ": " : "");
        words_figures(&w, m->report, result, may_show);
    }
    end(m, &w);
}

static void samples_cell(struct markdown *m, const struct result *result)
{
    const struct finding *f = &result->finding;

    if (!m->report->samples_were_asked || !f->has_samples || !result_shows_values(m->report, result))
        return;
    for (int32_t i = 0; i < f->n_samples && i < SAMPLES_SHOWN; i++) {
        struct words_out w = begin(m);

        words_add(&m->w, "<br>");
        if (f->samples[i].n_values == 0)
            words_value(&w, &f->samples[i].value, VALUE_LIMIT);
        for (int32_t k = 0; k < f->samples[i].n_values && k < result->n_value_columns; k++) {
            words_add(&w, "%s%s=", k ? ", " : "", result->value_columns[k]);
            words_value(&w, &f->samples[i].values[k], VALUE_LIMIT);
        }
        words_add(&w, " in row %lld", (long long)f->samples[i].row);
        end(m, &w);
    }
}

static void failure_row(struct markdown *m, const struct result *result)
{
    words_add(&m->w, "| %s | %s | ", result->finding.verdict == VERDICT_FAIL ? "fail" : "not evaluated",
              severity_names[result->severity]);
    safe(m, result->id);
    words_add(&m->w, " | ");
    if (result->says)
        safe(m, result->says);
    words_add(&m->w, " | ");
    figures_cell(m, result);
    samples_cell(m, result);
    words_add(&m->w, " |\n");
}

static void failures(struct markdown *m)
{
    const struct report *r = m->report;

    if (r->statistics.failed + r->statistics.not_evaluated == 0)
        return;
    words_add(&m->w, "| status | severity | id | expectation | result |\n| --- | --- | --- | --- | --- |\n");
    for (int32_t i = 0; i < r->n_results; i++) {
        const struct result *result = &r->results[m->order[i]];
        if (result->finding.verdict == VERDICT_FAIL || result->finding.verdict == VERDICT_NOT_EVALUATED)
            failure_row(m, result);
    }
    words_add(&m->w, "\n");
}

static void passes(struct markdown *m)
{
    const struct report *r = m->report;

    if (r->statistics.passed + r->statistics.skipped == 0)
        return;
    words_add(&m->w, "<details><summary>%lld passed, %lld skipped</summary>\n\n", (long long)r->statistics.passed,
              (long long)r->statistics.skipped);
    words_add(&m->w, "| status | id | result |\n| --- | --- | --- |\n");
    for (int32_t i = 0; i < r->n_results; i++) {
        const struct result *result = &r->results[m->order[i]];
        if (result->finding.verdict != VERDICT_PASS && result->finding.verdict != VERDICT_SKIPPED)
            continue;
        words_add(&m->w, "| %s | ", verdict_names[result->finding.verdict]);
        safe(m, result->id);
        words_add(&m->w, " | ");
        figures_cell(m, result);
        words_add(&m->w, " |\n");
    }
    words_add(&m->w, "\n</details>\n\n");
}

/* The suite's runbook as a link, where it is a plain address. */
static void runbook(struct markdown *m)
{
    static const char safe_bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/?#=&%+:,;@";
    const char *url = m->report->suite.runbook;

    if (!url || (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0) || url[strspn(url, safe_bytes)])
        return;
    words_add(&m->w, "[Runbook](%s)\n\n", url);
}

static void foot(struct markdown *m)
{
    const struct report *r = m->report;
    char number[WORDS_NUMBER_SIZE];

    if (r->batch.rows >= 0)
        words_add(&m->w, "%s rows in ", words_count(r->batch.rows, number));
    words_add(&m->w, "%d %s, suite ", r->batch.n_files, r->batch.n_files == 1 ? "file" : "files");
    safe(m, r->suite.name);
    if (r->run.assay)
        words_add(&m->w, ", assay %s", r->run.assay);
    words_add(&m->w, "\n");
}

static bool render(const struct report *report, const struct report_options *options, struct buffer *out)
{
    struct arena arena = {0};
    struct markdown m = {.w = {out, false}, .report = report};

    (void)options;
    m.order = arena_array(&arena, (size_t)report->n_results + 1, sizeof *m.order);
    if (!m.order)
        return false;
    words_order(report, m.order);
    headline(&m);
    if (report->error) {
        safe(&m, report->error);
        words_add(&m.w, "\n\n");
    }
    failures(&m);
    if (report->outcome != OUTCOME_PASS)
        runbook(&m);
    passes(&m);
    foot(&m);
    buffer_done(&m.scratch);
    arena_done(&arena);
    return !m.w.failed;
}

const struct report_format report_markdown = {
    "md",
    ".md,.markdown",
    "tables for a pull request's comment; no values unless --samples is given",
    render,
};
