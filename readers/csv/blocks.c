/* readers/csv/blocks.c -- see blocks.h. */
#include "readers/csv/blocks.h"

enum { BLOCKS_MAX = 1 << 20 };

static bool init(struct csv_blocks *b, struct csv_entry first)
{
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->moved, NULL);
    b->entries = mem_alloc(b->memory, ((size_t)b->n + 1) * sizeof *b->entries);
    b->claimed = mem_alloc(b->memory, (size_t)b->n);
    if (!b->entries || !b->claimed)
        return false;
    b->entries[0] = first;
    return true;
}

bool csv_blocks_init(struct csv_blocks *b, int64_t text_size, int64_t block_size, struct csv_entry first, struct memory *memory)
{
    *b = (struct csv_blocks){.block_size = block_size < 1 ? 1 : block_size, .text_size = text_size, .memory = memory};
    if (b->block_size < text_size / BLOCKS_MAX + 1)
        b->block_size = text_size / BLOCKS_MAX + 1;
    b->n = text_size > 0 ? (int32_t)((text_size - 1) / b->block_size + 1) : 1;
    return init(b, first);
}

bool csv_blocks_init_packed(struct csv_blocks *b, const struct frames *frames, struct csv_entry first, struct memory *memory)
{
    *b = (struct csv_blocks){.places = frames->parts, .text_size = frames_text_size(frames), .memory = memory};
    b->n = (int32_t)frames->n;
    return init(b, first);
}

int64_t csv_blocks_begin(const struct csv_blocks *b, int32_t block)
{
    if (b->places)
        return b->places[block].text;
    return block < b->n ? (int64_t)block * b->block_size : b->text_size;
}

void csv_blocks_done(struct csv_blocks *b)
{
    if (b->n == 0)
        return;
    pthread_mutex_destroy(&b->lock);
    pthread_cond_destroy(&b->moved);
    mem_free(b->memory, b->entries);
    mem_free(b->memory, b->claimed);
    *b = (struct csv_blocks){0};
}

bool csv_blocks_claim(struct csv_blocks *b, int32_t block)
{
    bool is_ours;

    pthread_mutex_lock(&b->lock);
    is_ours = b->n_known <= block && !b->claimed[block];
    if (is_ours)
        b->claimed[block] = true;
    pthread_mutex_unlock(&b->lock);
    return is_ours;
}

bool csv_blocks_peek(struct csv_blocks *b, int32_t block, struct csv_entry *out)
{
    bool is_known;

    pthread_mutex_lock(&b->lock);
    is_known = b->n_known >= block;
    if (is_known)
        *out = b->entries[block];
    pthread_mutex_unlock(&b->lock);
    return is_known;
}

bool csv_blocks_wait(struct csv_blocks *b, int32_t block, struct csv_entry *out, int32_t *missing)
{
    bool is_known;

    pthread_mutex_lock(&b->lock);
    while (b->n_known < block && b->claimed[b->n_known])
        pthread_cond_wait(&b->moved, &b->lock);
    is_known = b->n_known >= block;
    if (is_known)
        *out = b->entries[block];
    else
        *missing = b->n_known;
    pthread_mutex_unlock(&b->lock);
    return is_known;
}

void csv_blocks_publish(struct csv_blocks *b, int32_t block, struct csv_entry next)
{
    pthread_mutex_lock(&b->lock);
    b->entries[block + 1] = next;
    b->n_known = block + 1;
    pthread_cond_broadcast(&b->moved);
    pthread_mutex_unlock(&b->lock);
}

void csv_blocks_give_up(struct csv_blocks *b, int32_t block)
{
    pthread_mutex_lock(&b->lock);
    b->claimed[block] = false;
    pthread_cond_broadcast(&b->moved);
    pthread_mutex_unlock(&b->lock);
}
