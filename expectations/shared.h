/* expectations/shared.h -- what the files of this folder share: bounds, and the judgement of counts and of figures. */
#ifndef EXPECTATIONS_SHARED_H
#define EXPECTATIONS_SHARED_H

#include "expectations/expectation.h"

/* Declarations for the registry: list.h is the list. */
#define EXPECTATION(word) extern const struct expectation expect_##word;
#include "expectations/list.h"
#undef EXPECTATION

/* --- literals --- */

/* Given, and not as null (Great Expectations writes max_value: null for an open bound). */
bool literal_is_given(const struct literal *l);
/* What the literal's own look says a column should be read as: 18 a number, 2024-12-10 or now - 24h a time. */
enum family literal_family(const struct literal *l);
bool type_is_text(struct type type);
/* Can a column of this type take the literal? false with words for a reason: "an int64 needs a number". */
enum status literal_check(const struct literal *l, struct type type, const struct planner *planner, bool *fits,
                          struct value *out, struct error *err);
/* "user_age is string, between needs a number here" in the arena; NULL without memory. */
const char *misfit(const struct planner *planner, const struct check *check, struct type type, const char *needs);
/* Settles the check as failed for its column's type. */
enum status settle_misfit(struct planned *p, const struct planner *planner, struct type type, const char *needs,
                          struct error *err);

/* --- bounds --- */

struct bounds { struct literal min, max; bool strict_min, strict_max; };

/* Rows of `struct bounds` at `at` in the parameters; "min" has no main parameter. */
#define BOUNDS_FIELDS(at, lowest, highest)                                                                               \
    {.name = "min", .type = FIELD_LITERAL, .offset = (at) + offsetof(struct bounds, min), .doc = lowest, .gx = "min_value"}, \
    {.name = "max", .type = FIELD_LITERAL, .offset = (at) + offsetof(struct bounds, max), .doc = highest, .gx = "max_value"}, \
    {.name = "strict_min", .type = FIELD_BOOL, .offset = (at) + offsetof(struct bounds, strict_min),                     \
     .doc = "the value must be above min, not equal to it"},                                                             \
    {.name = "strict_max", .type = FIELD_BOOL, .offset = (at) + offsetof(struct bounds, strict_max),                     \
     .doc = "the value must be below max, not equal to it"}

/* Bounds as values of one type. */
struct range { bool has_min, has_max, strict_min, strict_max; struct value min, max; };

/* At least one bound; min not above max where both are comparable as they stand. BAD_SUITE. */
enum status bounds_validate(const struct bounds *b, const char *name, struct error *err);
enum family bounds_family(const struct bounds *b);
/* Bounds that must be numbers. BAD_SUITE. */
enum status bounds_are_numbers(const struct bounds *b, const char *name, struct error *err);
/* `fits` false: a column of this type cannot take them. */
enum status bounds_to_range(const struct bounds *b, struct type type, const struct planner *planner, struct range *out,
                            bool *fits, struct error *err);
/* A count or length that is asked for: between bounds, or exactly one. */
struct count_bounds { struct bounds bounds; struct literal equals; };
/* `equals` becomes both bounds; all are numbers. BAD_SUITE. */
enum status count_bounds_validate(struct count_bounds *c, const char *name, struct error *err);
/* As a range of whole numbers, in the planner's arena. BAD_SUITE. */
enum status count_bounds_range(const struct count_bounds *c, const char *name, const struct planner *planner, void **out,
                               struct error *err);
/* false too where the two have no order (NaN). */
bool range_holds(const struct range *r, const struct value *x);

/* --- columns --- */

/* A cell reader's column whose file does not say what it is: the expectation's family decides how it is read. */
bool column_is_undeclared(const struct planner *planner, const char *name);

/* --- row-level --- */

/* plan_rule with a rule of one's own (copied). */
enum status plan_with_rule(struct planned *p, const struct planner *planner, const int32_t *slots, int32_t n_slots,
                           const struct rule *rule, struct error *err);
struct row_counts { int64_t n_rows, n_missing, n_nan, n_considered, n_unexpected; };
/* Fills in the counts and decides by tolerance and emptiness. */
void judge_counts(const struct planned *p, const struct seen *seen, const struct row_counts *counts, struct finding *out);

/* --- figures of a column --- */

/* The one request for a figure of a column. A column of nulls only has no lane: its nulls are all that is asked for. */
enum status plan_figure(struct planned *p, const struct planner *planner, const struct metric *metric, int32_t slot,
                        const void *params, size_t params_size, struct error *err);
/* Fills in the counts of the one figure; false when `out` has been decided (see judge_has_values). */
bool judge_figure(const struct planned *p, const struct seen *seen,
                  struct moments_counts (*counts_of)(const void *state), struct finding *out);
/* The figure lies in least..most, whatever the values are: is it certainly in the range, or certainly not? */
bool foresee_figure(const struct planned *p, const struct outlook *o, const struct range *r, const struct value *least,
                    const struct value *most, struct finding *out);
/* [lowest, highest] in the arena: where the exact i-th quantile of a sketch with values lies for certain. NULL without memory. */
struct node *sketch_bounds(struct arena *arena, const void *state, int32_t i);
/* Shows `node` under `key` beside the observed value. NULL: no memory. */
enum status show_detail(struct arena *arena, struct finding *out, const char *key, struct node *node, struct error *err);
/* Observes x and compares; a NaN is in no range. */
void judge_range(const struct range *r, const struct value *x, struct finding *out);
/* A failure whose reason is written into the arena; without memory static words are the reason. */
void fail_because(struct finding *out, const struct seen *seen, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
