/* readers/json/records.h -- the records of a JSON text: one per line, or the elements of one list.
 *
 * Lines: a record is a line; blank lines are none; what is wrong with a line is that line's damage. List (the first
 * byte that is no blank is '['): the records are its elements, and anything wrong makes the text unreadable (BAD_DATA), for
 * nobody can say where the next record begins. A BOM is passed over.
 */
#ifndef READERS_JSON_RECORDS_H
#define READERS_JSON_RECORDS_H

#include "readers/json/keys.h"
#include "readers/json/scanner.h"
#include "readers/storage/window.h"

struct json_record {
    struct span bytes;    /* of a line with its line end; of an element from { to } */
    int64_t line, byte;   /* where it begins */
    int32_t n_members;
    const char *damage;   /* static text; NULL: none */
};

/* What a record holds, in its order: values of keys; which keys are objects or lists; where an element of a list begins, which may
 * be a value of the same key right behind it. */
enum json_event_kind { JSON_EVENT_VALUE, JSON_EVENT_NESTED, JSON_EVENT_ENTRY };
struct json_event {
    enum json_event_kind what;
    int32_t key;
    enum json_kind kind; /* of VALUE and the rest: as struct json_member has them */
    bool is_escaped;
    struct span value;
};

struct json_text {
    struct window window;
    struct memory *memory;
    size_t at;            /* of what comes next, in the window */
    int64_t line;         /* there, from 1 */
    bool is_list;
    enum { JSON_TEXT_START, JSON_TEXT_FIRST, JSON_TEXT_LATER, JSON_TEXT_OVER } place;
    struct json_record record;
    struct json_member *members; /* of the record */
    size_t capacity;
    int32_t *columns;     /* of each member: the number of its key; the last record's serve as a guess */
    size_t n_guesses;
    int64_t *last_seen;   /* of each key: the last object that had it, by number */
    size_t n_seen;
    int64_t n_records, n_objects;
    struct json_event *events; /* of the record, once json_record_events was called */
    size_t n_events, events_capacity;
    struct buffer key;    /* an escaped key, resolved */
};

enum json_step { JSON_RECORD, JSON_MORE /* slide the window first */, JSON_END };

enum status json_text_open(struct json_text *text, struct source *source, struct memory *memory, size_t window_size,
                           struct error *err) NODISCARD;
/* A damaged record has damage set and no members. */
enum status json_text_next(struct json_text *text, enum json_step *step, struct error *err) NODISCARD;
enum status json_text_slide(struct json_text *text, struct error *err) NODISCARD;
/* Tells the record's events; a key twice in one object becomes the record's damage. Where `adds`, unknown keys are
 * added to `keys`, unless the record is damaged; else a key is unknown only in a record that was damaged when keys were added. */
enum status json_record_events(struct json_text *text, struct json_keys *keys, bool adds, struct error *err) NODISCARD;
/* At the end: how many lines there were. */
int64_t json_text_lines(const struct json_text *text);
void json_text_close(struct json_text *text);

#endif
