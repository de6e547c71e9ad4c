/* expressions/set.c -- the values of `in`, ready to be looked up by the thousand.
 *
 * Numbers are sorted: a bitmap where they lie close together, else a binary search without branches. Texts are in a hash
 * table; one word of sizes sends most strangers away before they are compared. A few short ones, as codes of countries are, become
 * numbers in a table where no two meet: one multiplication and one comparison, whatever the text is.
 */
#include <stdlib.h>

#include "expressions/plan.h"
#include "kernels/kernels.h"

enum {
    BITS_MAX = 1 << 16,
    SHORT_BYTES = 7, /* and their number, in a word */
    SHORT_TEXTS_MAX = 128,
    SHORT_SLOT_BITS_MAX = 12,
    FACTORS = 64, /* tried of each size of table: for 128 texts the last one takes about one factor in eight */
};
static const uint64_t HASH_KEY = 0x9e3779b97f4a7c15u;

static int order_i64(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int order_u64(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int order_f64(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int order_i128(const void *a, const void *b)
{
    const int128 *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Puts the one value that the lane can hold at place n; false: it cannot. */
static bool take_exact(struct set *set, struct type type, const struct value *v, const struct time_zone *zone)
{
    struct range range;

    if (!range_from(type, COMPARE_EQ, v, zone, &range) || range.is_empty)
        return false;
    switch (set->lane) {
    case LANE_I64:
        set->i64[set->n++] = range.i64.low;
        return true;
    case LANE_U64:
        set->u64[set->n++] = range.u64.low;
        return true;
    case LANE_F64:
        set->f64[set->n++] = range.f64.low + 0.0; /* -0.0 becomes 0.0 */
        return true;
    default:
        set->i128[set->n++] = range.i128.low;
        return true;
    }
}

static void sort_unique(struct set *set, size_t width)
{
    static int (*const orders[])(const void *, const void *) = {
        [LANE_I64] = order_i64, [LANE_U64] = order_u64, [LANE_F64] = order_f64, [LANE_I128] = order_i128};
    const uint8_t *from;
    uint8_t *to;
    int32_t n = 0;

    if (set->n == 0)
        return;
    qsort(set->i64, (size_t)set->n, width, orders[set->lane]);
    from = to = (uint8_t *)set->i64;
    for (int32_t i = 0; i < set->n; i++)
        if (i == 0 || memcmp(to + (size_t)(n - 1) * width, from + (size_t)i * width, width) != 0)
            memmove(to + (size_t)n++ * width, from + (size_t)i * width, width);
    set->n = n;
}

static bool add_bits(struct arena *arena, struct set *set)
{
    uint64_t span;

    if (set->n < 4 || (set->lane != LANE_I64 && set->lane != LANE_U64))
        return true;
    span = set->u64[set->n - 1] - set->u64[0]; /* two's complement: right for both lanes */
    if (span >= BITS_MAX)
        return true;
    set->n_bits = (int64_t)span + 1;
    set->bits = arena_array(arena, BITMAP_WORDS(set->n_bits), sizeof *set->bits);
    if (!set->bits)
        return false;
    for (int32_t i = 0; i < set->n; i++)
        bit_set(set->bits, (int64_t)(set->u64[i] - set->u64[0]));
    return true;
}

static uint64_t hash_of(struct span s)
{
    uint64_t hash;

    kernels_get()->hash_bytes(&s, 1, HASH_KEY, &hash);
    return hash ? hash : 1;
}

static bool is_text(const struct value *v)
{
    return v->kind == VALUE_TEXT || v->kind == VALUE_BYTES || v->kind == VALUE_UUID;
}

/* --- short texts --- */

/* A text of at most SHORT_BYTES bytes as a number that no other has, never 0. Nothing behind its end is read. */
static inline uint64_t short_number(struct span s)
{
    uint64_t number = 0;
    uint32_t first, last;

    if (s.size >= 4) {
        memcpy(&first, s.at, 4);
        memcpy(&last, s.at + s.size - 4, 4);
        number = first | (uint64_t)last << (8 * (s.size - 4));
    } else if (s.size) {
        number = s.at[0] | (uint64_t)s.at[s.size / 2] << (8 * (s.size / 2)) | (uint64_t)s.at[s.size - 1] << (8 * (s.size - 1));
    }
    return number | (uint64_t)(s.size + 1) << 56;
}

/* false: two of the numbers meet. */
static bool place_numbers(const uint64_t *numbers, int32_t n, uint64_t factor, int shift, uint64_t *slots)
{
    memset(slots, 0, sizeof *slots << (64 - shift));
    for (int32_t i = 0; i < n; i++) {
        uint64_t *slot = &slots[(numbers[i] * factor) >> shift];

        if (*slot && *slot != numbers[i])
            return false;
        *slot = numbers[i];
    }
    return true;
}

/* Leaves set->numbers NULL where the texts are too many or too long, or meet whatever is tried. false: no memory. */
static bool build_short(struct arena *arena, struct set *set, const struct value *values, int32_t n)
{
    uint64_t numbers[SHORT_TEXTS_MAX], slots[1 << SHORT_SLOT_BITS_MAX], factor = HASH_KEY;
    int32_t n_texts = 0, bits = 3;

    for (int32_t i = 0; i < n; i++) {
        if (!is_text(&values[i]))
            continue;
        if (values[i].bytes.size > SHORT_BYTES || n_texts == SHORT_TEXTS_MAX)
            return true;
        numbers[n_texts++] = short_number(values[i].bytes);
    }
    while (1 << bits < 2 * n_texts)
        bits++;
    for (; bits <= SHORT_SLOT_BITS_MAX; bits++)
        for (int i = 0; i < FACTORS; i++, factor = (factor * HASH_KEY) | 1) {
            if (!place_numbers(numbers, n_texts, factor, 64 - bits, slots))
                continue;
            set->factor = factor;
            set->shift = 64 - bits;
            set->numbers = arena_array(arena, (size_t)1 << bits, sizeof *slots);
            if (set->numbers)
                memcpy(set->numbers, slots, sizeof *slots << bits);
            return set->numbers != NULL;
        }
    return true;
}

static void look_up_short(const struct set *set, const struct span *x, int64_t n, uint64_t *out)
{
    const uint64_t *numbers = set->numbers, factor = set->factor;
    int shift = set->shift;

    for (int64_t base = 0; base < n; base += 64) {
        int end = n - base < 64 ? (int)(n - base) : 64;
        uint64_t word = 0;

        for (int i = 0; i < end; i++) {
            struct span s = x[base + i];
            uint64_t number = s.size <= SHORT_BYTES ? short_number(s) : 1;

            word |= (uint64_t)(numbers[(number * factor) >> shift] == number) << i;
        }
        out[base / 64] = word;
    }
}

/* --- texts of any size --- */

static bool build_bytes(struct arena *arena, struct set *set, const struct value *values, int32_t n)
{
    uint64_t capacity = 8;

    if (!build_short(arena, set, values, n))
        return false;

    while (capacity < (uint64_t)n * 2)
        capacity *= 2;
    set->mask = capacity - 1;
    set->bytes = arena_array(arena, capacity, sizeof *set->bytes);
    set->hashes = arena_array(arena, capacity, sizeof *set->hashes);
    if (!set->bytes || !set->hashes)
        return false;
    for (int32_t i = 0; i < n; i++) {
        struct span s = values[i].bytes;
        uint64_t hash, at;

        if (!is_text(&values[i]))
            continue;
        hash = hash_of(s);
        at = hash & set->mask;
        while (set->hashes[at] && !(set->hashes[at] == hash && span_equal(set->bytes[at], s)))
            at = (at + 1) & set->mask;
        set->n += set->hashes[at] == 0;
        set->hashes[at] = hash;
        set->bytes[at] = s;
        set->sizes |= (uint64_t)1 << (s.size & 63);
    }
    return true;
}

bool set_build(struct arena *arena, struct type type, const struct value *values, int32_t n, const struct time_zone *zone,
               struct set *out)
{
    size_t width;

    *out = (struct set){.lane = type_lane(type)};
    if (out->lane == LANE_BYTES)
        return build_bytes(arena, out, values, n);
    width = lane_width(out->lane);
    out->i64 = arena_array(arena, (size_t)n + 1, width);
    if (!out->i64)
        return false;
    for (int32_t i = 0; i < n; i++)
        take_exact(out, type, &values[i], zone);
    sort_unique(out, width);
    return add_bits(arena, out);
}

/* Is x among the n sorted values? The loop has no branch that depends on them. */
#define SEARCH(name, type)                                                                                                  \
    static bool name(const type *sorted, int32_t n, type x)                                                                 \
    {                                                                                                                       \
        const type *base = sorted;                                                                                          \
                                                                                                                            \
        while (n > 1) {                                                                                                     \
            int32_t half = n / 2;                                                                                           \
                                                                                                                            \
            base = base[half] <= x ? base + half : base;                                                                    \
            n -= half;                                                                                                      \
        }                                                                                                                   \
        return n == 1 && *base == x;                                                                                        \
    }
SEARCH(search_i64, int64_t)
SEARCH(search_u64, uint64_t)
SEARCH(search_f64, double)
SEARCH(search_i128, int128)

static bool in_bits(const struct set *set, uint64_t x)
{
    uint64_t at = x - set->u64[0];

    return at < (uint64_t)set->n_bits && bit_get(set->bits, (int64_t)at);
}

static bool in_table(const struct set *set, struct span s, uint64_t hash)
{
    uint64_t at;

    if (!((set->sizes >> (s.size & 63)) & 1))
        return false;
    hash = hash ? hash : 1;
    for (at = hash & set->mask; set->hashes[at]; at = (at + 1) & set->mask)
        if (set->hashes[at] == hash && span_equal(set->bytes[at], s))
            return true;
    return false;
}

void set_lookup(const struct set *set, const struct vector *v, int64_t n, uint64_t *hashes, uint64_t *out)
{
    memset(out, 0, BITMAP_WORDS(n) * sizeof *out);
    if (set->n == 0)
        return;
    switch (set->lane) {
    case LANE_I64: case LANE_U64:
        for (int64_t i = 0; i < n; i++) {
            bool found = set->bits               ? in_bits(set, v->u64[i])
                         : set->lane == LANE_I64 ? search_i64(set->i64, set->n, v->i64[i])
                                                 : search_u64(set->u64, set->n, v->u64[i]);
            out[i >> 6] |= (uint64_t)found << (i & 63);
        }
        break;
    case LANE_F64:
        for (int64_t i = 0; i < n; i++)
            out[i >> 6] |= (uint64_t)search_f64(set->f64, set->n, v->f64[i]) << (i & 63);
        break;
    case LANE_I128:
        for (int64_t i = 0; i < n; i++)
            out[i >> 6] |= (uint64_t)search_i128(set->i128, set->n, v->i128[i]) << (i & 63);
        break;
    default:
        if (set->numbers) {
            look_up_short(set, v->bytes, n, out);
            break;
        }
        kernels_get()->hash_bytes(v->bytes, n, HASH_KEY, hashes);
        for (int64_t i = 0; i < n; i++)
            out[i >> 6] |= (uint64_t)in_table(set, v->bytes[i], hashes[i]) << (i & 63);
    }
}
