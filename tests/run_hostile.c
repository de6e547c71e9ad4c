/* tests/run_hostile.c -- run_hostile [--no-limits] ASSAY PATH...: profiles every file below the paths, each in a process of its own.
 *
 * Whatever a file holds, the answer is exit code 0, or 3 with a message; within two seconds of processor time and 256 MB
 * of resident memory, in one thread. A .gz is unpacked first, that its content is what is judged. --no-limits is for sanitizer
 * builds, which slow the program down, take more memory and report leaks by an exit code of their own.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

enum { SECONDS_MAX = 2, WALL_SECONDS_MAX = 60, RESIDENT_MAX_KIB = 256 << 10, MESSAGE_MAX = 4096 };

static const char *assay;
static bool has_limits = true;
static int n_files, n_failed;
static double slowest;
static long largest_kib;

struct outcome { int status; double seconds; long resident_kib; size_t n_message; char message[MESSAGE_MAX]; };

/* Reads the child's standard error to its end, keeping the head of it. */
static void read_message(int fd, struct outcome *o)
{
    char rest[512];
    ssize_t n;

    while ((n = o->n_message < sizeof o->message - 1 ? read(fd, o->message + o->n_message, sizeof o->message - 1 - o->n_message)
                                                      : read(fd, rest, sizeof rest)) > 0)
        if (o->n_message < sizeof o->message - 1)
            o->n_message += (size_t)n;
    o->message[o->n_message] = '\0';
}

static void child(const char *path, int messages)
{
    int null = open("/dev/null", O_RDWR);
    struct rlimit processor = {10 * SECONDS_MAX, 10 * SECONDS_MAX};

    dup2(null, 0);
    dup2(null, 1);
    dup2(messages, 2);
    if (has_limits)
        setrlimit(RLIMIT_CPU, &processor); /* a hang ends here, and is told from an answer by its signal */
    alarm(has_limits ? WALL_SECONDS_MAX : 10 * WALL_SECONDS_MAX);
    execl(assay, assay, "profile", "--threads", "1", "--output", "json", path, (char *)NULL);
    _exit(127);
}

static bool run(const char *path, struct outcome *o)
{
    struct rusage used;
    int ends[2];
    pid_t pid;

    *o = (struct outcome){0};
    if (pipe(ends) != 0)
        return false;
    pid = fork();
    if (pid == 0)
        child(path, ends[1]);
    close(ends[1]);
    if (pid > 0)
        read_message(ends[0], o);
    close(ends[0]);
    if (pid < 0 || wait4(pid, &o->status, 0, &used) != pid)
        return false;
    o->seconds = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                 (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    o->resident_kib = used.ru_maxrss;
    return true;
}

/* NULL or what is wrong. */
static const char *judge(const struct outcome *o)
{
    if (WIFSIGNALED(o->status))
        return WTERMSIG(o->status) == SIGXCPU || WTERMSIG(o->status) == SIGALRM || WTERMSIG(o->status) == SIGKILL ? "hangs" : "crashes";
    if (WEXITSTATUS(o->status) != 0 && WEXITSTATUS(o->status) != 3)
        return "has another exit code than 0 and 3";
    if (WEXITSTATUS(o->status) == 3 && o->n_message == 0)
        return "is refused without a word";
    if (has_limits && o->seconds > SECONDS_MAX)
        return "takes more than 2 seconds";
    if (has_limits && o->resident_kib > RESIDENT_MAX_KIB)
        return "takes more than 256 MB";
    return NULL;
}

static void try_file(const char *path, const char *shown)
{
    struct outcome o;
    const char *problem;

    n_files++;
    problem = run(path, &o) ? judge(&o) : "cannot be run";
    if (o.seconds > slowest)
        slowest = o.seconds;
    if (o.resident_kib > largest_kib)
        largest_kib = o.resident_kib;
    if (!problem)
        return;
    n_failed++;
    printf("FAILED %s %s (status %d, %.2f s, %ld KiB): %.300s\n", shown, problem, o.status, o.seconds, o.resident_kib, o.message);
}

static void unpack_and_try(const char *path)
{
    char name[] = "/tmp/run_hostile.XXXXXX", block[1 << 16];
    int fd = mkstemp(name), n;
    gzFile in = gzopen(path, "rb");
    bool is_whole = fd >= 0 && in;

    while (is_whole && (n = gzread(in, block, sizeof block)) > 0)
        is_whole = write(fd, block, (size_t)n) == n;
    if (in)
        gzclose(in);
    if (fd >= 0)
        close(fd);
    if (is_whole) {
        try_file(name, path);
    } else {
        printf("FAILED %s cannot be unpacked\n", path);
        n_failed++;
    }
    if (fd >= 0)
        unlink(name);
}

static int visit(const char *path, const struct stat *st, int kind, struct FTW *place)
{
    size_t n = strlen(path);

    (void)st;
    if (kind == FTW_D && strcmp(path + place->base, "expected") == 0)
        return FTW_SKIP_SUBTREE;
    if (kind != FTW_F || (n > 5 && strcmp(path + n - 5, ".json") == 0))
        return FTW_CONTINUE;
    if (n > 3 && strcmp(path + n - 3, ".gz") == 0)
        unpack_and_try(path);
    else
        try_file(path, path);
    return FTW_CONTINUE;
}

int main(int argc, char **argv)
{
    int at = 1;

    if (at < argc && strcmp(argv[at], "--no-limits") == 0) {
        has_limits = false;
        at++;
    }
    if (argc - at < 2) {
        fprintf(stderr, "usage: run_hostile [--no-limits] ASSAY PATH...\n");
        return 2;
    }
    assay = argv[at++];
    for (; at < argc; at++)
        if (nftw(argv[at], visit, 16, FTW_PHYS | FTW_ACTIONRETVAL) != 0) {
            printf("FAILED %s: %s\n", argv[at], strerror(errno));
            n_failed++;
        }
    printf("hostile: %d files, %d failed; at most %.2f s and %ld MB\n", n_files, n_failed, slowest, largest_kib >> 10);
    return n_failed > 0;
}
