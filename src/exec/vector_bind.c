/* Adding steps: which are the same, what kinds they have, and how each will be computed. */
#include "base/hash.h"
#include "exec/vector_impl.h"
#include <math.h>
#include <string.h>

static uint32_t hash_of(const cyn_vector *x)
{
    uint64_t h = (uint64_t)x->op;
    h = cyn_hash_mix(h ^ (uint64_t)x->a << 32 ^ x->b);
    h = cyn_hash_mix(h ^ (uint64_t)x->c << 32 ^ (uint64_t)x->value.i ^ (uint64_t)x->value.n);
    h = cyn_hash_mix(h ^ (uint64_t)(uintptr_t)x->column ^ (uint64_t)(uintptr_t)x->list);
    return (uint32_t)(h % CYN_VECTOR_HEADS);
}

/* To the bit: 0.0 is not -0.0, and NaN is itself. */
static bool same_const(const cyn_const *a, const cyn_const *b)
{
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case CYN_CONST_NIL: return true;
    case CYN_CONST_REAL: return !memcmp(&a->r, &b->r, sizeof a->r);
    case CYN_CONST_TEXT: return a->n == b->n && (a->n == 0 || !memcmp(a->s, b->s, a->n));
    case CYN_CONST_BOOLEAN:
    case CYN_CONST_INTEGER: break;
    }
    return a->i == b->i;
}

static bool is_same(const cyn_vector *a, const cyn_vector *b)
{
    return a->op == b->op && a->a == b->a && a->b == b->b && a->c == b->c &&
           a->column == b->column && a->list == b->list && a->nlist == b->nlist &&
           (a->op != CYN_OP_CONST || same_const(&a->value, &b->value));
}

static cyn_code reserve(cyn_vectors *v, cyn_err *err)
{
    if (v->count < v->capacity) return CYN_OK;
    uint32_t capacity = v->capacity ? v->capacity * 2 : 16;
    cyn_vector *at = CYN_NEW_ARRAY(v->arena, capacity, cyn_vector);
    if (!at) return cyn_nomem(err);
    if (v->count) memcpy(at, v->at, v->count * sizeof *at);
    v->at = at;
    v->capacity = capacity;
    return CYN_OK;
}

static cyn_shape shape_of(unsigned kinds)
{
    switch (kinds & ~CYN_KIND_LACKING) {
    case CYN_KIND_BOOLEAN: return CYN_SHAPE_BOOLEAN;
    case CYN_KIND_INTEGER: return CYN_SHAPE_INTEGER;
    case CYN_KIND_REAL: return CYN_SHAPE_REAL;
    case CYN_KIND_TEXT: return CYN_SHAPE_TEXT;
    default: break;
    }
    return CYN_SHAPE_MIXED;
}

static bool is_const(const cyn_vector *x, cyn_const_kind kind)
{
    return x->op == CYN_OP_CONST && x->value.kind == kind;
}

/* Code of a text in a dictionary; CYN_NO_CODE when no row has it. */
static uint32_t find_code(const cyn_dict *d, const cyn_const *text)
{
    for (uint32_t c = 0; c < d->count; c++) {
        uint64_t at = d->offset[c];
        if (d->offset[c + 1] - at != text->n) continue;
        if (text->n == 0 || !memcmp(d->heap + at, text->s, text->n)) return c;
    }
    return CYN_NO_CODE;
}

/* The one text vector that a step reads beside constants; CYN_NO_STEP when it is otherwise. */
static uint32_t text_read(const cyn_vectors *v, const cyn_vector *x)
{
    const uint32_t reads[] = {x->a, x->b, x->c};
    uint32_t found = CYN_NO_STEP;
    for (size_t k = 0; k < 3; k++) {
        if (reads[k] == CYN_NO_STEP || v->at[reads[k]].op == CYN_OP_CONST) continue;
        if (found != CYN_NO_STEP && found != reads[k]) return CYN_NO_STEP;
        found = reads[k];
    }
    bool text = found != CYN_NO_STEP && v->at[found].shape == CYN_SHAPE_TEXT;
    return text ? found : CYN_NO_STEP;
}

static bool reads_clock(const cyn_vectors *v, const cyn_vector *x)
{
    const cyn_column *c = v->at[x->a].column;
    return cyn_is_time_part(x->op) && x->op != CYN_OP_TIME && c && c->type == CYN_TIMESTAMP;
}

