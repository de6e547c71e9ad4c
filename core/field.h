/* core/field.h -- the reflection device: what a struct's members are called, mean and may be.
 *
 * One table of rows serves a suite's parser (with line and column), --help, the JSON Schema, the
 * reference page, and the saving, loading and carrying of a metric's state. The last row has name NULL.
 */
#ifndef CORE_FIELD_H
#define CORE_FIELD_H

#include "core/document.h"
#include "core/json_writer.h"

/* A literal of a suite keeps its text until the type of its column is known. */
struct literal {
    enum node_kind kind; /* NODE_NULL, NODE_BOOL, NODE_NUMBER, NODE_TEXT */
    bool is_set;         /* the suite gave it */
    bool is_quoted;
    int32_t line, column;
    struct span text;
};

struct literal_list { struct literal *at; int32_t n; bool is_set; };
struct text_list { const char **at; int32_t n; bool is_set; };

/* How many unexpected values are accepted; compared in integers from the text.
 * mostly: (considered - unexpected) * 10^scale >= mantissa * considered
 * count: unexpected <= mantissa      share: unexpected * 10^scale <= mantissa * considered */
enum tolerance_kind { TOLERANCE_NONE, TOLERANCE_MOSTLY, TOLERANCE_COUNT, TOLERANCE_SHARE };
struct tolerance {
    enum tolerance_kind kind;
    int64_t mantissa;
    int32_t scale;
    struct literal literal; /* as written, for the report */
};
/* TOLERANCE_NONE accepts 0. */
bool tolerance_holds(const struct tolerance *t, int64_t considered, int64_t unexpected);

enum field_type {
    /* parameters */
    FIELD_BOOL,         /* bool */
    FIELD_INT,          /* int64_t; bounds min..max */
    FIELD_NUMBER,       /* double; bounds */
    FIELD_TEXT,         /* const char * */
    FIELD_TEXT_LIST,    /* struct text_list; a single text is a list of one */
    FIELD_ENUM,         /* int: index into names */
    FIELD_LITERAL,      /* struct literal: any scalar */
    FIELD_LITERAL_LIST, /* struct literal_list */
    FIELD_DURATION,     /* struct literal, checked to be a duration */
    FIELD_MOSTLY,       /* struct tolerance: number in 0..1 or a percentage */
    FIELD_MAX_COUNT,    /* struct tolerance: a count, 0.1%, 20ppm */
    FIELD_NODE,         /* struct node *: a subtree that `validate` checks */
    /* states of metrics */
    FIELD_I64, FIELD_U64, FIELD_F64, /* arrays of `count` */
    FIELD_BLOB,                      /* struct buffer: any bytes */
};

/* MAIN: what a bare scalar or list means; WORDS: a literal that is no number, an expression or a name */
enum field_flags { FIELD_REQUIRED = 1, FIELD_MAIN = 2, FIELD_WORDS = 4 };

struct field {
    const char *name;
    enum field_type type;
    size_t offset;
    int flags;
    double min, max;          /* INT, NUMBER: closed bounds; both 0: none */
    const char *default_text; /* shown in help and used when absent; NULL: none */
    const char *const *names; /* ENUM: NULL-terminated */
    const char *doc;          /* one line, no period */
    const char *gx;           /* Great Expectations' name of it, or NULL; "a,b" for two */
    int count;                /* states: elements; 0 is 1 */
};

/* All problems of a suite, not only the first. */
struct problems {
    struct arena *arena;
    struct error *at;
    int32_t n, capacity;
    bool lost_some; /* more than PROBLEMS_MAX or no memory */
};
enum { PROBLEMS_MAX = 200 };
void problems_init(struct problems *problems, struct arena *arena);
/* Adds BAD_SUITE at line:column of the node (its key when at_key). */
void problems_add(struct problems *problems, int line, int column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void problems_take(struct problems *problems, const struct error *err);

/* Fills `into` from a map node by the table: unknown keys ('did you mean'), wrong types, values out of bounds and
 * missing required fields are added to problems. Defaults are applied first. A scalar or list node goes to the
 * FIELD_MAIN row; `accepts` (may be NULL) is asked whether a key that is in no row belongs to somebody else.
 * Returns false only without memory. */
typedef bool field_accepts(const void *context, const char *key);
bool fields_parse(struct arena *arena, const struct field *fields, const struct node *node, void *into,
                  field_accepts *accepts, const void *context, struct problems *problems);
bool fields_defaults(struct arena *arena, const struct field *fields, void *into);
const struct field *field_find(const struct field *fields, const char *name); /* also by gx name; NULL if absent */

/* The parameters that are set or have a default, as the report shows them: a map. NULL without memory. */
struct node *fields_to_node(struct arena *arena, const struct field *fields, const void *from);
/* "properties" of the JSON Schema (draft 2020-12) of these rows: {"min": {...}, ...}. */
void fields_schema(struct json_writer *w, const struct field *fields);
/* The same, with the names that Great Expectations has for them beside ours. */
void fields_schema_all_names(struct json_writer *w, const struct field *fields);
/* What a value may be, as members of an object that is open. */
void field_schema_type(struct json_writer *w, const struct field *field);
/* Takes the first of "a,b" off; NULL at the end. Names beyond 79 bytes are cut. */
const char *names_next(const char **names, char out[80]);
/* Two-column help text. */
bool fields_help(const struct field *fields, struct buffer *out);

/* States: a compact binary form, versioned by `name`; little-endian; load checks name, layout and every length. */
bool fields_save(const char *name, const struct field *fields, const void *state, struct buffer *out);
enum status fields_load(const char *name, const struct field *fields, struct span *bytes, void *state,
                        struct error *err) NODISCARD;

/* literal as a person wrote it, NUL-terminated */
bool literal_from_node(const struct node *node, struct literal *out); /* false: not a scalar */

#endif
