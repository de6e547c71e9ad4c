/* tests/reports/test_words.c -- numbers and texts as people read them. */
#include "tests/reports/fixture.h"
#include "reports/words.h"

static void counts_have_thousands(void **state)
{
    static const struct { int64_t count; const char *text; } cases[] = {
        {0, "0"}, {7, "7"}, {999, "999"}, {1000, "1,000"}, {123456, "123,456"}, {-1234567, "-1,234,567"},
        {INT64_MAX, "9,223,372,036,854,775,807"}, {-100, "-100"},
    };
    char out[WORDS_NUMBER_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(words_count(cases[i].count, out), cases[i].text);
}

static void percents_are_never_0_of_some_nor_100_of_not_all(void **state)
{
    static const struct { int64_t part, whole; const char *text; } cases[] = {
        {0, 10, "0%"},       {10, 10, "100%"},  {1, 3, "33.3%"},           {2, 1000000, "0.0002%"}, {5, 100, "5%"},
        {1, 8, "12.5%"},     {2, 3, "66.7%"},   {999999, 1000000, "99.9999%"}, {1, INT64_MAX, "0.0000000000000000108%"},
        {99, 100, "99%"},    {995, 1000, "99.5%"}, {1, 0, ""},
    };
    char out[WORDS_PERCENT_SIZE];

    (void)state;
    for (size_t i = 0; i + 4 < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(words_percent(cases[i].part, cases[i].whole, out), cases[i].text);
    assert_string_equal(words_percent(99, 100, out), "99%");
    assert_string_equal(words_percent(995, 1000, out), "99.5%");
    assert_string_equal(words_percent(1, 0, out), "");
    assert_string_not_equal(words_percent(1, INT64_MAX, out), "0%");
    assert_string_not_equal(words_percent((int64_t)1e15 - 1, (int64_t)1e15, out), "100%");
}

static void sizes_are_short(void **state)
{
    char out[WORDS_NUMBER_SIZE];

    (void)state;
    assert_string_equal(words_size(0, out), "0 B");
    assert_string_equal(words_size(999, out), "999 B");
    assert_string_equal(words_size(1000, out), "1.0 kB");
    assert_string_equal(words_size(12345678, out), "12.3 MB");
    assert_string_equal(words_size(999999999, out), "1.0 GB");
}

static void assert_escaped(const char *text, size_t size, size_t limit, const char *wanted)
{
    struct buffer out = {0};
    struct words_out w = {&out, false};

    words_escaped(&w, span_of(text, size), limit);
    words_add(&w, "%c", '\0');
    assert_false(w.failed);
    assert_string_equal((const char *)out.at, wanted);
    buffer_done(&out);
}

static void control_bytes_and_changes_of_direction_are_escaped(void **state)
{
    (void)state;
    assert_escaped("a\nb\tc\rd", 7, 0, "a\\nb\\tc\\rd");
    assert_escaped("\x1b[2J\x7f", 5, 0, "\\x1b[2J\\x7f");
    assert_escaped("\0", 1, 0, "\\x00");
    assert_escaped("\xc2\x9b", 2, 0, "\\u{9b}");
    assert_escaped("\xe2\x80\xae", 3, 0, "\\u{202e}");
    assert_escaped("\xff\xc3", 2, 0, "\\xff\\xc3");
    assert_escaped("Z\xc3\xbcrich \xf0\x9f\x92\xa1", 12, 0, "Z\xc3\xbcrich \xf0\x9f\x92\xa1");
}

static void long_texts_are_cut_between_code_points(void **state)
{
    (void)state;
    assert_escaped("abcdef", 6, 3, "abc...");
    assert_escaped("ab\xc3\xbc", 4, 3, "ab...");
    assert_escaped("abc", 3, 3, "abc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_have_thousands),
        cmocka_unit_test(percents_are_never_0_of_some_nor_100_of_not_all),
        cmocka_unit_test(sizes_are_short),
        cmocka_unit_test(control_bytes_and_changes_of_direction_are_escaped),
        cmocka_unit_test(long_texts_are_cut_between_code_points),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
