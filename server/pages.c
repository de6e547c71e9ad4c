/* server/pages.c -- the pages of the service, in the look of the reports (reports/page.h), whose texts are made harmless there.
 *
 * The list of runs is what somebody looks at from afar: a word and an icon for each outcome, the headline's own sentence, when.
 */
#include "server/pages.h"

#include <string.h>

#include "core/utf8.h"
#include "reports/page.h"

enum { CUT_NAME = 160, CUT_LINE = 600, CUT_TEXT = 200000, TAGS_SHOWN = 12, PROBLEMS_SHOWN = 20 };

/* --- pieces --- */

static void head(struct page *page, struct buffer *out, const char *title)
{
    page_begin(page, out, title);
    page_add(page, "<header>\n<nav aria-label=\"Service\"><ul><li><a href=\"/\">Runs</a></li><li><a href=\"/v1/suites.html\">Suites</a></li>"
                   "</ul></nav>\n<h1>");
    page_text(page, title, CUT_NAME);
    page_add(page, "</h1>\n</header>\n<main id=\"content\">\n");
}

static bool foot(struct page *page)
{
    page_add(page, "</main>\n<footer></footer>\n");
    return page_end(page);
}

/* What a name of ours may consist of inside an address; anything else is encoded. */
static void address(struct page *page, const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

    for (; name && *name; name++) {
        if (strchr(plain, *name))
            page_add(page, "%c", *name);
        else
            page_add(page, "%%%02X", (unsigned char)*name);
    }
}

static void link_to(struct page *page, const char *path, const char *name, const char *style)
{
    page_add(page, "<a%s href=\"%s", style, path);
    address(page, name);
    page_add(page, ".html\">");
    page_text(page, name, CUT_NAME);
    page_add(page, "</a>");
}

/* 2024-12-10T04:00:00.123Z as 2024-12-10 04:00:00 UTC. */
static void instant(struct page *page, const char *text)
{
    size_t n = text ? strlen(text) : 0;

    if (n < 20 || text[10] != 'T' || text[n - 1] != 'Z') {
        page_text(page, text, CUT_NAME);
        return;
    }
    page_span(page, span_of(text, 10), 0);
    page_add(page, " ");
    page_span(page, span_of(text + 11, 8), 0);
    page_add(page, " UTC");
}

static void pair(struct page *page, const char *name, const char *text)
{
    if (!text || !*text)
        return;
    page_add(page, "<div><dt>%s</dt><dd>", name);
    page_text(page, text, CUT_LINE);
    page_add(page, "</dd></div>\n");
}

/* --- runs --- */

struct look { const char *outcome, *style, *word; enum page_icon icon; };

static const struct look *look_of(const char *outcome)
{
    static const struct look looks[] = {
        {"pass", "pass", "Pass", ICON_PASS},
        {"fail", "fail", "Fail", ICON_FAIL},
        {"not_evaluated", "open", "Not evaluated", ICON_OPEN},
    };

    for (size_t i = 0; outcome && i < sizeof looks / sizeof looks[0]; i++)
        if (strcmp(looks[i].outcome, outcome) == 0)
            return &looks[i];
    return &looks[2];
}

static void run_figures(struct page *page, const struct history_row *row)
{
    char number[WORDS_NUMBER_SIZE];

    instant(page, row->started);
    if (row->rows >= 0)
        page_add(page, " \xc2\xb7 %s rows", words_count(row->rows, number));
    page_add(page, " \xc2\xb7 %.2f s", row->seconds);
    if (row->source) {
        page_add(page, " \xc2\xb7 ");
        page_text(page, row->source, CUT_NAME);
    }
}

