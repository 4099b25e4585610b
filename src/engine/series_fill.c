/* Series out of evaluations of some periods each. */
#include "base/hash.h"
#include "engine/series_impl.h"
#include "plan/expr.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- segments ---- */

static uint64_t hash_keys(const cyn_const *keys, size_t n)
{
    uint64_t h = n;
    for (size_t k = 0; k < n; k++) {
        const cyn_const *c = &keys[k];
        double number = c->kind == CYN_CONST_REAL ? c->r : (double)c->i;
        if (c->kind == CYN_CONST_TEXT)
            h = cyn_hash64(c->s, c->n, h);
        else if (c->kind == CYN_CONST_NIL)
            h = cyn_hash_mix(h + 1);
        else /* 1 is 1.0 */
            h = cyn_hash64(&number, sizeof number, h);
    }
    return h;
}

static int compare_keys(const cyn_const *a, const cyn_const *b, size_t n)
{
    int c = 0;
    for (size_t k = 0; k < n && c == 0; k++)
        c = cyn_const_compare(&a[k], &b[k]);
    return c;
}

/* Where the segment is in the table, or would be. */
static size_t place_of(const filling *f, const cyn_const *keys)
{
    size_t ndims = f->request->ndims, at = hash_keys(keys, ndims) & (f->ntable - 1);
    while (f->table[at] && compare_keys(&f->keys[(f->table[at] - 1) * ndims], keys, ndims) != 0)
        at = (at + 1) & (f->ntable - 1);
    return at;
}

static cyn_code grow_table(filling *f, cyn_err *err)
{
    size_t ndims = f->request->ndims, places = f->ntable ? 2 * f->ntable : 64;
    if (2 * (f->nsegments + 1) <= f->ntable) return CYN_OK;
    uint32_t *table = cyn_calloc(places, sizeof *table);
    if (!table) return cyn_nomem(err);
    cyn_free(f->table);
    f->table = table;
    f->ntable = places;
    for (size_t s = 0; s < f->nsegments; s++)
        f->table[place_of(f, &f->keys[s * ndims])] = (uint32_t)s + 1;
    return CYN_OK;
}

/* Texts end with a NUL, as labels do. */
static cyn_code add_segment(filling *f, const cyn_const *keys, cyn_err *err)
{
    size_t ndims = f->request->ndims;
    if ((f->nsegments + 1) * ndims > f->key_room) {
        size_t room = f->key_room ? 2 * f->key_room : 16 * ndims;
        cyn_const *more = cyn_realloc(f->keys, room * sizeof *more);
        if (!more) return cyn_nomem(err);
        f->keys = more;
        f->key_room = room;
    }
    for (size_t k = 0; k < ndims; k++) {
        cyn_const *own = &f->keys[f->nsegments * ndims + k];
        *own = keys[k];
        if (own->kind != CYN_CONST_TEXT) continue;
        own->s = cyn_strndup(f->arena, keys[k].s ? keys[k].s : "", keys[k].n);
        if (!own->s) return cyn_nomem(err);
    }
    f->nsegments++;
    return CYN_OK;
}

/* ---- cells ---- */

static void read_cell(const cyn_cell *c, bool immature, double out[FILL_KINDS])
{
    out[FILL_VALUE] = immature ? NAN : cyn_num_double(c->value);
    out[FILL_NUMERATOR] = cyn_num_double(c->numerator);
    out[FILL_DENOMINATOR] = cyn_num_double(c->denominator);
    out[FILL_ROWS] = (double)c->rows;
}

static bool keeps(const filling *f, int kind)
{
    if (kind == FILL_VALUE) return true;
    return kind == FILL_ROWS ? f->request->rows : f->request->parts;
}

static cyn_code reserve(filling *f, size_t first, size_t n, size_t room, cyn_err *err)
{
    for (size_t p = first; p < first + n; p++)
        for (int k = 0; k < FILL_KINDS; k++) {
            if (!keeps(f, k)) continue;
            f->filled[p].of[k] = cyn_malloc((room + 1) * sizeof(double));
            if (!f->filled[p].of[k]) return cyn_nomem(err);
        }
    return CYN_OK;
}

static void put(filling *f, size_t first, size_t n, size_t segment, double (*cells)[FILL_KINDS])
{
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < FILL_KINDS; k++)
            if (f->filled[first + i].of[k]) f->filled[first + i].of[k][segment] = cells[i][k];
}

/* The values of n periods, which are the base spans from `span` on. */
static cyn_code eval_segment(const filling *f, const job *j, size_t span, size_t n, size_t segment,
                             double (*cells)[FILL_KINDS], bool *has_rows, cyn_err *err)
{
    const cyn_metric *m = f->request->metric;
    *has_rows = false;
    for (size_t i = 0; i < n; i++) {
        cyn_cell cell;
        bool immature;
        CYN_TRY(eval_cell(j, m, span + i, segment, &cell, &immature, err));
        read_cell(&cell, immature, cells[i]);
        /* What a function gives has no rows of its own. */
        *has_rows |= cell.rows > 0 || (m->weight.free && !cyn_num_is_missing(cell.value));
    }
    return CYN_OK;
}

/* Keys that no row has: what a metric is of a segment without rows is the same for all of them. */
static cyn_code no_segment(const filling *f, const job *j, size_t *out, cyn_err *err)
{
    const cyn_scans *scans = j->slices[0]->scans[0];
    cyn_const *keys = CYN_NEW_ARRAY(j->arena, f->request->ndims + 1, cyn_const);
    char *name = cyn_alloc(j->arena, cyn_scans_segments(scans) + 2);
    if (!keys || !name) return cyn_nomem(err);
    size_t n = 0;
    do { /* one longer than all that there are, in the end */
        name[n++] = '-';
        keys[0] = (cyn_const){.kind = CYN_CONST_TEXT, .s = name, .n = n};
    } while (cyn_scans_find(scans, keys) != CYN_NO_SEGMENT);
    return slice_segment(j, j->slices[0], keys, out, err);
}