/* text == constant and nil == anything; true when it is one of these. */
static bool bind_equals(cyn_vectors *v, cyn_vector *x)
{
    if (v->at[x->a].op == CYN_OP_CONST) {
        uint32_t swap = x->a;
        x->a = x->b;
        x->b = swap;
    }
    const cyn_vector *a = &v->at[x->a], *b = &v->at[x->b];
    if (is_const(b, CYN_CONST_NIL)) {
        x->way = CYN_WAY_NIL;
    } else if (a->shape == CYN_SHAPE_TEXT && is_const(b, CYN_CONST_TEXT)) {
        x->way = CYN_WAY_CODE;
        x->code = a->dict ? find_code(a->dict, &b->value) : b->v.code[0];
    } else {
        return false;
    }
    return true;
}

/* How it will be computed; false when memory is exhausted. */
static bool choose_way(cyn_vectors *v, cyn_vector *x)
{
    x->way = CYN_WAY_ROWS;
    if (x->op == CYN_OP_CONST) {
        x->way = CYN_WAY_FIXED;
        return cyn_vector_fill(v, x);
    }
    if (x->op == CYN_OP_INPUT || x->op == CYN_VECTOR_RAW) {
        x->way = CYN_WAY_INPUT;
        x->dict = x->column->dict;
        return true;
    }
    if (x->op == CYN_OP_EQUALS && bind_equals(v, x)) {
        return true;
    } else if (x->op == CYN_OP_SELECT && x->shape == CYN_SHAPE_TEXT) {
        const cyn_vector *b = &v->at[x->b], *c = &v->at[x->c];
        x->dict = b->shape == CYN_SHAPE_TEXT ? b->dict : c->dict;
    }
    if (cyn_vector_has_loop(v, x)) {
        x->way = CYN_WAY_LOOP;
        return true;
    }
    x->dict = NULL; /* only a loop hands codes on; all else makes texts of the pool */
    if (reads_clock(v, x)) {
        x->way = CYN_WAY_CLOCK;
        x->clock = cyn_vector_clock_new(v->arena);
        return x->clock != NULL;
    } else if ((x->read = text_read(v, x)) != CYN_NO_STEP) {
        x->way = CYN_WAY_MEMO;
        x->memo = CYN_NEW(v->arena, cyn_vector_memo);
        return x->memo != NULL;
    }
    return true;
}

/* The one like this that there is already; CYN_NO_STEP: none. */
static uint32_t find(const cyn_vectors *v, const cyn_vector *x, uint32_t hash)
{
    for (uint32_t k = v->head[hash]; k; k = v->at[k - 1].next)
        if (is_same(&v->at[k - 1], x)) return k - 1;
    return CYN_NO_STEP;
}

static cyn_code add(cyn_vectors *v, const cyn_vector *like, uint32_t *out, cyn_err *err)
{
    uint32_t hash = hash_of(like), old = find(v, like, hash);
    if (old != CYN_NO_STEP) {
        *out = old;
        return CYN_OK;
    }
    CYN_TRY(reserve(v, err));
    cyn_vector *x = &v->at[v->count];
    *x = *like;
    cyn_vector_infer(v, x);
    x->shape = shape_of(x->kinds);
    if (!choose_way(v, x)) return cyn_nomem(err);
    x->next = v->head[hash];
    v->head[hash] = v->count + 1;
    *out = v->count++;
    return CYN_OK;
}

/* ---- bringing what is read into one form ---- */

static cyn_code wrap(cyn_vectors *v, int op, uint32_t *i, cyn_err *err)
{
    cyn_vector x = {.op = op, .a = *i, .b = CYN_NO_STEP, .c = CYN_NO_STEP};
    return add(v, &x, i, err);
}

static bool is_number(const cyn_vector *x)
{
    unsigned kinds = x->kinds & ~CYN_KIND_LACKING;
    return kinds && !(kinds & ~CYN_KIND_NUMBER);
}

/* Integers that meet reals, or become them in any case, are converted in a loop of its own. */
static cyn_code make_reals(cyn_vectors *v, cyn_vector *x, cyn_err *err)
{
    bool always = x->op == CYN_OP_DIV || x->op == CYN_OP_POW || x->op == CYN_OP_SQRT;
    uint32_t b = x->b != CYN_NO_STEP ? x->b : x->a;
    if (!is_number(&v->at[x->a]) || !is_number(&v->at[b])) return CYN_OK;
    bool real = v->at[x->a].shape == CYN_SHAPE_REAL || v->at[b].shape == CYN_SHAPE_REAL;
    if (!always && !real) return CYN_OK;
    if (v->at[x->a].kinds & CYN_KIND_INTEGER) CYN_TRY(wrap(v, CYN_VECTOR_TO_REAL, &x->a, err));
    if (x->b != CYN_NO_STEP && v->at[x->b].kinds & CYN_KIND_INTEGER)
        CYN_TRY(wrap(v, CYN_VECTOR_TO_REAL, &x->b, err));
    return CYN_OK;
}

