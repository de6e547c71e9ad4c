/* tests/expressions/test_answers.c -- which answers bounds leave possible, and that none is ever left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "expressions/expression.h"

static enum status bind(void *context, const char *name, enum family family, int32_t *slot, struct type *type, struct error *err)
{
    (void)context;
    (void)family;
    (void)err;
    *slot = name[0] == 's' ? 1 : 0;
    *type = (struct type){.kind = *slot ? TYPE_STRING : TYPE_INT64};
    return STATUS_OK;
}

static struct slot_facts the_facts[2];

static struct slot_facts facts(void *context, int32_t slot)
{
    (void)context;
    return the_facts[slot];
}

static struct slot_facts numbers(int64_t min, int64_t max)
{
    return (struct slot_facts){.may_be_value = true, .has_bounds = true, .min = value_int(min), .max = value_int(max)};
}

static struct slot_facts texts(const char *min, const char *max)
{
    return (struct slot_facts){.may_be_value = true, .has_bounds = true, .min = value_text(span_text(min)), .max = value_text(span_text(max))};
}

static struct predicate *compile(struct arena *arena, const char *text)
{
    struct time_zone zone = {.name = "UTC"};
    struct time_context time = {.zone = &zone};
    struct binder binder = {bind, NULL, &time};
    struct error err = ERROR_NONE;
    struct expression *e;
    struct predicate *p;

    if (expression_parse(arena, span_text(text), &e, &err) != STATUS_OK || predicate_compile(arena, e, &binder, &p, &err) != STATUS_OK)
        fail_msg("%s: %s", text, err.text);
    return p;
}

static int answers(const char *text)
{
    struct arena arena;
    struct predicate *p;
    int out;

    arena_init(&arena, NULL, 0);
    p = compile(&arena, text);
    out = predicate_answers(p, facts, NULL);
    predicate_done(p);
    arena_done(&arena);
    return out;
}

enum { F = CAN_FALSE, T = CAN_TRUE, U = CAN_UNKNOWN };

/* n is in 10..20 and never null, s in 'b'..'d' and may be null. */
static void bounds_leave_what_they_cannot_exclude(void **state)
{
    static const struct { const char *text; int answers; } cases[] = {
        {"n >= 10", T}, {"n between 10 and 20", T}, {"n between 11 and 20", T | F}, {"n > 20", F}, {"n < 10", F}, {"n <> 5", T},
        {"n = 15", T | F}, {"n = 9", F}, {"not n > 20", T}, {"n is null", F}, {"n is not null", T},
        {"n in (1, 2, 3, 4)", F}, {"n in (9, 10)", T | F}, {"n in (10,11,12,13,14,15,16,17,18,19,20)", T},
        {"n in (10,11,12,13,14,15,16,17,18,19,21)", T | F}, {"n not in (1, 2)", T}, {"n in (1, null)", U},
        {"n > 5 and n < 30", T}, {"n > 5 and n > 30", F}, {"n > 15 or n < 30", T}, {"n > 30 or n < 5", F}, {"n > 15 and n < 30", T | F},
        {"s >= 'a'", T | U}, {"s < 'b'", F | U}, {"s = 'zebra'", F | U}, {"s is null", T | F}, {"s >= 'c'", T | F | U},
        {"s in ('x', 'y')", F | U}, {"s in ('x', 'c')", T | F | U}, {"s >= 'a' or n > 5", T}, {"s < 'a' and n > 5", F | U},
        {"s matches '^b'", T | F | U}, {"length(s) > 0", T | F | U}, {"n + 1 > 5", T | F | U},
    };

    (void)state;
    the_facts[0] = numbers(10, 20);
    the_facts[1] = texts("b", "d");
    the_facts[1].may_be_null = true;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (answers(cases[i].text) != cases[i].answers)
            fail_msg("%s: %d, not %d", cases[i].text, answers(cases[i].text), cases[i].answers);
}

/* Knows the numbers 12 and 15, and the text "cat". */
static bool knows_number(const void *filter, const void *value)
{
    int64_t x = *(const int64_t *)value;

    (*(int *)(uintptr_t)filter)++;
    return x == 12 || x == 15;
}

static bool knows_text(const void *filter, const void *value)
{
    (void)filter;
    return span_is(*(const struct span *)value, "cat");
}

