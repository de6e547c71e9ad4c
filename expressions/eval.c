/* expressions/eval.c -- a predicate on a chunk: two bitmaps per test, combined by the rules of three-valued logic.
 *
 * A test of one column sees a FLAT array: the column itself, the entries of its dictionary (once, then cached by the
 * dictionary's id), or the one value of a constant. Rows take their answer by index; nulls and malformed cells are
 * unknown afterwards, so the loops never look at them.
 *
 * Nothing is skipped because another condition has decided already: which patterns hit their limit must not depend on how
 * the rows were cut into chunks.
 */
#include "core/utf8.h"
#include "expressions/ascii.h"
#include "expressions/plan.h"
#include "kernels/kernels.h"

enum { MASK_WORDS = CHUNK_MAX_ROWS / 64 };

/* Answers for the entries of a dictionary: three bitmaps of `words` words. */
struct cache {
    uint64_t dictionary_id; /* 0: empty */
    uint64_t *bits;
    size_t words, capacity;
    bool has_trouble;
};

struct predicate_scratch {
    const struct predicate *predicate;
    struct memory *memory;
    uint64_t *masks;    /* two per level of tests */
    uint64_t *truths_at;
    uint64_t **truths;
    struct cache *caches;
    struct buffer *buffers;
    uint64_t *words;    /* lengths or hashes of a chunk */
    void *flat[2];      /* flattened columns, made when first needed */
    struct regex_scratch *regex;
};

struct evaluation {
    const struct predicate *p;
    struct predicate_scratch *s;
    struct rows rows;
    int64_t n_rows;
    uint64_t *trouble; /* bitmap of the leaf that runs: its pattern hit the limit */
    bool has_trouble;
    const char **trouble_text;
    struct error *err;
};

static enum status no_memory(struct evaluation *ev)
{
    return memory_error(ev->s->memory, "evaluating an expression", ev->err);
}

static bool allocate(struct predicate_scratch *s, const struct predicate *p)
{
    size_t n_truths = (size_t)p->n_truths;

    s->masks = mem_alloc(s->memory, ((size_t)p->depth + 2) * 2 * MASK_WORDS * sizeof *s->masks);
    s->truths_at = mem_alloc(s->memory, n_truths * 2 * MASK_WORDS * sizeof *s->truths_at);
    s->truths = mem_alloc(s->memory, n_truths * sizeof *s->truths);
    s->caches = mem_alloc(s->memory, (size_t)p->n_caches * sizeof *s->caches);
    s->buffers = mem_alloc(s->memory, (size_t)p->n_buffers * sizeof *s->buffers);
    if (!s->masks || !s->truths_at || !s->truths || !s->caches || !s->buffers)
        return false;
    for (size_t i = 0; i < n_truths; i++)
        s->truths[i] = s->truths_at + i * 2 * MASK_WORDS;
    for (int32_t i = 0; i < p->n_buffers; i++)
        s->buffers[i].memory = s->memory;
    return true;
}

enum status predicate_scratch_new(const struct predicate *p, struct memory *memory, struct predicate_scratch **out, struct error *err)
{
    struct predicate_scratch *s = mem_alloc(memory, sizeof *s);
    enum status status = STATUS_OK;

    *out = NULL;
    if (!s)
        return memory_error(memory, "evaluating an expression", err);
    s->predicate = p;
    s->memory = memory;
    if (!allocate(s, p))
        status = memory_error(memory, "evaluating an expression", err);
    else if (p->n_regexes)
        status = regex_scratch_new(memory, &s->regex, err);
    if (status == STATUS_OK)
        *out = s;
    else
        predicate_scratch_free(s);
    return status;
}

