#include "plan/expr.h"
#include "report/json_impl.h"
#include <string.h>

void cyn_json_key(cyn_buf *b, const char *name)
{
    size_t n = strlen(name);
    if (!cyn_buf_reserve(b, n + 4)) return;
    char *at = b->data + b->len;
    memcpy(at, ",\"", 2);
    memcpy(at + 2, name, n);
    memcpy(at + 2 + n, "\":", 3); /* its NUL as well */
    b->len += n + 4;
}

void cyn_json_text(cyn_buf *b, const char *name, const char *s)
{
    cyn_json_key(b, name);
    if (s && *s)
        cyn_buf_json_string(b, s, strlen(s));
    else
        cyn_buf_puts(b, "null");
}

void cyn_json_number(cyn_buf *b, const char *name, cyn_num n)
{
    cyn_json_key(b, name);
    cyn_buf_num(b, n);
}

void cyn_json_real(cyn_buf *b, const char *name, double x)
{
    cyn_json_key(b, name);
    cyn_buf_real(b, x);
}

void cyn_json_boolean(cyn_buf *b, const char *name, bool x)
{
    cyn_json_key(b, name);
    cyn_buf_puts(b, x ? "true" : "false");
}

void cyn_json_segment(cyn_buf *b, const char *name, const cyn_point *p)
{
    cyn_json_key(b, name);
    cyn_buf_putc(b, '{');
    for (size_t i = 0; i < p->nkeys; i++) {
        if (i) cyn_buf_putc(b, ',');
        cyn_buf_json_string(b, p->dims[i], strlen(p->dims[i]));
        cyn_buf_putc(b, ':');
        cyn_const_json(&p->keys[i], b);
    }
    cyn_buf_putc(b, '}');
}

void cyn_json_instant(cyn_buf *b, const char *name, cyn_period p, int64_t at,
                      const cyn_calendar *cal)
{
    char iso[64];
    cyn_format_instant(at, cal->tz, iso, sizeof iso);
    cyn_json_text(b, name, p.grain.unit == CYN_ALL ? NULL : iso);
}

void cyn_json_time(cyn_buf *b, const char *name, int64_t at, const cyn_tz *tz)
{
    char iso[64] = "";
    if (at != CYN_TIME_MIN && at != CYN_TIME_MAX) cyn_format_instant(at, tz, iso, sizeof iso);
    cyn_json_text(b, name, iso);
}

static void place(cyn_buf *b, const char *name, int at)
{
    cyn_json_number(b, name, at > 0 ? cyn_num_integer(at) : CYN_MISSING);
}

void cyn_json_error(cyn_buf *b, const char *name, const cyn_err *e)
{
    const char *code = cyn_code_name(e->code);
    cyn_json_key(b, name);
    cyn_buf_puts(b, "{\"code\":");
    cyn_buf_json_string(b, code, strlen(code));
    cyn_json_text(b, "message", e->message);
    cyn_json_text(b, "file", e->file);
    place(b, "line", e->line);
    place(b, "column", e->column);
    cyn_json_text(b, "hint", e->hint);
    cyn_buf_putc(b, '}');
}
