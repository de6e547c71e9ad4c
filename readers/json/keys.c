/* readers/json/keys.c */
#include "readers/json/keys.h"

#include "core/clock.h"

void json_keys_init(struct json_keys *keys, struct arena *arena, struct memory *memory)
{
    /* The order of the slots shows in no result, so the seed may be anything. */
    uint64_t seed = (uint64_t)clock_now_nanos() * 0x9e3779b97f4a7c15ull ^ (uint64_t)(uintptr_t)keys;

    *keys = (struct json_keys){.arena = arena, .memory = memory, .seed = seed | 1};
}

void json_keys_done(struct json_keys *keys)
{
    mem_free(keys->memory, keys->at);
    mem_free(keys->memory, keys->slots);
    keys->at = NULL;
    keys->slots = NULL;
    keys->n = keys->capacity = keys->n_slots = 0;
}

/* Folds the two halves of a 128-bit product: every bit of x reaches every bit of the result. */
static uint64_t mix(uint64_t x, uint64_t by)
{
    unsigned __int128 product = (unsigned __int128)x * by;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash(const struct json_keys *keys, int32_t parent, struct span s)
{
    uint64_t h = mix(keys->seed ^ s.size ^ (uint64_t)(uint32_t)parent << 32, s.at ? 0x9e3779b97f4a7c15ull : 0xbf58476d1ce4e5b9ull), x;

    for (; s.size >= 8; s.at += 8, s.size -= 8) {
        memcpy(&x, s.at, 8);
        h = mix(h ^ x, keys->seed ^ 0xd6e8feb86659fd93ull);
    }
    x = 0;
    if (s.size)
        memcpy(&x, s.at, s.size);
    return mix(h ^ x, keys->seed ^ 0xa0761d6478bd642full);
}

static bool is_key(const struct json_key *key, int32_t parent, struct span name)
{
    return key->parent == parent && !key->name == !name.at && key->size == name.size &&
           (name.size == 0 || memcmp(key->name, name.at, name.size) == 0);
}

/* The slot that holds the name, or the free one where it belongs. */
static size_t slot_of(const struct json_keys *keys, int32_t parent, struct span name)
{
    size_t slot = hash(keys, parent, name) & (keys->n_slots - 1);

    while (keys->slots[slot] >= 0 && !is_key(&keys->at[keys->slots[slot]], parent, name))
        slot = (slot + 1) & (keys->n_slots - 1);
    return slot;
}

int32_t json_keys_find(const struct json_keys *keys, int32_t parent, struct span name)
{
    return keys->n_slots ? keys->slots[slot_of(keys, parent, name)] : JSON_NO_KEY;
}

static struct span name_of(const struct json_key *key) { return span_of(key->name, key->size); }

static bool grow_slots(struct json_keys *keys)
{
    size_t n = keys->n_slots ? keys->n_slots * 2 : 64;
    int32_t *slots = mem_alloc(keys->memory, n * sizeof *slots);

    if (!slots)
        return false;
    memset(slots, 0xff, n * sizeof *slots);
    mem_free(keys->memory, keys->slots);
    keys->slots = slots;
    keys->n_slots = n;
    for (size_t i = 0; i < keys->n; i++)
        slots[slot_of(keys, keys->at[i].parent, name_of(&keys->at[i]))] = (int32_t)i;
    return true;
}

int32_t json_keys_add(struct json_keys *keys, int32_t parent, struct span name)
{
    void *block = keys->at;
    bool has_room = mem_grow(keys->memory, &block, &keys->capacity, keys->n + 1, sizeof *keys->at);
    char *copy = NULL;

    keys->at = block;
    if (!has_room || name.size > UINT32_MAX || (keys->n * 2 >= keys->n_slots && !grow_slots(keys)))
        return -1;
    if (name.at)
        copy = arena_text(keys->arena, name.at, name.size);
    if (name.at && !copy)
        return -1;
    keys->slots[slot_of(keys, parent, name)] = (int32_t)keys->n;
    keys->at[keys->n] = (struct json_key){.name = copy, .size = (uint32_t)name.size, .parent = parent, .list = JSON_NO_KEY};
    if (parent != JSON_NO_KEY)
        keys->at[keys->n].list = name.at ? keys->at[parent].list : (int32_t)keys->n;
    return (int32_t)keys->n++;
}

/* The last key that came in passed over nothing that came later, so that freeing slots in reverse leaves all
 * others reachable. */
void json_keys_cut(struct json_keys *keys, size_t n)
{
    while (keys->n > n) {
        const struct json_key *last = &keys->at[keys->n - 1];
        keys->slots[slot_of(keys, last->parent, name_of(last))] = -1;
        keys->n--;
    }
}

enum { PATH_PARTS_MAX = 600 }; /* objects and lists nest 256 deep; a list is two parts */

const char *json_keys_path(const struct json_keys *keys, int32_t key)
{
    int32_t parts[PATH_PARTS_MAX], n = 0;
    size_t size = 0;
    char *path, *at;

    for (int32_t k = key; k != JSON_NO_KEY && n < PATH_PARTS_MAX; k = keys->at[k].parent) {
        parts[n++] = k;
        size += keys->at[k].size + 2;
    }
    at = path = arena_alloc(keys->arena, size + 1);
    if (!path)
        return NULL;
    while (n-- > 0) {
        const struct json_key *k = &keys->at[parts[n]];
        if (k->name && at > path)
            *at++ = '.';
        memcpy(at, k->name ? k->name : "[]", k->name ? k->size : 2);
        at += k->name ? k->size : 2;
    }
    *at = '\0';
    return path;
}
