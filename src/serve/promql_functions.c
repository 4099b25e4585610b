#include "base/text.h"
#include "base/time.h"
#include "serve/promql_impl.h"
#include <string.h>

/* ---- numbers, one by one ---- */

/* fmax and fmin ignore NaN; here it spreads. */
static double larger(double a, double b)
{
    return isnan(a) || isnan(b) ? NAN : fmax(a, b);
}

static double smaller(double a, double b)
{
    return isnan(a) || isnan(b) ? NAN : fmin(a, b);
}

static double clamp(double x, const double *p)
{
    if (p[0] > p[1]) return cyn_promql_absent();
    return larger(p[0], smaller(p[1], x));
}

static double clamp_min(double x, const double *p)
{
    return larger(p[0], x);
}

static double clamp_max(double x, const double *p)
{
    return smaller(p[0], x);
}

static double round_to(double x, const double *p)
{
    double inverse = 1 / p[0]; /* 0.1 has no double, 10 has */
    return floor(x * inverse + 0.5) / inverse;
}

static double sgn(double x, const double *p)
{
    (void)p;
    return x < 0 ? -1 : x > 0 ? 1 : x;
}

static double deg(double x, const double *p)
{
    (void)p;
    return x * 180 / M_PI;
}

static double rad(double x, const double *p)
{
    (void)p;
    return x * M_PI / 180;
}

#define OF_LIBRARY(name, function)                                                                 \
    static double name(double x, const double *p)                                                  \
    {                                                                                              \
        (void)p;                                                                                   \
        return function(x);                                                                        \
    }
OF_LIBRARY(abs_of, fabs)
OF_LIBRARY(acos_of, acos)
OF_LIBRARY(acosh_of, acosh)
OF_LIBRARY(asin_of, asin)
OF_LIBRARY(asinh_of, asinh)
OF_LIBRARY(atan_of, atan)
OF_LIBRARY(atanh_of, atanh)
OF_LIBRARY(ceil_of, ceil)
OF_LIBRARY(cos_of, cos)
OF_LIBRARY(cosh_of, cosh)
OF_LIBRARY(exp_of, exp)
OF_LIBRARY(floor_of, floor)
OF_LIBRARY(ln_of, log)
OF_LIBRARY(log10_of, log10)
OF_LIBRARY(log2_of, log2)
OF_LIBRARY(sin_of, sin)
OF_LIBRARY(sinh_of, sinh)
OF_LIBRARY(sqrt_of, sqrt)
OF_LIBRARY(tan_of, tan)
OF_LIBRARY(tanh_of, tanh)

/* ---- dates, of seconds since 1970, in UTC ---- */

static cyn_civil civil_of(double seconds)
{
    const double far = 1e11; /* beyond the years that there are */
    double t = fmin(fmax(floor(seconds), -far), far);
    return cyn_tz_civil(NULL, (int64_t)t * CYN_SECOND);
}

static int64_t days_of(const cyn_civil *c)
{
    return cyn_days_from_civil(c->year, c->month, c->day);
}

static double minute_of(double x, const double *p)
{
    (void)p;
    return isfinite(x) ? civil_of(x).minute : NAN;
}

static double hour_of(double x, const double *p)
{
    (void)p;
    return isfinite(x) ? civil_of(x).hour : NAN;
}

static double day_of_week(double x, const double *p)
{
    (void)p;
    cyn_civil c = civil_of(isfinite(x) ? x : 0);
    return isfinite(x) ? cyn_weekday(days_of(&c)) % 7 : NAN; /* Sunday 0 */
}

static double day_of_month(double x, const double *p)
{
    (void)p;
    return isfinite(x) ? civil_of(x).day : NAN;
}

static double day_of_year(double x, const double *p)
{
    (void)p;
    cyn_civil c = civil_of(isfinite(x) ? x : 0);
    return isfinite(x) ? (double)(days_of(&c) - cyn_days_from_civil(c.year, 1, 1) + 1) : NAN;
}

static double days_in_month(double x, const double *p)
{
    (void)p;
    cyn_civil c = civil_of(isfinite(x) ? x : 0);
    return isfinite(x) ? cyn_days_in_month(c.year, c.month) : NAN;
}

static double month_of(double x, const double *p)
{
    (void)p;
    return isfinite(x) ? civil_of(x).month : NAN;
}

static double year_of(double x, const double *p)
{
    (void)p;
    return isfinite(x) ? civil_of(x).year : NAN;
}

