/* The exact order of values, and how they print. */
#include "tests/core/check.h"

#include <math.h>

#include "core/clock.h"
#include "core/value.h"

#define I(x) {.kind = VALUE_INT, .i64 = (x)}
#define U(x) {.kind = VALUE_UINT, .u64 = (x)}
#define D(x) {.kind = VALUE_DOUBLE, .f64 = (x)}
#define M(x, s) {.kind = VALUE_DECIMAL, .i128 = (x), .scale = (s)}
#define T(x, u) {.kind = VALUE_TIMESTAMP, .i64 = (x), .unit = (u)}
#define S(x) {.kind = VALUE_TEXT, .bytes = {(const uint8_t *)(x), sizeof(x) - 1}}

static const struct { struct value a, b; int order; } ordered[] = {
    {I(1), I(2), -1},
    {I(-1), U(UINT64_MAX), -1},
    {U(UINT64_MAX), I(INT64_MAX), 1},
    {I(9007199254740993), D(9007199254740992.0), 1},
    {I(9007199254740992), D(9007199254740992.0), 0},
    {I(INT64_MAX), D(9223372036854775808.0), -1},
    {I(INT64_MIN), D(-9223372036854775808.0), 0},
    {U(UINT64_MAX), D(18446744073709551616.0), -1},
    {I(1), D(1.5), -1},
    {I(-1), D(-1.5), 1},
    {I(0), D(-0.0), 0},
    {I(0), D(5e-324), -1},
    {I(5), D(INFINITY), -1},
    {I(5), D(-INFINITY), 1},
    {D(INFINITY), D(INFINITY), 0},
    {M(1, 1), D(0.1), -1},  /* the double 0.1 is a little more than a tenth */
    {M(3, 1), D(0.3), 1},   /* and 0.3 a little less than three */
    {M(5, 1), D(0.5), 0},
    {M(-5, 1), D(-0.5), 0},
    {M(-1, 1), D(-0.1), 1},
    {M(1, 400), D(5e-324), -1},
    {M(5, 324), D(5e-324), 1},
    {M(4, 324), D(5e-324), -1},
    {M(1, -400), D(1.7976931348623157e308), 1},
    {M(-1, -400), D(-1.7976931348623157e308), -1},
    {M(1, -300), D(1e300), -1},
    {M(15, 1), I(1), 1},
    {M(10, 1), I(1), 0},
    {M(100, 2), M(1, 0), 0},
    {M(1, 38), M(1, 37), -1},
    {M(1, 2000000000), M(1, -2000000000), -1},
    {M(0, 5), I(0), 0},
    {M(0, 5), D(5e-324), -1},
    {M((int128)INT64_MAX * 1000000, 6), I(INT64_MAX), 0},
    {M((int128)INT64_MAX * 1000000 + 1, 6), I(INT64_MAX), 1},
    {T(1, UNIT_SECOND), T(1000000000, UNIT_NANO), 0},
    {T(INT64_MAX, UNIT_SECOND), T(INT64_MAX, UNIT_NANO), 1},
    {T(-1, UNIT_SECOND), T(-999, UNIT_MILLI), -1},
    {S("a"), S("ab"), -1},
    {S("Z"), S("a"), -1},
    {S("\xff"), S("a"), 1},
};

static void numbers_of_all_kinds_have_one_exact_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(ordered); i++) {
        int there, back;

        assert_true(value_compare(&ordered[i].a, &ordered[i].b, &there));
        assert_true(value_compare(&ordered[i].b, &ordered[i].a, &back));
        check((there > 0) - (there < 0) == ordered[i].order, "row %zu: %d", i, there);
        check((back > 0) - (back < 0) == -ordered[i].order, "row %zu backwards: %d", i, back);
    }
}

static void random_doubles_compare_with_their_own_decimals(void **state)
{
    uint64_t seed = 3;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        double x = (double)(int64_t)next_random(&seed) / 1048576.0;
        int128 exact = (int128)(x * 1048576.0) * 95367431640625; /* 10^20 / 2^20 */
        struct value a = D(x), below = M(exact - 1, 20), same = M(exact, 20), above = M(exact + 1, 20);
        int order;

        assert_true(value_compare(&a, &same, &order) && order == 0);
        assert_true(value_compare(&a, &below, &order) && order > 0);
        assert_true(value_compare(&a, &above, &order) && order < 0);
    }
}

