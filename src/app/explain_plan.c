/* The plan as `explain --plan` writes it: scans, what they read, and who shares what. */
#include "app/explain.h"
#include "base/spill.h"
#include "plan/expr.h"
#include "report/report.h"
#include <string.h>

static int64_t bytes_of(const cyn_load_report *r)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < r->nfiles; i++)
        bytes += r->files[i].bytes;
    return bytes;
}

static void write_count(int64_t n, const char *one, const char *many, cyn_buf *out)
{
    cyn_format_value(cyn_num_integer(n), NULL, "en", out);
    cyn_buf_printf(out, " %s", n == 1 ? one : many);
}

static void write_seconds(int64_t microseconds, cyn_buf *out)
{
    cyn_buf_printf(out, "%.1f ms", (double)microseconds / 1e3);
}

/* ---- for people ---- */

void cyn_write_explained(const cyn_explained_expr *e, cyn_buf *out)
{
    cyn_expr_text(e->expr, CYN_WORDS, out);
    cyn_buf_puts(out, e->script ? "  [interpreter" : "  [vector");
    if (e->why) cyn_buf_printf(out, ": %s", e->why);
    if (e->expr->place.file)
        cyn_buf_printf(out, ", %s:%d", e->expr->place.file, e->expr->place.line);
    if (e->shared_with) cyn_buf_printf(out, ", shared with %s", e->shared_with);
    cyn_buf_putc(out, ']');
}

static void write_exprs(const cyn_explained_exprs *exprs, cyn_buf *out)
{
    for (size_t i = 0; i < exprs->count; i++) {
        cyn_buf_printf(out, "       %-12s ", exprs->items[i].role);
        cyn_write_explained(&exprs->items[i], out);
        cyn_buf_putc(out, '\n');
    }
}

static void write_source(const cyn_project *p, const cyn_dataset *d, const cyn_explained_scan *scan,
                         cyn_buf *out)
{
    const cyn_load_report *r = d->sources[scan->source].report;
    cyn_buf_printf(out, "%s: ", p->config->sources[scan->source].name);
    if (!r) return;
    write_count(r->rows, "row", "rows", out);
    cyn_buf_puts(out, ", ");
    write_count(bytes_of(r), "byte", "bytes", out);
    cyn_buf_puts(out, ", loaded in ");
    write_seconds(r->microseconds, out);
}

static void write_scan(const cyn_project *p, const cyn_dataset *d, const cyn_explained_scan *scan,
                       size_t number, const char *period, cyn_buf *out)
{
    cyn_buf_printf(out, "scan %zu: ", number);
    write_source(p, d, scan, out);
    cyn_buf_puts(out, "; scanned in ");
    write_seconds(scan->microseconds, out);
    cyn_buf_puts(out, "\n");
    for (size_t i = scan->nlayers; i-- > 0;) {
        cyn_buf_printf(out, "       made into rows of %s from\n",
                       cyn_relation_names[scan->layers[i].relation->kind]);
        write_exprs(&scan->layers[i].exprs, out);
    }
    for (size_t i = 0; i < scan->naggs; i++) {
        const cyn_explained_agg *a = &scan->aggs[i];
        cyn_buf_printf(out, "  %zu.%zu  %s\n", number, i + 1, a->text);
        write_exprs(&a->exprs, out);
        if (a->error.code != CYN_OK) {
            cyn_buf_printf(out, "       error        %s\n", a->error.message);
            continue;
        }
        cyn_buf_puts(out, "       rows         ");
        cyn_format_value(cyn_num_integer(a->rows), NULL, "en", out);
        cyn_buf_printf(out, " in %s\n", period);
    }
}

/* Under a limit: what did not fit. */
static void write_memory(cyn_buf *out)
{
    const cyn_spill_use use = cyn_spill_used();
    if (!use.limited) return;
    cyn_buf_puts(out, "memory: at most ");
    write_count(use.most, "byte", "bytes", out);
    cyn_buf_puts(out, " in a file (--memory)\n");
}

void cyn_write_plan(const cyn_project *p, const cyn_dataset *d, const cyn_explained_plan *plan,
                    cyn_buf *out)
{
    char period[64];
    cyn_period_label(&p->calendar, plan->period, period, sizeof period);
    cyn_buf_printf(out, "plan: %zu scan%s\n", plan->nscans, plan->nscans == 1 ? "" : "s");
    for (size_t i = 0; i < plan->nscans; i++)
        write_scan(p, d, &plan->scans[i], i + 1, period, out);
    write_memory(out);
}

