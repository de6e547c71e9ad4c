/* tests/stats/test_drift_tests.c -- every test and distance of the table against scipy's figures, definitions and its own laws. */
#include "tests/stats/scipy.h"

#include "stats/drift_tests.h"

struct ordered_feed {
    struct ordered_params params;
    struct feed feed;
    void *state;
};

static void ordered_open(struct ordered_feed *o, struct arena *arena, const double *x, int64_t n)
{
    *o = (struct ordered_feed){.params = {.as = {.kind = TYPE_DOUBLE}}};
    feed_init(&o->feed, &metric_ordered, column_of_doubles(arena, x, n));
    o->feed.setup.params = &o->params;
    o->state = feed_run(&o->feed);
}

static void ordered_close(struct ordered_feed *o)
{
    feed_done(&o->feed, o->state);
}

/* x and y of a case. */
struct two { struct ordered_feed x, y; int64_t n, m; };

static void two_open(struct two *t, struct arena *arena, const char *folder, struct node *root)
{
    double *x = scipy_numbers(arena, folder, scipy_at(root, "inputs/x"), &t->n);
    double *y = scipy_numbers(arena, folder, scipy_at(root, "inputs/y"), &t->m);

    ordered_open(&t->x, arena, x, t->n);
    ordered_open(&t->y, arena, y, t->m);
}

static void two_close(struct two *t)
{
    ordered_close(&t->x);
    ordered_close(&t->y);
}

static void near(const char *path, const char *what, double ours, struct node *theirs, double relative)
{
    double wanted = scipy_number(theirs);

    if (!scipy_near(ours, wanted, relative))
        fail_msg("%s %s: %.17g instead of %.17g", path, what, ours, wanted);
}

/* --- scipy's cases --- */

static void check_cramer(struct arena *arena, const char *path, struct node *root)
{
    struct node *exact = scipy_at(root, "expected/exact");
    struct two t;
    double statistic, p;

    two_open(&t, arena, "cramer_von_mises_2samp", root);
    statistic = cramer_von_mises(t.x.state, t.y.state);
    near(path, "T", statistic, scipy_at(root, "expected/asymptotic/statistic"), 1e-12);
    near(path, "p", cramer_von_mises_p(statistic, t.n, t.m), scipy_at(root, "expected/asymptotic/pvalue"), 1e-9);
    if (exact && t.n <= CRAMER_EXACT_MAX && t.m <= CRAMER_EXACT_MAX) {
        assert_true(cramer_von_mises_p_exact(statistic, t.n, t.m, &p));
        near(path, "exact p", p, node_find(exact, "pvalue"), 1e-12);
    }
    two_close(&t);
}

static void check_mann(struct arena *arena, const char *path, struct node *root)
{
    static const struct { const char *name; enum ks_side side; } sides[] = {
        {"two-sided", KS_TWO_SIDED}, {"greater", KS_GREATER}, {"less", KS_LESS}};
    struct mann_whitney r;
    struct two t;

    two_open(&t, arena, "mann_whitney_u", root);
    mann_whitney(t.x.state, t.y.state, &r);
    for (int i = 0; i < 3; i++) {
        struct node *e = node_find(node_find(root, "expected"), sides[i].name), *exact = node_find(e, "exact");
        double p;

        near(path, "U", r.u, scipy_at(e, "asymptotic_continuity/statistic"), 1e-15);
        near(path, "p", mann_whitney_p(&r, sides[i].side, true), scipy_at(e, "asymptotic_continuity/pvalue"), 1e-9);
        near(path, "p", mann_whitney_p(&r, sides[i].side, false), scipy_at(e, "asymptotic_no_continuity/pvalue"), 1e-9);
        if (!exact || r.has_ties || t.n > MANN_WHITNEY_EXACT_MAX || t.m > MANN_WHITNEY_EXACT_MAX)
            continue;
        assert_true(mann_whitney_p_exact(&r, sides[i].side, &p));
        near(path, "exact p", p, node_find(exact, "pvalue"), 1e-9);
    }
    two_close(&t);
}

