/* readers/json/records.c */
#include "readers/json/records.h"

#include "core/utf8.h"

enum { MEMBERS_MAX = 1000000 };

enum status json_text_open(struct json_text *t, struct source *source, struct memory *memory, size_t window_size,
                           struct error *err)
{
    *t = (struct json_text){.memory = memory, .line = 1, .key = {.memory = memory}};
    return window_open(&t->window, source, memory, 0, window_size, err);
}

void json_text_close(struct json_text *t)
{
    window_close(&t->window);
    mem_free(t->memory, t->members);
    mem_free(t->memory, t->columns);
    mem_free(t->memory, t->last_seen);
    mem_free(t->memory, t->events);
    buffer_done(&t->key);
}

int64_t json_text_lines(const struct json_text *t)
{
    bool is_open = t->is_list && t->at > 0 && t->window.bytes[t->at - 1] != '\n'; /* the last line of a list may not end */

    return t->line - 1 + is_open;
}

enum status json_text_slide(struct json_text *t, struct error *err)
{
    enum status status = window_slide(&t->window, t->at, err);

    if (status == STATUS_TOO_LARGE)
        err->line = t->line;
    t->at = 0;
    return status;
}

static enum status add_member(struct json_text *t, const struct json_member *m, struct error *err)
{
    void *block = t->members;
    size_t n = (size_t)t->record.n_members;

    if (!mem_grow(t->memory, &block, &t->capacity, n + 1, sizeof *m))
        return memory_error(t->memory, "the members of a JSON record", err);
    t->members = block;
    t->members[n] = *m;
    t->record.n_members++;
    return STATUS_OK;
}

/* The object that the scanner stands before; what is wrong stays in the scanner. */
static enum status scan_object(struct json_text *t, struct json_scanner *s, struct error *err)
{
    struct json_member member;

    if (!json_enter_object(s))
        return STATUS_OK;
    while (json_next_member(s, t->record.n_members == 0, &member)) {
        if (t->record.n_members >= MEMBERS_MAX)
            return error_set(err, STATUS_TOO_LARGE, "a record has more than %d members", MEMBERS_MAX);
        TRY(add_member(t, &member, err));
    }
    return STATUS_OK;
}

static const char *bad_bytes(struct span bytes)
{
    return utf8_is_valid(bytes) ? NULL : "invalid UTF-8";
}

static void start_record(struct json_text *t, size_t at)
{
    t->record = (struct json_record){.line = t->line, .byte = window_file_offset(&t->window, at)};
    t->n_records++;
}

/* The end of the line at t->at, after its line feed; 0: not in view. */
static size_t line_end(const struct json_text *t)
{
    const uint8_t *bytes = t->window.bytes;
    const uint8_t *feed = memchr(bytes + t->at, '\n', t->window.size - t->at);

    return feed ? (size_t)(feed - bytes) + 1 : t->window.is_end ? t->window.size : 0;
}

static enum status scan_line(struct json_text *t, size_t end, struct error *err)
{
    const uint8_t *bytes = t->window.bytes;
    struct json_scanner s = {.at = bytes + t->at, .end = bytes + end};
    struct json_record *r = &t->record;

    start_record(t, t->at);
    r->bytes = span_of(bytes + t->at, end - t->at);
    r->damage = bad_bytes(r->bytes);
    if (r->damage)
        return STATUS_OK;
    TRY(scan_object(t, &s, err));
    json_skip_blanks(&s);
    if (!s.damage && s.at < s.end)
        s.damage = "text after the record";
    r->damage = s.damage;
    if (r->damage)
        r->n_members = 0;
    return STATUS_OK;
}

static enum status next_line(struct json_text *t, enum json_step *step, struct error *err)
{
    for (;;) {
        size_t end;
        struct json_scanner s;
        *step = t->window.is_end ? JSON_END : JSON_MORE;
        if (t->at >= t->window.size)
            return STATUS_OK;
        *step = JSON_MORE;
        end = line_end(t);
        if (end == 0)
            return STATUS_OK;
        s = (struct json_scanner){.at = t->window.bytes + t->at, .end = t->window.bytes + end};
        json_skip_blanks(&s);
        if (s.at < s.end) {
            *step = JSON_RECORD;
            TRY(scan_line(t, end, err));
        }
        t->at = end;
        t->line++;
        if (*step == JSON_RECORD)
            return STATUS_OK;
    }
}

