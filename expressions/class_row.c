/* expressions/class_row.c -- see class_row.h. Two ways, which answer alike:
 *
 * Short texts: all positions at once (Cameron and others, "Bitwise data parallelism in regular expression matching", PACT
 * 2014). A kernel makes of a text a word for each class: bit i, byte i is in it. Another word has a bit for each position that the items
 * so far may have reached; an item moves all of them on by its class's runs. A loop adds the class to the positions in it:
 * the carry goes through each run and comes out behind it. So the time is a few operations an item, whatever the text.
 *
 * Long ones: shift-and (Baeza-Yates and Gonnet, "A new approach to text searching", CACM 35, 1992) with loops. Every item becomes as many
 * places as it takes at least, the last of them a loop where it takes more. A word has a bit for each place that the bytes so far
 * may have reached; a byte moves all of them one on, keeps those on loops where they are, and strikes out the places at which it
 * cannot stand. So the time is a few cycles a byte whatever the classes have in common. Nothing is ever tried twice, in either.
 *
 * PCRE2 matches code points; these classes hold ASCII only, and a byte beyond it ends every hope, valid UTF-8 or not, where the whole
 * text must be matched. Where part of it is enough, or a negated bracket takes characters beyond ASCII, such texts are not decided here.
 */
#include "expressions/class_row.h"

#include "expressions/ascii.h"
#include "expressions/expression.h"

enum { PLACES_MAX = 64, ASCII = 128, TEXTS = CLASS_TEXTS /* at a time */ };

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

static bool take_number(struct reader *r, int *out)
{
    if (!is_digit(*r->at))
        return false;
    for (*out = 0; is_digit(*r->at); r->at++) {
        *out = *out * 10 + (*r->at - '0');
        if (*out > PLACES_MAX)
            return false;
    }
    return true;
}

/* {n}, {n,} and {n,m} of at most PLACES_MAX and at least something. */
static bool take_braces(struct reader *r, struct class_item *item)
{
    int least, most;

    r->at++;
    if (!take_number(r, &least))
        return false;
    most = least;
    if (*r->at == ',') {
        r->at++;
        item->is_loop = *r->at == '}';
        if (!item->is_loop && !take_number(r, &most))
            return false;
    }
    if (most < least || (most == 0 && !item->is_loop))
        return false;
    item->least = (uint8_t)least;
    item->more = (uint8_t)(most - least);
    return *r->at++ == '}';
}

/* A lazy one would match the same texts, a possessive one would not: both are declined. */
static bool take_quantifier(struct reader *r, struct class_item *item)
{
    item->least = *r->at != '?' && *r->at != '*';
    item->more = *r->at == '?';
    item->is_loop = *r->at == '*' || *r->at == '+';
    if (*r->at == '{') {
        if (!take_braces(r, item))
            return false;
    } else if (*r->at && strchr("?*+", *r->at)) {
        r->at++;
    }
    return *r->at == '\0' || !strchr("?*+{", *r->at);
}

/* The number of the class in row->classes, where there is room. */
static uint8_t number_of(struct class_row *row, const struct class *class, struct class *known)
{
    int32_t k = 0;

    while (k < row->classes.n && memcmp(known[k].bits, class->bits, sizeof class->bits) != 0)
        k++;
    if (k == BYTE_CLASSES_MAX) {
        row->has_masks = false;
        return 0;
    }
    if (k == row->classes.n) {
        known[row->classes.n++] = *class;
        for (int c = 0; c < ASCII; c++)
            if (class->bits[c >> 6] >> (c & 63) & 1)
                byte_classes_add(&row->classes, k, (uint8_t)c);
    }
    return (uint8_t)k;
}

static void add_places(struct class_row *row, const struct class_item *item, const struct class *class, size_t n_before)
{
    if (item->least == 0 || item->more > 0 || n_before + item->least > PLACES_MAX) {
        row->has_places = false;
        return;
    }
    for (int i = 0; i < item->least; i++) {
        uint64_t place = (uint64_t)1 << (n_before + (size_t)i);

        for (int c = 0; c < ASCII; c++)
            if (class->bits[c >> 6] >> (c & 63) & 1)
                row->places[c] |= place;
        row->last = place;
    }
    if (item->is_loop)
        row->loops |= row->last;
}

static bool take_item(struct reader *r, struct class_row *row, struct class *known)
{
    struct class_item item;
    struct class class;

    if (row->n_items == CLASS_ROW_ITEMS || !take_class(r, &class) || !take_quantifier(r, &item))
        return false;
    item.class = number_of(row, &class, known);
    if (row->has_places)
        add_places(row, &item, &class, row->min_size);
    row->items[row->n_items++] = item;
    row->min_size += item.least;
    row->takes_wide = row->takes_wide || class.takes_wide;
    return true;
}

bool class_row_parse(struct class_row *row, const char *pattern, int flags)
{
    struct reader r = {.at = pattern, .has_unicode_classes = flags & REGEX_UNICODE_CLASSES};
    struct class known[BYTE_CLASSES_MAX];

    memset(row, 0, sizeof *row);
    if (flags & REGEX_DOLLAR_NEWLINE)
        return false;
    row->has_masks = row->has_places = true;
    row->from_start = *r.at == '^';
    r.at += row->from_start;
    while (*r.at && *r.at != '$')
        if (!take_item(&r, row, known))
            return false;
    row->to_end = *r.at == '$';
    r.at += row->to_end;
    row->has_places = row->has_places && row->from_start && row->to_end;
    row->has_masks = row->has_masks && row->min_size <= CLASS_MASK_BYTES;
    return row->n_items > 0 && *r.at == '\0' && (row->has_masks || row->has_places);
}

