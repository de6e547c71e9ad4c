/* readers/storage/frames.c -- see frames.h. */
#include "readers/storage/frames.h"

#include <libdeflate.h>

#include "readers/storage/stream.h"

enum {
    BGZF_HEADER = 18, GZIP_TRAILER = 8, BGZF_TEXT_MAX = 1 << 16,
    ZSTD_MAGIC_SIZE = 4, ZSTD_HEADER_MAX = 18, ZSTD_BLOCK_HEADER = 3, ZSTD_CHECKSUM = 4, SKIPPABLE_HEADER = 8,
};

static uint64_t little(const uint8_t *at, size_t n)
{
    uint64_t x = 0;

    for (size_t i = 0; i < n; i++)
        x |= (uint64_t)at[i] << (8 * i);
    return x;
}

/* One piece: from where it begins to where the next one does. */
struct piece { int64_t packed, text; bool is_good; };

/* Up to `size` bytes; *got fewer at the end of the file. */
static enum status look(struct source *s, int64_t at, uint8_t *into, size_t size, size_t *got, struct error *err)
{
    *got = s->size - at < (int64_t)size ? (size_t)(s->size - at) : size;
    return *got ? source_read(s, at, into, *got, err) : STATUS_OK;
}

static enum status bgzf_piece(struct source *s, int64_t at, struct piece *out, struct error *err)
{
    static const uint8_t fixed[] = {0x1f, 0x8b, 8, 4}, extra[] = {6, 0, 'B', 'C', 2, 0};
    uint8_t head[BGZF_HEADER], text_size[4];
    size_t n;

    out->is_good = false;
    TRY(look(s, at, head, sizeof head, &n, err));
    if (n < sizeof head || memcmp(head, fixed, sizeof fixed) != 0 || memcmp(head + 10, extra, sizeof extra) != 0)
        return STATUS_OK;
    out->packed = (int64_t)little(head + 16, 2) + 1;
    if (out->packed < BGZF_HEADER + GZIP_TRAILER || out->packed > s->size - at)
        return STATUS_OK;
    TRY(source_read(s, at + out->packed - (int64_t)sizeof text_size, text_size, sizeof text_size, err));
    out->text = (int64_t)little(text_size, sizeof text_size);
    out->is_good = out->text <= BGZF_TEXT_MAX;
    return STATUS_OK;
}

/* The size of a frame's header, and of its text: 0 where it does not say. */
static size_t zstd_header(const uint8_t *head, size_t n, int64_t *text)
{
    static const uint8_t id_sizes[] = {0, 1, 2, 4}, text_sizes[] = {0, 2, 4, 8};
    bool is_single = head[ZSTD_MAGIC_SIZE] & 0x20;
    size_t id = id_sizes[head[ZSTD_MAGIC_SIZE] & 3], width = text_sizes[head[ZSTD_MAGIC_SIZE] >> 6];
    size_t at = ZSTD_MAGIC_SIZE + 1 + !is_single + id;
    uint64_t size;

    width += width == 0 && is_single;
    if (width == 0 || id != 0 || at + width > n)
        return 0;
    size = little(head + at, width) + (width == 2 ? 256 : 0);
    if (size > FRAMES_PART_MAX)
        return 0;
    *text = (int64_t)size;
    return at + width;
}

static enum status zstd_piece(struct source *s, int64_t at, struct piece *out, struct error *err)
{
    uint8_t head[ZSTD_HEADER_MAX], block[ZSTD_BLOCK_HEADER];
    bool is_last = false;
    int64_t end = at;
    size_t n;

    *out = (struct piece){0};
    TRY(look(s, at, head, sizeof head, &n, err));
    if (n < SKIPPABLE_HEADER)
        return STATUS_OK;
    if ((little(head, 4) & 0xfffffff0) == 0x184d2a50) {
        out->packed = SKIPPABLE_HEADER + (int64_t)little(head + 4, 4);
        out->is_good = out->packed <= s->size - at;
        return STATUS_OK;
    }
    n = little(head, 4) == 0xfd2fb528 ? zstd_header(head, n, &out->text) : 0;
    if (n == 0)
        return STATUS_OK;
    for (end += (int64_t)n; !is_last; end += ZSTD_BLOCK_HEADER) {
        if (s->size - end < ZSTD_BLOCK_HEADER)
            return STATUS_OK;
        TRY(source_read(s, end, block, sizeof block, err));
        is_last = block[0] & 1;
        end += (block[0] >> 1 & 3) == 1 ? 1 : (int64_t)(little(block, 3) >> 3); /* a block of one byte many times is one byte */
    }
    end += head[ZSTD_MAGIC_SIZE] & 4 ? ZSTD_CHECKSUM : 0;
    out->packed = end - at;
    out->is_good = end <= s->size;
    return STATUS_OK;
}

