/* stats/dense.c -- see dense.h.
 *
 * The directory is an array of pages from the lowest to the highest that any value lies in; a range wider than it may be ends the attempt
 * before a bit is set. Pages may take FREE_BYTES, or as much as ROW_BYTES for each row, and an eighth of the memory that is left: a column of few
 * rows from a wide range is no case for this.
 *
 * Values of no order hit memory at random, so what they will hit is fetched while the AHEAD before them are added, one by one:
 * all of them at once is more than a core can wait for. Keeping them as they came is
 * writing in order; a byte beside each value that says where it was met would be as random again, and took more than decoding twice.
 */
#include "stats/dense.h"

#include "core/pool.h"
#include "kernels/kernels.h"
#include "stats/row_keys.h"

enum {
    PAGES_MAX = 1 << 14, /* a range of 2^30 */
    FREE_BYTES = 4 << 20,
    ROW_BYTES = 16,
    TRACES_BYTES = 64 << 20,  /* of a worker */
    AGAIN_SHARE = 64,         /* where one of so many values is repeated, all blocks of rows hold some */
    THREADS_MAX = 64,
    AHEAD = 32,
};

void dense_init(struct dense *d, struct memory *memory, int32_t n_columns, struct type type, bool counts_repeats, bool is_traced)
{
    enum lane lane = type_lane(type);

    *d = (struct dense){.memory = memory, .counts_repeats = counts_repeats, .is_traced = is_traced && counts_repeats};
    d->is_possible = n_columns == 1 && (lane == LANE_I64 || lane == LANE_U64);
    d->sign = lane == LANE_I64 ? (uint64_t)1 << 63 : 0;
}

static void free_page(struct dense *d, size_t at)
{
    struct dense_page *page = d->pages[at];

    if (!page)
        return;
    d->held -= sizeof *page + (page->twice ? sizeof page->once : 0);
    mem_free(d->memory, page->twice);
    mem_free(d->memory, page);
    d->pages[at] = NULL;
}

static void trace_no_more(struct dense *d)
{
    while (d->traces) {
        struct dense_trace *next = d->traces->next;

        mem_free(d->memory, d->traces);
        d->traces = next;
    }
    d->last_trace = NULL;
    d->held_traces = 0;
    d->is_traced = false;
}

void dense_done(struct dense *d)
{
    trace_no_more(d);
    for (size_t i = 0; i < d->n_pages; i++)
        free_page(d, i);
    mem_free(d->memory, d->pages);
    d->pages = NULL;
    d->n_pages = d->held = 0;
    d->n_rows = d->n_values = 0;
}

static enum status no_room(const struct dense *d, struct error *err)
{
    return memory_error(d->memory, "the distinct values of a column", err);
}

static bool may_hold(const struct dense *d, size_t more)
{
    size_t after = d->held + more, for_rows = (size_t)d->n_rows * ROW_BYTES;

    return after <= (for_rows > FREE_BYTES ? for_rows : FREE_BYTES) && after <= memory_left(d->memory) / 8 &&
           !memory_is_tight(d->memory);
}

/* Makes the directory reach from page `low` to page `high`. false: it may not, or there is no memory. */
static bool reach(struct dense *d, uint64_t low, uint64_t high)
{
    uint64_t first = low, last = high;
    struct dense_page **pages;

    if (d->n_pages) {
        first = low < d->first_page ? low : d->first_page;
        last = high > d->first_page + d->n_pages - 1 ? high : d->first_page + d->n_pages - 1;
        if (first == d->first_page && last == d->first_page + d->n_pages - 1)
            return true;
    }
    if (last - first >= PAGES_MAX)
        return false;
    pages = mem_alloc(d->memory, (size_t)(last - first + 1) * sizeof(struct dense_page *));
    if (!pages)
        return false;
    if (d->n_pages)
        memcpy(pages + (d->first_page - first), d->pages, d->n_pages * sizeof(struct dense_page *));
    mem_free(d->memory, d->pages);
    d->pages = pages;
    d->first_page = first;
    d->n_pages = (size_t)(last - first + 1);
    return true;
}

static struct dense_page *make_page(struct dense *d, uint64_t number)
{
    struct dense_page *page = may_hold(d, sizeof *page) ? mem_alloc(d->memory, sizeof *page) : NULL;

    if (page)
        d->held += sizeof *page;
    d->pages[number - d->first_page] = page;
    return page;
}

static bool make_twice(struct dense *d, struct dense_page *page)
{
    page->twice = mem_alloc(d->memory, sizeof page->once);
    d->held += page->twice ? sizeof page->once : 0;
    return page->twice != NULL;
}

static enum status put(const struct dense *d, struct fingerprints *exact, uint64_t key, int64_t count, struct error *err)
{
    uint64_t value = key ^ d->sign, low;

