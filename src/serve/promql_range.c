#include "serve/promql_impl.h"
#include <stdlib.h>
#include <string.h>

/* Functions of the points in a window, which has at least one. */

static double absent(void)
{
    return cyn_promql_absent();
}

/* ---- sums ---- */

/* Neumaier's: what is lost in rounding is added in the end. */
typedef struct total {
    double sum, lost;
} total;

static void add(total *t, double x)
{
    double sum = t->sum + x;
    if (isinf(sum))
        t->lost = 0;
    else
        t->lost += fabs(t->sum) >= fabs(x) ? t->sum - sum + x : x - sum + t->sum;
    t->sum = sum;
}

static double sum_over_time(const cyn_promql_window *w, const double *params, cyn_buf *scratch)
{
    (void)params, (void)scratch;
    total t = {0};
    for (size_t i = 0; i < w->n; i++)
        add(&t, w->at[i].value);
    return t.sum + t.lost;
}

static double avg_over_time(const cyn_promql_window *w, const double *params, cyn_buf *scratch)
{
    double sum = sum_over_time(w, params, scratch), mean = 0;
    if (isfinite(sum)) return sum / (double)w->n;
    for (size_t i = 0; i < w->n; i++) /* the sum may be too large where the mean is not */
        mean += w->at[i].value / (double)w->n;
    return mean;
}

static double count_over_time(const cyn_promql_window *w, const double *params, cyn_buf *scratch)
{
    (void)params, (void)scratch;
    return (double)w->n;
}

static double stdvar_over_time(const cyn_promql_window *w, const double *params, cyn_buf *scratch)
{
    (void)params, (void)scratch;
    double mean = 0, squares = 0;
    for (size_t i = 0; i < w->n; i++) {
        double delta = w->at[i].value - mean;
        mean += delta / (double)(i + 1);
        squares += delta * (w->at[i].value - mean);
    }
    return squares / (double)w->n;
}

static double stddev_over_time(const cyn_promql_window *w, const double *params, cyn_buf *scratch)
{
    return sqrt(stdvar_over_time(w, params, scratch));
}

/* ---- choices ---- */

static double min_over_time(const cyn_promql_window *w, const double *params, cyn_buf *scratch)
{
    (void)params, (void)scratch;
    double least = w->at[0].value;
    for (size_t i = 1; i < w->n; i++)
        if (w->at[i].value < least || isnan(least)) least = w->at[i].value;
    return least;
}

static double max_over_time(const cyn_promql_window *w, const double *params, cyn_buf *scratch)
{
    (void)params, (void)scratch;
    double most = w->at[0].value;
    for (size_t i = 1; i < w->n; i++)
        if (w->at[i].value > most || isnan(most)) most = w->at[i].value;
    return most;
}

static double last_over_time(const cyn_promql_window *w, const double *params, cyn_buf *scratch)
{
    (void)params, (void)scratch;
    return w->at[w->n - 1].value;
}

static double present_over_time(const cyn_promql_window *w, const double *params, cyn_buf *scratch)
{
    (void)w, (void)params, (void)scratch;
    return 1;
}

/* NaN comes first. */
static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    if (isnan(x) || isnan(y)) return isnan(y) - isnan(x);
    return (x > y) - (x < y);
}

double cyn_promql_quantile_of(double q, double *x, size_t n)
{
    if (n == 0 || isnan(q)) return NAN;
    if (q < 0) return -INFINITY;
    if (q > 1) return INFINITY;
    qsort(x, n, sizeof *x, by_value);
    double rank = q * (double)(n - 1);
    size_t low = (size_t)floor(rank), high = low + 1 < n ? low + 1 : n - 1;
    double weight = rank - floor(rank);
    return x[low] * (1 - weight) + x[high] * weight;
}

static double quantile_over_time(const cyn_promql_window *w, const double *params, cyn_buf *scratch)
{
    cyn_buf_reset(scratch);
    if (!cyn_buf_reserve(scratch, w->n * sizeof(double))) return NAN; /* the caller sees `failed` */
    double *x = (double *)(void *)scratch->data; /* memory of malloc is aligned for any type */
    for (size_t i = 0; i < w->n; i++)
        x[i] = w->at[i].value;
    return cyn_promql_quantile_of(params[0], x, w->n);
}

/* ---- changes ---- */

static double changes(const cyn_promql_window *w, const double *params, cyn_buf *scratch)
{
    (void)params, (void)scratch;
    double n = 0;
    for (size_t i = 1; i < w->n; i++) {
        double a = w->at[i - 1].value, b = w->at[i].value;
        n += a != b && !(isnan(a) && isnan(b));
    }
    return n;
}

static double resets(const cyn_promql_window *w, const double *params, cyn_buf *scratch)
{
    (void)params, (void)scratch;
    double n = 0;
    for (size_t i = 1; i < w->n; i++)
        n += w->at[i].value < w->at[i - 1].value;
    return n;
}

