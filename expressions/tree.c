/* expressions/tree.c -- builders: how expectations and the parser make a tree. */
#include "expressions/tree.h"

const char *const function_names[] = {"length", "abs", "lower", "upper", "trim", "coalesce", NULL};

struct expression *expression_node(struct arena *arena, enum expression_kind kind, struct expression *const *args, int32_t n)
{
    struct expression *e = arena_alloc(arena, sizeof *e);

    if (!e)
        return NULL;
    e->kind = kind;
    e->n_args = n;
    e->depth = 1;
    if (n == 0)
        return e;
    e->args = arena_array(arena, (size_t)n, sizeof *e->args);
    if (!e->args)
        return NULL;
    for (int32_t i = 0; i < n; i++) {
        e->args[i] = args[i];
        if (args[i] && args[i]->depth >= e->depth)
            e->depth = args[i]->depth + 1;
    }
    return e;
}

static struct expression *unary(struct arena *arena, enum expression_kind kind, struct expression *a)
{
    return a ? expression_node(arena, kind, &a, 1) : NULL;
}

struct expression *expression_column(struct arena *arena, const char *name)
{
    struct expression *e = expression_node(arena, EXPRESSION_COLUMN, NULL, 0);

    if (!e)
        return NULL;
    e->text = arena_text(arena, name, strlen(name));
    return e->text ? e : NULL;
}

/* false: no memory */
static bool copy_literal(struct arena *arena, const struct literal *from, struct literal *to)
{
    *to = *from;
    to->is_set = true;
    to->text.at = (const uint8_t *)arena_text(arena, from->text.at, from->text.size);
    return to->text.at;
}

struct expression *expression_literal(struct arena *arena, const struct literal *literal)
{
    struct expression *e = expression_node(arena, EXPRESSION_LITERAL, NULL, 0);

    return e && copy_literal(arena, literal, &e->literal) ? e : NULL;
}

struct expression *expression_join(struct arena *arena, enum expression_kind kind, struct expression *a, struct expression *b)
{
    struct expression *both[2] = {a, b};
    struct expression *e;
    int32_t n = 0;

    if (!a || !b)
        return NULL;
    e = expression_node(arena, kind, both, 2);
    if (!e || (a->kind != kind && b->kind != kind))
        return e;
    for (int i = 0; i < 2; i++)
        e->n_args += both[i]->kind == kind ? both[i]->n_args - 1 : 0;
    e->args = arena_array(arena, (size_t)e->n_args, sizeof *e->args);
    if (!e->args)
        return NULL;
    e->depth = 1;
    for (int i = 0; i < 2; i++) {
        bool is_list = both[i]->kind == kind;
        int32_t depth = is_list ? both[i]->depth : both[i]->depth + 1;

        for (int32_t k = 0; k < (is_list ? both[i]->n_args : 1); k++)
            e->args[n++] = is_list ? both[i]->args[k] : both[i];
        e->depth = depth > e->depth ? depth : e->depth;
    }
    return e;
}

struct expression *expression_and(struct arena *arena, struct expression *a, struct expression *b)
{
    if (!a || !b)
        return a ? a : b;
    return expression_join(arena, EXPRESSION_AND, a, b);
}

struct expression *expression_not(struct arena *arena, struct expression *a)
{
    return unary(arena, EXPRESSION_NOT, a);
}

struct expression *expression_is_null(struct arena *arena, struct expression *a)
{
    return unary(arena, EXPRESSION_IS_NULL, a);
}

struct expression *expression_true(struct arena *arena)
{
    struct literal yes = {.kind = NODE_BOOL, .is_set = true, .text = span_text("true")};

    return expression_literal(arena, &yes);
}

struct expression *expression_compare(struct arena *arena, enum comparison op, struct expression *a, struct expression *b)
{
    struct expression *args[2] = {a, b};
    struct expression *e = a && b ? expression_node(arena, EXPRESSION_COMPARE, args, 2) : NULL;

    if (e)
        e->comparison = op;
    return e;
}

struct expression *expression_between(struct arena *arena, struct expression *x, const struct literal *low, bool strict_low,
                                      const struct literal *high, bool strict_high)
{
    struct expression *args[3] = {x, NULL, NULL};
    struct expression *e;

    if (!x)
        return NULL;
    if (low && low->is_set && !(args[1] = expression_literal(arena, low)))
        return NULL;
    if (high && high->is_set && !(args[2] = expression_literal(arena, high)))
        return NULL;
    e = expression_node(arena, EXPRESSION_BETWEEN, args, 3);
    if (!e)
        return NULL;
    e->strict_low = args[1] && strict_low;
    e->strict_high = args[2] && strict_high;
    return e;
}

struct expression *expression_in(struct arena *arena, struct expression *x, const struct literal_list *values)
{
    struct expression *e = unary(arena, EXPRESSION_IN, x);

    if (!e)
        return NULL;
    e->literals.is_set = true;
    e->literals.n = values->n;
    e->literals.at = arena_array(arena, (size_t)values->n + 1, sizeof *values->at);
    if (!e->literals.at)
        return NULL;
    for (int32_t i = 0; i < values->n; i++)
        if (!copy_literal(arena, &values->at[i], &e->literals.at[i]))
            return NULL;
    return e;
}

struct expression *expression_matches(struct arena *arena, struct expression *x, const char *regex, int flags)
{
    struct expression *e = unary(arena, EXPRESSION_MATCHES, x);

    if (!e)
        return NULL;
    e->regex_flags = flags;
    e->text = arena_text(arena, regex, strlen(regex));
    return e->text ? e : NULL;
}

struct expression *expression_like(struct arena *arena, struct expression *x, const char *pattern, const char *escape)
{
    struct expression *e = unary(arena, EXPRESSION_LIKE, x);

    if (!e)
        return NULL;
    e->text = arena_text(arena, pattern, strlen(pattern));
    e->escape = escape ? arena_text(arena, escape, strlen(escape)) : NULL;
    return e->text && (e->escape || !escape) ? e : NULL;
}

struct expression *expression_length(struct arena *arena, struct expression *x)
{
    struct expression *e = unary(arena, EXPRESSION_CALL, x);

    if (e)
        e->function = FUNCTION_LENGTH;
    return e;
}

struct names { struct arena *arena; const char **at; int32_t n, capacity; };

static bool add_name(struct names *names, const char *name)
{
    for (int32_t i = 0; i < names->n; i++)
        if (strcmp(names->at[i], name) == 0)
            return true;
    if (names->n + 1 >= names->capacity) { /* one more for the NULL at the end */
        int32_t capacity = names->capacity ? names->capacity * 2 : 8;
        const char **at = arena_array(names->arena, (size_t)capacity, sizeof *at);

        if (!at)
            return false;
        for (int32_t i = 0; i < names->n; i++)
            at[i] = names->at[i];
        names->at = at;
        names->capacity = capacity;
    }
    names->at[names->n++] = name;
    return true;
}

static bool collect(struct names *names, const struct expression *e)
{
    if (e->kind == EXPRESSION_COLUMN)
        return add_name(names, e->text);
    for (int32_t i = 0; i < e->n_args; i++)
        if (e->args[i] && !collect(names, e->args[i]))
            return false;
    return true;
}

const char *const *expression_columns(struct arena *arena, const struct expression *e, int32_t *n)
{
    struct names names = {.arena = arena};

    *n = 0;
    if (!collect(&names, e))
        return NULL;
    if (!names.at && !(names.at = arena_array(arena, 1, sizeof *names.at)))
        return NULL;
    *n = names.n;
    return names.at;
}
