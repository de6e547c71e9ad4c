/* tests/expectations/test_distribution.c -- matches_distribution: what fails, what cannot be told, what is shown, as what both sides are
 * read. */
#include "tests/expectations/fixture.h"

#include "core/number.h"
#include "stats/drift_tests.h"

/* A stage with a reference of one column. The stage is first: it is the planner's context. */
struct drift {
    struct stage stage;
    struct test_column *reference;
    struct type reference_type; /* as its schema says */
    struct type read_as;
    struct error broken;        /* status OK: it can be read */
    struct reference asked;
    struct feed reference_feed;
    void *reference_state;
};

static bool drift_is_undeclared(void *context, const char *name)
{
    struct stage *s = context;

    return s->schema.columns[schema_find(&s->schema, name)].type.kind == TYPE_UNKNOWN;
}

static enum status drift_reference(void *context, const struct reference *reference, struct type *type, struct error *err)
{
    struct drift *d = context;

    d->asked = *reference;
    if (d->broken.status != STATUS_OK) {
        *err = d->broken;
        return err->status;
    }
    *type = d->reference_type;
    return STATUS_OK;
}

static enum status drift_reference_state(void *context, const struct reference *reference, struct type type,
                                         const struct metric *metric, const void *params, size_t params_size, int32_t *handle,
                                         struct error *err)
{
    struct drift *d = context;

    (void)reference;
    (void)err;
    d->read_as = type;
    if (d->reference && type_equal(d->reference->type, type)) {
        feed_init(&d->reference_feed, metric, d->reference);
        d->reference_feed.setup.params = params;
        d->reference_feed.setup.params_size = params_size;
        d->reference_state = feed_run(&d->reference_feed);
    }
    *handle = 1;
    return STATUS_OK;
}

static const void *drift_seen(void *context, int32_t handle)
{
    struct drift *d = context;

    assert_int_equal(handle, 1);
    return d->reference_state;
}

static void drift_open_as(struct drift *d, const char *parameters, struct type column, struct type reference)
{
    char yaml[400];

    snprintf(yaml, sizeof yaml, "columns:\n  x: [matches_distribution: {%s}]\n", parameters);
    memset(d, 0, sizeof *d);
    stage_open(&d->stage, yaml);
    stage_column_of(&d->stage, "x", column);
    d->reference_type = reference;
    d->stage.planner.is_undeclared = drift_is_undeclared;
    d->stage.planner.reference = drift_reference;
    d->stage.planner.reference_state = drift_reference_state;
    d->stage.seen.reference = drift_seen;
}

static void drift_open(struct drift *d, const char *parameters, struct type column, struct type reference)
{
    char all[300];

    snprintf(all, sizeof all, "reference: ref.csv%s", parameters);
    drift_open_as(d, all, column, reference);
}

static const struct finding *drift_judge(struct drift *d, const struct test_column *batch, struct test_column *reference)
{
    struct stage *s = &d->stage;

    d->reference = reference;
    if (stage_plan(s)->is_settled)
        return stage_judge(s);
    for (int32_t i = 0; i < s->n_requests; i++) {
        struct feed *feed = &s->feeds[i];

        feed_init(feed, s->requests[i].metric, batch);
        feed->setup.params = s->requests[i].params;
        feed->setup.params_size = s->requests[i].params_size;
        if (s->requests[i].reference)
            feed->setup.reference = d->reference_state;
        s->states[i] = feed_run(feed);
    }
    return stage_judge(s);
}

static void drift_close(struct drift *d)
{
    if (d->reference_state)
        feed_done(&d->reference_feed, d->reference_state);
    stage_close(&d->stage);
}

static const struct type doubles = {.kind = TYPE_DOUBLE}, ints = {.kind = TYPE_INT64}, texts = {.kind = TYPE_STRING},
                         cells = {.kind = TYPE_UNKNOWN};

/* 0, step, 2 step ... */
static struct test_column *ramp(struct drift *d, int64_t n, double from, double step)
{
    struct test_column *c = column_new(&d->stage.arena, doubles, n);

    for (int64_t i = 0; i < n; i++)
        ((double *)c->values)[i] = from + (double)i * step;
    return c;
}

/* n_a times "a", then n_b times "b", n_c times "c". */
static struct test_column *letters(struct drift *d, int64_t n_a, int64_t n_b, int64_t n_c)
{
    struct test_column *c = column_new(&d->stage.arena, texts, n_a + n_b + n_c);

    for (int64_t i = 0; i < c->n; i++)
        ((struct span *)c->values)[i] = span_text(i < n_a ? "a" : i < n_a + n_b ? "b" : "c");
    return c;
}

