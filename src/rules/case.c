#include "rules/case.h"
#include "base/text.h"
#include "engine/eval.h"
#include "rules/case_impl.h"
#include "rules/check.h"
#include "sched/slots.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A year of minutes; a test with more has the wrong clock. */
#define SLOTS_MOST 600000

static cyn_code fail_at(cyn_place place, cyn_code code, cyn_err *err, const char *fmt, ...)
    CYN_PRINTF(4, 5);
static cyn_code fail_at(cyn_place place, cyn_code code, cyn_err *err, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return cyn_fail_at(err, code, place.file, place.line, place.column, "%s", text);
}

bool test_same_number(double expected, double found, double within)
{
    if (isnan(expected) || isnan(found)) return isnan(expected) && isnan(found);
    double far = fabs(expected - found);
    if (within > 0) return far <= within;
    return far <= 1e-9 * fmax(fabs(expected), fabs(found));
}

/* ---- Which rules ---- */

static bool has_rule(const test_run *run, const cyn_rule *rule)
{
    for (size_t i = 0; i < run->nrules; i++)
        if (run->rules[i] == rule) return true;
    return false;
}

static cyn_code unknown_rule(const test_run *run, const cyn_case_expectation *e, cyn_err *err)
{
    const cyn_catalog *c = run->project->catalog;
    const char **names = CYN_NEW_ARRAY(run->arena, c->nrules + 1, const char *);
    if (!names) return cyn_nomem(err);
    for (size_t i = 0; i < c->nrules; i++)
        names[i] = c->rules[i]->name;
    fail_at(e->place, CYN_E_NAME, err, "no alert is named '%s'", e->alert);
    const char *near = cyn_nearest(e->alert, names, c->nrules);
    if (near) cyn_hint(err, "did you mean '%s'?", near);
    return CYN_E_NAME;
}

/* Those that the expectations name must be fit to be evaluated. */
static cyn_code add_named(test_run *run, cyn_err *err)
{
    for (size_t i = 0; i < run->test->nexpect; i++) {
        const cyn_case_expectation *e = &run->test->expect[i];
        if (!e->alert) continue;
        const cyn_rule *rule = cyn_catalog_rule(run->project->catalog, e->alert);
        if (!rule) return unknown_rule(run, e, err);
        if (has_rule(run, rule)) continue;
        CYN_TRY(cyn_rule_check(run->project, rule, err));
        run->rules[run->nrules++] = rule;
    }
    return CYN_OK;
}

static bool watches_given(const test_run *run, const cyn_rule *rule)
{
    for (size_t i = 0; run->given && i < run->given->count; i++)
        if (strcmp(run->given->segments[i].metric->name, rule->metric) == 0) return true;
    return false;
}

/* Those that look at a series, and those that others depend on, where they can be evaluated. */
static cyn_code add_others(test_run *run, cyn_err *err)
{
    const cyn_catalog *c = run->project->catalog;
    for (size_t i = 0; i < c->nrules; i++) {
        if (has_rule(run, c->rules[i]) || !watches_given(run, c->rules[i])) continue;
        cyn_code rc = cyn_rule_check(run->project, c->rules[i], err);
        if (rc == CYN_OK) run->rules[run->nrules++] = c->rules[i];
        if (cyn_concerns_all(rc)) return rc;
    }
    for (size_t i = 0; i < run->nrules; i++) /* the list grows */
        for (size_t k = 0; k < run->rules[i]->ndepends; k++) {
            const cyn_rule *parent = cyn_catalog_rule(c, run->rules[i]->depends[k]);
            if (parent && !has_rule(run, parent)) run->rules[run->nrules++] = parent;
        }
    return CYN_OK;
}

static cyn_code choose_rules(test_run *run, cyn_err *err)
{
    run->rules = CYN_NEW_ARRAY(run->arena, run->project->catalog->nrules + 1, const cyn_rule *);
    if (!run->rules) return cyn_nomem(err);
    CYN_TRY(add_named(run, err));
    cyn_err unfit = {0};
    cyn_code rc = add_others(run, &unfit);
    if (rc != CYN_OK && err) *err = unfit;
    return rc;
}

/* ---- Whether somebody looks at the series ---- */

static bool is_looked_at(const test_run *run, const cyn_test_segment *s, const cyn_rule *rule)
{
    return strcmp(rule->metric, s->metric->name) == 0 &&
           cyn_test_segment_is_by(s, rule->by, rule->nby) &&
           cyn_grain_equal(cyn_rule_grain(run->project, rule, s->metric), s->grain);
}

