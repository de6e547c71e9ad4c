/* tests/server/test_calls.c -- what each call answers, and every problem that it can meet. */
#include "tests/server/fixture.h"

#include "tests/reports/page_reader.h"

static struct server *server;

static void unlink_suite(const char *name)
{
    char path[128];

    snprintf(path, sizeof path, "%s/suites/%s.yaml", here, name);
    assert_int_equal(unlink(path), 0);
}

static int open_service(void **state)
{
    if (make_tree(state) != 0)
        return -1;
    server = start();
    return 0;
}

static int close_service(void **state)
{
    server_close(server);
    return remove_tree(state);
}

#define NOW "?now=2024-12-10T03:00:00Z"
#define ORDERS "/v1/suites/orders/validations"

static void digest(struct reply reply, char out[80])
{
    if (reply.status != 200)
        fail_msg("status %d: %.600s", reply.status, reply.body ? reply.body : "");
    copy_member(&reply, "verdict_digest", out, 80);
    assert_int_equal(strlen(out), 71);
    done(&reply);
}

static void probes_answer(void **state)
{
    (void)state;
    expect(get(server, "/healthz"), 200, NULL);
    expect(get(server, "/readyz"), 200, NULL);
    expect(ask(server, "HEAD", "/healthz", "Connection: close\r\n", NULL, 0), 200, NULL);
}

static void the_verdict_is_the_same_by_source_and_by_body_in_every_format(void **state)
{
    char first[80], other[80];

    (void)state;
    digest(judge_source(server, "", "{\"suite\":\"orders\",\"source\":\"good.csv\",\"now\":\"2024-12-10T03:00:00Z\"}"), first);
    digest(judge_body(server, ORDERS NOW, "text/csv", good_csv, strlen(good_csv)), other);
    assert_string_equal(first, other);
    digest(judge_body(server, ORDERS NOW, "application/x-ndjson", good_lines, strlen(good_lines)), other);
    assert_string_equal(first, other);
    digest(judge_body(server, ORDERS NOW, "application/json; charset=utf-8", good_list, strlen(good_list)), other);
    assert_string_equal(first, other);
    digest(judge_source(server, "", "{\"suite\":\"orders\",\"source\":[\"dt=2024-12-10\"],\"now\":\"2024-12-10T03:00:00Z\"}"), other);
    assert_string_equal(first, other);
}

static void copy_of(const char *from, char **bytes, size_t *size)
{
    FILE *file = fopen(from, "r");
    long n;

    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    n = ftell(file);
    rewind(file);
    *bytes = malloc((size_t)n + 1);
    *size = fread(*bytes, 1, (size_t)n, file);
    fclose(file);
}

static void write_copy(const char *from, const char *to)
{
    char *bytes;
    size_t size;

    copy_of(from, &bytes, &size);
    write_file(to, bytes, size);
    free(bytes);
}

/* The taxi table of the examples is there as Parquet too. The digest of the command line is asked of the program where it was built. */
static void parquet_bodies_are_judged(void **state)
{
    char first[80], other[80], *bytes;
    size_t size;

    (void)state;
    if (access("examples/taxi.parquet", R_OK) != 0)
        skip();
    write_copy("examples/taxi.yaml", "suites/taxi.yaml");
    write_copy("examples/taxi.csv", "data/taxi.csv");
    digest(judge_source(server, "", "{\"suite\":\"taxi\",\"source\":\"taxi.csv\",\"now\":\"2019-02-01\"}"), first);
    copy_of("examples/taxi.parquet", &bytes, &size);
    digest(judge_body(server, "/v1/suites/taxi/validations?now=2019-02-01", "application/vnd.apache.parquet", bytes, size), other);
    assert_string_equal(first, other);
    /* half of it is no Parquet file */
    expect(judge_body(server, "/v1/suites/taxi/validations", "application/vnd.apache.parquet", bytes, size / 2), 400,
           "/problems/unreadable-body");
    expect(judge_body(server, "/v1/suites/taxi/validations?gate=true", "application/vnd.apache.parquet", bytes, size / 2), 424, NULL);
    free(bytes);
}

