/* server/keys.c -- see keys.h. */
#include "server/keys.h"

bool keys_open(struct keys *keys, int64_t capacity)
{
    keys->capacity = capacity > 0 ? (size_t)capacity : 1;
    keys->claims = mem_alloc(NULL, keys->capacity * sizeof(struct key_claim *));
    keys->is_open = keys->claims && pthread_mutex_init(&keys->lock, NULL) == 0;
    return keys->is_open;
}

static void drop(struct keys *keys, size_t at)
{
    answer_release(keys->claims[at]->answer);
    mem_free(NULL, keys->claims[at]);
    keys->claims[at] = keys->claims[--keys->n];
}

void keys_close(struct keys *keys)
{
    while (keys->is_open && keys->n)
        drop(keys, keys->n - 1);
    mem_free(NULL, keys->claims);
    if (keys->is_open)
        pthread_mutex_destroy(&keys->lock);
    *keys = (struct keys){0};
}

/* Room for one more: the oldest that has its answer goes. */
static bool make_room(struct keys *keys)
{
    size_t oldest = keys->n;

    if (keys->n < keys->capacity)
        return true;
    for (size_t i = 0; i < keys->n; i++)
        if (keys->claims[i]->answer && (oldest == keys->n || keys->claims[i]->age < keys->claims[oldest]->age))
            oldest = i;
    if (oldest == keys->n)
        return false;
    drop(keys, oldest);
    return true;
}

static enum key_state add(struct keys *keys, const char *key, const char *digest, const struct key_claim **claim)
{
    struct key_claim *one = make_room(keys) ? mem_alloc(NULL, sizeof *one) : NULL;

    if (!one)
        return KEY_NO_ROOM;
    memcpy(one->key, key, strlen(key) + 1);
    memcpy(one->digest, digest, sizeof one->digest);
    one->age = keys->clock++;
    keys->claims[keys->n++] = one;
    *claim = one;
    return KEY_NEW;
}

static enum key_state look(struct keys *keys, const char *key, const char *digest, const struct key_claim **claim,
                           struct answer **answer)
{
    for (size_t i = 0; i < keys->n; i++) {
        const struct key_claim *known = keys->claims[i];
        if (strcmp(known->key, key) != 0)
            continue;
        if (strcmp(known->digest, digest) != 0)
            return KEY_OTHER_REQUEST;
        *answer = answer_share(known->answer);
        return known->answer ? KEY_ANSWERED : KEY_RUNNING;
    }
    return add(keys, key, digest, claim);
}

enum key_state keys_claim(struct keys *keys, const char *key, const char *digest, const struct key_claim **claim,
                          struct answer **answer)
{
    enum key_state state;

    *claim = NULL;
    *answer = NULL;
    if (strlen(key) >= sizeof(*claim)->key)
        return KEY_NO_ROOM;
    pthread_mutex_lock(&keys->lock);
    state = look(keys, key, digest, claim, answer);
    pthread_mutex_unlock(&keys->lock);
    return state;
}

void keys_finish(struct keys *keys, const struct key_claim *claim, struct answer *answer)
{
    bool is_kept = answer && answer->status < 500 && answer->status != 429;

    pthread_mutex_lock(&keys->lock);
    for (size_t i = 0; i < keys->n; i++)
        if (keys->claims[i] == claim) {
            if (is_kept)
                keys->claims[i]->answer = answer_share(answer);
            else
                drop(keys, i);
            break;
        }
    pthread_mutex_unlock(&keys->lock);
}
