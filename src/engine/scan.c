#include "engine/scan.h"
#include "exec/exec.h"
#include <stdlib.h>
#include <string.h>

typedef struct agg_state {
    bool needed;
    cyn_bound_agg bound;
    cyn_err error;         /* code CYN_OK: bound */
    size_t scan, position; /* where its cells are */
} agg_state;

/* Aggregates over one source with the same groups; one plan, run once for each set of slots. */
typedef struct scan {
    size_t source;
    const char *const *groups;
    uint32_t *aggs;
    size_t naggs;
    const cyn_plan_result *results[2]; /* by cyn_slot_kind; NULL: no intervals */
    size_t *segment_of[2];             /* global segment → the result's, or CYN_NO_SLOT */
    cyn_err error;
} scan;

struct cyn_scans {
    cyn_dataset *data;
    const char *const *by;
    size_t nby;
    cyn_arena *arena;
    agg_state *aggs; /* one for each of the catalog's */
    scan *scans;
    size_t nscans;
    const cyn_slots *slots;
    const cyn_const **segments; /* [segment] → nby values */
    size_t nsegments;
};

cyn_code cyn_scans_new(cyn_dataset *d, const char *const *by, size_t nby, cyn_arena *arena,
                       cyn_scans **out, cyn_err *err)
{
    cyn_scans *s = CYN_NEW(arena, cyn_scans);
    if (!s) return cyn_nomem(err);
    *s = (cyn_scans){.data = d, .by = by, .nby = nby, .arena = arena};
    size_t n = d->project->catalog->naggs;
    s->aggs = CYN_NEW_ARRAY(arena, n + 1, agg_state);
    s->scans = CYN_NEW_ARRAY(arena, n + 1, scan);
    if (!s->aggs || !s->scans) return cyn_nomem(err);
    *out = s;
    return CYN_OK;
}

static bool concerns_all(cyn_code code)
{
    return code == CYN_E_NOMEM || code == CYN_E_CANCEL;
}

static bool same_groups(const cyn_scans *s, const scan *sc, const cyn_bound_agg *b)
{
    if (sc->source != b->source) return false;
    for (size_t i = 0; i < s->nby; i++)
        if (strcmp(sc->groups[i], b->groups[i]) != 0) return false;
    return true;
}

static cyn_code join_scan(cyn_scans *s, uint32_t agg, cyn_err *err)
{
    agg_state *state = &s->aggs[agg];
    size_t k = 0;
    while (k < s->nscans && !same_groups(s, &s->scans[k], &state->bound))
        k++;
    scan *sc = &s->scans[k];
    if (k == s->nscans) {
        sc->aggs = CYN_NEW_ARRAY(s->arena, s->data->project->catalog->naggs, uint32_t);
        if (!sc->aggs) return cyn_nomem(err);
        sc->source = state->bound.source;
        sc->groups = state->bound.groups;
        s->nscans++;
    }
    state->scan = k;
    state->position = sc->naggs;
    sc->aggs[sc->naggs++] = agg;
    return CYN_OK;
}

cyn_code cyn_scans_add(cyn_scans *s, uint32_t agg, cyn_err *err)
{
    agg_state *state = &s->aggs[agg];
    if (state->needed) return CYN_OK;
    state->needed = true;
    const cyn_agg *declared = s->data->project->catalog->aggs[agg];
    cyn_code rc =
        cyn_bind_agg(s->data, declared, s->by, s->nby, s->arena, &state->bound, &state->error);
    if (rc == CYN_OK) return join_scan(s, agg, err);
    if (concerns_all(rc) && err) *err = state->error;
    return concerns_all(rc) ? rc : CYN_OK;
}

cyn_code cyn_scans_error(const cyn_scans *s, uint32_t agg, cyn_err *err)
{
    const cyn_err *error = &s->aggs[agg].error;
    if (error->code != CYN_OK && err) *err = *error;
    return error->code;
}

static cyn_code run_set(cyn_scans *s, scan *sc, cyn_slot_kind kind, const cyn_slot_set *set,
                        const atomic_bool *cancel)
{
    if (set->count == 0) return CYN_OK;
    cyn_plan_agg *aggs = CYN_NEW_ARRAY(s->arena, sc->naggs, cyn_plan_agg);
    if (!aggs) return cyn_nomem(&sc->error);
    for (size_t i = 0; i < sc->naggs; i++)
        aggs[i] = s->aggs[sc->aggs[i]].bound.agg;
    const cyn_source_spec *spec = &s->data->project->specs[sc->source];
    const cyn_table *table = s->data->sources[sc->source].table;
    cyn_plan plan = {
        .source = spec->name,
        .time = spec->time,
        .tz = s->data->project->calendar.tz,
        .intervals = set->intervals,
        .nintervals = set->count,
        .groups = sc->groups,
        .ngroups = s->nby,
        .aggs = aggs,
        .naggs = sc->naggs,
    };
    cyn_plan_result *result;
    CYN_TRY(cyn_exec_run(&plan, table, cancel, s->arena, &result, &sc->error));
    sc->results[kind] = result;
    return CYN_OK;
}

