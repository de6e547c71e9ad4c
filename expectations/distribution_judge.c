/* expectations/distribution_judge.c -- matches_distribution: from the states of both sides to a verdict, its figures and its drawing. */
#include "expectations/distribution.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"

enum { CATEGORIES_SHOWN = 20, BINS_OF_SHARES = 10, BINS_OF_LAW = 30 };

/* What a test comes to. */
struct outcome {
    const struct drift_test *test; /* NULL: the finding was decided without */
    struct drift_figures figures;
    struct value moved_most;
    int64_t n, n_reference;        /* -1: no reference of data */
    struct node *observed;         /* what is shown beside these */
    struct node *distribution;
};

/* --- reasons --- */

/* A verdict with a reason; without memory for it there is no verdict. */
static enum status decide_because(struct finding *out, const struct seen *seen, enum verdict verdict, struct error *err,
                                  const char *format, ...) __attribute__((format(printf, 5, 6)));

static enum status decide_because(struct finding *out, const struct seen *seen, enum verdict verdict, struct error *err,
                                  const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    out->verdict = verdict;
    out->reason = arena_text(seen->arena, text, strlen(text));
    return out->reason ? STATUS_OK : error_no_memory(err);
}

/* Is the reference such that it can be compared with? Else `out` is decided. */
static enum status judge_reference(const struct planned *p, const struct seen *seen, const struct moments_counts *batch,
                                   const struct moments_counts *r, bool *is_usable, struct finding *out, struct error *err)
{
    const struct distribution *d = p->check->params;
    const struct pairing *c = p->extra;

    if (r->n_malformed > 0)
        return decide_because(out, seen, VERDICT_NOT_EVALUATED, err, "%lld of %lld values of the reference are not of the column's type",
                              (long long)r->n_malformed, (long long)(r->n_rows - r->n_nulls));
    if (r->n_nans > 0 && p->check->nan == NAN_FAIL)
        return decide_because(out, seen, VERDICT_NOT_EVALUATED, err,
                              "%lld of %lld values of the reference are NaN (nan: ignore leaves them out)", (long long)r->n_nans,
                              (long long)(r->n_rows - r->n_nulls));
    if (r->n_infinite > 0 && (c->test->flags & DRIFT_FINITE))
        return decide_because(out, seen, VERDICT_NOT_EVALUATED, err, "%lld of %lld values of the reference are infinite: %s has no answer",
                              (long long)r->n_infinite, (long long)r->n_values, c->test->name);
    if (batch->n_values < d->min_samples || r->n_values < d->min_samples)
        return decide_because(out, seen, VERDICT_NOT_EVALUATED, err,
                              "too few values to compare: %lld in the batch, %lld in the reference, min_samples is %lld",
                              (long long)batch->n_values, (long long)r->n_values, (long long)d->min_samples);
    *is_usable = true;
    return STATUS_OK;
}

/* Enough values on both sides, of a kind that the test can take? Else `out` is decided. reference NULL: there is none. */
static enum status judge_samples(const struct planned *p, const struct seen *seen, const struct moments_counts *batch,
                                 const struct moments_counts *reference, bool *are_enough, struct finding *out, struct error *err)
{
    const struct distribution *d = p->check->params;
    const struct pairing *c = p->extra;
    struct moments_counts finite = *batch;
    bool has_values;

    *are_enough = false;
    finite.n_infinite = 0; /* infinities are values like others */
    has_values = judge_has_values(p, seen, &finite, out);
    out->has_observed = false;
    if (!has_values)
        return STATUS_OK;
    if (batch->n_infinite > 0 && (c->test->flags & DRIFT_FINITE))
        return decide_because(out, seen, VERDICT_FAIL, err, "%lld of %lld values %s infinite: %s has no answer", (long long)batch->n_infinite,
                              (long long)batch->n_values, batch->n_infinite == 1 ? "is" : "are", c->test->name);
    if (reference)
        return judge_reference(p, seen, batch, reference, are_enough, out, err);
    if (batch->n_values < d->min_samples)
        return decide_because(out, seen, VERDICT_NOT_EVALUATED, err, "too few values to compare: %lld, min_samples is %lld",
                              (long long)batch->n_values, (long long)d->min_samples);
    *are_enough = true;
    return STATUS_OK;
}