static double idelta(const cyn_promql_window *w, const double *params, cyn_buf *scratch)
{
    (void)params, (void)scratch;
    if (w->n < 2) return absent();
    return w->at[w->n - 1].value - w->at[w->n - 2].value;
}

static double irate(const cyn_promql_window *w, const double *params, cyn_buf *scratch)
{
    (void)params, (void)scratch;
    if (w->n < 2) return absent();
    const cyn_promql_point *a = &w->at[w->n - 2], *b = &w->at[w->n - 1];
    double seconds = (double)(b->at - a->at) / 1000;
    return (b->value < a->value ? b->value : b->value - a->value) / seconds;
}

/* The difference between the first point and the last, stretched towards the ends of the window: up
 * to them where they are within reach, else by half the distance of points. A counter does not go
 * below zero, and begins again when it falls. */
static double stretched(const cyn_promql_window *w, bool counter)
{
    if (w->n < 2) return absent();
    const cyn_promql_point *first = &w->at[0], *last = &w->at[w->n - 1];
    double result = last->value - first->value;
    for (size_t i = 1; counter && i < w->n; i++)
        if (w->at[i].value < w->at[i - 1].value) result += w->at[i - 1].value;
    double before = (double)(first->at - w->from) / 1000, after = (double)(w->to - last->at) / 1000;
    double seen = (double)(last->at - first->at) / 1000, apart = seen / (double)(w->n - 1);
    if (counter && result > 0 && first->value >= 0)
        before = fmin(before, seen * (first->value / result));
    double length = seen;
    length += before < apart * 1.1 ? before : apart / 2;
    length += after < apart * 1.1 ? after : apart / 2;
    return result * (length / seen);
}

static double delta(const cyn_promql_window *w, const double *params, cyn_buf *scratch)
{
    (void)params, (void)scratch;
    return stretched(w, false);
}

static double increase(const cyn_promql_window *w, const double *params, cyn_buf *scratch)
{
    (void)params, (void)scratch;
    return stretched(w, true);
}

static double rate(const cyn_promql_window *w, const double *params, cyn_buf *scratch)
{
    (void)params, (void)scratch;
    double x = stretched(w, true);
    return cyn_promql_is_absent(x) ? x : x / ((double)w->range / 1000);
}

/* ---- straight lines ---- */

typedef struct line {
    double slope, at_zero; /* per second; at the origin of time */
} line;

/* Least squares, with time counted from `origin` so that few digits are lost. */
static line fit(const cyn_promql_window *w, int64_t origin)
{
    total x = {0}, y = {0}, xy = {0}, xx = {0};
    bool constant = true;
    for (size_t i = 0; i < w->n; i++) {
        double t = (double)(w->at[i].at - origin) / 1000, v = w->at[i].value;
        constant &= v == w->at[0].value;
        add(&x, t);
        add(&y, v);
        add(&xy, t * v);
        add(&xx, t * t);
    }
    double n = (double)w->n;
    if (constant)
        return (line){isinf(w->at[0].value) ? NAN : 0,
                      isinf(w->at[0].value) ? NAN : w->at[0].value};
    double sx = x.sum + x.lost, sy = y.sum + y.lost;
    double covariance = xy.sum + xy.lost - sx * sy / n, variance = xx.sum + xx.lost - sx * sx / n;
    double slope = covariance / variance;
    return (line){slope, sy / n - slope * sx / n};
}

static double deriv(const cyn_promql_window *w, const double *params, cyn_buf *scratch)
{
    (void)params, (void)scratch;
    return w->n < 2 ? absent() : fit(w, w->at[0].at).slope;
}

static double predict_linear(const cyn_promql_window *w, const double *params, cyn_buf *scratch)
{
    (void)scratch;
    if (w->n < 2) return absent();
    line l = fit(w, w->to);
    return l.slope * params[0] + l.at_zero;
}

/* ---- the table ---- */

#define OVER(name)                                                                                 \
    {                                                                                              \
#name, {CYN_PROMQL_MATRIX }, 1, false, CYN_PROMQL_VECTOR, cyn_promql_call_range, NULL,     \
                name                                                                               \
    }