static void check_anderson(struct arena *arena, const char *path, struct node *root)
{
    struct ordered_feed samples[POOL_MAX];
    const void *states[POOL_MAX];
    double statistic, raw;
    int32_t k = 0;

    for (struct node *x = scipy_at(root, "inputs")->first; x; x = x->next, k++) {
        int64_t n;
        double *values = scipy_numbers(arena, "anderson_darling_k", x, &n);

        ordered_open(&samples[k], arena, values, n);
        states[k] = samples[k].state;
    }
    assert_true(anderson_darling(states, k, &statistic, &raw));
    near(path, "A2", statistic, scipy_at(root, "expected/midrank/statistic"), 1e-12);
    near(path, "p", anderson_darling_p(statistic, k), node_find(scipy_at(root, "expected/midrank"), "pvalue_clipped_to_[0.001,0.25]"), 1e-9);
    for (int32_t i = 0; i < k; i++)
        ordered_close(&samples[i]);
}

static void check_wasserstein(struct arena *arena, const char *path, struct node *root)
{
    struct two t;

    if (scipy_at(root, "inputs/x_weights"))
        return;
    two_open(&t, arena, "wasserstein", root);
    near(path, "W1", wasserstein(t.x.state, t.y.state), scipy_at(root, "expected/wasserstein_1"), 1e-12);
    assert_true(wasserstein(t.x.state, t.y.state) == wasserstein(t.y.state, t.x.state));
    two_close(&t);
}

static void check_law(struct arena *arena, const char *path, struct node *root)
{
    static const struct { const char *theirs, *ours; } names[] = {{"norm", "normal"}, {"expon", "exponential"}, {"uniform", "uniform"}};
    struct node *args = node_find(node_find(root, "params"), "args(loc,scale)");
    double location = scipy_number(args->first), scale = scipy_number(args->last), parameters[2] = {location, scale}, greater, less, d;
    const struct law *law = NULL;
    struct ordered_feed o;
    int64_t n;
    double *x = scipy_numbers(arena, "ks_1samp", scipy_at(root, "inputs/x"), &n);

    for (int i = 0; i < 3; i++)
        if (span_is(scipy_at(root, "params/distribution")->text, names[i].theirs))
            law = law_find(names[i].ours);
    assert_non_null(law);
    if (strcmp(law->name, "uniform") == 0)
        parameters[1] = location + scale;
    if (strcmp(law->name, "exponential") == 0)
        parameters[0] = scale;
    ordered_open(&o, arena, x, n);
    d = ks_one_sample(o.state, law, parameters, &greater, &less, NULL);
    near(path, "D", d, scipy_at(root, "expected/asymp/statistic"), 1e-12);
    if (!scipy_at(root, "expected/exact/statistic")) { /* beyond what scipy does exactly */
        ordered_close(&o);
        return;
    }
    near(path, "D+", greater, scipy_at(root, "expected/exact_greater/statistic"), 1e-12);
    near(path, "D-", less, scipy_at(root, "expected/exact_less/statistic"), 1e-12);
    if (!scipy_p_near(ks_p_one_sided(n, greater), scipy_number(scipy_at(root, "expected/exact_greater/pvalue"))) ||
        !scipy_p_near(ks_p_one_sided(n, less), scipy_number(scipy_at(root, "expected/exact_less/pvalue"))))
        fail_msg("%s: one-sided p %.17g, %.17g", path, ks_p_one_sided(n, greater), ks_p_one_sided(n, less));
    ordered_close(&o);
}

static void near_distance(const char *path, const char *what, double ours, struct node *expected, const char *name)
{
    double wanted = scipy_number(node_find(expected, name));

    /* theirs are sums that cancel: what is left has lost the digits that 1 has above it */
    if (!scipy_near(ours, wanted, 1e-12) && !(fabs(ours - wanted) < 4e-16 * 100) && !(isinf(ours) && isnan(wanted)))
        fail_msg("%s %s: %.17g instead of %.17g", path, what, ours, wanted);
}

