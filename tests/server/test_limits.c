/* tests/server/test_limits.c -- the service under callers that are slow, many, gone, or hostile, and its end. */
#include <dirent.h>
#include <pthread.h>

#include "tests/server/fixture.h"

#define SLOW "{\"suite\":\"slow\",\"source\":\"slow.csv\"}"

/* Sends a request and does not wait for the answer. */
static int begin_asking(const struct server *server, const char *json, const char *headers)
{
    int fd = connect_to(server);
    char text[1024];
    int n = snprintf(text, sizeof text, "POST /v1/validations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n%s",
                     headers, strlen(json), json);

    send_bytes(fd, text, (size_t)n);
    return fd;
}

static void a_body_past_the_limit_is_refused(void **state)
{
    struct server_options options = usual_options();
    struct server *server;
    static char body[3000];
    char text[4096];
    int n;

    (void)state;
    options.max_body = 1000;
    server = start_with(&options);
    memset(body, 'a', sizeof body);
    /* by its length, before a byte of it was read */
    n = snprintf(text, sizeof text, "POST /v1/suites/orders/validations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 10737418240\r\n\r\n{");
    expect(ask_bytes(server, text, (size_t)n), 413, "/problems/body-too-large");
    expect(judge_body(server, "/v1/suites/orders/validations", "text/csv", body, sizeof body), 413, "/problems/body-too-large");
    /* by what arrives */
    n = snprintf(text, sizeof text, "POST /v1/suites/orders/validations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\nbb8\r\n");
    memcpy(text + n, body, 3000);
    memcpy(text + n + 3000, "\r\n0\r\n\r\n", 7);
    expect(ask_bytes(server, text, (size_t)n + 3007), 413, "/problems/body-too-large");
    server_close(server);
}

/* 32 MB of zeros in 32 KB: refused at the limit, which is never held in memory. */
static void a_body_that_unpacks_past_the_limit_is_refused(void **state)
{
    struct server_options options = usual_options();
    static char bomb[64 << 10];
    FILE *file = fopen("../shared/corpora/hostile/http/gzip_body_bomb.bin", "r");
    struct server *server;
    char *body;
    size_t size;

    (void)state;
    if (!file)
        skip();
    size = fread(bomb, 1, sizeof bomb - 1, file);
    fclose(file);
    body = strstr(bomb, "\r\n\r\n") + 4;
    options.max_body = 1 << 20;
    server = start_with(&options);
    expect(ask(server, "POST", "/v1/suites/orders/validations", "Content-Type: text/csv\r\nContent-Encoding: gzip\r\n", body,
               size - (size_t)(body - bomb)), 413, "/problems/body-too-large");
    server_close(server);
}

static void a_full_queue_says_when_to_come_again(void **state)
{
    struct server_options options = usual_options();
    struct server *server;
    struct reply reply;
    int running, waiting;

    (void)state;
    write_slow_table();
    options.concurrency = 1;
    options.queue = 1;
    server = start_with(&options);
    running = begin_asking(server, SLOW, "");
    assert_true(wait_for_metric(server, "assay_validations_running", 1));
    waiting = begin_asking(server, SLOW, "");
    assert_true(wait_for_metric(server, "assay_validations_queued", 1));
    reply = judge_source(server, "", SLOW);
    assert_true(head_says(&reply, "\r\nRetry-After: "));
    expect(reply, 429, "/problems/queue-full");
    expect(get(server, "/healthz"), 200, NULL); /* everything else goes on */
    close(running);
    close(waiting);
    server_close(server);
}

static void a_caller_that_goes_away_cancels_its_run(void **state)
{
    struct server_options options = usual_options();
    struct server *server;
    double begun;
    int fd;

    (void)state;
    write_slow_table();
    options.concurrency = 1;
    server = start_with(&options);
    fd = begin_asking(server, SLOW, "");
    assert_true(wait_for_metric(server, "assay_validations_running", 1));
    begun = now_seconds();
    close(fd);
    assert_true(wait_for_metric(server, "assay_validations_running", 0));
    assert_true(now_seconds() - begun < 2.0); /* the run would take three seconds and more */
    assert_int_equal((int)metric(server, "assay_validations_cancelled_total"), 1);
    server_close(server);
}

static void a_key_in_use_is_told(void **state)
{
    struct server *server = start();
    int fd;

    (void)state;
    write_slow_table();
    fd = begin_asking(server, SLOW, "Idempotency-Key: slow\r\n");
    assert_true(wait_for_metric(server, "assay_validations_running", 1));
    expect(ask(server, "POST", "/v1/validations", "Content-Type: application/json\r\nIdempotency-Key: slow\r\n", SLOW, strlen(SLOW)), 409,
           "/problems/idempotency-key-in-use");
    close(fd);
    assert_true(wait_for_metric(server, "assay_validations_running", 0));
    server_close(server);
}