static const struct node *observed(const struct finding *f, const char *name)
{
    return node_find(node_find(f->details, "observed"), name);
}

static void text_is(const struct node *node, const char *text)
{
    assert_non_null(node);
    if (!span_is(node->text, text))
        fail_msg("%s instead of %s", (const char *)node->text.at, text);
}

static void reason_has(const struct finding *f, enum verdict verdict, const char *words)
{
    if (f->verdict != verdict || !f->reason || !strstr(f->reason, words))
        fail_msg("verdict %d: %s", f->verdict, f->reason ? f->reason : "no reason");
}

/* --- verdicts --- */

static void the_same_numbers_pass_and_the_figures_are_shown(void **test)
{
    const struct finding *f;
    struct drift d;

    (void)test;
    drift_open(&d, "", doubles, doubles);
    f = drift_judge(&d, ramp(&d, 200, 0, 1), ramp(&d, 100, 0, 2));
    assert_int_equal(f->verdict, VERDICT_PASS);
    assert_int_equal(f->element_count, 200);
    text_is(observed(f, "test"), "ks");
    text_is(observed(f, "statistic"), "0.005");
    text_is(observed(f, "p_method"), "exact");
    text_is(node_find(observed(f, "effect_size"), "name"), "ks_d");
    text_is(node_find(observed(f, "effect_size"), "value"), "0.005");
    text_is(observed(f, "n"), "200");
    text_is(observed(f, "n_reference"), "100");
    assert_non_null(observed(f, "moved_most"));
    assert_null(observed(f, "degrees_of_freedom"));
    text_is(node_find(node_find(f->details, "distribution"), "kind"), "histogram");
    drift_close(&d);
}

static void a_large_effect_fails_whatever_the_p_value(void **test)
{
    const struct finding *f;
    struct drift d;

    (void)test;
    drift_open(&d, ", max_effect: 0.2", doubles, doubles);
    f = drift_judge(&d, ramp(&d, 30, 9, 1), ramp(&d, 30, 0, 1));
    reason_has(f, VERDICT_FAIL, "the effect size (KS D) 0.3 is above max_effect 0.2");
    assert_null(strstr(f->reason, "p-value"));
    drift_close(&d);
    drift_open(&d, ", max_effect: 0.3", doubles, doubles); /* at most */
    assert_int_equal(drift_judge(&d, ramp(&d, 30, 9, 1), ramp(&d, 30, 0, 1))->verdict, VERDICT_PASS);
    drift_close(&d);
    drift_open(&d, "", doubles, doubles); /* 0.1 unless given */
    reason_has(drift_judge(&d, ramp(&d, 100, 11, 1), ramp(&d, 100, 0, 1)), VERDICT_FAIL, "0.11 is above max_effect 0.1");
    drift_close(&d);
}

static void p_value_and_statistic_count_where_they_are_given(void **test)
{
    struct drift d;

    (void)test;
    drift_open(&d, ", max_effect: 1, p_value: 0.05", doubles, doubles);
    reason_has(drift_judge(&d, ramp(&d, 100, 50, 1), ramp(&d, 100, 0, 1)), VERDICT_FAIL, "is below p_value 0.05");
    drift_close(&d);
    drift_open(&d, ", max_effect: 1, max_statistic: 0.4", doubles, doubles);
    reason_has(drift_judge(&d, ramp(&d, 100, 50, 1), ramp(&d, 100, 0, 1)), VERDICT_FAIL, "the statistic 0.5 is above max_statistic 0.4");
    drift_close(&d);
    drift_open(&d, ", max_effect: 1, max_statistic: 0", doubles, doubles);
    reason_has(drift_judge(&d, ramp(&d, 100, 1, 1), ramp(&d, 100, 0, 1)), VERDICT_FAIL, "max_statistic 0");
    drift_close(&d);
    drift_open(&d, ", max_effect: 1", doubles, doubles);
    assert_int_equal(drift_judge(&d, ramp(&d, 100, 5000, 1), ramp(&d, 100, 0, 1))->verdict, VERDICT_PASS);
    drift_close(&d);
}

