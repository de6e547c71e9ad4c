/* readers/storage/batch.c -- from what the user named to a list of files.
 *
 * Each argument becomes a run of files, sorted by path bytewise; the runs stand in the order of the arguments. A name that
 * exists is taken as it is, even when it holds glob characters. `*`, `?` and `[..]` match within a name, `**` any number of
 * directories, and a directory that a glob ends at is walked like one that was named. What counts as data in a walk
 * follows Spark: names that begin with . or with _ (unless they are a partition, `_key=value`) and *.crc do not, nor does a
 * *.json beside a *.parquet: what writers leave there are manifests and schemas (data in JSON lines is named as an argument). Symbolic
 * links are followed, loops refused: leaving one out silently would be data that nobody checked.
 */
#include "readers/storage/batch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 64 };

/* The directories on the way down: what a loop of symbolic links would return to. */
struct above {
    const struct above *up;
    dev_t device;
    ino_t inode;
    int depth;
};

struct finder {
    struct arena *arena;
    struct batch_file *files;
    size_t n_files, capacity;
    const struct text_list *require;
    const struct data_roots *roots; /* NULL: anywhere */
    const char *argument; /* as the user gave it, for messages */
    bool found_something; /* the glob matched a name, even if no data is in it */
    struct error *err;
};

static enum status no_memory(struct finder *f) { return memory_error(f->arena->memory, "the list of files", f->err); }

/* error_errno for a path. */
static enum status path_error(struct finder *f, const char *path, const char *what)
{
    int errnum = errno;

    error_source(f->err, path);
    return error_errno(f->err, STATUS_READ, errnum, what);
}

/* Nothing outside the roots is listed or taken; where it would have been is not told. */
static enum status stay_beneath(struct finder *f, const char *path)
{
    struct error why = ERROR_NONE;
    enum status status;
    int fd;

