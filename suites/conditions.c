/* suites/conditions.c -- Great Expectations' row conditions as expressions of ours.
 *
 * Three forms: pandas' query text (Sex == "male" and Age > 5), GX's own (col("Age") > 5, col("Name").notNull()), and typed JSON.
 * The texts are rewritten token by token: quotes become ours, col("x") a quoted column, & | ~ words, [ ] parentheses.
 * Whether the outcome is an expression, our parser decides: what it refuses is an error with its place.
 */
#include "suites/gx.h"

#include <stdio.h>

enum { CONDITIONS_MAX = 100, CONDITION_DEPTH_MAX = 50 };

struct rewriting { struct suite_reader *r; struct buffer out; int32_t n; bool failed; };

static void add(struct rewriting *w, struct span text)
{
    if (!buffer_add(&w->out, text.at, text.size))
        w->failed = w->r->no_memory = true;
}

static void add_words(struct rewriting *w, const char *text)
{
    add(w, span_text(text));
}

/* Text in quotes, which are doubled inside. */
static void add_quoted(struct rewriting *w, struct span text, char quote)
{
    add(w, span_of(&quote, 1));
    for (size_t i = 0; i < text.size; i++) {
        add(w, span_of(text.at + i, 1));
        if (text.at[i] == (uint8_t)quote)
            add(w, span_of(&quote, 1));
    }
    add(w, span_of(&quote, 1));
}

/* --- text --- */

/* A Python string at the start of *s, without its quotes; escapes are left as they are but for that of the quote. */
static bool take_string(struct span *s, struct span *out)
{
    size_t end = 1;

    while (end < s->size && s->at[end] != s->at[0])
        end++;
    if (end >= s->size)
        return false;
    *out = span_of(s->at + 1, end - 1);
    *s = span_of(s->at + end + 1, s->size - end - 1);
    return true;
}

static bool take_words(struct span *s, const char *words)
{
    size_t n = strlen(words);
    struct span taken;

    return s->size >= n && memcmp(s->at, words, n) == 0 && span_take(s, n, &taken);
}

/* col("Age") at the start of *s. */
static bool take_column(struct span *s, struct span *name)
{
    struct span rest = *s;

    if (!take_words(&rest, "col(") || rest.size == 0 || (rest.at[0] != '"' && rest.at[0] != '\'') || !take_string(&rest, name) ||
        !take_words(&rest, ")"))
        return false;
    *s = rest;
    return true;
}

/* What Python writes with signs and we write with words. Longer signs first. */
static const struct { const char *theirs, *ours; } signs[] = {
    {".notNull()", " is not null"}, {".notnull()", " is not null"}, {".notna()", " is not null"},
    {".isNull()", " is null"},      {".isnull()", " is null"},      {".isna()", " is null"},
    {"&&", " and "}, {"||", " or "}, {"!=", " != "}, {"&", " and "}, {"|", " or "}, {"~", " not "}, {"[", "("}, {"]", ")"},
};

static bool add_sign(struct rewriting *w, struct span *s)
{
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (take_words(s, signs[i].theirs)) {
            add_words(w, signs[i].ours);
            return true;
        }
    return false;
}

static void rewrite_text(struct rewriting *w, struct span s)
{
    struct span part;

    while (s.size && !w->failed) {
        if (s.at[0] == '`' && take_string(&s, &part))
            add_quoted(w, part, '"');
        else if ((s.at[0] == '"' || s.at[0] == '\'') && take_string(&s, &part))
            add_quoted(w, part, '\'');
        else if (take_column(&s, &part))
            add_quoted(w, part, '"');
        else if (!add_sign(w, &s) && span_take(&s, 1, &part))
            add(w, part);
    }
}

/* --- typed JSON --- */

static void refuse(struct rewriting *w, const struct node *at, const char *what)
{
    w->failed = true;
    reader_refuse(w->r, at, "row_condition: %s", what);
}

static void add_scalar(struct rewriting *w, const struct node *value)
{
    if (value->kind == NODE_TEXT)
        add_quoted(w, value->text, '\'');
    else
        add(w, value->text);
}

static void add_operand(struct rewriting *w, const struct node *value)
{
    if (value->kind != NODE_LIST) {
        add_scalar(w, value);
        return;
    }
    add_words(w, "(");
    for (const struct node *c = value->first; c; c = c->next) {
        add_scalar(w, c);
        add_words(w, c->next ? ", " : "");
    }
    add_words(w, ")");
}

static const char *operator_of(const struct node *node)
{
    static const char *const theirs[] = {"==", "!=", "<=", ">=", "<", ">", "IN", "NOT_IN"};
    static const char *const ours[] = {" = ", " != ", " <= ", " >= ", " < ", " > ", " in ", " not in "};

    for (size_t i = 0; node && i < sizeof theirs / sizeof *theirs; i++)
        if (span_is(node->text, theirs[i]))
            return ours[i];
    return NULL;
}

