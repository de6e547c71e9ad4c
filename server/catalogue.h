/* server/catalogue.h -- the suites of the service: the files of one directory, parsed, looked at again before each use.
 *
 * An entry is immutable and counts its owners: a run goes on with the suite it began with while a new version is in place already.
 * Any thread.
 */
#ifndef SERVER_CATALOGUE_H
#define SERVER_CATALOGUE_H

#include <pthread.h>
#include <stdatomic.h>

#include "server/pages.h"
#include "suites/suite.h"

enum { FILES_MAX = 10000 };

struct suite_entry {
    atomic_int owners;
    struct arena arena;
    const char *name;          /* the suite's, or the file's without suffix where it cannot be parsed */
    const char *file;          /* its name, as messages call it */
    const char *directory;     /* where it really is: what the suite's references are relative to */
    struct span text;
    char hash[72];             /* "sha256:...": the suite's fingerprint, or of its bytes where variables are missing */
    const struct suite *suite; /* NULL: in error, or it needs variables */
    bool needs_variables;
    const char **problems; int32_t n_problems;
    int64_t modified_nanos, changed_nanos, size; uint64_t inode; /* of the file when it was read */
    bool is_seen;              /* used while refreshing */
};

struct catalogue {
    pthread_mutex_t lock;
    const char *directory;
    struct suite_entry **entries; /* by file name */
    size_t n, capacity;
    void (*on_load)(void *context, const struct suite_entry *entry); /* a file was read: for the log */
    void *context;
};

/* NOT_FOUND or READ where the directory cannot be listed. */
enum status catalogue_open(struct catalogue *c, const char *directory, struct error *err) NODISCARD;
void catalogue_close(struct catalogue *c);
/* Reads what is new or changed, drops what is gone. */
enum status catalogue_refresh(struct catalogue *c, struct error *err) NODISCARD;
/* The suite of that name after a refresh; the caller owns a share. NULL: none. */
struct suite_entry *catalogue_find(struct catalogue *c, const char *name);
/* All after a refresh, sorted by name; the array is in the arena, the caller owns a share of each. NULL: no memory. */
struct suite_entry **catalogue_list(struct catalogue *c, struct arena *arena, int32_t *n);
void suite_entry_release(struct suite_entry *entry); /* NULL is fine */
void suite_entry_row(const struct suite_entry *entry, struct suite_row *row);

#endif