/* ---- calls ---- */

static cyn_code constant(cyn_promql_eval *e, cyn_promql_value *out, cyn_promql_series **row)
{
    return cyn_promql_add_row(e, out, (cyn_prom_labels){0}, row);
}

static cyn_code call_time(cyn_promql_eval *e, const cyn_promql_node *node, cyn_promql_value *out)
{
    (void)node;
    cyn_promql_series *row = NULL;
    CYN_TRY(constant(e, out, &row));
    for (size_t i = 0; i < e->n; i++)
        row->values[i] = (double)cyn_promql_time(e, i) / 1000;
    return CYN_OK;
}

static cyn_code call_pi(cyn_promql_eval *e, const cyn_promql_node *node, cyn_promql_value *out)
{
    (void)node;
    cyn_promql_series *row = NULL;
    CYN_TRY(constant(e, out, &row));
    for (size_t i = 0; i < e->n; i++)
        row->values[i] = M_PI;
    return CYN_OK;
}

/* Each number of a vector, with further arguments that are scalars. Without any argument: of the
 * time, as functions of dates have it. */
static cyn_code call_each(cyn_promql_eval *e, const cyn_promql_node *node, cyn_promql_value *out)
{
    const double *scalars[CYN_PROMQL_ARGS_MOST] = {NULL};
    double p[CYN_PROMQL_ARGS_MOST] = {1}; /* what round() rounds to unless it is told */
    if (node->nargs == 0)
        CYN_TRY(call_time(e, node, out));
    else
        CYN_TRY(cyn_promql_eval_node(e, node->args[0], out));
    for (size_t a = 1; a < node->nargs; a++) {
        cyn_promql_value scalar = {0};
        CYN_TRY(cyn_promql_eval_node(e, node->args[a], &scalar));
        scalars[a - 1] = scalar.rows[0].values;
    }
    for (size_t r = 0; r < out->n; r++) {
        cyn_promql_series *row = &out->rows[r];
        CYN_TRY(cyn_prom_labels_drop(e, row->labels, NULL, &row->labels));
        for (size_t i = 0; i < e->n; i++) {
            if (cyn_promql_is_absent(row->values[i])) continue;
            for (size_t a = 0; a < CYN_PROMQL_ARGS_MOST && scalars[a]; a++)
                p[a] = scalars[a][i];
            row->values[i] = node->function->one(row->values[i], p);
        }
    }
    return cyn_promql_merge(e, out);
}

static cyn_code call_vector(cyn_promql_eval *e, const cyn_promql_node *node, cyn_promql_value *out)
{
    return cyn_promql_eval_node(e, node->args[0], out);
}

static cyn_code call_scalar(cyn_promql_eval *e, const cyn_promql_node *node, cyn_promql_value *out)
{
    cyn_promql_value v = {0};
    cyn_promql_series *row = NULL;
    CYN_TRY(cyn_promql_eval_node(e, node->args[0], &v));
    CYN_TRY(constant(e, out, &row));
    for (size_t i = 0; i < e->n; i++) {
        size_t there = 0;
        for (size_t r = 0; r < v.n; r++) {
            if (cyn_promql_is_absent(v.rows[r].values[i])) continue;
            row->values[i] = v.rows[r].values[i];
            there++;
        }
        if (there != 1) row->values[i] = NAN;
    }
    return CYN_OK;
}

static cyn_code call_timestamp(cyn_promql_eval *e, const cyn_promql_node *node,
                               cyn_promql_value *out)
{
    const cyn_promql_node *of = node->args[0];
    bool samples = of->kind == CYN_NODE_SELECTOR;
    CYN_TRY(samples ? cyn_promql_eval_times(e, of, out) : cyn_promql_eval_node(e, of, out));
    for (size_t r = 0; r < out->n; r++) {
        cyn_promql_series *row = &out->rows[r];
        CYN_TRY(cyn_prom_labels_drop(e, row->labels, NULL, &row->labels));
        for (size_t i = 0; i < e->n && !samples; i++)
            if (!cyn_promql_is_absent(row->values[i]))
                row->values[i] = (double)cyn_promql_time(e, i) / 1000;
    }
    return cyn_promql_merge(e, out);
}

