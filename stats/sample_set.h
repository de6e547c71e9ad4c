/* stats/sample_set.h -- the first k rows of something in batch order: by (file, row), ascending; entries of one row as they come,
 * which is one worker's order, since a row lies in one unit.
 *
 * Offering in any order and merging in any order keep the same k. Values are copied, cut at 256 bytes.
 */
#ifndef STATS_SAMPLE_SET_H
#define STATS_SAMPLE_SET_H

#include "stats/metrics.h"

struct sample_mark { uint64_t tag, low, high; }; /* what a row's owner wants to remember beside it */

struct sample_set {
    struct memory *memory;
    struct arena arena;
    int32_t limit, n;
    struct sample *at;        /* sorted */
    struct sample_mark *mark; /* parallel */
    size_t capacity, mark_capacity;
};

void sample_set_init(struct sample_set *s, struct memory *memory, int32_t limit);
/* Would a row at this place be kept? */
bool sample_set_wants(const struct sample_set *s, int32_t file, int64_t row);
/* Row `row` of the chunk, with its keys, if it is wanted. */
enum status sample_set_offer(struct sample_set *s, const struct metric_input *in, int64_t row, struct sample_mark mark,
                             struct error *err) NODISCARD;
enum status sample_set_merge(struct sample_set *into, const struct sample_set *from, struct error *err) NODISCARD;
void sample_set_clear(struct sample_set *s);
bool sample_set_copy(const struct sample_set *s, struct arena *arena, const struct sample **out, int32_t *n);
enum status sample_set_pack(const struct sample_set *s, struct buffer *out, struct error *err) NODISCARD;
/* Files get their numbers of setup->file_numbers. */
enum status sample_set_unpack(struct sample_set *s, struct span bytes, const struct metric_setup *setup, struct error *err) NODISCARD;
void sample_set_done(struct sample_set *s);

#endif
