/* readers/parquet/file.h -- an open Parquet file: its footer in our own terms.
 *
 * Everything here is written while the file is opened and constant from then on, so that any number of scans
 * may use it at once. Names and statistics point into the footer's bytes, which live as long as the table.
 */
#ifndef READERS_PARQUET_FILE_H
#define READERS_PARQUET_FILE_H

#include "readers/parquet/format.h"
#include "readers/parquet/writers.h"
#include "readers/reader.h"
#include "readers/storage/source.h"

enum { PARQUET_MAX_SCHEMA_DEPTH = 512, PARQUET_MAGIC_SIZE = 4, PARQUET_TAIL_SIZE = 8 };
/* What an open file may take: RATIO times its footer and BYTES (`assay limits`). Of that the arena hands out KEPT times the footer and a
 * quarter of BYTES: a real column chunk is longer in the footer than the forty bytes kept of it, a forged one is a single
 * byte. The rest is for the footer itself, ends of blocks and what is needed while the schema is built. */
enum { PARQUET_FOOTER_RATIO = 16, PARQUET_FOOTER_KEPT = 12, PARQUET_FOOTER_BYTES = 4 << 20 };
#define PARQUET_MAX_PAGE_BYTES ((int64_t)256 << 20) /* where options.max_page_bytes is 0 */
/* Larger pages, up to the 2 GiB of the format, are read where memory is left and the bytes in the file are not fewer than this part of them: honest
 * writers put a whole column of texts into one page, and what unpacks into more is a bomb. */
enum { PARQUET_LARGE_PAGE_RATIO = 128 };

/* Between them lies what is held whole, as memory allows (reader.c). Larger ones take no longer piece by piece: they are beyond the caches, and
 * faulting their memory in costs more than unpacking their front twice; but for gzip, which libdeflate unpacks twice as fast as zlib. */
enum { PARQUET_WHOLE_PAGE_LEAST = 2 << 20, PARQUET_WHOLE_PAGE_MOST = 16 << 20 };

struct leaf;
struct thrift;

/* Values as an encoding delivers them: `fixed` little-endian and as wide as the physical type (a boolean
 * is a byte), or one span for each value. The other one is NULL. */
struct raw {
    const uint8_t *fixed;
    const struct span *spans;
};

/* Makes n values of the column's lane out of raw ones. NULL, or what is wrong with the bytes. */
typedef const char *convert_function(const struct leaf *leaf, struct raw raw, int64_t n, void *out);

struct leaf { /* a column of the schema: index as in table.schema */
    enum physical physical;
    int32_t type_length; /* bytes of a FIXED_LEN_BYTE_ARRAY */
    int32_t fixed_width; /* bytes of a raw value, 0: variable */
    int16_t max_def, max_rep;
    int16_t entry_def;   /* max_rep > 0: the definition level from which on there is an entry (entries.c) */
    int32_t repeated_at; /* which repeated schema element is the innermost above it, or itself; 0: none */
    int16_t depth;       /* 1: directly below the root */
    bool is_unordered;   /* the format defines no order: statistics have no bounds */
    bool is_lane;        /* a raw value is the lane's element already: fixed values as they are, or spans */
    const char *refused; /* why values of this column cannot be read; NULL */
    convert_function *convert;
};

enum dictionary_proof { DICTIONARY_UNKNOWN, DICTIONARY_ALL, DICTIONARY_NOT_ALL };

struct column_chunk { /* of one row group and leaf */
    int64_t start, size; /* bytes in the file, dictionary page included */
    int64_t n_values;
    uint32_t statistics_at, statistics_size; /* in the footer; size 0: none */
    int64_t column_index_at, offset_index_at; /* in the file, unchecked */
    int32_t column_index_size, offset_index_size; /* 0: none */
    int32_t bloom_size;  /* 0: not said */
    int64_t bloom_at;    /* of the Bloom filter, in the file, unchecked; 0: none */
    int8_t codec;
    bool has_metadata;
    bool is_elsewhere;   /* file_path is set: the bytes are in another file */
    bool is_encrypted;
    uint8_t all_dictionary; /* enum dictionary_proof: what encoding_stats or encodings say of the data pages */
};

struct row_group {
    int64_t n_rows, first_row;
    struct column_chunk *chunks; /* one for each leaf */
};

