/* expectations/columns.c -- the schema of the batch: column_exists and columns_match. Settled while planning; nothing is read.
 *
 * A nested column is known by its top name: `a` is there where the leaf a.b is. Partition columns (dt=2024-12-10) come from paths
 * and not from the file, so they are never "extra".
 */
#include "expectations/shared.h"

#include "core/number.h"

/* Does the suite's word name this column, or what it is nested under? */
static bool is_named(const struct column *column, const char *word)
{
    size_t size = strlen(word);

    if (strncmp(column->name, word, size) != 0)
        return false;
    return column->name[size] == '\0' || (column->is_nested && (column->name[size] == '.' || column->name[size] == '['));
}

/* The first column that the word names, or -1. */
static int32_t find_named(const struct schema *schema, const char *word)
{
    for (int32_t i = 0; i < schema->n_columns; i++)
        if (is_named(&schema->columns[i], word))
            return i;
    return -1;
}

/* --- column_exists --- */

struct exists { struct literal index; };

static const struct field exists_fields[] = {
    {.name = "index", .type = FIELD_LITERAL, .offset = offsetof(struct exists, index),
     .doc = "the position of the column, from 0; any unless given", .gx = "column_index"},
    {0},
};

/* -1: any. */
static int64_t wanted_index(const struct exists *p)
{
    int64_t index;

    return literal_is_given(&p->index) && number_parse_i64(p->index.text, &index) ? index : -1;
}

static enum status validate_exists(struct arena *arena, struct check *check, void *params, struct error *err)
{
    const struct exists *p = params;

    (void)arena;
    (void)check;
    if (literal_is_given(&p->index) && wanted_index(p) < 0)
        return error_set(err, STATUS_BAD_SUITE, "index is a whole number from 0");
    return STATUS_OK;
}

static enum status plan_exists(struct planned *p, const struct planner *planner, struct error *err)
{
    int64_t index = wanted_index(p->check->params);
    const char *name = p->check->column;
    int32_t at = find_named(planner->schema, name);
    const char *near = at < 0 ? schema_nearest(planner->schema, name) : NULL;
    const char *reason;

    if (at >= 0 && (index < 0 || index == at)) {
        plan_settle(p, VERDICT_PASS, NULL);
        return STATUS_OK;
    }
    if (at >= 0)
        reason = arena_format(planner->arena, "column %s is at position %d, not %lld", name, (int)at, (long long)index);
    else
        reason = arena_format(planner->arena, "the batch has no column %s%s%s%s", schema_shown(name), near ? "; did you mean " : "",
                              near ? near : "", near ? "?" : "");
    if (!reason)
        return error_no_memory(err);
    plan_settle(p, VERDICT_FAIL, reason);
    return STATUS_OK;
}

/* Everything was settled by plan. */
static enum status judge_settled(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err)
{
    (void)seen;
    (void)err;
    *out = p->finding;
    return STATUS_OK;
}

const struct expectation expect_column_exists = {
    .name = "column_exists",
    .gx = "column_to_exist",
    .says = "the batch has a column {column}",
    .doc = "The column is there, whatever its values.",
    .example = "columns:\n  user_id: [column_exists]\n",
    .level = LEVEL_TABLE,
    .takes_column = true,
    .fields = exists_fields,
    .params_size = sizeof(struct exists),
    .validate = validate_exists,
    .plan = plan_exists,
    .judge = judge_settled,
};

/* --- columns_match --- */

enum { COLUMNS_MAX = 10000 };
enum { ORDER_ANY, ORDER_EXACT };
enum { EXTRA_FORBID, EXTRA_ALLOW };
static const char *const order_names[] = {"any", "exact", NULL};
static const char *const extra_names[] = {"forbid", "allow", NULL};

struct match { struct text_list columns; int order, extra; };

static const struct field match_fields[] = {
    {.name = "columns", .type = FIELD_TEXT_LIST, .offset = offsetof(struct match, columns),
     .flags = FIELD_REQUIRED | FIELD_MAIN, .doc = "names of the columns", .gx = "column_set,column_list"},
    {.name = "order", .type = FIELD_ENUM, .offset = offsetof(struct match, order), .default_text = "any",
     .names = order_names, .doc = "must they stand in this order"},
    {.name = "extra", .type = FIELD_ENUM, .offset = offsetof(struct match, extra), .default_text = "forbid",
     .names = extra_names, .doc = "are other columns allowed"},
    {0},
};

