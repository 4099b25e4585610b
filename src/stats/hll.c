#include "stats/hll.h"
#include "base/arena.h"
#include <math.h>

#define REGISTERS  (UINT32_C(1) << CYN_HLL_BITS)
#define LONGEST    (64 - CYN_HLL_BITS + 1)
#define SPARSE_MAX 2048 /* slots; as many again would be no smaller than all registers */

void cyn_hll_clear(cyn_hll *h)
{
    cyn_free(h->dense);
    cyn_free(h->sparse);
    *h = (cyn_hll){0};
}

/* ---- registers ---- */

static uint32_t *find_slot(const cyn_hll *h, uint32_t number)
{
    uint32_t i = number & (h->slots - 1);
    while (h->sparse[i] && h->sparse[i] / 64 != number)
        i = (i + 1) & (h->slots - 1);
    return &h->sparse[i];
}

static bool grow(cyn_hll *h)
{
    cyn_hll bigger = {.used = h->used, .slots = h->slots ? h->slots * 2 : 16};
    if (bigger.slots > SPARSE_MAX) {
        bigger = (cyn_hll){.dense = cyn_calloc(REGISTERS, 1)};
        if (!bigger.dense) return false;
    } else {
        bigger.sparse = cyn_calloc(bigger.slots, sizeof *bigger.sparse);
        if (!bigger.sparse) return false;
    }
    for (uint32_t i = 0; i < h->slots; i++) {
        uint32_t entry = h->sparse[i];
        if (!entry) continue;
        if (bigger.dense) {
            bigger.dense[entry / 64] = entry % 64;
        } else {
            *find_slot(&bigger, entry / 64) = entry;
        }
    }
    cyn_hll_clear(h);
    *h = bigger;
    return true;
}

/* Lifts a register to at least this run, 1 or more. */
static bool lift(cyn_hll *h, uint32_t number, uint32_t run)
{
    if (!h->dense && h->used * 2 >= h->slots && !grow(h)) return false;
    if (h->dense) {
        if (h->dense[number] < run) h->dense[number] = (uint8_t)run;
        return true;
    }
    uint32_t *slot = find_slot(h, number);
    h->used += *slot == 0;
    if (*slot % 64 < run) *slot = number * 64 + run;
    return true;
}

bool cyn_hll_add(cyn_hll *h, uint64_t hash)
{
    uint64_t rest = hash << CYN_HLL_BITS | UINT64_C(1) << (CYN_HLL_BITS - 1); /* ends every run */
    uint32_t run = (uint32_t)__builtin_clzll(rest) + 1;
    return lift(h, (uint32_t)(hash >> (64 - CYN_HLL_BITS)), run);
}

bool cyn_hll_merge(cyn_hll *h, const cyn_hll *other)
{
    bool ok = true;
    for (uint32_t i = 0; ok && other->dense && i < REGISTERS; i++)
        if (other->dense[i]) ok = lift(h, i, other->dense[i]);
    for (uint32_t i = 0; ok && i < other->slots; i++)
        if (other->sparse[i]) ok = lift(h, other->sparse[i] / 64, other->sparse[i] % 64);
    return ok;
}

/* ---- the estimate ---- */

/* x + Σ x^(2^k) · 2^(k-1): what the empty registers tell. */
static double sigma(double x)
{
    double power = 1, sum = x, before;
    do {
        x *= x;
        before = sum;
        sum += x * power;
        power += power;
    } while (sum != before);
    return sum;
}

/* (1 - x - Σ (1 - x^(2^-k))² · 2^-k) / 3: what the full ones tell. */
static double tau(double x)
{
    double power = 1, sum = 1 - x, before;
    if (x == 0 || x == 1) return 0;
    do {
        x = sqrt(x);
        before = sum;
        power /= 2;
        sum -= (1 - x) * (1 - x) * power;
    } while (sum != before);
    return sum / 3;
}

int64_t cyn_hll_count(const cyn_hll *h)
{
    const double m = REGISTERS;
    uint32_t runs[LONGEST + 1] = {0};
    for (uint32_t i = 0; h->dense && i < REGISTERS; i++)
        runs[h->dense[i]]++;
    for (uint32_t i = 0; i < h->slots; i++)
        runs[h->sparse[i] % 64] += h->sparse[i] != 0;
    if (!h->dense) runs[0] = REGISTERS - h->used;
    if (runs[0] == REGISTERS) return 0;
    double z = m * tau(1 - runs[LONGEST] / m);
    for (int k = LONGEST - 1; k > 0; k--)
        z = (z + runs[k]) / 2;
    z += m * sigma(runs[0] / m);
    return llround(m * m / (2 * log(2) * z));
}
