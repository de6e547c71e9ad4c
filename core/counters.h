/* core/counters.h -- what a thread has read and worked: of a run, since a run stays on the threads that it began on or started.
 *
 * Each thread counts for itself; pool_run adds what its helpers counted to the caller's when they have ended. So the difference between
 * two looks of one thread is what was done in between on its behalf, whatever else the process does at the same time.
 */
#ifndef CORE_COUNTERS_H
#define CORE_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/clock.h"

struct read_counters {
    int64_t bytes_read, bytes_decompressed, pages_decoded, values_decoded;
    int64_t read_nanos, decompress_nanos; /* while is_timed */
    bool is_timed;              /* look at the clock for those; pool_run's helpers do as the caller */
    double helpers_cpu_seconds; /* of threads that worked for this one and have ended */
};
extern _Thread_local struct read_counters read_counters;

/* CPU time of this thread and of those that worked for it. */
double counters_cpu_seconds(void);
/* Around what is timed: 0, and no clock is looked at, where nothing is. */
static inline int64_t read_timer_start(void) { return read_counters.is_timed ? clock_monotonic_nanos() : 0; }
static inline void read_timer_stop(int64_t *nanos, int64_t start)
{
    if (start)
        *nanos += clock_monotonic_nanos() - start;
}
void counters_add(struct read_counters *to, const struct read_counters *more);

#endif
