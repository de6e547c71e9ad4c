/* core/field_parts.h -- what core/field*.c and core/tolerance.c share. Only for them. */
#ifndef CORE_FIELD_PARTS_H
#define CORE_FIELD_PARTS_H

#include "core/field.h"

bool tolerance_parse_mostly(const struct literal *literal, struct tolerance *out);    /* 0..1 or a percentage */
bool tolerance_parse_max_count(const struct literal *literal, struct tolerance *out); /* a count, 0.1%, 20ppm */

/* The member of a struct that a row describes. */
static inline void *field_at(const struct field *field, void *into) { return (uint8_t *)into + field->offset; }
static inline const void *field_in(const struct field *field, const void *from)
{
    return (const uint8_t *)from + field->offset;
}

/* The kind a default's text would have had in a suite. */
enum node_kind field_default_kind(const struct field *field);

#endif
