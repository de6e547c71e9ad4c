/* core/field_text.c -- fields for people and machines to read: report, JSON Schema, help. */
#include <stdio.h>

#include "core/field.h"
#include "core/field_parts.h"
#include "core/number.h"

static struct node *literal_node(struct arena *arena, const struct literal *l)
{
    switch (l->kind) {
    case NODE_BOOL:
        return node_bool(arena, span_is(l->text, "true") || span_is(l->text, "True") || span_is(l->text, "TRUE"));
    case NODE_NUMBER: {
        char *text = arena_text(arena, l->text.at, l->text.size);

        return text ? node_number(arena, text) : NULL;
    }
    case NODE_TEXT:
        return node_text(arena, l->text);
    default:
        return node_null(arena);
    }
}

static struct node *number_node(struct arena *arena, double x)
{
    char text[NUMBER_TEXT_SIZE];

    number_print_double(x, text);
    return node_number(arena, text);
}

static struct node *int_node(struct arena *arena, int64_t x)
{
    char text[NUMBER_TEXT_SIZE];

    number_print_i64(x, text);
    return node_number(arena, text);
}

static struct node *text_list_node(struct arena *arena, const struct text_list *list)
{
    struct node *out = node_list(arena);

    for (int32_t i = 0; i < list->n && out; i++) {
        struct node *element = node_text(arena, span_text(list->at[i]));

        node_add(out, element);
        if (!element)
            return NULL;
    }
    return out;
}

static struct node *literal_list_node(struct arena *arena, const struct literal_list *list)
{
    struct node *out = node_list(arena);

    for (int32_t i = 0; i < list->n && out; i++) {
        struct node *element = literal_node(arena, &list->at[i]);

        node_add(out, element);
        if (!element)
            return NULL;
    }
    return out;
}

/* Is there something to show? A number or an enum of 0 that has no default was most likely not given. */
static bool is_shown(const struct field *f, const void *at)
{
    switch (f->type) {
    case FIELD_BOOL:
        return f->default_text || *(const bool *)at;
    case FIELD_INT:
        return f->default_text || *(const int64_t *)at != 0;
    case FIELD_NUMBER:
        return f->default_text || *(const double *)at != 0;
    case FIELD_ENUM:
        return *(const int *)at > 0 || (f->default_text && *(const int *)at == 0);
    case FIELD_TEXT:
        return *(const char *const *)at != NULL;
    case FIELD_TEXT_LIST:
        return ((const struct text_list *)at)->is_set;
    case FIELD_LITERAL:
    case FIELD_DURATION:
        return ((const struct literal *)at)->is_set;
    case FIELD_LITERAL_LIST:
        return ((const struct literal_list *)at)->is_set;
    case FIELD_MOSTLY:
    case FIELD_MAX_COUNT:
        return ((const struct tolerance *)at)->kind != TOLERANCE_NONE;
    case FIELD_NODE:
        return *(struct node *const *)at != NULL;
    default:
        return false;
    }
}

static struct node *field_node(struct arena *arena, const struct field *f, const void *at)
{
    switch (f->type) {
    case FIELD_BOOL:
        return node_bool(arena, *(const bool *)at);
    case FIELD_INT:
        return int_node(arena, *(const int64_t *)at);
    case FIELD_NUMBER:
        return number_node(arena, *(const double *)at);
    case FIELD_ENUM:
        return node_text(arena, span_text(f->names[*(const int *)at]));
    case FIELD_TEXT:
        return node_text(arena, span_text(*(const char *const *)at));
    case FIELD_TEXT_LIST:
        return text_list_node(arena, at);
    case FIELD_LITERAL:
    case FIELD_DURATION:
        return literal_node(arena, at);
    case FIELD_LITERAL_LIST:
        return literal_list_node(arena, at);
    case FIELD_MOSTLY:
    case FIELD_MAX_COUNT:
        return literal_node(arena, &((const struct tolerance *)at)->literal);
    case FIELD_NODE:
        return node_copy(arena, *(struct node *const *)at);
    default:
        return NULL;
    }
}

