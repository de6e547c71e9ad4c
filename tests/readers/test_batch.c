/* tests/readers/test_batch.c -- which files a batch is, and the bytes of a source. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "readers/storage/batch.h"
#include "readers/storage/source.h"

static char root[] = "/tmp/assay-batch-XXXXXX";

static void make_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* All tests work inside a directory of their own, so that paths are short. */
static int make_tree(void **state)
{
    static const char *directories[] = {"p", "p/dt=2024-12-09", "p/dt=2024-12-10", "p/dt=2024-12-10/h=a%20b", "p/_delta_log",
                                        "p/dt=__HIVE_DEFAULT_PARTITION__", "empty", "deep", "deep/a", "deep/a/b", "q", "j"};
    static const char *files[] = {"x.csv", "y.csv", "[z].csv", "p/_SUCCESS", "p/.hidden.csv", "p/part.csv.crc", "p/_delta_log/0.json",
                                  "p/dt=2024-12-09/1.csv", "p/dt=2024-12-10/2.csv", "p/dt=2024-12-10/10.csv",
                                  "p/dt=2024-12-10/h=a%20b/3.csv", "p/dt=__HIVE_DEFAULT_PARTITION__/4.csv", "deep/1.csv",
                                  "deep/a/2.csv", "deep/a/b/3.csv", "deep/a/b/3.txt", "q/part-0.parquet", "q/part-0.json",
                                  "j/a.json", "j/b.csv"};

    (void)state;
    if (!mkdtemp(root) || chdir(root) != 0)
        return -1;
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
        if (mkdir(directories[i], 0755) != 0)
            return -1;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        make_file(files[i], files[i]);
    return 0;
}

static int remove_tree(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return chdir("/") == 0 ? system(command) : -1;
}

/* The files found, one per line with their keys; or "status: source: text". Ends with NULL. */
static char *find(struct arena *arena, const struct text_list *partitions, const struct text_list *require, ...)
{
    const char *paths[8];
    struct batch_files batch;
    struct error err = ERROR_NONE;
    char *told = arena_text(arena, "", 0);
    int32_t n = 0;
    va_list args;

    va_start(args, require);
    while (n < 8 && (paths[n] = va_arg(args, const char *)))
        n++;
    va_end(args);
    if (batch_find(arena, paths, n, partitions, require, &batch, &err) != STATUS_OK)
        return arena_format(arena, "%s: %s: %.40s", status_name(err.status), err.source, err.text);
    for (int32_t i = 0; i < batch.n_files; i++) {
        told = arena_format(arena, "%s%s", told, batch.files[i].path);
        for (int32_t k = 0; k < batch.files[i].n_keys; k++)
            told = arena_format(arena, "%s {%s=%s}", told, batch.files[i].keys[k].name,
                                batch.files[i].keys[k].value ? batch.files[i].keys[k].value : "NULL");
        told = arena_format(arena, "%s\n", told);
    }
    return told;
}

#define CHECK_FOUND(expected, ...)                                                      \
    do {                                                                                \
        struct arena arena_ = {0};                                                      \
        assert_string_equal(find(&arena_, NULL, NULL, __VA_ARGS__, NULL), expected);    \
        arena_done(&arena_);                                                            \
    } while (0)

static void a_directory_is_walked_without_what_is_no_data(void **state)
{
    (void)state;
    CHECK_FOUND("p/dt=2024-12-09/1.csv {dt=2024-12-09}\n"
                "p/dt=2024-12-10/10.csv {dt=2024-12-10}\n"
                "p/dt=2024-12-10/2.csv {dt=2024-12-10}\n"
                "p/dt=2024-12-10/h=a%20b/3.csv {dt=2024-12-10} {h=a b}\n"
                "p/dt=__HIVE_DEFAULT_PARTITION__/4.csv {dt=NULL}\n", "p");
    CHECK_FOUND("p/dt=2024-12-09/1.csv {dt=2024-12-09}\n", "p/dt=2024-12-09/");
    CHECK_FOUND("p/_SUCCESS\n", "p/_SUCCESS");
}

