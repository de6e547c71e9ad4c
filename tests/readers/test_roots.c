/* tests/readers/test_roots.c -- nothing leads out of the directories that hold data, with openat2 and without it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "readers/storage/batch.h"
#include "readers/storage/source.h"

static char here[4096] = "/tmp/assay-roots-XXXXXX"; /* data/, outside/ */
static char root_path[4096];
static struct data_root root = {.path = root_path};
static const struct data_roots roots = {&root, 1};

static void path_of(const char *name, char out[8192]) { snprintf(out, 8192, "%s/%s", here, name); }

static void write_file(const char *name, const char *text)
{
    char path[8192];
    FILE *file;

    path_of(name, path);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
}

static void link_to(const char *target, const char *name)
{
    char path[8192];

    path_of(name, path);
    assert_int_equal(symlink(target, path), 0);
}

static int make_tree(void **state)
{
    static const char *const directories[] = {"data", "data/sub", "data/other", "outside"};
    struct error err = ERROR_NONE;
    char path[8192], real[4096];

    (void)state;
    if (!mkdtemp(here) || !realpath(here, real))
        return -1;
    snprintf(here, sizeof here, "%s", real);
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        path_of(directories[i], path);
        if (mkdir(path, 0700) != 0)
            return -1;
    }
    write_file("data/a.csv", "inside");
    write_file("data/sub/b.csv", "inside");
    write_file("outside/secret.csv", "secret");
    link_to("../outside", "data/way");
    link_to("../outside/secret.csv", "data/out.csv");
    link_to("a.csv", "data/in.csv");
    link_to("../sub", "data/other/near");
    path_of("outside", path);
    link_to(path, "data/absolute");
    link_to("/proc/self/fd", "data/magic");
    path_of("data", path);
    return root_open(path, root_path, &root.fd, &err) == STATUS_OK ? 0 : -1;
}

static int remove_tree(void **state)
{
    char command[8192];

    (void)state;
    close(root.fd);
    snprintf(command, sizeof command, "rm -r '%s'", here);
    return system(command);
}

/* STATUS_OK only where what was opened is the file inside. */
static enum status open_and_look(const char *name)
{
    struct error err = ERROR_NONE;
    char path[8192], text[16] = "";
    int fd;
    enum status status;

    path_of(name, path);
    status = roots_open(&roots, path, 0, &fd, &err);
    if (status != STATUS_OK)
        return status;
    assert_int_equal(read(fd, text, sizeof text - 1), 6);
    assert_string_equal(text, "inside");
    close(fd);
    return STATUS_OK;
}

static const struct attempt { const char *name; enum status wanted, by_steps; } attempts[] = {
    {"data/a.csv", STATUS_OK, STATUS_OK},
    {"data/sub/b.csv", STATUS_OK, STATUS_OK},
    {"data/sub//b.csv", STATUS_OK, STATUS_OK},
    {"data/./a.csv", STATUS_OK, STATUS_OK},
    {"data/in.csv", STATUS_OK, STATUS_FORBIDDEN}, /* step by step no link is followed */
    {"data/other/near/b.csv", STATUS_OK, STATUS_FORBIDDEN},
    {"data/sub/../a.csv", STATUS_OK, STATUS_FORBIDDEN}, /* .. that stays within: the kernel can tell */
    {"data/../outside/secret.csv", STATUS_FORBIDDEN, STATUS_FORBIDDEN},
    {"data/sub/../../outside/secret.csv", STATUS_FORBIDDEN, STATUS_FORBIDDEN},
    {"data/way/secret.csv", STATUS_FORBIDDEN, STATUS_FORBIDDEN},
    {"data/out.csv", STATUS_FORBIDDEN, STATUS_FORBIDDEN},
    {"data/absolute/secret.csv", STATUS_FORBIDDEN, STATUS_FORBIDDEN},
    {"data/magic/0", STATUS_FORBIDDEN, STATUS_FORBIDDEN},
    {"outside/secret.csv", STATUS_FORBIDDEN, STATUS_FORBIDDEN},
    {"datax/a.csv", STATUS_FORBIDDEN, STATUS_FORBIDDEN},
    {"data/none.csv", STATUS_NOT_FOUND, STATUS_NOT_FOUND},
    {"data/a.csv/x", STATUS_NOT_FOUND, STATUS_NOT_FOUND},
};

static void nothing_leads_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++)
        if (open_and_look(attempts[i].name) != attempts[i].wanted)
            fail_msg("%s", attempts[i].name);
}

