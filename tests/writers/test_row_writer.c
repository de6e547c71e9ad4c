/* tests/writers/test_row_writer.c -- rows as they were, or from their values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "writers/row_writer.h"

enum { N_ROWS = 3 };
static const char *const names[] = {"id", "na,me", "x"};
static const int64_t ids[] = {1, 0, INT64_MAX};
static const uint64_t ids_valid[] = {0x5};
static const double xs[] = {0.1, -0.0, NAN};

static char path[] = "/tmp/assay-rows-XXXXXX.csv";

static int make_path(void **state)
{
    int fd = mkstemps(path, 4);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

/* Three columns as a typed reader gives them; `texts` must live as long as the chunk. */
static struct chunk typed_chunk(struct vector vectors[3], const struct span texts[N_ROWS])
{
    vectors[0] = (struct vector){.type = {.kind = TYPE_INT64}, .lane = LANE_I64, .n_rows = N_ROWS, .n_nulls = 1,
                                 .valid = ids_valid, .i64 = ids};
    vectors[1] = (struct vector){.type = {.kind = TYPE_STRING}, .lane = LANE_BYTES, .n_rows = N_ROWS, .bytes = texts};
    vectors[2] = (struct vector){.type = {.kind = TYPE_DOUBLE}, .lane = LANE_F64, .n_rows = N_ROWS, .f64 = xs};
    return (struct chunk){.n_rows = N_ROWS, .vectors = vectors, .n_vectors = 3};
}

static void check_file(const char *expected)
{
    char bytes[1024];
    FILE *file = fopen(path, "rb");
    size_t n;

    assert_non_null(file);
    n = fread(bytes, 1, sizeof bytes - 1, file);
    bytes[n] = '\0';
    fclose(file);
    assert_string_equal(bytes, expected);
}

static void write_rows(enum row_format format, enum row_input input, const char *header, const struct chunk *chunk,
                       const uint64_t *rows, int times)
{
    struct row_writer writer;
    struct error err = ERROR_NONE;

    assert_int_equal(row_writer_open(&writer, path, format, input, names, 3, span_text(header), span_text("\n"), NULL, NULL, &err), STATUS_OK);
    for (int i = 0; i < times; i++)
        assert_int_equal(row_writer_add(&writer, chunk, rows, &err), STATUS_OK);
    assert_int_equal(row_writer_commit(&writer, &err), STATUS_OK);
}

static void csv_records_are_copied_byte_for_byte(void **state)
{
    const struct span records[] = {span_text("=1+1,\"a\r\nb\"\r\n"), span_text("skipped\n"), span_text("3,x")};
    struct chunk chunk = {.n_rows = N_ROWS, .records = records};
    uint64_t rows[] = {0x5}, first[] = {0x1};

    (void)state;
    write_rows(ROWS_CSV, ROWS_FROM_CSV, "a;b\r\n", &chunk, rows, 1);
    check_file("a;b\r\n=1+1,\"a\r\nb\"\r\n3,x");
    write_rows(ROWS_CSV, ROWS_FROM_CSV, "", &chunk, rows, 2);
    check_file("=1+1,\"a\r\nb\"\r\n3,x\n=1+1,\"a\r\nb\"\r\n3,x");
    write_rows(ROWS_CSV, ROWS_FROM_CSV, "h", &chunk, first, 1);
    check_file("h\n=1+1,\"a\r\nb\"\r\n");
}

static void json_records_are_copied_as_lines(void **state)
{
    const struct span records[] = {span_text("{\"a\": 1.0}\n"), span_text("{}"), span_text("{ }")};
    struct chunk chunk = {.n_rows = N_ROWS, .records = records};

    (void)state;
    write_rows(ROWS_JSON, ROWS_FROM_JSON, "", &chunk, NULL, 1);
    check_file("{\"a\": 1.0}\n{}\n{ }");
}

