/* Compensated summation of doubles (Neumaier): the error does not grow with the number of terms. */
#pragma once

typedef struct cyn_sum {
    double high, low;
} cyn_sum;

static inline void cyn_sum_add(cyn_sum *s, double x)
{
    double t = s->high + x;
    double big = s->high < 0 ? -s->high : s->high;
    double mag = x < 0 ? -x : x;
    s->low += big >= mag ? (s->high - t) + x : (x - t) + s->high;
    s->high = t;
}

static inline double cyn_sum_value(const cyn_sum *s)
{
    return s->high + s->low;
}
