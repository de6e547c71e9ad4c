/* validator/state_file.h -- saved metric states of one part of a batch, as bytes.
 *
 * Layout, little-endian: "ASSAYST1"; 8 bytes size of the header; the header, one JSON object (what was read, by which suite, a row
 * a state); the states, one after the other as metric_save writes them; 16 bytes XXH3-128 of all before. The header is text so that
 * a person can look at it (`head -c` shows it); the states are versioned by their fields (core/field.h).
 */
#ifndef VALIDATOR_STATE_FILE_H
#define VALIDATOR_STATE_FILE_H

#include "validator/scan.h"

struct state_entry {
    const char *signature; /* metric, columns, filter, rule: equal for equal questions */
    int32_t proof;         /* enum evidence; -1: none was needed */
    struct span bytes;
};

/* A part: what a batch was, without its data. */
struct state_part {
    const char *name;      /* where it comes from, for messages */
    const char *suite, *suite_fingerprint;
    const char *checksum;  /* of the whole file, "xxh3:..."; set by state_part_read */
    const char *now;       /* of the run, ISO 8601 */
    bool reads_now;        /* a filter or rule compares with it */
    int64_t samples;
    const char *const *source; int32_t n_source;
    struct batch batch;    /* found, schema, columns, format, is_typed ...; no tables */
    const char **fingerprints; /* one a file */
    int64_t *file_rows;    /* one a file */
    int64_t n_records, n_damaged;
    struct damage_item first_damage; int32_t damaged_file; /* where n_damaged > 0 */
    struct state_entry *entries; int32_t n_entries;
};

/* Do these first bytes of a file say that it is one, of this or another version? */
enum { STATE_MAGIC_SIZE = 7 };
bool state_is_one(struct span head);
/* The whole file of a part into `out`. UNSUPPORTED where a path or column name is not UTF-8; memory. */
enum status state_part_write(const struct state_part *part, struct buffer *out, struct error *err) NODISCARD;
/* Reads it again; entries borrow `bytes`, the rest is in the arena. BAD_DATA where it is no state, damaged, or of another version. */
enum status state_part_read(struct arena *arena, const char *name, struct span bytes, struct state_part *out,
                            struct error *err) NODISCARD;

#endif
