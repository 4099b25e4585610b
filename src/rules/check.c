#include "rules/check.h"
#include "base/text.h"
#include "engine/eval.h"
#include "engine/uses.h"
#include "plan/relation.h"
#include "rules/names.h"
#include "rules/watch_impl.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static cyn_code fail(const cyn_rule *rule, cyn_code code, cyn_err *err, const char *fmt, ...)
    CYN_PRINTF(4, 5);
static cyn_code fail(const cyn_rule *rule, cyn_code code, cyn_err *err, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return cyn_fail_at(err, code, rule->place.file, rule->place.line, rule->place.column,
                       "rule '%s': %s", rule->name, text);
}

/* ---- names of cynosure.yaml and of other rules ---- */

/* "there is no channel 'x'", with the nearest name, or all of a few. */
static cyn_code unknown(const cyn_rule *rule, const char *what, const char *name,
                        const char *const *names, size_t n, const char *section, cyn_err *err)
{
    const char *near = cyn_nearest(name, names, n);
    fail(rule, CYN_E_NAME, err, "there is no %s '%s'", what, name);
    if (near)
        cyn_hint(err, "did you mean '%s'?", near);
    else if (n == 1)
        cyn_hint(err, "the only %s is '%s'", what, names[0]);
    else if (n == 0)
        cyn_hint(err, "%s", section);
    return CYN_E_NAME;
}

static cyn_code check_channels(const cyn_project *p, const cyn_rule *rule, cyn_arena *scratch,
                               cyn_err *err)
{
    const cyn_config *config = p->config;
    const char **names = CYN_NEW_ARRAY(scratch, config->nchannels + 1, const char *);
    if (!names) return cyn_nomem(err);
    for (size_t i = 0; i < config->nchannels; i++)
        names[i] = config->channels[i].name;
    for (size_t i = 0; i < rule->nnotify; i++) {
        size_t k = 0;
        while (k < config->nchannels && strcmp(names[k], rule->notify[i]) != 0)
            k++;
        if (k == config->nchannels)
            return unknown(rule, "channel", rule->notify[i], names, config->nchannels,
                           "channels are declared under 'channels' in cynosure.yaml", err);
    }
    return CYN_OK;
}

static cyn_code check_calendar(const cyn_project *p, const cyn_rule *rule, cyn_arena *scratch,
                               cyn_err *err)
{
    const cyn_config *config = p->config;
    if (!rule->calendar) return CYN_OK;
    const char **names = CYN_NEW_ARRAY(scratch, config->ncalendars + 1, const char *);
    if (!names) return cyn_nomem(err);
    for (size_t i = 0; i < config->ncalendars; i++) {
        if (strcmp(config->calendars[i].name, rule->calendar) == 0) return CYN_OK;
        names[i] = config->calendars[i].name;
    }
    return unknown(rule, "calendar", rule->calendar, names, config->ncalendars,
                   "calendars are declared under 'calendars' in cynosure.yaml", err);
}

static size_t find_rule(const cyn_catalog *catalog, const char *name)
{
    size_t i = 0;
    while (i < catalog->nrules && strcmp(catalog->rules[i]->name, name) != 0)
        i++;
    return i;
}

/* Whether `goal` can be reached over depends; each rule is visited once. */
static bool depends_on(const cyn_catalog *catalog, const cyn_rule *from, const cyn_rule *goal,
                       bool *seen)
{
    for (size_t i = 0; i < from->ndepends; i++) {
        size_t k = find_rule(catalog, from->depends[i]);
        if (k == catalog->nrules || seen[k]) continue;
        seen[k] = true;
        if (catalog->rules[k] == goal || depends_on(catalog, catalog->rules[k], goal, seen))
            return true;
    }
    return false;
}

static cyn_code check_depends(const cyn_project *p, const cyn_rule *rule, cyn_arena *scratch,
                              cyn_err *err)
{
    const cyn_catalog *catalog = p->catalog;
    if (rule->ndepends == 0) return CYN_OK;
    const char **names = CYN_NEW_ARRAY(scratch, catalog->nrules + 1, const char *);
    bool *seen = CYN_NEW_ARRAY(scratch, catalog->nrules + 1, bool);
    if (!names || !seen) return cyn_nomem(err);
    for (size_t i = 0; i < catalog->nrules; i++)
        names[i] = catalog->rules[i]->name;
    for (size_t i = 0; i < rule->ndepends; i++) {
        if (find_rule(catalog, rule->depends[i]) == catalog->nrules)
            return unknown(rule, "rule", rule->depends[i], names, catalog->nrules, "", err);
    }
    if (!depends_on(catalog, rule, rule, seen)) return CYN_OK;
    fail(rule, CYN_E_CONFLICT, err,
         "it depends on '%s', which depends on it in turn: while one fires, neither is judged",
         rule->depends[0]);
    cyn_hint(err, "let the cause stand alone, and the effects depend on it");
    return CYN_E_CONFLICT;
}

/* ---- dimensions ---- */

