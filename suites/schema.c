/* suites/schema.c -- the JSON Schema (draft 2020-12) of the suite format, from the tables that the reader reads by.
 *
 * One definition an expectation: its parameters as an object, and as a bare scalar or list where it has a main parameter. An
 * entry of a list is a bare name or an object with one name. Each name of Great Expectations refers to the definition of ours.
 */
#include "suites/reader.h"

#include <stdio.h>

static void begin_object(struct json_writer *w)
{
    json_object(w);
    json_member_text(w, "type", "object");
}

static void write_map_type(struct json_writer *w)
{
    json_key(w, "type");
    json_array(w);
    json_text(w, "object");
    json_text(w, "null");
    json_array_end(w);
}

/* A key without a value. */
static void write_nothing(struct json_writer *w)
{
    json_object(w);
    json_member_text(w, "type", "null");
    json_object_end(w);
}

static const struct field *main_field(const struct expectation *kind)
{
    for (const struct field *f = kind->fields; f->name; f++)
        if (f->flags & FIELD_MAIN)
            return f;
    return NULL;
}

/* {"anyOf": [{"required": [name]}, ...]}: one of these keys, each by any of its names. */
static void write_one_of(struct json_writer *w, const struct field *const *fields, int32_t n)
{
    json_object(w);
    json_key(w, "anyOf");
    json_array(w);
    for (int32_t i = 0; i < n; i++) {
        const char *names = fields[i]->gx, *name = fields[i]->name;
        char other[80];

        for (; name; name = names_next(&names, other)) {
            json_object(w);
            json_key(w, "required");
            json_array(w);
            json_text(w, name);
            json_array_end(w);
            json_object_end(w);
        }
    }
    json_array_end(w);
    json_object_end(w);
}

static bool is_bound(const struct field *f)
{
    return strcmp(f->name, "min") == 0 || strcmp(f->name, "max") == 0 || strcmp(f->name, "equals") == 0;
}

enum { ROWS_MAX = 48 };

static int32_t join_rows(struct field rows[ROWS_MAX], const struct field *own, const struct field *common)
{
    int32_t n = 0;

    for (; own->name && n < ROWS_MAX - 1; own++)
        rows[n++] = *own;
    for (; common->name && n < ROWS_MAX - 1; common++)
        rows[n++] = *common;
    rows[n] = (struct field){0};
    return n;
}

/* The map under `warn`: some of the parameters, none of them required. */
static void write_warn(struct json_writer *w, const struct field *rows)
{
    struct field some[ROWS_MAX];
    int32_t n = 0;

    for (; rows->name; rows++)
        if (!suite_is_not_for_warn(span_text(rows->name))) {
            some[n] = *rows;
            some[n++].flags &= ~FIELD_REQUIRED;
        }
    some[n] = (struct field){0};
    begin_object(w);
    json_key(w, "properties");
    json_object(w);
    json_key(w, "warn");
    json_object(w);
    write_map_type(w);
    json_member_int(w, "minProperties", 1);
    json_key(w, "properties");
    fields_schema_all_names(w, some);
    json_member_bool(w, "additionalProperties", false);
    json_object_end(w);
    json_object_end(w);
    json_object_end(w);
}

/* What is required, and a bound where there are bounds. */
static void write_required(struct json_writer *w, const struct expectation *kind, const struct field *rows)
{
    const struct field *bounds[3];
    int32_t n = 0;

    json_key(w, "allOf");
    json_array(w);
    begin_object(w); /* the list is not to be empty */
    json_object_end(w);
    for (const struct field *f = kind->fields; f->name; f++) {
        if (f->flags & FIELD_REQUIRED)
            write_one_of(w, &f, 1);
        if (is_bound(f) && n < 3)
            bounds[n++] = f;
    }
    if (n > 0)
        write_one_of(w, bounds, n);
    if (!kind->extra_schema) /* where keys are open, so are those of a warning */
        write_warn(w, rows);
    json_array_end(w);
}

/* The parameters as an object. fields_schema writes one object a table, so a kind's own rows and the common ones are joined. */
static void write_parameters(struct json_writer *w, const struct expectation *kind)
{
    struct field rows[ROWS_MAX];

    (void)join_rows(rows, kind->fields, suite_common_fields(kind->level));
    json_object(w);
    json_key(w, "properties");
    fields_schema_all_names(w, rows);
    if (kind->extra_schema)
        kind->extra_schema(w);
    write_required(w, kind, rows);
    json_member_bool(w, "additionalProperties", false);
    json_object_end(w);
}

