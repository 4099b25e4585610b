/* A rule as its script declared it (lua/cynosure/alert.lua): what is watched, when it is bad, and
 * who is told. Immutable after the catalog is frozen; in the catalog's arena.
 *
 *     alert "aha_drop" {
 *       metric = "aha_rate", by = { "channel" }, every = "1h",
 *       when = function(s) return s:change "1w" < -0.05 and s.value < s.target end,
 *       hold = "2h", keep = "1h", severity = "warning", notify = { "growth" },
 *     }
 *
 * Conditions are row expressions (plan/plan.h) whose columns are *readings* of the series
 * (alert/reading.h), the dimensions of `by`, and the rule's parameters, looked up in this order. A
 * condition holds where its value is neither nil nor false. It is always a CYN_EXPR_SCRIPT, however
 * short it is; `reads` lists the readings, dimensions and parameters that it plainly names.
 */
#pragma once
#include "alert/machine.h"
#include "base/sheet.h"
#include "plan/plan.h"

typedef enum cyn_severity {
    CYN_SEVERITY_NONE,
    CYN_INFO,
    CYN_WARNING,
    CYN_CRITICAL,
} cyn_severity;
extern const char *const cyn_severity_names[]; /* "", "info", "warning", "critical"; NULL */

/* What makes the alert so bad; a segment is at the worst level that holds. */
typedef struct cyn_rule_level {
    cyn_severity severity;
    const cyn_expr *when; /* NULL: whenever the rule's own `when` holds */
} cyn_rule_level;

typedef struct cyn_rule_label {
    const char *name, *value;
} cyn_rule_label;

/* A number that conditions read by its name, and `backtest --set` changes. */
typedef struct cyn_rule_param {
    const char *name;
    double value;
} cyn_rule_param;

typedef struct cyn_rule {
    const char *name;
    cyn_place place;
    const char *pack; /* NULL: the project's own */
    const char *metric;
    const char *const *by; /* dimensions; none: the whole */
    size_t nby;
    bool has_grain; /* else the metric's */
    cyn_grain grain;
    bool partial; /* judges the running period against the same elapsed part of others; else the
                     last period that has ended and is mature */
    int64_t every, at;    /* microseconds; sched/slots.h. every 0: one grain, at most a day */
    const cyn_expr *when; /* NULL: the levels say it all */
    const cyn_rule_level *levels; /* in ascending order of severity; at least one */
    size_t nlevels;
    const cyn_expr *clear; /* an incident goes on until this holds; NULL: until no level does */
    cyn_alert_policy policy;
    const char *const *depends; /* rules: while one of them fires, this one is frozen */
    size_t ndepends;
    const char *calendar; /* of cynosure.yaml: it is evaluated only then; NULL: always */
    const cyn_rule_label *labels;
    size_t nlabels;
    const cyn_rule_param *params;
    size_t nparams;
    const char *const *notify; /* channels of cynosure.yaml */
    size_t nnotify;
    int64_t remind; /* tells it again after so long, while it fires; 0: as the channel says */
    cyn_label title, summary, description; /* templates: notify/template.h */
    const char *runbook, *owner;           /* NULL: none */
    char definition[65]; /* SHA-256 of all that decides (metric's definition not included), hex */
} cyn_rule;
