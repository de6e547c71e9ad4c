/* readers/json/json.h -- the row of JSON lines in the table of readers, and what its files share. */
#ifndef READERS_JSON_JSON_H
#define READERS_JSON_JSON_H

#include "readers/json/records.h"
#include "readers/reader.h"

extern const struct reader reader_json;

struct json_table {
    struct table table;
    struct arena arena;
    struct memory *memory;
    struct json_keys keys; /* fixed once the table is open: scans only look */
    int32_t *key_of;       /* by column of the schema */
    const atomic_bool *cancelled;
    size_t window_size;    /* WINDOW_SIZE; tests set others between open and scan_open */
};

#endif
