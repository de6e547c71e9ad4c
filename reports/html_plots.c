/* reports/html_plots.c -- which drawing belongs to which result.
 *
 * A figure that has bounds: a line. Rows counted against all rows: parts of a bar. A column whose values the validator counted
 * in bins: a histogram with the bounds drawn in. A distribution against a reference: bars beside bars, or bars under steps.
 */
#include "reports/html.h"

#include <math.h>
#include <string.h>

#include "core/clock.h"
#include "core/number.h"
#include "reports/plots.h"

enum { BINS_MAX = 100, CATEGORIES_SHOWN = 20 };

/* --- bounds as numbers of an axis --- */

static bool value_number(const struct value *v, double *out)
{
    switch (v->kind) {
    case VALUE_INT: *out = (double)v->i64; return true;
    case VALUE_UINT: *out = (double)v->u64; return true;
    case VALUE_DOUBLE: *out = v->f64; return isfinite(v->f64);
    case VALUE_DECIMAL: *out = (double)v->i128 / pow(10, v->scale); return true;
    case VALUE_DATE:
    case VALUE_TIME:
    case VALUE_TIMESTAMP: *out = (double)v->i64; return true;
    default: return false;
    }
}

/* A bound's text in the unit of `like`. Times that depend on when the suite was judged are not drawn. */
static bool text_number(struct span text, const struct value *like, double *out)
{
    double per_second = (double)clock_units_per_second(like->unit);
    int64_t days, seconds, nanos;
    int32_t fraction;
    bool has_zone;

    switch (like->kind) {
    case VALUE_DATE:
        *out = clock_parse_date(text, &days) ? (double)days : NAN;
        return isfinite(*out);
    case VALUE_TIME:
        *out = clock_parse_time(text, &nanos) ? (double)nanos / 1e9 * per_second : NAN;
        return isfinite(*out);
    case VALUE_TIMESTAMP:
        if (clock_parse_date(text, &days))
            *out = (double)days * 86400 * per_second;
        else if (clock_parse_timestamp(text, &seconds, &fraction, &has_zone))
            *out = ((double)seconds + fraction / 1e9) * per_second;
        else
            return false;
        return true;
    default:
        return number_parse_double(text, out) && isfinite(*out);
    }
}

static const struct node *parameter(const struct result *result, const char *name)
{
    const struct node *node = result->parameters ? node_find(result->parameters, name) : NULL;

    return node && (node->kind == NODE_NUMBER || node->kind == NODE_TEXT) ? node : NULL;
}

static struct plot_bounds bounds_of(const struct result *result, const struct value *like)
{
    const struct node *equals = parameter(result, "equals"), *low = parameter(result, "min"), *high = parameter(result, "max");
    struct plot_bounds b = {0};

    low = low ? low : equals;
    high = high ? high : equals;
    if (low && text_number(low->text, like, &b.low)) {
        b.has_low = true;
        b.low_text = low->text;
    }
    if (high && text_number(high->text, like, &b.high)) {
        b.has_high = true;
        b.high_text = high->text;
    }
    return b;
}

/* --- a figure between bounds --- */

static void caption(struct html *h, const char *words) { page_add(&h->page, "<figure class=\"plot\"><figcaption>%s</figcaption>\n", words); }
static void caption_end(struct html *h) { page_add(&h->page, "\n</figure>\n"); }

static void observed_range(struct html *h, const struct result *result)
{
    const struct value *observed = &result->finding.observed;
    struct plot_bounds bounds = bounds_of(result, observed);
    struct buffer text = {0};
    double x;

    if ((!bounds.has_low && !bounds.has_high) || !value_number(observed, &x))
        return;
    if (!value_print(observed, &text)) {
        h->page.w.failed = true;
        return;
    }
    caption(h, "<span class=\"keys\"><span><span class=\"key k-band\"></span>accepted</span><span>\xe2\x97\x86 observed</span></span>");
    plot_range(&h->page, &bounds, x, span_of(text.at, text.size), "Observed");
    caption_end(h);
    buffer_done(&text);
}

