/* What there is to read: names, kinds, and how far back each looks. */
#include "alert/reading_impl.h"
#include <math.h>

const char *const cyn_reading_names[] = {
    "value",        "previous", "last_year", "numerator", "denominator",
    "rows",         "target",   "market",    "status",    "days_to_target",
    "partial",      "age",      "change",    "delta",     "mean",
    "sum",          "min",      "max",       "p",         "stddev",
    "zscore",       "mad",      "season",    "ewma",      "cusum",
    "change_point", "forecast", "band_low",  "band_high", NULL};

/* In the order of the kinds. */
static const struct {
    cyn_takes takes;
    cyn_reading_look look;
    bool needs_value;
} specs[CYN_READINGS] = {
    [CYN_READ_VALUE] = {CYN_TAKES_NOTHING, CYN_LOOK_UNIT, true},
    [CYN_READ_PREVIOUS] = {CYN_TAKES_NOTHING, CYN_LOOK_UNIT, true},
    [CYN_READ_LAST_YEAR] = {CYN_TAKES_NOTHING, CYN_LOOK_UNIT, true},
    [CYN_READ_NUMERATOR] = {CYN_TAKES_NOTHING, CYN_LOOK_PLAIN, true},
    [CYN_READ_DENOMINATOR] = {CYN_TAKES_NOTHING, CYN_LOOK_PLAIN, true},
    [CYN_READ_ROWS] = {CYN_TAKES_NOTHING, CYN_LOOK_PLAIN, false},
    [CYN_READ_TARGET] = {CYN_TAKES_NOTHING, CYN_LOOK_UNIT, false},
    [CYN_READ_MARKET] = {CYN_TAKES_NOTHING, CYN_LOOK_UNIT, false},
    [CYN_READ_STATUS] = {CYN_TAKES_NOTHING, CYN_LOOK_WORD, true},
    [CYN_READ_DAYS_TO_TARGET] = {CYN_TAKES_NOTHING, CYN_LOOK_PLAIN, false},
    [CYN_READ_PARTIAL] = {CYN_TAKES_NOTHING, CYN_LOOK_WORD, false},
    [CYN_READ_AGE] = {CYN_TAKES_NOTHING, CYN_LOOK_SECONDS, false},
    [CYN_READ_CHANGE] = {CYN_TAKES_STEP, CYN_LOOK_SHARE, true},
    [CYN_READ_DELTA] = {CYN_TAKES_STEP, CYN_LOOK_UNIT, true},
    [CYN_READ_MEAN] = {CYN_TAKES_WINDOW, CYN_LOOK_UNIT, true},
    [CYN_READ_SUM] = {CYN_TAKES_WINDOW, CYN_LOOK_UNIT, true},
    [CYN_READ_MIN] = {CYN_TAKES_WINDOW, CYN_LOOK_UNIT, true},
    [CYN_READ_MAX] = {CYN_TAKES_WINDOW, CYN_LOOK_UNIT, true},
    [CYN_READ_P] = {CYN_TAKES_PERCENTILE, CYN_LOOK_UNIT, true},
    [CYN_READ_STDDEV] = {CYN_TAKES_WINDOW, CYN_LOOK_UNIT, true},
    [CYN_READ_ZSCORE] = {CYN_TAKES_BASELINE, CYN_LOOK_PLAIN, true},
    [CYN_READ_MAD] = {CYN_TAKES_BASELINE, CYN_LOOK_PLAIN, true},
    [CYN_READ_SEASON] = {CYN_TAKES_SEASONS, CYN_LOOK_PLAIN, true},
    [CYN_READ_EWMA] = {CYN_TAKES_SMOOTHING, CYN_LOOK_PLAIN, true},
    [CYN_READ_CUSUM] = {CYN_TAKES_BASELINE, CYN_LOOK_PLAIN, true},
    [CYN_READ_CHANGE_POINT] = {CYN_TAKES_BASELINE, CYN_LOOK_PLAIN, true},
    [CYN_READ_FORECAST] = {CYN_TAKES_HISTORY, CYN_LOOK_UNIT, true},
    [CYN_READ_BAND_LOW] = {CYN_TAKES_BAND, CYN_LOOK_UNIT, true},
    [CYN_READ_BAND_HIGH] = {CYN_TAKES_BAND, CYN_LOOK_UNIT, true},
};

cyn_takes cyn_reading_takes(cyn_reading_kind kind)
{
    return specs[kind].takes;
}

