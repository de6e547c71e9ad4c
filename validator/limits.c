/* validator/limits.c -- see limits.h. In this folder because it alone may see every part. */
#include "validator/limits.h"

#include "columns/vector.h"
#include "core/finding.h"
#include "core/field.h"
#include "expectations/expectation.h"
#include "expressions/regex.h"
#include "expressions/tree.h"
#include "readers/csv/csv.h"
#include "readers/json/scanner.h"
#include "readers/parquet/file.h"
#include "readers/parquet/pages.h"
#include "readers/parquet/thrift.h"
#include "readers/storage/source.h"
#include "readers/storage/window.h"
#include "suites/suite.h"

// clang-format off
const struct limit limits[] = {
    {"suite_bytes", DOCUMENT_MAX_BYTES, "bytes", "the suite is refused: exit 2"},
    {"suite_depth", DOCUMENT_MAX_DEPTH, "levels", "the suite is refused: exit 2"},
    {"suite_nodes", DOCUMENT_MAX_NODES, "scalars, lists and maps", "the suite is refused: exit 2"},
    {"suite_columns", SUITE_COLUMNS_MAX, "columns", "the suite is refused: exit 2"},
    {"suite_checks", SUITE_CHECKS_MAX, "expectations", "the suite is refused: exit 2"},
    {"suite_problems", PROBLEMS_MAX, "messages", "further problems of a suite are not listed"},
    {"expression_depth", EXPRESSION_MAX_DEPTH, "levels", "the suite is refused: exit 2"},
    {"expectation_columns", REQUEST_COLUMNS_MAX, "columns", "an expectation over more of them is refused"},
    {"pattern_bytes", REGEX_MAX_BYTES, "bytes", "the suite is refused: exit 2"},
    {"pattern_steps", REGEX_STEPS, "steps for a value", "the expectation is not evaluated: exit 3"},
    {"pattern_memory", (int64_t)REGEX_HEAP_KIB * 1024, "bytes for a value", "the expectation is not evaluated: exit 3"},
    {"samples", SAMPLES_MAX, "rows of an expectation", "--samples is refused: exit 2"},
    {"sample_value_bytes", SAMPLE_VALUE_BYTES, "bytes", "a longer value is cut and marked as truncated"},
    {"sample_keys", SAMPLE_KEYS_MAX, "columns of a primary key", "samples show the first ones"},
    {"top_values", TOP_VALUES_SHOWN, "values", "no more of the most frequent ones are listed"},
    {"top_values_distinct", TOP_VALUES_DISTINCT_MAX, "distinct values", "no list of the most frequent ones"},
    {"threads", THREADS_MAX_ASKED, "threads", "--threads is refused: exit 2"},
    {"chunk_rows", CHUNK_MAX_ROWS, "rows", "how many are looked at together; no limit on a batch"},
    {"stdin_bytes", (int64_t)STDIN_MAX_BYTES, "bytes", "the batch is not judged: exit 3"},
    {"record_bytes", RECORD_MAX_BYTES, "bytes of a CSV or JSON lines record", "the batch is not judged: exit 3"},
    {"csv_columns", CSV_COLUMNS_MAX, "columns", "the batch is not judged: exit 3"},
    {"json_depth", JSON_DEPTH_MAX, "levels", "the batch is not judged: exit 3"},
    {"parquet_footer_ratio", PARQUET_FOOTER_RATIO, "times the footer, and", "the batch is not judged: exit 3"},
    {"parquet_footer_bytes", PARQUET_FOOTER_BYTES, "bytes more for an open file", "the batch is not judged: exit 3"},
    {"parquet_page_bytes", PARQUET_MAX_PAGE_BYTES, "bytes, unpacked", "a page packed into less than a 128th of that is not read: exit 3"},
    {"parquet_page_header_bytes", PAGES_MAX_HEADER, "bytes", "the batch is not judged: exit 3"},
    {"parquet_schema_depth", PARQUET_MAX_SCHEMA_DEPTH, "levels", "the batch is not judged: exit 3"},
    {"thrift_depth", THRIFT_MAX_DEPTH, "levels", "the batch is not judged: exit 3"},
    {0},
};
// clang-format on
