/* Literals of a suite as values of a column. The clock stands at 2024-12-10T10:30:00.5Z, the zone is two hours east. */
#include "tests/core/check.h"

#include "columns/type.h"

static const struct time_zone zone = {.name = "+02:00", .fixed_offset = 7200};
static const struct time_context now = {1733826600, 500000000, &zone};

static const struct { const char *type; enum node_kind kind; const char *text; enum value_kind value; const char *printed; } cases[] = {
    {"int64", NODE_NUMBER, "18", VALUE_INT, "18"},
    {"int8", NODE_NUMBER, "1e3", VALUE_INT, "1000"},
    {"int64", NODE_NUMBER, "3.5", VALUE_DECIMAL, "3.5"},
    {"int64", NODE_NUMBER, "9223372036854775808", VALUE_DECIMAL, "9223372036854775808"},
    {"uint64", NODE_NUMBER, "18446744073709551615", VALUE_DECIMAL, "18446744073709551615"},
    {"int64", NODE_NUMBER, "Infinity", VALUE_DOUBLE, "Infinity"},
    {"int64", NODE_TEXT, "17", VALUE_INT, "17"},
    {"decimal(10,2)", NODE_NUMBER, "0.1", VALUE_DECIMAL, "0.1"},
    {"decimal(10,2)", NODE_TEXT, "0.10", VALUE_DECIMAL, "0.10"},
    {"double", NODE_NUMBER, "0.1", VALUE_DOUBLE, "0.1"},
    {"float", NODE_NUMBER, "0.1", VALUE_DOUBLE, "0.10000000149011612"}, /* the value that a cell 0.1 has */
    {"float", NODE_NUMBER, "16777217", VALUE_DOUBLE, "16777216"},
    {"float", NODE_NUMBER, "1e39", VALUE_DOUBLE, "1e+39"}, /* not infinity */
    {"float", NODE_NUMBER, "1e-60", VALUE_DOUBLE, "1e-60"}, /* not 0 */
    {"float16", NODE_NUMBER, "0.1", VALUE_DOUBLE, "0.0999755859375"},
    {"float16", NODE_NUMBER, "-2049", VALUE_DOUBLE, "-2048"}, /* half way, to the even one */
    {"float16", NODE_NUMBER, "65504", VALUE_DOUBLE, "65504"},
    {"float16", NODE_NUMBER, "65520", VALUE_DOUBLE, "65520"},
    {"float16", NODE_NUMBER, "1e-7", VALUE_DOUBLE, "1.1920928955078125e-7"}, /* a subnormal one */
    {"double", NODE_NUMBER, "9007199254740991", VALUE_DOUBLE, "9007199254740991"},
    {"double", NODE_NUMBER, "9007199254740993", VALUE_DECIMAL, "9007199254740993"},
    {"double", NODE_NUMBER, "1e300", VALUE_DOUBLE, "1e+300"},
    {"double", NODE_NUMBER, "NaN", VALUE_DOUBLE, "NaN"},
    {"double", NODE_NUMBER, "-Infinity", VALUE_DOUBLE, "-Infinity"},
    {"string", NODE_TEXT, "abc", VALUE_TEXT, "abc"},
    {"string", NODE_NUMBER, "0.10", VALUE_TEXT, "0.10"},
    {"string", NODE_BOOL, "true", VALUE_TEXT, "true"},
    {"binary", NODE_TEXT, "ab", VALUE_BYTES, "6162"},
    {"bool", NODE_BOOL, "true", VALUE_BOOL, "true"},
    {"bool", NODE_TEXT, "false", VALUE_BOOL, "false"},
    {"uuid", NODE_TEXT, "30313233-3435-3637-3839-616263646566", VALUE_UUID, "30313233-3435-3637-3839-616263646566"},
    {"uuid", NODE_TEXT, "30313233343536373839616263646566", VALUE_UUID, "30313233-3435-3637-3839-616263646566"},
    {"date", NODE_TEXT, "2024-12-10", VALUE_DATE, "2024-12-10"},
    {"date", NODE_TEXT, "today", VALUE_DATE, "2024-12-10"},
    {"date", NODE_TEXT, "today - 1d", VALUE_DATE, "2024-12-09"},
    {"date", NODE_TEXT, "today+1w", VALUE_DATE, "2024-12-17"},
    {"date", NODE_TEXT, "now", VALUE_DATE, "2024-12-10"},
    {"date", NODE_TEXT, "now + 12h", VALUE_DATE, "2024-12-11"}, /* 00:30 in the zone */
    {"date", NODE_TEXT, "2024-12-10T00:00:00", VALUE_DATE, "2024-12-10"},
    {"time", NODE_TEXT, "10:30", VALUE_TIME, "10:30:00"},
    {"timestamptz", NODE_TEXT, "2024-12-10T10:30:00Z", VALUE_TIMESTAMP, "2024-12-10T10:30:00Z"},
    {"timestamptz", NODE_TEXT, "2024-12-10T10:30:00", VALUE_TIMESTAMP, "2024-12-10T08:30:00Z"},
    {"timestamptz", NODE_TEXT, "2024-12-10", VALUE_TIMESTAMP, "2024-12-09T22:00:00Z"},
    {"timestamptz", NODE_TEXT, "now", VALUE_TIMESTAMP, "2024-12-10T10:30:00.5Z"},
    {"timestamptz", NODE_TEXT, "now - 24h", VALUE_TIMESTAMP, "2024-12-09T10:30:00.5Z"},
    {"timestamptz", NODE_TEXT, "now-750ms", VALUE_TIMESTAMP, "2024-12-10T10:29:59.75Z"},
    {"timestamptz", NODE_TEXT, "now + 1.5s", VALUE_TIMESTAMP, "2024-12-10T10:30:02Z"},
    {"timestamptz", NODE_TEXT, "today", VALUE_TIMESTAMP, "2024-12-09T22:00:00Z"},
    {"timestamp", NODE_TEXT, "now", VALUE_TIMESTAMP, "2024-12-10T12:30:00.5"},
    {"timestamp", NODE_TEXT, "today - 1d", VALUE_TIMESTAMP, "2024-12-09T00:00:00"},
    {"timestamp", NODE_TEXT, "2024-12-10 10:30:00", VALUE_TIMESTAMP, "2024-12-10T10:30:00"},
    {"timestamp", NODE_TEXT, "2024-12-10T10:30:00Z", VALUE_TIMESTAMP, "2024-12-10T12:30:00"},
    {"timestamp", NODE_TEXT, "9999-12-31T23:59:59.999999", VALUE_TIMESTAMP, "9999-12-31T23:59:59.999999"},
    {NULL, NODE_NUMBER, "18", VALUE_INT, "18"},
    {NULL, NODE_NUMBER, "0.1", VALUE_DECIMAL, "0.1"},
    {NULL, NODE_NUMBER, ".inf", VALUE_NONE, NULL},
    {NULL, NODE_NUMBER, "Infinity", VALUE_DOUBLE, "Infinity"},
    {NULL, NODE_BOOL, "false", VALUE_BOOL, "false"},
    {NULL, NODE_TEXT, "2024-12-10", VALUE_TEXT, "2024-12-10"},
    /* refused */
    {"int64", NODE_TEXT, "abc", VALUE_NONE, NULL},
    {"int64", NODE_BOOL, "true", VALUE_NONE, NULL},
    {"int64", NODE_NUMBER, "NaN", VALUE_NONE, NULL},
    {"int64", NODE_NULL, "", VALUE_NONE, NULL},
    {"decimal(38,0)", NODE_NUMBER, "123456789012345678901234567890123456789", VALUE_NONE, NULL},
    {"double", NODE_TEXT, "ten", VALUE_NONE, NULL},
    {"string", NODE_NULL, "", VALUE_NONE, NULL},
    {"bool", NODE_NUMBER, "1", VALUE_NONE, NULL},
    {"uuid", NODE_TEXT, "30313233-3435-3637-3839-61626364656", VALUE_NONE, NULL},
    {"uuid", NODE_TEXT, "3031323334353637383961626364656g", VALUE_NONE, NULL},
    {"date", NODE_TEXT, "2024-12-10T10:30:00", VALUE_NONE, NULL},
    {"date", NODE_NUMBER, "20241210", VALUE_NONE, NULL},
    {"date", NODE_TEXT, "yesterday", VALUE_NONE, NULL},
    {"date", NODE_TEXT, "today - ", VALUE_NONE, NULL},
    {"date", NODE_TEXT, "today - -1d", VALUE_NONE, NULL},
    {"date", NODE_TEXT, "todayish", VALUE_NONE, NULL},
    {"timestamp", NODE_TEXT, "now 5m", VALUE_NONE, NULL},
    {"timestamp", NODE_TEXT, "9999-12-31T23:59:59.999999999", VALUE_NONE, NULL},
    {"time", NODE_TEXT, "10", VALUE_NONE, NULL},
    {"interval", NODE_TEXT, "1d", VALUE_NONE, NULL},
    {"nested", NODE_NUMBER, "1", VALUE_NONE, NULL},
};

