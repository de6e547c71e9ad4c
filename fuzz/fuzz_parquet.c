/* fuzz/fuzz_parquet.c -- any bytes as a Parquet file: opened, and every column of every row group read. */
#include "fuzz/parquet_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)read_file(data, size);
    return 0;
}
