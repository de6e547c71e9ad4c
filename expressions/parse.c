/* expressions/parse.c -- text to tree, by precedence climbing.
 *
 * One function reads everything that binds at least as tightly as its `level`; only parentheses, prefixes and function
 * arguments recurse, and each of them counts, so the stack is bounded by EXPRESSION_MAX_DEPTH. Chains of `and` and `or`
 * are gathered into one flat node.
 */
#include "core/clock.h"
#include "core/utf8.h"
#include "expressions/lexer.h"
#include "expressions/like.h"
#include "expressions/tree.h"
#include "expressions/words.h"

enum { LEVEL_OR = 1, LEVEL_AND, LEVEL_NOT, LEVEL_COMPARE, LEVEL_ADD, LEVEL_MULTIPLY, LEVEL_UNARY };

struct parser {
    struct arena *arena;
    struct lexer lexer;
    struct token token; /* the one not yet used */
    int32_t depth;
    int32_t n_nodes;
    struct error *err;
};

static enum status parse_level(struct parser *p, int level, struct expression **out);

static enum status advance(struct parser *p)
{
    return lexer_next(&p->lexer, &p->token, p->err);
}

static bool at_word(const struct parser *p, const char *word)
{
    return p->token.kind == TOKEN_WORD && word_is(p->token.text, word);
}

static bool at_sign(const struct parser *p, const char *sign)
{
    return p->token.kind == TOKEN_SIGN && span_is(p->token.text, sign);
}

/* "expected a value, found `)`", with a guess where a word was misspelt. */
static enum status unexpected(struct parser *p, const char *wanted)
{
    char found[48];
    const char *near = NULL;
    struct span word = utf8_cut(p->token.text, 40);

    if (p->token.kind == TOKEN_END)
        return syntax_error(p->err, p->token.at, "expected %s, found the end of the text", wanted);
    memcpy(found, word.at, word.size);
    found[word.size] = '\0';
    if (p->token.kind == TOKEN_TEXT)
        return syntax_error(p->err, p->token.at, "expected %s, found the text '%s'", wanted, found);
    if (p->token.kind == TOKEN_WORD)
        near = nearest_name(found, reserved_words);
    if (near && !word_is(p->token.text, near))
        return syntax_error(p->err, p->token.at, "expected %s, found `%s` (did you mean `%s`?)", wanted, found, near);
    return syntax_error(p->err, p->token.at, "expected %s, found `%s`", wanted, found);
}

static enum status expect_sign(struct parser *p, const char *sign, const char *wanted)
{
    if (!at_sign(p, sign))
        return unexpected(p, wanted);
    return advance(p);
}

/* Gives a new node its place and checks the limits; NULL is a lack of memory. */
static enum status finish(struct parser *p, struct expression *e, int32_t at, struct expression **out)
{
    if (!e)
        return memory_error(p->arena->memory, "an expression", p->err);
    if (e->at == 0)
        e->at = at;
    if (e->depth > EXPRESSION_MAX_DEPTH)
        return syntax_error(p->err, at, "the expression is nested deeper than %d", EXPRESSION_MAX_DEPTH);
    if (++p->n_nodes > EXPRESSION_MAX_NODES)
        return syntax_error(p->err, at, "the expression has more than %d parts", EXPRESSION_MAX_NODES);
    *out = e;
    return STATUS_OK;
}

static enum status node(struct parser *p, enum expression_kind kind, struct expression *const *args, int32_t n, int32_t at,
                        struct expression **out)
{
    return finish(p, expression_node(p->arena, kind, args, n), at, out);
}

/* The bytes of a quoted token with doubled quotes made single; NULL without memory. */
static const char *unquote(struct parser *p, const struct token *token, size_t *size)
{
    char *text = arena_text(p->arena, token->text.at, token->text.size);
    size_t n = 0;

    if (!text)
        return NULL;
    for (size_t i = 0; i < token->text.size; i++) {
        text[n++] = text[i];
        if ((uint8_t)text[i] == token->quote)
            i++;
    }
    text[n] = '\0';
    *size = n;
    return text;
}

static enum status take_text(struct parser *p, const char *wanted, const char **text)
{
    size_t size;

    if (p->token.kind != TOKEN_TEXT)
        return unexpected(p, wanted);
    *text = unquote(p, &p->token, &size);
    if (!*text)
        return memory_error(p->arena->memory, "an expression", p->err);
    return advance(p);
}