/* Why the rule does not look at it. */
static void hint_at_rule(const test_run *run, const cyn_test_segment *s, const cyn_rule *rule,
                         cyn_err *err)
{
    char grain[16];
    cyn_buf by = {0};
    if (cyn_test_segment_is_by(s, rule->by, rule->nby)) {
        cyn_format_grain(cyn_rule_grain(run->project, rule, s->metric), grain);
        cyn_hint(err, "rule '%s' looks at it by %s: grain = \"%s\"", rule->name, grain, grain);
        return;
    }
    for (size_t i = 0; i < rule->nby; i++)
        cyn_buf_printf(&by, "%s%s", i ? ", " : "", rule->by[i]);
    if (rule->nby == 0)
        cyn_hint(err, "rule '%s' looks at the whole: give a series without labels", rule->name);
    else if (!by.failed)
        cyn_hint(err, "rule '%s' looks at it by %s", rule->name, by.data);
    cyn_buf_clear(&by);
}

static cyn_code check_series(const test_run *run, cyn_err *err)
{
    for (size_t i = 0; i < run->given->count; i++) {
        const cyn_test_segment *s = &run->given->segments[i];
        const cyn_rule *nearly = NULL;
        bool looked = false;
        for (size_t k = 0; k < run->nrules && !looked; k++) {
            const cyn_rule *rule = run->rules[k];
            looked = is_looked_at(run, s, rule);
            bool same_dims = cyn_test_segment_is_by(s, rule->by, rule->nby);
            if (strcmp(rule->metric, s->metric->name) == 0 && (!nearly || same_dims)) nearly = rule;
        }
        if (looked) continue;
        fail_at(s->given->place, CYN_E_NAME, err, "no rule looks at this series of '%s'",
                s->metric->name);
        if (nearly) hint_at_rule(run, s, nearly, err);
        return CYN_E_NAME;
    }
    return CYN_OK;
}

/* ---- The clock ---- */

static cyn_code read_time(const test_run *run, cyn_place place, const char *text, int64_t *out,
                          cyn_err *err)
{
    if (cyn_parse_instant(text, strlen(text), run->project->calendar.tz, out)) return CYN_OK;
    fail_at(place, CYN_E_SYNTAX, err, "'%s' is no date or time", text);
    cyn_hint(err, "write 2026-01-19, 2026-01-19 02:00 or 2026-01-19T02:00+09:00");
    return CYN_E_SYNTAX;
}

/* The first value that the rule can judge, or the first row; CYN_TIME_MAX: there is none. */
static int64_t start_of_data(const test_run *run, const cyn_rule *rule)
{
    if (!run->given) return run->rows->first;
    return cyn_test_series_start(run->given, rule->metric, rule->partial);
}

/* Where the test does not say when, a rule starts with its data; one without any, with the others.
 */
static cyn_code find_starts(test_run *run, int64_t *first, cyn_err *err)
{
    const cyn_case *c = run->test;
    int64_t from = CYN_TIME_MAX;
    *first = CYN_TIME_MAX;
    run->starts = CYN_NEW_ARRAY(run->arena, run->nrules + 1, int64_t);
    if (!run->starts) return cyn_nomem(err);
    if (c->from) CYN_TRY(read_time(run, c->place, c->from, &from, err));
    for (size_t i = 0; i < run->nrules; i++) {
        run->starts[i] = c->from ? from : start_of_data(run, run->rules[i]);
        if (run->starts[i] < *first) *first = run->starts[i];
    }
    for (size_t i = 0; i < run->nrules; i++)
        if (run->starts[i] == CYN_TIME_MAX) run->starts[i] = *first;
    if (*first != CYN_TIME_MAX) return CYN_OK;
    fail_at(c->place, CYN_E_NAME, err, "test '%s' does not say when its clock starts", c->name);
    cyn_hint(err, "add from = \"2026-01-05\"");
    return CYN_E_NAME;
}

/* From the first slot that is needed to the last that is asked about. */
static cyn_code find_clock(test_run *run, int64_t *from, int64_t *until, cyn_err *err)
{
    const cyn_case *c = run->test;
    run->at = CYN_NEW_ARRAY(run->arena, c->nexpect + 1, int64_t);
    if (!run->at) return cyn_nomem(err);
    *until = CYN_TIME_MIN;
    for (size_t i = 0; i < c->nexpect; i++) {
        if (!c->expect[i].alert) continue;
        CYN_TRY(read_time(run, c->expect[i].place, c->expect[i].at, &run->at[i], err));
        if (run->at[i] > *until) *until = run->at[i];
    }
    if (c->until) {
        int64_t given;
        CYN_TRY(read_time(run, c->place, c->until, &given, err));
        if (given > *until) *until = given;
    }
    return find_starts(run, from, err);
}

/* Slots before the start are no part of the test, and were not missed either. */
static cyn_code start_watch(const test_run *run, cyn_watch *w, cyn_err *err)
{
    for (size_t i = 0; i < run->nrules; i++)
        CYN_TRY(cyn_watch_restore_rule(w, run->rules[i]->name, run->starts[i] - 1, err));
    return CYN_OK;
}