static void too_few_values_on_either_side_are_not_evaluated(void **test)
{
    struct drift d;

    (void)test;
    drift_open(&d, "", doubles, doubles);
    reason_has(drift_judge(&d, ramp(&d, 29, 0, 1), ramp(&d, 100, 0, 1)), VERDICT_NOT_EVALUATED,
               "too few values to compare: 29 in the batch, 100 in the reference, min_samples is 30");
    drift_close(&d);
    drift_open(&d, ", min_samples: 101", doubles, doubles);
    reason_has(drift_judge(&d, ramp(&d, 200, 0, 1), ramp(&d, 100, 0, 1)), VERDICT_NOT_EVALUATED, "100 in the reference");
    drift_close(&d);
    drift_open(&d, ", min_samples: 1", doubles, doubles);
    assert_int_equal(drift_judge(&d, ramp(&d, 1, 0, 1), ramp(&d, 1, 0, 1))->verdict, VERDICT_PASS);
    drift_close(&d);
}

static void no_values_at_all_is_a_failure_like_that_of_any_figure(void **test)
{
    struct test_column *nulls;
    struct drift d;

    (void)test;
    drift_open(&d, "", doubles, doubles);
    nulls = ramp(&d, 40, 0, 1);
    for (int64_t i = 0; i < nulls->n; i++)
        column_set_null(&d.stage.arena, nulls, i);
    reason_has(drift_judge(&d, nulls, ramp(&d, 100, 0, 1)), VERDICT_FAIL, "the column has no values");
    assert_true(d.stage.finding.nothing_to_judge && !d.stage.finding.has_observed);
    drift_close(&d);
}

static void nulls_are_left_out_and_infinities_are_values(void **test)
{
    struct test_column *batch;
    const struct finding *f;
    struct drift d;

    (void)test;
    drift_open(&d, "", doubles, doubles);
    batch = ramp(&d, 120, 0, 1);
    for (int64_t i = 100; i < 110; i++)
        column_set_null(&d.stage.arena, batch, i);
    for (int64_t i = 110; i < 120; i++)
        ((double *)batch->values)[i] = INFINITY;
    f = drift_judge(&d, batch, ramp(&d, 100, 0, 1));
    assert_int_equal(f->missing_count, 10);
    text_is(observed(f, "n"), "110");
    assert_int_equal(f->verdict, VERDICT_PASS);
    drift_close(&d);
}

static void nan_fails_and_says_so_unless_it_is_left_out(void **test)
{
    struct test_column *column;
    struct drift d;

    (void)test;
    drift_open(&d, "", doubles, doubles);
    column = ramp(&d, 100, 0, 1);
    ((double *)column->values)[7] = NAN;
    reason_has(drift_judge(&d, column, ramp(&d, 100, 0, 1)), VERDICT_FAIL, "1 of 100 values is NaN");
    drift_close(&d);
    drift_open(&d, ", nan: ignore", doubles, doubles);
    column = ramp(&d, 100, 0, 1);
    ((double *)column->values)[7] = NAN;
    assert_int_equal(drift_judge(&d, column, column)->verdict, VERDICT_PASS);
    drift_close(&d);
    drift_open(&d, "", doubles, doubles);
    column = ramp(&d, 100, 0, 1);
    ((double *)column->values)[7] = NAN;
    reason_has(drift_judge(&d, ramp(&d, 100, 0, 1), column), VERDICT_NOT_EVALUATED, "1 of 100 values of the reference are NaN");
    drift_close(&d);
}

/* --- categories --- */

static void categories_are_compared_by_chi_square(void **test)
{
    const struct finding *f;
    const struct node *distribution;
    struct drift d;

    (void)test;
    drift_open(&d, "", texts, texts);
    f = drift_judge(&d, letters(&d, 50, 50, 0), letters(&d, 100, 100, 0));
    assert_int_equal(f->verdict, VERDICT_PASS);
    text_is(observed(f, "test"), "chi_square");
    text_is(observed(f, "statistic"), "0");
    text_is(observed(f, "degrees_of_freedom"), "1");
    text_is(observed(f, "p_value"), "1");
    text_is(node_find(observed(f, "effect_size"), "name"), "cramers_v");
    text_is(observed(f, "new_category_count"), "0");
    text_is(observed(f, "pooled_category_count"), "0");
    distribution = node_find(f->details, "distribution");
    text_is(node_find(distribution, "kind"), "categories");
    text_is(node_find(distribution, "labels")->first, "a");
    text_is(node_find(distribution, "reference")->last, "0.5");
    drift_close(&d);
}

static void a_new_category_counts_and_is_named(void **test)
{
    const struct finding *f;
    struct drift d;

    (void)test;
    drift_open(&d, ", p_value: 0.001", texts, texts);
    f = drift_judge(&d, letters(&d, 50, 50, 30), letters(&d, 100, 100, 0));
    reason_has(f, VERDICT_FAIL, "Cramér's V");
    assert_non_null(strstr(f->reason, "p-value"));
    text_is(observed(f, "new_category_count"), "1");
    text_is(node_find(observed(f, "new_categories")->first, "value"), "c");
    text_is(node_find(observed(f, "new_categories")->first, "count"), "30");
    text_is(observed(f, "moved_most"), "c");
    assert_null(strstr(f->reason, "c "));
    drift_close(&d);
}

