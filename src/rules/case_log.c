#include "rules/case_log.h"
#include "base/buf.h"
#include <string.h>

/* Values beyond are not noted: a test of so many has a shorter story to tell. */
#define VALUES_MOST 1000000

void cyn_test_log_init(cyn_test_log *log, cyn_series_source source, cyn_arena *arena)
{
    *log = (cyn_test_log){.arena = arena, .inner = source};
}

/* ---- Labels ---- */

cyn_code cyn_test_label_text(const cyn_const *value, cyn_arena *arena, const char **out,
                             cyn_err *err)
{
    cyn_buf b = {0};
    switch (value->kind) {
    case CYN_CONST_NIL: *out = NULL; return CYN_OK;
    case CYN_CONST_BOOLEAN: cyn_buf_puts(&b, value->i ? "true" : "false"); break;
    case CYN_CONST_INTEGER: cyn_buf_printf(&b, "%lld", (long long)value->i); break;
    case CYN_CONST_REAL: cyn_buf_real(&b, value->r); break;
    case CYN_CONST_TEXT: cyn_buf_add(&b, value->s, value->n); break;
    }
    const char *text = b.failed ? NULL : cyn_strdup(arena, b.data ? b.data : "");
    cyn_buf_clear(&b);
    if (!text) return cyn_nomem(err);
    *out = text;
    return CYN_OK;
}

static bool same_text(const char *a, const char *b)
{
    return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

bool cyn_test_labels_match(const cyn_alert_label *labels, size_t n, const cyn_alert_label *wanted,
                           size_t nwanted)
{
    for (size_t i = 0; i < nwanted; i++) {
        size_t k = 0;
        while (k < n && strcmp(labels[k].name, wanted[i].name) != 0)
            k++;
        if (k == n || !same_text(labels[k].value, wanted[i].value)) return false;
    }
    return true;
}

/* A copy that outlives the evaluation. */
static cyn_code copy_labels(cyn_test_log *log, const cyn_alert_label *labels, size_t n,
                            const cyn_alert_label **out, cyn_err *err)
{
    cyn_alert_label *copy = CYN_NEW_ARRAY(log->arena, n + 1, cyn_alert_label);
    if (!copy) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        copy[i].name = cyn_strdup(log->arena, labels[i].name);
        copy[i].value = cyn_strdup(log->arena, labels[i].value);
        if (!copy[i].name || (labels[i].value && !copy[i].value)) return cyn_nomem(err);
    }
    *out = copy;
    return CYN_OK;
}

/* ---- Values ---- */

static cyn_code note_value(cyn_test_log *log, const cyn_series *s, size_t judged, size_t segment,
                           int64_t slot, cyn_err *err)
{
    cyn_test_value *more =
        cyn_grown(log->arena, log->values, log->nvalues, &log->values_room, sizeof *more);
    cyn_alert_label *labels = CYN_NEW_ARRAY(log->arena, s->ndims + 1, cyn_alert_label);
    if (!more || !labels) return cyn_nomem(err);
    log->values = more;
    for (size_t d = 0; d < s->ndims; d++) {
        labels[d].name = cyn_strdup(log->arena, s->dims[d]);
        if (!labels[d].name) return cyn_nomem(err);
        CYN_TRY(cyn_test_label_text(&s->keys[segment * s->ndims + d], log->arena, &labels[d].value,
                                    err));
    }
    log->values[log->nvalues++] = (cyn_test_value){
        .metric = s->metric,
        .grain = s->grain,
        .partial = s->partial,
        .slot = slot,
        .labels = labels,
        .nlabels = s->ndims,
        .value = s->values[judged * s->nsegments + segment],
    };
    return CYN_OK;
}

