/* readers/csv/blocks.h -- one text in many blocks, so that every core can work on it.
 *
 * A record belongs to the block in which it begins. Where the first one of a block begins, on which line, and how many good
 * records stand before it, is known only when the block before it has been cut: an entry. Entries become known in ascending
 * order; reading the bytes, parsing the cells and everything behind that goes on side by side. Who would have to wait for an entry cuts its block
 * from where the entry most likely is. That is used only if it is the entry, so nothing rests on a guess: quotes in wrong places cost nothing but time.
 *
 * Whoever scans a block that nobody has cut claims it, and then either publishes the next entry or gives the claim back.
 * A thread that waits for an entry holds claims of later blocks only, so somebody always goes on.
 */
#ifndef READERS_CSV_BLOCKS_H
#define READERS_CSV_BLOCKS_H

#include <pthread.h>

#include "core/memory.h"
#include "readers/storage/frames.h"

struct csv_entry {
    int64_t start; /* in the text, of the first record that does not begin before the block; may lie far behind it */
    int64_t line, row;
};

struct csv_blocks {
    int64_t block_size, text_size;
    const struct frame_place *places; /* of a packed text, n + 1, borrowed: block i is part i; NULL: all of block_size but for the last one */
    int32_t n;
    int32_t n_known;           /* entries 0..n_known are known */
    struct csv_entry *entries; /* n + 1 */
    uint8_t *claimed;          /* n */
    pthread_mutex_t lock;
    pthread_cond_t moved;
    struct memory *memory;
};

/* block_size is raised where there would be too many blocks. false: no memory; csv_blocks_done in any case. */
bool csv_blocks_init(struct csv_blocks *blocks, int64_t text_size, int64_t block_size, struct csv_entry first, struct memory *memory);
/* The parts of a packed text as its blocks; the frames must outlive them. false as above, or too many of them. */
bool csv_blocks_init_packed(struct csv_blocks *blocks, const struct frames *frames, struct csv_entry first, struct memory *memory);
void csv_blocks_done(struct csv_blocks *blocks);
/* Where block 0..n begins in the text; n: where it ends. */
int64_t csv_blocks_begin(const struct csv_blocks *blocks, int32_t block);
/* true: the caller has to publish or to give up. false: the next entry is known, or somebody else's to find. */
bool csv_blocks_claim(struct csv_blocks *blocks, int32_t block);
/* Is the block's entry known? Does not wait. */
bool csv_blocks_peek(struct csv_blocks *blocks, int32_t block, struct csv_entry *out);
/* Waits for the block's entry. false: nobody works on block *missing, whose entry is known: the caller has to scan it first. */
bool csv_blocks_wait(struct csv_blocks *blocks, int32_t block, struct csv_entry *out, int32_t *missing);
void csv_blocks_publish(struct csv_blocks *blocks, int32_t block, struct csv_entry next);
void csv_blocks_give_up(struct csv_blocks *blocks, int32_t block);

#endif
