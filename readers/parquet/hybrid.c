/* readers/parquet/hybrid.c -- runs of the RLE / bit-packing hybrid.
 *
 *     run    := varint header, then
 *               header & 1: (header >> 1) groups of 8 values, width bytes each, least significant bit first
 *               else:       (header >> 1) times one value in ceil(width / 8) bytes, little endian
 *
 * A packed run may hold more values than the page has (padding of the last group of eight), and some writers cut that padding
 * off: a run holds what its bytes hold, and it is the reader's count of values that decides what is missing.
 */
#include "readers/parquet/hybrid.h"

#include "kernels/kernels.h"
#include "readers/parquet/cursor.h"
#include "readers/parquet/thrift.h"

void hybrid_start(struct hybrid *h, struct span in, uint32_t width)
{
    *h = (struct hybrid){.in = in, .width = width, .is_zero = width == 0};
}

void hybrid_start_legacy(struct hybrid *h, struct span in, uint32_t width, int64_t n)
{
    *h = (struct hybrid){.packed = in, .width = width, .is_zero = width == 0, .is_packed = true, .is_msb_first = true};
    h->run_left = width ? (int64_t)(in.size * 8 / width) : n;
    if (h->run_left > n)
        h->run_left = n;
}

void hybrid_start_from(struct hybrid *h, struct cursor *from, struct span in, uint32_t width)
{
    *h = (struct hybrid){.in = in, .width = width, .is_zero = width == 0, .from = from};
}

/* Whole groups of eight: the values behind the n-th are not asked for. */
void hybrid_start_legacy_from(struct hybrid *h, struct cursor *from, struct span in, uint32_t width, int64_t n)
{
    *h = (struct hybrid){.in = in, .width = width, .is_zero = width == 0, .from = from, .is_packed = true, .is_msb_first = true,
                         .groups_left = ((uint64_t)n + 7) / 8};
}

void hybrid_wants_runs(struct hybrid *h)
{
    h->is_zero = h->width == 0 && h->in.size == 0 && (!h->from || h->from->left == 0);
}

static bool fail(struct hybrid *h, const char *problem)
{
    h->problem = problem;
    return false;
}

static bool start_packed(struct hybrid *h, uint64_t groups)
{
    const uint64_t most = (uint64_t)1 << 40; /* groups * 8 * 32 bits stay far from overflow */
    size_t bytes;

    if (groups > most)
        groups = most;
    bytes = (size_t)(groups * h->width);
    h->is_packed = true;
    h->bit = 0;
    h->run_left = (int64_t)(groups * 8);
    if (h->from && h->width > 0 && h->from->left > 0 && groups > h->in.size / h->width) { /* as much as is in view: a group at least, see `more` */
        h->groups_left = groups - h->in.size / h->width;
        h->run_left = (int64_t)((groups - h->groups_left) * 8);
        bytes = (size_t)((groups - h->groups_left) * h->width);
    }
    if (bytes > h->in.size) {
        bytes = h->in.size;
        h->run_left = (int64_t)(bytes * 8 / h->width);
    }
    return span_take(&h->in, bytes, &h->packed);
}

static bool start_repeated(struct hybrid *h, uint64_t count)
{
    struct span bytes;
    uint64_t value = 0;

    if (!span_take(&h->in, (h->width + 7) / 8, &bytes))
        return fail(h, "a run ends before its value");
    for (size_t i = 0; i < bytes.size; i++)
        value |= (uint64_t)bytes.at[i] << (8 * i);
    if (value >> h->width)
        return fail(h, "a run's value needs more bits than declared");
    h->is_packed = false;
    h->value = (uint32_t)value;
    h->run_left = count > INT64_MAX ? INT64_MAX : (int64_t)count;
    return true;
}

/* Groups of no bytes are a run of zeros. */
static bool start_run(struct hybrid *h, bool is_packed, uint64_t count)
{
    if (!is_packed)
        return start_repeated(h, count);
    if (h->width == 0)
        return start_repeated(h, count > INT64_MAX / 8 ? INT64_MAX : count * 8);
    return start_packed(h, count);
}

/* Nothing points into the view between two runs. It is to hold a head and a value, or a group. */
static bool more(struct hybrid *h, bool *is_packed_on)
{
    enum { HEAD = 10 + 4 };
    const char *problem = cursor_more(h->from, &h->in, HEAD > h->width ? HEAD : h->width);
    uint64_t groups = h->groups_left;

    *is_packed_on = groups > 0;
    if (problem)
        return fail(h, problem);
    h->groups_left = 0;
    return groups == 0 || start_packed(h, groups);
}

bool hybrid_run(struct hybrid *h)
{
    while (h->run_left == 0) {
        uint64_t head;
        bool is_packed_on = false;

        if (h->from && !more(h, &is_packed_on))
            return false;
        if (is_packed_on && h->run_left > 0)
            return true;
        if (h->in.size == 0)
            return fail(h, "fewer values than declared");
        if (!varint_take(&h->in, &head))
            return fail(h, "a run's length is broken");
        if (!start_run(h, head & 1, head >> 1))
            return false;
    }
    return true;
}

bool hybrid_is_constant(struct hybrid *h, int64_t n, uint32_t *value)
{
    if (h->is_zero) {
        *value = 0;
        return true;
    }
    if (n == 0 || !hybrid_run(h) || h->is_packed || h->run_left < n)
        return false;
    *value = h->value;
    return true;
}

