/* readers/parquet/thrift.c -- a reader of Thrift's compact protocol.
 *
 * Reference: thrift-compact-protocol.md of the Apache Thrift project. Integers are ULEB128 of the zigzag form; a field
 * is one byte (id delta << 4 | type) or a zero delta and a zigzag id; a list is one byte (n << 4 | element type), n = 15
 * meaning that a varint follows.
 */
#include "readers/parquet/thrift.h"

void thrift_start(struct thrift *t, struct span in) { *t = (struct thrift){.in = in, .start = in.at}; }

size_t thrift_position(const struct thrift *t) { return t->in.at ? (size_t)(t->in.at - t->start) : 0; }

void thrift_fail(struct thrift *t, const char *problem)
{
    if (!t->problem)
        t->problem = problem;
}

static void fail_short(struct thrift *t)
{
    if (!t->problem)
        t->is_short = true;
    thrift_fail(t, "the structure ends in the middle of a value");
}

static uint8_t take_byte(struct thrift *t)
{
    struct span b;

    if (t->problem)
        return 0;
    if (!span_take(&t->in, 1, &b)) {
        fail_short(t);
        return 0;
    }
    return b.at[0];
}

bool varint_take(struct span *s, uint64_t *out)
{
    uint64_t x = 0;
    struct span b;

    for (unsigned shift = 0; shift < 70; shift += 7) {
        if (!span_take(s, 1, &b) || (shift == 63 && b.at[0] > 1))
            return false;
        x |= (uint64_t)(b.at[0] & 0x7f) << shift;
        if (!(b.at[0] & 0x80)) {
            *out = x;
            return true;
        }
    }
    return false;
}

uint64_t thrift_varint(struct thrift *t)
{
    uint64_t x;

    if (t->problem)
        return 0;
    if (varint_take(&t->in, &x))
        return x;
    if (t->in.size == 0)
        fail_short(t);
    thrift_fail(t, "a number is longer than 64 bits");
    return 0;
}

static struct span take_bytes(struct thrift *t, uint64_t n)
{
    struct span out = {0};

    if (t->problem)
        return out;
    if (n > t->in.size) {
        fail_short(t);
        return out;
    }
    (void)span_take(&t->in, (size_t)n, &out);
    return out;
}

bool thrift_next(struct thrift *t, struct thrift_field *field)
{
    uint8_t head = take_byte(t);
    int64_t id;

    if (t->problem || head == 0)
        return false;
    id = (head >> 4) ? field->id + (head >> 4) : zigzag(thrift_varint(t));
    if (id < INT16_MIN || id > INT16_MAX)
        thrift_fail(t, "a field's id is out of range");
    field->id = (int32_t)id;
    field->type = head & 15;
    return !t->problem;
}

bool thrift_bool(struct thrift *t, const struct thrift_field *field, bool *out)
{
    if (field->type == THRIFT_TRUE || field->type == THRIFT_FALSE) {
        *out = field->type == THRIFT_TRUE; /* a field's boolean is its type: no byte follows */
        return !t->problem;
    }
    thrift_skip(t, field->type);
    return false;
}

bool thrift_i8(struct thrift *t, const struct thrift_field *field, int32_t *out)
{
    if (field->type != THRIFT_BYTE) {
        thrift_skip(t, field->type);
        return false;
    }
    *out = (int8_t)take_byte(t);
    return !t->problem;
}

bool thrift_i64(struct thrift *t, const struct thrift_field *field, int64_t *out)
{
    if (field->type != THRIFT_I64 && field->type != THRIFT_I32) {
        thrift_skip(t, field->type);
        return false;
    }
    *out = zigzag(thrift_varint(t));
    return !t->problem;
}

int32_t thrift_list_i32(struct thrift *t)
{
    int64_t x = zigzag(thrift_varint(t));

    if (x < INT32_MIN || x > INT32_MAX) {
        thrift_fail(t, "a 32-bit number is out of range");
        return 0;
    }
    return (int32_t)x;
}

int64_t thrift_list_i64(struct thrift *t) { return zigzag(thrift_varint(t)); }

struct span thrift_list_binary(struct thrift *t) { return take_bytes(t, thrift_varint(t)); }