/* gzip: printf 'id,amount,at\n...' | gzip -n; made here by stored blocks, which any deflate reader takes (RFC 1951, 3.2.4). */
static size_t gzip_stored(const char *text, uint8_t *out)
{
    static const uint8_t head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1};
    uint32_t crc = 0xffffffff, n = (uint32_t)strlen(text);
    size_t at = sizeof head;

    memcpy(out, head, sizeof head);
    out[at++] = (uint8_t)n;
    out[at++] = (uint8_t)(n >> 8);
    out[at++] = (uint8_t)~n;
    out[at++] = (uint8_t)(~n >> 8);
    memcpy(out + at, text, n);
    at += n;
    for (uint32_t i = 0; i < n; i++) {
        crc ^= (uint8_t)text[i];
        for (int k = 0; k < 8; k++)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
    }
    crc = ~crc;
    for (int k = 0; k < 4; k++)
        out[at++] = (uint8_t)(crc >> 8 * k);
    for (int k = 0; k < 4; k++)
        out[at++] = (uint8_t)(n >> 8 * k);
    return at;
}

/* zstd: one frame of one raw block (RFC 8878, 3.1.1), single segment, two bytes of content size. */
static size_t zstd_raw(const char *text, uint8_t *out)
{
    size_t n = strlen(text), at = 0;
    uint32_t block = (uint32_t)(n << 3 | 1);

    memcpy(out, "\x28\xb5\x2f\xfd\x20", 5);
    at = 5;
    assert_true(n < 256);
    out[at++] = (uint8_t)n;
    for (int k = 0; k < 3; k++)
        out[at++] = (uint8_t)(block >> 8 * k);
    memcpy(out + at, text, n);
    return at + n;
}

static void encoded_bodies_are_unpacked(void **state)
{
    uint8_t packed[1024];
    char first[80], other[80];
    size_t size;

    (void)state;
    digest(judge_body(server, ORDERS NOW, "text/csv", good_csv, strlen(good_csv)), first);
    size = gzip_stored(good_csv, packed);
    digest(ask(server, "POST", ORDERS NOW, "Content-Type: text/csv\r\nContent-Encoding: gzip\r\n", packed, size), other);
    assert_string_equal(first, other);
    expect(ask(server, "POST", ORDERS NOW, "Content-Type: text/csv\r\nContent-Encoding: gzip\r\n", packed, size - 9), 400,
           "/problems/unreadable-body");
    expect(ask(server, "POST", ORDERS NOW, "Content-Type: text/csv\r\nContent-Encoding: zstd\r\n", packed, size), 400,
           "/problems/unreadable-body");
    size = zstd_raw(good_csv, packed);
    digest(ask(server, "POST", ORDERS NOW, "Content-Type: text/csv\r\nContent-Encoding: zstd\r\n", packed, size), other);
    assert_string_equal(first, other);
    expect(ask(server, "POST", ORDERS NOW, "Content-Type: text/csv\r\nContent-Encoding: br\r\n", packed, size), 415,
           "/problems/unsupported-content-encoding");
}

static void a_chunked_body_is_judged(void **state)
{
    static const char request[] = "POST " ORDERS "?gate=true&now=2024-12-10T03:00:00Z HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\nd\r\nid,amount,at\n\r\n1b\r\n1,10,2024-12-10T00:00:00Z\r\n\r\n0\r\n\r\n";

    (void)state;
    expect(ask_bytes(server, request, strlen(request)), 200, NULL);
}

static void the_gate_is_in_the_status_where_it_is_asked_for(void **state)
{
    struct reply reply;

    (void)state;
    expect(judge_source(server, "?gate=true", "{\"suite\":\"orders\",\"source\":\"good.csv\",\"now\":\"2024-12-10T03:00:00Z\"}"), 200, NULL);
    expect(judge_source(server, "?gate=true", "{\"suite\":\"orders\",\"source\":\"bad.csv\",\"now\":\"2024-12-10T03:00:00Z\"}"), 422, NULL);
    reply = judge_source(server, "?gate=true", "{\"suite\":\"orders\",\"source\":\"damaged.csv\"}");
    assert_true(body_says(&reply, "\"outcome\": \"not_evaluated\""));
    expect(reply, 424, NULL);
    expect(judge_source(server, "?gate=true", "{\"suite\":\"orders\",\"source\":\"gone.csv\"}"), 424, NULL);
    reply = judge_source(server, "", "{\"suite\":\"orders\",\"source\":\"bad.csv\",\"now\":\"2024-12-10T03:00:00Z\"}");
    assert_true(body_says(&reply, "\"success\": false"));
    expect(reply, 200, NULL);
    expect(judge_source(server, "", "{\"suite\":\"orders\",\"source\":\"damaged.csv\"}"), 200, NULL);
    expect(judge_body(server, ORDERS "?gate=true", "text/csv", "", 0), 422, NULL);
}

