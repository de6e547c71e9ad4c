/* stats/row_keys.c -- see row_keys.h. */
#include "stats/row_keys.h"

#include "kernels/kernels.h"

/* Arbitrary odd constants; part of the definition of saved states. */
static const uint64_t value_key = 0x8f14a9c3d2b7e651, second_key = 0x5d3c1b7f90a2e849, raw_key = 0x71c64b03fe59d28d,
                      null_low = 0xd6e8feb86659fd93, null_high = 0xa0761d6478bd642f;

void row_keys_init(struct row_keys *k, const struct metric_setup *setup, int words)
{
    memset(k, 0, sizeof *k);
    k->memory = setup->memory;
    k->words = words;
    k->nan_is_null = setup->nan_is_null;
    k->n_columns = setup->n_columns;
    k->tuple.memory = setup->memory;
}

void row_keys_done(struct row_keys *k)
{
    for (size_t c = 0; c < sizeof k->cache / sizeof *k->cache; c++) {
        mem_free(k->memory, k->cache[c].low);
        mem_free(k->memory, k->cache[c].high);
    }
    mem_free(k->memory, k->low);
    mem_free(k->memory, k->high);
    mem_free(k->memory, k->column_low);
    mem_free(k->memory, k->column_high);
    mem_free(k->memory, k->histogram);
    buffer_done(&k->tuple);
    memset(k, 0, sizeof *k);
}

bool row_keys_are_exact(int32_t n_columns, struct type type)
{
    enum lane lane = type_lane(type);

    return n_columns == 1 && (lane == LANE_BOOL || lane == LANE_I64 || lane == LANE_U64 || lane == LANE_F64);
}

static enum status no_room(const struct row_keys *k, struct error *err)
{
    return memory_error(k->memory, "the keys of rows", err);
}

static enum status ready(struct row_keys *k, struct error *err)
{
    size_t size = CHUNK_MAX_ROWS * sizeof *k->low;

    if (!k->low)
        k->low = mem_alloc(k->memory, size);
    if (k->n_columns > 1 && !k->column_low)
        k->column_low = mem_alloc(k->memory, size);
    if (!k->low || (k->n_columns > 1 && !k->column_low))
        return no_room(k, err);
    if (k->words == 1)
        return STATUS_OK;
    if (!k->high)
        k->high = mem_alloc(k->memory, size);
    if (k->n_columns > 1 && !k->column_high)
        k->column_high = mem_alloc(k->memory, size);
    return k->high && (k->n_columns == 1 || k->column_high) ? STATUS_OK : no_room(k, err);
}

