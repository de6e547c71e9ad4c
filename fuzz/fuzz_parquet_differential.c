/* fuzz/fuzz_parquet_differential.c -- a short cut says what decoding everything says.
 *
 * The bytes choose a table, how it is written and what is asked of it. The file that comes of that is honest: its statistics,
 * null counts, page indexes and dictionaries are those of its values, as a right writer leaves them, for a short cut is only promised to be
 * right where the file is. Judged with every value decoded and with a weaker proof accepted, the two reports have to be
 * the same, byte for byte, but for `run`.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/parquet_build.h"
#include "reports/report.h"
#include "readers/storage/source.h"
#include "validator/validator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COLUMNS = 4, ROWS_MAX = 200, ENTRIES_MAX = 12 };

enum { INT_COLUMN, TEXT_COLUMN, DOUBLE_COLUMN, REQUIRED_COLUMN };

static const struct built_element elements[COLUMNS] = {
    {"i", PHYSICAL_INT64, REPETITION_OPTIONAL, 0, 0, CONVERTED_NONE, 0, 0},
    {"s", PHYSICAL_BYTE_ARRAY, REPETITION_OPTIONAL, 0, 0, CONVERTED_UTF8, 0, 0},
    {"d", PHYSICAL_DOUBLE, REPETITION_OPTIONAL, 0, 0, CONVERTED_NONE, 0, 0},
    {"r", PHYSICAL_INT32, REPETITION_REQUIRED, 0, 0, CONVERTED_NONE, 0, 0},
};

static const int64_t ints[ENTRIES_MAX] = {0, 1, 2, 3, 4, 5, 7, -1, INT64_MIN, INT64_MAX, 1000, 6};
static const char *const texts[ENTRIES_MAX] = {"", "a", "b", "abc", "\xc3\xa9", "zz", "\xff", "A", "a b", "0", "abcabcabcabc", "-"};
static const double doubles[ENTRIES_MAX] = {0.0, 0.5, 1, 2.25, -3, 1e300, -0.0, INFINITY, NAN, -INFINITY, 5e-324, 100};

/* What may be asked, by column; a byte of the input chooses among eight. */
static const char *const lines[COLUMNS][8] = {
    {"not_null", "between: {min: 0, max: 5}", "in_set: [0, 1, 2, 3, 4, 5, 6, 7]", "unique", "max: {max: 7}", "mean: {min: 0}",
     "not_in_set: [7]", "between: {min: 1, max: 4, where: 'r > 3'}"},
    {"not_null", "matches_regex: '^[a-z]'", "in_set: [a, b, abc, '']", "length_between: {min: 1, max: 3}", "max: {max: zz}", "unique",
     "not_matches_regex: '[0-9]'", "distinct_count: {min: 1}"},
    {"not_null", "between: {min: 0, max: 100}", "min: {min: 0}", "max: {max: 100}", "in_set: [0, 0.5, 1]", "sum: {max: 10}",
     "between: {min: 0, nan: ignore}", "max: {max: 1, nan: ignore}"},
    {"not_null", "between: {min: 0, max: 5, strict_max: true}", "null", "min: {min: 0}", "max: {max: 6}", "satisfies: 'r < 7'",
     "in_set: [1]", "stdev: {min: 0}"},
};

static struct building file, body;

/* --- a table: which entry each row has, -1 for null --- */

struct chunk_of { int8_t entry[ROWS_MAX]; int n; };

static struct span value_bytes(int column, int entry, void *room)
{
    int32_t narrow = entry;
    struct span s;

    if (column == TEXT_COLUMN)
        return span_text(texts[entry]);
    s = span_of(room, column == REQUIRED_COLUMN ? 4 : 8);
    memcpy(room, column == INT_COLUMN ? (const void *)&ints[entry] : column == DOUBLE_COLUMN ? (const void *)&doubles[entry] : &narrow, s.size);
    return s;
}

static void add_value(struct building *b, int column, int entry)
{
    uint8_t room[8];
    struct span s = value_bytes(column, entry, room);

    if (column == TEXT_COLUMN)
        add_u32(b, (uint32_t)s.size);
    add(b, s.at, s.size);
}

static bool is_less(int column, int a, int b)
{
    switch (column) {
    case INT_COLUMN: return ints[a] < ints[b];
    case TEXT_COLUMN: return span_compare(span_text(texts[a]), span_text(texts[b])) < 0;
    case DOUBLE_COLUMN: return doubles[a] < doubles[b];
    default: return a < b;
    }
}