void predicate_scratch_free(struct predicate_scratch *s)
{
    if (!s)
        return;
    for (int32_t i = 0; s->caches && i < s->predicate->n_caches; i++)
        mem_free(s->memory, s->caches[i].bits);
    for (int32_t i = 0; s->buffers && i < s->predicate->n_buffers; i++)
        buffer_done(&s->buffers[i]);
    mem_free(s->memory, s->masks);
    mem_free(s->memory, s->truths_at);
    mem_free(s->memory, s->truths);
    mem_free(s->memory, s->caches);
    mem_free(s->memory, s->buffers);
    mem_free(s->memory, s->words);
    mem_free(s->memory, s->flat[0]);
    mem_free(s->memory, s->flat[1]);
    regex_scratch_free(s->regex);
    mem_free(s->memory, s);
}

static void clear(uint64_t *mask, int64_t n)
{
    memset(mask, 0, BITMAP_WORDS(n) * sizeof *mask);
}

/* true and false swapped, unknown as it is */
static void negate(int64_t n, uint64_t *t, const uint64_t *u)
{
    size_t words = BITMAP_WORDS(n);

    for (size_t w = 0; w < words; w++)
        t[w] = ~t[w] & ~u[w];
    if (words)
        t[words - 1] &= bitmap_tail(n);
}

/* Rows of v that have a value of its type. false: not one. */
static bool known_rows(const struct vector *v, int64_t n, uint64_t *known)
{
    uint64_t any = 0;

    bitmap_fill(known, n);
    for (size_t w = 0; w < BITMAP_WORDS(n); w++) {
        known[w] &= v->valid ? v->valid[w] : ~(uint64_t)0;
        known[w] &= v->malformed ? ~v->malformed[w] : ~(uint64_t)0;
        any |= known[w];
    }
    return any != 0;
}

static const struct vector *column_of(const struct evaluation *ev, const struct term *column)
{
    return rows_vector(&ev->rows, column->slot);
}

#define BETWEEN_LOOP(x, low, high)                                                                                          \
    for (int64_t i = 0; i < n; i++)                                                                                         \
        t[i >> 6] |= (uint64_t)((x)[i] >= (low) && (x)[i] <= (high)) << (i & 63)

static bool span_within(struct span s, const struct range *r)
{
    if (r->has_low) {
        int order = span_compare(s, r->bytes.low);

        if (order < 0 || (order == 0 && r->strict_low))
            return false;
    }
    if (r->has_high) {
        int order = span_compare(s, r->bytes.high);

        if (order > 0 || (order == 0 && r->strict_high))
            return false;
    }
    return true;
}

/* Equality first: most texts differ from it in size. */
static void range_of_spans(const struct range *r, const struct span *x, int64_t n, uint64_t *t)
{
    bool is_equality = r->has_low && r->has_high && !r->strict_low && !r->strict_high && span_equal(r->bytes.low, r->bytes.high);

    for (int64_t i = 0; i < n; i++) {
        bool within = is_equality ? span_equal(x[i], r->bytes.low) : span_within(x[i], r);

        t[i >> 6] |= (uint64_t)within << (i & 63);
    }
}

static void lengths_of(const struct vector *v, int64_t n, int64_t *out)
{
    bool is_binary = v->type.kind != TYPE_STRING;

    for (int64_t i = 0; i < n; i++) {
        struct span s = v->bytes[i];

        out[i] = is_binary || span_is_ascii(s) ? (int64_t)s.size : utf8_length(s);
    }
}

/* Made when a chunk wants it: few predicates do. */
static enum status need_words(struct evaluation *ev)
{
    if (!ev->s->words)
        ev->s->words = mem_alloc(ev->s->memory, CHUNK_MAX_ROWS * sizeof *ev->s->words);
    return ev->s->words ? STATUS_OK : no_memory(ev);
}

static enum status run_range(struct evaluation *ev, const struct test *test, int64_t n, uint64_t *t)
{
    const struct kernels *k = kernels_get();
    const struct range *r = &test->range;
    const struct term *x = test->terms[0];
    const struct vector *v = column_of(ev, x->kind == TERM_LENGTH ? x->args[0] : x);

