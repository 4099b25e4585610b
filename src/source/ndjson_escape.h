/* Escapes in the texts of JSON: \n, \", \uXXXX, pairs of surrogates.
 *
 *     const char *reason = cyn_ndjson_unescape(&p, end, &to);     // p at the backslash
 *     if (reason) …                                               // p and to have not moved
 *
 * What is written is UTF-8, and never longer than what is read. Pure functions; any thread.
 */
#pragma once

/* Moves both pointers behind what was read and what was written (4 bytes at most). NULL, or why the
 * escape is none. */
const char *cyn_ndjson_unescape(const char **p, const char *end, char **to);