static void write_reference(struct json_writer *w, const char *name)
{
    char path[128] = "#/$defs/";

    strncat(path, name, sizeof path - 9);
    json_object(w);
    json_member_text(w, "$ref", path);
    json_object_end(w);
}

static void write_main(struct json_writer *w, const struct field *main)
{
    struct field given = *main;

    given.flags |= FIELD_REQUIRED;
    json_object(w);
    field_schema_type(w, &given);
    json_object_end(w);
}

/* Names that may be bare words: nothing is required, and there are no bounds of which one is. */
static bool stands_alone(const struct expectation *kind)
{
    for (const struct field *f = kind->fields; f->name; f++)
        if ((f->flags & FIELD_REQUIRED) || strcmp(f->name, "min") == 0)
            return false;
    return !kind->accepts_key;
}

static void write_kind(struct json_writer *w, const struct expectation *kind)
{
    const struct field *main = main_field(kind);

    json_key(w, kind->name);
    json_object(w);
    json_member_text(w, "description", kind->doc);
    json_key(w, "anyOf");
    json_array(w);
    write_parameters(w, kind);
    if (main)
        write_main(w, main);
    if (stands_alone(kind))
        write_nothing(w);
    json_array_end(w);
    json_object_end(w);
}

static bool stands_there(const struct expectation *kind, bool under_columns)
{
    return kind->takes_either || kind->takes_column == under_columns;
}

typedef void name_writer(struct json_writer *w, const char *name, const struct expectation *kind);

/* Each expectation's own name and those of Great Expectations, with and without expect_. */
static void write_names(struct json_writer *w, bool under_columns, bool (*is_meant)(const struct expectation *kind), name_writer *write)
{
    for (int32_t i = 0; expectations[i]; i++) {
        const char *names = expectations[i]->gx;
        char plain[80], name[96];

        if (!stands_there(expectations[i], under_columns) || !is_meant(expectations[i]))
            continue;
        write(w, expectations[i]->name, expectations[i]);
        while (names_next(&names, plain)) {
            snprintf(name, sizeof name, "expect_%s", plain);
            write(w, name, expectations[i]);
            if (strcmp(plain, expectations[i]->name) != 0)
                write(w, plain, expectations[i]);
        }
    }
}

static bool is_any(const struct expectation *kind)
{
    return kind != NULL;
}

static void write_word(struct json_writer *w, const char *name, const struct expectation *kind)
{
    (void)kind;
    json_text(w, name);
}

static void write_named(struct json_writer *w, const char *name, const struct expectation *kind)
{
    json_key(w, name);
    write_reference(w, kind->name);
}

/* A bare name. */
static void write_bare(struct json_writer *w, const char *name, bool under_columns)
{
    json_key(w, name);
    json_object(w);
    json_key(w, "enum");
    json_array(w);
    write_names(w, under_columns, stands_alone, write_word);
    if (under_columns)
        json_null(w); /* `null` is an expectation too */
    json_array_end(w);
    json_object_end(w);
}

/* A bare name or {name: parameters}. */
static void write_entry(struct json_writer *w, const char *name, const char *bare, bool under_columns)
{
    json_key(w, name);
    json_object(w);
    json_key(w, "anyOf");
    json_array(w);
    write_reference(w, bare);
    begin_object(w);
    json_member_int(w, "minProperties", 1);
    json_member_int(w, "maxProperties", 1);
    json_key(w, "properties");
    json_object(w);
    write_names(w, under_columns, is_any, write_named);
    json_object_end(w);
    json_member_bool(w, "additionalProperties", false);
    json_object_end(w);
    json_array_end(w);
    json_object_end(w);
}

/* A list of them, one bare name, or nothing. */
static void write_entries(struct json_writer *w, const char *name, const char *of, const char *bare)
{
    json_key(w, name);
    json_object(w);
    json_key(w, "anyOf");
    json_array(w);
    json_object(w);
    json_member_text(w, "type", "array");
    json_key(w, "items");
    write_reference(w, of);
    json_object_end(w);
    write_reference(w, bare);
    write_nothing(w);
    json_array_end(w);
    json_object_end(w);
}