static void numbers_are_categories_where_the_suite_says_so(void **test)
{
    struct test_column *batch, *reference;
    const struct finding *f;
    struct drift d;

    (void)test;
    drift_open(&d, ", test: chi_square", ints, (struct type){.kind = TYPE_INT32});
    batch = column_new(&d.stage.arena, ints, 90);
    reference = column_new(&d.stage.arena, (struct type){.kind = TYPE_INT32}, 60);
    for (int64_t i = 0; i < 90; i++)
        ((int64_t *)batch->values)[i] = i % 3;
    for (int64_t i = 0; i < 60; i++)
        ((int64_t *)reference->values)[i] = i % 3;
    f = drift_judge(&d, batch, reference);
    assert_int_equal(f->verdict, VERDICT_PASS);
    text_is(observed(f, "statistic"), "0");
    drift_close(&d);
}

static void more_categories_than_are_counted_are_not_evaluated(void **test)
{
    struct test_column *many;
    struct drift d;

    (void)test;
    drift_open(&d, ", test: chi_square", ints, ints);
    many = column_new(&d.stage.arena, ints, 65537);
    for (int64_t i = 0; i < many->n; i++)
        ((int64_t *)many->values)[i] = i;
    reason_has(drift_judge(&d, many, many), VERDICT_NOT_EVALUATED, "more than 65536 categories");
    drift_close(&d);
    drift_open(&d, ", test: chi_square", ints, ints);
    many = column_new(&d.stage.arena, ints, 600);
    for (int64_t i = 0; i < many->n; i++)
        ((int64_t *)many->values)[i] = i;
    reason_has(drift_judge(&d, many, many), VERDICT_NOT_EVALUATED, "each category is too rare to compare");
    drift_close(&d);
}

/* --- references and types --- */

static void a_reference_that_cannot_be_used_is_not_evaluated(void **test)
{
    struct drift d;

    (void)test;
    drift_open(&d, ", column: y", doubles, doubles);
    d.broken = (struct error)ERROR_NONE;
    error_set(&d.broken, STATUS_NOT_FOUND, "the reference has no column y");
    stage_plan(&d.stage);
    reason_has(stage_judge(&d.stage), VERDICT_NOT_EVALUATED, "the reference cannot be used: the reference has no column y");
    assert_string_equal(d.asked.column, "y");
    assert_string_equal(d.asked.path, "ref.csv");
    assert_false(d.asked.is_from_variable);
    drift_close(&d);
    drift_open(&d, "", doubles, (struct type){.kind = TYPE_NULL});
    reason_has(stage_plan(&d.stage)->is_settled ? stage_judge(&d.stage) : NULL, VERDICT_NOT_EVALUATED, "has no values to compare with");
    assert_string_equal(d.asked.column, "x");
    drift_close(&d);
}

static void the_end_of_the_run_is_not_the_reference_s_fault(void **test)
{
    struct planned planned;
    struct drift d;

    (void)test;
    drift_open(&d, "", doubles, doubles);
    error_set(&d.broken, STATUS_TIMED_OUT, "the run did not end within --timeout");
    planned = (struct planned){.check = d.stage.check};
    assert_int_equal(d.stage.check->kind->plan(&planned, &d.stage.planner, &d.stage.err), STATUS_TIMED_OUT);
    drift_close(&d);
}

static void types_that_cannot_be_compared(void **test)
{
    static const struct { const char *parameters; struct type batch, reference; enum verdict verdict; const char *words; } cases[] = {
        {"", {.kind = TYPE_INT64}, {.kind = TYPE_STRING}, VERDICT_NOT_EVALUATED, "is string, which int64 cannot be compared with"},
        {"", {.kind = TYPE_STRING}, {.kind = TYPE_INT64}, VERDICT_NOT_EVALUATED, "is int64, which string cannot be compared with"},
        {"", {.kind = TYPE_DATE}, {.kind = TYPE_INT64}, VERDICT_NOT_EVALUATED, "cannot be compared"},
        {"", {.kind = TYPE_DECIMAL, .precision = 38, .scale = 2}, {.kind = TYPE_DOUBLE}, VERDICT_NOT_EVALUATED, "more than 18 digits"},
        {", test: ks", {.kind = TYPE_STRING}, {.kind = TYPE_STRING}, VERDICT_FAIL, "needs numbers or times"},
        {", test: ks", {.kind = TYPE_BOOL}, {.kind = TYPE_BOOL}, VERDICT_FAIL, "needs numbers or times"},
    };

    (void)test;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct drift d;

        drift_open(&d, cases[i].parameters, cases[i].batch, cases[i].reference);
        assert_true(stage_plan(&d.stage)->is_settled);
        reason_has(stage_judge(&d.stage), cases[i].verdict, cases[i].words);
        drift_close(&d);
    }
}

