#include "store/alerts_impl.h"
#include <string.h>

/* Events older than this, or with so many after them, are forgotten. */
#define KEEP_TIME  (400 * CYN_DAY)
#define KEEP_COUNT INT64_C(1000000)

static const char writing[] = "record alerts", reading[] = "read alerts";

/* ---- statements ---- */

static cyn_code need(cyn_store *st, cyn_err *err)
{
    if (!st->alerts) st->alerts = cyn_calloc(1, sizeof *st->alerts);
    return st->alerts ? CYN_OK : cyn_nomem(err);
}

cyn_code cyn_store_alert_sql(cyn_store *st, cyn_alert_sql which, sqlite3_stmt **out, cyn_err *err)
{
    CYN_TRY(need(st, err));
    sqlite3_stmt **slot = &st->alerts->sql[which];
    if (!*slot && sqlite3_prepare_v3(st->db, cyn_alert_statements[which], -1,
                                     SQLITE_PREPARE_PERSISTENT, slot, NULL) != SQLITE_OK)
        return cyn_store_fail(st->db, st->path, "prepare", err);
    *out = *slot;
    return CYN_OK;
}

static void reset(sqlite3_stmt *q)
{
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
}

void cyn_store_close_alerts(cyn_store *st)
{
    if (!st->alerts) return;
    for (size_t i = 0; i < CYN_ASQL_COUNT; i++)
        sqlite3_finalize(st->alerts->sql[i]);
    cyn_store_forget_slots(st->alerts);
    cyn_free(st->alerts);
    st->alerts = NULL;
}

/* ---- the transaction ---- */

static cyn_code run_plain(cyn_store *st, cyn_store_sql which, const char *what, cyn_err *err)
{
    return cyn_store_finish(st, st->sql[which], what, err);
}

void cyn_store_undo_alerts(cyn_store *st)
{
    if (!st->alerts || !st->alerts->open) return;
    st->alerts->open = false;
    cyn_store_forget_slots(st->alerts);
    /* After some errors (disk full) SQLite has rolled back by itself. */
    if (!sqlite3_get_autocommit(st->db)) {
        sqlite3_step(st->sql[CYN_SQL_ROLLBACK]);
        sqlite3_reset(st->sql[CYN_SQL_ROLLBACK]);
    }
}

cyn_code cyn_store_or_undo(cyn_store *st, cyn_code rc)
{
    if (rc != CYN_OK) cyn_store_undo_alerts(st);
    return rc;
}

cyn_code cyn_store_need_alerts(const cyn_store *st, const char *what, cyn_err *err)
{
    if (st->alerts && st->alerts->open) return CYN_OK;
    return cyn_fail(err, CYN_E_STATE,
                    "state '%s': cannot %s: no transaction is open (an earlier error ended it)",
                    st->path, what);
}

cyn_code cyn_store_write_sql(cyn_store *st, cyn_alert_sql which, const char *what,
                             sqlite3_stmt **out, cyn_err *err)
{
    CYN_TRY(cyn_store_need_alerts(st, what, err));
    return cyn_store_or_undo(st, cyn_store_alert_sql(st, which, out, err));
}

cyn_code cyn_store_write(cyn_store *st, sqlite3_stmt *q, const char *what, cyn_err *err)
{
    return cyn_store_or_undo(st, cyn_store_finish(st, q, what, err));
}

cyn_code cyn_store_begin_alerts(cyn_store *st, int64_t now, cyn_err *err)
{
    CYN_TRY(need(st, err));
    if (st->alerts->open || st->run)
        return cyn_fail(err, CYN_E_STATE, "state '%s': cannot %s: something else is being written",
                        st->path, writing);
    CYN_TRY(run_plain(st, CYN_SQL_BEGIN, writing, err));
    st->alerts->open = true;
    st->alerts->now = now;
    st->alerts->grew = false;
    return CYN_OK;
}

