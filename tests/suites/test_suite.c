/* tests/suites/test_suite.c -- the top level, columns and sections of a suite. */
#include "tests/suites/fixture.h"

static const char whole[] =
    "assay: 1\n"
    "suite: purchases\n"
    "dataset: silver.purchases\n"
    "description: Gate for the purchases table\n"
    "owner: data-team\n"
    "runbook: https://wiki.example/purchases\n"
    "tags: [silver]\n"
    "meta: {any: [thing]}\n"
    "timezone: '+01:00'\n"
    "where: \"event_type = 'purchase'\"\n"
    "primary_key: [order_id, line_no]\n"
    "types: {order_id: int64}\n"
    "csv: {delimiter: ';', quote: none, header: false, null: ['', NA], encoding: utf-8, comment: '#', skip_lines: 2}\n"
    "malformed: {max: 0.1%}\n"
    "allow_empty: true\n"
    "defaults: {severity: critical, nulls: fail, nan: ignore, on_empty: warn}\n"
    "table:\n"
    "  - row_count: {min: 1000, max: 5000000}\n"
    "columns:\n"
    "  user_id: [not_null, unique]\n"
    "  email: {type: string, nullable: true, pii: true, description: address, tags: [gdpr], expect: [matches_regex: '@']}\n"
    "  age: {nullable: false}\n";

static void every_top_level_key_has_its_place(void **test)
{
    struct reading r;
    const struct suite *s = read_well(&r, whole);

    (void)test;
    assert_string_equal(s->name, "purchases");
    assert_string_equal(s->dataset, "silver.purchases");
    assert_string_equal(s->description, "Gate for the purchases table");
    assert_string_equal(s->owner, "data-team");
    assert_string_equal(s->runbook, "https://wiki.example/purchases");
    assert_string_equal(s->timezone, "+01:00");
    assert_string_equal(s->where, "event_type = 'purchase'");
    assert_non_null(s->where_expression);
    assert_int_equal(s->tags.n, 1);
    assert_int_equal(s->meta->n_children, 1);
    assert_int_equal(s->primary_key.n, 2);
    assert_int_equal(s->malformed.kind, TOLERANCE_SHARE);
    assert_true(s->allow_empty && s->judges_damage);
    assert_ptr_equal(s->dialect, &dialect_assay);
    reading_done(&r);
}

static void csv_options_are_read(void **test)
{
    struct reading r;
    const struct csv_options *csv = &read_well(&r, whole)->csv;

    (void)test;
    assert_int_equal(csv->delimiter, ';');
    assert_int_equal(csv->quote, -1);
    assert_int_equal(csv->header, 0);
    assert_int_equal(csv->null_words.n, 2);
    assert_string_equal(csv->encoding, "utf-8");
    assert_string_equal(csv->comment, "#");
    assert_int_equal(csv->skip_lines, 2);
    reading_done(&r);
    csv = &read_well(&r, "table: [row_count: 1]\n")->csv;
    assert_true(csv->delimiter == 0 && csv->quote == 0 && csv->header == -1 && csv->null_words.n == 0);
    reading_done(&r);
    csv = &read_well(&r, "csv: {delimiter: tab}\ntable: [row_count: 1]\n")->csv;
    assert_int_equal(csv->delimiter, '\t');
    reading_done(&r);
}

static void checks_stand_in_the_order_of_table_primary_key_and_columns(void **test)
{
    static const char *const ids[] = {"table.row_count",  "order_id.not_null", "line_no.not_null", "table.unique_together",
                                      "order_id.of_type", "user_id.not_null",  "user_id.unique",   "email.of_type",
                                      "email.matches_regex", "age.not_null"};
    struct reading r;
    const struct suite *s = read_well(&r, whole);

    (void)test;
    assert_int_equal(s->n_checks, sizeof ids / sizeof *ids);
    for (int32_t i = 0; i < s->n_checks; i++)
        assert_string_equal(s->checks[i].id, ids[i]);
    reading_done(&r);
}