    if (!f->roots)
        return STATUS_OK;
    status = roots_open(f->roots, path, O_PATH, &fd, &why);
    if (fd >= 0)
        close(fd);
    if (status == STATUS_OK)
        return STATUS_OK;
    error_source(f->err, f->argument);
    return error_set(f->err, status, "%s", why.text);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* %3A and the like; a % that no two hex digits follow stays. */
static char *url_decode(struct arena *arena, const char *text, size_t size)
{
    char *out = arena_text(arena, text, size);
    size_t n = 0;

    for (size_t i = 0; out && i < size; i++) {
        int high = i + 2 < size && text[i] == '%' ? hex_digit(text[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low >= 0) {
            out[n++] = (char)(high * 16 + low);
            i += 2;
        } else {
            out[n++] = text[i];
        }
    }
    if (out)
        out[n] = '\0';
    return out;
}

static bool take_key(struct arena *arena, const char *part, size_t size, struct batch_file *file)
{
    const char *equals = memchr(part, '=', size);
    struct partition_key *key = &file->keys[file->n_keys];

    if (!equals || equals == part)
        return true;
    key->name = url_decode(arena, part, (size_t)(equals - part));
    key->value = url_decode(arena, equals + 1, (size_t)(part + size - equals - 1));
    if (!key->name || !key->value)
        return false;
    if (strcmp(key->value, "__HIVE_DEFAULT_PARTITION__") == 0)
        key->value = NULL;
    file->n_keys++;
    return true;
}

/* The directories of a path that look like key=value; the file's own name is none. */
static bool partition_keys(struct arena *arena, struct batch_file *file)
{
    size_t n = 0;

    for (const char *p = file->path; *p; p++)
        n += *p == '=';
    if (n == 0)
        return true;
    file->keys = arena_array(arena, n, sizeof *file->keys);
    if (!file->keys)
        return false;
    for (const char *p = file->path, *slash; (slash = strchr(p, '/')); p = slash + 1)
        if (!take_key(arena, p, (size_t)(slash - p), file))
            return false;
    return true;
}

static enum status add_file(struct finder *f, const char *path, const struct stat *st)
{
    struct batch_file *file;

    if (st) /* standard input has no place */
        TRY(stay_beneath(f, path));
    if (f->n_files == f->capacity) {
        size_t capacity = f->capacity ? f->capacity * 2 : 16;
        struct batch_file *files = arena_array(f->arena, capacity, sizeof *files);
        if (!files)
            return no_memory(f);
        if (f->n_files)
            memcpy(files, f->files, f->n_files * sizeof *files);
        f->files = files;
        f->capacity = capacity;
    }
    if (f->n_files >= INT32_MAX)
        return error_set(f->err, STATUS_TOO_LARGE, "more than 2^31 files");
    file = &f->files[f->n_files];
    *file = (struct batch_file){.path = arena_text(f->arena, path, strlen(path))};
    if (st) {
        file->bytes = st->st_size;
        file->modified_nanos = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
    }
    if (!file->path || !partition_keys(f->arena, file))
        return no_memory(f);
    f->n_files++;
    return STATUS_OK;
}

static bool ends_in(const char *name, const char *suffix)
{
    size_t n = strlen(name), m = strlen(suffix);

    return n >= m && strcmp(name + n - m, suffix) == 0;
}

static bool is_data_name(const char *name)
{
    if (name[0] == '.' || (name[0] == '_' && !strchr(name, '=')))
        return false;
    return !ends_in(name, ".crc");
}

static bool any_ends_in(const char *const *names, size_t n, const char *suffix)
{
    for (size_t i = 0; i < n; i++)
        if (is_data_name(names[i]) && ends_in(names[i], suffix))
            return true;
    return false;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Beneath the roots a directory is opened the way that was checked, not by its name again. */
static enum status open_directory(struct finder *f, const char *path, DIR **out)
{
    int fd;

    *out = NULL;
    if (!f->roots) {
        *out = opendir(*path ? path : ".");
        return *out ? STATUS_OK : path_error(f, path, "directory cannot be listed");
    }
    if (roots_open(f->roots, path, O_DIRECTORY, &fd, f->err) != STATUS_OK) {
        error_source(f->err, f->argument);
        return f->err->status;
    }
    *out = fdopendir(fd);
    if (*out)
        return STATUS_OK;
    close(fd);
    return path_error(f, path, "directory cannot be listed");
}

/* All names of a directory, . and .. left out, sorted. */
static enum status list_names(struct finder *f, const char *path, const char ***out, size_t *n_out)
{
    const char **names = NULL;
    size_t n = 0, capacity = 0;
    enum status status = STATUS_OK;
    struct dirent *entry;
    DIR *dir;

    TRY(open_directory(f, path, &dir));
    while (status == STATUS_OK && (errno = 0, entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (n == capacity) {
            const char **more = arena_array(f->arena, capacity ? capacity * 2 : 64, sizeof *names);
            if (more && n)
                memcpy(more, names, n * sizeof *names);
            names = more;
            capacity = capacity ? capacity * 2 : 64;
        }
        if (names)
            names[n] = arena_text(f->arena, entry->d_name, strlen(entry->d_name));
        if (!names || !names[n++])
            status = no_memory(f);
    }
    if (status == STATUS_OK && errno)
        status = path_error(f, path, "directory cannot be listed");
    closedir(dir);
    if (n)
        qsort(names, n, sizeof *names, compare_texts);
    *out = names;
    *n_out = n;
    return status;
}

/* "a" and "b" make "a/b"; "" and "b" make "b"; "/" and "b" make "/b". */
static char *join(struct finder *f, const char *path, const char *name)
{
    size_t n = strlen(path);

    return arena_format(f->arena, "%s%s%s", path, n && path[n - 1] != '/' ? "/" : "", name);
}

static enum status enter(struct finder *f, const char *path, const struct stat *st, const struct above *up,
                         struct above *here)
{
    *here = (struct above){up, st->st_dev, st->st_ino, up ? up->depth + 1 : 1};
    if (here->depth > DEPTH_MAX) {
        error_source(f->err, path);
        return error_set(f->err, STATUS_TOO_LARGE, "directories are nested more than %d deep", DEPTH_MAX);
    }
    for (; up; up = up->up)
        if (up->device == st->st_dev && up->inode == st->st_ino) {
            error_source(f->err, path);
            return error_set(f->err, STATUS_FORBIDDEN, "a symbolic link leads back to a directory above it");
        }
    return STATUS_OK;
}

static enum status walk(struct finder *f, const char *path, const struct stat *st, const struct above *up)
{
    const char **names;
    struct above here;
    bool is_parquet;
    size_t n;

    TRY(enter(f, path, st, up, &here));
    TRY(list_names(f, path, &names, &n));
    is_parquet = any_ends_in(names, n, ".parquet");
    for (size_t i = 0; i < n; i++) {
        struct stat below;
        const char *full;
        if (!is_data_name(names[i]) || (is_parquet && ends_in(names[i], ".json")))
            continue;
        full = join(f, path, names[i]);
        if (!full)
            return no_memory(f);
        if (stat(full, &below) != 0)
            return path_error(f, full, "cannot be examined");
        TRY(S_ISDIR(below.st_mode) ? walk(f, full, &below, &here) : add_file(f, full, &below));
    }
    return STATUS_OK;
}

/* Every name of --require must be in the directory (or beside the file) that was named. */
static enum status check_required(struct finder *f, const char *path, bool is_directory)
{
    const char *slash = strrchr(path, '/');
    const char *dir = is_directory ? path : !slash ? "" : arena_text(f->arena, path, (size_t)(slash - path) + 1);

    for (int32_t i = 0; f->require && i < f->require->n; i++) {
        const char *full = dir ? join(f, dir, f->require->at[i]) : NULL;
        struct stat st;
        if (!full)
            return no_memory(f);
        if (stat(full, &st) != 0) {
            error_source(f->err, full);
            return error_set(f->err, STATUS_NOT_FOUND, "required and not there: the batch may still be being written");
        }
    }
    return STATUS_OK;
}

/* A name that exists: a file, or a directory to walk. */
static enum status add_path(struct finder *f, const char *path, const struct stat *st)
{
    f->found_something = true;
    TRY(check_required(f, path, S_ISDIR(st->st_mode)));
    return S_ISDIR(st->st_mode) ? walk(f, path, st, NULL) : add_file(f, path, st);
}

static enum status expand(struct finder *f, const char *base, const char *pattern, const struct above *up);

/* What stands left of the next / of a pattern, and what stands right. */
static char *first_part(struct finder *f, const char *pattern, const char **rest)
{
    const char *slash = strchr(pattern, '/');
    size_t n = slash ? (size_t)(slash - pattern) : strlen(pattern);

    while (slash && slash[1] == '/')
        slash++;
    *rest = slash ? slash + 1 : NULL;
    return arena_text(f->arena, pattern, n);
}

/* `path` matched so far; what is left of the pattern goes on below it. */
static enum status expand_match(struct finder *f, const char *path, const char *rest, const struct above *up)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return errno == ENOENT || errno == ENOTDIR ? STATUS_OK : path_error(f, path, "cannot be examined");
    if (!rest || !*rest)
        return add_path(f, path, &st);
    return S_ISDIR(st.st_mode) ? expand(f, path, rest, up) : STATUS_OK;
}

/* `**`: the rest here, and in every directory below. As the last part it means everything below. */
static enum status expand_any_depth(struct finder *f, const char *base, const char *rest, const struct above *up)
{
    const char **names;
    size_t n;
    struct above here;
    struct stat st;

    if (stat(*base ? base : ".", &st) != 0)
        return path_error(f, base, "cannot be examined");
    if (!rest || !*rest)
        return walk(f, base, &st, up);
    TRY(enter(f, base, &st, up, &here));
    TRY(expand(f, base, rest, &here));
    TRY(list_names(f, base, &names, &n));
    for (size_t i = 0; i < n; i++) {
        const char *full = join(f, base, names[i]);
        if (!full)
            return no_memory(f);
        if (is_data_name(names[i]) && stat(full, &st) == 0 && S_ISDIR(st.st_mode))
            TRY(expand_any_depth(f, full, rest, &here));
    }
    return STATUS_OK;
}

static bool name_matches(const char *pattern, const char *name)
{
    if (!is_data_name(name) && pattern[0] != name[0])
        return false;
    return fnmatch(pattern, name, FNM_PERIOD) == 0;
}

static enum status expand(struct finder *f, const char *base, const char *pattern, const struct above *up)
{
    const char *rest, **names;
    const char *part = first_part(f, pattern, &rest);
    size_t n;

    if (!part)
        return no_memory(f);
    if (strcmp(part, "**") == 0)
        return expand_any_depth(f, base, rest, up);
    if (!strpbrk(part, "*?[\\")) {
        const char *full = join(f, base, part);
        return full ? expand_match(f, full, rest, up) : no_memory(f);
    }
    TRY(list_names(f, base, &names, &n));
    for (size_t i = 0; i < n; i++) {
        const char *full;
        if (!name_matches(part, names[i]))
            continue;
        full = join(f, base, names[i]);
        if (!full)
            return no_memory(f);
        TRY(expand_match(f, full, rest, up));
    }
    return STATUS_OK;
}

static enum status expand_glob(struct finder *f, const char *pattern)
{
    const char *base = pattern[0] == '/' ? "/" : "";

    while (*pattern == '/')
        pattern++;
    return expand(f, base, pattern, NULL);
}

static int compare_files(const void *a, const void *b)
{
    return strcmp(((const struct batch_file *)a)->path, ((const struct batch_file *)b)->path);
}

/* Sorts what one argument found; a pattern with several ** may find a file more than once. */
static void sort_run(struct finder *f, size_t before)
{
    size_t kept = before + 1;

    qsort(f->files + before, f->n_files - before, sizeof *f->files, compare_files);
    for (size_t i = before + 1; i < f->n_files; i++)
        if (strcmp(f->files[i].path, f->files[i - 1].path) != 0)
            f->files[kept++] = f->files[i];
    f->n_files = kept;
}

static enum status nothing_found(struct finder *f, bool is_glob)
{
    error_source(f->err, f->argument);
    if (is_glob && !f->found_something)
        return error_set(f->err, STATUS_NOT_FOUND, "no file matches this pattern; check it, or whether the data has arrived");
    return error_set(f->err, STATUS_NOT_FOUND,
                     "no data file in it (names that begin with . or _ and *.crc are no data); check the path, or "
                     "whether the data has arrived");
}

static enum status add_stdin(struct finder *f)
{
    if (f->require && f->require->n)
        return error_set(f->err, STATUS_BAD_USAGE, "--require needs a file or directory, standard input has none");
    return add_file(f, "-", NULL);
}

static enum status add_argument(struct finder *f, const char *argument)
{
    size_t before = f->n_files;
    bool is_glob = false;
    struct stat st;

    f->argument = argument;
    f->found_something = false;
    if (strcmp(argument, "-") == 0)
        return add_stdin(f);
    if (stat(argument, &st) == 0) {
        TRY(add_path(f, argument, &st));
    } else if (errno == ENOENT && strpbrk(argument, "*?[")) {
        is_glob = true;
        TRY(expand_glob(f, argument));
    } else if (errno == ENOENT) {
        error_source(f->err, argument);
        return error_set(f->err, STATUS_NOT_FOUND, "no such file or directory; check the path, or whether the data has arrived");
    } else {
        return path_error(f, argument, "cannot be examined");
    }
    if (f->n_files == before)
        return nothing_found(f, is_glob);
    sort_run(f, before);
    return STATUS_OK;
}

struct place { const char *real; size_t at; };

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int order = strcmp(x->real, y->real);

    return order ? order : (x->at > y->at) - (x->at < y->at);
}

/* Keeps the first of the files that are one and the same by their resolved path. */
static enum status drop_repeats(struct finder *f)
{
    struct place *places = arena_array(f->arena, f->n_files, sizeof *places);
    char real[PATH_MAX];
    size_t kept = 0;

    if (!places)
        return no_memory(f);
    for (size_t i = 0; i < f->n_files; i++) {
        const char *path = realpath(f->files[i].path, real) ? real : f->files[i].path;
        places[i] = (struct place){arena_text(f->arena, path, strlen(path)), i};
        if (!places[i].real)
            return no_memory(f);
    }
    qsort(places, f->n_files, sizeof *places, compare_places);
    for (size_t i = 1; i < f->n_files; i++)
        if (strcmp(places[i].real, places[i - 1].real) == 0)
            f->files[places[i].at].path = NULL;
    for (size_t i = 0; i < f->n_files; i++)
        if (f->files[i].path)
            f->files[kept++] = f->files[i];
    f->n_files = kept;
    return STATUS_OK;
}

/* Does the file's path hold this "key=value"? */
static bool satisfies(const struct batch_file *file, const char *condition)
{
    const char *equals = strchr(condition, '=');
    size_t n = equals ? (size_t)(equals - condition) : 0;

    for (int32_t i = 0; equals && i < file->n_keys; i++) {
        const struct partition_key *key = &file->keys[i];
        if (strlen(key->name) == n && memcmp(key->name, condition, n) == 0)
            return strcmp(key->value ? key->value : "__HIVE_DEFAULT_PARTITION__", equals + 1) == 0;
    }
    return false;
}

static enum status keep_partitions(struct finder *f, const struct text_list *partitions)
{
    size_t kept = 0;

    for (int32_t i = 0; i < partitions->n; i++)
        if (!strchr(partitions->at[i], '='))
            return error_set(f->err, STATUS_BAD_USAGE, "a partition is written key=value, not %s", partitions->at[i]);
    for (size_t k = 0; k < f->n_files; k++) {
        bool all = true;
        for (int32_t i = 0; all && i < partitions->n; i++)
            all = satisfies(&f->files[k], partitions->at[i]);
        if (all)
            f->files[kept++] = f->files[k];
    }
    if (kept == 0)
        return error_set(f->err, STATUS_NOT_FOUND, "none of the %zu files found is in partition %s%s", f->n_files,
                         partitions->at[0], partitions->n > 1 ? " (and the others named)" : "");
    f->n_files = kept;
    return STATUS_OK;
}

enum status batch_find(struct arena *arena, const char *const *paths, int32_t n_paths,
                       const struct text_list *partitions, const struct text_list *require,
                       struct batch_files *out, struct error *err)
{
    return batch_find_beneath(arena, NULL, paths, n_paths, partitions, require, out, err);
}

enum status batch_find_beneath(struct arena *arena, const struct data_roots *roots, const char *const *paths, int32_t n_paths,
                               const struct text_list *partitions, const struct text_list *require, struct batch_files *out,
                               struct error *err)
{
    struct finder f = {.arena = arena, .require = require, .roots = roots, .err = err};

    *out = (struct batch_files){0};
    if (n_paths == 0)
        return error_set(err, STATUS_BAD_USAGE, "no batch is named: give a file, a directory, a glob or -");
    for (int32_t i = 0; i < n_paths; i++)
        TRY(add_argument(&f, paths[i]));
    if (n_paths > 1)
        TRY(drop_repeats(&f));
    if (partitions && partitions->n)
        TRY(keep_partitions(&f, partitions));
    out->files = f.files;
    out->n_files = (int32_t)f.n_files;
    return STATUS_OK;
}
