/* alerts run: one round of evaluation and delivery, or many, one after the other. */
#include "app/alerts.h"
#include "app/ask.h"
#include "app/commands.h"
#include "base/text.h"
#include "live/lock.h"
#include "notify/notify.h"
#include "report/failures.h"
#include "rules/check.h"
#include "rules/dispatch.h"
#include "rules/watch_store.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How soon Ctrl-C is noticed while there is nothing to do. */
#define BLINK (CYN_SECOND / 20)
/* A delivery that failed says when it is tried again; new files are looked at with each slot. */
#define LONGEST_NAP CYN_MINUTE
/* A rule that failed is tried again: its file may be there by then. */
#define RETRY CYN_MINUTE

typedef struct runner {
    cyn_alerts *a;
    cyn_watch *watch;
    bool send;
    int64_t until; /* on the monotonic clock; 0: one round */
    int64_t due;   /* when some rule is to be evaluated, on the wall clock */
    int64_t next;  /* when there is something to do again, on the wall clock */
    bool failed;   /* some rule or delivery */
    bool said_ahead;
} runner;

/* ---- what happened ---- */

static cyn_code show_events(runner *r, const cyn_watch_result *result, cyn_arena *arena,
                            cyn_err *err)
{
    const cyn_alerts *a = r->a;
    cyn_buf out = {0};
    size_t n = 0;
    cyn_history_item *items = CYN_NEW_ARRAY(arena, result->nevents + 1, cyn_history_item);
    if (!items) return cyn_nomem(err);
    for (size_t i = 0; i < result->nevents; i++) {
        const cyn_watch_event *e = &result->events[i];
        if (e->event.what == CYN_ALERT_RENEWED || e->event.what == CYN_ALERT_NOTHING) continue;
        size_t own = e->rule && e->rule->nlabels <= e->notice.nlabels ? e->rule->nlabels : 0;
        items[n++] = (cyn_history_item){
            .notice = &e->notice, .nsegment = e->notice.nlabels - own, .quiet = e->event.quiet};
    }
    if (n == 0) return CYN_OK;
    cyn_code rc = cyn_report_history(items, n, &a->report, &out, err);
    if (rc == CYN_OK && cyn_print(&out) != CYN_EXIT_OK) r->failed = true;
    cyn_buf_clear(&out);
    return rc;
}

/* "rule 'x' …" needs no context that says so again. */
static bool says_whose(const cyn_err *e, const char *rule)
{
    size_t n = strlen(rule);
    return strncmp(e->message, "rule '", 6) == 0 && strncmp(e->message + 6, rule, n) == 0 &&
           e->message[6 + n] == '\'';
}

/* What is wrong with rules as they are written, a channel that there is not or a name in a text:
 * they are evaluated all the same, as far as that goes. */
static cyn_code show_mistakes(runner *r, cyn_err *err)
{
    const cyn_project *p = r->a->session.project;
    for (size_t i = 0; i < p->catalog->nrules; i++) {
        cyn_err mistake = {0};
        cyn_code rc = cyn_rule_check(p, p->catalog->rules[i], &mistake);
        if (cyn_concerns_all(rc)) return cyn_nomem(err);
        if (rc == CYN_OK) continue;
        cyn_print_error(&mistake);
        r->failed = true;
    }
    return CYN_OK;
}

/* Whether that is what `show_mistakes` said of it, there with the rule's name before it. */
static bool is_mistake(const runner *r, const cyn_watch_rule *w)
{
    cyn_err mistake = {0};
    if (cyn_rule_check(r->a->session.project, w->rule, &mistake) == CYN_OK) return false;
    size_t n = strlen(mistake.message), tail = strlen(w->error->message);
    return tail <= n && strcmp(mistake.message + n - tail, w->error->message) == 0;
}

/* Rules that failed are said each time, since cron's mail is what makes somebody look; but not with
 * each try of one slot. */
static void show_errors(runner *r, const cyn_watch_result *result)
{
    cyn_failures failures = {.of = CYN_FAILURES_OF_RULES};
    for (size_t i = 0; i < result->nrules; i++) {
        const cyn_watch_rule *w = &result->rules[i];
        if (w->health != CYN_HEALTH_ERROR || !w->error) continue;
        r->failed = true;
        if (w->repeated || is_mistake(r, w)) continue;
        if (says_whose(w->error, w->rule->name))
            cyn_print_error(w->error);
        else
            cyn_failures_add_name(&failures, w->rule->name, w->error);
    }
    cyn_failures_say(&failures, cyn_print_error);
    cyn_failures_clear(&failures);
}