cyn_code cyn_promql_absent_labels(cyn_promql_eval *e, const cyn_promql_node *node,
                                  cyn_prom_labels *out)
{
    cyn_prom_labels l = {0};
    for (size_t i = 0; node->kind == CYN_NODE_SELECTOR && i < node->nmatchers; i++) {
        const cyn_prom_matcher *m = &node->matchers[i];
        bool once = m->how == CYN_PROM_EQUAL && strcmp(m->name, "__name__") != 0;
        for (size_t k = 0; once && k < node->nmatchers; k++)
            once = k == i || strcmp(node->matchers[k].name, m->name) != 0;
        if (once) CYN_TRY(cyn_prom_labels_set(e, l, m->name, m->value, &l));
    }
    *out = l;
    return CYN_OK;
}

static cyn_code call_absent(cyn_promql_eval *e, const cyn_promql_node *node, cyn_promql_value *out)
{
    cyn_promql_value v = {0};
    cyn_prom_labels labels = {0};
    cyn_promql_series *row = NULL;
    CYN_TRY(cyn_promql_eval_node(e, node->args[0], &v));
    CYN_TRY(cyn_promql_absent_labels(e, node->args[0], &labels));
    CYN_TRY(cyn_promql_add_row(e, out, labels, &row));
    for (size_t i = 0; i < e->n; i++) {
        bool there = false;
        for (size_t r = 0; r < v.n && !there; r++)
            there = !cyn_promql_is_absent(v.rows[r].values[i]);
        if (!there) row->values[i] = 1;
    }
    return cyn_promql_merge(e, out);
}

/* ---- order; of an instant alone, as in Prometheus ---- */

static bool goes_before(const cyn_promql_series *a, const cyn_promql_series *b, bool descending)
{
    double x = a->values[0], y = b->values[0];
    if (isnan(x) || isnan(y)) return !isnan(x) && isnan(y); /* NaN last, both ways */
    return descending ? x > y : x < y;
}

/* Stable, so that equal values stay as they came. */
static void merge_sort(cyn_promql_series *rows, cyn_promql_series *spare, size_t n, bool descending)
{
    if (n < 2) return;
    size_t half = n / 2, a = 0, b = half, k = 0;
    merge_sort(rows, spare, half, descending);
    merge_sort(rows + half, spare, n - half, descending);
    while (a < half && b < n)
        spare[k++] = goes_before(&rows[b], &rows[a], descending) ? rows[b++] : rows[a++];
    while (a < half)
        spare[k++] = rows[a++];
    memcpy(rows, spare, k * sizeof *rows);
}

static cyn_code sort_rows(cyn_promql_eval *e, const cyn_promql_node *node, bool descending,
                          cyn_promql_value *out)
{
    CYN_TRY(cyn_promql_eval_node(e, node->args[0], out));
    if (e->n != 1 || out->n == 0) return CYN_OK;
    cyn_promql_series *spare = CYN_NEW_ARRAY(e->arena, out->n, cyn_promql_series);
    if (!spare) return cyn_promql_full(e);
    merge_sort(out->rows, spare, out->n, descending);
    return CYN_OK;
}

static cyn_code call_sort(cyn_promql_eval *e, const cyn_promql_node *node, cyn_promql_value *out)
{
    return sort_rows(e, node, false, out);
}

static cyn_code call_sort_desc(cyn_promql_eval *e, const cyn_promql_node *node,
                               cyn_promql_value *out)
{
    return sort_rows(e, node, true, out);
}

/* ---- the table ---- */

#define EACH(name, function)                                                                       \
    {                                                                                              \
        name, {CYN_PROMQL_VECTOR}, 1, false, CYN_PROMQL_VECTOR, call_each, function, NULL          \
    }
#define DATE(name, function)                                                                       \
    {                                                                                              \
        name, {CYN_PROMQL_VECTOR}, 0, false, CYN_PROMQL_VECTOR, call_each, function, NULL          \
    }
#define SCALARS_1                                                                                  \
    {                                                                                              \
        CYN_PROMQL_VECTOR, CYN_PROMQL_SCALAR                                                       \
    }
#define SCALARS_2                                                                                  \
    {                                                                                              \
        CYN_PROMQL_VECTOR, CYN_PROMQL_SCALAR, CYN_PROMQL_SCALAR                                    \
    }
