/* reports/plots.c -- see plots.h. */
#include "reports/plots.h"

#include <math.h>

static double clamp(double x, double low, double high) { return x < low ? low : x > high ? high : x; }

/* --- parts of a whole --- */

/* Shares as they are drawn: at least `least` where not 0, taken from the largest. */
static void visible_shares(const struct plot_part *parts, int n, double *out)
{
    const double least = 0.6;
    double over = -100;
    int largest = 0;

    for (int i = 0; i < n; i++) {
        out[i] = parts[i].share > 0 ? fmax(100 * parts[i].share, least) : 0;
        over += out[i];
        largest = out[i] > out[largest] ? i : largest;
    }
    if (n > 0 && over > 0)
        out[largest] = fmax(out[largest] - over, 0);
}

void plot_parts(struct page *page, const struct plot_part *parts, int n, enum plot_height height)
{
    enum { PARTS_MAX = 8 };
    double widths[PARTS_MAX], at = 0;

    n = n > PARTS_MAX ? PARTS_MAX : n;
    visible_shares(parts, n, widths);
    page_add(page, "<svg class=\"share%s\" aria-hidden=\"true\"><rect class=\"ground\" width=\"100%%\" height=\"100%%\"/>",
             height == PLOT_THIN ? " thin" : "");
    for (int i = 0; i < n; i++) {
        if (widths[i] > 0)
            page_add(page, "<rect class=\"%s\" x=\"%.2f%%\" width=\"%.2f%%\" height=\"100%%\"/>", parts[i].style, at, widths[i]);
        at += widths[i];
    }
    page_add(page, "</svg>");
}

void plot_bar(struct page *page, double share, const char *style)
{
    page_add(page, "<svg aria-hidden=\"true\" height=\"12\"><rect class=\"%s\" y=\"2\" width=\"%.2f%%\" height=\"9\" rx=\"1.5\"/></svg>", style,
             clamp(100 * share, share > 0 ? 0.5 : 0, 100));
}

void plot_bar_pair(struct page *page, double share, double reference)
{
    page_add(page,
             "<svg aria-hidden=\"true\" height=\"20\"><rect class=\"s-bar\" y=\"1\" width=\"%.2f%%\" height=\"9\" rx=\"1.5\"/>"
             "<rect class=\"s-null\" y=\"11\" width=\"%.2f%%\" height=\"6\" rx=\"1.5\"/></svg>",
             clamp(100 * share, share > 0 ? 0.5 : 0, 100), clamp(100 * reference, reference > 0 ? 0.5 : 0, 100));
}

/* --- an axis --- */

struct axis { double low, high; };

static double across(const struct axis *axis, double x)
{
    return axis->high > axis->low ? clamp(100 * ((x - axis->low) / (axis->high - axis->low)), 0, 100) : 50;
}

static void letters(struct page *page, double x, int y, const char *anchor, const char *style, const char *before,
                    struct span text)
{
    enum { LETTERS = 32 };

    page_add(page, "<text x=\"%.2f%%\" y=\"%d\" text-anchor=\"%s\"%s>%s", x, y, anchor, style, before);
    page_scalar(page, text, LETTERS);
    page_add(page, "</text>");
}

/* Letters beside a line stay within the drawing. */
static const char *anchor_before(double x) { return x > 24 ? "end" : "start"; }
static const char *anchor_after(double x) { return x < 76 ? "start" : "end"; }

/* --- a figure against its bounds --- */

static struct axis range_axis(const struct plot_bounds *b, double observed)
{
    struct axis axis = {observed, observed};
    double margin;

    if (b->has_low) {
        axis.low = fmin(axis.low, b->low);
        axis.high = fmax(axis.high, b->low);
    }
    if (b->has_high) {
        axis.low = fmin(axis.low, b->high);
        axis.high = fmax(axis.high, b->high);
    }
    margin = (axis.high - axis.low) * 0.14;
    margin = margin > 0 ? margin : fabs(observed) > 0 ? fabs(observed) * 0.1 : 1;
    return (struct axis){axis.low - margin, axis.high + margin};
}