static void where_partition_samples_and_labels_are_obeyed(void **state)
{
    struct reply reply;

    (void)state;
    expect(judge_source(server, "?gate=true", "{\"suite\":\"orders\",\"source\":\"bad.csv\",\"where\":\"amount > 0\",\"now\":\"2024-12-10T03:00:00Z\"}"), 200, NULL);
    reply = judge_source(server, "?gate=true&samples=0", "{\"suite\":\"orders\",\"source\":\".\",\"partition\":{\"dt\":\"2024-12-11\"},"
                                                         "\"labels\":{\"team\":\"blue\",\"n\":7}}");
    expect(reply, 403, "/problems/outside-roots"); /* the root holds a link that leads out, and nothing is left out silently */
    reply = judge_source(server, "?gate=true", "{\"suite\":\"orders\",\"source\":\"dt=*\",\"partition\":{\"dt\":\"2024-12-11\"},"
                                               "\"labels\":{\"team\":\"blue\",\"n\":7}}");
    assert_true(body_says(&reply, "\"team\": \"blue\""));
    assert_true(body_says(&reply, "\"n\": \"7\""));
    assert_true(body_says(&reply, "\"dt\": \"2024-12-11\""));
    expect(reply, 422, NULL);
    reply = judge_body(server, ORDERS "?label=a=b&samples=0&where=id%20%3D%201" , "text/csv", bad_csv, strlen(bad_csv));
    assert_true(body_says(&reply, "\"a\": \"b\""));
    assert_false(body_says(&reply, "\"value\": -1"));
    expect(reply, 200, NULL);
}

static void sources_stay_below_the_roots(void **state)
{
    static const struct { const char *source; int status; const char *type; } cases[] = {
        {"../outside/secret.csv", 403, "/problems/outside-roots"},
        {"dt=2024-12-10/../../outside/secret.csv", 403, "/problems/outside-roots"},
        {"/etc/passwd", 403, "/problems/outside-roots"},
        {"file:///etc/passwd", 403, "/problems/outside-roots"},
        {"link.csv", 403, "/problems/outside-roots"},
        {"leak", 403, "/problems/outside-roots"},
        {"leak/outside/secret.csv", 403, "/problems/outside-roots"},
        {"leak/*/secret.csv", 403, "/problems/outside-roots"},
        {"**", 403, "/problems/outside-roots"},
        {"l*.csv", 403, "/problems/outside-roots"},
        {"zero", 403, "/problems/outside-roots"},
        {"environ", 403, "/problems/outside-roots"},
        {"pipe", 403, "/problems/forbidden-source"},
        {"http://127.0.0.1:1/x", 400, "/problems/bad-source"},
        {"http://[::1]:1/", 400, "/problems/bad-source"},
        {"s3://bucket/x", 400, "/problems/bad-source"},
        {"", 400, "/problems/bad-source"},
        {"a\\u0000b", 400, "/problems/bad-json"},
        {"a\\nb", 400, "/problems/bad-source"},
        {"none.csv", 404, "/problems/unknown-source"},
        {"none*.csv", 404, "/problems/unknown-source"},
        {"none/x.csv", 404, "/problems/unknown-source"},
        {"good.csv/x", 404, "/problems/unknown-source"},
        {"-", 404, "/problems/unknown-source"},
        {"inner.csv", 200, NULL}, /* a link that stays within */
        {"./good.csv", 200, NULL},
        {"g*.csv", 200, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char json[256];
        struct reply reply;
        snprintf(json, sizeof json, "{\"suite\":\"orders\",\"source\":\"%s\"}", cases[i].source);
        reply = judge_source(server, "", json);
        if (reply.status != cases[i].status)
            fail_msg("%s: %d", cases[i].source, reply.status);
        assert_false(body_says(&reply, "secret.csv\""));
        expect(reply, cases[i].status, cases[i].type);
    }
}

/* A suite is no way around the roots: neither by its text nor by a link, and by no form of the batch. */
static void references_stay_below_the_roots(void **state)
{
    static const char *const references[] = {"../outside/secret.csv", "../data/link.csv", "../data/leak/outside/secret.csv", "/etc/passwd", "../data/zero"};
    char text[256];
    struct reply reply;

    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        snprintf(text, sizeof text, "suite: drift\ncolumns:\n  amount:\n    - matches_distribution: {reference: %s, test: ks}\n", references[i]);
        write_text("suites/drift.yaml", text);
        expect(judge_source(server, "", "{\"suite\":\"drift\",\"source\":\"good.csv\"}"), 403, "/problems/outside-roots");
        reply = judge_body(server, "/v1/suites/drift/validations?gate=true", "text/csv", good_csv, strlen(good_csv));
        assert_true(body_says(&reply, "leads out of the directories that hold data"));
        expect(reply, 403, "/problems/outside-roots");
    }
    write_text("suites/drift.yaml", "suite: drift\ncolumns:\n  amount:\n    - matches_distribution: {reference: ../data/inner.csv, test: ks, min_samples: 1}\n");
    expect(judge_source(server, "?gate=true", "{\"suite\":\"drift\",\"source\":\"good.csv\"}"), 200, NULL);
    expect(judge_body(server, "/v1/suites/drift/validations?gate=true", "text/csv", good_csv, strlen(good_csv)), 200, NULL);
    write_text("suites/drift.yaml", "suite: drift\ncolumns:\n  amount:\n    - matches_distribution: {reference: ../data/absent.csv, test: ks}\n");
    reply = judge_source(server, "?gate=true", "{\"suite\":\"drift\",\"source\":\"good.csv\"}"); /* as the command line says it */
    assert_true(body_says(&reply, "../data/absent.csv"));
    expect(reply, 424, NULL);
    snprintf(text, sizeof text, "%s/suites/drift.yaml", here);
    unlink(text);
}

