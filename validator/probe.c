/* validator/probe.c -- see probe.h.
 *
 * Each floor is a loop over a fixed amount of work, repeated for SLICE_SECONDS by one thread and then by all; the best repetition counts,
 * because whatever else the machine does only ever makes one slower. What is unpacked is made here: lines as of a table of
 * orders (random digits, words that repeat), the same on every machine.
 */
#include "validator/probe.h"

#include <stdio.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/pool.h"
#include "core/spill.h"
#include "kernels/kernels.h"
#include "readers/codecs/pack.h"
#include "readers/storage/source.h"

enum {
    PAGE = 1 << 20,
    STREAM = 32 << 20,    /* more than most caches of the last level hold for a core */
    VALUES = 4096,        /* as many as a chunk has, about: in the second-level cache */
    TEXT = 36,            /* bytes of a text that is hashed */
    FILE_SIZE = 32 << 20,
    ROWS_MAX = 16,
};
static const double slice_seconds = 0.03;

struct floor_row {
    const char *name, *what;
    const char *codec; /* what is unpacked; NULL */
    size_t bytes;      /* of one repetition */
    bool (*work)(const struct floor_row *row, const void *shared, void *scratch);
};

/* What all threads look at. */
struct shared {
    struct span text;      /* a page of it */
    struct span packed[ROWS_MAX]; /* beside the rows */
    const struct floor_row *rows;
    struct source *source;
    const uint64_t *stream;
    const struct span *spans;
};

/* What a thread has for itself. */
struct scratch {
    struct codec_context codecs;
    uint8_t *page;
    uint64_t *values;
    uint64_t sink; /* so that no loop is for nothing */
};

static bool read_pages(const struct floor_row *row, const void *shared, void *scratch)
{
    const struct shared *s = shared;
    struct scratch *mine = scratch;
    struct error ignored = ERROR_NONE;

    (void)row;
    for (int64_t at = 0; at + PAGE <= s->source->size && at < FILE_SIZE; at += PAGE)
        if (source_read(s->source, at, mine->page, PAGE, &ignored) != STATUS_OK)
            return false;
    mine->sink += mine->page[0];
    return true;
}

static bool stream_memory(const struct floor_row *row, const void *shared, void *scratch)
{
    const uint64_t *x = ((const struct shared *)shared)->stream;
    int128 sum = 0;

    (void)row;
    kernels_get()->sum_i64((const int64_t *)x, STREAM / 8, NULL, &sum);
    ((struct scratch *)scratch)->sink += (uint64_t)sum;
    return true;
}

static bool unpack_page(const struct floor_row *row, const void *shared, void *scratch)
{
    const struct shared *s = shared;
    struct scratch *mine = scratch;
    struct error ignored = ERROR_NONE;
    const struct codec *codec = codecs;

    while (strcmp(codec->name, row->codec) != 0)
        codec++;
    return codec->whole(&mine->codecs, s->packed[row - s->rows], mine->page, PAGE, &ignored) == STATUS_OK;
}

static bool hash_texts(const struct floor_row *row, const void *shared, void *scratch)
{
    struct scratch *mine = scratch;

    (void)row;
    kernels_get()->hash_bytes(((const struct shared *)shared)->spans, VALUES, 7, mine->values);
    mine->sink += mine->values[0];
    return true;
}

static bool hash_numbers(const struct floor_row *row, const void *shared, void *scratch)
{
    struct scratch *mine = scratch;

    (void)row;
    kernels_get()->hash_u64(((const struct shared *)shared)->stream, VALUES, 7, mine->values);
    mine->sink += mine->values[0];
    return true;
}

static bool sum_doubles(const struct floor_row *row, const void *shared, void *scratch)
{
    struct exact_sum sum = {{0}, 0, 0, 0, 0};

    (void)row;
    kernels_get()->sum_f64((const double *)(const void *)((const struct shared *)shared)->stream, VALUES, NULL, &sum);
    ((struct scratch *)scratch)->sink += (uint64_t)sum.limb[40];
    return true;
}

