/* server/http.c -- see http.h.
 *
 * The life of a call: on_uri makes it; on_request is called once with the header fields (begin), then with each piece of the body (take),
 * then with none (dispatch), and once more after a worker woke the connection (send); on_completed frees and logs it.
 *
 * A body of text that is long, or whose length is not told, is given to a worker as soon as one is idle (start_early): both threads
 * share the body then, the call is the worker's, and `early` says who has to do what when one of them comes to its end first.
 *
 * What is wrong amid a body is said at once. The library takes no answer then, so it is written to the socket past it (send_now), our half
 * is closed, and what still comes is passed over for a moment, so that the caller gets to read it (RFC 9112, section 9.6).
 *
 * Time: the library only knows how long a connection was idle, which a caller that sends a byte now and then evades. So every
 * connection also has a moment since which it owes us the rest of its headers, or of its body, and http_cut_slow shuts it down.
 */
#include "server/http.h"

#include <netdb.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>

#include "core/clock.h"
#include "core/number.h"
#include "core/sha256.h"
#include "server/log.h"
#include "server/mhd.h"

enum {
    CONNECTION_MEMORY = 64 << 10, /* holds the request line and header fields (HEADERS_MAX) and a piece of the body */
    DRAIN_MAX = 64 << 10,         /* a body that is not wanted is read to its end up to here, so that the caller gets to read the answer */
    BODY_HELD_MAX = 4 << 20,      /* a longer body goes to a temporary file */
    EARLY_BYTES = 64 << 10,       /* so much is there before a run begins: what tells a dialect */
    EARLY_BODY_MIN = 256 << 10,   /* a body of a length up to this is judged when it is there */
    ANSWER_NOW_MAX = 32 << 10,    /* fits in a socket's buffer */
    LINGER_SECONDS = 2,
    STRICTNESS = 0,               /* at 1 the library refuses by itself, in plain text, what is_well_formed refuses */
};

enum phase { PHASE_HEADERS, PHASE_BODY, PHASE_OURS, PHASE_LINGER };

/* Of a call that a worker got before its body was there; under http.lock. */
enum early {
    EARLY_NOT,
    EARLY_RUNNING,  /* the body arrives, the worker judges */
    EARLY_SLEEPING, /* the body is there, the connection sleeps until the worker wakes it */
    EARLY_DONE,     /* the worker is done: the call is the connection's again */
    EARLY_LEFT,     /* the connection is gone: the worker frees the call */
};

struct client {
    struct client *next, *previous;
    int socket;
    enum phase phase;
    double since;
};

struct http {
    struct mhd mhd;
    struct service *service;
    struct MHD_Daemon *daemon;
    pthread_mutex_t lock; /* of the clients, and of `early` */
    struct client *clients;
    _Atomic int64_t n_calls;
    int port;
};

/* What http.c keeps beside a call. */
struct exchange {
    struct call call;
    struct http *http;
    struct client *client;
    struct sha256 sha;     /* of the request, for Idempotency-Key */
    uint64_t length;       /* Content-Length; 0: none */
    uint64_t bytes_in;     /* of the body; call.bytes_in is told at the end */
    enum early early;
    int status_sent;       /* by send_now, under http.lock; 0: nothing */
    bool is_begun, is_dispatched, body_is_unwanted;
};

/* --- clients --- */

static void client_phase(struct http *http, struct client *client, enum phase phase)
{
    if (!client)
        return;
    pthread_mutex_lock(&http->lock);
    client->phase = phase;
    client->since = clock_monotonic_seconds();
    pthread_mutex_unlock(&http->lock);
}

static void client_add(struct http *http, struct MHD_Connection *connection, void **socket_context)
{
    const union MHD_ConnectionInfo *info = http->mhd.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct client *client = mem_alloc(NULL, sizeof *client);

    *socket_context = client;
    if (!client)
        return;
    client->socket = info ? info->connect_fd : -1;
    client->since = clock_monotonic_seconds();
    pthread_mutex_lock(&http->lock);
    client->next = http->clients;
    if (http->clients)
        http->clients->previous = client;
    http->clients = client;
    pthread_mutex_unlock(&http->lock);
}

