/* fuzz/fuzz_csv.c -- any bytes as CSV: an answer or a named error, the same in any window. */
#include "fuzz/text_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_twice(data, size, "csv");
    return 0;
}
