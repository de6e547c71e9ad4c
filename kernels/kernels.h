/* kernels/kernels.h -- loops over plain arrays, chosen once at start for this CPU.
 *
 * The scalar functions are the definition of correct; each variant is tested against them bit for bit. Masks are bitmaps;
 * `rows` NULL means all n. No kernel allocates or fails.
 */
#ifndef KERNELS_KERNELS_H
#define KERNELS_KERNELS_H

#include "core/span.h"
#include "core/value.h"
#include "kernels/cells.h"
#include "kernels/csv.h"

/* Exact accumulator of doubles and of products of two: wide fixed-point number with carries to spare (Neal 2015). Zeroed
 * is 0. Infinities and NaN are counted apart. Adding and merging are exact and commutative; limbs are normalised by
 * exact_sum_normalise, which gives one canonical form. */
enum { EXACT_LIMBS = 136, EXACT_LOWEST = -2176 };
struct exact_sum {
    int64_t limb[EXACT_LIMBS]; /* limb[i] counts 2^(32 i + EXACT_LOWEST); normalised: 0 <= limb < 2^32 but for the last */
    int64_t n_added;           /* since the last normalisation */
    int64_t n_nan, n_positive_infinity, n_negative_infinity;
};
void exact_sum_add(struct exact_sum *sum, double x);
void exact_sum_add_product(struct exact_sum *sum, double a, double b); /* exact a*b, also below 2^-1074 */
/* The same `times` (up to 2^32 - 1) times. */
void exact_sum_add_times(struct exact_sum *sum, double x, uint32_t times);
void exact_sum_add_square_times(struct exact_sum *sum, double x, uint32_t times);
void exact_sum_merge(struct exact_sum *into, const struct exact_sum *from);
void exact_sum_normalise(struct exact_sum *sum);
double exact_sum_round(const struct exact_sum *sum); /* to nearest even, once; a sum of zero is +0.0 */
/* (bits + a fraction below 1 where is_sticky) * 2^exponent to the nearest double, ties to even, once; subnormals and
 * overflow included. Where is_sticky, bits must be at least 2^55. */
double exact_round(bool is_negative, uint64_t bits, bool is_sticky, int64_t exponent);

/* Up to 8 sets of ASCII bytes; a byte beyond ASCII is in none. Both tables say the same. */
enum { BYTE_CLASSES_MAX = 8, CLASS_MASK_BYTES = 63 };
struct byte_classes {
    int32_t n;
    uint8_t of_byte[256];                    /* bit k: the byte is in class k */
    uint8_t of_low[BYTE_CLASSES_MAX][16];    /* of_low[k][l] bit h: byte 16 h + l is in class k */
};
void byte_classes_add(struct byte_classes *classes, int32_t k, uint8_t byte);

/* So many bytes of a class. */
enum { CLASS_TEXTS = 64 };
struct class_item {
    uint8_t class;
    uint8_t least, more; /* it is there `least` times, 63 at most, and up to `more` times on top */
    bool is_loop;        /* on top any number of times */
};

struct kernels {
    const char *name; /* "scalar", "avx2", ... */
    /* All n values, or those whose bit is set. */
    void (*sum_f64)(const double *x, int64_t n, const uint64_t *rows, struct exact_sum *sum);
    void (*sum_squares_f64)(const double *x, int64_t n, const uint64_t *rows, struct exact_sum *sum);
    void (*sum_i64)(const int64_t *x, int64_t n, const uint64_t *rows, int128 *sum);
    /* Smallest and largest of the selected values; *low and *high are folded in. */
    void (*extremes_i64)(const int64_t *x, int64_t n, const uint64_t *rows, int64_t *low, int64_t *high);
    void (*extremes_u64)(const uint64_t *x, int64_t n, const uint64_t *rows, uint64_t *low, uint64_t *high);
    void (*extremes_f64)(const double *x, int64_t n, const uint64_t *rows, double *low, double *high); /* NaN skipped, -0.0 taken as 0.0 */
    /* out bit i = low <= x[i] <= high; bits past n zero. */
    void (*between_i64)(const int64_t *x, int64_t n, int64_t low, int64_t high, uint64_t *out);
    void (*between_u64)(const uint64_t *x, int64_t n, uint64_t low, uint64_t high, uint64_t *out);
    void (*between_f64)(const double *x, int64_t n, double low, double high, uint64_t *out); /* NaN: 0 */
    /* n values of `width` bits (1..32), least significant bit first, from bit `bit` of in[size], which holds them all. Returns the
     * largest; 0 for none. */
    uint32_t (*unpack_u32)(const uint8_t *in, size_t size, uint64_t bit, uint32_t width, uint32_t *out, int64_t n);
    /* counts[index[i]] += 1; every index is below n_counts. */
    void (*histogram_u32)(const uint32_t *index, int64_t n, const uint64_t *rows, uint32_t *counts, int64_t n_counts);
    void (*nan_f64)(const double *x, int64_t n, uint64_t *out);
    void (*hash_u64)(const uint64_t *x, int64_t n, uint64_t key, uint64_t *out); /* a bijection for each key */
    void (*hash_bytes)(const struct span *x, int64_t n, uint64_t key, uint64_t *out); /* xxh3, seeded */
    /* xxh3 of 128 bits, as two halves. */
    void (*hash_bytes_128)(const struct span *x, int64_t n, uint64_t key, uint64_t *low, uint64_t *high);
    /* Of text i of at most CLASS_MASK_BYTES bytes: bit b of out[k * n + i], byte b is in class k; of out[classes->n * n + i], it is
     * beyond ASCII. Longer texts get zeros. */
    void (*class_masks)(const struct byte_classes *classes, const struct span *x, int64_t n, uint64_t *out);
    /* Of CLASS_TEXTS texts, whose class_masks `masks` are: bit b of reached[i], what came before may end in front of byte b. Then one
     * item follows the other, and it says where they may end. */
    void (*class_passes)(const struct class_item *items, int32_t n_items, const uint64_t *masks, uint64_t *reached);
    enum csv_cut_stop (*csv_cut)(struct csv_cut *cut); /* kernels/csv.h */
    bool (*utf8_is_valid)(struct span s);              /* core/utf8.h */
    cells_i64_kernel *cells_i64;                       /* kernels/cells.h */
    cells_f64_kernel *cells_f64;
    cells_micros_kernel *cells_micros;
};

/* The x that hash_u64 made `hash` of. */
uint64_t hash_u64_inverse(uint64_t hash, uint64_t key);

extern const struct kernels kernels_scalar;
/* The best for this CPU, or the one that ASSAY_KERNELS names (unknown: scalar). Thread-safe after the first call. */
const struct kernels *kernels_get(void);
extern const struct kernels *const kernels_all[]; /* that were built; NULL-terminated; scalar first, best last */
bool kernels_runs_here(const struct kernels *kernels); /* does this CPU have the instructions? */

#endif
