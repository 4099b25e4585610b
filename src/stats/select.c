#include "stats/select.h"
#include "stats/part.h"

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

/* Moves what equals the pivot to the front, and returns how much that is. */
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
        size_t less = cyn_part(x + lo, width, pivot);
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