/* A filter that answers openat2 as an old kernel would (ENOSYS) or a sandbox (EPERM); it holds for this process and cannot be taken off. */
static bool forbid_openat2(int answer)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), /* the number of the call */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof rules / sizeof *rules, rules};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

enum { NO_FILTER = 77 };

static int attempts_without_openat2(int answer)
{
    if (!forbid_openat2(answer) || syscall(SYS_openat2, -1, "", NULL, 0) != -1 || errno != answer)
        return NO_FILTER;
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        if (open_and_look(attempts[i].name) == attempts[i].by_steps)
            continue;
        fprintf(stderr, "without openat2: %s\n", attempts[i].name);
        return 1;
    }
    return 0;
}

static void nothing_leads_out_without_openat2(void **state)
{
    static const int answers[] = {ENOSYS, EPERM};

    (void)state;
    for (int i = 0; i < 2; i++) {
        pid_t child = fork();
        int status = 0;
        assert_true(child >= 0);
        if (child == 0)
            _exit(attempts_without_openat2(answers[i]));
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == NO_FILTER)
            skip();
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

static atomic_bool stop;

/* A name that is a file inside at one moment and a link out of here at the next; the same of a directory. */
static void *exchange(void *context)
{
    char inside[8192], outside[8192], name[8192], directory[8192], away[8192], link[8192];

    (void)context;
    path_of("data/race.csv", name);
    path_of("data/a.csv", inside);
    path_of("data/out.csv.race", outside);
    path_of("data/race", directory);
    path_of("outside/race.kept", away);
    path_of("data/race.link", link);
    while (!atomic_load(&stop)) {
        (void)!unlink(name);
        (void)!symlink("../outside/secret.csv", outside);
        (void)!rename(outside, name);
        (void)!rename(directory, away);
        (void)!symlink("../outside", link);
        (void)!rename(link, directory);
        (void)!unlink(name);
        (void)!linkat(AT_FDCWD, inside, AT_FDCWD, name, 0);
        (void)!unlink(directory);
        (void)!rename(away, directory);
    }
    return NULL;
}

/* Whatever is found at whatever moment: what is opened is the file inside, and no name of outside is listed. */
static void an_exchange_between_looking_and_opening_leads_nowhere(void **state)
{
    static const struct text_list none;
    char file[8192], directory[8192];
    const char *path = directory;
    int n_opened = 0, n_refused = 0;
    pthread_t thread;

    (void)state;
    path_of("data/race.csv", file);
    path_of("data/race", directory);
    assert_int_equal(mkdir(directory, 0700), 0);
    write_file("data/race/secret.csv", "inside"); /* the same name as outside */
    assert_int_equal(pthread_create(&thread, NULL, exchange, NULL), 0);
    for (int i = 0; i < 20000; i++) {
        struct error err = ERROR_NONE;
        struct source *source;
        struct arena arena = {0};
        struct batch_files found;
        const char *wanted = i % 2 ? "data/race.csv" : "data/race/secret.csv";
        if (open_and_look(wanted) == STATUS_OK) /* it asserts what it read */
            n_opened++;
        else
            n_refused++;
        if (batch_find_beneath(&arena, &roots, &path, 1, &none, &none, &found, &err) == STATUS_OK &&
            source_open_beneath(&roots, found.files[0].path, NULL, &source, &err) == STATUS_OK) {
            char text[8] = "";
            assert_int_equal(source_read(source, 0, text, 6, &err), STATUS_OK);
            assert_string_equal(text, "inside");
            source_close(source);
        }
        arena_done(&arena);
    }
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
    print_message("%d opened inside, %d refused or not there\n", n_opened, n_refused);
    assert_true(n_opened > 0 && n_refused > 0); /* both were met, so there was a race */
}

static void names_are_told_as_the_caller_knows_them(void **state)
{
    char path[8192];

    (void)state;
    path_of("data/sub/b.csv", path);
    assert_string_equal(roots_name(&roots, path), "sub/b.csv");
    assert_string_equal(roots_name(&roots, root_path), ".");
    assert_string_equal(roots_name(&roots, "/elsewhere/x"), "/elsewhere/x");
    assert_string_equal(roots_name(NULL, path), path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_leads_out),
        cmocka_unit_test(nothing_leads_out_without_openat2),
        cmocka_unit_test(an_exchange_between_looking_and_opening_leads_nowhere),
        cmocka_unit_test(names_are_told_as_the_caller_knows_them),
    };

    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