static uint64_t canonical(double x)
{
    uint64_t bits = 0x7ff8000000000000;

    x += 0.0; /* -0.0 to 0.0 */
    if (x == x)
        memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* The finaliser of kernels_scalar.c, in line. */
static inline uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

/* n <= CHUNK_MAX_ROWS values of the array from `from` on, as 8-byte patterns. */
static void patterns(const struct vector *v, int64_t from, int64_t n, uint64_t *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = v->lane == LANE_F64 ? canonical(v->f64[from + i]) : v->lane == LANE_BOOL ? v->boolean[from + i]
                 : v->lane == LANE_NONE ? 0 : v->u64[from + i];
}

static void hash_wide(const int128 *x, int64_t n, uint64_t *low, uint64_t *high)
{
    uint64_t unwanted;

    for (int64_t i = 0; i < n; i++) {
        struct span s = span_of(&x[i], sizeof x[i]);

        kernels_scalar.hash_bytes_128(&s, 1, value_key, &low[i], high ? &high[i] : &unwanted);
    }
}

/* n positions of the values array from `from` on. `high` is NULL where one word is wanted. */
static void hash_values(const struct row_keys *k, const struct vector *v, int64_t from, int64_t n, uint64_t *low, uint64_t *high)
{
    const struct kernels *kernels = kernels_get();

    if (v->lane == LANE_BYTES && k->words == 2) {
        kernels->hash_bytes_128(v->bytes + from, n, value_key, low, high);
    } else if (v->lane == LANE_BYTES) {
        kernels->hash_bytes(v->bytes + from, n, value_key, low);
    } else if (v->lane == LANE_I128) {
        hash_wide(v->i128 + from, n, low, high);
    } else {
        patterns(v, from, n, low);
        if (k->words == 2 && k->n_columns > 1)
            kernels->hash_u64(low, n, second_key, high);
        kernels->hash_u64(low, n, value_key, low);
    }
}

/* The entries of a dictionary, hashed once per id. */
static enum status hash_entries(struct row_keys *k, struct entry_hashes *cache, const struct vector *v, struct error *err)
{
    void *low = cache->low, *high = cache->high;
    bool ok;

    if (v->dictionary_id && v->dictionary_id == cache->dictionary_id)
        return STATUS_OK;
    cache->dictionary_id = 0;
    ok = mem_grow(k->memory, &low, &cache->low_capacity, (size_t)v->n_entries + 1, sizeof *cache->low);
    cache->low = low;
    if (k->words == 2)
        ok = ok && mem_grow(k->memory, &high, &cache->high_capacity, (size_t)v->n_entries + 1, sizeof *cache->high);
    cache->high = high;
    if (!ok)
        return no_room(k, err);
    cache->low[0] = 0; /* no entries at all: every row is null */
    if (k->words == 2)
        cache->high[0] = 0;
    hash_values(k, v, 0, v->n_entries, cache->low, cache->high);
    cache->dictionary_id = v->dictionary_id;
    return STATUS_OK;
}

/* Fingerprints of one column, per row; at null and malformed rows anything. */
static enum status hash_rows(struct row_keys *k, int32_t column, const struct vector *v, uint64_t *low, uint64_t *high, struct error *err)
{
    if (v->shape == SHAPE_FLAT) {
        hash_values(k, v, 0, v->n_rows, low, high);
    } else if (v->shape == SHAPE_CONSTANT) {
        hash_values(k, v, 0, 1, low, high);
        for (int64_t i = 1; i < v->n_rows; i++)
            low[i] = low[0];
        for (int64_t i = 1; i < v->n_rows && high; i++)
            high[i] = high[0];
    } else {
        struct entry_hashes *cache = &k->cache[column];

        TRY(hash_entries(k, cache, v, err));
        for (int64_t i = 0; i < v->n_rows; i++)
            low[i] = cache->low[v->index[i]];
        for (int64_t i = 0; i < v->n_rows && high; i++)
            high[i] = cache->high[v->index[i]];
    }
    return STATUS_OK;
}

static void hash_raw(const struct row_keys *k, const struct vector *v, int64_t row, uint64_t *low, uint64_t *high)
{
    struct span s = v->raw ? v->raw[row] : (struct span){0};

    if (k->words == 2)
        kernels_scalar.hash_bytes_128(&s, 1, raw_key, low, high);
    else
        kernels_scalar.hash_bytes(&s, 1, raw_key, low);
}

static enum status make_single(struct row_keys *k, const struct metric_input *in, struct error *err)
{
    const struct vector *v = in->columns[0];
    size_t words = BITMAP_WORDS(in->n_rows);
    struct selection s;

    TRY(selection_make(&s, in, err));
    k->counts = s.counts;
    TRY(hash_rows(k, 0, v, k->low, k->high, err));
    memcpy(k->exact, s.values, words * sizeof *k->exact);
    if (s.counts.n_nans && !k->nan_is_null)
        for (size_t w = 0; w < words; w++)
            k->exact[w] |= s.nans[w];
    memset(k->hashed, 0, words * sizeof *k->hashed);
    if (!row_keys_are_exact(1, v->type)) {
        memcpy(k->hashed, k->exact, words * sizeof *k->exact);
        memset(k->exact, 0, words * sizeof *k->exact);
    }
    if (s.counts.n_malformed) {
        FOR_EACH_BIT(i, s.malformed, in->n_rows)
            hash_raw(k, v, i, &k->low[i], k->words == 2 ? &k->high[i] : NULL);
        for (size_t w = 0; w < words; w++)
            k->hashed[w] |= s.malformed[w];
    }
    return STATUS_OK;
}

/* Rows of a column that are null, or NaN where that is the same; NaN rows are added to `nans`. */
static void null_rows(const struct row_keys *k, const struct vector *v, uint64_t *nulls, uint64_t *nans)
{
    uint64_t of_column[CHUNK_MAX_ROWS / 64];
    size_t words = BITMAP_WORDS(v->n_rows);

    for (size_t w = 0; w < words; w++)
        nulls[w] = v->valid ? ~v->valid[w] : 0;
    if (v->lane != LANE_F64 || vector_nan_mask(v, of_column) == 0)
        return;
    for (size_t w = 0; w < words; w++) {
        nans[w] |= of_column[w];
        if (k->nan_is_null)
            nulls[w] |= of_column[w];
    }
}

static void fold_column(struct row_keys *k, const struct vector *v, const uint64_t *nulls, uint64_t salt)
{
    for (int64_t i = 0; i < v->n_rows; i++) {
        uint64_t low = k->column_low[i], high = k->words == 2 ? k->column_high[i] : 0;

        if (bit_get(nulls, i)) {
            low = null_low;
            high = null_high;
        } else if (v->malformed && bit_get(v->malformed, i)) {
            hash_raw(k, v, i, &low, &high);
        }
        k->low[i] = mix((k->low[i] ^ low) * 0x9e3779b97f4a7c15 + salt);
        if (k->words == 2)
            k->high[i] = mix((k->high[i] ^ high) * 0xc2b2ae3d27d4eb4f + salt + 1);
    }
}

static enum status make_tuple(struct row_keys *k, const struct metric_input *in, struct error *err)
{
    size_t words = BITMAP_WORDS(in->n_rows);
    uint64_t missing[CHUNK_MAX_ROWS / 64] = {0}, nulls[CHUNK_MAX_ROWS / 64], nans[CHUNK_MAX_ROWS / 64] = {0};
    uint64_t malformed[CHUNK_MAX_ROWS / 64] = {0};

    memset(k->low, 0, (size_t)in->n_rows * sizeof *k->low);
    if (k->words == 2)
        memset(k->high, 0, (size_t)in->n_rows * sizeof *k->high);
    memset(k->exact, 0, words * sizeof *k->exact);
    selection_rows(in, k->hashed);
    if (k->missing_rows == MISSING_ALL_NULL)
        memcpy(missing, k->hashed, words * sizeof *missing);
    for (int32_t c = 0; c < in->n_columns; c++) {
        const struct vector *v = in->columns[c];

        TRY(hash_rows(k, c, v, k->column_low, k->column_high, err));
        null_rows(k, v, nulls, nans);
        fold_column(k, v, nulls, (uint64_t)c * 2 + 1);
        for (size_t w = 0; w < words; w++) {
            if (k->missing_rows == MISSING_ALL_NULL)
                missing[w] &= nulls[w];
            else if (k->missing_rows == MISSING_ANY_NULL)
                missing[w] |= nulls[w] & k->hashed[w];
            malformed[w] |= v->malformed ? v->malformed[w] : 0;
        }
    }
    k->counts = (struct moments_counts){.n_rows = bitmap_count(k->hashed, in->n_rows), .n_nulls = bitmap_count(missing, in->n_rows)};
    for (size_t w = 0; w < words; w++) {
        k->hashed[w] &= ~missing[w];
        k->counts.n_nans += __builtin_popcountll(nans[w] & k->hashed[w]);
        k->counts.n_malformed += __builtin_popcountll(malformed[w] & k->hashed[w]);
    }
    return STATUS_OK;
}

enum status row_keys_make(struct row_keys *k, const struct metric_input *in, struct error *err)
{
    if (in->n_rows > CHUNK_MAX_ROWS || in->n_columns != k->n_columns ||
        (size_t)in->n_columns > sizeof k->cache / sizeof *k->cache)
        return error_set(err, STATUS_INTERNAL, "a chunk of %lld rows and %d columns for a key of %d", (long long)in->n_rows,
                         (int)in->n_columns, (int)k->n_columns);
    TRY(ready(k, err));
    if (in->n_columns == 1)
        TRY(make_single(k, in, err));
    else
        TRY(make_tuple(k, in, err));
    k->n_exact = bitmap_count(k->exact, in->n_rows);
    k->n_hashed = bitmap_count(k->hashed, in->n_rows);
    k->counts.n_values = k->n_exact + k->n_hashed;
    return STATUS_OK;
}

bool row_keys_by_entry(const struct row_keys *k, const struct metric_input *in)
{
    const struct vector *v = in->columns[0];

    return in->n_columns == 1 && v->shape == SHAPE_DICTIONARY && k->counts.n_malformed == 0 &&
           v->n_entries * 2 <= k->counts.n_values;
}

enum status row_keys_histogram(struct row_keys *k, const struct metric_input *in, struct error *err)
{
    const struct vector *v = in->columns[0];
    const uint64_t *rows = k->n_exact ? k->exact : k->hashed;
    void *histogram = k->histogram;

    if (!mem_grow(k->memory, &histogram, &k->histogram_capacity, (size_t)v->n_entries, sizeof *k->histogram))
        return no_room(k, err);
    k->histogram = histogram;
    memset(k->histogram, 0, (size_t)v->n_entries * sizeof *k->histogram);
    FOR_EACH_BIT(i, rows, v->n_rows)
        k->histogram[v->index[i]]++;
    return STATUS_OK;
}

/* Per column: a byte (0 null, 1 value, 2 raw text), then 8 or 16 bytes, or a length in 8 bytes and the bytes. */
static bool add_cell(struct row_keys *k, const struct vector *v, int64_t row)
{
    int64_t at = vector_position(v, row);
    bool is_raw = v->malformed && bit_get(v->malformed, row);
    uint8_t tag = is_raw ? 2 : 1;
    struct span s = {0};
    uint64_t word;

    if (!vector_is_valid(v, row) || (k->nan_is_null && v->lane == LANE_F64 && !is_raw && v->f64[at] != v->f64[at]))
        tag = 0;
    if (!buffer_add(&k->tuple, &tag, 1))
        return false;
    if (tag == 0)
        return true;
    if (is_raw || v->lane == LANE_BYTES) {
        s = is_raw ? (v->raw ? v->raw[row] : s) : v->bytes[at];
        word = s.size;
        return buffer_add(&k->tuple, &word, sizeof word) && buffer_add(&k->tuple, s.at, s.size);
    }
    if (v->lane == LANE_I128)
        return buffer_add(&k->tuple, &v->i128[at], sizeof v->i128[at]);
    patterns(v, at, 1, &word);
    return buffer_add(&k->tuple, &word, sizeof word);
}

enum status row_keys_bytes(struct row_keys *k, const struct metric_input *in, int64_t row, struct span *out, struct error *err)
{
    k->tuple.size = 0;
    for (int32_t c = 0; c < in->n_columns; c++)
        if (!add_cell(k, in->columns[c], row))
            return no_room(k, err);
    *out = span_of(k->tuple.at, k->tuple.size);
    return STATUS_OK;
}

void row_keys_of_words(const uint64_t *values, int64_t n, uint64_t *low)
{
    kernels_get()->hash_u64(values, n, value_key, low);
}

uint64_t row_keys_value(uint64_t fingerprint)
{
    return hash_u64_inverse(fingerprint, value_key);
}
