/* readers/parquet/pages.h -- the pages of one column chunk, one after the other.
 *
 * Bytes are read in windows of a megabyte (larger where a page is), never by a size that was not checked against what
 * is left of the chunk; where only nulls are wanted in smaller windows, and of a page no more than its levels need. A page's body is unpacked into a buffer that the next page reuses; a page without compression is looked at in
 * the window. A page larger than file->whole_page_bytes is not held: cursors show what of it is looked at (large.c). So what a page delivers is good until the next one is loaded; the dictionary's entries are
 * good as long as the cursor. One thread at a time; nothing is shared but the file.
 */
#ifndef READERS_PARQUET_PAGES_H
#define READERS_PARQUET_PAGES_H

#include "columns/cast.h"
#include "readers/codecs/codec.h"
#include "readers/parquet/encodings/encoding.h"
#include "readers/parquet/file.h"
#include "readers/parquet/hybrid.h"

/* Windows: of values; of levels, with which a page that is no longer is read whole and its checksum verified; of headers. */
enum { PAGES_WINDOW = 1 << 20, PAGES_LEVELS_WINDOW = 64 << 10, PAGES_HEADER_WINDOW = 4 << 10, PAGES_MAX_HEADER = 16 << 20 };

struct page_header { /* PageHeader of parquet.thrift and the part that its type fills in */
    int32_t type;
    int32_t unpacked_size, packed_size;
    bool has_crc, has_part;
    uint32_t crc;
    int32_t n_values, encoding;
    int32_t def_encoding, rep_encoding; /* v1: of the levels */
    int32_t def_size, rep_size;    /* v2 */
    bool is_compressed;            /* v2 */
};

/* A page that is not held whole. */
struct large_page {
    struct page_bytes bytes, levels; /* levels: of v2, as they are */
    struct cursor repetitions, definitions, values;
};

struct pages {
    const struct parquet_file *file;
    const struct leaf *leaf;
    const struct column_chunk *chunk;
    const struct codec *codec;
    struct codec_context *context;
    const struct cast *cast; /* what the wanted type makes of the column's values; NULL: nothing */
    enum need need;       /* NEED_NULLS: bodies are unpacked only as far as the levels go */
    /* where we are in the file */
    int64_t at, end;      /* the next byte, and the chunk's end */
    struct buffer window; /* bytes from `at` - window_from on */
    size_t window_from, window_size;
    int64_t values_left;  /* of the chunk, in pages not yet loaded */
    int64_t n_rows;       /* of the row group */
    /* the current page */
    int64_t page_at;      /* offset of its header */
    int64_t page_left;    /* rows not yet delivered; of a repeated column: levels not yet read */
    struct buffer body;
    struct hybrid levels, repetitions; /* definition levels, and repetition levels where max_rep > 0 */
    bool is_dictionary, is_started; /* started: indices or encoding have seen their bytes */
    struct hybrid indices;
    const struct encoding *encoding;
    struct values values;
    struct large_page *large;  /* NULL: it is held whole */
    bool is_large;             /* and its end was not looked at yet */
    const char *start_problem; /* what pages_start_values found */
    /* the dictionary */
    bool has_dictionary, is_deferred; /* deferred: it was passed over, and is fetched when a page needs it */
    struct buffer dictionary_bytes, entries; /* entries: elements of the lane */
    size_t width;         /* of such an element, after the cast */
    int64_t n_entries;
    bool entries_are_finite; /* of LANE_F64 */
    uint64_t dictionary_id;
};

/* Refuses by name what cannot be read: codecs, other files. `pages` is zeroed. */
enum status pages_open(struct pages *pages, const struct parquet_file *file, int32_t unit, int32_t column,
                       enum need need, struct codec_context *context, struct error *err) NODISCARD;
void pages_close(struct pages *pages);
/* Loads the next data page that has values: page_left > 0. BAD_DATA where the chunk has no more. */
enum status pages_next(struct pages *pages, struct error *err) NODISCARD;
/* Passes over the data pages that end within the next *n values, by their headers alone, and takes them off *n; then, if *n > 0, the next one is
 * loaded. page_left must be 0. */
enum status pages_skip(struct pages *pages, int64_t *n, struct error *err) NODISCARD;
/* Goes to the page that an index names, past all before it, if a page with those rows and of that size is there; else nothing is
 * changed. To be called before anything is read. */
enum status pages_jump(struct pages *pages, const struct page_place *place, struct error *err) NODISCARD;
/* Moves behind the next data page, without its body; *n_values: how many it has, 0 at the end. */
enum status pages_measure(struct pages *pages, int64_t *n_values, struct error *err) NODISCARD;
/* Loads the dictionary if it is the next page; has_dictionary tells. */
enum status pages_load_dictionary(struct pages *pages, struct error *err) NODISCARD;
/* Walks the page headers from the chunk's start: are all data pages encoded by the dictionary? */
enum status pages_walk(struct pages *pages, bool *all_dictionary, struct error *err) NODISCARD;
/* Makes the next values available: to be called before pages->indices or pages->encoding are asked for any. */
enum status pages_start_values(struct pages *pages, struct error *err) NODISCARD;
/* How many of the next n rows' values are to be looked at together: n but of a page that is not held whole; at least 1. Before they are decoded, and when
 * nobody looks at the rows before any more. */
int64_t pages_fit(struct pages *pages, int64_t n);
/* Of a page that was not held whole, when all of its rows are decoded: is its rest what the header says? */
enum status pages_finish(struct pages *pages, struct error *err) NODISCARD;
/* A problem of the bytes of the current page. */
enum status pages_problem(const struct pages *pages, const char *problem, struct error *err) NODISCARD;

static inline uint32_t level_width(int16_t max) { return max > 0 ? 32 - (uint32_t)__builtin_clz((unsigned)max) : 0; }

/* Between pages.c and large.c: is it not to be held whole? Such a page, whose bytes are at `at` in the file; its dictionary; the end of it. */
bool pages_is_large(const struct pages *pages, const struct page_header *header);
enum status pages_load_large(struct pages *pages, const struct page_header *header, int64_t at, struct error *err) NODISCARD;
enum status pages_load_large_dictionary(struct pages *pages, const struct page_header *header, int64_t at, struct error *err) NODISCARD;
void pages_drop_large(struct pages *pages);
/* The n entries of a dictionary; `from` is NULL where `body` is all of it. */
enum status pages_decode_dictionary(struct pages *pages, struct span body, struct cursor *from, int64_t n, struct error *err) NODISCARD;
/* What failed in a cursor, at this page. */
enum status pages_failed(const struct pages *pages, const struct error *why, struct error *err) NODISCARD;

/* page_header.c */
struct thrift;
void page_header_read(struct thrift *t, struct page_header *header);

#endif
