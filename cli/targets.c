/* cli/targets.c -- see targets.h. */
#include "cli/targets.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void list_formats(char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (int i = 0; report_formats[i] && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s (%s)", i ? ", " : "", report_formats[i]->name,
                                 report_formats[i]->suffixes);
}

/* FORMAT: is letters only, so that ./a:b.json and C:/x stay files. */
static enum status split_format(struct arena *arena, const char *text, struct target *out, struct error *err)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz");
    char all[512];

    list_formats(all, sizeof all);
    out->path = text;
    if (n > 0 && text[n] == ':') {
        const char *name = arena_text(arena, text, n);
        if (!name)
            return error_no_memory(err);
        out->path = text + n + 1;
        out->format = report_format_find(name);
        if (!out->format)
            return error_set(err, STATUS_BAD_USAGE, "--report %s: there is no format '%s'; formats: %s", text, name, all);
    } else {
        out->format = report_format_of_path(text);
        if (!out->format)
            return error_set(err, STATUS_BAD_USAGE,
                             "--report %s: the suffix tells no format; formats: %s; or say FORMAT:FILE", text, all);
    }
    if (out->path[0] == '\0' || strcmp(out->path, "-") == 0)
        return error_set(err, STATUS_BAD_USAGE, "--report %s: needs a file; --output is for standard output", text);
    return STATUS_OK;
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat first, second;

    if (strcmp(a, b) == 0)
        return true;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

static enum status check_directory(struct arena *arena, const char *path, struct error *err)
{
    const char *slash = strrchr(path, '/');
    const char *directory = !slash ? "." : slash == path ? "/" : arena_text(arena, path, (size_t)(slash - path));
    struct stat file;

    if (!directory)
        return error_no_memory(err);
    if (stat(path, &file) == 0 && S_ISDIR(file.st_mode))
        return error_set(err, STATUS_WRITE, "cannot write %s: it is a directory", path);
    if (stat(path, &file) == 0 && !S_ISREG(file.st_mode)) /* renaming over /dev/null would replace it */
        return error_set(err, STATUS_WRITE, "cannot write %s: it is no regular file", path);
    if (access(directory, W_OK | X_OK) != 0)
        return error_set(err, STATUS_WRITE, "cannot write %s: directory %s: %s", path, directory, strerror(errno));
    return STATUS_OK;
}

static enum status check_free(struct arena *arena, const char *option, const char *path, const char *const *taken, int32_t n_taken,
                              struct error *err)
{
    for (int32_t i = 0; i < n_taken; i++)
        if (is_same_file(path, taken[i]))
            return error_set(err, STATUS_BAD_USAGE, "%s %s would overwrite what is read", option, path);
    return check_directory(arena, path, err);
}

enum status targets_spare(struct arena *arena, const char *option, const char *path, const struct text_list *taken,
                          struct error *err)
{
    return path ? check_free(arena, option, path, taken->at, taken->n, err) : STATUS_OK;
}

enum status targets_find(struct arena *arena, const struct text_list *wanted, const struct text_list *taken,
                         struct targets *out, struct error *err)
{
    out->n = 0;
    out->at = arena_array(arena, (size_t)wanted->n, sizeof *out->at);
    if (!out->at && wanted->n)
        return error_no_memory(err);
    for (int32_t i = 0; i < wanted->n; i++) {
        struct target *target = &out->at[i];

        target->output.fd = -1;
        TRY(split_format(arena, wanted->at[i], target, err));
        for (int32_t k = 0; k < i; k++)
            if (is_same_file(target->path, out->at[k].path))
                return error_set(err, STATUS_BAD_USAGE, "--report %s: two reports in one file", target->path);
        TRY(targets_spare(arena, "--report", target->path, taken, err));
        out->n++;
    }
    return STATUS_OK;
}

static enum status target_prepare(struct target *target, const struct report *report,
                                  const struct report_options *options, struct error *err)
{
    struct buffer text = {0};
    enum status status;

    if (!target->format->render(report, options, &text))
        status = error_no_memory(err);
    else
        status = output_open(&target->output, target->path, err);
    if (status == STATUS_OK)
        status = output_add(&target->output, span_of(text.at, text.size), err);
    buffer_done(&text);
    return status;
}

enum status targets_write(struct targets *targets, const struct report *report, const struct report_options *options,
                          struct error *err)
{
    enum status status = STATUS_OK;
    int32_t n = 0;

    while (status == STATUS_OK && n < targets->n)
        status = target_prepare(&targets->at[n++], report, options, err);
    for (int32_t i = 0; i < n; i++) {
        if (status == STATUS_OK)
            status = output_commit(&targets->at[i].output, err);
        else
            output_abandon(&targets->at[i].output);
    }
    /* Whatever the reason (also "no such directory"), a report that cannot be written is our failure, not the data's. */
    if (status != STATUS_OK && status_exit_code(status) != 4)
        err->status = status = STATUS_WRITE;
    return status;
}
