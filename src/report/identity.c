#include "report/identity.h"
#include "base/text.h"
#include "report/failures.h"
#include "report/grid_impl.h"
#include "report/identity_impl.h"
#include <math.h>
#include <string.h>

static const cyn_grid_head heads[] = {
    {"METRIC", "指標", CYN_LEFT, 0, true},     {"PERIOD", "期間", CYN_LEFT, 1, false},
    {"MEASURED", "実測", CYN_RIGHT, 2, false}, {"IDENTITY", "恒等式", CYN_RIGHT, 3, false},
    {"RESIDUAL", "残差", CYN_RIGHT, 0, false}, {"SHARE", "割合", CYN_RIGHT, 4, false},
    {"HOLDS", "成立", CYN_LEFT, 0, false}};
enum { METRIC, PERIOD, MEASURED, IDENTITY, RESIDUAL, SHARE, HOLDS, COLUMNS };

/* ---- what stays together ---- */

/* The periods of one metric. */
typedef struct group {
    const cyn_identity *items;
    size_t n;
} group;

static group group_at(const cyn_identity *list, size_t n, size_t at)
{
    size_t end = at;
    while (end < n && list[end].metric == list[at].metric)
        end++;
    return (group){.items = list + at, .n = end - at};
}

/* Nothing to hold against anything: the data do not reach so far. */
static bool is_blank(const cyn_identity *i)
{
    return !i->error && cyn_num_is_missing(i->measured) && cyn_num_is_missing(i->identity);
}

/* Whether one value was held against the other. */
static bool is_judged(const cyn_identity *i)
{
    return !i->error && !isnan(i->residual);
}

/* All periods that can be judged hold, and there are some. */
static bool all_hold(group g)
{
    size_t known = 0;
    for (size_t i = 0; i < g.n; i++) {
        if (cyn_identity_fails(&g.items[i])) return false;
        known += is_judged(&g.items[i]);
    }
    return known > 0;
}

/* ---- rows of the table ---- */

static void put_title(const cyn_metric *m, const cyn_report_options *opts, cyn_buf *out)
{
    const char *title = cyn_label_text(m->sheet.title, opts->language, m->name);
    cyn_clean_text(title, strlen(title), out);
}

static void put_label(const cyn_identity *i, const cyn_report_options *opts, cyn_buf *out)
{
    char label[64];
    cyn_period_label(opts->calendar, i->period, label, sizeof label);
    bool all = i->period.grain.unit == CYN_ALL;
    cyn_buf_puts(out, all ? cyn_report_words(opts, "all", "全期間") : label);
}

/* Exact where both sides are; nothing but noise where it holds. */
static void put_residual(const cyn_identity *i, const cyn_report_options *opts, cyn_buf *out)
{
    cyn_num difference = CYN_MISSING;
    if (cyn_num_op(CYN_SUB, i->measured, i->identity, &difference, NULL) != CYN_OK)
        difference = cyn_num_real(i->residual);
    if (isnan(i->residual))
        cyn_buf_puts(out, opts->ascii ? "-" : "–");
    else if (i->residual == 0)
        cyn_buf_putc(out, '0');
    else if (i->holds) /* what is left of a division, 1.4e-14, would only puzzle */
        cyn_buf_puts(out, opts->ascii ? "~0" : "≈ 0");
    else
        cyn_put_difference(difference, i->metric->sheet.unit, opts->language, opts->ascii, out);
}

static void put_share(const cyn_identity *i, const cyn_report_options *opts, cyn_buf *out)
{
    double share = i->residual / fabs(cyn_num_double(i->measured));
    if (isfinite(share) && share != 0) cyn_put_percent(share, opts->language, out);
}

static const char *mark_of(const cyn_identity *i, const cyn_report_options *opts)
{
    if (i->error) return cyn_report_words(opts, "error", "エラー");
    if (isnan(i->residual)) return opts->ascii ? "-" : "–";
    if (opts->ascii) return i->holds ? "yes" : "no";
    return i->holds ? "✓" : "✗";
}

