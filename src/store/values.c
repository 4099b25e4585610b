/* Values: those of a run beside what was said of them last. */
#include "store/values_impl.h"
#include <math.h>
#include <string.h>

static const char reading[] = "read";

/* So many rows are read for each point of a stretch: there is one for each restatement, and where
 * there are many the newest ones are looked for one by one. */
enum { ROWS_FOR_EACH = 4 };

static void bind_text(sqlite3_stmt *q, int i, const char *s)
{
    sqlite3_bind_text(q, i, s ? s : "", -1, SQLITE_STATIC);
}

static void reset(sqlite3_stmt *q)
{
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
}

/* ---- what was said last ---- */

/* As the statements that read values have them. */
enum { START, RUN, END, LABEL, DEFINITION, NUMS, ROWS = NUMS + 6, PARTIAL, IMMATURE, ERROR };

/* NULL where `n` is not set. */
static bool has_text(sqlite3_stmt *q, int column, const char *s, size_t n, bool set)
{
    const char *text = (const char *)sqlite3_column_text(q, column);
    if (!set || !text) return !set && !text;
    return (size_t)sqlite3_column_bytes(q, column) == n && memcmp(text, s, n) == 0;
}

static bool has_num(sqlite3_stmt *q, int column, cyn_num n, const char *digits, size_t ndigits)
{
    const bool null = sqlite3_column_type(q, column) == SQLITE_NULL;
    const double x = cyn_num_is_missing(n) ? NAN : cyn_num_double(n);
    bool same = isnan(x) ? null : !null && sqlite3_column_double(q, column) == x;
    return same && has_text(q, column + 1, digits, ndigits, ndigits > 0);
}

/* Whether an earlier run than the open one said just that. */
static bool says(const cyn_store *st, sqlite3_stmt *q, const cyn_value_row *row)
{
    const cyn_point *p = row->point;
    const char *text = st->text.data;
    bool same =
        sqlite3_column_int64(q, RUN) != st->run && sqlite3_column_int64(q, END) == p->period.end &&
        has_text(q, LABEL, row->label, strlen(row->label), true) &&
        has_text(q, DEFINITION, p->metric->definition, strlen(p->metric->definition), true) &&
        sqlite3_column_int64(q, ROWS) == p->rows && sqlite3_column_int(q, PARTIAL) == p->partial &&
        sqlite3_column_int(q, IMMATURE) == p->immature &&
        has_text(q, ERROR, row->error, p->failed ? strlen(row->error) : 0, p->failed);
    for (int i = 0; same && i < 3; i++)
        same = has_num(q, NUMS + 2 * i, row->nums[i], text + row->ends[i],
                       row->ends[i + 1] - row->ends[i]);
    return same;
}

/* What is found out of points. */
typedef struct looking {
    const cyn_point *const *points; /* of one metric and grain */
    const char *const *labels;      /* NULL: only whether they are known */
    size_t n;
    bool *known, *same; /* [point] */
} looking;

static cyn_code meet_row(cyn_store *st, sqlite3_stmt *q, const looking *l, size_t i, cyn_err *err)
{
    cyn_value_row row;
    l->known[i] = true;
    if (!l->labels) return CYN_OK;
    CYN_TRY(cyn_value_row_of(st, l->points[i], l->labels[i], &row, err));
    l->same[i] = says(st, q, &row);
    return CYN_OK;
}

/* The first parameters of the statements: metric, grain, segment, period_start. */
static cyn_code bind_place(cyn_store *st, sqlite3_stmt *q, const cyn_point *p, cyn_err *err)
{
    char grain[16];
    cyn_buf_reset(&st->text);
    cyn_store_segment(p, &st->text);
    CYN_TRY(cyn_buf_check(&st->text, err));
    cyn_format_grain(p->period.grain, grain);
    bind_text(q, 1, p->metric->name);
    sqlite3_bind_text(q, 2, grain, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(q, 3, st->text.data, (int)st->text.len, SQLITE_TRANSIENT);
    sqlite3_bind_int64(q, 4, p->period.start);
    return CYN_OK;
}

static cyn_code look_at_one(cyn_store *st, const looking *l, size_t i, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_GET_VALUE, &q, err));
    bool more = false;
    CYN_TRY(bind_place(st, q, l->points[i], err));
    CYN_TRY(cyn_store_next(st, q, reading, &more, err));
    cyn_code rc = more ? meet_row(st, q, l, i, err) : CYN_OK;
    reset(q);
    return rc;
}

