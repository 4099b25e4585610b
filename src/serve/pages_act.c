/* The forms of the alerts' page. Each answers with a redirection to it, so that loading the page
 * again does nothing again. */
#include "base/num.h"
#include "live/roster.h"
#include "serve/pages_impl.h"
#include <string.h>

/* The state, opened for writing, and all that it says about alerts. */
typedef struct act {
    cyn_site *site;
    const cyn_request *request;
    const cyn_opened *opened;
    cyn_store *store;
    cyn_roster roster;
} act;

typedef cyn_code doing(act *a, cyn_err *err);

static cyn_code open_state(act *a, cyn_err *err)
{
    a->opened = cyn_site_opened(a->site);
    if (!a->opened || !a->opened->usable)
        return cyn_fail(err, CYN_E_STATE, "the project is not loaded yet");
    CYN_TRY(cyn_store_open(a->site->state, &a->store, err));
    return cyn_roster_load(a->opened->project, a->store, a->site->clock(), a->request->arena,
                           &a->roster, err);
}

static cyn_code run(cyn_site *site, const cyn_request *r, cyn_reply *reply, doing *what,
                    cyn_err *err)
{
    act a = {.site = site, .request = r};
    cyn_code rc = open_state(&a, err);
    if (rc == CYN_OK) rc = what(&a, err);
    cyn_roster_clear(&a.roster);
    cyn_store_close(a.store);
    cyn_opened_unref(a.opened);
    if (rc != CYN_OK) return rc;
    if (site->wake) site->wake(site->self);
    reply->status = 303;
    reply->location =
        pages_asked(r) ? cyn_sprintf(r->arena, "/alerts?lang=%s", r->language) : "/alerts";
    return reply->location ? CYN_OK : cyn_nomem(err);
}

/* What somebody typed; NULL where that is nothing. */
static const char *typed(const act *a, const char *name)
{
    const char *s = cyn_request_value(a->request, name);
    return s && s[strspn(s, " \t\r\n")] ? s : NULL;
}

/* The name that somebody gave; whoever may write is believed. */
static const char *who(const act *a)
{
    const char *name = typed(a, "who");
    return name ? name : a->request->who;
}

/* ---- acknowledgements ---- */

static cyn_code ack(act *a, cyn_err *err)
{
    const cyn_alert_row *const *rows = NULL;
    size_t n = 0;
    const char *alert = typed(a, "alert");
    if (!alert) return cyn_fail(err, CYN_E_USAGE, "which alert? The field 'alert' is missing");
    return cyn_roster_ack(&a->roster, alert, who(a), typed(a, "why"), typed(a, "undo") != NULL,
                          &rows, &n, err);
}

cyn_code pages_ack(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    return run(site, r, reply, ack, err);
}

/* ---- silences ---- */

static cyn_code read_matchers(act *a, const char *const **out, size_t *n, cyn_err *err)
{
    const cyn_request *r = a->request;
    const char **texts = CYN_NEW_ARRAY(r->arena, r->nform + 1, const char *);
    if (!texts) return cyn_nomem(err);
    *n = 0;
    for (size_t i = 0; i < r->nform; i++)
        if (strcmp(r->form[i].name, "match") == 0) texts[(*n)++] = r->form[i].value;
    *out = texts;
    if (*n) return CYN_OK;
    return cyn_fail(err, CYN_E_USAGE, "silence what? The field 'match' is missing");
}

static cyn_code silence(act *a, cyn_err *err)
{
    const char *const *texts = NULL, *length = typed(a, "for");
    size_t n = 0, matching = 0;
    int64_t micros = 0;
    cyn_alert_silence s = {.from = a->roster.clock, .who = who(a), .why = typed(a, "why")};
    if (!length || !cyn_parse_duration(length, strlen(length), &micros) || micros <= 0)
        return cyn_fail(err, CYN_E_SYNTAX, "for how long? Expected a duration such as 2h or 1d");
    CYN_TRY(read_matchers(a, &texts, &n, err));
    CYN_TRY(cyn_roster_silence_end(&a->roster, s.from, micros, CYN_TIME_MIN, &s.until, err));
    CYN_TRY(cyn_matchers_parse(texts, n, a->request->arena, &s.matchers, err));
    s.nmatchers = n;
    cyn_code rc = cyn_roster_silence(&a->roster, &s, &matching, err);
    cyn_matchers_free(s.matchers, n);
    return rc;
}

cyn_code pages_silence(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    return run(site, r, reply, silence, err);
}

static cyn_code unsilence(act *a, cyn_err *err)
{
    const char *text = typed(a, "id");
    int64_t id = 0;
    if (!text || !cyn_parse_integer(text, strlen(text), &id))
        return cyn_fail(err, CYN_E_USAGE, "which silence? The field 'id' is missing");
    return cyn_store_end_silence(a->store, id, a->roster.clock, err);
}

cyn_code pages_unsilence(cyn_site *site, const cyn_request *r, cyn_reply *reply, cyn_err *err)
{
    return run(site, r, reply, unsilence, err);
}
