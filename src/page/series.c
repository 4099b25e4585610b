#include "page/series_impl.h"
#include <float.h>
#include <math.h>

cyn_drawn cyn_drawn_of(const cyn_page_metric *m, size_t most)
{
    cyn_drawn d = {.of = m, .lo = INFINITY, .hi = -INFINITY};
    size_t ended = m->nvalues;
    if (m->running)
        while (ended && m->periods[ended - 1].start >= m->running->period.start)
            ended--;
    if (most && ended > most) d.first = ended - most;
    d.ended = ended - d.first;
    d.n = d.ended + (m->running != NULL);
    for (size_t i = 0; i < d.ended; i++) {
        double x = cyn_num_double(cyn_drawn_value(&d, i));
        if (x < d.lo) d.lo = x, d.at_lo = i;
        if (x > d.hi) d.hi = x, d.at_hi = i;
    }
    return d;
}

cyn_period cyn_drawn_period(const cyn_drawn *d, size_t i)
{
    return i < d->ended ? d->of->periods[d->first + i] : d->of->running->period;
}

cyn_num cyn_drawn_value(const cyn_drawn *d, size_t i)
{
    return i < d->ended ? d->of->values[d->first + i] : d->of->running->value;
}

bool cyn_drawn_shows_running(const cyn_drawn *d, const cyn_scale *s)
{
    if (d->n == d->ended) return false;
    double at = cyn_scale_at(s, cyn_num_double(cyn_drawn_value(d, d->ended)));
    return at >= 0 && at <= 1;
}

/* The smallest of 1, 2, 5 · 10^k that is not smaller. */
static double round_step(double x)
{
    double power = pow(10, floor(log10(x))), digit = x / power - 1e-9; /* a rounded 2 is 2 */
    return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

cyn_scale cyn_scale_of(double lo, double hi, int steps)
{
    if (lo >= hi) { /* a single value stands in the middle */
        double around = lo != 0 ? fabs(lo) / 2 : 1;
        hi = fmin(lo + around, DBL_MAX);
        lo = lo == 0 ? 0 : fmax(lo - around, -DBL_MAX);
    }
    cyn_scale s = {.lo = lo, .hi = hi};
    double step = round_step((hi / steps) - (lo / steps));
    double from = floor(lo / step) * step, to = ceil(hi / step) * step;
    /* Neighbouring doubles, and the largest ones, have no room for steps. */
    if (!isfinite(step) || !isfinite(from) || !isfinite(to) || from + step == from ||
        to - step == to)
        return s;
    return (cyn_scale){from, to, step};
}

double cyn_scale_at(const cyn_scale *s, double x)
{
    double span = s->hi / 2 - s->lo / 2;
    return span > 0 ? (x / 2 - s->lo / 2) / span : 0.5;
}

bool cyn_scale_tick(const cyn_scale *s, int k, double *out)
{
    double x = s->step > 0 ? (round(s->lo / s->step) + k) * s->step : k ? s->hi : s->lo;
    if (s->step > 0 ? x > s->hi + s->step / 2 : k > 1) return false;
    *out = x;
    return true;
}