struct parquet_file {
    struct table table; /* first */
    struct memory *memory;
    struct arena arena;     /* names, leaves, row groups */
    struct buffer footer;
    int64_t footer_at;      /* offset in the file */
    struct leaf *leaves;    /* table.schema.n_columns of them */
    struct row_group *row_groups;
    uint8_t *orders;        /* per leaf: the member of ColumnOrder that is set, 0: none or unknown */
    struct writer writer;
    int64_t max_page_bytes, whole_page_bytes; /* larger pages than the latter are not held whole (cursor.h) */
    const atomic_bool *cancelled;
};

/* An element of the flat list in the footer (SchemaElement), in the form that schema.c walks. */
struct schema_element {
    struct span name;
    int32_t physical; /* -1: a group */
    int32_t type_length, n_children, repetition, converted, scale, precision;
    int32_t logical;  /* enum logical, or a number that we do not know */
    int32_t bit_width;
    bool is_signed, is_utc;
    int32_t unit;     /* enum time_unit, -1: unknown */
    int32_t logical_scale, logical_precision;
};

/* footer.c: finds and reads the footer into `file`. */
enum status footer_read(struct parquet_file *file, struct error *err) NODISCARD;
/* After `wanted` bytes (0: not from the arena) could not be had: TOO_LARGE where the footer expands beyond what its own size
 * explains. */
enum status footer_no_memory(const struct parquet_file *file, size_t wanted, struct error *err);
/* footer.c: the next element of the list in the footer. */
void schema_element_read(struct thrift *t, struct schema_element *element);
/* schema.c: the leaves and table.schema from n elements, which `t` is in front of. OK with t->problem set where they are no
 * Thrift. */
enum status schema_build(struct parquet_file *file, struct thrift *t, int32_t n, struct error *err) NODISCARD;
/* types.c: type, conversion, and texts of one leaf; `element` is not a group. */
enum status leaf_describe(struct parquet_file *file, const struct schema_element *element, struct leaf *leaf,
                          struct column *column, struct error *err) NODISCARD;
/* convert.c: the problem of a value that is right and cannot be held. */
extern const char decimal_too_wide[];
/* convert.c: chooses leaf->convert and is_lane for the type; false: no such combination. */
bool leaf_choose_conversion(struct leaf *leaf, struct type type);
/* summary.c */
enum status parquet_summary(struct table *table, int32_t unit, int32_t column, struct column_summary *out,
                            struct error *err) NODISCARD;
/* What is known without statistics. */
struct column_summary summary_by_schema(const struct parquet_file *file, int32_t unit, int32_t column);
/* A bound, written as PLAIN; byte arrays without their length. NULL, or what is wrong with it, as in column_summary.problem. */
const char *summary_bound(const struct leaf *leaf, struct type type, struct span bytes, struct value *out);
/* The bytes of values that are certainly there, if the statistics are right: up to two, in PLAIN encoding, byte arrays without their length. */
int summary_shown_values(const struct parquet_file *file, int32_t unit, int32_t column, struct span out[2]);
/* Is the order of min_value and max_value declared, and one in which the column's type can be? INT96 apart. */
bool summary_is_ordered(const struct parquet_file *file, int32_t column, bool has_nan_count);

/* Where a page is: its header's place and its bytes with the header; `extent`: bytes from there to the end of the part's last page. */
struct page_place { int64_t offset, first_row, n_rows; int32_t size; int64_t extent; };
/* page_index.c: the page with the part's first row, by the offset index; false: it does not say. */
bool page_index_find(const struct parquet_file *file, int32_t unit, int32_t column, const struct unit_part *part, struct page_place *out);
/* See struct reader. */
enum status parquet_page_facts(struct table *table, int32_t unit, int32_t column, struct arena *arena, struct page_facts **out,
                               int32_t *n, const char **problem, struct error *err) NODISCARD;

/* bloom.c: has the chunk a Bloom filter, of a writer that is believed? */
bool bloom_is_believed(const struct parquet_file *file, int32_t unit, int32_t column);
/* BloomFilterHeader, of `n_bytes` of bits; false: not one of the kind that the format has, or broken. */
bool bloom_header_read(struct thrift *t, int32_t *n_bytes);
/* See struct reader. */
bool parquet_may_hold(struct table *table, int32_t unit, int32_t column, const void *value);

#endif
