/* tests/expectations/test_form.c -- encoding, no_duplicate_headers and line_count, by what is known of the files. */
#include "tests/expectations/fixture.h"

static const struct finding *judge_files(struct stage *s, const char *yaml, const struct text_file_facts *files, int32_t n)
{
    static struct text_facts facts;

    facts = (struct text_facts){files, n};
    stage_open(s, yaml);
    s->seen.text = files ? &facts : NULL;
    return stage_judge(s);
}

static void every_file_is_in_an_accepted_encoding(void **test)
{
    static const struct text_file_facts utf8 = {.path = "a.csv", .charset = "utf-8"}, wide = {.path = "b.csv", .charset = "utf-16le", .has_mark = true};
    const struct text_file_facts both[] = {utf8, wide}, parquet[] = {{.path = "p.parquet", .n_lines = -1}};
    const struct { const char *yaml; const struct text_file_facts *files; int32_t n; enum verdict expected; } cases[] = {
        {"table: [encoding: utf-8]\n", both, 1, VERDICT_PASS},
        {"table: [encoding: UTF8]\n", both, 1, VERDICT_PASS},
        {"table: [encoding: utf-8]\n", both, 2, VERDICT_FAIL},
        {"table: [encoding: [utf-8, utf-16]]\n", both, 2, VERDICT_PASS},
        {"table: [encoding: [utf-8, utf-16be]]\n", both, 2, VERDICT_FAIL},
        {"table: [encoding: {is: utf-16, mark: required}]\n", &wide, 1, VERDICT_PASS},
        {"table: [encoding: {is: utf-16, mark: forbidden}]\n", &wide, 1, VERDICT_FAIL},
        {"table: [encoding: {is: utf-8, mark: required}]\n", both, 1, VERDICT_FAIL},
        {"table: [encoding: utf-8]\n", parquet, 1, VERDICT_PASS},
        {"table: [encoding: utf-8]\n", NULL, 0, VERDICT_NOT_EVALUATED},
    };

    (void)test;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage s;
        assert_int_equal(judge_files(&s, cases[i].yaml, cases[i].files, cases[i].n)->verdict, cases[i].expected);
        stage_close(&s);
    }
    refuses("table: [encoding: klingon]\n", "not known");
}

static void a_name_twice_or_none_at_all_fails(void **test)
{
    static const char *names[] = {"a", "b"};
    const struct text_file_facts good = {.charset = "utf-8"}, twice = {.charset = "utf-8", .repeated_names = names, .n_repeated_names = 2},
                                 empty = {.charset = "utf-8", .n_empty_names = 3};
    const struct text_file_facts both[] = {twice, twice};
    struct stage s;

    (void)test;
    assert_int_equal(judge_files(&s, "table: [no_duplicate_headers]\n", &good, 1)->verdict, VERDICT_PASS);
    assert_int_equal(s.finding.observed_node->n_children, 0);
    stage_close(&s);
    assert_int_equal(judge_files(&s, "table: [no_duplicate_headers]\n", both, 2)->verdict, VERDICT_FAIL);
    assert_int_equal(s.finding.observed_node->n_children, 2);
    stage_close(&s);
    assert_int_equal(judge_files(&s, "table: [no_duplicate_headers]\n", &empty, 1)->verdict, VERDICT_FAIL);
    stage_close(&s);
    assert_int_equal(judge_files(&s, "table: [no_duplicate_headers]\n", NULL, 0)->verdict, VERDICT_NOT_EVALUATED);
    stage_close(&s);
}

static void lines_of_all_files_are_added(void **test)
{
    const struct text_file_facts files[] = {{.charset = "utf-8", .n_lines = 3}, {.charset = "utf-8", .n_lines = 4}}, typed = {.n_lines = -1};
    struct stage s;

    (void)test;
    assert_int_equal(judge_files(&s, "table: [line_count: 7]\n", files, 2)->verdict, VERDICT_PASS);
    stage_close(&s);
    assert_int_equal(judge_files(&s, "table: [line_count: {max: 6}]\n", files, 2)->verdict, VERDICT_FAIL);
    assert_int_equal(s.finding.observed.i64, 7);
    stage_close(&s);
    assert_int_equal(judge_files(&s, "table: [line_count: {min: 1}]\n", &typed, 1)->verdict, VERDICT_NOT_EVALUATED);
    stage_close(&s);
    refuses("table: [line_count: {equals: 1, min: 1}]\n", "not both");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_is_in_an_accepted_encoding),
        cmocka_unit_test(a_name_twice_or_none_at_all_fails),
        cmocka_unit_test(lines_of_all_files_are_added),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
