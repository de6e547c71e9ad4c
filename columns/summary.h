/* columns/summary.h -- what a file says about a column of a unit without its values being decoded.
 *
 * A reader fills in only what it can vouch for (performance.md section 2: writer rules, orders, exactness); what it cannot
 * is absent, never zero.
 */
#ifndef COLUMNS_SUMMARY_H
#define COLUMNS_SUMMARY_H

#include "columns/vector.h"

enum evidence { EVIDENCE_SCHEMA, EVIDENCE_FOOTER, EVIDENCE_PAGE_INDEX, EVIDENCE_DICTIONARY, EVIDENCE_LEVELS, EVIDENCE_VALUES };
extern const char *const evidence_names[]; /* NULL-terminated, in the order of the enum */

struct column_summary {
    int64_t n_rows; /* also of a repeated column, of which nothing else is said: its entries are not counted in the file */
    bool has_nulls_count; /* n_nulls is to be trusted */
    int64_t n_nulls;
    enum evidence nulls_evidence; /* SCHEMA for REQUIRED columns, else FOOTER, of a page PAGE_INDEX */
    bool has_nan_count; int64_t n_nans; /* for non-floats always 0 */
    bool has_bounds;      /* every non-null, non-NaN value lies in min..max */
    bool min_is_exact, max_is_exact; /* ... and it occurs */
    bool min_is_moot, max_is_moot; /* somewhere else there is certainly a lesser, a greater value: set by who knows the other units */
    struct value min, max; /* text and bytes point into the file's own memory */
    bool has_filter;      /* struct reader's may_hold may tell which values are not there */
    const char *problem;  /* what the file says of the column contradicts itself or the format, so nothing of it is believed: static
                             text, a predicate of "the statistics of the column"; NULL: nothing */
};

#endif
