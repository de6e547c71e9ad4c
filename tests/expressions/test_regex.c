/* Patterns: what they find, what is refused when a suite is loaded, and that no pattern runs away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "expressions/expression.h"
#include "expressions/regex.h"

static enum regex_answer find(const char *pattern, int flags, struct span subject)
{
    struct error err = ERROR_NONE;
    struct regex *regex;
    struct regex_scratch *scratch;
    enum regex_answer answer;

    if (regex_new(NULL, pattern, flags, &regex, &err) != STATUS_OK)
        fail_msg("%s", err.text);
    assert_int_equal(regex_scratch_new(NULL, &scratch, &err), STATUS_OK);
    answer = regex_search(regex, scratch, subject);
    regex_scratch_free(scratch);
    regex_free(regex);
    return answer;
}

static const struct { const char *pattern; int flags; const char *subject; bool found; } cases[] = {
    {"b", 0, "abc", true}, {"^b", 0, "abc", false}, {"", 0, "", true}, {"^$", 0, "", true}, {"x*", 0, "", true},
    {"c$", 0, "abc", true}, {"c$", 0, "abc\n", false}, {"c$", REGEX_DOLLAR_NEWLINE, "abc\n", true}, {"(?m)b$", 0, "ab\nc", true},
    {"^.$", 0, "ß", true}, {"^.{2}$", 0, "ß", false}, {"^\\w$", 0, "ß", false}, {"^\\w$", REGEX_UNICODE_CLASSES, "ß", true},
    {"^\\d$", 0, "٣", false}, {"^\\d$", REGEX_UNICODE_CLASSES, "٣", true}, {"(?i)GRÖSSE", 0, "grösse", true},
    {"^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$", 0, "ada@example.org", true}, {"^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$", 0, "ada@example", false},
    {"(a)(b)(c)\\3\\2\\1", 0, "abccba", true}, {"(?<=a)b", 0, "ab", true}, {"a.c", 0, "a\nc", false}, {"(?s)a.c", 0, "a\nc", true},
    {"\\p{Lu}", 0, "aÄ", true}, {"a(?C1)b", 0, "ab", true},
};

static void finds_what_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum regex_answer answer = find(cases[i].pattern, cases[i].flags, span_text(cases[i].subject));

        if (answer != (cases[i].found ? REGEX_YES : REGEX_NO))
            fail_msg("%s in %s: %d", cases[i].pattern, cases[i].subject, answer);
    }
}

/* The code for long subjects and the careful run find the same: the subject is behind or before 5,000 blanks. */
static void finds_the_same_in_long_texts(void **state)
{
    static const struct { const char *pattern; bool found; } longer[] = {
        {"b", true}, {"abc$", true}, {"^ +abc$", true}, {"^ *+abc", true}, {"x", false}, {"(?<= )abc", true}, {"^(?> +)abc$", true},
        {"^( | )+abc$", true}, {"^\\s{5000}abc$", true}, {"abc(?=d)", false},
    };
    static char text[5004];

    (void)state;
    memset(text, ' ', 5000);
    memcpy(text + 5000, "abc", 4);
    for (size_t i = 0; i < sizeof longer / sizeof *longer; i++)
        if (find(longer[i].pattern, 0, span_text(text)) != (longer[i].found ? REGEX_YES : REGEX_NO))
            fail_msg("%s", longer[i].pattern);
}

static void invalid_utf8_matches_nothing(void **state)
{
    (void)state;
    assert_int_equal(find(".", 0, span_of("a\xff", 2)), REGEX_NO);
    assert_int_equal(find("^", 0, span_of("\xed\xa0\x80", 3)), REGEX_NO);
    assert_int_equal(find("a", 0, span_of("a\0b", 3)), REGEX_YES);
}

static void bad_patterns_are_refused_with_their_offset(void **state)
{
    static const char *const bad[] = {"(", "[", "a{2,1}", "(?<n>a)(?<n>b)", "\\", "(?P<", "*a", "(?#", "[[:foo:]]", "\\p{Foo}", "a\\Cb", "\xff", ")"};
    static char long_one[REGEX_MAX_BYTES + 2], nested[2001];
    struct error err = ERROR_NONE;
    struct regex *regex;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(regex_new(NULL, bad[i], 0, &regex, &err), STATUS_BAD_SUITE);
        assert_null(regex);
        assert_non_null(strstr(err.text, "at offset "));
    }
    memset(long_one, 'a', sizeof long_one - 1);
    assert_int_equal(regex_new(NULL, long_one, 0, &regex, &err), STATUS_BAD_SUITE);
    assert_non_null(strstr(err.text, "at offset 32768"));
    memset(nested, '(', 1000);
    memset(nested + 1000, ')', 1000);
    assert_int_equal(regex_new(NULL, nested, 0, &regex, &err), STATUS_BAD_SUITE);
    assert_non_null(strstr(err.text, "at offset "));
}

