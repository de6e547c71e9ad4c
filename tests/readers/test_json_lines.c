/* tests/readers/test_json_lines.c -- records, keys, damage and lists. */
#include "tests/readers/text_fixture.h"

#include <stdio.h>

#include "core/document.h"

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

/* The entries of one list, or with NULL the rows, told as text: "name=cell ..." behind the number of the row. */
static const char *tell_list(struct arena *arena, const char *text, const char *list, size_t window)
{
    struct read_options options = TELL_OPTIONS;
    struct error err = ERROR_NONE;
    struct buffer out = {0};
    struct source *source;
    struct table *table;
    struct want wants[64];
    struct scan *scan;
    struct chunk chunk;
    int32_t n = 0;
    const char *told;

    assert_int_equal(source_from_memory("text", span_text(text), NULL, &source, &err), STATUS_OK);
    assert_int_equal(table_open(source, &options, &table, &err), STATUS_OK);
    if (window)
        ((struct json_table *)table)->window_size = window;
    for (int32_t c = 0; c < table->schema.n_columns && n < 64; c++) {
        const char *repeated = table->schema.columns[c].repeated;
        if (list ? repeated && strcmp(repeated, list) == 0 : !repeated)
            wants[n++] = (struct want){c, {.kind = TYPE_STRING}, NEED_VALUES};
    }
    assert_int_equal(table->reader->scan_open(table, 0, wants, n, 0, &scan, &err), STATUS_OK);
    do {
        assert_int_equal(table->reader->scan_next(scan, &chunk, &err), STATUS_OK);
        for (int64_t row = 0; row < chunk.n_rows; row++) {
            assert_true(buffer_format(&out, "%lld:", (long long)(chunk.row_of ? chunk.row_of[row] : chunk.first_row + row)));
            for (int32_t i = 0; i < n; i++) {
                struct span cell = chunk.vectors[i].raw[row];
                bool is_valid = vector_is_valid(&chunk.vectors[i], row);
                assert_null(vector_validate(&chunk.vectors[i]));
                assert_true(buffer_format(&out, " %s=%.*s", table->schema.columns[wants[i].column].name, is_valid ? (int)cell.size : 1,
                                          is_valid ? (const char *)cell.at : "~"));
            }
            assert_true(buffer_add(&out, "\n", 1));
        }
    } while (chunk.n_rows);
    table->reader->scan_close(scan);
    table_close(table);
    told = arena_text(arena, out.at, out.size);
    buffer_done(&out);
    assert_non_null(told);
    return told;
}

static void nested_values_are_columns_by_their_paths(void **state)
{
    static const char text[] =
        "{\"id\":1,\"a\":{\"b\":1,\"c\":{\"d\":\"x\\u00e4\"}},\"t\":[\"p\",\"q\"],\"i\":[{\"n\":1,\"o\":[7,8]},{\"n\":2.50}],\"m\":[[1],[],[2,3]]}\n"
        "{\"id\":2,\"a\":null,\"t\":[],\"i\":null}\n"
        "{\"id\":3,\"a\":{\"b\":9007199254740993},\"t\":[null,\"r\"],\"i\":[{\"n\":3,\"o\":[]},null,5],\"e\":[],\"a.b\":5,\"v\":{}}\n";
    static const struct { const char *list, *expected; } cases[] = {
        {NULL, "0: id=1 a.b=1 a.c.d=x\xc3\xa4 a.b#2=~\n1: id=2 a.b=~ a.c.d=~ a.b#2=~\n2: id=3 a.b=9007199254740993 a.c.d=~ a.b#2=5\n"},
        {"t[]", "0: t[]=p\n0: t[]=q\n2: t[]=~\n2: t[]=r\n"},
        {"i[]", "0: i[].n=1 i[]=~\n0: i[].n=2.50 i[]=~\n2: i[].n=3 i[]=~\n2: i[].n=~ i[]=~\n2: i[].n=~ i[]=5\n"},
        {"i[].o[]", "0: i[].o[]=7\n0: i[].o[]=8\n"},
        {"m[][]", "0: m[][]=1\n0: m[][]=2\n0: m[][]=3\n"},
        {"e[]", ""},
    };
    static const size_t windows[] = {0, 1, 7, 64, 101};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t w = 0; w < sizeof windows / sizeof *windows; w++) {
            struct arena arena = {0};
            const char *got = tell_list(&arena, text, cases[i].list, windows[w]);
            if (cases[i].list && strcmp(cases[i].list, "i[]") == 0) /* the order of the keys decides the order of the columns */
                assert_int_equal(strlen(got), strlen(cases[i].expected));
            else
                assert_string_equal(got, cases[i].expected);
            arena_done(&arena);
        }
}

