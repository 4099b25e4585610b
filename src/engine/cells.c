#include "engine/cells.h"
#include "plan/expr.h"
#include <string.h>

/* To be raised with every change of what is written. */
#define CELLS_VERSION UINT32_C(0x43454c03)

enum { AGGS_MAX = 2, SCALE_MAX = 18 };
/* Bytes that each takes at least. */
enum { KEY_LEAST = 1, INTERVAL_LEAST = 17, CELL_LEAST = 3 + sizeof(int64_t) };

static void put(cyn_buf *b, const void *data, size_t n)
{
    if (n > 0) cyn_buf_add(b, data, n);
}

static void put_count(cyn_buf *b, size_t n)
{
    uint64_t count = n;
    put(b, &count, sizeof count);
}

static void put_key(cyn_buf *b, const cyn_const *k)
{
    uint8_t kind = (uint8_t)k->kind;
    put(b, &kind, sizeof kind);
    switch (k->kind) {
    case CYN_CONST_NIL: break;
    case CYN_CONST_BOOLEAN:
    case CYN_CONST_INTEGER: put(b, &k->i, sizeof k->i); break;
    case CYN_CONST_REAL: put(b, &k->r, sizeof k->r); break;
    case CYN_CONST_TEXT:
        put_count(b, k->n);
        put(b, k->s, k->n);
        break;
    }
}

static void put_num(cyn_buf *b, cyn_num n)
{
    put(b, &n.kind, sizeof n.kind);
    if (n.kind == CYN_NUM_DECIMAL) put(b, &n.scale, sizeof n.scale);
    if (n.kind == CYN_NUM_DECIMAL || n.kind == CYN_NUM_INTEGER) put(b, &n.i, sizeof n.i);
    if (n.kind == CYN_NUM_REAL) put(b, &n.r, sizeof n.r);
}

static void put_cell(cyn_buf *b, const cyn_cell *c)
{
    put_num(b, c->value);
    put_num(b, c->numerator);
    put_num(b, c->denominator);
    put(b, &c->rows, sizeof c->rows);
}

void cyn_cells_write(const cyn_kept_cells *cells, cyn_buf *out)
{
    const cyn_plan_result *r = &cells->result;
    const uint32_t version = CELLS_VERSION;
    put(out, &version, sizeof version);
    put(out, &cells->now, sizeof cells->now);
    put_count(out, r->naggs);
    put_count(out, r->nsegments);
    put_count(out, r->nintervals);
    put_count(out, r->ngroups);
    for (size_t i = 0; i < r->nintervals; i++) {
        put(out, &cells->intervals[i].start, sizeof(int64_t));
        put(out, &cells->intervals[i].end, sizeof(int64_t));
        put(out, &(uint8_t){cells->covered[i]}, 1);
    }
    for (size_t i = 0; i < r->nsegments * r->ngroups; i++)
        put_key(out, &r->keys[i]);
    for (size_t i = 0; i < r->naggs; i++)
        put_cell(out, &r->none[i]);
    for (size_t i = 0; i < r->naggs * r->nsegments * r->nintervals; i++)
        put_cell(out, &r->cells[i]);
}

/* Takes bytes from the front; what is not there sets `wrong`, and is zero. */
typedef struct reading {
    const char *next;
    size_t left;
    bool wrong;
} reading;

static void take(reading *r, void *to, size_t n)
{
    memset(to, 0, n);
    if (r->wrong || n > r->left) {
        r->wrong = true;
        return;
    }
    memcpy(to, r->next, n);
    r->next += n;
    r->left -= n;
}

/* Of things that take `least` bytes each, so that no more are believed than there can be. */
static size_t take_count(reading *r, size_t least)
{
    uint64_t count;
    take(r, &count, sizeof count);
    if (least > 0 && count > r->left / least) r->wrong = true;
    return r->wrong ? 0 : (size_t)count;
}

