/* Fields: parsed from a suite, shown, and saved as a state. */
#include "tests/core/check.h"

#include "core/field.h"

static const char *const colours[] = {"red", "green", "blue", NULL};

struct params {
    bool active;
    int64_t count;
    double ratio;
    const char *text;
    struct text_list names;
    int colour;
    struct literal min;
    struct literal_list values;
    struct literal within;
    struct tolerance mostly, max_unexpected;
    struct node *warn;
};

#define AT(member) offsetof(struct params, member)
static const struct field fields[] = {
    {.name = "active", .type = FIELD_BOOL, .offset = AT(active), .default_text = "true", .doc = "is it judged"},
    {.name = "count", .type = FIELD_INT, .offset = AT(count), .min = 1, .max = 100, .doc = "how many"},
    {.name = "ratio", .type = FIELD_NUMBER, .offset = AT(ratio), .default_text = "0.1", .min = 0, .max = 1, .doc = "a ratio"},
    {.name = "text", .type = FIELD_TEXT, .offset = AT(text), .doc = "a text"},
    {.name = "names", .type = FIELD_TEXT_LIST, .offset = AT(names), .doc = "names", .gx = "column_list,columns"},
    {.name = "colour", .type = FIELD_ENUM, .offset = AT(colour), .default_text = "green", .names = colours, .doc = "a colour"},
    {.name = "min", .type = FIELD_LITERAL, .offset = AT(min), .doc = "lowest", .gx = "min_value"},
    {.name = "values", .type = FIELD_LITERAL_LIST, .offset = AT(values), .flags = FIELD_MAIN, .doc = "values"},
    {.name = "within", .type = FIELD_DURATION, .offset = AT(within), .default_text = "24h", .doc = "age"},
    {.name = "mostly", .type = FIELD_MOSTLY, .offset = AT(mostly), .doc = "share"},
    {.name = "max_unexpected", .type = FIELD_MAX_COUNT, .offset = AT(max_unexpected), .doc = "count"},
    {.name = "warn", .type = FIELD_NODE, .offset = AT(warn), .doc = "overlay"},
    {0},
};

static const struct field needed[] = {
    {.name = "regex", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_MAIN, .doc = "a pattern"},
    {0},
};

static bool accepts_id(const void *context, const char *key) { return context && strcmp(key, "id") == 0; }

struct fixture {
    struct arena arena;
    struct params params;
    struct problems problems;
    struct node *root;
};

static void read_fields(struct fixture *f, const struct field *table, const char *yaml)
{
    struct error err = ERROR_NONE;

    memset(f, 0, sizeof *f);
    problems_init(&f->problems, &f->arena);
    assert_int_equal(document_parse(&f->arena, span_text(yaml), "yaml", &f->root, &err), STATUS_OK);
    assert_true(fields_parse(&f->arena, table, f->root, &f->params, accepts_id, "id", &f->problems));
}

static void parameters_are_read_by_their_table(void **state)
{
    struct fixture f;
    const struct params *p = &f.params;

    (void)state;
    read_fields(&f, fields,
                "{active: false, count: 1e1, ratio: 0.5, text: 2024, names: [a, b], colour: blue, min_value: 0.10, id: x,\n"
                " values: [1, a, null], within: 15m, mostly: 99.9%, max_unexpected: 20ppm, warn: {min: 1}}");
    assert_int_equal(f.problems.n, 0);
    assert_false(p->active);
    assert_int_equal(p->count, 10);
    assert_true(p->ratio == 0.5);
    assert_string_equal(p->text, "2024");
    assert_int_equal(p->names.n, 2);
    assert_string_equal(p->names.at[1], "b");
    assert_int_equal(p->colour, 2);
    assert_true(p->min.is_set && p->min.kind == NODE_NUMBER && span_is(p->min.text, "0.10") && p->min.line == 1);
    assert_int_equal(p->values.n, 3);
    assert_int_equal(p->values.at[2].kind, NODE_NULL);
    assert_true(span_is(p->within.text, "15m"));
    assert_true(p->mostly.kind == TOLERANCE_MOSTLY && p->mostly.mantissa == 999 && p->mostly.scale == 3);
    assert_true(p->max_unexpected.kind == TOLERANCE_SHARE && p->max_unexpected.mantissa == 2 && p->max_unexpected.scale == 5);
    assert_non_null(node_find(p->warn, "min"));
    arena_done(&f.arena);
}