static bool add_column(struct rewriting *w, const struct node *condition)
{
    const struct node *column = node_find(condition, "column");
    const struct node *name = column && column->kind == NODE_MAP ? node_find(column, "name") : column;

    if (!name || name->kind != NODE_TEXT) {
        refuse(w, condition, "the column has no name");
        return false;
    }
    add_quoted(w, name->text, '"');
    return true;
}

static void rewrite_node(struct rewriting *w, const struct node *condition, int depth);

static void rewrite_list(struct rewriting *w, const struct node *condition, const char *word, int depth)
{
    const struct node *list = node_find(condition, "conditions");

    if (!list || list->kind != NODE_LIST || list->n_children == 0) {
        refuse(w, condition, "`conditions` is a list");
        return;
    }
    add_words(w, "(");
    for (const struct node *c = list->first; c && !w->failed; c = c->next) {
        rewrite_node(w, c, depth + 1);
        add_words(w, c->next ? word : ")");
    }
}

static void rewrite_comparison(struct rewriting *w, const struct node *condition)
{
    const struct node *parameter = node_find(condition, "parameter");
    const char *operator = operator_of(node_find(condition, "operator"));

    if (!operator || !parameter || parameter->kind == NODE_MAP) {
        refuse(w, condition, "a comparison has column, operator and parameter");
    } else if (add_column(w, condition)) {
        add_words(w, operator);
        add_operand(w, parameter);
    }
}

static void rewrite_node(struct rewriting *w, const struct node *condition, int depth)
{
    const struct node *type = node_find(condition, "type"), *is_null = node_find(condition, "is_null");

    if (!type || ++w->n > CONDITIONS_MAX || depth > CONDITION_DEPTH_MAX)
        refuse(w, condition, type ? "too many conditions" : "a condition has a type");
    else if (span_is(type->text, "comparison"))
        rewrite_comparison(w, condition);
    else if (span_is(type->text, "nullity") && add_column(w, condition))
        add_words(w, is_null && is_null->kind == NODE_BOOL && !is_null->boolean ? " is not null" : " is null");
    else if (span_is(type->text, "and"))
        rewrite_list(w, condition, " and ", depth);
    else if (span_is(type->text, "or"))
        rewrite_list(w, condition, " or ", depth);
    else if (!w->failed)
        refuse(w, condition, "this type of condition is not supported yet");
}

/* --- both --- */

const char *gx_condition(struct suite_reader *r, const struct node *condition)
{
    struct rewriting w = {.r = r, .out = {.memory = r->arena->memory}};
    const char *text = NULL;

    if (condition->kind == NODE_NULL || (condition->kind == NODE_TEXT && condition->text.size == 0))
        return NULL;
    if (condition->kind == NODE_MAP)
        rewrite_node(&w, condition, 0);
    else if (condition->kind == NODE_TEXT)
        rewrite_text(&w, condition->text);
    else
        refuse(&w, condition, "a text or a typed condition");
    if (!w.failed) {
        text = arena_text(r->arena, w.out.at, w.out.size);
        r->no_memory |= !text;
    }
    buffer_done(&w.out);
    return text;
}

/* --- now() - timedelta(hours=24) --- */

static void skip_blanks(struct span *s)
{
    while (s->size && (s->at[0] == ' ' || s->at[0] == '\t'))
        *s = span_of(s->at + 1, s->size - 1);
}

/* One argument of timedelta: hours=24. false: something else. */
static bool take_argument(struct span *s, int64_t *seconds)
{
    static const struct { const char *word; int64_t seconds; } units[] = {
        {"weeks=", 604800}, {"days=", 86400}, {"hours=", 3600}, {"minutes=", 60}, {"seconds=", 1},
    };
    enum { AMOUNT_MAX = 1000000 };

    skip_blanks(s);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        int64_t amount = 0;
        size_t n = 0;
        struct span digits;

        if (!take_words(s, units[i].word))
            continue;
        for (; n < s->size && s->at[n] >= '0' && s->at[n] <= '9' && amount < AMOUNT_MAX; n++)
            amount = 10 * amount + (s->at[n] - '0');
        *seconds += amount * units[i].seconds;
        return n > 0 && span_take(s, n, &digits);
    }
    return false;
}

const char *gx_relative_time(struct suite_reader *r, struct span text)
{
    int64_t seconds = 0;
    const char *sign, *out;

    skip_blanks(&text);
    if (!take_words(&text, "now()"))
        return NULL;
    skip_blanks(&text);
    if (text.size == 0)
        return "now";
    sign = take_words(&text, "-") ? "-" : take_words(&text, "+") ? "+" : NULL;
    skip_blanks(&text);
    if (!sign || !take_words(&text, "timedelta("))
        return NULL;
    do {
        if (!take_argument(&text, &seconds))
            return NULL;
        skip_blanks(&text);
    } while (take_words(&text, ","));
    if (!take_words(&text, ")") || text.size != 0)
        return NULL;
    out = arena_format(r->arena, "now %s %llds", sign, (long long)seconds);
    r->no_memory |= !out;
    return out;
}
