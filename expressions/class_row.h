/* expressions/class_row.h -- patterns that are one class of bytes after another, matched without PCRE2.
 *
 *     ^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$     ^[0-9a-f]{8}-[0-9a-f]{4}$     ^[A-Z]{2}\d+$
 *
 * An anchored row of items, each a byte, a bracket or \d \w \s, taken once, `+`, {n} or {n,}; in all at most 64 places. Anything else is
 * declined and stays with PCRE2, and so is whatever PCRE2 could read in another way. class_row.c has the algorithm.
 */
#ifndef EXPRESSIONS_CLASS_ROW_H
#define EXPRESSIONS_CLASS_ROW_H

#include "core/span.h"

struct class_row {
    uint64_t places[256]; /* where a byte may stand; bytes beyond ASCII nowhere */
    uint64_t loops;       /* places that may take any number */
    uint64_t last;        /* the place at which a text ends */
    bool takes_wide;      /* a negated bracket, which takes characters beyond ASCII: those texts are for PCRE2 */
};

/* false: the pattern is of no such shape. It must be one that PCRE2 compiles; flags are those of enum regex_flags. */
bool class_row_parse(struct class_row *row, const char *pattern, int flags);

enum class_row_answer { CLASS_ROW_NO, CLASS_ROW_YES, CLASS_ROW_UNKNOWN };
enum class_row_answer class_row_match(const struct class_row *row, struct span subject);
/* n texts as bitmaps: found, and open where the answer is UNKNOWN. */
void class_row_match_many(const struct class_row *row, const struct span *x, int64_t n, uint64_t *found, uint64_t *open);

#endif
