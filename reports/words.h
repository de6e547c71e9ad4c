/* reports/words.h -- numbers and texts as people read them, shared by text, markdown and junit.
 *
 * A `struct words_out` writes to a buffer and remembers whether memory ran out, so that a renderer reads as a list of what it
 * says. Texts of the data come in through words_escaped only: what is a control byte, an escape sequence, a change of
 * direction or invalid UTF-8 becomes \xNN or \u{...} there, whatever the format then adds on top.
 */
#ifndef REPORTS_WORDS_H
#define REPORTS_WORDS_H

#include "reports/report.h"

struct words_out {
    struct buffer *out;
    bool failed;
};

/* Our own text, as it is. */
void words_add(struct words_out *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Text that may come from data, cut at `limit` bytes with "..." (0: whole). */
void words_escaped(struct words_out *w, struct span text, size_t limit);
/* A value of the data the same way; text in double quotes where it would else be hard to see (empty, blanks at an end, looks like
 * null). */
void words_value(struct words_out *w, const struct value *value, size_t limit);

enum { WORDS_NUMBER_SIZE = 32, WORDS_PERCENT_SIZE = 48 };
/* 1234567 as 1,234,567. */
const char *words_count(int64_t count, char out[WORDS_NUMBER_SIZE]);
/* Three significant digits, but never 0% of some and never 100% of not all. "" where it does not apply. */
const char *words_percent(int64_t part, int64_t whole, char out[WORDS_PERCENT_SIZE]);
/* 12.3 MB */
const char *words_size(int64_t bytes, char out[WORDS_NUMBER_SIZE]);

/* What a row-level result counted or an aggregate observed, in one line: "2 of 1,000,000 unexpected (0.0002%), 1 duplicated
 * value, 1 surplus row", "observed 57.25". Nothing where there are no figures. */
void words_figures(struct words_out *w, const struct report *report, const struct result *result, bool may_show_values);
/* Is there anything that words_figures would say? */
bool words_has_figures(const struct report *report, const struct result *result, bool may_show_values);

/* Indices of the results, failures first (worst severity first), then what was not evaluated, then passes, then skipped; else in
 * the suite's order. `order` has n_results entries. */
void words_order(const struct report *report, int32_t *order);

#endif
