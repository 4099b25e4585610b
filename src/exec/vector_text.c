/* Functions of texts, one value at a time; vectors remember what they gave (CYN_WAY_MEMO). */
#include "exec/vector_impl.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static const cyn_datum nil = {.kind = CYN_DATUM_NIL};
static const cyn_datum escape = {.kind = CYN_DATUM_ESCAPE};

static cyn_datum text(const char *s, size_t n)
{
    return (cyn_datum){.kind = CYN_DATUM_TEXT, .code = CYN_NO_CODE, .s = s, .n = n};
}

static cyn_datum word(const char *s)
{
    return text(s, strlen(s));
}

static cyn_datum boolean(bool b)
{
    return (cyn_datum){.kind = CYN_DATUM_BOOLEAN, .i = b};
}

static cyn_datum integer(int64_t i)
{
    return (cyn_datum){.kind = CYN_DATUM_INTEGER, .i = i};
}

/* What has been written to the room since `from`. */
static cyn_datum made(cyn_datum_context *context)
{
    return text(context->room.data ? context->room.data : "", context->room.len);
}

/* ---- numbers as texts ---- */

/* As Lua prints them: a float that looks like an integer gets ".0". False for NaN, whose sign Lua
 * prints. */
static bool put_value(cyn_buf *room, const cyn_datum *x)
{
    if (x->kind == CYN_DATUM_TEXT) {
        cyn_buf_add(room, x->s, x->n);
    } else if (x->kind == CYN_DATUM_INTEGER) {
        cyn_buf_printf(room, "%" PRId64, x->i);
    } else if (isnan(x->r)) {
        return false;
    } else {
        size_t from = room->len;
        cyn_buf_printf(room, "%.14g", x->r);
        if (room->data && strspn(room->data + from, "-0123456789") == room->len - from)
            cyn_buf_puts(room, ".0");
    }
    return true;
}

static bool joins(const cyn_datum *x)
{
    return x->kind == CYN_DATUM_TEXT || x->kind == CYN_DATUM_INTEGER || x->kind == CYN_DATUM_REAL;
}

static cyn_datum concat(const cyn_datum *a, const cyn_datum *b, cyn_datum_context *context)
{
    bool lacks = a->kind == CYN_DATUM_NIL || b->kind == CYN_DATUM_NIL;
    if (lacks && (a->kind == CYN_DATUM_NIL || joins(a)) && (b->kind == CYN_DATUM_NIL || joins(b)))
        return nil;
    if (!joins(a) || !joins(b)) return escape;
    cyn_buf_reset(&context->room);
    if (!put_value(&context->room, a) || !put_value(&context->room, b)) return escape;
    return made(context);
}

static cyn_datum to_text(const cyn_datum *a, cyn_datum_context *context)
{
    if (a->kind == CYN_DATUM_TEXT) return *a;
    if (a->kind == CYN_DATUM_NIL) return word("nil");
    if (a->kind == CYN_DATUM_BOOLEAN) return word(a->i ? "true" : "false");
    cyn_buf_reset(&context->room);
    return put_value(&context->room, a) ? made(context) : escape;
}

/* Every numeral has a decimal digit, hexadecimal ones too: without one it is none. */
static cyn_datum to_number(const cyn_datum *a)
{
    if (a->kind == CYN_DATUM_INTEGER || a->kind == CYN_DATUM_REAL) return *a;
    for (size_t i = 0; a->kind == CYN_DATUM_TEXT && i < a->n; i++)
        if (a->s[i] >= '0' && a->s[i] <= '9') return escape;
    return nil;
}

static cyn_datum type_of(const cyn_datum *a)
{
    switch (a->kind) {
    case CYN_DATUM_NIL: return word("nil");
    case CYN_DATUM_BOOLEAN: return word("boolean");
    case CYN_DATUM_TEXT: return word("string");
    default: break;
    }
    return word("number");
}

