/* stats/tally.h -- how often each value occurs: an open-addressing table from values to counts.
 *
 * Values are exact up to 256 bytes; a longer text or binary is told apart by its length, its first 260 bytes and 128 bits of
 * xxh3 (expected wrong merges among n such values: n^2 / 2^129). -0.0 = 0.0 and NaN = NaN. Null and the raw text of
 * malformed cells are kinds of their own. A tally with a limit is dropped as soon as it has more distinct values: that is a
 * property of the union, so it is the same for every split.
 */
#ifndef STATS_TALLY_H
#define STATS_TALLY_H

#include "stats/selection.h"

enum { TALLY_PREFIX = 260 };

enum tally_tag { TALLY_NULL = 1, TALLY_VALUE, TALLY_RAW /* text of a malformed cell */, TALLY_UNKNOWN /* not read */ };

struct tally_key {
    uint64_t hash;
    uint64_t low, high; /* the value of a fixed-width lane; of bytes their 128-bit hash */
    struct span bytes;
    uint8_t tag;
    bool is_bytes;
};

struct tally_entry {
    uint64_t hash;
    int64_t count; /* 0: the slot is free */
    uint64_t low, high;
    const uint8_t *bytes; /* first TALLY_PREFIX of them, in the arena; NULL: fixed width */
    uint64_t size;
    uint8_t tag;
};

struct tally {
    struct memory *memory;
    struct arena arena;
    struct type type;
    enum lane lane;
    size_t limit; /* most distinct values; 0: none */
    struct tally_entry *slots;
    size_t capacity; /* a power of 2, or 0 */
    size_t n;
    bool is_over;
    uint32_t *histogram; /* of dictionary entries, scratch */
    size_t histogram_capacity;
};

void tally_init(struct tally *t, struct memory *memory, struct type type, size_t limit);
struct tally_key tally_key_null(void);
struct tally_key tally_key_cell(const struct vector *v, int64_t row);  /* borrows the cell's bytes */
struct tally_key tally_key_bytes(enum tally_tag tag, struct span bytes);
enum status tally_add(struct tally *t, const struct tally_key *key, int64_t count, struct error *err) NODISCARD;
int64_t tally_find(const struct tally *t, const struct tally_key *key); /* its count; 0 if absent */
/* The count of the key with these members, found without its bytes. */
int64_t tally_find_hashed(const struct tally *t, uint8_t tag, uint64_t low, uint64_t high);
/* An entry as a value of the tally's type; its bytes are borrowed, and cut at TALLY_PREFIX. */
struct value tally_value(const struct tally *t, const struct tally_entry *e);
/* Each row of `rows`; a dictionary by its histogram where that pays. */
enum status tally_add_vector(struct tally *t, const struct vector *v, const uint64_t *rows, struct error *err) NODISCARD;
enum status tally_merge(struct tally *into, const struct tally *from, struct error *err) NODISCARD;
/* Entries with at least `least`, count descending, then value ascending; limit 0: all. false: no memory. */
bool tally_top(const struct tally *t, struct arena *arena, int32_t limit, int64_t least, const struct top_value **out, int32_t *n);
/* One canonical form for equal contents. */
enum status tally_pack(const struct tally *t, struct buffer *out, struct error *err) NODISCARD;
enum status tally_unpack(struct tally *t, struct span bytes, struct error *err) NODISCARD;
void tally_done(struct tally *t);

/* Of a `frequencies` state. */
const struct tally *frequencies_tally(const void *state);

#endif
