/* core/value.h -- one typed value: a bound, an observation, a cell of a sample.
 *
 * Comparison is exact across kinds: an int64 against 2^53+1 in a double, a decimal
 * against 0.1 as text, timestamps of different units.
 */
#ifndef CORE_VALUE_H
#define CORE_VALUE_H

#include "core/memory.h"
#include "core/span.h"

typedef __int128 int128;
typedef unsigned __int128 uint128;

enum time_unit { UNIT_SECOND, UNIT_MILLI, UNIT_MICRO, UNIT_NANO };

enum value_kind {
    VALUE_NONE, /* nothing was observed; JSON null */
    VALUE_NULL, /* a null of the data; JSON null */
    VALUE_BOOL,
    VALUE_INT,     /* i64 */
    VALUE_UINT,    /* u64 */
    VALUE_DOUBLE,  /* f64; NaN and infinities are JSON strings */
    VALUE_DECIMAL, /* i128 / 10^scale; scale 0: a large integer */
    VALUE_TEXT,    /* bytes that should be UTF-8 */
    VALUE_BYTES,   /* binary; JSON {"hex": ...} */
    VALUE_UUID,    /* bytes, 16 of them */
    VALUE_DATE,    /* i64 days since 1970-01-01 */
    VALUE_TIME,    /* i64 in `unit` since midnight */
    VALUE_TIMESTAMP, /* i64 in `unit` since 1970-01-01T00:00 */
    VALUE_DURATION,  /* i64 in `unit` */
};

struct value {
    enum value_kind kind;
    enum time_unit unit;
    bool is_utc;    /* timestamp: an instant; false: naive, wall clock of the suite's zone */
    bool truncated; /* text was cut at 256 bytes */
    int32_t scale;
    union {
        bool boolean;
        int64_t i64;
        uint64_t u64;
        double f64;
        int128 i128;
        struct span bytes;
    };
};

static inline struct value value_none(void) { return (struct value){.kind = VALUE_NONE}; }
static inline struct value value_int(int64_t x) { return (struct value){.kind = VALUE_INT, .i64 = x}; }
static inline struct value value_double(double x) { return (struct value){.kind = VALUE_DOUBLE, .f64 = x}; }
static inline struct value value_text(struct span s) { return (struct value){.kind = VALUE_TEXT, .bytes = s}; }
static inline struct value value_huge(int128 x, int32_t scale) { return (struct value){.kind = VALUE_DECIMAL, .scale = scale, .i128 = x}; }

/* Exact order: *order is <0, 0, >0. false where the two kinds have no common order or
 * one is NaN, none or null. Numbers (int, uint, double, decimal) compare with each other; dates with dates;
 * times with times and timestamps with timestamps across units; text, bytes, uuid bytewise, each with its own kind
 * and text with bytes; bool with bool. */
bool value_compare(const struct value *a, const struct value *b, int *order);

/* Copies text and bytes into the arena, cut at `limit` bytes (0: whole; cut at a code point
 * boundary for text, `truncated` set). false: no memory. */
bool value_copy(struct arena *arena, const struct value *from, size_t limit, struct value *to);

/* The value as a person reads it, without quotes: "42", "0.1", "2024-12-10T00:00:00Z", "NaN", "true", hex for
 * bytes; invalid UTF-8 and control characters escaped as \xNN. Ends in "..." where it was truncated. */
bool value_print(const struct value *v, struct buffer *out);

#endif
