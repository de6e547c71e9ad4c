/* readers/storage/spool.c -- see spool.h. */
#include "readers/storage/spool.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "core/spill.h"
#include "readers/storage/source.h"

enum { LOOK_UP_NANOS = 50 * 1000 * 1000 }; /* how often a reader that waits looks whether its run was cancelled */

struct spool {
    atomic_int owners;
    atomic_bool is_unpacked_too_far;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t more;
    uint64_t size, limit;
    struct buffer held;
    size_t held_max;
    int fd;               /* -1: all is in `held` */
    const char *directory;
    bool is_ended;
    struct error failure; /* status OK: none */
};

struct spool *spool_new(uint64_t limit, size_t held_max, struct memory *budget, const char *directory)
{
    struct spool *spool = mem_alloc(NULL, sizeof *spool);
    pthread_condattr_t monotonic;

    if (!spool)
        return NULL;
    atomic_init(&spool->owners, 1);
    spool->limit = limit;
    spool->held.memory = budget;
    spool->held_max = held_max;
    spool->fd = -1;
    spool->directory = directory;
    spool->failure = (struct error)ERROR_NONE;
    pthread_mutex_init(&spool->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&spool->more, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return spool;
}

struct spool *spool_share(struct spool *spool)
{
    atomic_fetch_add(&spool->owners, 1);
    return spool;
}

void spool_release(struct spool *spool)
{
    if (!spool || atomic_fetch_sub(&spool->owners, 1) != 1)
        return;
    buffer_done(&spool->held);
    if (spool->fd >= 0)
        close(spool->fd);
    pthread_cond_destroy(&spool->more);
    pthread_mutex_destroy(&spool->lock);
    mem_free(NULL, spool);
}

/* --- adding --- */

static enum status write_all(int fd, struct span bytes, uint64_t at, struct error *err)
{
    while (bytes.size > 0) {
        ssize_t n = pwrite(fd, bytes.at, bytes.size, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set(err, STATUS_WRITE, "the body cannot be kept in a temporary file: %s", strerror(errno));
        bytes = span_of(bytes.at + n, bytes.size - (size_t)n);
        at += (uint64_t)n;
    }
    return STATUS_OK;
}

static enum status move_to_file(struct spool *spool, struct error *err)
{
    int fd;
    enum status status;

    TRY(temporary_file_open(spool->directory, &fd, err));
    status = write_all(fd, span_of(spool->held.at, spool->held.size), 0, err);
    if (status != STATUS_OK) {
        close(fd);
        return status;
    }
    spool->fd = fd;
    buffer_done(&spool->held);
    return STATUS_OK;
}

/* Past the common budget the file takes over, so that many bodies at once cost disk and not memory. */
static enum status keep(struct spool *spool, struct span bytes, struct error *err)
{
    if (bytes.size > spool->limit - spool->size)
        return error_set(err, STATUS_TOO_LARGE, "the body is larger than %llu bytes", (unsigned long long)spool->limit);
    if (spool->fd < 0 && spool->held.size + bytes.size <= spool->held_max && buffer_add(&spool->held, bytes.at, bytes.size))
        return STATUS_OK;
    if (spool->fd < 0)
        TRY(move_to_file(spool, err));
    return write_all(spool->fd, bytes, spool->size, err);
}

enum status spool_add(struct spool *spool, struct span bytes, struct error *err)
{
    enum status status;

    pthread_mutex_lock(&spool->lock);
    status = keep(spool, bytes, err);
    if (status == STATUS_OK)
        spool->size += bytes.size;
    pthread_cond_broadcast(&spool->more);
    pthread_mutex_unlock(&spool->lock);
    return status;
}

void spool_end(struct spool *spool)
{
    pthread_mutex_lock(&spool->lock);
    spool->is_ended = true;
    pthread_cond_broadcast(&spool->more);
    pthread_mutex_unlock(&spool->lock);
}

void spool_fail(struct spool *spool, const struct error *why)
{
    pthread_mutex_lock(&spool->lock);
    if (spool->failure.status == STATUS_OK)
        spool->failure = *why;
    spool->is_ended = true;
    pthread_cond_broadcast(&spool->more);
    pthread_mutex_unlock(&spool->lock);
}

void spool_mark_unpacked_too_far(struct spool *spool) { atomic_store(&spool->is_unpacked_too_far, true); }
bool spool_is_unpacked_too_far(const struct spool *spool) { return atomic_load(&spool->is_unpacked_too_far); }

/* --- reading --- */

uint64_t spool_size(struct spool *spool, bool *is_ended)
{
    uint64_t size;

    pthread_mutex_lock(&spool->lock);
    size = spool->size;
    *is_ended = spool->is_ended;
    pthread_mutex_unlock(&spool->lock);
    return size;
}

static struct timespec soon(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += LOOK_UP_NANOS;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

/* Until there is a byte at `offset` or none will come; under the lock. */
static enum status wait_for(struct spool *spool, uint64_t offset, const atomic_bool *cancelled, struct error *err)
{
    while (spool->size <= offset && !spool->is_ended) {
        struct timespec until = soon();

        if (cancelled && atomic_load(cancelled))
            return error_set(err, STATUS_CANCELLED, "cancelled");
        pthread_cond_timedwait(&spool->more, &spool->lock, &until);
    }
    if (spool->failure.status == STATUS_OK)
        return STATUS_OK;
    *err = spool->failure;
    return err->status;
}

static enum status read_file(int fd, int64_t offset, uint8_t *into, size_t size, struct error *err)
{
    while (size > 0) {
        ssize_t n = pread(fd, into, size, offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set(err, STATUS_READ, "the body cannot be read back: %s", n < 0 ? strerror(errno) : "it became shorter");
        into += n;
        offset += n;
        size -= (size_t)n;
    }
    return STATUS_OK;
}

/* The file is read without the lock: what is in it stays, and its descriptor lives as long as the spool. */
enum status spool_read(struct spool *spool, int64_t offset, void *into, size_t size, size_t *got, const atomic_bool *cancelled,
                       struct error *err)
{
    enum status status;
    int fd;

    *got = 0;
    pthread_mutex_lock(&spool->lock);
    status = wait_for(spool, (uint64_t)offset, cancelled, err);
    if (status == STATUS_OK && (uint64_t)offset < spool->size)
        *got = size < spool->size - (uint64_t)offset ? size : (size_t)(spool->size - (uint64_t)offset);
    fd = spool->fd;
    if (*got && fd < 0)
        memcpy(into, spool->held.at + offset, *got);
    pthread_mutex_unlock(&spool->lock);
    return status == STATUS_OK && *got && fd >= 0 ? read_file(fd, offset, into, *got, err) : status;
}
