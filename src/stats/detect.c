#include "stats/detect.h"
#include "stats/few.h"
#include "stats/quantile.h"
#include <math.h>

#define NORMAL_MAD  1.482602218505602  /* standard deviations of a normal distribution in its MAD */
#define NORMAL_MEAN 1.2533141373155003 /* … in its mean absolute deviation: √(π/2) */
#define ALLOWANCE   0.5                /* of a CUSUM: half of the shift that it is meant to see */
#define ROUNDING    1e-12              /* a spread of so much of the values is that of rounding */
#define LEAST_NOISE 1e-6 /* within two levels, of their difference: so t stays finite */

static size_t known_of(const double *x, size_t n, double *out)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        out[count] = x[i];
        count += !isnan(x[i]);
    }
    return count;
}

static double size_of(const double *x, size_t n)
{
    double size = 0;
    for (size_t i = 0; i < n; i++)
        size = fmax(size, fabs(x[i]));
    return size;
}

/* Z-23 */
static bool is_spread(double spread, double size)
{
    return spread > ROUNDING * size;
}

/* What is usual. */
typedef struct baseline {
    double centre, spread;
    double *known; /* the values before the judged one, in scratch */
    size_t n;
} baseline;

/* The values to be judged by; false: too few, or there is nothing to judge. */
static bool find_known(const double *x, size_t n, double *scratch, baseline *out)
{
    out->known = scratch;
    out->n = isnan(x[n - 1]) ? 0 : known_of(x, n - 1, scratch);
    return out->n >= CYN_DETECT_LEAST;
}

static bool find_mean(const double *x, size_t n, double *scratch, baseline *out)
{
    if (!find_known(x, n, scratch, out)) return false;
    out->centre = cyn_few_mean(out->known, out->n);
    out->spread = cyn_few_stddev(out->known, out->n, out->centre);
    return is_spread(out->spread, size_of(out->known, out->n));
}

double cyn_detect_zscore(const double *x, size_t n, double *scratch)
{
    baseline b;
    return find_mean(x, n, scratch, &b) ? (x[n - 1] - b.centre) / b.spread : NAN;
}

/* ---- robust ---- */

/* Reorders x. */
static double median_of(double *x, size_t n)
{
    return cyn_quantile(x, n, 0.5, 7);
}

/* The spread that distances from what is usual speak of, of values of this size. Where more than
 * half of the values are the same, the mean of the distances says what their median cannot. */
static double robust_spread(double *distances, size_t n, double size)
{
    double median = median_of(distances, n);
    if (is_spread(median, size)) return NORMAL_MAD * median;
    return NORMAL_MEAN * cyn_few_mean(distances, n);
}

static void set_distances(const double *x, size_t n, double centre, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = fabs(x[i] - centre);
}

double cyn_detect_mad(const double *x, size_t n, double *scratch)
{
    baseline b;
    double *distances = scratch + n;
    if (!find_known(x, n, scratch, &b)) return NAN;
    double size = size_of(b.known, b.n);
    b.centre = median_of(b.known, b.n);
    set_distances(b.known, b.n, b.centre, distances);
    b.spread = robust_spread(distances, b.n, size);
    return is_spread(b.spread, size) ? (x[n - 1] - b.centre) / b.spread : NAN;
}

double cyn_detect_season(const double *x, size_t seasons, size_t places, double judged,
                         double *scratch)
{
    double *distances = scratch + seasons, centre = NAN, size = 0;
    size_t n = 0;
    for (size_t place = 0; place < places; place++) {
        size_t known = known_of(x + place * seasons, seasons, scratch);
        if (known < CYN_DETECT_LEAST) continue;
        double middle = median_of(scratch, known);
        if (place == 0) centre = middle;
        set_distances(scratch, known, middle, distances + n);
        size = fmax(size, size_of(scratch, known));
        n += known;
    }
    if (isnan(centre)) return NAN;
    double spread = robust_spread(distances, n, size);
    return is_spread(spread, size) ? (judged - centre) / spread : NAN;
}

/* ---- charts ---- */

double cyn_detect_ewma(const double *x, size_t n, double lambda, double *scratch)
{
    baseline b;
    if (!find_mean(x, n, scratch, &b)) return NAN;
    double mean = 0, left = 1; /* of the distances from the centre; (1 - lambda)^t */
    b.known[b.n] = x[n - 1];
    for (size_t i = 0; i <= b.n; i++) {
        mean += lambda * (b.known[i] - b.centre - mean);
        left *= 1 - lambda;
    }
    return mean / (b.spread * sqrt(lambda / (2 - lambda) * (1 - left * left)));
}

double cyn_detect_cusum(const double *x, size_t n, double *scratch)
{
    baseline b;
    if (!find_mean(x, n, scratch, &b)) return NAN;
    double above = 0, below = 0;
    b.known[b.n] = x[n - 1];
    for (size_t i = 0; i <= b.n; i++) {
        double z = (b.known[i] - b.centre) / b.spread;
        above = fmax(0, above + z - ALLOWANCE);
        below = fmax(0, below - z - ALLOWANCE);
    }
    return above >= below ? above : -below;
}

/* ---- change of level ---- */

/* The split that explains the most: between the sides lies (sum of the left one, counted from the
 * mean)² · n / (left · right) of all squares, and |t| grows with it. */
static size_t best_split(const double *x, size_t n, double mean)
{
    double left = 0, most = -1;
    size_t best = 0;
    for (size_t i = 1; i + CYN_DETECT_LEAST <= n; i++) {
        left += x[i - 1] - mean;
        double between = left * left / ((double)i * (double)(n - i));
        if (i < CYN_DETECT_LEAST || between <= most) continue;
        most = between;
        best = i;
    }
    return best;
}

/* Student's t of two samples with one variance. */
static double student(const double *x, size_t n, size_t split)
{
    size_t right = n - split;
    double a = cyn_few_mean(x, split), b = cyn_few_mean(x + split, right);
    double s = cyn_few_stddev(x, split, a), t = cyn_few_stddev(x + split, right, b);
    double squares = s * s * (double)(split - 1) + t * t * (double)(right - 1);
    double noise = fmax(sqrt(squares / (double)(n - 2)), LEAST_NOISE * fabs(b - a));
    return (b - a) / (noise * sqrt(1 / (double)split + 1 / (double)right));
}

static size_t place_of_known(const double *x, size_t which)
{
    size_t i = 0;
    for (;; i++)
        if (!isnan(x[i]) && which-- == 0) return i;
}

double cyn_detect_change_point(const double *x, size_t n, size_t *at, double *scratch)
{
    size_t known = isnan(x[n - 1]) ? 0 : known_of(x, n, scratch);
    if (known < 2 * (size_t)CYN_DETECT_LEAST) return NAN;
    double mean = cyn_few_mean(scratch, known);
    if (!is_spread(cyn_few_stddev(scratch, known, mean), size_of(scratch, known))) return NAN;
    size_t split = best_split(scratch, known, mean);
    if (at) *at = place_of_known(x, split);
    return student(scratch, known, split);
}
