/* fuzz/fuzz_state.c -- any bytes as a file of saved states.
 *
 * The target puts the magic, the header's size and the checksum around them, so that the fuzzer gets past what only damage by
 * accident has to meet. A header that is accepted is written and read again to the same; each state in it is loaded as the metric that
 * its row names, saved, and loaded again: what was accepted once is accepted in the form that we write.
 */
#include <stdlib.h>
#include <xxhash.h>

#include "validator/state_file.h"

enum { BUDGET = 64 << 20, SAMPLES = 5 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

/* The first line feed of the input ends the header. */
static bool frame(const uint8_t *data, size_t size, struct buffer *out)
{
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    uint64_t header = end ? (uint64_t)(end - data) : size;
    size_t rest = end ? size - header - 1 : 0;
    XXH128_canonical_t sum;

    if (!buffer_add(out, "ASSAYST1", 8) || !buffer_add(out, &header, sizeof header) || !buffer_add(out, data, header) ||
        !buffer_add(out, end ? end + 1 : data, rest))
        return false;
    XXH128_canonicalFromHash(&sum, XXH3_128bits(out->at, out->size));
    return buffer_add(out, sum.digest, sizeof sum.digest);
}

static bool load(const struct metric *metric, const struct metric_setup *setup, struct span bytes, void *state)
{
    struct error err = ERROR_NONE;

    memset(state, 0, metric->state_size);
    return metric_load(metric, setup, &bytes, state, &err) == STATUS_OK;
}

static void load_and_save(const struct metric *metric, struct memory *memory, struct span bytes)
{
    struct metric_setup setup = {.memory = memory, .n_columns = 1, .types = {{.kind = TYPE_INT64}}, .samples = SAMPLES};
    struct buffer saved = {.memory = memory};
    struct error err = ERROR_NONE;
    void *state = mem_alloc(memory, metric->state_size);

    if (state && load(metric, &setup, bytes, state)) {
        if (metric_save(metric, state, &saved, &err)) {
            void *again = mem_alloc(memory, metric->state_size);

            if (again && !atomic_load(&memory->is_over)) {
                demand(load(metric, &setup, span_of(saved.at, saved.size), again) || atomic_load(&memory->is_over));
                metric->done(again);
            }
            mem_free(memory, again);
        }
        metric->done(state);
    }
    buffer_done(&saved);
    mem_free(memory, state);
}

static void load_states(const struct state_part *part, struct memory *memory)
{
    for (int32_t i = 0; i < part->n_entries; i++)
        for (int m = 0; metrics[m]; m++) {
            size_t n = strlen(metrics[m]->name);

            if (strncmp(part->entries[i].signature, metrics[m]->name, n) == 0 && part->entries[i].signature[n] == ' ')
                load_and_save(metrics[m], memory, part->entries[i].bytes);
        }
}

static void write_and_read(struct arena *arena, const struct state_part *part, struct memory *memory)
{
    struct buffer out = {.memory = memory};
    struct error err = ERROR_NONE;
    struct state_part again;

    if (state_part_write(part, &out, &err) == STATUS_OK) {
        demand(state_part_read(arena, "again", span_of(out.at, out.size), &again, &err) == STATUS_OK);
        demand(again.n_entries == part->n_entries && again.batch.found.n_files == part->batch.found.n_files &&
               again.batch.schema.n_columns == part->batch.schema.n_columns && again.n_damaged == part->n_damaged);
    }
    buffer_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory memory;
    struct arena arena;
    struct buffer file = {0};
    struct state_part part;
    struct error err = ERROR_NONE;

    memory_init(&memory, BUDGET);
    arena_init(&arena, &memory, 0);
    demand(frame(data, size, &file));
    if (state_part_read(&arena, "states", span_of(file.at, file.size), &part, &err) == STATUS_OK) {
        write_and_read(&arena, &part, &memory);
        load_states(&part, &memory);
    } else {
        demand(status_exit_code(err.status) >= 3);
    }
    buffer_done(&file);
    arena_done(&arena);
    return 0;
}
