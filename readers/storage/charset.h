/* readers/storage/charset.h -- texts that are not UTF-8, made UTF-8 while they are read, and back.
 *
 * UTF-16 (either byte order), Latin-1 and Windows-1252. A byte order mark becomes U+FEFF (EF BB BF) and goes through like any
 * character, so encode(decode(text)) is the text, byte for byte. What the encoding has no character for becomes
 * invalid UTF-8, so that readers find it as they find invalid UTF-8: half of a surrogate pair as the three bytes that
 * UTF-8 would have had for it, one of the five bytes that Windows-1252 leaves open as the surrogate U+DC00 + byte, the odd byte at the
 * end of UTF-16 likewise. Every character of the UTF-8 text stands for the same number of bytes on either side of any cut
 * (charset_bytes), so a place in the UTF-8 text can be told as a place in the file.
 */
#ifndef READERS_STORAGE_CHARSET_H
#define READERS_STORAGE_CHARSET_H

#include "core/span.h"

enum charset { CHARSET_UTF8, CHARSET_UTF16LE, CHARSET_UTF16BE, CHARSET_LATIN1, CHARSET_WINDOWS1252 };

const char *charset_name(enum charset charset); /* "utf-8", "utf-16le", ... */
/* "UTF8", "latin1", "cp1252", "utf-16" ... in any case. "utf-16" gives UTF16LE and *order_is_open: the head tells. false: unknown. */
bool charset_parse(const char *name, enum charset *out, bool *order_is_open);
/* The names to offer, for messages. */
extern const char charset_list[];

/* Takes from the front of *in and writes UTF-8 into out; returns the bytes written. Stops for want of room (at least 4 bytes are
 * needed) or before bytes that need what follows them; `is_end`: nothing follows. Not for UTF8. */
size_t charset_decode(enum charset charset, struct span *in, bool is_end, uint8_t *out, size_t room);
/* The way back; out has room for 2 * text.size bytes. Returns the bytes written. */
size_t charset_encode(enum charset charset, struct span text, uint8_t *out);
/* A line feed, as a file in it has it. */
struct span charset_line_feed(enum charset charset);
/* How many bytes of the file this UTF-8 text was; it begins and ends between characters. */
int64_t charset_bytes(enum charset charset, struct span text);

/* What a text is, from its first bytes; `is_whole`: there are no others.
 *  1. A byte order mark says it.
 *  2. No mark, but NUL at nearly every second byte and hardly anywhere else: UTF-16.
 *  3. Valid UTF-8, or hardly: UTF-8.
 *  4. At least two bytes above 127, not one character of UTF-8 among them, no control characters, and each what Windows-1252 has in
 *     running text (a letter beside a letter, a quotation mark, a currency sign ...): Windows-1252. A single such byte is
 *     rather a damaged record than another encoding, and stays invalid UTF-8. */
struct charset_told {
    enum charset charset;
    bool has_mark;
    int64_t n_high;   /* bytes above 127 in the head (UTF-8 and 8-bit encodings) */
    const char *because; /* static text */
};
struct charset_told charset_tell(struct span head, bool is_whole);

#endif
