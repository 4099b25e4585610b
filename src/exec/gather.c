#include "exec/gather.h"
#include "exec/pass_impl.h"
#include "exec/settle_impl.h"
#include <stdlib.h>
#include <string.h>

/* Places from … to - 1 of a segment. */
typedef struct stretch {
    uint32_t from, to;
} stretch;

struct cyn_gathered {
    cyn_arena *arena;
    size_t nsegments, width;
    stretch *places; /* [interval] */
    size_t *start;   /* [segment × width + place], and the end: where in row */
    uint32_t *row;
};

/* A row that counts, and its place. */
typedef struct taken {
    uint32_t row, place;
} taken;

typedef struct taken_list {
    taken *items;
    size_t count, capacity;
} taken_list;

/* ---- one pass over the rows ---- */

static cyn_code take(taken_list *l, const cyn_rows *rows, size_t first, cyn_err *err)
{
    if (l->count + rows->n > l->capacity) {
        size_t capacity = 2 * l->capacity + CYN_BATCH;
        taken *items = cyn_realloc(l->items, capacity * sizeof *items);
        if (!items) return cyn_nomem(err);
        l->items = items;
        l->capacity = capacity;
    }
    for (size_t k = 0; k < rows->n; k++)
        l->items[l->count++] = (taken){(uint32_t)(first + rows->row[k]), rows->place[k]};
    return CYN_OK;
}

static cyn_code scan(cyn_pass *p, const atomic_bool *cancel, taken_list *out, cyn_err *err)
{
    size_t rows = cyn_table_rows(p->table);
    const cyn_filter *filter = &p->filters[p->aggs[0].filter];
    for (size_t first = 0, n; first < rows; first += n) {
        n = rows - first;
        CYN_TRY(cyn_pass_batch(p, first, &n, cancel, err));
        if (p->grouper.rows.n > 0) CYN_TRY(take(out, &filter->rows, first, err));
    }
    return CYN_OK;
}

/* ---- which places an interval covers: always neighbours ---- */

static void cover(stretch *s, uint32_t place)
{
    if (s->to == 0) s->from = place;
    s->to = place + 1;
}

static void cover_places(const cyn_grouper *g, size_t nintervals, stretch *out)
{
    const cyn_spans *spans = &g->spans;
    for (size_t i = 0; !spans->cut && i < nintervals; i++)
        cover(&out[i], g->everything ? 0 : (uint32_t)i);
    for (size_t place = 0; spans->cut && place < g->width; place++)
        for (size_t c = spans->first[place]; c < spans->first[place + 1]; c++)
            for (size_t i = spans->covered[c].from; i < spans->covered[c].to; i++)
                cover(&out[i], (uint32_t)place);
}

/* ---- sorting ---- */

static size_t index_of(const cyn_gathered *g, const size_t *rank, uint32_t place)
{
    return rank[place / g->width] * g->width + place % g->width;
}

/* Puts the rows of each place side by side, as they stand in the table. */
static void distribute(cyn_gathered *g, const size_t *rank, const taken_list *l)
{
    size_t places = g->nsegments * g->width;
    for (size_t k = 0; k < l->count; k++)
        g->start[index_of(g, rank, l->items[k].place) + 1]++;
    for (size_t i = 0; i < places; i++)
        g->start[i + 1] += g->start[i];
    for (size_t k = 0; k < l->count; k++)
        g->row[g->start[index_of(g, rank, l->items[k].place)]++] = l->items[k].row;
    memmove(g->start + 1, g->start, places * sizeof *g->start);
    g->start[0] = 0;
}

static int by_time(const void *a, const void *b, void *column)
{
    const cyn_column *time = column;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    bool has_x = cyn_column_has(time, x), has_y = cyn_column_has(time, y);
    if (has_x != has_y) return has_x ? -1 : 1;
    int64_t s = has_x ? cyn_column_integer(time, x) : 0,
            t = has_y ? cyn_column_integer(time, y) : 0;
    return s != t ? (s > t) - (s < t) : (x > y) - (x < y);
}

