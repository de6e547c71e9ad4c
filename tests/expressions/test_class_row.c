/* Patterns that need no PCRE2: which they are, and that they answer as PCRE2 does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "expressions/expression.h"
#include "expressions/regex.h"
#include "expressions/class_row.h"

#define EMAIL "^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}$"

static uint64_t seed = 0x9d2c5680e1a7f34b;

static uint64_t random_below(uint64_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (seed * 0x2545f4914f6cdd1d >> 20) % n;
}

static const char *const taken[] = {
    EMAIL, "^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$", "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", "^[A-Z]{2}$",
    "^\\d{4}-\\d{2}-\\d{2}$", "^\\w+$", "^\\s+x$", "^a$", "^[]a]+$", "^[^]a]+$", "^[a-]+$", "^[-a]+$", "^[--a]+$", "^[+--]+$", "^[\\d.]+$",
    "^[\\w-]+$", "^[\\]\\\\]+$", "^[a^]+$", "^[[]+$", "^a+a+a+$", "^\\.\\/$", "^[$]{3}$", "^a{64}$", "^ #$", "^[\t-\r]+$", "^[!-~]+$",
    "a", "a$", "^a", "^a*$", "^a?$", "^a{0,}$", "^a{1,2}$", "^a{0,2}b$", "a*b?c{2,5}", "[^a]b$", "^[^@]*@", "ab+c*$", "^\\d{1,3}\\.\\d{1,3}$",
    "^[+-]?\\d+\\.?\\d*$", "\\.org$", "^x@y", "a{2}", "^a{3,40}[a-c]{0,20}$", "a+a?a*$", "^[1-9][0-9]*$", "b{1,63}$", "0?1?2?3?4?5?",
    "^abcdef[g]h$",
};

static const char *const declined[] = {
    "", "^", "$", "^$", "^a{,2}$", "^a{0}$", "^a{2,1}$", "a??", "a*?", "a*+", "^a{1,2}?$", "a{1,65}", "abcdefghi", "^a{33}b{0,5}a{33}$", "^a{60}b{5}$", "^a{x$", "^a{2$", "^a++$", "^a+?$", "^a{2}+$",
    "^a{65}$", "a^", "^.$", "^(a)$", "^a|b$", "^[[:alpha:]]+$", "^\\D$", "^\\bx$", "^\\x41$", "^\\Qa\\E$", "^[\\b]$", "^[\\D]$",
    "^[a-c-e]$", "^[\\d-z]$", "^[a-\\d]$", "^\xc3\xa4$", "^[\xc3\xa4]$", "^a$$", "^^a$", "^a$b$", "^a]$", "^a}$", "^(?i)a$", "^\\pL$",
    "^a{99999999999999999999}$", "^[a-[:x:]]$",
};

static void takes_what_it_can_answer_and_declines_the_rest(void **state)
{
    struct class_row row;

    (void)state;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (!class_row_parse(&row, taken[i], 0))
            fail_msg("%s", taken[i]);
    for (size_t i = 0; i < sizeof declined / sizeof *declined; i++)
        if (class_row_parse(&row, declined[i], 0))
            fail_msg("%s", declined[i]);
    assert_false(class_row_parse(&row, "^a$", REGEX_DOLLAR_NEWLINE));
    assert_false(class_row_parse(&row, "^\\d$", REGEX_UNICODE_CLASSES));
    assert_true(class_row_parse(&row, "^[0-9]$", REGEX_UNICODE_CLASSES));
}

struct both { struct regex *plain, *wrapped; };

/* Is the last byte an anchor? */
static bool ends_at_the_end(const char *pattern)
{
    size_t n = strlen(pattern), slashes = 0;

    if (n == 0 || pattern[n - 1] != '$')
        return false;
    while (slashes + 1 < n && pattern[n - 2 - slashes] == '\\')
        slashes++;
    return slashes % 2 == 0;
}

/* The pattern, and the same in a group, which only PCRE2 takes. */
static bool both_new(struct both *b, const char *pattern)
{
    struct error err = ERROR_NONE;
    char text[400];
    bool from_start = pattern[0] == '^', to_end = ends_at_the_end(pattern);

    snprintf(text, sizeof text, "%s(?:%.*s)%s", from_start ? "^" : "", (int)strlen(pattern) - from_start - to_end, pattern + from_start,
             to_end ? "$" : "");
    if (regex_new(NULL, pattern, 0, &b->plain, &err) != STATUS_OK)
        return false;
    assert_int_equal(regex_new(NULL, text, 0, &b->wrapped, &err), STATUS_OK);
    return true;
}

static void both_done(struct both *b)
{
    regex_free(b->plain);
    regex_free(b->wrapped);
}

/* Returns whether it was found. */
static bool must_agree(const struct both *b, struct regex_scratch *scratch, const char *pattern, struct span subject)
{
    enum regex_answer plain = regex_search(b->plain, scratch, subject), wrapped = regex_search(b->wrapped, scratch, subject);

    if (plain != wrapped)
        fail_msg("%s in \"%.*s\": %d, PCRE2 %d", pattern, (int)subject.size, (const char *)subject.at, plain, wrapped);
    return plain == REGEX_YES;
}

/* A text that may match: pieces that patterns like, now and then a line's end, invalid UTF-8, a NUL or a letter beyond ASCII. */
static struct span random_text(uint8_t *out, size_t room)
{
    static const char *const pieces[] = {"a", "b", "Z", "0", "9", "@", ".", "-", "_", "abc", "ex.org", "x@y", " ", "1234", "deadbeef", "]", "\\", "[", "^"};
    static const char *const odd[] = {"\n", "\r\n", "\xff", "\xc3", "\xc3\xa4", "\xed\xa0\x80", "\xe2\x80\xa8", "\t", "\xc2\x85", "$"};
    size_t size = 0;