    if (r->is_empty)
        return STATUS_OK;
    if (x->kind == TERM_LENGTH) {
        TRY(need_words(ev));
        lengths_of(v, n, (int64_t *)ev->s->words);
        k->between_i64((const int64_t *)ev->s->words, n, r->i64.low, r->i64.high, t);
        return STATUS_OK;
    }
    switch (r->lane) {
    case LANE_I64:
        k->between_i64(v->i64, n, r->i64.low, r->i64.high, t);
        break;
    case LANE_U64:
        k->between_u64(v->u64, n, r->u64.low, r->u64.high, t);
        break;
    case LANE_F64:
        k->between_f64(v->f64, n, r->f64.low, r->f64.high, t);
        break;
    case LANE_I128:
        BETWEEN_LOOP(v->i128, r->i128.low, r->i128.high);
        break;
    default:
        range_of_spans(r, v->bytes, n, t);
    }
    return STATUS_OK;
}

static enum answer between_values(const struct test *test, struct rows *rows, const struct value *x, int64_t row)
{
    enum answer low = ANSWER_TRUE, high = ANSWER_TRUE;
    struct value bound;

    if (test->terms[1]) {
        bound = term_value(test->terms[1], rows, row);
        low = values_compare(test->strict_low ? COMPARE_GT : COMPARE_GE, x, &bound, rows->zone);
    }
    if (test->terms[2]) {
        bound = term_value(test->terms[2], rows, row);
        high = values_compare(test->strict_high ? COMPARE_LT : COMPARE_LE, x, &bound, rows->zone);
    }
    if (!test->terms[1] && !test->terms[2]) /* open on both sides: a null is unknown, NaN lies in no interval */
        return values_compare(COMPARE_EQ, x, x, rows->zone);
    if (low == ANSWER_FALSE || high == ANSWER_FALSE)
        return ANSWER_FALSE;
    return low == ANSWER_UNKNOWN || high == ANSWER_UNKNOWN ? ANSWER_UNKNOWN : ANSWER_TRUE;
}

static enum answer in_list(const struct test *test, struct rows *rows, const struct value *x, int64_t row)
{
    enum answer answer = test->has_null ? ANSWER_UNKNOWN : ANSWER_FALSE;

    if (x->kind == VALUE_NULL || x->kind == VALUE_NONE)
        return ANSWER_UNKNOWN;
    for (int32_t i = 0; i < test->values.n; i++)
        if (values_compare(COMPARE_EQ, x, &test->values.at[i], rows->zone) == ANSWER_TRUE)
            return ANSWER_TRUE;
    for (int32_t i = 1; i < test->n_terms; i++) {
        struct value element = term_value(test->terms[i], rows, row);
        enum answer equal = values_compare(COMPARE_EQ, x, &element, rows->zone);

        if (equal == ANSWER_TRUE)
            return equal;
        if (equal == ANSWER_UNKNOWN)
            answer = ANSWER_UNKNOWN;
    }
    return answer;
}

static enum answer search(struct evaluation *ev, const struct test *test, struct span subject, int64_t row)
{
    switch (regex_search(test->regex, ev->s->regex, subject)) {
    case REGEX_YES:
        return ANSWER_TRUE;
    case REGEX_NO:
        return ANSWER_FALSE;
    case REGEX_NO_MEMORY:
        ev->rows.no_memory = true;
        return ANSWER_UNKNOWN;
    default:
        ev->has_trouble = true;
        bit_set(ev->trouble, row);
        return ANSWER_UNKNOWN;
    }
}

/* One row by its values: the definition of what every test means. */
static enum answer row_answer(struct evaluation *ev, const struct test *test, int64_t row)
{
    struct value x = term_value(test->terms[0], &ev->rows, row);
    struct value y;

