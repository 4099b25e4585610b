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

/* ---- which intervals cover a span ---- */

/* Ascending stretches of intervals that do not touch; n intervals make n at most. */
typedef struct cover {
    cyn_stretch *stretch;
    size_t n;
} cover;

/* The first stretch that ends at or after interval i. */
static size_t find_stretch(const cover *c, uint32_t i)
{
    size_t lo = 0, hi = c->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (c->stretch[mid].to < i) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

static void insert_stretch(cover *c, size_t at, cyn_stretch new)
{
    memmove(c->stretch + at + 1, c->stretch + at, (c->n++ - at) * sizeof new);
    c->stretch[at] = new;
}

static void remove_stretch(cover *c, size_t at)
{
    c->n--;
    memmove(c->stretch + at, c->stretch + at + 1, (c->n - at) * sizeof *c->stretch);
}

/* Interval i begins to cover. */
static void cover_more(cover *c, uint32_t i)
{
    size_t k = find_stretch(c, i);
    bool before = k < c->n && c->stretch[k].to == i;
    size_t next = before ? k + 1 : k;
    bool after = next < c->n && c->stretch[next].from == i + 1;
    if (before) {
        c->stretch[k].to = after ? c->stretch[next].to : i + 1;
        if (after) remove_stretch(c, next);
    } else if (after) {
        c->stretch[next].from = i;
    } else {
        insert_stretch(c, k, (cyn_stretch){i, i + 1});
    }
}

/* Interval i, which did, covers no more. */
static void cover_less(cover *c, uint32_t i)
{
    size_t k = find_stretch(c, i + 1);
    cyn_stretch *s = &c->stretch[k];
    uint32_t to = s->to;
    if (s->from == i && to == i + 1) {
        remove_stretch(c, k);
    } else if (s->from == i) {
        s->from = i + 1;
    } else {
        s->to = i;
        if (to > i + 1) insert_stretch(c, k + 1, (cyn_stretch){i + 1, to});
    }
}

/* ---- cutting ---- */

/* Where an interval begins or ends. */
typedef struct edge {
    int64_t at;
    uint32_t interval;
    bool begins;
} edge;

static int by_time(const void *a, const void *b)
{
    const edge *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

static size_t list_edges(const cyn_interval *in, size_t n, edge *out)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (in[i].start >= in[i].end) continue; /* covers nothing */
        out[count++] = (edge){.at = in[i].start, .interval = (uint32_t)i, .begins = true};
        out[count++] = (edge){.at = in[i].end, .interval = (uint32_t)i};
    }
    qsort(out, count, sizeof *out, by_time);
    return count;
}

/* Walks along the edges: sets the spans, but for gaps between intervals, and what covers each, to
 * `covered` unless that is NULL. Returns how many stretches that is. */
static size_t sweep(const edge *e, size_t n, cover *c, cyn_spans *s, cyn_interval *span,
                    cyn_stretch *covered)
{
    size_t total = 0;
    s->n = 0;
    for (size_t i = 0; i < n;) {
        int64_t at = e[i].at;
        for (; i < n && e[i].at == at; i++) {
            if (e[i].begins) {
                cover_more(c, e[i].interval);
            } else {
                cover_less(c, e[i].interval);
            }
        }
        if (c->n == 0) continue;
        s->first[s->n] = total;
        span[s->n++] = (cyn_interval){at, e[i].at};
        if (covered) memcpy(covered + total, c->stretch, c->n * sizeof *covered);
        total += c->n;
    }
    s->first[s->n] = total;
    return total;
}

/* The stretches of intervals that hold all rows, to `out` unless that is NULL; returns how many. */
static size_t cover_timeless(const cyn_interval *in, size_t n, cyn_stretch *out)
{
    size_t stretches = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_all(in[i])) continue;
        bool first = i == 0 || !is_all(in[i - 1]);
        stretches += first;
        if (out && first) out[stretches - 1].from = (uint32_t)i;
        if (out) out[stretches - 1].to = (uint32_t)i + 1;
    }
    return stretches;
}

static cyn_code cut_spans(cyn_spans *s, const cyn_interval *in, size_t n, cyn_arena *arena,
                          cyn_err *err)
{
    edge *edges = CYN_NEW_ARRAY(arena, 2 * n, edge);
    cyn_interval *span = CYN_NEW_ARRAY(arena, 2 * n, cyn_interval);
    cover c = {.stretch = CYN_NEW_ARRAY(arena, n, cyn_stretch)};
    s->first = CYN_NEW_ARRAY(arena, 2 * n + 2, size_t);
    if (!edges || !span || !c.stretch || !s->first) return cyn_nomem(err);
    size_t nedges = list_edges(in, n, edges);
    size_t total = sweep(edges, nedges, &c, s, span, NULL);
    size_t everywhere = cover_timeless(in, n, NULL);
    s->covered = CYN_NEW_ARRAY(arena, total + everywhere + 1, cyn_stretch);
    if (!s->covered) return cyn_nomem(err);
    sweep(edges, nedges, &c, s, span, s->covered);
    cover_timeless(in, n, s->covered + total);
    s->timeless = everywhere > 0;
    if (s->timeless) s->first[s->n + 1] = total + everywhere;
    s->span = span;
    s->cut = true;
    return CYN_OK;
}

cyn_code cyn_spans_init(cyn_spans *s, const cyn_interval *intervals, size_t n, cyn_arena *arena,
                        cyn_err *err)
{
    *s = (cyn_spans){.span = intervals, .n = n};
    if (is_plain(intervals, n)) return CYN_OK;
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
