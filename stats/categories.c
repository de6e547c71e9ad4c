/* stats/categories.c -- the values of two tallies side by side.
 *
 * Tallies of one lane and unit are joined by their keys, so texts beyond what a tally keeps stay apart; others (an int32 and a
 * decimal, timestamps of two units) by the order of their values.
 */
#include <stdlib.h>

#include "stats/drift.h"
#include "stats/tally.h"

static bool are_alike(struct type a, struct type b)
{
    return type_lane(a) == type_lane(b) && a.scale == b.scale &&
           (!(type_is_temporal(a) || type_is_temporal(b)) || (a.kind == b.kind && a.unit == b.unit && a.is_utc == b.is_utc));
}

bool categories_comparable(struct type a, struct type b)
{
    if (type_is_numeric(a) || type_is_numeric(b))
        return type_is_numeric(a) && type_is_numeric(b);
    if (type_is_temporal(a) || type_is_temporal(b))
        return a.kind == b.kind && a.is_utc == b.is_utc;
    return type_lane(a) == type_lane(b) && type_lane(a) != LANE_NONE && (a.kind == b.kind || type_lane(a) == LANE_BYTES);
}

static int compare(const struct category *a, const struct category *b)
{
    int order = 0;

    if (value_compare(&a->value, &b->value, &order) && order)
        return order;
    if (a->low != b->low)
        return a->low < b->low ? -1 : 1;
    return (a->high > b->high) - (a->high < b->high);
}

static int by_value(const void *a, const void *b)
{
    const struct category *x = a, *y = b;
    int order = 0;

    return value_compare(&x->value, &y->value, &order) ? order : 0;
}

static int by_frequency(const void *a, const void *b)
{
    const struct category *x = a, *y = b;
    int64_t m = x->observed + x->reference, n = y->observed + y->reference;

    return m != n ? (m > n ? -1 : 1) : compare(x, y);
}

/* The entries of one side that `skipped` (NULL: nothing) does not have. */
static bool take(const struct tally *t, const struct tally *skipped, bool is_batch, struct arena *arena, struct category *out,
                 int32_t *n)
{
    for (size_t i = 0; i < t->capacity; i++) {
        const struct tally_entry *e = &t->slots[i];
        struct category *c = &out[*n];
        struct value v;

        if (!e->count || (skipped && tally_find_hashed(skipped, e->tag, e->low, e->high)))
            continue;
        v = tally_value(t, e);
        *c = (struct category){.observed = is_batch ? e->count : 0, .reference = is_batch ? 0 : e->count};
        if (e->bytes) {
            c->low = e->low;
            c->high = e->high;
        }
        if (!value_copy(arena, &v, SAMPLE_VALUE_BYTES, &c->value))
            return false;
        ++*n;
    }
    return true;
}

static bool join_by_key(const struct tally *a, const struct tally *b, struct arena *arena, struct category *out, int32_t *n)
{
    int32_t found = 0;

    if (!take(a, NULL, true, arena, out, n))
        return false;
    for (size_t i = 0; i < a->capacity; i++)
        if (a->slots[i].count)
            out[found++].reference = tally_find_hashed(b, a->slots[i].tag, a->slots[i].low, a->slots[i].high);
    return take(b, a, false, arena, out, n);
}

static bool join_by_value(const struct tally *a, const struct tally *b, struct arena *arena, struct category *out, int32_t *n)
{
    int32_t m = 0;

    if (!take(a, NULL, true, arena, out, n) || !take(b, NULL, false, arena, out, n))
        return false;
    qsort(out, (size_t)*n, sizeof *out, by_value);
    for (int32_t i = 0; i < *n; i++) {
        if (m && by_value(&out[m - 1], &out[i]) == 0) {
            out[m - 1].observed += out[i].observed;
            out[m - 1].reference += out[i].reference;
        } else {
            out[m++] = out[i];
        }
    }
    *n = m;
    return true;
}

bool categories_join(const void *batch, const void *reference, struct arena *arena, struct category **out, int32_t *n,
                     bool *is_known)
{
    const struct tally *a = frequencies_tally(batch), *b = frequencies_tally(reference);

    *n = 0;
    *is_known = !a->is_over && !b->is_over;
    *out = arena_array(arena, a->n + b->n + 1, sizeof **out);
    if (!*out)
        return false;
    if (!*is_known)
        return true;
    if (!(are_alike(a->type, b->type) ? join_by_key : join_by_value)(a, b, arena, *out, n))
        return false;
    qsort(*out, (size_t)*n, sizeof **out, by_frequency);
    return true;
}