    switch (test->kind) {
    case TEST_IS_NULL:
        return x.kind == VALUE_NONE ? ANSWER_UNKNOWN : x.kind == VALUE_NULL ? ANSWER_TRUE : ANSWER_FALSE;
    case TEST_COMPARE:
        y = term_value(test->terms[1], &ev->rows, row);
        return values_compare(test->comparison, &x, &y, ev->rows.zone);
    case TEST_BETWEEN:
        return between_values(test, &ev->rows, &x, row);
    case TEST_LIST:
        return in_list(test, &ev->rows, &x, row);
    default:
        break;
    }
    if (x.kind == VALUE_NULL || x.kind == VALUE_NONE)
        return ANSWER_UNKNOWN;
    switch (test->kind) {
    case TEST_TRUTH:
        return x.boolean ? ANSWER_TRUE : ANSWER_FALSE;
    case TEST_LIKE:
        return like_matches(&test->like, x.bytes) ? ANSWER_TRUE : ANSWER_FALSE;
    default:
        return search(ev, test, x.bytes, row);
    }
}

static void run_rows(struct evaluation *ev, const struct test *test, int64_t n, const uint64_t *known, uint64_t *t, uint64_t *u)
{
    for (int64_t i = 0; i < n; i++) {
        enum answer answer;

        if (known && !bit_get(known, i))
            continue;
        answer = row_answer(ev, test, i);
        t[i >> 6] |= (uint64_t)(answer == ANSWER_TRUE) << (i & 63);
        u[i >> 6] |= (uint64_t)(answer == ANSWER_UNKNOWN) << (i & 63);
    }
}

/* Patterns on a column's own texts, without a struct value in between; most rows of a plain pattern all at once. */
static void run_pattern(struct evaluation *ev, const struct test *test, int64_t n, const uint64_t *known, uint64_t *t, uint64_t *u)
{
    const struct span *x = column_of(ev, test->terms[0])->bytes;
    uint64_t open[MASK_WORDS];

    if (test->kind == TEST_MATCHES)
        regex_search_simply(test->regex, x, n, t, open);
    else
        bitmap_fill(open, n);
    for (size_t w = 0; w < BITMAP_WORDS(n); w++) {
        for (uint64_t left = known ? open[w] & known[w] : open[w]; left; left &= left - 1) {
            int bit = __builtin_ctzll(left);
            int64_t i = (int64_t)w * 64 + bit;
            enum answer answer;

            if (test->kind == TEST_LIKE)
                answer = like_matches(&test->like, x[i]) ? ANSWER_TRUE : ANSWER_FALSE;
            else
                answer = search(ev, test, x[i], i);
            t[w] |= (uint64_t)(answer == ANSWER_TRUE) << bit;
            u[w] |= (uint64_t)(answer == ANSWER_UNKNOWN) << bit;
        }
    }
}

static enum status run_set(struct evaluation *ev, const struct test *test, int64_t n, uint64_t *t, uint64_t *u)
{
    size_t words = BITMAP_WORDS(n);

    if (test->set.lane == LANE_BYTES)
        TRY(need_words(ev));
    set_lookup(&test->set, column_of(ev, test->terms[0]), n, ev->s->words, t);
    for (size_t w = 0; test->has_null && w < words; w++)
        u[w] = ~t[w];
    if (words)
        u[words - 1] &= bitmap_tail(n);
    return STATUS_OK;
}

/* A test of columns that are FLAT where it reads arrays. t and u are written for n rows; where `known` is not set they may
 * say anything but trouble. */
static enum status run_leaf(struct evaluation *ev, const struct test *test, int64_t n, const uint64_t *known, uint64_t *t, uint64_t *u)
{
    clear(t, n);
    clear(u, n);
    switch (test->kind) {
    case TEST_RANGE:
        TRY(run_range(ev, test, n, t));
        break;
    case TEST_SET:
        TRY(run_set(ev, test, n, t, u));
        break;
    case TEST_MATCHES: case TEST_LIKE:
        if (test->terms[0]->kind == TERM_COLUMN && test->slot >= 0) {
            run_pattern(ev, test, n, known, t, u);
            break;
        }
        run_rows(ev, test, n, known, t, u);
        break;
    default:
        run_rows(ev, test, n, known, t, u);
    }
    if (test->is_negated)
        negate(n, t, u);
    return ev->rows.no_memory ? no_memory(ev) : STATUS_OK;
}

