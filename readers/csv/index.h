/* readers/csv/index.h -- where in a block of text the bytes are that mean something.
 *
 * One pass over the text in 64-byte blocks; everything after it jumps from special byte to special byte. The loop here is
 * the scalar definition; a vector variant has to give the same words.
 */
#ifndef READERS_CSV_INDEX_H
#define READERS_CSV_INDEX_H

#include "core/memory.h"
#include "core/span.h"

struct csv_index {
    uint64_t *special; /* bit i: byte i is a delimiter, a quote, CR or LF */
    uint64_t *suspect; /* bit b: block b holds NUL or a byte above 127 */
    size_t n_blocks, capacity;
    bool has_suspects;
    struct memory *memory;
};

/* 64 zero bytes must follow the text (window.h). quote -1: none. false: no memory. */
bool csv_index_build(struct csv_index *index, struct span text, uint8_t delimiter, int quote);
void csv_index_done(struct csv_index *index);

#endif
