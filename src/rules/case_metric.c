/* What is expected of a metric's value, held against an evaluation of the rows. */
#include "base/text.h"
#include "engine/eval.h"
#include "rules/case_impl.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static cyn_code at_place(const cyn_case_expectation *e, cyn_code code, cyn_err *err)
{
    if (!err || err->file[0]) return code;
    snprintf(err->file, sizeof err->file, "%s", e->place.file ? e->place.file : "");
    err->line = e->place.line;
    err->column = e->place.column;
    return code;
}

/* ---- Which period ---- */

/* The grain of which the text is the label: that of 2026-W02 is a week, whatever the metric's is.
 * False where it is no whole label, as "today" or a date of weeks that start on Sunday. */
static bool grain_of_label(const cyn_calendar *cal, cyn_grain own, const char *text, cyn_grain *out)
{
    const cyn_grain grains[] = {own,           {CYN_YEAR, 1},  {CYN_QUARTER, 1}, {CYN_MONTH, 1},
                                {CYN_WEEK, 1}, {CYN_DAILY, 1}, {CYN_HOURLY, 1},  {CYN_ALL, 1}};
    for (size_t i = 0; i < sizeof grains / sizeof *grains; i++) {
        cyn_period period;
        char label[64];
        if (cyn_parse_period(cal, grains[i], text, &period, NULL) != CYN_OK) continue;
        cyn_period_label(cal, period, label, sizeof label);
        if (strcmp(label, text) != 0) continue;
        *out = grains[i];
        return true;
    }
    return false;
}

/* When the value is asked for: so late that the period has ended. */
static const char *time_of(const test_run *run, const cyn_case_expectation *e, cyn_grain grain,
                           char out[40])
{
    cyn_period period;
    if (run->test->now) return run->test->now;
    if (run->test->nrows == 0 && run->project->config->as_of) return run->project->config->as_of;
    if (grain.unit == CYN_ALL ||
        cyn_parse_period(&run->project->calendar, grain, e->period, &period, NULL) != CYN_OK)
        return "data";
    cyn_format_instant(period.end, NULL, out, 40);
    return out;
}

/* ---- Which segment ---- */

static bool same_key(const cyn_const *a, const cyn_const *b)
{
    if (a->kind == CYN_CONST_TEXT || b->kind == CYN_CONST_TEXT)
        return a->kind == b->kind && a->n == b->n && memcmp(a->s, b->s, a->n) == 0;
    if (a->kind == CYN_CONST_BOOLEAN || b->kind == CYN_CONST_BOOLEAN)
        return a->kind == b->kind && a->i == b->i;
    double x = a->kind == CYN_CONST_REAL ? a->r : (double)a->i;
    double y = b->kind == CYN_CONST_REAL ? b->r : (double)b->i;
    return a->kind != CYN_CONST_NIL && b->kind != CYN_CONST_NIL && x == y;
}

/* Dimensions are in the order of the expectation's labels. */
static const cyn_point *find_point(const cyn_eval_result *r, const cyn_case_expectation *e)
{
    for (size_t i = 0; i < r->npoints; i++) {
        size_t k = 0;
        while (k < e->nsegment && same_key(&r->points[i].keys[k], &e->segment[k].value))
            k++;
        if (k == e->nsegment) return &r->points[i];
    }
    return NULL;
}

/* ---- What differs ---- */

static cyn_code put_subject(const test_run *run, const cyn_case_expectation *e, cyn_buf *out,
                            cyn_err *err)
{
    cyn_buf_puts(out, e->metric);
    for (size_t i = 0; i < e->nsegment; i++) {
        const char *value;
        CYN_TRY(cyn_test_label_text(&e->segment[i].value, run->arena, &value, err));
        cyn_buf_printf(out, "%s%s=\"%s\"", i ? ", " : "{", e->segment[i].name, value);
    }
    cyn_buf_printf(out, run->ja ? "%s、%s：" : "%s in %s: ", e->nsegment ? "}" : "", e->period);
    return CYN_OK;
}

static cyn_code fail(test_run *run, const cyn_case_expectation *e, const char *en, const char *ja,
                     const char *expected, const char *found, cyn_err *err)
{
    cyn_buf text = {0};
    cyn_code rc = put_subject(run, e, &text, err);
    if (rc == CYN_OK) {
        test_put_difference(run, en, ja, expected, found, &text);
        rc = test_fail(run, e, &text, err);
    }
    cyn_buf_clear(&text);
    return rc;
}

