/* expressions/compile.c -- tests: the tree bound to columns, in the form that eval.c runs.
 *
 * Whatever compares a column (or its length) with constants becomes a range or a set in the column's own units; columns of
 * one lane and unit are compared as arrays; the rest goes row by row. The forms mean the same, so a test of this folder runs
 * each against the other.
 */
#include <stdio.h>

#include "expressions/compile.h"

/* Expectations put a parsed expression under a few nodes of their own. */
enum { COMPILE_MAX_DEPTH = EXPRESSION_MAX_DEPTH + 50, REGEXES_MAX = 1000 };

static enum status no_memory(struct compiler *c)
{
    return memory_error(c->arena->memory, "an expression", c->err);
}

static enum status new_test(struct compiler *c, enum test_kind kind, int32_t n_terms, struct test **out)
{
    struct test *t = arena_alloc(c->arena, sizeof *t);

    *out = t;
    if (!t)
        return no_memory(c);
    t->kind = kind;
    t->slot = -1;
    t->n_terms = n_terms;
    t->terms = n_terms ? arena_array(c->arena, (size_t)n_terms, sizeof *t->terms) : NULL;
    return n_terms && !t->terms ? no_memory(c) : STATUS_OK;
}

static enum status constant_test(struct compiler *c, enum answer answer, struct test **out)
{
    TRY(new_test(c, TEST_CONSTANT, 0, out));
    (*out)->constant = answer;
    return STATUS_OK;
}

/* Which columns a term reads, and whether a null of them makes it null. */
struct use { int32_t slot; bool is_one, is_strict; };

static void note_use(const struct term *t, struct use *use)
{
    if (t->kind == TERM_COLUMN) {
        if (use->slot >= 0 && use->slot != t->slot)
            use->is_one = false;
        use->slot = t->slot;
    }
    if (t->kind == TERM_COALESCE || t->kind == TERM_TRUTH)
        use->is_strict = false;
    for (int32_t i = 0; i < t->n_args; i++)
        note_use(t->args[i], use);
}

/* Gives a test of a single column its place in the dictionary caches. */
static struct test *with_slot(struct compiler *c, struct test *t)
{
    struct use use = {-1, true, true};

    for (int32_t i = 0; i < t->n_terms; i++)
        if (t->terms[i])
            note_use(t->terms[i], &use);
    if (use.slot >= 0 && use.is_one && use.is_strict) {
        t->slot = use.slot;
        t->number = c->predicate->n_caches++;
    }
    return t;
}

/* A column or its length, whose comparison with a constant is a range. */
static bool takes_range(const struct term *t, struct type *type)
{
    const struct term *column = t->kind == TERM_LENGTH ? t->args[0] : t;

    if (column->kind != TERM_COLUMN)
        return false;
    *type = t->kind == TERM_LENGTH ? (struct type){.kind = TYPE_INT64} : column->type;
    return true;
}

/* May the values be compared as they lie in their lanes? */
static bool same_units(const struct term *a, const struct term *b)
{
    struct type x = a->type, y = b->type;
    enum lane lane = type_lane(x);

    if (a->kind != TERM_COLUMN || b->kind != TERM_COLUMN || a->class != b->class || lane != type_lane(y))
        return false;
    if (lane == LANE_BOOL || lane == LANE_NONE)
        return false;
    if ((x.kind == TYPE_DECIMAL ? x.scale : 0) != (y.kind == TYPE_DECIMAL ? y.scale : 0))
        return false;
    if (a->class == CLASS_TIME || a->class == CLASS_TIMESTAMP)
        return x.unit == y.unit && x.is_utc == y.is_utc;
    return true;
}

static enum comparison mirrored(enum comparison op)
{
    static const enum comparison mirrors[] = {
        [COMPARE_EQ] = COMPARE_EQ, [COMPARE_NE] = COMPARE_NE, [COMPARE_LT] = COMPARE_GT,
        [COMPARE_LE] = COMPARE_GE, [COMPARE_GT] = COMPARE_LT, [COMPARE_GE] = COMPARE_LE};

    return mirrors[op];
}

static enum status refuse_pair(struct compiler *c, const struct term *a, const struct term *b)
{
    char type_a[64], type_b[64], what[64];

    if (a->kind == TERM_COLUMN && b->kind == TERM_COLUMN) {
        type_print(a->type, type_a);
        type_print(b->type, type_b);
        error_set(c->err, STATUS_BAD_DATA, "columns `%s` (%s) and `%s` (%s) cannot be compared", a->name, type_a, b->name, type_b);
        error_column(c->err, a->name);
        return STATUS_BAD_DATA;
    }
    if (b->kind == TERM_COLUMN)
        return refuse_pair(c, b, a);
    snprintf(what, sizeof what, "compared with %s", class_name(b->class));
    return refuse_term(c, a, what);
}

