/* core/memory.c -- malloc with a remembered size, an arena and a buffer on top of it.
 *
 * A block of mem_*:   | size (8 bytes) | unused (8) | what the caller sees, aligned to 16 ...
 *
 * The header makes the budget right without the caller telling sizes, and keeps malloc's alignment.
 */
#include "core/memory.h"

#include <limits.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_SIZE = 16, ARENA_FIRST_BLOCK = 4096, ARENA_LARGEST_BLOCK = 1 << 20 };

/* Measured: 7 MB for a table of ten rows on one thread. A thread's decompression contexts and the holes of its malloc arena are about the rest. */
enum { BASE_BYTES = 8 << 20, BASE_BYTES_THREAD = 2 << 20 };

static const size_t MODEST_BYTES = (size_t)640 << 20;

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_IS_SPLIT 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_IS_SPLIT 1
#endif
#endif
#ifndef ARENA_IS_SPLIT
#define ARENA_IS_SPLIT 0
#endif

/* Fault injection of tests, the one state of the process here: how many allocations are left before one fails. */
enum { FAIL_UNKNOWN = -2, FAIL_NEVER = -1 };
static _Atomic long fail_countdown = FAIL_UNKNOWN;

static bool must_fail(void)
{
    long left = atomic_load_explicit(&fail_countdown, memory_order_relaxed);

    if (left == FAIL_NEVER)
        return false;
    if (left == FAIL_UNKNOWN) {
        const char *text = getenv("ASSAY_FAIL_ALLOC");
        long n = text ? strtol(text, NULL, 10) : 0;
        long wanted = n > 0 ? n : FAIL_NEVER;

        atomic_compare_exchange_strong(&fail_countdown, &left, wanted);
        if (wanted == FAIL_NEVER)
            return false;
    }
    left = atomic_load(&fail_countdown);
    while (left > 0)
        if (atomic_compare_exchange_weak(&fail_countdown, &left, left == 1 ? FAIL_NEVER : left - 1))
            return left == 1;
    return false;
}

#ifdef __GLIBC__
void memory_keep_blocks(void)
{
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 32 << 20);
}

void memory_give_back(void)
{
    malloc_trim(0);
}
#else
void memory_keep_blocks(void) {}
void memory_give_back(void) {}
#endif

void memory_init(struct memory *memory, size_t limit)
{
    atomic_init(&memory->used, 0);
    atomic_init(&memory->peak, 0);
    memory->limit = limit;
    memory->spill = NULL;
    atomic_init(&memory->spill_above, limit ? limit / 2 : SIZE_MAX);
    atomic_init(&memory->is_over, false);
}

bool memory_charge(struct memory *memory, size_t bytes)
{
    size_t used, after, peak;

    if (!memory)
        return true;
    used = atomic_load_explicit(&memory->used, memory_order_relaxed);
    do {
        if (!size_add(used, bytes, &after) || (memory->limit && after > memory->limit)) {
            atomic_store(&memory->is_over, true);
            return false;
        }
    } while (!atomic_compare_exchange_weak(&memory->used, &used, after));
    peak = atomic_load_explicit(&memory->peak, memory_order_relaxed);
    while (after > peak && !atomic_compare_exchange_weak(&memory->peak, &peak, after))
        ;
    return true;
}

void memory_release(struct memory *memory, size_t bytes)
{
    if (memory)
        atomic_fetch_sub(&memory->used, bytes);
}

void memory_reserve_base(struct memory *memory, int n_threads)
{
    size_t base = BASE_BYTES + (size_t)n_threads * BASE_BYTES_THREAD;

    if (memory->limit)
        (void)memory_charge(memory, base < memory->limit / 2 ? base : memory->limit / 2);
}

bool memory_is_tight(const struct memory *memory)
{
    return memory && memory->spill && memory->limit && atomic_load_explicit(&memory->used, memory_order_relaxed) > memory->limit / 2;
}

void memory_be_modest(struct memory *memory)
{
    if (MODEST_BYTES < atomic_load(&memory->spill_above))
        atomic_store(&memory->spill_above, MODEST_BYTES);
}