/* Of one segment, over time: what was said of each is read in that order, the newest last. *met:
 * points before that one have been compared. */
static cyn_code read_stretch(cyn_store *st, const looking *l, size_t from, size_t until,
                             size_t *met, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_GET_STRETCH, &q, err));
    const int64_t most = (int64_t)(until - from) * ROWS_FOR_EACH;
    int64_t rows = 0;
    bool more = true;
    size_t i = from;
    CYN_TRY(bind_place(st, q, l->points[from], err));
    sqlite3_bind_int64(q, 5, l->points[until - 1]->period.start);
    sqlite3_bind_int64(q, 6, most);
    cyn_code rc = CYN_OK;
    while (rc == CYN_OK && (rc = cyn_store_next(st, q, reading, &more, err)) == CYN_OK && more) {
        const int64_t start = sqlite3_column_int64(q, START);
        while (l->points[i]->period.start < start)
            i++; /* the last one's is no less than any that is read */
        if (l->points[i]->period.start == start) rc = meet_row(st, q, l, i, err);
        rows++;
    }
    reset(q);
    *met = rows < most ? until : i;
    return rc;
}

static bool goes_on(const cyn_point *before, const cyn_point *p)
{
    bool same = p->nkeys == before->nkeys && (p->nkeys == 0 || p->keys == before->keys);
    return same && p->period.start > before->period.start;
}

static cyn_code look(cyn_store *st, const looking *l, cyn_err *err)
{
    for (size_t from = 0, until; from < l->n; from = until) {
        size_t met = from;
        for (until = from + 1; until < l->n; until++)
            if (!goes_on(l->points[until - 1], l->points[until])) break;
        if (until - from > 1) CYN_TRY(read_stretch(st, l, from, until, &met, err));
        for (; met < until; met++)
            CYN_TRY(look_at_one(st, l, met, err));
    }
    return CYN_OK;
}

cyn_code cyn_store_known_points(cyn_store *st, const cyn_point *const *points, size_t n,
                                bool *known, cyn_err *err)
{
    const looking l = {.points = points, .n = n, .known = known};
    memset(known, 0, n * sizeof *known);
    return look(st, &l, err);
}

/* ---- recording ---- */

/* Rows that lie beside each other in the table are added by one statement. Others are not: to be
 * able to undo a statement SQLite keeps a copy of every page that it changes. */
static cyn_code add_changed(cyn_store *st, int64_t run, const looking *l, cyn_err *err)
{
    CYN_TRY(look(st, l, err));
    for (size_t i = 0, n; i < l->n; i += n) {
        n = 1;
        if (l->same[i]) continue;
        while (i + n < l->n && !l->same[i + n] && goes_on(l->points[i + n - 1], l->points[i + n]))
            n++;
        CYN_TRY(cyn_store_insert_points(st, run, l->points + i, l->labels + i, n, err));
    }
    return CYN_OK;
}

cyn_code cyn_store_add_points(cyn_store *st, int64_t run, const cyn_point *const *points,
                              const char *const *labels, size_t n, cyn_err *err)
{
    CYN_TRY(cyn_store_need_run(st, run, err));
    bool *found = cyn_calloc(2 * n + 1, sizeof *found);
    const looking l = {points, labels, n, found, found + n};
    cyn_code rc = found ? add_changed(st, run, &l, err) : cyn_nomem(err);
    cyn_free(found);
    st->points += (int64_t)n;
    return rc == CYN_OK ? CYN_OK : cyn_store_abandon(st, rc);
}

cyn_code cyn_store_add_point(cyn_store *st, int64_t run, const cyn_point *p,
                             const char *period_label, cyn_err *err)
{
    return cyn_store_add_points(st, run, &p, &period_label, 1, err);
}
