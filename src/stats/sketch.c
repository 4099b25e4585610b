#include "stats/sketch.h"
#include "stats/quantile.h"
#include <stdlib.h>

/* With the lower end a = (64 + k)·u and the upper (65 + k)·u, 2·a·b / (a + b) has the same relative
 * distance from both. */
double cyn_bucket_value(int32_t number)
{
    uint64_t magnitude = (uint64_t)(number < 0 ? -number : number);
    uint64_t bits = magnitude << 46 | (uint64_t)(number < 0) << 63;
    double end, k = (double)(magnitude & 63);
    memcpy(&end, &bits, sizeof end);
    return end + end / (129 + 2 * k);
}

static int by_number(const void *a, const void *b)
{
    const cyn_bucket *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

static double value_at(const cyn_bucket *buckets, size_t n, size_t rank)
{
    size_t i = 0;
    for (; i + 1 < n && rank >= (size_t)buckets[i].count; i++)
        rank -= (size_t)buckets[i].count;
    return cyn_bucket_value(buckets[i].number);
}

double cyn_sketch_quantile(cyn_bucket *buckets, size_t n, double p, int type)
{
    size_t values = 0;
    qsort(buckets, n, sizeof *buckets, by_number);
    for (size_t i = 0; i < n; i++)
        values += (size_t)buckets[i].count;
    cyn_rank at = cyn_quantile_rank(values, p, type);
    return cyn_quantile_between(value_at(buckets, n, at.low), value_at(buckets, n, at.high), at.h);
}