/* A byte of its own, unlike a field's: 1 is true, false is 2 in the specification and 0 of some writers. */
bool thrift_list_bool(struct thrift *t)
{
    struct span byte = take_bytes(t, 1);

    if (byte.size == 1 && byte.at[0] > THRIFT_FALSE)
        thrift_fail(t, "a boolean is neither true nor false");
    return byte.size == 1 && byte.at[0] == THRIFT_TRUE;
}

bool thrift_i32(struct thrift *t, const struct thrift_field *field, int32_t *out)
{
    if (field->type != THRIFT_I32) {
        thrift_skip(t, field->type);
        return false;
    }
    *out = thrift_list_i32(t);
    return !t->problem;
}

bool thrift_binary(struct thrift *t, const struct thrift_field *field, struct span *out)
{
    if (field->type != THRIFT_BINARY) {
        thrift_skip(t, field->type);
        return false;
    }
    *out = take_bytes(t, thrift_varint(t));
    return !t->problem;
}

bool thrift_struct(struct thrift *t, const struct thrift_field *field)
{
    if (field->type != THRIFT_STRUCT) {
        thrift_skip(t, field->type);
        return false;
    }
    return !t->problem;
}

static uint64_t list_head(struct thrift *t, int *element)
{
    uint8_t head = take_byte(t);
    uint64_t n = head >> 4;

    if (n == 15)
        n = thrift_varint(t);
    *element = head & 15;
    if (!t->problem && n > t->in.size)
        fail_short(t); /* every element takes at least one byte */
    return t->problem ? 0 : n;
}

bool thrift_list(struct thrift *t, const struct thrift_field *field, int element, int32_t *n)
{
    int found;
    uint64_t count;

    if (field->type != THRIFT_LIST) {
        thrift_skip(t, field->type);
        return false;
    }
    count = list_head(t, &found);
    if (count > INT32_MAX)
        thrift_fail(t, "a list is too long");
    if (found == THRIFT_FALSE) /* lists of booleans are written with either number */
        found = THRIFT_TRUE;
    if (count > 0 && found != element)
        thrift_fail(t, "a list has elements of another type");
    *n = t->problem ? 0 : (int32_t)count;
    return !t->problem;
}

static void skip_list(struct thrift *t)
{
    int element;
    uint64_t n = list_head(t, &element);

    for (uint64_t i = 0; i < n && !t->problem; i++) {
        if (element == THRIFT_TRUE || element == THRIFT_FALSE)
            (void)take_byte(t);
        else
            thrift_skip(t, element);
    }
}

static void skip_map(struct thrift *t)
{
    uint64_t n = thrift_varint(t);
    uint8_t types = n ? take_byte(t) : 0;

    for (uint64_t i = 0; i < 2 * n && !t->problem; i++) {
        int type = (i & 1) ? types & 15 : types >> 4;
        if (type == THRIFT_TRUE || type == THRIFT_FALSE)
            (void)take_byte(t);
        else
            thrift_skip(t, type);
    }
}

static void skip_struct(struct thrift *t)
{
    struct thrift_field field = {0};

    while (thrift_next(t, &field))
        thrift_skip(t, field.type);
}

/* Recursion is bounded by THRIFT_MAX_DEPTH. Every value but a field's boolean takes at least a byte, and so does that
 * field's head: the work is linear in the input. */
void thrift_skip(struct thrift *t, int type)
{
    if (t->problem)
        return;
    if (t->depth >= THRIFT_MAX_DEPTH) {
        thrift_fail(t, "the structure nests too deep");
        return;
    }
    t->depth++;
    switch (type) {
    case THRIFT_TRUE: case THRIFT_FALSE: break;
    case THRIFT_BYTE: (void)take_byte(t); break;
    case THRIFT_I16: case THRIFT_I32: case THRIFT_I64: (void)thrift_varint(t); break;
    case THRIFT_DOUBLE: (void)take_bytes(t, 8); break;
    case THRIFT_BINARY: (void)take_bytes(t, thrift_varint(t)); break;
    case THRIFT_LIST: case THRIFT_SET: skip_list(t); break;
    case THRIFT_MAP: skip_map(t); break;
    case THRIFT_STRUCT: skip_struct(t); break;
    case THRIFT_UUID: (void)take_bytes(t, 16); break;
    default: thrift_fail(t, "a field has a type that does not exist");
    }
    t->depth--;
}
