/* server/service.h -- the parts of a running service, as its routes see them. */
#ifndef SERVER_SERVICE_H
#define SERVER_SERVICE_H

#include "server/call.h"
#include "server/catalogue.h"
#include "server/history.h"
#include "server/jobs.h"
#include "server/keys.h"
#include "server/metrics.h"
#include "server/route.h"
#include "server/server.h"
#include "validator/validator.h"

struct service {
    struct server_options options; /* filled in: no 0 that means "told" */
    struct data_root *roots;
    struct data_roots data;
    struct catalogue catalogue;
    struct history history;
    struct keys keys;
    struct metrics metrics;
    struct jobs jobs;
    struct memory body_memory;
    atomic_bool is_draining;
    double started;
};

#endif
