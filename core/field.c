/* core/field.c -- suite text into structs, by table, with every problem told at its place.
 *
 * One setter per type writes a member from a node or says what would have been right. Setters never stop the parse:
 * only lack of memory does. A null is the same as a key that is not there; only a literal keeps it, for its owner to judge.
 */
#include "core/field.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/clock.h"
#include "core/field_parts.h"
#include "core/number.h"
#include "core/utf8.h"

void problems_init(struct problems *problems, struct arena *arena)
{
    *problems = (struct problems){.arena = arena};
}

void problems_take(struct problems *problems, const struct error *err)
{
    if (problems->n == problems->capacity && problems->n < PROBLEMS_MAX) {
        int32_t capacity = problems->capacity ? problems->capacity * 2 : 4;
        struct error *grown;

        if (capacity > PROBLEMS_MAX)
            capacity = PROBLEMS_MAX;
        grown = arena_array(problems->arena, (size_t)capacity, sizeof *grown);
        if (grown) {
            if (problems->n)
                memcpy(grown, problems->at, (size_t)problems->n * sizeof *grown);
            problems->at = grown;
            problems->capacity = capacity;
        }
    }
    if (problems->n < problems->capacity)
        problems->at[problems->n++] = *err;
    else
        problems->lost_some = true;
}

void problems_add(struct problems *problems, int line, int column, const char *format, ...)
{
    struct error err = ERROR_NONE;
    char text[sizeof err.text];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    error_set(&err, STATUS_BAD_SUITE, "%s", text);
    if (line > 0) {
        err.line = line;
        err.line_column = column;
    }
    problems_take(problems, &err);
}

bool literal_from_node(const struct node *node, struct literal *out)
{
    *out = (struct literal){0};
    if (!node || node->kind == NODE_LIST || node->kind == NODE_MAP)
        return false;
    *out = (struct literal){node->kind, true, node->is_quoted, node->line, node->column, node->text};
    return true;
}

/* A comma list of names, "a,b": is `word` one? */
static bool is_listed(const char *list, const char *word)
{
    size_t n = strlen(word);

    while (list && *list) {
        size_t length = strcspn(list, ",");

        if (length == n && memcmp(list, word, n) == 0)
            return true;
        list += length + (list[length] == ',');
    }
    return false;
}

