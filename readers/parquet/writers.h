/* readers/parquet/writers.h -- who wrote the file, and what of it may be believed. */
#ifndef READERS_PARQUET_WRITERS_H
#define READERS_PARQUET_WRITERS_H

#include "core/span.h"

enum writer_trust {
    TRUST_NULL_COUNTS = 1, /* of columns directly below the root */
    TRUST_BOUNDS = 2,      /* min_value and max_value where the format defines the order */
    TRUST_OLD_BOUNDS = 4,  /* the deprecated min and max of signed columns */
    QUIRK_CHUNK_SIZE = 8,  /* total_compressed_size leaves out the dictionary page's header */
    QUIRK_V2_COMPRESSED = 16, /* v2 pages say is_compressed = false and are compressed */
};

struct writer {
    int flags;      /* enum writer_trust */
    bool is_known;  /* a version could be read from created_by */
};

/* `created_by` of the footer; an empty span where it is absent. */
struct writer writer_identify(struct span created_by);

#endif