static enum status literal(struct parser *p, enum node_kind kind, struct span text, enum literal_word word, struct expression **out)
{
    struct literal l = {.kind = kind, .is_set = true, .is_quoted = kind == NODE_TEXT, .text = text};
    int32_t at = p->token.at;

    TRY(finish(p, expression_literal(p->arena, &l), at, out));
    (*out)->word = word;
    return advance(p);
}

static enum status parse_text_literal(struct parser *p, enum literal_word word, struct expression **out)
{
    size_t size = 0;
    const char *text = unquote(p, &p->token, &size);

    if (!text)
        return memory_error(p->arena->memory, "an expression", p->err);
    return literal(p, NODE_TEXT, span_of(text, size), word, out);
}

/* A number or a duration, with the sign that stood before it. */
static enum status parse_number(struct parser *p, bool is_negative, struct expression **out)
{
    char *text = arena_format(p->arena, "%s%.*s", is_negative ? "-" : "", (int)p->token.text.size, (const char *)p->token.text.at);
    int64_t seconds;
    int32_t nanos;

    if (!text)
        return memory_error(p->arena->memory, "an expression", p->err);
    if (p->token.kind == TOKEN_NUMBER)
        return literal(p, NODE_NUMBER, span_text(text), WORD_PLAIN, out);
    if (!clock_parse_duration(span_text(text), &seconds, &nanos))
        return syntax_error(p->err, p->token.at, "`%.*s` is neither a number nor a duration like 90s, 15m, 24h or 7d",
                            (int)utf8_cut(p->token.text, 40).size, (const char *)p->token.text.at);
    return literal(p, NODE_TEXT, span_text(text), WORD_INTERVAL, out);
}

struct list { struct expression **at; int32_t n, capacity; };

static enum status list_add(struct parser *p, struct list *list, struct expression *e)
{
    if (list->n == list->capacity) {
        int32_t capacity = list->capacity ? list->capacity * 2 : 4;
        struct expression **at = arena_array(p->arena, (size_t)capacity, sizeof *at);

        if (!at)
            return memory_error(p->arena->memory, "an expression", p->err);
        if (list->n)
            memcpy(at, list->at, (size_t)list->n * sizeof *at);
        list->at = at;
        list->capacity = capacity;
    }
    list->at[list->n++] = e;
    return STATUS_OK;
}

/* name( has been seen; the token is the parenthesis. */
static enum status parse_call(struct parser *p, struct span name, int32_t at, struct expression **out)
{
    struct list args = {0};
    int f = 0;

    while (f < FUNCTION_COUNT && !word_is(name, function_names[f]))
        f++;
    if (f == FUNCTION_COUNT) {
        char word[48] = "";
        struct span cut = utf8_cut(name, 40);
        const char *near;

        memcpy(word, cut.at, cut.size);
        near = nearest_name(word, function_names);
        return syntax_error(p->err, at, "there is no function `%s`%s%s%s", word, near ? " (did you mean `" : "",
                            near ? near : "", near ? "`?)" : " (there are length, abs, lower, upper, trim, coalesce, now, today)");
    }
    do {
        struct expression *arg;

        TRY(advance(p));
        TRY(parse_level(p, LEVEL_OR, &arg));
        TRY(list_add(p, &args, arg));
    } while (at_sign(p, ","));
    TRY(expect_sign(p, ")", "`,` or `)`"));
    if (f != FUNCTION_COALESCE && args.n != 1)
        return syntax_error(p->err, at, "%s takes one value, not %d", function_names[f], (int)args.n);
    TRY(node(p, EXPRESSION_CALL, args.at, args.n, at, out));
    (*out)->function = (enum function)f;
    return STATUS_OK;
}

/* now, now(), today, today(): the word has been seen. */
static enum status parse_clock(struct parser *p, enum expression_kind kind, int32_t at, struct expression **out)
{
    if (at_sign(p, "(")) {
        TRY(advance(p));
        TRY(expect_sign(p, ")", "`)`"));
    }
    return node(p, kind, NULL, 0, at, out);
}

static enum status parse_column(struct parser *p, struct expression **out)
{
    struct token token = p->token;
    size_t size = token.text.size;
    const char *name = token.kind == TOKEN_NAME ? unquote(p, &token, &size)
                                                : arena_text(p->arena, token.text.at, token.text.size);

    if (!name)
        return memory_error(p->arena->memory, "an expression", p->err);
    TRY(finish(p, expression_column(p->arena, name), token.at, out));
    (*out)->is_quoted = token.quote == '"';
    return token.kind == TOKEN_NAME ? advance(p) : STATUS_OK;
}

