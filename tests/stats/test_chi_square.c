/* tests/stats/test_chi_square.c -- chi-square on tables, goodness of fit, and the drift of categories. */
#include "tests/stats/scipy.h"

#include "stats/drift.h"

/* --- scipy --- */

/* 036: of counts of 10^9 scipy takes differences in doubles and loses half of their digits; ours are those of the exact fraction. Neyman's
 * e^2/o - o and (o - e)^2/o are the same only where both sums are, which the cases' doubles keep to 1e-16 of 10^5. gof/011: scipy's G is
 * 2.2e-12 off what its formula says of these doubles; ours has the digits below. */
static double tolerance_of(const char *path, const char *form)
{
    if (strstr(path, "gof/011") && strcmp(form, "g") == 0)
        return 3e-12;
    return strstr(path, "contingency/036") ? 1e-7 : strcmp(form, "neyman") == 0 ? 1e-11 : 1e-12;
}

static void check_form(const char *path, struct node *expected, const char *form, const struct chi_square *got, bool is_known)
{
    struct node *wanted = node_find(expected, form);
    double statistic = scipy_number(node_find(wanted, "statistic")), p = scipy_number(node_find(wanted, "pvalue"));

    if (!wanted || node_find(wanted, "error")) {
        if (wanted && is_known)
            fail_msg("%s %s: scipy refuses, we say %.17g", path, form, got->statistic);
        return;
    }
    assert_true(is_known);
    if (isnan(statistic)) { /* 0/0: ours is infinite, or a number */
        assert_true(got->statistic > 0);
        return;
    }
    if (!scipy_near(got->statistic, statistic, tolerance_of(path, form)) && !(fabs(statistic) < 1e-12 && fabs(got->statistic) < 1e-12))
        fail_msg("%s %s: %.17g instead of %.17g", path, form, got->statistic, statistic);
    if (!scipy_p_near(got->p_value, p))
        fail_msg("%s %s: p %.17g instead of %.17g", path, form, got->p_value, p);
}

static void check_table(struct arena *arena, const char *path, struct node *root)
{
    static const struct { const char *name; enum chi_square_form form; } forms[] = {
        {"pearson", CHI_SQUARE_PEARSON}, {"pearson_yates", CHI_SQUARE_YATES}, {"g", CHI_SQUARE_G}};
    struct node *table = scipy_at(root, "inputs/table"), *expected = node_find(root, "expected");
    int32_t rows = table->n_children, columns = table->first->n_children, at = 0;
    int64_t *counts = arena_array(arena, (size_t)rows * (size_t)columns, sizeof *counts);
    struct node *v = node_find(expected, "cramers_v");

    for (struct node *row = table->first; row; row = row->next)
        for (struct node *cell = row->first; cell; cell = cell->next)
            counts[at++] = (int64_t)scipy_number(cell);
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        struct chi_square got;
        bool is_known = chi_square_table(counts, rows, columns, forms[f].form, &got);

        check_form(path, expected, forms[f].name, &got, is_known);
        if (is_known && v && !scipy_near(got.cramers_v, scipy_number(v), tolerance_of(path, "")))
            fail_msg("%s: V %.17g instead of %.17g", path, got.cramers_v, scipy_number(v));
        if (is_known)
            assert_int_equal(got.degrees_of_freedom, (rows - 1) * (columns - 1));
    }
}

static void check_fit(struct arena *arena, const char *path, struct node *root)
{
    static const struct { const char *name; enum chi_square_form form; } forms[] = {
        {"chi2", CHI_SQUARE_PEARSON}, {"g", CHI_SQUARE_G}, {"neyman", CHI_SQUARE_NEYMAN}};
    double ddof = scipy_number(scipy_at(root, "params/ddof"));
    int64_t n, m;
    double *observed = scipy_numbers(arena, "chisq_gof", scipy_at(root, "inputs/observed"), &n);
    double *expected = scipy_numbers(arena, "chisq_gof", scipy_at(root, "inputs/expected"), &m);

    assert_int_equal(n, m);
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        struct chi_square got;
        bool is_known = chi_square_fit(observed, expected, (int32_t)n, (int32_t)ddof, forms[f].form, &got);

        check_form(path, node_find(root, "expected"), forms[f].name, &got, is_known);
    }
}

static void scipy_cases_agree(void **test)
{
    (void)test;
    assert_int_not_equal(scipy_each("chisq_contingency", check_table), 0);
    assert_int_not_equal(scipy_each("chisq_gof", check_fit), 0);
}

