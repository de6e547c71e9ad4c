/* Numbers to text and back. strtod and printf of the C locale are the oracles. */
#include "tests/core/check.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "core/number.h"

static const struct { const char *text; bool ok; int64_t x; } i64s[] = {
    {"0", true, 0},
    {"-0", true, 0},
    {"+17", true, 17},
    {"007", true, 7},
    {"9223372036854775807", true, INT64_MAX},
    {"9223372036854775808", false, 0},
    {"-9223372036854775808", true, INT64_MIN},
    {"-9223372036854775809", false, 0},
    {"18446744073709551617", false, 0},
    {"99999999999999999999999999", false, 0},
    {"", false, 0},
    {"-", false, 0},
    {"+-1", false, 0},
    {" 1", false, 0},
    {"1 ", false, 0},
    {"1.0", false, 0},
    {"1e3", false, 0},
    {"0x10", false, 0},
    {"1_000", false, 0},
};

static void an_integer_is_the_whole_text_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(i64s); i++) {
        int64_t x = 0;

        check(number_parse_i64(span_text(i64s[i].text), &x) == i64s[i].ok, "%s", i64s[i].text);
        check(!i64s[i].ok || x == i64s[i].x, "%s", i64s[i].text);
    }
}

static void an_unsigned_integer_reaches_two_to_the_64_less_one(void **state)
{
    uint64_t x;

    (void)state;
    assert_true(number_parse_u64(span_text("18446744073709551615"), &x));
    assert_true(x == UINT64_MAX);
    assert_false(number_parse_u64(span_text("18446744073709551616"), &x));
    assert_false(number_parse_u64(span_text("-1"), &x));
    assert_true(number_parse_u64(span_text("-0"), &x));
    assert_false(number_parse_u64(span_text(""), &x));
}

static const char *const no_doubles[] = {"",    ".",   "-",  "+",    "e5",  "1e",   "1e+",  " 1",  "1 ",  "1,5",  "0x1p3", "1.2.3",
                                         "--1", "1e5.", "na", "nanx", "in", "infinit", "infinity1", "1f", "1_0", "- 1", "1e 5"};

static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(no_doubles); i++) {
        double x;

        check(!number_parse_double(span_text(no_doubles[i]), &x), "%s", no_doubles[i]);
    }
}

/* Halfway cases, the ends of the range, long digits. */
static const char *const doubles[] = {
    "0", "-0", "1", "+1", ".5", "5.", "-1.25", "0.1", "1e22", "1e23", "1E5", "1e-5", "123456789012345678", "9007199254740993",
    "9007199254740992.5", "9007199254740993.00000000000000000000000000000001", "8.5e15", "1.7976931348623157e308",
    "1.7976931348623158e308", "1.7976931348623159e308", "1e309", "-1e400", "4.9406564584124654e-324", "2.47e-324",
    "2.4703282292062327e-324", "2.4703282292062328e-324", "2.2250738585072011e-308", "2.2250738585072014e-308", "1e-400", "1e-999999999999999999999",
    "1e999999999999999999999", "0e999999999999999999999", "0.000000000000000000000000000000000000000000000001e48",
    "1234567890123456789012345678901234567890", "9.999999999999999999e22", "6929495644600919.5", "3.7455744005952583e15",
    "6.9294956446009195e15", "1.00000000000000011102230246251565404236316680908203125", "1.00000000000000011102230246251565404236316680908203124",
    "1.00000000000000011102230246251565404236316680908203126", "18446744073709551615", "18446744073709551616", "1844674407370955161.5e27", "18446744073709551615e-27",
};

static void doubles_are_rounded_once_to_the_nearest(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(doubles); i++) {
        double x = 0, wanted = strtod(doubles[i], NULL);

        check(number_parse_double(span_text(doubles[i]), &x), "%s", doubles[i]);
        check(memcmp(&x, &wanted, sizeof x) == 0, "%s: %.17g, not %.17g", doubles[i], x, wanted);
    }
}

static void random_decimals_read_as_the_c_library_reads_them(void **state)
{
    uint64_t seed = 20241210;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        char text[64];
        double x = 0, wanted;
        uint64_t digits = next_random(&seed) >> (next_random(&seed) % 64);
        int exponent = (int)(next_random(&seed) % 80) - 40;

        snprintf(text, sizeof text, "%llu.%llue%d", (unsigned long long)(digits / 1000), (unsigned long long)(digits % 1000), exponent);
        wanted = strtod(text, NULL);
        check(number_parse_double(span_text(text), &x) && x == wanted, "%s: %.17g, not %.17g", text, x, wanted);
    }
}

