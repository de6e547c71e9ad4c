/* suites/gx.c -- suites of Great Expectations, and checks that are named as it names them.
 *
 * A whole suite is a JSON object with a list of expectations, each a type and kwargs. A type is found by its name in the table of
 * expectations, kwargs by the GX names of their fields; what only concerns GX's own run is accepted and has no effect. Row
 * conditions become our expressions (conditions.c). What we cannot judge yet is refused by name, all of it at once.
 */
#include "suites/gx.h"

/* Arguments that change nothing about a verdict. */
static const char *const ignored[] = {
    "auto", "batch_id", "catch_exceptions", "condition_parser", "include_config", "include_rendered_content",
    "notes", "output_strftime_format", "parse_strings_as_datetimes", "profiler_config", "rendered_content",
    "result_format", "allow_cross_type_comparisons", "table", NULL,
};

/* What a name says beside the expectation it stands for. */
static const struct preset { const char *name, *key, *value; } presets[] = {
    {"table_columns_to_match_ordered_list", "order", "exact"},
};

static bool is_one_of(const char *const *words, struct span key)
{
    for (int32_t i = 0; words[i]; i++)
        if (span_is(key, words[i]))
            return true;
    return false;
}

/* --- arguments --- */

static void put_text(struct suite_reader *r, struct node *map, const char *key, struct span text, const struct node *place)
{
    struct node *node = node_text(r->arena, text);

    node_set(r->arena, map, key, node);
    if (!map || !node) {
        r->no_memory = true;
        return;
    }
    node->line = node->key_line = place->line;
    node->column = node->key_column = place->column;
}

/* Under the name that our field has. */
static void put_renamed(struct suite_reader *r, const struct expectation *kind, struct node *map, const struct node *argument)
{
    const struct field *field = field_find(kind->fields, (const char *)argument->key.at);
    struct node *copy;

    if (!field || span_is(argument->key, field->name)) {
        reader_put(r, map, argument);
        return;
    }
    copy = node_copy(r->arena, argument);
    node_set(r->arena, map, field->name, copy);
    if (!map || !copy) {
        r->no_memory = true;
        return;
    }
    copy->key_line = argument->key_line;
    copy->key_column = argument->key_column;
}

static void put_condition(struct suite_reader *r, struct node *map, const struct node *condition)
{
    const char *where = gx_condition(r, condition);

    if (where)
        put_text(r, map, "where", span_text(where), condition);
}

static void put_column(struct suite_reader *r, const struct node *argument, const char **column)
{
    const char *name = (const char *)argument->text.at;

    if (argument->kind != NODE_TEXT || argument->text.size == 0)
        reader_refuse(r, argument, "column is the name of one");
    else if (*column && strcmp(*column, name) != 0)
        reader_refuse(r, argument, "column `%.80s` stands under column `%.80s`", name, *column);
    else
        *column = name;
}

/* exact_match: false lets other columns be. */
static void put_exactness(struct suite_reader *r, struct node *map, const struct node *argument)
{
    if (argument->kind != NODE_BOOL)
        reader_refuse(r, argument, "exact_match is true or false");
    else if (!argument->boolean)
        put_text(r, map, "extra", span_text("allow"), argument);
}

static void put_argument(struct suite_reader *r, const struct expectation *kind, struct node *map, const struct node *argument,
                         const char **column)
{
    struct span key = argument->key;

    if (is_one_of(ignored, key) || (argument->kind == NODE_NULL && !span_is(key, "row_condition")))
        return;
    if (span_is(key, "column") && kind->takes_column)
        put_column(r, argument, column);
    else if (span_is(key, "row_condition"))
        put_condition(r, map, argument);
    else if (span_is(key, "exact_match"))
        put_exactness(r, map, argument);
    else
        put_renamed(r, kind, map, argument);
}

struct node *gx_params(struct suite_reader *r, const char *name, const struct node *kwargs, const char **column)
{
    const struct expectation *kind = expectation_find(name);
    const char *bare = strncmp(name, "expect_", 7) == 0 ? name + 7 : name;
    struct node *map = node_map(r->arena);
    int32_t before = r->problems->n;

    if (!map) {
        r->no_memory = true;
        return NULL;
    }
    map->line = kwargs->line;
    map->column = kwargs->column;
    for (const struct node *c = kwargs->first; c; c = c->next)
        put_argument(r, kind, map, c, column);
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
        if (strcmp(presets[i].name, bare) == 0 && !node_find(map, presets[i].key))
            put_text(r, map, presets[i].key, span_text(presets[i].value), kwargs);
    return r->problems->n == before && !r->no_memory ? map : NULL;
}

/* --- {"$PARAMETER": ...} --- */

/* What has been put in for parameters is counted: a small suite must not become a large one. */
struct parameters { const struct node *of_suite; const struct suite_variables *variables; int64_t n_put_in; };

static bool is_plain(const struct node *value)
{
    if (value->kind == NODE_MAP)
        return false;
    for (const struct node *c = value->kind == NODE_LIST ? value->first : NULL; c; c = c->next)
        if (c->kind == NODE_MAP || c->kind == NODE_LIST)
            return false;
    return true;
}

/* Takes over what `from` says, and stays where it is. */
static void become(struct node *node, const struct node *from)
{
    node->kind = from->kind;
    node->boolean = from->boolean;
    node->is_quoted = from->is_quoted;
    node->text = from->text;
    node->n_children = from->n_children;
    node->first = from->first;
    node->last = from->last;
}

