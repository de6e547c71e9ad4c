/* tests/server/test_stream.c -- bodies that are judged while they arrive: the same verdict, in bounded memory, at nobody's expense. */
#include <zlib.h>

#include "tests/server/fixture.h"
#include "server/request.h"

enum { ROWS = 60000 };

static struct server *server;
static char *csv, *lines;
static size_t csv_size, lines_size;

/* The last row makes text of a column that was a number till then, so the types are told again; quantiles need another round. */
static void write_batches(void)
{
    char *at = csv = malloc((size_t)ROWS * 64 + 64), *json = lines = malloc((size_t)ROWS * 96);

    write_text("suites/told.yaml", "suite: told\ncolumns:\n  id: [not_null, unique]\n  code: [not_null, not_in_set: [zz]]\n  amount:\n"
                                   "    - between: {min: 0, max: 100}\n    - quantiles: {0.5: {min: 0, max: 200}}\n");
    assert_true(csv && lines);
    at += sprintf(at, "id,code,amount\n");
    for (int i = 0; i < ROWS; i++) {
        const char *code = i == ROWS - 1 ? "x" : "7";
        at += sprintf(at, "%d,%s,%d.5\n", i, code, i % 120);
        json += sprintf(json, "{\"id\":%d,\"code\":\"%s\",\"amount\":%d.5}\n", i, code, i % 120);
    }
    csv_size = (size_t)(at - csv);
    lines_size = (size_t)(json - lines);
    write_file("data/told.csv", csv, csv_size);
    write_file("data/told.jsonl", lines, lines_size);
}

static int open_service(void **state)
{
    struct server_options options;

    if (make_tree(state) != 0)
        return -1;
    write_batches();
    options = usual_options();
    options.concurrency = 2;
    options.max_body = 24 << 20;
    options.body_memory = 8 << 20;
    server = start_with(&options);
    return 0;
}

static int close_service(void **state)
{
    server_close(server);
    free(csv);
    free(lines);
    return remove_tree(state);
}

/* Begins a chunked request. */
static int begin_chunked(const char *suite, const char *type)
{
    char head[512];
    int fd = connect_to(server);
    int n = snprintf(head, sizeof head, "POST /v1/suites/%s/validations HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n",
                     suite, type);

    send_bytes(fd, head, (size_t)n);
    return fd;
}

static int begin_sized(const char *headers, size_t size)
{
    char head[512];
    int fd = connect_to(server);
    int n = snprintf(head, sizeof head, "POST /v1/suites/told/validations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\n%sContent-Length: %zu\r\n\r\n",
                     headers, size);

    send_bytes(fd, head, (size_t)n);
    return fd;
}

static void send_chunk(int fd, const char *bytes, size_t size)
{
    char head[32];
    int n = snprintf(head, sizeof head, "%zx\r\n", size);

    send_bytes(fd, head, (size_t)n);
    send_bytes(fd, bytes, size);
    send_bytes(fd, "\r\n", 2);
}

static void digest_of(struct reply reply, char out[80])
{
    if (reply.status != 200)
        fail_msg("status %d: %.300s", reply.status, reply.body ? reply.body : reply.all);
    copy_member(&reply, "verdict_digest", out, 80);
    assert_int_equal(strncmp(out, "sha256:", 7), 0);
    done(&reply);
}

/* The run is there when half of the body is, and its verdict is that of the same bytes in a file. */
static void check_streamed(const char *type, const char *bytes, size_t size, const char *by_source)
{
    char streamed[80], whole[80], source[80];
    int fd = begin_chunked("told", type);

    send_chunk(fd, bytes, size / 2);
    assert_true(wait_for_metric(server, "assay_validations_running", 1));
    for (size_t at = size / 2; at < size;) {
        size_t n = size - at < 9999 ? size - at : 9999;
        send_chunk(fd, bytes + at, n);
        at += n;
    }
    send_bytes(fd, "0\r\n\r\n", 5);
    digest_of(receive(fd), streamed);
    close(fd);
    digest_of(judge_body(server, "/v1/suites/told/validations", type, bytes, size), whole);
    digest_of(judge_source(server, "", by_source), source);
    assert_string_equal(streamed, source);
    assert_string_equal(whole, source);
    assert_true(wait_for_metric(server, "assay_validations_running", 0));
}

static void a_body_is_judged_while_it_arrives_and_the_verdict_is_the_same(void **state)
{
    (void)state;
    check_streamed("text/csv", csv, csv_size, "{\"suite\":\"told\",\"source\":\"told.csv\"}");
    check_streamed("application/x-ndjson", lines, lines_size, "{\"suite\":\"told\",\"source\":\"told.jsonl\"}");
}

