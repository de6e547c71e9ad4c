/* tests/validator/test_result_json.c -- what the digest of a verdict covers, and how details are laid out. */
#include "tests/reports/fixture.h"

static void digest(const struct fixture *f, char out[72])
{
    assert_true(report_digest(&f->report, out));
    assert_int_equal(strlen(out), 71);
    assert_memory_equal(out, "sha256:", 7);
}

static void the_digest_does_not_know_files_and_rows(void **state)
{
    struct fixture f;
    char before[72], after[72];

    (void)state;
    fixture_init(&f);
    digest(&f, before);
    f.unique[0].row = 99;
    f.unique[1].file = 0;
    f.files[0].path = "elsewhere.csv";
    f.report.batch.format = "csv";
    f.report.run.threads = 16;
    f.report.headline = "other words";
    f.results[FIXTURE_MEAN].proof = "footer";
    f.results[FIXTURE_MEAN].finding.details = fixture_json(&f, "{\"file\": \"a\", \"line\": 3, \"n\": 1}");
    digest(&f, after);
    f.results[FIXTURE_MEAN].finding.details = fixture_json(&f, "{\"file\": \"b\", \"line\": 4, \"n\": 1}");
    digest(&f, before);
    assert_string_equal(before, after);
    f.results[FIXTURE_MEAN].finding.details = NULL;
    digest(&f, after);
    f.unique[0].row = 17;
    digest(&f, before);
    assert_string_equal(before, after);
    fixture_done(&f);
}

static void the_digest_knows_verdicts_counts_and_values(void **state)
{
    struct fixture f;
    char first[72], changed[72];

    (void)state;
    fixture_init(&f);
    digest(&f, first);
    f.unique[0].value = value_int(43);
    digest(&f, changed);
    assert_string_not_equal(first, changed);
    f.unique[0].value = value_int(42);
    f.results[FIXTURE_UNIQUE].finding.unexpected_count++;
    digest(&f, changed);
    assert_string_not_equal(first, changed);
    f.results[FIXTURE_UNIQUE].finding.unexpected_count--;
    f.report.statistics.vacuous++;
    digest(&f, changed);
    assert_string_not_equal(first, changed);
    f.report.statistics.vacuous--;
    f.report.success = true;
    digest(&f, changed);
    assert_string_not_equal(first, changed);
    f.report.success = false;
    digest(&f, changed);
    assert_string_equal(first, changed);
    fixture_done(&f);
}

static void assert_written(const struct fixture *f, int which, const char *part, bool is_there)
{
    struct buffer out = {0};
    struct json_writer w;

    json_init(&w, &out, 0);
    result_write(&w, &f->report, &f->results[which], 0);
    assert_false(w.failed);
    assert_true(buffer_add(&out, "", 1));
    if ((strstr((const char *)out.at, part) != NULL) != is_there)
        fail_msg("%s in %s", part, (const char *)out.at);
    buffer_done(&out);
}

static void details_name_their_own_places_or_stand_under_one(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f);
    f.results[FIXTURE_MEAN].finding.details = fixture_json(&f, "{\"method\": \"exact\"}");
    assert_written(&f, FIXTURE_MEAN, "\"details\": {\"method\": \"exact\"}", true);
    f.results[FIXTURE_MEAN].finding.has_observed = false;
    assert_written(&f, FIXTURE_MEAN, "\"observed\": {\"method\": \"exact\"}", true);
    f.results[FIXTURE_MEAN].finding.details =
        fixture_json(&f, "{\"observed\": {\"test\": \"ks\", \"moved_most\": \"gold\"}, \"distribution\": {\"labels\": [\"gold\"]}}");
    assert_written(&f, FIXTURE_MEAN, "\"observed\": {\"test\": \"ks\", \"moved_most\": \"gold\"}, \"distribution\": {", true);
    f.results[FIXTURE_MEAN].is_pii = true;
    assert_written(&f, FIXTURE_MEAN, "\"observed\": {\"test\": \"ks\"}", true);
    assert_written(&f, FIXTURE_MEAN, "gold", false);
    fixture_done(&f);
}

static void a_pii_column_shows_no_figure_that_is_a_value(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f);
    f.results[FIXTURE_MAX].is_pii = true;
    assert_written(&f, FIXTURE_MAX, "observed_value", false);
    f.results[FIXTURE_MEAN].is_pii = true;
    assert_written(&f, FIXTURE_MEAN, "\"observed_value\": 57.25", true);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_digest_does_not_know_files_and_rows),
        cmocka_unit_test(the_digest_knows_verdicts_counts_and_values),
        cmocka_unit_test(details_name_their_own_places_or_stand_under_one),
        cmocka_unit_test(a_pii_column_shows_no_figure_that_is_a_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
