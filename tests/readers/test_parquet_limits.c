/* tests/readers/test_parquet_limits.c -- what a file may cost: memory by its footer's size, time by its runs. */
#include "tests/readers/parquet_fixture.h"

#include "readers/parquet/file.h"

/* A footer as large as is needed to see a multiple of it, more than struct bytes holds. */
struct footer { uint8_t *at; size_t n; };

static void fill(struct footer *f, const struct bytes *head, uint8_t with, size_t n, const struct bytes *tail)
{
    f->n = head->n + n + tail->n;
    f->at = malloc(f->n);
    memcpy(f->at, head->at, head->n);
    memset(f->at + head->n, with, n);
    memcpy(f->at + head->n + n, tail->at, tail->n);
}

/* Opens a file of nothing but this footer; returns the peak of memory, and frees the footer. */
static size_t peak_of(struct footer *f, enum status *status)
{
    size_t size = 4 + f->n + 8;
    uint8_t *file = malloc(size);
    struct memory memory;
    struct read_options options = {.memory = &memory};
    struct error err = ERROR_NONE;
    struct source *source;
    struct table *table = NULL;
    uint32_t n = (uint32_t)f->n;

    memcpy(file, "PAR1", 4);
    memcpy(file + 4, f->at, f->n);
    memcpy(file + 4 + f->n, &n, 4);
    memcpy(file + 8 + f->n, "PAR1", 4);
    memory_init(&memory, 0);
    assert_int_equal(source_from_memory("built", span_of(file, size), &memory, &source, &err), STATUS_OK);
    *status = reader_parquet.open(source, &options, &table, &err);
    if (*status == STATUS_OK)
        reader_parquet.close(table);
    assert_int_equal(atomic_load(&memory.used), 0);
    free(file);
    free(f->at);
    return atomic_load(&memory.peak);
}

enum { FORGED = 2 << 20 };

/* What `assay limits` says. */
static void assert_within_limits(size_t peak, size_t footer)
{
    assert_in_range(peak, 1, PARQUET_FOOTER_RATIO * footer + PARQUET_FOOTER_BYTES);
}

static void put_root(struct bytes *b, int *f, size_t n_elements, int n_children)
{
    int e = 0;

    put_number(b, f, 1, THRIFT_I32, 1);
    put_list(b, f, 2, THRIFT_STRUCT, n_elements);
    put_binary(b, &e, 4, "root", 4);
    put_number(b, &e, 5, THRIFT_I32, n_children);
    put_stop(b);
}

/* An empty struct is one byte: eighty times as much was taken for each before the first was looked at. */
static void two_million_empty_schema_elements_take_no_multiple_of_themselves(void **state)
{
    struct bytes head = {0}, tail = {0};
    struct footer footer;
    enum status status;
    size_t peak;
    int f = 0;

    (void)state;
    put_root(&head, &f, FORGED + 1, 0);
    put_stop(&tail);
    fill(&footer, &head, 0, FORGED, &tail);
    peak = peak_of(&footer, &status);
    assert_int_equal(status, STATUS_BAD_DATA); /* elements outside the root */
    assert_within_limits(peak, FORGED);
}

/* Row groups that are empty structs, a byte each, of which two dozen would be kept. */
static void row_groups_of_a_byte_each_are_refused_before_they_fill_the_memory(void **state)
{
    struct bytes head = {0}, tail = {0};
    struct file_column c = {.name = "a", .physical = PHYSICAL_INT32};
    struct footer footer;
    enum status status;
    size_t peak;
    int f = 0;

    (void)state;
    put_root(&head, &f, 2, 1);
    put_element(&head, &c);
    put_number(&head, &f, 3, THRIFT_I64, 0);
    put_list(&head, &f, 4, THRIFT_STRUCT, FORGED); /* row groups of nothing */
    put_stop(&tail);
    fill(&footer, &head, 0, FORGED, &tail);
    peak = peak_of(&footer, &status);
    assert_int_equal(status, STATUS_TOO_LARGE);
    assert_within_limits(peak, FORGED);
}

