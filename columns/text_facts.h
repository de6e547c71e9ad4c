/* columns/text_facts.h -- what a batch of text files is like as text: for expectations that judge the form and not the values.
 *
 * A file that is no text has a charset of NULL and counts for nothing else.
 */
#ifndef COLUMNS_TEXT_FACTS_H
#define COLUMNS_TEXT_FACTS_H

#include "core/span.h"

struct text_file_facts {
    const char *path;
    const char *charset;        /* "utf-8", "utf-16le" ...; NULL: Parquet */
    bool has_mark;              /* begins with a byte order mark */
    int64_t n_lines;            /* -1: not counted */
    const char *const *repeated_names; int32_t n_repeated_names; /* names of columns that occur again, each once */
    int32_t n_empty_names;      /* columns that the header leaves without one */
};

struct text_facts { const struct text_file_facts *files; int32_t n_files; };

#endif
