/* tests/stats/scipy.h -- the reference cases of ../shared/corpora/stats/scipy, one by one. */
#ifndef TESTS_STATS_SCIPY_H
#define TESTS_STATS_SCIPY_H

#include "tests/stats/fixture.h"

#include "core/number.h"

/* NAN where it is no number. */
static inline double scipy_number(const struct node *node)
{
    double x = NAN;

    if (node && (node->kind == NODE_NUMBER || node->kind == NODE_TEXT) && !number_parse_double(node->text, &x))
        x = NAN;
    return x;
}

static inline struct node *scipy_at(struct node *node, const char *path)
{
    char word[64];

    while (node && *path) {
        size_t n = strcspn(path, "/");

        snprintf(word, sizeof word, "%.*s", (int)n, path);
        node = node_find(node, word);
        path += n + (path[n] == '/');
    }
    return node;
}

/* Numbers of a list, or of {"csv": file, "n": n} beside the case. */
static inline double *scipy_numbers(struct arena *arena, const char *folder, struct node *input, int64_t *n)
{
    struct node *csv = node_find(input, "csv");
    struct span text;
    int64_t i = 0;
    double *x;

    *n = csv ? (int64_t)scipy_number(node_find(input, "n")) : input->n_children;
    x = arena_array(arena, (size_t)*n + 1, sizeof *x);
    assert_non_null(x);
    if (!csv) {
        struct node *item = input->first;

        for (; i < *n; i++, item = item->next)
            x[i] = scipy_number(item);
        return x;
    }
    assert_true(corpus_read(arena, arena_format(arena, "scipy/%s/%s", folder, (const char *)csv->text.at), &text));
    for (const uint8_t *at = memchr(text.at, '\n', text.size), *end = text.at + text.size, *start; i < *n; i++) {
        start = at + 1;
        at = memchr(start, '\n', (size_t)(end - start));
        at = at ? at : end;
        assert_true(number_parse_double(span_of(start, (size_t)(at - start) - (at[-1] == '\r')), &x[i]));
    }
    return x;
}

/* Runs `check` on every case of a folder; how many there were. */
static inline int scipy_each(const char *folder, void (*check)(struct arena *arena, const char *path, struct node *root))
{
    const char *shared = getenv("ASSAY_SHARED");
    struct arena index = {0};
    struct span text;
    int n = 0;

    if (!corpus_read(&index, "scipy/index.json", &text))
        n = -1;
    arena_done(&index);
    for (int i = 1; i <= 99 && n >= 0; i++) {
        struct arena arena = {0};
        struct error err = ERROR_NONE;
        const char *path = arena_format(&arena, "scipy/%s/%03d.json", folder, i);
        struct node *root;

        if (input_read_file(&arena, arena_format(&arena, "%s/corpora/stats/%s", shared ? shared : "../shared", path), 1 << 24,
                            &text, &err) == STATUS_OK) {
            must(document_parse_json(&arena, text, &root, &err), &err);
            check(&arena, path, root);
            n++;
        }
        arena_done(&arena);
    }
    if (n > 0)
        printf("  %d cases of %s\n", n, folder);
    return n;
}

/* Within a relative error of the larger. */
static inline bool scipy_near(double a, double b, double relative)
{
    return a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= relative * fmax(fabs(a), fabs(b));
}

/* p-values: 1e-9 above 1e-12, the order of magnitude below. */
static inline bool scipy_p_near(double p, double wanted)
{
    if (wanted > 1e-12)
        return scipy_near(p, wanted, 1e-9);
    return p == wanted || (wanted == 0 ? p < 1e-300 : p >= wanted / 10 && p <= wanted * 10);
}

#endif