/* --- its age --- */

enum { SECONDS_A_DAY = 86400 };

static int64_t reference_age(const struct reference_facts *facts, const struct seen *seen)
{
    int64_t made = facts->made_nanos / 1000000000;

    return seen->time && seen->time->now_seconds > made ? seen->time->now_seconds - made : 0;
}

enum status distribution_judge_age(const struct reference_facts *facts, const struct literal *max_age, const struct seen *seen,
                                   struct finding *out, struct error *err)
{
    char age[CLOCK_TEXT_SIZE];
    int64_t most;
    int32_t nanos;

    if (out->verdict != VERDICT_PASS || !max_age->is_set || facts->made_nanos == 0 ||
        !clock_parse_duration(max_age->text, &most, &nanos) || reference_age(facts, seen) <= most)
        return STATUS_OK;
    clock_print_duration(reference_age(facts, seen), age);
    out->fails_as_warning = true;
    return decide_because(out, seen, VERDICT_FAIL, err, "the reference is %s old (%s %s), max_age is %.*s; make it again", age,
                          facts->is_saved ? "saved" : "written", facts->made, (int)max_age->text.size, (const char *)max_age->text.at);
}

/* --- what is shown --- */

static struct node *number(struct arena *arena, double x)
{
    struct value v = value_double(x);

    return node_value(arena, &v);
}

static struct node *share(struct arena *arena, int64_t part, int64_t whole)
{
    return number(arena, (double)part / (double)whole);
}

static void set_value(struct arena *arena, struct node *map, const char *key, struct value x)
{
    node_set(arena, map, key, node_value(arena, &x));
}

struct chart { struct node *map, *labels, *observed, *reference; };

/* `names` is "labels" or "edges". */
static struct chart chart_of(struct arena *arena, const char *kind, const char *names)
{
    struct chart s = {node_map(arena), node_list(arena), node_list(arena), node_list(arena)};

    node_set(arena, s.map, "kind", node_text(arena, span_text(kind)));
    node_set(arena, s.map, names, s.labels);
    node_set(arena, s.map, "observed", s.observed);
    node_set(arena, s.map, "reference", s.reference);
    return s;
}

/* The map, or NULL where some of it could not be kept. */
static struct node *chart_done(const struct chart *s, int32_t n_names, int32_t n)
{
    bool is_whole = s->map && s->labels && s->observed && s->reference && s->map->n_children == 4 &&
                    s->labels->n_children == n_names && s->observed->n_children == n && s->reference->n_children == n;

    return is_whole ? s->map : NULL;
}

static struct node *bins_shown(struct arena *arena, const struct ks_bins *bins, int64_t n, int64_t n_reference)
{
    struct chart s = chart_of(arena, "histogram", "edges");

    for (int32_t b = 0; b <= bins->n; b++)
        node_add(s.labels, node_value(arena, &bins->edges[b]));
    for (int32_t b = 0; b < bins->n; b++) {
        node_add(s.observed, share(arena, bins->observed[b], n));
        node_add(s.reference, share(arena, bins->reference[b], n_reference));
    }
    return chart_done(&s, bins->n + 1, bins->n);
}

static double reference_share(const struct shares *s, int32_t i)
{
    return s->given ? s->given[i] : (double)s->at[i].reference / (double)s->reference;
}

static struct node *categories_shown(const struct shares *s)
{
    struct chart chart = chart_of(s->arena, "categories", "labels");
    int32_t n = s->n;
    double rest_reference = 0;
    int64_t rest = 0;

    for (int32_t i = 0; i < n; i++) {
        if (i >= CATEGORIES_SHOWN) {
            rest += s->at[i].observed;
            rest_reference += s->given ? s->given[i] : (double)s->at[i].reference;
            continue;
        }
        node_add(chart.labels, node_value(s->arena, &s->at[i].value));
        node_add(chart.observed, share(s->arena, s->at[i].observed, s->observed));
        node_add(chart.reference, number(s->arena, reference_share(s, i)));
    }
    if (n > CATEGORIES_SHOWN) {
        node_add(chart.labels, node_text(s->arena, span_text("(others)")));
        node_add(chart.observed, share(s->arena, rest, s->observed));
        node_add(chart.reference, number(s->arena, s->given ? rest_reference : rest_reference / (double)s->reference));
    }
    n = n > CATEGORIES_SHOWN ? CATEGORIES_SHOWN + 1 : n;
    return chart_done(&chart, n, n);
}