static void a_million_digits_still_count(void **state)
{
    enum { SIZE = 1000000 };
    char *text = test_malloc(SIZE + 1);
    double x;

    (void)state;
    /* Exactly between 1 and the next double, but for the very last digit. */
    memset(text, '0', SIZE);
    memcpy(text, "1.00000000000000011102230246251565404236316680908203125", 55);
    assert_true(number_parse_double(span_of(text, SIZE), &x));
    assert_true(x == 1.0);
    text[SIZE - 1] = '1';
    assert_true(number_parse_double(span_of(text, SIZE), &x));
    assert_true(x == 1.0 + DBL_EPSILON);
    memset(text, '0', SIZE);
    memcpy(text + SIZE - 9, "1e1000000", 9);
    text[1] = '.';
    assert_true(number_parse_double(span_of(text, SIZE), &x));
    assert_true(x == 1e10); /* 0.(999,989 zeros)1 */
    test_free(text);
}

static void nan_and_infinity_are_read_in_any_case(void **state)
{
    static const char *const nans[] = {"nan", "NaN", "NAN", "-nan", "+NaN"};
    double x;

    (void)state;
    for (size_t i = 0; i < LENGTH(nans); i++)
        check(number_parse_double(span_text(nans[i]), &x) && isnan(x), "%s", nans[i]);
    assert_true(number_parse_double(span_text("INF"), &x) && x == INFINITY);
    assert_true(number_parse_double(span_text("-Infinity"), &x) && x == -INFINITY);
    assert_true(number_parse_double(span_text("+infinity"), &x) && x == INFINITY);
}

static const struct { double x; const char *text; } printed[] = {
    {0, "0"}, {-0.0, "-0"}, {5, "5"}, {-17, "-17"}, {0.1, "0.1"}, {0.5, "0.5"}, {1e300, "1e+300"}, {1e-7, "1e-7"}, {0.000001, "0.000001"},
    {1.5e-7, "1.5e-7"}, {1e20, "100000000000000000000"}, {1e21, "1e+21"}, {1.5e21, "1.5e+21"}, {123456.789, "123456.789"},
    {9007199254740991, "9007199254740991"}, {9007199254740992, "9007199254740992"}, {9007199254740994, "9007199254740994"},
    {1152921504606846976, "1152921504606847000"}, {5e-324, "5e-324"}, {2.2250738585072014e-308, "2.2250738585072014e-308"},
    {DBL_MAX, "1.7976931348623157e+308"}, {0.30000000000000004, "0.30000000000000004"}, {2.0 / 3, "0.6666666666666666"},
    {100, "100"}, {1e15 + 0.5, "1000000000000000.5"}, {-1e-300, "-1e-300"}, {57.25, "57.25"},
    {5.684341886080801e-14, "5.684341886080801e-14"}, /* 2^-44: the nearest 16 digits do not read back */
    {9.5367431640625e-7, "9.5367431640625e-7"}, {NAN, "NaN"}, {INFINITY, "Infinity"}, {-INFINITY, "-Infinity"},
};

static void doubles_print_as_json_writers_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(printed); i++) {
        char text[NUMBER_TEXT_SIZE];
        size_t n = number_print_double(printed[i].x, text);

        check(strcmp(text, printed[i].text) == 0 && n == strlen(text), "%s, not %s", text, printed[i].text);
    }
}

static int digits_of(const char *text)
{
    int n = 0, zeros = 0, seen = 0;

    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (!seen && *text == '0'))
            continue;
        seen = 1;
        zeros = *text == '0' ? zeros + 1 : 0;
        n++;
    }
    return n - zeros;
}

