/* stats/knot_bounds.c -- what a thinned reference says of a test of order: between which figures it lies.
 *
 * In a stretch between two knots (stretches.h) it is known how many values of either side there are, not where: F - G, n m (F - G) being
 * whole numbers, lies between F_0 - G_1 and F_1 - G_0, F_0 and F_1 those at its ends. Where a stretch is one value wide all is known. So:
 *
 *     Wasserstein-1      the integral of |F - G|, its positive and its negative part lie between sums over stretches; by the exact sums of both
 *                        sides S = int (F - G) is known, so |S| <= W = S + 2 int (F - G)^- = 2 int (F - G)^+ - S as well
 *     Mann-Whitney       of the b c pairs of a stretch all or none may count
 *     Cramér-von Mises   T = nm/N^2 sum over all N values of (F* - G*)^2 - (n-m)^2 / (12 nmN) + ties, F* = (F(x) + F(x-)) / 2, where with
 *                        f, g the shares that have a value, and sums over values,
 *                        ties = nm/N^2 ((n sum f^3 + m sum g^3) / 12 - (n sum g f^2 + m sum f g^2) / 4) + (n^4 sum f^3 + m^4 sum g^3) / (12 nmN):
 *                        by sum f F*^2 = 1/3 - sum f^3 / 12 and sum f G*^2 + 2 g F* G* + g f^2 / 4 = 1 from the form by ranks
 *     Anderson-Darling   A2 = (N-1)/N nm sum over tied groups of l (F* - G*)^2 / (B (N - B) - N l / 4), B the group's mid-rank: the denominator
 *                        is concave in where the group begins and ends. In the tails |F* - G*| <= B / min(n, m), so its square over the
 *                        denominator is no more than |F* - G*| / (min(n, m) (N/2 - B))
 *     Welch's t          means and deviations are those of the exact sums: nothing is left open
 *     Levene's           with c where the median's stretch begins, sum |x - c| = sum (x - c) + 2 sum of (c - x)+: the first exact, the second between
 *                        sums over the stretches below (or above, whichever is closer). The median makes it least, and is less than that stretch
 *                        away; sum (x - median)^2 follows from the exact mean and deviation
 *
 * Bounds are computed in doubles and widened by 1e-12 of themselves, those of p by 1e-9.
 */
#include <math.h>

#include "stats/drift_tests.h"
#include "stats/order_key.h"
#include "stats/stretches.h"

static const double slack = 1e-12, p_slack = 1e-9;

struct interval { double low, high; };

static double largest(double a, double b) { return a > b ? a : b; }
static double least(double a, double b) { return a < b ? a : b; }

static struct interval narrowed(struct interval x, double low, double high)
{
    return (struct interval){largest(x.low, low), least(x.high, high)};
}

static struct interval square_of(struct interval x)
{
    double a = x.low * x.low, b = x.high * x.high;

    return (struct interval){x.low <= 0 && x.high >= 0 ? 0 : least(a, b), largest(a, b)};
}

/* --- stretches with what is below them --- */

struct walk {
    struct ks_stretches s;
    int64_t i, n, m;
    int64_t below, reference_below; /* of the stretch at hand */
    struct stretch at;
    struct interval gap;            /* F - G within it; where it is single: F* - G* */
    double behind;                  /* F - G at its end */
};

static void walk_init(struct walk *w, const struct samples *samples)
{
    *w = (struct walk){.i = -1};
    ks_stretches(samples->counted, &w->s);
    w->n = w->s.n_batch;
    w->m = w->s.of->counts.n_values;
}

/* F - G where so many are below, correctly but for two roundings. */
static double difference(const struct walk *w, int64_t below, int64_t reference)
{
    return (double)((int128)below * w->m - (int128)reference * w->n) / (double)w->n / (double)w->m;
}

static bool walk_next(struct walk *w)
{
    int64_t next, next_reference;

    w->below += w->at.observed;
    w->reference_below += w->at.reference;
    if (++w->i >= w->s.n)
        return false;
    w->at = stretch_at(&w->s, w->i);
    next = w->below + w->at.observed;
    next_reference = w->reference_below + w->at.reference;
    w->behind = difference(w, next, next_reference);
    if (w->at.is_single)
        w->gap.low = w->gap.high = (difference(w, w->below, w->reference_below) + w->behind) / 2;
    else
        w->gap = (struct interval){difference(w, w->below, next_reference), difference(w, next, w->reference_below)};
    return true;
}

