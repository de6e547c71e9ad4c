/* validator/body.h -- bytes that arrive piece by piece and become a batch: the body of a request.
 *
 * Held in memory up to a share of a common budget, then in an unlinked temporary file. One thread at a time. This is the door
 * through which server/ makes the open source of validation_options.body.
 */
#ifndef VALIDATOR_BODY_H
#define VALIDATOR_BODY_H

#include "core/memory.h"
#include "core/span.h"

struct source;

struct body {
    uint64_t size;           /* bytes taken so far */
    uint64_t limit;          /* TOO_LARGE beyond */
    struct buffer held;      /* in memory; its budget is shared by all bodies */
    size_t held_max;         /* a longer one goes to the file */
    int fd;                  /* -1: all is in `held` */
    const char *directory;   /* of the temporary file; NULL: $TMPDIR or /tmp */
};

enum body_encoding { BODY_PLAIN, BODY_GZIP, BODY_ZSTD };

void body_init(struct body *body, uint64_t limit, size_t held_max, struct memory *budget, const char *directory);
/* TOO_LARGE past the limit; WRITE where the temporary file cannot be written. */
enum status body_add(struct body *body, struct span bytes, struct error *err) NODISCARD;
/* The bytes in the arena, NUL-terminated: for small ones that are no batch. */
enum status body_text(struct body *body, struct arena *arena, struct span *out, struct error *err) NODISCARD;
/* Makes it a source called `name`, unpacked where an encoding is given (BAD_DATA where the bytes are not in it, TOO_LARGE where it
 * unpacks to more than `limit`). The body is empty afterwards. The source frees what it holds. */
enum status body_take(struct body *body, const char *name, enum body_encoding encoding, struct source **out,
                      struct error *err) NODISCARD;
void body_done(struct body *body);

#endif
