/* stats/fingerprints.h -- a set of 64- or 128-bit fingerprints, and how often each was added.
 *
 * 256 partitions by the top 8 bits. Adding appends to the partition's last block and does nothing else, so a scan writes 256
 * sequential streams and never moves what it has written; merging links the other side's blocks behind. Which of a partition's
 * fingerprints are equal is found out by `settle`, a partition at a time and several at once, with a table that fits the cache: equal
 * ones are then kept once, and their further additions counted apart (only where counts are wanted).
 *
 * A partition settles early when it has grown to a multiple of what it held when it last settled: twice where many were
 * repeated, so that a column of a few values stays small, four to eight times where few were, so that a column of unique values
 * is gone through hardly more than once.
 *
 * When memory gets tight and the budget has a spill, all blocks are written there and freed; `settle` then reads a partition back as often as its
 * table must be cut in slices. Counts of repeated ones may be written as well; `window` brings those of some partitions back.
 *
 * Which fingerprints are in it and how often does not depend on order or split, nor on what was written where.
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

struct fingerprint_extent { struct fingerprint_extent *next; int64_t offset; size_t n; };

/* What of a partition has been written to the spill. */
struct fingerprint_spilled {
    struct fingerprint_extent *keys, *repeats;
    size_t n_keys;
    size_t n_checked;  /* keys here and in the blocks together when they were last found to be all different */
    size_t n_repeats;  /* of `repeats`, where has_all_repeats; and the sum of their extras */
    int64_t n_extra;
    bool has_all_repeats; /* each repeated key is here once; the table is empty, or a copy (is_loaded) */
    bool is_loaded;
};

struct fingerprint_table { uint64_t *at; size_t capacity; }; /* open addressing, first word 0: free */

struct fingerprints {
    struct memory *memory;
    int words;            /* 1 or 2 */
    bool counts_repeats;  /* words 1 only */
    bool has_zero;        /* the fingerprint 0 of 64 bits, which no table can hold */
    bool is_settling;     /* counts of repeated ones must stay in memory */
    int64_t zero_extra;
    _Atomic size_t held;  /* bytes of all blocks */
    struct fingerprint_table table; /* of the partition that settles early */
    struct fingerprint_spilled *spilled; /* FINGERPRINT_PARTS; NULL: nothing ever was */
    struct fingerprint_tail tail[FINGERPRINT_PARTS];
    struct fingerprint_part part[FINGERPRINT_PARTS];
};

void fingerprints_init(struct fingerprints *f, struct memory *memory, int words, bool counts_repeats);
/* Those of n whose bit is set; high is NULL for words 1. */
enum status fingerprints_add(struct fingerprints *f, const uint64_t *low, const uint64_t *high, int64_t n, const uint64_t *rows,
                             struct error *err) NODISCARD;
enum status fingerprints_add_one(struct fingerprints *f, uint64_t low, uint64_t high, int64_t count, struct error *err) NODISCARD;
/* Finds equal ones on up to n_threads threads. What the functions below up to `pack` say is right only after it; adding may go on. */
enum status fingerprints_settle(struct fingerprints *f, int n_threads, struct error *err) NODISCARD;
enum status fingerprints_merge(struct fingerprints *into, struct fingerprints *from, struct error *err) NODISCARD; /* empties `from` */
int64_t fingerprints_count(const struct fingerprints *f); /* distinct ones */
/* Additions beyond the first; 0: at most one. Only of partitions whose counts are in memory: see `window`. */
int64_t fingerprints_extra(const struct fingerprints *f, uint64_t low);
/* Has what `extra` of it will look at fetched, so that a few of them can be waited for together. */
void fingerprints_fetch_extra(const struct fingerprints *f, uint64_t low);
/* Fingerprints added more than once, and their additions beyond the first. */
void fingerprints_repeated(const struct fingerprints *f, int64_t *n_groups, int64_t *n_extra);
size_t fingerprints_part_repeats(const struct fingerprints *f, int part); /* how many of them are in a partition */
bool fingerprints_are_empty(const struct fingerprints *f); /* settled or not */
bool fingerprints_are_unique(const struct fingerprints *f); /* is none repeated? */
/* Are all counts of repeated ones in memory? */
bool fingerprints_are_loaded(const struct fingerprints *f);
/* Afterwards the counts of partitions [from, to) are in memory, and those that were brought back for others are not. */
enum status fingerprints_window(struct fingerprints *f, int from, int to, struct error *err) NODISCARD;
/* All repeated ones, in an array of the caller's of n_groups items. */
enum status fingerprints_list(const struct fingerprints *f, struct repeat *out, struct error *err) NODISCARD;
void fingerprints_forget_singles(struct fingerprints *f); /* keeps only what is repeated: no more adding or merging */
/* Settles. Partitions lie one after another behind a directory, so that `unpack_parts` can take some of them. */
enum status fingerprints_pack(struct fingerprints *f, struct buffer *out, struct error *err) NODISCARD;
/* Into an empty one, which is settled then. */
enum status fingerprints_unpack(struct fingerprints *f, struct span bytes, struct error *err) NODISCARD;
/* Only partitions [from, to): states can be merged a range of the hash space at a time. */
enum status fingerprints_unpack_parts(struct fingerprints *f, struct span bytes, int from, int to, struct error *err) NODISCARD;
void fingerprints_done(struct fingerprints *f);

#endif