static size_t gzip_of(const char *bytes, size_t size, char *out, size_t room)
{
    z_stream z = {0};

    assert_int_equal(deflateInit2(&z, 0, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK); /* level 0: as long as the text */
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)size;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

static void packed_bodies_are_unpacked_while_they_arrive(void **state)
{
    char streamed[80], source[80], *packed = malloc(csv_size * 2);
    size_t size = gzip_of(csv, csv_size, packed, csv_size * 2);
    int fd = begin_sized("Content-Encoding: gzip\r\n", size);

    (void)state;
    send_bytes(fd, packed, size / 2);
    assert_true(wait_for_metric(server, "assay_validations_running", 1));
    send_bytes(fd, packed + size / 2, size - size / 2);
    digest_of(receive(fd), streamed);
    close(fd);
    digest_of(judge_source(server, "", "{\"suite\":\"told\",\"source\":\"told.csv\"}"), source);
    assert_string_equal(streamed, source);
    free(packed);
}

/* The answer is there while a quarter of the body is not even sent: judging cannot have waited for it. */
static void a_body_that_cannot_be_unpacked_is_refused_before_its_end(void **state)
{
    char *packed = malloc(csv_size * 2);
    size_t size = gzip_of(csv, csv_size, packed, csv_size * 2);
    int fd = begin_sized("Content-Encoding: gzip\r\n", size);

    (void)state;
    memset(packed + size / 2, 0xff, 70000); /* more than a stored block: its header is hit */
    send_bytes(fd, packed, size - size / 4);
    expect(receive(fd), 400, "/problems/unreadable-body");
    close(fd);
    assert_true(wait_for_metric(server, "assay_validations_running", 0));
    free(packed);
}

static void a_record_without_end_is_refused_before_the_body_ends(void **state)
{
    size_t size = 20 << 20;
    char *text = malloc(size);
    int fd = begin_sized("", size);
    struct reply reply;

    (void)state;
    memset(text, 'x', size);
    memcpy(text, "id,code,amount\n1,\"", 18);
    send_bytes(fd, text, 18 << 20); /* a record may have 16 MiB */
    send_bytes(fd, text + (18 << 20), size - (18 << 20));
    reply = receive(fd);
    assert_true(body_says(&reply, "a record is longer than 16 MiB"));
    expect(reply, 200, NULL); /* a report: not evaluated, as the command line says of the file */
    close(fd);
    free(text);
}

static void a_chunked_body_past_the_limit_is_refused_at_once(void **state)
{
    size_t piece = 1 << 20;
    char *text = malloc(piece);
    int fd = begin_chunked("orders", "application/vnd.apache.parquet"); /* judged when it is there, which it never is */
    double before = metric(server, "assay_rejected_total{reason=\"body_too_large\"}");
    struct reply reply;

    (void)state;
    memset(text, '1', piece);
    for (int i = 0; i < 25; i++)
        send_chunk(fd, text, piece);
    reply = receive(fd); /* no last chunk was sent */
    assert_true(head_says(&reply, "\r\nConnection: close"));
    assert_true(head_says(&reply, "\r\nX-Request-Id: "));
    expect(reply, 413, "/problems/body-too-large");
    close(fd);
    assert_true(metric(server, "assay_rejected_total{reason=\"body_too_large\"}") > before);
    fd = begin_chunked("told", "text/csv"); /* the same while it is judged */
    send_chunk(fd, "id,code,amount\n", 15);
    for (size_t i = 0; i + 1 < piece; i += 2)
        memcpy(text + i, "1\n", 2);
    for (int i = 0; i < 25; i++)
        send_chunk(fd, text, piece);
    expect(receive(fd), 413, "/problems/body-too-large");
    close(fd);
    assert_true(wait_for_metric(server, "assay_validations_running", 0));
    free(text);
}

static void a_caller_that_leaves_amid_its_body_cancels_the_run(void **state)
{
    double before = metric(server, "assay_validations_cancelled_total"), begun;
    int fd = begin_chunked("told", "text/csv");

    (void)state;
    send_chunk(fd, csv, csv_size / 2);
    assert_true(wait_for_metric(server, "assay_validations_running", 1));
    begun = now_seconds();
    close(fd);
    assert_true(wait_for_metric(server, "assay_validations_running", 0));
    assert_true(now_seconds() - begun < 120); /* it would wait for the rest of its body for 15 minutes */
    assert_true(wait_for_metric(server, "assay_validations_cancelled_total", before + 1));
}

/* An hour of mixed load found a run reading the header fields of a caller that was gone, whose connection's memory was unmapped. */
static void what_a_caller_sent_outlives_its_connection(void **state)
{
    struct request_headers headers = {0};
    struct arena arena = {0};
    char type[] = "text/csv", encoding[] = "gzip", id[] = "abc", key[] = "k", match[] = "*";

    (void)state;
    headers_add(&headers, "Content-Type", type, strlen(type));
    headers_add(&headers, "content-encoding", encoding, strlen(encoding));
    headers_add(&headers, "X-Request-Id", id, strlen(id));
    headers_add(&headers, "Idempotency-Key", key, strlen(key));
    headers_add(&headers, "If-Match", match, strlen(match));
    assert_true(headers_finish(&headers, &arena));
    type[0] = encoding[0] = id[0] = key[0] = match[0] = '\0';
    assert_string_equal(headers.content_type, "text/csv");
    assert_string_equal(headers.content_encoding, "gzip");
    assert_string_equal(headers.request_id, "abc");
    assert_string_equal(headers.idempotency_key, "k");
    assert_string_equal(headers.if_match, "*");
    arena_done(&arena);
}

static void callers_that_leave_as_their_run_begins_harm_nobody(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++) {
        int fd = begin_chunked("told", "text/csv");
        send_chunk(fd, csv, 66000 + (size_t)i * 1000);
        if (i % 3)
            sleep_seconds(0.001 * (i % 7));
        close(fd);
    }
    assert_true(wait_for_metric(server, "assay_validations_running", 0));
    expect(judge_source(server, "", "{\"suite\":\"orders\",\"source\":\"good.csv\"}"), 200, NULL);
}