static void end_row(cyn_grid *g, const cyn_identity *i)
{
    cyn_grid_text(g, HOLDS, mark_of(i, g->opts));
    cyn_grid_row(g);
    if (cyn_identity_fails(i))
        cyn_text_table_colour(g->text, HOLDS, cyn_status_looks[CYN_RED].sgr);
    else if (i->holds)
        cyn_text_table_colour(g->text, HOLDS, cyn_status_looks[CYN_GREEN].sgr);
}

static void add_period(cyn_grid *g, const cyn_identity *i, bool first)
{
    const char *unit = i->metric->sheet.unit;
    if (first) put_title(i->metric, g->opts, &g->cell);
    cyn_grid_take(g, METRIC);
    if (i->partial) cyn_buf_putc(&g->cell, '~');
    put_label(i, g->opts, &g->cell);
    cyn_grid_take(g, PERIOD);
    if (!i->error) {
        cyn_put_value(i->measured, unit, g->opts->language, g->opts->ascii, &g->cell);
        cyn_grid_take(g, MEASURED);
        cyn_put_value(i->identity, unit, g->opts->language, g->opts->ascii, &g->cell);
        cyn_grid_take(g, IDENTITY);
        put_residual(i, g->opts, &g->cell);
        cyn_grid_take(g, RESIDUAL);
        put_share(i, g->opts, &g->cell);
        cyn_grid_take(g, SHARE);
    }
    end_row(g, i);
}

/* One line for all of its periods, with the residual that is largest. */
static void add_summary(cyn_grid *g, group all)
{
    const cyn_identity *first = NULL, *last = NULL, *worst = NULL;
    for (size_t k = 0; k < all.n; k++) {
        const cyn_identity *i = &all.items[k];
        if (!is_judged(i)) continue;
        if (!first) first = i;
        if (!worst || fabs(i->residual) > fabs(worst->residual)) worst = i;
        last = i;
    }
    if (first == last) {
        add_period(g, first, true);
        return;
    }
    put_title(first->metric, g->opts, &g->cell);
    cyn_grid_take(g, METRIC);
    put_label(first, g->opts, &g->cell);
    cyn_buf_puts(&g->cell, g->opts->ascii ? " .. " : " … ");
    put_label(last, g->opts, &g->cell);
    cyn_grid_take(g, PERIOD);
    put_residual(worst, g->opts, &g->cell);
    cyn_grid_take(g, RESIDUAL);
    end_row(g, first);
}

static void add_group(cyn_grid *g, group all)
{
    bool first = true;
    if (all_hold(all)) {
        add_summary(g, all);
        return;
    }
    for (size_t k = 0; k < all.n; k++) {
        if (is_blank(&all.items[k]) && !(first && k + 1 == all.n)) continue;
        add_period(g, &all.items[k], first);
        first = false;
    }
}

static cyn_code write_table(const cyn_identity *list, size_t n, const cyn_report_options *opts,
                            cyn_buf *out, cyn_err *err)
{
    cyn_grid g;
    CYN_TRY(cyn_grid_init(&g, heads, COLUMNS, opts, err));
    for (size_t at = 0; at < n;) {
        group all = group_at(list, n, at);
        add_group(&g, all);
        at += all.n;
    }
    return cyn_grid_write(&g, out, err);
}

/* ---- the rows behind it ---- */

