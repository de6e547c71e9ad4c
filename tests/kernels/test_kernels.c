/* tests/kernels/test_kernels.c -- every variant gives the bits of the scalar kernels, and those the right ones.
 *
 * Lengths 0..257, eight misalignments, several masks, against a page without access behind the data.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernels/kernels.h"

enum { LONGEST = 257, MISALIGNMENTS = 8, WORDS = (LONGEST + 63) / 64 + 1 };

static uint64_t seed = 0x1234abcd5678ef01;

static uint64_t random_bits(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x2545f4914f6cdd1d;
}

/* Doubles of all sorts: any bits, small integers, cents, neighbours of extremes. */
static uint64_t random_double(void)
{
    static const double odd[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, DBL_MAX, -DBL_MAX, DBL_MIN, 4.9e-324, -4.9e-324, 1.0};
    double x;
    uint64_t bits = random_bits();

    switch (bits & 3) {
    case 0: return random_bits();
    case 1: x = odd[(bits >> 8) % (sizeof odd / sizeof *odd)]; break;
    case 2: x = (double)((int64_t)(bits >> 40) - 8000000) / 100; break;
    default: x = (double)(int64_t)(bits >> 50); break;
    }
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

struct guarded { uint8_t *page; size_t size; };

/* `n` doublewords that end `shift` bytes before a page without access. */
static uint64_t *guard(struct guarded *g, size_t n, size_t shift)
{
    return (uint64_t *)(void *)(g->page + g->size - shift - n * sizeof(uint64_t));
}

static int set_up(void **state)
{
    static struct guarded g;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    g.size = page * 2;
    g.page = mmap(NULL, g.size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (g.page == MAP_FAILED || mprotect(g.page + g.size, page, PROT_NONE))
        return -1;
    *state = &g;
    return 0;
}

static void fill(uint64_t *x, size_t n, bool doubles)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = doubles ? random_double() : random_bits() >> (random_bits() & 63);

        memcpy(x + i, &bits, sizeof bits);
    }
}

/* 0: none, 1: all, 2: random, 3: whole words and single bits mixed; NULL is asked for apart. */
static void fill_mask(uint64_t *rows, int64_t n, int kind)
{
    memset(rows, 0, WORDS * sizeof *rows);
    for (size_t w = 0; w < BITMAP_WORDS(n); w++)
        rows[w] = kind == 0 ? 0 : kind == 1 ? ~(uint64_t)0 : kind == 2 ? random_bits() : w % 2 ? random_bits() & random_bits() : ~(uint64_t)0;
    if (n)
        rows[BITMAP_WORDS(n) - 1] &= bitmap_tail(n);
}

static void same_extremes(const struct kernels *a, const struct kernels *b, const uint64_t *x, int64_t n, const uint64_t *rows)
{
    int64_t i_low[2] = {INT64_MAX, INT64_MAX}, i_high[2] = {INT64_MIN, INT64_MIN};
    uint64_t u_low[2] = {UINT64_MAX, UINT64_MAX}, u_high[2] = {0, 0};
    double f_low[2] = {INFINITY, INFINITY}, f_high[2] = {-INFINITY, -INFINITY};
    const struct kernels *k[2] = {a, b};

    for (int v = 0; v < 2; v++) {
        k[v]->extremes_i64((const int64_t *)x, n, rows, &i_low[v], &i_high[v]);
        k[v]->extremes_u64(x, n, rows, &u_low[v], &u_high[v]);
        k[v]->extremes_f64((const double *)x, n, rows, &f_low[v], &f_high[v]);
    }
    assert_int_equal(i_low[0], i_low[1]);
    assert_int_equal(i_high[0], i_high[1]);
    assert_true(u_low[0] == u_low[1] && u_high[0] == u_high[1]);
    assert_memory_equal(&f_low[0], &f_low[1], sizeof *f_low);
    assert_memory_equal(&f_high[0], &f_high[1], sizeof *f_high);
}