/* a op b for terms that are ready. */
static enum status compare_terms(struct compiler *c, enum comparison op, struct term *a, struct term *b, struct test **out)
{
    struct range range;
    struct type type;

    if (!classes_compare(a->class, b->class))
        return refuse_pair(c, a, b);
    if (a->class == CLASS_NULL || b->class == CLASS_NULL)
        return constant_test(c, ANSWER_UNKNOWN, out);
    if (a->kind == TERM_CONSTANT && b->kind == TERM_CONSTANT)
        return constant_test(c, values_compare(op, &a->constant, &b->constant, c->binder->time->zone), out);
    if (a->kind == TERM_CONSTANT)
        return compare_terms(c, mirrored(op), b, a, out);
    if (b->kind == TERM_CONSTANT && takes_range(a, &type) && range_from(type, op, &b->constant, c->binder->time->zone, &range)) {
        TRY(new_test(c, TEST_RANGE, 1, out));
        (*out)->terms[0] = a;
        (*out)->range = range;
        (*out)->is_negated = op == COMPARE_NE;
        with_slot(c, *out);
        return STATUS_OK;
    }
    TRY(new_test(c, same_units(a, b) ? TEST_COLUMNS : TEST_COMPARE, 2, out));
    (*out)->comparison = op;
    (*out)->terms[0] = a;
    (*out)->terms[1] = b;
    if ((*out)->kind == TEST_COMPARE)
        with_slot(c, *out);
    return STATUS_OK;
}

/* Two sides, each seen in the light of the other. */
static enum status compile_pair(struct compiler *c, const struct expression *e, struct term **a, struct term **b)
{
    const struct expression *left = e->args[0], *right = e->args[1];

    if (is_raw_literal(right)) {
        TRY(compile_term(c, left, hint_of(right), a));
        return literal_beside(c, right, *a, b);
    }
    TRY(compile_term(c, right, hint_of(left), b));
    if (is_raw_literal(left))
        return literal_beside(c, left, *b, a);
    return compile_term(c, left, hint_of(right), a);
}

static enum status compile_compare(struct compiler *c, const struct expression *e, struct test **out)
{
    struct term *a, *b;

    TRY(compile_pair(c, e, &a, &b));
    return compare_terms(c, e->comparison, a, b, out);
}

/* A bound beside x; NULL where it is open. */
static enum status compile_bound(struct compiler *c, const struct expression *bound, struct term *x, enum hint hint,
                                 struct term **out)
{
    *out = NULL;
    if (!bound)
        return STATUS_OK;
    if (is_raw_literal(bound))
        TRY(literal_beside(c, bound, x, out));
    else
        TRY(compile_term(c, bound, hint, out));
    return classes_compare(x->class, (*out)->class) ? STATUS_OK : refuse_pair(c, x, *out);
}

static bool is_value(const struct term *t)
{
    return t->kind == TERM_CONSTANT && t->class != CLASS_NULL;
}

/* x between constants as one range, where x is a column or its length. *out NULL: it is not that simple. */
static enum status between_range(struct compiler *c, const struct expression *e, struct term *x, const struct term *low,
                                 const struct term *high, struct test **out)
{
    const struct time_zone *zone = c->binder->time->zone;
    struct range range, other;
    struct type type;

    *out = NULL;
    if ((!low && !high) || (low && !is_value(low)) || (high && !is_value(high)) || !takes_range(x, &type))
        return STATUS_OK;
    if (low && !range_from(type, e->strict_low ? COMPARE_GT : COMPARE_GE, &low->constant, zone, &range))
        return STATUS_OK;
    if (high && !range_from(type, e->strict_high ? COMPARE_LT : COMPARE_LE, &high->constant, zone, low ? &other : &range))
        return STATUS_OK;
    if (low && high)
        range_intersect(&range, &other);
    TRY(new_test(c, TEST_RANGE, 1, out));
    (*out)->terms[0] = x;
    (*out)->range = range;
    with_slot(c, *out);
    return STATUS_OK;
}

static enum status compile_between(struct compiler *c, const struct expression *e, struct test **out)
{
    const struct expression *low_text = e->args[1], *high_text = e->args[2];
    struct term *x, *low, *high;
    enum hint hint = low_text ? hint_of(low_text) : HINT_NONE;

