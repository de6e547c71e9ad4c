/* server/history.h -- the last runs, in memory: a bounded ring of finished reports. Any thread. */
#ifndef SERVER_HISTORY_H
#define SERVER_HISTORY_H

#include <pthread.h>
#include <stdatomic.h>

#include "server/pages.h"
#include "validator/result.h"

/* Immutable once it is in the ring; counts its owners. */
struct run_entry {
    atomic_int owners;
    struct arena arena;       /* of the row's texts */
    struct history_row row;
    bool success;
    struct buffer json, html; /* html is empty where no such format is known */
    size_t bytes;
};

struct history {
    pthread_mutex_t lock;
    struct run_entry **ring;  /* ring[i % capacity] */
    int64_t capacity, first, end; /* runs first .. end-1 are there */
    uint64_t bytes, bytes_max;
    bool is_open;
};

bool history_open(struct history *h, int64_t capacity, uint64_t bytes_max);
void history_close(struct history *h);
/* A run out of a report: renders it. NULL: no memory. */
struct run_entry *run_entry_new(const struct report *report);
/* Takes a share of its own; the oldest make room. */
void history_add(struct history *h, struct run_entry *entry);
/* The caller owns a share; NULL: not there (any more). */
struct run_entry *history_find(struct history *h, const char *id);
/* Up to `limit` runs older than `after` (NULL: from the newest), newest first, each a share of the caller's; *more tells whether older ones
 * follow. `suite` (may be NULL) keeps those of one suite. The array is in the arena; NULL: no memory, or `after` is unknown (*n -1). */
struct run_entry **history_list(struct history *h, struct arena *arena, const char *after, const char *suite, int64_t limit,
                                int32_t *n, bool *more);
void run_entry_release(struct run_entry *entry);

#endif
