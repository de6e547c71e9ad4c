/* readers/parquet/parquet.h -- the row of Apache Parquet in the table of readers. */
#ifndef READERS_PARQUET_PARQUET_H
#define READERS_PARQUET_PARQUET_H

#include "readers/reader.h"

extern const struct reader reader_parquet;

#endif
