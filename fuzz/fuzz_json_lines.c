/* fuzz/fuzz_json_lines.c -- any bytes as JSON lines or a list of records: an answer or a named error, the same in any window. */
#include "fuzz/text_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct read_options options = {.header = -1, .format = "json"};

    read_in_all_ways(data, size, &options);
    return 0;
}
