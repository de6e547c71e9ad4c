/* cli/repeat.c -- quoting for a shell. */
#include "cli/repeat.h"

#include <string.h>

#include "core/utf8.h"

static const char plain_bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,@%+-";

static bool is_printable(const char *word)
{
    for (const char *c = word; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return false;
    return utf8_is_valid(span_text(word)) && !strstr(word, "\xc2\x9b"); /* C1's escape sequence introducer */
}

static bool add_escaped(struct buffer *out, const char *word)
{
    bool ok = buffer_add(out, "$'", 2);

    for (; ok && *word; word++) {
        unsigned char c = (unsigned char)*word;
        if (c < 0x20 || c >= 0x7f)
            ok = buffer_format(out, "\\x%02x", c);
        else if (c == '\'' || c == '\\')
            ok = buffer_format(out, "\\%c", c);
        else
            ok = buffer_add(out, word, 1);
    }
    return ok && buffer_add(out, "'", 1);
}

static bool add_word(struct buffer *out, const char *word)
{
    bool ok;

    if (*word && word[strspn(word, plain_bytes)] == '\0')
        return buffer_add(out, word, strlen(word));
    if (!is_printable(word))
        return add_escaped(out, word);
    ok = buffer_add(out, "'", 1);
    for (; ok && *word; word++)
        ok = *word == '\'' ? buffer_add(out, "'\\''", 4) : buffer_add(out, word, 1);
    return ok && buffer_add(out, "'", 1);
}

const char *repeat_command(struct arena *arena, const char *command, int argc, const char *const *argv)
{
    struct buffer text = {0};
    bool ok = buffer_format(&text, "assay %s", command);
    const char *copy = NULL;

    for (int i = 0; ok && i < argc; i++)
        ok = buffer_add(&text, " ", 1) && add_word(&text, argv[i]);
    if (ok)
        copy = arena_text(arena, text.at, text.size);
    buffer_done(&text);
    return copy;
}
