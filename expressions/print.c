/* expressions/print.c -- a tree as text that a person reads and that parses back.
 *
 * Equal text must mean equal predicates, because equal texts are evaluated once: so literals keep the text they were
 * written with, and flags of a pattern that the grammar cannot say are shown in brackets after it.
 */
#include "expressions/tree.h"
#include "expressions/words.h"

/* How tightly an operator binds; what binds less than its surroundings goes in parentheses. */
enum { BIND_OR = 1, BIND_AND, BIND_NOT, BIND_COMPARE, BIND_ADD, BIND_MULTIPLY, BIND_UNARY, BIND_PRIMARY };

static const char *const comparison_signs[] = {"=", "!=", "<", "<=", ">", ">="};

static bool print(struct buffer *out, const struct expression *e, int around);

static bool add(struct buffer *out, const char *text)
{
    return buffer_add(out, text, strlen(text));
}

/* The bytes between quotes, the quote itself twice. */
static bool add_quoted(struct buffer *out, struct span text, char quote)
{
    bool ok = buffer_add(out, &quote, 1);

    for (size_t i = 0; ok && i < text.size; i++)
        ok = buffer_add(out, text.at + i, 1) && (text.at[i] != (uint8_t)quote || buffer_add(out, &quote, 1));
    return ok && buffer_add(out, &quote, 1);
}

static bool print_column(struct buffer *out, const struct expression *e)
{
    struct span name = span_text(e->text);
    bool is_plain = name.size > 0 && byte_starts_word(name.at[0]) && !word_is_reserved(name);

    for (size_t i = 0; is_plain && i < name.size; i++)
        is_plain = byte_continues_word(name.at[i]);
    return is_plain ? buffer_add(out, name.at, name.size) : add_quoted(out, name, '"');
}

static bool print_literal(struct buffer *out, const struct literal *literal, enum literal_word word)
{
    static const char *const words[] = {"", "date ", "time ", "timestamp ", "interval "};

    switch (literal->kind) {
    case NODE_NULL:
        return add(out, "null");
    case NODE_BOOL:
        return add(out, word_is(literal->text, "true") ? "true" : "false");
    case NODE_NUMBER:
        return buffer_add(out, literal->text.at, literal->text.size);
    default:
        return add(out, words[word]) && add_quoted(out, literal->text, '\'');
    }
}

static bool print_list(struct buffer *out, const struct expression *e, const char *joint, int around)
{
    for (int32_t i = 0; i < e->n_args; i++)
        if ((i > 0 && !add(out, joint)) || !print(out, e->args[i], around))
            return false;
    return true;
}

/* `x between a and b` where it is closed on both sides, else the comparisons it stands for. */
static bool print_between(struct buffer *out, const struct expression *e, const char *word)
{
    const struct expression *low = e->args[1], *high = e->args[2];

    if (low && high && !e->strict_low && !e->strict_high)
        return print(out, e->args[0], BIND_ADD) && add(out, word) && print(out, low, BIND_ADD) && add(out, " and ") &&
               print(out, high, BIND_ADD);
    if (low && !(print(out, e->args[0], BIND_ADD) && add(out, e->strict_low ? " > " : " >= ") && print(out, low, BIND_ADD)))
        return false;
    if (low && high && !add(out, " and "))
        return false;
    if (high)
        return print(out, e->args[0], BIND_ADD) && add(out, e->strict_high ? " < " : " <= ") && print(out, high, BIND_ADD);
    if (!low) /* true for every value that is there */
        return print(out, e->args[0], BIND_ADD) && add(out, " = ") && print(out, e->args[0], BIND_ADD);
    return true;
}

static bool print_in(struct buffer *out, const struct expression *e, const char *word)
{
    if (!print(out, e->args[0], BIND_ADD) || !add(out, word))
        return false;
    for (int32_t i = 0; i < e->literals.n; i++)
        if ((i > 0 && !add(out, ", ")) || !print_literal(out, &e->literals.at[i], WORD_PLAIN))
            return false;
    for (int32_t i = 1; i < e->n_args; i++)
        if ((i > 1 && !add(out, ", ")) || !print(out, e->args[i], BIND_OR))
            return false;
    return add(out, ")");
}

static bool print_pattern(struct buffer *out, const struct expression *e, const char *word)
{
    if (!print(out, e->args[0], BIND_ADD) || !add(out, word) || !add_quoted(out, span_text(e->text), '\''))
        return false;
    if (e->escape && !(add(out, " escape ") && add_quoted(out, span_text(e->escape), '\'')))
        return false;
    if (e->regex_flags & REGEX_DOLLAR_NEWLINE && !add(out, " [$ before a final newline]"))
        return false;
    return !(e->regex_flags & REGEX_UNICODE_CLASSES) || add(out, " [Unicode classes]");
}

