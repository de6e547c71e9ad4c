/* tests/profiles/test_profile.c -- figures of small tables, and digests against those of other hands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "profiles/digest.h"
#include "profiles/profile.h"

struct made {
    char path[64];
    struct arena arena;
    struct profile profile;
    struct error err;
    enum status status;
};

/* Profiles a text as a file of its own. */
static void make(struct made *m, const char *text, int32_t threads)
{
    const char *path = m->path;
    struct profile_options options = {.paths = &path, .n_paths = 1, .threads = threads, .wants_digest = true};
    int fd;

    *m = (struct made){.path = "/tmp/assay-profile-XXXXXX", .err = ERROR_NONE};
    fd = mkstemp(m->path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    options.reading.header = -1;
    arena_init(&m->arena, NULL, 0);
    m->status = profile_make(&m->arena, &options, &m->profile, &m->err);
}

static void done(struct made *m)
{
    profile_done(&m->profile);
    arena_done(&m->arena);
    unlink(m->path);
}

static const struct profile_column *column(const struct made *m, const char *name)
{
    int32_t at = schema_find(&m->profile.batch.schema, name);

    assert_true(at >= 0);
    return &m->profile.columns[at];
}

static void types_of_whole_columns_are_told(void **state)
{
    static const struct { const char *name, *type; } wanted[] = {
        {"i", "int64"}, {"d", "double"}, {"b", "bool"}, {"t", "date"}, {"z", "string"}, {"s", "string"},
    };
    struct made m;
    char type[64];

    (void)state;
    make(&m, "i,d,b,t,z,s\n1,1,true,2024-02-29,007,a\n2,2.5,false,2024-03-01,8,\n", 1);
    assert_int_equal(m.status, STATUS_OK);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        type_print(column(&m, wanted[i].name)->type, type);
        assert_string_equal(type, wanted[i].type);
    }
    done(&m);
}

static void figures_leave_nulls_out(void **state)
{
    const struct profile_column *x;
    struct made m;

    (void)state;
    make(&m, "n,x\n1,4\n2,\n3,1\n4,1\n5,2\n", 1);
    assert_int_equal(m.status, STATUS_OK);
    x = column(&m, "x");
    assert_int_equal(x->element_count, 5);
    assert_int_equal(x->null_count, 1);
    assert_int_equal(x->distinct_count, 3);
    assert_int_equal(x->min.i64, 1);
    assert_int_equal(x->max.i64, 4);
    assert_int_equal(x->sum.i64, 8);
    assert_true(x->mean.f64 == 2.0);
    assert_true(x->quantiles[2].f64 == 1.5);
    assert_int_equal(x->n_first, 4);
    assert_int_equal(x->first[0].i64, 4);
    assert_int_equal(x->top[0].value.i64, 1);
    assert_int_equal(x->top[0].count, 2);
    assert_int_equal(x->n_bins, PROFILE_BINS);
    assert_int_equal(x->counts[0], 2);
    assert_int_equal(x->counts[PROFILE_BINS - 1], 1);
    done(&m);
}

/* sha256 of "1\nN\n-3\n", of "T\nF\nN\n" and of "1:a\n0:\n2:\xc3\xa9\n", and of the cells, by Python's hashlib. */
static void digests_are_those_of_the_corpora(void **state)
{
    struct made m;

    (void)state;
    make(&m, "i,b,s\n1,true,a\n,false,\"\"\n-3,,\"\xc3\xa9\"\n", 1);
    assert_int_equal(m.status, STATUS_OK);
    assert_string_equal(column(&m, "i")->values_sha256, "b0d80db3c4be370da9ee43b58ecb7b64572276c80a1e53ed78f6194d4f0da691");
    assert_string_equal(column(&m, "b")->values_sha256, "5fb781eb2637d2a85dad4588bd277b29d137168551d32a6a00ec18d12d738e21");
    assert_string_equal(column(&m, "s")->values_sha256, "929935882d72b79d759dc491cd1da14fe128729b38df0eed6d7ba51e98f0cd0c");
    assert_string_equal(m.profile.cells_sha256, "bac747757cb91118ee258ffce6aa4fcfeb808d965c086e60cde28eadd05a5863");
    done(&m);
}

static void expect_decimal(int64_t unscaled, int32_t scale, const char *text)
{
    struct vector v = {.type = {.kind = TYPE_DECIMAL, .precision = 18, .scale = scale}, .lane = LANE_I64, .n_rows = 1,
                       .i64 = &unscaled};
    struct digest wanted, got;
    char a[65], b[65];

    digest_init(&wanted);
    digest_add(&wanted, text, strlen(text));
    digest_add(&wanted, "\n", 1);
    digest_hex(&wanted, a);
    digest_init(&got);
    digest_vector(&got, &v);
    digest_hex(&got, b);
    assert_string_equal(a, b);
}

