/* core/output.c -- whole files out, small files in.
 *
 * The temporary file lies beside its target, because rename is atomic only within a file system. What is not a regular
 * file (/dev/stdout, a FIFO) is written in place: renaming over it would replace the device.
 */
#include "core/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PENDING_SIZE = 256 * 1024, TEMPORARY_TRIES = 100, WRITE_SIZE_MAX = 1 << 30 };

/* Fault injection of tests. */
static _Atomic long n_writes;

static bool must_fail(void)
{
    const char *text = getenv("ASSAY_FAIL_WRITE");
    long n = text ? strtol(text, NULL, 10) : 0;

    return n > 0 && atomic_fetch_add(&n_writes, 1) + 1 == n;
}

enum status output_write_fd(int fd, const char *name, struct span bytes, struct error *err)
{
    while (bytes.size) {
        size_t wanted = bytes.size < WRITE_SIZE_MAX ? bytes.size : WRITE_SIZE_MAX;
        ssize_t n = -1;

        if (must_fail())
            errno = ENOSPC;
        else
            n = write(fd, bytes.at, wanted);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(err, STATUS_WRITE, "cannot write %s: %s", name,
                             strerror_r(errno, (char[128]){0}, 128));
        bytes = span_of(bytes.at + n, bytes.size - (size_t)n);
    }
    return STATUS_OK;
}

static enum status cannot_write(const char *path, struct error *err)
{
    return error_set(err, STATUS_WRITE, "cannot write %.400s: %s", path, strerror_r(errno, (char[128]){0}, 128));
}

/* Opens a new file beside out->path. O_EXCL: nobody's file is overwritten, no link is followed. */
static int open_temporary(struct output *out)
{
    static _Atomic unsigned serial;
    const char *slash = strrchr(out->path, '/');
    int folder = slash ? (int)(slash + 1 - out->path) : 0;
    int fd = -1;

    for (int i = 0; i < TEMPORARY_TRIES && fd < 0; i++) {
        snprintf(out->temporary, sizeof out->temporary, "%.*s.assay-%ld-%u.tmp", folder, out->path, (long)getpid(),
                 atomic_fetch_add(&serial, 1));
        fd = open(out->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    if (fd < 0)
        out->temporary[0] = '\0';
    return fd;
}

enum status output_open(struct output *out, const char *path, struct error *err)
{
    char real[PATH_MAX];
    struct stat st;

    memset(out, 0, sizeof *out);
    out->fd = -1;
    if (strlen(path) >= sizeof out->path)
        return error_set(err, STATUS_WRITE, "cannot write %.100s...: the name is too long", path);
    snprintf(out->path, sizeof out->path, "%s", path);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        return cannot_write(path, err);
    }
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        out->fd = open(path, O_WRONLY | O_CLOEXEC);
    } else {
        /* A link to a file stays a link: the file behind it is replaced. */
        if (realpath(path, real) && strlen(real) < sizeof out->path)
            snprintf(out->path, sizeof out->path, "%s", real);
        out->fd = open_temporary(out);
    }
    return out->fd < 0 ? cannot_write(path, err) : STATUS_OK;
}

static enum status flush(struct output *out, struct error *err)
{
    enum status status = output_write_fd(out->fd, out->path, span_of(out->pending.at, out->pending.size), err);

    out->pending.size = 0;
    return status;
}

enum status output_add(struct output *out, struct span bytes, struct error *err)
{
    if (out->pending.size + bytes.size > PENDING_SIZE) {
        TRY(flush(out, err));
        if (bytes.size >= PENDING_SIZE)
            return output_write_fd(out->fd, out->path, bytes, err);
    }
    return buffer_add(&out->pending, bytes.at, bytes.size) ? STATUS_OK : error_no_memory(err);
}

enum status output_commit(struct output *out, struct error *err)
{
    enum status status = flush(out, err);
    int fd = out->fd;

    /* Devices and pipes cannot be synced (EINVAL, EROFS): only our own file has to be on disk before its name is. */
    if (status == STATUS_OK && out->temporary[0] && fsync(fd) != 0)
        status = cannot_write(out->path, err);
    out->fd = -1;
    if (close(fd) != 0 && status == STATUS_OK) /* NFS reports a full disk only here */
        status = cannot_write(out->path, err);
    if (status == STATUS_OK && out->temporary[0] && rename(out->temporary, out->path) != 0)
        status = cannot_write(out->path, err);
    if (status == STATUS_OK)
        out->temporary[0] = '\0';
    output_abandon(out);
    return status;
}

void output_abandon(struct output *out)
{
    if (out->fd > 0 || (out->fd == 0 && out->path[0])) {
        close(out->fd);
        out->fd = -1;
    }
    if (out->temporary[0])
        unlink(out->temporary);
    out->temporary[0] = '\0';
    out->path[0] = '\0';
    buffer_done(&out->pending);
}

enum status output_write_file(const char *path, struct span bytes, struct error *err)
{
    struct output out;
    enum status status = output_open(&out, path, err);

    if (status == STATUS_OK)
        status = output_add(&out, bytes, err);
    if (status == STATUS_OK)
        return output_commit(&out, err);
    output_abandon(&out);
    return status;
}

static enum status read_all(int fd, const char *path, size_t limit, struct buffer *bytes, struct error *err)
{
    for (;;) {
        size_t room;
        ssize_t n;

        if (!buffer_reserve(bytes, bytes->size + 4096))
            return error_no_memory(err);
        room = bytes->capacity - bytes->size;
        n = read(fd, bytes->at + bytes->size, room < WRITE_SIZE_MAX ? room : WRITE_SIZE_MAX);
        if (n == 0)
            return STATUS_OK;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(err, STATUS_READ, errno, path);
        bytes->size += (size_t)n;
        if (bytes->size > limit)
            return error_set(err, STATUS_TOO_LARGE, "%.400s is larger than %zu bytes", path, limit);
    }
}

enum status input_read_file(struct arena *arena, const char *path, size_t limit, struct span *out, struct error *err)
{
    struct buffer bytes = {.memory = arena->memory};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum status status;
    char *copy;

    if (fd < 0)
        return error_errno(err, STATUS_READ, errno, path);
    status = read_all(fd, path, limit, &bytes, err);
    close(fd);
    if (status == STATUS_OK) {
        copy = arena_text(arena, bytes.at, bytes.size);
        *out = span_of(copy, bytes.size);
        if (!copy)
            status = error_no_memory(err);
    }
    buffer_done(&bytes);
    return status;
}
