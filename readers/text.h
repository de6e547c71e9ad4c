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

static inline bool is_cancelled(const atomic_bool *cancelled)
{
    return cancelled && atomic_load_explicit(cancelled, memory_order_relaxed);
}

#endif
