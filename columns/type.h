/* columns/type.h -- the types of columns, and literals made into values of them. */
#ifndef COLUMNS_TYPE_H
#define COLUMNS_TYPE_H

#include "core/clock.h"
#include "core/field.h"

enum type_kind {
    TYPE_UNKNOWN, /* a cell reader's column before anything is declared or inferred */
    TYPE_NULL,    /* Parquet's null type: every value is null */
    TYPE_BOOL,
    TYPE_INT8, TYPE_INT16, TYPE_INT32, TYPE_INT64,
    TYPE_UINT8, TYPE_UINT16, TYPE_UINT32, TYPE_UINT64,
    TYPE_FLOAT16, TYPE_FLOAT, TYPE_DOUBLE,
    TYPE_DECIMAL,
    TYPE_STRING, TYPE_BINARY, TYPE_UUID,
    TYPE_DATE, TYPE_TIME, TYPE_TIMESTAMP,
    TYPE_INTERVAL, /* shown, judged only by null checks */
    TYPE_NESTED,   /* list, map or struct: named in the schema, refused when an expectation touches it */
};

struct type {
    enum type_kind kind;
    enum time_unit unit; /* TIME, TIMESTAMP */
    bool is_utc;         /* TIMESTAMP: adjusted to UTC */
    int32_t precision, scale; /* DECIMAL */
};

/* How values lie in memory: each type has one lane. */
enum lane {
    LANE_NONE,  /* only validity is known (levels), or TYPE_NULL */
    LANE_BOOL,  /* uint8_t 0 or 1 */
    LANE_I64,   /* signed ints, DATE (days), TIME, TIMESTAMP, DECIMAL of precision <= 18 (unscaled) */
    LANE_U64,   /* unsigned ints */
    LANE_F64,   /* FLOAT16, FLOAT (widened exactly), DOUBLE */
    LANE_I128,  /* DECIMAL of precision 19..38 */
    LANE_BYTES, /* struct span: STRING, BINARY, UUID (16 bytes), INTERVAL (12 bytes) */
};

enum lane type_lane(struct type type);
size_t lane_width(enum lane lane); /* bytes of an element */
bool type_is_numeric(struct type type); /* ints, floats, decimals */
bool type_is_float(struct type type);
bool type_is_temporal(struct type type);
bool type_equal(struct type a, struct type b);

/* "int64", "decimal(10,2)", "timestamp" ... as a suite writes it. false: unknown. Timestamps parse as micro, not UTC
 * unless "timestamptz"; SQL and GX spellings (INTEGER, VARCHAR, str, float64, datetime64[ns] ...) are synonyms. */
bool type_parse(const char *name, struct type *out);
extern const char *const type_names[]; /* the canonical ones, NULL-terminated, for 'did you mean' */
/* "timestamp(us, UTC)" as reports show it: parses back. */
size_t type_print(struct type type, char out[64]);
/* interfaces.md: a wider one takes a narrower column. */
bool type_accepts(struct type declared, struct type actual);

/* What relative literals mean: now, today, zone. */
struct time_context {
    int64_t now_seconds; int32_t now_nanos; /* --now or the clock at start */
    const struct time_zone *zone;           /* never NULL */
};

/* Turns a literal into a value comparable with a column of this type, exactly: "0.1" for a decimal column is the
 * decimal 0.1, for a float column the double 0.1 (for FLOAT the literal as a double); an integer beyond int64 becomes a decimal; dates, ISO times,
 * `now`, `now - 24h`, `today + 1d`. A date for a timestamp column is its first instant in the zone. For
 * TYPE_UNKNOWN the literal's own look decides (number, bool, text). BAD_SUITE with the place where the type cannot take it. */
enum status literal_to_value(const struct literal *literal, struct type type, const struct time_context *time,
                             struct arena *arena, struct value *out, struct error *err) NODISCARD;

#endif
