/* kernels/utf8_faults.h -- is a text UTF-8? The three small tables by which utf8_avx2.c and utf8_avx512.c say it.
 *
 * J. Keiser, D. Lemire: Validating UTF-8 in less than one instruction per byte (2021). Whatever can be wrong with two bytes in a
 * row shows in the high and low half of the first and the high half of the second: each half looks up the set of faults that it
 * admits, and a fault that all three admit is there. Two continuations in a row are right only as the third byte of three
 * or the third and fourth of four; that is compared with where such bytes have to be.
 */
#ifndef KERNELS_UTF8_FAULTS_H
#define KERNELS_UTF8_FAULTS_H

#include <stdint.h>

enum {
    TOO_SHORT = 1 << 0,  /* a lead byte that no continuation follows */
    TOO_LONG = 1 << 1,   /* a continuation after ASCII */
    OVERLONG_3 = 1 << 2, /* E0 80..9F */
    TOO_LARGE = 1 << 3,  /* F4 90..BF, F5.. and a continuation of 90 or more */
    SURROGATE = 1 << 4,  /* ED A0..BF */
    OVERLONG_2 = 1 << 5, /* C0, C1 */
    OVERLONG_4 = 1 << 6, /* F0 80..8F; F5.. 80..8F, which is too large, has the same bit */
    TWO_CONTINUATIONS = 1 << 7,
    ANY = TOO_SHORT | TOO_LONG | TWO_CONTINUATIONS, /* what the low half of the first byte says nothing about */
};

#define LEAD_F (TOO_SHORT | TOO_LARGE | OVERLONG_4)
#define LARGE (ANY | TOO_LARGE | OVERLONG_4)
#define CONTINUES (TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS)

static const uint8_t first_high[16] = {
    TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TWO_CONTINUATIONS, TWO_CONTINUATIONS,
    TWO_CONTINUATIONS, TWO_CONTINUATIONS, TOO_SHORT | OVERLONG_2, TOO_SHORT, TOO_SHORT | OVERLONG_3 | SURROGATE, LEAD_F,
};
static const uint8_t first_low[16] = {
    ANY | OVERLONG_3 | OVERLONG_2 | OVERLONG_4, ANY | OVERLONG_2, ANY, ANY, ANY | TOO_LARGE, LARGE, LARGE, LARGE, LARGE, LARGE, LARGE,
    LARGE, LARGE, LARGE | SURROGATE, LARGE, LARGE,
};
static const uint8_t second_high[16] = {
    TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, CONTINUES | OVERLONG_3 | OVERLONG_4,
    CONTINUES | OVERLONG_3 | TOO_LARGE, CONTINUES | SURROGATE | TOO_LARGE, CONTINUES | SURROGATE | TOO_LARGE, TOO_SHORT, TOO_SHORT,
    TOO_SHORT, TOO_SHORT,
};

#endif