/* What a filter excludes is not there; what it does not may still not be. Of ranges it knows nothing, and it is not asked about too many. */
static void single_values_may_be_excluded_by_a_filter(void **state)
{
    static const struct { const char *text; int answers; } cases[] = {
        {"n = 14", F}, {"n = 15", T | F}, {"n <> 14", T}, {"n in (11, 14, 99)", F}, {"n in (11, 12)", T | F}, {"n not in (11, 14)", T},
        {"n in (11, null)", U}, {"n between 13 and 14", T | F}, {"n >= 10", T}, {"s = 'cow'", F | U}, {"s = 'cat'", T | F | U},
        {"s in ('cow', 'dog')", F | U}, {"s >= 'c' and s <= 'cow'", T | F | U},
    };
    int n_asked = 0, n_before;
    char many[1024] = "n in (11";

    (void)state;
    the_facts[0] = numbers(10, 20);
    the_facts[0].may_hold = knows_number;
    the_facts[0].filter = &n_asked;
    the_facts[1] = texts("b", "d");
    the_facts[1].may_be_null = true;
    the_facts[1].may_hold = knows_text;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (answers(cases[i].text) != cases[i].answers)
            fail_msg("%s: %d, not %d", cases[i].text, answers(cases[i].text), cases[i].answers);
    assert_true(n_asked > 0);
    for (int x = 100; x < 200; x++)
        snprintf(many + strlen(many), sizeof many - strlen(many), ", %d", x);
    strcat(many, ")");
    n_before = n_asked;
    assert_int_equal(answers(many), T | F);
    assert_int_equal(n_asked, n_before);
}

static void without_bounds_only_nulls_are_known(void **state)
{
    (void)state;
    the_facts[0] = (struct slot_facts){.may_be_value = true};
    assert_int_equal(answers("n > 5"), T | F);
    assert_int_equal(answers("n is null"), F);
    the_facts[0] = (struct slot_facts){.may_be_null = true};
    assert_int_equal(answers("n > 5"), U);
    assert_int_equal(answers("n is null"), T);
    assert_int_equal(answers("n is null or n > 5"), T);
}

/* Every answer that evaluation gives is among those foretold: all of min..max, all predicates of a grid. */
static void no_answer_comes_that_was_not_possible(void **state)
{
    static const char *const texts_of[] = {"n > %d", "n <= %d", "n = %d", "n <> %d", "n in (%d, 3, 5)", "n not in (%d, 4)",
                                           "not (n between %d and 6)", "n > %d and n < 7 or n = 2"};

    (void)state;
    for (size_t t = 0; t < sizeof texts_of / sizeof *texts_of; t++)
        for (int at = 0; at < 10; at++) {
            struct arena arena;
            struct predicate *p;
            struct predicate_scratch *scratch;
            struct error err = ERROR_NONE;
            char text[80];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(text, sizeof text, texts_of[t], at);
#pragma GCC diagnostic pop
            arena_init(&arena, NULL, 0);
            p = compile(&arena, text);
            assert_int_equal(predicate_scratch_new(p, NULL, &scratch, &err), STATUS_OK);
            for (int64_t min = 0; min < 10; min++)
                for (int64_t max = min; max < 10; max++) {
                    int64_t x[10];
                    const struct vector v = {.type = {.kind = TYPE_INT64}, .lane = LANE_I64, .n_rows = max - min + 1, .i64 = x};
                    const struct vector *slots[2] = {&v, NULL};
                    uint64_t is_true, is_unknown;
                    const char *trouble = NULL;
                    int possible;

                    for (int64_t i = 0; i < v.n_rows; i++)
                        x[i] = min + i;
                    the_facts[0] = numbers(min, max);
                    possible = predicate_answers(p, facts, NULL);
                    assert_int_equal(predicate_eval(p, scratch, slots, v.n_rows, &is_true, &is_unknown, &trouble, &err), STATUS_OK);
                    if ((is_true && !(possible & T)) || ((~is_true & bitmap_tail(v.n_rows)) && !(possible & F)))
                        fail_msg("%s in %d..%d: possible %d", text, (int)min, (int)max, possible);
                }
            predicate_scratch_free(scratch);
            predicate_done(p);
            arena_done(&arena);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_leave_what_they_cannot_exclude),
        cmocka_unit_test(single_values_may_be_excluded_by_a_filter),
        cmocka_unit_test(without_bounds_only_nulls_are_known),
        cmocka_unit_test(no_answer_comes_that_was_not_possible),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