/* freshness: an age against the age that is accepted. */
static bool age_range(struct html *h, const struct result *result)
{
    const struct node *age = result->finding.details ? node_find(result->finding.details, "age_seconds") : NULL;
    const struct node *within = parameter(result, "within");
    struct plot_bounds bounds = {.has_high = true};
    char text[CLOCK_TEXT_SIZE];
    int64_t seconds;
    int32_t nanos;
    double x;

    if (!age || !within || !number_parse_double(age->text, &x) || !clock_parse_duration(within->text, &seconds, &nanos))
        return false;
    bounds.high = (double)seconds + nanos / 1e9;
    bounds.high_text = within->text;
    bounds.has_low = x >= 0; /* nobody asked for it: no letters */
    clock_print_duration((int64_t)x, text);
    caption(h, "<span class=\"keys\"><span><span class=\"key k-band\"></span>accepted age</span><span>\xe2\x97\x86 age of the newest</span></span>");
    plot_range(&h->page, &bounds, x, span_text(text), "Age");
    caption_end(h);
    return true;
}

/* --- rows --- */

static void row_key(struct html *h, const char *style, int64_t n, const char *word)
{
    char number[WORDS_NUMBER_SIZE];

    if (n > 0)
        page_add(&h->page, "<span><span class=\"key k-%s\"></span>%s %s</span>", style, words_count(n, number), word);
}

static void row_parts(struct html *h, const struct result *result)
{
    const struct finding *f = &result->finding;
    const char *style = strcmp(html_style(result), "fail") == 0 ? "fail" : "warning";
    bool counts_nulls = f->missing_count > 0 && f->element_count == f->considered_count + f->missing_count;
    int64_t hold = f->considered_count - f->unexpected_count, nulls = counts_nulls ? f->missing_count : 0;
    double all = (double)(f->considered_count + nulls);
    const struct plot_part parts[] = {{(double)f->unexpected_count / all, strcmp(style, "fail") == 0 ? "s-fail" : "s-warning"},
                                      {(double)hold / all, "s-rest"},
                                      {(double)nulls / all, "s-null"}};

    if (all <= 0 || hold < 0 || (f->unexpected_count == 0 && nulls == 0))
        return;
    page_add(&h->page, "<figure class=\"plot\"><figcaption class=\"keys\">");
    row_key(h, style, f->unexpected_count, "unexpected");
    row_key(h, "rest", hold, hold == 1 ? "holds" : "hold");
    row_key(h, "null", nulls, nulls == 1 ? "is null" : "are null");
    page_add(&h->page, "</figcaption>\n");
    plot_parts(&h->page, parts, sizeof parts / sizeof parts[0], PLOT_THICK);
    caption_end(h);
}

/* --- histograms of columns --- */

static const struct report_plot *find_plot(const struct html *h, const char *column)
{
    for (int32_t i = 0; column && i < h->report->n_plots; i++)
        if (strcmp(h->report->plots[i].column, column) == 0)
            return &h->report->plots[i];
    return NULL;
}

/* Extremes are values of the data. */
static bool may_plot(const struct html *h, const char *column)
{
    return h->report->max_samples > 0 && !report_column_is_pii(h->report, column);
}

static struct plot_histogram histogram_of(const struct report_plot *plot, double *heights)
{
    for (int32_t i = 0; i < plot->n_bins; i++)
        heights[i] = (double)plot->counts[i];
    return (struct plot_histogram){.what = plot->column, .bars = heights, .n = plot->n_bins, .low = plot->low, .high = plot->high};
}

static int64_t highest(const struct report_plot *plot)
{
    int64_t most = 0;

    for (int32_t i = 0; i < plot->n_bins; i++)
        most = plot->counts[i] > most ? plot->counts[i] : most;
    return most;
}

static bool is_beyond(const struct plot_histogram *p)
{
    double reach = (p->high - p->low) * 0.3;

    return (p->bounds.has_low && (p->bounds.low < p->low - reach || p->bounds.low > p->high)) ||
           (p->bounds.has_high && (p->bounds.high > p->high + reach || p->bounds.high < p->low));
}

static void histogram_note(struct html *h, const struct report_plot *plot, const struct plot_histogram *p, bool is_logarithmic)
{
    char number[WORDS_NUMBER_SIZE];

    page_add(&h->page, "\n<p class=\"small soft\">The highest bar stands for %s values%s", words_count(highest(plot), number),
             is_logarithmic ? "; heights are logarithmic, so that a few values can be seen beside a great many" : "");
    page_add(&h->page, "%s.</p>", is_beyond(p) ? "; a bound that is far from all values is not drawn" : "");
}

