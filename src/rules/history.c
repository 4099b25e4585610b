#include "rules/history.h"
#include "rules/arrivals.h"
#include <math.h>
#include <string.h>

/* So many periods are evaluated at once, those looked back on left out: enough for years of hours,
 * and no more than fit into memory with many segments. */
#define PERIODS 20000

/* A series for the slots of [from, to], and what the last slot was shown of it. */
typedef struct piece {
    cyn_series_request request;
    const cyn_series *series;
    const cyn_err *error;
    const cyn_arrivals *arrivals; /* NULL: everything was there in time */
    struct piece *next;
    cyn_arena *shown_in; /* of the window; NULL: there is none */
    cyn_series shown;
    size_t judged, reached;
} piece;

/* When the rows of a metric's data came. */
typedef struct arrivals_of {
    const cyn_metric *metric;
    cyn_arrivals *arrivals;
    struct arrivals_of *next;
} arrivals_of;

struct cyn_history {
    const cyn_project *project;
    cyn_dataset *data;
    cyn_series_source live;
    int64_t from, to;
    cyn_arena *arena;
    piece *pieces;
    arrivals_of *arrivals;
};

cyn_code cyn_history_new(const cyn_project *p, cyn_dataset *data, cyn_series_source live,
                         int64_t from, int64_t to, cyn_history **out, cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_history *h = arena ? CYN_NEW(arena, cyn_history) : NULL;
    if (!h) {
        cyn_arena_free(arena);
        return cyn_nomem(err);
    }
    *h = (cyn_history){
        .project = p, .data = data, .live = live, .from = from, .to = to, .arena = arena};
    *out = h;
    return CYN_OK;
}

void cyn_history_free(cyn_history *h)
{
    if (!h) return;
    for (piece *it = h->pieces; it; it = it->next)
        cyn_arena_free(it->shown_in);
    cyn_arena_free(h->arena);
}

/* ---- pieces ---- */

static bool same_dims(const cyn_series_request *a, const cyn_series_request *b)
{
    if (a->ndims != b->ndims) return false;
    for (size_t i = 0; i < a->ndims; i++)
        if (strcmp(a->dims[i], b->dims[i]) != 0) return false;
    return true;
}

static piece *find_piece(const cyn_history *h, const cyn_series_request *q)
{
    for (piece *it = h->pieces; it; it = it->next) {
        const cyn_series_request *has = &it->request;
        if (has->metric == q->metric && cyn_grain_equal(has->grain, q->grain) &&
            same_dims(has, q) && has->lookback == q->lookback && has->parts >= q->parts &&
            has->from <= q->to && q->to <= has->to)
            return it;
    }
    return NULL;
}

/* From this slot on, as far as one piece reaches. Rows say which segments occur. */
static cyn_series_request widened(const cyn_history *h, const cyn_series_request *q)
{
    cyn_series_request wide = *q;
    cyn_period period = cyn_period_at(&h->project->calendar, q->grain, q->from);
    int64_t reach;
    wide.rows = true;
    wide.to = h->to - 1;
    if (q->grain.unit != CYN_ALL &&
        !__builtin_mul_overflow(period.end - period.start, (int64_t)PERIODS, &reach) &&
        !__builtin_add_overflow(q->from, reach, &reach) && reach < wide.to)
        wide.to = reach;
    if (wide.to < q->to) wide.to = q->to;
    return wide;
}

static cyn_code copy_request(cyn_history *h, piece *it, cyn_err *err)
{
    const char **dims = CYN_NEW_ARRAY(h->arena, it->request.ndims + 1, const char *);
    if (!dims) return cyn_nomem(err);
    for (size_t i = 0; i < it->request.ndims; i++)
        if (!(dims[i] = cyn_strdup(h->arena, it->request.dims[i]))) return cyn_nomem(err);
    it->request.dims = dims;
    return CYN_OK;
}

/* Made once for each metric; NULL where the data are nobody's. */
static cyn_code find_arrivals(cyn_history *h, const cyn_metric *m, const cyn_arrivals **out,
                              cyn_err *err)
{
    arrivals_of *it = h->arrivals;
    *out = NULL;
    if (!h->data) return CYN_OK;
    while (it && it->metric != m)
        it = it->next;
    if (!it) {
        it = CYN_NEW(h->arena, arrivals_of);
        if (!it) return cyn_nomem(err);
        it->metric = m;
        it->next = h->arrivals;
        CYN_TRY(cyn_arrivals_new(h->data, m, h->arena, &it->arrivals, err));
        h->arrivals = it;
    }
    *out = it->arrivals;
    return CYN_OK;
}

