#include "alert/machine.h"

const char *const cyn_alert_state_names[] = {"inactive",   "pending",  "firing",
                                             "recovering", "resolved", NULL};
const char *const cyn_alert_health_names[] = {"ok", "no data", "error", NULL};
const char *const cyn_alert_reason_names[] = {
    "", "recovered", "no longer reported", "no data", "error", "rule withdrawn", NULL};
const char *const cyn_alert_what_names[] = {"",      "frozen", "thawed",  "damped",   "undamped",
                                            "fired", "rose",   "renewed", "resolved", NULL};

cyn_alert_health cyn_alert_health_of(cyn_alert_sight sight)
{
    if (sight == CYN_SEEN_NO_DATA) return CYN_HEALTH_NO_DATA;
    if (sight == CYN_SEEN_ERROR) return CYN_HEALTH_ERROR;
    return CYN_HEALTH_OK;
}

cyn_alert cyn_alert_new(void)
{
    return (cyn_alert){
        .state = CYN_ALERT_INACTIVE,
        .slot = CYN_ALERT_NEVER,
        .since = CYN_ALERT_NEVER,
        .began = CYN_ALERT_NEVER,
        .start = CYN_ALERT_NEVER,
    };
}

/* ---- time that counts ---- */

/* Instants lie up to 580,000 years apart, which is more than their difference can say. */
static int64_t span(int64_t from, int64_t to)
{
    int64_t length;
    if (from >= to) return 0;
    return __builtin_sub_overflow(to, from, &length) ? INT64_MAX : length;
}

static int64_t counted_at(const cyn_alert *a, int64_t slot)
{
    return span(a->idle, span(a->since, slot));
}

int64_t cyn_alert_counted(const cyn_alert *a)
{
    bool counts = a->state == CYN_ALERT_PENDING || a->state == CYN_ALERT_RECOVERING;
    return counts ? counted_at(a, a->slot) : 0;
}

static void stand_still(cyn_alert *a, int64_t from, int64_t to)
{
    if (__builtin_add_overflow(a->idle, span(from, to), &a->idle)) a->idle = INT64_MAX;
}

/* A25, A27: while frozen no time counts. Of a gap in the evaluations only the interval that ends at
 * T counts towards hold, as if the slot before had been the last one. */
static void pass_time(cyn_alert *a, const cyn_alert_policy *p, const cyn_alert_seen *s)
{
    bool pending = a->state == CYN_ALERT_PENDING;
    if (a->frozen && (pending || a->state == CYN_ALERT_RECOVERING))
        stand_still(a, a->slot, s->slot);
    else if (pending && !p->hold_counts_down_time)
        stand_still(a, a->slot, s->before < s->slot ? s->before : s->slot);
    if (__builtin_add_overflow(a->missed, s->missed, &a->missed)) a->missed = UINT64_MAX;
}

/* ---- the incident ---- */

static void enter(cyn_alert *a, cyn_alert_state state, int64_t slot)
{
    a->state = state;
    a->since = slot;
    a->idle = 0;
}

/* A6: as if nothing had been seen. */
static void abandon(cyn_alert *a, int64_t slot)
{
    enter(a, CYN_ALERT_INACTIVE, slot);
    a->began = CYN_ALERT_NEVER;
    a->severity = 0;
}

static cyn_alert_what resolve(cyn_alert *a, int64_t slot, cyn_alert_reason reason)
{
    enter(a, CYN_ALERT_RESOLVED, slot);
    a->reason = reason;
    a->gone = 0;
    return CYN_ALERT_ENDED;
}

static int severity_of(const cyn_alert *a, const cyn_alert_seen *s)
{
    if (s->severity > 0) return s->severity;
    return a->severity > 0 ? a->severity : 1;
}

/* A4, A5. */
static cyn_alert_what go_on_pending(cyn_alert *a, const cyn_alert_policy *p,
                                    const cyn_alert_seen *s)
{
    a->severity = severity_of(a, s);
    if (counted_at(a, s->slot) < p->hold) return CYN_ALERT_NOTHING;
    enter(a, CYN_ALERT_FIRING, s->slot);
    a->start = s->slot;
    return CYN_ALERT_FIRED;
}

