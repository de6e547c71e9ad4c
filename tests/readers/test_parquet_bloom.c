/* tests/readers/test_parquet_bloom.c -- a Bloom filter never denies a value that is there, and one that lies is not believed. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/readers/parquet_fixture.h"

/* --- files of writers --- */

struct tally { int64_t n_filters, n_values, n_strangers, n_excluded; };

static struct table *open_path(const char *path)
{
    struct read_options options = {0};
    struct error err = ERROR_NONE;
    struct source *source;
    struct table *table;

    if (source_open(path, NULL, &source, &err) != STATUS_OK || table_open(source, &options, &table, &err) != STATUS_OK)
        return NULL;
    return table;
}

/* A value that is hardly in any file, of the type's lane. */
static bool make_stranger(enum lane lane, uint64_t seed, void *out)
{
    static char text[16];
    uint64_t mixed = seed * 0x9e3779b97f4a7c15;

    if (lane == LANE_I64)
        *(int64_t *)out = (int64_t)(mixed >> 41) + 100000;
    else if (lane == LANE_U64)
        *(uint64_t *)out = (mixed >> 41) + 100000;
    else if (lane == LANE_BYTES) {
        memcpy(text, &mixed, 8);
        memcpy(text + 8, &seed, 8);
        *(struct span *)out = span_of(text, 16);
    }
    return lane == LANE_I64 || lane == LANE_U64 || lane == LANE_BYTES;
}

static void check_chunk(struct table *table, int32_t unit, int32_t column, struct tally *tally)
{
    struct want want = {column, table->schema.columns[column].type, NEED_VALUES};
    enum lane lane = type_lane(want.type);
    size_t width = lane_width(lane);
    struct error err = ERROR_NONE;
    struct scan *scan;
    struct chunk chunk;

    if (table->reader->scan_open(table, unit, &want, 1, 0, &scan, &err) != STATUS_OK)
        return;
    tally->n_filters++;
    while (table->reader->scan_next(scan, &chunk, &err) == STATUS_OK && chunk.n_rows > 0) {
        const struct vector *v = &chunk.vectors[0];

        for (int64_t i = 0; i < v->n_rows; i++) {
            if (!vector_is_valid(v, i))
                continue;
            tally->n_values++;
            if (!table->reader->may_hold(table, unit, column, (const uint8_t *)v->values + (size_t)vector_position(v, i) * width))
                fail_msg("%s: row group %d, column %s: row %d is denied", table->source->path, unit, table->schema.columns[column].name, (int)i);
        }
    }
    table->reader->scan_close(scan);
    for (uint64_t seed = 1; seed <= 20; seed++) {
        union { int128 i128; struct span bytes; } stranger = {0};

        if (!make_stranger(lane, seed, &stranger))
            continue;
        tally->n_strangers++;
        tally->n_excluded += !table->reader->may_hold(table, unit, column, &stranger);
    }
}

static void check_path(const char *path, struct tally *tally)
{
    struct table *table = open_path(path);

    for (int32_t unit = 0; table && unit < table->n_units; unit++)
        for (int32_t c = 0; c < table->schema.n_columns; c++) {
            struct column_summary s;
            struct error err = ERROR_NONE;

            if (table->reader == &reader_parquet && table->reader->summary(table, unit, c, &s, &err) == STATUS_OK && s.has_filter)
                check_chunk(table, unit, c, tally);
        }
    if (table)
        table_close(table);
}

/* Whole numbers of every width, decimals, dates, times, texts and UUIDs; null in one column. */
static void no_writer_s_filter_denies_a_value_that_is_there(void **state)
{
    static const char *const files[] = {"bloom.duckdb.parquet", "bloom.pyarrow.parquet", "bloom.rust.parquet"};

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct tally tally = {0};
        char path[128];

        snprintf(path, sizeof path, "tests/readers/data/%s", files[i]);
        check_path(path, &tally);
        print_message("%s: %d filters, %d values, %d of %d strangers\n", files[i], (int)tally.n_filters, (int)tally.n_values, (int)tally.n_excluded, (int)tally.n_strangers);
        assert_true(tally.n_filters >= 11);
        assert_true(tally.n_values >= 4000);
        if (tally.n_excluded * 10 < tally.n_strangers * 7)
            fail_msg("%s: of %d strangers only %d are excluded", files[i], (int)tally.n_strangers, (int)tally.n_excluded);
    }
}

static void check_folder(const char *folder, struct tally *tally)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        char path[1024];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_type == DT_DIR)
            check_folder(path, tally);
        else if (strstr(entry->d_name, "bloom"))
            check_path(path, tally);
    }
    if (dir)
        closedir(dir);
}

static void no_file_of_the_corpus_denies_its_values(void **state)
{
    struct tally tally = {0};

    (void)state;
    check_folder("../shared/corpora/parquet", &tally);
    if (tally.n_filters == 0)
        skip();
    assert_true(tally.n_values > 0);
}

/* --- filters that lie --- */

struct lie {
    const char *what;
    int64_t n_bytes;               /* in the header; 0: as it is */
    int algorithm, hash, compression; /* members of the unions; 0: 1, as it should be */
    int64_t at;                    /* bloom_filter_offset; 0: where it is */
    int size_more;                 /* added to bloom_filter_length */
    bool has_no_bits, is_short;    /* short: the file ends within the bits */
    const char *writer;
};

enum { N_BLOCKS = 3, BITS = N_BLOCKS * 32 };

