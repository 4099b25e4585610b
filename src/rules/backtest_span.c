/* Which stretch of history a backtest is of. */
#include "engine/eval.h"
#include "engine/uses.h"
#include "rules/backtest.h"
#include "rules/check.h"
#include <string.h>

cyn_code cyn_parse_stretch(const cyn_calendar *cal, const char *text, int64_t *from, int64_t *to,
                           cyn_err *err)
{
    /* Finer labels name a coarser period, too, so the finest that is named comes first. */
    static const cyn_grain grains[] = {{CYN_HOURLY, 1}, {CYN_DAILY, 1},   {CYN_WEEK, 1},
                                       {CYN_MONTH, 1},  {CYN_QUARTER, 1}, {CYN_YEAR, 1}};
    int64_t day;
    bool date = cyn_parse_date(text, strlen(text), &day);
    if (!date && strchr(text, ':') && cyn_parse_instant(text, strlen(text), cal->tz, from)) {
        *to = *from;
        return CYN_OK;
    }
    for (size_t i = 0; i < sizeof grains / sizeof *grains; i++) {
        cyn_period p;
        if (cyn_parse_one_period(cal, grains[i], text, &p, NULL) != CYN_OK) continue;
        *from = p.start;
        *to = p.end;
        return CYN_OK;
    }
    return cyn_fail(err, CYN_E_SYNTAX,
                    "'%s' is no date, expected 2026-11-22, 2026-11-22T09:30, 2026-W47, 2026-11, "
                    "2026-Q4 or 2026",
                    text);
}

static cyn_code read_bound(const cyn_calendar *cal, const char *option, const char *text,
                           int64_t *from, int64_t *to, cyn_err *err)
{
    if (cyn_parse_stretch(cal, text, from, to, err) == CYN_OK) return CYN_OK;
    cyn_context(err, "%s", option);
    if (err) err->code = CYN_E_USAGE;
    return CYN_E_USAGE;
}

/* The first time in the sources that have been loaded. */
static bool first_time(const cyn_dataset *d, int64_t *out)
{
    bool any = false;
    for (size_t i = 0; i < d->project->config->nsources; i++) {
        const cyn_source_data *s = &d->sources[i];
        if (!s->table || !s->report || !s->report->has_time) continue;
        if (!any || s->report->first_time < *out) *out = s->report->first_time;
        any = true;
    }
    return any;
}

/* Why there is nothing to replay: what could not be loaded, else that there are no rows. */
static cyn_code why_none(const cyn_dataset *d, const cyn_rule *rule, cyn_err *err)
{
    for (size_t i = 0; i < d->project->config->nsources; i++) {
        const cyn_source_data *s = &d->sources[i];
        if (!s->tried || s->table) continue;
        if (err) *err = s->error;
        return s->error.code;
    }
    return cyn_fail(err, CYN_E_DATA,
                    "there is no history to replay '%s' over: metric '%s' has no rows with a time",
                    rule->name, rule->metric);
}

/* ---- how far back a rule looks ---- */

/* Passes on what a watch asks for, and keeps how far back that reaches. */
typedef struct probe {
    cyn_series_source live;
    size_t lookback;
} probe;

static cyn_code get_probed(void *self, const cyn_series_request *requests, size_t n,
                           cyn_arena *arena, cyn_series_reply *out, cyn_err *err)
{
    probe *p = self;
    for (size_t i = 0; i < n; i++)
        if (requests[i].lookback > p->lookback) p->lookback = requests[i].lookback;
    return p->live.get(p->live.self, requests, n, arena, out, err);
}

/* A function says what it reads only when it runs, so the rule is evaluated once. */
static cyn_code find_lookback(const cyn_project *p, const cyn_rule *rule, cyn_series_source live,
                              int64_t slot, size_t *out, cyn_err *err)
{
    cyn_watch_options options = {.rules = &rule, .nrules = 1, .quiet = true};
    cyn_watch_result result;
    probe self = {.live = live};
    cyn_series_source source = {.self = &self, .get = get_probed};
    cyn_watch *w = NULL;
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) return cyn_nomem(err);
    cyn_code rc = cyn_watch_new(p, &options, &w, err);
    if (rc == CYN_OK) rc = cyn_watch_run(w, slot, source, arena, &result, err);
    if (rc == CYN_OK) *out = self.lookback;
    cyn_watch_free(w);
    cyn_arena_free(arena);
    return rc;
}

/* The end of the first period before which there are as many as the rule looks back on; the data's
 * beginning, where there is no such period before `to`. */
static cyn_code first_judged(const cyn_project *p, cyn_dataset *d, const cyn_rule *rule,
                             const cyn_backtest_span *span, int64_t first, int64_t to, int64_t *out,
                             cyn_err *err)
{
    size_t m, lookback = 0;
    cyn_series_data live = {.project = p, .data = d, .cancel = span->cancel};
    CYN_TRY(cyn_project_need_metric(p, rule->metric, &m, err));
    cyn_grain grain = cyn_rule_grain(p, rule, p->metrics[m]);
    *out = first;
    if (grain.unit == CYN_ALL) return CYN_OK;
    CYN_TRY(find_lookback(p, rule, cyn_series_from_data(&live), to, &lookback, err));
    cyn_period period = cyn_period_at(&p->calendar, grain, first);
    period = cyn_period_shift(&p->calendar, period, (int)lookback);
    if (period.end < to) *out = period.end;
    return CYN_OK;
}

/* The next whole second: the slot that is now is evaluated. */
static int64_t after(int64_t now)
{
    int64_t part = now % CYN_SECOND;
    return now - part + (part < 0 ? 0 : CYN_SECOND);
}

/* The metric that the rule watches; where the rule says so, when there is none. */
static cyn_code find_metric(const cyn_project *p, const cyn_rule *rule, const cyn_metric **out,
                            cyn_err *err)
{
    size_t m;
    cyn_err why = {0};
    if (cyn_project_need_metric(p, rule->metric, &m, &why) == CYN_OK) {
        *out = p->metrics[m];
        return CYN_OK;
    }
    cyn_fail_at(err, why.code, rule->place.file, rule->place.line, rule->place.column,
                "alert '%s': %s", rule->name, why.message);
    if (why.hint[0]) cyn_hint(err, "%s", why.hint);
    return why.code;
}

cyn_code cyn_backtest_stretch(const cyn_project *p, cyn_dataset *d, const cyn_rule *rule,
                              const cyn_backtest_span *span, int64_t *from, int64_t *to,
                              cyn_err *err)
{
    int64_t now, start = 0, end = 0, unused, first = 0;
    const cyn_metric *metric;
    if (span->from) CYN_TRY(read_bound(&p->calendar, "--from", span->from, &start, &unused, err));
    if (span->to) CYN_TRY(read_bound(&p->calendar, "--to", span->to, &unused, &end, err));
    CYN_TRY(find_metric(p, rule, &metric, err));
    CYN_TRY(cyn_load_uses(d, metric, err));
    bool any = first_time(d, &first); /* before others are loaded to find out what now is */
    CYN_TRY(cyn_dataset_now(d, span->as_of, &now, err));
    if (!span->to || end > now) end = after(now);
    if (!any) CYN_TRY(why_none(d, rule, err));
    if (!span->from) CYN_TRY(first_judged(p, d, rule, span, first, end - 1, &start, err));
    if (start >= end)
        return cyn_fail(err, CYN_E_USAGE, "there is nothing to replay: %s is not before %s",
                        span->from ? "--from" : "the beginning of the data",
                        span->to ? "--to" : "now");
    *from = start;
    *to = end;
    return CYN_OK;
}
