/* tests/readers/test_parquet_nested.c -- columns in lists and maps: which levels are entries, and in which rows they are. */
#include "tests/readers/parquet_fixture.h"

#include <stdio.h>

/* Each level as a run of its own. */
static void put_runs(struct bytes *b, const int *levels, int n)
{
    for (int i = 0; i < n; i++) {
        put_u8(b, 1 << 1);
        put_u8(b, (unsigned)levels[i]);
    }
}

static void put_levels_v1(struct bytes *b, const int *levels, int n)
{
    put_u32(b, (uint32_t)n * 2);
    put_runs(b, levels, n);
}

/* A page of INT64 values 1, 2, 3 ... for a column; `version` 1 or 2. */
static void build_levels(struct file_build *b, int version, const int *repetitions, const int *definitions, int n, int n_values)
{
    struct bytes body = {.n = 0};
    struct page p = {version == 1 ? PAGE_DATA : PAGE_DATA_V2, n, ENCODING_PLAIN, -1, -1, -1, 0, false};

    if (version == 1) {
        put_levels_v1(&body, repetitions, n);
        put_levels_v1(&body, definitions, n);
    } else {
        put_runs(&body, repetitions, n);
        put_runs(&body, definitions, n);
        p.rep_size = p.def_size = 2 * n;
    }
    for (int i = 0; i < n_values; i++)
        put_i64(&body, i + 1);
    build_page(b, p, &body);
}

/* optional group x (LIST) { repeated group list { optional int64 element } }: levels 0 null, 1 empty, 2 null element, 3 value. */
static void start_list(struct file_build *b)
{
    build_start(b);
    b->around[0] = (struct file_group){"x", REPETITION_OPTIONAL, CONVERTED_LIST + 1};
    b->around[1] = (struct file_group){"list", REPETITION_REPEATED, 0};
    b->n_around = 2;
    build_column(b, "element", PHYSICAL_INT64, REPETITION_OPTIONAL);
}

/* Entries of some columns as text, "1@0 ~@0": the value or ~ for null, then its row. More columns stand behind each other as "1,~@0". */
static void read_entries(struct opened o, const int32_t *columns, int n_columns, enum need need, char *out, size_t room,
                         struct error *err)
{
    struct want wants[4];
    struct scan *scan;
    struct chunk chunk;
    enum status status;
    size_t at = 0;

    for (int i = 0; i < n_columns; i++)
        wants[i] = (struct want){columns[i], o.table->schema.columns[columns[i]].type, need};
    out[0] = '\0';
    status = reader_parquet.scan_open(o.table, 0, wants, n_columns, 0, &scan, err);
    while (status == STATUS_OK && (status = reader_parquet.scan_next(scan, &chunk, err)) == STATUS_OK && chunk.n_rows > 0) {
        for (int c = 0; c < n_columns; c++)
            assert_null(vector_validate(&chunk.vectors[c]));
        for (int64_t i = 0; i < chunk.n_rows; i++) {
            for (int c = 0; c < n_columns; c++) {
                const struct vector *v = &chunk.vectors[c];
                const char *comma = c ? "," : "";

                if (!vector_is_valid(v, i))
                    at += (size_t)snprintf(out + at, room - at, "%s~", comma);
                else if (v->lane == LANE_NONE)
                    at += (size_t)snprintf(out + at, room - at, "%sx", comma);
                else
                    at += (size_t)snprintf(out + at, room - at, "%s%lld", comma, (long long)vector_value(v, i).i64);
            }
            at += (size_t)snprintf(out + at, room - at, "@%lld ", chunk.row_of ? (long long)chunk.row_of[i] : -1);
            assert_true(at < room);
        }
    }
    if (at)
        out[at - 1] = '\0';
    if (status != STATUS_OK)
        snprintf(out, room, "%s", status_name(status));
    if (scan)
        reader_parquet.scan_close(scan);
}

static void check_columns(struct file_build *b, const int32_t *columns, int n, enum need need, const char *expected)
{
    struct error err = ERROR_NONE;
    struct opened o = open_bytes(b->out.at, b->out.n, &err);
    char text[4096];

    if (!o.table)
        snprintf(text, sizeof text, "%s", status_name(err.status));
    else
        read_entries(o, columns, n, need, text, sizeof text, &err);
    if (strcmp(text, expected) != 0)
        print_message("error was: %s\n", err.text);
    assert_string_equal(text, expected);
    close_opened(o);
}

