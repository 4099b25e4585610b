#include "store/alerts_impl.h"

#define GOING_ON(start)                                                                            \
    "EXISTS (SELECT 1 FROM alert AS a WHERE a.identity = e.identity AND a.start = " start          \
    " AND a.state IN ('firing', 'recovering'))"

/* What becomes of telling an event, for people and programs. */
#define DELIVERIES                                                                                 \
    "(SELECT json_group_array(json_object('channel', o.channel,"                                   \
    "  'state', CASE WHEN m.id IS NULL THEN o.state WHEN m.state = 'waiting' AND m.attempts > 0"   \
    "   THEN 'retrying' ELSE m.state END,"                                                         \
    "  'at', coalesce(m.tried, m.made, o.at), 'message', m.id,"                                    \
    "  'detail', coalesce(m.detail, o.detail)))"                                                   \
    " FROM outbox AS o LEFT JOIN message AS m ON m.id = o.message WHERE o.event = e.id)"

/* Events, the newest first; each choice by an index of its own. */
#define EVENTS(choice)                                                                             \
    "SELECT " CYN_NOTICE_COLUMNS ", e.id, e.quiet, " DELIVERIES                                    \
    " FROM alert_event AS e WHERE" choice                                                          \
    " e.slot >= ?3 AND e.slot < ?4 AND (?6 IS NULL OR e.what <> ?6) AND (?7 IS NULL OR"            \
    " (e.slot, e.id) < (SELECT slot, id FROM alert_event WHERE key = ?7))"                         \
    " ORDER BY e.slot DESC, e.id DESC LIMIT ?5"