/* G of 100,000 counts that are what was expected but for chance, to 40 digits (mpmath): 2 o log(o / e) is of the counts' size, the statistic
 * is not. Once its terms were added as they stand, and 5e-12 of it was lost to the rounding of the shares. */
static void the_likelihood_ratio_keeps_its_digits_where_little_differs(void **test)
{
    static const struct { int32_t n; double observed[12], expected[12], shares[12], g, g_of_shares; } cases[] = {
        {3, {17472, 47742, 34786}, {17295.798625994532, 47972.83891771552, 34731.36245628996},
         {0.17295798625994532, 0.4797283891771552, 0.34731362456289955}, 2.987450903833572421, 2.987450903848146986},
        {12, {5191, 5916, 7890, 11364, 6273, 5455, 2229, 14924, 11343, 15930, 5081, 8404},
         {5109.232310055179, 5973.372483234651, 8015.288922859882, 11339.158933958315, 6274.618301331551, 5409.148080749311,
          2250.9334184292543, 14845.346627493245, 11320.605870388401, 15900.094265009366, 5078.756334020367, 8483.444452470472},
         {0.0510923231005518, 0.05973372483234651, 0.08015288922859884, 0.11339158933958317, 0.06274618301331553, 0.05409148080749312,
          0.022509334184292545, 0.14845346627493247, 0.11320605870388403, 0.15900094265009368, 0.05078756334020368, 0.08483444452470473},
         5.743763487372492290, 5.743763487362495742}};

    (void)test;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct chi_square c;

        assert_true(chi_square_fit(cases[i].observed, cases[i].expected, cases[i].n, 0, CHI_SQUARE_G, &c));
        if (!scipy_near(c.statistic, cases[i].g, 1e-13))
            fail_msg("%zu: %.19g instead of %.19g", i, c.statistic, cases[i].g);
        assert_true(chi_square_shares(cases[i].observed, cases[i].shares, cases[i].n, CHI_SQUARE_G, &c));
        if (!scipy_near(c.statistic, cases[i].g_of_shares, 1e-13))
            fail_msg("shares of %zu: %.19g instead of %.19g", i, c.statistic, cases[i].g_of_shares);
        assert_int_equal(c.degrees_of_freedom, cases[i].n - 1);
    }
}

static void shares_that_are_not_shares_are_refused(void **test)
{
    struct chi_square c;

    (void)test;
    assert_false(chi_square_shares((double[]){1, 2}, (double[]){0.5, 0.4}, 2, CHI_SQUARE_PEARSON, &c));
    assert_false(chi_square_shares((double[]){1, 2}, (double[]){1.5, -0.5}, 2, CHI_SQUARE_PEARSON, &c));
    assert_false(chi_square_shares((double[]){1, NAN}, (double[]){0.5, 0.5}, 2, CHI_SQUARE_PEARSON, &c));
    assert_false(chi_square_shares((double[]){0, 0}, (double[]){0.5, 0.5}, 2, CHI_SQUARE_PEARSON, &c));
    assert_true(chi_square_shares((double[]){1, 2}, (double[]){0, 1}, 2, CHI_SQUARE_G, &c));
    assert_true(isinf(c.statistic) && c.p_value == 0);
}

/* --- joining --- */

struct sides { struct feed feeds[2]; void *states[2]; };

static void sides_open(struct sides *s, const struct test_column *batch, const struct test_column *reference)
{
    feed_init(&s->feeds[0], &metric_frequencies, batch);
    feed_init(&s->feeds[1], &metric_frequencies, reference);
    for (int i = 0; i < 2; i++)
        s->states[i] = feed_run(&s->feeds[i]);
}

static void sides_close(struct sides *s)
{
    for (int i = 0; i < 2; i++)
        feed_done(&s->feeds[i], s->states[i]);
}

static void values_of_either_side_are_joined(void **test)
{
    static const char *const x[] = {"b", "a", "a", NULL, "c", "b", "a"}, *const y[] = {"a", "d", "b", "d", "d"};
    static const struct { const char *value; int64_t observed, reference; } wanted[] = {
        {"a", 3, 1}, {"b", 2, 1}, {"d", 0, 3}, {"c", 1, 0}};
    struct arena arena = {0};
    struct category *c;
    struct sides s;
    bool is_known;
    int32_t n;

    (void)test;
    sides_open(&s, column_of_texts(&arena, x, 7), column_of_texts(&arena, y, 5));
    assert_true(categories_join(s.states[0], s.states[1], &arena, &c, &n, &is_known));
    assert_true(is_known);
    assert_int_equal(n, 4);
    for (int32_t i = 0; i < n; i++) {
        assert_true(span_is(c[i].value.bytes, wanted[i].value));
        assert_int_equal(c[i].observed, wanted[i].observed);
        assert_int_equal(c[i].reference, wanted[i].reference);
    }
    sides_close(&s);
    arena_done(&arena);
}

