/* readers/codecs/pack.h -- bytes made into a page, for `assay probe` and tests: the other direction of codec.h.
 *
 * Nothing that is judged goes through here.
 */
#ifndef READERS_CODECS_PACK_H
#define READERS_CODECS_PACK_H

#include "readers/codecs/codec.h"

/* Appends `in` to *out as a page of that codec (by its name: none, snappy, gzip, zstd, lz4_raw). UNSUPPORTED for the others. */
enum status codec_pack(const char *codec, struct span in, struct buffer *out, struct error *err) NODISCARD;

#endif
