/* Files that are written whole or not at all. */
#include "tests/core/check.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/output.h"

struct folder {
    char path[64];
    char file[96];
    struct arena arena;
};

static int open_folder(void **state)
{
    struct folder *f = test_malloc(sizeof *f);

    memset(f, 0, sizeof *f);
    snprintf(f->path, sizeof f->path, "/tmp/assay-output-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    snprintf(f->file, sizeof f->file, "%s/report.json", f->path);
    *state = f;
    return 0;
}

/* Removes what is there; returns how many entries there were. */
static int empty_folder(const struct folder *f, int remove)
{
    DIR *dir = opendir(f->path);
    struct dirent *entry;
    char name[400];
    int n = 0;

    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        n++;
        snprintf(name, sizeof name, "%s/%s", f->path, entry->d_name);
        if (remove)
            unlink(name);
    }
    closedir(dir);
    return n;
}

static int close_folder(void **state)
{
    struct folder *f = *state;

    unsetenv("ASSAY_FAIL_WRITE");
    empty_folder(f, 1);
    rmdir(f->path);
    arena_done(&f->arena);
    test_free(f);
    return 0;
}

static void expect_content(struct folder *f, const char *text)
{
    struct error err = ERROR_NONE;
    struct span bytes;

    assert_int_equal(input_read_file(&f->arena, f->file, 1 << 20, &bytes, &err), STATUS_OK);
    assert_true(span_is(bytes, text));
}

static void a_file_appears_whole_and_replaces_the_old_one(void **state)
{
    struct folder *f = *state;
    struct error err = ERROR_NONE;
    struct output out;

    assert_int_equal(output_write_file(f->file, span_text("old"), &err), STATUS_OK);
    assert_int_equal(output_open(&out, f->file, &err), STATUS_OK);
    assert_int_equal(output_add(&out, span_text("ne"), &err), STATUS_OK);
    expect_content(f, "old");
    assert_int_equal(output_add(&out, span_text("w"), &err), STATUS_OK);
    assert_int_equal(output_commit(&out, &err), STATUS_OK);
    expect_content(f, "new");
    assert_int_equal(empty_folder(f, 0), 1);
}

static void an_abandoned_file_leaves_nothing(void **state)
{
    struct folder *f = *state;
    struct error err = ERROR_NONE;
    struct output out, zeroed = {0};

    assert_int_equal(output_open(&out, f->file, &err), STATUS_OK);
    assert_int_equal(output_add(&out, span_text("x"), &err), STATUS_OK);
    output_abandon(&out);
    output_abandon(&out);
    output_abandon(&zeroed);
    assert_int_equal(empty_folder(f, 0), 0);
}

static void a_full_disk_leaves_the_old_file_and_no_other(void **state)
{
    struct folder *f = *state;
    struct error err = ERROR_NONE;

    assert_int_equal(output_write_file(f->file, span_text("old"), &err), STATUS_OK);
    setenv("ASSAY_FAIL_WRITE", "1", 1); /* the first write from here on */
    assert_int_equal(output_write_file(f->file, span_text("new"), &err), STATUS_WRITE);
    assert_non_null(strstr(err.text, "No space left"));
    expect_content(f, "old");
    assert_int_equal(empty_folder(f, 0), 1);
}

static void a_link_stays_a_link(void **state)
{
    struct folder *f = *state;
    struct error err = ERROR_NONE;
    struct stat st;
    char link[96];

    snprintf(link, sizeof link, "%s/latest", f->path);
    assert_int_equal(output_write_file(f->file, span_text("old"), &err), STATUS_OK);
    assert_int_equal(symlink(f->file, link), 0);
    assert_int_equal(output_write_file(link, span_text("new"), &err), STATUS_OK);
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    expect_content(f, "new");
}

static void a_device_is_written_in_place(void **state)
{
    struct error err = ERROR_NONE;
    struct stat st;

    (void)state;
    assert_int_equal(output_write_file("/dev/null", span_text("x"), &err), STATUS_OK);
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    assert_int_equal(output_write_file("/dev/full", span_text("x"), &err), STATUS_WRITE);
}

static void what_cannot_be_opened_says_why(void **state)
{
    struct folder *f = *state;
    struct error err = ERROR_NONE;
    struct span bytes;
    char path[128];

    snprintf(path, sizeof path, "%s/none/report.json", f->path);
    assert_int_equal(output_write_file(path, span_text("x"), &err), STATUS_WRITE);
    assert_non_null(strstr(err.text, "No such file"));
    assert_int_equal(output_write_file(f->path, span_text("x"), &err), STATUS_WRITE);
    assert_int_equal(input_read_file(&f->arena, path, 10, &bytes, &err), STATUS_NOT_FOUND);
    assert_int_equal(input_read_file(&f->arena, f->path, 10, &bytes, &err), STATUS_READ);
}

static void a_file_past_the_limit_is_too_large(void **state)
{
    struct folder *f = *state;
    struct error err = ERROR_NONE;
    struct span bytes;

    assert_int_equal(output_write_file(f->file, span_text("0123456789"), &err), STATUS_OK);
    assert_int_equal(input_read_file(&f->arena, f->file, 10, &bytes, &err), STATUS_OK);
    assert_int_equal(bytes.at[10], '\0');
    assert_int_equal(input_read_file(&f->arena, f->file, 9, &bytes, &err), STATUS_TOO_LARGE);
}

static void a_large_file_arrives_byte_for_byte(void **state)
{
    enum { SIZE = 3000000 };
    struct folder *f = *state;
    struct error err = ERROR_NONE;
    struct output out;
    struct span bytes;
    uint8_t *data = test_malloc(SIZE);

    for (size_t i = 0; i < SIZE; i++)
        data[i] = (uint8_t)(i * i >> 7);
    assert_int_equal(output_open(&out, f->file, &err), STATUS_OK);
    for (size_t at = 0, n = 1; at < SIZE; at += n, n = n * 3 % 400009 + 1) {
        if (n > SIZE - at)
            n = SIZE - at;
        assert_int_equal(output_add(&out, span_of(data + at, n), &err), STATUS_OK);
    }
    assert_int_equal(output_commit(&out, &err), STATUS_OK);
    assert_int_equal(input_read_file(&f->arena, f->file, SIZE, &bytes, &err), STATUS_OK);
    assert_true(span_equal(bytes, span_of(data, SIZE)));
    test_free(data);
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, open_folder, close_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(a_full_disk_leaves_the_old_file_and_no_other), /* first: writes are counted once the variable is set */
        IN_A_FOLDER(a_file_appears_whole_and_replaces_the_old_one),
        IN_A_FOLDER(an_abandoned_file_leaves_nothing),
        IN_A_FOLDER(a_link_stays_a_link),
        IN_A_FOLDER(a_device_is_written_in_place),
        IN_A_FOLDER(what_cannot_be_opened_says_why),
        IN_A_FOLDER(a_file_past_the_limit_is_too_large),
        IN_A_FOLDER(a_large_file_arrives_byte_for_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
