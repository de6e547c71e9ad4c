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
    both.n_lines = into->n_lines > from->n_lines ? into->n_lines : from->n_lines;
    for (int k = 0; k < LINE_END_KINDS; k++) {
        both.ends[k] = from->ends[k].n == 0 || (into->ends[k].n && into->ends[k].byte < from->ends[k].byte) ? into->ends[k]
                                                                                                          : from->ends[k];
        both.ends[k].n = into->ends[k].n + from->ends[k].n;
    }
    *into = both;
}

/* The kind by which a file's records first end otherwise than its first one; NULL: they all end alike. */
static inline const struct line_ends *damage_mixed_ends(const struct damage *d)
{
    const struct line_ends *first = NULL, *second = NULL;

    for (int k = 0; k < LINE_END_KINDS; k++)
        if (d->ends[k].n && (!first || d->ends[k].byte < first->byte))
            first = &d->ends[k];
    for (int k = 0; k < LINE_END_KINDS; k++)
        if (d->ends[k].n && &d->ends[k] != first && (!second || d->ends[k].byte < second->byte))
            second = &d->ends[k];
    return second;
}

static inline bool is_cancelled(const atomic_bool *cancelled)
{
    return cancelled && atomic_load_explicit(cancelled, memory_order_relaxed);
}

#endif
