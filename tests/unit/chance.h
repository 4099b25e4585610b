/* Chance, the same each time. */
#pragma once
#include <stdint.h>

/* The next of a sequence (splitmix64) that the seed, which moves on, stands for. */
static inline uint64_t chance(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}