static void same_sums(const struct kernels *a, const struct kernels *b, const uint64_t *x, int64_t n, const uint64_t *rows)
{
    static struct exact_sum s[2], q[2];
    int128 i[2] = {12345, 12345};
    const struct kernels *k[2] = {a, b};

    memset(s, 0, sizeof s);
    memset(q, 0, sizeof q);
    for (int v = 0; v < 2; v++) {
        k[v]->sum_f64((const double *)x, n, rows, &s[v]);
        k[v]->sum_squares_f64((const double *)x, n, rows, &q[v]);
        k[v]->sum_i64((const int64_t *)x, n, rows, &i[v]);
        exact_sum_normalise(&s[v]);
        exact_sum_normalise(&q[v]);
    }
    assert_memory_equal(&s[0], &s[1], sizeof s[0]);
    assert_memory_equal(&q[0], &q[1], sizeof q[0]);
    assert_true(i[0] == i[1]);
}

static void same_masks(const struct kernels *a, const struct kernels *b, const uint64_t *x, int64_t n)
{
    uint64_t out[2][WORDS];
    const struct kernels *k[2] = {a, b};
    uint64_t low = n ? x[(size_t)n / 3] : 0, high = n ? x[(size_t)n / 2] : 0;
    double f_low, f_high;

    memcpy(&f_low, &low, sizeof low);
    memcpy(&f_high, &high, sizeof high);
    for (int kind = 0; kind < 4; kind++) {
        memset(out, 0xaa, sizeof out);
        for (int v = 0; v < 2; v++) {
            if (kind == 0)
                k[v]->between_i64((const int64_t *)x, n, (int64_t)low, (int64_t)high, out[v]);
            else if (kind == 1)
                k[v]->between_u64(x, n, low, high, out[v]);
            else if (kind == 2)
                k[v]->between_f64((const double *)x, n, f_low, f_high, out[v]);
            else
                k[v]->nan_f64((const double *)x, n, out[v]);
        }
        assert_memory_equal(out[0], out[1], sizeof out[0]);
        if (n % 64)
            assert_int_equal(out[0][n / 64] >> (n % 64), 0);
    }
}

static void same_hashes(const struct kernels *a, const struct kernels *b, const uint64_t *x, int64_t n)
{
    static struct span spans[LONGEST];
    static uint64_t out[2][2][LONGEST];
    const struct kernels *k[2] = {a, b};

    for (int64_t i = 0; i < n; i++)
        spans[i] = span_of(x, (size_t)((i * 7) % (n * 8 + 1)));
    for (int v = 0; v < 2; v++) {
        k[v]->hash_u64(x, n, 77, out[v][0]);
        k[v]->hash_bytes(spans, n, 77, out[v][1]);
    }
    assert_memory_equal(out[0], out[1], sizeof out[0]);
    for (int v = 0; v < 2; v++)
        k[v]->hash_bytes_128(spans, n, 77, out[v][0], out[v][1]);
    assert_memory_equal(out[0], out[1], sizeof out[0]);
}

/* Every width and first bit, at the end of what may be read, against bits taken one by one. */
static void same_unpacking(const struct guarded *g, const struct kernels *variant, int64_t n)
{
    static uint32_t out[LONGEST + 1], one[LONGEST + 1];

    for (uint32_t width = 1; width <= 32; width++) {
        uint64_t bit = random_bits() % 16;
        size_t size = (size_t)((bit + (uint64_t)n * width + 7) / 8) + random_bits() % 3;
        uint8_t *in = g->page + g->size - size;
        uint32_t most = 0;

        for (size_t i = 0; i < size; i++)
            in[i] = (uint8_t)random_bits();
        for (int64_t i = 0; i < n; i++) {
            one[i] = 0;
            for (uint32_t b = 0; b < width; b++) {
                uint64_t at = bit + (uint64_t)i * width + b;

                one[i] |= (uint32_t)((in[at >> 3] >> (at & 7)) & 1) << b;
            }
            most = one[i] > most ? one[i] : most;
        }
        out[n] = 0xabcdef01;
        assert_int_equal(variant->unpack_u32(in, size, bit, width, out, n), most);
        assert_memory_equal(out, one, (size_t)n * sizeof *out);
        assert_int_equal(out[n], 0xabcdef01);
    }
}

static void same_histograms(const struct kernels *a, const struct kernels *b, int64_t n, const uint64_t *rows)
{
    static const int64_t sizes[] = {1, 2, 3, 50, 512, 513};
    static uint32_t index[LONGEST], counts[2][513];
    const struct kernels *k[2] = {a, b};

    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (int64_t i = 0; i < n; i++)
            index[i] = (uint32_t)(random_bits() % (uint64_t)sizes[s]);
        for (int v = 0; v < 2; v++) {
            for (int64_t e = 0; e < 513; e++)
                counts[v][e] = (uint32_t)(e * e);
            k[v]->histogram_u32(index, n, rows, counts[v], sizes[s]);
        }
        assert_memory_equal(counts[0], counts[1], sizeof counts[0]);
    }
}

