/* expressions/words.h -- the words of the language, for the parser and the printer alike. */
#ifndef EXPRESSIONS_WORDS_H
#define EXPRESSIONS_WORDS_H

#include "core/span.h"

/* Cannot be a column unless quoted; NULL-terminated, lower case. */
extern const char *const reserved_words[];

bool word_is(struct span word, const char *lower); /* in any case */
bool word_is_reserved(struct span word);
bool byte_starts_word(uint8_t byte);
bool byte_continues_word(uint8_t byte);

#endif
