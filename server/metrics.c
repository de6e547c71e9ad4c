/* server/metrics.c -- see metrics.h.
 *
 * A metric is a row; what it shows of a dataset is a function that says whether there is a value. Datasets are named by suites, which are the
 * operator's, so their number is bounded by nature; past DATASETS_MAX new ones are left out.
 */
#include "server/metrics.h"

#include <stdio.h>

#include "core/clock.h"
#include "core/number.h"
#include "core/sha256.h"
#include "server/service.h"

static const double bucket_bounds[DURATION_BUCKETS] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 120};

bool metrics_open(struct metrics *m)
{
    m->is_open = pthread_mutex_init(&m->lock, NULL) == 0;
    return m->is_open;
}

void metrics_close(struct metrics *m)
{
    for (size_t i = 0; i < m->n_datasets; i++)
        mem_free(NULL, m->datasets[i].name);
    mem_free(NULL, m->datasets);
    if (m->is_open)
        pthread_mutex_destroy(&m->lock);
    *m = (struct metrics){0};
}

void metrics_request(struct metrics *m, int route, int status, double seconds, uint64_t bytes_in)
{
    struct route_counts *r = &m->routes[route + 1];
    int i = 0, bucket = 0;

    pthread_mutex_lock(&m->lock);
    while (i < r->n_statuses && r->status[i] != status)
        i++;
    if (i == r->n_statuses && i < METRIC_STATUSES_MAX)
        r->status[r->n_statuses++] = status;
    if (i < METRIC_STATUSES_MAX)
        r->requests[i]++;
    while (bucket < DURATION_BUCKETS && seconds > bucket_bounds[bucket])
        bucket++;
    r->buckets[bucket]++;
    r->seconds += seconds;
    m->bytes_in += (int64_t)bytes_in;
    pthread_mutex_unlock(&m->lock);
}

static void count(struct metrics *m, int64_t *counter)
{
    pthread_mutex_lock(&m->lock);
    ++*counter;
    pthread_mutex_unlock(&m->lock);
}

void metrics_rejected(struct metrics *m, enum metric_rejected why) { count(m, &m->rejected[why]); }
void metrics_cancelled(struct metrics *m) { count(m, &m->cancelled); }
void metrics_replayed(struct metrics *m) { count(m, &m->replayed); }

/* --- the last run of a dataset --- */

static struct dataset_state *dataset_find(struct metrics *m, const char *name)
{
    size_t n = strlen(name) + 1;
    struct dataset_state *d;

    for (size_t i = 0; i < m->n_datasets; i++)
        if (strcmp(m->datasets[i].name, name) == 0)
            return &m->datasets[i];
    if (m->n_datasets >= DATASETS_MAX ||
        !mem_grow(NULL, (void **)&m->datasets, &m->capacity, m->n_datasets + 1, sizeof *m->datasets))
        return NULL;
    d = &m->datasets[m->n_datasets];
    *d = (struct dataset_state){.name = mem_alloc(NULL, n)};
    if (!d->name)
        return NULL;
    memcpy(d->name, name, n);
    m->n_datasets++;
    return d;
}

static void hash_text(struct sha256 *sha, const char *text)
{
    if (text)
        sha256_add(sha, text, strlen(text) + 1);
}

/* Which batch a run was about: its partition where it has one, else its files by content. */
static void batch_identity(const struct report *report, char out[65])
{
    struct sha256 sha;

    sha256_init(&sha);
    for (int32_t i = 0; i < report->batch.n_partition; i++) {
        hash_text(&sha, report->batch.partition[i].name);
        hash_text(&sha, report->batch.partition[i].value);
    }
    for (int32_t i = 0; report->batch.n_partition == 0 && i < report->batch.n_files; i++)
        hash_text(&sha, report->batch.files[i].fingerprint);
    sha256_hex(&sha, out);
}