/* Texts of every length up to past the longest, each at the end of the page, with bytes of all sorts. */
static void same_class_masks(struct guarded *g, const struct kernels *a, const struct kernels *b)
{
    enum { TEXTS = CLASS_MASK_BYTES + 3 };
    struct byte_classes classes = {.n = 1 + (int32_t)(random_bits() % BYTE_CLASSES_MAX)};
    uint64_t of_a[TEXTS * (BYTE_CLASSES_MAX + 1)], of_b[TEXTS * (BYTE_CLASSES_MAX + 1)];
    uint8_t *end = g->page + g->size;
    struct span x[TEXTS];

    for (int i = 0; i < 200; i++)
        byte_classes_add(&classes, (int32_t)(random_bits() % (uint64_t)classes.n), (uint8_t)random_bits());
    for (int i = 0; i < TEXTS; i++) {
        x[i] = span_of(end - i, (size_t)i);
        end[-i - 1] = random_bits() % 4 ? (uint8_t)(random_bits() & 127) : (uint8_t)random_bits();
    }
    a->class_masks(&classes, x, TEXTS, of_a);
    b->class_masks(&classes, x, TEXTS, of_b);
    assert_memory_equal(of_a, of_b, TEXTS * (size_t)(classes.n + 1) * sizeof *of_a);
}

static void same_class_passes(const struct kernels *a, const struct kernels *b)
{
    struct class_item items[5];
    uint64_t masks[3 * CLASS_TEXTS], of_a[CLASS_TEXTS], of_b[CLASS_TEXTS];

    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        uint64_t x = random_bits();

        items[i] = (struct class_item){.class = (uint8_t)(x % 3), .least = (uint8_t)(x >> 8 & (x & 16 ? 63 : 3)), .more = (uint8_t)(x >> 16 & 3),
                                       .is_loop = x >> 24 & 1};
    }
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++)
        masks[i] = random_bits() | random_bits() | random_bits();
    for (size_t i = 0; i < CLASS_TEXTS; i++)
        of_a[i] = of_b[i] = random_bits();
    a->class_passes(items, 5, masks, of_a);
    b->class_passes(items, 5, masks, of_b);
    assert_memory_equal(of_a, of_b, sizeof of_a);
}

/* By hand: at least one letter, then two to three digits, in "ab12345". */
static void passes_say_where_a_row_of_classes_may_end(void **state)
{
    const struct class_item items[] = {{.class = 0, .least = 1, .is_loop = true}, {.class = 1, .least = 2, .more = 1}};
    uint64_t masks[2 * CLASS_TEXTS] = {0}, reached[CLASS_TEXTS] = {1, 2};

    (void)state;
    masks[0] = masks[1] = 0x03;                             /* letters of the first two texts */
    masks[CLASS_TEXTS] = masks[CLASS_TEXTS + 1] = 0x7c; /* digits */
    for (int i = 0; kernels_all[i]; i++) {
        uint64_t got[CLASS_TEXTS];

        if (!kernels_runs_here(kernels_all[i]))
            continue;
        memcpy(got, reached, sizeof got);
        kernels_all[i]->class_passes(items, 2, masks, got);
        assert_int_equal(got[0], 1 << 4 | 1 << 5);
        assert_int_equal(got[1], 1 << 4 | 1 << 5); /* from the second letter on */
        assert_int_equal(got[2], 0);
    }
}

static void masks_of_classes_say_which_bytes_are_in_them(void **state)
{
    struct byte_classes classes = {.n = 2};
    struct span x[3] = {span_text("ab1\xc3\xa4" "a"), span_text(""), span_text("0123456789012345678901234567890123456789012345678901234567890123")};
    uint64_t out[9];

    (void)state;
    byte_classes_add(&classes, 0, 'a');
    byte_classes_add(&classes, 1, 'a');
    byte_classes_add(&classes, 1, '1');
    byte_classes_add(&classes, 1, 0xc3); /* is in none */
    for (int i = 0; kernels_all[i]; i++) {
        if (!kernels_runs_here(kernels_all[i]))
            continue;
        kernels_all[i]->class_masks(&classes, x, 3, out);
        assert_int_equal(out[0], 0x21);
        assert_int_equal(out[3], 0x25);
        assert_int_equal(out[6], 0x18);
        for (int k = 0; k < 3; k++)
            assert_int_equal(out[3 * k + 1] | out[3 * k + 2], 0);
    }
}

