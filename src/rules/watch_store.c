#include "rules/watch_store.h"
#include "rules/watch_impl.h"
#include "store/outbox.h"

/* ---- loading ---- */

/* What one row cannot tell is a note; the others go on. */
static cyn_code noted(cyn_code rc, const cyn_err *bad, cyn_err_list *notes, cyn_err *err)
{
    if (rc == CYN_OK) return CYN_OK;
    if (cyn_concerns_all(rc)) {
        if (err) *err = *bad;
        return rc;
    }
    if (notes) cyn_err_list_add(notes, bad);
    return CYN_OK;
}

static cyn_code load_rules(cyn_watch *w, cyn_store *st, cyn_arena *arena, cyn_err_list *notes,
                           cyn_err *err)
{
    const cyn_rule_row *rows = NULL;
    size_t n = 0;
    CYN_TRY(cyn_store_rules(st, arena, &rows, &n, err));
    for (size_t i = 0; i < n; i++) {
        cyn_err bad = {0};
        cyn_code rc = cyn_watch_restore_rule(w, rows[i].rule, rows[i].slot, &bad);
        CYN_TRY(noted(rc, &bad, notes, err));
    }
    return CYN_OK;
}

static cyn_code load_alerts(cyn_watch *w, cyn_store *st, cyn_arena *arena, cyn_err_list *notes,
                            cyn_err *err)
{
    const cyn_alert_row *rows = NULL;
    size_t n = 0;
    cyn_err bad = {0};
    CYN_TRY(cyn_store_alerts(st, arena, &rows, &n, &bad, err));
    CYN_TRY(noted(bad.code, &bad, notes, err));
    for (size_t i = 0; i < n; i++) {
        const cyn_alert_row *a = &rows[i];
        cyn_code rc =
            cyn_watch_restore_alert(w, a->rule, a->labels, a->nlabels, &a->alert, &a->told, &bad);
        CYN_TRY(noted(rc, &bad, notes, err));
    }
    return CYN_OK;
}

/* A rule that was withdrawn, or forgotten, and comes back within a slot that has events of it would
 * have the same ones again, by the same keys, and nobody would be told: it waits for the next slot.
 */
static cyn_code load_events(cyn_watch *w, cyn_store *st, int64_t now, cyn_err *err)
{
    for (size_t i = 0; i < w->nrules; i++) {
        watch_rule *r = &w->rules[i];
        if (r->slot != CYN_SLOT_NONE) continue;
        CYN_TRY(cyn_store_last_event(st, r->rule->name, now, &r->recorded, err));
    }
    return CYN_OK;
}

cyn_code cyn_watch_load(cyn_watch *w, cyn_store *st, int64_t now, cyn_err_list *notes, cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) return cyn_nomem(err);
    cyn_code rc = load_rules(w, st, arena, notes, err);
    if (rc == CYN_OK) rc = load_alerts(w, st, arena, notes, err);
    if (rc == CYN_OK) rc = load_events(w, st, now, err);
    cyn_arena_free(arena);
    return rc;
}

/* ---- keeping ---- */

/* What an evaluation adds to what is known of the rule. One that is tried again leaves the rule at
 * its last slot: what was missed is counted when there is an evaluation. */
static cyn_code keep_rule(cyn_store *st, const cyn_watch_rule *r, cyn_err *err)
{
    cyn_rule_row was;
    bool known = false;
    char error[sizeof *r->error];
    CYN_TRY(cyn_store_known_rule(st, r->rule->name, &known, &was, err));
    cyn_rule_row row = {.rule = r->rule->name,
                        .slot = !r->again ? r->slot
                                : known   ? was.slot
                                          : CYN_ALERT_NEVER,
                        .missed = (known ? was.missed : 0) + (r->again ? 0 : r->missed),
                        .health = r->health,
                        .health_since =
                            known && was.health == r->health ? was.health_since : r->slot,
                        .frozen_by = r->frozen_by,
                        .segments = (int64_t)r->segments,
                        .firing = (int64_t)r->firing,
                        .pending = (int64_t)r->pending};
    if (r->error) {
        cyn_err_format(r->error, error, sizeof error);
        row.error = error;
    }
    return cyn_store_put_rule(st, &row, err);
}

static cyn_code keep_alert(cyn_store *st, const cyn_watch_alert *a, cyn_err *err)
{
    if (!a->rule) CYN_TRY(cyn_store_drop_rule(st, a->rule_name, err));
    if (a->forgotten) return cyn_store_drop_alert(st, a->identity, err);
    cyn_alert_row row = {.rule = a->rule_name,
                         .identity = a->identity,
                         .labels = a->labels,
                         .nlabels = a->nlabels,
                         .alert = a->alert,
                         .told = a->told,
                         .value = a->value,
                         .period = a->period,
                         .facts = a->facts};
    return cyn_store_put_alert(st, &row, err);
}

/* The rule's channels are told, and whoever was told before: a rule that is gone names none. */
static cyn_code keep_event(cyn_store *st, const cyn_watch_event *e, int64_t now, cyn_err *err)
{
    size_t n = e->tell && e->rule ? e->rule->nnotify : 0;
    CYN_TRY(cyn_store_add_event(st, &e->notice, &e->event, n ? e->rule->notify : NULL, n, err));
    return e->tell ? cyn_store_add_followers(st, e->notice.key, now, err) : CYN_OK;
}

static cyn_code keep_all(cyn_store *st, int64_t now, const cyn_watch_result *result, cyn_err *err)
{
    for (size_t i = 0; i < result->ngone; i++)
        CYN_TRY(cyn_store_drop_rule(st, result->gone[i], err));
    for (size_t i = 0; i < result->nrules; i++)
        CYN_TRY(keep_rule(st, &result->rules[i], err));
    for (size_t i = 0; i < result->nchanged; i++)
        CYN_TRY(keep_alert(st, &result->changed[i], err));
    for (size_t i = 0; i < result->nevents; i++)
        CYN_TRY(keep_event(st, &result->events[i], now, err));
    return cyn_store_commit_alerts(st, err);
}

cyn_code cyn_watch_keep(cyn_watch *w, cyn_store *st, int64_t now, const cyn_watch_result *result,
                        cyn_err *err)
{
    (void)w; /* all that is to be kept is in the result */
    if (result->nrules + result->nchanged + result->nevents + result->ngone == 0) return CYN_OK;
    CYN_TRY(cyn_store_begin_alerts(st, now, err));
    cyn_code rc = keep_all(st, now, result, err);
    if (rc != CYN_OK) cyn_store_undo_alerts(st);
    return rc;
}
