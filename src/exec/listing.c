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
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("popcnt")) {
        *found = list_avx512(mask, n, list);
        return true;
    }
#endif
    return false;
}

size_t cyn_list_kept(const uint8_t *mask, size_t n, uint32_t *list)
{
    size_t found;
    if (!cyn_list_kept_by(CYN_LIST_AVX512, mask, n, list, &found))
        (void)cyn_list_kept_by(CYN_LIST_PLAIN, mask, n, list, &found);
    return found;
}
