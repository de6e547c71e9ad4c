/* cli/targets.h -- the reports that a run was asked for: [FORMAT:]FILE each.
 *
 * All are rendered before the first is put in its place; each is then there whole or not at all.
 */
#ifndef CLI_TARGETS_H
#define CLI_TARGETS_H

#include "core/output.h"
#include "reports/report.h"
#include "core/field.h"

struct target {
    const struct report_format *format;
    const char *path;
    struct output output;
};

struct targets {
    struct target *at;
    int32_t n;
};

/* BAD_USAGE where the format is unknown, a file is named twice or is one of `taken` (the suite, the batch);
 * WRITE where its directory is not there or not writable, so that nobody waits an hour to hear it. */
enum status targets_find(struct arena *arena, const struct text_list *wanted, const struct text_list *taken,
                         struct targets *out, struct error *err) NODISCARD;
/* The same for one file that `option` names and that is no report; NULL: not asked for. */
enum status targets_spare(struct arena *arena, const char *option, const char *path, const struct text_list *taken,
                          struct error *err) NODISCARD;
enum status targets_write(struct targets *targets, const struct report *report, const struct report_options *options,
                          struct error *err) NODISCARD;

#endif