const cyn_promql_function cyn_promql_range_functions[] = {
    OVER(avg_over_time),
    OVER(changes),
    OVER(count_over_time),
    OVER(delta),
    OVER(deriv),
    OVER(idelta),
    OVER(increase),
    OVER(irate),
    OVER(last_over_time),
    OVER(max_over_time),
    OVER(min_over_time),
    OVER(present_over_time),
    OVER(rate),
    OVER(resets),
    OVER(stddev_over_time),
    OVER(stdvar_over_time),
    OVER(sum_over_time),
    {"quantile_over_time",
     {CYN_PROMQL_SCALAR, CYN_PROMQL_MATRIX},
     2,
     false,
     CYN_PROMQL_VECTOR,
     cyn_promql_call_range,
     NULL,
     quantile_over_time},
    {"predict_linear",
     {CYN_PROMQL_MATRIX, CYN_PROMQL_SCALAR},
     2,
     false,
     CYN_PROMQL_VECTOR,
     cyn_promql_call_range,
     NULL,
     predict_linear},
    {"absent_over_time",
     {CYN_PROMQL_MATRIX},
     1,
     false,
     CYN_PROMQL_VECTOR,
     cyn_promql_call_absent_over_time,
     NULL,
     NULL},
};
const size_t cyn_promql_nrange_functions =
    sizeof cyn_promql_range_functions / sizeof *cyn_promql_range_functions;

/* ---- windows ---- */

/* After so many the time is looked at: some milliseconds, of the costliest function. */
#define POINTS_UNSEEN ((size_t)1 << 16)

/* Windows only go on, so that each end moves over the points once. */
typedef struct slide {
    const cyn_promql_point *points;
    size_t n, first, last; /* [first, last) is inside */
} slide;

static void slide_to(slide *s, int64_t from, int64_t to)
{
    while (s->last < s->n && s->points[s->last].at <= to)
        s->last++;
    while (s->first < s->last && s->points[s->first].at <= from)
        s->first++;
}

static cyn_code over_row(cyn_promql_eval *e, const cyn_promql_node *node,
                         const cyn_promql_node *range, slide s, const double *params,
                         cyn_buf *scratch, double *out)
{
    size_t seen = 0; /* points, since the time was looked at */
    for (size_t i = 0; i < e->n; i++) {
        int64_t to = cyn_promql_looks_at(e, range, cyn_promql_time(e, i)), from = to - range->range;
        slide_to(&s, from, to);
        if (s.last == s.first) continue;
        cyn_promql_window w = {s.points + s.first, s.last - s.first, from, to, range->range};
        out[i] = node->function->window(&w, params ? &params[i] : NULL, scratch);
        seen += w.n + 256;
        if (seen < POINTS_UNSEEN) continue;
        CYN_TRY(cyn_promql_check(e));
        seen = 0;
    }
    return scratch->failed ? cyn_nomem(e->err) : CYN_OK;
}

cyn_code cyn_promql_call_range(cyn_promql_eval *e, const cyn_promql_node *node,
                               cyn_promql_value *out)
{
    const cyn_promql_node *range = NULL, *parameter = NULL;
    for (size_t i = 0; i < node->nargs; i++)
        *(node->args[i]->type == CYN_PROMQL_MATRIX ? &range : &parameter) = node->args[i];
    cyn_promql_value params = {0};
    cyn_promql_ranges rows = {0};
    cyn_buf scratch = {0};
    cyn_code rc = parameter ? cyn_promql_eval_node(e, parameter, &params) : CYN_OK;
    if (rc == CYN_OK) rc = cyn_promql_eval_range(e, range, &rows);
    for (size_t r = 0; rc == CYN_OK && r < rows.n; r++) {
        cyn_prom_labels labels = rows.labels[r];
        cyn_promql_series *row = NULL;
        bool named = node->function->window == last_over_time; /* it is a value of the series */
        CYN_GOTO(named ? CYN_OK : cyn_prom_labels_drop(e, labels, NULL, &labels));
        CYN_GOTO(cyn_promql_add_row(e, out, labels, &row));
        slide s = {rows.points[r], rows.counts[r], 0, 0};
        CYN_GOTO(over_row(e, node, range, s, parameter ? params.rows[0].values : NULL, &scratch,
                          row->values));
    }
    if (rc == CYN_OK) rc = cyn_promql_merge(e, out);
done:
    cyn_buf_clear(&scratch);
    return rc;
}

cyn_code cyn_promql_call_absent_over_time(cyn_promql_eval *e, const cyn_promql_node *node,
                                          cyn_promql_value *out)
{
    const cyn_promql_node *range = node->args[0];
    cyn_promql_ranges rows = {0};
    cyn_prom_labels labels = {0};
    cyn_promql_series *row = NULL;
    CYN_TRY(cyn_promql_eval_range(e, range, &rows));
    CYN_TRY(cyn_promql_absent_labels(e, range, &labels));
    CYN_TRY(cyn_promql_add_row(e, out, labels, &row));
    for (size_t i = 0; i < e->n; i++)
        row->values[i] = 1;
    for (size_t r = 0; r < rows.n; r++) {
        slide s = {rows.points[r], rows.counts[r], 0, 0};
        for (size_t i = 0; i < e->n; i++) {
            int64_t to = cyn_promql_looks_at(e, range, cyn_promql_time(e, i));
            slide_to(&s, to - range->range, to);
            if (s.last > s.first) row->values[i] = absent();
        }
        CYN_TRY(cyn_promql_check(e));
    }
    return cyn_promql_merge(e, out);
}
