/* expectations/says.c -- the sentence of a check, from its kind's template.
 *
 * {name} is the parameter's text; a segment in [brackets] is dropped where a name in it is not set; {?name} is asked for but
 * leaves no text. So "[ at least {min}][{?min}{?max} and][ at most {max}]" reads well with one bound and with two.
 */
#include "columns/schema.h"
#include "expectations/expectation.h"

enum { LIST_SHOWN = 10 };

static bool add_text(struct buffer *out, struct span text)
{
    return buffer_add(out, text.at, text.size);
}

static bool add_node(struct buffer *out, const struct node *node)
{
    int32_t i = 0;

    if (node->kind == NODE_MAP || node->kind == NODE_LIST) {
        for (const struct node *c = node->first; c; c = c->next, i++) {
            if (i == LIST_SHOWN)
                return add_text(out, span_text(", ..."));
            if ((i && !add_text(out, span_text(", "))) ||
                (node->kind == NODE_MAP && (!add_text(out, c->key) || !add_text(out, span_text(" ")))) || !add_node(out, c))
                return false;
        }
        return true;
    }
    return add_text(out, node->text);
}

static bool is_set(const struct node *node)
{
    return node && node->kind != NODE_NULL && !(node->kind == NODE_BOOL && !node->boolean);
}

static const struct node *parameter(const struct check *check, struct span name)
{
    for (const struct node *c = check->parameters ? check->parameters->first : NULL; c; c = c->next)
        if (span_equal(c->key, name))
            return c;
    return NULL;
}

/* One {name} or {?name}; *missing is set where it is not there. */
static bool add_name(struct buffer *out, const struct check *check, struct span name, bool *missing)
{
    const struct node *node;
    bool silent = name.size > 0 && name.at[0] == '?';

    if (silent)
        name = span_of(name.at + 1, name.size - 1);
    if (span_is(name, "column")) {
        *missing |= !check->column;
        return silent || add_text(out, span_text(check->column ? schema_shown(check->column) : "the batch"));
    }
    node = parameter(check, name);
    if (!is_set(node)) {
        *missing = true;
        return true;
    }
    return silent || add_node(out, node);
}

/* Renders up to `end`, which is the template's end or a segment's closing bracket. */
static bool add_segment(struct buffer *out, const struct check *check, const char **at, bool *missing)
{
    const char *s = *at;

    while (*s && *s != ']') {
        if (*s == '[') {
            size_t before = out->size;
            bool dropped = false;

            s++;
            if (!add_segment(out, check, &s, &dropped))
                return false;
            s += *s == ']';
            if (dropped)
                out->size = before;
        } else if (*s == '{') {
            size_t size = strcspn(s, "}");

            if (!add_name(out, check, span_of(s + 1, size - 1), missing))
                return false;
            s += size + (s[size] == '}');
        } else {
            size_t size = strcspn(s, "[]{");

            if (!add_text(out, span_of(s, size)))
                return false;
            s += size;
        }
    }
    *at = s;
    return true;
}

static bool add_common(struct buffer *out, const struct check *check)
{
    if (check->tolerance.kind == TOLERANCE_MOSTLY &&
        !(add_text(out, span_text(", mostly ")) && add_text(out, check->tolerance.literal.text)))
        return false;
    if ((check->tolerance.kind == TOLERANCE_COUNT || check->tolerance.kind == TOLERANCE_SHARE) &&
        !(add_text(out, span_text(", with at most ")) && add_text(out, check->tolerance.literal.text) &&
          add_text(out, span_text(" unexpected"))))
        return false;
    return !check->where || (add_text(out, span_text(", where ")) && add_text(out, span_text(check->where)));
}

const char *check_says(struct arena *arena, const struct check *check)
{
    struct buffer out = {.memory = arena->memory};
    const char *at = check->kind->says;
    const char *text = NULL;
    bool missing = false;

    if (add_segment(&out, check, &at, &missing) && add_common(&out, check))
        text = arena_text(arena, out.at, out.size);
    buffer_done(&out);
    return text;
}
