/* What fuzz targets ask of the code under test. What does not hold aborts, which is what a fuzzer
 * looks for. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* A promise that the code under test makes. */
#define PROMISE(cond)                                                                              \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #cond);             \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* Reads every byte, so that a sanitizer sees those that are not there. */
static inline void touch(const void *data, size_t n)
{
    const volatile uint8_t *bytes = data;
    for (size_t i = 0; i < n; i++)
        (void)bytes[i];
}