static void check_distances(struct arena *arena, const char *path, struct node *root)
{
    struct node *reference = scipy_at(root, "inputs/reference_counts"), *current = scipy_at(root, "inputs/current_counts");
    struct node *e = scipy_at(root, "expected"), *a = current->first, *b = reference->first;
    struct shares s = {.n = current->n_children, .arena = arena}, turned;
    struct category *c = arena_array(arena, (size_t)s.n, sizeof *c), *d = arena_array(arena, (size_t)s.n, sizeof *d);

    for (int32_t i = 0; i < s.n; i++, a = a->next, b = b->next) {
        c[i] = (struct category){.observed = (int64_t)scipy_number(a), .reference = (int64_t)scipy_number(b)};
        d[i] = (struct category){.observed = c[i].reference, .reference = c[i].observed};
        s.observed += c[i].observed;
        s.reference += c[i].reference;
    }
    s.at = c;
    turned = (struct shares){.at = d, .n = s.n, .observed = s.reference, .reference = s.observed};
    near_distance(path, "JS", share_jensen_shannon(&s), e, "js_divergence_base2");
    near_distance(path, "JS", sqrt(share_jensen_shannon(&s)), e, "js_distance_base2");
    near_distance(path, "Hellinger", share_hellinger(&s), e, "hellinger");
    near_distance(path, "TV", share_total_variation(&s), e, "total_variation");
    near_distance(path, "Linf", share_l_infinity(&s), e, "l_infinity");
    near_distance(path, "KL", share_kl(&turned), e, "kl_p_q_nats");
    near_distance(path, "KL", share_kl(&s), e, "kl_q_p_nats");
    near_distance(path, "PSI", share_psi(&s), e, "psi_raw(symmetric KL; infinite when one side is empty)");
    s.is_natural = true;
    near_distance(path, "JS", sqrt(share_jensen_shannon(&s)), e, "js_distance_nats");
    s.floor = 1e-4;
    near_distance(path, "PSI", share_psi(&s), e, "psi_floor_1e-4_no_renormalise");
    s.floor = 1e-6;
    near_distance(path, "PSI", share_psi(&s), e, "psi_floor_1e-6_no_renormalise");
}

static void scipy_cases_agree(void **test)
{
    (void)test;
    assert_int_not_equal(scipy_each("cramer_von_mises_2samp", check_cramer), 0);
    assert_int_not_equal(scipy_each("mann_whitney_u", check_mann), 0);
    assert_int_not_equal(scipy_each("anderson_darling_k", check_anderson), 0);
    assert_int_not_equal(scipy_each("wasserstein", check_wasserstein), 0);
    assert_int_not_equal(scipy_each("ks_1samp", check_law), 0);
    assert_int_not_equal(scipy_each("binned_distance", check_distances), 0);
}

/* --- figures that scipy 1.17.1 gave for these two samples --- */

static const double few[] = {2.1, 3.4, 1.9, 5.6, 4.4, 3.3, 2.8, 6.1, 3.0, 2.2, 4.9, 3.7};
static const double others[] = {3.9, 4.1, 7.2, 5.5, 6.3, 2.7, 8.8, 4.6, 9.1};

static struct drift_figures figures_of(const char *name, const struct samples *s)
{
    const struct drift_test *t = drift_test_find(name);
    struct drift_figures f;

    assert_non_null(t);
    assert_null(t->order(s, &f));
    assert_false(f.no_memory);
    return f;
}

