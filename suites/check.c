/* suites/check.c -- one expectation of a suite, from its node to a struct check.
 *
 * The kind's own rows and the common ones are joined to one table, so that one pass finds every unknown key and knows every
 * name for a 'did you mean'. `warn` is the same map with some members replaced, read once more.
 */
#include "suites/reader.h"

#include <stdarg.h>
#include <stdio.h>

const char *const suite_severity_names[] = {"info", "warning", "error", "critical", NULL};
const char *const suite_nulls_names[] = {"ignore", "fail", "pass", NULL};
const char *const suite_nan_names[] = {"fail", "ignore", "pass", NULL};
const char *const suite_empty_names[] = {"fail", "warn", "pass", NULL};

struct common {
    const char *id, *description;
    struct text_list tags;
    struct node *meta, *warn;
    int severity, on_empty, nulls, nan;
    bool active;
    struct literal where;
    struct tolerance mostly, max_unexpected;
};

/* Rows of row-level checks alone, then what figures take too, then what every level takes: a level takes a tail. */
static const struct field common_fields[] = {
    {.name = "mostly", .type = FIELD_MOSTLY, .offset = offsetof(struct common, mostly),
     .doc = "share of rows that must hold, as 0.99 or 99%"},
    {.name = "max_unexpected", .type = FIELD_MAX_COUNT, .offset = offsetof(struct common, max_unexpected),
     .doc = "unexpected rows accepted, as a count, 0.1% or 20ppm"},
    {.name = "nulls", .type = FIELD_ENUM, .offset = offsetof(struct common, nulls), .names = suite_nulls_names,
     .doc = "what a null is: left out, unexpected, or accepted"},
    {.name = "nan", .type = FIELD_ENUM, .offset = offsetof(struct common, nan), .names = suite_nan_names,
     .doc = "what a NaN is: unexpected, like a null, or accepted"},
    {.name = "id", .type = FIELD_TEXT, .offset = offsetof(struct common, id),
     .doc = "name of the check in reports; column.name unless given"},
    {.name = "description", .type = FIELD_TEXT, .offset = offsetof(struct common, description),
     .doc = "what the check is for, in words"},
    {.name = "tags", .type = FIELD_TEXT_LIST, .offset = offsetof(struct common, tags), .doc = "words to select checks by"},
    {.name = "meta", .type = FIELD_NODE, .offset = offsetof(struct common, meta), .doc = "anything; kept for the report"},
    {.name = "severity", .type = FIELD_ENUM, .offset = offsetof(struct common, severity), .default_text = "error",
     .names = suite_severity_names, .doc = "how bad a failure is"},
    {.name = "active", .type = FIELD_BOOL, .offset = offsetof(struct common, active), .default_text = "true",
     .doc = "false: the check is skipped, and counted as skipped"},
    {.name = "where", .type = FIELD_LITERAL, .flags = FIELD_WORDS, .offset = offsetof(struct common, where),
     .doc = "an expression: only rows for which it is true are looked at"},
    {.name = "warn", .type = FIELD_NODE, .offset = offsetof(struct common, warn),
     .doc = "a map laid over the parameters: the same check, tighter, at severity warning"},
    {.name = "on_empty", .type = FIELD_ENUM, .offset = offsetof(struct common, on_empty), .names = suite_empty_names,
     .doc = "what it means that there is nothing to judge"},
    {0},
};
enum { COMMON_OF_FIGURES = 3, COMMON_OF_ALL = 4, FIELDS_MAX = 32 };

const struct field *suite_common_fields(enum expectation_level level)
{
    return common_fields + (level == LEVEL_ROW ? 0 : level == LEVEL_AGGREGATE ? COMMON_OF_FIGURES : COMMON_OF_ALL);
}

/* --- helpers of every reader --- */

bool reader_no_memory(struct suite_reader *r)
{
    r->no_memory = true;
    return false;
}

static void add_problem(struct suite_reader *r, int line, int column, const char *format, va_list args)
    __attribute__((format(printf, 4, 0)));

static void add_problem(struct suite_reader *r, int line, int column, const char *format, va_list args)
{
    char text[sizeof ((struct error *)0)->text];

    vsnprintf(text, sizeof text, format, args);
    problems_add(r->problems, line, column, "%s", text);
}

