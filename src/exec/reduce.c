#include "exec/reduce_impl.h"
#include "exec/state_impl.h"
#include "stats/exact.h"
#include "stats/quantile.h"
#include "stats/variance.h"
#include <math.h>
#include <stdlib.h>

/* ---- types ---- */

static cyn_code wrong_type(const cyn_reducer *r, const char *takes, cyn_err *err)
{
    const cyn_expr *e = r->run->spec->arg;
    const char *what = e->text ? e->text : e->name ? e->name : "?";
    return cyn_fail_at(err, CYN_E_TYPE, e->place.file, e->place.line, e->place.column,
                       "%s of '%s' per entity: it is of type %s, expected %s",
                       cyn_agg_names[r->run->spec->func], what, cyn_type_name(r->arg.type), takes);
}

/* A cell of the argument as it stands: of the least or greatest row, or of one in time. */
static cyn_code pick(cyn_reducer *r, cyn_err *err)
{
    bool by_time = r->run->spec->func == CYN_FIRST || r->run->spec->func == CYN_LAST;
    if (!by_time && r->arg.type == CYN_TEXT)
        return wrong_type(r, "a number, a time or a boolean", err);
    if (by_time) {
        cyn_instants time;
        CYN_TRY(cyn_relation_time(r->run, &time, err));
        r->time = time.column;
    }
    r->picks = true;
    r->type = r->arg.type;
    r->scale = r->arg.scale;
    return CYN_OK;
}

static cyn_code choose_type(cyn_reducer *r, cyn_err *err)
{
    cyn_type t = r->arg.type;
    bool time = t == CYN_TIMESTAMP || t == CYN_DATE, number = t != CYN_TEXT && !time;
    r->type = CYN_REAL;
    switch (r->run->spec->func) {
    case CYN_COUNT:
    case CYN_DISTINCT: r->type = CYN_INTEGER; break;
    case CYN_SUM:
        if (!number) return wrong_type(r, "a number or a boolean", err);
        r->type = t == CYN_BOOLEAN ? CYN_INTEGER : t;
        r->scale = r->arg.scale;
        break;
    case CYN_MEAN:
    case CYN_VARIANCE:
    case CYN_STDDEV:
        if (!number) return wrong_type(r, "a number or a boolean", err);
        break;
    case CYN_PERCENTILE:
        if (t == CYN_TEXT) return wrong_type(r, "a number, a time or a boolean", err);
        break;
    case CYN_SHARE: break;
    case CYN_MIN:
    case CYN_MAX:
    case CYN_FIRST:
    case CYN_LAST: return pick(r, err);
    case CYN_CUSTOM: break; /* in no relation */
    }
    return CYN_OK;
}

cyn_code cyn_reducer_open(cyn_reducer *r, cyn_relation_run *run, cyn_err *err)
{
    const cyn_relation *spec = run->spec;
    *r = (cyn_reducer){.run = run, .type = CYN_INTEGER};
    if (spec->func == CYN_COUNT) return CYN_OK;
    if (!spec->arg) {
        return cyn_fail(err, CYN_E_TYPE, "%s per entity of source '%s' needs an argument",
                        cyn_agg_names[spec->func], run->source);
    }
    if (spec->func == CYN_PERCENTILE &&
        !(spec->p >= 0 && spec->p <= 100 && spec->qtype >= 1 && spec->qtype <= 9)) {
        return cyn_fail(err, CYN_E_RANGE, "percentile %g of type %d, expected 0 … 100 and 1 … 9",
                        spec->p, spec->qtype);
    }
    CYN_TRY(cyn_relation_column(run, spec->arg, &r->arg, err));
    return choose_type(r, err);
}

cyn_code cyn_reducer_reserve(cyn_reducer *r, size_t n, cyn_err *err)
{
    r->reals = CYN_NEW_ARRAY(r->run->arena, n + 1, double);
    r->bits = CYN_NEW_ARRAY(r->run->arena, n + 1, uint64_t);
    return r->reals && r->bits ? CYN_OK : cyn_nomem(err);
}

/* ---- known values (M-2, M-3) ---- */

static bool is_known(const cyn_column *c, uint32_t row)
{
    return cyn_column_has(c, row) && (c->type != CYN_REAL || isfinite(c->v.f64[row]));
}

static int64_t exact_cell(const cyn_column *c, uint32_t row)
{
    return c->type == CYN_BOOLEAN ? c->v.bit[row] : cyn_column_integer(c, row);
}

/* The known values as doubles; how many there are. */
static size_t gather_reals(const cyn_reducer *r, const uint32_t *rows, size_t n)
{
    const cyn_column *c = &r->arg;
    int scale = cyn_column_scale(c);
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_known(c, rows[i])) continue;
        r->reals[known++] = c->type == CYN_REAL ? c->v.f64[rows[i]] + 0.0
                                                : cyn_scaled_double(exact_cell(c, rows[i]), scale);
    }
    return known;
}

/* ---- values ---- */

static double mean_of_reals(const double *x, size_t n)
{
    cyn_exact sum = {0};
    cyn_wide rest = {0};
    for (size_t i = 0; i < n; i++) {
        if (!cyn_exact_add(&sum, x[i])) cyn_wide_add(&rest, x[i]);
    }
    return cyn_exact_mean(&sum, &rest, n);
}

