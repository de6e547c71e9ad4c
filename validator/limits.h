/* validator/limits.h -- every limit that holds for any input, in one table: what `assay limits` prints.
 *
 * The rows take their numbers from the constants that the code obeys, so the table cannot say anything else.
 */
#ifndef VALIDATOR_LIMITS_H
#define VALIDATOR_LIMITS_H

#include <stdint.h>

enum { SAMPLES_MAX = 10000, THREADS_MAX_ASKED = 1024 };

struct limit {
    const char *name;  /* "suite_bytes" */
    int64_t value;
    const char *unit;  /* "bytes", "levels" ...: what is counted */
    const char *then;  /* what happens to an input beyond it */
};

extern const struct limit limits[]; /* grouped by part, the last has no name */

#endif
