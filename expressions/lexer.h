/* expressions/lexer.h -- the text of a predicate as tokens; private to parse.c and its lexer. */
#ifndef EXPRESSIONS_LEXER_H
#define EXPRESSIONS_LEXER_H

#include "core/error.h"
#include "core/span.h"

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,     /* bare word: a keyword, a function or a column */
    TOKEN_NAME,     /* in double quotes or backticks: always a column */
    TOKEN_NUMBER,
    TOKEN_DURATION, /* a number with letters right behind it: 24h */
    TOKEN_TEXT,     /* in single quotes */
    TOKEN_SIGN,     /* an operator or a parenthesis; its spelling is `text` */
};

struct token {
    enum token_kind kind;
    int32_t at;        /* byte of its start, from 1 */
    struct span text;  /* as written; NAME and TEXT: between the quotes, doubled quotes still double */
    uint8_t quote;     /* NAME, TEXT */
    bool has_doubled;  /* a doubled quote is inside */
};

struct lexer { struct span text; size_t next; };

/* BAD_SUITE with the byte where it cannot be a token. */
enum status lexer_next(struct lexer *lexer, struct token *token, struct error *err) NODISCARD;

/* BAD_SUITE at a byte (from 1). */
enum status syntax_error(struct error *err, int32_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