static void any_double_prints_to_its_shortest_text_that_reads_back(void **state)
{
    uint64_t seed = 7;

    (void)state;
    for (int i = 0; i < 60000; i++) {
        uint64_t bits = next_random(&seed);
        char text[NUMBER_TEXT_SIZE], other[NUMBER_TEXT_SIZE];
        double x, back;

        if (i % 8 == 0)
            bits &= 0xfff0000000000000u; /* powers of two */
        if (i % 8 == 1)
            bits &= 0x800fffffffffffffu >> (bits >> 58); /* subnormal */
        memcpy(&x, &bits, sizeof x);
        if (!isfinite(x) || x == 0)
            continue;
        number_print_double(x, text);
        assert_true(number_parse_double(span_text(text), &back));
        check(back == x && strtod(text, NULL) == x, "%s reads back as %.17g, not %.17g", text, back, x);
        for (int precision = 1; precision < digits_of(text); precision++) {
            snprintf(other, sizeof other, "%.*e", precision - 1, x);
            check(strtod(other, NULL) != x, "%s is longer than %s", text, other);
        }
    }
}

static const struct { const char *text; bool ok; const char *printed; int32_t scale; } decimals[] = {
    {"0.1", true, "0.1", 1},
    {"1.50", true, "1.50", 2},
    {"-12", true, "-12", 0},
    {"1e3", true, "1000", -3},
    {"1.25e1", true, "12.5", 1},
    {"5e-3", true, "0.005", 3},
    {"0", true, "0", 0},
    {"0.000", true, "0.000", 3},
    {"99999999999999999999999999999999999999", true, "99999999999999999999999999999999999999", 0},
    {"-99999999999999999999999999999999999999", true, "-99999999999999999999999999999999999999", 0},
    {"100000000000000000000000000000000000000000", true, "100000000000000000000000000000000000000000", -41},
    {"0.00000000000000000000000000000000000000000001", true, "0.00000000000000000000000000000000000000000001", 44},
    {"123456789012345678901234567890123456789", false, NULL, 0},
    {"1.5.", false, NULL, 0},
    {"nan", false, NULL, 0},
    {"", false, NULL, 0},
    {"1e300", true, "1e+300", -300},
};

static void decimals_keep_what_was_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(decimals); i++) {
        char text[NUMBER_TEXT_SIZE * 2];
        int128 m;
        int32_t scale;
        bool ok = number_parse_decimal(span_text(decimals[i].text), &m, &scale);

        check(ok == decimals[i].ok, "%s", decimals[i].text);
        if (!ok)
            continue;
        check(scale == decimals[i].scale, "%s: scale %d", decimals[i].text, scale);
        check(number_print_decimal(m, scale, text) == strlen(text) && strcmp(text, decimals[i].printed) == 0, "%s: %s", decimals[i].text, text);
    }
}

static void rescaling_never_loses_a_digit(void **state)
{
    int128 out;

    (void)state;
    assert_true(decimal_rescale(150, 2, 1, &out) && out == 15);
    assert_false(decimal_rescale(155, 2, 1, &out));
    assert_true(decimal_rescale(-15, 1, 4, &out) && out == -15000);
    assert_true(decimal_rescale(1, 0, 37, &out) && out == decimal_power(37));
    assert_false(decimal_rescale(1, 0, 38, &out));
    assert_false(decimal_rescale(decimal_power(37), 0, 1, &out));
    assert_true(decimal_rescale(0, 100, -100, &out) && out == 0);
}

static void the_ends_of_the_integers_print(void **state)
{
    char text[NUMBER_TEXT_SIZE];

    (void)state;
    assert_int_equal(number_print_i64(INT64_MIN, text), 20);
    assert_string_equal(text, "-9223372036854775808");
    assert_int_equal(number_print_u64(UINT64_MAX, text), 20);
    assert_string_equal(text, "18446744073709551615");
    assert_int_equal(number_print_i64(0, text), 1);
    assert_string_equal(text, "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_integer_is_the_whole_text_or_refused),
        cmocka_unit_test(an_unsigned_integer_reaches_two_to_the_64_less_one),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(doubles_are_rounded_once_to_the_nearest),
        cmocka_unit_test(random_decimals_read_as_the_c_library_reads_them),
        cmocka_unit_test(a_million_digits_still_count),
        cmocka_unit_test(nan_and_infinity_are_read_in_any_case),
        cmocka_unit_test(doubles_print_as_json_writers_do),
        cmocka_unit_test(any_double_prints_to_its_shortest_text_that_reads_back),
        cmocka_unit_test(decimals_keep_what_was_written),
        cmocka_unit_test(rescaling_never_loses_a_digit),
        cmocka_unit_test(the_ends_of_the_integers_print),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