static enum status parse_word(struct parser *p, struct expression **out)
{
    static const struct { const char *word; enum literal_word means; } typed[] = {
        {"date", WORD_DATE}, {"time", WORD_TIME}, {"timestamp", WORD_TIMESTAMP}, {"interval", WORD_INTERVAL}};
    struct token word = p->token;

    if (word_is(word.text, "true") || word_is(word.text, "false"))
        return literal(p, NODE_BOOL, span_text(word_is(word.text, "true") ? "true" : "false"), WORD_PLAIN, out);
    if (word_is(word.text, "null"))
        return literal(p, NODE_NULL, span_text("null"), WORD_PLAIN, out);
    if (word_is_reserved(word.text) && !word_is(word.text, "now") && !word_is(word.text, "today"))
        return unexpected(p, "a value");
    TRY(advance(p));
    if (word_is(word.text, "now"))
        return parse_clock(p, EXPRESSION_NOW, word.at, out);
    if (word_is(word.text, "today"))
        return parse_clock(p, EXPRESSION_TODAY, word.at, out);
    if (at_sign(p, "("))
        return parse_call(p, word.text, word.at, out);
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++)
        if (p->token.kind == TOKEN_TEXT && word_is(word.text, typed[i].word))
            return parse_text_literal(p, typed[i].means, out);
    {
        struct token after = p->token;

        p->token = word;
        TRY(parse_column(p, out));
        p->token = after;
    }
    return STATUS_OK;
}

static enum status parse_primary(struct parser *p, struct expression **out)
{
    switch (p->token.kind) {
    case TOKEN_NUMBER: case TOKEN_DURATION:
        return parse_number(p, false, out);
    case TOKEN_TEXT:
        return parse_text_literal(p, WORD_PLAIN, out);
    case TOKEN_NAME:
        return parse_column(p, out);
    case TOKEN_WORD:
        return parse_word(p, out);
    default:
        break;
    }
    if (!at_sign(p, "("))
        return unexpected(p, "a value");
    TRY(advance(p));
    TRY(parse_level(p, LEVEL_OR, out));
    return expect_sign(p, ")", "`)`");
}

static enum status parse_prefix(struct parser *p, int level, struct expression **out)
{
    int32_t at = p->token.at;
    struct expression *arg;

    if (at_word(p, "not")) {
        if (level > LEVEL_NOT)
            return syntax_error(p->err, at, "`not` needs parentheses here");
        TRY(advance(p));
        TRY(parse_level(p, LEVEL_NOT, &arg));
        return node(p, EXPRESSION_NOT, &arg, 1, at, out);
    }
    if (at_sign(p, "-")) {
        TRY(advance(p));
        if (p->token.kind == TOKEN_NUMBER || p->token.kind == TOKEN_DURATION)
            return parse_number(p, true, out);
        TRY(parse_level(p, LEVEL_UNARY, &arg));
        return node(p, EXPRESSION_NEGATE, &arg, 1, at, out);
    }
    if (at_sign(p, "+")) {
        TRY(advance(p));
        return parse_level(p, LEVEL_UNARY, out);
    }
    return parse_primary(p, out);
}

/* A chain of the same word becomes one node. */
static enum status parse_chain(struct parser *p, const char *word, int level, enum expression_kind kind, struct expression **left)
{
    struct list list = {0};
    int32_t at = (*left)->at;

    TRY(list_add(p, &list, *left));
    while (at_word(p, word)) {
        struct expression *next;

        TRY(advance(p));
        TRY(parse_level(p, level + 1, &next));
        TRY(list_add(p, &list, next));
    }
    return node(p, kind, list.at, list.n, at, left);
}

static bool comparison_sign(const struct parser *p, enum comparison *op)
{
    static const struct { const char *sign; enum comparison op; } signs[] = {
        {"=", COMPARE_EQ}, {"==", COMPARE_EQ}, {"!=", COMPARE_NE}, {"<>", COMPARE_NE},
        {"<", COMPARE_LT}, {"<=", COMPARE_LE}, {">", COMPARE_GT}, {">=", COMPARE_GE}};

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (at_sign(p, signs[i].sign)) {
            *op = signs[i].op;
            return true;
        }
    return false;
}

/* x in ( has been seen: plain literals go to the list, anything else to args[1..]; one kind of element per node keeps the
 * compiled form simple, so a mixture is all args. */
static enum status parse_in(struct parser *p, struct expression *x, struct expression **out)
{
    struct list list = {0};
    bool is_plain = true;
    int32_t at = x->at;