/* Is it a category that the other side has none of? */
static bool is_new(const struct shares *s, int32_t i)
{
    return s->at[i].observed > 0 && !(reference_share(s, i) > 0);
}

/* Their number, and the most frequent by value and count. false: no memory. */
static bool show_new(const struct shares *s, struct node *observed)
{
    struct node *list = node_list(s->arena);
    int32_t n_new = 0, shown = 0;

    for (int32_t i = 0; i < s->n; i++)
        n_new += is_new(s, i);
    set_value(s->arena, observed, "new_category_count", value_int(n_new));
    if (n_new == 0)
        return node_find(observed, "new_category_count") != NULL;
    for (int32_t i = 0; i < s->n && shown < CATEGORIES_SHOWN; i++) {
        struct node *one;

        if (!is_new(s, i))
            continue;
        one = node_map(s->arena);
        node_set(s->arena, one, "value", node_value(s->arena, &s->at[i].value));
        set_value(s->arena, one, "count", value_int(s->at[i].observed));
        if (!one || one->n_children != 2)
            return false;
        node_add(list, one);
        shown++;
    }
    node_set(s->arena, observed, "new_categories", list);
    return list && list->n_children == shown;
}

/* --- values in order --- */

/* A test whose reference leaves its verdict open, and whose data cannot be had. */
static enum status leave_open(const struct planned *p, const struct seen *seen, const struct drift_figures *f, struct finding *out,
                              struct error *err)
{
    const struct pairing *c = p->extra;
    const char *why = seen->reference_trouble ? seen->reference_trouble(seen->context, c->state) : NULL;
    char bounds[160] = "";

    if (f)
        snprintf(bounds, sizeof bounds, " (%s is between %.6g and %.6g)", c->test->effect_title, f->effect, isnan(f->most) ? f->effect : f->most);
    return decide_because(out, seen, VERDICT_NOT_EVALUATED, err,
                          "the saved reference leaves it open%s, and its data cannot be read again (%.250s): put it "
                          "back, or make the reference again",
                          bounds, why ? why : "not looked for");
}

/* What the test says, or why it does not. */
static enum status take_figures(const char *unsure, struct outcome *o, const struct drift_test *test, const struct seen *seen,
                                struct finding *out, struct error *err)
{
    if (o->figures.no_memory)
        return error_no_memory(err);
    if (unsure)
        return decide_because(out, seen, VERDICT_NOT_EVALUATED, err, "%s", unsure);
    o->test = test;
    return STATUS_OK;
}

/* Most frequent first, as category_drift wants them; of equals the first. */
static int by_frequency(const void *a, const void *b)
{
    const struct category *x = a, *y = b;
    int64_t m = x->observed + x->reference, n = y->observed + y->reference;

    return m != n ? (m > n ? -1 : 1) : (x->low > y->low) - (x->low < y->low);
}

static int32_t most_moved(const struct shares *s)
{
    double most = -1;
    int32_t at = 0;

    for (int32_t i = 0; i < s->n; i++) {
        double change = fabs((double)s->at[i].observed / (double)s->observed - reference_share(s, i));

        if (change > most) {
            most = change;
            at = i;
        }
    }
    return at;
}

/* A test of shares on numbers: in bins that hold equal shares of the reference. */
static enum status judge_bins(const struct planned *p, const struct seen *seen, const void *counted, struct shares *s,
                              struct outcome *o, struct finding *out, struct error *err)
{
    const struct distribution *d = p->check->params;
    const struct drift_test *test = ((const struct pairing *)p->extra)->test;
    struct category *c;
    struct ks_bins bins;