/* Rules that were evaluated at a later time than now would be silent, for years maybe. */
static void show_ahead(runner *r, int64_t now)
{
    const cyn_rule *rule = NULL;
    int64_t slot = 0;
    char until[64];
    cyn_err note = {0};
    size_t n = r->said_ahead ? 0 : cyn_watch_ahead(r->watch, now, &rule, &slot);
    if (n == 0) return;
    r->said_ahead = true;
    cyn_format_instant(slot, r->a->report.calendar->tz, until, sizeof until);
    if (n == 1)
        cyn_fail(&note, CYN_E_STATE, "rule '%s' waits until %s", rule->name, until);
    else
        cyn_fail(&note, CYN_E_STATE, "%zu rules wait, '%s' until %s", n, rule->name, until);
    cyn_context(&note, "the clock was set back");
    cyn_hint(&note, "'cynosure alerts forget %s' has it begin anew", rule->name);
    cyn_print_note(&note);
}

static void show_sent(const cyn_dispatch_result *d, bool ja)
{
    if (d->sent + d->failed + d->dead == 0) return;
    printf(ja ? "通知：送信%zu件" : "messages: %zu sent", d->sent);
    if (d->failed) printf(ja ? "、再試行待ち%zu件" : ", %zu to be tried again", d->failed);
    if (d->dead)
        printf(ja ? "、断念%zu件（cynosure alerts dead）" : ", %zu given up (cynosure alerts dead)",
               d->dead);
    putchar('\n');
    fflush(stdout);
}

static void json_member(const char *name, const char *text, cyn_buf *out)
{
    cyn_buf_printf(out, ",\"%s\":", name);
    if (text)
        cyn_buf_json_string(out, text, strlen(text));
    else
        cyn_buf_puts(out, "null");
}

static void json_round(const cyn_alerts *a, const cyn_watch_result *result, cyn_buf *out)
{
    for (size_t i = 0; i < result->nrules; i++) {
        const cyn_watch_rule *w = &result->rules[i];
        char slot[64];
        cyn_format_instant(w->slot, a->report.calendar->tz, slot, sizeof slot);
        cyn_buf_puts(out, "{\"type\":\"evaluation\",\"rule\":");
        cyn_buf_json_string(out, w->rule->name, strlen(w->rule->name));
        cyn_buf_printf(out,
                       ",\"slot\":\"%s\",\"health\":\"%s\",\"missed\":%llu,\"segments\":%zu,"
                       "\"firing\":%zu,\"pending\":%zu",
                       slot, cyn_alert_health_names[w->health], (unsigned long long)w->missed,
                       w->segments, w->firing, w->pending);
        json_member("frozen_by", w->frozen_by, out);
        json_member("error", w->error ? w->error->message : NULL, out);
        cyn_buf_puts(out, "}\n");
    }
}

static cyn_code show_round(runner *r, const cyn_watch_result *result, cyn_arena *arena,
                           cyn_err *err)
{
    CYN_TRY(show_events(r, result, arena, err));
    show_errors(r, result);
    if (r->a->report.format != CYN_FORMAT_JSON) return CYN_OK;
    cyn_buf out = {0};
    json_round(r->a, result, &out);
    return cyn_print(&out) == CYN_EXIT_OK ? CYN_OK
                                          : cyn_fail(err, CYN_E_IO, "cannot write the output");
}

/* ---- a round ---- */

/* The data as they are now: files may have come since the round before. */
static cyn_code fresh_data(runner *r, const cyn_args *args, cyn_err *err)
{
    cyn_session *s = &r->a->session;
    cyn_dataset *data;
    CYN_TRY(cyn_dataset_new(s->project, &s->progress, &data, err));
    cyn_dataset_finish(s->data);
    cyn_dataset_free(s->data);
    s->data = data;
    if (!cyn_arg(args, "no-cache")) cyn_dataset_use_cache(data);
    cyn_ask_data(s, NULL, 0);
    return CYN_OK;
}

static cyn_code evaluate(runner *r, cyn_arena *arena, cyn_err *err)
{
    cyn_session *s = &r->a->session;
    cyn_series_data source = {.project = s->project, .data = s->data, .cancel = &cyn_interrupted};
    cyn_watch_result result = {0};
    int64_t now = 0;
    int64_t began = cyn_now();
    CYN_TRY(cyn_dataset_now(s->data, NULL, &now, err));
    show_ahead(r, now);
    CYN_TRY(cyn_watch_run(r->watch, now, cyn_series_from_data(&source), arena, &result, err));
    CYN_TRY(cyn_watch_keep(r->watch, r->a->store, cyn_now(), &result, err));
    r->due = cyn_watch_next(r->watch, began);
    if (cyn_watch_may_retry(r->watch) && began + RETRY < r->due) r->due = began + RETRY;
    return show_round(r, &result, arena, err);
}

