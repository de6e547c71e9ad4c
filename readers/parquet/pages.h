/* readers/parquet/pages.h -- the pages of one column chunk, one after the other.
 *
 * Bytes are read in windows of a megabyte (larger where a page is), never by a size that was not checked against what
 * is left of the chunk; where only nulls are wanted in smaller windows, and of a page no more than its levels need. A page's body is unpacked into a buffer that the next page reuses; a page without compression is looked at in
 * the window. So what a page delivers is good until the next one is loaded; the dictionary's entries are
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
/* A problem of the bytes of the current page. */
enum status pages_problem(const struct pages *pages, const char *problem, struct error *err) NODISCARD;

/* page_header.c */
struct thrift;
void page_header_read(struct thrift *t, struct page_header *header);

#endif
