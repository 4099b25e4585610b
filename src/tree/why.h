/* Why a change was shared out as it was, or could not be: in words for people.
 *
 * What decompositions say in English is one of these sentences, so that reports can say it in the
 * project's language:
 *
 *     puts(cyn_why_text(parts.why, "ja"));
 */
#pragma once
#include "base/sheet.h"

typedef enum cyn_why {
    CYN_WHY_SUM,
    CYN_WHY_PRODUCT,
    CYN_WHY_ORDERS,
    CYN_WHY_NEGATIVE,
    CYN_WHY_MANY,
    CYN_WHY_ASKED,
    CYN_WHY_MOVEMENT,
    CYN_WHY_SCRIPT,
    CYN_WHY_SEGMENTS_ADD,
    CYN_WHY_SEGMENTS_RATIO,
    /* why there are no parts */
    CYN_WHY_NO_TOTAL,
    CYN_WHY_NO_INPUT,
    CYN_WHY_NO_RESULT,
    CYN_WHY_NOT_SUM,
    CYN_WHY_NOT_PRODUCT,
    CYN_WHY_NOT_POSITIVE,
    CYN_WHY_NO_BETWEEN,
    CYN_WHY_TOO_LARGE,
    CYN_WHY_TOO_NESTED,
    CYN_WHY_NO_OPENING,
    CYN_WHY_NO_NUMBER,
    CYN_WHY_NOT_ALL,
    CYN_WHY_NO_METHOD,
    CYN_WHY_SEGMENTS_OVERLAP,
    CYN_WHY_SEGMENTS_WEIGHT,
    CYN_WHY_SEGMENTS_RATIO_NONE,
    CYN_WHY_NO_TARGET,
    CYN_WHY_NO_MARKET,
    CYN_WHY_FIGURES_WHOLE,
    CYN_WHY_NOT_BROKEN_DOWN,
} cyn_why;
extern const cyn_label cyn_why_labels[];

/* A sentence of the list in a language ("ja" or "en"); any other text as it is. */
const char *cyn_why_text(const char *why, const char *language);
