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

/* Parts
 * into less | equal | greater, so that ties end the search; guesses that halve too slowly give way
 * to the sure pivot, which keeps the whole O(n). */
void cyn_select(double *x, size_t n, size_t k)
{
    size_t lo = 0, hi = n, budget = CYN_GUESSES * n;
    while (hi - lo > 16) {
        size_t width = hi - lo;
        bool sure = budget < width;
        double pivot = sure ? sure_pivot(x + lo, width) : guess_pivot(x + lo, width);
        budget -= sure ? 0 : width;
        size_t less = lo, i = lo, greater = hi;
        while (i < greater) {
            if (x[i] < pivot) {
                swap(&x[i++], &x[less++]);
            } else if (x[i] > pivot) {
                swap(&x[i], &x[--greater]);
            } else {
                i++;
            }
        }
        if (k < less) {
            hi = less;
        } else if (k >= greater) {
            lo = greater;
        } else {
            return;
        }
    }
    insertion_sort(x + lo, hi - lo);
}

/* ---- by bounds from a sample ---- */

#define SAMPLE 4096
#define MARGIN 128 /* sample ranks on either side: four standard deviations at the median */
#define BLOCK  1024

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

static bool take_census(census *c, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t end = n - i < BLOCK ? n : i + BLOCK, between = c->between, less = 0;
        if (between + BLOCK > c->room) return false;
        for (size_t j = i; j < end; j++) {
            c->kept[between] = x[j];
            less += x[j] < c->lo;
            between += (x[j] >= c->lo) & (x[j] <= c->hi);
        }
        c->between = between;
        c->less += less;
    }
    return true;
}

/* Where both bounds are one value, often repeated, there is nothing to keep. */
static void count_ties(census *c, const double *x, size_t n)
{
    size_t less = 0, between = 0;
    for (size_t i = 0; i < n; i++) {
        less += x[i] < c->lo;
        between += x[i] == c->lo;
    }
    c->less = less;
    c->between = between;
}

bool cyn_select_pair(const double *x, size_t n, size_t low, size_t high, double *at_low,
                     double *at_high)
{
    if (n < 16 * SAMPLE) return false;
    census c = {.room = n / 8};
    double *sample = cyn_malloc(SAMPLE * sizeof *sample);
    double middle = (double)low / (double)n * SAMPLE;
    bool found = false;
    c.kept = cyn_malloc(c.room * sizeof *c.kept);
    if (!sample || !c.kept) goto done; /* the other way needs no memory */
    for (size_t i = 0; i < SAMPLE; i++)
        sample[i] = x[i * (n / SAMPLE)];
    c.lo = sample_rank(sample, middle - MARGIN);
    c.hi = sample_rank(sample, middle + MARGIN);
    if (c.lo == c.hi) {
        count_ties(&c, x, n);
    } else if (!take_census(&c, x, n)) {
        goto done;
    }
    found = c.less <= low && high < c.less + c.between;
    if (!found) goto done;
    *at_low = *at_high = c.lo;
    if (c.lo == c.hi) goto done;
    cyn_select(c.kept, c.between, low - c.less);
    *at_low = *at_high = c.kept[low - c.less];
    if (high > low) *at_high = cyn_least(c.kept + (high - c.less), c.between - (high - c.less));
done:
    cyn_free(sample);
    cyn_free(c.kept);
    return found;
}
