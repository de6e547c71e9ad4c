/* readers/json/json.h -- the row of JSON lines in the table of readers. */
#ifndef READERS_JSON_JSON_H
#define READERS_JSON_JSON_H

#include "readers/reader.h"

extern const struct reader reader_json;

#endif
