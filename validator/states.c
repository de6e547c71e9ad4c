/* validator/states.c -- see states.h. */
#include "validator/states.h"

#include "validator/run.h"
#include "validator/saved_reference.h"
#include "validator/state_file.h"

#include <stdlib.h>
#include <xxhash.h>

/* --- what a request is, in words --- */

/* Does the text name a moment that depends on the clock? */
static bool names_now(const char *text)
{
    static const char *const words[] = {"now", "today"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(text, words[i]))
            return true;
    return false;
}

static const char *predicate_text(const struct plan *plan, int32_t at)
{
    return at == NO_PREDICATE ? "" : plan->predicates[at].text;
}

static bool add_columns(const struct plan *plan, const struct request *request, struct buffer *text)
{
    bool ok = true;

    for (int32_t i = 0; i < request->n_columns && ok; i++) {
        const struct slot *slot = &plan->slots[request->slots[i]];
        char type[64];

        type_print(slot->type, type);
        ok = buffer_format(text, " %s:%s", plan->batch->schema.columns[slot->column].name, type);
    }
    return ok;
}

/* Parameters by their hash: they are plain figures. The reference of a drift test is known by its own fingerprint, in the state. */
static const char *signature(const struct plan *plan, const struct plan_request *r)
{
    const struct request *q = &r->request;
    struct buffer text = {.memory = plan->memory};
    const char *out = NULL;
    bool ok = buffer_format(&text, "%s%s%s", q->metric->name, q->nan_is_null ? " nan_is_null" : "", r->takes_keys ? " keys" : "") &&
              add_columns(plan, q, &text) && buffer_format(&text, " where[%s]", predicate_text(plan, r->where));

    if (ok && q->rule)
        ok = buffer_format(&text, " holds[%s] %d%d%d%s", predicate_text(plan, r->holds), q->rule->nulls, q->rule->nan,
                           q->rule->missing_is_unknown, q->rule->malformed_is_value ? " malformed" : "");
    if (ok && q->params_size)
        ok = buffer_format(&text, " params[%016llx]", (unsigned long long)XXH3_64bits(q->params, q->params_size));
    if (ok)
        out = arena_text(plan->arena, text.at, text.size);
    buffer_done(&text);
    return out;
}

/* --- saving --- */

/* Merging cannot change its mind about a type that a part's own cells suggested. */
static enum status need_declared_types(const struct plan *plan, struct error *err)
{
    struct buffer names = {.memory = plan->memory};
    bool ok = true, any = false;
    int32_t last = -1;

    for (int32_t s = 0; s < plan->n_slots && ok; s++)
        if (plan->slots[s].is_inferred && plan->slots[s].column != last) {
            last = plan->slots[s].column;
            ok = buffer_format(&names, "%s%s", any ? ", " : "", plan->batch->schema.columns[last].name);
            any = true;
        }
    if (ok && any)
        error_set(err, STATUS_BAD_SUITE, "states of %s need declared types (types:, or the column's type), and these have none: %.*s",
                  plan->batch->format, (int)(names.size < 300 ? names.size : 300), (const char *)names.at);
    buffer_done(&names);
    if (!ok)
        return error_no_memory(err);
    return any ? err->status : STATUS_OK;
}

static enum status save_entry(const struct run *run, int32_t i, struct buffer *states, struct state_entry *entry, struct error *err)
{
    const struct plan_request *r = &run->plan.requests[i];
    size_t before = states->size;

    entry->signature = signature(&run->plan, r);
    if (!entry->signature)
        return error_no_memory(err);
    entry->proof = run->scanned.has_proof[i] ? (int32_t)run->scanned.proof[i] : -1;
    if (!metric_save(r->request.metric, run->scanned.states[i], states, err))
        return err->status;
    entry->bytes.size = states->size - before; /* the address is known when the buffer has stopped growing */
    return STATUS_OK;
}

static enum status save_entries(const struct run *run, struct buffer *states, struct state_part *part, struct error *err)
{
    const uint8_t *at;

    part->n_entries = run->plan.n_requests;
    part->entries = arena_array(run->arena, (size_t)part->n_entries + 1, sizeof *part->entries);
    if (!part->entries)
        return error_no_memory(err);
    for (int32_t i = 0; i < part->n_entries; i++)
        TRY(save_entry(run, i, states, &part->entries[i], err));
    at = states->at;
    for (int32_t i = 0; i < part->n_entries; i++) {
        part->entries[i].bytes.at = at;
        at = at ? at + part->entries[i].bytes.size : at;
    }
    return STATUS_OK;
}