static void check(struct file_build *b, enum need need, const char *expected)
{
    check_columns(b, (int32_t[]){0}, 1, need, expected);
}

#define LEVELS(...) ((const int[]){__VA_ARGS__})

static void empty_and_null_lists_have_no_entry_and_null_elements_have_one(void **state)
{
    (void)state;
    for (int version = 1; version <= 2; version++) {
        struct file_build b;

        start_list(&b); /* [1, null], [], null, [2] */
        build_levels(&b, version, LEVELS(0, 1, 0, 0, 0), LEVELS(3, 2, 1, 0, 3), 5, 2);
        b.n_rows = 4;
        build_finish(&b);
        check(&b, NEED_VALUES, "1@0 ~@0 2@3");
        check(&b, NEED_NULLS, "x@0 ~@0 x@3");
    }
}

/* The one column is a list's, by name; an entry has a value, though the list may be empty. */
static void check_list(struct file_build *b, const char *name)
{
    struct error err = ERROR_NONE;
    struct opened o = open_bytes(b->out.at, b->out.n, &err);

    assert_non_null(o.table);
    assert_string_equal(o.table->schema.columns[0].name, name);
    assert_string_equal(o.table->schema.columns[0].repeated, name);
    assert_false(o.table->schema.columns[0].is_nullable);
    close_opened(o);
}

static void a_repeated_value_without_a_list_around_it_is_one(void **state)
{
    struct file_build b;

    (void)state;
    build_start(&b);
    build_column(&b, "x", PHYSICAL_INT64, REPETITION_REPEATED);
    build_levels(&b, 1, LEVELS(0, 1, 0, 0), LEVELS(1, 1, 0, 1), 4, 3);
    b.n_rows = 3;
    build_finish(&b);
    check(&b, NEED_VALUES, "1@0 2@0 3@2");
    check(&b, NEED_NULLS, "x@0 x@0 x@2");
    check_list(&b, "x[]");
}

static void a_file_of_empty_lists_has_no_entries(void **state)
{
    struct file_build b;

    (void)state;
    start_list(&b);
    build_levels(&b, 1, LEVELS(0, 0), LEVELS(1, 1), 2, 0);
    build_levels(&b, 1, LEVELS(0, 0), LEVELS(0, 1), 2, 0);
    b.n_rows = 4;
    build_finish(&b);
    check(&b, NEED_VALUES, "");
    check(&b, NEED_NULLS, "");
}

static void a_row_may_go_on_in_the_next_page(void **state)
{
    struct file_build b;

    (void)state;
    start_list(&b);
    build_levels(&b, 1, LEVELS(0, 0), LEVELS(3, 3), 2, 2);
    build_levels(&b, 1, LEVELS(1, 0), LEVELS(3, 2), 2, 1);
    b.n_rows = 3;
    build_finish(&b);
    check(&b, NEED_VALUES, "1@0 2@1 1@1 ~@2");
}

static void start_map(struct file_build *b)
{
    build_start(b);
    b->around[0] = (struct file_group){"m", REPETITION_OPTIONAL, CONVERTED_MAP + 1};
    b->around[1] = (struct file_group){"key_value", REPETITION_REPEATED, 0};
    b->n_around = 2;
    build_column(b, "key", PHYSICAL_INT64, REPETITION_REQUIRED);
}

static void keys_and_values_of_a_map_stand_side_by_side(void **state)
{
    struct file_build b;

    (void)state;
    start_map(&b);
    build_levels(&b, 1, LEVELS(0, 1, 0), LEVELS(2, 2, 0), 3, 2);
    build_levels(&b, 1, LEVELS(0, 1), LEVELS(2, 2), 2, 2);
    build_column(&b, "value", PHYSICAL_INT64, REPETITION_OPTIONAL);
    build_levels(&b, 1, LEVELS(0), LEVELS(3), 1, 1); /* pages break elsewhere */
    build_levels(&b, 1, LEVELS(1, 0, 0, 1), LEVELS(2, 0, 3, 3), 4, 2);
    b.n_rows = 3;
    build_finish(&b);
    check_columns(&b, (int32_t[]){0, 1}, 2, NEED_VALUES, "1,1@0 2,~@0 1,1@2 2,2@2");
}