/* A1, A2, A18: what ended is another incident. */
static cyn_alert_what begin(cyn_alert *a, const cyn_alert_policy *p, const cyn_alert_seen *s)
{
    enter(a, CYN_ALERT_PENDING, s->slot);
    a->reason = CYN_REASON_NONE;
    a->began = s->slot;
    a->start = CYN_ALERT_NEVER;
    a->severity = 0;
    return go_on_pending(a, p, s);
}

/* A7, A8, A9. */
static cyn_alert_what renew(cyn_alert *a, const cyn_alert_seen *s)
{
    int was = a->severity;
    a->severity = severity_of(a, s);
    return a->severity > was ? CYN_ALERT_ROSE : CYN_ALERT_RENEWED;
}

static cyn_alert_reason reason_of(cyn_alert_sight sight)
{
    if (sight == CYN_SEEN_NO_DATA) return CYN_REASON_NO_DATA;
    if (sight == CYN_SEEN_ERROR) return CYN_REASON_ERROR;
    return CYN_REASON_RECOVERED;
}

/* A12, A13. */
static cyn_alert_what miss_segment(cyn_alert *a, const cyn_alert_policy *p, int64_t slot)
{
    if (a->gone >= p->gone_after) return resolve(a, slot, CYN_REASON_GONE);
    a->gone++;
    return CYN_ALERT_NOTHING;
}

static cyn_alert_what step_firing(cyn_alert *a, const cyn_alert_policy *p, const cyn_alert_seen *s,
                                  cyn_alert_sight as)
{
    if (as == CYN_SEEN_GONE) return miss_segment(a, p, s->slot);
    if (as != CYN_SEEN_FALSE) return renew(a, s);
    if (p->keep <= 0) return resolve(a, s->slot, reason_of(s->what));
    enter(a, CYN_ALERT_RECOVERING, s->slot);
    return CYN_ALERT_RENEWED;
}

/* Once cleared, only the raise threshold counts: BETWEEN is no reason to fire on. A segment that
 * vanishes after it was seen to be well does not recover any slower. */
static cyn_alert_what step_recovering(cyn_alert *a, const cyn_alert_policy *p,
                                      const cyn_alert_seen *s, cyn_alert_sight as)
{
    if (as == CYN_SEEN_TRUE) {
        enter(a, CYN_ALERT_FIRING, s->slot);
        return renew(a, s);
    }
    if (counted_at(a, s->slot) >= p->keep) return resolve(a, s->slot, reason_of(s->what));
    return as == CYN_SEEN_GONE ? miss_segment(a, p, s->slot) : CYN_ALERT_RENEWED;
}

/* `as`: what was seen, after the policies for no data and errors: TRUE, BETWEEN, FALSE or GONE. */
static cyn_alert_what step_state(cyn_alert *a, const cyn_alert_policy *p, const cyn_alert_seen *s,
                                 cyn_alert_sight as)
{
    switch (a->state) {
    case CYN_ALERT_PENDING:
        if (as == CYN_SEEN_TRUE) return go_on_pending(a, p, s);
        abandon(a, s->slot);
        return CYN_ALERT_NOTHING;
    case CYN_ALERT_FIRING: return step_firing(a, p, s, as);
    case CYN_ALERT_RECOVERING: return step_recovering(a, p, s, as);
    default: return as == CYN_SEEN_TRUE ? begin(a, p, s) : CYN_ALERT_NOTHING;
    }
}

/* ---- what stands outside of it ---- */

/* A23. Whatever kept it quiet goes with the rule, so that its end is told. */
static cyn_alert_what withdraw(cyn_alert *a, int64_t slot)
{
    a->states = 0;
    a->nstates = 0;
    if (a->state == CYN_ALERT_PENDING) abandon(a, slot);
    return cyn_alert_is_firing(a) ? resolve(a, slot, CYN_REASON_WITHDRAWN) : CYN_ALERT_NOTHING;
}