/* A plan that fails is split, so that the aggregate at fault fails alone. */
static cyn_code split_scan(cyn_scans *s, size_t k, const cyn_slots *slots,
                           const atomic_bool *cancel, cyn_err *err);

static cyn_code run_scan(cyn_scans *s, size_t k, const cyn_slots *slots, const atomic_bool *cancel,
                         cyn_err *err)
{
    scan *sc = &s->scans[k];
    cyn_code rc = run_set(s, sc, CYN_FULL, &slots->full, cancel);
    if (rc == CYN_OK) rc = run_set(s, sc, CYN_PARTS, &slots->parts, cancel);
    if (rc == CYN_OK) return CYN_OK;
    if (concerns_all(rc)) {
        if (err) *err = sc->error;
        return rc;
    }
    if (sc->naggs > 1) return split_scan(s, k, slots, cancel, err);
    s->aggs[sc->aggs[0]].error = sc->error;
    return CYN_OK;
}

static cyn_code split_scan(cyn_scans *s, size_t k, const cyn_slots *slots,
                           const atomic_bool *cancel, cyn_err *err)
{
    scan whole = s->scans[k];
    scan *scans = CYN_NEW_ARRAY(s->arena, s->nscans + whole.naggs, scan);
    if (!scans) return cyn_nomem(err);
    memcpy(scans, s->scans, s->nscans * sizeof *scans);
    s->scans = scans;
    for (size_t i = 0; i < whole.naggs; i++) {
        size_t at = i == 0 ? k : s->nscans++;
        scans[at] = (scan){
            .source = whole.source, .groups = whole.groups, .aggs = &whole.aggs[i], .naggs = 1};
        s->aggs[whole.aggs[i]].scan = at;
        s->aggs[whole.aggs[i]].position = 0;
    }
    /* The pieces behind `last` are run here; those of other scans by the caller's loop. */
    size_t last = s->nscans, first = last - (whole.naggs - 1);
    CYN_TRY(run_scan(s, k, slots, cancel, err));
    for (size_t at = first; at < last; at++)
        CYN_TRY(run_scan(s, at, slots, cancel, err));
    return CYN_OK;
}

static int compare_const(const cyn_const *a, const cyn_const *b)
{
    static const int rank[] = {[CYN_CONST_NIL] = 0,
                               [CYN_CONST_BOOLEAN] = 1,
                               [CYN_CONST_INTEGER] = 2,
                               [CYN_CONST_REAL] = 2,
                               [CYN_CONST_TEXT] = 3};
    if (rank[a->kind] != rank[b->kind]) return rank[a->kind] < rank[b->kind] ? -1 : 1;
    if (rank[a->kind] == 0) return 0;
    if (a->kind == CYN_CONST_TEXT) {
        int c = memcmp(a->s, b->s, a->n < b->n ? a->n : b->n);
        return c ? c : (a->n > b->n) - (a->n < b->n);
    }
    if (a->kind != CYN_CONST_REAL && b->kind != CYN_CONST_REAL)
        return (a->i > b->i) - (a->i < b->i);
    double x = a->kind == CYN_CONST_REAL ? a->r : (double)a->i;
    double y = b->kind == CYN_CONST_REAL ? b->r : (double)b->i;
    return (x > y) - (x < y);
}

static int compare_keys(const void *a, const void *b, void *count)
{
    const cyn_const *x = *(const cyn_const *const *)a, *y = *(const cyn_const *const *)b;
    for (size_t i = 0; i < *(const size_t *)count; i++) {
        int c = compare_const(&x[i], &y[i]);
        if (c) return c;
    }
    return 0;
}

/* All segments of all results, sorted, each once. */
static cyn_code gather_segments(cyn_scans *s, cyn_err *err)
{
    size_t total = 1;
    for (size_t k = 0; k < s->nscans; k++)
        for (int kind = 0; kind < 2; kind++)
            if (s->scans[k].results[kind]) total += s->scans[k].results[kind]->nsegments;
    s->segments = CYN_NEW_ARRAY(s->arena, total, const cyn_const *);
    if (!s->segments) return cyn_nomem(err);
    if (s->nby == 0) {
        s->nsegments = 1;
        return CYN_OK;
    }
    for (size_t k = 0; k < s->nscans; k++) {
        for (int kind = 0; kind < 2; kind++) {
            const cyn_plan_result *r = s->scans[k].results[kind];
            for (size_t i = 0; r && i < r->nsegments; i++)
                s->segments[s->nsegments++] = &r->keys[i * s->nby];
        }
    }
    if (s->nsegments == 0) return CYN_OK;
    qsort_r(s->segments, s->nsegments, sizeof *s->segments, compare_keys, &s->nby);
    size_t kept = 1;
    for (size_t i = 1; i < s->nsegments; i++)
        if (compare_keys(&s->segments[i], &s->segments[kept - 1], &s->nby) != 0)
            s->segments[kept++] = s->segments[i];
    s->nsegments = kept;
    return CYN_OK;
}