/* Statistics as parquet.thrift wants them: none of a column with NaN, and a zero bound of doubles is -0.0 below and 0.0 above. */
static void note_statistics(struct built_chunk *to, int column, const struct chunk_of *c, uint8_t room[2][8])
{
    int low = -1, high = -1;

    to->n_nulls = 0;
    for (int i = 0; i < c->n; i++) {
        int e = c->entry[i];

        to->n_nulls += e < 0;
        if (e < 0)
            continue;
        if (column == DOUBLE_COLUMN && isnan(doubles[e]))
            return; /* low, high: none */
        low = low < 0 || is_less(column, e, low) ? e : low;
        high = high < 0 || is_less(column, high, e) ? e : high;
    }
    if (low < 0)
        return;
    to->min = value_bytes(column, low, room[0]);
    to->max = value_bytes(column, high, room[1]);
    if (column == DOUBLE_COLUMN && doubles[low] == 0)
        memcpy(room[0], &(double){-0.0}, 8);
    if (column == DOUBLE_COLUMN && doubles[high] == 0)
        memcpy(room[1], &(double){0.0}, 8);
}

/* --- its pages --- */

static void add_levels(const struct chunk_of *c, int from, int to)
{
    for (int i = from, run; i < to; i += run) {
        for (run = 1; i + run < to && (c->entry[i] < 0) == (c->entry[i + run] < 0); run++)
            ;
        add_varint(&body, (uint64_t)run << 1);
        add_u8(&body, c->entry[i] >= 0);
    }
}

static void add_indices(const struct chunk_of *c, int from, int to)
{
    int last = -1, run = 0;

    add_u8(&body, 4);
    for (int i = from; i <= to; i++) {
        if (i < to && c->entry[i] < 0)
            continue;
        if (i < to && c->entry[i] == last) {
            run++;
            continue;
        }
        if (run) {
            add_varint(&body, (uint64_t)run << 1);
            add_u8(&body, (unsigned)last);
        }
        last = i < to ? c->entry[i] : -1;
        run = 1;
    }
}

static void add_rows(int column, const struct chunk_of *c, int from, int to, bool is_dictionary, bool is_v2)
{
    struct built_page page = {.type = is_v2 ? PAGE_DATA_V2 : PAGE_DATA, .encoding = is_dictionary ? ENCODING_RLE_DICTIONARY : ENCODING_PLAIN,
                              .n_values = to - from, .level_encoding = ENCODING_RLE};
    size_t start = is_v2 ? 0 : 4;
    uint32_t n;

    if (from == to)
        return;
    body.n = 0;
    if (column != REQUIRED_COLUMN) {
        if (!is_v2)
            add_u32(&body, 0);
        add_levels(c, from, to);
        page.def_size = body.n;
        n = (uint32_t)(body.n - start);
        if (!is_v2)
            memcpy(body.at, &n, 4);
    }
    if (is_dictionary)
        add_indices(c, from, to);
    else
        for (int i = from; i < to; i++)
            if (c->entry[i] >= 0)
                add_value(&body, column, c->entry[i]);
    page.unpacked = body.n;
    add_page(&file, &page, span_of(body.at, body.n));
}

static void add_dictionary(int column)
{
    struct built_page page = {.type = PAGE_DICTIONARY, .encoding = ENCODING_PLAIN, .n_values = ENTRIES_MAX};

    body.n = 0;
    for (int e = 0; e < ENTRIES_MAX; e++)
        add_value(&body, column, e);
    page.unpacked = body.n;
    add_page(&file, &page, span_of(body.at, body.n));
}

/* --- its page index --- */

enum { PAGES_MAX = 32, PAGE_ROWS = 16 };

struct pages_of { int n, from[PAGES_MAX + 1]; int64_t offset[PAGES_MAX], size[PAGES_MAX]; };

/* The least or the greatest value that is no NaN; -1: there is none. */
static int bound_of(int column, const struct chunk_of *c, int from, int to, bool greatest)
{
    int best = -1;

    for (int i = from; i < to; i++) {
        int e = c->entry[i];

        if (e < 0 || (column == DOUBLE_COLUMN && isnan(doubles[e])))
            continue;
        if (best < 0 || (greatest ? is_less(column, best, e) : is_less(column, e, best)))
            best = e;
    }
    return best;
}

static int64_t count_in(int column, const struct chunk_of *c, int from, int to, bool nans)
{
    int64_t n = 0;

    for (int i = from; i < to; i++)
        n += nans ? column == DOUBLE_COLUMN && c->entry[i] >= 0 && isnan(doubles[c->entry[i]]) : c->entry[i] < 0;
    return n;
}

