/* suites/suite.c -- a suite in our own form, from its tree to a struct suite.
 *
 * Top-level keys are one table; each section below has its function. All problems are collected, put in the order of the file and
 * reported at once.
 */
#include "suites/reader.h"

#include <stdlib.h>

#include "core/clock_format.h"
#include "core/output.h"

enum { NAME_MAX_BYTES = 128 };

static const char *const later_keys[] = {"batch", "include", "for_each_column", "waivers", "environments", "calendar", NULL};
static const char *const later_dialects[] = {"soda3", "soda4", "dbt", "odcs", NULL};

struct top {
    int64_t assay;
    const char *suite, *dataset, *description, *owner, *runbook, *dialect;
    struct literal timezone, where;
    struct text_list tags, primary_key;
    struct node *meta, *types, *csv, *malformed, *defaults, *drift, *table, *columns;
    bool allow_empty;
};

const struct field suite_top_fields[] = {
    {.name = "assay", .type = FIELD_INT, .offset = offsetof(struct top, assay), .min = 1, .max = 1, .default_text = "1",
     .doc = "version of this format"},
    {.name = "suite", .type = FIELD_TEXT, .offset = offsetof(struct top, suite),
     .doc = "name: letters, digits, dot, dash, underscore; the file's name unless given"},
    {.name = "dataset", .type = FIELD_TEXT, .offset = offsetof(struct top, dataset),
     .doc = "what history and metrics call the data; the suite's name unless given"},
    {.name = "description", .type = FIELD_TEXT, .offset = offsetof(struct top, description), .doc = "what the suite is for"},
    {.name = "owner", .type = FIELD_TEXT, .offset = offsetof(struct top, owner), .doc = "who is told of a failure"},
    {.name = "runbook", .type = FIELD_TEXT, .offset = offsetof(struct top, runbook), .doc = "where it says what to do then"},
    {.name = "tags", .type = FIELD_TEXT_LIST, .offset = offsetof(struct top, tags), .doc = "words to find the suite by"},
    {.name = "meta", .type = FIELD_NODE, .offset = offsetof(struct top, meta), .doc = "anything; kept, never read"},
    {.name = "dialect", .type = FIELD_TEXT, .offset = offsetof(struct top, dialect), .default_text = "assay",
     .doc = "whose rules decide what a verdict means: assay or gx"},
    {.name = "timezone", .type = FIELD_LITERAL, .flags = FIELD_WORDS, .offset = offsetof(struct top, timezone),
     .doc = "of naive timestamps, dates and `today`: UTC, +01:00 or Europe/Berlin"},
    {.name = "where", .type = FIELD_LITERAL, .flags = FIELD_WORDS, .offset = offsetof(struct top, where),
     .doc = "an expression: the rows that the suite is about"},
    {.name = "primary_key", .type = FIELD_TEXT_LIST, .offset = offsetof(struct top, primary_key),
     .doc = "columns that are not null and together unique; shown with every sample"},
    {.name = "types", .type = FIELD_NODE, .offset = offsetof(struct top, types), .doc = "a map of columns to their types"},
    {.name = "csv", .type = FIELD_NODE, .offset = offsetof(struct top, csv), .doc = "how CSV is written"},
    {.name = "malformed", .type = FIELD_NODE, .offset = offsetof(struct top, malformed),
     .doc = "how many damaged records are left out rather than refused: a count, 0.1%, or {max: ...}"},
    {.name = "allow_empty", .type = FIELD_BOOL, .offset = offsetof(struct top, allow_empty),
     .doc = "a batch without rows is a pass"},
    {.name = "defaults", .type = FIELD_NODE, .offset = offsetof(struct top, defaults),
     .doc = "severity, nulls, nan and on_empty of all expectations"},
    {.name = "drift", .type = FIELD_NODE, .offset = offsetof(struct top, drift),
     .doc = "about all drift checks together: correction of their p-values, max_share of them that may fail"},
    {.name = "table", .type = FIELD_NODE, .offset = offsetof(struct top, table),
     .doc = "a list of expectations about the batch as a whole"},
    {.name = "columns", .type = FIELD_NODE, .offset = offsetof(struct top, columns),
     .doc = "a map of columns to their expectations"},
    {0},
};

