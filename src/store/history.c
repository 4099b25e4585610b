/* The key of `value` is the order of both questions: what series there are is asked by seeking to
 * the first row behind the last one of each, so that it costs a look per series and not per value;
 * and the rows of a period lie together, oldest run first. */
#include "store/history.h"
#include "store/store_impl.h"
#include <math.h>
#include <string.h>

/* ---- which series there are ---- */

/* Behind which row the next one is looked for; start: CYN_TIME_MAX is behind all of the series. */
typedef struct place {
    const char *metric, *grain, *segment;
    int64_t start;
} place;

/* A segment begins with {" or is this, the greatest. */
static const char whole_segment[] = "{}";

static cyn_code next_row(cyn_store *st, const place *after, cyn_arena *arena,
                         cyn_stored_series *out, bool *found, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_NEXT_SERIES, &q, err));
    cyn_code rc = CYN_OK;
    sqlite3_bind_text(q, 1, after->metric, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 2, after->grain, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 3, after->segment, -1, SQLITE_STATIC);
    sqlite3_bind_int64(q, 4, after->start);
    int step = sqlite3_step(q);
    *found = step == SQLITE_ROW;
    if (step == SQLITE_ROW) {
        out->metric = cyn_store_text(q, 0, arena);
        out->grain = cyn_store_text(q, 1, arena);
        out->segment = cyn_store_text(q, 2, arena);
        if (!out->metric || !out->grain || !out->segment) rc = cyn_nomem(err);
    } else if (step != SQLITE_DONE) {
        rc = cyn_store_fail(st->db, st->path, "read which series there are", err);
    }
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    return rc;
}

static bool fits(const cyn_series_filter *f, const cyn_stored_series *s)
{
    return (!f->grain || strcmp(f->grain, s->grain) == 0) &&
           (!f->whole || strcmp(s->segment, whole_segment) == 0);
}

/* Behind what the filter can want of the series that was found: all of it; or, where it has a
 * segment and only the whole is wanted, all segments up to that. */
static place behind(const cyn_series_filter *f, const cyn_stored_series *s)
{
    place p = {s->metric, s->grain, s->segment, CYN_TIME_MAX};
    if (!f->whole || strcmp(s->segment, whole_segment) >= 0) return p;
    p.segment = whole_segment;
    p.start = CYN_TIME_MIN;
    return p;
}

cyn_code cyn_store_series_list(cyn_store *st, const cyn_series_filter *filter, cyn_arena *arena,
                               const cyn_stored_series **out, size_t *n, bool *more, cyn_err *err)
{
    cyn_stored_series *items = NULL;
    size_t count = 0, capacity = 0;
    place at = {filter->metric ? filter->metric : "", "", "", CYN_TIME_MIN};
    bool others = false;
    for (;;) {
        cyn_stored_series s;
        bool found;
        CYN_TRY(next_row(st, &at, arena, &s, &found, err));
        if (!found || (filter->metric && strcmp(filter->metric, s.metric) != 0)) break;
        at = behind(filter, &s);
        if (!fits(filter, &s)) continue;
        others = filter->most && count == filter->most;
        if (others) break;
        cyn_stored_series *grown = cyn_grown(arena, items, count, &capacity, sizeof *grown);
        if (!grown) return cyn_nomem(err);
        items = grown;
        items[count++] = s;
    }
    *out = items;
    *n = count;
    *more = others;
    return CYN_OK;
}

/* ---- what they say ---- */

enum {
    START,
    END,
    PERIOD,
    VALUE,
    VALUE_TEXT,
    NUMERATOR,
    DENOMINATOR,
    ROWS,
    PARTIAL,
    IMMATURE,
    DEFINITION,
    RUN,
    AT
};

static double real_of(sqlite3_stmt *q, int i)
{
    return sqlite3_column_type(q, i) == SQLITE_NULL ? NAN : sqlite3_column_double(q, i);
}

