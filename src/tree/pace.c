#include "tree/pace.h"
#include <math.h>

const char *const cyn_pace_names[] = {"", "reached", "ahead", "behind", "at risk", "missed", NULL};

bool cyn_goal_of_sheet(const cyn_sheet *s, cyn_goal_line *out)
{
    if (!s->has_target) return false;
    *out = (cyn_goal_line){
        .direction = s->direction,
        .has_from = !isnan(s->target_from),
        .has_since = s->has_target_since,
        .has_by = s->has_target_by,
        .from = s->target_from,
        .to = s->target,
        .since = s->target_since,
        .by = s->target_by,
        .path = s->path,
        .npath = s->npath,
        .range = s->direction == CYN_RANGE && s->green.two ? s->green : (cyn_bound){0},
    };
    return true;
}

/* ---- better and worse ---- */

static cyn_direction direction_of(const cyn_goal_line *g)
{
    if (g->direction != CYN_DIRECTION_NONE) return g->direction;
    return g->has_from && g->to < g->from ? CYN_DOWN : CYN_UP;
}

static bool reaches(const cyn_goal_line *g, double value)
{
    switch (direction_of(g)) {
    case CYN_DOWN: return value <= g->to;
    case CYN_RANGE:
        return g->range.set ? value >= g->range.lo && value <= g->range.hi : value == g->to;
    default: return value >= g->to;
    }
}

/* A value on the line is not behind it because a sum was rounded. */
static double a_little(double a, double b)
{
    return 1e-12 * fmax(fabs(a), fabs(b));
}

static bool is_behind(const cyn_goal_line *g, double value, double expected)
{
    double slack = a_little(value, expected);
    switch (direction_of(g)) {
    case CYN_DOWN: return value > expected + slack;
    case CYN_RANGE: return fabs(value - g->to) > fabs(expected - g->to) + slack;
    default: return value < expected - slack;
    }
}

/* Of a range without bounds only one point is inside: it is enough that the interval holds it. */
static bool heads_there(const cyn_goal_line *g, const cyn_forecast *f)
{
    if (direction_of(g) == CYN_RANGE && !g->range.set) return f->low <= g->to && g->to <= f->high;
    return reaches(g, f->value);
}

/* ---- the line ---- */

static double between(cyn_waypoint a, cyn_waypoint b, int64_t date)
{
    double share = (double)(date - a.date) / (double)(b.date - a.date);
    return a.value + share * (b.value - a.value);
}

/* What the line says of a day: from since over the path to by. NaN before it begins, and where
 * there is none. Points out of order, which two files can make together, are passed over. */
static double expected_on(const cyn_goal_line *g, int64_t date)
{
    bool begun = g->has_from && g->has_since;
    cyn_waypoint last = {g->since, g->from}, end = {g->by, g->to};
    if (!g->has_by) return NAN;
    if (date >= g->by) return g->to;
    for (size_t i = 0; i < g->npath; i++) {
        cyn_waypoint next = g->path[i];
        if (next.date >= g->by || (begun && next.date <= last.date)) continue;
        if (date < next.date) {
            end = next;
            break;
        }
        last = next;
        begun = true;
    }
    return begun && date >= last.date ? between(last, end, date) : NAN;
}

/* ---- the forecast ---- */

/* How many periods after `period` the one lies in which the day ends; 0: none of the next `most`.
 */
static int periods_until(const cyn_calendar *cal, cyn_period period, int64_t day, int most)
{
    int64_t moment = cyn_tz_midnight(cal->tz, day + 1) - 1;
    int low = 0, high = most;
    if (cyn_period_shift(cal, period, most).end <= moment) return 0;
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        if (cyn_period_shift(cal, period, middle).end <= moment)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static cyn_code forecast(const cyn_goal_line *g, const cyn_calendar *cal, cyn_period period,
                         const double *history, size_t n, cyn_arena *arena, cyn_forecast *out,
                         cyn_err *err)
{
    if (n == 0 || n > INT32_MAX) return CYN_OK;
    int h = periods_until(cal, period, g->by, (int)n); /* a forecast reaches no further */
    if (h == 0) return CYN_OK;
    return cyn_forecast_at(history, n, cyn_grain_season(period.grain), h, arena, out, err);
}

/* ---- the state ---- */

static cyn_pace_state state_of(const cyn_goal_line *g, const cyn_pace *p, bool over)
{
    if (isnan(p->value)) return CYN_PACE_NONE;
    if (reaches(g, p->value)) return CYN_PACE_REACHED;
    if (over) return CYN_PACE_MISSED;
    bool has_line = !isnan(p->expected), has_forecast = p->at_deadline.method != CYN_FORECAST_NONE;
    if (has_line && is_behind(g, p->value, p->expected)) return CYN_PACE_BEHIND;
    if (has_forecast && !heads_there(g, &p->at_deadline)) return CYN_PACE_RISK;
    return has_line || has_forecast ? CYN_PACE_AHEAD : CYN_PACE_NONE;
}

cyn_code cyn_pace_of(const cyn_goal_line *g, const cyn_calendar *cal, cyn_period period,
                     double value, const double *history, size_t n, cyn_arena *arena, cyn_pace *out,
                     cyn_err *err)
{
    cyn_pace p = {.value = value, .expected = NAN, .progress = NAN};
    bool over = false;
    double way = g->to - g->from;
    if (g->has_from && way != 0 && isfinite(way)) p.progress = (value - g->from) / way;
    if (period.grain.unit != CYN_ALL) {
        int64_t date = cyn_tz_date(cal->tz, period.end - 1);
        p.expected = expected_on(g, date);
        over = g->has_by && date >= g->by;
        if (g->has_by && !over)
            CYN_TRY(forecast(g, cal, period, history, n, arena, &p.at_deadline, err));
    }
    p.state = state_of(g, &p, over);
    *out = p;
    return CYN_OK;
}