static const struct node *parameter_value(struct suite_reader *r, const struct node *map, const struct node *name,
                                          const struct parameters *parameters)
{
    const struct node *found = node_find(parameters->of_suite, (const char *)name->text.at);
    char *key;

    for (int32_t i = 0; parameters->variables && i < parameters->variables->n; i++)
        if (span_is(name->text, parameters->variables->at[i].name))
            return variable_node(r, parameters->variables->at[i].value);
    if (found)
        return found;
    key = arena_format(r->arena, "$PARAMETER.%s", (const char *)name->text.at);
    if (!key)
        r->no_memory = true;
    return key ? node_find(map, key) : NULL;
}

static void resolve_one(struct suite_reader *r, struct node *map, const struct node *name, struct parameters *parameters)
{
    const struct node *value;
    const char *time;

    if (name->kind != NODE_TEXT) {
        reader_refuse(r, name, "$PARAMETER is the name of one");
        return;
    }
    value = parameter_value(r, map, name, parameters);
    time = value ? NULL : gx_relative_time(r, name->text);
    if (value && (!is_plain(value) || (parameters->n_put_in += 1 + value->n_children) > DOCUMENT_MAX_NODES))
        reader_refuse(r, map, "$PARAMETER `%.80s` stands for more than a value or a list of values, or for too many in all", (const char *)name->text.at);
    else if (value)
        become(map, value);
    else if (time)
        *map = (struct node){.kind = NODE_TEXT, .text = span_text(time), .line = map->line, .column = map->column, .key = map->key,
                             .key_line = map->key_line, .key_column = map->key_column, .next = map->next};
    else if (!r->no_memory)
        reader_refuse(r, map, "$PARAMETER `%.80s` is not known: give it with --var (expressions are not supported yet, but for "
                      "now() and now() - timedelta(...))", (const char *)name->text.at);
}

static void resolve(struct suite_reader *r, struct node *node, struct parameters *parameters)
{
    const struct node *name = node_find(node, "$PARAMETER");

    if (name) {
        resolve_one(r, node, name, parameters);
        return;
    }
    for (struct node *c = node->first; c && !r->no_memory; c = c->next)
        resolve(r, c, parameters);
}

/* --- the suite --- */

bool gx_is_suite(const struct node *root)
{
    const struct node *list = node_find(root, "expectations");

    return list && list->kind == NODE_LIST && !node_find(root, "columns") && !node_find(root, "table");
}

static const struct node *either(const struct node *map, const char *a, const char *b)
{
    const struct node *node = node_find(map, a);

    return node ? node : node_find(map, b);
}

static void read_expectation(struct suite_reader *r, struct node *item, struct parameters *parameters)
{
    static const char *const common[] = {"id", "meta", "severity", "description", NULL};
    const struct node *type = either(item, "expectation_type", "type");
    struct node *kwargs = node_find(item, "kwargs"), *params = node_map(r->arena);
    struct entry entry = {.place = node_copy(r->arena, type), /* the name's own place, not that of the key `type` */
                          .params = params, .gx_kwargs = kwargs};
    int32_t before;

    if (!type || type->kind != NODE_TEXT || type->text.size == 0) {
        reader_refuse(r, item, "an expectation has a `type` (or `expectation_type`) and `kwargs`");
        return;
    }
    if (kwargs && (kwargs->kind != NODE_MAP || kwargs->n_children > PARAMETERS_MAX)) {
        reader_refuse(r, kwargs, "kwargs is a map of at most %d arguments", PARAMETERS_MAX);
        return;
    }
    before = r->problems->n;
    if (kwargs && expectation_find((const char *)type->text.at))
        resolve(r, kwargs, parameters);
    if (r->problems->n > before)
        return;
    for (const struct node *c = kwargs ? kwargs->first : NULL; c; c = c->next)
        reader_put(r, params, c);
    for (const struct node *c = item->first; c; c = c->next)
        if (is_one_of(common, c->key) && c->kind != NODE_NULL)
            reader_put(r, params, c);
    if (r->no_memory)
        return;
    params->line = item->line;
    params->column = item->column;
    entry.name = (const char *)type->text.at;
    reader_entry(r, &entry);
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

static void read_name(struct suite_reader *r, const struct node *root)
{
    const struct node *given = either(root, "expectation_suite_name", "name");
    char *name;

    if (!given || given->kind != NODE_TEXT || given->text.size == 0) {
        r->suite->name = r->suite->dataset = suite_name_of_path(r->arena, r->suite->path);
        r->no_memory |= !r->suite->name;
        return;
    }
    name = arena_text(r->arena, given->text.at, given->text.size < 128 ? given->text.size : 128);
    if (!name) {
        r->no_memory = true;
        return;
    }
    for (char *c = name; *c; c++)
        *c = is_name_byte(*c) ? *c : '-';
    r->suite->name = name;
    r->suite->dataset = (const char *)given->text.at;
}

void gx_read(struct suite_reader *r, const struct node *root, const struct suite_variables *variables)
{
    const struct node *list = node_find(root, "expectations");
    struct parameters parameters = {.of_suite = either(root, "suite_parameters", "evaluation_parameters"), .variables = variables};

    r->suite->dialect = &dialect_gx;
    r->suite->meta = node_find(root, "meta");
    read_name(r, root);
    for (struct node *c = list->first; c && !r->no_memory; c = c->next)
        if (c->kind == NODE_MAP)
            read_expectation(r, c, &parameters);
        else
            reader_refuse(r, c, "an expectation is an object with `type` and `kwargs`");
}
