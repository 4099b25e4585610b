/* Readings: what a condition may ask of a series, such as change("1w") (docs/numerics.md, Z-…).
 *
 * A reading is one number (status: a word; partial: a boolean) for each segment, computed for all
 * segments at once from the values of the periods up to the judged one. In conditions and messages
 * it is known by its name. The canonical name, which the script worker sends too, is
 * `value` or `change("1w")` or `p(95,28)`: no blanks, double quotes, numbers in their shortest
 * form, no `()` without arguments, no last argument that says what holds anyway. Other spellings of
 * the same are read as well: change "1w", change('1w'), zscore(), and in templates change_1w,
 * mean_28, p_95_28.
 *
 * How far back is a number of periods, or a span of the calendar: "90min", "12h", "28d", "4w",
 * "3m" (months), "2q", "1y".
 *
 *     change, delta                      ()  (4)  ("1w")        1 period where nothing is said
 *     mean, sum, min, max, stddev        (4)  ("28d")
 *     p                                  (95,28)  (95,"4w")     percentile, how far back
 *     zscore, mad, cusum, change_point   ()  (28)  ("4w")       28 periods, a day of minutes
 *     ewma                               ()  (28)  (28,0.2)     …, smoothing
 *     season                             ()  ("1w")  ("1w",6)   the grain's season, earlier ones
 *     forecast                           ()  (90)  ("13w")      3 seasons, 28 periods or more
 *     band_low, band_high                ()  (90)  (90,99)      …, per cent
 *
 *     cyn_reading r;
 *     CYN_TRY(cyn_reading_parse("change(\"1w\")", 12, &r, err));     // CYN_E_NAME: did you mean …?
 *     CYN_TRY(cyn_reading_lookback(&r, grain, &periods, err));      // 7 for days
 *     CYN_TRY(cyn_reading_compute(&r, series, judged, slot, arena, out, err));
 *
 * Pure functions; any thread.
 */
#pragma once
#include "alert/series.h"

typedef enum cyn_reading_kind {
    CYN_READ_VALUE, /* of the judged period */
    CYN_READ_PREVIOUS,
    CYN_READ_LAST_YEAR,
    CYN_READ_NUMERATOR,
    CYN_READ_DENOMINATOR,
    CYN_READ_ROWS,
    CYN_READ_TARGET,
    CYN_READ_MARKET,
    CYN_READ_STATUS,         /* "green", "yellow", "red" or nil */
    CYN_READ_DAYS_TO_TARGET, /* from the slot to the sheet's date, in days; negative after it */
    CYN_READ_PARTIAL,        /* boolean */
    CYN_READ_AGE,            /* seconds from the newest row of the metric's data to the slot */
    CYN_READ_CHANGE,         /* relative, to a span ago: change("1w") */
    CYN_READ_DELTA,          /* absolute */
    CYN_READ_MEAN,           /* over the last n periods, the judged one included */
    CYN_READ_SUM,
    CYN_READ_MIN,
    CYN_READ_MAX,
    CYN_READ_P, /* percentile q of the last n */
    CYN_READ_STDDEV,
    /* Detectors (stats/detect.h): the judged value against those before it. */
    CYN_READ_ZSCORE,
    CYN_READ_MAD,
    CYN_READ_SEASON, /* against the same place of earlier seasons */
    CYN_READ_EWMA,
    CYN_READ_CUSUM,
    CYN_READ_CHANGE_POINT,
    CYN_READ_FORECAST,
    CYN_READ_BAND_LOW,
    CYN_READ_BAND_HIGH,
} cyn_reading_kind;
#define CYN_READINGS 29
/* "value", "previous", …, "band_high"; NULL at the end. Methods are those that take arguments. */
extern const char *const cyn_reading_names[];

/* How far back: n periods (unit CYN_ALL), or n of a calendar unit. */
typedef struct cyn_reach {
    int n;
    cyn_grain_unit unit;
} cyn_reach;

typedef struct cyn_reading {
    cyn_reading_kind kind;
    cyn_reach reach;  /* of those that look back; n 0: not given, the default of its kind */
    double parameter; /* P: the percentile; EWMA: the smoothing; SEASON: how many earlier ones;
                         bands: per cent; else 0 */
    char name[64];    /* canonical */
} cyn_reading;

#define CYN_READING_REACH 3660 /* periods, at most */

/* Whether it is called with arguments, s:change("1w"), even if all may be left out; else it reads
 * like a value, s.previous. */
bool cyn_reading_is_method(cyn_reading_kind kind);
/* CYN_E_NAME for an unknown reading (with the nearest one), CYN_E_SYNTAX and CYN_E_RANGE for wrong
 * arguments: says what was found and what the reading takes. */
CYN_NODISCARD cyn_code cyn_reading_parse(const char *s, size_t n, cyn_reading *out, cyn_err *err);
/* CYN_REAL, CYN_TEXT (status) or CYN_BOOLEAN (partial). */
cyn_type cyn_reading_type(const cyn_reading *r);
/* Whether it can have no value where the metric has none (age, target, … do not need one). */
bool cyn_reading_needs_value(const cyn_reading *r);
/* How a message shows it: as a value of the metric, a share (change; of a metric whose unit is %
 * the difference in percentage points, P-12), or a plain number. */
typedef enum cyn_reading_look {
    CYN_LOOK_UNIT,
    CYN_LOOK_SHARE,
    CYN_LOOK_PLAIN,
    CYN_LOOK_WORD,
    CYN_LOOK_SECONDS
} cyn_reading_look;
cyn_reading_look cyn_reading_look_of(const cyn_reading *r);
/* How many periods before the judged one it needs. CYN_E_RANGE: the reach is no whole number of
 * periods of this grain ("1w" of months), or too many. */
CYN_NODISCARD cyn_code cyn_reading_lookback(const cyn_reading *r, cyn_grain grain, size_t *out,
                                            cyn_err *err);
/* out[segment], NAN where there is no value. STATUS gives a cyn_status, NAN and not NONE where
 * there is none; PARTIAL 0 or 1. `judged` is an index into the series' periods; `slot` the time of
 * the evaluation. Parts and rows that the series does not have are missing, like periods before its
 * first. CYN_E_RANGE as in cyn_reading_lookback. */
CYN_NODISCARD cyn_code cyn_reading_compute(const cyn_reading *r, const cyn_series *s, size_t judged,
                                           int64_t slot, cyn_arena *scratch, double *out,
                                           cyn_err *err);