/* The values belong to what is said of their range; beside "is of type int32" they would say nothing. */
static bool is_about_range(const struct result *result)
{
    static const char *const names[] = {"between", "max", "mean", "median", "min", "quantiles", "stdev"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(result->expectation, names[i]) == 0)
            return true;
    return false;
}

static void column_histogram(struct html *h, const struct result *result)
{
    const struct report_plot *plot = find_plot(h, result->column);
    double heights[BINS_MAX];
    struct plot_histogram p;
    struct buffer low = {0}, high = {0};
    bool is_logarithmic;

    if (!plot || plot->n_bins > BINS_MAX || !is_about_range(result) || !may_plot(h, plot->column))
        return;
    p = histogram_of(plot, heights);
    if (result->is_row_level || strcmp(result->expectation, "min") == 0 || strcmp(result->expectation, "max") == 0)
        p.bounds = bounds_of(result, &plot->min);
    if (value_print(&plot->min, &low) && value_print(&plot->max, &high)) {
        p.low_text = span_of(low.at, low.size);
        p.high_text = span_of(high.at, high.size);
        page_add(&h->page, "<figure class=\"plot\"><figcaption>All values of ");
        page_text(&h->page, plot->column, CUT_NAME);
        page_add(&h->page, "%s</figcaption>\n", p.bounds.has_low || p.bounds.has_high ? "; dashed lines: the bounds" : "");
        is_logarithmic = plot_histogram(&h->page, &p);
        histogram_note(h, plot, &p, is_logarithmic);
        caption_end(h);
    }
    buffer_done(&low);
    buffer_done(&high);
}

void html_spark(struct html *h, const char *column)
{
    const struct report_plot *plot = find_plot(h, column);
    double heights[BINS_MAX];
    struct plot_histogram p;

    if (!plot || plot->n_bins > BINS_MAX || !may_plot(h, column))
        return;
    p = histogram_of(plot, heights);
    plot_spark(&h->page, &p);
}

/* --- distributions against a reference --- */

/* Reads up to `most` numbers; their sum. Counts and shares are both understood: what is drawn is shares. */
static int32_t read_numbers(const struct node *list, double *out, int32_t most)
{
    int32_t n = 0;

    for (const struct node *item = list ? list->first : NULL; item && n < most; item = item->next, n++)
        if (item->kind != NODE_NUMBER || !number_parse_double(item->text, &out[n]) || !isfinite(out[n]))
            return 0;
    return n;
}

static void to_shares(double *x, int32_t n, const struct node *list)
{
    double sum = 0;

    for (const struct node *item = list->first; item; item = item->next) {
        double one;

        sum += item->kind == NODE_NUMBER && number_parse_double(item->text, &one) && isfinite(one) ? one : 0;
    }
    for (int32_t i = 0; i < n && sum > 1.0001; i++)
        x[i] /= sum;
}

static void share_cell(struct html *h, double share)
{
    page_add(&h->page, "<td class=\"n\">%.*f%%</td>", share > 0 && share < 0.001 ? 3 : 1, 100 * share);
}

static void category_rows(struct html *h, const struct node *labels, const double *observed, const double *reference, int32_t n)
{
    const struct node *label = labels->first;
    double most = 0;

    for (int32_t i = 0; i < n; i++)
        most = fmax(most, fmax(observed[i], reference[i]));
    for (int32_t i = 0; i < n && label; i++, label = label->next) {
        page_add(&h->page, "<tr><th scope=\"row\"><code>");
        page_span(&h->page, label->text, CUT_VALUE);
        page_add(&h->page, "</code></th>");
        share_cell(h, observed[i]);
        share_cell(h, reference[i]);
        page_add(&h->page, "<td class=\"bars\">");
        plot_bar_pair(&h->page, most > 0 ? observed[i] / most : 0, most > 0 ? reference[i] / most : 0);
        page_add(&h->page, "</td></tr>\n");
    }
}

static void table_head(struct html *h, const char *caption_words, const char *first, bool has_bars)
{
    page_add(&h->page,
             "<div class=\"scroll\" role=\"region\" aria-label=\"Observed and reference\" tabindex=\"0\"><table><caption>%s</caption>\n"
             "<thead><tr><th scope=\"col\">%s</th><th scope=\"col\" class=\"n\">Observed</th><th scope=\"col\" class=\"n\">Reference</th>%s"
             "</tr></thead><tbody>\n",
             caption_words, first, has_bars ? "<th scope=\"col\"><span class=\"hidden\">Drawn</span></th>" : "");
}