static void defaults_stand_where_nothing_is_given(void **state)
{
    struct fixture f;

    (void)state;
    read_fields(&f, fields, "{mostly: null, text: }");
    assert_int_equal(f.problems.n, 0);
    assert_true(f.params.active);
    assert_true(f.params.ratio == 0.1);
    assert_int_equal(f.params.colour, 1);
    assert_true(span_is(f.params.within.text, "24h"));
    assert_int_equal(f.params.mostly.kind, TOLERANCE_NONE);
    assert_null(f.params.text);
    assert_false(f.params.min.is_set);
    arena_done(&f.arena);
}

static void a_bare_list_or_scalar_is_the_main_parameter(void **state)
{
    struct fixture f;

    (void)state;
    read_fields(&f, fields, "[a, b, c]");
    assert_int_equal(f.problems.n, 0);
    assert_int_equal(f.params.values.n, 3);
    arena_done(&f.arena);
    read_fields(&f, fields, "5");
    assert_int_equal(f.params.values.n, 1);
    arena_done(&f.arena);
}

static const struct { const char *yaml; int line, column; const char *says; } wrong[] = {
    {"active: yes", 1, 9, "`active` must be true or false, not `yes`"},
    {"count: many", 1, 8, "`count` must be a whole number, not `many`"},
    {"count: 1.5", 1, 8, "whole number, not `1.5`"},
    {"count: 101", 1, 8, "from 1 to 100, not `101`"},
    {"count: [1]", 1, 8, "`count` must be a whole number, not a list"},
    {"ratio: -0.1", 1, 8, "a number from 0 to 1"},
    {"ratio: .inf", 1, 8, "a number, not `Infinity`"},
    {"text: [a]", 1, 7, "`text` must be a text, not a list"},
    {"names: [a, {b: c}]", 1, 12, "a list of texts, not a map"},
    {"colour: gren", 1, 9, "one of red, green, blue (did you mean green?), not `gren`"},
    {"min_value: {a: 1}", 1, 12, "`min_value` must be a single value, not a map"},
    {"values: {a: 1}", 1, 9, "a list of values, not a map"},
    {"within: 24", 1, 9, "`within` must be a duration"},
    {"mostly: 1.5", 1, 9, "a share from 0 to 1 or a percentage, not `1.5`"},
    {"mostly: 101%", 1, 9, "share"},
    {"mostly: -0.1", 1, 9, "share"},
    {"max_unexpected: 0.5", 1, 17, "a count, or a share"},
    {"max_unexpected: -1", 1, 17, "a count"},
    {"\n\nmim: 3", 3, 1, "unknown key `mim`: did you mean `min`?"},
    {"zebra: 3", 1, 1, "unknown key `zebra`"},
    {"min: 1\nmin_value: 2", 2, 1, "`min` is given twice"},
};

static void every_wrong_parameter_is_told_at_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        struct fixture f;

        read_fields(&f, fields, wrong[i].yaml);
        check(f.problems.n == 1, "%s: %d problems", wrong[i].yaml, f.problems.n);
        check(strstr(f.problems.at[0].text, wrong[i].says) != NULL, "%s: %s", wrong[i].yaml, f.problems.at[0].text);
        check(f.problems.at[0].line == wrong[i].line && f.problems.at[0].line_column == wrong[i].column, "%s: %lld:%lld", wrong[i].yaml,
              (long long)f.problems.at[0].line, (long long)f.problems.at[0].line_column);
        assert_int_equal(f.problems.at[0].status, STATUS_BAD_SUITE);
        arena_done(&f.arena);
    }
}

