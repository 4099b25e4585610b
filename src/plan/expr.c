#include "plan/expr.h"
#include "base/text.h"
#include "plan/translation.h"
#include <math.h>
#include <string.h>

/* ---- equality ---- */

/* An integer and a real are equal only when the real is that very integer; converting the integer
 * to a double first would round it. */
static bool same_number(int64_t i, double r)
{
    return r >= -0x1p63 && r < 0x1p63 && (double)(int64_t)r == r && (int64_t)r == i;
}

bool cyn_const_equal(const cyn_const *a, const cyn_const *b)
{
    if (a->kind == CYN_CONST_INTEGER && b->kind == CYN_CONST_REAL) return same_number(a->i, b->r);
    if (a->kind == CYN_CONST_REAL && b->kind == CYN_CONST_INTEGER) return same_number(b->i, a->r);
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case CYN_CONST_NIL: return true;
    case CYN_CONST_BOOLEAN: return !a->i == !b->i;
    case CYN_CONST_INTEGER: return a->i == b->i;
    case CYN_CONST_REAL: return a->r == b->r;
    case CYN_CONST_TEXT: return a->n == b->n && (a->n == 0 || !memcmp(a->s, b->s, a->n));
    }
    return false;
}

static cyn_num number(const cyn_const *c)
{
    return c->kind == CYN_CONST_REAL ? cyn_num_real(c->r) : cyn_num_integer(c->i);
}

static int compare_texts(const cyn_const *a, const cyn_const *b)
{
    size_t n = a->n < b->n ? a->n : b->n;
    int order = n ? memcmp(a->s, b->s, n) : 0;
    return order ? order : (a->n > b->n) - (a->n < b->n);
}

int cyn_const_compare(const cyn_const *a, const cyn_const *b)
{
    static const int rank[] = {[CYN_CONST_NIL] = 0,
                               [CYN_CONST_BOOLEAN] = 1,
                               [CYN_CONST_INTEGER] = 2,
                               [CYN_CONST_REAL] = 2,
                               [CYN_CONST_TEXT] = 3};
    if (rank[a->kind] != rank[b->kind]) return rank[a->kind] < rank[b->kind] ? -1 : 1;
    switch (a->kind) {
    case CYN_CONST_NIL: return 0;
    case CYN_CONST_BOOLEAN: return (a->i != 0) - (b->i != 0);
    case CYN_CONST_TEXT: return compare_texts(a, b);
    default: return cyn_num_compare(number(a), number(b));
    }
}

/* Stricter than Lua's: sum "1" is an integer and sum "1.0" a real, so they are not one expression.
 */
static bool same_const(const cyn_const *a, const cyn_const *b)
{
    return a->kind == b->kind && cyn_const_equal(a, b);
}

/* One translation is shared by all that were bound from it. */
static bool same_steps(const cyn_expr *a, const cyn_expr *b)
{
    if (a->code != b->code) return false;
    for (size_t i = 0; i < a->code->ninputs; i++)
        if (!cyn_expr_equal(a->inputs[i], b->inputs[i])) return false;
    return true;
}

bool cyn_expr_equal(const cyn_expr *a, const cyn_expr *b)
{
    if (a == b) return true;
    if (!a || !b || a->kind != b->kind) return false;
    switch (a->kind) {
    case CYN_EXPR_COLUMN: return !strcmp(a->name, b->name);
    case CYN_EXPR_CONST: return same_const(&a->value, &b->value);
    case CYN_EXPR_EQUALS:
    case CYN_EXPR_AND: return cyn_expr_equal(a->a, b->a) && cyn_expr_equal(a->b, b->b);
    case CYN_EXPR_SCRIPT:
        return a->digest && b->digest ? !strcmp(a->digest, b->digest) : a->handle == b->handle;
    case CYN_EXPR_STEPS: return same_steps(a, b);
    }
    return false;
}

/* ---- text ---- */

