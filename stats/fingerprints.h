/* stats/fingerprints.h -- a set of 64- or 128-bit fingerprints, and how often each was added.
 *
 * 256 partitions by the top 8 bits. Adding appends to the partition's last block and does nothing else, so a scan writes 256
 * sequential streams and never moves what it has written; merging links the other side's blocks behind. Which of a partition's
 * fingerprints are equal is found out by `settle`, with one table that fits the cache and serves all partitions in turn: equal ones are
 * then kept once, and their further additions counted apart (only where counts are wanted).
 *
 * A partition settles early when it has grown to a multiple of what it held when it last settled: twice where many were
 * repeated, so that a column of a few values stays small, four to eight times where few were, so that a column of unique values
 * is gone through hardly more than once.
 * Which fingerprints are in it and how often does not depend on order or split.
 */
#ifndef STATS_FINGERPRINTS_H
#define STATS_FINGERPRINTS_H

#include "core/memory.h"
#include "core/span.h"

enum { FINGERPRINT_PARTS = 256 };

struct repeat { uint64_t key; int64_t extra; }; /* additions beyond the first; 0: a free slot */

struct fingerprint_block {
    struct fingerprint_block *next;
    size_t n, capacity; /* fingerprints; n of a partition's last block is known from its tail only */
    uint64_t at[];      /* `words` each; first word never 0 */
};

struct fingerprint_part {
    struct fingerprint_block *first, *last;
    size_t n;         /* in all blocks but the last */
    size_t n_settled; /* the first so many are different */
    size_t limit;     /* settles when it has this many */
    struct repeat *repeats;
    size_t repeats_capacity, n_repeats;
};

struct fingerprint_tail { uint64_t *at, *end; }; /* where a partition goes on; apart, so that all tails fit the cache */

struct fingerprints {
    struct memory *memory;
    int words;            /* 1 or 2 */
    bool counts_repeats;  /* words 1 only */
    bool has_zero;        /* the fingerprint 0 of 64 bits, which no table can hold */
    int64_t zero_extra;
    uint64_t *table;      /* of the partition that settles: open addressing, first word 0: free */
    size_t table_capacity;
    struct fingerprint_tail tail[FINGERPRINT_PARTS];
    struct fingerprint_part part[FINGERPRINT_PARTS];
};

void fingerprints_init(struct fingerprints *f, struct memory *memory, int words, bool counts_repeats);
/* Those of n whose bit is set; high is NULL for words 1. */
enum status fingerprints_add(struct fingerprints *f, const uint64_t *low, const uint64_t *high, int64_t n, const uint64_t *rows,
                             struct error *err) NODISCARD;
enum status fingerprints_add_one(struct fingerprints *f, uint64_t low, uint64_t high, int64_t count, struct error *err) NODISCARD;
/* Finds equal ones. What the functions below up to `pack` say is right only after it; adding may go on. */
enum status fingerprints_settle(struct fingerprints *f, struct error *err) NODISCARD;
enum status fingerprints_merge(struct fingerprints *into, struct fingerprints *from, struct error *err) NODISCARD; /* empties `from` */
int64_t fingerprints_count(const struct fingerprints *f); /* distinct ones */
int64_t fingerprints_extra(const struct fingerprints *f, uint64_t low); /* additions beyond the first; 0: at most one */
/* Fingerprints added more than once, and their additions beyond the first. */
void fingerprints_repeated(const struct fingerprints *f, int64_t *n_groups, int64_t *n_extra);
bool fingerprints_are_empty(const struct fingerprints *f); /* settled or not */
bool fingerprints_are_unique(const struct fingerprints *f); /* is none repeated? */
/* All repeated ones, in an array of the caller's of n_groups items. */
void fingerprints_list(const struct fingerprints *f, struct repeat *out);
void fingerprints_forget_singles(struct fingerprints *f); /* keeps only what is repeated: no more adding or merging */
enum status fingerprints_pack(struct fingerprints *f, struct buffer *out, struct error *err) NODISCARD; /* settles */
/* Into an empty one, which is settled then. */
enum status fingerprints_unpack(struct fingerprints *f, struct span bytes, struct error *err) NODISCARD;
void fingerprints_done(struct fingerprints *f);

#endif
