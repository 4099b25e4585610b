/* What changes faster than values: alerts, silences, events, the agenda. */
#include "live/agenda.h"
#include "live/overview.h"
#include "live/roster.h"

#define EVENTS 50 /* the newest ones */

/* All that the page of alerts shows. */
static cyn_code read_rules(cyn_roster *r, cyn_page_data *out, cyn_err *err)
{
    const cyn_event_filter newest = {.from = CYN_TIME_MIN, .to = CYN_TIME_MAX, .most = EVENTS};
    cyn_alerts_view *view = CYN_NEW(r->arena, cyn_alerts_view);
    cyn_history_item *history = NULL;
    if (!view) return cyn_nomem(err);
    CYN_TRY(cyn_roster_view(r, NULL, false, view, err));
    CYN_TRY(cyn_roster_events(r, &newest, &history, &out->nhistory, err));
    out->alerts = view;
    out->history = history;
    out->silences = r->mutes.silences;
    out->nsilences = r->mutes.nsilences;
    return CYN_OK;
}

static cyn_code read_alerts(cyn_roster *r, cyn_page_data *out, cyn_err *err)
{
    cyn_alerts_view *view = CYN_NEW(r->arena, cyn_alerts_view);
    if (!view) return cyn_nomem(err);
    CYN_TRY(cyn_roster_alerts(r, NULL, false, view, err));
    out->alerts = view;
    return CYN_OK;
}

cyn_code cyn_overview_now(const cyn_overview *v, cyn_store *st, int64_t now, unsigned parts,
                          cyn_arena *arena, cyn_page_data *out, cyn_err *err)
{
    const cyn_project *p = v->opened->project;
    cyn_roster r = {0};
    cyn_page_data data = v->data;
    cyn_code rc = CYN_OK;
    if (parts & (CYN_NOW_ALERTS | CYN_NOW_RULES)) rc = cyn_roster_load(p, st, now, arena, &r, err);
    if (rc == CYN_OK && (parts & CYN_NOW_RULES))
        rc = read_rules(&r, &data, err);
    else if (rc == CYN_OK && (parts & CYN_NOW_ALERTS))
        rc = read_alerts(&r, &data, err);
    cyn_roster_clear(&r); /* what matchers were compiled to: they are shown, and match no more */
    if (rc == CYN_OK && (parts & CYN_NOW_AGENDA))
        rc = cyn_agenda(p, st, now, arena, &data.agenda, &data.nagenda, err);
    if (rc == CYN_OK) *out = data;
    return rc;
}
