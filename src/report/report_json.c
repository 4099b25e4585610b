#include "plan/expr.h"
#include "report/report_impl.h"
#include <string.h>

/* ,"name":  — every member but the first is opened so. */
static void key(cyn_buf *b, const char *name)
{
    cyn_buf_puts(b, ",\"");
    cyn_buf_puts(b, name);
    cyn_buf_puts(b, "\":");
}

static void text(cyn_buf *b, const char *name, const char *s)
{
    key(b, name);
    if (s && *s)
        cyn_buf_json_string(b, s, strlen(s));
    else
        cyn_buf_puts(b, "null");
}

static void number(cyn_buf *b, const char *name, cyn_num n)
{
    key(b, name);
    cyn_buf_num(b, n);
}

static void boolean(cyn_buf *b, const char *name, bool x)
{
    key(b, name);
    cyn_buf_puts(b, x ? "true" : "false");
}

static void place(cyn_buf *b, const char *name, int at)
{
    number(b, name, at > 0 ? cyn_num_integer(at) : CYN_MISSING);
}

static void instant(cyn_buf *b, const char *name, const cyn_point *p, int64_t at,
                    const cyn_calendar *cal)
{
    char iso[64];
    cyn_format_instant(at, cal->tz, iso, sizeof iso);
    text(b, name, p->period.grain.unit == CYN_ALL ? NULL : iso);
}

static void segment(cyn_buf *b, const cyn_point *p)
{
    key(b, "segment");
    cyn_buf_putc(b, '{');
    for (size_t i = 0; i < p->nkeys; i++) {
        if (i) cyn_buf_putc(b, ',');
        cyn_buf_json_string(b, p->dims[i], strlen(p->dims[i]));
        cyn_buf_putc(b, ':');
        cyn_const_json(&p->keys[i], b);
    }
    cyn_buf_putc(b, '}');
}

static void error(cyn_buf *b, const cyn_err *e)
{
    const char *code = cyn_code_name(e->code);
    cyn_buf_puts(b, ",\"error\":{\"code\":");
    cyn_buf_json_string(b, code, strlen(code));
    text(b, "message", e->message);
    text(b, "file", e->file);
    place(b, "line", e->line);
    place(b, "column", e->column);
    text(b, "hint", e->hint);
    cyn_buf_putc(b, '}');
}

static void point(cyn_buf *b, const cyn_point *p, const cyn_calendar *cal)
{
    char grain[16], label[64];
    cyn_format_grain(p->period.grain, grain);
    cyn_period_label(cal, p->period, label, sizeof label);

    cyn_buf_puts(b, "{\"metric\":");
    cyn_buf_json_string(b, p->metric->name, strlen(p->metric->name));
    text(b, "grain", grain);
    text(b, "period", label);
    instant(b, "start", p, p->period.start, cal);
    instant(b, "end", p, p->period.end, cal);
    segment(b, p);
    number(b, "value", p->failed ? CYN_MISSING : p->value);
    number(b, "numerator", p->numerator);
    number(b, "denominator", p->denominator);
    number(b, "rows", cyn_num_integer(p->rows));
    boolean(b, "partial", p->partial);
    boolean(b, "immature", p->immature);
    number(b, "previous", p->previous);
    number(b, "last_year", p->last_year);
    number(b, "target", cyn_point_target(p));
    text(b, "status", cyn_status_names[p->status]);
    text(b, "definition", p->metric->definition);
    if (p->failed) error(b, p->error);
    cyn_buf_puts(b, "}\n");
}

void cyn_report_json(const cyn_point *points, size_t n, const cyn_report_options *opts,
                     cyn_buf *out)
{
    for (size_t i = 0; i < n; i++)
        point(out, &points[i], opts->calendar);
}