/* ---- for machines ---- */

static void json_string(const char *name, const char *text, cyn_buf *out)
{
    cyn_buf_printf(out, "\"%s\":", name);
    if (text)
        cyn_buf_json_string(out, text, strlen(text));
    else
        cyn_buf_puts(out, "null");
}

void cyn_write_explained_json(const cyn_explained_exprs *exprs, cyn_buf *out)
{
    cyn_buf_putc(out, '[');
    for (size_t i = 0; i < exprs->count; i++) {
        const cyn_explained_expr *e = &exprs->items[i];
        cyn_buf text = {0};
        cyn_expr_text(e->expr, CYN_WORDS, &text);
        cyn_buf_puts(out, i ? ",{" : "{");
        json_string("role", e->role, out);
        cyn_buf_putc(out, ',');
        json_string("text", text.data, out);
        cyn_buf_printf(out, ",\"runs\":\"%s\",", e->script ? "interpreter" : "vector");
        json_string("why", e->why, out);
        cyn_buf_putc(out, ',');
        json_string("file", e->expr->place.file, out);
        cyn_buf_printf(out, ",\"line\":%d,", e->expr->place.line);
        json_string("shared_with", e->shared_with, out);
        cyn_buf_putc(out, '}');
        out->failed = out->failed || text.failed;
        cyn_buf_clear(&text);
    }
    cyn_buf_putc(out, ']');
}

static void json_exprs(const cyn_explained_exprs *exprs, cyn_buf *out)
{
    cyn_buf_puts(out, "\"expressions\":");
    cyn_write_explained_json(exprs, out);
}

static void json_scan(const cyn_project *p, const cyn_dataset *d, const cyn_explained_scan *scan,
                      cyn_buf *out)
{
    const cyn_load_report *r = d->sources[scan->source].report;
    cyn_buf_putc(out, '{');
    json_string("source", p->config->sources[scan->source].name, out);
    if (r)
        cyn_buf_printf(out, ",\"rows\":%lld,\"bytes\":%lld,\"load_ms\":%.3f", (long long)r->rows,
                       (long long)bytes_of(r), (double)r->microseconds / 1e3);
    cyn_buf_printf(out, ",\"scan_ms\":%.3f,\"relations\":[", (double)scan->microseconds / 1e3);
    for (size_t i = scan->nlayers; i-- > 0;) {
        cyn_buf_putc(out, '{');
        json_string("kind", cyn_relation_names[scan->layers[i].relation->kind], out);
        cyn_buf_putc(out, ',');
        json_exprs(&scan->layers[i].exprs, out);
        cyn_buf_puts(out, i ? "}," : "}");
    }
    cyn_buf_puts(out, "],\"aggregates\":[");
    for (size_t i = 0; i < scan->naggs; i++) {
        const cyn_explained_agg *a = &scan->aggs[i];
        cyn_buf_puts(out, i ? ",{" : "{");
        json_string("text", a->text, out);
        cyn_buf_printf(out, ",\"rows\":%lld,", (long long)a->rows);
        json_string("error", a->error.code == CYN_OK ? NULL : a->error.message, out);
        cyn_buf_putc(out, ',');
        json_exprs(&a->exprs, out);
        cyn_buf_putc(out, '}');
    }
    cyn_buf_puts(out, "]}");
}

void cyn_write_plan_json(const cyn_project *p, const cyn_dataset *d, const cyn_explained_plan *plan,
                         cyn_buf *out)
{
    char period[64];
    cyn_period_label(&p->calendar, plan->period, period, sizeof period);
    cyn_buf_printf(out, "{\"plan\":{\"period\":\"%s\",\"scans\":[", period);
    for (size_t i = 0; i < plan->nscans; i++) {
        if (i) cyn_buf_putc(out, ',');
        json_scan(p, d, &plan->scans[i], out);
    }
    cyn_buf_putc(out, ']');
    const cyn_spill_use use = cyn_spill_used();
    if (use.limited) cyn_buf_printf(out, ",\"bytes_in_file\":%lld", (long long)use.most);
    cyn_buf_puts(out, "}}\n");
}
