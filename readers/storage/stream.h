/* readers/storage/stream.h -- the bytes of a source from front to back, unpacked where they are gzip or zstd, as UTF-8 where
 * source->charset says that they are something else.
 *
 * Told by the magic number, not by the name. Several gzip members or zstd frames in a row are one text. Memory is bounded whatever
 * the file says (zstd windows up to 128 MiB, as the zstd tool accepts by default). Bytes that cannot be
 * unpacked and a file that ends too early are BAD_DATA. A stream is used by one thread; several may read one source.
 */
#ifndef READERS_STORAGE_STREAM_H
#define READERS_STORAGE_STREAM_H

#include "readers/storage/source.h"

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

struct stream;

enum packing packing_of(struct span head);
const char *packing_name(enum packing packing); /* "gzip"; "" for none */

/* Begins at the first byte. The source must outlive the stream. */
enum status stream_open(struct source *source, struct memory *memory, struct stream **out, struct error *err) NODISCARD;
/* Up to `size` bytes; *got 0 is the end. */
enum status stream_read(struct stream *stream, void *into, size_t size, size_t *got, struct error *err) NODISCARD;
/* Can it seek? Neither packed nor in another encoding: positions in the text are positions in the file. */
bool stream_is_plain(const struct stream *stream);
/* Passes over n bytes of the text (seeks where it is plain). */
enum status stream_skip(struct stream *stream, int64_t n, struct error *err) NODISCARD;
/* Of a packed file (frames.h): goes on at a byte of the file where a member or frame begins, and ends at `end`, where one has to end. */
enum status stream_restart(struct stream *stream, int64_t from, int64_t end, struct error *err) NODISCARD;
/* Where a stream that came to its `end` comes to next. */
void stream_go_on(struct stream *stream, int64_t end);
/* BAD_DATA at the byte of the packed file that was reached. */
enum status stream_is_wrong(struct stream *stream, const char *what, struct error *err);
void stream_close(struct stream *stream);

#endif