const struct field suite_defaults_fields[] = {
    {.name = "severity", .type = FIELD_ENUM, .offset = offsetof(struct suite_defaults, severity),
     .names = suite_severity_names, .doc = "how bad a failure is"},
    {.name = "nulls", .type = FIELD_ENUM, .offset = offsetof(struct suite_defaults, nulls), .names = suite_nulls_names,
     .doc = "what a null is: left out, unexpected, or accepted"},
    {.name = "nan", .type = FIELD_ENUM, .offset = offsetof(struct suite_defaults, nan), .names = suite_nan_names,
     .doc = "what a NaN is: unexpected, like a null, or accepted"},
    {.name = "on_empty", .type = FIELD_ENUM, .offset = offsetof(struct suite_defaults, on_empty),
     .names = suite_empty_names, .doc = "what it means that there is nothing to judge"},
    {0},
};

struct csv {
    const char *delimiter, *quote, *escape, *encoding, *comment, *decimal, *thousands;
    const char *date_format, *time_format, *timestamp_format;
    bool header;
    struct text_list nulls, true_words, false_words;
    int64_t skip_lines;
    struct node *formats;
};

const struct field suite_csv_fields[] = {
    {.name = "delimiter", .type = FIELD_TEXT, .offset = offsetof(struct csv, delimiter),
     .doc = "one character, or tab; like all but the formats told from the content unless given"},
    {.name = "quote", .type = FIELD_TEXT, .offset = offsetof(struct csv, quote), .doc = "one character, or none"},
    {.name = "escape", .type = FIELD_TEXT, .offset = offsetof(struct csv, escape),
     .doc = "one character before which a quote, delimiter or line end is text, or none"},
    {.name = "header", .type = FIELD_BOOL, .offset = offsetof(struct csv, header),
     .doc = "does the first record name the columns"},
    {.name = "null", .type = FIELD_TEXT_LIST, .offset = offsetof(struct csv, nulls),
     .doc = "texts of unquoted cells that are null; an empty one unless given"},
    {.name = "encoding", .type = FIELD_TEXT, .offset = offsetof(struct csv, encoding), .doc = "utf-8, utf-16, utf-16le, utf-16be, latin-1 or windows-1252"},
    {.name = "comment", .type = FIELD_TEXT, .offset = offsetof(struct csv, comment),
     .doc = "lines that begin with this are left out, or none"},
    {.name = "skip_lines", .type = FIELD_INT, .offset = offsetof(struct csv, skip_lines), .min = 0, .max = 1000000,
     .default_text = "0", .doc = "lines before the header that are left out"},
    {.name = "decimal", .type = FIELD_TEXT, .offset = offsetof(struct csv, decimal),
     .doc = "one character before the places of a number; a point unless given"},
    {.name = "thousands", .type = FIELD_TEXT, .offset = offsetof(struct csv, thousands),
     .doc = "one character that may stand between groups of three digits; none unless given"},
    {.name = "true", .type = FIELD_TEXT_LIST, .offset = offsetof(struct csv, true_words),
     .doc = "words that are true, in any case, in place of true"},
    {.name = "false", .type = FIELD_TEXT_LIST, .offset = offsetof(struct csv, false_words),
     .doc = "words that are false, in any case, in place of false"},
    {.name = "date_format", .type = FIELD_TEXT, .offset = offsetof(struct csv, date_format),
     .doc = "how dates are written, e.g. %d.%m.%Y; ISO 8601 unless given"},
    {.name = "time_format", .type = FIELD_TEXT, .offset = offsetof(struct csv, time_format),
     .doc = "how times of day are written, e.g. %I:%M %p"},
    {.name = "timestamp_format", .type = FIELD_TEXT, .offset = offsetof(struct csv, timestamp_format),
     .doc = "how timestamps are written, e.g. %d.%m.%Y %H:%M:%S%z"},
    {.name = "formats", .type = FIELD_NODE, .offset = offsetof(struct csv, formats),
     .doc = "a map of columns to the format of their dates, times or timestamps"},
    {0},
};