const struct field *field_find(const struct field *fields, const char *name)
{
    for (const struct field *f = fields; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    for (const struct field *f = fields; f->name; f++)
        if (is_listed(f->gx, name))
            return f;
    return NULL;
}

/* What a setter works on. `name` is the key as the suite wrote it. */
struct setting {
    struct arena *arena;
    const struct field *field;
    const char *name;
    const struct node *node;
    void *at;
    struct problems *problems;
};

enum outcome { SET, REFUSED, NO_MEMORY };

static const char *kind_name(const struct node *node)
{
    static const char *const names[] = {
        [NODE_NULL] = "null",  [NODE_BOOL] = "a bool",   [NODE_NUMBER] = "a number",
        [NODE_TEXT] = "a text", [NODE_LIST] = "a list", [NODE_MAP] = "a map",
    };

    return names[node->kind];
}

/* "`min` must be a number, not a list" or, of a scalar, "... not `abc`". */
static enum outcome refuse(const struct setting *s, const char *wanted)
{
    struct span shown = utf8_cut(s->node->text, 60);

    if (shown.size)
        problems_add(s->problems, s->node->line, s->node->column, "`%s` must be %s, not `%.*s`", s->name, wanted,
                     (int)shown.size, (const char *)shown.at);
    else
        problems_add(s->problems, s->node->line, s->node->column, "`%s` must be %s, not %s", s->name, wanted,
                     kind_name(s->node));
    return REFUSED;
}

static enum outcome set_bool(const struct setting *s)
{
    if (s->node->kind != NODE_BOOL)
        return refuse(s, "true or false");
    *(bool *)s->at = s->node->boolean;
    return SET;
}

static bool has_bounds(const struct field *f) { return f->min != 0 || f->max != 0; }

static enum outcome refuse_bounds(const struct setting *s, const char *what)
{
    char low[NUMBER_TEXT_SIZE], high[NUMBER_TEXT_SIZE], wanted[3 * NUMBER_TEXT_SIZE];

    number_print_double(s->field->min, low);
    number_print_double(s->field->max, high);
    if (isinf(s->field->max))
        snprintf(wanted, sizeof wanted, "%s of at least %s", what, low);
    else
        snprintf(wanted, sizeof wanted, "%s from %s to %s", what, low, high);
    return refuse(s, wanted);
}

static enum outcome set_int(const struct setting *s)
{
    int128 mantissa, whole;
    int32_t scale;

    if (s->node->kind != NODE_NUMBER || !number_parse_decimal(s->node->text, &mantissa, &scale) ||
        !decimal_rescale(mantissa, scale, 0, &whole) || whole > INT64_MAX || whole < INT64_MIN)
        return refuse(s, "a whole number");
    if (has_bounds(s->field) && ((double)whole < s->field->min || (double)whole > s->field->max))
        return refuse_bounds(s, "a whole number");
    *(int64_t *)s->at = (int64_t)whole;
    return SET;
}

static enum outcome set_number(const struct setting *s)
{
    double x;

    if (s->node->kind != NODE_NUMBER || !number_parse_double(s->node->text, &x) || !isfinite(x))
        return refuse(s, "a number");
    if (has_bounds(s->field) && (x < s->field->min || x > s->field->max))
        return refuse_bounds(s, "a number");
    *(double *)s->at = x;
    return SET;
}

/* A number or a bool is its text: a column may be called 2024. */
static bool is_text_like(const struct node *node)
{
    return node->kind == NODE_TEXT || node->kind == NODE_NUMBER || node->kind == NODE_BOOL;
}

static enum outcome set_text(const struct setting *s)
{
    char *copy;

    if (!is_text_like(s->node))
        return refuse(s, "a text");
    copy = arena_text(s->arena, s->node->text.at, s->node->text.size);
    if (!copy)
        return NO_MEMORY;
    *(const char **)s->at = copy;
    return SET;
}

/* The elements of a list, or the scalar itself as the only one. */
static const struct node *first_element(const struct node *node, int32_t *n)
{
    *n = node->kind == NODE_LIST ? node->n_children : 1;
    return node->kind == NODE_LIST ? node->first : node;
}

static enum outcome set_text_list(const struct setting *s)
{
    struct text_list list = {.is_set = true};
    int32_t n;
    const struct node *element = first_element(s->node, &n);

    list.at = arena_array(s->arena, n ? (size_t)n : 1, sizeof *list.at);
    if (!list.at)
        return NO_MEMORY;
    for (; list.n < n; element = element->next) {
        char *copy;

        if (!is_text_like(element)) {
            struct setting one = *s;

            one.node = element;
            return refuse(&one, "a text or a list of texts");
        }
        copy = arena_text(s->arena, element->text.at, element->text.size);
        if (!copy)
            return NO_MEMORY;
        list.at[list.n++] = copy;
    }
    *(struct text_list *)s->at = list;
    return SET;
}

static enum outcome set_enum(const struct setting *s)
{
    char wanted[256] = "one of", word[64];
    const char *near;
    size_t n = strlen(wanted);

    for (int i = 0; s->field->names[i]; i++) {
        if (is_text_like(s->node) && span_is(s->node->text, s->field->names[i])) {
            *(int *)s->at = i;
            return SET;
        }
        if (n < sizeof wanted)
            n += (size_t)snprintf(wanted + n, sizeof wanted - n, "%s %s", i ? "," : "", s->field->names[i]);
    }
    snprintf(word, sizeof word, "%.*s", (int)(s->node->text.size < 63 ? s->node->text.size : 63),
             s->node->text.size ? (const char *)s->node->text.at : "");
    near = nearest_name(word, s->field->names);
    if (near && n < sizeof wanted)
        snprintf(wanted + n, sizeof wanted - n, " (did you mean %s?)", near);
    return refuse(s, wanted);
}

static enum outcome set_literal(const struct setting *s)
{
    struct literal literal;

    if (!literal_from_node(s->node, &literal))
        return refuse(s, "a single value");
    *(struct literal *)s->at = literal;
    return SET;
}

static enum outcome set_literal_list(const struct setting *s)
{
    struct literal_list list = {.is_set = true};
    int32_t n;
    const struct node *element = first_element(s->node, &n);

    if (s->node->kind == NODE_MAP)
        return refuse(s, "a list of values");
    list.at = arena_array(s->arena, n ? (size_t)n : 1, sizeof *list.at);
    if (!list.at)
        return NO_MEMORY;
    for (; list.n < n; element = element->next)
        if (!literal_from_node(element, &list.at[list.n++])) {
            struct setting one = *s;

            one.node = element;
            return refuse(&one, "a list of single values");
        }
    *(struct literal_list *)s->at = list;
    return SET;
}

static enum outcome set_duration(const struct setting *s)
{
    struct literal literal;
    int64_t seconds;
    int32_t nanos;

    if (!literal_from_node(s->node, &literal) || literal.kind != NODE_TEXT ||
        !clock_parse_duration(literal.text, &seconds, &nanos))
        return refuse(s, "a duration such as 90s, 15m, 24h or 7d");
    *(struct literal *)s->at = literal;
    return SET;
}

static enum outcome set_tolerance(const struct setting *s)
{
    bool is_mostly = s->field->type == FIELD_MOSTLY;
    struct literal literal;
    struct tolerance tolerance;

    if (!literal_from_node(s->node, &literal) || (literal.kind != NODE_NUMBER && literal.kind != NODE_TEXT) ||
        !(is_mostly ? tolerance_parse_mostly : tolerance_parse_max_count)(&literal, &tolerance))
        return refuse(s, is_mostly ? "a share from 0 to 1 or a percentage" : "a count, or a share such as 0.1% or 20ppm");
    *(struct tolerance *)s->at = tolerance;
    return SET;
}

static enum outcome set_node(const struct setting *s)
{
    *(struct node **)s->at = node_copy(s->arena, s->node);
    return *(struct node **)s->at ? SET : NO_MEMORY;
}

static enum outcome set(const struct setting *s)
{
    static enum outcome (*const setters[])(const struct setting *) = {
        [FIELD_BOOL] = set_bool,         [FIELD_INT] = set_int,
        [FIELD_NUMBER] = set_number,     [FIELD_TEXT] = set_text,
        [FIELD_TEXT_LIST] = set_text_list, [FIELD_ENUM] = set_enum,
        [FIELD_LITERAL] = set_literal,   [FIELD_LITERAL_LIST] = set_literal_list,
        [FIELD_DURATION] = set_duration, [FIELD_MOSTLY] = set_tolerance,
        [FIELD_MAX_COUNT] = set_tolerance, [FIELD_NODE] = set_node,
    };

    if (s->field->type > FIELD_NODE) /* state fields have no text */
        return REFUSED;
    if (s->node->kind == NODE_NULL && s->field->type != FIELD_LITERAL)
        return SET;
    return setters[s->field->type](s);
}

enum node_kind field_default_kind(const struct field *field)
{
    struct span text = span_text(field->default_text);
    double x;

    if (field->type == FIELD_BOOL)
        return NODE_BOOL;
    if (field->type == FIELD_TEXT || field->type == FIELD_ENUM || field->type == FIELD_TEXT_LIST ||
        !number_parse_double(text, &x))
        return NODE_TEXT;
    return NODE_NUMBER;
}

bool fields_defaults(struct arena *arena, const struct field *fields, void *into)
{
    struct problems problems;

    problems_init(&problems, arena);
    for (const struct field *f = fields; f->name; f++) {
        struct node node = {0};
        struct setting s = {arena, f, f->name, &node, field_at(f, into), &problems};

        if (!f->default_text)
            continue;
        node.text = span_text(f->default_text);
        node.kind = field_default_kind(f);
        node.boolean = span_is(node.text, "true");
        if (set(&s) == NO_MEMORY)
            return false;
    }
    return true;
}

static void report_unknown(const struct field *fields, const struct node *member, struct problems *problems)
{
    enum { NAMES_MAX = 96 };
    const char *names[NAMES_MAX + 1], *near;
    struct span key = utf8_cut(member->key, 80);
    size_t n = 0;

    for (const struct field *f = fields; f->name && n < NAMES_MAX; f++)
        names[n++] = f->name;
    names[n] = NULL;
    near = nearest_name((const char *)member->key.at, names);
    if (near)
        problems_add(problems, member->key_line, member->key_column, "unknown key `%.*s`: did you mean `%s`?",
                     (int)key.size, (const char *)key.at, near);
    else
        problems_add(problems, member->key_line, member->key_column, "unknown key `%.*s`", (int)key.size,
                     (const char *)key.at);
}

enum { SEEN_MAX = 256 };

/* Where a table is read from: rows that were given, by position. */
struct reading {
    struct arena *arena;
    const struct field *fields;
    void *into;
    struct problems *problems;
    uint64_t seen[SEEN_MAX / 64];
};

static bool read_member(struct reading *r, const struct field *f, const char *name, const struct node *node)
{
    struct setting s = {r->arena, f, name, node, field_at(f, r->into), r->problems};
    int64_t row = f - r->fields;

    if (row < SEEN_MAX && bit_get(r->seen, row)) {
        problems_add(r->problems, node->key_line, node->key_column, "`%s` is given twice, once by another name", f->name);
        return true;
    }
    if (row < SEEN_MAX && node->kind != NODE_NULL)
        bit_set(r->seen, row);
    return set(&s) != NO_MEMORY;
}

static bool read_map(struct reading *r, const struct node *map, field_accepts *accepts, const void *context)
{
    for (const struct node *member = map->first; member; member = member->next) {
        const char *name = (const char *)member->key.at;
        const struct field *f = field_find(r->fields, name);

        if (f && f->type <= FIELD_NODE) {
            if (!read_member(r, f, name, member))
                return false;
        } else if (!accepts || !accepts(context, name)) {
            report_unknown(r->fields, member, r->problems);
        }
    }
    return true;
}

/* A bare scalar or list belongs to the MAIN row. */
static bool read_main(struct reading *r, const struct node *node)
{
    const struct field *f = r->fields;

    while (f->name && !(f->flags & FIELD_MAIN))
        f++;
    if (f->name)
        return read_member(r, f, f->name, node);
    problems_add(r->problems, node->line, node->column, "%s stands where a map of parameters should be", kind_name(node));
    return true;
}

bool fields_parse(struct arena *arena, const struct field *fields, const struct node *node, void *into,
                  field_accepts *accepts, const void *context, struct problems *problems)
{
    struct reading r = {arena, fields, into, problems, {0}};
    static const struct node nothing = {.kind = NODE_NULL};

    if (!fields_defaults(arena, fields, into))
        return false;
    if (!node)
        node = &nothing;
    if (node->kind == NODE_MAP && !read_map(&r, node, accepts, context))
        return false;
    if (node->kind != NODE_MAP && node->kind != NODE_NULL && !read_main(&r, node))
        return false;
    for (const struct field *f = fields; f->name; f++)
        if ((f->flags & FIELD_REQUIRED) && f - fields < SEEN_MAX && !bit_get(r.seen, f - fields))
            problems_add(problems, node->key_line ? node->key_line : node->line,
                         node->key_line ? node->key_column : node->column, "`%s` is missing", f->name);
    return true;
}
