/* readers/parquet/writers.c -- what is known to be right, and wrong, in files of each writer: the rules are in writers.tab.
 *
 * A writer that is not listed is believed nothing that a wrong number could turn into a wrong verdict. created_by is by custom
 * "NAME version 1.2.3 (build ...)"; who says no version gets no trust but by a row for it.
 */
#include "readers/parquet/writers.h"

struct row {
    const char *name;
    int from[3], before[3]; /* versions; before {0}: no end; from[0] < 0: also without a version */
    int trust;
};

enum {
    NOTHING = TRUST_NOTHING, NULLS = TRUST_NULLS, NULLS_IF_NONE = TRUST_NULLS_IF_NONE, BOUNDS = TRUST_BOUNDS,
    OLD_BOUNDS = TRUST_OLD_BOUNDS, OLD_EQUAL = TRUST_OLD_EQUAL, CDH_EQUAL = TRUST_CDH_EQUAL, CHUNK_SIZE = QUIRK_CHUNK_SIZE,
    BLOOM = TRUST_BLOOM, V2_COMPRESSED = QUIRK_V2_COMPRESSED, QUIRKS = CHUNK_SIZE | V2_COMPRESSED,
};

#define VERSION(major, minor, patch) {major, minor, patch}
#define ANY (-1, 0, 0)
#define WRITER(name, from, before, trust, source) {name, VERSION from, VERSION before, trust},
static const struct row rows[] = {
#include "readers/parquet/writers.tab"
    {NULL, {0}, {0}, 0},
};

int writers_version(void)
{
    return WRITERS_VERSION;
}

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

/* "1.5.0-cdh5.5.0 (build x)": the fix of PARQUET-251 went into Cloudera's 1.5.0 with CDH 5.5. */
static bool is_mended_cdh(struct span text)
{
    static const char word[] = "-cdh";
    const uint8_t *at = text.size ? memmem(text.at, text.size, word, sizeof word - 1) : NULL;
    static const int first[3] = {5, 5, 0};
    int version[3] = {0};

    if (!at || !span_take(&text, (size_t)(at - text.at) + sizeof word - 1, &(struct span){0}))
        return false;
    return parse_version(text, version) && version_compare(version, first) >= 0;
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
            out.flags = out.is_known || row->from[0] < 0 ? row->trust : row->trust & QUIRKS;
            if ((out.flags & TRUST_CDH_EQUAL) && is_mended_cdh(text))
                out.flags |= TRUST_OLD_EQUAL;
            out.flags &= ~TRUST_CDH_EQUAL;
            break;
        }
    }
    return out;
}