static int64_t count_lines(const uint8_t *at, const uint8_t *end)
{
    int64_t n = 0;

    while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
        n++;
        at++;
    }
    return n;
}

static enum status bad_list(struct json_text *t, const uint8_t *at, const char *what, struct error *err)
{
    err->line = t->line + count_lines(t->window.bytes + t->at, at);
    err->byte = window_file_offset(&t->window, (size_t)(at - t->window.bytes));
    return error_set(err, STATUS_BAD_DATA, "the JSON list cannot be read: %s", what);
}

/* Takes everything up to `at`. */
static void pass(struct json_text *t, const uint8_t *at)
{
    t->line += count_lines(t->window.bytes + t->at, at);
    t->at = (size_t)(at - t->window.bytes);
}

/* Behind the closing bracket nothing may follow. */
static enum status end_list(struct json_text *t, struct json_scanner *s, enum json_step *step, struct error *err)
{
    if (t->place != JSON_TEXT_OVER)
        s->at++;
    t->place = JSON_TEXT_OVER;
    json_skip_blanks(s);
    if (s->at < s->end)
        return bad_list(t, s->at, "text after its end", err);
    pass(t, s->at);
    *step = t->window.is_end ? JSON_END : JSON_MORE;
    return STATUS_OK;
}

/* The element at the scanner; what is not in view whole is looked at again later. */
static enum status scan_element(struct json_text *t, struct json_scanner *s, enum json_step *step, struct error *err)
{
    const uint8_t *from = s->at;
    const char *wrong;

    t->record = (struct json_record){0};
    TRY(scan_object(t, s, err));
    if (s->damage && s->hit_end && !t->window.is_end) {
        *step = JSON_MORE;
        return STATUS_OK;
    }
    wrong = s->damage ? s->damage : bad_bytes(span_of(from, (size_t)(s->at - from)));
    if (wrong)
        return bad_list(t, s->damage ? s->at : from, wrong, err);
    t->record.bytes = span_of(from, (size_t)(s->at - from));
    pass(t, from);
    t->record.line = t->line;
    t->record.byte = window_file_offset(&t->window, t->at);
    t->n_records++;
    pass(t, s->at);
    t->place = JSON_TEXT_LATER;
    *step = JSON_RECORD;
    return STATUS_OK;
}

static enum status next_element(struct json_text *t, enum json_step *step, struct error *err)
{
    struct json_scanner s = {.at = t->window.bytes + t->at, .end = t->window.bytes + t->window.size};

    json_skip_blanks(&s);
    if (t->place == JSON_TEXT_OVER || (s.at < s.end && *s.at == ']'))
        return end_list(t, &s, step, err);
    if (t->place == JSON_TEXT_LATER && s.at < s.end && *s.at != ',')
        return bad_list(t, s.at, "a comma is missing", err);
    if (t->place == JSON_TEXT_LATER && s.at < s.end) {
        s.at++;
        json_skip_blanks(&s);
    }
    if (s.at >= s.end && t->window.is_end)
        return bad_list(t, s.at, "it is never closed", err);
    if (s.at >= s.end) {
        *step = JSON_MORE;
        return STATUS_OK;
    }
    return scan_element(t, &s, step, err);
}

/* BOM, and whether it is a list. JSON_MORE until a byte that is no blank is in view. */
static enum json_step start(struct json_text *t)
{
    struct json_scanner s = {.at = t->window.bytes, .end = t->window.bytes + t->window.size};

    if (t->window.size < 3 && !t->window.is_end)
        return JSON_MORE;
    if (t->window.size >= 3 && memcmp(s.at, "\xef\xbb\xbf", 3) == 0)
        s.at += 3;
    t->at = (size_t)(s.at - t->window.bytes);
    json_skip_blanks(&s);
    if (s.at >= s.end && !t->window.is_end) {
        t->at = 0;
        return JSON_MORE;
    }
    t->place = JSON_TEXT_FIRST;
    t->is_list = s.at < s.end && *s.at == '[';
    if (t->is_list)
        pass(t, s.at + 1);
    return JSON_RECORD;
}