void cyn_buf_lua_string(cyn_buf *b, const char *s, size_t n)
{
    cyn_buf_putc(b, '\'');
    while (n > 0) {
        size_t valid = cyn_utf8_valid(s, n);
        for (size_t i = 0; i < valid; i++) {
            unsigned char c = (unsigned char)s[i];
            if (c == '\'' || c == '\\') cyn_buf_putc(b, '\\');
            if (c < 0x20 || c == 0x7f) {
                cyn_buf_printf(b, "\\x%02x", c);
            } else {
                cyn_buf_putc(b, (char)c);
            }
        }
        if (valid < n) cyn_buf_printf(b, "\\x%02x", (unsigned char)s[valid++]);
        s += valid;
        n -= valid;
    }
    cyn_buf_putc(b, '\'');
}

void cyn_buf_lua_name(cyn_buf *b, const char *name)
{
    if (cyn_is_identifier(name)) {
        cyn_buf_puts(b, name);
        return;
    }
    cyn_buf_putc(b, '[');
    cyn_buf_lua_string(b, name, strlen(name));
    cyn_buf_putc(b, ']');
}

/* A real without fraction keeps its ".0": 3 and 3.0 are different constants. */
static void add_real(cyn_buf *out, double r)
{
    if (!isfinite(r)) {
        cyn_buf_puts(out, isnan(r) ? "0/0" : r > 0 ? "1/0" : "-1/0");
        return;
    }
    size_t before = out->len;
    cyn_buf_real(out, r);
    if (!out->failed && !strpbrk(out->data + before, ".e")) cyn_buf_puts(out, ".0");
}

void cyn_const_text(const cyn_const *c, cyn_buf *out)
{
    switch (c->kind) {
    case CYN_CONST_NIL: cyn_buf_puts(out, "nil"); break;
    case CYN_CONST_BOOLEAN: cyn_buf_puts(out, c->i ? "true" : "false"); break;
    case CYN_CONST_INTEGER: cyn_buf_printf(out, "%lld", (long long)c->i); break;
    case CYN_CONST_REAL: add_real(out, c->r); break;
    case CYN_CONST_TEXT: cyn_buf_lua_string(out, c->s, c->n); break;
    }
}

void cyn_const_json(const cyn_const *c, cyn_buf *out)
{
    switch (c->kind) {
    case CYN_CONST_NIL: cyn_buf_puts(out, "null"); break;
    case CYN_CONST_BOOLEAN: cyn_buf_puts(out, c->i ? "true" : "false"); break;
    case CYN_CONST_INTEGER: cyn_buf_num(out, cyn_num_integer(c->i)); break;
    case CYN_CONST_REAL: cyn_buf_real(out, c->r); break;
    case CYN_CONST_TEXT: cyn_buf_json_string(out, c->s, c->n); break;
    }
}

static void script_text(const cyn_expr *e, cyn_style style, cyn_buf *out)
{
    const char *digest = e->digest ? e->digest : "";
    if (style == CYN_CANONICAL && *digest) {
        cyn_buf_printf(out, "lua:%s", digest);
    } else if (e->text) {
        cyn_buf_puts(out, e->text);
    } else {
        cyn_buf_printf(out, "function %.12s", digest);
    }
}

/* An operand is parenthesized when it binds no tighter than its operator. A script's text may hold
 * any operator. AND below AND needs none: as truth values it is associative. */
static void operand_text(const cyn_expr *e, cyn_expr_kind parent, cyn_style style, cyn_buf *out)
{
    bool paren =
        e->kind == CYN_EXPR_SCRIPT || e->kind == CYN_EXPR_STEPS ||
        (parent == CYN_EXPR_EQUALS && (e->kind == CYN_EXPR_EQUALS || e->kind == CYN_EXPR_AND));
    if (paren) cyn_buf_putc(out, '(');
    cyn_expr_text(e, style, out);
    if (paren) cyn_buf_putc(out, ')');
}

void cyn_expr_text(const cyn_expr *e, cyn_style style, cyn_buf *out)
{
    switch (e->kind) {
    case CYN_EXPR_COLUMN: cyn_buf_lua_name(out, e->name); break;
    case CYN_EXPR_CONST: cyn_const_text(&e->value, out); break;
    case CYN_EXPR_EQUALS:
    case CYN_EXPR_AND:
        operand_text(e->a, e->kind, style, out);
        cyn_buf_puts(out, e->kind == CYN_EXPR_AND ? " and " : " == ");
        operand_text(e->b, e->kind, style, out);
        break;
    case CYN_EXPR_SCRIPT:
    case CYN_EXPR_STEPS: script_text(e, style, out); break;
    }
}
