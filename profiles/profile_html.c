/* profiles/profile_html.c -- a profile as a page: what is in the batch at a glance, then a section a column with its figures, its histogram, its
 * most frequent values and patterns. The page is made as reports' pages are (reports/page.h): one file, no script, texts of the data made
 * harmless, at most 1 MB whatever the data.
 */
#include "profiles/profile.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/number.h"
#include "reports/plots.h"

enum { CUT_NAME = 120, CUT_VALUE = 80, PAGE_FULL = 900000, DAMAGE_SHOWN = 20 };

static void fact(struct page *page, const char *what, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void fact(struct page *page, const char *what, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    page_add(page, "<div><dt>%s</dt><dd>", what);
    page_text(page, text, sizeof text);
    page_add(page, "</dd></div>");
}

static void value_fact(struct page *page, const char *what, const struct value *v)
{
    struct buffer text = {0};

    if (v->kind == VALUE_NONE)
        return;
    page_add(page, "<div><dt>%s</dt><dd>", what);
    if (v->kind == VALUE_DOUBLE && value_print(v, &text))
        page_scalar(page, span_of(text.at, text.size), CUT_VALUE);
    else
        page_value(page, v, CUT_VALUE);
    page_add(page, "</dd></div>");
    buffer_done(&text);
}

static void count_fact(struct page *page, const char *what, int64_t n, int64_t of)
{
    char number[WORDS_NUMBER_SIZE], percent[WORDS_PERCENT_SIZE];

    if (n < 0)
        return;
    if (n == 0 || of <= 0)
        fact(page, what, "%s", words_count(n, number));
    else
        fact(page, what, "%s (%s)", words_count(n, number), words_percent(n, of, percent));
}

static const char *order_words(const char *order)
{
    static const char *const words[][2] = {
        {"constant", "the same in every row"}, {"increasing", "never falls"}, {"strictly_increasing", "rises with every row"},
        {"decreasing", "never rises"},         {"strictly_decreasing", "falls with every row"},
    };

    for (size_t i = 0; order && i < sizeof words / sizeof *words; i++)
        if (strcmp(order, words[i][0]) == 0)
            return words[i][1];
    return NULL;
}

static void figures(struct page *page, const struct profile_column *c)
{
    const char *order = order_words(c->order);

    page_add(page, "<dl class=\"facts\">");
    count_fact(page, "nulls", c->null_count, c->element_count);
    count_fact(page, "NaN", c->nan_count, c->element_count);
    count_fact(page, "distinct", c->distinct_count, c->element_count - c->null_count);
    value_fact(page, "smallest", &c->min);
    value_fact(page, "mean", &c->mean);
    if (c->n_quantiles == PROFILE_QUANTILES)
        value_fact(page, "median", &c->quantiles[PROFILE_QUANTILES / 2]);
    value_fact(page, "largest", &c->max);
    value_fact(page, "standard deviation", &c->stdev);
    if (c->has_lengths)
        fact(page, "length", c->shortest == c->longest ? "%lld" : "%lld to %lld, %.3g on average", (long long)c->shortest,
             (long long)c->longest, c->mean_length);
    if (order)
        fact(page, "from row to row", "%s", order);
    page_add(page, "</dl>\n");
}

static void histogram(struct page *page, const struct profile_column *c)
{
    double bars[PROFILE_BINS];
    char low[NUMBER_TEXT_SIZE], high[NUMBER_TEXT_SIZE];
    struct plot_histogram h = {.what = c->name, .bars = bars, .n = c->n_bins};
    bool is_logarithmic;

    if (!c->n_bins)
        return;
    for (int32_t i = 0; i < c->n_bins; i++)
        bars[i] = (double)c->counts[i];
    h.low = c->edges[0];
    h.high = c->edges[c->n_bins];
    h.low_text = span_of(low, number_print_double(h.low, low));
    h.high_text = span_of(high, number_print_double(h.high, high));
    page_add(page, "<figure class=\"plot\">");
    is_logarithmic = plot_histogram(page, &h);
    if (is_logarithmic)
        page_add(page, "<figcaption>Heights are logarithmic.</figcaption>");
    page_add(page, "</figure>\n");
}

static void frequent(struct page *page, const char *head, const struct top_value *top, int32_t n, int64_t of)
{
    char number[WORDS_NUMBER_SIZE], percent[WORDS_PERCENT_SIZE];

    if (n == 0 || of <= 0)
        return;
    page_add(page, "<div class=\"scroll\"><table><thead><tr><th>%s</th><th class=\"n\">rows</th><th></th></tr></thead><tbody>", head);
    for (int32_t i = 0; i < n; i++) {
        page_add(page, "<tr><td class=\"v\"><code>");
        page_value(page, &top[i].value, CUT_VALUE);
        page_add(page, "</code></td><td class=\"n\">%s", words_count(top[i].count, number));
        page_add(page, " (%s)</td><td class=\"bars\">", words_percent(top[i].count, of, percent));
        plot_bar(page, (double)top[i].count / (double)of, "s-bar");
        page_add(page, "</td></tr>");
    }
    page_add(page, "</tbody></table></div>\n");
}

static void section(struct page *page, const struct profile_column *c)
{
    char type[64];

    type_print(c->type, type);
    page_add(page, "<section><h2>");
    page_text(page, c->name, CUT_NAME);
    page_add(page, " <span class=\"n\">%s%s</span></h2>\n", type, c->is_key_candidate ? ", could be a key" : "");
    if (c->note) {
        page_add(page, "<p class=\"note\">");
        page_text(page, c->note, 400);
        page_add(page, "</p></section>\n");
        return;
    }
    figures(page, c);
    histogram(page, c);
    page_add(page, "<div class=\"tables\">");
    frequent(page, "most frequent", c->top, c->n_top, c->element_count - c->null_count);
    frequent(page, "pattern", c->patterns, c->n_patterns, c->element_count - c->null_count);
    page_add(page, "</div></section>\n");
}

static void damage(struct page *page, const struct profile *p)
{
    char a[WORDS_NUMBER_SIZE], b[WORDS_NUMBER_SIZE];
    int32_t shown = 0;

    if (!p->n_damaged)
        return;
    page_add(page, "<p class=\"trouble\">%s of %s records are damaged and left out of all figures.</p>\n<ul>", words_count(p->n_damaged, a),
             words_count(p->n_records, b));
    for (int32_t f = 0; p->damage && f < p->batch.found.n_files; f++)
        for (int32_t i = 0; i < p->damage[f].n_items && shown < DAMAGE_SHOWN; i++, shown++) {
            page_add(page, "<li><code>");
            page_text(page, p->batch.found.files[f].path, CUT_NAME);
            page_add(page, "</code>, line %lld: ", (long long)p->damage[f].items[i].line);
            page_text(page, p->damage[f].items[i].what, 200);
            page_add(page, "</li>");
        }
    page_add(page, "</ul>\n");
}

static void head(struct page *page, const struct profile *p)
{
    char text[WORDS_NUMBER_SIZE];
    const char *name = p->batch.found.n_files ? p->batch.found.files[0].path : "batch";

    page_add(page, "<header><h1>");
    page_text(page, name, CUT_NAME);
    if (p->batch.found.n_files > 1)
        page_add(page, " and %d more files", p->batch.found.n_files - 1);
    page_add(page, "</h1><dl class=\"facts\">");
    fact(page, "rows", "%s", words_count(p->n_rows, text));
    fact(page, "columns", "%s", words_count(p->batch.schema.n_columns, text));
    fact(page, "format", "%s", p->batch.format);
    fact(page, "size", "%s", words_size(p->batch.bytes, text));
    page_add(page, "</dl>\n");
    damage(page, p);
    page_add(page, "</header>\n<main id=\"content\">\n");
}

bool profile_html(const struct profile *p, struct buffer *out)
{
    struct page page;
    int32_t c = 0;

    page_begin(&page, out, "Profile");
    head(&page, p);
    for (; c < p->batch.schema.n_columns && out->size < PAGE_FULL; c++)
        section(&page, &p->columns[c]);
    if (c < p->batch.schema.n_columns)
        page_add(&page, "<p class=\"note\">%d more columns: <code>--output json</code> has them all.</p>\n", p->batch.schema.n_columns - c);
    page_add(&page, "</main>\n<footer>assay " ASSAY_VERSION "</footer>\n");
    return page_end(&page);
}