    TRY(list_add(p, &list, x));
    if (!at_sign(p, "("))
        return unexpected(p, "`(` and a list of values");
    do {
        struct expression *element;
        int32_t n_before = p->n_nodes;

        TRY(advance(p));
        TRY(parse_level(p, LEVEL_ADD, &element));
        if (list.n > EXPRESSION_MAX_LIST)
            return syntax_error(p->err, element->at, "the list has more than %d values", EXPRESSION_MAX_LIST);
        if (element->kind == EXPRESSION_LITERAL && element->word == WORD_PLAIN)
            p->n_nodes = n_before;
        else
            is_plain = false;
        TRY(list_add(p, &list, element));
    } while (at_sign(p, ","));
    TRY(expect_sign(p, ")", "`,` or `)`"));
    TRY(node(p, EXPRESSION_IN, list.at, is_plain ? 1 : list.n, at, out));
    if (!is_plain)
        return STATUS_OK;
    (*out)->literals = (struct literal_list){arena_array(p->arena, (size_t)list.n, sizeof(struct literal)), list.n - 1, true};
    if (!(*out)->literals.at)
        return memory_error(p->arena->memory, "an expression", p->err);
    for (int32_t i = 1; i < list.n; i++)
        (*out)->literals.at[i - 1] = list.at[i]->literal;
    return STATUS_OK;
}

static enum status parse_like(struct parser *p, struct expression *x, struct expression **out)
{
    const char *pattern, *escape = NULL;
    int32_t at = p->token.at;
    struct like like;

    TRY(take_text(p, "a pattern in single quotes", &pattern));
    if (at_word(p, "escape")) {
        TRY(advance(p));
        at = p->token.at;
        TRY(take_text(p, "the escape character in single quotes", &escape));
        if (utf8_length(span_text(escape)) != 1)
            return syntax_error(p->err, at, "the escape must be one character");
    }
    if (like_compile(p->arena, pattern, escape, &like, p->err) != STATUS_OK) {
        p->err->line_column = at;
        return p->err->status;
    }
    return finish(p, expression_like(p->arena, x, pattern, escape), x->at, out);
}

/* Patterns are tried here already, since only here they have a place. */
static enum status parse_matches(struct parser *p, struct expression *x, struct expression **out)
{
    const char *pattern;
    int32_t at = p->token.at;

    TRY(take_text(p, "a regular expression in single quotes", &pattern));
    if (expression_check_regex(pattern, 0, p->err) != STATUS_OK) {
        p->err->line_column = at;
        return p->err->status;
    }
    return finish(p, expression_matches(p->arena, x, pattern, 0), x->at, out);
}

/* x [not] between, in, like, matches: the word is the token. false in *is_test: it is none of them. */
static enum status parse_test(struct parser *p, struct expression *x, struct expression **out, bool *is_test)
{
    *is_test = true;
    if (at_word(p, "in")) {
        TRY(advance(p));
        return parse_in(p, x, out);
    }
    if (at_word(p, "like")) {
        TRY(advance(p));
        return parse_like(p, x, out);
    }
    if (at_word(p, "matches")) {
        TRY(advance(p));
        return parse_matches(p, x, out);
    }
    if (at_word(p, "between")) {
        struct expression *args[3] = {x, NULL, NULL};

        TRY(advance(p));
        TRY(parse_level(p, LEVEL_ADD, &args[1]));
        if (!at_word(p, "and"))
            return unexpected(p, "`and` and the upper bound");
        TRY(advance(p));
        TRY(parse_level(p, LEVEL_ADD, &args[2]));
        return node(p, EXPRESSION_BETWEEN, args, 3, x->at, out);
    }
    *is_test = false;
    return STATUS_OK;
}

static enum status parse_is(struct parser *p, struct expression **left)
{
    bool is_negated;

    TRY(advance(p));
    is_negated = at_word(p, "not");
    if (is_negated)
        TRY(advance(p));
    if (!at_word(p, "null"))
        return unexpected(p, is_negated ? "`null`" : "`null` or `not null`");
    TRY(advance(p));
    TRY(node(p, EXPRESSION_IS_NULL, left, 1, (*left)->at, left));
    return is_negated ? node(p, EXPRESSION_NOT, left, 1, (*left)->at, left) : STATUS_OK;
}

/* What follows a value at the level of comparisons; *went_on: something did. */
static enum status parse_comparison(struct parser *p, struct expression **left, bool *went_on)
{
    enum comparison op;
    struct expression *args[2] = {*left, NULL};
    bool is_negated;

