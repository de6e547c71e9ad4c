/* reports/report.h -- formats of a report: a row each. They see validator/result.h only. */
#ifndef REPORTS_REPORT_H
#define REPORTS_REPORT_H

#include "validator/result.h"

struct report_options {
    const char *result_format; /* gx: BOOLEAN_ONLY, BASIC, SUMMARY (default), COMPLETE */
    bool colour;               /* text */
    bool quiet;                /* text: headline and failures only */
};

struct report_format {
    const char *name;     /* "json" */
    const char *suffixes; /* ".json": how --report FILE tells the format; alternatives after commas */
    const char *doc;
    bool (*render)(const struct report *report, const struct report_options *options, struct buffer *out); /* false: no memory */
};

extern const struct report_format *const report_formats[]; /* sorted by name, NULL-terminated */
const struct report_format *report_format_find(const char *name);
const struct report_format *report_format_of_path(const char *path); /* NULL: unknown suffix */

#endif
