/* validator/probe.h -- what this machine can do at all: the floors below which no run can fall.
 *
 * Bytes from the page cache, memory streamed, pages unpacked, values hashed and summed, on one thread and on all of them. A run that
 * takes little longer than its bytes divided by these is as fast as the machine. Takes about a second, no matter how many floors.
 */
#ifndef VALIDATOR_PROBE_H
#define VALIDATOR_PROBE_H

#include "core/memory.h"
#include "core/error.h"

struct floor {
    const char *name; /* "zstd" */
    const char *what; /* "1 MiB pages of text, unpacked" */
    double one, all;  /* bytes a second: of one thread, of all threads together */
};

struct probe {
    const char *kernels; /* the variant that this CPU gets */
    int32_t n_threads;
    const struct floor *floors;
    int32_t n_floors;
    double seconds;
};

/* n_threads 0: all cores. `file`: what is read instead of a temporary file of 32 MiB in `directory` (NULL: $TMPDIR or /tmp). Memory is the
 * arena's. READ, WRITE, NO_MEMORY and what opening a file may say. */
enum status probe_run(struct arena *arena, int32_t n_threads, const char *file, const char *directory, struct probe *out,
                      struct error *err) NODISCARD;

#endif
