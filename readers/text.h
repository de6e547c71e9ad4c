/* readers/text.h -- small things that the readers of text share. */
#ifndef READERS_TEXT_H
#define READERS_TEXT_H

#include "readers/reader.h"

/* Counts a damaged record; where to describe it, or NULL when enough are listed. */
static inline struct damage_item *damage_add(struct damage *damage)
{
    damage->n_records++;
    return damage->n_items < DAMAGE_KEPT ? &damage->items[damage->n_items++] : NULL;
}

/* The damage of two parts of a file, in any order: the items with the lowest places are kept. */
static inline void damage_merge(struct damage *into, const struct damage *from)
{
    struct damage both = {.n_records = into->n_records + from->n_records, .n_total = into->n_total + from->n_total};
    int32_t a = 0, b = 0;

    while (both.n_items < DAMAGE_KEPT && (a < into->n_items || b < from->n_items)) {
        bool is_from = a == into->n_items || (b < from->n_items && from->items[b].byte < into->items[a].byte);
        both.items[both.n_items++] = is_from ? from->items[b++] : into->items[a++];
    }
    *into = both;
}

static inline bool is_cancelled(const atomic_bool *cancelled)
{
    return cancelled && atomic_load_explicit(cancelled, memory_order_relaxed);
}

#endif
