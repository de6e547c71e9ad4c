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

static void write_types(struct json_writer *w, const char *const *types)
{
    json_key(w, "type");
    json_array(w);
    for (; *types; types++)
        json_text(w, *types);
    json_array_end(w);
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
    json_key(w, "enum");
    json_array(w);
    for (int i = 0; f->names[i]; i++)
        json_text(w, f->names[i]);
    json_array_end(w);
}

static void write_type(struct json_writer *w, const struct field *f)
{
    static const char *const scalar[] = {"number", "string", "boolean", NULL};
    static const char *const element[] = {"number", "string", "boolean", "null", NULL};
    static const char *const texts[] = {"string", "array", NULL};
    static const char *const values[] = {"array", "number", "string", "boolean", NULL};
    static const char *const share[] = {"number", "string", NULL};

    switch (f->type) {
    case FIELD_BOOL:
        json_member_text(w, "type", "boolean");
        break;
    case FIELD_INT:
    case FIELD_NUMBER:
        json_member_text(w, "type", f->type == FIELD_INT ? "integer" : "number");
        write_bound(w, f);
        break;
    case FIELD_TEXT:
    case FIELD_DURATION:
        json_member_text(w, "type", "string");
        break;
    case FIELD_ENUM:
        write_enum(w, f);
        break;
    case FIELD_LITERAL:
        write_types(w, scalar);
        break;
    case FIELD_TEXT_LIST:
    case FIELD_LITERAL_LIST:
        write_types(w, f->type == FIELD_TEXT_LIST ? texts : values);
        json_key(w, "items");
        json_object(w);
        if (f->type == FIELD_TEXT_LIST)
            json_member_text(w, "type", "string");
        else
            write_types(w, element);
        json_object_end(w);
        break;
    case FIELD_MOSTLY:
    case FIELD_MAX_COUNT:
        write_types(w, share);
        json_member_int(w, "minimum", 0);
        if (f->type == FIELD_MOSTLY)
            json_member_int(w, "maximum", 1);
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

void fields_schema(struct json_writer *w, const struct field *fields)
{
    json_object(w);
    for (const struct field *f = fields; f->name; f++) {
        if (f->type > FIELD_NODE)
            continue;
        json_key(w, f->name);
        json_object(w);
        write_type(w, f);
        if (f->doc)
            json_member_text(w, "description", f->doc);
        if (f->default_text)
            write_default(w, f);
        json_object_end(w);
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