static void all_problems_are_reported_at_once(void **state)
{
    struct fixture f;

    (void)state;
    read_fields(&f, fields, "{count: 0, ratio: 7, colour: pink, nonsense: 1}");
    assert_int_equal(f.problems.n, 4);
    assert_false(f.problems.lost_some);
    for (int i = 0; i < PROBLEMS_MAX; i++)
        problems_add(&f.problems, 1, 1, "number %d", i);
    assert_int_equal(f.problems.n, PROBLEMS_MAX);
    assert_true(f.problems.lost_some);
    arena_done(&f.arena);
}

static void a_required_parameter_is_missed(void **state)
{
    struct fixture f;

    (void)state;
    read_fields(&f, needed, "{regex: null}");
    assert_int_equal(f.problems.n, 1);
    assert_string_equal(f.problems.at[0].text, "`regex` is missing");
    arena_done(&f.arena);
    read_fields(&f, needed, "'^a'");
    assert_int_equal(f.problems.n, 0);
    arena_done(&f.arena);
}

static const struct { const char *yaml; int64_t considered, unexpected; bool holds; } tolerances[] = {
    {"{}", 10, 0, true},
    {"{}", 10, 1, false},
    {"mostly: 0.999", 1000, 1, true},
    {"mostly: 0.999", 1000, 2, false},
    {"mostly: 0.999", 999, 1, false},
    {"mostly: 99.9%", 1000, 1, true},
    {"mostly: 1", 1000, 1, false},
    {"mostly: 0", 1000, 1000, true},
    {"mostly: 0.9", 0, 0, true},
    {"mostly: 0.3", 10, 7, true}, /* in doubles 1 - 0.7 < 0.3 */
    {"mostly: 0.999999999999999999", INT64_MAX, 9, true},
    {"mostly: 0.999999999999999999", INT64_MAX, 10, false},
    {"max_unexpected: 3", 10, 3, true},
    {"max_unexpected: 3", 10, 4, false},
    {"max_unexpected: 0.1%", 1000, 1, true},
    {"max_unexpected: 0.1%", 999, 1, false},
    {"max_unexpected: 20 ppm", 100000, 2, true},
    {"max_unexpected: 20ppm", 99999, 2, false},
    {"max_unexpected: 100%", INT64_MAX, INT64_MAX, true},
};

static void thresholds_are_compared_in_integers(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(tolerances); i++) {
        struct fixture f;
        const struct tolerance *t;

        read_fields(&f, fields, tolerances[i].yaml);
        assert_int_equal(f.problems.n, 0);
        t = f.params.mostly.kind ? &f.params.mostly : &f.params.max_unexpected;
        check(tolerance_holds(t, tolerances[i].considered, tolerances[i].unexpected) == tolerances[i].holds, "%s: %lld of %lld", tolerances[i].yaml,
              (long long)tolerances[i].unexpected, (long long)tolerances[i].considered);
        arena_done(&f.arena);
    }
}

static void the_report_shows_what_is_set_or_has_a_default(void **state)
{
    struct fixture f;
    struct buffer out = {0};
    struct json_writer w;

    (void)state;
    read_fields(&f, fields, "{min: +5, values: [0x10, a], mostly: 99.9%, names: x}");
    json_init(&w, &out, 0);
    json_node(&w, fields_to_node(&f.arena, fields, &f.params));
    assert_true(buffer_add(&out, "", 1));
    assert_string_equal((char *)out.at, "{\"active\": true, \"ratio\": 0.1, \"names\": [\"x\"], \"colour\": \"green\", \"min\": 5, \"values\": [16, \"a\"], "
                                        "\"within\": \"24h\", \"mostly\": \"99.9%\"}");
    buffer_done(&out);
    arena_done(&f.arena);
}

static void schema_and_help_come_from_the_same_rows(void **state)
{
    struct buffer out = {0};
    struct json_writer w;
    struct arena arena = {0};
    struct error err = ERROR_NONE;
    struct node *schema;

    (void)state;
    json_init(&w, &out, 2);
    fields_schema(&w, fields);
    assert_int_equal(document_parse_json(&arena, span_of(out.at, out.size), &schema, &err), STATUS_OK);
    assert_int_equal(schema->n_children, 12);
    for (const struct field *f = fields; f->name; f++)
        assert_true(span_is(node_find(node_find(schema, f->name), "description")->text, f->doc));
    assert_true(span_is(node_find(node_find(schema, "count"), "maximum")->text, "100"));
    assert_int_equal(node_find(node_find(node_find(schema, "colour"), "anyOf")->first, "enum")->n_children, 4); /* and null */
    assert_int_equal(node_find(node_find(schema, "active"), "default")->kind, NODE_BOOL);
    buffer_done(&out);
    assert_true(fields_help(needed, &out));
    assert_true(span_is(span_of(out.at, out.size), "  regex  a pattern (required)\n"));
    buffer_done(&out);
    arena_done(&arena);
}

