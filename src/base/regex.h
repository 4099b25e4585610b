/* Regular expressions for matchers: PCRE2, in UTF-8, with limits. The only part that knows it.
 *
 *     cyn_regex *re;
 *     CYN_TRY(cyn_regex_new("(ads|seo)-.*", arena, &re, err));
 *     CYN_TRY(cyn_regex_match(re, text, NULL, &matches, err)); // the whole text, never a part
 *
 * A dot is any character, a line end too; $ is the end of the text alone. An expression that
 * searches for ever is stopped: CYN_E_LIMIT, after a quarter of a million steps, some milliseconds.
 * Nothing is written to an expression once it is made: any thread may match with it.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

typedef struct cyn_regex cyn_regex;

/* CYN_E_SYNTAX says what is wrong, and at which character. */
CYN_NODISCARD cyn_code cyn_regex_new(const char *pattern, cyn_arena *arena, cyn_regex **out,
                                     cyn_err *err);
/* Offsets of a group in the text; from -1: it took no part. */
typedef struct cyn_regex_span {
    int from, to;
} cyn_regex_span;
/* spans[0] is the whole text, then come the groups; NULL: they are not asked for. What is not valid
 * UTF-8 matches nothing. */
CYN_NODISCARD cyn_code cyn_regex_match(const cyn_regex *re, const char *text, cyn_regex_span *spans,
                                       bool *matches, cyn_err *err);
size_t cyn_regex_groups(const cyn_regex *re); /* without the whole */
/* The number of the group of that name; 0: there is none. */
size_t cyn_regex_group(const cyn_regex *re, const char *name, size_t n);
