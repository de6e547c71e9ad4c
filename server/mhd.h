/* server/mhd.h -- libmicrohttpd, loaded when the service starts: linking it would load GnuTLS as well and double the start of every
 * `assay check`. Only http.c includes this.
 */
#ifndef SERVER_MHD_H
#define SERVER_MHD_H

#include <microhttpd.h>

#include "core/error.h"

#define MHD_FUNCTIONS(X)                                                                                               \
    X(MHD_start_daemon) X(MHD_stop_daemon) X(MHD_quiesce_daemon) X(MHD_get_daemon_info) X(MHD_get_connection_info)     \
    X(MHD_get_connection_values_n) X(MHD_suspend_connection) X(MHD_resume_connection) X(MHD_queue_response)            \
    X(MHD_destroy_response) X(MHD_add_response_header) X(MHD_create_response_from_buffer_with_free_callback_cls)

#define MHD_MEMBER(name) __typeof__(&name) name;
struct mhd { MHD_FUNCTIONS(MHD_MEMBER) void *library; };
#undef MHD_MEMBER

/* UNSUPPORTED where the library is not installed. */
enum status mhd_open(struct mhd *mhd, struct error *err) NODISCARD;
void mhd_close(struct mhd *mhd);

#endif
