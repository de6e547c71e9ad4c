/* core/counters.h -- what a thread has read and worked: of a run, since a run stays on the threads that it began on or started.
 *
 * Each thread counts for itself; pool_run adds what its helpers counted to the caller's when they have ended. So the difference between
 * two looks of one thread is what was done in between on its behalf, whatever else the process does at the same time.
 */
#ifndef CORE_COUNTERS_H
#define CORE_COUNTERS_H

#include <stdint.h>

struct read_counters {
    int64_t bytes_read, bytes_decompressed, pages_decoded, values_decoded;
    double helpers_cpu_seconds; /* of threads that worked for this one and have ended */
};
extern _Thread_local struct read_counters read_counters;

/* CPU time of this thread and of those that worked for it. */
double counters_cpu_seconds(void);
void counters_add(struct read_counters *to, const struct read_counters *more);

#endif
