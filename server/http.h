/* server/http.h -- connections: the only part that sees libmicrohttpd.
 *
 * One thread of the library waits for all sockets (epoll) and runs everything that answers at once. A validation puts its connection to
 * sleep and wakes it up when a worker is done, so a thousand slow callers cost memory and no thread. Nothing is parsed by the library
 * beyond the request line, header fields and chunks: its post processor is not used, targets are taken as they were sent.
 */
#ifndef SERVER_HTTP_H
#define SERVER_HTTP_H

#include "server/service.h"

struct http;

enum status http_open(struct service *service, struct http **out, struct error *err) NODISCARD;
int http_port(const struct http *http);
/* The worker's word that call->answer is there. */
void http_wake(struct call *call);
/* Cuts connections that take too long with their headers or body. */
void http_cut_slow(struct http *http);
/* How many requests have begun and are not answered to the end. */
int64_t http_open_calls(const struct http *http);
void http_close(struct http *http);

#endif
