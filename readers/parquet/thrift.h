/* readers/parquet/thrift.h -- Thrift's compact protocol, read from bytes that may lie.
 *
 * Failure is sticky: after the first problem every call returns zero or false, so that a parser is a plain loop
 * over fields with one check at its end. No length is believed beyond the bytes left, a container of n elements needs
 * at least n bytes, and what is skipped may nest 64 deep. Nothing is allocated or copied: binaries are spans of the
 * input.
 */
#ifndef READERS_PARQUET_THRIFT_H
#define READERS_PARQUET_THRIFT_H

#include "core/span.h"

enum { THRIFT_MAX_DEPTH = 64 };

/* Type nibbles of the compact protocol (thrift-compact-protocol.md, "Struct encoding"). */
enum thrift_type {
    THRIFT_TRUE = 1, THRIFT_FALSE = 2, THRIFT_BYTE = 3, THRIFT_I16 = 4, THRIFT_I32 = 5, THRIFT_I64 = 6,
    THRIFT_DOUBLE = 7, THRIFT_BINARY = 8, THRIFT_LIST = 9, THRIFT_SET = 10, THRIFT_MAP = 11, THRIFT_STRUCT = 12,
    THRIFT_UUID = 13,
};

struct thrift {
    struct span in;       /* bytes left */
    const uint8_t *start; /* of the whole input, to tell where a problem is */
    const char *problem;  /* static text; NULL while all is well */
    bool is_short;        /* the problem is that the bytes ended: more of them may help */
    int depth;
};

struct thrift_field { int32_t id; int type; };

void thrift_start(struct thrift *t, struct span in);
size_t thrift_position(const struct thrift *t); /* bytes consumed */
/* Reports a problem of the caller's own; the first one stays. */
void thrift_fail(struct thrift *t, const char *problem);

/* The next field of a struct; false at its end or after a problem. `field` starts zeroed. The caller must read or
 * skip every field it is given. */
bool thrift_next(struct thrift *t, struct thrift_field *field);
/* The readers of a field's value skip a value of another type and return false, as Thrift's own code does: such a
 * field counts as absent. */
bool thrift_bool(struct thrift *t, const struct thrift_field *field, bool *out);
bool thrift_i8(struct thrift *t, const struct thrift_field *field, int32_t *out);
bool thrift_i32(struct thrift *t, const struct thrift_field *field, int32_t *out);
bool thrift_i64(struct thrift *t, const struct thrift_field *field, int64_t *out);
bool thrift_binary(struct thrift *t, const struct thrift_field *field, struct span *out);
bool thrift_struct(struct thrift *t, const struct thrift_field *field); /* true: its fields come next */
bool thrift_list(struct thrift *t, const struct thrift_field *field, int element, int32_t *n);
void thrift_skip(struct thrift *t, int type);
/* Elements of a list; one of booleans is asked for by THRIFT_TRUE. */
int32_t thrift_list_i32(struct thrift *t);
int64_t thrift_list_i64(struct thrift *t);
struct span thrift_list_binary(struct thrift *t);
bool thrift_list_bool(struct thrift *t);

/* ULEB128, as levels and deltas use it too. */
uint64_t thrift_varint(struct thrift *t);
/* Takes one off *s; false: too long or too short, *s is undefined. */
bool varint_take(struct span *s, uint64_t *out);
static inline int64_t zigzag(uint64_t x) { return (int64_t)((x >> 1) ^ (0 - (x & 1))); }

#endif