static void means_and_deviations_are_compared_as_scipy_does(void **test)
{
    struct arena arena = {0};
    struct ordered_feed x, y;
    struct samples s;
    struct drift_figures f;

    (void)test;
    ordered_open(&x, &arena, few, 12);
    ordered_open(&y, &arena, others, 9);
    s = (struct samples){.batch = x.state, .reference = y.state};
    f = figures_of("welch_t", &s);
    assert_true(scipy_near(f.statistic, -2.5917853071223074, 1e-12) && scipy_near(f.p_value, 0.022959049512109392, 1e-10));
    assert_true(scipy_near(f.degrees_of_freedom, 12.483457433420652, 1e-12) && scipy_near(f.effect, 1.178895699137634, 1e-12));
    s.side = KS_GREATER;
    assert_true(scipy_near(figures_of("welch_t", &s).p_value, 0.9885204752439453, 1e-10));
    s.side = KS_LESS;
    assert_true(scipy_near(figures_of("welch_t", &s).p_value, 0.011479524756054696, 1e-10));
    f = figures_of("levene", &s);
    assert_true(scipy_near(f.statistic, 2.5786400905856754, 1e-12) && scipy_near(f.p_value, 0.124807120614942, 1e-10));
    assert_true(f.degrees_of_freedom == 1 && f.degrees_of_freedom_below == 19);
    f = figures_of("wasserstein_normed", &s);
    assert_true(scipy_near(f.other, 2.1833333333333336, 1e-14) && scipy_near(f.effect, 2.1833333333333336 / 2.228788908802267, 1e-14));
    ordered_close(&x);
    ordered_close(&y);
    arena_done(&arena);
}

static void laws_are_those_of_scipy(void **test)
{
    static const struct { const char *name; double parameters[2], x, wanted; } cases[] = {
        {"beta", {2, 5}, 0.3, 0.5798250000000003}, {"exponential", {2.5}, 1.7, 0.49338300763441034},
        {"gamma", {2.2, 1.4}, 3.1, 0.5933346987596049}, {"lognormal", {0.4, 0.7}, 2.3, 0.7318578599236234},
        {"normal", {0.5, 2}, 1.25, 0.6461697666727237}, {"uniform", {-1, 3}, 0.3, 0.325}, {"weibull", {1.6, 2.2}, 1.9, 0.5465700020450078}};

    (void)test;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct law *law = law_find(cases[i].name);

        assert_non_null(law);
        if (!scipy_near(law_cdf(law, cases[i].parameters, cases[i].x), cases[i].wanted, 1e-13))
            fail_msg("%s: %.17g", law->name, law_cdf(law, cases[i].parameters, cases[i].x));
        assert_true(law_cdf(law, cases[i].parameters, INFINITY) == 1 && law_cdf(law, cases[i].parameters, -INFINITY) == 0);
        assert_true(law_cdf(law, cases[i].parameters, -1e9) < 1e-300);
    }
    assert_null(law_find("cauchy"));
}

/* --- by definition --- */

static double mid_rank(const double *x, int64_t n, const double *y, int64_t m, double at)
{
    double below = 0, equal = 0;

    for (int64_t i = 0; i < n; i++) {
        below += x[i] < at;
        equal += x[i] == at;
    }
    for (int64_t i = 0; i < m; i++) {
        below += y[i] < at;
        equal += y[i] == at;
    }
    return below + (equal + 1) / 2;
}

static double earth_moved(const double *x, int64_t n, const double *y, int64_t m)
{
    double sum = 0;

    for (double at = -20; at < 20; at += 0.25) { /* all values are multiples of a quarter */
        double f = 0, g = 0;

        for (int64_t i = 0; i < n; i++)
            f += x[i] <= at;
        for (int64_t i = 0; i < m; i++)
            g += y[i] <= at;
        sum += 0.25 * fabs(f / (double)n - g / (double)m);
    }
    return sum;
}

