/* Text as people see it: UTF-8 checks, display width, cutting, nearest names.
 *
 * Width is in terminal cells: wide and full-width characters take two, combining marks none
 * (Unicode data of libutf8proc; ambiguous width counts as one). Functions are pure; any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Offset of the first byte that is not valid UTF-8 (RFC 3629), or n when all is. */
size_t cyn_utf8_valid(const char *s, size_t n);
/* Cells that the first n bytes take; invalid bytes count one, control characters none. */
size_t cyn_width(const char *s, size_t n);
/* Bytes of the longest prefix of whole grapheme clusters that takes at most `cells`. */
size_t cyn_width_prefix(const char *s, size_t n, size_t cells);
/* Characters (code points) in the first n bytes; for columns in error messages. */
size_t cyn_utf8_count(const char *s, size_t n);

/* Bytes of the control character that the text, of at least one byte, begins with: C0 and DEL, or
 * C1 in UTF-8 (C2 80 … C2 9F); else 0. */
size_t cyn_control_size(const char *s, size_t n);
/* The same of what no text of others may bring onto a screen or into a message: control characters,
 * and those that reorder the rest of a line or end it (U+2028 … U+202E, U+2066 … U+2069). */
size_t cyn_unprintable_size(const char *s, size_t n);
/* Makes blanks of all that is unprintable, or of all but line ends: so that a text from data or
 * scripts neither moves the cursor nor turns the line around. */
void cyn_blank_controls(char *s, size_t n, bool keep_lines);

/* The candidate nearest to `word` (optimal string alignment, case folded for ASCII) if near enough
 * to be a likely slip, else NULL. `names` need not be sorted; ties go to the first. */
const char *cyn_nearest(const char *word, const char *const *names, size_t count);

/* Whether people are spoken to in Japanese; any other language, or NULL, is English. */
bool cyn_is_japanese(const char *language);

/* True for a name that Lua accepts as an identifier and that is no keyword. */
bool cyn_is_identifier(const char *s);
