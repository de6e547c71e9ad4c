/* core/error.h -- how a function says that it could not do its work.
 *
 * A function that can fail returns `enum status` and takes a caller-owned
 * `struct error` as its last argument, never NULL. Whoever first notices a
 * problem writes the text once and completely; whoever passes it on adds only
 * the place, as data. The three outcomes of a gate stay apart: a broken promise
 * of the data is no error at all (it is a finding), "could not tell" and "we
 * broke" are statuses, told apart by status_exit_code().
 */
#ifndef CORE_ERROR_H
#define CORE_ERROR_H

#include <stdbool.h>
#include <stdint.h>

enum status {
    STATUS_OK = 0,
    STATUS_NO_MEMORY,   /* malloc failed: exit 4 */
    STATUS_INTERNAL,    /* a bug or a broken invariant of ours: exit 4 */
    STATUS_WRITE,       /* a report or output could not be written: exit 4 */
    STATUS_BAD_USAGE,   /* command line: exit 2 */
    STATUS_BAD_SUITE,   /* suite or configuration: exit 2 */
    STATUS_NOT_FOUND,   /* data is missing: exit 3, retryable */
    STATUS_READ,        /* a read failed: exit 3, retryable */
    STATUS_FORBIDDEN,   /* permission, outside a root: exit 3 */
    STATUS_BAD_DATA,    /* the bytes are not what the format says: exit 3 */
    STATUS_UNSUPPORTED, /* a known feature that is refused by name: exit 3 */
    STATUS_TOO_LARGE,   /* beyond a limit of ours (`assay limits`): exit 3 */
    STATUS_CHANGED,     /* the file changed while it was read: exit 3, retryable */
    STATUS_TIMED_OUT,   /* --timeout: exit 3, retryable */
    STATUS_CANCELLED,   /* the caller went away: exit 3 */
};

/* -1 in a number and "" in a text mean "not known". */
struct error {
    enum status status;
    char text[512];    /* one sentence, no line feed, no trailing period */
    char source[512];  /* file or suite the problem is in */
    char column[128];  /* column of the data */
    int64_t row_group; /* from 0 */
    int64_t byte;      /* offset in the file, from 0 */
    int64_t line;      /* from 1 */
    int64_t line_column; /* from 1, in bytes */
};

#define ERROR_NONE {STATUS_OK, "", "", "", -1, -1, -1, -1}

/* Returns the expression's status from the enclosing function unless it is OK.
 * The only macro of the project that changes control flow. */
#define TRY(expr)                                                                       \
    do {                                                                                \
        enum status try_status_ = (expr);                                               \
        if (try_status_ != STATUS_OK)                                                   \
            return try_status_;                                                         \
    } while (0)

#define NODISCARD __attribute__((warn_unused_result))

/* Clears every field to "not known". */
void error_clear(struct error *err);

/* Sets status and text (printf format), keeps the place. Returns `status`. */
enum status error_set(struct error *err, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* error_set for a failed malloc. */
enum status error_no_memory(struct error *err);

/* error_set with strerror(errnum) after "what: "; ENOENT becomes NOT_FOUND, EACCES and
 * EPERM FORBIDDEN, else `status`. */
enum status error_errno(struct error *err, enum status status, int errnum, const char *what);

/* Fill in a place that is not known yet; NULL or "" leave it. */
void error_source(struct error *err, const char *source);
void error_column(struct error *err, const char *column);

/* The whole message on one line: "source:line:column: text (row group 2, column `x`,
 * byte 17)". `out` is always terminated. Control bytes of the data are escaped. */
void error_format(const struct error *err, char *out, uint64_t size);

/* 0, 2, 3 or 4: interfaces.md section 2. */
int status_exit_code(enum status status);
/* May the same run succeed later without anybody changing anything? */
bool status_is_retryable(enum status status);
const char *status_name(enum status status); /* "bad_data" */

#endif
