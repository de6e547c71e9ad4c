/* core/spill.c -- see spill.h. pwrite and pread at offsets that nobody else has. */
#include "core/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *directory_of(const char *directory)
{
    const char *from_environment = getenv("TMPDIR");

    return directory ? directory : from_environment ? from_environment : "/tmp";
}

enum status temporary_file_open(const char *directory, int *fd, struct error *err)
{
    static const char leaf[] = "/assay-XXXXXX";
    const char *dir = directory_of(directory);
    char path[PATH_MAX];
    size_t n = strlen(dir);

    *fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (*fd >= 0)
        return STATUS_OK;
    if (n + sizeof leaf > sizeof path)
        return error_set(err, STATUS_WRITE, "the temporary directory's name is too long");
    memcpy(path, dir, n);
    memcpy(path + n, leaf, sizeof leaf);
    *fd = mkostemp(path, O_CLOEXEC); /* a file system without O_TMPFILE */
    if (*fd < 0)
        return error_set(err, STATUS_WRITE, "no temporary file in %s: %s", dir, strerror(errno));
    unlink(path);
    return STATUS_OK;
}

void spill_init(struct spill *spill, const char *directory)
{
    *spill = (struct spill){.directory = directory};
    pthread_mutex_init(&spill->lock, NULL);
    atomic_init(&spill->end, 0);
}

void spill_done(struct spill *spill)
{
    if (atomic_load(&spill->is_open))
        close(spill->fd);
    atomic_store(&spill->is_open, false);
}

int64_t spill_reserve(struct spill *spill, size_t size)
{
    return atomic_fetch_add(&spill->end, (int64_t)size);
}

static enum status open_once(struct spill *spill, struct error *err)
{
    enum status status = STATUS_OK;

    if (atomic_load(&spill->is_open))
        return STATUS_OK;
    pthread_mutex_lock(&spill->lock);
    if (!atomic_load(&spill->is_open)) {
        status = temporary_file_open(spill->directory, &spill->fd, err);
        atomic_store(&spill->is_open, status == STATUS_OK);
    }
    pthread_mutex_unlock(&spill->lock);
    return status;
}

enum status spill_write(struct spill *spill, int64_t offset, const void *bytes, size_t size, struct error *err)
{
    const char *at = bytes;

    TRY(open_once(spill, err));
    while (size > 0) {
        ssize_t n = pwrite(spill->fd, at, size, offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set(err, STATUS_WRITE, "the temporary file in %s cannot grow beyond %lld bytes (--tmp): %s",
                             directory_of(spill->directory), (long long)offset, n < 0 ? strerror(errno) : "nothing was written");
        at += n;
        offset += n;
        size -= (size_t)n;
    }
    return STATUS_OK;
}

enum status spill_read(struct spill *spill, int64_t offset, void *out, size_t size, struct error *err)
{
    char *at = out;

    while (size > 0) {
        ssize_t n = pread(spill->fd, at, size, offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set(err, STATUS_WRITE, "the temporary file in %s cannot be read back (--tmp): %s",
                             directory_of(spill->directory), n < 0 ? strerror(errno) : "it is cut short");
        at += n;
        offset += n;
        size -= (size_t)n;
    }
    return STATUS_OK;
}

void spill_forget(struct spill *spill, int64_t offset, size_t size)
{
#ifdef FALLOC_FL_PUNCH_HOLE
    if (atomic_load(&spill->is_open) && fallocate(spill->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, (off_t)size) != 0)
        return; /* a file system that cannot keeps the room until the end */
#else
    (void)spill, (void)offset, (void)size;
#endif
}