/* LogicalTypes.md, Maps: the value may be left out; such a map is a set of keys, as Arrow reads it. */
static void a_map_of_keys_alone_is_a_list(void **state)
{
    struct file_build b;

    (void)state;
    start_map(&b);
    build_levels(&b, 1, LEVELS(0, 1, 0), LEVELS(2, 2, 0), 3, 2);
    b.n_rows = 2;
    build_finish(&b);
    check(&b, NEED_VALUES, "1@0 2@0");
    check_list(&b, "m[]");
}

static void columns_of_a_map_that_disagree_are_refused(void **state)
{
    static const struct { int repetitions[3], definitions[3]; } cases[] = {
        {{0, 0, 0}, {3, 3, 0}}, /* as many entries, in other rows */
        {{0, 1, 0}, {3, 0, 0}}, /* fewer */
        {{0, 1, 0}, {3, 3, 3}}, /* more */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct file_build b;

        start_map(&b);
        build_levels(&b, 1, LEVELS(0, 1, 0), LEVELS(2, 2, 0), 3, 2);
        build_column(&b, "value", PHYSICAL_INT64, REPETITION_OPTIONAL);
        build_levels(&b, 1, cases[i].repetitions, cases[i].definitions, 3, 3);
        b.n_rows = 2;
        build_finish(&b);
        check_columns(&b, (int32_t[]){0, 1}, 2, NEED_VALUES, "bad_data");
    }
}

static void entries_are_not_read_beside_rows_or_another_list(void **state)
{
    struct file_build b;

    (void)state;
    build_start(&b);
    for (int i = 0; i < 2; i++) {
        build_column(&b, i ? "y" : "x", PHYSICAL_INT64, REPETITION_REPEATED);
        build_levels(&b, 1, LEVELS(0, 0), LEVELS(1, 1), 2, 2);
    }
    build_column(&b, "z", PHYSICAL_INT64, REPETITION_REQUIRED);
    build_page(&b, (struct page){PAGE_DATA, 2, ENCODING_PLAIN, -1, -1, -1, 0, false}, &(struct bytes){.n = 16});
    b.n_rows = 2;
    build_finish(&b);
    check_columns(&b, (int32_t[]){0, 1}, 2, NEED_VALUES, "unsupported");
    check_columns(&b, (int32_t[]){0, 2}, 2, NEED_VALUES, "unsupported");
    check_columns(&b, (int32_t[]){2, 1}, 2, NEED_VALUES, "unsupported");
    check_columns(&b, (int32_t[]){2}, 1, NEED_VALUES, "0@-1 0@-1");
}

