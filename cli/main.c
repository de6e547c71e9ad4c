/* cli/main.c -- `assay`: finds the command, runs it, and is the only place that ends the process.
 *
 * Signals: a pipeline must see that a run was killed, so SIGHUP, SIGINT and SIGTERM always end in death by that signal, at once
 * where nothing on disk can be half-written, else after the command has cleaned up.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"

const struct command *const commands[] = {
    &command_check, &command_state, &command_merge, &command_profile, &command_diff, &command_list, &command_explain, &command_schema, &command_serve, &command_limits, &command_probe,
    NULL,
};

static volatile sig_atomic_t interrupted_by;

/* A second signal meets the default action (SA_RESETHAND), so nobody needs kill -9 to get rid of us. */
static void on_signal(int number)
{
    interrupted_by = number;
    atomic_store(&was_interrupted, true);
    if (!atomic_load(&interruption_is_deferred))
        raise(number); /* the default action again; delivered when the handler returns */
}

static void signals_init(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    struct sigaction old;
    const int numbers[] = {SIGHUP, SIGINT, SIGTERM};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) /* nohup and & decide that */
            sigaction(numbers[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* a reader that went away is a write error: exit code 4 */
}

/* A closed 0, 1 or 2 would be given to the next file that is opened, and messages would end up in a report. The
 * stand-in for an output is not writable, so that writing to it still fails. */
static void descriptors_init(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF)
            (void)!open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

static const char overview_head[] =
    "assay decides whether a batch of data may go on.\n"
    "\n"
    "  assay check purchases.yaml silver/dt=2024-12-10\n"
    "\n"
    "judges the files of that directory by the suite and says so by its exit code:\n"
    "  0 holds   1 fails   2 usage or suite is wrong   3 could not be judged   4 assay itself failed\n"
    "\n"
    "commands:\n";

static int print_overview(void)
{
    struct buffer out = {0};
    bool ok = buffer_format(&out, "%s", overview_head);
    int exit_code;

    for (int i = 0; ok && commands[i]; i++) {
        int n = snprintf(NULL, 0, "  %s %s", commands[i]->name, commands[i]->arguments);
        ok = buffer_format(&out, "  %s %s%*s%s\n", commands[i]->name, commands[i]->arguments, n < 28 ? 28 - n : 1, "",
                           commands[i]->doc);
    }
    ok = ok && buffer_format(&out, "\n'assay help COMMAND' tells its options, 'assay --version' the version.\n");
    exit_code = print_result(&out, ok);
    buffer_done(&out);
    return exit_code;
}

static int print_command_help(const struct command *command)
{
    struct buffer out = {0};
    int exit_code = print_result(&out, command_help(command, &out));

    buffer_done(&out);
    return exit_code;
}

static int print_version(void)
{
    struct buffer out = {0};
    int exit_code = print_result(&out, buffer_format(&out, "assay %s\n", ASSAY_VERSION));

    buffer_done(&out);
    return exit_code;
}

static const struct command *command_find(const char *name)
{
    for (int i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static int unknown_command(const char *word)
{
    const char *names[sizeof commands / sizeof commands[0] + 1] = {"help"};
    const char *near;

    for (int i = 0; commands[i]; i++)
        names[i + 1] = commands[i]->name;
    near = nearest_name(word, names);
    return say(STATUS_BAD_USAGE, "run 'assay help' for the commands", "unknown command '%s'%s%s%s", word,
               near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static bool is_help(const char *word) { return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0; }

/* --help anywhere among a command's words asks for its help, but not behind `--`. */
static bool asks_for_help(int argc, const char *const *argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (is_help(argv[i]))
            return true;
    return false;
}

static int run(int argc, const char *const *argv)
{
    const struct command *command;

    if (argc < 2)
        return say(STATUS_BAD_USAGE, "run 'assay help' for the commands", "no command");
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0 || strcmp(argv[1], "version") == 0)
        return print_version();
    if (is_help(argv[1]) || strcmp(argv[1], "help") == 0) {
        if (argc < 3)
            return print_overview();
        command = command_find(argv[2]);
        return command ? print_command_help(command) : unknown_command(argv[2]);
    }
    command = command_find(argv[1]);
    if (!command && argv[1][0] == '-')
        return say(STATUS_BAD_USAGE, "run 'assay help' for the commands",
                   "the command comes first, then its options: assay check %s ...", argv[1]);
    if (!command)
        return unknown_command(argv[1]);
    if (asks_for_help(argc - 2, argv + 2))
        return print_command_help(command);
    return command->run(command, argc - 2, argv + 2);
}

int main(int argc, char **argv)
{
    int exit_code;

    descriptors_init();
    signals_init();
    exit_code = run(argc, (const char *const *)argv);
    if (interrupted_by) {
        signal(interrupted_by, SIG_DFL);
        raise(interrupted_by);
    }
    return exit_code;
}
