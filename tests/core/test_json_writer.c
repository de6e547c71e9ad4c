/* JSON as it is written. */
#include "tests/core/check.h"

#include <math.h>

#include "core/json_writer.h"

static void levels_are_indented_and_empty_ones_stay_on_their_line(void **state)
{
    struct buffer out = {0};
    struct json_writer w;

    (void)state;
    json_init(&w, &out, 2);
    json_object(&w);
    json_member_int(&w, "n", -3);
    json_key(&w, "list");
    json_array(&w);
    json_int(&w, 1);
    json_object(&w);
    json_object_end(&w);
    json_array(&w);
    json_array_end(&w);
    json_array_end(&w);
    json_member_text(&w, "t", NULL);
    json_key(&w, "raw");
    json_raw(&w, span_text("[1,2]"));
    json_object_end(&w);
    assert_false(w.failed);
    assert_true(buffer_add(&out, "", 1));
    assert_string_equal((char *)out.at,
                        "{\n  \"n\": -3,\n  \"list\": [\n    1,\n    {},\n    []\n  ],\n  \"t\": null,\n  \"raw\": [1,2]\n}");
    buffer_done(&out);
}

#define TEXT(x) {.kind = VALUE_TEXT, .bytes = {(const uint8_t *)(x), sizeof(x) - 1}}
static const struct { struct value v; const char *json; } values[] = {
    {{.kind = VALUE_NONE}, "null"},
    {{.kind = VALUE_NULL}, "null"},
    {{.kind = VALUE_BOOL}, "false"},
    {{.kind = VALUE_INT, .i64 = INT64_MIN}, "-9223372036854775808"},
    {{.kind = VALUE_UINT, .u64 = UINT64_MAX}, "18446744073709551615"},
    {{.kind = VALUE_DOUBLE, .f64 = 57.25}, "57.25"},
    {{.kind = VALUE_DOUBLE, .f64 = NAN}, "\"NaN\""},
    {{.kind = VALUE_DOUBLE, .f64 = -INFINITY}, "\"-Infinity\""},
    {{.kind = VALUE_DECIMAL, .i128 = 10, .scale = 2}, "0.10"},
    {{.kind = VALUE_DATE, .i64 = 0}, "\"1970-01-01\""},
    {{.kind = VALUE_TIMESTAMP, .unit = UNIT_MILLI, .is_utc = true, .i64 = 1}, "\"1970-01-01T00:00:00.001Z\""},
    {{.kind = VALUE_UUID, .bytes = {(const uint8_t *)"0123456789abcdef", 16}}, "\"30313233-3435-3637-3839-616263646566\""},
    {{.kind = VALUE_BYTES, .bytes = {(const uint8_t *)"\x01\xab", 2}}, "{\"hex\": \"01ab\"}"},
    {{.kind = VALUE_BYTES, .truncated = true, .bytes = {(const uint8_t *)"\x01", 1}}, "{\"hex\": \"01\", \"truncated\": true}"},
    {{.kind = VALUE_TEXT, .truncated = true, .bytes = {(const uint8_t *)"x", 1}}, "{\"text\": \"x\", \"truncated\": true}"},
    {TEXT("a\"\\\b\f\n\r\t\x01"), "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\""},
    {TEXT("</script>&"), "\"\\u003c/script\\u003e\\u0026\""},
    {TEXT("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa"), "\"\\u2028\\u2029\xe2\x80\xaa\""},
    {TEXT("\xff\xc3"), "{\"hex\": \"ffc3\"}"},
    {TEXT("a\0b"), "\"a\\u0000b\""},
};

static void values_have_one_form_each(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(values); i++) {
        struct buffer out = {0};
        struct json_writer w;

        json_init(&w, &out, 0);
        json_value(&w, &values[i].v);
        check(!w.failed && span_is(span_of(out.at, out.size), values[i].json), "%.*s, not %s", (int)out.size, (const char *)out.at, values[i].json);
        buffer_done(&out);
    }
}

static void a_key_that_is_not_utf8_is_still_a_string(void **state)
{
    struct buffer out = {0};
    struct json_writer w;

    (void)state;
    json_init(&w, &out, 0);
    json_object(&w);
    json_key_span(&w, span_of("a\xff", 2));
    json_bool(&w, true);
    json_object_end(&w);
    assert_true(span_is(span_of(out.at, out.size), "{\"a\\\\xff\": true}"));
    buffer_done(&out);
}

static void a_full_buffer_is_remembered(void **state)
{
    struct buffer out = {.ceiling = 16};
    struct json_writer w;

    (void)state;
    json_init(&w, &out, 0);
    json_array(&w);
    for (int i = 0; i < 100; i++)
        json_text(&w, "0123456789");
    json_array_end(&w);
    assert_true(w.failed);
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_are_indented_and_empty_ones_stay_on_their_line),
        cmocka_unit_test(values_have_one_form_each),
        cmocka_unit_test(a_key_that_is_not_utf8_is_still_a_string),
        cmocka_unit_test(a_full_buffer_is_remembered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