static void compare_with_scalar(struct guarded *g, const struct kernels *variant)
{
    uint64_t rows[WORDS];

    for (int64_t n = 0; n <= LONGEST; n++) {
        for (size_t shift = 0; shift < MISALIGNMENTS; shift++) {
            uint64_t *x = guard(g, (size_t)n, shift * 8); /* aligned to 8, as arrays of doublewords always are */

            for (int doubles = 0; doubles < 2; doubles++) {
                fill(x, (size_t)n, doubles);
                same_extremes(&kernels_scalar, variant, x, n, NULL);
                same_sums(&kernels_scalar, variant, x, n, NULL);
                same_masks(&kernels_scalar, variant, x, n);
                for (int kind = 0; kind < 4; kind++) {
                    fill_mask(rows, n, kind);
                    same_extremes(&kernels_scalar, variant, x, n, rows);
                    same_sums(&kernels_scalar, variant, x, n, rows);
                }
            }
            same_hashes(&kernels_scalar, variant, x, n);
        }
        for (int again = 0; again < 4; again++)
            same_unpacking(g, variant, n);
        same_histograms(&kernels_scalar, variant, n, NULL);
        same_histograms(&kernels_scalar, variant, n, rows);
    }
    for (int trial = 0; trial < 300; trial++) {
        same_class_masks(g, &kernels_scalar, variant);
        same_class_passes(&kernels_scalar, variant);
    }
}

static void every_variant_gives_the_bits_of_the_scalar_one(void **state)
{
    for (int i = 0; kernels_all[i]; i++) {
        printf("  variant %s%s\n", kernels_all[i]->name, kernels_runs_here(kernels_all[i]) ? "" : ": not on this CPU");
        if (kernels_runs_here(kernels_all[i]))
            compare_with_scalar(*state, kernels_all[i]);
    }
}

/* Data that the blocks of sums_cut.h take whole, at their limits, and data that they nearly take. */
static double block_value(int kind, int64_t i)
{
    uint64_t bits = random_bits();

    switch (kind) {
    case 0: return (double)((int64_t)(bits >> 40) - 8000000) / 100;
    case 1: return i % 2 ? 0x1.fffffffffffffp+20 : 0x1p+20;
    case 2: return (i % 2 ? -1.0 : 1.0) * ldexp(1 + (double)(bits >> 12) * 0x1p-52, (int)(bits % 70));
    case 3: return ldexp(1 + (double)(bits >> 12) * 0x1p-52, (int)(bits % 90) - 45);
    case 4: return i == 1000 ? 0x1p-400 : 1e100 * (double)(bits >> 30);
    case 5: return i % 100 ? (double)(bits >> 60) * 0x1.8p-1000 : -0.0;
    case 6: return ldexp((double)(bits >> 11), 346); /* up to 2^399 */
    case 7: return ldexp((double)(bits >> 11), -448);
    case 8: return i == 77 ? NAN : (double)i;
    case 9: return i == 2049 ? -INFINITY : (double)i + 0.1;
    default: return 0x1.fffffffffffffp+899;
    }
}

static void sums_by_blocks_are_exact(void **state)
{
    enum { N = 5003 };
    static double x[N];
    static const int64_t lengths[] = {3, 4, 2047, 2048, 2049, 2051, 4096, N};
    static uint64_t rows[(N + 63) / 64];

    (void)state;
    for (int kind = 0; kind <= 10; kind++) {
        for (int64_t i = 0; i < N; i++)
            x[i] = block_value(kind, i);
        for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
            for (size_t w = 0; w < sizeof rows / sizeof *rows; w++)
                rows[w] = w % 3 ? random_bits() : ~(uint64_t)0;
            rows[BITMAP_WORDS(lengths[l]) - 1] &= bitmap_tail(lengths[l]);
            for (int v = 0; kernels_all[v]; v++) {
                if (!kernels_runs_here(kernels_all[v]))
                    continue;
                same_sums(&kernels_scalar, kernels_all[v], (const uint64_t *)(const void *)x, lengths[l], NULL);
                same_sums(&kernels_scalar, kernels_all[v], (const uint64_t *)(const void *)x, lengths[l], rows);
            }
        }
    }
}

