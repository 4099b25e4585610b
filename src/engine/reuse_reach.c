/* How far what is kept looks beyond its own interval: journeys and retention look at what their
 * entities do later, and at how much time has passed.
 *
 * The cells of an interval stand on the attempts, or members, that begin in it. Which ones these
 * are depends on earlier rows only: an entity's first row that satisfies step 1 or the start stays
 * the first whatever comes later, and an attempt that has been completed or has run out does, too.
 * What becomes of one depends on the rows in its window, and whether it is immature on whether now
 * lies in it. So rows and moments beyond the last window of an interval change nothing of it. */
#include "engine/reuse_impl.h"
#include "plan/translation.h"
#include <stdlib.h>
#include <string.h>

const cyn_relation *cyn_reuse_cohort(const cyn_view *view)
{
    const cyn_relation *r = view->relation;
    while (r && r->kind != CYN_JOURNEY && r->kind != CYN_RETENTION)
        r = r->base->relation;
    return r;
}

/* ---- windows ---- */

static int64_t later(int64_t t, int64_t by)
{
    int64_t sum;
    return __builtin_add_overflow(t, by, &sum) ? CYN_TIME_MAX : sum;
}

/* The longest that an attempt can take: its window, or those of all steps; 0: any time. */
static int64_t longest(const cyn_relation *journey)
{
    int64_t sum = 0;
    if (journey->within > 0) return journey->within;
    for (size_t k = 1; k < journey->nsteps; k++) {
        if (journey->steps[k].within <= 0) return 0;
        sum = later(sum, journey->steps[k].within);
    }
    return sum;
}

/* The end of the n-th unit of whoever starts just before `end`. */
static int64_t maturity(const cyn_relation *retention, const cyn_calendar *calendar, int64_t end)
{
    cyn_period p = cyn_period_at(calendar, (cyn_grain){retention->unit, 1}, end - 1);
    return cyn_period_shift(calendar, p, retention->n + 1).start;
}

cyn_reuse_reach cyn_reuse_reach_of(const cyn_relation *cohort, const cyn_calendar *calendar,
                                   int64_t end)
{
    cyn_reuse_reach all = {CYN_TIME_MAX, CYN_TIME_MAX};
    if (end == CYN_TIME_MAX || end == CYN_TIME_MIN) return all;
    if (cohort->kind == CYN_JOURNEY) {
        int64_t window = longest(cohort);
        if (window > 0 || cohort->nsteps == 1) all.rows = all.now = later(end, window);
        return all;
    }
    all.now = maturity(cohort, calendar, end);
    if (cohort->mode != CYN_UNBOUNDED) all.rows = all.now;
    return all;
}

/* ---- which cohorts ---- */

static bool is_column(const cyn_expr *e)
{
    return e->kind == CYN_EXPR_COLUMN;
}

/* A sum over the rows of one entity may overflow, whichever intervals are asked for: only a look at
 * all of them tells. */
bool cyn_reuse_cohort_is_kept(const cyn_relation *r)
{
    if (r->kind != CYN_JOURNEY && r->kind != CYN_RETENTION) return false;
    if (r->base->relation || r->base->nderives > 0 || !is_column(r->entity) || r->arg) return false;
    for (size_t i = 0; i < r->nsame; i++)
        if (!is_column(r->same[i])) return false;
    return true;
}

/* ---- what is derived of them ---- */

/* "time", or "t2" of a journey with so many steps. */
static bool is_time(const cyn_relation *cohort, const char *name)
{
    if (strcmp(name, "time") == 0) return true;
    if (cohort->kind != CYN_JOURNEY || name[0] != 't' || name[1] < '1' || name[1] > '9')
        return false;
    char *end;
    unsigned long step = strtoul(name + 1, &end, 10);
    return !*end && step <= cohort->nsteps;
}

static bool keeps_kind(const cyn_relation *cohort, const cyn_translation *code, const cyn_step *s)
{
    switch (s->op) {
    case CYN_OP_INPUT: return is_time(cohort, code->inputs[s->input].name);
    case CYN_OP_CONST: return s->value.kind == CYN_CONST_INTEGER || s->value.kind == CYN_CONST_REAL;
    case CYN_OP_ADD:
    case CYN_OP_SUB:
    case CYN_OP_MUL:
    case CYN_OP_DIV:
    case CYN_OP_UNM: return true;
    default: return false;
    }
}

/* Times are reals (E-2), and so is what + - * / make of them: of one kind, whatever the rows. */
bool cyn_reuse_is_of_times(const cyn_relation *cohort, const cyn_expr *e)
{
    if (e->kind != CYN_EXPR_SCRIPT || !e->code) return false;
    for (size_t i = 0; i < e->code->nsteps; i++)
        if (!keeps_kind(cohort, e->code, &e->code->steps[i])) return false;
    return true;
}
