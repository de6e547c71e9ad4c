/* tests/readers/test_parquet_page_index.c -- what is believed of a page index: each way in which one can contradict itself, and each thing
 * that an honest one says. */
#include "tests/readers/parquet_fixture.h"

enum { PAGES = 3, ROWS = 10 };
#define ARROW "parquet-cpp-arrow version 12.0.0"

/* Three pages of 4, 3 and 3 rows: 1..4, null alone, 5..7. What a case changes of that is a lie. */
struct lie {
    const char *created_by;
    int n_places, n_null_pages, n_bounds, n_counts;
    int64_t offsets[PAGES], first_rows[PAGES], mins[PAGES], maxs[PAGES], nulls[PAGES];
    int sizes[PAGES], bound_size, boundary_order, repetition;
    bool null_pages[PAGES], without_counts, without_orders, false_is_zero;
    int64_t chunk_nulls;
    int cut; /* so many bytes of the column index are not there */
};

static const struct lie honest = {
    .created_by = ARROW, .n_places = PAGES, .n_null_pages = PAGES, .n_bounds = PAGES, .n_counts = PAGES,
    .first_rows = {0, 4, 7}, .mins = {1, 0, 5}, .maxs = {4, 0, 7}, .nulls = {0, 3, 0}, .null_pages = {false, true, false},
    .bound_size = 8, .boundary_order = 1, .repetition = REPETITION_OPTIONAL, .chunk_nulls = 3,
};

static struct file_build build;

static void put_places(struct bytes *o, const struct lie *told)
{
    int f = 0;

    put_list(o, &f, 1, THRIFT_STRUCT, (size_t)told->n_places);
    for (int i = 0; i < told->n_places; i++) {
        int p = 0;

        put_number(o, &p, 1, THRIFT_I64, told->offsets[i]);
        put_number(o, &p, 2, THRIFT_I32, told->sizes[i]);
        put_number(o, &p, 3, THRIFT_I64, told->first_rows[i]);
        put_stop(o);
    }
    put_stop(o);
}

static void put_bounds(struct bytes *o, int *f, int id, const struct lie *told, const int64_t *bounds)
{
    put_list(o, f, id, THRIFT_BINARY, (size_t)told->n_bounds);
    for (int i = 0; i < told->n_bounds; i++) {
        put_varint(o, told->null_pages[i] ? 0 : (uint64_t)told->bound_size);
        put(o, &bounds[i], told->null_pages[i] ? 0 : (size_t)told->bound_size);
    }
}

static void put_column_index(struct bytes *o, const struct lie *told)
{
    int f = 0;

    put_list(o, &f, 1, told->false_is_zero ? THRIFT_TRUE : THRIFT_FALSE, (size_t)told->n_null_pages);
    for (int i = 0; i < told->n_null_pages; i++)
        put_u8(o, told->null_pages[i] ? THRIFT_TRUE : told->false_is_zero ? 0 : THRIFT_FALSE);
    put_bounds(o, &f, 2, told, told->mins);
    put_bounds(o, &f, 3, told, told->maxs);
    put_number(o, &f, 4, THRIFT_I32, told->boundary_order);
    if (!told->without_counts) {
        put_list(o, &f, 5, THRIFT_I64, (size_t)told->n_counts);
        for (int i = 0; i < told->n_counts; i++)
            put_zigzag(o, told->nulls[i]);
    }
    put_stop(o);
}

/* Bodies of pages are not looked at: they are bytes of some length. */
static struct opened open_told(struct lie *told)
{
    struct error err = ERROR_NONE;
    struct file_column *c;
    struct opened o;

    build_start(&build);
    build.created_by = told->created_by;
    build.without_orders = told->without_orders;
    build.n_rows = ROWS;
    c = build_column(&build, "x", PHYSICAL_INT64, told->repetition);
    for (int i = 0; i < PAGES; i++) {
        if (told->offsets[i] == 0)
            told->offsets[i] = (int64_t)build.out.n;
        if (told->sizes[i] == 0)
            told->sizes[i] = 20;
        put(&build.out, "twenty bytes of page", 20);
    }
    c->size = (int64_t)build.out.n - c->start;
    c->n_values = ROWS;
    c->null_count = told->chunk_nulls;
    c->column_index_at = (int64_t)build.out.n;
    put_column_index(&build.out, told);
    c->column_index_size = (int)((int64_t)build.out.n - c->column_index_at) - told->cut;
    c->offset_index_at = (int64_t)build.out.n;
    put_places(&build.out, told);
    c->offset_index_size = (int)((int64_t)build.out.n - c->offset_index_at);
    build_finish(&build);
    o = open_bytes(build.out.at, build.out.n, &err);
    if (!o.table)
        fail_msg("%s", err.text);
    return o;
}

struct asked { struct opened o; struct arena arena; struct page_facts *pages; int32_t n; const char *problem; };

static struct asked ask(struct lie told)
{
    struct error err = ERROR_NONE;
    struct asked a = {.o = open_told(&told)};

