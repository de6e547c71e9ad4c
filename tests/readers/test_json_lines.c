/* tests/readers/test_json_lines.c -- records, keys, damage and lists. */
#include "tests/readers/text_fixture.h"

static void keys_become_columns_in_the_order_of_their_first_occurrence(void **state)
{
    static const struct text_case cases[] = {
        {"{\"a\":1,\"b\":\"x\"}\n{\"b\":null,\"a\":2}\n{\"c\":true}\n", "a,b,c\n[1][x]~\n[2]~~\n~~[true]\n"},
        {"{\"a\":1}", "a\n[1]\n"},
        {"\xef\xbb\xbf{\"a\":1}\r\n\r\n \n{}\n", "a\n[1]\n~\n"},
        {" { \"a\" : 1 , \"b\" : \"\" } \n", "a,b\n[1][]\n"},
        {"{\"a\":\"1\"}\n{\"\\u0061\":2}\n", "a\n[1]\n[2]\n"},
        {"{\"a\":-0.5e+3}\n", "a\n[-0.5e+3]\n"},
    };
    (void)state;
    CHECK_CASES(cases);
}

static void resolves_escapes(void **state)
{
    static const struct text_case cases[] = {
        {"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}\n", "a\n[\"\\/\b\f\n\r\t]\n"},
        {"{\"a\":\"\\u00e4\\u20AC\\ud83d\\ude00\\u007f\"}\n", "a\n[\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\x7f]\n"},
        {"{\"a\":\"long enough to pass in words of eight \\n bytes \xc3\xa4\"}\n",
         "a\n[long enough to pass in words of eight \n bytes \xc3\xa4]\n"},
    };
    (void)state;
    CHECK_CASES(cases);
}

static void a_damaged_line_is_listed_and_makes_no_column(void **state)
{
    static const struct text_case cases[] = {
        {"{\"a\":1}\n{\"a\":1,\"a\":2,\"z\":0}\n", "a\n[1]\n! 2:8 a key occurs twice\n"},
        {"{\"a\":1}\n{\"z\":1,\"z\":2}\n{\"y\":3}\n", "a,y\n[1]~\n~[3]\n! 2:8 a key occurs twice\n"},
        {"{\"a\":1}\n{\"z\":1,}\n", "a\n[1]\n! 2:8 a key is missing\n"},
        {"{\"a\":1}\n[1]\n", "a\n[1]\n! 2:8 a record is not an object\n"},
        {"{\"a\":1}\n{\"a\":1}{\"a\":2}\n", "a\n[1]\n! 2:8 text after the record\n"},
        {"{\"a\":1}\n{\"a\":1\n", "a\n[1]\n! 2:8 it ends too early\n"},
        {"{\"a\":1}\n{\"a\":01}\n", "a\n[1]\n! 2:8 a comma is missing\n"},
        {"{\"a\":1}\n{\"a\":1.}\n", "a\n[1]\n! 2:8 a malformed number\n"},
        {"{\"a\":1}\n{\"a\":NaN}\n", "a\n[1]\n! 2:8 neither a string, a number, true, false, null, an object nor a list\n"},
        {"{\"a\":1}\n{\"a\":\"\t\"}\n", "a\n[1]\n! 2:8 a control character in a string\n"},
        {"{\"a\":1}\n{\"a\":\"\\x\"}\n", "a\n[1]\n! 2:8 an unknown escape in a string\n"},
        {"{\"a\":1}\n{\"a\":\"\\u0000\"}\n", "a\n[1]\n! 2:8 a string holds NUL\n"},
        {"{\"a\":1}\n{\"a\":\"\\udc00\"}\n", "a\n[1]\n! 2:8 a string holds half of a surrogate pair\n"},
        {"{\"a\":1}\n{\"a\":\"\\ud800x\"}\n", "a\n[1]\n! 2:8 a string holds half of a surrogate pair\n"},
        {"{\"a\":1}\n{\"a\":\"\xff\"}\n", "a\n[1]\n! 2:8 invalid UTF-8\n"},
    };
    (void)state;
    CHECK_CASES(cases);
}