    if (!ks_ranked_bins(counted, d->has_bins ? (int32_t)d->bins : BINS_OF_SHARES, seen->arena, &bins))
        return error_no_memory(err);
    c = arena_array(seen->arena, (size_t)bins.n + 1, sizeof *c);
    if (!c)
        return error_no_memory(err);
    for (int32_t b = 0; b < bins.n; b++)
        c[b] = (struct category){.value = bins.edges[b], .observed = bins.observed[b], .reference = bins.reference[b], .low = (uint64_t)b};
    s->at = c;
    s->n = bins.n;
    if (test->flags & DRIFT_POOLS)
        qsort(c, (size_t)bins.n, sizeof *c, by_frequency);
    o->moved_most = c[most_moved(s)].value;
    o->distribution = bins_shown(seen->arena, &bins, s->observed, s->reference);
    set_value(seen->arena, o->observed, "bins", value_int(bins.n));
    return take_figures(test->share(s, &o->figures), o, test, seen, out, err);
}

/* What a saved reference's knots say, where they say enough; else its data were looked for in vain. */
static enum status judge_bounds(const struct planned *p, const struct seen *seen, const struct samples *samples, struct outcome *o,
                                struct finding *out, struct error *err)
{
    const struct pairing *c = p->extra;
    bool is_known = c->test->bounds(samples, &o->figures);

    if (!is_known || !c->limits || !drift_decides(c->limits, &o->figures))
        return leave_open(p, seen, is_known ? &o->figures : NULL, out, err);
    return take_figures(NULL, o, c->test, seen, out, err);
}

/* The values one by one, wherever they were kept. */
static void find_values(const struct planned *p, const struct seen *seen, struct samples *samples)
{
    const void *batch, *reference;

    ks_collected(samples->counted, &batch, &reference);
    if (p->n_requests > REQUEST_VALUES)
        samples->batch = seen->state(seen->context, p->requests[REQUEST_VALUES]);
    if (batch)
        samples->batch = batch;
    if (reference)
        samples->reference = reference;
}

static enum status judge_order(const struct planned *p, const struct seen *seen, const void *reference, struct outcome *o,
                               struct finding *out, struct error *err)
{
    const struct distribution *d = p->check->params;
    const struct pairing *c = p->extra;
    const struct drift_test *test = c->test;
    const void *counted = seen->state(seen->context, p->requests[REQUEST_COUNTS]);
    struct shares shares = {.observed = ks_counts(counted).n_values, .reference = ordered_counts(reference).n_values,
                            .floor = d->floor, .is_natural = d->base != 0, .arena = seen->arena};
    struct samples samples = {.counted = counted, .reference = reference, .side = (enum ks_side)d->alternative};
    struct ks_result r;
    struct ks_bins bins;

    o->n = shares.observed;
    o->n_reference = shares.reference;
    if (!(test->flags & DRIFT_OF_ORDER))
        return judge_bins(p, seen, counted, &shares, o, out, err);
    if (!ks_result(counted, &r))
        return error_set(err, STATUS_INTERNAL, "a test of order without values");
    if (!ks_histogram(counted, seen->arena, &bins))
        return error_no_memory(err);
    o->moved_most = r.farthest;
    o->distribution = bins_shown(seen->arena, &bins, r.n, r.n_reference);
    if (ks_is_bounded(counted))
        return judge_bounds(p, seen, &samples, o, out, err);
    find_values(p, seen, &samples);
    return take_figures(test->order(&samples, &o->figures), o, test, seen, out, err);
}

/* --- against a law --- */

static struct node *law_shown(const struct planned *p, const struct seen *seen, const void *values)
{
    const struct distribution *d = p->check->params;
    struct chart s = chart_of(seen->arena, "histogram", "edges");
    struct ordered_bins bins;
    double before = 0;

    if (!ordered_histogram(values, BINS_OF_LAW, seen->arena, &bins))
        return NULL;
    for (int32_t b = 0; b <= bins.n; b++)
        node_add(s.labels, node_value(seen->arena, &bins.edges[b]));
    for (int32_t b = 0; b < bins.n; b++) {
        double until = b + 1 < bins.n ? law_cdf(d->law, d->parameters, bins.starts[b + 1]) : 1;

        node_add(s.observed, share(seen->arena, bins.counts[b], ordered_counts(values).n_values));
        node_add(s.reference, number(seen->arena, until - before));
        before = until;
    }
    return chart_done(&s, bins.n + 1, bins.n);
}