struct column_map { const char *type, *description; bool nullable, pii; struct text_list tags; struct node *expect; };

const struct field suite_column_fields[] = {
    {.name = "type", .type = FIELD_TEXT, .offset = offsetof(struct column_map, type),
     .doc = "what the column is, as of_type says it; cells of CSV are read as it"},
    {.name = "nullable", .type = FIELD_BOOL, .offset = offsetof(struct column_map, nullable),
     .doc = "false: as not_null; true: a column without values is a pass"},
    {.name = "pii", .type = FIELD_BOOL, .offset = offsetof(struct column_map, pii),
     .doc = "personal data: reports show counts and rows, no values"},
    {.name = "description", .type = FIELD_TEXT, .offset = offsetof(struct column_map, description),
     .doc = "what the column holds"},
    {.name = "tags", .type = FIELD_TEXT_LIST, .offset = offsetof(struct column_map, tags), .doc = "words to select by"},
    {.name = "expect", .type = FIELD_NODE, .offset = offsetof(struct column_map, expect),
     .doc = "a list of expectations"},
    {0},
};

struct malformed { struct tolerance max; };

static const struct field malformed_fields[] = {
    {.name = "max", .type = FIELD_MAX_COUNT, .offset = offsetof(struct malformed, max), .flags = FIELD_REQUIRED | FIELD_MAIN,
     .doc = "damaged records accepted, as a count, 0.1% or 20ppm"},
    {0},
};

void csv_options_init(struct csv_options *options)
{
    *options = (struct csv_options){.header = -1};
}

/* --- top-level scalars --- */

static bool is_later(const char *const *names, const char *key)
{
    for (int32_t i = 0; names[i]; i++)
        if (strcmp(names[i], key) == 0)
            return true;
    return false;
}

static bool accepts_later(const void *context, const char *key)
{
    return is_later(context, key);
}

static void refuse_later(struct suite_reader *r, const struct node *root)
{
    for (const struct node *c = root->first; c; c = c->next)
        if (is_later(later_keys, (const char *)c->key.at))
            reader_refuse_key(r, c, "`%s` is not supported yet", (const char *)c->key.at);
}

static bool is_name(const char *s)
{
    size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

    return n > 0 && n <= NAME_MAX_BYTES && s[n] == '\0';
}

/* The file's name without folder and suffix, with what a name may not hold as dashes. */
const char *suite_name_of_path(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    size_t size = strcspn(base, ".");
    char *name = arena_text(arena, base, size < NAME_MAX_BYTES ? size : NAME_MAX_BYTES);

    for (char *c = name; c && *c; c++)
        if (!is_name((char[]){*c, '\0'}))
            *c = '-';
    return name && *name ? name : name ? "suite" : NULL;
}

static const struct dialect *find_dialect(struct suite_reader *r, const struct node *root, const char *name)
{
    if (!name || strcmp(name, "assay") == 0)
        return &dialect_assay;
    if (strcmp(name, "gx") == 0)
        return &dialect_gx;
    if (is_later(later_dialects, name))
        reader_refuse(r, node_find(root, "dialect"), "dialect `%s` is not supported yet", name);
    else
        reader_refuse(r, node_find(root, "dialect"), "unknown dialect `%.80s`: assay or gx", name);
    return &dialect_assay;
}