typedef struct walk {
    const cyn_project *project;
    const cyn_rule *rule;
    const char *dim;
    bool *seen; /* [metric] */
    cyn_err *err;
} walk;

static bool has_derive(const cyn_view *view, const char *name)
{
    for (size_t i = 0; i < view->nderives; i++)
        if (strcmp(view->derives[i].name, name) == 0) return true;
    return view->relation && has_derive(view->relation->base, name);
}

/* What a relation carries is known when it is made; its own columns are taken on trust. */
static cyn_code check_view(walk *w, const cyn_view *view)
{
    int source = cyn_project_source(w->project, view->source);
    if (source < 0 || view->relation || has_derive(view, w->dim)) return CYN_OK;
    const cyn_config_source *s = &w->project->config->sources[source];
    for (size_t i = 0; i < s->ndimensions; i++)
        if (strcmp(s->dimensions[i], w->dim) == 0) return CYN_OK;
    fail(w->rule, CYN_E_NAME, w->err,
         "'%s' is no dimension of source '%s', which metric '%s' reads", w->dim, s->name,
         w->rule->metric);
    const char *near = cyn_nearest(w->dim, s->dimensions, s->ndimensions);
    if (near)
        cyn_hint(w->err, "did you mean '%s'?", near);
    else
        cyn_hint(w->err, "list it under 'dimensions' of the source in cynosure.yaml, or derive it");
    return CYN_E_NAME;
}

static cyn_code check_formula(walk *w, const cyn_formula *f);

static cyn_code check_metric_dims(walk *w, const char *name)
{
    size_t m = cyn_project_metric(w->project, name);
    if (m == CYN_NO_METRIC || w->seen[m]) return CYN_OK;
    w->seen[m] = true;
    return check_formula(w, w->project->metrics[m]->formula);
}

static cyn_code check_formula(walk *w, const cyn_formula *f)
{
    if (!f) return CYN_OK;
    if (f->kind == CYN_FORMULA_AGG) return check_view(w, w->project->catalog->aggs[f->agg]->view);
    if (f->kind == CYN_FORMULA_METRIC) return check_metric_dims(w, f->metric);
    CYN_TRY(check_formula(w, f->a));
    return check_formula(w, f->b);
}

static cyn_code check_by(const cyn_project *p, const cyn_rule *rule, cyn_arena *scratch,
                         cyn_err *err)
{
    for (size_t i = 0; i < rule->nby; i++) {
        walk w = {.project = p, .rule = rule, .dim = rule->by[i], .err = err};
        w.seen = CYN_NEW_ARRAY(scratch, p->nmetrics + 1, bool);
        if (!w.seen) return cyn_nomem(err);
        CYN_TRY(check_metric_dims(&w, rule->metric));
    }
    return CYN_OK;
}

/* ---- metric and timetable ---- */

static cyn_code check_metric(const cyn_project *p, const cyn_rule *rule, size_t *out, cyn_err *err)
{
    cyn_err found = {0};
    cyn_code rc = cyn_project_need_metric(p, rule->metric, out, &found);
    if (rc == CYN_OK && p->metric_errors[*out].code != CYN_OK) {
        found = p->metric_errors[*out];
        fail(rule, found.code, err, "its metric '%s' cannot be evaluated: %s", rule->metric,
             found.message);
        return found.code;
    }
    if (rc == CYN_OK) return rc;
    fail(rule, rc, err, "%s", found.message);
    if (found.hint[0]) cyn_hint(err, "%s", found.hint);
    return rc;
}

static cyn_code check_grain(const cyn_project *p, const cyn_rule *rule, const cyn_metric *m,
                            cyn_grain grain, cyn_err *err)
{
    if (grain.unit == CYN_ALL && cyn_is_timed(p, m)) {
        fail(rule, CYN_E_RANGE, err, "grain 'all' has no last period to judge");
        cyn_hint(err, "give the rule a grain of its own: grain = \"day\"");
        return CYN_E_RANGE;
    }
    if (rule->partial && m->weight.free) {
        fail(
            rule, CYN_E_RANGE, err,
            "partial = true, but '%s' is a function of whole periods: the running one has no value",
            rule->metric);
        return CYN_E_RANGE;
    }
    return CYN_OK;
}

static cyn_code check_times(const cyn_project *p, const cyn_rule *rule, cyn_err *err)
{
    cyn_slots slots;
    cyn_err found = {0};
    cyn_code rc = CYN_OK;
    if (rule->every)
        rc = cyn_slots_init(rule->every, rule->at, p->calendar.tz, p->calendar.week_start, &slots,
                            &found);
    if (rc == CYN_OK) rc = cyn_alert_check_policy(&rule->policy, &found);
    return rc == CYN_OK ? rc : fail(rule, rc, err, "%s", found.message);
}

/* ---- slots and calendar ---- */

