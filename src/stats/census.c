#include "stats/census.h"

/* A bit for each value that is less than lo, or greater than hi. */
typedef struct beyond {
    uint64_t less, greater;
} beyond;

static beyond look(const double *x, size_t n, double lo, double hi)
{
    beyond b = {0};
    for (size_t i = 0; i < n; i++) {
        b.less |= (uint64_t)(x[i] < lo) << i;
        b.greater |= (uint64_t)(x[i] > hi) << i;
    }
    return b;
}

/* Of those that are known: how many are less; a mark where neither. */
static size_t note(beyond b, uint64_t known, uint64_t *mark)
{
    *mark = known & ~(b.less | b.greater);
    return (size_t)__builtin_popcountll(b.less & known);
}

static size_t census_plain(const double *x, size_t n, double lo, double hi, const uint64_t *known,
                           uint64_t *marks)
{
    size_t less = 0;
    for (size_t i = 0; i < n; i += 64) {
        beyond b = look(x + i, n - i < 64 ? n - i : 64, lo, hi);
        less += note(b, known[i / 64], &marks[i / 64]);
    }
    return less;
}

#ifdef __x86_64__
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2,popcnt")))

AVX2 static inline beyond look_avx2(const double *x, __m256d lo, __m256d hi)
{
    beyond b = {0};
    for (int i = 0; i < 64; i += 4) {
        __m256d v = _mm256_loadu_pd(x + i);
        b.less |= (uint64_t)(unsigned)_mm256_movemask_pd(_mm256_cmp_pd(v, lo, _CMP_LT_OQ)) << i;
        b.greater |= (uint64_t)(unsigned)_mm256_movemask_pd(_mm256_cmp_pd(v, hi, _CMP_GT_OQ)) << i;
    }
    return b;
}

AVX2 static size_t census_avx2(const double *x, size_t n, double lo, double hi,
                               const uint64_t *known, uint64_t *marks)
{
    const __m256d low = _mm256_set1_pd(lo), high = _mm256_set1_pd(hi);
    size_t less = 0, i = 0;
    for (; i + 64 <= n; i += 64) {
        beyond b = look_avx2(x + i, low, high);
        marks[i / 64] = known[i / 64] & ~(b.less | b.greater);
        less += (size_t)_mm_popcnt_u64(b.less & known[i / 64]);
    }
    return less + census_plain(x + i, n - i, lo, hi, known + i / 64, marks + i / 64);
}
#endif

bool cyn_census_by(cyn_census_way way, const double *x, size_t n, double lo, double hi,
                   const uint64_t *known, uint64_t *marks, size_t *less)
{
    if (way == CYN_CENSUS_PLAIN) {
        *less = census_plain(x, n, lo, hi, known, marks);
        return true;
    }
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt")) {
        *less = census_avx2(x, n, lo, hi, known, marks);
        return true;
    }
#endif
    return false;
}

size_t cyn_census(const double *x, size_t n, double lo, double hi, const uint64_t *known,
                  uint64_t *marks)
{
    size_t less;
    if (!cyn_census_by(CYN_CENSUS_AVX2, x, n, lo, hi, known, marks, &less))
        (void)cyn_census_by(CYN_CENSUS_PLAIN, x, n, lo, hi, known, marks, &less);
    return less;
}
