/* validator/body.h -- bytes that arrive piece by piece and become a batch: the body of a request.
 *
 * Kept in a spool (readers/storage/spool.h): in memory up to a share of a common budget, then in an unlinked temporary file. One thread
 * adds; body_take may be called by another one before all is there, and what it gives is read while the rest arrives. This is the
 * door through which server/ makes the open source of validation_options.body.
 */
#ifndef VALIDATOR_BODY_H
#define VALIDATOR_BODY_H

#include "core/memory.h"
#include "core/span.h"

struct source;
struct spool;

struct body {
    struct spool *spool;     /* NULL: nothing came yet */
    uint64_t limit;          /* TOO_LARGE beyond */
    size_t held_max;         /* a longer one goes to the file */
    struct memory *budget;   /* shared by all bodies */
    const char *directory;   /* of the temporary file; NULL: $TMPDIR or /tmp */
};

enum body_encoding { BODY_PLAIN, BODY_GZIP, BODY_ZSTD };

/* Zeroed is an empty body of no size. */
void body_init(struct body *body, uint64_t limit, size_t held_max, struct memory *budget, const char *directory);
/* TOO_LARGE past the limit; WRITE where the temporary file cannot be written. */
enum status body_add(struct body *body, struct span bytes, struct error *err) NODISCARD;
/* All of it came. NO_MEMORY. */
enum status body_end(struct body *body, struct error *err) NODISCARD;
/* No more will come: whoever reads it gets this error. */
void body_fail(struct body *body, const struct error *why);
/* How many bytes came so far. */
uint64_t body_size(const struct body *body);
/* The bytes in the arena, NUL-terminated: for small ones that are no batch. After body_end. */
enum status body_text(struct body *body, struct arena *arena, struct span *out, struct error *err) NODISCARD;
/* Makes a source called `name` of it, which may still grow. Bytes that are not in the encoding are BAD_DATA. With `unpack` (Parquet,
 * which is read from its end) the whole body is unpacked first: TOO_LARGE where that is more than `limit`; else whoever reads the
 * source unpacks it, to no more than `limit` either. The source has its own share of the bytes. */
enum body_unpacking { BODY_UNPACK_WHILE_READ, BODY_UNPACK_FIRST };
enum status body_take(struct body *body, const char *name, enum body_encoding encoding, enum body_unpacking unpacking,
                      struct source **out, struct error *err) NODISCARD;
/* Did somebody who read it find that it unpacks to more than `limit`? */
bool body_unpacks_too_far(const struct body *body);
void body_done(struct body *body);

#endif
