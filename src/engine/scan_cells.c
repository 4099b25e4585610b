#include "engine/scan_impl.h"
#include "plan/expr.h"
#include <stdlib.h>
#include <string.h>

const cyn_use *cyn_scans_use(const cyn_scans *s, uint32_t agg, size_t chain)
{
    size_t *row = chain < s->chain_capacity ? s->use_of[chain] : NULL;
    return row && row[agg] ? &s->uses[row[agg] - 1] : NULL;
}

/* ---- segments ---- */

static int compare_keys(const void *a, const void *b, void *count)
{
    const cyn_const *x = *(const cyn_const *const *)a, *y = *(const cyn_const *const *)b;
    for (size_t i = 0; i < *(const size_t *)count; i++) {
        int c = cyn_const_compare(&x[i], &y[i]);
        if (c) return c;
    }
    return 0;
}

/* All segments of all results, sorted, each once. */
static cyn_code gather_segments(cyn_scans *s, cyn_err *err)
{
    size_t total = 1, nby = s->set->nby;
    for (size_t k = 0; k < s->nscans; k++)
        if (s->scans[k].result) total += s->scans[k].result->nsegments;
    s->segments = CYN_NEW_ARRAY(s->arena, total, const cyn_const *);
    if (!s->segments) return cyn_nomem(err);
    if (nby == 0) {
        s->nsegments = 1;
        return CYN_OK;
    }
    for (size_t k = 0; k < s->nscans; k++) {
        const cyn_plan_result *r = s->scans[k].result;
        for (size_t i = 0; r && i < r->nsegments; i++)
            s->segments[s->nsegments++] = &r->keys[i * nby];
    }
    if (s->nsegments == 0) return CYN_OK;
    qsort_r(s->segments, s->nsegments, sizeof *s->segments, compare_keys, &nby);
    size_t kept = 1;
    for (size_t i = 1; i < s->nsegments; i++)
        if (compare_keys(&s->segments[i], &s->segments[kept - 1], &nby) != 0)
            s->segments[kept++] = s->segments[i];
    s->nsegments = kept;
    return CYN_OK;
}

/* Both lists are sorted alike, so one walk maps them. */
static cyn_code map_segments(cyn_scans *s, cyn_scan *sc, cyn_err *err)
{
    size_t nby = s->set->nby, next = 0;
    size_t *map = CYN_NEW_ARRAY(s->arena, s->nsegments + 1, size_t);
    if (!map) return cyn_nomem(err);
    const cyn_plan_result *r = sc->result;
    for (size_t i = 0; i < s->nsegments; i++) {
        map[i] = CYN_NOWHERE;
        if (!r || next >= r->nsegments) continue;
        const cyn_const *key = nby ? &r->keys[next * nby] : NULL;
        if (nby == 0 || compare_keys(&key, &s->segments[i], &nby) == 0) map[i] = next++;
    }
    sc->segment_of = map;
    return CYN_OK;
}

cyn_code cyn_scans_settle(cyn_scans *s, cyn_err *err)
{
    CYN_TRY(gather_segments(s, err));
    for (size_t k = 0; k < s->nscans; k++)
        CYN_TRY(map_segments(s, &s->scans[k], err));
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

size_t cyn_scans_find(const cyn_scans *s, const cyn_const *keys)
{
    size_t nby = s->set->nby;
    if (nby == 0) return 0;
    size_t low = 0, high = s->nsegments;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_keys(&keys, &s->segments[middle], &nby);
        if (order == 0) return middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return CYN_NO_SEGMENT;
}

bool cyn_scans_occurs(const cyn_scans *s, uint32_t agg, size_t chain, size_t segment)
{
    const cyn_use *u = cyn_scans_use(s, agg, chain);
    return u && u->error.code == CYN_OK && s->scans[u->scan].segment_of[segment] != CYN_NOWHERE;
}

/* ---- cells ---- */

/* A source covers the stretches from its first row's to its last row's, with dates that reach to
 * the end of their day; a state goes on after its last change (B-…). */
void cyn_scan_find_coverage(const cyn_scans *s, cyn_scan *sc)
{
    const cyn_rows *rows = sc->rows;
    const cyn_source_data *data = &s->set->data->sources[rows->source];
    const cyn_source_spec *spec = &s->set->data->project->specs[rows->source];
    const cyn_relation *r = rows->relation;
    bool state = r && (r->kind == CYN_BALANCE || r->kind == CYN_MOVEMENT) && r->from;
    sc->covers_all = !spec->time || state || !data->report;
    sc->first = CYN_TIME_MAX;
    sc->last = CYN_TIME_MIN;
    if (sc->covers_all || !data->report->has_time) return;
    sc->first = data->report->first_time;
    sc->last = data->report->last_time;
    int column = cyn_table_find(data->table, spec->time);
    if (column < 0 || cyn_table_column(data->table, (size_t)column)->type != CYN_DATE) return;
    const cyn_tz *tz = s->spans->calendar->tz;
    sc->first = cyn_tz_midnight(tz, cyn_tz_date(spec->tz, sc->first));
    sc->last = cyn_tz_midnight(tz, cyn_tz_date(spec->tz, sc->last) + 1) - 1;
}

bool cyn_scan_covers(const cyn_scan *sc, cyn_interval i, size_t number)
{
    if (sc->covered) return sc->covered[number];
    if (sc->rows->has_state && !sc->rows->has_state[number]) return false;
    if (sc->covers_all || (i.start == CYN_TIME_MIN && i.end == CYN_TIME_MAX)) return true;
    return i.start <= sc->last && i.end > sc->first;
}

/* What the aggregate gives where its segment has no row; a sum keeps the kind it has elsewhere. */
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

cyn_code cyn_scans_cell(const cyn_scans *s, uint32_t agg, size_t chain, size_t span, size_t segment,
                        cyn_cell *out, bool *immature, cyn_err *err)
{
    CYN_TRY(cyn_scans_error(s, agg, chain, err));
    *out = (cyn_cell){0};
    const cyn_use *u = cyn_scans_use(s, agg, chain);
    if (!u || span == CYN_NO_SPAN) return CYN_OK;
    const cyn_scan *sc = &s->scans[u->scan];
    const cyn_chain *c = &s->spans->chains[chain];
    size_t interval = c->interval_of[span];
    size_t own = segment == CYN_NO_SEGMENT ? CYN_NOWHERE : sc->segment_of[segment];
    if (!sc->result || !cyn_scan_covers(sc, c->intervals[interval], interval)) return CYN_OK;
    if (own == CYN_NOWHERE) {
        *out = cell_of_no_rows(sc->result, u->position, u->bound.agg.func);
        if (cyn_scans_agg(s, u)->func == CYN_CUSTOM) out->value = u->empty;
        return CYN_OK;
    }
    *out = *cyn_plan_cell(sc->result, u->position, own, interval);
    if (u->immature != CYN_NOWHERE &&
        cyn_num_double(cyn_plan_cell(sc->result, u->immature, own, interval)->value) > 0)
        *immature = true;
    return CYN_OK;
}