/* --- figures --- */

static const struct drift_figures nothing = {.p_value = NAN, .degrees_of_freedom = NAN, .degrees_of_freedom_below = NAN, .other = NAN,
                                             .n_pooled = -1};

static double lowered(double x) { return x - fabs(x) * slack; }
static double raised(double x) { return x + fabs(x) * slack; }

static void set_effect(struct drift_figures *out, struct interval x)
{
    out->effect = largest(0, lowered(x.low));
    out->most = raised(x.high);
}

static void set_statistic(struct drift_figures *out, struct interval x)
{
    out->statistic = lowered(x.low);
    out->statistic_most = raised(x.high);
}

static void set_p(struct drift_figures *out, const char *method, double low, double high)
{
    out->p_method = method;
    out->p_least = low * (1 - p_slack);
    out->p_value = least(1, high * (1 + p_slack));
}

/* --- Wasserstein --- */

/* The number of `to` less that of `from`, in units of the lane. */
static double span_between(struct type as, uint64_t from, uint64_t to)
{
    return type_lane(as) == LANE_F64 ? order_number(as, to) - order_number(as, from) : to >= from ? (double)(to - from) : -(double)(from - to);
}

/* From where the stretch begins to where the next one does: F - G in between is what it is in the stretch, behind its value. */
static double width_of(const struct walk *w)
{
    bool is_last = w->i + 1 == w->s.n;

    return span_between(w->s.of->as, w->at.first, is_last ? w->at.last : w->s.of->keys[w->i]);
}

/* int (F - G), exact but for one rounding: the difference of the means. */
static bool signed_distance(const struct walk *w, double *out)
{
    struct key_sums reference;
    struct exact_sum sum = {0};

    if (!w->s.has_totals || !ordered_sums(w->s.of, &reference))
        return false;
    exact_add_times(&sum, &reference.sum, w->n);
    exact_add_times(&sum, &w->s.totals->sum, -w->m);
    *out = exact_over(&sum, w->n, w->m);
    return true;
}

static struct interval distance_between(const struct samples *samples)
{
    struct interval all = {0, 0}, plus = {0, 0}, minus = {0, 0};
    struct walk w;
    double s;

    walk_init(&w, samples);
    while (walk_next(&w)) {
        struct interval d = w.at.is_single ? (struct interval){w.behind, w.behind} : w.gap;
        double width = d.low == 0 && d.high == 0 ? 0 : width_of(&w);

        plus.low += width * largest(0, d.low);
        plus.high += width * largest(0, d.high);
        minus.low += width * largest(0, -d.high);
        minus.high += width * largest(0, -d.low);
        all.low += width * largest(0, largest(d.low, -d.high));
        all.high += width * largest(fabs(d.low), fabs(d.high));
    }
    if (!signed_distance(&w, &s))
        return all;
    all = narrowed(all, fabs(s), INFINITY);
    all = narrowed(all, s + 2 * minus.low, s + 2 * minus.high);
    return narrowed(all, 2 * plus.low - s, 2 * plus.high - s);
}

bool bounds_wasserstein(const struct samples *samples, struct drift_figures *out)
{
    struct interval d = distance_between(samples);
    double unit = order_unit(ordered_order(samples->reference));

    *out = nothing;
    d = (struct interval){d.low / unit, d.high / unit};
    set_effect(out, d);
    set_statistic(out, d);
    out->p_least = NAN;
    return true;
}

bool bounds_wasserstein_normed(const struct samples *samples, struct drift_figures *out)
{
    double deviation = ordered_stdev(samples->reference) / order_unit(ordered_order(samples->reference));

    if (!bounds_wasserstein(samples, out) || !(deviation > 0))
        return false;
    out->statistic /= deviation;
    out->statistic_most /= deviation;
    out->effect /= deviation;
    out->most /= deviation;
    return true;
}

/* --- Mann-Whitney --- */

static double cube_less_itself(int64_t t)
{
    return (double)(((int128)t * t - 1) * t);
}

