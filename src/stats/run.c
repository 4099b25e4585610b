#include "stats/run.h"
#include <string.h>

size_t cyn_run_copy(const cyn_run *r, double *out)
{
    if (!r->known) {
        const double *x = cyn_run_read(r, 0, r->n, out);
        if (x != out) memcpy(out, x, r->n * sizeof *out);
        return r->n;
    }
    size_t count = 0;
    for (size_t i = 0; i < r->n; i += 64) {
        uint64_t bits = cyn_run_bits(r, i, r->n - i < 64 ? r->n - i : 64);
        for (; bits; bits &= bits - 1)
            out[count++] = cyn_run_value(r, i + (size_t)__builtin_ctzll(bits));
    }
    return count;
}
