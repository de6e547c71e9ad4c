/* stats/texts.c -- how texts look: how long they are, and the patterns that they are made of.
 *
 * The shape of a text has 'a' for each run of small letters, 'A' for one of capitals, '9' for one of digits, one blank for a run of blanks,
 * any other ASCII byte as it is and one '*' for a run of bytes beyond ASCII: "user.17@shop.example" is "a.9@a.a". It is cut at
 * SHAPE_BYTES. Exact up to SHAPES_MAX shapes of the union, with more only that there are more. Null and malformed cells are no values;
 * the empty text has the empty shape. Lengths are in code points (of binary: bytes). Merges by addition and comparing.
 */
#include "core/utf8.h"
#include "stats/tally.h"

enum { SHAPE_BYTES = 64, SHAPES_MAX = 4096 };

struct texts {
    struct moments_counts counts;
    int64_t lengths[3]; /* shortest, longest, sum; shortest INT64_MAX: no values */
    bool is_binary;
    struct tally tally;
    struct buffer packed;
};

static const struct field fields[] = {
    COUNTS_FIELDS(struct texts, counts),
    {.name = "lengths", .type = FIELD_I64, .offset = offsetof(struct texts, lengths), .count = 3, .doc = "shortest, longest, sum"},
    {.name = "tally", .type = FIELD_BLOB, .offset = offsetof(struct texts, packed), .doc = "shapes and their counts"},
    {0},
};

static enum status init(void *state, const struct metric_setup *setup, struct error *err)
{
    struct texts *s = state;
    struct type text = {.kind = TYPE_STRING};

    (void)err;
    memset(s, 0, sizeof *s);
    s->lengths[0] = INT64_MAX;
    s->is_binary = setup->types[0].kind == TYPE_BINARY;
    tally_init(&s->tally, setup->memory, text, SHAPES_MAX);
    s->packed.memory = setup->memory;
    return STATUS_OK;
}

static uint8_t class_of(uint8_t c)
{
    if (c >= 'a' && c <= 'z')
        return 'a';
    if (c >= 'A' && c <= 'Z')
        return 'A';
    if (c >= '0' && c <= '9')
        return '9';
    return c < 128 ? c : '*';
}

/* Returns the size of the shape. */
static size_t shape_of(struct span s, uint8_t out[SHAPE_BYTES])
{
    size_t n = 0;

    for (size_t i = 0; i < s.size && n < SHAPE_BYTES; i++) {
        uint8_t c = class_of(s.at[i]);
        bool runs = c == 'a' || c == 'A' || c == '9' || c == '*' || c == ' ';

        if (!runs || n == 0 || out[n - 1] != c)
            out[n++] = c;
    }
    return n;
}

static enum status add_one(struct texts *s, struct span text, int64_t times, struct error *err)
{
    int64_t length = s->is_binary ? (int64_t)text.size : utf8_length(text);
    uint8_t shape[SHAPE_BYTES];
    struct tally_key key = tally_key_bytes(TALLY_VALUE, span_of(shape, shape_of(text, shape)));

    s->lengths[0] = length < s->lengths[0] ? length : s->lengths[0];
    s->lengths[1] = length > s->lengths[1] ? length : s->lengths[1];
    s->lengths[2] += length * times;
    return s->tally.is_over ? STATUS_OK : tally_add(&s->tally, &key, times, err);
}

static enum status add(void *state, const struct metric_input *in, struct error *err)
{
    struct texts *s = state;
    const struct vector *v = in->columns[0];
    struct selection selected;

    TRY(selection_make(&selected, in, err));
    counts_add(&s->counts, &selected.counts);
    if (v->lane != LANE_BYTES)
        return STATUS_OK;
    FOR_EACH_BIT(i, selected.values, in->n_rows)
        TRY(add_one(s, v->bytes[vector_position(v, i)], 1, err));
    return STATUS_OK;
}

static enum status merge(void *into, void *from, struct error *err)
{
    struct texts *a = into, *b = from;

    counts_add(&a->counts, &b->counts);
    a->lengths[0] = b->lengths[0] < a->lengths[0] ? b->lengths[0] : a->lengths[0];
    a->lengths[1] = b->lengths[1] > a->lengths[1] ? b->lengths[1] : a->lengths[1];
    a->lengths[2] += b->lengths[2];
    return tally_merge(&a->tally, &b->tally, err);
}

static enum status pack(void *state, struct error *err)
{
    struct texts *s = state;

    s->packed.size = 0;
    return tally_pack(&s->tally, &s->packed, err);
}

static enum status unpack(void *state, const struct metric_setup *setup, struct error *err)
{
    struct texts *s = state;

    (void)setup;
    return tally_unpack(&s->tally, span_of(s->packed.at, s->packed.size), err);
}

static void done(void *state)
{
    struct texts *s = state;

    tally_done(&s->tally);
    buffer_done(&s->packed);
    memset(s, 0, sizeof *s);
}

const struct metric metric_texts = {
    .name = "texts",
    .doc = "lengths and patterns of texts",
    .state_size = sizeof(struct texts),
    .fields = fields,
    .init = init,
    .add = add,
    .merge = merge,
    .pack = pack,
    .unpack = unpack,
    .done = done,
};

bool texts_lengths(const void *state, int64_t *shortest, int64_t *longest, double *mean)
{
    const struct texts *s = state;

    if (s->counts.n_values == 0)
        return false;
    *shortest = s->lengths[0];
    *longest = s->lengths[1];
    *mean = (double)s->lengths[2] / (double)s->counts.n_values;
    return true;
}

bool texts_top(const void *state, struct arena *arena, int32_t limit, const struct top_value **out, int32_t *n, bool *is_known)
{
    const struct texts *s = state;

    *out = NULL;
    *n = 0;
    *is_known = !s->tally.is_over;
    return !*is_known || tally_top(&s->tally, arena, limit, 1, out, n);
}
