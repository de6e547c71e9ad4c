/* kernels/csv.h -- records of CSV text cut into fields, 64 bytes at a time.
 *
 * A cut takes plain records: as many fields as are expected, every quote where RFC 4180 allows it. It stops in front of the
 * first other one, for which the caller has an exact lexer (readers/csv/lexer.h), and can be called again behind it. On the
 * records that it takes both agree: while every quote is in its place, a byte is quoted exactly where an odd number of quotes
 * stands before it.
 */
#ifndef KERNELS_CSV_H
#define KERNELS_CSV_H

#include "core/span.h"

enum csv_cut_stop {
    CSV_CUT_DONE, /* the next record starts at or behind the limit */
    CSV_CUT_ODD,  /* the record at `at` is not plain, or is not whole: the last one without a line end, too */
    CSV_CUT_FULL, /* no room for another row, or for the fields of the next 64 bytes */
};

struct csv_cut {
    const uint8_t *text;
    size_t size;         /* below 4 GiB; nothing behind it is read */
    size_t limit;        /* records that start here or later are left alone; at most `size` */
    int64_t n_fields;    /* of a plain record, at least 1 */
    uint8_t delimiter;
    int quote, comment;  /* -1: none; a record that begins with the comment byte is odd */
    bool keeps_ends;
    int mode;            /* the kernel's own, 0 at first: with which of its loops it left off */

    size_t at;           /* where the next record begins */
    int64_t n_lines;     /* line ends before it are added here: LF, CR LF or CR, in quotes or not */

    uint32_t *starts;    /* row r begins at starts[r]; NULL, without keeps_ends: rows are only counted */
    uint32_t *ends;      /* its field f ends (at a delimiter or line end) at ends[r * n_fields + f]; with keeps_ends */
    size_t n_rows, rows_max, ends_max; /* rows_max: of starts; ends_max: at least CSV_CUT_SLACK more than the fields that are to be found */
    bool has_high, has_zero, has_cr; /* set where a byte above 127, a NUL, a CR was among those looked at: also behind the rows taken */
};
enum { CSV_CUT_SLACK = 72 }; /* a block is put down whole */

#endif
