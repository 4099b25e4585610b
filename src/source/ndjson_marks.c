#include "source/ndjson_marks.h"

/* What 64 bytes say: a bit for each, the lowest for the first. */
typedef struct masks {
    uint64_t stop, feed, strange;
} masks;

static inline uint64_t real_bits(size_t left)
{
    return left < 64 ? (UINT64_C(1) << left) - 1 : UINT64_MAX;
}

static inline void store_stops(unsigned char *to, uint64_t bits)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bits = __builtin_bswap64(bits);
#endif
    memcpy(to, &bits, sizeof bits);
}

/* Two are written whether there are so many or not: mostly there is none or one, and a loop that
 * ends at the last one would be predicted wrong again and again. */
static inline __attribute__((always_inline)) void add_feeds(cyn_ndjson_marks *out, size_t at,
                                                            uint64_t feeds)
{
    const uint64_t guard = UINT64_C(1) << 63; /* none left: any place will do */
    size_t here = (size_t)__builtin_popcountll(feeds);
    uint32_t *to = out->feeds + out->nfeeds;
    for (size_t k = 0; k < 2 || k < here; k++, feeds &= feeds - 1)
        to[k] = (uint32_t)(at + (size_t)__builtin_ctzll(feeds | guard));
    out->nfeeds += here;
}

/* The end of the text is a stop, too: of its last 64 bytes, or of 0 bytes behind them. */
#define EACH_64(s, n, out, look)                                                                   \
    do {                                                                                           \
        uint64_t strange = 0;                                                                      \
        size_t at = 0;                                                                             \
        for (; at <= n; at += 64) {                                                                \
            masks m = look;                                                                        \
            store_stops(out->stops + at / 8, m.stop);                                              \
            add_feeds(out, at, m.feed);                                                            \
            strange |= m.strange & real_bits(n - at);                                              \
        }                                                                                          \
        store_stops(out->stops + at / 8, 0); /* is read together with those before */              \
        out->ascii = strange == 0;                                                                 \
    } while (0)

/* --- Eight bytes at a time -------------------------------------------------------------------- */

/* The high bit of each byte that is less than a blank. */
static inline uint64_t match_controls(uint64_t word)
{
    uint64_t from_blank = (word & ~CYN_QUICK_HIGH) + UINT64_C(0x6060606060606060);
    return ~(from_blank | word) & CYN_QUICK_HIGH;
}

static masks look_plain(const char *s)
{
    masks m = {0};
    for (int at = 0; at < 64; at += 8) {
        uint64_t word = cyn_load8(s + at), control = match_controls(word);
        uint64_t stop = control | cyn_quick_match(word, '"') | cyn_quick_match(word, '\\');
        uint64_t beyond = word & CYN_QUICK_HIGH;
        m.stop |= cyn_quick_gather(stop) << at;
        if (!(control | beyond)) continue;
        m.feed |= cyn_quick_gather(cyn_quick_match(word, '\n')) << at;
        m.strange |= cyn_quick_gather(beyond | cyn_quick_match(word, '\0')) << at;
    }
    return m;
}

static void mark_plain(const char *s, size_t n, cyn_ndjson_marks *out)
{
    EACH_64(s, n, out, look_plain(s + at));
}

/* --- With vectors ----------------------------------------------------------------------------- */

#ifdef __x86_64__
#include <immintrin.h>
#define AVX2   __attribute__((target("avx2,bmi,popcnt")))
#define AVX512 __attribute__((target("avx512bw,bmi,popcnt")))

AVX2 static inline uint64_t bits_avx2(__m256i low, __m256i high)
{
    uint32_t first = (uint32_t)_mm256_movemask_epi8(low);
    return first | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

/* What ends a text, of 32 bytes. */
AVX2 static inline __m256i stops_avx2(__m256i v)
{
    const __m256i last_control = _mm256_set1_epi8(0x1F);
    __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(v, last_control), v);
    __m256i quote = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('"'));
    __m256i backslash = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\'));
    return _mm256_or_si256(control, _mm256_or_si256(quote, backslash));
}

AVX2 static inline masks look_avx2(const char *s)
{
    const __m256i feed = _mm256_set1_epi8('\n'), nul = _mm256_setzero_si256();
    __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)s);
    __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(s + 32));
    return (masks){.stop = bits_avx2(stops_avx2(low), stops_avx2(high)),
                   .feed = bits_avx2(_mm256_cmpeq_epi8(low, feed), _mm256_cmpeq_epi8(high, feed)),
                   /* A byte beyond ASCII has its high bit set already. */
                   .strange = bits_avx2(_mm256_or_si256(low, _mm256_cmpeq_epi8(low, nul)),
                                        _mm256_or_si256(high, _mm256_cmpeq_epi8(high, nul)))};
}

AVX2 static void mark_avx2(const char *s, size_t n, cyn_ndjson_marks *out)
{
    EACH_64(s, n, out, look_avx2(s + at));
}

AVX512 static inline masks look_avx512(const char *s)
{
    __m512i v = _mm512_loadu_si512(s);
    return (masks){.stop = _mm512_cmplt_epu8_mask(v, _mm512_set1_epi8(' ')) |
                           _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('"')) |
                           _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\\')),
                   .feed = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\n')),
                   .strange = _mm512_movepi8_mask(v) | _mm512_testn_epi8_mask(v, v)};
}

AVX512 static void mark_avx512(const char *s, size_t n, cyn_ndjson_marks *out)
{
    EACH_64(s, n, out, look_avx512(s + at));
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("popcnt");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512bw");
}
#endif

/* --- Which way -------------------------------------------------------------------------------- */

bool cyn_ndjson_find_marks_by(cyn_csv_way way, const char *s, size_t n, cyn_ndjson_marks *out)
{
    out->nfeeds = 0;
    switch (way) {
    case CYN_CSV_PLAIN: mark_plain(s, n, out); return true;
#ifdef __x86_64__
    case CYN_CSV_AVX2:
        if (!has_avx2()) return false;
        mark_avx2(s, n, out);
        return true;
    case CYN_CSV_AVX512:
        if (!has_avx512()) return false;
        mark_avx512(s, n, out);
        return true;
#else
    case CYN_CSV_AVX2:
    case CYN_CSV_AVX512: break;
#endif
    }
    return false;
}

void cyn_ndjson_find_marks(const char *s, size_t n, cyn_ndjson_marks *out)
{
    for (int way = CYN_CSV_AVX512; way >= CYN_CSV_PLAIN; way--)
        if (cyn_ndjson_find_marks_by((cyn_csv_way)way, s, n, out)) return;
}