void reader_refuse(struct suite_reader *r, const struct node *at, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_problem(r, at ? at->line : 0, at ? at->column : 0, format, args);
    va_end(args);
}

void reader_refuse_key(struct suite_reader *r, const struct node *at, const char *format, ...)
{
    bool has_key = at && at->key_line > 0;
    va_list args;

    va_start(args, format);
    add_problem(r, has_key ? at->key_line : at ? at->line : 0, has_key ? at->key_column : at ? at->column : 0, format, args);
    va_end(args);
}

void reader_put(struct suite_reader *r, struct node *map, const struct node *child)
{
    struct node *copy = node_copy(r->arena, child);

    node_set(r->arena, map, (const char *)child->key.at, copy);
    if (!map || !copy) {
        r->no_memory = true;
        return;
    }
    copy->key_line = child->key_line;
    copy->key_column = child->key_column;
}

struct expression *reader_where(struct suite_reader *r, const struct literal *where)
{
    struct expression *e = NULL;
    struct error err = ERROR_NONE;

    if (where->kind != NODE_TEXT) {
        problems_add(r->problems, where->line, where->column, "where takes an expression, as text");
        return NULL;
    }
    if (expression_parse(r->arena, where->text, &e, &err) == STATUS_OK)
        return e;
    if (err.status == STATUS_NO_MEMORY) {
        r->no_memory = true;
        return NULL;
    }
    literal_place(where, &err);
    problems_take(r->problems, &err);
    return NULL;
}

/* --- one check --- */

/* The joined table of a kind, and where its parts lie in one block. */
struct layout {
    const struct expectation *kind;
    const struct field *common; /* that the kind's level takes */
    struct field fields[FIELDS_MAX];
    size_t common_at, size;
};

static void join_tables(const struct expectation *kind, struct layout *out)
{
    int32_t n = 0;

    out->kind = kind;
    out->common = suite_common_fields(kind->level);
    out->common_at = (kind->params_size + 15) & ~(size_t)15;
    out->size = out->common_at + sizeof(struct common);
    for (const struct field *f = kind->fields; f->name && n < FIELDS_MAX - 1; f++)
        out->fields[n++] = *f;
    for (const struct field *f = out->common; f->name && n < FIELDS_MAX - 1; f++) {
        out->fields[n] = *f;
        out->fields[n++].offset += out->common_at;
    }
    out->fields[n] = (struct field){0};
}

static bool is_later(const char *key)
{
    return strcmp(key, "group_by") == 0;
}

/* Keys that no row of the joined table names, but that are somebody's business: refused, or read, by name below. */
static bool accepts(const void *context, const char *key)
{
    const struct layout *layout = context;

    return (layout->kind->accepts_key && layout->kind->accepts_key(key)) || is_later(key) ||
           field_find(common_fields, key) != NULL;
}

/* Common keys of another level, and keys that are named but not there yet. */
static void refuse_misplaced(struct suite_reader *r, const struct layout *layout, const struct node *params)
{
    static const char *const judges[] = {"judges rows", "judges one figure of a column", "judges the batch as a whole"};
    const struct expectation *kind = layout->kind;

    for (const struct node *c = params->first; c; c = c->next) {
        const char *key = (const char *)c->key.at;

        if (field_find(layout->fields, key) || (kind->accepts_key && kind->accepts_key(key)))
            continue;
        if (is_later(key))
            reader_refuse_key(r, c, "`%s` is not supported yet", key);
        else if (field_find(common_fields, key))
            reader_refuse_key(r, c, "`%s` does not apply to %s, which %s", key, kind->name, judges[kind->level]);
    }
}

static bool is_given(const struct node *params, const char *key)
{
    const struct node *node = node_find(params, key);

    return node && node->kind != NODE_NULL;
}

static int choose(const struct node *params, const char *key, int given, int by_default, int otherwise)
{
    if (is_given(params, key))
        return given;
    return by_default >= 0 ? by_default : otherwise;
}

