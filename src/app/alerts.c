#include "app/alerts.h"
#include "app/ask.h"
#include "base/text.h"
#include <errno.h>
#include <math.h>
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
    cyn_dispatch_free_mutes(&a->mutes);
    cyn_store_close(a->store);
    if (a->session.arena) cyn_session_close(&a->session);
}

cyn_code cyn_alerts_load(cyn_alerts *a, cyn_err *err)
{
    cyn_arena *arena = a->session.arena;
    cyn_err bad = {0};
    CYN_TRY(cyn_store_rules(a->store, arena, &a->rules, &a->nrules, err));
    CYN_TRY(cyn_store_alerts(a->store, arena, &a->rows, &a->nrows, &bad, err));
    if (bad.code != CYN_OK) cyn_print_note(&bad);
    CYN_TRY(cyn_store_acks(a->store, arena, &a->acks, &a->nacks, err));
    return cyn_dispatch_mutes(a->session.project, a->store, a->clock, arena, &a->mutes, err);
}

/* ---- names ---- */

const cyn_rule *cyn_alerts_rule(const cyn_alerts *a, const char *name)
{
    const cyn_catalog *catalog = a->session.project->catalog;
    for (size_t i = 0; i < catalog->nrules; i++)
        if (strcmp(catalog->rules[i]->name, name) == 0) return catalog->rules[i];
    return NULL;
}

static bool has_alerts(const cyn_alerts *a, const char *rule)
{
    for (size_t i = 0; i < a->nrows; i++)
        if (strcmp(a->rows[i].rule, rule) == 0) return true;
    return false;
}

static bool is_remembered(const cyn_alerts *a, const char *rule)
{
    for (size_t i = 0; i < a->nrules; i++)
        if (strcmp(a->rules[i].rule, rule) == 0) return true;
    return has_alerts(a, rule);
}

static cyn_code unknown(const cyn_alerts *a, const char *what, const char *word, cyn_err *err)
{
    const cyn_catalog *catalog = a->session.project->catalog;
    const char **names = CYN_NEW_ARRAY(a->session.arena, catalog->nrules + a->nrows, const char *);
    size_t n = 0;
    if (!names) return cyn_nomem(err);
    for (size_t i = 0; i < catalog->nrules; i++)
        names[n++] = catalog->rules[i]->name;
    for (size_t i = 0; i < a->nrows; i++)
        names[n++] = a->rows[i].identity;
    const char *near = cyn_nearest(word, names, n);
    cyn_fail(err, CYN_E_NAME, "there is no %s '%s'", what, word);
    if (near)
        cyn_hint(err, "did you mean '%s'?", near);
    else
        cyn_hint(err, "'cynosure alerts --all' lists what there is");
    return CYN_E_NAME;
}

cyn_code cyn_alerts_need_rule(const cyn_alerts *a, const char *name, const cyn_rule **out,
                              cyn_err *err)
{
    *out = cyn_alerts_rule(a, name);
    if (*out || is_remembered(a, name)) return CYN_OK;
    return unknown(a, "rule", name, err);
}

static bool is_hexadecimal(const char *s)
{
    return strlen(s) >= 4 && strspn(s, "0123456789abcdef") == strlen(s);
}

static bool fits(const cyn_alert_row *row, const char *word)
{
    char key[CYN_ALERT_KEY];
    if (strcmp(row->identity, word) == 0 || strcmp(row->rule, word) == 0) return true;
    if (!is_hexadecimal(word)) return false;
    cyn_alert_key(row->identity, key);
    return strncmp(key, word, strlen(word)) == 0;
}

cyn_code cyn_alerts_find(const cyn_alerts *a, const char *word, size_t **out, size_t *n,
                         cyn_err *err)
{
    size_t *found = CYN_NEW_ARRAY(a->session.arena, a->nrows + 1, size_t), count = 0;
    if (!found) return cyn_nomem(err);
    for (size_t i = 0; i < a->nrows; i++)
        if (fits(&a->rows[i], word)) found[count++] = i;
    *out = found;
    *n = count;
    if (count == 0) {
        if (!cyn_alerts_rule(a, word)) return unknown(a, "alert", word, err);
        return CYN_OK; /* a rule that has none */
    }
    if (count > 1 && is_hexadecimal(word) && !has_alerts(a, word)) {
        cyn_fail(err, CYN_E_CONFLICT, "'%s' is the beginning of %zu fingerprints", word, count);
        cyn_hint(err, "type more of it: '%s' or '%s'", a->rows[found[0]].identity,
                 a->rows[found[1]].identity);
        return CYN_E_CONFLICT;
    }
    return CYN_OK;
}

/* ---- items ---- */

static const char *owner_of(const cyn_alerts *a, const cyn_rule *rule)
{
    const cyn_project *p = a->session.project;
    size_t m = rule ? cyn_project_metric(p, rule->metric) : CYN_NO_METRIC;
    if (rule && rule->owner) return rule->owner;
    return m == CYN_NO_METRIC ? NULL : p->metrics[m]->sheet.owner;
}