static void range_label(struct page *page, const struct plot_bounds *b, struct span observed, const char *what, bool holds)
{
    page_add(page, "<svg class=\"chart\" role=\"img\" height=\"62\" aria-label=\"");
    page_text(page, what, 100);
    page_add(page, ": ");
    page_scalar(page, observed, 60);
    if (b->has_low && b->low_text.size) {
        page_add(page, "; lowest accepted ");
        page_scalar(page, b->low_text, 60);
    }
    if (b->has_high) {
        page_add(page, "; highest accepted ");
        page_scalar(page, b->high_text, 60);
    }
    page_add(page, "%s\">", holds ? "; within" : "; outside");
}

static void range_band(struct page *page, const struct axis *axis, const struct plot_bounds *b)
{
    double from = b->has_low ? across(axis, b->low) : 0, to = b->has_high ? across(axis, b->high) : 100;

    page_add(page, "<rect class=\"band\" x=\"%.2f%%\" y=\"22\" width=\"%.2f%%\" height=\"18\"/>", from, fmax(to - from, 0.3));
    page_add(page, "<line class=\"axis\" x1=\"0%%\" x2=\"100%%\" y1=\"40\" y2=\"40\"/>");
    if (b->has_low) {
        page_add(page, "<line class=\"edge\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"22\" y2=\"44\"/>", from, from);
        if (b->low_text.size)
            letters(page, from, 57, anchor_before(from), "", "min ", b->low_text);
    }
    if (b->has_high) {
        page_add(page, "<line class=\"edge\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"22\" y2=\"44\"/>", to, to);
        letters(page, to, 57, anchor_after(to), "", "max ", b->high_text);
    }
}

void plot_range(struct page *page, const struct plot_bounds *bounds, double observed, struct span observed_text, const char *what)
{
    struct axis axis = range_axis(bounds, observed);
    bool holds = plot_bounds_hold(bounds, observed);
    double x = across(&axis, observed);

    range_label(page, bounds, observed_text, what, holds);
    range_band(page, &axis, bounds);
    /* a nested drawing, so that the mark's own shape is in pixels */
    page_add(page, "<svg x=\"%.2f%%\" y=\"31\" overflow=\"visible\"><path class=\"%s\" d=\"M0-7 7 0 0 7-7 0z\"/></svg>", x,
             holds ? "here" : "here-bad");
    letters(page, x, 13, x < 6 ? "start" : x > 94 ? "end" : "middle", " class=\"strong\"", "", observed_text);
    page_add(page, "</svg>");
}

/* --- histograms --- */

enum { TOP = 20, BASE = 132, HEIGHT = 152 };

static double edge(const struct plot_histogram *h, int32_t i)
{
    if (h->edges)
        return h->edges[i];
    return i == h->n ? h->high : h->low + i * ((h->high - h->low) / h->n);
}

/* A bound a little beyond the values is drawn too; one far beyond would squeeze them. */
static struct axis histogram_axis(const struct plot_histogram *h)
{
    struct axis axis = {edge(h, 0), edge(h, h->n)};
    double reach = (axis.high - axis.low) * 0.3;

    if (h->bounds.has_low && h->bounds.low < axis.low && axis.low - h->bounds.low <= reach)
        axis.low = h->bounds.low;
    if (h->bounds.has_high && h->bounds.high > axis.high && h->bounds.high - axis.high <= reach)
        axis.high = h->bounds.high;
    return axis;
}

static double largest(const struct plot_histogram *h)
{
    double most = 0;

    for (int32_t i = 0; i < h->n; i++) {
        most = fmax(most, h->bars[i]);
        most = h->reference ? fmax(most, h->reference[i]) : most;
    }
    return most;
}

/* A few values far from a great many would be too low to be seen. */
static bool needs_logarithm(const struct plot_histogram *h, double most)
{
    for (int32_t i = 0; i < h->n && !h->reference; i++)
        if (h->bars[i] > 0 && h->bars[i] * 400 < most)
            return true;
    return false;
}

static double height_of(double x, double most, bool is_logarithmic, int full)
{
    if (x <= 0 || most <= 0)
        return 0;
    return fmax(full * (is_logarithmic ? log1p(x) / log1p(most) : x / most), 1.5);
}

