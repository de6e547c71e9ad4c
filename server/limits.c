/* server/limits.c -- what holds for any request: the service's part of `assay limits`. Rows with an option name its default. */
#include "validator/limits.h"

#include "server/catalogue.h"
#include "server/keys.h"
#include "server/metrics.h"
#include "server/request.h"
#include "server/server.h"

// clang-format off
const struct limit server_limits[] = {
    {"request_target_bytes", URI_MAX, "bytes", "the request is refused: 414"},
    {"request_header_bytes", HEADERS_MAX, "bytes of all header fields", "the request is refused: 431"},
    {"request_parameters", QUERY_MAX, "parameters of a query", "the request is refused: 400"},
    {"request_name_bytes", NAME_MAX_BYTES, "bytes of a suite's name", "the request is refused: 400"},
    {"request_json_bytes", JSON_REQUEST_MAX, "bytes", "the request is refused: 413"},
    {"request_key_bytes", KEY_BYTES_MAX, "bytes of an Idempotency-Key", "the request is refused: 400"},
    {"body_bytes", SERVER_BODY_BYTES, "bytes, also unpacked (--max-body)", "the request is refused: 413"},
    {"body_memory_bytes", SERVER_BODY_MEMORY_BYTES, "bytes of all bodies (--body-memory)", "bodies go on in temporary files"},
    {"body_seconds", SERVER_BODY_SECONDS, "seconds (--body-timeout)", "the connection is cut"},
    {"header_seconds", SERVER_HEADER_SECONDS, "seconds (--header-timeout)", "the connection is cut"},
    {"idle_seconds", SERVER_IDLE_SECONDS, "seconds of silence (--idle-timeout)", "the connection is cut"},
    {"connections", SERVER_CONNECTIONS, "connections (--connections)", "further ones are not accepted"},
    {"connections_per_ip", SERVER_CONNECTIONS_PER_IP, "of an address (--connections-per-ip)", "further ones are closed"},
    {"validation_seconds", SERVER_TIMEOUT_SECONDS, "seconds of a validation (--timeout)", "the batch is not judged: exit 3"},
    {"validations_waiting", SERVER_QUEUE, "validations (--queue)", "the request is refused: 429"},
    {"runs_kept", SERVER_HISTORY, "runs (--history)", "the oldest is forgotten"},
    {"runs_kept_bytes", SERVER_HISTORY_BYTES, "bytes of their reports", "the oldest is forgotten"},
    {"keys_kept", SERVER_KEYS, "answers of an Idempotency-Key", "the oldest is forgotten"},
    {"suite_files", FILES_MAX, "files of --suites", "no further ones are read"},
    {"datasets", DATASETS_MAX, "datasets at /metrics", "further ones have no figures"},
    {0},
};
// clang-format on