static void numbers_of_different_types_are_the_same_category(void **test)
{
    struct arena arena = {0};
    struct test_column *cents = column_of_ints(&arena, (int64_t[]){100, 200, 250, 100}, 4);
    struct category *c;
    struct sides s;
    bool is_known;
    int32_t n;

    (void)test;
    cents->type = (struct type){.kind = TYPE_DECIMAL, .precision = 9, .scale = 2};
    assert_true(categories_comparable(cents->type, (struct type){.kind = TYPE_INT64}));
    assert_false(categories_comparable((struct type){.kind = TYPE_STRING}, (struct type){.kind = TYPE_INT64}));
    assert_false(categories_comparable((struct type){.kind = TYPE_DATE}, (struct type){.kind = TYPE_INT64}));
    assert_false(categories_comparable((struct type){.kind = TYPE_NULL}, (struct type){.kind = TYPE_NULL}));
    sides_open(&s, cents, column_of_ints(&arena, (int64_t[]){1, 2, 2, 2, 3}, 5));
    assert_true(categories_join(s.states[0], s.states[1], &arena, &c, &n, &is_known) && is_known);
    assert_int_equal(n, 4);
    assert_int_equal(c[0].observed, 1); /* 2 */
    assert_int_equal(c[0].reference, 3);
    assert_int_equal(c[1].observed, 2); /* 1 */
    assert_int_equal(c[1].reference, 1);
    sides_close(&s);
    arena_done(&arena);
}

static void long_texts_stay_apart(void **test)
{
    struct arena arena = {0};
    char text[3][400];
    const char *x[] = {text[0], text[1], text[0]}, *y[] = {text[1], text[2]};
    struct category *c;
    struct sides s;
    bool is_known;
    int32_t n;

    (void)test;
    for (int i = 0; i < 3; i++) {
        memset(text[i], 'x', 399);
        text[i][398] = (char)('a' + i);
        text[i][399] = '\0';
    }
    sides_open(&s, column_of_texts(&arena, x, 3), column_of_texts(&arena, y, 2));
    assert_true(categories_join(s.states[0], s.states[1], &arena, &c, &n, &is_known) && is_known);
    assert_int_equal(n, 3);
    assert_true(c[0].value.truncated);
    sides_close(&s);
    arena_done(&arena);
}

static void more_categories_than_are_counted_are_not_known(void **test)
{
    struct arena arena = {0};
    struct test_column *many = column_new(&arena, (struct type){.kind = TYPE_INT64}, 70000);
    struct category *c;
    struct sides s;
    bool is_known;
    int32_t n;

    (void)test;
    for (int64_t i = 0; i < many->n; i++)
        ((int64_t *)many->values)[i] = i;
    sides_open(&s, column_of_ints(&arena, (int64_t[]){1}, 1), many);
    assert_true(categories_join(s.states[0], s.states[1], &arena, &c, &n, &is_known));
    assert_false(is_known);
    sides_close(&s);
    arena_done(&arena);
}

/* --- drift --- */

static struct category_drift drift_of(struct arena *arena, const int64_t (*counts)[2], int32_t n)
{
    struct category *c = arena_array(arena, (size_t)n, sizeof *c);
    struct category_drift drift;

    for (int32_t i = 0; i < n; i++)
        c[i] = (struct category){.value = value_int(i), .observed = counts[i][0], .reference = counts[i][1]};
    assert_true(category_drift(c, n, CHI_SQUARE_PEARSON, arena, &drift));
    return drift;
}

static void rare_categories_are_pooled(void **test)
{
    static const int64_t counts[][2] = {{7134, 7446}, {2814, 2487}, {40, 45}, {4, 3}, {1, 3}, {0, 1}};
    static const int64_t pooled[] = {7134, 2814, 40, 5, 7446, 2487, 45, 7};
    struct arena arena = {0};
    struct category_drift d = drift_of(&arena, counts, 6);
    struct chi_square wanted;

    (void)test;
    assert_true(chi_square_table(pooled, 2, 4, CHI_SQUARE_PEARSON, &wanted));
    assert_int_equal(d.n_pooled, 3);
    assert_int_equal(d.n_columns, 4);
    assert_int_equal(d.n_new, 0);
    assert_int_equal(d.moved_most, 1);
    assert_true(d.test.statistic == wanted.statistic && d.test.p_value == wanted.p_value && d.test.cramers_v == wanted.cramers_v);
    assert_int_equal(d.test.degrees_of_freedom, 3);
    arena_done(&arena);
}