static void bars(struct page *page, const struct plot_histogram *h, const struct axis *axis, double most, bool is_logarithmic, int top,
                 int base)
{
    double gap = h->n > 20 ? 0.25 : 0.5;

    for (int32_t i = 0; i < h->n; i++) {
        double from = across(axis, edge(h, i)), to = across(axis, edge(h, i + 1));
        double height = height_of(h->bars[i], most, is_logarithmic, base - top);
        bool is_out = (h->bounds.has_low && edge(h, i + 1) <= h->bounds.low) ||
                      (h->bounds.has_high && edge(h, i) >= h->bounds.high && edge(h, i + 1) > h->bounds.high);

        if (height > 0)
            page_add(page, "<rect class=\"%s\" x=\"%.2f%%\" y=\"%.1f\" width=\"%.2f%%\" height=\"%.1f\"/>", is_out ? "s-out" : "s-bar", from,
                     base - height, fmax(to - from - gap, 0.3), height);
    }
}

/* The reference: a line of steps over the same bins. */
static void steps(struct page *page, const struct plot_histogram *h, const struct axis *axis, double most)
{
    double before = BASE;

    for (int32_t i = 0; i < h->n; i++) {
        double from = across(axis, edge(h, i)), to = across(axis, edge(h, i + 1));
        double y = BASE - height_of(h->reference[i], most, false, BASE - TOP);

        page_add(page, "<line class=\"step\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%.1f\" y2=\"%.1f\"/>", from, from, before, y);
        page_add(page, "<line class=\"step\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%.1f\" y2=\"%.1f\"/>", from, to, y, y);
        before = y;
    }
    page_add(page, "<line class=\"step\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%.1f\" y2=\"%d\"/>", across(axis, edge(h, h->n)),
             across(axis, edge(h, h->n)), before, BASE);
}

static void bound(struct page *page, const struct axis *axis, double x, struct span text, const char *word, bool is_low)
{
    double at = across(axis, x);

    if (x < axis->low || x > axis->high)
        return;
    page_add(page, "<line class=\"bound\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"16\" y2=\"%d\"/>", at, at, BASE);
    letters(page, at, 11, is_low ? anchor_before(at) : anchor_after(at), "", word, text);
}

static void histogram_label(struct page *page, const struct plot_histogram *h, double most)
{
    int32_t peak = 0;

    for (int32_t i = 1; i < h->n; i++)
        peak = h->bars[i] > h->bars[peak] ? i : peak;
    page_add(page, "<svg class=\"chart\" role=\"img\" height=\"%d\" aria-label=\"Histogram of ", HEIGHT);
    page_text(page, h->what, 100);
    page_add(page, ", %d bars from ", h->n);
    page_scalar(page, h->low_text, 60);
    page_add(page, " to ");
    page_scalar(page, h->high_text, 60);
    page_add(page, "; the highest, of %.6g, is bar %d%s\">", h->bars[peak], peak + 1, h->reference && most > 0 ? "; with a reference" : "");
}

bool plot_histogram(struct page *page, const struct plot_histogram *h)
{
    struct axis axis = histogram_axis(h);
    double most = largest(h);
    bool is_logarithmic = needs_logarithm(h, most);

    histogram_label(page, h, most);
    bars(page, h, &axis, most, is_logarithmic, TOP, BASE);
    if (h->reference)
        steps(page, h, &axis, most);
    page_add(page, "<line class=\"axis\" x1=\"0%%\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>", BASE, BASE);
    if (h->bounds.has_low)
        bound(page, &axis, h->bounds.low, h->bounds.low_text, "min ", true);
    if (h->bounds.has_high)
        bound(page, &axis, h->bounds.high, h->bounds.high_text, "max ", false);
    letters(page, across(&axis, edge(h, 0)), HEIGHT - 4, "start", "", "", h->low_text);
    letters(page, across(&axis, edge(h, h->n)), HEIGHT - 4, "end", "", "", h->high_text);
    page_add(page, "</svg>");
    return is_logarithmic;
}

void plot_spark(struct page *page, const struct plot_histogram *h)
{
    struct axis axis = {edge(h, 0), edge(h, h->n)};
    double most = largest(h);

    page_add(page, "<svg class=\"spark\" aria-hidden=\"true\" height=\"26\">");
    bars(page, h, &axis, most, needs_logarithm(h, most), 0, 25);
    page_add(page, "<line class=\"axis\" x1=\"0%%\" x2=\"100%%\" y1=\"25.5\" y2=\"25.5\"/></svg>");
}