/* Texts of different dictionaries have comparable codes in the pool only. */
static cyn_code make_pool(cyn_vectors *v, uint32_t *i, cyn_err *err)
{
    const cyn_vector *x = &v->at[*i];
    bool outside = x->shape == CYN_SHAPE_TEXT && x->dict;
    return outside ? wrap(v, CYN_VECTOR_IMPORT, i, err) : CYN_OK;
}

static cyn_code join_texts(cyn_vectors *v, uint32_t *a, uint32_t *b, cyn_err *err)
{
    const cyn_vector *x = &v->at[*a], *y = &v->at[*b];
    bool texts = x->shape == CYN_SHAPE_TEXT && y->shape == CYN_SHAPE_TEXT;
    if (texts && x->dict == y->dict) return CYN_OK;
    if (is_const(x, CYN_CONST_NIL) || is_const(y, CYN_CONST_NIL)) return CYN_OK;
    CYN_TRY(make_pool(v, a, err));
    return make_pool(v, b, err);
}

/* The constant of a comparison as a number of the other side's type that compares the same; false
 * when there is none at hand. `up`: of an integer column, the next integer above stands for it. */
static bool convert_const(const cyn_vector *other, const cyn_const *c, bool equal, bool up,
                          cyn_const *out)
{
    int64_t i;
    double r = c->r;
    if (other->shape == CYN_SHAPE_REAL && c->kind == CYN_CONST_INTEGER) {
        *out = (cyn_const){.kind = CYN_CONST_REAL, .r = (double)c->i};
        return cyn_real_integer(out->r, &i) && i == c->i;
    }
    if (other->shape != CYN_SHAPE_INTEGER || c->kind != CYN_CONST_REAL) return false;
    if (!equal) r = up ? ceil(r) : floor(r);
    *out = (cyn_const){.kind = CYN_CONST_INTEGER};
    return cyn_real_integer(r, &out->i);
}

static cyn_code fit_const(cyn_vectors *v, cyn_vector *x, cyn_err *err)
{
    bool equal = x->op == CYN_OP_EQUALS, or_equal = x->op == CYN_OP_LESS_EQUAL;
    cyn_vector c = {.op = CYN_OP_CONST, .a = CYN_NO_STEP, .b = CYN_NO_STEP, .c = CYN_NO_STEP};
    if (v->at[x->b].op == CYN_OP_CONST && /* i < 2.5 is i < 3, i <= 2.5 is i <= 2 */
        convert_const(&v->at[x->a], &v->at[x->b].value, equal, !or_equal, &c.value))
        return add(v, &c, &x->b, err);
    if (v->at[x->a].op == CYN_OP_CONST && /* 2.5 < i is 2 < i, 2.5 <= i is 3 <= i */
        convert_const(&v->at[x->b], &v->at[x->a].value, equal, or_equal, &c.value))
        return add(v, &c, &x->a, err);
    return CYN_OK;
}

/* Decimals and timestamps are compared as the integers that they are. */
static cyn_code compare(cyn_vectors *v, cyn_vector *x, cyn_err *err)
{
    cyn_vector raw, bound;
    bool left = v->at[x->b].op == CYN_OP_CONST;
    if (!cyn_vector_unscale(v, x, &raw, &bound)) return fit_const(v, x, err);
    CYN_TRY(add(v, &raw, left ? &x->a : &x->b, err));
    return add(v, &bound, left ? &x->b : &x->a, err);
}

static cyn_code prepare(cyn_vectors *v, cyn_vector *x, cyn_err *err)
{
    switch (x->op) {
    case CYN_OP_ADD:
    case CYN_OP_SUB:
    case CYN_OP_MUL:
    case CYN_OP_DIV:
    case CYN_OP_MOD:
    case CYN_OP_POW:
    case CYN_OP_IDIV:
    case CYN_OP_SQRT: return make_reals(v, x, err);
    case CYN_OP_EQUALS:
        if (v->at[x->a].op == CYN_OP_CONST || v->at[x->b].op == CYN_OP_CONST)
            return compare(v, x, err);
        return join_texts(v, &x->a, &x->b, err);
    case CYN_OP_LESS:
    case CYN_OP_LESS_EQUAL: return compare(v, x, err);
    case CYN_OP_SELECT: return join_texts(v, &x->b, &x->c, err);
    default: break;
    }
    return CYN_OK;
}

cyn_code cyn_vectors_add(cyn_vectors *v, const cyn_vector *like, uint32_t *out, cyn_err *err)
{
    cyn_vector x = *like;
    unsigned a = x.a != CYN_NO_STEP ? v->at[x.a].kinds : 0;
    if (x.op == CYN_VECTOR_SETTLE && !(a & CYN_KIND_REAL)) {
        *out = x.a;
        return CYN_OK;
    }
    CYN_TRY(prepare(v, &x, err));
    return add(v, &x, out, err);
}
