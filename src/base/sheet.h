/* The definition sheet of one metric: what the business agreed on about it.
 *
 * kpis.yaml holds it (config reads it); a script may give the same fields beside the formula
 * (catalog reads them). The two are merged by cyn_sheet_merge(): a field given in both places with
 * different content is a conflict, not a silent choice.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/period.h"
#include <stdbool.h>

typedef enum cyn_role { CYN_ROLE_NONE, CYN_NSM, CYN_KGI, CYN_KPI, CYN_GUARDRAIL } cyn_role;
typedef enum cyn_layer { CYN_LAYER_NONE, CYN_LEADING, CYN_COINCIDENT, CYN_LAGGING } cyn_layer;
typedef enum cyn_lens {
    CYN_LENS_NONE,
    CYN_BREADTH,
    CYN_DEPTH,
    CYN_FREQUENCY,
    CYN_EFFICIENCY
} cyn_lens;
typedef enum cyn_direction { CYN_DIRECTION_NONE, CYN_UP, CYN_DOWN, CYN_RANGE } cyn_direction;
typedef enum cyn_status { CYN_STATUS_NONE, CYN_GREEN, CYN_YELLOW, CYN_RED } cyn_status;

/* Words of the enums, in their order, NULL-terminated; index 0 is "" (not given). */
extern const char *const cyn_role_names[];  /* "", "nsm", "kgi", "kpi", "guardrail" */
extern const char *const cyn_layer_names[]; /* "", "leading", "coincident", "lagging" */
extern const char *const cyn_lens_names[];  /* "", "breadth", "depth", "frequency", "efficiency" */
extern const char *const cyn_direction_names[]; /* "", "up", "down", "range" */
extern const char *const cyn_status_names[];    /* "", "green", "yellow", "red" */
/* Index of the word, or -1. The empty word is not found. */
int cyn_word(const char *const *names, const char *word);

/* A text in the project's languages; en stands in for ja and the other way round. */
typedef struct cyn_label {
    const char *en, *ja;
} cyn_label;
/* The text for a language ("ja" or "en"); fallback (the metric's name, say) where none is given. */
const char *cyn_label_text(cyn_label l, const char *language, const char *fallback);

/* A bound: direction up or down use lo; range uses lo … hi, both inclusive. */
typedef struct cyn_bound {
    bool set, two; /* two: lo and hi were given */
    double lo, hi;
} cyn_bound;

/* What the target asks for on a day on the way to it. */
typedef struct cyn_waypoint {
    int64_t date; /* days */
    double value;
} cyn_waypoint;

/* A finding of `check` that somebody has decided to live with. */
typedef struct cyn_silence {
    const char *id, *reason;
    int line, column; /* of the file that the sheet, or cynosure.yaml, is */
} cyn_silence;

typedef struct cyn_sheet {
    const char *name;
    const char *file; /* where it was declared */
    int line, column;
    cyn_label title;
    cyn_role role;
    cyn_layer layer;
    cyn_lens lens;
    cyn_direction direction;
    const char *unit; /* "%", "USD", "JPY", "h", "users", … */
    const char *why, *owner, *formula_text, *numerator_text, *denominator_text, *source_text;
    bool has_grain;
    cyn_grain grain; /* "grain"; the cadence in which the metric is looked at */
    bool has_target;
    double target_from, target; /* from → to; from is NAN when not given */
    bool has_target_by;
    int64_t target_by; /* date, days */
    bool has_target_since;
    int64_t target_since;     /* date, days: when the value was `from` */
    const cyn_waypoint *path; /* by date, between since and by; none: a straight line */
    size_t npath;
    bool has_market;
    double market;
    cyn_bound green, yellow; /* worse than yellow is red */
    double hysteresis; /* how far a value must pass a threshold to change its colour; 0: not */
    bool has_review;
    int64_t review; /* date, days */
    const cyn_silence *silences;
    size_t nsilences;
} cyn_sheet;

/* Fills what `into` lacks from `from`; texts stay owned by from's arena.
 * CYN_E_CONFLICT names the field, both values and both places. */
CYN_NODISCARD cyn_code cyn_sheet_merge(cyn_sheet *into, const cyn_sheet *from, cyn_err *err);
/* Green, yellow or red; none when the value is missing (NaN), or thresholds or direction are
 * absent. Up: value ≥ green is green, ≥ yellow is yellow, else red. Down: ≤. Range: inside the
 * bounds. With one bound only, there are only two colours (without yellow: green or red). */
cyn_status cyn_sheet_status(const cyn_sheet *s, double value);

/* How many periods before one may decide its colour. */
#define CYN_STATUS_PERIODS 24
/* The status of the last of the values, oldest first, NaN where one is missing: what
 * cyn_sheet_status() says of the first, and from then on another one only when a value passes a
 * threshold by the sheet's hysteresis (docs/numerics.md, S-6). */
cyn_status cyn_sheet_status_after(const cyn_sheet *s, const double *values, size_t n);