static void client_remove(struct http *http, void **socket_context)
{
    struct client *client = *socket_context;

    *socket_context = NULL;
    if (!client)
        return;
    pthread_mutex_lock(&http->lock);
    if (client->next)
        client->next->previous = client->previous;
    if (client->previous)
        client->previous->next = client->next;
    else
        http->clients = client->next;
    pthread_mutex_unlock(&http->lock);
    mem_free(NULL, client);
}

/* The library tells of the end of a connection before it closes the socket, so what is in the list is open. */
static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        client_add(context, connection, socket_context);
    else
        client_remove(context, socket_context);
}

void http_cut_slow(struct http *http)
{
    const struct server_options *o = &http->service->options;
    double now = clock_monotonic_seconds();

    pthread_mutex_lock(&http->lock);
    for (const struct client *c = http->clients; c; c = c->next)
        if ((c->phase == PHASE_HEADERS && now - c->since > o->header_seconds) ||
            (c->phase == PHASE_BODY && now - c->since > o->body_seconds) || (c->phase == PHASE_LINGER && now - c->since > LINGER_SECONDS))
            shutdown(c->socket, SHUT_RDWR);
    pthread_mutex_unlock(&http->lock);
}

/* --- begin: the header fields are there --- */

static void *on_uri(void *context, const char *uri, struct MHD_Connection *connection)
{
    struct http *http = context;
    struct exchange *x = mem_alloc(NULL, sizeof *x);
    const union MHD_ConnectionInfo *info = http->mhd.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    if (!x)
        return NULL;
    call_init(&x->call, http->service);
    x->http = http;
    x->client = info ? info->socket_context : NULL;
    x->call.connection = connection;
    x->call.uri.raw = arena_text(&x->call.arena, uri, strlen(uri));
    x->call.service = http->service;
    atomic_fetch_add(&http->n_calls, 1);
    return x;
}

static enum MHD_Result on_header(void *context, enum MHD_ValueKind kind, const char *key, size_t key_size, const char *value,
                                 size_t value_size)
{
    (void)kind;
    (void)key_size;
    headers_add(context, key, value ? value : "", value ? value_size : 0);
    return MHD_YES;
}