/* As what cells are read, and by which test. */
static void cells_are_read_as_what_the_other_side_is(void **test)
{
    static const struct type decimals = {.kind = TYPE_DECIMAL, .precision = 9, .scale = 2};
    const struct { const char *parameters; struct type batch, reference, batch_as, reference_as; const struct metric *metric; } cases[] = {
        {"", decimals, cells, decimals, decimals, &metric_ks},
        {"", cells, decimals, decimals, decimals, &metric_ks},
        {"", cells, ints, ints, ints, &metric_ks},
        {", test: chi_square", cells, ints, ints, ints, &metric_frequencies},
        {", test: chi_square", cells, cells, texts, texts, &metric_frequencies},
        {", test: ks", cells, cells, doubles, doubles, &metric_ks},
        {"", cells, texts, texts, texts, &metric_frequencies},
        {"", ints, doubles, ints, doubles, &metric_ks},
    };

    (void)test;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct drift d;

        drift_open(&d, cases[i].parameters, cases[i].batch, cases[i].reference);
        assert_false(stage_plan(&d.stage)->is_settled);
        assert_ptr_equal(d.stage.requests[0].metric, cases[i].metric);
        assert_true(type_equal(d.stage.planned.type, cases[i].batch_as));
        assert_true(type_equal(d.read_as, cases[i].reference_as));
        drift_close(&d);
    }
}

/* --- suites --- */

static void suites_that_cannot_be_meant_are_refused(void **test)
{
    (void)test;
    refuses("columns: {x: [matches_distribution]}\n", "reference");
    refuses("columns: {x: [matches_distribution: {reference: ''}]}\n", "a file, a directory or a glob");
    refuses("columns: {x: [matches_distribution: {reference: '-'}]}\n", "a file, a directory or a glob");
    refuses("columns: {x: [matches_distribution: {reference: a, test: kss}]}\n", "ks");
    refuses("columns: {x: [matches_distribution: {test: ks}]}\n", "reference (or distribution, or probabilities) is required");
    refuses("columns: {x: [matches_distribution: {reference: a, probabilities: {a: 1}}]}\n", "not several");
    refuses("columns: {x: [matches_distribution: {reference: a, test: psi, p_value: 0.1}]}\n", "has no p-value");
    refuses("columns: {x: [matches_distribution: {reference: a, test: wasserstein}]}\n", "in the column's unit: give max_effect");
    refuses("columns: {x: [matches_distribution: {reference: a, alternative: less}]}\n", "one-sided");
    refuses("columns: {x: [matches_distribution: {reference: a, test: ks, bins: 5}]}\n", "bins are for tests of shares");
    refuses("columns: {x: [matches_distribution: {reference: a, test: ks, base: e}]}\n", "jensen_shannon alone");
    refuses("columns: {x: [matches_distribution: {reference: a, test: kz}]}\n", "did you mean ks");
    refuses("columns: {x: [matches_distribution: {distribution: {norml: {mean: 0}}}]}\n", "did you mean normal?");
    refuses("columns: {x: [matches_distribution: {distribution: {normal: {mean: 0}}}]}\n", "needs a number for `stdev`");
    refuses("columns: {x: [matches_distribution: {distribution: {normal: {mean: 0, stdev: 0}}}]}\n", "above 0");
    refuses("columns: {x: [matches_distribution: {distribution: {uniform: {min: 2, max: 1}}}]}\n", "below `max`");
    refuses("columns: {x: [matches_distribution: {distribution: {exponential: {mean: 2, rate: 1}}}]}\n", "takes mean and nothing else");
    refuses("columns: {x: [matches_distribution: {distribution: {normal: {mean: 0, stdev: 1}}, test: psi}]}\n", "against a law there is ks");
    refuses("columns: {x: [matches_distribution: {probabilities: {a: 0.5, b: 0.6}}]}\n", "add up to 1.1, not to 1");
    refuses("columns: {x: [matches_distribution: {probabilities: {a: 0.5, b: x}}]}\n", "the share of b is a number from 0 to 1");
    refuses("columns: {x: [matches_distribution: {probabilities: {a: 0.5, b: 0.5}, test: ks}]}\n", "compares values in order");
    refuses("columns: {x: [matches_distribution: {reference: a, max_effect: 2}]}\n", "max_effect");
    refuses("columns: {x: [matches_distribution: {reference: a, p_value: -1}]}\n", "p_value");
    refuses("columns: {x: [matches_distribution: {reference: a, min_samples: 0}]}\n", "min_samples");
    refuses("columns: {x: [matches_distribution: {reference: a, mostly: 0.9}]}\n", "does not apply");
    refuses("table: [matches_distribution: {reference: a}]\n", "about a column");
}