static void a_run_past_its_time_is_not_evaluated(void **state)
{
    struct server_options options = usual_options();
    struct server *server;
    struct reply reply;

    (void)state;
    write_slow_table();
    options.timeout_seconds = 0.2;
    server = start_with(&options);
    reply = judge_source(server, "?gate=true", SLOW);
    assert_true(body_says(&reply, "\"retryable\": true"));
    expect(reply, 424, NULL);
    server_close(server);
}

static void *drain(void *server)
{
    server_drain(server, 90);
    return NULL;
}

static void draining_ends_what_runs_and_refuses_what_is_new(void **state)
{
    struct server *server = start();
    pthread_t thread;
    struct reply reply;
    int fd;

    (void)state;
    write_slow_table();
    fd = begin_asking(server, SLOW, "");
    assert_true(wait_for_metric(server, "assay_validations_running", 1));
    pthread_create(&thread, NULL, drain, server);
    assert_true(wait_for_metric(server, "assay_draining", 1));
    reply = judge_source(server, "", SLOW);
    assert_true(head_says(&reply, "\r\nRetry-After: "));
    expect(reply, 503, "/problems/draining");
    expect(get(server, "/readyz"), 503, "/problems/draining");
    expect(get(server, "/healthz"), 200, NULL);
    reply = receive(fd);
    assert_true(body_says(&reply, "\"assay_report\": 1"));
    expect(reply, 200, NULL);
    pthread_join(thread, NULL);
    close(fd);
    server_close(server);
}

enum { SLOW_CALLERS = 500 };

/* Each has sent half a request and keeps silent. */
static void slow_callers_are_not_in_the_way(void **state)
{
    static const char *const halves[] = {
        "GET /healthz HT",
        "POST /v1/suites/orders/validations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 900\r\n\r\na",
    };
    struct server *server = start();
    static int fds[SLOW_CALLERS];
    double worst = 0;

    (void)state;
    for (int i = 0; i < SLOW_CALLERS; i++) {
        fds[i] = connect_to(server);
        send_bytes(fds[i], halves[i % 2], strlen(halves[i % 2]));
    }
    for (int i = 0; i < 50; i++) {
        double begun = now_seconds(), took;
        expect(get(server, "/healthz"), 200, NULL);
        took = now_seconds() - begun;
        worst = took > worst ? took : worst;
        for (int k = i; k < SLOW_CALLERS; k += 50) /* a byte now and then */
            send_bytes(fds[k], "x", 1);
    }
    print_message("%d slow callers, the slowest of 50 /healthz took %.1f ms\n", SLOW_CALLERS, worst * 1e3);
    assert_true(worst < 5.0); /* a bound of sanity on a loaded machine, not a measurement */
    for (int i = 0; i < SLOW_CALLERS; i++)
        close(fds[i]);
    server_close(server);
}

/* One that sends a byte now and then is never idle, but its time for the header fields ends. */
static void headers_that_never_end_are_cut(void **state)
{
    struct server_options options = usual_options();
    struct server *server;
    bool is_cut = false;
    int fd;

    (void)state;
    options.header_seconds = 0.3;
    options.idle_seconds = 30;
    server = start_with(&options);
    fd = connect_to(server);
    for (int i = 0; i < 60 && !is_cut; i++) {
        struct pollfd one = {.fd = fd, .events = POLLIN};
        send_bytes(fd, "G", 1);
        is_cut = poll(&one, 1, 50) > 0;
    }
    assert_true(is_cut);
    close(fd);
    server_close(server);
}

static void replace(char *text, size_t *size, const char *from, const char *to)
{
    size_t n = strlen(from), m = strlen(to);
    char *at = memmem(text, *size, from, n);

    if (!at)
        return;
    memmove(at + m, at + n, *size - (size_t)(at - text) - n);
    memcpy(at, to, m);
    *size += m - n;
}

struct hostile { const char *name; int low, high; bool may_close; };

/* The library answers these before anybody else sees them: chunks, and what does not fit in its memory for a connection. */
static bool is_answered_by_the_library(const char *name)
{
    return strcmp(name, "header_64k") == 0 || strcmp(name, "uri_64k") == 0 || strcmp(name, "chunk_overflow") == 0;
}