static void run_advance(struct hybrid *h, int64_t n)
{
    h->run_left -= n;
    h->bit += (uint64_t)n * h->width;
}

bool hybrid_skip(struct hybrid *h, int64_t n)
{
    while (n > 0 && !h->is_zero) {
        int64_t part;

        if (!hybrid_run(h))
            return false;
        part = n < h->run_left ? n : h->run_left;
        run_advance(h, part);
        n -= part;
    }
    return true;
}

uint64_t bits_get(struct span in, uint64_t bit, uint32_t width)
{
    uint64_t x = 0;

    for (uint32_t have = 0; have < width;) {
        size_t byte = (size_t)(bit >> 3);
        uint32_t shift = (uint32_t)(bit & 7), part = 8 - shift;

        if (byte >= in.size)
            break;
        if (part > width - have)
            part = width - have;
        x |= (uint64_t)((in.at[byte] >> shift) & ((1u << part) - 1)) << have;
        have += part;
        bit += part;
    }
    return x;
}

/* Legacy levels: "packed from the most significant bit of each byte" (Encodings.md, BIT_PACKED). */
static uint32_t bits_get_msb(struct span in, uint64_t bit, uint32_t width)
{
    uint32_t x = 0;

    for (uint32_t i = 0; i < width; i++, bit++)
        x = x << 1 | ((in.at[bit >> 3] >> (7 - (bit & 7))) & 1u);
    return x;
}

/* Returns the largest. */
static uint32_t run_unpack(struct hybrid *h, uint32_t *out, int64_t n)
{
    uint32_t most = 0;

    if (!h->is_packed) {
        for (int64_t i = 0; i < n; i++)
            out[i] = h->value;
        most = n > 0 ? h->value : 0;
    } else if (h->is_msb_first) {
        for (int64_t i = 0; i < n; i++) {
            out[i] = bits_get_msb(h->packed, h->bit + (uint64_t)i * h->width, h->width);
            most = out[i] > most ? out[i] : most;
        }
    } else {
        most = kernels_get()->unpack_u32(h->packed.at, h->packed.size, h->bit, h->width, out, n);
    }
    run_advance(h, n);
    return most;
}

bool hybrid_read(struct hybrid *h, uint32_t *out, int64_t n, uint32_t *max)
{
    if (h->is_zero) {
        memset(out, 0, (size_t)n * sizeof *out);
        return true;
    }
    while (n > 0) {
        uint32_t most;
        int64_t part;

        if (!hybrid_run(h))
            return false;
        part = n < h->run_left ? n : h->run_left;
        most = run_unpack(h, out, part);
        *max = most > *max ? most : *max;
        out += part;
        n -= part;
    }
    return true;
}

static void set_range(uint64_t *map, int64_t at, int64_t n)
{
    while (n > 0) {
        int64_t offset = at & 63, part = 64 - offset < n ? 64 - offset : n;
        uint64_t ones = part == 64 ? ~(uint64_t)0 : ((uint64_t)1 << part) - 1;

        map[at >> 6] |= ones << offset;
        at += part;
        n -= part;
    }
}

/* Levels of one bit are the bitmap already: copied by up to 56 bits, the least that one 8-byte load surely holds. */
static int64_t copy_bits(struct hybrid *h, uint64_t *map, int64_t at, int64_t n)
{
    int64_t n_set = 0;

    while (n > 0) {
        int64_t offset = at & 63, part = 64 - offset < n ? 64 - offset : n;
        size_t byte = (size_t)(h->bit >> 3);
        uint64_t x;

        if (part > 56)
            part = 56;
        if (h->packed.size >= 8 && byte <= h->packed.size - 8) {
            memcpy(&x, h->packed.at + byte, sizeof x);
            x = (x >> (h->bit & 7)) & (((uint64_t)1 << part) - 1);
        } else {
            x = bits_get(h->packed, h->bit, (uint32_t)part);
        }
        map[at >> 6] |= x << offset;
        n_set += __builtin_popcountll(x);
        run_advance(h, part);
        at += part;
        n -= part;
    }
    return n_set;
}

static bool compare_levels(struct hybrid *h, uint32_t max, uint64_t *map, int64_t at, int64_t n, int64_t *n_set)
{
    enum { BLOCK = 512 };
    uint32_t levels[BLOCK];

    while (n > 0) {
        int64_t part = n < BLOCK ? n : BLOCK;

        (void)run_unpack(h, levels, part);
        for (int64_t i = 0; i < part; i++) {
            if (levels[i] > max)
                return fail(h, "a definition level is above its maximum");
            if (levels[i] == max) {
                bit_set(map, at + i);
                ++*n_set;
            }
        }
        at += part;
        n -= part;
    }
    return true;
}

bool hybrid_levels(struct hybrid *h, int64_t n, uint32_t max, uint64_t *map, int64_t *n_set)
{
    int64_t at = 0;

    *n_set = 0;
    while (at < n) {
        int64_t part;

        if (!hybrid_run(h))
            return false;
        part = n - at < h->run_left ? n - at : h->run_left;
        if (!h->is_packed) {
            if (h->value > max)
                return fail(h, "a definition level is above its maximum");
            if (h->value == max) {
                set_range(map, at, part);
                *n_set += part;
            }
            run_advance(h, part);
        } else if (h->width == 1 && !h->is_msb_first) {
            *n_set += copy_bits(h, map, at, part);
        } else if (!compare_levels(h, max, map, at, part, n_set)) {
            return false;
        }
        at += part;
    }
    return true;
}
