#include "stats/run.h"
#include "stats/four_impl.h"
#include <string.h>

/* One after the other of those from number `from` on, whose bits these are. */
static size_t copy_known(const cyn_run *r, size_t from, uint64_t bits, double *out)
{
    size_t count = 0;
    for (; bits; bits &= bits - 1)
        out[count++] = cyn_run_value(r, from + (size_t)__builtin_ctzll(bits));
    return count;
}

#ifdef __x86_64__
/* The same of 64 that lie side by side; `out` has room for as many. */
CYN_AVX2 static size_t copy_fours(const double *value, uint64_t bits, double *out)
{
    size_t count = 0;
    for (; bits; bits >>= 4, value += 4) {
        const unsigned known = bits & 15;
        _mm256_storeu_pd(out + count, cyn_four_first(_mm256_loadu_pd(value), known));
        count += (size_t)_mm_popcnt_u32(known);
    }
    return count;
}
#endif

size_t cyn_run_copy(const cyn_run *r, double *out)
{
    if (!r->known) {
        const double *x = cyn_run_read(r, 0, r->n, out);
        if (x != out) memcpy(out, x, r->n * sizeof *out);
        return r->n;
    }
    const size_t all = cyn_run_count(r, 0, r->n);
    size_t count = 0, i = 0;
#ifdef __x86_64__
    const bool fours = !r->at && cyn_four_can();
    for (; fours && i + 64 <= r->n && count + 64 <= all; i += 64)
        count += copy_fours(r->value + i, cyn_run_bits(r, i, 64), out + count);
#endif
    for (; count < all; i += 64) {
        uint64_t bits = cyn_run_bits(r, i, r->n - i < 64 ? r->n - i : 64);
        count += copy_known(r, i, bits, out + count);
    }
    return all;
}