static double seconds_of(const char *timestamp, bool *ok)
{
    int64_t seconds = 0;
    int32_t nanos = 0;
    bool has_zone;

    *ok = timestamp && clock_parse_timestamp(span_text(timestamp), &seconds, &nanos, &has_zone);
    return (double)seconds + nanos / 1e9;
}

/* A freshness check has measured an age as of the run's `now`: the newest of them counts. */
static bool freshness_of_checks(const struct report *report, double *out)
{
    bool any = false, ok;
    double now = seconds_of(report->run.now, &ok), age;

    for (int32_t i = 0; ok && i < report->n_results; i++) {
        const struct node *node;
        if (strcmp(report->results[i].expectation, "freshness") != 0 || !report->results[i].finding.details)
            continue;
        node = node_find(report->results[i].finding.details, "age_seconds");
        if (!node || !number_parse_double(node->text, &age) || (any && now - age < *out))
            continue;
        *out = now - age;
        any = true;
    }
    return any;
}

static bool freshness_of_files(const struct report *report, double *out)
{
    int64_t newest = 0;

    for (int32_t i = 0; i < report->batch.n_files; i++)
        if (report->batch.files[i].modified_nanos > newest)
            newest = report->batch.files[i].modified_nanos;
    *out = (double)newest / 1e9;
    return newest > 0;
}

/* Against the last passing run of another batch, as it was before this run. */
static void set_previous(struct dataset_state *d, const struct report *report)
{
    char batch[65];

    batch_identity(report, batch);
    if (d->has_passed && strcmp(d->passed_batch, batch) == 0) {
        d->has_previous = d->has_passed_before;
        d->previous = d->passed_before_rows;
    } else {
        d->has_previous = d->has_passed;
        d->previous = d->passed_rows;
        if (report->success && d->has_passed) {
            d->has_passed_before = true;
            d->passed_before_rows = d->passed_rows;
            memcpy(d->passed_before_batch, d->passed_batch, sizeof batch);
        }
    }
    if (!report->success || report->batch.rows < 0)
        return;
    d->has_passed = true;
    d->passed_rows = report->batch.rows;
    memcpy(d->passed_batch, batch, sizeof batch);
}

static void set_run(struct dataset_state *d, const struct report *report)
{
    double freshness = 0;
    bool ok;

    d->success = report->success;
    d->outcomes[report->outcome]++;
    d->seconds = report->run.seconds;
    d->cpu_seconds = report->run.cpu_seconds;
    d->bytes = report->run.bytes_read;
    d->finished = seconds_of(report->run.finished, &ok);
    if (report->batch.rows < 0)
        return; /* nothing was read: the last figures of the data stay, success says that they are old */
    set_previous(d, report);
    d->has_rows = true;
    d->rows = report->batch.rows;
    if (freshness_of_checks(report, &freshness) || freshness_of_files(report, &freshness)) {
        d->freshness = freshness;
        d->has_freshness = true;
    }
}

void metrics_run(struct metrics *m, const struct report *report)
{
    struct dataset_state *d;

    pthread_mutex_lock(&m->lock);
    d = dataset_find(m, report->suite.dataset);
    if (d)
        set_run(d, report);
    pthread_mutex_unlock(&m->lock);
}

/* --- the text --- */

