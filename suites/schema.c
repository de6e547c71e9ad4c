/* suites/schema.c -- the JSON Schema (draft 2020-12) of the suite format, from the tables that the reader reads by.
 *
 * One definition an expectation: its parameters as an object, and as a bare scalar or list where it has a main parameter. An
 * entry of a list is a bare name or an object with one name. Names of Great Expectations are left to the reader.
 */
#include "suites/reader.h"

static void begin_object(struct json_writer *w)
{
    json_object(w);
    json_member_text(w, "type", "object");
}

static const struct field *main_field(const struct expectation *kind)
{
    for (const struct field *f = kind->fields; f->name; f++)
        if (f->flags & FIELD_MAIN)
            return f;
    return NULL;
}

/* The parameters as an object. fields_schema writes one object a table, so a kind's own rows and the common ones are joined. */
static void write_parameters(struct json_writer *w, const struct expectation *kind)
{
    enum { ROWS_MAX = 32 };
    struct field rows[ROWS_MAX];
    int32_t n = 0;

    for (const struct field *f = kind->fields; f->name && n < ROWS_MAX - 1; f++)
        rows[n++] = *f;
    for (const struct field *f = suite_common_fields(kind->level); f->name && n < ROWS_MAX - 1; f++)
        rows[n++] = *f;
    rows[n] = (struct field){0};
    begin_object(w);
    json_key(w, "properties");
    fields_schema(w, rows);
    if (kind->extra_schema)
        kind->extra_schema(w);
    json_key(w, "required");
    json_array(w);
    for (const struct field *f = kind->fields; f->name; f++)
        if (f->flags & FIELD_REQUIRED)
            json_text(w, f->name);
    json_array_end(w);
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
    static const char *const scalars[] = {"string", "number", "boolean"};
    bool is_list = main->type == FIELD_TEXT_LIST || main->type == FIELD_LITERAL_LIST;

    json_object(w);
    json_key(w, "type");
    json_array(w);
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++)
        json_text(w, scalars[i]);
    if (is_list)
        json_text(w, "array");
    json_array_end(w);
    json_object_end(w);
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
    json_object(w);
    json_member_text(w, "type", "null");
    json_object_end(w);
    json_array_end(w);
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

static bool stands_there(const struct expectation *kind, bool under_columns)
{
    return kind->takes_either || kind->takes_column == under_columns;
}

/* A bare name or {name: parameters}. */
static void write_entry(struct json_writer *w, const char *name, bool under_columns)
{
    json_key(w, name);
    json_object(w);
    json_key(w, "anyOf");
    json_array(w);
    json_object(w);
    json_key(w, "enum");
    json_array(w);
    for (int32_t i = 0; expectations[i]; i++)
        if (stands_there(expectations[i], under_columns) && stands_alone(expectations[i]))
            json_text(w, expectations[i]->name);
    if (under_columns)
        json_null(w);
    json_array_end(w);
    json_object_end(w);
    begin_object(w);
    json_member_int(w, "minProperties", 1);
    json_member_int(w, "maxProperties", 1);
    json_key(w, "properties");
    json_object(w);
    for (int32_t i = 0; expectations[i]; i++)
        if (stands_there(expectations[i], under_columns)) {
            json_key(w, expectations[i]->name);
            write_reference(w, expectations[i]->name);
        }
    json_object_end(w);
    json_key(w, "patternProperties"); /* names of Great Expectations */
    json_object(w);
    json_key(w, "^expect_");
    json_bool(w, true);
    json_object_end(w);
    json_member_bool(w, "additionalProperties", false);
    json_object_end(w);
    json_array_end(w);
    json_object_end(w);
}

static void write_entries(struct json_writer *w, const char *name, const char *of)
{
    json_key(w, name);
    json_object(w);
    json_member_text(w, "type", "array");
    json_key(w, "items");
    write_reference(w, of);
    json_object_end(w);
}

/* The rows of a table, and nothing else. */
static void write_closed(struct json_writer *w, const char *name, const struct field *fields)
{
    json_key(w, name);
    begin_object(w);
    json_key(w, "properties");
    fields_schema(w, fields);
    json_member_bool(w, "additionalProperties", false);
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
    json_object(w);
    json_member_text(w, "type", "null");
    json_object_end(w);
    json_array_end(w);
    json_object_end(w);
}

static void write_definitions(struct json_writer *w)
{
    json_key(w, "$defs");
    json_object(w);
    for (int32_t i = 0; expectations[i]; i++)
        write_kind(w, expectations[i]);
    write_entry(w, "table_entry", false);
    write_entry(w, "column_entry", true);
    write_entries(w, "table_list", "table_entry");
    write_entries(w, "column_list", "column_entry");
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
    begin_object(w);
    json_key(w, "additionalProperties");
    write_reference(w, "column");
    json_object_end(w);
    json_key(w, "types");
    begin_object(w);
    json_key(w, "additionalProperties");
    json_object(w);
    json_member_text(w, "type", "string");
    json_object_end(w);
    json_object_end(w);
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
