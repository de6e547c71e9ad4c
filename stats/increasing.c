/* stats/increasing.c -- see increasing.h. */
#include "stats/increasing.h"

#include <stdlib.h>

#include "stats/row_keys.h"

enum {
    PIECE = 1024,             /* values at a time on their way to the fingerprints */
    WORTH_WRITING = 64 << 10, /* bytes of values */
};

void increasing_init(struct increasing *s, struct memory *memory, int32_t n_columns, struct type type)
{
    enum lane lane = type_lane(type);

    *s = (struct increasing){.memory = memory, .is_possible = n_columns == 1 && (lane == LANE_I64 || lane == LANE_U64)};
    s->sign = lane == LANE_I64 ? (uint64_t)1 << 63 : 0;
}

void increasing_done(struct increasing *s)
{
    for (size_t i = 0; i < s->n; i++)
        mem_free(s->memory, s->at[i].values);
    mem_free(s->memory, s->at);
    s->at = NULL;
    s->n = s->capacity = s->held = 0;
    s->n_values = 0;
}

static enum status no_room(const struct increasing *s, struct error *err)
{
    return memory_error(s->memory, "the distinct values of a column", err);
}

/* Do the n values increase? Blocks, so that the loop has no branch and an unsorted chunk is given up soon. */
static bool all_increase(const uint64_t *x, int64_t n, uint64_t sign)
{
    for (int64_t from = 1; from < n; from += 64) {
        int64_t end = n - from > 64 ? from + 64 : n;
        int falls = 0;

        for (int64_t i = from; i < end; i++)
            falls |= (x[i - 1] ^ sign) >= (x[i] ^ sign);
        if (falls)
            return false;
    }
    return true;
}

static bool selected_increase(const uint64_t *x, int64_t n, const uint64_t *rows, uint64_t sign, struct stretch *out)
{
    bool is_first = true;

    FOR_EACH_BIT(i, rows, n) {
        uint64_t key = x[i] ^ sign;

        if (is_first)
            out->first = key;
        else if (key <= out->last)
            return false;
        out->last = key;
        is_first = false;
    }
    return true;
}

/* Does it go on where the last one ends, both consecutive? */
static bool join(struct increasing *s, const struct stretch *next)
{
    struct stretch *last = s->n ? &s->at[s->n - 1] : NULL;

    if (!last || last->values || next->values || last->last + 1 != next->first || next->first == 0)
        return false;
    last->last = next->last;
    last->n += next->n;
    return true;
}

static enum status append(struct increasing *s, struct stretch *next, struct error *err)
{
    void *at = s->at;

    s->n_values += next->n;
    s->held += next->values ? (size_t)next->n * sizeof *next->values : 0;
    if (join(s, next))
        return STATUS_OK;
    if (!mem_grow(s->memory, &at, &s->capacity, s->n + 1, sizeof *s->at)) {
        mem_free(s->memory, next->values);
        return no_room(s, err);
    }
    s->at = at;
    s->at[s->n++] = *next;
    return STATUS_OK;
}

static bool copy_values(struct increasing *s, const uint64_t *x, int64_t n, const uint64_t *rows, struct stretch *out)
{
    int64_t n_copied = 0;

    out->values = mem_alloc(s->memory, (size_t)out->n * sizeof *out->values);
    if (!out->values)
        return false;
    if (out->n == n) {
        memcpy(out->values, x, (size_t)n * sizeof *x);
        return true;
    }
    FOR_EACH_BIT(i, rows, n)
        out->values[n_copied++] = x[i];
    return true;
}

static enum status offer_selected(struct increasing *s, const uint64_t *x, int64_t n, const struct selection *chosen, bool *taken,
                                  struct error *err)
{
    struct stretch next = {.n = chosen->counts.n_values};

