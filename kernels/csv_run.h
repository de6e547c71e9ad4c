/* kernels/csv_run.h -- the part of kernels/csv_cut.h that takes blocks of 64 bytes by the gigabyte; a template as that is.
 *
 * The file defines besides:
 *   struct csv_chars, csv_chars_of   the bytes that are looked for, each in a register
 *   csv_find              where they are in 64 bytes, as csv_run_as wants it
 *   csv_compact           the bits of x that mask has, side by side
 *   csv_low_bits          the lowest n bits of x, n up to 64
 *
 * A block is regular where all quotes and line ends are as they should be, and its records have the fields they should have: where
 * `to_come` fields of the first record are still to end, the structural bytes number to_come - 1, to_come - 1 + n_fields,
 * to_come - 1 + 2 n_fields ... are the line ends and no others. That is one comparison of all rows of a block, so that none of what
 * is done depends on where records end, but for quoted line ends. In front of an irregular block a run stops; nothing of it was taken then.
 *
 * There is a loop for texts without quotes, one for those with, and one for lines that end in CR LF. The cut remembers which, so
 * that the next one begins with it.
 */
enum csv_mode { CSV_PLAIN, CSV_QUOTED, CSV_CRLF };

struct csv_found {
    uint64_t quote, delimiter, line; /* line: LF, CR in CSV_CRLF */
    bool is_odd; /* there is what this loop has no eye for: a CR, in CSV_PLAIN a quote; in CSV_CRLF an LF not behind a CR or a CR before another byte */
};

/* Bits 0, n_fields, 2 n_fields ... */
static inline uint64_t csv_every(int64_t n_fields)
{
    uint64_t every = 0;

    for (int64_t i = 0; i < 64; i += n_fields)
        every |= (uint64_t)1 << i;
    return every;
}

/* Quotes where they may not be, and what of the block is not quoted. A byte beside a quote that opens or closes is not quoted itself, or is
 * a quote, so that it need not be asked whether a break is. */
CSV_INLINE static inline uint64_t csv_quotes_are_odd(const struct csv_found *f, uint64_t breaks, const struct csv_carry *carry,
                                                      struct csv_carry *next, uint64_t *plain)
{
    uint64_t quoted = csv_prefix_xor(f->quote) ^ carry->quoted;
    uint64_t opens = f->quote & quoted, closes = f->quote & ~quoted, beside = f->quote | breaks;
    uint64_t bad = (opens & ~(beside << 1 | carry->may_open)) | ((closes << 1 | carry->has_closed) & ~beside);

    *plain = ~quoted;
    *next = (struct csv_carry){(uint64_t)((int64_t)quoted >> 63), beside >> 63, closes >> 63, 0};
    return bad;
}

/* Where rows begin: behind the end of the one before. */
CSV_INLINE static inline void csv_put_starts(const struct csv_cut *c, size_t first, size_t n_rows, uint32_t end_size)
{
    const uint32_t *ends = c->ends + (first + 1) * (size_t)c->n_fields - 1;

    for (size_t r = first + 1; r < n_rows; r++, ends += c->n_fields)
        c->starts[r] = *ends + end_size;
}

/* How far a run goes at most: in front of the last block that holds the limit, and while there is room. */
struct csv_bounds { size_t base, rows, ends; };

static inline struct csv_bounds csv_bounds_of(const struct csv_cut *c)
{
    struct csv_bounds b = {c->limit > 65 ? c->limit - 65 : 0, SIZE_MAX, SIZE_MAX};

    if (!c->keeps_ends)
        return b;
    b.rows = c->rows_max > 64 ? c->rows_max - 64 : 0;
    b.ends = c->ends_max > CSV_CUT_SLACK ? c->ends_max - CSV_CUT_SLACK : 0;
    return b;
}

