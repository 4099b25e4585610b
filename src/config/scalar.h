/* What a scalar of a YAML file is, before anyone knows what was expected (private to config).
 *
 * Plain scalars resolve as in the core schema of YAML 1.2, which editors use: null, true and false,
 * decimal, 0o and 0x integers, reals. Everything else, and everything in quotes, is text. Where
 * YAML 1.1 reads the same characters differently (yes, no, on, off; a leading zero) the readers of
 * values refuse what would be ambiguous.
 */
#pragma once
#include "config/tree.h"

typedef enum cyn_scalar {
    CYN_SCALAR_TEXT,
    CYN_SCALAR_NULL,
    CYN_SCALAR_BOOLEAN,
    CYN_SCALAR_INTEGER,
    CYN_SCALAR_REAL,
} cyn_scalar;

cyn_scalar cyn_scalar_of(const cyn_node *node);
static inline bool cyn_scalar_is_number(cyn_scalar s)
{
    return s == CYN_SCALAR_INTEGER || s == CYN_SCALAR_REAL;
}
/* A plain yes, no, on, off, y or n: a boolean to YAML 1.1. */
bool cyn_scalar_is_old_boolean(const cyn_node *node);
/* The finite value of a decimal number without leading zeros; false for 0x1F, 010, .inf, 1e999. */
bool cyn_scalar_number(const cyn_node *node, double *out);

#define CYN_SHOWN_SIZE 96
/* The text as a message can carry it: cut to 60 bytes, control characters as '?'. */
const char *cyn_shown(const char *text, size_t n, char out[CYN_SHOWN_SIZE]);
/* "the text 'abc'", "the number 12", "nothing", "a list" … */
const char *cyn_node_found(const cyn_node *node, char out[CYN_SHOWN_SIZE]);
