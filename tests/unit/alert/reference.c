#include "reference.h"
#include <string.h>

/* ---- what an entry says ---- */

static char instead(cyn_alert_instead what)
{
    return what == CYN_INSTEAD_OK ? '-' : what == CYN_INSTEAD_FIRE ? '+' : '.';
}

char letter(const entry *e)
{
    if (e->s.what == CYN_SEEN_WITHDRAWN) return 'x';
    if (e->s.frozen) return 'f';
    if (e->s.what == CYN_SEEN_NO_DATA) return instead(e->p.no_data);
    if (e->s.what == CYN_SEEN_ERROR) return instead(e->p.on_error);
    if (e->s.what == CYN_SEEN_NOT_READY) return '.';
    return "+~-g"[e->s.what];
}

static bool is_new_definition(const entry *log, int i)
{
    return i > 0 && log[i].s.definition != log[i - 1].s.definition;
}

static bool is_report(const entry *e)
{
    return letter(e) != 'f' && strchr("+~-.", letter(e)) && e->s.what != CYN_SEEN_NO_DATA &&
           e->s.what != CYN_SEEN_ERROR;
}

/* The time from one entry to another that counts: interval by interval. */
static int64_t counted(const entry *log, int from, int to, bool holds)
{
    int64_t sum = 0;
    for (int i = from + 1; i <= to; i++) {
        int64_t start = log[i - 1].s.slot;
        bool gap = holds && !log[i].p.hold_counts_down_time && log[i].s.before > start;
        if (letter(&log[i]) != 'f') sum += log[i].s.slot - (gap ? log[i].s.before : start);
    }
    return sum;
}

/* ---- stories ---- */

/* Where a condition that became true at `from` either fires, or is dropped; n: neither yet. */
static int pending_ends(const entry *log, int n, int from, bool *fires)
{
    for (int i = from; i < n; i++) {
        char c = letter(&log[i]);
        *fires = false;
        if (i > from && is_new_definition(log, i)) return i;
        if (strchr("~-gx", c)) return i;
        *fires = c == '+' && counted(log, from, i, true) >= log[i].p.hold;
        if (*fires) return i;
    }
    return n;
}

/* Since when an incident that fired at `from` has been recovering at i; -1: it is not. */
static int recovering_since(const entry *log, int from, int i)
{
    int since = -1;
    for (; i > from && letter(&log[i]) != '+'; i--)
        if (letter(&log[i]) == '-') since = i;
    return since;
}

/* Evaluations up to i, since the segment was last reported, that did without it. */
static int absences(const entry *log, int from, int i)
{
    int n = 0;
    for (; i > from && !is_report(&log[i]); i--)
        n += letter(&log[i]) == 'g';
    return n;
}

/* Why an incident that fired at `from` ends at i; NONE: it does not. */
static cyn_alert_reason why_it_ends(const entry *log, int from, int i)
{
    char c = letter(&log[i]);
    if (c == 'x') return CYN_REASON_WITHDRAWN;
    if (!strchr("~-g", c)) return CYN_REASON_NONE;
    int since = recovering_since(log, from, i);
    if (since >= 0 && counted(log, since, i, false) >= log[i].p.keep)
        return log[i].s.what == CYN_SEEN_NO_DATA ? CYN_REASON_NO_DATA
               : log[i].s.what == CYN_SEEN_ERROR ? CYN_REASON_ERROR
                                                 : CYN_REASON_RECOVERED;
    return c == 'g' && absences(log, from, i) > log[i].p.gone_after ? CYN_REASON_GONE
                                                                    : CYN_REASON_NONE;
}

static int incident_ends(const entry *log, int n, int from)
{
    int i = from + 1;
    while (i < n && why_it_ends(log, from, i) == CYN_REASON_NONE)
        i++;
    return i;
}

/* ---- telling them ---- */

/* The last severity that was said from the beginning up to i, by entries that a firing or pending
 * alert takes it from. */
static int severity_at(const entry *log, int began, int fired, int i)
{
    int severity = 0;
    for (int k = began; k <= i; k++) {
        char c = letter(&log[k]);
        bool takes = c == '+' || (c == '~' && k > fired && recovering_since(log, fired, k) < 0);
        if (!takes) continue;
        if (log[k].s.severity > 0) severity = log[k].s.severity;
        if (severity == 0) severity = 1;
    }
    return severity;
}