    if (next.n == n) {
        *taken = all_increase(x, n, s->sign);
        next.first = x[0] ^ s->sign;
        next.last = x[n - 1] ^ s->sign;
    } else {
        *taken = selected_increase(x, n, chosen->values, s->sign, &next);
    }
    if (!*taken)
        return STATUS_OK;
    if (next.last - next.first != (uint64_t)next.n - 1 && !copy_values(s, x, n, chosen->values, &next))
        return no_room(s, err);
    return append(s, &next, err);
}

enum status increasing_offer(struct increasing *s, const struct metric_input *in, struct moments_counts *counts, bool *taken,
                             struct error *err)
{
    enum lane lane = in->columns[0]->lane;
    struct selection chosen;

    *taken = false;
    if (!s->is_possible || (lane != LANE_I64 && lane != LANE_U64))
        return STATUS_OK;
    TRY(selection_make(&chosen, in, err));
    *counts = chosen.counts;
    if (chosen.counts.n_malformed == 0 && chosen.counts.n_values == 0)
        *taken = true;
    else if (chosen.counts.n_malformed == 0)
        TRY(offer_selected(s, selection_flat(&chosen, in->columns[0]), in->n_rows, &chosen, taken, err));
    s->is_possible = *taken;
    return STATUS_OK;
}

enum status increasing_merge(struct increasing *into, struct increasing *from, struct error *err)
{
    into->is_possible = into->is_possible && from->is_possible;
    for (size_t i = 0; i < from->n; i++) {
        struct stretch next = from->at[i];

        if (next.values && into->memory != from->memory) {
            if (!copy_values(into, from->at[i].values, next.n, NULL, &next))
                return no_room(into, err);
        } else {
            from->at[i].values = NULL;
        }
        TRY(append(into, &next, err));
    }
    increasing_done(from);
    return STATUS_OK;
}

static int by_first(const void *a, const void *b)
{
    const struct stretch *x = a, *y = b;

    return (x->first > y->first) - (x->first < y->first);
}

static bool are_disjoint(struct increasing *s)
{
    if (s->n)
        qsort(s->at, s->n, sizeof *s->at, by_first);
    for (size_t i = 1; i < s->n; i++)
        if (s->at[i].first <= s->at[i - 1].last)
            return false;
    return true;
}

static enum status drain_stretch(const struct increasing *s, const struct stretch *from, struct fingerprints *exact, struct error *err)
{
    uint64_t numbers[PIECE], low[PIECE], all[PIECE / 64];

    memset(all, 0xff, sizeof all);
    for (int64_t at = 0; at < from->n; at += PIECE) {
        int64_t n = from->n - at < PIECE ? from->n - at : PIECE;

        for (int64_t i = 0; i < n && !from->values; i++)
            numbers[i] = (from->first + (uint64_t)(at + i)) ^ s->sign;
        row_keys_of_words(from->values ? from->values + at : numbers, n, low);
        bitmap_fill(all, n);
        TRY(fingerprints_add(exact, low, NULL, n, all, err));
    }
    return STATUS_OK;
}

enum status increasing_drain(struct increasing *s, struct fingerprints *exact, struct error *err)
{
    for (size_t i = 0; i < s->n; i++) {
        TRY(drain_stretch(s, &s->at[i], exact, err));
        mem_free(s->memory, s->at[i].values); /* at once: the budget may not hold all of them twice */
        s->at[i].values = NULL;
    }
    increasing_done(s);
    return STATUS_OK;
}

enum status increasing_relieve(struct increasing *s, struct fingerprints *exact, struct error *err)
{
    if (s->held < WORTH_WRITING || !memory_should_spill(s->memory))
        return STATUS_OK;
    s->is_possible = false;
    return increasing_drain(s, exact, err);
}

enum status increasing_settle(struct increasing *s, struct fingerprints *exact, struct error *err)
{
    if (s->n == 0 || (fingerprints_are_empty(exact) && are_disjoint(s)))
        return STATUS_OK;
    return increasing_drain(s, exact, err);
}