static void columns_of_different_lists_are_not_read_side_by_side(void **state)
{
    static const struct text_case cases[] = {
        {"{\"a\":1,\"n\":{\"k\":[1,{\"x\":\"}\"}]}}\n{\"n\":1}\n",
         "unsupported: a and n.k[] are not of the same list: they cannot be read side by side"},
    };
    (void)state;
    CHECK_CASES(cases);
}

static void a_key_twice_within_is_damage_and_leaves_no_path(void **state)
{
    static const struct text_case cases[] = {
        {"{\"a\":1,\"o\":{\"x\":1}}\n{\"z\":{\"y\":1,\"y\":2}}\n{\"o\":{\"x\":2}}\n", "a,o.x\n[1][1]\n~[2]\n! 2:20 a key occurs twice\n"},
        {"{\"a\":{\"x\":1},\"b\":{\"x\":2}}\n", "a.x,b.x\n[1][2]\n"},
        {"{\"a\":{\"b\":{}}}\n{\"a\":{\"b\":null}}\n{\"c\":1}\n", "c\n~\n~\n[1]\n"},
    };
    (void)state;
    CHECK_CASES(cases);
}

/* More entries than a chunk has room for: the record goes on in the next one. */
static void a_long_list_fills_several_chunks(void **state)
{
    struct buffer text = {0};
    struct arena arena = {0};
    const char *told;
    int n = 0;

    (void)state;
    assert_true(buffer_format(&text, "{\"a\":[0"));
    for (int i = 1; i < 20000; i++)
        assert_true(buffer_format(&text, ",%d", i));
    assert_true(buffer_format(&text, "]}\n{\"a\":[1]}\n"));
    assert_true(buffer_add(&text, "", 1));
    told = tell_list(&arena, (const char *)text.at, "a[]", 0);
    for (const char *c = told; *c; c++)
        n += *c == '\n';
    assert_int_equal(n, 20001);
    assert_non_null(strstr(told, "\n0: a[]=8192\n"));
    assert_non_null(strstr(told, "\n0: a[]=19999\n1: a[]=1\n"));
    buffer_done(&text);
    arena_done(&arena);
}

/* --- jansson as the oracle --- */

static uint64_t seed;

static uint32_t draw(uint32_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % n;
}

/* Any value, deeper ones rarer, in `out`; now and then a byte that does not belong there. */
static void draw_value(struct buffer *out, int depth)
{
    static const char *const scalars[] = {"null", "true", "false", "0", "-1", "12345678901234567", "1.5e3", "-0.25", "\"\"", "\"a b\"",
                                          "\"\\n\\u00e4\\ud83d\\ude00\"", "\"\xc3\xa4\"", "01", "\"\\ud800\"", "nul", "\"\x01\""};
    static const char *const keys[] = {"a", "b", "c", "\\u0061", "d e"};
    uint32_t kind = depth > 3 ? 9 : draw(10), n = draw(4);

    if (kind > 3) {
        const char *scalar = scalars[draw(200) ? draw(12) : draw(16)];
        assert_true(buffer_add(out, scalar, strlen(scalar)));
        return;
    }
    assert_true(buffer_add(out, kind < 2 ? "{" : "[", 1));
    for (uint32_t i = 0; i < n; i++) {
        if (i)
            assert_true(buffer_add(out, draw(100) ? "," : " ", 1));
        if (kind < 2)
            assert_true(buffer_format(out, " \"%s\" :", keys[draw(5)]));
        draw_value(out, depth + 1);
    }
    assert_true(buffer_add(out, kind < 2 ? "}" : "]", 1));
}

