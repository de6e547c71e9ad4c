/* stats/fingerprints.h -- a set of 64- or 128-bit fingerprints, and how often each was added.
 *
 * 256 partitions by the top 8 bits, each an open-addressing table, so that growing one of them moves little and merging
 * frees the other side as it goes. A fingerprint stands once in its table; further additions are counted in a second,
 * usually much smaller table (only where counts are wanted), so that a column of a few values costs a few slots and a
 * column of unique values 8 bytes a slot. Which fingerprints are in it and how often does not depend on order or split.
 *
 * A table that has outgrown the caches would cost a miss for every fingerprint. So once a partition has more than a few,
 * further ones wait in an array until they are as many as the table holds, and then go in together while it is in the cache.
 */
#ifndef STATS_FINGERPRINTS_H
#define STATS_FINGERPRINTS_H

#include "core/memory.h"
#include "core/span.h"

enum { FINGERPRINT_PARTS = 256 };

struct repeat { uint64_t key; int64_t extra; }; /* additions beyond the first; 0: a free slot */

struct fingerprint_part {
    uint64_t *slots; /* `words` each; first word 0: free */
    size_t capacity, n;
    struct repeat *repeats;
    size_t repeats_capacity, n_repeats;
    uint64_t *pending; /* `words` each; not in the table yet */
    size_t pending_capacity, n_pending;
};

struct fingerprints {
    struct memory *memory;
    int words;            /* 1 or 2 */
    bool counts_repeats;  /* words 1 only */
    bool has_zero;        /* the fingerprint 0 of 64 bits, which no slot can hold */
    int64_t zero_extra;
    struct fingerprint_part part[FINGERPRINT_PARTS];
};

void fingerprints_init(struct fingerprints *f, struct memory *memory, int words, bool counts_repeats);
/* Those of n whose bit is set; high is NULL for words 1. */
enum status fingerprints_add(struct fingerprints *f, const uint64_t *low, const uint64_t *high, int64_t n, const uint64_t *rows,
                             struct error *err) NODISCARD;
enum status fingerprints_add_one(struct fingerprints *f, uint64_t low, uint64_t high, int64_t count, struct error *err) NODISCARD;
/* Puts what waits into the tables. Figures of repeats and lists are right only after it. */
enum status fingerprints_settle(struct fingerprints *f, struct error *err) NODISCARD;
enum status fingerprints_merge(struct fingerprints *into, struct fingerprints *from, struct error *err) NODISCARD; /* empties `from` */
int64_t fingerprints_count(const struct fingerprints *f); /* distinct ones, waiting ones included */
int64_t fingerprints_extra(const struct fingerprints *f, uint64_t low); /* additions beyond the first; 0: at most one */
/* Fingerprints added more than once, and their additions beyond the first. */
void fingerprints_repeated(const struct fingerprints *f, int64_t *n_groups, int64_t *n_extra);
bool fingerprints_are_unique(const struct fingerprints *f); /* is none repeated? */
/* All repeated ones, in an array of the caller's of n_groups items. */
void fingerprints_list(const struct fingerprints *f, struct repeat *out);
void fingerprints_forget_singles(struct fingerprints *f); /* keeps only what is repeated: no more adding or merging */
enum status fingerprints_pack(struct fingerprints *f, struct buffer *out, struct error *err) NODISCARD;
enum status fingerprints_unpack(struct fingerprints *f, struct span bytes, struct error *err) NODISCARD;
void fingerprints_done(struct fingerprints *f);

#endif
