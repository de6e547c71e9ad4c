/* server/metrics.h -- what /metrics tells: the service itself, and the last run of each dataset. Any thread. */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include <pthread.h>

#include "validator/result.h"

enum { METRIC_ROUTES_MAX = 32, METRIC_STATUSES_MAX = 32, DURATION_BUCKETS = 12, DATASETS_MAX = 10000 };

struct route_counts {
    int status[METRIC_STATUSES_MAX];
    int64_t requests[METRIC_STATUSES_MAX];
    int n_statuses;
    int64_t buckets[DURATION_BUCKETS + 1];
    double seconds;
};

/* A dataset's last run, and the passing ones that a drop of rows is measured against. */
struct dataset_state {
    char *name;
    bool success, has_freshness, has_rows, has_previous, has_passed, has_passed_before;
    double freshness, seconds, cpu_seconds, finished;
    int64_t rows, previous, bytes, passed_rows, passed_before_rows;
    char passed_batch[65], passed_before_batch[65]; /* which batch that was: a retry is not compared with itself */
    int64_t outcomes[3];
};

struct metrics {
    pthread_mutex_t lock;
    struct route_counts routes[METRIC_ROUTES_MAX]; /* by route_index + 1: 0 is no route */
    struct dataset_state *datasets;
    size_t n_datasets, capacity;
    int64_t bytes_in, rejected[3], cancelled, replayed; /* rejected: queue full, draining, body too large */
    bool is_open;
};

enum metric_rejected { REJECTED_QUEUE_FULL, REJECTED_DRAINING, REJECTED_TOO_LARGE };

struct service;

bool metrics_open(struct metrics *m);
void metrics_close(struct metrics *m);
void metrics_request(struct metrics *m, int route, int status, double seconds, uint64_t bytes_in);
void metrics_rejected(struct metrics *m, enum metric_rejected why);
void metrics_cancelled(struct metrics *m);
void metrics_replayed(struct metrics *m);
void metrics_run(struct metrics *m, const struct report *report);
/* Prometheus text format 0.0.4. false: no memory. */
bool metrics_write(struct service *service, struct buffer *out);

#endif