static void categories(struct html *h, const struct node *labels, const struct node *observed, const struct node *reference)
{
    double a[CATEGORIES_SHOWN], b[CATEGORIES_SHOWN];
    int32_t n = read_numbers(observed, a, CATEGORIES_SHOWN), m = read_numbers(reference, b, CATEGORIES_SHOWN);

    if (!labels || labels->kind != NODE_LIST || n == 0 || n != m || labels->n_children < n)
        return;
    to_shares(a, n, observed);
    to_shares(b, n, reference);
    table_head(h, "Share of each value: solid as observed, hatched as in the reference", "Value", true);
    category_rows(h, labels, a, b, n);
    page_add(&h->page, "</tbody></table></div>\n");
    if (labels->n_children > n)
        page_add(&h->page, "<p class=\"small soft\">and %d more values</p>\n", labels->n_children - n);
}

static void bin_table(struct html *h, const struct node *edges, const double *a, const double *b, int32_t n)
{
    const struct node *edge = edges->first;

    page_add(&h->page, "<details class=\"more\"><summary>The same as a table</summary>\n");
    table_head(h, "Share of the values in each bin", "From", false);
    for (int32_t i = 0; i < n && edge; i++, edge = edge->next) {
        page_add(&h->page, "<tr><th scope=\"row\">");
        page_scalar(&h->page, edge->text, CUT_NAME);
        page_add(&h->page, "</th>");
        share_cell(h, a[i]);
        share_cell(h, b[i]);
        page_add(&h->page, "</tr>\n");
    }
    page_add(&h->page, "</tbody></table></div></details>\n");
}

static void reference_histogram(struct html *h, const struct result *result, const struct node *edges, const struct node *observed,
                                const struct node *reference)
{
    double a[BINS_MAX], b[BINS_MAX], at[BINS_MAX + 1];
    int32_t n = read_numbers(observed, a, BINS_MAX), m = read_numbers(reference, b, BINS_MAX);
    struct plot_histogram p;

    if (!edges || edges->kind != NODE_LIST || n == 0 || n != m || observed->n_children > BINS_MAX || edges->n_children != n + 1)
        return;
    to_shares(a, n, observed);
    to_shares(b, n, reference);
    for (int32_t i = 0; i <= n; i++) /* the outer bins reach far: drawn to scale they would be all that is seen */
        at[i] = i;
    p = (struct plot_histogram){.what = result->column ? result->column : result->id, .bars = a, .reference = b, .n = n, .edges = at,
                                .low_text = edges->first->text, .high_text = edges->last->text};
    caption(h, "<span class=\"keys\"><span><span class=\"key k-bar\"></span>bars: observed</span><span><span class=\"key k-line\"></span>"
               "line: reference</span></span> Bins are drawn equally wide; the outer ones reach to the outermost values.");
    plot_histogram(&h->page, &p);
    caption_end(h);
    bin_table(h, edges, a, b, n);
}

static void distribution(struct html *h, const struct result *result)
{
    const struct node *d = result->finding.details ? node_find(result->finding.details, "distribution") : NULL;
    const struct node *kind = d ? node_find(d, "kind") : NULL, *observed = d ? node_find(d, "observed") : NULL;
    const struct node *reference = d ? node_find(d, "reference") : NULL;

    if (!kind || !observed || !reference || observed->kind != NODE_LIST || reference->kind != NODE_LIST)
        return;
    if (span_is(kind->text, "categories"))
        categories(h, node_find(d, "labels"), observed, reference);
    else if (span_is(kind->text, "histogram"))
        reference_histogram(h, result, node_find(d, "edges"), observed, reference);
}

/* --- all of them --- */

void html_plots(struct html *h, const struct result *result)
{
    const struct finding *f = &result->finding;

    if (f->verdict != VERDICT_PASS && f->verdict != VERDICT_FAIL)
        return;
    if (f->unexpected_count >= 0)
        row_parts(h, result);
    else if (!age_range(h, result) && f->has_observed && !f->observed_node && result_shows_observed(h->report, result))
        observed_range(h, result);
    if (result_shows_values(h->report, result)) {
        distribution(h, result);
        column_histogram(h, result);
    }
}
