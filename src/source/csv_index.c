#include "source/csv_index.h"
#include "source/quick.h"
#include <string.h>

/* --- What 64 bytes say ------------------------------------------------------------------------ */

/* A bit for each byte, the lowest for the first. */
typedef struct masks {
    uint64_t delimiter, feed, carriage, quote;
} masks;

/* What the bytes before say about those that come. Bits are the lowest or, of `inside`, all. */
typedef struct before {
    uint64_t inside;      /* an open quote */
    uint64_t may_open;    /* the byte before ends a field or closes a quote, or there is none */
    uint64_t closed;      /* it closes a quote */
    uint64_t is_carriage; /* it is a CR */
    uint64_t misplaced;   /* any bit: some quote stands where none may be */
} before;

typedef struct stops {
    uint64_t fields, rows, breaks; /* what ends them */
} stops;

/* Bit k: whether bits 0 … k have an odd number of ones. */
static inline uint64_t prefix_xor(uint64_t bits)
{
    for (int shift = 1; shift < 64; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

/* inside: from each quote that opens up to the one that closes, without it. real: the bits of bytes
 * that belong to the text. */
static inline __attribute__((always_inline)) stops find_stops(before *b, masks m, uint64_t inside,
                                                              uint64_t real)
{
    uint64_t opening = m.quote & inside, closing = m.quote & ~inside;
    uint64_t ends = (m.delimiter | m.carriage | m.feed) & ~inside;
    uint64_t breaks = m.carriage | (m.feed & ~(m.carriage << 1 | b->is_carriage));
    b->misplaced |= opening & ~((ends | closing) << 1 | b->may_open);
    b->misplaced |= (closing << 1 | b->closed) & ~(ends | opening) & real;
    b->inside = (uint64_t)((int64_t)inside >> 63);
    b->may_open = (ends | closing) >> 63;
    b->closed = closing >> 63;
    b->is_carriage = m.carriage >> 63;
    uint64_t rows = breaks & ~inside;
    return (stops){(m.delimiter & ~inside) | rows, rows, breaks};
}

/* Whether the bytes before have no say, so that find_plain_stops() finds the same in those that
 * come if no quote and no CR is among them: so it is mostly. */
static inline bool is_plain(const before *b)
{
    return !(b->inside | b->closed | b->is_carriage);
}

static inline stops find_plain_stops(before *b, uint64_t delimiter, uint64_t feed)
{
    uint64_t fields = delimiter | feed;
    b->may_open = fields >> 63;
    return (stops){fields, feed, feed};
}

static inline masks keep(masks m, uint64_t real)
{
    return (masks){m.delimiter & real, m.feed & real, m.carriage & real, m.quote & real};
}

static inline uint64_t real_bits(size_t left)
{
    return left < 64 ? (UINT64_C(1) << left) - 1 : UINT64_MAX;
}

static inline void count_rows(cyn_csv_marks *out, stops found)
{
    out->nends += (size_t)__builtin_popcountll(found.rows);
    out->breaks += (uint32_t)__builtin_popcountll(found.breaks);
}

static void finish(const before *b, bool strange, cyn_csv_marks *out)
{
    out->regular = !b->inside && !b->misplaced;
    out->ascii = !strange;
}

/* --- Eight bytes at a time -------------------------------------------------------------------- */

/* *strange: the bits of bytes that are NUL or beyond ASCII, or 0. */
static masks look_plain(const char *s, char delimiter, uint64_t *strange)
{
    masks m = {0};
    for (int at = 0; at < 64; at += 8) {
        uint64_t word = cyn_load8(s + at);
        uint64_t feed = cyn_quick_match(word, '\n'), carriage = cyn_quick_match(word, '\r');
        uint64_t quote = cyn_quick_match(word, '"'),
                 odd = (word & CYN_QUICK_HIGH) | cyn_quick_match(word, '\0');
        m.delimiter |= cyn_quick_gather(cyn_quick_match(word, delimiter)) << at;
        if (!(feed | carriage | quote | odd)) continue;
        m.feed |= cyn_quick_gather(feed) << at;
        m.carriage |= cyn_quick_gather(carriage) << at;
        m.quote |= cyn_quick_gather(quote) << at;
        *strange |= cyn_quick_gather(odd) << at;
    }
    return m;
}

static void index_plain(const char *s, size_t n, char delimiter, cyn_csv_marks *out)
{
    before b = {.may_open = 1};
    uint64_t all = 0;
    for (size_t at = 0; at < n; at += 64) {
        uint64_t real = real_bits(n - at), strange = 0;
        masks m = keep(look_plain(s + at, delimiter, &strange), real);
        all |= strange & real;
        uint64_t inside = m.quote | b.inside ? prefix_xor(m.quote) ^ b.inside : 0;
        stops found = find_stops(&b, m, inside, real);
        count_rows(out, found);
        for (uint64_t bits = found.fields; bits; bits &= bits - 1)
            out->at[out->count++] = (uint32_t)(at + (size_t)__builtin_ctzll(bits));
    }
    finish(&b, all != 0, out);
}

static bool odd_quotes_plain(const char *s, size_t n)
{
    uint64_t odd = 0;
    size_t at = 0, quotes = 0;
    for (; n - at >= 8; at += 8)
        odd ^= cyn_quick_match(cyn_load8(s + at), '"');
    for (; at < n; at++)
        quotes += s[at] == '"';
    return (quotes + (size_t)__builtin_popcountll(odd)) % 2 == 1;
}

/* --- With vectors ----------------------------------------------------------------------------- */

#ifdef __x86_64__
#include <immintrin.h>

/* Of what is less than a vector at the end. */
static bool has_strange(const char *s, size_t n)
{
    bool strange = false;
    for (size_t i = 0; i < n; i++)
        strange |= (signed char)s[i] <= 0;
    return strange;
}

#define AVX2   __attribute__((target("avx2,bmi,popcnt,pclmul")))
#define AVX512 __attribute__((target("avx512bw,avx512vbmi2,bmi,popcnt,pclmul")))

/* Multiplying by all ones without carries adds up all bits below. */
#define PREFIX_XOR(bits)                                                                           \
    (uint64_t) _mm_cvtsi128_si64(                                                                  \
        _mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)(bits)), _mm_set1_epi8((char)0xFF), 0))

