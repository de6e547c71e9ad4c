/* JSON and YAML as trees with places. */
#include "tests/core/check.h"

#include "core/document.h"
#include "core/json_writer.h"

static enum status parse(struct arena *arena, const char *format, struct span bytes, struct node **out, struct error *err)
{
    error_clear(err);
    return document_parse(arena, bytes, format, out, err);
}

static const struct { const char *format, *text, *json; } good[] = {
    {"json", "null", "null"},
    {"json", " [1, 2.50 ,-0,1E5] ", "[1, 2.50, -0, 1E5]"},
    {"json", "{\"a\":{\"b\":[]},\"c\":\"\"}", "{\"a\": {\"b\": []}, \"c\": \"\"}"},
    {"json", "\"\\ud83d\\ude00 \\u00e9\\n\\/\"", "\"\xf0\x9f\x98\x80 \xc3\xa9\\n/\""},
    {"json", "\xef\xbb\xbf{}", "{}"},
    {"json", "1e999", "1e999"},
    {"json", "123456789012345678901234567890", "123456789012345678901234567890"},
    {"yaml", "", "null"},
    {"yaml", "# nothing\n", "null"},
    {"yaml", "a: NO\nb: yes\nc: on\nd: ~\ne:\nf: Null\n", "{\"a\": \"NO\", \"b\": \"yes\", \"c\": \"on\", \"d\": null, \"e\": null, \"f\": null}"},
    {"yaml", "[true, True, FALSE, tRUE]", "[true, true, false, \"tRUE\"]"},
    {"yaml", "[1, +1, 007, -0x1F, 0x1F, 0o17, 017, 1_000, 0b1]", "[1, 1, 7, \"-0x1F\", 31, 15, 17, \"1_000\", \"0b1\"]"},
    {"yaml", "[.5, 5., 1e3, -1.5E-3, 1e, e1, .]", "[0.5, 5, 1e3, -1.5E-3, \"1e\", \"e1\", \".\"]"},
    {"yaml", "[.inf, -.INF, +.Inf, .nan, .NaN, nan, inf]", "[\"Infinity\", \"-Infinity\", \"Infinity\", \"NaN\", \"NaN\", \"nan\", \"inf\"]"},
    {"yaml", "[0xFFFFFFFFFFFFFFFF, 2024-12-10, 12:30:45, 0.1%]", "[18446744073709551615, \"2024-12-10\", \"12:30:45\", \"0.1%\"]"},
    {"yaml", "'1': \"2\"\n3: '~'\nnull: |\n  x\n", "{\"1\": \"2\", \"3\": \"~\", \"null\": \"x\\n\"}"},
    {"yaml", "{a: 1, 'b': [x, {y: z}]}", "{\"a\": 1, \"b\": [\"x\", {\"y\": \"z\"}]}"},
    {"yaml", "- '<<'\n- '*a'\n- a&b\n", "[\"\\u003c\\u003c\", \"*a\", \"a\\u0026b\"]"},
    {NULL, "  {\"a\": 1}", "{\"a\": 1}"},
    {NULL, "a: 1", "{\"a\": 1}"},
};

static void good_documents_become_trees(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(good); i++) {
        struct arena arena = {0};
        struct buffer out = {0};
        struct json_writer w;
        struct error err;
        struct node *root;
        enum status status = parse(&arena, good[i].format, span_text(good[i].text), &root, &err);

        check(status == STATUS_OK, "%s: %s", good[i].text, err.text);
        json_init(&w, &out, 0);
        json_node(&w, root);
        check(!w.failed && span_is(span_of(out.at, out.size), good[i].json), "%s: %.*s", good[i].text, (int)out.size, (const char *)out.at);
        buffer_done(&out);
        arena_done(&arena);
    }
}