static const char *read_timezone(struct suite_reader *r, const struct literal *zone)
{
    struct time_zone found;
    struct error err = ERROR_NONE;

    if (!zone->is_set || zone->kind == NODE_NULL)
        return "UTC";
    if (time_zone_find(r->arena, (const char *)zone->text.at, &found, &err) == STATUS_NO_MEMORY)
        r->no_memory = true;
    else if (err.status != STATUS_OK)
        problems_add(r->problems, zone->line, zone->column, "%s", err.text);
    return (const char *)zone->text.at;
}

static void fill_top(struct suite_reader *r, const struct node *root, const struct top *top)
{
    struct suite *suite = r->suite;

    suite->name = top->suite ? top->suite : suite_name_of_path(r->arena, suite->path);
    if (!suite->name)
        r->no_memory = true;
    else if (!is_name(suite->name))
        reader_refuse(r, node_find(root, "suite"), "a suite's name is made of letters, digits, dot, dash and underscore (at most %d)",
                      NAME_MAX_BYTES);
    suite->dataset = top->dataset ? top->dataset : suite->name;
    suite->description = top->description;
    suite->owner = top->owner;
    suite->runbook = top->runbook;
    suite->tags = top->tags;
    suite->meta = top->meta;
    suite->dialect = find_dialect(r, root, top->dialect);
    suite->timezone = read_timezone(r, &top->timezone);
    suite->allow_empty = top->allow_empty;
    suite->primary_key = top->primary_key;
    if (top->where.is_set && top->where.kind != NODE_NULL) {
        suite->where_expression = reader_where(r, &top->where);
        suite->where = (const char *)top->where.text.at;
    }
}

/* --- drift --- */

struct drift { int correction; double max_share; };

static const char *const correction_names[] = {"none", "benjamini_hochberg", "bonferroni", NULL}; /* as enum drift_correction */

const struct field suite_drift_fields[] = {
    {.name = "correction", .type = FIELD_ENUM, .offset = offsetof(struct drift, correction), .names = correction_names,
     .doc = "of the p-values of all drift checks that have a p_value"},
    {.name = "max_share", .type = FIELD_NUMBER, .offset = offsetof(struct drift, max_share), .min = 0, .max = 1,
     .doc = "share of drift checks that may fail; counts as drift_share in `table`"},
    {0},
};

/* --- defaults, csv, malformed --- */

static void read_defaults(struct suite_reader *r, const struct node *node)
{
    struct suite_defaults given = {0}, *d = &r->defaults;

    if (node && !fields_parse(r->arena, suite_defaults_fields, node, &given, NULL, NULL, r->problems))
        r->no_memory = true;
    d->severity = node_find(node, "severity") ? given.severity : -1;
    d->nulls = node_find(node, "nulls") ? given.nulls : -1;
    d->nan = node_find(node, "nan") ? given.nan : -1;
    d->on_empty = node_find(node, "on_empty") ? given.on_empty : -1;
}

/* One byte, or a word for it. */
static int read_character(struct suite_reader *r, const struct node *csv, const char *key, const char *text)
{
    if (!text)
        return 0;
    if (strcmp(text, "tab") == 0 || strcmp(text, "\\t") == 0)
        return '\t';
    if (strlen(text) == 1 && (text[0] == '\t' || (text[0] >= ' ' && text[0] < 0x7f)))
        return text[0];
    reader_refuse(r, node_find(csv, key), "%s is one ASCII character%s", key, strcmp(key, "quote") == 0 || strcmp(key, "escape") == 0 ? ", or none" : ", or tab");
    return 0;
}

static int read_optional_character(struct suite_reader *r, const struct node *csv, const char *key, const char *text)
{
    return text && strcmp(text, "none") == 0 ? -1 : read_character(r, csv, key, text);
}

static void refuse_format(struct suite_reader *r, const struct node *node, const char *format)
{
    const char *wrong = format && node ? clock_format_wrong(format) : NULL;

    if (wrong)
        reader_refuse(r, node, "the format '%.60s' cannot be used: %s", format, wrong);
}

