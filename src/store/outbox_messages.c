#include "store/alerts_impl.h"
#include <string.h>

static const char writing[] = "record messages", reading[] = "read messages";

const char *const cyn_message_kind_names[] = {"news", "reminder", "escalation", NULL};
const char *const cyn_message_state_names[] = {"waiting", "sent", "dead", NULL};

static cyn_code add_events(cyn_store *st, int64_t message, const int64_t *events, size_t n,
                           cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_ADD_MESSAGE_EVENT, &q, err));
    for (size_t i = 0; i < n; i++) {
        sqlite3_bind_int64(q, 1, message);
        sqlite3_bind_int64(q, 2, (int64_t)i);
        sqlite3_bind_int64(q, 3, events[i]);
        CYN_TRY(cyn_store_finish(st, q, writing, err));
    }
    return CYN_OK;
}

static cyn_code add_message(cyn_store *st, sqlite3_stmt *q, cyn_message_row *m,
                            const int64_t *events, size_t nevents, cyn_err *err)
{
    CYN_TRY(cyn_store_bind_labels(st, q, 4, m->labels, m->nlabels, err));
    const char *texts[] = {m->key, m->channel, m->group};
    for (int i = 0; i < 3; i++)
        cyn_store_bind_text(q, i + 1, texts[i]);
    cyn_store_bind_text(q, 5, cyn_message_kind_names[m->kind]);
    sqlite3_bind_int64(q, 6, m->made);
    sqlite3_bind_int64(q, 7, m->since);
    sqlite3_bind_int64(q, 8, m->next);
    CYN_TRY(cyn_store_finish(st, q, writing, err));
    m->id = sqlite3_last_insert_rowid(st->db);
    return add_events(st, m->id, events, nevents, err);
}

cyn_code cyn_store_add_message(cyn_store *st, cyn_message_row *m, const int64_t *events,
                               size_t nevents, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_write_sql(st, CYN_ASQL_ADD_MESSAGE, writing, &q, err));
    return cyn_store_or_undo(st, add_message(st, q, m, events, nevents, err));
}

cyn_code cyn_store_set_message(cyn_store *st, const cyn_message_row *m, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_write_sql(st, CYN_ASQL_SET_MESSAGE, writing, &q, err));
    cyn_store_bind_text(q, 1, cyn_message_state_names[m->state]);
    sqlite3_bind_int64(q, 2, m->attempts);
    if (m->tried != CYN_ALERT_NEVER) sqlite3_bind_int64(q, 3, m->tried);
    sqlite3_bind_int64(q, 4, m->next);
    cyn_store_bind_text(q, 5, m->detail);
    sqlite3_bind_int64(q, 6, m->id);
    return cyn_store_write(st, q, writing, err);
}

cyn_code cyn_store_drop_message(cyn_store *st, int64_t id, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_write_sql(st, CYN_ASQL_DROP_MESSAGE, writing, &q, err));
    sqlite3_bind_int64(q, 1, id);
    return cyn_store_write(st, q, writing, err);
}

/* ---- reading ---- */

static bool read_message(sqlite3_stmt *q, cyn_arena *arena, void *item)
{
    cyn_message_row *out = item;
    bool ok = true;
    int kind = cyn_store_word(q, 5, cyn_message_kind_names, SIZE_MAX);
    int state = cyn_store_word(q, 6, cyn_message_state_names, SIZE_MAX);
    *out = (cyn_message_row){
        .id = sqlite3_column_int64(q, 0),
        .key = cyn_store_copy_text(q, 1, arena, &ok),
        .channel = cyn_store_copy_text(q, 2, arena, &ok),
        .group = cyn_store_copy_text(q, 3, arena, &ok),
        .kind = kind < 0 ? CYN_MESSAGE_NEWS : (cyn_message_kind)kind,
        .state = state < 0 ? CYN_MESSAGE_WAITING : (cyn_message_state)state,
        .made = sqlite3_column_int64(q, 7),
        .since = sqlite3_column_int64(q, 8),
        .attempts = sqlite3_column_int64(q, 9),
        .tried = sqlite3_column_type(q, 10) == SQLITE_NULL ? CYN_ALERT_NEVER
                                                           : sqlite3_column_int64(q, 10),
        .next = sqlite3_column_int64(q, 11),
        .detail = cyn_store_copy_text(q, 12, arena, &ok),
        .nevents = sqlite3_column_int64(q, 13),
    };
    cyn_store_read_labels(q, 4, arena, &out->labels, &out->nlabels);
    return ok && out->labels;
}

cyn_code cyn_store_messages(cyn_store *st, cyn_message_state state, cyn_arena *arena,
                            const cyn_message_row **out, size_t *n, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_GET_MESSAGES, &q, err));
    cyn_store_bind_text(q, 1, cyn_message_state_names[state]);
    return cyn_store_collect(st, q, reading, read_message, sizeof **out, arena, out, n, err);
}

