/* What a name or a title says: words in English, whatever their case, separators and plural; and
 * fragments in Japanese. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* The text as lower-case words between blanks, without a plural's s and without what is no ASCII
 * letter or digit: "PageViews_total" → " page view total ". Cut to fit. */
void cyn_plain_words(const char *text, char *out, size_t size);
/* Whether one of the lists (NULL at the end) occurs: `words` such as "page view", `fragments` as
 * they are. Gives it, or NULL. */
const char *cyn_find_word(const char *text, const char *const *words, const char *const *fragments);
