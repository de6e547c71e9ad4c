/* What a person reads of an error, and what a pipeline is told. */
#include "tests/core/check.h"

#include <errno.h>

#include "core/error.h"

static const struct { struct error err; const char *line; } lines[] = {
    {{STATUS_BAD_SUITE, "unknown key", "suite.yaml", "", -1, -1, 3, 7}, "suite.yaml:3:7: unknown key"},
    {{STATUS_BAD_SUITE, "unknown key", "", "", -1, -1, 3, 7}, "line 3, column 7: unknown key"},
    {{STATUS_BAD_DATA, "a bad page", "x.parquet", "price", 2, 17, -1, -1}, "x.parquet: a bad page (row group 2, column `price`, byte 17)"},
    {{STATUS_BAD_DATA, "a bad page", "", "", -1, 0, -1, -1}, "a bad page (byte 0)"},
    {{STATUS_INTERNAL, "", "", "", -1, -1, -1, -1}, "internal"},
    {{STATUS_BAD_DATA, "cell \x1b[31m\n \xff gr\xc3\xbc\xc3\x9f \xc2\x9b", "", "", -1, -1, -1, -1}, "cell \\x1b[31m\\x0a \\xff gr\xc3\xbc\xc3\x9f \\xc2\\x9b"},
};

static void an_error_is_one_line_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(lines); i++) {
        char out[1024];

        error_format(&lines[i].err, out, sizeof out);
        check(strcmp(out, lines[i].line) == 0, "%s, not %s", out, lines[i].line);
    }
}

static void a_short_line_is_cut_and_terminated(void **state)
{
    char out[16];

    (void)state;
    for (uint64_t size = 1; size <= sizeof out; size++) {
        memset(out, 'x', sizeof out);
        error_format(&lines[5].err, out, size);
        assert_true(strlen(out) < size);
    }
}

static void the_first_to_know_a_place_is_believed(void **state)
{
    struct error err = ERROR_NONE;

    (void)state;
    assert_int_equal(error_set(&err, STATUS_BAD_DATA, "page %d", 3), STATUS_BAD_DATA);
    assert_string_equal(err.text, "page 3");
    error_column(&err, "price");
    error_column(&err, "other");
    error_source(&err, NULL);
    error_source(&err, "a.csv");
    error_source(&err, "b.csv");
    assert_string_equal(err.column, "price");
    assert_string_equal(err.source, "a.csv");
    error_clear(&err);
    assert_int_equal(err.line, -1);
    assert_string_equal(err.source, "");
}

static void a_long_text_is_cut_between_code_points(void **state)
{
    struct error err = ERROR_NONE;
    char text[700];

    (void)state;
    for (size_t i = 0; i + 1 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xbc", 2);
    text[698] = '\0';
    error_set(&err, STATUS_BAD_DATA, "%s", text);
    assert_int_equal(strlen(err.text), 510);
}

static void the_operating_systems_reasons_are_told_apart(void **state)
{
    struct error err = ERROR_NONE;

    (void)state;
    assert_int_equal(error_errno(&err, STATUS_READ, ENOENT, "x"), STATUS_NOT_FOUND);
    assert_string_equal(err.text, "x: No such file or directory");
    assert_int_equal(error_errno(&err, STATUS_READ, EACCES, "x"), STATUS_FORBIDDEN);
    assert_int_equal(error_errno(&err, STATUS_READ, EIO, "x"), STATUS_READ);
    assert_int_equal(error_no_memory(&err), STATUS_NO_MEMORY);
}

static const struct { enum status status; int exit_code; bool is_retryable; const char *name; } codes[] = {
    {STATUS_OK, 0, false, "ok"},           {STATUS_NO_MEMORY, 4, false, "no_memory"}, {STATUS_INTERNAL, 4, false, "internal"},
    {STATUS_WRITE, 4, false, "write"},     {STATUS_BAD_USAGE, 2, false, "bad_usage"}, {STATUS_BAD_SUITE, 2, false, "bad_suite"},
    {STATUS_NOT_FOUND, 3, true, "not_found"}, {STATUS_READ, 3, true, "read"},         {STATUS_FORBIDDEN, 3, false, "forbidden"},
    {STATUS_BAD_DATA, 3, false, "bad_data"}, {STATUS_UNSUPPORTED, 3, false, "unsupported"}, {STATUS_TOO_LARGE, 3, false, "too_large"},
    {STATUS_CHANGED, 3, true, "changed"},  {STATUS_TIMED_OUT, 3, true, "timed_out"},  {STATUS_CANCELLED, 3, false, "cancelled"},
};

static void every_status_has_its_exit_code(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(codes); i++) {
        check(status_exit_code(codes[i].status) == codes[i].exit_code, "%s", codes[i].name);
        check(status_is_retryable(codes[i].status) == codes[i].is_retryable, "%s", codes[i].name);
        assert_string_equal(status_name(codes[i].status), codes[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_one_line_with_its_place),
        cmocka_unit_test(a_short_line_is_cut_and_terminated),
        cmocka_unit_test(the_first_to_know_a_place_is_believed),
        cmocka_unit_test(a_long_text_is_cut_between_code_points),
        cmocka_unit_test(the_operating_systems_reasons_are_told_apart),
        cmocka_unit_test(every_status_has_its_exit_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