typedef struct text_avx2 {
    __m256i low, high;
} text_avx2;

AVX2 static inline uint64_t match_avx2(text_avx2 t, __m256i c)
{
    uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(t.low, c));
    uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(t.high, c));
    return low | (uint64_t)high << 32;
}

AVX2 static inline bool has_either_avx2(text_avx2 t, __m256i c, __m256i d)
{
    __m256i low = _mm256_or_si256(_mm256_cmpeq_epi8(t.low, c), _mm256_cmpeq_epi8(t.low, d));
    __m256i high = _mm256_or_si256(_mm256_cmpeq_epi8(t.high, c), _mm256_cmpeq_epi8(t.high, d));
    __m256i either = _mm256_or_si256(low, high);
    return !_mm256_testz_si256(either, either);
}

/* What a text of which whole vectors were looked at is made of: all bits of its bytes, and the
 * least byte. One look at the end tells whether any is NUL or beyond ASCII. */
typedef struct bytes_avx2 {
    __m256i bits, least;
} bytes_avx2;

AVX2 static inline text_avx2 look_avx2(const char *s, bytes_avx2 *seen)
{
    __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)s);
    __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(s + 32));
    seen->bits = _mm256_or_si256(seen->bits, _mm256_or_si256(low, high));
    seen->least = _mm256_min_epu8(seen->least, _mm256_min_epu8(low, high));
    return (text_avx2){low, high};
}

AVX2 static bool is_strange_avx2(const bytes_avx2 *seen)
{
    __m256i nul = _mm256_cmpeq_epi8(seen->least, _mm256_setzero_si256());
    return _mm256_movemask_epi8(_mm256_or_si256(seen->bits, nul)) != 0;
}

/* Some at a time, whether there are so many or not: a loop that ends at the last one would be
 * predicted wrong again and again. */
