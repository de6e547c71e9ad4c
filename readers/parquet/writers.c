/* readers/parquet/writers.c -- what is known to be right, and wrong, in files of each writer.
 *
 * An allow-list: a writer that is not in it is believed nothing that a wrong number could turn into a wrong verdict. The first
 * row whose name and version fit counts. The names are what the programs write in front of " version ". Who says no version is of
 * version 0 and trusted in nothing: Polars, for one, whose null counts were multiplied by the pages (polars#29321).
 * Each row says where the knowledge comes from.
 */
#include "readers/parquet/writers.h"

struct row {
    const char *name;
    int from[3], before[3]; /* versions; before {0}: no end */
    int flags;
    const char *source;
};

enum { ALL = TRUST_NULL_COUNTS | TRUST_BOUNDS | TRUST_OLD_BOUNDS, BOUNDS = TRUST_BOUNDS | TRUST_OLD_BOUNDS,
       QUIRKS = QUIRK_CHUNK_SIZE | QUIRK_V2_COMPRESSED };

/* clang-format off */
static const struct row rows[] = {
    /* null counts were under-reported before 6.0 (apache/doris#67573); v2 flags were wrong before 3.0 (ARROW-10353) */
    {"parquet-cpp-arrow", {6, 0, 0},  {0},        ALL, "apache/doris#67573"},
    {"parquet-cpp-arrow", {3, 0, 0},  {6, 0, 0},  BOUNDS, "apache/doris#67573"},
    {"parquet-cpp-arrow", {0, 0, 0},  {3, 0, 0},  BOUNDS | QUIRK_V2_COMPRESSED, "ARROW-10353"},
    {"parquet-cpp",       {1, 3, 0},  {0},        BOUNDS | QUIRK_V2_COMPRESSED, "arrow: metadata.cc HasCorrectStatistics"},
    {"parquet-cpp",       {0, 0, 0},  {1, 3, 0},  TRUST_OLD_BOUNDS | QUIRK_V2_COMPRESSED, "the same"},
    {"parquet-mr",        {1, 10, 0}, {0},        ALL, "parquet-java: CorruptStatistics, column orders since 1.10"},
    {"parquet-mr",        {1, 2, 9},  {1, 10, 0}, TRUST_OLD_BOUNDS, "PARQUET-251, PARQUET-297"},
    {"parquet-mr",        {0, 0, 0},  {1, 2, 9},  TRUST_OLD_BOUNDS | QUIRK_CHUNK_SIZE, "PARQUET-816"},
    {"DuckDB",            {0, 0, 0},  {0},        TRUST_NULL_COUNTS | TRUST_BOUNDS, "flat columns; nested: duckdb#25752"},
    {"parquet-rs",        {53, 1, 0}, {0},        ALL, "datafusion#25290, arrow-rs#9481"},
    {"parquet-rs",        {4, 0, 0},  {53, 1, 0}, BOUNDS, "arrow-rs#306: null counts of old versions"},
    {NULL, {0}, {0}, 0, NULL},
};
/* clang-format on */

/* Reads up to three numbers of "1.10.0", "v1.2.3-dev" or "6.0". */
static bool parse_version(struct span text, int version[3])
{
    size_t at = text.size > 0 && text.at[0] == 'v' ? 1 : 0;
    bool any = false;

    for (int part = 0; part < 3; part++) {
        int n = 0;
        size_t start = at;

        for (; at < text.size && text.at[at] >= '0' && text.at[at] <= '9' && n < 100000; at++)
            n = n * 10 + (text.at[at] - '0');
        if (at == start)
            break;
        version[part] = n;
        any = true;
        if (at >= text.size || text.at[at] != '.')
            break;
        at++;
    }
    return any;
}

static int version_compare(const int a[3], const int b[3])
{
    for (int i = 0; i < 3; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

static bool row_fits(const struct row *row, struct span name, const int version[3])
{
    static const int none[3] = {0};

    return span_is(name, row->name) && version_compare(version, row->from) >= 0 &&
           (version_compare(row->before, none) == 0 || version_compare(version, row->before) < 0);
}

struct writer writer_identify(struct span created_by)
{
    static const char word[] = " version ";
    const uint8_t *at = created_by.size ? memmem(created_by.at, created_by.size, word, sizeof word - 1) : NULL;
    struct writer out = {0, false};
    struct span name = created_by, text = created_by;
    int version[3] = {0};

    if (at) {
        (void)span_take(&text, (size_t)(at - created_by.at), &name);
        (void)span_take(&text, sizeof word - 1, &(struct span){0});
        out.is_known = parse_version(text, version);
    }
    for (const struct row *row = rows; row->name; row++) {
        if (row_fits(row, name, version)) {
            out.flags = out.is_known ? row->flags : row->flags & QUIRKS;
            break;
        }
    }
    return out;
}
