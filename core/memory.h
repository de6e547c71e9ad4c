/* core/memory.h -- the only door to malloc.
 *
 * Two kinds: `struct arena` (many small things freed at once: suite, plan,
 * results; scratch per worker) and mem_* (large buffers and tables that grow).
 * Both may be given a `struct memory`, a shared budget (--memory): past it an
 * allocation fails like malloc does, and `memory_is_over` tells the two apart.
 * Test builds and the environment variable ASSAY_FAIL_ALLOC=n make the n-th
 * allocation of the process fail.
 */
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct spill;

/* A budget shared by threads. limit 0: no limit. */
struct memory {
    _Atomic size_t used;
    _Atomic size_t peak;
    size_t limit;
    struct spill *spill; /* where what can wait goes when memory gets tight; NULL: nowhere */
    _Atomic size_t spill_above; /* what is as well written down, is from so much on */
    atomic_bool is_over; /* a charge was refused */
};

void memory_init(struct memory *memory, size_t limit);
/* false: the budget does not allow it (nothing was charged). memory may be NULL. */
bool memory_charge(struct memory *memory, size_t bytes);
void memory_release(struct memory *memory, size_t bytes);
/* Takes off the budget what no allocation of ours accounts for (code, stacks, libraries' own buffers, what malloc keeps), so that the limit is
 * one of resident size: a fixed part and one for each thread, but never more than half of the limit. */
void memory_reserve_base(struct memory *memory, int n_threads);
/* Half of the budget is taken and there is a spill: time to write down what can wait, so that what cannot has room. */
bool memory_is_tight(const struct memory *memory);
/* Where nobody set the limit, it is what the machine can do, and not what a run should take: keys that can as well be written down
 * are from 640 MiB on. (180 million of them are 1.4 GB; writing and reading them back is a fifth of the time that such a batch takes.) */
void memory_be_modest(struct memory *memory);
/* Is it time to write down what costs little to be read back? From half of the limit on at the latest. */
bool memory_should_spill(const struct memory *memory);
/* After a write failed: true where there is memory to go on without the spill, which is then only used when it is tight. */
bool memory_can_do_without_spill(struct memory *memory);
/* What is left of the budget; SIZE_MAX where there is none. */
size_t memory_left(const struct memory *memory);
/* After an allocation returned NULL: TOO_LARGE naming `what` and --memory where the
 * budget was the reason, else NO_MEMORY. */
enum status memory_error(const struct memory *memory, const char *what, struct error *err);

/* For a process that runs for long and does the same over and over: blocks up to a few MiB are kept and used again rather than given
 * back to the system and cleared by it each time. */
void memory_keep_blocks(void);
/* After much was freed that is not needed again soon: what malloc keeps of it goes back to the system. */
void memory_give_back(void);

/* malloc, zeroed; realloc that leaves the new bytes undefined; free. NULL on failure; the old block is
 * then unchanged. `size` may be 0. The size is remembered, so that the budget is right
 * without telling it. `memory` may be NULL and must be the same for all three calls. */
void *mem_alloc(struct memory *memory, size_t size);
void *mem_resize(struct memory *memory, void *block, size_t size);
void mem_free(struct memory *memory, void *block);

/* false on overflow. */
static inline bool size_mul(size_t a, size_t b, size_t *out) { return !__builtin_mul_overflow(a, b, out); }
static inline bool size_add(size_t a, size_t b, size_t *out) { return !__builtin_add_overflow(a, b, out); }

/* Grows *block (element size `item`) so that it holds at least `wanted` elements:
 * doubles, sets *capacity. false: NULL was returned inside, *block is unchanged. */
bool mem_grow(struct memory *memory, void **block, size_t *capacity, size_t wanted, size_t item);

struct arena_block;

/* Bump allocator. Zero it or arena_init it; one thread at a time. */
struct arena {
    struct arena_block *blocks;
    size_t used;    /* bytes handed out */
    size_t ceiling; /* refuse beyond; 0: none */
    struct memory *memory;
    int64_t n_refused; /* allocations: who builds a tree of many small parts looks here once, not after each */
};

void arena_init(struct arena *arena, struct memory *memory, size_t ceiling);
/* Zeroed, aligned to 16. NULL on failure. Under ASan each is its own malloc. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t n, size_t item); /* NULL on overflow too */
char *arena_text(struct arena *arena, const void *bytes, size_t size); /* copy, NUL-terminated */
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arena_reset(struct arena *arena); /* everything is gone, one block may be kept */
void arena_done(struct arena *arena);

/* A growing byte buffer on mem_*. Zeroed is empty. */
struct buffer {
    uint8_t *at;
    size_t size;
    size_t capacity;
    size_t ceiling; /* refuse to grow beyond; 0: none */
    struct memory *memory;
};

bool buffer_reserve(struct buffer *buffer, size_t capacity); /* room for `capacity` bytes in total */
bool buffer_add(struct buffer *buffer, const void *bytes, size_t size);
bool buffer_format(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buffer_done(struct buffer *buffer);

#endif