/* `n` times `unit`, then `end`. */
struct hostile { const char *pattern, *unit; int n; const char *end; };
static const struct hostile hostile[] = {
    {"(a+)+$", "a", 40, "!"},
    {"^(a|aa)+$", "a", 60, "!"},
    {"^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+$", "a", 50, "!"},
    {"^(([a-z])+.)+[A-Z]([a-z])+$", "a", 60, ""},
    {"\\s+$", " ", 50000, "x"},
    {"x?\\s+$", " ", 50000, "x"},
    {"\\s++$", " ", 50000, "x"},
    {"x?\\s++$", " ", 50000, "x"},
    {"(?R)?a", "a", 20000, ""},
    {"^(?:a?){64}$", "a", 63, "b"},
    {"a*a*a*b", "a", 2000, ""},
    {"(.*)(.*)(.*)(.*)(.*)[^a]", "a", 2000, ""},
    {"(x+x+)+y", "x", 100, ""},
    {"(?:a|b|ab)*c", "ab", 5000, ""},
    {"(?=(a+))\\1+b", "a", 3000, ""},
    {"(a|b)*", "ab", 500000, "c"},
};

static enum regex_answer attack(const struct hostile *h, const char *prefix, double *seconds)
{
    struct buffer text = {0};
    char pattern[200];
    enum regex_answer answer;
    double start;

    for (int i = 0; i < h->n; i++)
        assert_true(buffer_add(&text, h->unit, strlen(h->unit)));
    assert_true(buffer_add(&text, h->end, strlen(h->end)));
    snprintf(pattern, sizeof pattern, "%s%s", prefix, h->pattern);
    start = clock_cpu_seconds();
    answer = find(pattern, 0, span_of(text.at, text.size));
    *seconds = clock_cpu_seconds() - start;
    buffer_done(&text);
    return answer;
}

/* (*NO_JIT) runs a pattern the way a machine without the JIT does. */
static void no_pattern_runs_away_and_the_jit_changes_no_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        double with_jit, without;
        enum regex_answer answer = attack(&hostile[i], "", &with_jit);

        if (answer != attack(&hostile[i], "(*NO_JIT)", &without))
            fail_msg("%s: %d with the JIT", hostile[i].pattern, answer);
        if (getenv("ASSAY_TEST_VERBOSE"))
            print_message("%-60s %d %6.1f ms %6.1f ms\n", hostile[i].pattern, answer, with_jit * 1e3, without * 1e3);
        if (with_jit > 5 || without > 5) /* 20 to 40 ms without sanitizers; no test measures time, but this is no hang */
            fail_msg("%s: %f and %f seconds", hostile[i].pattern, with_jit, without);
    }
}

static void a_pattern_cannot_weaken_the_limits(void **state)
{
    static const char *const prefixes[] = {"(*LIMIT_MATCH=400000000)", "(*LIMIT_DEPTH=400000000)", "(*LIMIT_HEAP=400000000)", "(*NO_JIT)(*LIMIT_MATCH=400000000)",
                                           "(*NO_START_OPT)", "(*NO_AUTO_POSSESS)", "(*NO_DOTSTAR_ANCHOR)(*UCP)"};
    double seconds;

    (void)state;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        assert_int_equal(attack(&hostile[0], prefixes[i], &seconds), REGEX_LIMIT);
    assert_int_equal(find("(*LIMIT_MATCH=1)^(a|b)*c", 0, span_text("ababdc")), REGEX_LIMIT);
}

static void allocations_that_fail_are_told(void **state)
{
    (void)state;
    for (size_t limit = 1; limit < 4000; limit += 61) {
        struct memory memory;
        struct error err = ERROR_NONE;
        struct regex *regex;
        struct regex_scratch *scratch;

        memory_init(&memory, limit);
        if (regex_new(&memory, "^(a|b)+$", 0, &regex, &err) == STATUS_OK) {
            if (regex_scratch_new(&memory, &scratch, &err) == STATUS_OK)
                regex_scratch_free(scratch);
            regex_free(regex);
        }
        assert_true(err.status == STATUS_OK || err.status == STATUS_TOO_LARGE);
        assert_int_equal(memory.used, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_it_says),
        cmocka_unit_test(finds_the_same_in_long_texts),
        cmocka_unit_test(invalid_utf8_matches_nothing),
        cmocka_unit_test(bad_patterns_are_refused_with_their_offset),
        cmocka_unit_test(no_pattern_runs_away_and_the_jit_changes_no_answer),
        cmocka_unit_test(a_pattern_cannot_weaken_the_limits),
        cmocka_unit_test(allocations_that_fail_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
