/* The lane of jobs: reports that are written by themselves, notes of jobs that ran, and what is
 * forgotten in the end. */
#include "live/report_file.h"
#include "sched/timetable.h"
#include "serve/daemon_impl.h"
#include "store/ledger.h"
#include <string.h>

#define RETRY CYN_MINUTE /* of a report that failed */

/* Evaluations and runs that brought nothing new are kept so long, and at most so many. Some are
 * looked at at a time, so that nobody waits for it. */
#define KEPT        (30 * CYN_DAY)
#define KEPT_RUNS   100000
#define PRUNE_STEP  1000
#define PRUNE_FIRST (10 * CYN_MINUTE) /* after the start, when there is less to do */
#define PRUNE_EVERY CYN_DAY

typedef struct pruning {
    int64_t at;    /* when it goes on; 0: it has not begun */
    int64_t after; /* the run that was looked at last */
} pruning;

static void reset(cyn_lane *l)
{
    pruning *p = l->self;
    *p = (pruning){0};
}

/* ---- notes ---- */

static const cyn_job_row *find_job(const cyn_job_row *jobs, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(jobs[i].job, name) == 0) return &jobs[i];
    return NULL;
}

static cyn_code put_note(cyn_lane *l, cyn_job_row row, cyn_arena *arena, cyn_err *err)
{
    cyn_store *st;
    const cyn_job_row *jobs, *was;
    size_t n;
    CYN_TRY(cyn_lane_store(l, &st, err));
    CYN_TRY(cyn_store_jobs(st, arena, &jobs, &n, err));
    was = find_job(jobs, n, row.job);
    row.runs = (was ? was->runs : 0) + 1;
    row.missed += was ? was->missed : 0;
    row.failures = row.error ? (was ? was->failures : 0) + 1 : 0;
    return cyn_store_put_job(st, &row, err);
}

void cyn_daemon_note_job(cyn_lane *l, const char *job, int64_t due, int64_t took, uint64_t missed,
                         const cyn_err *error, cyn_arena *arena)
{
    const cyn_job_row row = {.job = job,
                             .due = due,
                             .began = cyn_now() - took,
                             .took = took,
                             .missed = (int64_t)missed,
                             .error = error ? error->message : NULL};
    if (put_note(l, row, arena, NULL) != CYN_OK)
        cyn_gauges_add(l->daemon->gauges, CYN_COUNT_STATE_FAILURES, 1);
}

/* ---- a report ---- */

/* "reports/{date}.html" of the day, in the project's folder. */
static const char *path_of(const cyn_daemon *d, const cyn_config_report *r, const cyn_tz *tz,
                           int64_t due, cyn_arena *arena)
{
    static const char mark[] = "{date}";
    const char *rest = r->to;
    char date[32];
    cyn_buf path = {0};
    cyn_format_date(cyn_tz_date(tz, due), date, sizeof date);
    cyn_buf_printf(&path, "%s/", d->options->dir);
    for (const char *at; (at = strstr(rest, mark)); rest = at + strlen(mark)) {
        cyn_buf_add(&path, rest, (size_t)(at - rest));
        cyn_buf_puts(&path, date);
    }
    cyn_buf_puts(&path, rest);
    const char *copy = path.failed ? NULL : cyn_strdup(arena, path.data);
    cyn_buf_clear(&path);
    return copy;
}

/* ---- a step ---- */

typedef struct round {
    cyn_lane *lane;
    const cyn_overview *view;
    cyn_store *store;
    const cyn_job_row *jobs;
    size_t njobs;
    cyn_arena *arena;
    int64_t now, *next;
} round_of;

static void soonest(int64_t *next, int64_t t)
{
    if (t < *next) *next = t;
}

