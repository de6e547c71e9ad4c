/* kernels/sums_cut.h -- exact sums of doubles, a register of them at a time, by error-free splitting; not a header but a template, included
 * once by each variant's file.
 *
 * In a block of n <= 2,048 values below 2^e each value is cut into slices on fixed grids. With C = 1.5 * 2^(e + 9),
 * q = (x + C) - C is x rounded to a multiple of 2^(e - 43): x + C lies in [2^(e + 9), 2^(e + 10)), where doubles are that far
 * apart. q and x - q are exact. A lane adds up at most 2^9 slices of at most 2^e: the sum is a multiple of 2^(e - 43) below 2^(e + 9),
 * so it has at most 52 bits and is exact as well. What is left of x is at most 2^(e - 44) and is cut again, twice. If anything
 * is left after the third slice (values more than some 2^78 apart, NaN, infinity), the block is summed by the scalar kernel.
 * The lanes' sums go into the superaccumulator, which so gets the same number as from the values themselves.
 *
 * A square is h + l, h = x * x rounded and l = fma(x, x, -h), exactly while neither under- nor overflows: both are cut.
 *
 * S. M. Rump, T. Ogita, S. Oishi, "Accurate floating-point summation part I", SIAM J. Sci. Comput. 31 (2008), section 3
 * (splitting by adding and subtracting a large number); J. Demmel, H. D. Nguyen, "Parallel reproducible summation",
 * IEEE Trans. Comput. 64 (2015) (blocks of slices). Needs round to nearest and no contraction (-ffp-contract=off).
 *
 * The file defines before:
 *   SUMS_TARGET           the attribute of its functions
 *   vector, LANES         a register of that many doubles; at least four, so that a lane gets 2^9 values of a block or fewer
 *   sums_set1, sums_load, sums_store, sums_add, sums_sub, sums_mul
 *   sums_mul_sub          a * b - c, rounded once
 *   sums_or, sums_is_zero or of bits; are all bits but the signs' clear?
 *   sums_fold             magnitudes: see there
 *   sums_select           the doubles at x whose bit is set, 0.0 for the others: LANES bits, the lowest first
 */

enum { BLOCK = 2048, SLICE_BITS = 44 };

struct slices {
    vector offset_1, offset_2, offset_3; /* C of each grid */
    vector sum_1, sum_2, sum_3;
    vector left; /* ored bits of what no slice took */
};

/* For values whose magnitude is at most 2^e. */
SUMS_TARGET static inline void slices_init(struct slices *s, int e)
{
    s->offset_1 = sums_set1(ldexp(1.5, e + 9));
    s->offset_2 = sums_set1(ldexp(1.5, e + 9 - SLICE_BITS));
    s->offset_3 = sums_set1(ldexp(1.5, e + 9 - 2 * SLICE_BITS));
    s->sum_1 = s->sum_2 = s->sum_3 = s->left = sums_set1(0);
}

/* Adds x on its grid to *sum; returns what is left of it. */
SUMS_TARGET static inline vector cut(vector x, vector offset, vector *sum)
{
    vector q = sums_sub(sums_add(x, offset), offset);

    *sum = sums_add(*sum, q);
    return sums_sub(x, q);
}

SUMS_TARGET static inline void slices_add(struct slices *s, vector x)
{
    x = cut(x, s->offset_1, &s->sum_1);
    x = cut(x, s->offset_2, &s->sum_2);
    x = cut(x, s->offset_3, &s->sum_3);
    s->left = sums_or(s->left, x);
}

SUMS_TARGET static inline bool slices_are_exact(const struct slices *s) { return sums_is_zero(s->left); }

SUMS_TARGET static inline void slices_finish(const struct slices *s, struct exact_sum *sum)
{
    double lane[3 * LANES];

    sums_store(lane, s->sum_1);
    sums_store(lane + LANES, s->sum_2);
    sums_store(lane + 2 * LANES, s->sum_3);
    for (int i = 0; i < 3 * LANES; i++)
        if (lane[i] != 0)
            exact_sum_add(sum, lane[i]);
}

