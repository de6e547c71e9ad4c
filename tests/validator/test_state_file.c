/* tests/validator/test_state_file.c -- saved states as bytes: what was written comes back, and nothing else is taken for it. */
#include "validator/state_file.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct batch_file files[2];
    struct partition_key keys[2];
    struct column columns[2];
    struct batch_column beside[2];
    const char *fingerprints[2];
    int64_t rows[2];
    const char *source[1];
    struct state_entry entries[2];
    struct state_part part;
    struct buffer bytes;
};

static void setup(struct fixture *f)
{
    struct error err = ERROR_NONE;

    memset(f, 0, sizeof *f);
    arena_init(&f->arena, NULL, 0);
    f->keys[0] = (struct partition_key){"dt", "2024-12-10"};
    f->keys[1] = (struct partition_key){"country", NULL};
    f->files[0] = (struct batch_file){"a/dt=2024-12-10/x.parquet", f->keys, 2, 1234, 1700000000123456789};
    f->files[1] = (struct batch_file){"b \"quoted\"\n.parquet", NULL, 0, 0, -1};
    f->columns[0] = (struct column){.name = "price", .type = {.kind = TYPE_DECIMAL, .precision = 10, .scale = 2}, .is_nullable = true};
    f->columns[1] = (struct column){.name = "tags[]", .type = {.kind = TYPE_STRING}, .is_nested = true, .repeated = "tags[]"};
    f->beside[0] = (struct batch_column){.missing_in = "b.parquet", .partition = -1};
    f->beside[1] = (struct batch_column){.conflict = "tags[] is string in some files", .partition = 3};
    f->fingerprints[0] = "xxh3:00";
    f->rows[0] = 17;
    f->rows[1] = -1;
    f->source[0] = "a";
    f->entries[0] = (struct state_entry){"rows where[]", EVIDENCE_FOOTER, span_text("first")};
    f->entries[1] = (struct state_entry){"presence price:decimal(10,2) where[]", -1, span_text("")};
    f->part = (struct state_part){.name = "part", .suite = "s", .suite_fingerprint = "sha256:1", .now = "", .samples = 20,
                                  .source = f->source, .n_source = 1, .fingerprints = f->fingerprints, .file_rows = f->rows,
                                  .n_records = 18, .n_damaged = 1, .first_damage = {.line = 4, .byte = 99, .what = "3 fields"},
                                  .damaged_file = 1, .entries = f->entries, .n_entries = 2};
    f->part.batch = (struct batch){.found = {f->files, 2}, .schema = {f->columns, 2}, .columns = f->beside, .format = "parquet",
                                   .is_typed = true, .columns_are_independent = true};
    assert_int_equal(state_part_write(&f->part, &f->bytes, &err), STATUS_OK);
}

static void teardown(struct fixture *f)
{
    buffer_done(&f->bytes);
    arena_done(&f->arena);
}

static enum status read(struct fixture *f, struct span bytes, struct state_part *out)
{
    struct error err = ERROR_NONE;

    return state_part_read(&f->arena, "part", bytes, out, &err);
}

static void what_was_written_comes_back(void **state)
{
    struct fixture f;
    struct state_part p;

    (void)state;
    setup(&f);
    assert_int_equal(read(&f, span_of(f.bytes.at, f.bytes.size), &p), STATUS_OK);
    assert_string_equal(p.suite_fingerprint, "sha256:1");
    assert_int_equal(p.batch.found.n_files, 2);
    assert_string_equal(p.batch.found.files[1].path, f.files[1].path);
    assert_int_equal(p.batch.found.files[0].modified_nanos, 1700000000123456789);
    assert_string_equal(p.batch.found.files[0].keys[0].value, "2024-12-10");
    assert_null(p.batch.found.files[0].keys[1].value);
    assert_int_equal(p.file_rows[0], 17);
    assert_int_equal(p.file_rows[1], -1);
    assert_null(p.fingerprints[1]);
    assert_true(type_equal(p.batch.schema.columns[0].type, f.columns[0].type));
    assert_true(p.batch.schema.columns[0].is_nullable && !p.batch.schema.columns[1].is_nullable);
    assert_string_equal(p.batch.schema.columns[1].repeated, "tags[]");
    assert_string_equal(p.batch.columns[0].missing_in, "b.parquet");
    assert_int_equal(p.batch.columns[1].partition, 3);
    assert_int_equal(p.first_damage.byte, 99);
    assert_string_equal(p.first_damage.what, "3 fields");
    assert_int_equal(p.n_entries, 2);
    assert_int_equal(p.entries[0].proof, EVIDENCE_FOOTER);
    assert_int_equal(p.entries[1].proof, -1);
    assert_true(span_is(p.entries[0].bytes, "first"));
    assert_int_equal(p.entries[1].bytes.size, 0);
    teardown(&f);
}

/* A copy of exactly that size, so that ASan sees a byte read too many. */
static enum status read_copy(struct fixture *f, size_t size, size_t flipped)
{
    uint8_t *copy = mem_alloc(NULL, size);
    struct state_part p;
    enum status status;

    assert_non_null(copy);
    memcpy(copy, f->bytes.at, size);
    if (flipped < size)
        copy[flipped] ^= 0x20;
    status = read(f, span_of(copy, size), &p);
    mem_free(NULL, copy);
    return status;
}

static void a_part_of_a_file_is_refused_at_every_length(void **state)
{
    struct fixture f;

    (void)state;
    setup(&f);
    for (size_t n = 0; n < f.bytes.size; n++)
        assert_int_equal(read_copy(&f, n, SIZE_MAX), STATUS_BAD_DATA);
    teardown(&f);
}

static void a_changed_byte_is_seen_wherever_it_is(void **state)
{
    struct fixture f;

    (void)state;
    setup(&f);
    for (size_t at = 0; at < f.bytes.size; at++)
        assert_int_equal(read_copy(&f, f.bytes.size, at), STATUS_BAD_DATA);
    teardown(&f);
}

static void a_path_that_is_not_utf8_is_refused_when_saving(void **state)
{
    struct buffer out = {0};
    struct error err = ERROR_NONE;
    struct fixture f;

    (void)state;
    setup(&f);
    f.files[0].path = "caf\xe9.parquet";
    assert_int_equal(state_part_write(&f.part, &out, &err), STATUS_UNSUPPORTED);
    assert_non_null(strstr(err.text, "not UTF-8"));
    buffer_done(&out);
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_comes_back),
        cmocka_unit_test(a_part_of_a_file_is_refused_at_every_length),
        cmocka_unit_test(a_changed_byte_is_seen_wherever_it_is),
        cmocka_unit_test(a_path_that_is_not_utf8_is_refused_when_saving),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
