/* expressions/like.h -- SQL's LIKE: % any run, _ one code point, everything else itself; bytewise, case counts. */
#ifndef EXPRESSIONS_LIKE_H
#define EXPRESSIONS_LIKE_H

#include "core/memory.h"
#include "core/span.h"

enum like_kind { LIKE_TEXT, LIKE_ONE, LIKE_RUN };

/* The pattern cut at its wildcards; no two RUNs and no two TEXTs follow each other. */
struct like {
    struct like_part { enum like_kind kind; struct span text; } *parts;
    int32_t n_parts;
    size_t min_size; /* bytes that any match has */
};

/* `escape`: one code point that takes the meaning from a following %, _ or itself; NULL: none. BAD_SUITE where it stands
 * before anything else or at the end. */
enum status like_compile(struct arena *arena, const char *pattern, const char *escape, struct like *out, struct error *err) NODISCARD;
bool like_matches(const struct like *like, struct span subject);

#endif
