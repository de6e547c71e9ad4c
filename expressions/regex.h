/* expressions/regex.h -- one pattern and what one thread needs to run it; the only files that see PCRE2.
 *
 * A search, not a full match. Limits count steps and not time, so that a verdict does not depend on the machine: about 10^6
 * steps a value (16 a byte where it is longer than 62,500), 20 MiB of backtracking. A pattern may lower them
 * ((*LIMIT_MATCH=...)) but never raise them. See regex.c.
 */
#ifndef EXPRESSIONS_REGEX_H
#define EXPRESSIONS_REGEX_H

#include "core/memory.h"
#include "core/span.h"

enum {
    REGEX_MAX_BYTES = 32 * 1024,
    REGEX_STEPS = 1000000,
    REGEX_HEAP_KIB = 20 * 1024,
    REGEX_LONG_SUBJECT = 2048,
};

struct regex;
struct regex_scratch;

/* flags of enum regex_flags. BAD_SUITE with the offset in the pattern. */
enum status regex_new(struct memory *memory, const char *pattern, int flags, struct regex **out, struct error *err) NODISCARD;
void regex_free(struct regex *regex);

enum status regex_scratch_new(struct memory *memory, struct regex_scratch **out, struct error *err) NODISCARD;
void regex_scratch_free(struct regex_scratch *scratch);

enum regex_answer { REGEX_NO, REGEX_YES, REGEX_LIMIT, REGEX_NO_MEMORY };
/* Of n texts those that can be told without PCRE2, as bitmaps: found, and open for regex_search. No pattern of that kind: all are. */
void regex_search_simply(const struct regex *regex, const struct span *subjects, int64_t n, uint64_t *found, uint64_t *open);
/* Invalid UTF-8 matches nothing: REGEX_NO. */
enum regex_answer regex_search(const struct regex *regex, struct regex_scratch *scratch, struct span subject);

extern const char regex_limit_text[]; /* what a verdict says of REGEX_LIMIT */

#endif
