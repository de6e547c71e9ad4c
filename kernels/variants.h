/* kernels/variants.h -- the variants that registry.c chooses from, one file each. */
#ifndef KERNELS_VARIANTS_H
#define KERNELS_VARIANTS_H

#include "kernels/kernels.h"

#if defined(__x86_64__)
extern const struct kernels kernels_avx2;
#endif

#endif
