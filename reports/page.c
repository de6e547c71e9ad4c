/* reports/page.c -- see page.h. */
#include "reports/page.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/number.h"
#include "core/sha256.h"

enum { TITLE_LIMIT = 200, ADD_SIZE = 1024 };

void page_add(struct page *page, const char *format, ...)
{
    char text[ADD_SIZE];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    /* Our own markup is short: what does not fit is a mistake of ours, and half a tag would be worse than no page. */
    page->w.failed = page->w.failed || n < 0 || (size_t)n >= sizeof text || !buffer_add(page->w.out, text, (size_t)n);
}

static void add_literally(struct page *page, const char *text)
{
    page->w.failed = page->w.failed || !buffer_add(page->w.out, text, strlen(text));
}

/* Five characters have a meaning between tags or in a quoted attribute; the runs between them are copied whole. */
static void add_harmless(struct page *page, struct span text)
{
    static const char special[] = "&<>\"'";
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    size_t from = 0;

    for (size_t i = 0; i <= text.size && !page->w.failed; i++) {
        const char *at = i < text.size && text.at[i] ? strchr(special, text.at[i]) : NULL;

        if (!at && i < text.size)
            continue;
        page->w.failed = i > from && !buffer_add(page->w.out, text.at + from, i - from);
        if (at)
            add_literally(page, entities[at - special]);
        from = i + 1;
    }
}

static struct words_out begin(struct page *page)
{
    page->scratch.size = 0;
    return (struct words_out){&page->scratch, false};
}

static void end(struct page *page, const struct words_out *w)
{
    page->w.failed = page->w.failed || w->failed;
    add_harmless(page, span_of(page->scratch.at, page->scratch.size));
}

void page_span(struct page *page, struct span text, size_t limit)
{
    struct words_out w = begin(page);

    words_escaped(&w, text, limit);
    end(page, &w);
}

void page_text(struct page *page, const char *text, size_t limit)
{
    if (text)
        page_span(page, span_text(text), limit);
}

void page_prose(struct page *page, const char *text, size_t limit)
{
    struct span left = span_text(text ? text : "");

    for (bool is_first = true; left.size; is_first = false) {
        size_t n = 0;

        while (n < left.size && left.at[n] != '\n' && left.at[n] != '\r')
            n++;
        if (n > 0) {
            page_add(page, "%s", is_first ? "" : " ");
            page_span(page, span_of(left.at, n), limit);
        }
        if (limit && n >= limit)
            return;
        limit -= limit ? n : 0;
        n += n < left.size;
        left = span_of(left.at + n, left.size - n);
    }
}

void page_value(struct page *page, const struct value *value, size_t limit)
{
    struct words_out w = begin(page);

    words_value(&w, value, limit);
    end(page, &w);
}

static bool is_integer(struct span text)
{
    size_t i = text.size && text.at[0] == '-';

    for (size_t k = i; k < text.size; k++)
        if (text.at[k] < '0' || text.at[k] > '9')
            return false;
    return text.size > i && text.size < 20;
}

/* 2.9077333333333333 as 2.907733, marked as near; what is short stays as it was written. */
void page_scalar(struct page *page, struct span text, size_t limit)
{
    enum { LONG = 12 };
    char number[WORDS_NUMBER_SIZE];
    int64_t whole;
    double x;

    if (is_integer(text) && text.size > 4 && number_parse_i64(text, &whole))
        page_add(page, "%s", words_count(whole, number));
    else if (text.size > LONG && memchr(text.at, '.', text.size) && number_parse_double(text, &x) && isfinite(x) && fabs(x) < 1e15)
        page_add(page, "%.*g", fabs(x) >= 1e6 ? 12 : 7, x);
    else
        page_span(page, text, limit);
}

void page_icon(struct page *page, enum page_icon icon)
{
    static const char *const names[] = {[ICON_FAIL] = "fail", [ICON_WARNING] = "warning", [ICON_INFO] = "info",
                                        [ICON_OPEN] = "open", [ICON_PASS] = "pass",       [ICON_SKIP] = "skip"};

    page_add(page, "<svg class=\"icon %s\" aria-hidden=\"true\" width=\"16\" height=\"16\"><use href=\"#i-%s\"/></svg>",
             names[icon], names[icon]);
}

/* Only bytes that an address consists of: no blank, no quote, nothing that would have to be shown in another form. */
static bool is_web_address(const char *url)
{
    static const char bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#[]@!$&()*+,;=%";

    return (strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0) && url[strspn(url, bytes)] == '\0';
}

void page_link(struct page *page, const char *url, size_t limit)
{
    if (!url || !is_web_address(url) || strlen(url) > limit) {
        page_text(page, url, limit);
        return;
    }
    page_add(page, "<a href=\"");
    page_text(page, url, 0);
    page_add(page, "\" rel=\"noreferrer noopener\">");
    page_text(page, url, 0);
    page_add(page, "</a>");
}

static void base64(const uint8_t in[32], char out[45])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (int i = 0; i < 11; i++) {
        uint32_t three = (uint32_t)in[3 * i] << 16 | (uint32_t)in[3 * i + 1] << 8 | (i < 10 ? in[3 * i + 2] : 0);

        for (int k = 0; k < 4; k++)
            out[4 * i + k] = digits[three >> (18 - 6 * k) & 63];
    }
    out[43] = '=';
    out[44] = '\0';
}

static void policy(struct page *page)
{
    struct sha256 hash;
    uint8_t digest[32];
    char text[45];

    sha256_init(&hash);
    sha256_add(&hash, page_stylesheet, strlen(page_stylesheet));
    sha256_finish(&hash, digest);
    base64(digest, text);
    page_add(page,
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-%s'; "
             "base-uri 'none'; form-action 'none'\">\n",
             text);
}

void page_begin(struct page *page, struct buffer *out, const char *title)
{
    *page = (struct page){.w = {out, false}};
    page_add(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    policy(page);
    page_add(page, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                   "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    page_text(page, title, TITLE_LIMIT);
    page_add(page, "</title>\n<style>");
    add_literally(page, page_stylesheet);
    page_add(page, "</style>\n</head>\n<body>\n");
    add_literally(page, page_symbols);
    page_add(page, "<a class=\"jump\" href=\"#content\">Skip to the results</a>\n");
}

bool page_end(struct page *page)
{
    page_add(page, "</body>\n</html>\n");
    buffer_done(&page->scratch);
    return !page->w.failed;
}