    for (uint64_t n = random_below(8); n > 0; n--) {
        const char *piece = random_below(12) ? pieces[random_below(sizeof pieces / sizeof *pieces)] : odd[random_below(sizeof odd / sizeof *odd)];

        if (random_below(60) == 0)
            out[size++] = '\0';
        memcpy(out + size, piece, strlen(piece));
        size += strlen(piece);
        assert_true(size + 10 < room);
    }
    if (size && random_below(3) == 0) /* one byte only, repeated; often about as long as a word has bits */
        size = random_below(2) ? size : 60 + random_below(8), memset(out, out[0], size);
    return span_of(out, size);
}

static void answers_as_pcre2_does(void **state)
{
    struct error err = ERROR_NONE;
    struct regex_scratch *scratch;

    (void)state;
    assert_int_equal(regex_scratch_new(NULL, &scratch, &err), STATUS_OK);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        struct both b;

        assert_true(both_new(&b, taken[i]));
        for (int n = 0; n < 4000; n++) {
            uint8_t text[128];

            must_agree(&b, scratch, taken[i], random_text(text, sizeof text));
        }
        for (int c = 0; c < 256; c++) {
            uint8_t byte = (uint8_t)c;

            must_agree(&b, scratch, taken[i], span_of(&byte, 1));
        }
        both_done(&b);
    }
    regex_scratch_free(scratch);
}

/* Patterns put together at random; those that PCRE2 refuses or class_row.c declines are passed over. */
static void random_patterns_mean_the_same(void **state)
{
    static const char *const pieces[] = {"a", "[a-c]", "[^a]", "+", "{2}", "{1,}", "{2,}", "*", "?", "{0,2}", "{1,3}", "\\d", "\\w", "[", "]", "-", "^", "\\", "\\.", ".", "@", "[]a", "[\\d",
                                         "z-a]", "--", "\\-", ":", "[.", "{", "}", "[\\]", "_]", "b]", "b]+", "\\s", "[^\\s]+", " ", "a-z", "0"};
    struct error err = ERROR_NONE;
    struct regex_scratch *scratch;
    int n_taken = 0, n_found = 0;

    (void)state;
    assert_int_equal(regex_scratch_new(NULL, &scratch, &err), STATUS_OK);
    for (int i = 0; i < 30000; i++) {
        char pattern[128] = "";
        struct class_row row;
        struct both b;

        if (random_below(3))
            strcat(pattern, "^");
        for (uint64_t n = 1 + random_below(6); n > 0; n--)
            strcat(pattern, pieces[random_below(sizeof pieces / sizeof *pieces)]);
        if (random_below(3))
            strcat(pattern, "$");
        if (!class_row_parse(&row, pattern, 0) || !both_new(&b, pattern))
            continue;
        n_taken++;
        for (int n = 0; n < 60; n++) {
            uint8_t text[128];

            n_found += must_agree(&b, scratch, pattern, random_text(text, sizeof text));
        }
        both_done(&b);
    }
    assert_true(n_taken > 500 && n_found > 500);
    regex_scratch_free(scratch);
}

static void long_texts_are_followed_to_their_end(void **state)
{
    static uint8_t text[100001];
    struct class_row row;

    (void)state;
    assert_true(class_row_parse(&row, "^a+b$", 0));
    memset(text, 'a', sizeof text);
    text[100000] = 'b';
    for (size_t size = 1; size < 70; size++)
        assert_int_equal(class_row_match(&row, span_of(text + sizeof text - size, size)), size > 1 ? CLASS_ROW_YES : CLASS_ROW_NO);
    assert_int_equal(class_row_match(&row, span_of(text, sizeof text)), CLASS_ROW_YES);
    text[50000] = 'b';
    assert_int_equal(class_row_match(&row, span_of(text, sizeof text)), CLASS_ROW_NO);
    assert_int_equal(class_row_match(&row, (struct span){0}), CLASS_ROW_NO);
    assert_true(class_row_parse(&row, "^[^x]+$", 0));
    assert_int_equal(class_row_match(&row, span_text("\xc3\xa4")), CLASS_ROW_UNKNOWN);
}

/* Many at once, of any lengths beside each other, as one by one. */
static void many_texts_are_answered_as_each_alone(void **state)
{
    (void)state;
    for (int trial = 0; trial < 600; trial++) {
        uint8_t text[70][128];
        struct span x[70];
        uint64_t found[2], open[2];
        struct class_row row;
        int64_t n = (int64_t)random_below(71);

        assert_true(class_row_parse(&row, taken[trial % (sizeof taken / sizeof *taken)], 0));
        for (int64_t i = 0; i < n; i++)
            x[i] = random_below(9) ? random_text(text[i], sizeof text[i]) : (struct span){0};
        found[0] = found[1] = open[0] = open[1] = UINT64_MAX;
        class_row_match_many(&row, x, n, found, open);
        for (int64_t i = 0; i < n; i++) {
            enum class_row_answer answer = class_row_match(&row, x[i]);

            assert_int_equal(bit_get(found, i), answer == CLASS_ROW_YES);
            assert_int_equal(bit_get(open, i), answer == CLASS_ROW_UNKNOWN);
        }
        if (n % 64)
            assert_int_equal((found[n / 64] | open[n / 64]) >> n % 64, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_it_can_answer_and_declines_the_rest),
        cmocka_unit_test(answers_as_pcre2_does),
        cmocka_unit_test(random_patterns_mean_the_same),
        cmocka_unit_test(long_texts_are_followed_to_their_end),
        cmocka_unit_test(many_texts_are_answered_as_each_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
