/* expressions/words.c -- what is a word, and which words mean something. */
#include "expressions/words.h"

/* `now` and `today` are here because `now - 24h` is read as the time and not as a column. */
const char *const reserved_words[] = {"and", "between", "escape", "false", "in", "is", "like", "matches",
                                      "not", "now", "null", "or", "today", "true", NULL};

bool word_is(struct span word, const char *lower)
{
    size_t i = 0;

    for (; i < word.size && lower[i]; i++) {
        uint8_t byte = word.at[i];

        if (byte >= 'A' && byte <= 'Z')
            byte += 'a' - 'A';
        if (byte != (uint8_t)lower[i])
            return false;
    }
    return i == word.size && !lower[i];
}

bool word_is_reserved(struct span word)
{
    for (const char *const *name = reserved_words; *name; name++)
        if (word_is(word, *name))
            return true;
    return false;
}

/* Every byte of a non-ASCII code point belongs to a word, so that `größe` needs no quotes. */
bool byte_starts_word(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' || byte >= 0x80;
}

/* The point joins the path of a nested column: a.b */
bool byte_continues_word(uint8_t byte)
{
    return byte_starts_word(byte) || (byte >= '0' && byte <= '9') || byte == '.' || byte == '$';
}
