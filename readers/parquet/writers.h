/* readers/parquet/writers.h -- who wrote the file, and what of it may be believed. */
#ifndef READERS_PARQUET_WRITERS_H
#define READERS_PARQUET_WRITERS_H

#include "core/span.h"

enum writer_trust {
    TRUST_NOTHING = 0,
    TRUST_NULLS = 1,         /* null and NaN counts of columns directly below the root */
    TRUST_NULLS_IF_NONE = 2, /* a null count of 0 */
    TRUST_BOUNDS = 4,        /* min_value and max_value where the file declares their order */
    TRUST_OLD_BOUNDS = 8,    /* the deprecated min and max of types whose order is that of signed numbers */
    TRUST_OLD_EQUAL = 16,    /* min and max of any type where they are the same bytes: the order does not matter then */
    TRUST_CDH_EQUAL = 32,    /* the same for Cloudera's builds of it, from CDH 5.5 on */
    TRUST_BLOOM = 256,       /* Bloom filters of whole numbers and bytes */
    QUIRK_CHUNK_SIZE = 64,   /* total_compressed_size leaves out the dictionary page's header */
    QUIRK_V2_COMPRESSED = 128, /* v2 pages say is_compressed = false and are compressed */
};

struct writer {
    int flags;      /* enum writer_trust */
    bool is_known;  /* a version could be read from created_by */
};

/* `created_by` of the footer; an empty span where it is absent. */
struct writer writer_identify(struct span created_by);
/* The version of the rules in writers.tab. */
int writers_version(void);

#endif