/* Both lists are sorted alike, so one walk maps them. */
static cyn_code map_segments(cyn_scans *s, scan *sc, int kind, cyn_err *err)
{
    size_t *map = CYN_NEW_ARRAY(s->arena, s->nsegments + 1, size_t);
    if (!map) return cyn_nomem(err);
    const cyn_plan_result *r = sc->results[kind];
    size_t next = 0;
    for (size_t i = 0; i < s->nsegments; i++) {
        map[i] = CYN_NO_SLOT;
        if (!r || next >= r->nsegments) continue;
        const cyn_const *key = s->nby ? &r->keys[next * s->nby] : NULL;
        if (s->nby == 0 || compare_keys(&key, &s->segments[i], &s->nby) == 0) map[i] = next++;
    }
    sc->segment_of[kind] = map;
    return CYN_OK;
}

cyn_code cyn_scans_run(cyn_scans *s, const cyn_slots *slots, const atomic_bool *cancel,
                       cyn_err *err)
{
    s->slots = slots;
    size_t planned = s->nscans; /* splitting appends, and runs what it appends */
    for (size_t k = 0; k < planned; k++)
        CYN_TRY(run_scan(s, k, slots, cancel, err));
    CYN_TRY(gather_segments(s, err));
    for (size_t k = 0; k < s->nscans; k++)
        for (int kind = 0; kind < 2; kind++)
            CYN_TRY(map_segments(s, &s->scans[k], kind, err));
    return CYN_OK;
}

size_t cyn_scans_segments(const cyn_scans *s)
{
    return s->nsegments;
}

const cyn_const *cyn_scans_segment(const cyn_scans *s, size_t segment)
{
    return s->segments[segment];
}

bool cyn_scans_occurs(const cyn_scans *s, uint32_t agg, size_t segment)
{
    const agg_state *state = &s->aggs[agg];
    if (state->error.code != CYN_OK) return false;
    const scan *sc = &s->scans[state->scan];
    return sc->segment_of[CYN_FULL][segment] != CYN_NO_SLOT ||
           sc->segment_of[CYN_PARTS][segment] != CYN_NO_SLOT;
}

/* A source covers the intervals from the one with its first row to the one with its last. */
static bool covers(const cyn_plan_result *r, bool timed, cyn_interval i)
{
    if (!timed || i.start == CYN_TIME_MIN) return true;
    return r->covered_any && i.start <= r->covered_to && i.end > r->covered_from;
}

/* What the aggregate gives where its segment has no row; a sum keeps the kind that it has
 * elsewhere. */
static cyn_cell cell_of_no_rows(const cyn_plan_result *r, size_t position, cyn_agg_func f)
{
    cyn_cell cell = {0};
    if (f == CYN_COUNT || f == CYN_DISTINCT || f == CYN_SUM) cell.value = cyn_num_integer(0);
    if (f == CYN_MEAN || f == CYN_SHARE) cell.numerator = cell.denominator = cyn_num_integer(0);
    if (f == CYN_SUM && r->nsegments > 0 && r->nintervals > 0) {
        cyn_num other = cyn_plan_cell(r, position, 0, 0)->value;
        if (other.kind == CYN_NUM_DECIMAL) cell.value = cyn_num_decimal(0, other.scale);
        if (other.kind == CYN_NUM_REAL) cell.value = cyn_num_real(0);
    }
    return cell;
}

cyn_code cyn_scans_cell(const cyn_scans *s, uint32_t agg, cyn_slot_kind kind, size_t interval,
                        size_t segment, cyn_cell *out, cyn_err *err)
{
    CYN_TRY(cyn_scans_error(s, agg, err));
    const agg_state *state = &s->aggs[agg];
    *out = (cyn_cell){0};
    const scan *sc = &s->scans[state->scan];
    const cyn_plan_result *r = sc->results[kind];
    if (interval == CYN_NO_SLOT || !r) return CYN_OK;
    const cyn_slot_set *set = kind == CYN_FULL ? &s->slots->full : &s->slots->parts;
    if (!covers(r, s->data->project->specs[sc->source].time != NULL, set->intervals[interval]))
        return CYN_OK;
    size_t own = sc->segment_of[kind][segment];
    *out = own == CYN_NO_SLOT ? cell_of_no_rows(r, state->position, state->bound.agg.func)
                              : *cyn_plan_cell(r, state->position, own, interval);
    return CYN_OK;
}