struct node *fields_to_node(struct arena *arena, const struct field *fields, const void *from)
{
    struct node *map = node_map(arena);
    int32_t n = 0;

    for (const struct field *f = fields; f->name && map; f++) {
        if (!is_shown(f, field_in(f, from)))
            continue;
        node_set(arena, map, f->name, field_node(arena, f, field_in(f, from)));
        if (map->n_children != ++n)
            return NULL;
    }
    return map;
}

/* A `{{ name }}` or `${NAME}` in any scalar stands for what is known only when the suite is read. */
#define VARIABLE "\\{\\{|\\$\\{"
static const char number_of[] = "\\s*(ns|us|ms|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?|nanoseconds?|microseconds?|milliseconds?)";

/* A key without a value is a key that is not there, unless it is required. */
static void write_types(struct json_writer *w, const struct field *f, const char *const *types)
{
    json_key(w, "type");
    json_array(w);
    for (; *types; types++)
        json_text(w, *types);
    if (!(f->flags & FIELD_REQUIRED))
        json_text(w, "null");
    json_array_end(w);
}

/* Of this type, or a text like that. */
static void write_scalar(struct json_writer *w, const struct field *f, const char *type, const char *pattern)
{
    const char *const types[] = {"string", type, NULL};

    write_types(w, f, types);
    json_member_text(w, "pattern", pattern);
}

static void write_duration(struct json_writer *w, const struct field *f)
{
    char pattern[512];

    snprintf(pattern, sizeof pattern, "^-?(\\s*[0-9]+(\\.[0-9]+)?%s)+$|^-?P(?=.)([0-9.]+W)?([0-9.]+D)?(T(?=.)([0-9.]+H)?([0-9.]+M)?([0-9.]+S)?)?$|%s",
             number_of, VARIABLE);
    write_scalar(w, f, NULL, pattern);
}

static void write_bound(struct json_writer *w, const struct field *f)
{
    if (f->min == 0 && f->max == 0)
        return;
    if (f->min >= -1e300)
        json_member_double(w, "minimum", f->min);
    if (f->max <= 1e300)
        json_member_double(w, "maximum", f->max);
}

static void write_enum(struct json_writer *w, const struct field *f)
{
    json_key(w, "anyOf");
    json_array(w);
    json_object(w);
    json_key(w, "enum");
    json_array(w);
    for (int i = 0; f->names[i]; i++)
        json_text(w, f->names[i]);
    if (!(f->flags & FIELD_REQUIRED))
        json_null(w);
    json_array_end(w);
    json_object_end(w);
    json_object(w);
    json_member_text(w, "type", "string");
    json_member_text(w, "pattern", VARIABLE);
    json_object_end(w);
    json_array_end(w);
}

static void write_list(struct json_writer *w, const struct field *f)
{
    static const char *const values[] = {"array", "string", "number", "boolean", NULL};
    static const char *const element[] = {"string", "number", "boolean", NULL};
    struct field item = {.flags = f->type == FIELD_TEXT_LIST ? FIELD_REQUIRED : 0};

    write_types(w, f, values);
    json_key(w, "items");
    json_object(w);
    write_types(w, &item, element);
    json_object_end(w);
    if (f->type == FIELD_LITERAL_LIST && (f->flags & FIELD_REQUIRED))
        json_member_int(w, "minItems", 1);
}

