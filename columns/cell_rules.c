/* columns/cell_rules.c -- see cell_rules.h. */
#include "columns/cell_rules.h"

#include <strings.h>

static bool has_word(const struct text_list *words, const char *usual, const char *word)
{
    if (!words->is_set)
        return strcasecmp(usual, word) == 0;
    for (int32_t i = 0; i < words->n; i++)
        if (strcasecmp(words->at[i], word) == 0)
            return true;
    return false;
}

const char *cell_rules_two_faced(const struct cell_rules *r)
{
    for (int32_t i = 0; r->true_words.is_set && i < r->true_words.n; i++)
        if (has_word(&r->false_words, "false", r->true_words.at[i]))
            return r->true_words.at[i];
    return has_word(&r->false_words, "false", "true") && !r->true_words.is_set ? "true" : NULL;
}
