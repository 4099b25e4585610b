#include "stats/part.h"
#include "stats/four_impl.h"

/* Goes on from x[i], when those before it are parted already and `less` of them are less. Always
 * two loads and two stores, and no branch: where a value goes cannot be foreseen. */
static size_t part_from(double *x, size_t i, size_t n, size_t less, double pivot)
{
    for (; i < n; i++) {
        double v = x[i];
        x[i] = x[less];
        x[less] = v;
        less += v < pivot;
    }
    return less;
}

#ifdef __x86_64__
#define AVX512 __attribute__((target("avx512f,popcnt")))
enum { LANES = 8, VECTORS = 4, BLOCK = VECTORS * LANES };

/* Where the next values go: x[front] and up, and below x[back]. What is between is free. */
typedef struct gap {
    size_t front, back;
} gap;

typedef struct block {
    __m512d v[VECTORS];
} block;

AVX512 static inline block load(const double *x)
{
    block b;
    for (int i = 0; i < VECTORS; i++)
        b.v[i] = _mm512_loadu_pd(x + i * LANES);
    return b;
}

/* Writes eight values at both ends of the gap, the lesser ones first: at either end those that
 * belong there stay, and the others are in the gap. */
AVX512 static inline void put_vector(double *x, gap *g, __m512d v, __m512d pivot)
{
    const __mmask8 is_less = _mm512_cmp_pd_mask(v, pivot, _CMP_LT_OQ);
    const unsigned less = (unsigned)_mm_popcnt_u32(is_less);
    const __m512d lesser = _mm512_maskz_compress_pd(is_less, v);
    const __m512d others = _mm512_maskz_compress_pd((__mmask8)~is_less, v);
    const __m512d both = _mm512_mask_expand_pd(lesser, (__mmask8)(0xffU << less), others);
    _mm512_storeu_pd(x + g->front, both);
    _mm512_storeu_pd(x + g->back - LANES, both);
    g->front += less;
    g->back -= LANES - less;
}

AVX512 static inline void put(double *x, gap *g, const block *b, __m512d pivot)
{
    for (int i = 0; i < VECTORS; i++)
        put_vector(x, g, b->v[i], pivot);
}

/* A block from either end is held back, so that the places of two are free. The next one is read
 * where fewer are free: then there is room for it at both ends. It has several vectors because
 * where the next one lies is known only when this one is counted. */
AVX512 static size_t part_avx512(double *x, size_t n, double pivot)
{
    const size_t whole = n - n % BLOCK;
    if (whole < 2 * BLOCK) return part_from(x, 0, n, 0, pivot);
    const __m512d by = _mm512_set1_pd(pivot);
    const block first = load(x), last = load(x + whole - BLOCK);
    gap g = {0, whole};
    size_t from = BLOCK, to = whole - BLOCK; /* still to be read */
    while (from < to) {
        bool front = from - g.front <= g.back - to;
        to -= front ? 0 : BLOCK;
        block b = load(x + (front ? from : to));
        from += front ? BLOCK : 0;
        put(x, &g, &b, by);
    }
    put(x, &g, &first, by);
    put(x, &g, &last, by);
    return part_from(x, whole, n, g.front, pivot);
}

/* ---- the same with vectors of four ---- */

enum { FOUR = 4, BLOCK_OF_FOURS = VECTORS * FOUR };

typedef struct block_of_fours {
    __m256d v[VECTORS];
} block_of_fours;

CYN_AVX2 static inline block_of_fours load_fours(const double *x)
{
    block_of_fours b;
    for (int i = 0; i < VECTORS; i++)
        b.v[i] = _mm256_loadu_pd(x + i * FOUR);
    return b;
}

CYN_AVX2 static inline void put_four(double *x, gap *g, __m256d v, __m256d pivot)
{
    const unsigned is_less = (unsigned)_mm256_movemask_pd(_mm256_cmp_pd(v, pivot, _CMP_LT_OQ));
    const unsigned less = (unsigned)_mm_popcnt_u32(is_less);
    const __m256d both = cyn_four_first(v, is_less);
    _mm256_storeu_pd(x + g->front, both);
    _mm256_storeu_pd(x + g->back - FOUR, both);
    g->front += less;
    g->back -= FOUR - less;
}

CYN_AVX2 static inline void put_fours(double *x, gap *g, const block_of_fours *b, __m256d pivot)
{
    for (int i = 0; i < VECTORS; i++)
        put_four(x, g, b->v[i], pivot);
}

CYN_AVX2 static size_t part_avx2(double *x, size_t n, double pivot)
{
    const size_t whole = n - n % BLOCK_OF_FOURS;
    if (whole < 2 * BLOCK_OF_FOURS) return part_from(x, 0, n, 0, pivot);
    const __m256d by = _mm256_set1_pd(pivot);
    const block_of_fours first = load_fours(x), last = load_fours(x + whole - BLOCK_OF_FOURS);
    gap g = {0, whole};
    size_t from = BLOCK_OF_FOURS, to = whole - BLOCK_OF_FOURS; /* still to be read */
    while (from < to) {
        bool front = from - g.front <= g.back - to;
        to -= front ? 0 : BLOCK_OF_FOURS;
        block_of_fours b = load_fours(x + (front ? from : to));
        from += front ? BLOCK_OF_FOURS : 0;
        put_fours(x, &g, &b, by);
    }
    put_fours(x, &g, &first, by);
    put_fours(x, &g, &last, by);
    return part_from(x, whole, n, g.front, pivot);
}
#endif

bool cyn_part_by(cyn_part_way way, double *x, size_t n, double pivot, size_t *less)
{
    if (way == CYN_PART_PLAIN) {
        *less = part_from(x, 0, n, 0, pivot);
        return true;
    }
#ifdef __x86_64__
    if (way == CYN_PART_AVX2 && cyn_four_can()) {
        *less = part_avx2(x, n, pivot);
        return true;
    }
    if (way == CYN_PART_AVX512 && __builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("popcnt")) {
        *less = part_avx512(x, n, pivot);
        return true;
    }
#endif
    return false;
}

size_t cyn_part(double *x, size_t n, double pivot)
{
    size_t less;
    if (!cyn_part_by(CYN_PART_AVX512, x, n, pivot, &less) &&
        !cyn_part_by(CYN_PART_AVX2, x, n, pivot, &less))
        (void)cyn_part_by(CYN_PART_PLAIN, x, n, pivot, &less);
    return less;
}
