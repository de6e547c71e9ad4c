/* server/log.c -- see log.h. */
#include "server/log.h"

#include <unistd.h>

#include "core/clock.h"

void log_begin(struct log_line *line, int fd, const char *level, const char *event)
{
    char time[CLOCK_TEXT_SIZE];

    clock_print_timestamp(clock_now_nanos() / 1000000, UNIT_MILLI, true, time);
    *line = (struct log_line){.fd = fd, .text = {.ceiling = 64 << 10}};
    json_init(&line->w, &line->text, 0);
    json_object(&line->w);
    json_member_text(&line->w, "time", time);
    json_member_text(&line->w, "level", level);
    json_member_text(&line->w, "event", event);
}

/* DEL and the C1 controls are valid in JSON but move a terminal's cursor. */
static bool add_visible(struct buffer *out, const struct buffer *text)
{
    bool ok = buffer_reserve(out, text->size + 16);

    for (size_t i = 0; ok && i < text->size; i++) {
        bool is_c1 = text->at[i] == 0xc2 && i + 1 < text->size && text->at[i + 1] >= 0x80 && text->at[i + 1] < 0xa0;
        if (text->at[i] == 0x7f || is_c1)
            ok = buffer_format(out, "\\u%04x", text->at[i + is_c1]);
        else
            ok = buffer_add(out, &text->at[i], 1);
        i += is_c1;
    }
    return ok;
}

void log_end(struct log_line *line)
{
    struct buffer out = {0};

    json_object_end(&line->w);
    if (line->fd >= 0 && !line->w.failed && add_visible(&out, &line->text) && buffer_add(&out, "\n", 1))
        (void)!write(line->fd, out.at, out.size); /* nowhere to say that saying failed */
    buffer_done(&out);
    buffer_done(&line->text);
}
