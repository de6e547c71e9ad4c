/* expressions/expression.h -- the predicate language: `where`, `satisfies`, and every row-level check.
 *
 * Text is parsed to a tree; expectations build trees directly; a tree is bound to columns and compiled to a
 * `struct predicate`, which is evaluated on chunks. Three-valued: true, false, unknown (a null operand). PCRE2 lives here.
 *
 * Grammar (keywords in any case): or, and, not; = == != <> < <= > >=; [not] between a and b; [not] in (...);
 * is [not] null; [not] like 'pattern' [escape 'c']; [not] matches 'regex' (also ~ and !~); + - * / % unary -;
 * parentheses; columns as bare words or "quoted" or `quoted`; 'text' with '' for a quote; numbers; true false null; date '2024-01-01', timestamp '...';
 * now(), today(), now() - interval '24 hours' (also now - 24h); length(x) abs(x) lower(x) upper(x) trim(x) coalesce(a, b, ...).
 */
#ifndef EXPRESSIONS_EXPRESSION_H
#define EXPRESSIONS_EXPRESSION_H

#include "columns/vector.h"

struct expression; /* lives in its arena; immutable once built */

/* BAD_SUITE with line_column = the byte (from 1) of the text where it went wrong and a hint. Depth at most 200. */
enum status expression_parse(struct arena *arena, struct span text, struct expression **out, struct error *err) NODISCARD;

/* Builders; NULL operands give NULL, so that one check at the end is enough. Names and literals are copied. */
struct expression *expression_column(struct arena *arena, const char *name);
struct expression *expression_literal(struct arena *arena, const struct literal *literal);
struct expression *expression_and(struct arena *arena, struct expression *a, struct expression *b); /* a NULL: b; b NULL: a */
struct expression *expression_not(struct arena *arena, struct expression *a);
struct expression *expression_is_null(struct arena *arena, struct expression *a);
struct expression *expression_true(struct arena *arena);
enum comparison { COMPARE_EQ, COMPARE_NE, COMPARE_LT, COMPARE_LE, COMPARE_GT, COMPARE_GE };
struct expression *expression_compare(struct arena *arena, enum comparison op, struct expression *a, struct expression *b);
/* Bounds that are not set are open. */
struct expression *expression_between(struct arena *arena, struct expression *x, const struct literal *low, bool strict_low,
                                      const struct literal *high, bool strict_high);
struct expression *expression_in(struct arena *arena, struct expression *x, const struct literal_list *values);
enum regex_flags { REGEX_DOLLAR_NEWLINE = 1, REGEX_UNICODE_CLASSES = 2 }; /* dialect gx */
struct expression *expression_matches(struct arena *arena, struct expression *x, const char *regex, int flags);
/* For the moment when a suite is loaded: would predicate_compile take it? BAD_SUITE with the offset in the pattern. */
enum status expression_check_regex(const char *regex, int flags, struct error *err) NODISCARD;
struct expression *expression_like(struct arena *arena, struct expression *x, const char *pattern, const char *escape);
struct expression *expression_length(struct arena *arena, struct expression *x); /* code points; bytes for binary */

/* What a cell reader's undeclared column should be read as for this use. */
enum family { FAMILY_ANY, FAMILY_NUMBER, FAMILY_TEXT, FAMILY_TIME, FAMILY_BOOL };

/* Told by whoever knows the batch: where the column's vectors will be and their type. A missing column:
 * NOT_FOUND with 'did you mean'. */
struct binder {
    enum status (*bind)(void *context, const char *name, enum family family, int32_t *slot, struct type *type,
                        struct error *err);
    void *context;
    const struct time_context *time;
};

/* Names of the columns that occur, in order of appearance, each once; NULL without memory. */
const char *const *expression_columns(struct arena *arena, const struct expression *e, int32_t *n);
/* Canonical text; equal texts mean equal predicates. */
const char *expression_print(struct arena *arena, const struct expression *e);

struct predicate;         /* immutable, shared by threads */
struct predicate_scratch; /* one per worker: temporaries, PCRE2 match data, dictionary caches */

/* Types it (BAD_SUITE for text < number and the like; BAD_DATA, meaning a failed expectation, where a *typed* column is of a type the
 * operation cannot take), turns literals into the columns' types, compiles patterns (length at most 32 KiB, JIT, match limit 10^6
 * steps, never \C). A predicate that is no boolean is BAD_SUITE. */
enum status predicate_compile(struct arena *arena, const struct expression *e, const struct binder *binder,
                              struct predicate **out, struct error *err) NODISCARD;
void predicate_done(struct predicate *p); /* frees PCRE2 code; the arena frees the rest */
/* Slots that it reads, ascending. */
const int32_t *predicate_slots(const struct predicate *p, int32_t *n);
/* false: it only asks which rows of the slot are null, so its vector may have LANE_NONE. */
bool predicate_reads_values(const struct predicate *p, int32_t slot);

/* May rows be left undecided by a pattern's match limit? */
bool predicate_has_patterns(const struct predicate *p);

/* What is known of a slot's rows without looking at them. A value is neither null nor NaN. */
struct slot_facts {
    bool may_be_null, may_be_nan, may_be_value;
    bool has_bounds;       /* every value lies in min..max, which are of the slot's type */
    struct value min, max;
    /* May the value, an element of the slot's lane, be among them? Asked where bounds leave single values open. NULL: any may. */
    bool (*may_hold)(const void *filter, const void *value);
    const void *filter;
};
typedef struct slot_facts slot_facts_function(void *context, int32_t slot);
/* Which answers the predicate may give in rows of which only this is known: a set of these, too large rather than too small.
 * CAN_TRUE alone: it holds in every row. Without CAN_TRUE: in none. */
enum possible_answers { CAN_FALSE = 1, CAN_TRUE = 2, CAN_UNKNOWN = 4 };
int predicate_answers(const struct predicate *p, slot_facts_function *facts, void *context);

enum status predicate_scratch_new(const struct predicate *p, struct memory *memory, struct predicate_scratch **out,
                                  struct error *err) NODISCARD;
void predicate_scratch_free(struct predicate_scratch *scratch);

/* slots[i] is the vector of slot i (others may be NULL). Writes BITMAP_WORDS(n_rows) words each; a row is true, unknown
 * or neither; bits past n_rows are zero. Malformed cells count as unknown. Single-column predicates on DICTIONARY and CONSTANT
 * vectors are evaluated once per entry, cached by dictionary_id. *trouble is set to static text (rows then unknown) when a
 * pattern hits its limit; else left alone. */
enum status predicate_eval(const struct predicate *p, struct predicate_scratch *scratch, const struct vector *const *slots,
                           int64_t n_rows, uint64_t *is_true, uint64_t *is_unknown, const char **trouble,
                           struct error *err) NODISCARD;

#endif