static void values_become_csv_with_nulls_told_from_empty_text(void **state)
{
    const struct span texts[] = {span_text("say \"hi\", you"), span_text(""), span_text("l1\nl2")};
    struct vector vectors[3];
    struct chunk chunk = typed_chunk(vectors, texts);

    (void)state;
    write_rows(ROWS_CSV, ROWS_FROM_VALUES, "", &chunk, NULL, 1);
    check_file("id,\"na,me\",x\n1,\"say \"\"hi\"\", you\",0.1\n,\"\",-0\n9223372036854775807,\"l1\nl2\",NaN\n");
}

static void values_become_json_lines(void **state)
{
    const struct span texts[] = {span_text("say \"hi\""), span_text(""), span_text("l1\nl2")};
    struct vector vectors[3];
    struct chunk chunk = typed_chunk(vectors, texts);
    uint64_t rows[] = {0x6};

    (void)state;
    write_rows(ROWS_JSON, ROWS_FROM_VALUES, "", &chunk, rows, 1);
    check_file("{\"id\": null, \"na,me\": \"\", \"x\": -0}\n{\"id\": 9223372036854775807, \"na,me\": \"l1\\nl2\", \"x\": \"NaN\"}\n");
}

static void the_text_of_a_malformed_cell_is_kept(void **state)
{
    const struct span raw[] = {span_text("007"), span_of(NULL, 0), span_text("x,y")};
    const int64_t values[] = {7, 0, 0};
    const uint64_t malformed[] = {0x4};
    struct vector vector = {.type = {.kind = TYPE_INT64}, .lane = LANE_I64, .n_rows = N_ROWS, .n_nulls = 1, .valid = ids_valid,
                            .malformed = malformed, .raw = raw, .i64 = values};
    struct chunk chunk = {.n_rows = N_ROWS, .vectors = &vector, .n_vectors = 1};
    struct row_writer writer;
    struct error err = ERROR_NONE;

    (void)state;
    assert_int_equal(row_writer_open(&writer, path, ROWS_CSV, ROWS_FROM_JSON, names, 1, span_of(NULL, 0), span_text("\n"), NULL, NULL, &err), STATUS_OK);
    assert_int_equal(row_writer_add(&writer, &chunk, NULL, &err), STATUS_OK);
    assert_int_equal(row_writer_commit(&writer, &err), STATUS_OK);
    check_file("id\n007\n\n\"x,y\"\n");
}

static void an_abandoned_file_is_not_there(void **state)
{
    struct row_writer writer;
    struct error err = ERROR_NONE;

    (void)state;
    assert_int_equal(unlink(path), 0);
    assert_int_equal(row_writer_open(&writer, path, ROWS_CSV, ROWS_FROM_CSV, names, 3, span_text("h\n"), span_text("\n"), NULL, NULL, &err), STATUS_OK);
    row_writer_abandon(&writer);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(close(creat(path, 0600)), 0);
}

static void the_suffix_chooses_the_format(void **state)
{
    struct error err = ERROR_NONE;
    enum row_format format;

    (void)state;
    assert_int_equal(row_format_of("a/b.CSV", &format, &err), STATUS_OK);
    assert_int_equal(format, ROWS_CSV);
    assert_int_equal(row_format_of("b.ndjson", &format, &err), STATUS_OK);
    assert_int_equal(format, ROWS_JSON);
    assert_int_equal(row_format_of("b.parquet", &format, &err), STATUS_BAD_USAGE);
    assert_true(row_writer_copies(ROWS_CSV, ROWS_FROM_CSV));
    assert_false(row_writer_copies(ROWS_CSV, ROWS_FROM_JSON));
}