/* What the report shows: the kind's own parameters, and those of the common ones that concern the verdict and were given. */
static const struct node *shown_parameters(struct suite_reader *r, const struct layout *layout, const void *block,
                                           const struct node *params)
{
    static const char *const shown[] = {"mostly", "max_unexpected", "nulls", "nan", "on_empty", "where"};
    struct node *map = fields_to_node(r->arena, layout->kind->fields, block);

    if (!map) {
        r->no_memory = true;
        return NULL;
    }
    for (const struct node *c = params->first; c; c = c->next) {
        bool is_shown = layout->kind->accepts_key && layout->kind->accepts_key((const char *)c->key.at);

        for (size_t i = 0; i < sizeof shown / sizeof *shown && !is_shown; i++)
            is_shown = span_is(c->key, shown[i]);
        if (is_shown && c->kind != NODE_NULL)
            reader_put(r, map, c);
    }
    return map;
}

static void fill_common(struct suite_reader *r, const struct node *params, const struct common *common, struct check *check)
{
    const struct suite_defaults *d = &r->defaults;

    check->id = common->id;
    check->description = common->description;
    check->tags = common->tags;
    check->meta = common->meta;
    check->is_active = common->active;
    check->severity = (enum severity)choose(params, "severity", common->severity, d->severity, SEVERITY_ERROR);
    check->nulls = (enum nulls_rule)choose(params, "nulls", common->nulls, d->nulls, NULLS_IGNORE);
    check->nan = (enum nan_rule)choose(params, "nan", common->nan, d->nan, (int)r->suite->dialect->nan);
    check->on_empty = (enum empty_rule)choose(params, "on_empty", common->on_empty, d->on_empty, EMPTY_BY_LEVEL);
    check->has_own_on_empty = is_given(params, "on_empty");
    if (common->id && !*common->id)
        reader_refuse(r, node_find(params, "id"), "an id is not empty");
    if (common->mostly.kind != TOLERANCE_NONE && common->max_unexpected.kind != TOLERANCE_NONE)
        reader_refuse_key(r, node_find(params, "max_unexpected"), "give `mostly` or `max_unexpected`, not both");
    check->tolerance = common->mostly.kind != TOLERANCE_NONE ? common->mostly : common->max_unexpected;
    if (common->where.is_set && common->where.kind != NODE_NULL) {
        check->where_expression = reader_where(r, &common->where);
        check->where = (const char *)common->where.text.at;
    }
}

/* Rules between fields, only where the fields themselves were right. */
static void run_validate(struct suite_reader *r, const struct node *params, const struct node *place, struct check *check,
                         void *block)
{
    struct error err = ERROR_NONE;
    const struct node *at = params->line > 0 ? params : place;

    if (!check->kind->validate || check->kind->validate(r->arena, check, block, &err) == STATUS_OK)
        return;
    if (err.status == STATUS_NO_MEMORY) {
        r->no_memory = true;
        return;
    }
    if (err.line < 0 && at) {
        err.line = at->line;
        err.line_column = at->column;
    }
    err.status = STATUS_BAD_SUITE;
    problems_take(r->problems, &err);
}

/* Reads a map of parameters into a check; *warn is its overlay, if it has one. false: there were problems. */
static bool read_check(struct suite_reader *r, const struct expectation *kind, const struct entry *entry,
                       const struct node *params, struct check *check, const struct node **warn)
{
    struct layout layout;
    int32_t before = r->problems->n;
    struct common *common;
    char *block;

    join_tables(kind, &layout);
    block = arena_alloc(r->arena, layout.size);
    if (!block)
        return reader_no_memory(r);
    common = (struct common *)(void *)(block + layout.common_at);
    if (!fields_parse(r->arena, layout.fields, params, block, accepts, &layout, r->problems))
        return reader_no_memory(r);
    refuse_misplaced(r, &layout, params);
    *check = (struct check){.kind = kind, .column = entry->column, .params = block,
                            .column_is_nullable = entry->column_is_nullable, .written = params,
                            .dialect = r->suite->dialect};
    if (entry->place) {
        bool has_key = entry->place->key_line > 0;

        check->line = has_key ? entry->place->key_line : entry->place->line;
        check->column_at = has_key ? entry->place->key_column : entry->place->column;
    }
    fill_common(r, params, common, check);
    *warn = common->warn;
    if (r->problems->n > before || r->problems->lost_some)
        return false;
    check->parameters = shown_parameters(r, &layout, block, params);
    run_validate(r, params, entry->place, check, block);
    return r->problems->n == before && !r->no_memory;
}