/* A26: an incident goes on; what was only about to become one was so by another definition, and
 * states by another definition say nothing about flapping. */
static void meet_definition(cyn_alert *a, const cyn_alert_seen *s)
{
    if (a->definition == s->definition) return;
    a->definition = s->definition;
    a->states = 0;
    a->nstates = 0;
    if (a->state == CYN_ALERT_PENDING) abandon(a, s->slot);
}

/* A29, A30: changes among the last states, out of as many as there can be. */
static bool flaps(const cyn_alert *a, const cyn_alert_policy *p)
{
    uint32_t places = a->nstates > 1 ? (UINT32_C(1) << (a->nstates - 1)) - 1 : 0;
    int changes = __builtin_popcount((a->states ^ a->states >> 1) & places);
    int percent = changes * 100 / (CYN_ALERT_FLAPS - 1);
    if (p->damp_at <= 0) return false;
    return a->damped ? percent > p->calm_at : percent >= p->damp_at;
}

static void record_state(cyn_alert *a)
{
    uint32_t all = (UINT32_C(1) << CYN_ALERT_FLAPS) - 1;
    a->states = (a->states << 1 | cyn_alert_is_firing(a)) & all;
    if (a->nstates < CYN_ALERT_FLAPS) a->nstates++;
}

/* A20, A21, A22: what was seen is judged as this; NOT_READY: not at all. */
static cyn_alert_sight judged_as(const cyn_alert_policy *p, cyn_alert_sight seen)
{
    if (seen != CYN_SEEN_NO_DATA && seen != CYN_SEEN_ERROR) return seen;
    switch (seen == CYN_SEEN_ERROR ? p->on_error : p->no_data) {
    case CYN_INSTEAD_OK: return CYN_SEEN_FALSE;
    case CYN_INSTEAD_FIRE: return CYN_SEEN_TRUE;
    default: return CYN_SEEN_NOT_READY;
    }
}

/* What the evaluation makes of the instance. */
static cyn_alert_what evaluate(cyn_alert *a, const cyn_alert_policy *p, const cyn_alert_seen *s)
{
    if (s->what == CYN_SEEN_WITHDRAWN) return withdraw(a, s->slot);
    if (a->frozen) return CYN_ALERT_NOTHING;
    if (s->what <= CYN_SEEN_FALSE || s->what == CYN_SEEN_NOT_READY) a->gone = 0;
    cyn_alert_sight as = judged_as(p, s->what);
    if (as == CYN_SEEN_NOT_READY) return CYN_ALERT_NOTHING;
    cyn_alert_what event = step_state(a, p, s, as);
    record_state(a);
    return event;
}

static void add_event(cyn_alert_events *out, cyn_alert_what what)
{
    out->at[out->count++].what = what;
}

static void fill_events(cyn_alert_events *out, const cyn_alert *a, const cyn_alert_seen *s, int was)
{
    for (int i = 0; i < out->count; i++) {
        cyn_alert_what what = out->at[i].what;
        out->at[i] = (cyn_alert_event){
            .what = what,
            .seen = s->what,
            .state = a->state,
            .reason = what == CYN_ALERT_ENDED ? a->reason : CYN_REASON_NONE,
            .quiet = a->damped || a->frozen,
            .severity = a->severity,
            .was = was,
            .slot = s->slot,
            .began = a->began,
            .start = a->start,
        };
    }
}

bool cyn_alert_step(cyn_alert *a, const cyn_alert_policy *p, const cyn_alert_seen *s,
                    cyn_alert_events *out)
{
    out->count = 0;
    if (s->slot <= a->slot) return false; /* A24 */
    bool was_frozen = a->frozen, was_damped = a->damped;
    int was = cyn_alert_is_firing(a) ? a->severity : 0;
    a->frozen = s->frozen && s->what != CYN_SEEN_WITHDRAWN;
    meet_definition(a, s);
    pass_time(a, p, s);
    cyn_alert_what event = evaluate(a, p, s);
    a->damped = flaps(a, p);
    a->slot = s->slot;
    if (a->frozen != was_frozen) add_event(out, a->frozen ? CYN_ALERT_FROZEN : CYN_ALERT_THAWED);
    if (a->damped != was_damped) add_event(out, a->damped ? CYN_ALERT_DAMPED : CYN_ALERT_UNDAMPED);
    if (event != CYN_ALERT_NOTHING) add_event(out, event);
    fill_events(out, a, s, was);
    return true;
}