static bool reads_now(const struct plan *plan)
{
    for (int32_t i = 0; i < plan->n_predicates; i++)
        if (names_now(plan->predicates[i].text))
            return true;
    return false;
}

static enum status describe_part(struct run *run, struct state_part *part, struct error *err)
{
    part->suite = run->suite->name;
    part->suite_fingerprint = run->suite->fingerprint;
    part->reads_now = reads_now(&run->plan);
    part->now = part->reads_now ? run_now_text(run) : ""; /* else equal counts have equal bytes, whenever they were made */
    part->samples = run->options->samples;
    part->source = run->options->paths;
    part->n_source = run->options->n_paths;
    part->batch = run->batch;
    part->file_rows = run->scanned.file_rows;
    part->n_records = run->scanned.n_records;
    part->n_damaged = run->scanned.n_damaged;
    for (int32_t f = run->batch.found.n_files - 1; f >= 0; f--)
        if (run->scanned.damage[f].n_items) {
            part->damaged_file = f;
            part->first_damage = run->scanned.damage[f].items[0];
        }
    part->fingerprints = run->fingerprints;
    return part->now ? STATUS_OK : error_no_memory(err);
}

static enum status save(struct run *run, struct buffer *out, struct error *err)
{
    struct buffer states = {.memory = &run->memory};
    struct state_part part = {.name = ""};
    enum status status = describe_part(run, &part, err);

    if (status == STATUS_OK)
        status = save_entries(run, &states, &part, err);
    if (status == STATUS_OK)
        status = state_part_write(&part, out, err);
    buffer_done(&states);
    return status;
}

static enum status scan_and_save(struct run *run, struct buffer *out, struct error *err)
{
    TRY(plan_select(&run->plan, err));
    run->reading.files_by_path = true;
    run->plan.first_round_only = true;
    TRY(run_read(run, err));
    TRY(need_declared_types(&run->plan, err));
    TRY(run_fingerprints(run, err));
    return save(run, out, err);
}

enum status states_make(struct arena *arena, const struct suite *suite, const struct validation_options *options,
                        struct buffer *out, struct error *err)
{
    struct run run = {.arena = arena, .suite = suite, .options = options};
    enum status status = run_set_up(&run, err);

    if (status == STATUS_OK)
        status = scan_and_save(&run, out, err);
    run_clean_up(&run);
    return status;
}

/* --- parts made one batch --- */

struct merging {
    struct run run;
    struct validation_options options; /* a copy: paths are the parts' */
    struct state_part *parts;
    int32_t n_parts;
    int32_t **numbers; /* [part][file]: the file's place among all */
    bool is_opened;    /* run.batch has tables */
};

/* A file of one part. */
struct place { const struct state_part *part; int32_t part_at, file; };

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    const struct batch_file *f = &x->part->batch.found.files[x->file], *g = &y->part->batch.found.files[y->file];
    const char *p = x->part->fingerprints[x->file], *q = y->part->fingerprints[y->file];
    int order = strcmp(f->path, g->path);

    return order ? order : strcmp(p ? p : "", q ? q : "");
}

static enum status refuse_twice(const struct place *a, const struct place *b, struct error *err)
{
    const char *path = a->part->batch.found.files[a->file].path;

    if (compare_places(a, b) != 0 || b->part->batch.found.files[b->file].bytes == 0)
        return STATUS_OK;
    error_source(err, b->part->name);
    return error_set(err, STATUS_BAD_DATA, "%s is in %s already: its rows would count twice", path, a->part->name);
}

static enum status add_file(struct merging *m, const struct place *place, int32_t at)
{
    struct run *run = &m->run;

    run->batch.found.files[at] = place->part->batch.found.files[place->file];
    run->batch.bytes += run->batch.found.files[at].bytes;
    run->fingerprints[at] = place->part->fingerprints[place->file];
    m->numbers[place->part_at][place->file] = at;
    return STATUS_OK;
}

static enum status join_files(struct merging *m, struct error *err)
{
    struct run *run = &m->run;
    struct place *places;
    int32_t n = 0, at = 0;