static cyn_datum math_type(const cyn_datum *a)
{
    if (a->kind == CYN_DATUM_NIL) return escape;
    if (a->kind == CYN_DATUM_INTEGER) return word("integer");
    return a->kind == CYN_DATUM_REAL ? word("float") : nil;
}

/* ---- parts of texts ---- */

static cyn_datum change_case(const cyn_datum *a, char first, char last, cyn_datum_context *context)
{
    cyn_buf *room = &context->room;
    cyn_buf_reset(room);
    cyn_buf_add(room, a->s, a->n);
    for (size_t i = 0; i < room->len; i++)
        if (room->data[i] >= first && room->data[i] <= last) room->data[i] ^= 'a' ^ 'A';
    return made(context);
}

/* A place as Lua counts: from 1, or from the end when negative. */
static int64_t place_from_start(int64_t at, size_t n)
{
    if (at > 0) return at;
    if (at == 0 || at < -(int64_t)n) return 1;
    return (int64_t)n + at + 1;
}

static cyn_datum subtext(const cyn_datum *a, const cyn_datum *b, const cyn_datum *c)
{
    int64_t n = (int64_t)a->n, from = place_from_start(b->i, a->n), to = c ? c->i : -1;
    if (to > n) to = n;
    if (to < 0) to = to < -n ? 0 : n + to + 1;
    return from > to ? text("", 0) : text(a->s + from - 1, (size_t)(to - from + 1));
}

static cyn_datum find(const cyn_datum *a, const cyn_datum *b, const cyn_datum *c)
{
    int64_t from = c ? place_from_start(c->i, a->n) : 1;
    if (from > (int64_t)a->n + 1) return nil;
    if (b->n == 0) return integer(from);
    size_t left = a->n - (size_t)(from - 1);
    const char *start = left ? a->s + from - 1 : NULL;
    const char *hit = start ? memmem(start, left, b->s, b->n) : NULL;
    return hit ? integer(hit - a->s + 1) : nil;
}

static cyn_datum begins(const cyn_datum *a, const cyn_datum *b)
{
    return boolean(a->n >= b->n && (b->n == 0 || !memcmp(a->s, b->s, b->n)));
}

static cyn_datum ends(const cyn_datum *a, const cyn_datum *b)
{
    return boolean(a->n >= b->n && (b->n == 0 || !memcmp(a->s + a->n - b->n, b->s, b->n)));
}

/* Whether the arguments are a text and what the function takes beside it. */
static bool takes(int op, const cyn_datum *a, const cyn_datum *b, const cyn_datum *c)
{
    cyn_datum_kind second = op == CYN_OP_SUBTEXT ? CYN_DATUM_INTEGER : CYN_DATUM_TEXT;
    return a->kind == CYN_DATUM_TEXT && (!b || b->kind == second) &&
           (!c || c->kind == CYN_DATUM_INTEGER);
}

cyn_datum cyn_text_value_of(const cyn_vector *x, const cyn_datum *a, const cyn_datum *b,
                            const cyn_datum *c, cyn_datum_context *context)
{
    switch (x->op) {
    case CYN_OP_CONCAT: return concat(a, b, context);
    case CYN_OP_TOSTRING: return to_text(a, context);
    case CYN_OP_TONUMBER: return to_number(a);
    case CYN_OP_TYPE: return type_of(a);
    case CYN_OP_MATH_TYPE: return math_type(a);
    default: break;
    }
    if (x->op == CYN_OP_LEN && a->kind == CYN_DATUM_NIL) return nil;
    if (!takes(x->op, a, b, c)) return escape;
    switch (x->op) {
    case CYN_OP_LEN: return integer((int64_t)a->n);
    case CYN_OP_LOWER: return change_case(a, 'A', 'Z', context);
    case CYN_OP_UPPER: return change_case(a, 'a', 'z', context);
    case CYN_OP_SUBTEXT: return subtext(a, b, c);
    case CYN_OP_FIND: return find(a, b, c);
    case CYN_OP_STARTS: return begins(a, b);
    case CYN_OP_ENDS: return ends(a, b);
    default: break;
    }
    return escape; /* no other operation is of texts */
}
