/* tests/run_cases.c -- behaviour tests that need no C: tests/cases/TOPIC/CASE/.
 *
 * suite.yaml (or suite.json), data.csv | data.jsonl | data.parquet | data/ and expected.json are judged as
 *     assay check SUITE DATA --output json --now 2026-01-01T00:00:00Z ARGS
 * once for each data.* there is, and the report must have what expected.json gives; `args` adds words to the command. A
 * file `cmd` is a whole command line instead, run by sh in the folder, where `assay` is the program under test.
 *
 * expected.exit   the exit code; 0 where it is not there
 * expected.json   a part of standard output: every member given must be there and match; arrays element by element, or, of
 *                 elements with an "id", as an object by id; "!name" says that a member must not be there
 * expected.out    every line must occur in standard output; with a leading ! it must not
 * expected.err    the same of standard error
 *
 * run_cases ASSAY FOLDER [PART-OF-A-NAME]
 */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEXT_SIZE = 8192, OUTPUT_MAX = 8 << 20, SECONDS_MAX = 60 };

struct run {
    int exit_code; /* 128 + signal where one ended it */
    char *out, *err;
};

static const char *program; /* absolute */
static int n_passed, n_failed;

static void complain(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void complain(const char *name, const char *format, ...)
{
    va_list arguments;

    printf("FAILED %s: ", name);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

/* --- files --- */

/* The whole file, NUL-terminated, or NULL. */
static char *read_text(const char *folder, const char *name)
{
    char path[PATH_MAX];
    FILE *file;
    char *text;
    size_t size;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "rb");
    if (!file)
        return NULL;
    text = malloc(OUTPUT_MAX + 1);
    size = text ? fread(text, 1, OUTPUT_MAX, file) : 0;
    if (text)
        text[size] = 0;
    fclose(file);
    return text;
}

static bool exists(const char *folder, const char *name)
{
    char path[PATH_MAX];
    struct stat info;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &info) == 0;
}

/* --- running --- */

static char *spooled(FILE *file)
{
    char *text = malloc(OUTPUT_MAX + 1);
    size_t size;

    rewind(file);
    size = text ? fread(text, 1, OUTPUT_MAX, file) : 0;
    if (text)
        text[size] = 0;
    fclose(file);
    return text;
}

