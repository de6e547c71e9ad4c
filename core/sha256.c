/* core/sha256.c -- FIPS 180-4, section 6.2. */
#include "core/sha256.h"

#include <string.h>

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t rotate(uint32_t x, int n) { return x >> n | x << (32 - n); }

/* One step of 6.2.2, 3: where the standard moves all eight variables on by one, the caller names them anew. */
static inline void step(uint32_t a, uint32_t b, uint32_t c, uint32_t *d, uint32_t e, uint32_t f, uint32_t g, uint32_t *h, uint32_t addend)
{
    uint32_t t1 = *h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + (g ^ (e & (f ^ g))) + addend;

    *d += t1;
    *h = t1 + (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) | (c & (a | b)));
}

static void add_block(uint32_t h[8], const uint8_t block[64])
{
    uint32_t w[64];
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], last = h[7];

    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
               block[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t x = w[i - 15], y = w[i - 2];

        w[i] = w[i - 16] + (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3) + w[i - 7] + (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10);
    }
    for (int i = 0; i < 64; i += 8) {
        const uint32_t *k = constants + i, *x = w + i;

        step(a, b, c, &d, e, f, g, &last, k[0] + x[0]);
        step(last, a, b, &c, d, e, f, &g, k[1] + x[1]);
        step(g, last, a, &b, c, d, e, &f, k[2] + x[2]);
        step(f, g, last, &a, b, c, d, &e, k[3] + x[3]);
        step(e, f, g, &last, a, b, c, &d, k[4] + x[4]);
        step(d, e, f, &g, last, a, b, &c, k[5] + x[5]);
        step(c, d, e, &f, g, last, a, &b, k[6] + x[6]);
        step(b, c, d, &e, f, g, last, &a, k[7] + x[7]);
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e, h[5] += f, h[6] += g, h[7] += last;
}

void sha256_init(struct sha256 *s)
{
    *s = (struct sha256){.h = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
                               0x5be0cd19}};
}

void sha256_add(struct sha256 *s, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    size_t filled = s->n_bytes % 64;

    s->n_bytes += size;
    if (filled) {
        size_t n = size < 64 - filled ? size : 64 - filled;

        memcpy(s->block + filled, at, n);
        at += n;
        size -= n;
        if (filled + n < 64)
            return;
        add_block(s->h, s->block);
    }
    for (; size >= 64; size -= 64, at += 64)
        add_block(s->h, at);
    if (size)
        memcpy(s->block, at, size);
}

void sha256_finish(struct sha256 *s, uint8_t out[32])
{
    uint64_t n_bits = s->n_bytes * 8;
    uint8_t tail[72] = {0x80};
    size_t zeros = 64 - (s->n_bytes + 8) % 64; /* the 0x80 included: 1..64 */

    for (size_t i = 0; i < 8; i++)
        tail[zeros + i] = (uint8_t)(n_bits >> (56 - 8 * i));
    sha256_add(s, tail, zeros + 8);
    for (size_t i = 0; i < 32; i++)
        out[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

void sha256_hex(struct sha256 *s, char out[65])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[32];

    sha256_finish(s, bytes);
    for (size_t i = 0; i < 32; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[64] = '\0';
}
