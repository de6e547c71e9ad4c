/* The grammar: what parses, how it prints, and where an error is. */
#include "tests/expressions/chunk.h"

static const struct { const char *text, *printed; } good[] = {
    {"a = 1", "a = 1"},
    {"a == 1", "a = 1"},
    {"a <> 1", "a != 1"},
    {"NOT a = 1 AND b", "not a = 1 and b"},
    {"not (a = 1 and b)", "not (a = 1 and b)"},
    {"a or b and c", "a or b and c"},
    {"(a or b) and c", "(a or b) and c"},
    {"a and b and c and d", "a and b and c and d"},
    {"a between 1 and 2 and b", "a between 1 and 2 and b"},
    {"a not between 1 and 2", "a not between 1 and 2"},
    {"a in (1, -2, 'x', null)", "a in (1, -2, 'x', null)"},
    {"a not in (b, c + 1)", "a not in (b, c + 1)"},
    {"a is null", "a is null"},
    {"a IS NOT NULL", "a is not null"},
    {"a like 'x%' escape '!'", "a like 'x%' escape '!'"},
    {"a not like '_'", "a not like '_'"},
    {"a ~ '^x$'", "a matches '^x$'"},
    {"a !~ 'x'", "a not matches 'x'"},
    {"a matches 'it''s'", "a matches 'it''s'"},
    {"a + b * c - d", "a + b * c - d"},
    {"(a + b) * c", "(a + b) * c"},
    {"a - (b - c)", "a - (b - c)"},
    {"a - b - c", "a - b - c"},
    {"a % 2 = 0", "a % 2 = 0"},
    {"-a < -5", "-a < -5"},
    {"-(-a) = +5", "-(-a) = 5"},
    {"a - -5", "a - -5"},
    {"\"two words\" = `x`", "\"two words\" = x"},
    {"\"say \"\"hi\"\"\"", "\"say \"\"hi\"\"\""},
    {"\"and\" = a.b", "\"and\" = a.b"},
    {"größe > 0", "größe > 0"},
    {"d >= date '2024-01-01'", "d >= date '2024-01-01'"},
    {"t < timestamp '2024-01-01T00:00:00Z'", "t < timestamp '2024-01-01T00:00:00Z'"},
    {"date = 'x'", "date = 'x'"},
    {"t > now - 24h", "t > now() - interval '24h'"},
    {"t > now() - interval '24 hours'", "t > now() - interval '24 hours'"},
    {"d = today()", "d = today()"},
    {"length(trim(s)) > 3", "length(trim(s)) > 3"},
    {"coalesce(a, b, 0) = 1e-3", "coalesce(a, b, 0) = 1e-3"},
    {"true or false or null", "true or false or null"},
    {"a = .5", "a = .5"},
    {"(((a)))", "a"},
    {"a = 'x' or (b is null) = true", "a = 'x' or (b is null) = true"},
};

static void parses_and_prints_in_one_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct arena arena = {0};
        struct error err = ERROR_NONE;
        struct expression *e;
        const char *printed;

        if (expression_parse(&arena, span_text(good[i].text), &e, &err) != STATUS_OK)
            fail_msg("%s: %s", good[i].text, err.text);
        printed = expression_print(&arena, e);
        assert_string_equal(printed, good[i].printed);
        assert_int_equal(expression_parse(&arena, span_text(printed), &e, &err), STATUS_OK);
        assert_string_equal(expression_print(&arena, e), printed);
        arena_done(&arena);
    }
}

static const struct { const char *text; int at; const char *says; } bad[] = {
    {"", 1, "empty"},
    {"   ", 1, "empty"},
    {"a = ", 5, "expected a value, found the end"},
    {"a = = 1", 5, "expected a value, found `=`"},
    {"a && b", 3, "write `and`"},
    {"a || b", 3, "write `or`"},
    {"!a", 1, "write `not`"},
    {"a => 1", 3, "write `>=`"},
    {"a = 'x", 5, "never closed"},
    {"\"a = 1", 1, "never closed"},
    {"a b", 3, "expected an operator"},
    {"a adn b", 3, "did you mean `and`"},
    {"lenght(a) > 1", 1, "did you mean `length`"},
    {"frobnicate(a)", 1, "there is no function `frobnicate`"},
    {"length(a, b) > 1", 1, "takes one value, not 2"},
    {"(a = 1", 7, "expected `)`"},
    {"a = 1)", 6, "expected an operator"},
    {"a in 1", 6, "expected `(`"},
    {"a in ()", 7, "expected a value"},
    {"a between 1", 12, "expected `and`"},
    {"a is 5", 6, "`null` or `not null`"},
    {"a not 5", 7, "after `not`"},
    {"a like b", 8, "in single quotes"},
    {"a matches \"x\"", 11, "in single quotes"},
    {"a like 'x' escape 'ab'", 19, "one character"},
    {"a = 12abc", 5, "neither a number nor a duration"},
    {"a = 0x1F", 5, "neither a number nor a duration"},
    {"a = 1 = 1", 7, "expected an operator"},
    {"a ? b", 3, "no place"},
    {"a = {{ x }}", 5, "variables"},
    {"a in [1]", 6, "( )"},
    {"a = 1; drop", 6, "one expression"},
    {"a = \"\"", 5, "without a name"},
    {"a = \xff", 5, "UTF-8"},
    {"a = 1 or a ~ 'x('", 14, "wrong at offset 2"},
    {"a like 'x!y' escape '!'", 21, "escape"},
};

