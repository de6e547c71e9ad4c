/* core/output.h -- files that are written whole or not at all.
 *
 * A report goes to a temporary file beside its name, is synced, then renamed. output_abandon removes it. Writes are
 * retried over EINTR and short counts; ENOSPC and EPIPE are named errors (STATUS_WRITE).
 * ASSAY_FAIL_WRITE=n makes the n-th write of the process fail with ENOSPC (tests).
 */
#ifndef CORE_OUTPUT_H
#define CORE_OUTPUT_H

#include "core/memory.h"
#include "core/span.h"

struct output {
    int fd; /* -1: closed */
    char path[4096];
    char temporary[4200];
    struct buffer pending;
};

enum status output_open(struct output *out, const char *path, struct error *err) NODISCARD;
enum status output_add(struct output *out, struct span bytes, struct error *err) NODISCARD;
/* flush, fsync, rename, close. On failure nothing stays behind. */
enum status output_commit(struct output *out, struct error *err) NODISCARD;
void output_abandon(struct output *out);
enum status output_write_file(const char *path, struct span bytes, struct error *err) NODISCARD;
/* All of it to a descriptor (stdout): EINTR, short writes. */
enum status output_write_fd(int fd, const char *name, struct span bytes, struct error *err) NODISCARD;
/* Whole small file (a suite, a vars file); TOO_LARGE beyond `limit`. "-" is not special. */
enum status input_read_file(struct arena *arena, const char *path, size_t limit, struct span *out, struct error *err) NODISCARD;

#endif