static bool begins_with_variable(const char *yaml)
{
    static const struct variable set[] = {{"dir", "data"}};
    static const struct suite_variables variables = {set, 1, true};
    struct problems problems;
    struct arena arena = {0};
    struct error err = ERROR_NONE;
    struct suite *suite;
    struct planner planner = {0};
    struct drift d = {0};
    struct planned planned;
    bool result;

    problems_init(&problems, &arena);
    must(suite_parse(&arena, "test.yaml", span_text(yaml), &variables, &suite, &problems, &err), &err);
    (void)planner;
    drift_open(&d, "", doubles, doubles);
    planned = (struct planned){.check = suite->checks[0].warn ? suite->checks[0].warn : &suite->checks[0]};
    must(planned.check->kind->plan(&planned, &d.stage.planner, &err), &err);
    result = d.asked.is_from_variable;
    drift_close(&d);
    arena_done(&arena);
    return result;
}

static void a_reference_that_begins_with_a_variable_is_known_as_such(void **test)
{
    (void)test;
    assert_false(begins_with_variable("columns: {x: [matches_distribution: ref.csv]}\n"));
    assert_true(begins_with_variable("columns: {x: [matches_distribution: '{{ dir }}/ref.csv']}\n"));
    assert_true(begins_with_variable("columns: {x: [matches_distribution: {reference: '{{ dir }}'}]}\n"));
    assert_true(begins_with_variable("columns: {x: [matches_distribution: {reference: '${NOT_SET_HERE:-a}'}]}\n"));
    assert_false(begins_with_variable("columns: {x: [matches_distribution: {reference: 'a/{{ dir }}'}]}\n"));
    assert_true(begins_with_variable("columns: {x: [matches_distribution: {reference: '{{ dir }}', warn: {max_effect: 0.01}}]}\n"));
    assert_true(begins_with_variable("columns: {x: [expect_column_distribution_to_match_reference: {reference: '{{ dir }}'}]}\n"));
}

/* --- every test --- */

static double figure(const struct finding *f, const char *name)
{
    const struct node *node = observed(f, name);
    double x = NAN;

    assert_non_null(node);
    if (strcmp(name, "effect_size") == 0)
        node = node_find(node, "value");
    assert_true(number_parse_double(node->text, &x));
    return x;
}

/* The same values pass any test, a shift by half the range fails it; each shows its figures and a drawing. */
static void every_test_tells_a_shift_from_none(void **test)
{
    (void)test;
    for (const struct drift_test *t = drift_tests; t->name; t++) {
        bool by_category = t->flags & DRIFT_BY_CATEGORY, is_levene = strcmp(t->name, "levene") == 0;
        char parameters[100];

        for (int shifted = 0; shifted < 2; shifted++) {
            const struct finding *f;
            struct drift d;

            snprintf(parameters, sizeof parameters, ", test: %s%s%s", t->name, by_category ? ", bins: 8" : "",
                     t->flags & DRIFT_HAS_UNIT ? ", max_effect: 3" : "");
            drift_open(&d, parameters, doubles, doubles);
            f = drift_judge(&d, ramp(&d, 400, shifted && !is_levene ? 200 : 0, shifted && is_levene ? 2 : 1), ramp(&d, 300, 0, 4 / 3.0));
            if (f->verdict != (shifted ? VERDICT_FAIL : VERDICT_PASS))
                fail_msg("%s: verdict %d, %s", t->name, f->verdict, f->reason ? f->reason : "no reason");
            text_is(observed(f, "test"), t->name);
            assert_true(isfinite(figure(f, "statistic")) && isfinite(figure(f, "effect_size")));
            text_is(node_find(observed(f, "effect_size"), "name"), t->effect);
            assert_true((observed(f, "p_value") != NULL) == ((t->flags & DRIFT_HAS_P) != 0));
            assert_true(figure(f, "n") == 400 && figure(f, "n_reference") == 300);
            assert_non_null(observed(f, "moved_most"));
            text_is(node_find(node_find(f->details, "distribution"), "kind"), "histogram");
            drift_close(&d);
        }
    }
}

