/* readers/cells.h -- cells of text made into typed vectors; what CSV and JSON lines share.
 *
 * What a cell must be, by type; the whole cell, blanks included (" 5" is no number):
 *   bool       true or false, in any case; 1 and 0 are numbers
 *   integers   [+-]digits within the type's range
 *   float, double  decimal or exponent notation; NaN, inf, infinity in any case, signed; float is rounded to float
 *   decimal    exact; malformed where it has more places than the scale or more digits than the precision
 *   string, binary  anything; uuid: 8-4-4-4-12 hexadecimal digits
 *   date, time, timestamp  ISO 8601 (core/clock.h); malformed where the type's unit cannot hold the fraction. A date
 *              alone is a timestamp's midnight. A time with an offset becomes UTC, one without is taken as it stands; where
 *              the want names a zone, a time of the column's other kind is moved by it, to UTC or to the wall clock.
 * In JSON a string is no bool, integer or float (but the words NaN and infinity are floats), and only a string is a uuid or a
 * time; a decimal may be either; any scalar is text for string and binary.
 * Where a column has a style (columns/cell_rules.h) numbers, truth values, dates and times are what it says instead: "1.234,50" with
 * decimal "," and thousands "." (groups of three, or none at all), "ja", "10.12.2024" by %d.%m.%Y.
 * A cell that is not of its type is malformed: its bit is set, its value zero, its text in `raw`.
 */
#ifndef READERS_CELLS_H
#define READERS_CELLS_H

#include "readers/reader.h"

enum cell_state {
    CELL_IS_NULL,
    CELL_IS_PLAIN,  /* CSV cells, JSON numbers and words */
    CELL_IS_STRING, /* a JSON string */
};

/* One wanted column of a chunk. The reader fills raw, and state row by row or valid; cells_finish makes the rest. */
struct cell_column {
    struct want want;
    const struct cell_style *style; /* NULL: the default; see cells_set_styles */
    struct span *raw;  /* the text; {NULL, 0} for nulls; not used with NEED_NULLS */
    uint8_t *state;    /* enum cell_state; with has_valid it is not used: all cells that are not null are plain */
    uint64_t *valid, *malformed; /* bits past the last row are 0 */
    void *values;      /* NULL where raw serves as the values or none are needed */
    uint8_t *uuids;    /* 16 bytes per row, for UUID */
    int64_t n_nulls;   /* these three: of the rows parsed so far */
    bool has_malformed, has_leading_zeros;
};

struct cell_columns {
    struct cell_column *at; /* n: wants that are alike share one, as several checks want a column as the same type */
    int32_t n;
    struct want *wants;     /* n_wants, as they were given; want i is filled as column of_want[i], and is delivered as vector i */
    int32_t *of_want;
    struct vector *vectors;
    int32_t n_wants;
    int64_t capacity; /* rows; 1..CHUNK_MAX_ROWS, less for very many columns */
    bool has_valid;   /* set by the reader: it fills valid, not state */
    bool is_padded;   /* set by the reader: CELL_PADDING bytes behind every cell may be read (kernels/cells.h) */
    const struct kernels *kernels; /* cells_open takes the best; tests take others */
    struct memory *memory;
};

/* UNSUPPORTED for a type that text cannot be (nested, interval). The caller calls cells_done in any case. */
enum status cells_open(struct cell_columns *cells, const struct want *wants, int32_t n, struct memory *memory,
                       struct error *err) NODISCARD;
/* Were they opened for just these? */
bool cells_are_wanted(const struct cell_columns *cells, const struct want *wants, int32_t n);
/* Each column's style is the one of its column in the schema. */
void cells_set_styles(struct cell_columns *cells, const struct schema *schema);
/* Parses rows from..end-1 of a column, which begin at 0 or go on where the last ones ended, at a multiple of 64. */
void cells_parse(struct cell_columns *cells, int32_t column, int64_t from, int64_t end);
/* Sets the vectors, when rows 0..n_rows-1 of all columns are parsed. */
void cells_deliver(struct cell_columns *cells, int64_t n_rows);
/* Both at once. */
void cells_finish(struct cell_columns *cells, int64_t n_rows);
void cells_done(struct cell_columns *cells);

/* What a cell looks like, for the inference of whole columns. Words of numbers (NaN) and integers beyond int64 are
 * CELL_DOUBLE; a number with a leading zero ("007", not "0" or "0.5") is text. */
enum cell_class {
    CELL_NULL, CELL_BOOL, CELL_INT64, CELL_DOUBLE, CELL_DATE, CELL_TIME, CELL_TIMESTAMP, CELL_TEXT,
    CELL_CLASSES
};
enum cell_class cell_classify(struct span cell, bool is_json_string); /* never CELL_NULL */
enum cell_class cell_classify_as(struct span cell, bool is_json_string, const struct cell_style *style);

/* BAD_USAGE with the reason where they contradict each other or hold a format that is none. */
enum status cell_rules_validate(const struct cell_rules *rules, int delimiter, struct error *err) NODISCARD;
/* A column's style, in the arena; *out NULL for the default one. false: no memory. */
bool cell_style_make(struct arena *arena, const struct cell_rules *rules, const char *column, const struct cell_style **out);

/* Mergeable by adding the members. */
struct cell_classes {
    int64_t n[CELL_CLASSES];
    int64_t n_zoned; /* timestamps with an offset */
    int64_t n_nano;  /* times and timestamps with more than six places */
};
void cell_classes_add(struct cell_classes *classes, struct span cell, bool is_json_string, const struct cell_style *style);
/* All rows of a vector with raw text; `column` is its schema column. */
void cell_classes_add_vector(struct cell_classes *classes, const struct vector *vector, const struct column *column);
void cell_classes_merge(struct cell_classes *into, const struct cell_classes *from);
/* The type of a whole column (semantics.md): integers and doubles make double, dates and timestamps timestamp (UTC where
 * a timestamp has an offset), anything else mixed is string, as is a column of nulls. */
struct type cell_classes_type(const struct cell_classes *classes);
struct type cell_class_type(enum cell_class class);

/* The JSON reader says in column.physical_type what the values of a column are. */
extern const char json_physical_string[]; /* "STRING": at least one is a string that is no word of a number */
bool column_has_json_strings(const struct column *column);

#endif