    if (hint == HINT_NONE && high_text)
        hint = hint_of(high_text);
    if (is_raw_literal(e->args[0]) && low_text && !is_raw_literal(low_text)) { /* 5 between a and b */
        TRY(compile_term(c, low_text, hint_of(e->args[0]), &low));
        TRY(literal_beside(c, e->args[0], low, &x));
    } else {
        TRY(compile_term(c, e->args[0], hint, &x));
        TRY(compile_bound(c, low_text, x, hint_of(e->args[0]), &low));
    }
    TRY(compile_bound(c, high_text, x, hint_of(e->args[0]), &high));
    if (low && !classes_compare(x->class, low->class))
        return refuse_pair(c, x, low);
    if (x->class == CLASS_OTHER)
        return refuse_term(c, x, "compared");
    if (x->class == CLASS_NULL)
        return constant_test(c, ANSWER_UNKNOWN, out);
    TRY(between_range(c, e, x, low, high, out));
    if (*out)
        return STATUS_OK;
    TRY(new_test(c, TEST_BETWEEN, 3, out));
    (*out)->terms[0] = x;
    (*out)->terms[1] = low;
    (*out)->terms[2] = high;
    (*out)->strict_low = e->strict_low;
    (*out)->strict_high = e->strict_high;
    with_slot(c, *out);
    return STATUS_OK;
}

static enum status list_values(struct compiler *c, const struct literal_list *literals, const struct term *x, struct value **values,
                               int32_t *n, bool *has_null)
{
    *n = 0;
    *has_null = false;
    *values = arena_array(c->arena, (size_t)literals->n + 1, sizeof **values);
    if (!*values)
        return no_memory(c);
    for (int32_t i = 0; i < literals->n; i++) {
        struct expression literal = {.kind = EXPRESSION_LITERAL, .literal = literals->at[i]};
        struct term *term;

        TRY(literal_beside(c, &literal, x, &term));
        if (term->class == CLASS_NULL)
            *has_null = true;
        else
            (*values)[(*n)++] = term->constant;
    }
    return STATUS_OK;
}

static enum status compile_list(struct compiler *c, const struct expression *e, struct test **out)
{
    enum hint hint = hint_of_literals(&e->literals);
    struct value *values;
    struct type type;
    int32_t n;
    bool has_null;
    struct term *x;

    TRY(compile_term(c, e->args[0], hint, &x));
    if (x->class == CLASS_OTHER)
        return refuse_term(c, x, "compared");
    TRY(list_values(c, &e->literals, x, &values, &n, &has_null));
    if (x->class == CLASS_NULL)
        return constant_test(c, ANSWER_UNKNOWN, out);
    TRY(new_test(c, TEST_LIST, 1, out));
    (*out)->terms[0] = x;
    (*out)->has_null = has_null;
    with_slot(c, *out);
    if (x->kind == TERM_COLUMN && takes_range(x, &type) && type_lane(type) != LANE_BOOL && type_lane(type) != LANE_NONE) {
        (*out)->kind = TEST_SET;
        return set_build(c->arena, type, values, n, c->binder->time->zone, &(*out)->set) ? STATUS_OK : no_memory(c);
    }
    (*out)->values.at = values;
    (*out)->values.n = n;
    return STATUS_OK;
}

/* x in (a, b + 1, ...) */
static enum status compile_elements(struct compiler *c, const struct expression *e, struct test **out)
{
    enum hint hint = HINT_NONE;
    struct term *x;

    for (int32_t i = 1; i < e->n_args && hint == HINT_NONE; i++)
        hint = hint_of(e->args[i]);
    TRY(new_test(c, TEST_LIST, e->n_args, out));
    TRY(compile_term(c, e->args[0], hint, &x));
    (*out)->terms[0] = x;
    for (int32_t i = 1; i < e->n_args; i++) {
        TRY(compile_bound(c, e->args[i], x, hint_of(e->args[0]), &(*out)->terms[i]));
    }
    if (x->class == CLASS_OTHER)
        return refuse_term(c, x, "compared");
    with_slot(c, *out);
    return STATUS_OK;
}

static enum status keep_regex(struct compiler *c, struct regex *regex)
{
    struct predicate *p = c->predicate;
    struct regex **all = arena_array(c->arena, (size_t)p->n_regexes + 1, sizeof(struct regex *));

    if (!all || p->n_regexes == REGEXES_MAX) {
        regex_free(regex);
        return all ? error_set(c->err, STATUS_BAD_SUITE, "more than %d regular expressions in one predicate", REGEXES_MAX)
                   : no_memory(c);
    }
    for (int32_t i = 0; i < p->n_regexes; i++)
        all[i] = p->regexes[i];
    all[p->n_regexes++] = regex;
    p->regexes = all;
    return STATUS_OK;
}

/* matches and like */
static enum status compile_pattern(struct compiler *c, const struct expression *e, struct test **out)
{
    bool is_like = e->kind == EXPRESSION_LIKE;
    struct term *x;

