#include "script/reading.h"
#include "base/buf.h"
#include "base/text.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- Names ---- */

static int find(const char *name)
{
    for (int i = 0; cyn_reading_names[i]; i++)
        if (!strcmp(cyn_reading_names[i], name)) return i;
    return -1;
}

bool cyn_is_reading_method(const char *name)
{
    int kind = find(name);
    return kind >= 0 && cyn_reading_is_method((cyn_reading_kind)kind);
}

void cyn_reading_uncalled(const char *name, bool in_text, cyn_err *err)
{
    (void)cyn_fail(err, CYN_E_TYPE, "'%s' is a reading that takes arguments", name);
    cyn_hint(err, in_text ? "write %s(…)" : "write s:%s(…)", name);
}

void cyn_reading_miscalled(const char *name, bool in_text, cyn_err *err)
{
    if (find(name) >= 0) {
        (void)cyn_fail(err, CYN_E_TYPE, "'%s' takes no arguments", name);
        cyn_hint(err, in_text ? "write %s" : "write s.%s", name);
        return;
    }
    (void)cyn_fail(err, CYN_E_NAME, "there is no reading '%s'", name);
    const char *near = cyn_nearest(name, cyn_reading_names, CYN_READINGS);
    if (near) cyn_hint(err, "did you mean '%s'?", near);
}

/* ---- Calls ---- */

static void add_number(cyn_buf *b, const cyn_const *c)
{
    if (c->kind == CYN_CONST_INTEGER)
        cyn_buf_printf(b, "%" PRId64, c->i);
    else
        cyn_buf_real(b, c->r);
}

static cyn_code add_argument(const char *name, size_t i, const cyn_const *c, cyn_buf *b,
                             cyn_err *err)
{
    static const char *const kinds[] = {[CYN_CONST_NIL] = "nil", [CYN_CONST_BOOLEAN] = "a boolean"};
    switch (c->kind) {
    case CYN_CONST_NIL:
    case CYN_CONST_BOOLEAN:
        return cyn_fail(err, CYN_E_TYPE, "argument %zu of %s is %s, expected a number or a text",
                        i + 1, name, kinds[c->kind]);
    case CYN_CONST_REAL:
        if (!isfinite(c->r))
            return cyn_fail(err, CYN_E_RANGE, "argument %zu of %s is not a finite number", i + 1,
                            name);
        add_number(b, c);
        return CYN_OK;
    case CYN_CONST_INTEGER: add_number(b, c); return CYN_OK;
    case CYN_CONST_TEXT: break;
    }
    if (memchr(c->s, '"', c->n) || memchr(c->s, '\0', c->n))
        return cyn_fail(err, CYN_E_SYNTAX, "argument %zu of %s is no duration", i + 1, name);
    cyn_buf_putc(b, '"');
    cyn_buf_add(b, c->s, c->n);
    cyn_buf_putc(b, '"');
    return CYN_OK;
}

static cyn_code write_call(const char *name, const cyn_const *args, size_t n, cyn_buf *b,
                           cyn_err *err)
{
    cyn_buf_puts(b, name);
    for (size_t i = 0; i < n; i++) {
        cyn_buf_putc(b, i ? ',' : '(');
        CYN_TRY(add_argument(name, i, &args[i], b, err));
    }
    if (n > 0) cyn_buf_putc(b, ')');
    return cyn_buf_check(b, err);
}

cyn_code cyn_reading_of_call(const char *name, const cyn_const *args, size_t n, cyn_reading *out,
                             cyn_err *err)
{
    cyn_buf b = {0};
    cyn_code rc = write_call(name, args, n, &b, err);
    if (rc == CYN_OK) rc = cyn_reading_parse(b.data, b.len, out, err);
    cyn_buf_clear(&b);
    return rc;
}