/* Ten thousand leaves below a group whose name is as long as all of them: the paths would be 10,000 times 60 KB. */
static void paths_may_not_repeat_a_long_name_without_end(void **state)
{
    enum { LEAVES = 10000, NAME = 60000 };
    static struct bytes leaves[LEAVES / 1000];
    struct bytes *head = calloc(1, sizeof *head);
    struct file_column c = {.name = "a", .physical = PHYSICAL_INT32};
    struct footer footer = {.at = malloc(1 << 20)};
    enum status status;
    char *name = malloc(NAME);
    int f = 0, e = 0;

    (void)state;
    memset(name, 'n', NAME);
    memset(leaves, 0, sizeof leaves);
    put_root(head, &f, LEAVES + 2, 1);
    put_number(head, &e, 3, THRIFT_I32, REPETITION_OPTIONAL);
    put_binary(head, &e, 4, name, NAME);
    put_number(head, &e, 5, THRIFT_I32, LEAVES);
    put_stop(head);
    memcpy(footer.at, head->at, head->n);
    footer.n = head->n;
    for (int i = 0; i < LEAVES / 1000; i++) {
        for (int k = 0; k < 1000; k++)
            put_element(&leaves[i], &c);
        memcpy(footer.at + footer.n, leaves[i].at, leaves[i].n);
        footer.n += leaves[i].n;
    }
    footer.at[footer.n++] = 0;
    free(name);
    free(head);
    assert_in_range(footer.n, 1, 1 << 20);
    assert_within_limits(peak_of(&footer, &status), 1 << 18);
    assert_int_equal(status, STATUS_TOO_LARGE);
}

/* A page of more than the limit, of twenty numbers; `packed` bytes are declared to unpack into `unpacked`. */
static enum status read_large_page(int codec, int unpacked, int n_body, struct error *err)
{
    static struct file_build b;
    struct read_options options = {.max_page_bytes = 100};
    struct want want = {0, {.kind = TYPE_INT64}, NEED_VALUES};
    struct bytes body = {.n = 0};
    struct table *table = NULL;
    struct scan *scan = NULL;
    struct source *source;
    enum status status;
    struct chunk chunk;

    build_start(&b);
    b.n_rows = 20;
    build_column(&b, "x", PHYSICAL_INT64, REPETITION_REQUIRED)->codec = codec;
    for (int64_t i = 0; i < n_body / 8; i++)
        put_i64(&body, i);
    build_page(&b, (struct page){.type = PAGE_DATA, .n_values = 20, .encoding = ENCODING_PLAIN, .unpacked = unpacked, .packed = -1, .crc = -1}, &body);
    build_finish(&b);
    assert_int_equal(source_from_memory("built", span_of(b.out.at, b.out.n), NULL, &source, err), STATUS_OK);
    assert_int_equal(reader_parquet.open(source, &options, &table, err), STATUS_OK);
    assert_int_equal(reader_parquet.scan_open(table, 0, &want, 1, 0, &scan, err), STATUS_OK);
    status = reader_parquet.scan_next(scan, &chunk, err);
    if (status == STATUS_OK)
        assert_true(chunk.n_rows == 20 && chunk.vectors[0].i64[19] == 19);
    reader_parquet.scan_close(scan);
    reader_parquet.close(table);
    return status;
}

/* Some writers put a whole column of texts into one page, and every other reader takes it; a bomb is told by how little it is packed into. */
static void a_large_page_is_read_where_its_bytes_are_there(void **state)
{
    enum { UNCOMPRESSED = 0, SNAPPY = 1 };
    struct error err = ERROR_NONE;

    (void)state;
    assert_int_equal(read_large_page(UNCOMPRESSED, -1, 160, &err), STATUS_OK);
    assert_int_equal(read_large_page(SNAPPY, 160 * 129, 160, &err), STATUS_TOO_LARGE);
    assert_non_null(strstr(err.text, "at least 1/128"));
    err = (struct error)ERROR_NONE;
    assert_int_not_equal(read_large_page(SNAPPY, 160 * 128, 160, &err), STATUS_TOO_LARGE); /* looked at, and found to be no Snappy */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_million_empty_schema_elements_take_no_multiple_of_themselves),
        cmocka_unit_test(row_groups_of_a_byte_each_are_refused_before_they_fill_the_memory),
        cmocka_unit_test(paths_may_not_repeat_a_long_name_without_end),
        cmocka_unit_test(a_large_page_is_read_where_its_bytes_are_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
