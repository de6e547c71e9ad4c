/* expressions/class_row.c -- see class_row.h.
 *
 * Shift-and (Baeza-Yates and Gonnet, "A new approach to text searching", CACM 35, 1992) with loops. Every item becomes as many
 * places as it takes at least, the last of them a loop where it takes more. A word has a bit for each place that the bytes so far
 * may have reached; a byte moves all of them one on, keeps those on loops where they are, and strikes out the places at which it
 * cannot stand. So the time is a few cycles a byte whatever the classes have in common, and nothing is ever tried twice.
 *
 * PCRE2 matches code points; these classes hold ASCII only, and a byte beyond it ends every hope, valid UTF-8 or not. Only
 * a negated bracket takes characters beyond ASCII; then such texts are not decided here.
 */
#include "expressions/class_row.h"

#include "expressions/ascii.h"
#include "expressions/expression.h"

enum { PLACES_MAX = 64, ASCII = 128 };

struct class { uint64_t bits[2]; bool takes_wide; };

struct reader {
    const char *at;
    bool has_unicode_classes;
};

static bool is_ascii_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void class_add(struct class *class, char low, char high)
{
    for (int c = low; c <= high; c++)
        class->bits[c >> 6] |= (uint64_t)1 << (c & 63);
}

/* \d \w \s by PCRE2's tables of the C locale; with Unicode's they are other sets. */
static bool add_named(struct reader *r, struct class *class)
{
    static const char *const ranges[] = {"d09", "w09AZ__az", "s\t\r  "};

    for (size_t i = 0; i < sizeof ranges / sizeof *ranges && !r->has_unicode_classes; i++) {
        if (*r->at != ranges[i][0])
            continue;
        for (const char *range = ranges[i] + 1; *range; range += 2)
            class_add(class, range[0], range[1]);
        r->at++;
        return true;
    }
    return false;
}

/* One byte that stands for itself, perhaps behind a backslash; `special` are those that do not without one. */
static bool take_byte(struct reader *r, const char *special, char *out)
{
    char c = *r->at;

    if (c == '\\') {
        c = *++r->at;
        if (is_ascii_letter(c) || is_digit(c))
            return false;
    } else if (c && strchr(special, c)) {
        return false;
    }
    if (c <= 0)
        return false;
    r->at++;
    *out = c;
    return true;
}

/* What a bracket holds up to the next byte or range. A hyphen that is neither first nor last nor between two bytes is
 * declined: it is a byte or an error by rules that are not worth repeating. */
static bool take_member(struct reader *r, struct class *class, bool is_first)
{
    char low, high;

    if (r->at[0] == '[' && r->at[1] && strchr(":.=", r->at[1]))
        return false;
    if (r->at[0] == '-' && !is_first && r->at[1] != ']')
        return false;
    if (r->at[0] == '\\') {
        r->at++;
        if (add_named(r, class))
            return r->at[0] != '-' || r->at[1] == ']';
        r->at--;
    }
    if (!take_byte(r, "", &low))
        return false;
    high = low;
    if (r->at[0] == '-' && r->at[1] != ']') {
        r->at++;
        if ((r->at[0] == '[' && r->at[1] && strchr(":.=", r->at[1])) || !take_byte(r, "", &high))
            return false;
    }
    class_add(class, low, high);
    return low <= high;
}

static bool take_bracket(struct reader *r, struct class *class)
{
    bool is_negated = *++r->at == '^', is_first = true;

    r->at += is_negated;
    for (; *r->at != ']' || is_first; is_first = false)
        if (!take_member(r, class, is_first))
            return false;
    r->at++;
    if (is_negated) {
        class->bits[0] = ~class->bits[0];
        class->bits[1] = ~class->bits[1];
        class->takes_wide = true;
    }
    return true;
}

static bool take_class(struct reader *r, struct class *class)
{
    char c;

    *class = (struct class){0};
    if (*r->at == '[')
        return take_bracket(r, class);
    if (*r->at == '\\') {
        r->at++;
        if (add_named(r, class))
            return true;
        r->at--;
    }
    if (!take_byte(r, "^$.|?*+(){}[]", &c))
        return false;
    class_add(class, c, c);
    return true;
}

/* {n} and {n,}; n from 1 to PLACES_MAX. */
static bool take_braces(struct reader *r, int *least, bool *is_loop)
{
    int n = 0;

    for (r->at++; is_digit(*r->at); r->at++) {
        n = n * 10 + (*r->at - '0');
        if (n > PLACES_MAX)
            return false;
    }
    if (n == 0)
        return false;
    *least = n;
    *is_loop = *r->at == ',';
    r->at += *is_loop;
    return *r->at++ == '}';
}