static void a_missing_line_end_is_added_in_the_encoding_of_the_file(void **state)
{
    char name[] = "/tmp/assay_rows_XXXXXX.csv";
    int fd = mkstemps(name, 4);
    struct span records[2] = {span_of("a", 2), span_of("b", 2)};
    struct chunk chunk = {.n_rows = 2, .records = records};
    struct row_writer writer;
    struct error err = ERROR_NONE;
    char got[64];
    FILE *f;

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(row_writer_open(&writer, name, ROWS_CSV, ROWS_FROM_CSV, NULL, 0, span_text("\xff\xfe"), span_of("\n", 2),
                                     NULL, NULL, &err), STATUS_OK);
    assert_int_equal(row_writer_add(&writer, &chunk, NULL, &err), STATUS_OK);
    assert_int_equal(row_writer_commit(&writer, &err), STATUS_OK);
    f = fopen(name, "rb");
    assert_non_null(f);
    assert_int_equal(fread(got, 1, sizeof got, f), 8);
    assert_memory_equal(got, "\xff\xfe" "a\0\n\0b\0", 8);
    fclose(f);
    unlink(name);
}

/* The rows stay what they were: what they break stands beside them. */
static void ids_stand_beside_the_rows(void **state)
{
    const struct span csv[] = {span_text("1,x\r\n"), span_text("2,y\n"), span_text("3,z")};
    const uint64_t first[] = {0x5}, second[] = {0x7};
    const uint64_t *const masks[] = {first, first, second};
    const char *const checks[] = {"a", "a", "b \"c\""};
    struct row_labels labels = {3, checks, masks, ".ids"};
    struct chunk chunk = {.n_rows = 3, .records = csv};
    struct row_writer writer;
    struct error err = ERROR_NONE;
    struct arena arena = {0};
    char beside[512];
    struct span said;

    (void)state;
    snprintf(beside, sizeof beside, "%s.ids", path);
    assert_int_equal(row_writer_open(&writer, path, ROWS_CSV, ROWS_FROM_CSV, names, 2, span_text("n,m\r\n"), span_text("\n"), &labels, NULL, &err),
                     STATUS_OK);
    assert_int_equal(row_writer_add(&writer, &chunk, NULL, &err), STATUS_OK);
    assert_int_not_equal(access(beside, F_OK), 0);
    assert_int_equal(row_writer_commit(&writer, &err), STATUS_OK);
    check_file("n,m\r\n1,x\r\n2,y\n3,z");
    assert_int_equal(input_read_file(&arena, beside, 1000, &said, &err), STATUS_OK);
    assert_true(span_is(said, "[\"a\", \"b \\\"c\\\"\"]\n[\"b \\\"c\\\"\"]\n[\"a\", \"b \\\"c\\\"\"]\n"));
    unlink(beside);
    assert_int_equal(row_writer_open(&writer, path, ROWS_CSV, ROWS_FROM_CSV, names, 2, span_text("n,m\r\n"), span_text("\n"), &labels, NULL, &err),
                     STATUS_OK);
    row_writer_abandon(&writer);
    assert_int_not_equal(access(beside, F_OK), 0);
    assert_int_equal(row_writer_open(&writer, "/dev/null", ROWS_CSV, ROWS_FROM_CSV, names, 2, span_text("n,m\r\n"), span_text("\n"), &labels, NULL,
                                     &err), STATUS_OK);
    assert_int_equal(row_writer_add(&writer, &chunk, NULL, &err), STATUS_OK);
    assert_int_equal(row_writer_commit(&writer, &err), STATUS_OK);
    assert_int_not_equal(access("/dev/null.ids", F_OK), 0);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_stand_beside_the_rows),
        cmocka_unit_test(a_missing_line_end_is_added_in_the_encoding_of_the_file),
        cmocka_unit_test(csv_records_are_copied_byte_for_byte),
        cmocka_unit_test(json_records_are_copied_as_lines),
        cmocka_unit_test(values_become_csv_with_nulls_told_from_empty_text),
        cmocka_unit_test(values_become_json_lines),
        cmocka_unit_test(the_text_of_a_malformed_cell_is_kept),
        cmocka_unit_test(an_abandoned_file_is_not_there),
        cmocka_unit_test(the_suffix_chooses_the_format),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