/* formats: {column: format} */
static void read_formats(struct suite_reader *r, const struct node *node)
{
    struct cell_rules *out = &r->suite->csv.cells;
    struct cell_format *formats;

    if (!node)
        return;
    if (node->kind != NODE_MAP) {
        reader_refuse(r, node, "formats is a map of columns to formats");
        return;
    }
    formats = arena_array(r->arena, (size_t)node->n_children + 1, sizeof *formats);
    r->no_memory = r->no_memory || !formats;
    for (const struct node *c = node->first; formats && c; c = c->next) {
        if (c->kind != NODE_TEXT) {
            reader_refuse(r, c, "a format is a text such as %%d.%%m.%%Y");
            continue;
        }
        formats[out->n_formats] = (struct cell_format){(const char *)c->key.at, (const char *)c->text.at};
        refuse_format(r, c, formats[out->n_formats++].format);
    }
    out->formats = formats;
}

static void read_cell_rules(struct suite_reader *r, const struct node *node, const struct csv *csv)
{
    struct cell_rules *out = &r->suite->csv.cells;

    *out = (struct cell_rules){.true_words = csv->true_words, .false_words = csv->false_words, .date_format = csv->date_format,
                               .time_format = csv->time_format, .timestamp_format = csv->timestamp_format};
    out->decimal = read_character(r, node, "decimal", csv->decimal);
    out->thousands = read_character(r, node, "thousands", csv->thousands);
    if (out->thousands && out->thousands == (out->decimal ? out->decimal : '.'))
        reader_refuse(r, node_find(node, "thousands"), "decimal and thousands are the same character");
    if (cell_rules_two_faced(out))
        reader_refuse(r, node_find(node, csv->true_words.is_set ? "true" : "false"), "'%.60s' cannot be both true and false",
                      cell_rules_two_faced(out));
    refuse_format(r, node_find(node, "date_format"), csv->date_format);
    refuse_format(r, node_find(node, "time_format"), csv->time_format);
    refuse_format(r, node_find(node, "timestamp_format"), csv->timestamp_format);
    read_formats(r, csv->formats);
}

static void read_csv(struct suite_reader *r, const struct node *node)
{
    struct csv_options *out = &r->suite->csv;
    struct csv csv = {0};

    csv_options_init(out);
    if (!node)
        return;
    if (!fields_parse(r->arena, suite_csv_fields, node, &csv, NULL, NULL, r->problems)) {
        r->no_memory = true;
        return;
    }
    out->delimiter = read_character(r, node, "delimiter", csv.delimiter);
    out->quote = read_optional_character(r, node, "quote", csv.quote);
    out->escape = read_optional_character(r, node, "escape", csv.escape);
    if (out->delimiter && out->delimiter == out->quote)
        reader_refuse(r, node_find(node, "quote"), "delimiter and quote are the same character");
    out->header = node_find(node, "header") ? csv.header : -1;
    out->null_words = csv.nulls;
    out->encoding = csv.encoding;
    out->comment = csv.comment && strcmp(csv.comment, "none") == 0 ? "" : csv.comment;
    out->skip_lines = csv.skip_lines;
    read_cell_rules(r, node, &csv);
}

static void read_malformed(struct suite_reader *r, const struct node *node)
{
    struct malformed malformed = {0};

    if (!node)
        return;
    if (!fields_parse(r->arena, malformed_fields, node, &malformed, NULL, NULL, r->problems))
        r->no_memory = true;
    r->suite->malformed = malformed.max;
    r->suite->judges_damage = true;
}

/* --- columns --- */

static struct declared_column *find_declared(struct suite *suite, const char *name)
{
    for (int32_t i = 0; i < suite->n_columns; i++)
        if (strcmp(suite->columns[i].name, name) == 0)
            return &suite->columns[i];
    return NULL;
}

/* The column's row, made when it is not there yet. `place` is a member whose key is the name. */
static struct declared_column *declare(struct suite_reader *r, const struct node *place)
{
    struct declared_column *c = find_declared(r->suite, (const char *)place->key.at);

