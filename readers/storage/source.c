/* readers/storage/source.c -- local files, bytes in memory, and spooled streams. */
#include "readers/storage/source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/number.h"
#include "core/spill.h"
#include "readers/reader.h"

enum {
    SPOOL_MEMORY = 64 << 20,        /* a stream longer than this goes on in a temporary file */
    READ_STEP_MAX = 1 << 30,        /* one pread: below the 2 GiB that Linux transfers at most */
};
static const uint64_t STDIN_LIMIT = (uint64_t)1 << 40;

static int64_t nanos_of(struct timespec t) { return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec; }

static char *copy_path(struct memory *memory, const char *path)
{
    size_t size = strlen(path) + 1;
    char *copy = mem_alloc(memory, size);

    if (copy)
        memcpy(copy, path, size);
    return copy;
}

/* A source that has a name and no bytes yet. */
static enum status source_new(const char *path, struct memory *memory, struct source **out, struct error *err)
{
    struct source *s = mem_alloc(memory, sizeof *s);

    if (!s)
        return memory_error(memory, "a source", err);
    s->memory = memory;
    s->fd = -1;
    s->path = copy_path(memory, path);
    if (!s->path) {
        mem_free(memory, s);
        return memory_error(memory, "a source", err);
    }
    *out = s;
    return STATUS_OK;
}

void source_close(struct source *s)
{
    if (!s)
        return;
    if (s->fd >= 0)
        close(s->fd);
    spool_release(s->spool);
    mem_free(s->memory, s->owned);
    mem_free(s->memory, s->path);
    mem_free(s->memory, s);
}

static enum status check_kind(const struct stat *st, struct error *err)
{
    if (S_ISREG(st->st_mode))
        return STATUS_OK;
    return error_set(err, STATUS_FORBIDDEN, "not a regular file but a %s",
                     S_ISDIR(st->st_mode)    ? "directory"
                     : S_ISFIFO(st->st_mode) ? "pipe; give - to read standard input"
                     : S_ISSOCK(st->st_mode) ? "socket"
                                             : "device");
}

static void take_stat(struct source *s, const struct stat *st)
{
    s->size = st->st_size;
    s->modified_nanos = nanos_of(st->st_mtim);
    s->changed_nanos = nanos_of(st->st_ctim);
    s->device = st->st_dev;
    s->inode = st->st_ino;
}

/* O_NONBLOCK so that opening a FIFO which nobody writes to does not hang; it means nothing for files. */
static enum status open_file(struct source *s, struct error *err)
{
    struct stat st;

    if (s->roots)
        TRY(roots_open(s->roots, s->path, 0, &s->fd, err));
    else
        s->fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (s->fd < 0)
        return error_errno(err, STATUS_READ, errno, "cannot be opened");
    if (fstat(s->fd, &st) != 0)
        return error_errno(err, STATUS_READ, errno, "cannot be examined");
    TRY(check_kind(&st, err));
    take_stat(s, &st);
    return STATUS_OK;
}

enum status source_open(const char *path, struct memory *memory, struct source **out, struct error *err)
{
    *out = NULL;
    if (strcmp(path, "-") == 0)
        return source_from_fd(STDIN_FILENO, "-", NULL, STDIN_LIMIT, memory, out, err);
    return source_open_beneath(NULL, path, memory, out, err);
}

enum status source_open_beneath(const struct data_roots *roots, const char *path, struct memory *memory, struct source **out,
                                struct error *err)
{
    struct source *s;
    enum status status;

    *out = NULL;
    TRY(source_new(path, memory, &s, err));
    s->roots = roots;
    status = open_file(s, err);
    if (status != STATUS_OK) {
        error_source(err, path);
        source_close(s);
        return status;
    }
    *out = s;
    return STATUS_OK;
}

enum status source_from_memory(const char *name, struct span bytes, struct memory *memory, struct source **out,
                               struct error *err)
{
    *out = NULL;
    TRY(source_new(name, memory, out, err));
    (*out)->memory_bytes = bytes;
    (*out)->size = (int64_t)bytes.size;
    return STATUS_OK;
}

enum status source_from_spool(struct spool *spool, const char *name, struct source **out, struct error *err)
{
    bool is_ended;
    uint64_t size = spool_size(spool, &is_ended);

