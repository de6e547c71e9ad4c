/* tests/reports/test_json.c -- the report as a document: golden, and what must hold of every document. */
#include "tests/reports/fixture.h"

static struct node *parse(struct arena *arena, const char *text)
{
    struct error err = ERROR_NONE;
    struct node *node = NULL;

    assert_int_equal(document_parse_json(arena, span_text(text), &node, &err), STATUS_OK);
    return node;
}

static void shows_the_whole_report(void **state)
{
    struct fixture f;
    char *text;

    (void)state;
    fixture_init(&f);
    text = fixture_render(&f, "json", NULL);
    assert_golden(text, "report.json");
    parse(&f.arena, text);
    free(text);
    fixture_done(&f);
}

static const struct node *result_of(const struct node *document, const char *id)
{
    for (const struct node *result = node_find(document, "results")->first; result; result = result->next)
        if (span_is(node_find(result, "id")->text, id))
            return result;
    fail_msg("no result %s", id);
    return NULL;
}

static void a_field_that_does_not_apply_is_absent(void **state)
{
    struct fixture f;
    char *text;
    const struct node *document, *mean, *skipped;

    (void)state;
    fixture_init(&f);
    text = fixture_render(&f, "json", NULL);
    document = parse(&f.arena, text);
    mean = result_of(document, "purchase_amount.mean");
    assert_null(node_find(mean, "unexpected_count"));
    assert_null(node_find(mean, "where"));
    assert_null(node_find(mean, "reason"));
    assert_non_null(node_find(mean, "nan_count"));
    skipped = result_of(document, "legacy.null");
    assert_null(node_find(skipped, "element_count"));
    assert_null(node_find(skipped, "vacuous"));
    assert_null(node_find(document, "error"));
    assert_null(strstr(text, "null,")); /* nothing is null here */
    free(text);
    fixture_done(&f);
}

static void only_an_observed_value_of_nothing_is_null(void **state)
{
    struct fixture f;
    char *text;
    const struct node *mean;

    (void)state;
    fixture_init(&f);
    f.results[FIXTURE_MEAN].finding.observed = value_none();
    text = fixture_render(&f, "json", NULL);
    mean = result_of(parse(&f.arena, text), "purchase_amount.mean");
    assert_int_equal(node_find(mean, "observed_value")->kind, NODE_NULL);
    free(text);
    fixture_done(&f);
}

static void percents_of_nothing_are_absent(void **state)
{
    struct fixture f;
    char *text;
    const struct node *coupon;

    (void)state;
    fixture_init(&f);
    text = fixture_render(&f, "json", NULL);
    coupon = result_of(parse(&f.arena, text), "coupon.between");
    assert_null(node_find(coupon, "unexpected_percent"));
    assert_true(span_is(node_find(coupon, "unexpected_percent_total")->text, "0"));
    assert_true(span_is(node_find(coupon, "missing_percent")->text, "100"));
    free(text);
    fixture_done(&f);
}

static void pii_shows_counts_and_rows_but_no_values(void **state)
{
    struct fixture f;
    char *text;
    const struct node *email, *sample;

    (void)state;
    fixture_init(&f);
    text = fixture_render(&f, "json", NULL);
    assert_null(strstr(text, "secret-person"));
    email = result_of(parse(&f.arena, text), "email.matches_regex");
    sample = node_find(email, "unexpected_sample")->first;
    assert_true(span_is(node_find(sample, "row")->text, "9"));
    assert_null(node_find(sample, "value"));
    assert_null(node_find(email, "unexpected_top"));
    free(text);
    fixture_done(&f);
}

static void a_key_that_is_pii_is_shown_nowhere(void **state)
{
    struct fixture f;
    char *text;

    (void)state;
    fixture_init(&f);
    f.results[FIXTURE_VACUOUS].column = "order_id";
    f.results[FIXTURE_VACUOUS].is_pii = true;
    text = fixture_render(&f, "json", NULL);
    assert_null(strstr(text, "\"key\""));
    free(text);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_the_whole_report),
        cmocka_unit_test(a_field_that_does_not_apply_is_absent),
        cmocka_unit_test(only_an_observed_value_of_nothing_is_null),
        cmocka_unit_test(percents_of_nothing_are_absent),
        cmocka_unit_test(pii_shows_counts_and_rows_but_no_values),
        cmocka_unit_test(a_key_that_is_pii_is_shown_nowhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