/* The rows of a table, and nothing else. */
static void write_closed(struct json_writer *w, const char *name, const struct field *fields)
{
    json_key(w, name);
    json_object(w);
    write_map_type(w);
    json_key(w, "properties");
    fields_schema(w, fields);
    json_member_bool(w, "additionalProperties", false);
    json_object_end(w);
}

/* A name, a pattern of what it may be. */
static void write_text_like(struct json_writer *w, const char *name, const char *pattern)
{
    json_key(w, name);
    json_object(w);
    json_member_text(w, "pattern", pattern);
    json_object_end(w);
}

/* How many damaged records are accepted: a share or a count, or a map that says `max`. */
static void write_malformed(struct json_writer *w)
{
    static const struct field rows[] = {{.name = "max", .type = FIELD_MAX_COUNT, .flags = FIELD_REQUIRED}, {0}};

    json_key(w, "malformed");
    json_object(w);
    json_key(w, "anyOf");
    json_array(w);
    json_object(w);
    field_schema_type(w, rows);
    json_object_end(w);
    begin_object(w);
    json_key(w, "properties");
    fields_schema(w, rows);
    json_key(w, "required");
    json_array(w);
    json_text(w, "max");
    json_array_end(w);
    json_member_bool(w, "additionalProperties", false);
    json_object_end(w);
    write_nothing(w);
    json_array_end(w);
    json_object_end(w);
}

static void write_column(struct json_writer *w)
{
    json_key(w, "column");
    json_object(w);
    json_key(w, "anyOf");
    json_array(w);
    write_reference(w, "column_list");
    json_object(w);
    json_key(w, "allOf");
    json_array(w);
    write_reference(w, "column_map");
    begin_object(w);
    json_key(w, "properties");
    json_object(w);
    json_key(w, "expect");
    write_reference(w, "column_list");
    json_object_end(w);
    json_object_end(w);
    json_array_end(w);
    json_object_end(w);
    write_nothing(w);
    json_array_end(w);
    json_object_end(w);
}

static void write_definitions(struct json_writer *w)
{
    json_key(w, "$defs");
    json_object(w);
    for (int32_t i = 0; expectations[i]; i++)
        write_kind(w, expectations[i]);
    write_bare(w, "table_word", false);
    write_bare(w, "column_word", true);
    write_entry(w, "table_entry", "table_word", false);
    write_entry(w, "column_entry", "column_word", true);
    write_entries(w, "table_list", "table_entry", "table_word");
    write_entries(w, "column_list", "column_entry", "column_word");
    write_closed(w, "column_map", suite_column_fields);
    write_column(w);
    write_closed(w, "csv_options", suite_csv_fields);
    write_closed(w, "default_rules", suite_defaults_fields);
    write_closed(w, "drift_rules", suite_drift_fields);
    json_object_end(w);
}

/* The sections, which the top table only knows as subtrees. */
static void write_sections(struct json_writer *w)
{
    begin_object(w);
    json_key(w, "properties");
    json_object(w);
    json_key(w, "table");
    write_reference(w, "table_list");
    json_key(w, "columns");
    json_object(w);
    write_map_type(w);
    json_key(w, "additionalProperties");
    write_reference(w, "column");
    json_object_end(w);
    json_key(w, "types");
    json_object(w);
    write_map_type(w);
    json_key(w, "additionalProperties");
    json_object(w);
    json_member_text(w, "type", "string");
    json_object_end(w);
    json_object_end(w);
    write_malformed(w);
    write_text_like(w, "suite", "^[A-Za-z0-9_.-]{1,128}$|\\{\\{|\\$\\{");
    write_text_like(w, "dialect", "^(assay|gx)$|\\{\\{|\\$\\{");
    json_key(w, "csv");
    write_reference(w, "csv_options");
    json_key(w, "defaults");
    write_reference(w, "default_rules");
    json_key(w, "drift");
    write_reference(w, "drift_rules");
    json_object_end(w);
    json_object_end(w);
}

bool suite_schema(struct buffer *out)
{
    struct json_writer w;

    json_init(&w, out, 2);
    json_object(&w);
    json_member_text(&w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    json_member_text(&w, "title", "assay suite");
    json_member_text(&w, "type", "object");
    json_key(&w, "properties");
    fields_schema(&w, suite_top_fields);
    json_member_bool(&w, "additionalProperties", false);
    json_key(&w, "allOf");
    json_array(&w);
    write_sections(&w);
    json_array_end(&w);
    write_definitions(&w);
    json_object_end(&w);
    return !w.failed;
}