    arena_init(&a.arena, NULL, 0);
    assert_int_equal(reader_parquet.page_facts(a.o.table, 0, 0, &a.arena, &a.pages, &a.n, &a.problem, &err), STATUS_OK);
    return a;
}

static void asked_done(struct asked *a)
{
    arena_done(&a->arena);
    close_opened(a->o);
}

static void an_honest_index_tells_rows_nulls_and_bounds_of_each_page(void **state)
{
    struct asked a = ask(honest);

    (void)state;
    assert_null(a.problem);
    assert_int_equal(a.n, PAGES);
    for (int i = 0; i < PAGES; i++) {
        const struct column_summary *s = &a.pages[i].summary;

        assert_int_equal(a.pages[i].first_row, honest.first_rows[i]);
        assert_int_equal(s->n_rows, i == 0 ? 4 : 3);
        assert_true(s->has_nulls_count && s->nulls_evidence == EVIDENCE_PAGE_INDEX);
        assert_int_equal(s->n_nulls, honest.nulls[i]);
        assert_int_equal(s->has_bounds, i != 1);
        if (i != 1)
            assert_true(s->min.i64 == honest.mins[i] && s->max.i64 == honest.maxs[i] && !s->min_is_exact && !s->max_is_exact);
    }
    asked_done(&a);
}

/* Booleans of lists are bytes: 1 and 2 by the specification, 1 and 0 of some writers, under either type number. */
static void booleans_may_be_written_either_way(void **state)
{
    struct lie told = honest;
    struct asked a;

    (void)state;
    told.false_is_zero = true;
    a = ask(told);
    assert_null(a.problem);
    assert_int_equal(a.n, PAGES);
    asked_done(&a);
}

static void set_lie(int at, struct lie *t, const char **problem)
{
    static const char lists[] = "have a page index whose lists have different lengths", places[] = "have a page index with pages outside the column chunk";
    static const char rows[] = "have a page index whose pages do not begin at ascending rows";
    static const char nulls[] = "have a page index with more nulls than can be", calls[] = "have a page index that calls a page null and counts otherwise";

    *t = honest;
    switch (at) {
    case 0: t->n_places = 2; *problem = lists; break;
    case 1: t->n_null_pages = 2; *problem = lists; break;
    case 2: t->n_bounds = 2; *problem = lists; break;
    case 3: t->n_counts = 2; *problem = lists; break;
    case 4: t->offsets[2] = 1 << 20; *problem = places; break;
    case 5: t->sizes[0] = 21; *problem = places; break; /* into the next page */
    case 6: t->sizes[1] = -1; *problem = places; break;
    case 7: t->offsets[0] = 2; *problem = places; break;
    case 8: t->first_rows[0] = 1; *problem = rows; break;
    case 9: t->first_rows[2] = 4; *problem = rows; break;
    case 10: t->first_rows[2] = ROWS; *problem = rows; break;
    case 11: t->nulls[0] = -1; *problem = nulls; break;
    case 12: t->nulls[0] = 5; *problem = nulls; break;
    case 13: t->nulls[1] = 2; *problem = calls; break; /* parquet-java#3457 */
    case 14: t->nulls[2] = 3; *problem = calls; break;
    case 15: t->nulls[0] = 1; *problem = "have a page index whose nulls are not those of the column chunk"; break;
    case 16: t->bound_size = 4; *problem = "have a page index with a bound that is no value of the type"; break;
    case 17: t->mins[2] = 9; *problem = "have a page index with a least value that is above the greatest"; break;
    case 18: t->boundary_order = 2; *problem = "have a page index whose bounds are not in the order that it declares"; break;
    case 19: t->cut = 1; *problem = "have a page index that cannot be read"; break;
    case 20: t->repetition = REPETITION_REQUIRED; t->chunk_nulls = 0; *problem = nulls; break;
    default: *problem = NULL;
    }
}

static void one_contradiction_and_nothing_of_it_is_believed(void **state)
{
    const char *problem;
    struct lie told;
    int n = 0;

    (void)state;
    for (set_lie(0, &told, &problem); problem; set_lie(++n, &told, &problem)) {
        struct asked a = ask(told);

        if (!a.problem || strcmp(a.problem, problem) != 0 || a.n != 0)
            fail_msg("lie %d: %s, %d pages", n, a.problem ? a.problem : "no problem", a.n);
        asked_done(&a);
    }
    assert_int_equal(n, 21);
}

static void only_listed_writers_are_believed(void **state)
{
    struct lie told = honest;
    struct asked a;

    (void)state;
    told.created_by = "somebody version 1.0.0";
    a = ask(told);
    assert_null(a.problem);
    assert_int_equal(a.n, PAGES);
    for (int i = 0; i < PAGES; i++)
        assert_true(!a.pages[i].summary.has_nulls_count && !a.pages[i].summary.has_bounds);
    asked_done(&a);
}

