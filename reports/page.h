/* reports/page.h -- what every HTML page of ours is made of: the frame, the stylesheet, icons, texts made harmless.
 *
 * A page is one file: no script, nothing fetched, and a Content-Security-Policy that names the hash of its only stylesheet, so
 * that even markup that slipped through could neither run nor load nor style anything. Nothing slips through: texts that are
 * not ours come in by page_text, page_span and page_value only, which are right between tags and inside quoted attributes alike.
 * Shared with server/, whose pages look the same.
 */
#ifndef REPORTS_PAGE_H
#define REPORTS_PAGE_H

#include "reports/words.h"

struct page {
    struct words_out w;
    struct buffer scratch; /* a text between the two kinds of escaping */
};

/* Icons differ in shape as well as in colour. */
enum page_icon { ICON_FAIL, ICON_WARNING, ICON_INFO, ICON_OPEN, ICON_PASS, ICON_SKIP };

/* Head, stylesheet, icons, and a link that skips to #content. `title` is escaped and cut. */
void page_begin(struct page *page, struct buffer *out, const char *title);
/* Closes what page_begin opened, frees. false: memory ran out somewhere. */
bool page_end(struct page *page);

/* Our own markup, as it is. Arguments of %s are ours too. */
void page_add(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Somebody else's text, cut at `limit` bytes with "..." (0: whole). Control characters, changes of direction and invalid UTF-8 are
 * shown as \xNN and \u{...}. NULL is nothing. */
void page_text(struct page *page, const char *text, size_t limit);
void page_span(struct page *page, struct span text, size_t limit);
/* The same, but line ends are blanks: for prose. */
void page_prose(struct page *page, const char *text, size_t limit);
void page_value(struct page *page, const struct value *value, size_t limit);
/* A scalar's text as people read it: integers in groups of three, long fractions rounded. */
void page_scalar(struct page *page, struct span text, size_t limit);
void page_icon(struct page *page, enum page_icon icon);
/* A link where `url` is an address of http or https, else its text. */
void page_link(struct page *page, const char *url, size_t limit);

/* reports/stylesheet.c; the symbols stand at the top of <body>. */
extern const char page_stylesheet[], page_symbols[];

#endif
