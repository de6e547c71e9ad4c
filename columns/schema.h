/* columns/schema.h -- the columns of a file or batch, in file order. */
#ifndef COLUMNS_SCHEMA_H
#define COLUMNS_SCHEMA_H

#include "columns/cell_rules.h"
#include "columns/type.h"

struct column {
    const char *name;        /* leaf path: a.b, a[], m.key; a second one of the same name is a#2 */
    struct type type;        /* TYPE_UNKNOWN for CSV and JSON lines */
    bool is_nullable;        /* false: REQUIRED along its whole path; of a repeated column: from its list on */
    bool is_partition;       /* from the path (dt=...), constant within a file */
    bool is_nested;          /* a list, a map or a part of one; of type NESTED (JSON lines): refused when touched */
    /* The path of the innermost list or map around it, "tags[]" or "m": such a column has entries, not rows, and
     * columns of the same one have the same entries. NULL: it has rows. */
    const char *repeated;
    int32_t n_same_name;     /* leaves that the file calls so, this one included: 2 for a and a#2; 0: not told apart */
    const char *physical_type; /* "INT64", or NULL */
    const struct cell_style *style; /* cell readers: how its cells are written (cell_rules.h); NULL: the default */
    const char *logical_type;  /* "TIMESTAMP(MICROS,true)", or NULL */
};

struct schema {
    struct column *columns;
    int32_t n_columns;
};

int32_t schema_find(const struct schema *schema, const char *name); /* -1 if absent; exact, case-sensitive */
/* The nearest name for 'did you mean', or NULL. */
const char *schema_nearest(const struct schema *schema, const char *name);
/* A name as messages show it: a column may have the empty one, in Parquet and JSON lines. */
static inline const char *schema_shown(const char *name) { return *name ? name : "''"; }

#endif