/* ---- checks of what others made ---- */

cyn_code cyn_alert_check_policy(const cyn_alert_policy *p, cyn_err *err)
{
    if (p->hold < 0 || p->keep < 0)
        return cyn_fail(err, CYN_E_RANGE, "'%s' is negative, expected a duration of 0 or more",
                        p->hold < 0 ? "hold" : "keep");
    if (p->gone_after < 0)
        return cyn_fail(err, CYN_E_RANGE, "'gone_after' is %d, expected 0 evaluations or more",
                        p->gone_after);
    if (p->damp_at < 0 || p->damp_at > 100)
        return cyn_fail(err, CYN_E_RANGE, "flapping is damped at %d %%, expected 0 (never) to 100",
                        p->damp_at);
    if (p->damp_at > 0 && (p->calm_at < 0 || p->calm_at >= p->damp_at))
        return cyn_fail(err, CYN_E_RANGE,
                        "flapping has calmed down at %d %%, expected 0 or more, and less than the "
                        "%d %% at which it is damped",
                        p->calm_at, p->damp_at);
    return CYN_OK;
}

static const char *wrong_times(const cyn_alert *a)
{
    bool firing = cyn_alert_is_firing(a), resolved = a->state == CYN_ALERT_RESOLVED;
    bool began = a->began != CYN_ALERT_NEVER, started = a->start != CYN_ALERT_NEVER;
    if (a->since > a->slot) return "it entered its state after its last evaluation";
    if (a->state != CYN_ALERT_INACTIVE && a->since == CYN_ALERT_NEVER)
        return "nothing says since when it is in its state";
    if (began != (a->state != CYN_ALERT_INACTIVE))
        return "its beginning does not go with its state";
    if ((firing || resolved) && (!started || a->start < a->began || a->start > a->since))
        return "its start does not go with its state";
    if (a->state == CYN_ALERT_PENDING && (started || a->began != a->since))
        return "it is pending, but since another time than it began";
    return a->idle < 0 ? "more time passed than there was" : NULL;
}

/* What is wrong with it; NULL: nothing. The enums are compared as what they were stored as. */
static const char *wrong(const cyn_alert *a)
{
    int state = (int)a->state, reason = (int)a->reason;
    bool resolved = a->state == CYN_ALERT_RESOLVED;
    if (state < 0 || state >= CYN_ALERT_STATES) return "its state is none";
    if (reason < 0 || reason >= CYN_ALERT_REASONS) return "its reason is none";
    if (resolved != (a->reason != CYN_REASON_NONE)) return "its reason does not go with its state";
    if (a->severity < 0 || (a->severity == 0) != (a->state == CYN_ALERT_INACTIVE))
        return "its severity does not go with its state";
    if (a->gone < 0 || (a->gone > 0 && !cyn_alert_is_firing(a)))
        return "it counts absences, but does not fire";
    if (a->nstates < 0 || a->nstates > CYN_ALERT_FLAPS || a->states >> a->nstates)
        return "it has more states than are kept";
    return wrong_times(a);
}

cyn_code cyn_alert_check(const cyn_alert *a, cyn_err *err)
{
    const char *what = wrong(a);
    if (!what) return CYN_OK;
    cyn_fail(err, CYN_E_STATE, "the stored state of an alert is damaged: %s", what);
    cyn_hint(err, "restore state.db from a copy, or delete this alert's row: it begins anew");
    return CYN_E_STATE;
}

bool cyn_alert_is_forgettable(const cyn_alert *a, int64_t retain, int64_t slot)
{
    if (a->damped) return false;
    if (a->state == CYN_ALERT_RESOLVED) return span(a->since, slot) >= retain;
    return a->state == CYN_ALERT_INACTIVE && a->states == 0;
}
