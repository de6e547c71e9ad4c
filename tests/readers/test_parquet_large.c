/* tests/readers/test_parquet_large.c -- pages that are not held whole give what they give when they are.
 *
 * The files have each encoding, with and without nulls, flat and in lists, once for each codec and version of the pages. Their pages are small; what is
 * larger than `whole_page_bytes` is read through windows of no more, so a few bytes of it make every page a large one.
 */
#include "tests/readers/parquet_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "readers/parquet/file.h"

enum { FILE_MOST = 64 << 10, CELLS_MOST = 4096, TEXT_MOST = 1 << 16, WHOLE = 1 << 30 };

static const char *const files[] = {"none.v1", "none.v2", "snappy.v1", "snappy.v2", "gzip.v1", "gzip.v2",
                                    "zstd.v1", "zstd.v2", "brotli.v1", "brotli.v2", "lz4.v1",  "lz4.v2"};
enum { N_FILES = sizeof files / sizeof *files };
static const int64_t ceilings[] = {1, 50, 77, 200, 1000};

static struct span load(const char *name, uint8_t *into)
{
    char path[128];
    ssize_t n;
    int fd;

    snprintf(path, sizeof path, "tests/readers/data/encodings/%s.parquet", name);
    fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    n = read(fd, into, FILE_MOST);
    assert_true(n > 0 && n < FILE_MOST);
    close(fd);
    return span_of(into, (size_t)n);
}

/* All cells of a scan, one after the other: the row, whether it is null, and its text. */
struct cells {
    enum status status;
    struct error error;
    size_t n, n_bytes;
    size_t most; /* bytes of a chunk */
    struct { int64_t row; bool is_null; size_t from, size; } at[CELLS_MOST];
    uint8_t bytes[TEXT_MOST];
};

static void add_cell(struct cells *out, const struct chunk *chunk, const struct vector *v, int64_t i)
{
    bool is_null = v->valid && !bit_get(v->valid, i);
    struct value x = {0};
    struct span bytes = {0};

    assert_true(out->n < CELLS_MOST);
    if (!is_null && v->lane != LANE_NONE) {
        x = vector_value(v, i);
        bytes = x.kind == VALUE_TEXT || x.kind == VALUE_BYTES ? x.bytes : span_of(&x.i128, v->lane == LANE_I128 ? 16 : v->lane == LANE_BOOL ? 1 : 8);
    }
    assert_true(out->n_bytes + bytes.size <= TEXT_MOST);
    out->at[out->n].row = chunk->row_of ? chunk->row_of[i] : chunk->first_row + i;
    out->at[out->n].is_null = is_null;
    out->at[out->n].from = out->n_bytes;
    out->at[out->n].size = bytes.size;
    out->n++;
    if (bytes.size)
        memcpy(out->bytes + out->n_bytes, bytes.at, bytes.size);
    out->n_bytes += bytes.size;
}

static void add_chunks(struct scan *scan, struct cells *out)
{
    struct chunk chunk;

    while ((out->status = reader_parquet.scan_next(scan, &chunk, &out->error)) == STATUS_OK && chunk.n_rows > 0) {
        size_t before = out->n_bytes;

        for (int32_t c = 0; c < chunk.n_vectors; c++) {
            assert_null(vector_validate(&chunk.vectors[c]));
            for (int64_t i = 0; i < chunk.n_rows; i++)
                add_cell(out, &chunk, &chunk.vectors[c], i);
        }
        out->most = out->n_bytes - before > out->most ? out->n_bytes - before : out->most;
    }
}

/* The columns from `column` on, n of them, of a part of the rows or of all. */
static void read_cells(struct span file, int64_t whole, size_t limit, int32_t column, int32_t n, enum need need, const struct unit_part *part,
                       struct cells *out)
{
    struct want wants[32];
    struct memory memory;
    struct read_options options = {.memory = &memory, .whole_page_bytes = whole};
    struct table *table = NULL;
    struct source *source;
    struct scan *scan = NULL;

    memory_init(&memory, limit);
    *out = (struct cells){.error = ERROR_NONE};
    assert_int_equal(source_from_memory("built", file, NULL, &source, &out->error), STATUS_OK);
    out->status = reader_parquet.open(source, &options, &table, &out->error);
    if (out->status == STATUS_OK) {
        for (int32_t i = 0; i < n; i++)
            wants[i] = (struct want){.column = column + i, .type = table->schema.columns[column + i].type, .need = need};
        out->status = reader_parquet.scan_part(table, 0, part, wants, n, NULL, &scan, &out->error);
        if (out->status == STATUS_OK)
            add_chunks(scan, out);
        reader_parquet.scan_close(scan);
        reader_parquet.close(table);
    }
    assert_int_equal(atomic_load(&memory.used), 0);
}

