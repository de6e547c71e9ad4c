/* expressions/compile.h -- what the parts of the compiler share: compile.c (tests), bind.c (terms and their types). */
#ifndef EXPRESSIONS_COMPILE_H
#define EXPRESSIONS_COMPILE_H

#include "expressions/plan.h"
#include "expressions/tree.h"

/* What the other side of an operator says about a column that has no type yet. */
enum hint { HINT_NONE, HINT_NUMBER, HINT_TEXT, HINT_DATE_TEXT /* text that reads like a date or time */, HINT_TIME, HINT_DURATION, HINT_BOOL };

struct compiler {
    struct arena *arena;
    const struct binder *binder;
    struct predicate *predicate;
    struct error *err;
};

/* hint.c */
enum hint hint_of(const struct expression *e);
enum hint hint_of_literals(const struct literal_list *literals);
enum family family_of(enum hint hint);

/* bind.c */
enum status compile_term(struct compiler *c, const struct expression *e, enum hint wanted, struct term **out) NODISCARD;
enum status constant_term(struct compiler *c, const struct value *v, enum class class, struct term **out) NODISCARD;
/* A literal without a word before it becomes what `beside` can be compared with. */
enum status literal_beside(struct compiler *c, const struct expression *literal, const struct term *beside, struct term **out) NODISCARD;
/* The predicate reads n more values of the column (or nulls alone: 0); a negative n takes that back. */
enum status note_slot(struct compiler *c, const struct term *column, int32_t n_values) NODISCARD;
bool is_raw_literal(const struct expression *e);
/* `what` ("compared with text") is impossible for the term: BAD_DATA where a column's own type is in the way. */
enum status refuse_term(struct compiler *c, const struct term *term, const char *what) NODISCARD;
const char *class_name(enum class class); /* "a number" */
bool classes_compare(enum class a, enum class b);

/* compile.c */
enum status compile_test(struct compiler *c, const struct expression *e, struct test **out) NODISCARD;

#endif