    *went_on = true;
    if (comparison_sign(p, &op)) {
        TRY(advance(p));
        TRY(parse_level(p, LEVEL_ADD, &args[1]));
        TRY(node(p, EXPRESSION_COMPARE, args, 2, args[0]->at, left));
        (*left)->comparison = op;
        return STATUS_OK;
    }
    if (at_word(p, "is"))
        return parse_is(p, left);
    if (at_sign(p, "~") || at_sign(p, "!~")) {
        is_negated = at_sign(p, "!~");
        TRY(advance(p));
        TRY(parse_matches(p, *left, left));
        return is_negated ? node(p, EXPRESSION_NOT, left, 1, (*left)->at, left) : STATUS_OK;
    }
    is_negated = at_word(p, "not");
    if (is_negated)
        TRY(advance(p));
    TRY(parse_test(p, *left, left, went_on));
    if (is_negated && !*went_on)
        return unexpected(p, "`between`, `in`, `like` or `matches` after `not`");
    return is_negated ? node(p, EXPRESSION_NOT, left, 1, (*left)->at, left) : STATUS_OK;
}

static enum status parse_arithmetic(struct parser *p, int level, struct expression **left)
{
    struct expression *args[2] = {*left, NULL};
    char operation = (char)p->token.text.at[0];

    TRY(advance(p));
    TRY(parse_level(p, level + 1, &args[1]));
    TRY(node(p, EXPRESSION_ARITHMETIC, args, 2, args[0]->at, left));
    (*left)->operation = operation;
    return STATUS_OK;
}

/* `compared`: a comparison or a `not` stands on the left, which no further comparison may take as its operand. */
static enum status parse_infix(struct parser *p, int level, bool compared, struct expression **left)
{
    for (;;) {
        if (level <= LEVEL_MULTIPLY && !compared && (at_sign(p, "*") || at_sign(p, "/") || at_sign(p, "%"))) {
            TRY(parse_arithmetic(p, LEVEL_MULTIPLY, left));
        } else if (level <= LEVEL_ADD && !compared && (at_sign(p, "+") || at_sign(p, "-"))) {
            TRY(parse_arithmetic(p, LEVEL_ADD, left));
        } else if (level <= LEVEL_AND && at_word(p, "and")) {
            TRY(parse_chain(p, "and", LEVEL_AND, EXPRESSION_AND, left));
            compared = true;
        } else if (level <= LEVEL_OR && at_word(p, "or")) {
            TRY(parse_chain(p, "or", LEVEL_OR, EXPRESSION_OR, left));
            compared = true;
        } else if (level <= LEVEL_COMPARE && !compared) {
            TRY(parse_comparison(p, left, &compared));
            if (!compared)
                return STATUS_OK;
        } else {
            return STATUS_OK;
        }
    }
}

static enum status parse_level(struct parser *p, int level, struct expression **out)
{
    struct expression *left = NULL;
    bool is_not = at_word(p, "not");

    if (++p->depth > EXPRESSION_MAX_DEPTH)
        return syntax_error(p->err, p->token.at, "the expression is nested deeper than %d", EXPRESSION_MAX_DEPTH);
    TRY(parse_prefix(p, level, &left));
    TRY(parse_infix(p, level, is_not, &left));
    p->depth--;
    *out = left;
    return STATUS_OK;
}

enum status expression_parse(struct arena *arena, struct span text, struct expression **out, struct error *err)
{
    struct parser p = {.arena = arena, .lexer = {.text = text}, .err = err};
    size_t valid = utf8_valid_prefix(text);
    const uint8_t *nul = text.size ? memchr(text.at, '\0', text.size) : NULL;

    if (text.size > EXPRESSION_MAX_BYTES)
        return syntax_error(err, EXPRESSION_MAX_BYTES, "the expression is longer than %d bytes", EXPRESSION_MAX_BYTES);
    if (valid < text.size)
        return syntax_error(err, (int32_t)valid + 1, "the expression is not valid UTF-8 here");
    if (nul)
        return syntax_error(err, (int32_t)(nul - text.at) + 1, "a NUL byte has no place in an expression");
    TRY(advance(&p));
    if (p.token.kind == TOKEN_END)
        return syntax_error(err, 1, "the expression is empty");
    TRY(parse_level(&p, LEVEL_OR, out));
    if (p.token.kind != TOKEN_END)
        return unexpected(&p, "an operator or the end of the text");
    return STATUS_OK;
}