enum status json_text_next(struct json_text *t, enum json_step *step, struct error *err)
{
    if (t->place == JSON_TEXT_START) {
        *step = start(t);
        if (*step == JSON_MORE)
            return STATUS_OK;
    }
    return t->is_list ? next_element(t, step, err) : next_line(t, step, err);
}

/* --- keys and events --- */

/* The key as text. false: no memory. */
static bool key_text(struct json_text *t, const struct json_member *m, struct span *out)
{
    *out = m->key;
    if (!m->key_is_escaped)
        return true;
    if (!buffer_reserve(&t->key, m->key.size))
        return false;
    *out = span_of(t->key.at, json_unescape(m->key, t->key.at));
    return true;
}

static enum status no_keys(const struct json_text *t, struct error *err)
{
    return memory_error(t->memory, "the keys of a JSON file", err);
}

static enum status add_event(struct json_text *t, enum json_event_kind what, int32_t key, const struct json_member *m, struct error *err)
{
    void *block = t->events;

    if (!mem_grow(t->memory, &block, &t->events_capacity, t->n_events + 1, sizeof *t->events))
        return no_keys(t, err);
    t->events = block;
    t->events[t->n_events] = (struct json_event){.what = what, .key = key};
    if (what == JSON_EVENT_VALUE) {
        t->events[t->n_events].kind = m->kind;
        t->events[t->n_events].is_escaped = m->value_is_escaped;
        t->events[t->n_events].value = m->value;
    }
    t->n_events++;
    return STATUS_OK;
}

static bool has_room_for_members(struct json_text *t, size_t n)
{
    int32_t *columns;

    if (n <= t->n_guesses)
        return true;
    columns = mem_resize(t->memory, t->columns, n * sizeof *columns);
    if (!columns)
        return false;
    memset(columns + t->n_guesses, 0, (n - t->n_guesses) * sizeof *columns);
    t->columns = columns;
    t->n_guesses = n;
    return true;
}

static bool has_room_for_keys(struct json_text *t, size_t n)
{
    size_t seen = t->n_seen;
    void *block = t->last_seen;

    if (n <= t->n_seen)
        return true;
    if (!mem_grow(t->memory, &block, &t->n_seen, n, sizeof *t->last_seen))
        return false;
    t->last_seen = block;
    memset(t->last_seen + seen, 0, (t->n_seen - seen) * sizeof *t->last_seen);
    return true;
}

/* The number of a key, or what is wrong with the record. */
static enum status find_key(struct json_text *t, struct json_keys *keys, bool adds, int32_t parent, struct span name, int32_t *key,
                            struct error *err)
{
    *key = json_keys_find(keys, parent, name);
    if (*key == JSON_NO_KEY && !adds) {
        t->record.damage = "a key occurs twice"; /* for no other reason the first pass left a key out */
        return STATUS_OK;
    }
    if (*key == JSON_NO_KEY)
        *key = json_keys_add(keys, parent, name);
    return *key != JSON_NO_KEY && has_room_for_keys(t, keys->n) ? STATUS_OK : no_keys(t, err);
}

/* Is it the only one of its object? */
static void see_key(struct json_text *t, int32_t key, int64_t object)
{
    if (t->last_seen[key] == object)
        t->record.damage = "a key occurs twice";
    t->last_seen[key] = object;
}

/* What the walk is in: an object, or a list whose elements have the key `key`. */
struct level { int32_t key; bool is_list; int64_t object; };

struct walk {
    struct json_text *text;
    struct json_keys *keys;
    bool adds;
    struct json_scanner at;
    struct level levels[JSON_DEPTH_MAX + 2];
    int depth;
};

/* Into the object or list at the scanner, the value of `key`. */
static enum status descend(struct walk *w, int32_t key, struct error *err)
{
    struct level *l = &w->levels[w->depth++];

    *l = (struct level){key, *w->at.at == '[', ++w->text->n_objects};
    w->at.at++;
    TRY(add_event(w->text, JSON_EVENT_NESTED, key, NULL, err));
    return l->is_list ? find_key(w->text, w->keys, w->adds, key, span_of(NULL, 0), &l->key, err) : STATUS_OK;
}

