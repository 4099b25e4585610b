/* Inference: the narrowest type that every value of a column has.
 *
 *     boolean                          true, false in any case (JSON: the words themselves)
 *     integer ⊂ decimal ⊂ real         decimal: at most 9 decimals, 18 digits in all
 *     date ⊂ timestamp                 ISO 8601 with separators
 *     text                             everything
 *
 * A guess starts with all types possible; each value takes away those that it is not of. A number
 * with a leading zero is a code ("00123") and a whole number beyond 64 bits an identifier: both are
 * text, so that no digit is lost. One thread per guess.
 *
 *     cyn_guess g;
 *     cyn_guess_init(&g, CYN_WANT_TYPE);
 *     cyn_guess_value(&g, CYN_CELL_PLAIN, "12.50", 5, tz);
 *     type = cyn_guess_type(&g, &scale);     // CYN_DECIMAL, 2
 */
#pragma once
#include "base/time.h"
#include "base/type.h"
#include "source/reader.h"

typedef enum cyn_want {
    CYN_WANT_TYPE,
    CYN_WANT_SCALE,   /* declared as decimal without scale: counts digits, whatever else is there */
    CYN_WANT_NOTHING, /* all is declared */
} cyn_want;

typedef struct cyn_guess {
    cyn_want want;
    uint8_t can;                /* types that are still possible, as bits; text always is */
    uint32_t nwhole, nfraction; /* digits: the most of any plain number */
    int64_t values, blobs;      /* seen; blobs are no values */
    const char *spoiler;        /* the first value that made it text; set by the caller */
    cyn_cell_kind spoiler_kind;
    const char *spoiler_file; /* and where it is */
    int64_t spoiler_line;
} cyn_guess;

void cyn_guess_init(cyn_guess *g, cyn_want want);
/* Text only: nothing is left to find out. */
static inline bool cyn_guess_is_text(const cyn_guess *g)
{
    return g->can == 0;
}
/* s[0 … n) is trimmed and not empty. tz is for timestamps without offset. */
void cyn_guess_value(cyn_guess *g, cyn_cell_kind kind, const char *s, size_t n, const cyn_tz *tz);
/* The scale that a decimal needs for the digits seen: at most 18 digits in all. */
int cyn_guess_scale(const cyn_guess *g);
cyn_type cyn_guess_type(const cyn_guess *g, int *scale);
/* "all 69,659 values are plain decimals, at most 2 digits"; size ≥ 200. */
void cyn_guess_why(const cyn_guess *g, char *out, size_t size);
