/* server/catalogue.c -- see catalogue.h.
 *
 * A file counts as changed when its size, inode, mtime or ctime differ from when it was read, so a broken one is not read again and again.
 * Symbolic links are followed: mounted configuration consists of them, and the directory is the operator's.
 */
#include "server/catalogue.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/output.h"
#include "core/sha256.h"

static const char *const suffixes[] = {".yaml", ".yml", ".json", NULL};

static size_t stem_length(const char *name)
{
    size_t n = strlen(name);

    for (int i = 0; suffixes[i]; i++) {
        size_t length = strlen(suffixes[i]);
        if (n > length && strcmp(name + n - length, suffixes[i]) == 0)
            return n - length;
    }
    return 0;
}

void suite_entry_release(struct suite_entry *entry)
{
    if (!entry || atomic_fetch_sub(&entry->owners, 1) != 1)
        return;
    arena_done(&entry->arena);
    mem_free(NULL, entry);
}

static struct suite_entry *share(struct suite_entry *entry)
{
    atomic_fetch_add(&entry->owners, 1);
    return entry;
}

static int64_t nanos_of(struct timespec t) { return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec; }

static bool is_unchanged(const struct suite_entry *entry, const struct stat *st)
{
    return entry->inode == st->st_ino && entry->size == st->st_size && entry->modified_nanos == nanos_of(st->st_mtim) &&
           entry->changed_nanos == nanos_of(st->st_ctim);
}

/* --- reading one file --- */

static void add_problem(struct suite_entry *entry, const struct error *err)
{
    char text[1600];

    error_format(err, text, sizeof text);
    entry->problems[entry->n_problems] = arena_format(&entry->arena, "%s", text);
    entry->n_problems += entry->problems[entry->n_problems] != NULL;
}

/* The name that a file without a usable suite says it has: so that it is found and its problems can be told. */
static void name_from_text(struct suite_entry *entry, const char *file)
{
    static const char *const keys[] = {"suite", "expectation_suite_name", "name", NULL};
    struct error ignored = ERROR_NONE;
    struct node *root;

    entry->name = arena_text(&entry->arena, file, stem_length(file));
    if (document_parse(&entry->arena, entry->text, NULL, &root, &ignored) != STATUS_OK)
        return;
    for (int i = 0; keys[i]; i++) {
        const struct node *node = node_find(root, keys[i]);
        if (node && node->kind == NODE_TEXT && node->text.size && !memchr(node->text.at, '{', node->text.size)) {
            entry->name = (const char *)node->text.at;
            return;
        }
    }
}

static bool asks_for_variable(const struct problems *problems)
{
    for (int32_t i = 0; i < problems->n; i++)
        if (strncmp(problems->at[i].text, "variable `", 10) == 0)
            return true;
    return false;
}

static void hash_text(struct suite_entry *entry)
{
    struct sha256 sha;
    char hex[65];

    sha256_init(&sha);
    sha256_add(&sha, entry->text.at, entry->text.size);
    sha256_hex(&sha, hex);
    memcpy(entry->hash, "sha256:", 7);
    memcpy(entry->hash + 7, hex, sizeof hex);
}

/* Variables come with a request and the environment never: a suite that lacks some is judged when they are there. */
static void parse_entry(struct suite_entry *entry, const char *file)
{
    struct suite_variables none = {0};
    struct error err = ERROR_NONE;
    struct problems problems;
    struct suite *suite = NULL;
    enum status status;

    problems_init(&problems, &entry->arena);
    hash_text(entry);
    status = suite_parse(&entry->arena, entry->file, entry->text, &none, &suite, &problems, &err);
    if (status == STATUS_OK) {
        entry->suite = suite;
        entry->name = suite->name;
        memcpy(entry->hash, suite->fingerprint, sizeof entry->hash);
        return;
    }
    name_from_text(entry, file);
    entry->needs_variables = asks_for_variable(&problems);
    if (entry->needs_variables)
        return;
    entry->problems = arena_array(&entry->arena, (size_t)problems.n + 1, sizeof *entry->problems);
    for (int32_t i = 0; entry->problems && i < problems.n; i++)
        add_problem(entry, &problems.at[i]);
    if (entry->problems && problems.n == 0)
        add_problem(entry, &err);
}

static struct suite_entry *read_entry(const char *directory, const char *file, const struct stat *st)
{
    struct suite_entry *entry = mem_alloc(NULL, sizeof *entry);
    struct error err = ERROR_NONE;
    char real[PATH_MAX];
    const char *path;

    if (!entry)
        return NULL;
    atomic_init(&entry->owners, 1);
    arena_init(&entry->arena, NULL, 0);
    entry->inode = st->st_ino;
    entry->size = st->st_size;
    entry->modified_nanos = nanos_of(st->st_mtim);
    entry->changed_nanos = nanos_of(st->st_ctim);
    path = arena_format(&entry->arena, "%s/%s", directory, file);
    entry->file = arena_text(&entry->arena, file, strlen(file));
    entry->directory = realpath(directory, real) ? arena_format(&entry->arena, "%s", real) : NULL;
    entry->problems = arena_array(&entry->arena, 1, sizeof *entry->problems);
    if (!path || !entry->file || !entry->directory || !entry->problems) {
        suite_entry_release(entry);
        return NULL;
    }
    if (input_read_file(&entry->arena, path, DOCUMENT_MAX_BYTES, &entry->text, &err) == STATUS_OK) {
        parse_entry(entry, file);
    } else {
        entry->name = arena_text(&entry->arena, file, stem_length(file));
        hash_text(entry);
        snprintf(err.source, sizeof err.source, "%s", file);
        add_problem(entry, &err);
    }
    if (!entry->name) {
        suite_entry_release(entry);
        return NULL;
    }
    return entry;
}