static const struct { struct value a, b; } unordered[] = {
    {D(NAN), D(1)}, {D(NAN), D(NAN)}, {I(1), D(NAN)}, {I(1), S("1")}, {{.kind = VALUE_NULL}, {.kind = VALUE_NULL}}, {{.kind = VALUE_NONE}, I(1)},
    {{.kind = VALUE_DATE, .i64 = 1}, T(1, UNIT_SECOND)}, {{.kind = VALUE_BOOL, .boolean = true}, I(1)},
};

static void what_has_no_order_says_so(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(unordered); i++) {
        int order = 7;

        check(!value_compare(&unordered[i].a, &unordered[i].b, &order), "row %zu", i);
    }
}

static const struct { struct value v; const char *text; } printed[] = {
    {{.kind = VALUE_NULL}, "null"},
    {{.kind = VALUE_BOOL, .boolean = true}, "true"},
    {I(-42), "-42"},
    {U(UINT64_MAX), "18446744073709551615"},
    {D(0.1), "0.1"},
    {D(NAN), "NaN"},
    {M(12345, 2), "123.45"},
    {M(-5, 3), "-0.005"},
    {S("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f"},
    {S("a\tb\x7f\xff"), "a\\x09b\\x7f\\xff"},
    {S("\xc2\x85"), "\\xc2\\x85"}, /* a control character of two bytes; what is left of it is no UTF-8 */
    {{.kind = VALUE_TEXT, .truncated = true, .bytes = {(const uint8_t *)"abc", 3}}, "abc..."},
    {{.kind = VALUE_BYTES, .bytes = {(const uint8_t *)"\x00\xff", 2}}, "00ff"},
    {{.kind = VALUE_UUID, .bytes = {(const uint8_t *)"0123456789abcdef", 16}}, "30313233-3435-3637-3839-616263646566"},
    {{.kind = VALUE_DATE, .i64 = 20067}, "2024-12-10"},
    {{.kind = VALUE_TIME, .unit = UNIT_MILLI, .i64 = 37800120}, "10:30:00.12"},
    {{.kind = VALUE_TIMESTAMP, .unit = UNIT_MICRO, .is_utc = true, .i64 = 1733826600000001}, "2024-12-10T10:30:00.000001Z"},
    {{.kind = VALUE_TIMESTAMP, .unit = UNIT_SECOND, .i64 = -1}, "1969-12-31T23:59:59"},
    {{.kind = VALUE_DURATION, .unit = UNIT_MILLI, .i64 = 1500}, "1.5s"},
};

static void values_print_as_a_person_reads_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(printed); i++) {
        struct buffer out = {0};

        assert_true(value_print(&printed[i].v, &out));
        check(span_is(span_of(out.at, out.size), printed[i].text), "%.*s, not %s", (int)out.size, (const char *)out.at, printed[i].text);
        buffer_done(&out);
    }
}

static void a_copy_is_cut_between_code_points(void **state)
{
    struct arena arena = {0};
    struct value text = S("gr\xc3\xbc\xc3\x9f"), out;

    (void)state;
    assert_true(value_copy(&arena, &text, 3, &out));
    assert_true(out.truncated && span_is(out.bytes, "gr"));
    assert_true(value_copy(&arena, &text, 4, &out));
    assert_true(out.truncated && span_is(out.bytes, "gr\xc3\xbc"));
    assert_true(value_copy(&arena, &text, 6, &out));
    assert_false(out.truncated);
    assert_true(value_copy(&arena, &text, 0, &out));
    assert_true(span_equal(out.bytes, text.bytes) && out.bytes.at != text.bytes.at);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_all_kinds_have_one_exact_order),
        cmocka_unit_test(random_doubles_compare_with_their_own_decimals),
        cmocka_unit_test(what_has_no_order_says_so),
        cmocka_unit_test(values_print_as_a_person_reads_them),
        cmocka_unit_test(a_copy_is_cut_between_code_points),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
