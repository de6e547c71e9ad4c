/* expressions/hint.c -- guesses, before any column is known, what a side of an operator is.
 *
 * Only for columns of CSV and JSON lines that nobody declared: the guess tells their reader how to parse the cells.
 */
#include "core/clock.h"
#include "expressions/compile.h"
#include "expressions/words.h"

static bool starts_with_word(struct span text, const char *word)
{
    size_t size = strlen(word);

    if (text.size < size || !word_is(span_of(text.at, size), word))
        return false;
    return text.size == size || text.at[size] == ' ' || text.at[size] == '+' || text.at[size] == '-' || text.at[size] == '(';
}

static bool reads_like_time(struct span text)
{
    int64_t x;
    int32_t nanos;
    bool has_zone;

    return clock_parse_date(text, &x) || clock_parse_time(text, &x) || clock_parse_timestamp(text, &x, &nanos, &has_zone) ||
           starts_with_word(text, "now") || starts_with_word(text, "today");
}

static enum hint hint_of_literal(const struct literal *literal)
{
    switch (literal->kind) {
    case NODE_NUMBER:
        return HINT_NUMBER;
    case NODE_BOOL:
        return HINT_BOOL;
    case NODE_TEXT:
        return reads_like_time(literal->text) ? HINT_DATE_TEXT : HINT_TEXT;
    default:
        return HINT_NONE;
    }
}

/* All alike, or text. Nulls say nothing. */
enum hint hint_of_literals(const struct literal_list *literals)
{
    enum hint all = HINT_NONE;

    for (int32_t i = 0; i < literals->n; i++) {
        enum hint one = hint_of_literal(&literals->at[i]);

        if (one != HINT_NONE && all != HINT_NONE && one != all)
            return HINT_TEXT;
        all = one == HINT_NONE ? all : one;
    }
    return all;
}

static enum hint hint_of_arithmetic(const struct expression *e)
{
    enum hint a = hint_of(e->args[0]), b = hint_of(e->args[1]);
    bool a_is_moment = a == HINT_TIME || a == HINT_DATE_TEXT;
    bool b_is_moment = b == HINT_TIME || b == HINT_DATE_TEXT;

    if (e->operation == '-' && (b_is_moment || (a_is_moment && b == HINT_NONE)))
        return HINT_DURATION; /* column - now(), now() - column */
    if (a_is_moment || b_is_moment)
        return HINT_TIME;
    if (a == HINT_DURATION && b == HINT_DURATION)
        return HINT_DURATION;
    if (a == HINT_DURATION || b == HINT_DURATION)
        return HINT_TIME; /* column + 1h */
    return a == HINT_NUMBER || b == HINT_NUMBER || (e->operation != '-' && e->operation != '+') ? HINT_NUMBER : HINT_NONE;
}

static enum hint hint_of_call(const struct expression *e)
{
    enum hint hint = HINT_NONE;

    switch (e->function) {
    case FUNCTION_LENGTH:
        return HINT_NUMBER;
    case FUNCTION_ABS:
        return hint_of(e->args[0]) == HINT_DURATION ? HINT_DURATION : HINT_NUMBER;
    case FUNCTION_COALESCE:
        for (int32_t i = 0; i < e->n_args && hint == HINT_NONE; i++)
            hint = hint_of(e->args[i]);
        return hint;
    default:
        return HINT_TEXT;
    }
}

enum hint hint_of(const struct expression *e)
{
    switch (e->kind) {
    case EXPRESSION_COLUMN:
        return HINT_NONE;
    case EXPRESSION_LITERAL:
        if (e->word == WORD_PLAIN)
            return hint_of_literal(&e->literal);
        return e->word == WORD_INTERVAL ? HINT_DURATION : HINT_TIME;
    case EXPRESSION_NOW: case EXPRESSION_TODAY:
        return HINT_TIME;
    case EXPRESSION_ARITHMETIC:
        return hint_of_arithmetic(e);
    case EXPRESSION_NEGATE:
        return hint_of(e->args[0]) == HINT_DURATION ? HINT_DURATION : HINT_NUMBER;
    case EXPRESSION_CALL:
        return hint_of_call(e);
    default:
        return HINT_BOOL;
    }
}

enum family family_of(enum hint hint)
{
    switch (hint) {
    case HINT_NUMBER:
        return FAMILY_NUMBER;
    case HINT_TEXT:
        return FAMILY_TEXT;
    case HINT_TIME:
        return FAMILY_TIME;
    case HINT_BOOL:
        return FAMILY_BOOL;
    default:
        return FAMILY_ANY;
    }
}
