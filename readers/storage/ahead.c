/* readers/storage/ahead.c -- a ring of pieces between two threads; see ahead.h.
 *
 * A piece belongs to the thread from when it is empty until it is full, then to who takes it; only whose it is, is guarded by the lock.
 */
#include "readers/storage/ahead.h"

#include <pthread.h>

#include "core/counters.h"

enum {
    PIECES = 4,
    PIECE_SIZE = 128 << 10, /* all of them stay in a second cache */
};

struct piece {
    uint8_t *bytes;
    size_t size;
    struct read_counters counted; /* what it took to fill it */
};

struct ahead {
    struct stream *stream;
    struct memory *memory;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    struct piece pieces[PIECES];
    int first, n_full;  /* guarded by the lock, as are the next three */
    bool is_over;       /* no piece follows; then `status` and `error` say why */
    bool is_closed;     /* nobody wants another one */
    enum status status;
    struct error error;
    size_t n_taken;     /* of the first piece; the taker's */
    bool is_timed;
    double cpu_seconds; /* of the thread, when it has ended */
};

/* *at_end: the stream is over. */
static enum status fill(struct ahead *a, struct piece *p, bool *at_end, struct error *err)
{
    enum status status = STATUS_OK;
    size_t got = 1;

    read_counters = (struct read_counters){.is_timed = a->is_timed};
    for (p->size = 0; p->size < PIECE_SIZE && got > 0 && status == STATUS_OK; p->size += got) {
        got = 0;
        status = stream_read(a->stream, p->bytes + p->size, PIECE_SIZE - p->size, &got, err);
        got = status == STATUS_OK ? got : 0;
    }
    *at_end = got == 0;
    p->counted = read_counters;
    return status;
}

/* The next empty piece, or NULL where nobody wants one. */
static struct piece *take_empty(struct ahead *a)
{
    struct piece *p;

    pthread_mutex_lock(&a->lock);
    while (a->n_full == PIECES && !a->is_closed)
        pthread_cond_wait(&a->moved, &a->lock);
    p = a->is_closed ? NULL : &a->pieces[(a->first + a->n_full) % PIECES];
    pthread_mutex_unlock(&a->lock);
    return p;
}

static void *unpack_all(void *argument)
{
    struct ahead *a = argument;
    struct piece *p;
    bool at_end = false;

    while (!at_end && (p = take_empty(a)) != NULL) {
        struct error err = ERROR_NONE;
        enum status status = fill(a, p, &at_end, &err);

        at_end = at_end || status != STATUS_OK;
        pthread_mutex_lock(&a->lock);
        a->n_full++; /* an empty one, too: it counts what was read */
        a->is_over = at_end;
        a->status = status;
        a->error = err;
        pthread_cond_signal(&a->moved);
        pthread_mutex_unlock(&a->lock);
    }
    a->cpu_seconds = clock_thread_cpu_seconds();
    return NULL;
}

static void free_all(struct ahead *a)
{
    for (int i = 0; i < PIECES; i++)
        mem_free(a->memory, a->pieces[i].bytes);
    pthread_mutex_destroy(&a->lock);
    pthread_cond_destroy(&a->moved);
    mem_free(a->memory, a);
}

enum status ahead_open(struct stream *stream, struct memory *memory, struct ahead **out, struct error *err)
{
    struct ahead *a = mem_alloc(memory, sizeof *a);
    bool has_memory = true;

    *out = NULL;
    if (!a)
        return memory_error(memory, "reading ahead", err);
    a->stream = stream;
    a->memory = memory;
    a->is_timed = read_counters.is_timed;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->moved, NULL);
    for (int i = 0; i < PIECES; i++) {
        a->pieces[i].bytes = mem_alloc(memory, PIECE_SIZE);
        has_memory = has_memory && a->pieces[i].bytes;
    }
    if (!has_memory || pthread_create(&a->thread, NULL, unpack_all, a) != 0) {
        free_all(a);
        return has_memory ? STATUS_OK : memory_error(memory, "reading ahead", err);
    }
    *out = a;
    return STATUS_OK;
}

/* Waits for a full piece; NULL at the end. */
static struct piece *wait_for_full(struct ahead *a)
{
    struct piece *p;

    pthread_mutex_lock(&a->lock);
    while (a->n_full == 0 && !a->is_over)
        pthread_cond_wait(&a->moved, &a->lock);
    p = a->n_full ? &a->pieces[a->first] : NULL;
    pthread_mutex_unlock(&a->lock);
    return p;
}

static void give_back(struct ahead *a)
{
    pthread_mutex_lock(&a->lock);
    a->first = (a->first + 1) % PIECES;
    a->n_full--;
    pthread_cond_signal(&a->moved);
    pthread_mutex_unlock(&a->lock);
    a->n_taken = 0;
}

enum status ahead_read(struct ahead *a, void *into, size_t size, size_t *got, struct error *err)
{
    struct piece *p;

    *got = 0;
    while (*got == 0 && (p = wait_for_full(a)) != NULL) {
        if (a->n_taken == 0)
            counters_add(&read_counters, &p->counted);
        *got = p->size - a->n_taken < size ? p->size - a->n_taken : size;
        memcpy(into, p->bytes + a->n_taken, *got);
        a->n_taken += *got;
        if (a->n_taken == p->size)
            give_back(a);
    }
    if (*got || a->status == STATUS_OK)
        return STATUS_OK;
    *err = a->error; /* nothing comes behind it: the thread has ended */
    return a->status;
}

void ahead_close(struct ahead *a)
{
    if (!a)
        return;
    pthread_mutex_lock(&a->lock);
    a->is_closed = true;
    pthread_cond_signal(&a->moved);
    pthread_mutex_unlock(&a->lock);
    pthread_join(a->thread, NULL);
    read_counters.helpers_cpu_seconds += a->cpu_seconds;
    free_all(a);
}