/* Puts a plain array in the place of the column of a test. */
static void replace(struct evaluation *ev, const struct test *test, struct vector *flat)
{
    ev->rows.replaced_slot = test->slot;
    ev->rows.replacement = flat;
}

static struct vector flat_entries(const struct vector *v, int64_t from, int64_t n)
{
    struct vector flat = {.type = v->type, .lane = v->lane, .shape = SHAPE_FLAT, .n_rows = n};

    flat.values = (const uint8_t *)v->values + (size_t)from * lane_width(v->lane);
    return flat;
}

static void *flat_buffer(struct evaluation *ev, int which)
{
    if (!ev->s->flat[which])
        ev->s->flat[which] = mem_alloc(ev->s->memory, CHUNK_MAX_ROWS * sizeof(struct span));
    return ev->s->flat[which];
}

/* Answers for every entry, in blocks of a chunk's size. */
static enum status fill_cache(struct evaluation *ev, const struct test *test, const struct vector *v, struct cache *cache)
{
    size_t words = BITMAP_WORDS(v->n_entries);
    void *block = cache->bits;

    cache->dictionary_id = 0;
    cache->has_trouble = false;
    if (!mem_grow(ev->s->memory, &block, &cache->capacity, words * 3, sizeof(uint64_t)))
        return no_memory(ev);
    cache->bits = block;
    cache->words = words;
    memset(cache->bits, 0, words * 3 * sizeof(uint64_t));
    for (int64_t from = 0; from < v->n_entries; from += CHUNK_MAX_ROWS) {
        int64_t left = v->n_entries - from;
        int64_t n = left < CHUNK_MAX_ROWS ? left : CHUNK_MAX_ROWS;
        struct vector flat = flat_entries(v, from, n);
        uint64_t *at = cache->bits + from / 64;

        replace(ev, test, &flat);
        ev->trouble = at + 2 * words;
        TRY(run_leaf(ev, test, n, NULL, at, at + words));
    }
    cache->has_trouble = ev->has_trouble;
    cache->dictionary_id = v->dictionary_id;
    return STATUS_OK;
}

static void gather(const uint64_t *bits, const uint32_t *index, int64_t n, uint64_t *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i >> 6] |= (uint64_t)bit_get(bits, index[i]) << (i & 63);
}

static bool any_bit(const uint64_t *bits, size_t words)
{
    uint64_t any = 0;

    for (size_t w = 0; w < words; w++)
        any |= bits[w];
    return any != 0;
}

static enum status eval_dictionary(struct evaluation *ev, const struct test *test, const struct vector *v, uint64_t *t, uint64_t *u)
{
    struct cache *cache = &ev->s->caches[test->number];
    uint64_t *trouble = ev->trouble; /* of the rows; the entries have theirs in the cache */

    if (v->dictionary_id == 0 || cache->dictionary_id != v->dictionary_id)
        TRY(fill_cache(ev, test, v, cache));
    clear(t, ev->n_rows);
    clear(u, ev->n_rows);
    gather(cache->bits, v->index, ev->n_rows, t);
    if (any_bit(cache->bits + cache->words, cache->words))
        gather(cache->bits + cache->words, v->index, ev->n_rows, u);
    if (cache->has_trouble)
        gather(cache->bits + 2 * cache->words, v->index, ev->n_rows, trouble);
    return STATUS_OK;
}

static enum status eval_constant(struct evaluation *ev, const struct test *test, const struct vector *v, uint64_t *t, uint64_t *u)
{
    struct vector flat = flat_entries(v, 0, 1);
    uint64_t one_true = 0, one_unknown = 0;

    replace(ev, test, &flat);
    TRY(run_leaf(ev, test, 1, NULL, &one_true, &one_unknown));
    clear(t, ev->n_rows);
    clear(u, ev->n_rows);
    if (one_true)
        bitmap_fill(t, ev->n_rows);
    if (one_unknown)
        bitmap_fill(u, ev->n_rows);
    if (ev->has_trouble)
        bitmap_fill(ev->trouble, ev->n_rows);
    return STATUS_OK;
}