static void extremes_skip_nan_and_fold_into_what_is_there(void **state)
{
    const double x[] = {NAN, 3.5, -0.0, NAN, 2.25, 7.125, NAN, 1.5, NAN};

    (void)state;
    for (int i = 0; kernels_all[i]; i++) {
        double low = INFINITY, high = 8.5;

        if (!kernels_runs_here(kernels_all[i]))
            continue;
        kernels_all[i]->extremes_f64(x, 9, NULL, &low, &high);
        assert_true(low == 0 && !signbit(low));
        assert_true(high == 8.5);
    }
}

static void integer_sums_reach_beyond_64_bits(void **state)
{
    int64_t x[100];
    int128 sum = 0;

    (void)state;
    for (int i = 0; i < 100; i++)
        x[i] = INT64_MIN;
    kernels_get()->sum_i64(x, 100, NULL, &sum);
    assert_true(sum == (int128)INT64_MIN * 100);
}

static double sum_of(const double *x, int n)
{
    struct exact_sum s = {{0}, 0, 0, 0, 0};

    for (int i = 0; i < n; i++)
        exact_sum_add(&s, x[i]);
    return exact_sum_round(&s);
}

/* Expected by rational arithmetic (Python's fractions, math.fsum). */
static void exact_sums_are_rounded_once(void **state)
{
    static const struct { int n; double x[6]; double sum; } cases[] = {
        {3, {1e308, 1e308, -1e308}, 1e308},
        {3, {1e16, 1, -1e16}, 1},
        {4, {1e100, 1, -1e100, 1e-300}, 1},
        {2, {1, 1.1102230246251565e-16}, 1},                       /* half an ulp: to even */
        {3, {1, 1.1102230246251565e-16, 4.9e-324}, 1.0000000000000002}, /* and a speck more */
        {2, {1.0000000000000002, 1.1102230246251565e-16}, 1.0000000000000004},
        {3, {1.0000000000000002, 1.1102230246251565e-16, -4.9e-324}, 1.0000000000000002},
        {2, {4.9e-324, 4.9e-324}, 9.9e-324},
        {2, {2.2250738585072014e-308, -4.9e-324}, 2.225073858507201e-308},
        {2, {DBL_MAX, 9.9792015476735991e291}, INFINITY}, /* half an ulp above the largest: overflow */
        {3, {DBL_MAX, 9.9792015476735991e291, -4.9e-324}, DBL_MAX},
        {2, {-DBL_MAX, -DBL_MAX}, -INFINITY},
        {4, {0.1, 0.2, 0.3, -0.6}, 2.7755575615628914e-17},
        {2, {-0.0, -0.0}, 0.0},
        {0, {0}, 0.0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double sum = sum_of(cases[i].x, cases[i].n);

        if (sum != cases[i].sum)
            fail_msg("case %zu: %.17g instead of %.17g", i, sum, cases[i].sum);
    }
}

static void infinities_and_nan_sum_as_ieee_says(void **state)
{
    (void)state;
    assert_true(sum_of((double[]){1, INFINITY}, 2) == INFINITY);
    assert_true(sum_of((double[]){-INFINITY, 5}, 2) == -INFINITY);
    assert_true(isnan(sum_of((double[]){-INFINITY, INFINITY}, 2)));
    assert_true(isnan(sum_of((double[]){NAN, INFINITY}, 2)));
}

static void products_are_exact_where_they_underflow(void **state)
{
    struct exact_sum s = {{0}, 0, 0, 0, 0};

    (void)state;
    exact_sum_add_product(&s, 4.9e-324, 4.9e-324);
    assert_int_equal(s.limb[0], 1 << 28); /* 2^-2148 */
    assert_true(exact_sum_round(&s) == 0);
    exact_sum_add_product(&s, -4.9e-324, 4.9e-324);
    exact_sum_add_product(&s, 1.5, 3.0);
    exact_sum_add_product(&s, 0x1.fffffffffffffp+1023, 0x1.fffffffffffffp+1023);
    exact_sum_add_product(&s, -0x1.fffffffffffffp+1023, 0x1.fffffffffffffp+1023);
    assert_true(exact_sum_round(&s) == 4.5);
}

static void adding_many_times_at_once_is_adding_again_and_again(void **state)
{
    static const double values[] = {1.5, -0.1, 0.0, 4.9e-324, -DBL_MAX, 0x1.fffffffffffffp-600, 1e155, INFINITY, -INFINITY, NAN};
    static const uint32_t times[] = {0, 1, 2, 3, 700};

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        for (size_t t = 0; t < sizeof times / sizeof *times; t++) {
            static struct exact_sum one[2], many[2];

            memset(one, 0, sizeof one);
            memset(many, 0, sizeof many);
            for (uint32_t k = 0; k < times[t]; k++) {
                exact_sum_add(&one[0], values[i]);
                exact_sum_add_product(&one[1], values[i], values[i]);
            }
            exact_sum_add_times(&many[0], values[i], times[t]);
            exact_sum_add_square_times(&many[1], values[i], times[t]);
            for (int k = 0; k < 2; k++) {
                exact_sum_normalise(&one[k]);
                exact_sum_normalise(&many[k]);
            }
            assert_memory_equal(one, many, sizeof one);
        }
}

static void times_of_32_bits_are_exact(void **state)
{
    struct exact_sum s = {{0}, 0, 0, 0, 0};

    (void)state;
    exact_sum_add_times(&s, 0x1.fffffffffffffp+1023, UINT32_MAX);
    exact_sum_add_times(&s, -0x1.fffffffffffffp+1023, UINT32_MAX - 1);
    assert_true(exact_sum_round(&s) == 0x1.fffffffffffffp+1023);
    memset(&s, 0, sizeof s);
    exact_sum_add_square_times(&s, 0x1.8p+500, UINT32_MAX);
    for (int bit = 0; bit < 32; bit++)
        exact_sum_add_product(&s, -0x1.8p+500, ldexp(0x1.8p+500, bit));
    assert_true(exact_sum_round(&s) == 0);
}

static void merging_in_any_split_gives_the_same_limbs(void **state)
{
    enum { N = 3000 };
    static double x[N];
    struct exact_sum whole = {{0}, 0, 0, 0, 0};

    (void)state;
    for (int i = 0; i < N; i++) {
        uint64_t bits = random_double();

        memcpy(&x[i], &bits, sizeof bits);
    }
    kernels_get()->sum_f64(x, N, NULL, &whole);
    exact_sum_normalise(&whole);
    for (int parts = 2; parts < 40; parts++) {
        struct exact_sum merged = {{0}, 0, 0, 0, 0};

        for (int p = parts - 1; p >= 0; p--) {
            struct exact_sum part = {{0}, 0, 0, 0, 0};

            for (int i = p; i < N; i += parts)
                exact_sum_add(&part, x[i]);
            exact_sum_merge(&merged, &part);
        }
        assert_memory_equal(&merged, &whole, sizeof whole);
    }
}

static void the_hash_of_integers_is_a_bijection(void **state)
{
    (void)state;
    for (int i = 0; i < 100000; i++) {
        uint64_t x = i < 1000 ? (uint64_t)i : random_bits(), key = i % 3 ? random_bits() : 0, hash;

        kernels_scalar.hash_u64(&x, 1, key, &hash);
        assert_true(hash_u64_inverse(hash, key) == x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_variant_gives_the_bits_of_the_scalar_one, set_up),
        cmocka_unit_test(sums_by_blocks_are_exact),
        cmocka_unit_test(extremes_skip_nan_and_fold_into_what_is_there),
        cmocka_unit_test(integer_sums_reach_beyond_64_bits),
        cmocka_unit_test(exact_sums_are_rounded_once),
        cmocka_unit_test(infinities_and_nan_sum_as_ieee_says),
        cmocka_unit_test(products_are_exact_where_they_underflow),
        cmocka_unit_test(adding_many_times_at_once_is_adding_again_and_again),
        cmocka_unit_test(times_of_32_bits_are_exact),
        cmocka_unit_test(merging_in_any_split_gives_the_same_limbs),
        cmocka_unit_test(the_hash_of_integers_is_a_bijection),
        cmocka_unit_test(masks_of_classes_say_which_bytes_are_in_them),
        cmocka_unit_test(passes_say_where_a_row_of_classes_may_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
