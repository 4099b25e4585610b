#include "store/store_impl.h"
#include <string.h>

/* "Cyno": how `file` and this program know the database. Never changes. */
#define APPLICATION_ID 0x43796e6f

/* Migration n brings a database from version n - 1 to n; all that are missing are one transaction.
 * A text here is never edited once released: a change is a new entry at the end.
 *
 * Instants are microseconds since 1970 (UTC). Grain "all" has the least and the greatest integer as
 * its bounds. A number stands twice: as REAL for queries, and as *_text with all its digits; a real
 * needs no second text, there it is NULL, so the text also tells the exact kinds from reals. */
static const char *const migrations[] = {
    "PRAGMA application_id = 1132031599;"
    "CREATE TABLE run ("
    "  id       INTEGER PRIMARY KEY AUTOINCREMENT," /* an id is never given out twice */
    "  command  TEXT    NOT NULL,"
    "  as_of    INTEGER NOT NULL," /* what the run took for now */
    "  started  INTEGER NOT NULL,"
    "  finished INTEGER,"
    "  failed   INTEGER NOT NULL DEFAULT 0," /* points without a value because of an error */
    "  version  TEXT    NOT NULL"            /* of the program */
    ") STRICT;"

    /* Two metrics may share a formula, so the hash alone is no key. */
    "CREATE TABLE definition ("
    "  metric    TEXT    NOT NULL,"
    "  hash      TEXT    NOT NULL,"
    "  formula   TEXT    NOT NULL,"
    "  first_run INTEGER REFERENCES run (id),"
    "  PRIMARY KEY (metric, hash)"
    ") STRICT, WITHOUT ROWID;"

    /* The key is the order in which series are read: over time, the newest run of a period last. */
    "CREATE TABLE value ("
    "  metric           TEXT    NOT NULL,"
    "  grain            TEXT    NOT NULL,"
    "  segment          TEXT    NOT NULL," /* JSON object, keys in byte order */
    "  period_start     INTEGER NOT NULL,"
    "  run              INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,"
    "  period_end       INTEGER NOT NULL,"
    "  period           TEXT    NOT NULL," /* label */
    "  definition       TEXT    NOT NULL,"
    "  value            REAL,"
    "  value_text       TEXT,"
    "  numerator        REAL,"
    "  numerator_text   TEXT,"
    "  denominator      REAL,"
    "  denominator_text TEXT,"
    "  rows             INTEGER NOT NULL,"
    "  partial          INTEGER NOT NULL,"
    "  immature         INTEGER NOT NULL,"
    "  error            TEXT," /* why there is no value; NULL = it did not fail */
    "  PRIMARY KEY (metric, grain, segment, period_start, run),"
    "  FOREIGN KEY (metric, definition) REFERENCES definition (metric, hash)"
    "    DEFERRABLE INITIALLY DEFERRED"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX value_run ON value (run);"

    /* Of each period of each series what the newest run says; one that failed says nothing. */
    "CREATE VIEW latest AS SELECT * FROM value AS v"
    "  WHERE error IS NULL AND run = ("
    "    SELECT max(run) FROM value AS w"
    "    WHERE w.metric = v.metric AND w.grain = v.grain AND w.segment = v.segment"
    "      AND w.period_start = v.period_start AND w.error IS NULL);"

    "CREATE TABLE source_schema ("
    "  source TEXT    NOT NULL PRIMARY KEY,"
    "  schema TEXT    NOT NULL,"
    "  seen   INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;",

    /* Which files of .cynosure/segments hold the rows of which input files: all of this can be
     * made again from the sources. Times are nanoseconds since 1970. */
    "CREATE TABLE segment ("
    "  id       INTEGER PRIMARY KEY,"
    "  source   TEXT    NOT NULL,"
    "  ordinal  INTEGER NOT NULL," /* rows of a source are in this order */
    "  spec     TEXT    NOT NULL," /* hash of all that decides what is read out of the inputs */
    "  path     TEXT    NOT NULL UNIQUE,"
    "  size     INTEGER NOT NULL,"
    "  modified INTEGER NOT NULL,"
    "  changed  INTEGER NOT NULL,"
    "  device   INTEGER NOT NULL,"
    "  inode    INTEGER NOT NULL,"
    "  boot     TEXT    NOT NULL," /* of the machine: what was written before it may be lost */
    "  UNIQUE (source, ordinal)"
    ") STRICT;"
    "CREATE TABLE segment_input ("
    "  segment  INTEGER NOT NULL REFERENCES segment (id) ON DELETE CASCADE,"
    "  ordinal  INTEGER NOT NULL,"
    "  path     TEXT    NOT NULL,"
    "  size     INTEGER NOT NULL,"
    "  modified INTEGER NOT NULL,"
    "  changed  INTEGER NOT NULL,"
    "  device   INTEGER NOT NULL,"
    "  inode    INTEGER NOT NULL,"
    "  PRIMARY KEY (segment, ordinal)"
    ") STRICT, WITHOUT ROWID;",

    /* A file that grows is in several segments: the next begins where the one before ends. */
    "ALTER TABLE segment ADD COLUMN begins INTEGER NOT NULL DEFAULT 0;" /* in the first input */
    "ALTER TABLE segment ADD COLUMN mark TEXT NOT NULL DEFAULT '';",    /* of the last; '' = none */

    /* From here on a run has rows in `value` only where it says something else than the run before
     * it that said anything: a row's run is when a value was first seen, and what is said of a
     * period at a run is in the newest row that is not newer. A digest of all points that a run
     * gave a metric tells that none of them is new. */
    "ALTER TABLE run ADD COLUMN points INTEGER;" /* that it gave; NULL: all are in `value` */
    "CREATE TABLE series ("
    "  metric TEXT NOT NULL,"
    "  grain  TEXT NOT NULL,"
    "  digest TEXT NOT NULL,"
    "  PRIMARY KEY (metric, grain)"
    ") STRICT, WITHOUT ROWID;",

    /* What was computed, under a hash of all that it depends on (engine/reuse.h). */
    "CREATE TABLE cells ("
    "  id   INTEGER PRIMARY KEY AUTOINCREMENT," /* the newer, the greater */
    "  key  TEXT NOT NULL UNIQUE,"
    "  data BLOB NOT NULL"
    ") STRICT;",

    /* What is remembered of rules and alerts. Labels are a name with a NUL, and "=" and the value,
     * or "-" where it is missing, with a NUL, each: their bytes need not be UTF-8.
     *
     * Rules that are evaluated together share a row of rule_slot, so that an evaluation of ten
     * thousand rules of which few have news changes few rows. */
    "CREATE TABLE rule_slot ("
    "  id   INTEGER PRIMARY KEY,"
    "  slot INTEGER NOT NULL" /* the last one evaluated */
    ") STRICT;"
    "CREATE TABLE rule ("
    "  rule         TEXT    NOT NULL PRIMARY KEY,"
    "  turn         INTEGER NOT NULL REFERENCES rule_slot (id) DEFERRABLE INITIALLY DEFERRED,"
    "  missed       INTEGER NOT NULL,"
    "  health       TEXT    NOT NULL,"
    "  health_since INTEGER NOT NULL,"
    "  error        TEXT,"
    "  segments     INTEGER NOT NULL,"
    "  firing       INTEGER NOT NULL,"
    "  pending      INTEGER NOT NULL,"
    "  frozen_by    TEXT" /* the rule that it depends on, and that fired */
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE alert ("
    "  id         INTEGER PRIMARY KEY,"
    "  identity   TEXT    NOT NULL UNIQUE,"
    "  rule       TEXT    NOT NULL,"
    "  labels     BLOB    NOT NULL," /* the segment's */
    "  state      TEXT    NOT NULL," /* from here to frozen: alert/machine.h */
    "  reason     TEXT    NOT NULL,"
    "  slot       INTEGER NOT NULL,"
    "  since      INTEGER NOT NULL,"
    "  idle       INTEGER NOT NULL,"
    "  began      INTEGER NOT NULL,"
    "  start      INTEGER NOT NULL,"
    "  severity   INTEGER NOT NULL,"
    "  gone       INTEGER NOT NULL,"
    "  missed     INTEGER NOT NULL,"
    "  definition INTEGER NOT NULL,"
    "  states     INTEGER NOT NULL,"
    "  nstates    INTEGER NOT NULL,"
    "  damped     INTEGER NOT NULL,"
    "  frozen     INTEGER NOT NULL,"
    "  value      REAL,"
    "  period     TEXT,"
    "  facts      TEXT,"
    "  told_start    INTEGER NOT NULL," /* what was told last: alert/notice.h */
    "  told_severity INTEGER NOT NULL"
    ") STRICT;"
    /* An event, once recorded, never changes: messages refer to it. */
    "CREATE TABLE alert_event ("
    "  id          INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  key         TEXT    NOT NULL UNIQUE,"
    "  recorded    INTEGER NOT NULL,"
    "  quiet       INTEGER NOT NULL,"
    "  rule        TEXT    NOT NULL,"
    "  metric      TEXT    NOT NULL,"
    "  identity    TEXT    NOT NULL,"
    "  incident    TEXT    NOT NULL,"
    "  fingerprint TEXT    NOT NULL,"
    "  labels      BLOB    NOT NULL," /* the segment's and the rule's */
    "  what        TEXT    NOT NULL,"
    "  reason      TEXT    NOT NULL,"
    "  severity    TEXT    NOT NULL,"
    "  firing      INTEGER NOT NULL,"
    "  slot        INTEGER NOT NULL,"
    "  start       INTEGER NOT NULL,"
    "  ended       INTEGER NOT NULL," /* the least integer: it goes on */
    "  value       REAL,"
    "  target      REAL,"
    "  unit        TEXT,"
    "  period      TEXT,"
    "  title       TEXT    NOT NULL,"
    "  summary     TEXT    NOT NULL,"
    "  description TEXT    NOT NULL,"
    "  runbook     TEXT,"
    "  owner       TEXT,"
    "  facts       TEXT    NOT NULL"
    ") STRICT;"
    "CREATE INDEX alert_event_rule ON alert_event (rule, slot);"
    "CREATE INDEX alert_event_incident ON alert_event (identity, start);",

    /* What becomes of telling them (store/outbox.h), and what people said. */
    "CREATE TABLE message ("
    "  id       INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  key      TEXT    NOT NULL UNIQUE,"
    "  channel  TEXT    NOT NULL,"
    "  grouping TEXT    NOT NULL,"
    "  labels   BLOB    NOT NULL," /* the group's */
    "  kind     TEXT    NOT NULL,"
    "  state    TEXT    NOT NULL,"
    "  made     INTEGER NOT NULL,"
    "  since    INTEGER NOT NULL,"
    "  attempts INTEGER NOT NULL,"
    "  tried    INTEGER," /* the last attempt */
    "  next     INTEGER NOT NULL,"
    "  detail   TEXT    NOT NULL"
    ") STRICT;"
    "CREATE INDEX message_group ON message (channel, grouping, made);"
    "CREATE INDEX message_tried ON message (channel, tried);"
    "CREATE INDEX message_state ON message (state);"
    "CREATE TABLE message_event ("
    "  message INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,"
    "  ordinal INTEGER NOT NULL,"
    "  event   INTEGER NOT NULL REFERENCES alert_event (id) ON DELETE CASCADE,"
    "  PRIMARY KEY (message, ordinal)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX message_event_event ON message_event (event);"
    "CREATE TABLE outbox ("
    "  id        INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  event     INTEGER NOT NULL REFERENCES alert_event (id) ON DELETE CASCADE,"
    "  channel   TEXT    NOT NULL,"
    "  state     TEXT    NOT NULL,"
    "  escalated INTEGER NOT NULL,"
    "  at        INTEGER NOT NULL,"
    "  message   INTEGER REFERENCES message (id) ON DELETE SET NULL,"
    "  detail    TEXT    NOT NULL,"
    "  UNIQUE (event, channel)"
    ") STRICT;"
    "CREATE INDEX outbox_open ON outbox (id) WHERE state IN ('waiting', 'held');"
    "CREATE INDEX outbox_message ON outbox (message);"
    /* What a channel was told of and does not know to be over. */
    "CREATE TABLE tale ("
    "  channel   TEXT    NOT NULL,"
    "  identity  TEXT    NOT NULL,"
    "  incident  TEXT    NOT NULL,"
    "  grouping  TEXT    NOT NULL," /* stays the same, so that what is said of it is in order */
    "  labels    BLOB    NOT NULL," /* the group's */
    "  event     INTEGER NOT NULL REFERENCES alert_event (id) ON DELETE CASCADE,"
    "  first     INTEGER NOT NULL,"
    "  last      INTEGER NOT NULL,"
    "  reminders INTEGER NOT NULL,"
    "  PRIMARY KEY (channel, identity)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX tale_event ON tale (event);"
    "CREATE INDEX tale_identity ON tale (identity);"
    /* The receiver asked for time. */
    "CREATE TABLE channel_delay ("
    "  channel TEXT    NOT NULL PRIMARY KEY,"
    "  until   INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE silence ("
    "  id       INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  matchers TEXT    NOT NULL," /* one a line */
    "  since    INTEGER NOT NULL,"
    "  until    INTEGER NOT NULL,"
    "  who      TEXT    NOT NULL,"
    "  why      TEXT    NOT NULL,"
    "  made     INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE ack ("
    "  identity TEXT    NOT NULL,"
    "  start    INTEGER NOT NULL," /* of the incident */
    "  at       INTEGER NOT NULL,"
    "  who      TEXT    NOT NULL,"
    "  why      TEXT,"
    "  PRIMARY KEY (identity, start)"
    ") STRICT, WITHOUT ROWID;",

    /* Which periods were evaluated, when and why, and what else runs by itself (store/ledger.h). */
    "CREATE TABLE ledger ("
    "  metric     TEXT    NOT NULL,"
    "  grain      TEXT    NOT NULL,"
    "  dims       TEXT    NOT NULL," /* joined by ","; '' = none */
    "  since      INTEGER NOT NULL," /* all periods in [since, until) were evaluated */
    "  until      INTEGER NOT NULL,"
    "  definition TEXT    NOT NULL,"
    "  data       TEXT    NOT NULL,"
    "  redo       TEXT    NOT NULL," /* what they are evaluated again for; '' = nothing */
    "  redone     INTEGER NOT NULL," /* … and those that begin before this were */
    "  at         INTEGER NOT NULL,"
    "  took       INTEGER NOT NULL,"
    "  late       INTEGER NOT NULL,"
    "  failures   INTEGER NOT NULL,"
    "  again      INTEGER NOT NULL,"
    "  failed     TEXT    NOT NULL," /* which work did, of what; '' = none */
    "  error      TEXT,"
    "  PRIMARY KEY (metric, grain, dims)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE stretch ("
    "  metric     TEXT    NOT NULL,"
    "  grain      TEXT    NOT NULL,"
    "  dims       TEXT    NOT NULL,"
    "  since      INTEGER NOT NULL,"
    "  until      INTEGER NOT NULL,"
    "  definition TEXT    NOT NULL,"
    "  data       TEXT    NOT NULL,"
    "  PRIMARY KEY (metric, grain, dims, since)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE evaluation ("
    "  run      INTEGER PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,"
    "  grain    TEXT    NOT NULL,"
    "  first    TEXT    NOT NULL," /* labels of periods */
    "  last     TEXT    NOT NULL,"
    "  reason   TEXT    NOT NULL,"
    "  due      INTEGER NOT NULL,"
    "  began    INTEGER NOT NULL,"
    "  took     INTEGER NOT NULL,"
    "  metrics  INTEGER NOT NULL,"
    "  points   INTEGER NOT NULL,"
    "  changed  INTEGER NOT NULL,"
    "  restated INTEGER NOT NULL,"
    "  failed   INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE job ("
    "  job      TEXT    NOT NULL PRIMARY KEY,"
    "  due      INTEGER NOT NULL,"
    "  began    INTEGER NOT NULL,"
    "  took     INTEGER NOT NULL,"
    "  runs     INTEGER NOT NULL,"
    "  missed   INTEGER NOT NULL,"
    "  failures INTEGER NOT NULL,"
    "  error    TEXT"
    ") STRICT, WITHOUT ROWID;"
    /* Runs that left nothing are dropped after a while: who refers to one is found quickly. */
    "CREATE INDEX definition_run ON definition (first_run);"
    /* Values that are not final yet are evaluated again some day. */
    "CREATE INDEX value_immature ON value (metric, grain, segment, period_start)"
    "  WHERE immature = 1;"
    /* The newest events of all rules are looked at all the time. */
    "CREATE INDEX alert_event_slot ON alert_event (slot);",
};
_Static_assert(APPLICATION_ID == 1132031599, "the first migration repeats it in decimal");
_Static_assert(sizeof migrations / sizeof *migrations == CYN_STORE_VERSION, "one text per version");

/* The first column of the first row of a query, an integer. */
static cyn_code ask(sqlite3 *db, const char *path, const char *query, int64_t *out, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    cyn_code rc = CYN_OK;
    if (sqlite3_prepare_v2(db, query, -1, &q, NULL) != SQLITE_OK || sqlite3_step(q) != SQLITE_ROW)
        rc = cyn_store_fail(db, path, "read", err);
    else
        *out = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return rc;
}

/* Inside a transaction, so that what is read belongs together. */
static cyn_code check_owner(sqlite3 *db, const char *path, int64_t *version, cyn_err *err)
{
    int64_t owner = 0, tables = 0;
    CYN_TRY(ask(db, path, "PRAGMA application_id", &owner, err));
    CYN_TRY(ask(db, path, "PRAGMA user_version", version, err));
    CYN_TRY(ask(db, path, "SELECT count(*) FROM sqlite_schema", &tables, err));
    if (owner != APPLICATION_ID && (owner || *version || tables)) {
        cyn_fail(err, CYN_E_STATE, "state '%s': is a SQLite database of another program", path);
        cyn_hint(err, "move the file elsewhere; a new one is made at the next run");
        return CYN_E_STATE;
    }
    if (*version > CYN_STORE_VERSION) {
        cyn_fail(err, CYN_E_STATE,
                 "state '%s': has version %lld, this cynosure (%s) knows versions up to %d", path,
                 (long long)*version, CYN_VERSION, CYN_STORE_VERSION);
        cyn_hint(err, "use the cynosure that wrote it, or a later one");
        return CYN_E_STATE;
    }
    return CYN_OK;
}

cyn_code cyn_store_check(sqlite3 *db, const char *path, int64_t *version, cyn_err *err)
{
    if (sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        return cyn_store_fail(db, path, "read", err);
    cyn_code rc = check_owner(db, path, version, err);
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL); /* nothing was written */
    return rc;
}

/* The migrations that are missing. */
static cyn_code apply(sqlite3 *db, const char *path, int64_t version, const char *what,
                      cyn_err *err)
{
    char mark[64];
    if (version == CYN_STORE_VERSION) return CYN_OK;
    for (; version < CYN_STORE_VERSION; version++)
        if (sqlite3_exec(db, migrations[version], NULL, NULL, NULL) != SQLITE_OK)
            return cyn_store_fail(db, path, what, err);
    sqlite3_snprintf(sizeof mark, mark, "PRAGMA user_version = %d", CYN_STORE_VERSION);
    if (sqlite3_exec(db, mark, NULL, NULL, NULL) != SQLITE_OK)
        return cyn_store_fail(db, path, what, err);
    return CYN_OK;
}

/* One transaction for all that are missing, so that the disk is waited for once. Another process
 * may have come first: the version is read again under the lock. */
cyn_code cyn_store_migrate(sqlite3 *db, const char *path, cyn_err *err)
{
    static const char what[] = "migrate";
    int64_t version = 0;
    CYN_TRY(cyn_store_check(db, path, &version, err));
    if (version == CYN_STORE_VERSION) return CYN_OK;
    if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return cyn_store_fail(db, path, what, err);
    cyn_code rc = check_owner(db, path, &version, err);
    if (rc == CYN_OK) rc = apply(db, path, version, what, err);
    if (rc == CYN_OK && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        rc = cyn_store_fail(db, path, what, err);
    if (rc != CYN_OK) sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}