static void columns_are_declared(void **test)
{
    struct reading r;
    const struct suite *s = read_well(&r, whole);

    (void)test;
    assert_int_equal(s->n_columns, 4);
    assert_string_equal(s->columns[0].name, "order_id");
    assert_int_equal(s->columns[0].type.kind, TYPE_INT64);
    assert_string_equal(s->columns[2].name, "email");
    assert_true(s->columns[2].is_pii && s->columns[2].has_nullable && s->columns[2].is_nullable && s->columns[2].has_type);
    assert_string_equal(s->columns[2].description, "address");
    assert_int_equal(s->columns[2].line, 21);
    assert_true(check_of(s, "email.matches_regex")->column_is_nullable);
    assert_false(check_of(s, "user_id.unique")->column_is_nullable);
    reading_done(&r);
}

static void defaults_hold_for_every_check_that_says_nothing(void **test)
{
    struct reading r;
    const struct suite *s = read_well(&r, whole);
    const struct check *check = check_of(s, "user_id.unique");

    (void)test;
    assert_int_equal(check->severity, SEVERITY_CRITICAL);
    assert_int_equal(check->nulls, NULLS_FAIL);
    assert_int_equal(check->nan, NAN_IGNORE);
    assert_int_equal(check->on_empty, EMPTY_WARN);
    reading_done(&r);
    s = read_well(&r, "defaults: {severity: info, nan: pass}\ncolumns:\n  a: [mean: {min: 1, severity: error, nan: fail}]\n");
    assert_int_equal(s->checks[0].severity, SEVERITY_ERROR);
    assert_int_equal(s->checks[0].nan, NAN_FAIL);
    assert_int_equal(s->checks[0].on_empty, EMPTY_BY_LEVEL);
    reading_done(&r);
}

static void a_name_that_is_not_given_is_that_of_the_file(void **test)
{
    struct reading r;
    const struct suite *s = read_well(&r, "table: [row_count: 1]\n");

    (void)test;
    assert_string_equal(s->name, "orders");
    assert_string_equal(s->dataset, "orders");
    assert_string_equal(s->timezone, "UTC");
    reading_done(&r);
}

static void json_is_the_same_tree(void **test)
{
    struct reading a, b;

    (void)test;
    read_well(&a, "suite: x\ncolumns:\n  a:\n    - between: {min: 1, max: 2}\n");
    read_well(&b, "{\"columns\": {\"a\": [{\"between\": {\"max\": 2, \"min\": 1}}]}, \"suite\": \"x\"}");
    assert_string_equal(a.suite->fingerprint, b.suite->fingerprint);
    assert_int_equal(strlen(a.suite->fingerprint), 71);
    reading_done(&b);
    read_well(&b, "suite: x\ncolumns:\n  a:\n    - between: {min: 1, max: 3}\n");
    assert_string_not_equal(a.suite->fingerprint, b.suite->fingerprint);
    reading_done(&a);
    reading_done(&b);
}

static void a_dialect_sets_its_switches(void **test)
{
    struct reading r;
    const struct suite *s = read_well(&r, "dialect: gx\ncolumns:\n  a: [mean: {min: 1}]\n");

    (void)test;
    assert_ptr_equal(s->dialect, &dialect_gx);
    assert_ptr_equal(s->checks[0].dialect, &dialect_gx);
    assert_int_equal(s->checks[0].nan, NAN_IGNORE);
    reading_done(&r);
    refused("dialect: soda3\ntable: [row_count: 1]\n", 1, 10, "`soda3` is not supported yet");
    refused("dialect: gxx\ntable: [row_count: 1]\n", 1, 10, "unknown dialect");
}

static void a_bare_word_is_a_list_of_one(void **test)
{
    struct reading r;
    const struct suite *s = read_well(&r, "columns:\n  a: not_null\n  b: {expect: unique}\n  c:\n");

    (void)test;
    assert_int_equal(s->n_checks, 2);
    assert_int_equal(s->n_columns, 3);
    reading_done(&r);
}

