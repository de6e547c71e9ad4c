/* suites/variables.c -- {{ name }}, {{ ds - 1d }}, ${ENV} and ${ENV:-default} in the text scalars of a suite.
 *
 * After parsing, so that a value can never become structure: a scalar that is exactly one variable takes the type its text has
 * (number, bool, null, text), within other text it is text. A shift adds a duration to a date (whole days) or a timestamp.
 */
#include "suites/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/output.h"

enum { VARIABLES_FILE_MAX = 1 << 20, VARIABLE_NAME_MAX = 128 };

struct substitution {
    struct suite_reader *r;
    const struct suite_variables *variables;
    struct node *node;
    struct buffer out;
    bool failed; /* a problem was added */
};

static bool is_name_byte(uint8_t c, bool is_first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!is_first && c >= '0' && c <= '9');
}

static struct span take_name(struct span *s)
{
    size_t n = 0;
    struct span name = {0};

    while (n < s->size && is_name_byte(s->at[n], n == 0))
        n++;
    (void)span_take(s, n, &name);
    return name;
}

static struct span trimmed(struct span s)
{
    while (s.size && (s.at[0] == ' ' || s.at[0] == '\t'))
        s = span_of(s.at + 1, s.size - 1);
    while (s.size && (s.at[s.size - 1] == ' ' || s.at[s.size - 1] == '\t'))
        s.size--;
    return s;
}

/* The first place of two bytes in s, or its end. */
static size_t find_pair(struct span s, char a, char b)
{
    for (size_t i = 0; i + 1 < s.size; i++)
        if (s.at[i] == (uint8_t)a && s.at[i + 1] == (uint8_t)b)
            return i;
    return s.size;
}