/* A column as a FLAT array: itself or a flattened copy. */
static enum status as_flat(struct evaluation *ev, const struct vector *v, int which, struct vector *flat)
{
    *flat = flat_entries(v, 0, ev->n_rows);
    if (v->shape == SHAPE_FLAT)
        return STATUS_OK;
    flat->values = flat_buffer(ev, which);
    if (!flat->values)
        return no_memory(ev);
    vector_flatten(v, ev->s->flat[which]);
    return STATUS_OK;
}

/* A test that is unknown wherever its one column is. */
static enum status eval_single(struct evaluation *ev, const struct test *test, uint64_t *t, uint64_t *u)
{
    const struct vector *v = ev->rows.slots[test->slot];
    uint64_t known[MASK_WORDS], trouble[MASK_WORDS] = {0};
    uint64_t any_trouble = 0;
    struct vector flat;

    ev->trouble = trouble;
    ev->has_trouble = false;
    if (!known_rows(v, ev->n_rows, known)) {
        clear(t, ev->n_rows);
        bitmap_fill(u, ev->n_rows);
        return STATUS_OK;
    }
    if (v->shape == SHAPE_CONSTANT) {
        TRY(eval_constant(ev, test, v, t, u));
    } else if (v->shape == SHAPE_DICTIONARY && (v->dictionary_id || v->n_entries <= ev->n_rows)) {
        TRY(eval_dictionary(ev, test, v, t, u));
    } else {
        TRY(as_flat(ev, v, 0, &flat));
        replace(ev, test, &flat);
        TRY(run_leaf(ev, test, ev->n_rows, known, t, u));
    }
    ev->rows.replaced_slot = -1;
    for (size_t w = 0; w < BITMAP_WORDS(ev->n_rows); w++) {
        t[w] &= known[w];
        u[w] = (u[w] & known[w]) | ~known[w];
        any_trouble |= trouble[w] & known[w];
    }
    u[BITMAP_WORDS(ev->n_rows) - 1] &= bitmap_tail(ev->n_rows);
    if (any_trouble)
        *ev->trouble_text = regex_limit_text;
    return STATUS_OK;
}

static enum status eval_test(struct evaluation *ev, const struct test *test, int32_t level, uint64_t *t, uint64_t *u);

/* Tests that are values inside a term are evaluated before the rows are. */
static enum status prepare(struct evaluation *ev, const struct term *term, int32_t level)
{
    if (term->kind == TERM_TRUTH) {
        uint64_t *masks = ev->s->truths[term->number];

        return eval_test(ev, term->test, level + 1, masks, masks + MASK_WORDS);
    }
    for (int32_t i = 0; i < term->n_args; i++)
        TRY(prepare(ev, term->args[i], level));
    return STATUS_OK;
}

static enum status eval_many(struct evaluation *ev, const struct test *test, int32_t level, uint64_t *t, uint64_t *u)
{
    uint64_t trouble[MASK_WORDS] = {0};

    for (int32_t i = 0; i < test->n_terms; i++)
        if (test->terms[i])
            TRY(prepare(ev, test->terms[i], level));
    ev->trouble = trouble;
    ev->has_trouble = false;
    TRY(run_leaf(ev, test, ev->n_rows, NULL, t, u));
    if (ev->has_trouble)
        *ev->trouble_text = regex_limit_text;
    return STATUS_OK;
}

