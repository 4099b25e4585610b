#include "engine/cells.h"
#include <string.h>

/* To be raised with every change of what is written. */
#define CELLS_VERSION UINT32_C(0x43454c01)

enum { AGGS_MAX = 2, KEY_LEAST = 1, CELL_LEAST = 3 + sizeof(int64_t) };

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
    if (n.kind == CYN_NUM_MISSING) return;
    put(b, &n.scale, sizeof n.scale);
    put(b, &n.i, sizeof n.i);
    put(b, &n.r, sizeof n.r);
}

void cyn_cells_write(const cyn_kept_cells *cells, cyn_buf *out)
{
    const cyn_plan_result *r = &cells->result;
    const uint32_t version = CELLS_VERSION;
    put(out, &version, sizeof version);
    put_count(out, r->naggs);
    put_count(out, r->nsegments);
    put_count(out, r->nintervals);
    put_count(out, r->ngroups);
    for (size_t i = 0; i < r->nintervals; i++)
        put(out, &(uint8_t){cells->covered[i]}, 1);
    for (size_t i = 0; i < r->nsegments * r->ngroups; i++)
        put_key(out, &r->keys[i]);
    for (size_t i = 0; i < r->naggs * r->nsegments * r->nintervals; i++) {
        put_num(out, r->cells[i].value);
        put_num(out, r->cells[i].numerator);
        put_num(out, r->cells[i].denominator);
        put(out, &r->cells[i].rows, sizeof r->cells[i].rows);
    }
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
    if (n.kind == CYN_NUM_MISSING) return n;
    if (n.kind != CYN_NUM_INTEGER && n.kind != CYN_NUM_DECIMAL && n.kind != CYN_NUM_REAL)
        r->wrong = true;
    take(r, &n.scale, sizeof n.scale);
    take(r, &n.i, sizeof n.i);
    take(r, &n.r, sizeof n.r);
    return n;
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
    take(&r, &version, sizeof version);
    cyn_plan_result p = {.naggs = take_count(&r, 0)};
    p.nsegments = take_count(&r, 0);
    p.nintervals = take_count(&r, 0);
    p.ngroups = take_count(&r, 0);
    if (r.wrong || version != CELLS_VERSION || p.nintervals > r.left || !can_hold(&r, &p))
        return cyn_fail(err, CYN_E_DATA, message);
    const size_t nkeys = p.nsegments * p.ngroups, ncells = p.naggs * p.nsegments * p.nintervals;
    bool *covered = CYN_NEW_ARRAY(arena, p.nintervals + 1, bool);
    cyn_const *keys = CYN_NEW_ARRAY(arena, nkeys + 1, cyn_const);
    cyn_cell *cells = CYN_NEW_ARRAY(arena, ncells + 1, cyn_cell);
    if (!covered || !keys || !cells) return cyn_nomem(err);
    for (size_t i = 0; i < p.nintervals; i++) {
        uint8_t byte;
        take(&r, &byte, 1);
        covered[i] = byte != 0;
    }
    for (size_t i = 0; i < nkeys && !r.wrong; i++)
        keys[i] = take_key(&r, arena);
    for (size_t i = 0; i < ncells && !r.wrong; i++) {
        cells[i].value = take_num(&r);
        cells[i].numerator = take_num(&r);
        cells[i].denominator = take_num(&r);
        take(&r, &cells[i].rows, sizeof cells[i].rows);
    }
    if (r.wrong || r.left > 0) return cyn_fail(err, CYN_E_DATA, message);
    p.keys = keys;
    p.cells = cells;
    *out = (cyn_kept_cells){.result = p, .covered = covered};
    return CYN_OK;
}
