#include "exec/parallel.h"
#include "exec/relation_impl.h"

/* Rows that are looked at together: whether one is out of order is said of all of them. */
#define BLOCK ((size_t)4096)

typedef struct inspection {
    const cyn_relation_run *run;
    const cyn_column *column;
    atomic_bool disorder;
} inspection;

/* Each range ends with the first row of the next. */
static void inspect_range(void *self, size_t worker, size_t range)
{
    inspection *in = self;
    size_t first = range * CYN_SHARE_ROWS, rows = in->run->rows;
    size_t last = rows - first <= CYN_SHARE_ROWS ? rows - 1 : first + CYN_SHARE_ROWS;
    (void)worker;
    for (; first < last; first += BLOCK) {
        size_t steps = last - first < BLOCK ? last - first : BLOCK;
        if (atomic_load_explicit(&in->disorder, memory_order_relaxed)) return;
        if (cyn_relation_go_on(in->run, NULL) != CYN_OK) return;
        if (!cyn_column_ascends(in->column, first, steps + 1))
            atomic_store_explicit(&in->disorder, true, memory_order_relaxed);
    }
}

bool cyn_relation_in_order(cyn_relation_run *run, const cyn_instants *time)
{
    inspection in = {.run = run, .column = time->column};
    size_t ranges = cyn_relation_ranges(run);
    if (time->column->valid) return false;
    if (!time->column->ascending)
        cyn_parallel(cyn_workers_for(ranges), ranges, &(cyn_job){&in, inspect_range});
    run->in_order = !in.disorder;
    return run->in_order;
}

size_t cyn_relation_first_at(const cyn_relation_run *run, const cyn_instants *time, int64_t at)
{
    size_t low = 0, high = run->rows;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (cyn_instant(time, mid) < at) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}