cyn_code cyn_alerts_notice(const cyn_alerts *a, const cyn_alert_row *row, const cyn_rule *rule,
                           cyn_notice *out, cyn_err *err)
{
    size_t own = rule ? rule->nlabels : 0;
    cyn_alert_label *labels =
        CYN_NEW_ARRAY(a->session.arena, row->nlabels + own + 1, cyn_alert_label);
    if (!labels) return cyn_nomem(err);
    for (size_t i = 0; i < row->nlabels; i++)
        labels[i] = row->labels[i];
    for (size_t i = 0; i < own; i++)
        labels[row->nlabels + i] =
            (cyn_alert_label){.name = rule->labels[i].name, .value = rule->labels[i].value};
    *out = (cyn_notice){.rule = row->rule,
                        .metric = rule ? rule->metric : "",
                        .identity = row->identity,
                        .labels = labels,
                        .nlabels = row->nlabels + own,
                        .severity = (cyn_severity)row->alert.severity,
                        .owner = owner_of(a, rule)};
    return CYN_OK;
}

static void set_ack(const cyn_alerts *a, const cyn_alert_row *row, cyn_alert_item *out)
{
    for (size_t i = 0; i < a->nacks; i++)
        if (a->acks[i].start == row->alert.start && strcmp(a->acks[i].identity, row->identity) == 0)
            out->ack =
                (cyn_ack_item){.who = a->acks[i].who, .why = a->acks[i].why, .at = a->acks[i].at};
}

/* The last events know what the target was, and who was told of the incident. */
static cyn_code set_told(const cyn_alerts *a, const cyn_alert_row *row, cyn_alert_item *out,
                         cyn_err *err)
{
    const cyn_event_row *events = NULL;
    size_t n = 0;
    cyn_event_filter filter = {
        .identity = row->identity, .from = CYN_TIME_MIN, .to = CYN_TIME_MAX, .most = 20};
    CYN_TRY(cyn_store_events(a->store, &filter, a->session.arena, &events, &n, err));
    if (n > 0) out->target = events[0].notice.target;
    for (size_t i = 0; i < n && !out->deliveries; i++)
        if (events[i].notice.start == row->alert.start && events[i].deliveries &&
            strcmp(events[i].deliveries, "[]") != 0)
            out->deliveries = events[i].deliveries;
    return CYN_OK;
}

static int compare_rule(const void *name, const void *row)
{
    return strcmp(name, ((const cyn_rule_row *)row)->rule);
}

static const cyn_rule_row *find_row(const cyn_alerts *a, const char *rule)
{
    if (a->nrules == 0) return NULL;
    return bsearch(rule, a->rules, a->nrules, sizeof *a->rules, compare_rule);
}

cyn_code cyn_alerts_item(const cyn_alerts *a, const cyn_alert_row *row, cyn_alert_item *out,
                         cyn_err *err)
{
    const cyn_project *p = a->session.project;
    const cyn_rule *rule = cyn_alerts_rule(a, row->rule);
    size_t m = rule ? cyn_project_metric(p, rule->metric) : CYN_NO_METRIC;
    const cyn_rule_row *known = find_row(a, row->rule);
    *out = (cyn_alert_item){.rule = rule,
                            .unread = !rule && p->catalog->nerrors > 0,
                            .rule_name = row->rule,
                            .identity = row->identity,
                            .labels = row->labels,
                            .nlabels = row->nlabels,
                            .alert = row->alert,
                            .value = row->value,
                            .target = NAN,
                            .unit = m == CYN_NO_METRIC ? NULL : p->metrics[m]->sheet.unit,
                            .period = row->period,
                            .owner = owner_of(a, rule),
                            .frozen_by = known ? known->frozen_by : NULL};
    if (row->alert.state == CYN_ALERT_INACTIVE || row->alert.state == CYN_ALERT_RESOLVED)
        return CYN_OK;
    cyn_notice notice;
    CYN_TRY(cyn_alerts_notice(a, row, rule, &notice, err));
    out->muted = cyn_muted(&a->mutes, &notice, a->clock, &out->muting);
    set_ack(a, row, out);
    return set_told(a, row, out, err);
}

/* What time it is for evaluations, as far as that is known without data. */
static int64_t evaluation_time(const cyn_alerts *a)
{
    const cyn_project *p = a->session.project;
    int64_t now = CYN_TIME_MAX;
    if (!p->config->as_of) return a->clock;
    if (strcmp(p->config->as_of, "data") == 0 ||
        cyn_project_as_of(p, NULL, CYN_TIME_MIN, &now, NULL) != CYN_OK)
        return CYN_TIME_MAX;
    return now;
}

static cyn_rule_item remembered(const cyn_rule_row *row)
{
    return (cyn_rule_item){.name = row->rule,
                           .evaluated = true,
                           .health = row->health,
                           .slot = row->slot,
                           .health_since = row->health_since,
                           .missed = row->missed,
                           .error = row->error,
                           .frozen_by = row->frozen_by,
                           .segments = row->segments,
                           .firing = row->firing,
                           .pending = row->pending};
}

void cyn_alerts_rule_item(const cyn_alerts *a, const cyn_rule *rule, cyn_rule_item *out)
{
    *out = (cyn_rule_item){.name = rule->name, .rule = rule};
    const cyn_rule_row *row = find_row(a, rule->name);
    if (!row) return;
    *out = remembered(row);
    out->rule = rule;
    out->ahead = row->slot > evaluation_time(a);
}

void cyn_alerts_unread_item(const cyn_rule_row *row, const cyn_err *broken, cyn_rule_item *out)
{
    *out = remembered(row);
    out->broken = broken;
}

int64_t cyn_alerts_now(const cyn_alerts *a)
{
    int64_t newest = CYN_TIME_MIN;
    if (!a->session.project->config->as_of) return a->clock;
    for (size_t i = 0; i < a->nrules; i++)
        if (a->rules[i].slot > newest) newest = a->rules[i].slot;
    return newest == CYN_TIME_MIN ? a->clock : newest;
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
