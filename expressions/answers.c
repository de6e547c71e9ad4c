/* expressions/answers.c -- which answers a predicate can give at all, told from bounds of its columns and not from their values.
 *
 * Each test has a set of possible answers, a subset of {false, true, unknown}; the sets of and, or and not are those of all pairs. A
 * set may be too large and never too small: what a bound cannot decide is everything. So {true} is a proof that the
 * predicate holds in every row, and a set without true one that it holds in none.
 */
#include <math.h>

#include "expressions/plan.h"

enum { ANYTHING = CAN_FALSE | CAN_TRUE | CAN_UNKNOWN };

/* A bound in the form of its lane. */
struct number { int128 i; double f; struct span bytes; };

static bool number_of(enum lane lane, const struct value *v, struct number *out)
{
    *out = (struct number){0};
    switch (lane) {
    case LANE_F64:
        out->f = v->f64;
        return v->kind == VALUE_DOUBLE && !isnan(v->f64);
    case LANE_BYTES:
        out->bytes = v->bytes;
        return v->kind == VALUE_TEXT || v->kind == VALUE_BYTES || v->kind == VALUE_UUID;
    case LANE_I64: case LANE_U64: case LANE_I128:
        out->i = v->kind == VALUE_DECIMAL ? v->i128 : v->kind == VALUE_UINT ? (int128)v->u64 : (int128)v->i64;
        return v->kind == VALUE_DECIMAL || v->kind == VALUE_UINT || v->kind == VALUE_INT || v->kind == VALUE_DATE ||
               v->kind == VALUE_TIME || v->kind == VALUE_TIMESTAMP;
    default:
        return false;
    }
}

static int number_compare(enum lane lane, const struct number *a, const struct number *b)
{
    if (lane == LANE_BYTES)
        return span_compare(a->bytes, b->bytes);
    if (lane == LANE_F64)
        return (a->f > b->f) - (a->f < b->f);
    return (a->i > b->i) - (a->i < b->i);
}

/* --- ranges --- */

static struct number range_end(const struct range *r, bool is_high)
{
    struct number out = {0};

    switch (r->lane) {
    case LANE_I64: out.i = is_high ? r->i64.high : r->i64.low; break;
    case LANE_U64: out.i = is_high ? (int128)r->u64.high : (int128)r->u64.low; break;
    case LANE_I128: out.i = is_high ? r->i128.high : r->i128.low; break;
    case LANE_F64: out.f = is_high ? r->f64.high : r->f64.low; break;
    default: out.bytes = is_high ? r->bytes.high : r->bytes.low; break;
    }
    return out;
}

/* -1: x is below the range, 0: within, 1: above. */
static int range_side(const struct range *r, const struct number *x)
{
    bool is_bytes = r->lane == LANE_BYTES;
    struct number low = range_end(r, false), high = range_end(r, true);
    int order;

    if (!is_bytes || r->has_low) {
        order = number_compare(r->lane, x, &low);
        if (order < 0 || (order == 0 && is_bytes && r->strict_low))
            return -1;
    }
    if (!is_bytes || r->has_high) {
        order = number_compare(r->lane, x, &high);
        if (order > 0 || (order == 0 && is_bytes && r->strict_high))
            return 1;
    }
    return 0;
}

/* A filter is asked for one value. */
static bool may_hold(const struct slot_facts *f, enum lane lane, const struct number *x)
{
    union { int64_t i64; uint64_t u64; int128 i128; struct span bytes; } element;

    if (!f->may_hold || lane == LANE_F64)
        return true;
    memset(&element, 0, sizeof element);
    switch (lane) {
    case LANE_I64: element.i64 = (int64_t)x->i; break;
    case LANE_U64: element.u64 = (uint64_t)x->i; break;
    case LANE_I128: element.i128 = x->i; break;
    default: element.bytes = x->bytes; break;
    }
    return f->may_hold(f->filter, &element);
}

static bool range_is_one_value(const struct range *r, struct number *x)
{
    struct number high = range_end(r, true);

    *x = range_end(r, false);
    if (r->lane == LANE_BYTES && (!r->has_low || !r->has_high || r->strict_low || r->strict_high))
        return false;
    return number_compare(r->lane, x, &high) == 0;
}

static int range_answers(const struct range *r, const struct slot_facts *f, const struct number *min, const struct number *max)
{
    int low, high;
    struct number x;

    if (r->is_empty)
        return CAN_FALSE;
    low = range_side(r, min);
    high = range_side(r, max);
    if (low == 0 && high == 0)
        return CAN_TRUE;
    if (low == high || (range_is_one_value(r, &x) && !may_hold(f, r->lane, &x)))
        return CAN_FALSE;
    return CAN_FALSE | CAN_TRUE;
}

/* --- sets --- */

static struct number set_member(const struct set *s, int64_t i)
{
    struct number out = {0};

    switch (s->lane) {
    case LANE_I64: out.i = s->i64[i]; break;
    case LANE_U64: out.i = (int128)s->u64[i]; break;
    case LANE_I128: out.i = s->i128[i]; break;
    case LANE_F64: out.f = s->f64[i]; break;
    default: out.bytes = s->bytes[i]; break;
    }
    return out;
}

enum { ASKED_MOST = 64 }; /* members; each costs some reads of a few bytes */