static const struct { const char *format, *text; int line, column; const char *says; } bad[] = {
    {"json", "", 1, 1, "ends"},
    {"json", "[1,\n 2,]", 2, 4, "`]`"},
    {"json", "[1 2]", 1, 4, "`2`"},
    {"json", "{\"a\":1,\n\n  \"a\":2}", 3, 3, "second time"},
    {"json", "{a:1}", 1, 2, "double quotes"},
    {"json", "{\"a\" 1}", 1, 6, "`:`"},
    {"json", "[01]", 1, 2, "leading zeros"},
    {"json", "[-]", 1, 2, "without a number"},
    {"json", "[1.]", 1, 2, "point"},
    {"json", "[1e+]", 1, 2, "exponent"},
    {"json", "[+1]", 1, 2, "`+`"},
    {"json", "[NaN]", 1, 2, "`N`"},
    {"json", "[nul]", 1, 2, "value"},
    {"json", "\"a\tb\"", 1, 3, "0x09"},
    {"json", "\"\\x\"", 1, 2, "escape"},
    {"json", "\"\\u12g4\"", 1, 2, "hexadecimal"},
    {"json", "\"\\u0000\"", 1, 2, "NUL"},
    {"json", "\"\\ud800\"", 1, 2, "surrogate"},
    {"json", "\"\\ude00\\ud83d\"", 1, 2, "surrogate"},
    {"json", "\"abc", 1, 1, "closing quote"},
    {"json", "\"abc\\\"", 1, 1, "closing quote"},
    {"json", "[\"\xff\"]", 1, 3, "UTF-8"},
    {"json", "[] []", 1, 4, "end of the document"},
    {"json", "[1] // x", 1, 5, "`/`"},
    {"yaml", "a: 1\nb: 2\na: 3\n", 3, 1, "second time"},
    {"yaml", "a: &x 1\nb: *x\n", 1, 4, "anchors"},
    {"yaml", "a: 1\nb: *x\n", 2, 4, "aliases"},
    {"yaml", "a: !!str 1\n", 1, 4, "tags"},
    {"yaml", "a: ! x\n", 1, 4, "tags"},
    {"yaml", "&k a: 1\n", 1, 1, "anchors"},
    {"yaml", "a: {<<: {b: 1}}\n", 1, 5, "merge"},
    {"yaml", "? [a, b]\n: 1\n", 1, 3, "list or a map"},
    {"yaml", "a: 1\n---\nb: 2\n", 2, 1, "second document"},
    {"yaml", "a: [1, 2\n", 2, 1, "not YAML"},
    {"yaml", "a: b: c\n", 1, 5, "not YAML"},
    {"yaml", "a:\n\t- b\n", 2, 1, "not YAML"},
    {"yaml", "a: \"\\0\"\n", 1, 4, "NUL"},
    {"yaml", "a: \xff\n", 1, 4, "UTF-8"},
    {"yaml", "? \n: 1\n", 1, 2, "without a key"},
    {"yaml", "a: 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\n", 1, 4, "126 bits"},
};

static void bad_documents_are_refused_with_their_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(bad); i++) {
        struct arena arena = {0};
        struct error err;
        struct node *root;

        check(parse(&arena, bad[i].format, span_text(bad[i].text), &root, &err) == STATUS_BAD_SUITE, "%s", bad[i].text);
        check(strstr(err.text, bad[i].says) != NULL, "%s: %s", bad[i].text, err.text);
        check(err.line == bad[i].line && err.line_column == bad[i].column, "%s: %lld:%lld %s", bad[i].text, (long long)err.line, (long long)err.line_column, err.text);
        arena_done(&arena);
    }
}

static void every_node_knows_where_it_stands(void **state)
{
    static const char yaml[] = "columns:\n  age:\n    - between: {min: 18, max: 0.1}\n";
    struct arena arena = {0};
    struct error err;
    struct node *root, *age, *bounds, *max;

    (void)state;
    assert_int_equal(parse(&arena, NULL, span_text(yaml), &root, &err), STATUS_OK);
    age = node_find(node_find(root, "columns"), "age");
    assert_non_null(age);
    assert_int_equal(age->key_line, 2);
    assert_int_equal(age->key_column, 3);
    assert_int_equal(age->kind, NODE_LIST);
    bounds = node_find(age->first, "between");
    max = node_find(bounds, "max");
    assert_int_equal(max->line, 3);
    assert_int_equal(max->column, 31);
    assert_int_equal(max->key_column, 26);
    assert_true(span_is(max->text, "0.1"));
    assert_int_equal(max->text.at[max->text.size], '\0');
    assert_null(node_find(bounds, "mean"));
    assert_null(node_find(max, "x"));
    assert_null(node_find(NULL, "x"));
    arena_done(&arena);
}

