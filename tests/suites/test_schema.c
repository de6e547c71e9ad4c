/* tests/suites/test_schema.c -- the JSON Schema of the format. */
#include "tests/suites/fixture.h"

static struct node *schema(struct arena *arena)
{
    struct buffer text = {0};
    struct node *root;
    struct error err = ERROR_NONE;

    assert_true(suite_schema(&text));
    assert_int_equal(document_parse_json(arena, span_of(text.at, text.size), &root, &err), STATUS_OK);
    buffer_done(&text);
    return root;
}

static void every_expectation_has_a_definition(void **test)
{
    struct arena arena = {0};
    const struct node *definitions = node_find(schema(&arena), "$defs");

    (void)test;
    for (int32_t i = 0; expectations[i]; i++)
        assert_non_null(node_find(definitions, expectations[i]->name));
    arena_done(&arena);
}

static void check_references(const struct node *node, const struct node *definitions)
{
    for (const struct node *c = node->first; c; c = c->next) {
        if (span_is(c->key, "$ref")) {
            assert_memory_equal(c->text.at, "#/$defs/", 8);
            assert_non_null(node_find(definitions, (const char *)c->text.at + 8));
        }
        check_references(c, definitions);
    }
}

static void every_reference_leads_somewhere(void **test)
{
    struct arena arena = {0};
    const struct node *root = schema(&arena);

    (void)test;
    check_references(root, node_find(root, "$defs"));
    arena_done(&arena);
}

static void top_level_keys_are_closed(void **test)
{
    struct arena arena = {0};
    const struct node *root = schema(&arena);

    (void)test;
    assert_non_null(node_find(node_find(root, "properties"), "primary_key"));
    assert_false(node_find(root, "additionalProperties")->boolean);
    arena_done(&arena);
}

/* An editor that marked `value_set`, a bare Great Expectations name or a variable as wrong would be wrong itself. */
static void names_and_words_that_the_parser_takes_are_there(void **test)
{
    struct arena arena = {0};
    const struct node *definitions = node_find(schema(&arena), "$defs");
    const struct node *in_set = node_find(node_find(node_find(definitions, "in_set"), "anyOf")->first, "properties");
    const struct node *words = node_find(node_find(definitions, "column_word"), "enum");
    const struct node *entries = node_find(node_find(node_find(definitions, "column_entry"), "anyOf")->first->next, "properties");
    bool has_gx = false, has_bounded = false;

    (void)test;
    assert_non_null(node_find(in_set, "values"));
    assert_non_null(node_find(in_set, "value_set"));
    assert_non_null(node_find(node_find(in_set, "active"), "pattern"));
    assert_non_null(node_find(entries, "expect_column_values_to_be_in_set"));
    assert_non_null(node_find(entries, "column_values_to_be_in_set"));
    for (const struct node *c = words->first; c; c = c->next) {
        has_gx |= span_is(c->text, "expect_column_values_to_not_be_null");
        has_bounded |= span_is(c->text, "between");
    }
    assert_true(has_gx);
    assert_false(has_bounded);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_expectation_has_a_definition),
        cmocka_unit_test(every_reference_leads_somewhere),
        cmocka_unit_test(top_level_keys_are_closed),
        cmocka_unit_test(names_and_words_that_the_parser_takes_are_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