/* x op y for arrays; NaN makes all but != false, as C has it. GT and GE come with their sides swapped. */
#define COMPARE_ARRAYS(name, type)                                                                                          \
    static void name(enum comparison op, const type *x, const type *y, int64_t n, uint64_t *t)                              \
    {                                                                                                                       \
        for (int64_t from = 0; from < n; from += 64) {                                                                      \
            int64_t end = n - from < 64 ? n - from : 64;                                                                    \
            uint64_t word = 0;                                                                                              \
                                                                                                                            \
            if (op == COMPARE_EQ)                                                                                           \
                for (int64_t i = 0; i < end; i++)                                                                           \
                    word |= (uint64_t)(x[from + i] == y[from + i]) << i;                                                    \
            else if (op == COMPARE_NE)                                                                                      \
                for (int64_t i = 0; i < end; i++)                                                                           \
                    word |= (uint64_t)(x[from + i] != y[from + i]) << i;                                                    \
            else if (op == COMPARE_LT)                                                                                      \
                for (int64_t i = 0; i < end; i++)                                                                           \
                    word |= (uint64_t)(x[from + i] < y[from + i]) << i;                                                     \
            else                                                                                                            \
                for (int64_t i = 0; i < end; i++)                                                                           \
                    word |= (uint64_t)(x[from + i] <= y[from + i]) << i;                                                    \
            t[from / 64] = word;                                                                                            \
        }                                                                                                                   \
    }
COMPARE_ARRAYS(compare_i64, int64_t)
COMPARE_ARRAYS(compare_u64, uint64_t)
COMPARE_ARRAYS(compare_f64, double)
COMPARE_ARRAYS(compare_i128, int128)

static void compare_spans(enum comparison op, const struct span *x, const struct span *y, int64_t n, uint64_t *t)
{
    clear(t, n);
    for (int64_t i = 0; i < n; i++) {
        bool meets = op == COMPARE_EQ   ? span_equal(x[i], y[i])
                     : op == COMPARE_NE ? !span_equal(x[i], y[i])
                     : op == COMPARE_LT ? span_compare(x[i], y[i]) < 0
                                        : span_compare(x[i], y[i]) <= 0;
        t[i >> 6] |= (uint64_t)meets << (i & 63);
    }
}

static enum status eval_columns(struct evaluation *ev, const struct test *test, uint64_t *t, uint64_t *u)
{
    bool is_swapped = test->comparison == COMPARE_GT || test->comparison == COMPARE_GE;
    enum comparison op = test->comparison == COMPARE_GT   ? COMPARE_LT
                         : test->comparison == COMPARE_GE ? COMPARE_LE
                                                          : test->comparison;
    const struct vector *a = column_of(ev, test->terms[is_swapped ? 1 : 0]);
    const struct vector *b = column_of(ev, test->terms[is_swapped ? 0 : 1]);
    uint64_t known_a[MASK_WORDS], known_b[MASK_WORDS];
    struct vector x, y;
    int64_t n = ev->n_rows;

    clear(t, n);
    bitmap_fill(u, n);
    if (!known_rows(a, n, known_a) || !known_rows(b, n, known_b))
        return STATUS_OK;
    TRY(as_flat(ev, a, 0, &x));
    TRY(as_flat(ev, b, 1, &y));
    switch (x.lane) {
    case LANE_I64:
        compare_i64(op, x.i64, y.i64, n, t);
        break;
    case LANE_U64:
        compare_u64(op, x.u64, y.u64, n, t);
        break;
    case LANE_F64:
        compare_f64(op, x.f64, y.f64, n, t);
        break;
    case LANE_I128:
        compare_i128(op, x.i128, y.i128, n, t);
        break;
    default:
        compare_spans(op, x.bytes, y.bytes, n, t);
    }
    for (size_t w = 0; w < BITMAP_WORDS(n); w++) {
        t[w] &= known_a[w] & known_b[w];
        u[w] &= ~(known_a[w] & known_b[w]);
    }
    if (test->is_negated)
        negate(n, t, u);
    return STATUS_OK;
}

/* Null or not is known of malformed cells, too: they are there. */
static void eval_is_null(struct evaluation *ev, const struct test *test, uint64_t *t, uint64_t *u)
{
    const struct vector *v = column_of(ev, test->terms[0]);
    size_t words = BITMAP_WORDS(ev->n_rows);

    clear(u, ev->n_rows);
    for (size_t w = 0; w < words; w++)
        t[w] = v->valid ? ~v->valid[w] : 0;
    t[words - 1] &= bitmap_tail(ev->n_rows);
    if (test->is_negated)
        negate(ev->n_rows, t, u);
}