/* What can stand with `not` in its middle. */
static bool print_test(struct buffer *out, const struct expression *e, bool is_negated)
{
    switch (e->kind) {
    case EXPRESSION_IS_NULL:
        return print(out, e->args[0], BIND_ADD) && add(out, is_negated ? " is not null" : " is null");
    case EXPRESSION_BETWEEN:
        return print_between(out, e, is_negated ? " not between " : " between ");
    case EXPRESSION_IN:
        return print_in(out, e, is_negated ? " not in (" : " in (");
    case EXPRESSION_MATCHES:
        return print_pattern(out, e, is_negated ? " not matches " : " matches ");
    default:
        return print_pattern(out, e, is_negated ? " not like " : " like ");
    }
}

static bool is_closed_between(const struct expression *e)
{
    return e->args[1] && e->args[2] && !e->strict_low && !e->strict_high;
}

static bool takes_not_inside(const struct expression *e)
{
    return e->kind == EXPRESSION_IS_NULL || e->kind == EXPRESSION_IN || e->kind == EXPRESSION_MATCHES ||
           e->kind == EXPRESSION_LIKE || (e->kind == EXPRESSION_BETWEEN && is_closed_between(e));
}

static int binds(const struct expression *e)
{
    switch (e->kind) {
    case EXPRESSION_OR:
        return BIND_OR;
    case EXPRESSION_AND:
        return BIND_AND;
    case EXPRESSION_NOT:
        return takes_not_inside(e->args[0]) ? BIND_COMPARE : BIND_NOT;
    case EXPRESSION_BETWEEN:
        return e->args[1] && e->args[2] && !is_closed_between(e) ? BIND_AND : BIND_COMPARE;
    case EXPRESSION_IS_NULL: case EXPRESSION_COMPARE: case EXPRESSION_IN: case EXPRESSION_MATCHES: case EXPRESSION_LIKE:
        return BIND_COMPARE;
    case EXPRESSION_ARITHMETIC:
        return e->operation == '+' || e->operation == '-' ? BIND_ADD : BIND_MULTIPLY;
    case EXPRESSION_NEGATE:
        return BIND_UNARY;
    default:
        return BIND_PRIMARY;
    }
}

static bool print_arithmetic(struct buffer *out, const struct expression *e)
{
    char sign[4] = {' ', e->operation, ' ', '\0'};
    int around = binds(e);

    /* a - (b - c) keeps its parentheses: operators are read from the left */
    return print(out, e->args[0], around) && add(out, sign) && print(out, e->args[1], around + 1);
}

static bool print_bare(struct buffer *out, const struct expression *e)
{
    switch (e->kind) {
    case EXPRESSION_COLUMN:
        return print_column(out, e);
    case EXPRESSION_LITERAL:
        return print_literal(out, &e->literal, e->word);
    case EXPRESSION_NOW:
        return add(out, "now()");
    case EXPRESSION_TODAY:
        return add(out, "today()");
    case EXPRESSION_OR:
        return print_list(out, e, " or ", BIND_AND);
    case EXPRESSION_AND:
        return print_list(out, e, " and ", BIND_NOT);
    case EXPRESSION_NOT:
        if (takes_not_inside(e->args[0]))
            return print_test(out, e->args[0], true);
        return add(out, "not ") && print(out, e->args[0], BIND_NOT);
    case EXPRESSION_COMPARE:
        return print(out, e->args[0], BIND_ADD) && add(out, " ") && add(out, comparison_signs[e->comparison]) &&
               add(out, " ") && print(out, e->args[1], BIND_ADD);
    case EXPRESSION_ARITHMETIC:
        return print_arithmetic(out, e);
    case EXPRESSION_NEGATE: /* -(-5) must not become a -- of any kind */
        return add(out, "-") && print(out, e->args[0], BIND_PRIMARY);
    case EXPRESSION_CALL:
        return add(out, function_names[e->function]) && add(out, "(") && print_list(out, e, ", ", BIND_OR) && add(out, ")");
    default:
        return print_test(out, e, false);
    }
}

/* A number that carries its sign or a fold like -5 is a term of its own: -(-5), 2 - -5. */
static bool print(struct buffer *out, const struct expression *e, int around)
{
    bool is_signed = e->kind == EXPRESSION_LITERAL && e->literal.kind == NODE_NUMBER && e->literal.text.size > 0 &&
                     (e->literal.text.at[0] == '-' || e->literal.text.at[0] == '+');

    if (binds(e) >= around && !(is_signed && around == BIND_PRIMARY))
        return print_bare(out, e);
    return add(out, "(") && print_bare(out, e) && add(out, ")");
}

const char *expression_print(struct arena *arena, const struct expression *e)
{
    struct buffer out = {.memory = arena->memory};
    const char *text = NULL;

    if (print(&out, e, BIND_OR))
        text = arena_text(arena, out.at, out.size);
    buffer_done(&out);
    return text;
}