static void tell_calm(const reckoning *story, int from, int to, reckoning *out)
{
    for (int i = from; i < to; i++) {
        out[i] = *story;
        out[i].counted = 0;
    }
}

static void tell_pending(const entry *log, int began, int to, reckoning *out)
{
    for (int i = began; i < to; i++)
        out[i] = (reckoning){
            .state = CYN_ALERT_PENDING,
            .since = log[began].s.slot,
            .began = log[began].s.slot,
            .start = CYN_ALERT_NEVER,
            .counted = counted(log, began, i, true),
            .severity = severity_at(log, began, LOG_MOST, i),
        };
}

/* Since when it fires without a break at i: the '+' after the last time it was recovering. */
static int firing_since(const entry *log, int fired, int i)
{
    int since = fired;
    for (int k = fired + 1; k <= i; k++)
        if (letter(&log[k]) == '+' && recovering_since(log, fired, k - 1) >= 0) since = k;
    return since;
}

static void tell_incident(const entry *log, int began, int fired, int to, reckoning *out)
{
    for (int i = fired; i < to; i++) {
        int since = recovering_since(log, fired, i);
        bool recovers = since >= 0;
        out[i] = (reckoning){
            .state = recovers ? CYN_ALERT_RECOVERING : CYN_ALERT_FIRING,
            .since = log[recovers ? since : firing_since(log, fired, i)].s.slot,
            .began = log[began].s.slot,
            .start = log[fired].s.slot,
            .counted = recovers ? counted(log, since, i, false) : 0,
            .severity = severity_at(log, began, fired, i),
        };
    }
}

/* From a condition that becomes true to where its story ends; what comes after it in *after. */
static int tell_story(const entry *log, int n, int began, reckoning *after, reckoning *out)
{
    bool fires = false;
    int end = pending_ends(log, n, began, &fires);
    tell_pending(log, began, end, out);
    if (!fires) {
        *after = (reckoning){.since = end < n ? log[end].s.slot : 0,
                             .began = CYN_ALERT_NEVER,
                             .start = CYN_ALERT_NEVER};
        return end;
    }
    int fired = end;
    end = incident_ends(log, n, fired);
    tell_incident(log, began, fired, end, out);
    if (end == n) return n;
    *after = out[end - 1];
    after->state = CYN_ALERT_RESOLVED;
    after->reason = why_it_ends(log, fired, end);
    after->since = log[end].s.slot;
    return end;
}

static void tell_stories(const entry *log, int n, reckoning *out)
{
    reckoning calm = {.since = CYN_ALERT_NEVER, .began = CYN_ALERT_NEVER, .start = CYN_ALERT_NEVER};
    for (int i = 0; i < n;) {
        int began = i;
        while (began < n && letter(&log[began]) != '+')
            began++;
        tell_calm(&calm, i, began, out);
        i = began < n ? tell_story(log, n, began, &calm, out) : n;
    }
}

/* ---- flapping ---- */

/* Changes among the last states that were recorded up to i, per cent. */
static int percent_of_changes(const entry *log, const reckoning *out, int i)
{
    int states = 0, changes = 0, later = -1;
    for (; i >= 0 && states < CYN_ALERT_FLAPS && letter(&log[i]) != 'x'; i--) {
        bool firing = out[i].state == CYN_ALERT_FIRING || out[i].state == CYN_ALERT_RECOVERING;
        if (strchr("+~-g", letter(&log[i]))) {
            changes += later >= 0 && later != (int)firing;
            later = firing;
            states++;
        }
        if (is_new_definition(log, i)) break;
    }
    return changes * 100 / 20;
}

static void tell_flapping(const entry *log, int n, reckoning *out)
{
    bool damped = false;
    for (int i = 0; i < n; i++) {
        int percent = percent_of_changes(log, out, i);
        bool off = log[i].p.damp_at == 0;
        damped = !off && (damped ? percent > log[i].p.calm_at : percent >= log[i].p.damp_at);
        out[i].damped = damped;
        out[i].frozen = letter(&log[i]) == 'f';
    }
}

void reckon(const entry *log, int n, reckoning *out)
{
    tell_stories(log, n, out);
    tell_flapping(log, n, out);
}
