/* server/pages.c -- plain pages: tables and links. */
#include "server/pages.h"

#include <string.h>

static bool add(struct buffer *out, const char *text) { return buffer_add(out, text, strlen(text)); }

/* Text as HTML: what could end an element or an attribute becomes a reference, control characters a replacement. */
static bool add_escaped(struct buffer *out, const char *text)
{
    bool ok = true;

    for (const char *p = text ? text : ""; ok && *p; p++)
        switch (*p) {
        case '<': ok = add(out, "&lt;"); break;
        case '>': ok = add(out, "&gt;"); break;
        case '&': ok = add(out, "&amp;"); break;
        case '"': ok = add(out, "&quot;"); break;
        case '\'': ok = add(out, "&#39;"); break;
        default: ok = (unsigned char)*p < 32 && *p != '\n' && *p != '\t' ? add(out, "\xef\xbf\xbd") : buffer_add(out, p, 1);
        }
    return ok;
}

static bool add_cell(struct buffer *out, const char *text)
{
    return add(out, "<td>") && add_escaped(out, text) && add(out, "</td>");
}

static bool add_link(struct buffer *out, const char *path, const char *name, const char *suffix)
{
    return add(out, "<td><a href=\"") && add(out, path) && add_escaped(out, name) && add(out, suffix) && add(out, "\">") &&
           add_escaped(out, name) && add(out, "</a></td>");
}

static bool add_head(struct buffer *out, const char *title)
{
    return add(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                    "<meta name=\"viewport\" content=\"width=device-width\"><title>") &&
           add_escaped(out, title) &&
           add(out, "</title><style>body{font-family:sans-serif;margin:1rem}td,th{text-align:left;padding:.2rem .8rem .2rem 0}"
                    "</style></head>\n<body><p><a href=\"/\">Runs</a> <a href=\"/v1/suites.html\">Suites</a></p>\n<h1>") &&
           add_escaped(out, title) && add(out, "</h1>\n");
}

static bool add_foot(struct buffer *out) { return add(out, "</body></html>\n"); }

static bool add_runs(const struct history_row *rows, int32_t n, struct buffer *out)
{
    bool ok = add(out, "<table><tr><th>started</th><th>outcome</th><th>suite</th><th>headline</th><th>report</th></tr>\n");

    for (int32_t i = 0; ok && i < n; i++)
        ok = add(out, "<tr>") && add_cell(out, rows[i].started) && add_cell(out, rows[i].outcome) &&
             add_link(out, "/v1/suites/", rows[i].suite, ".html") && add_cell(out, rows[i].headline) &&
             add_link(out, "/v1/validations/", rows[i].id, "") && add(out, "</tr>\n");
    return ok && add(out, "</table>\n");
}

bool pages_index(const struct history_row *rows, int32_t n, struct buffer *out)
{
    return add_head(out, "assay") && add_runs(rows, n, out) && add_foot(out);
}

bool pages_suites(const struct suite_row *rows, int32_t n, struct buffer *out)
{
    bool ok = add_head(out, "Suites") && add(out, "<table><tr><th>suite</th><th>dataset</th><th>hash</th><th>problems</th></tr>\n");

    for (int32_t i = 0; ok && i < n; i++)
        ok = add(out, "<tr>") && add_link(out, "/v1/suites/", rows[i].name, ".html") && add_cell(out, rows[i].dataset) &&
             add_cell(out, rows[i].hash) && add_cell(out, rows[i].n_problems ? rows[i].problems[0] : "") && add(out, "</tr>\n");
    return ok && add(out, "</table>\n") && add_foot(out);
}

bool pages_suite(const struct suite_page *page, struct buffer *out)
{
    bool ok = add_head(out, page->suite.name) && add(out, "<table><tr><th>id</th><th>expectation</th><th>severity</th></tr>\n");

    for (int32_t i = 0; ok && i < page->n_checks; i++)
        ok = add(out, "<tr>") && add_cell(out, page->checks[i].id) && add_cell(out, page->checks[i].expectation) &&
             add_cell(out, page->checks[i].severity) && add(out, "</tr>\n");
    return ok && add(out, "</table>\n<pre>") && add_escaped(out, page->text) && add(out, "</pre>\n") &&
           add_runs(page->runs, page->n_runs, out) && add_foot(out);
}