bool bounds_mann_whitney(const struct samples *samples, struct drift_figures *out)
{
    int128 low = 0, high = 0, pairs; /* twice U */
    double ties[2] = {0, 0}, u[3], p_low = 1, p_high = 0;
    struct interval centred;
    struct walk w;

    walk_init(&w, samples);
    while (walk_next(&w)) {
        int128 below = 2 * (int128)w.at.observed * w.reference_below, within = (int128)w.at.observed * w.at.reference;
        double tied = cube_less_itself(w.at.observed + w.at.reference);

        low += below + (w.at.is_single ? within : 0);
        high += below + (w.at.is_single ? within : 2 * within);
        ties[0] += w.at.is_single ? tied : 0;
        ties[1] += tied;
    }
    *out = nothing;
    pairs = (int128)w.n * w.m;
    u[0] = (double)low / 2;
    u[1] = (double)high / 2;
    u[2] = low < pairs && high > pairs ? (double)pairs / 2 : u[0]; /* where both sides are even p is largest */
    for (int i = 0; i < 6; i++) {
        struct mann_whitney r = {.n = w.n, .m = w.m, .u = u[i % 3], .u_other = (double)pairs - u[i % 3], .ties = ties[i / 3]};
        double p = mann_whitney_p(&r, samples->side, true);

        p_low = least(p_low, p);
        p_high = largest(p_high, p);
    }
    centred = (struct interval){(double)(low - pairs) / (double)pairs, (double)(high - pairs) / (double)pairs};
    set_effect(out, (struct interval){low <= pairs && high >= pairs ? 0 : least(fabs(centred.low), fabs(centred.high)),
                                      largest(fabs(centred.low), fabs(centred.high))});
    out->statistic = u[0]; /* whole or half numbers: nothing to widen */
    out->statistic_most = u[1];
    set_p(out, "asymptotic", p_low, p_high);
    return true;
}

/* --- Cramér-von Mises --- */

/* Sums over values: f^3, g^3, g f^2, f g^2. */
struct tie_sums { double fff, ggg, gff, fgg; };

static void add_ties(const struct walk *w, struct tie_sums *low, struct tie_sums *high)
{
    double n = (double)w->n, m = (double)w->m, f = (double)w->at.observed / n, g = (double)w->at.reference / m;

    high->fff += f * f * f;
    high->ggg += g * g * g;
    high->gff += g * f * f;
    high->fgg += f * g * g;
    low->fff += w->at.is_single ? f * f * f : f / (n * n);
    low->ggg += w->at.is_single ? g * g * g : g / (m * m);
    low->gff += w->at.is_single ? g * f * f : 0;
    low->fgg += w->at.is_single ? f * g * g : 0;
}

/* What they add to T; `same` are those of one side, `other` the mixed ones, which take away. */
static double part_of_ties(double n, double m, const struct tie_sums *same, const struct tie_sums *other)
{
    double all = n + m, k = n * m;

    return k / all / all * ((n * same->fff + m * same->ggg) / 12 - (n * other->gff + m * other->fgg) / 4) +
           (n * n * n * n * same->fff + m * m * m * m * same->ggg) / (12 * k * all);
}

bool bounds_cramer_von_mises(const struct samples *samples, struct drift_figures *out)
{
    struct tie_sums low = {0}, high = {0};
    struct interval squares = {0, 0}, t;
    double n, m, all;
    struct walk w;

    walk_init(&w, samples);
    while (walk_next(&w)) {
        struct interval square = square_of(w.gap);
        double values = (double)(w.at.observed + w.at.reference);

        squares.low += values * square.low;
        squares.high += values * square.high;
        add_ties(&w, &low, &high);
    }
    n = (double)w.n;
    m = (double)w.m;
    all = n + m;
    t.low = n * m / all / all * squares.low - (n - m) * (n - m) / (12 * n * m * all) + part_of_ties(n, m, &low, &high);
    t.high = n * m / all / all * squares.high - (n - m) * (n - m) / (12 * n * m * all) + part_of_ties(n, m, &high, &low);
    *out = nothing;
    set_statistic(out, t);
    set_effect(out, (struct interval){sqrt(squares.low / all), sqrt(squares.high / all)});
    set_p(out, "asymptotic", cramer_von_mises_p(out->statistic_most, w.n, w.m), cramer_von_mises_p(out->statistic, w.n, w.m));
    return true;
}

/* --- Anderson-Darling --- */

/* B (N - B) - N l / 4 of a tied group that begins behind `from` values and ends at `to`. */
static double spread_of(double all, double from, double to)
{
    double middle = (from + to) / 2;

    return middle * (all - middle) - all * (to - from) / 4;
}

static double least_spread(double all, double from, double to)
{
    return least(spread_of(all, from, to), least(spread_of(all, from, from + 1), spread_of(all, to - 1, to)));
}