/* Where the roots are on this machine is nobody's business. */
static void paths_of_the_machine_do_not_show(void **state)
{
    static const char *const sources[] = {"good.csv", "bad.csv", "damaged.csv", "dt=2024-12-10", "dt=*/*.csv", "absent.csv", "pipe", "link.csv", "zero", "leak", "data"};
    static const char *const targets[] = {"/", "/v1/suites", "/v1/suites.html", "/v1/suites/broken", "/v1/suites/broken.html", "/v1/suites/env",
                                          "/v1/suites/orders.html", "/v1/validations", "/metrics"};
    char json[256], target[128];
    const char *at;
    int n_pages = 0;

    (void)state;
    for (size_t i = 0; i < 2 * sizeof sources / sizeof *sources; i++) {
        struct reply reply;
        snprintf(json, sizeof json, "{\"suite\":\"orders\",\"source\":\"%s\"}", sources[i / 2]);
        reply = judge_source(server, i % 2 ? "?gate=true" : "", json);
        assert_false(body_says(&reply, here));
        at = reply.head ? strstr(reply.head, "\r\nLocation: ") : NULL;
        snprintf(target, sizeof target, "%.*s.html", at ? (int)strcspn(at + 12, "\r") : 0, at ? at + 12 : "");
        done(&reply);
        if (!at)
            continue;
        n_pages++;
        reply = get(server, target);
        assert_false(body_says(&reply, here));
        expect(reply, 200, NULL);
    }
    assert_true(n_pages >= 10);
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct reply reply = get(server, targets[i]);
        assert_int_equal(reply.status, 200);
        assert_false(body_says(&reply, here));
        done(&reply);
    }
}

static void suites_are_listed_pinned_and_reloaded(void **state)
{
    struct reply reply = get(server, "/v1/suites");
    char hash[80], target[160], headers[160];

    (void)state;
    assert_true(body_says(&reply, "\"name\": \"orders\""));
    assert_true(body_says(&reply, "colums"));
    assert_false(body_says(&reply, "ignored"));
    assert_true(head_says(&reply, "\r\nETag: \"sha256:"));
    done(&reply);
    reply = get(server, "/v1/suites/orders");
    copy_member(&reply, "hash", hash, sizeof hash);
    assert_true(head_says(&reply, hash));
    done(&reply);
    snprintf(headers, sizeof headers, "If-None-Match: \"%s\"\r\n", hash);
    expect(ask(server, "GET", "/v1/suites/orders", headers, NULL, 0), 304, NULL);
    snprintf(target, sizeof target, "/v1/suites/orders@%s", hash);
    expect(get(server, target), 200, NULL);
    snprintf(target, sizeof target, "{\"suite\":\"orders@%s\",\"source\":\"good.csv\"}", hash);
    expect(judge_source(server, "", target), 200, NULL);
    memset(hash + 7, '0', 64);
    snprintf(target, sizeof target, "/v1/suites/orders@%s", hash);
    expect(get(server, target), 412, "/problems/suite-hash-differs");
    snprintf(headers, sizeof headers, "Content-Type: text/csv\r\nIf-Match: \"%s\"\r\n", hash);
    expect(ask(server, "POST", ORDERS, headers, good_csv, strlen(good_csv)), 412, "/problems/suite-hash-differs");
    expect(get(server, "/v1/suites/later"), 404, "/problems/unknown-suite");
    write_text("suites/later.json", "{\"suite\": \"later\", \"table\": [{\"row_count\": 3}]}");
    expect(get(server, "/v1/suites/later"), 200, NULL);
    expect(judge_body(server, "/v1/suites/later/validations?gate=true", "text/csv", good_csv, strlen(good_csv)), 200, NULL);
    write_text("suites/later.json", "{\"suite\": \"later\", \"table\": [{\"row_count\": 12345}]}");
    expect(judge_body(server, "/v1/suites/later/validations?gate=true", "text/csv", good_csv, strlen(good_csv)), 422, NULL);
}

