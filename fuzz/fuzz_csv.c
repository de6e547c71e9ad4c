/* fuzz/fuzz_csv.c -- any bytes as CSV: an answer or a named error, the same in any window, in any blocks and by the lexer alone. */
#include "fuzz/text_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct read_options options = {.header = -1, .format = "csv"};

    read_in_all_ways(data, size, &options);
    return 0;
}
