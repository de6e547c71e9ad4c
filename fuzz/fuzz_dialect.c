/* fuzz/fuzz_dialect.c -- any bytes as CSV in any encoding and dialect, which the first two bytes choose: declared ones as well as told ones;
 * cells with words, formats and decimal commas. The same in any window, in any blocks and by the lexer alone. */
#include "fuzz/text_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const encodings[] = {NULL, "utf-8", "utf-16", "utf-16le", "utf-16be", "latin-1", "windows-1252", NULL};
    static const char *words[] = {"y", "1"};
    static const struct cell_format formats[] = {{"column_1", "%d.%m.%Y"}, {"b", "%Y%j %H%M%S.%f%z"}};
    static const struct cell_rules rules = {.decimal = ',', .thousands = '.', .true_words = {words, 2, true},
                                            .date_format = "%m/%d/%y", .time_format = "%I:%M %p",
                                            .timestamp_format = "%B %-d, %Y %T", .formats = formats, .n_formats = 2};
    struct read_options options = {.header = -1, .format = "csv"};

    if (size < 2)
        return 0;
    options.encoding = encodings[data[0] & 7];
    options.delimiter = data[0] & 8 ? ';' : 0;
    options.quote = data[0] & 16 ? '\'' : data[0] & 32 ? -1 : 0;
    options.escape = data[0] & 64 ? '\\' : data[0] & 128 ? -1 : 0;
    options.header = data[1] & 1 ? data[1] >> 1 & 1 : -1;
    options.comment = data[1] & 4 ? "//" : NULL;
    options.skip_lines = data[1] & 8 ? 2 : 0;
    options.cells = data[1] & 16 ? &rules : NULL;
    options.null_words = data[1] & 32 ? (struct text_list){words, 2, true} : (struct text_list){0};
    read_in_all_ways(data + 2, size - 2, &options);
    return 0;
}
