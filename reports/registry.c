/* reports/registry.c -- the list of formats. */
#include <string.h>

#include "reports/formats.h"

const struct report_format *const report_formats[] = {
    &report_gx, &report_html, &report_json, &report_junit, &report_markdown, &report_text, NULL,
};

const struct report_format *report_format_find(const char *name)
{
    for (int i = 0; report_formats[i]; i++)
        if (strcmp(report_formats[i]->name, name) == 0)
            return report_formats[i];
    return NULL;
}

/* Length of the longest suffix in the comma-separated list that `path` ends with; 0: none. A name that is nothing but the
 * suffix is accepted: "md" is no suffix, ".md" is. */
static size_t suffix_length(const char *path, const char *suffixes)
{
    size_t n = strlen(path), longest = 0;

    while (*suffixes) {
        size_t length = strcspn(suffixes, ",");
        if (length <= n && length > longest && memcmp(path + n - length, suffixes, length) == 0)
            longest = length;
        suffixes += length + (suffixes[length] == ',');
    }
    return longest;
}

const struct report_format *report_format_of_path(const char *path)
{
    const struct report_format *best = NULL;
    size_t longest = 0;

    for (int i = 0; report_formats[i]; i++) {
        size_t length = suffix_length(path, report_formats[i]->suffixes);
        if (length > longest) {
            longest = length;
            best = report_formats[i];
        }
    }
    return best;
}
