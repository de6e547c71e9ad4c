/* tests/reports/page_reader.h -- reads a page as a browser's tokenizer does (tags, quoted attributes, comments, raw text of <style>).
 *
 * It knows every element and attribute that the templates of reports and of the service write; anything else fails the test.
 */
#ifndef TESTS_REPORTS_PAGE_READER_H
#define TESTS_REPORTS_PAGE_READER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/span.h"
#include "core/utf8.h"

static const char *const elements[] = {
    "a", "article", "b", "body", "br", "caption", "circle", "code", "dd", "defs", "details", "div", "dl", "dt", "em", "figcaption", "figure",
    "footer", "h1", "h2", "h3", "head", "header", "html", "li", "line", "main", "meta", "nav", "ol", "p", "path", "pattern", "pre", "rect",
    "section", "span", "strong", "style", "summary", "svg", "symbol", "table", "tbody", "td", "text", "th", "thead", "title", "tr", "ul", "use",
    NULL,
};
static const char *const attributes[] = {
    "aria-hidden", "aria-label", "aria-labelledby", "charset", "class", "content", "d", "data-label", "fill", "fill-rule", "height", "href", "http-equiv",
    "id", "lang", "name", "overflow", "patternTransform", "patternUnits", "rel", "role", "rx", "scope", "stroke", "stroke-linecap",
    "stroke-linejoin", "stroke-width", "tabindex", "text-anchor", "viewBox", "width", "x", "x1", "x2", "y", "y1", "y2", NULL,
};
static const char *const empty_elements[] = {"br", "meta", NULL};

enum { DEPTH_MAX = 64, NAME_SIZE = 32 };

struct reader {
    const char *at;
    char open[DEPTH_MAX][NAME_SIZE];
    int depth;
};

static inline bool is_known(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static inline void read_name(struct reader *r, char name[NAME_SIZE])
{
    size_t n = strcspn(r->at, " \t\n/>=\"'<");

    assert_in_range(n, 1, NAME_SIZE - 1);
    memcpy(name, r->at, n);
    name[n] = '\0';
    r->at += n;
}

/* Addresses lead to the web or to a place of the page; of the service's pages also to others of them. */
static bool pages_link_to_pages;

static inline bool is_address(const char *value, size_t n)
{
    if (pages_link_to_pages && value[0] == '/' && n > 0 && value[1] != '/')
        return true;
    return n > 0 && (value[0] == '#' || (n > 8 && memcmp(value, "https://", 8) == 0) || (n > 7 && memcmp(value, "http://", 7) == 0));
}

static inline void check_value(const char *name, const char *value, size_t n)
{
    if (strcmp(name, "href") == 0)
        assert_true(is_address(value, n));
    assert_null(memchr(value, '<', n));
    assert_null(memchr(value, '>', n));
}

/* true: closed itself. */
static inline bool read_attributes(struct reader *r)
{
    for (;;) {
        char name[NAME_SIZE];
        const char *value;

        r->at += strspn(r->at, " \n");
        if (*r->at == '>') {
            r->at++;
            return false;
        }
        if (r->at[0] == '/' && r->at[1] == '>') {
            r->at += 2;
            return true;
        }
        read_name(r, name);
        if (!is_known(attributes, name))
            fail_msg("an attribute %s", name);
        assert_memory_equal(r->at, "=\"", 2);
        value = r->at + 2;
        r->at = strchr(value, '"');
        assert_non_null(r->at);
        check_value(name, value, (size_t)(r->at - value));
        r->at++;
    }
}

static inline void read_open_tag(struct reader *r)
{
    char name[NAME_SIZE];
    bool is_closed;

    r->at++;
    read_name(r, name);
    if (!is_known(elements, name))
        fail_msg("an element %s", name);
    is_closed = read_attributes(r);
    if (strcmp(name, "style") == 0) {
        r->at = strstr(r->at, "</style>");
        assert_non_null(r->at);
    }
    if (is_closed || is_known(empty_elements, name))
        return;
    assert_in_range(r->depth, 0, DEPTH_MAX - 1);
    strcpy(r->open[r->depth++], name);
}

static inline void read_close_tag(struct reader *r)
{
    char name[NAME_SIZE];

    r->at += 2;
    read_name(r, name);
    assert_int_equal(*r->at, '>');
    r->at++;
    assert_in_range(r->depth, 1, DEPTH_MAX);
    assert_string_equal(name, r->open[--r->depth]);
}

/* A reference that a text may hold: those of the five characters. */
static inline void check_reference(const char *at)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strncmp(at, known[i], strlen(known[i])) == 0)
            return;
    fail_msg("a reference %.12s", at);
}

/* Every tag is one of ours, is closed in order, and nothing opens a comment, a script or a section of character data. */
static inline void assert_is_ours(const char *page)
{
    struct reader r = {page};

    assert_memory_equal(r.at, "<!DOCTYPE html>\n", 16);
    for (r.at += 16; *r.at;) {
        if (*r.at == '&')
            check_reference(r.at++);
        else if (*r.at != '<')
            r.at++;
        else if (r.at[1] == '/')
            read_close_tag(&r);
        else
            read_open_tag(&r);
    }
    assert_int_equal(r.depth, 0);
    assert_true(utf8_is_valid(span_text(page)));
    for (const char *at = page; *at; at++)
        assert_false(((uint8_t)*at < 0x20 && *at != '\n' && *at != '\t') || *at == 0x7f);
}

#endif