static cyn_code get_and_note(void *self, const cyn_series_request *requests, size_t n,
                             cyn_arena *arena, cyn_series_reply *out, cyn_err *err)
{
    cyn_test_log *log = self;
    CYN_TRY(log->inner.get(log->inner.self, requests, n, arena, out, err));
    for (size_t i = 0; i < n; i++) {
        const cyn_series *s = out[i].series;
        size_t judged;
        if (!s || !cyn_series_judged(s, requests[i].to, &judged)) continue;
        for (size_t k = 0; k < s->nsegments && log->nvalues < VALUES_MOST; k++)
            CYN_TRY(note_value(log, s, judged, k, requests[i].to, err));
    }
    return CYN_OK;
}

cyn_series_source cyn_test_log_source(cyn_test_log *log)
{
    return (cyn_series_source){.self = log, .get = get_and_note};
}

/* ---- Results ---- */

static cyn_code add_look(cyn_test_log *log, const cyn_watch_rule *r, cyn_err *err)
{
    char text[sizeof(cyn_err)];
    cyn_test_look *more =
        cyn_grown(log->arena, log->looks, log->nlooks, &log->looks_room, sizeof *more);
    if (!more) return cyn_nomem(err);
    log->looks = more;
    cyn_test_look look = {.rule = r->rule, .slot = r->slot, .health = r->health};
    if (r->error) {
        cyn_err_format(r->error, text, sizeof text);
        look.error = cyn_strdup(log->arena, text);
        if (!look.error) return cyn_nomem(err);
    }
    log->looks[log->nlooks++] = look;
    return CYN_OK;
}

static cyn_code add_alert(cyn_test_log *log, const cyn_watch_alert *a, cyn_err *err)
{
    cyn_test_alert *more =
        cyn_grown(log->arena, log->alerts, log->nalerts, &log->alerts_room, sizeof *more);
    if (!more) return cyn_nomem(err);
    log->alerts = more;
    cyn_test_alert *alert = &log->alerts[log->nalerts];
    *alert = (cyn_test_alert){
        .rule = a->rule,
        .slot = a->alert.slot,
        .identity = cyn_strdup(log->arena, a->identity),
        .nlabels = a->nlabels,
        .state = a->forgotten ? CYN_ALERT_INACTIVE : a->alert.state,
        .severity = a->forgotten ? 0 : a->alert.severity,
    };
    if (!alert->identity) return cyn_nomem(err);
    CYN_TRY(copy_labels(log, a->labels, a->nlabels, &alert->labels, err));
    log->nalerts++;
    return CYN_OK;
}

static cyn_code add_message(cyn_test_log *log, const cyn_watch_event *e, cyn_err *err)
{
    cyn_test_message *more =
        cyn_grown(log->arena, log->messages, log->nmessages, &log->messages_room, sizeof *more);
    if (!more) return cyn_nomem(err);
    log->messages = more;
    cyn_test_message message = {
        .rule = e->rule,
        .slot = e->event.slot,
        .nlabels = e->notice.nlabels,
        .summary = cyn_strdup(log->arena, e->notice.summary),
    };
    if (!message.summary) return cyn_nomem(err);
    CYN_TRY(copy_labels(log, e->notice.labels, e->notice.nlabels, &message.labels, err));
    log->messages[log->nmessages++] = message;
    return CYN_OK;
}

cyn_code cyn_test_log_add(cyn_test_log *log, const cyn_watch_result *result, cyn_err *err)
{
    for (size_t i = 0; i < result->nrules; i++)
        CYN_TRY(add_look(log, &result->rules[i], err));
    for (size_t i = 0; i < result->nchanged; i++)
        if (result->changed[i].rule) CYN_TRY(add_alert(log, &result->changed[i], err));
    for (size_t i = 0; i < result->nevents; i++)
        if (result->events[i].tell) CYN_TRY(add_message(log, &result->events[i], err));
    return CYN_OK;
}

const cyn_test_look *cyn_test_look_at(const cyn_test_log *log, const cyn_rule *rule, int64_t at)
{
    for (size_t i = log->nlooks; i-- > 0;)
        if (log->looks[i].rule == rule && log->looks[i].slot <= at) return &log->looks[i];
    return NULL;
}