/* --- warn --- */

static bool is_tolerance(struct span key)
{
    return span_is(key, "mostly") || span_is(key, "max_unexpected");
}

bool suite_is_not_for_warn(struct span key)
{
    static const char *const not_both[] = {"id", "description", "tags", "meta", "severity", "active", "warn"};

    for (size_t i = 0; i < sizeof not_both / sizeof *not_both; i++)
        if (span_is(key, not_both[i]))
            return true;
    return false;
}

/* The parameters with those of the overlay in their place. What names the check stays with the check. */
static const struct node *lay_over(struct suite_reader *r, const struct node *params, const struct node *overlay)
{
    struct node *map = node_map(r->arena);
    bool has_tolerance = node_find(overlay, "mostly") || node_find(overlay, "max_unexpected");

    if (!map) {
        r->no_memory = true;
        return NULL;
    }
    for (const struct node *c = params->first; c; c = c->next)
        if (!(is_tolerance(c->key) && has_tolerance) && !suite_is_not_for_warn(c->key))
            reader_put(r, map, c);
    for (const struct node *c = overlay->first; c; c = c->next) {
        if (suite_is_not_for_warn(c->key))
            reader_refuse_key(r, c, "`%.*s` does not belong under warn", (int)c->key.size, (const char *)c->key.at);
        reader_put(r, map, c);
    }
    map->line = overlay->line;
    map->column = overlay->column;
    return map;
}

static void read_warn(struct suite_reader *r, const struct entry *entry, const struct node *params,
                      const struct node *overlay, struct check *check)
{
    int32_t before = r->problems->n;
    const struct node *both, *no_warn;
    struct check *warn;

    if (overlay->kind != NODE_MAP || !overlay->first) {
        reader_refuse(r, overlay, "warn takes a map of the parameters that it replaces");
        return;
    }
    both = lay_over(r, params, overlay);
    warn = arena_alloc(r->arena, sizeof *warn);
    if (!warn)
        r->no_memory = true;
    if (r->no_memory || r->problems->n > before || !read_check(r, check->kind, entry, both, warn, &no_warn))
        return;
    warn->severity = SEVERITY_WARNING;
    warn->is_active = check->is_active;
    warn->description = check->description;
    warn->tags = check->tags;
    warn->meta = check->meta;
    check->warn = warn;
}

/* --- entries --- */

static struct draft *add_draft(struct suite_reader *r)
{
    struct draft *more;
    size_t capacity = r->drafts_capacity ? 2 * r->drafts_capacity : 64;

    if ((size_t)r->n_drafts < r->drafts_capacity)
        return &r->drafts[r->n_drafts++];
    more = arena_array(r->arena, capacity, sizeof *more);
    if (!more) {
        r->no_memory = true;
        return NULL;
    }
    if (r->n_drafts)
        memcpy(more, r->drafts, (size_t)r->n_drafts * sizeof *more);
    r->drafts = more;
    r->drafts_capacity = capacity;
    return &r->drafts[r->n_drafts++];
}

static void refuse_unknown(struct suite_reader *r, const struct entry *entry)
{
    const char *near = expectation_nearest(entry->name);

    if (expectation_is_foreign(entry->name))
        reader_refuse_key(r, entry->place, "not supported yet: %s", entry->name);
    else
        reader_refuse_key(r, entry->place, "unknown expectation `%.80s`%s%s%s", entry->name, near ? "; did you mean `" : "",
                          near ? near : "", near ? "`?" : "");
}

/* Does it stand where its kind may stand? */
static bool is_in_place(struct suite_reader *r, const struct entry *entry, const struct expectation *kind)
{
    if (kind->takes_either || kind->takes_column == (entry->column != NULL))
        return true;
    if (kind->takes_column)
        reader_refuse_key(r, entry->place, "%s is about a column: it belongs under `columns:`", kind->name);
    else
        reader_refuse_key(r, entry->place, "%s is about the batch as a whole: it belongs under `table:`", kind->name);
    return false;
}

