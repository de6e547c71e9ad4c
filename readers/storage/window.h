/* readers/storage/window.h -- a sliding view of a stream: what the text readers look at.
 *
 * `bytes[0..size)` is in view; text position of bytes[0] is `offset`. A reader takes whole records off the front and calls
 * window_slide with the first byte that it still needs; memory grows only while one record does not fit, up to a limit.
 * WINDOW_PADDING zero bytes follow the view, so that loops over 64-byte blocks may read past it.
 */
#ifndef READERS_STORAGE_WINDOW_H
#define READERS_STORAGE_WINDOW_H

#include "readers/storage/ahead.h"

enum {
    WINDOW_PADDING = 64,
    WINDOW_SIZE = 256 << 10,    /* fits in a core's second cache together with the columns cut from it */
    RECORD_MAX_BYTES = 16 << 20, /* a longer record is TOO_LARGE */
    AHEAD_MIN_BYTES = 256 << 10, /* of a packed file: less is unpacked in a few milliseconds */
};

struct window {
    struct stream *stream;
    struct ahead *ahead; /* of the stream, from the first slide on, where source->reads_ahead; NULL: the stream itself is read */
    struct source *source; /* until the first slide */
    struct memory *memory;
    uint8_t *bytes;
    size_t size, capacity;
    int64_t offset;
    int64_t file_offset;      /* of bytes[0] in the file as it is (unpacked): the same as `offset` where that is UTF-8 */
    enum charset charset;
    bool is_end; /* the view reaches the end of the text */
};

/* Begins at byte `from` of the text. `capacity` is WINDOW_SIZE but in tests. Empty until the first slide. */
enum status window_open(struct window *window, struct source *source, struct memory *memory, int64_t from,
                        size_t capacity, struct error *err) NODISCARD;
/* Drops the bytes before `keep` and reads on until the view is full; grows first where nothing would be dropped.
 * TOO_LARGE where that would pass RECORD_MAX_BYTES. */
enum status window_slide(struct window *window, size_t keep, struct error *err) NODISCARD;
/* Where in the file bytes[at] stands: what findings name. `at` is between characters. */
int64_t window_file_offset(const struct window *window, size_t at);
/* TOO_LARGE in the words for a record beyond RECORD_MAX_BYTES. */
enum status window_record_too_long(struct error *err);
void window_close(struct window *window);

#endif