    for (int32_t p = 0; p < m->n_parts; p++)
        n += m->parts[p].batch.found.n_files;
    places = arena_array(run->arena, (size_t)n + 1, sizeof *places);
    run->batch.found.files = arena_array(run->arena, (size_t)n + 1, sizeof *run->batch.found.files);
    run->fingerprints = arena_array(run->arena, (size_t)n + 1, sizeof *run->fingerprints);
    m->numbers = arena_array(run->arena, (size_t)m->n_parts + 1, sizeof *m->numbers);
    if (!places || !run->batch.found.files || !run->fingerprints || !m->numbers)
        return error_no_memory(err);
    for (int32_t p = 0; p < m->n_parts; p++) {
        m->numbers[p] = arena_array(run->arena, (size_t)m->parts[p].batch.found.n_files + 1, sizeof **m->numbers);
        if (!m->numbers[p])
            return error_no_memory(err);
        for (int32_t f = 0; f < m->parts[p].batch.found.n_files; f++)
            places[at++] = (struct place){&m->parts[p], p, f};
    }
    if (n)
        qsort(places, (size_t)n, sizeof *places, compare_places);
    for (int32_t i = 0; i < n; i++) {
        if (i)
            TRY(refuse_twice(&places[i - 1], &places[i], err));
        TRY(add_file(m, &places[i], i));
    }
    run->batch.found.n_files = n;
    return STATUS_OK;
}

/* Parts without rows may have no columns: a file of zero bytes has none. */
static bool is_blank(const struct state_part *part)
{
    return part->batch.schema.n_columns == 0;
}

