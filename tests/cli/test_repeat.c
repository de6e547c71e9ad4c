/* tests/cli/test_repeat.c -- a command line that a shell reads back to the same words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/repeat.h"

static void quotes_what_a_shell_would_change(void **state)
{
    static const struct { const char *word, *text; } cases[] = {
        {"plain/dt=2024-12-10_1.csv", "assay check plain/dt=2024-12-10_1.csv"},
        {"", "assay check ''"},
        {"two words", "assay check 'two words'"},
        {"*.csv", "assay check '*.csv'"},
        {"it's", "assay check 'it'\\''s'"},
        {"$HOME;`ls`", "assay check '$HOME;`ls`'"},
        {"~", "assay check '~'"},
        {"Z\xc3\xbcrich", "assay check 'Z\xc3\xbcrich'"},
        {"a\nb", "assay check $'a\\x0ab'"},
        {"\x1b[2J'\\", "assay check $'\\x1b[2J\\'\\\\'"},
        {"\xff", "assay check $'\\xff'"},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(repeat_command(&arena, "check", 1, &cases[i].word), cases[i].text);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(quotes_what_a_shell_would_change)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
