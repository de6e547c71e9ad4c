/* expressions/like.c -- LIKE without backtracking over more than one %.
 *
 * When a part does not fit after a %, only the latest % may take one more code point: whatever an earlier % could give up,
 * the later one can take as well. So the work is at most pattern times subject, never exponential.
 */
#include "expressions/like.h"

#include "core/utf8.h"

static void add_byte(struct like *like, uint8_t *bytes, size_t *n, uint8_t byte)
{
    struct like_part *last = like->n_parts ? &like->parts[like->n_parts - 1] : NULL;

    if (!last || last->kind != LIKE_TEXT) {
        last = &like->parts[like->n_parts++];
        *last = (struct like_part){LIKE_TEXT, span_of(bytes + *n, 0)};
    }
    bytes[(*n)++] = byte;
    last->text.size++;
    like->min_size++;
}

static void add_wildcard(struct like *like, enum like_kind kind)
{
    if (kind == LIKE_RUN && like->n_parts && like->parts[like->n_parts - 1].kind == LIKE_RUN)
        return;
    like->parts[like->n_parts++] = (struct like_part){kind, {NULL, 0}};
    like->min_size += kind == LIKE_ONE;
}

enum status like_compile(struct arena *arena, const char *pattern, const char *escape, struct like *out, struct error *err)
{
    size_t size = strlen(pattern), n = 0;
    size_t escape_size = escape ? strlen(escape) : 0;
    uint8_t *bytes = arena_alloc(arena, size + 1);

    *out = (struct like){.parts = arena_array(arena, size + 1, sizeof *out->parts)};
    if (!bytes || !out->parts)
        return memory_error(arena->memory, "a pattern", err);
    for (size_t i = 0; i < size; i++) {
        if (escape_size && size - i >= escape_size && memcmp(pattern + i, escape, escape_size) == 0) {
            const char *next = pattern + i + escape_size;
            bool is_itself = strncmp(next, escape, escape_size) == 0;

            if (*next != '%' && *next != '_' && !is_itself)
                return error_set(err, STATUS_BAD_SUITE, "in the pattern '%.120s' the escape '%s' at offset %zu stands before neither %%, _ nor itself",
                                 pattern, escape, i);
            for (size_t k = 0; k < (is_itself ? escape_size : 1); k++)
                add_byte(out, bytes, &n, (uint8_t)next[k]);
            i += escape_size + (is_itself ? escape_size : 1) - 1;
        } else if (pattern[i] == '%') {
            add_wildcard(out, LIKE_RUN);
        } else if (pattern[i] == '_') {
            add_wildcard(out, LIKE_ONE);
        } else {
            add_byte(out, bytes, &n, (uint8_t)pattern[i]);
        }
    }
    return STATUS_OK;
}

/* Bytes of the code point at `at`; an invalid byte is one. */
static size_t code_point(struct span s, size_t at)
{
    uint8_t lead = s.at[at];
    size_t n = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

    return n > 1 && n <= s.size - at && utf8_is_valid(span_of(s.at + at, n)) ? n : 1;
}

/* Where the wanted text next occurs from `at`; SIZE_MAX if nowhere. */
static size_t find(struct span s, size_t at, struct span wanted)
{
    const uint8_t *found;

    if (at >= s.size)
        return SIZE_MAX;
    found = wanted.size == 1 ? memchr(s.at + at, wanted.at[0], s.size - at)
                             : memmem(s.at + at, s.size - at, wanted.at, wanted.size);

    return found ? (size_t)(found - s.at) : SIZE_MAX;
}

/* Does the part fit at *at? Then *at moves past it. */
static bool fits(const struct like_part *part, struct span s, size_t *at)
{
    if (part->kind == LIKE_ONE) {
        if (*at >= s.size)
            return false;
        *at += code_point(s, *at);
        return true;
    }
    if (s.size - *at < part->text.size || memcmp(s.at + *at, part->text.at, part->text.size) != 0)
        return false;
    *at += part->text.size;
    return true;
}

/* The pattern's parts from 0 to `end`, of which the last is a % or which match up to the end of s. */
static bool matches(const struct like *like, int32_t end, struct span s)
{
    int32_t part = 0, run = -1; /* `run`: the latest % */
    size_t at = 0, run_end = 0; /* how far it reaches for now */

    for (;;) {
        if (part == end && at == s.size)
            return true;
        if (part < end && like->parts[part].kind == LIKE_RUN) {
            run = part++;
            run_end = at;
            if (part == end)
                return true;
        } else if (part < end && fits(&like->parts[part], s, &at)) {
            part++;
            continue;
        } else {
            if (run < 0 || run_end >= s.size)
                return false;
            run_end += code_point(s, run_end);
        }
        /* The % reaches at least to where the text behind it occurs. */
        if (like->parts[run + 1].kind == LIKE_TEXT)
            run_end = find(s, run_end, like->parts[run + 1].text);
        if (run_end == SIZE_MAX)
            return false;
        part = run + 1;
        at = run_end;
    }
}

/* A text after the last % stands at the end or nowhere. */
bool like_matches(const struct like *like, struct span s)
{
    const struct like_part *last = like->n_parts ? &like->parts[like->n_parts - 1] : NULL;
    struct span tail;

    if (s.size < like->min_size)
        return false;
    if (like->n_parts < 2 || last->kind != LIKE_TEXT || last[-1].kind != LIKE_RUN)
        return matches(like, like->n_parts, s);
    tail = last->text;
    if (memcmp(s.at + s.size - tail.size, tail.at, tail.size) != 0)
        return false;
    return matches(like, like->n_parts - 1, span_of(s.at, s.size - tail.size));
}
