/* suites/fingerprint.c -- what a suite says, as one hash.
 *
 * SHA-256 over the tree after variables, as JSON on one line with keys in bytewise order: the same for YAML and JSON, for any
 * layout and order of keys, and different as soon as a bound is.
 */
#include "suites/reader.h"

#include <stdlib.h>

#include "core/sha256.h"

static int compare_keys(const void *a, const void *b)
{
    const struct node *x = *(const struct node *const *)a, *y = *(const struct node *const *)b;

    return span_compare(x->key, y->key);
}

static void write_node(struct suite_reader *r, struct json_writer *w, const struct node *node);

static void write_map(struct suite_reader *r, struct json_writer *w, const struct node *map)
{
    const struct node **members = arena_array(r->arena, (size_t)map->n_children + 1, sizeof *members);
    size_t n = 0;

    if (!members) {
        r->no_memory = true;
        return;
    }
    for (const struct node *c = map->first; c; c = c->next)
        members[n++] = c;
    qsort(members, n, sizeof *members, compare_keys);
    json_object(w);
    for (size_t i = 0; i < n; i++) {
        json_key_span(w, members[i]->key);
        write_node(r, w, members[i]);
    }
    json_object_end(w);
}

static void write_node(struct suite_reader *r, struct json_writer *w, const struct node *node)
{
    if (node->kind == NODE_MAP) {
        write_map(r, w, node);
    } else if (node->kind == NODE_LIST) {
        json_array(w);
        for (const struct node *c = node->first; c; c = c->next)
            write_node(r, w, c);
        json_array_end(w);
    } else {
        json_node(w, node);
    }
}

void suite_fingerprint(struct suite_reader *r, const struct node *root)
{
    struct buffer text = {.memory = r->arena->memory};
    struct json_writer w;
    struct sha256 hash;
    char hex[65];

    json_init(&w, &text, 0);
    write_node(r, &w, root);
    if (w.failed)
        r->no_memory = true;
    sha256_init(&hash);
    sha256_add(&hash, text.at, text.size);
    sha256_hex(&hash, hex);
    memcpy(r->suite->fingerprint, "sha256:", 7);
    memcpy(r->suite->fingerprint + 7, hex, sizeof hex);
    buffer_done(&text);
}