static cyn_const take_key(reading *r, cyn_arena *arena)
{
    uint8_t kind;
    cyn_const k = {.kind = CYN_CONST_NIL};
    take(r, &kind, sizeof kind);
    if (kind > CYN_CONST_TEXT) r->wrong = true;
    if (r->wrong) return k;
    k.kind = (cyn_const_kind)kind;
    if (kind == CYN_CONST_BOOLEAN || kind == CYN_CONST_INTEGER) take(r, &k.i, sizeof k.i);
    if (kind == CYN_CONST_REAL) take(r, &k.r, sizeof k.r);
    if (kind != CYN_CONST_TEXT) return k;
    k.n = take_count(r, 1);
    k.s = cyn_strndup(arena, r->next, k.n);
    r->wrong = r->wrong || !k.s;
    r->next += k.n;
    r->left -= k.n;
    return k;
}

static cyn_num take_num(reading *r)
{
    cyn_num n = {.kind = CYN_NUM_MISSING};
    take(r, &n.kind, sizeof n.kind);
    switch (n.kind) {
    case CYN_NUM_MISSING: break;
    case CYN_NUM_DECIMAL:
        take(r, &n.scale, sizeof n.scale);
        take(r, &n.i, sizeof n.i);
        if (n.scale > SCALE_MAX) r->wrong = true;
        break;
    case CYN_NUM_INTEGER: take(r, &n.i, sizeof n.i); break;
    case CYN_NUM_REAL: take(r, &n.r, sizeof n.r); break;
    default: r->wrong = true;
    }
    return n;
}

static void take_cells(reading *r, cyn_cell *cells, size_t n)
{
    for (size_t i = 0; i < n && !r->wrong; i++) {
        cells[i].value = take_num(r);
        cells[i].numerator = take_num(r);
        cells[i].denominator = take_num(r);
        take(r, &cells[i].rows, sizeof cells[i].rows);
    }
}

static void take_intervals(reading *r, cyn_interval *intervals, bool *covered, size_t n)
{
    for (size_t i = 0; i < n && !r->wrong; i++) {
        uint8_t byte;
        take(r, &intervals[i].start, sizeof intervals[i].start);
        take(r, &intervals[i].end, sizeof intervals[i].end);
        take(r, &byte, 1);
        covered[i] = byte != 0;
    }
}

/* Whether so many keys and cells can be in what is left; their numbers do not overflow then. */
static bool can_hold(const reading *r, const cyn_plan_result *p)
{
    size_t keys, cells;
    return p->naggs >= 1 && p->naggs <= AGGS_MAX &&
           !__builtin_mul_overflow(p->nsegments, p->ngroups, &keys) &&
           keys <= r->left / KEY_LEAST &&
           !__builtin_mul_overflow(p->nsegments, p->nintervals, &cells) &&
           cells <= r->left / (CELL_LEAST * p->naggs);
}

cyn_code cyn_cells_read(const void *data, size_t size, cyn_arena *arena, cyn_kept_cells *out,
                        cyn_err *err)
{
    static const char message[] = "kept cells are damaged";
    reading r = {.next = data, .left = size};
    uint32_t version;
    int64_t now;
    take(&r, &version, sizeof version);
    take(&r, &now, sizeof now);
    cyn_plan_result p = {.naggs = take_count(&r, 0)};
    p.nsegments = take_count(&r, 0);
    p.nintervals = take_count(&r, 0);
    p.ngroups = take_count(&r, 0);
    if (r.wrong || version != CELLS_VERSION || p.nintervals > r.left / INTERVAL_LEAST ||
        !can_hold(&r, &p))
        return cyn_fail(err, CYN_E_DATA, message);
    const size_t nkeys = p.nsegments * p.ngroups, ncells = p.naggs * p.nsegments * p.nintervals;
    bool *covered = CYN_NEW_ARRAY(arena, p.nintervals + 1, bool);
    cyn_interval *intervals = CYN_NEW_ARRAY(arena, p.nintervals + 1, cyn_interval);
    cyn_const *keys = CYN_NEW_ARRAY(arena, nkeys + 1, cyn_const);
    cyn_cell *none = CYN_NEW_ARRAY(arena, p.naggs, cyn_cell);
    cyn_cell *cells = CYN_NEW_ARRAY(arena, ncells + 1, cyn_cell);
    if (!covered || !intervals || !keys || !none || !cells) return cyn_nomem(err);
    take_intervals(&r, intervals, covered, p.nintervals);
    for (size_t i = 0; i < nkeys && !r.wrong; i++)
        keys[i] = take_key(&r, arena);
    take_cells(&r, none, p.naggs);
    take_cells(&r, cells, ncells);
    if (r.wrong || r.left > 0) return cyn_fail(err, CYN_E_DATA, message);
    p.keys = keys;
    p.none = none;
    p.cells = cells;
    *out = (cyn_kept_cells){.result = p, .intervals = intervals, .covered = covered, .now = now};
    return CYN_OK;
}

