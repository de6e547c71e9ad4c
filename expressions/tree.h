/* expressions/tree.h -- the tree that text is parsed to and that expectations build.
 *
 * A node never changes once it is built, and its children are older than itself: so a tree has no cycles, and `depth`
 * is known at birth. `and` and `or` are flat lists: a thousand conditions in a row are one level deep.
 */
#ifndef EXPRESSIONS_TREE_H
#define EXPRESSIONS_TREE_H

#include "expressions/expression.h"

enum {
    EXPRESSION_MAX_DEPTH = 200,
    EXPRESSION_MAX_NODES = 20000,   /* of a parsed text; literals of an `in` list are counted apart */
    EXPRESSION_MAX_LIST = 100000,   /* values in one `in` list of a parsed text */
    EXPRESSION_MAX_BYTES = 1 << 20, /* of a parsed text */
};

enum expression_kind {
    EXPRESSION_COLUMN,
    EXPRESSION_LITERAL,
    EXPRESSION_NOW,
    EXPRESSION_TODAY,
    EXPRESSION_AND,
    EXPRESSION_OR,
    EXPRESSION_NOT,
    EXPRESSION_IS_NULL,
    EXPRESSION_COMPARE,
    EXPRESSION_BETWEEN, /* args: x, low, high; a bound may be NULL: open */
    EXPRESSION_IN,      /* args[0] in literals, or args[1..] where they are more than literals */
    EXPRESSION_MATCHES,
    EXPRESSION_LIKE,
    EXPRESSION_ARITHMETIC,
    EXPRESSION_NEGATE,
    EXPRESSION_CALL,
};

/* What the word before a text says it is: date '2024-01-01'. PLAIN: nothing was said. */
enum literal_word { WORD_PLAIN, WORD_DATE, WORD_TIME, WORD_TIMESTAMP, WORD_INTERVAL };

enum function { FUNCTION_LENGTH, FUNCTION_ABS, FUNCTION_LOWER, FUNCTION_UPPER, FUNCTION_TRIM, FUNCTION_COALESCE, FUNCTION_COUNT };
extern const char *const function_names[]; /* NULL-terminated, in the order of the enum */

struct expression {
    enum expression_kind kind;
    int32_t depth;  /* a leaf is 1 */
    int32_t at;     /* byte of the text, from 1; 0 for built nodes */
    int32_t n_args;
    struct expression **args;
    union {
        enum comparison comparison;
        enum function function;
        char operation;         /* + - * / % */
        enum literal_word word; /* LITERAL */
        bool is_quoted;         /* COLUMN: was written in double quotes */
    };
    bool strict_low, strict_high; /* BETWEEN */
    int regex_flags;              /* MATCHES */
    const char *text;             /* COLUMN: name; MATCHES, LIKE: pattern */
    const char *escape;           /* LIKE: one code point or NULL */
    struct literal literal;       /* LITERAL */
    struct literal_list literals; /* IN */
};

/* A node with copies of the n children's pointers; NULL without memory or where a child is NULL. */
struct expression *expression_node(struct arena *arena, enum expression_kind kind, struct expression *const *args, int32_t n);
/* Joins two conditions, flattening lists of the same kind. NULL where either is. */
struct expression *expression_join(struct arena *arena, enum expression_kind kind, struct expression *a, struct expression *b);

#endif