bool memory_should_spill(const struct memory *memory)
{
    return memory && memory->spill &&
           atomic_load_explicit(&memory->used, memory_order_relaxed) > atomic_load_explicit(&memory->spill_above, memory_order_relaxed);
}

bool memory_can_do_without_spill(struct memory *memory)
{
    if (memory_is_tight(memory))
        return false;
    atomic_store(&memory->spill_above, memory->limit ? memory->limit / 2 : SIZE_MAX);
    return true;
}

size_t memory_left(const struct memory *memory)
{
    size_t used = memory ? atomic_load_explicit(&memory->used, memory_order_relaxed) : 0;

    if (!memory || !memory->limit)
        return SIZE_MAX;
    return used < memory->limit ? memory->limit - used : 0;
}

enum status memory_error(const struct memory *memory, const char *what, struct error *err)
{
    if (memory && atomic_load(&memory->is_over))
        return error_set(err, STATUS_TOO_LARGE, "the memory limit of %zu bytes (--memory) is too little for %s",
                         memory->limit, what);
    return error_set(err, STATUS_NO_MEMORY, "out of memory for %s", what);
}

static void *block_at(void *raw, size_t size)
{
    memcpy(raw, &size, sizeof size);
    return (uint8_t *)raw + HEADER_SIZE;
}

static void *raw_of(void *block, size_t *size)
{
    void *raw = (uint8_t *)block - HEADER_SIZE;

    memcpy(size, raw, sizeof *size);
    return raw;
}

void *mem_alloc(struct memory *memory, size_t size)
{
    size_t total;
    void *raw;

    if (!size_add(size, HEADER_SIZE, &total) || must_fail() || !memory_charge(memory, size))
        return NULL;
    raw = calloc(1, total);
    if (!raw) {
        memory_release(memory, size);
        return NULL;
    }
    return block_at(raw, size);
}

void *mem_resize(struct memory *memory, void *block, size_t size)
{
    size_t before, total;
    void *raw;

    if (!block)
        return mem_alloc(memory, size);
    raw = raw_of(block, &before);
    if (!size_add(size, HEADER_SIZE, &total) || must_fail())
        return NULL;
    if (size > before && !memory_charge(memory, size - before))
        return NULL;
    raw = realloc(raw, total);
    if (!raw) {
        if (size > before)
            memory_release(memory, size - before);
        return NULL;
    }
    if (size < before)
        memory_release(memory, before - size);
    return block_at(raw, size);
}

void mem_free(struct memory *memory, void *block)
{
    size_t size;
    void *raw;

    if (!block)
        return;
    raw = raw_of(block, &size);
    memory_release(memory, size);
    free(raw);
}

bool mem_grow(struct memory *memory, void **block, size_t *capacity, size_t wanted, size_t item)
{
    size_t n = *capacity < 8 ? 8 : *capacity;
    size_t bytes;
    void *grown;

    if (wanted <= *capacity)
        return true;
    while (n < wanted)
        if (!size_mul(n, 2, &n))
            return false;
    if (!size_mul(n, item, &bytes))
        return false;
    grown = mem_resize(memory, *block, bytes);
    if (!grown && n > wanted) { /* a tight budget may still hold what is needed now */
        n = wanted;
        grown = mem_resize(memory, *block, n * item);
    }
    if (!grown)
        return false;
    *block = grown;
    *capacity = n;
    return true;
}

/* Followed by `size` bytes; two pointers' worth of head keeps them aligned to 16. */
struct arena_block {
    _Alignas(16) struct arena_block *next;
    size_t size;
    size_t used;
};

void arena_init(struct arena *arena, struct memory *memory, size_t ceiling)
{
    *arena = (struct arena){.ceiling = ceiling, .memory = memory};
}

