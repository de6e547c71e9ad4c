/* tests/stats/test_texts.c -- what texts look like, and whether values rise or fall. */
#include "tests/stats/fixture.h"

static void texts_are_known_by_their_shapes(void **test)
{
    static const char *const texts[] = {"user.17@shop.example", "USER.3@x.y", "ab  12", "", "\xc3\xa9\xc3\xa9t\xc3\xa9", "a.9@b.c"};
    static const char *const shapes[] = {"a.9@a.a", "", "*a*", "A.9@a.a", "a 9"};
    static const int64_t counts[] = {2, 1, 1, 1, 1};
    struct arena arena = {0};
    struct feed feed;
    const struct top_value *top;
    int64_t shortest, longest;
    double mean;
    bool is_known;
    int32_t n;
    void *s;

    (void)test;
    feed_init(&feed, &metric_texts, column_of_texts(&arena, texts, 6));
    s = feed_run(&feed);
    assert_true(texts_top(s, &arena, 0, &top, &n, &is_known) && is_known);
    assert_int_equal(n, 5);
    for (int32_t i = 0; i < n; i++) {
        bool found = false;

        for (int32_t k = 0; k < n; k++)
            found = found || (span_is(top[k].value.bytes, shapes[i]) && top[k].count == counts[i]);
        assert_true(found);
    }
    assert_true(texts_lengths(s, &shortest, &longest, &mean));
    assert_int_equal(shortest, 0);
    assert_int_equal(longest, 20);
    assert_true(mean == (20 + 10 + 6 + 0 + 4 + 7) / 6.0);
    feed_done(&feed, s);
    arena_done(&arena);
}

static void shapes_merge_alike_in_any_split(void **test)
{
    static const char *const words[] = {"a1", "B-2", "x y", "2024-12-10", "", "Zz9"};
    const char *texts[3000];
    struct arena arena = {0};
    struct feed feed;

    (void)test;
    for (int i = 0; i < 3000; i++)
        texts[i] = words[(i * 7 + i / 11) % 6];
    feed_init(&feed, &metric_texts, column_of_texts(&arena, texts, 3000));
    check_merge_law(&feed);
    arena_done(&arena);
}

static struct direction_steps steps_of(const struct feed *feed)
{
    struct direction_steps steps;
    void *d = feed_run(feed);

    assert_true(direction_steps(d, &steps));
    feed_done(feed, d);
    return steps;
}

static void steps_are_counted_over_nulls_and_nans(void **test)
{
    static const double x[] = {1, 2, NAN, 2, 5, -0.0, 0.0, -3};
    struct arena arena = {0};
    struct feed feed;
    struct direction_steps steps;

    (void)test;
    feed_init(&feed, &metric_direction, column_of_doubles(&arena, x, 8));
    steps = steps_of(&feed);
    assert_int_equal(steps.rises, 2);
    assert_int_equal(steps.stays, 2);
    assert_int_equal(steps.falls, 2);
    arena_done(&arena);
}

/* Found while it was written: segments of two workers lie between each other, and must not be joined over the gap. */
static void any_split_sees_the_same_steps(void **test)
{
    struct arena arena = {0};
    struct feed feed;
    double x[20000];

    (void)test;
    for (int i = 0; i < 20000; i++)
        x[i] = i % 1000 == 999 ? NAN : i % 700;
    feed_init(&feed, &metric_direction, column_of_doubles(&arena, x, 20000));
    check_merge_law(&feed);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_known_by_their_shapes),
        cmocka_unit_test(shapes_merge_alike_in_any_split),
        cmocka_unit_test(steps_are_counted_over_nulls_and_nans),
        cmocka_unit_test(any_split_sees_the_same_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