/* What a run took. Of the quoted line ends those count as lines in front of the next record that stand before it. */
struct csv_taken {
    size_t n_rows, n_ends, last_base;
    uint64_t last_ends; /* where ends are not kept: the line ends of the last block that has some, which is at last_base */
    uint64_t any_line;
    int64_t quoted, quoted_before; /* line ends: all; those before the end of row number row_of_quoted */
    size_t row_of_quoted;
};

CSV_INLINE static inline void csv_take_quoted_lines(struct csv_taken *t, uint64_t quoted, uint64_t line_ends)
{
    if (line_ends)
        t->quoted_before = t->quoted + __builtin_popcountll(csv_low_bits(quoted, 64 - (unsigned)__builtin_clzll(line_ends)));
    else if (t->n_rows > t->row_of_quoted)
        t->quoted_before = t->quoted;
    t->quoted += __builtin_popcountll(quoted);
    t->row_of_quoted = t->n_rows + (size_t)__builtin_popcountll(line_ends);
}

/* The last line end that was taken. */
CSV_INLINE static inline size_t csv_last_line_end(const struct csv_cut *c, const struct csv_taken *t)
{
    return c->keeps_ends ? c->ends[t->n_rows * (size_t)c->n_fields - 1] : t->last_base + 63 - (size_t)__builtin_clzll(t->last_ends);
}

/* Puts what was taken into the cut. */
CSV_INLINE static inline void csv_settle(struct csv_cut *c, struct csv_place *place, const struct csv_taken *t, uint32_t end_size)
{
    size_t n = t->n_rows - c->n_rows;

    if (n) {
        if (c->keeps_ends) {
            c->starts[c->n_rows] = (uint32_t)c->at;
            csv_put_starts(c, c->n_rows, t->n_rows, end_size);
        }
        c->at = csv_last_line_end(c, t) + end_size;
        c->n_lines = place->lines + (int64_t)n + (t->n_rows > t->row_of_quoted ? t->quoted : t->quoted_before);
    }
    place->lines += (int64_t)n + t->quoted;
    place->n_ends = t->n_ends;
    c->n_rows = t->n_rows;
}

CSV_INLINE static inline void csv_run_as(struct csv_cut *c, struct csv_place *place, struct csv_bytes *bytes, const enum csv_mode mode,
                                         const bool keeps_ends)
{
    const struct csv_chars chars = csv_chars_of(c);
    const struct csv_bounds stop = csv_bounds_of(c);
    const uint64_t n_fields = (uint64_t)c->n_fields, every = csv_every(c->n_fields);
    struct csv_taken t = {.n_rows = c->n_rows, .n_ends = place->n_ends, .row_of_quoted = c->n_rows};
    uint64_t to_come = (c->n_rows + 1) * n_fields - place->n_ends - 1;
    struct csv_carry carry = place->carry;
    struct csv_bytes seen = *bytes;
    const uint8_t *text = c->text;
    uint32_t *ends = c->ends;
    size_t base = place->base;

    for (; base < stop.base && (!keeps_ends || (t.n_rows < stop.rows && t.n_ends <= stop.ends)); base += 64) {
        struct csv_found f = csv_find(text + base, &chars, mode, carry.cr, &seen);
        uint64_t breaks = f.delimiter | f.line | (mode == CSV_CRLF ? f.line << 1 | carry.cr : 0), plain = ~(uint64_t)0, bad = 0;
        struct csv_carry next = {.may_open = breaks >> 63};
        uint64_t structural, line_ends;
        unsigned n, n_rows;

        if (mode != CSV_PLAIN)
            bad = csv_quotes_are_odd(&f, breaks, &carry, &next, &plain);
        if (mode == CSV_CRLF)
            next.cr = f.line >> 63;
        structural = (f.delimiter | f.line) & plain;
        line_ends = f.line & plain;
        n = (unsigned)__builtin_popcountll(structural);
        n_rows = (unsigned)__builtin_popcountll(line_ends);
        if (f.is_odd)
            break;
        if (bad | (csv_compact(line_ends, structural) ^ csv_low_bits(every << to_come, n)))
            break;
        if (mode == CSV_CRLF && next.cr && text[base + 64] != '\n')
            break;
        if (keeps_ends)
            csv_put_ends(ends + t.n_ends, structural, (uint32_t)base, (int)n);
        if (mode != CSV_PLAIN && f.line != line_ends)
            csv_take_quoted_lines(&t, f.line ^ line_ends, line_ends);
        if (mode == CSV_CRLF)
            t.any_line |= f.line;
        t.n_ends += keeps_ends ? n : 0;
        t.n_rows += n_rows;
        if (!keeps_ends) {
            t.last_base = line_ends ? base : t.last_base;
            t.last_ends = line_ends ? line_ends : t.last_ends;
        }
        to_come += n_rows * n_fields - n;
        carry = next;
    }
    t.n_ends = (t.n_rows + 1) * n_fields - 1 - to_come;
    csv_settle(c, place, &t, mode == CSV_CRLF ? 2 : 1);
    c->has_cr |= mode == CSV_CRLF && t.any_line;
    place->base = base;
    place->carry = carry;
    *bytes = seen;
}

