/* readers/csv/index.h -- where in a block of text the bytes are that mean something.
 *
 * The text is gone through in 64-byte blocks; everything after it jumps from special byte to special byte. This is what the exact
 * lexer goes by; plain records never come here (kernels/csv.h). Only as far as somebody asks: who wants a hundred records of a window,
 * or one behind which plain ones follow, does not pay for the rest.
 */
#ifndef READERS_CSV_INDEX_H
#define READERS_CSV_INDEX_H

#include "core/memory.h"
#include "core/span.h"

struct csv_index {
    uint64_t *special; /* bit i: byte i is a delimiter, a quote, CR or LF */
    uint64_t *suspect; /* bit b: block b holds NUL or a byte above 127 */
    size_t n_blocks, n_ready, capacity; /* the first n_ready are done */
    bool has_suspects; /* among those */
    struct span text;
    uint64_t delimiters, quotes; /* in each byte */
    struct memory *memory;
};

/* 64 bytes that may be read must follow the text (window.h). quote -1: none. false: no memory. */
bool csv_index_begin(struct csv_index *index, struct span text, uint8_t delimiter, int quote);
/* Makes blocks ready up to number `wanted`, which is below n_blocks, and some more. */
void csv_index_reach(struct csv_index *index, size_t wanted);
void csv_index_done(struct csv_index *index);

#endif
