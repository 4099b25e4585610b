#include "base/arena.h"
#include "base/text.h"
#include "report/report_impl.h"
#include <string.h>

static const char *const format_names[] = {"table", "json", "csv", "markdown"};

cyn_code cyn_parse_output_format(const char *s, cyn_format *out, cyn_err *err)
{
    const size_t n = sizeof format_names / sizeof *format_names;
    for (size_t i = 0; i < n; i++)
        if (!strcmp(s, format_names[i])) {
            *out = (cyn_format)i;
            return CYN_OK;
        }
    cyn_fail(err, CYN_E_NAME,
             "unknown output format '%s', expected 'table', 'json', 'csv' or 'markdown'", s);
    const char *near = cyn_nearest(s, format_names, n);
    if (near) cyn_hint(err, "did you mean '%s'?", near);
    return CYN_E_NAME;
}

cyn_code cyn_report_points(const cyn_point *points, size_t n, const cyn_report_options *opts,
                           cyn_buf *out, cyn_err *err)
{
    switch (opts->format) {
    case CYN_FORMAT_TABLE:
    case CYN_FORMAT_MARKDOWN: CYN_TRY(cyn_report_table(points, n, opts, out, err)); break;
    case CYN_FORMAT_JSON: cyn_report_json(points, n, opts, out); break;
    case CYN_FORMAT_CSV: CYN_TRY(cyn_report_csv(points, n, opts, out, err)); break;
    }
    return cyn_buf_check(out, err);
}

/* As cyn_clean_text, of valid UTF-8. */
static void put_printable(const char *s, size_t n, cyn_buf *out)
{
    for (size_t i = 0; i < n;) {
        size_t control = cyn_unprintable_size(s + i, n - i);
        cyn_buf_putc(out, control ? ' ' : s[i]);
        i += control ? control : 1;
    }
}

void cyn_clean_text(const char *s, size_t n, cyn_buf *out)
{
    for (;;) {
        size_t valid = cyn_utf8_valid(s, n);
        put_printable(s, valid, out);
        if (valid == n) return;
        cyn_buf_puts(out, "\xef\xbf\xbd"); /* U+FFFD for the byte that is not */
        s += valid + 1;
        n -= valid + 1;
    }
}

void cyn_put_key(const cyn_const *k, cyn_buf *out)
{
    switch (k->kind) {
    case CYN_CONST_NIL: break;
    case CYN_CONST_BOOLEAN: cyn_buf_puts(out, k->i ? "true" : "false"); break;
    case CYN_CONST_INTEGER: cyn_buf_num(out, cyn_num_integer(k->i)); break;
    case CYN_CONST_REAL: cyn_buf_real(out, k->r); break;
    case CYN_CONST_TEXT: cyn_buf_add(out, k->s, k->n); break;
    }
}

static bool dim_known(const cyn_dim_list *d, const char *name)
{
    for (size_t i = 0; i < d->n; i++)
        if (!strcmp(d->names[i], name)) return true;
    return false;
}

cyn_code cyn_dim_list_init(const cyn_point *points, size_t n, cyn_dim_list *out, cyn_err *err)
{
    cyn_dim_list d = {0};
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < points[i].nkeys; k++) {
            if (dim_known(&d, points[i].dims[k])) continue;
            const char **more = cyn_realloc(d.names, (d.n + 1) * sizeof *more);
            if (!more) {
                cyn_dim_list_clear(&d);
                return cyn_nomem(err);
            }
            d.names = more;
            d.names[d.n++] = points[i].dims[k];
        }
    *out = d;
    return CYN_OK;
}

void cyn_dim_list_clear(cyn_dim_list *d)
{
    cyn_free(d->names);
    *d = (cyn_dim_list){0};
}

const cyn_const *cyn_point_key(const cyn_point *p, const char *dim)
{
    for (size_t i = 0; i < p->nkeys; i++)
        if (!strcmp(p->dims[i], dim)) return &p->keys[i];
    return NULL;
}