static void a_literal_becomes_a_value_of_its_column_exactly(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct literal literal = {cases[i].kind, true, false, 4, 9, span_text(cases[i].text)};
        struct type type = {0};
        struct arena arena = {0};
        struct error err = ERROR_NONE;
        struct buffer out = {0};
        struct value value;
        enum status status;

        assert_true(!cases[i].type || type_parse(cases[i].type, &type));
        status = literal_to_value(&literal, type, &now, &arena, &value, &err);
        if (!cases[i].printed) {
            check(status == STATUS_BAD_SUITE && err.line == 4 && err.line_column == 9 && err.text[0], "%s: %s", cases[i].type ? cases[i].type : "?", cases[i].text);
        } else {
            check(status == STATUS_OK, "%s: %s", cases[i].text, err.text);
            assert_true(value_print(&value, &out));
            check(value.kind == cases[i].value && span_is(span_of(out.at, out.size), cases[i].printed), "%s %s: kind %d, %.*s", cases[i].type ? cases[i].type : "?",
                  cases[i].text, (int)value.kind, (int)out.size, (const char *)out.at);
        }
        buffer_done(&out);
        arena_done(&arena);
    }
}

static void a_bound_lies_between_its_neighbours(void **state)
{
    static const struct { const char *type, *text; struct value below, above; } bounds[] = {
        {"int64", "9007199254740993", {.kind = VALUE_INT, .i64 = 9007199254740992}, {.kind = VALUE_INT, .i64 = 9007199254740994}},
        {"double", "9007199254740993", {.kind = VALUE_DOUBLE, .f64 = 9007199254740992.0}, {.kind = VALUE_DOUBLE, .f64 = 9007199254740994.0}},
        {"decimal(10,2)", "0.1", {.kind = VALUE_DECIMAL, .i128 = 9, .scale = 2}, {.kind = VALUE_DECIMAL, .i128 = 11, .scale = 2}},
        {"timestamptz", "2024-12-10T10:30:00Z", {.kind = VALUE_TIMESTAMP, .unit = UNIT_MICRO, .is_utc = true, .i64 = 1733826599999999},
         {.kind = VALUE_TIMESTAMP, .unit = UNIT_MICRO, .is_utc = true, .i64 = 1733826600000001}},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(bounds); i++) {
        bool is_time = bounds[i].below.kind == VALUE_TIMESTAMP;
        struct literal literal = {is_time ? NODE_TEXT : NODE_NUMBER, true, false, 1, 1, span_text(bounds[i].text)};
        struct arena arena = {0};
        struct error err = ERROR_NONE;
        struct type type;
        struct value value;
        int order;

        assert_true(type_parse(bounds[i].type, &type));
        assert_int_equal(literal_to_value(&literal, type, &now, &arena, &value, &err), STATUS_OK);
        check(value_compare(&bounds[i].below, &value, &order) && order < 0, "%s", bounds[i].text);
        check(value_compare(&value, &bounds[i].above, &order) && order < 0, "%s", bounds[i].text);
        arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_literal_becomes_a_value_of_its_column_exactly),
        cmocka_unit_test(a_bound_lies_between_its_neighbours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
