/* server/keys.h -- Idempotency-Key: one request, one answer, however often it is sent.
 *
 * Bounded: the oldest finished answers make room. What failed on our side, was cancelled or came too early (429, 5xx) is not
 * kept, so that a repeat is a new try. Any thread.
 */
#ifndef SERVER_KEYS_H
#define SERVER_KEYS_H

#include <pthread.h>

#include "server/call.h"

enum { KEY_BYTES_MAX = 128 };

struct key_claim {
    char key[KEY_BYTES_MAX + 4];
    char digest[65];       /* of the request: method, target, content type and encoding, body */
    struct answer *answer; /* NULL: still running */
    uint64_t age;
};

struct keys {
    pthread_mutex_t lock;
    struct key_claim **claims;
    size_t n, capacity;
    uint64_t clock;
    bool is_open;
};

enum key_state { KEY_NEW, KEY_ANSWERED, KEY_RUNNING, KEY_OTHER_REQUEST, KEY_NO_ROOM };

bool keys_open(struct keys *keys, int64_t capacity);
void keys_close(struct keys *keys);
/* NEW: the claim is the caller's to finish. ANSWERED: *answer is a share. */
enum key_state keys_claim(struct keys *keys, const char *key, const char *digest, const struct key_claim **claim,
                          struct answer **answer);
/* Keeps the answer (takes a share), or frees the key where it is NULL. */
void keys_finish(struct keys *keys, const struct key_claim *claim, struct answer *answer);

#endif
