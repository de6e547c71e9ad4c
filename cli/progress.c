/* cli/progress.c -- see progress.h. */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BAR_WIDTH = 20 };
static const double first_shown_seconds = 1, shown_every_seconds = 0.1;

void progress_init(struct progress_line *line, bool is_wanted)
{
    memset(line, 0, sizeof *line);
    atomic_flag_clear(&line->is_busy);
    line->is_wanted = is_wanted && isatty(STDERR_FILENO);
}

/* 999, 1.2K, 45M, 3.1G; with_unit decides what follows. */
static void print_short(double x, const char *unit, char out[32])
{
    static const char *const prefixes[] = {"", "K", "M", "G", "T", "P", "E"};
    size_t i = 0;

    while (x >= 999.5 && i + 1 < sizeof prefixes / sizeof prefixes[0]) {
        x /= 1000;
        i++;
    }
    snprintf(out, 32, "%.*f%s%s%s", i && x < 9.95 ? 1 : 0, x, *unit ? " " : "", prefixes[i], unit);
}

static void print_left(double seconds, char out[32])
{
    if (seconds < 90)
        snprintf(out, 32, "%.0f s left", seconds < 1 ? 1 : seconds);
    else if (seconds < 5400)
        snprintf(out, 32, "%.0f min left", seconds / 60);
    else
        snprintf(out, 32, "%.1f h left", seconds / 3600);
}

static size_t at_most(int n, size_t size) { return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1; }

size_t progress_print(const struct progress *p, char *out, size_t size)
{
    char rows[32], bytes[32], total[32], rate[32], left[32], bar[BAR_WIDTH + 1], round[32] = "";
    double share = p->bytes_total > 0 ? (double)p->bytes / (double)p->bytes_total : -1;
    double speed = p->seconds > 0 ? (double)p->bytes / p->seconds : 0;

    print_short((double)p->rows, "", rows);
    print_short((double)p->bytes, "B", bytes);
    print_short(speed, "B/s", rate);
    if (p->round > 1)
        snprintf(round, sizeof round, "  round %d", p->round);
    if (share < 0)
        return at_most(snprintf(out, size, "%s rows  %s  %s%s", rows, bytes, rate, round), size);
    if (share > 1)
        share = 1;
    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < (int)(share * BAR_WIDTH) ? '#' : '.';
    bar[BAR_WIDTH] = '\0';
    print_short((double)p->bytes_total, "B", total);
    print_left(speed > 0 ? (double)(p->bytes_total - p->bytes) / speed : 0, left);
    return at_most(snprintf(out, size, "[%s] %3.0f%%  %s rows  %s of %s  %s  %s%s", bar, share * 100, rows, bytes, total,
                            rate, left, round),
                   size);
}

void progress_show(void *context, const struct progress *progress)
{
    struct progress_line *line = context;
    char text[256] = "\r\x1b[K";
    size_t n = strlen(text);

    if (!line->is_wanted || progress->seconds < first_shown_seconds || atomic_flag_test_and_set(&line->is_busy))
        return;
    if (progress->seconds - line->shown_at >= shown_every_seconds) {
        line->shown_at = progress->seconds;
        n += progress_print(progress, text + n, sizeof text - n);
        (void)!write(STDERR_FILENO, text, n);
        atomic_store(&line->is_shown, true);
    }
    atomic_flag_clear(&line->is_busy);
}

void progress_clear(struct progress_line *line)
{
    if (atomic_exchange(&line->is_shown, false))
        (void)!write(STDERR_FILENO, "\r\x1b[K", 4);
}