cyn_reading_bounds cyn_takes_parameter(cyn_takes takes)
{
    switch (takes) {
    case CYN_TAKES_PERCENTILE:
        return (cyn_reading_bounds){"a percentile", 0, 100, NAN, false, false};
    case CYN_TAKES_SMOOTHING:
        return (cyn_reading_bounds){"a smoothing", 0.01, 1, 0.2, false, false};
    case CYN_TAKES_SEASONS:
        return (cyn_reading_bounds){"a number of seasons", 3, 100, 6, false, true};
    case CYN_TAKES_BAND:
        return (cyn_reading_bounds){"a number of per cent", 0, 100, 99, true, false};
    default: return (cyn_reading_bounds){NULL, 0, 0, 0, false, false};
    }
}

bool cyn_reading_is_method(cyn_reading_kind kind)
{
    return specs[kind].takes != CYN_TAKES_NOTHING;
}

cyn_type cyn_reading_type(const cyn_reading *r)
{
    return r->kind == CYN_READ_STATUS    ? CYN_TEXT
           : r->kind == CYN_READ_PARTIAL ? CYN_BOOLEAN
                                         : CYN_REAL;
}

bool cyn_reading_needs_value(const cyn_reading *r)
{
    return specs[r->kind].needs_value;
}

cyn_reading_look cyn_reading_look_of(const cyn_reading *r)
{
    return specs[r->kind].look;
}

/* ---- how far back ---- */

/* Z-21: 28 periods; of shorter ones than an hour as many as a day has. */
static int usual_baseline(cyn_grain grain)
{
    int day = grain.unit == CYN_MINUTES ? cyn_grain_season(grain) : 0;
    return day < CYN_READING_BASELINE ? CYN_READING_BASELINE : day;
}

/* Z-32: three seasons, 28 periods at least, and never more than there may be. */
static int usual_history(cyn_grain grain)
{
    int n = 3 * cyn_grain_season(grain);
    if (n < CYN_READING_BASELINE) n = CYN_READING_BASELINE;
    return n < CYN_READING_REACH ? n : CYN_READING_REACH;
}

cyn_reach cyn_reading_reach(const cyn_reading *r, cyn_grain grain)
{
    if (r->kind == CYN_READ_LAST_YEAR) return (cyn_reach){1, CYN_YEAR};
    if (r->reach.n) return r->reach;
    switch (specs[r->kind].takes) {
    case CYN_TAKES_BASELINE:
    case CYN_TAKES_SMOOTHING: return (cyn_reach){usual_baseline(grain), CYN_ALL};
    case CYN_TAKES_SEASONS: return (cyn_reach){cyn_grain_season(grain), CYN_ALL};
    case CYN_TAKES_HISTORY:
    case CYN_TAKES_BAND: return (cyn_reach){usual_history(grain), CYN_ALL};
    default: return (cyn_reach){1, CYN_ALL};
    }
}

/* How many reaches lie behind one another. */
static size_t times(const cyn_reading *r)
{
    return specs[r->kind].takes == CYN_TAKES_SEASONS ? (size_t)r->parameter : 1;
}

static bool looks_back(const cyn_reading *r)
{
    return r->kind == CYN_READ_PREVIOUS || r->kind == CYN_READ_LAST_YEAR ||
           cyn_reading_is_method(r->kind);
}

cyn_code cyn_reading_lookback(const cyn_reading *r, cyn_grain grain, size_t *out, cyn_err *err)
{
    char word[16];
    cyn_format_grain(grain, word);
    if (r->kind == CYN_READ_STATUS) return *out = CYN_STATUS_PERIODS, CYN_OK;
    if (!looks_back(r)) return *out = 0, CYN_OK;
    if (grain.unit == CYN_ALL)
        return cyn_fail(err, CYN_E_RANGE, "%s looks back, and 'all' is a single period", r->name);
    cyn_reach reach = cyn_reading_reach(r, grain);
    size_t n = cyn_reach_periods(reach, grain) * times(r);
    if (n == 0) {
        cyn_code code =
            cyn_fail(err, CYN_E_RANGE, "%s: so much is no whole number of periods of grain '%s'",
                     r->name, word);
        cyn_hint(err, "say a number of periods, or units of the grain or longer");
        return code;
    }
    if (specs[r->kind].takes == CYN_TAKES_SEASONS && reach.unit == CYN_ALL && reach.n < 2)
        return cyn_fail(err, CYN_E_RANGE, "%s: periods of grain '%s' have no season", r->name,
                        word);
    if (n > CYN_READING_REACH)
        return cyn_fail(err, CYN_E_RANGE,
                        "%s reaches back %zu periods of grain '%s', expected at most %d", r->name,
                        n, word, CYN_READING_REACH);
    /* A window begins with the judged period, so one fewer lies before it. */
    bool window =
        specs[r->kind].takes == CYN_TAKES_WINDOW || specs[r->kind].takes == CYN_TAKES_PERCENTILE;
    *out = window ? n - 1 : n;
    return CYN_OK;
}
