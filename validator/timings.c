/* validator/timings.c -- see timings.h. */
#include "validator/timings.h"

const char *const stage_names[] = {"open", "reference", "read", "decompress", "decode", "metrics", "merge", "wait", "judge", NULL};

void timings_add(struct timings *into, const struct timings *from)
{
    for (int s = 0; s < STAGES; s++)
        into->nanos[s] += from->nanos[s];
}

int64_t timings_sum(const struct timings *timings)
{
    int64_t sum = 0;

    for (int s = 0; s < STAGES; s++)
        sum += timings->nanos[s];
    return sum;
}
