/* profiles/digest.c -- see digest.h. */
#include "profiles/digest.h"

#include "core/number.h"

void digest_init(struct digest *digest)
{
    sha256_init(&digest->sha);
    digest->size = 0;
}

static void flush(struct digest *digest)
{
    sha256_add(&digest->sha, digest->pending, digest->size);
    digest->size = 0;
}

void digest_add(struct digest *digest, const void *bytes, size_t size)
{
    if (size > sizeof digest->pending - digest->size)
        flush(digest);
    if (size > sizeof digest->pending) {
        sha256_add(&digest->sha, bytes, size);
    } else if (size) {
        memcpy(digest->pending + digest->size, bytes, size);
        digest->size += size;
    }
}

void digest_cell(struct digest *digest, struct span cell)
{
    char text[NUMBER_TEXT_SIZE];
    size_t n = number_print_u64(cell.size, text);

    text[n++] = ':';
    digest_add(digest, text, n);
    digest_add(digest, cell.at, cell.size);
}

static size_t print_bits(double x, char out[16])
{
    static const char digits[] = "0123456789abcdef";
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    for (int i = 0; i < 16; i++)
        out[i] = digits[bits >> (60 - 4 * i) & 15];
    return 16;
}

/* See digest.h. The digits are those of the unscaled integer; `left` of them stand before the point. */
static size_t print_decimal(int128 x, int32_t scale, char out[NUMBER_TEXT_SIZE * 2])
{
    char digits[NUMBER_TEXT_SIZE * 2];
    size_t size = number_print_decimal(x < 0 ? -x : x, 0, digits), n = 0;
    int32_t left = (int32_t)size - scale;

    if (left > -6)
        return number_print_decimal(x, scale, out);
    if (x < 0)
        out[n++] = '-';
    out[n++] = digits[0];
    if (size > 1) {
        out[n++] = '.';
        memcpy(out + n, digits + 1, size - 1);
        n += size - 1;
    }
    out[n++] = 'E'; /* left - 1 is negative here: its sign comes with it */
    return n + number_print_i64(left - 1, out + n);
}

static void digest_value(struct digest *digest, const struct vector *v, int64_t e)
{
    char text[NUMBER_TEXT_SIZE * 2 + 1];
    size_t n = 0;

    switch (v->lane) {
    case LANE_BOOL:
        text[n++] = v->boolean[e] ? 'T' : 'F';
        break;
    case LANE_I64:
        n = v->type.kind == TYPE_DECIMAL ? print_decimal(v->i64[e], v->type.scale, text)
                                         : number_print_i64(v->i64[e], text);
        break;
    case LANE_U64:
        n = number_print_u64(v->u64[e], text);
        break;
    case LANE_F64:
        n = print_bits(v->f64[e], text);
        break;
    case LANE_I128:
        n = print_decimal(v->i128[e], v->type.scale, text);
        break;
    case LANE_BYTES:
        digest_cell(digest, v->bytes[e]);
        break;
    case LANE_NONE:
        break;
    }
    text[n++] = '\n';
    digest_add(digest, text, n);
}

void digest_vector(struct digest *digest, const struct vector *v)
{
    for (int64_t row = 0; row < v->n_rows; row++) {
        if (!vector_is_valid(v, row))
            digest_add(digest, "N\n", 2);
        else if (v->malformed && bit_get(v->malformed, row) && v->raw) {
            digest_cell(digest, v->raw[row]);
            digest_add(digest, "\n", 1);
        } else
            digest_value(digest, v, vector_position(v, row));
    }
}

void digest_hex(struct digest *digest, char out[65])
{
    flush(digest);
    sha256_hex(&digest->sha, out);
}