static void tied_samples_agree_with_the_definitions(void **test)
{
    (void)test;
    for (int round = 0; round < 1000; round++) {
        int64_t n = 2 + (int64_t)(test_random() % 20), m = 2 + (int64_t)(test_random() % 20);
        uint64_t spread = 1 + test_random() % 60;
        double x[32], y[32], ranks = 0;
        struct arena arena = {0};
        struct ordered_feed a, b;
        struct mann_whitney u;

        for (int64_t i = 0; i < n; i++)
            x[i] = (double)(test_random() % spread) / 4 - 5;
        for (int64_t i = 0; i < m; i++)
            y[i] = (double)(test_random() % spread) / 4 - 5;
        ordered_open(&a, &arena, x, n);
        ordered_open(&b, &arena, y, m);
        for (int64_t i = 0; i < n; i++)
            ranks += mid_rank(x, n, y, m, x[i]);
        mann_whitney(a.state, b.state, &u);
        assert_true(u.u == ranks - (double)(n * (n + 1)) / 2 && u.u + u.u_other == (double)(n * m));
        assert_true(scipy_near(wasserstein(a.state, b.state), earth_moved(x, n, y, m), 1e-12));
        assert_true(wasserstein(a.state, a.state) == 0);
        assert_true(scipy_near(cramer_von_mises(a.state, b.state), cramer_von_mises(b.state, a.state), 1e-12));
        ordered_close(&a);
        ordered_close(&b);
        arena_done(&arena);
    }
}

/* One bit an order: the i-th of all values belongs to x. */
static double enumerate(int64_t n, int64_t m, double wanted, bool is_cramer)
{
    double hits = 0, all = 0;

    for (uint32_t order = 0; order < (uint32_t)1 << (n + m); order++) {
        int64_t i = 0, j = 0, u = 0;
        double t = 0;

        if (__builtin_popcount(order) != n)
            continue;
        for (int s = 0; s < n + m; s++) {
            double d;

            u += order >> s & 1 ? j : 0;
            order >> s & 1 ? i++ : j++;
            d = (double)i / (double)n - (double)j / (double)m;
            t += d * d * (double)(n * m) / (double)((n + m) * (n + m));
        }
        all++;
        hits += is_cramer ? t >= wanted - 1e-9 : (double)u >= wanted;
    }
    return hits / all;
}

static void exact_p_values_count_all_orders(void **test)
{
    double p;

    (void)test;
    for (int64_t n = 1; n <= 6; n++)
        for (int64_t m = 1; m <= 6; m++) {
            for (double t = 0; t < 1.5; t += 0.07) {
                assert_true(cramer_von_mises_p_exact(t, n, m, &p));
                if (!scipy_near(p, enumerate(n, m, t, true), 1e-13))
                    fail_msg("%d %d T %g: %.17g instead of %.17g", (int)n, (int)m, t, p, enumerate(n, m, t, true));
            }
            for (double u = 0; u <= (double)(n * m); u++) {
                struct mann_whitney r = {.n = n, .m = m, .u = u, .u_other = (double)(n * m) - u};

                assert_true(mann_whitney_p_exact(&r, KS_GREATER, &p));
                if (!scipy_near(p, enumerate(n, m, u, false), 1e-13))
                    fail_msg("%d %d U %g: %.17g instead of %.17g", (int)n, (int)m, u, p, enumerate(n, m, u, false));
            }
        }
}

/* Both are made of doubles that no double holds the sum of: the exact figure is a fraction. */
static void wasserstein_is_rounded_once(void **test)
{
    static const double x[] = {1e16, 1, -1e16}, y[] = {1e16, 2, -1e16}, far[] = {0x1p-1074, 0x1p1000}, zero[] = {0, 0x1p1000};
    struct arena arena = {0};
    struct ordered_feed a, b, c, d;

    (void)test;
    ordered_open(&a, &arena, x, 3);
    ordered_open(&b, &arena, y, 3);
    ordered_open(&c, &arena, far, 2);
    ordered_open(&d, &arena, zero, 2);
    assert_true(wasserstein(a.state, b.state) == 1 / 3.0);
    assert_true(wasserstein(c.state, d.state) == 0x1p-1074 / 2 || wasserstein(c.state, d.state) == 0x1p-1074);
    ordered_close(&a);
    ordered_close(&b);
    ordered_close(&c);
    ordered_close(&d);
    arena_done(&arena);
}

