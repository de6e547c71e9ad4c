/* core/counters.c -- see counters.h. */
#include "core/counters.h"

#include "core/clock.h"

_Thread_local struct read_counters read_counters;

double counters_cpu_seconds(void) { return clock_thread_cpu_seconds() + read_counters.helpers_cpu_seconds; }

void counters_add(struct read_counters *to, const struct read_counters *more)
{
    to->bytes_read += more->bytes_read;
    to->bytes_decompressed += more->bytes_decompressed;
    to->pages_decoded += more->pages_decoded;
    to->values_decoded += more->values_decoded;
    to->read_nanos += more->read_nanos;
    to->decompress_nanos += more->decompress_nanos;
    to->helpers_cpu_seconds += more->helpers_cpu_seconds;
}