static void a_suite_that_would_pass_anything_is_refused(void **test)
{
    (void)test;
    refused("suite: x\n", 0, 0, "no active expectation");
    refused("columns: {}\n", 0, 0, "no active expectation");
    refused("columns:\n  a: [not_null: {active: false}]\n", 0, 0, "no active expectation");
    refused("- a\n", 1, 1, "a suite is a map");
    refused("just text\n", 1, 1, "a suite is a map");
}

static void keys_of_later_are_refused_by_name(void **test)
{
    static const char *const keys[] = {"batch", "include", "for_each_column", "waivers", "environments", "calendar"};

    (void)test;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        char text[128], words[64];

        snprintf(text, sizeof text, "table: [row_count: 1]\n%s: {}\n", keys[i]);
        snprintf(words, sizeof words, "`%s` is not supported yet", keys[i]);
        refused(text, 2, 1, words);
    }
}

static void drift_corrects_and_counts_as_an_expectation(void **test)
{
    const struct suite *suite;
    struct reading r;

    (void)test;
    suite = read_well(&r, "drift: {correction: benjamini_hochberg, max_share: 0.25}\ntable: [row_count: 1]\n");
    assert_int_equal(suite->drift_correction, DRIFT_BENJAMINI_HOCHBERG);
    assert_int_equal(suite->n_checks, 2);
    assert_string_equal(suite->checks[1].id, "table.drift_share");
    reading_done(&r);
    refused("table: [row_count: 1]\ndrift: {correction: holm}\n", 2, 21, "benjamini_hochberg");
    refused("table: [row_count: 1]\ndrift: {max_share: 2}\n", 2, 20, "max_share");
}

static void mistakes_are_told_at_their_place(void **test)
{
    (void)test;
    refused("tabel: []\ncolumns: {a: [not_null]}\n", 1, 1, "unknown key `tabel`: did you mean `table`?");
    refused("suite: a b\ntable: [row_count: 1]\n", 1, 8, "letters, digits");
    refused("assay: 2\ntable: [row_count: 1]\n", 1, 8, "`assay`");
    refused("timezone: Mars/Base\ntable: [row_count: 1]\n", 1, 11, "time zone");
    refused("where: \"a = = 3\"\ntable: [row_count: 1]\n", 1, 13, "expected");
    refused("where: [a]\ntable: [row_count: 1]\n", 1, 8, "`where`");
    refused("where: 5\ntable: [row_count: 1]\n", 1, 8, "as text");
    refused("types: {a: itn}\ntable: [row_count: 1]\n", 1, 12, "`itn` is no type");
    refused("types: [a]\ntable: [row_count: 1]\n", 1, 8, "map of columns");
    refused("types: {a: int64}\ncolumns: {a: {type: int32}}\n", 2, 21, "given twice");
    refused("csv: {delimiter: ab}\ntable: [row_count: 1]\n", 1, 18, "one ASCII character");
    refused("csv: {true: [x], false: [y, X]}\ntable: [row_count: 1]\n", 1, 13, "'x' cannot be both");
    refused("csv: {false: [TRUE]}\ntable: [row_count: 1]\n", 1, 14, "'true' cannot be both");
    refused("csv: {delimiter: ';', quote: ';'}\ntable: [row_count: 1]\n", 1, 30, "same character");
    refused("malformed: -1\ntable: [row_count: 1]\n", 1, 12, "`max`");
    refused("primary_key: [a,b,c,d,e,f,g,h,i]\n", 1, 14, "at most 8");
    refused("columns: [a]\ntable: [row_count: 1]\n", 1, 10, "columns is a map");
    refused("columns: {a: 5}\ntable: [row_count: 1]\n", 1, 14, "expectations are a list");
    refused("table: {row_count: 1}\n", 1, 8, "expectations are a list");
    refused("columns:\n  a: {not_null: }\n  b: [not_null]\n", 2, 7, "belongs into a list under `expect:`");
    refused("columns:\n  a: {nulable: true}\n  b: [not_null]\n", 2, 7, "did you mean `nullable`?");
    refused("defaults: {nulls: x}\ntable: [row_count: 1]\n", 1, 19, "one of ignore, fail, pass");
}