/* A lazy one would match the same texts, a possessive one would not: both are declined. */
static bool take_quantifier(struct reader *r, int *least, bool *is_loop)
{
    *least = 1;
    *is_loop = *r->at == '+';
    if (*is_loop)
        r->at++;
    else if (*r->at == '{' && !take_braces(r, least, is_loop))
        return false;
    return *r->at == '\0' || !strchr("?*+{", *r->at);
}

static bool take_item(struct reader *r, struct class_row *row, int *n_places)
{
    struct class class;
    bool is_loop;
    int least;

    if (!take_class(r, &class) || !take_quantifier(r, &least, &is_loop) || *n_places + least > PLACES_MAX)
        return false;
    for (int i = 0; i < least; i++) {
        uint64_t place = (uint64_t)1 << (*n_places)++;

        for (int c = 0; c < ASCII; c++)
            if (class.bits[c >> 6] >> (c & 63) & 1)
                row->places[c] |= place;
        row->last = place;
    }
    if (is_loop)
        row->loops |= row->last;
    row->takes_wide = row->takes_wide || class.takes_wide;
    return true;
}

bool class_row_parse(struct class_row *row, const char *pattern, int flags)
{
    struct reader r = {.at = pattern, .has_unicode_classes = flags & REGEX_UNICODE_CLASSES};
    int n_places = 0;

    memset(row, 0, sizeof *row);
    if ((flags & REGEX_DOLLAR_NEWLINE) || *r.at++ != '^')
        return false;
    while (*r.at && *r.at != '$')
        if (!take_item(&r, row, &n_places))
            return false;
    return n_places > 0 && r.at[0] == '$' && r.at[1] == '\0';
}

static inline uint64_t advance(const struct class_row *row, uint64_t reached, uint8_t byte)
{
    return (reached << 1 | (reached & row->loops)) & row->places[byte];
}

static inline uint64_t begin(const struct class_row *row, struct span subject)
{
    return subject.size ? row->places[subject.at[0]] & 1 : 0;
}

/* A hopeless text is given up now and then, not at each byte. */
static inline size_t next_stop(size_t at, size_t size)
{
    return size - at > 16 ? at + 16 : size;
}

/* From byte `at` on. */
static uint64_t follow(const struct class_row *row, uint64_t reached, struct span subject, size_t at)
{
    while (at < subject.size && reached)
        for (size_t stop = next_stop(at, subject.size); at < stop; at++)
            reached = advance(row, reached, subject.at[at]);
    return reached;
}

static enum class_row_answer answer_of(const struct class_row *row, uint64_t reached, struct span subject)
{
    if (reached & row->last)
        return CLASS_ROW_YES;
    return row->takes_wide && !span_is_ascii(subject) ? CLASS_ROW_UNKNOWN : CLASS_ROW_NO;
}

enum class_row_answer class_row_match(const struct class_row *row, struct span subject)
{
    return answer_of(row, follow(row, begin(row, subject), subject, 1), subject);
}

/* A byte waits for the one before it; those of another text do not, and hide most of the waiting. */
static void match_pair(const struct class_row *row, const struct span *x, enum class_row_answer *out)
{
    uint64_t a = begin(row, x[0]), b = begin(row, x[1]);
    size_t at = 1, both = x[0].size < x[1].size ? x[0].size : x[1].size;

    while (at < both && (a | b))
        for (size_t stop = next_stop(at, both); at < stop; at++) {
            a = advance(row, a, x[0].at[at]);
            b = advance(row, b, x[1].at[at]);
        }
    out[0] = answer_of(row, follow(row, a, x[0], at), x[0]);
    out[1] = answer_of(row, follow(row, b, x[1], at), x[1]);
}

void class_row_match_many(const struct class_row *row, const struct span *x, int64_t n, uint64_t *found, uint64_t *open)
{
    enum class_row_answer answers[2];

    memset(found, 0, BITMAP_WORDS(n) * sizeof *found);
    memset(open, 0, BITMAP_WORDS(n) * sizeof *open);
    for (int64_t i = 0; i < n; i += 2) {
        if (i + 1 < n)
            match_pair(row, x + i, answers);
        else
            answers[0] = class_row_match(row, x[i]);
        for (int64_t k = i; k < i + 2 && k < n; k++) {
            found[k >> 6] |= (uint64_t)(answers[k - i] == CLASS_ROW_YES) << (k & 63);
            open[k >> 6] |= (uint64_t)(answers[k - i] == CLASS_ROW_UNKNOWN) << (k & 63);
        }
    }
}