/* As BloomFilter.md says it, written another way than in the product. */
static void insert(uint8_t *bits, struct span value)
{
    static const uint32_t salt[8] = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU, 0xa2b7289dU, 0x705495c7U, 0x2df1424bU, 0x9efc4947U, 0x5c6bfb31U};
    uint64_t h = XXH64(value.at, value.size, 0);
    uint32_t block = (uint32_t)(((h >> 32) * N_BLOCKS) >> 32);

    for (int i = 0; i < 8; i++) {
        uint32_t word, y = (uint32_t)h * salt[i] >> 27;

        memcpy(&word, bits + block * 32 + i * 4, 4);
        word |= 1U << y;
        memcpy(bits + block * 32 + i * 4, &word, 4);
    }
}

static void put_union(struct bytes *b, int *last, int id, int member)
{
    int inner = 0;

    put_field(b, last, id, THRIFT_STRUCT);
    put_field(b, &inner, member ? member : 1, THRIFT_STRUCT);
    put_stop(b);
    put_stop(b);
}

/* A column of the numbers 10, 20, 30 with its filter; asked for 20 and 21. */
static void ask(const struct lie *lie, bool *holds, bool *holds_stranger, bool *has_filter)
{
    static const int64_t values[] = {10, 20, 30}, stranger = 21;
    static struct file_build b;
    static const uint8_t zeros[BITS];
    struct bytes body = {.n = 0};
    uint8_t bits[BITS] = {0};
    struct error err = ERROR_NONE;
    struct column_summary s;
    struct file_column *c;
    struct opened o;
    int last = 0;

    build_start(&b);
    b.n_rows = 3;
    b.created_by = lie->writer ? lie->writer : "DuckDB version v2.0.0";
    c = build_column(&b, "x", PHYSICAL_INT64, REPETITION_REQUIRED);
    for (int i = 0; i < 3; i++) {
        put_i64(&body, values[i]);
        insert(bits, span_of(&values[i], 8));
    }
    build_page(&b, (struct page){.type = PAGE_DATA, .n_values = 3, .encoding = ENCODING_PLAIN, .unpacked = -1, .packed = -1, .crc = -1}, &body);
    c->min = &values[0];
    c->max = &values[2];
    c->bound_size = 8;
    c->null_count = 0;
    c->bloom_at = lie->at ? lie->at : (int64_t)b.out.n;
    put_number(&b.out, &last, 1, THRIFT_I32, lie->n_bytes ? lie->n_bytes : BITS);
    put_union(&b.out, &last, 2, lie->algorithm);
    put_union(&b.out, &last, 3, lie->hash);
    put_union(&b.out, &last, 4, lie->compression);
    put_stop(&b.out);
    put(&b.out, lie->has_no_bits ? zeros : bits, lie->is_short ? 40 : BITS);
    c->bloom_size = (int)((int64_t)b.out.n - c->bloom_at) + lie->size_more;
    build_finish(&b);
    o = open_bytes(b.out.at, b.out.n, &err);
    assert_non_null(o.table);
    assert_int_equal(reader_parquet.summary(o.table, 0, 0, &s, &err), STATUS_OK);
    *has_filter = s.has_filter;
    *holds = reader_parquet.may_hold(o.table, 0, 0, &values[1]);
    *holds_stranger = reader_parquet.may_hold(o.table, 0, 0, &stranger);
    close_opened(o);
}

static void an_honest_filter_excludes_what_is_not_there(void **state)
{
    static const struct lie none = {.what = "nothing"};
    bool holds, holds_stranger, has_filter;

    (void)state;
    ask(&none, &holds, &holds_stranger, &has_filter);
    assert_true(has_filter && holds && !holds_stranger);
}

/* No lie makes a value disappear, nor is anything else denied by such a filter. */
static void a_filter_that_cannot_be_right_excludes_nothing(void **state)
{
    static const struct lie lies[] = {
        {.what = "no bit is set, though statistics show values", .has_no_bits = true},
        {.what = "no bytes", .n_bytes = -1},
        {.what = "less than a block", .n_bytes = 31},
        {.what = "no whole blocks", .n_bytes = BITS - 1},
        {.what = "more blocks than there are", .n_bytes = BITS * 2},
        {.what = "two gigabytes", .n_bytes = INT32_MAX - 31},
        {.what = "another algorithm", .algorithm = 2},
        {.what = "another hash", .hash = 2},
        {.what = "packed", .compression = 2},
        {.what = "it is at the start of the file", .at = 1},
        {.what = "it is before the file", .at = -5},
        {.what = "it is among the pages", .at = 6},
        {.what = "it is beyond the file", .at = 1 << 20},
        {.what = "it is beyond every file", .at = INT64_MAX},
        {.what = "the footer says another length", .size_more = 1},
        {.what = "it is cut off", .is_short = true},
        {.what = "nobody knows the writer", .writer = "somebody version 1.0.0"},
        {.what = "the writer wrote none yet", .writer = "DuckDB version v1.1.0"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        bool holds, holds_stranger, has_filter;

        ask(&lies[i], &holds, &holds_stranger, &has_filter);
        if (!holds || !holds_stranger)
            fail_msg("%s: %s", lies[i].what, holds ? "a stranger is excluded" : "a value is denied");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_filter_excludes_what_is_not_there),
        cmocka_unit_test(a_filter_that_cannot_be_right_excludes_nothing),
        cmocka_unit_test(no_writer_s_filter_denies_a_value_that_is_there),
        cmocka_unit_test(no_file_of_the_corpus_denies_its_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