static const cyn_promql_function functions[] = {
    EACH("abs", abs_of),
    EACH("acos", acos_of),
    EACH("acosh", acosh_of),
    EACH("asin", asin_of),
    EACH("asinh", asinh_of),
    EACH("atan", atan_of),
    EACH("atanh", atanh_of),
    EACH("ceil", ceil_of),
    EACH("cos", cos_of),
    EACH("cosh", cosh_of),
    EACH("deg", deg),
    EACH("exp", exp_of),
    EACH("floor", floor_of),
    EACH("ln", ln_of),
    EACH("log10", log10_of),
    EACH("log2", log2_of),
    EACH("rad", rad),
    EACH("sgn", sgn),
    EACH("sin", sin_of),
    EACH("sinh", sinh_of),
    EACH("sqrt", sqrt_of),
    EACH("tan", tan_of),
    EACH("tanh", tanh_of),
    DATE("day_of_month", day_of_month),
    DATE("day_of_week", day_of_week),
    DATE("day_of_year", day_of_year),
    DATE("days_in_month", days_in_month),
    DATE("hour", hour_of),
    DATE("minute", minute_of),
    DATE("month", month_of),
    DATE("year", year_of),
    {"clamp", SCALARS_2, 3, false, CYN_PROMQL_VECTOR, call_each, clamp, NULL},
    {"clamp_max", SCALARS_1, 2, false, CYN_PROMQL_VECTOR, call_each, clamp_max, NULL},
    {"clamp_min", SCALARS_1, 2, false, CYN_PROMQL_VECTOR, call_each, clamp_min, NULL},
    {"round", SCALARS_1, 1, false, CYN_PROMQL_VECTOR, call_each, round_to, NULL},
    {"absent", {CYN_PROMQL_VECTOR}, 1, false, CYN_PROMQL_VECTOR, call_absent, NULL, NULL},
    {"label_join",
     {CYN_PROMQL_VECTOR, CYN_PROMQL_STRING, CYN_PROMQL_STRING, CYN_PROMQL_STRING},
     3,
     true,
     CYN_PROMQL_VECTOR,
     cyn_promql_call_label_join,
     NULL,
     NULL},
    {"label_replace",
     {CYN_PROMQL_VECTOR, CYN_PROMQL_STRING, CYN_PROMQL_STRING, CYN_PROMQL_STRING,
      CYN_PROMQL_STRING},
     5,
     false,
     CYN_PROMQL_VECTOR,
     cyn_promql_call_label_replace,
     NULL,
     NULL},
    {"pi", {CYN_PROMQL_NONE}, 0, false, CYN_PROMQL_SCALAR, call_pi, NULL, NULL},
    {"scalar", {CYN_PROMQL_VECTOR}, 1, false, CYN_PROMQL_SCALAR, call_scalar, NULL, NULL},
    {"sort", {CYN_PROMQL_VECTOR}, 1, false, CYN_PROMQL_VECTOR, call_sort, NULL, NULL},
    {"sort_desc", {CYN_PROMQL_VECTOR}, 1, false, CYN_PROMQL_VECTOR, call_sort_desc, NULL, NULL},
    {"time", {CYN_PROMQL_NONE}, 0, false, CYN_PROMQL_SCALAR, call_time, NULL, NULL},
    {"timestamp", {CYN_PROMQL_VECTOR}, 1, false, CYN_PROMQL_VECTOR, call_timestamp, NULL, NULL},
    {"vector", {CYN_PROMQL_SCALAR}, 1, false, CYN_PROMQL_VECTOR, call_vector, NULL, NULL},
};
enum { NFUNCTIONS = sizeof functions / sizeof *functions };

static const cyn_promql_function *function_at(size_t i)
{
    return i < NFUNCTIONS ? &functions[i] : &cyn_promql_range_functions[i - NFUNCTIONS];
}

const cyn_promql_function *cyn_promql_find(const char *name, size_t n)
{
    for (size_t i = 0; i < NFUNCTIONS + cyn_promql_nrange_functions; i++) {
        const cyn_promql_function *f = function_at(i);
        if (strlen(f->name) == n && memcmp(f->name, name, n) == 0) return f;
    }
    return NULL;
}

const char *cyn_promql_nearest_function(const char *name)
{
    const char *names[100];
    size_t n = 0;
    for (size_t i = 0; cyn_promql_aggregations[i]; i++)
        names[n++] = cyn_promql_aggregations[i];
    for (size_t i = 0; i < NFUNCTIONS + cyn_promql_nrange_functions && n < 100; i++)
        names[n++] = function_at(i)->name;
    return cyn_nearest(name, names, n);
}