static void add_bounds(int column, const struct chunk_of *c, const struct pages_of *pages, int *f, bool greatest)
{
    add_list(&file, f, greatest ? 3 : 2, THRIFT_BINARY, (size_t)pages->n);
    for (int p = 0; p < pages->n; p++) {
        int best = bound_of(column, c, pages->from[p], pages->from[p + 1], greatest);
        bool is_null = count_in(column, c, pages->from[p], pages->from[p + 1], false) == pages->from[p + 1] - pages->from[p];
        double zero = greatest ? 0.0 : -0.0, none = NAN;
        uint8_t room[8];
        struct span s = best >= 0 ? value_bytes(column, best, room) : span_of((const uint8_t *)&none, is_null ? 0 : 8);

        if (best >= 0 && column == DOUBLE_COLUMN && doubles[best] == 0)
            memcpy(room, &zero, 8);
        add_varint(&file, s.size);
        add(&file, s.at, s.size);
    }
}

static void add_counts(int column, const struct chunk_of *c, const struct pages_of *pages, int *f, int id)
{
    add_list(&file, f, id, THRIFT_I64, (size_t)pages->n);
    for (int p = 0; p < pages->n; p++)
        add_varint(&file, (uint64_t)count_in(column, c, pages->from[p], pages->from[p + 1], id == 8) << 1);
}

static void add_page_index(int column, const struct chunk_of *c, const struct pages_of *pages, unsigned how, struct built_chunk *to)
{
    int f = 0;

    to->column_index_at = (int64_t)file.n;
    add_list(&file, &f, 1, THRIFT_FALSE, (size_t)pages->n);
    for (int p = 0; p < pages->n; p++)
        add_u8(&file, count_in(column, c, pages->from[p], pages->from[p + 1], false) == pages->from[p + 1] - pages->from[p] ? THRIFT_TRUE : THRIFT_FALSE);
    add_bounds(column, c, pages, &f, false);
    add_bounds(column, c, pages, &f, true);
    add_number(&file, &f, 4, THRIFT_I32, 0);
    if (!(how & 128))
        add_counts(column, c, pages, &f, 5);
    if (how & 64)
        add_counts(column, c, pages, &f, 8);
    add_stop(&file);
    to->column_index_size = (int64_t)file.n - to->column_index_at;
    to->offset_index_at = (int64_t)file.n;
    f = 0;
    add_list(&file, &f, 1, THRIFT_STRUCT, (size_t)pages->n);
    for (int p = 0; p < pages->n; p++) {
        int l = 0;

        add_number(&file, &l, 1, THRIFT_I64, pages->offset[p]);
        add_number(&file, &l, 2, THRIFT_I32, pages->size[p]);
        add_number(&file, &l, 3, THRIFT_I64, pages->from[p]);
        add_stop(&file);
    }
    add_stop(&file);
    to->offset_index_size = (int64_t)file.n - to->offset_index_at;
}

/* --- what the bytes choose --- */

static void choose_rows(struct choices *c, int column, struct chunk_of *out, int n)
{
    unsigned how = choose(c, 4), most = 1 + choose(c, ENTRIES_MAX), nulls = column == REQUIRED_COLUMN ? 0 : choose(c, 4);

    out->n = n;
    for (int i = 0; i < n;) {
        unsigned x = choose(c, 256);
        int run = how == 0 ? n - i : how == 1 ? 1 + (int)(x >> 4) : 1;
        int8_t entry = nulls && x % 7 < nulls ? -1 : (int8_t)(x % most);

        for (int k = 0; k < run && i < n; k++)
            out->entry[i++] = entry;
    }
}

static void write_chunk(struct choices *c, int column, int n, struct built_chunk *to, uint8_t room[2][8])
{
    struct pages_of pages = {.n = 0};
    struct chunk_of rows;
    unsigned how = choose(c, 256);
    bool is_v2 = how & 1, has_dictionary = how & 2, falls_back = how & 4;
    int cut = n ? (int)choose(c, 256) % (n + 1) : 0;

    choose_rows(c, column, &rows, n);
    *to = (struct built_chunk){.start = (int64_t)file.n, .n_values = n, .n_nulls = -1, .has_dictionary = has_dictionary,
                               .data_encoding = has_dictionary ? ENCODING_RLE_DICTIONARY : ENCODING_PLAIN};
    if (has_dictionary)
        add_dictionary(column);
    for (int from = 0, to_row; from < n; from = to_row) { /* two pages, or many; one never goes over the cut */
        to_row = how & 32 && from + PAGE_ROWS < n ? from + PAGE_ROWS : n;
        if (from < cut && cut < to_row)
            to_row = cut;
        pages.from[pages.n] = from;
        pages.offset[pages.n] = (int64_t)file.n;
        add_rows(column, &rows, from, to_row, has_dictionary && (from < cut || !falls_back), is_v2);
        pages.size[pages.n] = (int64_t)file.n - pages.offset[pages.n];
        pages.from[++pages.n] = to_row;
    }
    to->size = (int64_t)file.n - to->start;
    if (how & 8)
        note_statistics(to, column, &rows, room);
    if (how & 16 && pages.n > 0)
        add_page_index(column, &rows, &pages, how, to);
}