static void constant_samples_have_an_answer(void **test)
{
    static const double fives[] = {5, 5, 5}, sixes[] = {6, 6, 6, 6};
    struct arena arena = {0};
    struct ordered_feed a, b;
    struct samples same, apart;

    (void)test;
    ordered_open(&a, &arena, fives, 3);
    ordered_open(&b, &arena, sixes, 4);
    same = (struct samples){.batch = a.state, .reference = a.state};
    apart = (struct samples){.batch = a.state, .reference = b.state};
    for (const struct drift_test *t = drift_tests; t->name; t++) {
        struct drift_figures f;

        if (!(t->flags & DRIFT_NEEDS_BATCH))
            continue;
        assert_null(t->order(&same, &f));
        if (f.effect != 0 || ((t->flags & DRIFT_HAS_P) && f.p_value != 1))
            fail_msg("%s: effect %g p %g of the same constant", t->name, f.effect, f.p_value);
        assert_null(t->order(&apart, &f));
        if (strcmp(t->name, "levene") != 0 && !(f.effect > t->max_effect || t->flags & DRIFT_HAS_UNIT))
            fail_msg("%s: effect %g of two constants", t->name, f.effect);
    }
    ordered_close(&a);
    ordered_close(&b);
    arena_done(&arena);
}

/* Cramér-von Mises by ranks grows with each tie: a column a third of whose values are 0 was called drifted beside itself. */
static void ties_alone_are_no_effect(void **test)
{
    double values[90] = {0};
    struct arena arena = {0};
    struct ordered_feed a;
    struct samples same;

    (void)test;
    for (int i = 30; i < 90; i++)
        values[i] = i * 0.25;
    ordered_open(&a, &arena, values, 90);
    same = (struct samples){.batch = a.state, .reference = a.state};
    for (const struct drift_test *t = drift_tests; t->name; t++) {
        struct drift_figures f;

        if (!(t->flags & DRIFT_NEEDS_BATCH))
            continue;
        assert_null(t->order(&same, &f));
        if (f.effect != 0)
            fail_msg("%s: effect %g of a column beside itself", t->name, f.effect);
    }
    ordered_close(&a);
    arena_done(&arena);
}

/* --- the table --- */

static void every_row_says_what_it_is(void **test)
{
    int n = 0;

    (void)test;
    for (const struct drift_test *t = drift_tests; t->name; t++, n++) {
        assert_true(t->title && t->effect && t->effect_title && t->doc);
        assert_true(!t->order != !t->share);
        assert_true((t->order != NULL) == ((t->flags & DRIFT_OF_ORDER) != 0));
        assert_true(t->max_effect > 0 || (t->flags & DRIFT_HAS_UNIT));
        assert_ptr_equal(drift_test_find(t->name), t);
    }
    assert_int_equal(n, 16);
    assert_null(drift_test_find("auto"));
}

/* Distances: 0 for the same shares, symmetric where they are, and a floor that makes an empty share finite. */
static void distances_of_shares_keep_their_laws(void **test)
{
    struct category same[] = {{.observed = 30, .reference = 300}, {.observed = 70, .reference = 700}};
    struct category apart[] = {{.observed = 10, .reference = 0}, {.observed = 0, .reference = 7}};
    struct shares s = {.at = same, .n = 2, .observed = 100, .reference = 1000}, t = {.at = apart, .n = 2, .observed = 10, .reference = 7};

    (void)test;
    assert_true(share_psi(&s) == 0 && share_kl(&s) == 0 && share_hellinger(&s) == 0 && share_total_variation(&s) == 0 &&
                share_l_infinity(&s) == 0 && share_jensen_shannon(&s) == 0);
    assert_true(isinf(share_psi(&t)) && isinf(share_kl(&t)) && share_jensen_shannon(&t) == 1 && share_hellinger(&t) == 1 &&
                share_total_variation(&t) == 1 && share_l_infinity(&t) == 1);
    t.floor = 1e-4;
    assert_true(scipy_near(share_psi(&t), 2 * (1 - 1e-4) * log(1e4), 1e-14) && isfinite(share_kl(&t)));
}

/* --- how often samples are told apart: the short form of `make accuracy` --- */