static void suites_in_error_and_variables_are_told(void **state)
{
    struct reply reply = judge_source(server, "", "{\"suite\":\"broken\",\"source\":\"good.csv\"}");

    (void)state;
    assert_true(body_says(&reply, "did you mean"));
    expect(reply, 400, "/problems/suite-in-error");
    expect(judge_body(server, "/v1/suites/broken/validations", "text/csv", "a\n1\n", 4), 400, "/problems/suite-in-error");
    expect(judge_source(server, "", "{\"suite\":\"vars\",\"source\":\"good.csv\"}"), 400, "/problems/suite-in-error");
    expect(judge_source(server, "?gate=true", "{\"suite\":\"vars\",\"source\":\"good.csv\",\"vars\":{\"least\":3}}"), 200, NULL);
    expect(judge_source(server, "?gate=true", "{\"suite\":\"vars\",\"source\":\"good.csv\",\"vars\":{\"least\":4}}"), 422, NULL);
    expect(judge_body(server, "/v1/suites/vars/validations?gate=true&var=least=4", "text/csv", good_csv, strlen(good_csv)), 422, NULL);
    reply = judge_source(server, "", "{\"suite\":\"env\",\"source\":\"good.csv\"}");
    assert_true(body_says(&reply, "environment"));
    expect(reply, 400, "/problems/suite-in-error");
}

