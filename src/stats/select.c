#include "stats/select.h"
#include "base/arena.h"
#include <math.h>

/* ---- by parting ---- */

/* Guessed pivots may part this many times n values; then sure ones take over. The tests also build
 * with 0, so that the way which ordinary data never take is walked. */
#ifndef CYN_GUESSES
#define CYN_GUESSES 4
#endif

static inline void swap(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

static double median3(double a, double b, double c)
{
    if (a > b) swap(&a, &b);
    return c <= a ? a : c >= b ? b : c;
}

/* A cheap guess at the middle: the median of three, or of three such medians. */
static double guess_pivot(const double *x, size_t n)
{
    size_t mid = n / 2, step = n / 8;
    if (n < 40) return median3(x[0], x[mid], x[n - 1]);
    return median3(median3(x[0], x[step], x[2 * step]),
                   median3(x[mid - step], x[mid], x[mid + step]),
                   median3(x[n - 1 - 2 * step], x[n - 1 - step], x[n - 1]));
}

static void insertion_sort(double *x, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        double v = x[i];
        size_t j = i;
        for (; j > 0 && x[j - 1] > v; j--)
            x[j] = x[j - 1];
        x[j] = v;
    }
}

/* The median of the medians of fives: at least 3/10 of x lie on either side, whatever the order. */
static double sure_pivot(double *x, size_t n)
{
    size_t groups = n / 5;
    for (size_t g = 0; g < groups; g++) {
        insertion_sort(x + 5 * g, 5);
        swap(&x[g], &x[5 * g + 2]);
    }
    cyn_select(x, groups, groups / 2);
    return x[groups / 2];
}

/* Moves what is less than the pivot to the front, and returns how much that is. Always two loads
 * and two stores, and no branch: where a value goes cannot be foreseen. */
static size_t part_less(double *x, size_t n, double pivot)
{
    size_t less = 0;
    for (size_t i = 0; i < n; i++) {
        double v = x[i];
        x[i] = x[less];
        x[less] = v;
        less += v < pivot;
    }
    return less;
}

/* The same with what equals the pivot. */
static size_t part_equal(double *x, size_t n, double pivot)
{
    size_t equal = 0;
    for (size_t i = 0; i < n; i++) {
        double v = x[i];
        x[i] = x[equal];
        x[equal] = v;
        equal += v == pivot;
    }
    return equal;
}

/* Where few values are less than the pivot, many may equal it: these are set apart, so that ties
 * end the search. Guesses that part badly give way to the sure pivot, which keeps the whole O(n).
 */
void cyn_select(double *x, size_t n, size_t k)
{
    size_t lo = 0, hi = n, budget = CYN_GUESSES * n;
    while (hi - lo > 16) {
        size_t width = hi - lo;
        bool sure = budget < width;
        double pivot = sure ? sure_pivot(x + lo, width) : guess_pivot(x + lo, width);
        budget -= sure ? 0 : width;
        size_t less = part_less(x + lo, width, pivot);
        if (k < lo + less) {
            hi = lo + less;
            continue;
        }
        lo += less;
        if (less >= width / 4) continue;
        size_t equal = part_equal(x + lo, hi - lo, pivot);
        if (k < lo + equal) return;
        lo += equal;
    }
    insertion_sort(x + lo, hi - lo);
}

/* ---- by bounds from a sample ---- */

#define SAMPLE 4096
#define MARGIN 128 /* sample ranks on either side: four standard deviations at the median */
#define BLOCK  1024

/* Every so manieth value of the runs. */
static void take_sample(const cyn_run *last, size_t n, double *sample)
{
    size_t step = n / SAMPLE, taken = 0, skip = 0;
    for (const cyn_run *r = last; r && taken < SAMPLE; r = r->before) {
        for (; skip < r->n && taken < SAMPLE; skip += step)
            sample[taken++] = r->value[skip];
        skip -= r->n;
    }
}

static double sample_rank(double *sample, double rank)
{
    if (rank < 0) return -INFINITY;
    if (rank >= SAMPLE) return INFINITY;
    cyn_select(sample, SAMPLE, (size_t)rank);
    return sample[(size_t)rank];
}

/* Values below lo, and those in lo … hi: how many, and themselves in `kept` while it has room. */
typedef struct census {
    double lo, hi;
    size_t less, between, room;
    double *kept;
} census;

/* Where both bounds are one value, often repeated, there is nothing to keep. */
static void count_ties(census *c, const double *x, size_t n)
{
    size_t less = 0, between = 0;
    for (size_t i = 0; i < n; i++) {
        less += x[i] < c->lo;
        between += x[i] == c->lo;
    }
    c->less += less;
    c->between += between;
}

static void count_block(census *c, const double *x, size_t n)
{
    size_t less = 0, between = c->between;
    double lo = c->lo, hi = c->hi, *kept = c->kept;
    for (size_t i = 0; i < n; i++) {
        kept[between] = x[i];
        less += x[i] < lo;
        between += (x[i] >= lo) & (x[i] <= hi);
    }
    c->less += less;
    c->between = between;
}

/* Each block is read from memory once, for all censuses. */
static bool take_censuses(census *c, size_t ncensuses, const double *x, size_t n)
{
    for (size_t from = 0; from < n; from += BLOCK) {
        size_t count = n - from < BLOCK ? n - from : BLOCK;
        for (size_t i = 0; i < ncensuses; i++) {
            if (c[i].lo == c[i].hi) {
                count_ties(&c[i], x + from, count);
            } else if (c[i].between + BLOCK > c[i].room) {
                return false;
            } else {
                count_block(&c[i], x + from, count);
            }
        }
    }
    return true;
}

/* false: the values wanted are not among those between the bounds. */
static bool answer_pick(const census *c, cyn_pick *pick)
{
    if (pick->low < c->less || pick->high >= c->less + c->between) return false;
    pick->at_low = pick->at_high = c->lo;
    if (c->lo == c->hi) return true;
    size_t low = pick->low - c->less, high = pick->high - c->less;
    cyn_select(c->kept, c->between, low);
    pick->at_low = pick->at_high = c->kept[low];
    if (high > low) pick->at_high = cyn_least(c->kept + high, c->between - high);
    return true;
}

bool cyn_select_picks(const cyn_run *last, size_t n, cyn_pick *picks, size_t npicks)
{
    if (n < 16 * SAMPLE) return false;
    census c[CYN_PICKS] = {0};
    size_t room = n / 8;
    double *sample = cyn_malloc(SAMPLE * sizeof *sample);
    double *kept = cyn_malloc(npicks * room * sizeof *kept);
    bool found = sample && kept; /* the other way needs no memory */
    if (found) take_sample(last, n, sample);
    for (size_t i = 0; found && i < npicks; i++) {
        double middle = (double)picks[i].low / (double)n * SAMPLE;
        c[i] = (census){.room = room, .kept = kept + i * room};
        c[i].lo = sample_rank(sample, middle - MARGIN);
        c[i].hi = sample_rank(sample, middle + MARGIN);
    }
    for (const cyn_run *r = last; found && r; r = r->before)
        found = take_censuses(c, npicks, r->value, r->n);
    for (size_t i = 0; found && i < npicks; i++)
        found = answer_pick(&c[i], &picks[i]);
    cyn_free(sample);
    cyn_free(kept);
    return found;
}
