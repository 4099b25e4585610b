#include "report/json_read.h"
#include "serve/prometheus_impl.h"
#include "store/history.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Of one selector. */
enum { SERIES_MOST = 10000, VALUES_MOST = 200000, LABELS_MOST = 64 };

/* ---- labels ---- */

typedef struct label_list {
    cyn_arena *arena;
    cyn_prom_label at[LABELS_MOST];
    size_t n;
    cyn_buf name, value; /* scratch */
} label_list;

static int by_name(const void *a, const void *b)
{
    const cyn_prom_label *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static cyn_code add(label_list *l, const char *name, const char *value, cyn_err *err)
{
    const char *own = cyn_strdup(l->arena, name);
    const char *copy = cyn_strdup(l->arena, value);
    if (!own || !copy) return cyn_nomem(err);
    if (l->n < LABELS_MOST) l->at[l->n++] = (cyn_prom_label){own, copy};
    return CYN_OK;
}

static cyn_code add_segment(label_list *l, const char *segment, cyn_err *err)
{
    cyn_json_at at = cyn_json_open(segment);
    cyn_json_span key, value;
    cyn_code rc = CYN_OK;
    cyn_buf dimension = {0};
    while (rc == CYN_OK && cyn_json_next(&at, &key, &value)) {
        bool missing = value.n == 4 && memcmp(value.s, "null", 4) == 0;
        cyn_buf_reset(&dimension);
        cyn_buf_reset(&l->name);
        cyn_buf_reset(&l->value);
        cyn_json_put_text(key, &dimension);
        cyn_prometheus_label_name(dimension.data ? dimension.data : "", &l->name);
        if (!missing) cyn_json_put_text(value, &l->value);
        const char *text = l->value.data ? l->value.data : "";
        if (dimension.failed || l->name.failed || l->value.failed)
            rc = cyn_nomem(err);
        else
            rc = add(l, l->name.data, cyn_prometheus_segment_value(missing ? NULL : text), err);
    }
    cyn_buf_clear(&dimension);
    return rc;
}

/* Of a series under its own name, or as another `metric` of the name that all of them have. */
static cyn_code labels_of(const cyn_stored_series *s, bool common, cyn_arena *arena,
                          cyn_prom_labels *out, cyn_err *err)
{
    label_list l = {.arena = arena};
    cyn_code rc = add(&l, "__name__", common ? CYN_PROMETHEUS_VALUE : s->metric, err);
    if (rc == CYN_OK) rc = add(&l, "grain", s->grain, err);
    if (rc == CYN_OK && common) rc = add(&l, "metric", s->metric, err);
    if (rc == CYN_OK) rc = add_segment(&l, s->segment, err);
    cyn_prom_label *at = rc == CYN_OK ? CYN_NEW_ARRAY(arena, l.n, cyn_prom_label) : NULL;
    if (rc == CYN_OK && !at) rc = cyn_nomem(err);
    if (rc == CYN_OK) {
        memcpy(at, l.at, l.n * sizeof *at);
        qsort(at, l.n, sizeof *at, by_name);
        *out = (cyn_prom_labels){at, l.n};
    }
    cyn_buf_clear(&l.name);
    cyn_buf_clear(&l.value);
    return rc;
}

/* ---- which ---- */

static const char *equal_to(const cyn_prom_matcher *m, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (m[i].how == CYN_PROM_EQUAL && strcmp(m[i].name, name) == 0 && *m[i].value)
            return m[i].value;
    return NULL;
}

static cyn_code list(const cyn_prometheus_stored *s, const cyn_prom_matcher *m, size_t n,
                     bool common, cyn_arena *arena, const cyn_stored_series **out, size_t *count,
                     cyn_err *err)
{
    cyn_series_filter filter = {
        .metric = equal_to(m, n, common ? "metric" : "__name__"),
        .grain = equal_to(m, n, "grain"),
        .most = SERIES_MOST,
    };
    bool more = false;
    *count = 0;
    if (!s->store) return CYN_OK;
    CYN_TRY(cyn_store_series_list(s->store, &filter, arena, out, count, &more, err));
    if (!more) return CYN_OK;
    cyn_fail(err, CYN_E_LIMIT, "there are more than %d series to choose from", SERIES_MOST);
    cyn_hint(err, "name the metric, and the grain");
    return CYN_E_LIMIT;
}

/* All names are asked for by their common one only when it is named: else each series would be
 * there twice. */
static bool names_common(const cyn_prom_matcher *m, size_t n)
{
    const char *name = equal_to(m, n, "__name__");
    return name && strcmp(name, CYN_PROMETHEUS_VALUE) == 0;
}

static bool is_late(const cyn_prometheus_stored *s)
{
    struct timespec t;
    if (s->cancel && atomic_load(s->cancel)) return true;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return s->deadline && (int64_t)t.tv_sec * CYN_SECOND + t.tv_nsec / 1000 >= s->deadline;
}

static cyn_code matches_in_time(const cyn_prometheus_stored *s, const cyn_prom_matcher *m, size_t n,
                                cyn_prom_labels labels, bool *match, cyn_err *err)
{
    if (is_late(s)) return cyn_fail(err, CYN_E_CANCEL, "query timed out in query execution");
    return cyn_prom_all_match(m, n, labels, match, err);
}

/* ---- values ---- */

static int64_t to_ms(int64_t micros)
{
    return micros == CYN_TIME_MAX ? INT64_MAX : cyn_floor_div(micros, 1000);
}

static int64_t to_micros(int64_t ms)
{
    int64_t micros;
    if (__builtin_mul_overflow(ms, 1000, &micros)) return ms < 0 ? CYN_TIME_MIN : CYN_TIME_MAX;
    return micros;
}

static int64_t period_after(const cyn_prometheus_stored *s, cyn_grain grain, int64_t end)
{
    return cyn_period_at(s->calendar, grain, end).end;
}

/* Until when value i counts, which has an end; `next`: what is recorded behind it, or NULL. */
static int64_t counts_until(const cyn_prometheus_stored *s, cyn_grain grain,
                            const cyn_stored_value *v, const cyn_stored_value *next)
{
    int64_t until = period_after(s, grain, v->end);
    return to_ms(next ? until : period_after(s, grain, until));
}

static bool is_whole(const cyn_stored_value *v)
{
    return !v->partial && !v->immature;
}

/* Out of the rows of one series, by time. */
static cyn_code samples_of(const cyn_prometheus_stored *s, cyn_grain grain,
                           const cyn_stored_value *v, size_t n, cyn_arena *arena,
                           cyn_prom_series *out, cyn_err *err)
{
    cyn_prom_sample *samples = CYN_NEW_ARRAY(arena, n + 1, cyn_prom_sample);
    if (!samples) return cyn_nomem(err);
    out->n = 0;
    while (n > 0 && !is_whole(&v[n - 1]))
        n--; /* so that the newest one is one that counts */
    for (size_t i = 0; i < n; i++) {
        if (!is_whole(&v[i]) || isnan(v[i].value)) continue;
        cyn_prom_sample x = {to_ms(v[i].end), INT64_MAX, v[i].value};
        if (grain.unit == CYN_ALL)
            x.at = to_ms(v[i].at); /* it has no end: since when it is known */
        else
            x.until = counts_until(s, grain, &v[i], i + 1 < n ? &v[i + 1] : NULL);
        samples[out->n++] = x;
    }
    out->samples = samples;
    return CYN_OK;
}

/* The first period whose value may count at `from`: it counts for two periods behind its own. */
static int64_t first_start(const cyn_prometheus_stored *s, cyn_grain grain, int64_t from)
{
    int64_t at = to_micros(from);
    if (grain.unit == CYN_ALL || at == CYN_TIME_MIN) return CYN_TIME_MIN;
    return cyn_period_shift(s->calendar, cyn_period_at(s->calendar, grain, at), -4).start;
}

static cyn_code load(const cyn_prometheus_stored *s, const cyn_stored_series *item, int64_t from,
                     cyn_arena *arena, cyn_prom_series *out, cyn_err *err)
{
    cyn_arena *scratch = cyn_arena_new(0);
    const cyn_stored_value *values = NULL;
    size_t n = 0;
    cyn_grain grain = {CYN_ALL, 1};
    cyn_code rc = scratch ? cyn_parse_grain(item->grain, &grain, err) : cyn_nomem(err);
    if (rc == CYN_OK)
        rc = cyn_store_values(s->store, item, first_start(s, grain, from), CYN_TIME_MAX,
                              VALUES_MOST, scratch, &values, &n, err);
    if (rc == CYN_OK) rc = samples_of(s, grain, values, n, arena, out, err);
    cyn_arena_free(scratch);
    return rc;
}

cyn_code cyn_prometheus_select(void *self, const cyn_prom_matcher *m, size_t n, int64_t from,
                               int64_t to, cyn_arena *arena, const cyn_prom_series **out,
                               size_t *count, cyn_err *err)
{
    const cyn_prometheus_stored *s = self;
    const cyn_stored_series *items = NULL;
    size_t nitems = 0, found = 0;
    bool common = names_common(m, n);
    (void)to; /* how long a value counts depends on what comes behind it */
    CYN_TRY(list(s, m, n, common, arena, &items, &nitems, err));
    cyn_prom_series *series = CYN_NEW_ARRAY(arena, nitems + 1, cyn_prom_series);
    if (!series) return cyn_nomem(err);
    for (size_t i = 0; i < nitems; i++) {
        cyn_prom_series *x = &series[found];
        bool match = false;
        CYN_TRY(labels_of(&items[i], common, arena, &x->labels, err));
        CYN_TRY(matches_in_time(s, m, n, x->labels, &match, err));
        if (!match) continue;
        CYN_TRY(load(s, &items[i], from, arena, x, err));
        found += x->n > 0;
    }
    *out = series;
    *count = found;
    return CYN_OK;
}

/* ---- labels alone ---- */

/* Whether a value of the series counts at some time of those asked for. */
static cyn_code counts_within(const cyn_prometheus_stored *s, const cyn_stored_series *item,
                              const cyn_prometheus_filter *f, bool *within, cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_prom_series series = {0};
    cyn_code rc = arena ? load(s, item, f->from, arena, &series, err) : cyn_nomem(err);
    *within = false;
    for (size_t i = 0; i < series.n && !*within; i++)
        *within = series.samples[i].at <= f->to && series.samples[i].until > f->from;
    cyn_arena_free(arena);
    return rc;
}

static cyn_code is_asked_for(const cyn_prometheus_stored *s, const cyn_stored_series *item,
                             cyn_prom_labels labels, const cyn_prometheus_filter *f, bool *asked,
                             cyn_err *err)
{
    bool ever = f->from == INT64_MIN && f->to == INT64_MAX;
    CYN_TRY(matches_in_time(s, f->matchers, f->n, labels, asked, err));
    return *asked && !ever ? counts_within(s, item, f, asked, err) : CYN_OK;
}

cyn_code cyn_prometheus_labels(const cyn_prometheus_stored *s, const cyn_prometheus_filter *f,
                               cyn_arena *arena, const cyn_prom_labels **out, size_t *count,
                               cyn_err *err)
{
    const cyn_stored_series *items = NULL;
    size_t nitems = 0, found = 0;
    bool common = names_common(f->matchers, f->n);
    CYN_TRY(list(s, f->matchers, f->n, common, arena, &items, &nitems, err));
    cyn_prom_labels *l = CYN_NEW_ARRAY(arena, 2 * nitems + 1, cyn_prom_labels);
    if (!l) return cyn_nomem(err);
    for (size_t i = 0; i < nitems; i++) {
        bool asked = false;
        CYN_TRY(labels_of(&items[i], common, arena, &l[found], err));
        CYN_TRY(is_asked_for(s, &items[i], l[found], f, &asked, err));
        found += asked;
        if (asked && f->n == 0) CYN_TRY(labels_of(&items[i], true, arena, &l[found++], err));
    }
    *out = l;
    *count = found;
    return CYN_OK;
}
