/* kernels/variants.h -- the variants that registry.c chooses from, one file each. */
#ifndef KERNELS_VARIANTS_H
#define KERNELS_VARIANTS_H

#include "kernels/kernels.h"

enum csv_cut_stop csv_cut_scalar(struct csv_cut *cut);
cells_i64_kernel cells_i64_scalar;
cells_f64_kernel cells_f64_scalar;
cells_micros_kernel cells_micros_scalar;

#if defined(__x86_64__)
extern const struct kernels kernels_avx2; /* also wants fma, bmi, popcnt and pclmul */
enum csv_cut_stop csv_cut_avx2(struct csv_cut *cut);
cells_i64_kernel cells_i64_avx2;
cells_f64_kernel cells_f64_avx2;
cells_micros_kernel cells_micros_avx2;
bool utf8_is_valid_avx2(struct span s);
void sum_f64_avx2(const double *x, int64_t n, const uint64_t *rows, struct exact_sum *sum);
void sum_squares_f64_avx2(const double *x, int64_t n, const uint64_t *rows, struct exact_sum *sum);
extern const struct kernels kernels_avx512; /* wants what kernels/avx512.h names */
enum csv_cut_stop csv_cut_avx512(struct csv_cut *cut);
bool utf8_is_valid_avx512(struct span s);
void sum_f64_avx512(const double *x, int64_t n, const uint64_t *rows, struct exact_sum *sum);
void sum_squares_f64_avx512(const double *x, int64_t n, const uint64_t *rows, struct exact_sum *sum);
#endif

#endif
