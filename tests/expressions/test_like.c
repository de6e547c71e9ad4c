/* LIKE against a definition that tries everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "expressions/like.h"

static bool like(const char *pattern, const char *escape, struct span subject)
{
    struct arena arena = {0};
    struct error err = ERROR_NONE;
    struct like compiled;
    bool matches;

    if (like_compile(&arena, pattern, escape, &compiled, &err) != STATUS_OK)
        fail_msg("%s", err.text);
    matches = like_matches(&compiled, subject);
    arena_done(&arena);
    return matches;
}

static const struct { const char *pattern, *escape, *subject; bool matches; } cases[] = {
    {"", NULL, "", true}, {"", NULL, "a", false}, {"%", NULL, "", true}, {"%", NULL, "abc", true}, {"_", NULL, "", false}, {"_", NULL, "ab", false},
    {"a%", NULL, "abc", true}, {"a%", NULL, "ba", false}, {"%c", NULL, "abc", true}, {"%b%", NULL, "abc", true}, {"a%c", NULL, "abcd", false}, {"a%c", NULL, "abcc", true},
    {"_b_", NULL, "abc", true}, {"_", NULL, "ß", true}, {"__", NULL, "ß", false}, {"%_", NULL, "ß", true}, {"_%_", NULL, "ß", false}, {"A", NULL, "a", false},
    {"%ab%ab%", NULL, "abab", true}, {"%ab%ab%", NULL, "aab", false}, {"%a_c", NULL, "abcaxc", true}, {"a\\%", NULL, "a\\b", true},
    {"a!%", "!", "a%", true}, {"a!%", "!", "ab", false}, {"!_!!", "!", "_!", true}, {"ß%ßß", "ß", "xß", false}, {"ßß%", "ß", "ßx", true}, {"100%%", "%", "100%", true},
};

static void matches_like_sql(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (like(cases[i].pattern, cases[i].escape, span_text(cases[i].subject)) != cases[i].matches)
            fail_msg("%s like %s", cases[i].subject, cases[i].pattern);
}

static bool slow(const char *p, const char *s)
{
    if (*p == '\0')
        return *s == '\0';
    if (*p == '%')
        return slow(p + 1, s) || (*s && slow(p, s + 1));
    return *s && (*p == '_' || *p == *s) && slow(p + 1, s + 1);
}

/* Every pattern of up to 5 letters out of a, b, _, % on every text of up to 5 out of a, b. */
static void agrees_with_trying_everything(void **state)
{
    static const char letters[] = "abc_%";

    (void)state;
    for (int n = 0; n < 5 * 5 * 5 * 5 * 5; n++) {
        char pattern[6] = "";

        for (int i = 0, rest = n; i < 5; i++, rest /= 5)
            pattern[i] = rest % 5 == 2 ? '\0' : letters[rest % 5];
        for (int m = 0; m < 3 * 3 * 3 * 3 * 3; m++) {
            char text[6] = "";

            for (int i = 0, rest = m; i < 5; i++, rest /= 3)
                text[i] = rest % 3 == 2 ? '\0' : letters[rest % 3];
            if (m % 7 == n % 7 && like(pattern, NULL, span_text(text)) != slow(pattern, text))
                fail_msg("%s like %s", text, pattern);
        }
    }
}

static void long_texts_take_no_exponential_time(void **state)
{
    static char text[20001], pattern[401];

    (void)state;
    memset(text, 'a', sizeof text - 1);
    for (int i = 0; i < 400; i += 2)
        memcpy(pattern + i, "%a", 2);
    memcpy(pattern + 398, "%b", 2);
    assert_false(like(pattern, NULL, span_text(text)));
    memcpy(pattern + 396, "_%_a", 4);
    assert_true(like(pattern, NULL, span_text(text)));
}

static void an_invalid_byte_is_one_character(void **state)
{
    (void)state;
    assert_true(like("_", NULL, span_of("\xff", 1)));
    assert_true(like("__", NULL, span_of("\xe2\x82", 2)));
    assert_true(like("a_b", NULL, span_of("a\0b", 3)));
}

static void a_dangling_escape_is_refused(void **state)
{
    struct arena arena = {0};
    struct error err = ERROR_NONE;
    struct like compiled;

    (void)state;
    assert_int_equal(like_compile(&arena, "a!", "!", &compiled, &err), STATUS_BAD_SUITE);
    assert_int_equal(like_compile(&arena, "a!b", "!", &compiled, &err), STATUS_BAD_SUITE);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_like_sql),
        cmocka_unit_test(agrees_with_trying_everything),
        cmocka_unit_test(long_texts_take_no_exponential_time),
        cmocka_unit_test(an_invalid_byte_is_one_character),
        cmocka_unit_test(a_dangling_escape_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
