/* validator/timings.h -- where the time of a run went, stage by stage (--timings).
 *
 * Seconds of all threads together: two threads that work for a second are two. So the stages' shares say what a faster machine, codec or
 * kernel would bring, and WAIT what better division of the work would. The clock is looked at some times a chunk of rows,
 * and not at all unless it was asked for.
 */
#ifndef VALIDATOR_TIMINGS_H
#define VALIDATOR_TIMINGS_H

#include <stdint.h>

#include "readers/reader.h"

enum stage {
    STAGE_OPEN,       /* finding files, footers, planning, compiling patterns */
    STAGE_REFERENCE,  /* all stages of reading what a batch is compared with */
    STAGE_READ,       /* bytes from storage or the page cache */
    STAGE_DECOMPRESS, /* pages of Parquet */
    STAGE_DECODE,     /* pages, or cells of text, to vectors */
    STAGE_METRICS,    /* rules and states */
    STAGE_MERGE,      /* states of threads to one, and what is decided before the next round */
    STAGE_WAIT,       /* threads that had nothing left to do while others worked */
    STAGE_JUDGE,      /* verdicts, samples, the report's facts */
    STAGES,
};
extern const char *const stage_names[]; /* "open" ..., NULL-terminated */

struct timings { int64_t nanos[STAGES]; };

void timings_add(struct timings *into, const struct timings *from);
int64_t timings_sum(const struct timings *timings);

/* Nanoseconds for differences; 0 while no run is timed. */
static inline int64_t timings_now(void) { return read_timer_start(); }

#endif