AVX2 static inline void add_marks_avx2(cyn_csv_marks *out, uint32_t at, uint64_t bits)
{
    size_t here = (size_t)_mm_popcnt_u64(bits);
    uint32_t *to = out->at + out->count;
    for (size_t k = 0; k < 10; k++, bits = _blsr_u64(bits))
        to[k] = at + (uint32_t)_tzcnt_u64(bits);
    for (size_t done = 10; __builtin_expect(done < here, 0); done += 4)
        for (size_t k = 0; k < 4; k++, bits = _blsr_u64(bits))
            to[done + k] = at + (uint32_t)_tzcnt_u64(bits);
    out->count += here;
}

AVX2 static inline masks masks_avx2(text_avx2 t, __m256i delimiter)
{
    return (masks){.delimiter = match_avx2(t, delimiter),
                   .feed = match_avx2(t, _mm256_set1_epi8('\n')),
                   .carriage = match_avx2(t, _mm256_set1_epi8('\r')),
                   .quote = match_avx2(t, _mm256_set1_epi8('"'))};
}

AVX2 static inline __attribute__((always_inline)) void
take_avx2(before *b, text_avx2 t, __m256i delimiter, size_t at, uint64_t real, cyn_csv_marks *out)
{
    stops found;
    if (is_plain(b) && !has_either_avx2(t, _mm256_set1_epi8('"'), _mm256_set1_epi8('\r'))) {
        found = find_plain_stops(b, match_avx2(t, delimiter) & real,
                                 match_avx2(t, _mm256_set1_epi8('\n')) & real);
    } else {
        masks m = keep(masks_avx2(t, delimiter), real);
        found = find_stops(b, m, PREFIX_XOR(m.quote) ^ b->inside, real);
    }
    count_rows(out, found);
    add_marks_avx2(out, (uint32_t)at, found.fields);
}

AVX2 static void index_avx2(const char *s, size_t n, char delimiter, cyn_csv_marks *out)
{
    const __m256i d = _mm256_set1_epi8(delimiter);
    before b = {.may_open = 1};
    bytes_avx2 seen = {_mm256_setzero_si256(), _mm256_set1_epi8(-1)};
    size_t at = 0;
    for (; n - at >= 64; at += 64)
        take_avx2(&b, look_avx2(s + at, &seen), d, at, UINT64_MAX, out);
    bool strange = is_strange_avx2(&seen) || has_strange(s + at, n - at);
    if (at < n) take_avx2(&b, look_avx2(s + at, &seen), d, at, real_bits(n - at), out);
    finish(&b, strange, out);
}

typedef struct bytes_avx512 {
    __m512i bits, least;
} bytes_avx512;

AVX512 static inline masks look_avx512(const char *s, __m512i delimiter, bytes_avx512 *seen)
{
    __m512i v = _mm512_loadu_si512(s);
    seen->bits = _mm512_or_si512(seen->bits, v);
    seen->least = _mm512_min_epu8(seen->least, v);
    return (masks){.delimiter = _mm512_cmpeq_epi8_mask(v, delimiter),
                   .feed = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\n')),
                   .carriage = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\r')),
                   .quote = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('"'))};
}

AVX512 static bool is_strange_avx512(const bytes_avx512 *seen)
{
    return (_mm512_movepi8_mask(seen->bits) | _mm512_testn_epi8_mask(seen->least, seen->least)) !=
           0;
}

/* The numbers 0 … 63 at set bits, moved together; 16 of them are written at a time. */
AVX512 static inline void add_marks_avx512(cyn_csv_marks *out, uint32_t at, uint64_t bits)
{
    const __m512i numbers = _mm512_set_epi64(
        0x3F3E3D3C3B3A3938, 0x3736353433323130, 0x2F2E2D2C2B2A2928, 0x2726252423222120,
        0x1F1E1D1C1B1A1918, 0x1716151413121110, 0x0F0E0D0C0B0A0908, 0x0706050403020100);
    size_t here = (size_t)_mm_popcnt_u64(bits);
    uint8_t places[64];
    uint32_t *to = out->at + out->count;
    const __m512i base = _mm512_set1_epi32((int)at);
    __m512i packed = _mm512_maskz_compress_epi8(bits, numbers);
    _mm512_storeu_si512(
        to, _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_castsi512_si128(packed)), base));
    if (here > 16) {
        _mm512_storeu_si512(places, packed);
        for (size_t k = 16; k < here; k++)
            to[k] = at + places[k];
    }
    out->count += here;
}