/* Asks for all pieces that are missing in one go: rules that look at the same data share scans. */
static cyn_code make_pieces(cyn_history *h, const cyn_series_request *requests, size_t n,
                            cyn_arena *scratch, cyn_err *err)
{
    cyn_series_request *wide = CYN_NEW_ARRAY(scratch, n + 1, cyn_series_request);
    cyn_series_reply *replies = CYN_NEW_ARRAY(scratch, n + 1, cyn_series_reply);
    size_t missing = 0;
    if (!wide || !replies) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        if (!requests[i].partial && !find_piece(h, &requests[i]))
            wide[missing++] = widened(h, &requests[i]);
    if (missing == 0) return CYN_OK;
    CYN_TRY(h->live.get(h->live.self, wide, missing, h->arena, replies, err));
    for (size_t i = 0; i < missing; i++) {
        piece *it = CYN_NEW(h->arena, piece);
        if (!it) return cyn_nomem(err);
        *it = (piece){.request = wide[i],
                      .series = replies[i].series,
                      .error = replies[i].error,
                      .next = h->pieces};
        CYN_TRY(copy_request(h, it, err));
        CYN_TRY(find_arrivals(h, it->request.metric, &it->arrivals, err));
        h->pieces = it;
    }
    return CYN_OK;
}

/* ---- windows ---- */

/* Whether rows stand behind a value; what a function gives has none of its own. */
static bool has_rows(const cyn_series *s, size_t at)
{
    if (!s->rows) return !isnan(s->values[at]);
    return s->rows[at] > 0 || (s->metric->weight.free && !isnan(s->values[at]));
}

static bool occurs(const cyn_series *s, size_t segment, size_t first, size_t last)
{
    for (size_t p = first; p <= last; p++)
        if (has_rows(s, p * s->nsegments + segment)) return true;
    return false;
}

static const double *picked(const double *values, const cyn_series *s, const size_t *segments,
                            size_t n, size_t first, size_t last, cyn_arena *arena, bool *failed)
{
    if (!values || *failed) return NULL;
    double *out = CYN_NEW_ARRAY(arena, (last - first + 1) * n + 1, double);
    *failed = !out;
    for (size_t p = first; out && p <= last; p++)
        for (size_t i = 0; i < n; i++)
            out[(p - first) * n + i] = values[p * s->nsegments + segments[i]];
    return out;
}

/* A series of these periods and segments only. */
static cyn_code pick(const cyn_series *s, const size_t *segments, size_t n, size_t first,
                     size_t last, cyn_arena *arena, cyn_series *out, cyn_err *err)
{
    bool failed = false;
    cyn_const *keys = CYN_NEW_ARRAY(arena, n * s->ndims + 1, cyn_const);
    if (!keys) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        memcpy(&keys[i * s->ndims], &s->keys[segments[i] * s->ndims], s->ndims * sizeof *keys);
    *out = *s;
    out->keys = keys;
    out->nsegments = n;
    out->values = picked(s->values, s, segments, n, first, last, arena, &failed);
    out->numerators = picked(s->numerators, s, segments, n, first, last, arena, &failed);
    out->denominators = picked(s->denominators, s, segments, n, first, last, arena, &failed);
    out->rows = picked(s->rows, s, segments, n, first, last, arena, &failed);
    return failed ? cyn_nomem(err) : CYN_OK;
}

/* The periods alone: nothing is copied where every segment occurs. */
static void cut(const cyn_series *s, size_t first, cyn_series *out)
{
    size_t skip = first * s->nsegments;
    *out = *s;
    out->values += skip;
    if (s->numerators) out->numerators += skip;
    if (s->denominators) out->denominators += skip;
    if (s->rows) out->rows += skip;
}

/* Periods that the data did not reach yet have no value where no row stands behind it. */
static cyn_code blank_unreached(cyn_series *shown, size_t reached, cyn_arena *arena, cyn_err *err)
{
    size_t n = shown->nperiods * shown->nsegments;
    double *values = CYN_NEW_ARRAY(arena, n + 1, double);
    if (!values) return cyn_nomem(err);
    memcpy(values, shown->values, n * sizeof *values);
    for (size_t at = reached * shown->nsegments; at < n; at++)
        if (!has_rows(shown, at)) values[at] = NAN;
    shown->values = values;
    return CYN_OK;
}