    TRY(compile_term(c, e->args[0], HINT_TEXT, &x));
    if (x->class != CLASS_TEXT && x->class != CLASS_NULL)
        return refuse_term(c, x, is_like ? "matched with a pattern" : "matched with a regular expression");
    TRY(new_test(c, is_like ? TEST_LIKE : TEST_MATCHES, 1, out));
    (*out)->terms[0] = x;
    if (is_like) {
        TRY(like_compile(c->arena, e->text, e->escape, &(*out)->like, c->err));
    } else {
        TRY(regex_new(c->arena->memory, e->text, e->regex_flags, &(*out)->regex, c->err));
        TRY(keep_regex(c, (*out)->regex));
    }
    if (x->class == CLASS_NULL)
        return constant_test(c, ANSWER_UNKNOWN, out);
    with_slot(c, *out);
    return STATUS_OK;
}

static enum status compile_is_null(struct compiler *c, const struct expression *e, struct test **out)
{
    TRY(new_test(c, TEST_IS_NULL, 1, out));
    TRY(compile_term(c, e->args[0], HINT_NONE, &(*out)->terms[0]));
    return (*out)->terms[0]->kind == TERM_COLUMN ? note_slot(c, (*out)->terms[0], -1) : STATUS_OK;
}

static enum status compile_children(struct compiler *c, const struct expression *e, enum test_kind kind, struct test **out)
{
    TRY(new_test(c, kind, 0, out));
    (*out)->n_args = e->n_args;
    (*out)->args = arena_array(c->arena, (size_t)e->n_args, sizeof *(*out)->args);
    if (!(*out)->args)
        return no_memory(c);
    for (int32_t i = 0; i < e->n_args; i++)
        TRY(compile_test(c, e->args[i], &(*out)->args[i]));
    return STATUS_OK;
}

/* A value where a condition is wanted: a column of bools, true, false, null. */
static enum status compile_truth(struct compiler *c, const struct expression *e, struct test **out)
{
    struct term *x;

    TRY(compile_term(c, e, HINT_BOOL, &x));
    if (x->class != CLASS_BOOL && x->class != CLASS_NULL)
        return refuse_term(c, x, "a condition");
    if (x->class == CLASS_NULL)
        return constant_test(c, ANSWER_UNKNOWN, out);
    if (x->kind == TERM_CONSTANT)
        return constant_test(c, x->constant.boolean ? ANSWER_TRUE : ANSWER_FALSE, out);
    TRY(new_test(c, TEST_TRUTH, 1, out));
    (*out)->terms[0] = x;
    with_slot(c, *out);
    return STATUS_OK;
}

enum status compile_test(struct compiler *c, const struct expression *e, struct test **out)
{
    switch (e->kind) {
    case EXPRESSION_AND:
        return compile_children(c, e, TEST_AND, out);
    case EXPRESSION_OR:
        return compile_children(c, e, TEST_OR, out);
    case EXPRESSION_NOT:
        return compile_children(c, e, TEST_NOT, out);
    case EXPRESSION_IS_NULL:
        return compile_is_null(c, e, out);
    case EXPRESSION_COMPARE:
        return compile_compare(c, e, out);
    case EXPRESSION_BETWEEN:
        return compile_between(c, e, out);
    case EXPRESSION_IN:
        return e->n_args > 1 ? compile_elements(c, e, out) : compile_list(c, e, out);
    case EXPRESSION_MATCHES: case EXPRESSION_LIKE:
        return compile_pattern(c, e, out);
    default:
        return compile_truth(c, e, out);
    }
}

enum status predicate_compile(struct arena *arena, const struct expression *e, const struct binder *binder, struct predicate **out,
                              struct error *err)
{
    struct predicate *p = arena_alloc(arena, sizeof *p);
    struct compiler c = {arena, binder, p, err};
    enum status status;

    *out = NULL;
    if (!p)
        return memory_error(arena->memory, "an expression", err);
    if (e->depth > COMPILE_MAX_DEPTH)
        return error_set(err, STATUS_BAD_SUITE, "the expression is nested deeper than %d", EXPRESSION_MAX_DEPTH);
    p->arena = arena;
    p->zone = binder->time->zone;
    p->depth = e->depth;
    status = compile_test(&c, e, &p->root);
    if (status == STATUS_OK)
        *out = p;
    else
        predicate_done(p);
    return status;
}

void predicate_done(struct predicate *p)
{
    if (!p)
        return;
    for (int32_t i = 0; i < p->n_regexes; i++)
        regex_free(p->regexes[i]);
    p->n_regexes = 0;
}

const int32_t *predicate_slots(const struct predicate *p, int32_t *n)
{
    *n = p->n_slots;
    return p->slots;
}

bool predicate_reads_values(const struct predicate *p, int32_t slot)
{
    for (int32_t i = 0; i < p->n_slots; i++)
        if (p->slots[i] == slot)
            return p->uses[i].n_values > 0;
    return false;
}