static void one_list_of_records_is_read_as_well(void **state)
{
    static const struct text_case cases[] = {
        {"[{\"a\":1},{\"b\":\"]\"}]", "a,b\n[1]~\n~[]]\n"},
        {" [ {\"a\":1,\n \"b\":2} ,\n {\"a\":3} ]\n ", "a,b\n[1][2]\n[3]~\n"},
        {"[]", "\n"},
        {"[{\"a\":1},]", "bad_data: the JSON list cannot be read: a record is not an object"},
        {"[{\"a\":1}", "bad_data: the JSON list cannot be read: it is never closed"},
        {"[{\"a\":1", "bad_data: the JSON list cannot be read: it ends too early"},
        {"[{\"a\":1} {\"a\":2}]", "bad_data: the JSON list cannot be read: a comma is missing"},
        {"[{\"a\":1}] x", "bad_data: the JSON list cannot be read: text after its end"},
        {"[{\"a\":1,\"a\":2}]", "bad_data: the JSON list cannot be read: a key occurs twice"},
    };
    (void)state;
    CHECK_CASES(cases);
}

static void a_nested_column_is_named_and_refused(void **state)
{
    static const struct text_case cases[] = {
        {"{\"a\":1,\"n\":{\"k\":[1,{\"x\":\"}\"}]}}\n{\"n\":1}\n",
         "unsupported: column `n` holds objects or lists, which are not judged yet"},
    };
    (void)state;
    CHECK_CASES(cases);
}

static void deep_nesting_is_damage_and_no_overflow(void **state)
{
    struct read_options options = TELL_OPTIONS;
    struct arena arena = {0};
    char text[100100] = "{\"a\":1}\n{\"a\":";
    size_t n = strlen(text);

    (void)state;
    memset(text + n, '[', 100000);
    assert_string_equal(tell(&arena, span_of(text, n + 100000), &options, 0), "a\n[1]\n! 2:8 nested more than 256 deep\n");
    arena_done(&arena);
}

static const char *physical(const char *text, const char *column)
{
    struct read_options options = TELL_OPTIONS;
    struct error err = ERROR_NONE;
    struct source *source;
    struct table *table;
    const char *type;

    assert_int_equal(source_from_memory("text", span_text(text), NULL, &source, &err), STATUS_OK);
    assert_int_equal(table_open(source, &options, &table, &err), STATUS_OK);
    type = table->schema.columns[schema_find(&table->schema, column)].physical_type;
    table_close(table);
    return type;
}

static void tells_what_a_column_holds(void **state)
{
    (void)state;
    assert_string_equal(physical("{\"a\":1}\n{\"a\":\"NaN\"}\n{\"a\":null}\n", "a"), "NUMBER");
    assert_string_equal(physical("{\"a\":1}\n{\"a\":\"x\"}\n", "a"), "STRING");
    assert_string_equal(physical("{\"a\":null}\n", "a"), "NULL");
    assert_string_equal(physical("{\"a\":true}\n", "a"), "BOOLEAN");
    assert_string_equal(physical("{\"a\":true}\n{\"a\":1}\n", "a"), "MIXED");
}

static void many_keys_keep_their_columns(void **state)
{
    struct buffer text = {0};
    struct read_options options = TELL_OPTIONS;
    struct error err = ERROR_NONE;
    struct source *source;
    struct table *table;

    (void)state;
    for (int i = 0; i < 5000; i++)
        assert_true(buffer_format(&text, "{\"key%d\":%d,\"both\":%d}\n", i, i, i));
    assert_int_equal(source_from_memory("text", span_of(text.at, text.size), NULL, &source, &err), STATUS_OK);
    assert_int_equal(table_open(source, &options, &table, &err), STATUS_OK);
    assert_int_equal(table->schema.n_columns, 5001);
    assert_int_equal(table->n_rows, 5000);
    assert_string_equal(table->schema.columns[0].name, "key0");
    assert_string_equal(table->schema.columns[1].name, "both");
    assert_string_equal(table->schema.columns[5000].name, "key4999");
    table_close(table);
    buffer_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_become_columns_in_the_order_of_their_first_occurrence),
        cmocka_unit_test(resolves_escapes),
        cmocka_unit_test(a_damaged_line_is_listed_and_makes_no_column),
        cmocka_unit_test(one_list_of_records_is_read_as_well),
        cmocka_unit_test(a_nested_column_is_named_and_refused),
        cmocka_unit_test(deep_nesting_is_damage_and_no_overflow),
        cmocka_unit_test(tells_what_a_column_holds),
        cmocka_unit_test(many_keys_keep_their_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
