/* reports/html.h -- the parts of the HTML report.
 *
 * Everything is written to one buffer that is never larger than HTML_LIMIT: each part is told where it has to end and takes back
 * what would not fit (html_mark, html_fits). What was left out is counted and said.
 */
#ifndef REPORTS_HTML_H
#define REPORTS_HTML_H

#include "reports/page.h"

/* 1 MB, and where the parts have to end: headline and the worst, results, batch; the run's texts are cut to fit the rest. The
 * worst byte becomes 8 ("\u{202e}" for 3, "&quot;" for 1), so a text cut at n takes at most 6 n. */
enum { HTML_LIMIT = 1000000, HTML_RESULTS_END = 800000, HTML_BATCH_END = 920000 };
/* Cuts, in bytes. */
enum { CUT_NAME = 120, CUT_ID = 200, CUT_SAYS = 600, CUT_VALUE = 120, CUT_REASON = 1500, CUT_PARAMETER = 300, CUT_PATH = 300 };

struct html {
    struct page page;
    const struct report *report;
    int32_t *order;
};

static inline size_t html_mark(const struct html *h) { return h->page.w.out->size; }
static inline bool html_fits(const struct html *h, size_t end) { return h->page.w.out->size <= end; }
static inline void html_back(struct html *h, size_t mark) { h->page.w.out->size = mark; }

/* What a result is called: icon, style and word by its verdict and severity. */
enum page_icon html_icon(const struct result *result);
const char *html_style(const struct result *result); /* "fail", "warning", "info", "open", "pass", "skip" */
const char *html_word(const struct result *result);

/* Figures of a result in one line; is there anything to say? */
bool html_has_amount(const struct html *h, const struct result *result);
void html_amount(struct html *h, const struct result *result);
/* A failure or what was not evaluated, open, with a heading: html_result.c. Samples take what is left up to `end`. */
void html_result(struct html *h, int32_t index, size_t end);
/* A pass, folded. */
void html_folded(struct html *h, int32_t index, size_t end);
/* A line and no more. */
void html_line(struct html *h, int32_t index);

/* Drawings of a result: html_plots.c. */
void html_plots(struct html *h, const struct result *result);
/* The spread of a column's values for a cell of a table, or nothing. */
void html_spark(struct html *h, const char *column);

/* Files, columns, damage; the run: html_batch.c. */
void html_batch(struct html *h, size_t end);
void html_run(struct html *h);
void html_modified(struct html *h, int64_t nanos);
void html_time(struct html *h, const char *text);

#endif
