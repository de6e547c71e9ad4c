/* expressions/plan.h -- the compiled form: terms have a value per row, tests are true, false or unknown per row.
 *
 * Everything here is immutable after compilation and shared by threads. What varies with the rows is in
 * `struct predicate_scratch` (eval.c) and `struct rows` (below).
 */
#ifndef EXPRESSIONS_PLAN_H
#define EXPRESSIONS_PLAN_H

#include "expressions/expression.h"
#include "expressions/like.h"
#include "expressions/regex.h"

/* What can be compared with what. */
enum class {
    CLASS_NULL, /* always null: fits everywhere */
    CLASS_BOOL, CLASS_NUMBER, CLASS_TEXT, CLASS_BYTES, CLASS_UUID,
    CLASS_DATE, CLASS_TIME, CLASS_TIMESTAMP, CLASS_DURATION,
    CLASS_OTHER, /* intervals, nested: only null checks */
};

enum answer { ANSWER_FALSE, ANSWER_TRUE, ANSWER_UNKNOWN };

enum term_kind {
    TERM_CONSTANT,
    TERM_COLUMN,
    TERM_ARITHMETIC,
    TERM_NEGATE,
    TERM_LENGTH,
    TERM_ABS,
    TERM_LOWER,
    TERM_UPPER,
    TERM_TRIM,
    TERM_COALESCE,
    TERM_TRUTH, /* a test as a value */
};

struct term {
    enum term_kind kind;
    enum class class;
    bool is_float;         /* NUMBER: a double takes part, so literals beside it are doubles */
    char operation;        /* ARITHMETIC */
    int32_t slot;          /* COLUMN */
    enum family family;    /* COLUMN: what it was asked to be */
    struct type type;      /* COLUMN */
    const char *name;      /* COLUMN */
    struct value constant; /* CONSTANT; VALUE_NULL for null */
    struct term **args;
    int32_t n_args;
    int32_t number; /* LOWER, UPPER: of its buffer; TRUTH: of its masks */
    struct test *test; /* TRUTH */
};

/* low <= x <= high in the units of the column's lane; exact, whatever kind the literal was. */
struct range {
    enum lane lane;
    bool is_empty;
    bool has_low, has_high, strict_low, strict_high; /* BYTES only; the other lanes always have closed bounds */
    union {
        struct { int64_t low, high; } i64;
        struct { uint64_t low, high; } u64;
        struct { double low, high; } f64;
        struct { int128 low, high; } i128;
        struct { struct span low, high; } bytes;
    };
};

/* Values of `in`, ready to be looked up. */
struct set {
    enum lane lane;
    int32_t n;
    union {
        const void *sorted;
        int64_t *i64; /* sorted, each once */
        uint64_t *u64;
        double *f64;
        int128 *i128;
        struct span *bytes; /* by slot of the hash table */
    };
    uint64_t *bits;   /* I64, U64: bit x - i64[0], where they lie close together; NULL: binary search */
    int64_t n_bits;
    uint64_t *hashes; /* BYTES: open addressing, 0: free */
    uint64_t mask;
    uint64_t sizes;   /* BYTES: bit size%64 of every member */
    /* BYTES where all members are short: each as a number, at (number * factor) >> shift, 0: free; NULL: hash table. No two meet. */
    uint64_t *numbers;
    uint64_t factor;
    int shift;
};

enum test_kind {
    TEST_CONSTANT,
    TEST_AND, TEST_OR, TEST_NOT,
    TEST_IS_NULL,
    TEST_TRUTH,   /* terms[0] */
    TEST_RANGE,   /* terms[0], a column or its length, in range */
    TEST_SET,     /* terms[0], a column, in set */
    TEST_MATCHES, /* terms[0] */
    TEST_LIKE,    /* terms[0] */
    TEST_COLUMNS, /* terms[0] comparison terms[1], of one lane and unit */
    TEST_COMPARE, /* terms[0] comparison terms[1] */
    TEST_BETWEEN, /* terms[0] between terms[1] and terms[2], which may be NULL */
    TEST_LIST,    /* terms[0] in values and terms[1..] */
};

struct test {
    enum test_kind kind;
    bool is_negated; /* of the kinds that have terms: true and false are swapped */
    bool has_null;   /* SET, LIST: one of the values is null */
    bool strict_low, strict_high;
    enum comparison comparison;
    enum answer constant;
    int32_t slot;    /* the only column, when the test is unknown wherever that is null; else -1 */
    int32_t number;  /* of its dictionary cache, where slot >= 0 */
    struct test **args;
    int32_t n_args;
    struct term **terms;
    int32_t n_terms;
    union {
        struct range range;
        struct set set;
        struct like like;
        struct regex *regex;
        struct { const struct value *at; int32_t n; } values;
    };
};

/* What a predicate reads of a slot. Only nulls where nothing asks for values: its vector may have LANE_NONE. */
struct slot_use { enum lane lane; int32_t n_values; };

struct predicate {
    struct arena *arena;
    struct test *root;
    const struct time_zone *zone;
    int32_t *slots; /* ascending, each once */
    struct slot_use *uses;
    int32_t n_slots, slots_capacity;
    int32_t n_caches, n_buffers, n_truths;
    int32_t depth; /* of tests in tests */
    struct regex **regexes; /* to be freed */
    int32_t n_regexes;
};

/* The rows that terms are evaluated on. */
struct rows {
    const struct vector *const *slots;
    int32_t replaced_slot; /* this slot is `replacement` instead: entries of a dictionary as rows; -1: none */
    const struct vector *replacement;
    const struct time_zone *zone;
    struct buffer *buffers;     /* per LOWER and UPPER */
    uint64_t *const *truths;    /* per TRUTH: is_true, then is_unknown */
    bool no_memory;
};

static inline const struct vector *rows_vector(const struct rows *rows, int32_t slot)
{
    return slot == rows->replaced_slot ? rows->replacement : rows->slots[slot];
}

/* row.c: one row at a time, exact. VALUE_NULL for null; VALUE_NONE where a malformed cell took part, which no coalesce mends. Text
 * is good until the term's next evaluation. */
struct value term_value(const struct term *term, struct rows *rows, int64_t row);
enum answer values_compare(enum comparison op, const struct value *a, const struct value *b, const struct time_zone *zone);
struct value value_arithmetic(char operation, const struct value *a, const struct value *b, const struct time_zone *zone);
/* Time as nanoseconds: of the wall clock, or since the epoch in UTC when `as_instant`. Dates, timestamps, times and durations. */
int128 value_nanos(const struct value *v, bool as_instant, const struct time_zone *zone);

/* range.c: x op constant as a range, exactly. false: this pair has none (then it is compared row by row). NE gives the range of EQ:
 * the caller negates. */
bool range_from(struct type type, enum comparison op, const struct value *constant, const struct time_zone *zone, struct range *out);
void range_intersect(struct range *range, const struct range *other);

/* set.c: false: no memory. Values that the lane cannot hold exactly are in no column, and left out. */
bool set_build(struct arena *arena, struct type type, const struct value *values, int32_t n, const struct time_zone *zone,
               struct set *out);
/* Bit i of out: x[i] is in the set; n <= CHUNK_MAX_ROWS, hashes: room for n. `rows` NULL: all. */
void set_lookup(const struct set *set, const struct vector *v, int64_t n, uint64_t *hashes, uint64_t *out);

#endif
