/* readers/json/keys.h -- the keys of a file's records, also those of objects within and the elements of lists: a tree of paths, numbered
 * in the order in which they first occur. */
#ifndef READERS_JSON_KEYS_H
#define READERS_JSON_KEYS_H

#include "core/memory.h"
#include "core/span.h"

enum { JSON_NO_KEY = -1 };

struct json_key {
    const char *name; /* NULL: the elements of the list that its parent is */
    uint32_t size;
    uint8_t kinds;    /* bits 1 << enum json_kind, of the reader */
    int32_t parent;   /* JSON_NO_KEY: a key of the record itself */
    int32_t list;     /* the innermost list's elements that it belongs to, which may be itself; JSON_NO_KEY: to the record */
};

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
/* A span of NULL stands for the elements of the list `parent`. JSON_NO_KEY: absent. */
int32_t json_keys_find(const struct json_keys *keys, int32_t parent, struct span name);
/* The number of a key that is absent so far; -1: no memory. */
int32_t json_keys_add(struct json_keys *keys, int32_t parent, struct span name);
/* The whole path in the arena: a.b, a[], a[].b; NULL without memory. */
const char *json_keys_path(const struct json_keys *keys, int32_t key);
/* Forgets the keys from number n on. */
void json_keys_cut(struct json_keys *keys, size_t n);
void json_keys_done(struct json_keys *keys);

#endif