static void tests_of_shares_take_categories_as_they_are(void **test)
{
    (void)test;
    for (const struct drift_test *t = drift_tests; t->name; t++) {
        char parameters[100];
        const struct finding *f;
        struct drift d;

        snprintf(parameters, sizeof parameters, ", test: %s%s", t->name, t->flags & DRIFT_HAS_UNIT ? ", max_effect: 3" : "");
        drift_open(&d, parameters, texts, texts);
        f = drift_judge(&d, letters(&d, 50, 50, 40), letters(&d, 100, 100, 0));
        if (t->flags & DRIFT_OF_ORDER) {
            reason_has(f, VERDICT_FAIL, "numbers or times (of text, by: length)");
        } else {
            reason_has(f, VERDICT_FAIL, t->effect_title);
            text_is(observed(f, "moved_most"), "c");
            text_is(observed(f, "new_category_count"), "1");
            text_is(node_find(node_find(f->details, "distribution"), "kind"), "categories");
        }
        drift_close(&d);
    }
}

static struct test_column *words(struct drift *d, int64_t n, size_t shortest)
{
    struct test_column *c = column_new(&d->stage.arena, texts, n);

    for (int64_t i = 0; i < n; i++)
        ((struct span *)c->values)[i] = span_of("\xce\xb2\xce\xb2\xce\xb2\xce\xb2\xce\xb2\xce\xb2\xce\xb2\xce\xb2", 2 * (shortest + (size_t)i % 4));
    return c;
}

static void texts_are_compared_by_their_length_in_code_points(void **test)
{
    const struct finding *f;
    struct drift d;

    (void)test;
    drift_open(&d, ", by: length", texts, texts);
    f = drift_judge(&d, words(&d, 40, 2), words(&d, 80, 1));
    reason_has(f, VERDICT_FAIL, "(KS D) 0.25 is above");
    text_is(observed(f, "moved_most"), "1"); /* the first of equals */
    drift_close(&d);
    drift_open(&d, ", by: length, test: wasserstein, max_effect: 1", texts, texts);
    assert_true(figure(drift_judge(&d, words(&d, 40, 2), words(&d, 80, 1)), "statistic") == 1);
    drift_close(&d);
    drift_open(&d, ", by: length", doubles, texts);
    reason_has(drift_judge(&d, ramp(&d, 40, 0, 1), words(&d, 40, 1)), VERDICT_FAIL, "text (by: length)");
    drift_close(&d);
}

static void a_law_is_compared_with_without_a_reference(void **test)
{
    const struct finding *f;
    struct drift d;

    (void)test;
    drift_open_as(&d, "distribution: {uniform: {min: 0, max: 100}}", doubles, cells);
    f = drift_judge(&d, ramp(&d, 100, 0.5, 1), NULL);
    assert_int_equal(f->verdict, VERDICT_PASS);
    assert_true(fabs(figure(f, "statistic") - 0.005) < 1e-15);
    assert_null(observed(f, "n_reference"));
    text_is(node_find(node_find(f->details, "distribution"), "kind"), "histogram");
    drift_close(&d);
    drift_open_as(&d, "distribution: {normal: {mean: 50, stdev: 10}}, p_value: 0.01, max_effect: 1", doubles, cells);
    reason_has(drift_judge(&d, ramp(&d, 100, 0.5, 1), NULL), VERDICT_FAIL, "is below p_value 0.01");
    drift_close(&d);
    drift_open_as(&d, "distribution: {exponential: {mean: 1}}, test: ks, alternative: less, max_effect: 1", doubles, cells);
    f = drift_judge(&d, ramp(&d, 100, 0.5, 1), NULL);
    text_is(observed(f, "alternative"), "less");
    drift_close(&d);
    drift_open_as(&d, "distribution: {normal: {mean: 0, stdev: 1}}", texts, cells);
    reason_has(drift_judge(&d, letters(&d, 40, 0, 0), NULL), VERDICT_FAIL, "needs numbers here");
    drift_close(&d);
    drift_open_as(&d, "distribution: {normal: {mean: 0, stdev: 1}}", doubles, cells);
    reason_has(drift_judge(&d, ramp(&d, 10, 0, 1), NULL), VERDICT_NOT_EVALUATED, "too few values to compare: 10, min_samples is 30");
    drift_close(&d);
}

