/* kernels/csv_cut.h -- the loop of kernels/csv.h; not a header but a template, included once by each variant's file.
 *
 * The file defines before:
 *   CSV_TARGET            the attribute of its functions, or nothing
 *   struct csv_bytes      what the bytes were, gathered: csv_bytes_high, csv_bytes_zero tell
 *   csv_masks             the masks of 64 bytes
 *   csv_prefix_xor        bit i = xor of bits 0..i
 *   csv_lowest            the number of the lowest bit; anything for 0; or, with CSV_PUTS_ENDS defined, a csv_put_ends of its own,
 *                         which writes at most 64 places
 *   CSV_RUNS              whether csv_run.h is of use here, which is then included; without it, it never is
 *
 * With q the quotes of a block, prefix_xor(q) says for each byte whether it is quoted: from an opening quote up to the byte
 * before the closing one; the complement where the block began quoted. Structural are the delimiters and line ends outside. A
 * doubled quote closes and opens at once. So a quote that opens has to follow a delimiter, a line end or a quote that closes,
 * and one that closes has to be followed by a delimiter, a line end or a quote; every other quote is the lexer's.
 *
 * The ends of fields of good records follow each other without a gap, so the last end of row r has the number
 * (r + 1) * n_fields - 1: a record with another number of fields shows itself at its line end by one comparison.
 *
 * That comparison is made for each row, which costs a mispredicted branch or two, as nobody knows in which blocks records end. So
 * regular blocks, which is nearly all of them, are taken without it by kernels/csv_run.h, where the variant has the instructions.
 */

struct csv_block { uint64_t quote, delimiter, line, cr; }; /* line: LF or CR */

/* What is carried from one block to the next. */
struct csv_carry {
    uint64_t quoted;     /* all ones: the block begins quoted */
    uint64_t may_open;   /* bit 0: the byte before it allows a quote to open */
    uint64_t has_closed; /* bit 0: the byte before it is a quote that closes */
    uint64_t cr;         /* bit 0: the byte before it is a CR */
};

/* Where a cut has come to: blocks before `base` are done with; the ends of fields and of lines in them. */
struct csv_place { struct csv_carry carry; size_t base; uint64_t n_ends; int64_t lines; };

struct csv_marks { uint64_t structural, ends, lines, bad; };

/* lines: without the LF of CR LF; ends: those outside quotes. All but `bad` only up to the first bad quote. */
CSV_INLINE static inline struct csv_marks csv_mark(const struct csv_block *b, uint64_t valid, struct csv_carry *carry)
{
    uint64_t quoted = csv_prefix_xor(b->quote) ^ carry->quoted;
    uint64_t opens = b->quote & quoted, closes = b->quote & ~quoted;
    uint64_t breaks = (b->delimiter | b->line) & ~quoted;
    struct csv_marks m = {.lines = b->line};

    m.bad = (opens & ~((breaks | closes) << 1 | carry->may_open)) |
            ((closes << 1 | carry->has_closed) & ~(b->quote | b->delimiter | b->line) & valid);
    if (b->cr | carry->cr)
        m.lines &= ~(((b->cr << 1) | carry->cr) & ~b->cr);
    m.structural = (b->delimiter | m.lines) & ~quoted;
    m.ends = m.lines & ~quoted;
    if (m.bad) {
        uint64_t before = (m.bad & -m.bad) - 1;
        m.structural &= before;
        m.ends &= before;
    }
    carry->quoted = (uint64_t)((int64_t)quoted >> 63);
    carry->may_open = (breaks | closes) >> 63;
    carry->has_closed = closes >> 63;
    carry->cr = b->cr >> 63;
    return m;
}

#if !defined(CSV_PUTS_ENDS)
/* Positions of the bits. Eight are written whatever there are: their number is a branch that would often be mispredicted. */
CSV_INLINE static inline void csv_put_ends(uint32_t *out, uint64_t bits, uint32_t base, int n)
{
    for (int done = 0; done < n; done += 8) {
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++) {
            out[done + i] = base + (uint32_t)csv_lowest(bits);
            bits &= bits - 1;
        }
    }
}
#endif

/* The block at `at`, and which of its bytes there are: what is behind the text is 'x'. */
CSV_INLINE static inline uint64_t csv_load(const struct csv_cut *c, size_t at, struct csv_block *block, struct csv_bytes *bytes)
{
    uint8_t last[64];
    size_t left = c->size - at;

    if (left >= sizeof last) {
        csv_masks(c->text + at, c->delimiter, c->quote, block, bytes);
        return ~(uint64_t)0;
    }
    memset(last, 'x', sizeof last);
    memcpy(last, c->text + at, left);
    csv_masks(last, c->delimiter, c->quote, block, bytes);
    block->quote &= ((uint64_t)1 << left) - 1; /* an 'x' may be the quote or the delimiter */
    block->delimiter &= ((uint64_t)1 << left) - 1;
    return ((uint64_t)1 << left) - 1;
}