static void nesting_is_limited_in_both_languages(void **state)
{
    enum { DEEP = 100000 };
    char *text = test_malloc(2 * DEEP);
    static const char *const formats[] = {"json", "yaml"};

    (void)state;
    for (size_t f = 0; f < LENGTH(formats); f++)
        for (int over = 0; over < 3; over++) {
            size_t depth = over == 2 ? DEEP : DOCUMENT_MAX_DEPTH + (size_t)over;
            struct arena arena = {0};
            struct error err;
            struct node *root;

            memset(text, '[', depth);
            memset(text + depth, ']', depth);
            check(parse(&arena, formats[f], span_of(text, 2 * depth), &root, &err) == (over ? STATUS_BAD_SUITE : STATUS_OK),
                  "%s at %zu", formats[f], depth);
            check(!over || strstr(err.text, "nested"), "%s", err.text);
            arena_done(&arena);
        }
    test_free(text);
}

static void a_duplicate_is_found_among_a_thousand_keys(void **state)
{
    struct arena arena = {0};
    struct buffer text = {0};
    struct error err;
    struct node *root;

    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_true(buffer_format(&text, "k%d: 1\n", i * 7 % 1000));
    assert_int_equal(parse(&arena, "yaml", span_of(text.at, text.size), &root, &err), STATUS_OK);
    assert_int_equal(root->n_children, 1000);
    assert_true(buffer_format(&text, "k7: 1\nk0: 1\n"));
    assert_int_equal(parse(&arena, "yaml", span_of(text.at, text.size), &root, &err), STATUS_BAD_SUITE);
    assert_int_equal(err.line, 1001);
    buffer_done(&text);
    arena_done(&arena);
}

static void trees_are_built_by_hand(void **state)
{
    struct arena arena = {0};
    struct buffer out = {0};
    struct json_writer w;
    struct node *map = node_map(&arena), *list = node_list(&arena), *copy;
    struct value nan = value_double(0.0 / 0.0), hex = {.kind = VALUE_BYTES, .bytes = span_of("\x01\xfe", 2)};
    struct value cut = {.kind = VALUE_TEXT, .bytes = span_of("ab", 2), .truncated = true};

    (void)state;
    node_set(&arena, map, "a", node_number(&arena, "1"));
    node_set(&arena, map, "b", list);
    node_set(&arena, map, "a", node_text(&arena, span_text("again"))); /* replaces, in its old place */
    node_add(list, node_value(&arena, &nan));
    node_add(list, node_value(&arena, &hex));
    node_add(list, node_value(&arena, &cut));
    node_add(list, node_bool(&arena, true));
    node_add(list, node_null(&arena));
    node_add(NULL, node_null(&arena));
    node_add(list, NULL);
    node_set(&arena, NULL, "x", list);
    assert_int_equal(map->n_children, 2);
    copy = node_copy(&arena, map);
    json_init(&w, &out, 0);
    json_node(&w, copy);
    assert_true(buffer_add(&out, "", 1));
    assert_string_equal((char *)out.at, "{\"a\": \"again\", \"b\": [\"NaN\", {\"hex\": \"01fe\"}, {\"text\": \"ab\", \"truncated\": true}, true, null]}");
    buffer_done(&out);
    arena_done(&arena);
}

static void building_without_memory_gives_null(void **state)
{
    struct arena full = {.ceiling = 1};

    (void)state;
    assert_null(node_map(&full));
    assert_null(node_text(&full, span_text("x")));
    assert_null(node_number(&full, "1"));
}

static void the_nearest_name_forgives_a_slip_and_no_more(void **state)
{
    static const char *const names[] = {"not_null", "unique", "between", "matches_regex", "min", "max", "mean", NULL};
    static const struct { const char *word, *near; } words[] = {
        {"beetween", "between"}, {"betwen", "between"}, {"not_nul", "not_null"}, {"NOT_NULL", "not_null"}, {"nuique", "unique"},
        {"match_regex", "matches_regex"}, {"mni", "min"}, {"xyz", NULL}, {"completely_different", NULL}, {"", NULL}, {"maen", "mean"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(words); i++) {
        const char *near = nearest_name(words[i].word, names);

        check(words[i].near ? near && strcmp(near, words[i].near) == 0 : !near, "%s: %s", words[i].word, near ? near : "none");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_documents_become_trees),
        cmocka_unit_test(bad_documents_are_refused_with_their_place),
        cmocka_unit_test(every_node_knows_where_it_stands),
        cmocka_unit_test(nesting_is_limited_in_both_languages),
        cmocka_unit_test(a_duplicate_is_found_among_a_thousand_keys),
        cmocka_unit_test(trees_are_built_by_hand),
        cmocka_unit_test(building_without_memory_gives_null),
        cmocka_unit_test(the_nearest_name_forgives_a_slip_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