static void given_shares_are_compared_with_without_a_reference(void **test)
{
    const struct finding *f;
    struct drift d;

    (void)test;
    drift_open_as(&d, "probabilities: {a: 0.5, b: 0.3, c: 0.2}", texts, cells);
    f = drift_judge(&d, letters(&d, 50, 30, 20), NULL);
    assert_int_equal(f->verdict, VERDICT_PASS);
    text_is(observed(f, "statistic"), "0");
    text_is(observed(f, "degrees_of_freedom"), "2");
    text_is(node_find(observed(f, "effect_size"), "name"), "cohens_w");
    drift_close(&d);
    drift_open_as(&d, "probabilities: {a: 0.5, b: 0.5}", texts, cells);
    f = drift_judge(&d, letters(&d, 50, 48, 2), NULL);
    reason_has(f, VERDICT_FAIL, "Cohen's w");
    text_is(node_find(observed(f, "new_categories")->first, "value"), "c");
    drift_close(&d);
    drift_open_as(&d, "probabilities: {a: 0.5, b: 0.5}, test: total_variation", texts, cells);
    f = drift_judge(&d, letters(&d, 65, 35, 0), NULL);
    reason_has(f, VERDICT_FAIL, "the total variation) 0.15 is above max_effect 0.1");
    text_is(observed(f, "moved_most"), "a");
    drift_close(&d);
    drift_open_as(&d, "probabilities: {'1': 0.5, '2': 0.5}", ints, cells);
    assert_int_equal(drift_judge(&d, column_of_ints(&d.stage.arena, (int64_t[]){1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2,
                                                                                1, 2, 1, 2, 1, 2, 1, 2, 1, 2}, 30), NULL)->verdict, VERDICT_PASS);
    drift_close(&d);
}

static void infinities_have_no_mean_to_compare(void **test)
{
    struct test_column *column;
    struct drift d;

    (void)test;
    drift_open(&d, ", test: welch_t", doubles, doubles);
    column = ramp(&d, 100, 0, 1);
    ((double *)column->values)[7] = INFINITY;
    reason_has(drift_judge(&d, column, ramp(&d, 100, 0, 1)), VERDICT_FAIL, "1 of 100 values is infinite: welch_t has no answer");
    drift_close(&d);
    drift_open(&d, ", test: wasserstein_normed", doubles, doubles);
    column = ramp(&d, 100, 0, 1);
    ((double *)column->values)[7] = -INFINITY;
    reason_has(drift_judge(&d, ramp(&d, 100, 0, 1), column), VERDICT_NOT_EVALUATED, "of the reference are infinite");
    drift_close(&d);
    drift_open(&d, ", test: mann_whitney", doubles, doubles);
    column = ramp(&d, 100, 0, 1);
    ((double *)column->values)[99] = INFINITY;
    assert_int_equal(drift_judge(&d, column, ramp(&d, 100, 0, 1))->verdict, VERDICT_PASS);
    drift_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_test_tells_a_shift_from_none),
        cmocka_unit_test(tests_of_shares_take_categories_as_they_are),
        cmocka_unit_test(texts_are_compared_by_their_length_in_code_points),
        cmocka_unit_test(a_law_is_compared_with_without_a_reference),
        cmocka_unit_test(given_shares_are_compared_with_without_a_reference),
        cmocka_unit_test(infinities_have_no_mean_to_compare),
        cmocka_unit_test(the_same_numbers_pass_and_the_figures_are_shown),
        cmocka_unit_test(a_large_effect_fails_whatever_the_p_value),
        cmocka_unit_test(p_value_and_statistic_count_where_they_are_given),
        cmocka_unit_test(too_few_values_on_either_side_are_not_evaluated),
        cmocka_unit_test(no_values_at_all_is_a_failure_like_that_of_any_figure),
        cmocka_unit_test(nulls_are_left_out_and_infinities_are_values),
        cmocka_unit_test(nan_fails_and_says_so_unless_it_is_left_out),
        cmocka_unit_test(categories_are_compared_by_chi_square),
        cmocka_unit_test(a_new_category_counts_and_is_named),
        cmocka_unit_test(numbers_are_categories_where_the_suite_says_so),
        cmocka_unit_test(more_categories_than_are_counted_are_not_evaluated),
        cmocka_unit_test(a_reference_that_cannot_be_used_is_not_evaluated),
        cmocka_unit_test(the_end_of_the_run_is_not_the_reference_s_fault),
        cmocka_unit_test(types_that_cannot_be_compared),
        cmocka_unit_test(cells_are_read_as_what_the_other_side_is),
        cmocka_unit_test(suites_that_cannot_be_meant_are_refused),
        cmocka_unit_test(a_reference_that_begins_with_a_variable_is_known_as_such),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
