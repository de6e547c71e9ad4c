/* expectations/expectation.h -- what an expectation is.
 *
 * A constant description and small functions. `plan` asks for columns and metrics; `judge` reads the metrics' states once every
 * batch has been folded in. Neither sees a row, a file or a report: an expectation is tested with literals, and forty of them on
 * one column still cost one scan.
 */
#ifndef EXPECTATIONS_EXPECTATION_H
#define EXPECTATIONS_EXPECTATION_H

#include "columns/text_facts.h"
#include "expressions/expression.h"
#include "stats/metrics.h"

enum nulls_rule { NULLS_IGNORE, NULLS_FAIL, NULLS_PASS };
enum nan_rule { NAN_FAIL, NAN_IGNORE, NAN_PASS };
/* BY_LEVEL: the suite did not say; the level decides (a row-level check whose column has no values only warns). */
enum empty_rule { EMPTY_FAIL, EMPTY_WARN, EMPTY_PASS, EMPTY_BY_LEVEL };

/* Switches that give an imported suite the verdict of its own tool (semantics.md, Dialects). */
struct dialect {
    const char *name; /* "assay", "gx" */
    bool empty_is_success;
    enum nan_rule nan; /* default of its expectations */
    int32_t quantile_method; /* 7; 0 nearest */
    int regex_flags;
    bool mostly_in_doubles;
};
extern const struct dialect dialect_assay, dialect_gx;

/* What an expectation is about, which decides its common parameters and what emptiness means. */
enum expectation_level {
    LEVEL_ROW,       /* counts rows: mostly, max_unexpected, nulls, nan */
    LEVEL_AGGREGATE, /* a figure of a column: nan; no values is a failure */
    LEVEL_TABLE,     /* the batch or its schema: always has something to judge */
};

/* One line of a suite: an expectation, applied. Immutable after the suite was read. */
struct check {
    const struct expectation *kind;
    const char *id;
    const char *column;      /* NULL for expectations about the table */
    const void *params;      /* laid out by kind->fields */
    struct tolerance tolerance; /* mostly or max_unexpected */
    enum nulls_rule nulls;
    enum nan_rule nan;
    enum empty_rule on_empty;
    bool has_own_on_empty;   /* said of this check, not by `defaults`: then it also decides about its `where` */
    enum severity severity;
    bool is_active;
    bool column_is_nullable; /* nullable: true: no values is a pass */
    const char *where;       /* text, or NULL */
    struct expression *where_expression;
    const char *description;
    struct text_list tags;
    const struct node *meta;
    const struct node *parameters; /* as the report shows them: those given or with a default, without the common ones that were not given */
    const struct node *written;    /* the map of parameters as the suite has it, after variables; NULL: none */
    const struct node *gx_kwargs;  /* of a GX suite: kwargs as they were; else NULL */
    const char *gx_type;           /* of a GX suite, or where the suite used a GX name: "expect_..."; else NULL */
    const struct check *warn;      /* the same check, tighter, at severity warning; NULL */
    const struct dialect *dialect;
    int32_t line, column_at;       /* in the suite file */
};

/* A row-level check's rule. The columns whose null, NaN and malformed cells count are the request's. */
struct rule {
    struct expression *holds; /* true for an expected row; unknown rows count by `nulls` */
    enum nulls_rule nulls;
    enum nan_rule nan;
    /* Which rows are missing: those where the first column is null (false), or where `holds` is unknown (true: satisfies). */
    bool missing_is_unknown;
    bool malformed_is_value; /* a cell that is no value of the column's type is decided by `holds` like others */
};

enum { REQUEST_COLUMNS_MAX = 32, PLANNED_REQUESTS_MAX = 4 };

struct request {
    const struct metric *metric;
    int32_t n_columns;
    int32_t slots[REQUEST_COLUMNS_MAX];
    const void *params; /* in the arena */
    size_t params_size;
    const struct rule *rule; /* for metrics that take one */
    bool nan_is_null;
    int32_t reference;  /* of planner->reference_state: the state that the metric is set up with; 0: none */
};