static bool add_head(struct buffer *out, const char *name, const char *type, const char *help)
{
    return buffer_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static bool add_double(struct buffer *out, double x)
{
    char text[NUMBER_TEXT_SIZE];
    size_t n = number_print_double(x, text);

    return buffer_add(out, text, n) && buffer_add(out, "\n", 1);
}

static bool add_one(struct buffer *out, const char *name, const char *type, const char *help, double x)
{
    return add_head(out, name, type, help) && buffer_format(out, "%s ", name) && add_double(out, x);
}

/* A label's value: backslash, quote and line feed are escaped. */
static bool add_label(struct buffer *out, const char *text)
{
    bool ok = true;

    for (; ok && *text; text++)
        ok = *text == '\n'                   ? buffer_add(out, "\\n", 2)
             : *text == '"' || *text == '\\' ? buffer_format(out, "\\%c", *text)
                                             : buffer_add(out, text, 1);
    return ok;
}

static double freshness(const struct dataset_state *d, bool *has) { *has = d->has_freshness; return d->freshness; }
static double rows(const struct dataset_state *d, bool *has) { *has = d->has_rows; return (double)d->rows; }
static double previous(const struct dataset_state *d, bool *has) { *has = d->has_previous; return (double)d->previous; }
static double success(const struct dataset_state *d, bool *has) { *has = true; return d->success; }
static double seconds(const struct dataset_state *d, bool *has) { *has = true; return d->seconds; }
static double cpu_seconds(const struct dataset_state *d, bool *has) { *has = true; return d->cpu_seconds; }
static double bytes(const struct dataset_state *d, bool *has) { *has = true; return (double)d->bytes; }
static double finished(const struct dataset_state *d, bool *has) { *has = true; return d->finished; }

static const struct dataset_metric {
    const char *name, *help;
    double (*value)(const struct dataset_state *d, bool *has);
} dataset_metrics[] = {
    {"data_freshness_timestamp_seconds", "Time of the newest data in the last batch that could be read, since the epoch: the largest value "
     "of a freshness check, or the newest file's time of modification where the suite has none.", freshness},
    {"data_batch_rows", "Rows of the last batch that could be read.", rows},
    {"data_batch_rows_previous", "Rows of the last passing batch before it (another partition or other files).", previous},
    {"data_validation_success", "Whether every expectation of the last run was evaluated and holds (1) or not (0).", success},
    {"data_validation_seconds", "How long the last run took.", seconds},
    {"data_validation_cpu_seconds", "CPU time of the last run, on all its threads.", cpu_seconds},
    {"data_validation_bytes", "Bytes that the last run read.", bytes},
    {"data_validation_timestamp_seconds", "When the last run finished, since the epoch.", finished},
};

static bool write_dataset_metric(const struct metrics *m, const struct dataset_metric *metric, struct buffer *out)
{
    bool ok = add_head(out, metric->name, "gauge", metric->help);

    for (size_t i = 0; ok && i < m->n_datasets; i++) {
        bool has;
        double x = metric->value(&m->datasets[i], &has);
        if (has)
            ok = buffer_format(out, "%s{dataset=\"", metric->name) && add_label(out, m->datasets[i].name) &&
                 buffer_format(out, "\"} ") && add_double(out, x);
    }
    return ok;
}

static bool write_outcomes(const struct metrics *m, struct buffer *out)
{
    bool ok = add_head(out, "assay_validations_total", "counter", "Validations that ended with a report, by dataset and outcome.");

    for (size_t i = 0; ok && i < m->n_datasets; i++)
        for (int o = 0; ok && o < 3; o++)
            ok = buffer_format(out, "assay_validations_total{dataset=\"") && add_label(out, m->datasets[i].name) &&
                 buffer_format(out, "\",outcome=\"%s\"} %lld\n", outcome_names[o], (long long)m->datasets[i].outcomes[o]);
    return ok;
}

static const char *route_name(int at) { return at == 0 ? "none" : routes[at - 1].pattern; }
static const char *method_name(int at) { return at == 0 ? "none" : routes[at - 1].method; }

static bool write_requests(const struct metrics *m, struct buffer *out)
{
    bool ok = add_head(out, "assay_http_requests_total", "counter", "Requests that were answered, by route and status.");

    for (int r = 0; ok && r < METRIC_ROUTES_MAX; r++)
        for (int i = 0; ok && i < m->routes[r].n_statuses; i++)
            ok = buffer_format(out, "assay_http_requests_total{method=\"%s\",route=\"%s\",status=\"%d\"} %lld\n", method_name(r),
                               route_name(r), m->routes[r].status[i], (long long)m->routes[r].requests[i]);
    return ok;
}

static bool write_durations(const struct metrics *m, struct buffer *out)
{
    static const char name[] = "assay_http_request_duration_seconds";
    bool ok = add_head(out, name, "histogram", "From the first byte of a request to the end of its answer.");

    for (int r = 0; ok && r < METRIC_ROUTES_MAX; r++) {
        const struct route_counts *c = &m->routes[r];
        int64_t sum = 0;
        if (c->n_statuses == 0)
            continue;
        for (int b = 0; ok && b <= DURATION_BUCKETS; b++) {
            char bound[NUMBER_TEXT_SIZE] = "+Inf";
            if (b < DURATION_BUCKETS)
                number_print_double(bucket_bounds[b], bound);
            sum += c->buckets[b];
            ok = buffer_format(out, "%s_bucket{method=\"%s\",route=\"%s\",le=\"%s\"} %lld\n", name, method_name(r), route_name(r), bound,
                               (long long)sum);
        }
        ok = ok && buffer_format(out, "%s_sum{method=\"%s\",route=\"%s\"} ", name, method_name(r), route_name(r)) &&
             add_double(out, c->seconds) &&
             buffer_format(out, "%s_count{method=\"%s\",route=\"%s\"} %lld\n", name, method_name(r), route_name(r), (long long)sum);
    }
    return ok;
}

static bool write_service(struct service *service, const struct metrics *m, int64_t n_queued, int64_t n_running, struct buffer *out)
{
    return add_head(out, "assay_info", "gauge", "The version that runs.") &&
           buffer_format(out, "assay_info{version=\"%s\"} 1\n", ASSAY_VERSION) &&
           add_one(out, "assay_start_time_seconds", "gauge", "When the service started, since the epoch.", service->started) &&
           add_one(out, "assay_validations_queued", "gauge", "Validations that wait for a worker.", (double)n_queued) &&
           add_one(out, "assay_validations_running", "gauge", "Validations that run.", (double)n_running) &&
           add_one(out, "assay_validations_cancelled_total", "counter", "Validations whose caller went away or that a stop cut off.",
                   (double)m->cancelled) &&
           add_one(out, "assay_idempotent_replays_total", "counter", "Answers repeated for an Idempotency-Key.", (double)m->replayed) &&
           add_one(out, "assay_http_request_bytes_total", "counter", "Bytes of request bodies that came in.", (double)m->bytes_in) &&
           add_one(out, "assay_body_memory_bytes", "gauge", "Bodies of requests held in memory.",
                   (double)atomic_load(&service->body_memory.used)) &&
           add_one(out, "assay_draining", "gauge", "Whether the service is about to stop (1).", atomic_load(&service->is_draining)) &&
           add_head(out, "assay_rejected_total", "counter", "Validations that were not accepted, by reason.") &&
           buffer_format(out,
                         "assay_rejected_total{reason=\"queue_full\"} %lld\nassay_rejected_total{reason=\"draining\"} %lld\n"
                         "assay_rejected_total{reason=\"body_too_large\"} %lld\n",
                         (long long)m->rejected[0], (long long)m->rejected[1], (long long)m->rejected[2]);
}

bool metrics_write(struct service *service, struct buffer *out)
{
    struct metrics *m = &service->metrics;
    int64_t n_queued, n_running;
    bool ok;

    jobs_count(&service->jobs, &n_queued, &n_running); /* before our lock: a worker that frees a call holds that of the jobs and takes ours */
    pthread_mutex_lock(&m->lock);
    ok = write_service(service, m, n_queued, n_running, out) && write_requests(m, out) && write_durations(m, out) && write_outcomes(m, out);
    for (size_t i = 0; ok && i < sizeof dataset_metrics / sizeof dataset_metrics[0]; i++)
        ok = write_dataset_metric(m, &dataset_metrics[i], out);
    pthread_mutex_unlock(&m->lock);
    return ok;
}