static void all_problems_are_reported_at_once_in_the_order_of_the_file(void **test)
{
    struct reading r;

    (void)test;
    read_text(&r, "columns:\n  a: [not_nul, between: {min: 5, max: 3}]\n  b: [unique: {x: 1}]\nsuit: x\n");
    assert_int_equal(r.status, STATUS_BAD_SUITE);
    assert_int_equal(r.problems.n, 4);
    has_problem(&r, 2, 7, "did you mean `not_null`?");
    has_problem(&r, 2, 31, "min 5 is above max 3");
    has_problem(&r, 3, 16, "unknown key `x`");
    has_problem(&r, 4, 1, "did you mean `suite`?");
    for (int32_t i = 1; i < r.problems.n; i++)
        assert_true(r.problems.at[i - 1].line <= r.problems.at[i].line);
    assert_string_equal(r.err.text, r.problems.at[0].text);
    assert_string_equal(r.problems.at[3].source, "dir/orders.v1.yaml");
    reading_done(&r);
}

static void a_key_twice_an_alias_and_a_tag_are_refused(void **test)
{
    struct reading r;

    (void)test;
    read_text(&r, "suite: a\nsuite: b\n");
    assert_int_equal(r.status, STATUS_BAD_SUITE);
    assert_int_equal(r.err.line, 2);
    assert_int_equal(r.problems.n, 1);
    reading_done(&r);
    read_text(&r, "table: &a [row_count: 1]\ncolumns: *a\n");
    assert_int_equal(r.status, STATUS_BAD_SUITE);
    reading_done(&r);
    read_text(&r, "table: !!seq [row_count: 1]\n");
    assert_int_equal(r.status, STATUS_BAD_SUITE);
    reading_done(&r);
}

static void a_suite_that_is_not_there_is_a_mistake_of_the_author(void **test)
{
    struct reading r = {.err = ERROR_NONE};

    (void)test;
    problems_init(&r.problems, &r.arena);
    assert_int_equal(suite_read(&r.arena, "/nowhere/x.yaml", NULL, &r.suite, &r.problems, &r.err), STATUS_BAD_SUITE);
    assert_string_equal(r.err.source, "/nowhere/x.yaml");
    reading_done(&r);
}

static void more_columns_than_a_suite_may_name_are_refused(void **test)
{
    struct reading r;
    struct buffer text = {0};

    (void)test;
    assert_true(buffer_format(&text, "columns:\n"));
    for (int i = 0; i <= SUITE_COLUMNS_MAX; i++)
        assert_true(buffer_format(&text, "  c%d: not_null\n", i));
    assert_true(buffer_add(&text, "", 1));
    read_text(&r, (const char *)text.at);
    assert_int_equal(r.status, STATUS_BAD_SUITE);
    has_problem(&r, 1, 1, "at most 10000 columns");
    reading_done(&r);
    buffer_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_top_level_key_has_its_place),
        cmocka_unit_test(csv_options_are_read),
        cmocka_unit_test(checks_stand_in_the_order_of_table_primary_key_and_columns),
        cmocka_unit_test(columns_are_declared),
        cmocka_unit_test(defaults_hold_for_every_check_that_says_nothing),
        cmocka_unit_test(a_name_that_is_not_given_is_that_of_the_file),
        cmocka_unit_test(json_is_the_same_tree),
        cmocka_unit_test(a_dialect_sets_its_switches),
        cmocka_unit_test(a_bare_word_is_a_list_of_one),
        cmocka_unit_test(a_suite_that_would_pass_anything_is_refused),
        cmocka_unit_test(keys_of_later_are_refused_by_name),
        cmocka_unit_test(drift_corrects_and_counts_as_an_expectation),
        cmocka_unit_test(mistakes_are_told_at_their_place),
        cmocka_unit_test(all_problems_are_reported_at_once_in_the_order_of_the_file),
        cmocka_unit_test(a_key_twice_an_alias_and_a_tag_are_refused),
        cmocka_unit_test(a_suite_that_is_not_there_is_a_mistake_of_the_author),
        cmocka_unit_test(more_columns_than_a_suite_may_name_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
