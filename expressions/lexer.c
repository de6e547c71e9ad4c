/* expressions/lexer.c -- cuts the text of a predicate into tokens. */
#include "expressions/lexer.h"

#include <stdarg.h>
#include <stdio.h>

#include "expressions/words.h"

enum status syntax_error(struct error *err, int32_t at, const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    error_set(err, STATUS_BAD_SUITE, "%s", text);
    err->line_column = at;
    return STATUS_BAD_SUITE;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* The byte at `i`, 0 past the end: the text holds no NUL (expression_parse refuses it). */
static uint8_t peek(const struct lexer *lexer, size_t i)
{
    return i < lexer->text.size ? lexer->text.at[i] : 0;
}

static size_t skip_digits(const struct lexer *lexer, size_t i)
{
    while (is_digit(peek(lexer, i)))
        i++;
    return i;
}

/* 12, 1.5, .5, 1e-3; with letters right behind it a duration. */
static void take_number(struct lexer *lexer, struct token *token)
{
    size_t i = skip_digits(lexer, lexer->next);

    if (peek(lexer, i) == '.')
        i = skip_digits(lexer, i + 1);
    if (peek(lexer, i) == 'e' || peek(lexer, i) == 'E') {
        size_t k = i + 1;

        if (peek(lexer, k) == '+' || peek(lexer, k) == '-')
            k++;
        if (is_digit(peek(lexer, k)))
            i = skip_digits(lexer, k);
    }
    token->kind = TOKEN_NUMBER;
    while (byte_continues_word(peek(lexer, i))) {
        token->kind = TOKEN_DURATION;
        i++;
    }
    token->text = span_of(lexer->text.at + lexer->next, i - lexer->next);
    lexer->next = i;
}

static enum status take_quoted(struct lexer *lexer, struct token *token, struct error *err)
{
    uint8_t quote = lexer->text.at[lexer->next];
    size_t start = lexer->next + 1;
    size_t i = start;

    token->quote = quote;
    token->kind = quote == '\'' ? TOKEN_TEXT : TOKEN_NAME;
    for (;; i++) {
        if (i >= lexer->text.size)
            return syntax_error(err, token->at, "the quote %c that opens here is never closed (a quote inside is written twice)",
                                quote);
        if (lexer->text.at[i] != quote)
            continue;
        if (peek(lexer, i + 1) != quote)
            break;
        token->has_doubled = true;
        i++;
    }
    token->text = span_of(lexer->text.at + start, i - start);
    lexer->next = i + 1;
    if (token->kind == TOKEN_NAME && token->text.size == 0)
        return syntax_error(err, token->at, "a column without a name");
    return STATUS_OK;
}

/* Longest first. What other languages write gets a hint instead of a riddle. */
static const struct { const char *spelling, *hint; } signs[] = {
    {"==", NULL}, {"!=", NULL}, {"<>", NULL}, {"<=", NULL}, {">=", NULL}, {"!~", NULL},
    {"&&", "write `and`"}, {"||", "write `or`"}, {"=>", "write `>=`"}, {"=<", "write `<=`"}, {"=~", "write `~`"},
    {"=", NULL}, {"<", NULL}, {">", NULL}, {"~", NULL}, {"+", NULL}, {"-", NULL}, {"*", NULL}, {"/", NULL}, {"%", NULL},
    {"(", NULL}, {")", NULL}, {",", NULL},
    {"!", "write `not`"}, {"&", "write `and`"}, {"|", "write `or`"}, {";", "a predicate is one expression"},
    {"{", "variables are only replaced in a suite's file"}, {"[", "a list is written in ( )"},
};

static enum status take_sign(struct lexer *lexer, struct token *token, struct error *err)
{
    struct span rest = span_of(lexer->text.at + lexer->next, lexer->text.size - lexer->next);

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t size = strlen(signs[i].spelling);

        if (size > rest.size || memcmp(rest.at, signs[i].spelling, size) != 0)
            continue;
        if (signs[i].hint)
            return syntax_error(err, token->at, "`%s` is not understood: %s", signs[i].spelling, signs[i].hint);
        token->kind = TOKEN_SIGN;
        token->text = span_of(rest.at, size);
        lexer->next += size;
        return STATUS_OK;
    }
    if (rest.at[0] < 0x20 || rest.at[0] == 0x7f)
        return syntax_error(err, token->at, "the byte 0x%02x has no place in an expression", rest.at[0]);
    return syntax_error(err, token->at, "`%c` has no place in an expression", rest.at[0]);
}

enum status lexer_next(struct lexer *lexer, struct token *token, struct error *err)
{
    uint8_t byte;

    while (peek(lexer, lexer->next) == ' ' || (peek(lexer, lexer->next) >= '\t' && peek(lexer, lexer->next) <= '\r'))
        lexer->next++;
    *token = (struct token){.kind = TOKEN_END, .at = (int32_t)lexer->next + 1};
    if (lexer->next >= lexer->text.size)
        return STATUS_OK;
    byte = lexer->text.at[lexer->next];
    if (byte == '\'' || byte == '"' || byte == '`')
        return take_quoted(lexer, token, err);
    if (is_digit(byte) || (byte == '.' && is_digit(peek(lexer, lexer->next + 1)))) {
        take_number(lexer, token);
        return STATUS_OK;
    }
    if (!byte_starts_word(byte))
        return take_sign(lexer, token, err);
    token->kind = TOKEN_WORD;
    while (byte_continues_word(peek(lexer, lexer->next)))
        lexer->next++;
    token->text = span_of(lexer->text.at + (token->at - 1), lexer->next - (size_t)(token->at - 1));
    return STATUS_OK;
}
