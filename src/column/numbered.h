/* Numbered texts: "u00074997" is found by its number, which takes one look at four bytes.
 *
 * Ids are often digits behind the same letters. The first text of each length says what those of
 * its length look like; their codes lie in an array by number. It stands beside a dictionary's
 * table (intern.c), which has all other texts: those that look otherwise, and those whose number is
 * too far away. As long as there is none of the latter, a text that looks as those of its length do
 * and is not found here is a new one. Where most texts of a length look otherwise, nothing more is
 * noted of them.
 *
 *     uint32_t number = cyn_numbered_number(x, s, n);   // or CYN_NUMBERED_NONE
 *     if (number != CYN_NUMBERED_NONE && number < x->shapes[n].room)
 *         code1 = x->shapes[n].code1[number];           // or 0: not known
 *     …
 *     if (!cyn_numbered_note(x, s, n, code, count)) …    // of a new one: it belongs into the table
 *
 * Texts are readable for CYN_NUMBERED_LENGTH bytes. One thread at a time.
 */
#pragma once
#include "base/word.h"
#include <stdbool.h>
#include <stddef.h>

enum { CYN_NUMBERED_LENGTH = 16 }; /* texts are shorter */

/* What texts of one length look like. */
typedef struct cyn_numbered_shape {
    uint64_t letters[2], are_letters[2]; /* the first bytes, then zeros; all ones there */
    uint64_t are_digits;                 /* of the last eight bytes: all ones */
    uint32_t *code1;                     /* by number: code + 1; 0: not known */
    size_t room;
    size_t missed; /* how often one could not be noted */
    bool known;
    bool whole;  /* every text that looks like this is noted */
    bool closed; /* nothing is noted any more */
} cyn_numbered_shape;

typedef struct cyn_numbered {
    cyn_numbered_shape shapes[CYN_NUMBERED_LENGTH];
} cyn_numbered;

/* The last eight bytes of a text, with zeros before it where it is shorter. */
static inline uint64_t cyn_numbered_last(const char *s, size_t n)
{
    return n >= 8 ? cyn_load8(s + n - 8) : cyn_load8(s) << 8 * (8 - n);
}

/* False where a byte is no digit. */
static inline bool cyn_numbered_read(uint64_t digits, uint64_t *number)
{
    const uint64_t tens = UINT64_C(0xF0F0F0F0F0F0F0F0), zeros = UINT64_C(0x3030303030303030);
    const uint64_t beyond = digits + UINT64_C(0x0606060606060606); /* ':' and later carry */
    uint64_t x = digits & ~tens;
    x = (x * 10 + (x >> 8)) & UINT64_C(0x00FF00FF00FF00FF);
    x = (x * 100 + (x >> 16)) & UINT64_C(0x0000FFFF0000FFFF);
    *number = (x * 10000 + (x >> 32)) & UINT64_C(0xFFFFFFFF);
    return (digits & tens) == zeros && (beyond & tens) == zeros;
}

/* The number of a text that looks as those of its length do. */
static inline bool cyn_numbered_has_shape(const cyn_numbered_shape *shape, const char *s, size_t n,
                                          uint64_t *number)
{
    const uint64_t odd = ((cyn_load8(s) & shape->are_letters[0]) ^ shape->letters[0]) |
                         ((cyn_load8(s + 8) & shape->are_letters[1]) ^ shape->letters[1]);
    const uint64_t zeros = UINT64_C(0x3030303030303030) & ~shape->are_digits;
    return cyn_numbered_read((cyn_numbered_last(s, n) & shape->are_digits) | zeros, number) &&
           odd == 0;
}

#define CYN_NUMBERED_NONE UINT32_MAX

/* The number of a text for which there may be a place; of eight digits at most. */
static inline uint32_t cyn_numbered_number(const cyn_numbered *x, const char *s, size_t n)
{
    uint64_t number;
    if (n >= CYN_NUMBERED_LENGTH) return CYN_NUMBERED_NONE;
    const cyn_numbered_shape *shape = &x->shapes[n];
    if (shape->room == 0 || !cyn_numbered_has_shape(shape, s, n, &number)) return CYN_NUMBERED_NONE;
    return shape->whole || number < shape->room ? (uint32_t)number : CYN_NUMBERED_NONE;
}

/* False where there is no place for the text, and when out of memory. `count`: of all texts. */
bool cyn_numbered_note(cyn_numbered *x, const char *s, size_t n, uint32_t code, uint32_t count);
void cyn_numbered_free(cyn_numbered *x); /* NULL is fine */
