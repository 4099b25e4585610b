/* Forms: how many bytes a column's values take in memory, and what they count.
 *
 * Codes lie in 1, 2 or 4 bytes, integers, decimals and dates in 1, 2, 4 or 8, timestamps as seconds
 * in 4, or as microseconds in 8. A column begins in the least form and goes to the next one where
 * a value does not fit; 0 is 0 in each, so that missing cells are the same in all.
 *
 *     cyn_form form = cyn_form_least(CYN_INTEGER);
 *     while (!cyn_form_put_integers(form, to, integers, n))
 *         form = cyn_form_next(form);         // and what is there: cyn_form_widen
 */
#pragma once
#include "column/column.h"

typedef struct cyn_form {
    uint32_t size, unit; /* bytes of a value; microseconds, of a timestamp */
} cyn_form;

cyn_form cyn_form_least(cyn_type type);
/* The next wider one; the widest has none. */
cyn_form cyn_form_next(cyn_form form);
/* The one of two forms of a type that holds what both hold. */
static inline cyn_form cyn_form_wider(cyn_form a, cyn_form b)
{
    return a.size < b.size ? b : a;
}
/* The least for codes below `count`. */
cyn_form cyn_form_of_codes(uint32_t count);
cyn_form cyn_form_of(const cyn_column *c);
/* Lets a column say that its values lie in this form. */
void cyn_form_show(cyn_form form, cyn_column *c);
/* Whether a column of this type can have such `narrow` and `unit`. */
bool cyn_form_exists(cyn_type type, uint32_t narrow, uint32_t unit);

/* Writes n values; false when one of them does not fit, and what was written is of no use. */
bool cyn_form_put_integers(cyn_form form, void *to, const int64_t *from, size_t n);
bool cyn_form_put_codes(cyn_form form, void *to, const uint32_t *from, size_t n);
/* Brings n values into a wider form, in place; there is room for them. */
void cyn_form_widen(cyn_type type, void *values, size_t n, cyn_form from, cyn_form to);