/* Whether the rule would ever be evaluated at other times of its own. */
static bool is_evaluated(const cyn_project *p, watch_rule r, int64_t every, int64_t at,
                         cyn_arena *scratch)
{
    cyn_rule rule = *r.rule;
    rule.every = every;
    rule.at = at;
    r.rule = &rule;
    return watch_rule_times(p, &r, scratch, NULL) == CYN_OK &&
           watch_next_slot(&r, cyn_now()) != CYN_SLOT_END;
}

/* The first hour of the calendar as `at`, where that helps. */
static void hint_times(const cyn_project *p, const watch_rule *r, cyn_arena *scratch, cyn_err *err)
{
    int minutes = r->calendar.nhours ? r->calendar.hours[0].from : 0;
    char at[32];
    snprintf(at, sizeof at, minutes % 60 ? "%dh%dm" : "%dh", minutes / 60, minutes % 60);
    if (is_evaluated(p, *r, r->rule->every, minutes * CYN_MINUTE, scratch))
        cyn_hint(err, "say at = \"%s\"", at);
    else if (is_evaluated(p, *r, CYN_DAY, minutes * CYN_MINUTE, scratch))
        cyn_hint(err, minutes ? "say every = \"1d\", at = \"%s\"" : "say every = \"1d\"", at);
    else
        cyn_hint(err, "let the calendar have a day and an hour at which it is to be evaluated");
}

cyn_code cyn_rule_next(const cyn_project *p, const cyn_rule *rule, int64_t last, int64_t now,
                       cyn_arena *arena, int64_t *every, int64_t *next, cyn_err *err)
{
    size_t m = cyn_project_metric(p, rule->metric);
    const cyn_metric *metric = m == CYN_NO_METRIC ? NULL : p->metrics[m];
    watch_rule r = {.rule = rule, .grain = p->config->grain};
    if (metric || rule->has_grain) r.grain = cyn_rule_grain(p, rule, metric);
    CYN_TRY(watch_rule_times(p, &r, arena, err));
    if (last == CYN_SLOT_NONE) last = cyn_slot_at(&r.slots, now) - 1;
    *next = watch_next_slot(&r, last);
    *every = r.slots.every;
    return CYN_OK;
}

/* A rule that is always off duty would be silent for ever. */
static cyn_code check_duty(const cyn_project *p, const cyn_rule *rule, cyn_grain grain,
                           cyn_arena *scratch, cyn_err *err)
{
    watch_rule r = {.rule = rule, .grain = grain};
    cyn_err found = {0};
    cyn_code rc = watch_rule_times(p, &r, scratch, &found);
    if (rc != CYN_OK) return fail(rule, rc, err, "%s", found.message);
    if (!r.has_calendar || watch_next_slot(&r, cyn_now()) != CYN_SLOT_END) return CYN_OK;
    fail(rule, CYN_E_CONFLICT, err,
         "it would never be evaluated: none of its times is in the calendar '%s'", rule->calendar);
    hint_times(p, &r, scratch, err);
    return CYN_E_CONFLICT;
}

static cyn_code check_clear(const cyn_rule *rule, cyn_err *err)
{
    if (!cyn_rule_never_clears(rule)) return CYN_OK;
    const cyn_place *place = rule->clear->place.line > 0 ? &rule->clear->place : &rule->place;
    cyn_fail_at(err, CYN_E_CONFLICT, place->file, place->line, place->column,
                "rule '%s', clear: it holds only where the alert is raised, so that no incident "
                "would ever end",
                rule->name);
    cyn_hint(err, "clear says when all is well again: beyond the threshold of 'when', on the good "
                  "side");
    return CYN_E_CONFLICT;
}

static cyn_code check(const cyn_project *p, const cyn_rule *rule, cyn_arena *scratch, cyn_err *err)
{
    size_t m;
    CYN_TRY(check_metric(p, rule, &m, err));
    const cyn_metric *metric = p->metrics[m];
    cyn_grain grain = cyn_rule_grain(p, rule, metric);
    CYN_TRY(check_grain(p, rule, metric, grain, err));
    CYN_TRY(check_by(p, rule, scratch, err));
    CYN_TRY(check_times(p, rule, err));
    CYN_TRY(cyn_rule_check_names(rule, grain, scratch, err));
    CYN_TRY(check_clear(rule, err));
    CYN_TRY(check_calendar(p, rule, scratch, err));
    CYN_TRY(check_duty(p, rule, grain, scratch, err));
    CYN_TRY(check_channels(p, rule, scratch, err));
    return check_depends(p, rule, scratch, err);
}

cyn_grain cyn_rule_grain(const cyn_project *p, const cyn_rule *rule, const cyn_metric *m)
{
    return rule->has_grain ? rule->grain : cyn_request_grain(p, &(cyn_eval_request){0}, m);
}

cyn_code cyn_rule_check(const cyn_project *p, const cyn_rule *rule, cyn_err *err)
{
    cyn_arena *scratch = cyn_arena_new(0);
    if (!scratch) return cyn_nomem(err);
    cyn_code rc = check(p, rule, scratch, err);
    cyn_arena_free(scratch);
    return rc;
}
