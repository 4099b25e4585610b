/* What a row expression reads, found from its text by Lua's own lexical rules. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Calls `found` for every column that the expression may read: each identifier that follows no dot
 * or colon, and each dotted path that begins with one ("payload", "payload.size"), repetitions
 * included. Left out are names that are called, keys of tables, and the libraries math, string and
 * utf8. Returns true when the names cannot be known: _ENV itself is used, or a function with names
 * of its own. */
bool cyn_expression_reads(const char *text, size_t n,
                          void (*found)(void *self, const char *name, size_t length), void *self);

/* True for a text that is nothing but a column's name: identifiers joined by dots, where every
 * character beyond ASCII counts as a letter, and the first identifier is no word of Lua. */
bool cyn_expression_is_column(const char *text, size_t n);