/* How many members lie in min..max; *may_be: is there one among them that a filter does not exclude? */
static int64_t set_count(const struct set *s, const struct slot_facts *f, const struct number *min, const struct number *max, bool *may_be)
{
    bool is_hashed = s->lane == LANE_BYTES;
    int64_t n = is_hashed && s->n ? (int64_t)s->mask + 1 : s->n, count = 0;

    *may_be = s->n > ASKED_MOST;

    for (int64_t i = 0; i < n; i++) {
        struct number x;

        if (is_hashed && s->hashes[i] == 0)
            continue;
        x = set_member(s, i);
        if (number_compare(s->lane, &x, min) < 0 || number_compare(s->lane, &x, max) > 0)
            continue;
        count++;
        *may_be = *may_be || !f->may_hold || may_hold(f, s->lane, &x);
    }
    return count;
}

static int set_answers(const struct set *s, const struct slot_facts *f, bool has_null, const struct number *min, const struct number *max)
{
    bool may_be;
    int64_t n = set_count(s, f, min, max, &may_be);
    bool is_whole = s->lane == LANE_I64 || s->lane == LANE_U64;
    int stranger = has_null ? CAN_UNKNOWN : CAN_FALSE;

    if (n == 0 || !may_be)
        return stranger;
    if (number_compare(s->lane, min, max) == 0 || (is_whole && max->i - min->i < INT32_MAX && n == (int64_t)(max->i - min->i) + 1))
        return CAN_TRUE;
    return CAN_TRUE | stranger;
}

/* --- tests --- */

static int negate(int answers)
{
    return (answers & CAN_UNKNOWN) | (answers & CAN_FALSE ? CAN_TRUE : 0) | (answers & CAN_TRUE ? CAN_FALSE : 0);
}

/* Of values that are neither null nor NaN. */
static int value_answers(const struct test *t, const struct slot_facts *f)
{
    enum lane lane = t->kind == TEST_RANGE ? t->range.lane : t->set.lane;
    struct number min, max;

    if (!f->has_bounds || !number_of(lane, &f->min, &min) || !number_of(lane, &f->max, &max) ||
        type_lane(t->terms[0]->type) != lane)
        return ANYTHING & ~CAN_UNKNOWN;
    return t->kind == TEST_RANGE ? range_answers(&t->range, f, &min, &max) : set_answers(&t->set, f, t->has_null, &min, &max);
}

static int leaf_answers(const struct test *t, slot_facts_function *facts, void *context)
{
    struct slot_facts f;
    int out = 0;

    if ((t->kind != TEST_RANGE && t->kind != TEST_SET && t->kind != TEST_IS_NULL) || t->n_terms != 1 ||
        t->terms[0]->kind != TERM_COLUMN)
        return ANYTHING;
    f = facts(context, t->terms[0]->slot);
    if (t->kind == TEST_IS_NULL)
        return (f.may_be_null ? CAN_TRUE : 0) | (f.may_be_value || f.may_be_nan ? CAN_FALSE : 0);
    if (f.may_be_value)
        out = value_answers(t, &f) | (t->kind == TEST_SET && t->has_null ? CAN_UNKNOWN : 0);
    if (f.may_be_nan)
        out |= CAN_FALSE | CAN_TRUE | (t->kind == TEST_SET && t->has_null ? CAN_UNKNOWN : 0);
    return out | (f.may_be_null ? CAN_UNKNOWN : 0);
}

static enum answer both(enum answer a, enum answer b)
{
    if (a == ANSWER_FALSE || b == ANSWER_FALSE)
        return ANSWER_FALSE;
    return a == ANSWER_TRUE && b == ANSWER_TRUE ? ANSWER_TRUE : ANSWER_UNKNOWN;
}

static const enum answer all[] = {ANSWER_FALSE, ANSWER_TRUE, ANSWER_UNKNOWN};
static const int bits[] = {[ANSWER_FALSE] = CAN_FALSE, [ANSWER_TRUE] = CAN_TRUE, [ANSWER_UNKNOWN] = CAN_UNKNOWN};

static int and_answers(int a, int b)
{
    int out = 0;

    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            if ((a & bits[all[i]]) && (b & bits[all[j]]))
                out |= bits[both(all[i], all[j])];
    return out;
}

/* Depth is bounded by the parser (200). */
static int answers_of(const struct test *t, slot_facts_function *facts, void *context)
{
    int out;

    switch (t->kind) {
    case TEST_CONSTANT:
        return bits[t->constant];
    case TEST_NOT:
        return negate(answers_of(t->args[0], facts, context));
    case TEST_AND: case TEST_OR:
        out = t->kind == TEST_AND ? CAN_TRUE : CAN_FALSE;
        for (int32_t i = 0; i < t->n_args; i++) {
            int one = answers_of(t->args[i], facts, context);

            out = t->kind == TEST_AND ? and_answers(out, one) : negate(and_answers(negate(out), negate(one)));
        }
        return out;
    default:
        out = leaf_answers(t, facts, context);
        return t->is_negated ? negate(out) : out;
    }
}

int predicate_answers(const struct predicate *p, slot_facts_function *facts, void *context)
{
    return answers_of(p->root, facts, context);
}

bool predicate_has_patterns(const struct predicate *p)
{
    return p->n_regexes > 0;
}