    if (c)
        return c;
    c = &r->suite->columns[r->suite->n_columns++];
    *c = (struct declared_column){.name = (const char *)place->key.at, .line = place->key_line, .column_at = place->key_column};
    return c;
}

static bool alloc_columns(struct suite_reader *r, const struct node *root, const struct top *top)
{
    int64_t n = (int64_t)(top->types ? top->types->n_children : 0) + (top->columns ? top->columns->n_children : 0);

    if (n > SUITE_COLUMNS_MAX) {
        reader_refuse_key(r, node_find(root, top->columns ? "columns" : "types"), "a suite names at most %d columns", SUITE_COLUMNS_MAX);
        return false;
    }
    r->suite->columns = arena_array(r->arena, (size_t)n + 1, sizeof *r->suite->columns);
    return r->suite->columns || reader_no_memory(r);
}

/* `type` at the place of its value; the check is one of of_type. */
static void read_type(struct suite_reader *r, struct declared_column *column, const char *text, const struct node *place)
{
    const char *near;

    if (column->has_type) {
        reader_refuse(r, place, "the type of `%.80s` is given twice", column->name);
    } else if (type_parse(text, &column->type)) {
        column->has_type = true;
    } else {
        near = nearest_name(text, type_names);
        reader_refuse(r, place, "`%.80s` is no type%s%s%s", text, near ? "; did you mean `" : "", near ? near : "", near ? "`?" : "");
    }
}

static void read_types(struct suite_reader *r, const struct node *types)
{
    if (!types)
        return;
    if (types->kind != NODE_MAP) {
        reader_refuse(r, types, "types is a map of columns to their types");
        return;
    }
    for (const struct node *c = types->first; c; c = c->next)
        if (c->kind == NODE_TEXT)
            read_type(r, declare(r, c), (const char *)c->text.at, c);
        else
            reader_refuse(r, c, "a type is a word such as int64 or decimal(10,2)");
}

static void derive(struct suite_reader *r, const char *name, const struct node *params, const struct node *place,
                   const char *column, bool column_is_nullable)
{
    struct entry entry = {.name = name, .params = params, .place = place, .column = column,
                          .column_is_nullable = column_is_nullable, .is_derived = true};

    reader_entry(r, &entry);
}

/* Every declared type counts as an of_type. */
static void derive_type(struct suite_reader *r, const struct declared_column *column, const struct node *text)
{
    struct node *params = node_map(r->arena);
    struct node *type = node_text(r->arena, text->text);

    node_set(r->arena, params, "type", type);
    if (!params || !type) {
        r->no_memory = true;
        return;
    }
    derive(r, "of_type", params, text, column->name, column->has_nullable && column->is_nullable);
}

static bool accepts_expectation(const void *context, const char *key)
{
    (void)context;
    return expectation_find(key) != NULL;
}

static void read_list(struct suite_reader *r, const struct node *list, const char *column, bool is_nullable)
{
    if (list->kind == NODE_LIST)
        for (const struct node *c = list->first; c && !r->no_memory; c = c->next)
            reader_item(r, c, column, is_nullable);
    else if (list->kind == NODE_TEXT)
        reader_item(r, list, column, is_nullable);
    else if (list->kind != NODE_NULL)
        reader_refuse(r, list, "expectations are a list, such as [not_null, unique]");
}

static void read_column_map(struct suite_reader *r, const struct node *node, struct declared_column *column)
{
    struct column_map map = {0};
    const struct node *type = node_find(node, "type"), *nullable = node_find(node, "nullable");

    if (!fields_parse(r->arena, suite_column_fields, node, &map, accepts_expectation, NULL, r->problems)) {
        r->no_memory = true;
        return;
    }
    for (const struct node *c = node->first; c; c = c->next)
        if (!field_find(suite_column_fields, (const char *)c->key.at) && expectation_find((const char *)c->key.at))
            reader_refuse_key(r, c, "`%s` belongs into a list under `expect:`", (const char *)c->key.at);
    column->is_pii = map.pii;
    column->description = map.description;
    column->tags = map.tags;
    column->has_nullable = nullable && nullable->kind == NODE_BOOL;
    column->is_nullable = map.nullable;
    if (map.type)
        read_type(r, column, map.type, type);
    if (map.type && column->has_type)
        derive_type(r, column, type);
    if (column->has_nullable && !map.nullable)
        derive(r, "not_null", NULL, nullable, column->name, false);
    if (map.expect)
        read_list(r, map.expect, column->name, column->has_nullable && map.nullable);
}

