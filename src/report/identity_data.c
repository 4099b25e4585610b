/* Identities for programs: the same members in JSON and in CSV. */
#include "report/csv.h"
#include "report/identity_impl.h"
#include "report/json_impl.h"
#include <math.h>
#include <string.h>

static const char *const kinds[CYN_ROWS_KINDS] = {"twice", "none", "outside"};

static void counts_of(const cyn_identity_rows *r, cyn_num out[CYN_ROWS_KINDS])
{
    const int64_t counts[CYN_ROWS_KINDS] = {r->twice, r->none, r->outside};
    for (int k = 0; k < CYN_ROWS_KINDS; k++)
        out[k] = r->known ? cyn_num_integer(counts[k]) : CYN_MISSING;
}

static cyn_num total_of(const cyn_identity_rows *r)
{
    return r->known ? cyn_num_integer(r->total) : CYN_MISSING;
}

static void json_rows(const cyn_identity_rows *r, cyn_buf *out)
{
    cyn_num counts[CYN_ROWS_KINDS];
    cyn_json_key(out, "rows");
    if (!r->known) {
        cyn_buf_puts(out, "null");
        return;
    }
    counts_of(r, counts);
    cyn_buf_puts(out, "{\"total\":");
    cyn_buf_num(out, total_of(r));
    for (int k = 0; k < CYN_ROWS_KINDS; k++)
        cyn_json_number(out, kinds[k], counts[k]);
    cyn_buf_puts(out, ",\"examples\":{");
    bool first = true;
    for (int k = 0; k < CYN_ROWS_KINDS; k++) {
        if (!r->examples[k]) continue;
        cyn_buf_printf(out, "%s\"%s\":", first ? "" : ",", kinds[k]);
        cyn_buf_json_string(out, r->examples[k], strlen(r->examples[k]));
        first = false;
    }
    cyn_buf_puts(out, "}}");
}

/* null where there is nothing to compare. */
static void json_holds(const cyn_identity *i, cyn_buf *out)
{
    if (isnan(i->residual))
        cyn_json_text(out, "holds", NULL);
    else
        cyn_json_boolean(out, "holds", i->holds);
}

void cyn_identities_json(const cyn_identity *list, size_t n, const cyn_report_options *opts,
                         cyn_buf *out)
{
    for (size_t k = 0; k < n; k++) {
        const cyn_identity *i = &list[k];
        char grain[16], label[64];
        cyn_format_grain(i->period.grain, grain);
        cyn_period_label(opts->calendar, i->period, label, sizeof label);
        cyn_buf_printf(out, "{\"metric\":\"%s\"", i->metric->name);
        cyn_json_text(out, "identity", i->metric->identity_text);
        cyn_json_text(out, "grain", grain);
        cyn_json_text(out, "period", label);
        cyn_json_instant(out, "start", i->period, i->period.start, opts->calendar);
        cyn_json_instant(out, "end", i->period, i->period.end, opts->calendar);
        cyn_json_boolean(out, "partial", i->partial);
        cyn_json_number(out, "measured", i->measured);
        cyn_json_number(out, "computed", i->identity);
        cyn_json_number(out, "residual", cyn_num_real(i->residual));
        cyn_json_number(out, "tolerance", cyn_num_real(i->tolerance));
        json_holds(i, out);
        json_rows(&i->rows, out);
        if (i->error) cyn_json_error(out, "error", i->error);
        cyn_buf_puts(out, "}\n");
    }
}

void cyn_identities_csv(const cyn_identity *list, size_t n, const cyn_report_options *opts,
                        cyn_buf *out)
{
    cyn_buf_puts(out, "metric,identity,grain,period,partial,measured,computed,residual,tolerance,"
                      "holds,rows,twice,none,outside,error\n");
    for (size_t k = 0; k < n; k++) {
        const cyn_identity *i = &list[k];
        char grain[16], label[64];
        cyn_num counts[CYN_ROWS_KINDS];
        cyn_format_grain(i->period.grain, grain);
        cyn_period_label(opts->calendar, i->period, label, sizeof label);
        counts_of(&i->rows, counts);
        cyn_csv_field(out, i->metric->name, strlen(i->metric->name));
        cyn_csv_text(out, i->metric->identity_text);
        cyn_csv_text(out, grain);
        cyn_csv_text(out, label);
        cyn_csv_boolean(out, i->partial);
        cyn_csv_number(out, i->measured);
        cyn_csv_number(out, i->identity);
        cyn_csv_number(out, cyn_num_real(i->residual));
        cyn_csv_number(out, cyn_num_real(i->tolerance));
        cyn_csv_text(out, isnan(i->residual) ? NULL : i->holds ? "true" : "false");
        cyn_csv_number(out, total_of(&i->rows));
        for (int c = 0; c < CYN_ROWS_KINDS; c++)
            cyn_csv_number(out, counts[c]);
        cyn_csv_text(out, i->error ? i->error->message : NULL);
        cyn_buf_putc(out, '\n');
    }
}
