#include "exec/listing_impl.h"

/* Bit i: byte i of the mask is 1. Each byte of a word is brought to a bit of the topmost one. */
static uint64_t pack_mask(const uint8_t *mask)
{
    uint64_t bits = 0;
    for (int k = 0; k < 8; k++) {
        uint64_t eight = 0;
        for (int i = 0; i < 8; i++)
            eight |= (uint64_t)mask[8 * k + i] << 8 * i;
        bits |= (eight * UINT64_C(0x0102040810204080) >> 56) << 8 * k;
    }
    return bits;
}

/* From row i on. Many filters share out the rows of a batch, so that each keeps few: it pays to
 * step from one to the next. */
static size_t list_plain(const uint8_t *mask, size_t i, size_t n, uint32_t *list, size_t found)
{
    for (; i + 64 <= n; i += 64)
        for (uint64_t bits = pack_mask(mask + i); bits; bits &= bits - 1)
            list[found++] = (uint32_t)i + (uint32_t)__builtin_ctzll(bits);
    for (; i < n; i++)
        if (mask[i]) list[found++] = (uint32_t)i;
    return found;
}

#ifdef __x86_64__
#include <immintrin.h>

/* Which of eight rows are kept, those first, for each choice of them: a byte for each. */
#define BELOW(m, k)  ((unsigned)__builtin_popcount((m) & ((1U << (k)) - 1)))
#define ROW(m, k)    ((uint64_t)((m) >> (k)&1U ? (k) : 0) << 8 * BELOW(m, k))
#define EIGHT(m)     (ROW(m, 1) | ROW(m, 2) | ROW(m, 3) | ROW(m, 4) | ROW(m, 5) | ROW(m, 6) | ROW(m, 7))
#define CHOICES4(m)  EIGHT(m), EIGHT((m) + 1U), EIGHT((m) + 2U), EIGHT((m) + 3U)
#define CHOICES16(m) CHOICES4(m), CHOICES4((m) + 4U), CHOICES4((m) + 8U), CHOICES4((m) + 12U)
#define CHOICES64(m) CHOICES16(m), CHOICES16((m) + 16U), CHOICES16((m) + 32U), CHOICES16((m) + 48U)
static const uint64_t kept_of_eight[256] = {CHOICES64(0U), CHOICES64(64U), CHOICES64(128U),
                                            CHOICES64(192U)};

#define AVX2 __attribute__((target("avx2,popcnt")))

/* Eight rows at a time; else as with sixteen. */
AVX2 static size_t list_avx2(const uint8_t *mask, size_t n, uint32_t *list)
{
    const __m256i zero = _mm256_setzero_si256();
    size_t found = 0, i = 0;
    for (; i + 32 <= n; i += 32) {
        const __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(mask + i));
        const uint32_t bits = ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, zero));
        if (bits == 0) continue;
        for (uint32_t k = 0; k < 32; k += 8) {
            const uint32_t of_eight = bits >> k & 255;
            const __m128i kept = _mm_cvtsi64_si128((int64_t)kept_of_eight[of_eight]);
            const __m256i first = _mm256_set1_epi32((int)((uint32_t)i + k));
            _mm256_storeu_si256((__m256i *)(void *)(list + found),
                                _mm256_add_epi32(_mm256_cvtepu8_epi32(kept), first));
            found += (size_t)_mm_popcnt_u32(of_eight);
        }
    }
    return list_plain(mask, i, n, list, found);
}

#define AVX512 __attribute__((target("avx512f,avx512bw,popcnt")))

/* Sixteen rows at a time, those that are kept first: what is written behind them is overwritten. No
 * branch, since how many these are cannot be foreseen. */
AVX512 static size_t list_avx512(const uint8_t *mask, size_t n, uint32_t *list)
{
    const __m512i step = _mm512_set1_epi32(16);
    __m512i rows = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    size_t found = 0, i = 0;
    for (; i + 64 <= n; i += 64) {
        __m512i bytes = _mm512_loadu_si512(mask + i);
        uint64_t bits = _mm512_test_epi8_mask(bytes, bytes);
        for (int k = 0; k < 4; k++, bits >>= 16) {
            _mm512_storeu_si512(list + found, _mm512_maskz_compress_epi32((__mmask16)bits, rows));
            found += (size_t)_mm_popcnt_u32((uint16_t)bits);
            rows = _mm512_add_epi32(rows, step);
        }
    }
    return list_plain(mask, i, n, list, found);
}
#endif

bool cyn_list_kept_by(cyn_list_way way, const uint8_t *mask, size_t n, uint32_t *list,
                      size_t *found)
{
    if (way == CYN_LIST_PLAIN) {
        *found = list_plain(mask, 0, n, list, 0);
        return true;
    }
#ifdef __x86_64__
    if (!__builtin_cpu_supports("popcnt")) return false;
    if (way == CYN_LIST_AVX2 && __builtin_cpu_supports("avx2")) {
        *found = list_avx2(mask, n, list);
        return true;
    }
    if (way == CYN_LIST_AVX512 && __builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512bw")) {
        *found = list_avx512(mask, n, list);
        return true;
    }
#endif
    return false;
}

size_t cyn_list_kept(const uint8_t *mask, size_t n, uint32_t *list)
{
    size_t found;
    if (!cyn_list_kept_by(CYN_LIST_AVX512, mask, n, list, &found) &&
        !cyn_list_kept_by(CYN_LIST_AVX2, mask, n, list, &found))
        (void)cyn_list_kept_by(CYN_LIST_PLAIN, mask, n, list, &found);
    return found;
}