/* --- the directory --- */

static struct suite_entry **find_file(struct catalogue *c, const char *file)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->entries[i]->file, file) == 0)
            return &c->entries[i];
    return NULL;
}

static enum status take_file(struct catalogue *c, const char *file, struct error *err)
{
    struct suite_entry **known = find_file(c, file), *entry;
    char path[4096];
    struct stat st;

    if (snprintf(path, sizeof path, "%s/%s", c->directory, file) >= (int)sizeof path || stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return STATUS_OK; /* gone again, or no file */
    if (known && is_unchanged(*known, &st)) {
        (*known)->is_seen = true;
        return STATUS_OK;
    }
    if (!known && (c->n >= FILES_MAX || !mem_grow(NULL, (void **)&c->entries, &c->capacity, c->n + 1, sizeof(struct suite_entry *))))
        return error_set(err, STATUS_TOO_LARGE, "more than %d suites", FILES_MAX);
    entry = read_entry(c->directory, file, &st);
    if (!entry)
        return error_no_memory(err);
    entry->is_seen = true;
    if (known) {
        suite_entry_release(*known);
        *known = entry;
    } else {
        c->entries[c->n++] = entry;
    }
    if (c->on_load)
        c->on_load(c->context, entry);
    return STATUS_OK;
}

static int by_file(const void *a, const void *b)
{
    return strcmp((*(struct suite_entry *const *)a)->file, (*(struct suite_entry *const *)b)->file);
}

static void drop_unseen(struct catalogue *c)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->n; i++)
        if (c->entries[i]->is_seen)
            c->entries[kept++] = c->entries[i];
        else
            suite_entry_release(c->entries[i]);
    c->n = kept;
    if (c->n)
        qsort(c->entries, c->n, sizeof(struct suite_entry *), by_file);
}

static enum status refresh(struct catalogue *c, struct error *err)
{
    DIR *dir = opendir(c->directory);
    enum status status = STATUS_OK;
    struct dirent *file;

    if (!dir)
        return error_errno(err, STATUS_READ, errno, c->directory);
    for (size_t i = 0; i < c->n; i++)
        c->entries[i]->is_seen = false;
    while (status == STATUS_OK && (file = readdir(dir)))
        if (file->d_name[0] != '.' && stem_length(file->d_name))
            status = take_file(c, file->d_name, err);
    closedir(dir);
    if (status == STATUS_OK)
        drop_unseen(c);
    return status;
}

enum status catalogue_refresh(struct catalogue *c, struct error *err)
{
    enum status status;

    pthread_mutex_lock(&c->lock);
    status = refresh(c, err);
    pthread_mutex_unlock(&c->lock);
    return status;
}

enum status catalogue_open(struct catalogue *c, const char *directory, struct error *err)
{
    c->directory = directory;
    pthread_mutex_init(&c->lock, NULL);
    return catalogue_refresh(c, err);
}

void catalogue_close(struct catalogue *c)
{
    for (size_t i = 0; i < c->n; i++)
        suite_entry_release(c->entries[i]);
    mem_free(NULL, c->entries);
    if (c->directory)
        pthread_mutex_destroy(&c->lock);
    *c = (struct catalogue){0};
}

/* The first file of that name wins; a directory that cannot be listed right now leaves what is known. */
struct suite_entry *catalogue_find(struct catalogue *c, const char *name)
{
    struct suite_entry *found = NULL;
    struct error ignored = ERROR_NONE;

    pthread_mutex_lock(&c->lock);
    (void)!refresh(c, &ignored);
    for (size_t i = 0; i < c->n && !found; i++)
        if (strcmp(c->entries[i]->name, name) == 0)
            found = share(c->entries[i]);
    pthread_mutex_unlock(&c->lock);
    return found;
}

static int by_name(const void *a, const void *b)
{
    const struct suite_entry *x = *(struct suite_entry *const *)a, *y = *(struct suite_entry *const *)b;
    int order = strcmp(x->name, y->name);

    return order ? order : strcmp(x->file, y->file);
}

struct suite_entry **catalogue_list(struct catalogue *c, struct arena *arena, int32_t *n)
{
    struct error ignored = ERROR_NONE;
    struct suite_entry **out;

    pthread_mutex_lock(&c->lock);
    (void)!refresh(c, &ignored);
    *n = (int32_t)c->n;
    out = arena_array(arena, c->n + 1, sizeof(struct suite_entry *));
    for (size_t i = 0; out && i < c->n; i++)
        out[i] = share(c->entries[i]);
    pthread_mutex_unlock(&c->lock);
    if (out && *n)
        qsort(out, (size_t)*n, sizeof(struct suite_entry *), by_name);
    return out;
}

void suite_entry_row(const struct suite_entry *entry, struct suite_row *row)
{
    const struct suite *s = entry->suite;

    *row = (struct suite_row){.name = entry->name, .file = entry->file, .hash = entry->hash, .needs_variables = entry->needs_variables,
                              .problems = entry->problems, .n_problems = entry->n_problems};
    if (!s)
        return;
    row->dataset = s->dataset;
    row->description = s->description;
    row->owner = s->owner;
    row->runbook = s->runbook;
    row->tags = s->tags.at;
    row->n_tags = s->tags.n;
    row->n_expectations = s->n_checks;
}