static cyn_code read_value(sqlite3_stmt *q, cyn_arena *arena, cyn_stored_value *out, cyn_err *err)
{
    bool exact = sqlite3_column_type(q, VALUE_TEXT) != SQLITE_NULL;
    *out = (cyn_stored_value){.start = sqlite3_column_int64(q, START),
                              .end = sqlite3_column_int64(q, END),
                              .period = cyn_store_text(q, PERIOD, arena),
                              .value = real_of(q, VALUE),
                              .numerator = real_of(q, NUMERATOR),
                              .denominator = real_of(q, DENOMINATOR),
                              .text = exact ? cyn_store_text(q, VALUE_TEXT, arena) : NULL,
                              .rows = sqlite3_column_int64(q, ROWS),
                              .partial = sqlite3_column_int(q, PARTIAL) != 0,
                              .immature = sqlite3_column_int(q, IMMATURE) != 0,
                              .definition = cyn_store_text(q, DEFINITION, arena),
                              .run = sqlite3_column_int64(q, RUN),
                              .first_run = sqlite3_column_int64(q, RUN),
                              .at = sqlite3_column_int64(q, AT)};
    if (!out->period || !out->definition || (exact && !out->text)) return cyn_nomem(err);
    return CYN_OK;
}

static bool says_the_same(const cyn_stored_value *a, const cyn_stored_value *b)
{
    if (a->text && b->text) return strcmp(a->text, b->text) == 0;
    return isnan(a->value) ? isnan(b->value) : a->value == b->value;
}

/* What is known after `later`, too. What was said of a period that had not ended, or of a cohort
 * that was not mature, was never said to last: it is not restated by what follows. */
static void follow(cyn_stored_value *later, const cyn_stored_value *before)
{
    bool lasting = !before->partial && !before->immature;
    later->first_run = before->first_run;
    later->restated = before->restated + (lasting && !says_the_same(before, later));
}

typedef struct value_list {
    cyn_stored_value *items;
    size_t count, capacity;
} value_list;

static cyn_code add_value(value_list *l, const cyn_stored_value *v, cyn_arena *arena, cyn_err *err)
{
    cyn_stored_value *grown = cyn_grown(arena, l->items, l->count, &l->capacity, sizeof *grown);
    if (!grown) return cyn_nomem(err);
    l->items = grown;
    l->items[l->count++] = *v;
    return CYN_OK;
}

/* The rows of periods that begin in [from, to); all: each of them, else the newest of each period.
 */
static cyn_code read_rows(cyn_store *st, const cyn_stored_series *s, int64_t from, int64_t to,
                          size_t most, bool all, cyn_arena *arena, value_list *out, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_GET_VALUES, &q, err));
    cyn_code rc = CYN_OK;
    int step = SQLITE_DONE;
    sqlite3_bind_text(q, 1, s->metric, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 2, s->grain, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 3, s->segment, -1, SQLITE_STATIC);
    sqlite3_bind_int64(q, 4, from);
    sqlite3_bind_int64(q, 5, to);
    while (rc == CYN_OK && (step = sqlite3_step(q)) == SQLITE_ROW) {
        cyn_stored_value v, *last = out->count ? &out->items[out->count - 1] : NULL;
        rc = read_value(q, arena, &v, err);
        if (rc != CYN_OK) break;
        bool again = last && last->start == v.start;
        if (again) follow(&v, last);
        if (again && !all) {
            *last = v;
            continue;
        }
        if (!again && most && out->count == most) break;
        rc = add_value(out, &v, arena, err);
    }
    if (rc == CYN_OK && step != SQLITE_DONE && step != SQLITE_ROW)
        rc = cyn_store_fail(st->db, st->path, "read values", err);
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    return rc;
}

cyn_code cyn_store_values(cyn_store *st, const cyn_stored_series *series, int64_t from, int64_t to,
                          size_t most, cyn_arena *arena, const cyn_stored_value **out, size_t *n,
                          cyn_err *err)
{
    value_list l = {0};
    CYN_TRY(read_rows(st, series, from, to, most, false, arena, &l, err));
    *out = l.items;
    *n = l.count;
    return CYN_OK;
}

cyn_num cyn_stored_number(const cyn_stored_value *v)
{
    int64_t whole = 0, mantissa = 0;
    int scale = 0;
    size_t n = v->text ? strlen(v->text) : 0;
    if (n && cyn_parse_integer(v->text, n, &whole)) return cyn_num_integer(whole);
    if (n && cyn_parse_decimal(v->text, n, &mantissa, &scale))
        return cyn_num_decimal(mantissa, scale);
    return isnan(v->value) ? CYN_MISSING : cyn_num_real(v->value);
}

cyn_code cyn_store_restatements(cyn_store *st, const cyn_stored_series *series, int64_t start,
                                cyn_arena *arena, const cyn_stored_value **out, size_t *n,
                                cyn_err *err)
{
    value_list l = {0};
    if (start < CYN_TIME_MAX)
        CYN_TRY(read_rows(st, series, start, start + 1, 0, true, arena, &l, err));
    *out = l.items;
    *n = l.count;
    return CYN_OK;
}