    row_keys_of_words(&value, 1, &low);
    return fingerprints_add_one(exact, low, 0, count, err);
}

/* A value whose bit is set already. */
static enum status again(struct dense *d, struct fingerprints *exact, struct dense_page *page, uint64_t key, struct error *err)
{
    uint64_t at = key & ((1 << DENSE_PAGE_BITS) - 1);

    if (!d->counts_repeats)
        return STATUS_OK;
    d->n_again++;
    if (!page->twice && !make_twice(d, page))
        return no_room(d, err);
    if (bit_get(page->twice, (int64_t)at))
        return put(d, exact, key, 1, err);
    bit_set(page->twice, (int64_t)at);
    return STATUS_OK;
}

/* false in *fits: for want of a page; the value was not added. */
static inline enum status add_value(struct dense *d, struct fingerprints *exact, uint64_t key, bool *fits, struct error *err)
{
    uint64_t number = key >> DENSE_PAGE_BITS, bit = (uint64_t)1 << (key & 63);
    struct dense_page *page = d->pages[number - d->first_page];
    uint64_t *word;

    if (__builtin_expect(!page, 0) && !(page = make_page(d, number))) {
        *fits = false;
        return STATUS_OK;
    }
    word = &page->once[(key & ((1 << DENSE_PAGE_BITS) - 1)) >> 6];
    if (__builtin_expect((*word & bit) != 0, 0))
        return again(d, exact, page, key, err);
    *word |= bit;
    d->n_values++;
    return STATUS_OK;
}

/* What a value will hit. That of a row that has none may be anything. */
static inline void fetch_ahead(const struct dense *d, uint64_t key)
{
    uint64_t number = (key >> DENSE_PAGE_BITS) - d->first_page;
    const struct dense_page *page = number < d->n_pages ? d->pages[number] : NULL;

    if (page)
        __builtin_prefetch(&page->once[(key & ((1 << DENSE_PAGE_BITS) - 1)) >> 6]);
}

/* Rows from `from` on, of which nothing has been added. */
static enum status put_rest(struct dense *d, struct fingerprints *exact, const uint64_t *x, int64_t n, const uint64_t *rows, int64_t from,
                            struct error *err)
{
    TRY(dense_close(d, exact, err));
    FOR_EACH_BIT(i, rows, n)
        if (i >= from)
            TRY(put(d, exact, x[i] ^ d->sign, 1, err));
    return STATUS_OK;
}

static enum status add_values(struct dense *d, struct fingerprints *exact, const uint64_t *x, int64_t n, const uint64_t *rows,
                              struct error *err)
{
    bool fits = true;

    for (int64_t base = 0; base < n; base += 64) {
        for (uint64_t left = rows[base >> 6]; left; left &= left - 1) {
            int64_t i = base + __builtin_ctzll(left);

            if (i + AHEAD < n)
                fetch_ahead(d, x[i + AHEAD] ^ d->sign);
            TRY(add_value(d, exact, x[i] ^ d->sign, &fits, err));
            if (__builtin_expect(!fits, 0))
                return put_rest(d, exact, x, n, rows, i, err);
        }
    }
    return STATUS_OK;
}

/* The lowest and highest of at least one, in their order. */
static void bounds(const struct dense *d, const uint64_t *x, int64_t n, const uint64_t *rows, uint64_t *low, uint64_t *high)
{
    int64_t lowest = INT64_MAX, highest = INT64_MIN;

    *low = UINT64_MAX;
    *high = 0;
    if (d->sign == 0) {
        kernels_get()->extremes_u64(x, n, rows, low, high);
        return;
    }
    kernels_get()->extremes_i64((const int64_t *)x, n, rows, &lowest, &highest);
    *low = (uint64_t)lowest ^ d->sign;
    *high = (uint64_t)highest ^ d->sign;
}

/* --- traces --- */

static bool may_trace(const struct dense *d, size_t more)
{
    return d->held_traces + more <= TRACES_BYTES && d->held_traces + more <= memory_left(d->memory) / 8 && !memory_is_tight(d->memory) &&
           d->n_again <= d->n_rows / AGAIN_SHARE + CHUNK_MAX_ROWS;
}

/* Of a chunk whose values lie less than 2^32 apart, as the directory demands. */
static void trace_chunk(struct dense *d, const struct metric_input *in, const uint64_t *x, const uint64_t *rows, int64_t n_values, uint64_t low)
{
    size_t size = sizeof(struct dense_trace) + (size_t)n_values * sizeof(uint32_t);
    struct dense_trace *trace = !in->row_of && may_trace(d, size) ? mem_alloc(d->memory, size) : NULL;

    if (!trace) {
        trace_no_more(d);
        return;
    }
    trace->low = low;
    trace->block = row_block_of(in->file, in->first_row);
    FOR_EACH_BIT(i, rows, in->n_rows)
        trace->at[trace->n++] = (uint32_t)((x[i] ^ d->sign) - low);
    if (d->last_trace)
        d->last_trace->next = trace;
    else
        d->traces = trace;
    d->last_trace = trace;
    d->held_traces += size;
}

