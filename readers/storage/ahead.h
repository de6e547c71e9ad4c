/* readers/storage/ahead.h -- a stream that is read and unpacked by a thread of its own, ahead of who takes the bytes.
 *
 * One gzip member or zstd frame can only be unpacked from front to back, which takes about as long as everything that is done with
 * the text afterwards: side by side it takes half as long. The bytes, and the error behind the last of them, are the same as without.
 */
#ifndef READERS_STORAGE_AHEAD_H
#define READERS_STORAGE_AHEAD_H

#include "readers/storage/stream.h"

struct ahead;

/* Borrows the stream, which is the thread's until ahead_close. *out NULL: no thread could be started, the caller has to read itself. */
enum status ahead_open(struct stream *stream, struct memory *memory, struct ahead **out, struct error *err) NODISCARD;
/* As stream_read. What reading cost counts as the caller's (core/counters.h). */
enum status ahead_read(struct ahead *ahead, void *into, size_t size, size_t *got, struct error *err) NODISCARD;
/* Also in the middle of the text; waits for the piece that is being unpacked. */
void ahead_close(struct ahead *ahead);

#endif