static bool add_block(struct arena *arena, size_t size)
{
    struct arena_block *block;
    size_t wanted = ARENA_FIRST_BLOCK;
    size_t total;

    if (arena->blocks && arena->blocks->size * 2 > wanted)
        wanted = arena->blocks->size * 2;
    if (wanted > ARENA_LARGEST_BLOCK)
        wanted = ARENA_LARGEST_BLOCK;
    if (size > wanted || ARENA_IS_SPLIT)
        wanted = size;
    if (!size_add(wanted, sizeof *block, &total))
        return false;
    block = mem_alloc(arena->memory, total);
    if (!block && wanted > size && size <= SIZE_MAX - sizeof *block) { /* a tight budget: only what is needed */
        wanted = size;
        block = mem_alloc(arena->memory, size + sizeof *block);
    }
    if (!block)
        return false;
    block->size = wanted;
    block->next = arena->blocks;
    arena->blocks = block;
    return true;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    struct arena_block *block = arena->blocks;
    size_t rounded = (size + 15) & ~(size_t)15;
    size_t after;
    void *out;

    if (rounded < size || !size_add(arena->used, rounded, &after) || (arena->ceiling && after > arena->ceiling)) {
        arena->n_refused++;
        return NULL;
    }
    if (ARENA_IS_SPLIT)
        rounded = size;
    if (ARENA_IS_SPLIT || !block || block->size - block->used < rounded) {
        if (!add_block(arena, rounded)) {
            arena->n_refused++;
            return NULL;
        }
        block = arena->blocks;
    }
    out = (uint8_t *)(block + 1) + block->used;
    block->used += rounded;
    arena->used = after;
    return out;
}

void *arena_array(struct arena *arena, size_t n, size_t item)
{
    size_t bytes;

    return size_mul(n, item, &bytes) ? arena_alloc(arena, bytes) : NULL;
}

char *arena_text(struct arena *arena, const void *bytes, size_t size)
{
    size_t total;
    char *out = size_add(size, 1, &total) ? arena_alloc(arena, total) : NULL;

    if (out && size)
        memcpy(out, bytes, size);
    return out;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    char *out = NULL;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    if (n >= 0)
        out = arena_alloc(arena, (size_t)n + 1);
    if (out)
        vsnprintf(out, (size_t)n + 1, format, again);
    va_end(again);
    va_end(args);
    return out;
}

void arena_reset(struct arena *arena)
{
    struct arena_block *kept = ARENA_IS_SPLIT ? NULL : arena->blocks;
    struct arena_block *block = kept ? kept->next : arena->blocks;

    while (block) {
        struct arena_block *next = block->next;

        mem_free(arena->memory, block);
        block = next;
    }
    if (kept) {
        memset(kept + 1, 0, kept->used); /* what the arena hands out is zeroed */
        kept->used = 0;
        kept->next = NULL;
    }
    arena->blocks = kept;
    arena->used = 0;
}

void arena_done(struct arena *arena)
{
    struct arena_block *block = arena->blocks;

    while (block) {
        struct arena_block *next = block->next;

        mem_free(arena->memory, block);
        block = next;
    }
    arena->blocks = NULL;
    arena->used = 0;
}

bool buffer_reserve(struct buffer *buffer, size_t capacity)
{
    void *block = buffer->at;

    if (buffer->ceiling && capacity > buffer->ceiling)
        return false;
    if (!mem_grow(buffer->memory, &block, &buffer->capacity, capacity, 1))
        return false;
    buffer->at = block;
    return true;
}

bool buffer_add(struct buffer *buffer, const void *bytes, size_t size)
{
    size_t after;

    if (size == 0)
        return true;
    if (!size_add(buffer->size, size, &after) || !buffer_reserve(buffer, after))
        return false;
    memcpy(buffer->at + buffer->size, bytes, size);
    buffer->size = after;
    return true;
}

bool buffer_format(struct buffer *buffer, const char *format, ...)
{
    char text[256];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0)
        return false;
    if ((size_t)n < sizeof text)
        return buffer_add(buffer, text, (size_t)n);
    if (!buffer_reserve(buffer, buffer->size + (size_t)n + 1)) /* vsnprintf writes a NUL as well */
        return false;
    va_start(args, format);
    vsnprintf((char *)buffer->at + buffer->size, (size_t)n + 1, format, args);
    va_end(args);
    buffer->size += (size_t)n;
    return true;
}

void buffer_done(struct buffer *buffer)
{
    mem_free(buffer->memory, buffer->at);
    buffer->at = NULL;
    buffer->size = buffer->capacity = 0;
}
