/* What a replay of a rule found: its incidents, and how they stand to those that somebody knows of.
 *
 * Made by rules/backtest.h, shown by report/backtest.h; the score is a pure function of both
 * lists:
 *
 *     cyn_backtest_score score;
 *     CYN_TRY(cyn_backtest_judge(incidents, n, known, nknown, &bounds, arena, &score, err));
 *
 * An incident *announces* a known one when its segment is meant, and it starts between `from` and
 * `to` of the known one, both widened by the tolerance: a firing that has gone on since long before
 * tells nobody anything. Precision is the share of told incidents that announce one; recall the
 * share of known ones, of those that begin within the replay, that were announced. Known ones that
 * begin outside of it count for neither side; what announces them is no false alarm.
 *
 * Immutable; lives as long as its arena. Any thread.
 */
#pragma once
#include "alert/identity.h"
#include "alert/rule.h"

/* An incident that somebody knows of: what a rule should have found. */
typedef struct cyn_known_incident {
    int64_t from, to;              /* from ≤ to */
    const cyn_alert_label *labels; /* of the segments that it is about; none: any */
    size_t nlabels;
    const char *name; /* NULL: none */
} cyn_known_incident;

typedef struct cyn_backtest_incident {
    const char *identity;
    const cyn_alert_label *labels;
    size_t nlabels;
    int64_t began, start, end; /* end CYN_ALERT_NEVER: it still fires */
    cyn_severity severity;     /* the worst */
    double value;              /* when it fired; NAN: missing */
    cyn_alert_sight seen;      /* what made it fire: TRUE, NO_DATA, ERROR */
    cyn_alert_reason reason;   /* why it ended */
    bool told;                 /* somebody would have been told: it was not damped all the time */
    bool known;                /* it announces one that is known */
} cyn_backtest_incident;

/* What an alert is from an instant on, until the next one of its list. The worse, the larger: what
 * a cell of the picture shows of several. */
typedef enum cyn_backtest_look {
    CYN_LOOKS_QUIET,
    CYN_LOOKS_NO_DATA,
    CYN_LOOKS_PENDING,
    CYN_LOOKS_ERROR,
    CYN_LOOKS_FIRING,
} cyn_backtest_look;

typedef struct cyn_backtest_change {
    int64_t at;
    cyn_backtest_look look;
} cyn_backtest_change;

/* One alert over the whole replay; quiet before its first change. */
typedef struct cyn_backtest_lane {
    const char *identity;
    const cyn_alert_label *labels;
    size_t nlabels;
    const cyn_backtest_change *changes; /* ascending */
    size_t nchanges;
    size_t incidents;
    int64_t firing; /* microseconds */
} cyn_backtest_lane;

/* What became of a known incident. */
typedef struct cyn_backtest_match {
    const cyn_known_incident *known;
    bool outside;  /* it does not begin within the replay */
    bool found;    /* an incident announces it */
    int64_t delay; /* from its beginning to the first that does; negative: before it */
} cyn_backtest_match;

/* A share k of n, and the 95 % interval by Wilson's formula; all NAN where n is 0. */
typedef struct cyn_backtest_share {
    size_t k, n;
    double share, low, high;
} cyn_backtest_share;
cyn_backtest_share cyn_backtest_share_of(size_t k, size_t n);

typedef struct cyn_backtest_score {
    bool given;                        /* there is a list of known ones, if an empty one */
    int64_t tolerance;                 /* microseconds */
    const cyn_backtest_match *matches; /* [known], by their beginnings */
    size_t nmatches, outside;
    cyn_backtest_share precision, recall;
    int64_t delay; /* the median of those found; CYN_ALERT_NEVER: there are none */
} cyn_backtest_score;

/* What a replay is held against: known incidents, and the stretch that was replayed. */
typedef struct cyn_backtest_bounds {
    int64_t from, to, tolerance;
} cyn_backtest_bounds;
/* Sets `known` of the incidents, which stand by their start. Fails for memory only. */
CYN_NODISCARD cyn_code cyn_backtest_judge(cyn_backtest_incident *incidents, size_t n,
                                          const cyn_known_incident *known, size_t nknown,
                                          const cyn_backtest_bounds *bounds, cyn_arena *arena,
                                          cyn_backtest_score *out, cyn_err *err);

typedef struct cyn_backtest_result {
    const cyn_rule *rule;
    int64_t from, to;                       /* slots in [from, to) */
    uint64_t slots, errors, no_data;        /* evaluated; that failed; without any data */
    uint64_t frozen;                        /* at which something that it depends on fired */
    const cyn_err *error;                   /* the first; NULL: none */
    size_t segments;                        /* at most, at one slot */
    const cyn_backtest_incident *incidents; /* by start, then identity */
    size_t nincidents;
    const cyn_backtest_lane *lanes; /* of alerts that ever were anything, by identity */
    size_t nlanes;
    size_t pages; /* messages, as a channel with default settings sends them for the rule alone:
                     one for all segments that begin to fire or become worse together, five minutes
                     apart at least; reminders and ends left out */
    double pages_per_week;
    int64_t firing; /* microseconds in which at least one fired */
    cyn_backtest_score score;
} cyn_backtest_result;

/* How many messages events at these slots, in ascending order, make: each at once, but not before
 * `apart` has passed since the one before; what comes meanwhile goes along. */
size_t cyn_backtest_pages(const int64_t *slots, size_t n, int64_t apart);
/* Microseconds in which at least one of the incidents, by start, goes on; those without end go on
 * until `to`. */
int64_t cyn_backtest_firing(const cyn_backtest_incident *incidents, size_t n, int64_t to);