static void read_columns(struct suite_reader *r, const struct node *columns, const struct node *types)
{
    if (columns && columns->kind != NODE_MAP && columns->kind != NODE_NULL) {
        reader_refuse(r, columns, "columns is a map of columns to their expectations");
        columns = NULL;
    }
    for (const struct node *c = types && types->kind == NODE_MAP ? types->first : NULL; c && !r->no_memory; c = c->next) {
        const struct declared_column *column = find_declared(r->suite, (const char *)c->key.at);
        const struct node *map = node_find(columns, (const char *)c->key.at), *nullable = node_find(map, "nullable");

        if (column && column->has_type && c->kind == NODE_TEXT) {
            struct declared_column known = *column;

            known.has_nullable = known.is_nullable = nullable && nullable->kind == NODE_BOOL && nullable->boolean;
            derive_type(r, &known, c);
        }
    }
    for (const struct node *c = columns ? columns->first : NULL; c && !r->no_memory; c = c->next) {
        struct declared_column *column = declare(r, c);

        if (c->kind == NODE_MAP)
            read_column_map(r, c, column);
        else
            read_list(r, c, column->name, false);
    }
}

/* --- primary key and table --- */

static void read_primary_key(struct suite_reader *r, const struct node *node)
{
    const struct text_list *key = &r->suite->primary_key;
    struct node *params = node_map(r->arena);

    if (!node || key->n == 0)
        return;
    if (key->n > SAMPLE_KEYS_MAX) {
        reader_refuse(r, node, "a primary key has at most %d columns", SAMPLE_KEYS_MAX);
        return;
    }
    for (int32_t i = 0; i < key->n; i++)
        derive(r, "not_null", NULL, node, key->at[i], false);
    if (!params) {
        r->no_memory = true;
        return;
    }
    reader_put(r, params, node);
    if (params->first)
        params->first->key = span_text("columns");
    derive(r, "unique_together", params, node, NULL, false);
}

/* max_share counts as an expectation of its own. */
static void read_drift(struct suite_reader *r, const struct node *node)
{
    const struct node *share = node_find(node, "max_share");
    struct drift drift = {0};
    int32_t before = r->problems->n;
    struct node *params;

    if (!node)
        return;
    if (!fields_parse(r->arena, suite_drift_fields, node, &drift, NULL, NULL, r->problems)) {
        r->no_memory = true;
        return;
    }
    r->suite->drift_correction = (enum drift_correction)drift.correction;
    if (!share || share->kind == NODE_NULL || r->problems->n > before)
        return;
    params = node_map(r->arena);
    if (!params) {
        r->no_memory = true;
        return;
    }
    reader_put(r, params, share);
    if (params->first)
        params->first->key = span_text("max");
    derive(r, "drift_share", params, share, NULL, false);
}

static void read_table(struct suite_reader *r, const struct node *table)
{
    if (table)
        read_list(r, table, NULL, false);
}

static void read_own(struct suite_reader *r, const struct node *root)
{
    struct top top = {0};

    if (!fields_parse(r->arena, suite_top_fields, root, &top, accepts_later, later_keys, r->problems)) {
        r->no_memory = true;
        return;
    }
    refuse_later(r, root);
    fill_top(r, root, &top);
    read_defaults(r, top.defaults);
    read_csv(r, top.csv);
    read_malformed(r, top.malformed);
    if (r->no_memory || !alloc_columns(r, root, &top))
        return;
    read_table(r, top.table);
    read_primary_key(r, node_find(root, "primary_key"));
    read_drift(r, top.drift);
    read_types(r, top.types);
    read_columns(r, top.columns, top.types);
}

