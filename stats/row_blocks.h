/* stats/row_blocks.h -- blocks of rows of all files as 255 numbers: which of them hold something that is looked for.
 *
 * 65,536 rows of a file have one number, and files and blocks that are many share numbers. So a set of them takes 32 bytes, and a
 * number one byte beside a value; "no" is certain, "yes" may be another block of the same number.
 */
#ifndef STATS_ROW_BLOCKS_H
#define STATS_ROW_BLOCKS_H

#include "columns/vector.h"

enum { ROW_BLOCK_ROWS = 1 << 16, ROW_BLOCK_NUMBERS = 255 };

struct row_blocks { uint64_t bits[4]; };

/* 1 to 255, of a chunk that begins with this row. A chunk belongs to the block of its first row as a whole. */
static inline uint8_t row_block_of(int32_t file, int64_t row)
{
    return (uint8_t)(1 + ((uint64_t)row / ROW_BLOCK_ROWS + (uint64_t)file * 101) % ROW_BLOCK_NUMBERS);
}

static inline void row_blocks_add(struct row_blocks *s, uint8_t block)
{
    s->bits[block >> 6] |= (uint64_t)1 << (block & 63);
}

static inline bool row_blocks_has(const struct row_blocks *s, uint8_t block)
{
    return s->bits[block >> 6] >> (block & 63) & 1;
}

static inline void row_blocks_add_all(struct row_blocks *s, const struct row_blocks *from)
{
    for (int i = 0; i < 4; i++)
        s->bits[i] |= from->bits[i];
}

static inline int row_blocks_count(const struct row_blocks *s)
{
    int n = 0;

    for (int i = 0; i < 4; i++)
        n += __builtin_popcountll(s->bits[i]);
    return n;
}

/* May any of these rows be in a chunk of one of the blocks? */
static inline bool row_blocks_touch(const struct row_blocks *s, int32_t file, int64_t first_row, int64_t n_rows)
{
    int64_t from = first_row < CHUNK_MAX_ROWS ? 0 : first_row - (CHUNK_MAX_ROWS - 1); /* where a chunk that holds it may begin */
    int64_t n = n_rows > 0 ? (first_row + (n_rows - 1)) / ROW_BLOCK_ROWS - from / ROW_BLOCK_ROWS + 1 : 0;

    for (int64_t i = 0; i < n && i < ROW_BLOCK_NUMBERS; i++)
        if (row_blocks_has(s, row_block_of(file, from + i * ROW_BLOCK_ROWS)))
            return true;
    return false;
}

#endif
