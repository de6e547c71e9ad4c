/* fuzz/fuzz_parquet_page.c -- any bytes as the pages of one column, whatever its type, nesting, encoding and codec.
 *
 *     12 bytes that choose | sizes | dictionary | levels and values of the first page | of the second
 *
 * The footer and the page headers around them are right, so that nearly every input reaches a decoder.
 */
#include "fuzz/parquet_build.h"
#include "fuzz/parquet_target.h"

struct nesting { /* groups around the leaf, outermost first */
    int repetitions[4], n;
    int converted; /* of the outermost group */
    int leaf;
};

static const struct nesting shapes[] = {
    {{0}, 0, CONVERTED_NONE, REPETITION_REQUIRED},
    {{0}, 0, CONVERTED_NONE, REPETITION_OPTIONAL},
    {{0}, 0, CONVERTED_NONE, REPETITION_REPEATED},
    {{REPETITION_OPTIONAL, REPETITION_REPEATED}, 2, CONVERTED_LIST, REPETITION_OPTIONAL},
    {{REPETITION_OPTIONAL, REPETITION_REPEATED}, 2, CONVERTED_MAP, REPETITION_REQUIRED},
    {{REPETITION_OPTIONAL, REPETITION_OPTIONAL, REPETITION_OPTIONAL}, 3, CONVERTED_NONE, REPETITION_OPTIONAL},
    {{REPETITION_REPEATED, REPETITION_OPTIONAL, REPETITION_REPEATED, REPETITION_REPEATED}, 4, CONVERTED_NONE, REPETITION_OPTIONAL},
};

static const struct { int physical, converted, precision, scale, length; } types[] = {
    {PHYSICAL_BOOLEAN, CONVERTED_NONE, 0, 0, 0},     {PHYSICAL_INT32, CONVERTED_NONE, 0, 0, 0},
    {PHYSICAL_INT64, CONVERTED_NONE, 0, 0, 0},       {PHYSICAL_INT96, CONVERTED_NONE, 0, 0, 0},
    {PHYSICAL_FLOAT, CONVERTED_NONE, 0, 0, 0},       {PHYSICAL_DOUBLE, CONVERTED_NONE, 0, 0, 0},
    {PHYSICAL_BYTE_ARRAY, CONVERTED_UTF8, 0, 0, 0},  {PHYSICAL_FIXED, CONVERTED_NONE, 0, 0, 5},
    {PHYSICAL_INT32, CONVERTED_DATE, 0, 0, 0},       {PHYSICAL_INT32, CONVERTED_UINT_16, 0, 0, 0},
    {PHYSICAL_INT32, CONVERTED_DECIMAL, 9, 2, 0},    {PHYSICAL_INT64, CONVERTED_DECIMAL, 30, 2, 0},
    {PHYSICAL_FIXED, CONVERTED_DECIMAL, 38, 6, 16},  {PHYSICAL_BYTE_ARRAY, CONVERTED_DECIMAL, 38, 6, 0},
    {PHYSICAL_FIXED, CONVERTED_DECIMAL, 9, 2, 4},    {PHYSICAL_BYTE_ARRAY, CONVERTED_DECIMAL, 76, 9, 0},
    {PHYSICAL_FIXED, CONVERTED_DECIMAL, 76, 9, 32},  {PHYSICAL_FIXED, CONVERTED_INTERVAL, 0, 0, 12},
    {PHYSICAL_INT64, CONVERTED_TIMESTAMP_MICROS, 0, 0, 0}, {PHYSICAL_INT64, CONVERTED_UINT_64, 0, 0, 0},
};

static const int encodings[] = {ENCODING_PLAIN, ENCODING_RLE_DICTIONARY, ENCODING_RLE, ENCODING_DELTA_BINARY_PACKED,
                                ENCODING_DELTA_LENGTH_BYTE_ARRAY, ENCODING_DELTA_BYTE_ARRAY, ENCODING_BYTE_STREAM_SPLIT,
                                ENCODING_PLAIN_DICTIONARY, ENCODING_BIT_PACKED};

static struct building file, body;

struct plan_of_page {
    bool is_v2, has_dictionary, is_packed_levels;
    int encoding, codec;
    int64_t n_values, n_rows;
    size_t unpacked; /* factor of the packed size where there is a codec */
};

/* Some of what is left, as much as the next byte says. */
static struct span portion(struct choices *c, size_t unit)
{
    size_t n = choose(c, 256) * unit;
    struct span out = {0};

    if (n > c->left.size)
        n = c->left.size;
    (void)span_take(&c->left, n, &out);
    return out;
}

