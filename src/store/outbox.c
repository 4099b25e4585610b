#include "store/alerts_impl.h"
#include <string.h>

static const char writing[] = "record deliveries", reading[] = "read the outbox";

const char *const cyn_row_state_names[] = {"waiting", "held", "told", "muted", "skipped", NULL};

/* ---- rows ---- */

static bool read_row(sqlite3_stmt *q, cyn_arena *arena, void *item)
{
    cyn_outbox_row *out = item;
    const int at = CYN_NOTICE_COUNT;
    bool ok = true;
    int state = cyn_store_word(q, at + 3, cyn_row_state_names, SIZE_MAX);
    cyn_notice *notice = CYN_NEW(arena, cyn_notice);
    *out = (cyn_outbox_row){.id = sqlite3_column_int64(q, at),
                            .event = sqlite3_column_int64(q, at + 1),
                            .channel = cyn_store_copy_text(q, at + 2, arena, &ok),
                            .state = state < 0 ? CYN_ROW_WAITING : (cyn_row_state)state,
                            .escalated = sqlite3_column_int(q, at + 4) != 0,
                            .at = sqlite3_column_int64(q, at + 5),
                            .detail = cyn_store_copy_text(q, at + 6, arena, &ok),
                            .going_on = sqlite3_column_int(q, at + 7) != 0,
                            .notice = notice};
    return ok && notice && cyn_store_read_notice(q, 0, arena, notice);
}

cyn_code cyn_store_open_rows(cyn_store *st, cyn_arena *arena, const cyn_outbox_row **out, size_t *n,
                             cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_GET_ROWS, &q, err));
    return cyn_store_collect(st, q, reading, read_row, sizeof **out, arena, out, n, err);
}

cyn_code cyn_store_set_row(cyn_store *st, int64_t id, cyn_row_state state, const char *detail,
                           cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_write_sql(st, CYN_ASQL_SET_ROW, writing, &q, err));
    cyn_store_bind_text(q, 1, cyn_row_state_names[state]);
    cyn_store_bind_text(q, 2, detail);
    sqlite3_bind_int64(q, 3, id);
    return cyn_store_write(st, q, writing, err);
}

cyn_code cyn_store_tell_row(cyn_store *st, int64_t row, int64_t message, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_write_sql(st, CYN_ASQL_TELL_ROW, writing, &q, err));
    sqlite3_bind_int64(q, 1, message);
    sqlite3_bind_int64(q, 2, row);
    return cyn_store_write(st, q, writing, err);
}

cyn_code cyn_store_add_row(cyn_store *st, int64_t event, const char *channel, bool escalated,
                           int64_t now, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_write_sql(st, CYN_ASQL_ADD_ROW, writing, &q, err));
    sqlite3_bind_int64(q, 1, event);
    cyn_store_bind_text(q, 2, channel);
    sqlite3_bind_int(q, 3, escalated);
    sqlite3_bind_int64(q, 4, now);
    return cyn_store_write(st, q, writing, err);
}

/* Their names with a NUL each, in st->text. */
static cyn_code find_followers(cyn_store *st, const char *event_key, int64_t *event, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    bool more = true;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_GET_FOLLOWERS, &q, err));
    cyn_store_bind_text(q, 1, event_key);
    cyn_buf_reset(&st->text);
    for (;;) {
        CYN_TRY(cyn_store_next(st, q, writing, &more, err));
        if (!more) return cyn_buf_check(&st->text, err);
        *event = sqlite3_column_int64(q, 0);
        cyn_buf_add(&st->text, sqlite3_column_text(q, 1), (size_t)sqlite3_column_bytes(q, 1));
        cyn_buf_putc(&st->text, '\0');
    }
}

cyn_code cyn_store_add_followers(cyn_store *st, const char *event_key, int64_t now, cyn_err *err)
{
    int64_t event = 0;
    CYN_TRY(cyn_store_need_alerts(st, writing, err));
    CYN_TRY(cyn_store_or_undo(st, find_followers(st, event_key, &event, err)));
    for (size_t at = 0; at < st->text.len; at += strlen(st->text.data + at) + 1)
        CYN_TRY(cyn_store_add_row(st, event, st->text.data + at, false, now, err));
    return CYN_OK;
}

/* ---- tales ---- */

static bool read_tale(sqlite3_stmt *q, cyn_arena *arena, void *item)
{
    cyn_tale *out = item;
    bool ok = true;
    *out = (cyn_tale){.channel = cyn_store_copy_text(q, 0, arena, &ok),
                      .incident = cyn_store_copy_text(q, 1, arena, &ok),
                      .identity = cyn_store_copy_text(q, 2, arena, &ok),
                      .group = cyn_store_copy_text(q, 3, arena, &ok),
                      .event = sqlite3_column_int64(q, 4),
                      .first = sqlite3_column_int64(q, 5),
                      .last = sqlite3_column_int64(q, 6),
                      .reminders = sqlite3_column_int64(q, 7),
                      .going_on = sqlite3_column_int(q, 8) != 0,
                      .acked = sqlite3_column_int(q, 9) != 0,
                      .rule = cyn_store_copy_text(q, 10, arena, &ok)};
    cyn_store_read_labels(q, 11, arena, &out->labels, &out->nlabels);
    return ok && out->labels;
}

cyn_code cyn_store_tales(cyn_store *st, cyn_arena *arena, const cyn_tale **out, size_t *n,
                         cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_GET_TALES, &q, err));
    return cyn_store_collect(st, q, reading, read_tale, sizeof **out, arena, out, n, err);
}

cyn_code cyn_store_put_tale(cyn_store *st, const cyn_tale *t, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_write_sql(st, CYN_ASQL_PUT_TALE, writing, &q, err));
    const char *texts[] = {t->channel, t->incident, t->identity, t->group};
    for (int i = 0; i < 4; i++)
        cyn_store_bind_text(q, i + 1, texts[i]);
    sqlite3_bind_int64(q, 5, t->event);
    sqlite3_bind_int64(q, 6, t->first);
    sqlite3_bind_int64(q, 7, t->last);
    sqlite3_bind_int64(q, 8, t->reminders);
    cyn_code rc = cyn_store_bind_labels(st, q, 9, t->labels, t->nlabels, err);
    if (rc != CYN_OK) return cyn_store_or_undo(st, rc);
    return cyn_store_write(st, q, writing, err);
}

cyn_code cyn_store_drop_tale(cyn_store *st, const char *channel, const char *identity, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_write_sql(st, CYN_ASQL_DROP_TALE, writing, &q, err));
    cyn_store_bind_text(q, 1, channel);
    cyn_store_bind_text(q, 2, identity);
    return cyn_store_write(st, q, writing, err);
}

/* ---- what inhibits ---- */

static bool read_firing(sqlite3_stmt *q, cyn_arena *arena, void *item)
{
    cyn_notice *out = item;
    int64_t severity = sqlite3_column_int64(q, CYN_NOTICE_COUNT);
    if (!cyn_store_read_notice(q, 0, arena, out)) return false;
    if (severity >= CYN_INFO && severity <= CYN_CRITICAL) out->severity = (cyn_severity)severity;
    return true;
}

cyn_code cyn_store_firing(cyn_store *st, cyn_arena *arena, const cyn_notice **out, size_t *n,
                          cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_GET_FIRING, &q, err));
    return cyn_store_collect(st, q, reading, read_firing, sizeof **out, arena, out, n, err);
}