static void write_table(struct choices *c)
{
    static const char *const writers[] = {"parquet-cpp-arrow version 14.0.1", "parquet-mr version 1.13.1 (build db4183109d5b734ec5930d870cdae161e408ddba)",
                                          "DuckDB version v1.1.0 (build 123)", "nobody"};
    static uint8_t rooms[BUILD_UNITS][COLUMNS][2][8];
    struct built_file built = {.elements = elements, .n_elements = COLUMNS, .n_children = COLUMNS, .n_leaves = COLUMNS,
                               .n_units = 1 + (int)choose(c, BUILD_UNITS), .created_by = writers[choose(c, 4)]};

    for (int i = 0; i < COLUMNS; i++)
        built.physicals[i] = (enum physical)elements[i].physical;
    start_file(&file);
    for (int u = 0; u < built.n_units; u++) {
        int n = (int)choose(c, ROWS_MAX);

        built.n_rows[u] = n;
        for (int i = 0; i < COLUMNS; i++)
            write_chunk(c, i, n, &built.chunks[u][i], rooms[u][i]);
    }
    finish_file(&file, &built);
}

static bool write_suite(struct choices *c, struct buffer *out)
{
    bool ok = buffer_format(out, "suite: t\nallow_empty: true\ntable: [{row_count: {max: 500}}]\ncolumns:\n");

    for (int i = 0; i < COLUMNS; i++) {
        unsigned asked = choose(c, 256);

        if (asked)
            ok = ok && buffer_format(out, "  %s:\n", elements[i].name);
        for (int k = 0; k < 8; k++)
            if (asked & 1u << k)
                ok = ok && buffer_format(out, "    - %s\n", lines[i][k]);
    }
    return ok;
}

/* --- both ways --- */

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "fuzz_parquet_differential: %s: %s\n", what, why);
    abort();
}

static char *judge(struct arena *arena, struct span suite_text, enum evidence evidence)
{
    static const char *const paths[] = {"input"};
    const struct report_options rendering = {0};
    struct validation_options options;
    struct problems problems;
    struct error err = ERROR_NONE;
    struct suite *suite;
    const struct report *report;
    struct buffer out = {0};
    char *text, *run;

    problems_init(&problems, arena);
    if (suite_parse(arena, "suite.yaml", suite_text, NULL, &suite, &problems, &err))
        return NULL; /* nothing is asked */
    validation_options_init(&options);
    if (source_from_memory("input", span_of(file.at, file.n), NULL, &options.body, &err))
        fail("a source", err.text);
    options.paths = paths;
    options.n_paths = 1;
    options.threads = 1;
    options.has_now = true;
    options.evidence = evidence;
    if (validate(arena, suite, &options, &report, &err))
        fail("validate", err.text);
    if (!report_format_find("json")->render(report, &rendering, &out))
        fail("render", "no memory");
    text = arena_text(arena, out.at, out.size);
    buffer_done(&out);
    run = text ? strstr(text, "\n \"run\": {") : NULL;
    if (!run || strstr(text, "\"exit_code\": 3"))
        fail("the table is not judged", text ? text : "no memory");
    *run = '\0';
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct choices c = {span_of(data, size)};
    enum evidence weaker = (enum evidence)choose(&c, EVIDENCE_VALUES);
    struct buffer suite = {0};
    struct arena arena;
    char *by_values, *by_proofs;

    arena_init(&arena, NULL, 0);
    if (!write_suite(&c, &suite))
        fail("a suite", "no memory");
    write_table(&c);
    by_values = judge(&arena, span_of(suite.at, suite.size), EVIDENCE_VALUES);
    by_proofs = by_values ? judge(&arena, span_of(suite.at, suite.size), weaker) : NULL;
    if (by_values && strcmp(by_values, by_proofs) != 0) {
        fprintf(stderr, "by values:\n%s\nby %s:\n%s\n", by_values, evidence_names[weaker], by_proofs);
        fail("the reports differ", evidence_names[weaker]);
    }
    buffer_done(&suite);
    arena_done(&arena);
    return 0;
}
