/* reports/plots.h -- drawings as inline SVG.
 *
 * Each is as wide as what it stands in: positions across are percentages, heights and letters are pixels, so that
 * letters keep their size on a phone. Each says in words what it shows (aria-label), and no colour carries what a position,
 * a pattern or a word does not carry too.
 */
#ifndef REPORTS_PLOTS_H
#define REPORTS_PLOTS_H

#include "reports/page.h"

/* Parts of a whole in one bar: "s-fail", "s-null" ... of the stylesheet. A part that is not 0 is never too thin to be seen. */
struct plot_part { double share; const char *style; };
enum plot_height { PLOT_THIN, PLOT_THICK };
void plot_parts(struct page *page, const struct plot_part *parts, int n, enum plot_height height);

/* Bounds as the suite wrote them, where they are numbers on the plot's axis. */
struct plot_bounds {
    bool has_low, has_high;
    double low, high;
    struct span low_text, high_text;
};
static inline bool plot_bounds_hold(const struct plot_bounds *b, double x)
{
    return (!b->has_low || x >= b->low) && (!b->has_high || x <= b->high);
}

/* One figure against its bounds on a line. */
void plot_range(struct page *page, const struct plot_bounds *bounds, double observed, struct span observed_text, const char *what);

struct plot_histogram {
    const char *what;          /* whose: a column's name */
    const double *bars;        /* n of them, at least 0 */
    const double *reference;   /* beside them, drawn as a line of steps; NULL: none */
    int32_t n;
    double low, high;          /* the outer edges */
    const double *edges;       /* n + 1, where not even; NULL */
    struct span low_text, high_text;
    struct plot_bounds bounds;
};
/* Draws; true where heights are logarithmic, which the caller's caption has to say. */
bool plot_histogram(struct page *page, const struct plot_histogram *h);
/* A histogram of a table's cell: no axis, no letters, hidden from screen readers. */
void plot_spark(struct page *page, const struct plot_histogram *h);

/* One bar, `share` of the width; with a reference, a second, hatched one below. For a cell of a table that has the numbers. */
void plot_bar(struct page *page, double share, const char *style);
void plot_bar_pair(struct page *page, double share, double reference);

#endif