/* A report that fails keeps its time, and is tried again; the others go on. */
static cyn_code run_report(round_of *r, const cyn_config_report *report, const char *job,
                           int64_t due, uint64_t missed, cyn_err *err)
{
    const cyn_project *p = r->view->opened->project;
    cyn_lane *l = r->lane;
    cyn_err failed = {0};
    int64_t began = cyn_monotonic();
    const char *path = path_of(l->daemon, report, p->calendar.tz, due, r->arena);
    const cyn_report_file_options options = {
        .now = r->now, .cancel = &l->daemon->stopping, .within = l->daemon->options->dir};
    cyn_code rc =
        path ? cyn_report_file(r->view, r->store, &options, path, &failed) : cyn_nomem(&failed);
    if (cyn_concerns_all(rc)) {
        if (err) *err = failed;
        return rc;
    }
    int64_t took = cyn_monotonic() - began;
    if (rc == CYN_OK) {
        cyn_daemon_note_job(l, job, due, took, missed, NULL, r->arena);
        cyn_daemon_log(l->daemon, CYN_LOG_INFO, "jobs", "report '%s' written to %s", report->name,
                       path);
        return CYN_OK;
    }
    cyn_context(&failed, "report '%s'", report->name);
    const cyn_job_row *was = find_job(r->jobs, r->njobs, job);
    if (!was || !was->error || strcmp(was->error, failed.message) != 0)
        cyn_daemon_log_error(l->daemon, CYN_LOG_ERROR, "jobs", &failed);
    cyn_daemon_note_job(l, job, was ? was->due : CYN_SLOT_NONE, took, 0, &failed, r->arena);
    soonest(r->next, r->now + RETRY);
    return CYN_OK;
}

static cyn_code look_at(round_of *r, const cyn_config_report *report, cyn_err *err)
{
    const cyn_project *p = r->view->opened->project;
    const char *job = cyn_sprintf(r->arena, "report %s", report->name);
    cyn_timetable when;
    uint64_t missed = 0;
    if (!job) return cyn_nomem(err);
    CYN_TRY(cyn_timetable_parse(report->when, p->calendar.tz, p->calendar.week_start, &when, err));
    const cyn_job_row *was = find_job(r->jobs, r->njobs, job);
    /* One that never ran begins with the first time after the daemon came. */
    int64_t ran = was && was->due != CYN_SLOT_NONE ? was->due : r->lane->daemon->started;
    int64_t due = cyn_overrun_next(report->overrun, &when, ran, r->now, &missed);
    if (due > r->now) {
        soonest(r->next, due);
        return CYN_OK;
    }
    CYN_TRY(run_report(r, report, job, due, missed, err));
    soonest(r->next, cyn_timetable_after(&when, due));
    return CYN_OK;
}

static cyn_code look_at_all(round_of *r, cyn_err *err)
{
    const cyn_config_schedule *s = &r->view->opened->project->config->schedule;
    if (s->nreports == 0) return CYN_OK;
    CYN_TRY(cyn_lane_store(r->lane, &r->store, err));
    CYN_TRY(cyn_store_jobs(r->store, r->arena, &r->jobs, &r->njobs, err));
    for (size_t i = 0; i < s->nreports; i++)
        CYN_TRY(look_at(r, &s->reports[i], err));
    return CYN_OK;
}

/* ---- what is forgotten ---- */

static cyn_code prune(round_of *r, cyn_err *err)
{
    pruning *p = r->lane->self;
    if (p->at == 0) p->at = r->lane->daemon->started + PRUNE_FIRST;
    if (p->at <= r->now) {
        cyn_store *st;
        CYN_TRY(cyn_lane_store(r->lane, &st, err));
        CYN_TRY(cyn_store_prune_runs(st, r->now - KEPT, KEPT_RUNS, PRUNE_STEP, &p->after, err));
        p->at = r->now + (p->after ? CYN_SECOND : PRUNE_EVERY);
    }
    soonest(r->next, p->at);
    return CYN_OK;
}

static cyn_code step(cyn_lane *l, cyn_arena *arena, int64_t *next, cyn_err *err)
{
    round_of r = {.lane = l,
                  .view = cyn_daemon_overview(l->daemon),
                  .arena = arena,
                  .now = cyn_now(),
                  .next = next};
    if (!r.view) return CYN_OK; /* whoever makes the first one rings */
    cyn_code rc = look_at_all(&r, err);
    if (rc == CYN_OK) rc = prune(&r, err);
    cyn_overview_unref(r.view);
    return rc;
}

const cyn_lane_kind cyn_lane_jobs = {
    .name = "jobs", .step = step, .reset = reset, .size = sizeof(pruning)};
