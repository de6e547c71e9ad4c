/* tests/columns/test_cast.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "columns/cast.h"

#define INT(bits) {.kind = TYPE_INT##bits}
#define UINT(bits) {.kind = TYPE_UINT##bits}
#define DECIMAL(p, s) {.kind = TYPE_DECIMAL, .precision = (p), .scale = (s)}
#define STAMP(u) {.kind = TYPE_TIMESTAMP, .unit = (u)}

static void two_types_have_the_narrowest_that_takes_both(void **state)
{
    static const struct { struct type a, b, wider; } rows[] = {
        {INT(8), INT(64), INT(64)},           {UINT(8), INT(8), INT(16)},          {UINT(32), INT(32), INT(64)},
        {UINT(8), UINT(32), UINT(32)},        {DECIMAL(5, 2), DECIMAL(10, 4), DECIMAL(10, 4)},
        {DECIMAL(9, 0), DECIMAL(9, 9), DECIMAL(18, 9)},  {INT(32), DECIMAL(9, 2), DECIMAL(12, 2)},
        {INT(64), DECIMAL(20, 4), DECIMAL(23, 4)},       {{.kind = TYPE_FLOAT}, {.kind = TYPE_DOUBLE}, {.kind = TYPE_DOUBLE}},
        {{.kind = TYPE_FLOAT16}, INT(32), {.kind = TYPE_DOUBLE}}, {STAMP(UNIT_MILLI), STAMP(UNIT_NANO), STAMP(UNIT_NANO)},
        {{.kind = TYPE_DATE}, STAMP(UNIT_MICRO), STAMP(UNIT_MICRO)},
        {{.kind = TYPE_TIME, .unit = UNIT_MILLI}, {.kind = TYPE_TIME, .unit = UNIT_MICRO}, {.kind = TYPE_TIME, .unit = UNIT_MICRO}},
        {{.kind = TYPE_NULL}, {.kind = TYPE_STRING}, {.kind = TYPE_STRING}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct type ab, ba;
        struct cast cast;

        assert_true(type_unify(rows[i].a, rows[i].b, &ab) && type_unify(rows[i].b, rows[i].a, &ba));
        assert_true(type_equal(ab, rows[i].wider) && type_equal(ba, rows[i].wider));
        assert_true(cast_find(rows[i].a, ab, &cast) && cast_find(rows[i].b, ab, &cast));
    }
}

static void what_would_lose_something_has_no_common_type(void **state)
{
    static const struct type pairs[][2] = {
        {UINT(64), INT(8)},   {INT(64), {.kind = TYPE_DOUBLE}}, {DECIMAL(38, 0), DECIMAL(10, 2)}, {{.kind = TYPE_STRING}, INT(32)},
        {UINT(32), DECIMAL(9, 0)}, {{.kind = TYPE_TIMESTAMP, .is_utc = true}, STAMP(UNIT_SECOND)},
        {{.kind = TYPE_DATE}, {.kind = TYPE_TIMESTAMP, .is_utc = true}}, {{.kind = TYPE_STRING}, {.kind = TYPE_BINARY}},
        {{.kind = TYPE_BOOL}, INT(8)}, {{.kind = TYPE_TIME}, STAMP(UNIT_SECOND)},
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct type wider;
        struct cast cast;

        assert_false(type_unify(pairs[i][0], pairs[i][1], &wider) || type_unify(pairs[i][1], pairs[i][0], &wider));
        assert_false(cast_find(pairs[i][0], pairs[i][1], &cast));
    }
}

static void values_keep_what_they_are(void **state)
{
    struct cast cast;
    int64_t narrow[4] = {INT64_MIN, -1, 0, INT64_MAX};
    int128 wide[4];
    uint64_t whole[] = {UINT32_MAX, 0};
    double x[2];

    (void)state;
    memcpy(wide, narrow, sizeof narrow);
    assert_true(cast_find((struct type)DECIMAL(18, 0), (struct type)DECIMAL(36, 18), &cast));
    assert_null(cast_values(&cast, wide, 4));
    assert_true(wide[0] == (int128)INT64_MIN * 1000000000000000000 && wide[1] == -1000000000000000000 && wide[2] == 0);
    assert_true(wide[3] == (int128)INT64_MAX * 1000000000000000000);
    assert_true(cast_find((struct type)UINT(32), (struct type){.kind = TYPE_DOUBLE}, &cast));
    memcpy(x, whole, sizeof x);
    assert_null(cast_values(&cast, x, 2));
    assert_true(x[0] == 4294967295.0 && x[1] == 0);
}

static void a_value_that_does_not_fit_is_a_problem(void **state)
{
    struct cast cast;
    int64_t seconds[] = {9223372036, 9223372037}, billions[] = {INT64_MAX};
    int128 huge[] = {(int128)1 << 126};
    uint64_t more[] = {(uint64_t)1 << 63};

    (void)state;
    assert_true(cast_find((struct type)STAMP(UNIT_SECOND), (struct type)STAMP(UNIT_NANO), &cast));
    assert_null(cast_values(&cast, seconds, 1));
    assert_true(seconds[0] == 9223372036000000000);
    assert_non_null(cast_values(&cast, seconds + 1, 1));
    assert_true(cast_find((struct type)DECIMAL(9, 0), (struct type)DECIMAL(18, 9), &cast));
    assert_non_null(cast_values(&cast, billions, 1));
    assert_true(cast_find((struct type)DECIMAL(30, 0), (struct type)DECIMAL(32, 2), &cast));
    assert_non_null(cast_values(&cast, huge, 1));
    assert_true(cast_find((struct type)UINT(32), (struct type)INT(64), &cast)); /* a lie of the reader's would be noticed */
    assert_non_null(cast_values(&cast, more, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_types_have_the_narrowest_that_takes_both),
        cmocka_unit_test(what_would_lose_something_has_no_common_type),
        cmocka_unit_test(values_keep_what_they_are),
        cmocka_unit_test(a_value_that_does_not_fit_is_a_problem),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
