/* What people say about alerts: silences and acknowledgements. */
#include "store/alerts_impl.h"
#include <string.h>

static const char writing[] = "record a silence", reading[] = "read silences";
static const char writing_ack[] = "record an acknowledgement",
                  reading_acks[] = "read acknowledgements";

/* ---- silences ---- */

static void add_matchers(cyn_buf *b, const cyn_alert_silence *s)
{
    for (size_t i = 0; i < s->nmatchers; i++) {
        cyn_matcher_text(&s->matchers[i], b);
        cyn_buf_putc(b, '\n');
    }
}

static cyn_code check_silence(const cyn_alert_silence *s, cyn_err *err)
{
    if (s->from >= s->until)
        return cyn_fail(err, CYN_E_RANGE, "a silence has to end after it begins");
    if (s->nmatchers > 0) return CYN_OK;
    cyn_fail(err, CYN_E_RANGE, "a silence without a matcher would silence everything");
    cyn_hint(err, "say which alerts: a rule's name, or severity=\"warning\"; rule=~\".*\" is all");
    return CYN_E_RANGE;
}

cyn_code cyn_store_add_silence(cyn_store *st, const cyn_alert_silence *s, int64_t now, int64_t *id,
                               cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(check_silence(s, err));
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_ADD_SILENCE, &q, err));
    cyn_buf_reset(&st->text);
    add_matchers(&st->text, s);
    CYN_TRY(cyn_buf_check(&st->text, err));
    cyn_store_bind_text(q, 1, st->text.data);
    sqlite3_bind_int64(q, 2, s->from);
    sqlite3_bind_int64(q, 3, s->until);
    cyn_store_bind_text(q, 4, s->who ? s->who : "");
    cyn_store_bind_text(q, 5, s->why ? s->why : "");
    sqlite3_bind_int64(q, 6, now);
    CYN_TRY(cyn_store_finish(st, q, writing, err));
    *id = sqlite3_last_insert_rowid(st->db);
    return CYN_OK;
}

cyn_code cyn_store_end_silence(cyn_store *st, int64_t id, int64_t now, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_END_SILENCE, &q, err));
    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, now);
    CYN_TRY(cyn_store_finish(st, q, writing, err));
    if (sqlite3_changes(st->db) > 0) return CYN_OK;
    cyn_fail(err, CYN_E_NAME, "there is no silence %lld that goes on", (long long)id);
    cyn_hint(err, "'cynosure alerts silences' lists them");
    return CYN_E_NAME;
}

/* Lines into matchers. */
static cyn_code parse_matchers(const char *lines, cyn_arena *arena, cyn_alert_silence *out,
                               cyn_err *err)
{
    char *copy = cyn_strdup(arena, lines), *rest = NULL;
    size_t n = 0, most = 0;
    for (const char *at = lines; *at; at++)
        most += *at == '\n';
    const char **texts = CYN_NEW_ARRAY(arena, most + 1, const char *);
    if (!copy || !texts) return cyn_nomem(err);
    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        texts[n++] = line;
    CYN_TRY(cyn_matchers_recall(texts, n, arena, &out->matchers, err));
    out->nmatchers = n;
    return CYN_OK;
}

static cyn_code read_silence(sqlite3_stmt *q, cyn_arena *arena, cyn_alert_silence *out,
                             cyn_err *err)
{
    bool ok = true;
    const char *lines = cyn_store_copy_text(q, 1, arena, &ok);
    *out = (cyn_alert_silence){.id = sqlite3_column_int64(q, 0),
                               .from = sqlite3_column_int64(q, 2),
                               .until = sqlite3_column_int64(q, 3),
                               .who = cyn_store_copy_text(q, 4, arena, &ok),
                               .why = cyn_store_copy_text(q, 5, arena, &ok)};
    if (!ok) return cyn_nomem(err);
    return parse_matchers(lines, arena, out, err);
}

cyn_code cyn_store_silences(cyn_store *st, int64_t now, bool all, cyn_arena *arena,
                            const cyn_alert_silence **out, size_t *n, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    cyn_alert_silence *items = NULL, *grown;
    size_t count = 0, capacity = 0;
    bool more = true;
    cyn_code rc = CYN_OK;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_GET_SILENCES, &q, err));
    sqlite3_bind_int(q, 1, all);
    sqlite3_bind_int64(q, 2, now);
    while (rc == CYN_OK) {
        CYN_GOTO(cyn_store_next(st, q, reading, &more, err));
        if (!more) break;
        grown = cyn_grown(arena, items, count, &capacity, sizeof *items);
        if (grown) items = grown;
        rc = grown ? read_silence(q, arena, &items[count], err) : cyn_nomem(err);
        count += rc == CYN_OK;
        if (rc == CYN_E_SYNTAX) rc = CYN_OK; /* left out */
    }
done:
    sqlite3_reset(q);
    if (rc != CYN_OK) {
        cyn_silences_free(items, count);
        return rc;
    }
    *out = items;
    *n = count;
    return CYN_OK;
}

void cyn_silences_free(const cyn_alert_silence *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        cyn_matchers_free(s[i].matchers, s[i].nmatchers);
}

/* ---- acknowledgements ---- */

static cyn_code need_firing(cyn_store *st, const cyn_ack *ack, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    bool firing = false;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_IS_FIRING, &q, err));
    cyn_store_bind_text(q, 1, ack->identity);
    sqlite3_bind_int64(q, 2, ack->start);
    CYN_TRY(cyn_store_next(st, q, reading_acks, &firing, err));
    sqlite3_reset(q);
    if (firing) return CYN_OK;
    return cyn_fail(err, CYN_E_NAME, "%s does not fire: there is nothing to acknowledge",
                    ack->identity);
}

cyn_code cyn_store_ack(cyn_store *st, const cyn_ack *ack, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(need_firing(st, ack, err));
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_SET_ACK, &q, err));
    cyn_store_bind_text(q, 1, ack->identity);
    sqlite3_bind_int64(q, 2, ack->start);
    sqlite3_bind_int64(q, 3, ack->at);
    cyn_store_bind_text(q, 4, ack->who ? ack->who : "");
    cyn_store_bind_text(q, 5, ack->why);
    return cyn_store_finish(st, q, writing_ack, err);
}

cyn_code cyn_store_unack(cyn_store *st, const char *identity, int64_t start, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_DROP_ACK, &q, err));
    cyn_store_bind_text(q, 1, identity);
    sqlite3_bind_int64(q, 2, start);
    CYN_TRY(cyn_store_finish(st, q, writing_ack, err));
    if (sqlite3_changes(st->db) > 0) return CYN_OK;
    return cyn_fail(err, CYN_E_NAME, "%s is not acknowledged", identity);
}

static bool read_ack(sqlite3_stmt *q, cyn_arena *arena, void *item)
{
    bool ok = true;
    *(cyn_ack *)item = (cyn_ack){.identity = cyn_store_copy_text(q, 0, arena, &ok),
                                 .start = sqlite3_column_int64(q, 1),
                                 .at = sqlite3_column_int64(q, 2),
                                 .who = cyn_store_copy_text(q, 3, arena, &ok),
                                 .why = cyn_store_copy_text(q, 4, arena, &ok)};
    return ok;
}

cyn_code cyn_store_acks(cyn_store *st, cyn_arena *arena, const cyn_ack **out, size_t *n,
                        cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_GET_ACKS, &q, err));
    return cyn_store_collect(st, q, reading_acks, read_ack, sizeof **out, arena, out, n, err);
}
