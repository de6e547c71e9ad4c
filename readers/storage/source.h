/* readers/storage/source.h -- the bytes of one file, wherever they lie.
 *
 * A source over a spool (spool.h) may still grow while it is read: its size is -1 until a stream has come to its end, so it is read
 * from front to back by one thread first, whatever is done with it afterwards.
 * pread, never mmap (a truncated file would be SIGBUS). Standard input is spooled: in memory up to SPOOL_MEMORY, then into an
 * unlinked temporary file, up to a limit, so that a further round can read it again. Regular files only
 * (a FIFO or device is FORBIDDEN unless it is stdin).
 */
#ifndef READERS_STORAGE_SOURCE_H
#define READERS_STORAGE_SOURCE_H

#include "core/memory.h"
#include "core/span.h"
#include "readers/storage/charset.h"
#include "readers/storage/roots.h"
#include "readers/storage/spool.h"

/* How much standard input may bring. A full disk ends it earlier, by name. */
#define STDIN_MAX_BYTES ((uint64_t)1 << 40)

struct source {
    char *path;      /* as reports name it; "-" for stdin */
    int64_t size;    /* -1: not known yet */
    int64_t modified_nanos; /* 0: not known */
    int fd;          /* -1: in memory */
    struct span memory_bytes;
    struct memory *memory;
    uint64_t device, inode; /* to notice that the file was changed or replaced */
    int64_t changed_nanos;
    int64_t unpacked_max; /* how much gzip or zstd may unpack to: TOO_LARGE; 0: no limit */
    enum charset charset; /* of the unpacked text: streams give UTF-8 whatever it is; table_open sets it before any is read */
    struct charset_told told;
    bool charset_is_declared;
    bool reads_ahead; /* windows of it may unpack it on a thread of their own (ahead.h) */
    const struct data_roots *roots; /* what `path` was opened beneath, borrowed; NULL: anywhere */
    struct spool *spool; /* where the bytes are instead, a share; NULL: none */
    const atomic_bool *cancelled; /* of who reads a spool: ends its waiting; may be NULL */
    void *owned;     /* spooled bytes behind memory_bytes, freed with the source; else NULL */
};

enum status source_open(const char *path, struct memory *memory, struct source **out, struct error *err) NODISCARD;
/* The same for an absolute path that may not lead out of the roots, which must outlive the source. */
enum status source_open_beneath(const struct data_roots *roots, const char *path, struct memory *memory, struct source **out,
                                struct error *err) NODISCARD;
enum status source_from_memory(const char *name, struct span bytes, struct memory *memory, struct source **out,
                               struct error *err) NODISCARD; /* borrows the bytes */
/* Over a spool that may still grow; takes a share of it. */
enum status source_from_spool(struct spool *spool, const char *name, struct source **out, struct error *err) NODISCARD;
enum status source_from_fd(int fd, const char *name, const char *temporary_directory, uint64_t limit,
                           struct memory *memory, struct source **out, struct error *err) NODISCARD;
/* All `size` bytes at `offset` (of a spool: once they are there) or an error (a short file is CHANGED when it was longer at open, else BAD_DATA);
 * EINTR is retried. ASSAY_FAIL_READ=n makes the n-th read of the process fail (tests). Adds to read_counters. */
enum status source_read(struct source *source, int64_t offset, void *into, size_t size, struct error *err) NODISCARD;
/* The next up to `size` bytes; *got 0 is the end. Waits for a spool, and sets the size when its end is met. */
enum status source_read_some(struct source *source, int64_t offset, void *into, size_t size, size_t *got, struct error *err) NODISCARD;
/* CHANGED where size, mtime or inode differ from what they were at open. */
enum status source_check_unchanged(struct source *source, struct error *err) NODISCARD;
void source_close(struct source *source);

#endif