AVX512 static inline __attribute__((always_inline)) void
take_avx512(before *b, masks m, size_t at, uint64_t real, cyn_csv_marks *out)
{
    stops found = is_plain(b) && !(m.quote | m.carriage)
                      ? find_plain_stops(b, m.delimiter, m.feed)
                      : find_stops(b, m, PREFIX_XOR(m.quote) ^ b->inside, real);
    count_rows(out, found);
    add_marks_avx512(out, (uint32_t)at, found.fields);
}

AVX512 static void index_avx512(const char *s, size_t n, char delimiter, cyn_csv_marks *out)
{
    const __m512i d = _mm512_set1_epi8(delimiter);
    before b = {.may_open = 1};
    bytes_avx512 seen = {_mm512_setzero_si512(), _mm512_set1_epi8(-1)};
    size_t at = 0;
    for (; n - at >= 64; at += 64)
        take_avx512(&b, look_avx512(s + at, d, &seen), at, UINT64_MAX, out);
    bool strange = is_strange_avx512(&seen) || has_strange(s + at, n - at);
    if (at < n) {
        const uint64_t real = real_bits(n - at);
        take_avx512(&b, keep(look_avx512(s + at, d, &seen), real), at, real, out);
    }
    finish(&b, strange, out);
}

/* All ones in each byte that is a quote. */
AVX2 static inline __m256i quotes_avx2(const char *s)
{
    __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)s);
    return _mm256_cmpeq_epi8(v, _mm256_set1_epi8('"'));
}

AVX2 static bool odd_quotes_avx2(const char *s, size_t n)
{
    __m256i odd = _mm256_setzero_si256();
    size_t at = 0;
    for (; n - at >= 128; at += 128) {
        __m256i first = _mm256_xor_si256(quotes_avx2(s + at), quotes_avx2(s + at + 32));
        __m256i second = _mm256_xor_si256(quotes_avx2(s + at + 64), quotes_avx2(s + at + 96));
        odd = _mm256_xor_si256(odd, _mm256_xor_si256(first, second));
    }
    bool rest = odd_quotes_plain(s + at, n - at);
    return (__builtin_popcount((unsigned)_mm256_movemask_epi8(odd)) % 2 == 1) != rest;
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("pclmul");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vbmi2");
}
#endif

/* --- Which way -------------------------------------------------------------------------------- */

bool cyn_csv_index_by(cyn_csv_way way, const char *s, size_t n, char delimiter, cyn_csv_marks *out)
{
    out->count = out->nends = 0;
    out->breaks = 0;
    switch (way) {
    case CYN_CSV_PLAIN: index_plain(s, n, delimiter, out); return true;
#ifdef __x86_64__
    case CYN_CSV_AVX2:
        if (!has_avx2()) return false;
        index_avx2(s, n, delimiter, out);
        return true;
    case CYN_CSV_AVX512:
        if (!has_avx512()) return false;
        index_avx512(s, n, delimiter, out);
        return true;
#else
    case CYN_CSV_AVX2:
    case CYN_CSV_AVX512: break;
#endif
    }
    return false;
}

void cyn_csv_index(const char *s, size_t n, char delimiter, cyn_csv_marks *out)
{
    for (int way = CYN_CSV_AVX512; way >= CYN_CSV_PLAIN; way--)
        if (cyn_csv_index_by((cyn_csv_way)way, s, n, delimiter, out)) return;
}

static bool odd_quotes(const char *s, size_t n)
{
#ifdef __x86_64__
    if (has_avx2()) return odd_quotes_avx2(s, n);
#endif
    return odd_quotes_plain(s, n);
}

size_t cyn_csv_cut(const char *s, size_t n)
{
    bool inside = odd_quotes(s, n);
    for (; n > 0; n--) {
        if (s[n - 1] == '"') inside = !inside;
        if (s[n - 1] == '\n' && !inside) break;
    }
    return n;
}