static void add_levels_v1(struct span levels, bool is_packed)
{
    if (!is_packed)
        add_u32(&body, (uint32_t)levels.size);
    add(&body, levels.at, levels.size);
}

static void add_data(struct choices *c, const struct plan_of_page *p, int max_rep, int max_def, int64_t n_values, bool is_last)
{
    struct built_page page = {.type = p->is_v2 ? PAGE_DATA_V2 : PAGE_DATA, .encoding = p->encoding, .n_values = n_values,
                              .level_encoding = p->is_packed_levels ? ENCODING_BIT_PACKED : ENCODING_RLE};
    struct span rep = max_rep ? portion(c, 1) : (struct span){0}, def = max_def ? portion(c, 1) : (struct span){0};
    struct span values = is_last ? c->left : portion(c, 4);

    body.n = 0;
    if (p->is_v2) {
        page.rep_size = rep.size;
        page.def_size = def.size;
        page.is_packed = p->codec != 0;
        add(&body, rep.at, rep.size);
        add(&body, def.at, def.size);
    } else {
        if (max_rep)
            add_levels_v1(rep, p->is_packed_levels);
        if (max_def)
            add_levels_v1(def, p->is_packed_levels);
    }
    add(&body, values.at, values.size);
    page.unpacked = p->codec == 0 ? body.n : body.n * p->unpacked;
    add_page(&file, &page, span_of(body.at, body.n));
}

static struct plan_of_page choose_plan(struct choices *c)
{
    static const int choices[] = {0, 0, 0, 0, 0, 1, 2, 4, 5, 6, 7};
    unsigned flags = choose(c, 256);
    struct plan_of_page p = {.is_v2 = flags & 1, .has_dictionary = flags & 2, .is_packed_levels = flags & 4};

    p.encoding = encodings[choose(c, sizeof encodings / sizeof *encodings)];
    p.codec = choices[choose(c, sizeof choices / sizeof *choices)];
    p.n_values = choose(c, 256);
    p.n_values = p.n_values << 8 | choose(c, 256);
    if (flags & 8)
        p.n_values *= 509; /* so that runs longer than a chunk occur */
    p.n_rows = p.n_values * choose(c, 256) / 255;
    p.unpacked = 1 + choose(c, 64);
    return p;
}

static void add_dictionary(struct choices *c, const struct plan_of_page *p)
{
    struct built_page page = {.type = PAGE_DICTIONARY, .encoding = ENCODING_PLAIN, .n_values = choose(c, 256)};
    struct span entries = portion(c, 2);

    page.unpacked = p->codec ? entries.size * p->unpacked : entries.size;
    add_page(&file, &page, entries);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct choices c = {span_of(data, size)};
    const struct nesting *shape = &shapes[choose(&c, sizeof shapes / sizeof *shapes)];
    unsigned type = choose(&c, sizeof types / sizeof *types);
    struct plan_of_page p = choose_plan(&c);
    struct built_element elements[5];
    struct built_file built = {.elements = elements, .n_elements = shape->n + 1, .n_children = 1, .n_leaves = 1, .n_units = 1,
                               .created_by = "parquet-cpp-arrow version 12.0.0"};
    int max_rep = shape->leaf == REPETITION_REPEATED, max_def = shape->leaf != REPETITION_REQUIRED;
    int64_t first = p.n_values * choose(&c, 256) / 255;

    for (int i = 0; i < shape->n; i++) {
        elements[i] = (struct built_element){"g", -1, shape->repetitions[i], 1, 0, i ? CONVERTED_NONE : shape->converted, 0, 0};
        max_rep += shape->repetitions[i] == REPETITION_REPEATED;
        max_def += shape->repetitions[i] != REPETITION_REQUIRED;
    }
    elements[shape->n] = (struct built_element){"x", types[type].physical, shape->leaf, 0, types[type].length,
                                                types[type].converted, types[type].scale, types[type].precision};
    start_file(&file);
    if (p.has_dictionary)
        add_dictionary(&c, &p);
    if (first > 0 && first < p.n_values)
        add_data(&c, &p, max_rep, max_def, first, false);
    else
        first = 0;
    add_data(&c, &p, max_rep, max_def, p.n_values - first, true);
    built.physicals[0] = (enum physical)types[type].physical;
    built.n_rows[0] = max_rep ? p.n_rows : p.n_values;
    built.chunks[0][0] = (struct built_chunk){.start = 4, .size = (int64_t)file.n - 4, .n_values = p.n_values, .n_nulls = -1,
                                              .codec = p.codec, .data_encoding = p.encoding, .has_dictionary = p.has_dictionary};
    finish_file(&file, &built);
    (void)read_file(file.at, file.n);
    return 0;
}
