/* core/spill.h -- an unlinked temporary file for what the memory budget does not hold (--memory, --tmp).
 *
 * Made at the first write, gone with the process. Room is handed out in ascending order and read back by its offset; threads may do
 * all of it at once. A full disk is STATUS_WRITE with the directory's name: never a wrong answer.
 */
#ifndef CORE_SPILL_H
#define CORE_SPILL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "core/error.h"

struct spill {
    const char *directory; /* NULL: $TMPDIR or /tmp */
    pthread_mutex_t lock;  /* of opening */
    atomic_bool is_open;   /* set after fd, once */
    int fd;
    _Atomic int64_t end;   /* bytes handed out */
};

/* A file in `directory` (NULL: $TMPDIR or /tmp) that no name leads to. The caller closes it. */
enum status temporary_file_open(const char *directory, int *fd, struct error *err) NODISCARD;

void spill_init(struct spill *spill, const char *directory);
/* Room for `size` bytes. */
int64_t spill_reserve(struct spill *spill, size_t size);
enum status spill_write(struct spill *spill, int64_t offset, const void *bytes, size_t size, struct error *err) NODISCARD;
enum status spill_read(struct spill *spill, int64_t offset, void *out, size_t size, struct error *err) NODISCARD;
/* The bytes are not needed any more: the file system may have their room back. */
void spill_forget(struct spill *spill, int64_t offset, size_t size);
void spill_done(struct spill *spill); /* accepts a zeroed one */

#endif
