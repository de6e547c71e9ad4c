/* suites/reader.h -- what the files of this folder share while a suite is being read.
 *
 * Problems are collected, never thrown: a function that meets one adds it and goes on, so that all of a suite's errors are
 * reported at once. Only want of memory ends the reading: it is remembered in `no_memory`, and everybody returns.
 */
#ifndef SUITES_READER_H
#define SUITES_READER_H

#include "suites/suite.h"

/* Of one check: maps are built by looking for each key, so they stay small. */
enum { PARAMETERS_MAX = 256 };

/* What `defaults:` says; -1: nothing. */
struct suite_defaults { int severity, nulls, nan, on_empty; };

/* A check on its way into the suite. */
struct draft {
    struct check check;
    bool is_derived; /* of primary_key, type and nullable: its id gives way to one that was written */
    int32_t order;
};

struct suite_reader {
    struct arena *arena;
    struct problems *problems;
    struct suite *suite;
    struct suite_defaults defaults;
    struct draft *drafts;
    int32_t n_drafts;
    size_t drafts_capacity;
    bool no_memory;
};

/* One expectation, wherever it was written. */
struct entry {
    const char *name;            /* as written: ours or Great Expectations' */
    const struct node *params;   /* a map, or NULL: none */
    const struct node *place;    /* where it stands */
    const char *column;          /* NULL: under table: */
    bool column_is_nullable;
    bool is_derived;
    const struct node *gx_kwargs;
};

/* Remembers that there is no memory. Always false, so that it can be returned. */
bool reader_no_memory(struct suite_reader *r);
/* A problem at a node (NULL: at none). */
void reader_refuse(struct suite_reader *r, const struct node *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same at the node's key. */
void reader_refuse_key(struct suite_reader *r, const struct node *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A copy of `child` under its key, its places kept. */
void reader_put(struct suite_reader *r, struct node *map, const struct node *child);
/* `where` as an expression; problems are placed in its text. NULL where there are any. */
struct expression *reader_where(struct suite_reader *r, const struct literal *where);

/* check.c */
/* An item of a list under table: or of a column: a bare word, {name: scalar}, {name: [list]}, {name: {map}}. */
void reader_item(struct suite_reader *r, const struct node *item, const char *column, bool column_is_nullable);
/* Makes a check of it and adds it. */
void reader_entry(struct suite_reader *r, const struct entry *entry);
extern const char *const suite_severity_names[], *const suite_nulls_names[], *const suite_nan_names[],
    *const suite_empty_names[];

extern const struct field suite_top_fields[], suite_defaults_fields[], suite_drift_fields[], suite_csv_fields[], suite_column_fields[];
/* A suite's name from its file's: without folder and suffix. NULL without memory. */
const char *suite_name_of_path(struct arena *arena, const char *path);

/* ids.c: gives every draft its id, in the order table, primary key, columns; fills suite->checks. */
void reader_finish_checks(struct suite_reader *r);

/* variables.c: substitutes in every text scalar of the tree. */
void variables_substitute(struct suite_reader *r, struct node *tree, const struct suite_variables *variables);
/* A variable's value as a scalar of the type that its text has. NULL without memory. */
const struct node *variable_node(struct suite_reader *r, const char *value);

/* gx.c */
bool gx_is_suite(const struct node *root);
void gx_read(struct suite_reader *r, const struct node *root, const struct suite_variables *variables);
/* Parameters of a check that was named as Great Expectations does: a map with our keys; *column is set from `column`. NULL where
 * something is refused. */
struct node *gx_params(struct suite_reader *r, const char *name, const struct node *kwargs, const char **column);

/* fingerprint.c: sha256 over the tree as JSON with sorted keys. */
void suite_fingerprint(struct suite_reader *r, const struct node *root);

#endif