/* Values of the segments that have no row in these periods. */
static cyn_code find_none(filling *f, const job *j, size_t first, size_t span, size_t n,
                          double (*cells)[FILL_KINDS], cyn_err *err)
{
    size_t segment;
    bool has_rows;
    /* Functions are evaluated in one piece: there is no such segment. */
    if (f->request->ndims == 0 || f->request->metric->weight.free) return CYN_OK;
    CYN_TRY(no_segment(f, j, &segment, err));
    CYN_TRY(eval_segment(f, j, span, n, segment, cells, &has_rows, err));
    for (size_t i = 0; i < n; i++)
        memcpy(f->filled[first + i].none, cells[i], sizeof cells[i]);
    for (size_t s = 0; s < f->nsegments; s++)
        put(f, first, n, s, cells);
    return CYN_OK;
}

static cyn_code take_segment(filling *f, const job *j, size_t first, size_t span, size_t n,
                             size_t segment, double (*cells)[FILL_KINDS], cyn_err *err)
{
    const cyn_const *keys = j->slices[0]->segments[segment];
    bool has_rows;
    CYN_TRY(eval_segment(f, j, span, n, segment, cells, &has_rows, err));
    if (f->request->ndims == 0) {
        f->nsegments = 1;
        put(f, first, n, 0, cells);
        return CYN_OK;
    }
    CYN_TRY(grow_table(f, err));
    size_t at = place_of(f, keys);
    if (!f->table[at]) {
        if (!has_rows) return CYN_OK;
        CYN_TRY(add_segment(f, keys, err));
        f->table[at] = (uint32_t)f->nsegments;
    }
    put(f, first, n, f->table[at] - 1, cells);
    return CYN_OK;
}

cyn_code fill_take(filling *f, const job *j, size_t first, size_t span, size_t n, cyn_err *err)
{
    size_t there = cyn_scans_segments(j->slices[0]->scans[0]);
    double(*cells)[FILL_KINDS] = cyn_alloc_array(j->arena, n + 1, sizeof *cells);
    if (!cells) return cyn_nomem(err);
    CYN_TRY(reserve(f, first, n, f->nsegments + there, err));
    CYN_TRY(find_none(f, j, first, span, n, cells, err));
    for (size_t s = 0; s < there; s++)
        CYN_TRY(take_segment(f, j, first, span, n, s, cells, err));
    for (size_t i = 0; i < n; i++)
        f->filled[first + i].known = f->nsegments;
    return CYN_OK;
}

/* ---- the series ---- */

static int by_keys(const void *a, const void *b, void *filled)
{
    const filling *f = filled;
    size_t ndims = f->request->ndims;
    return compare_keys(&f->keys[*(const uint32_t *)a * ndims],
                        &f->keys[*(const uint32_t *)b * ndims], ndims);
}

static cyn_code sort_segments(filling *f, uint32_t **out, cyn_err *err)
{
    uint32_t *order = CYN_NEW_ARRAY(f->arena, f->nsegments + 1, uint32_t);
    if (!order) return cyn_nomem(err);
    for (size_t s = 0; s < f->nsegments; s++)
        order[s] = (uint32_t)s;
    if (f->request->ndims) qsort_r(order, f->nsegments, sizeof *order, by_keys, f);
    *out = order;
    return CYN_OK;
}

static cyn_code gather(const filling *f, int kind, const uint32_t *order, const double **out,
                       cyn_err *err)
{
    double *all = CYN_NEW_ARRAY(f->arena, f->nperiods * f->nsegments + 1, double), *to = all;
    if (!all) return cyn_nomem(err);
    for (size_t p = 0; p < f->nperiods; p++) {
        const filled_period *from = &f->filled[p];
        for (size_t s = 0; s < f->nsegments; s++)
            *to++ = order[s] < from->known ? from->of[kind][order[s]] : from->none[kind];
    }
    *out = all;
    return CYN_OK;
}

cyn_code fill_finish(filling *f, cyn_series *out, cyn_err *err)
{
    uint32_t *order = NULL;
    size_t ndims = f->request->ndims;
    CYN_TRY(sort_segments(f, &order, err));
    cyn_const *keys = CYN_NEW_ARRAY(f->arena, f->nsegments * ndims + 1, cyn_const);
    if (!keys) return cyn_nomem(err);
    for (size_t s = 0; s < f->nsegments * ndims; s++)
        keys[s] = f->keys[order[s / ndims] * ndims + s % ndims];
    out->keys = keys;
    out->nsegments = f->nsegments;
    CYN_TRY(gather(f, FILL_VALUE, order, &out->values, err));
    if (f->request->parts) CYN_TRY(gather(f, FILL_NUMERATOR, order, &out->numerators, err));
    if (f->request->parts) CYN_TRY(gather(f, FILL_DENOMINATOR, order, &out->denominators, err));
    if (f->request->rows) CYN_TRY(gather(f, FILL_ROWS, order, &out->rows, err));
    return CYN_OK;
}

void fill_clear(filling *f)
{
    for (size_t p = 0; f->filled && p < f->nperiods; p++)
        for (int k = 0; k < FILL_KINDS; k++)
            cyn_free(f->filled[p].of[k]);
    cyn_free(f->keys);
    cyn_free(f->table);
}