/* Joins a piece to the part at hand, which is closed where it has enough. false: no memory. */
static bool take_piece(struct frames *f, size_t *capacity, int64_t least, struct frame_place *now, const struct piece *piece)
{
    void *parts = f->parts;

    if (f->n == 0 || now->text - f->parts[f->n - 1].text >= least) {
        if (!mem_grow(f->memory, &parts, capacity, f->n + 2, sizeof *f->parts))
            return false;
        f->parts = parts;
        if (piece->text || f->n == 0) /* the empty member at the end of every file of bgzip is no part */
            f->parts[f->n++] = *now;
    }
    now->packed += piece->packed;
    now->text += piece->text;
    f->parts[f->n] = *now;
    return true;
}

static enum status find(struct frames *f, struct source *source, enum packing packing, int64_t least, struct error *err)
{
    struct frame_place now = {0, 0};
    size_t capacity = 0;

    while (now.packed < source->size) {
        struct piece piece = {0};

        TRY(packing == PACKING_GZIP ? bgzf_piece(source, now.packed, &piece, err) : zstd_piece(source, now.packed, &piece, err));
        if (!piece.is_good) {
            f->n = 0;
            return STATUS_OK;
        }
        if (!take_piece(f, &capacity, least, &now, &piece))
            return memory_error(f->memory, "the parts of a packed file", err);
    }
    return STATUS_OK;
}

enum status frames_find(struct frames *f, struct source *source, int64_t least, struct memory *memory, struct error *err)
{
    uint8_t head[4];
    enum packing packing;
    size_t n;

    *f = (struct frames){.memory = memory};
    TRY(look(source, 0, head, sizeof head, &n, err));
    packing = packing_of(span_of(head, n));
    f->is_gzip = packing == PACKING_GZIP;
    if (packing != PACKING_NONE)
        TRY(find(f, source, packing, least, err));
    if (f->n < 2)
        frames_done(f);
    return STATUS_OK;
}

void frames_done(struct frames *f)
{
    mem_free(f->memory, f->parts);
    *f = (struct frames){.memory = f->memory};
}

/* Members behind each other that make exactly that text: libdeflate is twice as fast as zlib, and wants to know how much it will be. */
static bool inflate_members(struct libdeflate_decompressor *inflater, struct span packed, uint8_t *into, size_t size)
{
    while (packed.size) {
        size_t used = 0, made = 0;

        if (libdeflate_gzip_decompress_ex(inflater, packed.at, packed.size, into, size, &used, &made) != LIBDEFLATE_SUCCESS || used == 0)
            return false;
        packed = span_of(packed.at + used, packed.size - used);
        into += made;
        size -= made;
    }
    return size == 0;
}

enum status frames_unpack(const struct frames *f, size_t part, struct source *source, struct frames_room *room, uint8_t *into, bool *done,
                          struct error *err)
{
    const struct frame_place *from = &f->parts[part], *to = from + 1;
    size_t size = (size_t)(to->packed - from->packed);
    void *packed = room->packed;

    *done = false;
    if (!f->is_gzip)
        return STATUS_OK;
    if (!room->inflater)
        room->inflater = libdeflate_alloc_decompressor();
    if (!room->inflater || !mem_grow(room->memory, &packed, &room->capacity, size, 1))
        return memory_error(room->memory, "unpacking", err);
    room->packed = packed;
    TRY(source_read(source, from->packed, room->packed, size, err));
    *done = inflate_members(room->inflater, span_of(room->packed, size), into, (size_t)(to->text - from->text));
    return STATUS_OK;
}

void frames_room_done(struct frames_room *room)
{
    if (room->inflater)
        libdeflate_free_decompressor(room->inflater);
    mem_free(room->memory, room->packed);
    *room = (struct frames_room){.memory = room->memory};
}
