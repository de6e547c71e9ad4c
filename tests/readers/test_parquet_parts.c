/* tests/readers/test_parquet_parts.c -- a row group read in parts gives the rows that it gives whole, wherever it is cut. */
#include "tests/readers/parquet_fixture.h"

enum { ROWS = 120, ENTRIES = 5 };

/* Pages of `a`: dictionary, then indices, indices, plain, plain, indices; rows 20 to 30 each. `b`: optional, pages of 7 rows. */
static void build_two(struct file_build *f, bool is_broken)
{
    static const int sizes[] = {20, 25, 25, 30, 20};
    int row = 0;

    build_start(f);
    build_column(f, "a", PHYSICAL_INT64, REPETITION_REQUIRED);
    {
        struct bytes entries = {.n = 0};

        for (int e = 0; e < ENTRIES; e++)
            put_i64(&entries, 1000 + e);
        build_page(f, (struct page){PAGE_DICTIONARY, ENTRIES, ENCODING_PLAIN, -1, -1, -1, 0, false}, &entries);
    }
    for (int p = 0; p < 5; p++) {
        bool is_plain = p == 2 || p == 3;
        struct page page = {PAGE_DATA, sizes[p], is_plain ? ENCODING_PLAIN : ENCODING_RLE_DICTIONARY, -1, -1, -1, 0, false};
        struct bytes body = {.n = 0};

        if (!is_plain)
            put_u8(&body, 3);
        for (int i = 0; i < sizes[p]; i++, row++) {
            if (is_plain) {
                put_i64(&body, row);
            } else {
                put_u8(&body, 1 << 1); /* a run of one */
                put_u8(&body, (unsigned)(is_broken && p == 4 ? 7 : row % ENTRIES));
            }
        }
        build_page(f, page, &body);
    }
    build_column(f, "b", PHYSICAL_INT64, REPETITION_OPTIONAL);
    for (row = 0; row < ROWS; row += 7) {
        int n = ROWS - row < 7 ? ROWS - row : 7;
        struct page page = {PAGE_DATA, n, ENCODING_PLAIN, -1, -1, -1, 0, false};
        struct bytes body = {.n = 0};
        unsigned bits = 0;

        for (int i = 0; i < n; i++)
            bits |= (unsigned)((row + i) % 3 != 0) << i;
        put_u32(&body, 2);
        put_u8(&body, 1 << 1 | 1);
        put_u8(&body, bits);
        for (int i = 0; i < n; i++)
            if ((row + i) % 3 != 0)
                put_i64(&body, -(row + i));
        build_page(f, page, &body);
    }
    f->n_rows = ROWS;
    build_finish(f);
}

static int64_t expected_a(int row) { return row < 45 || row >= 100 ? 1000 + row % ENTRIES : row; }

/* The part's rows, one by one; what they must be is known. */
static enum status read_part(struct table *table, int64_t first, int64_t n, struct read_room *room, struct error *err)
{
    struct want wants[2] = {{0, table->schema.columns[0].type, NEED_VALUES}, {1, table->schema.columns[1].type, NEED_VALUES}};
    struct unit_part part = {first, n};
    struct scan *scan;
    struct chunk chunk = {0};
    int64_t row = first;
    enum status status = table->reader->scan_part(table, 0, &part, wants, 2, room, &scan, err);

    while (status == STATUS_OK && (status = table->reader->scan_next(scan, &chunk, err)) == STATUS_OK && chunk.n_rows > 0) {
        assert_int_equal(chunk.first_row, row);
        for (int64_t i = 0; i < chunk.n_rows; i++, row++) {
            struct value a = vector_value(&chunk.vectors[0], i), b = vector_value(&chunk.vectors[1], i);

            assert_null(vector_validate(&chunk.vectors[0]));
            assert_null(vector_validate(&chunk.vectors[1]));
            assert_int_equal(a.i64, expected_a((int)row));
            assert_int_equal(b.kind, row % 3 ? VALUE_INT : VALUE_NULL);
            if (row % 3)
                assert_int_equal(b.i64, -row);
        }
    }
    if (scan)
        table->reader->scan_close(scan);
    if (status == STATUS_OK)
        assert_int_equal(row, first + n);
    return status;
}

static void any_rows_can_be_read_alone(void **state)
{
    struct file_build f;
    struct error err = ERROR_NONE;
    struct read_room room;
    struct opened o;

    (void)state;
    build_two(&f, false);
    o = open_bytes(f.out.at, f.out.n, &err);
    assert_non_null(o.table);
    read_room_init(&room, NULL);
    for (int64_t first = 0; first <= ROWS; first++)
        for (int64_t n = 0; first + n <= ROWS; n++)
            assert_int_equal(read_part(o.table, first, n, n % 2 ? &room : NULL, &err), STATUS_OK);
    read_room_done(&room);
    assert_int_equal(read_part(o.table, 100, 21, NULL, &err), STATUS_INTERNAL);
    close_opened(o);
}

static void cuts_are_where_pages_of_the_largest_column_begin(void **state)
{
    static const struct { int32_t columns[2], n_columns, n_wanted; int32_t n; int64_t starts[6]; } cases[] = {
        {{0}, 1, 1, 1, {0}},
        {{0}, 1, 2, 2, {0, 70}},
        {{0}, 1, 5, 5, {0, 45, 70, 100}},
        {{1}, 1, 2, 2, {0, 63}},
        {{1, 0}, 2, 3, 3, {0, 42, 84}}, /* `b` is larger */
        {{0}, 0, 3, 1, {0}},
    };
    struct file_build f;
    struct error err = ERROR_NONE;
    struct opened o;

    (void)state;
    build_two(&f, false);
    o = open_bytes(f.out.at, f.out.n, &err);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t starts[64];
        int32_t n;

        assert_int_equal(o.table->reader->split(o.table, 0, cases[i].columns, cases[i].n_columns, cases[i].n_wanted, starts, &n, &err),
                         STATUS_OK);
        assert_true(n >= 1 && n <= cases[i].n);
        for (int32_t k = 0; k < n; k++)
            assert_int_equal(starts[k], cases[i].starts[k]);
    }
    close_opened(o);
}

static void what_is_broken_is_found_by_the_part_that_has_it(void **state)
{
    struct file_build f;
    struct error err = ERROR_NONE;
    struct opened o;

    (void)state;
    build_two(&f, true);
    o = open_bytes(f.out.at, f.out.n, &err);
    assert_int_equal(read_part(o.table, 0, 100, NULL, &err), STATUS_OK);
    assert_int_equal(read_part(o.table, 45, 55, NULL, &err), STATUS_OK);
    assert_int_equal(read_part(o.table, 100, 20, NULL, &err), STATUS_BAD_DATA);
    assert_int_equal(read_part(o.table, 99, 21, NULL, &err), STATUS_BAD_DATA);
    close_opened(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_rows_can_be_read_alone),
        cmocka_unit_test(cuts_are_where_pages_of_the_largest_column_begin),
        cmocka_unit_test(what_is_broken_is_found_by_the_part_that_has_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