/* The loops, each a function by itself, so that each has the registers for itself. */
#define CSV_RUN(name, mode, keeps_ends)                                                                        \
    CSV_TARGET __attribute__((noinline)) static void name(struct csv_cut *c, struct csv_place *p, struct csv_bytes *b) \
    {                                                                                                          \
        csv_run_as(c, p, b, mode, keeps_ends);                                                                 \
    }
CSV_RUN(csv_count_plain, CSV_PLAIN, false)
CSV_RUN(csv_count_quoted, CSV_QUOTED, false)
CSV_RUN(csv_count_crlf, CSV_CRLF, false)
CSV_RUN(csv_index_plain, CSV_PLAIN, true)
CSV_RUN(csv_index_quoted, CSV_QUOTED, true)
CSV_RUN(csv_index_crlf, CSV_CRLF, true)

/* The loop for what stands at `base` where `mode` stopped there. */
static inline enum csv_mode csv_mode_at(const struct csv_cut *c, const struct csv_place *p, enum csv_mode mode)
{
    const uint8_t *at = c->text + p->base;

    if (p->carry.cr || memchr(at, '\r', 64))
        return CSV_CRLF;
    if (p->carry.quoted | p->carry.has_closed || (c->quote >= 0 && memchr(at, c->quote, 64)))
        return CSV_QUOTED;
    return mode == CSV_CRLF ? CSV_QUOTED : mode; /* a quote somewhere brings others */
}

/* Takes regular blocks from place->base on. */
CSV_TARGET static void csv_run(struct csv_cut *c, struct csv_place *place, struct csv_bytes *bytes)
{
    static void (*const runs[][2])(struct csv_cut *, struct csv_place *, struct csv_bytes *) = {
        {csv_count_plain, csv_index_plain}, {csv_count_quoted, csv_index_quoted}, {csv_count_crlf, csv_index_crlf}};

    for (int i = 0; i < 2; i++) {
        enum csv_mode mode = (enum csv_mode)c->mode;

        if (place->base >= csv_bounds_of(c).base || place->n_ends - c->n_rows * (uint64_t)c->n_fields >= (uint64_t)c->n_fields)
            return;
        if ((place->carry.cr && mode != CSV_CRLF) || (mode == CSV_PLAIN && (place->carry.quoted | place->carry.has_closed)))
            c->mode = csv_mode_at(c, place, mode);
        runs[c->mode][c->keeps_ends](c, place, bytes);
        if (place->base >= csv_bounds_of(c).base)
            return;
        mode = csv_mode_at(c, place, (enum csv_mode)c->mode);
        if ((int)mode == c->mode)
            return;
        c->mode = (int)mode;
    }
}
