/* Four doubles, those that are chosen first: for each choice, a bit for each, the halves of them as
 * _mm256_permutevar8x32_epi32() takes them. The others follow in their order. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#ifdef __x86_64__
#include <immintrin.h>
#define CYN_AVX2 __attribute__((target("avx2,popcnt")))

extern const int32_t cyn_four_chosen[16][8];

CYN_AVX2 static inline __m256d cyn_four_first(__m256d v, unsigned chosen)
{
    const void *order = cyn_four_chosen[chosen];
    const __m256i halves = _mm256_load_si256(order);
    return _mm256_castsi256_pd(_mm256_permutevar8x32_epi32(_mm256_castpd_si256(v), halves));
}

static inline bool cyn_four_can(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
}
#endif