static const struct node *empty_map(struct suite_reader *r, const struct node *place)
{
    struct node *map = node_map(r->arena);

    if (!map) {
        r->no_memory = true;
        return NULL;
    }
    map->line = place ? place->line : 0;
    map->column = place ? place->column : 0;
    return map;
}

void reader_entry(struct suite_reader *r, const struct entry *written)
{
    struct entry entry = *written;
    const struct expectation *kind = expectation_find(entry.name);
    const struct node *warn = NULL;
    struct check check;
    struct draft *draft;

    if (!kind) {
        refuse_unknown(r, &entry);
        return;
    }
    if (r->n_drafts >= SUITE_CHECKS_MAX) {
        if (r->n_drafts++ == SUITE_CHECKS_MAX)
            reader_refuse(r, entry.place, "a suite has at most %d checks", SUITE_CHECKS_MAX);
        return;
    }
    if (entry.params && entry.params->n_children > PARAMETERS_MAX) {
        reader_refuse(r, entry.params, "%s has more than %d parameters", kind->name, PARAMETERS_MAX);
        return;
    }
    if (!entry.params)
        entry.params = empty_map(r, entry.place);
    if (entry.params && (entry.gx_kwargs || strcmp(entry.name, kind->name) != 0))
        entry.params = gx_params(r, entry.name, entry.params, &entry.column);
    if (!entry.params || !is_in_place(r, &entry, kind) || !read_check(r, kind, &entry, entry.params, &check, &warn))
        return;
    if (warn)
        read_warn(r, &entry, entry.params, warn, &check);
    check.gx_kwargs = entry.gx_kwargs;
    if (strcmp(entry.name, kind->name) != 0)
        check.gx_type = strncmp(entry.name, "expect_", 7) == 0 ? entry.name : arena_format(r->arena, "expect_%s", entry.name);
    draft = add_draft(r);
    if (draft)
        *draft = (struct draft){.check = check, .is_derived = entry.is_derived, .order = r->n_drafts - 1};
}

/* A scalar or a list is the main parameter. */
static const struct node *main_as_map(struct suite_reader *r, const struct expectation *kind, const struct node *value)
{
    struct node *map, *copy;

    for (const struct field *f = kind->fields; f->name; f++) {
        if (!(f->flags & FIELD_MAIN))
            continue;
        map = node_map(r->arena);
        copy = node_copy(r->arena, value);
        node_set(r->arena, map, f->name, copy);
        if (!map || !copy) {
            r->no_memory = true;
            return NULL;
        }
        map->line = copy->key_line = value->line;
        map->column = copy->key_column = value->column;
        return map;
    }
    if (!kind->fields->name)
        reader_refuse(r, value, "%s takes no value: write it as a bare word, or with a map such as {mostly: 0.99}", kind->name);
    else
        reader_refuse(r, value, "%s takes a map, such as {%s: ...}", kind->name, kind->fields->name);
    return NULL;
}

static void read_member(struct suite_reader *r, const struct node *member, struct entry *entry)
{
    const struct expectation *kind;

    entry->name = (const char *)member->key.at;
    entry->place = member;
    kind = expectation_find(entry->name);
    if (member->kind == NODE_MAP)
        entry->params = member;
    else if (kind && member->kind != NODE_NULL && !(entry->params = main_as_map(r, kind, member)))
        return;
    reader_entry(r, entry);
}

void reader_item(struct suite_reader *r, const struct node *item, const char *column, bool column_is_nullable)
{
    struct entry entry = {.column = column, .column_is_nullable = column_is_nullable, .place = item};

    if (item->kind == NODE_LIST) {
        reader_refuse(r, item, "an expectation is a name, or a map of a name to its parameters, not a list");
    } else if (item->kind != NODE_MAP) {
        entry.name = (const char *)item->text.at;
        reader_entry(r, &entry);
    } else if (item->n_children == 0) {
        reader_refuse(r, item, "an expectation is a name, or a map of a name to its parameters");
    } else if (item->n_children == 1) {
        read_member(r, item->first, &entry);
    } else {
        reader_refuse_key(r, item->first->next, "`%s` stands beside `%s`: one expectation an entry, its parameters indented "
                          "below its name", (const char *)item->first->next->key.at, (const char *)item->first->key.at);
    }
}