static void decimals_are_digested_as_pythons_decimal_prints_them(void **state)
{
    (void)state;
    expect_decimal(0, 2, "0.00");
    expect_decimal(-1234, 2, "-12.34");
    expect_decimal(5, 0, "5");
    expect_decimal(0, 6, "0.000000");
    expect_decimal(0, 8, "0E-8");
    expect_decimal(15, 8, "1.5E-7");
    expect_decimal(-1, 7, "-1E-7");
    expect_decimal(1, 6, "0.000001");
}

static void damage_is_listed_and_left_out(void **state)
{
    struct made m;

    (void)state;
    make(&m, "n,x\n1,4\n2,3,3\n3,1\n", 1);
    assert_int_equal(m.status, STATUS_OK);
    assert_int_equal(m.profile.n_rows, 2);
    assert_int_equal(m.profile.n_damaged, 1);
    assert_int_equal(m.profile.damage[0].items[0].line, 3);
    assert_int_equal(column(&m, "x")->sum.i64, 5);
    done(&m);
}

static void threads_do_not_change_a_byte(void **state)
{
    struct buffer one = {0}, many = {0};
    struct made m;

    (void)state;
    make(&m, "{\"a\": 1, \"b\": \"x\"}\n{\"a\": 2.5, \"b\": null}\n{\"b\": \"y\"}\n", 1);
    assert_int_equal(m.status, STATUS_OK);
    m.profile.batch.found.files[0].path = "data";
    assert_true(profile_json(&m.profile, &one));
    done(&m);
    make(&m, "{\"a\": 1, \"b\": \"x\"}\n{\"a\": 2.5, \"b\": null}\n{\"b\": \"y\"}\n", 8);
    m.profile.batch.found.files[0].path = "data";
    assert_true(profile_json(&m.profile, &many));
    done(&m);
    assert_true(span_equal(span_of(one.at, one.size), span_of(many.at, many.size)));
    buffer_done(&one);
    buffer_done(&many);
}

static void texts_keys_and_directions_are_described(void **state)
{
    const struct profile_column *id, *mail, *same;
    struct buffer page = {0};
    struct made m;

    (void)state;
    make(&m, "id,mail,same,up\n3,a.1@b.c,7,1\n1,zz.22@y.x,7,1\n2,,7,4\n", 1);
    assert_int_equal(m.status, STATUS_OK);
    id = column(&m, "id");
    mail = column(&m, "mail");
    same = column(&m, "same");
    assert_true(id->is_key_candidate && !mail->is_key_candidate && !same->is_key_candidate);
    assert_string_equal(id->order, "none");
    assert_string_equal(same->order, "constant");
    assert_string_equal(column(&m, "up")->order, "increasing");
    assert_null(mail->order);
    assert_true(mail->has_lengths && mail->shortest == 7 && mail->longest == 9 && mail->mean_length == 8);
    assert_int_equal(mail->n_patterns, 1);
    assert_true(span_is(mail->patterns[0].value.bytes, "a.9@a.a") && mail->patterns[0].count == 2);
    assert_true(profile_html(&m.profile, &page) && buffer_add(&page, "", 1));
    assert_non_null(strstr((char *)page.at, "could be a key"));
    assert_non_null(strstr((char *)page.at, "the same in every row"));
    assert_non_null(strstr((char *)page.at, "</html>"));
    buffer_done(&page);
    done(&m);
}

static void a_page_is_bounded_and_shows_markup_as_text(void **state)
{
    static char text[400000];
    struct buffer page = {0};
    size_t n = 0;
    struct made m;

    (void)state;
    for (int c = 0; c < 2000; c++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%sc%d<script>", c ? "," : "", c);
    for (int row = 0; row < 3; row++)
        for (int c = 0; c < 2000; c++)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%d%s", c ? "," : "\n", row * c, row ? "" : "");
    make(&m, text, 2);
    assert_int_equal(m.status, STATUS_OK);
    assert_true(profile_html(&m.profile, &page) && buffer_add(&page, "", 1));
    assert_true(page.size < 1000000);
    assert_null(strstr((char *)page.at, "<script"));
    assert_non_null(strstr((char *)page.at, "more columns"));
    buffer_done(&page);
    done(&m);
}

static void a_file_that_is_not_there_is_an_error(void **state)
{
    const char *path = "/nowhere/at/all.csv";
    struct profile_options options = {.paths = &path, .n_paths = 1};
    struct error err = ERROR_NONE;
    struct profile profile;
    struct arena arena;

    (void)state;
    arena_init(&arena, NULL, 0);
    assert_int_equal(profile_make(&arena, &options, &profile, &err), STATUS_NOT_FOUND);
    profile_done(&profile);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_of_whole_columns_are_told),
        cmocka_unit_test(figures_leave_nulls_out),
        cmocka_unit_test(digests_are_those_of_the_corpora),
        cmocka_unit_test(decimals_are_digested_as_pythons_decimal_prints_them),
        cmocka_unit_test(damage_is_listed_and_left_out),
        cmocka_unit_test(threads_do_not_change_a_byte),
        cmocka_unit_test(texts_keys_and_directions_are_described),
        cmocka_unit_test(a_page_is_bounded_and_shows_markup_as_text),
        cmocka_unit_test(a_file_that_is_not_there_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