/* A table of 180 partitions, each with the manifest of whoever wrote it, could not be judged as a directory. */
static void a_manifest_beside_parquet_is_no_data_until_it_is_named(void **state)
{
    (void)state;
    CHECK_FOUND("q/part-0.parquet\n", "q");
    CHECK_FOUND("q/part-0.json\nq/part-0.parquet\n", "q/*");
    CHECK_FOUND("j/a.json\nj/b.csv\n", "j");
}

static void globs_match_names_and_any_depth(void **state)
{
    (void)state;
    CHECK_FOUND("x.csv\ny.csv\n", "?.csv");
    CHECK_FOUND("x.csv\ny.csv\n", "[xy].csv");
    CHECK_FOUND("[z].csv\n", "[z].csv");
    CHECK_FOUND("deep/1.csv\ndeep/a/2.csv\ndeep/a/b/3.csv\n", "deep/**/*.csv");
    CHECK_FOUND("deep/a/b/3.csv\n", "deep/**/b/**/*.csv");
    CHECK_FOUND("deep/1.csv\ndeep/a/2.csv\ndeep/a/b/3.csv\ndeep/a/b/3.txt\n", "deep/**");
    CHECK_FOUND("p/dt=2024-12-09/1.csv {dt=2024-12-09}\n", "p/dt=*-09");
    CHECK_FOUND("p/dt=2024-12-10/10.csv {dt=2024-12-10}\np/dt=2024-12-10/2.csv {dt=2024-12-10}\n", "*/dt=2024-12-10/*.csv");
}

static void files_stand_as_given_and_once(void **state)
{
    (void)state;
    CHECK_FOUND("y.csv\nx.csv\n", "y.csv", "x.csv");
    CHECK_FOUND("y.csv\n[z].csv\nx.csv\n", "y.csv", "*.csv", "./x.csv", "y.csv");
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    CHECK_FOUND("not_found: none.csv: no such file or directory; check the pat", "none.csv");
    CHECK_FOUND("not_found: *.parquet: no file matches this pattern; check it, ", "*.parquet");
    CHECK_FOUND("not_found: empty: no data file in it (names that begin wit", "empty");
    CHECK_FOUND("not_found: empt*: no data file in it (names that begin wit", "empt*");
    CHECK_FOUND("not_found: none.csv: no such file or directory; check the pat", "x.csv", "none.csv");
}

static void partitions_filter_and_required_names_must_be_there(void **state)
{
    const char *one[] = {"dt=2024-12-10", "h=a b"}, *none[] = {"dt=2025-01-01"}, *bad[] = {"dt"};
    const char *success[] = {"_SUCCESS"};
    struct text_list both = {one, 2, true}, empty = {none, 1, true}, wrong = {bad, 1, true}, names = {success, 1, true};
    struct arena arena = {0};

    (void)state;
    assert_string_equal(find(&arena, &both, NULL, "p", NULL), "p/dt=2024-12-10/h=a%20b/3.csv {dt=2024-12-10} {h=a b}\n");
    assert_string_equal(find(&arena, &empty, NULL, "p", NULL), "not_found: : none of the 5 files found is in partitio");
    assert_string_equal(find(&arena, &both, NULL, "x.csv", NULL), "not_found: : none of the 1 files found is in partitio");
    assert_string_equal(find(&arena, &wrong, NULL, "p", NULL), "bad_usage: : a partition is written key=value, not dt");
    assert_string_equal(find(&arena, &both, &names, "p", NULL), "p/dt=2024-12-10/h=a%20b/3.csv {dt=2024-12-10} {h=a b}\n");
    assert_string_equal(find(&arena, NULL, &names, "deep", NULL), "not_found: deep/_SUCCESS: required and not there: the batch may st");
    assert_string_equal(find(&arena, NULL, &names, "deep/1.csv", NULL), "not_found: deep/_SUCCESS: required and not there: the batch may st");
    assert_string_equal(find(&arena, NULL, &names, "-", NULL), "bad_usage: : --require needs a file or directory, sta");
    arena_done(&arena);
}

