/* Evidence for programs: the same members in JSON and in CSV. */
#include "report/csv.h"
#include "report/drivers_impl.h"
#include "report/json_impl.h"
#include <math.h>
#include <string.h>

/* The numbers of a piece of evidence, in the order of both forms. */
static const char *const number_names[] = {"lag",        "r",           "low",   "high",
                                           "n",          "effective_n", "slope", "slope_low",
                                           "slope_high", "season",      "has",   "needs"};
#define NUMBERS (sizeof number_names / sizeof *number_names)

static void numbers_of(const cyn_evidence *e, cyn_num out[NUMBERS])
{
    const cyn_correlation *c = &e->correlation;
    const double reals[] = {c->r, c->low, c->high, c->slope, c->slope_low, c->slope_high};
    const size_t at[] = {1, 2, 3, 6, 7, 8};
    for (size_t i = 0; i < NUMBERS; i++)
        out[i] = CYN_MISSING;
    if (e->verdict == CYN_UNKNOWN) return;
    out[4] = cyn_num_integer((int64_t)c->n);
    out[5] = cyn_num_real(c->effective_n);
    out[9] = cyn_num_integer(e->season);
    out[10] = cyn_num_integer((int64_t)e->has);
    out[11] = cyn_num_integer((int64_t)e->needs);
    if (!c->enough) return;
    out[0] = cyn_num_integer(c->lag);
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        out[at[i]] = cyn_num_real(reals[i]);
}

/* One of both lists: its rank among the candidates, 0 for none. */
typedef struct line {
    const cyn_evidence *evidence;
    const char *list;
    size_t rank;
} line;

static line line_of(const cyn_drivers *d, size_t i)
{
    bool candidate = i >= d->ndeclared && i < d->ndeclared + d->ncandidates;
    return (line){.evidence = cyn_drivers_item(d, i),
                  .list = i < d->ndeclared ? "declared" : "ranking",
                  .rank = candidate ? i - d->ndeclared + 1 : 0};
}

static cyn_num rank_of(const line *l)
{
    return l->rank ? cyn_num_integer((int64_t)l->rank) : CYN_MISSING;
}

typedef struct stretch {
    char grain[16], label[64];
} stretch;

static stretch stretch_of(const cyn_drivers *d, const cyn_report_options *opts)
{
    stretch s;
    cyn_format_grain(d->period.grain, s.grain);
    cyn_period_label(opts->calendar, d->period, s.label, sizeof s.label);
    return s;
}

void cyn_drivers_json(const cyn_drivers *d, const cyn_report_options *opts, cyn_buf *out)
{
    stretch s = stretch_of(d, opts);
    for (size_t i = 0; i < d->ndeclared + d->nranking; i++) {
        line l = line_of(d, i);
        const cyn_evidence *e = l.evidence;
        cyn_num numbers[NUMBERS];
        numbers_of(e, numbers);
        cyn_buf_printf(out, "{\"list\":\"%s\"", l.list);
        cyn_json_number(out, "rank", rank_of(&l));
        cyn_json_text(out, "metric", e->metric->name);
        cyn_json_text(out, "of", e->of->name);
        cyn_json_boolean(out, "declared", e->declared);
        cyn_json_text(out, "expected", cyn_direction_names[e->expected]);
        cyn_json_text(out, "layer", cyn_layer_names[e->metric->sheet.layer]);
        cyn_json_text(out, "verdict", cyn_verdict_names[e->verdict]);
        cyn_json_text(out, "grain", s.grain);
        cyn_json_text(out, "period", s.label);
        cyn_json_number(out, "periods", cyn_num_integer((int64_t)d->periods));
        for (size_t k = 0; k < NUMBERS; k++)
            cyn_json_number(out, number_names[k], numbers[k]);
        if (e->error) cyn_json_error(out, "error", e->error);
        cyn_buf_puts(out, "}\n");
    }
}

void cyn_drivers_csv(const cyn_drivers *d, const cyn_report_options *opts, cyn_buf *out)
{
    stretch s = stretch_of(d, opts);
    cyn_buf_puts(out, "list,rank,metric,of,declared,expected,layer,verdict,grain,period,periods");
    for (size_t k = 0; k < NUMBERS; k++)
        cyn_csv_text(out, number_names[k]);
    cyn_buf_puts(out, ",error\n");
    for (size_t i = 0; i < d->ndeclared + d->nranking; i++) {
        line l = line_of(d, i);
        const cyn_evidence *e = l.evidence;
        cyn_num numbers[NUMBERS];
        numbers_of(e, numbers);
        cyn_buf_puts(out, l.list);
        cyn_csv_number(out, rank_of(&l));
        cyn_csv_text(out, e->metric->name);
        cyn_csv_text(out, e->of->name);
        cyn_csv_boolean(out, e->declared);
        cyn_csv_text(out, cyn_direction_names[e->expected]);
        cyn_csv_text(out, cyn_layer_names[e->metric->sheet.layer]);
        cyn_csv_text(out, cyn_verdict_names[e->verdict]);
        cyn_csv_text(out, s.grain);
        cyn_csv_text(out, s.label);
        cyn_csv_number(out, cyn_num_integer((int64_t)d->periods));
        for (size_t k = 0; k < NUMBERS; k++)
            cyn_csv_number(out, numbers[k]);
        cyn_csv_text(out, e->error ? e->error->message : NULL);
        cyn_buf_putc(out, '\n');
    }
}
