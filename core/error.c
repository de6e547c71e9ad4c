/* core/error.c -- statuses, their exit codes, and the one line a person reads. */
#include "core/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/utf8.h"

static const struct status_row {
    const char *name;
    int exit_code;
    bool is_retryable;
} statuses[] = {
    [STATUS_OK] = {"ok", 0, false},
    [STATUS_NO_MEMORY] = {"no_memory", 4, false},
    [STATUS_INTERNAL] = {"internal", 4, false},
    [STATUS_WRITE] = {"write", 4, false},
    [STATUS_BAD_USAGE] = {"bad_usage", 2, false},
    [STATUS_BAD_SUITE] = {"bad_suite", 2, false},
    [STATUS_NOT_FOUND] = {"not_found", 3, true},
    [STATUS_READ] = {"read", 3, true},
    [STATUS_FORBIDDEN] = {"forbidden", 3, false},
    [STATUS_BAD_DATA] = {"bad_data", 3, false},
    [STATUS_UNSUPPORTED] = {"unsupported", 3, false},
    [STATUS_TOO_LARGE] = {"too_large", 3, false},
    [STATUS_CHANGED] = {"changed", 3, true},
    [STATUS_TIMED_OUT] = {"timed_out", 3, true},
    [STATUS_CANCELLED] = {"cancelled", 3, false},
};

static const struct status_row *row_of(enum status status)
{
    if ((size_t)status >= sizeof statuses / sizeof statuses[0])
        return &statuses[STATUS_INTERNAL];
    return &statuses[status];
}

int status_exit_code(enum status status) { return row_of(status)->exit_code; }
bool status_is_retryable(enum status status) { return row_of(status)->is_retryable; }
const char *status_name(enum status status) { return row_of(status)->name; }

void error_clear(struct error *err)
{
    *err = (struct error)ERROR_NONE;
}

/* Copies as much as fits without splitting a code point. */
static void copy_text(char *out, size_t size, const char *text)
{
    struct span cut = utf8_cut(span_text(text), size - 1);

    memmove(out, cut.at, cut.size);
    out[cut.size] = '\0';
}

enum status error_set(struct error *err, enum status status, const char *format, ...)
{
    char text[2 * sizeof err->text];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    err->status = status;
    copy_text(err->text, sizeof err->text, text);
    return status;
}

enum status error_no_memory(struct error *err)
{
    return error_set(err, STATUS_NO_MEMORY, "out of memory");
}

enum status error_errno(struct error *err, enum status status, int errnum, const char *what)
{
    char reason[128];

    if (errnum == ENOENT)
        status = STATUS_NOT_FOUND;
    else if (errnum == EACCES || errnum == EPERM)
        status = STATUS_FORBIDDEN;
    /* The GNU form, which _GNU_SOURCE selects, returns the text. */
    return error_set(err, status, "%s: %s", what, strerror_r(errnum, reason, sizeof reason));
}

void error_source(struct error *err, const char *source)
{
    if (source && err->source[0] == '\0')
        copy_text(err->source, sizeof err->source, source);
}

void error_column(struct error *err, const char *column)
{
    if (column && err->column[0] == '\0')
        copy_text(err->column, sizeof err->column, column);
}

/* Where the message grows; `at` stops one short of `end`. */
struct line {
    char *at, *end;
};

static void put(struct line *line, const char *bytes, size_t n)
{
    if ((size_t)(line->end - line->at) < n)
        line->end = line->at; /* what does not fit ends the line: never half an escape */
    else
        line->at = (char *)memcpy(line->at, bytes, n) + n;
}

/* Text of the data may hold escape sequences for terminals and line feeds for logs: both become \xNN. */
static void put_safely(struct line *line, const char *text)
{
    struct span s = span_text(text);
    char escape[8];

    while (s.size) {
        struct span one = utf8_cut(s, s.size < 4 ? s.size : 4);
        size_t n = utf8_valid_prefix(one);
        size_t length = n == 0 ? 1 : *s.at < 0x80 ? 1 : *s.at < 0xe0 ? 2 : *s.at < 0xf0 ? 3 : 4;
        bool is_control = *s.at < 0x20 || *s.at == 0x7f || (s.size > 1 && s.at[0] == 0xc2 && s.at[1] < 0xa0);

        if (n == 0 || is_control) {
            snprintf(escape, sizeof escape, "\\x%02x", *s.at);
            put(line, escape, 4);
            length = 1;
        } else {
            put(line, (const char *)s.at, length);
        }
        s = span_of(s.at + length, s.size - length);
    }
}

static void put_number(struct line *line, const char *label, int64_t x)
{
    char text[64];
    int n = snprintf(text, sizeof text, "%s%" PRId64, label, x);

    put(line, text, (size_t)n);
}

void error_format(const struct error *err, char *out, uint64_t size)
{
    struct line line = {out, out + (size ? size - 1 : 0)};
    const char *separator = " (";

    if (size == 0)
        return;
    if (err->source[0]) {
        put_safely(&line, err->source);
        if (err->line >= 0)
            put_number(&line, ":", err->line);
        if (err->line >= 0 && err->line_column >= 0)
            put_number(&line, ":", err->line_column);
        put(&line, ": ", 2);
    } else if (err->line >= 0) {
        put_number(&line, "line ", err->line);
        if (err->line_column >= 0)
            put_number(&line, ", column ", err->line_column);
        put(&line, ": ", 2);
    }
    put_safely(&line, err->text[0] ? err->text : status_name(err->status));
    if (err->row_group >= 0) {
        put(&line, separator, 2);
        put_number(&line, "row group ", err->row_group);
        separator = ", ";
    }
    if (err->column[0]) {
        put(&line, separator, 2);
        put(&line, "column `", 8);
        put_safely(&line, err->column);
        put(&line, "`", 1);
        separator = ", ";
    }
    if (err->byte >= 0) {
        put(&line, separator, 2);
        put_number(&line, "byte ", err->byte);
        separator = ", ";
    }
    if (separator[0] == ',')
        put(&line, ")", 1);
    *line.at = '\0';
}
