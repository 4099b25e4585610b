/* The agenda as `cynosure schedule` shows it: plain data, filled in by whoever knows
 * (live/agenda.h).
 */
#pragma once
#include "report/report.h"

typedef enum cyn_agenda_kind {
    CYN_AGENDA_SOURCE,
    CYN_AGENDA_METRIC,
    CYN_AGENDA_RULE,
    CYN_AGENDA_REPORT,
} cyn_agenda_kind;
extern const char *const cyn_agenda_kind_names[]; /* "source", "metric", "rule", "report"; NULL */

typedef struct cyn_agenda_item {
    cyn_agenda_kind kind;
    const char *name;
    const char *by;     /* METRIC: the dimension; NULL: the whole */
    const char *title;  /* in the project's language; NULL */
    const char *when;   /* as people say it: "every 1h", "week + 6h", "0 9 * * MON" */
    const char *period; /* METRIC: label of the one that is evaluated next; NULL */
    int64_t next;       /* CYN_TIME_MAX: never, or not by the clock; SOURCE: at the latest */
    int64_t last;       /* when it ran last; CYN_TIME_MIN: never */
    int64_t took, late; /* of that run; -1: not known */
    int64_t missed;     /* times that will never run, in all */
    int64_t failures;   /* in a row */
    const char *error;  /* of the last run; NULL: it went well */
} cyn_agenda_item;

/* A table for people, one object per line for programs. */
CYN_NODISCARD cyn_code cyn_report_agenda(const cyn_agenda_item *items, size_t n, int64_t now,
                                         const cyn_report_options *opts, cyn_buf *out,
                                         cyn_err *err);
