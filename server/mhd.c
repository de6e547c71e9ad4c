/* server/mhd.c -- see mhd.h. */
#include "server/mhd.h"

#include <dlfcn.h>
#include <string.h>

/* The soname of the major version whose header we were compiled with. */
static const char soname[] = "libmicrohttpd.so.12";

static bool load(void *library, const char *name, void *into)
{
    void *symbol = dlsym(library, name);

    memcpy(into, &symbol, sizeof symbol); /* POSIX: a function's address fits */
    return symbol != NULL;
}

enum status mhd_open(struct mhd *mhd, struct error *err)
{
    bool ok = true;

    mhd->library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
    if (!mhd->library)
        return error_set(err, STATUS_UNSUPPORTED, "the service needs %s: install the package libmicrohttpd12", soname);
#define MHD_LOAD(name) ok = load(mhd->library, #name, &mhd->name) && ok;
    MHD_FUNCTIONS(MHD_LOAD)
#undef MHD_LOAD
    if (ok)
        return STATUS_OK;
    mhd_close(mhd);
    return error_set(err, STATUS_UNSUPPORTED, "%s is too old: 0.9.75 is wanted", soname);
}

void mhd_close(struct mhd *mhd)
{
    if (mhd->library)
        dlclose(mhd->library);
    mhd->library = NULL;
}