/* The periods first … last, of which so many were reached by data. */
static cyn_code make_window(piece *it, size_t first, size_t last, size_t reached, cyn_err *err)
{
    const cyn_series *s = it->series;
    size_t *segments = CYN_NEW_ARRAY(it->shown_in, s->nsegments + 1, size_t), n = 0;
    if (!segments) return cyn_nomem(err);
    for (size_t i = 0; i < s->nsegments; i++)
        if (s->ndims == 0 || occurs(s, i, first, last)) segments[n++] = i;
    if (n == s->nsegments)
        cut(s, first, &it->shown);
    else
        CYN_TRY(pick(s, segments, n, first, last, it->shown_in, &it->shown, err));
    it->shown.periods = s->periods + first;
    it->shown.nperiods = last - first + 1;
    it->shown.ready = s->ready + first;
    if (reached == it->shown.nperiods) return CYN_OK;
    return blank_unreached(&it->shown, reached, it->shown_in, err);
}

static size_t count_reached(const cyn_series *s, size_t first, size_t last, int64_t covered)
{
    size_t n = last - first + 1;
    while (n > 0 && s->periods[first + n - 1].start > covered)
        n--;
    return n;
}

/* What a slot is shown of a piece; the same as before while there is nothing new. */
static cyn_code show(piece *it, const cyn_series_request *q, cyn_series_reply *out, cyn_err *err)
{
    size_t judged;
    *out = (cyn_series_reply){.series = it->series, .error = it->error};
    if (!it->series || !cyn_series_judged(it->series, q->to, &judged)) return CYN_OK;
    size_t first = judged > q->lookback ? judged - q->lookback : 0;
    cyn_arrival at = {it->series->data_end, CYN_TIME_MAX};
    if (it->arrivals) at = cyn_arrivals_at(it->arrivals, q->to);
    size_t reached = count_reached(it->series, first, judged, at.covered);
    if (!it->shown_in || it->judged != judged || it->reached != reached) {
        cyn_arena_free(it->shown_in);
        it->shown_in = cyn_arena_new(0);
        if (!it->shown_in) return cyn_nomem(err);
        it->judged = judged;
        it->reached = reached;
        CYN_TRY(make_window(it, first, judged, reached, err));
    }
    it->shown.data_end = at.end;
    out->series = &it->shown;
    return CYN_OK;
}

/* A partial series is asked for each time; how far the data reached is not what they reach now. */
static cyn_code ask(cyn_history *h, const cyn_series_request *q, cyn_arena *arena,
                    cyn_series_reply *out, cyn_err *err)
{
    const cyn_arrivals *arrivals;
    cyn_series_request request = *q;
    request.rows = true;
    CYN_TRY(h->live.get(h->live.self, &request, 1, arena, out, err));
    CYN_TRY(find_arrivals(h, q->metric, &arrivals, err));
    if (!arrivals || !out->series || out->series->nperiods == 0) return CYN_OK;
    cyn_series *own = CYN_NEW(arena, cyn_series);
    if (!own) return cyn_nomem(err);
    cyn_arrival at = cyn_arrivals_at(arrivals, q->to);
    *own = *out->series;
    own->data_end = at.end;
    out->series = own;
    size_t reached = count_reached(own, 0, own->nperiods - 1, at.covered);
    return reached == own->nperiods ? CYN_OK : blank_unreached(own, reached, arena, err);
}

static cyn_code get(void *self, const cyn_series_request *requests, size_t n, cyn_arena *arena,
                    cyn_series_reply *out, cyn_err *err)
{
    cyn_history *h = self;
    CYN_TRY(make_pieces(h, requests, n, arena, err));
    for (size_t i = 0; i < n; i++) {
        piece *it = requests[i].partial ? NULL : find_piece(h, &requests[i]);
        if (it)
            CYN_TRY(show(it, &requests[i], &out[i], err));
        else
            CYN_TRY(ask(h, &requests[i], arena, &out[i], err));
    }
    return CYN_OK;
}

cyn_series_source cyn_history_source(cyn_history *h)
{
    return (cyn_series_source){.self = h, .get = get};
}
