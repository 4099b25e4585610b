#include "rules/arrivals.h"
#include "engine/uses.h"
#include "plan/relation.h"
#include <stdlib.h>
#include <string.h>

#define AT_ONCE 4096 /* rows that are widened together */

/* The times of a source's rows, ascending: instants, or dates, which last a day. */
typedef struct arriving {
    int source;
    bool dates;
    bool bounded; /* it covers no more than its rows do */
    int64_t *times;
    size_t count;
} arriving;

struct cyn_arrivals {
    cyn_dataset *data;
    cyn_arena *arena;
    const cyn_calendar *calendar;
    arriving *sources;
    size_t nsources, capacity;
};

/* Tables are mostly in the order of time already. */
static void sort(arriving *s)
{
    for (size_t i = 1; i < s->count; i++)
        if (s->times[i - 1] > s->times[i]) {
            qsort(s->times, s->count, sizeof *s->times, cyn_compare_times);
            return;
        }
}

static cyn_code read_times(cyn_arrivals *a, arriving *s, const cyn_column *c, size_t rows,
                           cyn_err *err)
{
    int64_t room[AT_ONCE];
    s->times = CYN_NEW_ARRAY(a->arena, rows + 1, int64_t);
    if (!s->times) return cyn_nomem(err);
    for (size_t first = 0; first < rows; first += AT_ONCE) {
        size_t n = rows - first < AT_ONCE ? rows - first : AT_ONCE;
        const int64_t *values = cyn_column_integers(c, first, n, room);
        for (size_t i = 0; i < n; i++)
            if (cyn_column_has(c, first + i)) s->times[s->count++] = values[i];
    }
    sort(s);
    return CYN_OK;
}

static cyn_code add_source(cyn_arrivals *a, int source, bool bounded, cyn_err *err)
{
    for (size_t i = 0; i < a->nsources; i++) {
        if (a->sources[i].source != source) continue;
        a->sources[i].bounded &= bounded;
        return CYN_OK;
    }
    const cyn_source_data *data = &a->data->sources[source];
    const char *time = a->data->project->config->sources[source].time;
    int at = data->table && time ? cyn_table_find(data->table, time) : -1;
    if (at < 0) return CYN_OK;
    const cyn_column *column = cyn_table_column(data->table, (size_t)at);
    arriving *more = cyn_grown(a->arena, a->sources, a->nsources, &a->capacity, sizeof *more);
    if (!more) return cyn_nomem(err);
    a->sources = more;
    arriving *s = &a->sources[a->nsources];
    *s = (arriving){.source = source, .dates = column->type == CYN_DATE, .bounded = bounded};
    CYN_TRY(read_times(a, s, column, cyn_table_rows(data->table), err));
    a->nsources++;
    return CYN_OK;
}

static cyn_code visit(void *self, uint32_t agg, size_t chain, cyn_err *err)
{
    (void)chain;
    cyn_arrivals *a = self;
    const cyn_project *p = a->data->project;
    const cyn_view *view = p->catalog->aggs[agg]->view;
    const cyn_relation *r = view->relation;
    int source = cyn_project_source(p, view->source);
    bool state = r && (r->kind == CYN_BALANCE || r->kind == CYN_MOVEMENT); /* goes on by itself */
    return source < 0 ? CYN_OK : add_source(a, source, !state, err);
}

cyn_code cyn_arrivals_new(cyn_dataset *d, const cyn_metric *m, cyn_arena *arena, cyn_arrivals **out,
                          cyn_err *err)
{
    cyn_arrivals *a = CYN_NEW(arena, cyn_arrivals);
    if (!a) return cyn_nomem(err);
    *a = (cyn_arrivals){.data = d, .arena = arena, .calendar = &d->project->calendar};
    CYN_TRY(cyn_load_uses(d, m, err));
    CYN_TRY(cyn_each_use(d->project, NULL, m, visit, a, err));
    *out = a;
    return CYN_OK;
}

/* The newest row that begins before the instant: its number + 1; 0: there is none. */
static size_t count_before(const arriving *s, int64_t instant)
{
    return cyn_first_not_before(s->times, s->count, instant);
}

/* A date is there once it has begun, and reaches to its end. */
static cyn_arrival newest(const cyn_arrivals *a, const arriving *s, int64_t instant)
{
    int64_t before = s->dates ? cyn_tz_date(a->calendar->tz, instant - 1) + 1 : instant;
    size_t n = count_before(s, before);
    if (n == 0) return (cyn_arrival){CYN_TIME_MIN, CYN_TIME_MIN};
    int64_t last = s->times[n - 1];
    int64_t end = s->dates ? cyn_tz_midnight(a->calendar->tz, last + 1) : last + 1;
    return (cyn_arrival){end, end - 1};
}

cyn_arrival cyn_arrivals_at(const cyn_arrivals *a, int64_t instant)
{
    cyn_arrival all = {CYN_TIME_MIN, CYN_TIME_MAX};
    for (size_t i = 0; i < a->nsources; i++) {
        cyn_arrival own = newest(a, &a->sources[i], instant);
        if (own.end > all.end) all.end = own.end;
        if (a->sources[i].bounded && own.covered < all.covered) all.covered = own.covered;
    }
    if (all.end > instant) all.end = instant;
    return all;
}