/* and: false wins; or: true wins; unknown is what is left. */
static void combine(enum test_kind kind, size_t words, uint64_t *t, uint64_t *u, const uint64_t *t2, const uint64_t *u2)
{
    for (size_t w = 0; w < words; w++) {
        uint64_t t1 = t[w], u1 = u[w];

        if (kind == TEST_AND) {
            t[w] = t1 & t2[w];
            u[w] = (t1 | u1) & (t2[w] | u2[w]) & ~t[w];
        } else {
            t[w] = t1 | t2[w];
            u[w] = (u1 | u2[w]) & ~t[w];
        }
    }
}

static enum status eval_list(struct evaluation *ev, const struct test *test, int32_t level, uint64_t *t, uint64_t *u)
{
    uint64_t *mine = ev->s->masks + (size_t)level * 2 * MASK_WORDS;

    TRY(eval_test(ev, test->args[0], level + 1, t, u));
    for (int32_t i = 1; i < test->n_args; i++) {
        TRY(eval_test(ev, test->args[i], level + 1, mine, mine + MASK_WORDS));
        combine(test->kind, BITMAP_WORDS(ev->n_rows), t, u, mine, mine + MASK_WORDS);
    }
    return STATUS_OK;
}

static enum status eval_test(struct evaluation *ev, const struct test *test, int32_t level, uint64_t *t, uint64_t *u)
{
    switch (test->kind) {
    case TEST_CONSTANT:
        clear(t, ev->n_rows);
        clear(u, ev->n_rows);
        if (test->constant != ANSWER_FALSE)
            bitmap_fill(test->constant == ANSWER_TRUE ? t : u, ev->n_rows);
        return STATUS_OK;
    case TEST_AND: case TEST_OR:
        return eval_list(ev, test, level, t, u);
    case TEST_NOT:
        TRY(eval_test(ev, test->args[0], level + 1, t, u));
        negate(ev->n_rows, t, u);
        return STATUS_OK;
    case TEST_COLUMNS:
        return eval_columns(ev, test, t, u);
    case TEST_IS_NULL:
        if (test->terms[0]->kind != TERM_COLUMN)
            return eval_many(ev, test, level, t, u);
        eval_is_null(ev, test, t, u);
        return STATUS_OK;
    default:
        return test->slot >= 0 ? eval_single(ev, test, t, u) : eval_many(ev, test, level, t, u);
    }
}

/* The vectors are what was promised when the columns were bound. */
static enum status check_slots(const struct predicate *p, const struct vector *const *slots, int64_t n_rows, struct error *err)
{
    if (n_rows > CHUNK_MAX_ROWS)
        return error_set(err, STATUS_INTERNAL, "a chunk of more than %d rows", CHUNK_MAX_ROWS);
    for (int32_t i = 0; i < p->n_slots; i++) {
        const struct vector *v = slots[p->slots[i]];

        if (!v || v->n_rows < n_rows)
            return error_set(err, STATUS_INTERNAL, "slot %d of an expression has no rows", (int)p->slots[i]);
        if (p->uses[i].n_values > 0 && v->lane != p->uses[i].lane)
            return error_set(err, STATUS_INTERNAL, "slot %d of an expression changed its type", (int)p->slots[i]);
    }
    return STATUS_OK;
}

enum status predicate_eval(const struct predicate *p, struct predicate_scratch *scratch, const struct vector *const *slots,
                           int64_t n_rows, uint64_t *is_true, uint64_t *is_unknown, const char **trouble, struct error *err)
{
    struct evaluation ev = {
        .p = p,
        .s = scratch,
        .rows = {.slots = slots, .replaced_slot = -1, .zone = p->zone, .buffers = scratch->buffers, .truths = scratch->truths},
        .n_rows = n_rows,
        .trouble_text = trouble,
        .err = err,
    };

    TRY(check_slots(p, slots, n_rows, err));
    if (n_rows == 0)
        return STATUS_OK;
    return eval_test(&ev, p->root, 0, is_true, is_unknown);
}
