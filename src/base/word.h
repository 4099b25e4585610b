/* Eight bytes as a word, for whoever looks at texts so many at a time. */
#pragma once
#include <stdint.h>
#include <string.h>

/* The first character is the lowest byte. */
static inline uint64_t cyn_load8(const char *s)
{
    uint64_t word;
    memcpy(&word, s, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}
