/* readers/storage/frames.h -- a packed file that was written in pieces, each of which can be unpacked alone.
 *
 * bgzip writes members of gzip of at most 64 KiB of text and says in each how long it is packed (SAM specification, 4.1, the field BC); zstd
 * frames say how long their text is, and their blocks how long they are packed (RFC 8878, 3.1.1). Then places in the text are known without
 * unpacking it, by reading some bytes of each member or block. What the headers say is believed only as far as memory goes: who unpacks a part
 * finds out whether it is true.
 */
#ifndef READERS_STORAGE_FRAMES_H
#define READERS_STORAGE_FRAMES_H

#include "readers/storage/source.h"

/* So much text that one part's fits into memory many times. */
enum { FRAMES_PART_MAX = 16 << 20 };

struct frame_place { int64_t packed, text; };

/* Pieces next to each other, joined up to a size of text. */
struct frames {
    struct frame_place *parts; /* n + 1: where each begins, and where the last one ends */
    size_t n;                  /* 0: not such a file, or of one part only */
    bool is_gzip;
    struct memory *memory;
};

/* The parts of a source, of at least `least` bytes of text each but for the last one. Not such a file is no error. frames_done in any case. */
enum status frames_find(struct frames *frames, struct source *source, int64_t least, struct memory *memory, struct error *err) NODISCARD;
static inline int64_t frames_text_size(const struct frames *f) { return f->parts[f->n].text; }
void frames_done(struct frames *frames);

/* What unpacking needs, made when first needed; zeroed but for the memory is empty. Of one thread. */
struct frames_room {
    struct memory *memory;
    uint8_t *packed;
    size_t capacity;
    void *inflater; /* struct libdeflate_decompressor */
};
/* All of a part's text. *done false: not in this way. It is zstd, whose streams are as fast, or it is not what its headers say: a stream says
 * what is wrong. */
enum status frames_unpack(const struct frames *frames, size_t part, struct source *source, struct frames_room *room, uint8_t *into, bool *done,
                          struct error *err) NODISCARD;
void frames_room_done(struct frames_room *room);

#endif
