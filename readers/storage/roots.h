/* readers/storage/roots.h -- directories that data must not lead out of: what the service's --data names.
 *
 * The kernel resolves (openat2 with RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS), so neither `..` nor a symbolic link nor a change
 * between looking and opening leads out. Where the kernel lacks it, names are walked one by one and no symbolic link is followed.
 */
#ifndef READERS_STORAGE_ROOTS_H
#define READERS_STORAGE_ROOTS_H

#include "core/error.h"

struct data_root {
    const char *path; /* absolute, resolved, without / at its end */
    int fd;           /* of the directory */
};
struct data_roots { const struct data_root *at; int32_t n; };

/* Opens the directory; `path` gets the resolved name (PATH_MAX bytes). NOT_FOUND, FORBIDDEN, READ; BAD_USAGE where it is none. */
enum status root_open(const char *directory, char *path, int *fd, struct error *err) NODISCARD;
/* Opens `path` (absolute, beneath one of the roots by its text) read-only with these further flags of open().
 * FORBIDDEN where it leads out of all roots; NOT_FOUND. Symbolic links that stay within are followed. */
enum status roots_open(const struct data_roots *roots, const char *path, int flags, int *fd, struct error *err) NODISCARD;

/* The path as a caller of the service names it: what is below the root ("." for the root itself). Paths elsewhere stay as they are; so
 * do all where `roots` is NULL. Part of `path`. */
const char *roots_name(const struct data_roots *roots, const char *path);

#endif