static enum status validate_match(struct arena *arena, struct check *check, void *params, struct error *err)
{
    const struct match *p = params;

    (void)arena;
    (void)check;
    if (p->columns.n > COLUMNS_MAX) /* every name is compared with every other */
        return error_set(err, STATUS_BAD_SUITE, "columns_match names at most %d columns", COLUMNS_MAX);
    for (int32_t i = 0; i < p->columns.n; i++)
        for (int32_t j = 0; j < i; j++)
            if (strcmp(p->columns.at[i], p->columns.at[j]) == 0)
                return error_set(err, STATUS_BAD_SUITE, "columns_match names %s twice", p->columns.at[i]);
    return STATUS_OK;
}

/* Which word of the list names the column; -1: none. */
static int32_t word_of(const struct match *p, const struct column *column)
{
    for (int32_t i = 0; i < p->columns.n; i++)
        if (is_named(column, p->columns.at[i]))
            return i;
    return -1;
}

static void add_name(struct arena *arena, struct node *list, const char *name)
{
    node_add(list, node_text(arena, span_text(name)));
}

/* Columns that stand before one that the list has earlier. */
static struct node *out_of_order(struct arena *arena, const struct match *p, const struct schema *schema)
{
    struct node *list = node_list(arena);
    int32_t furthest = -1;

    for (int32_t i = 0; i < schema->n_columns; i++) {
        int32_t word = word_of(p, &schema->columns[i]);

        if (word >= 0 && word < furthest)
            add_name(arena, list, schema->columns[i].name);
        else if (word >= 0)
            furthest = word;
    }
    return list;
}

static struct node *differences(struct arena *arena, const struct match *p, const struct schema *schema)
{
    struct node *details = node_map(arena);
    struct node *missing = node_list(arena), *extra = node_list(arena);

    for (int32_t i = 0; i < p->columns.n; i++)
        if (find_named(schema, p->columns.at[i]) < 0)
            add_name(arena, missing, p->columns.at[i]);
    for (int32_t i = 0; i < schema->n_columns; i++)
        if (word_of(p, &schema->columns[i]) < 0 && !schema->columns[i].is_partition)
            add_name(arena, extra, schema->columns[i].name);
    node_set(arena, details, "missing", missing);
    node_set(arena, details, "extra", extra);
    if (p->order == ORDER_EXACT)
        node_set(arena, details, "out_of_order", out_of_order(arena, p, schema));
    return details;
}

static int32_t n_listed(const struct node *details, const char *key)
{
    const struct node *list = node_find(details, key);

    return list ? list->n_children : 0;
}

static enum status plan_match(struct planned *p, const struct planner *planner, struct error *err)
{
    const struct match *params = p->check->params;
    struct arena *arena = planner->arena;
    struct node *details = differences(arena, params, planner->schema);
    struct node *names = node_list(arena);
    int32_t n_missing, n_extra, n_moved;
    const char *reason = NULL;

    for (int32_t i = 0; i < planner->schema->n_columns; i++)
        add_name(arena, names, planner->schema->columns[i].name);
    if (!details || !names || !node_find(details, "extra"))
        return error_no_memory(err);
    n_missing = n_listed(details, "missing");
    n_extra = params->extra == EXTRA_FORBID ? n_listed(details, "extra") : 0;
    n_moved = n_listed(details, "out_of_order");
    if (n_missing + n_extra + n_moved > 0) {
        reason = arena_format(arena, "%d missing, %d extra%s", (int)n_missing, (int)n_extra,
                              n_moved ? ", and the order differs" : "");
        if (!reason)
            return error_no_memory(err);
    }
    plan_settle(p, reason ? VERDICT_FAIL : VERDICT_PASS, reason);
    p->finding.has_observed = true;
    p->finding.observed_node = names;
    p->finding.details = details;
    return STATUS_OK;
}

const struct expectation expect_columns_match = {
    .name = "columns_match",
    .gx = "table_columns_to_match_set,table_columns_to_match_ordered_list",
    .says = "the columns are {columns}",
    .doc = "The batch has these columns: in any order or in this one, with others allowed or not.",
    .example = "table:\n  - columns_match: {columns: [user_id, user_age], order: any, extra: allow}\n",
    .level = LEVEL_TABLE,
    .takes_column = false,
    .fields = match_fields,
    .params_size = sizeof(struct match),
    .validate = validate_match,
    .plan = plan_match,
    .judge = judge_settled,
};
