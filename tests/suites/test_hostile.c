/* tests/suites/test_hostile.c -- any bytes end in a suite or in a named error. */
#include "tests/suites/fixture.h"

#include <dirent.h>

static const char *const folders[] = {
    "../shared/corpora/hostile/yaml", "../shared/corpora/hostile/json", "../shared/corpora/parsers/json-suite",
    "../shared/corpora/parsers/yaml-suite", "../shared/corpora/great_expectations/test_sets", "fuzz/seeds/suite",
};

static int read_files(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int n = 0;

    while (dir && (entry = readdir(dir))) {
        struct reading r = {.err = ERROR_NONE};
        char path[1024];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        problems_init(&r.problems, &r.arena);
        r.status = suite_read(&r.arena, path, NULL, &r.suite, &r.problems, &r.err);
        if (r.status != STATUS_OK && (r.status != STATUS_BAD_SUITE || !r.err.text[0]))
            fail_msg("%s: %s %s", path, status_name(r.status), r.err.text);
        assert_true((r.status == STATUS_OK) == (r.suite != NULL));
        reading_done(&r);
        n++;
    }
    if (dir)
        closedir(dir);
    return n;
}

static void corpora_of_parsers_never_break_it(void **test)
{
    int n = 0;

    (void)test;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        n += read_files(folders[i]);
    /* A clone on its own has no corpora; where they are promised (CI) their absence is no pass. */
    if (n == 0 && !(getenv("CI") && strcmp(getenv("CI"), "true") == 0))
        skip();
    assert_true(n > 0);
}

/* Every prefix of a suite, and every suite with one byte changed. */
static void half_a_suite_is_a_suite_or_an_error(void **test)
{
    static const char text[] = "suite: a\nwhere: \"x > 3\"\ncolumns:\n  b: [between: {min: 1, warn: {max: 3}}, in_set: [a, '{{ v }}']]\n";
    static const char bytes[] = "\0\x80{}[]:,'\"\n -#&*!|>%@`5";

    (void)test;
    for (size_t n = 0; n < sizeof text; n++)
        for (size_t k = 0; k < sizeof bytes; k++) {
            struct reading r = {.err = ERROR_NONE};
            char copy[sizeof text];

            memcpy(copy, text, sizeof text);
            copy[n] = bytes[k];
            problems_init(&r.problems, &r.arena);
            r.status = suite_parse(&r.arena, "x", span_of(copy, k ? sizeof text - 1 : n), NULL, &r.suite, &r.problems, &r.err);
            assert_true(r.status == STATUS_OK || r.status == STATUS_BAD_SUITE);
            reading_done(&r);
        }
}

/* The arena's ceiling stands in for a failing malloc. */
static void without_memory_it_says_so(void **test)
{
    static const char text[] = "suite: a\ncolumns:\n  b: [between: {min: 1, warn: {max: 3}}, unique]\nprimary_key: b\n";
    enum status status = STATUS_NO_MEMORY;

    (void)test;
    for (size_t ceiling = 64; status != STATUS_OK && ceiling < 1 << 20; ceiling += 64) {
        struct reading r = {.err = ERROR_NONE};

        arena_init(&r.arena, NULL, ceiling);
        problems_init(&r.problems, &r.arena);
        status = suite_parse(&r.arena, "x", span_text(text), NULL, &r.suite, &r.problems, &r.err);
        if (status != STATUS_OK && status != STATUS_NO_MEMORY)
            fail_msg("ceiling %zu: %s %s", ceiling, status_name(status), r.err.text);
        reading_done(&r);
    }
    assert_int_equal(status, STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corpora_of_parsers_never_break_it),
        cmocka_unit_test(half_a_suite_is_a_suite_or_an_error),
        cmocka_unit_test(without_memory_it_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
