/* readers/storage/roots.c -- see roots.h. */
#include "readers/storage/roots.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* O_NONBLOCK so that a FIFO does not hang. openat2 refuses what means nothing beside O_PATH. */
static int common_flags(int flags) { return flags & O_PATH ? O_CLOEXEC : O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY; }

enum status root_open(const char *directory, char *path, int *fd, struct error *err)
{
    if (!realpath(directory, path))
        return error_errno(err, STATUS_READ, errno, directory);
    *fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0 && errno == ENOTDIR)
        return error_set(err, STATUS_BAD_USAGE, "%s is no directory", directory);
    return *fd < 0 ? error_errno(err, STATUS_READ, errno, directory) : STATUS_OK;
}

/* A link where a directory is wanted is said to be no directory; it is what leads elsewhere. */
static int open_step(int at, const char *name, int flags)
{
    int fd = openat(at, name, flags | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (fd < 0 && errno == ENOTDIR)
        errno = fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode) ? ELOOP : ENOTDIR;
    return fd;
}

/* One name after the other, none of them a symbolic link: for kernels before 5.6 and sandboxes that forbid openat2. */
static int open_by_steps(int root, const char *path, int flags)
{
    char name[NAME_MAX + 1];
    int at = root;

    for (;;) {
        size_t n = strcspn(path, "/");
        const char *rest = path + n + strspn(path + n, "/");
        int next, problem;

        if (n > NAME_MAX) {
            errno = ENAMETOOLONG;
            next = -1;
        } else {
            memcpy(name, n ? path : ".", n ? n : 1);
            name[n ? n : 1] = '\0';
            if (strcmp(name, "..") == 0) {
                errno = EXDEV;
                next = -1;
            } else {
                next = open_step(at, name, *rest ? O_PATH | O_DIRECTORY : flags);
            }
        }
        problem = errno;
        if (at != root)
            close(at);
        errno = problem;
        if (next < 0 || !*rest)
            return next;
        at = next;
        path = rest;
    }
}

static int open_beneath(int root, const char *path, int flags)
{
    struct open_how how = {.flags = (uint64_t)flags, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    long fd;

    do /* EAGAIN: something was renamed on the way; the kernel asks for another try */
        fd = syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof how);
    while (fd < 0 && (errno == EAGAIN || errno == EINTR));
    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        return open_by_steps(root, path, flags);
    return (int)fd;
}

/* What of the path is below the root; NULL: it is elsewhere. */
static const char *below(const struct data_root *root, const char *path)
{
    size_t n = strlen(root->path);

    if (strncmp(path, root->path, n) != 0 || (path[n] != '/' && path[n] != '\0' && n > 1))
        return NULL;
    return path + n + strspn(path + n, "/");
}

const char *roots_name(const struct data_roots *roots, const char *path)
{
    for (int32_t i = 0; roots && i < roots->n; i++) {
        const char *name = below(&roots->at[i], path);
        if (name)
            return *name ? name : ".";
    }
    return path;
}

enum status roots_open(const struct data_roots *roots, const char *path, int flags, int *fd, struct error *err)
{
    int problem = EXDEV;

    *fd = -1;
    for (int32_t i = 0; i < roots->n && *fd < 0; i++) {
        const char *rest = below(&roots->at[i], path);
        if (!rest)
            continue;
        *fd = open_beneath(roots->at[i].fd, rest, common_flags(flags) | flags);
        if (*fd < 0)
            problem = errno;
    }
    if (*fd >= 0)
        return STATUS_OK;
    if (problem == EXDEV || problem == ELOOP)
        return error_set(err, STATUS_FORBIDDEN, "leads out of the directories that hold data");
    return error_errno(err, problem == ENOTDIR ? STATUS_NOT_FOUND : STATUS_READ, problem, "cannot be opened");
}
