/* server/history.c -- see history.h. */
#include "server/history.h"

#include "reports/report.h"

void run_entry_release(struct run_entry *entry)
{
    if (!entry || atomic_fetch_sub(&entry->owners, 1) != 1)
        return;
    buffer_done(&entry->json);
    buffer_done(&entry->html);
    arena_done(&entry->arena);
    mem_free(NULL, entry);
}

static struct run_entry *share(struct run_entry *entry)
{
    atomic_fetch_add(&entry->owners, 1);
    return entry;
}

static const char *copy(struct arena *arena, const char *text, bool *ok)
{
    const char *out = text ? arena_text(arena, text, strlen(text)) : NULL;

    *ok = *ok && (out || !text);
    return out;
}

static const char *partition_text(struct arena *arena, const struct report *report, bool *ok)
{
    struct buffer text = {0};
    const char *out = NULL;

    for (int32_t i = 0; i < report->batch.n_partition; i++)
        *ok = *ok && buffer_format(&text, "%s%s=%s", i ? "," : "", report->batch.partition[i].name, report->batch.partition[i].value);
    if (*ok && text.size)
        out = arena_text(arena, text.at, text.size);
    buffer_done(&text);
    return out;
}

static bool fill_row(struct run_entry *entry, const struct report *r)
{
    struct arena *arena = &entry->arena;
    bool ok = true;

    entry->success = r->success;
    entry->row = (struct history_row){
        .id = copy(arena, r->run.id, &ok), .suite = copy(arena, r->suite.name, &ok), .dataset = copy(arena, r->suite.dataset, &ok),
        .partition = partition_text(arena, r, &ok), .source = copy(arena, r->batch.n_source ? r->batch.source[0] : NULL, &ok),
        .outcome = outcome_names[r->outcome], .headline = copy(arena, r->headline, &ok), .started = copy(arena, r->run.started, &ok),
        .seconds = r->run.seconds, .rows = r->batch.rows, .declared = r->statistics.declared, .passed = r->statistics.passed,
        .failed = r->statistics.failed, .not_evaluated = r->statistics.not_evaluated, .skipped = r->statistics.skipped,
    };
    return ok;
}

static bool render(const struct report *report, const char *name, struct buffer *out)
{
    const struct report_format *format = report_format_find(name);
    struct report_options options = {0};

    return !format || format->render(report, &options, out);
}

struct run_entry *run_entry_new(const struct report *report)
{
    struct run_entry *entry = mem_alloc(NULL, sizeof *entry);

    if (!entry)
        return NULL;
    atomic_init(&entry->owners, 1);
    arena_init(&entry->arena, NULL, 0);
    if (!fill_row(entry, report) || !render(report, "json", &entry->json) || !render(report, "html", &entry->html)) {
        run_entry_release(entry);
        return NULL;
    }
    entry->bytes = sizeof *entry + entry->json.capacity + entry->html.capacity + entry->arena.used;
    return entry;
}

bool history_open(struct history *h, int64_t capacity, uint64_t bytes_max)
{
    h->capacity = capacity > 0 ? capacity : 1;
    h->bytes_max = bytes_max;
    h->ring = mem_alloc(NULL, (size_t)h->capacity * sizeof(struct run_entry *));
    h->is_open = h->ring && pthread_mutex_init(&h->lock, NULL) == 0;
    return h->is_open;
}

static void drop_oldest(struct history *h)
{
    struct run_entry **oldest = &h->ring[h->first++ % h->capacity];

    h->bytes -= (*oldest)->bytes;
    run_entry_release(*oldest);
    *oldest = NULL;
}

void history_close(struct history *h)
{
    while (h->is_open && h->first < h->end)
        drop_oldest(h);
    mem_free(NULL, h->ring);
    if (h->is_open)
        pthread_mutex_destroy(&h->lock);
    *h = (struct history){0};
}

void history_add(struct history *h, struct run_entry *entry)
{
    pthread_mutex_lock(&h->lock);
    while (h->first < h->end && (h->end - h->first == h->capacity || h->bytes + entry->bytes > h->bytes_max))
        drop_oldest(h);
    h->ring[h->end++ % h->capacity] = share(entry);
    h->bytes += entry->bytes;
    pthread_mutex_unlock(&h->lock);
}

static int64_t place_of(const struct history *h, const char *id)
{
    for (int64_t i = h->end - 1; i >= h->first; i--)
        if (strcmp(h->ring[i % h->capacity]->row.id, id) == 0)
            return i;
    return -1;
}

struct run_entry *history_find(struct history *h, const char *id)
{
    struct run_entry *found = NULL;
    int64_t at;

    pthread_mutex_lock(&h->lock);
    at = place_of(h, id);
    if (at >= 0)
        found = share(h->ring[at % h->capacity]);
    pthread_mutex_unlock(&h->lock);
    return found;
}

static int32_t collect(const struct history *h, int64_t from, const char *suite, int64_t limit, struct run_entry **out, bool *more)
{
    int32_t n = 0;

    *more = false;
    for (int64_t i = from; i >= h->first; i--) {
        struct run_entry *entry = h->ring[i % h->capacity];
        if (suite && strcmp(entry->row.suite, suite) != 0)
            continue;
        if (n == limit) {
            *more = true;
            break;
        }
        out[n++] = share(entry);
    }
    return n;
}

struct run_entry **history_list(struct history *h, struct arena *arena, const char *after, const char *suite, int64_t limit,
                                int32_t *n, bool *more)
{
    struct run_entry **out = arena_array(arena, (size_t)limit + 1, sizeof(struct run_entry *));
    int64_t from;

    *n = 0;
    *more = false;
    if (!out)
        return NULL;
    pthread_mutex_lock(&h->lock);
    from = after ? place_of(h, after) : h->end;
    if (from >= 0)
        *n = collect(h, from - 1, suite, limit, out, more);
    pthread_mutex_unlock(&h->lock);
    if (from < 0) {
        *n = -1;
        return NULL;
    }
    return out;
}
