/* cli/state.h -- files of saved states, as check, merge and state use them. */
#ifndef CLI_STATE_H
#define CLI_STATE_H

#include "cli/suite_file.h"
#include "validator/states.h"

/* The files whole, in the arena, with room for `extra` more. NOT_FOUND, READ ... with the file's name. */
enum status state_inputs_read(struct arena *arena, const struct text_list *names, int32_t extra, struct state_input **out,
                              struct error *err) NODISCARD;

#endif