/* The next member or element of the level; its key is found before. */
static enum status walk_value(struct walk *w, struct json_member *m, int32_t key, struct error *err)
{
    json_skip_blanks(&w->at);
    if (*w->at.at == '{' || *w->at.at == '[')
        return descend(w, key, err);
    if (!json_take_scalar(&w->at, m))
        return error_set(err, STATUS_INTERNAL, "a JSON value read twice differs");
    return add_event(w->text, JSON_EVENT_VALUE, key, m, err);
}

static enum status walk_member(struct walk *w, struct error *err)
{
    struct level *l = &w->levels[w->depth - 1];
    struct json_member m = {0};
    struct span name;
    int32_t key = l->key;

    if (l->is_list) {
        TRY(add_event(w->text, JSON_EVENT_ENTRY, key, NULL, err));
        return walk_value(w, &m, key, err);
    }
    if (!json_take_key(&w->at, &m))
        return error_set(err, STATUS_INTERNAL, "a JSON value read twice differs");
    if (!key_text(w->text, &m, &name))
        return no_keys(w->text, err);
    TRY(find_key(w->text, w->keys, w->adds, l->key, name, &key, err));
    if (w->text->record.damage)
        return STATUS_OK;
    see_key(w->text, key, l->object);
    return walk_value(w, &m, key, err);
}

/* The events of an object or list, which was passed over before: its syntax is good, its depth is bounded. */
static enum status walk_nested(struct json_text *t, struct json_keys *keys, bool adds, int32_t key, struct span value, struct error *err)
{
    struct walk w = {.text = t, .keys = keys, .adds = adds, .at = {.at = value.at, .end = value.at + value.size}};

    TRY(descend(&w, key, err));
    while (w.depth > 0 && !t->record.damage) {
        json_skip_blanks(&w.at);
        if (*w.at.at == ',') {
            w.at.at++;
            continue;
        }
        if (*w.at.at == '}' || *w.at.at == ']') {
            w.at.at++;
            w.depth--;
            continue;
        }
        TRY(walk_member(&w, err));
    }
    return STATUS_OK;
}

/* The number of a member's key: the one that the last record had in this place, as a rule. */
static int32_t guess_key(const struct json_text *t, const struct json_keys *keys, size_t i, struct span name)
{
    int32_t guess = t->columns[i];
    const struct json_key *k = (size_t)guess < keys->n ? &keys->at[guess] : NULL;

    if (k && k->parent == JSON_NO_KEY && k->size == name.size && (name.size == 0 || memcmp(k->name, name.at, name.size) == 0))
        return guess;
    return JSON_NO_KEY;
}

static enum status take_member(struct json_text *t, struct json_keys *keys, bool adds, size_t i, int64_t object, struct error *err)
{
    struct json_member m = t->members[i];
    struct span name;
    int32_t key;

    if (!key_text(t, &m, &name))
        return memory_error(t->memory, "a key", err);
    key = guess_key(t, keys, i, name);
    if (key == JSON_NO_KEY)
        TRY(find_key(t, keys, adds, JSON_NO_KEY, name, &key, err));
    if (t->record.damage)
        return STATUS_OK;
    t->columns[i] = key;
    see_key(t, key, object);
    if (m.kind == JSON_NESTED)
        return walk_nested(t, keys, adds, key, m.value, err);
    return add_event(t, JSON_EVENT_VALUE, key, &m, err);
}

enum status json_record_events(struct json_text *t, struct json_keys *keys, bool adds, struct error *err)
{
    size_t n_before = keys->n;
    int64_t object = ++t->n_objects;

    t->n_events = 0;
    if (!has_room_for_members(t, (size_t)t->record.n_members) || !has_room_for_keys(t, keys->n))
        return no_keys(t, err);
    for (size_t i = 0; i < (size_t)t->record.n_members && !t->record.damage; i++)
        TRY(take_member(t, keys, adds, i, object, err));
    if (!t->record.damage)
        return STATUS_OK;
    t->record.n_members = 0;
    t->n_events = 0;
    if (adds)
        json_keys_cut(keys, n_before);
    if (t->is_list) {
        err->line = t->record.line;
        err->byte = t->record.byte;
        return error_set(err, STATUS_BAD_DATA, "the JSON list cannot be read: %s", t->record.damage);
    }
    return STATUS_OK;
}