/* Largest magnitude and smallest that is not zero (infinity if there is none); NaN is passed over. sums_fold(v, &highest, &lowest) does it
 * lane by lane. */
SUMS_TARGET static inline void magnitudes(const double *x, int64_t n, double *most, double *least)
{
    vector highest = sums_set1(0), lowest = sums_set1(INFINITY);
    double high[LANES], low[LANES];

    for (int64_t i = 0; i < n; i += LANES)
        sums_fold(sums_load(x + i), &highest, &lowest);
    sums_store(high, highest);
    sums_store(low, lowest);
    *most = high[0];
    *least = low[0];
    for (int i = 1; i < LANES; i++) {
        *most = fmax(*most, high[i]);
        *least = fmin(*least, low[i]);
    }
}

/* n a multiple of LANES, at most BLOCK. false: nothing was added. */
SUMS_TARGET static bool add_block(const double *x, int64_t n, struct exact_sum *sum)
{
    struct slices s;
    double most, least;
    int e;

    magnitudes(x, n, &most, &least);
    if (most == 0)
        e = 0;
    else if (most < 0x1p900 && most > 0x1p-800)
        frexp(most, &e); /* most < 2^e */
    else
        return false;
    slices_init(&s, e);
    for (int64_t i = 0; i < n; i += LANES)
        slices_add(&s, sums_load(x + i));
    if (!slices_are_exact(&s))
        return false;
    slices_finish(&s, sum);
    return true;
}

/* Squares of magnitudes between 2^-450 and 2^400: their last bit, 2^(2 * (-450 - 52)), is a double. */
SUMS_TARGET static bool add_block_of_squares(const double *x, int64_t n, struct exact_sum *sum)
{
    struct slices high, low;
    double most, least;
    int e = 0;

    magnitudes(x, n, &most, &least);
    if (most != 0 && !(most < 0x1p400 && most > 0x1p-200 && least > 0x1p-450))
        return false;
    frexp(most, &e);
    slices_init(&high, 2 * e);
    slices_init(&low, 2 * e - 53);
    for (int64_t i = 0; i < n; i += LANES) {
        vector v = sums_load(x + i);
        vector h = sums_mul(v, v);

        slices_add(&high, h);
        slices_add(&low, sums_mul_sub(v, v, h));
    }
    if (!slices_are_exact(&high) || !slices_are_exact(&low))
        return false;
    slices_finish(&high, sum);
    slices_finish(&low, sum);
    return true;
}

/* Positions that are not selected become 0. */
SUMS_TARGET static void copy_selected(const double *x, int64_t n, const uint64_t *rows, double *out)
{
    for (int64_t i = 0; i < n; i += LANES)
        sums_store(out + i, sums_select(x + i, rows[i >> 6] >> (i & 63)));
}

typedef bool block_kernel(const double *x, int64_t n, struct exact_sum *sum);
typedef void scalar_kernel(const double *x, int64_t n, const uint64_t *rows, struct exact_sum *sum);

static void by_blocks(const double *x, int64_t n, const uint64_t *rows, struct exact_sum *sum, block_kernel *block,
                      scalar_kernel *scalar)
{
    double selected[BLOCK];

    for (int64_t start = 0; start < n; start += BLOCK) {
        int64_t m = n - start < BLOCK ? n - start : BLOCK, whole = m - m % LANES;
        const uint64_t *mask = rows ? rows + (start >> 6) : NULL;
        const double *from = x + start;

        if (mask) {
            copy_selected(from, whole, mask, selected);
            from = selected;
        }
        if (!block(from, whole, sum)) {
            scalar(x + start, m, mask, sum);
            continue;
        }
        for (int64_t i = whole; i < m; i++)
            if (!mask || bit_get(mask, i))
                scalar(x + start + i, 1, NULL, sum);
    }
}
