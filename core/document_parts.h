/* core/document_parts.h -- what the JSON and the YAML scanner share. Only for core/document*.c. */
#ifndef CORE_DOCUMENT_PARTS_H
#define CORE_DOCUMENT_PARTS_H

#include "core/document.h"

/* BAD_SUITE at line:column. */
enum status document_error(struct error *err, int64_t line, int64_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* One more node; refuses past DOCUMENT_MAX_NODES. */
enum status document_new_node(struct arena *arena, int32_t *n_nodes, int32_t line, int32_t column, struct node **out,
                              struct error *err) NODISCARD;

/* Refuses a key that stands twice in the map, at the place of the second. */
enum status document_check_keys(const struct node *map, struct error *err) NODISCARD;

/* Refuses what is too large, cuts a byte order mark off, and refuses bytes that are not UTF-8 with their place. */
enum status document_check_bytes(struct span *bytes, struct error *err) NODISCARD;

#endif
