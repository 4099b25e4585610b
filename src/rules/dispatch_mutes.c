/* All that mutes: what the project says, what people said, and what fires. */
#include "rules/dispatch_impl.h"
#include "rules/duty.h"

static cyn_code add_calendar(const cyn_project *p, const char *name, cyn_arena *arena,
                             cyn_maintenance *to, cyn_err *err)
{
    cyn_alert_calendar *calendar = CYN_NEW(arena, cyn_alert_calendar);
    if (!calendar) return cyn_nomem(err);
    cyn_code rc = cyn_duty_find(p, name, arena, calendar, err);
    if (rc != CYN_OK) {
        cyn_context(err, "maintenance");
        return rc;
    }
    to->calendar = calendar;
    return CYN_OK;
}

static cyn_code add_window(const cyn_project *p, const cyn_config_maintenance *from,
                           cyn_arena *arena, cyn_maintenance *to, cyn_err *err)
{
    *to = (cyn_maintenance){.from = from->from, .until = from->until, .why = from->why};
    if (from->calendar) CYN_TRY(add_calendar(p, from->calendar, arena, to, err));
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
