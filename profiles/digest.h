/* profiles/digest.h -- one SHA-256 for all values of a column, whoever wrote the file.
 *
 * Per value, each followed by a line feed: N for null, T or F, the decimal integer (dates, times and timestamps too, in their
 * unit), 16 hexadecimal digits of the big-endian IEEE double, length:bytes for text and binary, decimals as Python's
 * decimal module prints them (the witnesses do): plainly, but below 10^-6 with an exponent, 1.5E-8, and zeros of more than six
 * places as 0E-8. The cells of a CSV: length:bytes each, a line feed after each record.
 */
#ifndef PROFILES_DIGEST_H
#define PROFILES_DIGEST_H

#include "columns/vector.h"
#include "core/sha256.h"

struct digest {
    struct sha256 sha;
    size_t size; /* of `pending` */
    uint8_t pending[4096];
};

void digest_init(struct digest *digest);
void digest_add(struct digest *digest, const void *bytes, size_t size);
void digest_vector(struct digest *digest, const struct vector *vector);
void digest_cell(struct digest *digest, struct span cell); /* length:bytes */
void digest_hex(struct digest *digest, char out[65]);

#endif
