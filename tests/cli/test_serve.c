/* tests/cli/test_serve.c -- `assay serve` as a process: its options, its configuration, and what signals do. */
#include <signal.h>
#include <sys/wait.h>

#include "tests/server/fixture.h"

#include "cli/command.h"

struct process { pid_t pid; int port; };

static const char *log_path(void)
{
    static char path[64];

    snprintf(path, sizeof path, "%s/log", here);
    return path;
}

static const char *read_log(void)
{
    static char text[1 << 16];
    FILE *file = fopen(log_path(), "r");
    size_t n = file ? fread(text, 1, sizeof text - 1, file) : 0;

    text[n] = '\0';
    if (file)
        fclose(file);
    return text;
}

static bool log_says(const char *text)
{
    for (int i = 0; i < 500; i++) {
        if (strstr(read_log(), text))
            return true;
        sleep_seconds(0.02);
    }
    return false;
}

/* Runs the command in a process of its own; its standard error is the log. */
static pid_t run(const char *const *argv)
{
    int argc = 0;
    pid_t pid;

    (void)!unlink(log_path()); /* nobody reads what the last one said */
    pid = fork();

    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    while (argv[argc])
        argc++;
    if (!freopen(log_path(), "w", stderr))
        _exit(99);
    _exit(command_serve.run(&command_serve, argc, argv));
}

static struct process begin(const char *const *argv)
{
    struct process p = {.pid = run(argv)};
    const char *at;

    assert_true(log_says("\"listening\""));
    at = strstr(read_log(), "\"port\":");
    assert_non_null(at);
    p.port = (int)strtol(at + 7 + strspn(at + 7, " "), NULL, 10);
    assert_in_range(p.port, 1, 65535);
    return p;
}

