/* alerts forget: what is remembered of a rule, its last slot and its alerts, is dropped. */
#include "app/alerts.h"
#include "app/commands.h"
#include "base/text.h"
#include "live/lock.h"
#include <string.h>

/* In the open transaction. */
static cyn_code drop(cyn_alerts *a, const char *rule, size_t *dropped, cyn_err *err)
{
    *dropped = 0;
    CYN_TRY(cyn_store_drop_rule(a->store, rule, err));
    for (size_t i = 0; i < a->roster.nrows; i++) {
        if (strcmp(a->roster.rows[i].rule, rule) != 0) continue;
        CYN_TRY(cyn_store_drop_alert(a->store, a->roster.rows[i].identity, err));
        ++*dropped;
    }
    return CYN_OK;
}

static void say_dropped(const cyn_alerts *a, const char *rule, size_t n, cyn_buf *out)
{
    if (cyn_is_japanese(a->report.language))
        cyn_buf_printf(out, "%s：評価の記録とアラート%zu件を消しました\n", rule, n);
    else
        cyn_buf_printf(out, "%s: forgotten, with %zu alert%s\n", rule, n, n == 1 ? "" : "s");
}

/* All that are named, or none. */
static cyn_code forget(cyn_alerts *a, const cyn_args *args, cyn_buf *out, cyn_err *err)
{
    const cyn_rule *rule;
    size_t n;
    CYN_TRY(cyn_alerts_load(a, err));
    for (size_t i = 0; i < args->npositional; i++)
        CYN_TRY(cyn_roster_need_rule(&a->roster, args->positional[i], &rule, err));
    CYN_TRY(cyn_store_begin_alerts(a->store, a->clock, err));
    for (size_t i = 0; i < args->npositional; i++) {
        cyn_code rc = drop(a, args->positional[i], &n, err);
        if (rc != CYN_OK) return rc; /* it has ended the transaction */
        say_dropped(a, args->positional[i], n, out);
    }
    return cyn_store_commit_alerts(a->store, err);
}

static int forget_locked(cyn_alerts *a, const cyn_args *args)
{
    cyn_err err = {0};
    cyn_buf out = {0};
    cyn_code rc = forget(a, args, &out, &err);
    if (rc == CYN_OK) return cyn_print(&out);
    cyn_buf_clear(&out);
    return cyn_fail_exit(&err);
}

/* An `alerts run` that is at work would write down again what it has in memory. */
int cyn_cmd_alerts_forget(const cyn_args *args)
{
    cyn_alerts a;
    cyn_err err = {0};
    cyn_lock lock = {.fd = -1};
    if (args->npositional == 0)
        return cyn_usage_error(args, "forget which rule? 'cynosure alerts --all' lists them");
    int rc = cyn_alerts_open(&a, args);
    if (rc == CYN_EXIT_OK) {
        const char *path =
            cyn_sprintf(a.session.arena, "%s/.cynosure/alerts.lock", a.session.project->dir);
        cyn_code code = path ? cyn_lock_take(path, "alerts forget", &lock, &err) : cyn_nomem(&err);
        rc = code == CYN_OK ? forget_locked(&a, args) : cyn_fail_exit(&err);
    }
    cyn_alerts_close(&a);
    cyn_lock_release(&lock);
    return rc;
}