static cyn_code total(const cyn_reducer *r, const uint32_t *rows, size_t n, cyn_reduced *out,
                      cyn_err *err)
{
    const cyn_expr *e = r->run->spec->arg;
    cyn_i128 sum = 0;
    int64_t known = 0;
    for (size_t i = 0; i < n; i++) {
        if (!cyn_column_has(&r->arg, rows[i])) continue;
        sum += exact_cell(&r->arg, rows[i]);
        known++;
    }
    if (r->run->spec->func == CYN_MEAN) {
        out->real = known ? cyn_mean_of(sum, known, cyn_column_scale(&r->arg)) : NAN;
        return CYN_OK;
    }
    out->exact = (int64_t)sum;
    if (sum >= INT64_MIN && sum <= INT64_MAX) return CYN_OK;
    return cyn_fail_at(err, CYN_E_RANGE, e->place.file, e->place.line, e->place.column,
                       "sum of '%s' per entity does not fit 64 bits", e->text ? e->text : "?");
}

static double total_real(const cyn_reducer *r, const uint32_t *rows, size_t n)
{
    size_t known = gather_reals(r, rows, n);
    if (r->run->spec->func == CYN_SUM) return cyn_exact_sum(r->reals, known);
    return known ? mean_of_reals(r->reals, known) : NAN;
}

static double spread(const cyn_reducer *r, const uint32_t *rows, size_t n)
{
    double variance;
    if (r->arg.type == CYN_REAL) {
        size_t known = gather_reals(r, rows, n);
        if (known < 2) return NAN;
        variance = cyn_variance(r->reals, known);
    } else {
        cyn_moments moments = {0};
        for (size_t i = 0; i < n; i++) {
            if (cyn_column_has(&r->arg, rows[i]))
                cyn_moments_add(&moments, exact_cell(&r->arg, rows[i]));
        }
        if (moments.known < 2) return NAN;
        variance = cyn_moments_variance(&moments, cyn_column_scale(&r->arg));
    }
    return r->run->spec->func == CYN_STDDEV ? sqrt(variance) : variance;
}

static double percentile(const cyn_reducer *r, const uint32_t *rows, size_t n)
{
    size_t known = gather_reals(r, rows, n);
    const cyn_relation *spec = r->run->spec;
    return known ? cyn_quantile(r->reals, known, spec->p / 100, spec->qtype) : NAN;
}

/* all but nil and false is true. */
static double share(const cyn_reducer *r, const uint32_t *rows, size_t n)
{
    size_t yes = 0, known = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_known(&r->arg, rows[i])) continue;
        yes += r->arg.type != CYN_BOOLEAN || r->arg.v.bit[rows[i]];
        known++;
    }
    return known ? (double)yes / (double)known : NAN;
}

static int compare_bits(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int64_t distinct(const cyn_reducer *r, const uint32_t *rows, size_t n)
{
    size_t known = 0;
    int64_t different = 0;
    for (size_t i = 0; i < n; i++) {
        if (is_known(&r->arg, rows[i])) r->bits[known++] = cyn_cell_bits(&r->arg, rows[i]);
    }
    qsort(r->bits, known, sizeof *r->bits, compare_bits);
    for (size_t i = 0; i < known; i++)
        different += i == 0 || r->bits[i] != r->bits[i - 1];
    return different;
}

static bool is_less(const cyn_column *c, uint32_t a, uint32_t b)
{
    if (c->type == CYN_REAL) return c->v.f64[a] < c->v.f64[b];
    return exact_cell(c, a) < exact_cell(c, b);
}

static uint32_t picked_row(const cyn_reducer *r, const uint32_t *rows, size_t n)
{
    uint32_t best = CYN_NO_ROW;
    for (size_t i = 0; i < n; i++) {
        if (!is_known(&r->arg, rows[i])) continue;
        if (r->time && !cyn_column_has(r->time, rows[i])) continue;
        switch (r->run->spec->func) {
        case CYN_FIRST: return rows[i];
        case CYN_LAST: best = rows[i]; break;
        case CYN_MIN:
            if (best == CYN_NO_ROW || is_less(&r->arg, rows[i], best)) best = rows[i];
            break;
        default:
            if (best == CYN_NO_ROW || is_less(&r->arg, best, rows[i])) best = rows[i];
            break;
        }
    }
    return best;
}

cyn_code cyn_reducer_value(const cyn_reducer *r, const uint32_t *rows, size_t n, cyn_reduced *out,
                           cyn_err *err)
{
    switch (r->run->spec->func) {
    case CYN_COUNT: out->exact = (int64_t)n; break;
    case CYN_DISTINCT: out->exact = distinct(r, rows, n); break;
    case CYN_SUM:
    case CYN_MEAN:
        if (r->arg.type != CYN_REAL) return total(r, rows, n, out, err);
        out->real = total_real(r, rows, n);
        break;
    case CYN_VARIANCE:
    case CYN_STDDEV: out->real = spread(r, rows, n); break;
    case CYN_PERCENTILE: out->real = percentile(r, rows, n); break;
    case CYN_SHARE: out->real = share(r, rows, n); break;
    case CYN_MIN:
    case CYN_MAX:
    case CYN_FIRST:
    case CYN_LAST: out->row = picked_row(r, rows, n); break;
    case CYN_CUSTOM: break;
    }
    return CYN_OK;
}
