/* The shape of a number's text: what inference and conversion need to know before they read it. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

typedef struct cyn_number {
    bool negative, plus, point;
    const char *whole, *fraction; /* digits */
    size_t nwhole, nfraction;
    bool has_exponent;
    int exponent; /* cut to ±100,000 */
} cyn_number;

/* Whole text: [+-] digits [. digits] [e [+-] digits], with a digit before the exponent. */
bool cyn_number_scan(const char *s, size_t n, cyn_number *out);
