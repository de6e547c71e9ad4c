/* readers/parquet/page_header.c -- PageHeader of parquet.thrift. */
#include "readers/parquet/pages.h"
#include "readers/parquet/thrift.h"

static void read_data_v1(struct thrift *t, struct page_header *h)
{
    struct thrift_field f = {0};

    while (thrift_next(t, &f)) {
        switch (f.id) {
        case 1: (void)thrift_i32(t, &f, &h->n_values); break;
        case 2: (void)thrift_i32(t, &f, &h->encoding); break;
        case 3: (void)thrift_i32(t, &f, &h->def_encoding); break;
        case 4: (void)thrift_i32(t, &f, &h->rep_encoding); break;
        default: thrift_skip(t, f.type);
        }
    }
}

static void read_data_v2(struct thrift *t, struct page_header *h)
{
    struct thrift_field f = {0};

    h->is_compressed = true; /* the default of parquet.thrift */
    while (thrift_next(t, &f)) {
        switch (f.id) {
        case 1: (void)thrift_i32(t, &f, &h->n_values); break;
        case 4: (void)thrift_i32(t, &f, &h->encoding); break;
        case 5: (void)thrift_i32(t, &f, &h->def_size); break;
        case 6: (void)thrift_i32(t, &f, &h->rep_size); break;
        case 7: (void)thrift_bool(t, &f, &h->is_compressed); break;
        default: thrift_skip(t, f.type);
        }
    }
}

static void read_part(struct thrift *t, const struct thrift_field *f, struct page_header *h)
{
    static const int types[] = {[5] = PAGE_DATA, [7] = PAGE_DICTIONARY, [8] = PAGE_DATA_V2};

    if (types[f->id] != h->type) {
        thrift_skip(t, f->type);
        return;
    }
    if (!thrift_struct(t, f))
        return;
    h->has_part = true;
    if (f->id == 8)
        read_data_v2(t, h);
    else
        read_data_v1(t, h); /* a dictionary's fields 1 and 2 are the same two */
}

void page_header_read(struct thrift *t, struct page_header *h)
{
    struct thrift_field f = {0};
    int32_t crc;

    *h = (struct page_header){.type = -1, .unpacked_size = -1, .packed_size = -1, .n_values = -1, .encoding = -1,
                              .def_encoding = -1, .rep_encoding = -1};
    while (thrift_next(t, &f)) {
        switch (f.id) {
        case 1: (void)thrift_i32(t, &f, &h->type); break;
        case 2: (void)thrift_i32(t, &f, &h->unpacked_size); break;
        case 3: (void)thrift_i32(t, &f, &h->packed_size); break;
        case 4:
            h->has_crc = thrift_i32(t, &f, &crc);
            if (h->has_crc)
                h->crc = (uint32_t)crc;
            break;
        case 5: case 7: case 8: read_part(t, &f, h); break;
        default: thrift_skip(t, f.type);
        }
    }
}