static const char *remote_address(struct exchange *x)
{
    const union MHD_ConnectionInfo *info =
        x->http->mhd.MHD_get_connection_info(x->call.connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    socklen_t size;
    char host[64];

    if (!info || !info->client_addr)
        return NULL;
    size = info->client_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    if (getnameinfo(info->client_addr, size, host, sizeof host, NULL, 0, NI_NUMERICHOST) != 0)
        return NULL;
    return arena_text(&x->call.arena, host, strlen(host));
}

/* A request whose end two readers could see at different places is refused (RFC 9112, section 6.3). */
static const char *framing_problem(const struct request_headers *h, uint64_t *length)
{
    *length = 0;
    if (h->n_content_length > 1)
        return "Content-Length is given twice";
    if (h->n_content_length && h->n_transfer_encoding)
        return "Content-Length and Transfer-Encoding exclude each other";
    if (h->n_transfer_encoding > 1 || (h->transfer_encoding && strcasecmp(h->transfer_encoding, "chunked") != 0))
        return "the only Transfer-Encoding is chunked, once";
    if (h->n_content_length && (!number_parse_u64(span_text(h->content_length), length) || h->content_length[0] == '+'))
        return "Content-Length is no number";
    if (h->n_host != 1)
        return "a request has one Host";
    if (h->has_bad_bytes)
        return "a header field holds a control character, or its name what no name may hold";
    return NULL;
}

/* What is wrong with the request before anybody asks what it wants. */
static bool is_well_formed(struct exchange *x, uint64_t *length)
{
    struct call *call = &x->call;
    struct error err = ERROR_NONE;
    const char *framing = framing_problem(&call->headers, length);

    if (framing)
        call_problem(call, PROBLEM_BAD_FRAMING, "%s", framing);
    else if (call->headers.size > HEADERS_MAX)
        call_problem(call, PROBLEM_HEADERS_TOO_LARGE, "the header fields take more than %d bytes", HEADERS_MAX);
    else if (strlen(call->uri.raw) > URI_MAX)
        call_problem(call, PROBLEM_URI_TOO_LONG, "the target takes more than %d bytes", URI_MAX);
    else if (call->headers.expect && strcasecmp(call->headers.expect, "100-continue") != 0)
        call_problem(call, PROBLEM_EXPECTATION, "Expect is 100-continue or absent");
    else if (uri_parse(&call->arena, call->uri.raw, &call->uri, &err) != STATUS_OK)
        call_problem_of(call, PROBLEM_BAD_REQUEST, &err);
    else
        return true;
    return false;
}

static bool read_query(struct call *call)
{
    struct problems problems;

    problems_init(&problems, &call->arena);
    call->query = arena_alloc(&call->arena, sizeof *call->query);
    if (!call->query || !query_parse(&call->arena, &call->uri, call->route->query, call->query, &problems)) {
        call_problem(call, PROBLEM_INTERNAL, "out of memory");
        return false;
    }
    if (problems.n)
        call_problems(call, PROBLEM_BAD_QUERY, &problems);
    return problems.n == 0;
}

static uint64_t body_limit(const struct call *call)
{
    switch (call->route->body) {
    case BODY_JSON: return JSON_REQUEST_MAX;
    case BODY_BATCH: return call->service->options.max_body;
    default: return DRAIN_MAX;
    }
}

static void check_size(struct call *call, uint64_t length)
{
    if (length <= call->body.limit)
        return;
    metrics_rejected(&call->service->metrics, REJECTED_TOO_LARGE);
    call_problem(call, PROBLEM_BODY_TOO_LARGE, "the body has %llu bytes, %llu are taken", (unsigned long long)length,
                 (unsigned long long)call->body.limit);
}

/* Finds the route and lets it refuse. Sets the answer where the body is of no interest. */
static void open_call(struct exchange *x, uint64_t *length)
{
    struct call *call = &x->call;
    struct service *service = call->service;

    if (!is_well_formed(x, length))
        return;
    call->route = route_find(call);
    if (!call->route || !read_query(call))
        return;
    body_init(&call->body, body_limit(call), BODY_HELD_MAX, &service->body_memory, service->options.temporary_directory);
    check_size(call, *length);
    if (!call->answer && call->route->check)
        call->route->check(call);
    if (!call->answer && call->headers.idempotency_key) {
        const char *parts[] = {call->method, call->uri.raw, call->headers.content_type, call->headers.content_encoding,
                               call->headers.if_match};
        sha256_init(&x->sha);
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
            sha256_add(&x->sha, parts[i] ? parts[i] : "", parts[i] ? strlen(parts[i]) + 1 : 1);
    }
}

/* --- send --- */

static void add_header(struct exchange *x, struct MHD_Response *response, const char *name, const char *value)
{
    if (value)
        (void)x->http->mhd.MHD_add_response_header(response, name, value); /* without memory it is left out */
}

static void add_headers(struct exchange *x, struct MHD_Response *response)
{
    const struct answer *answer = x->call.answer;

    add_header(x, response, "Content-Type", answer->content_type);
    for (int i = 0; i < answer->n_headers; i++)
        add_header(x, response, answer->headers[i].name, answer->headers[i].value);
    add_header(x, response, "X-Request-Id", x->call.headers.request_id);
    add_header(x, response, "traceparent", x->call.headers.traceparent);
    add_header(x, response, "X-Content-Type-Options", "nosniff");
    add_header(x, response, "Cache-Control", "no-store");
    if (x->call.is_replayed)
        add_header(x, response, "Idempotency-Replayed", "true");
    if (answer->content_type == type_html)
        add_header(x, response, "Content-Security-Policy",
                   "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
                   "frame-ancestors 'none'");
    if (problems_known[PROBLEM_BAD_FRAMING].status == answer->status && answer->content_type == type_problem)
        add_header(x, response, "Connection", "close");
}

/* The library frees its share of the answer when the last byte is out. */
static enum MHD_Result send_answer(struct exchange *x)
{
    struct answer *answer = x->call.answer;
    struct MHD_Response *response;
    enum MHD_Result queued;

    client_phase(x->http, x->client, PHASE_OURS);
    if (!answer)
        return MHD_NO;
    response = x->http->mhd.MHD_create_response_from_buffer_with_free_callback_cls(answer->body.size, answer->body.at, answer_release,
                                                                                     answer_share(answer));
    if (!response) {
        answer_release(answer);
        return MHD_NO;
    }
    add_headers(x, response);
    queued = x->http->mhd.MHD_queue_response(x->call.connection, (unsigned)answer->status, response);
    x->http->mhd.MHD_destroy_response(response);
    return queued;
}

static bool add_line(struct buffer *out, const char *name, const char *value)
{
    return !value || buffer_format(out, "%s: %s\r\n", name, value);
}

/* An answer amid a body, past the library. Under http.lock, so that the connection lives. The socket does not block; an answer that does
 * not fit in its buffer is not begun, and the caller gets it when its body ends. */
static void send_now(struct exchange *x, const struct answer *answer)
{
    struct buffer out = {0};
    bool ok = answer && x->client && !x->status_sent && answer->body.size <= ANSWER_NOW_MAX &&
              buffer_format(&out, "HTTP/1.1 %d Refused\r\nConnection: close\r\nContent-Length: %zu\r\n", answer->status, answer->body.size) &&
              add_line(&out, "Content-Type", answer->content_type) && add_line(&out, "X-Request-Id", x->call.headers.request_id) &&
              add_line(&out, "traceparent", x->call.headers.traceparent) && add_line(&out, "X-Content-Type-Options", "nosniff") &&
              add_line(&out, "Cache-Control", "no-store");

    for (int i = 0; ok && i < answer->n_headers; i++)
        ok = add_line(&out, answer->headers[i].name, answer->headers[i].value);
    ok = ok && buffer_add(&out, "\r\n", 2) && buffer_add(&out, answer->body.at, answer->body.size);
    if (ok && send(x->client->socket, out.at, out.size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)out.size) {
        shutdown(x->client->socket, SHUT_WR);
        x->status_sent = answer->status;
        x->client->phase = PHASE_LINGER;
        x->client->since = clock_monotonic_seconds();
    }
    buffer_done(&out);
}

/* --- the parts of a request --- */

static enum MHD_Result begin(struct exchange *x, const char *method)
{
    struct call *call = &x->call;
    uint64_t length = 0;
    bool is_small;

    x->is_begun = true;
    call->method = arena_text(&call->arena, method, strlen(method));
    x->http->mhd.MHD_get_connection_values_n(call->connection, MHD_HEADER_KIND, on_header, &call->headers);
    call->remote = remote_address(x);
    if (!call->method || !call->uri.raw || !headers_finish(&call->headers, &call->arena))
        return MHD_NO;
    client_phase(x->http, x->client, PHASE_BODY);
    open_call(x, &length);
    x->length = length;
    if (!call->answer)
        return MHD_YES;
    x->body_is_unwanted = true;
    is_small = !call->headers.n_transfer_encoding && length <= DRAIN_MAX && !call->headers.expect &&
               call->answer->status != problems_known[PROBLEM_BAD_FRAMING].status;
    return is_small ? MHD_YES : send_answer(x);
}

/* A body that cannot be taken is refused at once, even while it is judged. */
static void refuse_body(struct exchange *x, const struct error *err)
{
    struct call refused, *call = &x->call;

    x->body_is_unwanted = true;
    if (err->status == STATUS_TOO_LARGE)
        metrics_rejected(&call->service->metrics, REJECTED_TOO_LARGE);
    call_init(&refused, call->service); /* of the call itself the worker may have the answer */
    call_problem_of(&refused, PROBLEM_BODY_TOO_LARGE, err);
    pthread_mutex_lock(&x->http->lock);
    send_now(x, refused.answer);
    if (x->early == EARLY_NOT)
        call->answer = answer_share(refused.answer);
    pthread_mutex_unlock(&x->http->lock);
    body_fail(&call->body, err);
    call_done(&refused);
}

/* A worker may begin: with text in a known order, enough of it, and no key that would have to be looked up by the whole body. */
static bool may_start_early(const struct exchange *x)
{
    const struct call *call = &x->call;

    return !call->began_early && call->route->body == BODY_BATCH && !call->headers.idempotency_key && x->bytes_in >= EARLY_BYTES &&
           (x->length == 0 || x->length > EARLY_BODY_MIN) && body_is_read_in_order(call);
}

static void start_early(struct exchange *x)
{
    struct call *call = &x->call;

    if (!may_start_early(x) || atomic_load(&call->service->is_draining) || !jobs_reserve_early(&call->service->jobs, call))
        return;
    call->began_early = true;
    x->early = EARLY_RUNNING;
    jobs_add(&call->service->jobs, call); /* from here on only its body is ours */
}

static void take(struct exchange *x, struct span bytes)
{
    struct call *call = &x->call;
    struct error err = ERROR_NONE;

    x->bytes_in += bytes.size;
    if (x->body_is_unwanted)
        return;
    if (call->headers.idempotency_key)
        sha256_add(&x->sha, bytes.at, bytes.size);
    if (body_add(&call->body, bytes, &err) != STATUS_OK)
        refuse_body(x, &err);
    else
        start_early(x);
}

/* false: there is an answer already, of the request with the same key. */
static bool claim_key(struct exchange *x)
{
    struct call *call = &x->call;
    struct answer *known;
    char digest[65];

    if (!call->headers.idempotency_key)
        return true;
    sha256_hex(&x->sha, digest);
    switch (keys_claim(&call->service->keys, call->headers.idempotency_key, digest, &call->claim, &known)) {
    case KEY_NEW:
        return true;
    case KEY_ANSWERED:
        answer_release(call->answer);
        call->answer = known;
        call->is_replayed = true;
        metrics_replayed(&call->service->metrics);
        return false;
    case KEY_RUNNING:
        call_problem(call, PROBLEM_KEY_IN_USE, "the first request with this Idempotency-Key still runs");
        answer_header(call->answer, "Retry-After", "1");
        return false;
    case KEY_OTHER_REQUEST:
        call_problem(call, PROBLEM_KEY_REUSED, "this Idempotency-Key was sent with another request");
        return false;
    default:
        call_problem(call, strlen(call->headers.idempotency_key) > KEY_BYTES_MAX ? PROBLEM_BAD_REQUEST : PROBLEM_QUEUE_FULL,
                     "this Idempotency-Key cannot be kept");
        return false;
    }
}

/* To a worker; false: the queue is full or the service stops. */
static bool submit(struct exchange *x)
{
    struct call *call = &x->call;
    struct service *service = call->service;

    if (atomic_load(&service->is_draining)) {
        metrics_rejected(&service->metrics, REJECTED_DRAINING);
        call_problem(call, PROBLEM_DRAINING, "no new validations are taken");
        return false;
    }
    if (!jobs_reserve(&service->jobs)) {
        metrics_rejected(&service->metrics, REJECTED_QUEUE_FULL);
        call_problem(call, PROBLEM_QUEUE_FULL, "%lld validations run or wait; try again", (long long)service->options.queue);
        return false;
    }
    call->socket = x->client ? x->client->socket : -1;
    client_phase(x->http, x->client, PHASE_OURS);
    x->http->mhd.MHD_suspend_connection(call->connection);
    jobs_add(&service->jobs, call); /* from here on it is the worker's */
    return true;
}

/* The body of a call that is being judged has come to its end. */
static enum MHD_Result await_early(struct exchange *x)
{
    struct error err = ERROR_NONE;
    bool is_done;

    if (body_end(&x->call.body, &err) != STATUS_OK)
        return MHD_NO;
    client_phase(x->http, x->client, PHASE_OURS);
    jobs_body_is_there(&x->call.service->jobs, &x->call, x->client ? x->client->socket : -1);
    pthread_mutex_lock(&x->http->lock);
    is_done = x->early == EARLY_DONE;
    if (!is_done) {
        x->early = EARLY_SLEEPING;
        x->http->mhd.MHD_suspend_connection(x->call.connection);
    }
    pthread_mutex_unlock(&x->http->lock);
    return is_done ? send_answer(x) : MHD_YES;
}

static enum MHD_Result dispatch(struct exchange *x)
{
    struct call *call = &x->call;
    struct error err = ERROR_NONE;

    x->is_dispatched = true;
    if (call->began_early)
        return await_early(x);
    if (call->answer)
        return send_answer(x);
    if (body_end(&call->body, &err) != STATUS_OK)
        return MHD_NO;
    if (call->route->is_long) {
        if (claim_key(x) && submit(x))
            return MHD_YES;
    } else {
        call->route->run(call);
    }
    return send_answer(x);
}

static bool was_answered(struct exchange *x)
{
    bool was;

    pthread_mutex_lock(&x->http->lock);
    was = x->status_sent != 0;
    pthread_mutex_unlock(&x->http->lock);
    return was;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *bytes, size_t *size, void **request)
{
    struct exchange *x = *request;

    (void)context;
    (void)connection;
    (void)url;
    (void)version;
    if (!x)
        return MHD_NO;
    if (!x->is_begun)
        return begin(x, method);
    if (*size == 0 && was_answered(x))
        return MHD_NO; /* the answer is out: what is left is to close the connection */
    if (*size) {
        take(x, span_of(bytes, *size));
        *size = 0;
        return MHD_YES;
    }
    return x->is_dispatched ? send_answer(x) : dispatch(x);
}

/* --- the end --- */

static void log_call(const struct exchange *x, int status, double seconds)
{
    const struct call *call = &x->call;
    struct log_line line;

    log_begin(&line, x->http->service->options.log_fd, status >= 500 ? "error" : "info", "request");
    json_member_text(&line.w, "request_id", call->headers.request_id);
    if (call->headers.traceparent)
        json_member_text(&line.w, "traceparent", call->headers.traceparent);
    json_member_text(&line.w, "remote", call->remote);
    json_member_text(&line.w, "method", call->method);
    json_member_text(&line.w, "target", call->uri.raw);
    json_member_int(&line.w, "status", status);
    json_member_double(&line.w, "seconds", seconds);
    json_member_int(&line.w, "bytes_in", (int64_t)call->bytes_in);
    json_member_int(&line.w, "bytes_out", call->answer ? (int64_t)call->answer->body.size : 0);
    if (call->suite)
        json_member_text(&line.w, "suite", call->suite->name);
    if (call->run_id)
        json_member_text(&line.w, "run", call->run_id);
    if (call->outcome)
        json_member_text(&line.w, "outcome", call->outcome);
    if (atomic_load(&call->cancelled))
        json_member_bool(&line.w, "cancelled", true);
    if (call->is_replayed)
        json_member_bool(&line.w, "replayed", true);
    log_end(&line);
}

/* Nobody holds it any more. */
static void exchange_free(struct exchange *x)
{
    struct http *http = x->http;
    double seconds = clock_monotonic_seconds() - x->call.started;
    int status = x->status_sent ? x->status_sent : x->call.answer ? x->call.answer->status : 0;

    x->call.bytes_in = x->bytes_in;
    if (x->call.claim)
        keys_finish(&http->service->keys, x->call.claim, x->call.answer);
    if (x->is_begun) {
        metrics_request(&http->service->metrics, route_index(x->call.route), status, seconds, x->call.bytes_in);
        log_call(x, status, seconds);
    }
    call_done(&x->call);
    mem_free(NULL, x);
    atomic_fetch_sub(&http->n_calls, 1);
}

/* The caller of an early run is gone: the run is told, and frees the call when it has ended. false: it has. */
static bool leave_to_worker(struct exchange *x)
{
    struct error gone = ERROR_NONE;
    bool is_running;

    pthread_mutex_lock(&x->http->lock);
    is_running = x->early == EARLY_RUNNING;
    if (is_running) {
        x->early = EARLY_LEFT;
        x->client = NULL;
        atomic_store(&x->call.cancelled, true);
        (void)error_set(&gone, STATUS_CANCELLED, "cancelled: the caller went away");
        body_fail(&x->call.body, &gone);
    }
    pthread_mutex_unlock(&x->http->lock);
    return is_running;
}

/* From the worker. Of an early run: whoever of the two ends last does what is left; a problem is told while the body still arrives. */
void http_wake(struct call *call)
{
    struct exchange *x = (struct exchange *)(void *)call; /* its first member */
    enum early was;

    if (!call->began_early) {
        x->http->mhd.MHD_resume_connection(call->connection);
        return;
    }
    pthread_mutex_lock(&x->http->lock);
    was = x->early;
    x->early = EARLY_DONE;
    if (was == EARLY_RUNNING && call->answer && call->answer->content_type == type_problem)
        send_now(x, call->answer);
    if (was == EARLY_SLEEPING)
        x->http->mhd.MHD_resume_connection(call->connection);
    pthread_mutex_unlock(&x->http->lock);
    if (was == EARLY_LEFT)
        exchange_free(x);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode code)
{
    struct http *http = context;
    struct exchange *x = *request;

    (void)connection;
    (void)code;
    if (!x)
        return;
    *request = NULL;
    client_phase(http, x->client, PHASE_HEADERS);
    if (!leave_to_worker(x))
        exchange_free(x);
}

int64_t http_open_calls(const struct http *http) { return atomic_load(&http->n_calls); }
int http_port(const struct http *http) { return http->port; }

/* --- listening --- */

/* "127.0.0.1:8080", "[::1]:8080", "localhost:0" */
static enum status find_address(const char *listen, struct addrinfo **out, struct error *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    const char *colon = strrchr(listen, ':');
    char host[256];
    size_t n = colon ? (size_t)(colon - listen) : 0;
    uint64_t port;
    bool has_brackets = n > 1 && listen[0] == '[' && listen[n - 1] == ']';

    if (!colon || n >= sizeof host || !number_parse_u64(span_text(colon + 1), &port) || port > UINT16_MAX)
        return error_set(err, STATUS_BAD_USAGE, "--listen takes ADDRESS:PORT such as 127.0.0.1:8080, not '%s'", listen);
    memcpy(host, listen + has_brackets, n - 2 * has_brackets);
    host[n - 2 * has_brackets] = '\0';
    if (getaddrinfo(*host ? host : NULL, colon + 1, &hints, out) != 0)
        return error_set(err, STATUS_BAD_USAGE, "--listen: '%s' is no address of this machine", listen);
    return STATUS_OK;
}

static struct MHD_Daemon *start(struct http *http, const struct addrinfo *address)
{
    const struct server_options *o = &http->service->options;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;

    if (address->ai_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    return http->mhd.MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, http, MHD_OPTION_SOCK_ADDR, address->ai_addr, MHD_OPTION_URI_LOG_CALLBACK, on_uri, http,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, http, MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)o->connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)o->connections_per_ip,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(o->idle_seconds < 1 ? 1 : o->idle_seconds), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, STRICTNESS, MHD_OPTION_END);
}