static bool has_any_repeated(const struct dense *d)
{
    for (size_t i = 0; i < d->n_pages; i++)
        if (d->pages[i] && d->pages[i]->twice)
            return true;
    return false;
}

static bool has_repeated(const struct dense *d, const struct dense_trace *trace)
{
    for (uint32_t i = 0; i < trace->n; i++) {
        uint64_t key = trace->low + trace->at[i];
        const struct dense_page *page = d->pages[(key >> DENSE_PAGE_BITS) - d->first_page];

        if (page->twice && bit_get(page->twice, (int64_t)(key & ((1 << DENSE_PAGE_BITS) - 1))))
            return true;
    }
    return false;
}

struct search {
    const struct dense *d;
    const struct dense_trace **traces;
    struct row_blocks found[THREADS_MAX];
};

/* A block that has been found once is not looked at again. */
static bool search_trace(void *context, int worker, int64_t at)
{
    struct search *s = context;
    const struct dense_trace *trace = s->traces[at];

    if (!row_blocks_has(&s->found[worker], trace->block) && has_repeated(s->d, trace))
        row_blocks_add(&s->found[worker], trace->block);
    return true;
}

bool dense_repeats(const struct dense *d, int64_t n_rows, int n_threads, struct row_blocks *out)
{
    struct search s = {.d = d};
    int64_t n = 0;

    *out = (struct row_blocks){0};
    if (!d->is_traced || d->n_rows != n_rows)
        return false;
    if (!has_any_repeated(d))
        return true;
    for (const struct dense_trace *trace = d->traces; trace; trace = trace->next)
        n++;
    s.traces = mem_alloc(d->memory, ((size_t)n + 1) * sizeof *s.traces);
    if (!s.traces)
        return false;
    n = 0;
    for (const struct dense_trace *trace = d->traces; trace; trace = trace->next)
        s.traces[n++] = trace;
    pool_run(n_threads < THREADS_MAX ? n_threads : THREADS_MAX, n, search_trace, &s);
    mem_free(d->memory, s.traces);
    for (int i = 0; i < THREADS_MAX; i++)
        row_blocks_add_all(out, &s.found[i]);
    return true;
}

/* --- adding --- */

/* Then entries are told apart faster than rows. Writers give unique columns dictionaries as well, until they grow too large. */
static bool has_few_entries(const struct dense *d, const struct vector *v)
{
    return v->shape == SHAPE_DICTIONARY && d->n_values == 0 && v->n_entries * 2 <= v->n_rows;
}

enum status dense_offer(struct dense *d, struct fingerprints *exact, const struct metric_input *in, struct moments_counts *counts,
                        bool *taken, struct error *err)
{
    const struct vector *v = in->columns[0];
    struct selection chosen;
    uint64_t low, high;
    const uint64_t *x;

    *taken = false;
    if (!d->is_possible || (v->lane != LANE_I64 && v->lane != LANE_U64) || has_few_entries(d, v))
        return STATUS_OK;
    TRY(selection_make(&chosen, in, err));
    if (chosen.counts.n_malformed)
        return STATUS_OK;
    *taken = true;
    *counts = chosen.counts;
    if (chosen.counts.n_values == 0)
        return STATUS_OK;
    x = selection_flat(&chosen, v);
    bounds(d, x, in->n_rows, chosen.values, &low, &high);
    *taken = reach(d, low >> DENSE_PAGE_BITS, high >> DENSE_PAGE_BITS);
    if (!*taken)
        return STATUS_OK;
    d->n_rows += chosen.counts.n_values;
    if (d->is_traced)
        trace_chunk(d, in, x, chosen.values, chosen.counts.n_values, low);
    return add_values(d, exact, x, in->n_rows, chosen.values, err);
}

/* The values of one word of a page as often as they occurred, at most twice. */
static enum status put_word(const struct dense *d, struct fingerprints *exact, uint64_t first_key, uint64_t word, int64_t count,
                            struct error *err)
{
    uint64_t values[64], low[64];
    int64_t n = 0;

    if (!word)
        return STATUS_OK;
    for (; word; word &= word - 1)
        values[n++] = (first_key + (uint64_t)__builtin_ctzll(word)) ^ d->sign;
    row_keys_of_words(values, n, low);
    for (int64_t i = 0; i < n; i++)
        TRY(fingerprints_add_one(exact, low[i], 0, count, err));
    return STATUS_OK;
}

enum which { ALL_VALUES, REPEATED_VALUES };