static void put_rows(const cyn_identity *i, int kind, const cyn_report_options *opts, cyn_buf *out)
{
    static const struct {
        const char *one, *en, *ja;
    } texts[CYN_ROWS_KINDS] = {
        [CYN_ROWS_TWICE] = {"row is counted twice or more", "rows are counted twice or more",
                            "行が2回以上数えられています"},
        [CYN_ROWS_NONE] = {"row is in no part", "rows are in no part",
                           "行がどの構成要素にも入っていません"},
        [CYN_ROWS_OUTSIDE] = {"row of the parts is none of the metric's own",
                              "rows of the parts are none of the metric's own",
                              "行が構成要素にだけ入っています"},
    };
    const int64_t counts[] = {i->rows.twice, i->rows.none, i->rows.outside};
    if (counts[kind] == 0) return;
    cyn_buf_puts(out, opts->format == CYN_FORMAT_MARKDOWN ? "  - " : "  ");
    put_label(i, opts, out);
    bool ja = cyn_is_japanese(opts->language);
    cyn_buf_puts(out, ja ? "：" : ": ");
    cyn_put_value(cyn_num_integer(counts[kind]), NULL, opts->language, opts->ascii, out);
    if (ja)
        cyn_buf_printf(out, "%s：", texts[kind].ja);
    else
        cyn_buf_printf(out, " %s: ", counts[kind] == 1 ? texts[kind].one : texts[kind].en);
    cyn_clean_text(i->rows.examples[kind], strlen(i->rows.examples[kind]), out);
    if (counts[kind] > 3) cyn_buf_puts(out, opts->ascii ? ", .." : ", …");
    cyn_buf_putc(out, '\n');
}

/* "signups = organic + ads + referral", and below it what is wrong in which period. */
static void put_group_rows(group all, const cyn_report_options *opts, cyn_buf *out)
{
    bool any = false;
    for (size_t k = 0; k < all.n; k++)
        any = any || cyn_identity_is_uneven(&all.items[k]);
    if (!any) return;
    const cyn_metric *m = all.items[0].metric;
    cyn_buf_puts(out, opts->format == CYN_FORMAT_MARKDOWN ? "\n- " : "\n");
    cyn_buf_printf(out, "%s = ", m->name);
    cyn_clean_text(m->identity_text, strlen(m->identity_text), out);
    cyn_buf_putc(out, '\n');
    for (size_t k = 0; k < all.n; k++)
        for (int kind = 0; cyn_identity_is_uneven(&all.items[k]) && kind < CYN_ROWS_KINDS; kind++)
            put_rows(&all.items[k], kind, opts, out);
}

static void put_errors(const cyn_identity *list, size_t n, const cyn_report_options *opts,
                       cyn_buf *out)
{
    cyn_failures failures = {0};
    for (size_t i = 0; i < n; i++)
        if (list[i].error) cyn_failures_add(&failures, list[i].metric, list[i].error);
    if (failures.count) cyn_buf_putc(out, '\n');
    cyn_failures_write(&failures, opts, out);
    cyn_failures_clear(&failures);
}

static cyn_code write_text(const cyn_identity *list, size_t n, const cyn_report_options *opts,
                           cyn_buf *out, cyn_err *err)
{
    if (n == 0) {
        cyn_buf_printf(
            out, "%s\n",
            cyn_report_words(opts, "No metric has an identity.", "恒等式を持つ指標はありません。"));
        return CYN_OK;
    }
    CYN_TRY(write_table(list, n, opts, out, err));
    for (size_t at = 0; at < n;) {
        group all = group_at(list, n, at);
        put_group_rows(all, opts, out);
        at += all.n;
    }
    put_errors(list, n, opts, out);
    return CYN_OK;
}

cyn_code cyn_report_identities(const cyn_identity *list, size_t n, const cyn_report_options *opts,
                               cyn_buf *out, cyn_err *err)
{
    switch (opts->format) {
    case CYN_FORMAT_JSON: cyn_identities_json(list, n, opts, out); break;
    case CYN_FORMAT_CSV: cyn_identities_csv(list, n, opts, out); break;
    case CYN_FORMAT_TABLE:
    case CYN_FORMAT_MARKDOWN: CYN_TRY(write_text(list, n, opts, out, err)); break;
    }
    return cyn_buf_check(out, err);
}
