/* stats/dense.h -- integers of a narrow range as bits: which occurred, and which did so twice.
 *
 * Shuffled ids lie close together, and then a bit each is an eighth of a byte where a fingerprint is eight. Bits come in pages of 65,536
 * values, made when a value in them is met. What occurs a third time goes to the owner's fingerprints. Where the pages become more than
 * the values are worth, or memory gets tight, everything goes there, as if it had gone there at once.
 *
 * Where the owner will want to see the rows of repeated values again, the values are kept as they came as well, in four bytes each, while there
 * is room and few are repeated: when it is known which are, the traces tell in which blocks of rows (row_blocks.h) they lie, and the
 * rest of the column need not be decoded again.
 *
 * Lanes I64 and U64 of one column. Owned by a metric's state beside the fingerprints of the same column, to which nobody else may give a value
 * of it before dense_close.
 */
#ifndef STATS_DENSE_H
#define STATS_DENSE_H

#include "stats/fingerprints.h"
#include "stats/selection.h"
#include "stats/row_blocks.h"

enum { DENSE_PAGE_BITS = 16, DENSE_PAGE_WORDS = (1 << DENSE_PAGE_BITS) / 64 };

struct dense_page {
    uint64_t once[DENSE_PAGE_WORDS];
    uint64_t *twice; /* NULL: none */
};

struct dense_trace { /* the values of a chunk */
    struct dense_trace *next;
    uint64_t low;  /* in their order; what `at` is above */
    uint32_t n;
    uint8_t block;
    uint32_t at[];
};

struct dense {
    struct memory *memory;
    bool is_possible;     /* no value of the column has gone to the fingerprints but by way of this */
    bool counts_repeats;  /* else `twice` is not kept */
    uint64_t sign;        /* what turns a value into its order and back */
    uint64_t first_page;  /* of the directory */
    struct dense_page **pages;
    size_t n_pages;
    size_t held;          /* bytes of pages */
    int64_t n_rows;       /* that were added */
    int64_t n_values;     /* different ones among them */
    bool is_traced;       /* `traces` has every value that was added */
    struct dense_trace *traces, *last_trace;
    size_t held_traces;
    int64_t n_again;      /* values that were there already; of one worker's */
};

/* is_traced: dense_repeats will be asked for. */
void dense_init(struct dense *d, struct memory *memory, int32_t n_columns, struct type type, bool counts_repeats, bool is_traced);
/* Takes the selected values of a chunk, with the figures of row_keys_make in *counts. *taken false: it is for the fingerprints, after
 * dense_close. */
enum status dense_offer(struct dense *d, struct fingerprints *exact, const struct metric_input *in, struct moments_counts *counts,
                        bool *taken, struct error *err) NODISCARD;
/* Empties `from`. With `exact` of both sides still to be merged. */
enum status dense_merge(struct dense *into, struct fingerprints *into_exact, struct dense *from, struct fingerprints *from_exact,
                        struct error *err) NODISCARD;
/* The blocks of rows that hold all rows of repeated values, before dense_settle; on up to n_threads threads. false: they may be anywhere. n_rows: how
 * many rows with a value there are in all. */
bool dense_repeats(const struct dense *d, int64_t n_rows, int n_threads, struct row_blocks *out);
/* Repeated values go to the fingerprints; those that stay are different from each other and from all there. */
enum status dense_settle(struct dense *d, struct fingerprints *exact, struct error *err) NODISCARD;
/* All to the fingerprints, and none is taken any more. */
enum status dense_close(struct dense *d, struct fingerprints *exact, struct error *err) NODISCARD;
void dense_done(struct dense *d);

#endif