static const struct floor_row rows[] = {
    {"read", "a file, 1 MiB at a time", NULL, FILE_SIZE, read_pages},
    {"memory", "32 MiB summed", NULL, STREAM, stream_memory},
    {"zstd", "1 MiB pages of text, bytes unpacked", "zstd", PAGE, unpack_page},
    {"snappy", "1 MiB pages of text, bytes unpacked", "snappy", PAGE, unpack_page},
    {"gzip", "1 MiB pages of text, bytes unpacked", "gzip", PAGE, unpack_page},
    {"lz4", "1 MiB pages of text, bytes unpacked", "lz4_raw", PAGE, unpack_page},
    {"hash", "texts of 36 bytes", NULL, VALUES * TEXT, hash_texts},
    {"hash64", "integers in the cache", NULL, VALUES * 8, hash_numbers},
    {"sum", "doubles in the cache, exactly", NULL, VALUES * 8, sum_doubles},
};
enum { ROWS = sizeof rows / sizeof *rows };
_Static_assert(sizeof rows / sizeof *rows <= (size_t)ROWS_MAX, "a packed page for each row");

/* --- repetitions --- */

struct slice {
    const struct floor_row *row;
    const struct shared *shared;
    struct scratch *scratches;
    double deadline;
    double *best; /* seconds of a repetition, one a thread */
    _Atomic bool has_failed;
};

static bool run_slice(void *context, int worker, int64_t task)
{
    struct slice *slice = context;
    double now = clock_monotonic_seconds();

    (void)worker;
    do {
        double before = now;

        if (!slice->row->work(slice->row, slice->shared, &slice->scratches[task])) {
            atomic_store(&slice->has_failed, true);
            return false;
        }
        now = clock_monotonic_seconds();
        if (now - before < slice->best[task])
            slice->best[task] = now - before;
    } while (now < slice->deadline);
    return true;
}

/* Bytes a second of n threads at once; 0: it failed. */
static double measure(const struct floor_row *row, const struct shared *shared, struct scratch *scratches, int32_t n, double *best)
{
    struct slice slice = {.row = row, .shared = shared, .scratches = scratches, .best = best};
    double sum = 0;

    for (int32_t t = 0; t < n; t++)
        best[t] = 1e9;
    slice.deadline = clock_monotonic_seconds() + slice_seconds;
    pool_run(n, n, run_slice, &slice);
    for (int32_t t = 0; t < n; t++)
        sum += (double)row->bytes / (best[t] > 0 ? best[t] : 1e-9);
    return atomic_load(&slice.has_failed) ? 0 : sum;
}

/* --- what is measured --- */

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed * 0x2545f4914f6cdd1d;
}

static void write_text(uint8_t *out, size_t size)
{
    static const char *const words[] = {"garden", "wooden", "express", "first", "small", "kitchen", "large", "refund", "online", "courier"};
    uint64_t seed = 0x9e3779b97f4a7c15;

    for (size_t at = 0; at < size;) {
        char line[128];
        uint64_t x = next_random(&seed), y = next_random(&seed);
        int n = snprintf(line, sizeof line, "%08x-%04x-%s.%s@%s.example,%s,%u\n", (unsigned)(x >> 32), (unsigned)(x & 0xffff), words[x % 10],
                         words[y % 10], words[(y >> 8) % 10], words[(y >> 16) % 10], (unsigned)(y >> 40) % 10000);

        for (int i = 0; i < n && at < size; i++)
            out[at++] = (uint8_t)line[i];
    }
}

static enum status make_file(const char *directory, struct span text, int *fd, struct error *err)
{
    TRY(temporary_file_open(directory, fd, err));
    for (int64_t at = 0; at < FILE_SIZE;) {
        ssize_t n = write(*fd, text.at + at % (int64_t)text.size, text.size - (size_t)at % text.size);

        if (n <= 0)
            return error_set(err, STATUS_WRITE, "a temporary file of %d MiB cannot be written", FILE_SIZE >> 20);
        at += n;
    }
    return STATUS_OK;
}