static void run_item(struct page *page, const struct history_row *row)
{
    const struct look *look = look_of(row->outcome);

    page_add(page, "<li>");
    page_icon(page, look->icon);
    page_add(page, "<span><a href=\"/v1/validations/");
    address(page, row->id);
    page_add(page, ".html\">");
    page_text(page, row->dataset ? row->dataset : row->suite ? row->suite : row->id, CUT_NAME);
    if (row->partition) {
        page_add(page, " ");
        page_text(page, row->partition, CUT_NAME);
    }
    page_add(page, "</a> <b class=\"%s\">%s</b></span><span class=\"amount\">", look->style, look->word);
    page_text(page, row->headline, CUT_LINE);
    page_add(page, "<br><span class=\"small\">");
    run_figures(page, row);
    if (row->suite) {
        page_add(page, " \xc2\xb7 suite ");
        link_to(page, "/v1/suites/", row->suite, "");
    }
    page_add(page, "</span></span></li>\n");
}

static void tally(struct page *page, const struct history_row *rows, int32_t n)
{
    static const char *const outcomes[] = {"fail", "not_evaluated", "pass"};

    page_add(page, "<ul class=\"chips\">");
    for (size_t k = 0; k < sizeof outcomes / sizeof outcomes[0]; k++) {
        const struct look *look = look_of(outcomes[k]);
        int32_t count = 0;

        for (int32_t i = 0; i < n; i++)
            count += look_of(rows[i].outcome) == look;
        if (count == 0)
            continue;
        page_add(page, "<li>");
        page_icon(page, look->icon);
        page_add(page, " %d %s</li> ", count, look->word);
    }
    page_add(page, "</ul>\n");
}

static void runs(struct page *page, const struct history_row *rows, int32_t n)
{
    if (n == 0) {
        page_add(page, "<p class=\"note\">No run yet. <code>POST /v1/validations</code> judges data below the roots; "
                       "<code>POST /v1/suites/NAME/validations</code> judges the body.</p>\n");
        return;
    }
    tally(page, rows, n);
    page_add(page, "<ul class=\"worst\" aria-label=\"The last runs, newest first\">\n");
    for (int32_t i = 0; i < n; i++)
        run_item(page, &rows[i]);
    page_add(page, "</ul>\n");
}

bool pages_index(const struct history_row *rows, int32_t n, struct buffer *out)
{
    struct page page;

    head(&page, out, "Runs");
    runs(&page, rows, n);
    return foot(&page);
}

/* --- suites --- */

static void problems(struct page *page, const struct suite_row *row)
{
    if (row->n_problems == 0)
        return;
    page_add(page, "<div class=\"trouble\"><p><strong>This suite cannot be used.</strong></p><ul>\n");
    for (int32_t i = 0; i < row->n_problems && i < PROBLEMS_SHOWN; i++) {
        page_add(page, "<li><code>");
        page_text(page, row->problems[i], CUT_LINE);
        page_add(page, "</code></li>\n");
    }
    page_add(page, "</ul></div>\n");
}

static void suite_item(struct page *page, const struct suite_row *row)
{
    page_add(page, "<li>");
    page_icon(page, row->n_problems ? ICON_WARNING : ICON_PASS);
    page_add(page, "<span>");
    link_to(page, "/v1/suites/", row->name, " class=\"id\"");
    page_add(page, "</span><span class=\"amount\">");
    if (row->n_problems)
        page_text(page, row->problems[0], CUT_LINE);
    else if (row->description || row->dataset)
        page_prose(page, row->description ? row->description : row->dataset, CUT_LINE);
    page_add(page, "<br><span class=\"small\">");
    if (row->n_problems) /* how many there would be nobody knows */
        page_add(page, "cannot be used");
    else if (row->needs_variables)
        page_add(page, "needs variables");
    else
        page_add(page, "%d expectation%s", row->n_expectations, row->n_expectations == 1 ? "" : "s");
    if (row->owner) {
        page_add(page, " \xc2\xb7 ");
        page_text(page, row->owner, CUT_NAME);
    }
    page_add(page, "</span></span></li>\n");
}

bool pages_suites(const struct suite_row *rows, int32_t n, struct buffer *out)
{
    struct page page;

    head(&page, out, "Suites");
    if (n == 0)
        page_add(&page, "<p class=\"note\">The folder of suites holds none.</p>\n");
    page_add(&page, "<ul class=\"worst\" aria-label=\"Suites\">\n");
    for (int32_t i = 0; i < n; i++)
        suite_item(&page, &rows[i]);
    page_add(&page, "</ul>\n");
    return foot(&page);
}