static cyn_code prune_with(cyn_store *st, cyn_alert_sql which, int64_t first, int64_t second,
                           cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_alert_sql(st, which, &q, err));
    sqlite3_bind_int64(q, 1, first);
    sqlite3_bind_int64(q, 2, second);
    return cyn_store_finish(st, q, writing, err);
}

/* A little at each commit that brings new ones. */
static cyn_code prune(cyn_store *st, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    bool more = false;
    int64_t before = st->alerts->now - KEEP_TIME;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_OLD_EVENTS, &q, err));
    sqlite3_bind_int64(q, 1, before);
    sqlite3_bind_int64(q, 2, KEEP_COUNT);
    CYN_TRY(cyn_store_next(st, q, writing, &more, err));
    int64_t last = more ? sqlite3_column_int64(q, 0) : 0; /* a null is 0: there are none */
    reset(q);
    if (last <= 0) return CYN_OK;
    CYN_TRY(prune_with(st, CYN_ASQL_PRUNE_MESSAGES, last, before, err));
    CYN_TRY(prune_with(st, CYN_ASQL_PRUNE_EVENTS, last, 0, err));
    return prune_with(st, CYN_ASQL_PRUNE_ACKS, before, 0, err);
}

cyn_code cyn_store_commit_alerts(cyn_store *st, cyn_err *err)
{
    CYN_TRY(cyn_store_need_alerts(st, writing, err));
    cyn_code rc = cyn_store_settle_slots(st, err);
    if (rc == CYN_OK && st->alerts->grew) rc = prune(st, err);
    if (rc == CYN_OK) rc = run_plain(st, CYN_SQL_COMMIT, writing, err);
    if (rc != CYN_OK) return cyn_store_or_undo(st, rc);
    st->alerts->open = false;
    return CYN_OK;
}

/* ---- alerts ---- */

static void bind_life(sqlite3_stmt *q, int at, const cyn_alert *a)
{
    const int64_t numbers[] = {a->slot,   a->since,           a->idle,
                               a->began,  a->start,           a->severity,
                               a->gone,   (int64_t)a->missed, (int64_t)a->definition,
                               a->states, a->nstates,         a->damped,
                               a->frozen};
    cyn_store_bind_text(q, at, cyn_alert_state_names[a->state]);
    cyn_store_bind_text(q, at + 1, cyn_alert_reason_names[a->reason]);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sqlite3_bind_int64(q, at + 2 + (int)i, numbers[i]);
}

static cyn_code put_alert(cyn_store *st, const cyn_alert_row *row, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_PUT_ALERT, &q, err));
    CYN_TRY(cyn_store_bind_labels(st, q, 3, row->labels, row->nlabels, err));
    cyn_store_bind_text(q, 1, row->rule);
    cyn_store_bind_text(q, 2, row->identity);
    bind_life(q, 4, &row->alert);
    cyn_store_bind_real(q, 19, row->value);
    cyn_store_bind_text(q, 20, row->period);
    cyn_store_bind_text(q, 21, row->facts);
    sqlite3_bind_int64(q, 22, row->told.start);
    sqlite3_bind_int64(q, 23, row->told.severity);
    cyn_code rc = cyn_store_finish(st, q, writing, err);
    if (rc != CYN_OK) cyn_context(err, "alert %s", row->identity);
    return rc;
}

cyn_code cyn_store_put_alert(cyn_store *st, const cyn_alert_row *row, cyn_err *err)
{
    CYN_TRY(cyn_store_need_alerts(st, writing, err));
    return cyn_store_or_undo(st, put_alert(st, row, err));
}

cyn_code cyn_store_drop_alert(cyn_store *st, const char *identity, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_write_sql(st, CYN_ASQL_DROP_ALERT, writing, &q, err));
    cyn_store_bind_text(q, 1, identity);
    return cyn_store_write(st, q, writing, err);
}