static double largest_spread(double all, double from, double to)
{
    double middle = from + 0.5 > all / 2 ? from + 0.5 : to - 0.5 < all / 2 ? to - 0.5 : all / 2;

    return middle * (all - middle) - all / 4;
}

/* The stretch's part of the sum. */
static struct interval weighed_square(const struct walk *w)
{
    double values = (double)(w->at.observed + w->at.reference), from = (double)(w->below + w->reference_below), to = from + values;
    double all = (double)w->n + (double)w->m, smaller = (double)(w->n < w->m ? w->n : w->m), farthest = largest(fabs(w->gap.low), fabs(w->gap.high));
    struct interval square = square_of(w->gap), out;
    double spread;

    if (values == 0)
        return (struct interval){0, 0};
    if (w->at.is_single) {
        spread = spread_of(all, from, to);
        out.low = out.high = spread > 0 ? values * square.low / spread : 0;
        return out;
    }
    spread = least_spread(all, from, to);
    out.high = spread > 0 ? values * square.high / spread : INFINITY;
    if (to - 0.5 < all / 2)
        out.high = least(out.high, values * farthest / (smaller * (all / 2 - (to - 0.5))));
    if (from + 0.5 > all / 2)
        out.high = least(out.high, values * farthest / (smaller * (from + 0.5 - all / 2)));
    out.low = values * square.low / largest_spread(all, from, to);
    return out;
}

bool bounds_anderson_darling(const struct samples *samples, struct drift_figures *out)
{
    struct interval sum = {0, 0};
    double n, m, scale, deviation;
    struct walk w;

    walk_init(&w, samples);
    while (walk_next(&w)) {
        struct interval part = weighed_square(&w);

        sum.low += part.low;
        sum.high += part.high;
    }
    n = (double)w.n;
    m = (double)w.m;
    scale = (n + m - 1) / (n + m) * n * m;
    deviation = anderson_darling_deviation((double[]){n, m}, 2);
    *out = nothing;
    set_statistic(out, (struct interval){(lowered(sum.low * scale) - 1) / deviation, (raised(sum.high * scale) - 1) / deviation});
    set_effect(out, (struct interval){sqrt(sum.low * scale * (1 / n + 1 / m)), sqrt(sum.high * scale * (1 / n + 1 / m))});
    out->p_method = "table";
    out->p_least = anderson_darling_p(out->statistic_most, 2);
    out->p_value = anderson_darling_p(out->statistic, 2);
    return true;
}

/* --- Welch, Levene --- */

static bool spreads_of(const struct walk *w, struct spread *batch, struct spread *reference)
{
    struct key_sums sums;

    if (!w->s.has_totals || w->n < 2 || w->m < 2 || !ordered_sums(w->s.of, &sums))
        return false;
    *batch = (struct spread){w->n, key_sums_mean(w->s.totals, w->n), key_sums_variance(w->s.totals, w->n)};
    *reference = (struct spread){w->m, key_sums_mean(&sums, w->m), key_sums_variance(&sums, w->m)};
    return true;
}

bool bounds_welch(const struct samples *samples, struct drift_figures *out)
{
    struct spread batch, reference;
    struct walk w;

    walk_init(&w, samples);
    return spreads_of(&w, &batch, &reference) && welch_of(&batch, &reference, samples->side, out) == NULL;
}

/* The stretch that holds the value of a rank. */
static int64_t stretch_of_rank(const struct ks_stretches *s, bool is_batch, int64_t rank)
{
    int64_t below = 0;

    for (int64_t i = 0; i < s->n; i++) {
        struct stretch x = stretch_at(s, i);

        below += is_batch ? x.observed : x.reference;
        if (below > rank)
            return i;
    }
    return s->n - 1;
}

/* Distances from c, in units of the lane, and where the median is from it. */
struct around { struct interval below, above, offset; double imbalance; };

/* c is where the stretch begins that holds the (upper) median. */
static struct around around_median(const struct ks_stretches *s, bool is_batch, int64_t n)
{
    int64_t lower = stretch_of_rank(s, is_batch, (n - 1) / 2), upper = stretch_of_rank(s, is_batch, n / 2), before = 0, at = 0;
    struct stretch middle = stretch_at(s, upper), first = stretch_at(s, lower);
    struct around a = {{0, 0}, {0, 0}, {0, 0}, 0};
    struct type as = s->of->as;

