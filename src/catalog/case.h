/* A test of rules and metrics, as tests/<name>.lua declared it (lua/cynosure/testing.lua).
 *
 *     test "aha_drop fires when ads fall" {
 *       series = { aha_rate = { from = "2026-01-05",
 *         { channel = "ads", "0.30x13 0.2x5" }, { channel = "seo", "0.3x20" } } },
 *       expect = { { at = "2026-01-21", alert = "aha_drop", channel = "ads",
 *         state = "firing", severity = "warning", message = "Aha% in ads is …" } },
 *     }
 *     test "lessons per learner" {
 *       rows = { events = [[
 *         time,user_id,event
 *         2026-01-05 10:00,u1,lesson_done
 *       ]] },
 *       expect = { { metric = "lessons_per_learner", period = "2026-W02", value = 1 } },
 *     }
 *
 * Immutable; in the catalog's arena. Everything is checked for shape when it is declared; names and
 * times are settled by the runner (rules/case.h).
 */
#pragma once
#include "plan/plan.h"

/* A key of a segment or of an expectation, in the order in which names sort. */
typedef struct cyn_case_field {
    const char *name;
    cyn_const value;
} cyn_case_field;

typedef struct cyn_case_series {
    const char *metric;
    const char *grain, *from; /* as written; grain NULL: the metric's */
    const cyn_case_field *segment;
    size_t nsegment;
    const char *values; /* the shorthand */
    cyn_place place;    /* where it begins; without column: of the test */
} cyn_case_series;

typedef struct cyn_case_rows {
    const char *source;
    const char *text; /* CSV with a header */
    cyn_place place;  /* likewise */
} cyn_case_rows;

/* All fields that were given; `segment` holds those that are none of the words below. */
typedef struct cyn_case_expectation {
    cyn_place place;
    const char *at, *period; /* NULL: not given */
    const char *alert, *metric;
    const cyn_case_field *segment;
    size_t nsegment;
    const char *state, *severity, *status, *message, *health;
    bool has_value;
    cyn_const value; /* nil: missing is expected */
    double within;   /* of the value, absolute; 0: 1e-9 relative */
    int64_t count;   /* alerts in that state; -1: not given */
} cyn_case_expectation;

typedef struct cyn_case {
    const char *name;
    cyn_place place;
    const char *now;          /* of metrics; NULL: the project's, over rows the end of the period */
    const char *from, *until; /* of the false clock; NULL: found from series and expectations */
    const cyn_case_series *series;
    size_t nseries;
    const cyn_case_rows *rows;
    size_t nrows;
    const cyn_case_expectation *expect;
    size_t nexpect;
} cyn_case;
