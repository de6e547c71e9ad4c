/* readers/json/keys.h -- the keys of a file's records, numbered in the order in which they first occur. */
#ifndef READERS_JSON_KEYS_H
#define READERS_JSON_KEYS_H

#include "core/memory.h"
#include "core/span.h"

struct json_key { const char *name; uint32_t size; uint8_t kinds; /* bits 1 << enum json_kind, of the reader */ };

struct json_keys {
    struct json_key *at;
    size_t n, capacity;
    int32_t *slots; /* open addressing, linear; -1: free; a power of two, at most half full */
    size_t n_slots;
    uint64_t seed;  /* so that no file can be made to collide */
    struct memory *memory;
    struct arena *arena; /* of the names */
};

void json_keys_init(struct json_keys *keys, struct arena *arena, struct memory *memory);
int32_t json_keys_find(const struct json_keys *keys, struct span name); /* -1: absent */
/* The number of a key that is absent so far; -1: no memory. */
int32_t json_keys_add(struct json_keys *keys, struct span name);
/* Forgets the keys from number n on. */
void json_keys_cut(struct json_keys *keys, size_t n);
void json_keys_done(struct json_keys *keys);

#endif