    *out = NULL;
    TRY(source_new(name, NULL, out, err));
    (*out)->spool = spool_share(spool);
    (*out)->size = is_ended ? (int64_t)size : -1;
    return STATUS_OK;
}

static enum status write_all(int fd, const uint8_t *at, size_t size, struct error *err)
{
    while (size > 0) {
        ssize_t n = write(fd, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set(err, STATUS_WRITE, "standard input cannot be spooled: %s", strerror(errno));
        at += n;
        size -= (size_t)n;
    }
    return STATUS_OK;
}

/* Reads until `size` bytes or the end. */
static enum status read_some(int fd, uint8_t *into, size_t size, size_t *got, struct error *err)
{
    *got = 0;
    while (*got < size) {
        ssize_t n = read(fd, into + *got, size - *got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(err, STATUS_READ, errno, "cannot be read");
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    read_counters.bytes_read += (int64_t)*got;
    return STATUS_OK;
}

/* `held` is what is in memory already; the rest of the stream follows it into the file. */
static enum status spool_to_file(struct source *s, int from, struct buffer *held, const char *directory, uint64_t limit,
                                 struct error *err)
{
    size_t got;

    TRY(temporary_file_open(directory, &s->fd, err));
    do {
        TRY(write_all(s->fd, held->at, held->size, err));
        s->size += (int64_t)held->size;
        TRY(read_some(from, held->at, held->capacity, &got, err));
        held->size = got;
        if ((uint64_t)s->size + got > limit)
            return error_set(err, STATUS_TOO_LARGE, "more than %llu bytes come in", (unsigned long long)limit);
    } while (got > 0);
    return STATUS_OK;
}

/* Doubles the buffer while the stream lasts and SPOOL_MEMORY is not reached. */
static enum status spool(struct source *s, int fd, struct buffer *held, const char *directory, uint64_t limit,
                         struct error *err)
{
    size_t room = 64 << 10;

    for (;;) {
        size_t got;
        if (!buffer_reserve(held, room))
            return memory_error(s->memory, "standard input", err);
        TRY(read_some(fd, held->at + held->size, room - held->size, &got, err));
        held->size += got;
        if (held->size > limit)
            return error_set(err, STATUS_TOO_LARGE, "more than %llu bytes come in", (unsigned long long)limit);
        if (held->size < room)
            break;
        if (room >= SPOOL_MEMORY)
            return spool_to_file(s, fd, held, directory, limit, err);
        room *= 2;
    }
    s->size = (int64_t)held->size;
    return STATUS_OK;
}

enum status source_from_fd(int fd, const char *name, const char *temporary_directory, uint64_t limit,
                           struct memory *memory, struct source **out, struct error *err)
{
    struct buffer held = {.memory = memory};
    struct source *s;
    enum status status;

    *out = NULL;
    TRY(source_new(name, memory, &s, err));
    status = spool(s, fd, &held, temporary_directory, limit, err);
    if (status != STATUS_OK) {
        error_source(err, name);
        buffer_done(&held);
        source_close(s);
        return status;
    }
    if (s->fd >= 0) {
        buffer_done(&held);
    } else {
        s->memory_bytes = span_of(held.at, held.size);
        s->owned = held.at;
    }
    *out = s;
    return STATUS_OK;
}

/* Fault injection of tests: how many reads are left before one fails. */
enum { FAIL_UNKNOWN = -2, FAIL_NEVER = -1 };
static _Atomic int64_t fail_countdown = FAIL_UNKNOWN;

static bool read_must_fail(void)
{
    int64_t left = atomic_load_explicit(&fail_countdown, memory_order_relaxed);

    if (left == FAIL_NEVER)
        return false;
    if (left == FAIL_UNKNOWN) {
        const char *text = getenv("ASSAY_FAIL_READ");
        int64_t n = FAIL_NEVER;
        if (!text || !number_parse_i64(span_text(text), &n) || n <= 0)
            n = FAIL_NEVER;
        atomic_compare_exchange_strong(&fail_countdown, &left, n);
        if (n == FAIL_NEVER)
            return false;
    }
    return atomic_fetch_sub(&fail_countdown, 1) == 1;
}

static enum status short_read(struct source *s, int64_t offset, size_t missing, struct error *err)
{
    struct stat st;

    err->byte = offset;
    error_source(err, s->path);
    if (s->fd >= 0 && fstat(s->fd, &st) == 0 && st.st_size < s->size)
        return error_set(err, STATUS_CHANGED, "the file became shorter while it was read: %lld bytes, %lld at first",
                         (long long)st.st_size, (long long)s->size);
    return error_set(err, STATUS_BAD_DATA, "%zu bytes are missing at the end of the file", missing);
}

static enum status failed_read(struct source *s, struct error *err)
{
    error_source(err, s->path);
    return error_set(err, STATUS_READ, "cannot be read: %s", strerror(EIO));
}

static enum status read_spool(struct source *s, int64_t offset, uint8_t *into, size_t size, struct error *err)
{
    size_t got = 1;

    for (size_t done = 0; done < size && got > 0; done += got) {
        TRY(spool_read(s->spool, offset + (int64_t)done, into + done, size - done, &got, s->cancelled, err));
        if (got == 0)
            return short_read(s, offset, size - done, err);
    }
    read_counters.bytes_read += (int64_t)size;
    return STATUS_OK;
}

enum status source_read_some(struct source *s, int64_t offset, void *into, size_t size, size_t *got, struct error *err)
{
    if (s->size >= 0) {
        int64_t left = s->size - offset;
        *got = left <= 0 ? 0 : left < (int64_t)size ? (size_t)left : size;
        return *got ? source_read(s, offset, into, *got, err) : STATUS_OK;
    }
    *got = 0;
    if (read_must_fail())
        return failed_read(s, err);
    TRY(spool_read(s->spool, offset, into, size, got, s->cancelled, err));
    if (*got == 0) {
        bool is_ended;
        s->size = (int64_t)spool_size(s->spool, &is_ended);
    }
    read_counters.bytes_read += (int64_t)*got;
    return STATUS_OK;
}

enum status source_read(struct source *s, int64_t offset, void *into, size_t size, struct error *err)
{
    uint8_t *to = into;
    size_t left = size;
    int64_t started;

    if (read_must_fail())
        return failed_read(s, err);
    if (s->spool)
        return offset < 0 ? short_read(s, offset, size, err) : read_spool(s, offset, to, size, err);
    if (offset < 0 || offset > s->size || size > (uint64_t)(s->size - offset))
        return short_read(s, offset, size, err);
    started = read_timer_start();
    if (s->fd < 0 && size)
        memcpy(to, s->memory_bytes.at + offset, size);
    while (s->fd >= 0 && left > 0) {
        ssize_t n = pread(s->fd, to, left < READ_STEP_MAX ? left : READ_STEP_MAX, offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            error_source(err, s->path);
            return error_errno(err, STATUS_READ, errno, "cannot be read");
        }
        if (n == 0)
            return short_read(s, offset, left, err);
        to += n;
        offset += n;
        left -= (size_t)n;
    }
    read_timer_stop(&read_counters.read_nanos, started);
    read_counters.bytes_read += (int64_t)size;
    return STATUS_OK;
}

static enum status changed(struct source *s, const char *how, struct error *err)
{
    error_source(err, s->path);
    return error_set(err, STATUS_CHANGED, "the file was %s while it was read", how);
}

/* What the name leads to now; beneath the roots it is looked up as it was opened. */
static bool stat_name(const struct source *s, struct stat *st)
{
    struct error ignored = ERROR_NONE;
    bool ok;
    int fd;

    if (!s->roots)
        return stat(s->path, st) == 0;
    if (roots_open(s->roots, s->path, O_PATH, &fd, &ignored) != STATUS_OK)
        return false;
    ok = fstat(fd, st) == 0;
    close(fd);
    return ok;
}

/* Both the descriptor (was it written to?) and the name (was it replaced?) are asked. Spooled bytes and bytes in memory
 * have no inode and cannot change. */
enum status source_check_unchanged(struct source *s, struct error *err)
{
    struct stat st;

    if (s->inode == 0)
        return STATUS_OK;
    if (fstat(s->fd, &st) != 0) {
        error_source(err, s->path);
        return error_errno(err, STATUS_READ, errno, "cannot be examined");
    }
    if (st.st_size != s->size || nanos_of(st.st_mtim) != s->modified_nanos)
        return changed(s, "changed", err);
    if (!stat_name(s, &st))
        return changed(s, "removed", err);
    if (st.st_dev != s->device || st.st_ino != s->inode)
        return changed(s, "replaced", err);
    return STATUS_OK;
}