/* --- one suite --- */

static void suite_facts(struct page *page, const struct suite_row *row)
{
    if (row->description) {
        page_add(page, "<p class=\"prose\">");
        page_prose(page, row->description, CUT_LINE);
        page_add(page, "</p>\n");
    }
    problems(page, row);
    page_add(page, "<dl class=\"facts\">\n");
    pair(page, "Dataset", row->dataset);
    pair(page, "Owner", row->owner);
    if (row->runbook) {
        page_add(page, "<div><dt>What to do</dt><dd>");
        page_link(page, row->runbook, 1000);
        page_add(page, "</dd></div>\n");
    }
    pair(page, "File", row->file);
    pair(page, "Pinned by", row->hash);
    if (row->n_tags)
        page_add(page, "<div><dt>Tags</dt><dd>");
    for (int32_t i = 0; i < row->n_tags && i < TAGS_SHOWN; i++) {
        page_add(page, "%s", i ? ", " : "");
        page_text(page, row->tags[i], CUT_NAME);
    }
    page_add(page, "%s</dl>\n", row->n_tags ? "</dd></div>\n" : "");
}

static void check_line(struct page *page, const struct check_row *check)
{
    page_add(page, "<tr><th scope=\"row\"><code>");
    page_text(page, check->id, CUT_NAME);
    page_add(page, "</code></th><td>");
    page_text(page, check->expectation, CUT_NAME);
    page_add(page, "</td><td>");
    page_text(page, check->column ? check->column : "whole table", CUT_NAME);
    page_add(page, "</td><td>");
    page_text(page, check->severity, CUT_NAME);
    page_add(page, "</td><td>");
    page_prose(page, check->description, CUT_LINE);
    page_add(page, "</td></tr>\n");
}

static void checks(struct page *page, const struct suite_page *suite)
{
    page_add(page, "<section aria-labelledby=\"checks\"><h2 id=\"checks\">Expectations <span class=\"n\">%d</span></h2>\n", suite->n_checks);
    if (suite->n_checks) {
        page_add(page, "<div class=\"scroll\" role=\"region\" aria-labelledby=\"checks\" tabindex=\"0\"><table class=\"full stack\"><thead><tr>"
                       "<th scope=\"col\">Id</th><th scope=\"col\">Expectation</th><th scope=\"col\">Column</th><th scope=\"col\">Severity</th>"
                       "<th scope=\"col\">Description</th></tr></thead><tbody>\n");
        for (int32_t i = 0; i < suite->n_checks; i++)
            check_line(page, &suite->checks[i]);
        page_add(page, "</tbody></table></div>\n");
    }
    page_add(page, "</section>\n");
}

/* Line by line: a line end of the file is one of the page, anything else that controls is shown. */
static void text(struct page *page, const char *whole)
{
    struct span left = utf8_cut(span_text(whole ? whole : ""), CUT_TEXT);

    page_add(page, "<pre class=\"text\"><code>");
    while (left.size) {
        const uint8_t *end = memchr(left.at, '\n', left.size);
        size_t n = end ? (size_t)(end - left.at) : left.size;

        page_span(page, span_of(left.at, n - (n > 0 && left.at[n - 1] == '\r')), 0);
        page_add(page, "\n");
        n += end != NULL;
        left = span_of(left.at + n, left.size - n);
    }
    page_add(page, "</code></pre>\n");
}

bool pages_suite(const struct suite_page *suite, struct buffer *out)
{
    struct page page;

    head(&page, out, suite->suite.name);
    suite_facts(&page, &suite->suite);
    checks(&page, suite);
    page_add(&page, "<section aria-labelledby=\"runs\"><h2 id=\"runs\">Last runs <span class=\"n\">%d</span></h2>\n", suite->n_runs);
    runs(&page, suite->runs, suite->n_runs);
    page_add(&page, "</section>\n<section aria-labelledby=\"text\"><h2 id=\"text\">As it is written</h2>\n");
    text(&page, suite->text);
    page_add(&page, "</section>\n");
    return foot(&page);
}
