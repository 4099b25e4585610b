#include "metric/metric.h"

static int rank(const cyn_metric *m)
{
    static const int of[] = {
        [CYN_LEADING] = 1, [CYN_COINCIDENT] = 2, [CYN_LAGGING] = 3, [CYN_LAYER_NONE] = 4};
    return m->sheet.role == CYN_NSM ? 0 : of[m->sheet.layer];
}

/* By insertion: stable, in place, and there are dozens of metrics, not millions. */
void cyn_metric_sort(const cyn_metric **metrics, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const cyn_metric *m = metrics[i];
        size_t j = i;
        for (; j > 0 && rank(metrics[j - 1]) > rank(m); j--)
            metrics[j] = metrics[j - 1];
        metrics[j] = m;
    }
}