static enum status judge_law(const struct planned *p, const struct seen *seen, struct outcome *o, struct finding *out, struct error *err)
{
    const struct distribution *d = p->check->params;
    const struct drift_test *test = ((const struct pairing *)p->extra)->test;
    const void *values = seen->state(seen->context, p->requests[REQUEST_COUNTS]);
    struct samples samples = {.batch = values, .law = d->law, .parameters = d->parameters, .side = (enum ks_side)d->alternative};
    double greater, less;

    o->n = ordered_counts(values).n_values;
    o->n_reference = -1;
    ks_one_sample(values, d->law, d->parameters, &greater, &less, &o->moved_most);
    o->distribution = law_shown(p, seen, values);
    return take_figures(test->order(&samples, &o->figures), o, test, seen, out, err);
}

/* --- categories --- */

/* The column's categories beside the given shares: those that were given, then the rest, which have none. */
static enum status take_given(const struct distribution *d, const void *batch, struct shares *s, bool *is_known, struct error *err)
{
    const struct top_value *top;
    struct category *c;
    double *given;
    int32_t n;

    if (!frequencies_top(batch, s->arena, 0, &top, &n, is_known))
        return error_no_memory(err);
    if (!*is_known)
        return STATUS_OK;
    c = arena_array(s->arena, (size_t)(n + d->n_probabilities) + 1, sizeof *c);
    given = arena_array(s->arena, (size_t)(n + d->n_probabilities) + 1, sizeof *given);
    if (!c || !given)
        return error_no_memory(err);
    for (int32_t i = 0; i < d->n_probabilities; i++) {
        c[i].value = value_text(span_text(d->probabilities[i].label));
        given[i] = d->probabilities[i].share;
    }
    s->n = d->n_probabilities;
    for (int32_t i = 0; i < n; i++) {
        struct buffer text = {0};
        int32_t at = 0;

        if (!value_print(&top[i].value, &text)) {
            buffer_done(&text);
            return error_no_memory(err);
        }
        while (at < d->n_probabilities && !span_is(span_of(text.at, text.size), d->probabilities[at].label))
            at++;
        buffer_done(&text);
        if (at == d->n_probabilities)
            c[at = s->n++].value = top[i].value;
        c[at].observed = top[i].count;
    }
    s->at = c;
    s->given = given;
    return STATUS_OK;
}

static enum status judge_categories(const struct planned *p, const struct seen *seen, const void *reference, struct outcome *o,
                                    struct finding *out, struct error *err)
{
    const struct distribution *d = p->check->params;
    const struct drift_test *test = ((const struct pairing *)p->extra)->test;
    const void *batch = seen->state(seen->context, p->requests[REQUEST_COUNTS]);
    struct shares s = {.observed = frequencies_counts(batch).n_values, .floor = d->floor, .is_natural = d->base != 0, .arena = seen->arena};
    struct category *c;
    bool is_known;

    if (reference) {
        s.reference = frequencies_counts(reference).n_values;
        if (!categories_join(batch, reference, seen->arena, &c, &s.n, &is_known))
            return error_no_memory(err);
        s.at = c;
    } else {
        TRY(take_given(d, batch, &s, &is_known, err));
    }
    if (!is_known)
        return decide_because(out, seen, VERDICT_NOT_EVALUATED, err, "more than %d categories: %s cannot compare them",
                              TOP_VALUES_DISTINCT_MAX, test->name);
    o->n = s.observed;
    o->n_reference = reference ? s.reference : -1;
    o->moved_most = s.at[most_moved(&s)].value;
    o->distribution = categories_shown(&s);
    TRY(take_figures(test->share(&s, &o->figures), o, test, seen, out, err));
    if (o->test && o->figures.n_pooled >= 0)
        set_value(seen->arena, o->observed, "pooled_category_count", value_int(o->figures.n_pooled));
    return show_new(&s, o->observed) ? STATUS_OK : error_no_memory(err);
}

