/* What the files about rules, alerts and the outbox share: statements that are prepared when they
 * are first needed, the open transaction, and how labels and notices lie in their columns.
 *
 * Private to src/store.
 */
#pragma once
#include "store/outbox.h"
#include "store/store_impl.h"

typedef enum cyn_alert_sql {
    CYN_ASQL_DATA_VERSION,
    CYN_ASQL_GET_SLOTS,
    CYN_ASQL_ADD_SLOT,
    CYN_ASQL_SET_SLOT,
    CYN_ASQL_DROP_SLOTS,
    CYN_ASQL_GET_RULES,
    CYN_ASQL_PUT_RULE,
    CYN_ASQL_TURN_RULE,
    CYN_ASQL_DROP_RULE,
    CYN_ASQL_GET_ALERTS,
    CYN_ASQL_PUT_ALERT,
    CYN_ASQL_DROP_ALERT,
    CYN_ASQL_GET_EVENT,
    CYN_ASQL_ADD_EVENT,
    CYN_ASQL_GET_EVENTS,
    CYN_ASQL_GET_EVENTS_OF_RULE,
    CYN_ASQL_GET_EVENTS_OF_ALERT,
    CYN_ASQL_LAST_EVENT,
    CYN_ASQL_OLD_EVENTS,
    CYN_ASQL_PRUNE_MESSAGES,
    CYN_ASQL_PRUNE_EVENTS,
    CYN_ASQL_PRUNE_ACKS,
    CYN_ASQL_ADD_SILENCE,
    CYN_ASQL_END_SILENCE,
    CYN_ASQL_GET_SILENCES,
    CYN_ASQL_IS_FIRING,
    CYN_ASQL_SET_ACK,
    CYN_ASQL_DROP_ACK,
    CYN_ASQL_GET_ACKS,
    CYN_ASQL_ADD_ROW,
    CYN_ASQL_GET_ROWS,
    CYN_ASQL_SET_ROW,
    CYN_ASQL_TELL_ROW,
    CYN_ASQL_GET_FOLLOWERS,
    CYN_ASQL_GET_TALES,
    CYN_ASQL_PUT_TALE,
    CYN_ASQL_DROP_TALE,
    CYN_ASQL_ADD_MESSAGE,
    CYN_ASQL_ADD_MESSAGE_EVENT,
    CYN_ASQL_SET_MESSAGE,
    CYN_ASQL_DROP_MESSAGE,
    CYN_ASQL_GET_MESSAGES,
    CYN_ASQL_GET_NOTICES,
    CYN_ASQL_GET_NOTICE,
    CYN_ASQL_DELAY_CHANNEL,
    CYN_ASQL_GET_DELAY,
    CYN_ASQL_OPEN_GROUP,
    CYN_ASQL_LAST_MESSAGE,
    CYN_ASQL_TRIED,
    CYN_ASQL_RESEND,
    CYN_ASQL_COUNT_OPEN,
    CYN_ASQL_GET_FIRING,
    CYN_ASQL_COUNT,
} cyn_alert_sql;

extern const char *const cyn_alert_statements[CYN_ASQL_COUNT];

struct cyn_alert_store {
    sqlite3_stmt *sql[CYN_ASQL_COUNT];
    bool open;                    /* between begin and commit */
    int64_t now;                  /* of the open transaction */
    bool grew;                    /* it added events */
    struct cyn_rule_slots *slots; /* of alerts_rules.c; NULL: not read yet */
};

/* Facts as they were written; those that somebody has damaged are none, since they are passed on as
 * JSON. */
#define CYN_SOUND_FACTS(facts) " CASE WHEN json_valid(" facts ") THEN " facts " END"
/* The columns of an event in the order in which cyn_store_read_notice() reads them; FROM
 * alert_event AS e. */
#define CYN_NOTICE_COLUMNS                                                                         \
    "e.key, e.rule, e.metric, e.identity, e.incident, e.fingerprint, e.labels, e.what, e.reason,"  \
    " e.severity, e.firing, e.slot, e.start, e.ended, e.value, e.target, e.unit, e.period,"        \
    " e.title, e.summary, e.description, e.runbook, e.owner," CYN_SOUND_FACTS("e.facts")
#define CYN_NOTICE_COUNT 24

/* A statement, ready to be bound. */
CYN_NODISCARD cyn_code cyn_store_alert_sql(cyn_store *st, cyn_alert_sql which, sqlite3_stmt **out,
                                           cyn_err *err);
/* CYN_E_STATE when no transaction is open. */
CYN_NODISCARD cyn_code cyn_store_need_alerts(const cyn_store *st, const char *what, cyn_err *err);
/* What could not be written whole is not written at all: ends the transaction when rc is a failure.
 * Returns rc. */
cyn_code cyn_store_or_undo(cyn_store *st, cyn_code rc);

/* cyn_store_alert_sql() and cyn_store_finish() within the transaction, which a failure ends. */
CYN_NODISCARD cyn_code cyn_store_write_sql(cyn_store *st, cyn_alert_sql which, const char *what,
                                           sqlite3_stmt **out, cyn_err *err);
CYN_NODISCARD cyn_code cyn_store_write(cyn_store *st, sqlite3_stmt *q, const char *what,
                                       cyn_err *err);

/* Rules that were put, before the commit; and after an undo or another process's writing. */
CYN_NODISCARD cyn_code cyn_store_settle_slots(cyn_store *st, cyn_err *err);
void cyn_store_forget_slots(struct cyn_alert_store *s);

void cyn_store_bind_text(sqlite3_stmt *q, int i, const char *s); /* NULL: a null */
void cyn_store_bind_real(sqlite3_stmt *q, int i, double x);      /* NAN: a null */
/* They lie in st->text, which must not change before the statement ran. */
CYN_NODISCARD cyn_code cyn_store_bind_labels(cyn_store *st, sqlite3_stmt *q, int i,
                                             const cyn_alert_label *labels, size_t n, cyn_err *err);
/* False when there is no memory (*out NULL) or they cannot be understood. */
bool cyn_store_read_labels(sqlite3_stmt *q, int i, cyn_arena *arena, const cyn_alert_label **out,
                           size_t *n);
/* A copy in the arena; *ok turns false when there is no memory. A null is NULL. */
const char *cyn_store_copy_text(sqlite3_stmt *q, int i, cyn_arena *arena, bool *ok);
double cyn_store_real(sqlite3_stmt *q, int i);
/* The index of a word in a list that ends with NULL, or has n words; -1: none. */
int cyn_store_word(sqlite3_stmt *q, int i, const char *const *words, size_t n);
/* False when there is no memory. Words that nobody knows any more read as the first of their kind.
 */
bool cyn_store_read_notice(sqlite3_stmt *q, int at, cyn_arena *arena, cyn_notice *out);