    for (int64_t i = 0; i < s->n; i++) {
        struct stretch x = stretch_at(s, i);
        int64_t count = is_batch ? x.observed : x.reference;

        if (count == 0)
            continue;
        if (i < upper) {
            before += count;
            a.below.low += (double)count * span_between(as, x.last, middle.first);
            a.below.high += (double)count * span_between(as, x.first, middle.first);
        } else {
            at = i == upper ? count : at;
            a.above.low += (double)count * span_between(as, middle.first, x.first);
            a.above.high += (double)count * span_between(as, middle.first, x.last);
        }
    }
    a.offset.high = span_between(as, middle.first, middle.last);
    if (lower < upper) { /* between the two middle values the sum of distances is the same everywhere */
        a.offset = (struct interval){-span_between(as, first.first, middle.first) / 2, a.offset.high / 2};
        return a;
    }
    a.imbalance = largest(fabs((double)(n - 2 * before)), fabs((double)(2 * (before + at) - n)));
    return a;
}

/* Mean and sample variance of the distances from the median. */
static void distances_of(const struct ks_stretches *s, bool is_batch, const struct spread *spread, struct interval *mean, struct interval *variance)
{
    struct around a = around_median(s, is_batch, spread->n);
    uint64_t c = stretch_at(s, stretch_of_rank(s, is_batch, spread->n / 2)).first;
    double n = (double)spread->n, from_c = spread->mean - order_number(s->of->as, c), unsure = slack * (fabs(spread->mean) + fabs(from_c));
    struct interval sum = {a.below.low + a.above.low, a.below.high + a.above.high}, off, squares;

    sum = narrowed(sum, n * (from_c - unsure) + 2 * a.below.low, n * (from_c + unsure) + 2 * a.below.high);
    sum = narrowed(sum, 2 * a.above.low - n * (from_c + unsure), 2 * a.above.high - n * (from_c - unsure));
    *mean = (struct interval){largest(0, (sum.low - a.imbalance * a.offset.high) / n), sum.high / n};
    off = square_of((struct interval){from_c - unsure - a.offset.high, from_c + unsure - a.offset.low});
    squares = (struct interval){(n - 1) * spread->variance + n * off.low, (n - 1) * spread->variance + n * off.high};
    variance->low = largest(0, (squares.low - n * mean->high * mean->high) / (n - 1));
    variance->high = least(spread->variance, (squares.high - n * mean->low * mean->low) / (n - 1));
}

bool bounds_levene(const struct samples *samples, struct drift_figures *out)
{
    struct interval x, y, xs, ys, apart, within;
    struct spread batch, reference;
    struct levene low, high;
    struct walk w;
    double n, m;

    walk_init(&w, samples);
    if (!spreads_of(&w, &batch, &reference))
        return false;
    distances_of(&w.s, true, &batch, &x, &xs);
    distances_of(&w.s, false, &reference, &y, &ys);
    n = (double)w.n;
    m = (double)w.m;
    within = (struct interval){((n - 1) * lowered(xs.low) + (m - 1) * lowered(ys.low)) / (n + m - 2),
                               ((n - 1) * raised(xs.high) + (m - 1) * raised(ys.high)) / (n + m - 2)};
    apart.low = largest(0, largest(lowered(x.low) - raised(y.high), lowered(y.low) - raised(x.high)));
    apart.high = largest(raised(x.high) - lowered(y.low), raised(y.high) - lowered(x.low));
    levene_of(apart.low, within.high, w.n, w.m, &low);
    levene_of(apart.high, within.low, w.n, w.m, &high);
    *out = nothing;
    set_effect(out, (struct interval){low.d, high.d});
    set_statistic(out, (struct interval){low.statistic, high.statistic});
    set_p(out, "f", high.p, low.p);
    out->degrees_of_freedom = 1;
    out->degrees_of_freedom_below = n + m - 2;
    return true;
}

/* --- deciding --- */

bool drift_decides(const struct ks_params *limits, const struct drift_figures *f)
{
    double most = isnan(f->most) ? f->effect : f->most, statistic_most = isnan(f->statistic_most) ? f->statistic : f->statistic_most;
    double p_least = isnan(f->p_least) ? f->p_value : f->p_least;
    bool fails = f->effect > limits->max_effect || f->p_value < limits->p_value || f->statistic > limits->max_statistic;
    bool may_fail = most > limits->max_effect || p_least < limits->p_value || statistic_most > limits->max_statistic;

    return fails || !may_fail;
}