/* --- long texts --- */

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

static enum class_row_answer match_by_places(const struct class_row *row, struct span subject)
{
    if (subject.size < row->min_size)
        return CLASS_ROW_NO;
    if (follow(row, begin(row, subject), subject, 1) & row->last)
        return CLASS_ROW_YES;
    return row->takes_wide && !span_is_ascii(subject) ? CLASS_ROW_UNKNOWN : CLASS_ROW_NO;
}

/* --- short texts --- */

/* Of TEXTS texts. */
struct batch {
    uint64_t reached[TEXTS];
    uint64_t masks[(BYTE_CLASSES_MAX + 1) * TEXTS];
};

/* A text of at most CLASS_MASK_BYTES bytes has a position behind each of them and one before. */
static void match_batch(const struct class_row *row, const struct span *texts, struct batch *b)
{
    kernels_get()->class_masks(&row->classes, texts, TEXTS, b->masks);
    for (int i = 0; i < TEXTS; i++)
        b->reached[i] = row->from_start ? 1 : ((uint64_t)2 << (texts[i].size & 63)) - 1;
    kernels_get()->class_passes(row->items, row->n_items, b->masks, b->reached);
}

/* Which of the batch are short texts that may match by their size. */
static inline uint64_t is_able(const struct class_row *row, uint64_t size)
{
    return (size <= CLASS_MASK_BYTES) & (size >= row->min_size);
}

/* Whole texts, all of whose bytes must be of the classes. */
static uint64_t decide_whole(const struct class_row *row, const struct span *texts, const struct batch *b)
{
    uint64_t yes = 0;

    for (int i = 0; i < TEXTS; i++)
        yes |= (is_able(row, texts[i].size) & b->reached[i] >> (texts[i].size & 63)) << i;
    return yes;
}

/* Texts of which a part is enough, or in which characters beyond ASCII are for PCRE2. */
static void decide_part(const struct class_row *row, const struct span *texts, const struct batch *b, uint64_t *found, uint64_t *open)
{
    const uint64_t *wide = b->masks + row->classes.n * TEXTS;
    uint64_t yes = 0, unknown = 0, any_end = row->to_end ? 0 : UINT64_MAX;

    for (int i = 0; i < TEXTS; i++) {
        uint64_t size = texts[i].size, able = is_able(row, size), is_open = able & (wide[i] != 0);

        unknown |= is_open << i;
        yes |= (able & ~is_open & ((b->reached[i] & (any_end | (uint64_t)1 << (size & 63))) != 0)) << i;
    }
    *found = yes;
    *open = unknown;
}

/* The bits of short texts, without a branch on any of them. */
static void decide_batch(const struct class_row *row, const struct span *texts, const struct batch *b, uint64_t *found, uint64_t *open)
{
    *open = 0;
    if (row->from_start && row->to_end && !row->takes_wide)
        *found = decide_whole(row, texts, b);
    else
        decide_part(row, texts, b, found, open);
}

static enum class_row_answer match_long(const struct class_row *row, struct span subject)
{
    return row->has_places ? match_by_places(row, subject) : CLASS_ROW_UNKNOWN;
}

static void match_longs(const struct class_row *row, const struct span *x, int64_t n, uint64_t *found, uint64_t *open)
{
    for (int64_t i = 0; i < n; i++) {
        enum class_row_answer answer;

        if (row->has_masks && x[i].size <= CLASS_MASK_BYTES)
            continue;
        answer = match_long(row, x[i]);
        *found |= (uint64_t)(answer == CLASS_ROW_YES) << i;
        *open |= (uint64_t)(answer == CLASS_ROW_UNKNOWN) << i;
    }
}

/* At most TEXTS of them. */
static void match_some(const struct class_row *row, const struct span *x, int64_t n, uint64_t *found, uint64_t *open)
{
    struct span padded[TEXTS];
    const struct span *texts = x;
    struct batch b;

    *found = *open = 0;
    if (row->has_masks) {
        if (n < TEXTS) {
            memset(padded, 0, sizeof padded);
            texts = memcpy(padded, x, (size_t)n * sizeof *x);
        }
        match_batch(row, texts, &b);
        decide_batch(row, texts, &b, found, open);
        *found &= bitmap_tail(n);
        *open &= bitmap_tail(n);
    }
    match_longs(row, x, n, found, open);
}

enum class_row_answer class_row_match(const struct class_row *row, struct span subject)
{
    uint64_t found, open;

    if (row->has_places)
        return match_by_places(row, subject);
    match_some(row, &subject, 1, &found, &open);
    return found ? CLASS_ROW_YES : open ? CLASS_ROW_UNKNOWN : CLASS_ROW_NO;
}

void class_row_match_many(const struct class_row *row, const struct span *x, int64_t n, uint64_t *found, uint64_t *open)
{
    for (int64_t base = 0; base < n; base += TEXTS)
        match_some(row, x + base, n - base < TEXTS ? n - base : TEXTS, &found[base >> 6], &open[base >> 6]);
}