static cyn_code deliver(runner *r, cyn_arena *arena, cyn_err *err)
{
    cyn_alerts *a = r->a;
    cyn_dispatch_options options = {
        .project = a->session.project, .store = a->store, .cancel = &cyn_interrupted};
    cyn_dispatch_result done = {.next = CYN_TIME_MAX};
    cyn_err_list notes;
    if (!r->send) return CYN_OK;
    cyn_err_list_init(&notes, arena);
    CYN_TRY(cyn_dispatch(&options, cyn_now(), &notes, &done, err));
    for (size_t i = 0; i < notes.count; i++)
        cyn_print_note(&notes.items[i]);
    if (a->report.format != CYN_FORMAT_JSON) show_sent(&done, cyn_is_japanese(a->report.language));
    if (done.failed || done.dead) r->failed = true;
    if (done.next < r->next) r->next = done.next;
    return CYN_OK;
}

static cyn_code run_round(runner *r, bool evaluating, cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_code rc = CYN_OK;
    if (!arena) return cyn_nomem(err);
    if (evaluating) CYN_GOTO(evaluate(r, arena, err));
    r->next = r->due;
    rc = deliver(r, arena, err);
done:
    cyn_arena_free(arena);
    return rc;
}

/* ---- going on ---- */

/* Sleeps until there is something to do, for a blink at least; false when the time is up. Ctrl-C is
 * noticed at once. */
static bool wait_for_next(const runner *r)
{
    int64_t nap_ends = cyn_monotonic() + LONGEST_NAP;
    while (!atomic_load(&cyn_interrupted)) {
        int64_t left = r->until - cyn_monotonic();
        if (left <= 0) return false;
        usleep((useconds_t)(left < BLINK ? left : BLINK));
        if (cyn_monotonic() >= nap_ends || r->next <= cyn_now()) break;
    }
    return true;
}

static cyn_code cancelled(cyn_err *err)
{
    return cyn_fail(err, CYN_E_CANCEL, "interrupted");
}

/* A nap that ends before a rule is due only serves deliveries. */
static cyn_code go_on(runner *r, const cyn_args *args, cyn_err *err)
{
    CYN_TRY(run_round(r, true, err));
    while (r->until && wait_for_next(r)) {
        if (atomic_load(&cyn_interrupted)) return cancelled(err);
        bool due = r->due <= cyn_now();
        if (due) CYN_TRY(fresh_data(r, args, err));
        CYN_TRY(run_round(r, due, err));
    }
    return atomic_load(&cyn_interrupted) ? cancelled(err) : CYN_OK;
}

static cyn_code load_watch(runner *r, cyn_err *err)
{
    cyn_err_list notes;
    cyn_watch_options options = {0};
    cyn_err_list_init(&notes, r->a->session.arena);
    CYN_TRY(cyn_watch_new(r->a->session.project, &options, &r->watch, err));
    CYN_TRY(cyn_watch_load(r->watch, r->a->store, cyn_now(), &notes, err));
    for (size_t i = 0; i < notes.count; i++)
        cyn_print_note(&notes.items[i]);
    return CYN_OK;
}

static int run_locked(cyn_alerts *a, const cyn_args *args)
{
    cyn_err err = {0};
    runner r = {.a = a, .send = !cyn_arg(args, "no-send"), .next = CYN_TIME_MAX};
    const char *length = cyn_arg(args, "for");
    int64_t micros = 0;
    cyn_code rc = CYN_OK;
    if (length) CYN_GOTO(cyn_alerts_duration("for", length, &micros, &err));
    if (length) r.until = cyn_monotonic() + micros;
    cyn_ask_data(&a->session, NULL, 0);
    if (r.send) CYN_GOTO(cyn_notify_start(&err));
    CYN_GOTO(show_mistakes(&r, &err));
    CYN_GOTO(load_watch(&r, &err));
    if (length) cyn_script_rest(a->session.script);
    rc = go_on(&r, args, &err);
done:
    cyn_watch_free(r.watch);
    if (rc != CYN_OK) return cyn_fail_exit(&err);
    return r.failed || a->session.findings.count > 0 ? CYN_EXIT_FAILED : CYN_EXIT_OK;
}

int cyn_cmd_alerts_run(const cyn_args *args)
{
    cyn_alerts a;
    cyn_err err = {0};
    cyn_lock lock = {.fd = -1};
    if (args->npositional)
        return cyn_usage_error(args, "expected no argument, found '%s'", args->positional[0]);
    int rc = cyn_alerts_open(&a, args);
    if (rc == CYN_EXIT_OK) {
        const char *path =
            cyn_sprintf(a.session.arena, "%s/.cynosure/alerts.lock", a.session.project->dir);
        cyn_code code = path ? cyn_lock_take(path, "alerts run", &lock, &err) : cyn_nomem(&err);
        rc = code == CYN_OK ? run_locked(&a, args) : cyn_fail_exit(&err);
    }
    cyn_alerts_close(&a);
    cyn_lock_release(&lock);
    return rc;
}