static void a_pool_that_is_too_small_takes_the_rarest_of_the_others(void **test)
{
    static const int64_t counts[][2] = {{500, 510}, {300, 290}, {200, 200}, {2, 3}};
    struct arena arena = {0};
    struct category_drift d = drift_of(&arena, counts, 4);

    (void)test;
    assert_int_equal(d.n_pooled, 2);
    assert_int_equal(d.n_columns, 3);
    arena_done(&arena);
}

static void with_one_other_a_small_pool_stays(void **test)
{
    static const int64_t counts[][2] = {{1000, 1000}, {1, 0}};
    struct arena arena = {0};
    struct category_drift d = drift_of(&arena, counts, 2);

    (void)test;
    assert_int_equal(d.n_columns, 2);
    assert_int_equal(d.n_new, 1);
    assert_true(d.test.cramers_v < 0.05);
    arena_done(&arena);
}

static void categories_that_are_all_rare_cannot_be_compared(void **test)
{
    static const int64_t counts[][2] = {{2, 1}, {1, 2}, {1, 1}, {2, 2}};
    struct arena arena = {0};

    (void)test;
    assert_int_equal(drift_of(&arena, counts, 4).n_columns, 1);
    arena_done(&arena);
}

static void one_category_on_both_sides_is_no_drift(void **test)
{
    static const int64_t counts[][2] = {{100, 200}};
    struct arena arena = {0};
    struct category_drift d = drift_of(&arena, counts, 1);

    (void)test;
    assert_int_equal(d.n_columns, 1);
    assert_true(d.n_pooled == 0 && d.test.statistic == 0 && d.test.p_value == 1 && d.test.cramers_v == 0);
    arena_done(&arena);
}

static void a_new_category_is_the_largest_effect_there_is(void **test)
{
    static const int64_t counts[][2] = {{0, 100}, {100, 0}};
    struct arena arena = {0};
    struct category_drift d = drift_of(&arena, counts, 2);

    (void)test;
    assert_int_equal(d.n_new, 1);
    assert_true(d.test.cramers_v == 1 && d.test.statistic == 200);
    arena_done(&arena);
}

static void tables_that_say_nothing_are_refused(void **test)
{
    struct chi_square out;

    (void)test;
    assert_false(chi_square_table((int64_t[]){0, 0, 1, 2}, 2, 2, CHI_SQUARE_PEARSON, &out));
    assert_false(chi_square_table((int64_t[]){0, 1, 0, 2}, 2, 2, CHI_SQUARE_PEARSON, &out));
    assert_false(chi_square_table((int64_t[]){5, 1, -1, 2}, 2, 2, CHI_SQUARE_PEARSON, &out));
    assert_false(chi_square_table((int64_t[]){INT64_MAX, 1, 1, 2}, 2, 2, CHI_SQUARE_PEARSON, &out));
    assert_false(chi_square_table(NULL, 0, 0, CHI_SQUARE_PEARSON, &out));
    assert_true(chi_square_table((int64_t[]){INT64_MAX / 4, INT64_MAX / 4, INT64_MAX / 4, INT64_MAX / 4}, 2, 2, CHI_SQUARE_PEARSON, &out));
    assert_true(out.statistic == 0 && out.p_value == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scipy_cases_agree),
        cmocka_unit_test(the_likelihood_ratio_keeps_its_digits_where_little_differs),
        cmocka_unit_test(shares_that_are_not_shares_are_refused),
        cmocka_unit_test(values_of_either_side_are_joined),
        cmocka_unit_test(numbers_of_different_types_are_the_same_category),
        cmocka_unit_test(long_texts_stay_apart),
        cmocka_unit_test(more_categories_than_are_counted_are_not_known),
        cmocka_unit_test(rare_categories_are_pooled),
        cmocka_unit_test(a_pool_that_is_too_small_takes_the_rarest_of_the_others),
        cmocka_unit_test(with_one_other_a_small_pool_stays),
        cmocka_unit_test(categories_that_are_all_rare_cannot_be_compared),
        cmocka_unit_test(one_category_on_both_sides_is_no_drift),
        cmocka_unit_test(a_new_category_is_the_largest_effect_there_is),
        cmocka_unit_test(tables_that_say_nothing_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