/* --- the verdict --- */

static const char *effect_title(const struct outcome *o)
{
    return o->figures.effect_title ? o->figures.effect_title : o->test->effect_title;
}

/* key: [low, high] */
static void set_pair(struct arena *arena, struct node *map, const char *key, double low, double high)
{
    struct node *pair = node_list(arena);

    node_add(pair, number(arena, low));
    node_add(pair, number(arena, high));
    node_set(arena, map, key, pair);
}

void distribution_show_reference(const struct reference_facts *facts, const struct seen *seen, struct node *observed)
{
    struct node *map = node_map(seen->arena);

    if (!facts->is_saved)
        return;
    node_set(seen->arena, map, "made", node_text(seen->arena, span_text(facts->made)));
    set_value(seen->arena, map, "age_days", value_int(reference_age(facts, seen) / SECONDS_A_DAY));
    node_set(seen->arena, map, "fingerprint", node_text(seen->arena, span_text(facts->fingerprint)));
    node_set(seen->arena, observed, "reference", map);
}

static void show_figures(const struct outcome *o, const struct distribution *d, struct arena *arena, struct node *observed)
{
    const struct drift_figures *f = &o->figures;
    struct node *effect = node_map(arena);

    node_set(arena, observed, "test", node_text(arena, span_text(o->test->name)));
    if ((o->test->flags & DRIFT_SIDED) && d->alternative != KS_TWO_SIDED)
        node_set(arena, observed, "alternative", node_text(arena, span_text(d->alternative == KS_GREATER ? "greater" : "less")));
    node_set(arena, observed, "statistic", number(arena, f->statistic));
    if (!isnan(f->degrees_of_freedom))
        node_set(arena, observed, "degrees_of_freedom", isnan(f->degrees_of_freedom_below) && f->degrees_of_freedom == rint(f->degrees_of_freedom)
                                                            ? node_value(arena, &(struct value){.kind = VALUE_INT, .i64 = (int64_t)f->degrees_of_freedom})
                                                            : number(arena, f->degrees_of_freedom));
    if (!isnan(f->degrees_of_freedom_below))
        node_set(arena, observed, "degrees_of_freedom_below", number(arena, f->degrees_of_freedom_below));
    if (f->p_method) {
        node_set(arena, observed, "p_value", number(arena, f->p_value));
        node_set(arena, observed, "p_method", node_text(arena, span_text(f->p_method)));
    }
    if (!isnan(f->most)) {
        set_pair(arena, observed, "statistic_bounds", f->statistic, f->statistic_most);
        if (f->p_method)
            set_pair(arena, observed, "p_value_bounds", f->p_least, f->p_value);
        if (f->effect != f->statistic)
            set_pair(arena, observed, "effect_size_bounds", f->effect, f->most);
    }
    if (o->test->other && !isnan(f->other))
        node_set(arena, observed, o->test->other, number(arena, f->other));
    if (strcmp(o->test->name, "jensen_shannon") == 0)
        node_set(arena, observed, "base", node_text(arena, span_text(d->base ? "e" : "2")));
    node_set(arena, effect, "name", node_text(arena, span_text(f->effect_name ? f->effect_name : o->test->effect)));
    node_set(arena, effect, "value", number(arena, f->effect));
    node_set(arena, observed, "effect_size", effect);
}

/* "observed" and "distribution" of the result. */
static enum status show(const struct outcome *o, const struct distribution *d, const struct reference_facts *facts,
                        const struct seen *seen, struct finding *out, struct error *err)
{
    struct arena *arena = seen->arena;
    struct node *details = node_map(arena), *observed = node_map(arena), *effect;

    show_figures(o, d, arena, observed);
    set_value(arena, observed, "n", value_int(o->n));
    if (o->n_reference >= 0)
        set_value(arena, observed, "n_reference", value_int(o->n_reference));
    set_value(arena, observed, "moved_most", o->moved_most);
    for (struct node *c = o->observed ? o->observed->first : NULL; c; c = c->next)
        node_set(arena, observed, (const char *)c->key.at, node_copy(arena, c));
    distribution_show_reference(facts, seen, observed);
    node_set(arena, details, "observed", observed);
    node_set(arena, details, "distribution", o->distribution);
    effect = node_find(observed, "effect_size");
    if (!o->observed || !o->distribution || !details || details->n_children != 2 || !effect || effect->n_children != 2 ||
        !node_find(observed, "moved_most") || !node_find(observed, "statistic")) /* what could not be kept is missing */
        return error_no_memory(err);
    out->details = details;
    return STATUS_OK;
}

