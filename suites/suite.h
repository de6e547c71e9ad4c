/* suites/suite.h -- a suite read from text: YAML or JSON, ours or another tool's.
 *
 * Everything lives in the arena that was given and is immutable afterwards.
 */
#ifndef SUITES_SUITE_H
#define SUITES_SUITE_H

#include "columns/cell_rules.h"
#include "expectations/expectation.h"

struct declared_column { const char *name; struct type type; bool has_type; bool is_nullable, has_nullable; bool is_pii;
                         const char *description; struct text_list tags; int32_t line, column_at; };

/* csv: and the command line's CSV options, before a reader sees them. */
struct csv_options {
    int delimiter, quote, header; /* 0, 0 and -1: told from the content; quote -1: none */
    struct text_list null_words;
    const char *encoding, *comment;
    int64_t skip_lines;
    int escape;          /* 0: told; -1: none */
    struct cell_rules cells;
};
void csv_options_init(struct csv_options *options);

enum drift_correction { DRIFT_NO_CORRECTION, DRIFT_BENJAMINI_HOCHBERG, DRIFT_BONFERRONI };

struct suite {
    const char *path;  /* as given; for messages and relative paths */
    const char *name, *dataset, *description, *owner, *runbook, *timezone;
    struct text_list tags;
    const struct node *meta;
    const struct dialect *dialect;
    const char *where;
    struct expression *where_expression;
    struct text_list primary_key;
    struct declared_column *columns;
    int32_t n_columns;
    struct csv_options csv;
    struct tolerance malformed; /* TOLERANCE_NONE: damage makes the batch unreadable */
    bool judges_damage;         /* malformed: or a well_formed expectation is there */
    bool allow_empty;
    enum drift_correction drift_correction; /* of the p-values of all drift checks */
    struct check *checks;       /* in the order of the file: table, primary key, columns */
    int32_t n_checks;
    struct text_list warnings;  /* for whoever wrote the suite: checks whose id had to be numbered */
    char fingerprint[72];       /* "sha256:..." of the suite's canonical tree after variables */
};

/* Past these a suite is refused. */
enum { SUITE_COLUMNS_MAX = 10000, SUITE_CHECKS_MAX = 20000 };

struct variable { const char *name, *value; };
struct suite_variables {
    const struct variable *at;
    int32_t n;
    bool environment_allowed; /* ${ENV}: command line only */
};

/* Reads text already loaded. Every problem is added to `problems` (BAD_SUITE is then returned, err the first of them). `path` names it;
 * GX JSON is recognised by its keys. */
enum status suite_parse(struct arena *arena, const char *path, struct span text, const struct suite_variables *variables,
                        struct suite **out, struct problems *problems, struct error *err) NODISCARD;
enum status suite_read(struct arena *arena, const char *path, const struct suite_variables *variables, struct suite **out,
                       struct problems *problems, struct error *err) NODISCARD;
/* --vars-file: a YAML or JSON map of scalars. */
enum status variables_read(struct arena *arena, const char *path, struct variable **out, int32_t *n, struct error *err) NODISCARD;
/* The parameters that every expectation of a level takes beside its own, for `explain`. Offsets are nobody's business. */
const struct field *suite_common_fields(enum expectation_level level);
bool suite_is_not_for_warn(struct span key); /* what names a check stays with the check: no key under `warn` */
/* JSON Schema (draft 2020-12) of the suite format. */
bool suite_schema(struct buffer *out);

#endif