/* --- the whole --- */

static int compare_problems(const void *a, const void *b)
{
    const struct error *x = a, *y = b;

    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->line_column != y->line_column)
        return x->line_column < y->line_column ? -1 : 1;
    return 0;
}

/* In the order of the file, each with its file; the first is the error. */
static enum status report(struct suite_reader *r, struct error *err)
{
    struct problems *p = r->problems;

    if (r->no_memory || (p->n == 0 && p->lost_some))
        return error_no_memory(err);
    if (p->n == 0)
        return STATUS_OK;
    qsort(p->at, (size_t)p->n, sizeof *p->at, compare_problems);
    for (int32_t i = 0; i < p->n; i++)
        error_source(&p->at[i], r->suite->path);
    *err = p->at[0];
    return err->status;
}

static void check_that_something_is_active(struct suite_reader *r)
{
    bool is_active = false;

    for (int32_t i = 0; i < r->suite->n_checks; i++) {
        const struct check *check = &r->suite->checks[i];

        is_active |= check->is_active;
        r->suite->judges_damage |= check->is_active && check->kind == expectation_find("well_formed");
    }
    if (!is_active && r->problems->n == 0 && !r->no_memory)
        reader_refuse(r, NULL, "the suite has no active expectation: it would pass whatever the data");
}

static enum status read_tree(struct suite_reader *r, struct node *root, const struct suite_variables *variables,
                             struct error *err)
{
    if (root->kind != NODE_MAP) {
        reader_refuse(r, root, "a suite is a map, with `table:` or `columns:` in it");
        return report(r, err);
    }
    if (gx_is_suite(root)) {
        gx_read(r, root, variables);
    } else {
        variables_substitute(r, root, variables);
        if (!r->no_memory && r->problems->n == 0)
            read_own(r, root);
    }
    if (!r->no_memory)
        reader_finish_checks(r);
    check_that_something_is_active(r);
    if (!r->no_memory)
        suite_fingerprint(r, root);
    return report(r, err);
}

enum status suite_parse(struct arena *arena, const char *path, struct span text, const struct suite_variables *variables,
                        struct suite **out, struct problems *problems, struct error *err)
{
    struct suite *suite = arena_alloc(arena, sizeof *suite);
    struct suite_reader r = {.arena = arena, .problems = problems, .suite = suite, .defaults = {-1, -1, -1, -1}};
    struct node *root;

    *out = NULL;
    if (!suite)
        return error_no_memory(err);
    *suite = (struct suite){.path = path, .dialect = &dialect_assay, .timezone = "UTC"};
    csv_options_init(&suite->csv);
    if (document_parse(arena, text, NULL, &root, err) != STATUS_OK) {
        error_source(err, path);
        if (err->status != STATUS_NO_MEMORY)
            problems_take(problems, err);
        return err->status;
    }
    TRY(read_tree(&r, root, variables, err));
    *out = suite;
    return STATUS_OK;
}

enum status suite_read(struct arena *arena, const char *path, const struct suite_variables *variables, struct suite **out,
                       struct problems *problems, struct error *err)
{
    struct span bytes;

    error_source(err, path);
    *out = NULL;
    if (input_read_file(arena, path, DOCUMENT_MAX_BYTES, &bytes, err) != STATUS_OK) {
        /* a suite that is not there is a mistake of the command line, not missing data */
        if (err->status == STATUS_NOT_FOUND || err->status == STATUS_FORBIDDEN || err->status == STATUS_READ ||
            err->status == STATUS_TOO_LARGE)
            err->status = STATUS_BAD_SUITE;
        return err->status;
    }
    return suite_parse(arena, path, bytes, variables, out, problems, err);
}