cyn_code cyn_store_count_open(cyn_store *st, const char *rule, int64_t *waiting, int64_t *dead,
                              cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    int64_t counts[CYN_MESSAGE_DEAD + 1] = {0};
    bool more = true;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_COUNT_OPEN, &q, err));
    cyn_store_bind_text(q, 1, rule);
    for (;;) {
        CYN_TRY(cyn_store_next(st, q, reading, &more, err));
        if (!more) break;
        int state = cyn_store_word(q, 0, cyn_message_state_names, SIZE_MAX);
        if (state >= 0) counts[state] = sqlite3_column_int64(q, 1);
    }
    sqlite3_reset(q);
    *waiting = counts[CYN_MESSAGE_WAITING];
    *dead = counts[CYN_MESSAGE_DEAD];
    return CYN_OK;
}

static bool read_notice(sqlite3_stmt *q, cyn_arena *arena, void *item)
{
    return cyn_store_read_notice(q, 0, arena, item);
}

cyn_code cyn_store_message_notices(cyn_store *st, int64_t id, cyn_arena *arena,
                                   const cyn_notice **out, size_t *n, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_GET_NOTICES, &q, err));
    sqlite3_bind_int64(q, 1, id);
    return cyn_store_collect(st, q, reading, read_notice, sizeof **out, arena, out, n, err);
}

cyn_code cyn_store_notice(cyn_store *st, int64_t event, cyn_arena *arena, const cyn_notice **out,
                          cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    bool more = false;
    cyn_notice *notice = CYN_NEW(arena, cyn_notice);
    if (!notice) return cyn_nomem(err);
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_GET_NOTICE, &q, err));
    sqlite3_bind_int64(q, 1, event);
    CYN_TRY(cyn_store_next(st, q, reading, &more, err));
    bool ok = more && cyn_store_read_notice(q, 0, arena, notice);
    sqlite3_reset(q);
    if (!more) return cyn_fail(err, CYN_E_NAME, "there is no event %lld", (long long)event);
    if (!ok) return cyn_nomem(err);
    *out = notice;
    return CYN_OK;
}

cyn_code cyn_store_delay_channel(cyn_store *st, const char *channel, int64_t until, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_write_sql(st, CYN_ASQL_DELAY_CHANNEL, writing, &q, err));
    cyn_store_bind_text(q, 1, channel);
    sqlite3_bind_int64(q, 2, until);
    return cyn_store_write(st, q, writing, err);
}

cyn_code cyn_store_channel_delay(cyn_store *st, const char *channel, int64_t *until, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    bool more = false;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_GET_DELAY, &q, err));
    cyn_store_bind_text(q, 1, channel);
    CYN_TRY(cyn_store_next(st, q, reading, &more, err));
    *until = more ? sqlite3_column_int64(q, 0) : CYN_ALERT_NEVER;
    sqlite3_reset(q);
    return CYN_OK;
}

cyn_code cyn_store_open_group(cyn_store *st, const char *channel, const char *identity,
                              cyn_arena *arena, const char **group, const cyn_alert_label **labels,
                              size_t *nlabels, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    const cyn_alert_label *found = NULL;
    size_t n = 0;
    bool more = false, ok = true;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_OPEN_GROUP, &q, err));
    cyn_store_bind_text(q, 1, channel);
    cyn_store_bind_text(q, 2, identity);
    CYN_TRY(cyn_store_next(st, q, reading, &more, err));
    const char *text = more ? cyn_store_copy_text(q, 0, arena, &ok) : NULL;
    if (more) cyn_store_read_labels(q, 1, arena, &found, &n);
    ok = ok && (!more || found);
    sqlite3_reset(q);
    if (!ok) return cyn_nomem(err);
    *group = text;
    *labels = found;
    *nlabels = n;
    return CYN_OK;
}

cyn_code cyn_store_last_message(cyn_store *st, const char *channel, const char *group,
                                int64_t *made, bool *open, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    bool more = false;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_LAST_MESSAGE, &q, err));
    cyn_store_bind_text(q, 1, channel);
    cyn_store_bind_text(q, 2, group);
    CYN_TRY(cyn_store_next(st, q, reading, &more, err));
    bool any = more && sqlite3_column_type(q, 0) != SQLITE_NULL;
    *made = any ? sqlite3_column_int64(q, 0) : CYN_ALERT_NEVER;
    *open = more && sqlite3_column_int(q, 1) != 0;
    sqlite3_reset(q);
    return CYN_OK;
}

cyn_code cyn_store_tried(cyn_store *st, const char *channel, int64_t after, int64_t now,
                         int64_t *count, int64_t *first, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    bool more = false;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_TRIED, &q, err));
    cyn_store_bind_text(q, 1, channel);
    sqlite3_bind_int64(q, 2, after);
    sqlite3_bind_int64(q, 3, now);
    CYN_TRY(cyn_store_next(st, q, reading, &more, err));
    *count = more ? sqlite3_column_int64(q, 0) : 0;
    *first = more ? sqlite3_column_int64(q, 1) : 0;
    sqlite3_reset(q);
    return CYN_OK;
}

cyn_code cyn_store_resend(cyn_store *st, int64_t id, int64_t now, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_RESEND, &q, err));
    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, now);
    CYN_TRY(cyn_store_finish(st, q, writing, err));
    if (sqlite3_changes(st->db) > 0) return CYN_OK;
    cyn_fail(err, CYN_E_NAME, "there is no message %lld that was given up", (long long)id);
    cyn_hint(err, "'cynosure alerts dead' lists them");
    return CYN_E_NAME;
}