/* Cells of several columns come in other orders where chunks are shorter: they are compared column by column only. */
static void assert_same(const struct cells *a, const struct cells *b)
{
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->n_bytes, b->n_bytes);
    for (size_t i = 0; i < a->n; i++)
        assert_true(a->at[i].row == b->at[i].row && a->at[i].is_null == b->at[i].is_null && a->at[i].size == b->at[i].size);
    assert_memory_equal(a->bytes, b->bytes, a->n_bytes);
}

static struct cells one, other;

enum { N_COLUMNS = 19, N_FLAT = 16, N_ROWS = 150 };

static void every_encoding_codec_and_version_gives_what_the_whole_page_gives(void **state)
{
    static uint8_t bytes[FILE_MOST];

    (void)state;
    for (int f = 0; f < N_FILES; f++) {
        struct span file = load(files[f], bytes);

        for (int32_t c = 0; c < N_COLUMNS * 2; c++) {
            enum need need = c < N_COLUMNS ? NEED_VALUES : NEED_NULLS;

            read_cells(file, WHOLE, 0, c % N_COLUMNS, 1, need, NULL, &one);
            assert_int_equal(one.status, STATUS_OK);
            assert_true(one.n >= (c % N_COLUMNS < N_FLAT ? N_ROWS : 50));
            for (size_t k = 0; k < sizeof ceilings / sizeof *ceilings; k++) {
                read_cells(file, ceilings[k], 0, c % N_COLUMNS, 1, need, NULL, &other);
                if (other.status != STATUS_OK)
                    fail_msg("%s column %d ceiling %d: %s", files[f], c, (int)ceilings[k], other.error.text);
                assert_same(&one, &other);
            }
        }
    }
}

/* Parts of a page are passed over, and columns with chunks of different lengths stand side by side. */
static void any_part_of_the_rows_is_found(void **state)
{
    static uint8_t bytes[FILE_MOST];
    static size_t sums[2];

    (void)state;
    for (int f = 0; f < N_FILES; f++) {
        struct span file = load(files[f], bytes);

        for (int64_t first = 1; first < N_ROWS; first += 37) {
            struct unit_part part = {first, N_ROWS - first < 60 ? N_ROWS - first : 60, false};

            for (int32_t c = 0; c < N_FLAT; c++) {
                read_cells(file, WHOLE, 0, c, 1, NEED_VALUES, &part, &one);
                read_cells(file, 64, 0, c, 1, NEED_VALUES, &part, &other);
                assert_int_equal(one.status, STATUS_OK);
                assert_int_equal(other.status, STATUS_OK);
                assert_same(&one, &other);
            }
            for (int i = 0; i < 2; i++) {
                read_cells(file, i ? 64 : WHOLE, 0, 0, N_FLAT, NEED_VALUES, &part, &one);
                assert_int_equal(one.status, STATUS_OK);
                assert_int_equal(one.n, part.n_rows * N_FLAT);
                sums[i] = one.n_bytes;
            }
            assert_int_equal(sums[0], sums[1]);
        }
    }
}

/* Where the whole page is refused so is this; where it is read the values are the same, or it is refused still: a match of LZ4 that reaches
 * back by nothing, which the library takes. */
static void assert_same_verdict(const char *file, struct span bytes, size_t damage, int32_t column)
{
    read_cells(bytes, WHOLE, 0, column, 1, NEED_VALUES, NULL, &one);
    read_cells(bytes, ceilings[damage % 5], 0, column, 1, NEED_VALUES, NULL, &other);
    if (one.status != STATUS_OK || other.status == STATUS_OK)
        if ((one.status == STATUS_OK) != (other.status == STATUS_OK))
            fail_msg("%s: damage %zu column %d: whole %s (%s), in pieces %s", file, damage, column, status_name(one.status), one.error.text,
                     status_name(other.status));
    if (one.status == STATUS_OK && other.status != STATUS_OK && strncmp(file, "lz4", 3) != 0)
        fail_msg("%s: damage %zu column %d: in pieces %s", file, damage, column, other.error.text);
    if (one.status == STATUS_OK && other.status == STATUS_OK)
        assert_same(&one, &other);
}

/* Where each column's bytes are. */
static void find_columns(struct span bytes, int64_t starts[N_COLUMNS + 1])
{
    struct read_options options = {0};
    struct error err = ERROR_NONE;
    struct table *table = NULL;
    struct source *source;

    assert_int_equal(source_from_memory("built", bytes, NULL, &source, &err), STATUS_OK);
    assert_int_equal(reader_parquet.open(source, &options, &table, &err), STATUS_OK);
    assert_int_equal(table->schema.n_columns, N_COLUMNS);
    for (int32_t c = 0; c < N_COLUMNS; c++)
        starts[c] = ((struct parquet_file *)table)->row_groups[0].chunks[c].start;
    starts[N_COLUMNS] = ((struct parquet_file *)table)->footer_at;
    reader_parquet.close(table);
}