/* ---- cells of two parts ---- */

/* The segments of both: which of each part's they are, or NOWHERE. */
typedef struct meeting {
    const cyn_plan_result *part[2];
    size_t *segment[2];
    const cyn_const *keys;
    size_t n;
} meeting;

static const size_t NOWHERE = (size_t)-1;

static int compare_keys(const cyn_const *a, const cyn_const *b, size_t n)
{
    int order = 0;
    for (size_t i = 0; order == 0 && i < n; i++)
        order = cyn_const_compare(&a[i], &b[i]);
    return order;
}

/* Both are sorted by their keys. */
static bool meet_segments(meeting *m, cyn_arena *arena)
{
    const cyn_plan_result *a = m->part[0], *b = m->part[1];
    const size_t groups = a->ngroups, most = a->nsegments + b->nsegments;
    cyn_const *keys = CYN_NEW_ARRAY(arena, most * groups + 1, cyn_const);
    m->segment[0] = CYN_NEW_ARRAY(arena, most + 1, size_t);
    m->segment[1] = CYN_NEW_ARRAY(arena, most + 1, size_t);
    if (!keys || !m->segment[0] || !m->segment[1]) return false;
    for (size_t i = 0, k = 0; i < a->nsegments || k < b->nsegments; m->n++) {
        int order = i == a->nsegments ? 1
                    : k == b->nsegments
                        ? -1
                        : compare_keys(&a->keys[i * groups], &b->keys[k * groups], groups);
        const cyn_const *key = order <= 0 ? &a->keys[i * groups] : &b->keys[k * groups];
        if (groups > 0) memcpy(&keys[m->n * groups], key, groups * sizeof *key);
        m->segment[0][m->n] = order <= 0 ? i++ : NOWHERE;
        m->segment[1][m->n] = order >= 0 ? k++ : NOWHERE;
    }
    m->keys = keys;
    return true;
}

cyn_code cyn_cells_pick(const cyn_kept_cells *a, const cyn_kept_cells *b,
                        const cyn_cells_place *places, size_t n, cyn_arena *arena,
                        cyn_plan_result *out, cyn_err *err)
{
    meeting m = {.part = {&a->result, &b->result}};
    const size_t naggs = a->result.naggs;
    if (!meet_segments(&m, arena)) return cyn_nomem(err);
    cyn_cell *cells = CYN_NEW_ARRAY(arena, naggs * m.n * n + 1, cyn_cell), *next = cells;
    if (!cells) return cyn_nomem(err);
    for (size_t agg = 0; agg < naggs; agg++) {
        for (size_t s = 0; s < m.n; s++) {
            for (size_t i = 0; i < n; i++) {
                const int part = places[i].from == b;
                const size_t segment = m.segment[part][s];
                *next++ = segment == NOWHERE
                              ? m.part[part]->none[agg]
                              : *cyn_plan_cell(m.part[part], agg, segment, places[i].interval);
            }
        }
    }
    *out = (cyn_plan_result){.naggs = naggs,
                             .nsegments = m.n,
                             .nintervals = n,
                             .ngroups = a->result.ngroups,
                             .keys = m.keys,
                             .cells = cells,
                             .none = a->result.none};
    return CYN_OK;
}