/* The shared requests speak of /health and /validate: they are sent to what these are called here. */
static void hostile_requests_are_refused(void **state)
{
    static const struct hostile cases[] = {
        {"ok_get", 200, 200, false}, {"header_64k", 431, 431, true}, {"uri_64k", 414, 414, true}, {"cl_two", 400, 400, false},
        {"cl_and_te", 400, 400, false}, {"cl_10gb_no_body", 413, 413, false}, {"chunk_overflow", 400, 413, true}, {"no_host", 400, 400, false},
        {"space_in_header", 400, 400, false}, {"traversal", 400, 404, false}, {"traversal_encoded", 400, 404, false},
        {"traversal_backslash", 400, 404, false}, {"method_unknown", 405, 405, false}, {"trace", 405, 405, false},
        {"gzip_body_bomb", 413, 415, false}, {"ssrf_loopback", 400, 400, false}, {"file_uri", 403, 403, false},
        {"suite_name_traversal", 400, 400, false}, {"suite_name_4k", 400, 400, false},
    };
    struct server *server = start();
    static char text[1 << 17];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[128];
        struct reply reply;
        size_t size;
        FILE *file;
        snprintf(path, sizeof path, "../shared/corpora/hostile/http/%s.bin", cases[i].name);
        file = fopen(path, "r");
        if (!file) {
            server_close(server);
            skip();
        }
        size = fread(text, 1, sizeof text - 256, file);
        fclose(file);
        replace(text, &size, " /health ", " /healthz ");
        replace(text, &size, "GET /suites/", "GET /v1/suites/");
        replace(text, &size, "\"dataset\"", "\"source\" ");
        replace(text, &size, "POST /validate HTTP/1.1\r\n", strstr(path, "chunk_") || strstr(path, "cl_") ? "POST /v1/validations HTTP/1.1\r\nContent-Type: application/json\r\n"
                                                                               : "POST /v1/validations HTTP/1.1\r\n");
        reply = ask_bytes(server, text, size);
        if ((reply.status < cases[i].low || reply.status > cases[i].high) && !(cases[i].may_close && reply.status == 0))
            fail_msg("%s: %d %.300s", cases[i].name, reply.status, reply.body ? reply.body : "");
        assert_true(reply.status == 200 || is_answered_by_the_library(cases[i].name) || head_says(&reply, "Content-Type: application/problem+json"));
        done(&reply);
        expect(get(server, "/healthz"), 200, NULL);
    }
    server_close(server);
}

/* What two readers of one stream could take for two different requests. */
static void ambiguous_requests_are_refused(void **state)
{
    static const char *const requests[] = {
        "GET /healthz HTTP/1.1\r\nHost: x\r\nX-A : b\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET /healthz HTTP/1.1\r\n\r\n",
        "GET /healthz x HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\001b\r\n\r\n",
        "POST /v1/validations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST /v1/validations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST /v1/validations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "POST /v1/validations HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    };
    struct server *server = start();

    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct reply reply = ask_bytes(server, requests[i], strlen(requests[i]));
        if (reply.status != 400 || !head_says(&reply, "Content-Type: application/problem+json"))
            fail_msg("%s: %.300s", requests[i], reply.all);
        done(&reply);
    }
    server_close(server);
}

struct hammer { struct server *server; int n_ok; };

static void *hammer(void *context)
{
    struct hammer *h = context;

    for (int i = 0; i < 10; i++) {
        struct reply reply = judge_body(h->server, "/v1/suites/orders/validations", "text/csv", good_csv, strlen(good_csv));
        h->n_ok += reply.status == 200;
        done(&reply);
        reply = get(h->server, i % 2 ? "/v1/suites" : "/metrics");
        h->n_ok += reply.status == 200;
        done(&reply);
    }
    return NULL;
}

static void many_callers_at_once_all_get_an_answer(void **state)
{
    struct server_options options = usual_options();
    struct hammer hammers[8];
    pthread_t threads[8];
    struct server *server;

    (void)state;
    options.concurrency = 4;
    options.history = 5; /* the ring turns */
    options.keys = 2;
    server = start_with(&options);
    for (int i = 0; i < 8; i++) {
        hammers[i] = (struct hammer){server, 0};
        pthread_create(&threads[i], NULL, hammer, &hammers[i]);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(hammers[i].n_ok, 20);
    }
    server_close(server);
}

static void what_cannot_be_opened_is_named(void **state)
{
    struct server_options options = usual_options();
    struct error err = ERROR_NONE;
    struct server *server;
    const char *none[] = {"/nowhere/at/all"};

    (void)state;
    options.data = (struct text_list){none, 1, true};
    assert_int_equal(server_open(&options, &server, &err), STATUS_NOT_FOUND);
    options = usual_options();
    options.suites = "/nowhere/at/all";
    assert_int_equal(server_open(&options, &server, &err), STATUS_NOT_FOUND);
    options = usual_options();
    options.listen = "8080";
    assert_int_equal(server_open(&options, &server, &err), STATUS_BAD_USAGE);
    options.listen = "127.0.0.1:99999999";
    assert_int_equal(server_open(&options, &server, &err), STATUS_BAD_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_past_the_limit_is_refused),
        cmocka_unit_test(a_body_that_unpacks_past_the_limit_is_refused),
        cmocka_unit_test(a_full_queue_says_when_to_come_again),
        cmocka_unit_test(a_caller_that_goes_away_cancels_its_run),
        cmocka_unit_test(a_key_in_use_is_told),
        cmocka_unit_test(a_run_past_its_time_is_not_evaluated),
        cmocka_unit_test(draining_ends_what_runs_and_refuses_what_is_new),
        cmocka_unit_test(slow_callers_are_not_in_the_way),
        cmocka_unit_test(headers_that_never_end_are_cut),
        cmocka_unit_test(hostile_requests_are_refused),
        cmocka_unit_test(ambiguous_requests_are_refused),
        cmocka_unit_test(many_callers_at_once_all_get_an_answer),
        cmocka_unit_test(what_cannot_be_opened_is_named),
    };

    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
