/* reports/formats.h -- the rows of report_formats, one per file of this folder. */
#ifndef REPORTS_FORMATS_H
#define REPORTS_FORMATS_H

#include "reports/report.h"

extern const struct report_format report_gx, report_html, report_json, report_junit, report_markdown, report_text;

#endif
