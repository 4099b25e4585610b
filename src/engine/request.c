#include "base/text.h"
#include "engine/eval.h"
#include <string.h>

/* A text that names no period at all is a mistake of the command line. */
static cyn_code say_option(const char *option, cyn_code rc, cyn_err *err)
{
    cyn_context(err, "%s", option);
    if (rc != CYN_E_SYNTAX) return rc;
    if (err) err->code = CYN_E_USAGE;
    return CYN_E_USAGE;
}

/* A period as the user names it; `what` is the option for the message. */
static cyn_code named_period(const cyn_project *p, cyn_grain grain, const char *label,
                             const char *what, cyn_period *out, cyn_err *err)
{
    cyn_code rc = cyn_parse_period(&p->calendar, grain, label, out, err);
    return rc == CYN_OK ? rc : say_option(what, rc, err);
}

static cyn_code one_period(cyn_period period, cyn_arena *arena, cyn_period **out, size_t *count,
                           cyn_err *err)
{
    *out = CYN_NEW_ARRAY(arena, 1, cyn_period);
    if (!*out) return cyn_nomem(err);
    (*out)[0] = period;
    *count = 1;
    return CYN_OK;
}

static cyn_code range_of_periods(const cyn_project *p, const cyn_eval_request *r, cyn_grain grain,
                                 int64_t now, cyn_arena *arena, cyn_period **out, size_t *count,
                                 cyn_err *err)
{
    cyn_period first, last = cyn_period_at(&p->calendar, grain, now);
    if (!r->from) {
        cyn_fail(err, CYN_E_USAGE, "--to needs --from");
        return CYN_E_USAGE;
    }
    CYN_TRY(named_period(p, grain, r->from, "--from", &first, err));
    if (r->to) CYN_TRY(named_period(p, grain, r->to, "--to", &last, err));
    if (last.end <= first.start)
        return cyn_fail(err, CYN_E_USAGE, "--from %s is after --to %s", r->from,
                        r->to ? r->to : "now");
    return cyn_periods_between(&p->calendar, grain, first.start, last.end, arena, out, count, err);
}

/* The last n periods that have ended at `now`, and the one that has not if that is asked for. */
static cyn_code last_periods(const cyn_project *p, const cyn_eval_request *r, cyn_grain grain,
                             int64_t now, cyn_arena *arena, cyn_period **out, size_t *count,
                             cyn_err *err)
{
    int n = r->last > 0 ? r->last : 1, all = n + r->running;
    *out = CYN_NEW_ARRAY(arena, (size_t)all, cyn_period);
    if (!*out) return cyn_nomem(err);
    cyn_period running = cyn_period_at(&p->calendar, grain, now);
    for (int i = 0; i < all; i++)
        (*out)[i] = cyn_period_shift(&p->calendar, running, i - n);
    *count = (size_t)all;
    return CYN_OK;
}

cyn_code cyn_request_periods(const cyn_project *p, const cyn_eval_request *r, cyn_grain grain,
                             int64_t now, cyn_arena *arena, cyn_period **out, size_t *count,
                             cyn_err *err)
{
    if (r->periods) {
        cyn_period *own = CYN_NEW_ARRAY(arena, r->nperiods + 1, cyn_period);
        if (!own) return cyn_nomem(err);
        memcpy(own, r->periods, r->nperiods * sizeof *own);
        *out = own;
        *count = r->nperiods;
        return CYN_OK;
    }
    if (grain.unit == CYN_ALL)
        return one_period(cyn_period_at(&p->calendar, grain, now), arena, out, count, err);
    if (r->at) {
        cyn_period period;
        CYN_TRY(named_period(p, grain, r->at, "--at", &period, err));
        return one_period(period, arena, out, count, err);
    }
    if (r->from || r->to) return range_of_periods(p, r, grain, now, arena, out, count, err);
    return last_periods(p, r, grain, now, arena, out, count, err);
}

/* A word that is no period may be a mistyped kind. */
static cyn_code fail_against(const char *word, cyn_code code, cyn_err *err)
{
    static const char *const kinds[] = {"previous", "last-year", "target", "market"};
    const char *near = code == CYN_E_SYNTAX ? cyn_nearest(word, kinds, 4) : NULL;
    if (near) cyn_hint(err, "did you mean '%s'?", near);
    return say_option("--against", code, err);
}

cyn_code cyn_request_against(const cyn_project *p, const cyn_eval_request *r, cyn_grain grain,
                             cyn_period *out, bool *found, cyn_err *err)
{
    cyn_period period;
    *found = false;
    if (!r->has_against || r->against.kind != CYN_AGAINST_PERIOD) return CYN_OK;
    /* Grain all has no other period; the label is read all the same, for its mistakes. */
    cyn_code rc = cyn_parse_one_period(&p->calendar, grain, r->against.period, &period, err);
    if (rc != CYN_OK) return fail_against(r->against.period, rc, err);
    *found = grain.unit != CYN_ALL;
    *out = period;
    return CYN_OK;
}
