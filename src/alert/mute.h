/* Who is not told, and why: silences, maintenance windows, inhibition, acknowledgement.
 *
 * All of it is decided when a message is about to be made, never in the machine: an alert that is
 * muted fires all the same, and is told when it is no longer muted and still fires.
 *
 * Matchers are Alertmanager's: name = "value", !=, =~ and !~ with an anchored regular
 * expression (base/regex.h). Beside an alert's labels they match `rule`, `severity`, `metric`,
 * `owner`. A label that an alert lacks is "".
 *
 *     cyn_matcher m[2];
 *     CYN_TRY(cyn_matcher_parse("channel=~ads|seo", arena, &m[0], err));
 *     if (cyn_matchers_match(m, 1, notice)) …
 */
#pragma once
#include "alert/calendar.h"
#include "alert/notice.h"
#include "base/buf.h"

typedef enum cyn_match_op {
    CYN_MATCH_IS,
    CYN_MATCH_IS_NOT,
    CYN_MATCH_LIKE,
    CYN_MATCH_UNLIKE
} cyn_match_op;

typedef struct cyn_matcher {
    const char *name, *value;
    cyn_match_op op;
    struct cyn_pattern *pattern; /* compiled; of LIKE and UNLIKE */
} cyn_matcher;

/* `channel="ads"`, `channel=ads`, `channel =~ "a.*"`; a word alone is a rule's name. In quotes \",
 * \\ and \n are escapes. CYN_E_SYNTAX says what is wrong. What was compiled is freed by
 * cyn_matchers_free(). */
CYN_NODISCARD cyn_code cyn_matcher_parse(const char *s, cyn_arena *arena, cyn_matcher *out,
                                         cyn_err *err);
/* All of a list; on failure nothing is left to be freed. */
CYN_NODISCARD cyn_code cyn_matchers_parse(const char *const *texts, size_t n, cyn_arena *arena,
                                          const cyn_matcher **out, cyn_err *err);
/* Those that were parsed once and written down: a pattern that is refused today is kept, and
 * matches nothing. */
CYN_NODISCARD cyn_code cyn_matchers_recall(const char *const *texts, size_t n, cyn_arena *arena,
                                           const cyn_matcher **out, cyn_err *err);
bool cyn_matcher_is_refused(const cyn_matcher *m);
void cyn_matchers_free(const cyn_matcher *m, size_t n);
/* As it is parsed: name="value". */
void cyn_matcher_text(const cyn_matcher *m, cyn_buf *out);
/* All of them match; no matcher at all matches everything. A pattern that searches for too long
 * matches nothing, negated neither. */
bool cyn_matchers_match(const cyn_matcher *m, size_t n, const cyn_notice *notice);
/* What matchers and groups see under a name: `rule`, `severity`, `metric`, `owner`, else the label;
 * "" where there is none. */
const char *cyn_notice_label(const cyn_notice *notice, const char *name);

typedef struct cyn_alert_silence {
    int64_t id;
    const cyn_matcher *matchers;
    size_t nmatchers;
    int64_t from, until; /* half-open */
    const char *who, *why;
} cyn_alert_silence;

/* Whether one of its matchers is refused: since all of them have to match, it silences nothing. */
bool cyn_silence_is_refused(const cyn_alert_silence *s);

/* While an alert that matches `source` fires, those that match `target` and agree with it in all of
 * `equal` are muted; never by themselves. An alert that matches both is muted by none that matches
 * both, too. */
typedef struct cyn_inhibition {
    const cyn_matcher *source, *target;
    size_t nsource, ntarget;
    const char *const *equal;
    size_t nequal;
} cyn_inhibition;

/* A time in which nobody is told. */
typedef struct cyn_maintenance {
    const cyn_matcher *matchers; /* none: all alerts */
    size_t nmatchers;
    int64_t from, until;                /* half-open */
    const cyn_alert_calendar *calendar; /* in place of them: whenever it holds; NULL */
    const char *why;                    /* NULL: nothing was said */
} cyn_maintenance;

/* All that mutes. */
typedef struct cyn_mutes {
    const cyn_alert_silence *silences;
    size_t nsilences;
    const cyn_maintenance *maintenance;
    size_t nmaintenance;
    const cyn_inhibition *inhibitions;
    size_t ninhibitions;
    const cyn_notice *firing; /* the alerts that fire now: what inhibits */
    size_t nfiring;
} cyn_mutes;

typedef enum cyn_mute_kind {
    CYN_MUTE_SILENCE,
    CYN_MUTE_MAINTENANCE,
    CYN_MUTE_INHIBITION
} cyn_mute_kind;

typedef struct cyn_muting {
    cyn_mute_kind kind;
    int64_t until; /* CYN_ALERT_NO_CHANGE: nobody knows (inhibition, a calendar that never ends) */
    const cyn_alert_silence *silence;   /* SILENCE */
    const cyn_maintenance *maintenance; /* MAINTENANCE */
    const cyn_notice *by;               /* INHIBITION: the alert that fires */
} cyn_muting;

/* Whether an alert is muted at an instant, and by what: the first of silences, maintenance,
 * inhibition. */
bool cyn_muted(const cyn_mutes *m, const cyn_notice *notice, int64_t now, cyn_muting *out);
/* `silence 3 by kim until 2026-11-22T09:00:00Z: deploy`, `maintenance: …`, `inhibited by
 * load_failed`; for people and the record. */
void cyn_muting_text(const cyn_muting *m, const cyn_tz *tz, cyn_buf *out);
