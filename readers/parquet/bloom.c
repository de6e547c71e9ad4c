/* readers/parquet/bloom.c -- is a value certainly not in a column chunk? What the chunk's Bloom filter says.
 *
 *     BloomFilterHeader (Thrift, compact) | bitset: blocks of 32 bytes, each eight words of 32 bits, little-endian
 *
 * A value's hash is xxHash64, seed 0, of its bytes in PLAIN encoding (byte arrays without their length). The upper half of the hash chooses
 * the block, the lower half one bit in each of the block's words; where one of these is not set, the value was never put in
 * (parquet-format: BloomFilter.md, "split block Bloom filters"). So of a filter that may have megabytes 32 bytes are read for each value that
 * is asked about, and nothing is kept.
 *
 * A filter of a wrong kind would lose values that are there, so it has to earn belief: the writer is listed for it (writers.tab), its size is
 * what header and footer say, it lies in the file, and it knows the chunk's own least and greatest value where statistics show them. (Writers
 * were known to hash one or two bytes of numbers of 8 and 16 bits: datafusion#9779.) Whatever is wrong or cannot be read, the
 * value may be there.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "readers/parquet/file.h"
#include "readers/parquet/thrift.h"

enum {
    HEADER_MOST = 256,           /* bytes; what writers write has some 15 */
    BLOCK = 32,
    BITSET_MOST = 128 << 20,     /* the most that parquet-java writes */
    MEMBER = 1,                  /* the one that each of the header's unions has: SplitBlockAlgorithm, XxHash, Uncompressed */
};

struct filter { const struct parquet_file *file; int64_t at; uint32_t n_blocks; };

/* --- the header --- */

static int32_t read_union(struct thrift *t, const struct thrift_field *field)
{
    struct thrift_field f = {0};
    int32_t member = 0;

    if (!thrift_struct(t, field))
        return 0;
    while (thrift_next(t, &f)) {
        member = f.type == THRIFT_STRUCT && member == 0 ? f.id : -1;
        thrift_skip(t, f.type);
    }
    return member;
}

bool bloom_header_read(struct thrift *t, int32_t *n_bytes)
{
    struct thrift_field f = {0};
    int32_t algorithm = 0, hash = 0, compression = 0;

    *n_bytes = 0;
    while (thrift_next(t, &f)) {
        switch (f.id) {
        case 1: (void)thrift_i32(t, &f, n_bytes); break;
        case 2: algorithm = read_union(t, &f); break;
        case 3: hash = read_union(t, &f); break;
        case 4: compression = read_union(t, &f); break;
        default: thrift_skip(t, f.type);
        }
    }
    return !t->problem && algorithm == MEMBER && hash == MEMBER && compression == MEMBER && *n_bytes >= BLOCK && *n_bytes <= BITSET_MOST &&
           *n_bytes % BLOCK == 0;
}

static bool filter_open(const struct parquet_file *file, const struct column_chunk *chunk, struct filter *out)
{
    struct error ignored = ERROR_NONE;
    uint8_t bytes[HEADER_MOST];
    int64_t left = file->footer_at - chunk->bloom_at, size;
    struct thrift t;
    int32_t n_bytes;

    if (chunk->bloom_at < PARQUET_MAGIC_SIZE || left < BLOCK)
        return false;
    size = left < HEADER_MOST ? left : HEADER_MOST;
    if (source_read(file->table.source, chunk->bloom_at, bytes, (size_t)size, &ignored) != STATUS_OK)
        return false;
    thrift_start(&t, span_of(bytes, (size_t)size));
    if (!bloom_header_read(&t, &n_bytes))
        return false;
    size = (int64_t)thrift_position(&t) + n_bytes;
    *out = (struct filter){file, chunk->bloom_at + (int64_t)thrift_position(&t), (uint32_t)n_bytes / BLOCK};
    return size <= left && (chunk->bloom_size == 0 || size == chunk->bloom_size);
}

/* --- the bitset --- */

/* The salts of BloomFilter.md. */
static const uint32_t salt[8] = {0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31};

static bool filter_may_hold(const struct filter *filter, struct span value)
{
    struct error ignored = ERROR_NONE;
    uint64_t hash = XXH64(value.at, value.size, 0);
    int64_t block = (int64_t)(((hash >> 32) * filter->n_blocks) >> 32);
    uint8_t words[BLOCK];

    if (source_read(filter->file->table.source, filter->at + block * BLOCK, words, BLOCK, &ignored) != STATUS_OK)
        return true;
    for (int i = 0; i < 8; i++) {
        uint32_t bit = ((uint32_t)hash * salt[i]) >> 27;

        if (!(words[4 * i + (int)(bit >> 3)] >> (bit & 7) & 1))
            return false;
    }
    return true;
}

/* --- values --- */

/* A value of the lane as it stands in pages, so that its bytes are what was hashed: whole numbers and bytes that are kept as they are. false: of
 * other types nothing is told. */
static bool plain_bytes(const struct leaf *leaf, struct type type, const void *value, uint8_t room[8], struct span *out)
{
    enum lane lane = type_lane(type);
    int128 back = 0;

    if (type.kind == TYPE_STRING || type.kind == TYPE_BINARY || type.kind == TYPE_UUID) {
        *out = *(const struct span *)value;
        return leaf->physical == PHYSICAL_BYTE_ARRAY || (leaf->physical == PHYSICAL_FIXED && out->size == (size_t)leaf->fixed_width);
    }
    if ((leaf->physical != PHYSICAL_INT32 && leaf->physical != PHYSICAL_INT64) || (lane != LANE_I64 && lane != LANE_U64 && lane != LANE_I128) ||
        leaf->refused || !leaf->convert)
        return false;
    memcpy(room, value, 8); /* little-endian: the lower half of a wider number */
    *out = span_of(room, (size_t)leaf->fixed_width);
    return leaf->convert(leaf, (struct raw){.fixed = room}, 1, &back) == NULL && memcmp(&back, value, lane_width(lane)) == 0;
}

/* Does it know what statistics show to be there? */
static bool knows_its_own(const struct filter *filter, const struct parquet_file *file, int32_t unit, int32_t column)
{
    struct span shown[2];
    int n = summary_shown_values(file, unit, column, shown);

    for (int i = 0; i < n; i++)
        if (!filter_may_hold(filter, shown[i]))
            return false;
    return true;
}

bool parquet_may_hold(struct table *table, int32_t unit, int32_t column, const void *value)
{
    const struct parquet_file *file = (const struct parquet_file *)table;
    uint8_t room[8];
    struct filter filter;
    struct span bytes;

    return !bloom_is_believed(file, unit, column) || !plain_bytes(&file->leaves[column], table->schema.columns[column].type, value, room, &bytes) ||
           !filter_open(file, &file->row_groups[unit].chunks[column], &filter) || filter_may_hold(&filter, bytes) ||
           !knows_its_own(&filter, file, unit, column);
}

bool bloom_is_believed(const struct parquet_file *file, int32_t unit, int32_t column)
{
    const struct column_chunk *chunk = &file->row_groups[unit].chunks[column];

    return chunk->bloom_at > 0 && (file->writer.flags & TRUST_BLOOM) && !chunk->is_elsewhere && !chunk->is_encrypted &&
           file->leaves[column].max_rep == 0;
}
