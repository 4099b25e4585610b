#include "source/csv_index.h"
#include <string.h>

#define LOW  UINT64_C(0x0101010101010101)
#define HIGH UINT64_C(0x8080808080808080)

/* The high bit of each byte that is c. */
static uint64_t match8(uint64_t word, char c)
{
    uint64_t x = word ^ (LOW * (unsigned char)c);
    return ~(((x & ~HIGH) + ~HIGH) | x) & HIGH;
}

static uint64_t load8(const char *s)
{
    uint64_t word;
    memcpy(&word, s, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

size_t cyn_csv_index_plain(const char *s, size_t n, char delimiter, uint32_t *marks, bool *ascii)
{
    size_t count = 0;
    uint64_t strange = 0;
    for (size_t at = 0; at < n; at += 8) {
        uint64_t word = load8(s + at);
        uint64_t found =
            match8(word, delimiter) | match8(word, '\n') | match8(word, '\r') | match8(word, '"');
        uint64_t odd = (word & HIGH) | match8(word, '\0');
        if (n - at < 8) {
            uint64_t inside = (UINT64_C(1) << (n - at) * 8) - 1;
            found &= inside;
            odd &= inside;
        }
        strange |= odd;
        for (; found; found &= found - 1)
            marks[count++] = (uint32_t)(at + (size_t)__builtin_ctzll(found) / 8);
    }
    *ascii = strange == 0;
    return count;
}

#ifdef __x86_64__
#include <immintrin.h>

typedef struct found {
    uint64_t marks, strange;
} found;

__attribute__((target("avx2,bmi"))) static inline found look64(const char *s, __m256i delimiter)
{
    const __m256i feed = _mm256_set1_epi8('\n'), carriage = _mm256_set1_epi8('\r'),
                  quote = _mm256_set1_epi8('"'), zero = _mm256_setzero_si256();
    found f = {0, 0};
    for (int half = 0; half < 2; half++) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(s + 32 * half));
        __m256i ends = _mm256_or_si256(_mm256_cmpeq_epi8(v, delimiter), _mm256_cmpeq_epi8(v, feed));
        __m256i rare = _mm256_or_si256(_mm256_cmpeq_epi8(v, carriage), _mm256_cmpeq_epi8(v, quote));
        /* The high bit of a byte is set where it is NUL or beyond ASCII. */
        __m256i strange = _mm256_or_si256(v, _mm256_cmpeq_epi8(v, zero));
        uint32_t marks = (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(ends, rare));
        f.marks |= (uint64_t)marks << 32 * half;
        f.strange |= (uint64_t)(uint32_t)_mm256_movemask_epi8(strange) << 32 * half;
    }
    return f;
}

/* Eight offsets are written whether there are so many or not: a loop that ends at the last one
 * would be predicted wrong for nearly every block. */
__attribute__((target("avx2,bmi"))) static size_t
index_avx2(const char *s, size_t n, char delimiter, uint32_t *marks, bool *ascii)
{
    const __m256i d = _mm256_set1_epi8(delimiter);
    size_t count = 0;
    uint64_t strange = 0;
    for (size_t at = 0; at < n; at += 64) {
        found f = look64(s + at, d);
        uint64_t inside = n - at < 64 ? (UINT64_C(1) << (n - at)) - 1 : UINT64_MAX;
        uint64_t bits = f.marks & inside;
        size_t here = (size_t)__builtin_popcountll(bits);
        strange |= f.strange & inside;
        uint32_t *to = marks + count;
        for (size_t k = 0; k < 8; k++, bits = _blsr_u64(bits))
            to[k] = (uint32_t)at + (uint32_t)_tzcnt_u64(bits);
        for (size_t k = 8; k < here; k++, bits = _blsr_u64(bits))
            to[k] = (uint32_t)at + (uint32_t)_tzcnt_u64(bits);
        count += here;
    }
    *ascii = strange == 0;
    return count;
}
#endif

size_t cyn_csv_index(const char *s, size_t n, char delimiter, uint32_t *marks, bool *ascii)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
        return index_avx2(s, n, delimiter, marks, ascii);
#endif
    return cyn_csv_index_plain(s, n, delimiter, marks, ascii);
}

size_t cyn_csv_cut(const char *s, size_t n)
{
    bool inside = false;
    if (memchr(s, '"', n)) {
        size_t quotes = 0;
        for (size_t i = 0; i < n; i++)
            quotes += s[i] == '"';
        inside = quotes % 2 == 1;
    }
    for (; n > 0; n--) {
        if (s[n - 1] == '"') inside = !inside;
        if (s[n - 1] == '\n' && !inside) break;
    }
    return n;
}
