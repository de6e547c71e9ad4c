/* columns/cast.h -- one type for a column that files spell differently, and their values made values of it.
 *
 * Schemas evolve: an int32 becomes an int64, a float a double, a decimal gets more digits, a timestamp a finer unit, and old files
 * stay as they are. Only what loses nothing is done: a value that does not fit (year 9999 in nanoseconds) is an error and
 * never another value.
 */
#ifndef COLUMNS_CAST_H
#define COLUMNS_CAST_H

#include "columns/type.h"

/* The narrowest type that takes all values of both; false: there is none. A column of nulls takes the other's type. */
bool type_unify(struct type a, struct type b, struct type *out);

enum cast_kind {
    CAST_NONE,    /* the lane's elements mean the same */
    CAST_NULL,    /* of type NULL: there are no values */
    CAST_I64,     /* times `factor`, in 64 bits */
    CAST_I128,    /* 64 bits times `factor`, in 128 */
    CAST_WIDE,    /* 128 bits times `factor` */
    CAST_SIGNED,  /* unsigned to signed */
    CAST_DOUBLE,  /* whole numbers of at most 32 bits */
};

struct cast {
    enum cast_kind kind;
    bool from_unsigned; /* DOUBLE */
    int128 factor;
};

/* false: values of `from` are no values of `to`. */
bool cast_find(struct type from, struct type to, struct cast *out);
/* Makes n values in place; there must be room for n of the new lane. NULL, or what is wrong: static text. */
const char *cast_values(const struct cast *cast, void *values, int64_t n);

#endif