/* Most tables are in order already. */
static void sort_place(uint32_t *row, size_t n, const cyn_column *time)
{
    size_t i = 1;
    while (i < n && by_time(&row[i - 1], &row[i], (void *)(uintptr_t)time) < 0)
        i++;
    if (i < n) qsort_r(row, n, sizeof *row, by_time, (void *)(uintptr_t)time);
}

/* ---- all of it ---- */

static cyn_code fill(cyn_gathered *g, cyn_pass *p, const taken_list *l, cyn_err *err)
{
    size_t nintervals = p->plan->nintervals;
    g->nsegments = p->grouper.nsegments;
    g->width = p->grouper.width;
    size_t *order = CYN_NEW_ARRAY(p->scratch, g->nsegments + 1, size_t);
    size_t *rank = CYN_NEW_ARRAY(p->scratch, g->nsegments + 1, size_t);
    g->places = CYN_NEW_ARRAY(g->arena, nintervals + 1, stretch);
    g->start = CYN_NEW_ARRAY(g->arena, g->nsegments * g->width + 2, size_t);
    g->row = CYN_NEW_ARRAY(g->arena, l->count + 1, uint32_t);
    if (!order || !rank || !g->places || !g->start || !g->row) return cyn_nomem(err);
    cyn_grouper_order(&p->grouper, order);
    for (size_t s = 0; s < g->nsegments; s++)
        rank[order[s]] = s;
    cover_places(&p->grouper, nintervals, g->places);
    distribute(g, rank, l);
    for (size_t i = 0; p->grouper.time && i < g->nsegments * g->width; i++)
        sort_place(g->row + g->start[i], g->start[i + 1] - g->start[i], p->grouper.time);
    return CYN_OK;
}

static cyn_code gather(cyn_gathered *g, const cyn_plan *plan, const cyn_table *table,
                       const atomic_bool *cancel, cyn_err *err)
{
    cyn_pass pass = {0};
    taken_list list = {0};
    cyn_code rc = cyn_pass_bind(&pass, plan, table, err);
    if (rc == CYN_OK) {
        cyn_pass_choose(&pass, NULL);
        rc = scan(&pass, cancel, &list, err);
    }
    if (rc == CYN_OK) rc = fill(g, &pass, &list, err);
    cyn_free(list.items);
    cyn_pass_clear(&pass);
    return rc;
}

cyn_code cyn_exec_gather(const cyn_plan *plan, const cyn_table *table, const atomic_bool *cancel,
                         cyn_gathered **out, cyn_err *err)
{
    if (cyn_table_rows(table) > UINT32_MAX)
        return cyn_fail(err, CYN_E_LIMIT, "source '%s' has more than 2³² rows", plan->source);
    cyn_settled settled;
    CYN_TRY(cyn_settle(plan, table, cancel, &settled, err));
    cyn_arena *arena = cyn_arena_new(0);
    cyn_gathered *g = arena ? CYN_NEW(arena, cyn_gathered) : NULL;
    cyn_code rc = CYN_OK;
    if (g) {
        g->arena = arena;
        rc = gather(g, &settled.plan, settled.table, cancel, err);
    } else {
        rc = cyn_nomem(err);
    }
    cyn_settled_clear(&settled);
    if (rc == CYN_OK)
        *out = g;
    else
        cyn_arena_free(arena);
    return rc;
}

void cyn_gathered_free(cyn_gathered *g)
{
    if (g) cyn_arena_free(g->arena);
}

size_t cyn_gathered_segments(const cyn_gathered *g)
{
    return g->nsegments;
}

const uint32_t *cyn_gathered_rows(const cyn_gathered *g, size_t segment, size_t interval, size_t *n)
{
    stretch s = g->places[interval];
    size_t from = g->start[segment * g->width + s.from], to = g->start[segment * g->width + s.to];
    *n = to - from;
    return g->row + from;
}