static cyn_code run_slot(test_run *run, cyn_watch *w, int64_t slot, cyn_series_source source,
                         cyn_err *err)
{
    cyn_watch_result result;
    cyn_arena *scratch = cyn_arena_new(0);
    if (!scratch) return cyn_nomem(err);
    cyn_code rc = cyn_watch_run(w, slot, source, scratch, &result, err);
    if (rc == CYN_OK) rc = cyn_test_log_add(&run->log, &result, err);
    cyn_arena_free(scratch);
    return rc;
}

static cyn_code run_slots(test_run *run, cyn_watch *w, int64_t from, int64_t until,
                          cyn_series_source source, cyn_err *err)
{
    size_t slots = 0;
    CYN_TRY(start_watch(run, w, err));
    for (int64_t t = cyn_watch_next(w, from - 1); t <= until && t != CYN_SLOT_END;
         t = cyn_watch_next(w, t)) {
        if (run->cancel && atomic_load(run->cancel))
            return cyn_fail(err, CYN_E_CANCEL, "interrupted");
        if (++slots > SLOTS_MOST)
            return fail_at(run->test->place, CYN_E_LIMIT, err,
                           "test '%s' takes more than %d evaluations: set 'from'", run->test->name,
                           SLOTS_MOST);
        CYN_TRY(run_slot(run, w, t, source, err));
    }
    return CYN_OK;
}

static cyn_code run_rules(test_run *run, cyn_err *err)
{
    int64_t from = 0, until = 0;
    cyn_watch *w = NULL;
    cyn_series_data data = {
        .project = run->project, .data = run->rows ? run->rows->data : NULL, .cancel = run->cancel};
    CYN_TRY(choose_rules(run, err));
    cyn_watch_options options = {.rules = run->rules, .nrules = run->nrules};
    if (run->given) CYN_TRY(check_series(run, err));
    if (run->nrules == 0) return CYN_OK;
    CYN_TRY(find_clock(run, &from, &until, err));
    cyn_series_source source =
        run->given ? cyn_test_series_source(run->given) : cyn_series_from_data(&data);
    cyn_test_log_init(&run->log, source, run->arena);
    CYN_TRY(cyn_watch_new(run->project, &options, &w, err));
    cyn_code rc = run_slots(run, w, from, until, cyn_test_log_source(&run->log), err);
    cyn_watch_free(w);
    return rc;
}

/* ---- A test ---- */

static void note_coverage(const test_run *run, cyn_case_coverage *coverage)
{
    const cyn_catalog *c = run->project->catalog;
    for (size_t i = 0; coverage && i < c->nrules && i < coverage->n; i++) {
        for (size_t k = 0; k < run->log.nlooks && !coverage->evaluated[i]; k++)
            coverage->evaluated[i] = run->log.looks[k].rule == c->rules[i];
        for (size_t k = 0; k < run->log.nalerts && !coverage->fired[i]; k++)
            coverage->fired[i] = run->log.alerts[k].rule == c->rules[i] &&
                                 run->log.alerts[k].state == CYN_ALERT_FIRING;
    }
}

static cyn_code run_case(test_run *run, cyn_case_coverage *coverage, cyn_err *err)
{
    const cyn_case *c = run->test;
    if (c->nseries > 0)
        CYN_TRY(cyn_test_series_new(run->project, c, run->arena, &run->given, err));
    else
        CYN_TRY(cyn_test_rows_open(run->project, c, run->cancel, run->arena, &run->rows, err));
    if (run->rows) run->project = &run->rows->project;
    CYN_TRY(run_rules(run, err));
    note_coverage(run, coverage);
    for (size_t i = 0; i < c->nexpect; i++)
        CYN_TRY(c->expect[i].alert ? test_check_alert(run, i, err)
                                   : test_check_metric(run, &c->expect[i], err));
    return CYN_OK;
}

cyn_code cyn_case_run(const cyn_project *p, const cyn_case *c, const atomic_bool *cancel,
                      cyn_case_coverage *coverage, cyn_arena *arena, cyn_case_result *out,
                      cyn_err *err)
{
    cyn_err why = {0};
    int64_t began = cyn_monotonic();
    test_run run = {.project = p,
                    .test = c,
                    .cancel = cancel,
                    .arena = arena,
                    .ja = cyn_is_japanese(p->config->language)};
    cyn_code rc = run_case(&run, coverage, &why);
    cyn_test_rows_close(run.rows);
    if (cyn_concerns_all(rc)) {
        if (err) *err = why;
        return rc;
    }
    *out = (cyn_case_result){
        .failures = run.failures, .nfailures = run.nfailures, .micros = cyn_monotonic() - began};
    if (rc == CYN_OK) return CYN_OK;
    cyn_err *error = CYN_NEW(arena, cyn_err);
    if (!error) return cyn_nomem(err);
    *error = why;
    out->error = error;
    return CYN_OK;
}
