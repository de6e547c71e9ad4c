/* core/utf8.h -- UTF-8 as RFC 3629 defines it: no surrogates, no overlong forms, up to U+10FFFF. */
#ifndef CORE_UTF8_H
#define CORE_UTF8_H

#include "core/span.h"

bool utf8_is_valid(struct span s);
size_t utf8_valid_prefix(struct span s); /* bytes before the first invalid one */
/* Code points; every byte that starts no valid sequence counts as one. */
int64_t utf8_length(struct span s);
/* Cuts s to at most `limit` bytes without splitting a code point. */
struct span utf8_cut(struct span s, size_t limit);
/* Writes the 1 to 4 bytes of a code point up to U+10FFFF; returns how many. */
size_t utf8_put(uint32_t c, uint8_t *out);

#endif