static void says_where_and_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct arena arena = {0};
        struct error err = ERROR_NONE;
        struct expression *e;

        if (expression_parse(&arena, span_text(bad[i].text), &e, &err) != STATUS_BAD_SUITE)
            fail_msg("`%s` was taken", bad[i].text);
        if (err.line_column != bad[i].at || !strstr(err.text, bad[i].says))
            fail_msg("`%s`: byte %d: %s", bad[i].text, (int)err.line_column, err.text);
        arena_done(&arena);
    }
}

/* n times `unit`, then `end`. */
static enum status parse_repeated(const char *unit, const char *end, int n, struct error *err)
{
    struct arena arena = {0};
    struct buffer text = {0};
    struct expression *e;
    enum status status;

    for (int i = 0; i < n; i++)
        assert_true(buffer_add(&text, unit, strlen(unit)));
    assert_true(buffer_add(&text, end, strlen(end)));
    status = expression_parse(&arena, span_of(text.at, text.size), &e, err);
    buffer_done(&text);
    arena_done(&arena);
    return status;
}

static void refuses_what_is_nested_too_deep_and_takes_long_chains(void **state)
{
    struct error err = ERROR_NONE;
    static const char *const prefixes[] = {"(", "not ", "- ", "+ ", "length(", "a+("};

    (void)state;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        assert_int_equal(parse_repeated(prefixes[i], "a", 100000, &err), STATUS_BAD_SUITE);
        assert_non_null(strstr(err.text, "nested deeper than 200"));
    }
    assert_int_equal(parse_repeated("a+", "a", 300, &err), STATUS_BAD_SUITE);
    assert_non_null(strstr(err.text, "nested deeper than 200"));
    assert_int_equal(parse_repeated("a and ", "a", 5000, &err), STATUS_OK);
    assert_int_equal(parse_repeated("a or ", "a", 5000, &err), STATUS_OK);
    assert_int_equal(parse_repeated("a or ", "a", 30000, &err), STATUS_BAD_SUITE);
    assert_non_null(strstr(err.text, "more than 20000 parts"));
    assert_int_equal(parse_repeated(" ", "a", 2 << 20, &err), STATUS_BAD_SUITE);
    assert_non_null(strstr(err.text, "longer than"));
}

static void refuses_a_nul_byte_with_its_place(void **state)
{
    struct arena arena = {0};
    struct error err = ERROR_NONE;
    struct expression *e;

    (void)state;
    assert_int_equal(expression_parse(&arena, span_of("a = 'x\0y'", 9), &e, &err), STATUS_BAD_SUITE);
    assert_int_equal(err.line_column, 7);
    arena_done(&arena);
}

static void lists_columns_once_in_order_of_appearance(void **state)
{
    struct arena arena = {0};
    struct error err = ERROR_NONE;
    struct expression *e;
    const char *const *names;
    int32_t n;

    (void)state;
    assert_int_equal(expression_parse(&arena, span_text("b > a and a in (1, 2) or length(\"c d\") = b"), &e, &err), STATUS_OK);
    names = expression_columns(&arena, e, &n);
    assert_int_equal(n, 3);
    assert_string_equal(names[0], "b");
    assert_string_equal(names[1], "a");
    assert_string_equal(names[2], "c d");
    assert_int_equal(expression_parse(&arena, span_text("true"), &e, &err), STATUS_OK);
    assert_non_null(expression_columns(&arena, e, &n));
    assert_int_equal(n, 0);
    arena_done(&arena);
}

static struct literal number(const char *text)
{
    return (struct literal){.kind = NODE_NUMBER, .is_set = true, .text = span_text(text)};
}

static void prints_what_builders_made(void **state)
{
    struct arena a = {0};
    struct expression *x = expression_column(&a, "x");
    struct literal low = number("1"), high = number("2"), unset = {0};
    struct literal_list list = {(struct literal[]){low, high}, 2, true};

    (void)state;
    assert_string_equal(expression_print(&a, expression_between(&a, x, &low, false, &high, false)), "x between 1 and 2");
    assert_string_equal(expression_print(&a, expression_between(&a, x, &low, true, &high, false)), "x > 1 and x <= 2");
    assert_string_equal(expression_print(&a, expression_between(&a, x, &low, false, &unset, true)), "x >= 1");
    assert_string_equal(expression_print(&a, expression_between(&a, x, NULL, false, &high, true)), "x < 2");
    assert_string_equal(expression_print(&a, expression_not(&a, expression_between(&a, x, &low, true, &high, true))),
                        "not (x > 1 and x < 2)");
    assert_string_equal(expression_print(&a, expression_not(&a, expression_in(&a, x, &list))), "x not in (1, 2)");
    assert_string_equal(expression_print(&a, expression_is_null(&a, expression_length(&a, x))), "length(x) is null");
    assert_string_equal(expression_print(&a, expression_matches(&a, x, "a", 0)), "x matches 'a'");
    assert_string_not_equal(expression_print(&a, expression_matches(&a, x, "a", REGEX_DOLLAR_NEWLINE)),
                            expression_print(&a, expression_matches(&a, x, "a", REGEX_UNICODE_CLASSES)));
    assert_string_equal(expression_print(&a, expression_and(&a, NULL, x)), "x");
    assert_string_equal(expression_print(&a, expression_and(&a, expression_and(&a, x, x), expression_and(&a, x, x))),
                        "x and x and x and x");
    assert_null(expression_not(&a, NULL));
    assert_null(expression_compare(&a, COMPARE_EQ, x, NULL));
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_and_prints_in_one_form),
        cmocka_unit_test(says_where_and_what_is_wrong),
        cmocka_unit_test(refuses_what_is_nested_too_deep_and_takes_long_chains),
        cmocka_unit_test(refuses_a_nul_byte_with_its_place),
        cmocka_unit_test(lists_columns_once_in_order_of_appearance),
        cmocka_unit_test(prints_what_builders_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