void field_schema_type(struct json_writer *w, const struct field *f)
{
    static const char *const scalar[] = {"string", "number", "boolean", NULL};
    static const char *const words[] = {"string", NULL};

    switch (f->type) {
    case FIELD_BOOL:
        write_scalar(w, f, "boolean", VARIABLE);
        break;
    case FIELD_INT:
    case FIELD_NUMBER:
        write_scalar(w, f, f->type == FIELD_INT ? "integer" : "number", VARIABLE);
        write_bound(w, f);
        break;
    case FIELD_DURATION:
        write_duration(w, f);
        break;
    case FIELD_ENUM:
        write_enum(w, f);
        break;
    case FIELD_TEXT: /* a name may be a number: `id: 17` */
    case FIELD_LITERAL:
        write_types(w, f, f->flags & FIELD_WORDS ? words : scalar);
        break;
    case FIELD_TEXT_LIST:
    case FIELD_LITERAL_LIST:
        write_list(w, f);
        break;
    case FIELD_MOSTLY:
        write_scalar(w, f, "number", "^(100(\\.0*)?|[0-9]{1,2}(\\.[0-9]*)?)\\s*%$|^(0?\\.[0-9]+|0|1)(\\.0*)?$|" VARIABLE);
        json_member_int(w, "minimum", 0);
        json_member_int(w, "maximum", 1);
        break;
    case FIELD_MAX_COUNT:
        write_scalar(w, f, "integer", "^[0-9]+(\\.[0-9]+)?\\s*(%|ppm)$|^[0-9]+$|" VARIABLE);
        json_member_int(w, "minimum", 0);
        break;
    default:
        break;
    }
}

static void write_default(struct json_writer *w, const struct field *f)
{
    struct node node = {.kind = field_default_kind(f), .text = span_text(f->default_text)};

    node.boolean = span_is(node.text, "true");
    json_key(w, "default");
    json_node(w, &node);
}

static void write_property(struct json_writer *w, const char *name, const struct field *f)
{
    json_key(w, name);
    json_object(w);
    field_schema_type(w, f);
    if (f->doc)
        json_member_text(w, "description", f->doc);
    if (f->default_text)
        write_default(w, f);
    json_object_end(w);
}

void fields_schema(struct json_writer *w, const struct field *fields)
{
    json_object(w);
    for (const struct field *f = fields; f->name; f++)
        if (f->type <= FIELD_NODE)
            write_property(w, f->name, f);
    json_object_end(w);
}

const char *names_next(const char **names, char out[80])
{
    size_t n = *names ? strcspn(*names, ",") : 0;

    if (n == 0)
        return NULL;
    snprintf(out, 80, "%.*s", (int)n, *names);
    *names += n + ((*names)[n] == ',');
    return out;
}

void fields_schema_all_names(struct json_writer *w, const struct field *fields)
{
    char name[80];

    json_object(w);
    for (const struct field *f = fields; f->name; f++) {
        const char *names = f->gx;

        if (f->type > FIELD_NODE)
            continue;
        write_property(w, f->name, f);
        while (names_next(&names, name))
            if (strcmp(name, f->name) != 0)
                write_property(w, name, f);
    }
    json_object_end(w);
}

static bool add_words(struct buffer *out, const struct field *f)
{
    for (int i = 0; f->type == FIELD_ENUM && f->names[i]; i++)
        if (!buffer_format(out, "%s%s", i ? ", " : ": ", f->names[i]))
            return false;
    if (f->default_text && !buffer_format(out, " (default: %s)", f->default_text))
        return false;
    return !(f->flags & FIELD_REQUIRED) || buffer_format(out, " (required)");
}

bool fields_help(const struct field *fields, struct buffer *out)
{
    int width = 0;

    for (const struct field *f = fields; f->name; f++)
        if (f->type <= FIELD_NODE && (int)strlen(f->name) > width)
            width = (int)strlen(f->name);
    for (const struct field *f = fields; f->name; f++) {
        if (f->type > FIELD_NODE)
            continue;
        if (!buffer_format(out, "  %-*s  %s", width, f->name, f->doc ? f->doc : "") || !add_words(out, f) ||
            !buffer_add(out, "\n", 1))
            return false;
    }
    return true;
}
