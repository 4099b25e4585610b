/* Journeys: rows of an entity become attempts at a sequence of steps. First attempts over rows in
 * the order of time are found step by step (journey_first.c), others by walking along the rows of
 * each entity (journey_lines.c).
 */
#include "exec/attempt_impl.h"
#include "exec/cohort_impl.h"
#include "exec/journey_impl.h"

static cyn_code check_spec(const cyn_relation *spec, cyn_err *err)
{
    if (spec->nsteps >= 1 && spec->nsteps <= CYN_MAX_STEPS) return CYN_OK;
    return cyn_fail_at(err, CYN_E_RANGE, spec->place.file, spec->place.line, spec->place.column,
                       "a journey of %zu steps, expected 1 … %d", spec->nsteps, CYN_MAX_STEPS);
}

/* ---- attempts ---- */

int64_t cyn_journey_measure(const cyn_journey *j, uint32_t row)
{
    int64_t raw = cyn_column_integer(j->time.column, row), time;
    if (j->time.column->type != CYN_DATE) return raw;
    if (__builtin_mul_overflow(raw, CYN_DAY, &time)) return raw < 0 ? CYN_TIME_MIN : CYN_TIME_MAX;
    return time;
}

bool cyn_journey_open(const cyn_journey *j, int64_t until)
{
    if (until == CYN_TIME_MIN || until == CYN_TIME_MAX) return false;
    if (j->time.column->type != CYN_DATE) return until > j->in->now;
    int64_t day = until / CYN_DAY - (until % CYN_DAY < 0);
    return cyn_tz_midnight(j->in->calendar->tz, day + 1) > j->in->now;
}

cyn_code cyn_journey_reserve(cyn_journey *j, size_t room, cyn_err *err)
{
    cyn_arena *a = j->run.arena;
    j->reached = CYN_NEW_ARRAY(a, room + 1, int8_t);
    j->immature = CYN_NEW_ARRAY(a, room + 1, uint8_t);
    j->at = CYN_NEW_ARRAY(a, j->spec->nsteps, uint32_t *);
    if (!j->reached || !j->immature || !j->at) return cyn_nomem(err);
    for (size_t k = 0; k < j->spec->nsteps; k++) {
        j->at[k] = CYN_NEW_ARRAY(a, room + 1, uint32_t);
        if (!j->at[k]) return cyn_nomem(err);
    }
    return CYN_OK;
}

/* ---- the table ---- */

static cyn_code reached_column(cyn_journey *j, size_t step, cyn_column *out, cyn_err *err)
{
    uint8_t *bit = CYN_NEW_ARRAY(j->run.arena, j->n + 1, uint8_t);
    if (!bit) return cyn_nomem(err);
    for (size_t i = 0; i < j->n; i++)
        bit[i] = j->reached[i] > (int)step;
    *out = (cyn_column){.type = CYN_BOOLEAN, .v = {.bit = bit}};
    return CYN_OK;
}

static cyn_code table(cyn_journey *j, cyn_table **out, cyn_err *err)
{
    size_t steps = j->spec->nsteps, n = 0;
    cyn_arena *a = j->run.arena;
    const cyn_column time = j->time.at;
    cyn_made_column *c = CYN_NEW_ARRAY(a, 4 + 2 * steps + j->in->ngroups, cyn_made_column);
    if (!c) return cyn_nomem(err);
    c[n++] = (cyn_made_column){.name = "entity", .values = j->entity, .row = j->at[0]};
    c[n++] = (cyn_made_column){.name = "time", .values = time, .row = j->at[0]};
    for (size_t k = 0; k < steps; k++) {
        const char *name = cyn_sprintf(a, "t%zu", k + 1);
        if (!name) return cyn_nomem(err);
        c[n++] = (cyn_made_column){.name = name, .values = time, .row = j->at[k]};
    }
    c[n++] = (cyn_made_column){
        .name = "reached",
        .values = {
            .type = CYN_INTEGER, .narrow = sizeof *j->reached, .unit = 1, .v = {.i8 = j->reached}}};
    for (size_t k = 0; k < steps; k++) {
        c[n].name = cyn_sprintf(a, "reached_%zu", k + 1);
        if (!c[n].name) return cyn_nomem(err);
        CYN_TRY(reached_column(j, k, &c[n++].values, err));
    }
    c[n++] = (cyn_made_column){.name = "immature",
                               .values = {.type = CYN_BOOLEAN, .v = {.bit = j->immature}}};
    CYN_TRY(cyn_cohort_carry(&j->run, j->at[0], c + n, err));
    return cyn_relation_table(&j->run, c, n + j->in->ngroups, j->n, out, err);
}

/* ---- all of it ---- */

static cyn_code open(cyn_journey *j, cyn_err *err)
{
    CYN_TRY(cyn_relation_column(&j->run, j->spec->entity, &j->entity, err));
    CYN_TRY(cyn_relation_number(&j->run, &j->entity, &j->who, err));
    return cyn_relation_time(&j->run, &j->time, err);
}

static cyn_code find_attempts(cyn_journey *j, cyn_err *err)
{
    return cyn_journey_steps_apart(j->spec) && cyn_relation_in_order(&j->run, &j->time)
               ? cyn_journey_first(j, err)
               : cyn_journey_walk(j, err);
}

cyn_code cyn_make_journey(const cyn_relation *spec, const cyn_relation_input *in,
                          const atomic_bool *cancel, cyn_table **out, cyn_err *err)
{
    cyn_journey j = {.spec = spec, .in = in};
    CYN_TRY(check_spec(spec, err));
    CYN_TRY(cyn_relation_begin(&j.run, spec, in, cancel, err));
    cyn_code rc = open(&j, err);
    if (rc == CYN_OK) rc = find_attempts(&j, err);
    if (rc == CYN_OK) rc = table(&j, out, err);
    cyn_relation_end(&j.run);
    return rc;
}
