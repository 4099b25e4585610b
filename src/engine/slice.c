/* The cells of one choice of dimensions, from as many scans as it took to find out what is needed.
 */
#include "engine/eval_impl.h"
#include "plan/expr.h"

cyn_code slice_new(const job *j, const char *const *by, size_t nby, cyn_rows_set *rows, slice **out,
                   cyn_err *err)
{
    slice *s = CYN_NEW(j->arena, slice);
    if (!s) return cyn_nomem(err);
    *s = (slice){.by = by, .nby = nby, .rows = rows};
    CYN_TRY(cyn_scans_new(rows, j->spans, &s->next, err));
    *out = s;
    return CYN_OK;
}

cyn_code slice_keep(job *j, slice *s, cyn_err *err)
{
    void *more = cyn_grown(j->arena, j->slices, j->nslices, &j->slice_capacity, sizeof *j->slices);
    if (!more) return cyn_nomem(err);
    j->slices = more;
    j->slices[j->nslices++] = s;
    return CYN_OK;
}

/* The first scans' segments are those of the slice. */
static cyn_code number_segments(slice *s, cyn_err *err)
{
    size_t n = cyn_scans_segments(s->scans[0]);
    for (size_t i = 0; i < n; i++) {
        void *more =
            cyn_grown(s->rows->arena, s->segments, i, &s->segment_capacity, sizeof *s->segments);
        if (!more) return cyn_nomem(err);
        s->segments = more;
        s->segments[i] = cyn_scans_segment(s->scans[0], i);
    }
    s->nsegments = n;
    return CYN_OK;
}

cyn_code slice_run(slice *s, cyn_err *err)
{
    if (!s->next) return CYN_OK;
    void *more =
        cyn_grown(s->rows->arena, s->scans, s->nscans, &s->scan_capacity, sizeof *s->scans);
    if (!more) return cyn_nomem(err);
    s->scans = more;
    CYN_TRY(cyn_scans_run(s->next, err));
    s->scans[s->nscans++] = s->next;
    s->next = NULL;
    return s->nscans == 1 ? number_segments(s, err) : CYN_OK;
}

static bool same_segment(const cyn_const *a, const cyn_const *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (cyn_const_compare(&a[i], &b[i]) != 0) return false;
    return true;
}

cyn_code slice_segment(const job *j, slice *s, const cyn_const *keys, size_t *out, cyn_err *err)
{
    for (size_t i = 0; i < s->nsegments; i++) {
        if (!same_segment(keys, s->segments[i], s->nby)) continue;
        *out = i;
        return CYN_OK;
    }
    void *more =
        cyn_grown(j->arena, s->segments, s->nsegments, &s->segment_capacity, sizeof *s->segments);
    if (!more) return cyn_nomem(err);
    s->segments = more;
    s->segments[s->nsegments] = keys;
    *out = s->nsegments++;
    return CYN_OK;
}

cyn_code slice_cell(const job *j, uint32_t agg, spot at, cyn_cell *out, basis *on, cyn_err *err)
{
    slice *s = j->slices[at.slice];
    for (size_t k = 0; k < s->nscans; k++) {
        const cyn_scans *scans = s->scans[k];
        if (!cyn_scans_has(scans, agg, at.chain)) continue;
        bool numbered = k == 0 && at.segment < cyn_scans_segments(scans);
        size_t segment = numbered ? at.segment : cyn_scans_find(scans, s->segments[at.segment]);
        return cyn_scans_cell(scans, agg, at.chain, at.span, segment, out, &on->immature, err);
    }
    if (!s->next) CYN_TRY(cyn_scans_new(s->rows, j->spans, &s->next, err));
    CYN_TRY(cyn_scans_add(s->next, agg, at.chain, err));
    on->pending = true;
    *out = (cyn_cell){0};
    return CYN_OK;
}
