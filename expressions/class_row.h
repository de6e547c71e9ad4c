/* expressions/class_row.h -- patterns that are one class of bytes after another, matched without PCRE2.
 *
 *     ^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$     ^[0-9a-f]{8}-[0-9a-f]{4}$     ^[A-Z]{2}\d+$     ^https?:     \.csv$
 *
 * A row of items, each a byte, a bracket or \d \w \s, with `?`, `*`, `+`, {n}, {n,} or {n,m}, anchored at both ends, at one or at
 * none; at most 8 different classes, or at most 64 places where both ends are anchored and no item is optional. Anything else is
 * declined and stays with PCRE2, and so is whatever PCRE2 could read in another way. class_row.c has the algorithms.
 */
#ifndef EXPRESSIONS_CLASS_ROW_H
#define EXPRESSIONS_CLASS_ROW_H

#include "kernels/kernels.h"

enum { CLASS_ROW_ITEMS = 64 };

struct class_row {
    struct class_item items[CLASS_ROW_ITEMS];
    int32_t n_items;
    bool from_start, to_end; /* anchored there */
    bool takes_wide;         /* a negated bracket, which takes characters beyond ASCII: those texts are for PCRE2 */
    size_t min_size;         /* bytes that a match takes at least */
    bool has_masks;          /* `classes` holds every item's class */
    struct byte_classes classes;
    bool has_places;         /* what follows is filled in */
    uint64_t places[256];    /* where a byte may stand; bytes beyond ASCII nowhere */
    uint64_t loops;          /* places that may take any number */
    uint64_t last;           /* the place at which a text ends */
};

/* false: the pattern is of no such shape. It must be one that PCRE2 compiles; flags are those of enum regex_flags. */
bool class_row_parse(struct class_row *row, const char *pattern, int flags);

enum class_row_answer { CLASS_ROW_NO, CLASS_ROW_YES, CLASS_ROW_UNKNOWN };
enum class_row_answer class_row_match(const struct class_row *row, struct span subject);
/* n texts as bitmaps: found, and open where the answer is UNKNOWN. */
void class_row_match_many(const struct class_row *row, const struct span *x, int64_t n, uint64_t *found, uint64_t *open);

#endif
