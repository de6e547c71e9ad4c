/* cli/suite_file.h -- the suite that a command was given, with its variables; all that is wrong with it is said at once. */
#ifndef CLI_SUITE_FILE_H
#define CLI_SUITE_FILE_H

#include "cli/command.h"
#include "validator/validator.h"

struct suite_file {
    struct arena *arena;
    const char *path;
    const struct text_list *variables;      /* --var: name=value */
    const struct text_list *variable_files; /* --vars-file */
    bool is_quiet;                          /* no warnings */
    const char *usage_hint;                 /* of the command, for what is wrong with its words */
};

/* NULL after having said why, with the exit code: whatever is wrong with the suite's file, also that it is not there, is its
 * author's, 2, unless it is memory. */
struct suite *suite_file_read(const struct suite_file *file, int *exit_code);

/* SUITE and at least one more word, none of them a mistake that is easily made; `what` the others are: "batch", "states". BAD_USAGE. */
enum status suite_words_check(const struct text_list *arguments, const char *what, struct error *err) NODISCARD;
/* --now into the options: a time without zone is in the suite's; a date is its first instant there. BAD_USAGE. */
enum status suite_now(struct arena *arena, const struct suite *suite, const char *now, struct validation_options *out,
                      struct error *err) NODISCARD;

#endif