/* The scalars at one path as jansson has them (core/document.h), nulls left out, in the order of the document. */
static void tell_path(const struct node *value, const char *path, const char *wanted, struct buffer *out)
{
    char longer[256];

    if (value->kind == NODE_MAP || value->kind == NODE_LIST) {
        for (const struct node *c = value->first; c; c = c->next) {
            if (value->kind == NODE_MAP)
                snprintf(longer, sizeof longer, "%s%s%.*s", path, *path ? "." : "", (int)c->key.size, (const char *)c->key.at);
            else
                snprintf(longer, sizeof longer, "%s[]", path);
            tell_path(c, longer, wanted, out);
        }
    } else if (strcmp(path, wanted) == 0 && value->kind != NODE_NULL) {
        assert_true(buffer_add(out, value->text.at, value->text.size) && buffer_add(out, ";", 1));
    }
}

/* What our reader has at that path. */
static void tell_column(struct table *table, int32_t c, struct buffer *out)
{
    struct want want = {c, {.kind = TYPE_STRING}, NEED_VALUES};
    struct error err = ERROR_NONE;
    struct scan *scan;
    struct chunk chunk;

    assert_int_equal(table->reader->scan_open(table, 0, &want, 1, 0, &scan, &err), STATUS_OK);
    do {
        assert_int_equal(table->reader->scan_next(scan, &chunk, &err), STATUS_OK);
        for (int64_t row = 0; row < chunk.n_rows; row++) {
            struct span cell = chunk.vectors[0].raw[row];
            if (vector_is_valid(&chunk.vectors[0], row))
                assert_true(buffer_add(out, cell.at, cell.size) && buffer_add(out, ";", 1));
        }
    } while (chunk.n_rows);
    table->reader->scan_close(scan);
}

static bool compare_with_jansson(struct span text)
{
    struct read_options options = {.header = -1, .format = "json"};
    struct error err = ERROR_NONE, parse_err = ERROR_NONE;
    struct arena arena = {0};
    struct node *tree = NULL;
    struct source *source;
    struct table *table;
    bool is_good = document_parse_json(&arena, text, &tree, &parse_err) == STATUS_OK;

    assert_int_equal(source_from_memory("text", text, NULL, &source, &err), STATUS_OK);
    assert_int_equal(table_open(source, &options, &table, &err), STATUS_OK);
    assert_int_equal(table->n_rows, is_good ? 1 : -1);
    for (int32_t c = 0; is_good && c < table->schema.n_columns; c++) {
        struct buffer ours = {0}, theirs = {0};
        tell_column(table, c, &ours);
        tell_path(tree, "", table->schema.columns[c].name, &theirs);
        assert_true(span_equal(span_of(ours.at, ours.size), span_of(theirs.at, theirs.size)));
        buffer_done(&ours);
        buffer_done(&theirs);
    }
    table_close(table);
    arena_done(&arena);
    return is_good;
}

static void nested_values_and_damage_are_those_of_jansson(void **state)
{
    int n_good = 0, n_bad = 0;

    (void)state;
    seed = 1;
    for (int i = 0; i < 3000; i++) {
        struct buffer text = {0};
        assert_true(buffer_add(&text, "{\"r\":", 5));
        draw_value(&text, 0);
        assert_true(buffer_add(&text, "}", draw(50) ? 1 : 0));
        if (compare_with_jansson(span_of(text.at, text.size)))
            n_good++;
        else
            n_bad++;
        buffer_done(&text);
    }
    assert_true(n_good > 1000 && n_bad > 100);
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
        cmocka_unit_test(nested_values_are_columns_by_their_paths),
        cmocka_unit_test(columns_of_different_lists_are_not_read_side_by_side),
        cmocka_unit_test(a_key_twice_within_is_damage_and_leaves_no_path),
        cmocka_unit_test(a_long_list_fills_several_chunks),
        cmocka_unit_test(nested_values_and_damage_are_those_of_jansson),
        cmocka_unit_test(deep_nesting_is_damage_and_no_overflow),
        cmocka_unit_test(tells_what_a_column_holds),
        cmocka_unit_test(many_keys_keep_their_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
