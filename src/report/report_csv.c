/* CSV (RFC 4180, but lines end in LF alone): the members of the JSON report in its order, the
 * segment as one column per dimension after "end", the error's text last. The header is the same
 * whether or not a point failed. A missing value is an empty field, an empty text is "". */
#include "report/report_impl.h"
#include <string.h>

static const char *const before[] = {"metric", "grain", "period", "start", "end"};
static const char *const after[] = {"value",   "numerator", "denominator", "rows",
                                    "partial", "immature",  "previous",    "last_year",
                                    "target",  "status",    "definition",  "error"};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static void field(cyn_buf *b, const char *s, size_t n)
{
    bool quoted = !n || s[0] == ' ' || s[n - 1] == ' ';
    for (size_t i = 0; i < n && !quoted; i++)
        quoted = s[i] && strchr(",\"\r\n\t", s[i]);
    if (!quoted) {
        cyn_buf_add(b, s, n);
        return;
    }
    cyn_buf_putc(b, '"');
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '"') cyn_buf_putc(b, '"');
        cyn_buf_putc(b, s[i]);
    }
    cyn_buf_putc(b, '"');
}

/* A field after another one; NULL and "" are missing. */
static void text(cyn_buf *b, const char *s)
{
    cyn_buf_putc(b, ',');
    if (s && *s) field(b, s, strlen(s));
}

static void number(cyn_buf *b, cyn_num n)
{
    cyn_buf_putc(b, ',');
    if (!cyn_num_is_missing(n)) cyn_buf_num(b, n);
}

static void boolean(cyn_buf *b, bool x)
{
    text(b, x ? "true" : "false");
}

static bool fixed_name(const char *name)
{
    for (size_t i = 0; i < COUNT(before); i++)
        if (!strcmp(before[i], name)) return true;
    for (size_t i = 0; i < COUNT(after); i++)
        if (!strcmp(after[i], name)) return true;
    return false;
}

static void header(cyn_buf *b, const cyn_dim_list *dims)
{
    cyn_buf_puts(b, before[0]);
    for (size_t i = 1; i < COUNT(before); i++)
        text(b, before[i]);
    for (size_t i = 0; i < dims->n; i++) {
        /* A dimension may be called "value": its column is then "segment.value". */
        cyn_buf_puts(b, fixed_name(dims->names[i]) ? ",segment." : ",");
        field(b, dims->names[i], strlen(dims->names[i]));
    }
    for (size_t i = 0; i < COUNT(after); i++)
        text(b, after[i]);
    cyn_buf_putc(b, '\n');
}

static void instant(cyn_buf *b, const cyn_point *p, int64_t at, const cyn_calendar *cal)
{
    char iso[64];
    cyn_format_instant(at, cal->tz, iso, sizeof iso);
    text(b, p->period.grain.unit == CYN_ALL ? NULL : iso);
}

static void segment_key(cyn_buf *b, const cyn_const *k)
{
    cyn_buf_putc(b, ',');
    if (!k) return;
    if (k->kind == CYN_CONST_TEXT)
        field(b, k->s, k->n);
    else
        cyn_put_key(k, b);
}

/* Place and message in one field; NULL: none. The hint is for people. */
static void error(cyn_buf *b, const cyn_err *e)
{
    char message[sizeof *e] = "";
    if (e) {
        cyn_err plain = *e;
        plain.hint[0] = '\0';
        cyn_err_format(&plain, message, sizeof message);
    }
    text(b, message);
}

static void row(cyn_buf *b, const cyn_point *p, const cyn_dim_list *dims, const cyn_calendar *cal)
{
    char grain[16], label[64];
    cyn_format_grain(p->period.grain, grain);
    cyn_period_label(cal, p->period, label, sizeof label);

    field(b, p->metric->name, strlen(p->metric->name));
    text(b, grain);
    text(b, label);
    instant(b, p, p->period.start, cal);
    instant(b, p, p->period.end, cal);
    for (size_t i = 0; i < dims->n; i++)
        segment_key(b, cyn_point_key(p, dims->names[i]));
    number(b, p->failed ? CYN_MISSING : p->value);
    number(b, p->numerator);
    number(b, p->denominator);
    number(b, cyn_num_integer(p->rows));
    boolean(b, p->partial);
    boolean(b, p->immature);
    number(b, p->previous);
    number(b, p->last_year);
    number(b, cyn_point_target(p));
    text(b, cyn_status_names[p->status]);
    text(b, p->metric->definition);
    error(b, p->failed ? p->error : NULL);
    cyn_buf_putc(b, '\n');
}

cyn_code cyn_report_csv(const cyn_point *points, size_t n, const cyn_report_options *opts,
                        cyn_buf *out, cyn_err *err)
{
    cyn_dim_list dims;
    CYN_TRY(cyn_dim_list_init(points, n, &dims, err));
    header(out, &dims);
    for (size_t i = 0; i < n; i++)
        row(out, &points[i], &dims, opts->calendar);
    cyn_dim_list_clear(&dims);
    return CYN_OK;
}