static enum status decide(const struct distribution *d, const struct outcome *o, const struct seen *seen, struct finding *out,
                          struct error *err)
{
    const struct drift_figures *f = &o->figures;
    bool has_limit = d->has_max_effect || !(o->test->flags & DRIFT_HAS_UNIT);
    double limit = d->has_max_effect || !d->wanted ? d->max_effect : d->wanted->max_effect;
    bool by_effect = has_limit && !(f->effect <= limit), by_p = d->has_p_value && f->p_value < d->p_value;
    bool by_statistic = d->has_max_statistic && !(f->statistic <= d->max_statistic);
    char text[400] = "";
    size_t n = 0;

    if (by_effect)
        n += (size_t)snprintf(text + n, sizeof text - n, "; the effect size (%s) %.6g is above max_effect %g", effect_title(o), f->effect,
                              limit);
    if (by_p)
        n += (size_t)snprintf(text + n, sizeof text - n, "; the p-value %.4g is below p_value %g", f->p_value, d->p_value);
    if (by_statistic)
        n += (size_t)snprintf(text + n, sizeof text - n, "; the statistic %.6g is above max_statistic %g", f->statistic, d->max_statistic);
    out->is_drift = true;
    out->has_p_limit = d->has_p_value;
    out->p_value = isnan(f->p_least) ? f->p_value : f->p_least; /* a correction takes nothing back that bounds leave open */
    out->p_limit = d->p_value;
    out->fails_by_p_alone = by_p && !by_effect && !by_statistic;
    return n > 0 ? decide_because(out, seen, VERDICT_FAIL, err, "%s", text + 2) : STATUS_OK;
}

bool distribution_counts(const struct planned *p, const struct seen *seen, struct moments_counts *batch, struct moments_counts *reference)
{
    const struct pairing *c = p->extra;
    const void *state, *other;

    if (p->is_settled || p->type.kind == TYPE_NULL || !c->state)
        return false;
    state = seen->state(seen->context, p->requests[REQUEST_COUNTS]);
    other = seen->reference(seen->context, c->state);
    *batch = c->is_order ? ks_counts(state) : frequencies_counts(state);
    *reference = c->is_order ? ordered_counts(other) : frequencies_counts(other);
    return true;
}

enum status distribution_judge(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err)
{
    const struct distribution *d = p->check->params;
    const struct pairing *c = p->extra;
    const void *state = seen->state(seen->context, p->requests[REQUEST_COUNTS]), *reference = NULL;
    struct moments_counts batch, other;
    struct outcome o = {.observed = node_map(seen->arena)};
    bool are_enough;

    if (p->type.kind == TYPE_NULL) {
        judge_figure(p, seen, NULL, out);
        out->has_observed = false;
        return STATUS_OK;
    }
    if (c->state)
        reference = seen->reference(seen->context, c->state);
    batch = d->law ? ordered_counts(state) : c->is_order ? ks_counts(state) : frequencies_counts(state);
    if (reference)
        other = c->is_order ? ordered_counts(reference) : frequencies_counts(reference);
    TRY(judge_samples(p, seen, &batch, reference ? &other : NULL, &are_enough, out, err));
    if (!are_enough)
        return STATUS_OK;
    if (d->law)
        TRY(judge_law(p, seen, &o, out, err));
    else
        TRY((c->is_order ? judge_order : judge_categories)(p, seen, reference, &o, out, err));
    if (!o.test)
        return STATUS_OK;
    TRY(show(&o, d, &c->facts, seen, out, err));
    TRY(decide(d, &o, seen, out, err));
    return distribution_judge_age(&c->facts, &d->max_age, seen, out, err);
}
