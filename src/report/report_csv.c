/* CSV (RFC 4180, but lines end in LF alone): the members of the JSON report in its order, the
 * segment as one column per dimension after "end", the error's text last. The header is the same
 * whether or not a point failed; what was asked to be compared with has columns only when it was. A
 * missing value is an empty field, an empty text is "". */
#include "report/csv.h"
#include "report/report_impl.h"
#include <string.h>

static const char *const before[] = {"metric", "grain", "period", "start", "end"};
static const char *const after[] = {"value",   "numerator", "denominator", "rows",
                                    "partial", "immature",  "previous",    "last_year"};
static const char *const compared[] = {"against", "against_period", "against_value"};
static const char *const last[] = {"target", "status", "definition", "error"};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool is_one_of(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(names[i], name)) return true;
    return false;
}

static bool fixed_name(const char *name, bool compares)
{
    return is_one_of(before, COUNT(before), name) || is_one_of(after, COUNT(after), name) ||
           (compares && is_one_of(compared, COUNT(compared), name)) ||
           is_one_of(last, COUNT(last), name);
}

static void header(cyn_buf *b, const cyn_dim_list *dims, bool compares)
{
    cyn_buf_puts(b, before[0]);
    for (size_t i = 1; i < COUNT(before); i++)
        cyn_csv_text(b, before[i]);
    for (size_t i = 0; i < dims->n; i++) {
        /* A dimension may be called "value": its column is then "segment.value". */
        cyn_buf_puts(b, fixed_name(dims->names[i], compares) ? ",segment." : ",");
        cyn_csv_field(b, dims->names[i], strlen(dims->names[i]));
    }
    for (size_t i = 0; i < COUNT(after); i++)
        cyn_csv_text(b, after[i]);
    for (size_t i = 0; compares && i < COUNT(compared); i++)
        cyn_csv_text(b, compared[i]);
    for (size_t i = 0; i < COUNT(last); i++)
        cyn_csv_text(b, last[i]);
    cyn_buf_putc(b, '\n');
}

static void instant(cyn_buf *b, const cyn_point *p, int64_t at, const cyn_calendar *cal)
{
    char iso[64];
    cyn_format_instant(at, cal->tz, iso, sizeof iso);
    cyn_csv_text(b, p->period.grain.unit == CYN_ALL ? NULL : iso);
}

static void segment_key(cyn_buf *b, const cyn_const *k)
{
    cyn_buf_putc(b, ',');
    if (!k) return;
    if (k->kind == CYN_CONST_TEXT)
        cyn_csv_field(b, k->s, k->n);
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
    cyn_csv_text(b, message);
}

static void against(cyn_buf *b, const cyn_point *p, const cyn_report_options *opts)
{
    cyn_period period;
    char label[64] = "";
    if (!opts->against) return;
    if (cyn_against_period(opts->against, opts->calendar, p->period, &period))
        cyn_period_label(opts->calendar, period, label, sizeof label);
    cyn_csv_text(b, cyn_against_names[opts->against->kind]);
    cyn_csv_text(b, label);
    cyn_csv_number(b, p->against.value);
}

static void row(cyn_buf *b, const cyn_point *p, const cyn_dim_list *dims,
                const cyn_report_options *opts)
{
    const cyn_calendar *cal = opts->calendar;
    char grain[16], label[64];
    cyn_format_grain(p->period.grain, grain);
    cyn_period_label(cal, p->period, label, sizeof label);

    cyn_csv_field(b, p->metric->name, strlen(p->metric->name));
    cyn_csv_text(b, grain);
    cyn_csv_text(b, label);
    instant(b, p, p->period.start, cal);
    instant(b, p, p->period.end, cal);
    for (size_t i = 0; i < dims->n; i++)
        segment_key(b, cyn_point_key(p, dims->names[i]));
    cyn_csv_number(b, p->failed ? CYN_MISSING : p->value);
    cyn_csv_number(b, p->numerator);
    cyn_csv_number(b, p->denominator);
    cyn_csv_number(b, cyn_num_integer(p->rows));
    cyn_csv_boolean(b, p->partial);
    cyn_csv_boolean(b, p->immature);
    cyn_csv_number(b, p->previous);
    cyn_csv_number(b, p->last_year);
    against(b, p, opts);
    cyn_csv_number(b, cyn_point_target(p));
    cyn_csv_text(b, cyn_status_names[p->status]);
    cyn_csv_text(b, p->metric->definition);
    error(b, p->failed ? p->error : NULL);
    cyn_buf_putc(b, '\n');
}

cyn_code cyn_report_csv(const cyn_point *points, size_t n, const cyn_report_options *opts,
                        cyn_buf *out, cyn_err *err)
{
    cyn_dim_list dims;
    CYN_TRY(cyn_dim_list_init(points, n, &dims, err));
    header(out, &dims, opts->against != NULL);
    for (size_t i = 0; i < n; i++)
        row(out, &points[i], &dims, opts);
    cyn_dim_list_clear(&dims);
    return CYN_OK;
}
