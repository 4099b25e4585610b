#include "metric/metric.h"
#include <stdlib.h>
#include <string.h>

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

static int compare_names(const void *a, const void *b, void *metrics)
{
    const cyn_metric *const *list = *(const cyn_metric *const **)metrics;
    return strcmp(list[*(const size_t *)a]->name, list[*(const size_t *)b]->name);
}

void cyn_metric_sort_names(const cyn_metric *const *metrics, size_t n, size_t *by_name)
{
    for (size_t i = 0; i < n; i++)
        by_name[i] = i;
    if (n) qsort_r(by_name, n, sizeof *by_name, compare_names, &metrics);
}

size_t cyn_metric_find(const cyn_metric *const *metrics, const size_t *by_name, size_t n,
                       const char *name)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, metrics[by_name[middle]]->name);
        if (order == 0) return by_name[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return CYN_NO_METRIC;
}