static void refuse(struct substitution *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void refuse(struct substitution *s, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    s->failed = true;
    reader_refuse(s->r, s->node, "%s", text);
}

/* For %.*s: messages show the start of long texts. */
static int shown(struct span s)
{
    return s.size < 80 ? (int)s.size : 80;
}

/* --- values --- */

static const char *given_value(const struct suite_variables *variables, struct span name)
{
    for (int32_t i = 0; variables && i < variables->n; i++)
        if (span_is(name, variables->at[i].name))
            return variables->at[i].value;
    return NULL;
}

static const char *nearest_variable(const struct substitution *s, struct span name)
{
    int32_t n = s->variables ? s->variables->n : 0;
    const char **names = arena_array(s->r->arena, (size_t)n + 1, sizeof *names);
    char *word = arena_text(s->r->arena, name.at, name.size);

    if (!names || !word)
        return NULL;
    for (int32_t i = 0; i < n; i++)
        names[i] = s->variables->at[i].name;
    return nearest_name(word, names);
}

static bool add(struct substitution *s, const void *bytes, size_t size)
{
    return buffer_add(&s->out, bytes, size) || reader_no_memory(s->r);
}

/* value + sign * duration. */
static void add_shifted(struct substitution *s, const char *value, int sign, struct span duration)
{
    enum { DAY = 86400 };
    int64_t seconds, at, days, sum;
    int32_t nanos, at_nanos;
    bool has_zone;
    char text[CLOCK_TEXT_SIZE];

    if (!clock_parse_duration(duration, &seconds, &nanos) || nanos != 0 || __builtin_mul_overflow(seconds, sign, &seconds)) {
        refuse(s, "`%.*s` is no duration of whole seconds, such as 1d or 24h", shown(duration), (const char *)duration.at);
    } else if (clock_parse_date(span_text(value), &days)) {
        if (seconds % DAY != 0)
            refuse(s, "a date is shifted by whole days, not by `%.*s`", shown(duration), (const char *)duration.at);
        else
            add(s, text, clock_print_date(days + seconds / DAY, text));
    } else if (clock_parse_timestamp(span_text(value), &at, &at_nanos, &has_zone) && at_nanos == 0 &&
               !__builtin_add_overflow(at, seconds, &sum)) {
        add(s, text, clock_print_timestamp(sum, UNIT_SECOND, has_zone, text));
    } else {
        refuse(s, "`%.80s` is neither a date nor a timestamp of whole seconds, so it cannot be shifted", value);
    }
}

/* What stands between {{ and }}. */
static void add_variable(struct substitution *s, struct span inside)
{
    struct span rest = trimmed(inside), name = take_name(&rest);
    const char *value = given_value(s->variables, name);
    const char *near;

    rest = trimmed(rest);
    if (name.size == 0 || (rest.size && rest.at[0] != '-' && rest.at[0] != '+')) {
        refuse(s, "`{{%.*s}}` is no variable: write {{ name }} or {{ name - 1d }}", shown(inside), (const char *)inside.at);
    } else if (!value) {
        near = nearest_variable(s, name);
        if (near)
            refuse(s, "variable `%.*s` is not set; did you mean `%s`?", shown(name), (const char *)name.at, near);
        else
            refuse(s, "variable `%.*s` is not set: give it with --var", shown(name), (const char *)name.at);
    } else if (rest.size) {
        add_shifted(s, value, rest.at[0] == '-' ? -1 : 1, trimmed(span_of(rest.at + 1, rest.size - 1)));
    } else {
        add(s, value, strlen(value));
    }
}

/* What stands between ${ and }. */
static void add_environment(struct substitution *s, struct span inside)
{
    struct span rest = inside, name = take_name(&rest);
    char word[VARIABLE_NAME_MAX];
    const char *value;

    if (name.size == 0 || name.size >= sizeof word || (rest.size && (rest.size < 2 || rest.at[0] != ':' || rest.at[1] != '-'))) {
        refuse(s, "`${%.*s}` is no variable: write ${NAME} or ${NAME:-default}", shown(inside), (const char *)inside.at);
        return;
    }
    if (!s->variables || !s->variables->environment_allowed) {
        refuse(s, "`${%.*s}` asks for the environment, which suites may not see here", shown(inside), (const char *)inside.at);
        return;
    }
    memcpy(word, name.at, name.size);
    word[name.size] = '\0';
    value = getenv(word);
    if (value && (*value || rest.size == 0))
        add(s, value, strlen(value));
    else if (rest.size)
        add(s, rest.at + 2, rest.size - 2);
    else
        refuse(s, "the environment has no variable `%.*s`", shown(name), (const char *)name.at);
}

/* --- scalars --- */

/* One variable at the start of `rest`, which is cut off; false: it does not end. */
static bool take_variable(struct substitution *s, struct span *rest)
{
    bool is_environment = rest->at[0] == '$';
    struct span opening, inside = {0}, closing;
    size_t end;

    (void)span_take(rest, 2, &opening);
    if (is_environment) {
        const uint8_t *brace = rest->size ? memchr(rest->at, '}', rest->size) : NULL;

        end = brace ? (size_t)(brace - rest->at) : rest->size;
    } else {
        end = find_pair(*rest, '}', '}');
    }
    if (end == rest->size) {
        refuse(s, "`%s` is not closed: `%.*s`", is_environment ? "${" : "{{", shown(*rest), (const char *)rest->at);
        return false;
    }
    (void)span_take(rest, end, &inside);
    (void)span_take(rest, is_environment ? 1 : 2, &closing);
    if (is_environment)
        add_environment(s, inside);
    else
        add_variable(s, inside);
    return !s->failed;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static size_t digits(struct span s, size_t at)
{
    size_t n = 0;

    while (at + n < s.size && is_digit(s.at[at + n]))
        n++;
    return n;
}

/* A number as JSON writes it: 007 is text, as a code should be. */
static bool is_number(struct span s)
{
    size_t at = s.size && s.at[0] == '-', whole = digits(s, at), n;

    if (whole == 0 || (whole > 1 && s.at[at] == '0'))
        return false;
    at += whole;
    if (at < s.size && s.at[at] == '.') {
        n = digits(s, at + 1);
        if (n == 0)
            return false;
        at += 1 + n;
    }
    if (at < s.size && (s.at[at] == 'e' || s.at[at] == 'E')) {
        at++;
        at += at < s.size && (s.at[at] == '-' || s.at[at] == '+');
        n = digits(s, at);
        if (n == 0)
            return false;
        at += n;
    }
    return at == s.size;
}

static void retype(struct node *node)
{
    node->is_quoted = false;
    if (span_is(node->text, "null") || span_is(node->text, "~")) {
        node->kind = NODE_NULL;
    } else if (span_is(node->text, "true") || span_is(node->text, "false")) {
        node->kind = NODE_BOOL;
        node->boolean = span_is(node->text, "true");
    } else if (is_number(node->text)) {
        node->kind = NODE_NUMBER;
    }
}

const struct node *variable_node(struct suite_reader *r, const char *value)
{
    struct node *node = node_text(r->arena, span_text(value));

    if (!node) {
        r->no_memory = true;
        return NULL;
    }
    retype(node);
    return node;
}

static bool starts_variable(struct span s, size_t i)
{
    return i + 1 < s.size && s.at[i + 1] == '{' && (s.at[i] == '{' || s.at[i] == '$');
}

static void substitute_scalar(struct suite_reader *r, struct node *node, const struct suite_variables *variables)
{
    struct substitution s = {.r = r, .variables = variables, .node = node, .out = {.memory = r->arena->memory}};
    struct span rest = node->text, plain = {0};
    int32_t n_found = 0;
    bool has_text = false;
    char *text;

    node->starts_with_variable = starts_variable(node->text, 0);
    while (rest.size && !s.failed && !r->no_memory) {
        size_t n = 0;

        while (n < rest.size && !starts_variable(rest, n))
            n++;
        (void)span_take(&rest, n, &plain);
        has_text |= n > 0;
        if (!add(&s, plain.at, plain.size) || rest.size == 0)
            break;
        n_found++;
        if (!take_variable(&s, &rest))
            break;
    }
    if (n_found > 0 && !s.failed && !r->no_memory) {
        text = arena_text(r->arena, s.out.at, s.out.size);
        if (!text)
            r->no_memory = true;
        node->text = span_of(text, text ? s.out.size : 0);
        if (n_found == 1 && !has_text)
            retype(node);
    }
    buffer_done(&s.out);
}

void variables_substitute(struct suite_reader *r, struct node *tree, const struct suite_variables *variables)
{
    if (tree->kind == NODE_TEXT && tree->text.size) {
        if (memchr(tree->text.at, '{', tree->text.size))
            substitute_scalar(r, tree, variables);
        return;
    }
    for (struct node *c = tree->first; c && !r->no_memory; c = c->next)
        variables_substitute(r, c, variables);
}

/* --- --vars-file --- */

enum status variables_read(struct arena *arena, const char *path, struct variable **out, int32_t *n, struct error *err)
{
    struct span bytes;
    struct node *root;
    struct variable *at;

    error_source(err, path);
    TRY(input_read_file(arena, path, VARIABLES_FILE_MAX, &bytes, err));
    TRY(document_parse(arena, bytes, NULL, &root, err));
    if (root->kind != NODE_MAP && root->kind != NODE_NULL)
        return error_set(err, STATUS_BAD_SUITE, "a file of variables is a map of names to scalars");
    at = arena_array(arena, (size_t)root->n_children + 1, sizeof *at);
    if (!at)
        return error_no_memory(err);
    *n = 0;
    for (const struct node *c = root->first; c; c = c->next) {
        if (c->kind == NODE_MAP || c->kind == NODE_LIST) {
            err->line = c->line;
            err->line_column = c->column;
            return error_set(err, STATUS_BAD_SUITE, "the variable `%.80s` is no scalar", (const char *)c->key.at);
        }
        at[(*n)++] = (struct variable){(const char *)c->key.at, (const char *)c->text.at};
    }
    *out = at;
    return STATUS_OK;
}