/* Two workers, three bodies that stop halfway: one is being judged, and whoever comes next is served. */
static void slow_bodies_leave_a_worker_to_the_others(void **state)
{
    int fds[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        fds[i] = begin_chunked("told", "text/csv");
        send_chunk(fds[i], csv, csv_size / 2);
    }
    assert_true(wait_for_metric(server, "assay_validations_running", 1));
    expect(judge_source(server, "", "{\"suite\":\"orders\",\"source\":\"good.csv\"}"), 200, NULL);
    expect(judge_body(server, "/v1/suites/orders/validations", "text/csv", good_csv, strlen(good_csv)), 200, NULL);
    assert_int_equal((int)metric(server, "assay_validations_running"), 1);
    for (int i = 0; i < 3; i++) { /* each of them gets its answer in the end, judged early or not */
        send_chunk(fds[i], csv + csv_size / 2, csv_size - csv_size / 2);
        send_bytes(fds[i], "0\r\n\r\n", 5);
    }
    for (int i = 0; i < 3; i++) {
        expect(receive(fds[i]), 200, NULL);
        close(fds[i]);
    }
}

/* A body of 20 MB is judged while no more than 4 MB of it are in memory. */
static void memory_stays_bounded_while_a_body_arrives(void **state)
{
    int fd = begin_chunked("told", "text/csv");
    double most = 0;
    struct reply reply;

    (void)state;
    send_chunk(fd, csv, csv_size);
    for (int i = 0; i < 20; i++) {
        double now;
        send_chunk(fd, csv + 15, csv_size - 15);
        now = metric(server, "assay_body_memory_bytes");
        most = now > most ? now : most;
    }
    send_bytes(fd, "0\r\n\r\n", 5);
    reply = receive(fd);
    assert_true(body_says(&reply, "\"rows\": 1260000"));
    expect(reply, 200, NULL);
    close(fd);
    assert_true(most > 0 && most <= 9 << 20); /* twice 4 MB while a buffer doubles */
    assert_true(metric(server, "assay_body_memory_bytes") < 1 << 20);
}

static void a_key_waits_for_the_whole_body(void **state)
{
    char first[80], again[80];
    struct reply reply;

    (void)state;
    reply = ask(server, "POST", "/v1/suites/told/validations", "Content-Type: text/csv\r\nIdempotency-Key: long\r\n", csv, csv_size);
    copy_member(&reply, "id", first, sizeof first);
    expect(reply, 200, NULL);
    reply = ask(server, "POST", "/v1/suites/told/validations", "Content-Type: text/csv\r\nIdempotency-Key: long\r\n", csv, csv_size);
    copy_member(&reply, "id", again, sizeof again);
    assert_true(head_says(&reply, "Idempotency-Replayed: true"));
    expect(reply, 200, NULL);
    assert_string_equal(first, again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_is_judged_while_it_arrives_and_the_verdict_is_the_same),
        cmocka_unit_test(packed_bodies_are_unpacked_while_they_arrive),
        cmocka_unit_test(a_body_that_cannot_be_unpacked_is_refused_before_its_end),
        cmocka_unit_test(a_record_without_end_is_refused_before_the_body_ends),
        cmocka_unit_test(a_chunked_body_past_the_limit_is_refused_at_once),
        cmocka_unit_test(a_caller_that_leaves_amid_its_body_cancels_the_run),
        cmocka_unit_test(what_a_caller_sent_outlives_its_connection),
        cmocka_unit_test(callers_that_leave_as_their_run_begins_harm_nobody),
        cmocka_unit_test(slow_bodies_leave_a_worker_to_the_others),
        cmocka_unit_test(memory_stays_bounded_while_a_body_arrives),
        cmocka_unit_test(a_key_waits_for_the_whole_body),
    };

    return cmocka_run_group_tests(tests, open_service, close_service);
}