/* The exit code, or 1000 more than the signal that ended it. */
static int end(pid_t pid)
{
    int status = 0;

    for (int i = 0; i < 3000; i++) {
        if (waitpid(pid, &status, WNOHANG) == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
        sleep_seconds(0.02);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    fail_msg("the process did not end: %s", read_log());
    return -1;
}

static int connect_port(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval limit = {60, 0};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

static struct reply ask_port(int port, const char *text)
{
    int fd = connect_port(port);
    struct reply reply;

    send_bytes(fd, text, strlen(text));
    reply = receive(fd);
    close(fd);
    return reply;
}

static const char probe[] = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

static void sigterm_ends_it_with_0(void **state)
{
    struct process p = begin((const char *const[]){"--suites", suites_root, "--data", data_root[0], "--listen", "127.0.0.1:0", NULL});

    (void)state;
    expect(ask_port(p.port, probe), 200, NULL);
    kill(p.pid, SIGTERM);
    assert_int_equal(end(p.pid), 0);
    assert_non_null(strstr(read_log(), "\"draining\""));
}

/* Nothing asks for a suite in between: it is the signal that has the directory read. */
static void sighup_reads_the_suites_again(void **state)
{
    struct process p = begin((const char *const[]){"--suites", suites_root, "--data", data_root[0], "--listen", "127.0.0.1:0", NULL});

    (void)state;
    write_text("suites/fresh.yaml", "suite: fresh_one\ntable:\n  - row_count: {min: 1}\n");
    sleep_seconds(0.2);
    assert_null(strstr(read_log(), "fresh_one"));
    kill(p.pid, SIGHUP);
    assert_true(log_says("fresh_one"));
    write_text("suites/fresh.yaml", "suite: fresh_two\ntabel: []\n");
    kill(p.pid, SIGHUP);
    assert_true(log_says("suite_in_error"));
    assert_true(log_says("fresh_two"));
    expect(ask_port(p.port, probe), 200, NULL);
    kill(p.pid, SIGTERM);
    assert_int_equal(end(p.pid), 0);
}

#define SLOW "{\"suite\":\"slow\",\"source\":\"slow.csv\"}"

static int begin_slow_run(const struct process *p)
{
    char text[512];
    int fd = connect_port(p->port);
    int n = snprintf(text, sizeof text, "POST /v1/validations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                     strlen(SLOW), SLOW);

    send_bytes(fd, text, (size_t)n);
    for (int i = 0; i < 500; i++) {
        struct reply reply = ask_port(p->port, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
        bool is_running = body_says(&reply, "\nassay_validations_running 1");
        done(&reply);
        if (is_running)
            return fd;
        sleep_seconds(0.01);
    }
    fail_msg("the run does not begin");
    return -1;
}

/* The thread that drains tells the one that waits by a signal, which no other thread may take: it would end the process by it. */
static void the_first_sigterm_waits_and_the_second_cuts(void **state)
{
    struct process p = begin((const char *const[]){"--suites", suites_root, "--data", data_root[0], "--listen", "127.0.0.1:0", NULL});
    struct reply reply;
    int fd, status;

    (void)state;
    write_slow_table();
    fd = begin_slow_run(&p);
    kill(p.pid, SIGTERM);
    assert_true(log_says("\"draining\""));
    assert_int_equal(waitpid(p.pid, &status, WNOHANG), 0); /* it waits for the run */
    expect(ask_port(p.port, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"), 503, "/problems/draining");
    kill(p.pid, SIGTERM);
    reply = receive(fd);
    assert_true(head_says(&reply, "Retry-After: "));
    expect(reply, 503, "/problems/cancelled");
    close(fd);
    assert_int_equal(end(p.pid), 0);
}

static void draining_has_an_end(void **state)
{
    struct process p = begin((const char *const[]){"--suites", suites_root, "--data", data_root[0], "--listen", "127.0.0.1:0",
                                                   "--drain-timeout", "100ms", NULL});
    int fd;

    (void)state;
    write_slow_table();
    fd = begin_slow_run(&p);
    kill(p.pid, SIGINT);
    expect(receive(fd), 503, "/problems/cancelled");
    close(fd);
    assert_int_equal(end(p.pid), 0);
}

/* The file says all that the command line says; where both speak, the command line wins. */
static void a_configuration_is_read_and_the_command_line_wins(void **state)
{
    char text[2048], path[64];
    struct process p;
    struct reply reply;
    int n;

    (void)state;
    snprintf(text, sizeof text, "suites: /nowhere\ndata: [%s]\nlisten: 127.0.0.1:0\nmax_body: 1KiB\nqueue: 3\nquiet: false\n", data_root[0]);
    write_text("serve.yaml", text);
    snprintf(path, sizeof path, "%s/serve.yaml", here);
    p = begin((const char *const[]){"--config", path, "--suites", suites_root, NULL});
    memset(text, 'x', sizeof text);
    n = snprintf(text, sizeof text, "POST /v1/suites/orders/validations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 1025\r\n\r\n");
    text[n] = 'x';
    text[n + 1025] = '\0';
    reply = ask_port(p.port, text);
    assert_true(body_says(&reply, "1024 are taken"));
    expect(reply, 413, "/problems/body-too-large");
    kill(p.pid, SIGTERM);
    assert_int_equal(end(p.pid), 0);
}

static void wrong_words_are_usage_errors(void **state)
{
    static const struct { const char *config, *says; } configs[] = {
        {"suites: a\nsiutes: b\n", "siutes"},
        {"data: {a: b}\n", "is a text, a number or a list"},
        {"- a\n", "a configuration is a map"},
        {"max-body: lots\n", "max-body"},
        {"a: [\n", "serve.yaml"},
    };
    char path[64];

    (void)state;
    snprintf(path, sizeof path, "%s/serve.yaml", here);
    for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
        write_text("serve.yaml", configs[i].config);
        assert_int_equal(end(run((const char *const[]){"--config", path, NULL})), 2);
        if (!strstr(read_log(), configs[i].says))
            fail_msg("%s: %s", configs[i].config, read_log());
    }
    assert_int_equal(end(run((const char *const[]){"--config", "/nowhere.yaml", NULL})), 2);
    assert_int_equal(end(run((const char *const[]){"--suites", suites_root, NULL})), 2);
    assert_non_null(strstr(read_log(), "which data?"));
    assert_int_equal(end(run((const char *const[]){"--suites", suites_root, "--data", data_root[0], "more", NULL})), 2);
    assert_int_equal(end(run((const char *const[]){"--suites", suites_root, "--data", data_root[0], "--listen", "nowhere", NULL})), 2);
}

/* Two of an address are served, a third is closed without a word; when one of the two ends there is room again. */
static void an_address_has_so_many_connections(void **state)
{
    struct process p = begin((const char *const[]){"--suites", suites_root, "--data", data_root[0], "--listen", "127.0.0.1:0",
                                                   "--connections-per-ip", "2", NULL});
    int first = connect_port(p.port), second = connect_port(p.port), third;
    struct reply reply;
    bool has_room = false;

    (void)state;
    for (int i = 0; i < 2; i++) {
        send_bytes(i ? second : first, probe, strlen(probe));
        expect(receive(i ? second : first), 200, NULL);
    }
    third = connect_port(p.port);
    send_bytes(third, probe, strlen(probe));
    reply = receive(third);
    assert_int_equal(reply.status, 0);
    done(&reply);
    close(third);
    close(first);
    for (int i = 0; i < 100 && !has_room; i++) {
        reply = ask_port(p.port, probe);
        has_room = reply.status == 200;
        done(&reply);
        sleep_seconds(0.02);
    }
    assert_true(has_room);
    close(second);
    kill(p.pid, SIGTERM);
    assert_int_equal(end(p.pid), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sigterm_ends_it_with_0),
        cmocka_unit_test(sighup_reads_the_suites_again),
        cmocka_unit_test(the_first_sigterm_waits_and_the_second_cuts),
        cmocka_unit_test(draining_has_an_end),
        cmocka_unit_test(a_configuration_is_read_and_the_command_line_wins),
        cmocka_unit_test(wrong_words_are_usage_errors),
        cmocka_unit_test(an_address_has_so_many_connections),
    };

    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