/* A bit of a byte is turned; or all is zeros from there to the chunk's end, as of a file that was not written to its end. */
static void damage_is_refused_where_the_whole_page_is(void **state)
{
    static uint8_t bytes[FILE_MOST];
    enum { STEP = 5 };

    (void)state;
    for (int f = 0; f < N_FILES; f++) {
        struct span file = load(files[f], bytes);
        int64_t starts[N_COLUMNS + 1];
        int32_t c = 0;

        find_columns(file, starts);
        for (int64_t at = starts[0] + f % STEP; at < starts[N_COLUMNS]; at += STEP) {
            static uint8_t copy[FILE_MOST];

            while (at >= starts[c + 1])
                c++;
            memcpy(copy, bytes, file.size);
            copy[at] ^= (uint8_t)(1 << (at / STEP % 8));
            assert_same_verdict(files[f], span_of(copy, file.size), (size_t)at, c);
            if (at % 3 == 0) {
                memset(copy + at, 0, (size_t)(starts[c + 1] - at));
                assert_same_verdict(files[f], span_of(copy, file.size), (size_t)at, c);
            }
        }
    }
}

/* One DELTA_LENGTH_BYTE_ARRAY page of SHORT texts of a byte and LONG_ONES of LONG bytes, at the end. */
enum { SHORT = 60, LONG_ONES = 30, LONG = 1500 };

static void build_lengths(struct bytes *body)
{
    put_varint(body, 128);
    put_varint(body, 4);
    put_varint(body, SHORT + LONG_ONES);
    put_zigzag(body, 1);
    put_zigzag(body, 0); /* the least delta */
    for (int i = 0; i < 4; i++)
        put_u8(body, i < 3 ? 32 : 0);
    for (int i = 1; i <= 96; i++)
        put_u32(body, i == SHORT ? LONG - 1 : 0);
    for (int i = 0; i < SHORT + LONG_ONES * LONG; i++)
        put_u8(body, 'a' + (unsigned)i % 26);
}

/* A mean of five hundred bytes told nothing of the thirty at the end, which made one chunk: a hundred texts of a megabyte among three million short
 * ones were refused under --memory 64MB. */
static void long_texts_among_short_ones_make_shorter_chunks(void **state)
{
    static struct file_build b;
    struct bytes body = {.n = 0};

    (void)state;
    build_start(&b);
    b.n_rows = SHORT + LONG_ONES;
    build_column(&b, "x", PHYSICAL_BYTE_ARRAY, REPETITION_REQUIRED);
    build_lengths(&body);
    build_page(&b, (struct page){.type = PAGE_DATA, .n_values = SHORT + LONG_ONES, .encoding = ENCODING_DELTA_LENGTH_BYTE_ARRAY, .unpacked = -1, .packed = -1, .crc = -1},
               &body);
    build_finish(&b);
    read_cells(span_of(b.out.at, b.out.n), WHOLE, 0, 0, 1, NEED_VALUES, NULL, &one);
    assert_int_equal(one.status, STATUS_OK);
    assert_int_equal(one.n, SHORT + LONG_ONES);
    assert_int_equal(one.at[one.n - 1].size, LONG);
    assert_int_equal(one.most, SHORT + LONG_ONES * LONG);
    read_cells(span_of(b.out.at, b.out.n), 2000, 0, 0, 1, NEED_VALUES, NULL, &other);
    assert_int_equal(other.status, STATUS_OK);
    assert_same(&one, &other);
    assert_in_range(other.most, LONG, 2000 + LONG);
}

static void memory_may_end_at_any_allocation(void **state)
{
    static uint8_t bytes[FILE_MOST];
    static const int chosen[] = {0, 2, 5, 6, 8, 10};

    (void)state;
    for (int f = 0; f < 6; f++) {
        struct span file = load(files[chosen[f]], bytes);

        for (int32_t c = 0; c < N_COLUMNS; c++) {
            other.status = STATUS_TOO_LARGE;
            read_cells(file, WHOLE, 0, c, 1, NEED_VALUES, NULL, &one);
            for (size_t limit = 20000; other.status != STATUS_OK; limit += 1 + limit / 7) {
                assert_in_range(limit, 0, 64 << 20);
                read_cells(file, 64, limit, c, 1, NEED_VALUES, NULL, &other);
                if (other.status != STATUS_OK && other.status != STATUS_TOO_LARGE)
                    fail_msg("%s column %d limit %zu: %s", files[chosen[f]], c, limit, other.error.text);
            }
            assert_same(&one, &other);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_encoding_codec_and_version_gives_what_the_whole_page_gives),
        cmocka_unit_test(any_part_of_the_rows_is_found),
        cmocka_unit_test(damage_is_refused_where_the_whole_page_is),
        cmocka_unit_test(long_texts_among_short_ones_make_shorter_chunks),
        cmocka_unit_test(memory_may_end_at_any_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