static void links_are_followed_and_loops_refused(void **state)
{
    (void)state;
    assert_int_equal(mkdir("links", 0755), 0);
    assert_int_equal(symlink("../deep", "links/to"), 0);
    CHECK_FOUND("links/to/1.csv\nlinks/to/a/2.csv\nlinks/to/a/b/3.csv\nlinks/to/a/b/3.txt\n", "links");
    assert_int_equal(symlink("..", "links/loop"), 0);
    CHECK_FOUND("forbidden: links/loop/links: a symbolic link leads back to a director", "links");
    assert_int_equal(unlink("links/loop"), 0);
    assert_int_equal(symlink("nowhere", "links/broken"), 0);
    CHECK_FOUND("not_found: links/broken: cannot be examined: No such file or dire", "links");
}

static void only_regular_files_are_opened(void **state)
{
    static const char *paths[] = {"p", "/dev/zero", "fifo"};
    struct error err = ERROR_NONE;
    struct source *source;

    (void)state;
    assert_int_equal(mkfifo("fifo", 0600), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(source_open(paths[i], NULL, &source, &err), STATUS_FORBIDDEN);
        assert_string_equal(err.source, paths[i]);
        error_clear(&err);
    }
    assert_int_equal(source_open("none", NULL, &source, &err), STATUS_NOT_FOUND);
}

static void a_read_past_the_end_and_a_changed_file_are_noticed(void **state)
{
    struct error err = ERROR_NONE;
    struct source *source;
    char bytes[16];

    (void)state;
    make_file("changing.csv", "0123456789");
    assert_int_equal(source_open("changing.csv", NULL, &source, &err), STATUS_OK);
    assert_int_equal(source->size, 10);
    assert_int_equal(source_read(source, 2, bytes, 8, &err), STATUS_OK);
    assert_memory_equal(bytes, "23456789", 8);
    assert_int_equal(source_check_unchanged(source, &err), STATUS_OK);
    assert_int_equal(source_read(source, 3, bytes, 8, &err), STATUS_BAD_DATA);
    assert_int_equal(truncate("changing.csv", 5), 0);
    assert_int_equal(source_read(source, 0, bytes, 10, &err), STATUS_CHANGED);
    assert_int_equal(source_check_unchanged(source, &err), STATUS_CHANGED);
    source_close(source);
    assert_int_equal(source_open("changing.csv", NULL, &source, &err), STATUS_OK);
    make_file("other.csv", "01234");
    assert_int_equal(rename("other.csv", "changing.csv"), 0);
    assert_int_equal(source_check_unchanged(source, &err), STATUS_CHANGED);
    source_close(source);
}

static void check_spooled(int64_t size, uint64_t limit, enum status expected)
{
    struct error err = ERROR_NONE;
    struct source *source = NULL;
    char last = 0;
    int fd = open("stream", O_RDWR | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, size), 0);
    assert_int_equal(pwrite(fd, "z", 1, size - 1), 1);
    assert_int_equal(source_from_fd(fd, "-", root, limit, NULL, &source, &err), expected);
    if (expected == STATUS_OK) {
        assert_int_equal(source->size, size);
        assert_int_equal(source_read(source, size - 1, &last, 1, &err), STATUS_OK);
        assert_int_equal(last, 'z');
        assert_int_equal(source_check_unchanged(source, &err), STATUS_OK);
    }
    source_close(source);
    close(fd);
}

static void a_stream_is_spooled_in_memory_or_in_a_file(void **state)
{
    (void)state;
    check_spooled(1, 100, STATUS_OK);
    check_spooled(65536, 1 << 30, STATUS_OK);
    check_spooled(65537, 1 << 30, STATUS_OK);
    check_spooled(101, 100, STATUS_TOO_LARGE);
    check_spooled((70 << 20) + 3, 1 << 30, STATUS_OK);
    check_spooled(70 << 20, 69 << 20, STATUS_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_directory_is_walked_without_what_is_no_data),
        cmocka_unit_test(a_manifest_beside_parquet_is_no_data_until_it_is_named),
        cmocka_unit_test(globs_match_names_and_any_depth),
        cmocka_unit_test(files_stand_as_given_and_once),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(partitions_filter_and_required_names_must_be_there),
        cmocka_unit_test(links_are_followed_and_loops_refused),
        cmocka_unit_test(only_regular_files_are_opened),
        cmocka_unit_test(a_read_past_the_end_and_a_changed_file_are_noticed),
        cmocka_unit_test(a_stream_is_spooled_in_memory_or_in_a_file),
    };
    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