static enum status prepare(struct arena *arena, struct shared *s, struct error *err)
{
    uint8_t *text = arena_alloc(arena, PAGE);
    uint64_t *stream = arena_alloc(arena, STREAM);
    struct span *spans = arena_array(arena, VALUES, sizeof *spans);
    uint64_t seed = 0x123456789abcdef;

    if (!text || !stream || !spans)
        return error_no_memory(err);
    write_text(text, PAGE);
    for (size_t i = 0; i < STREAM / 8; i++) { /* doubles of two decimals */
        double x = (double)(next_random(&seed) % 1000000) / 100;

        memcpy(&stream[i], &x, sizeof x);
    }
    for (size_t i = 0; i < VALUES; i++)
        spans[i] = span_of(text + i * 40, TEXT);
    s->text = span_of(text, PAGE);
    s->stream = stream;
    s->spans = spans;
    s->rows = rows;
    for (int r = 0; r < ROWS; r++) {
        struct buffer packed = {0};
        enum status status = rows[r].codec ? codec_pack(rows[r].codec, s->text, &packed, err) : STATUS_OK;
        uint8_t *copy = arena_alloc(arena, packed.size + 1);

        if (status == STATUS_OK && copy && packed.size)
            memcpy(copy, packed.at, packed.size);
        s->packed[r] = span_of(copy, packed.size);
        buffer_done(&packed);
        TRY(status);
        if (!copy)
            return error_no_memory(err);
    }
    return STATUS_OK;
}

static enum status open_file(struct shared *s, const char *file, const char *directory, struct error *err)
{
    int fd = -1;
    enum status status;

    if (file) {
        TRY(source_open(file, NULL, &s->source, err));
        if (s->source->size >= PAGE)
            return STATUS_OK;
        error_source(err, file);
        return error_set(err, STATUS_BAD_USAGE, "a file to be read must have a MiB at least");
    }
    status = make_file(directory, s->text, &fd, err);
    if (status == STATUS_OK) {
        char path[64];

        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        status = source_open(path, NULL, &s->source, err);
    }
    if (fd >= 0)
        close(fd);
    return status;
}

static enum status measure_all(struct arena *arena, const struct shared *shared, struct probe *out, struct error *err)
{
    struct scratch *scratches = arena_array(arena, (size_t)out->n_threads, sizeof *scratches);
    struct floor *floors = arena_array(arena, ROWS, sizeof *floors);
    double *best = arena_array(arena, (size_t)out->n_threads, sizeof *best);

    if (!scratches || !floors || !best)
        return error_no_memory(err);
    for (int32_t t = 0; t < out->n_threads; t++) {
        scratches[t].page = arena_alloc(arena, PAGE);
        scratches[t].values = arena_alloc(arena, VALUES * sizeof *scratches[t].values);
        if (!scratches[t].page || !scratches[t].values)
            return error_no_memory(err);
    }
    for (int r = 0; r < ROWS; r++)
        floors[r] = (struct floor){rows[r].name, rows[r].what, measure(&rows[r], shared, scratches, 1, best),
                                   measure(&rows[r], shared, scratches, out->n_threads, best)};
    for (int32_t t = 0; t < out->n_threads; t++)
        codec_context_done(&scratches[t].codecs);
    out->floors = floors;
    out->n_floors = ROWS;
    return STATUS_OK;
}

enum status probe_run(struct arena *arena, int32_t n_threads, const char *file, const char *directory, struct probe *out,
                      struct error *err)
{
    double started = clock_monotonic_seconds();
    struct shared shared = {0};
    enum status status;

    *out = (struct probe){.kernels = kernels_get()->name, .n_threads = n_threads > 0 ? n_threads : pool_cores()};
    TRY(prepare(arena, &shared, err));
    status = open_file(&shared, file, directory, err);
    if (status == STATUS_OK)
        status = measure_all(arena, &shared, out, err);
    if (shared.source)
        source_close(shared.source);
    out->seconds = clock_monotonic_seconds() - started;
    return status;
}
