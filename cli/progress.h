/* cli/progress.h -- one line on a terminal that tells how far a long run is.
 *
 * Shown from the second second on, only where standard error is a terminal. Workers call progress_show from any thread;
 * one that finds it busy goes on.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "validator/validator.h"

struct progress_line {
    bool is_wanted;
    atomic_flag is_busy;
    atomic_bool is_shown;
    double shown_at; /* seconds of the run; guarded by is_busy */
};

/* is_wanted: neither --quiet nor --no-progress. */
void progress_init(struct progress_line *line, bool is_wanted);
void progress_show(void *line, const struct progress *progress); /* validation_options.on_progress */
void progress_clear(struct progress_line *line);
/* The words of the line: "42%  1.2M rows  450 MB of 1.1 GB  350 MB/s  3 s left". Returns the length. */
size_t progress_print(const struct progress *progress, char *out, size_t size);

#endif