static bool same_text(const char *a, const char *b)
{
    return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

static enum status join_columns(struct batch *batch, const struct state_part *part, const struct state_part *first,
                                struct error *err)
{
    const struct schema *a = &batch->schema, *b = &part->batch.schema;

    error_source(err, part->name);
    if (!same_text(batch->format, part->batch.format) || batch->is_typed != part->batch.is_typed)
        return error_set(err, STATUS_BAD_DATA, "it is of %s, but %s is of %s", part->batch.format, first->name, batch->format);
    for (int32_t c = 0; c < a->n_columns || c < b->n_columns; c++) {
        const char *x = c < a->n_columns ? a->columns[c].name : NULL, *y = c < b->n_columns ? b->columns[c].name : NULL;

        if (!same_text(x, y) || !type_equal(a->columns[c].type, b->columns[c].type) ||
            !same_text(a->columns[c].repeated, b->columns[c].repeated))
            return error_set(err, STATUS_UNSUPPORTED,
                             "its columns are not those of %s (column %d: %s here, %s there); judge the files together instead",
                             first->name, c + 1, y ? y : "none", x ? x : "none");
        a->columns[c].is_nullable = a->columns[c].is_nullable || b->columns[c].is_nullable;
        if (!batch->columns[c].conflict)
            batch->columns[c].conflict = part->batch.columns[c].conflict;
        if (!batch->columns[c].missing_in)
            batch->columns[c].missing_in = part->batch.columns[c].missing_in;
    }
    error_clear(err);
    return STATUS_OK;
}

static enum status join_batches(struct merging *m, struct error *err)
{
    struct batch *batch = &m->run.batch;
    const struct state_part *first = NULL;

    for (int32_t p = 0; p < m->n_parts; p++)
        if (!first || (is_blank(first) && !is_blank(&m->parts[p])))
            first = &m->parts[p];
    *batch = first->batch;
    batch->bytes = 0;
    for (int32_t p = 0; p < m->n_parts; p++)
        if (!is_blank(&m->parts[p]))
            TRY(join_columns(batch, &m->parts[p], first, err));
    TRY(join_files(m, err));
    m->run.is_open = true;
    return STATUS_OK;
}

/* --- states made one --- */

static enum status check_part(const struct merging *m, const struct state_part *part, struct error *err)
{
    const struct state_part *first = &m->parts[0];

    error_source(err, part->name);
    if (strncmp(part->suite_fingerprint, SAVED_REFERENCE_1, strlen(SAVED_REFERENCE_1)) == 0)
        return error_set(err, STATUS_BAD_DATA, "it is a saved reference, which matches_distribution takes, and no state of a suite");
    if (strcmp(part->suite_fingerprint, m->run.suite->fingerprint) != 0)
        return error_set(err, STATUS_BAD_DATA, "it is a state of another suite (%s), or of other variables; make it again with this one",
                         part->suite);
    if (part->samples != first->samples)
        return error_set(err, STATUS_BAD_DATA, "it keeps %lld sample rows, but %s keeps %lld; make both with the same --samples",
                         (long long)part->samples, first->name, (long long)first->samples);
    if (part->reads_now && strcmp(part->now, first->now) != 0)
        return error_set(err, STATUS_BAD_DATA,
                         "it was judged as of %s, but %s as of %s, and a rule compares with now; make both with the same --now", part->now,
                         first->name, first->now);
    error_clear(err);
    return STATUS_OK;
}

static const struct state_entry *find_entry(const struct state_part *part, const char *wanted)
{
    for (int32_t i = 0; i < part->n_entries; i++)
        if (strcmp(part->entries[i].signature, wanted) == 0)
            return &part->entries[i];
    return NULL;
}

static enum status merge_entry(struct merging *m, int32_t p, int32_t request, const char *wanted, struct error *err)
{
    struct run *run = &m->run;
    const struct metric *metric = run->plan.requests[request].request.metric;
    const struct state_entry *entry = find_entry(&m->parts[p], wanted);
    struct metric_setup setup = run->plan.requests[request].setup;
    struct span bytes;
    void *state;
    enum status status;

    if (!entry)
        return error_set(err, STATUS_BAD_DATA, "it lacks what is to be judged (%.200s); make it again with the same --select, --exclude and --where",
                         wanted);
    state = mem_alloc(&run->memory, metric->state_size);
    if (!state)
        return memory_error(&run->memory, "a saved state", err);
    bytes = entry->bytes;
    setup.file_numbers = m->numbers[p];
    setup.n_file_numbers = m->parts[p].batch.found.n_files;
    status = metric_load(metric, &setup, &bytes, state, err); /* which is done() on failure */
    if (status == STATUS_OK) {
        status = bytes.size ? error_set(err, STATUS_BAD_DATA, "a saved state of %s is longer than its contents", metric->name)
                            : metric->merge(run->scanned.states[request], state, err);
        metric->done(state);
    }
    mem_free(&run->memory, state);
    if (entry->proof >= 0) {
        bool is_weaker = !run->scanned.has_proof[request] || (enum evidence)entry->proof < run->scanned.proof[request];

        run->scanned.proof[request] = is_weaker ? (enum evidence)entry->proof : run->scanned.proof[request];
        run->scanned.has_proof[request] = true;
    }
    return status;
}

static enum status merge_states(struct merging *m, struct error *err)
{
    struct plan *plan = &m->run.plan;

    for (int32_t i = 0; i < plan->n_requests; i++) {
        const char *wanted = signature(plan, &plan->requests[i]);

        if (!wanted)
            return error_no_memory(err);
        for (int32_t p = 0; p < m->n_parts; p++) {
            if (is_blank(&m->parts[p]) && m->run.batch.schema.n_columns > 0)
                continue; /* no columns, hence no rows: nothing to add */
            error_source(err, m->parts[p].name);
            TRY(merge_entry(m, p, i, wanted, err));
            error_clear(err);
        }
    }
    return STATUS_OK;
}

/* The damage of all parts, judged as the damage of one batch is. */
static enum status merge_damage(struct merging *m, struct error *err)
{
    struct scan_result *scanned = &m->run.scanned;
    const struct suite *suite = m->run.suite;

    for (int32_t p = 0; p < m->n_parts; p++) {
        const struct state_part *part = &m->parts[p];

        scanned->n_records += part->n_records;
        scanned->n_damaged += part->n_damaged;
        for (int32_t f = 0; f < part->batch.found.n_files; f++)
            scanned->file_rows[m->numbers[p][f]] = part->file_rows[f];
        if (part->n_damaged) {
            struct damage *damage = &scanned->damage[m->numbers[p][part->damaged_file]];

            damage->n_items = 1;
            damage->items[0] = part->first_damage;
        }
    }
    if (scanned->n_damaged == 0 || scan_damage_is_accepted(suite, scanned->n_records, scanned->n_damaged))
        return STATUS_OK;
    return error_set(err, STATUS_BAD_DATA, "%lld of %lld records are damaged (more than `malformed:` allows)",
                     (long long)scanned->n_damaged, (long long)scanned->n_records);
}

/* --- a round more --- */

static bool same_columns(const struct batch *a, const struct batch *b)
{
    bool same = a->schema.n_columns == b->schema.n_columns;

    for (int32_t c = 0; same && c < a->schema.n_columns; c++)
        same = strcmp(a->schema.columns[c].name, b->schema.columns[c].name) == 0 &&
               type_equal(a->schema.columns[c].type, b->schema.columns[c].type);
    return same;
}

static enum status same_files(struct merging *m, const struct batch *opened, struct error *err)
{
    struct run *run = &m->run;

    if (opened->found.n_files != run->batch.found.n_files || !same_columns(opened, &run->batch))
        return error_set(err, STATUS_CHANGED, "the files are not what they were");
    for (int32_t f = 0; f < opened->found.n_files; f++) {
        const char *now;

        TRY(batch_fingerprint(run->arena, opened->tables[f]->source, &now, err));
        if (!same_text(opened->found.files[f].path, run->batch.found.files[f].path) || !same_text(now, run->fingerprints[f])) {
            error_source(err, run->batch.found.files[f].path);
            return error_set(err, STATUS_CHANGED, "the file is not what it was when its state was made");
        }
    }
    return STATUS_OK;
}

/* The files of the parts, if they are still there and still the same. */
static enum status open_again(void *context, struct error *err)
{
    struct merging *m = context;
    struct run *run = &m->run;
    const struct batch_files *found = &run->batch.found;
    const struct text_list none = {0};
    const char **paths = arena_array(run->arena, (size_t)found->n_files + 1, sizeof *paths);
    struct batch opened;
    enum status status;

    if (!paths)
        return error_no_memory(err);
    for (int32_t f = 0; f < found->n_files; f++)
        paths[f] = found->files[f].path;
    run->reading.files_by_path = true;
    TRY(batch_open(run->arena, paths, found->n_files, &none, &none, run->options->roots, NULL, &run->reading, &opened, err));
    status = same_files(m, &opened, err);
    if (status != STATUS_OK) {
        batch_close(&opened);
        return status;
    }
    opened.columns = run->batch.columns; /* what the states knew of conflicts stays */
    run->batch = opened;
    m->is_opened = true;
    return STATUS_OK;
}

/* --- all of it --- */

static enum status read_parts(struct merging *m, const struct state_input *inputs, int32_t n, struct error *err)
{
    m->parts = arena_array(m->run.arena, (size_t)n + 1, sizeof *m->parts);
    if (!m->parts)
        return error_no_memory(err);
    for (int32_t i = 0; i < n; i++) {
        if (inputs[i].why) {
            *err = *inputs[i].why;
            return err->status;
        }
        TRY(state_part_read(m->run.arena, inputs[i].name, inputs[i].bytes, &m->parts[i], err));
        TRY(check_part(m, &m->parts[i], err));
        m->n_parts++;
    }
    if (n && m->parts[0].samples < m->options.samples)
        m->options.samples = (int32_t)m->parts[0].samples;
    return STATUS_OK;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum status name_sources(struct merging *m, struct error *err)
{
    const char **all;
    int32_t n = 0;

    for (int32_t p = 0; p < m->n_parts; p++)
        n += m->parts[p].n_source;
    all = arena_array(m->run.arena, (size_t)n + 1, sizeof *all);
    if (!all)
        return error_no_memory(err);
    m->options.paths = all;
    m->options.n_paths = n;
    n = 0;
    for (int32_t p = 0; p < m->n_parts; p++)
        for (int32_t i = 0; i < m->parts[p].n_source; i++)
            all[n++] = m->parts[p].source[i];
    if (n)
        qsort(all, (size_t)n, sizeof *all, compare_texts);
    return STATUS_OK;
}

static enum status merge_parts(struct merging *m, const struct state_input *inputs, int32_t n, struct buffer *merged,
                               struct error *err)
{
    struct run *run = &m->run;

    TRY(read_parts(m, inputs, n, err));
    TRY(name_sources(m, err));
    TRY(join_batches(m, err));
    run->plan.classes = arena_array(run->arena, (size_t)run->batch.schema.n_columns + 1, sizeof *run->plan.classes);
    if (!run->plan.classes)
        return error_no_memory(err);
    TRY(run_plan(run, err));
    TRY(need_declared_types(&run->plan, err));
    run->is_scanned = true;
    TRY(scan_result_init(&run->scanned, &run->plan, run->arena, err));
    TRY(merge_states(m, err));
    TRY(merge_damage(m, err));
    if (merged)
        TRY(save(run, merged, err));
    TRY(scan_continue(&run->plan, run->deadline, open_again, m, &run->scanned, err));
    return m->is_opened ? batch_check_unchanged(&run->batch, err) : STATUS_OK;
}

enum status states_judge(struct arena *arena, const struct suite *suite, const struct validation_options *options,
                         const struct state_input *inputs, int32_t n, struct buffer *merged, const struct report **out,
                         struct error *err)
{
    struct merging m = {.run = {.arena = arena, .suite = suite}, .options = *options};
    struct error why;
    enum status status;

    m.run.options = &m.options;
    m.options.paths = NULL;
    m.options.n_paths = 0;
    m.options.failed_rows = m.options.passed_rows = NULL;
    TRY(run_set_up(&m.run, err));
    TRY(plan_select(&m.run.plan, err));
    status = merge_parts(&m, inputs, n, merged, err);
    if (status == STATUS_OK) {
        status = run_report(&m.run, NULL, err);
    } else if (run_is_about_data(status)) {
        why = *err;
        error_clear(err);
        status = run_report(&m.run, &why, err);
    }
    run_clean_up(&m.run);
    *out = m.run.report;
    return status;
}
