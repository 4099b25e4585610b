/* All that mutes: what the project says, what people said, and what fires. */
#include "rules/dispatch_impl.h"
#include <string.h>

static cyn_code make_calendar(const cyn_project *p, const char *name, cyn_arena *arena,
                              const cyn_alert_calendar **out, cyn_err *err)
{
    const cyn_config *config = p->config;
    size_t i = 0;
    while (i < config->ncalendars && strcmp(config->calendars[i].name, name) != 0)
        i++;
    if (i == config->ncalendars)
        return cyn_fail(err, CYN_E_NAME, "maintenance: there is no calendar '%s'", name);
    const cyn_config_calendar *c = &config->calendars[i];
    cyn_alert_calendar *calendar = CYN_NEW(arena, cyn_alert_calendar);
    cyn_alert_hours *hours = CYN_NEW_ARRAY(arena, c->nhours + 1, cyn_alert_hours);
    if (!calendar || !hours) return cyn_nomem(err);
    for (size_t h = 0; h < c->nhours; h++)
        CYN_TRY(cyn_alert_parse_hours(c->hours[h], strlen(c->hours[h]), &hours[h], err));
    *calendar = (cyn_alert_calendar){.tz = p->calendar.tz,
                                     .days = c->days,
                                     .hours = hours,
                                     .nhours = c->nhours,
                                     .holidays = c->holidays,
                                     .nholidays = c->nholidays};
    *out = calendar;
    return CYN_OK;
}

static cyn_code add_window(const cyn_project *p, const cyn_config_maintenance *from,
                           cyn_arena *arena, cyn_maintenance *to, cyn_err *err)
{
    *to = (cyn_maintenance){.from = from->from, .until = from->until, .why = from->why};
    if (from->calendar) CYN_TRY(make_calendar(p, from->calendar, arena, &to->calendar, err));
    CYN_TRY(cyn_matchers_parse(from->match, from->nmatch, arena, &to->matchers, err));
    to->nmatchers = from->nmatch;
    return CYN_OK;
}

static cyn_code add_inhibition(const cyn_config_inhibition *from, cyn_arena *arena,
                               cyn_inhibition *to, cyn_err *err)
{
    *to = (cyn_inhibition){.equal = from->equal, .nequal = from->nequal};
    CYN_TRY(cyn_matchers_parse(from->source, from->nsource, arena, &to->source, err));
    to->nsource = from->nsource;
    CYN_TRY(cyn_matchers_parse(from->target, from->ntarget, arena, &to->target, err));
    to->ntarget = from->ntarget;
    return CYN_OK;
}

/* Counts go up one by one, so that what was compiled before a failure is freed. */
static cyn_code fill(const cyn_project *p, cyn_store *st, int64_t now, cyn_arena *arena,
                     cyn_mutes *m, cyn_maintenance *windows, cyn_inhibition *inhibitions,
                     cyn_err *err)
{
    const cyn_config *c = p->config;
    CYN_TRY(cyn_store_silences(st, now, false, arena, &m->silences, &m->nsilences, err));
    for (size_t i = 0; i < c->nmaintenance; i++) {
        m->nmaintenance++;
        CYN_TRY(add_window(p, &c->maintenance[i], arena, &windows[i], err));
    }
    for (size_t i = 0; i < c->ninhibit; i++) {
        m->ninhibitions++;
        CYN_TRY(add_inhibition(&c->inhibit[i], arena, &inhibitions[i], err));
    }
    if (c->ninhibit) CYN_TRY(cyn_store_firing(st, arena, &m->firing, &m->nfiring, err));
    return CYN_OK;
}

cyn_code cyn_dispatch_mutes(const cyn_project *p, cyn_store *st, int64_t now, cyn_arena *arena,
                            cyn_mutes *out, cyn_err *err)
{
    cyn_maintenance *windows = CYN_NEW_ARRAY(arena, p->config->nmaintenance + 1, cyn_maintenance);
    cyn_inhibition *inhibitions = CYN_NEW_ARRAY(arena, p->config->ninhibit + 1, cyn_inhibition);
    if (!windows || !inhibitions) return cyn_nomem(err);
    cyn_mutes m = {.maintenance = windows, .inhibitions = inhibitions};
    cyn_code rc = fill(p, st, now, arena, &m, windows, inhibitions, err);
    if (rc == CYN_OK)
        *out = m;
    else
        cyn_dispatch_free_mutes(&m);
    return rc;
}

void cyn_dispatch_free_mutes(const cyn_mutes *m)
{
    cyn_silences_free(m->silences, m->nsilences);
    for (size_t i = 0; i < m->nmaintenance; i++)
        cyn_matchers_free(m->maintenance[i].matchers, m->maintenance[i].nmatchers);
    for (size_t i = 0; i < m->ninhibitions; i++) {
        cyn_matchers_free(m->inhibitions[i].source, m->inhibitions[i].nsource);
        cyn_matchers_free(m->inhibitions[i].target, m->inhibitions[i].ntarget);
    }
}
