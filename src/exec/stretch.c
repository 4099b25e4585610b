#include "exec/exec.h"
#include "exec/stretch_impl.h"

/* So many rows are worth a batch of their own. */
#define STRETCH_LEAST (CYN_BATCH / 16 + 1)

bool cyn_are_in_order(const cyn_column *c, size_t first, size_t n)
{
    return c->ascending || (!c->valid && cyn_column_ascends(c, first, n));
}

static size_t look_at_each(const cyn_stretches *s, size_t from, cyn_interval in)
{
    size_t i = from + 1;
    for (; i < s->n; i++) {
        int64_t v = cyn_column_integer(s->column, s->first + i);
        if (v < in.start || v >= in.end) break;
    }
    return i;
}

size_t cyn_stretch_end(const cyn_stretches *s, size_t from, cyn_interval in)
{
    size_t low = from + 1, high = s->n;
    if (!s->in_order) return look_at_each(s, from, in);
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (cyn_column_integer(s->column, s->first + mid) < in.end) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

bool cyn_stretch_is_batch(const cyn_stretches *s, size_t count, cyn_interval next)
{
    if (count >= STRETCH_LEAST) return true;
    return s->in_order && cyn_stretch_end(s, count, next) - count >= STRETCH_LEAST;
}