static void requests_that_are_wrong_are_told_why(void **state)
{
    static const struct { const char *method, *target, *headers, *body; int status; const char *type; } cases[] = {
        {"GET", "/nothing", "", NULL, 404, "/problems/unknown-route"},
        {"GET", "/v1/suites/orders/", "", NULL, 404, "/problems/unknown-route"},
        {"GET", "/v1/suites/%2e%2e%2fx", "", NULL, 400, "/problems/bad-request"},
        {"GET", "/v1/suites/..\\x", "", NULL, 400, "/problems/bad-request"},
        {"GET", "/v1/suites/a%00b", "", NULL, 400, "/problems/bad-request"},
        {"GET", "/v1/suites/a%zz", "", NULL, 400, "/problems/bad-request"},
        {"GET", "/v1/suites/..", "", NULL, 400, "/problems/bad-suite-name"},
        {"GET", "/v1/suites/none", "", NULL, 404, "/problems/unknown-suite"},
        {"GET", "/v1/suites/none@sha256:12", "", NULL, 400, "/problems/bad-suite-name"},
        {"GET", "/healthz?x=1", "", NULL, 400, "/problems/bad-query"},
        {"GET", "/healthz?%00=1", "", NULL, 400, "/problems/bad-request"},
        {"GET", "/v1/validations?limit=0", "", NULL, 400, "/problems/bad-query"},
        {"GET", "/v1/validations?limit=many", "", NULL, 400, "/problems/bad-query"},
        {"GET", "/v1/validations?limit=1&limit=2", "", NULL, 400, "/problems/bad-query"},
        {"GET", "/v1/validations?after=none", "", NULL, 404, "/problems/unknown-validation"},
        {"GET", "/v1/validations/none", "", NULL, 404, "/problems/unknown-validation"},
        {"DELETE", "/v1/suites", "", NULL, 405, "/problems/method-not-allowed"},
        {"BREW", "/healthz", "", NULL, 405, "/problems/method-not-allowed"},
        {"TRACE", "/healthz", "", NULL, 405, "/problems/method-not-allowed"},
        {"GET", ORDERS, "", NULL, 405, "/problems/method-not-allowed"},
        {"POST", "/v1/validations", "", "{}", 415, "/problems/unsupported-media-type"},
        {"POST", "/v1/validations", "Content-Type: application/json\r\n", "{}", 400, "/problems/bad-json"},
        {"POST", "/v1/validations", "Content-Type: application/json\r\n", "", 400, "/problems/bad-json"},
        {"POST", "/v1/validations", "Content-Type: application/json\r\n", "[1]", 400, "/problems/bad-json"},
        {"POST", "/v1/validations", "Content-Type: application/json\r\n", "{\"suite\":\"orders\",\"source\":\"good.csv\",\"sorce\":1}", 400, "/problems/bad-json"},
        {"POST", "/v1/validations", "Content-Type: application/json\r\n", "{\"suite\":\"orders\",\"source\":\"good.csv\",\"source\":\"x\"}", 400, "/problems/bad-json"},
        {"POST", "/v1/validations", "Content-Type: application/json\r\n", "{\"suite\":\"orders\",\"source\":\"good.csv\",\"vars\":[1]}", 400, "/problems/bad-json"},
        {"POST", "/v1/validations", "Content-Type: application/json\r\n", "{\"suite\":\"orders\",\"source\":[]}", 400, "/problems/bad-json"},
        {"POST", "/v1/validations", "Content-Type: application/json\r\n", "{\"suite\":\"../../etc/passwd\",\"source\":\"good.csv\"}", 400, "/problems/bad-suite-name"},
        {"POST", "/v1/validations", "Content-Type: application/json\r\n", "{\"suite\":\"none\",\"source\":\"good.csv\"}", 404, "/problems/unknown-suite"},
        {"POST", "/v1/validations", "Content-Type: application/json\r\n", "{\"suite\":\"orders\",\"source\":\"good.csv\",\"now\":\"soon\"}", 400, "/problems/bad-request"},
        {"POST", "/v1/validations?now=2024-12-10", "Content-Type: application/json\r\n", "{}", 400, "/problems/bad-query"},
        {"POST", "/v1/validations?gate=yes", "Content-Type: application/json\r\n", "{}", 400, "/problems/bad-query"},
        {"POST", ORDERS, "", "x", 415, "/problems/unsupported-media-type"},
        {"POST", ORDERS "?var=x", "Content-Type: text/csv\r\n", "x", 400, "/problems/bad-query"},
        {"POST", "/v1/suites/none/validations", "Content-Type: text/csv\r\n", "x", 404, "/problems/unknown-suite"},
        {"POST", ORDERS, "Content-Type: application/vnd.apache.parquet\r\n", "PAR1", 400, "/problems/unreadable-body"},
        {"POST", ORDERS, "Content-Type: application/json\r\n", "{\"id\":", 400, "/problems/unreadable-body"},
        {"POST", ORDERS, "Content-Type: text/csv\r\n", "id,amount,at\n1,2,3,4\n", 400, "/problems/unreadable-body"},
        {"POST", ORDERS, "Content-Type: text/csv\r\nExpect: magic\r\n", "x", 417, "/problems/expectation-failed"},
        {"GET", "/healthz", "Content-Length: 1\r\nContent-Length: 1\r\n", NULL, 400, "/problems/bad-framing"},
        {"GET", "/healthz", "Host: y\r\n", NULL, 400, "/problems/bad-framing"},
        {"POST", ORDERS, "Content-Type: text/csv\r\nTransfer-Encoding: chunked\r\n", "x", 400, "/problems/bad-framing"},
        {"POST", ORDERS, "Content-Type: text/csv\r\nTransfer-Encoding: gzip\r\n", NULL, 400, "/problems/bad-framing"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply = ask(server, cases[i].method, cases[i].target, cases[i].headers, cases[i].body, cases[i].body ? strlen(cases[i].body) : 0);
        if (reply.status != cases[i].status)
            fail_msg("case %zu, %s %s: %d %.300s", i, cases[i].method, cases[i].target, reply.status, reply.body ? reply.body : "");
        if (cases[i].status == 405)
            assert_true(head_says(&reply, "\r\nAllow: "));
        expect(reply, cases[i].status, cases[i].type);
    }
}

static void headers_and_targets_have_a_size(void **state)
{
    static char headers[40 << 10], target[20 << 10];
    size_t n = (size_t)sprintf(headers, "X-Long: ");

    (void)state;
    memset(headers + n, 'a', 20 << 10);
    strcpy(headers + n + (20 << 10), "\r\n");
    expect(ask(server, "GET", "/healthz", headers, NULL, 0), 431, "/problems/headers-too-large");
    target[0] = '/';
    memset(target + 1, 'a', 10 << 10);
    expect(ask(server, "GET", target, "", NULL, 0), 414, "/problems/uri-too-long");
}

static void identities_are_echoed_where_they_are_well_formed(void **state)
{
    static const char trace[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    struct reply reply = ask(server, "POST", ORDERS,
                             "Content-Type: text/csv\r\nX-Request-Id: abc-1\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n",
                             good_csv, strlen(good_csv));

    (void)state;
    assert_true(head_says(&reply, "\r\nX-Request-Id: abc-1\r\n"));
    assert_true(head_says(&reply, trace));
    assert_true(body_says(&reply, "\"request_id\": \"abc-1\""));
    assert_true(body_says(&reply, trace));
    done(&reply);
    reply = ask(server, "GET", "/healthz", "X-Request-Id: a b<script>\r\ntraceparent: 00-00-00-01\r\n", NULL, 0);
    assert_true(head_says(&reply, "\r\nX-Request-Id: "));
    assert_false(head_says(&reply, "script"));
    assert_false(head_says(&reply, "traceparent"));
    done(&reply);
}

static void a_key_repeats_its_answer(void **state)
{
    static const char headers[] = "Content-Type: text/csv\r\nIdempotency-Key: 42\r\n";
    struct reply first = ask(server, "POST", ORDERS, headers, good_csv, strlen(good_csv));
    struct reply again = ask(server, "POST", ORDERS, headers, good_csv, strlen(good_csv));

    (void)state;
    assert_int_equal(first.status, 200);
    assert_string_equal(first.body, again.body); /* the same run, down to its id */
    assert_false(head_says(&first, "Idempotency-Replayed"));
    assert_true(head_says(&again, "\r\nIdempotency-Replayed: true"));
    done(&first);
    done(&again);
    expect(ask(server, "POST", ORDERS, headers, bad_csv, strlen(bad_csv)), 409, "/problems/idempotency-key-reused");
    expect(ask(server, "POST", ORDERS "?gate=true", headers, good_csv, strlen(good_csv)), 409, "/problems/idempotency-key-reused");
}

static void runs_are_kept_and_paged(void **state)
{
    struct reply reply;
    char id[64], older[64], target[160];

    (void)state;
    for (int i = 0; i < 3; i++)
        expect(judge_body(server, ORDERS, "text/csv", good_csv, strlen(good_csv)), 200, NULL);
    reply = get(server, "/v1/validations?limit=1");
    copy_member(&reply, "id", id, sizeof id);
    assert_true(body_says(&reply, "\"next\": "));
    done(&reply);
    snprintf(target, sizeof target, "/v1/validations?limit=1&after=%s", id);
    reply = get(server, target);
    copy_member(&reply, "id", older, sizeof older);
    assert_int_equal(strlen(older), 36);
    assert_string_not_equal(id, older);
    done(&reply);
    snprintf(target, sizeof target, "/v1/validations/%s", id);
    reply = get(server, target);
    assert_true(body_says(&reply, "\"assay_report\": 1"));
    assert_true(body_says(&reply, id));
    expect(reply, 200, NULL);
    reply = ask(server, "GET", target, "Accept: text/html\r\n", NULL, 0);
    assert_true(reply.status == 200 ? head_says(&reply, "Content-Security-Policy") : reply.status == 406);
    done(&reply);
}

static void pages_are_html_with_a_policy(void **state)
{
    static const char *const targets[] = {"/", "/v1/suites.html", "/v1/suites/orders.html", "/v1/validations.html"};

    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct reply reply = get(server, targets[i]);
        assert_true(head_says(&reply, "Content-Type: text/html"));
        assert_true(head_says(&reply, "Content-Security-Policy: default-src 'none'"));
        expect(reply, 200, NULL);
    }
}

#define HOSTILE "<script>alert(1)</script>"

/* Names of suites, datasets, owners and columns, and values: all of it is text of somebody else. */
static void nothing_of_suites_or_data_becomes_markup(void **state)
{
    static const char suite[] = "suite: hostile\ndataset: \"<img src=x onerror=alert(1)>\"\ndescription: \"</style>" HOSTILE "&amp;\"\n"
                                "owner: \"\\u001b[31m<i>\"\nrunbook: \"javascript:alert(1)\"\ntags: [\"<b>\"]\ncolumns:\n  \"" HOSTILE "\":\n"
                                "    - not_null\n    - in_set: [\"'\\\"><svg onload=alert(1)>\"]\n  n:\n    - between: {min: 0, max: 5}\n";
    static const char broken[] = "suite: broken_markup\n\"" HOSTILE "\": 1\n\"&#x3c;\": 2\n";
    static const char body[] = HOSTILE ",n\n\"<svg onload=alert(2)>\x1b]0;x\x07\",3\n\"\"\"' onmouseover='alert(3)\",9\n\xe2\x80\xae,7\n";
    const char *targets[] = {"", "/", "/v1/suites.html", "/v1/suites/hostile.html", "/v1/suites/broken_markup.html", "/v1/validations.html"};
    char run[128];
    struct reply reply;
    const char *at;

    (void)state;
    write_text("suites/hostile.yaml", suite);
    write_text("suites/broken_markup.yaml", broken);
    reply = judge_body(server, "/v1/suites/hostile/validations?label=job=%3Cb%3E", "text/csv", body, strlen(body));
    assert_int_equal(reply.status, 200);
    at = strstr(reply.head, "\r\nLocation: ");
    assert_non_null(at);
    snprintf(run, sizeof run, "%.*s.html", (int)strcspn(at + 12, "\r"), at + 12);
    done(&reply);
    targets[0] = run;
    pages_link_to_pages = true;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        reply = get(server, targets[i]);
        assert_int_equal(reply.status, 200);
        assert_true(body_says(&reply, "&lt;"));
        assert_is_ours(reply.body);
        assert_true(reply.body_size < 1 << 20);
        assert_false(body_says(&reply, ">0 expectations")); /* of a suite in error, or that waits for variables: not known */
        if (i == 0)
            assert_true(body_says(&reply, "<svg")); /* the service asks for histograms */
        done(&reply);
    }
    unlink_suite("hostile");
    unlink_suite("broken_markup");
}