struct state {
    int64_t n;
    double sums[3];
    uint64_t hash;
    struct buffer keys;
};
static const struct field state_fields[] = {
    {.name = "n", .type = FIELD_I64, .offset = offsetof(struct state, n)},
    {.name = "sums", .type = FIELD_F64, .offset = offsetof(struct state, sums), .count = 3},
    {.name = "hash", .type = FIELD_U64, .offset = offsetof(struct state, hash)},
    {.name = "keys", .type = FIELD_BLOB, .offset = offsetof(struct state, keys)},
    {0},
};

static void a_state_comes_back_from_its_bytes(void **test_state)
{
    struct state from = {-7, {0.1, -0.0, 1e300}, UINT64_MAX, {0}}, to = {0};
    struct buffer bytes = {0};
    struct span left;
    struct error err = ERROR_NONE;

    (void)test_state;
    assert_true(buffer_add(&from.keys, "a\0b", 3));
    assert_true(fields_save("moments", state_fields, &from, &bytes));
    assert_true(buffer_add(&bytes, "tail", 4));
    left = span_of(bytes.at, bytes.size);
    assert_int_equal(fields_load("moments", state_fields, &left, &to, &err), STATUS_OK);
    assert_true(span_is(left, "tail"));
    assert_true(to.n == -7 && to.hash == UINT64_MAX && memcmp(to.sums, from.sums, sizeof to.sums) == 0);
    assert_true(to.keys.size == 3 && memcmp(to.keys.at, "a\0b", 3) == 0);
    left = span_of(bytes.at, bytes.size);
    assert_int_equal(fields_load("other", state_fields, &left, &to, &err), STATUS_BAD_DATA);
    left = span_of(bytes.at, bytes.size);
    assert_int_equal(fields_load("moments", state_fields + 1, &left, &to, &err), STATUS_BAD_DATA);
    buffer_done(&from.keys);
    buffer_done(&to.keys);
    buffer_done(&bytes);
}

static void a_state_cut_anywhere_is_refused(void **test_state)
{
    struct state from = {1, {1, 2, 3}, 4, {0}};
    struct buffer bytes = {0};

    (void)test_state;
    assert_true(buffer_add(&from.keys, "keys", 4));
    assert_true(fields_save("s", state_fields, &from, &bytes));
    for (size_t n = 0; n < bytes.size; n++) {
        struct state to = {0};
        uint8_t *cut = test_malloc(n + 1);
        struct span left = span_of(memcpy(cut, bytes.at, n), n);
        struct error err = ERROR_NONE;

        check(fields_load("s", state_fields, &left, &to, &err) == STATUS_BAD_DATA, "%zu bytes", n);
        buffer_done(&to.keys);
        test_free(cut);
    }
    buffer_done(&from.keys);
    buffer_done(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_read_by_their_table),
        cmocka_unit_test(defaults_stand_where_nothing_is_given),
        cmocka_unit_test(a_bare_list_or_scalar_is_the_main_parameter),
        cmocka_unit_test(every_wrong_parameter_is_told_at_its_place),
        cmocka_unit_test(all_problems_are_reported_at_once),
        cmocka_unit_test(a_required_parameter_is_missed),
        cmocka_unit_test(thresholds_are_compared_in_integers),
        cmocka_unit_test(the_report_shows_what_is_set_or_has_a_default),
        cmocka_unit_test(schema_and_help_come_from_the_same_rows),
        cmocka_unit_test(a_state_comes_back_from_its_bytes),
        cmocka_unit_test(a_state_cut_anywhere_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
