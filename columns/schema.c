/* columns/schema.c -- finding columns by name. */
#include "columns/schema.h"

#include <string.h>

int32_t schema_find(const struct schema *schema, const char *name)
{
    for (int32_t i = 0; i < schema->n_columns; i++)
        if (strcmp(schema->columns[i].name, name) == 0)
            return i;
    return -1;
}

/* In pieces of a fixed size: nearest_name keeps its own record of the winner, so the winners meet in a last round. */
const char *schema_nearest(const struct schema *schema, const char *name)
{
    enum { PIECE = 64 };
    const char *names[PIECE + 2];
    const char *best = NULL;

    for (int32_t i = 0; i < schema->n_columns; i += PIECE) {
        int32_t n = 0;

        if (best)
            names[n++] = best; /* first: it wins ties, as the earlier column */
        for (int32_t j = i; j < schema->n_columns && j < i + PIECE; j++)
            names[n++] = schema->columns[j].name;
        names[n] = NULL;
        best = nearest_name(name, names);
    }
    return best;
}