static enum status put_page(struct dense *d, struct fingerprints *exact, size_t at, enum which which, struct error *err)
{
    struct dense_page *page = d->pages[at];
    uint64_t first_key = (d->first_page + at) << DENSE_PAGE_BITS;

    for (uint64_t w = 0; w < DENSE_PAGE_WORDS; w++) {
        uint64_t twice = page->twice ? page->twice[w] : 0, once = page->once[w] & ~twice;

        TRY(put_word(d, exact, first_key + 64 * w, twice, 2, err));
        d->n_values -= __builtin_popcountll(twice);
        if (which == ALL_VALUES)
            TRY(put_word(d, exact, first_key + 64 * w, once, 1, err));
        page->once[w] = once;
    }
    return STATUS_OK;
}

enum status dense_close(struct dense *d, struct fingerprints *exact, struct error *err)
{
    d->is_possible = false;
    for (size_t i = 0; i < d->n_pages; i++) {
        if (!d->pages[i])
            continue;
        TRY(put_page(d, exact, i, ALL_VALUES, err));
        free_page(d, i); /* at once: the budget may not hold both */
    }
    dense_done(d);
    return STATUS_OK;
}

enum status dense_settle(struct dense *d, struct fingerprints *exact, struct error *err)
{
    for (size_t i = 0; i < d->n_pages; i++) {
        struct dense_page *page = d->pages[i];

        if (!page || !page->twice)
            continue;
        TRY(put_page(d, exact, i, REPEATED_VALUES, err));
        d->held -= sizeof page->once;
        mem_free(d->memory, page->twice);
        page->twice = NULL;
    }
    if (d->n_pages)
        d->is_possible = false; /* the fingerprints hold some of them now */
    return STATUS_OK;
}

/* Both sides have the page. A value that occurred once on each side did so twice; what is more goes to the fingerprints. */
static enum status merge_page(struct dense *a, struct fingerprints *exact, struct dense_page *to, const struct dense_page *page,
                              uint64_t first_key, struct error *err)
{
    bool has_twice = page->twice != NULL;

    for (uint64_t w = 0; w < DENSE_PAGE_WORDS; w++) {
        uint64_t both = to->once[w] & page->once[w];

        has_twice = has_twice || (both && a->counts_repeats);
        a->n_values -= __builtin_popcountll(both);
    }
    if (has_twice && !to->twice && !make_twice(a, to))
        return no_room(a, err);
    for (uint64_t w = 0; w < DENSE_PAGE_WORDS; w++) {
        uint64_t both = to->once[w] & page->once[w], theirs = page->twice ? page->twice[w] : 0;

        if (has_twice) {
            TRY(put_word(a, exact, first_key + 64 * w, both & to->twice[w], 1, err));
            TRY(put_word(a, exact, first_key + 64 * w, both & theirs, 1, err));
            to->twice[w] |= theirs | both;
        }
        to->once[w] |= page->once[w];
    }
    return STATUS_OK;
}

static void merge_traces(struct dense *a, struct dense *b)
{
    if (b->n_rows == 0)
        return;
    if (!a->is_traced || !b->is_traced) {
        trace_no_more(a);
        return;
    }
    if (a->last_trace)
        a->last_trace->next = b->traces;
    else
        a->traces = b->traces;
    a->last_trace = b->last_trace ? b->last_trace : a->last_trace;
    a->held_traces += b->held_traces;
    a->n_again += b->n_again;
    b->traces = b->last_trace = NULL;
}

static enum status merge_pages(struct dense *a, struct fingerprints *exact, struct dense *b, struct error *err)
{
    for (size_t i = 0; i < b->n_pages; i++) {
        uint64_t number = b->first_page + i;
        struct dense_page **to = &a->pages[number - a->first_page];

        if (!b->pages[i])
            continue;
        if (*to) {
            TRY(merge_page(a, exact, *to, b->pages[i], number << DENSE_PAGE_BITS, err));
            free_page(b, i);
            continue;
        }
        *to = b->pages[i];
        a->held += sizeof **to + ((*to)->twice ? sizeof (*to)->once : 0);
        b->pages[i] = NULL;
    }
    merge_traces(a, b);
    a->n_values += b->n_values;
    a->n_rows += b->n_rows;
    b->n_values = b->n_rows = 0;
    b->held = 0;
    dense_done(b);
    return STATUS_OK;
}

enum status dense_merge(struct dense *into, struct fingerprints *into_exact, struct dense *from, struct fingerprints *from_exact,
                        struct error *err)
{
    bool can = into->is_possible && from->is_possible && into->memory == from->memory;

    if (can && from->n_pages)
        can = reach(into, from->first_page, from->first_page + from->n_pages - 1);
    if (can)
        return merge_pages(into, into_exact, from, err);
    TRY(dense_close(into, into_exact, err));
    return dense_close(from, from_exact, err);
}
