/* columns/cell_rules.h -- how cells of text are written, where that is not as readers/cells.h says: a suite's `csv:`. */
#ifndef COLUMNS_CELL_RULES_H
#define COLUMNS_CELL_RULES_H

#include "core/field.h"

struct cell_format { const char *column, *format; };

struct cell_rules {
    int decimal;   /* 0: the point; else the byte before the places of a number, then a point is none */
    int thousands; /* 0: none; else the byte that may stand between groups of three digits */
    struct text_list true_words, false_words; /* in any case, in place of `true` and `false`, where is_set */
    const char *date_format, *time_format, *timestamp_format; /* core/clock_format.h, in place of ISO 8601; NULL: ISO */
    const struct cell_format *formats; /* of single columns, for whichever of the three the column is */
    int32_t n_formats;
};

/* A word, in any case, that is among those for true and those for false (`true` and `false` where none are given); NULL: there is none. */
const char *cell_rules_two_faced(const struct cell_rules *rules);

/* The rules as one column has them. NULL stands for the default ones. */
struct cell_style { const struct cell_rules *rules; const char *format; };

#endif
