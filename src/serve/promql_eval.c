#include "serve/promql_impl.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* How many instants, and how far apart the instants of a subquery are that does not say. */
enum { POINTS_MOST = 11000, SUBQUERY_POINTS_MOST = 220000, SUBQUERY_STEP = 60000 };

/* ---- what all of it needs ---- */

static const uint64_t absent_bits = UINT64_C(0x7ff4c79e0ab5e17d);

double cyn_promql_absent(void)
{
    double x;
    memcpy(&x, &absent_bits, sizeof x);
    return x;
}

bool cyn_promql_is_absent(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits == absent_bits;
}

cyn_code cyn_promql_check(const cyn_promql_eval *e)
{
    struct timespec t;
    if (e->range->cancel && atomic_load(e->range->cancel))
        return cyn_fail(e->err, CYN_E_CANCEL, "query was canceled: the server stops");
    if (e->range->deadline == 0) return CYN_OK;
    clock_gettime(CLOCK_MONOTONIC, &t);
    if ((int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 < e->range->deadline) return CYN_OK;
    return cyn_fail(e->err, CYN_E_CANCEL, "query timed out in expression evaluation");
}

cyn_code cyn_promql_full(const cyn_promql_eval *e)
{
    cyn_fail(e->err, CYN_E_LIMIT, "query processing would load too many samples into memory");
    cyn_hint(e->err, "select fewer series, a shorter time, or a larger step");
    return CYN_E_LIMIT;
}

cyn_code cyn_promql_failed(const cyn_promql_eval *e, const cyn_promql_node *node, const char *fmt,
                           ...)
{
    char what[600];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    (void)node;
    return cyn_fail(e->err, CYN_E_DATA, "%s", what);
}

cyn_code cyn_promql_add_row(cyn_promql_eval *e, cyn_promql_value *v, cyn_prom_labels labels,
                            cyn_promql_series **out)
{
    cyn_promql_series *more = cyn_grown(e->arena, v->rows, v->n, &v->room, sizeof *more);
    double *values = CYN_NEW_ARRAY(e->arena, e->n, double);
    if (!more || !values) return cyn_promql_full(e);
    double absent = cyn_promql_absent();
    for (size_t i = 0; i < e->n; i++)
        values[i] = absent;
    v->rows = more;
    v->rows[v->n] = (cyn_promql_series){labels, values};
    *out = &v->rows[v->n++];
    return cyn_promql_check(e);
}

static bool has_any(const cyn_promql_eval *e, const cyn_promql_series *s)
{
    for (size_t i = 0; i < e->n; i++)
        if (!cyn_promql_is_absent(s->values[i])) return true;
    return false;
}

/* Into a row that is there already. */
static cyn_code unite(cyn_promql_eval *e, cyn_promql_series *into, const cyn_promql_series *from)
{
    for (size_t i = 0; i < e->n; i++) {
        if (cyn_promql_is_absent(from->values[i])) continue;
        if (!cyn_promql_is_absent(into->values[i]))
            return cyn_fail(e->err, CYN_E_DATA,
                            "vector cannot contain metrics with the same labelset");
        into->values[i] = from->values[i];
    }
    return CYN_OK;
}

cyn_code cyn_promql_merge(cyn_promql_eval *e, cyn_promql_value *v)
{
    cyn_prom_index x = {0};
    size_t kept = 0;
    for (size_t i = 0; i < v->n; i++) {
        size_t number = 0;
        if (!has_any(e, &v->rows[i])) continue;
        CYN_TRY(cyn_prom_index_put(e, &x, v->rows[i].labels, &number));
        if (number == kept)
            v->rows[kept++] = v->rows[i];
        else
            CYN_TRY(unite(e, &v->rows[number], &v->rows[i]));
    }
    v->n = kept;
    return CYN_OK;
}

/* ---- selectors ---- */

int64_t cyn_promql_looks_at(const cyn_promql_eval *e, const cyn_promql_node *node, int64_t t)
{
    switch (node->pinned) {
    case CYN_AT_NONE: break;
    case CYN_AT_TIME: t = node->pin; break;
    case CYN_AT_START: t = e->range->start; break;
    case CYN_AT_END: t = e->range->step ? e->range->end : e->range->start; break;
    }
    return t - node->offset;
}

static bool counts(const cyn_promql_eval *e, const cyn_prom_sample *s, int64_t t)
{
    return e->range->lookback > 0 ? t - s->at < e->range->lookback : t < s->until;
}

/* The newest sample at each instant, as its value, or as its time. */
static void look(const cyn_promql_eval *e, const cyn_promql_node *node, const cyn_prom_series *s,
                 bool times, double *out)
{
    size_t k = 0; /* samples up to the instant; instants only go on, unless all are the same */
    for (size_t i = 0; i < e->n; i++) {
        int64_t t = cyn_promql_looks_at(e, node, cyn_promql_time(e, i));
        while (k < s->n && s->samples[k].at <= t)
            k++;
        if (k == 0 || !counts(e, &s->samples[k - 1], t)) continue;
        out[i] = times ? (double)s->samples[k - 1].at / 1000 : s->samples[k - 1].value;
    }
}

static cyn_code fetch(cyn_promql_eval *e, const cyn_promql_node *node,
                      const cyn_prom_series **series, size_t *n)
{
    int64_t from = cyn_promql_looks_at(e, node, cyn_promql_time(e, 0)) - node->range;
    int64_t to = cyn_promql_looks_at(e, node, cyn_promql_time(e, e->n - 1));
    if (node->range == 0) from -= e->range->lookback;
    return e->source->select(e->source->self, node->matchers, node->nmatchers, from, to, e->arena,
                             series, n, e->err);
}

static cyn_code eval_selector(cyn_promql_eval *e, const cyn_promql_node *node, bool times,
                              cyn_promql_value *out)
{
    const cyn_prom_series *series = NULL;
    size_t n = 0;
    CYN_TRY(fetch(e, node, &series, &n));
    for (size_t i = 0; i < n; i++) {
        cyn_promql_series *row = NULL;
        CYN_TRY(cyn_promql_add_row(e, out, series[i].labels, &row));
        look(e, node, &series[i], times, row->values);
        if (!has_any(e, row)) out->n--;
    }
    return CYN_OK;
}

cyn_code cyn_promql_eval_times(cyn_promql_eval *e, const cyn_promql_node *selector,
                               cyn_promql_value *out)
{
    return eval_selector(e, selector, true, out);
}

/* ---- ranges ---- */

typedef struct range_rows {
    cyn_prom_labels *labels;
    const cyn_promql_point **points;
    size_t *counts;
    size_t n;
} range_rows;

static cyn_code make_rows(cyn_promql_eval *e, size_t n, range_rows *out)
{
    *out = (range_rows){
        .labels = CYN_NEW_ARRAY(e->arena, n + 1, cyn_prom_labels),
        .points = CYN_NEW_ARRAY(e->arena, n + 1, const cyn_promql_point *),
        .counts = CYN_NEW_ARRAY(e->arena, n + 1, size_t),
    };
    return out->labels && out->points && out->counts ? CYN_OK : cyn_promql_full(e);
}

static cyn_code range_of_selector(cyn_promql_eval *e, const cyn_promql_node *node, range_rows *out)
{
    const cyn_prom_series *series = NULL;
    size_t n = 0;
    CYN_TRY(fetch(e, node, &series, &n));
    CYN_TRY(make_rows(e, n, out));
    for (size_t i = 0; i < n; i++) {
        cyn_promql_point *points = CYN_NEW_ARRAY(e->arena, series[i].n + 1, cyn_promql_point);
        if (!points) return cyn_promql_full(e);
        for (size_t k = 0; k < series[i].n; k++)
            points[k] = (cyn_promql_point){series[i].samples[k].at, series[i].samples[k].value};
        out->labels[i] = series[i].labels;
        out->points[i] = points;
        out->counts[i] = series[i].n;
        CYN_TRY(cyn_promql_check(e));
    }
    out->n = n;
    return CYN_OK;
}

static int64_t floor_to(int64_t t, int64_t step)
{
    int64_t rest = t % step;
    return t - (rest < 0 ? rest + step : rest);
}

/* What is there of a row. */
static cyn_code points_of(const cyn_promql_eval *e, const cyn_promql_series *row,
                          const cyn_promql_point **out, size_t *n)
{
    size_t count = 0;
    for (size_t i = 0; i < e->n; i++)
        count += !cyn_promql_is_absent(row->values[i]);
    cyn_promql_point *points = CYN_NEW_ARRAY(e->arena, count + 1, cyn_promql_point);
    if (!points) return cyn_promql_full(e);
    *out = points;
    *n = count;
    for (size_t i = 0; i < e->n; i++)
        if (!cyn_promql_is_absent(row->values[i]))
            *points++ = (cyn_promql_point){cyn_promql_time(e, i), row->values[i]};
    return CYN_OK;
}

/* A subquery has instants of its own: the multiples of its step. */
static cyn_code range_of_subquery(cyn_promql_eval *e, const cyn_promql_node *node, range_rows *out)
{
    int64_t every = node->step ? node->step : SUBQUERY_STEP;
    int64_t from = cyn_promql_looks_at(e, node, cyn_promql_time(e, 0)) - node->range;
    int64_t to = cyn_promql_looks_at(e, node, cyn_promql_time(e, e->n - 1));
    int64_t first = floor_to(from, every) + every; /* after `from`: windows are open there */
    if (to < first) return make_rows(e, 0, out);
    size_t n = (size_t)((to - first) / every) + 1;
    if (n > SUBQUERY_POINTS_MOST)
        return cyn_fail(e->err, CYN_E_LIMIT,
                        "a subquery has more than %d points; use a larger step",
                        SUBQUERY_POINTS_MOST);
    cyn_promql_eval inner = *e;
    cyn_promql_value v = {0};
    inner.start = first;
    inner.step = every;
    inner.n = n;
    CYN_TRY(cyn_promql_eval_node(&inner, node->args[0], &v));
    CYN_TRY(make_rows(e, v.n, out));
    for (; out->n < v.n; out->n++) {
        const cyn_promql_series *row = &v.rows[out->n];
        out->labels[out->n] = row->labels;
        CYN_TRY(points_of(&inner, row, &out->points[out->n], &out->counts[out->n]));
    }
    return CYN_OK;
}

cyn_code cyn_promql_eval_range(cyn_promql_eval *e, const cyn_promql_node *node,
                               cyn_promql_ranges *out)
{
    range_rows rows = {0};
    CYN_TRY(node->kind == CYN_NODE_SUBQUERY ? range_of_subquery(e, node, &rows)
                                            : range_of_selector(e, node, &rows));
    *out = (cyn_promql_ranges){rows.labels, rows.points, rows.counts, rows.n};
    return CYN_OK;
}

/* ---- the rest of the tree ---- */

static cyn_code eval_number(cyn_promql_eval *e, double x, cyn_promql_value *out)
{
    cyn_promql_series *row = NULL;
    CYN_TRY(cyn_promql_add_row(e, out, (cyn_prom_labels){0}, &row));
    for (size_t i = 0; i < e->n; i++)
        row->values[i] = x;
    return CYN_OK;
}

static cyn_code eval_negation(cyn_promql_eval *e, const cyn_promql_node *node,
                              cyn_promql_value *out)
{
    CYN_TRY(cyn_promql_eval_node(e, node->args[0], out));
    for (size_t r = 0; r < out->n; r++) {
        cyn_promql_series *row = &out->rows[r];
        CYN_TRY(cyn_prom_labels_drop(e, row->labels, NULL, &row->labels));
        for (size_t i = 0; i < e->n; i++)
            if (!cyn_promql_is_absent(row->values[i])) row->values[i] = -row->values[i];
    }
    return cyn_promql_merge(e, out);
}

cyn_code cyn_promql_eval_node(cyn_promql_eval *e, const cyn_promql_node *node,
                              cyn_promql_value *out)
{
    CYN_TRY(cyn_promql_check(e));
    switch (node->kind) {
    case CYN_NODE_NUMBER: return eval_number(e, node->number, out);
    case CYN_NODE_SELECTOR: return eval_selector(e, node, false, out);
    case CYN_NODE_CALL: return node->function->call(e, node, out);
    case CYN_NODE_AGGREGATE: return cyn_promql_eval_aggregate(e, node, out);
    case CYN_NODE_BINARY: return cyn_promql_eval_binary(e, node, out);
    case CYN_NODE_NEGATE: return eval_negation(e, node, out);
    case CYN_NODE_STRING:
    case CYN_NODE_SUBQUERY: break; /* the parser lets them stand only where others look at them */
    }
    return cyn_fail(e->err, CYN_E_UNSUPPORTED, "a %s cannot be evaluated here",
                    cyn_promql_type_names[node->type]);
}

/* ---- results ---- */

/* Rows as points, without the instants at which nothing is there. */
static cyn_code give(cyn_promql_eval *e, const cyn_promql_value *v, cyn_promql_result *out)
{
    cyn_promql_row *rows = CYN_NEW_ARRAY(e->arena, v->n + 1, cyn_promql_row);
    if (!rows) return cyn_promql_full(e);
    for (size_t r = 0; r < v->n; r++) {
        cyn_promql_row *row = &rows[out->n];
        *row = (cyn_promql_row){.labels = v->rows[r].labels};
        CYN_TRY(points_of(e, &v->rows[r], &row->points, &row->n));
        out->n += row->n > 0;
    }
    out->rows = rows;
    return CYN_OK;
}

/* A range vector at one instant: the points themselves. */
static cyn_code give_range(cyn_promql_eval *e, const cyn_promql_node *node, cyn_promql_result *out)
{
    cyn_promql_ranges ranges = {0};
    CYN_TRY(cyn_promql_eval_range(e, node, &ranges));
    cyn_promql_row *rows = CYN_NEW_ARRAY(e->arena, ranges.n + 1, cyn_promql_row);
    if (!rows) return cyn_promql_full(e);
    int64_t to = cyn_promql_looks_at(e, node, e->start), from = to - node->range;
    for (size_t r = 0; r < ranges.n; r++) {
        size_t a = 0, b = ranges.counts[r];
        while (a < b && ranges.points[r][a].at <= from)
            a++;
        while (b > a && ranges.points[r][b - 1].at > to)
            b--;
        if (b > a) rows[out->n++] = (cyn_promql_row){ranges.labels[r], ranges.points[r] + a, b - a};
    }
    out->rows = rows;
    return CYN_OK;
}

static cyn_code give_root(cyn_promql_eval *e, const cyn_promql_node *root, cyn_promql_result *out)
{
    cyn_promql_value v = {0};
    if (root->type == CYN_PROMQL_MATRIX) return give_range(e, root, out);
    if (root->type == CYN_PROMQL_STRING) {
        out->text = root->text;
        return CYN_OK;
    }
    CYN_TRY(cyn_promql_eval_node(e, root, &v));
    return give(e, &v, out);
}

static cyn_code check_range(const cyn_promql_range *r, cyn_err *err)
{
    const int64_t far = INT64_C(1) << 51; /* sums with offsets and ranges cannot overflow */
    if (r->start < -far || r->start > far || r->end < -far || r->end > far || r->step < 0 ||
        r->step > far)
        return cyn_fail(err, CYN_E_RANGE, "timestamp out of bounds");
    if (r->step == 0) return CYN_OK;
    if (r->end < r->start)
        return cyn_fail(err, CYN_E_RANGE, "end timestamp must not be before start time");
    if ((r->end - r->start) / r->step >= POINTS_MOST)
        return cyn_fail(err, CYN_E_RANGE,
                        "exceeded maximum resolution of 11,000 points per timeseries. Try "
                        "decreasing the query resolution (?step=XX)");
    return CYN_OK;
}

cyn_code cyn_promql_run(const cyn_promql *q, const cyn_promql_range *range,
                        const cyn_prom_source *source, cyn_arena *arena, cyn_promql_result *out,
                        cyn_err *err)
{
    const cyn_promql_node *root = q->root;
    CYN_TRY(check_range(range, err));
    if (range->step && root->type != CYN_PROMQL_SCALAR && root->type != CYN_PROMQL_VECTOR)
        return cyn_fail(err, CYN_E_SYNTAX,
                        "invalid expression type \"%s\" for range query, must be Scalar or instant "
                        "Vector",
                        root->type == CYN_PROMQL_STRING ? "string" : "range vector");
    cyn_promql_eval e = {
        .query = q,
        .source = source,
        .range = range,
        .arena = arena,
        .start = range->start,
        .step = range->step,
        .n = range->step ? (size_t)((range->end - range->start) / range->step) + 1 : 1,
        .err = err,
    };
    cyn_promql_result result = {.type = range->step ? CYN_PROMQL_MATRIX : root->type};
    CYN_TRY(give_root(&e, root, &result));
    *out = result;
    return CYN_OK;
}

/* Infinities and NaN as the language writes them; JSON would have none. */
void cyn_promql_put_number(double x, cyn_buf *out)
{
    if (isnan(x))
        cyn_buf_puts(out, "NaN");
    else if (isinf(x))
        cyn_buf_puts(out, x < 0 ? "-Inf" : "+Inf");
    else
        cyn_buf_real(out, x);
}
