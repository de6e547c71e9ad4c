/* readers/parquet/cursor.h -- a sliding view of a part of a page that is not held whole.
 *
 * A page larger than `whole_page_bytes` is never in memory as a whole: each of its parts (levels, lengths, values) is looked at through a cursor of
 * its own, which unpacks from the page's front to the part and then as far as it is asked. Parts at the front cost little to be unpacked
 * twice, and that is where levels and lengths are; BYTE_STREAM_SPLIT, whose parts are all over the page, pays for each.
 *
 * Who decodes holds a span `in`: always what is left of the cursor's view, from a place in it to its end. cursor_more makes it longer, and moves it;
 * so nothing else may point into the view then. All cursors of a page belong to one thread.
 */
#ifndef READERS_PARQUET_CURSOR_H
#define READERS_PARQUET_CURSOR_H

#include "readers/codecs/stream.h"
#include "readers/storage/source.h"

/* Of unpacked bytes at a time; of values also what is aimed at for a chunk: longer ones make it fewer rows. */
enum { CURSOR_WINDOW = 256 << 10, CURSOR_LEAST = 16 };

/* The packed bytes of one part of the file that was compressed at once, or not at all. */
struct page_bytes {
    struct source *source;
    struct memory *memory;
    const struct codec *codec;
    int64_t at;               /* in the file */
    size_t packed, unpacked;
    size_t window;            /* how much is looked at at a time */
    const char *what;         /* to be named where memory is short: "a page" */
    struct error error;       /* what went wrong in a cursor */
};

struct cursor {
    struct page_bytes *page;
    struct codec_stream stream;
    struct buffer window;
    size_t left;      /* bytes of the part behind the view */
};

/* The problem of a decoder whose cursor failed; what it was stands in page->error. */
extern const char cursor_failed[];

/* The bytes of `page` from `from` to `to` (unpacked offsets, within it); *in is empty. To be closed also after a failure. NULL or cursor_failed. */
const char *cursor_open(struct cursor *c, struct page_bytes *page, size_t from, size_t to, struct span *in);
/* Makes *in at least `wanted` bytes long, or as long as the part is; by a window if there is nothing to stop it. NULL or cursor_failed. */
const char *cursor_fill(struct cursor *c, struct span *in, size_t wanted);
static inline const char *cursor_more(struct cursor *c, struct span *in, size_t wanted)
{
    return in->size >= wanted || c->left == 0 ? NULL : cursor_fill(c, in, wanted);
}
/* The part ends `size` bytes from the start of *in. */
void cursor_limit(struct cursor *c, struct span *in, size_t size);
/* Of the part, from the start of `in`. */
static inline size_t cursor_left(const struct cursor *c, struct span in) { return in.size + c->left; }
/* Where `in` starts in the unpacked page; not after cursor_limit. */
size_t cursor_position(const struct cursor *c, struct span in);
/* Unpacks the page to its end, which has to be where the header says. The view stays. NULL or cursor_failed. */
const char *cursor_finish(struct cursor *c);
void cursor_close(struct cursor *c); /* accepts zeroed */

/* BAD_DATA where the packed bytes have another checksum. */
enum status page_bytes_check(const struct page_bytes *page, int64_t at, size_t size, uint32_t crc, struct error *err) NODISCARD;

#endif
