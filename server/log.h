/* server/log.h -- what the service does, one JSON object a line. Control characters are escaped, so that no request writes a line. */
#ifndef SERVER_LOG_H
#define SERVER_LOG_H

#include "core/json_writer.h"

struct log_line { struct json_writer w; struct buffer text; int fd; };

/* begin, members with json_member_*, end. Each line is one write. fd -1: nothing is written. */
void log_begin(struct log_line *line, int fd, const char *level, const char *event);
void log_end(struct log_line *line);

#endif
