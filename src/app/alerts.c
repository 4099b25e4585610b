#include "app/alerts.h"
#include "app/ask.h"
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- opening ---- */

static cyn_code open_store(cyn_alerts *a, cyn_err *err)
{
    const char *path = cyn_state_path(a->session.project->dir, a->session.arena);
    if (!path) return cyn_nomem(err);
    return cyn_store_open(path, &a->store, err);
}

int cyn_alerts_open(cyn_alerts *a, const cyn_args *args)
{
    cyn_err err = {0};
    *a = (cyn_alerts){.report = {.format = CYN_FORMAT_TABLE}, .clock = cyn_now()};
    if (cyn_ask_format(args, false, &a->report.format, &err) != CYN_OK) return cyn_fail_exit(&err);
    int rc = cyn_session_open(&a->session, args, false);
    if (rc != CYN_EXIT_OK) return rc;
    cyn_ask_look(&a->session, args, &a->report);
    return open_store(a, &err) == CYN_OK ? CYN_EXIT_OK : cyn_fail_exit(&err);
}

void cyn_alerts_close(cyn_alerts *a)
{
    cyn_roster_clear(&a->roster);
    cyn_store_close(a->store);
    if (a->session.arena) cyn_session_close(&a->session);
}

cyn_code cyn_alerts_load(cyn_alerts *a, cyn_err *err)
{
    CYN_TRY(
        cyn_roster_load(a->session.project, a->store, a->clock, a->session.arena, &a->roster, err));
    if (a->roster.bad.code != CYN_OK) cyn_print_note(&a->roster.bad);
    return CYN_OK;
}

/* ---- options ---- */

cyn_code cyn_alerts_duration(const char *option, const char *text, int64_t *out, cyn_err *err)
{
    if (cyn_parse_duration(text, strlen(text), out) && *out > 0) return CYN_OK;
    return cyn_fail(err, CYN_E_USAGE, "--%s %s: expected a duration such as 30m, 2h or 1d", option,
                    text);
}

cyn_code cyn_alerts_time(const cyn_alerts *a, const char *option, const char *text, int64_t *out,
                         cyn_err *err)
{
    if (cyn_parse_instant(text, strlen(text), a->session.project->calendar.tz, out)) return CYN_OK;
    return cyn_fail(err, CYN_E_USAGE,
                    "--%s %s: expected a date or a time, 2026-11-16 or \"2026-11-16 09:00\"",
                    option, text);
}

cyn_code cyn_alerts_number(const char *what, const char *text, int64_t *out, cyn_err *err)
{
    char *end;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    if (end == text || *end || errno || n < 1)
        return cyn_fail(err, CYN_E_USAGE, "'%s' is no ID of a %s: expected a number", text, what);
    *out = n;
    return CYN_OK;
}

const char *cyn_alerts_who(const cyn_args *args)
{
    const char *who = cyn_arg(args, "who");
    if (!who) who = getenv("USER");
    if (!who || !*who) who = getenv("LOGNAME");
    if (who && *who) return who;
    const struct passwd *user = getpwuid(geteuid()); /* cron has no $USER everywhere */
    return user ? user->pw_name : "?";
}
