/* stats/entry_counts.h -- rows of a dictionary counted by their index alone, its entries looked at once.
 *
 * What a metric says of a column of 8-byte values often depends only on how often each value occurs. As long as chunks hang on the
 * same dictionary, rows are counted an entry; when another one comes, or the state is to be merged or saved, its owner
 * takes each entry with its count and begins anew. The entries are a copy: the scan's do not last.
 */
#ifndef STATS_ENTRY_COUNTS_H
#define STATS_ENTRY_COUNTS_H

#include "columns/vector.h"

struct entry_counts {
    struct memory *memory;
    uint64_t dictionary_id; /* of the dictionary at hand; 0: none */
    int64_t n_entries;
    int64_t n_rows;         /* counted, at most UINT32_MAX */
    uint64_t *entries;
    uint32_t *counts;       /* beside entries */
    size_t entries_capacity, counts_capacity;
};

/* Can rows of this vector be counted so? An 8-byte lane's dictionary that has an id. */
bool entry_counts_can(const struct vector *v);
/* Is `v` of the dictionary at hand, and is there room for its rows? If not: take what is there, then entry_counts_start. */
bool entry_counts_continues(const struct entry_counts *c, const struct vector *v);
/* Makes the dictionary of `v` the one at hand. Whatever was counted must have been taken. */
enum status entry_counts_start(struct entry_counts *c, const struct vector *v, struct error *err) NODISCARD;
/* rows: at least one; NULL: all. Only rows whose index means something. */
void entry_counts_add(struct entry_counts *c, const struct vector *v, const uint64_t *rows);
/* After all counts were taken: no dictionary. */
void entry_counts_clear(struct entry_counts *c);
/* The same, and a large dictionary's room is given back: another column may be next, for as long as the scan goes on. */
void entry_counts_rest(struct entry_counts *c);
void entry_counts_done(struct entry_counts *c);

#endif
