/* readers/storage/spool.h -- bytes that arrive at one end while they are read at the other: a body that still comes in.
 *
 * One thread adds, others read at any place, as often as they like; a reader waits until the bytes are there, the end is, or the
 * spool failed. What came is kept to the last: in memory up to `held_max` and a budget that spools share, then in an unlinked
 * temporary file, and never more than `limit`. So a second round, or another guess at the types, reads what the first one read.
 * Counts its owners: the one that adds may be gone while it is read, and the other way round.
 */
#ifndef READERS_STORAGE_SPOOL_H
#define READERS_STORAGE_SPOOL_H

#include <stdatomic.h>

#include "core/memory.h"
#include "core/span.h"

struct spool;

/* NULL: no memory. `directory` of the temporary file; NULL: $TMPDIR or /tmp. `budget` may be NULL and must outlive the spool. */
struct spool *spool_new(uint64_t limit, size_t held_max, struct memory *budget, const char *directory);
struct spool *spool_share(struct spool *spool);
void spool_release(struct spool *spool); /* NULL is fine */

/* TOO_LARGE past the limit; WRITE where the temporary file cannot be written. Nothing was added then. */
enum status spool_add(struct spool *spool, struct span bytes, struct error *err) NODISCARD;
/* Nothing more comes. */
void spool_end(struct spool *spool);
/* Nothing more comes, and whoever reads on gets this error. */
void spool_fail(struct spool *spool, const struct error *why);

/* A stream notes that the bytes unpack to more than they may; whoever owns the spool tells that from a want of memory. Any thread. */
void spool_mark_unpacked_too_far(struct spool *spool);
bool spool_is_unpacked_too_far(const struct spool *spool);

/* How many bytes came so far, and whether these are all. */
uint64_t spool_size(struct spool *spool, bool *is_ended);
/* Up to `size` bytes at `offset`: waits for the first of them. *got 0 is the end. CANCELLED where `cancelled` (may be NULL) became
 * true meanwhile; READ where the temporary file cannot be read. */
enum status spool_read(struct spool *spool, int64_t offset, void *into, size_t size, size_t *got, const atomic_bool *cancelled,
                       struct error *err) NODISCARD;

#endif