/* Without an order bounds are undefined; without counts only a page that is null alone has as many as are known. */
static void what_is_not_said_is_unknown(void **state)
{
    struct lie told = honest;
    struct asked a;

    (void)state;
    told.without_orders = told.without_counts = true;
    a = ask(told);
    assert_null(a.problem);
    for (int i = 0; i < PAGES; i++) {
        assert_false(a.pages[i].summary.has_bounds);
        assert_int_equal(a.pages[i].summary.has_nulls_count, i == 1);
    }
    assert_int_equal(a.pages[1].summary.n_nulls, 3);
    asked_done(&a);
}

/* A chunk that names an index beyond the file or of no length has none. */
static void an_index_that_is_nowhere_is_none(void **state)
{
    static struct file_build b;
    static const int64_t places[] = {-1, 0, 1, 1 << 20, INT64_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct error err = ERROR_NONE;
        struct asked a = {.n = 0};
        struct file_column *c;

        build_start(&b);
        b.n_rows = ROWS;
        c = build_column(&b, "x", PHYSICAL_INT64, REPETITION_OPTIONAL);
        c->n_values = ROWS;
        c->column_index_at = c->offset_index_at = places[i];
        c->column_index_size = c->offset_index_size = 40;
        build_finish(&b);
        a.o = open_bytes(b.out.at, b.out.n, &err);
        assert_non_null(a.o.table);
        arena_init(&a.arena, NULL, 0);
        assert_int_equal(reader_parquet.page_facts(a.o.table, 0, 0, &a.arena, &a.pages, &a.n, &a.problem, &err), STATUS_OK);
        assert_int_equal(a.n, 0);
        asked_done(&a);
    }
}

/* Pages of 4, 3 and 3 numbers, 0 to 9, and an offset index that `lie` changes. */
static struct opened open_pages(int lie)
{
    static const int64_t rows[PAGES + 1] = {0, 4, 7, ROWS};
    struct error err = ERROR_NONE;
    struct file_column *c;
    struct lie told = honest;
    struct opened o;

    build_start(&build);
    build.n_rows = ROWS;
    c = build_column(&build, "x", PHYSICAL_INT64, REPETITION_REQUIRED);
    for (int p = 0; p < PAGES; p++) {
        struct bytes body = {.n = 0};

        for (int64_t x = rows[p]; x < rows[p + 1]; x++)
            put_i64(&body, x);
        told.offsets[p] = (int64_t)build.out.n;
        build_page(&build, (struct page){.type = PAGE_DATA, .n_values = (int)(rows[p + 1] - rows[p]), .encoding = ENCODING_PLAIN, .unpacked = -1,
                                         .packed = -1, .crc = -1}, &body);
        told.sizes[p] = (int)((int64_t)build.out.n - told.offsets[p]);
    }
    told.offsets[1] += lie == 1;
    told.sizes[1] -= lie == 2;
    told.first_rows[1] -= lie == 3;
    told.offsets[1] = lie == 4 ? told.offsets[2] : told.offsets[1];
    told.n_places = lie == 5 ? 2 : PAGES;
    c->offset_index_at = (int64_t)build.out.n;
    put_places(&build.out, &told);
    c->offset_index_size = (int)((int64_t)build.out.n - c->offset_index_at) - (lie == 6);
    build_finish(&build);
    o = open_bytes(build.out.at, build.out.n, &err);
    if (!o.table)
        fail_msg("%s", err.text);
    return o;
}

/* The index says where the part's first page is; where no such page is there, all are passed over one by one as without an index. */
static void a_part_has_its_rows_whatever_the_index_says_of_places(void **state)
{
    enum { LIES = 7 };
    struct want want = {0, {.kind = TYPE_INT64}, NEED_VALUES};

    (void)state;
    for (int lie = 0; lie < LIES; lie++)
        for (int64_t first = 0; first < ROWS; first++)
            for (int64_t n = 1; first + n <= ROWS; n++) {
                struct unit_part part = {first, n, true};
                struct error err = ERROR_NONE;
                struct opened o = open_pages(lie);
                int64_t next = first;
                struct chunk chunk;
                struct scan *scan;

                assert_int_equal(reader_parquet.scan_part(o.table, 0, &part, &want, 1, NULL, &scan, &err), STATUS_OK);
                do {
                    if (reader_parquet.scan_next(scan, &chunk, &err) != STATUS_OK)
                        fail_msg("lie %d, rows %d to %d: %s", lie, (int)first, (int)(first + n), err.text);
                    for (int64_t i = 0; i < chunk.n_rows; i++)
                        assert_int_equal(chunk.vectors[0].i64[i], next + i);
                    next += chunk.n_rows;
                } while (chunk.n_rows > 0);
                assert_int_equal(next, first + n);
                reader_parquet.scan_close(scan);
                close_opened(o);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_index_tells_rows_nulls_and_bounds_of_each_page),
        cmocka_unit_test(booleans_may_be_written_either_way),
        cmocka_unit_test(one_contradiction_and_nothing_of_it_is_believed),
        cmocka_unit_test(only_listed_writers_are_believed),
        cmocka_unit_test(what_is_not_said_is_unknown),
        cmocka_unit_test(an_index_that_is_nowhere_is_none),
        cmocka_unit_test(a_part_has_its_rows_whatever_the_index_says_of_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
