/* core/sha256.h -- SHA-256 (FIPS 180-4), for fingerprints of suites and verdicts. */
#ifndef CORE_SHA256_H
#define CORE_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
    uint32_t h[8];
    uint64_t n_bytes;
    uint8_t block[64];
};

void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *bytes, size_t size);
void sha256_finish(struct sha256 *s, uint8_t out[32]);
void sha256_hex(struct sha256 *s, char out[65]); /* finish, lower-case hex */

#endif