/* Integers that do not fit are out of any range that cyn_alert_check() accepts. */
static int small(sqlite3_stmt *q, int i)
{
    int64_t n = sqlite3_column_int64(q, i);
    return n < INT32_MIN || n > INT32_MAX ? INT32_MIN : (int)n;
}

static cyn_code read_life(sqlite3_stmt *q, int at, cyn_alert *out, cyn_err *err)
{
    int state = cyn_store_word(q, at, cyn_alert_state_names, CYN_ALERT_STATES);
    int reason = cyn_store_word(q, at + 1, cyn_alert_reason_names, CYN_ALERT_REASONS);
    int64_t states = sqlite3_column_int64(q, at + 11);
    if (state < 0 || reason < 0) return cyn_fail(err, CYN_E_STATE, "unknown state or reason");
    if (states < 0 || states > UINT32_MAX) return cyn_fail(err, CYN_E_STATE, "states out of range");
    *out = (cyn_alert){
        .state = (cyn_alert_state)state,
        .reason = (cyn_alert_reason)reason,
        .slot = sqlite3_column_int64(q, at + 2),
        .since = sqlite3_column_int64(q, at + 3),
        .idle = sqlite3_column_int64(q, at + 4),
        .began = sqlite3_column_int64(q, at + 5),
        .start = sqlite3_column_int64(q, at + 6),
        .severity = small(q, at + 7),
        .gone = small(q, at + 8),
        .missed = (uint64_t)sqlite3_column_int64(q, at + 9),
        .definition = (uint64_t)sqlite3_column_int64(q, at + 10),
        .states = (uint32_t)states,
        .nstates = small(q, at + 12),
        .damped = sqlite3_column_int(q, at + 13) != 0,
        .frozen = sqlite3_column_int(q, at + 14) != 0,
    };
    return cyn_alert_check(out, err);
}

/* CYN_E_STATE: it cannot be understood. */
static cyn_code read_alert(sqlite3_stmt *q, cyn_arena *arena, cyn_alert_row *out, cyn_err *err)
{
    bool ok = true;
    *out = (cyn_alert_row){.rule = cyn_store_copy_text(q, 0, arena, &ok),
                           .identity = cyn_store_copy_text(q, 1, arena, &ok),
                           .told = {.start = sqlite3_column_int64(q, 21), .severity = small(q, 22)},
                           .value = cyn_store_real(q, 18),
                           .period = cyn_store_copy_text(q, 19, arena, &ok),
                           .facts = cyn_store_copy_text(q, 20, arena, &ok)};
    if (!ok) return cyn_nomem(err);
    if (!cyn_store_read_labels(q, 2, arena, &out->labels, &out->nlabels))
        return out->labels ? cyn_fail(err, CYN_E_STATE, "alert %s: damaged labels", out->identity)
                           : cyn_nomem(err);
    cyn_code rc = read_life(q, 3, &out->alert, err);
    if (rc != CYN_OK) cyn_context(err, "alert %s", out->identity);
    return rc;
}

cyn_code cyn_store_alerts(cyn_store *st, cyn_arena *arena, const cyn_alert_row **out, size_t *n,
                          cyn_err *bad, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    cyn_alert_row *items = NULL;
    size_t count = 0, capacity = 0;
    bool more = true;
    cyn_code rc = CYN_OK;
    if (bad) bad->code = CYN_OK;
    CYN_TRY(cyn_store_alert_sql(st, CYN_ASQL_GET_ALERTS, &q, err));
    for (;;) {
        CYN_TRY(cyn_store_next(st, q, reading, &more, err));
        if (!more) break;
        items = cyn_grown(arena, items, count, &capacity, sizeof *items);
        rc = items ? read_alert(q, arena, &items[count], bad) : cyn_nomem(err);
        if (rc == CYN_OK) count++;
        if (rc != CYN_OK && rc != CYN_E_STATE) {
            reset(q);
            return cyn_nomem(err);
        }
    }
    *out = items;
    *n = count;
    return CYN_OK;
}
