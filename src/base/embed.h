/* Files embedded into the binary at build time (src/embed.py writes the arrays). */
#pragma once
#include <stddef.h>

typedef struct cyn_embedded {
    const char *name; /* relative path; NULL ends the array */
    const unsigned char *data;
    size_t size;
} cyn_embedded;