static void levels_that_lie_are_refused(void **state)
{
    static const struct { const char *what; int n_rows, repetitions[4], definitions[4]; } cases[] = {
        {"starts in the middle of a row", 3, {1, 0, 0, 0}, {3, 3, 3, 3}},
        {"more rows than the row group", 2, {0, 0, 0, 1}, {3, 3, 3, 3}},
        {"fewer rows than the row group", 4, {0, 1, 0, 0}, {3, 3, 3, 3}},
        {"fewer values than rows", 5, {0, 0, 0, 0}, {3, 3, 3, 3}},
        {"a run needs more bits", 3, {0, 2, 0, 0}, {3, 3, 3, 3}},
        {"a run needs more bits", 3, {0, 1, 0, 0}, {3, 4, 3, 3}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (enum need need = NEED_NULLS; need <= NEED_VALUES; need++) {
            struct file_build b;

            start_list(&b);
            build_levels(&b, 1, cases[i].repetitions, cases[i].definitions, 4, 4);
            b.n_rows = cases[i].n_rows;
            build_finish(&b);
            check(&b, need, "bad_data");
        }
}

/* required group x (LIST) { repeated group list { optional int64 element } }: two bits for levels of at most 2. */
static void a_level_above_its_maximum_is_refused(void **state)
{
    struct file_build b;

    (void)state;
    start_list(&b);
    b.around[0].repetition = REPETITION_REQUIRED;
    build_levels(&b, 1, LEVELS(0, 1), LEVELS(2, 3), 2, 2);
    b.n_rows = 1;
    build_finish(&b);
    check(&b, NEED_VALUES, "bad_data");
    check(&b, NEED_NULLS, "bad_data");
}

static void levels_that_are_cut_off_are_refused(void **state)
{
    (void)state;
    for (size_t size = 0; size < 16; size++) { /* both kinds of levels of two values take 16 bytes */
        struct bytes whole = {.n = 0}, body = {.n = 0};
        struct file_build b;

        put_levels_v1(&whole, LEVELS(0, 1), 2);
        put_levels_v1(&whole, LEVELS(3, 3), 2);
        put(&body, whole.at, size);
        start_list(&b);
        build_page(&b, (struct page){PAGE_DATA, 2, ENCODING_PLAIN, -1, -1, -1, 0, false}, &body);
        b.n_rows = 1;
        build_finish(&b);
        check(&b, NEED_NULLS, "bad_data");
        check(&b, NEED_VALUES, "bad_data");
    }
}

static void sixty_lists_in_each_other_are_read(void **state)
{
    struct file_build b;
    struct error err = ERROR_NONE;
    struct opened o;

    (void)state;
    build_start(&b);
    for (b.n_around = 0; b.n_around < 60; b.n_around++)
        b.around[b.n_around] = (struct file_group){"g", REPETITION_REPEATED, 0};
    build_column(&b, "x", PHYSICAL_INT64, REPETITION_OPTIONAL);
    build_levels(&b, 1, LEVELS(0, 60, 59, 0, 0, 1), LEVELS(61, 60, 61, 59, 61, 5), 6, 3);
    b.n_rows = 3;
    build_finish(&b);
    check(&b, NEED_VALUES, "1@0 ~@0 2@0 3@2");
    o = open_bytes(b.out.at, b.out.n, &err);
    assert_int_equal(strlen(o.table->schema.columns[0].name), 60 * 4 + 1); /* g[].g[]. ... x */
    assert_int_equal(strlen(o.table->schema.columns[0].repeated), 60 * 4 - 1);
    close_opened(o);
}

static void more_entries_than_a_chunk_holds_come_in_several(void **state)
{
    enum { N = 3 * CHUNK_MAX_ROWS + 5 };
    struct file_build b;
    struct bytes body = {.n = 0};
    struct error err = ERROR_NONE;
    struct want want = {0, {.kind = TYPE_INT64}, NEED_NULLS};
    struct scan *scan;
    struct chunk chunk;
    struct opened o;
    int64_t n = 0;

    (void)state;
    start_list(&b); /* one row, a list of N nulls */
    put_u32(&body, 2 + 4);
    put_varint(&body, 1 << 1);
    put_u8(&body, 0);
    put_varint(&body, (uint64_t)(N - 1) << 1);
    put_u8(&body, 1);
    put_u32(&body, 4);
    put_varint(&body, (uint64_t)N << 1);
    put_u8(&body, 2);
    build_page(&b, (struct page){PAGE_DATA, N, ENCODING_PLAIN, -1, -1, -1, 0, false}, &body);
    b.n_rows = 1;
    build_finish(&b);
    o = open_bytes(b.out.at, b.out.n, &err);
    assert_int_equal(reader_parquet.scan_open(o.table, 0, &want, 1, 0, &scan, &err), STATUS_OK);
    do {
        assert_int_equal(reader_parquet.scan_next(scan, &chunk, &err), STATUS_OK);
        assert_true(chunk.n_rows <= CHUNK_MAX_ROWS);
        for (int64_t i = 0; i < chunk.n_rows; i++)
            assert_int_equal(chunk.row_of[i], 0);
        n += chunk.n_rows;
    } while (chunk.n_rows > 0);
    assert_int_equal(n, N);
    reader_parquet.scan_close(scan);
    close_opened(o);
}

static void a_run_of_empty_lists_is_taken_in_one_piece(void **state)
{
    struct file_build b;
    struct bytes body = {.n = 0};

    (void)state;
    start_list(&b); /* 2^31 - 1 rows in two dozen bytes */
    for (unsigned level = 0; level < 2; level++) {
        put_u32(&body, 6);
        put_varint(&body, (uint64_t)INT32_MAX << 1);
        put_u8(&body, level);
    }
    build_page(&b, (struct page){PAGE_DATA, INT32_MAX, ENCODING_PLAIN, -1, -1, -1, 0, false}, &body);
    b.n_rows = INT32_MAX;
    build_finish(&b);
    check(&b, NEED_VALUES, "");
    check(&b, NEED_NULLS, "");
}

static void the_footer_says_nothing_of_a_repeated_column(void **state)
{
    struct file_build b;
    struct column_summary summary;
    struct error err = ERROR_NONE;
    struct opened o;
    int64_t one = 1;

    (void)state;
    start_list(&b);
    build_levels(&b, 1, LEVELS(0, 1), LEVELS(3, 2), 2, 1);
    b.columns[0].null_count = 1;
    b.columns[0].min = b.columns[0].max = &one;
    b.columns[0].bound_size = sizeof one;
    b.n_rows = 1;
    build_finish(&b);
    o = open_bytes(b.out.at, b.out.n, &err);
    assert_int_equal(reader_parquet.summary(o.table, 0, 0, &summary, &err), STATUS_OK);
    assert_false(summary.has_nulls_count || summary.has_bounds || summary.has_nan_count);
    close_opened(o);
}

/* Figures of two independent readers, from the shared corpora. */
static void impala_s_nested_columns_are_read(void **state)
{
    static const struct { const char *name; int64_t n, n_values; } cases[] = {
        {"id", 7, 7},
        {"int_array[]", 9, 6},
        {"int_array_Array[][]", 13, 10},
        {"int_map.key", 6, 6},
        {"int_map.value", 6, 3},
        {"int_Map_Array[].key", 3, 3},
        {"int_Map_Array[].value", 3, 2},
        {"nested_struct.A", 7, 2},
        {"nested_struct.b[]", 5, 3},
        {"nested_struct.C.d[][].E", 11, 6},
        {"nested_struct.C.d[][].F", 11, 6},
        {"nested_struct.g.key", 7, 7},
        {"nested_struct.g.value.H.i[]", 5, 4},
    };
    struct error err = ERROR_NONE;
    struct read_options options = {0};
    struct source *source;
    struct table *table;

    (void)state;
    assert_int_equal(source_open("tests/readers/data/nullable.impala.parquet", NULL, &source, &err), STATUS_OK);
    assert_int_equal(reader_parquet.open(source, &options, &table, &err), STATUS_OK);
    assert_int_equal(table->schema.n_columns, sizeof cases / sizeof *cases);
    for (int32_t i = 0; i < table->schema.n_columns; i++)
        for (enum need need = NEED_NULLS; need <= NEED_VALUES; need++) {
            struct want want = {i, table->schema.columns[i].type, need};
            struct scan *scan;
            struct chunk chunk;
            int64_t n = 0, n_values = 0;

            assert_string_equal(table->schema.columns[i].name, cases[i].name);
            assert_int_equal(reader_parquet.scan_open(table, 0, &want, 1, 0, &scan, &err), STATUS_OK);
            do {
                assert_int_equal(reader_parquet.scan_next(scan, &chunk, &err), STATUS_OK);
                n += chunk.n_rows;
                n_values += chunk.n_rows ? chunk.n_rows - chunk.vectors[0].n_nulls : 0;
            } while (chunk.n_rows > 0);
            assert_int_equal(n, cases[i].n);
            assert_int_equal(n_values, cases[i].n_values);
            reader_parquet.scan_close(scan);
        }
    reader_parquet.close(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_and_null_lists_have_no_entry_and_null_elements_have_one),
        cmocka_unit_test(a_repeated_value_without_a_list_around_it_is_one),
        cmocka_unit_test(a_file_of_empty_lists_has_no_entries),
        cmocka_unit_test(a_row_may_go_on_in_the_next_page),
        cmocka_unit_test(keys_and_values_of_a_map_stand_side_by_side),
        cmocka_unit_test(a_map_of_keys_alone_is_a_list),
        cmocka_unit_test(columns_of_a_map_that_disagree_are_refused),
        cmocka_unit_test(entries_are_not_read_beside_rows_or_another_list),
        cmocka_unit_test(levels_that_lie_are_refused),
        cmocka_unit_test(a_level_above_its_maximum_is_refused),
        cmocka_unit_test(levels_that_are_cut_off_are_refused),
        cmocka_unit_test(sixty_lists_in_each_other_are_read),
        cmocka_unit_test(more_entries_than_a_chunk_holds_come_in_several),
        cmocka_unit_test(a_run_of_empty_lists_is_taken_in_one_piece),
        cmocka_unit_test(the_footer_says_nothing_of_a_repeated_column),
        cmocka_unit_test(impala_s_nested_columns_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