static void run_child(const char *folder, const char *command, FILE *out, FILE *err)
{
    if (chdir(folder) != 0)
        _exit(126);
    dup2(fileno(out), STDOUT_FILENO);
    dup2(fileno(err), STDERR_FILENO);
    alarm(SECONDS_MAX); /* survives exec: a hang ends as exit 142 */
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

static bool run_command(const char *folder, const char *command, struct run *run)
{
    FILE *out = tmpfile(), *err = tmpfile();
    int status = 0;
    pid_t child;

    if (!out || !err)
        return false;
    fflush(stdout);
    child = fork();
    if (child < 0)
        return false;
    if (child == 0)
        run_child(folder, command, out, err);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    run->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    run->out = spooled(out);
    run->err = spooled(err);
    return run->out && run->err;
}

/* --- comparing --- */

struct mismatch { char where[TEXT_SIZE / 2]; char what[TEXT_SIZE]; };

static bool matches(json_t *wanted, json_t *got, const char *where, struct mismatch *m);

static bool differs(struct mismatch *m, const char *where, json_t *wanted, json_t *got)
{
    char *w = wanted ? json_dumps(wanted, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    char *g = got ? json_dumps(got, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

    snprintf(m->where, sizeof m->where, "%s", where);
    snprintf(m->what, sizeof m->what, "wanted %.2000s, got %.2000s", w ? w : "nothing", g ? g : "nothing");
    free(w);
    free(g);
    return false;
}

static json_t *element_by_id(json_t *array, const char *id)
{
    size_t i;
    json_t *element;

    json_array_foreach(array, i, element) {
        const char *name = json_string_value(json_object_get(element, "id"));
        if (!name)
            name = json_string_value(json_object_get(element, "name"));
        if (name && strcmp(name, id) == 0)
            return element;
    }
    return NULL;
}

static bool matches_members(json_t *wanted, json_t *got, const char *where, struct mismatch *m)
{
    const char *key;
    json_t *value;

    json_object_foreach(wanted, key, value) {
        char place[TEXT_SIZE / 2];
        json_t *member = json_is_array(got) ? element_by_id(got, key) : json_object_get(got, key[0] == '!' ? key + 1 : key);

        snprintf(place, sizeof place, "%.4000s.%.60s", where, key);
        if (key[0] == '!') {
            if (member)
                return differs(m, place, NULL, member);
        } else if (!member) {
            return differs(m, place, value, NULL);
        } else if (!matches(value, member, place, m)) {
            return false;
        }
    }
    return true;
}

static bool matches_elements(json_t *wanted, json_t *got, const char *where, struct mismatch *m)
{
    size_t i;
    json_t *value;

    if (json_array_size(wanted) != json_array_size(got))
        return differs(m, where, wanted, got);
    json_array_foreach(wanted, i, value) {
        char place[TEXT_SIZE / 2];

        snprintf(place, sizeof place, "%.4000s[%zu]", where, i);
        if (!matches(value, json_array_get(got, i), place, m))
            return false;
    }
    return true;
}

static bool matches(json_t *wanted, json_t *got, const char *where, struct mismatch *m)
{
    if (json_is_object(wanted) && (json_is_object(got) || json_is_array(got)))
        return matches_members(wanted, got, where, m);
    if (json_is_array(wanted) && json_is_array(got))
        return matches_elements(wanted, got, where, m);
    if (json_is_number(wanted) && json_is_number(got) && !(json_is_integer(wanted) && json_is_integer(got)))
        return json_number_value(wanted) == json_number_value(got) || differs(m, where, wanted, got);
    return json_equal(wanted, got) || differs(m, where, wanted, got);
}

static bool check_json(const char *name, const char *folder, const struct run *run)
{
    char *text = read_text(folder, "expected.json");
    struct mismatch m = {"", ""};
    json_error_t problem = {0};
    json_t *wanted, *got;
    bool good = true;

    if (!text)
        return true;
    wanted = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &problem);
    if (!wanted)
        complain(name, "expected.json:%d: %s", problem.line, problem.text);
    got = json_loads(run->out, JSON_DECODE_ANY, &problem);
    if (wanted && !got)
        complain(name, "standard output is no JSON (%s): %.500s%.1500s", problem.text, run->out, run->err);
    good = wanted && got;
    if (good && !matches(wanted, got, "", &m)) {
        complain(name, "%s: %s", m.where[0] ? m.where : "report", m.what);
        good = false;
    }
    json_decref(wanted);
    json_decref(got);
    free(text);
    return good;
}

static bool check_lines(const char *name, const char *folder, const char *file, const char *shown)
{
    char *text = read_text(folder, file);
    char *rest = text;
    bool good = true;

    for (char *line = text ? strsep(&rest, "\n") : NULL; line; line = strsep(&rest, "\n")) {
        bool must_not = line[0] == '!';

        if (!line[0] || must_not != (strstr(shown, line + must_not) != NULL))
            continue;
        complain(name, "%s: \"%s\" %s in: %.2000s", file, line + must_not, must_not ? "occurs" : "does not occur", shown);
        good = false;
    }
    free(text);
    return good;
}

static bool check_exit(const char *name, const char *folder, const struct run *run)
{
    char *text = read_text(folder, "expected.exit");
    long wanted = text ? strtol(text, NULL, 10) : 0;

    free(text);
    if (run->exit_code == wanted)
        return true;
    complain(name, "exit code %d, wanted %ld: %.1500s%.500s", run->exit_code, wanted, run->err, run->out);
    return false;
}

/* --- cases --- */

static void run_case(const char *name, const char *folder, const char *command)
{
    struct run run = {0, NULL, NULL};
    bool good = run_command(folder, command, &run);

    if (!good)
        complain(name, "could not be run");
    else {
        good = check_exit(name, folder, &run);
        good = check_json(name, folder, &run) && good;
        good = check_lines(name, folder, "expected.out", run.out) && good;
        good = check_lines(name, folder, "expected.err", run.err) && good;
    }
    if (good)
        n_passed++;
    else
        n_failed++;
    free(run.out);
    free(run.err);
}

static void run_folder(const char *topic, const char *folder)
{
    static const char *const data[] = {"data.csv", "data.jsonl", "data.json", "data.parquet", "data", NULL};
    const char *suite = exists(folder, "suite.json") ? "suite.json" : "suite.yaml";
    char *command = read_text(folder, "cmd");
    char *arguments = read_text(folder, "args");
    char line[TEXT_SIZE], name[PATH_MAX];
    int n_runs = 0;

    if (arguments)
        arguments[strcspn(arguments, "\n")] = 0;
    if (command) {
        snprintf(line, sizeof line, "assay() { '%s' \"$@\"; }\n%.6000s", program, command);
        run_case(topic, folder, line);
        n_runs++;
    }
    for (int i = 0; !command && data[i]; i++) {
        if (!exists(folder, data[i]))
            continue;
        snprintf(name, sizeof name, "%.2000s (%s)", topic, data[i]);
        snprintf(line, sizeof line, "exec '%s' check %s %s --output json --now 2026-01-01T00:00:00Z %.4000s", program, suite,
                 data[i], arguments ? arguments : "");
        run_case(name, folder, line);
        n_runs++;
    }
    if (n_runs == 0) {
        complain(topic, "neither cmd nor data.* is there");
        n_failed++;
    }
    free(command);
    free(arguments);
}

/* Folders of `root`, sorted; calls `visit` with each. */
static void each_folder(const char *root, const char *prefix, const char *part, void (*visit)(const char *, const char *))
{
    struct dirent **entries = NULL;
    int n = scandir(root, &entries, NULL, alphasort);

    for (int i = 0; i < n; i++) {
        char path[PATH_MAX], name[PATH_MAX];
        struct stat info;

        snprintf(path, sizeof path, "%.2000s/%.255s", root, entries[i]->d_name);
        snprintf(name, sizeof name, "%.2000s%s%.255s", prefix, prefix[0] ? "/" : "", entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
            if (!prefix[0])
                each_folder(path, name, part, visit);
            else if (strstr(name, part))
                visit(name, path);
        }
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    static char path[PATH_MAX];

    if (argc < 3 || !realpath(argv[1], path)) {
        fprintf(stderr, "run_cases ASSAY FOLDER [PART-OF-A-NAME]\n");
        return 2;
    }
    program = path;
    each_folder(argv[2], "", argc > 3 ? argv[3] : "", run_folder);
    printf("cases: %d passed, %d failed\n", n_passed, n_failed);
    return n_failed || !n_passed;
}
