/* stats/guide.c -- see guide.h.
 *
 * The range of the keys is cut into up to 2^16 cells by their leading bits, each cell into as many pieces as it has keys (rounded
 * up to a power of two): shifts find a key's piece, and a piece has a key or two where values are spread evenly within a cell. That is the
 * rule, for a cell is narrow (of doubles a 16th of a binade or less). What is crowded all the same is searched by halves. Two tables, two
 * cache misses a key, which overlap from key to key: against 18 to 20 steps down a tree.
 */
#include "stats/guide.h"

#include <string.h>

enum { CELL_BITS = 16, STEPS = 4, BLOCK = 64 };

static int bit_length(uint64_t x)
{
    return x ? 64 - __builtin_clzll(x) : 0;
}

/* Pieces of a cell with so many keys: their number is 2^result. */
static int pieces_for(size_t n_keys, int cell_shift)
{
    int bits = n_keys > 1 ? bit_length(n_keys - 1) : 0;

    return bits < cell_shift ? bits : cell_shift;
}

static size_t count_cells(const struct guide *g)
{
    return (size_t)((g->high - g->low) >> g->cell_shift) + 1;
}

/* Cells that begin at their keys; returns the number of pieces. */
static size_t lay_cells(struct guide *g)
{
    size_t n_cells = count_cells(g), at = 0, total = 0;

    for (size_t c = 0; c < n_cells; c++) {
        size_t from = at;
        int bits;

        while (at < g->n && (g->keys[at] - g->low) >> g->cell_shift == c)
            at++;
        bits = pieces_for(at - from, g->cell_shift);
        g->cells[c] = (struct guide_cell){(uint32_t)total, (uint8_t)(g->cell_shift - bits)};
        total += (size_t)1 << bits;
    }
    return total;
}

static inline uint32_t piece_of(const struct guide *g, uint64_t offset)
{
    const struct guide_cell *cell = &g->cells[offset >> g->cell_shift];

    return cell->first + (uint32_t)((offset & (((uint64_t)1 << g->cell_shift) - 1)) >> cell->shift);
}

bool guide_init(struct guide *g, struct memory *memory, const uint64_t *keys, size_t n)
{
    size_t n_pieces, piece = 0;
    int bits;

    *g = (struct guide){.keys = keys, .n = n};
    if (n == 0)
        return true;
    g->low = keys[0];
    g->high = keys[n - 1];
    bits = bit_length(g->high - g->low);
    g->cell_shift = bits > CELL_BITS ? bits - CELL_BITS : 0;
    g->cells = mem_alloc(memory, count_cells(g) * sizeof *g->cells);
    if (!g->cells)
        return false;
    n_pieces = lay_cells(g);
    g->ranks = mem_alloc(memory, (n_pieces + 1) * sizeof *g->ranks);
    if (!g->ranks)
        return false;
    for (size_t i = 0; i < n; i++)
        while (piece <= piece_of(g, keys[i] - g->low))
            g->ranks[piece++] = (uint32_t)i;
    while (piece <= n_pieces)
        g->ranks[piece++] = (uint32_t)n;
    return true;
}

void guide_done(struct guide *g, struct memory *memory)
{
    mem_free(memory, g->cells);
    mem_free(memory, g->ranks);
    memset(g, 0, sizeof *g);
}

/* The first of from ... to whose key is not below; all before `from` are. */
static uint32_t halve(const uint64_t *keys, uint32_t from, uint32_t to, uint64_t key)
{
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;

        if (keys[middle] < key)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* A key between the outermost ones, in a piece with keys of ranks from ... to - 1. Keys from `to` on are not below it, so a few are
 * looked at without asking where the piece ends. */
static inline uint32_t rank_within(const struct guide *g, uint32_t from, uint32_t to, uint64_t key)
{
    const uint64_t *keys = g->keys + from;

    if (to - from > STEPS || from + STEPS > g->n)
        return halve(g->keys, from, to, key);
    return from + (keys[0] < key) + (keys[1] < key) + (keys[2] < key) + (keys[3] < key);
}

static inline uint32_t slot_at(const struct guide *g, uint32_t piece, uint64_t key)
{
    uint32_t rank;

    if (key < g->low)
        return 0;
    if (key > g->high)
        return 2 * (uint32_t)g->n;
    rank = rank_within(g, g->ranks[piece], g->ranks[piece + 1], key);
    return 2 * rank + (g->keys[rank] == key);
}

void guide_find(const struct guide *g, const uint64_t *keys, int64_t n, uint32_t *slots)
{
    uint32_t piece[BLOCK];

    if (g->n == 0) {
        memset(slots, 0, (size_t)n * sizeof *slots);
        return;
    }
    for (int64_t from = 0; from < n; from += BLOCK) {
        int64_t m = n - from < BLOCK ? n - from : BLOCK;

        for (int64_t q = 0; q < m; q++) { /* where a table of more than a cache is to be looked at is known early */
            uint64_t key = keys[from + q];

            key = key < g->low ? g->low : key > g->high ? g->high : key;
            piece[q] = piece_of(g, key - g->low);
            __builtin_prefetch(&g->ranks[piece[q]]);
        }
        for (int64_t q = 0; q < m; q++)
            __builtin_prefetch(&g->keys[g->ranks[piece[q]]]);
        for (int64_t q = 0; q < m; q++)
            slots[from + q] = slot_at(g, piece[q], keys[from + q]);
    }
}
