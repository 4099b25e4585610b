#include "rules/duty.h"
#include "base/text.h"
#include <string.h>

static const cyn_config_calendar *find(const cyn_config *c, const char *name)
{
    for (size_t i = 0; i < c->ncalendars; i++)
        if (!strcmp(c->calendars[i].name, name)) return &c->calendars[i];
    return NULL;
}

static cyn_code not_there(const cyn_config *c, const char *name, cyn_arena *arena, cyn_err *err)
{
    const char **names = CYN_NEW_ARRAY(arena, c->ncalendars + 1, const char *);
    if (!names) return cyn_nomem(err);
    for (size_t i = 0; i < c->ncalendars; i++)
        names[i] = c->calendars[i].name;
    const char *near = cyn_nearest(name, names, c->ncalendars);
    cyn_fail(err, CYN_E_NAME, "cynosure.yaml has no calendar '%s'", name);
    if (near) cyn_hint(err, "did you mean '%s'?", near);
    return CYN_E_NAME;
}

cyn_code cyn_duty_find(const cyn_project *p, const char *name, cyn_arena *arena,
                       cyn_alert_calendar *out, cyn_err *err)
{
    const cyn_config_calendar *c = find(p->config, name);
    if (!c) return not_there(p->config, name, arena, err);
    cyn_alert_hours *hours = CYN_NEW_ARRAY(arena, c->nhours + 1, cyn_alert_hours);
    if (!hours) return cyn_nomem(err);
    for (size_t i = 0; i < c->nhours; i++)
        CYN_TRY(cyn_alert_parse_hours(c->hours[i], strlen(c->hours[i]), &hours[i], err));
    cyn_alert_calendar calendar = {.tz = p->calendar.tz,
                                   .days = c->days,
                                   .hours = hours,
                                   .nhours = c->nhours,
                                   .holidays = c->holidays,
                                   .nholidays = c->nholidays};
    CYN_TRY(cyn_alert_check_calendar(&calendar, err));
    *out = calendar;
    return CYN_OK;
}