/* A column of another dataset, which a check compares with. Only the validator opens it; equal ones are read once. */
struct reference {
    const char *path;
    bool is_from_variable; /* relative paths start at the working directory, else at the suite's file */
    const char *column;
};

/* What a reference is, beside its values. */
struct reference_facts {
    bool is_saved;           /* of `assay profile -o`: it may know less than its data */
    int64_t made_nanos;      /* when it was saved, or its newest file was written; 0: unknown */
    const char *made;        /* the same as text; NULL: unknown */
    const char *fingerprint; /* where is_saved */
};

/* What the validator offers while planning. */
struct planner {
    void *context;
    struct arena *arena;
    const struct schema *schema; /* of the batch; cell readers' columns are TYPE_UNKNOWN unless declared */
    const struct time_context *time;
    /* The slot and type of a column read as this family. NOT_FOUND (with 'did you mean') where the batch has none of that
     * name; UNSUPPORTED where it is nested. */
    enum status (*column)(void *context, const char *name, enum family family, int32_t *slot, struct type *type,
                          struct error *err);
    /* The same as a declared type (of_type on cell readers). For typed readers as `column`. */
    enum status (*column_as)(void *context, const char *name, struct type type, int32_t *slot, struct type *actual,
                             struct error *err);
    /* Equal requests get the same handle. The check's `where` and the suite's are added by the validator. */
    enum status (*request)(void *context, const struct request *request, int32_t *handle, struct error *err);
    /* Is it a cell reader's column whose type nobody has declared, so that it can be read as any? */
    bool (*is_undeclared)(void *context, const char *name);
    /* The type of a reference's column; TYPE_UNKNOWN: cells. Whatever keeps it from being read is the error. */
    enum status (*reference)(void *context, const struct reference *reference, struct type *type, struct error *err);
    /* A metric over all rows of it, read as `type`; *handle (from 1) for request.reference and seen->reference. */
    enum status (*reference_state)(void *context, const struct reference *reference, struct type type,
                                   const struct metric *metric, const void *params, size_t params_size, int32_t *handle,
                                   struct error *err);
    /* All columns of it. */
    enum status (*reference_schema)(void *context, const struct reference *reference, const struct schema **out, struct error *err);
    /* After `reference` could be read. NULL: nothing is known of references. */
    enum status (*reference_facts)(void *context, const struct reference *reference, struct reference_facts *out, struct error *err);
};

/* A check on its way: what plan found out for judge. */
struct planned {
    const struct check *check;
    bool is_settled;          /* `finding` was decided while planning: a missing column, a type, a pure schema check */
    struct finding finding;
    enum evidence proof;      /* of what is settled: the schema, or what was foreseen */
    int32_t requests[PLANNED_REQUESTS_MAX];
    int32_t n_requests;
    struct type type;         /* of the column */
    void *extra;              /* the expectation's own, in the arena */
    struct planned *parts;    /* of a check that is made of others (no_skew): each planned; its own requests are theirs */
    int32_t n_parts;
    bool nan_is_value;        /* of a rule: `nan: pass` takes NaN for a value like any other, and nobody counts them */
};

/* What judge may look at. */
struct seen {
    void *context;
    const void *(*state)(void *context, int32_t handle);
    const void *(*reference)(void *context, int32_t handle); /* of planner->reference_state */
    const char *(*reference_trouble)(void *context, int32_t handle); /* why its data could not be looked at again; NULL: they could, or need not */
    int64_t batch_rows;       /* after the suite's `where` */
    bool allow_empty;         /* allow_empty: true or --allow-empty: a batch without rows is a pass */
    const struct schema *schema;
    const struct time_context *time;
    struct arena *arena;
    int32_t samples;          /* that a finding shows at most */
    /* freshness from files and partitions */
    int64_t newest_file_nanos, oldest_file_nanos; /* 0: unknown */
    int64_t n_malformed_records, n_records;       /* damage of cell readers */
    const struct text_facts *text; /* of the files; NULL: they were not read */
};

