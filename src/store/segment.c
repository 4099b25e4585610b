/* Segments as text, and those that are no longer there. */
#include "base/arena.h"
#include "plan/expr.h"
#include "store/store_impl.h"
#include <stdlib.h>
#include <string.h>

/* The dimension that follows `last` in byte order, or nkeys. Dimensions are few: no need to sort.
 */
static size_t next_dim(const cyn_point *p, const char *last)
{
    size_t best = p->nkeys;
    for (size_t i = 0; i < p->nkeys; i++) {
        bool after = !last || strcmp(p->dims[i], last) > 0;
        if (after && (best == p->nkeys || strcmp(p->dims[i], p->dims[best]) < 0)) best = i;
    }
    return best;
}

void cyn_store_segment(const cyn_point *p, cyn_buf *out)
{
    const char *last = NULL;
    cyn_buf_putc(out, '{');
    for (size_t i; (i = next_dim(p, last)) < p->nkeys; last = p->dims[i]) {
        if (last) cyn_buf_putc(out, ',');
        cyn_buf_json_string(out, p->dims[i], strlen(p->dims[i]));
        cyn_buf_putc(out, ':');
        cyn_const_json(&p->keys[i], out);
    }
    cyn_buf_putc(out, '}');
}

/* ---- segments that are gone ---- */

static const char losing[] = "record what is gone";

/* What there is, as texts in order. */
typedef struct present {
    cyn_arena *arena;
    const char **segments;
    size_t count;
    const char *dims; /* as in a segment's text, joined by "," */
    char grain[16];
} present;

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static cyn_code join_dims(const cyn_said *said, present *p, cyn_err *err)
{
    const char **names = CYN_NEW_ARRAY(p->arena, said->nby + 1, const char *);
    p->dims = "";
    if (!names) return cyn_nomem(err);
    for (size_t i = 0; i < said->nby; i++)
        names[i] = said->by[i];
    qsort(names, said->nby, sizeof *names, by_text);
    for (size_t i = 0; i < said->nby && p->dims; i++)
        p->dims = cyn_sprintf(p->arena, "%s%s%s", p->dims, i ? "," : "", names[i]);
    return p->dims ? CYN_OK : cyn_nomem(err);
}

static cyn_code gather(cyn_store *st, const cyn_said *said, present *p, cyn_err *err)
{
    p->segments = CYN_NEW_ARRAY(p->arena, said->npoints + 1, const char *);
    if (!p->segments) return cyn_nomem(err);
    for (size_t i = 0; i < said->npoints; i++) {
        if (i > 0 && said->points[i].keys == said->points[i - 1].keys) continue;
        cyn_buf_reset(&st->text);
        cyn_store_segment(&said->points[i], &st->text);
        CYN_TRY(cyn_buf_check(&st->text, err));
        const char *text = cyn_strdup(p->arena, st->text.data);
        if (!text) return cyn_nomem(err);
        p->segments[p->count++] = text;
    }
    qsort(p->segments, p->count, sizeof *p->segments, by_text);
    return CYN_OK;
}

/* The recorded segment that follows; NULL: there is none. *like: it is of the same dimensions. */
static cyn_code next_segment(cyn_store *st, const cyn_said *said, const present *p,
                             const char **segment, bool *like, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_NEXT_SEGMENT, &q, err));
    bool more = false;
    sqlite3_bind_text(q, 1, said->metric->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 2, p->grain, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 3, *segment, -1, SQLITE_STATIC);
    CYN_TRY(cyn_store_next(st, q, losing, &more, err));
    *segment = more ? cyn_store_text(q, 0, p->arena) : NULL;
    const char *dims = more ? (const char *)sqlite3_column_text(q, 1) : NULL;
    *like = dims && strcmp(dims, p->dims) == 0;
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    return more && !*segment ? cyn_nomem(err) : CYN_OK;
}

static cyn_code lose(cyn_store *st, int64_t run, const cyn_said *said, const present *p,
                     const char *segment, size_t *lost, cyn_err *err)
{
    sqlite3_stmt *q = NULL;
    CYN_TRY(cyn_store_statement(st, CYN_SQL_LOSE_SEGMENT, &q, err));
    sqlite3_bind_int64(q, 1, run);
    sqlite3_bind_text(q, 2, said->metric->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 3, p->grain, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 4, segment, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 5, said->metric->definition, -1, SQLITE_STATIC);
    sqlite3_bind_int64(q, 6, said->from);
    sqlite3_bind_int64(q, 7, said->until);
    CYN_TRY(cyn_store_finish(st, q, losing, err));
    if (sqlite3_changes(st->db) == 0) return CYN_OK;
    cyn_store_owe_definition(st, said->metric);
    *lost += 1;
    return CYN_OK;
}

static cyn_code lose_all(cyn_store *st, int64_t run, const cyn_said *said, present *p, size_t *lost,
                         cyn_err *err)
{
    const char *segment = "";
    bool like = false;
    cyn_format_grain(said->grain, p->grain);
    CYN_TRY(join_dims(said, p, err));
    CYN_TRY(gather(st, said, p, err));
    for (;;) {
        CYN_TRY(next_segment(st, said, p, &segment, &like, err));
        if (!segment) return CYN_OK;
        if (!like || bsearch(&segment, p->segments, p->count, sizeof *p->segments, by_text))
            continue;
        CYN_TRY(lose(st, run, said, p, segment, lost, err));
    }
}

cyn_code cyn_store_lose_segments(cyn_store *st, int64_t run, const cyn_said *said, size_t *lost,
                                 cyn_err *err)
{
    CYN_TRY(cyn_store_need_run(st, run, err));
    present p = {.arena = cyn_arena_new(0)};
    *lost = 0;
    cyn_code rc = p.arena ? lose_all(st, run, said, &p, lost, err) : cyn_nomem(err);
    cyn_arena_free(p.arena);
    return rc == CYN_OK ? rc : cyn_store_abandon(st, rc);
}