/* A CR at the very end of the text may have its LF still to come. */
CSV_INLINE static inline bool csv_is_whole(const struct csv_cut *c, size_t line_end)
{
    return line_end + 1 < c->size || c->text[line_end] != '\r';
}

CSV_INLINE static inline size_t csv_behind(const struct csv_cut *c, size_t line_end)
{
    return line_end + 1 + (c->text[line_end] == '\r' && line_end + 1 < c->size && c->text[line_end + 1] == '\n');
}

/* May the record that begins at c->at be begun? *stop where not. */
CSV_INLINE static inline bool csv_may_begin(const struct csv_cut *c, enum csv_cut_stop *stop)
{
    if (c->at >= c->limit)
        *stop = CSV_CUT_DONE;
    else if (c->text[c->at] == c->comment)
        *stop = CSV_CUT_ODD;
    else if (c->starts && c->n_rows == c->rows_max)
        *stop = CSV_CUT_FULL;
    else
        return true;
    return false;
}

/* Takes the records that end in this block: false and *stop where the cut is over. n_ends: before the block. */
CSV_INLINE static inline bool csv_take_rows(struct csv_cut *c, const struct csv_marks *m, size_t base, uint64_t n_ends,
                                            int64_t lines_before, enum csv_cut_stop *stop)
{
    for (uint64_t ends = m->ends; ends; ends &= ends - 1) {
        int bit = __builtin_ctzll(ends);
        uint64_t up_to = ((uint64_t)2 << bit) - 1;
        size_t line_end = base + (size_t)bit;

        *stop = CSV_CUT_ODD;
        if (n_ends + (uint64_t)__builtin_popcountll(m->structural & up_to) != (c->n_rows + 1) * (uint64_t)c->n_fields ||
            !csv_is_whole(c, line_end))
            return false;
        if (c->starts)
            c->starts[c->n_rows] = (uint32_t)c->at;
        c->n_rows++;
        c->at = csv_behind(c, line_end);
        c->n_lines = lines_before + __builtin_popcountll(m->lines & up_to);
        if (!csv_may_begin(c, stop))
            return false;
    }
    *stop = CSV_CUT_ODD;
    return m->bad == 0;
}

#if defined(CSV_RUNS)
#include "kernels/csv_run.h"
#else
#define CSV_RUNS false
struct csv_place;
static inline void csv_run(struct csv_cut *c, struct csv_place *p, struct csv_bytes *bytes) { (void)c; (void)p; (void)bytes; }
#endif

/* On a copy of the cut, which the compiler can keep in registers. */
CSV_TARGET static enum csv_cut_stop csv_cut(struct csv_cut *cut)
{
    struct csv_cut c = *cut;
    struct csv_place p = {.carry = {.may_open = 1}, .base = c.at, .n_ends = (uint64_t)c.n_rows * (uint64_t)c.n_fields, .lines = c.n_lines};
    struct csv_bytes bytes = CSV_NO_BYTES;
    bool runs = CSV_RUNS && c.n_fields <= 64 && c.comment < 0 && c.keeps_ends == (c.starts != NULL);
    uint64_t any_cr = 0;
    enum csv_cut_stop stop = CSV_CUT_DONE;

    if (!csv_may_begin(&c, &stop))
        return stop;
    for (; p.base < c.size; p.base += 64) {
        struct csv_block block;
        struct csv_marks m;
        uint64_t valid;

        if (runs)
            csv_run(&c, &p, &bytes);
        valid = csv_load(&c, p.base, &block, &bytes);
        m = csv_mark(&block, valid, &p.carry);
        any_cr |= block.cr;
        stop = p.n_ends >= (c.n_rows + 1) * (uint64_t)c.n_fields ? CSV_CUT_ODD : CSV_CUT_FULL; /* has it too many? */
        if (c.keeps_ends && p.n_ends + CSV_CUT_SLACK > c.ends_max)
            break;
        if (c.keeps_ends)
            csv_put_ends(c.ends + p.n_ends, m.structural, (uint32_t)p.base, __builtin_popcountll(m.structural));
        if ((m.ends | m.bad) && !csv_take_rows(&c, &m, p.base, p.n_ends, p.lines, &stop))
            break;
        stop = CSV_CUT_ODD; /* what is left when the text ends is no whole record */
        p.n_ends += (uint64_t)__builtin_popcountll(m.structural);
        p.lines += __builtin_popcountll(m.lines);
    }
    c.has_high |= csv_bytes_high(&bytes);
    c.has_zero |= csv_bytes_zero(&bytes);
    c.has_cr |= any_cr != 0;
    *cut = c;
    return stop;
}