enum { PAIRS = 400, SIZE = 100, CATEGORIES = 5 };

static double normal_random(void)
{
    double u = ((double)(test_random() >> 11) + 0.5) * 0x1p-53, v = (double)(test_random() >> 11) * 0x1p-53;

    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* Is the test's p-value of two new samples below 0.05? */
static bool rejects_values(const struct drift_test *test, double shift)
{
    struct arena arena = {0};
    double x[SIZE], y[SIZE];
    struct ordered_feed batch, reference;
    struct drift_figures f;
    struct feed counts;
    struct samples s;
    void *counted;

    for (int i = 0; i < SIZE; i++) {
        x[i] = normal_random() * (1 + shift) + shift;
        y[i] = normal_random();
    }
    ordered_open(&batch, &arena, x, SIZE);
    ordered_open(&reference, &arena, y, SIZE);
    feed_init(&counts, &metric_ks, column_of_doubles(&arena, x, SIZE));
    counts.setup.params = &reference.params;
    counts.setup.reference = reference.state;
    counted = feed_run(&counts);
    s = (struct samples){.counted = counted, .batch = batch.state, .reference = reference.state};
    assert_null(test->order(&s, &f));
    feed_done(&counts, counted);
    ordered_close(&batch);
    ordered_close(&reference);
    arena_done(&arena);
    return f.p_value < 0.05;
}

static bool rejects_shares(const struct drift_test *test, double shift)
{
    struct category c[CATEGORIES] = {0};
    struct arena arena = {0};
    struct shares s = {.at = c, .n = CATEGORIES, .observed = SIZE, .reference = SIZE, .arena = &arena};
    struct drift_figures f;

    for (int i = 0; i < CATEGORIES; i++)
        c[i].value = value_int(i);
    for (int i = 0; i < SIZE; i++) {
        double u = (double)(test_random() >> 11) * 0x1p-53, v = (double)(test_random() >> 11) * 0x1p-53;

        c[(int)(pow(u, 1 + shift) * CATEGORIES)].observed++;
        c[(int)(v * CATEGORIES)].reference++;
    }
    assert_null(test->share(&s, &f));
    arena_done(&arena);
    return f.p_value < 0.05;
}

/* Of equal distributions every twentieth pair is told apart: 20 of 400, 6 to 34 with a chance of 99.9 %; fewer by the exact KS, whose D takes few
 * values. Of distributions half a deviation apart, and half as wide again, most are. */
static void equal_samples_are_rejected_as_often_as_p_values_say(void **state)
{
    int n_tests = 0;

    (void)state;
    for (const struct drift_test *t = drift_tests; t->name; t++) {
        int null = 0, shifted = 0, least = strcmp(t->name, "ks") == 0 ? 2 : 6;

        if (!(t->flags & DRIFT_HAS_P))
            continue;
        for (int i = 0; i < PAIRS; i++) {
            null += t->order ? rejects_values(t, 0) : rejects_shares(t, 0);
            shifted += t->order ? rejects_values(t, 0.5) : rejects_shares(t, 0.5);
        }
        n_tests++;
        if (null < least || null > 34 || shifted < PAIRS / 2)
            fail_msg("%s rejects %d of %d equal pairs and %d of different ones", t->name, null, PAIRS, shifted);
    }
    assert_int_equal(n_tests, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scipy_cases_agree),
        cmocka_unit_test(means_and_deviations_are_compared_as_scipy_does),
        cmocka_unit_test(laws_are_those_of_scipy),
        cmocka_unit_test(tied_samples_agree_with_the_definitions),
        cmocka_unit_test(exact_p_values_count_all_orders),
        cmocka_unit_test(wasserstein_is_rounded_once),
        cmocka_unit_test(constant_samples_have_an_answer),
        cmocka_unit_test(ties_alone_are_no_effect),
        cmocka_unit_test(every_row_says_what_it_is),
        cmocka_unit_test(distances_of_shares_keep_their_laws),
        cmocka_unit_test(equal_samples_are_rejected_as_often_as_p_values_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
