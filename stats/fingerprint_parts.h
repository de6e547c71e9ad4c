/* stats/fingerprint_parts.h -- what the files of fingerprints share: fingerprints.c (adding, merging, figures),
 * fingerprint_settle.c (equal ones), fingerprint_spill.c (the temporary file), fingerprint_save.c (saved states). */
#ifndef STATS_FINGERPRINT_PARTS_H
#define STATS_FINGERPRINT_PARTS_H

#include "core/spill.h"
#include "stats/fingerprints.h"

enum { FINGERPRINT_SETTLE_LEAST = 128 };

/* log2(capacity) bits below the `above` highest. A table of one slot does not exist: a shift by 64 is undefined. */
static inline size_t fingerprint_home(uint64_t key, int above, size_t capacity)
{
    return (size_t)((key << above) >> (__builtin_clzll(capacity) + 1));
}

static inline size_t fingerprint_next(size_t at, size_t capacity)
{
    return (at + 1) & (capacity - 1);
}

enum status fingerprints_no_room(const struct fingerprints *f, struct error *err);
/* The last block's n, from where its tail stands; all that is in blocks. */
size_t fingerprints_last_n(const struct fingerprints *f, int p);
size_t fingerprints_part_n(const struct fingerprints *f, int p);
/* Makes `block` the last, which holds block->n. */
void fingerprints_open_tail(struct fingerprints *f, int p, struct fingerprint_block *block);
void fingerprints_free_blocks(struct fingerprints *f, struct fingerprint_block *block);
/* Empties the blocks of a partition. */
void fingerprints_drop_blocks(struct fingerprints *f, int p);
enum status fingerprints_add_extra(struct fingerprints *f, int p, uint64_t key, int64_t extra, struct error *err) NODISCARD;
enum status fingerprints_put(struct fingerprints *f, uint64_t low, uint64_t high, struct error *err) NODISCARD;

/* --- settling --- */

/* Of the blocks of a partition. false in *has_room: there is no memory for the table; nothing was done. */
enum status fingerprints_settle_blocks(struct fingerprints *f, int p, struct fingerprint_table *table, bool *has_room,
                                       struct error *err) NODISCARD;
void fingerprint_table_done(struct fingerprints *f, struct fingerprint_table *table);

/* --- the spill --- */

/* Is there anything that could go, and must it? */
bool fingerprints_should_spill(const struct fingerprints *f);
bool fingerprints_can_spill(const struct fingerprints *f);
enum status fingerprints_spill_blocks(struct fingerprints *f, struct error *err) NODISCARD;
/* The same where it should, but need not: a disk that is full is no reason to end while there is memory. */
enum status fingerprints_relieve(struct fingerprints *f, struct error *err) NODISCARD;
enum status fingerprints_spill_repeats(struct fingerprints *f, int p, struct error *err) NODISCARD;
/* Moves what is written of `from` behind what is written of `into`: the same spill. */
enum status fingerprints_take_extents(struct fingerprints *into, struct fingerprints *from, int p, struct error *err) NODISCARD;
/* n more keys of w words at `at` as an extent at the front of the list. */
enum status fingerprints_write_extent(struct fingerprints *f, struct fingerprint_extent **list, const void *at, size_t n, size_t size,
                                      struct error *err) NODISCARD;
void fingerprints_free_extents(struct fingerprints *f, struct fingerprint_extent **list, size_t size);
void fingerprints_free_spilled(struct fingerprints *f);

/* Everything of an extent list or of a list of blocks, a piece at a time. */
enum { FINGERPRINT_PIECE = 8192 }; /* words */
struct fingerprint_pieces {
    const struct fingerprints *f;
    const struct fingerprint_extent *extent;
    size_t done; /* of the extent */
    uint64_t *buffer;
};
/* *n 0: the end. size: bytes of an item. */
enum status fingerprint_pieces_next(struct fingerprint_pieces *pieces, size_t size, size_t *n, struct error *err) NODISCARD;
/* The written counts of a partition into its table. */
enum status fingerprints_load_repeats(struct fingerprints *f, int p, struct error *err) NODISCARD;

#endif