static enum status listen_at(struct http *http, struct error *err)
{
    const char *where = http->service->options.listen;
    const union MHD_DaemonInfo *info;
    struct addrinfo *address;

    TRY(find_address(where, &address, err));
    http->daemon = start(http, address);
    freeaddrinfo(address);
    if (!http->daemon)
        return error_set(err, STATUS_BAD_USAGE, "nothing can listen at %s: is something else there already?", where);
    info = http->mhd.MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
    http->port = info ? info->port : 0;
    return STATUS_OK;
}

enum status http_open(struct service *service, struct http **out, struct error *err)
{
    struct http *http = mem_alloc(NULL, sizeof *http);
    enum status status;

    *out = NULL;
    if (!http)
        return error_no_memory(err);
    http->service = service;
    pthread_mutex_init(&http->lock, NULL);
    status = mhd_open(&http->mhd, err);
    if (status == STATUS_OK)
        status = listen_at(http, err);
    if (status != STATUS_OK) {
        http_close(http);
        return status;
    }
    *out = http;
    return STATUS_OK;
}

void http_close(struct http *http)
{
    if (!http)
        return;
    if (http->daemon)
        http->mhd.MHD_stop_daemon(http->daemon);
    mhd_close(&http->mhd);
    pthread_mutex_destroy(&http->lock);
    mem_free(NULL, http);
}
