#include "store/alerts_impl.h"
#include <string.h>

static const char writing[] = "record an event", reading[] = "read events";

static const char *or_empty(const char *s)
{
    return s ? s : "";
}

/* All but its labels. */
static void bind_notice(sqlite3_stmt *q, const cyn_notice *n)
{
    const char *texts[] = {n->key, n->rule, n->metric, n->identity, n->incident, n->alert};
    for (int i = 0; i < 6; i++)
        cyn_store_bind_text(q, i + 1, or_empty(texts[i]));
    cyn_store_bind_text(q, 8, cyn_alert_what_names[n->what]);
    cyn_store_bind_text(q, 9, cyn_alert_reason_names[n->reason]);
    cyn_store_bind_text(q, 10, cyn_severity_names[n->severity]);
    sqlite3_bind_int(q, 11, n->firing);
    sqlite3_bind_int64(q, 12, n->at);
    sqlite3_bind_int64(q, 13, n->start);
    sqlite3_bind_int64(q, 14, n->ended);
    cyn_store_bind_real(q, 15, n->value);
    cyn_store_bind_real(q, 16, n->target);
    cyn_store_bind_text(q, 17, n->unit);
    cyn_store_bind_text(q, 18, n->period);
    cyn_store_bind_text(q, 19, or_empty(n->title));
    cyn_store_bind_text(q, 20, or_empty(n->summary));
    cyn_store_bind_text(q, 21, or_empty(n->description));
    cyn_store_bind_text(q, 22, n->runbook);
    cyn_store_bind_text(q, 23, n->owner);
    cyn_store_bind_text(q, 24, or_empty(n->facts));
}

static cyn_code is_known(cyn_store *st, const char *key, bool *out, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_GET_EVENT, &q, err));
    cyn_store_bind_text(q, 1, key);
    CYN_TRY(cyn_store_next(st, q, reading, out, err));
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    return CYN_OK;
}

static cyn_code add_event(cyn_store *st, const cyn_notice *notice, bool quiet,
                          const char *const *channels, size_t nchannels, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    bool known = false;
    CYN_TRY(is_known(st, notice->key, &known, err));
    if (known) return CYN_OK;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_ADD_EVENT, &q, err));
    CYN_TRY(cyn_store_bind_labels(st, q, 7, notice->labels, notice->nlabels, err));
    bind_notice(q, notice);
    sqlite3_bind_int64(q, 25, st->alerts->now);
    sqlite3_bind_int(q, 26, quiet);
    CYN_TRY(cyn_store_finish(st, q, writing, err));
    st->alerts->grew = true;
    int64_t event = sqlite3_last_insert_rowid(st->db);
    for (size_t i = 0; i < nchannels; i++)
        CYN_TRY(cyn_store_add_row(st, event, channels[i], false, st->alerts->now, err));
    return CYN_OK;
}

cyn_code cyn_store_add_event(cyn_store *st, const cyn_notice *notice, const cyn_alert_event *event,
                             const char *const *channels, size_t nchannels, cyn_err *err)
{
    CYN_TRY(cyn_store_need_alerts(st, writing, err));
    cyn_code rc = add_event(st, notice, event->quiet, channels, nchannels, err);
    if (rc != CYN_OK) cyn_context(err, "alert %s", notice->identity);
    return cyn_store_or_undo(st, rc);
}

static bool read_event(sqlite3_stmt *q, cyn_arena *arena, void *item)
{
    cyn_event_row *out = item;
    bool ok = cyn_store_read_notice(q, 0, arena, &out->notice);
    out->id = sqlite3_column_int64(q, CYN_NOTICE_COUNT);
    out->quiet = sqlite3_column_int(q, CYN_NOTICE_COUNT + 1) != 0;
    out->deliveries = cyn_store_copy_text(q, CYN_NOTICE_COUNT + 2, arena, &ok);
    return ok;
}

cyn_code cyn_store_events(cyn_store *st, const cyn_event_filter *filter, cyn_arena *arena,
                          const cyn_event_row **out, size_t *n, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    cyn_alert_sql which = filter->rule       ? CYN_ASQL_GET_EVENTS_OF_RULE
                          : filter->identity ? CYN_ASQL_GET_EVENTS_OF_ALERT
                                             : CYN_ASQL_GET_EVENTS;
    CYN_TRY(cyn_store_alert_sql(st, which, &q, err));
    cyn_store_bind_text(q, 1, filter->rule);
    cyn_store_bind_text(q, 2, filter->identity);
    sqlite3_bind_int64(q, 3, filter->from);
    sqlite3_bind_int64(q, 4, filter->to);
    sqlite3_bind_int64(q, 5, filter->most > 0 ? filter->most : -1);
    cyn_store_bind_text(q, 6, filter->terse ? cyn_alert_what_names[CYN_ALERT_RENEWED] : NULL);
    cyn_store_bind_text(q, 7, filter->after);
    return cyn_store_collect(st, q, reading, read_event, sizeof **out, arena, out, n, err);
}

cyn_code cyn_store_last_event(cyn_store *st, const char *rule, int64_t to, int64_t *slot,
                              cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    bool any = false;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_LAST_EVENT, &q, err));
    cyn_store_bind_text(q, 1, rule);
    sqlite3_bind_int64(q, 2, to);
    cyn_store_bind_text(q, 3, cyn_alert_reason_names[CYN_REASON_WITHDRAWN]);
    CYN_TRY(cyn_store_next(st, q, reading, &any, err));
    *slot = any ? sqlite3_column_int64(q, 0) : CYN_ALERT_NEVER;
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    return CYN_OK;
}