static void figures_of_the_last_run_are_told(void **state)
{
    (void)state;
    expect(judge_source(server, "", "{\"suite\":\"orders\",\"source\":\"dt=2024-12-10\",\"now\":\"2024-12-10T03:00:00Z\"}"), 200, NULL);
    assert_int_equal((int)metric(server, "data_batch_rows{dataset=\"silver.orders\"}"), 3);
    assert_int_equal((int)metric(server, "data_validation_success{dataset=\"silver.orders\"}"), 1);
    assert_int_equal((int64_t)metric(server, "data_freshness_timestamp_seconds{dataset=\"silver.orders\"}"), 1733796000);
    expect(judge_source(server, "", "{\"suite\":\"orders\",\"source\":\"dt=2024-12-11\",\"now\":\"2024-12-10T03:00:00Z\"}"), 200, NULL);
    assert_int_equal((int)metric(server, "data_batch_rows{dataset=\"silver.orders\"}"), 2);
    assert_int_equal((int)metric(server, "data_batch_rows_previous{dataset=\"silver.orders\"}"), 3);
    assert_int_equal((int)metric(server, "data_validation_success{dataset=\"silver.orders\"}"), 0);
}

static void the_description_names_every_route(void **state)
{
    struct reply reply = get(server, "/openapi.json");

    (void)state;
    assert_true(body_says(&reply, "\"openapi\": \"3.1.0\""));
    assert_true(body_says(&reply, "\"/v1/suites/{name}/validations\""));
    expect(reply, 200, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probes_answer),
        cmocka_unit_test(the_verdict_is_the_same_by_source_and_by_body_in_every_format),
        cmocka_unit_test(parquet_bodies_are_judged),
        cmocka_unit_test(encoded_bodies_are_unpacked),
        cmocka_unit_test(a_chunked_body_is_judged),
        cmocka_unit_test(the_gate_is_in_the_status_where_it_is_asked_for),
        cmocka_unit_test(where_partition_samples_and_labels_are_obeyed),
        cmocka_unit_test(sources_stay_below_the_roots),
        cmocka_unit_test(references_stay_below_the_roots),
        cmocka_unit_test(paths_of_the_machine_do_not_show),
        cmocka_unit_test(suites_are_listed_pinned_and_reloaded),
        cmocka_unit_test(suites_in_error_and_variables_are_told),
        cmocka_unit_test(requests_that_are_wrong_are_told_why),
        cmocka_unit_test(headers_and_targets_have_a_size),
        cmocka_unit_test(identities_are_echoed_where_they_are_well_formed),
        cmocka_unit_test(a_key_repeats_its_answer),
        cmocka_unit_test(runs_are_kept_and_paged),
        cmocka_unit_test(pages_are_html_with_a_policy),
        cmocka_unit_test(nothing_of_suites_or_data_becomes_markup),
        cmocka_unit_test(figures_of_the_last_run_are_told),
        cmocka_unit_test(the_description_names_every_route),
    };

    return cmocka_run_group_tests(tests, open_service, close_service);
}
