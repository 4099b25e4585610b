/* What changes faster than values: alerts, silences, events, the agenda. */
#include "live/agenda.h"
#include "live/overview.h"
#include "live/roster.h"

#include "base/text.h"
#include <stdlib.h>

#define EVENTS 50 /* the newest ones, and as many words */

/* ---- what people said ---- */

static int newest_first(const void *x, const void *y)
{
    const cyn_page_word *a = x, *b = y;
    if (a->at != b->at) return a->at > b->at ? -1 : 1;
    return a->silenced - b->silenced;
}

/* "aha channel=\"ads\"": what is silenced, as somebody would write it. */
static const char *matchers_text(const cyn_alert_silence *s, cyn_arena *arena)
{
    cyn_buf text = {0};
    for (size_t i = 0; i < s->nmatchers; i++) {
        if (i) cyn_buf_putc(&text, ' ');
        cyn_matcher_text(&s->matchers[i], &text);
    }
    const char *copy =
        text.failed ? NULL : cyn_strndup(arena, text.data ? text.data : "", text.len);
    cyn_buf_clear(&text);
    return copy;
}

static cyn_code read_words(const cyn_roster *r, cyn_page_data *out, cyn_err *err)
{
    const cyn_alert_silence *silences = NULL;
    size_t n = 0;
    CYN_TRY(cyn_store_silences(r->store, r->clock, true, r->arena, &silences, &n, err));
    cyn_page_word *words = CYN_NEW_ARRAY(r->arena, n + r->nacks + 1, cyn_page_word);
    bool complete = words != NULL;
    size_t count = 0;
    for (size_t i = 0; complete && i < n; i++) {
        const cyn_alert_silence *s = &silences[i];
        words[count++] = (cyn_page_word){.at = s->from,
                                         .silenced = true,
                                         .about = matchers_text(s, r->arena),
                                         .who = s->who,
                                         .why = s->why};
        complete = words[count - 1].about != NULL;
    }
    cyn_silences_free(silences, n); /* what their matchers were compiled to */
    if (!complete) return cyn_nomem(err);
    for (size_t i = 0; i < r->nacks; i++)
        words[count++] = (cyn_page_word){.at = r->acks[i].at,
                                         .about = r->acks[i].identity,
                                         .who = r->acks[i].who,
                                         .why = r->acks[i].why};
    if (count) qsort(words, count, sizeof *words, newest_first);
    out->words = words;
    out->nwords = count < EVENTS ? count : EVENTS;
    return CYN_OK;
}

/* ---- all of it ---- */

/* Found out before what matchers were compiled to is gone. */
static cyn_code read_refused(const cyn_roster *r, cyn_page_data *out, cyn_err *err)
{
    bool *refused = CYN_NEW_ARRAY(r->arena, r->mutes.nsilences + 1, bool);
    if (!refused) return cyn_nomem(err);
    for (size_t i = 0; i < r->mutes.nsilences; i++)
        refused[i] = cyn_silence_is_refused(&r->mutes.silences[i]);
    out->refused = refused;
    return CYN_OK;
}

/* All that the page of alerts shows. */
static cyn_code read_rules(cyn_roster *r, cyn_page_data *out, cyn_err *err)
{
    const cyn_event_filter newest = {.from = CYN_TIME_MIN, .to = CYN_TIME_MAX, .most = EVENTS};
    cyn_alerts_view *view = CYN_NEW(r->arena, cyn_alerts_view);
    cyn_history_item *history = NULL;
    if (!view) return cyn_nomem(err);
    CYN_TRY(cyn_roster_view(r, NULL, false, view, err));
    CYN_TRY(cyn_roster_events(r, &newest, &history, &out->nhistory, err));
    CYN_TRY(read_words(r, out, err));
    out->alerts = view;
    out->history = history;
    CYN_TRY(read_refused(r, out, err));
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
                          const char *language, cyn_arena *arena, cyn_page_data *out, cyn_err *err)
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
    for (size_t i = 0; i < r.nrules; i++)
        data.ill += r.rules[i].health == CYN_HEALTH_ERROR && cyn_roster_rule(&r, r.rules[i].rule);
    cyn_roster_clear(&r); /* what matchers were compiled to: they are shown, and match no more */
    if (rc == CYN_OK && (parts & CYN_NOW_AGENDA))
        rc = cyn_agenda_in(p, st, now, language, arena, &data.agenda, &data.nagenda, err);
    if (rc == CYN_OK) *out = data;
    return rc;
}