const char *const cyn_alert_statements[CYN_ASQL_COUNT] = {
    [CYN_ASQL_DATA_VERSION] = "PRAGMA data_version",

    /* ---- rules ---- */
    [CYN_ASQL_GET_SLOTS] = "SELECT id, slot FROM rule_slot",
    [CYN_ASQL_ADD_SLOT] = "INSERT INTO rule_slot (slot) VALUES (?)",
    [CYN_ASQL_SET_SLOT] = "UPDATE rule_slot SET slot = ? WHERE id = ?",
    [CYN_ASQL_DROP_SLOTS] = "DELETE FROM rule_slot WHERE id NOT IN (SELECT turn FROM rule)",
    [CYN_ASQL_GET_RULES] =
        "SELECT rule, slot, missed, health, health_since, error, segments, firing, pending, turn,"
        " frozen_by FROM rule JOIN rule_slot ON id = turn ORDER BY rule",
    [CYN_ASQL_PUT_RULE] =
        "INSERT INTO rule (rule, turn, missed, health, health_since, error, segments, firing,"
        " pending, frozen_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (rule) DO UPDATE SET missed = excluded.missed, health = excluded.health,"
        " health_since = excluded.health_since, error = excluded.error,"
        " segments = excluded.segments, firing = excluded.firing, pending = excluded.pending,"
        " frozen_by = excluded.frozen_by",
    [CYN_ASQL_TURN_RULE] = "UPDATE rule SET turn = ? WHERE rule = ?",
    [CYN_ASQL_DROP_RULE] = "DELETE FROM rule WHERE rule = ?",

    /* ---- alerts ---- */
    [CYN_ASQL_GET_ALERTS] =
        "SELECT rule, identity, labels, state, reason, slot, since, idle, began, start, severity,"
        " gone, missed, definition, states, nstates, damped, frozen, value, "
        "period," CYN_SOUND_FACTS(
            "facts") ", told_start, told_severity FROM alert ORDER BY rule, identity",
    [CYN_ASQL_PUT_ALERT] =
        "INSERT INTO alert (rule, identity, labels, state, reason, slot, since, idle, began, start,"
        " severity, gone, missed, definition, states, nstates, damped, frozen, value, period,"
        " facts, told_start, told_severity) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
        " ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (identity) DO UPDATE SET rule = excluded.rule, labels = excluded.labels,"
        " state = excluded.state, reason = excluded.reason, slot = excluded.slot,"
        " since = excluded.since, idle = excluded.idle, began = excluded.began,"
        " start = excluded.start, severity = excluded.severity, gone = excluded.gone,"
        " missed = excluded.missed, definition = excluded.definition, states = excluded.states,"
        " nstates = excluded.nstates, damped = excluded.damped, frozen = excluded.frozen,"
        " value = excluded.value, period = excluded.period, facts = excluded.facts,"
        " told_start = excluded.told_start, told_severity = excluded.told_severity",
    [CYN_ASQL_DROP_ALERT] = "DELETE FROM alert WHERE identity = ?",

    /* ---- events ---- */
    [CYN_ASQL_GET_EVENT] = "SELECT id FROM alert_event WHERE key = ?",
    [CYN_ASQL_ADD_EVENT] =
        "INSERT INTO alert_event (key, rule, metric, identity, incident, fingerprint, labels, what,"
        " reason, severity, firing, slot, start, ended, value, target, unit, period, title,"
        " summary, description, runbook, owner, facts, recorded, quiet)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [CYN_ASQL_GET_EVENTS] = EVENTS(""),
    [CYN_ASQL_GET_EVENTS_OF_RULE] = EVENTS(" e.rule = ?1 AND (?2 IS NULL OR e.identity = ?2) AND"),
    [CYN_ASQL_GET_EVENTS_OF_ALERT] = EVENTS(" e.identity = ?2 AND"),
    [CYN_ASQL_LAST_EVENT] = "SELECT slot FROM alert_event WHERE rule = ? AND slot <= ?"
                            " AND reason <> ? ORDER BY slot DESC LIMIT 1",
    /* The last of a few of the oldest that are too old, or too many. */
    [CYN_ASQL_OLD_EVENTS] =
        "SELECT max(id) FROM (SELECT id, recorded FROM alert_event ORDER BY id LIMIT 2000)"
        " WHERE recorded < ?1 OR id <= (SELECT max(id) FROM alert_event) - ?2",
    [CYN_ASQL_PRUNE_MESSAGES] = "DELETE FROM message WHERE state <> 'waiting' AND made < ?2"
                                " AND id IN (SELECT message FROM message_event WHERE event <= ?1)",
    /* None that something still needs. */
    [CYN_ASQL_PRUNE_EVENTS] =
        "DELETE FROM alert_event WHERE id <= ?1"
        " AND id NOT IN (SELECT event FROM outbox WHERE state IN ('waiting', 'held'))"
        " AND id NOT IN (SELECT event FROM tale)"
        " AND id NOT IN (SELECT event FROM message_event WHERE event <= ?1)",
    [CYN_ASQL_PRUNE_ACKS] = "DELETE FROM ack WHERE at < ?1 AND NOT EXISTS (SELECT 1 FROM alert"
                            " WHERE alert.identity = ack.identity AND alert.start = ack.start)",

    /* ---- silences, acknowledgements ---- */
    [CYN_ASQL_ADD_SILENCE] = "INSERT INTO silence (matchers, since, until, who, why, made)"
                             " VALUES (?, ?, ?, ?, ?, ?)",
    [CYN_ASQL_END_SILENCE] =
        "UPDATE silence SET until = max(since, ?2) WHERE id = ?1 AND until > ?2",
    [CYN_ASQL_GET_SILENCES] = "SELECT id, matchers, since, until, who, why FROM silence"
                              " WHERE ?1 OR until > ?2 ORDER BY id",
    [CYN_ASQL_IS_FIRING] = "SELECT 1 FROM alert WHERE identity = ? AND start = ?"
                           " AND state IN ('firing', 'recovering')",
    [CYN_ASQL_SET_ACK] =
        "INSERT INTO ack (identity, start, at, who, why) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (identity, start) DO UPDATE SET at = excluded.at, who = excluded.who,"
        " why = excluded.why",
    [CYN_ASQL_DROP_ACK] = "DELETE FROM ack WHERE identity = ? AND start = ?",
    [CYN_ASQL_GET_ACKS] = "SELECT identity, start, at, who, why FROM ack ORDER BY identity, start",

    /* ---- outbox ---- */
    [CYN_ASQL_ADD_ROW] = "INSERT INTO outbox (event, channel, state, escalated, at, detail)"
                         " VALUES (?, ?, 'waiting', ?, ?, '') ON CONFLICT DO NOTHING",
    [CYN_ASQL_GET_ROWS] =
        "SELECT " CYN_NOTICE_COLUMNS ", o.id, o.event, o.channel, o.state, o.escalated, o.at,"
        " o.detail, " GOING_ON(
            "e.start") " FROM outbox AS o JOIN alert_event AS e ON e.id = o.event"
                       " WHERE o.state IN ('waiting', 'held') ORDER BY o.id",
    [CYN_ASQL_SET_ROW] = "UPDATE outbox SET state = ?, detail = ? WHERE id = ?",
    [CYN_ASQL_TELL_ROW] = "UPDATE outbox SET state = 'told', detail = '', message = ? WHERE id = ?",
    /* Whoever was told of the alert, or is about to be of this incident. CROSS JOIN: in this order,
     * and not by looking at all that waits. */
    [CYN_ASQL_GET_FOLLOWERS] =
        "SELECT e.id, t.channel FROM alert_event AS e"
        "  CROSS JOIN tale AS t ON t.identity = e.identity WHERE e.key = ?1"
        " UNION ALL SELECT e.id, o.channel FROM alert_event AS e"
        "  CROSS JOIN alert_event AS x ON x.identity = e.identity AND x.start = e.start"
        "   AND x.id < e.id"
        "  CROSS JOIN outbox AS o ON o.event = x.id AND +o.state IN ('waiting', 'held')"
        " WHERE e.key = ?1",
    [CYN_ASQL_GET_TALES] =
        "SELECT t.channel, t.incident, t.identity, t.grouping, t.event, t.first, t.last,"
        " t.reminders, " GOING_ON(
            "e.start") ", EXISTS (SELECT 1 FROM ack WHERE"
                       " ack.identity = e.identity AND ack.start = e.start), e.rule, t.labels"
                       " FROM tale AS t JOIN alert_event AS e ON e.id = t.event"
                       " ORDER BY t.channel, t.grouping, t.identity",
    [CYN_ASQL_PUT_TALE] =
        "INSERT INTO tale (channel, incident, identity, grouping, event, first, last, reminders,"
        " labels) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (channel, identity) DO UPDATE SET incident = excluded.incident,"
        " grouping = excluded.grouping, event = excluded.event, first = excluded.first,"
        " last = excluded.last, reminders = excluded.reminders, labels = excluded.labels",
    [CYN_ASQL_DROP_TALE] = "DELETE FROM tale WHERE channel = ? AND identity = ?",
    [CYN_ASQL_ADD_MESSAGE] =
        "INSERT INTO message (key, channel, grouping, labels, kind, state, made, since, attempts,"
        " tried, next, detail) VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?, 0, NULL, ?, '')",
    [CYN_ASQL_ADD_MESSAGE_EVENT] =
        "INSERT INTO message_event (message, ordinal, event) VALUES (?, ?, ?)",
    [CYN_ASQL_SET_MESSAGE] =
        "UPDATE message SET state = ?, attempts = ?, tried = ?, next = ?, detail = ? WHERE id = ?",
    [CYN_ASQL_DROP_MESSAGE] = "DELETE FROM message WHERE id = ?",
    [CYN_ASQL_GET_MESSAGES] =
        "SELECT id, key, channel, grouping, labels, kind, state, made, since, attempts, tried,"
        " next, detail, (SELECT count(*) FROM message_event WHERE message = message.id)"
        " FROM message WHERE state = ? ORDER BY id",
    [CYN_ASQL_GET_NOTICES] = "SELECT " CYN_NOTICE_COLUMNS " FROM message_event AS x"
                             " JOIN alert_event AS e ON e.id = x.event WHERE x.message = ?"
                             " ORDER BY x.ordinal",
    [CYN_ASQL_GET_NOTICE] = "SELECT " CYN_NOTICE_COLUMNS " FROM alert_event AS e WHERE e.id = ?",
    [CYN_ASQL_DELAY_CHANNEL] = "INSERT INTO channel_delay (channel, until) VALUES (?, ?)"
                               " ON CONFLICT (channel) DO UPDATE SET until = excluded.until",
    [CYN_ASQL_GET_DELAY] = "SELECT until FROM channel_delay WHERE channel = ?",
    /* CROSS JOIN: from the one alert, and not from all that waits. */
    [CYN_ASQL_OPEN_GROUP] = "SELECT m.grouping, m.labels FROM alert_event AS e"
                            " CROSS JOIN message_event AS x ON x.event = e.id"
                            " CROSS JOIN message AS m ON m.id = x.message"
                            " WHERE m.channel = ?1 AND e.identity = ?2 AND m.state = 'waiting'"
                            " ORDER BY m.id DESC LIMIT 1",
    [CYN_ASQL_LAST_MESSAGE] =
        "SELECT (SELECT max(made) FROM message WHERE channel = ?1 AND grouping = ?2),"
        " EXISTS (SELECT 1 FROM message WHERE state = 'waiting' AND channel = ?1"
        "  AND grouping = ?2)",
    [CYN_ASQL_TRIED] = "SELECT count(*), min(tried) FROM message"
                       " WHERE channel = ? AND tried > ? AND tried <= ?",
    [CYN_ASQL_RESEND] = "UPDATE message SET state = 'waiting', since = ?2, next = ?2, attempts = 0"
                        " WHERE id = ?1 AND state = 'dead'",
    [CYN_ASQL_COUNT_OPEN] =
        "SELECT state, count(*) FROM message AS m WHERE state IN ('waiting', 'dead')"
        " AND (?1 IS NULL OR EXISTS (SELECT 1 FROM message_event AS x JOIN alert_event AS e"
        "  ON e.id = x.event WHERE x.message = m.id AND e.rule = ?1)) GROUP BY state",
    /* Of each alert that fires the last event that says so, as bad as the alert is now. */
    [CYN_ASQL_GET_FIRING] =
        "SELECT " CYN_NOTICE_COLUMNS ", a.severity FROM alert AS a JOIN alert_event AS e"
        " ON e.id = (SELECT max(x.id) FROM alert_event AS x WHERE "
        "  x.identity = a.identity AND x.start = a.start AND x.firing)"
        " WHERE a.state IN ('firing', 'recovering') ORDER BY a.identity",
};
