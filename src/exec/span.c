#include "exec/span_impl.h"
#include <stdlib.h>
#include <string.h>

static bool is_all(cyn_interval i)
{
    return i.start == CYN_TIME_MIN && i.end == CYN_TIME_MAX;
}

/* Intervals that can be looked up as they are. */
static bool is_plain(const cyn_interval *in, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (is_all(in[i]) || in[i].start > in[i].end) return false;
        if (i > 0 && in[i].start < in[i - 1].end) return false;
    }
    return true;
}

static int by_time(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The instants at which any interval begins or ends, each once; returns how many. */
static size_t find_cuts(const cyn_interval *in, size_t n, int64_t *cut)
{
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++) {
        cut[2 * i] = in[i].start;
        cut[2 * i + 1] = in[i].end;
    }
    qsort(cut, 2 * n, sizeof *cut, by_time);
    for (size_t i = 0; i < 2 * n; i++) {
        if (i == 0 || cut[i] != cut[i - 1]) cut[distinct++] = cut[i];
    }
    return distinct;
}

/* The stretches of intervals that cover `span`, to `out` unless that is NULL; returns how many. */
static size_t cover(const cyn_interval *in, size_t n, cyn_interval span, cyn_stretch *out)
{
    size_t stretches = 0;
    bool open = false;
    for (size_t i = 0; i < n; i++) {
        bool holds = in[i].start <= span.start && in[i].end >= span.end;
        if (holds && !open && out) out[stretches].from = (uint32_t)i;
        stretches += holds && !open;
        if (holds && out) out[stretches - 1].to = (uint32_t)i + 1;
        open = holds;
    }
    return stretches;
}

static cyn_code cut_spans(cyn_spans *s, const cyn_interval *in, size_t n, cyn_arena *arena,
                          cyn_err *err)
{
    const cyn_interval all = {CYN_TIME_MIN, CYN_TIME_MAX};
    int64_t *cut = CYN_NEW_ARRAY(arena, 2 * n, int64_t);
    cyn_interval *span = CYN_NEW_ARRAY(arena, 2 * n, cyn_interval);
    size_t total = 0;
    s->first = CYN_NEW_ARRAY(arena, 2 * n + 1, size_t);
    if (!cut || !span || !s->first) return cyn_nomem(err);
    size_t cuts = find_cuts(in, n, cut);
    for (size_t i = 0; i + 1 < cuts; i++) { /* gaps between intervals are left out */
        cyn_interval piece = {cut[i], cut[i + 1]};
        size_t stretches = cover(in, n, piece, NULL);
        if (stretches == 0) continue;
        s->first[s->n] = total;
        span[s->n++] = piece;
        total += stretches;
    }
    s->first[s->n] = total;
    size_t everywhere = cover(in, n, all, NULL);
    s->timeless = everywhere > 0;
    if (s->timeless) s->first[s->n + 1] = total + everywhere;
    s->covered = CYN_NEW_ARRAY(arena, total + everywhere + 1, cyn_stretch);
    if (!s->covered) return cyn_nomem(err);
    for (size_t i = 0; i < s->n; i++)
        cover(in, n, span[i], s->covered + s->first[i]);
    cover(in, n, all, s->covered + total);
    s->span = span;
    s->cut = true;
    return CYN_OK;
}

cyn_code cyn_spans_init(cyn_spans *s, const cyn_interval *intervals, size_t n, cyn_arena *arena,
                        cyn_err *err)
{
    *s = (cyn_spans){.span = intervals, .n = n};
    if (is_plain(intervals, n)) return CYN_OK;
    s->n = 0;
    return cut_spans(s, intervals, n, arena, err);
}

int64_t cyn_spans_find(const cyn_spans *s, int64_t instant, cyn_interval *around)
{
    size_t lo = 0, hi = s->n; /* the first span that ends after the instant */
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->span[mid].end > instant) {
            hi = mid;
        } else {
            lo = mid + 1;
        }
    }
    if (lo < s->n && s->span[lo].start <= instant) {
        *around = s->span[lo];
        return (int64_t)lo;
    }
    around->start = lo > 0 ? s->span[lo - 1].end : CYN_TIME_MIN;
    around->end = lo < s->n ? s->span[lo].start : CYN_TIME_MAX;
    return -1;
}