static cyn_code fail_without_segment(test_run *run, const cyn_case_expectation *e,
                                     const cyn_eval_result *r, cyn_err *err)
{
    cyn_buf text = {0};
    cyn_code rc = put_subject(run, e, &text, err);
    cyn_buf_puts(&text, run->ja ? "そのようなセグメントの行がありません"
                                : "there are no rows of this segment");
    for (size_t i = 0; rc == CYN_OK && i < r->npoints; i++) {
        cyn_buf_puts(&text, i ? ", " : run->ja ? "\n  あるもの：" : "\n  there is ");
        for (size_t k = 0; rc == CYN_OK && k < e->nsegment; k++) {
            const char *value;
            rc = cyn_test_label_text(&r->points[i].keys[k], run->arena, &value, err);
            if (rc == CYN_OK) cyn_buf_printf(&text, "%s%s", k ? "/" : "", value ? value : "nil");
        }
    }
    if (rc == CYN_OK) rc = test_fail(run, e, &text, err);
    cyn_buf_clear(&text);
    return rc;
}

static cyn_code check_value(test_run *run, const cyn_case_expectation *e, const cyn_point *p,
                            cyn_err *err)
{
    double found = cyn_num_double(p->value);
    double wanted = e->value.kind == CYN_CONST_NIL ? NAN : e->value.r;
    if (!e->has_value || test_same_number(wanted, found, e->within)) return CYN_OK;
    cyn_buf a = {0}, b = {0};
    test_put_number(wanted, &a);
    test_put_number(found, &b);
    cyn_code rc = cyn_buf_check(&a, err);
    if (rc == CYN_OK) rc = cyn_buf_check(&b, err);
    if (rc == CYN_OK) rc = fail(run, e, "the value", "値", a.data, b.data, err);
    cyn_buf_clear(&a);
    cyn_buf_clear(&b);
    return rc;
}

static cyn_code check_status(test_run *run, const cyn_case_expectation *e, const cyn_point *p,
                             cyn_err *err)
{
    const char *status = p->status ? cyn_status_names[p->status] : "none";
    if (!e->status || strcmp(e->status, status) == 0) return CYN_OK;
    return fail(run, e, "the status", "判定", e->status, status, err);
}

/* ---- All of it ---- */

static cyn_code evaluate(test_run *run, const cyn_case_expectation *e, cyn_eval_result *out,
                         cyn_err *err)
{
    size_t metric;
    char as_of[40];
    const char **dims = CYN_NEW_ARRAY(run->arena, e->nsegment + 1, const char *);
    if (!dims) return cyn_nomem(err);
    for (size_t i = 0; i < e->nsegment; i++)
        dims[i] = e->segment[i].name;
    CYN_TRY(cyn_project_need_metric(run->project, e->metric, &metric, err));
    const cyn_metric *m = run->project->metrics[metric];
    cyn_eval_request request = {.metrics = &m->name,
                                .nmetrics = 1,
                                .at = e->period,
                                .by = dims,
                                .nby = e->nsegment,
                                .cancel = run->cancel};
    cyn_grain own = cyn_request_grain(run->project, &request, m);
    request.has_grain = grain_of_label(&run->project->calendar, own, e->period, &request.grain);
    cyn_grain grain = request.has_grain ? request.grain : own;
    request.as_of = time_of(run, e, grain, as_of);
    return cyn_evaluate(run->project, run->rows->data, &request, run->arena, out, err);
}

cyn_code test_check_metric(test_run *run, const cyn_case_expectation *e, cyn_err *err)
{
    cyn_eval_result result;
    cyn_code rc = evaluate(run, e, &result, err);
    if (rc != CYN_OK) return at_place(e, rc, err);
    for (size_t i = 0; i < result.npoints; i++)
        if (result.points[i].failed) {
            if (err) *err = *result.points[i].error;
            cyn_context(err, "metric '%s'", e->metric);
            return at_place(e, result.points[i].error->code, err);
        }
    const cyn_point *p = find_point(&result, e);
    if (!p) return fail_without_segment(run, e, &result, err);
    CYN_TRY(check_value(run, e, p, err));
    return check_status(run, e, p, err);
}