/* What is known of all values of a column before they are looked at. */
struct outlook {
    int64_t n_values;         /* that many there are at least; NaN is none */
    bool has_no_nans;
    bool has_bounds;          /* every value lies in min..max, which are finite */
    struct value min, max;
    struct value low, high;   /* with bounds: some value is at most `low`, some is at least `high` */
};

struct expectation {
    const char *name;  /* the word a suite uses */
    const char *gx;    /* Great Expectations' name without "expect_", alternatives after commas; NULL: none */
    const char *says;  /* sentence; {column}, {min} ... are filled in; [...] is dropped when a name in it is not set */
    const char *doc;   /* one or two sentences for list and explain */
    const char *example; /* YAML of a columns: or table: entry, for explain */
    enum expectation_level level;
    bool takes_column; /* stands under columns: (false: under table:) */
    bool takes_either; /* may stand in the other place as well (satisfies, freshness); validate looks at check->column */
    const struct field *fields;
    size_t params_size;
    const void *arg;   /* what tells siblings in one file apart */
    /* Keys of the map that are no fields but the expectation's own (quantiles: 0.99); `validate` finds them in
     * check->written. NULL: none. */
    bool (*accepts_key)(const char *key);
    /* What a JSON Schema says of such keys and their values; NULL: nothing. */
    void (*extra_schema)(struct json_writer *w);
    /* Rules between fields; types and bounds need no code. May normalise. NULL: none. BAD_SUITE. */
    enum status (*validate)(struct arena *arena, struct check *check, void *params, struct error *err);
    /* Data that broke its schema settles the check as a failure (plan_settle). */
    enum status (*plan)(struct planned *p, const struct planner *planner, struct error *err);
    /* Pure. `out` was finding_init'ed. */
    enum status (*judge)(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err);
    /* For --verdict-only: is the verdict certain whatever the values are? Sets out->verdict, and perhaps a reason. NULL: never. */
    bool (*foresee)(const struct planned *p, const struct outlook *outlook, const struct seen *seen, struct finding *out);
};

extern const struct expectation *const expectations[]; /* sorted by name, NULL-terminated: list.h */
const struct expectation *expectation_find(const char *name); /* also by GX name with or without expect_ */
const char *expectation_nearest(const char *name);
/* Great Expectations' first name with "expect_" (in the arena), NULL where it has none. */
const char *expectation_gx_name(struct arena *arena, const struct expectation *kind);
/* Is this one of GX's runnable expectations that we do not know yet? With or without "expect_". */
bool expectation_is_foreign(const char *name);

/* --- shared by the files of this folder --- */

/* Does the check's tolerance accept so many unexpected of the considered? */
bool check_tolerates(const struct check *check, int64_t considered, int64_t unexpected);
void plan_settle(struct planned *p, enum verdict verdict, const char *reason);
/* planner->column, with NOT_FOUND, UNSUPPORTED(nested) settled: a missing column fails; *settled tells. */
enum status plan_column(struct planned *p, const struct planner *planner, const char *name, enum family family,
                        int32_t *slot, bool *settled, struct error *err);
/* The one request of a row-level check. */
enum status plan_rule(struct planned *p, const struct planner *planner, const int32_t *slots, int32_t n_slots,
                      struct expression *holds, struct error *err);
/* Counts, tolerance, emptiness, samples: the judge of every row-level check that uses violations. */
enum status judge_rule(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err);
/* Emptiness of an aggregate: NaN, infinities, no values; false when `out` has been decided. */
bool judge_has_values(const struct planned *p, const struct seen *seen, const struct moments_counts *counts,
                      struct finding *out);
/* err->line_column is a byte of the literal's text (expression_parse): makes it a place in the file. A text that was folded or
 * escaped keeps the place of its start. */
void literal_place(const struct literal *l, struct error *err);
/* The sentence of a check in the arena. NULL without memory. */
const char *check_says(struct arena *arena, const struct check *check);

#endif
