/* cli/repeat.h -- a command line as text that a shell reads back to the same words. */
#ifndef CLI_REPEAT_H
#define CLI_REPEAT_H

#include "core/memory.h"

/* "assay check 'my suite.yaml' data/": words in single quotes where a shell would change them, in $'...' where they hold
 * control bytes or invalid UTF-8. NULL without memory. */
const char *repeat_command(struct arena *arena, const char *command, int argc, const char *const *argv);

#endif
