/* tests/readers/test_parquet_thrift.c -- the compact protocol, and bytes that lie about their lengths. */
#include "tests/readers/parquet_fixture.h"

static void reads_fields_by_delta_and_by_id(void **state)
{
    const uint8_t in[] = {0x15, 0x02, 0x05, 0xd0, 0x0f, 0x03, 0x11, 0x00}; /* 1: i32 1; 1000: i32 -2; 1001: true */
    struct thrift t;
    struct thrift_field f = {0};
    int32_t x;
    bool b = false;

    (void)state;
    thrift_start(&t, span_of(in, sizeof in));
    assert_true(thrift_next(&t, &f) && f.id == 1 && thrift_i32(&t, &f, &x) && x == 1);
    assert_true(thrift_next(&t, &f) && f.id == 1000 && thrift_i32(&t, &f, &x) && x == -2);
    assert_true(thrift_next(&t, &f) && f.id == 1001 && thrift_bool(&t, &f, &b) && b);
    assert_false(thrift_next(&t, &f));
    assert_null(t.problem);
}

static void a_field_of_another_type_is_skipped(void **state)
{
    const uint8_t in[] = {0x18, 0x02, 'h', 'i', 0x15, 0x0a, 0x00};
    struct thrift t;
    struct thrift_field f = {0};
    int32_t x = 77;

    (void)state;
    thrift_start(&t, span_of(in, sizeof in));
    assert_true(thrift_next(&t, &f));
    assert_false(thrift_i32(&t, &f, &x));
    assert_int_equal(x, 77);
    assert_true(thrift_next(&t, &f) && thrift_i32(&t, &f, &x) && x == 5);
}

static void refuses_lengths_beyond_the_bytes_left(void **state)
{
    static const struct { uint8_t bytes[8]; size_t n; } cases[] = {
        {{0x18, 0xff, 0xff, 0xff, 0xff, 0x07, 'x'}, 7},       /* a binary of 2 GiB */
        {{0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07}, 7},      /* a list of 2^31 structs */
        {{0x1b, 0xff, 0xff, 0xff, 0xff, 0x07, 0x55}, 7},      /* a map of 2^31 pairs */
        {{0x15, 0x80, 0x80, 0x80}, 4},                        /* a varint without its end */
        {{0x17, 1, 2, 3}, 4},                                 /* three bytes of a double */
        {{0x1c, 0x1c, 0x1c}, 3},                              /* structs without their ends */
        {{0x1e, 0x00}, 2},                                    /* a type that does not exist */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct thrift t;
        struct thrift_field f = {0};

        thrift_start(&t, span_of(cases[i].bytes, cases[i].n));
        while (thrift_next(&t, &f))
            thrift_skip(&t, f.type);
        assert_non_null(t.problem);
    }
}

static void skips_sixty_levels_and_no_more_than_sixty_four(void **state)
{
    (void)state;
    for (int depth = 60; depth <= 70; depth += 10) {
        struct bytes in = {.n = 0};
        struct thrift t;
        struct thrift_field f = {0};

        for (int i = 0; i < depth; i++)
            put_u8(&in, 0x1c);
        for (int i = 0; i <= depth; i++)
            put_stop(&in);
        thrift_start(&t, span_of(in.at, in.n));
        while (thrift_next(&t, &f))
            thrift_skip(&t, f.type);
        assert_true(depth == 60 ? t.problem == NULL : t.problem != NULL);
    }
}

static void a_varint_has_at_most_64_bits(void **state)
{
    const uint8_t most[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
    const uint8_t more[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02};
    struct span s = span_of(most, sizeof most);
    uint64_t x;

    (void)state;
    assert_true(varint_take(&s, &x) && x == UINT64_MAX && s.size == 0);
    s = span_of(more, sizeof more);
    assert_false(varint_take(&s, &x));
    assert_true(zigzag(0) == 0 && zigzag(1) == -1 && zigzag(2) == 1 && zigzag(UINT64_MAX) == INT64_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_fields_by_delta_and_by_id),
        cmocka_unit_test(a_field_of_another_type_is_skipped),
        cmocka_unit_test(refuses_lengths_beyond_the_bytes_left),
        cmocka_unit_test(skips_sixty_levels_and_no_more_than_sixty_four),
        cmocka_unit_test(a_varint_has_at_most_64_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
